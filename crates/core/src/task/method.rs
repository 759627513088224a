//! How a task is drawn, in one value: the options of all stages.

use super::{Certainties, Division, Rule, Scope, Size, Sizing, Weighting};
use crate::sampling::Design;

/// How a task is drawn. Each stage takes its own part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// Who may be drawn.
    pub scope: Scope,
    /// The factors of the weight.
    pub weighting: Weighting,
    /// Certainties and exemptions; the first rule that matches decides.
    pub rules: Vec<Rule>,
    /// How the population is divided.
    pub division: Division,
    /// How many are drawn.
    pub size: Size,
    /// Whether certain entities count towards the size.
    pub certainties: Certainties,
    /// The sampling design.
    pub design: Design,
    /// An inclusion probability of at least 1 − alpha is taken as 1; 0 <= alpha < 1.
    pub alpha: f64,
    /// The stream of its lots, without line breaks; empty where the plan names a column of permanent random numbers.
    pub stream: String,
    /// Whether an entity that had its turn waits until the others of the stream had theirs.
    pub spread: bool,
    /// Entities on the reserve list of every stratum.
    pub reserve: u64,
    /// In how many batches the drawn are inspected.
    pub batches: Option<u32>,
}

impl Method {
    /// How the strata are sized.
    pub fn sizing(&self) -> Sizing<'_> {
        Sizing { size: &self.size, division: &self.division, certainties: self.certainties }
    }
}
