//! How many of a sample fall to each stratum: highest averages, in exact integer arithmetic.
//!
//! Each stratum starts from its floor; the next unit goes to the stratum with the largest `p / d(s)` among those below
//! their cap, where `p` is its measure, `s` what it has and `d` the divisor of the method; ties go to the larger `p`,
//! then to the earlier name. (Balinski & Young, *Fair Representation*; the same methods as R package sps,
//! `prop_allocation`.) Largest remainder is not offered: a larger sample can give a stratum fewer units there.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The method of highest averages, by its divisor `d(s)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Divisor {
    /// `s + 1/2`: neutral between small and large strata.
    #[default]
    Webster,
    /// `s + 1`: leans to large strata.
    DHondt,
    /// `√(s (s + 1))`: leans a little to small strata.
    HuntingtonHill,
    /// `s`: leans to small strata; each gets one before any gets two.
    Adams,
}

/// What a stratum brings to the allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Decides the last ties; unique.
    pub name: &'a str,
    /// The measure `p` that the sample is shared out by: entities, or their total weight.
    pub measure: u64,
    /// The least it may get.
    pub floor: u64,
    /// The most it may get: the number of units that can be drawn, or less.
    pub cap: u64,
}

/// Sizes by stratum, in the order of the claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Units for each stratum.
    pub sizes: Vec<u64>,
    /// Floors above the cap, which were lowered to the cap.
    pub unmet: Vec<UnmetFloor>,
}

/// A floor that its stratum cannot meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnmetFloor {
    /// Index of the claim.
    pub stratum: usize,
    /// The floor asked for.
    pub floor: u64,
    /// The units that there are.
    pub available: u64,
}

/// An allocation that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// The floors add up to more than the sample.
    #[error("the floors of the strata add up to {floors}, more than the sample of {size}")]
    FloorsExceedSize {
        /// Sum of the floors (each at most its cap).
        floors: u64,
        /// Units to share out.
        size: u64,
    },
    /// The caps (and strata without measure) leave room for fewer than the sample.
    #[error("the strata can take {room} of the sample of {size}")]
    NoRoom {
        /// Units that can be placed.
        room: u64,
        /// Units to share out.
        size: u64,
    },
}

/// Shares `size` units out among `claims`.
///
/// # Errors
/// [`AllocationError`] when floors or caps cannot be reconciled with `size`.
pub fn allocate(claims: &[Claim<'_>], size: u64, divisor: Divisor) -> Result<Allocation, AllocationError> {
    let mut sizes: Vec<u64> = claims.iter().map(|claim| claim.floor.min(claim.cap)).collect();
    let unmet = (0..claims.len())
        .filter(|&i| claims[i].floor > claims[i].cap)
        .map(|i| UnmetFloor { stratum: i, floor: claims[i].floor, available: claims[i].cap })
        .collect();
    let floors: u64 = sizes.iter().sum();
    if floors > size {
        return Err(AllocationError::FloorsExceedSize { floors, size });
    }
    let open = |i: usize, given: u64| claims[i].measure > 0 && given < claims[i].cap;
    let mut queue: BinaryHeap<QueueEntry<'_>> = (0..claims.len())
        .filter(|&i| open(i, sizes[i]))
        .map(|i| QueueEntry { claim: &claims[i], index: i, given: sizes[i], divisor })
        .collect();
    for placed in floors..size {
        let Some(turn) = queue.pop() else {
            return Err(AllocationError::NoRoom { room: placed, size });
        };
        let given = turn.given + 1;
        sizes[turn.index] = given;
        if open(turn.index, given) {
            queue.push(QueueEntry { given, ..turn });
        }
    }
    Ok(Allocation { sizes, unmet })
}

/// A stratum and its current average; the largest receives the next unit.
struct QueueEntry<'a> {
    claim: &'a Claim<'a>,
    index: usize,
    given: u64,
    divisor: Divisor,
}

impl QueueEntry<'_> {
    /// `(p, d)` up to factors common to all strata: the average is `p / d`, infinite where `d` is 0.
    fn average(&self) -> (u128, u128) {
        let (p, s) = (u128::from(self.claim.measure), u128::from(self.given));
        match self.divisor {
            Divisor::Webster => (p, 2 * s + 1),
            Divisor::DHondt => (p, s + 1),
            Divisor::HuntingtonHill => (p * p, s * (s + 1)),
            Divisor::Adams => (p, s),
        }
    }
}

impl Ord for QueueEntry<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((p, d), (q, e)) = (self.average(), other.average());
        let by_average = match (d, e) {
            (0, 0) => Ordering::Equal,
            _ => product(p, e).cmp(&product(q, d)),
        };
        by_average
            .then(self.claim.measure.cmp(&other.claim.measure))
            .then_with(|| other.claim.name.cmp(self.claim.name))
            .then(other.index.cmp(&self.index))
    }
}

impl PartialOrd for QueueEntry<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for QueueEntry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for QueueEntry<'_> {}

/// The full 256-bit product as (high, low).
fn product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, cross, other, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let middle = (low >> 64) + (cross & LOW) + (other & LOW);
    (high + (cross >> 64) + (other >> 64) + (middle >> 64), middle << 64 | low & LOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Divisor; 4] = [Divisor::DHondt, Divisor::Webster, Divisor::HuntingtonHill, Divisor::Adams];

    fn sizes(measures: &[u64], n: u64, divisor: Divisor) -> Vec<u64> {
        limited(measures, &vec![u64::MAX; measures.len()], 0, n, divisor).unwrap().sizes
    }

    fn limited(m: &[u64], caps: &[u64], floor: u64, n: u64, divisor: Divisor) -> Result<Allocation, AllocationError> {
        let names: Vec<String> = (0..m.len()).map(|i| format!("{i:03}")).collect();
        let claims: Vec<Claim<'_>> =
            (0..m.len()).map(|i| Claim { name: &names[i], measure: m[i], floor, cap: caps[i] }).collect();
        allocate(&claims, n, divisor)
    }

    /// Figures of R package sps (test-prop_allocation).
    #[test]
    fn published_allocations_are_reproduced() {
        let seats = [47_000, 16_000, 15_900, 12_000, 6_000, 0, 3_100];
        assert_eq!(sizes(&seats, 10, Divisor::DHondt), [5, 2, 2, 1, 0, 0, 0]);
        assert_eq!(sizes(&seats, 10, Divisor::Webster), [4, 2, 2, 1, 1, 0, 0]);
        assert_eq!(sizes(&seats, 10, Divisor::HuntingtonHill), [4, 2, 1, 1, 1, 0, 1]);
        assert_eq!(sizes(&seats, 10, Divisor::Adams), [3, 2, 2, 1, 1, 0, 1]);
        for (n, expected) in [(10, [5, 4, 1]), (11, [5, 5, 1])] {
            assert_eq!(sizes(&[6, 6, 2], n, Divisor::DHondt), expected);
            assert_eq!(sizes(&[6, 6, 2], n, Divisor::Webster), expected);
        }
    }

    #[test]
    fn floors_and_caps_hold_and_an_unmet_floor_is_reported() {
        for (floor, expected) in [(0, [0, 4]), (1, [1, 3]), (2, [2, 2])] {
            assert_eq!(limited(&[5, 50], &[5, 5], floor, 4, Divisor::DHondt).unwrap().sizes, expected);
        }
        assert_eq!(limited(&[7, 30], &[7, 3], 0, 5, Divisor::DHondt).unwrap().sizes, [2, 3]);
        let short = limited(&[80, 2], &[8, 2], 3, 5, Divisor::DHondt).unwrap();
        assert_eq!(short.sizes, [3, 2]);
        assert_eq!(short.unmet, [UnmetFloor { stratum: 1, floor: 3, available: 2 }]);
    }

    #[test]
    fn what_cannot_be_reconciled_is_an_error() {
        let floors = limited(&[1, 1], &[9, 9], 3, 5, Divisor::Webster);
        assert_eq!(floors, Err(AllocationError::FloorsExceedSize { floors: 6, size: 5 }));
        let room = limited(&[1, 1, 0], &[2, 2, 9], 0, 5, Divisor::Webster);
        assert_eq!(room, Err(AllocationError::NoRoom { room: 4, size: 5 }));
    }

    #[test]
    fn the_wide_product_is_exact() {
        assert_eq!(product(u128::MAX, u128::MAX), (u128::MAX - 1, 1));
        assert_eq!(product(1 << 100, 1 << 100), (1 << 72, 0));
        assert_eq!(product(12, 13), (0, 156));
    }

    proptest! {
        #[test]
        fn a_larger_sample_never_takes_from_a_stratum(m in prop::collection::vec(0u64..1_000, 1..9), n in 0u64..60) {
            for divisor in ALL {
                prop_assume!(m.iter().any(|&p| p > 0));
                let (small, large) = (sizes(&m, n, divisor), sizes(&m, n + 1, divisor));
                prop_assert_eq!(small.iter().sum::<u64>(), n);
                prop_assert!(small.iter().zip(&large).all(|(a, b)| a <= b));
            }
        }

        #[test]
        fn the_order_of_the_strata_does_not_matter(m in prop::collection::vec(1u64..30, 2..9), n in 0u64..40) {
            for divisor in ALL {
                let names: Vec<String> = (0..m.len()).map(|i| format!("{i:03}")).collect();
                let mut claims: Vec<Claim<'_>> =
                    (0..m.len()).map(|i| Claim { name: &names[i], measure: m[i], floor: 0, cap: u64::MAX }).collect();
                let forward = allocate(&claims, n, divisor).unwrap().sizes;
                claims.reverse();
                let mut backward = allocate(&claims, n, divisor).unwrap().sizes;
                backward.reverse();
                prop_assert_eq!(forward, backward);
            }
        }
    }
}
