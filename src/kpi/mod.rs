//! Figures: the catalogue, the fact table, and the flow from results to a folder of figures.
//!
//! Rows of results become inspections ([`crate::results`]), inspections and the other tables become a condensed fact table
//! ([`cells`]), and the figures of the [`catalogue`] are polars expressions over it ([`evaluate()`]). A figure is
//! settled for an as-of day: what lies after it changes nothing.

pub mod catalogue;
pub mod cells;
mod estimates;
mod evaluate;
mod facts;
mod flow;
pub mod marks;
mod ranked;
mod rows;
mod tally;
mod width;

pub use estimates::{CameOf, EstimateRow};
pub use evaluate::{Quotient, evaluate};
pub use facts::{Facts, MemberWords, NO_MEMBER};
pub use flow::{Computed, KpiError, compute, known_figures, pages, run};
pub use rows::{KpiRow, NO_DENOMINATOR, Z95, missing};
