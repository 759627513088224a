//! Flags: complaints, abnormal lists and the like; a set of names per entity.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::keys::{EntityKey, KeySpace};
use crate::plan::TableInput;
use crate::terms::{Column, SetAside, is_missing, normalise};

use super::Intake;
use super::error::IngestError;
use super::keyed::{Row, Rows, Spec, Table, read_with};
use super::layout::{ReadAs, RequestedColumn};
use super::outcome::{Outcome, a_few};
use super::raw::{RawTable, by_block};
use super::source::Request;

const FLAG: usize = 1;

/// Most different flags of a table.
pub const MOST_FLAGS: usize = 32;
/// What separates several flags in one cell.
pub(super) const SEPARATORS: [char; 6] = [';', '；', '，', ',', '、', '|'];

/// Flags by entity; one row each, sorted by id.
#[derive(Clone, Debug)]
pub struct Flags {
    /// Names of the flags as in the file, normalised; sorted, at most 32.
    pub names: Vec<String>,
    /// Entities, sorted by id, unique.
    pub keys: Vec<EntityKey>,
    /// Flags of `keys[i]`: bit j stands for `names[j]`; at least one bit is set.
    pub bits: Vec<u32>,
}

/// The flags named in a cell.
fn names_in(cell: &str) -> impl Iterator<Item = Cow<'_, str>> {
    cell.split(SEPARATORS).map(normalise).filter(|name| !is_missing(name))
}

/// The wanted columns.
pub(super) fn request(input: &TableInput) -> Request<'_> {
    let requested = vec![
        RequestedColumn::required(Column::EntityId, ReadAs::Id),
        RequestedColumn::required(Column::Flag, ReadAs::Text),
    ];
    Request { table: "flags".to_owned(), input, requested }
}

/// Reads the flags table: one flag or several a row, any number of rows an entity.
pub(super) fn read_flags(
    input: &TableInput,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Flags, IngestError> {
    let spec = Spec { request: request(input), rows: Rows::Several, may_be_empty: true, notes_ids: false };
    let mut known: Vec<String> = Vec::new();
    let read = |(): &mut (), row: &mut Row<'_>| {
        let cell = row.text(FLAG).filter(|cell| names_in(cell).next().is_some());
        cell.map(Box::<str>::from).ok_or(SetAside::MissingFlag)
    };
    let mut collect = |batch: &RawTable<'_>, _: &[usize], outcome: &mut Outcome| {
        collect_names(batch, &mut known, outcome).map(|()| Vec::new())
    };
    let cells = read_with(&spec, space, intake, || (), read, &mut collect, None)?;
    known.sort();
    Ok(merge(known, &cells))
}

/// Adds the names of a batch that are not yet known, in the order of the file.
fn collect_names(table: &RawTable<'_>, known: &mut Vec<String>, outcome: &Outcome) -> Result<(), IngestError> {
    let Some(cells) = &table.columns[FLAG] else { return Ok(()) };
    let new_names = by_block(table.height, |rows| {
        let (mut seen, mut new_names): (BTreeSet<String>, Vec<(usize, String)>) = (BTreeSet::new(), Vec::new());
        for row in rows {
            for name in cells.word(row).into_iter().flat_map(names_in) {
                if new_names.len() <= MOST_FLAGS && !known.iter().any(|known| *known == name) && !seen.contains(&*name)
                {
                    seen.insert(name.clone().into_owned());
                    new_names.push((row, name.into_owned()));
                }
            }
        }
        new_names
    });
    for (row, name) in new_names.into_iter().flatten() {
        if known.contains(&name) {
            continue;
        }
        if known.len() == MOST_FLAGS {
            return Err(IngestError::TooManyFlags {
                file: outcome.file.clone(),
                row: table.row_number(row),
                names: a_few(known.iter().map(String::as_str), 6),
            });
        }
        known.push(name);
    }
    Ok(())
}

/// One row an entity; `names` are sorted and hold every name of the cells.
fn merge(names: Vec<String>, cells: &Table<Box<str>>) -> Flags {
    let bit = |name: Cow<'_, str>| names.binary_search_by(|own| (**own).cmp(&*name)).map_or(0, |at| 1u32 << at);
    let mut flags = Flags { keys: Vec::new(), bits: Vec::new(), names: Vec::new() };
    for (&key, cell) in cells.keys.iter().zip(&cells.values) {
        let bits = names_in(cell).fold(0, |bits, name| bits | bit(name));
        match flags.bits.last_mut().filter(|_| flags.keys.last() == Some(&key)) {
            Some(last) => *last |= bits,
            None => {
                flags.keys.push(key);
                flags.bits.push(bits);
            }
        }
    }
    Flags { names, ..flags }
}
