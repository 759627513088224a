//! Parquet and Arrow IPC files: the schema is checked first, then only the needed columns are read, a batch of rows at a
//! time, so that ids can be packed and dropped before the next.

use std::collections::BTreeMap;
use std::fs::File;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::FileReader;

use crate::guard::guarded;
use crate::table_reader::{Batches, TableReader};
use crate::terms::{Note, SetAside};

use super::arrow_file::ArrowFile;
use super::column_types::{Typed, check_type, viewed};
use super::error::IngestError;
use super::layout::{Layout, RequestedColumn};
use super::outcome::{Notes, Outcome};
use super::raw::{Cells, LONGEST_CELL, RawRows, RawTable, RowNumbers};
use super::source::{Each, Request, SourceRow};

/// A Parquet or Arrow file whose columns have been matched.
#[derive(Debug)]
pub(super) struct ColumnarFile {
    file: String,
    handle: Handle,
    /// Place in the file's schema of each wanted column.
    places: Vec<Option<usize>>,
}

#[derive(Debug)]
enum Handle {
    Parquet(TableReader),
    Arrow(ArrowFile),
}

/// Batches of the columns that are read, in the order of `ColumnarFile::read_places`.
enum BatchReader {
    Parquet(Batches),
    Arrow(FileReader<File>),
}

impl ColumnarFile {
    /// Opens the file and matches its columns. `unpacked_limit`: most bytes that it may unpack to.
    pub fn open(
        request: &Request,
        parquet: bool,
        unpacked_limit: u64,
        outcome: &mut Outcome,
    ) -> Result<Self, IngestError> {
        let handle = File::open(&request.input.path).map_err(|source| request.unreadable(source))?;
        let malformed = |problem: String| malformed(request.file(), problem);
        let (handle, schema) = if parquet {
            let reader = TableReader::open(handle).map_err(malformed)?;
            let schema = reader.schema().clone();
            (Handle::Parquet(reader), schema)
        } else {
            let arrow = ArrowFile::open(handle).map_err(malformed)?;
            let schema = arrow.reader(None).map_err(malformed)?.schema();
            (Handle::Arrow(arrow), schema)
        };
        let unpacked = match &handle {
            Handle::Parquet(reader) => reader.unpacked_bytes(),
            Handle::Arrow(arrow) => arrow.unpacked,
        };
        if unpacked > unpacked_limit {
            let (file, table) = (request.file().to_owned(), request.table.clone());
            return Err(IngestError::Unpacked { file, table, limit: unpacked_limit });
        }
        let places = check_columns(request, &schema, outcome)?;
        Ok(Self { file: request.file().to_owned(), handle, places })
    }

    /// Places in the file's schema of the columns that are read, in order, each once.
    fn read_places(&self) -> Vec<usize> {
        let mut places: Vec<usize> = self.places.iter().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn reading(&self) -> Result<BatchReader, IngestError> {
        let places = self.read_places();
        let reading = match &self.handle {
            Handle::Parquet(reader) => reader.read(&places, None).map(BatchReader::Parquet),
            Handle::Arrow(arrow) => arrow.reader(Some(places)).map(BatchReader::Arrow),
        };
        reading.map_err(|problem| malformed(&self.file, problem))
    }

    fn next(&self, reading: &mut BatchReader) -> Result<Option<Vec<ArrayRef>>, IngestError> {
        let batch = match reading {
            BatchReader::Parquet(batches) => batches.next(),
            BatchReader::Arrow(reader) => guarded(|| {
                let batch = reader.next().transpose().map_err(|error| error.to_string())?;
                Ok(batch.map(|batch| batch.columns().to_vec()))
            }),
        };
        batch.map_err(|problem| malformed(&self.file, problem))
    }

    /// Hands over the rows batch by batch; the next batch is read while one is handled.
    pub fn read(
        &self,
        requested: &[RequestedColumn],
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<(), IngestError> {
        let mut reading = self.reading()?;
        let mut ready = self.next(&mut reading)?;
        let mut first = 0;
        while let Some(columns) = ready {
            let (next, handled) = rayon::join(
                || self.next(&mut reading),
                || {
                    let (table, notes) = self.table(requested, first, &columns)?;
                    outcome.take(notes, |row| table.row_number(row), |row| table.raw(row));
                    first += table.height;
                    if table.height > 0 { each(table, outcome) } else { Ok(()) }
                },
            );
            handled?;
            ready = next?;
        }
        Ok(())
    }

    /// Row numbers and raw texts of some rows, named by their place in file order.
    pub fn reread(
        &self,
        requested: &[RequestedColumn],
        wanted: &[u32],
    ) -> Result<BTreeMap<u32, SourceRow>, IngestError> {
        let mut found = BTreeMap::new();
        let (mut reading, mut first) = (self.reading()?, 0);
        let mut wanted = wanted.iter().copied().peekable();
        while let (Some(_), Some(columns)) = (wanted.peek(), self.next(&mut reading)?) {
            let height = columns.first().map_or(0, |column| column.len());
            let here = |place: &u32| (*place as usize) < first + height;
            if wanted.peek().is_some_and(here) {
                let (table, _) = self.table(requested, first, &columns)?;
                while let Some(place) = wanted.next_if(here) {
                    let row = place as usize - first;
                    found.insert(place, SourceRow { row: table.row_number(row), raw: table.raw(row) });
                }
            }
            first += height;
        }
        Ok(found)
    }

    fn table(
        &self,
        requested: &[RequestedColumn],
        first: usize,
        columns: &[ArrayRef],
    ) -> Result<(RawTable<'static>, Notes), IngestError> {
        let height = columns.first().map_or(0, |column| column.len());
        let places = self.read_places();
        // An Arrow file does not say how many rows it has.
        let done = match &self.handle {
            Handle::Parquet(reader) => (first + height) as f64 / reader.rows().max(1) as f64,
            Handle::Arrow(_) => 0.0,
        };
        let arrays = self.places.iter().map(|place| Some(&columns[places.binary_search(place.as_ref()?).ok()?]));
        raw_table(&self.file, requested, arrays, height, RowNumbers::From(first as u64 + 1), done)
    }
}

/// The wanted columns of a batch as its table needs them.
pub(super) fn raw_table<'a>(
    file: &str,
    requested: &[RequestedColumn],
    columns: impl Iterator<Item = Option<&'a ArrayRef>>,
    height: usize,
    rows: RowNumbers,
    done: f64,
) -> Result<(RawTable<'static>, Notes), IngestError> {
    let (mut faults, mut notes) = (BTreeMap::new(), Notes::default());
    let mut typed_columns: Vec<Option<Cells>> = Vec::with_capacity(requested.len());
    for (column_request, column) in requested.iter().zip(columns) {
        let Some(column) = column else {
            typed_columns.push(None);
            continue;
        };
        let typed = guarded(|| {
            viewed(column)
                .and_then(|column| Typed::of(&column, column_request.reads))
                .map_err(|error| error.to_string())
        });
        let Typed { cells, broken, rounded } = typed.map_err(|problem| malformed(file, problem))?;
        for row in broken {
            let fault = SetAside::Undecodable { column: column_request.name.clone(), encoding: "utf-8".to_owned() };
            faults.entry(row).or_insert(fault);
        }
        for row in rounded {
            notes.add(Note::NumberAsId, row, &cells.shown(row));
        }
        if let Cells::Text(texts) = &cells
            && texts.lengths().any(|length| length as usize > LONGEST_CELL)
        {
            let is_long = |row: &usize| cells.text(*row).is_some_and(|text| text.len() > LONGEST_CELL);
            for row in (0..height).filter(is_long) {
                faults.entry(row).or_insert(SetAside::OversizedCell { limit: LONGEST_CELL });
            }
        }
        typed_columns.push(Some(cells));
    }
    Ok((RawTable { columns: typed_columns, height, rows, raw: RawRows::Cells, faults, done }, notes))
}

/// Matches the columns of a table with the wanted ones and checks their types: the place of each.
pub(super) fn check_columns(
    request: &Request,
    schema: &SchemaRef,
    outcome: &mut Outcome,
) -> Result<Vec<Option<usize>>, IngestError> {
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let layout = Layout::of(&names, &request.requested, &request.input.columns);
    request.check(&layout, 0, 0, outcome)?;
    for (column_request, place) in request.requested.iter().zip(&layout.places) {
        if let Some(place) = place {
            check_type(request.file(), &names[*place], schema.field(*place).data_type(), column_request.reads)?;
        }
    }
    Ok(layout.places)
}

fn malformed(file: &str, problem: String) -> IngestError {
    IngestError::Malformed {
        file: file.to_owned(),
        format: "Parquet or Arrow (IPC file format)".to_owned(),
        problem,
        fix: "write it again as Parquet or in the Arrow file format (Feather 2, not a stream)".to_owned(),
    }
}
