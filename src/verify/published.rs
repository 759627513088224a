//! What is published beside what the recomputation gives: the frame, the small tables, the manifest.

use super::VerifyError;
use super::difference::{cell, differ, first_difference, first_difference_of_json, same};
use crate::contract::{self, Column, MANIFEST_FILE};
use crate::frame::Frame;
use crate::part::PART_ROWS;
use crate::plan::Plan;
use crate::publish::frame_table::{FrameTable, PartTable};
use crate::publish::manifest::Manifest;
use crate::publish::{Listing, tables};
use crate::published::PublishedRun;
use arrow::array::{Array, ArrayRef};
use arrow::compute::{SortColumn, SortOptions, concat, lexsort_to_indices, take};
use arrow::error::ArrowError;
use rayon::prelude::*;
use serde_json::Value;

/// Every cell of the frame, batch by batch; `each` is shown every part, in order.
pub(super) fn frame_agrees<'a>(
    run: &PublishedRun,
    frame: &Frame,
    table: &FrameTable<'a>,
    mut each: impl FnMut(&PartTable<'a>),
) -> Result<(), VerifyError> {
    let names = table.names();
    let mut part: Option<(usize, PartTable<'_>)> = None;
    let rows = run.visit::<VerifyError>(contract::FRAME.file, |first, published_names, columns| {
        same("frame.parquet, columns", published_names.iter().map(String::as_str).collect::<Vec<_>>(), names.clone())?;
        let height = columns.first().map_or(0, |column| column.len());
        if first + height > frame.len() {
            return same("frame.parquet, rows", first + height, frame.len());
        }
        // A batch may begin in one part and end in the next.
        let mut done = 0;
        while done < height {
            let (from, index) = (first + done, (first + done) / PART_ROWS);
            let rows = from..(first + height).min((index + 1) * PART_ROWS);
            if part.as_ref().is_none_or(|(held, _)| *held != index) {
                let next = table.part(index)?;
                each(&next);
                part = Some((index, next));
            }
            let Some((_, part)) = &part else { break };
            let difference = |(column, published): (usize, &ArrayRef)| {
                let published = published.slice(done, rows.len());
                let recomputed = table.build(part, column, rows.clone());
                first_difference(&published, &recomputed).map(|(row, was, now)| (column, row, was, now))
            };
            // Of several columns that differ the first is named, at any thread count.
            let differing = columns.par_iter().enumerate().filter_map(difference).min_by_key(|(column, ..)| *column);
            if let Some((column, row, was, now)) = differing {
                let id = frame.id(from + row)?;
                return Err(differ(format!("frame.parquet, {} of {id}", names[column]), was, now));
            }
            done += rows.len();
        }
        Ok(())
    })?;
    same("frame.parquet, rows", rows, frame.len())
}

/// Every cell of the list, batch by batch.
pub(super) fn draw_agrees(run: &PublishedRun, list: &Listing, plan: &Plan) -> Result<(), VerifyError> {
    let file = contract::DRAW.file;
    let (columns, of_tasks) = (tables::draw_columns(plan), !plan.tasks().is_empty());
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let height = list.rows.len();
    let rows = run.visit::<VerifyError>(file, |first, published_names, published| {
        same(&format!("{file}, columns"), published_names.iter().map(String::as_str).collect(), names.clone())?;
        let end = first + published.first().map_or(0, |column| column.len());
        if end > height {
            return same(&format!("{file}, rows"), end, height);
        }
        let difference = |(at, column): (usize, &Column)| {
            let recomputed = list.column(column, first..end);
            first_difference(&published[at], &recomputed).map(|(row, was, now)| (at, row, was, now))
        };
        let differing = columns.par_iter().enumerate().filter_map(difference).min_by_key(|(column, ..)| *column);
        let Some((column, row, was, now)) = differing else { return Ok(()) };
        let cell = |name: &str| {
            names.iter().position(|own| *own == name).map(|at| cell(&published[at], row)).unwrap_or_default()
        };
        let task = if of_tasks { format!("task `{}`, ", cell("task_id")) } else { String::new() };
        let place = format!("{task}stratum `{}`, {} {}", cell("stratum"), cell("selection"), cell("order"));
        Err(differ(format!("{file}, {} of {place}", names[column]), was, now))
    })?;
    same(&format!("{file}, rows"), rows, height)
}

/// Every cell of a small table; `place` names a row by its published cells.
pub(crate) fn table_agrees(
    run: &PublishedRun,
    file: &str,
    recomputed: tables::Arrays,
    place: impl Fn(&dyn Fn(&str) -> String) -> String,
) -> Result<(), VerifyError> {
    let table = run.table(file)?;
    let names: Vec<&str> = table.schema().fields().iter().map(|field| field.name().as_str()).collect();
    same(&format!("{file}, columns"), names.clone(), recomputed.iter().map(|(name, _)| *name).collect())?;
    let rows = recomputed.first().map_or(0, |(_, column)| column.len());
    same(&format!("{file}, rows"), table.rows(), rows)?;
    let mut parts: Vec<Vec<ArrayRef>> = vec![Vec::new(); names.len()];
    let all: Vec<usize> = (0..names.len()).collect();
    let mut batches = table.read(&all, None).map_err(|reason| run.fault(file, reason))?;
    while let Some(batch) = batches.next().map_err(|reason| run.fault(file, reason))? {
        parts.iter_mut().zip(batch).for_each(|(parts, part)| parts.push(part));
    }
    if rows == 0 {
        return Ok(());
    }
    let whole = |parts: &Vec<ArrayRef>| concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>());
    let published: Vec<ArrayRef> =
        parts.iter().map(whole).collect::<Result<_, _>>().map_err(|error| run.fault(file, error.to_string()))?;
    let published = match run.files_of(file).as_slice() {
        [name] if *name == file => published,
        _ => in_order(&published).map_err(|error| run.fault(file, error.to_string()))?,
    };
    for (column, (name, array)) in recomputed.iter().enumerate() {
        if let Some((row, was, now)) = first_difference(&published[column], array) {
            let at = |name: &str| names.iter().position(|own| *own == name);
            let cell = |name: &str| at(name).map(|column| cell(&published[column], row)).unwrap_or_default();
            return Err(differ(format!("{file}, {name} of {}", place(&cell)), was, now));
        }
    }
    Ok(())
}

/// The rows of a quarantine in parts, which stand by range, in the published order of one: by table, file, row, column and reason.
fn in_order(columns: &[ArrayRef]) -> Result<Vec<ArrayRef>, ArrowError> {
    let options = Some(SortOptions { descending: false, nulls_first: true });
    let by = columns.iter().take(5).map(|column| SortColumn { values: column.clone(), options });
    let order = lexsort_to_indices(&by.collect::<Vec<_>>(), None)?;
    columns.iter().map(|column| take(column, &order, None)).collect()
}

/// Every key and figure of the manifest, those that no run writes too.
pub(super) fn manifest_agrees(run: &PublishedRun, recomputed: &Manifest) -> Result<(), VerifyError> {
    let json = |text: &[u8]| serde_json::from_slice::<Value>(text);
    let unreadable = |error: serde_json::Error| run.fault(MANIFEST_FILE, error.to_string());
    let published = json(run.text(MANIFEST_FILE)?.as_bytes()).map_err(unreadable)?;
    let recomputed = serde_json::to_vec(recomputed).and_then(|text| json(&text)).map_err(unreadable)?;
    match first_difference_of_json("", &published, &recomputed) {
        None => Ok(()),
        Some((place, was, now)) => Err(differ(format!("manifest.json, {place}"), was, now)),
    }
}
