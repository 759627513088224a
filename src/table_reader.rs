//! Parquet tables, own and foreign, opened under declared limits and read column by column.
//!
//! What a damaged file declares of itself (rows, sizes, places, values of a dictionary) is checked against what is there
//! before memory is asked for. Columns are decoded side by side, each by a reader of its own, a batch of rows at a time.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type;
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use rayon::prelude::*;

use crate::guard::guarded;

/// Rows of a batch.
pub const BATCH_ROWS: usize = 1 << 18;

/// Most rows of a table: row numbers are kept in 32 bits.
pub const MOST_ROWS: u64 = u32::MAX as u64 - 1;

/// A file shared by several readers, each with its own offset.
#[derive(Clone, Debug)]
struct SharedFile {
    file: Arc<File>,
    length: u64,
}

/// Reads the file from a byte offset on.
struct ReaderAt {
    file: Arc<File>,
    at: u64,
}

impl Read for ReaderAt {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for SharedFile {
    type T = std::io::BufReader<ReaderAt>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(std::io::BufReader::new(ReaderAt { file: self.file.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(ParquetError::General(format!("{length} bytes at {start} are beyond the end of the file")));
        }
        let mut bytes = vec![0; length];
        ReaderAt { file: self.file.clone(), at: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// An open Parquet table whose declarations were checked: one file, or several that follow each other.
#[derive(Debug)]
pub struct TableReader {
    pieces: Arc<Vec<Piece>>,
}

/// A file of a table.
#[derive(Debug)]
struct Piece {
    file: SharedFile,
    metadata: ArrowReaderMetadata,
}

impl TableReader {
    /// Opens a table.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn open(file: File) -> Result<Self, String> {
        Ok(Self { pieces: Arc::new(vec![Piece::open(file)?]) })
    }

    /// Opens a table in pieces: files of the same columns, by name.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn open_pieces(files: Vec<(String, File)>) -> Result<Self, String> {
        let mut pieces: Vec<Piece> = Vec::with_capacity(files.len());
        let mut rows = 0u64;
        for (name, file) in files {
            let piece = Piece::open(file).map_err(|reason| format!("{name}: {reason}"))?;
            if let Some(first) = pieces.first() {
                let alike =
                    first.metadata.schema() == piece.metadata.schema() && first.key_values() == piece.key_values();
                if !alike {
                    return Err(format!("{name}: its columns and key-values are not those of the first part"));
                }
            }
            rows += piece.rows() as u64;
            pieces.push(piece);
        }
        match pieces.is_empty() {
            true => Err("it has no part".to_owned()),
            false if rows > MOST_ROWS => Err(format!("its parts have {rows} rows; at most {MOST_ROWS} are read")),
            false => Ok(Self { pieces: Arc::new(pieces) }),
        }
    }

    /// Names and types of the columns, as they are read: texts as views.
    pub fn schema(&self) -> &SchemaRef {
        self.pieces[0].metadata.schema()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.pieces.iter().map(Piece::rows).sum()
    }

    /// Number of rows of each row group.
    pub fn rows_of_groups(&self) -> Vec<usize> {
        self.pieces.iter().flat_map(Piece::rows_of_groups).collect()
    }

    /// Bytes that the pages of all columns unpack to, as the file declares.
    pub fn unpacked_bytes(&self) -> u64 {
        self.pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.unpacked_bytes()))
    }

    /// Key-value metadata of the file.
    pub fn key_values(&self) -> Vec<(String, Option<String>)> {
        self.pieces[0].key_values()
    }

    /// Row groups that can hold `id` in a column of ids, by its statistics.
    pub fn row_groups_with(&self, column: usize, id: &str) -> Vec<usize> {
        let mut first = 0;
        let mut groups = Vec::new();
        for piece in self.pieces.iter() {
            groups.extend(piece.row_groups_with(column, id).into_iter().map(|group| first + group));
            first += piece.metadata.metadata().num_row_groups();
        }
        groups
    }

    /// Reads some columns, by their places in the schema. `row_groups`: only these, in order; `None`: all.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(&self, columns: &[usize], row_groups: Option<Vec<usize>>) -> Result<Batches, String> {
        let mut wanted = VecDeque::new();
        let mut first = 0;
        for (at, piece) in self.pieces.iter().enumerate() {
            let groups = 0..piece.metadata.metadata().num_row_groups();
            let is_wanted = |group: &usize| row_groups.as_ref().is_none_or(|wanted| wanted.contains(&(first + group)));
            wanted.push_back((at, groups.clone().filter(is_wanted).collect()));
            first += groups.len();
        }
        let mut batches =
            Batches { pieces: self.pieces.clone(), columns: columns.to_vec(), wanted, reading: None, left: Vec::new() };
        // What is wrong with the first file is said at once.
        batches.open_next()?;
        Ok(batches)
    }
}

impl Piece {
    fn open(file: File) -> Result<Self, String> {
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let file = SharedFile { file: Arc::new(file), length };
        guarded(|| {
            // The Arrow schema that some writers keep beside the Parquet schema is passed over: plain types are enough.
            let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
            let metadata = ArrowReaderMetadata::load(&file, options).map_err(|error| error.to_string())?;
            check_declarations(metadata.metadata(), length)?;
            // Texts are read as views into the pages.
            let schema = Arc::new(Schema::new(metadata.schema().fields().iter().map(viewed).collect::<Vec<_>>()));
            let options = ArrowReaderOptions::new().with_schema(schema);
            let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)
                .map_err(|error| error.to_string())?;
            Ok(Self { file, metadata })
        })
    }

    fn rows(&self) -> usize {
        // At most MOST_ROWS: checked on opening.
        self.metadata.metadata().file_metadata().num_rows() as usize
    }

    fn rows_of_groups(&self) -> Vec<usize> {
        self.metadata.metadata().row_groups().iter().map(|group| group.num_rows().max(0) as usize).collect()
    }

    fn unpacked_bytes(&self) -> u64 {
        let columns = self.metadata.metadata().row_groups().iter().flat_map(|group| group.columns());
        columns.fold(0, |sum, column| sum.saturating_add(column.uncompressed_size().max(0) as u64))
    }

    fn key_values(&self) -> Vec<(String, Option<String>)> {
        let pairs = self.metadata.metadata().file_metadata().key_value_metadata();
        pairs.into_iter().flatten().map(|pair| (pair.key.clone(), pair.value.clone())).collect()
    }

    fn row_groups_with(&self, column: usize, id: &str) -> Vec<usize> {
        let metadata = self.metadata.metadata();
        let may_hold = |group: &usize| {
            let Some(statistics) = metadata.row_group(*group).column(column).statistics() else { return true };
            // Bounds may be shortened: the lower one is never above, the upper one never below the true value.
            statistics.min_bytes_opt().is_none_or(|low| low <= id.as_bytes())
                && statistics.max_bytes_opt().is_none_or(|high| high >= id.as_bytes())
        };
        (0..metadata.num_row_groups()).filter(may_hold).collect()
    }

    fn read(&self, columns: &[usize], groups: &[usize]) -> Result<PieceBatches, String> {
        let metadata = self.metadata.metadata();
        guarded(|| {
            let readers = columns.iter().map(|&column| {
                let mask = ProjectionMask::roots(metadata.file_metadata().schema_descr(), [column]);
                let leaves = 0..metadata.file_metadata().schema_descr().num_columns();
                for leaf in leaves.filter(|&leaf| mask.leaf_included(leaf)) {
                    groups.iter().try_for_each(|&group| self.check_dictionary(group, leaf))?;
                }
                let builder =
                    ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), self.metadata.clone())
                        .with_projection(mask)
                        .with_row_groups(groups.to_vec())
                        .with_batch_size(BATCH_ROWS);
                builder.build().map_err(|error| error.to_string())
            });
            let rows = groups.iter().map(|&group| metadata.row_group(group).num_rows().max(0) as usize).sum();
            Ok(PieceBatches { readers: readers.collect::<Result<_, _>>()?, rows })
        })
    }

    /// A dictionary's number of values decides how much memory is asked for.
    fn check_dictionary(&self, group: usize, leaf: usize) -> Result<(), String> {
        let group = self.metadata.metadata().row_group(group);
        let column = group.column(leaf);
        let rows = group.num_rows().max(0) as usize;
        let mut pages = SerializedPageReader::new(Arc::new(self.file.clone()), column, rows, None)
            .map_err(|error| error.to_string())?;
        if column.column_type() != Type::BYTE_ARRAY || column.dictionary_page_offset().is_none() {
            return Ok(());
        }
        match pages.get_next_page().map_err(|error| error.to_string())? {
            // Each text of a dictionary has its length in four bytes before it.
            Some(Page::DictionaryPage { buf, num_values, .. }) if num_values as usize > buf.len() / 4 => Err(format!(
                "a dictionary of the column {} declares {num_values} values in {} bytes",
                column.column_path(),
                buf.len()
            )),
            _ => Ok(()),
        }
    }
}

/// Columns of a table, batch by batch: [`BATCH_ROWS`] rows each, but for the last.
pub struct Batches {
    pieces: Arc<Vec<Piece>>,
    columns: Vec<usize>,
    /// Files that have not been opened yet, with the row groups that are read.
    wanted: VecDeque<(usize, Vec<usize>)>,
    reading: Option<PieceBatches>,
    /// Rows that make no batch yet, where a file ended.
    left: Vec<ArrayRef>,
}

impl Batches {
    /// The next rows of every column; `None` at the end.
    ///
    /// # Errors
    /// What is wrong with the file.
    #[allow(clippy::should_implement_trait, reason = "an error ends the reading; an iterator would go on")]
    pub fn next(&mut self) -> Result<Option<Vec<ArrayRef>>, String> {
        loop {
            let next = match &mut self.reading {
                Some(reading) => reading.next()?,
                None => None,
            };
            match next {
                Some(batch) => {
                    let batch = self.behind_left(batch)?;
                    let rows = batch.first().map_or(0, |column| column.len());
                    if rows >= BATCH_ROWS || !self.is_more() {
                        let whole = rows.min(BATCH_ROWS);
                        self.left = batch.iter().map(|column| alone(&column.slice(whole, rows - whole))).collect();
                        return Ok(Some(batch.iter().map(|column| column.slice(0, whole)).collect()));
                    }
                    self.left = batch;
                }
                None if self.open_next()? => {}
                None => {
                    let left = std::mem::take(&mut self.left);
                    return Ok(Some(left).filter(|left| left.first().is_some_and(|column| !column.is_empty())));
                }
            }
        }
    }

    /// The rows that were left, and these behind them.
    fn behind_left(&mut self, batch: Vec<ArrayRef>) -> Result<Vec<ArrayRef>, String> {
        let left = std::mem::take(&mut self.left);
        if left.first().is_none_or(|column| column.is_empty()) {
            return Ok(batch);
        }
        let joined = left.iter().zip(&batch).map(|(left, column)| concat(&[&**left, &**column]));
        joined.collect::<Result<_, _>>().map_err(|error| error.to_string())
    }

    /// Whether rows may come after those at hand.
    fn is_more(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.rows > 0) || !self.wanted.is_empty()
    }

    /// Opens the next file; whether there is one.
    fn open_next(&mut self) -> Result<bool, String> {
        let Some((at, groups)) = self.wanted.pop_front() else { return Ok(false) };
        self.reading = Some(self.pieces[at].read(&self.columns, &groups)?);
        Ok(true)
    }
}

/// Columns of a file, batch by batch.
struct PieceBatches {
    readers: Vec<ParquetRecordBatchReader>,
    /// Rows that have not been read yet.
    rows: usize,
}

impl PieceBatches {
    fn next(&mut self) -> Result<Option<Vec<ArrayRef>>, String> {
        if self.rows == 0 || self.readers.is_empty() {
            return Ok(None);
        }
        let expected = self.rows.min(BATCH_ROWS);
        let columns: Vec<Result<ArrayRef, String>> = self
            .readers
            .par_iter_mut()
            .with_max_len(1)
            .map(|reader| {
                guarded(|| {
                    let batch = reader.next().transpose().map_err(|error| error.to_string())?;
                    let batch = batch.filter(|batch| batch.num_rows() == expected && batch.num_columns() == 1);
                    batch.map(|batch| batch.column(0).clone()).ok_or_else(|| "a column has too few rows".to_owned())
                })
            })
            .collect();
        self.rows -= expected;
        columns.into_iter().collect::<Result<_, _>>().map(Some)
    }
}

/// The same column, without what other rows keep in memory: views look at whole pages, and what is left of one batch goes into the next.
fn alone(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()),
        DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
        _ => column.clone(),
    }
}

fn viewed(field: &Arc<Field>) -> Field {
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        DataType::Binary | DataType::LargeBinary => field.as_ref().clone().with_data_type(DataType::BinaryView),
        _ => field.as_ref().clone(),
    }
}

/// Checks what a file declares about itself against its length and the most rows.
fn check_declarations(metadata: &ParquetMetaData, length: u64) -> Result<(), String> {
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(u64::MAX);
    if rows > MOST_ROWS {
        return Err(format!("it declares {rows} rows; at most {MOST_ROWS} are read"));
    }
    let mut in_groups = 0u64;
    for group in metadata.row_groups() {
        let group_rows = group.num_rows();
        in_groups = in_groups.saturating_add(u64::try_from(group_rows).unwrap_or(u64::MAX));
        for column in group.columns() {
            let declared = [column.data_page_offset(), column.compressed_size(), column.uncompressed_size()];
            let dictionary = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
            if declared.iter().chain([&dictionary]).any(|&number| number < 0) {
                return Err(format!("a size or place of the column {} is negative", column.column_path()));
            }
            let end = (dictionary.min(column.data_page_offset()) as u64).checked_add(column.compressed_size() as u64);
            if end.is_none_or(|end| end > length) {
                return Err(format!("the column {} goes beyond the end of the file", column.column_path()));
            }
            let flat = column.column_descr().max_rep_level() == 0;
            if flat && column.num_values() != group_rows {
                return Err(format!(
                    "the column {} declares {} values in a group of {group_rows} rows",
                    column.column_path(),
                    column.num_values()
                ));
            }
        }
    }
    if in_groups != rows {
        return Err(format!("it declares {rows} rows, and its row groups {in_groups}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use arrow::array::{RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;

    use super::*;

    /// A file of rows with texts that no view holds by itself.
    fn piece(rows: usize, mark: &str) -> File {
        let texts = StringArray::from_iter_values((0..rows).map(|row| format!("a text of piece {mark}, row {row:08}")));
        let batch = RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap();
        let file = tempfile::tempfile().unwrap();
        let mut writer = ArrowWriter::try_new(file.try_clone().unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        file
    }

    #[test]
    fn pieces_are_read_as_one_table_and_what_was_read_is_let_go() {
        // Every piece leaves a little to the next.
        let rows = BATCH_ROWS - 1_000;
        let files = (0..6).map(|at| (format!("{at}"), piece(rows, &at.to_string()))).collect();
        let table = TableReader::open_pieces(files).unwrap();
        let mut batches = table.read(&[0], None).unwrap();
        let (mut seen, mut held) = (0, Vec::new());
        while let Some(batch) = batches.next().unwrap() {
            let texts = batch[0].as_string_view();
            for row in [0, texts.len() - 1] {
                let (piece, own) = ((seen + row) / rows, (seen + row) % rows);
                assert_eq!(texts.value(row), format!("a text of piece {piece}, row {own:08}"));
            }
            seen += texts.len();
            held.push(batch[0].get_buffer_memory_size());
        }
        assert_eq!(seen, 6 * rows);
        // A batch holds the pages of two pieces at most, and not those of all before it.
        let first = held[0];
        assert!(held.iter().all(|&own| own <= 3 * first), "{held:?}");
    }
}
