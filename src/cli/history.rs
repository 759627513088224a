//! `fairdraw history`

use super::console::Console;
use super::exit::CliError;
use super::nightly::history_folder;
use crate::kpi::known_figures;
use crate::plan;
use crate::publish::history::read_history;
use crate::terms::grouped;
use jiff::Timestamp;
use std::path::PathBuf;

/// Show what became of the plans of a list, night by night; times are UTC.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw history pipelines/nightly.toml
  fairdraw history nightly.toml --plan q1.toml --last 30
  duckdb -c \"select * from 'out/nightly.history/*.parquet' where outcome = 'failed'\"")]
pub struct Args {
    /// The list.
    list: PathBuf,
    /// Only of this plan, as the list writes it.
    #[arg(long)]
    plan: Option<String>,
    /// The last so many rows.
    #[arg(long, default_value_t = 20)]
    last: usize,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let nightly = plan::load_nightly(&args.list, &known_figures())?;
    let mut rows = read_history(&history_folder(&nightly))?;
    rows.retain(|row| args.plan.as_ref().is_none_or(|plan| *plan == row.plan));
    if rows.is_empty() {
        return Err(CliError::Usage(match args.plan {
            Some(plan) => format!("no night knows the plan {plan:?}; leave --plan out to see which there are"),
            None => format!("no night is recorded yet; `fairdraw nightly {}` runs the list", args.list.display()),
        }));
    }
    let width = rows.iter().map(|row| row.plan.chars().count()).max().unwrap_or(0);
    for row in &rows[rows.len().saturating_sub(args.last)..] {
        let at = Timestamp::from_second(row.ended_at).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
        let counted = |count: Option<i64>| count.map_or_else(String::new, |count| grouped(count.unsigned_abs()));
        let mut line =
            format!("{}  {:<width$}  {:<9}  {:>7.1} s", at.unwrap_or_default(), row.plan, row.outcome, row.seconds);
        let facts = [
            (counted(row.rows.map(|(read, _)| read)), "rows"),
            (counted(row.rows.map(|(_, aside)| aside)), "set aside"),
            (counted(row.drawn.map(|(.., drawn)| drawn)), "drawn"),
            (counted(row.figures), "figures"),
            (counted(Some(row.drift).filter(|drift| *drift > 0)), "drifted"),
        ];
        let facts = facts.into_iter().filter(|(count, _)| !count.is_empty());
        facts.for_each(|(count, what)| line += &format!("  {count} {what}"));
        console.answer(&line)?;
        if let Some(error) = &row.error {
            console.answer(&format!("    {error}"))?;
        }
    }
    Ok(())
}
