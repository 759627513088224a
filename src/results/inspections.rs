//! Rows → inspections and visits.

use std::num::NonZeroU16;
use std::ops::Range;

use rayon::prelude::*;

use super::Drawn;
use super::mismatch::{Mismatch, Unmatched};
use crate::ingest::{InspectionId, KpiTables, NO_WORD, ResultRow, Task};
use crate::keys::{EntityKey, match_rows};
use crate::terms::{Column, Level, Status, TaskSource};

/// No place in a table.
pub const NO_PLACE: u32 = u32::MAX;

/// Rows that one task of a parallel loop handles; whole entities.
const BLOCK: usize = 1 << 16;

/// An inspection.
#[derive(Clone, Copy, Debug)]
pub struct Inspection {
    /// Place of its first row among the rows of the results; that row says what all its rows say together.
    pub at: u32,
    /// Department, a number of the vocabulary.
    pub department: u32,
    /// Last day.
    pub inspected: NonZeroU16,
    /// Place of the entity among the inspected ones.
    pub entity: u32,
    /// Number of the visit.
    pub visit: u32,
    /// Last day of the visit.
    pub visit_until: NonZeroU16,
    /// Place of the task in the table of tasks, or [`NO_PLACE`].
    pub task: u32,
    /// Place of the entity in the registry, or [`NO_PLACE`].
    pub registry: u32,
    /// Kind; of the task where the row does not say it.
    pub source: Option<TaskSource>,
    /// Whether two departments or more took part in the visit.
    pub joint: bool,
    /// Whether the departments of its joint visit came on different days.
    pub apart: bool,
    /// Whether the registry has the entity as not live on the day.
    pub dead: bool,
    /// Whether it belongs to no plan.
    pub unplanned: bool,
    /// Whether one of the draws has drawn the entity.
    pub drawn: bool,
}

/// What the figures ask of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskFacts {
    /// Departments that take part.
    pub departments: u32,
    /// Level.
    pub level: Option<Level>,
    /// Kind.
    pub source: Option<TaskSource>,
    /// Whether a credit rule decides who is drawn.
    pub credit_rule: bool,
}

impl From<&Task> for TaskFacts {
    fn from(task: &Task) -> Self {
        Self {
            departments: task.departments.len() as u32,
            level: task.level,
            source: task.source,
            credit_rule: task.credit_rule == Some(true),
        }
    }
}

/// Inspections, sorted by entity, day of the visit and visit.
#[derive(Debug)]
pub struct Inspections {
    /// The inspections.
    pub inspections: Vec<Inspection>,
    /// Inspected entities, sorted by id.
    pub entities: Vec<EntityKey>,
    /// Place of each inspected entity in the registry, or [`NO_PLACE`].
    pub registry: Vec<u32>,
    /// Place of each inspected entity among the drawn, or [`NO_PLACE`].
    pub drawn: Vec<u32>,
    /// Visits.
    pub visits: u32,
    /// Rows that do not match, by row and reason.
    pub unmatched: Vec<Unmatched>,
    /// Facts of each task of the table.
    pub tasks: Vec<TaskFacts>,
}

/// What a block of rows gives.
#[derive(Default)]
struct Block {
    inspections: Vec<Inspection>,
    visits: u32,
    unmatched: Vec<Unmatched>,
    /// Rows that are taken into others.
    merges: Vec<(u32, u32)>,
    /// Scratch: rows of one entity by visit and identity.
    sorted: Vec<(u64, Identity, u32)>,
}

/// What the rows are matched with.
struct Against<'t> {
    tables: &'t KpiTables,
    /// Task of each task word, or [`NO_PLACE`].
    task_of: Vec<u32>,
    /// Whether the department is one of the task's, by task and department word.
    task_departments: Vec<Vec<u32>>,
    /// Whether results or tasks name plans at all.
    plans_are_known: bool,
    /// Whether the plan of a word is in the table of plans.
    plan_of: Vec<bool>,
    /// Whether the task's own plan is in the table of plans.
    task_has_plan: Vec<bool>,
    /// Whether draws are given.
    draws: bool,
}

impl Inspections {
    /// The inspections of a results table. `drawn` are the entities that the draws have drawn; `None` without draws.
    pub fn of(tables: &mut KpiTables, drawn: Option<&Drawn>) -> Self {
        let own: &KpiTables = tables;
        let results = &own.results;
        let keys = &results.keys;
        // Where each entity begins.
        let mut starts: Vec<usize> =
            (0..keys.len()).into_par_iter().filter(|&at| at == 0 || keys[at - 1] != keys[at]).collect();
        let entities: Vec<EntityKey> = starts.iter().map(|&at| keys[at]).collect();
        starts.push(keys.len());
        let registry = match &own.entities {
            Some(table) => match_rows(&own.space, &entities, &table.keys),
            None => vec![NO_PLACE; entities.len()],
        };
        let drawn_at = match drawn {
            Some(drawn) => match_rows(&own.space, &entities, &drawn.keys),
            None => vec![NO_PLACE; entities.len()],
        };
        let against = Against::of(own, drawn.is_some());

        let mut blocks: Vec<Range<usize>> = Vec::new();
        let mut first = 0;
        for entity in 0..entities.len() {
            if starts[entity + 1] - starts[first] >= BLOCK || entity + 1 == entities.len() {
                blocks.push(first..entity + 1);
                first = entity + 1;
            }
        }
        let mut made: Vec<Block> = blocks
            .into_par_iter()
            .map(|of_block| {
                let rows = starts[of_block.end] - starts[of_block.start];
                let mut block = Block { inspections: Vec::with_capacity(rows), ..Block::default() };
                for entity in of_block {
                    let rows = starts[entity] as u32..starts[entity + 1] as u32;
                    let of_entity = OfEntity {
                        place: entity as u32,
                        registry: registry[entity],
                        drawn: drawn_at[entity] != NO_PLACE,
                    };
                    against.entity(rows, of_entity, &mut block);
                }
                block
            })
            .collect();
        let mut visits = 0;
        for block in &mut made {
            block.inspections.iter_mut().for_each(|inspection| inspection.visit += visits);
            visits += block.visits;
        }
        let mut unmatched: Vec<Unmatched> =
            made.iter_mut().flat_map(|block| std::mem::take(&mut block.unmatched)).collect();
        let merges: Vec<(u32, u32)> = made.iter_mut().flat_map(|block| std::mem::take(&mut block.merges)).collect();
        let mut inspections = Vec::with_capacity(made.iter().map(|block| block.inspections.len()).sum());
        made.into_iter().for_each(|block| inspections.extend(block.inspections));
        for (into, row) in merges {
            let other = tables.results.rows[row as usize];
            tables.results.rows[into as usize].absorb(&other);
        }
        contradictions(&tables.results.rows, &inspections, &mut unmatched);
        unmatched.sort_by_key(|one| (one.row, one.at));
        let tasks = tables.tasks.iter().flatten().map(TaskFacts::from).collect();
        Self { inspections, entities, registry, drawn: drawn_at, visits, unmatched, tasks }
    }

    /// Whether the visit of inspection `at` was joint up to the day `as_of`, and whether its departments came on different
    /// days: what came later is not known yet.
    pub fn joint_until(&self, rows: &[ResultRow], at: usize, as_of: i32) -> (bool, bool) {
        let own = &self.inspections[at];
        if day(own.visit_until) <= as_of {
            return (own.joint, own.apart);
        }
        let is_of_visit = |one: &&Inspection| one.visit == own.visit;
        let before = self.inspections[..at].iter().rev().take_while(is_of_visit);
        let behind = self.inspections[at..].iter().take_while(is_of_visit);
        let known = || before.clone().chain(behind.clone()).filter(|one| day(one.inspected) <= as_of);
        let several = known().any(|one| one.department != own.department);
        let said = rows[own.at as usize].answer(Column::Joint);
        (said.unwrap_or(several), several && known().any(|one| one.inspected != own.inspected))
    }

    /// What the figures ask of the task of an inspection.
    pub fn task(&self, inspection: &Inspection) -> Option<TaskFacts> {
        self.tasks.get(inspection.task as usize).copied()
    }
}

/// What is known of the entity whose rows are looked at.
#[derive(Clone, Copy)]
struct OfEntity {
    place: u32,
    registry: u32,
    drawn: bool,
}

impl<'t> Against<'t> {
    fn of(tables: &'t KpiTables, draws: bool) -> Self {
        let words = &tables.results.words;
        let tasks = tables.tasks.as_deref().unwrap_or_default();
        let task_of = words.tasks.iter().map(|word| place_of(tasks, |task| &task.id, word)).collect();
        let department = |name: &str| words.departments.binary_search_by(|word| (**word).cmp(name)).ok();
        let task_departments = tasks
            .iter()
            .map(|task| task.departments.iter().filter_map(|name| department(name)).map(|at| at as u32).collect())
            .collect();
        let plans = tables.plans.as_deref();
        let is_plan = |word: &str| plans.is_none_or(|plans| place_of(plans, |plan| &plan.id, word) != NO_PLACE);
        Self {
            tables,
            task_of,
            task_departments,
            plans_are_known: tables.tasks_have_plans || tables.results.columns.contains(&Column::PlanId),
            plan_of: words.circumstances.iter().map(|it| it.plan.as_deref().is_some_and(is_plan)).collect(),
            task_has_plan: tasks.iter().map(|task| task.plan.as_deref().is_some_and(is_plan)).collect(),
            draws,
        }
    }

    /// The inspections and visits of one entity, whose rows are given by their places.
    fn entity(&self, rows: Range<u32>, entity: OfEntity, block: &mut Block) {
        let results = &self.tables.results;
        let has_visits = results.columns.contains(&Column::VisitId);
        block.sorted.clear();
        block.sorted.extend(rows.map(|at| {
            let row = &results.rows[at as usize];
            // A row without visit belongs to the visit of its day.
            let visit = match row.visit {
                visit if has_visits && visit != NO_WORD => 1 << 32 | u64::from(visit),
                _ => u64::from(row.inspected.get()),
            };
            (visit, identity(row), at)
        }));
        let mut sorted = std::mem::take(&mut block.sorted);
        sorted.sort_unstable();
        let first = block.inspections.len();
        for same in sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let at = same[0].2;
            // Its first row that names a task speaks for it.
            let naming = same.iter().map(|one| one.2).find(|&at| results.rows[at as usize].task != NO_WORD);
            let inspection = self.inspection(&results.rows[naming.unwrap_or(at) as usize], at, entity);
            self.match_up(&inspection, block);
            for &(_, _, other) in &same[1..] {
                block.merges.push((at, other));
                self.compare(at, other, block);
            }
            block.inspections.push(inspection);
        }
        // Inspections stand visit by visit.
        let mut start = first;
        for visit in sorted.chunk_by(|a, b| a.0 == b.0) {
            let count = visit.chunk_by(|a, b| a.1 == b.1).count();
            let of_visit = &mut block.inspections[start..start + count];
            start += count;
            let lead = (of_visit[0].department, of_visit[0].inspected);
            let several = of_visit.iter().any(|one| one.department != lead.0);
            let days_differ = of_visit.iter().any(|one| one.inspected != lead.1);
            let until = of_visit.iter().map(|one| one.inspected).max().unwrap_or(lead.1);
            for inspection in of_visit {
                inspection.visit = block.visits;
                inspection.visit_until = until;
                // Where the results say it, they say it: one department of a joint visit may be all that a unit sees.
                let said = results.rows[inspection.at as usize].answer(Column::Joint);
                inspection.joint = said.unwrap_or(several);
                inspection.apart = several && days_differ;
            }
            block.visits += 1;
        }
        block.sorted = sorted;
    }

    /// Lists a further row of an inspection if it says nothing of its own, or another outcome of the same item.
    fn compare(&self, first: u32, at: u32, block: &mut Block) {
        let results = &self.tables.results;
        let (own, other) = (&results.rows[first as usize], &results.rows[at as usize]);
        if results.columns.contains(&Column::ItemId) && own.items != other.items {
            return;
        }
        let row = own.number;
        let reason = match own.outcomes == other.outcomes {
            true => Mismatch::Double { row },
            false => Mismatch::OtherOutcome { row },
        };
        block.unmatched.push(Unmatched { row: other.number, at, reason });
    }

    fn inspection(&self, row: &ResultRow, at: u32, entity: OfEntity) -> Inspection {
        let task = self.task_of.get(row.task as usize).copied().unwrap_or(NO_PLACE);
        let own = self.tables.tasks.as_deref().unwrap_or_default().get(task as usize);
        let planned = self.plan_of.get(row.circumstances as usize).copied().unwrap_or(false)
            || self.task_has_plan.get(task as usize).copied().unwrap_or(false);
        let standing = self.tables.entities.as_ref().and_then(|table| table.values.get(entity.registry as usize));
        let dead = standing.is_some_and(|standing| match standing.deregistered {
            Some(day) => day < row.inspected,
            None => !matches!(standing.status, Status::Live | Status::Unknown),
        });
        Inspection {
            at,
            department: row.department,
            inspected: row.inspected,
            entity: entity.place,
            visit: 0,
            visit_until: row.inspected,
            task,
            registry: entity.registry,
            source: row.source.or(own.and_then(|task| task.source)),
            joint: false,
            apart: false,
            dead,
            unplanned: self.plans_are_known && !planned,
            drawn: entity.drawn,
        }
    }

    /// Holds an inspection against task, registry and draws.
    fn match_up(&self, inspection: &Inspection, block: &mut Block) {
        let results = &self.tables.results;
        let (row, words) = (&results.rows[inspection.at as usize], &results.words);
        let mut list = |reason| block.unmatched.push(Unmatched { row: row.number, at: inspection.at, reason });
        let task = self.tables.tasks.as_deref().and_then(|tasks| tasks.get(inspection.task as usize));
        match task {
            None if self.tables.tasks.is_some() && row.task != NO_WORD => {
                list(Mismatch::UnknownTask { task: words.tasks[row.task as usize].to_string() });
            }
            None => {}
            Some(task) => {
                let departments = &self.task_departments[inspection.task as usize];
                if !task.departments.is_empty() && !departments.contains(&row.department) {
                    list(Mismatch::DepartmentNotInTask {
                        department: words.departments[row.department as usize].to_string(),
                        task: task.id.to_string(),
                    });
                }
                if let Some(start) = task.start.filter(|start| row.inspected < *start) {
                    list(Mismatch::BeforeTask { start: day(start) });
                }
            }
        }
        if self.tables.entities.is_some() && inspection.registry == NO_PLACE {
            list(Mismatch::UnknownEntity);
        }
        if self.draws && !inspection.drawn && inspection.source == Some(TaskSource::DoubleRandom) {
            list(Mismatch::NotDrawn);
        }
    }
}

/// Day, department, id, task.
type Identity = (NonZeroU16, u32, InspectionId, u32);

/// What rows of one inspection have in common: its id, the department and the day; without an id the task too.
fn identity(row: &ResultRow) -> Identity {
    // What differs in department or day is another inspection of the same id.
    let task = if row.inspection.is_some() { NO_WORD } else { row.task };
    (row.inspected, row.department, row.inspection, task)
}

/// Days since 1970-01-01.
pub fn day(day: NonZeroU16) -> i32 {
    i32::from(day.get())
}

/// The place of an id in a sorted table.
fn place_of<T>(table: &[T], id: impl Fn(&T) -> &str, word: &str) -> u32 {
    table.binary_search_by(|row| id(row).cmp(word)).map_or(NO_PLACE, |place| place as u32)
}

/// Lists inspections that share an id with another one.
fn contradictions(rows: &[ResultRow], inspections: &[Inspection], unmatched: &mut Vec<Unmatched>) {
    let id = |inspection: &Inspection| rows[inspection.at as usize].inspection;
    let mut by_id: Vec<(InspectionId, u32)> = inspections
        .par_iter()
        .map(|inspection| (id(inspection), inspection.at))
        .filter(|(id, _)| id.is_some())
        .collect();
    by_id.par_sort_unstable();

    for same in by_id.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        let row = rows[same[0].1 as usize].number;
        unmatched.extend(same[1..].iter().map(|&(_, at)| Unmatched {
            row: rows[at as usize].number,
            at,
            reason: Mismatch::Contradictory { row },
        }));
    }
}
