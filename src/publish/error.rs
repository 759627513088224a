//! Why an output could not be written or read, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

/// Everything that can stop a run from being published or a published run from being read.
///
/// Each message names the file or folder, says what is wrong with it and ends with what to change. Causes are part of
/// the message (they are not repeated as `source()`). Whatever the error, the previous output is still there.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Another run holds the lock of this output folder.
    #[error(
        "the output folder {folder} is in use by another fairdraw run; wait until it ends, or name another folder in [output] of the plan"
    )]
    InUse {
        /// The output folder that both runs want.
        folder: PathBuf,
    },
    /// Something that fairdraw did not write stands where the output should go.
    #[error(
        "{folder} exists and is not a fairdraw run folder ({reason}), so it is not replaced; name another folder in [output] of the plan, or move this one away"
    )]
    Foreign {
        /// What stands in the way.
        folder: PathBuf,
        /// What was missing or strange.
        reason: String,
    },
    /// The path ends in `..` or is a root.
    #[error(
        "{path} cannot be an output folder, because it has no name of its own; name a folder inside it in [output] of the plan"
    )]
    Unnamed {
        /// The path as given.
        path: PathBuf,
    },
    /// A staging folder without a manifest was about to be published.
    #[error("{folder} holds no manifest.json, so it is not published; write the manifest last, then commit")]
    Incomplete {
        /// The staging folder.
        folder: PathBuf,
    },
    /// The operating system refused a file or folder operation.
    #[error("cannot {action} {path}: {cause}; {fix}", fix = remedy(cause.kind()))]
    File {
        /// What was tried, as a verb phrase: `write`, `rename to its final name`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system answered.
        cause: io::Error,
    },
    /// A column could not be built or does not fit its field.
    #[error("cannot write column {column} of {path}: {reason}; nothing was published")]
    Column {
        /// The Parquet file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What did not fit.
        reason: String,
    },
    /// The folder holds a run of another plan, seed or commitment.
    #[error(
        "{folder} holds a published run of another {what}; it stays as it is. Name another folder with --output, or say --replace if it is to be replaced"
    )]
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// What differs: plan, seed or commitment.
        what: &'static str,
    },
    /// The folder holds files that are not the run's.
    #[error(
        "{folder} holds files that are not the run's ({files}), and a run replaces the whole folder; move them elsewhere, or name another folder with --output"
    )]
    OtherFiles {
        /// The folder.
        folder: PathBuf,
        /// Their names.
        files: String,
    },
    /// A table option names a column that the table does not have, or a setting is out of range.
    #[error("cannot write {path}: {reason}; change the table's options")]
    Options {
        /// The Parquet file.
        path: PathBuf,
        /// What is wrong with them.
        reason: String,
    },
    /// Rows are not in the order that the file would promise.
    #[error(
        "cannot write {path}: row {row} does not follow the row before it in {order}; sort the rows and number them first"
    )]
    Unsorted {
        /// The Parquet file.
        path: PathBuf,
        /// 1-based row.
        row: usize,
        /// The columns that order the table.
        order: &'static str,
    },
    /// The Parquet writer refused.
    #[error("cannot write {path}: {cause}; nothing was published")]
    Parquet {
        /// The Parquet file.
        path: PathBuf,
        /// Its answer.
        cause: ParquetError,
    },
    /// A part of the frame could not be read.
    #[error(transparent)]
    Frame(#[from] crate::frame::FrameError),
    /// A manifest that is not JSON, or not a fairdraw manifest.
    #[error("{path} is not a readable manifest: {cause}; restore it from a copy, or run the plan again")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Where and why, with line and column.
        cause: serde_json::Error,
    },
    /// A manifest written under another contract.
    #[error(
        "{path} follows the contract {found:?}, and this version reads {expected:?}; use a fairdraw version of that contract"
    )]
    Contract {
        /// The manifest.
        path: PathBuf,
        /// The contract it names.
        found: String,
        /// The contract of this version.
        expected: &'static str,
    },
}

impl PublishError {
    /// An error of the operating system at `path` while trying to `action` it.
    pub(crate) fn file(action: &'static str, path: &Path, cause: io::Error) -> Self {
        Self::File { action, path: path.to_path_buf(), cause }
    }

    /// An error of the Parquet writer; an operating-system error inside it comes out as [`PublishError::File`].
    pub(crate) fn parquet(path: &Path, cause: ParquetError) -> Self {
        match cause {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(cause) => Self::file("write", path, *cause),
                Err(inner) => Self::Parquet { path: path.to_path_buf(), cause: ParquetError::External(inner) },
            },
            cause => Self::Parquet { path: path.to_path_buf(), cause },
        }
    }
}

/// What a person can do about an error of the operating system.
fn remedy(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as Kind;
    match kind {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
            "free some space there or name a folder on another disk in [output] of the plan; the previous output is untouched"
        }
        Kind::PermissionDenied => {
            "give this user the right to write there or name another folder in [output] of the plan"
        }
        Kind::ReadOnlyFilesystem => "this disk is read-only: name a folder on another disk in [output] of the plan",
        Kind::NotFound => "it was moved or removed meanwhile: check the path and run again",
        Kind::Unsupported => {
            "this file system has no file locks: name a folder on a local disk in [output] of the plan"
        }
        _ => "check the disk and run again; the previous output is untouched",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_inside_the_parquet_writer_is_named_with_its_file_and_fix() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = PublishError::parquet(Path::new("out/frame.parquet"), ParquetError::from(full));
        assert!(matches!(error, PublishError::File { .. }));
        let text = error.to_string();
        assert!(text.contains("cannot write out/frame.parquet"), "{text}");
        assert!(text.contains("free some space"), "{text}");
    }

    #[test]
    fn a_missing_right_says_which_right() {
        let error = PublishError::file("create", Path::new("out"), io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(error.to_string().contains("right to write there"), "{error}");
    }
}
