//! `fairdraw verify`

use super::console::Console;
use super::exit::CliError;
use crate::plan;
use crate::verify::verify;
use std::path::PathBuf;

/// Recompute a published run and name the first difference (exit code 1).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw verify out/yongchuan-2023-q1
  fairdraw verify out/yongchuan-2023-q1 --plan pipelines/yongchuan-2023-q1.toml   # the inputs too")]
pub struct Args {
    /// The folder of the run.
    run: PathBuf,
    /// The plan where it stands: also read its inputs again and compare the frame.
    #[arg(long)]
    plan: Option<PathBuf>,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let plan = args.plan.map(|path| plan::load(&path)).transpose()?;
    let passed = verify(&args.run, plan.as_ref(), &|step| console.step(step))?;
    passed.checks.iter().for_each(|check| console.line(&format!("ok  {check}")));
    if plan.is_none() {
        console.line("    the inputs were not read again; give --plan to check them too");
    }
    console.line(&format!("{} is confirmed", args.run.display()));
    Ok(())
}
