//! `fairdraw publish`

use super::console::Console;
use super::exit::CliError;
use crate::plan;
use crate::publication::{public_folder, publish};
use crate::terms::grouped;
use std::path::PathBuf;

/// Write what of a run goes public: the certificate of the draw, which checks itself in a browser, the lists, and the forms.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
certificate.html recomputes every lot and the order of the list in the reader's browser, without network, from a double click.
lists.* hold the drawn and, where inspectors were dealt, teams and task sheets by station and by inspector; forms.* the
notice and the record of each visit; records.csv is a table of results once it is filled in. English and Chinese (.zh).
Inspectors are shown by code or id; [publish] in the plan says what else is shown.

Examples:
  fairdraw publish out/yongchuan-2023-q1
  fairdraw publish out/yongchuan-2023/q1 --plan pipelines/yongchuan-2023/q1.toml   # with names, if the plan says so")]
pub struct Args {
    /// The folder of the run.
    run: PathBuf,
    /// The plan that says what is shown, and whose tables say whose items are and what they are called [default: that of the
    /// run, without its tables].
    #[arg(long)]
    plan: Option<PathBuf>,
    /// The folder to write [default: RUN.public].
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Replace what was published of another run in the same folder.
    #[arg(long)]
    replace: bool,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let output = args.output.unwrap_or_else(|| public_folder(&args.run));
    let plan = args.plan.as_deref().map(plan::load).transpose()?;
    let published = publish(&args.run, &output, plan.as_ref(), args.replace, &|step| console.step(step))?;
    let (rows, folder) = (grouped(published.rows), output.display());
    console.line(&format!("{rows} rows of the list, {} amendments taken in", published.amendments));
    console.line(&format!("Written to {folder} (certificate.html, lists.html, …: {} files)", published.outputs.len()));
    Ok(())
}
