//! Inclusion probabilities proportional to weight, with a take-all stratum.
//!
//! Source: Martin, R package sps, vignette "take-all"; the definition is quoted in [`WeightPass::solve`].

use super::design::Design;
use super::passes::{PassError, PassKey, same, within};
use super::smallest::Smallest;
use serde::{Deserialize, Serialize};

/// The largest weight in micro-units, 2⁵³ − 1 (about 9 × 10⁹ whole units): every weight is exact as an f64.
pub const MAX_WEIGHT: u64 = (1 << 53) - 1;

/// α where a plan names none: a probability above 1 − α is promoted to certainty.
pub const DEFAULT_ALPHA: f64 = 1e-3;

/// √ε of f64, which the published definition adds to α against rounding.
const ROUNDING_MARGIN: f64 = 1.0 / (1 << 26) as f64;

/// Why no probabilities exist.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InclusionError {
    /// More entities asked for than have a positive weight.
    #[error("{asked} asked for where {available} have a positive weight")]
    SampleTooLarge {
        /// Sample size.
        asked: u64,
        /// Entities with a positive weight.
        available: u64,
    },
    /// α outside [0, 1).
    #[error("alpha is {alpha}, and must be at least 0 and below 1")]
    AlphaOutOfRange {
        /// The α given.
        alpha: f64,
    },
}

/// An entity in the ranking "heaviest first, ties by (ticket, entity)".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Heavy<K = u32> {
    lightness: u64,
    pub tie: u64,
    pub row: K,
}

impl<K> Heavy<K> {
    pub fn new(weight: u64, tie: u64, row: K) -> Self {
        Self { lightness: u64::MAX - weight, tie, row }
    }

    pub fn weight(&self) -> u64 {
        u64::MAX - self.lightness
    }
}

/// First pass over a stratum: the sum of the weights and the n heaviest entities. Parts merge, and
/// [travel](super::passes).
#[derive(Debug, Clone)]
pub struct WeightPass<K = u32> {
    pub(super) n: u64,
    pub(super) design: Design,
    pub(super) total: u128,
    pub(super) positive: u64,
    pub(super) heaviest: Smallest<Heavy<K>>,
}

impl<K: PassKey> WeightPass<K> {
    /// For a sample of `n` by this design.
    pub fn new(n: u64, design: Design) -> Self {
        let keep = usize::try_from(n).unwrap_or(usize::MAX);
        Self { n, design, total: 0, positive: 0, heaviest: Smallest::new(keep) }
    }

    /// Takes in an entity: `weight` in micro-units, at most [`MAX_WEIGHT`] (0 cannot be drawn); `tie` its ticket, or
    /// the bits of its permanent random number ([`super::Lots::tie`]); `row` its place by id, or the id. Each entity
    /// comes once, in whatever order.
    #[inline]
    pub fn push(&mut self, weight: u64, tie: u64, row: K) {
        self.push_with(weight, tie, || row);
    }

    /// As [`WeightPass::push`], for an entity that is named only if it may be among the heaviest.
    #[inline]
    pub fn push_with(&mut self, weight: u64, tie: u64, row: impl FnOnce() -> K) {
        let weight = self.design.size_measure(weight);
        if weight == 0 {
            return;
        }
        self.total += u128::from(weight);
        self.positive += 1;
        if self.n > 0 && self.heaviest.bound().is_none_or(|bound| (bound.weight(), tie) <= (weight, bound.tie)) {
            self.heaviest.push(Heavy::new(weight, tie, row()));
        }
    }

    /// Takes in another part of the same stratum.
    ///
    /// # Panics
    /// If the parts are not of the same draw; see [`WeightPass::try_merge`].
    pub fn merge(&mut self, other: Self) {
        self.try_merge(other).expect("both parts are of the same draw");
    }

    /// As [`WeightPass::merge`], for parts that come from elsewhere. After an error the pass is as it was.
    ///
    /// # Errors
    /// [`PassError::Different`] if n or the design differs, [`PassError::OutOfRange`] for 2⁶⁴ entities or more.
    pub fn try_merge(&mut self, other: Self) -> Result<(), PassError> {
        same("sample size", self.n, other.n)?;
        same("design", self.design.name(), other.design.name())?;
        let positive = u128::from(self.positive) + u128::from(other.positive);
        within("the number of positive weights in both parts", positive, 0..=u128::from(u64::MAX))?;
        self.positive += other.positive;
        self.total += other.total;
        self.heaviest.merge(other.heaviest);
        Ok(())
    }

    /// Entities with a positive weight so far.
    pub fn positive(&self) -> u64 {
        self.positive
    }

    /// Finds the take-all stratum. With x₍₁₎ ≤ … ≤ x₍ₙ₎ the n largest weights and X the sum of all the others,
    /// pᵢ = i·x₍ᵢ₎ / (X + Σⱼ≤ᵢ x₍ⱼ₎); entities with pᵢ ≥ 1 − α are taken, the rest have π = m·x/Σx, m = n − #taken.
    /// Among equal weights the smaller (ticket, entity) ranks as the heavier.
    ///
    /// pᵢ ≥ 1 − α implies the same for i + 1, so units are taken from the heaviest on until one fails.
    /// Numerator and denominator are exact integers, each rounded once to f64.
    ///
    /// Simple random sampling has no such stratum: the probabilities are n/N whatever α, so all are taken if n = N,
    /// else none.
    ///
    /// # Errors
    /// [`InclusionError`] if `n` exceeds the entities with a positive weight, or α is out of range.
    pub fn solve(self, alpha: f64) -> Result<Inclusion<K>, InclusionError> {
        check(self.n, self.positive, alpha)?;
        let equal = self.design == Design::Srs;
        let mut search = TakeAllSearch::new(self.n, self.total, if equal { 0.0 } else { alpha });
        if !equal || self.n == self.positive {
            search.take_certain(self.heaviest.into_sorted());
        }
        Ok(search.finish(self.n, self.positive, self.total))
    }
}

/// Refuses a sample that cannot be.
pub(super) fn check(n: u64, positive: u64, alpha: f64) -> Result<(), InclusionError> {
    if !(0.0..1.0).contains(&alpha) {
        return Err(InclusionError::AlphaOutOfRange { alpha });
    }
    if n > positive {
        return Err(InclusionError::SampleTooLarge { asked: n, available: positive });
    }
    Ok(())
}

/// Moves the heaviest units to the take-all stratum while pᵢ ≥ 1 − α.
#[derive(Debug, Clone)]
pub(super) struct TakeAllSearch<K = u32> {
    threshold: f64,
    rest: u128,
    remaining_n: u64,
    take_all: Vec<K>,
}

impl<K: PassKey> TakeAllSearch<K> {
    pub fn new(n: u64, total: u128, alpha: f64) -> Self {
        Self { threshold: 1.0 - (alpha + ROUNDING_MARGIN), rest: total, remaining_n: n, take_all: Vec::new() }
    }

    /// Whether an entity of this weight would be taken next.
    fn takes(&self, weight: u64) -> bool {
        // NaN (nothing left to share) must not be taken: compare so that it fails.
        let p = (u128::from(self.remaining_n) * u128::from(weight)) as f64 / self.rest as f64;
        self.remaining_n > 0 && p >= self.threshold
    }

    /// The smallest weight that would be taken next.
    pub fn certainty_threshold(&self) -> u64 {
        let (mut low, mut high) = (0, MAX_WEIGHT + 1);
        while low < high {
            let middle = low.midpoint(high);
            if self.takes(middle) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// Takes units ranked heaviest first, up to the first that is not certain. Returns whether all were taken.
    pub fn take_certain(&mut self, ranked: Vec<Heavy<K>>) -> bool {
        for heavy in ranked {
            let weight = heavy.weight();
            if !self.takes(weight) {
                return false;
            }
            self.take_all.push(heavy.row);
            self.rest -= u128::from(weight);
            self.remaining_n -= 1;
        }
        true
    }

    pub fn finish(mut self, n: u64, positive: u64, total: u128) -> Inclusion<K> {
        self.take_all.sort_unstable();
        Inclusion { n, positive, total, take_all: self.take_all, random_n: self.remaining_n, rest: self.rest }
    }
}

/// The probabilities of a stratum: 1 for the taken, proportional to weight for the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion<K = u32> {
    /// Sample size n = Σπ.
    pub n: u64,
    /// Entities with a positive weight.
    pub positive: u64,
    /// Sum of all weights, micro-units (heads for simple random sampling).
    pub total: u128,
    /// Rows (or ids) with π = 1, ascending.
    pub take_all: Vec<K>,
    /// m: how many of the rest are drawn.
    pub random_n: u64,
    /// Sum of the weights of the rest, micro-units.
    pub rest: u128,
}

impl<K: PassKey> Inclusion<K> {
    /// What turns the weight of an entity that is not taken into its π.
    #[inline]
    pub fn rate(&self) -> Rate {
        // Nothing is left to chance where nobody is drawn at random: 0 ÷ 1.
        if self.random_n == 0 {
            return Rate { m: 0.0, sum: 1.0 };
        }
        Rate { m: self.random_n as f64, sum: self.rest as f64 }
    }

    /// π of an entity that is not taken, by its [size measure](Design::size_measure).
    pub fn probability_of_rest(&self, weight: u64) -> f64 {
        self.rate().probability(weight)
    }

    /// Whether the row (or id) is taken for certain.
    #[inline]
    pub fn takes(&self, row: &K) -> bool {
        !self.take_all.is_empty() && self.take_all.binary_search(row).is_ok()
    }

    /// π of a row (or id) with this [size measure](Design::size_measure).
    #[inline]
    pub fn probability(&self, row: &K, weight: u64) -> f64 {
        if self.takes(row) { 1.0 } else { self.probability_of_rest(weight) }
    }
}

/// m and Σx of the entities that are not taken, as f64.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    m: f64,
    sum: f64,
}

impl Rate {
    /// π = m·x/Σx, 0 ≤ π < 1, evaluated as (m × x) ÷ Σx on f64.
    #[inline]
    pub fn probability(self, weight: u64) -> f64 {
        // Weights are below 2^53; the signed conversion is one instruction.
        self.m * (weight as i64 as f64) / self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn solve(x: &[u64], n: u64, alpha: f64) -> Result<Vec<f64>, InclusionError> {
        let mut pass = WeightPass::new(n, Design::Pareto);
        for (row, &weight) in x.iter().enumerate() {
            pass.push(weight, row as u64, row as u32);
        }
        let inclusion = pass.solve(alpha)?;
        Ok(x.iter().enumerate().map(|(row, &weight)| inclusion.probability(&(row as u32), weight)).collect())
    }

    fn close(x: &[u64], n: u64, alpha: f64, expected: &[f64]) {
        let pi = solve(x, n, alpha).unwrap();
        assert!(pi.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{x:?} {n} {alpha}: {pi:?}");
    }

    /// Figures of R package sps (test-inclusion_prob).
    #[test]
    fn published_probabilities_are_reproduced() {
        let twenty: Vec<u64> = (1..=20).collect();
        let expected: Vec<f64> = (1..=20).map(|x| if x <= 16 { f64::from(x) / 17.0 } else { 1.0 }).collect();
        close(&twenty, 12, 1e-3, &expected);
        close(&[1, 2, 5, 5, 5, 10, 4, 1], 6, 1e-3, &[0.25, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.25]);
        let x = [0, 4, 1, 4, 5];
        close(&x, 3, 0.1, &[0.0, 8.0 / 9.0, 2.0 / 9.0, 8.0 / 9.0, 1.0]);
        close(&x, 3, 0.15, &[0.0, 1.0, 0.2, 0.8, 1.0]);
        close(&x, 3, 0.2, &[0.0, 1.0, 0.0, 1.0, 1.0]);
        close(&[1, 2, 2, 2, 3], 3, 0.5, &[0.2, 1.0, 0.4, 0.4, 1.0]);
        close(&[0, 10_000, 10_000, 10_001], 3, 1e-3, &[0.0, 1.0, 1.0, 1.0]);
        close(&[1, 1, 1], 3, 0.0, &[1.0, 1.0, 1.0]);
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        assert_eq!(solve(&[0, 0, 1], 2, 1e-3), Err(InclusionError::SampleTooLarge { asked: 2, available: 1 }));
        assert!(matches!(solve(&[1], 1, 1.0), Err(InclusionError::AlphaOutOfRange { .. })));
        assert!(matches!(solve(&[1], 1, f64::NAN), Err(InclusionError::AlphaOutOfRange { .. })));
        assert_eq!(solve(&[0, 0], 0, 0.0).unwrap(), [0.0, 0.0]);
    }

    /// The definition read literally: all n pᵢ at once, no search.
    fn by_definition(x: &[u64], n: usize, alpha: f64) -> Vec<f64> {
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by_key(|&i| (u64::MAX - x[i], i));
        let largest: Vec<usize> = order[..n].iter().rev().copied().collect();
        let others: u64 = order[n..].iter().map(|&i| x[i]).sum();
        let mut sum = others;
        let mut taken = vec![false; x.len()];
        for (i, &row) in largest.iter().enumerate() {
            sum += x[row];
            taken[row] = ((i as u64 + 1) * x[row]) as f64 / sum as f64 >= 1.0 - (alpha + f64::EPSILON.sqrt());
        }
        let m = n - taken.iter().filter(|&&t| t).count();
        let rest: u64 = (0..x.len()).filter(|&i| !taken[i]).map(|i| x[i]).sum();
        let pi = |i: usize| if m == 0 { 0.0 } else { m as f64 * x[i] as f64 / rest as f64 };
        (0..x.len()).map(|i| if taken[i] { 1.0 } else { pi(i) }).collect()
    }

    proptest! {
        #[test]
        fn peeling_gives_what_the_definition_gives(
            x in prop::collection::vec(1u64..60, 1..40), share in 0.0f64..=1.0, alpha in 0.0f64..0.6,
        ) {
            let n = (share * x.len() as f64) as usize;
            prop_assert_eq!(solve(&x, n as u64, alpha).unwrap(), by_definition(&x, n, alpha));
        }

        #[test]
        fn pi_sums_to_n(x in prop::collection::vec(0u64..1_000_000_000, 1..200), share in 0.0f64..=1.0) {
            let n = (share * x.iter().filter(|&&w| w > 0).count() as f64) as u64;
            let pi = solve(&x, n, DEFAULT_ALPHA).unwrap();
            prop_assert!((pi.iter().sum::<f64>() - n as f64).abs() < 1e-9 * (n as f64 + 1.0));
            prop_assert!(pi.iter().all(|p| (0.0..=1.0).contains(p)));
        }

        #[test]
        fn adding_an_entity_that_cannot_be_drawn_changes_nothing(x in prop::collection::vec(1u64..99, 1..60), n in 0u64..40) {
            prop_assume!(n <= x.len() as u64);
            let mut longer = x.clone();
            longer.push(0);
            let with = solve(&longer, n, DEFAULT_ALPHA).unwrap();
            prop_assert_eq!(&with[..x.len()], &solve(&x, n, DEFAULT_ALPHA).unwrap()[..]);
        }
    }
}
