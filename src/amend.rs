//! Changes of a round: each a numbered amendment beside it, with reason and approver, never an edit.

use crate::amendment::{
    AMENDMENT_CONTRACT, Amendment, Approval, BrokenChain, Change, Effects, amendments_folder, spread_name_of,
};
use crate::assign::{AssignError, DayTables};
use crate::contract;
use crate::digest::hex;
use crate::ingest::{Receipt, RosterTables};
use crate::lottery::DrawResult;
use crate::plan::{Draws, Plan};
use crate::progress::Observe;
use crate::publish::PublishError;
use crate::publish::run_folder::key_values;
use crate::publish::staging;
use crate::publish::tables::{spread_arrays, write_spread};
use crate::published::{PublishedError, PublishedRun};
use crate::run::RunError;
use crate::scoring::{Drawable, Made, ScoreError, Settled};
use crate::spread::{Arcs, SpreadRow};
use crate::standing::Standing;
use crate::verify::{VerifyError, table_agrees};
use fairdraw_core::assign::Refused;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a change waits for another one of the same round.
const WAIT: Duration = Duration::from_secs(600);

/// Why nothing is changed.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    /// Reason or approver is missing.
    #[error("{what} is blank; an amendment says why it is made and who approved it")]
    Blank {
        /// `--reason` or `--approver`.
        what: &'static str,
    },
    /// The lot refuses the change.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The entity has no visit.
    #[error("{entity_id} has no visit in this round; ids are written as in visits.parquet")]
    NoVisit {
        /// The entity.
        entity_id: String,
    },
    /// The entity is not on the list.
    #[error(
        "{entity_id} is not on the list{}; only who was drawn, or came from the reserve, can be replaced (see draw.parquet and the amendments so far)",
        if task.is_empty() { String::new() } else { format!(" of the task `{task}`") }
    )]
    NotSelected {
        /// The entity.
        entity_id: String,
        /// The task.
        task: String,
    },
    /// Nobody is left in the reserve.
    #[error(
        "the reserve is used up{}: it had {reserve}; nobody is chosen by hand, so the place stays empty, or the round is drawn with a larger `reserve`",
        if place.is_empty() { String::new() } else { format!(" ({place})") }
    )]
    ReserveUsedUp {
        /// Task and stratum.
        place: String,
        /// Entities in reserve.
        reserve: usize,
    },
    /// The day is none.
    #[error("--from is no day; write it as 2023-03-15")]
    NoDay,
    /// The window of a task is over on the day from which on there are visits.
    #[error("the window of the task `{task}` ends before --from; nobody can come instead any more")]
    WindowOver {
        /// The task.
        task: String,
    },
    /// Inspectors were not dealt.
    #[error("the round {round} has no teams that could be changed; deal them first, with `fairdraw assign`")]
    NotDealt {
        /// Its folder.
        round: PathBuf,
    },
    /// The plan is needed.
    #[error(
        "inspectors were dealt to this round, and who comes instead needs a team; give the plan of the teams with --plan"
    )]
    NoPlan,
    /// A selected entity is in no visit, or in two.
    #[error("{entity_id} is in no visit of the task `{task}`, or in two: the amendments contradict the list")]
    NotConserved {
        /// The entity.
        entity_id: String,
        /// The task.
        task: String,
    },
    /// The teams cannot be dealt.
    #[error(transparent)]
    Assign(#[from] AssignError),
    /// The arcs cannot be computed again.
    #[error("the arcs after the replacement: {0}")]
    Arcs(#[source] Box<VerifyError>),
    /// An amendment is damaged or does not follow from the one before.
    #[error(transparent)]
    Chain(#[from] BrokenChain),
}

impl From<PublishedError> for AmendError {
    fn from(error: PublishedError) -> Self {
        Self::Assign(error.into())
    }
}

impl From<PublishError> for AmendError {
    fn from(error: PublishError) -> Self {
        Self::Assign(error.into())
    }
}

/// Makes a change of the round in `folder`, as it follows from the inputs of today of the plan by which inspectors were dealt, and
/// writes it as the next amendment.
///
/// # Errors
/// [`AmendError`]: nothing is changed.
pub fn amend(
    folder: &Path,
    plan: Option<&Plan>,
    change: impl FnOnce(&Standing, Option<&RosterTables>) -> Result<Change, AmendError>,
    approval: Approval,
    observe: Observe<'_>,
) -> Result<Amendment, AmendError> {
    for (what, text) in [("--reason", &approval.reason), ("--approver", &approval.approver)] {
        if text.trim().is_empty() {
            return Err(AmendError::Blank { what });
        }
    }
    PublishedRun::open(folder)?;
    let amendments = amendments_folder(folder);
    let name = amendments.file_name().unwrap_or_default();
    // Held to the end: each change follows from the one before.
    let _lock = staging::acquire(&amendments, name, Some(WAIT))?;
    let standing = Standing::now(folder)?;
    let tables = tables(&standing, plan, observe)?;
    let change = change(&standing, tables.as_ref().map(|day| &day.tables))?;
    let mut effects = standing.effects(plan.zip(tables.as_ref()), &change)?;
    let number = standing.chain.amendments.len() as u32 + 1;
    std::fs::create_dir_all(&amendments)
        .map_err(|cause| PublishError::file("create the folder", &amendments, cause))?;
    if let Some(rows) = arcs_after(&standing, &effects, observe)? {
        effects.spread_sha256 = Some(write_arcs(&amendments, number, &rows, &standing.round.plan)?);
    }
    let dealt = standing.dealt.as_ref();
    let amendment = Amendment {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: AMENDMENT_CONTRACT.to_owned(),
        number,
        round_sha256: standing.round.sha256.clone(),
        teams_sha256: dealt.map(|dealt| dealt.sha256.clone()),
        previous: standing.chain.last_sha256.clone(),
        change,
        approval,
        seed: dealt.map(|dealt| dealt.manifest.seed.clone()),
        inputs: tables.map(|day| day.tables.receipts).unwrap_or_default(),
        effects,
    };
    amendment.write(&amendments)?;
    Ok(amendment)
}

fn tables(standing: &Standing, plan: Option<&Plan>, observe: Observe<'_>) -> Result<Option<DayTables>, AmendError> {
    let plan = plan.filter(|_| standing.dealt.is_some());
    Ok(plan.map(|plan| DayTables::read(&standing.round, plan, observe)).transpose()?)
}

/// The arcs after a change that brings the reserve into use; `None` where it does not, or no draw has spread.
fn arcs_after(
    standing: &Standing,
    effects: &Effects,
    observe: Observe<'_>,
) -> Result<Option<Vec<SpreadRow>>, AmendError> {
    let round = &standing.round;
    if effects.entered.is_empty() || !round.plan.methods().any(|method| method.spread) {
        return Ok(None);
    }
    let mut in_use: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for own in standing.entered().chain(&effects.entered) {
        *in_use.entry((&own.task_id, &own.stratum)).or_default() += 1;
    }
    let mut plan = round.plan.clone();
    match &mut plan.draws {
        Draws::One(method) => method.reserve += 1,
        Draws::Tasks(tasks) => tasks.iter_mut().for_each(|task| task.method.reserve += 1),
    }
    let rows = || -> Result<Vec<SpreadRow>, VerifyError> {
        let run = Arc::new(PublishedRun::open(&round.folder)?);
        let arcs = Arcs::of_round(&run, false)?.unwrap_or_default();
        let drawable = Drawable::new(run.frame(&plan, u64::MAX)?, &plan, Some(&arcs), observe)?;
        Ok(arcs_with_reserve(&plan, drawable, &arcs, &in_use, observe).map_err(RunError::from)?)
    };
    rows().map(Some).map_err(|error| AmendError::Arcs(Box::new(error)))
}

/// The arcs of a round after so many of the reserve came into use, by task (empty where the plan is one draw) and stratum. The
/// methods of `plan` ask for a reserve of one more, so that the key after the last one is known.
fn arcs_with_reserve(
    plan: &Plan,
    drawable: Drawable<'_>,
    arcs: &Arcs,
    in_use: &BTreeMap<(&str, &str), usize>,
    observe: Observe<'_>,
) -> Result<Vec<SpreadRow>, ScoreError> {
    let one = |settled: Settled<'_>| -> Result<(), ScoreError> {
        let mut drawn = DrawResult::of(&settled.scored, settled.method, settled.lots()?)?;
        let task = settled.task.map_or("", |task| task.id.as_str());
        for (place, name) in settled.scored.strata.names.iter().enumerate() {
            drawn.use_reserve(place, in_use.get(&(task, name.as_str())).copied().unwrap_or(0));
        }
        drawn.lots.consume(&settled.scored, &drawn);
        Ok(())
    };
    let frame = drawable.frame().clone();
    let Made { spent, .. } = drawable.each(plan, Some(arcs), observe, one)?;
    Ok(arcs.after(&frame, &spent)?)
}

/// Writes the arcs aside and gives them their name; their digest.
fn write_arcs(folder: &Path, number: u32, rows: &[SpreadRow], plan: &Plan) -> Result<String, PublishError> {
    let name = spread_name_of(number);
    let (aside, file) = (folder.join(format!(".{name}.{}", std::process::id())), folder.join(name));
    let written = write_spread(&aside, rows, &key_values(plan))?;
    std::fs::rename(&aside, &file).map_err(|cause| PublishError::file("rename", &file, cause))?;
    Ok(written.sha256)
}

/// Replays the amendments of the round in `folder`; with `plan`, whose inputs are read again, those that were made by the same
/// inputs are made again. How many there are, and how many were made again.
///
/// # Errors
/// [`AmendError`] naming the first that does not follow.
pub fn replay(folder: &Path, plan: Option<&Plan>, observe: Observe<'_>) -> Result<(u32, u32), AmendError> {
    let mut standing = Standing::drawn(folder)?;
    let tables = tables(&standing, plan, observe)?;
    let mut again = 0;
    standing.take_in(|standing, amendment, file| {
        let effects = &amendment.effects;
        arcs_agree(standing, effects, file, observe)?;
        let digests = |receipts: &[Receipt]| receipts.iter().map(|own| own.sha256.clone()).collect::<Vec<_>>();
        let of_tables = tables.as_ref().map(|day| digests(&day.tables.receipts));
        let is_listed_only = amendment.teams_sha256.is_none();
        if !is_listed_only && of_tables != Some(digests(&amendment.inputs)) {
            return Ok(());
        }
        let now = standing.effects(plan.zip(tables.as_ref()), &amendment.change)?;
        if (Effects { spread_sha256: effects.spread_sha256.clone(), ..now }) != *effects {
            return Err(BrokenChain::at(file, "the lots give another list or other teams").into());
        }
        again += 1;
        Ok(())
    })?;
    standing.conserved()?;
    Ok((standing.taken_in as u32, again))
}

/// The arcs beside an amendment are those that come out now.
fn arcs_agree(standing: &Standing, effects: &Effects, file: &Path, observe: Observe<'_>) -> Result<(), AmendError> {
    let rows = arcs_after(standing, effects, observe)?;
    match (rows, &effects.spread_sha256) {
        (None, None) => Ok(()),
        (Some(rows), Some(_)) => {
            let number = standing.taken_in as u32 + 1;
            let mut run = PublishedRun::open(&standing.round.folder)?;
            run.put(contract::SPREAD.file, &file.with_file_name(spread_name_of(number)))?;
            let place = |cell: &dyn Fn(&str) -> String| format!("stream `{}`, {}", cell("stream"), cell("entity_id"));
            let agrees = table_agrees(&run, contract::SPREAD.file, spread_arrays(&rows), place);
            agrees.map_err(|error| AmendError::Arcs(Box::new(error)))
        }
        _ => Err(BrokenChain::at(file, "it has arcs where none are asked for, or lacks them").into()),
    }
}

/// The arcs that the last replacement left are in the place of the run's own, where there was one.
///
/// # Errors
/// [`BrokenChain`] where they are not those of the amendment.
pub fn with_arcs(run: &mut PublishedRun, spread: Option<(PathBuf, &str)>) -> Result<(), BrokenChain> {
    let Some((file, sha256)) = spread else { return Ok(()) };
    let bytes = std::fs::read(&file).map_err(|error| BrokenChain::at(&file, error.to_string()))?;
    if hex(Sha256::digest(&bytes)) != sha256 {
        return Err(BrokenChain::at(&file, "it is not the file that its amendment names"));
    }
    run.put(contract::SPREAD.file, &file).map_err(|error| BrokenChain::at(&file, error.to_string()))
}
