//! Results as inspections: rows rolled up, matched to task, registry and draw, and grouped into visits.
//!
//! An *inspection* (检查, 户次) is one department at one entity on one visit; a *visit* is one entity and one stay, joint when
//! two departments or more take part. [`Inspections::of`] makes them of the rows of a results table:
//!
//! * rows of one inspection id are one inspection; without ids, rows of one entity, department, day and task are;
//! * inspections of one visit id are one visit; without visit ids, those at one entity on one day are;
//! * nothing is dropped: rows that are double, contradict each other or match no task, entity or draw are counted like any
//!   other and listed with the reason ([`Mismatch`]).

mod dealt;
mod drawn;
mod inspections;
mod known;
mod mismatch;
mod queue;
mod quality;

pub use dealt::{Dealt, DealtDuty};
pub use drawn::Drawn;
pub use inspections::{Inspection, Inspections, NO_PLACE, TaskFacts, day};
pub use known::Known;
pub use mismatch::{Mismatch, Unmatched};
pub use quality::{Fault, LowQuality, low_quality};
pub use queue::{Waiting, publication_due, review_queue};
