//! The common form in which all readers hand over rows: a batch of the wanted columns, with row numbers and raw text.

use std::collections::BTreeMap;
use std::ops::Range;

use polars::prelude::{Float64Chunked, Int32Chunked, StringChunked};
use rayon::prelude::*;

use crate::terms;

use super::excel::Sheet;

/// Rows that one task of a parallel loop handles.
pub(super) const BLOCK: usize = 1 << 14;

/// The cells of one column of a batch, in one chunk; null where the file has nothing.
#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// Text as in the file.
    Text(StringChunked),
    /// Numbers of a typed file; NaN and infinities included.
    Number(Float64Chunked),
    /// Days since 1970-01-01 of a typed file.
    Days(Int32Chunked),
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
    /// Days since 1970-01-01.
    Day(i32),
    /// Something that is not a date.
    Bad,
}

impl Cells {
    /// The text of a cell; `None` where it is null. Only text columns have texts.
    #[inline]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(cells) => cells.downcast_as_array().get(row),
            Self::Number(_) | Self::Days(_) => None,
        }
    }

    /// The number in a cell.
    pub fn number(&self, row: usize) -> NumberCell {
        let number = match self {
            Self::Number(cells) => cells.get(row),
            Self::Days(_) => Some(f64::NAN),
            Self::Text(cells) => {
                let text = cells.get(row).filter(|text| !text.trim().is_empty());
                text.map(|text| terms::parse_number(text).unwrap_or(f64::NAN))
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
            Self::Days(cells) => cells.get(row).map(Some),
            Self::Number(cells) => cells.get(row).map(|_| None),
            Self::Text(cells) => cells.get(row).filter(|text| !text.trim().is_empty()).map(terms::parse_date),
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
            Self::Text(cells) => cells.get(row).unwrap_or_default().to_owned(),
            Self::Number(cells) => cells.get(row).map(|number| number.to_string()).unwrap_or_default(),
            Self::Days(cells) => cells.get(row).map(show_day).unwrap_or_default(),
        }
    }
}

/// A day as `2023-02-07`.
pub(super) fn show_day(day: i32) -> String {
    let (year, month, day) = terms::civil_from_days(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Row numbers of a batch.
#[derive(Clone, Debug)]
pub(super) enum RowNumbers {
    /// Consecutive from this number.
    From(u64),
    /// One by one.
    Listed(Vec<u64>),
}

/// Where the raw text of a batch's rows comes from.
#[derive(Clone, Debug)]
pub(super) enum RawRows<'a> {
    /// Byte ranges of a text.
    Spans(&'a str, Vec<(usize, usize)>),
    /// Rows of a sheet, counted from its first row with content.
    Sheet(&'a Sheet, Vec<usize>),
    /// The batch's own cells.
    Cells,
}

/// A batch of well-formed rows.
#[derive(Debug)]
pub(super) struct RawTable<'a> {
    /// The wanted columns, by their place in the list of wants; `None` where the file has no such column.
    pub columns: Vec<Option<Cells>>,
    /// Rows in the batch.
    pub height: usize,
    /// Row numbers in the file.
    pub rows: RowNumbers,
    /// Raw text.
    pub raw: RawRows<'a>,
    /// Rows of the batch that the reader found at fault: reason and detail.
    pub faults: BTreeMap<usize, (&'static str, String)>,
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
            RawRows::Spans(text, spans) => text[spans[row].0..spans[row].1].to_owned(),
            RawRows::Sheet(sheet, rows) => sheet.raw(rows[row]),
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
    use polars::prelude::NewChunkedArray;

    use super::*;

    #[test]
    fn blocks_cover_every_row_once_and_in_order() {
        let rows: Vec<usize> = by_block(BLOCK * 2 + 7, |rows| rows.collect::<Vec<_>>()).concat();
        assert_eq!(rows, (0..BLOCK * 2 + 7).collect::<Vec<_>>());
        assert!(by_block(0, |rows| rows.len()).is_empty());
    }

    #[test]
    fn nothing_a_number_and_no_number_are_three_things() {
        let cells =
            Cells::Text(StringChunked::from_slice_options("x".into(), &[None, Some(" "), Some("1.5"), Some("NaN")]));
        let read: Vec<NumberCell> = (0..4).map(|row| cells.number(row)).collect();
        assert_eq!(read, [NumberCell::Empty, NumberCell::Empty, NumberCell::Value(1.5), NumberCell::Bad]);
    }

    #[test]
    fn days_are_shown_as_dates() {
        assert_eq!(show_day(19_395), "2023-02-07");
    }
}
