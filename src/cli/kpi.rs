//! `fairdraw kpi`

use super::console::Console;
use super::exit::CliError;
use super::language::language;
use super::summary;
use crate::contract;
use crate::kpi::catalogue::{FIGURES, Unit};
use crate::kpi::{self as flow, KpiRow, known_figures};
use crate::plan::{self, KpiPlan};
use crate::publish::kpi_folder::KpiPublished;
use crate::report::target_in_unit;
use crate::terms::{Disposal, Lang, Level, Outcome, TaskSource, grouped, show_day};
use std::path::PathBuf;
use std::time::Duration;

/// Compute figures from results: cross-department rate, issue detection rate and the rest, by every cut.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw kpi pipelines/xiaoshan-2021.toml
  fairdraw kpi --list --lang zh        # every figure, with its definition
  fairdraw kpi --words                 # outcomes, disposals, kinds and levels, as they are read")]
pub struct Args {
    /// The plan of figures, a TOML document (see `fairdraw schema --kpi`).
    #[arg(required_unless_present_any = ["list", "words"])]
    plan: Option<PathBuf>,
    /// Print every figure with its variants and definition instead.
    #[arg(long, conflicts_with = "plan")]
    list: bool,
    /// Print the words of outcomes, disposals, kinds and levels instead.
    #[arg(long, conflicts_with_all = ["plan", "list"])]
    words: bool,
    /// Language of the answer.
    #[arg(long, value_parser = language(), default_value = "en")]
    lang: Lang,
    /// The folder to write; takes the place of output.folder.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Replace published figures of another plan in the same folder.
    #[arg(long)]
    replace: bool,
    /// Wait up to this many seconds for another run of the same output instead of refusing.
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    if args.words {
        return console.answer(&words());
    }
    let Some(path) = args.plan.filter(|_| !args.list) else { return console.answer(&list(args.lang)) };
    let mut plan = plan::load_kpi(&path, &known_figures())?;
    if let Some(output) = args.output {
        plan.move_output(output)?;
    }
    figures(&plan, args.wait.map(Duration::from_secs), args.replace, args.lang, console)
}

/// Computes the figures of a plan, and tells what came of it.
pub fn figures(
    plan: &KpiPlan,
    wait: Option<Duration>,
    replace: bool,
    lang: Lang,
    console: &Console,
) -> Result<(), CliError> {
    let published = flow::run(plan, wait, replace, &|step| console.step(step))?;
    tell(&published, lang, console);
    let folder = plan.folder.display();
    console.line(&format!("\nWritten to {folder} ({}, {}, …)", contract::KPI.file, contract::RESULTS.file));
    Ok(())
}

/// What the run found.
fn tell(published: &KpiPublished, lang: Lang, console: &Console) {
    let manifest = &published.manifest;
    summary::receipts(&manifest.inputs, console);
    summary::set_aside(&published.set_aside, contract::QUARANTINE.file, console);
    let of_files = manifest.inputs.iter().flat_map(|receipt| &receipt.warnings);
    of_files.chain(&manifest.warnings).for_each(|warning| console.warning(warning));
    let counts = manifest.counts;
    let line = |what: &str, count: u64| console.line(&format!("{what:<20}{:>12}", grouped(count)));
    console.line("");
    line("Inspections", counts.inspections);
    line("  visits", counts.visits);
    line("  entities", counts.entities);
    line("  to be reviewed", counts.waiting);
    line("  of low quality", counts.low_quality);
    line("  rows unmatched", counts.unmatched);
    line("Figures", counts.figures);
    for row in &published.named {
        console.line(&format!("  {}", sentence(row, lang)));
    }
}

/// `cross_department.by_task  12.68 % · 70 / 552 · up to 2021-11-26 · target 10 % met`
fn sentence(row: &KpiRow, lang: Lang) -> String {
    let name = if row.variant == "all" { row.kpi.to_owned() } else { format!("{} ({})", row.kpi, row.variant) };
    let mut said = vec![row.shown.clone().unwrap_or_else(|| lang.choose("no value", "无数值").to_owned())];
    let grouped = |count: Option<i64>| count.map_or_else(|| "?".to_owned(), |count| grouped(count.unsigned_abs()));
    match (&row.reason, row.denominator) {
        (Some(reason), _) => said.push(reason.clone()),
        (None, Some(_)) => said.push(format!("{} / {}", grouped(row.numerator), grouped(row.denominator))),
        (None, None) => {}
    }
    said.push(lang.choose("up to ", "截至").to_owned() + &show_day(row.as_of));
    let unit = FIGURES.iter().find(|figure| figure.id == row.kpi).map(|figure| figure.unit);
    if let (Some(target), Some(met), Some(unit)) = (row.target, row.met, unit) {
        let target = target_in_unit(target as f64 / 1e6, unit, lang);
        let needed = grouped(row.needed_converting);
        said.push(match met {
            true => lang.choose(format!("target {target} met"), format!("目标 {target} 已达到")),
            false => lang.choose(format!("target {target}: {needed} short"), format!("目标 {target}，尚差 {needed}")),
        });
    }
    format!("{name}  {}", said.join(" · "))
}

/// Every figure with its definition.
fn list(lang: Lang) -> String {
    let mut lines = Vec::new();
    for figure in FIGURES {
        let unit = match figure.unit {
            Unit::Share => lang.choose("share", "比率"),
            Unit::PerUnit => lang.choose("per unit", "均值"),
            Unit::Count => lang.choose("count", "计数"),
        };
        lines.push(format!("{}  {} ({unit}, {})", figure.id, lang.choose(figure.en, figure.zh), figure.source));
        lines.push(format!("    {}", lang.choose(figure.meaning_en, figure.meaning_zh)));
        if figure.variants.len() > 1 || figure.variants[0].id != "all" {
            let variants = figure.variants.iter();
            lines.extend(variants.map(|one| format!("    variant {}: {}", one.id, lang.choose(one.en, one.zh))));
        }
    }
    lines.join("\n")
}

/// The words that results are written in.
fn words() -> String {
    let line = |name: &str, chinese: &str| format!("  {name:<20}{chinese}");
    let mut lines = vec!["outcome 检查结果 (several in one cell, separated by ;)".to_owned()];
    lines.extend(Outcome::ALL.map(|word| line(word.name(), word.chinese())));
    lines.push("disposal 后续处置措施 (several in one cell, separated by ;)".to_owned());
    lines.extend(Disposal::ALL.map(|word| line(word.name(), word.chinese())));
    lines.push("source 检查类型".to_owned());
    lines.extend(TaskSource::ALL.map(|word| line(word.name(), word.chinese())));
    lines.push("level 任务级别".to_owned());
    lines.extend(Level::ALL.map(|word| line(word.name(), word.chinese())));
    lines.join("\n")
}
