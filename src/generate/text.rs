//! Record batches as comma-separated text: Chinese headers, ISO dates, shortest numbers, quotes where needed.

use std::fmt::Write as _;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type};
use arrow::record_batch::RecordBatch;
use encoding_rs::GB18030;

use super::format::{TextEncoding, TextFormat};
use super::tables::TableSpec;

/// What stands above the rows: byte-order mark, banner row and header row, as asked for.
pub(crate) fn head(spec: &TableSpec, format: TextFormat) -> Vec<u8> {
    let mut text = String::new();
    if format.encoding == TextEncoding::Utf8Bom {
        text.push('\u{feff}');
    }
    if format.banner {
        push_field(&mut text, &spec.title);
        text.extend(std::iter::repeat_n(',', spec.columns.len().saturating_sub(1)));
        text.push('\n');
    }
    for (i, column) in spec.columns.iter().enumerate() {
        text.push_str(if i > 0 { "," } else { "" });
        push_field(&mut text, column.header);
    }
    text.push('\n');
    encode(text, format)
}

/// The rows of a batch.
pub(crate) fn rows(batch: &RecordBatch, format: TextFormat) -> Vec<u8> {
    let mut text = String::with_capacity(batch.num_rows() * 80);
    for row in 0..batch.num_rows() {
        for (i, array) in batch.columns().iter().enumerate() {
            text.push_str(if i > 0 { "," } else { "" });
            push_cell(&mut text, array.as_ref(), row);
        }
        text.push('\n');
    }
    encode(text, format)
}

/// A cell as text, nothing if it is empty. Dates as 2023-02-07, truth values as 是 and 否.
pub(crate) fn cell(array: &dyn Array, row: usize) -> String {
    let mut text = String::new();
    if array.is_valid(row) {
        match array.data_type() {
            DataType::Utf8 => text.push_str(array.as_string::<i32>().value(row)),
            DataType::Date32 => push_date(&mut text, array.as_primitive::<Date32Type>().value(row)),
            // Writing to a string cannot fail.
            DataType::Float64 => _ = write!(text, "{}", array.as_primitive::<Float64Type>().value(row)),
            DataType::Int32 => _ = write!(text, "{}", array.as_primitive::<Int32Type>().value(row)),
            DataType::Boolean => text.push_str(if array.as_boolean().value(row) { "是" } else { "否" }),
            // No generated table has a column of another type.
            _ => {}
        }
    }
    text
}

fn push_cell(text: &mut String, array: &dyn Array, row: usize) {
    if *array.data_type() == DataType::Utf8 {
        if array.is_valid(row) {
            push_field(text, array.as_string::<i32>().value(row));
        }
    } else {
        text.push_str(&cell(array, row));
    }
}

fn push_field(text: &mut String, field: &str) {
    if field.contains([',', '"', '\n', '\r']) {
        text.push('"');
        text.push_str(&field.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(field);
    }
}

/// Days since 1970-01-01 as a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date
/// algorithms", civil_from_days).
fn push_date(text: &mut String, days: i32) {
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // Writing to a string cannot fail.
    _ = write!(text, "{year:04}-{month:02}-{day:02}");
}

fn encode(text: String, format: TextFormat) -> Vec<u8> {
    match format.encoding {
        TextEncoding::Utf8 | TextEncoding::Utf8Bom => text.into_bytes(),
        TextEncoding::Gb18030 => GB18030.encode(&text).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for date in ["1970-01-01", "1984-01-01", "2000-02-29", "2023-02-07", "2023-12-31", "9999-09-09", "1969-12-31"] {
            let days = super::super::subjects::days_since_epoch(date.parse().unwrap());
            let mut text = String::new();
            push_date(&mut text, days);
            assert_eq!(text, date);
        }
    }

    #[test]
    fn fields_with_commas_and_quotes_are_quoted() {
        let mut text = String::new();
        for field in ["永川,区", "a\"b", "公司"] {
            push_field(&mut text, field);
            text.push(';');
        }
        assert_eq!(text, "\"永川,区\";\"a\"\"b\";公司;");
    }
}
