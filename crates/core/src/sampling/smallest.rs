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

impl<T: Ord + Clone + Send> Smallest<T> {
    /// Will keep `k` items.
    pub fn new(k: usize) -> Self {
        Self { k, items: Vec::new(), bound: None }
    }

    /// Goes on where another one stopped: `items` are what it had [`Smallest::sorted`], at most `k`.
    pub(super) fn of_sorted(k: usize, items: Vec<T>) -> Self {
        let bound = if items.len() >= k { items.last().cloned() } else { None };
        Self { k, items, bound }
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
        if self.bound.as_ref().is_some_and(|bound| item >= *bound) || self.k == 0 {
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
    pub fn bound(&self) -> Option<&T> {
        self.bound.as_ref()
    }

    fn shrink(&mut self) {
        if self.items.len() > self.k {
            self.items.select_nth_unstable(self.k - 1);
            self.items.truncate(self.k);
            self.bound = self.items.last().cloned();
        }
    }

    /// Takes in all that another part has kept.
    pub fn merge(&mut self, other: Self) {
        for item in other.items {
            self.push(item);
        }
    }

    /// Lets go of the items that `keep` is false for.
    pub(super) fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.items.retain(keep);
    }

    /// The `k` smallest so far (fewer if fewer came), in ascending order.
    pub(super) fn sorted(&self) -> Vec<&T> {
        let mut items: Vec<&T> = self.items.iter().collect();
        items.sort_unstable();
        items.truncate(self.k);
        items
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
            let so_far: Vec<u32> = first.sorted().into_iter().copied().collect();
            prop_assert_eq!(&so_far, &sorted);
            prop_assert_eq!(first.into_sorted(), sorted);
        }

        #[test]
        fn one_that_goes_on_keeps_what_an_unbroken_one_keeps(items in prop::collection::vec("[a-z]{0,3}", 0..300), k in 0usize..40, cut in 0usize..300) {
            let (before, after) = items.split_at(cut.min(items.len()));
            let (mut whole, mut first) = (Smallest::new(k), Smallest::new(k));
            items.iter().for_each(|item| _ = whole.push(item.clone()));
            before.iter().for_each(|item| _ = first.push(item.clone()));
            let mut second = Smallest::of_sorted(k, first.sorted().into_iter().cloned().collect());
            after.iter().for_each(|item| _ = second.push(item.clone()));
            prop_assert_eq!(second.into_sorted(), whole.into_sorted());
        }
    }
}
