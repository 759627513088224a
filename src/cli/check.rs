//! `fairdraw check`

use super::console::Console;
use super::exit::CliError;
use super::summary;
use crate::ingest::by_reason;
use crate::plan::{self, Overrides};
use crate::run::{Prepared, RunError, RunOptions, prepare};
use crate::spill::Room;
use crate::terms::{Bilingual as _, grouped};
use std::path::PathBuf;

/// Validate a plan and its inputs and show the expected sizes; writes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  fairdraw check pipelines/yongchuan-2023-q1.toml")]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// The folder that will be written; takes the place of output.folder.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// As `run --replace`: the folder may hold a run of another plan, seed or commitment.
    #[arg(long)]
    replace: bool,
}

pub fn run(args: Args, memory: u64, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&args.plan)?.with(Overrides { seed: None, output: args.output })?;
    let options = RunOptions { replace: args.replace, ..RunOptions::default() };
    options.check_output(&plan).map_err(RunError::from)?;
    let Prepared { scored, receipts, quarantine, mut warnings, .. } =
        prepare(&plan, None, &Room::of_memory(memory), &|step| console.step(step))?;
    console.line(&format!("{} is sound; as of {}", args.plan.display(), plan.as_of_date));
    summary::receipts(&receipts, console);
    summary::set_aside(&by_reason(quarantine.iter()), "", console);
    console.line(&format!("\nEntities         {:>13}", grouped(scored.frame.len() as u64)));
    let exclusions = scored.standing.exclusions();
    summary::exclusions(exclusions.into_iter().map(|(reason, count)| (reason.en(), count)), console);
    console.line(&format!("Eligible         {:>13}", grouped(scored.strata.eligible())));
    console.line(&format!("Expected drawn   {:>13}", grouped(scored.strata.expected())));
    console.line(&format!("  certain        {:>13}", grouped(scored.strata.certain())));
    let strata = &scored.strata;
    let expected =
        |stratum: usize| (strata.sizes[stratum] + strata.counts[stratum].certain, strata.counts[stratum].eligible);
    summary::by_stratum("Expected by stratum", &strata.names, expected, console);
    warnings.extend(strata.below_minimum(&plan.size, strata.expected()));
    receipts.iter().flat_map(|receipt| &receipt.warnings).for_each(|warning| console.warning(warning));
    warnings.iter().for_each(|warning| console.warning(&warning.into()));
    Ok(())
}
