//! What the figures ask of a unit, as marks: one bit each, settled for one as-of day.

use rayon::prelude::*;

use crate::ingest::ResultRow;
use crate::plan::KpiPlan;
use crate::results::{Inspection, Inspections, day, publication_due};
use crate::terms::{Calendar, Column, Disposal, TaskSource};

/// A set of marks.
pub type Marks = u64;

/// Declares the marks: constants with their bits, and their names, which are columns of the fact table.
macro_rules! marks {
    ($($(#[$doc:meta])* $constant:ident = $name:literal),* $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "they are the places of the marks of that name")]
        enum Place { $($constant),* }
        $($(#[$doc])* pub const $constant: Marks = 1 << Place::$constant as u32;)*
        /// Names of all marks, by bit.
        pub const NAMES: &[&str] = &[$($name),*];
    };
}

marks! {
    // Of any unit: an entity, a visit or a task has the mark if one of its inspections does.
    /// The result is entered.
    COMPLETED = "completed",
    /// At least one outcome is a problem.
    PROBLEM = "problem",
    /// The entity was met.
    MET = "met",
    /// Double-random.
    DOUBLE_RANDOM = "double_random",
    /// Of a joint visit.
    JOINT = "joint",
    /// The departments of the joint visit came on different days.
    APART = "apart",
    /// Of a task that the unit's own level initiated.
    OWN = "own",
    /// Of a task whose draw uses a credit rule.
    CREDIT_RULE = "credit_rule",
    /// Of a task of two departments or more.
    JOINT_TASK = "joint_task",
    /// The task, plan or form is finished.
    FINISHED = "finished",
    /// The deadline lies on or before the as-of day.
    DUE = "due",
    // Of inspections.
    /// Recorded on a mobile device.
    MOBILE = "mobile",
    /// Published.
    PUBLISHED = "published",
    /// The deadline of publication has come.
    PUBLICATION_DUE = "publication_due",
    /// Published within the deadline.
    IN_TIME = "in_time",
    /// Corrected after publication.
    CORRECTED = "corrected",
    /// Something was done about the problem.
    DISPOSED = "disposed",
    /// At an entity that was not live on the day.
    DEAD = "dead",
    /// Belongs to no plan.
    UNPLANNED = "unplanned",
    /// Outside the plan and filed late or not at all.
    FILED_LATE = "filed_late",
    /// Not reviewed within the deadline.
    REVIEW_OVERDUE = "review_overdue",
    /// A correction was ordered (责令改正).
    ORDERED = "ordered",
    /// Criticism and education (批评教育).
    EDUCATED = "educated",
    /// No punishment (不予处罚).
    NOT_PUNISHED = "not_punished",
    /// Corrected within the term.
    RECTIFIED = "rectified",
    // Of entities of the registry.
    /// Live.
    LIVE = "live",
    /// Drawn.
    DRAWN = "drawn",
    /// Inspected.
    INSPECTED = "inspected",
    /// On the list of abnormal operations.
    LISTED = "listed",
    /// On the list of serious violations.
    SERIOUS = "serious",
    /// A feedback form was sent.
    SENT = "sent",
    /// It came back.
    RETURNED = "returned",
    /// The entity is satisfied.
    SATISFIED = "satisfied",
    /// Listed later than the deadline after verification.
    LISTED_LATE = "listed_late",
    /// Carried out jointly.
    JOINTLY = "jointly",
    // Of drawn entities.
    /// Within scope and size of the plan.
    WITHIN_PLAN = "within_plan",
    // Of departments of dealt visits.
    /// It has a team.
    SERVED = "served",
    // Of inspections with a score, and of pairs of them.
    /// In the half at higher risk.
    FIRST_HALF = "first_half",
    /// Of a pair, one with a problem and one without: the one with the problem has the higher score.
    IN_ORDER = "in_order",
}

/// The marks of all inspections on the day `as_of`; 0 for those that lie after it.
pub fn of_inspections(
    rows: &[ResultRow],
    all: &Inspections,
    plan: &KpiPlan,
    calendar: &Calendar,
    as_of: i32,
) -> Vec<Marks> {
    let of = |(at, one): (usize, &Inspection)| {
        let marks = of_inspection(&rows[one.at as usize], one, all, plan, calendar, as_of);
        let (joint, apart) = all.joint_until(rows, at, as_of);
        if marks == 0 { 0 } else { marks | union([(JOINT, joint), (APART, apart)]) }
    };
    all.inspections.par_iter().enumerate().map(of).collect()
}

fn of_inspection(
    row: &ResultRow,
    inspection: &Inspection,
    all: &Inspections,
    plan: &KpiPlan,
    calendar: &Calendar,
    as_of: i32,
) -> Marks {
    let inspected = day(row.inspected);
    if inspected > as_of {
        return 0;
    }
    let dated = |column: Column| row.day(column).map(day).filter(|&day| day <= as_of);
    let task = all.task(inspection);
    let says_problem = row.answer(Column::Problem);
    let has_result = !row.outcomes.is_empty() || says_problem.is_some();
    let completed = has_result && row.day(Column::EnteredOn).is_none_or(|entered| day(entered) <= as_of);
    let problem = completed && (row.outcomes.has_problem() || (row.outcomes.is_empty() && says_problem == Some(true)));
    let double_random = inspection.source == Some(TaskSource::DoubleRandom);
    let own = double_random && task.is_some_and(|task| task.level == Some(plan.own_level));
    let due = publication_due(row, calendar, &plan.deadlines);
    let published = dated(Column::PublishedOn);
    let reviewed = dated(Column::ReviewedOn).or(published);
    let waits = calendar.between(inspected, as_of) > i64::from(plan.deadlines.review);
    let filing_due = calendar.after(inspected, plan.deadlines.filing);
    let filed_late = dated(Column::FiledOn).map_or(filing_due < as_of, |filed| filed > filing_due);
    let rectified = dated(Column::RectifiedOn);
    let in_term = rectified.is_some_and(|done| row.day(Column::RectifyBy).is_none_or(|term| done <= day(term)));
    let told = |disposal| problem && row.disposals.contains(disposal);
    union([
        (COMPLETED, completed),
        (PROBLEM, problem),
        (MET, completed && !row.outcomes.is_not_met()),
        (DOUBLE_RANDOM, double_random),
        (OWN, own),
        (CREDIT_RULE, task.is_some_and(|task| task.credit_rule)),
        (JOINT_TASK, task.is_some_and(|task| task.departments > 1)),
        (MOBILE, row.answer(Column::Mobile) == Some(true)),
        (PUBLISHED, completed && published.is_some()),
        (PUBLICATION_DUE, due <= as_of),
        (IN_TIME, due <= as_of && published.is_some_and(|published| published <= due)),
        (CORRECTED, published.is_some() && dated(Column::CorrectedOn).is_some()),
        (DISPOSED, problem && row.disposals.is_disposed()),
        (DEAD, inspection.dead),
        (UNPLANNED, inspection.unplanned),
        (FILED_LATE, inspection.unplanned && filed_late),
        (REVIEW_OVERDUE, completed && reviewed.is_none() && waits),
        (ORDERED, told(Disposal::ToldToCorrect)),
        (EDUCATED, told(Disposal::Educated)),
        (NOT_PUNISHED, told(Disposal::NotPunished)),
        (RECTIFIED, problem && in_term),
        (DRAWN, inspection.drawn),
        (INSPECTED, true),
    ])
}

/// The marks that hold.
pub fn union<const N: usize>(marked: [(Marks, bool); N]) -> Marks {
    marked.into_iter().filter(|(_, holds)| *holds).fold(0, |marks, (mark, _)| marks | mark)
}
