//! What a night or a run came to, as OpenMetrics text.
//!
//! The format is that of <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use super::exit::CliError;
use super::nightly::{Ended, Outcome};
use crate::contract::QUARANTINE;
use crate::memory;
use crate::nightly::{Counted, Done, PlanDone, replace};
use crate::publish::PublishError;
use crate::published::{Columns, PublishedError, PublishedRun};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// A family of gauges: its name, what it says, and its samples as labels and value.
struct Family {
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    samples: Vec<(Vec<(&'static str, String)>, f64)>,
}

/// Writes the metrics of a run as those of a list of one plan.
pub fn write_run(path: &Path, name: &str, ended: &Ended<'_>) -> Result<(), CliError> {
    let mut done = Done::default();
    if let Outcome::Done(_) = ended.outcome {
        let (from, made) = Default::default();
        done.plans.insert(ended.job.written.clone(), PlanDone { from, made, at: ended.at });
    }
    write(path, name, std::slice::from_ref(ended), &done)
}

/// Writes the metrics of a night aside and renames them.
pub fn write(path: &Path, list: &str, ended: &[Ended<'_>], done: &Done) -> Result<(), CliError> {
    let text = text_of(&families(list, ended, done));
    Ok(replace(path, text.as_bytes()).map_err(|cause| PublishError::file("write", path, cause))?)
}

fn families(list: &str, ended: &[Ended<'_>], done: &Done) -> Vec<Family> {
    let family = |name, unit, help| Family { name, unit, help, samples: Vec::new() };
    let mut outcome =
        family("fairdraw_plan_outcome", "", "1 for what became of the plan: done, unchanged, failed or left-out.");
    let mut took = family("fairdraw_plan_seconds", "seconds", "Seconds that the plan took.");
    let mut steps = family("fairdraw_step_seconds", "seconds", "Seconds that a step of the plan took.");
    let mut last = family(
        "fairdraw_plan_last_success_timestamp_seconds",
        "seconds",
        "When the plan was last done, or found to stand, in seconds since 1970.",
    );
    let mut drifted = family("fairdraw_drift", "", "Changes since the last run beyond the limits of the plan.");
    let mut read = family("fairdraw_rows_read", "", "Rows read, by table, of the published run.");
    let mut aside =
        family("fairdraw_rows_set_aside", "", "Rows and cells set aside, by table and reason, of the published run.");
    let mut counts = family("fairdraw_counts", "", "What the published run counts: population, eligible, drawn …");
    for one in ended {
        let Ended { job, outcome: own, took: time, .. } = one;
        let labels = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
            let plan = [("list", list), ("plan", job.written.as_str())];
            plan.iter().chain(more).map(|&(name, value)| (name, value.to_owned())).collect()
        };
        outcome.samples.push((labels(&[("outcome", own.name())]), 1.0));
        took.samples.push((labels(&[]), time.as_secs_f64()));
        // A step that comes again counts once, with all its time.
        let mut of_steps: Vec<(&str, f64)> = Vec::new();
        for (step, took) in &one.steps {
            match of_steps.iter_mut().find(|(name, _)| name == step) {
                Some((_, sum)) => *sum += took.as_secs_f64(),
                None => of_steps.push((step, took.as_secs_f64())),
            }
        }
        steps.samples.extend(of_steps.into_iter().map(|(step, took)| (labels(&[("step", step)]), took)));
        drifted.samples.push((labels(&[]), one.drift() as f64));
        if let Some(done) = done.plans.get(&job.written) {
            last.samples.push((labels(&[]), done.at as f64));
        }
        // Nothing is said of a folder that cannot be read.
        let Ok(run) = PublishedRun::open(job.plan.folder()) else { continue };
        if let Some(counted) = Counted::of(&run) {
            for receipt in counted.tables() {
                read.samples.push((labels(&[("table", &receipt.table)]), receipt.rows_read as f64));
            }
            for (what, count) in &counted.counts {
                counts.samples.push((labels(&[("what", what)]), *count as f64));
            }
        }
        for ((table, reason), rows) in set_aside(&run).unwrap_or_default() {
            aside.samples.push((labels(&[("table", &table), ("reason", &reason)]), rows as f64));
        }
    }
    let mut peak = family("fairdraw_peak_memory_bytes", "bytes", "Most memory that the process has held.");
    peak.samples.extend(memory::peak().map(|bytes| (vec![("list", list.to_owned())], bytes as f64)));
    vec![outcome, took, steps, last, drifted, read, aside, counts, peak]
}

/// Rows and cells set aside, by table and reason.
fn set_aside(run: &PublishedRun) -> Result<BTreeMap<(String, String), u64>, PublishedError> {
    let mut rows: BTreeMap<(String, String), u64> = BTreeMap::new();
    run.visit::<PublishedError>(QUARANTINE.file, |_, names, columns| {
        let of = Columns { run, file: QUARANTINE.file, names, columns };
        let (tables, reasons) = (of.texts_named("table")?, of.texts_named("reason")?);
        for (table, reason) in tables.iter().zip(reasons) {
            *rows.entry((table.unwrap_or_default().to_owned(), reason.unwrap_or_default().to_owned())).or_default() +=
                1;
        }
        Ok(())
    })?;
    Ok(rows)
}

/// The text of families; those without samples are left out.
fn text_of(families: &[Family]) -> String {
    let mut text = String::new();
    for Family { name, unit, help, samples } in families.iter().filter(|family| !family.samples.is_empty()) {
        _ = writeln!(text, "# TYPE {name} gauge");
        if !unit.is_empty() {
            _ = writeln!(text, "# UNIT {name} {unit}");
        }
        _ = writeln!(text, "# HELP {name} {help}");
        for (labels, value) in samples {
            let labels: Vec<String> =
                labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            _ = writeln!(text, "{name}{{{}}} {value}", labels.join(","));
        }
    }
    text + "# EOF\n"
}

/// The value of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_written_as_the_format_has_them() {
        let family = |samples| Family { name: "rows", unit: "", help: "Rows.", samples };
        let labels = vec![("plan", "a \"b\"\\\n.toml".to_owned()), ("table", "企业".to_owned())];
        let text = text_of(&[family(vec![(labels, 12.0), (vec![], 0.5)]), family(Vec::new())]);
        let lines = "# TYPE rows gauge\n# HELP rows Rows.\nrows{plan=\"a \\\"b\\\"\\\\\\n.toml\",table=\"企业\"} 12\nrows{} 0.5\n# EOF\n";
        assert_eq!(text, lines);
    }
}
