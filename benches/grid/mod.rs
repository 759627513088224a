//! The (population, n) grid that the benches share, and made-up entities to fill it with. Needs the numeric core alone.
#![allow(dead_code, reason = "each bench uses its part of the grid")]

use fairdraw::sampling::lots::{Iv, LotKey, iv};
use rayon::prelude::*;
use std::fmt;

/// Sizes of a population, entities: 10⁴, 10⁵, 10⁶, and 10⁷ if the environment says `FAIRDRAW_BENCH_LARGE=1`.
pub fn populations() -> Vec<Entities> {
    let large = std::env::var_os("FAIRDRAW_BENCH_LARGE").is_some_and(|value| value == "1");
    let sizes = [10_000, 100_000, 1_000_000, 10_000_000];
    sizes.into_iter().take(if large { 4 } else { 3 }).map(Entities).collect()
}

/// Every population with n = 0.1 %, 1 % and 10 % of it.
pub fn shapes() -> Vec<Shape> {
    let of = |Entities(population)| [1000, 100, 10].map(|part| Shape { population, n: (population / part) as u64 });
    populations().into_iter().flat_map(of).collect()
}

/// The size of a population.
#[derive(Clone, Copy)]
pub struct Entities(pub usize);

impl fmt::Display for Entities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entities", power(self.0 as u64))
    }
}

/// A point of the grid.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Entities.
    pub population: usize,
    /// Entities to draw.
    pub n: u64,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, n = {}", Entities(self.population), power(self.n))
    }
}

/// 1000000 as `10^6`; up to 100, or no power of ten, as it is.
pub fn power(number: u64) -> String {
    match number.checked_ilog10() {
        Some(exponent) if exponent > 2 && 10_u64.pow(exponent) == number => format!("10^{exponent}"),
        _ => number.to_string(),
    }
}

/// Length of a made-up id, bytes: that of a 统一社会信用代码.
pub const ID_LENGTH: usize = 18;

/// The id of entity number `entity`, below 10¹⁰.
pub fn id(entity: usize) -> [u8; ID_LENGTH] {
    let mut id = *b"915001180000000000";
    let mut rest = entity;
    for digit in id[8..].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    id
}

/// The ivs of a population.
pub fn ivs(population: usize) -> Vec<Iv> {
    let of = |entity| iv(std::str::from_utf8(&id(entity)).expect("digits"));
    (0..population).into_par_iter().map(of).collect()
}

/// A key of lots.
pub fn key() -> LotKey {
    LotKey::derive("public dice 3 1 6 2", "2023").expect("one line each")
}

/// Weights in micro-units with the shares of real ratings: grade × color × risk, each from the bits of the iv.
pub fn weights(ivs: &[Iv]) -> Vec<u64> {
    const GRADES: [(u64, u64); 5] = [(33, 5), (76, 10), (90, 20), (95, 40), (100, 15)];
    const COLORS: [(u64, u64); 3] = [(80, 1), (98, 2), (100, 8)];
    let pick = |table: &[(u64, u64)], dice: u64| {
        table.iter().find(|(until, _)| dice % 100 < *until).map_or(1, |(_, factor)| *factor)
    };
    let weight = |iv: &Iv| {
        let bits = u64::from_le_bytes(iv.as_chunks().0[0]);
        // The risk factor, 0.5 to 1.5 in steps of 0.0001, times the grade's, in tenths, is in steps of 10 micro-units.
        pick(&GRADES, bits >> 8) * pick(&COLORS, bits >> 24) * (5_000 + (bits >> 40) % 10_000) * 10
    };
    ivs.par_iter().map(weight).collect()
}

/// A stratum for every entity, by the bits of its iv.
pub fn strata(ivs: &[Iv], strata: u32) -> Vec<u32> {
    ivs.par_iter().map(|iv| u32::from_le_bytes(iv.as_chunks().0[3]) % strata).collect()
}
