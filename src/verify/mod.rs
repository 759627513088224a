//! Recomputes a published run from its own files, and from its inputs where they are at hand.
//!
//! From its own files: the seed, the plan and what the registries said are taken as they are published, and from these
//! come again eligibility, weights, strata, sizes, lots, probabilities, selection, the tables of the draw and every
//! figure of the manifest that follows from them. With the inputs: also what the registries said, the rows set aside and
//! the warnings. With what was announced (seed, commitment): that the run is the one announced. The program's version is
//! recorded and not checked, unless a commitment binds it.

mod difference;
mod files;
mod published;

use crate::coding::codes_of;
use crate::commitment;
use crate::contract::{self, PLAN_FILE, REPORT_FILES, TASKS_FILE, Table, table_of_part};
use crate::frame::{Frame, FrameError};
use crate::ingest::Receipt;
use crate::lottery::LotteryError;
use crate::message::Message;
use crate::plan::{self, Files, Overrides, Plan, PlanErrors};
use crate::progress::{Observe, Progress};
use crate::publish::frame_table::FrameTable;
use crate::publish::manifest::Manifest;
use crate::publish::run_folder::{self, Beside, Outcome, Pages, Record};
use crate::publish::tables;
use crate::published::{PublishedError, PublishedRun};
use crate::report::{self, ReportError, Source};
use crate::run::{self, Drawn, Left, Planned, Prepared, RunError, normal_commitment};
use crate::sampling::CONTRACT;
use crate::scoring::{Drawable, ScoreError};
use crate::spill::Room;
use crate::spread::Arcs;
use crate::terms::{Warning, grouped, parse_date};
use difference::first_difference_of_text;
pub(crate) use difference::{differ, same};
use files::digests;
pub(crate) use files::{file_digests, quarantine_rows};
pub use files::{outputs_of, vouched};
pub(crate) use published::table_agrees;
use published::{draw_agrees, frame_agrees, manifest_agrees};
use std::path::Path;
use std::sync::Arc;

/// What a run is compared with besides its own files.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// Bytes of memory that the frame may take; beyond these its parts are read as they are needed.
    pub memory: u64,
    /// The plan, loaded from where it stands: its inputs are read again.
    pub inputs: Option<&'a Plan>,
    /// The seed as it was announced.
    pub seed: Option<&'a str>,
    /// The commitment as it was announced.
    pub commitment: Option<&'a str>,
}

/// A run that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Seed of the lots; `None` when the agency's own random numbers are used.
    pub seed: Option<String>,
    /// Where the seed comes from, as the plan announced it.
    pub seed_source: Option<String>,
    /// What was checked and held, one sentence a check.
    pub checks: Vec<String>,
    /// What was not checked, and what stands beside the run.
    pub remarks: Vec<String>,
}

/// Why a run is not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first thing that differs.
    #[error("{place}: published {published}, recomputed {recomputed}")]
    Difference {
        /// File, column, entity or stratum.
        place: String,
        /// What the run says.
        published: String,
        /// What comes out now.
        recomputed: String,
    },
    /// The run is not the one that was announced.
    #[error("manifest.json, {what}: published {published}, announced {announced}")]
    NotAnnounced {
        /// "seed" or "commitment".
        what: &'static str,
        /// What the run says.
        published: String,
        /// What was announced.
        announced: String,
    },
    /// What is published cannot be drawn from.
    #[error("the published frame cannot be drawn from again: {0}")]
    Undrawable(#[source] Box<RunError>),
    /// The run cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The pages cannot be made again.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The published plan cannot be read.
    #[error("the published plan: {0}")]
    Plan(#[from] PlanErrors),
    /// The figures cannot be computed again.
    #[error("the figures cannot be computed again: {0}")]
    Figures(#[source] Box<crate::kpi::KpiError>),
    /// The second lot cannot be dealt again.
    #[error("inspectors cannot be dealt again: {0}")]
    Assignment(#[source] Box<crate::assign::AssignError>),
    /// The inputs cannot be read again.
    #[error("the inputs cannot be read again: {0}")]
    Inputs(#[source] Box<RunError>),
}

impl From<RunError> for VerifyError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Score(error) => error.into(),
            error => Self::Undrawable(Box::new(error)),
        }
    }
}

impl From<ScoreError> for VerifyError {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Frame(error) | ScoreError::Lottery(LotteryError::Frame(error)) => error.into(),
            error => Self::Undrawable(Box::new(error.into())),
        }
    }
}

impl From<FrameError> for VerifyError {
    /// The parts of a published frame are the run's own.
    fn from(FrameError(error): FrameError) -> Self {
        match error.downcast::<PublishedError>() {
            Ok(published) => Self::Published(*published),
            Err(other) => Self::Undrawable(Box::new(FrameError(other).into())),
        }
    }
}

/// Checks the run in the folder `run`, which may be replaced meanwhile: all files are those of one run.
///
/// # Errors
/// [`VerifyError::Difference`] names the first difference; other variants say what cannot be read.
pub fn verify(run: &Path, against: Against<'_>, observe: Observe<'_>) -> Result<Passed, VerifyError> {
    let run = Arc::new(PublishedRun::open(run)?);
    let manifest = run.manifest()?;
    same("manifest.json, contract", manifest.contract.as_str(), CONTRACT)?;
    announced(&manifest, &against)?;

    observe(Progress::Step("digests"));
    digests(&run, &manifest)?;
    let plan = published_plan(&run, &manifest)?;
    key_values_agree(&run, &plan)?;

    observe(Progress::Step("ids, weights, strata"));
    let frame = run.frame(&plan, against.memory)?;
    ids_ascend(&frame)?;
    attributes_are_asked_for(&frame, &plan)?;
    let arcs = Arcs::of_round(&run, false)?.unwrap_or_default();
    let drawable = Drawable::new(frame, &plan, Some(&arcs), observe)?;

    observe(Progress::Step("lots, probabilities, selection"));
    let as_of = parse_date(&manifest.as_of);
    let mut codes = codes_of(&run)?.unwrap_or_default();
    // Those of earlier rounds stay as they were published.
    codes.retain(|own| as_of.is_some_and(|as_of| own.given < as_of));
    agrees(&run, &manifest, &plan, (drawable, &Left { arcs, codes }), None, observe)?;
    let (entities, strata) = (manifest.counts.population, manifest.strata_count());
    let tasks = match manifest.tasks.len() {
        0 => String::new(),
        1 => "1 task, ".to_owned(),
        tasks => format!("{} tasks, ", grouped(tasks as u64)),
    };
    let mut checks = vec![
        format!("{} files have the digests of the manifest", manifest.outputs.len()),
        format!(
            "{} entities: eligibility, factors, weight, lot and probability follow from plan, seed and ratings",
            grouped(entities)
        ),
        format!(
            "{tasks}{} {}: size, cut line, {} drawn, {} in reserve",
            grouped(strata),
            if strata == 1 { "stratum" } else { "strata" },
            grouped(manifest.counts.drawn),
            grouped(manifest.counts.reserve)
        ),
    ];
    if against.seed.is_some() {
        checks.push("the seed is the one announced".to_owned());
    }
    if manifest.commitment.is_some() {
        let announced = if against.commitment.is_some() { ", which is the one announced" } else { "" };
        checks.push(format!("frame, plan and version are those of the published commitment{announced}"));
    }
    let mut remarks = Vec::new();
    match against.inputs {
        Some(plan) => {
            inputs_agree(&run, &manifest, plan, &Room::of_memory(against.memory), observe)?;
            checks.push(format!("{} inputs give the same run again", manifest.inputs.len()));
        }
        None => remarks.push(
            "not checked: what the registries say (names, regions … and ratings), the rows set aside, input digests and \
             warnings; give --plan to read the inputs again"
                .to_owned(),
        ),
    }
    if manifest.commitment.is_none() {
        let bound =
            if manifest.seed_source.is_some() { ", although the plan announces where its seed comes from" } else { "" };
        remarks.push(format!(
            "bound by no commitment{bound}: that the plan stood before the seed, and the program's version, are not checked"
        ));
    } else if against.seed.is_none() || against.commitment.is_none() {
        remarks.push("not compared with what was announced: give --seed and --commitment".to_owned());
    }
    // Last, as what the pages say follows from all the rest.
    remarks.extend(pages_agree(&run, &manifest.fairdraw, || report::draw_pages(Source::Published(&run), &manifest))?);
    if !run.other_files.is_empty() {
        remarks.push(format!("not part of the run: {}", run.other_files.join(", ")));
    }
    Ok(Passed { seed: manifest.seed, seed_source: manifest.seed_source, checks, remarks })
}

/// The published pages are those that come out now; a remark where another version, which may have worded them otherwise,
/// wrote them.
pub(crate) fn pages_agree(
    run: &PublishedRun,
    version: &str,
    pages: impl FnOnce() -> Result<Pages, ReportError>,
) -> Result<Option<String>, VerifyError> {
    if version != env!("CARGO_PKG_VERSION") {
        return Ok(Some(format!("not checked: that the pages say what the tables do; version {version} wrote them")));
    }
    for (name, page) in REPORT_FILES.into_iter().zip(&pages()?) {
        let published = run.text(name)?;
        if let Some((at, was, now)) = first_difference_of_text(&published, page) {
            return Err(differ(format!("{name}, byte {at}"), was, now));
        }
    }
    Ok(None)
}

/// The run is the one that was announced.
fn announced(manifest: &Manifest, against: &Against<'_>) -> Result<(), VerifyError> {
    if let Some(seed) = against.seed {
        let published = manifest.seed.as_deref().unwrap_or("no seed");
        if published != seed {
            return Err(VerifyError::NotAnnounced {
                what: "seed",
                published: format!("{published:?}"),
                announced: format!("{seed:?}"),
            });
        }
    }
    if let Some(commitment) = against.commitment {
        let published = manifest.commitment.as_deref().unwrap_or("no commitment");
        let announced = normal_commitment(commitment);
        if published != announced {
            return Err(VerifyError::NotAnnounced { what: "commitment", published: published.into(), announced });
        }
    }
    Ok(())
}

/// The plan as it was, with the seed of the run.
pub(crate) fn published_plan(run: &PublishedRun, manifest: &Manifest) -> Result<Plan, VerifyError> {
    let text = run.text(PLAN_FILE)?;
    let mut plan = plan::parse(&text, Path::new("published/plan.toml"), Files::NotAsked)?;
    same("plan.toml, SHA-256", &manifest.plan.sha256, &plan.sha256)?;
    if plan.inputs.tasks.is_some() {
        plan = plan.with_task_table(&run.text(TASKS_FILE)?)?;
    }
    with_seed(plan, manifest)
}

/// A plan with the seed of the run; a plan that names another seed is not the plan of this run.
fn with_seed(plan: Plan, manifest: &Manifest) -> Result<Plan, VerifyError> {
    if let Some(seed) = &plan.draw.seed {
        let published = manifest.seed.as_deref().unwrap_or_default();
        same("manifest.json, seed (beside the plan's)", published, seed)?;
        if let Some(commitment) = &manifest.commitment {
            return Err(differ("manifest.json, commitment", commitment, "none: the plan names its seed"));
        }
    }
    Ok(plan.with(Overrides { seed: manifest.seed.clone(), output: None })?)
}

/// What the tables say of themselves beside their rows.
fn key_values_agree(run: &PublishedRun, plan: &Plan) -> Result<(), VerifyError> {
    let expected = run_folder::key_values(plan);
    let is_written = |table: &&Table| match table.file {
        file if file == contract::ROUND_TASKS.file => !plan.tasks().is_empty(),
        file if file == contract::SPREAD.file => plan.methods().any(|method| method.spread),
        file if file == contract::CODES.file => plan.codes.is_some(),
        _ => true,
    };
    contract::DRAW_TABLES.iter().filter(is_written).try_for_each(|table| {
        let published = run.table(table.file)?.key_values();
        for (at, (key, value)) in expected.iter().enumerate() {
            let found = published.get(at).filter(|(own, _)| own == key).and_then(|(_, found)| found.as_deref());
            same(&format!("{}, key-value `{key}`", table.file), found.unwrap_or("nothing"), value)?;
        }
        match published.get(expected.len()) {
            None => Ok(()),
            Some((key, _)) => Err(differ(format!("{}, key-values", table.file), format!("{key:?}"), "no such key")),
        }
    })
}

/// A column of the registry is one of the contract's, or the plan names it.
fn attributes_are_asked_for(frame: &Frame, plan: &Plan) -> Result<(), VerifyError> {
    let part = frame.part(0)?;
    let is_foreign = |name: &&str| !contract::FRAME.has_column(name) && plan.named_columns().all(|own| own != name);
    match part.attributes.iter().map(|attribute| &*attribute.name).find(is_foreign) {
        None => Ok(()),
        Some(name) => Err(differ("frame.parquet, columns", name, "no such column")),
    }
}

fn ids_ascend(frame: &Frame) -> Result<(), VerifyError> {
    let mut before: Option<String> = None;
    for part in frame.parts() {
        let (first, part) = part?;
        let fault = |row: usize, before: String| {
            let place = format!("frame.parquet, entity_id, row {}", first + row + 1);
            Err(differ(place, part.id(row), format!("an id above {before}")))
        };
        if let Some(before) = before.take().filter(|before| !part.is_empty() && *before >= part.id(0)) {
            return fault(0, before);
        }
        if let Some(row) = part.keys.windows(2).position(|pair| !part.space.compare(pair[0], pair[1]).is_lt()) {
            return fault(row + 1, part.id(row));
        }
        before = part.len().checked_sub(1).map(|last| part.id(last));
    }
    Ok(())
}

/// Draws again and compares every table and every figure with the published ones; `read` is what the inputs gave, where
/// they were read again.
fn agrees(
    run: &PublishedRun,
    manifest: &Manifest,
    plan: &Plan,
    (drawable, left): (Drawable<'_>, &Left),
    read: Option<(Vec<Receipt>, Vec<Warning>)>,
    observe: Observe<'_>,
) -> Result<(), VerifyError> {
    let (frame, of_tasks) = (drawable.frame().clone(), !plan.tasks().is_empty());
    let Drawn { mut outcomes, digests, warnings: of_draws, spread, codes } =
        run::draw(plan, drawable, left, manifest.commitment.is_some(), observe)?;
    let (list, summary) = match outcomes.as_slice() {
        [Outcome::One(draw)] => {
            let mut beside = Beside::new(draw);
            let table = FrameTable::of(plan, &frame, Some(draw))?;
            frame_agrees(run, &frame, &table, |part| beside.push_and_take(part))?;
            beside.finish()?
        }
        _ => {
            frame_agrees(run, &frame, &FrameTable::of(plan, &frame, None)?, |_| ())?;
            run_folder::of_tasks(&frame, &mut outcomes)?
        }
    };
    draw_agrees(run, &list, plan)?;
    table_agrees(run, contract::SUMMARY.file, tables::summary_arrays(&summary, of_tasks), |cell| {
        let task = if of_tasks { format!("task `{}`, ", cell("task_id")) } else { String::new() };
        format!("{task}{} {}", cell("level"), cell("value"))
    })?;
    let mut counted = vec![
        (contract::FRAME.file, frame.len()),
        (contract::DRAW.file, list.rows.len()),
        (contract::SUMMARY.file, summary.len()),
    ];
    if of_tasks {
        let tasks = run_folder::task_rows(plan, &outcomes);
        let place = |cell: &dyn Fn(&str) -> String| format!("task `{}`", cell("task_id"));
        table_agrees(run, contract::ROUND_TASKS.file, tables::task_arrays(&tasks), place)?;
        counted.push((contract::ROUND_TASKS.file, tasks.len()));
    }
    if let Some(rows) = &spread {
        let place = |cell: &dyn Fn(&str) -> String| format!("stream `{}`, {}", cell("stream"), cell("entity_id"));
        table_agrees(run, contract::SPREAD.file, tables::spread_arrays(rows), place)?;
        counted.push((contract::SPREAD.file, rows.len()));
    } else if manifest.outputs.iter().any(|output| output.file == contract::SPREAD.file) {
        return Err(differ("manifest.json, outputs", contract::SPREAD.file, "no such file"));
    }
    if let Some(rows) = &codes {
        table_agrees(run, contract::CODES.file, tables::code_arrays(rows), |cell| cell("id"))?;
        counted.push((contract::CODES.file, rows.len()));
    } else if manifest.outputs.iter().any(|output| output.file == contract::CODES.file) {
        return Err(differ("manifest.json, outputs", contract::CODES.file, "no such file"));
    }
    for (file, rows) in counted {
        let of_file = manifest.outputs.iter().filter(|own| own.file == file || table_of_part(&own.file) == Some(file));
        let published = of_file.fold(0, |rows: u64, output| rows.saturating_add(output.rows));
        same(&format!("manifest.json, rows of {file}"), published, rows as u64)?;
    }
    if let Some(commitment) = &manifest.commitment {
        let now = commitment::of(plan, &digests, &manifest.fairdraw).commitment;
        same("manifest.json, commitment", commitment, &now)?;
    }
    let (receipts, quarantine, warnings) = (Vec::new(), Vec::new(), Vec::new());
    let record =
        Record { plan, frame: &frame, outcomes, spread, codes, receipts, quarantine, warnings, commitment: None };
    let recomputed = run_folder::manifest(record, &list, manifest.outputs.clone());
    let recomputed = Manifest {
        fairdraw: manifest.fairdraw.clone(),
        commitment: manifest.commitment.clone(),
        inputs: manifest.inputs.clone(),
        warnings: manifest.warnings.clone(),
        ..recomputed
    };
    let recomputed = match read {
        None => recomputed,
        Some((inputs, warnings)) => {
            let warnings = warnings.iter().chain(&of_draws).map(Message::from).collect();
            Manifest { inputs, warnings, ..recomputed }
        }
    };
    manifest_agrees(run, &recomputed)
}

/// The files read now are those that were read then.
pub(crate) fn inputs_are_those(then: &[Receipt], now: &[Receipt]) -> Result<(), VerifyError> {
    let digest = |of: &[Receipt], own: &Receipt| {
        let same = of.iter().find(|other| (&other.table, &other.file) == (&own.table, &own.file));
        same.map_or("nothing".to_owned(), |same| same.sha256.clone())
    };
    then.iter().chain(now).try_for_each(|own| {
        same(&format!("input {} {}, SHA-256", own.table, own.file), &digest(then, own), &digest(now, own))
    })
}

/// The inputs are the ones that were read, and give the same run.
fn inputs_agree(
    run: &PublishedRun,
    manifest: &Manifest,
    plan: &Plan,
    room: &Room,
    observe: Observe<'_>,
) -> Result<(), VerifyError> {
    same("the plan, SHA-256", &manifest.plan.sha256, &plan.sha256)?;
    let plan = with_seed(plan.clone(), manifest)?;
    let unreadable = |error| VerifyError::Inputs(Box::new(error));
    let planned = Planned::of(&plan, observe).map_err(unreadable)?;
    let read = planned.prepare(true, room, observe).map_err(unreadable)?;
    let Prepared { drawable, receipts, mut quarantine, warnings } = read;
    inputs_are_those(&manifest.inputs, &receipts)?;
    run_folder::order_quarantine(&mut quarantine);
    table_agrees(run, contract::QUARANTINE.file, tables::quarantine_arrays(&quarantine), |cell| {
        format!("{} row {}", cell("file"), cell("row"))
    })?;
    agrees(run, manifest, &planned.plan, (drawable, &planned.left), Some((receipts, warnings)), observe)
}
