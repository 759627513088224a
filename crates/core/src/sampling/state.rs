//! The states that travel: written, and read with every number checked. [`super::passes`] has the layout.

use super::design::Design;
use super::inclusion::{Heavy, Inclusion, MAX_WEIGHT, WeightPass};
use super::passes::{PassError, PassKey, within};
use super::ranking::{KeyPass, Ranked};
use super::smallest::Smallest;
use super::wire::{Kind, Reader, begin, code, put};
use sha2::{Digest, Sha256};

const WEIGHT_PASS: Kind = Kind { magic: "FDW", name: "a weight pass" };
const INCLUSION: Kind = Kind { magic: "FDI", name: "an inclusion" };
const KEY_PASS: Kind = Kind { magic: "FDK", name: "a key pass" };

/// The bits of +∞, above those of every positive number.
const INFINITE: u64 = f64::INFINITY.to_bits();

impl<K: PassKey> WeightPass<K> {
    /// The state as bytes, in the layout of [`passes`](super::passes): at most the n heaviest entities.
    pub fn to_bytes(&self) -> Vec<u8> {
        let heaviest = self.heaviest.sorted();
        let mut out = begin(&WEIGHT_PASS);
        out.push(code(self.design));
        put(&mut out, self.n);
        out.extend_from_slice(&self.total.to_le_bytes());
        put(&mut out, self.positive);
        put(&mut out, heaviest.len() as u64);
        for heavy in heaviest {
            put(&mut out, heavy.weight());
            put(&mut out, heavy.tie);
            heavy.row.write(&mut out);
        }
        out
    }

    /// The pass whose state this is.
    ///
    /// # Errors
    /// [`PassError`] for bytes that [`WeightPass::to_bytes`] cannot have written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PassError> {
        let mut reader = Reader::open(bytes, &WEIGHT_PASS)?;
        let design = reader.design()?;
        let n = reader.number("the sample size")?;
        let total = reader.sum("the sum of the weights")?;
        let positive = reader.number("the number of positive weights")?;
        let count = reader.number("the number of heaviest entities")?;
        let kept = n.min(positive);
        within("the number of heaviest entities", count, kept..=kept)?;
        let largest = design.size_measure(MAX_WEIGHT);
        let heaviest = reader.ascending("the heaviest entities", count, |reader| {
            let weight = reader.number("a weight")?;
            within("a weight", weight, 1..=largest)?;
            Ok(Heavy::new(weight, reader.number("a ticket")?, reader.entity::<K>()?))
        })?;
        reader.close()?;
        let heavy: u128 = heaviest.iter().map(|heavy| u128::from(heavy.weight())).sum();
        let others = u128::from(positive - count);
        let lightest = u128::from(heaviest.last().map_or(largest, Heavy::weight));
        within("the sum of the weights", total, heavy + others..=heavy + others * lightest)?;
        let keep = usize::try_from(n).unwrap_or(usize::MAX);
        Ok(Self { n, design, total, positive, heaviest: Smallest::of_sorted(keep, heaviest) })
    }
}

impl<K: PassKey> Inclusion<K> {
    /// As bytes, in the layout of [`passes`](super::passes).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = begin(&INCLUSION);
        put(&mut out, self.n);
        put(&mut out, self.positive);
        out.extend_from_slice(&self.total.to_le_bytes());
        put(&mut out, self.random_n);
        out.extend_from_slice(&self.rest.to_le_bytes());
        put(&mut out, self.take_all.len() as u64);
        self.take_all.iter().for_each(|row| row.write(&mut out));
        out
    }

    /// The inclusion whose bytes these are.
    ///
    /// # Errors
    /// [`PassError`] for bytes that [`Inclusion::to_bytes`] cannot have written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PassError> {
        let mut reader = Reader::open(bytes, &INCLUSION)?;
        let n = reader.number("the sample size")?;
        let positive = reader.number("the number of positive weights")?;
        let total = reader.sum("the sum of the weights")?;
        let random_n = reader.number("the number drawn at random")?;
        let rest = reader.sum("the sum of the weights of the rest")?;
        let count = reader.number("the number taken for certain")?;
        within("the sample size", n, 0..=positive)?;
        within("the number taken for certain", count, 0..=n)?;
        within("the number drawn at random", random_n, n - count..=n - count)?;
        let (taken, others, largest) = (u128::from(count), u128::from(positive - count), u128::from(MAX_WEIGHT));
        within("the sum of the weights of the rest", rest, others..=others * largest)?;
        within("the sum of the weights", total, rest + taken..=rest + taken * largest)?;
        let take_all = reader.ascending("those taken for certain", count, |reader| reader.entity::<K>())?;
        reader.close()?;
        Ok(Self { n, positive, total, take_all, random_n, rest })
    }
}

impl<'a, K: PassKey> KeyPass<'a, K> {
    /// The state as bytes, in the layout of [`passes`](super::passes): at most as many entities as are drawn at
    /// random or named as reserves, and one more; for Poisson the drawn of this part, and the reserves.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut taken: Vec<&Ranked<K>> = self.taken.iter().collect();
        taken.sort_unstable();
        let kept = self.smallest.sorted();
        let highest = match kept.last() {
            Some(last) if kept.len() as u64 == self.keep => last.key,
            _ => self.highest.to_bits(),
        };
        let mut out = begin(&KEY_PASS);
        out.push(code(self.design));
        out.extend_from_slice(&fingerprint(self.inclusion));
        put(&mut out, self.keep);
        put(&mut out, highest);
        put(&mut out, taken.len() as u64);
        put(&mut out, kept.len() as u64);
        for ranked in taken.into_iter().chain(kept) {
            put(&mut out, ranked.key);
            put(&mut out, ranked.tie);
            ranked.row.write(&mut out);
        }
        out
    }

    /// The pass whose state this is, begun with this inclusion: that of the stratum, as it was broadcast to all parts.
    ///
    /// # Errors
    /// [`PassError::OtherInclusion`] if the pass was begun with another one, else [`PassError`] for bytes that
    /// [`KeyPass::to_bytes`] cannot have written.
    pub fn from_bytes(bytes: &[u8], inclusion: &'a Inclusion<K>) -> Result<Self, PassError> {
        let mut reader = Reader::open(bytes, &KEY_PASS)?;
        let design = reader.design()?;
        if reader.array::<16>("the inclusion")? != fingerprint(inclusion) {
            return Err(PassError::OtherInclusion);
        }
        // Without reserves: no pass keeps fewer.
        let mut pass = Self::new(inclusion, design, 0);
        let keep = reader.number("the number of keys to keep")?;
        within("the number of keys to keep", keep, pass.keep..=u64::MAX)?;
        let highest = reader.number("the highest key")?;
        let taken = reader.number("the number taken by Poisson")?;
        let kept = reader.number("the number of keys")?;
        let candidates = pass.random_candidates();
        let poisson = design == Design::Poisson;
        within("the number taken by Poisson", taken, 0..=if poisson { candidates } else { 0 })?;
        within("the number of keys", kept, 0..=keep.min(candidates - taken))?;
        pass.taken = reader.ascending("those taken by Poisson", taken, ranked)?;
        let ranking = reader.ascending("the smallest keys", kept, ranked)?;
        reader.close()?;
        let last = ranking.last().map_or(1, |last: &Ranked<K>| last.key);
        // A pass that keeps all it may looks at no key above the last one.
        let most = if kept == keep && kept > 0 { last } else { INFINITE };
        within("the highest key, as bits of an f64,", highest, last..=most)?;
        pass.highest = f64::from_bits(highest);
        pass.smallest = Smallest::of_sorted(usize::try_from(keep).unwrap_or(usize::MAX), ranking);
        pass.keep = keep;
        Ok(pass)
    }
}

fn ranked<K: PassKey>(reader: &mut Reader<'_>) -> Result<Ranked<K>, PassError> {
    let key = reader.number("a key")?;
    within("a key, as bits of an f64,", key, 1..=INFINITE - 1)?;
    Ok(Ranked { key, tie: reader.number("a ticket")?, row: reader.entity()? })
}

/// What stands for an inclusion in the passes that were begun with it.
fn fingerprint<K: PassKey>(inclusion: &Inclusion<K>) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(inclusion.to_bytes()).into();
    digest.as_chunks().0[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::lots::{LotKey, iv, u};
    use proptest::prelude::*;
    use std::ops::Range;

    type Id = Box<[u8]>;

    /// Where the counts of lists stand, the last thing before the lists.
    const HEAVIEST: Range<usize> = 37..45;
    const TAKEN_FOR_CERTAIN: Range<usize> = 60..68;
    const TAKEN_AND_KEPT: Range<usize> = 37..53;

    const RESERVE: u64 = 3;

    /// The three states of a draw of `n` from entities of these weights.
    struct States {
        inclusion: Inclusion<Id>,
        weight_pass: Vec<u8>,
        key_pass: Vec<u8>,
    }

    fn id_of(row: usize) -> String {
        format!("entity {}", row * 7 % 100)
    }

    fn states(weights: &[u64], n: u64, design: Design) -> States {
        let lots = LotKey::derive("state", "laws").unwrap();
        let entities = || weights.iter().enumerate().map(|(row, &weight)| (weight, id_of(row)));
        let mut pass = WeightPass::<Id>::new(n, design);
        for (weight, id) in entities() {
            pass.push(weight, lots.ticket(&iv(&id)), id.as_bytes().into());
        }
        let weight_pass = pass.to_bytes();
        let inclusion = pass.solve(1e-3).unwrap();
        let mut pass = KeyPass::new(&inclusion, design, RESERVE);
        for (weight, id) in entities() {
            let ticket = lots.ticket(&iv(&id));
            pass.push(weight, u(ticket), ticket, id.as_bytes().into());
        }
        let key_pass = pass.to_bytes();
        States { inclusion, weight_pass, key_pass }
    }

    /// Ten of them taken for certain by a sample of twelve, ten without weight.
    fn forty() -> Vec<u64> {
        (0..40_usize).map(|row| [0, 1_000_000, 40_000_000, 3][row % 4]).collect()
    }

    /// Reads bytes, and gives them as they are written back.
    type Read<'a> = Box<dyn Fn(&[u8]) -> Result<Vec<u8>, PassError> + 'a>;

    impl States {
        /// The bytes of each kind, and where the counts in them are.
        fn kinds(&self) -> [(Vec<u8>, Range<usize>, Read<'_>); 3] {
            let weight_pass = |bytes: &[u8]| WeightPass::<Id>::from_bytes(bytes).map(|pass| pass.to_bytes());
            let inclusion = |bytes: &[u8]| Inclusion::<Id>::from_bytes(bytes).map(|inclusion| inclusion.to_bytes());
            let key_pass = move |bytes: &[u8]| KeyPass::from_bytes(bytes, &self.inclusion).map(|pass| pass.to_bytes());
            [
                (self.weight_pass.clone(), HEAVIEST, Box::new(weight_pass)),
                (self.inclusion.to_bytes(), TAKEN_FOR_CERTAIN, Box::new(inclusion)),
                (self.key_pass.clone(), TAKEN_AND_KEPT, Box::new(key_pass)),
            ]
        }
    }

    #[test]
    fn a_state_that_was_cut_or_lengthened_is_refused() {
        for design in Design::ALL {
            for (bytes, _, read) in states(&forty(), 12, design).kinds() {
                assert_eq!(read(&bytes).as_ref(), Ok(&bytes), "{design:?}");
                for length in 0..bytes.len() {
                    let refused = matches!(read(&bytes[..length]), Err(PassError::CutOff { .. }));
                    assert!(refused, "{design:?}, {length} of {} bytes", bytes.len());
                }
                let longer = [bytes.as_slice(), &[0]].concat();
                assert_eq!(read(&longer), Err(PassError::Surplus { surplus: 1 }), "{design:?}");
            }
        }
    }

    #[test]
    fn a_changed_byte_in_magic_version_or_count_is_refused() {
        for design in Design::ALL {
            for (mut bytes, counts, read) in states(&forty(), 12, design).kinds() {
                for place in (0..4).chain(counts) {
                    for change in 1..=u8::MAX {
                        bytes[place] ^= change;
                        assert!(read(&bytes).is_err(), "{design:?}, byte {place} changed by {change}");
                        bytes[place] ^= change;
                    }
                }
            }
        }
    }

    #[test]
    fn counts_without_end_are_refused_without_memory_for_them() {
        let States { inclusion, mut weight_pass, .. } = states(&forty(), 12, Design::Pareto);
        let mut inclusion = inclusion.to_bytes();
        for field in [5..13, 29..37, HEAVIEST] {
            weight_pass[field].fill(0xff);
        }
        let cut_off = |field, length| Some(PassError::CutOff { field, length });
        assert_eq!(WeightPass::<u32>::from_bytes(&weight_pass[..45]).err(), cut_off("a weight", 45));
        // n, positive, count; the sums that so many need; nobody at random.
        for field in [4..12, 12..20, TAKEN_FOR_CERTAIN] {
            inclusion[field].fill(0xff);
        }
        inclusion[20..36].copy_from_slice(&u128::from(u64::MAX).to_le_bytes());
        inclusion[36..60].fill(0);
        assert_eq!(Inclusion::<u32>::from_bytes(&inclusion[..68]).err(), cut_off("an entity", 68));
        // An id as long as all memory.
        let id = [u64::MAX.to_le_bytes(), [b'x'; 8]].concat();
        assert_eq!(Id::read(&mut id.as_slice()), None);
    }

    #[test]
    fn the_message_says_what_is_wrong_and_what_to_do() {
        let States { inclusion, weight_pass, key_pass } = states(&forty(), 12, Design::Pareto);
        let message = |bytes: &[u8]| WeightPass::<Id>::from_bytes(bytes).unwrap_err().to_string();
        let mut newer = weight_pass.clone();
        newer[3] = 2;
        assert_eq!(
            message(&newer),
            "the state is of version 2, and this program reads version 1: use the same version of fairdraw on all machines"
        );
        assert!(message(&key_pass).starts_with("the bytes do not begin with FDW as a weight pass does"));
        assert!(
            message(&weight_pass[..20]).starts_with("the state ends after 20 bytes, within the sum of the weights")
        );
        let mut heavy = weight_pass.clone();
        heavy[HEAVIEST.end..][..8].fill(0xff);
        assert!(message(&heavy).contains("must be at least 1 and at most 9007199254740991"), "{}", message(&heavy));
        // The heaviest twice.
        let first = weight_pass[HEAVIEST.end..][..16].to_vec();
        let mut twice = weight_pass[..HEAVIEST.end].to_vec();
        for _ in 0..12 {
            twice.extend_from_slice(&first);
            Id::from(b"same".as_slice()).write(&mut twice);
        }
        assert!(message(&twice).starts_with("number 2 of the heaviest entities does not come after the one before"));

        let other = states(&forty()[..39], 12, Design::Pareto).inclusion;
        let refused = KeyPass::from_bytes(&key_pass, &other).unwrap_err();
        assert_eq!(refused, PassError::OtherInclusion);
        assert!(KeyPass::from_bytes(&key_pass, &inclusion).is_ok());
    }

    #[test]
    fn parts_of_different_draws_are_not_merged() {
        let what = |refused: Result<(), PassError>| match refused {
            Err(PassError::Different { what, .. }) => what,
            other => panic!("{other:?}"),
        };
        let mut pass = WeightPass::<u32>::new(3, Design::Pareto);
        (0..9_u32).for_each(|row| pass.push(2, u64::from(row), row));
        assert_eq!(what(pass.try_merge(WeightPass::new(4, Design::Pareto))), "sample size");
        assert_eq!(what(pass.try_merge(WeightPass::new(3, Design::Srs))), "design");
        assert_eq!(pass.positive(), 9);
        let inclusion = pass.solve(0.0).unwrap();
        let mut pass = KeyPass::new(&inclusion, Design::Pareto, 1);
        assert_eq!(what(pass.try_merge(KeyPass::new(&inclusion, Design::SequentialPoisson, 1))), "design");
        let more = KeyPass::new(&inclusion, Design::Pareto, 2);
        assert_eq!(what(pass.try_merge(more)), "number of keys to keep (drawn at random and reserve)");
        let (same, other) = (inclusion.clone(), Inclusion { n: 2, random_n: 2, ..inclusion.clone() });
        assert_eq!(pass.try_merge(KeyPass::new(&same, Design::Pareto, 1)), Ok(()));
        // As many keys to keep: 2 + 2 as 3 + 1.
        assert_eq!(pass.try_merge(KeyPass::new(&other, Design::Pareto, 2)), Err(PassError::OtherInclusion));
    }

    #[test]
    #[should_panic(expected = "both parts are of the same draw")]
    fn merging_parts_of_different_draws_in_memory_is_a_mistake_of_the_program() {
        WeightPass::<u32>::new(3, Design::Pareto).merge(WeightPass::new(4, Design::Pareto));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_back_whatever_was_changed(
            weights in prop::collection::vec(prop_oneof![Just(0u64), 1u64..9, 1u64..MAX_WEIGHT], 1..60),
            share in 0.0f64..=1.0, place in any::<prop::sample::Index>(), change in any::<u8>(),
        ) {
            let positive = weights.iter().filter(|&&weight| weight > 0).count();
            for design in Design::ALL {
                let states = states(&weights, (share * positive as f64) as u64, design);
                for (mut bytes, _, read) in states.kinds() {
                    prop_assert_eq!(read(&bytes), Ok(bytes.clone()));
                    let place = place.index(bytes.len());
                    bytes[place] ^= change;
                    if let Ok(written) = read(&bytes) {
                        prop_assert_eq!(written, bytes);
                    }
                }
            }
        }

        #[test]
        fn arbitrary_bytes_are_no_state(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0usize..3) {
            let magic = [WEIGHT_PASS, INCLUSION, KEY_PASS][kind].magic;
            let bytes = [magic.as_bytes(), &[1], bytes.as_slice()].concat();
            let inclusion = states(&forty(), 12, Design::Pareto).inclusion;
            prop_assert!(WeightPass::<Id>::from_bytes(&bytes).is_err());
            prop_assert!(Inclusion::<u32>::from_bytes(&bytes).is_err());
            prop_assert!(KeyPass::from_bytes(&bytes, &inclusion).is_err());
        }
    }
}
