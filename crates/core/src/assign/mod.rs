//! After the draw: tasks at one door become visits, visits get weeks, inspectors are dealt by a second lot, and entities and
//! inspectors get codes.
//!
//! Everything here is defined by the year's contract (version `fairdraw/1`): a stranger with the published tables and `openssl`
//! reaches the same visits and the same teams. Lots are [tickets](crate::sampling::LotKey) with labels of their own; ids, names
//! and stations go by the order of their UTF-8 bytes; days are counted from 1970-01-01.

mod code;
mod roster;
mod team;
mod visit;
mod week;

pub use code::{CodeError, GivenCode, give_codes};
pub use roster::{Constraint, Inspector, Needs, Refused, Roster, Team, Unserved};
pub use team::{Assignment, ByVisit};
pub use visit::{Visit, VisitTask, form_visits};
pub use week::{assign_weeks, possible_weeks};
