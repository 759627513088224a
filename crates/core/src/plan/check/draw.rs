//! Random selection.

use jiff::civil::Date;

use super::super::checked::Draw;
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::{Checker, Composed, guessable_seed, line_break_fault};
use crate::contract::PRN;
use crate::sampling::{DEFAULT_ALPHA, Design};
use crate::task::Method;

impl Checker<'_> {
    pub(super) fn draw(&mut self, file: &PlanFile) -> Draw {
        let written = file.draw.clone().unwrap_or_default();
        let at = KeyPath::of("draw");

        if let Some((message, help)) = written.seed.as_deref().and_then(line_break_fault) {
            self.refuse(&at.key("seed"), message, help);
        }
        if let Some(column) = &written.prn_column {
            self.text(&at.key("prn-column"), column);
            // The column of that name holds the very numbers.
            if column != PRN.name {
                self.not_taken(&at.key("prn-column"), column);
            }
            for (name, given) in [("seed", written.seed.is_some()), ("stream", written.stream.is_some())] {
                if given {
                    self.refuse(
                        &at.key(name),
                        format!("{name} and prn-column are given, and lots can come from one of them only"),
                        format!("remove `{name}` to use the permanent random numbers of the column, or `prn-column`"),
                    );
                }
            }
        }
        if let Some(source) = &written.seed_source {
            let at = at.key("seed-source");
            self.text(&at, source);
            if let Some((message, help)) = line_break_fault(source) {
                self.refuse(&at, message, help);
            }
            if written.seed.is_some() || written.prn_column.is_some() {
                self.refuse(
                    &at,
                    "says where the seed will come from, and the plan has its lots already",
                    "for a public ceremony remove `seed` (and `prn-column`) and give the seed to `run` with --seed; else remove `seed-source`",
                );
            }
        }
        let seed = written.seed.as_deref();
        self.warnings.extend(seed.and_then(|seed| guessable_seed(seed, &file.name, file.title.as_deref())));
        let of = Composed::of_plan(file);
        let reset = self.conditions(&of, &at.key("reset"), written.reset.as_ref());
        Draw { seed: written.seed, seed_source: written.seed_source, prn_column: written.prn_column, reset }
    }

    /// How the draw of these sections is made.
    pub(super) fn method(&mut self, of: &Composed<'_>, as_of: Date) -> Method {
        let written = &of.how.draw;
        let at = of.key("draw");
        let alpha = written.alpha.unwrap_or(DEFAULT_ALPHA);
        if !(0.0..1.0).contains(&alpha) {
            self.refuse(
                &at.key("alpha"),
                format!("{alpha} is outside 0 to below 1"),
                "give a small number such as 0.001, or remove the key",
            );
        }
        if let Some((message, help)) = written.stream.as_deref().and_then(line_break_fault) {
            self.refuse(&at.key("stream"), message, help);
        }
        if written.stream.is_none() && written.prn_column.is_none() && !of.for_tasks {
            self.refuse(
                &at.key("stream"),
                "is missing",
                "name the stream, such as stream = \"2023\"; draws of one stream favour the same entities",
            );
        }
        let spread = written.spread.unwrap_or(false);
        if spread && written.prn_column.is_some() {
            let help = "leave `spread` out, or draw with a seed instead of prn-column";
            self.refuse(&at.key("spread"), "needs fresh lots in every round, and prn-column keeps them", help);
        }
        if spread && of.how.eligibility.visits.is_some() && !of.inputs.rounds.is_empty() {
            let help = "remove eligibility.visits: whoever was drawn waits anyway; a limit on visits from elsewhere goes with \
                        inputs.ledger, in a plan whose draws have no spread or no inputs.rounds";
            self.refuse(&at.key("spread"), "stands beside a limit that counts the draws of earlier rounds twice", help);
        }
        if written.batches == Some(0) {
            self.refuse(&at.key("batches"), "0 batches hold nobody", "give at least 1, or remove the key");
        }
        Method {
            scope: self.eligibility(of, as_of),
            weighting: self.weight(of),
            rules: self.rules(of),
            division: self.strata(of),
            size: self.size(of),
            certainties: written.certainties.unwrap_or_default(),
            design: written.design.map(Design::from).unwrap_or_default(),
            alpha,
            stream: written.stream.clone().unwrap_or_default(),
            spread,
            reserve: written.reserve.unwrap_or(0),
            batches: written.batches,
        }
    }
}
