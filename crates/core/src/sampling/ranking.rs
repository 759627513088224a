//! The ranking by key: who is drawn, who comes next, and where the cut line lies.

use super::design::Design;
use super::inclusion::{Inclusion, Rate};
use super::passes::{PassError, PassKey, same};
use super::smallest::Smallest;
use serde::{Deserialize, Serialize};

/// A ranked entity.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Selected<K = u32> {
    /// Its row in the population (or its id).
    pub row: K,
    /// Its key ξ.
    pub key: f64,
}

/// What a stratum's draw came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StratumDraw<K = u32> {
    /// Probabilities and take-all stratum.
    pub inclusion: Inclusion<K>,
    /// Drawn at random, smallest key first; the take-all rows are beside these.
    pub drawn: Vec<Selected<K>>,
    /// The next in order.
    pub reserve: Vec<Selected<K>>,
    /// Key of the last one drawn; `None` for Poisson or when none is drawn at random.
    pub cut_line: Option<f64>,
    /// Key of the first one not drawn; `None` if there is none, or for Poisson.
    pub next_key: Option<f64>,
}

/// An entity in the ranking by key, ties by (ticket, entity). Keys are positive, so their bits order as they do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Ranked<K = u32> {
    pub key: u64,
    pub tie: u64,
    pub row: K,
}

/// Second pass over a stratum: the smallest keys. Parts merge, and [travel](super::passes).
#[derive(Debug)]
pub struct KeyPass<'a, K = u32> {
    pub(super) inclusion: &'a Inclusion<K>,
    rate: Rate,
    pub(super) design: Design,
    /// Poisson only: whoever has u < π.
    pub(super) taken: Vec<Ranked<K>>,
    pub(super) smallest: Smallest<Ranked<K>>,
    /// How many keys are to be kept.
    pub(super) keep: u64,
    /// No key above this one is kept: as many as are to be kept lie at or below it, or the pass is bounded there.
    pub(super) highest: f64,
}

impl<'a, K: PassKey> KeyPass<'a, K> {
    /// Will name the drawn, `reserve` more, and the first key not drawn.
    pub fn new(inclusion: &'a Inclusion<K>, design: Design, reserve: u64) -> Self {
        let keep = match design {
            Design::Poisson => reserve,
            _ => inclusion.random_n.saturating_add(reserve.max(1)),
        };
        let smallest = Smallest::new(usize::try_from(keep).unwrap_or(usize::MAX));
        Self { inclusion, rate: inclusion.rate(), design, taken: Vec::new(), smallest, keep, highest: f64::INFINITY }
    }

    /// As [`KeyPass::new`], but looks only at keys up to a bound that almost surely lets enough through, so that far
    /// fewer entities are ranked. A pass that is not [complete](KeyPass::is_complete) at the end must be run anew.
    pub fn bounded(inclusion: &'a Inclusion<K>, design: Design, reserve: u64) -> Self {
        let pass = Self::new(inclusion, design, reserve);
        // About as many keys are below x as x·m entities are expected (x·N for equal probabilities): eight standard
        // deviations more than are kept.
        let target = pass.keep as f64;
        let base = if design == Design::Srs { inclusion.positive } else { inclusion.random_n };
        let bound = (target + 8.0 * target.sqrt() + 16.0) / base as f64;
        // Where about half are kept, or more, a bound would hold hardly anybody back.
        let most = pass.keep > pass.random_candidates() / 2;
        if design == Design::Poisson || most || !bound.is_finite() {
            return pass;
        }
        Self { highest: bound, ..pass }
    }

    /// Units subject to random selection.
    pub(super) fn random_candidates(&self) -> u64 {
        if self.inclusion.random_n == 0 { 0 } else { self.inclusion.positive - self.inclusion.take_all.len() as u64 }
    }

    /// Whether as many keys were found as are kept, or as there are. A pass that was not [bounded](KeyPass::bounded) is
    /// complete once all parts are in it.
    pub fn is_complete(&self) -> bool {
        self.design == Design::Poisson || self.smallest.len() as u64 >= self.random_candidates().min(self.keep)
    }

    /// Takes in an entity: `weight` in micro-units, `u` and `tie` of its lot ([`super::Lots`]), `row` its place by
    /// id, or the id, each as the first pass had them. Each entity comes once, in whatever order; those taken for
    /// certain, and those without weight, may come and are not ranked.
    #[inline]
    pub fn push(&mut self, weight: u64, u: f64, tie: u64, row: K) {
        self.push_with(weight, u, tie, || row);
    }

    /// As [`KeyPass::push`], for an entity that is named only if it may be among those that are kept.
    #[inline]
    pub fn push_with(&mut self, weight: u64, u: f64, tie: u64, row: impl FnOnce() -> K) {
        let pi = self.rate.probability(self.design.size_measure(weight));
        // A probability of 0 has no key.
        if !(pi > 0.0) {
            return;
        }
        let (key, is_taken) = (self.design.key(u, pi), self.design == Design::Poisson && u < pi);
        if !is_taken && key > self.highest {
            return;
        }
        let row = row();
        // Entities taken for certain are not ranked.
        if self.inclusion.takes(&row) {
            return;
        }
        let ranked = Ranked { key: key.to_bits(), tie, row };
        if is_taken {
            self.taken.push(ranked);
        } else if self.smallest.push(ranked)
            && let Some(bound) = self.smallest.bound()
        {
            self.highest = f64::from_bits(bound.key);
        }
    }

    /// Takes in another part of the same stratum.
    ///
    /// # Panics
    /// If the parts are not of the same draw; see [`KeyPass::try_merge`].
    pub fn merge(&mut self, other: Self) {
        self.try_merge(other).expect("both parts are of the same draw");
    }

    /// As [`KeyPass::merge`], for parts that come from elsewhere. After an error the pass is as it was.
    ///
    /// # Errors
    /// [`PassError::Different`] if the design or the number of keys to keep differs, [`PassError::OtherInclusion`] if
    /// the probabilities do.
    pub fn try_merge(&mut self, mut other: Self) -> Result<(), PassError> {
        same("design", self.design.name(), other.design.name())?;
        same("number of keys to keep (drawn at random and reserve)", self.keep, other.keep)?;
        if !std::ptr::eq(self.inclusion, other.inclusion) && self.inclusion != other.inclusion {
            return Err(PassError::OtherInclusion);
        }
        // Keys above the lower bound of the two were not looked at in one part, or come after all that are kept there.
        let highest = self.highest.min(other.highest);
        for part in [&mut *self, &mut other] {
            if part.highest > highest {
                part.smallest.retain(|ranked| f64::from_bits(ranked.key) <= highest);
                part.highest = highest;
            }
        }
        self.taken.append(&mut other.taken);
        self.smallest.merge(other.smallest);
        Ok(())
    }

    /// Ends the pass. `reserve` is that of [`KeyPass::new`].
    pub fn finish(mut self, reserve: u64) -> StratumDraw<K> {
        let poisson = self.design == Design::Poisson;
        let mut ranking = self.smallest.into_sorted();
        let (drawn, mut behind) = if poisson {
            self.taken.sort_unstable();
            (self.taken, ranking)
        } else {
            let behind = ranking.split_off(ranking.len().min(self.inclusion.random_n as usize));
            (ranking, behind)
        };
        let cut_line = drawn.last().filter(|_| !poisson).map(|last| f64::from_bits(last.key));
        let next_key = behind.first().filter(|_| !poisson).map(|next| f64::from_bits(next.key));
        behind.truncate(usize::try_from(reserve).unwrap_or(usize::MAX));
        let selected = |ranked: Ranked<K>| Selected { row: ranked.row, key: f64::from_bits(ranked.key) };
        StratumDraw {
            inclusion: self.inclusion.clone(),
            drawn: drawn.into_iter().map(selected).collect(),
            reserve: behind.into_iter().map(selected).collect(),
            cut_line,
            next_key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::WeightPass;
    use proptest::prelude::*;

    proptest! {
        /// All but the last few lots are above `low`, so that a bound may hold too many back.
        #[test]
        fn parts_that_looked_below_a_bound_are_complete_only_with_what_all_would_give(
            u in prop::collection::vec(0.001f64..0.999, 200..260), low in 0.0f64..0.3, cut in 0usize..200,
            bounded in (any::<bool>(), any::<bool>()),
        ) {
            let u: Vec<f64> = u.iter().enumerate().map(|(i, u)| if i < 195 { low + (1.0 - low) * u } else { *u }).collect();
            let mut weights = WeightPass::new(2, Design::Srs);
            (0..u.len()).for_each(|row| weights.push(7, row as u64, row as u32));
            let inclusion = weights.solve(1e-3).unwrap();
            let part = |bounded: bool, rows: std::ops::Range<usize>| {
                let mut pass = match bounded {
                    true => KeyPass::bounded(&inclusion, Design::Srs, 3),
                    false => KeyPass::new(&inclusion, Design::Srs, 3),
                };
                rows.for_each(|row| pass.push(7, u[row], row as u64, row as u32));
                KeyPass::from_bytes(&pass.to_bytes(), &inclusion).unwrap()
            };
            let mut parts = part(bounded.0, 0..cut);
            parts.merge(part(bounded.1, cut..u.len()));
            let whole = part(false, 0..u.len());
            prop_assert!(whole.is_complete());
            if parts.is_complete() {
                prop_assert_eq!(parts.finish(3), whole.finish(3));
            } else {
                prop_assert!(bounded.0 || bounded.1);
            }
        }
    }
}
