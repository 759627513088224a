//! What has drifted since the last run of a plan, told before it hurts.
//!
//! A drift is told to people and jobs and is no part of what is published, which follows from plan and inputs alone.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::Array as _;
use serde::Serialize;

use crate::contract::SUMMARY;
use crate::ingest::Receipt;
use crate::plan::{DriftLimits, Plan};
use crate::publish::run_folder::Published;
use crate::publish::tables::{SummaryLevel, SummaryRow};
use crate::published::{Columns, PublishedError, PublishedRun};
use crate::terms::{Bilingual, grouped};

/// A change since the last run beyond a limit of the plan.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
pub enum Drift {
    /// Rows of a table, relative to before.
    RowsDrifted {
        /// The table.
        table: String,
        /// Rows read in the last run.
        before: u64,
        /// Rows read now.
        now: u64,
    },
    /// The share of a table's rows with a status word that is not known, 0 to 1.
    UnknownWordsDrifted {
        /// The table.
        table: String,
        /// In the last run.
        before: f64,
        /// Now.
        now: f64,
    },
    /// The share of a grade or colour among the entities, those without one among them, 0 to 1.
    ShareDrifted {
        /// `grade` or `color`.
        level: &'static str,
        /// The grade or colour.
        value: String,
        /// In the last run.
        before: f64,
        /// Now.
        now: f64,
    },
    /// The expected number drawn of a grade or colour, relative to before.
    ExpectedDrifted {
        /// The task; empty where the plan is one draw.
        task: String,
        /// `grade` or `color`.
        level: &'static str,
        /// The grade or colour.
        value: String,
        /// In the last run.
        before: f64,
        /// Now.
        now: f64,
    },
}

impl Bilingual for Drift {
    fn code(&self) -> &'static str {
        match self {
            Self::RowsDrifted { .. } => "rows-drifted",
            Self::UnknownWordsDrifted { .. } => "unknown-words-drifted",
            Self::ShareDrifted { .. } => "share-drifted",
            Self::ExpectedDrifted { .. } => "expected-drifted",
        }
    }

    fn en(&self) -> String {
        match self {
            Self::RowsDrifted { table, before, now } => {
                format!("{table} has {} rows; it had {} in the last run", grouped(*now), grouped(*before))
            }
            Self::UnknownWordsDrifted { table, before, now } => {
                let (before, now) = (percent(*before), percent(*now));
                format!(
                    "{now} of the rows of {table} have a status word that is not known; {before} had in the last run"
                )
            }
            Self::ShareDrifted { level, value, before, now } => {
                let (before, now) = (percent(*before), percent(*now));
                format!("{now} of the entities have the {level} {value}; {before} had in the last run")
            }
            Self::ExpectedDrifted { task, level, value, before, now } => {
                let of = if task.is_empty() { String::new() } else { format!("task {task}: ") };
                format!(
                    "{of}{now:.1} of the {level} {value} are expected to be drawn; {before:.1} were in the last run"
                )
            }
        }
    }

    fn zh(&self) -> String {
        let named = |level: &str| if level == "grade" { "信用等级" } else { "颜色码" };
        match self {
            Self::RowsDrifted { table, before, now } => format!("表 {table} 本次 {now} 行，上次 {before} 行"),
            Self::UnknownWordsDrifted { table, before, now } => {
                let (before, now) = (percent(*before), percent(*now));
                format!("表 {table} 中登记状态用词无法识别的行占 {now}，上次占 {before}")
            }
            Self::ShareDrifted { level, value, before, now } => {
                let (level, before, now) = (named(level), percent(*before), percent(*now));
                format!("{level}为 {value} 的主体占 {now}，上次占 {before}")
            }
            Self::ExpectedDrifted { task, level, value, before, now } => {
                let of = if task.is_empty() { String::new() } else { format!("任务 {task}：") };
                format!("{of}{}为 {value} 的主体预期抽取 {now:.1} 户，上次 {before:.1} 户", named(level))
            }
        }
    }
}

/// A share in percent.
fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// What of a run is compared.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    /// Rows read and rows with words that are not known, by table.
    tables: BTreeMap<String, (u64, u64)>,
    /// Entities and expected drawn, by task, level and value.
    classes: BTreeMap<(String, &'static str, String), (f64, f64)>,
}

impl Figures {
    fn of(inputs: &[Receipt], rows: impl Iterator<Item = (String, &'static str, String, i64, f64)>) -> Self {
        let table = |receipt: &Receipt| {
            let unknown = receipt.warnings.iter().filter(|warning| warning.code == "unknown-status");
            let unknown = unknown.filter_map(|warning| warning.parameters["rows"].as_u64()).sum();
            (receipt.table.clone(), (receipt.rows_read, unknown))
        };
        let class = |(task, level, value, population, expected)| ((task, level, value), (population as f64, expected));
        // Of several rounds each is one, and another than in the last run.
        let inputs = inputs.iter().filter(|receipt| receipt.format != "round");
        Self { tables: inputs.map(table).collect(), classes: rows.map(class).collect() }
    }
}

/// What has drifted since the run of the same plan that the output folder holds; nothing where there is none.
pub fn since_last_run(plan: &Plan, limits: &DriftLimits, published: &Published) -> Vec<Drift> {
    // A folder that cannot be read is replaced, and says nothing.
    let Some(before) = last_run(plan) else { return Vec::new() };
    let row =
        |row: &SummaryRow| (row.task_id.clone(), row.level.name(), row.value.clone(), row.population, row.expected);
    beyond(limits, &before, &Figures::of(&published.manifest.inputs, published.summary.iter().map(row)))
}

fn last_run(plan: &Plan) -> Option<Figures> {
    let run = PublishedRun::open(&plan.output.folder).ok()?;
    let manifest = run.manifest().ok().filter(|manifest| manifest.plan.name == plan.name)?;
    let mut rows = Vec::new();
    let read = run.visit::<PublishedError>(SUMMARY.file, |_, names, columns| {
        let of = Columns { run: &run, file: SUMMARY.file, names, columns };
        let tasks = if plan.tasks().is_empty() { None } else { Some(of.texts_named("task_id")?) };
        let (levels, values) = (of.texts_named("level")?, of.texts_named("value")?);
        let (population, expected) = (of.wholes_named("population")?, of.reals_named("expected")?);
        for row in 0..levels.len() {
            let level = [SummaryLevel::All, SummaryLevel::Grade, SummaryLevel::Color].map(SummaryLevel::name);
            let Some(level) = level.into_iter().find(|level| *level == levels.value(row)) else { continue };
            let task = tasks.map_or_else(String::new, |tasks| tasks.value(row).to_owned());
            rows.push((task, level, values.value(row).to_owned(), population.value(row), expected.value(row)));
        }
        Ok(())
    });
    read.ok()?;
    Some(Figures::of(&manifest.inputs, rows.into_iter()))
}

/// Changes beyond the limits.
fn beyond(limits: &DriftLimits, before: &Figures, now: &Figures) -> Vec<Drift> {
    let mut found = Vec::new();
    let both = |table: &String| Some((before.tables.get(table)?, now.tables.get(table)?));
    for (table, (old, new)) in now.tables.keys().filter_map(|table| Some((table.clone(), both(table)?))) {
        if limits.rows.is_some_and(|limit| new.0.abs_diff(old.0) as f64 > limit * old.0 as f64) {
            found.push(Drift::RowsDrifted { table: table.clone(), before: old.0, now: new.0 });
        }
        let share = |(rows, unknown): &(u64, u64)| *unknown as f64 / (*rows).max(1) as f64;
        let (before, now) = (share(old), share(new));
        if limits.unknown_words.is_some_and(|limit| now - before > limit) {
            found.push(Drift::UnknownWordsDrifted { table, before, now });
        }
    }
    let of = |figures: &Figures, key: &(String, &'static str, String)| figures.classes.get(key).copied();
    let is_of_both = |(task, level, value): &&(String, &str, String)| {
        *level == SummaryLevel::All.name()
            && before.classes.contains_key(&(task.clone(), SummaryLevel::All.name(), value.clone()))
    };
    let first = now.classes.keys().find(is_of_both).map(|(task, ..)| task.clone());
    let keys: BTreeSet<_> = before.classes.keys().chain(now.classes.keys()).collect();
    for key in keys.into_iter().filter(|(_, level, _)| *level == "grade" || *level == "color") {
        let (task, level, value) = key.clone();
        let all = (task.clone(), SummaryLevel::All.name(), String::new());
        // A task of one of the runs alone is not compared; a class without entities has no row.
        let Some((old_all, new_all)) = of(before, &all).zip(of(now, &all)) else { continue };
        let (old, new) = (of(before, key).unwrap_or_default(), of(now, key).unwrap_or_default());
        let share = |class: (f64, f64), all: (f64, f64)| class.0 / all.0.max(1.0);
        let shares = (share(old, old_all), share(new, new_all));
        // Tasks have the same entities.
        let is_first = first.as_ref() == Some(&task);
        if is_first && limits.share.is_some_and(|limit| (shares.1 - shares.0).abs() > limit) {
            found.push(Drift::ShareDrifted { level, value: value.clone(), before: shares.0, now: shares.1 });
        }
        let (before, now) = (old.1, new.1);
        // Less than one entity is no drift.
        if limits.expected.is_some_and(|limit| (now - before).abs() > (limit * before).max(1.0)) {
            found.push(Drift::ExpectedDrifted { task, level, value, before, now });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rows: u64, unknown: u64, unrated: f64, expected: f64) -> Figures {
        let class = |level, value: &str, population, expected| {
            ((String::new(), level, value.to_owned()), (population, expected))
        };
        Figures {
            tables: BTreeMap::from([("entities".to_owned(), (rows, unknown))]),
            classes: BTreeMap::from([
                class("all", "", 1_000.0, 20.0),
                class("grade", "unrated", unrated, expected),
                class("stratum", "永川", unrated, 9.0 * expected),
            ]),
        }
    }

    #[test]
    fn what_is_beyond_its_limit_is_found_and_nothing_else() {
        let limits = DriftLimits {
            rows: Some(0.1),
            unknown_words: Some(0.01),
            share: Some(0.05),
            expected: Some(0.25),
            stop: false,
        };
        let before = figures(1_000, 0, 100.0, 8.0);
        assert_eq!(beyond(&limits, &before, &figures(1_100, 11, 150.0, 10.0)), []);
        let found = beyond(&limits, &before, &figures(899, 10, 151.0, 10.1));
        let codes: Vec<&str> = found.iter().map(Bilingual::code).collect();
        assert_eq!(codes, ["rows-drifted", "unknown-words-drifted", "share-drifted", "expected-drifted"]);
        assert_eq!(found[0].en(), "entities has 899 rows; it had 1,000 in the last run");
        assert_eq!(found[2].zh(), "信用等级为 unrated 的主体占 15.10 %，上次占 10.00 %");
        // Fewer words that are not known are no drift, nor less than one entity.
        assert_eq!(beyond(&limits, &figures(1_000, 90, 100.0, 0.2), &figures(1_000, 0, 100.0, 1.1)), []);
        // A class that was not there before is one of none.
        let mut without = figures(1_000, 0, 0.0, 0.0);
        without.classes.retain(|(_, level, _), _| *level != "grade");
        assert_eq!(beyond(&limits, &without, &before).len(), 2);
        assert_eq!(beyond(&DriftLimits::default(), &before, &figures(1, 1, 900.0, 90.0)), []);
    }
}
