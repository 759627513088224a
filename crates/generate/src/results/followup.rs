//! What comes after inspections: entries on lists, feedback forms.

use std::collections::BTreeSet;

use super::super::ids::EntityId;
use super::super::randomness::Draws;
use super::calendar::Calendar;
use super::departments::marked;
use super::entities::Registry;
use super::findings::{Inspection, LOST};

/// Reasons of the list of abnormal operations beside [`LOST`].
pub(super) const NO_REPORT: &str = "未按规定公示年度报告";
pub(super) const FALSE_REPORT: &str = "公示信息隐瞒真实情况、弄虚作假";
/// The reason of the list of serious violations.
pub(super) const THREE_YEARS: &str = "被列入经营异常名录届满3年仍未履行相关义务";

/// An entry on a list.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    pub id: EntityId,
    pub listed: i32,
    pub reason: &'static str,
    /// On the list of serious violations; else on that of abnormal operations.
    pub serious: bool,
    pub verified: Option<i32>,
}

/// How many entries there are, each of another entity.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListingCounts {
    pub lost: usize,
    pub no_report: usize,
    pub false_report: usize,
    pub serious: usize,
    /// All of them are listed by this day.
    pub by: i32,
    /// Late reports that are listed on the first working day after it.
    pub no_report_after: usize,
    /// The first day on which annual reports are late.
    pub reports_late: i32,
}

/// The entries by day and id. Entities that inspections did not find come first; of the others one in sixteen is in the
/// registry.
pub(super) fn listings(
    counts: ListingCounts,
    inspections: &[Inspection],
    registry: &Registry,
    inspected: usize,
    calendar: &Calendar,
    draws: &mut Draws,
) -> Vec<Listing> {
    let ListingCounts { lost, no_report, false_report, serious, by, no_report_after, reports_late } = counts;
    let mut listings = Vec::new();
    let mut met = BTreeSet::new();
    for inspection in inspections.iter().filter(|one| one.outcome == LOST) {
        let verified = calendar.after(inspection.day, 1);
        let listed = calendar.after(verified, 3 + draws.below(6) as usize);
        if listings.len() < lost && listed <= by && met.insert(inspection.entity) {
            let id = registry.entities[inspection.entity].id;
            listings.push(Listing { id, listed, reason: LOST, serious: false, verified: Some(verified) });
        }
    }
    let found = listings.len();
    let (last, late) = (calendar.place(by), calendar.place(reports_late));
    // A working day from this place on, up to the last one.
    let day = |from: usize, draws: &mut Draws| calendar.day(from + draws.below((last - from + 1) as u64) as usize);
    // Behind the inspected entities and those that were inspected after they were gone.
    let behind = inspected + 100;
    let mut number = 0_usize;
    let mut add = |reason, serious, listed, verified| {
        let id = match behind + number / 16 {
            row if number.is_multiple_of(16) && row < registry.entities.len() => registry.entities[row].id,
            _ => registry.id_elsewhere(number),
        };
        number += 1;
        listings.push(Listing { id, listed, reason, serious, verified });
    };
    for _ in found..lost {
        let listed = day(15, draws);
        // Two in a hundred are listed later than 10 working days after they were verified.
        let waited = if draws.chance(0.02) { 14 } else { 1 + draws.below(9) as usize };
        add(LOST, false, listed, Some(calendar.day(calendar.place(listed) - waited)));
    }
    for _ in 0..no_report {
        // Nine in ten within two weeks.
        let listed = if draws.chance(0.9) { calendar.day(late + draws.below(10) as usize) } else { day(late, draws) };
        add(NO_REPORT, false, listed, None);
    }
    for _ in 0..no_report_after {
        add(NO_REPORT, false, calendar.after(by, 1), None);
    }
    for _ in 0..false_report {
        let listed = day(late, draws);
        add(FALSE_REPORT, false, listed, Some(calendar.day(calendar.place(listed) - 4)));
    }
    for _ in 0..serious {
        let listed = day(late, draws);
        add(THREE_YEARS, true, listed, None);
    }
    listings.sort_by_key(|entry| (entry.listed, entry.id));
    listings
}

/// A feedback form.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub entity: usize,
    pub sent: i32,
    pub returned: Option<i32>,
    pub satisfied: Option<bool>,
}

/// How many forms there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormCounts {
    pub sent: usize,
    pub returned: usize,
    pub satisfied: usize,
}

/// Forms to different entities, handed out on the day of the inspection; all come back by the as-of day, if at all.
pub(super) fn feedback(
    counts: FormCounts,
    inspections: &[Inspection],
    calendar: &Calendar,
    as_of: i32,
    draws: &mut Draws,
) -> Vec<Form> {
    let mut met = BTreeSet::new();
    let early = calendar.day(calendar.place(as_of) - 20);
    let firsts: Vec<&Inspection> =
        inspections.iter().filter(|one| one.day <= early && met.insert(one.entity)).collect();
    let chosen = firsts.iter().enumerate().filter(|&(at, _)| marked(at, counts.sent, firsts.len()));
    let mut returned = 0;
    chosen
        .enumerate()
        .map(|(number, (_, inspection))| {
            let back = marked(number, counts.returned, counts.sent);
            let satisfied = back && marked(returned, counts.satisfied, counts.returned);
            returned += usize::from(back);
            let after = draws.below(11) as usize;
            Form {
                entity: inspection.entity,
                sent: inspection.day,
                returned: back.then(|| calendar.after(inspection.day, after)),
                satisfied: back.then_some(satisfied),
            }
        })
        .collect()
}
