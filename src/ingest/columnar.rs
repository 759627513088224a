//! Parquet and Arrow IPC files through polars: the schema is checked first, then only the needed columns are read,
//! Parquet in batches of row groups so that ids can be packed and dropped before the next batch.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use polars::prelude::{
    ArrowDataType, ArrowSchema, DataFrame, FileMetadataRef, IpcReader, ParquetReader, PolarsResult, SerReader,
};

use super::column_types::{Typed, check_type};
use super::error::IngestError;
use super::layout::{Layout, Want};
use super::outcome::{Jottings, Outcome};
use super::raw::{Cells, RawRows, RawTable, RowNumbers};
use super::source::{Recalled, Request};

/// Row groups are read together until they hold this many rows.
const BATCH: usize = 1 << 20;
/// Row groups that hold this many rows on average are handled one by one; shorter ones are joined first.
const LONG_CHUNK: usize = 1 << 16;
/// Key under which writers keep the Arrow schema of a Parquet file.
const ARROW_SCHEMA: &str = "ARROW:schema";

/// How many readers are at work whose panics become errors.
static GUARDED: AtomicUsize = AtomicUsize::new(0);

/// Keeps the reader's own panics over damaged files from the terminal; they are reported as errors. To be called once,
/// at the start of a program that speaks for itself.
pub fn silence_damage() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if GUARDED.load(Ordering::SeqCst) == 0 {
            usual(panic);
        }
    }));
}

/// Rows that were read together, with the remarks on their columns.
type Batch = Vec<(RawTable<'static>, Jottings)>;

/// A Parquet or Arrow file whose columns have been matched.
#[derive(Debug)]
pub(super) struct ColumnarFile {
    file: String,
    handle: File,
    /// Metadata of a Parquet file; an Arrow file has none here and is read in one go.
    parquet: Option<FileMetadataRef>,
    /// Header of each wanted column.
    headers: Vec<Option<String>>,
}

impl ColumnarFile {
    /// Opens the file and matches its columns.
    pub fn open(request: &Request, parquet: bool, outcome: &mut Outcome) -> Result<Self, IngestError> {
        let handle = File::open(&request.input.path).map_err(|source| IngestError::Unreadable {
            table: request.table.clone(),
            file: request.file().to_owned(),
            path: request.input.path.clone(),
            source,
        })?;
        let mut file = Self { file: request.file().to_owned(), handle, parquet: None, headers: Vec::new() };
        let mut schema = file.schema(parquet)?;
        let names: Vec<String> = schema.iter_names().map(|name| name.to_string()).collect();
        let layout = Layout::of(&names, &request.wants, &request.input.columns);
        request.check(&layout, 0, 0, outcome)?;
        file.headers = layout.places.iter().map(|place| place.map(|at| names[at].clone())).collect();
        let is_dictionary =
            |name: &str| schema.get(name).is_some_and(|field| matches!(field.dtype(), ArrowDataType::Dictionary(..)));
        if parquet && file.headers.iter().flatten().any(|name| is_dictionary(name)) {
            // The pages hold plain text; only the Arrow schema kept beside them asks for categories.
            file.forget_arrow_schema();
            schema = file.schema(true)?;
        }
        for (want, name) in request.wants.iter().zip(&file.headers) {
            if let Some((name, field)) = name.as_ref().and_then(|name| Some((name, schema.get(name)?))) {
                check_type(&file.file, name, field.dtype(), want.reads)?;
            }
        }
        Ok(file)
    }

    /// The Arrow schema; the metadata of a Parquet file is kept.
    fn schema(&mut self, parquet: bool) -> Result<std::sync::Arc<ArrowSchema>, IngestError> {
        let handle = self.handle()?;
        if !parquet {
            return self.guarded(|| IpcReader::new(handle).schema());
        }
        let kept = self.parquet.clone();
        let (schema, metadata) = self.guarded(|| {
            let mut reader = ParquetReader::new(handle);
            if let Some(metadata) = kept {
                reader.set_metadata(metadata);
            }
            Ok((reader.schema()?, reader.get_metadata()?.clone()))
        })?;
        self.parquet = Some(metadata);
        Ok(schema)
    }

    fn forget_arrow_schema(&mut self) {
        if let Some(metadata) = &mut self.parquet {
            let mut plain = (**metadata).clone();
            if let Some(pairs) = &mut plain.key_value_metadata {
                pairs.retain(|pair| pair.key != ARROW_SCHEMA);
            }
            *metadata = plain.into();
        }
    }

    /// Hands over the rows batch by batch; a second thread reads ahead by one batch.
    pub fn read(
        &self,
        wants: &[Want],
        outcome: &mut Outcome,
        each: &mut dyn FnMut(RawTable<'_>, &mut Outcome) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let (sender, batches) = sync_channel::<Result<Batch, IngestError>>(0);
        std::thread::scope(|threads| {
            threads.spawn(move || {
                for (first, rows) in self.ranges() {
                    // Nobody listens any more once a batch was refused.
                    if sender.send(self.batch(wants, first, rows)).is_err() {
                        break;
                    }
                }
            });
            for batch in batches {
                for (table, jottings) in batch? {
                    outcome.take(jottings, |row| table.row_number(row));
                    each(table, outcome)?;
                }
            }
            Ok(())
        })
    }

    /// Reads some rows and converts their columns, row group by row group where these are long enough to be worth it.
    fn batch(&self, wants: &[Want], first: usize, rows: usize) -> Result<Batch, IngestError> {
        let mut frame = self.frame(first, rows)?;
        if frame.height() < frame.first_col_n_chunks() * LONG_CHUNK {
            frame.rechunk_mut();
        }
        let (mut batch, mut first) = (Batch::new(), first);
        for part in frame.split_chunks().filter(|part| part.height() > 0) {
            let height = part.height();
            batch.push(self.table(wants, first, &part)?);
            first += height;
        }
        Ok(batch)
    }

    /// Row numbers and raw texts of some rows, named by their place in file order.
    pub fn recall(&self, wants: &[Want], wanted: &[u32]) -> Result<BTreeMap<u32, Recalled>, IngestError> {
        let mut found = BTreeMap::new();
        for (first, rows) in self.ranges() {
            let inside: Vec<u32> = wanted
                .iter()
                .copied()
                .filter(|&row| usize::try_from(row).is_ok_and(|row| (first..first + rows).contains(&row)))
                .collect();
            if inside.is_empty() {
                continue;
            }
            let mut frame = self.frame(first, rows)?;
            let (table, _) = self.table(wants, first, frame.rechunk_mut())?;
            for place in inside {
                let row = usize::try_from(place).unwrap_or(usize::MAX) - first;
                found.insert(place, Recalled { row: table.row_number(row), raw: table.raw(row) });
            }
        }
        Ok(found)
    }

    /// First row and number of rows of each batch.
    fn ranges(&self) -> Vec<(usize, usize)> {
        let Some(metadata) = &self.parquet else { return vec![(0, usize::MAX)] };
        let (mut ranges, mut first, mut rows) = (Vec::new(), 0, 0);
        for group in &metadata.row_groups {
            rows += group.num_rows();
            if rows >= BATCH {
                ranges.push((first, rows));
                (first, rows) = (first + rows, 0);
            }
        }
        if rows > 0 {
            ranges.push((first, rows));
        }
        ranges
    }

    fn frame(&self, first: usize, rows: usize) -> Result<DataFrame, IngestError> {
        let handle = self.handle()?;
        let columns: BTreeSet<String> = self.headers.iter().flatten().cloned().collect();
        let columns = Some(columns.into_iter().collect());
        match self.parquet.clone() {
            None => self.guarded(|| IpcReader::new(handle).with_columns(columns).finish()),
            Some(metadata) => self.guarded(|| {
                let mut reader = ParquetReader::new(handle);
                reader.set_metadata(metadata);
                reader.with_columns(columns).with_slice(Some((first, rows))).finish()
            }),
        }
    }

    fn table(
        &self,
        wants: &[Want],
        first: usize,
        frame: &DataFrame,
    ) -> Result<(RawTable<'static>, Jottings), IngestError> {
        let height = frame.height();
        let (mut faults, mut jottings) = (BTreeMap::new(), Jottings::default());
        let mut columns: Vec<Option<Cells>> = Vec::with_capacity(wants.len());
        for (want, header) in wants.iter().zip(&self.headers) {
            let Some(header) = header else {
                columns.push(None);
                continue;
            };
            let Typed { cells, broken, rounded } =
                self.guarded(|| Typed::of(frame.column(header)?.as_materialized_series(), want.reads))?;
            for row in broken {
                let detail = format!("the column {} holds bytes that are not UTF-8", want.name);
                faults.entry(row).or_insert(("undecodable-text", detail));
            }
            for row in rounded {
                jottings.add(super::kinds::NUMBER_AS_ID, row, &cells.shown(row));
            }
            columns.push(Some(cells));
        }
        let rows = RowNumbers::From(first as u64 + 1);
        Ok((RawTable { columns, height, rows, raw: RawRows::Cells, faults }, jottings))
    }

    fn handle(&self) -> Result<File, IngestError> {
        use std::io::Seek;
        let rewound = self.handle.try_clone().and_then(|mut handle| handle.rewind().map(|()| handle));
        rewound.map_err(|problem| self.malformed(problem.to_string()))
    }

    /// Runs a reader; damage on which it panics becomes an error as well.
    fn guarded<T>(&self, read: impl FnOnce() -> PolarsResult<T>) -> Result<T, IngestError> {
        GUARDED.fetch_add(1, Ordering::SeqCst);
        let result = catch_unwind(AssertUnwindSafe(read));
        GUARDED.fetch_sub(1, Ordering::SeqCst);
        match result {
            Ok(result) => result.map_err(|problem| self.malformed(problem.to_string())),
            Err(_) => Err(self.malformed("its pages are damaged".to_owned())),
        }
    }

    fn malformed(&self, problem: String) -> IngestError {
        let format = if self.parquet.is_some() { "Parquet" } else { "Parquet or Arrow (IPC file format)" };
        IngestError::Malformed {
            file: self.file.clone(),
            format: format.to_owned(),
            problem,
            fix: "write it again as Parquet or in the Arrow file format (Feather 2, not a stream)".to_owned(),
        }
    }
}
