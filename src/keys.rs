//! Entity ids as 128-bit keys: packed once at ingest, then joined, sorted and deduplicated as integers.
//!
//! An id of at most 20 characters of `[-0-9A-Za-z]` (every 统一社会信用代码, 注册号 and 组织机构代码) is packed at six bits
//! a character, so that the order of the integers is the byte order of the ids. Any other id is interned in a
//! [`KeySpace`] and ordered there by its text; a table may hold both kinds.

use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The longest id, in characters, that packs without being interned.
pub const PLAIN_LENGTH: usize = 20;

const INTERNED: u128 = 1 << 127;
const HALF: usize = PLAIN_LENGTH / 2;

/// `-` 0–9 A–Z a–z in byte order as 1..=63; 0 marks the end of the id, and in this table "not in the alphabet".
const SYMBOLS: [u8; 64] = *b"\0-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CODES: [u8; 256] = {
    let mut codes = [0u8; 256];
    let mut code = 1;
    while code < 64 {
        codes[SYMBOLS[code] as usize] = code as u8;
        code += 1;
    }
    codes
};

/// An entity id packed into 128 bits; see the module for the order of keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntityKey(u128);

impl EntityKey {
    fn interned(self) -> Option<usize> {
        (self.0 & INTERNED != 0).then_some((self.0 & !INTERNED) as usize)
    }
}

/// The ids that do not pack, shared by all tables of a run so that equal ids get equal keys.
#[derive(Default, Debug, Clone)]
pub struct KeySpace {
    texts: Vec<Box<str>>,
    index: BTreeMap<Box<str>, usize>,
}

impl KeySpace {
    /// The key of `id`; interns the id if it does not pack.
    pub fn pack(&mut self, id: &str) -> EntityKey {
        if let Some(key) = Self::pack_plain(id.as_bytes()) {
            return key;
        }
        let index = match self.index.get(id) {
            Some(&index) => index,
            None => {
                let index = self.texts.len();
                self.texts.push(id.into());
                self.index.insert(id.into(), index);
                index
            }
        };
        EntityKey(INTERNED | index as u128)
    }

    /// The key of an id that packs, `None` for one that must be interned by [`KeySpace::pack`].
    #[inline]
    pub fn pack_plain(id: &[u8]) -> Option<EntityKey> {
        if id.len() > PLAIN_LENGTH {
            return None;
        }
        let mut halves = [0u64; 2];
        for (half, bytes) in halves.iter_mut().zip([&id[..id.len().min(HALF)], &id[id.len().min(HALF)..]]) {
            let mut invalid = false;
            for &byte in bytes {
                let code = CODES[byte as usize];
                invalid |= code == 0;
                *half = *half << 6 | u64::from(code);
            }
            if invalid {
                return None;
            }
            *half <<= 6 * (HALF - bytes.len());
        }
        Some(EntityKey(u128::from(halves[0]) << 60 | u128::from(halves[1])))
    }

    /// The key of an id already seen or packable; `None` if no table of this space holds it.
    pub fn find(&self, id: &str) -> Option<EntityKey> {
        Self::pack_plain(id.as_bytes()).or_else(|| self.index.get(id).map(|&i| EntityKey(INTERNED | i as u128)))
    }

    /// The id of a key, written into `buffer` unless it was interned.
    #[inline]
    pub fn unpack<'a>(&'a self, key: EntityKey, buffer: &'a mut [u8; PLAIN_LENGTH]) -> &'a str {
        if let Some(index) = key.interned() {
            return &self.texts[index];
        }
        let mut length = 0;
        for (half, offset) in [((key.0 >> 60) as u64, 0), (key.0 as u64 & ((1 << 60) - 1), HALF)] {
            for place in 0..HALF {
                let code = (half >> (6 * (HALF - 1 - place))) as usize & 63;
                buffer[offset + place] = SYMBOLS[code];
                length += usize::from(code != 0);
            }
        }
        std::str::from_utf8(&buffer[..length]).expect("the symbols are ASCII")
    }

    /// Byte order of the two ids.
    #[inline]
    pub fn compare(&self, a: EntityKey, b: EntityKey) -> Ordering {
        if (a.0 | b.0) & INTERNED == 0 {
            return a.0.cmp(&b.0);
        }
        let (mut left, mut right) = ([0; PLAIN_LENGTH], [0; PLAIN_LENGTH]);
        self.unpack(a, &mut left).cmp(self.unpack(b, &mut right))
    }
}

/// Which of several rows with one key is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeepRow {
    /// The row that comes first in the file.
    First,
    /// The row that comes last in the file.
    Last,
}

/// A row that lost to another row with the same key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DuplicateRow {
    /// The row that is not kept.
    pub row: u32,
    /// The row that stands for the entity.
    pub kept: u32,
}

/// The distinct keys of a table in id order.
#[derive(Debug, Clone)]
pub struct UniqueKeys {
    /// Distinct keys, sorted by id.
    pub keys: Vec<EntityKey>,
    /// `rows[i]` is the input row that holds `keys[i]`.
    pub rows: Vec<u32>,
    /// The rows that are not kept, by row.
    pub duplicates: Vec<DuplicateRow>,
}

/// Sorts keys by id and keeps one row of each. Parallel; the result does not depend on the thread count.
pub fn sort_unique(space: &KeySpace, keys: &[EntityKey], keep: KeepRow) -> UniqueKeys {
    let sorted = sort_pairs(space, keys);
    let mut unique = UniqueKeys {
        keys: Vec::with_capacity(keys.len()),
        rows: Vec::with_capacity(keys.len()),
        duplicates: Vec::new(),
    };
    for run in sorted.chunk_by(|a, b| a.key() == b.key()) {
        let kept = match keep {
            KeepRow::First => run[0].row,
            KeepRow::Last => run[run.len() - 1].row,
        };
        unique.keys.push(run[0].key());
        unique.rows.push(kept);
        let losers = run.iter().map(|pair| pair.row).filter(|&row| row != kept);
        unique.duplicates.extend(losers.map(|row| DuplicateRow { row, kept }));
    }
    unique.duplicates.sort_unstable_by_key(|duplicate| duplicate.row);
    unique
}

/// Row numbers in id order, rows of one id in file order; duplicates are kept.
pub fn sort_rows(space: &KeySpace, keys: &[EntityKey]) -> Vec<u32> {
    sort_pairs(space, keys).into_iter().map(|pair| pair.row).collect()
}

/// For every key of `left`, the place of the same key in `right`; [`UNMATCHED`] where there is none.
/// Both sides are sorted by id; `right` holds each key once.
pub fn match_rows(space: &KeySpace, left: &[EntityKey], right: &[EntityKey]) -> Vec<u32> {
    const BLOCK: usize = 1 << 16;
    let mut places = vec![UNMATCHED; left.len()];
    places.par_chunks_mut(BLOCK).zip(left.par_chunks(BLOCK)).for_each(|(places, left)| {
        let mut at = right.partition_point(|&key| space.compare(key, left[0]).is_lt());
        for (place, &key) in places.iter_mut().zip(left) {
            while at < right.len() && space.compare(right[at], key).is_lt() {
                at += 1;
            }
            if at < right.len() && right[at] == key {
                *place = u32::try_from(at).expect("tables hold fewer than 2^32 rows");
            }
        }
    });
    places
}

/// No such key on the right side of [`match_rows`].
pub const UNMATCHED: u32 = u32::MAX;

/// A key in two words and its row: 24 bytes where `(u128, u32)` takes 32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    high: u64,
    low: u64,
    row: u32,
}

impl Pair {
    fn key(self) -> EntityKey {
        EntityKey(u128::from(self.high) << 64 | u128::from(self.low))
    }
}

fn sort_pairs(space: &KeySpace, keys: &[EntityKey]) -> Vec<Pair> {
    assert!(keys.len() < UNMATCHED as usize, "tables hold fewer than 2^32 - 1 rows");
    let pair =
        |(row, key): (usize, &EntityKey)| Pair { high: (key.0 >> 64) as u64, low: key.0 as u64, row: row as u32 };
    let mut pairs: Vec<Pair> = keys.par_iter().enumerate().map(pair).collect();
    pairs.par_sort_unstable();
    let plain = pairs.partition_point(|pair| pair.key().interned().is_none());
    if plain < pairs.len() {
        // Interned ids stand last and in order of first sight: put them by their text among the others.
        pairs.par_sort_by(|a, b| space.compare(a.key(), b.key()).then(a.row.cmp(&b.row)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn space_of(ids: &[String]) -> (KeySpace, Vec<EntityKey>) {
        let mut space = KeySpace::default();
        let keys = ids.iter().map(|id| space.pack(id)).collect();
        (space, keys)
    }

    #[test]
    fn every_code_of_the_field_packs_without_interning() {
        for id in ["91350100M000100Y43", "440301103097413", "71526726-X", "", "a", "zzzzzzzzzzzzzzzzzzzz"] {
            let key = KeySpace::pack_plain(id.as_bytes()).expect(id);
            assert_eq!(KeySpace::default().unpack(key, &mut [0; PLAIN_LENGTH]), id);
        }
        for id in ["检查对象-甲", "zzzzzzzzzzzzzzzzzzzzz", "a b", "a_b"] {
            assert_eq!(KeySpace::pack_plain(id.as_bytes()), None, "{id}");
        }
    }

    #[test]
    fn the_kept_row_is_the_one_the_rule_names() {
        let (space, keys) = space_of(&["b", "a", "b", "检查", "b", "检查"].map(String::from));
        let first = sort_unique(&space, &keys, KeepRow::First);
        assert_eq!(first.rows, [1, 0, 3]);
        assert_eq!(first.duplicates.iter().map(|d| (d.row, d.kept)).collect::<Vec<_>>(), [(2, 0), (4, 0), (5, 3)]);
        assert_eq!(sort_unique(&space, &keys, KeepRow::Last).rows, [1, 4, 5]);
    }

    proptest! {
        #[test]
        fn sorting_keys_is_sorting_ids(ids in prop::collection::vec("[-0-9A-Za-z_甲乙]{0,24}", 0..60)) {
            let (space, keys) = space_of(&ids);
            let unique = sort_unique(&space, &keys, KeepRow::First);
            let sorted: Vec<String> =
                unique.keys.iter().map(|&key| space.unpack(key, &mut [0; PLAIN_LENGTH]).to_owned()).collect();
            let expected: Vec<String> = ids.iter().cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
            prop_assert_eq!(sorted, expected);
            prop_assert_eq!(unique.rows.len() + unique.duplicates.len(), ids.len());
        }

        #[test]
        fn matching_finds_what_a_map_finds(
            left in prop::collection::btree_set("[0-9甲]{1,2}", 0..40),
            right in prop::collection::btree_set("[0-9甲]{1,2}", 0..40),
        ) {
            let mut space = KeySpace::default();
            let left: Vec<_> = left.iter().map(|id| space.pack(id)).collect();
            let right: Vec<_> = right.iter().map(|id| space.pack(id)).collect();
            let found = match_rows(&space, &left, &right);
            for (key, place) in left.iter().zip(found) {
                let expected = right.iter().position(|other| other == key).map_or(UNMATCHED, |p| p as u32);
                prop_assert_eq!(place, expected);
            }
        }
    }
}
