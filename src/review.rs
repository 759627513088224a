//! The review of an annual plan: every task held against the list of items, the year, and the inspectors there are.

use crate::ingest::{ListedItem, RosterTables};
use crate::plan::{Plan, Task};
use crate::task::Standing;
use crate::terms::{Finding, Found, ItemKind, date_of, days_of, normalise_id, show_day};
use std::collections::{BTreeMap, BTreeSet};

/// What a task is expected to come to.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Expected number drawn.
    pub drawn: u64,
    /// Entities that can be drawn.
    pub eligible: u64,
    /// Expected number drawn by station; empty where the registry has none.
    pub by_station: BTreeMap<String, f64>,
}

/// Inspections that a department makes in a month, and who is there for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// The department.
    pub department: String,
    /// The month, such as `2023-03`.
    pub month: String,
    /// The station; empty for all of them.
    pub station: String,
    /// Expected inspections.
    pub inspections: f64,
    /// Inspectors at work.
    pub inspectors: u64,
}

/// What the review finds of the tasks; `expected` is that of each.
pub fn review(plan: &Plan, tables: &RosterTables, expected: &[Expected]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at_work: BTreeSet<&str> = tables
        .inspectors
        .iter()
        .filter(|own| own.active && !own.expert)
        .filter_map(|own| own.department.as_deref())
        .collect();
    for (task, expected) in plan.tasks().iter().zip(expected) {
        let mut add = |found| findings.push(Finding { task: task.id.clone(), row: task.row, found });
        let departments = departments(task);
        if departments.is_empty() {
            add(Found::NoDepartment);
        }
        if plan.inputs.inspectors.is_some() {
            for department in departments.iter().filter(|own| !at_work.contains(**own)) {
                add(Found::NoInspectors { department: (*department).to_owned() });
            }
        }
        if plan.inputs.items.is_some() {
            if task.items.is_empty() {
                add(Found::NoItems);
            }
            for item in &task.items {
                match tables.items.get(&*normalise_id(item)) {
                    None => add(Found::UnknownItem { item: item.clone() }),
                    Some(own) => of_item(task, item, own, &departments, expected).into_iter().for_each(&mut add),
                }
            }
        }
        of_year(plan, task).into_iter().for_each(&mut add);
    }
    findings
}

fn departments(task: &Task) -> Vec<&str> {
    task.lead.iter().chain(&task.members).map(String::as_str).collect()
}

fn of_item(task: &Task, name: &str, item: &ListedItem, departments: &[&str], expected: &Expected) -> Vec<Found> {
    let mut found = Vec::new();
    let (name, kind) = (name.to_owned(), item.kind.or(task.kind));
    if let Some(department) = item.department.as_ref().filter(|own| !departments.contains(&own.as_str())) {
        found.push(Found::ForeignItem { item: name.clone(), department: department.clone() });
    }
    if let Some(kind) = item.kind.filter(|kind| task.kind.is_some_and(|own| own != *kind)) {
        found.push(Found::OtherKind { item: name.clone(), kind: kind.name().to_owned() });
    }
    if let Some(cap) = item.share.filter(|_| kind != Some(ItemKind::Key)) {
        // One entity more than the share is its fraction rounded up.
        if expected.drawn as f64 > (cap * expected.eligible as f64).ceil() {
            let (cap, expected, eligible) = (format!("{} %", cap * 100.0), expected.drawn, expected.eligible);
            found.push(Found::AboveCap { item: name.clone(), cap, expected, eligible });
        }
    }
    if let Some((item_times, task_times)) = item.times_a_year.zip(task.times_a_year).filter(|(most, own)| own > most) {
        found.push(Found::TooOften { item: name, item_times, task_times });
    }
    found
}

fn of_year(plan: &Plan, task: &Task) -> Vec<Found> {
    let mut found = Vec::new();
    let (first, last) = (days_of(plan.as_of_date.first_of_year()), days_of(plan.as_of_date.last_of_year()));
    let window = task.window;
    if window.first < first || window.last > last {
        found.push(Found::WindowOutsideYear { first: show_day(window.first), last: show_day(window.last) });
    } else if window.last < plan.as_of {
        found.push(Found::WindowOver { last: show_day(window.last) });
    }
    if task.legal_review == Some(false) {
        found.push(Found::NoLegalReview);
    }
    if task.is_filed {
        let due = first - 1;
        if task.filed_on.is_none_or(|filed| filed > due) {
            found.push(Found::FiledLate { filed: task.filed_on.map(show_day), due: show_day(due) });
        }
    }
    found
}

/// Expected inspections by department and month, in all and by station: what a task draws is spread evenly over the days of its
/// window.
pub fn workload(plan: &Plan, tables: &RosterTables, expected: &[Expected]) -> Vec<Workload> {
    let mut work: BTreeMap<(String, String, String), f64> = BTreeMap::new();
    for (task, expected) in plan.tasks().iter().zip(expected) {
        let days = f64::from(task.window.last - task.window.first + 1);
        let mut months: BTreeMap<String, f64> = BTreeMap::new();
        let mut day = task.window.first;
        while day <= task.window.last {
            let Some(date) = date_of(day) else { break };
            let end = days_of(date.last_of_month()).min(task.window.last);
            let month = format!("{:04}-{:02}", date.year(), date.month());
            *months.entry(month).or_default() += f64::from(end - day + 1) / days;
            day = end + 1;
        }
        for department in departments(task) {
            for (month, share) in &months {
                let mut add = |station: &str, drawn: f64| {
                    let key = (department.to_owned(), month.clone(), station.to_owned());
                    *work.entry(key).or_default() += drawn * share;
                };
                add("", expected.drawn as f64);
                expected.by_station.iter().for_each(|(station, drawn)| add(station, *drawn));
            }
        }
    }
    let there = |department: &str, station: &str| {
        let own = |own: &&crate::ingest::Inspector| {
            own.active
                && !own.expert
                && own.department.as_deref() == Some(department)
                && (station.is_empty() || own.station.as_deref().is_none_or(|own| own == station))
        };
        tables.inspectors.iter().filter(own).count() as u64
    };
    work.into_iter()
        .map(|((department, month, station), inspections)| Workload {
            inspectors: there(&department, &station),
            department,
            month,
            station,
            inspections,
        })
        .collect()
}

/// Expected number drawn by station: each entity's share of its stratum's size by weight, at most 1.
pub fn by_station(scored: &crate::frame::ScoredFrame) -> Result<BTreeMap<String, f64>, crate::frame::FrameError> {
    let mut by_station: BTreeMap<String, f64> = BTreeMap::new();
    let (standing, strata): (&Standing, _) = (&scored.standing, &scored.strata);
    for part in scored.frame.parts() {
        let (first, part) = part?;
        let Some(stations) = part.attribute(crate::contract::STATION.name) else { break };
        for own in 0..part.len() {
            let row = first + own;
            let expected = if standing.is_certain(row) {
                1.0
            } else if standing.is_eligible(row) && scored.weights[row] > 0 {
                let stratum = strata.stratum_of[row] as usize;
                let counts = strata.counts[stratum];
                (strata.sizes[stratum] as f64 * scored.weights[row] as f64 / counts.weight as f64).min(1.0)
            } else {
                continue;
            };
            match by_station.get_mut(stations.text(own).unwrap_or("")) {
                Some(sum) => *sum += expected,
                None => _ = by_station.insert(stations.text(own).unwrap_or("").to_owned(), expected),
            }
        }
    }
    by_station.remove("");
    Ok(by_station)
}
