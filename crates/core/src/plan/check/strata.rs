//! How the population is divided.

use super::super::locate::KeyPath;
use super::{Checker, Composed, did_you_mean};
use crate::sampling::Divisor;
use crate::task::Division;

/// Columns that a stratum can always be named by.
const KNOWN: [&str; 6] = ["region", "station", "industry", "entity_type", "grade", "color"];

impl Checker<'_> {
    pub(super) fn strata(&mut self, of: &Composed<'_>) -> Division {
        let written = of.how.strata.clone();
        let at = of.key("strata");
        let by_at = at.key("by");
        for (i, column) in written.by.iter().enumerate() {
            let at = by_at.index(i);
            if column == "grade" || column == "color" {
                self.needs_credit(of, &at);
            }
            if !KNOWN.contains(&column.as_str()) && !of.keep.contains(column) {
                let mut known = KNOWN.to_vec();
                known.extend(of.keep.iter().map(String::as_str));
                self.refuse(
                    &at,
                    format!("{column:?} is neither a known column nor in output.keep"),
                    format!("{}; any other column must be listed in output.keep", did_you_mean(column, &known)),
                );
            }
        }
        self.unique(&by_at, &written.by);
        let catch_up = written.catch_up.unwrap_or(false);
        if catch_up && written.by.is_empty() {
            let help = "name columns in strata.by, such as by = [\"industry\"]";
            self.refuse(&at.key("catch-up"), "draws from strata without visits, and strata.by is empty", help);
        }
        if catch_up && of.inputs.ledger.is_none() && of.inputs.rounds.is_empty() {
            let help = "name the folders of earlier rounds in inputs.rounds, or add [inputs.ledger]";
            self.refuse(&at.key("catch-up"), "needs to know who has been visited", help);
        }
        let at_least = written.at_least.unwrap_or(0);
        self.floor_and_cap(&at, at_least, written.at_most);
        Division {
            by: written.by,
            allocation: written.allocation.map(Divisor::from).unwrap_or_default(),
            measure: written.measure.unwrap_or_default(),
            at_least,
            at_most: written.at_most,
            catch_up,
        }
    }

    /// Refuses a floor above its cap, and a cap of nothing.
    pub(super) fn floor_and_cap(&mut self, at: &KeyPath, at_least: u64, at_most: Option<u64>) {
        match at_most {
            Some(0) => self.refuse(&at.key("at-most"), "0 draws nobody", "give at least 1, or remove the key"),
            Some(at_most) if at_least > at_most => self.refuse(
                &at.key("at-least"),
                format!("{at_least} is above at-most = {at_most}"),
                "lower at-least or raise at-most",
            ),
            _ => {}
        }
    }
}
