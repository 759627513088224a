//! From a share of a base to a number of entities, in exact integers.

use std::fmt;

/// A share of a base, kept as parts per billion so that 1 % of 24,700 is 247 and never 247.000…03.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Share(u64);

/// What becomes of the fraction of an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rounding {
    /// To the next whole number: "not less than 1 %".
    #[default]
    Up,
    /// The fraction is dropped.
    Down,
    /// To the nearest whole number, halves up.
    Nearest,
}

impl Share {
    const PARTS: u64 = 1_000_000_000;

    /// `value` in 0..=1, taken to nine decimals; `None` outside that range (NaN included).
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self((value * Self::PARTS as f64 + 0.5) as u64))
    }

    /// The share of `base` as a whole number.
    pub fn of(self, base: u64, rounding: Rounding) -> u64 {
        let whole = u128::from(Self::PARTS);
        let exact = u128::from(base) * u128::from(self.0);
        let rounded = match rounding {
            Rounding::Up => exact.div_ceil(whole),
            Rounding::Down => exact / whole,
            Rounding::Nearest => (exact + whole / 2) / whole,
        };
        u64::try_from(rounded).expect("a share is at most the base")
    }

    /// Whether `count` of `base` is less than this share.
    pub fn exceeds(self, count: u64, base: u64) -> bool {
        u128::from(count) * u128::from(Self::PARTS) < u128::from(base) * u128::from(self.0)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0 as f64 / 1e7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yongchuan_needs_248_where_247_were_drawn() {
        let one_percent = Share::new(0.01).unwrap();
        assert_eq!(one_percent.of(24_738, Rounding::Up), 248);
        assert_eq!(one_percent.of(24_738, Rounding::Down), 247);
        assert_eq!(one_percent.of(24_738, Rounding::Nearest), 247);
        assert!(one_percent.exceeds(247, 24_738));
        assert!(!one_percent.exceeds(248, 24_738));
    }

    #[test]
    fn whole_results_stay_whole() {
        for hundreds in 1..2_000u64 {
            for percent in 1..=100u64 {
                let share = Share::new(percent as f64 / 100.0).unwrap();
                for rounding in [Rounding::Up, Rounding::Down, Rounding::Nearest] {
                    assert_eq!(share.of(hundreds * 100, rounding), hundreds * percent);
                }
            }
        }
    }

    #[test]
    fn a_share_is_between_nothing_and_all() {
        for bad in [-0.01, 1.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Share::new(bad), None);
        }
        assert_eq!(Share::new(0.01).unwrap().to_string(), "1 %");
    }
}
