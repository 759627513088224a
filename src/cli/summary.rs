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
    receipts(&manifest.inputs, console);
    let counts = manifest.counts;
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
    if manifest.strata.len() > 1 {
        console.line("\nDrawn by stratum");
        for stratum in manifest.strata.iter().take(STRATA) {
            let (drawn, eligible) = (grouped(stratum.drawn), grouped(stratum.eligible));
            console.line(&format!("{drawn:>13} of {eligible:>11}  {}", stratum.name));
        }
        if manifest.strata.len() > STRATA {
            console.line(&format!("              … and {} more strata", manifest.strata.len() - STRATA));
        }
    }
    by_class(summary, console);
    let of_files = manifest.inputs.iter().flat_map(|receipt| &receipt.warnings);
    of_files.chain(&manifest.warnings).for_each(|warning| console.warning(warning));
}

/// One line a file.
pub fn receipts(receipts: &[Receipt], console: &Console) {
    for receipt in receipts {
        let quarantined = match receipt.quarantined {
            0 => String::new(),
            rows => format!(", {} set aside (see quarantine.parquet)", grouped(rows)),
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
