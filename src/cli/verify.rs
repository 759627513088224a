//! `fairdraw verify`

use super::console::Console;
use super::exit::CliError;
use crate::plan;
use crate::verify::{Against, verify};
use std::path::PathBuf;

/// Recompute a published run and name the first difference (exit code 1).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw verify out/yongchuan-2023-q1
  fairdraw verify out/yongchuan-2023-q1 --plan pipelines/yongchuan-2023-q1.toml   # the inputs too
  fairdraw verify out/q1 --seed '08 17 23 31 05 12' --commitment 3f9a…           # against what was announced")]
pub struct Args {
    /// The folder of the run.
    run: PathBuf,
    /// The plan where it stands: also read its inputs again and compare the frame.
    #[arg(long)]
    plan: Option<PathBuf>,
    /// The seed as it was announced: the run must have been drawn with it.
    #[arg(long)]
    seed: Option<String>,
    /// The commitment as it was announced before the seed existed: the run must be bound by it.
    #[arg(long, value_name = "HEX")]
    commitment: Option<String>,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let plan = args.plan.map(|path| plan::load(&path)).transpose()?;
    let against = Against { inputs: plan.as_ref(), seed: args.seed.as_deref(), commitment: args.commitment.as_deref() };
    let passed = verify(&args.run, against, &|step| console.step(step))?;
    if let Some(seed) = &passed.seed {
        let source = passed.seed_source.as_deref().unwrap_or("none (the plan names no draw.seed-source)");
        console.line(&format!("seed    {seed}\nsource  {source}"));
    }
    passed.checks.iter().for_each(|check| console.line(&format!("ok  {check}")));
    passed.remarks.iter().for_each(|remark| console.line(&format!("--  {remark}")));
    console.line(&format!("{} is confirmed", args.run.display()));
    Ok(())
}
