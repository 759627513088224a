//! Allocation: units shared out per second, by method, number of strata and n.
//!
//! `cargo bench --bench allocation`; with `FAIRDRAW_BENCH_LARGE=1` up to ten million units.

mod grid;

use divan::Bencher;
use divan::counter::ItemsCount;
use fairdraw::sampling::allocation::Claim;
use fairdraw::sampling::{Divisor, allocate};
use grid::power;
use std::fmt;

fn main() {
    divan::main();
}

/// n units over strata, by a method.
#[derive(Clone, Copy)]
struct Shape {
    divisor: Divisor,
    strata: usize,
    n: u64,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { divisor, strata, n } = self;
        write!(f, "{divisor:?}, {} strata, n = {}", power(*strata as u64), power(*n))
    }
}

/// As many strata as a district, a province and the country have stations, with at least a unit for each.
fn shapes() -> Vec<Shape> {
    const DIVISORS: [Divisor; 4] = [Divisor::Webster, Divisor::DHondt, Divisor::HuntingtonHill, Divisor::Adams];
    let sizes = grid::populations().into_iter().flat_map(|size| [10, 1_000, 100_000].map(|strata| (strata, size.0)));
    let of = |(strata, n)| DIVISORS.map(|divisor| Shape { divisor, strata, n: n as u64 });
    sizes.filter(|(strata, n)| strata <= n).flat_map(of).collect()
}

#[divan::bench(args = shapes(), sample_size = 1, sample_count = 30, max_time = 3)]
fn units(bencher: Bencher, Shape { divisor, strata, n }: Shape) {
    let names: Vec<String> = (0..strata).map(|stratum| format!("{stratum:07}")).collect();
    let claim = |(stratum, name)| {
        // From 2,000 to a million entities, in no order; a multiplicative hash (Knuth, TAOCP 6.4).
        let measure = 2_000 + (stratum as u64).wrapping_mul(2_654_435_761) % 998_000;
        Claim { name, measure, floor: 0, cap: n }
    };
    let claims: Vec<Claim<'_>> = names.iter().map(String::as_str).enumerate().map(claim).collect();
    bencher
        .counter(ItemsCount::new(n))
        .bench_local(|| allocate(divan::black_box(&claims), n, divisor).expect("each stratum can take all"));
}
