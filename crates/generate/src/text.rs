//! Record batches as comma-separated text: Chinese headers, ISO dates, shortest numbers, quotes where needed.

use std::borrow::Cow;
use std::io;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type};
use arrow::record_batch::RecordBatch;
use encoding_rs::GB18030;

use super::format::{TextEncoding, TextFormat};
use super::tables::TableSpec;
use fairdraw_core::terms::show_day;

/// What stands above the rows: byte-order mark, banner row and header row, as asked for.
///
/// # Errors
/// Never in practice: only if the table has no columns.
pub(crate) fn head(spec: &TableSpec, format: TextFormat) -> io::Result<Vec<u8>> {
    let mark = if format.encoding == TextEncoding::Utf8Bom { "\u{feff}" } else { "" };
    let mut writer = csv::Writer::from_writer(mark.as_bytes().to_vec());
    if format.banner {
        let empty = std::iter::repeat_n("", spec.columns.len().saturating_sub(1));
        writer.write_record(std::iter::once(spec.title.as_str()).chain(empty))?;
    }
    writer.write_record(spec.columns.iter().map(|column| column.header))?;
    encode(writer, format)
}

/// The rows of a batch.
///
/// # Errors
/// Never in practice: memory takes every byte, and all rows of a batch have the same length.
pub(crate) fn rows(batch: &RecordBatch, format: TextFormat) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(batch.num_rows() * 80));
    for row in 0..batch.num_rows() {
        for array in batch.columns() {
            writer.write_field(cell(array.as_ref(), row).as_bytes())?;
        }
        // Ends the row.
        writer.write_record(None::<&[u8]>)?;
    }
    encode(writer, format)
}

/// A cell as text, nothing if it is empty. Dates as 2023-02-07, truth values as 是 and 否.
pub(crate) fn cell(array: &dyn Array, row: usize) -> Cow<'_, str> {
    if array.is_null(row) {
        return "".into();
    }
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::Date32 => show_day(array.as_primitive::<Date32Type>().value(row)).into(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string().into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string().into(),
        DataType::Boolean if array.as_boolean().value(row) => "是".into(),
        DataType::Boolean => "否".into(),
        // No generated table has a column of another type.
        _ => "".into(),
    }
}

/// What was written, in the encoding asked for.
fn encode(writer: csv::Writer<Vec<u8>>, format: TextFormat) -> io::Result<Vec<u8>> {
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    if format.encoding != TextEncoding::Gb18030 {
        return Ok(bytes);
    }
    let text = std::str::from_utf8(&bytes).map_err(io::Error::other)?;
    Ok(GB18030.encode(text).0.into_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};

    use super::*;

    #[test]
    fn fields_with_commas_quotes_and_line_breaks_are_quoted_and_no_others() {
        let columns = [["永川,区", "公司"], ["a\"b", ""], ["一\n二", " 1 "]]
            .map(|cells| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef);
        let batch = RecordBatch::try_from_iter(["a", "b", "c"].into_iter().zip(columns)).unwrap();
        let text = String::from_utf8(rows(&batch, TextFormat::default()).unwrap()).unwrap();
        assert_eq!(text, "\"永川,区\",\"a\"\"b\",\"一\n二\"\n公司,, 1 \n");
    }
}
