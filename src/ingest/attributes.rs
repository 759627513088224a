//! The attributes of entities, column by column: texts normalised, days, numbers that decide probabilities.

use polars::prelude::{
    BooleanChunked, ChunkFullNull, Column as FrameColumn, Float64Chunked, IdxCa, Int32Chunked, IntoColumn,
    NewChunkedArray, PolarsError, PolarsResult, StringChunked, StringChunkedBuilder,
};
use rayon::prelude::*;

use crate::terms::normalise;

use super::error::IngestError;
use super::kinds;
use super::outcome::{Jottings, Outcome};
use super::raw::{Cells, DayCell, NumberCell, RawTable, by_block};

/// Characters from which a cell is remarked on.
const LONG: usize = 1_024;
/// Largest weight that a column may hold, so that it stays exact in micro-units.
const LARGEST_WEIGHT: f64 = 9.0e9;
/// Rows gathered by one task.
const PIECE: usize = 1 << 20;

/// What an attribute is kept as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeps {
    /// A normalised text; blank cells are null.
    Text,
    /// A day; blank and unreadable cells are null.
    Date,
    /// A weight: finite, from 0 to 9.0e9.
    Weight,
    /// A permanent random number: strictly between 0 and 1.
    Prn,
}

/// Reads column `column` of a batch. `set_aside` are the rows that are not used, in order.
pub(super) fn read_attribute(
    name: &str,
    keeps: Keeps,
    table: &RawTable<'_>,
    column: usize,
    set_aside: &[usize],
    outcome: &mut Outcome,
) -> Result<Option<FrameColumn>, IngestError> {
    let Some(cells) = &table.columns[column] else { return Ok(None) };
    let column = match keeps {
        Keeps::Text => texts(name, cells, table, outcome).into_column(),
        Keeps::Date => days(name, cells, table, outcome).into_date().into_column(),
        Keeps::Weight | Keeps::Prn => numbers(name, keeps, cells, table, set_aside, outcome)?.into_column(),
    };
    if set_aside.is_empty() {
        return Ok(Some(column));
    }
    let mut used = vec![true; table.height];
    set_aside.iter().for_each(|&row| used[row] = false);
    let used = BooleanChunked::from_slice("".into(), &used);
    column.filter(&used).map(Some).map_err(|problem| internal(outcome, &problem))
}

fn texts(name: &str, cells: &Cells, table: &RawTable<'_>, outcome: &mut Outcome) -> StringChunked {
    let Cells::Text(texts) = cells else { return StringChunked::full_null(name.into(), table.height) };
    let blocks = by_block(table.height, |rows| {
        let mut jottings = Jottings::default();
        let mut changed = false;
        for row in rows.clone() {
            let Some(text) = texts.get(row) else { continue };
            changed |= !is_tidy(text);
            if text.len() > LONG && text.chars().count() > LONG {
                jottings.add(kinds::LONG_FIELD, row, text);
            }
        }
        let tidied = changed.then(|| {
            let mut builder = StringChunkedBuilder::new(name.into(), rows.len());
            for row in rows {
                let text = texts.get(row).map(normalise);
                builder.append_option(text.filter(|text| !text.is_empty()));
            }
            builder.finish()
        });
        (tidied, jottings)
    });
    let any = blocks.iter().any(|(tidied, _)| tidied.is_some());
    let mut tidy = StringChunked::full_null(name.into(), 0);
    for (block, (tidied, jottings)) in blocks.into_iter().enumerate() {
        outcome.take(jottings, |row| table.row_number(row));
        if any {
            let start = i64::try_from(block * super::raw::BLOCK).unwrap_or(i64::MAX);
            let part = tidied.unwrap_or_else(|| texts.slice(start, super::raw::BLOCK));
            // Two text columns always append.
            let _ = tidy.append(&part);
        }
    }
    let tidy = if any { tidy.rechunk().into_owned() } else { texts.clone() };
    tidy.with_name(name.into())
}

/// Whether a text is certainly what normalising would leave.
fn is_tidy(text: &str) -> bool {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return !text.is_empty();
    }
    let normal = normalise(text);
    !normal.is_empty() && normal == text
}

fn days(name: &str, cells: &Cells, table: &RawTable<'_>, outcome: &mut Outcome) -> Int32Chunked {
    let blocks = by_block(table.height, |rows| {
        let mut jottings = Jottings::default();
        let read = |row| match cells.day(row) {
            DayCell::Day(day) => Some(day),
            DayCell::Empty => None,
            DayCell::Bad => {
                jottings.add(kinds::BAD_DATE, row, &cells.shown(row));
                None
            }
        };
        let days: Vec<Option<i32>> = rows.map(read).collect();
        (days, jottings)
    });
    let mut all = Vec::with_capacity(table.height);
    for (days, jottings) in blocks {
        all.extend(days);
        outcome.take(jottings, |row| table.row_number(row));
    }
    Int32Chunked::from_slice_options(name.into(), &all)
}

fn numbers(
    name: &str,
    keeps: Keeps,
    cells: &Cells,
    table: &RawTable<'_>,
    set_aside: &[usize],
    outcome: &Outcome,
) -> Result<Float64Chunked, IngestError> {
    let need = match keeps {
        Keeps::Prn => "a permanent random number lies strictly between 0 and 1",
        _ => "a weight is a number from 0 to 9,000,000,000",
    };
    let fits = |number: f64| match keeps {
        Keeps::Prn => number > 0.0 && number < 1.0,
        _ => (0.0..=LARGEST_WEIGHT).contains(&number),
    };
    let blocks = by_block(table.height, |rows| {
        let read = |row| match cells.number(row) {
            // Adding zero turns -0.0 into 0.0.
            NumberCell::Value(number) if fits(number) => Ok(number + 0.0),
            _ if set_aside.binary_search(&row).is_ok() => Ok(0.0),
            _ => Err(row),
        };
        rows.map(read).collect::<Result<Vec<f64>, usize>>()
    });
    let mut all = Vec::with_capacity(table.height);
    for block in blocks {
        all.extend(block.map_err(|row| {
            let shown = cells.shown(row);
            IngestError::BadNumber {
                file: outcome.file.clone(),
                row: table.row_number(row),
                entity: table.columns[0].as_ref().map(|ids| ids.shown(row)).unwrap_or_default(),
                column: name.to_owned(),
                value: if shown.trim().is_empty() { "empty".to_owned() } else { format!("\"{shown}\"") },
                need,
            }
        })?);
    }
    Ok(Float64Chunked::from_vec(name.into(), all))
}

/// `column[rows[i]]` for each i: pieces of fixed length in parallel, so that the result has the same parts at any
/// thread count.
pub(super) fn gather_column(column: &FrameColumn, rows: &[u32]) -> PolarsResult<FrameColumn> {
    let series = column.as_materialized_series().rechunk();
    let pieces: Vec<PolarsResult<FrameColumn>> = rows
        .par_chunks(PIECE)
        .map(|rows| Ok(series.take(&IdxCa::from_slice("".into(), rows))?.into_column()))
        .collect();
    let mut gathered = series.clear().into_column();
    for piece in pieces {
        gathered.append_owned(piece?)?;
    }
    Ok(gathered)
}

/// A fault between this module and polars.
pub(super) fn internal(outcome: &Outcome, problem: &PolarsError) -> IngestError {
    IngestError::Malformed {
        file: outcome.file.clone(),
        format: "a table".to_owned(),
        problem: problem.to_string(),
        fix: "please report it with the file's layout".to_owned(),
    }
}
