//! The second lot (随机选派): visits of what a round has drawn, their weeks, and the teams of the departments.

use crate::amend::AmendError;
use crate::amendment::{Amendment, BrokenChain, Chain, ListChanges};
use crate::coding::{CodeRow, CodingError, codes_of, earlier_codes, inspector_codes};
use crate::contract::MANIFEST_FILE;
use crate::digest::hex;
use crate::ingest::{self, IngestError, QuarantinedRow, Receipt, RosterTables};
use crate::plan::{Assign, Codes, Plan, PlanErrors, Task, beside};
use crate::progress::{Observe, Progress};
use crate::publish::PublishError;
use crate::publish::assign_folder::{self, AssignManifest};
use crate::publish::staging::{Claim, RunIdentity, Staging};
use crate::published::{PublishedError, PublishedRun};
use crate::sampling::lots::LotError;
use crate::standing::Standing;
use crate::terms::{Calendar, Warning, date_of, normalise_id, parse_date};
use crate::verify::{self, VerifyError};
use fairdraw_core::assign::{
    Assignment, Inspector, Needs, Roster, Team, Unserved, Visit, VisitTask, assign_weeks, form_visits,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an assignment may be told beside its plan.
#[derive(Debug, Default, Clone)]
pub struct AssignOptions {
    /// The seed of the second lot; `None`: that of the round.
    pub seed: Option<String>,
    /// The folder to write; `None`: beside the round, see [`teams_folder`].
    pub output: Option<PathBuf>,
    /// How long to wait for another run of the same output; `None`: refuse at once.
    pub wait: Option<Duration>,
    /// Whether an assignment by another plan or seed may be replaced.
    pub replace: bool,
}

/// Why nothing is dealt. Nothing is left in the output folder.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// The plan says nothing of dealing.
    #[error("the plan has no section [assign]; add it with [inputs.inspectors], even if it is empty")]
    NoSection,
    /// The round has no tasks.
    #[error("the round {round} has no tasks, so that no department is to go; give its plan [[tasks]] with a `lead`")]
    NoTasks {
        /// Its folder.
        round: PathBuf,
    },
    /// A task without departments.
    #[error("task `{task}` names no department, so that nobody is to go; give it a `lead`")]
    NoDepartment {
        /// The task.
        task: String,
    },
    /// The round has no seed, and none is given.
    #[error("the round was drawn by permanent random numbers and has no seed; give one with --seed")]
    NoSeed,
    /// A seed or department cannot be part of a lot.
    #[error(transparent)]
    Lot(#[from] LotError),
    /// The round cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The plan of the round cannot be read.
    #[error(transparent)]
    Round(#[from] Box<VerifyError>),
    /// The plan cannot be used.
    #[error(transparent)]
    Plan(#[from] PlanErrors),
    /// An input cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The output cannot be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Inspectors cannot get codes.
    #[error(transparent)]
    Codes(#[from] CodingError),
    /// The amendments of the round cannot be read.
    #[error(transparent)]
    Chain(#[from] BrokenChain),
    /// An earlier round of the year cannot be read as it stands.
    #[error("an earlier round of the year: {0}")]
    Earlier(#[from] Box<AmendError>),
    /// Amendments change the teams that would be replaced.
    #[error(
        "{file} and what follows it change the teams that stand there, and these would be others; deal into another folder with --output"
    )]
    Amended {
        /// The first of them.
        file: PathBuf,
    },
    /// A drawn entity is in no visit, or in two.
    #[error("{visits} tasks stand in visits, and {drawn} were drawn: this is a fault of the program")]
    NotConserved {
        /// Tasks of visits.
        visits: usize,
        /// Selected (task, entity).
        drawn: usize,
    },
}

/// A round whose drawn are dealt to.
#[derive(Debug)]
pub struct Round {
    /// Its folder.
    pub folder: PathBuf,
    /// Its plan, with its tasks.
    pub plan: Plan,
    /// Its seed.
    pub seed: Option<String>,
    /// Its as-of day.
    pub as_of: i32,
    /// SHA-256 of its manifest.
    pub sha256: String,
    /// Its files.
    pub run: PublishedRun,
    /// Tasks of each entity that was selected for any, as drawn; one empty text where the run is one draw.
    pub selected: BTreeMap<String, Vec<String>>,
}

/// What dealing came to.
#[derive(Debug)]
pub struct Dealing {
    /// The visits, by id.
    pub visits: Vec<Visit>,
    /// The Monday of each visit's week.
    pub weeks: Vec<i32>,
    /// The station of each visit's entity today; empty where it has none.
    pub stations: Vec<String>,
    /// The teams, by visit and department.
    pub teams: Vec<Team>,
    /// What is not served.
    pub unserved: Vec<Unserved>,
    /// The codes of inspectors and experts, where the plan gives codes.
    pub codes: Option<Vec<CodeRow>>,
    /// Selected (task, entity).
    pub selected: usize,
    /// Amendments of the list that came before.
    pub amendments: u32,
    /// The seed of the second lot.
    pub seed: String,
    /// What was read from each file.
    pub receipts: Vec<Receipt>,
    /// Rows that were set aside.
    pub quarantine: Vec<QuarantinedRow>,
    /// What an analyst should know.
    pub warnings: Vec<Warning>,
}

/// The folder of a round's teams, beside the round's own: `out/2023-q1.teams`.
pub fn teams_folder(round: &Path) -> PathBuf {
    beside(round, ".teams")
}

impl Round {
    /// Reads a round.
    ///
    /// # Errors
    /// [`AssignError`] if it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, AssignError> {
        let run = PublishedRun::open(folder)?;
        let manifest = run.manifest()?;
        let sha256 = hex(Sha256::digest(run.text(MANIFEST_FILE)?));
        let plan = verify::published_plan(&run, &manifest).map_err(Box::new)?;
        let selected = selected(&run, &ListChanges::new())?;
        let as_of = parse_date(&manifest.as_of).unwrap_or(plan.as_of);
        Ok(Self { folder: folder.to_owned(), plan, seed: manifest.seed, as_of, sha256, run, selected })
    }

    /// Its tasks as visits see them.
    ///
    /// # Errors
    /// [`AssignError::NoDepartment`] for a task that names none.
    pub fn visit_tasks(&self) -> Result<Vec<VisitTask>, AssignError> {
        self.plan.tasks().iter().map(visit_task).collect()
    }
}

/// Tasks of each entity that is selected for any, after changes of the list.
fn selected(run: &PublishedRun, changes: &ListChanges) -> Result<BTreeMap<String, Vec<String>>, PublishedError> {
    let mut selected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    run.drawn_pairs(changes, |id, task, _, _| selected.entry(id.to_owned()).or_default().push(task.to_owned()))?;
    Ok(selected)
}

/// Deals inspectors to the round in `folder`, by the plan's `[assign]` and with its inputs as they are today.
///
/// # Errors
/// [`AssignError`]; the previous output then stands untouched.
pub fn assign(
    folder: &Path,
    plan: &Plan,
    options: &AssignOptions,
    observe: Observe<'_>,
) -> Result<AssignManifest, AssignError> {
    let round = Round::open(folder)?;
    let seed = options.seed.clone().or_else(|| round.seed.clone());
    let output = options.output.clone().unwrap_or_else(|| teams_folder(folder));
    let run = RunIdentity { plan_sha256: plan.sha256.clone(), seed, commitment: None };
    let staging = Staging::begin(&output, options.wait, Claim { run, replace: options.replace })?;
    let dealing = deal(&round, plan, options.seed.as_deref(), observe)?;
    observe(Progress::Step("writing"));
    let (manifest, sha256) = assign_folder::write(&staging, &round, plan, dealing)?;
    if output == teams_folder(folder) {
        let changed = Chain::read(folder, &round.sha256)?.amendments.into_iter();
        let of_others = |(own, file): (Amendment, PathBuf)| own.teams_sha256.filter(|own| *own != sha256).map(|_| file);
        if let Some(file) = changed.filter_map(of_others).next() {
            return Err(AssignError::Amended { file });
        }
    }
    staging.commit()?;
    Ok(manifest)
}

/// Forms the visits of a round, sets their weeks, and deals the teams; `seed` is that of the second lot, if it is not the
/// round's.
///
/// # Errors
/// As [`assign`].
pub fn deal(round: &Round, plan: &Plan, seed: Option<&str>, observe: Observe<'_>) -> Result<Dealing, AssignError> {
    if round.plan.tasks().is_empty() {
        return Err(AssignError::NoTasks { round: round.folder.clone() });
    }
    let settings = plan.assign.as_ref().ok_or(AssignError::NoSection)?;
    let of_weeks = round.seed.as_deref().or(seed).ok_or(AssignError::NoSeed)?;
    let seed = seed.unwrap_or(of_weeks);
    let chain = Chain::read(&round.folder, &round.sha256)?;
    let amendments = chain.before_dealing();
    let changed = selected(&round.run, &chain.list_after(amendments))?;
    let DayTables { tables, earlier } = DayTables::read(round, plan, observe)?;

    observe(Progress::Step("dealing"));
    let tasks = round.visit_tasks()?;
    let by_id: BTreeMap<&str, &VisitTask> = tasks.iter().map(|task| (task.id.as_str(), task)).collect();
    let mut visits = Vec::new();
    for (entity, own) in &changed {
        let own = own.iter().filter_map(|id| by_id.get(id.as_str()).copied());
        visits.extend(form_visits(entity, own, &settings.apart, 1));
    }
    visits.sort_by(|a, b| a.visit_id.cmp(&b.visit_id));
    conserved(&changed, &visits)?;

    let station = |visit: &Visit| tables.stations.get(&visit.entity_id).cloned().unwrap_or_default();
    let stations: Vec<String> = visits.iter().map(station).collect();
    let as_texts: Vec<&str> = stations.iter().map(String::as_str).collect();
    let calendar = Calendar::new(tables.holidays.iter().copied());
    let weeks = assign_weeks(&visits, &as_texts, &[], &calendar, of_weeks)?;
    let (roster, needs) = (roster(settings, &tables, earlier), needs(&tasks, &tables));
    let dealt = Assignment::deal(seed, &roster, &needs, &tasks, &visits, &weeks, &as_texts)?;
    let codes = plan.codes.as_ref().map(|settings| codes(round, plan, settings, &tables, seed)).transpose()?;
    let (teams, unserved) = (dealt.teams.values().cloned().collect(), dealt.unserved.clone());

    let without: BTreeSet<&str> = visits
        .iter()
        .zip(&stations)
        .filter(|(_, station)| station.is_empty())
        .map(|(visit, _)| visit.entity_id.as_str())
        .collect();
    let no_station = Warning::NoStation { entities: without.len() as u64 };
    Ok(Dealing {
        selected: changed.values().map(Vec::len).sum(),
        amendments: amendments as u32,
        seed: seed.to_owned(),
        warnings: Some(no_station).filter(|_| !without.is_empty()).into_iter().collect(),
        receipts: tables.receipts,
        quarantine: tables.quarantine,
        visits,
        weeks,
        stations,
        teams,
        unserved,
        codes,
    })
}

/// The codes of inspectors and experts; those of earlier rounds stay.
fn codes(
    round: &Round,
    plan: &Plan,
    settings: &Codes,
    tables: &RosterTables,
    seed: &str,
) -> Result<Vec<CodeRow>, AssignError> {
    let mut earlier = Vec::new();
    for own in ingest::earlier_rounds(plan)?.iter().rev().filter(|own| own.as_of < round.as_of) {
        let teams = teams_folder(&own.path);
        if teams.exists() {
            earlier.extend(codes_of(&PublishedRun::open(&teams)?)?);
        }
    }
    Ok(inspector_codes(&tables.inspectors, settings, earlier_codes(earlier), seed, round.as_of)?)
}

/// Every selected (task, entity) is in exactly one visit.
fn conserved(selected: &BTreeMap<String, Vec<String>>, visits: &[Visit]) -> Result<(), AssignError> {
    let mut left: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (entity, tasks) in selected {
        left.extend(tasks.iter().map(|task| (entity.as_str(), task.as_str())));
    }
    let drawn = left.len();
    let in_visits: Vec<(&str, &str)> = visits
        .iter()
        .flat_map(|visit| visit.tasks.iter().map(|task| (visit.entity_id.as_str(), task.as_str())))
        .collect();
    let all = in_visits.iter().all(|pair| left.remove(pair)) && left.is_empty();
    if all { Ok(()) } else { Err(AssignError::NotConserved { visits: in_visits.len(), drawn }) }
}

fn visit_task(task: &Task) -> Result<VisitTask, AssignError> {
    let lead = task.lead.clone().or_else(|| task.members.first().cloned());
    Ok(VisitTask {
        id: task.id.clone(),
        lead: lead.ok_or_else(|| AssignError::NoDepartment { task: task.id.clone() })?,
        members: task.members.clone(),
        items: task.items.clone(),
        first: task.window.first,
        last: task.window.last,
    })
}

pub(crate) fn roster(settings: &Assign, tables: &RosterTables, earlier: Option<BTreeMap<String, u32>>) -> Roster {
    let inspector = |own: &ingest::Inspector| Inspector {
        id: own.id.clone(),
        department: own.department.clone().unwrap_or_default(),
        station: own.station.clone().unwrap_or_default(),
        qualifications: if own.expert { &own.specialties } else { &own.qualifications }.iter().cloned().collect(),
        may_lead: own.may_lead,
        active: own.active,
        valid_from: own.certificate_from,
        valid_to: own.certificate_until,
        capacity: own.capacity,
        expert: own.expert,
    };
    Roster {
        inspectors: tables.inspectors.iter().map(inspector).collect(),
        recused: tables.recused.clone(),
        size: settings.size,
        borrow: settings.borrow,
        earlier,
    }
}

/// What the items of the tasks need. Ids of items are compared as ids are: capitals, no blanks.
pub(crate) fn needs(tasks: &[VisitTask], tables: &RosterTables) -> Needs {
    let mut needs = Needs::default();
    for item in tasks.iter().flat_map(|task| &task.items) {
        let Some(own) = tables.items.get(&*normalise_id(item)) else { continue };
        needs.qualifications.insert(item.clone(), own.qualifications.clone());
        needs.specialities.insert(item.clone(), own.specialities.clone());
    }
    needs
}

/// What dealing reads on a day: the tables of the plan, and, where loads are balanced over the year, the teams of its earlier
/// rounds.
#[derive(Debug)]
pub struct DayTables {
    /// The tables, with a receipt for the teams of each earlier round.
    pub tables: RosterTables,
    /// Teams of each inspector in the earlier rounds of the calendar year, as they stand.
    pub earlier: Option<BTreeMap<String, u32>>,
}

impl DayTables {
    /// Reads them.
    ///
    /// # Errors
    /// [`AssignError`] naming the file.
    pub fn read(round: &Round, plan: &Plan, observe: Observe<'_>) -> Result<Self, AssignError> {
        let mut tables = ingest::read_roster_tables(&plan.inputs, observe)?;
        if !plan.assign.as_ref().is_some_and(|assign| assign.over_year) {
            return Ok(Self { tables, earlier: None });
        }
        let mut loads: BTreeMap<String, u32> = BTreeMap::new();
        let year = |day: i32| date_of(day).map(|day| day.year());
        let earlier = ingest::earlier_rounds(plan)?;
        for own in earlier.iter().filter(|own| year(own.as_of) == year(round.as_of) && own.as_of < round.as_of) {
            let standing = Standing::now(&own.path).map_err(Box::new)?;
            let Some(dealt) = &standing.dealt else { continue };
            for member in dealt.state.teams.values().flat_map(|team| &team.members) {
                *loads.entry(member.clone()).or_default() += 1;
            }
            let sha256 = standing.chain.last_sha256.as_ref().unwrap_or(&dealt.sha256);
            tables.receipts.push(Receipt::of_round("teams", &own.folder, sha256, 0, dealt.state.teams.len() as u64));
        }
        Ok(Self { tables, earlier: Some(loads) })
    }
}
