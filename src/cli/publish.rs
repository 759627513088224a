//! `fairdraw publish`

use super::console::Console;
use super::exit::CliError;
use crate::publication::{public_folder, publish};
use crate::terms::grouped;
use std::path::PathBuf;

/// Write what of a run goes public: the certificate of the draw, which checks itself in a browser, and the list.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The certificate recomputes every lot and the order of the list in the reader's browser, without network, from a double click.

Example:
  fairdraw publish out/yongchuan-2023-q1")]
pub struct Args {
    /// The folder of the run.
    run: PathBuf,
    /// The folder to write [default: RUN.public].
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Replace what was published of another run in the same folder.
    #[arg(long)]
    replace: bool,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let output = args.output.unwrap_or_else(|| public_folder(&args.run));
    let published = publish(&args.run, &output, args.replace)?;
    let names: Vec<&str> = published.outputs.iter().map(|output| output.file.as_str()).collect();
    let (rows, folder) = (grouped(published.rows), output.display());
    console.line(&format!("{rows} rows of the list, written to {folder} ({})", names.join(", ")));
    Ok(())
}
