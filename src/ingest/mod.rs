//! Registries in: files → checked tables, with every row accounted for.
//!
//! Reading (text, Excel, Parquet, Arrow) hands over batches of the wanted columns; each table turns them into its typed
//! form, packs the ids, settles duplicates by the plan's rule and sets faulty rows aside. The law of this module: in
//! every file, rows accepted + rows quarantined = rows read (blank rows are not rows). The tables do not depend on the
//! order of rows, except where the plan's rule for duplicates does.

mod account;
mod arrow_file;
mod attributes;
mod column_types;
mod columnar;
mod compound;
mod credit;
mod decode;
mod entities;
mod error;
mod excel;
mod figures;
mod flags;
mod id_list;
mod id_sample;
mod ids;
mod inspectors;
mod keyed;
mod kpi_tables;
mod layout;
mod line_encoding;
mod ledger;
mod outcome;
mod place;
mod quoted;
mod raw;
mod records;
mod result_row;
mod results;
mod risk;
mod runs;
mod roster;
mod rounds;
mod routed;
mod routed_rows;
mod row_form;
mod source;
mod spans;
mod tasks;
mod text;
mod text_body;
mod vocabulary;
mod words;
#[cfg(test)]
mod tests;

pub use crate::coded::NO_WORD;
pub use account::Account;
pub use credit::{Credit, ratings};
pub use entities::{Entities, statuses};
pub use error::IngestError;
pub use figures::{PrintedFigures, printed_figures};
pub use flags::{Flags, MOST_FLAGS};
pub use id_list::entity_ids;
pub use id_sample::IdSample;
pub use inspectors::Inspector;
pub use keyed::Table;
pub use kpi_tables::{Feedback, InspectionPlan, Item, KpiTables, Listing, Standing, Task, read_kpi_tables};
pub use ledger::{Ledger, Visit};
pub use outcome::{QuarantinedRow, RAW_CHARACTERS, SetAsideBy, by_reason};
#[cfg(feature = "s3")]
pub(crate) use place::before;
pub(crate) use place::{digest_of, digest_of_table};
pub use result_row::{ANSWERS, Circumstances, DAYS, InspectionId, ResultRow, ResultWords, ShortDay};
pub use results::{Results, items_of};
pub use risk::Risk;
pub use roster::{Item as ListedItem, RosterTables, read_roster_tables};
pub use rounds::{EarlierRound, earlier_rounds};
pub use routed::{columns_read, identity_of, read_range, route, route_file, routed_tables, sample, sample_file};
pub use routed_rows::{ROUTED_DDL, Routed, Splitters};
pub use runs::{IdRange, RangeRows, Runs};
pub use tasks::read_task_table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use routed_rows::RoutedTable;

use crate::keys::KeySpace;
use crate::message::Message;
use crate::plan::Plan;
use crate::progress::Observe;
use crate::spill::Room;

/// What was read from one file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Table of the plan: entities, credit, risk.MODEL, flags, ledger, inspectors.
    pub table: String,
    /// File or query as the plan writes it.
    pub file: String,
    /// "csv", "csv.gz", "excel", "parquet" or "arrow", by the file's content; "postgres" for the rows of a query.
    pub format: String,
    /// Encoding of a text file in lower case, such as "utf-8" or "gb18030"; `None` if the file is not text.
    pub encoding: Option<String>,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits; of several files that make the table, of the lines that
    /// `sha256sum` gives for them; of the rows of a query, of what the database sent (`COPY … (FORMAT BINARY)`).
    pub sha256: String,
    /// Bytes that the digest was taken of; of several files, of all together.
    pub bytes: u64,
    /// Rows below the header, blank ones apart. The sum of the next two.
    pub rows_read: u64,
    /// Rows that stand in the table.
    pub accepted: u64,
    /// Rows set aside, each with its reason.
    pub quarantined: u64,
    /// Cells set aside in rows that are used otherwise.
    pub cells_quarantined: u64,
    /// What is worth knowing of the file.
    pub warnings: Vec<Message>,
}

/// What gathers while tables are read, beside the tables themselves.
pub(crate) struct Intake<'o> {
    /// What was read from each file, in the order of reading.
    receipts: Vec<Receipt>,
    /// Rows and cells set aside, in the order of the receipts and then by row.
    quarantine: Vec<QuarantinedRow>,
    /// Largest share of a table's rows that may be set aside, 0 to 1.
    set_aside_limit: f64,
    /// What may be taken of memory and disk.
    room: Room,
    /// Told each step.
    observe: Observe<'o>,
    /// The rows of each table that lie in one range of ids, where another engine has brought them together.
    routed: Option<BTreeMap<String, RoutedTable>>,
    /// What became of these.
    accounts: Vec<Account>,
}

impl<'o> Intake<'o> {
    /// Nothing read yet.
    fn new(set_aside_limit: f64, room: Room, observe: Observe<'o>) -> Self {
        let (receipts, quarantine, accounts) = (Vec::new(), Vec::new(), Vec::new());
        Self { receipts, quarantine, set_aside_limit, room, observe, routed: None, accounts }
    }
}

/// All tables of a plan.
#[derive(Debug)]
pub struct Tables {
    /// Gives the keys of all tables their ids.
    pub space: KeySpace,
    /// The registry.
    pub entities: Entities,
    /// Grades and colors.
    pub credit: Option<Credit>,
    /// Scores, in the order of the plan.
    pub risk: Vec<Risk>,
    /// Flags.
    pub flags: Option<Flags>,
    /// Past visits.
    pub ledger: Option<Ledger>,
    /// What earlier rounds have drawn, if the plan names any.
    pub rounds: Option<Ledger>,
    /// Inspectors, sorted by id.
    pub inspectors: Option<Vec<Inspector>>,
    /// What was read from each file, in the order of reading.
    pub receipts: Vec<Receipt>,
    /// Rows and cells set aside, in the order of the receipts and then by row.
    pub quarantine: Vec<QuarantinedRow>,
}

/// Reads the tables of a plan one after the other: entities, credit, risk, flags, ledger, rounds, inspectors. Of the first three, rows
/// that `room` does not hold go to disk. `observe` is told each step.
///
/// # Errors
/// A file that cannot be read as a table, a weight or permanent random number that is not usable, or more rows set aside
/// than the plan allows. Rows at fault otherwise go to [`Tables::quarantine`].
pub fn read_tables(
    plan: &Plan,
    rounds: &[EarlierRound],
    room: &Room,
    observe: Observe<'_>,
) -> Result<Tables, IngestError> {
    let intake = Intake::new(plan.inputs.set_aside_limit, room.clone(), observe);
    Ok(read_all(plan, rounds, intake)?.0)
}

/// What a run by ranges reads at once: the receipts of the rounds, and the inspectors.
///
/// # Errors
/// As [`read_tables`].
pub fn read_beside_ranges(
    plan: &Plan,
    rounds: &[EarlierRound],
    observe: Observe<'_>,
) -> Result<(Vec<Receipt>, Vec<QuarantinedRow>), IngestError> {
    let mut intake = Intake::new(plan.inputs.set_aside_limit, Room::unlimited(), observe);
    intake.receipts = rounds::read_rounds(rounds, &mut KeySpace::default())?.1;
    if let Some(input) = &plan.inputs.inspectors {
        inspectors::read_inspectors(input, &mut intake)?;
    }
    Ok((intake.receipts, intake.quarantine))
}

/// The tables of a plan, and what became of their rows where they are those of a range.
fn read_all(
    plan: &Plan,
    rounds: &[EarlierRound],
    mut intake: Intake<'_>,
) -> Result<(Tables, Vec<Account>), IngestError> {
    let (inputs, mut space) = (&plan.inputs, KeySpace::default());
    let entities = entities::read_entities(plan, &mut space, &mut intake)?;
    let credit = inputs.credit.as_ref().map(|input| credit::read_credit(input, &mut space, &mut intake)).transpose()?;
    let risk =
        inputs.risk.iter().map(|input| risk::read_risk(input, &mut space, &mut intake)).collect::<Result<_, _>>()?;
    let flags = inputs.flags.as_ref().map(|input| flags::read_flags(input, &mut space, &mut intake)).transpose()?;
    let ledger = inputs.ledger.as_ref().map(|input| ledger::read_ledger(input, &mut space, &mut intake)).transpose()?;
    let (rounds, of_rounds) = rounds::read_rounds(rounds, &mut space)?;
    let rounds = Some(rounds).filter(|_| !inputs.rounds.is_empty());
    intake.receipts.extend(of_rounds);
    // A range has no inspectors.
    let input = inputs.inspectors.as_ref().filter(|_| intake.routed.is_none());
    let inspectors = input.map(|input| inspectors::read_inspectors(input, &mut intake)).transpose()?;
    let Intake { receipts, quarantine, accounts, .. } = intake;
    let tables = Tables { space, entities, credit, risk, flags, ledger, rounds, inspectors, receipts, quarantine };
    Ok((tables, accounts))
}
