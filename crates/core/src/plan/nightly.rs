//! Plans that are run every night: a list, and the order that follows from what reads what.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::checked::{Plan, TableInput};
use super::kpi_checked::KpiPlan;
use super::paths::{Files, beside, fits, holds};

/// A list of plans that are run every night.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NightlyFile {
    /// Short name of the list: lower-case letters, digits and hyphens, such as "yongchuan".
    #[schemars(regex(pattern = r"^[a-z0-9-]+$"))]
    pub name: String,
    /// Plans of draws and of figures, relative to this file. They are run in the order that follows from what reads what; where
    /// nothing follows, in this order.
    pub plans: Vec<String>,
    /// The file that keeps what was done, relative to this file. Default: this file's name, ending in `.done.json`.
    pub done: Option<String>,
}

/// A list of plans, checked and put in order.
#[derive(Clone, Debug)]
pub struct Nightly {
    /// Short name.
    pub name: String,
    /// Where the list stands.
    pub path: PathBuf,
    /// The file that keeps what was done.
    pub done: PathBuf,
    /// The plans, each behind those whose output it reads.
    pub jobs: Vec<Job>,
}

/// A plan of a list.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its file as the list writes it.
    pub written: String,
    /// Its file, seen from where the program runs.
    pub path: PathBuf,
    /// What it says; whether its inputs are there was not asked.
    pub plan: AnyPlan,
    /// Places of the jobs before it whose output it reads.
    pub reads: Vec<usize>,
}

/// A plan of a draw or of figures.
#[derive(Clone, Debug)]
pub enum AnyPlan {
    /// Of a draw, or of a round of tasks.
    Draw(Box<Plan>),
    /// Of figures.
    Figures(Box<KpiPlan>),
}

impl AnyPlan {
    /// The folder that it writes.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Draw(plan) => &plan.output.folder,
            Self::Figures(plan) => &plan.folder,
        }
    }

    /// The folder where it deals inspectors, beside its own.
    pub fn teams(&self) -> Option<PathBuf> {
        let deals = matches!(self, Self::Draw(plan) if plan.assign.is_some());
        deals.then(|| beside(self.folder(), ".teams"))
    }

    /// SHA-256 of its text.
    pub fn sha256(&self) -> &str {
        match self {
            Self::Draw(plan) => &plan.sha256,
            Self::Figures(plan) => &plan.sha256,
        }
    }

    /// The tables that it reads.
    pub fn tables(&self) -> Vec<&TableInput> {
        match self {
            Self::Draw(plan) => plan.inputs.tables().collect(),
            Self::Figures(plan) => plan.inputs.tables().collect(),
        }
    }

    /// Whether it reads what `other` writes. Rounds are read of earlier days alone.
    fn reads(&self, other: &Self) -> bool {
        let folder = other.folder();
        let teams = other.teams();
        let is_it = |path: &Path| {
            let is_below = |own: &Path| holds(own, path, Files::MustExist);
            is_below(folder) || teams.as_ref().is_some_and(|teams| is_below(teams))
        };
        let by_folder = match (self, other) {
            (Self::Draw(own), Self::Draw(other)) => {
                other.as_of < own.as_of && own.inputs.rounds.iter().any(|(_, path)| is_it(path) || means(path, folder))
            }
            (Self::Draw(_), Self::Figures(_)) => false,
            (Self::Figures(own), _) => own.inputs.draws.iter().any(|(_, path)| is_it(path)),
        };
        by_folder || self.tables().iter().any(|table| table.place.path().is_some_and(is_it))
    }
}

/// Whether a pattern in the last name of a path means a folder.
fn means(pattern: &Path, folder: &Path) -> bool {
    let names = pattern.file_name().zip(folder.file_name()).and_then(|(a, b)| Some((a.to_str()?, b.to_str()?)));
    let parents = pattern.parent().zip(folder.parent());
    names.is_some_and(|(pattern, name)| fits(pattern, name))
        && parents.is_some_and(|(a, b)| holds(a, b, Files::MustExist) && holds(b, a, Files::MustExist))
}

/// Places of the plans that each plan reads from.
pub(super) fn what_reads_what(plans: &[&AnyPlan]) -> Vec<Vec<usize>> {
    let of = |own: usize| (0..plans.len()).filter(|&other| other != own && plans[own].reads(plans[other])).collect();
    (0..plans.len()).map(of).collect()
}

/// The order in which each comes behind those that it reads from, and where nothing follows the given one; else those that read each
/// other in a ring, or from such a ring.
pub(super) fn order(reads: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut order: Vec<usize> = Vec::with_capacity(reads.len());
    loop {
        let left = (0..reads.len()).filter(|own| !order.contains(own));
        let is_ready = |own: &usize| reads[*own].iter().all(|other| order.contains(other));
        match left.clone().find(is_ready) {
            Some(next) => order.push(next),
            None if order.len() == reads.len() => return Ok(order),
            None => return Err(left.collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_behind_what_it_reads_and_rings_are_found() {
        assert_eq!(order(&[vec![2], vec![], vec![1], vec![]]), Ok(vec![1, 2, 0, 3]));
        assert_eq!(order(&[vec![], vec![2], vec![1], vec![1]]), Err(vec![1, 2, 3]));
        assert_eq!(order(&[]), Ok(vec![]));
    }
}
