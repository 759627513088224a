//! What one task makes of a frame, part by part: who may be drawn, with what weight, in which stratum, and how many of each.
//!
//! Each stage takes a part ([`crate::part::Part`]) and its own options, and knows neither the plan that composed these nor
//! the stages around it.

mod census;
mod division;
mod method;
mod standing;
mod strata;
mod weights;

pub use census::{Census, Sized};
pub use division::{Divider, Division, Live, Measure};
pub use method::Method;
pub use standing::{Conditions, Rule, Scope, Standing, Then, VisitLimit, Visits, rows_that_meet};
pub use strata::{
    Base, Certainties, LegalMinimum, SINGLE_STRATUM, Size, SizeRule, Sizing, Strata, StrataError, StratumCounts,
};
pub use weights::{FactorColumn, ModelShare, RiskWeighting, WeightError, Weighting, Weights};
