//! The registry of inspectors.

use crate::keys::{KeySpace, PLAIN_LENGTH};
use crate::plan::TableInput;
use crate::terms::{Column, Note, SetAside, normalise, read_yes, shorten};

use super::Intake;
use super::error::IngestError;
use super::flags::SEPARATORS;
use super::keyed::{Row, Rows, Spec, read};
use super::layout::{ReadAs, RequestedColumn};
use super::raw::DayCell;
use super::source::Request;

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
    /// First day of the certificate, in days since 1970-01-01; `None` if the file has none.
    pub certificate_from: Option<i32>,
    /// Whether the inspector is at work; true if the file does not say.
    pub active: bool,
    /// Most teams in a week, if the file says.
    pub capacity: Option<u32>,
    /// Whether the inspector may lead a team; true if the file does not say.
    pub may_lead: bool,
    /// An expert goes along and never counts as one of the two inspectors of a team.
    pub expert: bool,
}

const NAME: usize = 1;
const DEPARTMENT: usize = 2;
const STATION: usize = 3;
const QUALIFICATION: usize = 4;
const SPECIALTY: usize = 5;
const CERTIFICATE: usize = 6;
const EXPERT: usize = 7;
const CERTIFICATE_FROM: usize = 8;
const ACTIVE: usize = 9;
const CAPACITY: usize = 10;
const MAY_LEAD: usize = 11;

/// Reads the registry of inspectors; sorted by id.
pub(super) fn read_inspectors(input: &TableInput, intake: &mut Intake<'_>) -> Result<Vec<Inspector>, IngestError> {
    let requested = vec![
        RequestedColumn::required(Column::InspectorId, ReadAs::Id),
        RequestedColumn::optional(Column::InspectorName, ReadAs::Text),
        RequestedColumn::optional(Column::Department, ReadAs::Text),
        RequestedColumn::optional(Column::Station, ReadAs::Text),
        RequestedColumn::optional(Column::Qualification, ReadAs::Text),
        RequestedColumn::optional(Column::Specialty, ReadAs::Text),
        RequestedColumn::optional(Column::CertificateUntil, ReadAs::Date),
        RequestedColumn::optional(Column::Expert, ReadAs::Text),
        RequestedColumn::optional(Column::CertificateFrom, ReadAs::Date),
        RequestedColumn::optional(Column::Active, ReadAs::Text),
        RequestedColumn::optional(Column::Capacity, ReadAs::Text),
        RequestedColumn::optional(Column::MayLead, ReadAs::Text),
    ];
    let request = Request { table: "inspectors".to_owned(), input, requested };
    let spec = Spec { request, rows: Rows::OnePerId, may_be_empty: false, notes_ids: false };
    // Inspectors have numbers of their own: they are no entities.
    let mut space = KeySpace::default();
    let table = read(&spec, &mut space, intake, inspector)?;
    let with_id =
        |(key, inspector)| Inspector { id: space.unpack(key, &mut [0; PLAIN_LENGTH]).to_owned(), ..inspector };
    Ok(table.keys.into_iter().zip(table.values).map(with_id).collect())
}

/// The words of a cell, sorted, each once.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> =
        text.split(SEPARATORS).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
    words.sort();
    words.dedup();
    words
}

/// Whether somebody with this word is at work.
fn on_duty(word: &str) -> Option<bool> {
    match &*normalise(word) {
        "在岗" | "在职" | "可" | "active" => Some(true),
        "离岗" | "不在岗" | "退休" | "离职" | "调离" | "停职" | "休假" | "inactive" => Some(false),
        _ => None,
    }
}

/// What a row says, its id left out.
fn inspector(row: &mut Row<'_>) -> Result<Inspector, SetAside> {
    let text = |column: usize| row.text(column).map(|text| normalise(text).into_owned());
    let expert = match text(EXPERT) {
        None => false,
        Some(word) if word == "专家" || word.eq_ignore_ascii_case("expert") => true,
        Some(word) => read_yes(&word).ok_or(SetAside::BadExpert { value: word })?,
    };
    let mut yes = |at: usize, column: Column| {
        let word = row.text(at).map(str::to_owned);
        let meant = word.as_deref().and_then(|word| read_yes(word).or_else(|| on_duty(word)));
        if let (Some(word), None) = (word, meant) {
            let reason = SetAside::UnknownWord {
                column: column.chinese().to_owned(),
                word: shorten(word.trim(), 40).to_owned(),
            };
            row.set_cell_aside(column.canonical(), reason);
        }
        meant.unwrap_or(true)
    };
    let (active, may_lead) = (yes(ACTIVE, Column::Active), yes(MAY_LEAD, Column::MayLead));
    let capacity = row.text(CAPACITY).map(|cell| normalise(cell).into_owned());
    let limit = capacity.as_deref().and_then(|cell| cell.parse().ok());
    if let (Some(value), None) = (capacity, limit) {
        row.set_cell_aside(Column::Capacity.canonical(), SetAside::BadCount { value });
    }
    let text = |column: usize| row.text(column).map(|text| normalise(text).into_owned());
    let list = |column: usize| words_of(&text(column).unwrap_or_default());
    let inspector = Inspector {
        certificate_from: match row.day(CERTIFICATE_FROM) {
            DayCell::Day(day) => Some(day),
            DayCell::Empty | DayCell::Bad => None,
        },
        active,
        capacity: limit,
        may_lead,
        id: String::new(),
        name: text(NAME),
        department: text(DEPARTMENT),
        station: text(STATION),
        qualifications: list(QUALIFICATION),
        specialties: list(SPECIALTY),
        certificate_until: match row.day(CERTIFICATE) {
            DayCell::Day(day) => Some(day),
            DayCell::Empty | DayCell::Bad => None,
        },
        expert,
    };
    if row.day(CERTIFICATE) == DayCell::Bad {
        let shown = row.shown(CERTIFICATE);
        row.note(Note::BadDate, &shown);
    }
    Ok(inspector)
}
