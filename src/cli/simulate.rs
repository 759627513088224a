//! `fairdraw simulate`

use super::console::Console;
use super::exit::CliError;
use crate::plan;
use crate::progress::Progress;
use crate::run::{Planned, Prepared, RunError};
use crate::scoring::{ScoreError, Settled};
use crate::simulate::{Simulation, simulate};
use crate::simulate_year::{YearSimulation, Years, simulate_year};
use crate::spill::Room;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Draw many times with made-up seeds: inclusion frequency against probability, load by station, sizes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  fairdraw simulate pipelines/yongchuan-2023-q1.toml --times 200\n  fairdraw simulate pipelines/yongchuan-2023/q1.toml --rounds 4 --times 20   # years of four rounds"
)]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// Number of draws.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    times: u64,
    /// Simulate years of so many rounds instead, with spread and with independent draws side by side.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=366))]
    rounds: Option<u64>,
    /// The made-up seeds are this text and a number.
    #[arg(long, default_value = "simulation")]
    seed: String,
}

pub fn run(args: Args, memory: u64, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&args.plan)?;
    if plan.draw.prn_column.is_some() {
        let text = "the plan takes permanent random numbers from a column, so every draw would be the same; remove draw.prn-column to simulate";
        return Err(CliError::Usage(text.to_owned()));
    }
    let observe = |step: Progress<'_>| console.step(step);
    let planned = Planned::of(&plan, &observe)?;
    let Prepared { drawable, .. } = planned.prepare(false, &Room::of_memory(memory), &observe)?;
    if let Some(rounds) = args.rounds {
        let plan = &planned.plan;
        let years = simulate_year(drawable.frame(), plan, &args.seed, (args.times, rounds), &observe);
        return console.answer(tell_years(&years.map_err(RunError::from)?).trim_end());
    }
    let draws = |settled: Settled<'_>| -> Result<String, ScoreError> {
        let heading = settled.task.map(|task| format!("Task {}: ", task.id)).unwrap_or_default();
        let outcome = simulate(&settled.scored, settled.method, &args.seed, args.times, &observe)?;
        Ok(heading + &tell(&outcome))
    };
    let told = drawable.each(&planned.plan, None, &|_| (), draws).map_err(RunError::from)?.made;
    console.answer(told.join("\n").trim_end())
}

/// Years with and without spread, side by side.
fn tell_years(outcome: &YearSimulation) -> String {
    let YearSimulation { times, rounds, spread, independent } = outcome;
    let mut text = String::new();
    let _ = writeln!(text, "{times} years of {rounds} rounds: means of a year");
    let _ = writeln!(text, "\n{:>12} {:>12}", "spread", "independent");
    type Figure = (&'static str, fn(&Years) -> f64);
    let figures: [Figure; 6] = [
        ("drawn for tasks", |years| years.drawn),
        ("entities disturbed", |years| years.disturbed),
        ("of these in more than one round", |years| years.repeats),
        ("though their probabilities sum to 1 at most", |years| years.needless),
        ("visits, tasks of a round merged", |years| years.visits),
        ("visits if each department came alone", |years| years.unmerged),
    ];
    for (name, figure) in figures {
        let _ = writeln!(text, "{:>12.2} {:>12.2}  {name}", figure(spread), figure(independent));
    }
    let _ =
        writeln!(text, "\n{:>13} {:>13} {:>7} {:>7}  task / grade, over all years", "drawn", "promised", "z", "z ind.");
    for (own, other) in spread.classes.iter().zip(&independent.classes) {
        let (class, drawn, promised, z) = own;
        let _ = writeln!(text, "{drawn:>13} {promised:>13.2} {z:>7.2} {:>7.2}  {class}", other.3);
    }
    text
}

/// The result as tables.
fn tell(outcome: &Simulation) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} draws", outcome.times);
    let _ =
        writeln!(text, "\n{:>11} {:>13} {:>13} {:>7}  stratum / grade / colour", "entities", "expected", "mean", "z");
    for class in &outcome.classes {
        let _ = writeln!(
            text,
            "{:>11} {:>13.3} {:>13.3} {:>7.2}  {}",
            class.entities, class.expected, class.mean, class.z, class.class
        );
    }
    let worst = outcome.classes.iter().map(|class| class.z.abs()).fold(0.0, f64::max);
    let _ = writeln!(text, "largest |z| {worst:.2} over {} classes", outcome.classes.len());
    if !outcome.stations.is_empty() {
        let _ = writeln!(text, "\n{:>8} {:>10} {:>8}  station", "least", "mean", "most");
        for load in &outcome.stations {
            let _ = writeln!(text, "{:>8} {:>10.2} {:>8}  {}", load.least, load.mean, load.most, load.station);
        }
    }
    let _ = writeln!(text, "\n{:>10} {:>8}  size of the draw", "size", "times");
    for (size, times) in &outcome.sizes {
        let _ = writeln!(text, "{size:>10} {times:>8}");
    }
    text
}
