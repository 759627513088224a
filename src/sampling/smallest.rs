//! The k smallest of a stream, in amortised constant time an item.

use rayon::prelude::*;

/// Keeps the `k` smallest items seen. Which ones they are does not depend on the order of arrival when `T`'s order is
/// total on the items, so parts may be kept apart and [merged](Smallest::merge).
#[derive(Debug, Clone)]
pub struct Smallest<T> {
    k: usize,
    items: Vec<T>,
    bound: Option<T>,
}

impl<T: Ord + Copy + Send> Smallest<T> {
    /// Will keep `k` items.
    pub fn new(k: usize) -> Self {
        Self { k, items: Vec::new(), bound: None }
    }

    /// Will keep the `k` smallest of those below `bound`.
    pub fn below(k: usize, bound: T) -> Self {
        Self { k, items: Vec::new(), bound: Some(bound) }
    }

    /// How many items are kept so far (at least; no more than `2k`).
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is kept yet.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes an item in; whether the bound may have moved.
    #[inline]
    pub fn push(&mut self, item: T) -> bool {
        if self.bound.is_some_and(|bound| item >= bound) || self.k == 0 {
            return false;
        }
        self.items.push(item);
        let full = self.items.len() >= self.k.saturating_mul(2).max(64);
        if full {
            self.shrink();
        }
        full
    }

    /// The item that the next one must be below to be kept; `None` while any item would be.
    #[inline]
    pub fn bound(&self) -> Option<T> {
        self.bound
    }

    fn shrink(&mut self) {
        if self.items.len() > self.k {
            self.items.select_nth_unstable(self.k - 1);
            self.items.truncate(self.k);
            self.bound = self.items.last().copied();
        }
    }

    /// Takes in all that another part has kept.
    pub fn merge(&mut self, other: Self) {
        for item in other.items {
            self.push(item);
        }
    }

    /// The `k` smallest (fewer if fewer came), in ascending order.
    pub fn into_sorted(mut self) -> Vec<T> {
        if self.k > 0 {
            self.shrink();
        }
        self.items.par_sort_unstable();
        self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_keeps_what_sorting_keeps(items in prop::collection::vec(0u32..500, 0..600), k in 0usize..150, cut in 0usize..600) {
            let mut sorted = items.clone();
            sorted.sort_unstable();
            sorted.truncate(k);
            let (left, right) = items.split_at(cut.min(items.len()));
            let (mut first, mut second) = (Smallest::new(k), Smallest::new(k));
            left.iter().for_each(|&item| _ = first.push(item));
            right.iter().for_each(|&item| _ = second.push(item));
            first.merge(second);
            prop_assert_eq!(first.into_sorted(), sorted);
        }
    }
}
