//! From the plan as written to the plan as checked. All errors are collected, each at its line; a value that was refused
//! is replaced by a harmless one so that the rest can still be looked at.

mod assign;
mod codes;
mod draw;
mod drift;
mod eligibility;
mod inputs;
mod kpi;
mod nightly;
mod output;
mod rules;
mod seed;
mod size;
mod strata;
mod tasks;
mod weight;

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::checked::Plan;
use super::error::{Errors, PlanErrors};
use super::file::{PlanDate, PlanFile};
use super::locate::{KeyPath, Locator};
use super::nearest::nearest;
use super::paths::{Files, folder_of};
use super::tables::InputsFile;
use super::task_file::Sections;
use crate::terms::{Level, Warning, days_of, normalise};

pub use kpi::KnownFigure;
pub(super) use output::folder_fault;
pub(super) use seed::{SeedFault, guessable_seed, line_break_fault};

/// The sections that say how a draw is made, with what they refer to and where they stand.
pub(super) struct Composed<'f> {
    /// The plan's inputs.
    inputs: &'f InputsFile,
    /// Further columns that the plan carries along.
    keep: &'f [String],
    /// The key of the task; empty for the plan's own sections.
    at: KeyPath,
    how: Sections,
    /// Level of the unit that draws.
    level: Level,
    /// Lead department of the task.
    lead: Option<String>,
    /// Whether nothing is drawn by them: tasks take from them what they leave out.
    for_tasks: bool,
}

impl<'f> Composed<'f> {
    /// The plan's own.
    fn of_plan(file: &'f PlanFile) -> Self {
        Self {
            inputs: &file.inputs,
            keep: &file.output.keep,
            at: KeyPath::default(),
            how: Sections::of_plan(file),
            level: Level::County,
            lead: None,
            for_tasks: file.inputs.tasks.is_some() || !file.tasks.is_empty(),
        }
    }

    /// The key of a section.
    fn key(&self, section: &str) -> KeyPath {
        self.at.key(section)
    }
}

/// What the checks of all sections share.
pub(super) struct Checker<'t> {
    locator: Locator<'t>,
    errors: Errors,
    path: PathBuf,
    files: Files,
    warnings: Vec<Warning>,
}

/// Checks a plan. `locator` is of the same text.
pub(super) fn check(
    file: &PlanFile,
    path: &Path,
    text: &str,
    sha256: String,
    locator: Locator<'_>,
    files: Files,
) -> Result<Plan, PlanErrors> {
    let mut checker = Checker::new(path, text, locator, files);

    let name = checker.name(&file.name);
    let as_of_date = checker.date(&KeyPath::of("as-of"), file.as_of);
    let inputs = checker.inputs(file);
    let draw = checker.draw(file);
    let draws = checker.draws(file, as_of_date);
    let assign = checker.assign(file);
    let codes = checker.codes(file);
    let publish = checker.publish(file);
    let drift = checker.drift(file);
    let output = checker.output(file, &inputs);

    checker.errors.finish()?;
    Ok(Plan {
        name,
        title: file.title.clone(),
        as_of: days_of(as_of_date),
        as_of_date,
        text: text.to_string(),
        path: path.to_path_buf(),
        sha256,
        inputs,
        draw,
        draws,
        assign,
        codes,
        publish,
        task_table: None,
        drift,
        output,
        warnings: checker.warnings,
    })
}

impl<'t> Checker<'t> {
    /// Checks of the plan at `path`; `locator` is of its text.
    pub(super) fn new(path: &Path, text: &str, locator: Locator<'t>, files: Files) -> Self {
        let errors = Errors::new(path, text);
        Checker { locator, errors, path: path.to_path_buf(), files, warnings: Vec::new() }
    }
}

impl Checker<'_> {
    /// Adds an error at the value of this key.
    fn refuse(&mut self, at: &KeyPath, message: impl Into<String>, help: impl Into<String>) {
        let of_plan = at.below_task().filter(|below| {
            let is_own = self.locator.has(at) || (self.locator.has(&at.section()) && !self.locator.has(below));
            !is_own
        });
        // What a task takes from the plan is at fault there.
        let at = of_plan.as_ref().unwrap_or(at);
        self.errors.push(at.to_string(), Some(self.locator.locate(at)), message.into(), help.into());
    }

    fn folder(&self) -> PathBuf {
        folder_of(&self.path).to_path_buf()
    }

    fn name(&mut self, name: &str) -> String {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(allowed) {
            self.refuse(
                &KeyPath::of("name"),
                format!("{name:?} has characters other than a–z, 0–9 and -, or none"),
                "give a short name such as \"yongchuan-2023-q1\"; `title` takes any language",
            );
        }
        name.to_owned()
    }

    /// The date as a day of the calendar.
    fn date(&mut self, at: &KeyPath, date: PlanDate) -> Date {
        let PlanDate(toml::value::Date { year, month, day }) = date;
        let found = i16::try_from(year)
            .ok()
            .zip(i8::try_from(month).ok())
            .zip(i8::try_from(day).ok())
            .and_then(|((year, month), day)| Date::new(year, month, day).ok());
        found.unwrap_or_else(|| {
            self.refuse(at, format!("{year:04}-{month:02}-{day:02} is no day"), "give a day of the calendar");
            Date::constant(1970, 1, 1)
        })
    }

    /// The same as days since 1970-01-01.
    fn day(&mut self, at: &KeyPath, date: Option<PlanDate>) -> Option<i32> {
        date.map(|date| days_of(self.date(at, date)))
    }

    /// A word that must not be blank, in the form that data are brought into as well.
    fn text(&mut self, at: &KeyPath, word: &str) -> String {
        let word = normalise(word).into_owned();
        if word.is_empty() {
            self.refuse(at, "is blank", "write the word or remove it");
        }
        word
    }

    /// A list of such words.
    fn texts(&mut self, at: &KeyPath, list: &[String]) -> Vec<String> {
        list.iter().enumerate().map(|(i, word)| self.text(&at.index(i), word)).collect()
    }

    /// A list of the field's words; `known` are the names to show when one is not understood.
    fn words<T>(&mut self, at: &KeyPath, list: &[String], from: fn(&str) -> Option<T>, known: &[&str]) -> Vec<T> {
        let mut found = Vec::with_capacity(list.len());
        for (i, word) in list.iter().enumerate() {
            // A blank cell is valid in data, but a blank word in a plan is an error.
            let meant = if word.trim().is_empty() { None } else { from(word) };
            match meant {
                Some(it) => found.push(it),
                None => self.refuse(
                    &at.index(i),
                    format!("{word:?} is not one of the known words"),
                    did_you_mean(word, known),
                ),
            }
        }
        found
    }

    /// Refuses the name of a column that frame.parquet has of its own.
    fn not_taken(&mut self, at: &KeyPath, column: &str) {
        if crate::contract::FRAME.has_column(column) {
            self.refuse(
                at,
                format!("frame.parquet has a column {column:?} of its own"),
                format!(
                    "give it another name here and its header under [inputs.entities], such as columns = {{ own_{column} = \"{column}\" }}"
                ),
            );
        }
    }

    /// Refuses what is named twice.
    fn unique(&mut self, at: &KeyPath, list: &[String]) {
        for (i, word) in list.iter().enumerate() {
            if list[..i].contains(word) {
                self.refuse(&at.index(i), format!("{word:?} is named twice"), "remove one of them");
            }
        }
    }
}

/// "did you mean …, one of …".
fn did_you_mean(word: &str, known: &[&str]) -> String {
    let all = known.join(", ");
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}? Known are {all}"),
        None => format!("known are {all}"),
    }
}
