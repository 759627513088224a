//! Spread: within a year an entity that had its turn waits until the others had theirs, and nobody's probability changes.
//!
//! Each (stream, entity) keeps an arc of u64, at first all of it. In a round the ticket, which is drawn with a fresh seed, picks
//! a position on the arc, and the position stands for the ticket in u and in ties. After the round the arc is cut at the
//! interval C that was consumed: who had its turn (position below C) keeps the last C of the circle, the others what lies
//! between, moved down by C. So over a round every position is as likely as before, and drawn is whoever's position lies
//! below C.

use super::design::Design;
use serde::{Deserialize, Serialize};

/// An arc of positions, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Arc {
    /// Least position.
    pub lo: u64,
    /// Largest position.
    pub hi: u64,
}

impl Arc {
    /// All positions: how every calendar year begins.
    pub const FULL: Self = Self { lo: 0, hi: u64::MAX };

    /// The position that a ticket picks: lo + ⌊ticket · (hi − lo + 1) / 2^64⌋.
    pub fn position(self, ticket: u64) -> u64 {
        let length = u128::from(self.hi - self.lo) + 1;
        // Below hi − lo + 1, so within 64 bits.
        self.lo + ((u128::from(ticket) * length) >> 64) as u64
    }

    /// The arc after a round in which `position` was picked and `consumed` intervals were taken; 0: as it was.
    pub fn after(self, position: u64, consumed: u64) -> Self {
        match consumed {
            0 => self,
            // 2^64 − C to 2^64 − 1.
            _ if position < consumed => Self { lo: consumed.wrapping_neg(), hi: u64::MAX },
            _ => Self { lo: self.lo.max(consumed) - consumed, hi: self.hi - consumed },
        }
    }
}

/// What a stratum's draw makes an entity consume.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The design.
    pub design: Design,
    /// ξₘ, the key of the last one in, reserve in use included; `None`: nobody is drawn at random.
    pub last: Option<f64>,
    /// ξₘ₊₁, the next key; `None`: there is none.
    pub next: Option<f64>,
}

impl Turn {
    /// C = ⌊c · 2^64⌋ of an entity with probability `pi`; `is_in`: whether its key is among the first m. 0, and the arc stays,
    /// where π is 0 or 1, nobody is left out, or nothing is left to chance.
    ///
    /// For Poisson c = π. Else ξ is the key that the entity had to beat among the others: ξₘ₊₁ if it is in, ξₘ if it is not.
    /// Sequential Poisson: c = π·ξ; srs: c = ξ; Pareto: x = ξ·(π/(1−π)), c = x/(1+x).
    pub fn consumed(&self, pi: f64, is_in: bool) -> u64 {
        if !(pi > 0.0 && pi < 1.0) {
            return 0;
        }
        let c = match (self.design, self.last.zip(self.next)) {
            (Design::Poisson, _) => pi,
            (_, None) => return 0,
            (design, Some((last, next))) => {
                let rival = if is_in { next } else { last };
                match design {
                    Design::SequentialPoisson => pi * rival,
                    Design::Srs => rival,
                    Design::Pareto | Design::Poisson => {
                        let x = rival * (pi / (1.0 - pi));
                        x / (1.0 + x)
                    }
                }
            }
        };
        // Below 2^64: the product with a power of two is exact.
        if c < 1.0 { (c * (1u128 << 64) as f64) as u64 } else { 0 }
    }
}
