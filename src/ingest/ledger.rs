//! The ledger of past visits.

use crate::keys::KeySpace;
use crate::plan::TableInput;
use crate::terms::{Column, SetAside, normalise};

use super::Intake;
use super::error::IngestError;
use super::keyed::{Row, Rows, Spec, Table, read};
use super::layout::{ReadAs, RequestedColumn};
use super::raw::DayCell;
use super::source::Request;

const DATE: usize = 1;
const DEPARTMENT: usize = 2;
const LEVEL: usize = 3;

/// A past visit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Visit {
    /// Its day, in days since 1970-01-01.
    pub date: i32,
    /// Department, normalised; empty where the file names none.
    pub department: Box<str>,
    /// Level of the department (city, district …), normalised; empty where the file names none.
    pub level: Box<str>,
}

/// Past visits by entity; an entity may have several, also equal ones.
pub type Ledger = Table<Visit>;

/// The wanted columns.
pub(super) fn request(input: &TableInput) -> Request<'_> {
    let requested = vec![
        RequestedColumn::required(Column::EntityId, ReadAs::Id),
        RequestedColumn::required(Column::Date, ReadAs::Date),
        RequestedColumn::optional(Column::Department, ReadAs::Text),
        RequestedColumn::optional(Column::Level, ReadAs::Text),
    ];
    Request { table: "ledger".to_owned(), input, requested }
}

/// Reads the ledger. Rows without a readable date are set aside.
pub(super) fn read_ledger(
    input: &TableInput,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Ledger, IngestError> {
    let spec = Spec { request: request(input), rows: Rows::Several, may_be_empty: true, notes_ids: false };
    read(&spec, space, intake, |row| {
        let date = match row.day(DATE) {
            DayCell::Day(day) => day,
            DayCell::Empty => return Err(SetAside::MissingDate),
            DayCell::Bad => return Err(SetAside::BadDate { value: row.shown(DATE) }),
        };
        let text = |row: &Row<'_>, column| row.text(column).map(|text| normalise(text).into()).unwrap_or_default();
        Ok(Visit { date, department: text(row, DEPARTMENT), level: text(row, LEVEL) })
    })
}
