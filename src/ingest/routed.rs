//! Rows that are brought together by ranges of ids before they are read: what another engine moves between its machines.
//!
//! Where a row is found, its cells are turned into what its table needs and the range of its id is told ([`route`],
//! [`route_file`]); where a range is brought together ([`RoutedTable`]), its rows are read as those of a file.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::error::ArrowError;

use crate::plan::Plan;
use crate::progress::Observe;
use crate::spill::Room;

use super::account::Account;
use super::columnar::{check_columns, raw_table};
use super::error::IngestError;
use super::id_sample::IdSample;
use super::outcome::Outcome;
use super::place::bring;
use super::raw::RowNumbers;
use super::routed_rows::{Routed, RoutedTable, Splitters, arrived};
use super::source::{Request, with_source};
use super::{EarlierRound, Intake, Tables, credit, entities, flags, ledger, read_all, risk};

/// A table that is brought together by ranges, with its wanted columns.
fn requests(plan: &Plan) -> Vec<Request<'_>> {
    let inputs = &plan.inputs;
    let mut requests = vec![entities::request(plan).0];
    requests.extend(inputs.credit.as_ref().map(credit::request));
    requests.extend(inputs.risk.iter().map(risk::request));
    requests.extend(inputs.flags.as_ref().map(flags::request));
    requests.extend(inputs.ledger.as_ref().map(ledger::request));
    requests
}

/// The tables of a plan that are brought together by ranges: name, the file as the plan writes it, and where it is.
pub fn routed_tables(plan: &Plan) -> Vec<(String, String, std::path::PathBuf)> {
    let of = |request: Request<'_>| {
        let path = request.input.place.path().map_or_else(|| request.file().into(), std::path::Path::to_owned);
        (request.table.clone(), request.file().to_owned(), path)
    };
    requests(plan).into_iter().map(of).collect()
}

fn request_of<'p>(plan: &'p Plan, table: &str) -> Result<Request<'p>, IngestError> {
    let found = requests(plan).into_iter().find(|request| request.table == table);
    found.ok_or_else(|| IngestError::NoTable { table: table.to_owned() })
}

/// Matches the columns of a table with the wanted ones: the names of those that are read, that of the ids first, and what is worth
/// knowing.
///
/// # Errors
/// A column that is missing or of a type that cannot be read.
pub fn columns_read(plan: &Plan, table: &str, schema: &SchemaRef) -> Result<(Vec<String>, Account), IngestError> {
    let request = request_of(plan, table)?;
    let mut outcome = Outcome::new(table, request.file());
    let places = check_columns(&request, schema, &mut outcome)?;
    let mut seen = BTreeSet::new();
    let read = places.into_iter().flatten().filter(|&place| seen.insert(place));
    let names = read.map(|place| schema.field(place).name().clone()).collect();
    Ok((names, outcome.into_account(0, 0)))
}

/// Takes the ids of a batch into a sample. The batch has the column of ids alone, the first of [`columns_read`].
///
/// # Errors
/// A column that is no column of ids.
pub fn sample(plan: &Plan, batch: &RecordBatch, sample: &mut IdSample) -> Result<(), IngestError> {
    let request = entities::request(plan).0;
    let ids = batch.columns().iter().take(1).map(Some);
    let (raw, _) = raw_table(request.file(), &request.requested[..1], ids, batch.num_rows(), RowNumbers::From(1), 0.0)?;
    sample.push(&raw);
    Ok(())
}

/// Takes the ids of the plan's file of entities into a sample.
///
/// # Errors
/// As [`route_file`].
pub fn sample_file(plan: &Plan, sample: &mut IdSample) -> Result<(), IngestError> {
    let request = entities::request(plan).0;
    let mut outcome = Outcome::new(&request.table, request.file());
    let read = with_source(&request, &bring(&request, &Room::unlimited())?, &mut outcome, |source, outcome| {
        source.read(&request.requested, outcome, &mut |raw, _| {
            sample.push(&raw);
            Ok(())
        })
    });
    read.map(drop)
}

/// Takes the rows of a batch of a table on their way to their ranges; what is ready to travel, if anything is. `rows` is the place of
/// the column of row numbers, counted from 0; without it rows have no number.
///
/// # Errors
/// As [`columns_read`].
pub fn route(
    plan: &Plan,
    routed: &mut Routed,
    splitters: &Splitters,
    batch: &RecordBatch,
    rows: Option<usize>,
) -> Result<Option<RecordBatch>, IngestError> {
    let request = request_of(plan, routed.table())?;
    let fault = |error: ArrowError| super::attributes::internal(request.file(), &error);
    let columns: Vec<usize> = (0..batch.num_columns()).filter(|place| Some(*place) != rows).collect();
    let cells = batch.project(&columns).map_err(fault)?;
    let places = check_columns(&request, &cells.schema(), &mut Outcome::new(&request.table, request.file()))?;
    let numbers = match rows {
        Some(place) => {
            let numbers = cast(batch.column(place), &DataType::Int64).map_err(fault)?;
            numbers.as_primitive::<Int64Type>().values().iter().map(|&row| row.max(0) as u64 + 1).collect()
        }
        None => vec![0; batch.num_rows()],
    };
    let arrays = places.iter().map(|place| place.map(|place| cells.column(place)));
    let of_rows = RowNumbers::Listed(numbers);
    let (raw, notes) = raw_table(request.file(), &request.requested, arrays, batch.num_rows(), of_rows, 0.0)?;
    let mut outcome = Outcome::new(&request.table, request.file());
    outcome.take(notes, |row| raw.row_number(row), |row| raw.raw(row));
    routed.note(outcome.into_account(0, 0));
    routed.push(&raw, splitters).map_err(fault)
}

/// Hands over the rows of a file as they travel to their ranges; what the file itself says follows.
///
/// # Errors
/// A file that cannot be read as its table.
pub fn route_file(
    plan: &Plan,
    table: &str,
    splitters: &Splitters,
    each: &mut (dyn FnMut(RecordBatch) + Send),
) -> Result<(), IngestError> {
    let request = request_of(plan, table)?;
    let fault = |error: ArrowError| super::attributes::internal(request.file(), &error);
    let mut outcome = Outcome::new(table, request.file());
    let mut routed = Routed::new(table);
    let ((), identity) =
        with_source(&request, &bring(&request, &Room::unlimited())?, &mut outcome, |source, outcome| {
            source.read(&request.requested, outcome, &mut |raw, _| {
                if let Some(ready) = routed.push(&raw, splitters).map_err(fault)? {
                    each(ready);
                }
                Ok(())
            })
        })?;
    // Lines that make no row were counted where they were found.
    routed.note(Account { identity: Some(identity), ..outcome.into_account(0, 0) });
    routed.finish().map_err(fault)?.into_iter().for_each(each);
    Ok(())
}

/// What the receipt says of a file that another engine reads.
///
/// # Errors
/// A file that cannot be read.
pub fn identity_of(plan: &Plan, table: &str) -> Result<Account, IngestError> {
    let request = request_of(plan, table)?;
    let mut outcome = Outcome::new(table, request.file());
    let ((), identity) = with_source(&request, &bring(&request, &Room::unlimited())?, &mut outcome, |_, _| Ok(()))?;
    // What is worth knowing of its columns is said where they are matched.
    Ok(Account { table: table.to_owned(), identity: Some(identity), ..Account::default() })
}

/// Reads the tables of a plan from routed rows of one range of ids, with what became of their rows.
///
/// # Errors
/// A weight or permanent random number that is not usable; batches that are no routed rows.
pub fn read_range(
    plan: &Plan,
    rounds: &[EarlierRound],
    batches: &[RecordBatch],
    observe: Observe<'_>,
) -> Result<(Tables, Vec<Account>), IngestError> {
    let fault = |error: ArrowError| super::attributes::internal("routed rows", &error);
    let (rows, mut accounts) = arrived(batches).map_err(fault)?;
    let mut routed = BTreeMap::new();
    for (table, rows) in rows {
        let own = RoutedTable::of(&rows, request_of(plan, &table)?.requested.len()).map_err(fault)?;
        accounts.extend(own.digest().map(|digest| Account { table: table.clone(), digest, ..Account::default() }));
        routed.insert(table, own);
    }
    let mut intake = Intake::new(plan.inputs.set_aside_limit, Room::unlimited(), observe);
    intake.routed = Some(routed);
    let (tables, of_rows) = read_all(plan, rounds, intake)?;
    accounts.extend(of_rows);
    Ok((tables, accounts))
}
