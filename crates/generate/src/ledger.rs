//! The ledger of past visits: which department was at which entity on which day.

use arrow::array::{Date32Builder, StringBuilder};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

use super::counting::{RUN_ROWS, events_until};
use super::preset::Profile;
use super::randomness::{Choice, Purpose, Randomness};
use super::subjects::Subjects;
use super::tables::TableSpec;
use super::words::{DEPARTMENTS, LEVELS};

/// The visits of a block's entities, grouped by runs of rows. Their number is exact; each visit picks the riskier
/// of two random entities of its run, so visits an entity are close to Poisson, with a rate rising with the risk.
pub(crate) fn ledger(
    spec: &TableSpec,
    profile: &Profile,
    as_of_day: i32,
    randomness: &Randomness,
    block: u64,
    subjects: &Subjects<'_>,
) -> Result<RecordBatch, ArrowError> {
    let mut draws = randomness.draws(Purpose::Ledger, block);
    let levels = Choice::new(LEVELS.iter().map(|l| l.1));
    // The front of the list inspects more: weights fall by one from 40.
    let departments = Choice::new((0..profile.departments.min(DEPARTMENTS.len())).map(|i| 40 - i as u32));
    let (mut ids, mut dates) = (StringBuilder::new(), Date32Builder::new());
    let (mut department, mut level) = (StringBuilder::new(), StringBuilder::new());
    for (run, risk) in subjects.risk.chunks(RUN_ROWS as usize).enumerate() {
        let offset = run * RUN_ROWS as usize;
        let first = subjects.first + offset as u64;
        let until = |rows| events_until(rows, profile.visits, profile.rows);
        for _ in until(first)..until(first + risk.len() as u64) {
            let pair = [draws.below(risk.len() as u64) as usize, draws.below(risk.len() as u64) as usize];
            let row = if risk[pair[1]] > risk[pair[0]] { pair[1] } else { pair[0] };
            ids.append_value(subjects.id(offset + row));
            dates.append_value(as_of_day - draws.below(u64::from(profile.ledger_days)) as i32);
            department.append_value(DEPARTMENTS[departments.draw(&mut draws)]);
            level.append_value(LEVELS[levels.draw(&mut draws)].0);
        }
    }
    let columns = vec![
        Arc::new(ids.finish()) as _,
        Arc::new(dates.finish()) as _,
        Arc::new(department.finish()) as _,
        Arc::new(level.finish()) as _,
    ];
    RecordBatch::try_new(spec.schema.clone(), columns)
}
