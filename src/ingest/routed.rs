//! Rows that are brought together by ranges of ids before they are read: what another engine moves between its machines.
//!
//! Where a row is found, its cells are turned into what its table needs and the range of its id is told ([`route`],
//! [`route_file`]); where a range is brought together ([`RoutedTable`]), its rows are read as those of a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::plan::Plan;
use crate::progress::Observe;
use crate::sampling::lots::iv;
use crate::spill::Room;

use super::account::Account;
use super::columnar::{check_columns, raw_table};
use super::error::IngestError;
use super::ids::{Id, read_id};
use super::outcome::Outcome;
use super::raw::{RawTable, RowNumbers};
use super::routed_rows::{ACCOUNT, Opened, Routed, Splitters, digest_of, gather};
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
    let of = |request: Request<'_>| (request.table.clone(), request.file().to_owned(), request.input.path.clone());
    requests(plan).into_iter().map(of).collect()
}

fn request_of<'p>(plan: &'p Plan, table: &str) -> Result<Request<'p>, IngestError> {
    let found = requests(plan).into_iter().find(|request| request.table == table);
    found.ok_or_else(|| IngestError::NoTable { table: table.to_owned() })
}

/// Matches the columns of a table with the wanted ones: the names of those that are read, and what is worth knowing.
///
/// # Errors
/// A column that is missing or of a type that cannot be read.
pub fn columns_read(plan: &Plan, table: &str, schema: &SchemaRef) -> Result<(Vec<String>, Account), IngestError> {
    let request = request_of(plan, table)?;
    let mut outcome = Outcome::new(table, request.file());
    let places = check_columns(&request, schema, &mut outcome)?;
    let mut read: Vec<usize> = places.into_iter().flatten().collect();
    read.sort_unstable();
    read.dedup();
    let names = read.into_iter().map(|place| schema.field(place).name().clone()).collect();
    Ok((names, outcome.into_account(0, 0)))
}

/// Of a batch of entities, the ids that can be used, with a number by which a sample of ids can be taken: the same number for the
/// same id, and any number as likely.
///
/// # Errors
/// As [`columns_read`].
pub fn sample(plan: &Plan, batch: &RecordBatch) -> Result<RecordBatch, IngestError> {
    let request = entities::request(plan).0;
    let places = check_columns(&request, &batch.schema(), &mut Outcome::new(&request.table, request.file()))?;
    let arrays = places.iter().map(|place| place.map(|place| batch.column(place)));
    let of_rows = RowNumbers::From(1);
    let (raw, _) = raw_table(request.file(), &request.requested, arrays, batch.num_rows(), of_rows, 0.0)?;
    Ok(sampled(&raw))
}

/// The same of the plan's file of entities, batch by batch.
///
/// # Errors
/// As [`route_file`].
pub fn sample_file(plan: &Plan, each: &mut (dyn FnMut(RecordBatch) + Send)) -> Result<(), IngestError> {
    let request = entities::request(plan).0;
    let mut outcome = Outcome::new(&request.table, request.file());
    let read = with_source(&request, &mut outcome, |source, outcome| {
        source.read(&request.requested, outcome, &mut |raw, _| {
            each(sampled(&raw));
            Ok(())
        })
    });
    read.map(drop)
}

fn sampled(raw: &RawTable<'_>) -> RecordBatch {
    let (mut numbers, mut ids) = (Vec::new(), Vec::new());
    for row in 0..raw.height {
        let cell = raw.columns.first().and_then(Option::as_ref).and_then(|ids| ids.text(row));
        if let Id::Packed { id, .. } | Id::Long { id, .. } = read_id(cell) {
            let iv = iv(&id);
            numbers.push(i64::from_le_bytes(std::array::from_fn(|byte| iv[byte])));
            ids.push(id.into_owned());
        }
    }
    let fields = vec![Field::new("number", DataType::Int64, false), Field::new("id", DataType::Utf8, false)];
    let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(numbers)), Arc::new(StringArray::from(ids))];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("the columns are built to the schema")
}

/// The rows of a batch of a table, with their ranges; notes on them follow as an account. `rows` is the place of the column of
/// row numbers, counted from 0; without it rows have no number.
///
/// # Errors
/// As [`columns_read`].
pub fn route(
    plan: &Plan,
    table: &str,
    splitters: &Splitters,
    batch: &RecordBatch,
    rows: Option<usize>,
) -> Result<RecordBatch, IngestError> {
    let request = request_of(plan, table)?;
    let fault = |error: ArrowError| super::attributes::internal(request.file(), &error);
    let columns: Vec<usize> = (0..batch.num_columns()).filter(|place| Some(*place) != rows).collect();
    let cells = batch.project(&columns).map_err(fault)?;
    let places = check_columns(&request, &cells.schema(), &mut Outcome::new(table, request.file()))?;
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
    let mut outcome = Outcome::new(table, request.file());
    outcome.take(notes, |row| raw.row_number(row), |row| raw.raw(row));
    let mut routed = Routed::new();
    routed.push(table, &raw, splitters);
    routed.push_account(&outcome.into_account(0, 0));
    routed.finish().map_err(fault)
}

/// The rows of a file, with their ranges, batch by batch; what the file itself says follows as an account.
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
    let ((), identity) = with_source(&request, &mut outcome, |source, outcome| {
        source.read(&request.requested, outcome, &mut |raw, _| {
            let mut routed = Routed::new();
            routed.push(table, &raw, splitters);
            each(routed.finish().map_err(fault)?);
            Ok(())
        })
    })?;
    // Lines that make no row were counted where they were found.
    let account = Account { identity: Some(identity), ..outcome.into_account(0, 0) };
    let mut routed = Routed::new();
    routed.push_account(&account);
    each(routed.finish().map_err(fault)?);
    Ok(())
}

/// What the receipt says of a file that another engine reads.
///
/// # Errors
/// A file that cannot be read.
pub fn identity_of(plan: &Plan, table: &str) -> Result<Account, IngestError> {
    let request = request_of(plan, table)?;
    let mut outcome = Outcome::new(table, request.file());
    let ((), identity) = with_source(&request, &mut outcome, |_, _| Ok(()))?;
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
    let (mut routed, mut accounts) = (BTreeMap::new(), Vec::new());
    let opened = batches.iter().map(Opened::of).collect::<Result<Vec<_>, _>>().map_err(fault)?;
    let mut by_table: BTreeMap<&str, Vec<(&Opened, usize)>> = BTreeMap::new();
    for batch in &opened {
        for row in 0..batch.tables.len() {
            match batch.tables.value(row) {
                ACCOUNT => accounts.push(batch.account(row).map_err(fault)?),
                table => by_table.entry(table).or_default().push((batch, row)),
            }
        }
    }
    for (table, rows) in by_table {
        let request = request_of(plan, table)?;
        // Rows of a file have numbers, and their digest is the file's.
        if rows.first().is_some_and(|(batch, row)| batch.numbers.value(*row) == 0) {
            accounts.push(Account { table: table.to_owned(), digest: digest_of(&rows), ..Account::default() });
        }
        routed.insert(table.to_owned(), gather(rows, &request.requested).map_err(fault)?);
    }
    let mut intake = Intake::new(plan.inputs.set_aside_limit, Room::unlimited(), observe);
    intake.routed = Some(routed);
    let (tables, of_rows) = read_all(plan, rounds, intake)?;
    accounts.extend(of_rows);
    Ok((tables, accounts))
}
