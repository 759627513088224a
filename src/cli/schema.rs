//! `fairdraw schema`

use super::console::Console;
use super::exit::CliError;
use crate::plan::schema_json;

/// Print the JSON Schema of plans, for editors.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  fairdraw schema > pipelines/plan.schema.json")]
pub struct Args {}

pub fn run(_: Args, console: &Console) -> Result<(), CliError> {
    console.answer(schema_json().trim_end())
}
