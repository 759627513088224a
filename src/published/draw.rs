//! A published draw, as the figures of its results read it.

use super::{Columns, PublishedError, PublishedRun};
use crate::amendment::ListChanges;
use crate::contract::{self, Column, MANIFEST_FILE};
use crate::publish::Selection;
use crate::publish::manifest::{StratumRecord, TaskRecord};
use crate::sampling::Design;
use crate::terms::{Color, Grade, parse_date};
use arrow::array::{Array, StringViewArray};
use std::collections::{BTreeMap, HashMap};

/// What a published draw is used for when its results come in.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedDraw {
    /// What it is called.
    pub name: String,
    /// Its day, in days since 1970-01-01.
    pub as_of: i32,
    /// Its design.
    pub design: Design,
    /// The drawn entities.
    pub drawn: Vec<DrawnEntity>,
    /// Entities that a stratum was to draw, and its name.
    pub strata: Vec<DrawnStratum>,
    /// Expected and drawn by class.
    pub classes: Vec<DrawnClass>,
    /// Whether entities have scores.
    pub has_scores: bool,
}

/// A stratum of a published draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnStratum {
    /// Its name; empty without strata.
    pub name: String,
    /// How many were to be drawn: the certain ones and the size asked of the lot.
    pub size: u64,
}

/// A class of entities in a published draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnClass {
    /// all, stratum, grade or color.
    pub cut: String,
    /// Which one.
    pub member: String,
    /// Entities.
    pub population: i64,
    /// Entities that may be drawn.
    pub eligible: i64,
    /// Expected number drawn.
    pub expected: f64,
    /// Entities drawn.
    pub drawn: i64,
}

/// A drawn entity, with what was known of it on the day of the draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnEntity {
    /// Its id.
    pub id: String,
    /// Place of its stratum in the manifest.
    pub stratum: u32,
    /// Inclusion probability, 0 < π ≤ 1.
    pub pi: f64,
    /// How it came on the list.
    pub selection: Selection,
    /// Grade.
    pub grade: Grade,
    /// Colour code.
    pub color: Color,
    /// Station.
    pub station: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Risk score.
    pub score: Option<f64>,
}

/// Who could come instead of an entity.
#[derive(Debug, Default)]
pub struct Reserves {
    /// Its stratum in each task.
    pub stratum_of: BTreeMap<String, String>,
    /// Order and id of the reserve, by task and stratum.
    pub waiting: BTreeMap<(String, String), Vec<(i32, String)>>,
}

/// Whether an entity is on the list of a task after changes of it.
fn is_on_list(changes: &ListChanges, id: &str, task: &str, is_drawn: bool) -> bool {
    // Changes are few, and texts are only made where there are any.
    let changed = || changes.get(&(id.to_owned(), task.to_owned())).copied();
    if changes.is_empty() { is_drawn } else { changed().unwrap_or(is_drawn) }
}

impl PublishedRun {
    /// The draws, one or one a task: design and day, and the drawn entities after `changes` of the list, in its order. `name` is
    /// what the run is called; a task's draw is called by it and the task. Who came from the reserve stands for who was replaced.
    ///
    /// # Errors
    /// [`PublishedError`] if manifest or table are damaged.
    pub fn draws(&self, name: &str, changes: &ListChanges) -> Result<Vec<PublishedDraw>, PublishedError> {
        let manifest = self.manifest()?;
        let file = contract::DRAW.file;
        let unknown = |what: &str, found: &str| self.fault(MANIFEST_FILE, format!("{found:?} is no {what}"));
        let as_of = parse_date(&manifest.as_of).ok_or_else(|| unknown("date", &manifest.as_of))?;
        let of = |name: String, design: &str, strata: &[StratumRecord]| {
            let size =
                |it: &StratumRecord| DrawnStratum { name: it.name.clone(), size: it.certain.saturating_add(it.n) };
            Ok(PublishedDraw {
                name,
                as_of,
                design: Design::from_name(design).ok_or_else(|| unknown("design", design))?,
                drawn: Vec::new(),
                strata: strata.iter().map(size).collect(),
                classes: Vec::new(),
                has_scores: false,
            })
        };
        let mut draws = match manifest.tasks.as_slice() {
            [] => vec![of(name.to_owned(), manifest.design.as_deref().unwrap_or_default(), &manifest.strata)?],
            tasks => {
                let of_task =
                    |task: &TaskRecord| of(format!("{name} / {}", task.id), &task.draw.design, &task.draw.strata);
                tasks.iter().map(of_task).collect::<Result<_, PublishedError>>()?
            }
        };
        // Draw and place of a stratum by task and name; without tasks the id of the task is empty.
        let ids: Vec<&str> = match manifest.tasks.as_slice() {
            [] => vec![""],
            tasks => tasks.iter().map(|task| task.id.as_str()).collect(),
        };
        let of_tasks = !manifest.tasks.is_empty();
        let strata: Vec<&[StratumRecord]> = match manifest.tasks.as_slice() {
            [] => vec![&manifest.strata],
            tasks => tasks.iter().map(|task| task.draw.strata.as_slice()).collect(),
        };
        let of_strata = strata.iter().zip(0..).flat_map(|(strata, draw)| {
            strata.iter().zip(0..).map(move |(stratum, place)| (draw, stratum.name.as_str(), place))
        });
        let places: HashMap<(&str, &str), (usize, u32)> =
            of_strata.map(|(draw, name, place)| ((ids[draw], name), (draw, place))).collect();
        self.visit(file, |_, names, columns| {
            let of = Columns { run: self, file, names, columns };
            let tasks = of_tasks.then(|| of.texts(contract::TASK_ID)).transpose()?;
            let (ids, selection) = (of.texts(contract::ENTITY_ID)?, of.texts(contract::SELECTION)?);
            let (grade, color) = (of.texts(contract::GRADE)?, of.texts(contract::COLOR)?);
            let (station, industry) = (of.texts(contract::STATION)?, of.texts(contract::INDUSTRY)?);
            let (of_stratum, pi) = (of.texts(contract::STRATUM)?, of.reals(contract::PI)?);
            let text =
                |column: &StringViewArray, row: usize| column.is_valid(row).then(|| column.value(row).to_owned());
            for row in 0..ids.len() {
                let word = selection.value(row);
                let selection = Selection::ALL.into_iter().find(|known| known.name() == word);
                let selection = selection.ok_or_else(|| self.fault(file, format!("{word:?} is no selection")))?;
                let task = tasks.map_or("", |tasks| tasks.value(row));
                if !is_on_list(changes, ids.value(row), task, selection != Selection::Reserve) {
                    continue;
                }
                let selection = if selection == Selection::Reserve { Selection::Drawn } else { selection };
                let key = (task, of_stratum.value(row));
                let (draw, stratum) = *places.get(&key).ok_or_else(|| unknown("stratum", key.1))?;
                let bad = |column: &str, word: &str| self.fault(file, format!("{word:?} is no {column}"));
                let (grade, color) = (grade.value(row), color.value(row));
                draws[draw].drawn.push(DrawnEntity {
                    id: ids.value(row).to_owned(),
                    stratum,
                    pi: pi.value(row),
                    selection,
                    grade: Grade::from_word(grade).ok_or_else(|| bad("grade", grade))?,
                    color: Color::from_word(color).ok_or_else(|| bad("color", color))?,
                    station: text(station, row),
                    industry: text(industry, row),
                    score: None,
                });
            }
            Ok::<(), PublishedError>(())
        })?;
        let has_scores = self.add_scores(&mut draws)?;
        self.add_classes(&ids, &mut draws)?;
        draws.iter_mut().for_each(|draw| draw.has_scores = has_scores);
        Ok(draws)
    }

    /// Shows every drawn (task, entity), after `changes` of the list: the entity, the task, its departments, and its level;
    /// nothing of the last three where the run is one draw.
    ///
    /// # Errors
    /// [`PublishedError`] if a table is damaged.
    pub fn drawn_pairs(
        &self,
        changes: &ListChanges,
        mut show: impl FnMut(&str, &str, &[String], &str),
    ) -> Result<(), PublishedError> {
        let of_tasks = !self.manifest()?.tasks.is_empty();
        let mut tasks: HashMap<String, (Vec<String>, String)> = HashMap::new();
        if of_tasks {
            let file = contract::ROUND_TASKS.file;
            self.visit(file, |_, names, columns| {
                let of = Columns { run: self, file, names, columns };
                let (ids, level) = (of.texts_named("task_id")?, of.texts_named("level")?);
                let (lead, members) = (of.texts_named("lead")?, of.lists_named("members")?);
                for (row, members) in members.into_iter().enumerate() {
                    let lead = lead.is_valid(row).then(|| lead.value(row).to_owned());
                    let departments = lead.into_iter().chain(members).collect();
                    tasks.insert(ids.value(row).to_owned(), (departments, level.value(row).to_owned()));
                }
                Ok::<(), PublishedError>(())
            })?;
        }
        let file = contract::DRAW.file;
        let none = (Vec::new(), String::new());
        self.visit(file, |_, names, columns| {
            let of = Columns { run: self, file, names, columns };
            let own = of_tasks.then(|| of.texts(contract::TASK_ID)).transpose()?;
            let (ids, selection) = (of.texts(contract::ENTITY_ID)?, of.texts(contract::SELECTION)?);
            for row in 0..ids.len() {
                let task = own.map_or("", |own| own.value(row));
                let is_drawn = selection.value(row) != Selection::Reserve.name();
                if !is_on_list(changes, ids.value(row), task, is_drawn) {
                    continue;
                }
                let (departments, level) = tasks.get(task).unwrap_or(&none);
                show(ids.value(row), task, departments, level);
            }
            Ok::<(), PublishedError>(())
        })?;
        Ok(())
    }

    /// The strata of an entity by task, and the reserve of each stratum of these tasks, in order.
    ///
    /// # Errors
    /// [`PublishedError`] if the table is damaged.
    pub fn reserves(&self, entity_id: &str, tasks: &[String]) -> Result<Reserves, PublishedError> {
        let mut reserves = Reserves::default();
        let of_tasks = tasks.iter().any(|task| !task.is_empty());
        let file = contract::DRAW.file;
        self.visit(file, |_, names, columns| {
            let of = Columns { run: self, file, names, columns };
            let own = of_tasks.then(|| of.texts(contract::TASK_ID)).transpose()?;
            let (ids, selection) = (of.texts(contract::ENTITY_ID)?, of.texts(contract::SELECTION)?);
            let (strata, order) = (of.texts(contract::STRATUM)?, of.small_wholes(contract::ORDER)?);
            for row in 0..ids.len() {
                let task = own.map_or("", |own| own.value(row));
                if !tasks.iter().any(|own| own == task) {
                    continue;
                }
                let stratum = strata.value(row).to_owned();
                if ids.value(row) == entity_id {
                    reserves.stratum_of.insert(task.to_owned(), stratum.clone());
                }
                if selection.value(row) == Selection::Reserve.name() {
                    let of_stratum = reserves.waiting.entry((task.to_owned(), stratum)).or_default();
                    of_stratum.push((order.value(row), ids.value(row).to_owned()));
                }
            }
            Ok::<(), PublishedError>(())
        })?;
        reserves.waiting.values_mut().for_each(|waiting| waiting.sort_unstable());
        Ok(reserves)
    }

    /// Gives the drawn their risk score of the day: the blended one, else that of the only model. Whether the frame has
    /// scores.
    fn add_scores(&self, draws: &mut [PublishedDraw]) -> Result<bool, PublishedError> {
        let file = contract::FRAME.file;
        let table = self.table(file)?;
        let names: Vec<String> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
        let place = |is_it: &dyn Fn(&str) -> bool| names.iter().position(|name| is_it(name));
        let risk =
            place(&|name| name == contract::RISK.name).or_else(|| place(&|name| contract::SCORE.matches_name(name)));
        let (Some(id), Some(risk)) = (place(&|name| name == contract::ENTITY_ID.name), risk) else { return Ok(false) };
        let mut by_id: HashMap<String, Vec<&mut Option<f64>>> = HashMap::new();
        for entity in draws.iter_mut().flat_map(|draw| &mut draw.drawn) {
            by_id.entry(entity.id.clone()).or_default().push(&mut entity.score);
        }
        let fault = |reason: String| self.fault(file, reason);
        let read = [id, risk];
        let mut batches = table.read(&read, None).map_err(fault)?;
        while let Some(columns) = batches.next().map_err(fault)? {
            let of_pair = [names[id].clone(), names[risk].clone()];
            let of = Columns { run: self, file, names: &of_pair, columns: &columns };
            let (ids, scores) = (of.texts(contract::ENTITY_ID)?, of.reals_named(&names[risk])?);
            for row in (0..ids.len()).filter(|&row| scores.is_valid(row)) {
                let of_entity = by_id.get_mut(ids.value(row)).into_iter().flatten();
                of_entity.for_each(|score| **score = Some(scores.value(row)));
            }
        }
        Ok(true)
    }

    /// Gives the draws of the tasks `ids` the classes of the summary.
    fn add_classes(&self, ids: &[&str], draws: &mut [PublishedDraw]) -> Result<(), PublishedError> {
        let file = contract::SUMMARY.file;
        self.visit(file, |_, names, columns| {
            let of = Columns { run: self, file, names, columns };
            let tasks = (ids != [""]).then(|| of.texts(contract::TASK_ID)).transpose()?;
            let [cut, member, population, eligible, _, expected, drawn] = SUMMARY_COUNTS;
            let (cut, member, expected) = (of.texts(cut)?, of.texts(member)?, of.reals(expected)?);
            let (population, eligible, drawn) = (of.wholes(population)?, of.wholes(eligible)?, of.wholes(drawn)?);
            for row in 0..cut.len() {
                let task = tasks.map_or("", |tasks| tasks.value(row));
                let draw = ids.iter().position(|id| *id == task);
                let draw = draw.ok_or_else(|| self.fault(file, format!("{task:?} is no task of the run")))?;
                draws[draw].classes.push(DrawnClass {
                    cut: cut.value(row).to_owned(),
                    member: member.value(row).to_owned(),
                    population: population.value(row),
                    eligible: eligible.value(row),
                    expected: expected.value(row),
                    drawn: drawn.value(row),
                });
            }
            Ok::<(), PublishedError>(())
        })?;
        Ok(())
    }
}

/// The first columns of [`contract::SUMMARY`] behind the task.
const SUMMARY_COUNTS: [Column; 7] = {
    let [_, level, value, population, eligible, certain, expected, drawn, ..] = contract::SUMMARY.columns else {
        panic!("the summary has these columns")
    };
    [*level, *value, *population, *eligible, *certain, *expected, *drawn]
};
