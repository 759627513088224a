//! Parquet and Arrow IPC files: the schema is checked first, then only the needed columns are read, a batch of rows at a
//! time, so that ids can be packed and dropped before the next.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray};
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::FileReader;

use crate::guard::guarded;
use crate::table_reader::{Batches, TableReader};
use crate::terms::{Note, SetAside};

use super::arrow_file::ArrowFile;
use super::column_types::{Typed, check_type, viewed};
use super::error::IngestError;
use super::layout::{Layout, RequestedColumn};
use super::outcome::{Notes, Outcome, a_few};
use super::place::Piece;
use super::raw::{Cells, LONGEST_CELL, RawRows, RawTable, RowNumbers};
use super::source::{Each, Request, SourceRow};

/// A Parquet or Arrow file, or several Parquet files that make one table, whose columns have been matched.
#[derive(Debug)]
pub(super) struct ColumnarFile {
    pieces: Vec<PieceOfTable>,
    is_parquet: bool,
    /// Rows of all Parquet files; an Arrow file does not say.
    rows: usize,
}

/// One of the files.
#[derive(Debug)]
struct PieceOfTable {
    piece: Arc<Piece>,
    /// Itself, where it is the only one; of several, one is open at a time.
    open: Option<Handle>,
    /// Where each wanted column is.
    cells: Vec<CellsIn>,
}

/// Where a wanted column of a piece is.
#[derive(Clone, PartialEq, Eq, Debug)]
enum CellsIn {
    /// In the file, at this place of its schema.
    File(usize),
    /// In the name of a folder: one value for all rows.
    Folder(Option<String>),
    /// Other files have it.
    Elsewhere,
    /// Nowhere.
    Nowhere,
}

#[derive(Debug)]
enum Handle {
    Parquet(TableReader),
    Arrow(ArrowFile),
}

impl Handle {
    fn of(piece: &Piece, is_parquet: bool) -> Result<Self, String> {
        let file = piece.open().map_err(|error| error.to_string())?;
        if is_parquet { TableReader::open(file).map(Self::Parquet) } else { ArrowFile::open(file).map(Self::Arrow) }
    }

    fn schema(&self) -> Result<SchemaRef, String> {
        match self {
            Self::Parquet(reader) => Ok(reader.schema().clone()),
            Self::Arrow(arrow) => Ok(arrow.reader(None)?.schema()),
        }
    }

    fn unpacked(&self) -> u64 {
        match self {
            Self::Parquet(reader) => reader.unpacked_bytes(),
            Self::Arrow(arrow) => arrow.unpacked,
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Parquet(reader) => reader.rows(),
            Self::Arrow(_) => 0,
        }
    }

    fn read(&self, places: Vec<usize>) -> Result<BatchReader, String> {
        match self {
            Self::Parquet(reader) => reader.read(&places, None).map(BatchReader::Parquet),
            Self::Arrow(arrow) => arrow.reader(Some(places)).map(BatchReader::Arrow),
        }
    }
}

impl PieceOfTable {
    /// Places in the file's schema of the columns that are read, in order, each once.
    fn read_places(&self) -> Vec<usize> {
        let place = |cells: &CellsIn| if let CellsIn::File(place) = cells { Some(*place) } else { None };
        let mut places: Vec<usize> = self.cells.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The wanted columns of a batch.
    fn columns(&self, read: &[ArrayRef], height: usize) -> Vec<Option<ArrayRef>> {
        let places = self.read_places();
        let same = |value: Option<&str>| -> ArrayRef {
            Arc::new(std::iter::repeat_n(value, height).collect::<StringViewArray>())
        };
        let column = |cells: &CellsIn| match cells {
            CellsIn::File(place) => places.binary_search(place).ok().map(|at| read[at].clone()),
            CellsIn::Folder(value) => Some(same(value.as_deref())),
            CellsIn::Elsewhere => Some(same(None)),
            CellsIn::Nowhere => None,
        };
        self.cells.iter().map(column).collect()
    }
}

/// Batches of the columns that are read, in the order of their places.
enum BatchReader {
    Parquet(Batches),
    Arrow(FileReader<File>),
}

/// A table that is being read, one file after the other.
struct Reading<'f> {
    table: &'f ColumnarFile,
    at: usize,
    reader: Option<BatchReader>,
}

impl Reading<'_> {
    /// The next columns, and whose they are.
    fn next(&mut self) -> Result<Option<(usize, Vec<ArrayRef>)>, IngestError> {
        while let Some(own) = self.table.pieces.get(self.at) {
            let batch = match &mut self.reader {
                None => {
                    let open = |handle: &Handle| handle.read(own.read_places());
                    let reader = match &own.open {
                        Some(handle) => open(handle),
                        None => Handle::of(&own.piece, self.table.is_parquet).and_then(|handle| open(&handle)),
                    };
                    self.reader = Some(reader.map_err(|problem| malformed(&own.piece.name, problem))?);
                    continue;
                }
                Some(BatchReader::Parquet(batches)) => batches.next(),
                Some(BatchReader::Arrow(reader)) => guarded(|| {
                    let batch = reader.next().transpose().map_err(|error| error.to_string())?;
                    Ok(batch.map(|batch| batch.columns().to_vec()))
                }),
            };
            match batch.map_err(|problem| malformed(&own.piece.name, problem))? {
                Some(columns) => return Ok(Some((self.at, columns))),
                None => (self.at, self.reader) = (self.at + 1, None),
            }
        }
        Ok(None)
    }
}

impl ColumnarFile {
    /// Opens the files and matches their columns. `unpacked_limit`: most bytes that they may unpack to.
    pub fn open(
        request: &Request,
        pieces: &[Arc<Piece>],
        is_parquet: bool,
        unpacked_limit: u64,
        outcome: &mut Outcome,
    ) -> Result<Self, IngestError> {
        let (mut names, mut schemas, mut open) = (Vec::new(), Vec::with_capacity(pieces.len()), None);
        let (mut unpacked, mut rows, mut starts) = (0u64, 0usize, Vec::with_capacity(pieces.len()));
        for piece in pieces {
            let malformed = |problem: String| malformed(&piece.name, problem);
            let handle = Handle::of(piece, is_parquet).map_err(malformed)?;
            let schema = handle.schema().map_err(malformed)?;
            unpacked = unpacked.saturating_add(handle.unpacked());
            starts.push((rows as u64, piece.name.clone()));
            rows = rows.saturating_add(handle.rows());
            let of_folders = piece.partitions.iter().map(|(name, _)| name);
            for name in schema.fields().iter().map(|field| field.name()).chain(of_folders) {
                if pieces.len() == 1 || !names.contains(name) {
                    names.push(name.clone());
                }
            }
            schemas.push(schema);
            open = Some(handle);
        }
        if unpacked > unpacked_limit {
            let (file, table) = (request.file().to_owned(), request.table.clone());
            return Err(IngestError::Unpacked { file, table, limit: unpacked_limit });
        }
        let is_several = pieces.len() > 1;
        if is_several {
            outcome.starts = starts;
        }
        let layout_of = |names: &[String]| Layout::of(names, &request.requested, &request.input.columns);
        let layout = layout_of(&names);
        request.check(&layout, 0, 0, outcome)?;
        let mut of_table = Vec::with_capacity(pieces.len());
        for (piece, schema) in pieces.iter().zip(&schemas) {
            // Each file is matched by its own headers: a later one may call a column otherwise.
            let of_folders = piece.partitions.iter().map(|(name, _)| name);
            let own: Vec<String> =
                schema.fields().iter().map(|field| field.name()).chain(of_folders).cloned().collect();
            let width = schema.fields().len();
            let found = |(place, anywhere): (&Option<usize>, &Option<usize>)| match *place {
                Some(place) if place < width => CellsIn::File(place),
                Some(place) => CellsIn::Folder(piece.partitions[place - width].1.clone()),
                None if anywhere.is_some() => CellsIn::Elsewhere,
                None => CellsIn::Nowhere,
            };
            let cells: Vec<CellsIn> = layout_of(&own).places.iter().zip(&layout.places).map(found).collect();
            for (column_request, cells) in request.requested.iter().zip(&cells) {
                if let CellsIn::File(at) = cells {
                    check_type(&piece.name, &own[*at], schema.field(*at).data_type(), column_request.reads)?;
                }
            }
            if !matches!(cells.first(), Some(CellsIn::File(_))) {
                return Err(IngestError::MissingColumn {
                    table: request.table.clone(),
                    file: piece.name.clone(),
                    row: 0,
                    column: request.requested.first().map(|own| own.name.clone()).unwrap_or_default(),
                    headers: a_few(schema.fields().iter().map(|field| field.name().as_str()), 40),
                });
            }
            of_table.push(PieceOfTable { piece: piece.clone(), open: open.take_if(|_| !is_several), cells });
        }
        Ok(Self { pieces: of_table, is_parquet, rows })
    }

    fn reading(&self) -> Reading<'_> {
        Reading { table: self, at: 0, reader: None }
    }

    /// Hands over the rows batch by batch; the next batch is read while one is handled.
    pub fn read(
        &self,
        requested: &[RequestedColumn],
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<(), IngestError> {
        let mut reading = self.reading();
        let mut ready = reading.next()?;
        let mut first = 0;
        while let Some((piece, columns)) = ready {
            let (next, handled) = rayon::join(
                || reading.next(),
                || {
                    let (table, notes) = self.table(requested, piece, first, &columns)?;
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
        let (mut reading, mut first) = (self.reading(), 0);
        let mut wanted = wanted.iter().copied().peekable();
        while let (Some(_), Some((piece, columns))) = (wanted.peek(), reading.next()?) {
            let height = columns.first().map_or(0, |column| column.len());
            let here = |place: &u32| (*place as usize) < first + height;
            if wanted.peek().is_some_and(here) {
                let (table, _) = self.table(requested, piece, first, &columns)?;
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
        piece: usize,
        first: usize,
        columns: &[ArrayRef],
    ) -> Result<(RawTable<'static>, Notes), IngestError> {
        let height = columns.first().map_or(0, |column| column.len());
        let done = if self.is_parquet { (first + height) as f64 / self.rows.max(1) as f64 } else { 0.0 };
        let own = &self.pieces[piece];
        let columns = own.columns(columns, height);
        let arrays = columns.iter().map(Option::as_ref);
        raw_table(&own.piece.name, requested, arrays, height, RowNumbers::From(first as u64 + 1), done)
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
    let mut typed_columns: Vec<Option<Cells<'static>>> = Vec::with_capacity(requested.len());
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
