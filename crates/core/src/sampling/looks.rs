//! The search for the entities that are taken for certain, look by look, over parts that need not meet.
//!
//! Each look asks for the entities whose weight lies between two bounds: above the lower one they are taken if the ranking
//! goes so far, and those above the upper one were looked at before. It ends when a look finds nobody, or somebody who is not
//! taken; mostly with the first, which finds nobody.

use super::design::Design;
use super::draw::DrawError;
use super::inclusion::{Heavy, Inclusion, TakeAllSearch, check};
use super::passes::PassKey;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What the weights of a stratum come to. Equal parts of a population add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Their sum, by the [size measure](Design::size_measure) of the design.
    pub weight: u128,
    /// How many are positive.
    pub positive: u64,
    /// The largest.
    pub heaviest: u64,
}

impl Totals {
    /// Takes in another part.
    pub fn add(&mut self, other: Self) {
        self.weight += other.weight;
        self.positive += other.positive;
        self.heaviest = self.heaviest.max(other.heaviest);
    }

    /// Of up to 1,024 weights, so that their sum fits 64 bits.
    pub(super) fn of(weights: &[u64], design: Design) -> Self {
        let (mut sum, mut positive, mut heaviest) = (0, 0, 0);
        for &weight in weights {
            let weight = design.size_measure(weight);
            sum += weight;
            positive += u64::from(weight > 0);
            heaviest = heaviest.max(weight);
        }
        Self { weight: u128::from(sum), positive, heaviest }
    }
}

/// An entity that a look found: weight by the size measure of the design, what breaks ties, and who it is.
pub type Found<K> = (u64, u64, K);

/// The search in every stratum of a draw.
#[derive(Debug)]
pub struct Looks<K = u32> {
    sizes: Vec<u64>,
    totals: Vec<Totals>,
    searches: Vec<TakeAllSearch<K>>,
    /// Nobody at or above these weights is looked for again.
    upper: Vec<u64>,
    /// Equal probabilities below a census: nobody is taken.
    is_settled: Vec<bool>,
    is_over: bool,
}

impl<K: PassKey> Looks<K> {
    /// Of strata with these sample sizes and totals.
    ///
    /// # Errors
    /// [`DrawError`] naming the first stratum that cannot be drawn.
    pub fn new(sizes: &[u64], totals: Vec<Totals>, design: Design, alpha: f64) -> Result<Self, DrawError> {
        for (stratum, (&n, totals)) in (0..).zip(sizes.iter().zip(&totals)) {
            check(n, totals.positive, alpha).map_err(|reason| DrawError { stratum, reason })?;
        }
        // Equal probabilities are n/N whatever α: all are taken if n = N, else none.
        let is_equal = design == Design::Srs;
        let alpha = if is_equal { 0.0 } else { alpha };
        let strata = || sizes.iter().zip(&totals);
        Ok(Self {
            searches: strata().map(|(&n, totals)| TakeAllSearch::new(n, totals.weight, alpha)).collect(),
            is_settled: strata().map(|(&n, totals)| is_equal && n < totals.positive).collect(),
            upper: vec![u64::MAX; sizes.len()],
            sizes: sizes.to_vec(),
            totals,
            is_over: false,
        })
    }

    /// The weights to look at next, by stratum; `None` once everybody who is taken is known.
    pub fn bounds(&mut self) -> Option<Vec<Range<u64>>> {
        if self.is_over {
            return None;
        }
        let bounds = |stratum: usize| {
            let lower = if self.is_settled[stratum] { u64::MAX } else { self.searches[stratum].certainty_threshold() };
            lower..self.upper[stratum]
        };
        let bounds: Vec<Range<u64>> = (0..self.searches.len()).map(bounds).collect();
        let is_empty = |(bounds, totals): (&Range<u64>, &Totals)| bounds.start > totals.heaviest;
        self.is_over = bounds.iter().zip(&self.totals).all(is_empty);
        (!self.is_over).then_some(bounds)
    }

    /// Takes in all that a look at `bounds` found, by stratum, in whatever order.
    pub fn take(&mut self, bounds: Vec<Range<u64>>, found: Vec<Vec<Found<K>>>) {
        self.is_over = true;
        for (stratum, (bounds, found)) in bounds.into_iter().zip(found).enumerate() {
            let mut heavy: Vec<Heavy<K>> =
                found.into_iter().map(|(weight, tie, row)| Heavy::new(weight, tie, row)).collect();
            heavy.par_sort_unstable();
            let is_any = !heavy.is_empty();
            // No other entity can be taken once one of these is not, or where none was found.
            let may_continue = self.searches[stratum].take_certain(heavy) && is_any;
            self.upper[stratum] = if may_continue { bounds.start } else { 0 };
            self.is_over &= !may_continue;
        }
    }

    /// What the search came to, by stratum.
    pub fn finish(self) -> Vec<Inclusion<K>> {
        let searched = self.searches.into_iter().zip(self.sizes.into_iter().zip(self.totals));
        searched.map(|(search, (n, totals))| search.finish(n, totals.positive, totals.weight)).collect()
    }
}
