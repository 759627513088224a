//! Flags: complaints, abnormal lists and the like; a set of names per entity.

use std::collections::BTreeSet;

use crate::keys::{EntityKey, KeySpace, sort_rows};
use crate::plan::TableInput;
use crate::terms::{Column, normalise};

use super::Receipt;
use super::error::IngestError;
use super::keyed::{Keyed, Reject};
use super::layout::{Reads, Want};
use super::outcome::{Outcome, QuarantinedRow, a_few};
use super::raw::{RawTable, by_block};
use super::source::{Request, with_source};

/// Most different flags of a table.
const MOST_FLAGS: usize = 32;
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
fn names_in(cell: &str) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    cell.split(SEPARATORS).map(normalise).filter(|name| !name.is_empty())
}

/// Reads the flags table: one flag or several a row, any number of rows an entity.
pub(super) fn read_flags(
    input: &TableInput,
    space: &mut KeySpace,
    quarantine: &mut Vec<QuarantinedRow>,
) -> Result<(Flags, Receipt), IngestError> {
    let wants = vec![Want::required(Column::EntityId, Reads::Id), Want::required(Column::Flag, Reads::Text)];
    let request = Request { table: "flags".to_owned(), input, wants };
    let mut outcome = Outcome::new(&request.table, request.file());
    let ((flags, accepted), identity) = with_source(&request, &mut outcome, |source, outcome| {
        let mut known: Vec<String> = Vec::new();
        let mut keyed = Keyed::<u32>::default();
        source.read(&request.wants, outcome, &mut |table, outcome| {
            learn(&table, &mut known, outcome)?;
            let known = &known;
            let read = |(): &mut (), row: usize, _: &mut _| {
                let cell = table.columns[1].as_ref().and_then(|cells| cells.text(row)).unwrap_or_default();
                let bit = |name: &str| known.iter().position(|known| known == name).map_or(0, |at| 1u32 << at);
                let bits = names_in(cell).fold(0, |bits, name| bits | bit(&name));
                let missing = || Reject { reason: "missing-flag", detail: "the row names no flag".to_owned() };
                if bits == 0 { Err(missing()) } else { Ok(bits) }
            };
            keyed.absorb(&table, false, space, outcome, || (), read).map(drop)
        })?;
        if outcome.rows_read == 0 {
            outcome.remark("empty-table", format!("{}: no rows, so no entity carries a flag", outcome.file));
        } else {
            // Rows of which none can be used are a wrong file, not an empty list.
            outcome.refuse_nothing(keyed.keys.len())?;
        }
        Ok((merge(known, &keyed, space), keyed.keys.len()))
    })?;
    let receipt = Receipt::of(outcome, identity, accepted, quarantine)?;
    Ok((flags, receipt))
}

/// Adds the names of a batch that are not yet known, in the order of the file.
fn learn(table: &RawTable<'_>, known: &mut Vec<String>, outcome: &Outcome) -> Result<(), IngestError> {
    let Some(cells) = &table.columns[1] else { return Ok(()) };
    let news = by_block(table.height, |rows| {
        let (mut seen, mut news): (BTreeSet<String>, Vec<(usize, String)>) = (BTreeSet::new(), Vec::new());
        for row in rows {
            for name in cells.text(row).into_iter().flat_map(names_in) {
                if news.len() <= MOST_FLAGS && !known.iter().any(|known| *known == name) && !seen.contains(&*name) {
                    seen.insert(name.clone().into_owned());
                    news.push((row, name.into_owned()));
                }
            }
        }
        news
    });
    for (row, name) in news.into_iter().flatten() {
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

/// One row an entity, names sorted.
fn merge(known: Vec<String>, keyed: &Keyed<u32>, space: &KeySpace) -> Flags {
    let mut names = known.clone();
    names.sort();
    let place: Vec<usize> =
        known.iter().map(|name| names.binary_search(name).expect("names are the known ones, sorted")).collect();
    let renumber = |bits: u32| {
        (0..known.len()).filter(|&at| bits >> at & 1 == 1).fold(0u32, |renumbered, at| renumbered | 1 << place[at])
    };
    let mut flags = Flags { names, keys: Vec::new(), bits: Vec::new() };
    for row in sort_rows(space, &keyed.keys) {
        let (key, bits) = (keyed.keys[row as usize], renumber(keyed.values[row as usize]));
        match flags.bits.last_mut().filter(|_| flags.keys.last() == Some(&key)) {
            Some(last) => *last |= bits,
            None => {
                flags.keys.push(key);
                flags.bits.push(bits);
            }
        }
    }
    flags
}
