//! The draw: probabilities, selection, and both with the lots (`draw_alone`), over the (population, n) grid.
//!
//! `cargo bench --bench draw`; with `FAIRDRAW_BENCH_LARGE=1` up to ten million entities. All threads unless the name
//! says otherwise; throughput counts the population, not n.

mod grid;

use divan::Bencher;
use divan::counter::ItemsCount;
use fairdraw::sampling::draw::inclusion_probabilities;
use fairdraw::sampling::{
    DEFAULT_ALPHA, Design, DrawRequest, KeyPass, Lots, Population, WeightPass, draw, fill_probabilities,
};
use grid::{Entities, Shape};
use rayon::prelude::*;
use std::fmt;

fn main() {
    divan::main();
}

/// Reserves named behind the cut line.
const RESERVE: u64 = 20;

/// Strata of the stratified bench: as many as the plain population of `generate` has regions.
const STRATA: u32 = 55;

/// Weights, lots and ivs of a population.
struct Drawable {
    ivs: Vec<[u8; 16]>,
    weights: Vec<u64>,
    tickets: Vec<u64>,
}

impl Drawable {
    fn new(population: usize) -> Self {
        let ivs = grid::ivs(population);
        let mut tickets = vec![0; population];
        grid::key().tickets(&ivs, &mut tickets);
        Self { weights: grid::weights(&ivs), ivs, tickets }
    }

    fn population(&self) -> Population<'_> {
        Population { weights: &self.weights, lots: Lots::Tickets(&self.tickets), strata: None }
    }
}

fn request(sizes: &[u64], design: Design) -> DrawRequest<'_> {
    DrawRequest { sizes, design, alpha: DEFAULT_ALPHA, reserve: RESERVE }
}

/// From ivs to the list: a lot and a π for every entity, and the n smallest keys; memory for them is asked for within
/// the time. Stands beside `numpy.random.Generator.choice(population, n, replace=False, p=weights)`.
#[divan::bench(args = grid::shapes(), sample_size = 1, sample_count = 30, max_time = 15)]
fn draw_alone(bencher: Bencher, Shape { population, n }: Shape) {
    let ivs = grid::ivs(population);
    let weights = grid::weights(&ivs);
    let key = grid::key();
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        let (mut tickets, mut pi) = (vec![0; population], vec![0.0; population]);
        key.tickets(divan::black_box(&ivs), &mut tickets);
        let entities = Population { weights: &weights, lots: Lots::Tickets(&tickets), strata: None };
        let drawn = draw(&entities, &request(&[n], Design::Pareto)).expect("n is below the population");
        fill_probabilities(&entities, Design::Pareto, &drawn, 0, &mut pi);
        (tickets, pi, drawn)
    });
}

/// First pass: the sum of the weights, the n heaviest, and the take-all stratum.
#[divan::bench(args = grid::shapes(), sample_size = 1, sample_count = 30, max_time = 10)]
fn inclusion(bencher: Bencher, Shape { population, n }: Shape) {
    let drawable = Drawable::new(population);
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        inclusion_probabilities(divan::black_box(&drawable.population()), &request(&[n], Design::Pareto))
    });
}

/// The first pass without looks for the take-all stratum: the n heaviest of every part, ranked. What parts that never meet do.
#[divan::bench(args = grid::shapes(), sample_size = 1, sample_count = 30, max_time = 10)]
fn inclusion_by_ranking(bencher: Bencher, Shape { population, n }: Shape) {
    let drawable = Drawable::new(population);
    let parts = population.div_ceil(2 * rayon::current_num_threads());
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        let weigh = |(part, weights): (usize, &[u64])| {
            let mut pass = WeightPass::new(n, Design::Pareto);
            for (row, &weight) in (part * parts..).zip(weights) {
                pass.push(weight, drawable.tickets[row], row as u32);
            }
            pass
        };
        let passes: Vec<WeightPass> =
            divan::black_box(&drawable.weights).par_chunks(parts).enumerate().map(weigh).collect();
        let mut all = WeightPass::new(n, Design::Pareto);
        passes.into_iter().for_each(|pass| all.merge(pass));
        all.solve(DEFAULT_ALPHA)
    });
}

/// π of every entity, once the take-all stratum is known.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 30, max_time = 10)]
fn inclusion_of_everybody(bencher: Bencher, Entities(population): Entities) {
    let drawable = Drawable::new(population);
    let n = population as u64 / 100;
    let drawn = draw(&drawable.population(), &request(&[n], Design::Pareto)).expect("n is below the population");
    let mut pi = vec![0.0; population];
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        fill_probabilities(divan::black_box(&drawable.population()), Design::Pareto, &drawn, 0, &mut pi);
    });
}

/// Second pass on one thread: a key for every entity, and the n smallest; with `true` only keys below a bound are ranked.
#[divan::bench(args = grid::shapes(), consts = [false, true], sample_size = 1, sample_count = 30, max_time = 10)]
fn selection_on_one_thread<const BOUNDED: bool>(bencher: Bencher, Shape { population, n }: Shape) {
    let drawable = Drawable::new(population);
    let inclusions = inclusion_probabilities(&drawable.population(), &request(&[n], Design::Pareto));
    let inclusion = &inclusions.expect("n is below the population")[0];
    let lots = Lots::Tickets(&drawable.tickets);
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        let new = if BOUNDED { KeyPass::bounded } else { KeyPass::new };
        let mut pass = new(inclusion, Design::Pareto, RESERVE);
        for (row, &weight) in divan::black_box(&drawable.weights).iter().enumerate() {
            pass.push(weight, lots.u(row), lots.tie(row), row as u32);
        }
        pass.finish(RESERVE)
    });
}

/// Both passes, lots given.
#[divan::bench(args = grid::shapes(), sample_size = 1, sample_count = 30, max_time = 10)]
fn inclusion_and_selection(bencher: Bencher, Shape { population, n }: Shape) {
    let drawable = Drawable::new(population);
    bencher
        .counter(ItemsCount::new(population))
        .bench_local(|| draw(divan::black_box(&drawable.population()), &request(&[n], Design::Pareto)));
}

/// A design over a population, 1 % drawn.
#[derive(Clone, Copy)]
struct ByDesign(Design, Entities);

impl fmt::Display for ByDesign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, n = 1 %", self.0.name(), self.1)
    }
}

fn designs() -> impl Iterator<Item = ByDesign> {
    let of = |population| Design::ALL.map(|design| ByDesign(design, population));
    grid::populations().into_iter().flat_map(of)
}

/// Both passes by each design, lots given.
#[divan::bench(args = designs(), sample_size = 1, sample_count = 30, max_time = 10)]
fn both_passes_by_design(bencher: Bencher, ByDesign(design, Entities(population)): ByDesign) {
    let drawable = Drawable::new(population);
    let sizes = [population as u64 / 100];
    bencher
        .counter(ItemsCount::new(population))
        .bench_local(|| draw(divan::black_box(&drawable.population()), &request(&sizes, design)));
}

/// Both passes in 55 strata, 1 % of each, lots given.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 30, max_time = 10)]
fn both_passes_in_55_strata(bencher: Bencher, Entities(population): Entities) {
    let drawable = Drawable::new(population);
    let strata = grid::strata(&drawable.ivs, STRATA);
    let sizes = vec![population as u64 / 100 / u64::from(STRATA); STRATA as usize];
    let population_in_strata = Population { strata: Some(&strata), ..drawable.population() };
    bencher
        .counter(ItemsCount::new(population))
        .bench_local(|| draw(divan::black_box(&population_in_strata), &request(&sizes, Design::Pareto)));
}
