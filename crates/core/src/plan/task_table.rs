//! A table of tasks: its rows, as the tasks of a plan.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::check::Checker;
use super::checked::{Draws, Plan};
use super::error::{Errors, PlanErrors};
use super::file::PlanFile;
use super::task_cells::{read_count, read_frequency, read_share, read_window};
use super::task_file::TaskFile;
use super::{Files, document};
use crate::terms::{Column, date_of, normalise, read_yes};

/// What separates several words of a cell.
const SEPARATORS: [char; 6] = [';', '；', ',', '，', '、', '|'];

/// The rows of a table of tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskTable {
    /// The file as the plan writes it.
    pub file: String,
    /// Number of each row in the file, and its cells that hold something.
    pub rows: Vec<(u64, Vec<(Column, String)>)>,
}

/// The columns of a table of tasks; the id first.
pub const TASK_COLUMNS: [Column; 21] = [
    Column::TaskId,
    Column::TaskName,
    Column::Lead,
    Column::Departments,
    Column::ItemId,
    Column::Category,
    Column::Level,
    Column::Share,
    Column::Count,
    Column::Frequency,
    Column::Date,
    Column::StartOn,
    Column::DueOn,
    Column::Region,
    Column::Station,
    Column::Industry,
    Column::EntityType,
    Column::Tags,
    Column::Stream,
    Column::LegalReview,
    Column::FiledOn,
];

/// The tasks of a document of their own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TasksFile {
    #[serde(default)]
    tasks: Vec<TaskFile>,
}

impl Plan {
    /// The plan with the tasks of its table.
    ///
    /// # Errors
    /// Each cell that is not understood and each task that cannot be drawn, by the row of the table.
    pub fn with_tasks(self, table: &TaskTable) -> Result<Self, PlanErrors> {
        let mut errors = Errors::new(Path::new(&table.file), "");
        let mut tasks = Vec::with_capacity(table.rows.len());
        for (row, cells) in &table.rows {
            let mut task = Table::new();
            for (column, cell) in cells {
                if let Err(fault) = read_cell(&mut task, *column, cell, self.as_of_date.year()) {
                    let (message, help) = fault.split_once("; ").unwrap_or((&fault, "correct the cell"));
                    errors.push(place(*row, column.chinese()), None, message.to_owned(), help.to_owned());
                }
            }
            tasks.push(Value::Table(task));
        }
        errors.finish()?;
        let document = Table::from_iter([("tasks".to_owned(), Value::Array(tasks))]);
        let text = toml::to_string(&document).unwrap_or_default();
        let rows: Vec<u64> = table.rows.iter().map(|(row, _)| *row).collect();
        self.with_task_document(&text, Some((&table.file, &rows)))
    }

    /// The plan with the tasks of a published table: the TOML that [`Plan::with_tasks`] made of it.
    ///
    /// # Errors
    /// A text that is no such document.
    pub fn with_task_table(self, text: &str) -> Result<Self, PlanErrors> {
        self.with_task_document(text, None)
    }

    fn with_task_document(mut self, text: &str, table: Option<(&str, &[u64])>) -> Result<Self, PlanErrors> {
        let path = Path::new(table.map_or("tasks.toml", |(file, _)| file));
        let (file, _) = document::<PlanFile>(&self.text, &self.path)?;
        let (TasksFile { tasks }, locator) = document::<TasksFile>(text, path)?;
        if tasks.is_empty() {
            let help = "give it a row for each task".to_owned();
            return Err(Errors::new(path, "").end(String::new(), None, "the table holds no task".to_owned(), help));
        }
        let file_ids: Vec<String> = tasks.iter().map(|task| normalise(&task.id).into_owned()).collect();
        let checker = Checker::new(path, text, locator, Files::NotAsked);
        let (mut tasks, warnings) =
            checker.tasks_of_table(&file, &tasks, self.as_of_date).map_err(|errors| match table {
                Some((_, rows)) => by_row(errors, rows),
                None => errors,
            })?;
        if let Some((_, rows)) = table {
            let row_of =
                |id: &str| file_ids.iter().position(|own| own == id).and_then(|place| rows.get(place)).copied();
            tasks.iter_mut().for_each(|task| task.row = row_of(&task.id));
        }
        self.draws = Draws::Tasks(tasks);
        self.warnings.extend(warnings);
        self.task_table = Some(text.to_owned());
        Ok(self)
    }
}

fn place(row: u64, column: &str) -> String {
    format!("row {row}, {column}")
}

/// Errors of `tasks[3].size.share` at the row of the table that the task comes from.
fn by_row(mut errors: PlanErrors, rows: &[u64]) -> PlanErrors {
    for error in &mut errors.errors {
        let Some((number, below)) = error.key.strip_prefix("tasks[").and_then(|rest| rest.split_once(']')) else {
            continue;
        };
        let Some(row) = number.parse().ok().and_then(|number: usize| rows.get(number.checked_sub(1)?)) else {
            continue;
        };
        error.key = place(*row, below.trim_start_matches('.'));
        (error.span, error.line) = (None, None);
    }
    errors
}

/// Puts what a cell says into the task.
fn read_cell(task: &mut Table, column: Column, cell: &str, year: i16) -> Result<(), String> {
    let text = normalise(cell).into_owned();
    let list = || -> Value {
        let words = text.split(SEPARATORS).map(str::trim).filter(|word| !word.is_empty());
        Value::Array(words.map(|word| Value::String(word.to_owned())).collect())
    };
    let mut put = |key: &str, value: Value| _ = task.insert(key.to_owned(), value);
    match column {
        Column::TaskId => put("id", Value::String(text)),
        Column::TaskName => put("name", Value::String(text)),
        Column::Lead => put("lead", Value::String(text)),
        Column::Departments => put("members", list()),
        Column::ItemId => put("items", list()),
        Column::Category => put("kind", Value::String(text)),
        Column::Level => put("level", Value::String(text)),
        Column::Stream => put_below(task, "draw", "stream", Value::String(text)),
        Column::Region => put_below(task, "eligibility", "regions", list()),
        Column::Station => put_below(task, "eligibility", "stations", list()),
        Column::Industry => put_below(task, "eligibility", "industries", list()),
        Column::EntityType => put_below(task, "eligibility", "entity-types", list()),
        Column::Tags => put_below(task, "eligibility", "tags-any", list()),
        Column::LegalReview => {
            let yes = read_yes(&text).ok_or_else(|| format!("{cell:?} is neither yes nor no; write 是 or 否"))?;
            put("legal-review", Value::Boolean(yes));
        }
        Column::FiledOn => put("filed-on", day_value(read_window(cell, year)?.0)?),
        Column::Frequency => put("times-a-year", Value::Integer(read_frequency(cell)?.into())),
        Column::Share => {
            let share = read_share(cell)?;
            if let Some(times) = share.times_a_year {
                task.entry("times-a-year").or_insert(Value::Integer(times.into()));
            }
            if let Some(stated) = share.stated_count {
                task.entry("stated-count").or_insert(integer(stated));
            }
            if !share.size.is_empty() {
                task.insert("size".to_owned(), Value::Table(share.size));
            }
        }
        Column::Count => {
            // Beside a share, the share decides and the number is what it was said to come to.
            let count = integer(read_count(cell)?);
            if task.contains_key("size") {
                task.entry("stated-count").or_insert(count);
            } else {
                put_below(task, "size", "count", count);
            }
        }
        Column::Date | Column::StartOn | Column::DueOn => {
            let (first, last) = read_window(cell, year)?;
            if column != Column::DueOn {
                put_below(task, "window", "first", day_value(first)?);
            }
            if column != Column::StartOn {
                put_below(task, "window", "last", day_value(last)?);
            }
        }
        _ => {}
    }
    Ok(())
}

fn day_value(day: i32) -> Result<Value, String> {
    let date = date_of(day).ok_or("the day is out of range; correct the year")?;
    Ok(Value::Datetime(date.to_string().parse().map_err(|_| "the year has four digits; correct it")?))
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Sets a key in a section of the task.
fn put_below(task: &mut Table, section: &str, key: &str, value: Value) {
    let held = task.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Some(section) = held.as_table_mut() {
        section.insert(key.to_owned(), value);
    }
}
