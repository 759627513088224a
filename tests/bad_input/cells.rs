//! Cells of workbooks and typed files: odd ones in a sheet, unfit types, numbers where ids should be.

use super::*;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use arrow::datatypes::Int32Type;
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::{Formula, Workbook, Worksheet};
use std::sync::Arc;

/// A plan over a file of another name.
pub fn over(file: &str) -> String {
    reading(&format!("path = \"{file}\""))
}

pub fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("memory");
    writer.into_inner().expect("memory")
}

pub fn texts<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

pub fn statuses() -> ArrayRef {
    texts(["live"; 3])
}

/// A workbook of one sheet.
pub fn sheet(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().expect("memory")
}

pub fn headers(sheet: &mut Worksheet, names: &[&str]) {
    sheet.write_row(0, 0, names.iter().copied()).expect("a row");
}

#[test]
fn sheets_without_rows_are_refused_and_their_odd_cells_are_set_aside() {
    let [a, b] = [1, 2].map(entity_id);
    let file = "r.xlsx";
    let odd = sheet(|sheet| {
        headers(sheet, &["entity_id", "name", "status", "成立日期"]);
        sheet.write_row(1, 0, [&a, "'=1+1", "live", "9999-09-09"]).expect("a row");
        sheet.write_number(2, 0, 915_001_182_037_909_000.0).expect("a cell");
        sheet.write_formula(3, 0, Formula::new("=1/0").set_result("#DIV/0!")).expect("a cell");
        sheet.write_string(4, 1, "无号").expect("a cell");
        sheet.write_number(6, 0, 440_301_103_097_413.0).expect("a cell");
        sheet.write_string(6, 2, "live").expect("a cell");
        sheet.write_row(7, 0, [&b, "=cmd|' /C calc'!A0", "live", "2023-02-30"]).expect("a row");
    });
    assert_cases(vec![
        refused("an empty workbook", 3, &["r.xlsx holds no rows"]).file(file, sheet(|_| ())).plan(over(file)),
        refused("a sheet of a header", 3, &["r.xlsx holds no rows"])
            .file(file, sheet(|sheet| headers(sheet, &["entity_id", "status"])))
            .plan(over(file)),
        refused("a sheet without a header", 3, &["r.xlsx", "entity_id", "row 1 begins with \"甲\""])
            .file(file, sheet(|sheet| headers(sheet, &["甲", "乙"])))
            .plan(over(file)),
        refused("a sheet that is not there", 3, &["r.xlsx: no sheet \"名录\"", "\"Sheet1\"", "correct `sheet`"])
            .file(file, sheet(|sheet| headers(sheet, &["entity_id"])))
            .plan(reading("path = \"r.xlsx\"\nsheet = \"名录\"")),
        accepted("numbers for ids, errors, formulas and blank rows in a sheet")
            .file(file, odd)
            .plan(over(file))
            .set_aside_of(file, &[(3, "mangled-key"), (4, "error-cell"), (5, "missing-key")])
            .warns("blank-rows", "1 blank rows")
            .warns("bad-date", "row 8 \"2023-02-30\"")
            .cell(&a, "name", "'=1+1")
            .cell(&a, "registration_date", "9999-09-09")
            .cell(&b, "name", "=cmd|' /C calc'!A0")
            .cell("440301103097413", "status", "live"),
    ]);
}

#[test]
fn columns_of_unfit_types_are_refused_and_numbers_for_ids_keep_their_digits() {
    let file = "r.parquet";
    let ids = || texts((0..3).map(entity_id));
    let weighing = || over(file).replace("[output]", "[weight]\ncolumn = \"size\"\n\n[output]");
    let sizes = |values: [Option<f64>; 3]| {
        parquet(vec![
            ("entity_id", ids()),
            ("status", statuses()),
            ("size", Arc::new(Float64Array::from(values.to_vec()))),
        ])
    };
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]); 3]);
    assert_cases(vec![
        refused("a typed weight that is not a number", 3, &["r.parquet, row 2", "size is \"NaN\""])
            .says(format!("entity {}", entity_id(1)))
            .file(file, sizes([Some(1.0), Some(f64::NAN), Some(2.0)]))
            .plan(weighing()),
        refused("a typed weight without end", 3, &["r.parquet, row 3", "size is \"inf\""])
            .file(file, sizes([Some(1.0), Some(2.0), Some(f64::INFINITY)]))
            .plan(weighing()),
        refused("a typed negative weight", 3, &["r.parquet, row 1", "size is \"-0.5\""])
            .file(file, sizes([Some(-0.5), Some(2.0), Some(1.0)]))
            .plan(weighing()),
        refused("a typed weight that is null", 3, &["r.parquet, row 1", "size is empty"])
            .file(file, sizes([None, Some(2.0), Some(1.0)]))
            .plan(weighing()),
        refused("days for weights", 3, &["r.parquet", "\"size\"", "write it as a number"])
            .file(
                file,
                parquet(vec![
                    ("entity_id", ids()),
                    ("status", statuses()),
                    ("size", Arc::new(Date32Array::from(vec![1, 2, 3]))),
                ]),
            )
            .plan(weighing()),
        refused("lists for names", 3, &["r.parquet", "\"name\"", "write it as text"])
            .file(file, parquet(vec![("entity_id", ids()), ("status", statuses()), ("name", Arc::new(lists))]))
            .plan(over(file)),
        refused("truth values for ids", 3, &["r.parquet", "\"entity_id\""])
            .file(file, parquet(vec![("entity_id", Arc::new(BooleanArray::from(vec![true, false, true])))]))
            .plan(over(file)),
        refused("a Parquet file of another table", 3, &["r.parquet", "the column entity_id", "\"甲\""])
            .file(file, parquet(vec![("甲", ids())]))
            .plan(over(file)),
        refused("a Parquet file without rows", 3, &["r.parquet holds no rows"])
            .file(file, parquet(vec![("entity_id", texts::<&str>([])), ("status", texts::<&str>([]))]))
            .plan(over(file)),
        accepted("whole numbers for ids")
            .file(
                file,
                parquet(vec![
                    (
                        "entity_id",
                        Arc::new(Int64Array::from(vec![Some(440_301_103_097_413), None, Some(110_108_012_660_422)])),
                    ),
                    ("status", statuses()),
                ]),
            )
            .plan(over(file))
            .set_aside_of(file, &[(2, "missing-key")])
            .cell("440301103097413", "eligible", "true"),
        accepted("floating numbers for ids")
            .file(
                file,
                parquet(vec![
                    ("entity_id", Arc::new(Float64Array::from(vec![440_301_103_097_413.0, 9.15e17, f64::NAN]))),
                    ("status", statuses()),
                ]),
            )
            .plan(over(file))
            .warns("number-as-id", ": 1 ids")
            .set_aside_of(file, &[(2, "mangled-key"), (3, "missing-key")])
            .cell("440301103097413", "eligible", "true"),
        accepted("a formula in a typed file")
            .file(
                file,
                parquet(vec![("entity_id", ids()), ("name", texts(["=1+1", "@x", ""])), ("status", statuses())]),
            )
            .plan(over(file))
            .cell(entity_id(0), "name", "=1+1")
            .null(entity_id(2), "name"),
    ]);
}
