//! `fairdraw recheck`

use super::console::Console;
use super::exit::CliError;
use super::language::language;
use super::summary;
use crate::ingest::{IngestError, by_reason, printed_figures};
use crate::recheck::{Figure, Printed, Range, Ranges, Rounding, Verdict};
use crate::terms::{Lang, grouped};
use std::path::PathBuf;

/// Recompute printed figures from the counts beside them; exit code 1 if one does not recompute or cannot be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The table has a row for each figure: figure (指标名称), numerator (分子), denominator (分母), printed (公布值), and, if known,
as_of (截至日期) and source (来源). A count is a whole number or a sum such as 4415+11206+1; what is not printed is left blank.

Example:
  fairdraw recheck data-samples/reported-figures.csv --lang zh")]
pub struct Args {
    /// The table: .csv, .xlsx, .parquet …
    table: PathBuf,
    /// Language of the answer.
    #[arg(long, value_parser = language(), default_value = "en")]
    lang: Lang,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let read = printed_figures(&args.table).map_err(unreadable)?;
    let (mut differing, mut lines) = (0_usize, Vec::new());
    for figure in &read.figures {
        let verdict = figure.verdict();
        differing += usize::from(matches!(verdict, Verdict::DoesNot { .. }));
        lines.push(heading(figure));
        lines.extend(sentences(figure, &verdict, args.lang).into_iter().map(|line| format!("    {line}")));
    }
    console.answer(&lines.join("\n"))?;
    read.receipt.warnings.iter().for_each(|warning| console.warning(warning));
    summary::set_aside(&by_reason(read.quarantine.iter()), "", console);
    match (differing, read.quarantine.len()) {
        (0, 0) => Ok(()),
        (count, set_aside) => Err(CliError::NotRecomputed { count, of: read.figures.len(), set_aside }),
    }
}

/// The error of a table that cannot be read, without the advice on plans: there is none.
fn unreadable(error: IngestError) -> CliError {
    CliError::Figures(match error {
        IngestError::MissingColumn { file, row, column, headers, .. } => {
            format!("{file}, row {row}: no header for the column {column} among {headers}.")
        }
        IngestError::NoHeader { file, seen, .. } => {
            format!("{file}: no row holds the headers (row 1 begins with {seen}).")
        }
        other => other.to_string(),
    })
}

/// What the figure is, when, and where it is printed.
fn heading(figure: &Figure) -> String {
    let beside = [&figure.as_of, &figure.source].into_iter().filter(|text| !text.is_empty());
    std::iter::once(&figure.label).chain(beside).map(String::as_str).collect::<Vec<_>>().join(" · ")
}

/// The verdict, and which counts would give the figure where these do not.
fn sentences(figure: &Figure, verdict: &Verdict, lang: Lang) -> Vec<String> {
    let fraction = fraction(figure);
    let shown = |figure: Option<Printed>| figure.map_or_else(|| "—".to_owned(), |figure| show(figure, lang));
    let printed = shown(figure.printed);
    let first = match verdict {
        Verdict::Recomputes => {
            lang.choose(format!("recomputes: {fraction} = {printed}"), format!("可复算：{fraction} = {printed}"))
        }
        Verdict::OnlyIf(ways) => {
            let (en, zh): (Vec<_>, Vec<_>) = ways.iter().map(|way| way.words()).unzip();
            lang.choose(
                format!("recomputes only if {}: {fraction} = {printed}", en.join(" or ")),
                format!("仅按{}可复算：{fraction} = {printed}", zh.join("或")),
            )
        }
        Verdict::DoesNot { gives: computed } => lang.choose(
            format!("does not recompute: {fraction} = {}, printed {printed}", shown(*computed)),
            format!("不能复算：{fraction} = {}，公布为 {printed}", shown(*computed)),
        ),
        Verdict::Incomplete => lang.choose(
            format!("cannot be recomputed: {fraction}, printed {printed}"),
            format!("无法复算：{fraction}，公布为 {printed}"),
        ),
        Verdict::NotPrinted { gives: computed } => lang.choose(
            format!("no figure is printed: {fraction} = {}", shown(*computed)),
            format!("未公布数值：{fraction} = {}", shown(*computed)),
        ),
    };
    let mut lines = vec![first];
    if matches!(verdict, Verdict::DoesNot { .. } | Verdict::Incomplete) {
        lines.extend(fitting(&figure.denominators(), lang.choose("denominators that fit", "相符的分母"), lang));
        lines.extend(fitting(&figure.numerators(), lang.choose("numerators that fit", "相符的分子"), lang));
    }
    lines
}

/// `2,445 / 9,189`; a question mark for what is not printed.
fn fraction(figure: &Figure) -> String {
    let shown = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), grouped);
    if figure.is_count() {
        return shown(figure.numerator);
    }
    format!("{} / {}", shown(figure.numerator), shown(figure.denominator))
}

/// `92.54 %`; in Chinese `92.54%`.
fn show(figure: Printed, lang: Lang) -> String {
    let shown = figure.to_string();
    lang.choose(shown.clone(), shown.replace(' ', ""))
}

fn fitting(ranges: &Ranges, what: &str, lang: Lang) -> Option<String> {
    let shown = |(way, range): &(Rounding, Range)| {
        let (en, zh) = way.words();
        lang.choose(format!("{range} ({en})"), format!("{range}（{zh}）"))
    };
    let ranges: Vec<String> = ranges.iter().map(shown).collect();
    let ranges = (!ranges.is_empty()).then(|| ranges.join(lang.choose(", ", "、")));
    ranges.map(|ranges| lang.choose(format!("{what}: {ranges}"), format!("{what}：{ranges}")))
}
