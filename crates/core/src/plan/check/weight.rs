//! The factors of the weight.

use super::super::file::{ColorsFile, GradesFile, RiskWeightFile};
use super::super::locate::KeyPath;
use super::super::micro::{FactorError, micro_units};
use super::super::words::Direction;
use super::{Checker, Composed, did_you_mean};
use crate::sampling::Design;
use crate::task::{ModelShare, RiskWeighting, Weighting};
use crate::terms::Warning;

/// Grades in the order of [`Grade`](crate::terms::Grade), as written in a plan.
pub(super) fn by_grade(written: &GradesFile) -> [(&'static str, Option<f64>); 5] {
    [("A", written.a), ("B", written.b), ("C", written.c), ("D", written.d), ("unrated", written.unrated)]
}

/// Colours in the order of [`Color`](crate::terms::Color), as written in a plan.
fn by_color(written: &ColorsFile) -> [(&'static str, Option<f64>); 4] {
    [("green", written.green), ("yellow", written.yellow), ("red", written.red), ("none", written.none)]
}

impl Checker<'_> {
    pub(super) fn weight(&mut self, of: &Composed<'_>) -> Weighting {
        let Some(written) = &of.how.weight else { return Weighting::default() };
        let at = of.key("weight");
        let design = of.how.draw.design.map(Design::from).unwrap_or_default();
        if design == Design::Srs {
            self.refuse(
                &at,
                "draw.design = \"srs\" does not look at weights",
                "remove [weight], or choose the design \"pareto\"",
            );
        }
        if let Some(column) = &written.column {
            self.text(&at.key("column"), column);
            self.not_taken(&at.key("column"), column);
        }
        if written.grade.is_some() {
            self.needs_credit(of, &at.key("grade"));
        }
        if written.color.is_some() {
            self.needs_credit(of, &at.key("color"));
        }
        if !written.flags.is_empty() {
            self.needs_flags(of, &at.key("flags"));
        }
        let grade = written.grade.as_ref().map(|it| self.factors(&at.key("grade"), by_grade(it)));
        let color = written.color.as_ref().map(|it| self.factors(&at.key("color"), by_color(it)));
        let mut flags = std::collections::BTreeMap::new();
        for (flag, factor) in &written.flags {
            let at = at.key("flags").key(flag);
            let name = self.text(&at, flag);
            let factor = self.factor(&at, *factor);
            if flags.insert(name, factor).is_some() {
                self.refuse(&at, "this flag is named twice", "remove one of them");
            }
        }
        let risk = written.risk.as_ref().map(|risk| self.risk_weight(of, &at.key("risk"), risk));
        Weighting { column: written.column.clone(), grade, color, flags, risk }
    }

    fn risk_weight(&mut self, of: &Composed<'_>, at: &KeyPath, written: &RiskWeightFile) -> RiskWeighting {
        let models_at = at.key("models");
        if written.models.is_empty() {
            self.refuse(
                &models_at,
                "no model is named",
                "name the models and their shares, such as { general = 1 }, or remove [weight.risk]",
            );
        }
        let known: Vec<&str> = of.inputs.risk.keys().map(String::as_str).collect();
        for (model, share) in &written.models {
            let at = models_at.key(model);
            if !of.inputs.risk.contains_key(model) {
                let help = if known.is_empty() {
                    format!("add [inputs.risk.{model}] with its path, direction and range")
                } else {
                    did_you_mean(model, &known)
                };
                self.refuse(&at, format!("there is no table inputs.risk.{model}"), help);
            }
            if !(share.is_finite() && *share > 0.0) {
                self.refuse(
                    &at,
                    format!("the share {share} is not above 0"),
                    "give a share above 0, or remove the model",
                );
            }
        }
        if !(0.0..=1.0).contains(&written.missing) {
            self.refuse(
                &at.key("missing"),
                format!("{} is outside 0 to 1", written.missing),
                "give the risk that an entity without any score is taken to have, 0 to 1",
            );
        }
        let lowest = self.factor(&at.key("lowest"), written.lowest);
        let highest = self.factor(&at.key("highest"), written.highest);
        if lowest > highest {
            let (lowest, highest) = (written.lowest, written.highest);
            self.warnings.push(Warning::FallingRiskWeight { lowest, highest });
        }
        let of_model = |(model, share): (&String, &f64)| {
            let table = of.inputs.risk.get(model)?;
            let higher_is_safer = table.direction == Direction::HigherIsSafer;
            Some(ModelShare { model: model.clone(), share: *share, range: table.range.into(), higher_is_safer })
        };
        let models = written.models.iter().filter_map(of_model).collect();
        RiskWeighting { blend: written.blend, models, lowest, highest, missing: written.missing }
    }

    /// All factors of a set, none missing.
    fn factors<const N: usize>(&mut self, at: &KeyPath, named: [(&'static str, Option<f64>); N]) -> [u64; N] {
        self.complete(at, named).map(|(name, factor)| self.factor(&at.key(name), factor))
    }

    /// Refuses a set with missing members, naming them; 0 stands in for those.
    pub(super) fn complete<const N: usize>(
        &mut self,
        at: &KeyPath,
        named: [(&'static str, Option<f64>); N],
    ) -> [(&'static str, f64); N] {
        let missing: Vec<&str> = named.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
        if !missing.is_empty() {
            let list = missing.join(", ");
            let verb = if missing.len() == 1 { "is" } else { "are" };
            self.refuse(at, format!("{list} {verb} missing"), format!("give a number for {list} too"));
        }
        named.map(|(name, value)| (name, value.unwrap_or(0.0)))
    }

    /// A factor in micro-units.
    fn factor(&mut self, at: &KeyPath, factor: f64) -> u64 {
        micro_units(factor).unwrap_or_else(|error| {
            let help = match error {
                FactorError::NotFinite => "write a plain number",
                FactorError::Negative => "give 0 for \"never drawn\", or a factor above it",
                FactorError::TooLarge => "give a smaller factor; only the ratios of weights matter",
                FactorError::TooFine => "round the factor to six decimals",
            };
            self.refuse(at, format!("{factor} is no factor: {error}"), help);
            0
        })
    }

    /// Refuses grades and colours without a table of them.
    pub(super) fn needs_credit(&mut self, of: &Composed<'_>, at: &KeyPath) {
        if of.inputs.credit.is_none() {
            self.refuse(
                at,
                "grades and colours come from a credit table, and inputs.credit is missing",
                "add [inputs.credit] with its path, or remove this key",
            );
        }
    }

    /// Refuses flags without a table of them.
    pub(super) fn needs_flags(&mut self, of: &Composed<'_>, at: &KeyPath) {
        if of.inputs.flags.is_none() {
            self.refuse(
                at,
                "flags come from a table, and inputs.flags is missing",
                "add [inputs.flags] with its path, or remove this key",
            );
        }
    }
}
