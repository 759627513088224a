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
    /// The key of the empty id, before all others.
    pub const FIRST: Self = Self(0);

    /// The bits of the key.
    pub fn bits(self) -> u128 {
        self.0
    }

    /// The key of these bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

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

    /// The id of a key, written into `buffer` unless it was interned.
    #[inline]
    pub fn unpack<'a>(&'a self, key: EntityKey, buffer: &'a mut [u8; PLAIN_LENGTH]) -> &'a str {
        if let Some(index) = key.interned() {
            return &self.texts[index];
        }
        Self::unpack_plain(key, buffer)
    }

    /// The id of a key that was packed.
    #[inline]
    pub fn unpack_plain(key: EntityKey, buffer: &mut [u8; PLAIN_LENGTH]) -> &str {
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
    let (sorted, rows) = sort_pairs(space, keys);
    if sorted.par_windows(2).all(|pair| pair[0] != pair[1]) {
        return UniqueKeys { keys: sorted, rows, duplicates: Vec::new() };
    }
    let mut unique = UniqueKeys { keys: Vec::new(), rows: Vec::new(), duplicates: Vec::new() };
    let mut first = 0;
    for run in sorted.chunk_by(|a, b| a == b) {
        let run_rows = &rows[first..first + run.len()];
        first += run.len();
        let kept = match keep {
            KeepRow::First => run_rows[0],
            KeepRow::Last => run_rows[run_rows.len() - 1],
        };
        unique.keys.push(run[0]);
        unique.rows.push(kept);
        let losers = run_rows.iter().copied().filter(|&row| row != kept);
        unique.duplicates.extend(losers.map(|row| DuplicateRow { row, kept }));
    }
    unique.duplicates.sort_unstable_by_key(|duplicate| duplicate.row);
    unique
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

/// Keys in id order and the row of each; equal ids in the order of their rows. Parallel; the result does not depend on the
/// thread count.
pub fn sort_pairs(space: &KeySpace, keys: &[EntityKey]) -> (Vec<EntityKey>, Vec<u32>) {
    assert!(keys.len() < UNMATCHED as usize, "tables hold fewer than 2^32 - 1 rows");
    if keys.par_iter().all(|key| key.interned().is_none())
        && let Some(compactor) = Compactor::of(keys)
    {
        let compact = |(row, key): (usize, &EntityKey)| compactor.encode(key.0) << 32 | row as u128;
        let mut pairs: Vec<u128> = keys.par_iter().enumerate().map(compact).collect();
        sort_words(&mut pairs, compactor.bits() + 32);
        return pairs.par_iter().map(|pair| (EntityKey(compactor.decode(pair >> 32)), *pair as u32)).unzip();
    }
    let mut pairs: Vec<(EntityKey, u32)> = keys.par_iter().enumerate().map(|(row, &key)| (key, row as u32)).collect();
    pairs.par_sort_unstable_by(|a, b| space.compare(a.0, b.0).then(a.1.cmp(&b.1)));
    pairs.into_par_iter().unzip()
}

/// Sorts distinct words below 2^`bits`: first into buckets by their leading bits, each of which fits a processor's cache.
fn sort_words(words: &mut [u128], bits: u32) {
    const BUCKETS: usize = 1 << 11;
    const FEW: usize = 1 << 16;
    if words.len() < FEW {
        return words.par_sort_unstable();
    }
    let shift = bits.saturating_sub(BUCKETS.ilog2());
    let bucket = |word: u128| (word >> shift) as usize;
    // Each part goes into buckets of its own; `ends[b]` is where its bucket b ends.
    let parts: Vec<(Vec<u128>, Vec<usize>)> = words
        .par_chunks(words.len().div_ceil(rayon::current_num_threads() * 2))
        .map(|part| {
            let mut ends = vec![0; BUCKETS];
            part.iter().for_each(|&word| ends[bucket(word)] += 1);
            let mut start = 0;
            for end in &mut ends {
                (*end, start) = (start, start + *end);
            }
            let mut sorted = vec![0; part.len()];
            for &word in part {
                let place = &mut ends[bucket(word)];
                sorted[*place] = word;
                *place += 1;
            }
            (sorted, ends)
        })
        .collect();
    let range = |ends: &[usize], bucket: usize| if bucket == 0 { 0..ends[0] } else { ends[bucket - 1]..ends[bucket] };
    let mut buckets = Vec::with_capacity(BUCKETS);
    let mut rest = words;
    for bucket in 0..BUCKETS {
        let (own, others) = rest.split_at_mut(parts.iter().map(|(_, ends)| range(ends, bucket).len()).sum());
        buckets.push(own);
        rest = others;
    }
    buckets.into_par_iter().enumerate().for_each(|(bucket, words)| {
        let mut first = 0;
        for (sorted, ends) in &parts {
            let part = &sorted[range(ends, bucket)];
            words[first..first + part.len()].copy_from_slice(part);
            first += part.len();
        }
        if words.len() < FEW { words.sort_unstable() } else { words.par_sort_unstable() }
    });
}

/// Leaves out what all keys of a table share, so that key and row fit one 128-bit word: the order is kept.
enum Compactor {
    /// The keys differ only in a run of characters of at most 96 bits.
    Run {
        /// Bits to the right of the run.
        shift: u32,
        /// The run's bits, at the right end.
        mask: u128,
        /// The rest of every key.
        common: u128,
    },
    /// Of each character place only the symbols that occur there are counted, which brings any set of official codes
    /// under 96 bits.
    Ranks {
        /// The places that differ, first character first.
        places: Vec<Place>,
        /// The symbols that all keys share.
        common: u128,
    },
}

struct Place {
    /// Bits to the right of the place in a key.
    shift: u32,
    /// Bits of its rank.
    bits: u32,
    rank: [u8; 64],
    symbol: [u8; 64],
}

impl Compactor {
    /// `None` if keys and rows do not fit.
    fn of(keys: &[EntityKey]) -> Option<Self> {
        let used = keys
            .par_chunks(1 << 14)
            .map(|keys| {
                let mut used = [0u64; PLAIN_LENGTH];
                for key in keys {
                    for (place, used) in used.iter_mut().enumerate() {
                        *used |= 1 << (key.0 >> (6 * place) & 63);
                    }
                }
                used
            })
            .reduce(|| [0; PLAIN_LENGTH], |a, b| std::array::from_fn(|place| a[place] | b[place]));
        let (mut places, mut common) = (Vec::new(), 0);
        for (place, used) in used.into_iter().enumerate().rev() {
            let mut symbols = (0..64u8).filter(|symbol| used >> symbol & 1 == 1);
            let shift = 6 * place as u32;
            if used.count_ones() < 2 {
                common |= u128::from(symbols.next_back().unwrap_or(0)) << shift;
                continue;
            }
            let mut own = Place { shift, bits: (used.count_ones() - 1).ilog2() + 1, rank: [0; 64], symbol: [0; 64] };
            for (rank, symbol) in symbols.enumerate() {
                own.rank[usize::from(symbol)] = rank as u8;
                own.symbol[rank] = symbol;
            }
            places.push(own);
        }
        let shift = places.last().map_or(0, |place| place.shift);
        let width = places.first().map_or(0, |place| place.shift + 6 - shift);
        if width <= 96 {
            let mask = (1 << width) - 1;
            return keys.first().map(|key| Self::Run { shift, mask, common: key.0 & !(mask << shift) });
        }
        (places.iter().map(|place| place.bits).sum::<u32>() <= 96).then_some(Self::Ranks { places, common })
    }

    /// Bits of an encoded key.
    fn bits(&self) -> u32 {
        match self {
            Self::Run { mask, .. } => mask.count_ones(),
            Self::Ranks { places, .. } => places.iter().map(|place| place.bits).sum(),
        }
    }

    #[inline]
    fn encode(&self, key: u128) -> u128 {
        match self {
            Self::Run { shift, mask, .. } => key >> shift & mask,
            Self::Ranks { places, .. } => places
                .iter()
                .fold(0, |rest, place| rest << place.bits | u128::from(place.rank[(key >> place.shift & 63) as usize])),
        }
    }

    #[inline]
    fn decode(&self, mut compact: u128) -> u128 {
        match self {
            Self::Run { shift, common, .. } => common | compact << shift,
            Self::Ranks { places, common } => places.iter().rev().fold(*common, |key, place| {
                let rank = compact & ((1 << place.bits) - 1);
                compact >>= place.bits;
                key | u128::from(place.symbol[rank as usize]) << place.shift
            }),
        }
    }
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
    fn many_ids_are_sorted_as_few_are() {
        // A multiplicative walk visits every number below 2^20 once.
        for prefix in ["91500118", "9150011", ""] {
            let walk = (0..1u64 << 17).map(|i| i.wrapping_mul(0x9E37_79B1) % (1 << 20));
            let ids: Vec<String> = walk.map(|number| format!("{prefix}{number:010}")).collect();
            let (space, keys) = space_of(&ids);
            let rows = sort_pairs(&space, &keys).1;
            let sorted: Vec<&String> = rows.iter().map(|&row| &ids[row as usize]).collect();
            assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(rows.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
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
        fn sorting_many_kinds_of_codes_is_sorting_ids(
            ids in prop::collection::vec("(91|92|5[1-3])[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}|[0-9]{15}|[0-9A-Za-z-]{20}", 1..60),
        ) {
            let (space, keys) = space_of(&ids);
            let rows = sort_pairs(&space, &keys).1;
            let mut expected: Vec<u32> = (0..ids.len() as u32).collect();
            expected.sort_by_key(|&row| &ids[row as usize]);
            prop_assert_eq!(&rows, &expected);
            let unique = sort_unique(&space, &keys, KeepRow::Last);
            prop_assert!(unique.keys.iter().zip(&unique.rows).all(|(&key, &row)| key == keys[row as usize]));
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
