//! A published run, read back from its own files.

mod columns;
mod draw;
mod frame;

pub(crate) use columns::Columns;
pub use draw::{DrawnClass, DrawnEntity, DrawnStratum, PublishedDraw, Reserves};

use crate::contract::{self, ASSIGN_FILES, KPI_FILES, LISTED_FILES, MANIFEST_FILE, TABLES_IN_PARTS, table_of_part};
use crate::publish::manifest::Manifest;
use crate::publish::{PublishError, open, other_files, parts, staging};
use crate::table_reader::TableReader;
use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a folder that is being replaced is opened again, and the pause between.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Largest manifest that is read: a million strata take a fifth of it.
const LARGEST_MANIFEST: u64 = 4 << 30;

/// Why a published run cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// The folder holds no run.
    #[error("{folder} is not the folder of a run: {reason}")]
    NotARun {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// A file cannot be read.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A cell does not hold what its column is for.
    #[error("frame.parquet, {column} of {id}: published {found}, which is no {column}")]
    Cell {
        /// The column.
        column: &'static str,
        /// The entity.
        id: String,
        /// What is there.
        found: String,
    },
}

/// A row as text by column, in the order of the table; `None` is null.
pub type TextRow = Vec<(String, Option<String>)>;

/// The files of one run, opened together: a run that replaces the folder meanwhile changes nothing that is read here.
#[derive(Debug)]
pub struct PublishedRun {
    folder: PathBuf,
    files: BTreeMap<String, File>,
    /// Names in the folder that are not the run's, sorted.
    pub other_files: Vec<String>,
}

impl PublishedRun {
    /// Opens the files of the run in `folder`.
    ///
    /// # Errors
    /// [`PublishedError::NotARun`] without a manifest, [`PublishedError::File`] for a file that cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, PublishedError> {
        for _ in 0..ATTEMPTS {
            match Self::try_open(folder) {
                Ok(Some(run)) => return Ok(run),
                Err(_) if staging::is_being_written(folder) => {}
                Err(error) => return Err(error),
                Ok(None) => {}
            }
            std::thread::sleep(PAUSE);
        }
        let reason = "it is replaced again and again; wait until nothing writes to it".to_owned();
        Err(PublishedError::NotARun { folder: folder.to_owned(), reason })
    }

    /// `None` if the folder was replaced while its files were opened.
    fn try_open(folder: &Path) -> Result<Option<Self>, PublishedError> {
        let not_a_run = |reason: String| PublishedError::NotARun { folder: folder.to_owned(), reason };
        let manifest = open(&folder.join(MANIFEST_FILE)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => not_a_run(format!("there is no {MANIFEST_FILE} in it")),
            _ => not_a_run(format!("its {MANIFEST_FILE} cannot be read ({error})")),
        })?;
        let mut run = Self::without_manifest(folder)?;
        run.files.insert(MANIFEST_FILE.to_owned(), manifest);
        let other_files = other_files(folder).map_err(|error| not_a_run(error.to_string()))?;
        let opened = run.files[MANIFEST_FILE].metadata().ok();
        let now = std::fs::metadata(folder.join(MANIFEST_FILE)).ok();
        let same = opened.zip(now).is_some_and(|(opened, now)| identity(&opened) == identity(&now));
        Ok(same.then(|| Self { other_files, ..run }))
    }

    /// The files of a folder whose manifest is not written yet.
    ///
    /// # Errors
    /// [`PublishedError::File`] for a file that cannot be opened.
    pub fn without_manifest(folder: &Path) -> Result<Self, PublishedError> {
        let fault = |name: &str, error: std::io::Error| PublishedError::File {
            file: folder.join(name),
            reason: error.to_string(),
        };
        let names = LISTED_FILES.into_iter().chain(ASSIGN_FILES).chain(KPI_FILES);
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        for table in TABLES_IN_PARTS {
            names.extend(parts(folder, table).map_err(|error| fault(contract::parts_folder(table), error))?);
        }
        let mut files = BTreeMap::new();
        for name in names {
            match open(&folder.join(&name)) {
                // Reported when the file is asked for.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                opened => _ = files.insert(name.clone(), opened.map_err(|error| fault(&name, error))?),
            }
        }
        Ok(Self { folder: folder.to_owned(), files, other_files: Vec::new() })
    }

    /// One table that stands for itself, under the name of a table of runs.
    ///
    /// # Errors
    /// What the system says.
    pub fn of_table(name: &str, path: &Path) -> Result<Self, PublishedError> {
        let mut run = Self { folder: PathBuf::new(), files: BTreeMap::new(), other_files: Vec::new() };
        run.put(name, path)?;
        Ok(run)
    }

    /// The files of a table, by name: itself, or its parts in order.
    pub fn files_of(&self, name: &str) -> Vec<&str> {
        let is_part = |own: &&String| own.as_str() == name || table_of_part(own) == Some(name);
        self.files.keys().filter(is_part).map(String::as_str).collect()
    }

    /// The error of a file of this run.
    pub fn fault(&self, file: &str, reason: impl Into<String>) -> PublishedError {
        PublishedError::File { file: self.folder.join(file), reason: reason.into() }
    }

    /// Puts a file in the place of one of the run.
    ///
    /// # Errors
    /// What the system says.
    pub fn put(&mut self, name: &str, file: &Path) -> Result<(), PublishedError> {
        let opened = open(file);
        let opened =
            opened.map_err(|error| PublishedError::File { file: file.to_owned(), reason: error.to_string() })?;
        self.files.insert(name.to_owned(), opened);
        Ok(())
    }

    /// Whether the run has a file of that name.
    pub fn has(&self, name: &str) -> bool {
        !self.files_of(name).is_empty()
    }

    /// A file of the run from its beginning; `name` is one of [`LISTED_FILES`] or the manifest.
    ///
    /// # Errors
    /// What the system says.
    pub fn file(&self, name: &str) -> Result<File, PublishedError> {
        let file = self.files.get(name).ok_or_else(|| self.fault(name, "it is not there"))?;
        let rewound = file.try_clone().and_then(|mut file| file.rewind().map(|()| file));
        rewound.map_err(|error| self.fault(name, error.to_string()))
    }

    /// A text file of the run.
    ///
    /// # Errors
    /// What the system says, or that the file is too large or not UTF-8.
    pub fn text(&self, name: &str) -> Result<String, PublishedError> {
        let file = self.file(name)?;
        let length = file.metadata().map_err(|error| self.fault(name, error.to_string()))?.len();
        if length > LARGEST_MANIFEST {
            return Err(self.fault(name, format!("it has {length} bytes, more than any run writes")));
        }
        let mut text = String::new();
        file.take(length).read_to_string(&mut text).map_err(|error| self.fault(name, error.to_string()))?;
        Ok(text)
    }

    /// A table of the run, be it one file or in parts.
    ///
    /// # Errors
    /// [`PublishedError::File`] if it is damaged.
    pub fn table(&self, name: &str) -> Result<TableReader, PublishedError> {
        let opened = match self.files_of(name).as_slice() {
            [] => return Err(self.fault(name, "it is not there")),
            [file] if *file == name => TableReader::open(self.file(name)?),
            parts if parts.contains(&name) => Err("it is there as a file and in parts".to_owned()),
            parts => {
                let part = |part: &&str| Ok(((*part).to_owned(), self.file(part)?));
                TableReader::open_pieces(parts.iter().map(part).collect::<Result<_, PublishedError>>()?)
            }
        };
        opened.map_err(|reason| self.fault(name, reason))
    }

    /// The manifest of the run.
    ///
    /// # Errors
    /// [`PublishedError::NotARun`] if it cannot be read.
    pub fn manifest(&self) -> Result<Manifest, PublishedError> {
        let text = self.text(MANIFEST_FILE)?;
        Manifest::parse(text.as_bytes(), &self.folder.join(MANIFEST_FILE)).map_err(|error: PublishError| {
            PublishedError::NotARun { folder: self.folder.clone(), reason: error.to_string() }
        })
    }

    /// Shows a table to `visit` in parts, with the number of the part's first row and the names of the columns; the number
    /// of rows.
    ///
    /// # Errors
    /// [`PublishedError::File`] if the table is damaged; what `visit` returns.
    pub fn visit<E: From<PublishedError>>(
        &self,
        name: &str,
        mut visit: impl FnMut(usize, &[String], &[ArrayRef]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let table = self.table(name)?;
        let names: Vec<String> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
        let all: Vec<usize> = (0..names.len()).collect();
        let fault = |reason: String| self.fault(name, reason);
        let (mut batches, mut first) = (table.read(&all, None).map_err(fault)?, 0);
        while let Some(columns) = batches.next().map_err(fault)? {
            visit(first, &names, &columns)?;
            first += columns.first().map_or(0, |column| column.len());
        }
        Ok(first)
    }

    /// Every column of one entity of a table of a row an entity; `None` if it is not there.
    ///
    /// # Errors
    /// [`PublishedError::File`] if the table is damaged.
    pub fn entity(&self, file: &str, id: &str) -> Result<Option<TextRow>, PublishedError> {
        Ok(self.rows_with(file, id, 1)?.pop())
    }

    /// Every column of all rows of one entity.
    ///
    /// # Errors
    /// [`PublishedError::File`] if the table is damaged.
    pub fn entity_rows(&self, file: &str, id: &str) -> Result<Vec<TextRow>, PublishedError> {
        self.rows_with(file, id, usize::MAX)
    }

    /// The first `most` rows of an entity. Row groups whose range of ids cannot hold it are skipped.
    fn rows_with(&self, file: &str, id: &str, most: usize) -> Result<Vec<TextRow>, PublishedError> {
        let mut rows = Vec::new();
        let fault = |reason: String| self.fault(file, reason);
        let table = self.table(file)?;
        let names: Vec<String> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
        let all: Vec<usize> = (0..names.len()).collect();
        let ids = names.iter().position(|name| name == contract::ENTITY_ID.name);
        let ids = ids.ok_or_else(|| fault("it has no column entity_id".to_owned()))?;
        let mut batches = table.read(&all, Some(table.row_groups_with(ids, id))).map_err(fault)?;
        while let Some(columns) = batches.next().map_err(fault)? {
            let ids: Option<&StringViewArray> = columns[ids].as_string_view_opt();
            let ids = ids.ok_or_else(|| fault("it has no column entity_id of texts".to_owned()))?;
            for row in (0..ids.len()).filter(|&row| ids.is_valid(row) && ids.value(row) == id) {
                let mut values = Vec::new();
                for (name, column) in names.iter().zip(&columns) {
                    let cell =
                        cast(&column.slice(row, 1), &DataType::Utf8View).map_err(|error| fault(error.to_string()))?;
                    let cell = cell.as_string_view();
                    values.push((name.clone(), cell.is_valid(0).then(|| cell.value(0).to_owned())));
                }
                rows.push(values);
                if rows.len() >= most {
                    return Ok(rows);
                }
            }
        }
        Ok(rows)
    }
}

/// What tells a file from another that took its name.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

/// What tells a file from another that took its name.
#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> (u64, Option<std::time::SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}
