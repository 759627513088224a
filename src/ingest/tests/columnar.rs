//! Parquet and Arrow.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::Int32Type;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .expect("columns of one length")
}

fn parquet(desk: &Desk, name: &str, batch: &RecordBatch, group: usize) {
    let file = std::fs::File::create(desk.path(name)).expect("a file");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("a batch");
    writer.close().expect("a Parquet file");
}

fn arrow(desk: &Desk, name: &str, batch: &RecordBatch, compression: Option<CompressionType>) {
    let file = std::fs::File::create(desk.path(name)).expect("a file");
    let options = IpcWriteOptions::default().try_with_compression(compression).expect("options");
    let mut writer = FileWriter::try_new_with_options(file, &batch.schema(), options).expect("a writer");
    writer.write(batch).expect("a batch");
    writer.finish().expect("an Arrow file");
}

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn registry() -> RecordBatch {
    batch(vec![
        ("企业名称", text(&[Some("甲公司"), Some(" 乙 "), None, Some("again")])),
        ("无关", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("entity_id", text(&[Some(A), Some(B), None, Some(A)])),
        ("region", Arc::new(Int32Array::from(vec![500_118, 500_112, 1, 2]))),
        ("成立日期", Arc::new(Date32Array::from(vec![19_395, 0, 1, 2]))),
    ])
}

#[test]
fn parquet_and_arrow_give_the_same_tables() {
    let desk = Desk::new();
    parquet(&desk, "r.parquet", &registry(), 2);
    arrow(&desk, "r.arrow", &registry(), None);
    arrow(&desk, "z.feather", &registry(), Some(CompressionType::ZSTD));
    for (name, format) in [("r.parquet", "parquet"), ("r.arrow", "arrow"), ("z.feather", "arrow")] {
        let tables = desk.read(&format!("[inputs.entities]\npath = \"{name}\"\n")).expect("a readable file");
        assert_eq!(tables.ids(), [B, A], "{name}");
        assert_eq!(tables.texts("name"), texts(&["乙", "甲公司"]), "{name}");
        assert_eq!(tables.texts("region"), texts(&["500112", "500118"]), "{name}");
        assert_eq!(tables.days("registration_date"), [Some(0), Some(19_395)], "{name}");
        assert_eq!(tables.set_aside(), ["3 missing-key", "4 duplicate-key"], "{name}");
        assert!(tables.quarantine[1].raw.contains("again"), "{}", tables.quarantine[1].raw);
        let detail = tables.quarantine[1].reason.en();
        assert!(detail.contains("row 1"), "{detail}");
        assert_eq!((tables.receipts[0].format.as_str(), tables.receipts[0].sha256.len()), (format, 64));
        tables.assert_balanced();
    }
}

#[test]
fn ids_kept_as_numbers_are_read_digit_by_digit_or_set_aside() {
    let desk = Desk::new();
    let ids = Arc::new(Float64Array::from(vec![440_301_103_097_413.0, 9.15e17, f64::NAN, 1.5]));
    parquet(&desk, "r.parquet", &batch(vec![("entity_id", ids)]), 10);
    let tables = desk.read("[inputs.entities]\npath = \"r.parquet\"\n").expect("a readable file");
    assert_eq!(tables.ids(), [B]);
    assert_eq!(tables.set_aside(), ["2 mangled-key", "3 missing-key", "4 mangled-key"]);
    assert!(tables.warning("number-as-id").is_some());
    let ids = Arc::new(UInt64Array::from(vec![440_301_103_097_413, 110_108_012_660_422]));
    parquet(&desk, "r.parquet", &batch(vec![("entity_id", ids)]), 10);
    assert_eq!(desk.read("[inputs.entities]\npath = \"r.parquet\"\n").expect("a readable file").ids(), [C, B]);
}

#[test]
fn nested_and_zoned_columns_are_refused_only_where_they_are_read() {
    let desk = Desk::new();
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])]));
    parquet(&desk, "n.parquet", &batch(vec![("entity_id", text(&[Some(A)])), ("name", list.clone())]), 10);
    let refusal = desk.refusal("[inputs.entities]\npath = \"n.parquet\"\n");
    assert!(refusal.contains("\"name\"") && refusal.contains("write it as text"), "{refusal}");
    parquet(&desk, "o.parquet", &batch(vec![("entity_id", text(&[Some(A)])), ("杂项", list)]), 10);
    assert_eq!(desk.read("[inputs.entities]\npath = \"o.parquet\"\n").expect("a readable file").ids(), [A]);
}

#[test]
fn categories_of_other_writers_are_words() {
    let ids: ArrayRef = Arc::new(StringArray::from(vec![A, B, C]));
    let status: DictionaryArray<Int32Type> = vec!["live", "注销", "live"].into_iter().collect();
    let words = batch(vec![("entity_id", ids), ("status", Arc::new(status))]);
    let desk = Desk::new();
    parquet(&desk, "r.parquet", &words, 10);
    arrow(&desk, "r.arrow", &words, None);
    for name in ["r.parquet", "r.arrow"] {
        let tables = desk.read(&format!("[inputs.entities]\npath = \"{name}\"\n")).expect("a readable file");
        let statuses: Vec<&str> = tables.entities.status.iter().map(|status| status.name()).collect();
        assert_eq!(statuses, ["live", "deregistered", "live"], "{name}");
    }
}

#[test]
fn moments_are_days() {
    let desk = Desk::new();
    let moments: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![86_400_000_000 * 19_395 + 5]));
    parquet(&desk, "l.parquet", &batch(vec![("entity_id", text(&[Some(A)])), ("date", moments)]), 10);
    desk.put("r.csv", format!("entity_id\n{A}\n"));
    let inputs = "[inputs.entities]\npath = \"r.csv\"\n[inputs.ledger]\npath = \"l.parquet\"\n";
    assert_eq!(desk.read(inputs).expect("readable files").ledger.expect("ledger").values[0].date, 19_395);
}

#[test]
fn weights_name_the_row_and_the_entity() {
    let desk = Desk::new();
    let sizes: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY]));
    parquet(&desk, "r.parquet", &batch(vec![("entity_id", text(&[Some(A), Some(B)])), ("size", sizes)]), 1);
    let inputs = "[inputs.entities]\npath = \"r.parquet\"\n";
    let refusal = desk.read_with(inputs, "[weight]\ncolumn = \"size\"").map(|_| ()).expect_err("inf").to_string();
    assert!(refusal.contains("row 2") && refusal.contains(B) && refusal.contains("inf"), "{refusal}");
}

#[test]
fn a_cut_file_is_refused() {
    let desk = Desk::new();
    parquet(&desk, "r.parquet", &registry(), 2);
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

#[test]
fn a_day_outside_the_calendar_is_a_bad_date() {
    let desk = Desk::new();
    let days: ArrayRef = Arc::new(Date32Array::from(vec![19_395, i32::MAX, -800_000]));
    let ids = text(&[Some(A), Some(B), Some(C)]);
    parquet(&desk, "r.parquet", &batch(vec![("entity_id", ids), ("registration_date", days)]), 10);
    let tables = desk.read("[inputs.entities]\npath = \"r.parquet\"\n").expect("a readable file");
    assert_eq!(tables.days("registration_date"), [None, None, Some(19_395)]);
    assert!(tables.warning("bad-date").expect("a warning").contains(": 2 dates"));
}

/// Every byte flipped, one after the other: the file is read or refused, and nothing else happens.
#[test]
fn no_flipped_byte_takes_the_reader_down() {
    let desk = Desk::new();
    parquet(&desk, "r.parquet", &registry(), 2);
    arrow(&desk, "r.arrow", &registry(), Some(CompressionType::ZSTD));
    for name in ["r.parquet", "r.arrow"] {
        let whole = std::fs::read(desk.path(name)).expect("the file");
        for at in 0..whole.len() {
            for flip in [0xFF, 0x80, 0x01] {
                let mut damaged = whole.clone();
                damaged[at] ^= flip;
                desk.put(name, damaged);
                let _ = desk.read(&format!("[inputs.entities]\npath = \"{name}\"\nstatus = \"none\"\n"));
            }
        }
    }
}
