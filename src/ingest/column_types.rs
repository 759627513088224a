//! Typed columns of Parquet and Arrow files turned into what a table needs: ids and words as text, never as rounded
//! numbers; numbers; days.

use std::fmt::Write;

use polars::prelude::{
    ArrowDataType, ChunkFullNull, ChunkedArray, DataType, Int32Chunked, Int64Chunked, NewChunkedArray, PolarsError,
    PolarsResult, Series, StringChunked, StringChunkedBuilder, TimeUnit,
};

use super::error::IngestError;
use super::excel::show_number;
use super::layout::Reads;
use super::raw::{Cells, show_day};

/// Whole numbers below it are exact in a float of 64 bits.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// Refuses a column whose type cannot stand for what is read from it.
pub(super) fn check_type(file: &str, header: &str, kind: &ArrowDataType, reads: Reads) -> Result<(), IngestError> {
    use ArrowDataType as K;
    let fix = match kind {
        K::Utf8 | K::LargeUtf8 | K::Utf8View | K::Binary | K::LargeBinary | K::BinaryView | K::Null => return Ok(()),
        K::Int8 | K::Int16 | K::Int32 | K::Int64 | K::UInt8 | K::UInt16 | K::UInt32 | K::UInt64 => return Ok(()),
        K::Float32 | K::Float64 | K::Decimal(..) => return Ok(()),
        K::Date32 | K::Date64 | K::Timestamp(_, None) if reads == Reads::Number => "write it as a number",
        K::Date32 | K::Date64 | K::Timestamp(_, None) => return Ok(()),
        K::Boolean if reads == Reads::Text => return Ok(()),
        K::Timestamp(_, Some(_)) => "write it as a date without time and zone, so that its day is certain",
        K::Dictionary(..) => "write it as plain text instead of categories",
        _ => "write it as text",
    };
    Err(IngestError::UnsupportedType {
        file: file.to_owned(),
        header: header.to_owned(),
        kind: format!("{kind:?}"),
        fix: fix.to_owned(),
    })
}

/// A column as the table needs it.
#[derive(Debug)]
pub(super) struct Typed {
    /// The cells, in one chunk.
    pub cells: Cells,
    /// Rows whose bytes are not UTF-8.
    pub broken: Vec<usize>,
    /// Rows whose id is kept as a floating number that still has all its digits.
    pub rounded: Vec<usize>,
}

impl From<Cells> for Typed {
    fn from(cells: Cells) -> Self {
        Self { cells, broken: Vec::new(), rounded: Vec::new() }
    }
}

impl Typed {
    /// Converts a column.
    pub fn of(series: &Series, reads: Reads) -> PolarsResult<Self> {
        let numeric = series.dtype().is_primitive_numeric() || matches!(series.dtype(), DataType::Decimal(..));
        if reads == Reads::Number && numeric {
            let numbers = series.cast(&DataType::Float64)?;
            return Ok(Cells::Number(one_chunk(numbers.f64()?)).into());
        }
        match series.dtype() {
            DataType::String => Ok(Cells::Text(one_chunk(series.str()?)).into()),
            DataType::Binary => Self::of_bytes(series),
            DataType::Null => Ok(Cells::Text(StringChunked::full_null(series.name().clone(), series.len())).into()),
            DataType::Boolean => {
                let texts = series.bool()?.iter().map(|value| value.map(|value| if value { "true" } else { "false" }));
                Ok(Cells::Text(texts_of(series, texts)).into())
            }
            DataType::Float32 | DataType::Float64 => Self::of_floats(series, reads),
            DataType::Decimal(..) => {
                let texts = series.cast(&DataType::String)?;
                let texts = texts.str()?.iter().map(|text| text.map(without_idle_zeros));
                Ok(Cells::Text(texts_of(series, texts)).into())
            }
            DataType::Date | DataType::Datetime(..) => {
                let days = days_of(series)?;
                if reads == Reads::Date {
                    return Ok(Cells::Days(one_chunk(&days)).into());
                }
                let texts = days.iter().map(|day| day.map(show_day));
                Ok(Cells::Text(texts_of(series, texts)).into())
            }
            kind if kind.is_integer() => {
                let texts = series.cast(&DataType::String)?;
                Ok(Cells::Text(one_chunk(texts.str()?)).into())
            }
            kind => Err(PolarsError::InvalidOperation(format!("the type {kind} is not read").into())),
        }
    }

    fn of_bytes(series: &Series) -> PolarsResult<Self> {
        let mut broken = Vec::new();
        let mut builder = StringChunkedBuilder::new(series.name().clone(), series.len());
        for (row, bytes) in series.binary()?.iter().enumerate() {
            match bytes.map(std::str::from_utf8) {
                None => builder.append_null(),
                Some(Ok(text)) => builder.append_value(text),
                Some(Err(_)) => {
                    broken.push(row);
                    builder.append_value(String::from_utf8_lossy(bytes.unwrap_or_default()));
                }
            }
        }
        Ok(Self { broken, ..Cells::Text(builder.finish()).into() })
    }

    /// Floats as digits; NaN, with which writers mark a missing cell, becomes null.
    fn of_floats(series: &Series, reads: Reads) -> PolarsResult<Self> {
        let numbers = series.cast(&DataType::Float64)?;
        let mut rounded = Vec::new();
        let mut builder = StringChunkedBuilder::new(series.name().clone(), series.len());
        let mut text = String::new();
        for (row, number) in numbers.f64()?.iter().enumerate() {
            let Some(number) = number.filter(|number| !number.is_nan()) else {
                builder.append_null();
                continue;
            };
            text.clear();
            if number.fract() == 0.0 && number.abs() < EXACT_BELOW {
                let _ = write!(text, "{number:.0}");
                if reads == Reads::Id {
                    rounded.push(row);
                }
            } else {
                text.push_str(&show_number(number));
            }
            builder.append_value(&text);
        }
        Ok(Self { rounded, ..Cells::Text(builder.finish()).into() })
    }
}

/// Days since 1970-01-01; null outside the range of 32 bits.
fn days_of(series: &Series) -> PolarsResult<Int32Chunked> {
    let per_day: i64 = match series.dtype() {
        DataType::Datetime(TimeUnit::Nanoseconds, _) => 86_400_000_000_000,
        DataType::Datetime(TimeUnit::Microseconds, _) => 86_400_000_000,
        DataType::Datetime(TimeUnit::Milliseconds, _) => 86_400_000,
        _ => return Ok(series.to_physical_repr().i32()?.clone()),
    };
    let physical = series.to_physical_repr();
    let moments: &Int64Chunked = physical.i64()?;
    let days = moments.iter().map(|moment| moment.and_then(|moment| i32::try_from(moment.div_euclid(per_day)).ok()));
    Ok(Int32Chunked::from_iter_options(series.name().clone(), days))
}

fn texts_of<S: AsRef<str>>(series: &Series, texts: impl Iterator<Item = Option<S>>) -> StringChunked {
    let mut builder = StringChunkedBuilder::new(series.name().clone(), series.len());
    texts.for_each(|text| builder.append_option(text));
    builder.finish()
}

fn without_idle_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

fn one_chunk<T: polars::prelude::PolarsDataType>(cells: &ChunkedArray<T>) -> ChunkedArray<T> {
    cells.rechunk().into_owned()
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoSeries, NamedFrom};

    use super::*;

    fn texts(series: Series, reads: Reads) -> Vec<Option<String>> {
        let typed = Typed::of(&series, reads).expect("a type that is read");
        (0..series.len()).map(|row| typed.cells.text(row).map(str::to_owned)).collect()
    }

    #[test]
    fn ids_kept_as_numbers_keep_their_digits() {
        let integers = Series::new("entity_id".into(), [440_301_103_097_413_i64]);
        assert_eq!(texts(integers, Reads::Id), [Some("440301103097413".to_owned())]);
        let floats =
            Series::new("entity_id".into(), [Some(440_301_103_097_413.0), Some(9.15e17), Some(f64::NAN), None]);
        assert_eq!(
            texts(floats.clone(), Reads::Id),
            [Some("440301103097413".to_owned()), Some("9.15E+17".to_owned()), None, None]
        );
        assert_eq!(Typed::of(&floats, Reads::Id).expect("floats").rounded, [0]);
    }

    #[test]
    fn a_moment_falls_on_its_day_before_1970_too() {
        let moments = Series::new("d".into(), [-1_i64, 0, 86_400_000]);
        let moments = moments.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).expect("moments");
        let days = days_of(&moments).expect("days");
        assert_eq!(days.iter().collect::<Vec<_>>(), [Some(-1), Some(0), Some(1)]);
    }

    #[test]
    fn bytes_that_are_not_text_are_named() {
        let bytes = polars::prelude::BinaryChunked::from_slice("name".into(), &[b"ab".as_slice(), b"\xFF"]);
        assert_eq!(Typed::of(&bytes.into_series(), Reads::Text).expect("bytes").broken, [1]);
    }

    #[test]
    fn nested_columns_are_refused_with_a_fix() {
        let kind = ArrowDataType::Timestamp(polars::datatypes::ArrowTimeUnit::Second, Some("UTC".into()));
        let error = check_type("a.parquet", "成立日期", &kind, Reads::Date).expect_err("a zone");
        assert!(error.to_string().contains("without time and zone"), "{error}");
    }

    #[test]
    fn numbers_of_any_type_are_numbers() {
        let typed = Typed::of(&Series::new("score".into(), [1_i32, 2]), Reads::Number).expect("integers");
        assert_eq!(typed.cells.number(1), super::super::raw::NumberCell::Value(2.0));
    }
}
