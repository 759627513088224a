//! Parquet and Arrow.

use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IpcWriter, NamedFrom, NewChunkedArray, ParquetWriter, SerWriter, Series,
    StringChunked, TimeUnit,
};

use super::*;

fn frame(columns: Vec<Column>) -> DataFrame {
    DataFrame::new_infer_height(columns).expect("columns of one length")
}

fn parquet(desk: &Desk, name: &str, frame: &mut DataFrame, group: usize) {
    let file = std::fs::File::create(desk.path(name)).expect("a file");
    ParquetWriter::new(file).with_row_group_size(Some(group)).finish(frame).expect("a Parquet file");
    assert!(exists(&desk.path(name)));
}

fn text(name: &str, values: &[Option<&str>]) -> Column {
    StringChunked::from_slice_options(name.into(), values).into_column()
}

fn registry() -> DataFrame {
    frame(vec![
        text("企业名称", &[Some("甲公司"), Some(" 乙 "), None, Some("again")]),
        Column::new("无关".into(), [1_i64, 2, 3, 4]),
        text("entity_id", &[Some(A), Some(B), None, Some(A)]),
        Column::new("region".into(), [500_118_i32, 500_112, 1, 2]),
        Series::new("成立日期".into(), [19_395_i32, 0, 1, 2]).cast(&DataType::Date).expect("dates").into_column(),
    ])
}

#[test]
fn parquet_and_arrow_give_the_same_tables() {
    let desk = Desk::new();
    parquet(&desk, "r.parquet", &mut registry(), 2);
    let file = std::fs::File::create(desk.path("r.arrow")).expect("a file");
    IpcWriter::new(file).finish(&mut registry()).expect("an Arrow file");
    for (name, format) in [("r.parquet", "parquet"), ("r.arrow", "arrow")] {
        let tables = desk.read(&format!("[inputs.entities]\npath = \"{name}\"\n")).expect("a readable file");
        assert_eq!(tables.ids(), [B, A], "{name}");
        assert_eq!(tables.texts("name"), texts(&["乙", "甲公司"]), "{name}");
        assert_eq!(tables.texts("region"), texts(&["500112", "500118"]), "{name}");
        assert_eq!(tables.days("registration_date"), [Some(0), Some(19_395)], "{name}");
        assert_eq!(tables.set_aside(), ["3 missing-key", "4 duplicate-key"], "{name}");
        assert!(tables.quarantine[1].raw.contains("again"), "{}", tables.quarantine[1].raw);
        assert!(tables.quarantine[1].detail.contains("row 1"), "{}", tables.quarantine[1].detail);
        assert_eq!((tables.receipts[0].format.as_str(), tables.receipts[0].sha256.len()), (format, 64));
        tables.assert_balanced();
    }
}

#[test]
fn ids_kept_as_numbers_are_read_digit_by_digit_or_set_aside() {
    let desk = Desk::new();
    let ids = Column::new("entity_id".into(), [440_301_103_097_413.0, 9.15e17, f64::NAN, 1.5]);
    parquet(&desk, "r.parquet", &mut frame(vec![ids]), 10);
    let tables = desk.read("[inputs.entities]\npath = \"r.parquet\"\n").expect("a readable file");
    assert_eq!(tables.ids(), [B]);
    assert_eq!(tables.set_aside(), ["2 mangled-key", "3 missing-key", "4 mangled-key"]);
    assert!(tables.warning("number-as-id").is_some());
    let ids = Column::new("entity_id".into(), [440_301_103_097_413_u64, 110_108_012_660_422]);
    parquet(&desk, "r.parquet", &mut frame(vec![ids]), 10);
    assert_eq!(desk.read("[inputs.entities]\npath = \"r.parquet\"\n").expect("a readable file").ids(), [C, B]);
}

#[test]
fn nested_and_zoned_columns_are_refused_only_where_they_are_read() {
    let desk = Desk::new();
    let list = Series::new("name".into(), [Series::new("".into(), ["a"])]).into_column();
    let other = Series::new("杂项".into(), [Series::new("".into(), ["a"])]).into_column();
    parquet(&desk, "n.parquet", &mut frame(vec![text("entity_id", &[Some(A)]), list]), 10);
    let refusal = desk.refusal("[inputs.entities]\npath = \"n.parquet\"\n");
    assert!(refusal.contains("\"name\"") && refusal.contains("write it as text"), "{refusal}");
    parquet(&desk, "o.parquet", &mut frame(vec![text("entity_id", &[Some(A)]), other]), 10);
    assert_eq!(desk.read("[inputs.entities]\npath = \"o.parquet\"\n").expect("a readable file").ids(), [A]);
}

#[test]
fn categories_of_other_writers_are_words() {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, DictionaryArray, RecordBatch, StringArray};
    use arrow::datatypes::Int32Type;

    let ids: ArrayRef = Arc::new(StringArray::from(vec![A, B, C]));
    let status: DictionaryArray<Int32Type> = vec!["live", "注销", "live"].into_iter().collect();
    let batch = RecordBatch::try_from_iter([("entity_id", ids), ("status", Arc::new(status) as ArrayRef)]);
    let batch = batch.expect("columns of one length");
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("memory");
    writer.close().expect("memory");
    let tables = Desk::new().entities("r.parquet", bytes);
    let statuses: Vec<&str> = tables.entities.status.iter().map(|status| status.name()).collect();
    assert_eq!(statuses, ["live", "deregistered", "live"]);
}

#[test]
fn moments_are_days() {
    let desk = Desk::new();
    let moments = Series::new("date".into(), [86_400_000_000_i64 * 19_395 + 5]);
    let moments = moments.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).expect("moments").into_column();
    parquet(&desk, "l.parquet", &mut frame(vec![text("entity_id", &[Some(A)]), moments]), 10);
    desk.put("r.csv", format!("entity_id\n{A}\n"));
    let inputs = "[inputs.entities]\npath = \"r.csv\"\n[inputs.ledger]\npath = \"l.parquet\"\n";
    assert_eq!(desk.read(inputs).expect("readable files").ledger.expect("ledger").date, [19_395]);
}

#[test]
fn weights_name_the_row_and_the_entity() {
    let desk = Desk::new();
    let sizes = Column::new("size".into(), [1.0, f64::INFINITY]);
    parquet(&desk, "r.parquet", &mut frame(vec![text("entity_id", &[Some(A), Some(B)]), sizes]), 1);
    let inputs = "[inputs.entities]\npath = \"r.parquet\"\n";
    let refusal = desk.read_with(inputs, "[weight]\ncolumn = \"size\"").map(|_| ()).expect_err("inf").to_string();
    assert!(refusal.contains("row 2") && refusal.contains(B) && refusal.contains("inf"), "{refusal}");
}

#[test]
fn a_cut_file_is_refused() {
    let desk = Desk::new();
    parquet(&desk, "r.parquet", &mut registry(), 2);
    let whole = std::fs::read(desk.path("r.parquet")).expect("the file");
    for length in [0, 3, 8, whole.len() / 2, whole.len() - 4] {
        desk.put("r.parquet", &whole[..length]);
        let refusal = desk.refusal("[inputs.entities]\npath = \"r.parquet\"\n");
        assert!(refusal.contains("r.parquet"), "{refusal}");
    }
    desk.put("r.arrow", b"ARROW1\0\0").put("s.feather", b"nothing of the kind");
    assert!(desk.refusal("[inputs.entities]\npath = \"r.arrow\"\n").contains("r.arrow"));
    assert!(desk.refusal("[inputs.entities]\npath = \"s.feather\"\n").contains("s.feather"));
}
