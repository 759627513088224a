//! Run folders as they stand on the disk: telling them from anything else, removing them safely, syncing them.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use serde::Deserialize;

use super::PublishError;
use crate::contract::{MANIFEST_FILE, TABLES_IN_PARTS, is_own_file, parts_folder};

/// Removes a run folder, its manifest first: what is left of an interrupted removal is no run folder any more.
pub(crate) fn remove_run(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(MANIFEST_FILE)) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    fs::remove_dir_all(folder)
}

/// What stands at a path that could be a run folder.
pub(super) enum PathState {
    /// A folder whose manifest names a fairdraw contract.
    Run(RunIdentity),
    /// A folder without a manifest.
    NoManifest,
    /// Something else: why.
    Other(&'static str),
}

/// What tells one run from another: plan, seed and commitment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunIdentity {
    /// SHA-256 of the plan, lower-case hexadecimal.
    pub plan_sha256: String,
    /// Seed of the lots.
    pub seed: Option<String>,
    /// Digest published before the seed was known.
    pub commitment: Option<String>,
}

impl RunIdentity {
    /// What differs from another run; `None` if nothing does.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.plan_sha256 != other.plan_sha256 {
            Some("plan")
        } else if self.seed.is_some() && other.seed.is_none() {
            // The seed of the other run is still to be drawn.
            None
        } else if self.seed != other.seed {
            Some("seed")
        } else if self.commitment != other.commitment {
            Some("commitment")
        } else {
            None
        }
    }
}

/// Opens a file of a run; a pipe, whose opening would wait for a writer, is refused.
pub(crate) fn open(file: &Path) -> io::Result<File> {
    if fs::metadata(file)?.is_file() { File::open(file) } else { Err(io::Error::other("it is not a file")) }
}

/// Looks at an existing path.
pub(super) fn inspect(folder: &Path) -> Result<PathState, PublishError> {
    /// The keys that tell our manifest from others of that file name, and one run from another.
    #[derive(Deserialize)]
    struct ContractKey {
        contract: String,
        #[serde(default)]
        plan: Option<PlanMark>,
        seed: Option<String>,
        commitment: Option<String>,
    }
    #[derive(Deserialize)]
    struct PlanMark {
        sha256: String,
    }
    let metadata = fs::metadata(folder).map_err(|cause| PublishError::file("look at", folder, cause))?;
    if !metadata.is_dir() {
        return Ok(PathState::Other("it is a file"));
    }
    let manifest = folder.join(MANIFEST_FILE);
    let text = match open(&manifest).and_then(|mut file| {
        let mut text = Vec::new();
        file.read_to_end(&mut text).map(|_| text)
    }) {
        Ok(text) => text,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(PathState::NoManifest),
        Err(cause) => return Err(PublishError::file("read", &manifest, cause)),
    };
    Ok(match serde_json::from_slice::<ContractKey>(&text) {
        Ok(mark) if mark.contract.starts_with("fairdraw/") => PathState::Run(RunIdentity {
            plan_sha256: mark.plan.map(|plan| plan.sha256).unwrap_or_default(),
            seed: mark.seed,
            commitment: mark.commitment,
        }),
        _ => PathState::Other("its manifest.json was not written by fairdraw"),
    })
}

/// Refuses to go on when `folder` exists and is anything but a run folder.
pub(super) fn require_run_folder(folder: &Path) -> Result<(), PublishError> {
    if !exists(folder)? {
        return Ok(());
    }
    match inspect(folder)? {
        PathState::Run(_) => Ok(()),
        PathState::NoManifest => Err(not_a_run(folder, "no manifest.json inside")),
        PathState::Other(reason) => Err(not_a_run(folder, reason)),
    }
}

/// Refuses to replace a run of another plan, seed or commitment (unless `replace`), or a folder with files that are not
/// the run's.
pub(super) fn refuse_replacing(folder: &Path, new: &RunIdentity, replace: bool) -> Result<(), PublishError> {
    if !exists(folder)? {
        return Ok(());
    }
    if let PathState::Run(old) = inspect(folder)?
        && let Some(what) = old.difference(new).filter(|_| !replace)
    {
        return Err(PublishError::OtherRun { folder: folder.to_path_buf(), what });
    }
    let others = other_files(folder).map_err(|cause| PublishError::file("read the folder", folder, cause))?;
    if others.is_empty() {
        return Ok(());
    }
    Err(PublishError::OtherFiles { folder: folder.to_path_buf(), files: others.join(", ") })
}

/// Names in a run folder that are not the run's, sorted.
pub(crate) fn other_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut others = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let holds_parts = TABLES_IN_PARTS.into_iter().any(|file| parts_folder(file) == name);
        if holds_parts && entry.path().is_dir() {
            others.extend(names_in(folder, &name)?.into_iter().filter(|name| !is_own_file(name)));
        } else if !is_own_file(&name) {
            others.push(name);
        }
    }
    others.sort();
    Ok(others)
}

/// What is in a folder below, by names that begin with its own, in order.
fn names_in(folder: &Path, below: &str) -> io::Result<Vec<String>> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(format!("{below}/{}", entry?.file_name().to_string_lossy()));
    let mut names = fs::read_dir(folder.join(below))?.map(name).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// The parts of a table of a folder, by name, in order; none where it is one file.
pub(crate) fn parts(folder: &Path, file: &str) -> io::Result<Vec<String>> {
    match names_in(folder, parts_folder(file)) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        names => Ok(names?.into_iter().filter(|name| is_own_file(name)).collect()),
    }
}

/// The refusal to replace `folder`.
pub(super) fn not_a_run(folder: &Path, reason: &str) -> PublishError {
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
