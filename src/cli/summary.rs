//! A run in lines that a person can read.

use super::console::Console;
use crate::frame::grouped;
use crate::ingest::Receipt;
use crate::publish::run_folder::Published;
use crate::publish::tables::{SummaryLevel, SummaryRow};
use std::cmp::Reverse;

/// Most strata that are listed one by one.
const STRATA: usize = 12;

/// Files, exclusions, sizes and warnings of a run.
pub fn tell(published: &Published, console: &Console) {
    let Published { manifest, summary } = published;
    let title = manifest.plan.title.as_ref().unwrap_or(&manifest.plan.name);
    console.line(&format!("{title}, as of {}", manifest.as_of));
    receipts(&manifest.inputs, " (see quarantine.parquet)", console);
    let counts = manifest.counts;
    console.counts(counts);
    console.line(&format!("\nEntities         {:>13}", grouped(counts.population)));
    exclusions(manifest.exclusions.iter().map(|(reason, &count)| (reason.as_str(), count)), console);
    console.line(&format!("Eligible         {:>13}", grouped(counts.eligible)));
    let certain = match counts.certain {
        0 => String::new(),
        certain => format!("  ({} certain by rule, the rest by {})", grouped(certain), manifest.design),
    };
    console.line(&format!("Drawn            {:>13}{certain}", grouped(counts.drawn)));
    if counts.reserve > 0 {
        console.line(&format!("Reserve          {:>13}", grouped(counts.reserve)));
    }
    let names: Vec<String> = manifest.strata.iter().map(|stratum| stratum.name.clone()).collect();
    let drawn = |stratum: usize| (manifest.strata[stratum].drawn, manifest.strata[stratum].eligible);
    by_stratum("Drawn by stratum", &names, drawn, console);
    by_class(summary, console);
    let of_files = manifest.inputs.iter().flat_map(|receipt| &receipt.warnings);
    of_files.chain(&manifest.warnings).for_each(|warning| console.warning(warning));
}

/// The first strata, each with its (drawn, eligible); nothing if there is only one.
pub fn by_stratum(heading: &str, names: &[String], figures: impl Fn(usize) -> (u64, u64), console: &Console) {
    if names.len() < 2 {
        return;
    }
    console.line(&format!("\n{heading}"));
    for (stratum, name) in names.iter().enumerate().take(STRATA) {
        let (drawn, eligible) = figures(stratum);
        console.line(&format!("{:>13} of {:>11}  {name}", grouped(drawn), grouped(eligible)));
    }
    if names.len() > STRATA {
        console.line(&format!("              … and {} more strata", names.len() - STRATA));
    }
}

/// One line a file; `place` says where rows set aside are to be found.
pub fn receipts(receipts: &[Receipt], place: &str, console: &Console) {
    for receipt in receipts {
        let quarantined = match receipt.quarantined {
            0 => String::new(),
            rows => format!(", {} set aside{place}", grouped(rows)),
        };
        let (table, rows) = (&receipt.table, grouped(receipt.rows_read));
        console.line(&format!("  {table:<16}{rows:>13} rows from {}{quarantined}", receipt.file));
    }
}

/// Why entities cannot be drawn, most frequent first.
pub fn exclusions<'a>(exclusions: impl Iterator<Item = (&'a str, u64)>, console: &Console) {
    let mut exclusions: Vec<(&str, u64)> = exclusions.collect();
    exclusions.sort_by_key(|&(reason, count)| (Reverse(count), reason));
    for (reason, count) in exclusions {
        console.line(&format!("  not eligible   {:>13}  {reason}", grouped(count)));
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
