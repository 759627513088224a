//! Run folders as they stand on the disk: telling them from anything else, removing them safely, syncing them.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::Deserialize;

use super::PublishError;
use super::manifest::MANIFEST_FILE;

/// Removes a run folder, its manifest first: what is left of an interrupted removal is no run folder any more.
pub(super) fn remove_run(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(MANIFEST_FILE)) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    fs::remove_dir_all(folder)
}

/// What stands at a path that could be a run folder.
pub(super) enum Found {
    /// A folder whose manifest names a fairdraw contract.
    Run,
    /// A folder without a manifest.
    NoManifest,
    /// Something else: why.
    Strange(&'static str),
}

/// Looks at an existing path.
pub(super) fn inspect(folder: &Path) -> Result<Found, PublishError> {
    /// The one key that tells our manifest from others of that file name.
    #[derive(Deserialize)]
    struct Mark {
        contract: String,
    }
    let metadata = fs::metadata(folder).map_err(|cause| PublishError::file("look at", folder, cause))?;
    if !metadata.is_dir() {
        return Ok(Found::Strange("it is a file"));
    }
    let manifest = folder.join(MANIFEST_FILE);
    let text = match fs::read(&manifest) {
        Ok(text) => text,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Found::NoManifest),
        Err(cause) => return Err(PublishError::file("read", &manifest, cause)),
    };
    Ok(match serde_json::from_slice::<Mark>(&text) {
        Ok(mark) if mark.contract.starts_with("fairdraw/") => Found::Run,
        _ => Found::Strange("its manifest.json was not written by fairdraw"),
    })
}

/// Refuses to go on when `folder` exists and is anything but a run folder.
pub(super) fn refuse_foreign(folder: &Path) -> Result<(), PublishError> {
    if !exists(folder)? {
        return Ok(());
    }
    match inspect(folder)? {
        Found::Run => Ok(()),
        Found::NoManifest => Err(foreign(folder, "no manifest.json inside")),
        Found::Strange(reason) => Err(foreign(folder, reason)),
    }
}

/// The refusal to replace `folder`.
pub(super) fn foreign(folder: &Path, reason: &str) -> PublishError {
    PublishError::Foreign { folder: folder.to_path_buf(), reason: reason.to_string() }
}

/// Whether the path is taken, by anything, a dangling link included.
pub(super) fn exists(path: &Path) -> Result<bool, PublishError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(PublishError::file("look at", path, cause)),
    }
}

/// Writes every file below `folder`, then the folder itself, through to the disk.
pub(super) fn sync_tree(folder: &Path) -> Result<(), PublishError> {
    let unreadable = |cause| PublishError::file("read the folder", folder, cause);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            // Windows syncs only what is open for writing.
            File::options()
                .write(true)
                .open(&path)
                .and_then(|file| file.sync_all())
                .map_err(|cause| PublishError::file("write through to the disk", &path, cause))?;
        }
    }
    sync_folder(folder)
}

/// Writes a folder's entries through to the disk, where the system offers it.
pub(super) fn sync_folder(folder: &Path) -> Result<(), PublishError> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|file| file.sync_all())
            .map_err(|cause| PublishError::file("write through to the disk", folder, cause))?;
    }
    Ok(())
}
