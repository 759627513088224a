//! A range of ids, brought together: read, joined, written as a part of the frame.

use super::{Job, RangesError};
use crate::contract;
use crate::frame::Frame;
use crate::ingest::{self, Account};
use crate::publish::frame_table::{self, FrameTable};
use crate::publish::manifest::OutputRecord;
use crate::publish::run_folder::{key_values, order_quarantine};
use crate::publish::tables::write_quarantine;
use crate::run::RunError;
use crate::scoring::ScoreError;
use crate::spill::Room;
use crate::terms::Warning;
use arrow::array::RecordBatch;
use serde::{Deserialize, Serialize};

/// What became of a range.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Joined {
    pub range: u32,
    /// Its entities.
    pub rows: u64,
    /// Its part of the frame, if it has entities.
    pub frame: Option<OutputRecord>,
    /// Its rows that were set aside, if there are any.
    pub quarantine: Option<OutputRecord>,
    /// What became of the rows of each table.
    pub accounts: Vec<Account>,
    /// Rows that belong to no entity, by table.
    pub unmatched: Vec<(String, u64)>,
    /// Names of the flags.
    pub flags: Vec<String>,
}

/// Reads and joins the routed rows of a range, and writes its part of the frame; what became of it, for the coordinator.
///
/// # Errors
/// [`RangesError`] for rows that cannot be used, or a folder that cannot be written.
pub fn join(job: &Job, range: u32, batches: &[RecordBatch]) -> Result<Vec<u8>, RangesError> {
    let plan = job.plan()?;
    let rounds = ingest::earlier_rounds(&plan)?;
    let (tables, mut accounts) = ingest::read_range(&plan, &rounds, batches, &|_| ())?;
    let mut set_aside: Vec<_> = accounts.iter_mut().flat_map(Account::take_quarantine).collect();
    order_quarantine(&mut set_aside);
    let tags = key_values(&plan);
    let quarantine = (!set_aside.is_empty())
        .then(|| job.write_part(contract::QUARANTINE.file, range, |path| write_quarantine(path, &set_aside, &tags)));
    let quarantine = quarantine.transpose()?;
    let flags = tables.flags.as_ref().map(|flags| flags.names.clone()).unwrap_or_default();
    let each = &mut |_: &_| Ok::<(), RunError>(());
    let (frame, warnings) = Frame::join(tables, &plan, &Room::unlimited(), each, &|_| ())?;
    let unmatched = warnings.into_iter().filter_map(|warning| match warning {
        Warning::UnmatchedRows { table, rows } => Some((table, rows)),
        _ => None,
    });
    let unmatched = unmatched.collect();
    let rows = frame.len() as u64;
    let mut joined = Joined { range, rows, frame: None, quarantine, accounts, unmatched, flags };
    if rows > 0 {
        let table = FrameTable::of(&plan, &frame, None).map_err(ScoreError::from)?;
        let path = job.joined(&plan, range);
        let written = job.write(&path, |path| frame_table::write(path, &table, tags, &mut |_| (), &|_| ()))?;
        let name = contract::part_file(contract::FRAME.file, range as usize);
        joined.frame = Some(OutputRecord::new(&name, written));
    }
    super::packed(&joined)
}
