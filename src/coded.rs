//! Columns of texts that repeat, as codes of their words.

use std::collections::HashMap;

/// Recent words that are remembered, as a power of two.
const RECENT: u32 = 10;

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
    /// Texts, row by row; `None` if they have more than `most` words.
    pub fn of(texts: impl ExactSizeIterator<Item = Option<&'a str>>, most: usize) -> Option<Self> {
        let (mut codes, mut coder) = (Vec::with_capacity(texts.len()), Coder::default());
        for text in texts {
            codes.push(text.map_or(NO_WORD, |text| coder.code(text)));
            if coder.words.len() > most {
                return None;
            }
        }
        Some(Self { codes, words: coder.words })
    }

    /// The columns one behind the other; `None` if they have more words than `most(rows)`.
    pub fn joined(columns: Vec<Self>, most: impl Fn(usize) -> usize) -> Option<Self> {
        let rows = columns.iter().map(|column| column.codes.len()).sum();
        let (mut codes, mut coder) = (Vec::with_capacity(rows), Coder::default());
        for column in columns {
            let places: Vec<u32> = column.words.iter().map(|word| coder.code(word)).collect();
            codes.extend(column.codes.into_iter().map(|code| placed(&places, code)));
        }
        (coder.words.len() <= most(rows)).then_some(Self { codes, words: coder.words })
    }
}

/// Numbers the words of texts in the order in which they come.
struct Coder<'a> {
    words: Vec<&'a str>,
    known: HashMap<&'a str, u32>,
    /// Most words are met again in the place that their fingerprint points to.
    recent: Vec<(&'a str, u32)>,
}

impl Default for Coder<'_> {
    fn default() -> Self {
        Self { words: Vec::new(), known: HashMap::new(), recent: vec![("", NO_WORD); 1 << RECENT] }
    }
}

impl<'a> Coder<'a> {
    #[inline]
    fn code(&mut self, text: &'a str) -> u32 {
        let slot = &mut self.recent[slot_of(fingerprint(text), RECENT)];
        if slot.1 == NO_WORD || slot.0 != text {
            let code = *self.known.entry(text).or_insert_with(|| {
                self.words.push(text);
                self.words.len() as u32 - 1
            });
            *slot = (text, code);
        }
        slot.1
    }
}

/// A number that most texts have for themselves: of the bytes at both ends.
#[inline]
fn fingerprint(text: &str) -> u128 {
    let bytes = text.as_bytes();
    let number = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(&first), Some(&last)) => u64::from_le_bytes(first) ^ u64::from_le_bytes(last).rotate_left(29),
        _ => bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)),
    };
    u128::from(number ^ (bytes.len() as u64) << 56)
}

/// Where to look for a number among 2^`bits` recent ones.
#[inline]
pub fn slot_of(number: u128, bits: u32) -> usize {
    let mixed = ((number >> 64) as u64 ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
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
        let (first, second) = ([Some("b"), None, Some(long), Some("b"), Some("")], [Some(long), Some("c")]);
        let coded = Coded::of(first.into_iter(), 3).unwrap();
        assert_eq!(
            (coded.codes.as_slice(), coded.words.as_slice()),
            (&[0, NO_WORD, 1, 0, 2][..], &["b", long, ""][..])
        );
        assert!(Coded::of(first.into_iter(), 2).is_none());
        let both = || vec![Coded::of(first.into_iter(), 9).unwrap(), Coded::of(second.into_iter(), 9).unwrap()];
        let joined = Coded::joined(both(), |rows| rows).unwrap();
        assert_eq!(joined.codes, [0, NO_WORD, 1, 0, 2, 1, 3]);
        assert_eq!(joined.words, ["b", long, "", "c"]);
        assert!(Coded::joined(both(), |rows| rows / 2).is_none());
    }

    #[test]
    fn words_of_one_fingerprint_are_told_apart() {
        let (one, other) = ("重庆市永川区朱沱镇", "重庆市长寿区朱沱镇");
        assert_eq!(fingerprint(one), fingerprint(other));
        let coded = Coded::of([one, other, one, other].into_iter().map(Some), 9).unwrap();
        assert_eq!((coded.codes.as_slice(), coded.words.as_slice()), (&[0, 1, 0, 1][..], &[one, other][..]));
    }
}
