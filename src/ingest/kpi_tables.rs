//! The tables beside the results: tasks, items, plans, entities, entries on lists, feedback forms, holidays.

use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH};
use crate::plan::{KpiInputs, TableInput};
use crate::progress::Observe;
use crate::spill::Room;
use crate::terms::{
    Color, Column, Grade, Level, SetAside, Status, TaskSource, is_missing, normalise, read_yes, shorten,
};

use super::error::IngestError;
use super::flags::SEPARATORS;
use super::keyed::{Row, Rows, Spec, Table, read};
use super::layout::{ReadAs, RequestedColumn};
use super::raw::DayCell;
use super::result_row::ShortDay;
use super::results::{Results, optional_day, read_results, tidy_id};
use super::source::Request;
use super::{Intake, QuarantinedRow, Receipt};

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: Box<str>,
    /// Departments that take part, sorted.
    pub departments: Vec<Box<str>>,
    /// Level.
    pub level: Option<Level>,
    /// Kind.
    pub source: Option<TaskSource>,
    /// Whether a credit rule decides who is drawn.
    pub credit_rule: Option<bool>,
    /// Plan that it carries out.
    pub plan: Option<Box<str>>,
    /// First day.
    pub start: ShortDay,
    /// Last day.
    pub due: ShortDay,
    /// Day on which it was finished.
    pub finished: ShortDay,
}

/// An item of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: Box<str>,
    /// Department.
    pub department: Option<Box<str>>,
    /// Category.
    pub category: Option<Box<str>>,
}

/// A plan by year, month or week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectionPlan {
    /// Its id.
    pub id: Box<str>,
    /// Departments, sorted.
    pub departments: Vec<Box<str>>,
    /// First day.
    pub start: ShortDay,
    /// Last day.
    pub due: ShortDay,
    /// Plan into which it was merged.
    pub merged_into: Option<Box<str>>,
}

/// What the registry says of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Status; live where the registry has no status.
    pub status: Status,
    /// Grade.
    pub grade: Grade,
    /// Colour code.
    pub color: Color,
    /// Station.
    pub station: Option<Box<str>>,
    /// Industry.
    pub industry: Option<Box<str>>,
    /// Day of deregistration.
    pub deregistered: ShortDay,
}

/// An entry on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Day of the entry.
    pub listed: ShortDay,
    /// Day of verification.
    pub verified: ShortDay,
    /// Reason.
    pub reason: Option<Box<str>>,
    /// Whether it is the list of serious violations.
    pub serious: bool,
}

/// A feedback form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Day on which it was sent.
    pub sent: ShortDay,
    /// Day on which it came back.
    pub returned: ShortDay,
    /// Whether the entity is satisfied.
    pub satisfied: Option<bool>,
}

/// Everything that a plan of figures reads.
#[derive(Debug)]
pub struct KpiTables {
    /// Gives keys their ids.
    pub space: KeySpace,
    /// Results.
    pub results: Results,
    /// Tasks, sorted by id.
    pub tasks: Option<Vec<Task>>,
    /// Whether the tasks name plans.
    pub tasks_have_plans: bool,
    /// The list of items, sorted by id.
    pub items: Option<Vec<Item>>,
    /// Plans, sorted by id.
    pub plans: Option<Vec<InspectionPlan>>,
    /// The registry.
    pub entities: Option<Table<Standing>>,
    /// Entries on lists.
    pub listings: Option<Table<Listing>>,
    /// Feedback forms.
    pub feedback: Option<Table<Feedback>>,
    /// Days that differ from the plain week: days since 1970-01-01, and whether they are worked.
    pub holidays: Vec<(i32, bool)>,
    /// What was read from each file.
    pub receipts: Vec<Receipt>,
    /// Rows and cells set aside.
    pub quarantine: Vec<QuarantinedRow>,
}

/// Reads the tables of a plan of figures. `observe` is told each step.
///
/// # Errors
/// A file that cannot be read as its table, or more rows set aside than the plan allows.
pub fn read_kpi_tables(inputs: &KpiInputs, observe: Observe<'_>) -> Result<KpiTables, IngestError> {
    let (mut space, mut intake) =
        (KeySpace::default(), Intake::new(inputs.set_aside_limit, Room::unlimited(), observe));
    let entities = inputs.entities.as_ref().map(|input| read_standing(input, &mut space, &mut intake)).transpose()?;
    let tasks = inputs.tasks.as_ref().map(|input| read_tasks(input, &mut intake)).transpose()?;
    let items = inputs.items.as_ref().map(|input| read_items(input, &mut intake)).transpose()?;
    let plans = inputs.plans.as_ref().map(|input| read_plans(input, &mut intake)).transpose()?;
    let listings = inputs.listings.as_ref().map(|input| read_listings(input, &mut space, &mut intake)).transpose()?;
    let feedback = inputs.feedback.as_ref().map(|input| read_feedback(input, &mut space, &mut intake)).transpose()?;
    let holidays = inputs.holidays.as_ref().map(|input| read_holidays(input, &mut intake)).transpose()?;
    let results = read_results(&inputs.results, &mut space, &mut intake)?;
    let tasks_have_plans = tasks.iter().flatten().any(|task| task.plan.is_some());
    let Intake { receipts, quarantine, .. } = intake;
    let holidays = holidays.unwrap_or_default();
    Ok(KpiTables {
        space,
        results,
        tasks,
        tasks_have_plans,
        items,
        plans,
        entities,
        listings,
        feedback,
        holidays,
        receipts,
        quarantine,
    })
}

fn spec<'a>(
    table: &str,
    input: &'a TableInput,
    key: Column,
    columns: &[(Column, ReadAs)],
    rows: Rows,
    may_be_empty: bool,
) -> Spec<'a> {
    let key = RequestedColumn::required(key, ReadAs::Id);
    let others = columns.iter().map(|&(column, reads)| RequestedColumn::optional(column, reads));
    let requested = std::iter::once(key).chain(others).collect();
    Spec { request: Request { table: table.to_owned(), input, requested }, rows, may_be_empty, notes_ids: false }
}

/// The rows of a table whose ids are its own, sorted by id as text.
fn of_own_ids<V: Clone + Send + Sync>(
    spec: &Spec<'_>,
    intake: &mut Intake<'_>,
    read_row: impl Fn(&mut Row<'_>) -> Result<V, SetAside> + Sync + Send,
) -> Result<Vec<(Box<str>, V)>, IngestError> {
    let mut space = KeySpace::default();
    let Table { keys, values, .. } = read(spec, &mut space, intake, read_row)?;
    let id = |key: EntityKey| space.unpack(key, &mut [0; PLAIN_LENGTH]).into();
    Ok(keys.into_iter().map(id).zip(values).collect())
}

fn word(row: &Row<'_>, column: usize) -> Option<Box<str>> {
    row.text(column).map(|text| normalise(text).into())
}

/// The words of a cell, sorted, each once.
fn words(row: &Row<'_>, column: usize) -> Vec<Box<str>> {
    let text = word(row, column).unwrap_or_default();
    let split = text.split(SEPARATORS).map(str::trim).filter(|word| !word.is_empty() && !is_missing(word));
    let mut words: Vec<Box<str>> = split.map(Into::into).collect();
    words.sort();
    words.dedup();
    words
}

/// The departments that two cells name, sorted, each once.
fn departments(row: &Row<'_>, columns: [usize; 2]) -> Vec<Box<str>> {
    let mut all: Vec<Box<str>> = columns.into_iter().flat_map(|column| words(row, column)).collect();
    all.sort();
    all.dedup();
    all
}

/// A word of the field; one that is not known is set aside alone.
fn known<T>(row: &mut Row<'_>, at: usize, column: Column, from: fn(&str) -> Option<T>) -> Option<T> {
    let cell = row.text(at)?.to_owned();
    let meant = from(&cell);
    if meant.is_none() {
        let reason =
            SetAside::UnknownWord { column: column.chinese().to_owned(), word: shorten(cell.trim(), 40).to_owned() };
        row.set_cell_aside(column.canonical(), reason);
    }
    meant
}

fn read_tasks(input: &TableInput, intake: &mut Intake<'_>) -> Result<Vec<Task>, IngestError> {
    let columns = [
        (Column::Departments, ReadAs::Words),
        (Column::Lead, ReadAs::Words),
        (Column::Level, ReadAs::Text),
        (Column::Source, ReadAs::Text),
        (Column::CreditRule, ReadAs::Text),
        (Column::PlanId, ReadAs::Text),
        (Column::StartOn, ReadAs::Date),
        (Column::DueOn, ReadAs::Date),
        (Column::FinishedOn, ReadAs::Date),
    ];
    let spec = spec("tasks", input, Column::TaskId, &columns, Rows::OnePerId, true);
    let rows = of_own_ids(&spec, intake, |row| {
        Ok(Task {
            id: Box::default(),
            departments: departments(row, [1, 2]),
            level: known(row, 3, Column::Level, Level::from_word),
            source: known(row, 4, Column::Source, TaskSource::from_word),
            credit_rule: known(row, 5, Column::CreditRule, read_yes),
            plan: row.text(6).map(tidy_id),
            start: optional_day(row, 7, Column::StartOn),
            due: optional_day(row, 8, Column::DueOn),
            finished: optional_day(row, 9, Column::FinishedOn),
        })
    })?;
    Ok(rows.into_iter().map(|(id, task)| Task { id, ..task }).collect())
}

fn read_items(input: &TableInput, intake: &mut Intake<'_>) -> Result<Vec<Item>, IngestError> {
    let columns = [(Column::Department, ReadAs::Text), (Column::Category, ReadAs::Text)];
    let spec = spec("items", input, Column::ItemId, &columns, Rows::OnePerId, false);
    let rows = of_own_ids(&spec, intake, |row| Ok((word(row, 1), word(row, 2))))?;
    Ok(rows.into_iter().map(|(id, (department, category))| Item { id, department, category }).collect())
}

fn read_plans(input: &TableInput, intake: &mut Intake<'_>) -> Result<Vec<InspectionPlan>, IngestError> {
    let columns = [
        (Column::Departments, ReadAs::Words),
        (Column::StartOn, ReadAs::Date),
        (Column::DueOn, ReadAs::Date),
        (Column::MergedInto, ReadAs::Text),
        (Column::Department, ReadAs::Text),
    ];
    let spec = spec("plans", input, Column::PlanId, &columns, Rows::OnePerId, true);
    let rows = of_own_ids(&spec, intake, |row| {
        Ok(InspectionPlan {
            id: Box::default(),
            departments: departments(row, [1, 5]),
            start: optional_day(row, 2, Column::StartOn),
            due: optional_day(row, 3, Column::DueOn),
            merged_into: row.text(4).map(tidy_id),
        })
    })?;
    Ok(rows.into_iter().map(|(id, plan)| InspectionPlan { id, ..plan }).collect())
}

fn read_standing(
    input: &TableInput,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Table<Standing>, IngestError> {
    let columns = [
        (Column::Status, ReadAs::Text),
        (Column::Station, ReadAs::Text),
        (Column::Industry, ReadAs::Text),
        (Column::Grade, ReadAs::Text),
        (Column::Color, ReadAs::Text),
        (Column::DeregisteredOn, ReadAs::Date),
    ];
    let spec = spec("entities", input, Column::EntityId, &columns, Rows::OnePerId, false);
    read(&spec, space, intake, |row| {
        let status = match row.word(1).filter(|_| !input.no_status).map(str::to_owned) {
            None => Status::Live,
            Some(cell) => Status::from_word(&cell).unwrap_or_else(|| {
                row.unknown_word(shorten(cell.trim(), 40));
                Status::Unknown
            }),
        };
        Ok(Standing {
            status,
            station: word(row, 2),
            industry: word(row, 3),
            grade: known(row, 4, Column::Grade, Grade::from_word).unwrap_or(Grade::Unrated),
            color: known(row, 5, Column::Color, Color::from_word).unwrap_or(Color::None),
            deregistered: optional_day(row, 6, Column::DeregisteredOn),
        })
    })
}

fn read_listings(
    input: &TableInput,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Table<Listing>, IngestError> {
    let columns = [
        (Column::ListedOn, ReadAs::Date),
        (Column::VerifiedOn, ReadAs::Date),
        (Column::ListReason, ReadAs::Text),
        (Column::ListType, ReadAs::Text),
    ];
    let spec = spec("listings", input, Column::EntityId, &columns, Rows::Several, true);
    read(&spec, space, intake, |row| {
        let listed = optional_day(row, 1, Column::ListedOn);
        Ok(Listing {
            listed: Some(listed.ok_or(SetAside::MissingDate)?),
            verified: optional_day(row, 2, Column::VerifiedOn),
            reason: word(row, 3),
            serious: word(row, 4).is_some_and(|kind| kind.contains("严重违法") || kind.contains("serious")),
        })
    })
}

fn read_feedback(
    input: &TableInput,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Table<Feedback>, IngestError> {
    let columns =
        [(Column::SentOn, ReadAs::Date), (Column::ReturnedOn, ReadAs::Date), (Column::Satisfied, ReadAs::Text)];
    let spec = spec("feedback", input, Column::EntityId, &columns, Rows::Several, true);
    read(&spec, space, intake, |row| {
        Ok(Feedback {
            sent: optional_day(row, 1, Column::SentOn),
            returned: optional_day(row, 2, Column::ReturnedOn),
            satisfied: known(row, 3, Column::Satisfied, read_satisfied),
        })
    })
}

fn read_satisfied(word: &str) -> Option<bool> {
    match &*normalise(word) {
        "满意" | "基本满意" | "非常满意" | "satisfied" => Some(true),
        "不满意" | "dissatisfied" => Some(false),
        other => read_yes(other),
    }
}

/// Days of rest on weekdays and worked weekend days.
pub(super) fn read_holidays(input: &TableInput, intake: &mut Intake<'_>) -> Result<Vec<(i32, bool)>, IngestError> {
    let columns = [(Column::Date, ReadAs::Date), (Column::DayKind, ReadAs::Text)];
    let spec = spec("holidays", input, Column::Date, &columns, Rows::OnePerId, false);
    let rows = of_own_ids(&spec, intake, |row| {
        let day = match row.day(1) {
            DayCell::Day(day) => day,
            DayCell::Empty => return Err(SetAside::MissingDate),
            DayCell::Bad => return Err(SetAside::BadDate { value: row.shown(1) }),
        };
        let kind = word(row, 2).unwrap_or_default();
        let works = match &*kind {
            "休" | "休息" | "休息日" | "放假" | "节假日" | "rest" | "holiday" => false,
            "班" | "上班" | "调休上班" | "补班" | "工作日" | "work" | "workday" => true,
            other => {
                return Err(SetAside::UnknownWord {
                    column: Column::DayKind.chinese().to_owned(),
                    word: other.to_owned(),
                });
            }
        };
        Ok((day, works))
    })?;
    Ok(rows.into_iter().map(|(_, day)| day).collect())
}
