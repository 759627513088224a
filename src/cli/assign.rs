//! `fairdraw assign`

use super::console::Console;
use super::exit::CliError;
use crate::assign::{AssignOptions, assign, teams_folder};
use crate::contract;
use crate::plan;
use crate::publish::assign_folder::AssignManifest;
use crate::terms::grouped;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Deal inspectors by lot to what a round has drawn: visits, weeks, teams.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The plan's [assign] and [inputs.inspectors], .recusals, .items and .holidays say how; stations are those of its
[inputs.entities] today. The round itself is not changed: the folder ROUND.teams is written beside it.

Examples:
  fairdraw assign out/2023-q1 --plan pipelines/2023-q1.toml
  fairdraw assign out/2023-q1 --plan pipelines/2023-q1.toml --seed '4 6 1 1 3'   # a ceremony of its own
  fairdraw verify out/2023-q1.teams --plan pipelines/2023-q1.toml")]
pub struct Args {
    /// The folder of the round.
    round: PathBuf,
    /// The plan that says how inspectors are dealt.
    #[arg(long)]
    plan: PathBuf,
    /// The seed of this lot; without it, that of the round.
    #[arg(long)]
    seed: Option<String>,
    /// The folder to write [default: ROUND.teams].
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Replace an assignment by another plan or seed in the same folder.
    #[arg(long)]
    replace: bool,
    /// Wait up to this many seconds for another run of the same output instead of refusing.
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&args.plan)?;
    let output = args.output.unwrap_or_else(|| teams_folder(&args.round));
    let options = AssignOptions {
        seed: args.seed,
        output: Some(output.clone()),
        wait: args.wait.map(Duration::from_secs),
        replace: args.replace,
    };
    let manifest = assign(&args.round, &plan, &options, &|step| console.step(step))?;
    tell(&manifest, &output, console);
    Ok(())
}

/// What dealing came to.
pub fn tell(manifest: &AssignManifest, folder: &Path, console: &Console) {
    let counts = manifest.counts;
    super::summary::receipts(&manifest.inputs, console);
    console.line(&format!("\nDrawn for tasks  {:>13}", grouped(counts.selected)));
    console.line(&format!(
        "Visits           {:>13}  ({} if each department came alone: {} spared)",
        grouped(counts.visits),
        grouped(counts.unmerged),
        grouped(counts.avoided)
    ));
    console.line(&format!("Teams            {:>13}", grouped(counts.teams)));
    let told = if counts.unserved > 0 {
        format!("  (each with its reason in {})", contract::UNSERVED_TABLE.file)
    } else {
        String::new()
    };
    console.line(&format!("Not served       {:>13}{told}", grouped(counts.unserved)));
    let of_files = manifest.inputs.iter().flat_map(|receipt| &receipt.warnings);
    of_files.chain(&manifest.warnings).for_each(|warning| console.warning(warning));
    let (visits, teams) = (contract::VISIT_TABLE.file, contract::TEAM_TABLE.file);
    console.line(&format!("\nWritten to {} ({visits}, {teams}, …)", folder.display()));
}
