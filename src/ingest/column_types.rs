//! Typed columns of Parquet and Arrow files turned into what a table needs: ids and words as text, never as rounded
//! numbers; numbers; days.

use std::sync::Arc;

use arrow::array::builder::StringViewBuilder;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Date32Array, Float64Array, Int64Array, LargeListArray,
    StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use arrow::error::ArrowError;

use crate::terms;

use super::error::IngestError;
use super::excel::show_number;
use super::layout::ReadAs;
use super::raw::Cells;

/// Whole numbers below it are exact in a float of 64 bits.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// Refuses a column whose type cannot stand for what is read from it.
pub(super) fn check_type(file: &str, header: &str, kind: &DataType, reads: ReadAs) -> Result<(), IngestError> {
    use DataType as K;
    let (shown, fix) = match kind {
        K::Utf8 | K::LargeUtf8 | K::Utf8View | K::Binary | K::LargeBinary | K::BinaryView | K::Null => return Ok(()),
        K::Dictionary(_, values) => return check_type(file, header, values, reads),
        // Several words in one cell: read as if they stood there joined by semicolons.
        K::List(item) | K::LargeList(item)
            if reads == ReadAs::Words && matches!(item.data_type(), K::Utf8 | K::LargeUtf8 | K::Utf8View) =>
        {
            return Ok(());
        }
        kind if kind.is_integer() || kind.is_floating() || is_decimal(kind) => return Ok(()),
        K::Date32 | K::Date64 | K::Timestamp(_, None) if reads != ReadAs::Number => return Ok(()),
        K::Date32 | K::Date64 | K::Timestamp(_, None) => (kind.to_string(), "write it as a number"),
        K::Boolean if matches!(reads, ReadAs::Text | ReadAs::Words) => return Ok(()),
        K::Timestamp(..) => (kind.to_string(), "write it as a date without time and zone, so that its day is certain"),
        K::RunEndEncoded(..) => ("run-end encoded".to_owned(), "write it as plain text instead of runs"),
        K::Union(..) => ("union".to_owned(), "write it as a column of one type, such as text"),
        _ => (kind.to_string(), "write it as text"),
    };
    Err(IngestError::UnsupportedType {
        file: file.to_owned(),
        header: header.to_owned(),
        kind: shown,
        fix: fix.to_owned(),
    })
}

fn is_decimal(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..)
    )
}

/// A column as the table needs it.
#[derive(Debug)]
pub(super) struct Typed {
    /// The cells.
    pub cells: Cells<'static>,
    /// Rows whose bytes are not UTF-8.
    pub broken: Vec<usize>,
    /// Rows whose id is kept as a floating number that still has all its digits.
    pub rounded: Vec<usize>,
}

impl From<Cells<'static>> for Typed {
    fn from(cells: Cells<'static>) -> Self {
        Self { cells, broken: Vec::new(), rounded: Vec::new() }
    }
}

impl Typed {
    /// Converts a column whose type [`check_type`] accepts.
    pub fn of(column: &ArrayRef, reads: ReadAs) -> Result<Self, ArrowError> {
        let kind = column.data_type();
        let is_number = kind.is_integer() || kind.is_floating() || is_decimal(kind);
        if reads == ReadAs::Number && is_number {
            let numbers: Float64Array = cast(column, &DataType::Float64)?.as_primitive().clone();
            return Ok(Cells::Number(numbers).into());
        }
        match kind {
            DataType::Dictionary(_, values) => Self::of(&cast(column, values)?, reads),
            DataType::List(item) => {
                let kind = DataType::LargeList(item.clone());
                Self::of(&cast(column, &kind)?, reads)
            }
            DataType::LargeList(_) => joined(column.as_list::<i64>()),
            DataType::Utf8View => Ok(Cells::Text(column.as_string_view().clone()).into()),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                Ok(Self::of_bytes(cast(column, &DataType::BinaryView)?.as_binary_view()))
            }
            DataType::Null => Ok(Cells::Text(StringViewArray::new_null(column.len())).into()),
            DataType::Boolean => Ok(Cells::Text(truths(column.as_boolean())).into()),
            kind if kind.is_floating() => Ok(Self::of_floats(cast(column, &DataType::Float64)?.as_primitive(), reads)),
            kind if is_decimal(kind) => {
                let texts = cast(column, &DataType::Utf8View)?;
                Ok(Cells::Text(texts.as_string_view().iter().map(|text| text.map(without_idle_zeros)).collect()).into())
            }
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
                let days = days_of(column)?;
                if reads == ReadAs::Date {
                    return Ok(Cells::Days(days).into());
                }
                Ok(Cells::Text(days.iter().map(|day| day.map(terms::show_day)).collect()).into())
            }
            _ => Ok(Cells::Text(cast(column, &DataType::Utf8View)?.as_string_view().clone()).into()),
        }
    }

    fn of_bytes(bytes: &BinaryViewArray) -> Self {
        let mut broken = Vec::new();
        let mut builder = StringViewBuilder::with_capacity(bytes.len());
        for (row, bytes) in bytes.iter().enumerate() {
            match bytes.map(std::str::from_utf8) {
                None => builder.append_null(),
                Some(Ok(text)) => builder.append_value(text),
                Some(Err(_)) => {
                    broken.push(row);
                    builder.append_value(String::from_utf8_lossy(bytes.unwrap_or_default()));
                }
            }
        }
        Self { broken, ..Cells::Text(builder.finish()).into() }
    }

    /// Floats as digits; NaN, with which writers mark a missing cell, becomes null.
    fn of_floats(numbers: &Float64Array, reads: ReadAs) -> Self {
        let mut rounded = Vec::new();
        let mut builder = StringViewBuilder::with_capacity(numbers.len());
        for (row, number) in numbers.iter().enumerate() {
            let Some(number) = number.filter(|number| !number.is_nan()) else {
                builder.append_null();
                continue;
            };
            if number.fract() == 0.0 && number.abs() < EXACT_BELOW {
                builder.append_value(format!("{number:.0}"));
                if reads == ReadAs::Id {
                    rounded.push(row);
                }
            } else {
                builder.append_value(show_number(number));
            }
        }
        Self { rounded, ..Cells::Text(builder.finish()).into() }
    }
}

/// Days since 1970-01-01. A moment beyond the range of 32 bits falls on its last day, which is no day of the calendar.
fn days_of(column: &ArrayRef) -> Result<Date32Array, ArrowError> {
    let per_day: i64 = match column.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, _) => 86_400_000_000_000,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 86_400_000_000,
        DataType::Timestamp(TimeUnit::Second, _) => 86_400,
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => 86_400_000,
        _ => return Ok(column.as_primitive().clone()),
    };
    let moments: ArrayRef = cast(column, &DataType::Int64)?;
    let moments: &Int64Array = moments.as_primitive::<Int64Type>();
    let last = |moment: i64| if moment < 0 { i32::MIN } else { i32::MAX };
    let day = |moment: i64| i32::try_from(moment.div_euclid(per_day)).unwrap_or_else(|_| last(moment));
    Ok(moments.iter().map(|moment| moment.map(day)).collect())
}

/// The words of each cell, joined by semicolons.
fn joined(lists: &LargeListArray) -> Result<Typed, ArrowError> {
    let mut builder = StringViewBuilder::with_capacity(lists.len());
    let words = cast(lists.values(), &DataType::Utf8View)?;
    let words = words.as_string_view();
    for (row, ends) in lists.offsets().windows(2).enumerate() {
        if lists.is_null(row) {
            builder.append_null();
            continue;
        }
        let of_cell = (ends[0] as usize..ends[1] as usize).filter(|&at| words.is_valid(at)).map(|at| words.value(at));
        builder.append_value(of_cell.collect::<Vec<_>>().join(";"));
    }
    Ok(Cells::Text(builder.finish()).into())
}

fn truths(values: &BooleanArray) -> StringViewArray {
    values.iter().map(|value| value.map(|value| if value { "true" } else { "false" })).collect()
}

fn without_idle_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The columns of a record batch with texts as views.
pub(super) fn viewed(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => cast(column, &DataType::Utf8View),
        _ => Ok(Arc::clone(column)),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Array, TimestampMillisecondArray};

    use super::*;

    fn texts(column: ArrayRef, reads: ReadAs) -> Vec<Option<String>> {
        let typed = Typed::of(&column, reads).expect("a type that is read");
        (0..column.len()).map(|row| typed.cells.text(row).map(str::to_owned)).collect()
    }

    #[test]
    fn ids_kept_as_numbers_keep_their_digits() {
        let integers = Arc::new(Int64Array::from(vec![440_301_103_097_413]));
        assert_eq!(texts(integers, ReadAs::Id), [Some("440301103097413".to_owned())]);
        let floats: ArrayRef =
            Arc::new(Float64Array::from(vec![Some(440_301_103_097_413.0), Some(9.15e17), Some(f64::NAN), None]));
        assert_eq!(
            texts(floats.clone(), ReadAs::Id),
            [Some("440301103097413".to_owned()), Some("9.15E+17".to_owned()), None, None]
        );
        assert_eq!(Typed::of(&floats, ReadAs::Id).expect("floats").rounded, [0]);
    }

    #[test]
    fn a_moment_falls_on_its_day_before_1970_too_and_far_ones_on_no_day() {
        let moments: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![-1, 0, 86_400_000, i64::MAX]));
        let days = days_of(&moments).expect("days");
        assert_eq!(days.values(), &[-1, 0, 1, i32::MAX]);
    }

    #[test]
    fn bytes_that_are_not_text_are_named() {
        let bytes: ArrayRef = Arc::new(BinaryViewArray::from(vec![b"ab".as_slice(), b"\xFF"]));
        assert_eq!(Typed::of(&bytes, ReadAs::Text).expect("bytes").broken, [1]);
    }

    #[test]
    fn types_that_are_not_read_are_refused_by_name_with_a_fix() {
        let zoned = DataType::Timestamp(TimeUnit::Second, Some("UTC".into()));
        let error = check_type("a.parquet", "成立日期", &zoned, ReadAs::Date).expect_err("a zone");
        assert!(error.to_string().contains("without time and zone"), "{error}");
        let runs = DataType::RunEndEncoded(
            Arc::new(arrow::datatypes::Field::new("run_ends", DataType::Int32, false)),
            Arc::new(arrow::datatypes::Field::new("values", DataType::Utf8, true)),
        );
        let error = check_type("a.arrow", "企业名称", &runs, ReadAs::Text).expect_err("runs");
        assert!(error.to_string().contains("run-end encoded"), "{error}");
    }

    #[test]
    fn numbers_of_any_type_are_numbers() {
        let integers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let typed = Typed::of(&integers, ReadAs::Number).expect("integers");
        assert_eq!(typed.cells.number(1), super::super::raw::NumberCell::Value(2.0));
    }
}
