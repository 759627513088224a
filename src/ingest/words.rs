//! Words of the field looked up once per block and spelling.

use crate::coded::slot_of;

use super::raw::Cells;

/// Places of short spellings, as a power of two.
const SHORT: u32 = 8;

/// Long spellings that are remembered; further ones are looked up each time.
const REMEMBERED: usize = 24;

/// What a cell says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading<'r, T> {
    /// The file has no such column.
    NoColumn,
    /// A word of the field, or one for nothing.
    Known(T),
    /// This, which is no word of the field.
    Unknown(&'r str),
}

/// Remembers what the spellings of a column mean; `None` is an unknown word.
#[derive(Debug)]
pub(super) struct Memo<T> {
    /// Nothing at all.
    null: Option<Option<T>>,
    /// Short spellings as numbers; where each was last met.
    short: Vec<Option<(u128, Option<T>)>>,
    long: Vec<(Box<str>, Option<T>)>,
}

impl<T: Copy> Default for Memo<T> {
    fn default() -> Self {
        Self { null: None, short: vec![None; 1 << SHORT], long: Vec::new() }
    }
}

impl<T: Copy> Memo<T> {
    /// Reads a cell; `meaning` is that of a text as it stands, `None` for an unknown word.
    pub fn read<'r>(
        &mut self,
        cells: &'r Cells<'_>,
        row: usize,
        meaning: impl FnOnce(&str) -> Option<T>,
    ) -> Reading<'r, T> {
        let found = match (cells.short(row), cells.text(row)) {
            (Some(short), Some(text)) => {
                let slot = &mut self.short[slot_of(short, SHORT)];
                match slot.filter(|(seen, _)| *seen == short) {
                    Some((_, found)) => found,
                    None => slot.insert((short, meaning(text))).1,
                }
            }
            (None, Some(text)) => self.of_long(text, meaning),
            (_, None) => *self.null.get_or_insert_with(|| meaning("")),
        };
        found.map_or_else(|| Reading::Unknown(cells.text(row).unwrap_or_default()), Reading::Known)
    }

    fn of_long(&mut self, text: &str, meaning: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if let Some((_, found)) = self.long.iter().find(|(seen, _)| **seen == *text) {
            return *found;
        }
        let found = meaning(text);
        if self.long.len() < REMEMBERED {
            self.long.push((text.into(), found));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;

    #[test]
    fn a_spelling_is_looked_up_once() {
        let long = "存续（在营、开业、在册）";
        let texts = [Some("A"), Some(long), Some("A"), Some("?"), Some(long), Some("?"), Some("无"), None, None];
        let cells = Cells::Text(StringViewArray::from_iter(texts));
        let (mut memo, mut looked_up) = (Memo::default(), 0);
        let mut read = |row| {
            memo.read(&cells, row, |word| {
                looked_up += 1;
                (word != "?").then_some(word.len())
            })
        };
        let read: Vec<Reading<'_, usize>> = (0..texts.len()).map(&mut read).collect();
        use Reading::{Known, Unknown};
        let expected = [
            Known(1),
            Known(long.len()),
            Known(1),
            Unknown("?"),
            Known(long.len()),
            Unknown("?"),
            Known("无".len()),
            Known(0),
            Known(0),
        ];
        assert_eq!(read, expected);
        assert_eq!(looked_up, 5);
    }
}
