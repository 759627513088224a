//! Several words in one cell: sets of outcomes and of disposals, as bits.

/// Gives an enum of words with `ALL`, `name` and `from_word` its set, and the reader of cells that hold several.
macro_rules! word_set {
    ($(#[$doc:meta])* $set:ident of $word:ident, $(#[$read_doc:meta])* $read:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub struct $set(u16);

        impl $set {
            /// No word.
            pub const EMPTY: Self = Self(0);

            /// The set with one more word.
            pub fn with(self, word: $word) -> Self {
                Self(self.0 | 1 << word.code())
            }

            /// Whether the word is in it.
            pub fn contains(self, word: $word) -> bool {
                self.0 >> word.code() & 1 == 1
            }

            /// Whether it holds nothing.
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The words of both sets.
            pub fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Its words in the order of the enum.
            pub fn iter(self) -> impl Iterator<Item = $word> {
                $word::ALL.into_iter().filter(move |&word| self.contains(word))
            }
        }

        $(#[$read_doc])*
        pub fn $read(cell: &str) -> Result<$set, String> {
            super::word_set::read_set(cell, $set::EMPTY, |set, piece| $word::from_word(piece).map(|word| set.with(word)))
        }
    };
}

pub(super) use word_set;

/// Separators: the clear ones first, then those that may stand inside a word, each after the ones that rarely do.
const SEPARATORS: [&[char]; 5] = [&[';', '；', '|', '\n', '\r'], &[',', '，'], &['、'], &['/'], &[' ']];

/// Reads a cell of several words: whole, or split where it must be. The error is the piece that is not known.
pub(super) fn read_set<S: Copy>(cell: &str, set: S, add: impl Fn(S, &str) -> Option<S> + Copy) -> Result<S, String> {
    split(cell, &SEPARATORS, set, add)
}

fn split<S: Copy>(
    cell: &str,
    separators: &[&[char]],
    set: S,
    add: impl Fn(S, &str) -> Option<S> + Copy,
) -> Result<S, String> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(set);
    }
    if let Some(set) = add(set, cell) {
        return Ok(set);
    }
    let (separator, finer) = separators.split_first().ok_or_else(|| cell.to_owned())?;
    cell.split(*separator).try_fold(set, |set, piece| split(piece, finer, set, add))
}
