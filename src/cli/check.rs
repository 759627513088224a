//! `fairdraw check`

use super::console::Console;
use super::exit::CliError;
use super::summary;
use crate::ingest::{self, by_reason};
use crate::plan::{self, Overrides, Plan};
use crate::progress::{Observe, Progress};
use crate::review::{self, Workload, by_station};
use crate::run::{Planned, Prepared, RunError, RunOptions};
use crate::scoring::{ScoreError, Settled};
use crate::spill::Room;
use crate::task::Strata;
use crate::terms::{Bilingual as _, Finding, Warning, grouped};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Validate a plan and its inputs and show the expected sizes; writes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  fairdraw check pipelines/yongchuan-2023-q1.toml")]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// The folder that will be written; takes the place of output.folder.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// As `run --replace`: the folder may hold a run of another plan, seed or commitment.
    #[arg(long)]
    replace: bool,
}

pub fn run(args: Args, memory: u64, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&args.plan)?.with(Overrides { seed: None, output: args.output })?;
    let options = RunOptions { replace: args.replace, ..RunOptions::default() };
    options.check_output(&plan).map_err(RunError::from)?;
    let observe = |step: Progress<'_>| console.step(step);
    let planned = Planned::of(&plan, &observe)?;
    let plan = &*planned.plan;
    let Prepared { drawable, receipts, quarantine, mut warnings } =
        planned.prepare(false, &Room::of_memory(memory), &observe)?;
    console.line(&format!("{} is sound; as of {}", args.plan.display(), plan.as_of_date));
    summary::receipts(&receipts, console);
    summary::set_aside(&by_reason(quarantine.iter()), "", console);
    console.line(&format!("\nEntities         {:>13}", grouped(drawable.frame().len() as u64)));
    let expect = |settled: Settled<'_>| {
        Ok::<Expected, ScoreError>(Expected {
            task: settled.task.map(|task| task.id.clone()),
            exclusions: settled.scored.standing.exclusions().iter().map(|(why, of)| (why.en(), *of)).collect(),
            warnings: settled.warnings_of(settled.scored.strata.expected()),
            by_station: match settled.task {
                Some(_) => by_station(&settled.scored)?,
                None => BTreeMap::new(),
            },
            strata: settled.scored.strata,
        })
    };
    let draws = drawable.each(plan, None, &observe, expect).map_err(RunError::from)?.made;
    let mut findings = Vec::new();
    match draws.as_slice() {
        [Expected { task: None, strata, exclusions, .. }] => {
            summary::exclusions(exclusions.iter().cloned(), console);
            console.line(&format!("Eligible         {:>13}", grouped(strata.eligible())));
            console.line(&format!("Expected drawn   {:>13}", grouped(strata.expected())));
            console.line(&format!("  certain        {:>13}", grouped(strata.certain())));
            let expected = |at: usize| (strata.sizes[at] + strata.counts[at].certain, strata.counts[at].eligible);
            summary::by_member("Expected by stratum", "strata", &strata.names, expected, console);
        }
        tasks => {
            let expected = tasks.iter().map(|task| task.strata.expected()).sum();
            console.line(&format!("Tasks            {:>13}", grouped(tasks.len() as u64)));
            console.line(&format!("Expected drawn   {:>13}  over all tasks", grouped(expected)));
            let names: Vec<String> = tasks.iter().filter_map(|task| task.task.clone()).collect();
            let of_task = |at: usize| (tasks[at].strata.expected(), tasks[at].strata.eligible());
            summary::by_member("Expected by task", "tasks", &names, of_task, console);
            findings = annual_review(plan, tasks, &observe, console)?;
        }
    }
    warnings.extend(draws.into_iter().flat_map(|draw| draw.warnings));
    receipts.iter().flat_map(|receipt| &receipt.warnings).for_each(|warning| console.warning(warning));
    warnings.iter().for_each(|warning| console.warning(&warning.into()));
    findings.iter().for_each(|finding| console.warning(&finding.into()));
    Ok(())
}

/// Reviews the annual plan: prints the work of the departments, and gives what was found.
fn annual_review(
    plan: &Plan,
    tasks: &[Expected],
    observe: Observe<'_>,
    console: &Console,
) -> Result<Vec<Finding>, CliError> {
    let tables = ingest::read_roster_tables(&plan.inputs, observe).map_err(RunError::from)?;
    let expected = |own: &Expected| review::Expected {
        drawn: own.strata.expected(),
        eligible: own.strata.eligible(),
        by_station: own.by_station.clone(),
    };
    let expected: Vec<review::Expected> = tasks.iter().map(expected).collect();
    if plan.inputs.inspectors.is_some() {
        let work = review::workload(plan, &tables, &expected);
        let mut all: Vec<_> = work.iter().filter(|own| own.station.is_empty()).collect();
        all.sort_by(|a, b| b.inspections.total_cmp(&a.inspections).then_with(|| a.department.cmp(&b.department)));
        console.line("\nWork by department and month (expected inspections, inspectors at work)");
        for own in all.iter().take(summary::LISTED) {
            let Workload { department, month, inspections, inspectors, .. } = own;
            console.line(&format!("{inspections:>13.1} {:>11}  {department}, {month}", grouped(*inspectors)));
            let mut stations: Vec<_> = work
                .iter()
                .filter(|of| !of.station.is_empty() && of.department == *department && of.month == *month)
                .collect();
            stations.sort_by(|a, b| b.inspections.total_cmp(&a.inspections).then_with(|| a.station.cmp(&b.station)));
            if let Some(most) = stations.first() {
                let (of, there) = (most.inspections, grouped(most.inspectors));
                let word = summary::plural(most.inspectors, "inspector");
                console
                    .line(&format!("                             most at {}: {of:.1}, {there} {word}", most.station));
            }
        }
        if all.len() > summary::LISTED {
            console.line(&format!("              … and {} more", all.len() - summary::LISTED));
        }
    }
    let findings = review::review(plan, &tables, &expected);
    console.line(&format!(
        "\nReview of the annual plan: {}",
        match findings.len() {
            0 => "nothing found".to_owned(),
            1 => "1 finding".to_owned(),
            found => format!("{found} findings"),
        }
    ));
    Ok(findings)
}

/// What is expected of a draw.
struct Expected {
    task: Option<String>,
    strata: Strata,
    by_station: BTreeMap<String, f64>,
    exclusions: Vec<(String, u64)>,
    warnings: Vec<Warning>,
}
