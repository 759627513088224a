//! The tables people read: the draw, the summary and the quarantine.
//!
//! Text is published as it is: a cell that starts like a formula is harmless in Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, LargeStringArray, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::PublishError;
use super::parquet_file::{Layout, TableOptions, Written, write_parquet};
pub use super::rows::{DrawRow, Selection, SummaryLevel, SummaryRow, order_draw};
use crate::ingest::QuarantinedRow;

/// Small tables are written once and read often.
const SMALL_TABLE_ZSTD: i32 = 3;

/// A published column: name, type, whether values may be missing, and its values from the rows.
type Column<Row> = (&'static str, DataType, bool, fn(&[Row]) -> ArrayRef);

const TEXT: DataType = DataType::Utf8;

const DRAW: &[Column<DrawRow>] = &[
    ("entity_id", TEXT, false, |rows| text(rows, |row| Some(&row.entity_id))),
    ("name", TEXT, true, |rows| text(rows, |row| row.name.as_deref())),
    ("stratum", TEXT, false, |rows| text(rows, |row| Some(&row.stratum))),
    ("selection", TEXT, false, |rows| text(rows, |row| Some(row.selection.name()))),
    ("order", DataType::Int32, false, |rows| Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.order)))),
    ("ticket", DataType::UInt64, true, |rows| Arc::new(UInt64Array::from_iter(rows.iter().map(|row| row.ticket)))),
    ("u", DataType::Float64, false, |rows| Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.u)))),
    ("key", DataType::Float64, true, |rows| Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.key)))),
    ("pi", DataType::Float64, false, |rows| Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.pi)))),
    ("design_weight", DataType::Float64, true, |rows| {
        Arc::new(Float64Array::from_iter(rows.iter().map(DrawRow::design_weight)))
    }),
    ("certainty", TEXT, true, |rows| text(rows, |row| row.certainty.as_deref())),
    ("region", TEXT, true, |rows| text(rows, |row| row.region.as_deref())),
    ("station", TEXT, true, |rows| text(rows, |row| row.station.as_deref())),
    ("industry", TEXT, true, |rows| text(rows, |row| row.industry.as_deref())),
    ("grade", TEXT, false, |rows| text(rows, |row| Some(row.grade.name()))),
    ("color", TEXT, false, |rows| text(rows, |row| Some(row.color.name()))),
    ("mode", TEXT, false, |rows| text(rows, |row| Some(row.mode.name()))),
];

const SUMMARY: &[Column<SummaryRow>] = &[
    ("level", TEXT, false, |rows| text(rows, |row| Some(row.level.name()))),
    ("value", TEXT, false, |rows| text(rows, |row| Some(&row.value))),
    ("population", DataType::Int64, false, |rows| counts(rows, |row| row.population)),
    ("eligible", DataType::Int64, false, |rows| counts(rows, |row| row.eligible)),
    ("certain", DataType::Int64, false, |rows| counts(rows, |row| row.certain)),
    ("expected", DataType::Float64, false, |rows| {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.expected)))
    }),
    ("drawn", DataType::Int64, false, |rows| counts(rows, |row| row.drawn)),
];

const QUARANTINE: &[Column<QuarantinedRow>] = &[
    ("file", TEXT, false, |rows| text(rows, |row| Some(&row.file))),
    ("row", DataType::Int64, false, |rows| counts(rows, |row| i64::try_from(row.row).unwrap_or(i64::MAX))),
    ("reason", TEXT, false, |rows| text(rows, |row| Some(&row.reason))),
    // A broken quote can swallow half a file: texts whose sum passes 2 GiB.
    ("detail", DataType::LargeUtf8, false, |rows| long_text(rows, |row| &row.detail)),
    ("raw", DataType::LargeUtf8, false, |rows| long_text(rows, |row| &row.raw)),
];

/// The columns of `draw.parquet`.
pub fn draw_schema() -> SchemaRef {
    schema(DRAW)
}

/// The columns of `summary.parquet`.
pub fn summary_schema() -> SchemaRef {
    schema(SUMMARY)
}

/// The columns of `quarantine.parquet`; in the file `detail` and `raw` are plain text.
pub fn quarantine_schema() -> SchemaRef {
    schema(QUARANTINE)
}

/// Writes `draw.parquet`, sorted by stratum, selection and order. `rows` come from [`order_draw`].
///
/// # Errors
/// [`PublishError::Unsorted`] when stratum, selection and order do not rise from row to row; else as [`write_parquet`].
pub fn write_draw(path: &Path, rows: &[DrawRow], key_values: &[(String, String)]) -> Result<Written, PublishError> {
    fn place(row: &DrawRow) -> (&str, Selection, i32) {
        (&row.stratum, row.selection, row.order)
    }
    if let Some(index) = rows.windows(2).position(|pair| place(&pair[0]) >= place(&pair[1])) {
        let order = "stratum, selection and order";
        return Err(PublishError::Unsorted { path: path.to_path_buf(), row: index + 2, order });
    }
    let options = TableOptions {
        sorted_by: &["stratum", "selection", "order"],
        bloom: &["entity_id"],
        layouts: &[
            ("entity_id", Layout::Plain),
            ("name", Layout::Plain),
            ("ticket", Layout::Raw),
            ("u", Layout::Plain),
            ("key", Layout::Plain),
        ],
        key_values: key_values.to_vec(),
        zstd_level: SMALL_TABLE_ZSTD,
        ..TableOptions::default()
    };
    write_rows(path, DRAW, rows, &options)
}

/// Writes `summary.parquet` in the order of `rows`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_summary(
    path: &Path,
    rows: &[SummaryRow],
    key_values: &[(String, String)],
) -> Result<Written, PublishError> {
    let options =
        TableOptions { key_values: key_values.to_vec(), zstd_level: SMALL_TABLE_ZSTD, ..TableOptions::default() };
    write_rows(path, SUMMARY, rows, &options)
}

/// Writes `quarantine.parquet` in the order of `rows`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_quarantine(
    path: &Path,
    rows: &[QuarantinedRow],
    key_values: &[(String, String)],
) -> Result<Written, PublishError> {
    let options = TableOptions {
        layouts: &[("row", Layout::PackedDifferences), ("raw", Layout::Plain)],
        key_values: key_values.to_vec(),
        zstd_level: SMALL_TABLE_ZSTD,
        ..TableOptions::default()
    };
    write_rows(path, QUARANTINE, rows, &options)
}

/// The rows of `draw.parquet` as arrays, to be held against a published list.
pub fn draw_arrays(rows: &[DrawRow]) -> Vec<(&'static str, ArrayRef)> {
    DRAW.iter().map(|column| (column.0, (column.3)(rows))).collect()
}

/// The rows of `quarantine.parquet` as arrays, to be held against a published table.
pub fn quarantine_arrays(rows: &[QuarantinedRow]) -> Vec<(&'static str, ArrayRef)> {
    QUARANTINE.iter().map(|column| (column.0, (column.3)(rows))).collect()
}

/// The rows of `summary.parquet` as arrays, to be held against a published summary.
pub fn summary_arrays(rows: &[SummaryRow]) -> Vec<(&'static str, ArrayRef)> {
    SUMMARY.iter().map(|column| (column.0, (column.3)(rows))).collect()
}

fn write_rows<Row: Sync>(
    path: &Path,
    columns: &[Column<Row>],
    rows: &[Row],
    options: &TableOptions<'_>,
) -> Result<Written, PublishError> {
    write_parquet(path, schema(columns), rows.len(), options, |index, range| Ok((columns[index].3)(&rows[range])))
}

fn schema<Row>(columns: &[Column<Row>]) -> SchemaRef {
    let fields: Vec<Field> =
        columns.iter().map(|(name, values, nullable, _)| Field::new(*name, values.clone(), *nullable)).collect();
    Arc::new(Schema::new(fields))
}

fn text<Row>(rows: &[Row], value: impl Fn(&Row) -> Option<&str>) -> ArrayRef {
    Arc::new(StringArray::from_iter(rows.iter().map(value)))
}

fn long_text<Row>(rows: &[Row], value: impl Fn(&Row) -> &str) -> ArrayRef {
    Arc::new(LargeStringArray::from_iter_values(rows.iter().map(value)))
}

fn counts<Row>(rows: &[Row], value: impl Fn(&Row) -> i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(rows.iter().map(value)))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use arrow::array::{Array, AsArray, RecordBatch};
    use arrow::datatypes::{Float64Type, Int32Type, Int64Type, UInt64Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::terms::{Color, Grade, Mode};

    fn row(entity_id: &str, stratum: &str, selection: Selection, key: Option<f64>, ticket: Option<u64>) -> DrawRow {
        DrawRow {
            entity_id: entity_id.to_string(),
            name: Some("=cmd|' /C calc'!A0".to_string()),
            stratum: stratum.to_string(),
            selection,
            order: 0,
            ticket,
            u: 0.25,
            key,
            pi: 0.5,
            certainty: (selection == Selection::Certain).then(|| "red code".to_string()),
            region: None,
            station: Some("朱沱所".to_string()),
            industry: None,
            grade: Grade::D,
            color: Color::Red,
            mode: Mode::Raised,
        }
    }

    fn draw() -> Vec<DrawRow> {
        let mut rows = vec![
            row("r", "b", Selection::Reserve, Some(0.9), Some(5)),
            row("d2", "b", Selection::Drawn, Some(0.5), Some(u64::MAX)),
            row("d1", "b", Selection::Drawn, Some(0.5), Some(2)),
            row("c", "b", Selection::Certain, None, Some(9)),
            row("a", "a", Selection::Reserve, Some(0.1), Some(1)),
        ];
        order_draw(&mut rows);
        rows
    }

    fn read(path: &Path) -> RecordBatch {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        builder.build().unwrap().next().unwrap().unwrap()
    }

    #[test]
    fn the_draw_is_published_by_stratum_selection_key_ticket_and_id() {
        let rows = draw();
        let ids: Vec<(&str, i32)> = rows.iter().map(|row| (row.entity_id.as_str(), row.order)).collect();
        assert_eq!(ids, [("a", 1), ("c", 1), ("d1", 1), ("d2", 2), ("r", 1)]);
    }

    #[test]
    fn without_tickets_the_agencys_own_numbers_break_ties() {
        let mut rows = vec![
            row("a", "s", Selection::Certain, None, None),
            DrawRow { u: 0.125, ..row("b", "s", Selection::Certain, None, None) },
        ];
        order_draw(&mut rows);
        assert_eq!(rows[0].entity_id, "b");
    }

    #[test]
    fn the_draw_is_read_back_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("draw.parquet");
        let written = write_draw(&path, &draw(), &[]).unwrap();
        assert_eq!(written, write_draw(&path, &draw(), &[]).unwrap());
        let batch = read(&path);
        let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names[..6], ["entity_id", "name", "stratum", "selection", "order", "ticket"]);
        assert_eq!(names.len(), draw_schema().fields().len());
        let column = |name: &str| batch.column_by_name(name).unwrap();
        assert_eq!(column("entity_id").as_string::<i32>().value(3), "d2");
        assert_eq!(column("name").as_string::<i32>().value(0), "=cmd|' /C calc'!A0");
        assert_eq!(column("selection").as_string::<i32>().value(1), "certain");
        assert_eq!(column("order").as_primitive::<Int32Type>().value(3), 2);
        assert_eq!(column("ticket").as_primitive::<UInt64Type>().value(3), u64::MAX);
        assert!(column("key").is_null(1));
        let weights = column("design_weight").as_primitive::<Float64Type>();
        assert_eq!(weights.value(1), 2.0);
        assert!(weights.is_null(0) && weights.is_null(4));
        assert!(column("region").is_null(0));
    }

    #[test]
    fn an_unsorted_or_unnumbered_draw_is_refused_with_its_row() {
        let home = tempfile::tempdir().unwrap();
        let mut rows = draw();
        rows.swap(2, 3);
        let error = write_draw(&home.path().join("draw.parquet"), &rows, &[]).unwrap_err();
        assert!(matches!(error, PublishError::Unsorted { row: 4, .. }), "{error}");
    }

    #[test]
    fn summary_and_quarantine_are_read_back_as_they_were() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("summary.parquet");
        let counted = SummaryRow {
            level: SummaryLevel::Grade,
            value: "D".to_string(),
            population: 24_738,
            eligible: 24_000,
            certain: 3,
            expected: 247.5,
            drawn: 247,
        };
        let written =
            write_summary(&path, &[counted], &[("fairdraw.table".to_string(), "summary".to_string())]).unwrap();
        assert_eq!(written.rows, 1);
        let batch = read(&path);
        assert_eq!(batch.column(0).as_string::<i32>().value(0), "grade");
        assert_eq!(batch.column(2).as_primitive::<Int64Type>().value(0), 24_738);
        assert_eq!(batch.column(5).as_primitive::<Float64Type>().value(0), 247.5);

        let path = home.path().join("quarantine.parquet");
        let refused = QuarantinedRow {
            file: "企业名录.csv".to_string(),
            row: 7,
            reason: "missing-key".to_string(),
            detail: "the entity id is empty".to_string(),
            raw: ",\"无名\u{0}\"\n".to_string(),
        };
        write_quarantine(&path, &[refused], &[]).unwrap();
        let batch = read(&path);
        assert_eq!(batch.schema().field(4).data_type(), &DataType::Utf8);
        assert_eq!(batch.column(1).as_primitive::<Int64Type>().value(0), 7);
        assert_eq!(batch.column(4).as_string::<i32>().value(0), ",\"无名\u{0}\"\n");
        assert_eq!(write_quarantine(&path, &[], &[]).unwrap().rows, 0);
    }
}
