//! What a page of figures is made of, read from the tables of its folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type};

use super::data::{
    DecileRow, EstimateRow, FigureDefinition, FrequencyPoint, FunnelStep, KpiPage, KpiRow, LowQualityRow, QualityRow,
    QueueRow, Trust,
};
use super::kpi_page;
use crate::contract::{self, REPORT_FILES};
use crate::ingest::Receipt;
use crate::kpi::catalogue::FIGURES;
use crate::publish::kpi_folder::KpiManifest;
use crate::publish::manifest::PlanRecord;
use crate::published::PublishedRun;
use crate::table_reader::TableReader;
use crate::terms::Lang;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}; the page is made of the tables of a folder of figures: compute the figures again")]
pub struct ReportError {
    /// The table.
    file: PathBuf,
    /// What is wrong with it.
    reason: String,
}

/// The pages of the folder of figures `source`, in the order of [`REPORT_FILES`]: English and Chinese. `manifest` is of the
/// folder; `headlines` are the figures that the pages lead with, by id and variant.
///
/// # Errors
/// A table of the folder that cannot be read.
pub fn kpi_pages(
    source: Source<'_>,
    manifest: &KpiManifest,
    headlines: Vec<(String, String)>,
) -> Result<[String; REPORT_FILES.len()], ReportError> {
    let data = page(source, manifest, headlines)?;
    Ok([Lang::En, Lang::Zh].map(|lang| kpi_page(&data, lang)))
}

fn page(source: Source<'_>, manifest: &KpiManifest, headlines: Vec<(String, String)>) -> Result<KpiPage, ReportError> {
    let rows = figures(source)?;
    let mut days: Vec<i32> = rows.iter().map(|row| row.as_of).collect();
    days.sort_unstable();
    days.dedup();
    let title = manifest.plan.title.clone().unwrap_or_else(|| manifest.plan.name.clone());
    let inspections = whole(&rows, "double_random_share").and_then(|row| row.denominator).unwrap_or(0);
    let warnings = manifest.warnings.iter().chain(manifest.inputs.iter().flat_map(|input| &input.warnings));
    Ok(KpiPage {
        title,
        period: "to-date".to_owned(),
        as_of: days,
        headlines,
        definitions: definitions(),
        funnel: funnel(&rows, registered(source)?, eligible(source)?),
        deciles: deciles(&rows),
        rows,
        queue: queue(source)?,
        low_quality: low_quality(source, inspections)?,
        unmatched: by_reason(source, contract::UNMATCHED.file)?
            .into_values()
            .map(|reason| (reason.en, reason.zh, reason.rows))
            .collect(),
        estimates: estimates(source)?,
        frequencies: frequencies(source)?,
        quality: quality(source, &manifest.inputs)?,
        warnings: warnings.map(|warning| (warning.en.clone(), warning.zh.clone())).collect(),
        trust: trust(&manifest.fairdraw, &manifest.plan, &manifest.inputs),
    })
}

/// By what a page can be checked; a seed and a commitment are for the pages of draws.
pub(super) fn trust(version: &str, plan: &PlanRecord, inputs: &[Receipt]) -> Trust {
    Trust {
        program: format!("fairdraw {version}"),
        plan: plan.name.clone(),
        plan_sha256: plan.sha256.clone(),
        inputs: inputs.iter().map(|input| (input.file.clone(), input.sha256.clone())).collect(),
        seed_source: None,
        commitment: None,
        command: "fairdraw verify FOLDER --plan PLAN".to_owned(),
    }
}

fn definitions() -> Vec<FigureDefinition> {
    let one = |figure: &'static crate::kpi::catalogue::Figure| {
        figure.variants.iter().map(move |variant| {
            let plain = variant.id == "all";
            let named = |name: &str, variant: &str, open: &str, close: &str| {
                if plain { name.to_owned() } else { format!("{name}{open}{variant}{close}") }
            };
            FigureDefinition {
                id: figure.id.to_owned(),
                variant: variant.id.to_owned(),
                zh: named(figure.zh, variant.zh, "（", "）"),
                en: named(figure.en, variant.en, " (", ")"),
                meaning_zh: figure.meaning_zh.to_owned(),
                meaning_en: figure.meaning_en.to_owned(),
                unit: figure.unit,
                source: figure.source.to_owned(),
            }
        })
    };
    FIGURES.iter().flat_map(one).collect()
}

/// The plain figure of an id, in all and to date.
fn whole<'r>(rows: &'r [KpiRow], kpi: &str) -> Option<&'r KpiRow> {
    rows.iter().find(|row| {
        (row.kpi.as_str(), row.variant.as_str(), row.cut.as_str(), row.period.as_str())
            == (kpi, "all", "all", "to-date")
    })
}

/// From the registry to publication, as far as the inputs say; `eligible` of the only draw.
fn funnel(rows: &[KpiRow], registry: Option<i64>, eligible: Option<i64>) -> Vec<FunnelStep> {
    let above = |kpi: &str| whole(rows, kpi).and_then(|row| row.numerator);
    let below = |kpi: &str| whole(rows, kpi).and_then(|row| row.denominator);
    let steps = [
        ("registry", "名录库", registry),
        ("live", "存续", below("drawn_share")),
        ("eligible", "可抽", eligible),
        ("drawn", "抽中", above("drawn_share")),
        ("inspections", "检查户次", below("double_random_share")),
        ("with a result", "已录入结果", below("detection.by_inspection")),
        ("with a problem", "检出问题", above("detection.by_inspection")),
        ("disposed of", "已处置", above("disposal")),
        ("published", "已公示", above("publication")),
    ];
    steps
        .into_iter()
        .filter_map(|(en, zh, count)| Some(FunnelStep { en: en.to_owned(), zh: zh.to_owned(), count: count? }))
        .collect()
}

/// The folder that a page is made of: one that is being written, or a published one whose files are open.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A folder that nobody else touches.
    Folder(&'a Path),
    /// A published folder, which may be replaced meanwhile.
    Published(&'a PublishedRun),
}

impl Source<'_> {
    fn open(self, name: &str) -> Result<TableReader, ReportError> {
        let fault = |file: PathBuf, reason: String| ReportError { file, reason };
        match self {
            Self::Folder(folder) => {
                let file = File::open(folder.join(name)).map_err(|error| error.to_string());
                file.and_then(TableReader::open).map_err(|reason| fault(folder.join(name), reason))
            }
            Self::Published(run) => run.table(name).map_err(|error| fault(name.into(), error.to_string())),
        }
    }

    /// Shows the columns of these names to `each`, a batch at a time.
    pub(super) fn read(
        self,
        name: &str,
        columns: &[&str],
        mut each: impl FnMut(&[ArrayRef]) -> Option<()>,
    ) -> Result<(), ReportError> {
        let fault = |reason: String| ReportError { file: name.into(), reason };
        let table = self.open(name)?;
        let places = columns
            .iter()
            .map(|column| table.schema().index_of(column).map_err(|_| fault(format!("it has no column {column}"))));
        let places = places.collect::<Result<Vec<usize>, ReportError>>()?;
        let mut batches = table.read(&places, None).map_err(fault)?;
        while let Some(batch) = batches.next().map_err(fault)? {
            let other = || fault("a column has another type than the table's contract says".to_owned());
            each(&batch).ok_or_else(other)?;
        }
        Ok(())
    }
}

pub(super) fn text(column: &ArrayRef, row: usize) -> Option<Option<String>> {
    let texts = column.as_string_view_opt()?;
    Some(texts.is_valid(row).then(|| texts.value(row).to_owned()))
}

pub(super) fn whole_number(column: &ArrayRef, row: usize) -> Option<Option<i64>> {
    let numbers = column.as_primitive_opt::<Int64Type>()?;
    Some(numbers.is_valid(row).then(|| numbers.value(row)))
}

pub(super) fn real(column: &ArrayRef, row: usize) -> Option<Option<f64>> {
    let numbers = column.as_primitive_opt::<Float64Type>()?;
    Some(numbers.is_valid(row).then(|| numbers.value(row)))
}

pub(super) fn truth(column: &ArrayRef, row: usize) -> Option<Option<bool>> {
    let truths = column.as_boolean_opt()?;
    Some(truths.is_valid(row).then(|| truths.value(row)))
}

fn figures(source: Source<'_>) -> Result<Vec<KpiRow>, ReportError> {
    let names: Vec<&str> = contract::KPI.columns.iter().map(|column| column.name).collect();
    let mut rows = Vec::new();
    source.read(contract::KPI.file, &names, |columns| {
        for row in 0..columns[0].len() {
            let word = |at: usize| text(&columns[at], row).map(Option::unwrap_or_default);
            rows.push(KpiRow {
                kpi: word(0)?,
                variant: word(1)?,
                as_of: columns[2].as_primitive_opt::<Date32Type>()?.value(row),
                period: word(3)?,
                cut: word(4)?,
                member: word(5)?,
                numerator: whole_number(&columns[6], row)?,
                denominator: whole_number(&columns[7], row)?,
                value: real(&columns[8], row)?,
                shown: text(&columns[9], row)?,
                rounding: word(10)?,
                ci_low: real(&columns[11], row)?,
                ci_high: real(&columns[12], row)?,
                target: real(&columns[13], row)?,
                met: truth(&columns[14], row)?,
                needed_converting: whole_number(&columns[15], row)?,
                needed_adding: whole_number(&columns[16], row)?,
                reason: text(&columns[17], row)?,
            });
        }
        Some(())
    })?;
    Ok(rows)
}

/// What the draws say of everyone.
fn estimates(source: Source<'_>) -> Result<Vec<EstimateRow>, ReportError> {
    let names: Vec<&str> = contract::ESTIMATES.columns.iter().map(|column| column.name).collect();
    let mut rows = Vec::new();
    source.read(contract::ESTIMATES.file, &names, |columns| {
        for row in 0..columns[0].len() {
            let word = |at: usize| text(&columns[at], row).map(Option::unwrap_or_default);
            let count = |at: usize| whole_number(&columns[at], row).map(Option::unwrap_or_default);
            let collapsed = count(15)?;
            let note = |en: bool| {
                let said = if en {
                    format!("{collapsed} strata with one random entity were joined with a neighbour for the variance")
                } else {
                    format!("{collapsed} 个层仅有一户随机抽中，计算方差时并入相邻层")
                };
                (collapsed > 0).then_some(said)
            };
            rows.push(EstimateRow {
                run: word(0)?,
                cut: word(1)?,
                member: word(2)?,
                population: real(&columns[3], row)?.unwrap_or_default().round() as i64,
                drawn: count(4)?,
                met: count(5)?,
                missing: count(6)?,
                found: count(7)?,
                rate: real(&columns[9], row)?,
                rate_low: real(&columns[10], row)?,
                rate_high: real(&columns[11], row)?,
                total: real(&columns[12], row)?,
                total_low: real(&columns[13], row)?,
                total_high: real(&columns[14], row)?,
                note_en: note(true),
                note_zh: note(false),
            });
        }
        Some(())
    })?;
    Ok(rows)
}

/// Entities of the registry; `None` without any.
fn registered(source: Source<'_>) -> Result<Option<i64>, ReportError> {
    let mut listed = 0;
    source.read(contract::ENTITIES.file, &["listed"], |columns| {
        listed += columns[0].as_boolean_opt()?.true_count() as i64;
        Some(())
    })?;
    Ok((listed > 0).then_some(listed))
}

/// Entities that could be drawn in the only draw; `None` without a draw and with several, whose entities are partly the same.
fn eligible(source: Source<'_>) -> Result<Option<i64>, ReportError> {
    let mut of_draws = Vec::new();
    source.read(contract::DRAW_CLASSES.file, &["cut", "eligible"], |columns| {
        for row in 0..columns[0].len() {
            if text(&columns[0], row)?.as_deref() == Some("all") {
                of_draws.push(whole_number(&columns[1], row)?);
            }
        }
        Some(())
    })?;
    Ok(if let [only] = of_draws[..] { only } else { None })
}

/// Tenths of the inspections by score, with what they would have if all were alike.
fn deciles(rows: &[KpiRow]) -> Vec<DecileRow> {
    let own = |row: &&KpiRow| (row.kpi.as_str(), row.variant.as_str()) == ("detection.by_decile", "all");
    let counts = |row: &KpiRow| row.numerator.zip(row.denominator);
    let Some((found, inspected)) = whole(rows, "detection.by_decile").and_then(counts) else { return Vec::new() };
    let of_tenth = |row: &KpiRow| {
        let (own_found, own_inspected) = counts(row)?;
        Some(DecileRow {
            decile: row.member.parse().ok()?,
            inspections: own_inspected,
            found: own_found,
            expected: own_inspected as f64 * found as f64 / inspected as f64,
        })
    };
    // A page speaks of the last day.
    let last = rows.iter().map(|row| row.as_of).max();
    let tenths = rows.iter().filter(own).filter(|row| row.cut == "decile" && Some(row.as_of) == last);
    tenths.filter_map(of_tenth).collect()
}

/// Promised probability and observed share of each grade and stratum in each draw.
fn frequencies(source: Source<'_>) -> Result<Vec<FrequencyPoint>, ReportError> {
    let names = ["draw", "cut", "member", "eligible", "expected", "drawn"];
    let mut points = Vec::new();
    source.read(contract::DRAW_CLASSES.file, &names, |columns| {
        for row in 0..columns[0].len() {
            let word = |at: usize| text(&columns[at], row).map(Option::unwrap_or_default);
            let (eligible, expected) = (whole_number(&columns[3], row)?, real(&columns[4], row)?);
            let drawn = whole_number(&columns[5], row)?;
            let (Some(eligible), Some(expected), Some(drawn)) = (eligible, expected, drawn) else { continue };
            if word(1)? != "grade" || eligible == 0 {
                continue;
            }
            points.push(FrequencyPoint {
                label: format!("{} · {}", word(0)?, word(2)?),
                probability: expected / eligible as f64,
                frequency: drawn as f64 / eligible as f64,
                n: eligible,
            });
        }
        Some(())
    })?;
    Ok(points)
}

/// What waits for review, by department and station; the longest queues first.
fn queue(source: Source<'_>) -> Result<Vec<QueueRow>, ReportError> {
    let mut found: BTreeMap<(String, Option<String>), QueueRow> = BTreeMap::new();
    let columns = [contract::DEPARTMENT.name, contract::STATION.name, "days_left", "yellow"];
    source.read(contract::REVIEW_QUEUE.file, &columns, |columns| {
        for row in 0..columns[0].len() {
            let organ = text(&columns[0], row)?.unwrap_or_default();
            let station = text(&columns[1], row)?;
            let days_left = whole_number(&columns[2], row)?.unwrap_or(0);
            let entry = found.entry((organ.clone(), station.clone())).or_insert_with(|| QueueRow {
                organ,
                station,
                waiting: 0,
                yellow: 0,
                overdue: 0,
                least_days_left: days_left,
            });
            entry.waiting += 1;
            entry.yellow += i64::from(truth(&columns[3], row)?.unwrap_or(false));
            entry.overdue += i64::from(days_left < 0);
            entry.least_days_left = entry.least_days_left.min(days_left);
        }
        Some(())
    })?;
    let mut rows: Vec<QueueRow> = found.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.overdue, row.yellow, row.waiting)));
    Ok(rows)
}

/// Rows of one reason: how many, and the first of them.
struct Reason {
    rows: i64,
    en: String,
    zh: String,
}

/// The rows of a table by the code of their reason.
fn by_reason(source: Source<'_>, file: &str) -> Result<BTreeMap<String, Reason>, ReportError> {
    let mut found: BTreeMap<String, Reason> = BTreeMap::new();
    source.read(file, &["reason", "detail", "detail_zh"], |columns| {
        let codes = columns[0].as_string_view_opt()?;
        for row in 0..columns[0].len() {
            match found.get_mut(codes.value(row)) {
                Some(reason) => reason.rows += 1,
                None => {
                    let (en, zh) = (text(&columns[1], row)?, text(&columns[2], row)?);
                    let reason = Reason { rows: 1, en: en.unwrap_or_default(), zh: zh.unwrap_or_default() };
                    found.insert(codes.value(row).to_owned(), reason);
                }
            }
        }
        Some(())
    })?;
    Ok(found)
}

/// Kinds of low quality: code, English, Chinese.
const FAULTS: [(&str, &str, &str); 4] = [
    ("dead-target", "entity not live on the day", "检查对象已非存续"),
    ("late-filing", "outside the plan, filed late or not at all", "无计划检查超期备案或未备案"),
    ("no-plan", "no plan", "无计划检查"),
    ("not-together", "joint visit on different days", "联合检查未同时上门"),
];

fn low_quality(source: Source<'_>, of: i64) -> Result<Vec<LowQualityRow>, ReportError> {
    let mut found = by_reason(source, contract::LOW_QUALITY.file)?;
    let row = |(code, en, zh): (&str, &str, &str)| {
        let reason = found.remove(code)?;
        Some(LowQualityRow {
            kind: code.to_owned(),
            en: en.to_owned(),
            zh: zh.to_owned(),
            count: reason.rows,
            of,
            example_en: reason.en,
            example_zh: reason.zh,
        })
    };
    let mut rows: Vec<LowQualityRow> = FAULTS.into_iter().filter_map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    Ok(rows)
}

pub(super) fn quality(source: Source<'_>, inputs: &[Receipt]) -> Result<Vec<QualityRow>, ReportError> {
    // How many, and the first of them.
    let mut reasons: BTreeMap<(String, String), (i64, (i64, String))> = BTreeMap::new();
    source.read(contract::QUARANTINE.file, &["file", "reason", "detail_zh", "row"], |columns| {
        for row in 0..columns[0].len() {
            let key = (text(&columns[0], row)?.unwrap_or_default(), text(&columns[1], row)?.unwrap_or_default());
            let first = (whole_number(&columns[3], row)??, text(&columns[2], row)?.unwrap_or_default());
            let (rows, known) = reasons.entry(key).or_insert_with(|| (0, first.clone()));
            *rows += 1;
            if first < *known {
                *known = first;
            }
        }
        Some(())
    })?;
    let row = |input: &Receipt| {
        let of_file = || reasons.iter().filter(|((file, _), _)| *file == input.file);
        let en: Vec<String> = of_file().map(|((_, code), (rows, _))| format!("{code} {rows}")).collect();
        let zh: Vec<String> = of_file().map(|(_, (rows, (_, zh)))| format!("{zh}（{rows} 处）")).collect();
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        QualityRow {
            table: input.table.clone(),
            file: input.file.clone(),
            rows_read: count(input.rows_read),
            accepted: count(input.accepted),
            set_aside: count(input.quarantined),
            reasons_en: en.join(", "),
            reasons_zh: zh.join("；"),
        }
    };
    Ok(inputs.iter().map(row).collect())
}
