//! `fairdraw check`

use super::console::Console;
use super::exit::CliError;
use super::summary;
use crate::frame::grouped;
use crate::plan::{self, Overrides};
use crate::run::{Prepared, prepare};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Validate a plan and its inputs and show the expected sizes; writes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  fairdraw check pipelines/yongchuan-2023-q1.toml")]
pub struct Args {
    /// The plan.
    plan: PathBuf,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&args.plan)?.with(Overrides::default())?;
    let Prepared { scored, receipts, quarantine, mut warnings } = prepare(&plan, &|step| console.step(step))?;
    console.line(&format!("{} is sound; as of {}", args.plan.display(), plan.as_of_date));
    summary::receipts(&receipts, "", console);
    console.line(&format!("\nEntities         {:>13}", grouped(scored.frame.len() as u64)));
    let mut exclusions: BTreeMap<&str, u64> = BTreeMap::new();
    for row in 0..scored.frame.len() {
        if let Some(reason) = scored.eligibility.reason_of(row) {
            *exclusions.entry(reason).or_default() += 1;
        }
    }
    summary::exclusions(exclusions.into_iter(), console);
    console.line(&format!("Eligible         {:>13}", grouped(scored.strata.eligible())));
    console.line(&format!("Expected drawn   {:>13}", grouped(scored.strata.expected())));
    console.line(&format!("  certain        {:>13}", grouped(scored.strata.certain())));
    let strata = &scored.strata;
    let expected =
        |stratum: usize| (strata.sizes[stratum] + strata.counts[stratum].certain, strata.counts[stratum].eligible);
    summary::by_stratum("Expected by stratum", &strata.names, expected, console);
    warnings.extend(strata.below_minimum(&plan, strata.expected()));
    for row in quarantine.iter().take(5) {
        console.line(&format!("  set aside: {} row {}: {} ({})", row.file, row.row, row.reason, row.detail));
    }
    receipts.iter().flat_map(|receipt| &receipt.warnings).chain(&warnings).for_each(|warning| console.warning(warning));
    Ok(())
}
