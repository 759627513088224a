//! A keyed permutation of `0..domain`: row numbers become serials, and rows an order of their own, without a table.
//!
//! A balanced Feistel network over the smallest even number of bits that holds the domain, with four rounds and
//! cycle walking (Black and Rogaway 2002, "Ciphers with arbitrary finite domains"): values outside the domain are
//! sent through again, so the map stays a bijection. It is a mixer, not a cipher: nobody's secret depends on it.

/// A bijection of `0..domain` onto itself, chosen by four round keys.
#[derive(Clone, Debug)]
pub(crate) struct Permutation {
    domain: u64,
    half_bits: u32,
    keys: [u64; 4],
}

impl Permutation {
    /// The permutation of `0..domain` for these keys; `1 <= domain <= 2^62`.
    pub(crate) fn new(domain: u64, keys: [u64; 4]) -> Self {
        debug_assert!((1..=1 << 62).contains(&domain));
        let bits = u64::BITS - domain.saturating_sub(1).leading_zeros();
        Permutation { domain, half_bits: bits.div_ceil(2).max(1), keys }
    }

    /// Where `index` goes; `index < domain`.
    pub(crate) fn at(&self, index: u64) -> u64 {
        debug_assert!(index < self.domain);
        let mut value = self.once(index);
        while value >= self.domain {
            value = self.once(value);
        }
        value
    }

    fn once(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (left << self.half_bits) | right
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_domain_is_reached_once() {
        for domain in [1, 2, 3, 7, 64, 65, 1_000, 24_738] {
            let permutation = Permutation::new(domain, [1, 2, 3, domain]);
            let mut reached: Vec<u64> = (0..domain).map(|i| permutation.at(i)).collect();
            reached.sort_unstable();
            assert!(reached.iter().copied().eq(0..domain), "domain {domain}");
        }
    }

    #[test]
    fn other_keys_give_another_order() {
        let (a, b) = (Permutation::new(1_000, [1, 2, 3, 4]), Permutation::new(1_000, [5, 6, 7, 8]));
        let equal = (0..1_000).filter(|&i| a.at(i) == b.at(i)).count();
        assert!(equal < 20, "{equal} of 1,000 values stayed in place");
    }
}
