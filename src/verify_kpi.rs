//! Recomputes a folder of figures: from its own files, and from its inputs where they are at hand.
//!
//! From its own files: that they are those that the manifest vouches for, and that value and interval of every figure follow
//! from the counts beside them. With the plan: the inputs are read again, everything is computed again, and every file must
//! come out byte for byte.

use std::path::Path;

use arrow::array::{Array, ArrayRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::Deserialize;

use crate::contract::{self, KPI_FILES, MANIFEST_FILE, PLAN_FILE};
use crate::kpi::{self, KpiError, Z95};
use crate::plan::{self, Files, KpiPlan};
use crate::progress::{Observe, Progress};
use crate::publish::kpi_folder::{KPI_CONTRACT, KpiManifest};
use crate::published::{Columns, PublishedError, PublishedRun};
use crate::report::Source;
use crate::sampling::estimate::wilson;
use crate::terms::grouped;
use crate::verify::{Passed, VerifyError, differ, file_digests, pages_agree, quarantine_rows, same};

/// Whether the folder `run` holds figures and not a draw.
pub fn holds_figures(run: &Path) -> bool {
    /// The key that tells them apart.
    #[derive(Deserialize)]
    struct Contract {
        contract: String,
    }
    let text = PublishedRun::open(run).and_then(|run| run.text(MANIFEST_FILE)).unwrap_or_default();
    serde_json::from_str::<Contract>(&text).is_ok_and(|manifest| manifest.contract == KPI_CONTRACT)
}

/// Checks the figures in the folder `run`; with `plan`, whose inputs are read again.
///
/// # Errors
/// [`VerifyError::Difference`] names the first difference; other variants say what cannot be read.
pub fn verify_figures(run: &Path, plan: Option<&KpiPlan>, observe: Observe<'_>) -> Result<Passed, VerifyError> {
    let published = PublishedRun::open(run)?;
    let manifest = manifest(&published)?;
    observe(Progress::Step("digests"));
    file_digests(&published, &manifest.outputs, &KPI_FILES)?;
    quarantine_rows(&published, &manifest.inputs)?;
    observe(Progress::Step("figures"));
    let rows = figures_follow(&published)?;
    let mut checks = vec![
        format!("{} files have the digests of the manifest", manifest.outputs.len()),
        format!("{} figures: value and interval follow from numerator and denominator", grouped(rows as u64)),
    ];
    let mut remarks: Vec<String> = published.other_files.iter().map(|file| format!("not of the run: {file}")).collect();
    match plan {
        None => remarks.push("the inputs were not read again; --plan PLAN does that".to_owned()),
        Some(plan) => {
            same("manifest.json, plan.sha256", &manifest.plan.sha256, &plan.sha256)?;
            recompute(&published, &manifest, plan, observe)?;
            checks.push("every file comes out again from the plan and its inputs, byte for byte".to_owned());
        }
    }
    let own = published_plan(&published)?;
    let pages = || kpi::pages(Source::Published(&published), &manifest, &own);
    remarks.extend(pages_agree(&published, &manifest.fairdraw, pages)?);
    Ok(Passed { seed: None, seed_source: None, checks, remarks })
}

/// The manifest of a folder of figures.
///
/// # Errors
/// [`VerifyError::Published`] if it cannot be read.
pub fn manifest(run: &PublishedRun) -> Result<KpiManifest, VerifyError> {
    let text = run.text(MANIFEST_FILE)?;
    Ok(serde_json::from_str(&text).map_err(|error| run.fault(MANIFEST_FILE, error.to_string()))?)
}

/// The plan of a folder of figures, as it was.
///
/// # Errors
/// [`VerifyError`] if it cannot be read.
pub fn published_plan(run: &PublishedRun) -> Result<KpiPlan, VerifyError> {
    let text = run.text(PLAN_FILE)?;
    Ok(plan::parse_kpi(&text, Path::new("published/plan.toml"), Files::NotAsked, &kpi::known_figures())?)
}

/// Value and interval of every figure, from the counts beside them; the number of rows.
fn figures_follow(run: &PublishedRun) -> Result<usize, VerifyError> {
    let file = contract::KPI.file;
    run.visit(file, |first, names, columns| {
        let of = Columns { run, file, names, columns };
        let (above, below) = (of.wholes_named("numerator")?, of.wholes_named("denominator")?);
        let (value, low, high) = (of.reals_named("value")?, of.reals_named("ci_low")?, of.reals_named("ci_high")?);
        for row in 0..above.len() {
            let number = |column: &arrow::array::Int64Array| column.is_valid(row).then(|| column.value(row));
            let float = |column: &arrow::array::Float64Array| column.is_valid(row).then(|| column.value(row));
            let place = |what: &str| format!("{file}, {what} of row {}", first + row + 1);
            let expected = match (number(above), number(below)) {
                (Some(above), None) => Some(above as f64),
                (Some(above), Some(below)) if below > 0 => Some(above as f64 / below as f64),
                _ => None,
            };
            same(&place("value"), float(value), expected)?;
            if let (Some(low), Some(high)) = (float(low), float(high)) {
                let counts = number(above).zip(number(below));
                let counts = counts.and_then(|(above, below)| Some((above.try_into().ok()?, below.try_into().ok()?)));
                let bounds = counts.and_then(|(above, below)| wilson(above, below, Z95));
                same(&place("interval"), Some((low, high)), bounds)?;
            }
        }
        Ok(())
    })
}

/// Computes everything again beside the folder, and compares file by file.
fn recompute(
    run: &PublishedRun,
    manifest: &KpiManifest,
    plan: &KpiPlan,
    observe: Observe<'_>,
) -> Result<(), VerifyError> {
    let home = tempfile::tempdir().map_err(|error| run.fault(MANIFEST_FILE, error.to_string()))?;
    let folder = home.path().join("again");
    let again = KpiPlan { folder: folder.clone(), ..plan.clone() };
    let computed = kpi::run(&again, None, false, observe).map_err(|error| match error {
        KpiError::Publish(error) => run.fault(MANIFEST_FILE, error.to_string()).into(),
        other => VerifyError::Figures(Box::new(other)),
    })?;
    let recomputed = PublishedRun::open(&folder)?;
    for (published, now) in manifest.outputs.iter().zip(&computed.manifest.outputs) {
        if published.sha256 == now.sha256 {
            continue;
        }
        if published.file.ends_with(".parquet") {
            first_difference(run, &recomputed, &published.file)?;
        }
        return Err(differ(format!("{}, SHA-256", published.file), &published.sha256, &now.sha256));
    }
    let json = |manifest: &KpiManifest| serde_json::to_value(manifest).unwrap_or_default();
    let (published, now) = (json(manifest), json(&computed.manifest));
    for (key, value) in published.as_object().into_iter().flatten().filter(|(key, _)| *key != "fairdraw") {
        same(&format!("manifest.json, {key}"), Some(value), now.get(key))?;
    }
    Ok(())
}

/// Names the first cell of a table that differs.
fn first_difference(run: &PublishedRun, again: &PublishedRun, file: &str) -> Result<(), VerifyError> {
    let read = |run: &PublishedRun| -> Result<(Vec<String>, Vec<Vec<ArrayRef>>), PublishedError> {
        let (mut names, mut batches) = (Vec::new(), Vec::new());
        run.visit(file, |_, of_table, columns| {
            names = of_table.to_vec();
            batches.push(columns.to_vec());
            Ok::<(), PublishedError>(())
        })?;
        Ok((names, batches))
    };
    let (published, now) = (read(run)?, read(again)?);
    same(&format!("{file}, columns"), &published.0, &now.0)?;
    let rows = |batches: &[Vec<ArrayRef>]| -> usize {
        batches.iter().map(|columns| columns.first().map_or(0, |column| column.len())).sum()
    };
    let options = FormatOptions::default().with_null("null");
    let mut first = 0;
    for (own, other) in published.1.iter().zip(&now.1) {
        for (name, (own, other)) in published.0.iter().zip(own.iter().zip(other)) {
            let fault = |error: arrow::error::ArrowError| run.fault(file, error.to_string());
            let (left, right) = (
                ArrayFormatter::try_new(own, &options).map_err(fault)?,
                ArrayFormatter::try_new(other, &options).map_err(fault)?,
            );
            for row in 0..own.len().min(other.len()) {
                let (left, right) = (left.value(row).to_string(), right.value(row).to_string());
                if left != right {
                    return Err(differ(format!("{file}, {name} of row {}", first + row + 1), left, right));
                }
            }
        }
        first += own.first().map_or(0, |column| column.len());
    }
    same(&format!("{file}, rows"), rows(&published.1), rows(&now.1))
}
