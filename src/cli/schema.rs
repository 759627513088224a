//! `fairdraw schema`

use super::console::Console;
use super::exit::CliError;
use super::language::language;
use crate::contract;
use crate::plan::{kpi_schema_json, nightly_schema_json, schema_json};
use crate::terms::Lang;

/// Print the JSON Schema of plans, for editors, or the columns of the published tables.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw schema > pipelines/plan.schema.json
  fairdraw schema --kpi > pipelines/kpi.schema.json
  fairdraw schema --nightly > pipelines/nightly.schema.json
  fairdraw schema --tables --markdown zh
  fairdraw schema --tables          # every column of every table: type, unit, meaning")]
pub struct Args {
    /// The published tables as JSON instead: file, columns, types, units and meaning, in English and Chinese.
    #[arg(long)]
    tables: bool,
    /// The tables as Markdown instead of JSON, in English or Chinese.
    #[arg(long, requires = "tables", value_parser = language())]
    markdown: Option<Lang>,
    /// The JSON Schema of plans of figures instead.
    #[arg(long, conflicts_with = "tables")]
    kpi: bool,
    /// The JSON Schema of lists of plans instead.
    #[arg(long, conflicts_with_all = ["tables", "kpi"])]
    nightly: bool,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    if args.kpi {
        return console.answer(kpi_schema_json().trim_end());
    }
    if args.nightly {
        return console.answer(nightly_schema_json().trim_end());
    }
    if !args.tables {
        return console.answer(schema_json().trim_end());
    }
    if let Some(lang) = args.markdown {
        return console.answer(markdown(lang).trim_end());
    }
    let text = serde_json::to_string_pretty(&contract::tables().collect::<Vec<_>>())
        .map_err(|error| CliError::Output(error.to_string()))?;
    console.answer(&text)
}

/// A section for each table: what a row is, and its columns.
fn markdown(lang: Lang) -> String {
    let mut text = String::new();
    for table in contract::tables() {
        let row = lang.choose("one row:", "一行：");
        text += &format!("## {}\n\n{row} {}\n\n", table.file, lang.choose(table.en, table.zh));
        text += lang.choose("| column | type | null | meaning |\n", "| 列 | 类型 | 可空 | 含义 |\n");
        text += "|---|---|---|---|\n";
        for column in table.columns {
            let holds = serde_json::to_value(column.holds).unwrap_or_default();
            let null = if column.nullable { lang.choose("yes", "是") } else { "" };
            let meaning = lang.choose(column.en, column.zh).replace('|', "\\|");
            text += &format!("| `{}` | {} | {null} | {meaning} |\n", column.name, holds.as_str().unwrap_or_default());
        }
        text.push('\n');
    }
    text
}
