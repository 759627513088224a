//! The attributes of entities, column by column: texts as the registry wrote them, days, numbers that decide
//! probabilities.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, DictionaryArray, Float64Array, StringArray, StringViewArray,
    UInt16Array, UInt32Array,
};
use arrow::compute::{cast, concat, filter, take};
use arrow::datatypes::{DataType, UInt16Type};
use arrow::error::ArrowError;
use rayon::prelude::*;

use crate::coded::{Coded, NO_WORD};
use crate::part::PART_ROWS;
use crate::terms::{Note, is_missing};

use super::error::IngestError;
use super::outcome::{Notes, Outcome};
use super::raw::{Cells, DayCell, NumberCell, RawTable, by_block};

/// Characters from which a cell is noted as long.
const LONG: usize = 1_024;
/// Largest weight that a column may hold, so that it stays exact in micro-units.
const LARGEST_WEIGHT: f64 = 9.0e9;
/// Most words of a column that is kept by their codes.
const MOST_WORDS: usize = u16::MAX as usize;

/// A batch of texts as codes of its words.
type Words = DictionaryArray<UInt16Type>;

/// What an attribute is kept as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StoredAs {
    /// A text as the registry wrote it, blanks at its ends apart; null where there is nothing.
    Text,
    /// A day; null where there is none or none that can be read.
    Date,
    /// A weight: finite, from 0 to 9.0e9.
    Weight,
    /// A permanent random number: strictly between 0 and 1.
    Prn,
}

/// Reads column `column` of a batch. `set_aside` are the rows that are not used, in order; `has_few_words`: whether the texts of
/// the batches before it were kept by their codes.
pub(super) fn read_attribute(
    name: &str,
    keeps: StoredAs,
    has_few_words: &mut bool,
    table: &RawTable<'_>,
    column: usize,
    set_aside: &[usize],
    outcome: &mut Outcome,
) -> Result<Option<ArrayRef>, IngestError> {
    let Some(cells) = &table.columns[column] else { return Ok(None) };
    let column: ArrayRef = match keeps {
        StoredAs::Text => texts(cells, has_few_words, table, outcome),
        StoredAs::Date => Arc::new(days(cells, table, outcome)),
        StoredAs::Weight | StoredAs::Prn => Arc::new(numbers(name, keeps, cells, table, set_aside, outcome)?),
    };
    if set_aside.is_empty() {
        return Ok(Some(column));
    }
    let mut used = vec![true; table.height];
    set_aside.iter().for_each(|&row| used[row] = false);
    filter(&column, &BooleanArray::from(used)).map(Some).map_err(|problem| internal(&outcome.file, &problem))
}

/// The texts of a column, without blanks at their ends: by their codes, as long as the batches have few words.
fn texts(cells: &Cells<'_>, has_few_words: &mut bool, table: &RawTable<'_>, outcome: &mut Outcome) -> ArrayRef {
    if *has_few_words {
        match few_words(cells, table.height) {
            Some(coded) => return Arc::new(coded),
            None => *has_few_words = false,
        }
    }
    let blocks = by_block(table.height, |rows| {
        let (mut notes, mut as_it_is) = (Notes::default(), true);
        for row in rows {
            let Some(text) = cells.text(row) else { continue };
            as_it_is &= text.len() == text.trim().len() && !is_missing(text);
            if text.len() > LONG && text.chars().count() > LONG {
                notes.add(Note::LongField, row, text);
            }
        }
        (as_it_is, notes)
    });
    let as_it_is = blocks.iter().all(|(as_it_is, _)| *as_it_is);
    for (_, notes) in blocks {
        outcome.take(notes, |row| table.row_number(row), |row| table.raw(row));
    }
    match cells {
        Cells::Text(texts) if as_it_is => Arc::new(texts.clone()),
        _ => Arc::new((0..table.height).map(|row| cells.word(row).map(str::trim)).collect::<StringViewArray>()),
    }
}

/// A batch of texts as codes of its words; `None` if they are many, or there is a long text, which is noted row by row.
fn few_words(cells: &Cells<'_>, height: usize) -> Option<Words> {
    let blocks = by_block(height, |rows| Coded::of(rows.clone().map(|row| cells.text(row)), (rows.len() / 4).max(256)));
    let Coded { codes, words } = Coded::joined(blocks.into_iter().collect::<Option<_>>()?, |_| MOST_WORDS)?;
    if words.iter().any(|word| word.len() > LONG) {
        return None;
    }
    // Spellings of one word stay apart until all batches are joined.
    let words = words.into_iter().map(|word| Some(word.trim()).filter(|word| !is_missing(word)));
    let words: ArrayRef = Arc::new(words.collect::<StringViewArray>());
    let codes: UInt16Array = codes.into_iter().map(|code| u16::try_from(code).ok()).collect();
    Words::try_new(codes, words).ok()
}

fn days(cells: &Cells<'_>, table: &RawTable<'_>, outcome: &mut Outcome) -> Date32Array {
    let blocks = by_block(table.height, |rows| {
        let mut notes = Notes::default();
        let read = |row| match cells.day(row) {
            DayCell::Day(day) => Some(day),
            DayCell::Empty => None,
            DayCell::Bad => {
                notes.add(Note::BadDate, row, &cells.shown(row));
                None
            }
        };
        let days: Vec<Option<i32>> = rows.map(read).collect();
        (days, notes)
    });
    let mut all = Vec::with_capacity(table.height);
    for (days, notes) in blocks {
        all.extend(days);
        outcome.take(notes, |row| table.row_number(row), |row| table.raw(row));
    }
    Date32Array::from(all)
}

fn numbers(
    name: &str,
    keeps: StoredAs,
    cells: &Cells<'_>,
    table: &RawTable<'_>,
    set_aside: &[usize],
    outcome: &Outcome,
) -> Result<Float64Array, IngestError> {
    let need = match keeps {
        StoredAs::Prn => "a permanent random number lies strictly between 0 and 1",
        _ => "a weight is a number from 0 to 9,000,000,000",
    };
    let fits = |number: f64| match keeps {
        StoredAs::Prn => number > 0.0 && number < 1.0,
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
    Ok(Float64Array::from(all))
}

/// The rows `order` of a column whose batches are `parts`, in pieces of [`PART_ROWS`] rows; few words as a dictionary.
pub(super) fn in_order(parts: &[ArrayRef], order: &[u32]) -> Result<Vec<ArrayRef>, ArrowError> {
    if let Some(Coded { codes, words }) = coded(parts) {
        let number = words.len();
        let words: ArrayRef = Arc::new(StringArray::from_iter_values(words));
        // Rows are met all over the column: the fewer bytes it has, the more of it is at hand.
        const NOTHING: u8 = u8::MAX;
        if number < usize::from(NOTHING) {
            let small: Vec<u8> = codes.into_iter().map(|code| code.min(u32::from(NOTHING)) as u8).collect();
            let wide = |code: u8| if code == NOTHING { NO_WORD } else { u32::from(code) };
            return pieces_of_codes(order, &words, |row| wide(small[row as usize]));
        }
        return pieces_of_codes(order, &words, |row| codes[row as usize]);
    }
    let column = joined(parts)?;
    let as_it_is = order.len() == column.len() && order.par_iter().enumerate().all(|(at, &row)| at == row as usize);
    if as_it_is {
        let rows = (0..order.len()).step_by(PART_ROWS);
        return Ok(rows.map(|first| column.slice(first, PART_ROWS.min(order.len() - first))).collect());
    }
    order.par_chunks(PART_ROWS).map(|rows| take(&column, &UInt32Array::from(rows.to_vec()), None)).collect()
}

/// The rows `order` of a column by the codes of its words.
fn pieces_of_codes(
    order: &[u32],
    words: &ArrayRef,
    code: impl Fn(u32) -> u32 + Sync,
) -> Result<Vec<ArrayRef>, ArrowError> {
    let piece = |rows: &[u32]| -> Result<ArrayRef, ArrowError> {
        let mut codes: Vec<u32> = rows.iter().map(|&row| code(row)).collect();
        let nulls = codes.contains(&NO_WORD).then(|| codes.iter().map(|&code| code != NO_WORD).collect());
        codes.iter_mut().filter(|code| **code == NO_WORD).for_each(|code| *code = 0);
        Ok(Arc::new(DictionaryArray::try_new(UInt32Array::new(codes.into(), nulls), words.clone())?))
    };
    order.par_chunks(PART_ROWS).map(piece).collect()
}

/// A column as codes; `None` if it holds no texts, or hardly repeats them.
fn coded(parts: &[ArrayRef]) -> Option<Coded<'_>> {
    let coded: Vec<Option<Coded<'_>>> = parts.par_iter().map(coded_part).collect();
    Coded::joined(coded.into_iter().collect::<Option<_>>()?, |rows| MOST_WORDS.min(rows / 2))
}

/// A batch of a column as codes of the words that it has.
fn coded_part(part: &ArrayRef) -> Option<Coded<'_>> {
    let Some(batch) = part.as_dictionary_opt::<UInt16Type>() else {
        return Coded::of(part.as_string_view_opt()?.iter(), MOST_WORDS);
    };
    let texts = batch.values().as_string_view_opt()?;
    // Rows were set aside since: words are numbered as those left first have them.
    let (mut places, mut words) = (vec![None; texts.len()], Vec::new());
    let mut place = |code: usize| {
        *places[code].get_or_insert_with(|| {
            texts.is_valid(code).then(|| words.push(texts.value(code))).map_or(NO_WORD, |()| words.len() as u32 - 1)
        })
    };
    let codes = batch.keys().iter().map(|code| code.map_or(NO_WORD, |code| place(usize::from(code)))).collect();
    Some(Coded { codes, words })
}

/// The batches of a column in one; texts as texts.
pub(super) fn joined(parts: &[ArrayRef]) -> Result<ArrayRef, ArrowError> {
    let plain = |part: &ArrayRef| match part.data_type() {
        DataType::Dictionary(..) => cast(part, &DataType::Utf8View),
        _ => Ok(part.clone()),
    };
    let parts = parts.iter().map(plain).collect::<Result<Vec<_>, _>>()?;
    match parts.as_slice() {
        [only] => Ok(only.clone()),
        [] => Ok(Arc::new(StringViewArray::new_null(0))),
        _ => concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>()),
    }
}

/// A fault between this module and arrow.
pub(super) fn internal(file: &str, problem: &ArrowError) -> IngestError {
    IngestError::Malformed {
        file: file.to_owned(),
        format: "a table".to_owned(),
        problem: problem.to_string(),
        fix: "please report it with the file's layout".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::Attribute;
    use proptest::prelude::*;

    #[test]
    fn rows_are_put_in_order_across_batches() {
        let batch = |texts: &[&str]| -> ArrayRef { Arc::new(StringViewArray::from(texts.to_vec())) };
        for (batches, order) in [(["ca", "b"], [1, 2, 0]), (["ab", "c"], [0, 1, 2])] {
            let batches =
                batches.map(|texts| batch(&texts.split("").filter(|text| !text.is_empty()).collect::<Vec<_>>()));
            let pieces = in_order(&batches, &order).expect("texts");
            assert_eq!(pieces.len(), 1);
            assert_eq!(pieces[0].as_string_view().iter().flatten().collect::<String>(), "abc");
        }
    }

    proptest! {
        #[test]
        fn a_column_of_few_words_reads_as_it_was(
            batches in prop::collection::vec(prop::collection::vec(prop::option::of("[甲乙a]{0,5}"), 0..30), 1..4),
        ) {
            let texts: Vec<&Option<String>> = batches.iter().flatten().collect();
            let parts: Vec<ArrayRef> =
                batches.iter().map(|batch| Arc::new(batch.iter().collect::<StringViewArray>()) as ArrayRef).collect();
            let order: Vec<u32> = (0..texts.len() as u32).rev().collect();
            let pieces = in_order(&parts, &order).expect("texts");
            let read = pieces.into_iter().flat_map(|values| {
                let column = Attribute { name: "region".to_owned(), values };
                (0..column.values.len()).map(|row| column.text(row).map(str::to_owned)).collect::<Vec<_>>()
            });
            prop_assert!(read.eq(texts.into_iter().rev().cloned()));
        }
    }
}
