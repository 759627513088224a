//! Inspections that wait for review.

use super::inspections::{Inspection, day};
use crate::ingest::ResultRow;
use crate::plan::Deadlines;
use crate::terms::{Calendar, Column};

/// An inspection whose result is entered and not reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Place among the inspections.
    pub at: usize,
    /// Working days until the result must be public; negative when it is overdue.
    pub days_left: i64,
    /// Whether it waits longer than the deadline of review (黄标).
    pub yellow: bool,
}

/// The inspections that wait for review on the day `as_of`, the most urgent first.
pub fn review_queue(
    rows: &[ResultRow],
    inspections: &[Inspection],
    calendar: &Calendar,
    deadlines: &Deadlines,
    as_of: i32,
) -> Vec<Waiting> {
    let waiting = |(at, inspection): (usize, &Inspection)| {
        let row = &rows[inspection.at as usize];
        let inspected = day(row.inspected);
        let is_reviewed = [Column::ReviewedOn, Column::PublishedOn]
            .into_iter()
            .any(|column| row.day(column).is_some_and(|reviewed| day(reviewed) <= as_of));
        let has_result = !row.outcomes.is_empty() || row.answer(Column::Problem).is_some();
        let entered = row.day(Column::EnteredOn).is_none_or(|entered| day(entered) <= as_of);
        (inspected <= as_of && has_result && entered && !is_reviewed).then(|| Waiting {
            at,
            days_left: calendar.between(as_of, publication_due(row, calendar, deadlines)),
            yellow: calendar.between(inspected, as_of) > i64::from(deadlines.review),
        })
    };
    let mut queue: Vec<Waiting> = inspections.iter().enumerate().filter_map(waiting).collect();
    queue.sort_by_key(|one| (one.days_left, one.at));
    queue
}

/// The day by which a result must be public: so many working days after the inspection, or after the laboratory's report if
/// that is later.
pub fn publication_due(row: &ResultRow, calendar: &Calendar, deadlines: &Deadlines) -> i32 {
    let after_inspection = calendar.after(day(row.inspected), deadlines.publication);
    let report = row.day(Column::LaboratoryOn);
    let after_report = report.map(|report| calendar.after(day(report), deadlines.laboratory));
    after_report.map_or(after_inspection, |after_report| after_report.max(after_inspection))
}
