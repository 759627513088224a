//! `fairdraw commit`

use super::console::Console;
use super::exit::CliError;
use crate::commitment;
use crate::plan::{self, Plan};
use crate::progress::Progress;
use crate::run::{Planned, Prepared, RunError};
use crate::scoring::Settled;
use crate::spill::Room;
use crate::terms::Warning;
use std::path::PathBuf;

/// Digest frame, plan and version before the seed exists, to be published.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The ceremony (the plan says draw.seed-source = \"…\" and names no seed):
  fairdraw commit plan.toml                       # publish plan and commitment
  (throw public dice, or wait for a lottery)      # the seed
  fairdraw run plan.toml --seed '…' --commitment HEX
  fairdraw verify out/… --seed '…' --commitment HEX   # anyone, later")]
pub struct Args {
    /// The plan; it must not name a seed yet.
    plan: PathBuf,
}

/// A commitment binds plan and frame before the seed exists.
pub fn refuse_seed_before_commitment(plan: &Plan) -> Result<(), CliError> {
    if plan.draw.seed.is_none() {
        return Ok(());
    }
    let text = "the plan already names its seed, so a commitment would prove nothing; remove draw.seed and give the seed to `run` with --seed";
    Err(CliError::Usage(text.to_owned()))
}

pub fn run(args: Args, memory: u64, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&args.plan)?;
    refuse_seed_before_commitment(&plan)?;
    if plan.draw.seed_source.is_none() && plan.draw.prn_column.is_none() {
        console.warning(&(&Warning::NoSeedSource).into());
    }
    let observe = |step: Progress<'_>| console.step(step);
    let planned = Planned::of(&plan, &observe)?;
    let plan = &*planned.plan;
    let Prepared { drawable, .. } = planned.prepare(false, &Room::of_memory(memory), &observe)?;
    observe(Progress::Step("digesting"));
    let digest = |settled: Settled<'_>| commitment::digest(plan, &settled);
    let digests = drawable.each(plan, None, &observe, digest).map_err(RunError::from)?.made;
    let commitment = commitment::of(plan, &digests, commitment::VERSION);
    let text = serde_json::to_string_pretty(&commitment).map_err(|error| CliError::Output(error.to_string()))?;
    console.answer(&text)
}
