//! Sorted runs: the rows of a table that memory does not hold, on disk.
//!
//! While a table is read, its rows so far are sorted by id and put aside as a run, again and again. Afterwards a range of ids
//! is read from all runs at once. A run stands in blocks of which the first and the last id are known, so that a range reads
//! few blocks beyond its own.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::UInt32Type;
use arrow::error::ArrowError;
use rayon::prelude::*;

use super::keyed::gather;
use crate::keys::{DuplicateRow, EntityKey, KeepRow, KeySpace, sort_pairs};
use crate::spill::{Block, Room, SpillError, SpillFile, key_column, keys_of};

/// Rows of a block.
const BLOCK_ROWS: usize = 1 << 16;

/// The rows of a table on disk.
#[derive(Clone, Debug)]
pub struct Runs {
    file: SpillFile,
    blocks: Vec<RunBlock>,
    /// Rows that another row of the same id stands for, ascending.
    losers: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct RunBlock {
    first: EntityKey,
    last: EntityKey,
    rows: usize,
    /// Keys, and places of the rows among the accepted ones.
    keys: Block,
    /// The values.
    values: Block,
}

/// Rows of a range of ids, sorted by id; several rows of one id in the order of the file.
#[derive(Clone, Debug)]
pub struct RangeRows {
    /// Ids.
    pub keys: Vec<EntityKey>,
    /// Values, column by column; no column where no block reaches into the range.
    pub columns: Vec<ArrayRef>,
}

/// Ids from `from` (included; `None`: from the first) to `to` (not included; `None`: to the last).
#[derive(Clone, Copy, Debug)]
pub struct IdRange {
    /// The first id.
    pub from: Option<EntityKey>,
    /// The first id beyond.
    pub to: Option<EntityKey>,
}

impl IdRange {
    /// The ranges that ids cut all ids into.
    pub fn cut(splitters: &[EntityKey]) -> Vec<Self> {
        let from = std::iter::once(None).chain(splitters.iter().copied().map(Some));
        let to = splitters.iter().copied().map(Some).chain([None]);
        from.zip(to).map(|(from, to)| Self { from, to }).collect()
    }

    /// The places of sorted keys that lie in the range.
    pub fn of(self, space: &KeySpace, keys: &[EntityKey]) -> std::ops::Range<usize> {
        let place = |bound: EntityKey| keys.partition_point(|&key| space.compare(key, bound).is_lt());
        self.from.map_or(0, place)..self.to.map_or(keys.len(), place)
    }
}

impl Runs {
    /// No run yet.
    pub fn new(room: &Room) -> Result<Self, SpillError> {
        Ok(Self { file: SpillFile::create(&room.folder)?, blocks: Vec::new(), losers: Vec::new() })
    }

    /// Puts rows aside as a run. `first` is the place of the first of them among all accepted rows.
    pub fn push(
        &mut self,
        space: &KeySpace,
        first: u32,
        keys: Vec<EntityKey>,
        columns: &[ArrayRef],
    ) -> Result<(), SpillError> {
        let (keys, order) = sort_pairs(space, keys);
        let blocks: Vec<Result<RunBlock, SpillError>> = order
            .par_chunks(BLOCK_ROWS)
            .zip(keys.par_chunks(BLOCK_ROWS))
            .map(|(rows, sorted)| {
                let places = UInt32Array::from_iter_values(rows.iter().map(|&row| first + row));
                let rows = UInt32Array::from(rows.to_vec());
                let values = columns.iter().map(|column| take(column, &rows, None));
                let values = values.collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
                Ok(RunBlock {
                    first: sorted[0],
                    last: sorted[sorted.len() - 1],
                    rows: sorted.len(),
                    keys: self.file.write(vec![key_column(sorted)?, Arc::new(places)])?,
                    values: self.file.write(values)?,
                })
            })
            .collect();
        for block in blocks {
            self.blocks.push(block?);
        }
        Ok(())
    }

    /// Ids that cut the rows into ranges of about `rows` rows.
    pub fn splitters(&self, space: &KeySpace, rows: usize) -> Vec<EntityKey> {
        let mut firsts: Vec<(EntityKey, usize)> = self.blocks.iter().map(|block| (block.first, block.rows)).collect();
        firsts.sort_by(|a, b| space.compare(a.0, b.0));
        let (mut splitters, mut sum): (Vec<EntityKey>, usize) = (Vec::new(), 0);
        let least = firsts.first().map(|first| first.0);
        for (first, of_block) in firsts {
            // Nothing lies below the first id of all, nor between equal ones.
            if sum >= rows && Some(first) != least && splitters.last() != Some(&first) {
                splitters.push(first);
                sum = 0;
            }
            sum += of_block;
        }
        splitters
    }

    /// Finds the rows that another row of the same id stands for, by row, and leaves them out from now on.
    pub fn set_duplicates_aside(
        &mut self,
        space: &KeySpace,
        keep: KeepRow,
        range_rows: usize,
    ) -> Result<Vec<DuplicateRow>, SpillError> {
        let mut duplicates = Vec::new();
        for range in IdRange::cut(&self.splitters(space, range_rows)) {
            let (keys, places, _) = self.sorted(space, range, false)?;
            let mut first = 0;
            for same in keys.chunk_by(|a, b| a == b) {
                let rows = &places[first..first + same.len()];
                first += same.len();
                let kept = match keep {
                    KeepRow::First => rows[0],
                    KeepRow::Last => rows[rows.len() - 1],
                };
                let losers = rows.iter().copied().filter(|&row| row != kept);
                duplicates.extend(losers.map(|row| DuplicateRow { row, kept }));
            }
        }
        duplicates.sort_unstable_by_key(|duplicate| duplicate.row);
        self.losers = duplicates.iter().map(|duplicate| duplicate.row).collect();
        Ok(duplicates)
    }

    /// The rows of a range.
    pub fn range(&self, space: &KeySpace, range: IdRange) -> Result<RangeRows, SpillError> {
        let (keys, places, columns) = self.sorted(space, range, true)?;
        let is_loser = |place: &u32| self.losers.binary_search(place).is_ok();
        if self.losers.is_empty() || !places.iter().any(is_loser) {
            return Ok(RangeRows { keys, columns });
        }
        let kept: Vec<u32> = (0..).zip(&places).filter(|(_, place)| !is_loser(place)).map(|(row, _)| row).collect();
        let rows = UInt32Array::from(kept.clone());
        let columns = columns.iter().map(|column| take(column, &rows, None)).collect::<Result<_, _>>()?;
        Ok(RangeRows { keys: gather(&keys, &kept), columns })
    }

    /// Keys, places and, if they are asked for, values of a range, sorted by id and place.
    #[allow(clippy::type_complexity, reason = "three columns of the same rows")]
    fn sorted(
        &self,
        space: &KeySpace,
        range: IdRange,
        with_values: bool,
    ) -> Result<(Vec<EntityKey>, Vec<u32>, Vec<ArrayRef>), SpillError> {
        let overlaps = |block: &&RunBlock| {
            range.to.is_none_or(|to| space.compare(block.first, to).is_lt())
                && range.from.is_none_or(|from| space.compare(block.last, from).is_ge())
        };
        let read = |block: &RunBlock| {
            let of_keys = self.file.read(&block.keys)?;
            let keys = keys_of(&of_keys[0]);
            let own = range.of(space, &keys);
            let places = of_keys[1].as_primitive::<UInt32Type>().values()[own.clone()].to_vec();
            let mut values = Vec::new();
            if with_values {
                values = self.file.read(&block.values)?.iter().map(|it| it.slice(own.start, own.len())).collect();
            }
            Ok((keys[own].to_vec(), places, values))
        };
        let blocks: Vec<&RunBlock> = self.blocks.iter().filter(overlaps).collect();
        let read: Vec<Result<(Vec<EntityKey>, Vec<u32>, Vec<ArrayRef>), SpillError>> =
            blocks.par_iter().map(|block| read(block)).collect();
        let (mut keys, mut places, mut pieces): (Vec<EntityKey>, Vec<u32>, Vec<Vec<ArrayRef>>) = Default::default();
        for block in read {
            let (of_keys, of_places, of_values) = block?;
            keys.extend(of_keys);
            places.extend(of_places);
            pieces.resize(of_values.len().max(pieces.len()), Vec::new());
            pieces.iter_mut().zip(of_values).for_each(|(pieces, piece)| pieces.push(piece));
        }
        // Runs and their blocks stand in the order of the file, and sorting keeps that order among equal ids.
        let (keys, order) = sort_pairs(space, keys);
        let rows = UInt32Array::from(order.clone());
        let column = |pieces: &Vec<ArrayRef>| {
            let whole = concat(&pieces.iter().map(|piece| &**piece).collect::<Vec<_>>())?;
            take(&whole, &rows, None)
        };
        let columns = pieces.par_iter().map(column).collect::<Result<_, ArrowError>>()?;
        Ok((keys, gather(&places, &order), columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;

    /// What reading one sorted table gives: ids with the place of the kept row.
    fn expected(ids: &[String], keep: KeepRow) -> Vec<(String, usize)> {
        let mut by_id: std::collections::BTreeMap<&String, usize> = Default::default();
        for (place, id) in ids.iter().enumerate() {
            match keep {
                KeepRow::First => _ = by_id.entry(id).or_insert(place),
                KeepRow::Last => _ = by_id.insert(id, place),
            }
        }
        by_id.into_iter().map(|(id, place)| (id.clone(), place)).collect()
    }

    #[test]
    fn ranges_of_runs_give_what_one_sorted_table_gives() {
        let room = Room { memory: 0, folder: std::env::temp_dir() };
        // Some ids are longer than what a key holds, some stand several times, in one run and in two.
        let id = |at: usize| match at % 11 {
            3 => format!("an id that is much too long for a key {}", at * 7 % 4_000),
            5 => format!("ID{:05}", at % 500),
            _ => format!("ID{:05}", at * 7_919 % 20_011),
        };
        let ids: Vec<String> = (0..9_000).map(id).collect();
        for keep in [KeepRow::First, KeepRow::Last] {
            let mut space = KeySpace::default();
            let keys: Vec<EntityKey> = ids.iter().map(|id| space.pack(id)).collect();
            let mut runs = Runs::new(&room).unwrap();
            for (first, part) in (0..).step_by(2_500).zip(keys.chunks(2_500)) {
                let texts = (first..first + part.len()).map(|place| format!("row {place}"));
                let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(texts));
                runs.push(&space, first as u32, part.to_vec(), &[column]).unwrap();
            }
            let wanted = expected(&ids, keep);
            let duplicates = runs.set_duplicates_aside(&space, keep, 1_000).unwrap();
            assert_eq!(duplicates.len(), ids.len() - wanted.len());
            assert!(duplicates.windows(2).all(|pair| pair[0].row < pair[1].row));
            let mut read = Vec::new();
            for range in IdRange::cut(&runs.splitters(&space, 700)) {
                let rows = runs.range(&space, range).unwrap();
                let texts = rows.columns[0].as_string_view();
                for (row, &key) in rows.keys.iter().enumerate() {
                    let id = space.unpack(key, &mut [0; crate::keys::PLAIN_LENGTH]).to_owned();
                    read.push((id, texts.value(row).trim_start_matches("row ").parse::<usize>().unwrap()));
                }
            }
            assert_eq!(read, wanted);
        }
    }
}
