//! Years of draws with and without spread: probabilities are kept, and nobody is drawn again before the others had their turn.
//!
//! Bounds: a frequency is within four standard errors of what was promised, summed over the independent years; seeds are
//! fixed, so that a pass is a pass for good.

use fairdraw_core::sampling::lots::{LotKey, iv};
use fairdraw_core::sampling::spread::{Arc, Turn};
use fairdraw_core::sampling::{Design, DrawRequest, Lots, Population, draw, fill_probabilities};

const ROUNDS: u64 = 12;

/// What years of rounds came to.
struct Years {
    /// Draws of each entity, and the sum of its probabilities, over all rounds and years.
    drawn: Vec<u64>,
    promised: Vec<f64>,
    /// Entities that were drawn again in a year in which their probabilities sum to 1 at most.
    repeats: u64,
}

/// Rounds of `n` among `entities`, whose weights change with the rounds: small ones weigh 1 to 3, large ones 6 to 18.
fn years(entities: usize, n: u64, design: Design, years: u64, spreads: bool) -> Years {
    let ids: Vec<_> = (0..entities).map(|entity| iv(&format!("E{entity:05}"))).collect();
    let weight =
        |entity: usize, round: u64| (entity as u64 % 3 + 1 + round % 2) * if entity.is_multiple_of(4) { 6 } else { 1 };
    let mut came = Years { drawn: vec![0; entities], promised: vec![0.0; entities], repeats: 0 };
    for year in 0..years {
        let mut arcs = vec![Arc::FULL; entities];
        let (mut times, mut of_year) = (vec![0u64; entities], vec![0.0; entities]);
        for round in 0..ROUNDS {
            let lots = LotKey::derive(&format!("seed of year {year}, round {round}"), "检查").expect("one line each");
            let positions: Vec<u64> = ids.iter().zip(&arcs).map(|(iv, arc)| arc.position(lots.ticket(iv))).collect();
            let weights: Vec<u64> = (0..entities).map(|entity| weight(entity, round) * 1_000_000).collect();
            let population = Population { weights: &weights, lots: Lots::Tickets(&positions), strata: None };
            let request = DrawRequest { sizes: &[n], design, alpha: 1e-3, reserve: 1 };
            let draws = draw(&population, &request).expect("room enough");
            let mut pi = vec![0.0; entities];
            fill_probabilities(&population, design, &draws, 0, &mut pi);
            let mut is_drawn = vec![false; entities];
            draws[0].drawn.iter().for_each(|own| is_drawn[own.row as usize] = true);
            let turn = Turn { design, last: draws[0].cut_line, next: draws[0].next_key };
            for entity in 0..entities {
                times[entity] += u64::from(is_drawn[entity]);
                of_year[entity] += pi[entity];
                if spreads {
                    let consumed = turn.consumed(pi[entity], is_drawn[entity]);
                    arcs[entity] = arcs[entity].after(positions[entity], consumed);
                }
            }
        }
        for entity in 0..entities {
            came.drawn[entity] += times[entity];
            came.promised[entity] += of_year[entity];
            came.repeats += u64::from(times[entity] > 1 && of_year[entity] <= 1.0);
        }
    }
    came
}

impl Years {
    /// Draws and promised draws by class of weight.
    fn classes(&self) -> Vec<(f64, f64)> {
        let of = |class: usize| (class..self.drawn.len()).step_by(12);
        let sum =
            |class| (of(class).map(|own| self.drawn[own] as f64).sum(), of(class).map(|own| self.promised[own]).sum());
        (0..12).map(sum).collect()
    }

    /// The draws of every class are within four standard errors of what its probabilities promise; the errors are those of
    /// independent draws, which are not smaller than those of draws with spread.
    fn assert_kept(&self, what: &str) {
        for (class, (drawn, promised)) in self.classes().into_iter().enumerate() {
            assert!((drawn - promised).abs() <= 4.0 * promised.sqrt(), "{what}, class {class}: {drawn} for {promised}");
        }
    }
}

#[test]
fn probabilities_are_kept_and_repeats_are_gone() {
    for design in [Design::Pareto, Design::SequentialPoisson] {
        let spread = years(6_000, 180, design, 10, true);
        spread.assert_kept(design.name());
        let independent = years(6_000, 180, design, 10, false);
        assert!(independent.repeats > 1_000, "{}", independent.repeats);
        let (spread, most) = (spread.repeats, independent.repeats / 1_000);
        assert!(spread <= most, "{}: {spread} repeats, {} independent", design.name(), independent.repeats);
    }
}

#[test]
fn probabilities_are_kept_where_one_of_a_small_stratum_is_drawn() {
    for design in [Design::Pareto, Design::Srs] {
        years(24, 1, design, 2_000, true).assert_kept(design.name());
    }
    // Sequential Poisson draws one of 24 with other frequencies than π; spread leaves those as they are.
    let [spread, independent] = [true, false].map(|spreads| years(24, 1, Design::SequentialPoisson, 2_000, spreads));
    for (class, (spread, independent)) in spread.classes().iter().zip(independent.classes()).enumerate() {
        let standard_error = (spread.1 + independent.1).sqrt();
        assert!((spread.0 - independent.0).abs() <= 4.0 * standard_error, "class {class}: {spread:?}, {independent:?}");
    }
}
