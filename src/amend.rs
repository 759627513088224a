//! Changes of a round that was dealt: each a numbered amendment beside it, with reason and approver, never an edit.

use crate::amendment::{
    AMENDMENT_CONTRACT, Amendment, Approval, Change, TeamRecord, UnservedRecord, amendments_folder, name_of,
};
use crate::assign::{AssignError, Round, needs, roster, teams_folder, visit_task};
use crate::contract::{self, MANIFEST_FILE};
use crate::digest::hex;
use crate::ingest::{self, Receipt, RosterTables};
use crate::plan::Plan;
use crate::progress::Observe;
use crate::publish::assign_folder::AssignManifest;
use crate::published::{Columns, PublishedError, PublishedRun};
use arrow::array::{Array, AsArray, Date32Array};
use fairdraw_core::assign::{Assignment, Needs, Refused, Roster, Team, Unserved, Visit, VisitTask};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Why nothing is changed.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    /// Reason or approver is missing.
    #[error("{what} is blank; an amendment says why it is made and who approved it")]
    Blank {
        /// `--reason` or `--approver`.
        what: &'static str,
    },
    /// The lot refuses the change.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The entity has no visit.
    #[error("{entity_id} has no visit in this round; ids are written as in visits.parquet")]
    NoVisit {
        /// The entity.
        entity_id: String,
    },
    /// The teams cannot be dealt.
    #[error(transparent)]
    Assign(#[from] AssignError),
    /// An amendment is damaged or does not follow from the one before.
    #[error("{file}: {reason}")]
    Chain {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl From<PublishedError> for AmendError {
    fn from(error: PublishedError) -> Self {
        Self::Assign(error.into())
    }
}

/// Teams of a round as they stand.
#[derive(Debug)]
pub struct Standing {
    round: Round,
    manifest: AssignManifest,
    teams_sha256: String,
    visits: Vec<Visit>,
    weeks: Vec<i32>,
    stations: Vec<String>,
    /// Teams by visit and department.
    pub teams: BTreeMap<(String, String), Team>,
    /// What is not served.
    pub unserved: Vec<Unserved>,
    /// Everyone who ever was in a team.
    ever: BTreeMap<(String, String), BTreeSet<String>>,
    /// Amendments so far, and the digest of the last one.
    pub amendments: u32,
    previous: Option<String>,
}

impl Standing {
    /// The teams of the round in `folder` as they were dealt.
    ///
    /// # Errors
    /// [`AmendError`] if round or teams cannot be read.
    pub fn dealt(folder: &Path) -> Result<Self, AmendError> {
        let round = Round::open(folder)?;
        let run = PublishedRun::open(&teams_folder(folder))?;
        let text = run.text(MANIFEST_FILE)?;
        let fault = |reason: String| run.fault(MANIFEST_FILE, reason);
        let manifest: AssignManifest = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
        if manifest.round.sha256 != round.sha256 {
            return Err(fault("it is of another draw than the round beside it".to_owned()).into());
        }
        let mut standing = Self {
            round,
            manifest,
            teams_sha256: hex(Sha256::digest(&text)),
            visits: Vec::new(),
            weeks: Vec::new(),
            stations: Vec::new(),
            teams: BTreeMap::new(),
            unserved: Vec::new(),
            ever: BTreeMap::new(),
            amendments: 0,
            previous: None,
        };
        standing.read_visits(&run)?;
        standing.read_teams(&run)?;
        Ok(standing)
    }

    fn read_visits(&mut self, run: &PublishedRun) -> Result<(), PublishedError> {
        let file = contract::VISIT_TABLE.file;
        run.visit::<PublishedError>(file, |_, names, columns| {
            let of = Columns { run, file, names, columns };
            let (ids, entities, leads) =
                (of.texts_named("visit_id")?, of.texts_named("entity_id")?, of.texts_named("lead")?);
            let (departments, tasks) = (of.lists_named("departments")?, of.lists_named("tasks")?);
            let (items, stations) = (of.lists_named("items")?, of.texts_named("station")?);
            let day = |name: &str| {
                let at = names.iter().position(|own| own == name);
                let days: Option<&Date32Array> = at.and_then(|at| columns[at].as_primitive_opt());
                days.ok_or_else(|| run.fault(file, format!("it has no column {name} of days")))
            };
            let (first, last, week) = (day("first_day")?, day("last_day")?, day("week")?);
            let lists = departments.into_iter().zip(tasks.into_iter().zip(items));
            for (row, (departments, (tasks, items))) in lists.enumerate() {
                self.visits.push(Visit {
                    visit_id: ids.value(row).to_owned(),
                    entity_id: entities.value(row).to_owned(),
                    first: first.value(row),
                    last: last.value(row),
                    tasks,
                    departments,
                    lead: leads.value(row).to_owned(),
                    items,
                });
                self.weeks.push(week.value(row));
                let station = if stations.is_valid(row) { stations.value(row) } else { "" };
                self.stations.push(station.to_owned());
            }
            Ok(())
        })?;
        Ok(())
    }

    fn read_teams(&mut self, run: &PublishedRun) -> Result<(), PublishedError> {
        let file = contract::TEAM_TABLE.file;
        run.visit::<PublishedError>(file, |_, names, columns| {
            let of = Columns { run, file, names, columns };
            let (ids, departments) = (of.texts_named("visit_id")?, of.texts_named("department")?);
            let (people, roles) = (of.texts_named("inspector_id")?, of.texts_named("role")?);
            for row in 0..ids.len() {
                let key = (ids.value(row).to_owned(), departments.value(row).to_owned());
                let team = self.teams.entry(key.clone()).or_insert_with(|| Team {
                    visit_id: key.0.clone(),
                    department: key.1.clone(),
                    members: Vec::new(),
                    lead: String::new(),
                    experts: Vec::new(),
                });
                let person = people.value(row).to_owned();
                match roles.value(row) {
                    "expert" => team.experts.push(person),
                    role => {
                        if role == "lead" {
                            team.lead.clone_from(&person);
                        }
                        self.ever.entry(key).or_default().insert(person.clone());
                        team.members.push(person);
                    }
                }
            }
            Ok(())
        })?;
        let file = contract::UNSERVED_TABLE.file;
        run.visit::<PublishedError>(file, |_, names, columns| {
            let of = Columns { run, file, names, columns };
            let (ids, departments) = (of.texts_named("visit_id")?, of.texts_named("department")?);
            let constraints = of.texts_named("constraint")?;
            for row in 0..ids.len() {
                let known = || run.fault(file, format!("{:?} is no constraint", constraints.value(row)));
                self.unserved.push(Unserved {
                    visit_id: ids.value(row).to_owned(),
                    department: departments.value(row).to_owned(),
                    constraint: constraints.value(row).parse().map_err(|()| known())?,
                });
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Takes in the amendments so far; `each` is shown every one with the teams as they stood before it.
    ///
    /// # Errors
    /// [`AmendError::Chain`] for one that does not follow from those before.
    pub fn take_in(
        &mut self,
        mut each: impl FnMut(&Self, &Amendment) -> Result<(), AmendError>,
    ) -> Result<(), AmendError> {
        let folder = amendments_folder(&self.round.folder);
        loop {
            let file = folder.join(name_of(self.amendments + 1));
            let text = match std::fs::read_to_string(&file) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                read => read.map_err(|error| chain(&file, error.to_string()))?,
            };
            let amendment: Amendment = serde_json::from_str(&text).map_err(|error| chain(&file, error.to_string()))?;
            let before = self.teams_of(&amendment.change);
            let follows = [
                (amendment.contract == AMENDMENT_CONTRACT, "it is of another contract"),
                (amendment.number == self.amendments + 1, "its number is not that of its file"),
                (amendment.teams_sha256 == self.teams_sha256, "it changes other teams than those beside it"),
                (amendment.previous == self.previous, "it does not follow the amendment before it"),
                (amendment.before == before, "the teams that it takes back did not stand so"),
            ];
            if let Some((_, reason)) = follows.iter().find(|(holds, _)| !holds) {
                return Err(chain(&file, (*reason).to_owned()));
            }
            each(self, &amendment)?;
            self.apply(&amendment);
            self.amendments += 1;
            self.previous = Some(hex(Sha256::digest(&text)));
        }
    }

    /// The visits that a change concerns.
    fn concerned(&self, change: &Change) -> BTreeSet<&str> {
        let is_concerned = |visit: &&Visit| match change {
            Change::Reassign { visit_id, .. } => visit.visit_id == *visit_id,
            Change::Reroute { entity_id, .. } => visit.entity_id == *entity_id,
        };
        self.visits.iter().filter(is_concerned).map(|visit| visit.visit_id.as_str()).collect()
    }

    /// The teams that a change concerns, as they stand.
    fn teams_of(&self, change: &Change) -> Vec<TeamRecord> {
        let visits = self.concerned(change);
        self.teams.values().filter(|team| change.concerns(team, &visits)).map(TeamRecord::of).collect()
    }

    fn apply(&mut self, amendment: &Amendment) {
        let visits: BTreeSet<String> = self.concerned(&amendment.change).into_iter().map(str::to_owned).collect();
        for team in &amendment.before {
            self.teams.remove(&(team.visit_id.clone(), team.department.clone()));
        }
        for team in &amendment.after {
            let key = (team.visit_id.clone(), team.department.clone());
            self.ever.entry(key.clone()).or_default().extend(team.members.iter().cloned());
            let TeamRecord { visit_id, department, members, lead, experts } = team.clone();
            self.teams.insert(key, Team { visit_id, department, members, lead, experts });
        }
        if let Change::Reroute { station, .. } = &amendment.change {
            for (visit, own) in self.visits.iter().zip(&mut self.stations) {
                if visits.contains(&visit.visit_id) {
                    own.clone_from(station);
                }
            }
            self.unserved.retain(|row| !visits.contains(&row.visit_id));
            self.unserved.extend(amendment.unserved.iter().filter_map(|row| {
                let UnservedRecord { visit_id, department, constraint } = row.clone();
                Some(Unserved { visit_id, department, constraint: constraint.parse().ok()? })
            }));
        }
    }

    /// What a change comes to: teams and unserved needs of the visits that it concerns.
    ///
    /// # Errors
    /// [`AmendError::Refused`]: the teams stay.
    pub fn change(
        &self,
        plan: &Plan,
        tables: &RosterTables,
        change: &Change,
    ) -> Result<(Vec<TeamRecord>, Vec<UnservedRecord>), AmendError> {
        let settings = plan.assign.as_ref().ok_or(AssignError::NoSection)?;
        let tasks: Vec<VisitTask> =
            self.round.plan.tasks().iter().map(visit_task).collect::<Result<_, AssignError>>()?;
        let (roster, needs): (Roster, Needs) = (roster(settings, tables, None), needs(&tasks, tables));
        let stations: Vec<&str> = self.stations.iter().map(String::as_str).collect();
        let mut state = Assignment::resume(
            &self.manifest.seed,
            &roster,
            &needs,
            &tasks,
            (&self.visits, &self.weeks, &stations),
            (&self.teams, &self.unserved, &self.ever),
        )
        .map_err(AssignError::from)?;
        match change {
            Change::Reassign { visit_id, department, inspector_id } => {
                state.reassign(visit_id, department, inspector_id)?;
            }
            Change::Reroute { entity_id, station } => {
                if self.concerned(change).is_empty() {
                    return Err(AmendError::NoVisit { entity_id: entity_id.clone() });
                }
                state.reroute(entity_id, station).map_err(AssignError::from)?;
            }
        }
        let visits = self.concerned(change);
        let after = state.teams.values().filter(|team| change.concerns(team, &visits)).map(TeamRecord::of).collect();
        let unserved = match change {
            Change::Reassign { .. } => Vec::new(),
            Change::Reroute { .. } => {
                let own = state.unserved.iter().filter(|row| visits.contains(row.visit_id.as_str()));
                own.map(|row| UnservedRecord {
                    visit_id: row.visit_id.clone(),
                    department: row.department.clone(),
                    constraint: row.constraint.to_string(),
                })
                .collect()
            }
        };
        Ok((after, unserved))
    }
}

fn chain(file: &Path, reason: String) -> AmendError {
    AmendError::Chain { file: file.to_owned(), reason }
}

/// Makes a change of the round in `folder`, as it follows from the plan's inputs of today, and writes it as the next amendment.
///
/// # Errors
/// [`AmendError`]: nothing is written.
pub fn amend(
    folder: &Path,
    plan: &Plan,
    change: impl FnOnce(&RosterTables) -> Change,
    approval: Approval,
    observe: Observe<'_>,
) -> Result<Amendment, AmendError> {
    for (what, text) in [("--reason", &approval.reason), ("--approver", &approval.approver)] {
        if text.trim().is_empty() {
            return Err(AmendError::Blank { what });
        }
    }
    let mut standing = Standing::dealt(folder)?;
    standing.take_in(|_, _| Ok(()))?;
    let tables = ingest::read_roster_tables(&plan.inputs, observe).map_err(AssignError::from)?;
    let change = change(&tables);
    let (after, unserved) = standing.change(plan, &tables, &change)?;
    let amendment = Amendment {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: AMENDMENT_CONTRACT.to_owned(),
        number: standing.amendments + 1,
        teams_sha256: standing.teams_sha256.clone(),
        previous: standing.previous.clone(),
        before: standing.teams_of(&change),
        change,
        approval,
        seed: standing.manifest.seed.clone(),
        inputs: tables.receipts,
        after,
        unserved,
    };
    amendment.write(&amendments_folder(folder)).map_err(AssignError::from)?;
    Ok(amendment)
}

/// Replays the amendments of the round in `folder`; with `plan`, whose inputs are read again, those that were made by the same
/// inputs are made again. How many there are, and how many were made again.
///
/// # Errors
/// [`AmendError`] naming the first that does not follow.
pub fn replay(folder: &Path, plan: Option<&Plan>, observe: Observe<'_>) -> Result<(u32, u32), AmendError> {
    let mut standing = Standing::dealt(folder)?;
    let tables = plan.map(|plan| ingest::read_roster_tables(&plan.inputs, observe).map(|tables| (plan, tables)));
    let tables = tables.transpose().map_err(AssignError::from)?;
    let mut again = 0;
    standing.take_in(|standing, amendment| {
        let Some((plan, tables)) = &tables else { return Ok(()) };
        let digests = |receipts: &[Receipt]| receipts.iter().map(|own| own.sha256.clone()).collect::<Vec<_>>();
        if digests(&tables.receipts) != digests(&amendment.inputs) {
            return Ok(());
        }
        let (after, unserved) = standing.change(plan, tables, &amendment.change)?;
        let file = amendments_folder(&standing.round.folder).join(name_of(amendment.number));
        if after != amendment.after || unserved != amendment.unserved {
            return Err(chain(&file, "the lots give other teams".to_owned()));
        }
        again += 1;
        Ok(())
    })?;
    Ok((standing.amendments, again))
}
