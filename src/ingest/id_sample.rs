//! A sample of ids by which they can be cut into ranges, taken wherever the ids are.

use serde::{Deserialize, Serialize};

use crate::sampling::lots::iv;

use super::ids::{Id, read_id};
use super::raw::RawTable;

/// Ids of a sample.
const SAMPLE: usize = 4096;

/// The ids with the smallest numbers, and how many were seen. The number of an id is always the same, and any number as likely, so that
/// every id has the same chance, in whatever pieces they are seen.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IdSample {
    ids: u64,
    smallest: Vec<(u64, String)>,
    /// No number above it can be among the smallest.
    bound: Option<u64>,
}

impl IdSample {
    /// Takes in the ids of rows; those that cannot be used are left out.
    pub(super) fn push(&mut self, raw: &RawTable<'_>) {
        let Some(cells) = raw.columns.first().and_then(Option::as_ref) else { return };
        for row in 0..raw.height {
            if let Id::Packed { id, .. } | Id::Long { id, .. } = read_id(cells.text(row)) {
                let iv = iv(&id);
                let number = u64::from_le_bytes(std::array::from_fn(|byte| iv[byte]));
                self.ids += 1;
                if self.bound.is_none_or(|bound| number < bound) {
                    self.smallest.push((number, id.into_owned()));
                }
            }
        }
        if self.smallest.len() > 4 * SAMPLE {
            self.shorten();
        }
    }

    /// Takes in the ids seen elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.ids += other.ids;
        self.smallest.extend(other.smallest);
        self.shorten();
    }

    /// Keeps what the sample needs.
    pub fn shorten(&mut self) {
        self.smallest.sort_unstable();
        // Rows of one id are one id.
        self.smallest.dedup();
        self.smallest.truncate(SAMPLE);
        self.bound = (self.smallest.len() == SAMPLE).then(|| self.smallest[SAMPLE - 1].0);
    }

    /// Ids seen, several rows of one counted each.
    pub fn ids(&self) -> u64 {
        self.ids
    }

    /// The ids of the sample, in order.
    pub fn into_ids(mut self) -> Vec<String> {
        self.shorten();
        let mut ids: Vec<String> = self.smallest.into_iter().map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::StringViewArray;

    use super::super::raw::{Cells, RawRows, RowNumbers};
    use super::*;

    #[test]
    fn the_sample_is_the_same_in_whatever_pieces_ids_are_seen() {
        let ids: Vec<String> = (0..60_000).map(|at| format!("ID{:06}", at * 7_919 % 50_000)).collect();
        let taken = |piece: &[String]| {
            let mut own = IdSample::default();
            for some in piece.chunks(1_000) {
                own.push(&RawTable {
                    columns: vec![Some(Cells::Text(StringViewArray::from_iter_values(some)))],
                    height: some.len(),
                    rows: RowNumbers::From(1),
                    raw: RawRows::Cells,
                    faults: BTreeMap::new(),
                    done: 1.0,
                });
            }
            own
        };
        let whole = taken(&ids);
        let mut pieces = taken(&ids[40_000..]);
        pieces.merge(taken(&ids[..40_000]));
        assert_eq!((whole.ids(), pieces.ids()), (60_000, 60_000));
        let sample = whole.into_ids();
        assert_eq!(sample, pieces.into_ids());
        assert_eq!(sample.len(), SAMPLE);
        assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
        // About as many below the middle as above it: within four standard errors.
        let below = sample.iter().filter(|id| id.as_str() < "ID025000").count() as f64;
        assert!((below - 2_048.0).abs() < 4.0 * 32.0, "{below}");
        assert_eq!(taken(&ids[..3]).into_ids().len(), 3);
    }
}
