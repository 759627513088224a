//! Tables and runs that are elsewhere: in PostgreSQL databases and S3-compatible stores. Each is a feature that the default
//! build leaves out.
//!
//! Addresses that hold secrets come from the environment and reach no plan, message or published file.

#[cfg(feature = "postgres")]
mod database;
#[cfg(feature = "s3")]
mod objects;

use std::fs::File;
use std::io;

#[cfg(feature = "postgres")]
pub use database::{publish_rows, rows_of};
#[cfg(feature = "s3")]
pub use objects::{object, objects_below, upload};

use crate::published::PublishedError;
use crate::spill::SpillError;
use crate::verify::VerifyError;

/// What was brought here.
#[derive(Debug)]
pub struct Brought {
    /// A file without a name: an object as it is, or the rows of a query as an Arrow file.
    pub file: File,
    /// SHA-256 of what was sent, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Bytes that were sent.
    pub bytes: u64,
}

/// What became of a run that was to be written elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It stands there.
    Now {
        /// What tells it from other runs: SHA-256 of its manifest.
        run: String,
        /// Rows by table, or bytes by file.
        parts: Vec<(String, u64)>,
    },
    /// It stood there already.
    Before,
}

/// Why a store or database does not do what is asked of it.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The feature was left out.
    #[error("this fairdraw was built without {what}: build it with `cargo build --release --features {feature}`")]
    NotBuilt {
        /// What it cannot reach.
        what: &'static str,
        /// The feature.
        feature: &'static str,
    },
    /// The address of the database is not given.
    #[error("the environment variable {variable} is not set: set it to postgresql://user:password@host/database")]
    NoVariable {
        /// The variable.
        variable: String,
    },
    /// The address of the database is none.
    #[error(
        "{variable} holds no address of a database ({problem}): set it to postgresql://user:password@host/database"
    )]
    Address {
        /// The variable.
        variable: String,
        /// What is wrong; never the address.
        problem: String,
    },
    /// The database refuses or is gone.
    #[error("the database of {variable}: {problem}")]
    Database {
        /// The variable.
        variable: String,
        /// What it says.
        problem: String,
    },
    /// Columns of a query that cannot be told apart.
    #[error("the query gives two columns {name:?}: name one of them otherwise, as in `select a.name as a_name`")]
    TwoColumns {
        /// Their name.
        name: String,
    },
    /// What was sent is not what was asked for.
    #[error("the rows of the query cannot be read: {problem}")]
    Rows {
        /// What is wrong with them.
        problem: String,
    },
    /// An object that is not there.
    #[error("{address} is not there: correct the path; the store is that of AWS_ENDPOINT_URL, or Amazon's")]
    NoObject {
        /// Its address.
        address: String,
    },
    /// The store refuses or is gone.
    #[error("{address}: {problem}")]
    Store {
        /// The address of the object.
        address: String,
        /// What it says.
        problem: String,
    },
    /// Another run stands at the address.
    #[error("another run stands at {address}: give another address, or replace it with --replace")]
    OtherRun {
        /// The address.
        address: String,
    },
    /// Somebody else writes there, or did not come to an end.
    #[error(
        "{lock} says that another upload is under way: wait for it; if it was interrupted, remove that object, or give --replace"
    )]
    Locked {
        /// The address of the lock.
        lock: String,
    },
    /// A published folder that is not whole.
    #[error(transparent)]
    Folder(#[from] Box<VerifyError>),
    /// A published folder that cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The disk has no room for it.
    #[error(transparent)]
    Spill(#[from] SpillError),
    /// The system refuses.
    #[error("what comes from elsewhere cannot be kept here ({0})")]
    File(#[from] io::Error),
}

/// A published folder, held open, and its manifest; its files are as that says.
#[cfg(any(feature = "postgres", feature = "s3"))]
fn whole(folder: &std::path::Path) -> Result<(crate::published::PublishedRun, String), RemoteError> {
    use crate::contract::MANIFEST_FILE;
    let manifest = crate::verify::vouched(folder).map_err(Box::new)?;
    let run = crate::published::PublishedRun::open(folder)?;
    match run.text(MANIFEST_FILE)? == manifest {
        true => Ok((run, manifest)),
        false => Err(run.fault(MANIFEST_FILE, "it was replaced while it was read").into()),
    }
}

/// What an error says, with all that stands behind it.
#[cfg(any(feature = "postgres", feature = "s3"))]
fn with_causes(error: &dyn std::error::Error) -> String {
    let (mut said, mut below) = (error.to_string(), error.source());
    while let Some(cause) = below {
        let more = cause.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        below = cause.source();
    }
    said
}

#[cfg(not(feature = "postgres"))]
mod without_postgres {
    use super::{Brought, RemoteError, Written};
    use crate::plan::Query;
    use std::path::Path;

    const NOT_BUILT: RemoteError = RemoteError::NotBuilt { what: "PostgreSQL", feature: "postgres" };

    /// The rows of a query.
    ///
    /// # Errors
    /// [`RemoteError::NotBuilt`].
    pub fn rows_of(_: &Query, _: &Path) -> Result<Brought, RemoteError> {
        Err(NOT_BUILT)
    }

    /// Writes a run into a database.
    ///
    /// # Errors
    /// [`RemoteError::NotBuilt`].
    pub fn publish_rows(_: &str, _: &[&Path]) -> Result<Written, RemoteError> {
        Err(NOT_BUILT)
    }
}

#[cfg(not(feature = "s3"))]
mod without_s3 {
    use super::{Brought, RemoteError, Written};
    use std::path::Path;

    const NOT_BUILT: RemoteError = RemoteError::NotBuilt { what: "S3-compatible stores", feature: "s3" };

    /// Brings an object here.
    ///
    /// # Errors
    /// [`RemoteError::NotBuilt`].
    pub fn object(_: &str, _: &Path) -> Result<Brought, RemoteError> {
        Err(NOT_BUILT)
    }

    /// Brings the Parquet objects below a prefix here.
    ///
    /// # Errors
    /// [`RemoteError::NotBuilt`].
    pub fn objects_below(_: &str, _: &Path) -> Result<(), RemoteError> {
        Err(NOT_BUILT)
    }

    /// Writes a published folder into a store.
    ///
    /// # Errors
    /// [`RemoteError::NotBuilt`].
    pub fn upload(_: &Path, _: &str, _: bool) -> Result<Written, RemoteError> {
        Err(NOT_BUILT)
    }
}

#[cfg(not(feature = "postgres"))]
pub use without_postgres::{publish_rows, rows_of};
#[cfg(not(feature = "s3"))]
pub use without_s3::{object, objects_below, upload};
