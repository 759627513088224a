//! `fairdraw explain`

use super::console::Console;
use super::exit::CliError;
use super::language::language;
use crate::explain::explain;
use crate::terms::{Lang, normalise_id};
use std::path::PathBuf;

/// Say why an entity has its probability and its lot, and whether it was drawn.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw explain out/yongchuan-2023-q1 91500118WDN142844C --lang zh
  fairdraw explain out/round 91500118WDN142844C --task YC-2023-017")]
pub struct Args {
    /// The folder of the run.
    run: PathBuf,
    /// The entity: 统一社会信用代码 or 注册号.
    entity_id: String,
    /// In a round of tasks: explain this one in full. Without it, every task gets a line.
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// Language of the explanation.
    #[arg(long, value_parser = language(), default_value = "en")]
    lang: Lang,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let lines = explain(&args.run, &normalise_id(&args.entity_id), args.task.as_deref(), args.lang)?;
    console.answer(&lines.join("\n"))
}
