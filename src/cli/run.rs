//! `fairdraw run`

use super::assign::tell;
use super::commit::refuse_seed_before_commitment;
use super::console::Console;
use super::exit::CliError;
use super::nightly::{Ended, Outcome, now, timed};
use super::{metrics, summary};
use crate::assign::{AssignOptions, assign, teams_folder};
use crate::contract;
use crate::plan::{self, AnyPlan, Job, Overrides, Plan};
use crate::run::{self as flow, RunOptions};
use std::path::PathBuf;
use std::time::Duration;

/// Run a plan: registries in, a verifiable draw out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw run pipelines/yongchuan-2023-q1.toml
  fairdraw run plan.toml --seed '08 17 23 31 05 12' --commitment 3f9a…
  fairdraw run plan.toml --log json --wait 600 --metrics-file /var/lib/node_exporter/draw.prom      # nightly job")]
pub struct Args {
    /// The plan, a TOML document (see `fairdraw schema`).
    plan: PathBuf,
    /// The seed, drawn in public after the plan was announced; the plan then names seed-source and no seed.
    #[arg(long)]
    seed: Option<String>,
    /// The folder to write; takes the place of output.folder.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Refuse unless plan, frame and version are those of this published commitment.
    #[arg(long, value_name = "HEX")]
    commitment: Option<String>,
    /// Replace a published run of another plan, seed or commitment in the same folder.
    #[arg(long)]
    replace: bool,
    /// Go on although inputs have drifted beyond limits at which the plan stops.
    #[arg(long)]
    accept_drift: bool,
    /// Wait up to this many seconds for another run of the same output instead of refusing.
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
    /// Write what was done as OpenMetrics text, also where the run fails; see `fairdraw nightly` for several plans.
    #[arg(long, value_name = "FILE")]
    metrics_file: Option<PathBuf>,
}

pub fn run(args: Args, memory: u64, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&args.plan)?;
    if args.commitment.is_some() {
        refuse_seed_before_commitment(&plan)?;
    }
    let plan = plan.with(Overrides { seed: args.seed, output: args.output })?;
    plan.lot_source()?;
    let options = RunOptions {
        commitment: args.commitment,
        wait: args.wait.map(Duration::from_secs),
        replace: args.replace,
        accept_drift: args.accept_drift,
        memory: Some(memory),
    };
    let Some(file) = args.metrics_file else { return draw(&plan, options, console).map(drop) };
    let (ran, took) = timed(|| draw(&plan, options, console));
    let name = plan.name.clone();
    let written = args.plan.display().to_string();
    let job = Job { written, path: args.plan, plan: AnyPlan::Draw(Box::new(plan)), reads: Vec::new() };
    let outcome = ran.map_or_else(Outcome::Failed, Outcome::Done);
    let ended = Ended { job: &job, outcome, took, steps: console.take_steps(), at: now() };
    let recorded = metrics::write_run(&file, &name, &ended);
    match ended.outcome {
        Outcome::Failed(error) => Err(error),
        _ => recorded,
    }
}

/// Runs a plan and deals inspectors where it says how, and tells what came of it; how much has drifted since its last run.
pub fn draw(plan: &Plan, options: RunOptions, console: &Console) -> Result<usize, CliError> {
    let published = flow::run(plan, &options, &|step| console.step(step))?;
    summary::tell(&published, console);
    let folder = plan.output.folder.display();
    console.line(&format!("\nWritten to {folder} ({}, {}, …)", contract::DRAW.file, contract::FRAME.file));
    if plan.assign.is_some() {
        let options = AssignOptions { wait: options.wait, replace: options.replace, ..AssignOptions::default() };
        let manifest = assign(&plan.output.folder, plan, &options, &|step| console.step(step))?;
        tell(&manifest, &teams_folder(&plan.output.folder), console);
    }
    Ok(published.drift.len())
}
