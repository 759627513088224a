//! A run's folder: frame, draw, summary, quarantine, the plan as it was, and the manifest over them all.

use super::PublishError;
use super::frame_table::{self, DrawnFrame, FrameTable, PartTable};
use super::listing::{ListedDraw, ListedRow, Listing, Selection, listed_rows, order_rows};
use super::manifest::{Counts, DrawRecord, Exclusion, Manifest, OutputRecord, PlanRecord, StratumRecord, TaskRecord};
use super::staging::Staging;
use super::summary::{Tallies, Tally};
use super::tables::{
    SummaryRow, TaskRow, write_codes, write_draw, write_quarantine, write_spread, write_summary, write_tasks,
};
use crate::coding::CodeRow;
use crate::commitment::Commitment;
use crate::contract::{self, MANIFEST_FILE, PLAN_FILE, REPORT_FILES, TASKS_FILE};
use crate::digest::hex;
use crate::drift::Drift;
use crate::frame::{Frame, FrameError};
use crate::ingest::{QuarantinedRow, Receipt, SetAsideBy, by_reason};
use crate::lottery::DrawResult;
use crate::message::Message;
use crate::part::Part;
use crate::plan::{Plan, Task};
use crate::progress::Observe;
use crate::sampling::{CONTRACT, StratumDraw};
use crate::scoring::Settled;
use crate::spread::SpreadRow;
use crate::task::{Certainties, Method, Strata};
use crate::terms::{Bilingual as _, Reason, Warning};
use arrow::error::ArrowError;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// All that a run publishes.
pub struct Record<'a> {
    /// The plan, with its tasks.
    pub plan: &'a Plan,
    /// The frame.
    pub frame: &'a Frame,
    /// What came of every draw: one, or those of the tasks in the order of the plan.
    pub outcomes: Vec<Outcome<'a>>,
    /// The arcs after the draws, where any has spread.
    pub spread: Option<Vec<SpreadRow>>,
    /// The codes of entities, where the plan gives codes.
    pub codes: Option<Vec<CodeRow>>,
    /// What was read from each file.
    pub receipts: Vec<Receipt>,
    /// The rows that were set aside.
    pub quarantine: Vec<QuarantinedRow>,
    /// What an analyst should know.
    pub warnings: Vec<Warning>,
    /// The commitment that was checked.
    pub commitment: Option<Commitment>,
}

/// What came of a draw.
pub enum Outcome<'a> {
    /// Of the plan's one draw: what is published of it comes along with the frame.
    One(Box<DrawnFrame<'a>>),
    /// Of the plan's one draw, whose frame is written.
    Written(Box<DrawRecord>),
    /// Of a task.
    Task(Box<TaskOutcome>),
}

/// What is published of a task.
pub struct TaskOutcome {
    /// The words of its part of the list.
    pub words: ListedDraw,
    /// Its part of the list, in published order.
    pub rows: Vec<ListedRow>,
    /// Its part of the summary.
    pub summary: Vec<SummaryRow>,
    /// Its record.
    pub record: TaskRecord,
}

impl<'a> Outcome<'a> {
    /// What came of a draw; of a task, all that is published of it.
    ///
    /// # Errors
    /// A part of the frame that cannot be read.
    pub fn of(settled: Settled<'a>, drawn: DrawResult) -> Result<Self, FrameError> {
        let Settled { task, method, scored, .. } = settled;
        let draw = DrawnFrame { task, method, scored, drawn };
        let Some(task) = task else { return Ok(Self::One(Box::new(draw))) };
        let mut beside = Beside::new(&draw);
        beside.push_all()?;
        let Beside { mut rows, summary, .. } = beside;
        order_rows(&mut rows, draw.method.batches);
        let record = TaskRecord { id: task.id.clone(), draw: DrawRecord::of(&draw, &rows) };
        let (words, summary) = (ListedDraw::of(&draw), summary.finish());
        Ok(Self::Task(Box::new(TaskOutcome { words, rows, summary, record })))
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
    /// What has drifted since the last run; of this nothing is published.
    pub drift: Vec<Drift>,
}

/// What of a run is written first.
pub struct Before {
    /// The frame, one file or its parts.
    pub frame: Vec<OutputRecord>,
    /// The rows that were set aside, one file or its parts.
    pub quarantine: Vec<OutputRecord>,
    /// The list.
    pub list: Listing,
    /// The summary.
    pub summary: Vec<SummaryRow>,
}

/// Writes the tables and the plan of a run into its staging folder; [`finish`] is to follow.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn write(staging: &Staging, mut record: Record<'_>, observe: Observe<'_>) -> Result<Published, PublishError> {
    order_quarantine(&mut record.quarantine);
    let tags = key_values(record.plan);
    let path = |name: &str| staging.file(name);
    let frame_path = path(contract::FRAME.file);
    let (frame, list, summary) = match record.outcomes.as_slice() {
        [Outcome::One(draw)] => {
            // Every part is read once: the list of the drawn and the summary come along with the frame.
            let mut beside = Beside::new(draw);
            let mut each = |table: &PartTable<'_>| beside.push_and_take(table);
            let table = FrameTable::of(record.plan, record.frame, Some(draw))?;
            let frame = frame_table::write(&frame_path, &table, tags.clone(), &mut each, observe)?;
            let (list, summary) = beside.finish()?;
            (frame, list, summary)
        }
        _ => {
            let table = FrameTable::of(record.plan, record.frame, None)?;
            let frame = frame_table::write(&frame_path, &table, tags.clone(), &mut |_| (), observe)?;
            let (list, summary) = of_tasks(record.frame, &mut record.outcomes)?;
            (frame, list, summary)
        }
    };
    let quarantine = write_quarantine(&path(contract::QUARANTINE.file), &record.quarantine, &tags)?;
    let before = Before {
        frame: vec![OutputRecord::new(contract::FRAME.file, frame)],
        quarantine: vec![OutputRecord::new(contract::QUARANTINE.file, quarantine)],
        list,
        summary,
    };
    write_behind(staging, record, before)
}

/// Writes what is left of a run whose frame and quarantine are written; [`finish`] is to follow.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn write_behind(staging: &Staging, record: Record<'_>, before: Before) -> Result<Published, PublishError> {
    let Before { frame, quarantine, list, summary } = before;
    let tags = key_values(record.plan);
    let path = |name: &str| staging.file(name);
    let of_tasks = !record.plan.tasks().is_empty();
    let mut outputs = frame;
    outputs.push(OutputRecord::new(
        contract::DRAW.file,
        write_draw(&path(contract::DRAW.file), &list, record.plan, &tags)?,
    ));
    outputs.push(OutputRecord::new(
        contract::SUMMARY.file,
        write_summary(&path(contract::SUMMARY.file), &summary, of_tasks, &tags)?,
    ));
    outputs.extend(quarantine);
    if of_tasks {
        let name = contract::ROUND_TASKS.file;
        let rows = task_rows(record.plan, &record.outcomes);
        outputs.push(OutputRecord::new(name, write_tasks(&path(name), &rows, &tags)?));
    }
    if let Some(rows) = &record.spread {
        let name = contract::SPREAD.file;
        outputs.push(OutputRecord::new(name, write_spread(&path(name), rows, &tags)?));
    }
    if let Some(rows) = &record.codes {
        let name = contract::CODES.file;
        outputs.push(OutputRecord::new(name, write_codes(&path(name), rows, &tags)?));
    }
    outputs.push(write_text(staging, PLAN_FILE, &record.plan.text)?);
    if let Some(tasks) = &record.plan.task_table {
        outputs.push(write_text(staging, TASKS_FILE, tasks)?);
    }
    let set_aside = by_reason(record.quarantine.iter());
    let manifest = manifest(record, &list, outputs);
    Ok(Published { manifest, summary, set_aside, drift: Vec::new() })
}

/// The list and the summary of the tasks.
///
/// # Errors
/// A part of the frame that cannot be read.
pub fn of_tasks(frame: &Frame, outcomes: &mut [Outcome<'_>]) -> Result<(Listing, Vec<SummaryRow>), FrameError> {
    let mut summary = Vec::new();
    let mut draws = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        if let Outcome::Task(outcome) = outcome {
            summary.append(&mut outcome.summary);
            draws.push((outcome.words.clone(), std::mem::take(&mut outcome.rows)));
        }
    }
    Ok((Listing::of_tasks(frame, draws)?, summary))
}

/// The rows of `tasks.parquet`.
pub fn task_rows<'a>(plan: &'a Plan, outcomes: &'a [Outcome<'_>]) -> Vec<TaskRow<'a>> {
    let row = |(task, outcome): (&'a Task, &'a Outcome<'_>)| match outcome {
        Outcome::Task(outcome) => Some(TaskRow { task, record: &outcome.record }),
        Outcome::One(_) | Outcome::Written(_) => None,
    };
    plan.tasks().iter().zip(outcomes).filter_map(row).collect()
}

/// Writes the pages, and last the manifest over everything; SHA-256 of it, 64 lower-case hexadecimal digits.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn finish(staging: &Staging, published: &mut Published, pages: &Pages) -> Result<String, PublishError> {
    published.manifest.outputs.extend(write_pages(staging, pages)?);
    published.manifest.write(&staging.file(MANIFEST_FILE)).map(|written| written.sha256)
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
    draw: &'a DrawnFrame<'a>,
    summary: Tallies<'a>,
    /// Rows of the list in the order of the frame.
    rows: Vec<ListedRow>,
    /// How many of them have their π.
    done: usize,
    /// Their entities, where they are taken along.
    entities: Part,
    /// What kept an entity from being taken.
    fault: Option<ArrowError>,
}

impl<'a> Beside<'a> {
    /// Of a draw, before its parts.
    pub fn new(draw: &'a DrawnFrame<'a>) -> Self {
        let rows = listed_rows(draw);
        Self { draw, summary: Tallies::new(draw), rows, done: 0, entities: Part::default(), fault: None }
    }

    /// Takes in a part, whose rows begin at `first`, with its probabilities; parts come in order. The rows of the list that lie
    /// in it.
    pub fn push(&mut self, first: usize, part: &Part, pi: &[f64]) -> Range<usize> {
        self.summary.push(first, part, pi);
        let begin = self.done;
        let of_part = self.rows[begin..].iter_mut().take_while(|row| (row.entity as usize) < first + part.len());
        for row in of_part {
            row.pi = pi[row.entity as usize - first];
            self.done += 1;
        }
        begin..self.done
    }

    /// The same, and takes along the entities of the list.
    pub fn push_and_take(&mut self, table: &PartTable<'_>) {
        let listed = self.push(table.first, &table.part, &table.pi);
        let rows: Vec<u32> = self.rows[listed].iter().map(|row| row.entity - table.first as u32).collect();
        let taken = table.part.take(&rows).and_then(|part| self.entities.append(part));
        self.fault = self.fault.take().or(taken.err());
    }

    /// Takes in all parts of the draw's frame.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn push_all(&mut self) -> Result<(), FrameError> {
        let draw = self.draw;
        for part in draw.scored.frame.parts() {
            let (first, part) = part?;
            let pi = draw.drawn.pi(&draw.scored, first..first + part.len());
            self.push(first, &part, &pi);
        }
        Ok(())
    }

    /// The rows of the list in the order of the frame, and the tallies.
    pub fn into_pieces(self) -> (Vec<ListedRow>, Vec<Tally>) {
        (self.rows, self.summary.into_tallies())
    }

    /// The list, and the rows of the summary.
    ///
    /// # Errors
    /// A part that entities could not be taken from.
    pub fn finish(self) -> Result<(Listing, Vec<SummaryRow>), FrameError> {
        let Self { draw, summary, rows, entities, fault, .. } = self;
        match fault {
            Some(fault) => Err(FrameError(Box::new(fault))),
            None => Ok((Listing::of_one(ListedDraw::of(draw), entities, rows, draw.method.batches), summary.finish())),
        }
    }
}

/// The record of a run whose files are written.
pub fn manifest(record: Record<'_>, list: &Listing, outputs: Vec<OutputRecord>) -> Manifest {
    let Record { plan, frame, outcomes, receipts, warnings, commitment, .. } = record;
    let with_seed = plan.draw.prn_column.is_none();
    let mut manifest = Manifest {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: CONTRACT.to_owned(),
        plan: PlanRecord { name: plan.name.clone(), title: plan.title.clone(), sha256: plan.sha256.clone() },
        as_of: plan.as_of_date.to_string(),
        seed: plan.draw.seed.clone().filter(|_| with_seed),
        seed_source: plan.draw.seed_source.clone(),
        stream: None,
        prn_column: plan.draw.prn_column.clone(),
        commitment: commitment.map(|commitment| commitment.commitment),
        design: None,
        alpha: None,
        certainties: None,
        inputs: receipts,
        outputs,
        counts: Counts { population: frame.len() as u64, ..Counts::default() },
        distinct_drawn: None,
        exclusions: Vec::new(),
        strata: Vec::new(),
        tasks: Vec::new(),
        warnings: warnings.iter().map(Message::from).collect(),
    };
    for outcome in outcomes {
        match outcome {
            Outcome::One(draw) => manifest.take(DrawRecord::of(&draw, &list.rows)),
            Outcome::Written(record) => manifest.take(*record),
            Outcome::Task(outcome) => {
                let of_task = outcome.record.draw.counts;
                let sum = &mut manifest.counts;
                sum.eligible += of_task.eligible;
                sum.certain += of_task.certain;
                sum.drawn += of_task.drawn;
                sum.reserve += of_task.reserve;
                manifest.tasks.push(outcome.record);
            }
        }
    }
    manifest.distinct_drawn = (!plan.tasks().is_empty()).then(|| list.distinct_drawn());
    manifest
}

impl Manifest {
    /// Takes over the record of the plan's one draw.
    fn take(&mut self, how: DrawRecord) {
        self.stream = how.stream;
        (self.design, self.alpha) = (Some(how.design), Some(how.alpha));
        self.certainties = Some(how.certainties);
        (self.counts, self.exclusions, self.strata) = (how.counts, how.exclusions, how.strata);
    }
}

/// What the record of a draw is made of.
pub struct Facts<'a> {
    /// How it was drawn.
    pub method: &'a Method,
    /// Entities of the frame.
    pub population: u64,
    /// The strata.
    pub strata: &'a Strata,
    /// What each came to.
    pub drawn: &'a [StratumDraw],
    /// How many may not be drawn for each reason.
    pub exclusions: Vec<(&'a Reason, u64)>,
    /// Whether lots are tickets, not permanent random numbers.
    pub by_ticket: bool,
}

impl DrawRecord {
    /// The record of a draw; `rows` are its own.
    fn of(draw: &DrawnFrame<'_>, rows: &[ListedRow]) -> Self {
        let DrawnFrame { method, scored, drawn, .. } = draw;
        let facts = Facts {
            method,
            population: scored.frame.len() as u64,
            strata: &scored.strata,
            drawn: &drawn.strata,
            exclusions: scored.standing.exclusions(),
            by_ticket: drawn.lots.tickets().is_some(),
        };
        Self::made_of(facts, rows)
    }

    /// The record of a draw; `rows` are its own.
    pub fn made_of(facts: Facts<'_>, rows: &[ListedRow]) -> Self {
        let Facts { method, population, strata, drawn, exclusions, by_ticket } = facts;
        let exclusion = |(reason, entities): (&Reason, u64)| Exclusion { reason: Message::from(reason), entities };
        let reserve = rows.iter().filter(|row| row.selection == Selection::Reserve).count() as u64;
        Self {
            stream: by_ticket.then(|| method.stream.clone()),
            design: method.design.name().to_owned(),
            alpha: method.alpha,
            certainties: match method.certainties {
                Certainties::Outside => "outside",
                Certainties::Inside => "inside",
            }
            .to_owned(),
            counts: Counts {
                population,
                eligible: strata.eligible(),
                certain: strata.certain(),
                drawn: rows.len() as u64 - reserve,
                reserve,
            },
            exclusions: exclusions.into_iter().map(exclusion).collect(),
            strata: (0..strata.names.len()).map(|at| stratum_record(strata, &drawn[at], at)).collect(),
        }
    }
}

fn stratum_record(strata: &Strata, draw: &StratumDraw, stratum: usize) -> StratumRecord {
    let counts = strata.counts[stratum];
    let inclusion = &draw.inclusion;
    StratumRecord {
        name: strata.names[stratum].clone(),
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
