//! Parquet and Arrow IPC files: the schema is checked first, then only the needed columns are read, a batch of rows at a
//! time, so that ids can be packed and dropped before the next.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::{FileReader, FileReaderBuilder, read_footer_length};
use arrow::ipc::{root_as_footer, root_as_message};

use crate::guard::guarded;
use crate::table_reader::{Batches, TableReader};
use crate::terms::{Note, SetAside};

use super::column_types::{Typed, check_type, viewed};
use super::error::IngestError;
use super::layout::{Layout, Want};
use super::outcome::{Notes, Outcome};
use super::raw::{Cells, LONGEST_CELL, RawRows, RawTable, RowNumbers};
use super::source::{Each, Recalled, Request};

/// Bytes at the end of an Arrow file: the length of the footer and the magic word.
const ARROW_TAIL: u64 = 10;

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
    Arrow(File),
}

/// Batches of the columns that are read, in the order of `ColumnarFile::read_places`.
enum Reading {
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
        let too_large = || IngestError::Unpacked {
            file: request.file().to_owned(),
            table: request.table.clone(),
            limit: unpacked_limit,
        };
        let (handle, schema) = if parquet {
            let reader = TableReader::open(handle).map_err(malformed)?;
            if reader.unpacked_bytes() > unpacked_limit {
                return Err(too_large());
            }
            let schema = reader.schema().clone();
            (Handle::Parquet(reader), schema)
        } else {
            if guarded(|| arrow_unpacks_to(&handle)).map_err(malformed)? > unpacked_limit {
                return Err(too_large());
            }
            let schema = arrow_reader(&handle, None).map_err(malformed)?.schema();
            (Handle::Arrow(handle), schema)
        };
        let places = match_columns(request, &schema, outcome)?;
        Ok(Self { file: request.file().to_owned(), handle, places })
    }

    /// Places in the file's schema of the columns that are read, in order, each once.
    fn read_places(&self) -> Vec<usize> {
        let mut places: Vec<usize> = self.places.iter().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn reading(&self) -> Result<Reading, IngestError> {
        let places = self.read_places();
        let reading = match &self.handle {
            Handle::Parquet(reader) => reader.read(&places, None).map(Reading::Parquet),
            Handle::Arrow(handle) => arrow_reader(handle, Some(places)).map(Reading::Arrow),
        };
        reading.map_err(|problem| malformed(&self.file, problem))
    }

    fn next(&self, reading: &mut Reading) -> Result<Option<Vec<ArrayRef>>, IngestError> {
        let batch = match reading {
            Reading::Parquet(batches) => batches.next(),
            Reading::Arrow(reader) => guarded(|| {
                let batch = reader.next().transpose().map_err(|error| error.to_string())?;
                let columns = batch.map(|batch| batch.columns().iter().map(viewed).collect::<Result<_, _>>());
                columns.transpose().map_err(|error| error.to_string())
            }),
        };
        batch.map_err(|problem| malformed(&self.file, problem))
    }

    /// Hands over the rows batch by batch; the next batch is read while one is handled.
    pub fn read(&self, wants: &[Want], outcome: &mut Outcome, each: &mut Each<'_>) -> Result<(), IngestError> {
        let mut reading = self.reading()?;
        let mut ready = self.next(&mut reading)?;
        let mut first = 0;
        while let Some(columns) = ready {
            let (next, handled) = rayon::join(
                || self.next(&mut reading),
                || {
                    let (table, notes) = self.table(wants, first, &columns)?;
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
    pub fn recall(&self, wants: &[Want], wanted: &[u32]) -> Result<BTreeMap<u32, Recalled>, IngestError> {
        let mut found = BTreeMap::new();
        let (mut reading, mut first) = (self.reading()?, 0);
        let mut wanted = wanted.iter().copied().peekable();
        while let (Some(_), Some(columns)) = (wanted.peek(), self.next(&mut reading)?) {
            let height = columns.first().map_or(0, |column| column.len());
            let here = |place: &u32| (*place as usize) < first + height;
            if wanted.peek().is_some_and(here) {
                let (table, _) = self.table(wants, first, &columns)?;
                while let Some(place) = wanted.next_if(here) {
                    let row = place as usize - first;
                    found.insert(place, Recalled { row: table.row_number(row), raw: table.raw(row) });
                }
            }
            first += height;
        }
        Ok(found)
    }

    fn table(
        &self,
        wants: &[Want],
        first: usize,
        columns: &[ArrayRef],
    ) -> Result<(RawTable<'static>, Notes), IngestError> {
        let height = columns.first().map_or(0, |column| column.len());
        let places = self.read_places();
        let (mut faults, mut notes) = (BTreeMap::new(), Notes::default());
        let mut typed_columns: Vec<Option<Cells>> = Vec::with_capacity(wants.len());
        for (want, place) in wants.iter().zip(&self.places) {
            let Some(at) = place.and_then(|place| places.binary_search(&place).ok()) else {
                typed_columns.push(None);
                continue;
            };
            let typed = guarded(|| Typed::of(&columns[at], want.reads).map_err(|error| error.to_string()));
            let Typed { cells, broken, rounded } = typed.map_err(|problem| malformed(&self.file, problem))?;
            for row in broken {
                let fault = SetAside::Undecodable { column: want.name.clone(), encoding: "utf-8".to_owned() };
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
        let rows = RowNumbers::From(first as u64 + 1);
        Ok((RawTable { columns: typed_columns, height, rows, raw: RawRows::Cells, faults }, notes))
    }
}

/// Matches the columns of a file with the wanted ones and checks their types.
fn match_columns(
    request: &Request,
    schema: &SchemaRef,
    outcome: &mut Outcome,
) -> Result<Vec<Option<usize>>, IngestError> {
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let layout = Layout::of(&names, &request.wants, &request.input.columns);
    request.check(&layout, 0, 0, outcome)?;
    for (want, place) in request.wants.iter().zip(&layout.places) {
        if let Some(place) = place {
            check_type(request.file(), &names[*place], schema.field(*place).data_type(), want.reads)?;
        }
    }
    Ok(layout.places)
}

fn arrow_reader(handle: &File, columns: Option<Vec<usize>>) -> Result<FileReader<File>, String> {
    let mut handle = handle.try_clone().map_err(|error| error.to_string())?;
    guarded(|| {
        handle.rewind().map_err(|error| error.to_string())?;
        let builder = FileReaderBuilder::new();
        let builder = match columns {
            Some(columns) => builder.with_projection(columns),
            None => builder,
        };
        builder.build(handle).map_err(|error| error.to_string())
    })
}

/// Bytes that the batches of an Arrow file unpack to, as it declares; every declared place lies inside the file.
fn arrow_unpacks_to(mut handle: &File) -> Result<u64, String> {
    let text = |error: std::io::Error| error.to_string();
    let length = handle.metadata().map_err(text)?.len();
    let read = |mut handle: &File, at: u64, bytes: u64| -> Result<Vec<u8>, String> {
        if at.checked_add(bytes).is_none_or(|end| end > length) {
            return Err("a part of it lies beyond its end: it is cut short or damaged".to_owned());
        }
        let mut part = vec![0; bytes as usize];
        handle.seek(SeekFrom::Start(at)).and_then(|_| handle.read_exact(&mut part)).map_err(text)?;
        Ok(part)
    };
    let tail = read(handle, length.saturating_sub(ARROW_TAIL), ARROW_TAIL.min(length))?;
    let tail: [u8; 10] = tail.try_into().map_err(|_| "it is shorter than its own end mark".to_owned())?;
    let footer_bytes = read_footer_length(tail).map_err(|error| error.to_string())? as u64;
    let footer_at = length.checked_sub(ARROW_TAIL + footer_bytes).ok_or("its footer is longer than the file")?;
    let footer = read(handle, footer_at, footer_bytes)?;
    let footer = root_as_footer(&footer).map_err(|error| error.to_string())?;
    let batches = footer.recordBatches().into_iter().flatten();
    let mut unpacked = 0u64;
    for block in footer.dictionaries().into_iter().flatten().chain(batches) {
        let place = |number: i64| u64::try_from(number).map_err(|_| "a place in it is negative".to_owned());
        let (at, header, body) = (
            place(block.offset())?,
            place(block.metaDataLength().into())?,
            place(block.bodyLength())?,
        );
        let message = read(handle, at, header)?;
        if at.checked_add(header).and_then(|at| at.checked_add(body)).is_none_or(|end| end > length) {
            return Err("a batch of it lies beyond its end: it is cut short or damaged".to_owned());
        }
        // A message begins with its length, since version 5 behind a mark of four bytes.
        let skip = if message.starts_with(&[0xFF; 4]) { 8 } else { 4 };
        let message = message.get(skip..).ok_or("a message in it is empty")?;
        let message = root_as_message(message).map_err(|error| error.to_string())?;
        let batch = message.header_as_record_batch();
        let batch = batch.or_else(|| message.header_as_dictionary_batch().and_then(|batch| batch.data()));
        unpacked = unpacked.saturating_add(body);
        let Some(batch) = batch.filter(|batch| batch.compression().is_some()) else { continue };
        for buffer in batch.buffers().into_iter().flatten().filter(|buffer| buffer.length() >= 8) {
            let start = at.saturating_add(header).saturating_add(place(buffer.offset())?);
            let declared = read(handle, start, 8)?;
            let declared = i64::from_le_bytes(declared.try_into().map_err(|_| "a buffer in it is cut short")?);
            // −1 marks a buffer that is not compressed.
            unpacked = unpacked.saturating_add(u64::try_from(declared).unwrap_or(0));
        }
    }
    handle.rewind().map_err(text)?;
    Ok(unpacked)
}

fn malformed(file: &str, problem: String) -> IngestError {
    IngestError::Malformed {
        file: file.to_owned(),
        format: "Parquet or Arrow (IPC file format)".to_owned(),
        problem,
        fix: "write it again as Parquet or in the Arrow file format (Feather 2, not a stream)".to_owned(),
    }
}
