//! Record batches as a spreadsheet, byte for byte the same every time.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type};
use arrow::record_batch::RecordBatch;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::tables::TableSpec;
use super::text;

/// Rows of a sheet, header included.
pub(crate) const SHEET_ROWS: u64 = 1_048_576;

/// The workbook of one table: one sheet, Chinese headers, ids and dates as text, numbers as numbers. The creation
/// date in the document's properties is fixed.
pub(crate) fn workbook(spec: &TableSpec, batches: &[RecordBatch]) -> Result<Vec<u8>, XlsxError> {
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_title(&spec.title).set_creation_datetime(&created));
    let sheet = workbook.add_worksheet();
    for (column, number) in spec.columns.iter().zip(0u16..) {
        sheet.write_string(0, number, column.header)?;
    }
    let mut line = 1u32;
    for batch in batches {
        for row in 0..batch.num_rows() {
            for (array, number) in batch.columns().iter().zip(0u16..) {
                if array.is_null(row) {
                    continue;
                }
                match array.data_type() {
                    DataType::Float64 => {
                        sheet.write_number(line, number, array.as_primitive::<Float64Type>().value(row))?;
                    }
                    DataType::Int32 => {
                        sheet.write_number(line, number, array.as_primitive::<Int32Type>().value(row))?;
                    }
                    _ => {
                        sheet.write_string(line, number, text::cell(array.as_ref(), row))?;
                    }
                }
            }
            line += 1;
        }
    }
    workbook.save_to_buffer()
}
