//! What this process is writing and has not put in place: it goes when a signal ends the process.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The staging folders of this process that are neither in place nor removed. Held while one is put in place, so that a
/// signal cannot end the process between two renames.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What is under way, for whoever puts something in place: no signal ends the process while the answer is held.
pub fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every staging folder and unfinished file of this process, for one that is about to end. Nothing can be put in
/// place while the answer is held.
pub fn abandon() -> impl Drop {
    let unfinished = under_way();
    for path in unfinished.iter() {
        if path.is_file() {
            let _ = fs::remove_file(path);
        } else {
            // A file that is being created this very moment can need a second sweep; what is left then, the next run removes.
            let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_dir_all(path));
        }
    }
    unfinished
}

/// A file that grows under a name of its own: removed when it is dropped, or when a signal ends the process.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Names the file; it is not created yet.
    pub fn new(path: PathBuf) -> Self {
        under_way().push(path.clone());
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        under_way().retain(|path| *path != self.0);
        // It is gone after a rename, and then there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}
