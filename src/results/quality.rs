//! Inspections of low quality, each with what shows it.

use super::inspections::{Inspection, Inspections, day};
use crate::ingest::ResultRow;
use crate::plan::Deadlines;
use crate::terms::{Bilingual, Calendar, Column, show_day};

/// What is wrong with an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The entity was not live on the day.
    DeadTarget,
    /// The departments of a joint visit came on different days.
    NotTogether {
        /// First and last day, in days since 1970-01-01.
        days: (i32, i32),
    },
    /// It belongs to no plan.
    NoPlan,
    /// An inspection outside the plan was filed late, or not at all.
    LateFiling {
        /// Last day of the deadline.
        due: i32,
        /// Day of the filing.
        filed: Option<i32>,
    },
}

impl Bilingual for Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::DeadTarget => "dead-target",
            Self::NotTogether { .. } => "not-together",
            Self::NoPlan => "no-plan",
            Self::LateFiling { .. } => "late-filing",
        }
    }

    fn en(&self) -> String {
        match self {
            Self::DeadTarget => "the entity was not live on the day".to_owned(),
            Self::NotTogether { days: (first, last) } => {
                format!("the departments of the joint visit came between {} and {}", show_day(*first), show_day(*last))
            }
            Self::NoPlan => "the inspection belongs to no plan".to_owned(),
            Self::LateFiling { due, filed: Some(filed) } => {
                format!("to be filed by {}, filed on {}", show_day(*due), show_day(*filed))
            }
            Self::LateFiling { due, filed: None } => format!("to be filed by {}, not filed", show_day(*due)),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::DeadTarget => "检查当日对象已非存续状态".to_owned(),
            Self::NotTogether { days: (first, last) } => {
                format!("联合检查各部门未同时上门：{} 至 {}", show_day(*first), show_day(*last))
            }
            Self::NoPlan => "无计划检查".to_owned(),
            Self::LateFiling { due, filed: Some(filed) } => {
                format!("应于 {} 前备案，{} 备案", show_day(*due), show_day(*filed))
            }
            Self::LateFiling { due, filed: None } => format!("应于 {} 前备案，未备案", show_day(*due)),
        }
    }
}

/// A fault of an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowQuality {
    /// Place among the inspections.
    pub at: usize,
    /// The fault.
    pub fault: Fault,
}

/// The faults of inspections up to the day `as_of`, by kind and inspection.
pub fn low_quality(
    rows: &[ResultRow],
    all: &Inspections,
    calendar: &Calendar,
    deadlines: &Deadlines,
    as_of: i32,
) -> Vec<LowQuality> {
    let mut found = Vec::new();
    let dated = |inspection: &Inspection, column| rows[inspection.at as usize].day(column).map(day);
    for visit in visits(&all.inspections) {
        let of_visit = &all.inspections[visit.clone()];
        let days = || of_visit.iter().map(|one| day(one.inspected)).filter(|&day| day <= as_of);
        let span = days().min().zip(days().max());
        for at in visit {
            let inspection = &all.inspections[at];
            let inspected = day(inspection.inspected);
            if inspected > as_of {
                continue;
            }
            let mut add = |fault| found.push(LowQuality { at, fault });
            if inspection.dead {
                add(Fault::DeadTarget);
            }
            if let Some(days) = span.filter(|days| inspection.apart && days.0 < days.1) {
                add(Fault::NotTogether { days });
            }
            if inspection.unplanned {
                add(Fault::NoPlan);
                let due = calendar.after(inspected, deadlines.filing);
                let filed = dated(inspection, Column::FiledOn).filter(|&filed| filed <= as_of);
                if filed.map_or(due < as_of, |filed| filed > due) {
                    add(Fault::LateFiling { due, filed });
                }
            }
        }
    }
    found.sort_by_key(|one| (one.fault.code(), one.at));
    found
}

/// The places of the inspections of each visit.
fn visits(inspections: &[Inspection]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let visit = inspections.get(first)?.visit;
        let start = first;
        while inspections.get(first).is_some_and(|one| one.visit == visit) {
            first += 1;
        }
        Some(start..first)
    })
}
