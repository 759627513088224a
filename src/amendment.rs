//! The amendment as it is written: a numbered file beside the round, each with the digest of the one before.

use crate::digest::hex;
use crate::ingest::Receipt;
use crate::plan::beside;
use crate::publish::PublishError;
use crate::terms::{Lang, parse_date, show_day};
use fairdraw_core::assign::{Team, Unserved, Visit};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
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
    /// The next of the reserve comes instead of a drawn entity.
    Replace {
        /// The entity that is not inspected.
        entity_id: String,
        /// The tasks for which it is not, sorted; of a plan that is one draw, one empty text.
        tasks: Vec<String>,
        /// First day on which who comes instead may be visited, if not that of the window.
        from: Option<String>,
    },
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
    /// The team.
    pub fn team(&self) -> Team {
        let Self { visit_id, department, members, lead, experts } = self.clone();
        Team { visit_id, department, members, lead, experts }
    }

    /// A team as amendments write it.
    pub fn of(team: &Team) -> Self {
        let Team { visit_id, department, members, lead, experts } = team.clone();
        Self { visit_id, department, members, lead, experts }
    }
}

/// Who comes instead, for one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The task; empty where the plan is one draw.
    pub task_id: String,
    /// The stratum.
    pub stratum: String,
    /// The entity that comes.
    pub entity_id: String,
    /// Its place on the list of the stratum.
    pub order: i32,
}

/// A visit as amendments write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRecord {
    /// The visit.
    pub visit_id: String,
    /// The entity.
    pub entity_id: String,
    /// The lead department.
    pub lead: String,
    /// All departments.
    pub departments: Vec<String>,
    /// Its tasks.
    pub tasks: Vec<String>,
    /// Items of all its tasks.
    pub items: Vec<String>,
    /// First day of its window.
    pub first_day: String,
    /// Last day of its window.
    pub last_day: String,
    /// The Monday of its week.
    pub week: String,
    /// Station of the entity on the day of the change; empty where it has none.
    pub station: String,
}

impl VisitRecord {
    /// A visit as amendments write it.
    pub fn of(visit: &Visit, week: i32, station: &str) -> Self {
        Self {
            visit_id: visit.visit_id.clone(),
            entity_id: visit.entity_id.clone(),
            lead: visit.lead.clone(),
            departments: visit.departments.clone(),
            tasks: visit.tasks.clone(),
            items: visit.items.clone(),
            first_day: show_day(visit.first),
            last_day: show_day(visit.last),
            week: show_day(week),
            station: station.to_owned(),
        }
    }

    /// The visit and its week; `None` where a day is none.
    pub fn visit(&self) -> Option<(Visit, i32)> {
        let visit = Visit {
            visit_id: self.visit_id.clone(),
            entity_id: self.entity_id.clone(),
            first: parse_date(&self.first_day)?,
            last: parse_date(&self.last_day)?,
            tasks: self.tasks.clone(),
            departments: self.departments.clone(),
            lead: self.lead.clone(),
            items: self.items.clone(),
        };
        Some((visit, parse_date(&self.week)?))
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

impl UnservedRecord {
    /// A need as amendments write it.
    pub fn of(row: &Unserved) -> Self {
        let Unserved { visit_id, department, constraint } = row.clone();
        Self { visit_id, department, constraint: constraint.to_string() }
    }
}

/// What a change comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// Who comes instead, by task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<Entered>,
    /// New visits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<VisitRecord>,
    /// The teams that are taken back.
    pub before: Vec<TeamRecord>,
    /// The teams that take their place.
    pub after: Vec<TeamRecord>,
    /// What is not served after the change, of the visits that are dealt anew.
    pub unserved: Vec<UnservedRecord>,
    /// SHA-256 of `NNNN.spread.parquet` beside the amendment: the arcs after it, where the reserve came into use and a draw has
    /// spread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread_sha256: Option<String>,
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
    /// SHA-256 of the manifest of the round.
    pub round_sha256: String,
    /// SHA-256 of the manifest of the teams that are changed; `None` before inspectors are dealt.
    pub teams_sha256: Option<String>,
    /// SHA-256 of the amendment before.
    pub previous: Option<String>,
    /// What is changed.
    pub change: Change,
    /// Why, and who approved it.
    pub approval: Approval,
    /// The seed of its lots: that of the second lot; `None` before inspectors are dealt.
    pub seed: Option<String>,
    /// What was read: inspectors, recusals, items as they are on this day.
    pub inputs: Vec<Receipt>,
    /// What it comes to.
    #[serde(flatten)]
    pub effects: Effects,
}

impl Amendment {
    /// Writes an amendment aside and gives it its name, which must be free: of two at once one is refused.
    ///
    /// # Errors
    /// [`PublishError`] if the system refuses, or the name is taken.
    pub fn write(&self, folder: &Path) -> Result<(), PublishError> {
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

/// An amendment that does not follow from the one before, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct BrokenChain {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl BrokenChain {
    /// Of this amendment.
    pub fn at(file: &Path, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), reason: reason.into() }
    }
}

/// The amendments of a round, in order.
#[derive(Debug, Default)]
pub struct Chain {
    /// Each with its file.
    pub amendments: Vec<(Amendment, PathBuf)>,
    /// SHA-256 of the last one.
    pub last_sha256: Option<String>,
    /// Bytes of all.
    pub bytes: u64,
}

impl Chain {
    /// What amendments have made of an entity since, for one task or all.
    pub fn told(&self, id: &str, task: Option<&str>, language: Lang) -> Vec<String> {
        let mut lines = Vec::new();
        for (Amendment { number, change, approval, effects, .. }, _) in &self.amendments {
            let Approval { reason, approver } = approval;
            let mut say = |en: String, zh: String| {
                let file = name_of(*number);
                lines.push(language.choose(
                    format!("{en} ({reason}; approved by {approver}; amendment {file})."),
                    format!("{zh}（{reason}，{approver}批准，变更文件 {file}）。"),
                ));
            };
            let is_asked = |own: &&str| task.is_none_or(|task| task == *own);
            let named = |tasks: Vec<&str>, en: &str, zh: &str| match tasks.iter().all(|own| own.is_empty()) {
                true => (String::new(), String::new()),
                false => (format!(" {en} {}", tasks.join(", ")), format!("{zh}{}", tasks.join("、"))),
            };
            match change {
                Change::Replace { entity_id, tasks, .. } if entity_id == id => {
                    let tasks: Vec<&str> = tasks.iter().map(String::as_str).filter(is_asked).collect();
                    if !tasks.is_empty() {
                        let (en, zh) = named(tasks, "in", "，任务");
                        say(format!("Replaced since{en}"), format!("已替换{zh}"));
                    }
                }
                Change::Replace { entity_id, .. } => {
                    let own = effects.entered.iter().filter(|own| own.entity_id == id);
                    let tasks: Vec<&str> = own.map(|own| own.task_id.as_str()).filter(is_asked).collect();
                    if !tasks.is_empty() {
                        let (en, zh) = named(tasks, "in", "，任务");
                        say(
                            format!("Came from the reserve instead of {entity_id}{en}"),
                            format!("候补递补，替换{entity_id}{zh}"),
                        );
                    }
                }
                Change::Reroute { entity_id, station } if entity_id == id => {
                    say(format!("Its visits were dealt anew at {station}"), format!("按现属监管所{station}重新选派"));
                }
                Change::Reroute { .. } | Change::Reassign { .. } => {}
            }
        }
        lines
    }

    /// Reads the amendments of the round in the folder `round`, whose manifest has this digest; each follows the one before.
    ///
    /// # Errors
    /// [`BrokenChain`] for the first that does not.
    pub fn read(round: &Path, round_sha256: &str) -> Result<Self, BrokenChain> {
        let folder = amendments_folder(round);
        let mut chain = Self::default();
        loop {
            let number = chain.amendments.len() as u32 + 1;
            let file = folder.join(name_of(number));
            let text = match std::fs::read_to_string(&file) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return match later_than(&folder, number) {
                        None => Ok(chain),
                        Some(later) => Err(BrokenChain::at(&file, format!("it is missing, and {later} is there"))),
                    };
                }
                read => read.map_err(|error| BrokenChain::at(&file, error.to_string()))?,
            };
            let amendment: Amendment =
                serde_json::from_str(&text).map_err(|error| BrokenChain::at(&file, error.to_string()))?;
            let was_dealt = chain.amendments.last().is_some_and(|(before, _)| before.teams_sha256.is_some());
            let follows = [
                (amendment.contract == AMENDMENT_CONTRACT, "it is of another contract"),
                (amendment.number == number, "its number is not that of its file"),
                (amendment.round_sha256 == round_sha256, "it changes another draw than the one beside it"),
                (amendment.previous == chain.last_sha256, "it does not follow the amendment before it"),
                (amendment.teams_sha256.is_some() || !was_dealt, "it knows of no teams, and the one before it does"),
            ];
            if let Some((_, reason)) = follows.iter().find(|(holds, _)| !holds) {
                return Err(BrokenChain::at(&file, *reason));
            }
            chain.last_sha256 = Some(hex(Sha256::digest(&text)));
            chain.bytes += text.len() as u64;
            chain.amendments.push((amendment, file));
        }
    }

    /// How many were made before inspectors were dealt.
    pub fn before_dealing(&self) -> usize {
        self.amendments.iter().take_while(|(amendment, _)| amendment.teams_sha256.is_none()).count()
    }

    /// Whether each (entity, task) that the first `count` of them changed is on the list then.
    pub fn list_after(&self, count: usize) -> ListChanges {
        let mut list = ListChanges::new();
        for (Amendment { change, effects, .. }, _) in &self.amendments[..count] {
            if let Change::Replace { entity_id, tasks, .. } = change {
                list.extend(tasks.iter().map(|task| ((entity_id.clone(), task.clone()), false)));
                list.extend(effects.entered.iter().map(|own| ((own.entity_id.clone(), own.task_id.clone()), true)));
            }
        }
        list
    }

    /// The file of the arcs as the last replacement left them, with its digest.
    pub fn spread(&self) -> Option<(PathBuf, &str)> {
        self.amendments.iter().rev().find_map(|(amendment, file)| {
            let sha256 = amendment.effects.spread_sha256.as_deref()?;
            Some((file.with_file_name(spread_name_of(amendment.number)), sha256))
        })
    }
}

/// The first amendment beside a round, if it does not follow from a draw whose manifest has this digest, or cannot be read.
pub fn first_of_other(round: &Path, round_sha256: &str) -> Option<PathBuf> {
    let file = amendments_folder(round).join(name_of(1));
    let follows = match std::fs::read(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        read => read.is_ok_and(|text| {
            serde_json::from_slice(&text).is_ok_and(|own: Amendment| own.round_sha256 == round_sha256)
        }),
    };
    (!follows).then_some(file)
}

/// The name of an amendment beyond a number; one that is missing among others was taken away.
fn later_than(folder: &Path, number: u32) -> Option<String> {
    let names = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let number_of = |name: &String| name.strip_suffix(".json").and_then(|stem| stem.parse::<u32>().ok());
    names.filter(|name| number_of(name).is_some_and(|own| own > number)).min()
}

/// Whether an entity is on the list of a task, by (entity, task): only what amendments changed.
pub type ListChanges = BTreeMap<(String, String), bool>;

/// The folder of a round's amendments, beside the round's own: `out/2023-q1.amendments`.
pub fn amendments_folder(round: &Path) -> PathBuf {
    beside(round, ".amendments")
}

/// Name of the file of an amendment.
pub fn name_of(number: u32) -> String {
    format!("{number:04}.json")
}

/// Name of the file of the arcs after an amendment.
pub fn spread_name_of(number: u32) -> String {
    format!("{number:04}.spread.parquet")
}
