//! The common form in which all readers hand over rows: a batch of the wanted columns, with row numbers and raw text.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow::array::{Array, Date32Array, Float64Array, StringViewArray};
use rayon::prelude::*;

use crate::terms::{self, SetAside};

use super::excel::Sheet;
use super::spans::Spans;

/// Rows that one task of a parallel loop handles.
pub(super) const BLOCK: usize = 1 << 14;

/// Most bytes of a text that [`Cells::short`] gives.
pub(super) const SHORT: u32 = 12;

/// Most bytes of a cell; a row with a longer one is set aside.
pub(super) const LONGEST_CELL: usize = 1 << 20;

/// The cells of one column of a batch; null where the file has nothing.
#[derive(Clone, Debug)]
pub(super) enum Cells<'a> {
    /// Text as in the file.
    Text(StringViewArray),
    /// Text as it stands in a text file.
    Spans(Spans<'a>),
    /// Numbers of a typed file; NaN and infinities included.
    Number(Float64Array),
    /// Days since 1970-01-01 of a typed file.
    Days(Date32Array),
}

/// A cell read as a number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum NumberCell {
    /// Nothing there.
    Empty,
    /// A finite number.
    Value(f64),
    /// Something that is not a finite number.
    Bad,
}

/// A cell read as a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DayCell {
    /// Nothing there.
    Empty,
    /// Days since 1970-01-01, in the years 1 to 9999.
    Day(i32),
    /// Something that is not a date.
    Bad,
}

impl Cells<'_> {
    /// The text of a cell; `None` where it is null. Only text columns have texts.
    #[inline]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(cells) => cells.is_valid(row).then(|| cells.value(row)),
            Self::Spans(cells) => cells.get(row),
            Self::Number(_) | Self::Days(_) => None,
        }
    }

    /// The text of a cell; `None` also for blanks and for the words that stand where there is nothing (`-`, `N/A`, 无 …).
    #[inline]
    pub fn word(&self, row: usize) -> Option<&str> {
        self.text(row).filter(|text| !terms::is_missing(text))
    }

    /// The text of a cell of at most [`SHORT`] bytes as a number, its bytes above their length: cells that hold the same have
    /// the same. `None` also where it is null.
    #[inline]
    pub fn short(&self, row: usize) -> Option<u128> {
        match self {
            // A view holds a short text whole.
            Self::Text(cells) => Some(cells.views()[row]).filter(|&view| view as u32 <= SHORT && cells.is_valid(row)),
            Self::Spans(cells) => cells.short(row).map(|(bytes, length)| bytes << 32 | length as u128),
            Self::Number(_) | Self::Days(_) => None,
        }
    }

    /// The number in a cell.
    pub fn number(&self, row: usize) -> NumberCell {
        let number = match self {
            // NaN is how writers of typed files mark a missing number.
            Self::Number(cells) => cells.is_valid(row).then(|| cells.value(row)).filter(|number| !number.is_nan()),
            Self::Days(cells) => cells.is_valid(row).then_some(f64::INFINITY),
            Self::Text(_) | Self::Spans(_) => {
                self.word(row).map(|text| terms::parse_number(text).unwrap_or(f64::INFINITY))
            }
        };
        match number {
            None => NumberCell::Empty,
            Some(number) if number.is_finite() => NumberCell::Value(number),
            Some(_) => NumberCell::Bad,
        }
    }

    /// The day in a cell.
    pub fn day(&self, row: usize) -> DayCell {
        let day = match self {
            Self::Days(cells) => cells.is_valid(row).then(|| Some(cells.value(row)).filter(|&day| terms::is_day(day))),
            Self::Number(cells) => cells.is_valid(row).then_some(None),
            Self::Text(_) | Self::Spans(_) => self.word(row).map(terms::parse_date),
        };
        match day {
            None => DayCell::Empty,
            Some(Some(day)) => DayCell::Day(day),
            Some(None) => DayCell::Bad,
        }
    }

    /// The cell as a message shows it.
    pub fn shown(&self, row: usize) -> String {
        match self {
            Self::Text(_) | Self::Spans(_) => self.text(row).unwrap_or_default().to_owned(),
            Self::Number(cells) if cells.is_valid(row) => cells.value(row).to_string(),
            Self::Days(cells) if cells.is_valid(row) => terms::show_day(cells.value(row)),
            Self::Number(_) | Self::Days(_) => String::new(),
        }
    }
}

/// Row numbers of a batch.
#[derive(Clone, Debug)]
pub(super) enum RowNumbers {
    /// Consecutive from this number.
    From(u64),
    /// One by one.
    Listed(Vec<u64>),
}

impl RowNumbers {
    /// Adds the number of a row behind `rows` others.
    pub fn push(&mut self, rows: usize, number: u64) {
        match self {
            Self::Listed(numbers) => numbers.push(number),
            Self::From(first) if rows == 0 => *first = number,
            Self::From(first) if *first + rows as u64 == number => {}
            Self::From(first) => {
                let before = *first..*first + rows as u64;
                *self = Self::Listed(before.chain([number]).collect());
            }
        }
    }

    /// Adds to every number.
    pub fn shift(&mut self, by: u64) {
        match self {
            Self::From(first) => *first += by,
            Self::Listed(numbers) => numbers.iter_mut().for_each(|number| *number += by),
        }
    }
}

/// Where the raw text of a batch's rows comes from.
#[derive(Clone, Debug)]
pub(super) enum RawRows<'a> {
    /// Byte ranges of a text.
    Spans(&'a str, Vec<(u32, u32)>),
    /// Rows of a sheet, by their place among its rows with content.
    Sheet(&'a Sheet, Vec<usize>),
    /// Texts, row by row.
    Texts(&'a StringViewArray),
    /// The batch's own cells.
    Cells,
}

/// A batch of well-formed rows.
#[derive(Debug)]
pub(super) struct RawTable<'a> {
    /// The wanted columns, by their place among the requested columns; `None` where the file has no such column.
    pub columns: Vec<Option<Cells<'a>>>,
    /// Rows in the batch.
    pub height: usize,
    /// Row numbers in the file.
    pub rows: RowNumbers,
    /// Raw text.
    pub raw: RawRows<'a>,
    /// Rows of the batch that the reader found at fault.
    pub faults: BTreeMap<usize, SetAside>,
    /// How much of the file is read with this batch, 0 to 1.
    pub done: f64,
}

impl RawTable<'_> {
    /// Number of a row in the file: line, sheet row or record.
    pub fn row_number(&self, row: usize) -> u64 {
        match &self.rows {
            RowNumbers::From(first) => first + row as u64,
            RowNumbers::Listed(rows) => rows[row],
        }
    }

    /// A row as it stands in the file, or its cells joined by commas.
    pub fn raw(&self, row: usize) -> String {
        match &self.raw {
            RawRows::Spans(text, spans) => text[spans[row].0 as usize..spans[row].1 as usize].to_owned(),
            RawRows::Sheet(sheet, rows) => sheet.raw(rows[row]),
            RawRows::Texts(texts) => texts.value(row).to_owned(),
            RawRows::Cells => self.columns.iter().flatten().map(|cells| cells.shown(row)).collect::<Vec<_>>().join(","),
        }
    }
}

/// Runs `work` on blocks of rows in parallel; results in row order.
pub(super) fn by_block<T: Send>(height: usize, work: impl Fn(Range<usize>) -> T + Sync + Send) -> Vec<T> {
    (0..height.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| work(block * BLOCK..((block + 1) * BLOCK).min(height)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_row_once_and_in_order() {
        let rows: Vec<usize> = by_block(BLOCK * 2 + 7, |rows| rows.collect::<Vec<_>>()).concat();
        assert_eq!(rows, (0..BLOCK * 2 + 7).collect::<Vec<_>>());
        assert!(by_block(0, |rows| rows.len()).is_empty());
    }

    #[test]
    fn nothing_a_number_and_no_number_are_three_things() {
        let texts = [None, Some(" "), Some("1.5"), Some("NaN"), Some("N/A"), Some("many")];
        let cells = Cells::Text(StringViewArray::from_iter(texts));
        let read: Vec<NumberCell> = (0..6).map(|row| cells.number(row)).collect();
        use NumberCell::{Bad, Empty, Value};
        assert_eq!(read, [Empty, Empty, Value(1.5), Empty, Empty, Bad]);
    }

    #[test]
    fn a_day_outside_the_calendar_is_bad() {
        let cells = Cells::Days(Date32Array::from(vec![Some(19_395), None, Some(i32::MAX), Some(-719_163)]));
        let read: Vec<DayCell> = (0..4).map(|row| cells.day(row)).collect();
        assert_eq!(read, [DayCell::Day(19_395), DayCell::Empty, DayCell::Bad, DayCell::Bad]);
    }
}
