//! Columns of texts that repeat, as codes of their words.

use std::collections::HashMap;

use arrow::array::{Array, StringViewArray};

/// Stands for no word.
pub const NO_WORD: u32 = u32::MAX;

/// The texts of a column as codes of its words.
pub struct Coded<'a> {
    /// Place of each row's word; [`NO_WORD`] where it is null.
    pub codes: Vec<u32>,
    /// The words, in the order in which rows first have them.
    pub words: Vec<&'a str>,
}

impl<'a> Coded<'a> {
    /// The texts of an array; `None` if they have more than `most` words.
    pub fn of(texts: &'a StringViewArray, most: usize) -> Option<Self> {
        // Equal views are equal texts: most words are met again in the place that their view's bits point to.
        const RECENT: u32 = 10;
        let mut recent = vec![(0u128, NO_WORD); 1 << RECENT];
        let mut own = Self { codes: Vec::with_capacity(texts.len()), words: Vec::new() };
        let mut known: HashMap<&str, u32> = HashMap::new();
        for (row, &view) in texts.views().iter().enumerate() {
            if texts.is_null(row) {
                own.codes.push(NO_WORD);
                continue;
            }
            let slot = &mut recent[slot_of(view, RECENT)];
            if slot.1 == NO_WORD || slot.0 != view {
                *slot = (view, own.place_of(texts.value(row), &mut known));
                if own.words.len() > most {
                    return None;
                }
            }
            own.codes.push(slot.1);
        }
        Some(own)
    }

    /// The columns one behind the other; `None` if they have more words than `most(rows)`.
    pub fn joined(columns: Vec<Self>, most: impl Fn(usize) -> usize) -> Option<Self> {
        let rows = columns.iter().map(|column| column.codes.len()).sum();
        let mut all = Self { codes: Vec::with_capacity(rows), words: Vec::new() };
        let mut known: HashMap<&str, u32> = HashMap::new();
        for column in columns {
            let places: Vec<u32> = column.words.iter().map(|word| all.place_of(word, &mut known)).collect();
            all.codes.extend(column.codes.into_iter().map(|code| placed(&places, code)));
        }
        (all.words.len() <= most(rows)).then_some(all)
    }

    fn place_of(&mut self, word: &'a str, known: &mut HashMap<&'a str, u32>) -> u32 {
        *known.entry(word).or_insert_with(|| {
            self.words.push(word);
            self.words.len() as u32 - 1
        })
    }
}

/// Where to look for a view among 2^`bits` recent ones.
#[inline]
pub fn slot_of(view: u128, bits: u32) -> usize {
    let mixed = ((view >> 64) as u64 ^ view as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (u64::BITS - bits)) as usize
}

/// The place of a code after sorting or merging; [`NO_WORD`] stays.
pub fn placed(places: &[u32], code: u32) -> u32 {
    places.get(code as usize).copied().unwrap_or(NO_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_as_rows_first_have_them() {
        let long = "a word that no view holds by itself";
        let first = StringViewArray::from_iter([Some("b"), None, Some(long), Some("b"), Some("")]);
        let second = StringViewArray::from_iter([Some(long), Some("c")]);
        let coded = Coded::of(&first, 3).unwrap();
        assert_eq!(
            (coded.codes.as_slice(), coded.words.as_slice()),
            (&[0, NO_WORD, 1, 0, 2][..], &["b", long, ""][..])
        );
        assert!(Coded::of(&first, 2).is_none());
        let both = || [&first, &second].map(|texts| Coded::of(texts, 9).unwrap()).into();
        let joined = Coded::joined(both(), |rows| rows).unwrap();
        assert_eq!(joined.codes, [0, NO_WORD, 1, 0, 2, 1, 3]);
        assert_eq!(joined.words, ["b", long, "", "c"]);
        assert!(Coded::joined(both(), |rows| rows / 2).is_none());
    }
}
