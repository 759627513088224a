//! Figures: the catalogue, the fact table, and the flow from results to a folder of figures.
//!
//! Rows of results become inspections ([`crate::results`]), inspections and the other tables become a condensed fact table
//! ([`cells`]), and the figures of the [`catalogue`] are numbers over it, which polars evaluates ([`evaluate()`]). A figure is
//! settled for an as-of day: what lies after it changes nothing.

pub mod catalogue;
pub mod cells;
mod estimates;
#[cfg(feature = "figures")]
mod evaluate;
pub mod expression;
mod facts;
mod flow;
pub mod marks;
mod ranked;
mod rows;
mod tally;
mod width;

pub use estimates::{CameOf, EstimateRow};
#[cfg(feature = "figures")]
pub use evaluate::evaluate;
pub use facts::{Facts, MemberWords, NO_MEMBER};
pub use flow::{Computed, KpiError, compute, known_figures, pages, run};
pub use rows::{KpiRow, NO_DENOMINATOR, Quotient, Z95, missing};

/// What a build without polars says of figures.
///
/// # Errors
/// Always.
#[cfg(not(feature = "figures"))]
pub fn evaluate(
    _: &[cells::Cell],
    _: &dyn Fn(&catalogue::Figure, &catalogue::Variant) -> bool,
) -> Result<Vec<Quotient>, String> {
    Err("this build computes no figures; build fairdraw with its feature `figures`".to_owned())
}
