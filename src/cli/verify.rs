//! `fairdraw verify`

use super::console::Console;
use super::exit::CliError;
use crate::amend::{AmendError, replay};
use crate::amendment::amendments_folder;
use crate::assign::teams_folder;
use crate::kpi::known_figures;
use crate::plan::{self, Plan};
use crate::progress::{Observe, Progress};
use crate::signature;
use crate::verify::{Against, Passed, verify};
use crate::verify_assign::{holds_assignment, verify_assignment};
use crate::verify_kpi::{holds_figures, verify_figures};
use std::path::{Path, PathBuf};

/// Recompute a published draw, its teams, or a folder of figures, and name the first difference (exit code 1).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw verify out/yongchuan-2023-q1
  fairdraw verify out/yongchuan-2023-q1 --plan pipelines/yongchuan-2023-q1.toml   # the inputs too
  fairdraw verify out/2023-q1.teams --plan pipelines/2023-q1.toml                 # the second lot
  fairdraw verify out/xiaoshan-2021 --plan pipelines/xiaoshan-2021.toml           # figures
  fairdraw verify out/q1 --key public.pem                                         # whose it is
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
    /// The public key of who published the folder, a PEM file: the folder must have been signed by its owner.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub fn run(args: Args, memory: u64, console: &Console) -> Result<(), CliError> {
    let signed = args.key.as_ref().map(|key| {
        signature::check(&args.run, key)?;
        Ok::<String, CliError>(format!("signed by the key {}", key.display()))
    });
    let signed = signed.transpose()?;
    if holds_figures(&args.run) {
        if args.seed.is_some() || args.commitment.is_some() {
            return Err(CliError::Usage(
                "figures have neither seed nor commitment; leave --seed and --commitment out".to_owned(),
            ));
        }
        let plan = args.plan.map(|path| plan::load_kpi(&path, &known_figures())).transpose()?;
        let mut passed = verify_figures(&args.run, plan.as_ref(), &|step| console.step(step))?;
        passed.checks.extend(signed);
        return confirm(&args.run, &passed, console);
    }
    let plan = args.plan.map(|path| plan::load(&path)).transpose()?;
    if holds_assignment(&args.run) {
        let observe = |step: Progress<'_>| console.step(step);
        let mut passed = verify_assignment(&args.run, plan.as_ref(), &observe)?;
        if let Some(round) = round_of(&args.run) {
            passed.checks.extend(amendments(&round, plan.as_ref(), &observe)?);
        }
        passed.checks.extend(signed);
        return confirm(&args.run, &passed, console);
    }
    let (seed, commitment) = (args.seed.as_deref(), args.commitment.as_deref());
    let against = Against { memory, inputs: plan.as_ref(), seed, commitment };
    let mut passed = verify(&args.run, against, &|step| console.step(step))?;
    if !teams_folder(&args.run).exists() && amendments_folder(&args.run).exists() {
        passed.checks.extend(amendments(&args.run, plan.as_ref(), &|step| console.step(step))?);
    }
    passed.checks.extend(signed);
    if let Some(seed) = &passed.seed {
        let source = passed.seed_source.as_deref().unwrap_or("none (the plan names no draw.seed-source)");
        console.line(&format!("seed    {seed}\nsource  {source}"));
    }
    confirm(&args.run, &passed, console)
}

/// What there is to say of a round's amendments.
fn amendments(round: &Path, plan: Option<&Plan>, observe: Observe<'_>) -> Result<Option<String>, AmendError> {
    let (amendments, again) = replay(round, plan, observe)?;
    let told = format!("{amendments} amendments follow from each other, {again} of them made again");
    Ok(Some(told).filter(|_| amendments > 0))
}

/// The round of a folder of teams, if it stands beside it under its own name.
fn round_of(teams: &Path) -> Option<PathBuf> {
    let name = teams.file_name()?.to_str()?.strip_suffix(".teams")?;
    Some(teams.with_file_name(name)).filter(|round| round.is_dir())
}

/// Says what was checked.
fn confirm(run: &Path, passed: &Passed, console: &Console) -> Result<(), CliError> {
    passed.checks.iter().for_each(|check| console.line(&format!("ok  {check}")));
    passed.remarks.iter().for_each(|remark| console.line(&format!("--  {remark}")));
    console.line(&format!("{} is confirmed", run.display()));
    Ok(())
}
