//! Strata and the sample size of each.

use super::division::{Stratification, live_by_stratum, stratify};
use super::{Eligibility, Frame};
use crate::plan::{Base, Certainties, Measure, Plan, SizeRule};
use crate::sampling::allocation::{AllocationError, Claim, allocate};
use crate::sampling::{OUTSIDE, Rounding, Share};
use crate::terms::{Bilingual, Grade, Reason, Status, Warning};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The stratum of a plan that names none.
pub const SINGLE_STRATUM: &str = "all";

/// The strata of a frame, in the order of their names.
#[derive(Debug)]
pub struct Strata {
    /// Names; the values of the plan's columns joined by ` / `.
    pub names: Vec<String>,
    /// Stratum of each entity; [`OUTSIDE`] for an ineligible one.
    pub stratum_of: Vec<u32>,
    /// As `stratum_of`, but [`OUTSIDE`] also for entities that a rule made certain: the strata that are drawn from.
    pub drawable: Vec<u32>,
    /// What is in each stratum.
    pub counts: Vec<StratumCounts>,
    /// How many are drawn at random from each stratum, take-all entities included.
    pub sizes: Vec<u64>,
    /// The number of live entities in the registry.
    pub live: u64,
    /// Shortfalls and roundings worth knowing.
    pub warnings: Vec<Warning>,
}

/// Counts of a stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StratumCounts {
    /// Eligible entities, certain ones included.
    pub eligible: u64,
    /// Entities that a rule made certain.
    pub certain: u64,
    /// Entities that can be drawn at random: eligible, not certain, with a positive weight.
    pub drawable: u64,
    /// Sum of their weights, micro-units.
    pub weight: u128,
}

/// Why no sizes can be set.
#[derive(Debug, thiserror::Error)]
pub enum StrataError {
    /// Nobody may be drawn.
    #[error("none of the {population} entities is eligible ({reasons}); widen [eligibility] or check the status words")]
    NobodyEligible {
        /// Entities in the registry.
        population: usize,
        /// The most frequent reasons.
        reasons: String,
    },
    /// A column of `strata.by` that the frame does not have.
    #[error("strata.by names `{column}`, which the registry does not have; it has {present}")]
    NoColumn {
        /// The column.
        column: String,
        /// The columns that are there.
        present: String,
    },
    /// More strata than make sense.
    #[error("strata.by makes {strata} strata, more than 1,000,000; choose coarser columns")]
    TooMany {
        /// The number of strata.
        strata: usize,
    },
    /// The sample is larger than what can be drawn.
    #[error("{asked} are to be drawn{place}, and {available} can be; lower `size`, or widen [eligibility]")]
    SampleTooLarge {
        /// " from stratum …", or nothing for the whole.
        place: String,
        /// The size asked for.
        asked: u64,
        /// Entities that can be drawn.
        available: u64,
    },
    /// `strata.at-least` cannot be met from the sample.
    #[error(
        "strata.at-least asks for {floors} over all strata, more than the {size} to be drawn; lower it, or raise `size`"
    )]
    Floors {
        /// Sum of the floors.
        floors: u64,
        /// Units to share out.
        size: u64,
    },
    /// `strata.at-most` leaves no room.
    #[error("strata.at-most leaves room for {room} of the {size} to be drawn; raise it, or lower `size`")]
    Caps {
        /// Units that can be placed.
        room: u64,
        /// Units to share out.
        size: u64,
    },
}

impl Strata {
    /// Divides the eligible entities and sets the size of each stratum.
    ///
    /// # Errors
    /// [`StrataError`] if the plan's sizes and the frame cannot be reconciled.
    pub fn build(frame: &Frame, eligibility: &Eligibility, weights: &[u64], plan: &Plan) -> Result<Self, StrataError> {
        let Stratification { names, stratum_of, grade_of } = stratify(frame, eligibility, plan)?;
        let drawable: Vec<u32> = stratum_of
            .par_iter()
            .enumerate()
            .map(|(row, &stratum)| if eligibility.is_certain(row) { OUTSIDE } else { stratum })
            .collect();
        let counts = count(&names, &stratum_of, &drawable, weights);
        let eligible: u64 = counts.iter().map(|counts| counts.eligible).sum();
        if eligible == 0 {
            return Err(StrataError::NobodyEligible { population: frame.len(), reasons: reasons(eligibility) });
        }
        let live = frame.status.par_iter().filter(|&&status| status == Status::Live).count() as u64;
        let mut strata =
            Self { sizes: vec![0; names.len()], live, warnings: Vec::new(), names, stratum_of, drawable, counts };
        strata.set_sizes(frame, plan, &grade_of)?;
        Ok(strata)
    }

    /// Eligible entities, certain ones included.
    pub fn eligible(&self) -> u64 {
        self.counts.iter().map(|counts| counts.eligible).sum()
    }

    /// Entities that a rule made certain.
    pub fn certain(&self) -> u64 {
        self.counts.iter().map(|counts| counts.certain).sum()
    }

    /// Expected size of the whole draw: Σπ, certain entities included.
    pub fn expected(&self) -> u64 {
        self.certain() + self.sizes.iter().sum::<u64>()
    }

    fn base_count(&self, base: Base) -> u64 {
        match base {
            Base::Eligible => self.eligible(),
            Base::Live => self.live,
        }
    }

    fn set_sizes(&mut self, frame: &Frame, plan: &Plan, grade_of: &[Option<Grade>]) -> Result<(), StrataError> {
        let all: Vec<usize> = (0..self.names.len()).collect();
        match plan.size.rule {
            SizeRule::Count(count) => {
                let total = self.limited(count, plan);
                self.share_out(&all, total, true, plan)
            }
            SizeRule::Share { share, of, rounding, each_stratum: false } => {
                let total = self.limited(share.of(self.base_count(of), rounding), plan);
                self.share_out(&all, total, false, plan)
            }
            SizeRule::Share { share, of, rounding, each_stratum: true } => {
                let live = match of {
                    Base::Eligible => None,
                    Base::Live => Some(live_by_stratum(frame, plan, &self.names)?),
                };
                for stratum in all {
                    let base = live.as_ref().map_or(self.counts[stratum].eligible, |live| live[stratum]);
                    self.size_stratum(stratum, share.of(base, rounding), plan);
                }
                Ok(())
            }
            SizeRule::GradeShares { shares, of, rounding } => {
                self.size_by_grade(frame, shares, of, rounding, plan, grade_of)
            }
        }
    }

    fn size_by_grade(
        &mut self,
        frame: &Frame,
        shares: [Share; 5],
        of: Base,
        rounding: Rounding,
        plan: &Plan,
        grade_of: &[Option<Grade>],
    ) -> Result<(), StrataError> {
        for grade in Grade::ALL {
            let strata: Vec<usize> = (0..self.names.len()).filter(|&s| grade_of[s] == Some(grade)).collect();
            if strata.is_empty() {
                continue;
            }
            let base = match of {
                Base::Eligible => strata.iter().map(|&s| self.counts[s].eligible).sum(),
                Base::Live => {
                    let live = |row: &usize| frame.status[*row] == Status::Live && frame.grade[*row] == grade;
                    (0..frame.len()).into_par_iter().filter(live).count() as u64
                }
            };
            let total = shares[usize::from(grade.code())].of(base, rounding);
            self.share_out(&strata, total, false, plan)?;
        }
        Ok(())
    }

    /// `size.at-least` and `size.at-most` on the total.
    fn limited(&mut self, total: u64, plan: &Plan) -> u64 {
        let floored = total.max(plan.size.at_least.unwrap_or(0));
        let limited = floored.min(plan.size.at_most.unwrap_or(u64::MAX));
        if limited < floored {
            self.warnings.push(Warning::Capped { from: floored, to: limited });
        }
        limited
    }

    /// Sizes one stratum by its own share, with the plan's floor and cap.
    fn size_stratum(&mut self, stratum: usize, size: u64, plan: &Plan) {
        let counts = self.counts[stratum];
        let asked = size.max(plan.strata.at_least).min(plan.strata.at_most.unwrap_or(u64::MAX));
        let inside = plan.draw.certainties == Certainties::Inside;
        let random = if inside { asked.saturating_sub(counts.certain) } else { asked };
        let name = || self.names[stratum].clone();
        if inside && counts.certain > asked {
            let (stratum, certain) = (Some(name()), counts.certain);
            self.warnings.push(Warning::CertainExceedSize { stratum, certain, size: asked });
        }
        if random > counts.drawable {
            let (stratum, available) = (self.names[stratum].clone(), counts.drawable);
            self.warnings.push(Warning::ShortStratum { stratum, asked: random, available });
        }
        self.sizes[stratum] = random.min(counts.drawable);
    }

    /// Shares `total` out among `strata` by highest averages.
    fn share_out(&mut self, strata: &[usize], total: u64, exact: bool, plan: &Plan) -> Result<(), StrataError> {
        let inside = plan.draw.certainties == Certainties::Inside;
        let certain = |counts: &StratumCounts| if inside { counts.certain } else { 0 };
        let available: u64 = strata.iter().map(|&s| self.counts[s].drawable + certain(&self.counts[s])).sum();
        let mut size = total;
        if total > available {
            if exact {
                let place = if strata.len() == 1 && self.names.len() > 1 {
                    format!(" from stratum `{}`", self.names[strata[0]])
                } else {
                    String::new()
                };
                return Err(StrataError::SampleTooLarge { place, asked: total, available });
            }
            self.warnings.push(Warning::ShortPopulation { asked: total, available });
            size = available;
        }
        let sure: u64 = strata.iter().map(|&s| certain(&self.counts[s])).sum();
        if sure > size {
            self.warnings.push(Warning::CertainExceedSize { stratum: None, certain: sure, size });
            size = sure;
        }
        let claims: Vec<Claim<'_>> = strata.iter().map(|&s| self.claim(s, plan, certain(&self.counts[s]))).collect();
        let allocation = allocate(&claims, size, plan.strata.allocation).map_err(|error| match error {
            AllocationError::FloorsExceedSize { floors, size } => StrataError::Floors { floors, size },
            AllocationError::NoRoom { room, size } => StrataError::Caps { room, size },
        })?;
        let unmet: Vec<Warning> = allocation
            .unmet
            .iter()
            .map(|unmet| Warning::FloorUnmet {
                stratum: claims[unmet.stratum].name.to_owned(),
                floor: unmet.floor,
                available: unmet.available,
            })
            .collect();
        drop(claims);
        for (&stratum, given) in strata.iter().zip(allocation.sizes) {
            self.sizes[stratum] = given - certain(&self.counts[stratum]).min(given);
        }
        self.warnings.extend(unmet);
        Ok(())
    }

    fn claim(&self, stratum: usize, plan: &Plan, certain: u64) -> Claim<'_> {
        let counts = &self.counts[stratum];
        let room = counts.drawable + certain;
        let measure = match plan.strata.measure {
            Measure::Entities => counts.drawable + certain,
            Measure::Weight => u64::try_from(counts.weight).unwrap_or(u64::MAX),
        };
        // A floor above what a stratum holds stays visible to the allocation, which reports it.
        let floor = plan.strata.at_least.max(certain);
        Claim {
            name: &self.names[stratum],
            measure,
            floor,
            cap: room.min(plan.strata.at_most.unwrap_or(u64::MAX).max(certain)),
        }
    }

    /// A warning if `drawn` entities are fewer than the plan's legal minimum.
    pub fn below_minimum(&self, plan: &Plan, drawn: u64) -> Option<Warning> {
        let minimum = plan.size.legal_minimum?;
        let base = self.base_count(minimum.of);
        let short = minimum.share.exceeds(drawn, base);
        short.then(|| Warning::BelowLegalMinimum { drawn, base, share: minimum.share.to_string() })
    }
}

fn reasons(eligibility: &Eligibility) -> String {
    let mut counts: BTreeMap<&Reason, usize> = BTreeMap::new();
    for row in 0..eligibility.reason.len() {
        if let Some(reason) = eligibility.reason_of(row) {
            *counts.entry(reason).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(reason, count)| (std::cmp::Reverse(count), reason));
    counts.iter().take(3).map(|(reason, count)| format!("{}: {count}", reason.en())).collect::<Vec<_>>().join("; ")
}

fn count(names: &[String], of: &[u32], drawable: &[u32], weights: &[u64]) -> Vec<StratumCounts> {
    const BLOCK: usize = 1 << 18;
    let parts: Vec<Vec<StratumCounts>> = of
        .par_chunks(BLOCK)
        .zip(drawable.par_chunks(BLOCK))
        .zip(weights.par_chunks(BLOCK))
        .map(|((of, drawable), weights)| {
            let mut counts = vec![StratumCounts::default(); names.len()];
            for ((&stratum, &drawable), &weight) in of.iter().zip(drawable).zip(weights) {
                if stratum == OUTSIDE {
                    continue;
                }
                let counts = &mut counts[stratum as usize];
                counts.eligible += 1;
                if drawable == OUTSIDE {
                    counts.certain += 1;
                } else if weight > 0 {
                    counts.drawable += 1;
                    counts.weight += u128::from(weight);
                }
            }
            counts
        })
        .collect();
    let mut total = vec![StratumCounts::default(); names.len()];
    for part in parts {
        for (total, part) in total.iter_mut().zip(part) {
            total.eligible += part.eligible;
            total.certain += part.certain;
            total.drawable += part.drawable;
            total.weight += part.weight;
        }
    }
    total
}
