//! Words that repeat, such as departments and task ids, as numbers: one vocabulary for a column, filled by all threads.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// The words of a column. Numbers are given in the order of arrival, which depends on the threads:
/// [`Vocabulary::sorted`] makes them those of the sorted words.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: RwLock<HashMap<Box<str>, u32>>,
}

/// Words that a block of rows has met, in the spelling of the file.
pub(super) type Met = HashMap<Box<str>, u32>;

impl Vocabulary {
    /// The number of the word that `cell` spells; `tidy` makes the word of a spelling.
    pub fn number(&self, met: &mut Met, cell: &str, tidy: impl FnOnce(&str) -> Box<str>) -> u32 {
        if let Some(&number) = met.get(cell) {
            return number;
        }
        let number = self.number_of(tidy(cell));
        met.insert(cell.into(), number);
        number
    }

    fn number_of(&self, word: Box<str>) -> u32 {
        let known = self.words.read().unwrap_or_else(PoisonError::into_inner).get(&word).copied();
        known.unwrap_or_else(|| {
            let mut words = self.words.write().unwrap_or_else(PoisonError::into_inner);
            // A table has fewer rows than there are numbers.
            let next = words.len() as u32;
            *words.entry(word).or_insert(next)
        })
    }

    /// The words in byte order, and the place of each number among them.
    pub fn sorted(self) -> (Vec<Box<str>>, Vec<u32>) {
        let words = self.words.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut words: Vec<(Box<str>, u32)> = words.into_iter().collect();
        words.sort_unstable();
        let mut places = vec![0; words.len()];
        for (place, (_, number)) in words.iter().enumerate() {
            places[*number as usize] = place as u32;
        }
        (words.into_iter().map(|(word, _)| word).collect(), places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::{NO_WORD, placed};

    #[test]
    fn numbers_become_those_of_the_sorted_words() {
        let (vocabulary, mut met) = (Vocabulary::default(), Met::new());
        let mut number = |cell: &str| vocabulary.number(&mut met, cell, |cell| cell.trim().into());
        let numbers = [" b", "a", "b", "c"].map(&mut number);
        assert_eq!(numbers[0], numbers[2]);
        let (words, places) = vocabulary.sorted();
        assert_eq!(words.iter().map(|word| &**word).collect::<String>(), "abc");
        assert_eq!(numbers.map(|number| placed(&places, number)), [1, 0, 1, 2]);
        assert_eq!(placed(&places, NO_WORD), NO_WORD);
    }
}
