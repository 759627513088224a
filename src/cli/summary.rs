//! A run in lines that a person can read.

use super::console::Console;
use crate::ingest::{Receipt, SetAsideBy};
use crate::message::Message;
use crate::publish::manifest::Manifest;
use crate::publish::run_folder::Published;
use crate::publish::tables::{SummaryLevel, SummaryRow};
use crate::terms::{Bilingual as _, grouped, shorten};
use std::cmp::Reverse;

/// Most characters of an example.
const EXAMPLE: usize = 60;

/// Most strata or tasks that are listed one by one.
pub const LISTED: usize = 12;

/// Files, exclusions, sizes and warnings of a run.
pub fn tell(published: &Published, console: &Console) {
    let Published { manifest, summary, set_aside: rows, drift } = published;
    let title = manifest.plan.title.as_ref().unwrap_or(&manifest.plan.name);
    console.line(&format!("{title}, as of {}", manifest.as_of));
    receipts(&manifest.inputs, console);
    set_aside(rows, " (all of them in quarantine.parquet)", console);
    let counts = manifest.counts;
    console.counts(counts);
    console.line(&format!("\nEntities         {:>13}", grouped(counts.population)));
    if manifest.tasks.is_empty() {
        one_draw(manifest, console);
        by_class(summary, console);
    } else {
        tasks(manifest, console);
    }
    let of_files = manifest.inputs.iter().flat_map(|receipt| &receipt.warnings);
    of_files.chain(&manifest.warnings).for_each(|warning| console.warning(warning));
    drift.iter().for_each(|drift| console.warning(&Message::from(drift)));
}

/// Sizes of a plan's one draw.
fn one_draw(manifest: &Manifest, console: &Console) {
    let counts = manifest.counts;
    exclusions(manifest.exclusions.iter().map(|exclusion| (exclusion.reason.en.clone(), exclusion.entities)), console);
    console.line(&format!("Eligible         {:>13}", grouped(counts.eligible)));
    let design = manifest.design.as_deref().unwrap_or_default();
    let certain = match counts.certain {
        0 => String::new(),
        certain => format!("  ({} certain by rule, the rest by {design})", grouped(certain)),
    };
    console.line(&format!("Drawn            {:>13}{certain}", grouped(counts.drawn)));
    if counts.reserve > 0 {
        console.line(&format!("Reserve          {:>13}", grouped(counts.reserve)));
    }
    let names: Vec<String> = manifest.strata.iter().map(|stratum| stratum.name.clone()).collect();
    let drawn = |stratum: usize| (manifest.strata[stratum].drawn, manifest.strata[stratum].eligible);
    by_member("Drawn by stratum", "strata", &names, drawn, console);
}

/// Sizes of the tasks of a round.
fn tasks(manifest: &Manifest, console: &Console) {
    let distinct = grouped(manifest.distinct_drawn.unwrap_or(0));
    console.line(&format!("Tasks            {:>13}", grouped(manifest.tasks.len() as u64)));
    console.line(&format!("Drawn            {:>13}  for tasks, {distinct} entities", grouped(manifest.counts.drawn)));
    if manifest.counts.reserve > 0 {
        console.line(&format!("Reserve          {:>13}", grouped(manifest.counts.reserve)));
    }
    let names: Vec<String> = manifest.tasks.iter().map(|task| task.id.clone()).collect();
    let drawn = |at: usize| (manifest.tasks[at].draw.counts.drawn, manifest.tasks[at].draw.counts.eligible);
    by_member("Drawn by task", "tasks", &names, drawn, console);
}

/// The first members, each with its (drawn, eligible), and how many `members` follow; nothing if there is only one.
pub fn by_member(
    heading: &str,
    members: &str,
    names: &[String],
    figures: impl Fn(usize) -> (u64, u64),
    console: &Console,
) {
    if names.len() < 2 {
        return;
    }
    console.line(&format!("\n{heading}"));
    for (at, name) in names.iter().enumerate().take(LISTED) {
        let (drawn, eligible) = figures(at);
        console.line(&format!("{:>13} of {:>11}  {name}", grouped(drawn), grouped(eligible)));
    }
    if names.len() > LISTED {
        console.line(&format!("              … and {} more {members}", names.len() - LISTED));
    }
}

/// `word` for one, `words` for other counts.
pub fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// One line a file.
pub fn receipts(receipts: &[Receipt], console: &Console) {
    for receipt in receipts {
        let set_aside = |count: u64, what: &str| match count {
            0 => String::new(),
            count => format!(", {} {} set aside", grouped(count), plural(count, what)),
        };
        let (rows, cells) = (set_aside(receipt.quarantined, "row"), set_aside(receipt.cells_quarantined, "cell"));
        let (table, read, what) = (&receipt.table, grouped(receipt.rows_read), plural(receipt.rows_read, "row"));
        console.line(&format!("  {table:<16}{read:>13} {what} from {}{rows}{cells}", receipt.file));
    }
}

/// What was set aside, by reason with one example each; `place` says where the rest is to be found.
pub fn set_aside(reasons: &[SetAsideBy], place: &str, console: &Console) {
    if reasons.is_empty() {
        return;
    }
    console.line(&format!("\nSet aside{place}"));
    for SetAsideBy { rows, first } in reasons {
        let (reason, raw) = (first.reason.code(), first.raw.split_whitespace().collect::<Vec<_>>().join(" "));
        let what = match &first.column {
            None => plural(*rows, "row"),
            Some(column) => format!("{} of {column}", plural(*rows, "cell")),
        };
        console.line(&format!("{:>13} {what:<16}{:<18}{reason}", grouped(*rows), first.table));
        console.line(&format!("              e.g. row {}: {}", first.row, first.reason.en()));
        if !raw.is_empty() {
            console.line(&format!("              {}", shorten(&raw, EXAMPLE)));
        }
    }
}

/// Why entities cannot be drawn, most frequent first.
pub fn exclusions(exclusions: impl Iterator<Item = (String, u64)>, console: &Console) {
    let mut exclusions: Vec<(String, u64)> = exclusions.collect();
    exclusions.sort_by_key(|(reason, count)| (Reverse(*count), reason.clone()));
    for (reason, count) in exclusions {
        console.line(&format!("  not eligible   {:>13}  {}", grouped(count), reason));
    }
}

/// Drawn by grade and color, from the summary's rows.
fn by_class(rows: &[SummaryRow], console: &Console) {
    for (level, heading) in [(SummaryLevel::Grade, "Drawn by grade"), (SummaryLevel::Color, "Drawn by colour code")] {
        let rows: Vec<_> = rows.iter().filter(|row| row.level == level).collect();
        if rows.len() < 2 {
            continue;
        }
        console.line(&format!("\n{heading}"));
        for row in rows {
            let (drawn, eligible) = (grouped(row.drawn.unsigned_abs()), grouped(row.eligible.unsigned_abs()));
            console.line(&format!("{drawn:>13} of {eligible:>11}  {} (expected {:.1})", row.value, row.expected));
        }
    }
}
