//! `fairdraw nightly`

use super::console::Console;
use super::exit::{CliError, Exit};
use super::{kpi, lineage, metrics, run};
use crate::ingest::Receipt;
use crate::kpi::known_figures;
use crate::nightly::{Counted, Done, made_from};
use crate::plan::{self, AnyPlan, Files, Job, Nightly};
use crate::publish::PublishError;
use crate::publish::history::{HistoryRow, write_night};
use crate::published::PublishedRun;
use crate::run::{RunError, RunOptions};
use crate::terms::Lang;
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Run a list of plans: draws and figures, in the order that follows from what reads what.
///
/// A plan whose inputs, text and version have not changed since it was done, and whose published files are as they were, is left as it
/// stands. A plan that fails leaves its published folder as it was (a draw stands that no inspectors can be
/// dealt to); those that read from it are left out, all others are run. Run the
/// list again after a night that was broken off: what was done stands.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw nightly pipelines/nightly.toml
  fairdraw nightly nightly.toml --log json --metrics-file /var/lib/node_exporter/fairdraw.prom
  fairdraw nightly nightly.toml --list        # the order, and what would be done")]
pub struct Args {
    /// The list, a TOML document (see `fairdraw schema --nightly`).
    list: PathBuf,
    /// Say in which order the plans come and what would be done, and do nothing.
    #[arg(long = "list")]
    only_list: bool,
    /// Replace published runs of another text or seed of the same plan.
    #[arg(long)]
    replace: bool,
    /// Go on although inputs have drifted beyond limits at which a plan stops.
    #[arg(long)]
    accept_drift: bool,
    /// Wait up to this many seconds for another run of the same output instead of failing.
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
    /// Write what was done as OpenMetrics text, for the text file collector of Prometheus' node exporter or the like.
    #[arg(long, value_name = "FILE")]
    metrics_file: Option<PathBuf>,
    /// Append what was read and written as OpenLineage events, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    lineage_file: Option<PathBuf>,
}

/// What became of a plan.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was run; how much has drifted since the last run.
    Done(usize),
    /// It stands as it was done before.
    Unchanged,
    /// It failed.
    Failed(CliError),
    /// It reads what this plan did not write.
    LeftOut(String),
}

impl Outcome {
    /// A word for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Unchanged => "unchanged",
            Self::Failed(_) => "failed",
            Self::LeftOut(_) => "left-out",
        }
    }
}

/// A plan of the list, when the night is over.
#[derive(Debug)]
pub(super) struct Ended<'n> {
    pub job: &'n Job,
    pub outcome: Outcome,
    pub took: Duration,
    /// Its steps, and how long each took.
    pub steps: Vec<(String, Duration)>,
    /// When it ended, in seconds since 1970.
    pub at: u64,
}

impl Ended<'_> {
    /// How much has drifted since the last run.
    pub fn drift(&self) -> usize {
        match &self.outcome {
            Outcome::Done(drift) => *drift,
            Outcome::Failed(CliError::Run(RunError::Drift { changes })) => changes.len(),
            _ => 0,
        }
    }

    /// Its row of the history.
    fn row(&self, list: &str, done: &Done) -> HistoryRow {
        let Self { job, outcome, took, at, .. } = self;
        let run = PublishedRun::open(job.plan.folder()).ok();
        let counted = run.as_ref().and_then(Counted::of);
        let count = |what: &str| counted.as_ref().and_then(|counted| counted.count(what));
        let rows = counted.as_ref().map(|counted| {
            let sum = |of: fn(&Receipt) -> u64| counted.tables().map(of).sum::<u64>() as i64;
            (sum(|receipt| receipt.rows_read), sum(|receipt| receipt.quarantined))
        });
        HistoryRow {
            ended_at: *at as i64,
            list: list.to_owned(),
            plan: job.written.clone(),
            outcome: outcome.name().to_owned(),
            error: match outcome {
                Outcome::Failed(error) => Some(error.to_string()),
                Outcome::LeftOut(of) => Some(format!("it reads what {of} did not write")),
                Outcome::Done(_) | Outcome::Unchanged => None,
            },
            seconds: took.as_secs_f64(),
            fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
            plan_digest: job.plan.sha256().to_owned(),
            made: done.plans.get(&job.written).map(|done| done.made.clone()),
            rows,
            drawn: count("population").zip(count("eligible")).zip(count("drawn")).map(|((a, b), c)| (a, b, c)),
            figures: count("figures"),
            drift: self.drift() as i64,
        }
    }
}

/// The folder with the history of a list, beside the file that keeps what was done.
pub(super) fn history_folder(nightly: &Nightly) -> PathBuf {
    let name = nightly.done.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".json").unwrap_or(name);
    nightly.done.with_file_name(format!("{}.history", stem.strip_suffix(".done").unwrap_or(stem)))
}

pub fn run(args: Args, memory: u64, console: &Console) -> Result<(), CliError> {
    let nightly = plan::load_nightly(&args.list, &known_figures())?;
    let mut done = Done::read(&nightly.done).map_err(|error| {
        let file = nightly.done.display();
        CliError::Usage(format!(
            "{file}, which keeps what was done, cannot be used ({error}); move it away, and every plan is run anew"
        ))
    })?;
    if args.only_list {
        let mut to_be_run: Vec<bool> = Vec::new();
        for job in &nightly.jobs {
            let stands = done.stands(&job.written, &job.plan);
            let after_others = job.reads.iter().any(|&place| to_be_run[place]);
            let what = match (stands, after_others) {
                (false, _) => "to be run",
                (true, true) => "to be run if what it reads changes",
                (true, false) => "stands",
            };
            to_be_run.push(!stands || after_others);
            console.answer(&format!("{}  {what}  → {}", job.written, job.plan.folder().display()))?;
        }
        return Ok(());
    }
    let _lock = lock(&nightly)?;
    if let Some(folder) = nightly.done.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|cause| PublishError::file("create the folder", folder, cause))?;
    }
    let (mut ended, mut records): (Vec<Ended<'_>>, Vec<Result<(), CliError>>) = (Vec::new(), Vec::new());
    for job in &nightly.jobs {
        console.line(&format!("\n── {} ──", job.written));
        console.take_steps();
        let (outcome, took) = timed(|| one(job, &ended, &mut done, &args, memory, console));
        match &outcome {
            Outcome::Failed(error) => console.error(error),
            Outcome::LeftOut(of) => console.line(&format!("left out: it reads what {of} did not write")),
            Outcome::Unchanged => console.line("nothing to do: inputs, plan and version are as they were"),
            Outcome::Done(_) => {}
        }
        console.plan_ended(&job.written, outcome.name(), took);
        ended.push(Ended { job, outcome, took, steps: console.take_steps(), at: now() });
        records.push(done.write(&nightly.done).map_err(CliError::from));
    }
    let rows: Vec<HistoryRow> = ended.iter().map(|own| own.row(&nightly.name, &done)).collect();
    records.push(write_night(&history_folder(&nightly), &rows).map_err(CliError::from));
    let write_metrics = |file: &PathBuf| metrics::write(file, &nightly.name, &ended, &done);
    records.extend(args.metrics_file.as_ref().map(write_metrics));
    records.extend(args.lineage_file.as_ref().map(|file| lineage::append(file, &nightly.name, &ended)));
    // Whoever looks after the night is told of all of it, whatever record could not be written.
    conclude(&ended, console)?;
    records.into_iter().collect()
}

/// Runs a plan, if it is to be run.
fn one(job: &Job, before: &[Ended<'_>], done: &mut Done, args: &Args, memory: u64, console: &Console) -> Outcome {
    let has_failed = |own: &Ended<'_>| matches!(own.outcome, Outcome::Failed(_) | Outcome::LeftOut(_));
    if let Some(failed) = job.reads.iter().map(|&place| &before[place]).find(|own| has_failed(own)) {
        return Outcome::LeftOut(failed.job.written.clone());
    }
    if done.stands(&job.written, &job.plan) {
        done.keep_standing(&job.written, now());
        return Outcome::Unchanged;
    }
    let wait = args.wait.map(Duration::from_secs);
    // Inputs may have been written by the plans before.
    let ran = plan::load_any(&job.path, Files::MustExist, &known_figures()).map_err(CliError::from).and_then(|plan| {
        let (from, mut drift) = (made_from(&plan), 0);
        match &plan {
            AnyPlan::Draw(own) => {
                own.lot_source()?;
                let options = RunOptions {
                    wait,
                    replace: args.replace,
                    accept_drift: args.accept_drift,
                    memory: Some(memory),
                    ..RunOptions::default()
                };
                drift = run::draw(own, options, console)?;
            }
            AnyPlan::Figures(own) => kpi::figures(own, wait, args.replace, Lang::En, console)?,
        }
        done.keep(&job.written, from, &plan, now());
        Ok(drift)
    });
    ran.map_or_else(Outcome::Failed, Outcome::Done)
}

/// One night at a time: the list is locked while it is run.
fn lock(nightly: &Nightly) -> Result<File, CliError> {
    let path = nightly.path.display();
    let file =
        File::open(&nightly.path).map_err(|error| CliError::Output(format!("{path} cannot be locked: {error}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(CliError::Output(format!("{path} is being run by another process; wait until it has ended")))
        }
        Err(TryLockError::Error(error)) => Err(CliError::Output(format!("{path} cannot be locked: {error}"))),
    }
}

/// A line for each plan; the first failure makes the exit code.
fn conclude(ended: &[Ended<'_>], console: &Console) -> Result<(), CliError> {
    console.line("");
    let width = ended.iter().map(|own| own.job.written.chars().count()).max().unwrap_or(0);
    for Ended { job, outcome, took, .. } in ended {
        console.line(&format!("{:<width$}  {:<9}  {:>7.1} s", job.written, outcome.name(), took.as_secs_f64()));
    }
    let failures = ended.iter().filter_map(|own| match &own.outcome {
        Outcome::Failed(error) => Some((own.job.written.clone(), error.exit())),
        _ => None,
    });
    let (failed, exits): (Vec<String>, Vec<Exit>) = failures.unzip();
    let left_out = ended.iter().filter(|own| matches!(own.outcome, Outcome::LeftOut(_))).count();
    match exits.first() {
        None => Ok(()),
        Some(&exit) => Err(CliError::Night { failed, left_out, of: ended.len(), exit }),
    }
}

#[allow(clippy::disallowed_methods, reason = "how long a plan took is for who looks after the night")]
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let value = work();
    (value, begin.elapsed())
}

/// Seconds since 1970.
#[allow(
    clippy::disallowed_methods,
    reason = "when a plan last stood is for who looks after the night, and is published nowhere"
)]
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
