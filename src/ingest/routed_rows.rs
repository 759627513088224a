//! Routed rows as they travel between machines: packed where they are found, opened where a range is brought together.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::builder::{Float64Builder, Int32Builder, ListBuilder, StringBuilder};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::terms::SetAside;

use super::account::{Account, RowDigest};
use super::error::IngestError;
use super::ids::{Id, read_id};
use super::layout::RequestedColumn;
use super::outcome::Outcome;
use super::raw::{Cells, RawRows, RawTable, RowNumbers};
use super::source::{Each, SourceRow};

/// Where the ranges of ids begin: range `k` holds the ids below the `k`-th of these and not below the one before.
pub type Splitters = [String];

/// The columns of routed rows, as Spark's DDL has them. `kinds` has a letter for each wanted column: `t`ext, `n`umber, `d`ay or `-`
/// for one that the table lacks; the cells of each kind follow each other in a list.
pub const ROUTED_DDL: &str = "range int, table string, row long, kinds string, texts array<string>, numbers array<double>, \
                              days array<int>, raw string, fault binary";

/// Stands for a table where an account travels beside the rows.
pub(super) const ACCOUNT: &str = "";

fn schema() -> SchemaRef {
    let item = |kind| Arc::new(Field::new("element", kind, true));
    Arc::new(Schema::new(vec![
        Field::new("range", DataType::Int32, false),
        Field::new("table", DataType::Utf8, false),
        Field::new("row", DataType::Int64, false),
        Field::new("kinds", DataType::Utf8, false),
        Field::new("texts", DataType::List(item(DataType::Utf8)), false),
        Field::new("numbers", DataType::List(item(DataType::Float64)), false),
        Field::new("days", DataType::List(item(DataType::Int32)), false),
        Field::new("raw", DataType::Utf8, true),
        Field::new("fault", DataType::Binary, true),
    ]))
}

/// The rows of one table that lie in one range of ids.
#[derive(Debug, Default)]
pub(super) struct RoutedTable {
    columns: Vec<Option<Cells>>,
    rows: Vec<u64>,
    /// Rows as they stand in the file; where there are none, the cells joined by commas.
    raw: Option<StringViewArray>,
    faults: BTreeMap<usize, SetAside>,
}

impl RoutedTable {
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

fn not_routed() -> ArrowError {
    ArrowError::SchemaError(format!("routed rows have the columns {ROUTED_DDL}"))
}

/// A batch of routed rows, column by column.
pub(super) struct Opened {
    pub tables: StringArray,
    pub numbers: Int64Array,
    kinds: StringArray,
    texts: (ListArray, StringArray),
    reals: (ListArray, Float64Array),
    days: (ListArray, Int32Array),
    raw: StringArray,
    faults: BinaryArray,
}

impl Opened {
    /// An engine may have other widths for texts and lists.
    pub fn of(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let schema = schema();
        if batch.num_columns() != schema.fields().len() {
            return Err(not_routed());
        }
        let column = |at: usize| cast(batch.column(at), schema.field(at).data_type());
        let lists = |at: usize| Ok::<ListArray, ArrowError>(column(at)?.as_list::<i32>().clone());
        let (texts, reals, days) = (lists(4)?, lists(5)?, lists(6)?);
        Ok(Self {
            tables: column(1)?.as_string().clone(),
            numbers: column(2)?.as_primitive().clone(),
            kinds: column(3)?.as_string().clone(),
            texts: (texts.clone(), texts.values().as_string().clone()),
            reals: (reals.clone(), reals.values().as_primitive().clone()),
            days: (days.clone(), days.values().as_primitive().clone()),
            raw: column(7)?.as_string().clone(),
            faults: column(8)?.as_binary().clone(),
        })
    }

    pub fn account(&self, row: usize) -> Result<Account, ArrowError> {
        unpacked(self.faults.value(row))
    }

    /// The place among all values of a list column of the `at`-th cell of a row.
    fn place(lists: &ListArray, row: usize, at: usize) -> Option<usize> {
        let offsets = lists.value_offsets();
        let place = offsets[row] as usize + at;
        (place < offsets[row + 1] as usize).then_some(place)
    }

    fn text(&self, row: usize, at: usize) -> Option<&str> {
        let (lists, values) = &self.texts;
        Self::place(lists, row, at).filter(|&place| values.is_valid(place)).map(|place| values.value(place))
    }

    fn real(&self, row: usize, at: usize) -> Option<f64> {
        let (lists, values) = &self.reals;
        Self::place(lists, row, at).filter(|&place| values.is_valid(place)).map(|place| values.value(place))
    }

    fn day(&self, row: usize, at: usize) -> Option<i32> {
        let (lists, values) = &self.days;
        Self::place(lists, row, at).filter(|&place| values.is_valid(place)).map(|place| values.value(place))
    }
}

/// What was packed for the way.
fn unpacked<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, ArrowError> {
    rmp_serde::from_slice(bytes).map_err(|error| ArrowError::ExternalError(Box::new(error)))
}

/// The order of rows of a table: by number, and rows without one by their cells.
fn order(kinds: &[(u8, usize)], (a, of_a): (&Opened, usize), (b, of_b): (&Opened, usize)) -> Ordering {
    a.numbers.value(of_a).cmp(&b.numbers.value(of_b)).then_with(|| {
        let cells = kinds.iter().map(|&(kind, at)| match kind {
            b't' => a.text(of_a, at).cmp(&b.text(of_b, at)),
            b'n' => a.real(of_a, at).map(f64::to_bits).cmp(&b.real(of_b, at).map(f64::to_bits)),
            _ => a.day(of_a, at).cmp(&b.day(of_b, at)),
        });
        cells.fold(Ordering::Equal, Ordering::then)
    })
}

/// The digest of rows: of each, its cells one after the other as kind, length in 8 bytes and value, all ones for null.
pub(super) fn digest_of(rows: &[(&Opened, usize)]) -> RowDigest {
    let (mut digest, mut bytes) = (RowDigest::default(), Vec::new());
    for &(batch, row) in rows {
        bytes.clear();
        let mut at = [0; 3];
        for kind in batch.kinds.value(row).bytes() {
            let mut next = |list: usize| {
                at[list] += 1;
                at[list] - 1
            };
            let cell: Option<Vec<u8>> = match kind {
                b't' => batch.text(row, next(0)).map(|text| text.as_bytes().to_vec()),
                b'n' => batch.real(row, next(1)).map(|real| real.to_le_bytes().to_vec()),
                b'd' => batch.day(row, next(2)).map(|day| day.to_le_bytes().to_vec()),
                _ => None,
            };
            bytes.push(kind);
            bytes.extend(cell.as_ref().map_or(u64::MAX, |cell| cell.len() as u64).to_le_bytes());
            bytes.extend(cell.into_iter().flatten());
        }
        digest.add_row(&bytes);
    }
    digest
}

/// Puts rows of a table together, in order.
pub(super) fn gather(
    mut rows: Vec<(&Opened, usize)>,
    requested: &[RequestedColumn],
) -> Result<RoutedTable, ArrowError> {
    let Some(&(first, row)) = rows.first() else { return Ok(RoutedTable::default()) };
    let letters = first.kinds.value(row);
    if letters.len() != requested.len() || rows.iter().any(|&(batch, row)| batch.kinds.value(row) != letters) {
        return Err(not_routed());
    }
    // Each kind with its place among those of its kind.
    let before = |at: usize| letters.bytes().take(at).filter(|&kind| kind == letters.as_bytes()[at]).count();
    let kinds: Vec<(u8, usize)> = letters.bytes().enumerate().map(|(at, kind)| (kind, before(at))).collect();
    rows.sort_by(|&a, &b| order(&kinds, a, b));
    let column = |&(kind, at): &(u8, usize)| match kind {
        b't' => Some(Cells::Text(rows.iter().map(|&(batch, row)| batch.text(row, at)).collect())),
        b'n' => Some(Cells::Number(rows.iter().map(|&(batch, row)| batch.real(row, at)).collect())),
        b'd' => Some(Cells::Days(rows.iter().map(|&(batch, row)| batch.day(row, at)).collect())),
        _ => None,
    };
    let mut faults = BTreeMap::new();
    for (place, &(batch, row)) in rows.iter().enumerate().filter(|(_, (batch, row))| batch.faults.is_valid(*row)) {
        faults.insert(place, unpacked(batch.faults.value(row))?);
    }
    let has_raw = first.raw.is_valid(row);
    Ok(RoutedTable {
        columns: kinds.iter().map(column).collect(),
        raw: has_raw.then(|| rows.iter().map(|&(batch, row)| Some(batch.raw.value(row))).collect()),
        rows: rows.iter().map(|&(batch, row)| batch.numbers.value(row).max(0) as u64).collect(),
        faults,
    })
}

/// Routed rows under construction.
pub(super) struct Routed {
    ranges: Vec<i32>,
    tables: Vec<String>,
    rows: Vec<i64>,
    kinds: Vec<String>,
    texts: ListBuilder<StringBuilder>,
    numbers: ListBuilder<Float64Builder>,
    days: ListBuilder<Int32Builder>,
    raw: Vec<Option<String>>,
    faults: Vec<Option<Vec<u8>>>,
}

impl Routed {
    pub fn new() -> Self {
        Self {
            ranges: Vec::new(),
            tables: Vec::new(),
            rows: Vec::new(),
            kinds: Vec::new(),
            texts: ListBuilder::new(StringBuilder::new()),
            numbers: ListBuilder::new(Float64Builder::new()),
            days: ListBuilder::new(Int32Builder::new()),
            raw: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Adds the rows of a batch; a row without an id that can be used goes to the first range.
    pub fn push(&mut self, table: &str, raw: &RawTable<'_>, splitters: &Splitters) {
        let kind = |cells: &Option<Cells>| match cells {
            None => '-',
            Some(Cells::Text(_)) => 't',
            Some(Cells::Number(_)) => 'n',
            Some(Cells::Days(_)) => 'd',
        };
        let kinds: String = raw.columns.iter().map(kind).collect();
        for row in 0..raw.height {
            let cell = raw.columns.first().and_then(Option::as_ref).and_then(|ids| ids.text(row));
            let range = match read_id(cell) {
                Id::Packed { id, .. } | Id::Long { id, .. } => range_of(splitters, &id),
                Id::Refused(_) => 0,
            };
            self.ranges.push(range as i32);
            self.tables.push(table.to_owned());
            self.rows.push(raw.row_number(row) as i64);
            self.kinds.push(kinds.clone());
            for cells in raw.columns.iter().flatten() {
                match cells {
                    Cells::Text(_) => self.texts.values().append_option(cells.text(row)),
                    Cells::Number(numbers) => {
                        self.numbers.values().append_option(numbers.is_valid(row).then(|| numbers.value(row)));
                    }
                    Cells::Days(days) => {
                        self.days.values().append_option(days.is_valid(row).then(|| days.value(row)));
                    }
                }
            }
            self.close(
                (!matches!(raw.raw, RawRows::Cells)).then(|| raw.raw(row)),
                raw.faults.get(&row).map(|fault| rmp_serde::to_vec(fault).unwrap_or_default()),
            );
        }
    }

    /// Adds an account, which goes to the first range.
    pub fn push_account(&mut self, account: &Account) {
        self.ranges.push(0);
        self.tables.push(ACCOUNT.to_owned());
        self.rows.push(0);
        self.kinds.push(String::new());
        self.close(None, Some(rmp_serde::to_vec_named(account).unwrap_or_default()));
    }

    fn close(&mut self, raw: Option<String>, fault: Option<Vec<u8>>) {
        self.texts.append(true);
        self.numbers.append(true);
        self.days.append(true);
        self.raw.push(raw);
        self.faults.push(fault);
    }

    pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let element = |kind| Arc::new(Field::new("element", kind, true));
        self.texts = self.texts.with_field(element(DataType::Utf8));
        self.numbers = self.numbers.with_field(element(DataType::Float64));
        self.days = self.days.with_field(element(DataType::Int32));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(self.ranges)),
            Arc::new(StringArray::from(self.tables)),
            Arc::new(Int64Array::from(self.rows)),
            Arc::new(StringArray::from(self.kinds)),
            Arc::new(self.texts.finish()),
            Arc::new(self.numbers.finish()),
            Arc::new(self.days.finish()),
            Arc::new(StringArray::from(self.raw)),
            Arc::new(BinaryArray::from_iter(self.faults)),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}

/// The range of an id.
fn range_of(splitters: &Splitters, id: &str) -> usize {
    splitters.partition_point(|first| first.as_str() <= id)
}
