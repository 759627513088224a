//! What can go wrong when a population is made or written.

use std::path::PathBuf;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use rust_xlsxwriter::XlsxError;
use thiserror::Error;

use super::preset::{MAX_ROWS, Preset};
use super::results::SampleResults;

/// An error of [`super::population`], [`super::companions`] or [`super::Population::write`].
#[derive(Debug, Error)]
pub enum GenerateError {
    /// No preset of that name.
    #[error("there is no preset `{given}`; choose one of {}", Preset::ALL.map(Preset::name).join(", "))]
    UnknownPreset {
        /// The name as given.
        given: String,
    },
    /// No sample results of that name.
    #[error("there are no sample results `{given}`; choose one of {}", SampleResults::ALL.map(SampleResults::name).join(", "))]
    UnknownResults {
        /// The name as given.
        given: String,
    },
    /// No format of that name.
    #[error("there is no format `{given}`; choose csv, csv-bom, csv-gb18030 (each also with .gz), xlsx or parquet")]
    UnknownFormat {
        /// The name as given.
        given: String,
    },
    /// Nothing to make.
    #[error("a population of 0 rows is asked for; ask for at least 1")]
    NoRows,
    /// More rows than ids are made for.
    #[error("{asked} rows are asked for, more than the {MAX_ROWS} that a population may have; ask for fewer")]
    TooManyRows {
        /// Rows asked for.
        asked: u64,
    },
    /// The share of faulty rows is not a share.
    #[error("the share of faulty rows is {given}; give a number from 0 to 0.5")]
    DirtOutOfRange {
        /// The share as given.
        given: f64,
    },
    /// The seed would not survive being written down on a line of its own.
    #[error("the seed is empty or holds a line break; give one line of text")]
    BadSeed,
    /// The as-of date leaves no time for registrations.
    #[error("the as-of date {as_of} is before {earliest}, when the first entity is registered; give a later date")]
    AsOfTooEarly {
        /// The date as given.
        as_of: jiff::civil::Date,
        /// The first possible date.
        earliest: jiff::civil::Date,
    },
    /// A spreadsheet cannot hold the table.
    #[error("{}: {rows} rows are more than the {limit} that a sheet holds; write this table as csv or parquet", file.display())]
    SheetTooLong {
        /// The file that was to be written.
        file: PathBuf,
        /// Rows of the table, headers included.
        rows: u64,
        /// Rows of a sheet.
        limit: u64,
    },
    /// A file or folder could not be written.
    #[error("{}: cannot be written: {source}; check that the folder exists, is writable and has space", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A Parquet file could not be encoded or written.
    #[error("{}: cannot be written: {source}; check that the folder is writable and has space", file.display())]
    Parquet {
        /// The file.
        file: PathBuf,
        /// What the encoder says.
        source: ParquetError,
    },
    /// A spreadsheet could not be encoded or written.
    #[error("{}: cannot be written: {source}; check that the folder is writable and has space", file.display())]
    Sheet {
        /// The file.
        file: PathBuf,
        /// What the encoder says.
        source: XlsxError,
    },
    /// A batch does not fit its own schema: a fault in this crate.
    #[error("a generated table does not fit its schema: {0}; please report this with the preset, rows and seed")]
    Batch(#[from] ArrowError),
}
