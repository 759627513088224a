//! The tables that inspections and figures are joined with: entities, tasks, items, draws, the calendar.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::builder::{ListBuilder, StringBuilder, StringViewBuilder};
use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, StringViewArray};

use super::PublishError;
use super::kpi_tables::KpiRecord;
use super::parquet_file::{Layout, TableOptions, Written, write_parquet};
use super::tables::{SMALL_TABLE_ZSTD, Values, schema, write_rows};
use crate::contract;
use crate::ingest::{Item, ShortDay, Standing, Task, items_of};
use crate::keys::{EntityKey, PLAIN_LENGTH};
use crate::kpi::CameOf;
use crate::kpi::cells::{Length, month_of};
use crate::published::{DrawnClass, DrawnEntity, PublishedDraw};
use crate::results::{NO_PLACE, day};
use crate::terms::{Color, Grade, Status, date_of};

type Tags = Vec<(String, String)>;

fn small(tags: Tags) -> TableOptions<'static> {
    TableOptions { key_values: tags, zstd_level: SMALL_TABLE_ZSTD, ..TableOptions::default() }
}

fn texts<'r, T>(rows: &'r [T], value: impl Fn(&'r T) -> Option<&'r str>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<StringViewArray>())
}

fn days<T>(rows: &[T], value: impl Fn(&T) -> ShortDay) -> ArrayRef {
    Arc::new(rows.iter().map(|row| value(row).map(day)).collect::<Date32Array>())
}

fn truths<T>(rows: &[T], value: impl Fn(&T) -> Option<bool>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<BooleanArray>())
}

/// Writes `entities.parquet`: those of the registry, and those that only the results name.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_entities(record: &KpiRecord<'_>, path: &Path, tags: Tags) -> Result<Written, PublishError> {
    let (tables, inspections) = (&record.computed.tables, &record.computed.inspections);
    let empty: (&[EntityKey], &[Standing]) = (&[], &[]);
    let (keys, standings) = tables.entities.as_ref().map_or(empty, |table| (&table.keys, &table.values));
    let strangers: Vec<EntityKey> = (inspections.entities.iter().zip(&inspections.registry))
        .filter(|(_, place)| **place == NO_PLACE)
        .map(|(key, _)| *key)
        .collect();
    // Both are sorted by id: merged.
    let mut rows: Vec<(EntityKey, u32)> = Vec::with_capacity(keys.len() + strangers.len());
    let mut strange = strangers.into_iter().peekable();
    for (&key, place) in keys.iter().zip(0..) {
        while let Some(stranger) = strange.next_if(|&stranger| tables.space.compare(stranger, key).is_lt()) {
            rows.push((stranger, NO_PLACE));
        }
        rows.push((key, place));
    }
    rows.extend(strange.map(|stranger| (stranger, NO_PLACE)));

    let standing = |row: &(EntityKey, u32)| standings.get(row.1 as usize);
    let column = |name: &str, rows: &[(EntityKey, u32)]| -> ArrayRef {
        match name {
            "entity_id" => {
                let mut buffer = [0; PLAIN_LENGTH];
                let mut ids = StringViewBuilder::with_capacity(rows.len());
                rows.iter().for_each(|row| ids.append_value(tables.space.unpack(row.0, &mut buffer)));
                Arc::new(ids.finish())
            }
            "status" => texts(rows, |row| Some(standing(row).map_or(Status::Unknown, |it| it.status).name())),
            "grade" => texts(rows, |row| Some(standing(row).map_or(Grade::Unrated, |it| it.grade).name())),
            "color" => texts(rows, |row| Some(standing(row).map_or(Color::None, |it| it.color).name())),
            "station" => texts(rows, |row| standing(row).and_then(|it| it.station.as_deref())),
            "industry" => texts(rows, |row| standing(row).and_then(|it| it.industry.as_deref())),
            "deregistered_on" => days(rows, |row| standing(row).and_then(|it| it.deregistered)),
            // "listed"
            _ => truths(rows, |row| Some(row.1 != NO_PLACE)),
        }
    };
    let options = TableOptions {
        sorted_by: &[contract::ENTITY_ID.name],
        bloom: &[contract::ENTITY_ID.name],
        layouts: &[(contract::ENTITY_ID.name, Layout::FrontCoded)],
        key_values: tags,
        ..TableOptions::default()
    };
    let table = contract::ENTITIES;
    write_parquet(path, schema(table.columns), rows.len(), &options, |at, range| {
        Ok(column(table.columns[at].name, &rows[range]))
    })
}

/// A row of a table whose other rows only the results name.
type Named<'a, T> = (&'a str, Option<&'a T>);

/// The rows of a table and the names that only the results have, by id.
fn named<'a, T>(table: Option<&'a [T]>, id: fn(&T) -> &str, named: impl Iterator<Item = &'a str>) -> Vec<Named<'a, T>> {
    let table = table.unwrap_or_default();
    let only_named = named.filter(|name| table.binary_search_by(|row| id(row).cmp(name)).is_err());
    let mut rows: Vec<Named<'a, T>> =
        only_named.collect::<BTreeSet<_>>().into_iter().map(|name| (name, None)).collect();
    rows.extend(table.iter().map(|row| (id(row), Some(row))));
    rows.sort_unstable_by_key(|row| row.0);
    rows
}

/// Writes `tasks.parquet`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_tasks(record: &KpiRecord<'_>, path: &Path, tags: Tags) -> Result<Written, PublishError> {
    let tables = &record.computed.tables;
    let words = tables.results.words.tasks.iter().map(|word| &**word);
    let rows = named(tables.tasks.as_deref(), |task: &Task| &task.id, words);
    write_rows(path, &contract::TASKS, &tasks_columns(), &rows, &small(tags))
}

/// In the order of [`contract::TASKS`].
fn tasks_columns<'a>() -> [Values<Named<'a, Task>>; contract::TASKS.columns.len()] {
    [
        |rows| texts(rows, |row| Some(row.0)),
        |rows| {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for (_, task) in rows {
                let departments = task.map_or(&[][..], |task| &task.departments);
                departments.iter().for_each(|name| lists.values().append_value(name));
                lists.append(!departments.is_empty());
            }
            Arc::new(lists.finish())
        },
        |rows| texts(rows, |row| row.1.and_then(|task| task.level).map(|level| level.name())),
        |rows| texts(rows, |row| row.1.and_then(|task| task.source).map(|source| source.name())),
        |rows| truths(rows, |row| row.1.and_then(|task| task.credit_rule)),
        |rows| texts(rows, |row| row.1.and_then(|task| task.plan.as_deref())),
        |rows| days(rows, |row| row.1.and_then(|task| task.start)),
        |rows| days(rows, |row| row.1.and_then(|task| task.due)),
        |rows| days(rows, |row| row.1.and_then(|task| task.finished)),
        |rows| truths(rows, |row| Some(row.1.is_some())),
    ]
}

/// Writes `items.parquet`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_items(record: &KpiRecord<'_>, path: &Path, tags: Tags) -> Result<Written, PublishError> {
    let tables = &record.computed.tables;
    let words = tables.results.words.items.iter().flat_map(|cell| items_of(cell));
    let rows = named(tables.items.as_deref(), |item: &Item| &item.id, words);
    write_rows(path, &contract::ITEMS, &items_columns(), &rows, &small(tags))
}

/// In the order of [`contract::ITEMS`].
fn items_columns<'a>() -> [Values<Named<'a, Item>>; contract::ITEMS.columns.len()] {
    [
        |rows| texts(rows, |row| Some(row.0)),
        |rows| texts(rows, |row| row.1.and_then(|item| item.department.as_deref())),
        |rows| texts(rows, |row| row.1.and_then(|item| item.category.as_deref())),
        |rows| truths(rows, |row| Some(row.1.is_some())),
    ]
}

/// A drawn entity with its draw, whether it lies within the plan, and what became of it.
struct DrawnRow<'a> {
    draw: &'a PublishedDraw,
    entity: &'a DrawnEntity,
    within_plan: bool,
    came_of: CameOf,
}

/// Writes `draws.parquet`, in the order of the draws and their lists.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_draws(record: &KpiRecord<'_>, path: &Path, tags: Tags) -> Result<Written, PublishError> {
    let computed = record.computed;
    let mut rows = Vec::new();
    if let Some(drawn) = &computed.drawn {
        let mut within = drawn.within_plan(&computed.tables);
        within.sort_unstable_by_key(|row| row.0);
        rows.extend(within.into_iter().map(|((draw, place), _, within_plan)| DrawnRow {
            draw: &drawn.draws[draw as usize],
            entity: drawn.entity((draw, place)),
            within_plan,
            came_of: computed.came_of[draw as usize][place as usize],
        }));
    }
    write_rows(path, &contract::DRAWS, &draws_columns(), &rows, &small(tags))
}

/// In the order of [`contract::DRAWS`].
fn draws_columns<'a>() -> [Values<DrawnRow<'a>>; contract::DRAWS.columns.len()] {
    [
        |rows| texts(rows, |row| Some(&row.draw.name)),
        |rows| Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.draw.as_of))),
        |rows| texts(rows, |row| Some(&row.entity.id)),
        |rows| texts(rows, |row| Some(&row.draw.strata[row.entity.stratum as usize].name)),
        |rows| texts(rows, |row| Some(row.entity.selection.name())),
        |rows| Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.entity.pi))),
        |rows| Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| 1.0 / row.entity.pi))),
        |rows| texts(rows, |row| Some(row.entity.grade.name())),
        |rows| texts(rows, |row| Some(row.entity.color.name())),
        |rows| texts(rows, |row| row.entity.station.as_deref()),
        |rows| texts(rows, |row| row.entity.industry.as_deref()),
        |rows| Arc::new(rows.iter().map(|row| row.entity.score).collect::<Float64Array>()),
        |rows| truths(rows, |row| Some(row.within_plan)),
        |rows| truths(rows, |row| Some(row.came_of.met)),
        |rows| truths(rows, |row| Some(row.came_of.found)),
    ]
}

/// Writes `draw_classes.parquet`.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_draw_classes(record: &KpiRecord<'_>, path: &Path, tags: Tags) -> Result<Written, PublishError> {
    let draws = record.computed.drawn.iter().flat_map(|drawn| &drawn.draws);
    let rows: Vec<(&PublishedDraw, &DrawnClass)> =
        draws.flat_map(|draw| draw.classes.iter().map(move |class| (draw, class))).collect();
    write_rows(path, &contract::DRAW_CLASSES, &draw_classes_columns(), &rows, &small(tags))
}

/// In the order of [`contract::DRAW_CLASSES`].
fn draw_classes_columns<'a>() -> [Values<(&'a PublishedDraw, &'a DrawnClass)>; contract::DRAW_CLASSES.columns.len()] {
    [
        |rows| texts(rows, |row| Some(&row.0.name)),
        |rows| Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.0.as_of))),
        |rows| texts(rows, |row| Some(&row.1.cut)),
        |rows| texts(rows, |row| Some(&row.1.member)),
        |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.1.population))),
        |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.1.eligible))),
        |rows| Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.1.expected))),
        |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.1.drawn))),
    ]
}

/// Writes `calendar.parquet`: the years from the first inspection to the as-of day.
///
/// # Errors
/// As [`write_parquet`].
pub fn write_calendar(record: &KpiRecord<'_>, path: &Path, tags: Tags) -> Result<Written, PublishError> {
    let inspected = record.computed.inspections.inspections.iter().map(|one| day(one.inspected));
    let (first, last) =
        inspected.fold((record.plan.as_of, record.plan.as_of), |(first, last), day| (first.min(day), last.max(day)));
    let year = |day: i32| date_of(day).map(|date| date.year());
    let years = year(first).zip(year(last));
    let from = (0..366).map(|back| first - back).take_while(|&day| year(day) == years.map(|years| years.0)).last();
    let to = (0..366).map(|on| last + on).take_while(|&day| year(day) == years.map(|years| years.1)).last();
    let mut rows = Vec::new();
    for day in from.unwrap_or(first)..=to.unwrap_or(last) {
        let Some(date) = date_of(day) else { continue };
        let (month, week) = (month_of(day), date.iso_week_date());
        let period = |length: Length| length.show(length.period(month));
        rows.push(Day {
            day,
            periods: [Length::Year, Length::Half, Length::Quarter, Length::Month].map(period),
            week: format!("{:04}-W{:02}", week.year(), week.week()),
            weekday: i32::from(date.weekday().to_monday_one_offset()),
            working: record.calendar.is_working(day),
        });
    }
    write_rows(path, &contract::CALENDAR, &CALENDAR, &rows, &small(tags))
}

/// A day of the calendar.
struct Day {
    day: i32,
    /// Year, half, quarter, month.
    periods: [String; 4],
    week: String,
    weekday: i32,
    working: bool,
}

/// In the order of [`contract::CALENDAR`].
const CALENDAR: [Values<Day>; contract::CALENDAR.columns.len()] = [
    |rows| Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.day))),
    |rows| texts(rows, |row| Some(&row.periods[0])),
    |rows| texts(rows, |row| Some(&row.periods[1])),
    |rows| texts(rows, |row| Some(&row.periods[2])),
    |rows| texts(rows, |row| Some(&row.periods[3])),
    |rows| texts(rows, |row| Some(&row.week)),
    |rows| Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.weekday))),
    |rows| truths(rows, |row| Some(row.working)),
];
