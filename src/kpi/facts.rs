//! The fact table of one as-of day: cells of every grain, and the words of their members.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::cells::{Cell, Cut, Grain, Members, Month, condense, count_units, month_of};
use super::marks::{self, Marks};
use super::ranked;
use crate::ingest::{Circumstances, InspectionPlan, Item, KpiTables, NO_WORD, ShortDay, Task, items_of};
use crate::keys::{EntityKey, UNMATCHED, match_rows};
use crate::plan::KpiPlan;
use crate::published::DrawnEntity;
use crate::results::{Dealt, Drawn, Inspection, Inspections, NO_PLACE, day};
use crate::terms::{Calendar, Color, Grade, Level, Status, TaskSource};

/// The member of what has none: an entity without station, a task without level.
pub const NO_MEMBER: &str = "(none)";

/// Tenths by risk score; the first is at the highest risk.
const DECILES: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

/// Words of the members of each cut; a member's number is its place.
#[derive(Debug)]
pub struct MemberWords {
    /// Departments.
    pub organs: Vec<Box<str>>,
    /// Stations.
    pub stations: Vec<Box<str>>,
    /// Industries.
    pub industries: Vec<Box<str>>,
    /// Reasons of entries on lists.
    pub reasons: Vec<Box<str>>,
    /// Categories of items.
    pub categories: Vec<Box<str>>,
}

impl MemberWords {
    /// The words of everything that was read; [`NO_MEMBER`] among them.
    pub fn of(tables: &KpiTables, drawn: Option<&Drawn>, dealt: Option<&Dealt>) -> Self {
        let duties = || dealt.iter().flat_map(|dealt| &dealt.0);
        let tasks = tables.tasks.iter().flatten().flat_map(|task| &task.departments);
        let plans = tables.plans.iter().flatten().flat_map(|plan| &plan.departments);
        let items = tables.items.iter().flatten();
        let organs = tables.results.words.departments.iter().chain(tasks).chain(plans);
        let said = tables.results.words.circumstances.iter();
        let standing = || tables.entities.iter().flat_map(|table| &table.values);
        let of_draws = || drawn.iter().flat_map(|drawn| &drawn.draws).flat_map(|draw| &draw.drawn);
        let words_of_draws = |word: fn(&DrawnEntity) -> Option<&String>| -> Vec<Box<str>> {
            let mut words: Vec<&String> = of_draws().filter_map(word).collect();
            words.sort_unstable();
            words.dedup();
            words.into_iter().map(|word| word.as_str().into()).collect()
        };
        let stations_of_draws = words_of_draws(|entity| entity.station.as_ref());
        let industries_of_draws = words_of_draws(|entity| entity.industry.as_ref());
        Self {
            organs: sorted(
                organs
                    .chain(items.clone().filter_map(|item| item.department.as_ref()))
                    .chain(duties().map(|duty| &duty.department)),
            ),
            stations: sorted(
                standing()
                    .filter_map(|standing| standing.station.as_ref())
                    .chain(said.clone().filter_map(|said| said.station.as_ref()))
                    .chain(&stations_of_draws)
                    .chain(duties().filter_map(|duty| duty.station.as_ref())),
            ),
            industries: sorted(
                standing()
                    .filter_map(|standing| standing.industry.as_ref())
                    .chain(said.filter_map(|said| said.industry.as_ref()))
                    .chain(&industries_of_draws),
            ),
            reasons: sorted(
                tables.listings.iter().flat_map(|table| &table.values).filter_map(|listing| listing.reason.as_ref()),
            ),
            categories: sorted(items.filter_map(|item| item.category.as_ref())),
        }
    }

    /// Station, industry, grade and colour, where a row of the results says them.
    fn of_circumstances(&self, said: &Circumstances) -> [Option<u32>; 4] {
        [
            said.station.as_deref().map(|word| number(&self.stations, Some(word))),
            said.industry.as_deref().map(|word| number(&self.industries, Some(word))),
            said.grade.map(|grade| u32::from(grade.code())),
            said.color.map(|color| u32::from(color.code())),
        ]
    }

    /// The same of an entity on the day of a draw.
    fn of_drawn(&self, entity: &DrawnEntity) -> [Option<u32>; 4] {
        [
            entity.station.as_deref().map(|word| number(&self.stations, Some(word))),
            entity.industry.as_deref().map(|word| number(&self.industries, Some(word))),
            Some(u32::from(entity.grade.code())),
            Some(u32::from(entity.color.code())),
        ]
    }

    /// The word of a member.
    pub fn word(&self, cut: Cut, member: u32) -> &str {
        let place = member as usize;
        let of = |words: &'_ [Box<str>]| -> Option<usize> { (place < words.len()).then_some(place) };
        match cut {
            Cut::All => "all",
            Cut::Organ => of(&self.organs).map_or(NO_MEMBER, |at| &self.organs[at]),
            Cut::Station => of(&self.stations).map_or(NO_MEMBER, |at| &self.stations[at]),
            Cut::Industry => of(&self.industries).map_or(NO_MEMBER, |at| &self.industries[at]),
            Cut::Reason => of(&self.reasons).map_or(NO_MEMBER, |at| &self.reasons[at]),
            Cut::Category => of(&self.categories).map_or(NO_MEMBER, |at| &self.categories[at]),
            Cut::Grade => Grade::ALL.get(place).map_or(NO_MEMBER, |grade| grade.name()),
            Cut::Color => Color::ALL.get(place).map_or(NO_MEMBER, |color| color.name()),
            Cut::Level => Level::ALL.get(place).map_or(NO_MEMBER, |level| level.name()),
            Cut::Decile => DECILES.get(place).copied().unwrap_or(NO_MEMBER),
            Cut::Source => TaskSource::ALL.get(place).map_or(NO_MEMBER, |source| source.name()),
        }
    }
}

fn sorted<'w>(words: impl Iterator<Item = &'w Box<str>>) -> Vec<Box<str>> {
    let words: BTreeSet<&Box<str>> = words.collect();
    let mut words: Vec<Box<str>> = words.into_iter().cloned().collect();
    if let Err(place) = words.binary_search_by(|word| (**word).cmp(NO_MEMBER)) {
        words.insert(place, NO_MEMBER.into());
    }
    words
}

/// The number of a word; of [`NO_MEMBER`] where there is none.
fn number(words: &[Box<str>], word: Option<&str>) -> u32 {
    let word = word.unwrap_or(NO_MEMBER);
    words.binary_search_by(|known| (**known).cmp(word)).map_or(NO_PLACE, |place| place as u32)
}

/// Members of what the registry says, by place in the registry; the last is that of unknown entities.
struct Standings(Vec<[u32; 4]>);

impl Standings {
    fn of(tables: &KpiTables, words: &MemberWords) -> Self {
        let none = [
            number(&words.stations, None),
            number(&words.industries, None),
            u32::from(Grade::Unrated.code()),
            u32::from(Color::None.code()),
        ];
        let mut members: Vec<[u32; 4]> = tables.entities.as_ref().map_or_else(Vec::new, |table| {
            let members = table.values.par_iter().map(|standing| {
                [
                    number(&words.stations, standing.station.as_deref()),
                    number(&words.industries, standing.industry.as_deref()),
                    u32::from(standing.grade.code()),
                    u32::from(standing.color.code()),
                ]
            });
            members.collect()
        });
        members.push(none);
        Self(members)
    }

    fn get(&self, place: u32) -> [u32; 4] {
        self.0[(place as usize).min(self.0.len() - 1)]
    }
}

const ENTITY_CUTS: [Cut; 4] = [Cut::Station, Cut::Industry, Cut::Grade, Cut::Color];

/// Everything that the figures of one plan are computed from.
pub struct Facts<'a> {
    /// The tables.
    pub tables: &'a KpiTables,
    /// The inspections.
    pub inspections: &'a Inspections,
    /// Entities that the draws have drawn.
    pub drawn: Option<&'a Drawn>,
    /// What inspectors were dealt to.
    pub dealt: Option<&'a Dealt>,
    /// The plan.
    pub plan: &'a KpiPlan,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Words of the members.
    pub words: &'a MemberWords,
}

impl Facts<'_> {
    /// The cells of the day `as_of`: every unit of every grain with what is known of it on that day.
    pub fn cells(&self, as_of: i32) -> Vec<Cell> {
        let marks = marks::of_inspections(&self.tables.results.rows, self.inspections, self.plan, self.calendar, as_of);
        let standings = Standings::of(self.tables, self.words);
        let results = &self.tables.results;
        let organs: Vec<u32> =
            results.words.departments.iter().map(|word| number(&self.words.organs, Some(word))).collect();
        let months: Vec<Month> = (0..=i32::from(u16::MAX)).map(month_of).collect();
        let said: Vec<[Option<u32>; 4]> =
            results.words.circumstances.iter().map(|said| self.words.of_circumstances(said)).collect();
        let has_said = said.iter().any(|said| said.iter().any(Option::is_some));
        let of_draws: Vec<Vec<[Option<u32>; 4]>> = self
            .drawn
            .iter()
            .flat_map(|drawn| &drawn.draws)
            .map(|draw| draw.drawn.iter().map(|entity| self.words.of_drawn(entity)).collect())
            .collect();
        let members = |inspection: &Inspection| {
            let mut standing = standings.get(inspection.registry);
            let mut overrule = |told: &[Option<u32>; 4]| {
                standing.iter_mut().zip(told).for_each(|(own, told)| *own = told.unwrap_or(*own));
            };
            if let Some(drawn) = self.drawn {
                let place = self.inspections.drawn[inspection.entity as usize];
                let row = drawn.until(place, day(inspection.inspected));
                row.iter().for_each(|&(draw, place)| overrule(&of_draws[draw as usize][place as usize]));
            }
            if has_said {
                said.get(results.rows[inspection.at as usize].circumstances as usize)
                    .iter()
                    .for_each(|said| overrule(said));
            }
            let [station, industry, grade, color] = standing;
            let task = self.inspections.task(inspection);
            Members {
                of_cut: [
                    0,
                    organs[inspection.department as usize],
                    station,
                    industry,
                    grade,
                    color,
                    task.and_then(|task| task.level).map_or(NO_PLACE, |level| u32::from(level.code())),
                    inspection.source.map_or(NO_PLACE, |source| u32::from(source.code())),
                ],
                month: months[usize::from(inspection.inspected.get())],
            }
        };
        let counts = [
            1,
            self.words.organs.len(),
            self.words.stations.len(),
            self.words.industries.len(),
            Grade::ALL.len(),
            Color::ALL.len(),
            Level::ALL.len(),
            TaskSource::ALL.len(),
        ];
        let mut cells = condense(&self.inspections.inspections, &marks, counts, &members);
        cells.extend(self.tasks(&marks, &organs, as_of));
        cells.extend(self.registered(&marks, &standings, as_of));
        cells.extend(self.plans(&marks, as_of));
        cells.extend(self.items(as_of));
        cells.extend(self.listings(as_of));
        cells.extend(self.forms(&standings, as_of));
        cells.extend(self.drawn(&standings, as_of));
        cells.extend(self.duties(as_of));
        cells.extend(ranked::cells(self, &marks));
        cells
    }

    /// Tasks that have begun, in all and by department, level and kind.
    fn tasks(&self, marks: &[Marks], organs: &[u32], as_of: i32) -> Vec<Cell> {
        // What the inspections of a task say, in all and by department. Whether it is double-random, initiated or joint is
        // said by the table of tasks.
        const OF_TASK: Marks = marks::DOUBLE_RANDOM | marks::OWN | marks::CREDIT_RULE | marks::JOINT_TASK;
        let mut found: BTreeMap<(u32, u32), Marks> = BTreeMap::new();
        for (inspection, &marks) in self.inspections.inspections.iter().zip(marks) {
            if inspection.task != NO_PLACE && marks != 0 {
                let organ = organs[inspection.department as usize];
                *found.entry((inspection.task, organ)).or_insert(0) |= marks & !OF_TASK;
            }
        }
        let begun = self.tables.tasks.iter().flatten().enumerate().filter(|(_, task)| !is_after(task.start, as_of));
        let mut units = Vec::new();
        for (place, task) in begun {
            let (own, place) = (self.task_marks(task, as_of), place as u32);
            let mut all = own;
            let mut of_organs: BTreeMap<u32, Marks> = BTreeMap::new();
            for name in &task.departments {
                of_organs.insert(number(&self.words.organs, Some(name)), own);
            }
            for (&(_, organ), &marks) in found.range((place, 0)..=(place, u32::MAX)) {
                all |= marks;
                *of_organs.entry(organ).or_insert(own) |= marks;
            }
            let level = task.level.map_or(NO_PLACE, |level| u32::from(level.code()));
            let source = task.source.map_or(NO_PLACE, |source| u32::from(source.code()));
            let month = task.start.map(|start| month_of(day(start)));
            units.push((all, vec![(Cut::All, 0), (Cut::Level, level), (Cut::Source, source)], month));
            units.extend(of_organs.into_iter().map(|(organ, marks)| (marks, vec![(Cut::Organ, organ)], month)));
        }
        count_units(Grain::Task, units.into_iter())
    }

    fn task_marks(&self, task: &Task, as_of: i32) -> Marks {
        let double_random = task.source == Some(TaskSource::DoubleRandom);
        marks::union([
            (marks::DOUBLE_RANDOM, double_random),
            (marks::OWN, double_random && task.level == Some(self.plan.own_level)),
            (marks::CREDIT_RULE, task.credit_rule == Some(true)),
            (marks::JOINT_TASK, task.departments.len() > 1),
            (marks::FINISHED, task.finished.is_some_and(|finished| day(finished) <= as_of)),
            (marks::DUE, task.due.is_some_and(|due| day(due) <= as_of)),
        ])
    }

    /// Entities of the registry, and inspected ones that it does not have.
    fn registered(&self, marks: &[Marks], standings: &Standings, as_of: i32) -> Vec<Cell> {
        let tables = self.tables;
        let registry: &[EntityKey] = tables.entities.as_ref().map_or(&[], |table| &table.keys);
        let strangers: Vec<EntityKey> = (self.inspections.entities.iter().zip(&self.inspections.registry))
            .filter(|(_, place)| **place == NO_PLACE)
            .map(|(key, _)| *key)
            .collect();
        let mut of_entity = vec![0; registry.len() + strangers.len()];
        let mut mark = |keys: &[EntityKey], marks: &dyn Fn(usize) -> Marks| {
            let (known, unknown) =
                (match_rows(&tables.space, keys, registry), match_rows(&tables.space, keys, &strangers));
            for (at, (known, unknown)) in known.into_iter().zip(unknown).enumerate() {
                if known != UNMATCHED {
                    of_entity[known as usize] |= marks(at);
                } else if unknown != UNMATCHED {
                    of_entity[registry.len() + unknown as usize] |= marks(at);
                }
            }
        };
        let mut inspected = vec![0; self.inspections.entities.len()];
        for (inspection, &marks) in self.inspections.inspections.iter().zip(marks) {
            inspected[inspection.entity as usize] |= marks & marks::INSPECTED;
        }
        mark(&self.inspections.entities, &|at| inspected[at]);
        if let Some(drawn) = self.drawn {
            mark(&drawn.keys, &|_| marks::DRAWN);
        }
        if let Some(listings) = &tables.listings {
            let listed = |at: usize| {
                let listing: &crate::ingest::Listing = &listings.values[at];
                if is_after(listing.listed, as_of) || listing.serious { 0 } else { marks::LISTED }
            };
            mark(&listings.keys, &listed);
        }
        if let Some(feedback) = &tables.feedback {
            let sent = |at: usize| {
                let form: &crate::ingest::Feedback = &feedback.values[at];
                if form.sent.is_none_or(|sent| day(sent) <= as_of) { marks::SENT } else { 0 }
            };
            mark(&feedback.keys, &sent);
        }
        if let Some(table) = &tables.entities {
            for (marks, standing) in of_entity.iter_mut().zip(&table.values) {
                let live = match standing.deregistered {
                    Some(gone) => day(gone) > as_of,
                    None => standing.status == Status::Live,
                };
                *marks |= if live { marks::LIVE } else { 0 };
            }
        }
        let units = of_entity.into_iter().enumerate().map(|(at, marks)| {
            let place = if at < registry.len() { at as u32 } else { NO_PLACE };
            let members = std::iter::once((Cut::All, 0)).chain(ENTITY_CUTS.into_iter().zip(standings.get(place)));
            (marks, members.collect(), None)
        });
        count_units(Grain::Registered, units)
    }

    /// Entities of draws up to the day: whether the registry has them as live on the day of the draw, and the size asked of
    /// their stratum was not exceeded.
    fn drawn(&self, standings: &Standings, as_of: i32) -> Vec<Cell> {
        let Some(drawn) = self.drawn else { return Vec::new() };
        let units = drawn.within_plan(self.tables).into_iter().filter_map(|((draw, place), registry, within)| {
            let draw = &drawn.draws[draw as usize];
            let entity = &draw.drawn[place as usize];
            let mut standing = standings.get(registry);
            standing.iter_mut().zip(self.words.of_drawn(entity)).for_each(|(own, told)| *own = told.unwrap_or(*own));
            let members = std::iter::once((Cut::All, 0)).chain(ENTITY_CUTS.into_iter().zip(standing));
            let marks = marks::union([(marks::DRAWN, true), (marks::WITHIN_PLAN, within)]);
            (draw.as_of <= as_of).then(|| (marks, members.collect(), Some(month_of(draw.as_of))))
        });
        count_units(Grain::Drawn, units)
    }

    /// Departments of dealt visits: whether they have a team, and whether they came.
    fn duties(&self, as_of: i32) -> Vec<Cell> {
        let duties = self.dealt.iter().flat_map(|dealt| &dealt.0).filter(|duty| duty.first <= as_of);
        let units = duties.map(|duty| {
            let marks = marks::union([
                (marks::SERVED, duty.is_served),
                (marks::DUE, duty.last <= as_of),
                (marks::INSPECTED, duty.came.is_some_and(|came| came <= as_of)),
            ]);
            let organ = number(&self.words.organs, Some(&duty.department));
            let station = number(&self.words.stations, duty.station.as_deref());
            let members = vec![(Cut::All, 0), (Cut::Organ, organ), (Cut::Station, station)];
            (marks, members, Some(month_of(duty.first)))
        });
        count_units(Grain::Duty, units)
    }

    /// Plans that were not merged into others and have begun: carried out jointly if a joint visit belongs to one of their
    /// tasks, or to a plan that was merged into them.
    fn plans(&self, marks: &[Marks], as_of: i32) -> Vec<Cell> {
        let Some(plans) = &self.tables.plans else { return Vec::new() };
        let place = |id: &str| plans.binary_search_by(|plan| (*plan.id).cmp(id)).ok();
        let kept = |mut at: usize| {
            // Plans that are merged into each other in a ring stay where they are.
            for _ in 0..plans.len().min(64) {
                match plans[at].merged_into.as_deref().and_then(place) {
                    Some(next) if next != at => at = next,
                    _ => break,
                }
            }
            at
        };
        let results = &self.tables.results;
        let of_word: Vec<Option<usize>> =
            results.words.circumstances.iter().map(|it| it.plan.as_deref().and_then(place)).collect();
        let tasks = self.tables.tasks.as_deref().unwrap_or_default();
        let of_task: Vec<Option<usize>> = tasks.iter().map(|task| task.plan.as_deref().and_then(place)).collect();
        let mut jointly = BTreeSet::new();
        for (inspection, &marks) in self.inspections.inspections.iter().zip(marks) {
            if marks & marks::JOINT == 0 {
                continue;
            }
            let word = results.rows[inspection.at as usize].circumstances;
            let named = (word != NO_WORD).then(|| of_word[word as usize]).flatten();
            let plan = named.or_else(|| of_task.get(inspection.task as usize).copied().flatten());
            jointly.extend(plan.map(kept));
        }
        let own = |plan: &&InspectionPlan| plan.merged_into.is_none() && !is_after(plan.start, as_of);
        let units = plans.iter().enumerate().filter(|(_, plan)| own(plan)).map(|(at, plan)| {
            let organs = plan.departments.iter().map(|name| (Cut::Organ, number(&self.words.organs, Some(name))));
            let marks = if jointly.contains(&at) { marks::JOINTLY } else { 0 };
            let month = plan.start.map(|start| month_of(day(start)));
            (marks, std::iter::once((Cut::All, 0)).chain(organs).collect(), month)
        });
        count_units(Grain::Plan, units)
    }

    /// Items of the list and their categories, with whether they were inspected.
    fn items(&self, as_of: i32) -> Vec<Cell> {
        let Some(items) = &self.tables.items else { return Vec::new() };
        let results = &self.tables.results;
        // Rows that were rolled up into an inspection lie on its day.
        let words = &results.words.items;
        let mut cells_inspected = vec![false; words.len()];
        for row in results.rows.iter().filter(|row| row.items != NO_WORD && day(row.inspected) <= as_of) {
            cells_inspected[row.items as usize] = true;
        }
        let inspected: BTreeSet<&str> = (words.iter().zip(&cells_inspected))
            .filter(|(_, inspected)| **inspected)
            .flat_map(|(cell, _)| items_of(cell))
            .collect();
        let marks_of = |item: &Item| if inspected.contains(&*item.id) { marks::INSPECTED } else { 0 };
        let of_items = items.iter().map(|item| {
            let organ = number(&self.words.organs, item.department.as_deref());
            let category = number(&self.words.categories, item.category.as_deref());
            (marks_of(item), vec![(Cut::All, 0), (Cut::Organ, organ), (Cut::Category, category)], None)
        });
        let mut cells = count_units(Grain::Item, of_items);
        let mut categories: BTreeMap<u32, Marks> = BTreeMap::new();
        for item in items {
            *categories.entry(number(&self.words.categories, item.category.as_deref())).or_insert(0) |= marks_of(item);
        }
        let of_categories = categories.into_values().map(|marks| (marks, vec![(Cut::All, 0)], None));
        cells.extend(count_units(Grain::Category, of_categories));
        cells
    }

    /// Entries on lists, by reason.
    fn listings(&self, as_of: i32) -> Vec<Cell> {
        let listings = self.tables.listings.iter().flat_map(|table| &table.values);
        let units = listings.filter(|listing| !is_after(listing.listed, as_of)).map(|listing| {
            let late = listing.verified.zip(listing.listed).is_some_and(|(verified, listed)| {
                day(listed) > self.calendar.after(day(verified), self.plan.deadlines.listing)
            });
            let marks = marks::union([
                (marks::LISTED, !listing.serious),
                (marks::SERIOUS, listing.serious),
                (marks::DUE, listing.verified.is_some()),
                (marks::LISTED_LATE, late),
            ]);
            let reason = number(&self.words.reasons, listing.reason.as_deref());
            (marks, vec![(Cut::All, 0), (Cut::Reason, reason)], listing.listed.map(|listed| month_of(day(listed))))
        });
        count_units(Grain::Listing, units)
    }

    /// Feedback forms, by what the registry says of the entity.
    fn forms(&self, standings: &Standings, as_of: i32) -> Vec<Cell> {
        let Some(table) = &self.tables.feedback else { return Vec::new() };
        let registry: &[EntityKey] = self.tables.entities.as_ref().map_or(&[], |table| &table.keys);
        let places = match_rows(&self.tables.space, &table.keys, registry);
        let units =
            table.values.iter().zip(places).filter(|(form, _)| !is_after(form.sent, as_of)).map(|(form, place)| {
                let returned = form.returned.is_some_and(|returned| day(returned) <= as_of);
                let marks = marks::union([
                    (marks::SENT, true),
                    (marks::RETURNED, returned),
                    (marks::SATISFIED, returned && form.satisfied == Some(true)),
                ]);
                let members = std::iter::once((Cut::All, 0)).chain(ENTITY_CUTS.into_iter().zip(standings.get(place)));
                (marks, members.collect(), form.sent.map(|sent| month_of(day(sent))))
            });
        count_units(Grain::Form, units)
    }
}

/// Whether a day that may be missing lies after another.
fn is_after(it: ShortDay, as_of: i32) -> bool {
    it.is_some_and(|it| day(it) > as_of)
}
