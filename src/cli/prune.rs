//! `fairdraw prune`

use super::console::Console;
use super::exit::CliError;
use crate::prune::{Verdict, judge, remove};
use crate::publish::PublishError;
use crate::terms::show_day;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Remove old runs from a folder where every run of a plan has a folder of its own.
///
/// A run goes with its teams, amendments, signature and public folder. What a kept run of the same folder has read (a round, a draw, a frame, teams) is
/// never touched, nor what a link in it points at, nor a folder with files that are not of the program.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw prune out --keep 30 --dry-run                  # say what would go
  fairdraw prune out --keep 30 --older-than 365")]
pub struct Args {
    /// The folder with the folders of runs.
    folder: PathBuf,
    /// How many runs of each plan are kept, the newest by as-of day.
    #[arg(long, value_name = "N")]
    keep: NonZeroUsize,
    /// Keep also those that are at most so many days older than the newest of their plan, by as-of days.
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    older_than: u32,
    /// Say what would be removed, and remove nothing.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let runs = judge(&args.folder, args.keep.get(), args.older_than);
    let runs = runs.map_err(|error| PublishError::file("read the folder", &args.folder, error))?;
    let mut gone = 0;
    for run in &runs {
        let what = match &run.verdict {
            Verdict::Newest => "kept: among the newest of its plan".to_owned(),
            Verdict::Recent => "kept: not old enough".to_owned(),
            Verdict::Needed(by) => format!("kept: {by} needs it"),
            Verdict::Foreign(files) => format!("kept: not of the program: {files}"),
            Verdict::Busy => "kept: it is being written".to_owned(),
            Verdict::Old if args.dry_run => "would be removed".to_owned(),
            Verdict::Old => {
                remove(run)?;
                "removed".to_owned()
            }
        };
        gone += usize::from(run.verdict == Verdict::Old);
        console.line(&format!("{}  {}  {what}", show_day(run.as_of), run.name));
    }
    let verb = if args.dry_run { "would be removed" } else { "removed" };
    console.line(&format!("{gone} of {} runs {verb}", runs.len()));
    Ok(())
}
