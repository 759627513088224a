//! Registries in: files → checked tables, with every row accounted for.
//!
//! Reading (text, Excel, Parquet, Arrow) hands over batches of the wanted columns; each table turns them into its typed
//! form, packs the ids, settles duplicates by the plan's rule and sets faulty rows aside. The law of this module: in
//! every file, rows accepted + rows quarantined = rows read (blank rows are not rows). The tables do not depend on the
//! order of rows, except where the plan's rule for duplicates does.

mod attributes;
mod column_types;
mod columnar;
mod credit;
mod decode;
mod entities;
mod error;
mod excel;
mod flags;
mod id_list;
mod ids;
mod inspectors;
mod keyed;
mod kinds;
mod layout;
mod ledger;
mod outcome;
mod raw;
mod records;
mod risk;
mod source;
mod text;
mod words;
#[cfg(test)]
mod tests;

pub use columnar::silence_damage;
pub use credit::Credit;
pub use entities::Entities;
pub use error::IngestError;
pub use flags::Flags;
pub use id_list::entity_ids;
pub use inspectors::{Inspector, Inspectors};
pub use ledger::Ledger;
pub use outcome::{QuarantinedRow, RAW_CHARACTERS, Warning};
pub use risk::Risk;

use serde::{Deserialize, Serialize};

use crate::keys::KeySpace;
use crate::plan::Plan;

use outcome::Outcome;
use source::Identity;

/// What was read from one file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Table of the plan: entities, credit, risk.MODEL, flags, ledger, inspectors.
    pub table: String,
    /// File as the plan writes it.
    pub file: String,
    /// "csv", "csv.gz", "excel", "parquet" or "arrow", by the file's content.
    pub format: String,
    /// "utf-8", "gb18030", "utf-16le" or "utf-16be"; `None` if the file is not text.
    pub encoding: Option<String>,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Rows below the header, blank ones apart. The sum of the next two.
    pub rows_read: u64,
    /// Rows that stand in the table.
    pub accepted: u64,
    /// Rows set aside, each with its reason.
    pub quarantined: u64,
    /// Remarks on the file.
    pub warnings: Vec<Warning>,
}

impl Receipt {
    /// Closes the account of a file and hands its quarantined rows over, by row.
    fn of(
        mut outcome: Outcome,
        identity: Identity,
        accepted: usize,
        quarantine: &mut Vec<QuarantinedRow>,
    ) -> Result<Self, IngestError> {
        let (accepted, quarantined) = (accepted as u64, outcome.quarantine.len() as u64);
        if accepted + quarantined != outcome.rows_read {
            return Err(IngestError::RowsLost { file: outcome.file, read: outcome.rows_read, accepted, quarantined });
        }
        outcome.quarantine.sort_by_key(|row| row.row);
        quarantine.append(&mut outcome.quarantine);
        Ok(Self {
            warnings: outcome.warnings(),
            table: outcome.table,
            file: outcome.file,
            format: identity.format,
            encoding: identity.encoding,
            sha256: identity.sha256,
            bytes: identity.bytes,
            rows_read: outcome.rows_read,
            accepted,
            quarantined,
        })
    }
}

/// All tables of a plan.
#[derive(Clone, Debug)]
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
    /// Inspectors.
    pub inspectors: Option<Inspectors>,
    /// What was read from each file, in the order of reading.
    pub receipts: Vec<Receipt>,
    /// Rows set aside, in the order of the receipts and then by row.
    pub quarantine: Vec<QuarantinedRow>,
}

/// Reads the tables of a plan one after the other: entities, credit, risk, flags, ledger, inspectors. `observe` is told
/// each step.
///
/// # Errors
/// A file that cannot be read as a table, or a weight or permanent random number that is not usable. Rows at fault
/// otherwise go to [`Tables::quarantine`].
pub fn read_tables(plan: &Plan, observe: &dyn Fn(&str)) -> Result<Tables, IngestError> {
    let mut space = KeySpace::default();
    let mut quarantine = Vec::new();
    let mut receipts = Vec::new();
    let reading = |table: &str, file: &str| observe(&format!("reading {table} ({file})"));
    let inputs = &plan.inputs;

    reading("entities", &inputs.entities.as_written);
    let (entities, receipt) = entities::read_entities(plan, &mut space, &mut quarantine)?;
    receipts.push(receipt);

    let credit = match &inputs.credit {
        None => None,
        Some(input) => {
            reading("credit", &input.as_written);
            let (credit, receipt) = credit::read_credit(input, &mut space, &mut quarantine)?;
            receipts.push(receipt);
            Some(credit)
        }
    };
    let mut risk = Vec::with_capacity(inputs.risk.len());
    for input in &inputs.risk {
        reading(&format!("risk.{}", input.model), &input.table.as_written);
        let (scores, receipt) = risk::read_risk(input, &mut space, &mut quarantine)?;
        receipts.push(receipt);
        risk.push(scores);
    }
    let flags = match &inputs.flags {
        None => None,
        Some(input) => {
            reading("flags", &input.as_written);
            let (flags, receipt) = flags::read_flags(input, &mut space, &mut quarantine)?;
            receipts.push(receipt);
            Some(flags)
        }
    };
    let ledger = match &inputs.ledger {
        None => None,
        Some(input) => {
            reading("ledger", &input.as_written);
            let (ledger, receipt) = ledger::read_ledger(input, &mut space, &mut quarantine)?;
            receipts.push(receipt);
            Some(ledger)
        }
    };
    let inspectors = match &inputs.inspectors {
        None => None,
        Some(input) => {
            reading("inspectors", &input.as_written);
            let (inspectors, receipt) = inspectors::read_inspectors(input, &mut quarantine)?;
            receipts.push(receipt);
            Some(inspectors)
        }
    };
    Ok(Tables { space, entities, credit, risk, flags, ledger, inspectors, receipts, quarantine })
}
