//! The one reader of tables that are keyed by an id: rows read block by block in parallel, faulty rows set aside,
//! repeated ids settled, the account of the file closed.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef};

use crate::keys::{DuplicateRow, EntityKey, KeepRow, KeySpace, sort_pairs, sort_unique};
use crate::plan::Duplicates;
use crate::progress::Progress;
use crate::spill::Room;
use crate::table_reader::MOST_ROWS;
use crate::terms::{Note, SetAside, total_word};

use super::Intake;
use super::account::Account;
use super::attributes::joined;
use super::error::IngestError;
use super::ids::{Id, note_on, read_id};
use super::layout::RequestedColumn;
use super::outcome::{Notes, Outcome};
use super::place::bring;
use super::raw::{DayCell, NumberCell, RawTable, by_block};
use super::runs::Runs;
use super::source::{Request, Source, with_source};
use super::words::{Memo, Reading};

/// How often an id may stand in a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rows {
    /// Once; of several rows the plan's rule keeps one.
    OnePerId,
    /// Any number of times.
    Several,
}

/// A table to be read: its file and columns, and what its rows are.
#[derive(Debug)]
pub(super) struct Spec<'a> {
    /// The file and the columns, the id first.
    pub request: Request<'a>,
    /// How often an id may stand.
    pub rows: Rows,
    /// Whether a table without rows is a table, or a file that was exported wrongly.
    pub may_be_empty: bool,
    /// Whether the form of the ids is worth a note.
    pub notes_ids: bool,
}

/// The rows of a table, sorted by id; several rows of one id in the order of the file.
#[derive(Clone, Debug)]
pub struct Table<V> {
    /// Id of each row.
    pub keys: Vec<EntityKey>,
    /// Value of each row.
    pub values: Vec<V>,
    /// Place of each row among the accepted rows, in the order of the file; none for a table of one row an id without further
    /// columns.
    pub order: Vec<u32>,
    /// Further columns, each in the batches of the file; their rows stand in the order of the file.
    pub columns: Vec<Vec<ArrayRef>>,
    /// The rows, where they did not fit in memory: then nothing stands above. The first column holds the values, the others
    /// the further columns.
    pub runs: Option<Runs>,
}

/// Makes a column of values, for rows that do not fit in memory.
pub(super) type Column<V> = fn(&[V]) -> ArrayRef;

/// One row as it is read: its cells by the place of the wanted columns, and where notes on it go.
pub(super) struct Row<'r> {
    table: &'r RawTable<'r>,
    row: usize,
    notes: &'r mut Notes,
}

impl<'r> Row<'r> {
    /// The text of a cell; `None` where there is nothing.
    pub fn text(&self, column: usize) -> Option<&'r str> {
        self.table.columns[column].as_ref().and_then(|cells| cells.word(self.row))
    }

    /// The text of a cell as it stands, words for nothing and blanks too; `None` where the file has no such column.
    pub fn word(&self, column: usize) -> Option<&'r str> {
        self.table.columns[column].as_ref().map(|cells| cells.text(self.row).unwrap_or_default())
    }

    /// What a cell means as it stands, words for nothing and blanks too, as far as `memo` remembers it.
    pub fn reading<T: Copy>(
        &self,
        column: usize,
        memo: &mut Memo<T>,
        meaning: impl FnOnce(&str) -> Option<T>,
    ) -> Reading<'r, T> {
        self.table.columns[column].as_ref().map_or(Reading::NoColumn, |cells| memo.read(cells, self.row, meaning))
    }

    /// The number in a cell.
    pub fn number(&self, column: usize) -> NumberCell {
        self.table.columns[column].as_ref().map_or(NumberCell::Empty, |cells| cells.number(self.row))
    }

    /// The day in a cell.
    pub fn day(&self, column: usize) -> DayCell {
        self.table.columns[column].as_ref().map_or(DayCell::Empty, |cells| cells.day(self.row))
    }

    /// A cell as messages show it.
    pub fn shown(&self, column: usize) -> String {
        self.table.columns[column].as_ref().map(|cells| cells.shown(self.row)).unwrap_or_default()
    }

    /// Number of the row in its file.
    pub fn row_number(&self) -> u32 {
        // A file has fewer than 2^32 rows.
        self.table.row_number(self.row) as u32
    }

    /// Notes something about the row.
    pub fn note(&mut self, note: Note, value: &str) {
        self.notes.add(note, self.row, value);
    }

    /// Counts a word that is not known.
    pub fn unknown_word(&mut self, word: &str) {
        self.notes.unknown_word(word);
    }

    /// Sets one cell aside; the rest of the row is used.
    pub fn set_cell_aside(&mut self, column: &'static str, reason: SetAside) {
        self.notes.set_cell_aside(self.row, column, reason);
    }
}

/// Reads a table: the id of each row and the value that `read` makes of it.
///
/// # Errors
/// A file that cannot be read as this table; rows at fault go to the quarantine of `intake`.
pub(super) fn read<V: Clone + Send + Sync>(
    spec: &Spec<'_>,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
    read: impl Fn(&mut Row<'_>) -> Result<V, SetAside> + Sync + Send,
) -> Result<Table<V>, IngestError> {
    read_with(spec, space, intake, || (), |(), row| read(row), &mut |_, _, _| Ok(Vec::new()), None)
}

/// [`read`] with a scratch `state` for each block of rows, and with `batch` shown every batch beside its rows that were
/// set aside, in order; it gives the batch's further columns. With `on_disk`, rows beyond the table's share of memory go to
/// disk.
#[allow(clippy::too_many_arguments, reason = "the one reader of keyed tables")]
pub(super) fn read_with<V: Clone + Send + Sync, S>(
    spec: &Spec<'_>,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
    state: impl Fn() -> S + Sync + Send,
    read: impl Fn(&mut S, &mut Row<'_>) -> Result<V, SetAside> + Sync + Send,
    batch: &mut Batch<'_>,
    on_disk: Option<Column<V>>,
) -> Result<Table<V>, IngestError> {
    let request = &spec.request;
    let mut outcome = Outcome::new(&request.table, request.file());
    (intake.observe)(Progress::Step(&format!("reading {} ({})", request.table, request.file())));
    let elsewhere = intake.routed.as_mut().map(|routed| routed.remove(&request.table).unwrap_or_default());
    let is_whole = elsewhere.is_none();
    let mut work = |source: &Source, outcome: &mut Outcome| {
        let mut rows = Accepted::default();
        source.read(&request.requested, outcome, &mut |table, outcome| {
            let set_aside = rows.append_batch(&table, spec.notes_ids, space, outcome, &state, &read)?;
            rows.append_columns(batch(&table, &set_aside, outcome)?);
            (intake.observe)(Progress::Done(table.done));
            match on_disk.filter(|_| rows.bytes() > intake.room.run_bytes()) {
                Some(column) => rows.put_aside(space, &intake.room, column),
                None => Ok(()),
            }
        })?;
        rows.append_blocks();
        if let Some(column) = on_disk.filter(|_| rows.runs.is_some() && !rows.keys.is_empty()) {
            rows.put_aside(space, &intake.room, column)?;
        }
        let (usable, official) = (rows.accepted(), rows.official.take());
        let (table, accepted) = match spec.rows {
            Rows::Several => {
                let (keys, order) = sort_pairs(space, std::mem::take(&mut rows.keys));
                (rows.into_table(keys, order), usable)
            }
            Rows::OnePerId => {
                let keep = match request.input.duplicates {
                    Duplicates::First => KeepRow::First,
                    Duplicates::Last => KeepRow::Last,
                };
                let (keys, order, duplicates) = match &mut rows.runs {
                    Some(runs) => {
                        let duplicates = runs.set_duplicates_aside(space, keep, intake.room.range_rows())?;
                        (Vec::new(), Vec::new(), duplicates)
                    }
                    None => {
                        let unique = sort_unique(space, std::mem::take(&mut rows.keys), keep);
                        (unique.keys, unique.rows, unique.duplicates)
                    }
                };
                rows.set_duplicates_aside(&duplicates, keep, source, &request.requested, outcome)?;
                let mut table = rows.into_table(keys, order);
                if table.columns.is_empty() {
                    // Nothing is left to be put in order.
                    table.order = Vec::new();
                }
                (table, usable - duplicates.len())
            }
        };
        Ok((table, usable, accepted, official))
    };
    let ((table, usable, accepted, official), identity) = match elsewhere {
        None => {
            let brought = bring(request, &intake.room)?;
            let (value, identity) = with_source(request, &brought, &mut outcome, &mut work)?;
            (value, Some(identity))
        }
        Some(routed) => (work(&Source::Routed(routed), &mut outcome)?, None),
    };
    let account = Account { identity, official, ..outcome.into_account(usable, accepted) };
    if is_whole {
        let receipt = account.close(spec.may_be_empty, intake.set_aside_limit, &mut intake.quarantine)?;
        intake.receipts.push(receipt);
    } else {
        intake.accounts.push(account);
    }
    Ok(table)
}

/// What is shown every batch: the batch, its rows that were set aside, and the outcome of the file.
pub(super) type Batch<'b> =
    dyn FnMut(&RawTable<'_>, &[usize], &mut Outcome) -> Result<Vec<Option<ArrayRef>>, IngestError> + Send + 'b;

/// The accepted rows of a table in the order of the file.
#[derive(Debug)]
struct Accepted<V> {
    keys: Vec<EntityKey>,
    values: Vec<V>,
    /// Blocks of the last batch, to stand behind them: they are appended while the batch after next is read.
    blocks: Vec<(Vec<EntityKey>, Vec<V>)>,
    /// Further columns, batch by batch.
    columns: Vec<Vec<ArrayRef>>,
    /// Rows that went to disk, and how many.
    runs: Option<Runs>,
    on_disk: usize,
    /// Rows set aside, by their place in the file.
    rejected: Vec<u32>,
    /// Well-formed rows seen so far.
    seen: u32,
    /// The first id of official form: row and id.
    official: Option<(u64, String)>,
}

impl<V> Default for Accepted<V> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            values: Vec::new(),
            blocks: Vec::new(),
            columns: Vec::new(),
            runs: None,
            on_disk: 0,
            rejected: Vec::new(),
            seen: 0,
            official: None,
        }
    }
}

/// What a block of rows gives.
struct Block<V> {
    keys: Vec<EntityKey>,
    values: Vec<V>,
    /// Ids to be interned, by their place in `keys`.
    long: Vec<(usize, String)>,
    rejects: Vec<(usize, SetAside)>,
    notes: Notes,
    official: Option<(usize, String)>,
}

impl<V: Clone + Send + Sync> Accepted<V> {
    /// Reads a batch. Returns its rows that were set aside, in order.
    fn append_batch<S>(
        &mut self,
        table: &RawTable<'_>,
        notes_ids: bool,
        space: &mut KeySpace,
        outcome: &mut Outcome,
        state: &(impl Fn() -> S + Sync),
        read: &(impl Fn(&mut S, &mut Row<'_>) -> Result<V, SetAside> + Sync),
    ) -> Result<Vec<usize>, IngestError> {
        let height = u32::try_from(table.height).unwrap_or(u32::MAX);
        let seen = self.seen.checked_add(height).filter(|&seen| u64::from(seen) <= MOST_ROWS);
        let Some(seen) = seen else {
            return Err(IngestError::TooManyRows { file: outcome.file.clone(), limit: MOST_ROWS });
        };
        self.append_blocks();
        let blocks = by_block(table.height, |rows| {
            let mut block = Block::of_capacity(rows.len());
            let mut state = state();
            for row in rows {
                if let Err(reason) = block.read_row(table, row, notes_ids, |row| read(&mut state, row)) {
                    block.rejects.push((row, reason));
                }
            }
            block
        });
        let mut set_aside = Vec::new();
        for mut block in blocks {
            for (at, id) in block.long {
                block.keys[at] = space.pack(&id);
            }
            self.blocks.push((block.keys, block.values));
            for (row, reason) in block.rejects {
                outcome.set_aside(table.row_number(row), reason, &table.raw(row));
                self.rejected.push(self.seen + u32::try_from(row).unwrap_or(u32::MAX));
                set_aside.push(row);
            }
            if self.official.is_none() {
                self.official = block.official.map(|(row, id)| (table.row_number(row), id));
            }
            outcome.take(block.notes, |row| table.row_number(row), |row| table.raw(row));
        }
        self.seen = seen;
        outcome.rows_read += u64::from(height);
        Ok(set_aside)
    }

    fn append_blocks(&mut self) {
        for (keys, values) in std::mem::take(&mut self.blocks) {
            self.keys.extend(keys);
            self.values.extend(values);
        }
    }

    fn append_columns(&mut self, batch: Vec<Option<ArrayRef>>) {
        self.columns.resize(batch.len().max(self.columns.len()), Vec::new());
        self.columns.iter_mut().zip(batch).for_each(|(column, piece)| column.extend(piece));
    }

    /// Accepted rows so far.
    fn accepted(&self) -> usize {
        self.on_disk + self.in_memory()
    }

    fn in_memory(&self) -> usize {
        self.keys.len() + self.blocks.iter().map(|(keys, _)| keys.len()).sum::<usize>()
    }

    /// Bytes of the rows in memory.
    fn bytes(&self) -> u64 {
        let row = size_of::<EntityKey>() + size_of::<V>();
        let columns = self.columns.iter().flatten().map(|piece| piece.get_array_memory_size());
        (self.in_memory() * row + columns.sum::<usize>()) as u64
    }

    /// Puts the rows in memory aside as a run.
    fn put_aside(&mut self, space: &KeySpace, room: &Room, column: Column<V>) -> Result<(), IngestError> {
        self.append_blocks();
        let mut columns = vec![column(&self.values)];
        for pieces in std::mem::take(&mut self.columns) {
            columns.push(
                joined(&pieces)
                    .map_err(|problem| super::attributes::internal(&room.folder.display().to_string(), &problem))?,
            );
        }
        let runs = match &mut self.runs {
            Some(runs) => runs,
            None => self.runs.insert(Runs::new(room)?),
        };
        let (keys, first) = (std::mem::take(&mut self.keys), self.on_disk as u32);
        self.on_disk += keys.len();
        self.values = Vec::new();
        runs.push(space, first, keys, &columns)?;
        Ok(())
    }

    /// The table, `keys` and `order` being the ids and places of the rows in memory in the order of the ids.
    fn into_table(self, keys: Vec<EntityKey>, order: Vec<u32>) -> Table<V> {
        let values = gather(&self.values, &order);
        Table { keys, values, order, columns: self.columns, runs: self.runs }
    }

    /// Sets rows aside that another row of the same id stands for.
    fn set_duplicates_aside(
        &self,
        duplicates: &[DuplicateRow],
        keep: KeepRow,
        source: &Source,
        requested: &[RequestedColumn],
        outcome: &mut Outcome,
    ) -> Result<(), IngestError> {
        let last = keep == KeepRow::Last;
        let places: BTreeMap<u32, u32> =
            duplicates.iter().flat_map(|pair| [pair.row, pair.kept]).map(|row| (row, self.place(row))).collect();
        let wanted: Vec<u32> = places.values().copied().collect();
        let mut reread = source.reread(requested, &wanted)?;
        let numbers: BTreeMap<u32, u64> = reread.iter().map(|(place, found)| (*place, found.row)).collect();
        let number = |row: u32| places.get(&row).and_then(|place| numbers.get(place)).copied().unwrap_or(0);
        for pair in duplicates {
            let raw = places.get(&pair.row).and_then(|place| reread.remove(place)).map(|found| found.raw);
            let reason = SetAside::DuplicateKey { kept: number(pair.kept), last };
            outcome.set_aside(number(pair.row), reason, &raw.unwrap_or_default());
        }
        Ok(())
    }

    /// Place in the file of an accepted row.
    fn place(&self, accepted: u32) -> u32 {
        // `rejected[k] - k` accepted rows stand before the k-th rejected one.
        let before = |at: usize| self.rejected[at] - u32::try_from(at).unwrap_or(0);
        let (mut low, mut high) = (0, self.rejected.len());
        while low < high {
            let middle = low.midpoint(high);
            if before(middle) <= accepted { low = middle + 1 } else { high = middle }
        }
        accepted + u32::try_from(low).unwrap_or(0)
    }
}

impl<V> Block<V> {
    fn of_capacity(rows: usize) -> Self {
        Self {
            keys: Vec::with_capacity(rows),
            values: Vec::with_capacity(rows),
            long: Vec::new(),
            rejects: Vec::new(),
            notes: Notes::default(),
            official: None,
        }
    }

    fn read_row(
        &mut self,
        table: &RawTable<'_>,
        row: usize,
        notes_ids: bool,
        read: impl FnOnce(&mut Row<'_>) -> Result<V, SetAside>,
    ) -> Result<(), SetAside> {
        if let Some(fault) = table.faults.get(&row) {
            return Err(fault.clone());
        }
        let cell = table.columns.first().and_then(Option::as_ref).and_then(|ids| ids.text(row));
        let (key, id, repaired) = match read_id(cell) {
            Id::Refused(SetAside::MissingKey) => return Err(total(table, row).unwrap_or(SetAside::MissingKey)),
            Id::Refused(reason) => return Err(reason),
            Id::Packed { key, id, repaired } => (Some(key), id, repaired),
            Id::Long { id, repaired } => (None, id, repaired),
        };
        let value = read(&mut Row { table, row, notes: &mut self.notes })?;
        if repaired {
            self.notes.add(Note::RepairedId, row, &id);
        }
        if notes_ids {
            match note_on(&id) {
                Some(note) => self.notes.add(note, row, &id),
                None if self.official.is_none() => self.official = Some((row, id.clone().into_owned())),
                None => {}
            }
        }
        if key.is_none() {
            self.long.push((self.keys.len(), id.into_owned()));
        }
        self.keys.push(key.unwrap_or(NOT_YET));
        self.values.push(value);
        Ok(())
    }
}

/// Stands for an id that is interned after its block.
const NOT_YET: EntityKey = EntityKey::FIRST;

/// A row without id that is a total of the others.
fn total(table: &RawTable<'_>, row: usize) -> Option<SetAside> {
    let texts = table.columns.iter().flatten().filter_map(|cells| cells.text(row));
    texts.filter_map(total_word).next().map(|word| SetAside::TotalRow { word: word.to_owned() })
}

/// `values[rows[i]]` for each i, in parallel.
pub(super) fn gather<V: Clone + Send + Sync>(values: &[V], rows: &[u32]) -> Vec<V> {
    use rayon::prelude::*;
    rows.par_iter().with_min_len(super::raw::BLOCK).map(|&row| values[row as usize].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_skip_the_rows_set_aside() {
        let rows = |rejected: Vec<u32>| Accepted::<()> { rejected, ..Accepted::default() };
        assert_eq!([0, 1, 2, 3].map(|accepted| rows(vec![0, 3, 4]).place(accepted)), [1, 2, 5, 6]);
        assert_eq!(rows(Vec::new()).place(7), 7);
    }
}
