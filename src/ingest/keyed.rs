//! Tables keyed by entity: rows read block by block in parallel, faulty rows set aside, duplicates settled.

use std::collections::BTreeMap;

use crate::keys::{EntityKey, KeepRow, KeySpace, UniqueKeys, sort_unique};
use crate::plan::Duplicates;

use super::error::IngestError;
use super::ids::{Id, read_id, remark_on};
use super::layout::Want;
use super::outcome::{Jottings, Outcome};
use super::raw::{RawTable, by_block};
use super::source::Source;

/// Most rows of a table: row numbers are kept in 32 bits.
const MOST_ROWS: u32 = u32::MAX - 1;

/// A row that cannot be used: reason code and detail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reject {
    /// Kebab-case code.
    pub reason: &'static str,
    /// A sentence.
    pub detail: String,
}

/// The accepted rows of a table in file order.
#[derive(Debug)]
pub(super) struct Keyed<V> {
    /// Key of each accepted row.
    pub keys: Vec<EntityKey>,
    /// Value of each accepted row.
    pub values: Vec<V>,
    /// Rows set aside, by their place in file order.
    rejected: Vec<u32>,
    /// Well-formed rows seen so far.
    seen: u32,
}

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self { keys: Vec::new(), values: Vec::new(), rejected: Vec::new(), seen: 0 }
    }
}

/// What a block of rows gives.
struct Block<V> {
    keys: Vec<EntityKey>,
    values: Vec<V>,
    /// Ids to be interned, by their place in `keys`.
    long: Vec<(usize, String)>,
    rejects: Vec<(usize, Reject)>,
    jottings: Jottings,
}

impl<V: Send> Keyed<V> {
    /// Reads a batch: the id from column `key`, the value by `read`, which is given a scratch `state` per block.
    /// Returns the rows of the batch that were set aside, in order.
    pub fn absorb<S>(
        &mut self,
        table: &RawTable<'_>,
        check_ids: bool,
        space: &mut KeySpace,
        outcome: &mut Outcome,
        state: impl Fn() -> S + Sync,
        read: impl Fn(&mut S, usize, &mut Jottings) -> Result<V, Reject> + Sync,
    ) -> Result<Vec<usize>, IngestError> {
        let ids = table.columns.first().and_then(Option::as_ref);
        let height = u32::try_from(table.height).unwrap_or(u32::MAX);
        let seen = self.seen.checked_add(height).filter(|&seen| seen <= MOST_ROWS);
        let Some(seen) = seen else {
            return Err(IngestError::TooManyRows { file: outcome.file.clone(), limit: MOST_ROWS });
        };
        let blocks = by_block(table.height, |rows| {
            let mut block = Block {
                keys: Vec::with_capacity(rows.len()),
                values: Vec::with_capacity(rows.len()),
                long: Vec::new(),
                rejects: Vec::new(),
                jottings: Jottings::default(),
            };
            let mut state = state();
            for row in rows {
                let cell = ids.and_then(|ids| ids.text(row));
                match block.read_row(table, row, cell, check_ids, |jottings| read(&mut state, row, jottings)) {
                    Ok(()) => {}
                    Err(reject) => block.rejects.push((row, reject)),
                }
            }
            block
        });
        let mut set_aside = Vec::new();
        for block in blocks {
            let first = self.keys.len();
            self.keys.extend(block.keys);
            self.values.extend(block.values);
            for (at, id) in block.long {
                self.keys[first + at] = space.pack(&id);
            }
            for (row, reject) in block.rejects {
                outcome.set_aside(table.row_number(row), reject.reason, reject.detail, &table.raw(row));
                self.rejected.push(self.seen + u32::try_from(row).unwrap_or(u32::MAX));
                set_aside.push(row);
            }
            outcome.take(block.jottings, |row| table.row_number(row));
        }
        self.seen = seen;
        outcome.rows_read += u64::from(height);
        Ok(set_aside)
    }

    /// Sorts by id and keeps one row of each; the others are set aside. `rows` of the result count accepted rows.
    pub fn settle(
        &self,
        rule: Duplicates,
        space: &KeySpace,
        source: &Source,
        wants: &[Want],
        outcome: &mut Outcome,
    ) -> Result<UniqueKeys, IngestError> {
        let (keep, which) = match rule {
            Duplicates::First => (KeepRow::First, "first"),
            Duplicates::Last => (KeepRow::Last, "last"),
        };
        let unique = sort_unique(space, &self.keys, keep);
        let places: BTreeMap<u32, u32> =
            unique.duplicates.iter().flat_map(|pair| [pair.row, pair.kept]).map(|row| (row, self.place(row))).collect();
        let wanted: Vec<u32> = places.values().copied().collect();
        let mut recalled = source.recall(wants, &wanted)?;
        let numbers: BTreeMap<u32, u64> = recalled.iter().map(|(place, found)| (*place, found.row)).collect();
        let number = |row: u32| places.get(&row).and_then(|place| numbers.get(place)).copied().unwrap_or(0);
        for pair in &unique.duplicates {
            let raw = places.get(&pair.row).and_then(|place| recalled.remove(place)).map(|found| found.raw);
            let detail =
                format!("the entity is also in row {}, which is kept (rule: the {which} row)", number(pair.kept));
            outcome.set_aside(number(pair.row), "duplicate-key", detail, &raw.unwrap_or_default());
        }
        Ok(unique)
    }

    /// Place in file order of an accepted row.
    fn place(&self, accepted: u32) -> u32 {
        // `rejected[k] - k` accepted rows stand before the k-th rejected one.
        let (mut low, mut high) = (0, self.rejected.len());
        while low < high {
            let middle = low.midpoint(high);
            let before = self.rejected[middle] - u32::try_from(middle).unwrap_or(0);
            if before <= accepted { low = middle + 1 } else { high = middle }
        }
        accepted + u32::try_from(low).unwrap_or(0)
    }
}

impl<V> Block<V> {
    fn read_row(
        &mut self,
        table: &RawTable<'_>,
        row: usize,
        cell: Option<&str>,
        check_ids: bool,
        read: impl FnOnce(&mut Jottings) -> Result<V, Reject>,
    ) -> Result<(), Reject> {
        if let Some((reason, detail)) = table.faults.get(&row) {
            return Err(Reject { reason, detail: detail.clone() });
        }
        let (key, id, long) = match read_id(cell) {
            Id::Missing => {
                return Err(Reject { reason: "missing-key", detail: "the row names no entity".to_owned() });
            }
            Id::Mangled(detail) => return Err(Reject { reason: "mangled-key", detail }),
            Id::Packed(key, id) => (key, id, false),
            Id::Long(id) => (placeholder(), id, true),
        };
        let value = read(&mut self.jottings)?;
        if check_ids && let Some(kind) = remark_on(&id) {
            self.jottings.add(kind, row, &id);
        }
        if long {
            self.long.push((self.keys.len(), id.into_owned()));
        }
        self.keys.push(key);
        self.values.push(value);
        Ok(())
    }
}

fn placeholder() -> EntityKey {
    KeySpace::pack_plain(b"").expect("the empty id packs")
}

/// `values[rows[i]]` for each i, in parallel.
pub(super) fn gather<V: Copy + Send + Sync>(values: &[V], rows: &[u32]) -> Vec<V> {
    use rayon::prelude::*;
    rows.par_iter().with_min_len(super::raw::BLOCK).map(|&row| values[row as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_skip_the_rows_set_aside() {
        let keyed = Keyed::<()> { rejected: vec![0, 3, 4], ..Keyed::default() };
        assert_eq!([0, 1, 2, 3].map(|accepted| keyed.place(accepted)), [1, 2, 5, 6]);
        assert_eq!(Keyed::<()>::default().place(7), 7);
    }
}
