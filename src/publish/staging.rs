//! An output folder is written aside and renamed whole, behind a lock.
//!
//! For an output folder `NAME` everything lives beside it, in the same parent folder:
//!
//! | path | what it is |
//! |---|---|
//! | `.NAME.lock` | empty file; whoever locks it may write `NAME`. It stays (removing a lock file lets two runs hold "the" lock) |
//! | `.NAME.staging-PID` | the folder being written |
//! | `.NAME.previous` | the output that is being replaced, for the moment between two renames |
//!
//! [`Staging::commit`] goes: sync the new files → rename `NAME` to `.NAME.previous` → rename the staging folder to
//! `NAME` → sync the parent folder → remove `.NAME.previous`, its manifest first.
//! The operating system frees the lock of a killed process. A process killed
//!
//! * **before the first rename** leaves `NAME` untouched and a staging folder, which the next run removes;
//! * **between the renames** leaves the previous output whole under `.NAME.previous`; the next run puts it back before
//!   anything else;
//! * **after the second rename** leaves the new output whole as `NAME`; the next run removes `.NAME.previous`. Because
//!   the manifest goes first, a half-removed `.NAME.previous` can never be taken for an output.
//!
//! A folder that fairdraw did not write is never replaced, nor one with files that are not the run's; a run of another
//! plan, seed or commitment only if that is asked for. A signal removes the staging folder at once ([`abandon`](crate::unfinished::abandon)).

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::PublishError;
pub use super::disk::RunIdentity;
use super::disk::{
    PathState, exists, inspect, not_a_run, refuse_replacing, remove_run, require_run_folder, sync_folder, sync_tree,
};
use crate::unfinished::under_way;

/// How often a waiting run asks for the lock again.
const LOCK_POLL: Duration = Duration::from_millis(100);

/// Links followed before a chain of them is taken for a ring.
const MOST_LINKS: usize = 40;

/// What the coming run is, and whether it may replace another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The coming run.
    pub run: RunIdentity,
    /// Whether it may replace a run of another plan, seed or commitment.
    pub replace: bool,
}

/// Whether a run may be written to `target`, without writing anything: what [`Staging::begin`] would refuse of the
/// folder itself.
///
/// # Errors
/// As [`Staging::begin`].
pub fn check(target: &Path, claim: &Claim) -> Result<(), PublishError> {
    let target = follow_link(target)?;
    if target.file_name().is_none() {
        return Err(PublishError::Unnamed { path: target });
    }
    let above = |path: &&Path| exists(if path.as_os_str().is_empty() { Path::new(".") } else { path }).unwrap_or(true);
    if let Some(parent) = target.ancestors().skip(1).find(above) {
        can_hold_folders(parent).map_err(|cause| PublishError::file("create the folder", &target, cause))?;
    }
    // A killed run may have left the output under another name; the next run takes it back first.
    let previous = target.file_name().map(|name| target.with_file_name(hidden(name, "previous")));
    let standing = match previous {
        Some(previous) if !exists(&target)? && exists(&previous)? => previous,
        _ => target,
    };
    require_run_folder(&standing)?;
    refuse_replacing(&standing, &claim.run, claim.replace)
}

/// Whether a folder can be made in `parent`.
fn can_hold_folders(parent: &Path) -> std::io::Result<()> {
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    if !fs::metadata(parent)?.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    #[cfg(unix)]
    rustix::fs::access(parent, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)?;
    Ok(())
}

/// Whether a run is being written to `target` right now.
pub(crate) fn is_being_written(target: &Path) -> bool {
    let lock = target.file_name().map(|name| target.with_file_name(hidden(name, "lock")));
    let Some(Ok(lock)) = lock.map(File::open) else { return false };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// An output folder being written. Write files under [`Staging::folder`], the manifest last, then [`Staging::commit`];
/// dropping it instead removes what was written and leaves the previous output alone.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    folder: PathBuf,
    previous: PathBuf,
    parent: PathBuf,
    /// The staging folder has been renamed away (or is left to the next run): nothing to remove on drop.
    settled: bool,
    claim: Claim,
    /// Held to the end; closing the file frees the lock.
    _lock: File,
}

impl Staging {
    /// Locks the output folder `target`, repairs what a killed run left and creates an empty staging folder.
    ///
    /// A link to a folder is followed: the folder behind it is locked and replaced. Missing parent folders are created.
    /// `wait`: how long to wait for another run of the same folder; `None` refuses at once.
    ///
    /// # Errors
    /// [`PublishError::InUse`] when another run holds the lock, [`PublishError::Foreign`] when `target` exists and is
    /// not a run folder, [`PublishError::OtherRun`] and [`PublishError::OtherFiles`] when it holds what `claim` may not
    /// replace, [`PublishError::Unnamed`] when the path has no last name, [`PublishError::File`] otherwise.
    pub fn begin(target: &Path, wait: Option<Duration>, claim: Claim) -> Result<Self, PublishError> {
        let target = follow_link(target)?;
        let Some(name) = target.file_name().map(OsStr::to_os_string) else {
            return Err(PublishError::Unnamed { path: target });
        };
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(|cause| PublishError::file("create the folder", &parent, cause))?;
        let lock = acquire(&target, &name, wait)?;

        let previous = parent.join(hidden(&name, "previous"));
        // First of all: with a foreign folder in the way nothing is touched, least of all the previous output.
        require_run_folder(&target)?;
        settle_previous(&target, &previous)?;
        refuse_replacing(&target, &claim.run, claim.replace)?;
        let prefix = hidden(&name, "staging-");
        remove_abandoned(&parent, &prefix)?;

        let mut own = prefix;
        own.push(std::process::id().to_string());
        let folder = parent.join(own);
        fs::create_dir(&folder).map_err(|cause| PublishError::file("create the folder", &folder, cause))?;
        under_way().push(folder.clone());
        Ok(Self { target, folder, previous, parent, settled: false, claim, _lock: lock })
    }

    /// The staging folder: put the files here.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of a file `name` inside the staging folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes the staging folder the output folder: readers see the old files, for an instant none, then the new ones.
    ///
    /// # Errors
    /// [`PublishError::Incomplete`] without a manifest, [`PublishError::Foreign`] when somebody put another folder in
    /// the way meanwhile, [`PublishError::File`] when the system refuses; the previous output is then in place.
    /// When only the last sync fails, the new output is in place but may not survive a power cut.
    pub fn commit(mut self) -> Result<(), PublishError> {
        if !matches!(inspect(&self.folder)?, PathState::Run(_)) {
            return Err(PublishError::Incomplete { folder: self.folder.clone() });
        }
        sync_tree(&self.folder)?;
        let mut under_way = under_way();
        let replaces = self.set_aside()?;
        self.put_in_place(replaces)?;
        under_way.retain(|folder| *folder != self.folder);
        drop(under_way);
        sync_folder(&self.parent)?;
        if replaces {
            // The new output stands. What cannot be removed now is removed by the next run.
            let _ = remove_run(&self.previous);
        }
        Ok(())
    }

    /// First rename. Returns whether there was an output to set aside.
    fn set_aside(&self) -> Result<bool, PublishError> {
        require_run_folder(&self.target)?;
        refuse_replacing(&self.target, &self.claim.run, self.claim.replace)?;
        if !exists(&self.target)? {
            return Ok(false);
        }
        fs::rename(&self.target, &self.previous)
            .map_err(|cause| PublishError::file("rename the previous output", &self.target, cause))?;
        Ok(true)
    }

    /// Second rename; undoes the first one if it fails.
    fn put_in_place(&mut self, replaces: bool) -> Result<(), PublishError> {
        if let Err(cause) = fs::rename(&self.folder, &self.target) {
            if replaces {
                // If this fails too, the next run does it.
                let _ = fs::rename(&self.previous, &self.target);
            }
            return Err(PublishError::file("put the new output at", &self.target, cause));
        }
        self.settled = true;
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        under_way().retain(|folder| *folder != self.folder);
        if !self.settled {
            // Left to the next run if the system refuses.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// `.NAME.suffix`
fn hidden(name: &OsStr, suffix: &str) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".");
    hidden.push(suffix);
    hidden
}

/// The folder behind a link (and a link behind that), or the path itself. The folder need not exist: after a kill
/// between the renames it does not.
fn follow_link(target: &Path) -> Result<PathBuf, PublishError> {
    let mut path = target.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let behind =
                    fs::read_link(&path).map_err(|cause| PublishError::file("follow the link", &path, cause))?;
                path = path.parent().map_or_else(|| behind.clone(), |parent| parent.join(&behind));
            }
            _ => return Ok(path),
        }
    }
    Err(PublishError::file("follow the link", target, ErrorKind::InvalidInput.into()))
}

/// Locks the folder `target`, whose last name is `name`, asking again until `wait` is over; closing the file frees it.
pub(crate) fn acquire(target: &Path, name: &OsStr, wait: Option<Duration>) -> Result<File, PublishError> {
    let lock_path = &target.with_file_name(hidden(name, "lock"));
    let lock = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(lock_path)
        .map_err(|cause| PublishError::file("create", lock_path, cause))?;
    let mut left = wait.unwrap_or_default();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(cause)) => return Err(PublishError::file("lock", lock_path, cause)),
            Err(TryLockError::WouldBlock) if left.is_zero() => {
                return Err(PublishError::InUse { folder: target.to_path_buf() });
            }
            Err(TryLockError::WouldBlock) => {
                let pause = left.min(LOCK_POLL);
                std::thread::sleep(pause);
                left -= pause;
            }
        }
    }
}

/// Puts the previous output back after a kill between the renames, or removes it after a kill behind them.
fn settle_previous(target: &Path, previous: &Path) -> Result<(), PublishError> {
    if !exists(previous)? {
        return Ok(());
    }
    match inspect(previous)? {
        PathState::Run(_) if !exists(target)? => fs::rename(previous, target)
            .map_err(|cause| PublishError::file("put back the previous output", target, cause)),
        PathState::Run(_) | PathState::NoManifest => {
            remove_run(previous).map_err(|cause| PublishError::file("remove the replaced output", previous, cause))
        }
        PathState::Other(reason) => Err(not_a_run(previous, reason)),
    }
}

/// Removes the staging folders `.NAME.staging-<digits>`; the lock says that no living run owns them.
fn remove_abandoned(parent: &Path, prefix: &OsStr) -> Result<(), PublishError> {
    let unreadable = |cause| PublishError::file("read the folder", parent, cause);
    for entry in fs::read_dir(parent).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let Some(process) = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes()) else {
            continue;
        };
        let ours = !process.is_empty() && process.iter().all(u8::is_ascii_digit);
        if ours && entry.file_type().map_err(unreadable)?.is_dir() {
            let path = entry.path();
            fs::remove_dir_all(&path)
                .map_err(|cause| PublishError::file("remove the abandoned folder", &path, cause))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::MANIFEST_FILE;

    const RUN: &str = r#"{ "fairdraw": "0.1.0", "contract": "fairdraw/1" }"#;

    /// A published run whose draw holds `words`.
    fn publish(target: &Path, words: &str) -> Result<(), PublishError> {
        written(target, words)?.commit()
    }

    /// A complete staging folder, not yet committed.
    fn written(target: &Path, words: &str) -> Result<Staging, PublishError> {
        let staging = Staging::begin(target, None, Claim::default())?;
        fs::write(staging.file("draw.parquet"), words).unwrap();
        fs::write(staging.file(MANIFEST_FILE), RUN).unwrap();
        Ok(staging)
    }

    /// What a kill does: the lock goes, everything else stays.
    fn kill(mut staging: Staging) {
        staging.settled = true;
    }

    fn words(target: &Path) -> String {
        fs::read_to_string(target.join("draw.parquet")).unwrap()
    }

    /// Names in the parent folder, the lock file apart.
    fn beside(target: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(target.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".lock"))
            .collect();
        names.sort();
        names
    }

    fn workspace() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("year").join("q1");
        (home, target)
    }

    #[test]
    fn a_commit_replaces_the_previous_output_and_leaves_nothing_else() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        publish(&target, "second").unwrap();
        assert_eq!(words(&target), "second");
        assert_eq!(beside(&target), ["q1"]);
    }

    #[test]
    fn a_run_that_gives_up_leaves_the_previous_output_and_no_trace() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        drop(written(&target, "second").unwrap());
        assert_eq!(words(&target), "first");
        assert_eq!(beside(&target), ["q1"]);
    }

    #[test]
    fn a_kill_while_writing_leaves_the_previous_output_and_the_next_run_clears_up() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        let mut staging = written(&target, "half").unwrap();
        // The dead process had another number than this one.
        let elsewhere = target.with_file_name(".q1.staging-4000000001");
        fs::rename(&staging.folder, &elsewhere).unwrap();
        staging.folder = elsewhere;
        kill(staging);
        assert_eq!(words(&target), "first");
        assert_eq!(beside(&target), [".q1.staging-4000000001", "q1"]);
        publish(&target, "second").unwrap();
        assert_eq!(words(&target), "second");
        assert_eq!(beside(&target), ["q1"]);
    }

    #[test]
    fn a_kill_between_the_renames_leaves_the_previous_output_whole_and_the_next_run_puts_it_back() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        let staging = written(&target, "second").unwrap();
        assert!(staging.set_aside().unwrap());
        kill(staging);
        assert_eq!(words(&target.with_file_name(".q1.previous")), "first");
        drop(Staging::begin(&target, None, Claim::default()).unwrap());
        assert_eq!(words(&target), "first");
        assert_eq!(beside(&target), ["q1"]);
    }

    #[test]
    fn a_kill_behind_the_renames_leaves_the_new_output_and_the_next_run_removes_the_old_one() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        for half_removed in [false, true] {
            let mut staging = written(&target, "second").unwrap();
            let replaces = staging.set_aside().unwrap();
            staging.put_in_place(replaces).unwrap();
            kill(staging);
            if half_removed {
                fs::remove_file(target.with_file_name(".q1.previous").join(MANIFEST_FILE)).unwrap();
            }
            assert_eq!(words(&target), "second");
            drop(Staging::begin(&target, None, Claim::default()).unwrap());
            assert_eq!(words(&target), "second");
            assert_eq!(beside(&target), ["q1"]);
        }
    }

    #[test]
    fn a_half_removed_output_is_never_put_back() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        let previous = target.with_file_name(".q1.previous");
        fs::rename(&target, &previous).unwrap();
        fs::remove_file(previous.join(MANIFEST_FILE)).unwrap();
        drop(Staging::begin(&target, None, Claim::default()).unwrap());
        assert!(beside(&target).is_empty());
    }

    #[test]
    fn a_failed_second_rename_puts_the_previous_output_back() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        let mut staging = written(&target, "second").unwrap();
        let replaces = staging.set_aside().unwrap();
        fs::remove_dir_all(&staging.folder).unwrap();
        let error = staging.put_in_place(replaces).unwrap_err();
        assert!(error.to_string().contains("put the new output at"), "{error}");
        drop(staging);
        assert_eq!(words(&target), "first");
    }

    #[test]
    fn a_folder_that_fairdraw_did_not_write_is_refused_and_untouched() {
        let (_home, target) = workspace();
        fs::create_dir_all(&target).unwrap();
        fs::write(target.join("thesis.docx"), "years of work").unwrap();
        let error = Staging::begin(&target, None, Claim::default()).unwrap_err();
        assert!(error.to_string().contains("no manifest.json inside"), "{error}");
        // A browser extension has a manifest.json as well.
        fs::write(target.join(MANIFEST_FILE), r#"{ "manifest_version": 3 }"#).unwrap();
        let error = Staging::begin(&target, None, Claim::default()).unwrap_err();
        assert!(error.to_string().contains("not written by fairdraw"), "{error}");
        assert!(target.join("thesis.docx").exists());
    }

    #[test]
    fn a_foreign_folder_in_the_way_does_not_cost_the_previous_output() {
        let (_home, target) = workspace();
        publish(&target, "first").unwrap();
        let staging = written(&target, "second").unwrap();
        staging.set_aside().unwrap();
        kill(staging);
        fs::create_dir(&target).unwrap();
        assert!(matches!(Staging::begin(&target, None, Claim::default()), Err(PublishError::Foreign { .. })));
        assert_eq!(words(&target.with_file_name(".q1.previous")), "first");
    }

    #[test]
    fn a_file_in_the_way_is_refused() {
        let (home, _) = workspace();
        let target = home.path().join("q1");
        fs::write(&target, "not a folder").unwrap();
        let error = Staging::begin(&target, None, Claim::default()).unwrap_err();
        assert!(error.to_string().contains("it is a file"), "{error}");
    }

    #[test]
    fn two_runs_of_one_folder_are_kept_apart_and_two_folders_are_not() {
        let (_home, target) = workspace();
        let first = written(&target, "first").unwrap();
        let error = Staging::begin(&target, None, Claim::default()).unwrap_err();
        assert!(matches!(&error, PublishError::InUse { folder } if folder.ends_with("q1")), "{error}");
        assert!(Staging::begin(&target, Some(Duration::from_millis(1)), Claim::default()).is_err());
        let neighbour = target.with_file_name("q1.staging-7");
        drop(Staging::begin(&neighbour, None, Claim::default()).unwrap());
        first.commit().unwrap();
        assert_eq!(words(&target), "first");
    }

    #[test]
    fn a_waiting_run_goes_on_when_the_other_ends() {
        let (_home, target) = workspace();
        let first = written(&target, "first").unwrap();
        std::thread::scope(|scope| {
            let waiting =
                scope.spawn(|| Staging::begin(&target, Some(Duration::from_secs(60)), Claim::default()).map(drop));
            std::thread::sleep(Duration::from_millis(50));
            first.commit().unwrap();
            waiting.join().unwrap().unwrap();
        });
        assert_eq!(words(&target), "first");
    }

    #[test]
    fn the_staging_folders_of_a_neighbour_and_look_alikes_stay() {
        let (_home, target) = workspace();
        let parent = target.parent().unwrap();
        let others = [".q1.staging-", ".q1.staging-7.staging-12", ".q1.staging-new", ".q10.staging-12"];
        for name in others {
            fs::create_dir_all(parent.join(name)).unwrap();
        }
        publish(&target, "first").unwrap();
        assert_eq!(beside(&target).len(), others.len() + 1);
    }

    #[test]
    fn a_staging_folder_without_a_manifest_is_not_published() {
        let (_home, target) = workspace();
        let staging = Staging::begin(&target, None, Claim::default()).unwrap();
        assert!(matches!(staging.commit(), Err(PublishError::Incomplete { .. })));
        assert!(beside(&target).is_empty());
    }

    #[test]
    fn a_path_without_a_name_is_refused() {
        assert!(matches!(Staging::begin(Path::new(".."), None, Claim::default()), Err(PublishError::Unnamed { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_stays_a_link() {
        let (home, target) = workspace();
        publish(&target, "first").unwrap();
        let link = home.path().join("latest");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        publish(&link, "second").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(words(&target), "second");

        let staging = written(&link, "third").unwrap();
        staging.set_aside().unwrap();
        kill(staging);
        assert!(!link.exists());
        drop(Staging::begin(&link, None, Claim::default()).unwrap());
        assert_eq!(words(&link), "second");

        let ring = home.path().join("ring");
        std::os::unix::fs::symlink(&ring, &ring).unwrap();
        assert!(Staging::begin(&ring, None, Claim::default()).unwrap_err().to_string().contains("follow the link"));
    }
}
