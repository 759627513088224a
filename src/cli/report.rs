//! `fairdraw report`

use super::console::Console;
use super::exit::CliError;
use super::language::language;
use crate::kpi;
use crate::published::PublishedRun;
use crate::report::{self, Source};
use crate::terms::Lang;
use crate::verify_kpi::{self, holds_figures};
use std::path::PathBuf;

/// Make the page of a published draw, or of a folder of figures, anew from its tables.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw report out/yongchuan-2023-q1 --output q1.html
  fairdraw report out/xiaoshan-2021 --lang zh --output xiaoshan.html")]
pub struct Args {
    /// The folder.
    folder: PathBuf,
    /// Language of the page.
    #[arg(long, value_parser = language(), default_value = "en")]
    lang: Lang,
    /// The file to write [default: standard output].
    #[arg(long, short)]
    output: Option<PathBuf>,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let run = PublishedRun::open(&args.folder)?;
    let source = Source::Published(&run);
    let [english, chinese] = if holds_figures(&args.folder) {
        let plan = verify_kpi::published_plan(&run)?;
        kpi::pages(source, &verify_kpi::manifest(&run)?, &plan)?
    } else {
        report::draw_pages(source, &run.manifest()?)?
    };
    let page = args.lang.choose(english, chinese);
    match &args.output {
        None => console.answer(page.trim_end()),
        Some(file) => {
            std::fs::write(file, &page).map_err(|error| CliError::Output(format!("{}: {error}", file.display())))?;
            console.line(&format!("Written to {}", file.display()));
            Ok(())
        }
    }
}
