//! `fairdraw schema`

use super::console::Console;
use super::exit::CliError;
use crate::contract;
use crate::plan::{kpi_schema_json, schema_json};

/// Print the JSON Schema of plans, for editors, or the columns of the published tables.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw schema > pipelines/plan.schema.json
  fairdraw schema --kpi > pipelines/kpi.schema.json
  fairdraw schema --tables          # every column of every table: type, unit, meaning")]
pub struct Args {
    /// The published tables as JSON instead: file, columns, types, units and meaning, in English and Chinese.
    #[arg(long)]
    tables: bool,
    /// The JSON Schema of plans of figures instead.
    #[arg(long, conflicts_with = "tables")]
    kpi: bool,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    if args.kpi {
        return console.answer(kpi_schema_json().trim_end());
    }
    if !args.tables {
        return console.answer(schema_json().trim_end());
    }
    let text = serde_json::to_string_pretty(&contract::tables().collect::<Vec<_>>())
        .map_err(|error| CliError::Output(error.to_string()))?;
    console.answer(&text)
}
