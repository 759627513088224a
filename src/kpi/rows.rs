//! The rows of `kpi.parquet`: quotients with their printed form, interval, target and what is missing.

use super::catalogue::{Figure, Need, Unit, Variant};
use super::cells::{Cut, Length};
use super::facts::{Facts, MemberWords};
use crate::plan::FigureSetting;
use crate::recheck::{Printed, Rounding};
use crate::results::Drawn;
use crate::sampling::estimate::wilson;
use crate::terms::Column;

/// Two-sided 95 % quantile of the normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// A figure of one cell of a view.
#[derive(Clone, Copy, Debug)]
pub struct Quotient {
    /// The figure.
    pub figure: &'static Figure,
    /// Its variant.
    pub variant: &'static Variant,
    /// The cut.
    pub cut: Cut,
    /// The member.
    pub member: u32,
    /// The length of the period.
    pub length: Length,
    /// The period.
    pub period: u16,
    /// Units above the line.
    pub numerator: i64,
    /// Units below the line; `None` for a count.
    pub denominator: Option<i64>,
}

/// A row of `kpi.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiRow {
    /// Id of the figure.
    pub kpi: &'static str,
    /// Its variant.
    pub variant: &'static str,
    /// The day up to which it counts.
    pub as_of: i32,
    /// The period.
    pub period: String,
    /// By what it is cut.
    pub cut: &'static str,
    /// The member.
    pub member: String,
    /// Units above the line; `None` if the inputs do not say.
    pub numerator: Option<i64>,
    /// Units below the line; `None` for a count.
    pub denominator: Option<i64>,
    /// The quotient.
    pub value: Option<f64>,
    /// As it is printed.
    pub shown: Option<String>,
    /// How the printed form is rounded.
    pub rounding: Rounding,
    /// Bounds of Wilson's 95 % interval, for shares.
    pub interval: Option<(f64, f64)>,
    /// The target, in millionths.
    pub target: Option<u64>,
    /// Whether it is reached.
    pub met: Option<bool>,
    /// How many of the units below the line would have to change over.
    pub needed_converting: Option<i64>,
    /// How many new units that count above and below the line are needed; `None` also where no number is enough.
    pub needed_adding: Option<i64>,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// The reason of a quotient over 0.
pub const NO_DENOMINATOR: &str = "no-denominator";

impl KpiRow {
    /// The row of a quotient under a setting. `missing`: what the inputs lack for it.
    pub fn of(quotient: &Quotient, setting: &FigureSetting, words: &MemberWords, missing: Option<&str>) -> Self {
        let figure = quotient.figure;
        let known = missing.is_none();
        let (above, below) = (quotient.numerator, quotient.denominator);
        let fraction = below.filter(|&below| below > 0 && known);
        let value = match figure.unit {
            Unit::Count => known.then_some(above as f64),
            Unit::Share | Unit::PerUnit => fraction.map(|below| above as f64 / below as f64),
        };
        let interval = match (figure.unit, fraction) {
            (Unit::Share, Some(below)) => u64::try_from(above)
                .ok()
                .zip(u64::try_from(below).ok())
                .and_then(|(above, below)| wilson(above, below, Z95)),
            _ => None,
        };
        let target = setting.target.filter(|_| known);
        let judged = target.and_then(|target| Judged::of(figure.unit, above, below, target));
        Self {
            kpi: figure.id,
            variant: quotient.variant.id,
            as_of: setting.as_of,
            period: quotient.length.show(quotient.period),
            cut: quotient.cut.name(),
            member: words.word(quotient.cut, quotient.member).to_owned(),
            numerator: known.then_some(above),
            denominator: below.filter(|_| known),
            value,
            shown: shown(figure.unit, above, below, setting).filter(|_| known),
            rounding: setting.rounding,
            interval,
            target,
            met: judged.map(|judged| judged.met),
            needed_converting: judged.map(|judged| judged.converting),
            needed_adding: judged.and_then(|judged| judged.adding),
            reason: match missing {
                Some(missing) => Some(missing.to_owned()),
                None if value.is_none() => Some(NO_DENOMINATOR.to_owned()),
                None => None,
            },
        }
    }
}

/// The printed form, by exact arithmetic.
fn shown(unit: Unit, above: i64, below: Option<i64>, setting: &FigureSetting) -> Option<String> {
    let above = u64::try_from(above).ok()?;
    let form = |decimals, percent| Printed { units: 0, decimals, percent };
    let printed = match unit {
        Unit::Count => Printed { units: above, ..form(0, false) },
        Unit::Share => form(setting.digits, true).of(above, u64::try_from(below?).ok()?, setting.rounding)?,
        Unit::PerUnit => form(setting.digits, false).of(above, u64::try_from(below?).ok()?, setting.rounding)?,
    };
    Some(printed.to_string())
}

/// A figure held against its target t = `target` / 10^6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Judged {
    met: bool,
    /// ⌈t·D − N⌉
    converting: i64,
    /// ⌈(t·D − N) / (1 − t)⌉
    adding: Option<i64>,
}

const MILLION: i128 = 1_000_000;

impl Judged {
    fn of(unit: Unit, above: i64, below: Option<i64>, target: u64) -> Option<Self> {
        let (above, target) = (i128::from(above), i128::from(target));
        let below = match unit {
            Unit::Count => 1,
            Unit::Share | Unit::PerUnit => i128::from(below.filter(|&below| below > 0)?),
        };
        // Missing units in millionths.
        let missing = target * below - above * MILLION;
        let up = |missing: i128, per: i128| i64::try_from((missing + per - 1).div_euclid(per)).ok();
        if missing <= 0 {
            return Some(Self { met: true, converting: 0, adding: Some(0) });
        }
        let converting = up(missing, MILLION)?;
        let adding = match unit {
            Unit::Count => Some(converting),
            Unit::Share if target < MILLION => up(missing, MILLION - target),
            // With a target of 1 no number of new ones is enough; a number per unit is not reached by units that add to both.
            Unit::Share | Unit::PerUnit => None,
        };
        Some(Self { met: false, converting, adding })
    }
}

/// What the inputs lack for a figure, as a code; `None` if nothing.
pub fn missing(figure: &Figure, facts: &Facts<'_>) -> Option<String> {
    let Facts { tables, drawn, dealt, .. } = facts;
    let lacks = |need: &Need| match need {
        Need::Results(column) => {
            (!tables.results.columns.contains(column)).then(|| format!("no-column:results.{}", column.canonical()))
        }
        Need::Tasks => tables.tasks.is_none().then(|| "no-table:tasks".to_owned()),
        Need::FinishedTasks => tables
            .tasks
            .iter()
            .flatten()
            .all(|task| task.finished.is_none())
            .then(|| "no-column:tasks.finished_on".to_owned()),
        Need::Entities => tables.entities.is_none().then(|| "no-table:entities".to_owned()),
        Need::Items => tables.items.is_none().then(|| "no-table:items".to_owned()),
        Need::PlanTable => tables.plans.is_none().then(|| "no-table:plans".to_owned()),
        Need::Plans => (!tables.tasks_have_plans && !tables.results.columns.contains(&Column::PlanId))
            .then(|| "no-column:tasks.plan_id".to_owned()),
        Need::Listings => tables.listings.is_none().then(|| "no-table:listings".to_owned()),
        Need::Feedback => tables.feedback.is_none().then(|| "no-table:feedback".to_owned()),
        Need::Teams => dealt.is_none().then(|| "no-table:teams".to_owned()),
        Need::Draws => drawn.is_none().then(|| "no-table:draws".to_owned()),
        Need::Scores => {
            let of_draw = drawn.is_some_and(Drawn::has_scores);
            (!of_draw && !tables.results.columns.contains(&Column::Score)).then(|| "no-column:results.score".to_owned())
        }
    };
    figure.needs.iter().find_map(lacks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_is_enough_and_one_less_is_not() {
        for (above, below, target) in [(70, 552, 150_000), (0, 3, 333_333), (2, 7, 999_999), (499, 1_000, 500_000)] {
            let judged = Judged::of(Unit::Share, above, Some(below), target).expect("a fraction");
            assert!(!judged.met);
            let reached =
                |above: i64, below: i64| i128::from(above) * MILLION >= i128::from(target) * i128::from(below);
            let adding = judged.adding.expect("a target below 1");
            assert!(reached(above + judged.converting, below) && !reached(above + judged.converting - 1, below));
            assert!(reached(above + adding, below + adding) && !reached(above + adding - 1, below + adding - 1));
        }
        let met = Judged::of(Unit::Share, 70, Some(552), 126_811).expect("a fraction");
        assert!(met.met && met.converting == 0);
        assert_eq!(Judged::of(Unit::Share, 1, Some(2), 1_000_000).expect("a fraction").adding, None);
        assert_eq!(Judged::of(Unit::Share, 0, Some(0), 1), None);
    }
}
