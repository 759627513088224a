//! The draw itself: two passes over a population, stratum by stratum.

use super::design::Design;
use super::inclusion::{Inclusion, InclusionError, Rate, WeightPass};
use super::looks::{Found, Looks, Totals};
use super::lots::{Lots, u};
use super::ranking::{KeyPass, StratumDraw};
use rayon::prelude::*;
use std::ops::Range;

/// The stratum code of an entity that takes no part: ineligible, exempt, or certain beforehand.
pub const OUTSIDE: u32 = u32::MAX;

/// The entities of a frame, in the order of their ids.
#[derive(Clone, Copy, Debug)]
pub struct Population<'a> {
    /// Weight of each entity in micro-units, at most [`super::MAX_WEIGHT`]; 0 cannot be drawn.
    pub weights: &'a [u64],
    /// The lot of each entity.
    pub lots: Lots<'a>,
    /// Stratum code of each entity, below the number of strata, or [`OUTSIDE`]; `None`: all are in stratum 0.
    pub strata: Option<&'a [u32]>,
}

/// What is asked of a draw.
#[derive(Clone, Copy, Debug)]
pub struct DrawRequest<'a> {
    /// Sample size of each stratum (the expected size for Poisson).
    pub sizes: &'a [u64],
    /// The design.
    pub design: Design,
    /// Probabilities above 1 − `alpha` become 1; 0 ≤ α < 1.
    pub alpha: f64,
    /// How many reserves each stratum names behind its cut line.
    pub reserve: u64,
}

/// Why a stratum cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("stratum {stratum}: {reason}")]
pub struct DrawError {
    /// Code of the stratum.
    pub stratum: u32,
    /// What is wrong.
    pub reason: InclusionError,
}

/// Draws every stratum. The result depends on weights, lots and the order of ids alone.
///
/// # Errors
/// [`DrawError`] naming the first stratum that cannot be drawn.
///
/// # Panics
/// If the slices differ in length, hold 2³² rows or more, or a stratum code has no size.
pub fn draw(population: &Population<'_>, request: &DrawRequest<'_>) -> Result<Vec<StratumDraw>, DrawError> {
    let inclusions = inclusion_probabilities(population, request)?;
    let rates: Vec<Rate> = inclusions.iter().map(Inclusion::rate).collect();
    let select = |bounded: bool| {
        let new = |inclusion| match bounded {
            true => KeyPass::bounded(inclusion, request.design, request.reserve),
            false => KeyPass::new(inclusion, request.design, request.reserve),
        };
        fold_blocks(
            population.weights.len(),
            || inclusions.iter().map(new).collect(),
            |passes: &mut Vec<KeyPass<'_>>, rows| push_block(population, request.design, &rates, passes, rows),
            |left, right| left.iter_mut().zip(right).for_each(|(left, right)| left.merge(right)),
        )
    };
    let mut passes = select(true);
    if !passes.iter().all(KeyPass::is_complete) {
        passes = select(false);
    }
    Ok(passes.into_iter().map(|pass| pass.finish(request.reserve)).collect())
}

/// Rows whose keys are computed side by side.
const KEYS: usize = 256;

/// Computes the keys of some rows in one go, and ranks those that are not above what their stratum keeps.
fn push_block(
    population: &Population<'_>,
    design: Design,
    rates: &[Rate],
    passes: &mut [KeyPass<'_>],
    rows: Range<usize>,
) {
    let mut keys = [0.0; KEYS];
    let Population { weights, lots, strata } = *population;
    let stratum_of = |row: usize| strata.map_or(0, |strata| strata[row]);
    for start in rows.clone().step_by(KEYS) {
        let rows = start..rows.end.min(start + KEYS);
        let keys = &mut keys[..rows.len()];
        let key = |rate: Rate, weight: u64, u: f64| design.key(u, rate.probability(design.size_measure(weight)));
        match (lots, strata) {
            (_, _) if design == Design::Poisson => keys.fill(0.0),
            (Lots::Tickets(tickets), None) => {
                let rate = rates[0];
                for ((slot, &weight), &ticket) in
                    keys.iter_mut().zip(&weights[rows.clone()]).zip(&tickets[rows.clone()])
                {
                    *slot = key(rate, weight, u(ticket));
                }
            }
            _ => {
                for (slot, row) in keys.iter_mut().zip(rows.clone()) {
                    *slot = match stratum_of(row) {
                        OUTSIDE => f64::INFINITY,
                        stratum => key(rates[stratum as usize], weights[row], lots.u(row)),
                    };
                }
            }
        }
        for (&key, row) in keys.iter().zip(rows) {
            let stratum = stratum_of(row);
            if stratum != OUTSIDE && key <= passes[stratum as usize].highest {
                passes[stratum as usize].push(weights[row], lots.u(row), lots.tie(row), row as u32);
            }
        }
    }
}

fn totals(population: &Population<'_>, request: &DrawRequest<'_>) -> Vec<Totals> {
    if population.strata.is_none() {
        let add = |mut sum: Totals, part: Totals| {
            sum.add(part);
            sum
        };
        let parts = population.weights.par_chunks(1 << 10).map(|weights| Totals::of(weights, request.design));
        return vec![parts.reduce(Totals::default, add); request.sizes.len()];
    }
    fold(
        population,
        || vec![Totals::default(); request.sizes.len()],
        |totals: &mut Vec<Totals>, stratum, row| {
            totals[stratum].add(Totals::of(&population.weights[row..=row], request.design));
        },
        |left, right| left.iter_mut().zip(right).for_each(|(left, right)| left.add(right)),
    )
}

/// Looks before the n largest weights are ranked in full.
pub const MOST_LOOKS: usize = 4;

/// The probabilities alone: first pass of [`draw`].
///
/// # Errors
/// As [`draw`].
pub fn inclusion_probabilities(
    population: &Population<'_>,
    request: &DrawRequest<'_>,
) -> Result<Vec<Inclusion>, DrawError> {
    let rows = population.weights.len();
    assert!(rows < OUTSIDE as usize, "a population holds fewer than 2^32 - 1 rows");
    assert_eq!(population.lots.len(), rows, "one lot for each weight");
    assert!(population.strata.is_none_or(|strata| strata.len() == rows), "one stratum code for each weight");
    let mut looks = Looks::new(request.sizes, totals(population, request), request.design, request.alpha)?;
    for _ in 0..MOST_LOOKS {
        let Some(bounds) = looks.bounds() else { return Ok(looks.finish()) };
        let found = fold(
            population,
            || vec![Vec::new(); bounds.len()],
            |found: &mut Vec<Vec<Found<u32>>>, stratum, row| {
                let weight = request.design.size_measure(population.weights[row]);
                if bounds[stratum].contains(&weight) {
                    found[stratum].push((weight, population.lots.tie(row), row as u32));
                }
            },
            |left, right| left.iter_mut().zip(right).for_each(|(left, right)| left.extend(right)),
        );
        looks.take(bounds, found);
    }
    match looks.bounds() {
        None => Ok(looks.finish()),
        Some(_) => rank_heaviest(population, request),
    }
}

/// Ranks the n heaviest of every stratum: always enough, and slower where few are taken.
fn rank_heaviest(population: &Population<'_>, request: &DrawRequest<'_>) -> Result<Vec<Inclusion>, DrawError> {
    let passes = fold(
        population,
        || request.sizes.iter().map(|&n| WeightPass::new(n, request.design)).collect(),
        |passes: &mut Vec<WeightPass>, stratum, row| {
            passes[stratum].push(population.weights[row], population.lots.tie(row), row as u32);
        },
        |left, right| left.iter_mut().zip(right).for_each(|(left, right)| left.merge(right)),
    );
    let solve = |(stratum, pass): (usize, WeightPass)| {
        pass.solve(request.alpha).map_err(|reason| DrawError { stratum: stratum as u32, reason })
    };
    passes.into_iter().enumerate().map(solve).collect()
}

/// π of the entities from row `first` on, as many as `pi` holds: 0 outside the strata, 1 for the taken, m·x/Σx for the rest.
pub fn fill_probabilities(
    population: &Population<'_>,
    design: Design,
    draws: &[StratumDraw],
    first: usize,
    pi: &mut [f64],
) {
    const BLOCK: usize = 1 << 14;
    let end = first + pi.len();
    let rates: Vec<Rate> = draws.iter().map(|draw| draw.inclusion.rate()).collect();
    let of = |stratum: usize, row: usize| rates[stratum].probability(design.size_measure(population.weights[row]));
    pi.par_chunks_mut(BLOCK).enumerate().for_each(|(block, pi)| {
        let rows = first + block * BLOCK..;
        match population.strata {
            None => pi.iter_mut().zip(rows).for_each(|(pi, row)| *pi = of(0, row)),
            Some(strata) => pi.iter_mut().zip(rows).for_each(|(pi, row)| {
                *pi = if strata[row] == OUTSIDE { 0.0 } else { of(strata[row] as usize, row) };
            }),
        }
    });
    for draw in draws {
        let taken = &draw.inclusion.take_all;
        let place = |row: usize| taken.partition_point(|&taken| (taken as usize) < row);
        for &row in &taken[place(first)..place(end)] {
            pi[row as usize - first] = 1.0;
        }
    }
}

/// Runs `visit(state, stratum, row)` over all rows inside a stratum, in parallel by contiguous parts.
fn fold<S: Send>(
    population: &Population<'_>,
    new: impl Fn() -> S + Sync,
    visit: impl Fn(&mut S, usize, usize) + Sync,
    merge: impl Fn(&mut S, S),
) -> S {
    let visit_rows = |state: &mut S, rows: Range<usize>| match population.strata {
        None => rows.for_each(|row| visit(state, 0, row)),
        Some(strata) => {
            rows.filter(|&row| strata[row] != OUTSIDE).for_each(|row| visit(state, strata[row] as usize, row))
        }
    };
    fold_blocks(population.weights.len(), new, visit_rows, merge)
}

/// Runs `visit(state, rows)` over contiguous parts of `rows` rows in parallel, and merges the states in order.
fn fold_blocks<S: Send>(
    rows: usize,
    new: impl Fn() -> S + Sync,
    visit: impl Fn(&mut S, Range<usize>) + Sync,
    merge: impl Fn(&mut S, S),
) -> S {
    let parts = (rayon::current_num_threads() * 2).min(rows.div_ceil(1 << 14)).max(1);
    let mut states: Vec<S> = (0..parts)
        .into_par_iter()
        .map(|part| {
            let mut state = new();
            visit(&mut state, rows * part / parts..rows * (part + 1) / parts);
            state
        })
        .collect();
    let rest = states.split_off(1);
    let mut state = states.pop().expect("there is at least one part");
    rest.into_iter().for_each(|other| merge(&mut state, other));
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::lots::{LotKey, iv};
    use proptest::prelude::*;

    fn request(sizes: &[u64], design: Design) -> DrawRequest<'_> {
        DrawRequest { sizes, design, alpha: 1e-3, reserve: 2 }
    }

    fn sample(population: &Population<'_>, n: u64, design: Design) -> Vec<u32> {
        let draws = draw(population, &request(&[n], design)).unwrap();
        let drawn = draws[0].drawn.iter().map(|selected| selected.row);
        let mut rows: Vec<u32> = drawn.chain(draws[0].inclusion.take_all.iter().copied()).collect();
        rows.sort_unstable();
        rows
    }

    /// Samples computed with R package sps for given random numbers (rows counted from 1).
    #[test]
    fn published_samples_are_reproduced() {
        let x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100];
        let u = [0.53, 0.12, 0.91, 0.44, 0.27, 0.68, 0.35, 0.79, 0.06, 0.58, 0.97];
        let population = Population { weights: &x, lots: Lots::Prn(&u), strata: None };
        let fixed: [&[u32]; 6] = [
            &[9, 11],
            &[7, 9, 11],
            &[5, 7, 9, 11],
            &[5, 7, 9, 10, 11],
            &[2, 5, 7, 9, 10, 11],
            &[2, 5, 7, 8, 9, 10, 11],
        ];
        let counted = |n, design| sample(&population, n, design).iter().map(|row| row + 1).collect::<Vec<_>>();
        for (expected, n) in fixed.into_iter().zip(2..) {
            assert_eq!(counted(n, Design::SequentialPoisson), expected);
            assert_eq!(counted(n, Design::Pareto), expected);
        }
        assert_eq!(counted(5, Design::Poisson), [2, 5, 7, 9, 10, 11]);
        assert_eq!(counted(3, Design::Poisson), [9, 11]);
    }

    fn tickets(seed: &str, count: usize) -> Vec<u64> {
        let key = LotKey::derive(seed, "laws").unwrap();
        (0..count).map(|i| key.ticket(&iv(&format!("entity-{i:05}")))).collect()
    }

    fn weights() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(prop_oneof![Just(0u64), 1u64..2_000_000, Just(1_000_000)], 1..120)
    }

    proptest! {
        #[test]
        fn a_larger_sequential_poisson_sample_contains_the_smaller_while_nobody_new_is_taken_for_the_weight(x in weights(), seed in "[a-z]{6}", share in 0.0f64..1.0) {
            let lots = tickets(&seed, x.len());
            let population = Population { weights: &x, lots: Lots::Tickets(&lots), strata: None };
            let positive = x.iter().filter(|&&w| w > 0).count() as f64;
            let n = (share * positive) as u64;
            prop_assume!((n as f64) < positive);
            // Several entities of the same weight may be taken at once, more than the sample grows by.
            let taken = |n| draw(&population, &request(&[n], Design::SequentialPoisson)).unwrap()[0].inclusion.take_all.clone();
            prop_assume!(taken(n) == taken(n + 1));
            let small = sample(&population, n, Design::SequentialPoisson);
            let large = sample(&population, n + 1, Design::SequentialPoisson);
            prop_assert_eq!(small.len() as u64, n);
            prop_assert!(small.iter().all(|row| large.contains(row)));
        }

        #[test]
        fn other_strata_do_not_matter(x in weights(), y in weights(), seed in "[a-z]{6}", n in 0u64..50) {
            let both: Vec<u64> = x.iter().chain(&y).copied().collect();
            let lots = tickets(&seed, both.len());
            let codes: Vec<u32> = x.iter().map(|_| 0).chain(y.iter().map(|_| 1)).collect();
            let positive = |w: &[u64]| w.iter().filter(|&&w| w > 0).count() as u64;
            let n = n.min(positive(&x));
            for design in Design::ALL {
                let alone = Population { weights: &x, lots: Lots::Tickets(&lots[..x.len()]), strata: None };
                let beside = Population { weights: &both, lots: Lots::Tickets(&lots), strata: Some(&codes) };
                let one = draw(&alone, &request(&[n], design)).unwrap();
                let two = draw(&beside, &request(&[n, positive(&y) / 2], design)).unwrap();
                prop_assert_eq!(&one[0], &two[0]);
            }
        }

        #[test]
        fn looking_for_the_heaviest_finds_what_ranking_them_finds(x in weights(), steep in 0u32..4, share in 0.0f64..=1.0, alpha in 0.0f64..0.5) {
            let x: Vec<u64> = x.iter().map(|&w| (w / 1_000).pow(steep).min(crate::sampling::MAX_WEIGHT)).collect();
            let lots = tickets("heaviest", x.len());
            let population = Population { weights: &x, lots: Lots::Tickets(&lots), strata: None };
            let n = (share * x.iter().filter(|&&w| w > 0).count() as f64) as u64;
            for design in Design::ALL {
                let sizes = [n];
                let order = DrawRequest { alpha, ..request(&sizes, design) };
                let looked = inclusion_probabilities(&population, &order).unwrap();
                prop_assert_eq!(&looked, &rank_heaviest(&population, &order).unwrap());
                if design == Design::Srs {
                    let all = n > 0 && n == looked[0].positive;
                    prop_assert_eq!(looked[0].take_all.len() as u64, if all { n } else { 0 });
                }
            }
        }

        #[test]
        fn drawn_and_probabilities_agree(x in weights(), seed in "[a-z]{6}", share in 0.0f64..=1.0) {
            let lots = tickets(&seed, x.len());
            let population = Population { weights: &x, lots: Lots::Tickets(&lots), strata: None };
            let n = (share * x.iter().filter(|&&w| w > 0).count() as f64) as u64;
            for design in Design::ALL {
                let draws = draw(&population, &request(&[n], design)).unwrap();
                let mut pi = vec![0.0; x.len()];
                fill_probabilities(&population, design, &draws, 0, &mut pi);
                prop_assert!((pi.iter().sum::<f64>() - n as f64).abs() < 1e-6);
                if design != Design::Poisson {
                    prop_assert_eq!(draws[0].drawn.len() as u64, draws[0].inclusion.random_n);
                }
                for selected in draws[0].drawn.iter().chain(&draws[0].reserve) {
                    prop_assert!(pi[selected.row as usize] > 0.0 && pi[selected.row as usize] < 1.0);
                }
                let in_order = draws[0].drawn.windows(2).all(|pair| pair[0].key <= pair[1].key);
                prop_assert!(in_order);
            }
        }
    }

    #[test]
    fn simple_random_sampling_knows_no_take_all_before_all_are_taken() {
        let lots = tickets("equal", 2_000);
        let population = Population { weights: &[7; 2_000], lots: Lots::Tickets(&lots), strata: None };
        for (n, taken) in [(1_999, 0), (2_000, 2_000)] {
            let draws = draw(&population, &request(&[n], Design::Srs)).unwrap();
            assert_eq!(draws[0].inclusion.take_all.len(), taken);
            let mut pi = vec![0.0; 2_000];
            fill_probabilities(&population, Design::Srs, &draws, 0, &mut pi);
            assert!(pi.iter().all(|&pi| pi == n as f64 / 2_000.0));
        }
    }

    #[test]
    fn thread_count_changes_nothing() {
        let lots = tickets("threads", 60_000);
        let weights: Vec<u64> = lots.iter().map(|t| t % 7 * 1_000_000 + 1).collect();
        let codes: Vec<u32> = (0..60_000).map(|row| if row % 11 == 0 { OUTSIDE } else { row % 3 }).collect();
        let population = Population { weights: &weights, lots: Lots::Tickets(&lots), strata: Some(&codes) };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| draw(&population, &request(&[500, 20, 3], Design::Pareto)).unwrap())
        };
        assert_eq!(with(1), with(5));
    }
}
