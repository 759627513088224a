//! One Parquet file: row groups of a fixed size whose columns are built and encoded in parallel.
//!
//! A column of a row group is one task: it asks for [`BATCH_ROWS`] rows at a time and encodes them at once, so what is
//! held in memory is the encoded (compressed) pages of at most two row groups, one being written to the disk while the
//! next one is being encoded. Which thread does what never reaches the file: same columns, same options, same bytes.
//!
//! What every file has: zstd, statistics per page (column and offset index; not for the columns that the options call unbounded), `created_by`, sorting columns, key-value
//! metadata. What it has not: a time, a host, and the embedded Arrow schema: readers derive the same plain types
//! (text, 64-bit integers …) from the Parquet types, whatever the columns were in memory (dictionaries, large offsets).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use sha2::{Digest, Sha256};

use super::PublishError;
use super::encoder::{EncodedColumn, Encoder};
pub use super::table_options::{Layout, ROW_GROUP_ROWS, TableOptions};

/// Rows asked for at a time: small enough for a processor's second-level cache, a multiple of the encoder's own step.
pub const BATCH_ROWS: usize = 1 << 16;

/// Bytes collected before each write to the disk.
const WRITE_BUFFER: usize = 1 << 20;

/// A file as it stands on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Rows of the table; 0 for files that are no table.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}

/// Writes `rows` rows to a new Parquet file at `path` (an existing file is replaced).
///
/// `column(field, range)` builds the rows `range` of column number `field` of the schema. It is called from several
/// threads, for each column in row order, with ranges of at most [`BATCH_ROWS`] rows that never cross a row group, and
/// must give an array of exactly that length and of the field's type. Nested types are refused.
///
/// # Errors
/// [`PublishError::File`] naming the file when the system refuses (full disk, missing rights);
/// [`PublishError::Column`] when a column does not fit its field; [`PublishError::Options`] when an option names an
/// unknown column or is out of range; [`PublishError::Parquet`] otherwise. The file is then incomplete.
pub fn write_parquet<C>(
    path: &Path,
    schema: SchemaRef,
    rows: usize,
    options: &TableOptions<'_>,
    column: C,
) -> Result<Written, PublishError>
where
    C: Fn(usize, Range<usize>) -> Result<ArrayRef, ArrowError> + Sync,
{
    write_groups(path, schema, rows, options, |_| Ok(()), |(), field, range| column(field, range))
}

/// As [`write_parquet`], with what the columns of a row group are built from: `open(group)` is called once for each row
/// group, in order.
///
/// # Errors
/// As [`write_parquet`], and those of `open`.
pub fn write_groups<G: Sync + Send>(
    path: &Path,
    schema: SchemaRef,
    rows: usize,
    options: &TableOptions<'_>,
    mut open: impl FnMut(usize) -> Result<G, PublishError> + Send,
    column: impl Fn(&G, usize, Range<usize>) -> Result<ArrayRef, ArrowError> + Sync,
) -> Result<Written, PublishError> {
    let properties = options.properties(path, &schema, rows)?;
    let file = File::create(path).map_err(|cause| PublishError::file("create", path, cause))?;
    let is_several = rows > options.row_group_rows;
    let through = is_several.then(|| WriteThrough::of(&file)).transpose();
    let through = through.map_err(|cause| PublishError::file("write through to the disk", path, cause))?;
    let sink = HashedFile { file: BufWriter::with_capacity(WRITE_BUFFER, file), digest: Sha256::new(), bytes: 0 };
    let options_of_writer = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let refused = |cause| PublishError::parquet(path, cause);
    let (mut writer, factory) = ArrowWriter::try_new_with_options(sink, schema.clone(), options_of_writer)
        .and_then(ArrowWriter::into_serialized_writer)
        .map_err(refused)?;

    let groups: Vec<Range<usize>> = (0..rows)
        .step_by(options.row_group_rows)
        .map(|start| start..rows.min(start.saturating_add(options.row_group_rows)))
        .collect();
    let (leaves, properties) = (writer.schema_descr().columns().to_vec(), writer.properties().clone());
    let encoder = Encoder { path, schema: &schema, properties, leaves, factory };
    let mut encode = |group: usize| match groups.get(group) {
        Some(range) => {
            let opened = open(group)?;
            encoder.row_group(group, range, &|field, range| column(&opened, field, range)).map(Some)
        }
        None => Ok(None),
    };
    let mut ready = encode(0)?;
    for group in 0..groups.len() {
        let Some(chunks) = ready.take() else { break };
        let (appended, next) = rayon::join(|| append_row_group(&mut writer, chunks), || encode(group + 1));
        appended.map_err(refused)?;
        ready = next?;
        through.iter().for_each(WriteThrough::start);
    }
    writer.finish().map_err(refused)?;
    let through = through.map_or(Ok(()), WriteThrough::finish);
    through.map_err(|cause| PublishError::file("write through to the disk", path, cause))?;

    let sink = writer.inner();
    let sha256 = crate::digest::hex(sink.digest.clone().finalize());
    Ok(Written { rows: rows as u64, bytes: sink.bytes, sha256 })
}

/// Copies the encoded columns of one row group to the file.
fn append_row_group(
    writer: &mut SerializedFileWriter<HashedFile>,
    columns: Vec<EncodedColumn>,
) -> Result<(), ParquetError> {
    let mut row_group = writer.next_row_group()?;
    for column in columns {
        column.append_to(&mut row_group)?;
    }
    row_group.close().map(drop)
}

/// Writes what stands of a file through to the disk while more of it is made, so that little is left at the end.
struct WriteThrough {
    asked: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl WriteThrough {
    fn of(file: &File) -> io::Result<Self> {
        let (file, (asked, asking)) = (file.try_clone()?, sync_channel(1));
        let sync = move || asking.iter().try_for_each(|()| file.sync_data());
        Ok(Self { asked, thread: std::thread::Builder::new().spawn(sync)? })
    }

    fn start(&self) {
        // Where it is under way or has failed, nothing is asked.
        let _ = self.asked.try_send(());
    }

    /// What was asked for is done, or has failed: a disk tells so once.
    fn finish(self) -> io::Result<()> {
        drop(self.asked);
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes through ended")))
    }
}

/// A file that counts and hashes what is written to it.
struct HashedFile {
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.digest.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Array, AsArray, DictionaryArray, Float64Array, Int64Array, StringArray, UInt8Array, UInt64Array,
    };
    use arrow::datatypes::{DataType, Field, Float64Type, Schema, UInt8Type, UInt64Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::basic::{Compression, Encoding};
    use parquet::file::properties::ReaderProperties;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::serialized_reader::ReadOptionsBuilder;

    use super::*;

    const ROWS: usize = 300_000;

    fn schema() -> SchemaRef {
        let grade = DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::Utf8));
        Arc::new(Schema::new(vec![
            Field::new("entity_id", DataType::Utf8, false),
            Field::new("grade", grade, true),
            Field::new("weight", DataType::Int64, false),
            Field::new("pi", DataType::Float64, false),
            Field::new("ticket", DataType::UInt64, false),
        ]))
    }

    fn id(row: usize) -> String {
        format!("9150{row:014}")
    }

    fn ticket(row: usize) -> u64 {
        (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 63
    }

    fn column(field: usize, rows: Range<usize>) -> Result<ArrayRef, ArrowError> {
        Ok(match field {
            0 => Arc::new(StringArray::from_iter_values(rows.map(id))),
            1 => {
                let names = Arc::new(StringArray::from(vec!["A", "B", "=D+1"]));
                let codes = UInt8Array::from_iter(rows.map(|row| (row % 4 != 3).then_some((row % 4) as u8)));
                Arc::new(DictionaryArray::<UInt8Type>::try_new(codes, names)?)
            }
            2 => Arc::new(Int64Array::from_iter_values(rows.map(|row| row as i64 * 1_000_000))),
            3 => Arc::new(Float64Array::from_iter_values(rows.map(|row| 1.0 / (row + 1) as f64))),
            _ => Arc::new(UInt64Array::from_iter_values(rows.map(ticket))),
        })
    }

    fn options() -> TableOptions<'static> {
        TableOptions {
            sorted_by: &["entity_id"],
            unbounded: &[],
            bloom: &["entity_id"],
            layouts: &[
                ("entity_id", Layout::FrontCoded),
                ("weight", Layout::PackedDifferences),
                ("pi", Layout::SplitBytes),
                ("ticket", Layout::Raw),
            ],
            key_values: vec![("fairdraw.table".to_string(), "frame".to_string())],
            row_group_rows: 100_000,
            zstd_level: 1,
        }
    }

    fn write(rows: usize, threads: usize) -> (tempfile::TempDir, Written) {
        let home = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let path = home.path().join("frame.parquet");
        let written = pool.install(|| write_parquet(&path, schema(), rows, &options(), column)).unwrap();
        (home, written)
    }

    #[test]
    fn the_number_of_threads_never_reaches_the_bytes() {
        let (one, written) = write(ROWS, 1);
        let (four, again) = write(ROWS, 4);
        assert_eq!(written, again);
        let bytes = std::fs::read(one.path().join("frame.parquet")).unwrap();
        assert!(bytes == std::fs::read(four.path().join("frame.parquet")).unwrap());
        let sha256 = crate::digest::hex(Sha256::digest(&bytes));
        assert_eq!(written, Written { rows: ROWS as u64, bytes: bytes.len() as u64, sha256 });
    }

    #[test]
    fn what_is_written_is_read_back_as_plain_types() {
        let (home, _) = write(ROWS, 2);
        let file = File::open(home.path().join("frame.parquet")).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(builder.schema().field(1).data_type(), &DataType::Utf8);
        assert_eq!(builder.schema().field(4).data_type(), &DataType::UInt64);
        let mut row = 0;
        for batch in builder.build().unwrap() {
            let batch = batch.unwrap();
            for index in 0..batch.num_rows() {
                assert_eq!(batch.column(0).as_string::<i32>().value(index), id(row));
                let grade = batch.column(1).as_string::<i32>();
                let grade = grade.is_valid(index).then(|| grade.value(index));
                assert_eq!(grade, [Some("A"), Some("B"), Some("=D+1"), None][row % 4]);
                let pi = batch.column(3).as_primitive::<Float64Type>().value(index);
                assert_eq!(pi.to_bits(), (1.0 / (row + 1) as f64).to_bits());
                assert_eq!(batch.column(4).as_primitive::<UInt64Type>().value(index), ticket(row));
                row += 1;
            }
        }
        assert_eq!(row, ROWS);
    }

    #[test]
    fn readers_find_sorting_page_indexes_bloom_filters_and_metadata() {
        let (home, _) = write(ROWS, 2);
        let file = File::open(home.path().join("frame.parquet")).unwrap();
        let read_filters = ReaderProperties::builder().set_read_bloom_filter(true).build();
        let options = ReadOptionsBuilder::new().with_page_index().with_reader_properties(read_filters).build();
        let reader = SerializedFileReader::new_with_options(file, options).unwrap();
        let metadata = reader.metadata();
        let about = metadata.file_metadata();
        assert_eq!(about.created_by(), Some(concat!("fairdraw version ", env!("CARGO_PKG_VERSION"))));
        let keys: Vec<&str> = about.key_value_metadata().unwrap().iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["fairdraw.table"]);
        assert_eq!(metadata.num_row_groups(), 3);
        assert_eq!(metadata.offset_index().unwrap().len(), 3);
        assert!(metadata.offset_index().unwrap()[0][0].page_locations().len() > 1);
        for group in 0..3 {
            let row_group = metadata.row_group(group);
            assert_eq!(row_group.num_rows(), 100_000);
            let sorting = &row_group.sorting_columns().unwrap()[0];
            assert_eq!((sorting.column_idx, sorting.descending), (0, false));
            for column in 0..5 {
                assert!(row_group.column(column).column_index_length().is_some());
                assert_eq!(row_group.column(column).bloom_filter_length().is_some(), column == 0);
            }
            assert!(row_group.column(0).encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY));
            assert!(row_group.column(1).encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY));
            assert_eq!(row_group.column(4).compression(), Compression::UNCOMPRESSED);
            // 2 bytes a row at most, and a little for the header.
            assert!(row_group.column(0).bloom_filter_length().unwrap() <= 2 * 131_072 + 64);
            let row_group_reader = reader.get_row_group(group).unwrap();
            let filter = row_group_reader.get_column_bloom_filter(0).unwrap();
            assert!((0..100_000).step_by(997).all(|row| filter.check(id(group * 100_000 + row).as_str())));
            let false_hits = (0..10_000).filter(|row| filter.check(id(ROWS + row).as_str())).count();
            assert!(false_hits < 200, "{false_hits} of 10,000 strangers pass");
        }
    }

    #[test]
    fn an_empty_table_is_a_file_with_its_columns() {
        let (home, written) = write(0, 2);
        assert_eq!(written.rows, 0);
        let file = File::open(home.path().join("frame.parquet")).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(builder.schema().fields().len(), 5);
        assert_eq!(builder.build().unwrap().count(), 0);
    }

    fn refusal(options: &TableOptions<'_>, build: fn(usize, Range<usize>) -> Result<ArrayRef, ArrowError>) -> String {
        let home = tempfile::tempdir().unwrap();
        write_parquet(&home.path().join("t.parquet"), schema(), 10, options, build).unwrap_err().to_string()
    }

    #[test]
    fn options_that_do_not_fit_the_table_are_refused_by_name() {
        let unknown = TableOptions { bloom: &["id"], ..options() };
        assert!(refusal(&unknown, column).contains("a column id that it does not have"));
        let unfit = TableOptions { layouts: &[("pi", Layout::FrontCoded)], ..options() };
        assert!(refusal(&unfit, column).contains("FrontCoded does not fit the type Float64 of pi"));
        assert!(refusal(&TableOptions { zstd_level: 23, ..options() }, column).contains("no level 23"));
        assert!(refusal(&TableOptions { row_group_rows: 0, ..options() }, column).contains("0 rows"));
    }

    #[test]
    fn a_column_that_breaks_its_promise_is_refused_by_name() {
        let short = refusal(&options(), |field, rows| column(field, rows.start..rows.end - usize::from(field == 2)));
        assert!(short.contains("column weight") && short.contains("9 rows where 10"), "{short}");
        let other = refusal(&options(), |field, rows| column(if field == 3 { 2 } else { field }, rows));
        assert!(other.contains("column pi") && other.contains("Int64 in a column of type Float64"), "{other}");
        let missing = refusal(&options(), |field, rows| match field {
            0 => Ok(Arc::new(StringArray::new_null(rows.len()))),
            _ => column(field, rows),
        });
        assert!(missing.contains("column entity_id") && missing.contains("missing value"), "{missing}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_that_names_the_file_and_the_fix() {
        let full = Path::new("/dev/full");
        let error = write_parquet(full, schema(), ROWS, &options(), column).unwrap_err();
        assert!(matches!(&error, PublishError::File { path, cause, .. }
            if path == full && cause.kind() == io::ErrorKind::StorageFull));
        assert!(error.to_string().contains("free some space"), "{error}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_that_names_it() {
        let error = write_parquet(Path::new("no/such/frame.parquet"), schema(), 1, &options(), column).unwrap_err();
        assert!(error.to_string().starts_with("cannot create no/such/frame.parquet"), "{error}");
    }
}
