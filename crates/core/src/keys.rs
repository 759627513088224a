//! Entity ids as 128-bit keys: packed once at ingest, then joined, sorted and deduplicated as integers.
//!
//! An id of at most 20 characters of `[-0-9A-Za-z]` (every 统一社会信用代码, 注册号 and 组织机构代码) is packed at six bits
//! a character, so that the order of the integers is the byte order of the ids. Any other id is interned in a
//! [`KeySpace`] and ordered there by its text; a table may hold both kinds.

use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

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

/// Marks a byte that is no digit and no capital in [`CAPITALS`].
const OTHER: u8 = 1 << 7;
/// The codes of digits and capitals.
const CAPITALS: [u8; 256] = {
    let (mut codes, mut byte) = (CODES, 0);
    while byte < 256 {
        if !(byte as u8).is_ascii_digit() && !(byte as u8).is_ascii_uppercase() {
            codes[byte] = OTHER;
        }
        byte += 1;
    }
    codes
};

/// The two symbols of every pair of codes, little-endian.
const PAIRS: [u16; 1 << 12] = {
    let (mut pairs, mut pair) = ([0; 1 << 12], 0);
    while pair < pairs.len() {
        pairs[pair] = u16::from_le_bytes([SYMBOLS[pair >> 6], SYMBOLS[pair & 63]]);
        pair += 1;
    }
    pairs
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

    /// The key of an id of 15 or 18 digits and capitals, as most codes are; `None` for any other.
    #[inline]
    pub fn pack_code(id: &[u8]) -> Option<EntityKey> {
        fn packed<const N: usize>(id: &[u8; N]) -> Option<EntityKey> {
            let (mut halves, mut others) = ([0u64; 2], 0);
            for (place, &byte) in id.iter().enumerate() {
                let code = CAPITALS[usize::from(byte)];
                others |= code;
                halves[place / HALF] = halves[place / HALF] << 6 | u64::from(code);
            }
            let behind = halves[1] << (6 * (PLAIN_LENGTH - N));
            (others & OTHER == 0).then_some(EntityKey(u128::from(halves[0]) << 60 | u128::from(behind)))
        }
        match id.len() {
            18 => packed::<18>(id.first_chunk()?),
            15 => packed::<15>(id.first_chunk()?),
            _ => None,
        }
    }

    /// The id of a key, written into `buffer` unless it was interned.
    #[inline]
    pub fn unpack<'a>(&'a self, key: EntityKey, buffer: &'a mut [u8; PLAIN_LENGTH]) -> &'a str {
        match key.interned() {
            Some(index) => &self.texts[index],
            None => Self::unpack_plain(key, buffer),
        }
    }

    /// The id of a key that was packed.
    pub fn unpack_plain(key: EntityKey, buffer: &mut [u8; PLAIN_LENGTH]) -> &str {
        std::str::from_utf8(Self::plain_bytes(key, buffer)).expect("the symbols are ASCII")
    }

    /// Appends the id of a key in UTF-8.
    #[inline]
    pub fn append_to(&self, key: EntityKey, into: &mut Vec<u8>) {
        if let Some(index) = key.interned() {
            return into.extend_from_slice(self.texts[index].as_bytes());
        }
        let (words, length) = Self::plain_words(key);
        let end = into.len() + length;
        into.reserve(size_of_val(&words));
        words.iter().for_each(|word| into.extend_from_slice(&word.to_le_bytes()));
        into.truncate(end);
    }

    #[inline]
    fn plain_bytes(key: EntityKey, buffer: &mut [u8; PLAIN_LENGTH]) -> &[u8] {
        let (words, length) = Self::plain_words(key);
        for (bytes, word) in buffer.chunks_mut(size_of::<u64>()).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes()[..bytes.len()]);
        }
        &buffer[..length]
    }

    /// The bytes of the id of a key that was packed, little-endian, and how many they are.
    #[inline]
    fn plain_words(key: EntityKey) -> ([u64; 3], usize) {
        let length = PLAIN_LENGTH - (key.0.trailing_zeros() as usize / 6).min(PLAIN_LENGTH);
        let (first, second) = ((key.0 >> 60) as u64, key.0 as u64);
        let pair = |half: u64, place: usize| u64::from(PAIRS[(half >> (12 * (HALF / 2 - 1 - place))) as usize & 0xfff]);
        let words = [
            pair(first, 0) | pair(first, 1) << 16 | pair(first, 2) << 32 | pair(first, 3) << 48,
            pair(first, 4) | pair(second, 0) << 16 | pair(second, 1) << 32 | pair(second, 2) << 48,
            pair(second, 3) | pair(second, 4) << 16,
        ];
        (words, length)
    }

    /// Byte order of the two ids.
    #[inline]
    pub fn compare(&self, a: EntityKey, b: EntityKey) -> Ordering {
        match (a.0 | b.0) & INTERNED {
            0 => a.0.cmp(&b.0),
            _ => self.compare_texts(a, b),
        }
    }

    #[cold]
    fn compare_texts(&self, a: EntityKey, b: EntityKey) -> Ordering {
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
pub fn sort_unique(space: &KeySpace, keys: Vec<EntityKey>, keep: KeepRow) -> UniqueKeys {
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
pub fn sort_pairs(space: &KeySpace, keys: Vec<EntityKey>) -> (Vec<EntityKey>, Vec<u32>) {
    assert!(keys.len() < UNMATCHED as usize, "tables hold fewer than 2^32 - 1 rows");
    if keys.par_iter().any(|key| key.interned().is_some()) {
        let mut pairs: Vec<(EntityKey, u32)> = keys.into_par_iter().zip(0..UNMATCHED).collect();
        pairs.par_sort_unstable_by(|a, b| space.compare(a.0, b.0).then(a.1.cmp(&b.1)));
        return pairs.into_par_iter().unzip();
    }
    let splitters = Splitters::of(&keys);
    let total = keys.len();
    let dealt: Vec<Dealt> = keys.par_chunks(DEALT).map(|keys| Dealt::of(keys, &splitters)).collect();
    drop(keys);

    // The memory of the keys is touched by all threads.
    let (mut sorted, mut rows) = (Vec::new(), vec![0; total]);
    sorted.par_extend(rayon::iter::repeat_n(EntityKey::FIRST, total));
    let mut places = Vec::with_capacity(splitters.buckets());
    let mut rest = (&mut *sorted, &mut *rows);
    for bucket in 0..splitters.buckets() {
        let length = dealt.iter().map(|dealt| dealt.bucket(bucket).len()).sum();
        let ((keys, other_keys), (rows, other_rows)) = (rest.0.split_at_mut(length), rest.1.split_at_mut(length));
        places.push((keys, rows));
        rest = (other_keys, other_rows);
    }
    places.into_par_iter().enumerate().for_each_init(Scratch::default, |scratch, (bucket, (keys, rows))| {
        scratch.keys.clear();
        scratch.rows.clear();
        for (first, dealt) in (0..).step_by(DEALT).zip(&dealt) {
            let own = dealt.bucket(bucket);
            scratch.rows.extend(dealt.rows[own.clone()].iter().map(|&row| first + u32::from(row)));
            scratch.keys.extend_from_slice(&dealt.keys[own]);
        }
        scratch.sort_into(&splitters, keys, rows);
    });
    (sorted, rows)
}

/// One bucket, in the order of the rows.
#[derive(Default)]
struct Scratch {
    keys: Vec<EntityKey>,
    rows: Vec<u32>,
    order: Vec<u64>,
}

impl Scratch {
    /// Sorts the bucket by key and row. Small numbers are sorted instead of keys: what tells the keys of a bucket apart, as far as it
    /// has room, and then the place in the bucket; keys that stay equal so are sorted by all their bits.
    fn sort_into(&mut self, splitters: &Splitters, sorted_keys: &mut [EntityKey], sorted_rows: &mut [u32]) {
        let Self { keys, rows, order } = self;
        let windows = || keys.iter().map(|&key| splitters.window(key));
        let (Some(least), Some(most)) = (windows().min(), windows().max()) else { return };
        let place_bits = usize::BITS - (keys.len() - 1).leading_zeros();
        let room = u64::BITS - place_bits;
        let left_out = (u64::BITS - (most - least).leading_zeros()).saturating_sub(room);
        let number = |(window, place): (u64, u64)| (window - least) >> left_out << place_bits | place;
        order.clear();
        order.extend(windows().zip(0..).map(number));
        // Many rows of one id make a large bucket.
        if keys.len() < DEALT {
            order.sort_unstable()
        } else {
            order.par_sort_unstable()
        }
        let place = |number: u64| (number & ((1 << place_bits) - 1)) as usize;
        for run in order.chunk_by_mut(|a, b| a >> place_bits == b >> place_bits) {
            let first = keys[place(run[0])];
            if run.len() > 1 && run.iter().any(|&number| keys[place(number)] != first) {
                let by_all = |&number: &u64| (keys[place(number)], place(number));
                if run.len() < DEALT { run.sort_unstable_by_key(by_all) } else { run.par_sort_unstable_by_key(by_all) }
            }
        }
        for ((key, row), &number) in sorted_keys.iter_mut().zip(sorted_rows).zip(&*order) {
            (*key, *row) = (keys[place(number)], rows[place(number)]);
        }
    }
}

/// Rows that are dealt into buckets at a time: what they fill fits a processor's cache.
const DEALT: usize = 1 << 16;

/// Cuts packed keys into buckets of about equal size, each of which fits a processor's cache.
struct Splitters {
    /// Leading bits that all keys share; the 64 bits behind them decide.
    shared: u32,
    /// Least window of each bucket but the first.
    least: Vec<u64>,
    /// The first and the last bucket of the windows that start with these [`SLOT`] bits.
    slots: Vec<(u16, u16)>,
}

/// Leading bits of a window by which its bucket is looked up.
const SLOT: u32 = 16;

impl Splitters {
    fn of(keys: &[EntityKey]) -> Self {
        const BUCKET: usize = 1 << 12;
        const MOST: usize = 1 << 11;
        /// Keys that are looked at for every bucket.
        const SAMPLED: usize = 16;
        let bits = keys.par_iter().map(|key| (key.0, key.0));
        let (any, all) = bits.reduce(|| (0, u128::MAX), |a, b| (a.0 | b.0, a.1 & b.1));
        let shared = (any ^ all).leading_zeros().min(64);
        let buckets = (keys.len() / BUCKET).clamp(1, MOST);
        let mut splitters = Self { shared, least: Vec::new(), slots: Vec::new() };
        let every = (keys.len() / (buckets * SAMPLED)).max(1);
        let mut sample: Vec<u64> = keys.iter().step_by(every).map(|&key| splitters.window(key)).collect();
        sample.sort_unstable();
        let least = |bucket: usize| sample.get(bucket * SAMPLED).copied().unwrap_or(u64::MAX);
        // A splitter starts the slot that it lies in if none before it does: then one look tells the bucket.
        let mut before = None;
        let rounded = |least: u64| {
            let start = least >> (u64::BITS - SLOT) << (u64::BITS - SLOT);
            let own = if before.is_none_or(|before| before < start) { start } else { least };
            before = Some(own);
            own
        };
        splitters.least = (1..buckets).map(least).map(rounded).collect();
        let mut bucket = 0;
        let mut up_to = |window: u64| {
            bucket += splitters.least[bucket..].iter().take_while(|&&least| least <= window).count();
            bucket as u16
        };
        let starts = (0..1 << SLOT).map(|slot: u64| slot << (u64::BITS - SLOT));
        splitters.slots = starts.map(|start| (up_to(start), up_to(start | u64::MAX >> SLOT))).collect();
        splitters
    }

    fn buckets(&self) -> usize {
        self.least.len() + 1
    }

    fn window(&self, key: EntityKey) -> u64 {
        (key.0 << self.shared >> 64) as u64
    }

    #[inline]
    fn bucket(&self, key: EntityKey) -> usize {
        let window = self.window(key);
        let (first, last) = self.slots[(window >> (u64::BITS - SLOT)) as usize];
        match first == last {
            true => usize::from(first),
            false => {
                let own = &self.least[usize::from(first)..usize::from(last)];
                usize::from(first) + own.partition_point(|&least| least <= window)
            }
        }
    }
}

/// Keys of some rows, bucket after bucket.
struct Dealt {
    keys: Vec<EntityKey>,
    /// Row of each key, counted from the first.
    rows: Vec<u16>,
    /// Where each bucket ends.
    ends: Vec<u32>,
}

impl Dealt {
    fn of(keys: &[EntityKey], splitters: &Splitters) -> Self {
        let buckets: Vec<u16> = keys.iter().map(|&key| splitters.bucket(key) as u16).collect();
        let mut ends = vec![0; splitters.buckets()];
        buckets.iter().for_each(|&bucket| ends[usize::from(bucket)] += 1);
        let mut start = 0;
        for end in &mut ends {
            (*end, start) = (start, start + *end);
        }
        let (mut dealt, mut rows) = (vec![EntityKey::FIRST; keys.len()], vec![0; keys.len()]);
        for ((row, &key), &bucket) in (0..=u16::MAX).zip(keys).zip(&buckets) {
            let place = &mut ends[usize::from(bucket)];
            (dealt[*place as usize], rows[*place as usize]) = (key, row);
            *place += 1;
        }
        Self { keys: dealt, rows, ends }
    }

    fn bucket(&self, bucket: usize) -> Range<usize> {
        let start = if bucket == 0 { 0 } else { self.ends[bucket - 1] };
        start as usize..self.ends[bucket] as usize
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
            let mut ids = b"ids: ".to_vec();
            KeySpace::default().append_to(key, &mut ids);
            assert_eq!(ids, format!("ids: {id}").as_bytes());
        }
        for (id, is_code) in [("91350100M000100Y43", true), ("440301103097413", true), ("91350100m000100Y43", false)] {
            let key = KeySpace::pack_plain(id.as_bytes()).filter(|_| is_code);
            assert_eq!(KeySpace::pack_code(id.as_bytes()), key, "{id}");
        }
        for id in ["91350100-000100Y43", "91350100 000100Y43", "4403011030974131", "91350100检查检Y"] {
            assert_eq!(KeySpace::pack_code(id.as_bytes()), None, "{id}");
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
            let rows = sort_pairs(&space, keys.clone()).1;
            let sorted: Vec<&String> = rows.iter().map(|&row| &ids[row as usize]).collect();
            assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(rows.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
        }
    }

    #[test]
    fn ids_that_differ_at_their_end_alone_are_sorted_by_it() {
        let walk = (0..1u64 << 16).map(|i| i.wrapping_mul(0x9E37_79B1) % (1 << 16));
        let ids: Vec<String> = walk.map(|number| format!("{}00000000000000{number:05}", number % 3)).collect();
        let (space, keys) = space_of(&ids);
        let rows = sort_pairs(&space, keys).1;
        let mut expected: Vec<u32> = (0..1 << 16).collect();
        expected.sort_by_key(|&row| &ids[row as usize]);
        assert_eq!(rows, expected);
    }

    #[test]
    fn rows_of_one_id_stay_in_order_however_many_they_are() {
        let ids: Vec<String> = (0..1 << 18).map(|row| format!("9150011{}", row % 3)).collect();
        let (space, keys) = space_of(&ids);
        let (sorted, rows) = sort_pairs(&space, keys);
        let mut expected: Vec<u32> = (0..1 << 18).collect();
        expected.sort_by_key(|row| row % 3);
        assert_eq!(rows, expected);
        assert!(
            sorted
                .iter()
                .zip(&rows)
                .all(|(&key, row)| key == KeySpace::pack_plain(ids[*row as usize].as_bytes()).unwrap())
        );
    }

    #[test]
    fn the_kept_row_is_the_one_the_rule_names() {
        let (space, keys) = space_of(&["b", "a", "b", "检查", "b", "检查"].map(String::from));
        let first = sort_unique(&space, keys.clone(), KeepRow::First);
        assert_eq!(first.rows, [1, 0, 3]);
        assert_eq!(first.duplicates.iter().map(|d| (d.row, d.kept)).collect::<Vec<_>>(), [(2, 0), (4, 0), (5, 3)]);
        assert_eq!(sort_unique(&space, keys.clone(), KeepRow::Last).rows, [1, 4, 5]);
    }

    proptest! {
        #[test]
        fn sorting_keys_is_sorting_ids(ids in prop::collection::vec("[-0-9A-Za-z_甲乙]{0,24}", 0..60)) {
            let (space, keys) = space_of(&ids);
            let unique = sort_unique(&space, keys.clone(), KeepRow::First);
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
            let rows = sort_pairs(&space, keys.clone()).1;
            let mut expected: Vec<u32> = (0..ids.len() as u32).collect();
            expected.sort_by_key(|&row| &ids[row as usize]);
            prop_assert_eq!(&rows, &expected);
            let unique = sort_unique(&space, keys.clone(), KeepRow::Last);
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
