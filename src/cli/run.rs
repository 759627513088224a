//! `fairdraw run`

use super::assign::tell;
use super::commit::refuse_seed_before_commitment;
use super::console::Console;
use super::exit::CliError;
use super::summary;
use crate::assign::{AssignOptions, assign, teams_folder};
use crate::contract;
use crate::plan::{self, Overrides, Plan};
use crate::run::{self as flow, RunOptions};
use std::path::PathBuf;
use std::time::Duration;

/// Run a plan: registries in, a verifiable draw out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw run pipelines/yongchuan-2023-q1.toml
  fairdraw run plan.toml --seed '08 17 23 31 05 12' --commitment 3f9a…
  fairdraw run plan.toml --log json --wait 600      # nightly job")]
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
    draw(&plan, options, console).map(drop)
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
