//! Classes that come out at exactly their share, row by row, without knowing how many rows there will be.
//!
//! How many of the first `n` rows belong to each class is the Webster apportionment of `n` (highest averages with
//! divisors 1, 3, 5 …). It is house monotone: one more row never takes a row away from a class. So the counts of a
//! run of rows are the difference of two apportionments, each run can be filled on its own, and a population of
//! the size that the source counted has the source's counts to the last one.

/// Rows whose classes are dealt together; a population whose size is a multiple of this begins every larger one.
pub(crate) const RUN_ROWS: u64 = 64;

/// Classes with whole-number weights, in rising order of risk.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    weights: Vec<u64>,
}

impl Classes {
    /// Classes of these weights; at least one of them is positive.
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let weights: Vec<u64> = weights.into_iter().collect();
        debug_assert!(weights.iter().any(|&w| w > 0));
        Classes { weights }
    }

    /// How many of the first `rows` rows each class has; ties go to the larger weight, then to the earlier class.
    pub(crate) fn counts(&self, rows: u64) -> Vec<u64> {
        let total: u128 = self.weights.iter().map(|&w| u128::from(w)).sum();
        let k = self.weights.len() as u128;
        // Shares of `rows − k/2` rounded to the nearest (halves down) never sum to more than `rows`, and they are
        // the apportionment of their own sum; at most k highest averages remain to be given.
        let doubled = (2 * u128::from(rows)).saturating_sub(k);
        let start = |w: u64| (u128::from(w) * doubled).saturating_sub(total).div_ceil(2 * total);
        let mut counts: Vec<u128> = self.weights.iter().map(|&w| start(w)).collect();
        for _ in counts.iter().sum::<u128>()..u128::from(rows) {
            let mut best = 0;
            for class in 1..counts.len() {
                let here = u128::from(self.weights[class]) * (2 * counts[best] + 1);
                let there = u128::from(self.weights[best]) * (2 * counts[class] + 1);
                if here > there || (here == there && self.weights[class] > self.weights[best]) {
                    best = class;
                }
            }
            counts[best] += 1;
        }
        counts.iter().map(|&c| u64::try_from(c).unwrap_or(u64::MAX)).collect()
    }

    /// The class of each row of the run that starts at row `first`: the rows with the smallest keys get the first
    /// class, and so on; equal keys in row order. `keys` has one value a row, at most [`RUN_ROWS`] of them.
    pub(crate) fn deal(&self, first: u64, keys: &[f64]) -> Vec<usize> {
        let (before, after) = (self.counts(first), self.counts(first + keys.len() as u64));
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]).then(a.cmp(&b)));
        let mut classes = vec![0; keys.len()];
        let mut next = order.into_iter();
        for (class, (after, before)) in after.iter().zip(&before).enumerate() {
            for row in next.by_ref().take((after - before) as usize) {
                classes[row] = class;
            }
        }
        classes
    }
}

/// How many of `events` that `per_rows` rows have fall to the first `rows` rows (rounded down).
pub(crate) fn events_until(rows: u64, events: u64, per_rows: u64) -> u64 {
    let share = u128::from(rows) * u128::from(events) / u128::from(per_rows.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changde 2017: live, deregistered, revoked of 530,000.
    fn changde() -> Classes {
        Classes::new([226_023, 280_808, 23_169])
    }

    #[test]
    fn the_counted_size_gives_the_counts() {
        assert_eq!(changde().counts(530_000), [226_023, 280_808, 23_169]);
        assert_eq!(changde().counts(53_000_000), [22_602_300, 28_080_800, 2_316_900]);
        assert_eq!(changde().counts(0), [0, 0, 0]);
    }

    #[test]
    fn counts_sum_to_the_rows_and_one_more_row_takes_none_away() {
        for weights in [vec![226_023, 280_808, 23_169], vec![1, 1, 1, 1], vec![5, 3, 1, 1, 0], vec![7]] {
            let classes = Classes::new(weights.clone());
            let mut before = vec![0; weights.len()];
            for rows in 1..2_000 {
                let counts = classes.counts(rows);
                assert_eq!(counts.iter().sum::<u64>(), rows, "{weights:?}");
                assert!(counts.iter().zip(&before).all(|(a, b)| a >= b), "{weights:?} at {rows}");
                before = counts;
            }
        }
    }

    #[test]
    fn runs_add_up_to_the_whole() {
        let (classes, rows) = (changde(), 1_000u64);
        let mut counts = [0u64; 3];
        for first in (0..rows).step_by(RUN_ROWS as usize) {
            let keys: Vec<f64> = (first..rows.min(first + RUN_ROWS)).map(|i| (i * 37 % 64) as f64).collect();
            for class in classes.deal(first, &keys) {
                counts[class] += 1;
            }
        }
        assert_eq!(counts.to_vec(), classes.counts(rows));
    }

    #[test]
    fn the_riskiest_rows_get_the_last_class() {
        let classes = Classes::new([3, 1]);
        assert_eq!(classes.deal(0, &[0.9, 0.1, 0.2, 0.3]), [1, 0, 0, 0]);
    }

    #[test]
    fn events_reach_their_total() {
        assert_eq!(events_until(300_000, 36_821, 300_000), 36_821);
        assert_eq!(events_until(0, 36_821, 300_000), 0);
    }
}
