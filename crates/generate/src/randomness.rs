//! Where every random number of a population comes from.
//!
//! One ChaCha20 key a population, SHA-256("fairdraw/generate\n" ‖ preset ‖ "\n" ‖ seed); one stream of it for each
//! purpose and block of [`BLOCK_ROWS`] rows. A block therefore needs nothing but its number, and threads, their
//! count and the order of work cannot change a byte.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use super::permutation::Permutation;

/// Rows that share one stream of random numbers, the unit of parallel work.
pub const BLOCK_ROWS: u64 = 65_536;

/// What a stream is for. The number is part of the stream's address: never renumber, only add.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Serials,
    Identity,
    Status,
    Registry,
    /// Groups of industries. Of the numbers that were free, the one by which 44 firms are drawn in the catch-up of the sample year,
    /// as many as in the district.
    IndustryGroup,
    Credit,
    /// One stream a risk model, by its place among the preset's models (at most 256).
    Risk(u8),
    Flags,
    Ledger,
    Inspectors,
    Faults,
    FaultRows,
    BenchOrder,
    BenchEntities,
    BenchCredit,
    BenchRisk,
    /// One stream a stage of the sample results.
    Results,
}

impl Purpose {
    fn number(self) -> u64 {
        match self {
            Purpose::Serials => 1,
            Purpose::Identity => 2,
            Purpose::Status => 3,
            Purpose::Registry => 4,
            Purpose::Credit => 5,
            Purpose::Flags => 6,
            Purpose::Ledger => 7,
            Purpose::Inspectors => 8,
            Purpose::Faults => 9,
            Purpose::FaultRows => 10,
            Purpose::BenchOrder => 16,
            Purpose::BenchEntities => 17,
            Purpose::BenchCredit => 18,
            Purpose::BenchRisk => 19,
            Purpose::Results => 20,
            Purpose::IndustryGroup => 23,
            Purpose::Risk(model) => 0x100 + u64::from(model),
        }
    }
}

/// The key of one population.
#[derive(Clone, Debug)]
pub(crate) struct Randomness {
    key: [u8; 32],
}

impl Randomness {
    pub(crate) fn new(preset: &str, seed: &str) -> Self {
        let mut hasher = Sha256::new();
        for part in ["fairdraw/generate\n", preset, "\n", seed] {
            hasher.update(part.as_bytes());
        }
        Randomness { key: hasher.finalize().into() }
    }

    /// The random numbers of one purpose in one block (`block < 2^40`).
    pub(crate) fn draws(&self, purpose: Purpose, block: u64) -> Draws {
        let mut generator = ChaCha20Rng::from_seed(self.key);
        generator.set_stream(purpose.number() << 40 | block);
        Draws { generator }
    }

    /// A permutation of `0..domain`; `number` tells permutations of one purpose apart.
    pub(crate) fn permutation(&self, purpose: Purpose, number: u64, domain: u64) -> Permutation {
        let mut draws = self.draws(purpose, number);
        Permutation::new(domain, std::array::from_fn(|_| draws.word()))
    }
}

/// A stream of random numbers.
pub(crate) struct Draws {
    generator: ChaCha20Rng,
}

impl Draws {
    pub(crate) fn word(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform in (0, 1), both ends excluded: ((word >> 12) + 1/2) / 2^52.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.word() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// Two uniforms.
    pub(crate) fn pair(&mut self) -> [f64; 2] {
        [self.uniform(), self.uniform()]
    }

    /// Uniform in `0..bound` (0 if `bound` is 0), the high half of a 128-bit product: off by at most bound / 2^64.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// One item of a list that is not empty.
    pub(crate) fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// True with probability `share` (0 to 1). Always uses one word, whatever the share.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.uniform() < share
    }
}

/// Classes with weights, drawn independently in proportion to them.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    cumulative: Vec<u64>,
    total: u64,
}

impl Choice {
    /// At least one weight is positive.
    pub(crate) fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let mut total = 0;
        let cumulative = weights.into_iter().map(|weight| {
            total += u64::from(weight);
            total
        });
        let cumulative = cumulative.collect();
        debug_assert!(total > 0);
        Choice { cumulative, total }
    }

    pub(crate) fn draw(&self, draws: &mut Draws) -> usize {
        let point = draws.below(self.total);
        self.cumulative.partition_point(|&c| c <= point)
    }

    /// The class at this point of (0, 1) when the classes lie side by side, each as wide as its share.
    pub(crate) fn at(&self, v: f64) -> usize {
        let point = v * self.total as f64;
        self.cumulative.partition_point(|&c| c as f64 <= point).min(self.cumulative.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_other_seeds_purposes_and_blocks_differ_and_the_same_one_repeats() {
        let first = |preset, seed, purpose, block| Randomness::new(preset, seed).draws(purpose, block).word();
        let reference = first("yongchuan", "demo", Purpose::Credit, 7);
        assert_eq!(reference, first("yongchuan", "demo", Purpose::Credit, 7));
        for other in [
            first("changde", "demo", Purpose::Credit, 7),
            first("yongchuan", "demo2", Purpose::Credit, 7),
            first("yongchuan", "demo", Purpose::Flags, 7),
            first("yongchuan", "demo", Purpose::Credit, 8),
        ] {
            assert_ne!(reference, other);
        }
    }

    #[test]
    fn a_choice_keeps_its_shares() {
        let choice = Choice::new([35, 0, 45, 20]);
        let mut draws = Randomness::new("test", "choice").draws(Purpose::Registry, 0);
        let mut counts = [0u32; 4];
        (0..100_000).for_each(|_| counts[choice.draw(&mut draws)] += 1);
        assert_eq!(counts[1], 0);
        for (count, share) in [(counts[0], 0.35), (counts[2], 0.45), (counts[3], 0.20)] {
            assert!((f64::from(count) / 100_000.0 - share).abs() < 0.008, "{counts:?}");
        }
        assert_eq!([0.0, 0.349, 0.351, 0.799, 0.801, 1.0].map(|v| choice.at(v)), [0, 0, 2, 2, 3, 3]);
    }
}
