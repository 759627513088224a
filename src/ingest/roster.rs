//! The tables by which inspectors are dealt: people, recusals, what items need, working days, and where entities are today.

use std::collections::{BTreeMap, BTreeSet};

use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH};
use crate::plan::{Inputs, TableInput, read_share_of_all, read_times_a_year};
use crate::progress::Observe;
use crate::spill::Room;
use crate::terms::{Column, ItemKind, SetAside, normalise, shorten};

use super::error::IngestError;
use super::inspectors::{Inspector, read_inspectors, words_of};
use super::keyed::{Rows, Spec, read};
use super::kpi_tables::read_holidays;
use super::layout::{ReadAs, RequestedColumn};
use super::results::tidy_id;
use super::source::Request;
use super::{Intake, QuarantinedRow, Receipt};

/// What dealing reads.
#[derive(Debug)]
pub struct RosterTables {
    /// Inspectors and experts, sorted by id.
    pub inspectors: Vec<Inspector>,
    /// Pairs (inspector, entity) that must not meet.
    pub recused: BTreeSet<(String, String)>,
    /// The list of items, by id.
    pub items: BTreeMap<String, Item>,
    /// Days that differ from the plain week.
    pub holidays: Vec<(i32, bool)>,
    /// The station of each entity that has one.
    pub stations: BTreeMap<String, String>,
    /// What was read from each file.
    pub receipts: Vec<Receipt>,
    /// Rows and cells set aside.
    pub quarantine: Vec<QuarantinedRow>,
}

/// An item of the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Its name.
    pub name: Option<String>,
    /// Its department.
    pub department: Option<String>,
    /// Its kind.
    pub kind: Option<ItemKind>,
    /// The share at which it may be drawn, 0 to 1.
    pub share: Option<f64>,
    /// How often a year it may be drawn.
    pub times_a_year: Option<u32>,
    /// Qualifications that a team needs, sorted.
    pub qualifications: Vec<String>,
    /// Specialities for which an expert is called, sorted.
    pub specialities: Vec<String>,
}

/// Reads them. `observe` is told each step.
///
/// # Errors
/// A file that cannot be read as its table, or more rows set aside than the plan allows.
pub fn read_roster_tables(inputs: &Inputs, observe: Observe<'_>) -> Result<RosterTables, IngestError> {
    let mut intake = Intake::new(inputs.set_aside_limit, Room::unlimited(), observe);
    let intake_of = &mut intake;
    let stations = read_stations(&inputs.entities, intake_of)?;
    let inspectors = inputs.inspectors.as_ref().map(|input| read_inspectors(input, intake_of)).transpose()?;
    let recused = inputs.recusals.as_ref().map(|input| read_recusals(input, intake_of)).transpose()?;
    let items = inputs.items.as_ref().map(|input| read_item_list(input, intake_of)).transpose()?;
    let holidays = inputs.holidays.as_ref().map(|input| read_holidays(input, intake_of)).transpose()?;
    let Intake { receipts, quarantine, .. } = intake;
    Ok(RosterTables {
        inspectors: inspectors.unwrap_or_default(),
        recused: recused.unwrap_or_default(),
        items: items.unwrap_or_default(),
        holidays: holidays.unwrap_or_default(),
        stations,
        receipts,
        quarantine,
    })
}

fn id_of(space: &KeySpace, key: EntityKey) -> String {
    space.unpack(key, &mut [0; PLAIN_LENGTH]).to_owned()
}

fn read_stations(input: &TableInput, intake: &mut Intake<'_>) -> Result<BTreeMap<String, String>, IngestError> {
    let requested = vec![
        RequestedColumn::required(Column::EntityId, ReadAs::Id),
        RequestedColumn::optional(Column::Station, ReadAs::Text),
    ];
    let request = Request { table: "entities".to_owned(), input, requested };
    let spec = Spec { request, rows: Rows::OnePerId, may_be_empty: false, notes_ids: false };
    let mut space = KeySpace::default();
    let table = read(&spec, &mut space, intake, |row| Ok(row.text(1).map(|text| normalise(text).into_owned())))?;
    let station = |(key, station): (EntityKey, Option<String>)| Some((id_of(&space, key), station?));
    Ok(table.keys.into_iter().zip(table.values).filter_map(station).collect())
}

fn read_recusals(input: &TableInput, intake: &mut Intake<'_>) -> Result<BTreeSet<(String, String)>, IngestError> {
    let requested = vec![
        RequestedColumn::required(Column::EntityId, ReadAs::Id),
        RequestedColumn::required(Column::InspectorId, ReadAs::Text),
    ];
    let request = Request { table: "recusals".to_owned(), input, requested };
    let spec = Spec { request, rows: Rows::Several, may_be_empty: true, notes_ids: false };
    let mut space = KeySpace::default();
    let table = read(&spec, &mut space, intake, |row| {
        row.text(1).map(|text| tidy_id(text).to_uppercase()).ok_or(SetAside::MissingKey)
    })?;
    let pair = |(key, inspector): (EntityKey, String)| (inspector, id_of(&space, key));
    Ok(table.keys.into_iter().zip(table.values).map(pair).collect())
}

fn read_item_list(input: &TableInput, intake: &mut Intake<'_>) -> Result<BTreeMap<String, Item>, IngestError> {
    const COLUMNS: [Column; 7] = [
        Column::Department,
        Column::Category,
        Column::Share,
        Column::Frequency,
        Column::Qualification,
        Column::Specialty,
        Column::ItemName,
    ];
    let optional = COLUMNS.map(|column| RequestedColumn::optional(column, ReadAs::Words));
    let requested = std::iter::once(RequestedColumn::required(Column::ItemId, ReadAs::Text)).chain(optional).collect();
    let request = Request { table: "items".to_owned(), input, requested };
    let spec = Spec { request, rows: Rows::OnePerId, may_be_empty: false, notes_ids: false };
    let mut space = KeySpace::default();
    let table = read(&spec, &mut space, intake, |row| {
        let text = |at: usize| row.text(at).map(|text| normalise(text).into_owned());
        let words = |at: usize| words_of(&text(at).unwrap_or_default());
        let item = Item {
            name: text(7),
            department: text(1),
            kind: text(2).as_deref().and_then(ItemKind::from_word),
            share: text(3).as_deref().and_then(read_share_of_all),
            times_a_year: text(4).as_deref().and_then(read_times_a_year),
            qualifications: words(5),
            specialities: words(6),
        };
        // A cap that is not understood would be no cap.
        let caps = [(text(3), item.share.is_some(), 2), (text(4), item.times_a_year.is_some(), 3)];
        for (word, is_read, at) in caps {
            let column = COLUMNS[at];
            if let (Some(word), false) = (word, is_read) {
                let reason =
                    SetAside::UnknownWord { column: column.chinese().to_owned(), word: shorten(&word, 40).to_owned() };
                row.set_cell_aside(column.canonical(), reason);
            }
        }
        Ok(item)
    })?;
    Ok(table.keys.into_iter().map(|key| id_of(&space, key)).zip(table.values).collect())
}
