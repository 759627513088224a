//! A run's folder: frame, draw, summary, quarantine, the plan as it was, and the manifest over them all.

use super::manifest::{Counts, Manifest, OutputRecord, PlanRecord, StratumRecord};
use super::staging::Staging;
use super::tables::{DrawRow, Selection, SummaryRow, order_draw, write_draw, write_quarantine, write_summary};
use super::{PublishError, frame_table, summary};
use crate::commitment::Commitment;
use crate::digest::hex;
use crate::frame::{ScoredFrame, TextColumn};
use crate::ingest::{QuarantinedRow, Receipt, Warning};
use crate::lottery::{Drawn, LotColumn};
use crate::plan::{Certainties, Plan};
use crate::sampling::{CONTRACT, Selected};
use crate::terms::Mode;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// All that a run publishes.
pub struct Record<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The frame before the draw.
    pub scored: &'a ScoredFrame,
    /// The draw.
    pub drawn: &'a Drawn,
    /// What was read from each file.
    pub receipts: Vec<Receipt>,
    /// The rows that were set aside.
    pub quarantine: Vec<QuarantinedRow>,
    /// What an analyst should know.
    pub warnings: Vec<Warning>,
    /// The commitment that was checked.
    pub commitment: Option<Commitment>,
}

impl<'a> Record<'a> {
    /// A record of the draw alone, to be held against a published run.
    pub fn of_draw(plan: &'a Plan, scored: &'a ScoredFrame, drawn: &'a Drawn) -> Self {
        let (receipts, quarantine, warnings) = (Vec::new(), Vec::new(), Vec::new());
        Self { plan, scored, drawn, receipts, quarantine, warnings, commitment: None }
    }
}

/// What a run says of itself.
#[derive(Debug, Clone)]
pub struct Published {
    /// The record of the run.
    pub manifest: Manifest,
    /// The rows of `summary.parquet`.
    pub summary: Vec<SummaryRow>,
}

/// File names of a run folder.
pub mod files {
    /// Every entity.
    pub const FRAME: &str = "frame.parquet";
    /// The drawn and the reserve.
    pub const DRAW: &str = "draw.parquet";
    /// Counts.
    pub const SUMMARY: &str = "summary.parquet";
    /// Rows set aside.
    pub const QUARANTINE: &str = "quarantine.parquet";
    /// The plan as it was.
    pub const PLAN: &str = "plan.toml";
    /// The record of the run.
    pub const MANIFEST: &str = "manifest.json";
    /// All that the manifest vouches for, in its order.
    pub const VOUCHED: [&str; 5] = [FRAME, DRAW, SUMMARY, QUARANTINE, PLAN];
}

/// Writes every file of a run into its staging folder.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn write(staging: &Staging, mut record: Record<'_>) -> Result<Published, PublishError> {
    order_quarantine(&mut record.quarantine);
    let tags = key_values(record.plan);
    let rows = draw_rows(&record);
    let summary = summary::rows(&record);
    let written = [
        (files::FRAME, frame_table::write(&staging.file(files::FRAME), &record, tags.clone())?),
        (files::DRAW, write_draw(&staging.file(files::DRAW), &rows, &tags)?),
        (files::SUMMARY, write_summary(&staging.file(files::SUMMARY), &summary, &tags)?),
        (files::QUARANTINE, write_quarantine(&staging.file(files::QUARANTINE), &record.quarantine, &tags)?),
    ];
    let mut outputs: Vec<OutputRecord> =
        written.into_iter().map(|(name, written)| OutputRecord::new(name, written)).collect();
    outputs.push(write_plan(staging, record.plan)?);
    let manifest = manifest(record, &rows, outputs);
    manifest.write(&staging.file(files::MANIFEST))?;
    Ok(Published { manifest, summary })
}

/// Puts the rows set aside into the published order.
pub fn order_quarantine(rows: &mut [QuarantinedRow]) {
    rows.sort_by(|a, b| (&a.file, a.row, &a.reason).cmp(&(&b.file, b.row, &b.reason)));
}

fn write_plan(staging: &Staging, plan: &Plan) -> Result<OutputRecord, PublishError> {
    let path = staging.file(files::PLAN);
    std::fs::write(&path, &plan.text).map_err(|cause| PublishError::file("write", &path, cause))?;
    Ok(OutputRecord {
        file: files::PLAN.to_owned(),
        sha256: hex(Sha256::digest(&plan.text)),
        bytes: plan.text.len() as u64,
        rows: 0,
    })
}

/// What every table says of itself.
fn key_values(plan: &Plan) -> Vec<(String, String)> {
    [
        ("fairdraw.contract", CONTRACT),
        ("fairdraw.plan", &plan.name),
        ("fairdraw.plan_sha256", &plan.sha256),
        ("fairdraw.units", "weight and factor_*: micro-units (1.0 = 1,000,000)"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

/// The drawn and the reserve, in the order of the published list.
pub fn draw_rows(record: &Record<'_>) -> Vec<DrawRow> {
    let Record { scored, drawn, .. } = record;
    let text = |name: &str| scored.frame.text(name);
    let columns =
        Columns { name: text("name"), region: text("region"), station: text("station"), industry: text("industry") };
    let row = |row: usize, selection, key| draw_row(record, &columns, row, selection, key);
    let certain = (0..scored.frame.len()).filter(|&row| scored.eligibility.is_certain(row));
    let mut rows: Vec<DrawRow> = certain.map(|index| row(index, Selection::Certain, None)).collect();
    for stratum in &drawn.strata {
        let by_key = |selection| move |selected: &Selected| (selected.row as usize, selection, Some(selected.key));
        let taken = stratum.inclusion.take_all.iter().map(|&row| (row as usize, Selection::Certain, None));
        let drawn = stratum.drawn.iter().map(by_key(Selection::Drawn));
        let reserve = stratum.reserve.iter().map(by_key(Selection::Reserve));
        rows.extend(taken.chain(drawn).chain(reserve).map(|(index, selection, key)| row(index, selection, key)));
    }
    order_draw(&mut rows);
    rows
}

struct Columns {
    name: Option<TextColumn>,
    region: Option<TextColumn>,
    station: Option<TextColumn>,
    industry: Option<TextColumn>,
}

fn draw_row(record: &Record<'_>, columns: &Columns, row: usize, selection: Selection, key: Option<f64>) -> DrawRow {
    let Record { scored, drawn, .. } = record;
    let text = |column: &Option<TextColumn>| column.as_ref().and_then(|column| column.get(row)).map(str::to_owned);
    let certainty = match selection {
        Selection::Certain => Some(scored.eligibility.rule_of(row).unwrap_or(frame_table::TAKE_ALL).to_owned()),
        Selection::Drawn | Selection::Reserve => None,
    };
    let grade = scored.frame.grade[row];
    DrawRow {
        entity_id: scored.frame.id(row),
        name: text(&columns.name),
        stratum: scored.strata.names[scored.strata.of[row] as usize].clone(),
        selection,
        order: 0,
        ticket: match &drawn.lots {
            LotColumn::Tickets { tickets, .. } => Some(tickets[row]),
            LotColumn::Prn(_) => None,
        },
        u: drawn.lots.lots().u(row),
        key,
        pi: drawn.pi[row],
        certainty,
        region: text(&columns.region),
        station: text(&columns.station),
        industry: text(&columns.industry),
        grade,
        color: scored.frame.color[row],
        mode: Mode::of(grade),
    }
}

/// The record of a run whose files are written.
pub fn manifest(record: Record<'_>, rows: &[DrawRow], outputs: Vec<OutputRecord>) -> Manifest {
    let Record { plan, scored, drawn, receipts, warnings, commitment, .. } = record;
    let eligibility = &scored.eligibility;
    let mut by_code = vec![0u64; eligibility.reasons.len()];
    eligibility.reason.iter().for_each(|&code| by_code[usize::from(code)] += 1);
    let exclusions: BTreeMap<String, u64> =
        eligibility.reasons.iter().cloned().zip(by_code).skip(1).filter(|&(_, count)| count > 0).collect();
    let reserve = rows.iter().filter(|row| row.selection == Selection::Reserve).count() as u64;
    let with_seed = plan.draw.prn_column.is_none();
    Manifest {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: CONTRACT.to_owned(),
        plan: PlanRecord { name: plan.name.clone(), title: plan.title.clone(), sha256: plan.sha256.clone() },
        as_of: plan.as_of_date.to_string(),
        seed: plan.draw.seed.clone().filter(|_| with_seed),
        stream: with_seed.then(|| plan.draw.stream.clone()),
        prn_column: plan.draw.prn_column.clone(),
        commitment: commitment.map(|commitment| commitment.commitment),
        design: plan.draw.design.name().to_owned(),
        alpha: plan.draw.alpha,
        certainties: match plan.draw.certainties {
            Certainties::Outside => "outside",
            Certainties::Inside => "inside",
        }
        .to_owned(),
        inputs: receipts,
        outputs,
        counts: Counts {
            population: scored.frame.len() as u64,
            eligible: scored.strata.eligible(),
            certain: scored.strata.certain(),
            drawn: rows.len() as u64 - reserve,
            reserve,
        },
        exclusions,
        strata: (0..scored.strata.names.len()).map(|stratum| stratum_record(scored, drawn, stratum)).collect(),
        warnings,
    }
}

fn stratum_record(scored: &ScoredFrame, drawn: &Drawn, stratum: usize) -> StratumRecord {
    let (counts, draw) = (scored.strata.counts[stratum], &drawn.strata[stratum]);
    let inclusion = &draw.inclusion;
    StratumRecord {
        name: scored.strata.names[stratum].clone(),
        eligible: counts.eligible,
        positive: inclusion.positive,
        certain: counts.certain,
        n: inclusion.n,
        take_all: inclusion.take_all.len() as u64,
        weight_sum: inclusion.total.to_string(),
        random_n: inclusion.random_n,
        rest_weight_sum: inclusion.rest.to_string(),
        cut_line: draw.cut_line,
        next_key: draw.next_key,
        drawn: counts.certain + (inclusion.take_all.len() + draw.drawn.len()) as u64,
        reserve: draw.reserve.len() as u64,
        expected: (counts.certain + inclusion.n) as f64,
    }
}
