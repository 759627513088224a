//! The second lot: inspectors dealt to visits (随机选派).
//!
//! Departments deal independently. Within one, the visits whose needs the fewest inspectors meet come first; each gets the
//! inspectors with the fewest teams so far, in an order drawn anew at every load. So loads differ by at most one where nothing
//! forbids it, and partners change. What cannot be served is listed with the first filter that left too few; nothing is dealt
//! in silence.

use super::roster::{Constraint, Inspector, Needs, Refused, Roster, Team, Unserved};
use super::visit::{Visit, VisitTask};
use crate::sampling::lots::{Iv, Label, LotError, LotKey, iv};
use std::collections::{BTreeMap, BTreeSet};

/// The dealing of a round: teams as they stand, and what they came to.
#[derive(Clone, Debug)]
pub struct Assignment<'a> {
    seed: &'a str,
    roster: &'a Roster,
    needs: &'a Needs,
    /// Inspectors who must not meet an entity, by entity.
    recused: BTreeMap<&'a str, BTreeSet<&'a str>>,
    tasks: BTreeMap<&'a str, &'a VisitTask>,
    visits: Vec<Dealt<'a>>,
    departments: BTreeMap<&'a str, Department<'a>>,
    /// Teams as they stand, by visit and department.
    pub teams: BTreeMap<(String, String), Team>,
    /// Needs that are not met, in the order in which they were found, department by department.
    pub unserved: Vec<Unserved>,
    /// Everyone who ever was in a team, by visit and department.
    ever: BTreeMap<(String, String), BTreeSet<String>>,
}

/// What is known by visit and department.
pub type ByVisit<T> = BTreeMap<(String, String), T>;

/// A visit with what dealing asks of it.
#[derive(Clone, Debug)]
struct Dealt<'a> {
    visit: &'a Visit,
    station: String,
    week: i32,
}

/// A department: its people, their loads, and its lots.
#[derive(Clone, Debug)]
struct Department<'a> {
    name: &'a str,
    inspectors: Vec<Member<'a>>,
    experts: Vec<Member<'a>>,
    /// Lots of inspectors by load, and of experts.
    lots: BTreeMap<(Label, u32), LotKey>,
    /// Visits of the department in the order in which they are dealt, by their place.
    order: Vec<usize>,
}

/// Someone of a department.
#[derive(Clone, Debug)]
struct Member<'a> {
    inspector: &'a Inspector,
    iv: Iv,
    /// Teams so far, earlier rounds of the year included where they count; of an expert, calls of this department.
    load: u32,
    /// Teams of this round by week.
    weeks: BTreeMap<i32, u32>,
    /// The last load for which the lot was asked, and the ticket.
    lot: Option<(u32, u64)>,
}

/// What a department must bring to a visit.
#[derive(Clone, Debug, Default)]
struct Expertise<'a> {
    /// Qualifications, by name.
    qualifications: BTreeSet<&'a str>,
    /// Specialities of experts, by name.
    specialities: BTreeSet<&'a str>,
}

impl<'a> Assignment<'a> {
    /// Deals all departments of all visits. `weeks` and `stations` are those of the visits; a station is the entity's today,
    /// empty where it has none.
    ///
    /// # Errors
    /// [`LotError`] for a seed or department with a line break.
    pub fn deal(
        seed: &'a str,
        roster: &'a Roster,
        needs: &'a Needs,
        tasks: &'a [VisitTask],
        visits: &'a [Visit],
        weeks: &[i32],
        stations: &[&str],
    ) -> Result<Self, LotError> {
        let mut assignment = Self::before(seed, roster, needs, tasks, (visits, weeks, stations))?;
        assignment.serve_all(&visits.iter().map(|visit| visit.visit_id.clone()).collect())?;
        Ok(assignment)
    }

    /// The teams of a round that was dealt before, as they stand: visits with weeks and stations; teams, needs that are not met,
    /// and everyone who ever was in a team. Who is no longer in the roster counts for no load.
    ///
    /// # Errors
    /// As [`Assignment::deal`].
    pub fn resume(
        seed: &'a str,
        roster: &'a Roster,
        needs: &'a Needs,
        tasks: &'a [VisitTask],
        visits: (&'a [Visit], &[i32], &[&str]),
        (teams, unserved, ever): (&ByVisit<Team>, &[Unserved], &ByVisit<BTreeSet<String>>),
    ) -> Result<Self, LotError> {
        let mut assignment = Self::before(seed, roster, needs, tasks, visits)?;
        let weeks: BTreeMap<&str, i32> =
            assignment.visits.iter().map(|dealt| (dealt.visit.visit_id.as_str(), dealt.week)).collect();
        // A team counts for whoever was in it, whatever the department is now.
        let mut places: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
        for (&name, department) in &assignment.departments {
            for (place, own) in department.inspectors.iter().enumerate() {
                places.entry(&own.inspector.id).or_default().push((name, place));
            }
        }
        let mut joined: Vec<(&str, usize, i32)> = Vec::new();
        for team in teams.values() {
            let week = weeks.get(team.visit_id.as_str()).copied().unwrap_or_default();
            for (name, place) in team.members.iter().filter_map(|member| places.get(member.as_str())).flatten() {
                joined.push((name, *place, week));
            }
            let Some(department) = assignment.departments.get_mut(team.department.as_str()) else { continue };
            for expert in department.experts.iter_mut().filter(|own| team.experts.contains(&own.inspector.id)) {
                expert.load += 1;
            }
        }
        for (name, place, week) in joined {
            if let Some(department) = assignment.departments.get_mut(name) {
                department.inspectors[place].join(week);
            }
        }
        assignment.teams.clone_from(teams);
        assignment.unserved = unserved.to_vec();
        assignment.ever.clone_from(ever);
        Ok(assignment)
    }

    /// Before anything is dealt.
    fn before(
        seed: &'a str,
        roster: &'a Roster,
        needs: &'a Needs,
        tasks: &'a [VisitTask],
        (visits, weeks, stations): (&'a [Visit], &[i32], &[&str]),
    ) -> Result<Self, LotError> {
        let dealt =
            |(visit, (&week, &station)): (&'a Visit, (&i32, &&str))| Dealt { visit, station: station.to_owned(), week };
        let mut assignment = Self {
            seed,
            roster,
            needs,
            recused: BTreeMap::new(),
            tasks: tasks.iter().map(|task| (task.id.as_str(), task)).collect(),
            visits: visits.iter().zip(weeks.iter().zip(stations)).map(dealt).collect(),
            departments: BTreeMap::new(),
            teams: BTreeMap::new(),
            unserved: Vec::new(),
            ever: BTreeMap::new(),
        };
        for (inspector, entity) in &roster.recused {
            assignment.recused.entry(entity).or_default().insert(inspector);
        }
        let names: BTreeSet<&'a str> =
            visits.iter().flat_map(|visit| visit.departments.iter().map(String::as_str)).collect();
        for name in names {
            let department = assignment.department(name)?;
            assignment.departments.insert(name, department);
        }
        Ok(assignment)
    }

    /// Teams of this round by inspector, with those of earlier rounds where they count; calls of experts are left out.
    pub fn loads(&self) -> BTreeMap<&'a str, u32> {
        let members = self.departments.values().flat_map(|department| &department.inspectors);
        members.map(|member| (member.inspector.id.as_str(), member.load)).collect()
    }

    /// The visits of a department in the order in which they are dealt.
    pub fn order(&self, department: &str) -> Vec<&'a str> {
        let order = self.departments.get(department).map_or(&[][..], |department| &department.order);
        order.iter().map(|&at| self.visits[at].visit.visit_id.as_str()).collect()
    }

    /// What a department must bring to a visit: what the items of those of its tasks need that name the department.
    fn expertise(&self, department: &str, visit: &Visit) -> Expertise<'a> {
        let mut expertise = Expertise::default();
        let tasks = visit.tasks.iter().filter_map(|id| self.tasks.get(id.as_str()));
        for item in tasks.filter(|task| task.departments().contains(department)).flat_map(|task| &task.items) {
            expertise
                .qualifications
                .extend(self.needs.qualifications.get(item).into_iter().flatten().map(String::as_str));
            expertise.specialities.extend(self.needs.specialities.get(item).into_iter().flatten().map(String::as_str));
        }
        expertise
    }

    /// A department before it deals.
    fn department(&self, name: &'a str) -> Result<Department<'a>, LotError> {
        let own = || self.roster.inspectors.iter().filter(|own| !own.expert && own.department == name);
        let earlier = |own: &Inspector| self.roster.earlier.as_ref().and_then(|earlier| earlier.get(&own.id)).copied();
        let least = own().filter_map(earlier).min().unwrap_or(0);
        let member = |inspector: &'a Inspector, load: u32| Member {
            inspector,
            iv: iv(&inspector.id),
            load,
            weeks: BTreeMap::new(),
            lot: None,
        };
        let experts = self
            .roster
            .inspectors
            .iter()
            .filter(|own| own.expert && (own.department == name || own.department.is_empty()));
        let lots = LotKey::labelled(Label::Visit, self.seed, "", &[name])?;
        let mut order: Vec<(usize, u64, &str, usize)> = Vec::new();
        for (at, Dealt { visit, .. }) in self.visits.iter().enumerate() {
            if visit.departments.iter().any(|own| own == name) {
                let expertise = self.expertise(name, visit);
                let holders = |needed: &&str| own().filter(|own| own.qualifications.contains(*needed)).count();
                let fewest = expertise.qualifications.iter().map(holders).min().unwrap_or(usize::MAX);
                order.push((fewest, lots.ticket(&iv(&visit.visit_id)), &visit.visit_id, at));
            }
        }
        order.sort_unstable();
        Ok(Department {
            name,
            inspectors: own().map(|own| member(own, earlier(own).unwrap_or(least))).collect(),
            experts: experts.map(|own| member(own, 0)).collect(),
            lots: BTreeMap::new(),
            order: order.into_iter().map(|(.., at)| at).collect(),
        })
    }

    /// Deals a team of the department to a visit, or lists why there is none.
    fn serve(&mut self, department: &mut Department<'a>, at: usize) -> Result<(), LotError> {
        let Dealt { visit, station, week } = self.visits[at].clone();
        let expertise = self.expertise(department.name, visit);
        let wanted = Wanted {
            seed: self.seed,
            visit,
            week,
            needs: expertise.qualifications.iter().map(|&name| Need::Qualification(name)).chain([Need::Lead]).collect(),
            least: self.roster.size,
            without: &BTreeSet::new(),
            recused: self.recused.get(visit.entity_id.as_str()),
        };
        let mut chosen = wanted.choose(department, Some(&station), self.roster.size)?;
        if chosen.is_err() && self.roster.borrow {
            chosen = wanted.choose(department, None, self.roster.size)?;
        }
        let key = (visit.visit_id.clone(), department.name.to_owned());
        let row = |constraint| Unserved { visit_id: key.0.clone(), department: key.1.clone(), constraint };
        let chosen = match chosen {
            Ok(chosen) => chosen,
            Err(constraint) => {
                self.unserved.push(row(constraint));
                return Ok(());
            }
        };
        for &member in &chosen {
            department.inspectors[member].join(week);
        }
        let of_place = |&place: &usize| department.inspectors[place].inspector;
        let members: Vec<&Inspector> = chosen.iter().map(of_place).collect();
        let lead = members.iter().find(|member| member.may_lead).map(|member| member.id.clone()).unwrap_or_default();
        let members: Vec<String> = members.iter().map(|member| member.id.clone()).collect();
        let mut experts: Vec<usize> = Vec::new();
        for speciality in expertise.specialities {
            let has = |place: &usize| department.experts[*place].inspector.qualifications.contains(speciality);
            if experts.iter().any(has) {
                continue;
            }
            let fits = |place: &usize| {
                let own = department.experts[*place].inspector;
                let meets = !self.roster.recused.contains(&(own.id.clone(), visit.entity_id.clone()));
                own.active && own.is_certified(visit.last) && meets
            };
            let candidates: Vec<usize> =
                (0..department.experts.len()).filter(|place| has(place) && fits(place)).collect();
            match department.best(self.seed, Label::Expert, &candidates)? {
                Some(best) => experts.push(best),
                None => self.unserved.push(row(Constraint::Expert(speciality.to_owned()))),
            }
        }
        for &expert in &experts {
            department.experts[expert].load += 1;
        }
        let experts = experts.iter().map(|&expert| department.experts[expert].inspector.id.clone()).collect();
        self.ever.entry(key.clone()).or_default().extend(members.iter().cloned());
        self.teams.insert(key.clone(), Team { visit_id: key.0, department: key.1, members, lead, experts });
        Ok(())
    }

    /// Replaces one inspector of a team by lot: by someone who never was in it and who meets every need that the others do not.
    /// The new one comes last, the leader is found anew. Returns who came.
    ///
    /// # Errors
    /// [`Refused`]: the team stays.
    pub fn reassign(&mut self, visit_id: &str, department: &str, out: &str) -> Result<String, Refused> {
        let no_team = || Refused::NoTeam { visit: visit_id.to_owned(), department: department.to_owned() };
        let key = (visit_id.to_owned(), department.to_owned());
        let team = self.teams.get(&key).ok_or_else(no_team)?;
        if !team.members.iter().any(|member| member == out) {
            let (inspector, visit, department) = (out.to_owned(), key.0, key.1);
            return Err(Refused::NotInTeam { inspector, visit, department });
        }
        let place = self.visits.iter().position(|dealt| dealt.visit.visit_id == visit_id).ok_or_else(no_team)?;
        let Dealt { visit, station, week } = self.visits[place].clone();
        let expertise = self.expertise(department, visit);
        let others: Vec<&Inspector> =
            self.roster.inspectors.iter().filter(|own| own.id != out && team.members.contains(&own.id)).collect();
        let lacks = |need: &Need<'_>| !others.iter().any(|own| need.is_met(own));
        let needs = expertise
            .qualifications
            .iter()
            .map(|&name| Need::Qualification(name))
            .chain([Need::Lead])
            .filter(lacks)
            .collect();
        let nobody = BTreeSet::new();
        let without = self.ever.get(&key).unwrap_or(&nobody);
        let recused = self.recused.get(visit.entity_id.as_str());
        let wanted = Wanted { seed: self.seed, visit, week, needs, least: 1, without, recused };
        let Some(own) = self.departments.get_mut(department) else { return Err(no_team()) };
        // The seed and the department gave lots before.
        let choose =
            |own: &mut Department<'a>, station| wanted.choose_one(own, station).unwrap_or(Err(Constraint::Inspectors));
        let mut chosen = choose(own, Some(&*station));
        if chosen.is_err() && self.roster.borrow {
            chosen = choose(own, None);
        }
        let chosen = chosen.map_err(|constraint| Refused::NobodyLeft {
            inspector: out.to_owned(),
            visit: visit_id.to_owned(),
            department: department.to_owned(),
            constraint,
        })?;
        own.inspectors[chosen].join(week);
        own.leave(out, week);
        let came = own.inspectors[chosen].inspector.id.clone();
        let Some(team) = self.teams.get_mut(&key) else { return Err(no_team()) };
        team.members.retain(|member| member != out);
        team.members.push(came.clone());
        let may_lead = |id: &&String| self.roster.inspectors.iter().any(|own| own.id == **id && own.may_lead);
        team.lead = team.members.iter().find(may_lead).cloned().unwrap_or_default();
        self.ever.entry(key).or_default().insert(came.clone());
        Ok(came)
    }

    /// Deals the visits of an entity anew at the station where it is now: all its teams are taken back, then each department
    /// deals its visits in order, at present loads.
    ///
    /// # Errors
    /// [`LotError`]; the seed and the departments gave lots before.
    pub fn reroute(&mut self, entity_id: &str, station: &str) -> Result<(), LotError> {
        let mut of_entity: BTreeMap<String, i32> = BTreeMap::new();
        for dealt in self.visits.iter_mut().filter(|dealt| dealt.visit.entity_id == entity_id) {
            dealt.station = station.to_owned();
            of_entity.insert(dealt.visit.visit_id.clone(), dealt.week);
        }
        self.unserved.retain(|row| !of_entity.contains_key(&row.visit_id));
        let taken: Vec<(String, String)> =
            self.teams.keys().filter(|(visit, _)| of_entity.contains_key(visit)).cloned().collect();
        for key in taken {
            let Some(team) = self.teams.remove(&key) else { continue };
            for department in self.departments.values_mut() {
                team.members.iter().for_each(|member| department.leave(member, of_entity[&key.0]));
            }
            let experts = self.departments.get_mut(key.1.as_str()).into_iter().flat_map(|own| &mut own.experts);
            experts.filter(|expert| team.experts.contains(&expert.inspector.id)).for_each(|expert| expert.load -= 1);
        }
        self.serve_all(&of_entity.into_keys().collect())
    }

    /// Deals visits that have no teams, by department and in order, at present loads.
    ///
    /// # Errors
    /// As [`Assignment::deal`].
    pub fn serve_all(&mut self, visits: &BTreeSet<String>) -> Result<(), LotError> {
        for (name, mut department) in std::mem::take(&mut self.departments) {
            for at in department.order.clone() {
                if visits.contains(&self.visits[at].visit.visit_id) {
                    self.serve(&mut department, at)?;
                }
            }
            self.departments.insert(name, department);
        }
        Ok(())
    }
}

impl Member<'_> {
    fn join(&mut self, week: i32) {
        self.load += 1;
        *self.weeks.entry(week).or_default() += 1;
    }
}

impl Department<'_> {
    fn leave(&mut self, inspector: &str, week: i32) {
        if let Some(member) = self.inspectors.iter_mut().find(|member| member.inspector.id == inspector) {
            member.load -= 1;
            *member.weeks.entry(week).or_default() -= 1;
        }
    }

    /// The best-ranked of some: by (load, ticket, id), the lot drawn anew at every load.
    fn best(&mut self, seed: &str, label: Label, places: &[usize]) -> Result<Option<usize>, LotError> {
        let people = if label == Label::Expert { &mut self.experts } else { &mut self.inspectors };
        let Some(load) = places.iter().map(|&place| people[place].load).min() else { return Ok(None) };
        let lots = match self.lots.get(&(label, load)) {
            Some(lots) => *lots,
            None => {
                let lots = LotKey::labelled(label, seed, "", &[self.name, &load.to_string()])?;
                *self.lots.entry((label, load)).or_insert(lots)
            }
        };
        let mut best: Option<(u64, &str, usize)> = None;
        for &place in places {
            let member = &mut people[place];
            if member.load != load {
                continue;
            }
            let ticket = match member.lot {
                Some((of, ticket)) if of == load => ticket,
                _ => lots.ticket(&member.iv),
            };
            member.lot = Some((load, ticket));
            let ranked = (ticket, member.inspector.id.as_str(), place);
            best = Some(best.map_or(ranked, |best| best.min(ranked)));
        }
        Ok(best.map(|(.., place)| place))
    }
}

/// Something that one of a team must bring.
#[derive(Clone, Copy, Debug)]
enum Need<'a> {
    Qualification(&'a str),
    Lead,
}

impl Need<'_> {
    fn is_met(&self, inspector: &Inspector) -> bool {
        match self {
            Self::Qualification(name) => inspector.qualifications.contains(*name),
            Self::Lead => inspector.may_lead,
        }
    }

    fn constraint(&self) -> Constraint {
        match self {
            Self::Qualification(name) => Constraint::Qualification((*name).to_owned()),
            Self::Lead => Constraint::Lead,
        }
    }
}

/// What is wanted for a visit.
struct Wanted<'w> {
    seed: &'w str,
    visit: &'w Visit,
    week: i32,
    /// In the order in which they are seen to.
    needs: Vec<Need<'w>>,
    /// Fewer than so many left by a filter: the visit fails by its name.
    least: usize,
    /// Who does not come into question.
    without: &'w BTreeSet<String>,
    /// Who must not meet the entity.
    recused: Option<&'w BTreeSet<&'w str>>,
}

impl Wanted<'_> {
    /// Those who pass the filters, in the order of the roster; `station`: the entity's, `None`: no matter.
    fn pool(&self, department: &Department<'_>, station: Option<&str>) -> Result<Vec<usize>, Constraint> {
        let people = &department.inspectors;
        let of_station = |own: &Inspector| {
            station.is_none_or(|station| station.is_empty() || own.station.is_empty() || own.station == station)
        };
        let recused = |own: &Inspector| self.recused.is_some_and(|recused| recused.contains(own.id.as_str()));
        let has_room = |member: &Member<'_>| {
            let teams = || member.weeks.get(&self.week).copied().unwrap_or(0);
            member.inspector.capacity.is_none_or(|capacity| teams() < capacity)
        };
        type Filter<'f> = &'f dyn Fn(&Member<'_>) -> bool;
        let filters: [(Constraint, Filter<'_>); 6] = [
            (Constraint::Inspectors, &|member| !self.without.contains(&member.inspector.id)),
            (Constraint::Active, &|member| member.inspector.active),
            (Constraint::Certificate, &|member| member.inspector.is_certified(self.visit.last)),
            (Constraint::Station, &|member| of_station(member.inspector)),
            (Constraint::Recusal, &|member| !recused(member.inspector)),
            (Constraint::Capacity, &|member| has_room(member)),
        ];
        let mut pool: Vec<usize> = (0..people.len()).collect();
        for (constraint, passes) in filters {
            pool.retain(|&place| passes(&people[place]));
            if pool.len() < self.least {
                return Err(constraint);
            }
        }
        Ok(pool)
    }

    /// A team of `size`: for each need, unless one of the chosen meets it, the best-ranked who does; then the best-ranked.
    fn choose(
        &self,
        department: &mut Department<'_>,
        station: Option<&str>,
        size: usize,
    ) -> Result<Result<Vec<usize>, Constraint>, LotError> {
        let mut pool = match self.pool(department, station) {
            Ok(pool) => pool,
            Err(constraint) => return Ok(Err(constraint)),
        };
        let mut chosen: Vec<usize> = Vec::with_capacity(size);
        for need in &self.needs {
            if chosen.iter().any(|&place| need.is_met(department.inspectors[place].inspector)) {
                continue;
            }
            let meets: Vec<usize> =
                pool.iter().copied().filter(|&place| need.is_met(department.inspectors[place].inspector)).collect();
            match department.best(self.seed, Label::Inspector, &meets)? {
                Some(best) => chosen.push(best),
                None => return Ok(Err(need.constraint())),
            }
            pool.retain(|place| !chosen.contains(place));
        }
        while chosen.len() < size {
            let Some(best) = department.best(self.seed, Label::Inspector, &pool)? else { break };
            chosen.push(best);
            pool.retain(|&place| place != best);
        }
        Ok(Ok(chosen))
    }

    /// One who meets every need.
    fn choose_one(
        &self,
        department: &mut Department<'_>,
        station: Option<&str>,
    ) -> Result<Result<usize, Constraint>, LotError> {
        let mut pool = match self.pool(department, station) {
            Ok(pool) => pool,
            Err(constraint) => return Ok(Err(constraint)),
        };
        for need in &self.needs {
            pool.retain(|&place| need.is_met(department.inspectors[place].inspector));
            if pool.is_empty() {
                return Ok(Err(need.constraint()));
            }
        }
        Ok(department.best(self.seed, Label::Inspector, &pool)?.ok_or(Constraint::Inspectors))
    }
}

#[cfg(test)]
mod tests {
    use super::super::visit::form_visits;
    use super::*;
    use proptest::prelude::*;

    fn inspector(number: usize, department: usize) -> Inspector {
        Inspector {
            id: format!("I{number:03}"),
            department: format!("局{department}"),
            station: String::new(),
            qualifications: BTreeSet::new(),
            may_lead: true,
            active: true,
            valid_from: None,
            valid_to: None,
            capacity: None,
            expert: false,
        }
    }

    fn roster(inspectors: Vec<Inspector>) -> Roster {
        Roster { inspectors, recused: BTreeSet::new(), size: 2, borrow: false, earlier: None }
    }

    /// A round of one task by two departments: a visit for each entity.
    fn round(entities: usize) -> (Vec<VisitTask>, Vec<Visit>) {
        let (lead, members) = ("局0".to_owned(), vec!["局1".to_owned()]);
        let task =
            VisitTask { id: "T".to_owned(), lead, members, items: vec!["登记".to_owned()], first: 0, last: 30 };
        let visit = |entity: usize| form_visits(&format!("E{entity:03}"), [&task], &[], 1);
        let visits = (0..entities).flat_map(visit).collect();
        (vec![task], visits)
    }

    fn deal<'a>(
        seed: &'a str,
        roster: &'a Roster,
        needs: &'a Needs,
        round: &'a (Vec<VisitTask>, Vec<Visit>),
    ) -> Assignment<'a> {
        let (weeks, stations) = (vec![4; round.1.len()], vec![""; round.1.len()]);
        Assignment::deal(seed, roster, needs, &round.0, &round.1, &weeks, &stations).expect("no line break")
    }

    /// Every visit of every department has a team or a row that says why not, and loads are what the teams come to.
    fn assert_conserved(dealt: &Assignment<'_>, visits: &[Visit]) {
        for visit in visits {
            for department in &visit.departments {
                let key = (visit.visit_id.clone(), department.clone());
                let is_listed = |row: &Unserved| {
                    (&row.visit_id, &row.department) == (&key.0, &key.1)
                        && !matches!(row.constraint, Constraint::Expert(_))
                };
                let rows = dealt.unserved.iter().filter(|row| is_listed(row)).count();
                assert_eq!(usize::from(dealt.teams.contains_key(&key)) + rows, 1, "{key:?}");
            }
        }
        let mut counted: BTreeMap<&str, u32> = BTreeMap::new();
        dealt.teams.values().flat_map(|team| &team.members).for_each(|member| *counted.entry(member).or_default() += 1);
        for (inspector, load) in dealt.loads() {
            assert_eq!(load, counted.get(inspector).copied().unwrap_or(0), "{inspector}");
        }
    }

    proptest! {
        #[test]
        fn loads_differ_by_at_most_one_where_nothing_forbids_it(people in 2usize..9, entities in 0usize..25, seed in "[a-z]{1,6}") {
            let roster = roster((0..people).flat_map(|number| [inspector(number, 0), inspector(100 + number, 1)]).collect());
            let (needs, round) = (Needs::default(), round(entities));
            let dealt = deal(&seed, &roster, &needs, &round);
            assert_conserved(&dealt, &round.1);
            prop_assert!(dealt.unserved.is_empty());
            let of = |first: usize| {
                let ids = (first..first + people).map(|number| format!("I{number:03}"));
                let loads = dealt.loads();
                ids.map(|id| loads.get(id.as_str()).copied().unwrap_or(0)).collect::<Vec<_>>()
            };
            for loads in [of(0), of(100)] {
                prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{:?}", loads);
            }
        }

        #[test]
        fn order_and_strangers_change_no_team(people in 3usize..7, entities in 1usize..12, turn in 0usize..7, seed in "[a-z]{1,6}") {
            let needs = Needs::default();
            let (here, other) = (roster((0..people).map(|number| inspector(number, 0)).collect()), round(entities));
            let teams = |roster: &Roster, round: &(Vec<VisitTask>, Vec<Visit>)| {
                let dealt = deal(&seed, roster, &needs, round);
                dealt.teams.values().filter(|team| team.department == "局0").cloned().collect::<Vec<_>>()
            };
            let first = teams(&here, &other);
            let mut turned = here.clone();
            turned.inspectors.rotate_left(turn % people);
            turned.inspectors.push(inspector(200, 1));
            let mut visits = other.clone();
            visits.1.reverse();
            prop_assert_eq!(teams(&turned, &visits), first);
        }

        #[test]
        fn a_recused_pair_never_meets_and_changes_conserve(
            recused in prop::collection::btree_set((0usize..5, 0usize..8), 0..12), seed in "[a-z]{1,6}",
            changes in prop::collection::vec((any::<bool>(), 0usize..8, 0usize..5), 0..20),
        ) {
            let mut roster = roster((0..5).map(|number| inspector(number, 0)).collect());
            roster.recused = recused.iter().map(|&(own, entity)| (format!("I{own:03}"), format!("E{entity:03}"))).collect();
            roster.inspectors[3].station = "城关所".to_owned();
            roster.borrow = true;
            let (needs, round) = (Needs::default(), round(8));
            let mut dealt = deal(&seed, &roster, &needs, &round);
            assert_conserved(&dealt, &round.1);
            for (reroutes, entity, who) in changes {
                let (entity, who) = (format!("E{entity:03}"), format!("I{who:03}"));
                if reroutes {
                    dealt.reroute(&entity, "江南所").expect("no line break");
                } else {
                    let _refused_or_not = dealt.reassign(&format!("{entity}-1"), "局0", &who);
                }
                assert_conserved(&dealt, &round.1);
                for team in dealt.teams.values() {
                    prop_assert_eq!(team.members.len(), 2);
                    let entity = team.visit_id.trim_end_matches("-1").to_owned();
                    prop_assert!(team.members.iter().all(|own| !roster.recused.contains(&(own.clone(), entity.clone()))));
                    prop_assert!(team.members.contains(&team.lead));
                }
            }
        }
    }
}
