//! `fairdraw report`

use super::console::Console;
use super::exit::CliError;
use super::language::Lang;
use crate::contract::REPORT_FILES;
use crate::published::PublishedRun;
use crate::report;
use crate::verify_kpi::holds_figures;
use std::path::PathBuf;

/// Make the page of a published draw from its tables, or take out that of a folder of figures.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw report out/yongchuan-2023-q1 --output q1.html
  fairdraw report out/xiaoshan-2021 --lang zh --output xiaoshan.html")]
pub struct Args {
    /// The folder.
    folder: PathBuf,
    /// Language of the page.
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    /// The file to write [default: standard output].
    #[arg(long, short)]
    output: Option<PathBuf>,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let run = PublishedRun::open(&args.folder)?;
    let page = if holds_figures(&args.folder) {
        // A folder of figures has its pages; what it published is what is shown.
        run.text(args.lang.choose(REPORT_FILES[0], REPORT_FILES[1]))?
    } else {
        report::draw_page(&args.folder, &run.manifest()?, args.lang)?
    };
    match &args.output {
        None => console.answer(page.trim_end()),
        Some(file) => {
            std::fs::write(file, &page).map_err(|error| CliError::Output(format!("{}: {error}", file.display())))?;
            console.line(&format!("Written to {}", file.display()));
            Ok(())
        }
    }
}
