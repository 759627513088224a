//! What was done of a list of plans, so that what has not changed is not done again.
//!
//! A plan stands as it was done if what it is made from is the same (version, plan, every file and folder that it reads, by
//! SHA-256), and what it published is there as its manifest says.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::amendment::amendments_folder;
use crate::assign::teams_folder;
use crate::contract::MANIFEST_FILE;
use crate::digest::hex;
use crate::ingest::{Receipt, digest_of, digest_of_table, earlier_rounds};
use crate::plan::AnyPlan;
use crate::publish::PublishError;
use crate::published::PublishedRun;
use crate::sampling::CONTRACT;
use crate::verify::vouched;

/// What was done of a list, by plan as the list writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The plans that came to their end.
    pub plans: BTreeMap<String, PlanDone>,
}

/// How a plan last came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanDone {
    /// SHA-256 of all that it was made from.
    pub from: String,
    /// SHA-256 of what it published.
    pub made: String,
    /// When it was last found to stand, in seconds since 1970.
    pub at: u64,
}

impl Done {
    /// What the file says; nothing was done where there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or that says something else.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        match std::fs::read(path) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the file aside and renames it.
    ///
    /// # Errors
    /// [`PublishError::File`] naming the file.
    pub fn write(&self, path: &Path) -> Result<(), PublishError> {
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::from);
        let written = text.and_then(|text| replace(path, format!("{text}\n").as_bytes()));
        written.map_err(|cause| PublishError::file("write", path, cause))
    }

    /// Whether a plan stands as it was done.
    pub fn stands(&self, written: &str, plan: &AnyPlan) -> bool {
        let Some(done) = self.plans.get(written) else { return false };
        made_from(plan).as_ref() == Some(&done.from) && made(plan).as_ref() == Some(&done.made)
    }

    /// Keeps that a plan was found to stand.
    pub fn keep_standing(&mut self, written: &str, at: u64) {
        if let Some(done) = self.plans.get_mut(written) {
            done.at = at;
        }
    }

    /// Keeps that a plan was done.
    pub fn keep(&mut self, written: &str, from: Option<String>, plan: &AnyPlan, at: u64) {
        match from.zip(made(plan)) {
            Some((from, made)) => _ = self.plans.insert(written.to_owned(), PlanDone { from, made, at }),
            None => _ = self.plans.remove(written),
        }
    }
}

/// Writes a small file aside and renames it, so that nobody reads half of it.
///
/// # Errors
/// What the system says.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".fairdraw-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    {
        // A temporary file is for its owner alone.
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// SHA-256 of all that a plan is made from; `None` if some of it cannot be read, which the run will say.
pub fn made_from(plan: &AnyPlan) -> Option<String> {
    let mut lines = vec![format!("{} {CONTRACT}", env!("CARGO_PKG_VERSION")), plan.sha256().to_owned()];
    for table in plan.tables() {
        lines.push(format!("{}\t{}", table.as_written, digest_of_table(table)?));
    }
    for (written, path) in folders_read(plan)? {
        lines.push(format!("{written}\t{}", of_round(&path)?));
    }
    Some(hex(Sha256::digest(lines.join("\n"))))
}

/// The published folders that a plan reads, as it writes them and as they are found: rounds before it, or draws. `None` if one cannot be read.
pub fn folders_read(plan: &AnyPlan) -> Option<Vec<(String, PathBuf)>> {
    match plan {
        AnyPlan::Draw(plan) => Some(earlier_rounds(plan).ok()?.into_iter().map(|own| (own.folder, own.path)).collect()),
        AnyPlan::Figures(plan) => Some(plan.inputs.draws.clone()),
    }
}

/// A digest of a published draw with its teams and amendments; its manifest vouches for its files.
fn of_round(folder: &Path) -> Option<String> {
    let mut files = vec![folder.join(MANIFEST_FILE)];
    files.extend(Some(teams_folder(folder).join(MANIFEST_FILE)).filter(|file| file.exists()));
    let mut amendments: Vec<_> = std::fs::read_dir(amendments_folder(folder))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    amendments.sort();
    files.extend(amendments);
    let digests = files.iter().map(|file| Some(digest_of(File::open(file).ok()?).ok()?.0));
    Some(digests.collect::<Option<Vec<String>>>()?.join(" "))
}

/// What every manifest of a draw or of figures says of its inputs, and what it counts.
#[derive(Deserialize)]
pub struct Counted {
    /// Every file read.
    pub inputs: Vec<Receipt>,
    /// Population, eligible, drawn …, or inspections, figures …
    pub counts: BTreeMap<String, u64>,
}

impl Counted {
    /// Of a published folder; `None` if it cannot be read.
    pub fn of(run: &PublishedRun) -> Option<Self> {
        serde_json::from_str(&run.text(MANIFEST_FILE).ok()?).ok()
    }

    /// The tables that were read, each once; rounds are none.
    pub fn tables(&self) -> impl Iterator<Item = &Receipt> {
        self.inputs.iter().filter(|receipt| receipt.format != "round")
    }

    /// One of the counts.
    pub fn count(&self, what: &str) -> Option<i64> {
        self.counts.get(what).and_then(|&count| i64::try_from(count).ok())
    }
}

/// SHA-256 of what a plan published, whose files are as its manifests say; `None` if they are not.
fn made(plan: &AnyPlan) -> Option<String> {
    let folders = [Some(plan.folder().to_owned()), plan.teams()];
    let manifests = folders.into_iter().flatten().map(|folder| vouched(&folder).ok());
    Some(hex(Sha256::digest(manifests.collect::<Option<Vec<String>>>()?.concat())))
}
