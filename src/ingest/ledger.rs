//! The ledger of past visits.

use crate::keys::{EntityKey, KeySpace, sort_rows};
use crate::plan::TableInput;
use crate::terms::{Column, normalise};

use super::Receipt;
use super::error::IngestError;
use super::keyed::{Keyed, Reject};
use super::layout::{Reads, Want};
use super::outcome::{Outcome, QuarantinedRow, shorten};
use super::raw::{DayCell, RawTable};
use super::source::{Request, with_source};

/// Past visits, sorted by entity, date, department and level; an entity may have several rows, also equal ones.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Entities, sorted by id, with repeats.
    pub keys: Vec<EntityKey>,
    /// Day of the visit, in days since 1970-01-01.
    pub date: Vec<i32>,
    /// Department, normalised; empty where the file names none.
    pub department: Vec<String>,
    /// Level of the department (city, district …), normalised; empty where the file names none.
    pub level: Vec<String>,
}

#[derive(Debug)]
struct Visit {
    date: i32,
    department: Box<str>,
    level: Box<str>,
}

/// Reads the ledger. Rows without a readable date are set aside.
pub(super) fn read_ledger(
    input: &TableInput,
    space: &mut KeySpace,
    quarantine: &mut Vec<QuarantinedRow>,
) -> Result<(Ledger, Receipt), IngestError> {
    let wants = vec![
        Want::required(Column::EntityId, Reads::Id),
        Want::required(Column::Date, Reads::Date),
        Want::optional(Column::Department, Reads::Text),
        Want::optional(Column::Level, Reads::Text),
    ];
    let request = Request { table: "ledger".to_owned(), input, wants };
    let mut outcome = Outcome::new(&request.table, request.file());
    let (ledger, identity) = with_source(&request, &mut outcome, |source, outcome| {
        let mut keyed = Keyed::<Visit>::default();
        source.read(&request.wants, outcome, &mut |table, outcome| {
            let read = |(): &mut (), row: usize, _: &mut _| {
                Ok(Visit {
                    date: date_of(&table, row)?,
                    department: text_of(&table, 2, row),
                    level: text_of(&table, 3, row),
                })
            };
            keyed.absorb(&table, false, space, outcome, || (), read).map(drop)
        })?;
        if outcome.rows_read == 0 {
            outcome.remark("empty-table", format!("{}: no rows, so no entity has been visited", outcome.file));
        } else {
            // Rows of which none can be used are a wrong file, not an empty list.
            outcome.refuse_nothing(keyed.keys.len())?;
        }
        Ok(sorted(keyed, space))
    })?;
    let receipt = Receipt::of(outcome, identity, ledger.keys.len(), quarantine)?;
    Ok((ledger, receipt))
}

fn date_of(table: &RawTable<'_>, row: usize) -> Result<i32, Reject> {
    let day = table.columns[1].as_ref().map_or(DayCell::Empty, |cells| cells.day(row));
    match day {
        DayCell::Day(day) => Ok(day),
        DayCell::Empty => Err(Reject { reason: "bad-date", detail: "the visit has no date".to_owned() }),
        DayCell::Bad => {
            let shown = table.columns[1].as_ref().map(|cells| cells.shown(row)).unwrap_or_default();
            let detail = format!("\"{}\" is not a date: write it as 2023-02-07 or 2023年2月7日", shorten(&shown, 40));
            Err(Reject { reason: "bad-date", detail })
        }
    }
}

fn text_of(table: &RawTable<'_>, column: usize, row: usize) -> Box<str> {
    let cell = table.columns[column].as_ref().and_then(|cells| cells.text(row));
    cell.map(|text| normalise(text).into()).unwrap_or_default()
}

fn sorted(keyed: Keyed<Visit>, space: &KeySpace) -> Ledger {
    let mut rows = sort_rows(space, &keyed.keys);
    let visit = |row: u32| {
        let visit = &keyed.values[row as usize];
        (visit.date, &visit.department, &visit.level)
    };
    for visits in rows.chunk_by_mut(|&a, &b| keyed.keys[a as usize] == keyed.keys[b as usize]) {
        visits.sort_by(|&a, &b| visit(a).cmp(&visit(b)));
    }
    let of = |text: fn(&Visit) -> &str| rows.iter().map(|&row| text(&keyed.values[row as usize]).to_owned()).collect();
    Ledger {
        keys: rows.iter().map(|&row| keyed.keys[row as usize]).collect(),
        date: rows.iter().map(|&row| keyed.values[row as usize].date).collect(),
        department: of(|visit| &visit.department),
        level: of(|visit| &visit.level),
    }
}
