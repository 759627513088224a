//! What parts of a frame say of their strata before sizes are set. A census adds up over parts that never meet.

use super::division::{Live, MOST_STRATA};
use super::standing::{Standing, count_as_left_out, exclusions};
use super::strata::{Sizing, Strata, StrataError, StratumCounts};
use crate::sampling::{Design, OUTSIDE, Totals};
use crate::terms::{Bilingual, Grade, Reason};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Entities by stratum, and those in none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Census {
    /// All entities.
    pub population: u64,
    /// Strata with eligible entities, by name.
    pub(super) strata: BTreeMap<String, StratumCensus>,
    pub(super) live: Live,
    /// Live entities by stratum, where they are counted.
    pub(super) live_by_name: Option<BTreeMap<String, u64>>,
    /// Strata that have been visited, where those are left out.
    pub(super) visited: BTreeSet<String>,
    /// Entities by the code of their standing.
    pub(super) standing: Vec<u64>,
}

/// A stratum in a census.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct StratumCensus {
    pub counts: StratumCounts,
    /// Largest weight that the lot goes by.
    pub heaviest: u64,
    /// Its grade, where sizes are by grade.
    pub grade: Option<Grade>,
}

impl StratumCensus {
    fn add(&mut self, other: Self) {
        self.counts.add(other.counts);
        self.heaviest = self.heaviest.max(other.heaviest);
        self.grade = self.grade.or(other.grade);
    }

    fn totals(&self, design: Design) -> Totals {
        let StratumCounts { drawable, weight, .. } = self.counts;
        match design {
            Design::Srs => {
                Totals { weight: u128::from(drawable), positive: drawable, heaviest: u64::from(drawable > 0) }
            }
            _ => Totals { weight, positive: drawable, heaviest: self.heaviest },
        }
    }
}

/// Strata with their sizes, and what is known of their entities.
#[derive(Debug)]
pub struct Sized {
    /// The strata; no entity is in them yet.
    pub strata: Strata,
    /// What the weights of each come to.
    pub totals: Vec<Totals>,
    /// How many entities may not be drawn for each reason that occurs.
    pub exclusions: Vec<(Reason, u64)>,
}

impl Census {
    /// Takes in other parts of the same draw.
    pub fn merge(&mut self, other: Self) {
        fn add(sums: &mut Vec<u64>, numbers: &[u64]) {
            sums.resize(sums.len().max(numbers.len()), 0);
            sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
        self.population += other.population;
        for (name, stratum) in other.strata {
            self.strata.entry(name).or_default().add(stratum);
        }
        self.live.all += other.live.all;
        self.live.by_grade.iter_mut().zip(other.live.by_grade).for_each(|(sum, number)| *sum += number);
        for (name, live) in other.live_by_name.into_iter().flatten() {
            *self.live_by_name.get_or_insert_default().entry(name).or_default() += live;
        }
        self.visited.extend(other.visited);
        add(&mut self.standing, &other.standing);
    }

    /// Sets the size of each stratum. `reasons` are those of the draw's [`Standing`].
    ///
    /// # Errors
    /// [`StrataError`] if the sizes and the frame cannot be reconciled.
    pub fn size(mut self, reasons: &[Reason], design: Design, how: Sizing<'_>) -> Result<Sized, StrataError> {
        // Each part has as many as there may be at most.
        if self.strata.len() > MOST_STRATA {
            return Err(StrataError::TooMany { strata: self.strata.len() });
        }
        for name in &self.visited {
            if let Some(visited) = self.strata.remove(name) {
                count_as_left_out(&mut self.standing, visited.counts.eligible);
            }
        }
        // A catch-up may find that nothing is left to catch up with.
        let eligible: u64 = self.strata.values().map(|stratum| stratum.counts.eligible).sum();
        if eligible == 0 && !how.division.catch_up {
            let reasons = most_frequent(exclusions(reasons, &self.standing));
            return Err(StrataError::NobodyEligible { population: self.population, reasons });
        }
        let live = |name: &String| self.live_by_name.as_ref().and_then(|live| live.get(name)).copied().unwrap_or(0);
        let live_by_stratum: Option<Vec<u64>> =
            self.live_by_name.is_some().then(|| self.strata.keys().map(live).collect());
        let exclusions = exclusions(reasons, &self.standing).into_iter().map(|(reason, count)| (reason.clone(), count));
        let exclusions = exclusions.collect();
        let totals = self.strata.values().map(|stratum| stratum.totals(design)).collect();
        let counted = self.strata.into_iter().map(|(name, stratum)| (name, stratum.counts, stratum.grade)).collect();
        let strata = Strata::sized(counted, self.live, live_by_stratum.as_deref(), how)?;
        Ok(Sized { strata, totals, exclusions })
    }
}

/// The most frequent reasons.
fn most_frequent(mut counts: Vec<(&Reason, u64)>) -> String {
    counts.sort_by_key(|&(reason, count)| (std::cmp::Reverse(count), reason));
    counts.iter().take(3).map(|(reason, count)| format!("{}: {count}", reason.en())).collect::<Vec<_>>().join("; ")
}

/// Counts and largest weight of `strata` strata; `of` is the stratum of each row, or [`OUTSIDE`].
pub(super) fn count(strata: usize, of: &[u32], standing: &Standing, weights: &[u64]) -> Vec<(StratumCounts, u64)> {
    const BLOCK: usize = 1 << 18;
    let blocks: Vec<Vec<(StratumCounts, u64)>> = of
        .par_chunks(BLOCK)
        .zip(weights.par_chunks(BLOCK))
        .enumerate()
        .map(|(block, (of, weights))| {
            let mut counts = vec![(StratumCounts::default(), 0); strata];
            for (row, (&stratum, &weight)) in (block * BLOCK..).zip(of.iter().zip(weights)) {
                if stratum == OUTSIDE {
                    continue;
                }
                let (counts, heaviest) = &mut counts[stratum as usize];
                counts.eligible += 1;
                if standing.is_certain(row) {
                    counts.certain += 1;
                } else if weight > 0 {
                    counts.drawable += 1;
                    counts.weight += u128::from(weight);
                    *heaviest = weight.max(*heaviest);
                }
            }
            counts
        })
        .collect();
    let mut total = vec![(StratumCounts::default(), 0); strata];
    for block in blocks {
        for ((total, most), (counts, heaviest)) in total.iter_mut().zip(block) {
            total.add(counts);
            *most = heaviest.max(*most);
        }
    }
    total
}
