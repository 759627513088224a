//! A run's folder: frame, draw, summary, quarantine, the plan as it was, and the manifest over them all.

use super::PublishError;
use super::frame_table::{self, PartTable};
use super::manifest::{Counts, Exclusion, Manifest, OutputRecord, PlanRecord, StratumRecord};
use super::staging::Staging;
use super::summary::Tallies;
use super::tables::{DrawRow, Selection, SummaryRow, order_draw, write_draw, write_quarantine, write_summary};
use crate::commitment::Commitment;
use crate::contract::{self, MANIFEST_FILE, PLAN_FILE, REPORT_FILES, TAKE_ALL};
use crate::digest::hex;
use crate::frame::ScoredFrame;
use crate::ingest::{QuarantinedRow, Receipt, SetAsideBy, by_reason};
use crate::lottery::{DrawResult, LotColumn};
use crate::message::Message;
use crate::plan::Plan;
use crate::progress::Observe;
use crate::sampling::{CONTRACT, Selected};
use crate::task::Certainties;
use crate::terms::{Bilingual as _, Mode, Reason, Warning};
use sha2::{Digest, Sha256};

/// All that a run publishes.
pub struct Record<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The frame before the draw.
    pub scored: &'a ScoredFrame,
    /// The draw.
    pub drawn: &'a DrawResult,
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
    /// A record of the draw alone, to be compared with a published run.
    pub fn of_draw(plan: &'a Plan, scored: &'a ScoredFrame, drawn: &'a DrawResult) -> Self {
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
    /// The rows of `quarantine.parquet` by reason, most frequent first.
    pub set_aside: Vec<SetAsideBy>,
}

/// Writes the tables and the plan of a run into its staging folder; [`finish`] is to follow.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn write(staging: &Staging, mut record: Record<'_>, observe: Observe<'_>) -> Result<Published, PublishError> {
    order_quarantine(&mut record.quarantine);
    let tags = key_values(record.plan);
    // Every part is read once: the list of the drawn and the summary come along with the frame.
    let mut beside = Beside::new(&record);
    let path = |name: &str| staging.file(name);
    let frame =
        frame_table::write(&path(contract::FRAME.file), &record, tags.clone(), &mut |part| beside.push(part), observe)?;
    let (rows, summary) = beside.finish();
    let written = [
        (contract::FRAME.file, frame),
        (contract::DRAW.file, write_draw(&path(contract::DRAW.file), &rows, &tags)?),
        (contract::SUMMARY.file, write_summary(&path(contract::SUMMARY.file), &summary, &tags)?),
        (contract::QUARANTINE.file, write_quarantine(&path(contract::QUARANTINE.file), &record.quarantine, &tags)?),
    ];
    let mut outputs: Vec<OutputRecord> =
        written.into_iter().map(|(name, written)| OutputRecord::new(name, written)).collect();
    outputs.push(write_text(staging, PLAN_FILE, &record.plan.text)?);
    let set_aside = by_reason(record.quarantine.iter());
    let manifest = manifest(record, &rows, outputs);
    Ok(Published { manifest, summary, set_aside })
}

/// Writes the pages, and last the manifest over everything.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn finish(staging: &Staging, published: &mut Published, pages: &Pages) -> Result<(), PublishError> {
    published.manifest.outputs.extend(write_pages(staging, pages)?);
    published.manifest.write(&staging.file(MANIFEST_FILE)).map(drop)
}

/// The pages of a folder, in the order of [`REPORT_FILES`].
pub type Pages = [String; REPORT_FILES.len()];

/// Writes the pages of a folder.
pub(super) fn write_pages(staging: &Staging, pages: &Pages) -> Result<Vec<OutputRecord>, PublishError> {
    REPORT_FILES.into_iter().zip(pages).map(|(name, page)| write_text(staging, name, page)).collect()
}

/// Puts the rows set aside into the published order.
pub fn order_quarantine(rows: &mut [QuarantinedRow]) {
    rows.sort_by(|a, b| {
        (&a.table, &a.file, a.row, &a.column, a.reason.code()).cmp(&(
            &b.table,
            &b.file,
            b.row,
            &b.column,
            b.reason.code(),
        ))
    });
}

/// Writes a text of a folder.
pub(super) fn write_text(staging: &Staging, name: &str, text: &str) -> Result<OutputRecord, PublishError> {
    let path = staging.file(name);
    std::fs::write(&path, text).map_err(|cause| PublishError::file("write", &path, cause))?;
    Ok(OutputRecord { file: name.to_owned(), sha256: hex(Sha256::digest(text)), bytes: text.len() as u64, rows: 0 })
}

/// What every table says of itself.
pub fn key_values(plan: &Plan) -> Vec<(String, String)> {
    [
        ("fairdraw.contract", CONTRACT),
        ("fairdraw.plan", &plan.name),
        ("fairdraw.plan_sha256", &plan.sha256),
        (
            "fairdraw.units",
            "weight and factor_*: micro-units (1.0 = 1,000,000); ticket: 16 hexadecimal digits, most significant first",
        ),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

/// What is gathered from the parts of a frame beside the frame itself: the published list, and the summary.
pub struct Beside<'a> {
    record: &'a Record<'a>,
    summary: Tallies<'a>,
    /// Rows of the list in the order of the frame: row, selection, key.
    listed: Vec<(usize, Selection, Option<f64>)>,
    rows: Vec<DrawRow>,
}

impl<'a> Beside<'a> {
    /// Of a draw, before its parts.
    pub fn new(record: &'a Record<'a>) -> Self {
        let Record { scored, drawn, .. } = record;
        let certain = (0..scored.frame.len()).filter(|&row| scored.standing.is_certain(row));
        let mut listed: Vec<(usize, Selection, Option<f64>)> =
            certain.map(|row| (row, Selection::Certain, None)).collect();
        for stratum in &drawn.strata {
            let by_key = |selection| move |selected: &Selected| (selected.row as usize, selection, Some(selected.key));
            listed.extend(stratum.inclusion.take_all.iter().map(|&row| (row as usize, Selection::Certain, None)));
            listed.extend(stratum.drawn.iter().map(by_key(Selection::Drawn)));
            listed.extend(stratum.reserve.iter().map(by_key(Selection::Reserve)));
        }
        listed.sort_unstable_by_key(|&(row, ..)| row);
        let rows = Vec::with_capacity(listed.len());
        Self { record, summary: Tallies::new(record), listed, rows }
    }

    /// Takes in a part; parts come in order.
    pub fn push(&mut self, table: &PartTable<'_>) {
        self.summary.push(table);
        let end = table.first + table.part.len();
        let of_part = self.listed[self.rows.len()..].iter().take_while(|(row, ..)| *row < end);
        let row = |&(row, selection, key): &(usize, Selection, Option<f64>)| {
            draw_row(self.record, table, row - table.first, selection, key)
        };
        self.rows.extend(of_part.map(row));
    }

    /// The drawn and the reserve, in the order of the published list, and the rows of the summary.
    pub fn finish(mut self) -> (Vec<DrawRow>, Vec<SummaryRow>) {
        order_draw(&mut self.rows);
        (self.rows, self.summary.finish())
    }
}

/// The row `own` of a part, as it is listed.
fn draw_row(record: &Record<'_>, table: &PartTable<'_>, own: usize, selection: Selection, key: Option<f64>) -> DrawRow {
    let Record { scored, drawn, .. } = record;
    let (part, row) = (&table.part, table.first + own);
    let text = |column: contract::Column| part.attribute(column.name).and_then(|it| it.text(own)).map(str::to_owned);
    let certainty = match selection {
        Selection::Certain => Some(scored.standing.rule_of(row).unwrap_or(TAKE_ALL).to_owned()),
        Selection::Drawn | Selection::Reserve => None,
    };
    let grade = part.grade[own];
    DrawRow {
        entity_id: part.id(own),
        name: text(contract::NAME),
        stratum: scored.strata.names[scored.strata.stratum_of[row] as usize].clone(),
        selection,
        order: 0,
        ticket: match &drawn.lots {
            LotColumn::Tickets { tickets, .. } => Some(tickets[row]),
            LotColumn::Prn(_) => None,
        },
        u: drawn.lots.lots().u(row),
        key,
        pi: table.pi[own],
        certainty,
        region: text(contract::REGION),
        station: text(contract::STATION),
        industry: text(contract::INDUSTRY),
        grade,
        color: part.color[own],
        mode: Mode::of(grade),
    }
}

/// The record of a run whose files are written.
pub fn manifest(record: Record<'_>, rows: &[DrawRow], outputs: Vec<OutputRecord>) -> Manifest {
    let Record { plan, scored, drawn, receipts, warnings, commitment, .. } = record;
    let exclusion = |(reason, entities): (&Reason, u64)| Exclusion { reason: Message::from(reason), entities };
    let exclusions = scored.standing.exclusions().into_iter().map(exclusion).collect();
    let reserve = rows.iter().filter(|row| row.selection == Selection::Reserve).count() as u64;
    let with_seed = plan.draw.prn_column.is_none();
    Manifest {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: CONTRACT.to_owned(),
        plan: PlanRecord { name: plan.name.clone(), title: plan.title.clone(), sha256: plan.sha256.clone() },
        as_of: plan.as_of_date.to_string(),
        seed: plan.draw.seed.clone().filter(|_| with_seed),
        seed_source: plan.draw.seed_source.clone(),
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
        warnings: warnings.iter().map(Message::from).collect(),
    }
}

fn stratum_record(scored: &ScoredFrame, drawn: &DrawResult, stratum: usize) -> StratumRecord {
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
