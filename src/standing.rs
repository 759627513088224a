//! A round as it stands after its amendments: who is on the list, the visits, the teams.

use crate::amend::AmendError;
use crate::amendment::{
    Amendment, BrokenChain, Chain, Change, Effects, Entered, TeamRecord, UnservedRecord, VisitRecord,
};
use crate::assign::{AssignError, DayTables, Round, needs, roster, teams_folder};
use crate::contract::{self, MANIFEST_FILE};
use crate::digest::hex;
use crate::ingest::RosterTables;
use crate::plan::Plan;
use crate::publish::assign_folder::AssignManifest;
use crate::published::{Columns, PublishedError, PublishedRun, Reserves};
use crate::terms::{Calendar, parse_date};
use arrow::array::Array;
use fairdraw_core::assign::{
    Assignment, ByVisit, Needs, Roster, Team, Unserved, Visit, VisitTask, assign_weeks, form_visits,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A round as it stands.
#[derive(Debug)]
pub struct Standing {
    /// The round as it was drawn.
    pub round: Round,
    /// Its amendments.
    pub chain: Chain,
    /// How many of them are taken in.
    pub taken_in: usize,
    /// Tasks of each entity that is on the list.
    pub selected: BTreeMap<String, BTreeSet<String>>,
    /// The visits and teams, if inspectors were dealt.
    pub dealt: Option<Dealt>,
}

/// Visits and teams of a round.
#[derive(Debug)]
pub struct Dealt {
    /// Their record.
    pub manifest: AssignManifest,
    /// SHA-256 of it.
    pub sha256: String,
    /// As they stand.
    pub state: Visits,
}

/// Visits and teams as they stand.
#[derive(Clone, Debug, Default)]
pub struct Visits {
    /// The visits.
    pub visits: Vec<Visit>,
    /// The Monday of each visit's week.
    pub weeks: Vec<i32>,
    /// The station of each visit's entity; empty where it has none.
    pub stations: Vec<String>,
    /// Teams by visit and department.
    pub teams: ByVisit<Team>,
    /// What is not served.
    pub unserved: Vec<Unserved>,
    /// Everyone who ever was in a team.
    ever: ByVisit<BTreeSet<String>>,
    /// The largest number of a visit that each entity ever had.
    last_number: BTreeMap<String, usize>,
}

impl Standing {
    /// The round in `folder`, with its teams as they were dealt if they were; no amendment is taken in yet.
    ///
    /// # Errors
    /// [`AmendError`] if round, teams or amendments cannot be read.
    pub fn drawn(folder: &Path) -> Result<Self, AmendError> {
        let round = Round::open(folder)?;
        let chain = Chain::read(folder, &round.sha256)?;
        let teams = teams_folder(folder);
        let dealt = teams.exists().then(|| Dealt::open(&teams, &round)).transpose()?;
        let owned = |(entity, tasks): (&String, &Vec<String>)| (entity.clone(), tasks.iter().cloned().collect());
        let selected = round.selected.iter().map(owned).collect();
        Ok(Self { round, chain, taken_in: 0, selected, dealt })
    }

    /// The round in `folder` as it stands after all amendments.
    ///
    /// # Errors
    /// As [`Standing::drawn`] and [`Standing::take_in`].
    pub fn now(folder: &Path) -> Result<Self, AmendError> {
        let mut standing = Self::drawn(folder)?;
        standing.take_in(|_, _, _| Ok(()))?;
        Ok(standing)
    }

    /// Takes in the amendments; `each` is shown every one, with its file and the round as it stood before it.
    ///
    /// # Errors
    /// [`BrokenChain`] for one that does not follow from those before; what `each` says.
    pub fn take_in(
        &mut self,
        mut each: impl FnMut(&Self, &Amendment, &Path) -> Result<(), AmendError>,
    ) -> Result<(), AmendError> {
        for (amendment, file) in std::mem::take(&mut self.chain.amendments) {
            let dealt = self.dealt_by_now();
            if amendment.teams_sha256.as_ref() != dealt.map(|dealt| &dealt.sha256) {
                return Err(BrokenChain::at(&file, "it changes other teams than those beside it").into());
            }
            if dealt.is_some_and(|dealt| self.taken_back(dealt, &amendment.change) != amendment.effects.before) {
                return Err(BrokenChain::at(&file, "the teams that it takes back did not stand so").into());
            }
            each(self, &amendment, &file)?;
            self.apply(&amendment, &file)?;
            self.taken_in += 1;
            self.chain.amendments.push((amendment, file));
        }
        Ok(())
    }

    fn apply(&mut self, amendment: &Amendment, file: &Path) -> Result<(), AmendError> {
        let Amendment { change, effects, .. } = amendment;
        if let Change::Replace { entity_id, tasks, .. } = change {
            let fault = |what: &str| AmendError::from(BrokenChain::at(file, what));
            let of_entity = self.selected.get_mut(entity_id);
            let of_entity = of_entity.ok_or_else(|| fault("the entity that it replaces is not on the list"))?;
            if !tasks.iter().all(|task| of_entity.remove(task)) {
                return Err(fault("the entity that it replaces is not on the list of a task"));
            }
            for Entered { entity_id, task_id, .. } in &effects.entered {
                if !self.selected.entry(entity_id.clone()).or_default().insert(task_id.clone()) {
                    return Err(fault("who comes instead is on the list already"));
                }
            }
        }
        let taken_in = self.taken_in;
        if let Some(dealt) = self.dealt.as_mut().filter(|dealt| dealt.is_before(taken_in)) {
            let tasks = self.round.visit_tasks()?;
            let applied = dealt.state.apply(change, effects, &tasks);
            applied.ok_or_else(|| BrokenChain::at(file, "a day or a constraint in it cannot be read"))?;
        }
        Ok(())
    }

    /// The visits and teams, unless they were dealt after the amendment that comes next.
    pub fn dealt_by_now(&self) -> Option<&Dealt> {
        self.dealt.as_ref().filter(|dealt| dealt.is_before(self.taken_in))
    }

    /// The teams that a change takes back, by visit and department.
    fn taken_back(&self, dealt: &Dealt, change: &Change) -> Vec<TeamRecord> {
        let teams = &dealt.state.teams;
        let of_entity = |entity_id: &str, left: &dyn Fn(&Visit) -> Vec<String>| {
            let mut keys: Vec<(String, String)> = Vec::new();
            for visit in dealt.state.visits.iter().filter(|visit| visit.entity_id == entity_id) {
                let left = left(visit);
                let gone = visit.departments.iter().filter(|department| !left.contains(department));
                keys.extend(gone.map(|department| (visit.visit_id.clone(), department.clone())));
            }
            keys.sort_unstable();
            keys
        };
        let keys = match change {
            Change::Reassign { visit_id, department, .. } => vec![(visit_id.clone(), department.clone())],
            Change::Reroute { entity_id, .. } => of_entity(entity_id, &|_| Vec::new()),
            Change::Replace { entity_id, tasks, .. } => {
                let of_round = self.round.visit_tasks().unwrap_or_default();
                of_entity(entity_id, &|visit| {
                    without(visit, tasks, &of_round).map_or(Vec::new(), |left| left.departments)
                })
            }
        };
        keys.iter().filter_map(|key| teams.get(key)).map(TeamRecord::of).collect()
    }

    /// What a change comes to; `roster` are the plan and its tables, without which only a list can be changed. The arcs of a
    /// replacement are not among it.
    ///
    /// # Errors
    /// [`AmendError`]: nothing is changed.
    pub fn effects(&self, with: Option<(&Plan, &DayTables)>, change: &Change) -> Result<Effects, AmendError> {
        let entered = match change {
            Change::Replace { entity_id, tasks, .. } => self.next_of_reserve(entity_id, tasks)?,
            _ => Vec::new(),
        };
        let Some(dealt) = self.dealt_by_now() else {
            return match change {
                Change::Replace { .. } => Ok(Effects { entered, ..Effects::default() }),
                _ => Err(AmendError::NotDealt { round: self.round.folder.clone() }),
            };
        };
        let (plan, DayTables { tables, earlier }) = with.ok_or(AmendError::NoPlan)?;
        let settings = plan.assign.as_ref().ok_or(AssignError::NoSection)?;
        let tasks = self.round.visit_tasks()?;
        let (roster, needs): (Roster, Needs) = (roster(settings, tables, earlier.clone()), needs(&tasks, tables));
        let mut state = dealt.state.clone();
        let mut effects = Effects { entered, before: self.taken_back(dealt, change), ..Effects::default() };
        if let Change::Replace { entity_id, tasks: replaced, from } = change {
            state.take_back(entity_id, replaced, &tasks);
            let seed = self.round.seed.as_deref().unwrap_or(&dealt.manifest.seed);
            let from = from.as_deref().and_then(parse_date);
            let coming = (effects.entered.as_slice(), from);
            effects.visits = state.new_visits(coming, &tasks, &settings.apart, tables, seed)?;
            effects.visits.iter().try_for_each(|visit| state.add(visit)).ok_or(AmendError::NoDay)?;
        }
        let stations: Vec<&str> = state.stations.iter().map(String::as_str).collect();
        let mut assignment = Assignment::resume(
            &dealt.manifest.seed,
            &roster,
            &needs,
            &tasks,
            (&state.visits, &state.weeks, &stations),
            (&state.teams, &state.unserved, &state.ever),
        )
        .map_err(AssignError::from)?;
        let anew: BTreeSet<String> = match change {
            Change::Reassign { visit_id, department, inspector_id } => {
                assignment.reassign(visit_id, department, inspector_id)?;
                let changed = assignment.teams.get(&(visit_id.clone(), department.clone()));
                effects.after = changed.map(TeamRecord::of).into_iter().collect();
                return Ok(effects);
            }
            Change::Reroute { entity_id, station } => {
                assignment.reroute(entity_id, station).map_err(AssignError::from)?;
                let own = state.visits.iter().filter(|visit| visit.entity_id == *entity_id);
                own.map(|visit| visit.visit_id.clone()).collect()
            }
            Change::Replace { .. } => {
                let new = effects.visits.iter().map(|visit| visit.visit_id.clone()).collect();
                assignment.serve_all(&new).map_err(AssignError::from)?;
                new
            }
        };
        if anew.is_empty() {
            let (Change::Reroute { entity_id, .. } | Change::Replace { entity_id, .. }) = change else {
                return Ok(effects);
            };
            return Err(AmendError::NoVisit { entity_id: entity_id.clone() });
        }
        effects.after =
            assignment.teams.values().filter(|team| anew.contains(&team.visit_id)).map(TeamRecord::of).collect();
        effects.unserved =
            assignment.unserved.iter().filter(|row| anew.contains(&row.visit_id)).map(UnservedRecord::of).collect();
        Ok(effects)
    }

    /// Everyone of the reserve who came on a list so far.
    pub fn entered(&self) -> impl Iterator<Item = &Entered> {
        self.chain.amendments[..self.taken_in].iter().flat_map(|(amendment, _)| &amendment.effects.entered)
    }

    /// Who comes instead of an entity, for each task.
    fn next_of_reserve(&self, entity_id: &str, tasks: &[String]) -> Result<Vec<Entered>, AmendError> {
        let is_selected = |task: &&String| self.selected.get(entity_id).is_some_and(|own| own.contains(*task));
        if let Some(task) = tasks.iter().find(|task| !is_selected(task)) {
            return Err(AmendError::NotSelected { entity_id: entity_id.to_owned(), task: task.clone() });
        }
        let Reserves { stratum_of, waiting } = self.round.run.reserves(entity_id, tasks)?;
        let used: BTreeSet<(&str, &str)> =
            self.entered().map(|own| (own.task_id.as_str(), own.entity_id.as_str())).collect();
        let next = |task: &String| {
            let stratum = stratum_of.get(task).cloned().unwrap_or_default();
            let reserve = waiting.get(&(task.clone(), stratum.clone())).map_or(&[][..], Vec::as_slice);
            let next = reserve.iter().find(|(_, id)| !used.contains(&(task.as_str(), id.as_str())));
            let (order, id) = next.ok_or_else(|| AmendError::ReserveUsedUp {
                place: [task.as_str(), &stratum]
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join(", "),
                reserve: reserve.len(),
            })?;
            Ok(Entered { task_id: task.clone(), stratum, entity_id: id.clone(), order: *order })
        };
        tasks.iter().map(next).collect()
    }

    /// Every selected (task, entity) is in exactly one visit; where inspectors were dealt.
    ///
    /// # Errors
    /// [`AmendError::NotConserved`] naming the first that is not.
    pub fn conserved(&self) -> Result<(), AmendError> {
        let Some(dealt) = &self.dealt else { return Ok(()) };
        let mut left: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (entity, tasks) in &self.selected {
            left.extend(tasks.iter().map(|task| (entity.as_str(), task.as_str())));
        }
        let in_visits =
            dealt.state.visits.iter().flat_map(|visit| visit.tasks.iter().map(|task| (&visit.entity_id, task)));
        for (entity, task) in in_visits {
            if !left.remove(&(entity.as_str(), task.as_str())) {
                return Err(AmendError::NotConserved { entity_id: entity.clone(), task: task.clone() });
            }
        }
        match left.first() {
            None => Ok(()),
            Some((entity, task)) => {
                Err(AmendError::NotConserved { entity_id: (*entity).to_owned(), task: (*task).to_owned() })
            }
        }
    }
}

impl Dealt {
    /// The teams in a folder, which are those of the round.
    fn open(folder: &Path, round: &Round) -> Result<Self, PublishedError> {
        let run = PublishedRun::open(folder)?;
        let text = run.text(MANIFEST_FILE)?;
        let fault = |reason: String| run.fault(MANIFEST_FILE, reason);
        let manifest: AssignManifest = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
        if manifest.round.sha256 != round.sha256 {
            return Err(fault(
                "it is of another draw than the round beside it; deal again, with `fairdraw assign … --replace`"
                    .to_owned(),
            ));
        }
        let mut state = Visits::default();
        state.read_visits(&run)?;
        state.read_teams(&run)?;
        Ok(Self { manifest, sha256: hex(Sha256::digest(&text)), state })
    }

    /// Whether inspectors were dealt before amendment `taken_in` + 1.
    fn is_before(&self, taken_in: usize) -> bool {
        taken_in >= self.manifest.amendments as usize
    }
}

/// A visit without these tasks; `None` where none is left.
fn without(visit: &Visit, replaced: &[String], tasks: &[VisitTask]) -> Option<Visit> {
    let stays = |task: &&VisitTask| visit.tasks.contains(&task.id) && !replaced.contains(&task.id);
    visit.with_tasks(tasks.iter().filter(stays).collect())
}

impl Visits {
    fn read_visits(&mut self, run: &PublishedRun) -> Result<(), PublishedError> {
        let file = contract::VISIT_TABLE.file;
        run.visit::<PublishedError>(file, |_, names, columns| {
            let of = Columns { run, file, names, columns };
            let (ids, entities, leads) =
                (of.texts_named("visit_id")?, of.texts_named("entity_id")?, of.texts_named("lead")?);
            let (departments, tasks) = (of.lists_named("departments")?, of.lists_named("tasks")?);
            let (items, stations) = (of.lists_named("items")?, of.texts_named("station")?);
            let (first, last, week) = (of.days_named("first_day")?, of.days_named("last_day")?, of.days_named("week")?);
            let lists = departments.into_iter().zip(tasks.into_iter().zip(items));
            for (row, (departments, (tasks, items))) in lists.enumerate() {
                let station = if stations.is_valid(row) { stations.value(row) } else { "" };
                let visit = Visit {
                    visit_id: ids.value(row).to_owned(),
                    entity_id: entities.value(row).to_owned(),
                    first: first.value(row),
                    last: last.value(row),
                    tasks,
                    departments,
                    lead: leads.value(row).to_owned(),
                    items,
                };
                self.push(visit, week.value(row), station.to_owned());
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
    /// Takes in what a change came to; `None` where its record cannot be read.
    fn apply(&mut self, change: &Change, effects: &Effects, tasks: &[VisitTask]) -> Option<()> {
        for team in &effects.before {
            self.teams.remove(&(team.visit_id.clone(), team.department.clone()));
        }
        match change {
            Change::Reassign { .. } => {}
            Change::Reroute { entity_id, station } => {
                let mut own: BTreeSet<&str> = BTreeSet::new();
                for (visit, of_visit) in self.visits.iter().zip(&mut self.stations) {
                    if visit.entity_id == *entity_id {
                        of_visit.clone_from(station);
                        own.insert(&visit.visit_id);
                    }
                }
                self.unserved.retain(|row| !own.contains(row.visit_id.as_str()));
            }
            Change::Replace { entity_id, tasks: replaced, .. } => self.take_back(entity_id, replaced, tasks),
        }
        effects.visits.iter().try_for_each(|visit| self.add(visit))?;
        for team in &effects.after {
            let key = (team.visit_id.clone(), team.department.clone());
            self.ever.entry(key.clone()).or_default().extend(team.members.iter().cloned());
            self.teams.insert(key, team.team());
        }
        for UnservedRecord { visit_id, department, constraint } in effects.unserved.iter().cloned() {
            self.unserved.push(Unserved { visit_id, department, constraint: constraint.parse().ok()? });
        }
        Some(())
    }

    /// Takes some tasks of an entity out of its visits: departments without any of the others left do not come, visits without
    /// tasks fall away.
    fn take_back(&mut self, entity_id: &str, replaced: &[String], tasks: &[VisitTask]) {
        let rows = std::mem::take(&mut self.visits).into_iter().zip(self.weeks.drain(..).zip(self.stations.drain(..)));
        let (mut visits, mut weeks, mut stations) = (Vec::new(), Vec::new(), Vec::new());
        let mut left: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (visit, (week, station)) in rows.collect::<Vec<_>>() {
            let is_own = visit.entity_id == entity_id;
            let kept = if is_own { without(&visit, replaced, tasks) } else { Some(visit.clone()) };
            if is_own {
                let departments = kept.iter().flat_map(|kept| kept.departments.iter().cloned()).collect();
                left.insert(visit.visit_id, departments);
            }
            if let Some(kept) = kept {
                visits.push(kept);
                weeks.push(week);
                stations.push(station);
            }
        }
        (self.visits, self.weeks, self.stations) = (visits, weeks, stations);
        let stays = |visit: &String, department: &String| left.get(visit).is_none_or(|left| left.contains(department));
        self.teams.retain(|(visit, department), _| stays(visit, department));
        self.unserved.retain(|row| stays(&row.visit_id, &row.department));
    }

    /// The visits of those who come instead, formed from their new tasks alone and numbered after their last ones.
    fn new_visits(
        &self,
        (entered, from): (&[Entered], Option<i32>),
        tasks: &[VisitTask],
        apart: &[BTreeSet<String>],
        tables: &RosterTables,
        seed: &str,
    ) -> Result<Vec<VisitRecord>, AmendError> {
        let mut coming: BTreeMap<&str, Vec<VisitTask>> = BTreeMap::new();
        for Entered { entity_id, task_id, .. } in entered {
            for task in tasks.iter().filter(|task| task.id == *task_id) {
                let first = from.map_or(task.first, |from| task.first.max(from));
                if first > task.last {
                    return Err(AmendError::WindowOver { task: task_id.clone() });
                }
                coming.entry(entity_id).or_default().push(VisitTask { first, ..task.clone() });
            }
        }
        let form = |(entity, tasks): (&&str, &Vec<VisitTask>)| {
            form_visits(entity, tasks, apart, 1 + self.last_number.get(*entity).copied().unwrap_or(0))
        };
        let visits: Vec<Visit> = coming.iter().flat_map(form).collect();
        let station = |visit: &Visit| tables.stations.get(&visit.entity_id).map_or("", String::as_str);
        let stations: Vec<&str> = visits.iter().map(station).collect();
        let standing: Vec<(&str, i32)> =
            self.stations.iter().map(String::as_str).zip(self.weeks.iter().copied()).collect();
        let calendar = Calendar::new(tables.holidays.iter().copied());
        let weeks = assign_weeks(&visits, &stations, &standing, &calendar, seed).map_err(AssignError::from)?;
        let rows = visits.iter().zip(weeks.into_iter().zip(stations));
        Ok(rows.map(|(visit, (week, station))| VisitRecord::of(visit, week, station)).collect())
    }

    /// Adds a visit; `None` where its record has a day that is none.
    fn add(&mut self, record: &VisitRecord) -> Option<()> {
        let (visit, week) = record.visit()?;
        self.push(visit, week, record.station.clone());
        Some(())
    }

    fn push(&mut self, visit: Visit, week: i32, station: String) {
        let number = visit.visit_id.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
        let last = self.last_number.entry(visit.entity_id.clone()).or_default();
        *last = number.max(*last);
        self.visits.push(visit);
        self.weeks.push(week);
        self.stations.push(station);
    }
}
