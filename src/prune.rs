//! Old runs that nothing needs any more, where every run of a plan has a folder of its own.
//!
//! Nothing is asked of the clock: how old a run is, is told by as-of days. What a run that is kept has read is kept: rounds by the digest of their
//! manifest, draws and tables by the name of their folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::amendment::amendments_folder;
use crate::assign::teams_folder;
use crate::contract::MANIFEST_FILE;
use crate::digest::hex;
use crate::ingest::Receipt;
use crate::publication::public_folder;
use crate::publish::PublishError;
use crate::publish::disk::{other_files, remove_run};
use crate::publish::manifest::PlanRecord;
use crate::publish::staging::is_being_written;
use crate::signature::signature_file;
use crate::terms::parse_date;

/// What the names of the folders of a run end in.
const BESIDE: [&str; 4] = ["", ".teams", ".public", ".amendments"];

/// A published draw or folder of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct OldRun {
    /// Its folder.
    pub folder: PathBuf,
    /// Name of its folder.
    pub name: String,
    /// Name of its plan.
    pub plan: String,
    /// Its as-of day, in days since 1970-01-01.
    pub as_of: i32,
    /// What is to become of it.
    pub verdict: Verdict,
    /// SHA-256 of its manifest.
    sha256: String,
    reads: Vec<Receipt>,
    draws: Vec<String>,
}

/// What is to become of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is among the newest of its plan.
    Newest,
    /// It is not old enough.
    Recent,
    /// A run that is kept has read it, or a link points at it.
    Needed(String),
    /// There are files in its folders that are not of the program.
    Foreign(String),
    /// It is being written.
    Busy,
    /// It can go.
    Old,
}

/// What manifests of draws and of figures say.
#[derive(Deserialize)]
struct Seen {
    contract: String,
    plan: PlanRecord,
    as_of: String,
    inputs: Vec<Receipt>,
    #[serde(default)]
    draws: Vec<String>,
}

/// The runs in a folder, by plan and as-of day, each with what is to become of it. The `keep` newest of each plan are kept, and of the others those
/// that are not more than `days` older than the newest.
///
/// # Errors
/// A folder that cannot be read.
pub fn judge(folder: &Path, keep: usize, days: u32) -> io::Result<Vec<OldRun>> {
    let (mut runs, mut links) = (Vec::new(), BTreeMap::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A link is no run of its own, and whoever made it needs what it points at.
        if entry.file_type()?.is_symlink() {
            let target = fs::canonicalize(entry.path()).ok();
            links.extend(target.map(|target| (target, entry.file_name().to_string_lossy().into_owned())));
        } else {
            runs.extend(run_of(entry.path()));
        }
    }
    runs.sort_by(|a, b| (&a.plan, a.as_of, &a.name).cmp(&(&b.plan, b.as_of, &b.name)));
    let mut of_plans: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, run) in runs.iter().enumerate() {
        of_plans.entry(run.plan.clone()).or_default().push(place);
    }
    for places in of_plans.into_values() {
        let newest = places.last().map_or(i32::MAX, |&last| runs[last].as_of);
        let first_kept = places.len().saturating_sub(keep);
        for (rank, place) in places.into_iter().enumerate() {
            let own = &mut runs[place];
            let age = i64::from(newest) - i64::from(own.as_of);
            own.verdict = match (rank >= first_kept, age <= i64::from(days)) {
                (true, _) => Verdict::Newest,
                (false, true) => Verdict::Recent,
                (false, false) => verdict_of(&own.folder),
            };
        }
    }
    for run in runs.iter_mut().filter(|run| run.verdict == Verdict::Old) {
        if let Some(link) = fs::canonicalize(&run.folder).ok().and_then(|folder| links.get(&folder)) {
            run.verdict = Verdict::Needed(link.clone());
        }
    }
    // What a run that is kept has read is kept, and what that has read.
    while let Some((old, by)) = needed(&runs) {
        runs[old].verdict = Verdict::Needed(runs[by].name.clone());
    }
    Ok(runs)
}

/// A run that would go although one that is kept has read it, and that one.
fn needed(runs: &[OldRun]) -> Option<(usize, usize)> {
    let is_old = |run: &OldRun| run.verdict == Verdict::Old;
    let reads = |own: &OldRun, old: &OldRun| {
        // Its own folder, or one beside it.
        let is_of = |part: &str| part.strip_prefix(old.name.as_str()).is_some_and(|rest| BESIDE.contains(&rest));
        let below = |file: &str| Path::new(file).components().any(|part| part.as_os_str().to_str().is_some_and(is_of));
        own.reads.iter().any(|read| read.sha256 == old.sha256 || below(&read.file))
            || own.draws.iter().any(|draw| below(draw))
    };
    (0..runs.len()).filter(|&old| is_old(&runs[old])).find_map(|old| {
        (0..runs.len()).find(|&own| !is_old(&runs[own]) && reads(&runs[own], &runs[old])).map(|by| (old, by))
    })
}

/// A folder as a run; `None` where it holds neither a draw nor figures.
fn run_of(folder: PathBuf) -> Option<OldRun> {
    let name = folder.file_name()?.to_str().filter(|name| !name.starts_with('.'))?.to_owned();
    let text = fs::read_to_string(folder.join(MANIFEST_FILE)).ok()?;
    let seen: Seen = serde_json::from_str(&text).ok()?;
    let as_of = parse_date(&seen.as_of).filter(|_| seen.contract.starts_with("fairdraw/"))?;
    Some(OldRun {
        folder,
        name,
        plan: seen.plan.name,
        as_of,
        verdict: Verdict::Old,
        sha256: hex(Sha256::digest(&text)),
        reads: seen.inputs,
        draws: seen.draws,
    })
}

/// Whether a run can go as far as its own folders say.
fn verdict_of(folder: &Path) -> Verdict {
    let mut foreign = Vec::new();
    for own in folders(folder).into_iter().filter(|own| own.is_dir()) {
        match other_files(&own) {
            Ok(files) => foreign.extend(files),
            Err(error) => foreign.push(format!("{} ({error})", own.display())),
        }
    }
    match amendments(folder) {
        Ok(_) => {}
        Err(name) => foreign.push(name),
    }
    if is_being_written(folder) {
        return Verdict::Busy;
    }
    if foreign.is_empty() { Verdict::Old } else { Verdict::Foreign(foreign.join(", ")) }
}

/// The folders with a manifest of a run: its own, its teams', and what went public of it.
fn folders(folder: &Path) -> [PathBuf; 3] {
    [teams_folder(folder), public_folder(folder), folder.to_owned()]
}

/// The files of the amendments of a run; the name of the first that is none.
fn amendments(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let Ok(entries) = fs::read_dir(amendments_folder(folder)) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let number = name.strip_suffix(".spread.parquet").or_else(|| name.strip_suffix(".json")).unwrap_or_default();
        if number.len() < 4 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(name);
        }
        files.push(path);
    }
    Ok(files)
}

/// Removes a run with its teams, amendments, signature, and what went public of it. Its manifests go first, so that what an
/// interruption leaves is no run.
///
/// # Errors
/// [`PublishError::File`] naming what cannot be removed.
pub fn remove(run: &OldRun) -> Result<(), PublishError> {
    let absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    for file in [signature_file(&run.folder), signature_file(&teams_folder(&run.folder))] {
        match fs::remove_file(&file) {
            Err(error) if !absent(&error) => return Err(PublishError::file("remove", &file, error)),
            _ => {}
        }
    }
    let files = amendments(&run.folder).unwrap_or_default();
    for folder in folders(&run.folder).into_iter().filter(|folder| folder.is_dir()) {
        remove_run(&folder).map_err(|error| PublishError::file("remove", &folder, error))?;
    }
    for file in files {
        fs::remove_file(&file).map_err(|error| PublishError::file("remove", &file, error))?;
    }
    let folder = amendments_folder(&run.folder);
    match fs::remove_dir(&folder) {
        Err(error) if !absent(&error) => Err(PublishError::file("remove", &folder, error)),
        _ => Ok(()),
    }
}
