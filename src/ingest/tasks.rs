//! The table of tasks: its cells as they stand; what they mean is the plan's.

use crate::keys::KeySpace;
use crate::plan::{TASK_COLUMNS, TableInput, TaskTable};
use crate::progress::Observe;
use crate::spill::Room;
use crate::terms::Column;

use super::error::IngestError;
use super::keyed::{Rows, Spec, read};
use super::layout::{ReadAs, RequestedColumn};
use super::source::Request;
use super::{Intake, Receipt};

/// Reads the table of tasks. Where it has no column of task ids, plans and tasks have one number (抽查计划编号).
///
/// # Errors
/// A file that cannot be read as such a table, or a row without an id: no task is left out in silence.
pub fn read_task_table(input: &TableInput, observe: Observe<'_>) -> Result<(TaskTable, Receipt), IngestError> {
    let by_task = read_by(Column::TaskId, input, observe);
    match by_task {
        Err(IngestError::NoHeader { .. } | IngestError::MissingColumn { .. }) => {
            read_by(Column::PlanId, input, observe).or(by_task)
        }
        read => read,
    }
}

fn read_by(id: Column, input: &TableInput, observe: Observe<'_>) -> Result<(TaskTable, Receipt), IngestError> {
    let others = TASK_COLUMNS[1..].iter().map(|&column| RequestedColumn::optional(column, ReadAs::Words));
    let requested = std::iter::once(RequestedColumn::required(id, ReadAs::Id)).chain(others).collect();
    let request = Request { table: "tasks".to_owned(), input, requested };
    let spec = Spec { request, rows: Rows::Several, may_be_empty: false, notes_ids: false };
    let mut intake = Intake::new(1.0, Room::unlimited(), observe);
    let table = read(&spec, &mut KeySpace::default(), &mut intake, |row| {
        let cell = |(at, &column): (usize, &Column)| Some((column, row.text(at)?.to_owned()));
        let cells: Vec<(Column, String)> = TASK_COLUMNS.iter().enumerate().filter_map(cell).collect();
        Ok((u64::from(row.row_number()), cells))
    })?;
    let Intake { mut receipts, quarantine, .. } = intake;
    if let Some(row) = quarantine.into_iter().next() {
        return Err(IngestError::TaskSetAside { file: row.file, row: row.row, reason: row.reason });
    }
    let mut rows = table.values;
    rows.sort_unstable_by_key(|(row, _)| *row);
    let receipt = receipts.pop().expect("one file was read");
    Ok((TaskTable { file: receipt.file.clone(), rows }, receipt))
}
