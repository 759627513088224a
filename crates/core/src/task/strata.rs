//! Strata and the sample size of each.

use super::division::{Division, Live, Measure};
use crate::sampling::allocation::{AllocationError, Claim, allocate};
use crate::sampling::{Rounding, Share};
use crate::terms::{Grade, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Where the number comes from.
    pub rule: SizeRule,
    /// Least drawn in all.
    pub at_least: Option<u64>,
    /// Most drawn in all; not below `at_least`.
    pub at_most: Option<u64>,
    /// The share that the law asks for.
    pub legal_minimum: Option<LegalMinimum>,
}

/// Where the number of entities comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeRule {
    /// A number of entities, at least 1; the expected number under Poisson sampling.
    Count(u64),
    /// A share of a base.
    Share {
        /// Above 0, at most 1.
        share: Share,
        /// What it is taken of.
        of: Base,
        /// What becomes of the fraction.
        rounding: Rounding,
        /// Taken in every stratum instead of on the total.
        each_stratum: bool,
    },
    /// A share of each grade, in every stratum.
    GradeShares {
        /// 0..=1, in the order A, B, C, D, unrated.
        shares: [Share; 5],
        /// What they are taken of.
        of: Base,
        /// What becomes of the fraction.
        rounding: Rounding,
    },
}

/// What a share is taken of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// The entities that may be drawn.
    Eligible,
    /// All entities whose status is live.
    Live,
}

/// The share that the law asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegalMinimum {
    /// Above 0, at most 1.
    pub share: Share,
    /// What it is taken of.
    pub of: Base,
}

/// Whether certain entities count towards the size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainties {
    /// They come on top of the size.
    #[default]
    Outside,
    /// They are part of the size.
    Inside,
}

/// How the strata are sized.
#[derive(Clone, Copy, Debug)]
pub struct Sizing<'a> {
    /// How many are drawn in all.
    pub size: &'a Size,
    /// How they are shared.
    pub division: &'a Division,
    /// Whether certain entities count towards the size.
    pub certainties: Certainties,
}

/// The stratum of a plan that names none.
pub const SINGLE_STRATUM: &str = "all";

/// The strata of a frame, in the order of their names.
#[derive(Debug)]
pub struct Strata {
    /// Names; the values of the plan's columns joined by ` / `.
    pub names: Vec<String>,
    /// Stratum of each entity; [`OUTSIDE`](crate::sampling::OUTSIDE) for an ineligible one.
    pub stratum_of: Vec<u32>,
    /// What is in each stratum.
    pub counts: Vec<StratumCounts>,
    /// How many are drawn at random from each stratum, take-all entities included.
    pub sizes: Vec<u64>,
    /// Live entities in the registry.
    pub live: Live,
    /// Shortfalls and roundings worth knowing.
    pub warnings: Vec<Warning>,
}

/// Counts of a stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

impl StratumCounts {
    /// Takes in other entities of the stratum.
    pub(super) fn add(&mut self, other: Self) {
        self.eligible += other.eligible;
        self.certain += other.certain;
        self.drawable += other.drawable;
        self.weight += other.weight;
    }
}

/// Why no sizes can be set.
#[derive(Debug, thiserror::Error)]
pub enum StrataError {
    /// Nobody may be drawn.
    #[error("none of the {population} entities is eligible ({reasons}); widen [eligibility] or check the status words")]
    NobodyEligible {
        /// Entities in the registry.
        population: u64,
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
    /// Sets the sizes of strata that were counted; no entity is in them yet. `live_by_stratum`: where sizes are shares of it.
    pub(super) fn sized(
        counted: Vec<(String, StratumCounts, Option<Grade>)>,
        live: Live,
        live_by_stratum: Option<&[u64]>,
        how: Sizing<'_>,
    ) -> Result<Self, StrataError> {
        let grade_of: Vec<Option<Grade>> = counted.iter().map(|(_, _, grade)| *grade).collect();
        let (names, counts): (Vec<String>, Vec<StratumCounts>) =
            counted.into_iter().map(|(name, counts, _)| (name, counts)).unzip();
        let (sizes, stratum_of) = (vec![0; names.len()], Vec::new());
        let mut strata = Self { sizes, live, warnings: Vec::new(), names, stratum_of, counts };
        strata.set_sizes(how, &grade_of, live_by_stratum)?;
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
            Base::Live => self.live.all,
        }
    }

    fn set_sizes(
        &mut self,
        how: Sizing<'_>,
        grade_of: &[Option<Grade>],
        live_by_stratum: Option<&[u64]>,
    ) -> Result<(), StrataError> {
        let all: Vec<usize> = (0..self.names.len()).collect();
        match how.size.rule {
            SizeRule::Count(count) => {
                let total = self.limited(count, how);
                self.share_out(&all, total, true, how)
            }
            SizeRule::Share { share, of, rounding, each_stratum: false } => {
                let total = self.limited(share.of(self.base_count(of), rounding), how);
                self.share_out(&all, total, false, how)
            }
            SizeRule::Share { share, of, rounding, each_stratum: true } => {
                let live = live_by_stratum.filter(|_| of == Base::Live);
                for stratum in all {
                    let base = live.map_or(self.counts[stratum].eligible, |live| live[stratum]);
                    self.size_stratum(stratum, share.of(base, rounding), how);
                }
                Ok(())
            }
            SizeRule::GradeShares { shares, of, rounding } => self.size_by_grade(shares, of, rounding, how, grade_of),
        }
    }

    fn size_by_grade(
        &mut self,
        shares: [Share; 5],
        of: Base,
        rounding: Rounding,
        how: Sizing<'_>,
        grade_of: &[Option<Grade>],
    ) -> Result<(), StrataError> {
        for grade in Grade::ALL {
            let strata: Vec<usize> = (0..self.names.len()).filter(|&s| grade_of[s] == Some(grade)).collect();
            if strata.is_empty() {
                continue;
            }
            let base = match of {
                Base::Eligible => strata.iter().map(|&s| self.counts[s].eligible).sum(),
                Base::Live => self.live.by_grade[usize::from(grade.code())],
            };
            let total = shares[usize::from(grade.code())].of(base, rounding);
            self.share_out(&strata, total, false, how)?;
        }
        Ok(())
    }

    /// `size.at-least` and `size.at-most` on the total.
    fn limited(&mut self, total: u64, how: Sizing<'_>) -> u64 {
        let floored = total.max(how.size.at_least.unwrap_or(0));
        let limited = floored.min(how.size.at_most.unwrap_or(u64::MAX));
        if limited < floored {
            self.warnings.push(Warning::Capped { from: floored, to: limited });
        }
        limited
    }

    /// Sizes one stratum by its own share, with the plan's floor and cap.
    fn size_stratum(&mut self, stratum: usize, size: u64, how: Sizing<'_>) {
        let counts = self.counts[stratum];
        let asked = size.max(how.division.at_least).min(how.division.at_most.unwrap_or(u64::MAX));
        let inside = how.certainties == Certainties::Inside;
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
    fn share_out(&mut self, strata: &[usize], total: u64, exact: bool, how: Sizing<'_>) -> Result<(), StrataError> {
        let inside = how.certainties == Certainties::Inside;
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
        let claims: Vec<Claim<'_>> = strata.iter().map(|&s| self.claim(s, how, certain(&self.counts[s]))).collect();
        let allocation = allocate(&claims, size, how.division.allocation).map_err(|error| match error {
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

    fn claim(&self, stratum: usize, how: Sizing<'_>, certain: u64) -> Claim<'_> {
        let counts = &self.counts[stratum];
        let room = counts.drawable + certain;
        let measure = match how.division.measure {
            Measure::Entities => counts.drawable + certain,
            Measure::Weight => u64::try_from(counts.weight).unwrap_or(u64::MAX),
        };
        // A floor above what a stratum holds stays visible to the allocation, which reports it.
        let floor = how.division.at_least.max(certain);
        Claim {
            name: &self.names[stratum],
            measure,
            floor,
            cap: room.min(how.division.at_most.unwrap_or(u64::MAX).max(certain)),
        }
    }

    /// A warning if `drawn` entities are fewer than the plan's legal minimum.
    pub fn below_minimum(&self, size: &Size, drawn: u64) -> Option<Warning> {
        let minimum = size.legal_minimum?;
        let base = self.base_count(minimum.of);
        let short = minimum.share.exceeds(drawn, base);
        short.then(|| Warning::BelowLegalMinimum { drawn, base, share: minimum.share.to_string() })
    }
}
