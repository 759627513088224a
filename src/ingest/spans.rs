//! Cells of a text that is held anyway, as places there: nothing is copied but what stood in quotation marks.

use super::raw::SHORT;

/// From here on places are those of copied cells. A part of a text has fewer bytes.
const COPIED: u32 = 1 << 31;

/// Where the cells of a column stand.
#[derive(Clone, Default, Debug)]
pub(super) struct Places {
    /// First byte of each cell and one past its last; the same for an empty one.
    places: Vec<(u32, u32)>,
    /// Cells that do not stand in the text as they are, one behind the other.
    copied: String,
}

impl Places {
    /// No cells yet.
    pub fn with_capacity(cells: usize) -> Self {
        Self { places: Vec::with_capacity(cells), copied: String::new() }
    }

    /// Adds a cell from byte `start` to byte `end`, both below 2^31.
    #[inline]
    pub fn push(&mut self, start: usize, end: usize) {
        self.places.push((start as u32, end as u32));
    }

    /// Adds a cell that does not stand in the text; all of them have fewer than 2^31 bytes.
    pub fn push_copied(&mut self, cell: &str) {
        let start = COPIED + self.copied.len() as u32;
        self.copied.push_str(cell);
        self.places.push((start, start + cell.len() as u32));
    }
}

/// The cells of a column; null where there is nothing.
#[derive(Clone, Debug)]
pub(super) struct Spans<'a> {
    text: &'a str,
    cells: Places,
}

impl<'a> Spans<'a> {
    /// The cells at `cells` of `text`.
    pub fn new(text: &'a str, cells: Places) -> Self {
        Self { text, cells }
    }

    /// A cell; `None` where it is empty.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&str> {
        let (text, start, end) = self.place(row);
        text.get(start..end).filter(|cell| !cell.is_empty())
    }

    /// The bytes of a cell, the first in the lowest place, and how many; `None` where it is empty or has more than [`SHORT`].
    #[inline]
    pub fn short(&self, row: usize) -> Option<(u128, usize)> {
        const MOST: usize = SHORT as usize;
        let (text, start, end) = self.place(row);
        let length = end - start;
        if length == 0 || length > MOST {
            return None;
        }
        let mut bytes = [0; size_of::<u128>()];
        match text.as_bytes().get(start..start + MOST) {
            // A copy of a length that is known takes little time; what follows the cell is masked.
            Some(more) => bytes[..MOST].copy_from_slice(more),
            None => bytes[..length].copy_from_slice(&text.as_bytes()[start..end]),
        }
        Some((u128::from_le_bytes(bytes) & ((1 << (8 * length)) - 1), length))
    }

    /// The text that a cell stands in, its first byte there and one past its last.
    #[inline]
    fn place(&self, row: usize) -> (&str, usize, usize) {
        let (start, end) = self.cells.places[row];
        let (text, before) = if start < COPIED { (self.text, 0) } else { (&*self.cells.copied, COPIED) };
        (text, (start - before) as usize, (end - before) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_those_of_the_text_and_copies() {
        let mut cells = Places::with_capacity(4);
        cells.push(1, 4);
        cells.push(5, 5);
        cells.push_copied("丙\"");
        cells.push_copied("");
        cells.push_copied("d");
        let spans = Spans::new("\"甲\",,", cells);
        let read: Vec<Option<&str>> = (0..5).map(|row| spans.get(row)).collect();
        assert_eq!(read, [Some("甲"), None, Some("丙\""), None, Some("d")]);
    }

    #[test]
    fn short_cells_are_numbers() {
        let (mut cells, text) = (Places::with_capacity(4), "abcdefghijklmab");
        [(0, 2), (13, 15), (0, 12), (0, 13), (3, 3)].into_iter().for_each(|(start, end)| cells.push(start, end));
        let spans = Spans::new(text, cells);
        let ab = Some((u128::from(u16::from_le_bytes(*b"ab")), 2));
        let twelve = spans.short(2).map(|(number, length)| (number.to_le_bytes()[..12].to_vec(), length));
        assert_eq!((spans.short(0), spans.short(1)), (ab, ab));
        assert_eq!(twelve, Some((b"abcdefghijkl".to_vec(), 12)));
        assert_eq!((spans.short(3), spans.short(4)), (None, None));
    }
}
