//! The flow: registries in, a verifiable draw out. The only module that knows every stage.

use crate::commitment::{self, Commitment};
use crate::frame::{Frame, FrameError, ScoredFrame};
use crate::ingest::{self, IngestError, QuarantinedRow, Receipt};
use crate::lottery::{DrawResult, LotColumn, LotteryError};
use crate::part::Part;
use crate::plan::Plan;
use crate::progress::{Observe, Progress};
use crate::publish::PublishError;
use crate::publish::run_folder::{self, Published, Record};
use crate::publish::staging::{self, Claim, RunIdentity, Staging};
use crate::report::{self, ReportError, Source};
use crate::spill::{Room, SpillError};
use crate::task::{Base, Divider, SizeRule, Standing, Strata, StrataError, WeightError, Weights};
use crate::terms::Warning;
use std::time::Duration;

/// Registries read, joined, weighed and divided: everything that is settled before random selection.
#[derive(Debug)]
pub struct Prepared {
    /// The frame with eligibility, weights and strata.
    pub scored: ScoredFrame,
    /// The lots, if they were asked for.
    pub lots: Option<LotColumn>,
    /// What was read from each file.
    pub receipts: Vec<Receipt>,
    /// The rows that were set aside.
    pub quarantine: Vec<QuarantinedRow>,
    /// What an analyst should know; warnings about a file are in its receipt.
    pub warnings: Vec<Warning>,
}

/// What a run may be told beside its plan.
#[derive(Debug, Default, Clone)]
pub struct RunOptions {
    /// The commitment that was published before the seed existed; the run refuses if anything changed since.
    pub commitment: Option<String>,
    /// How long to wait for another run of the same output; `None`: refuse at once.
    pub wait: Option<Duration>,
    /// Whether a published run of another plan, seed or commitment may be replaced.
    pub replace: bool,
    /// Bytes of memory to take; `None`: what is needed.
    pub memory: Option<u64>,
}

impl RunOptions {
    /// What the coming run is, for whoever looks after the output folder.
    fn claim(&self, plan: &Plan) -> Claim {
        let run = RunIdentity {
            plan_sha256: plan.sha256.clone(),
            seed: plan.draw.seed.clone().filter(|_| plan.draw.prn_column.is_none()),
            commitment: self.commitment.as_deref().map(normal_commitment),
        };
        Claim { run, replace: self.replace }
    }

    /// Whether the output folder of a plan would take the run; writes nothing.
    ///
    /// # Errors
    /// What [`run`] would say of the folder.
    pub fn check_output(&self, plan: &Plan) -> Result<(), PublishError> {
        staging::check(&plan.output.folder, &self.claim(plan))
    }
}

/// A commitment as it is compared: lower-case hexadecimal without blanks at its ends.
pub(crate) fn normal_commitment(given: &str) -> String {
    given.trim().to_ascii_lowercase()
}

/// Why a run stopped. Nothing of it is left in its output folder.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An input could not be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A weight could not be computed.
    #[error(transparent)]
    Weight(#[from] WeightError),
    /// Sizes and frame cannot be reconciled.
    #[error(transparent)]
    Strata(#[from] StrataError),
    /// A part of the frame could not be read.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What does not fit in memory could not be kept on disk.
    #[error(transparent)]
    Spill(#[from] SpillError),
    /// Random selection failed.
    #[error(transparent)]
    Lottery(#[from] LotteryError),
    /// The output could not be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The page could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The frame or the plan is not the one committed to.
    #[error(
        "the commitment given is {given}, and plan and inputs now give {now}: something changed since it was published; restore it, or publish a new commitment before the seed exists"
    )]
    Commitment {
        /// The commitment given.
        given: String,
        /// What plan and inputs give now.
        now: String,
    },
}

/// Runs a plan: read, join, weigh, divide, draw, publish. `observe` is told each step.
///
/// # Errors
/// [`RunError`]; the previous output then stands untouched.
pub fn run(plan: &Plan, options: &RunOptions, observe: Observe<'_>) -> Result<Published, RunError> {
    let staging = Staging::begin(&plan.output.folder, options.wait, options.claim(plan))?;
    let room = Room { memory: options.memory.unwrap_or(u64::MAX), folder: staging.folder().to_owned() };
    let prepared = prepare(plan, Some(LotColumn::new(plan)?), &room, observe)?;
    let commitment = check_commitment(plan, &prepared, options.commitment.as_deref())?;

    observe(Progress::Step("drawing"));
    let Prepared { scored, lots, receipts, quarantine, mut warnings } = prepared;
    let drawn = DrawResult::of(&scored, plan, lots.ok_or(LotteryError::NoSeed)?)?;

    observe(Progress::Step("writing"));
    warnings.extend(scored.strata.below_minimum(&plan.size, drawn.count()));
    let record = Record { plan, scored: &scored, drawn: &drawn, receipts, quarantine, warnings, commitment };
    let mut published = run_folder::write(&staging, record, observe)?;
    let pages = report::draw_pages(Source::Folder(staging.folder()), &published.manifest)?;
    run_folder::finish(&staging, &mut published, &pages)?;
    staging.commit()?;
    Ok(published)
}

/// Reads the registries, joins them into the frame, and settles eligibility, weights, strata and sizes, and the lots if a column
/// for them is given; what `room` does not hold goes to disk. A part that goes there is weighed before.
///
/// # Errors
/// [`RunError`] for inputs, weights, lots or sizes that cannot be used.
pub fn prepare(plan: &Plan, lots: Option<LotColumn>, room: &Room, observe: Observe<'_>) -> Result<Prepared, RunError> {
    let mut tables = ingest::read_tables(plan, room, observe)?;
    let receipts = std::mem::take(&mut tables.receipts);
    let quarantine = std::mem::take(&mut tables.quarantine);

    observe(Progress::Step("joining and weighing"));
    let mut scoring = Scoring::new(plan, lots, tables.entities.keys.len());
    let (frame, of_tables) = Frame::join(tables, plan, room, &mut |part| scoring.push(part), observe)?;
    // Those in memory wait until the tables have made room.
    frame.held().iter().try_for_each(|part| scoring.push(part))?;
    let Scored { frame: scored, lots, warnings: of_strata } = scoring.finish(frame)?;

    let warnings = plan.warnings.iter().cloned().chain(of_tables).chain(of_strata).collect();
    Ok(Prepared { scored, lots, receipts, quarantine, warnings })
}

/// A frame whose eligibility, weights, strata and sizes are settled.
#[derive(Debug)]
pub struct Scored {
    /// The frame.
    pub frame: ScoredFrame,
    /// The lots, if they were asked for.
    pub lots: Option<LotColumn>,
    /// What is worth knowing of the sizes.
    pub warnings: Vec<Warning>,
}

/// Settles eligibility, weights, strata and sizes of a frame that is there, and the lots if a column for them is given.
///
/// # Errors
/// [`RunError`] for weights, lots or sizes that cannot be used.
pub fn score(frame: Frame, plan: &Plan, lots: Option<LotColumn>, observe: Observe<'_>) -> Result<Scored, RunError> {
    let mut scoring = Scoring::new(plan, lots, frame.len());
    for part in frame.parts() {
        let (first, part) = part?;
        observe(Progress::Done(first as f64 / frame.len() as f64));
        scoring.push(&part)?;
    }
    scoring.finish(frame)
}

/// Settles who may be drawn, with what weight and in which stratum, part after part.
struct Scoring<'p> {
    plan: &'p Plan,
    standing: Standing,
    divider: Divider<'p>,
    weights: Vec<u64>,
    lots: Option<LotColumn>,
}

impl<'p> Scoring<'p> {
    /// Of no part yet; there will be about `entities`.
    fn new(plan: &'p Plan, lots: Option<LotColumn>, entities: usize) -> Self {
        let by_grade = matches!(plan.size.rule, SizeRule::GradeShares { .. });
        let counts_live = matches!(plan.size.rule, SizeRule::Share { of: Base::Live, each_stratum: true, .. });
        Self {
            plan,
            standing: Standing::new(&plan.rules, entities),
            divider: Divider::new(&plan.strata, by_grade, counts_live, entities),
            weights: Vec::with_capacity(entities),
            lots,
        }
    }

    /// The next part, in the order of ids.
    fn push(&mut self, part: &Part) -> Result<(), RunError> {
        let Self { plan, standing, divider, weights, lots } = self;
        let first = weights.len();
        let of_part = Weights::of(part, &plan.weight)?.weight;
        standing.push(part, &plan.eligibility, &plan.rules, &of_part);
        divider.push(part, standing)?;
        let is_by_lot = |row: usize| standing.is_eligible(row) && !standing.is_certain(row);
        weights.extend((first..).zip(of_part).map(|(row, weight)| if is_by_lot(row) { weight } else { 0 }));
        lots.iter_mut().try_for_each(|lots| lots.push(part, plan))?;
        Ok(())
    }

    /// Sizes the strata of `frame`, whose parts were all pushed.
    fn finish(self, frame: Frame) -> Result<Scored, RunError> {
        let Self { plan, standing, divider, weights, lots } = self;
        let mut strata = Strata::of(divider.finish(), &standing, &weights, plan.sizing())?;
        let warnings = std::mem::take(&mut strata.warnings);
        Ok(Scored { frame: ScoredFrame { frame, standing, weights, strata }, lots, warnings })
    }
}

fn check_commitment(plan: &Plan, prepared: &Prepared, given: Option<&str>) -> Result<Option<Commitment>, RunError> {
    let Some(given) = given else { return Ok(None) };
    let now = commitment::of(plan, &prepared.scored, commitment::VERSION)?;
    if now.commitment == normal_commitment(given) {
        Ok(Some(now))
    } else {
        Err(RunError::Commitment { given: given.to_owned(), now: now.commitment })
    }
}
