//! The registry of inspectors.

use std::collections::BTreeMap;

use crate::plan::{Duplicates, TableInput};
use crate::terms::{Column, normalise, normalise_id};

use super::Receipt;
use super::error::IngestError;
use super::flags::SEPARATORS;
use super::kinds;
use super::layout::{Reads, Want};
use super::outcome::{Outcome, QuarantinedRow, shorten};
use super::raw::{DayCell, RawTable};
use super::source::{Request, with_source};

/// An inspector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspector {
    /// Id of the inspector, unique; as in the file without blanks, capitals.
    pub id: String,
    /// Name, if the file has one.
    pub name: Option<String>,
    /// Department, if the file has one.
    pub department: Option<String>,
    /// Station, if the file has one.
    pub station: Option<String>,
    /// Qualifications; sorted.
    pub qualifications: Vec<String>,
    /// Specialties; sorted.
    pub specialties: Vec<String>,
    /// Last day of the certificate, in days since 1970-01-01; `None` if the file has none.
    pub certificate_until: Option<i32>,
    /// An expert goes along and never counts as one of the two inspectors of a team.
    pub expert: bool,
}

/// Inspectors, sorted by id.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Inspectors {
    /// Inspectors, sorted by id, unique.
    pub inspectors: Vec<Inspector>,
}

const NAME: usize = 1;
const DEPARTMENT: usize = 2;
const STATION: usize = 3;
const QUALIFICATION: usize = 4;
const SPECIALTY: usize = 5;
const CERTIFICATE: usize = 6;
const EXPERT: usize = 7;

/// One accepted row and where it stands.
struct Entry {
    row: u64,
    raw: String,
    inspector: Inspector,
}

/// Reads the registry of inspectors.
pub(super) fn read_inspectors(
    input: &TableInput,
    quarantine: &mut Vec<QuarantinedRow>,
) -> Result<(Inspectors, Receipt), IngestError> {
    let wants = vec![
        Want::required(Column::InspectorId, Reads::Id),
        Want::optional(Column::InspectorName, Reads::Text),
        Want::optional(Column::Department, Reads::Text),
        Want::optional(Column::Station, Reads::Text),
        Want::optional(Column::Qualification, Reads::Text),
        Want::optional(Column::Specialty, Reads::Text),
        Want::optional(Column::CertificateUntil, Reads::Date),
        Want::optional(Column::Expert, Reads::Text),
    ];
    let request = Request { table: "inspectors".to_owned(), input, wants };
    let mut outcome = Outcome::new(&request.table, request.file());
    let (inspectors, identity) = with_source(&request, &mut outcome, |source, outcome| {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        source.read(&request.wants, outcome, &mut |table, outcome| {
            for row in 0..table.height {
                outcome.rows_read += 1;
                match inspector_of(&table, row, outcome) {
                    Err((reason, detail)) => {
                        outcome.set_aside(table.row_number(row), reason, detail, &table.raw(row));
                    }
                    Ok(inspector) => {
                        let entry = Entry { row: table.row_number(row), raw: table.raw(row), inspector };
                        enter(&mut entries, entry, input.duplicates, outcome);
                    }
                }
            }
            Ok(())
        })?;
        outcome.refuse_nothing(entries.len())?;
        Ok(Inspectors { inspectors: entries.into_values().map(|entry| entry.inspector).collect() })
    })?;
    let receipt = Receipt::of(outcome, identity, inspectors.inspectors.len(), quarantine)?;
    Ok((inspectors, receipt))
}

/// Enters an inspector; of two rows with one id the rule keeps one.
fn enter(entries: &mut BTreeMap<String, Entry>, new: Entry, rule: Duplicates, outcome: &mut Outcome) {
    let id = new.inspector.id.clone();
    let Some(old) = entries.remove(&id) else {
        entries.insert(id, new);
        return;
    };
    let (kept, lost, which) = match rule {
        Duplicates::First => (old, new, "first"),
        Duplicates::Last => (new, old, "last"),
    };
    let detail = format!("the inspector is also in row {}, which is kept (rule: the {which} row)", kept.row);
    outcome.set_aside(lost.row, "duplicate-key", detail, &lost.raw);
    entries.insert(id, kept);
}

fn inspector_of(table: &RawTable<'_>, row: usize, outcome: &mut Outcome) -> Result<Inspector, (&'static str, String)> {
    if let Some((reason, detail)) = table.faults.get(&row) {
        return Err((reason, detail.clone()));
    }
    let text = |column: usize| {
        let cell = table.columns[column].as_ref().and_then(|cells| cells.text(row));
        cell.map(|text| normalise(text).into_owned()).filter(|text| !text.is_empty())
    };
    let id = table.columns[0].as_ref().and_then(|cells| cells.text(row)).map(|id| normalise_id(id).into_owned());
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Err(("missing-key", "the row names no inspector".to_owned()));
    };
    if crate::codes::looks_mangled(&id) {
        let detail = format!("the id \"{}\" is a number that a spreadsheet has rewritten", shorten(&id, 40));
        return Err(("mangled-key", detail));
    }
    let list = |column: usize| {
        let text = text(column).unwrap_or_default();
        let mut words: Vec<String> =
            text.split(SEPARATORS).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
        words.sort();
        words.dedup();
        words
    };
    let word = text(EXPERT);
    let expert = match word.as_deref().map(str::to_lowercase).as_deref() {
        None | Some("否" | "不是" | "无" | "no" | "n" | "false" | "0") => false,
        Some("是" | "专家" | "yes" | "y" | "true" | "1" | "expert") => true,
        Some(other) => {
            return Err(("bad-expert", format!("\"{}\" is neither 是 nor 否", shorten(other, 40))));
        }
    };
    let certificate_until = match table.columns[CERTIFICATE].as_ref().map(|cells| (cells.day(row), cells)) {
        None | Some((DayCell::Empty, _)) => None,
        Some((DayCell::Day(day), _)) => Some(day),
        Some((DayCell::Bad, cells)) => {
            outcome.count(kinds::BAD_DATE, table.row_number(row), &cells.shown(row));
            None
        }
    };
    Ok(Inspector {
        id,
        name: text(NAME),
        department: text(DEPARTMENT),
        station: text(STATION),
        qualifications: list(QUALIFICATION),
        specialties: list(SPECIALTY),
        certificate_until,
        expert,
    })
}
