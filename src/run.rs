//! The flow: registries in, a verifiable draw out. The only module that knows every stage.

use crate::amendment;
use crate::coding::{CodeRow, CodingError, codes_of, earlier_codes, entity_codes};
use crate::commitment::{self, Commitment, DrawDigest};
use crate::drift::{self, Drift};
use crate::frame::{Frame, FrameError};
use crate::ingest::{self, EarlierRound, IngestError, QuarantinedRow, Receipt};
use crate::lottery::{DrawResult, LotColumn, LotteryError};
use crate::part::Part;
use crate::plan::{Draws, Plan, PlanErrors};
use crate::progress::{Observe, Progress};
use crate::publish::PublishError;
use crate::publish::run_folder::{self, Outcome, Published, Record};
use crate::publish::staging::{self, Claim, RunIdentity, Staging};
use crate::report::{self, ReportError, Source};
use crate::scoring::{Drawable, Made, ScoreError, Scoring, Settled};
use crate::spill::{Room, SpillError};
use crate::spread::{Arcs, SpreadRow};
use crate::terms::{Bilingual, Warning, date_of};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A plan whose tasks are at hand.
#[derive(Debug)]
pub struct Planned<'p> {
    /// The plan, with the tasks of its table.
    pub plan: Cow<'p, Plan>,
    /// What was read from the table of tasks.
    pub(crate) receipt: Option<Receipt>,
    /// The rounds that came before.
    pub(crate) rounds: Vec<EarlierRound>,
    /// What they left.
    pub left: Left,
}

/// Registries read and joined: everything that is settled before random selection.
#[derive(Debug)]
pub struct Prepared<'p> {
    /// The frame, and the draws to be made over it.
    pub drawable: Drawable<'p>,
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
    /// Whether inputs may have drifted beyond limits at which the plan stops.
    pub accept_drift: bool,
    /// Bytes of memory to take; `None`: what is needed.
    pub memory: Option<u64>,
}

impl RunOptions {
    /// What the coming run is, for whoever looks after the output folder.
    pub(crate) fn claim(&self, plan: &Plan) -> Claim {
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
    /// The table of tasks holds tasks that cannot be drawn.
    #[error(transparent)]
    Tasks(#[from] PlanErrors),
    /// Eligibility, weights or sizes cannot be settled.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// Entities cannot get codes.
    #[error(transparent)]
    Codes(#[from] CodingError),
    /// What does not fit in memory could not be kept on disk.
    #[error(transparent)]
    Spill(#[from] SpillError),
    /// The output could not be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The page could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A seed serves one round.
    #[error(
        "the round {round} was drawn with this seed already, and with draw.spread every round needs a seed of its own, so \
         that no published round tells a later one; take a fresh seed"
    )]
    SeedUsed {
        /// The earlier round.
        round: String,
    },
    /// Amendments follow from the draw that would be replaced.
    #[error(
        "{} and what follows it change the draw that stands there, and this would be another one: draw into another folder with --output, \
         or take the folder of amendments away if the draw is to be forgotten",
        file.display()
    )]
    Amended {
        /// The first of them.
        file: PathBuf,
    },
    /// Inputs have drifted further than the plan lets them.
    #[error(
        "inputs have drifted from the last run beyond the limits of the plan ({}); look at them, and run again with --accept-drift if they are right",
        changes.iter().map(Bilingual::en).collect::<Vec<_>>().join("; ")
    )]
    Drift {
        /// The changes.
        changes: Vec<Drift>,
    },
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

impl From<FrameError> for RunError {
    fn from(error: FrameError) -> Self {
        Self::Score(error.into())
    }
}

impl From<LotteryError> for RunError {
    fn from(error: LotteryError) -> Self {
        Self::Score(error.into())
    }
}

/// Runs a plan: read, join, weigh, divide, draw, publish. `observe` is told each step.
///
/// # Errors
/// [`RunError`]; the previous output then stands untouched.
pub fn run(plan: &Plan, options: &RunOptions, observe: Observe<'_>) -> Result<Published, RunError> {
    let staging = Staging::begin(&plan.output.folder, options.wait, options.claim(plan))?;
    let room = Room { memory: options.memory.unwrap_or(u64::MAX), folder: staging.folder().to_owned() };
    let planned = Planned::of(plan, observe)?;
    let plan = &*planned.plan;
    let Prepared { drawable, receipts, quarantine, mut warnings } = planned.prepare(true, &room, observe)?;

    observe(Progress::Step("drawing"));
    let frame = drawable.frame().clone();
    let drawn = draw(plan, drawable, &planned.left, options.commitment.is_some(), observe)?;
    let Drawn { outcomes, digests, warnings: of_draws, spread, codes } = drawn;
    warnings.extend(of_draws);
    let commitment = options.commitment.as_deref().map(|given| check_commitment(plan, &digests, given)).transpose()?;

    observe(Progress::Step("writing"));
    let record = Record { plan, frame: &frame, outcomes, spread, codes, receipts, quarantine, warnings, commitment };
    let mut published = run_folder::write(&staging, record, observe)?;
    if let Some(limits) = &plan.drift {
        published.drift = drift::since_last_run(plan, limits, &published);
        if limits.stop && !options.accept_drift && !published.drift.is_empty() {
            return Err(RunError::Drift { changes: published.drift });
        }
    }
    let pages = report::draw_pages(Source::Folder(staging.folder()), &published.manifest)?;
    let sha256 = run_folder::finish(&staging, &mut published, &pages)?;
    keep_amended(&plan.output.folder, &sha256)?;
    staging.commit()?;
    Ok(published)
}

/// Refuses to put a draw in the place of one that amendments follow from.
pub(crate) fn keep_amended(folder: &Path, sha256: &str) -> Result<(), RunError> {
    match amendment::first_of_other(folder, sha256) {
        Some(file) => Err(RunError::Amended { file }),
        None => Ok(()),
    }
}

/// What came of the draws of a plan.
pub struct Drawn<'p> {
    /// Of each draw, in order.
    pub outcomes: Vec<Outcome<'p>>,
    /// What a commitment binds of each, if it was asked for.
    pub digests: Vec<DrawDigest>,
    /// What is worth knowing of their sizes.
    pub warnings: Vec<Warning>,
    /// The arcs after the draws, where any has spread.
    pub spread: Option<Vec<SpreadRow>>,
    /// The codes of entities, where the plan gives codes.
    pub codes: Option<Vec<CodeRow>>,
}

/// What earlier rounds left.
#[derive(Debug, Default)]
pub struct Left {
    /// The arcs of the latest round of the calendar year.
    pub arcs: Arcs,
    /// The codes of all rounds.
    pub codes: Vec<CodeRow>,
}

/// Makes the draws of a plan.
///
/// # Errors
/// [`RunError`] of the first draw that cannot be made, or of codes that cannot be given.
pub fn draw<'p>(
    plan: &'p Plan,
    drawable: Drawable<'p>,
    left: &Left,
    with_digests: bool,
    observe: Observe<'_>,
) -> Result<Drawn<'p>, RunError> {
    let arcs = &left.arcs;
    let one = |settled: Settled<'p>| -> Result<_, ScoreError> {
        let digest = with_digests.then(|| commitment::digest(plan, &settled)).transpose()?;
        let drawn = DrawResult::of(&settled.scored, settled.method, settled.lots()?)?;
        drawn.lots.consume(&settled.scored, &drawn);
        let warnings = settled.warnings_of(drawn.count());
        Ok((Outcome::of(settled, drawn)?, digest, warnings))
    };
    let frame = drawable.frame().clone();
    let Made { made, spent } = drawable.each(plan, Some(arcs), observe, one)?;
    let is_spread = plan.methods().any(|method| method.spread);
    let spread = is_spread.then(|| arcs.after(&frame, &spent)).transpose()?;
    let seed = plan.draw.seed.as_deref().unwrap_or_default();
    let give = |settings| entity_codes(&frame, settings, left.codes.clone(), seed, plan.as_of);
    let codes = plan.codes.as_ref().map(give).transpose()?;
    let mut all = Drawn { outcomes: Vec::new(), digests: Vec::new(), warnings: Vec::new(), spread, codes };
    for (outcome, digest, warnings) in made {
        all.outcomes.push(outcome);
        all.digests.extend(digest);
        all.warnings.extend(warnings);
    }
    Ok(all)
}

impl<'p> Planned<'p> {
    /// Reads the table of tasks, if the plan names one.
    ///
    /// # Errors
    /// A table that cannot be read, or tasks that cannot be drawn, each with its row.
    pub fn of(plan: &'p Plan, observe: Observe<'_>) -> Result<Self, RunError> {
        Self::with_arcs(plan, &|_| true, observe)
    }

    /// The same, with the arcs of the ids that `keeps` asks for.
    ///
    /// # Errors
    /// As [`Planned::of`].
    pub(crate) fn with_arcs(
        plan: &'p Plan,
        keeps: &dyn Fn(&str) -> bool,
        observe: Observe<'_>,
    ) -> Result<Self, RunError> {
        let rounds = ingest::earlier_rounds(plan)?;
        let left = Left { arcs: arcs_left(plan, &rounds, keeps)?, codes: codes_left(plan, &rounds)? };
        let Some(input) = &plan.inputs.tasks else {
            return Ok(Self { plan: Cow::Borrowed(plan), receipt: None, rounds, left });
        };
        let (table, receipt) = ingest::read_task_table(input, observe)?;
        let plan = plan.clone().with_tasks(&table)?;
        Ok(Self { plan: Cow::Owned(plan), receipt: Some(receipt), rounds, left })
    }

    /// Reads the registries and joins them into the frame; what `room` does not hold goes to disk. Where the plan is one draw,
    /// its eligibility, weights, strata and sizes are settled on the way, and its lots if they are asked for: a part that goes
    /// to disk is weighed before.
    ///
    /// # Errors
    /// [`RunError`] for inputs, weights, lots or sizes that cannot be used.
    pub fn prepare(&self, with_lots: bool, room: &Room, observe: Observe<'_>) -> Result<Prepared<'_>, RunError> {
        let plan = &*self.plan;
        let mut tables = ingest::read_tables(plan, &self.rounds, room, observe)?;
        let mut receipts = std::mem::take(&mut tables.receipts);
        receipts.extend(self.receipt.clone());
        let quarantine = std::mem::take(&mut tables.quarantine);

        observe(Progress::Step("joining and weighing"));
        let (drawable, of_tables) = match &plan.draws {
            Draws::Tasks(tasks) => {
                let (frame, warnings) = Frame::join(tables, plan, room, &mut |_| Ok::<(), RunError>(()), observe)?;
                (Drawable::Tasks(Arc::new(frame), tasks), warnings)
            }
            Draws::One(method) => {
                let mut scoring = Scoring::new(None, method, tables.entities.keys.len());
                let arcs = Some(&self.left.arcs).filter(|_| with_lots);
                let mut lots = arcs.map(|arcs| LotColumn::new(plan, arcs, &method.stream)).transpose()?;
                let mut push = |parts: &[Part]| scoring.push_with(parts, &mut lots);
                let mut spilled = |part: &Part| Ok::<(), RunError>(push(std::slice::from_ref(part))?);
                let (frame, warnings) = Frame::join(tables, plan, room, &mut spilled, observe)?;
                // Those in memory wait until the tables have made room.
                push(frame.held())?;
                let settled = scoring.finish(Arc::new(frame), lots.map(Arc::new))?;
                (Drawable::One(Box::new(settled)), warnings)
            }
        };
        let warnings = plan.warnings.iter().cloned().chain(of_tables).collect();
        Ok(Prepared { drawable, receipts, quarantine, warnings })
    }
}

/// The arcs that the latest round of the calendar year left; a seed that an earlier round was drawn with is refused, because it
/// would tell this round beforehand.
pub(crate) fn arcs_left(plan: &Plan, rounds: &[EarlierRound], keeps: &dyn Fn(&str) -> bool) -> Result<Arcs, RunError> {
    if !plan.methods().any(|method| method.spread) {
        return Ok(Arcs::default());
    }
    let seed = plan.draw.seed.as_ref();
    if let Some(round) = rounds.iter().find(|round| seed.is_some() && round.seed.as_ref() == seed) {
        return Err(RunError::SeedUsed { round: round.folder.clone() });
    }
    let year = plan.as_of_date.year();
    let of_year = |round: &&EarlierRound| date_of(round.as_of).is_some_and(|day| day.year() == year);
    for round in rounds.iter().rev().filter(of_year) {
        let arcs = Arcs::of_some(&round.run, true, keeps);
        let arcs =
            arcs.map_err(|source| IngestError::Round { folder: round.folder.clone(), source: Box::new(source) })?;
        if let Some(arcs) = arcs {
            return Ok(arcs);
        }
    }
    Ok(Arcs::default())
}

/// The codes that earlier rounds gave, where the plan gives codes.
fn codes_left(plan: &Plan, rounds: &[EarlierRound]) -> Result<Vec<CodeRow>, RunError> {
    let mut given = Vec::new();
    for round in rounds.iter().rev().filter(|_| plan.codes.is_some()) {
        let codes = codes_of(&round.run);
        let codes =
            codes.map_err(|source| IngestError::Round { folder: round.folder.clone(), source: Box::new(source) })?;
        given.extend(codes);
    }
    Ok(earlier_codes(given))
}

fn check_commitment(plan: &Plan, digests: &[DrawDigest], given: &str) -> Result<Commitment, RunError> {
    let now = commitment::of(plan, digests, commitment::VERSION);
    if now.commitment == normal_commitment(given) {
        Ok(now)
    } else {
        Err(RunError::Commitment { given: given.to_owned(), now: now.commitment })
    }
}
