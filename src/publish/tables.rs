//! The tables people read: the draw, the summary and the quarantine.
//!
//! Text is published as it is: a cell that starts like a formula is harmless in Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow::array::builder::{ListBuilder, StringBuilder};
use arrow::array::{ArrayRef, Date32Array, Float64Array, Int32Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::PublishError;
use super::listing::Listing;
use super::manifest::StratumRecord;
use super::parquet_file::{Layout, TableOptions, Written, write_parquet};
pub use super::rows::{SummaryLevel, SummaryRow, TaskRow};
use crate::coding::CodeRow;
use crate::contract::{self, CellType, Table, ticket_text};
use crate::ingest::QuarantinedRow;
use crate::plan::Plan;
use crate::spread::SpreadRow;
use crate::terms::{Bilingual, ItemKind};

/// Small tables are written once and read often.
pub(super) const SMALL_TABLE_ZSTD: i32 = 3;

/// The values of a column from the rows of its table.
pub(super) type Values<Row> = fn(&[Row]) -> ArrayRef;

/// In the order of [`contract::SUMMARY`].
const SUMMARY: [Values<SummaryRow>; contract::SUMMARY.columns.len()] = [
    |rows| text(rows, |row| Some(&row.task_id)),
    |rows| text(rows, |row| Some(row.level.name())),
    |rows| text(rows, |row| Some(&row.value)),
    |rows| counts(rows, |row| row.population),
    |rows| counts(rows, |row| row.eligible),
    |rows| counts(rows, |row| row.certain),
    |rows| Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.expected))),
    |rows| counts(rows, |row| row.drawn),
    |rows| Arc::new(rows.iter().map(|row| row.pi_range.map(|range| range.0)).collect::<Float64Array>()),
    |rows| Arc::new(rows.iter().map(|row| row.pi_range.map(|range| range.1)).collect::<Float64Array>()),
];

/// In the order of [`contract::QUARANTINE`].
const QUARANTINE: [Values<QuarantinedRow>; contract::QUARANTINE.columns.len()] = [
    |rows| text(rows, |row| Some(&row.table)),
    |rows| text(rows, |row| Some(&row.file)),
    |rows| counts(rows, |row| i64::try_from(row.row).unwrap_or(i64::MAX)),
    |rows| text(rows, |row| row.column.as_deref()),
    |rows| text(rows, |row| Some(row.reason.code())),
    |rows| Arc::new(rows.iter().map(|row| Some(row.reason.en())).collect::<StringViewArray>()),
    |rows| Arc::new(rows.iter().map(|row| Some(row.reason.zh())).collect::<StringViewArray>()),
    |rows| text(rows, |row| Some(&row.raw)),
];

/// Writes `draw.parquet`, sorted by task, stratum, selection and order.
///
/// # Errors
/// [`PublishError::Unsorted`] when task, stratum, selection and order do not rise from row to row; else as [`write_parquet`].
pub fn write_draw(
    path: &Path,
    list: &Listing,
    plan: &Plan,
    key_values: &[(String, String)],
) -> Result<Written, PublishError> {
    if let Some(index) = list.unsorted() {
        let order = "task, stratum, selection and order";
        return Err(PublishError::Unsorted { path: path.to_path_buf(), row: index + 2, order });
    }
    let of_tasks = !plan.tasks().is_empty();
    let sorted_by = [contract::TASK_ID.name, contract::STRATUM.name, contract::SELECTION.name, contract::ORDER.name];
    let options = TableOptions {
        sorted_by: &sorted_by[usize::from(!of_tasks)..],
        bloom: &[contract::ENTITY_ID.name],
        layouts: &[
            (contract::ENTITY_ID.name, Layout::Plain),
            (contract::NAME.name, Layout::Plain),
            (contract::TICKET.name, Layout::Raw),
            (contract::U.name, Layout::Plain),
            (contract::KEY.name, Layout::Plain),
        ],
        key_values: key_values.to_vec(),
        zstd_level: SMALL_TABLE_ZSTD,
        ..TableOptions::default()
    };
    let columns = draw_columns(plan);
    write_parquet(path, schema(columns), list.rows.len(), &options, |at, range| Ok(list.column(&columns[at], range)))
}

/// In the order of [`contract::ROUND_TASKS`].
fn tasks<'a>() -> [Values<TaskRow<'a>>; contract::ROUND_TASKS.columns.len()] {
    [
        |rows| text(rows, |row| Some(&row.task.id)),
        |rows| text(rows, |row| row.task.name.as_deref()),
        |rows| text(rows, |row| row.task.lead.as_deref()),
        |rows| texts(rows, |row| row.task.members.iter().map(String::as_str).collect()),
        |rows| texts(rows, |row| row.task.items.iter().map(String::as_str).collect()),
        |rows| text(rows, |row| row.task.kind.map(ItemKind::name)),
        |rows| text(rows, |row| Some(row.task.level.name())),
        |rows| Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.task.window.first))),
        |rows| Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.task.window.last))),
        |rows| Arc::new(rows.iter().map(|row| row.task.times_a_year.map(|times| times as i32)).collect::<Int32Array>()),
        |rows| text(rows, |row| Some(&row.record.draw.design)),
        |rows| text(rows, |row| row.record.draw.stream.as_deref()),
        |rows| counts(rows, |row| row.record.draw.counts.population as i64),
        |rows| counts(rows, |row| row.record.draw.counts.eligible as i64),
        |rows| counts(rows, |row| row.record.draw.counts.certain as i64),
        |rows| counts(rows, |row| row.record.draw.strata.iter().map(|stratum| stratum.n as i64).sum()),
        |rows| {
            let expected =
                |row: &TaskRow<'_>| row.record.draw.strata.iter().map(|stratum| stratum.expected).sum::<f64>();
            Arc::new(Float64Array::from_iter_values(rows.iter().map(expected)))
        },
        |rows| counts(rows, |row| row.record.draw.counts.drawn as i64),
        |rows| counts(rows, |row| row.record.draw.counts.reserve as i64),
        |rows| texts(rows, |row| row.record.draw.strata.iter().map(|stratum| stratum.name.as_str()).collect()),
        |rows| {
            let line = |stratum: &StratumRecord| stratum.cut_line.map(|line| line.to_string()).unwrap_or_default();
            texts(rows, |row| row.record.draw.strata.iter().map(line).collect())
        },
    ]
}

/// The columns of a table that has the task first, if the run is `of_tasks`.
fn from_task<C>(of_tasks: bool, columns: &[C]) -> &[C] {
    &columns[usize::from(!of_tasks)..]
}

/// Writes `tasks.parquet` in the order of `rows`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_tasks(
    path: &Path,
    rows: &[TaskRow<'_>],
    key_values: &[(String, String)],
) -> Result<Written, PublishError> {
    let options = TableOptions {
        sorted_by: &[contract::TASK_ID.name],
        key_values: key_values.to_vec(),
        zstd_level: SMALL_TABLE_ZSTD,
        ..TableOptions::default()
    };
    write_rows(path, &contract::ROUND_TASKS, &tasks(), rows, &options)
}

/// Writes `summary.parquet` in the order of `rows`; `of_tasks`: with the task of each.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_summary(
    path: &Path,
    rows: &[SummaryRow],
    of_tasks: bool,
    key_values: &[(String, String)],
) -> Result<Written, PublishError> {
    let options =
        TableOptions { key_values: key_values.to_vec(), zstd_level: SMALL_TABLE_ZSTD, ..TableOptions::default() };
    write_rows(path, &contract::SUMMARY, from_task(of_tasks, &SUMMARY), rows, &options)
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
    write_rows(path, &contract::QUARANTINE, &QUARANTINE, rows, &options)
}

/// The rows of a table as arrays, to be compared with a published one.
pub type Arrays = Vec<(&'static str, ArrayRef)>;

/// The columns of `draw.parquet`: with the task where the plan has tasks, and with the batch where any draw has batches.
pub fn draw_columns(plan: &Plan) -> &'static [contract::Column] {
    let columns = from_task(!plan.tasks().is_empty(), contract::DRAW.columns);
    let has_batches = plan.methods().any(|method| method.batches.is_some());
    &columns[..columns.len() - usize::from(!has_batches)]
}

/// In the order of [`contract::SPREAD`].
const SPREAD: [Values<SpreadRow>; contract::SPREAD.columns.len()] = [
    |rows| text(rows, |row| Some(&row.stream)),
    |rows| text(rows, |row| Some(&row.entity_id)),
    |rows| bounds(rows, |row| row.after.lo),
    |rows| bounds(rows, |row| row.after.hi),
    |rows| bounds(rows, |row| row.before.lo),
    |rows| bounds(rows, |row| row.before.hi),
];

fn bounds(rows: &[SpreadRow], bound: impl Fn(&SpreadRow) -> u64) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(ticket_text(bound(row)))).collect::<StringViewArray>())
}

/// Writes `spread.parquet` in the order of `rows`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_spread(path: &Path, rows: &[SpreadRow], key_values: &[(String, String)]) -> Result<Written, PublishError> {
    let options = TableOptions {
        sorted_by: &[contract::SPREAD.columns[0].name, contract::ENTITY_ID.name],
        layouts: &[(contract::ENTITY_ID.name, Layout::FrontCoded)],
        key_values: key_values.to_vec(),
        zstd_level: SMALL_TABLE_ZSTD,
        ..TableOptions::default()
    };
    write_rows(path, &contract::SPREAD, &SPREAD, rows, &options)
}

/// The rows of `spread.parquet` as arrays.
pub fn spread_arrays(rows: &[SpreadRow]) -> Arrays {
    arrays(&contract::SPREAD, &SPREAD, rows)
}

/// In the order of [`contract::CODES`].
const CODES: [Values<CodeRow>; contract::CODES.columns.len()] = [
    |rows| text(rows, |row| Some(&row.id)),
    |rows| text(rows, |row| Some(&row.code)),
    |rows| Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.turn as i32))),
    |rows| days(rows, |row| row.given),
];

/// Writes `codes.parquet`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_codes(path: &Path, rows: &[CodeRow], key_values: &[(String, String)]) -> Result<Written, PublishError> {
    let options = TableOptions {
        sorted_by: &["id"],
        layouts: &[("id", Layout::FrontCoded), ("code", Layout::Plain)],
        key_values: key_values.to_vec(),
        zstd_level: SMALL_TABLE_ZSTD,
        ..TableOptions::default()
    };
    write_rows(path, &contract::CODES, &CODES, rows, &options)
}

/// The rows of `codes.parquet` as arrays.
pub fn code_arrays(rows: &[CodeRow]) -> Arrays {
    arrays(&contract::CODES, &CODES, rows)
}

/// The rows of `tasks.parquet` as arrays.
pub fn task_arrays(rows: &[TaskRow<'_>]) -> Arrays {
    arrays(&contract::ROUND_TASKS, &tasks(), rows)
}

/// The rows of `quarantine.parquet` as arrays.
pub fn quarantine_arrays(rows: &[QuarantinedRow]) -> Arrays {
    arrays(&contract::QUARANTINE, &QUARANTINE, rows)
}

/// The rows of `summary.parquet` as arrays.
pub fn summary_arrays(rows: &[SummaryRow], of_tasks: bool) -> Arrays {
    arrays(&contract::SUMMARY, from_task(of_tasks, &SUMMARY), rows)
}

pub(super) fn arrays<Row>(table: &Table, values: &[Values<Row>], rows: &[Row]) -> Arrays {
    written(table, values).iter().zip(values).map(|(column, values)| (column.name, values(rows))).collect()
}

/// The columns of a table that `values` builds: all, or all but the first.
fn written<Row>(table: &Table, values: &[Values<Row>]) -> &'static [contract::Column] {
    &table.columns[table.columns.len() - values.len()..]
}

pub(super) fn write_rows<Row: Sync>(
    path: &Path,
    table: &Table,
    values: &[Values<Row>],
    rows: &[Row],
    options: &TableOptions<'_>,
) -> Result<Written, PublishError> {
    write_parquet(path, schema(written(table, values)), rows.len(), options, |index, range| {
        Ok((values[index])(&rows[range]))
    })
}

/// The columns of a table as they are built.
pub(super) fn schema(columns: &[contract::Column]) -> SchemaRef {
    let field = |column: &contract::Column| Field::new(column.name, data_type(column.holds), column.nullable);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// The type in which a column is built and read; texts as views, which no 2 GiB bound.
pub(super) fn data_type(holds: CellType) -> DataType {
    match holds {
        CellType::Text => DataType::Utf8View,
        CellType::Boolean => DataType::Boolean,
        CellType::Date => DataType::Date32,
        CellType::Int64 => DataType::Int64,
        CellType::Int32 => DataType::Int32,
        CellType::Float64 => DataType::Float64,
        CellType::TextList => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
    }
}

pub(super) fn text<Row>(rows: &[Row], value: impl Fn(&Row) -> Option<&str>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<StringViewArray>())
}

/// Lists of texts; an empty list is empty and not null.
pub(super) fn texts<Row, W: AsRef<str>>(rows: &[Row], words: impl Fn(&Row) -> Vec<W>) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    rows.iter().for_each(|row| lists.append_value(words(row).iter().map(|word| Some(word.as_ref()))));
    Arc::new(lists.finish())
}

pub(super) fn days<Row>(rows: &[Row], day: impl Fn(&Row) -> i32) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(rows.iter().map(day)))
}

fn counts<Row>(rows: &[Row], value: impl Fn(&Row) -> i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(rows.iter().map(value)))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use arrow::array::{Array, AsArray, RecordBatch};
    use arrow::datatypes::{Float64Type, Int64Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::terms::SetAside;

    fn read(path: &Path) -> RecordBatch {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        builder.build().unwrap().next().unwrap().unwrap()
    }

    #[test]
    fn summary_and_quarantine_are_read_back_as_they_were() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("summary.parquet");
        let counted = SummaryRow {
            task_id: "T1".to_string(),
            level: SummaryLevel::Grade,
            value: "D".to_string(),
            population: 24_738,
            eligible: 24_000,
            certain: 3,
            expected: 247.5,
            drawn: 247,
            pi_range: Some((0.01, 0.25)),
        };
        let written =
            write_summary(&path, &[counted], true, &[("fairdraw.table".to_string(), "summary".to_string())]).unwrap();
        assert_eq!(written.rows, 1);
        let batch = read(&path);
        assert_eq!(batch.column(0).as_string::<i32>().value(0), "T1");
        assert_eq!(batch.column(1).as_string::<i32>().value(0), "grade");
        assert_eq!(batch.column(3).as_primitive::<Int64Type>().value(0), 24_738);
        assert_eq!(batch.column(6).as_primitive::<Float64Type>().value(0), 247.5);

        let path = home.path().join("quarantine.parquet");
        let refused = QuarantinedRow {
            table: "entities".to_string(),
            file: "企业名录.csv".to_string(),
            row: 7,
            column: None,
            reason: SetAside::MissingKey,
            raw: ",\"无名\u{0}\"\n".to_string(),
        };
        write_quarantine(&path, &[refused], &[]).unwrap();
        let batch = read(&path);
        assert_eq!(batch.column(2).as_primitive::<Int64Type>().value(0), 7);
        assert!(batch.column(3).is_null(0));
        assert_eq!(batch.column(4).as_string::<i32>().value(0), "missing-key");
        assert_eq!(batch.column(7).as_string::<i32>().value(0), ",\"无名\u{0}\"\n");
        assert_eq!(write_quarantine(&path, &[], &[]).unwrap().rows, 0);
    }
}
