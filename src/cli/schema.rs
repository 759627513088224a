//! `fairdraw schema`

use super::console::Console;
use super::exit::CliError;
use crate::contract;
use crate::plan::schema_json;

/// Print the JSON Schema of plans, for editors, or the columns of the published tables.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw schema > pipelines/plan.schema.json
  fairdraw schema --tables          # every column of every table: type, unit, meaning")]
pub struct Args {
    /// The published tables as JSON instead: file, columns, types, units and meaning, in English and Chinese.
    #[arg(long)]
    tables: bool,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    if !args.tables {
        return console.answer(schema_json().trim_end());
    }
    let text = serde_json::to_string_pretty(&contract::TABLES).map_err(|error| CliError::Output(error.to_string()))?;
    console.answer(&text)
}
