//! Tasks carried out: which departments are where on which day.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::randomness::{Choice, Draws, Randomness};
use super::calendar::Calendar;
use super::departments::{ItemList, marked};
use super::entities::Registry;
use super::{District, Stage};

/// What makes somebody inspect (任务类型).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    DoubleRandom,
    Special,
    Complaint,
    Referral,
    Patrol,
}

/// Who initiated a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Level {
    County,
    City,
    Province,
}

/// A task to be carried out.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    /// The lead first. All of them visit together.
    pub departments: Vec<usize>,
    pub source: Source,
    pub level: Level,
    pub credit_rule: bool,
    /// Place of its plan.
    pub plan: Option<usize>,
    /// Which of the groups it belongs to whose problems are counted together.
    pub group: usize,
    /// Places of the working days on which is inspected.
    pub window: Range<usize>,
    /// Working days from the end of the window to the task's last day.
    pub slack: usize,
    /// Entities to visit.
    pub stops: usize,
}

/// A task as it was carried out.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub departments: Vec<usize>,
    pub source: Source,
    pub level: Level,
    pub credit_rule: bool,
    pub plan: Option<usize>,
    pub group: usize,
    /// Items of each department.
    pub items: Vec<Vec<usize>>,
    pub start: i32,
    pub due: i32,
    pub finished: Option<i32>,
}

/// A task's departments at an entity.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub task: usize,
    pub entity: usize,
    /// The day of each department.
    pub days: Vec<i32>,
    /// Whether the entity had been deregistered before.
    pub gone: bool,
}

/// All tasks of a year.
pub(super) struct Fieldwork<'a> {
    pub calendar: &'a Calendar,
    pub as_of: i32,
    pub tasks: Vec<Task>,
    pub visits: Vec<Visit>,
    pub items: ItemList,
    pub draws: Draws,
    inspected: usize,
    choice: Choice,
    /// Days on which somebody is at an entity.
    met: BTreeSet<(usize, i32)>,
}

impl<'a> Fieldwork<'a> {
    pub(super) fn new(
        district: &District,
        registry: &Registry,
        items: ItemList,
        calendar: &'a Calendar,
        as_of: i32,
        randomness: &Randomness,
    ) -> Self {
        Fieldwork {
            calendar,
            as_of,
            tasks: Vec::new(),
            visits: Vec::new(),
            items,
            draws: Stage::Fieldwork.draws(randomness),
            inspected: district.inspected,
            choice: registry.choice(district.inspected),
            met: BTreeSet::new(),
        }
    }

    /// A stretch of working days for so many stops, two to six a day, within these places.
    pub(super) fn window(&mut self, stops: usize, within: Range<usize>) -> Range<usize> {
        let a_day = 2 + self.draws.below(5) as usize;
        let days = stops.div_ceil(a_day).clamp(1, within.len().min(60));
        let start = within.start + self.draws.below((within.len() - days + 1) as u64) as usize;
        start..start + days
    }

    /// Draws the entities and visits them, evenly over the window.
    pub(super) fn carry_out(&mut self, assignment: Assignment) {
        let Assignment { departments, source, level, credit_rule, plan, group, window, slack, stops } = assignment;
        let mut items = Vec::with_capacity(departments.len());
        for &department in &departments {
            let count = 1 + self.draws.below(3) as usize;
            items.push(self.items.deal(department, count));
        }
        let (task, mut drawn) = (self.tasks.len(), BTreeSet::new());
        let day_of = |stop: usize| self.calendar.day(window.start + stop * window.len() / stops.max(1));
        for stop in 0..stops {
            let day = day_of(stop);
            let entity = loop {
                let entity = self.choice.draw(&mut self.draws);
                if !drawn.contains(&entity) && self.met.insert((entity, day)) {
                    break entity;
                }
            };
            drawn.insert(entity);
            self.visits.push(Visit { task, entity, days: vec![day; departments.len()], gone: false });
        }
        let last = day_of(stops.saturating_sub(1));
        let due = self.calendar.day(window.end - 1 + slack);
        // Three tasks in a hundred stay open although all is inspected, four are closed late.
        let finished = match self.draws.below(100) {
            0..3 => None,
            3..7 => Some(self.calendar.after(due, 5)).filter(|&day| day <= self.as_of),
            _ => Some(last),
        };
        let start = self.calendar.day(window.start);
        self.tasks.push(Task { departments, source, level, credit_rule, plan, group, items, start, due, finished });
    }

    /// In `count` joint visits, evenly apart, the last department comes one or more working days after the others.
    pub(super) fn come_apart(&mut self, count: usize) {
        let joint: Vec<usize> = (0..self.visits.len()).filter(|&at| self.visits[at].days.len() > 1).collect();
        let chosen = joint.iter().enumerate().filter(|&(at, _)| marked(at, count, joint.len()));
        for (_, &at) in chosen {
            let visit = &mut self.visits[at];
            let (entity, days) = (visit.entity, &mut visit.days);
            let later =
                (1..).map(|more| self.calendar.after(days[0], more)).find(|&day| self.met.insert((entity, day)));
            if let (Some(later), Some(day)) = (later, days.last_mut()) {
                *day = later;
            }
        }
    }

    /// Sends `count` visits of one department, evenly apart, to entities that were deregistered some weeks before.
    pub(super) fn meet_the_gone(&mut self, count: usize, registry: &mut Registry) {
        let single: Vec<usize> = (0..self.visits.len()).filter(|&at| self.visits[at].days.len() == 1).collect();
        let chosen = single.iter().enumerate().filter(|&(at, _)| marked(at, count, single.len()));
        for (number, (_, &at)) in chosen.enumerate() {
            let visit = &mut self.visits[at];
            // The entities behind those that are inspected, one each.
            (visit.entity, visit.gone) = (self.inspected + number, true);
            let before = 5 + self.draws.below(60) as i32;
            registry.entities[visit.entity].deregister(visit.days[0] - before);
        }
    }

    /// Deregisters up to `count` inspected entities some time after the last visit.
    pub(super) fn deregister_later(&mut self, count: usize, registry: &mut Registry) {
        let mut last = vec![0; self.inspected];
        for visit in self.visits.iter().filter(|visit| !visit.gone) {
            let day = visit.days.iter().copied().max().unwrap_or_default();
            last[visit.entity] = day.max(last[visit.entity]);
        }
        for (entity, last) in last.into_iter().enumerate().filter(|&(at, _)| marked(at, count, self.inspected)) {
            let rest = self.as_of - last - 2;
            if last > 0 && rest > 0 {
                registry.entities[entity].deregister(last + 2 + self.draws.below(rest as u64) as i32);
            }
        }
    }
}
