//! Rows that travel between machines: dealt into ranges of ids where they are found, opened where a range is brought together.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int32Array, Int64Array, RecordBatch, StringArray, StringViewArray,
    UInt32Array,
};
use arrow::compute::{SortColumn, cast, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int64Type, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use crate::terms::SetAside;

use super::account::{Account, RowDigest};
use super::error::IngestError;
use super::ids::{Id, read_id};
use super::outcome::Outcome;
use super::raw::{Cells, RawRows, RawTable, RowNumbers};
use super::source::{Each, SourceRow};

/// Where the ranges of ids begin: range `k` holds the ids below the `k`-th of these and not below the one before.
pub type Splitters = [String];

/// The columns of what travels, as Spark's DDL has them: rows of a table that lie in a range, as an Arrow stream.
pub const ROUTED_DDL: &str = "range int, table string, rows binary";

/// Stands for a table where an account travels instead of rows.
const ACCOUNT: &str = "";

/// Bytes of rows that are gathered before they are dealt. Each range's travel together, so that an engine moves few large rows; there
/// may be hundreds of ranges.
const GATHERED: usize = 32 << 20;

/// Columns beside the cells, which are named by their place among the wanted columns: the row number (0 where rows have none), the
/// row as it stands in the file, and what the reader found at fault in it.
const ROW: &str = "row";
const RAW: &str = "raw";
const FAULT: &str = "fault";

/// Rows of a table on their way to the ranges of their ids.
pub struct Routed {
    table: String,
    gathered: Vec<RecordBatch>,
    /// The range of every row gathered.
    ranges: Vec<u32>,
    bytes: usize,
    account: Account,
}

impl Routed {
    /// No rows yet.
    pub fn new(table: &str) -> Self {
        let (gathered, ranges) = (Vec::new(), Vec::new());
        Self { table: table.to_owned(), gathered, ranges, bytes: 0, account: Account::default() }
    }

    /// The table.
    pub(super) fn table(&self) -> &str {
        &self.table
    }

    /// Takes in rows; a row without an id that can be used goes to the first range. What is ready to travel, if anything is.
    pub(super) fn push(
        &mut self,
        raw: &RawTable<'_>,
        splitters: &Splitters,
    ) -> Result<Option<RecordBatch>, ArrowError> {
        let ids = raw.columns.first().and_then(Option::as_ref);
        self.ranges.extend((0..raw.height).map(|row| match read_id(ids.and_then(|ids| ids.text(row))) {
            Id::Packed { id, .. } | Id::Long { id, .. } => range_of(splitters, &id) as u32,
            Id::Refused(_) => 0,
        }));
        let rows = packed(raw)?;
        self.bytes += rows.get_array_memory_size();
        self.gathered.push(rows);
        if self.bytes < GATHERED { Ok(None) } else { self.deal().map(Some) }
    }

    /// Takes in what is worth knowing of the rows.
    pub(super) fn note(&mut self, account: Account) {
        // An account without a table is none yet.
        if self.account.table.is_empty() { self.account = account } else { self.account.merge(account) }
    }

    /// What has not travelled yet. An account travels to the first range.
    ///
    /// # Errors
    /// More rows than an array holds.
    pub fn finish(mut self) -> Result<Vec<RecordBatch>, ArrowError> {
        let mut all = Vec::new();
        if !self.gathered.is_empty() {
            all.push(self.deal()?);
        }
        if !self.account.table.is_empty() {
            let account = rmp_serde::to_vec_named(&self.account).map_err(external)?;
            all.push(travelling(vec![0], ACCOUNT, vec![account])?);
        }
        Ok(all)
    }

    fn deal(&mut self) -> Result<RecordBatch, ArrowError> {
        let gathered = std::mem::take(&mut self.gathered);
        let mut ranges = std::mem::take(&mut self.ranges);
        self.bytes = 0;
        let mut order: Vec<u32> = (0..ranges.len() as u32).collect();
        order.sort_by_key(|&row| ranges[row as usize]);
        ranges.sort_unstable();
        let rows = concat_batches(&gathered[0].schema(), &gathered)?;
        let rows = take_record_batch(&rows, &UInt32Array::from(order))?;
        let (mut first, mut numbers, mut streams) = (0, Vec::new(), Vec::new());
        for of_range in ranges.chunk_by(|a, b| a == b) {
            let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema())?;
            writer.write(&rows.slice(first, of_range.len()))?;
            streams.push(writer.into_inner()?);
            numbers.push(of_range[0] as i32);
            first += of_range.len();
        }
        travelling(numbers, &self.table, streams)
    }
}

/// The range of an id.
fn range_of(splitters: &Splitters, id: &str) -> usize {
    splitters.partition_point(|first| first.as_str() <= id)
}

/// A batch with the columns of [`ROUTED_DDL`].
fn travelling(ranges: Vec<i32>, table: &str, rows: Vec<Vec<u8>>) -> Result<RecordBatch, ArrowError> {
    let field = |name, kind| Field::new(name, kind, false);
    let schema = Schema::new(vec![
        field("range", DataType::Int32),
        field("table", DataType::Utf8),
        field("rows", DataType::Binary),
    ]);
    let tables = StringArray::from_iter_values(ranges.iter().map(|_| table));
    let columns: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(ranges)), Arc::new(tables), Arc::new(BinaryArray::from_iter_values(rows))];
    RecordBatch::try_new(Arc::new(schema), columns)
}

/// Rows as record batches hold them.
fn packed(raw: &RawTable<'_>) -> Result<RecordBatch, ArrowError> {
    let (mut fields, mut columns) = (Vec::new(), Vec::<ArrayRef>::new());
    let mut add = |name: &str, column: ArrayRef| {
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    };
    for (place, cells) in raw.columns.iter().enumerate() {
        match cells {
            // Without the bytes of other rows that views look at.
            Some(Cells::Text(texts)) => add(&place.to_string(), cast(texts, &DataType::Utf8)?),
            Some(cells @ Cells::Spans(_)) => {
                let texts: StringArray = (0..raw.height).map(|row| cells.text(row)).collect();
                add(&place.to_string(), Arc::new(texts));
            }
            Some(Cells::Number(numbers)) => add(&place.to_string(), Arc::new(numbers.clone())),
            Some(Cells::Days(days)) => add(&place.to_string(), Arc::new(days.clone())),
            None => (),
        }
    }
    add(ROW, Arc::new(Int64Array::from_iter_values((0..raw.height).map(|row| raw.row_number(row) as i64))));
    if !matches!(raw.raw, RawRows::Cells) {
        add(RAW, Arc::new(StringArray::from_iter_values((0..raw.height).map(|row| raw.raw(row)))));
    }
    let mut faults = vec![None; raw.height];
    for (&row, fault) in &raw.faults {
        faults[row] = Some(rmp_serde::to_vec(fault).map_err(external)?);
    }
    add(FAULT, Arc::new(BinaryArray::from_iter(faults)));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> ArrowError {
    ArrowError::ExternalError(Box::new(error))
}

fn not_routed() -> ArrowError {
    ArrowError::SchemaError(format!("routed rows have the columns {ROUTED_DDL}"))
}

/// What came to a range: the rows of each table, and accounts.
pub(super) type Arrived = (BTreeMap<String, Vec<RecordBatch>>, Vec<Account>);

/// Opens what came to a range.
pub(super) fn arrived(batches: &[RecordBatch]) -> Result<Arrived, ArrowError> {
    let (mut rows, mut accounts) = (BTreeMap::<String, Vec<RecordBatch>>::new(), Vec::new());
    for batch in batches {
        if batch.num_columns() != 3 {
            return Err(not_routed());
        }
        // An engine may have other widths for texts.
        let (tables, streams) = (cast(batch.column(1), &DataType::Utf8)?, cast(batch.column(2), &DataType::Binary)?);
        for (table, stream) in tables.as_string::<i32>().iter().zip(streams.as_binary::<i32>()) {
            let (Some(table), Some(stream)) = (table, stream) else { return Err(not_routed()) };
            if table == ACCOUNT {
                accounts.push(rmp_serde::from_slice(stream).map_err(external)?);
                continue;
            }
            let own = rows.entry(table.to_owned()).or_default();
            for rows in StreamReader::try_new(stream, None)? {
                own.push(viewed(&rows?)?);
            }
        }
    }
    Ok((rows, accounts))
}

/// The same rows with texts as views, of which any number can be put together.
fn viewed(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let view = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8 => cast(column, &DataType::Utf8View),
        _ => Ok(column.clone()),
    };
    let columns = rows.columns().iter().map(view).collect::<Result<Vec<_>, _>>()?;
    let schema = rows.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> =
        fields.map(|(field, own)| Field::new(field.name(), own.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// The rows of one table that lie in one range of ids.
#[derive(Debug, Default)]
pub(super) struct RoutedTable {
    columns: Vec<Option<Cells<'static>>>,
    rows: Vec<u64>,
    /// Rows as they stand in the file; where there are none, the cells joined by commas.
    raw: Option<StringViewArray>,
    faults: BTreeMap<usize, SetAside>,
}

impl RoutedTable {
    /// Puts rows together, by number; rows without one by their cells. `width`: how many columns are wanted.
    pub fn of(rows: &[RecordBatch], width: usize) -> Result<Self, ArrowError> {
        let Some(first) = rows.first() else { return Ok(Self::default()) };
        let rows = concat_batches(&first.schema(), rows)?;
        let places: Vec<String> = (0..width).map(|place| place.to_string()).collect();
        let cells = places.iter().filter_map(|place| rows.column_by_name(place));
        let keys = rows.column_by_name(ROW).into_iter().chain(cells);
        let keys = keys.map(|values| SortColumn { values: values.clone(), options: None });
        let order = lexsort_to_indices(&keys.collect::<Vec<_>>(), None)?;
        let rows = take_record_batch(&rows, &order)?;
        let cells = |place: &String| match rows.column_by_name(place) {
            None => Ok(None),
            Some(column) => match column.data_type() {
                DataType::Utf8View => Ok(Some(Cells::Text(column.as_string_view().clone()))),
                DataType::Float64 => Ok(Some(Cells::Number(column.as_primitive::<Float64Type>().clone()))),
                DataType::Date32 => Ok(Some(Cells::Days(column.as_primitive::<Date32Type>().clone()))),
                _ => Err(not_routed()),
            },
        };
        let numbers = rows.column_by_name(ROW).and_then(|own| own.as_primitive_opt::<Int64Type>());
        let of_rows = rows.column_by_name(FAULT).and_then(|own| own.as_binary_opt::<i32>());
        let (Some(numbers), Some(of_rows)) = (numbers, of_rows) else { return Err(not_routed()) };
        let mut faults = BTreeMap::new();
        for (row, fault) in of_rows.iter().enumerate() {
            if let Some(fault) = fault {
                faults.insert(row, rmp_serde::from_slice(fault).map_err(external)?);
            }
        }
        Ok(Self {
            columns: places.iter().map(cells).collect::<Result<_, _>>()?,
            rows: numbers.values().iter().map(|&row| row.max(0) as u64).collect(),
            raw: rows.column_by_name(RAW).and_then(|own| own.as_string_view_opt()).cloned(),
            faults,
        })
    }

    /// The digest of rows that have no number; those of a file have the digest of the file. Of each row, its cells one after the other as
    /// kind, length in 8 bytes and value; all ones for null.
    pub fn digest(&self) -> Option<RowDigest> {
        if self.rows.first() != Some(&0) {
            return None;
        }
        let (mut digest, mut bytes) = (RowDigest::default(), Vec::new());
        let cell = |bytes: &mut Vec<u8>, kind: u8, value: Option<&[u8]>| {
            bytes.push(kind);
            bytes.extend(value.map_or(u64::MAX, |value| value.len() as u64).to_le_bytes());
            bytes.extend(value.unwrap_or_default());
        };
        for row in 0..self.rows.len() {
            bytes.clear();
            for column in &self.columns {
                match column {
                    None => cell(&mut bytes, b'-', None),
                    Some(cells @ (Cells::Text(_) | Cells::Spans(_))) => {
                        cell(&mut bytes, b't', cells.text(row).map(str::as_bytes));
                    }
                    Some(Cells::Number(numbers)) => {
                        let value = numbers.value(row).to_le_bytes();
                        cell(&mut bytes, b'n', numbers.is_valid(row).then_some(&value));
                    }
                    Some(Cells::Days(days)) => {
                        let value = days.value(row).to_le_bytes();
                        cell(&mut bytes, b'd', days.is_valid(row).then_some(&value));
                    }
                }
            }
            digest.add_row(&bytes);
        }
        Some(digest)
    }

    /// Hands over all rows at once.
    pub fn read(&self, outcome: &mut Outcome, each: &mut Each<'_>) -> Result<(), IngestError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        each(self.table(), outcome)
    }

    /// Row numbers and raw texts of some rows, named by their place.
    pub fn reread(&self, wanted: &[u32]) -> BTreeMap<u32, SourceRow> {
        let table = self.table();
        let row = |&place: &u32| {
            let row = place as usize;
            (place, SourceRow { row: table.row_number(row), raw: table.raw(row) })
        };
        wanted.iter().map(row).collect()
    }

    fn table(&self) -> RawTable<'_> {
        RawTable {
            columns: self.columns.clone(),
            height: self.rows.len(),
            rows: RowNumbers::Listed(self.rows.clone()),
            raw: self.raw.as_ref().map_or(RawRows::Cells, RawRows::Texts),
            faults: self.faults.clone(),
            done: 1.0,
        }
    }
}
