//! The amendment as it is written: a numbered file beside the round, each with the digest of the one before.

use crate::ingest::Receipt;
use crate::publish::PublishError;
use fairdraw_core::assign::Team;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Version of the contract of amendments.
pub const AMENDMENT_CONTRACT: &str = "fairdraw/amendment/1";

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Change {
    /// Somebody else comes instead of an inspector.
    Reassign {
        /// The visit.
        visit_id: String,
        /// The department.
        department: String,
        /// Who does not come.
        inspector_id: String,
    },
    /// The visits of an entity that moved are dealt anew where it is now.
    Reroute {
        /// The entity.
        entity_id: String,
        /// Its station today; empty where it has none.
        station: String,
    },
}

impl Change {
    /// Whether it concerns a team of one of these visits.
    pub fn concerns(&self, team: &Team, visits: &BTreeSet<&str>) -> bool {
        let is_of_department = match self {
            Self::Reassign { department, .. } => team.department == *department,
            Self::Reroute { .. } => true,
        };
        is_of_department && visits.contains(team.visit_id.as_str())
    }
}

/// Why a change is made, and who approved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The reason.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
}

/// A team as amendments write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TeamRecord {
    /// The visit.
    pub visit_id: String,
    /// The department.
    pub department: String,
    /// Inspectors in the order in which they were dealt.
    pub members: Vec<String>,
    /// Who leads.
    pub lead: String,
    /// Experts who go along.
    pub experts: Vec<String>,
}

impl TeamRecord {
    /// A team as amendments write it.
    pub fn of(team: &Team) -> Self {
        let Team { visit_id, department, members, lead, experts } = team.clone();
        Self { visit_id, department, members, lead, experts }
    }
}

/// A need that is not met, as amendments write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnservedRecord {
    /// The visit.
    pub visit_id: String,
    /// The department.
    pub department: String,
    /// What stands in the way.
    pub constraint: String,
}

/// `NNNN.json` in the folder of amendments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amendment {
    /// Version of the program.
    pub fairdraw: String,
    /// Version of the contract.
    pub contract: String,
    /// Its number, from 1.
    pub number: u32,
    /// SHA-256 of the manifest of the teams that are changed.
    pub teams_sha256: String,
    /// SHA-256 of the amendment before.
    pub previous: Option<String>,
    /// What is changed.
    pub change: Change,
    /// Why, and who approved it.
    pub approval: Approval,
    /// The seed of its lots: that of the second lot.
    pub seed: String,
    /// What was read: inspectors, recusals, items as they are on this day.
    pub inputs: Vec<Receipt>,
    /// The teams that are taken back.
    pub before: Vec<TeamRecord>,
    /// The teams that take their place.
    pub after: Vec<TeamRecord>,
    /// What is not served after the change, of the visits that it concerns.
    pub unserved: Vec<UnservedRecord>,
}

impl Amendment {
    /// Writes an amendment aside and gives it its name, which must be free: of two at once one is refused.
    ///
    /// # Errors
    /// [`PublishError`] if the system refuses, or the name is taken.
    pub fn write(&self, folder: &Path) -> Result<(), PublishError> {
        std::fs::create_dir_all(folder).map_err(|cause| PublishError::file("create the folder", folder, cause))?;
        let name = name_of(self.number);
        let (aside, file) = (folder.join(format!(".{name}.{}", std::process::id())), folder.join(name));
        let mut text =
            serde_json::to_vec_pretty(self).map_err(|cause| PublishError::Manifest { path: file.clone(), cause })?;
        text.push(b'\n');
        std::fs::write(&aside, text).map_err(|cause| PublishError::file("write", &aside, cause))?;
        let named = std::fs::hard_link(&aside, &file).map_err(|cause| PublishError::file("create", &file, cause));
        // The name is there or not; what was written aside is not needed either way.
        let removed = std::fs::remove_file(&aside).map_err(|cause| PublishError::file("remove", &aside, cause));
        named.and(removed)
    }
}

/// The folder of a round's amendments, beside the round's own: `out/2023-q1.amendments`.
pub fn amendments_folder(round: &Path) -> PathBuf {
    let mut name = round.file_name().map(OsString::from).unwrap_or_default();
    name.push(".amendments");
    round.with_file_name(name)
}

/// Name of the file of an amendment.
pub fn name_of(number: u32) -> String {
    format!("{number:04}.json")
}
