//! Recomputes a published run from its own files, and from its inputs where they are at hand.
//!
//! From its own files: the seed, the plan and what the registries said are taken as they are published, and from these
//! come again eligibility, weights, strata, sizes, lots, probabilities, selection, the tables of the draw and every
//! figure of the manifest that follows from them. With the inputs: also what the registries said, the rows set aside and
//! the warnings. The program's version is recorded and not checked, unless a commitment binds it.

use crate::commitment;
use crate::digest::hex;
use crate::frame::{Frame, ScoredFrame};
use crate::lottery::Drawn;
use crate::plan::{self, Files, Overrides, Plan, PlanErrors};
use crate::publish::frame_table::FrameArrays;
use crate::publish::manifest::{Manifest, StratumRecord};
use crate::publish::run_folder::{self, Record, files};
use crate::publish::{summary, tables};
use crate::published::{self, PublishedError};
use crate::run::{self, RunError};
use crate::sampling::CONTRACT;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// What was checked and held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// One sentence a check.
    pub checks: Vec<String>,
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
    /// What is published cannot be drawn from.
    #[error("the published frame cannot be drawn from again: {0}")]
    Undrawable(#[source] Box<RunError>),
    /// The run cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The published plan cannot be read.
    #[error("the published plan: {0}")]
    Plan(#[from] PlanErrors),
    /// The inputs cannot be read again.
    #[error("the inputs cannot be read again: {0}")]
    Inputs(#[source] Box<RunError>),
}

fn differ(place: impl Into<String>, published: impl ToString, recomputed: impl ToString) -> VerifyError {
    VerifyError::Difference {
        place: place.into(),
        published: published.to_string(),
        recomputed: recomputed.to_string(),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(place: &str, published: T, recomputed: T) -> Result<(), VerifyError> {
    if published == recomputed {
        Ok(())
    } else {
        Err(differ(place, format!("{published:?}"), format!("{recomputed:?}")))
    }
}

/// Checks the run in the folder `run`; with `inputs` (the plan, loaded from where it stands) also reads the inputs again.
///
/// # Errors
/// [`VerifyError::Difference`] names the first difference; other variants say what cannot be read.
pub fn verify(run: &Path, inputs: Option<&Plan>, observe: &dyn Fn(&str)) -> Result<Passed, VerifyError> {
    let manifest = published::manifest(run)?;
    same("manifest.json, contract", manifest.contract.as_str(), CONTRACT)?;

    observe("digests");
    digests(run, &manifest)?;
    let plan = published_plan(run, &manifest)?;

    observe("ids, weights, strata");
    let frame = published::frame(run, &plan)?;
    ids_ascend(&frame)?;
    let (scored, _) = run::score(frame, &plan).map_err(|error| VerifyError::Undrawable(Box::new(error)))?;

    observe("lots, probabilities, selection");
    agrees(run, &manifest, &plan, &scored)?;
    let (entities, strata) = (scored.frame.len(), scored.strata.names.len());
    drop(scored);
    let mut checks = vec![
        format!("{} files have the digests of the manifest", manifest.outputs.len()),
        format!(
            "{entities} entities: standing, factors, weight, lot and probability follow from plan, seed and ratings"
        ),
        format!(
            "{strata} strata: size, cut line, {} drawn, {} in reserve",
            manifest.counts.drawn, manifest.counts.reserve
        ),
    ];
    if manifest.commitment.is_some() {
        checks.push("frame, plan and version are those of the published commitment".to_owned());
    }
    if let Some(plan) = inputs {
        inputs_agree(run, &manifest, plan, observe)?;
        checks.push(format!("{} inputs give the same run again", manifest.inputs.len()));
    }
    Ok(Passed { checks })
}

/// The manifest vouches for exactly the files of a run, and they are as it says.
fn digests(run: &Path, manifest: &Manifest) -> Result<(), VerifyError> {
    let named: Vec<&str> = manifest.outputs.iter().map(|output| output.file.as_str()).collect();
    same("manifest.json, outputs", named, files::VOUCHED.to_vec())?;
    for output in &manifest.outputs {
        let path = run.join(&output.file);
        let unreadable = |error: std::io::Error| PublishedError::File { file: path.clone(), reason: error.to_string() };
        let (mut file, mut digest, mut bytes) = (File::open(&path).map_err(unreadable)?, Sha256::new(), 0);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer).map_err(unreadable)? {
                0 => break,
                read => {
                    digest.update(&buffer[..read]);
                    bytes += read as u64;
                }
            }
        }
        same(&format!("{}, SHA-256", output.file), &output.sha256, &hex(digest.finalize()))?;
        same(&format!("{}, bytes", output.file), output.bytes, bytes)?;
    }
    let quarantine = published::read_table::<VerifyError>(&run.join(files::QUARANTINE), |_, _| Ok(()))?;
    let set_aside: u64 = manifest.inputs.iter().map(|receipt| receipt.quarantined).sum();
    same("quarantine.parquet, rows", set_aside, quarantine as u64)
}

/// The plan as it was, with the seed of the run.
fn published_plan(run: &Path, manifest: &Manifest) -> Result<Plan, VerifyError> {
    let path = run.join(files::PLAN);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| PublishedError::File { file: path, reason: error.to_string() })?;
    let plan = plan::parse(&text, Path::new("published/plan.toml"), Files::NotAsked)?;
    same("plan.toml, SHA-256", &manifest.plan.sha256, &plan.sha256)?;
    Ok(plan.with(Overrides { seed: manifest.seed.clone(), output: None })?)
}

fn ids_ascend(frame: &Frame) -> Result<(), VerifyError> {
    match frame.keys.windows(2).position(|pair| !frame.space.compare(pair[0], pair[1]).is_lt()) {
        None => Ok(()),
        Some(row) => Err(differ(
            format!("frame.parquet, entity_id, row {}", row + 2),
            frame.id(row + 1),
            format!("an id above {}", frame.id(row)),
        )),
    }
}

/// Draws again and holds every table and every figure against the published ones; how many are drawn.
fn agrees(run: &Path, manifest: &Manifest, plan: &Plan, scored: &ScoredFrame) -> Result<u64, VerifyError> {
    if let Some(commitment) = &manifest.commitment {
        same("manifest.json, commitment", commitment, &commitment::of(plan, scored, &manifest.fairdraw).commitment)?;
    }
    let drawn = Drawn::of(scored, plan).map_err(|error| VerifyError::Undrawable(Box::new(error.into())))?;
    let record = Record::of_draw(plan, scored, &drawn);
    frame_agrees(run, &record)?;
    let rows = run_folder::draw_rows(&record);
    table_agrees(run, files::DRAW, tables::draw_arrays(&rows), |cell| {
        format!("stratum `{}`, {} {}", cell("stratum"), cell("selection"), cell("order"))
    })?;
    let summary = summary::rows(&record);
    table_agrees(run, files::SUMMARY, tables::summary_arrays(&summary), |cell| {
        format!("{} {}", cell("level"), cell("value"))
    })?;
    for (output, rows) in [(0, scored.frame.len()), (1, rows.len()), (2, summary.len())] {
        same(
            &format!("manifest.json, rows of {}", files::VOUCHED[output]),
            manifest.outputs[output].rows,
            rows as u64,
        )?;
    }
    manifest_agrees(manifest, run_folder::manifest(record, &rows, Vec::new()))?;
    Ok(drawn.count())
}

/// Every cell of the frame, batch by batch.
fn frame_agrees(run: &Path, record: &Record<'_>) -> Result<(), VerifyError> {
    let arrays = FrameArrays::of(record);
    let (names, frame) = (arrays.names(), &record.scored.frame);
    let rows = published::read_table(&run.join(files::FRAME), |first, batch| {
        let schema = batch.schema();
        same(
            "frame.parquet, columns",
            schema.fields().iter().map(|field| field.name().as_str()).collect(),
            names.clone(),
        )?;
        let rows = first..first + batch.num_rows();
        same("frame.parquet, rows", rows.end <= frame.len(), true)?;
        for (place, name) in names.iter().enumerate() {
            let recomputed = arrays.build(place, rows.clone());
            if let Some((row, published, recomputed)) = first_difference(batch.column(place), &recomputed) {
                return Err(differ(
                    format!("frame.parquet, {name} of {}", frame.id(first + row)),
                    published,
                    recomputed,
                ));
            }
        }
        Ok(())
    })?;
    same("frame.parquet, rows", rows, frame.len())
}

/// Every cell of a small table; `place` names a row by its published cells.
fn table_agrees(
    run: &Path,
    file: &str,
    recomputed: Vec<(&'static str, ArrayRef)>,
    place: impl Fn(&dyn Fn(&str) -> String) -> String,
) -> Result<(), VerifyError> {
    let mut batches = Vec::new();
    published::read_table::<VerifyError>(&run.join(file), |_, batch| {
        batches.push(batch.clone());
        Ok(())
    })?;
    let rows = recomputed.first().map_or(0, |(_, column)| column.len());
    let Some(schema) = batches.first().map(RecordBatch::schema) else {
        return same(&format!("{file}, rows"), 0, rows);
    };
    let published = concat_batches(&schema, &batches)
        .map_err(|error| PublishedError::File { file: run.join(file), reason: error.to_string() })?;
    let names = schema.fields().iter().map(|field| field.name().as_str()).collect();
    same(&format!("{file}, columns"), names, recomputed.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
    same(&format!("{file}, rows"), published.num_rows(), rows)?;
    for (column, (name, array)) in recomputed.iter().enumerate() {
        if let Some((row, was, now)) = first_difference(published.column(column), array) {
            let cell = |name: &str| published.column_by_name(name).map(|column| cell(column, row)).unwrap_or_default();
            return Err(differ(format!("{file}, {name} of {}", place(&cell)), was, now));
        }
    }
    Ok(())
}

/// Row of the first difference between two columns, and the two cells.
fn first_difference(published: &ArrayRef, recomputed: &ArrayRef) -> Option<(usize, String, String)> {
    // In memory words may be codes and long texts another type; in the file both are plain text.
    let recomputed = match (published.data_type(), recomputed.data_type()) {
        (DataType::Utf8, DataType::Dictionary(..) | DataType::LargeUtf8) => {
            cast(recomputed, &DataType::Utf8).unwrap_or_else(|_| recomputed.clone())
        }
        _ => recomputed.clone(),
    };
    if published == &recomputed {
        return None;
    }
    let differs = |row: &usize| {
        published.data_type() != recomputed.data_type() || published.slice(*row, 1) != recomputed.slice(*row, 1)
    };
    let row = (0..published.len().min(recomputed.len())).find(differs)?;
    Some((row, cell(published, row), cell(&recomputed, row)))
}

/// A cell as text.
fn cell(column: &ArrayRef, row: usize) -> String {
    let text = cast(&column.slice(row, 1), &DataType::Utf8);
    match &text {
        Ok(text) if !text.is_null(0) => text.as_string::<i32>().value(0).to_owned(),
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Every figure of the manifest that follows from plan and draw.
fn manifest_agrees(published: &Manifest, recomputed: Manifest) -> Result<(), VerifyError> {
    let place = |figure: &str| format!("manifest.json, {figure}");
    same(&place("plan"), &published.plan, &recomputed.plan)?;
    same(&place("as_of"), &published.as_of, &recomputed.as_of)?;
    same(&place("stream"), &published.stream, &recomputed.stream)?;
    same(&place("prn_column"), &published.prn_column, &recomputed.prn_column)?;
    same(&place("design"), &published.design, &recomputed.design)?;
    same(&place("alpha"), published.alpha, recomputed.alpha)?;
    same(&place("certainties"), &published.certainties, &recomputed.certainties)?;
    let names = |strata: &[StratumRecord]| strata.iter().map(|stratum| stratum.name.clone()).collect::<Vec<_>>();
    same(&place("names of the strata"), names(&published.strata), names(&recomputed.strata))?;
    for (was, now) in published.strata.iter().zip(&recomputed.strata) {
        same(&place(&format!("stratum `{}`", now.name)), was, now)?;
    }
    same(&place("counts"), published.counts, recomputed.counts)?;
    same(&place("exclusions"), &published.exclusions, &recomputed.exclusions)
}

/// The inputs are the ones that were read, and give the same run.
fn inputs_agree(run: &Path, manifest: &Manifest, plan: &Plan, observe: &dyn Fn(&str)) -> Result<(), VerifyError> {
    same("the plan, SHA-256", &manifest.plan.sha256, &plan.sha256)?;
    let plan = plan.clone().with(Overrides { seed: manifest.seed.clone(), output: None })?;
    let prepared = run::prepare(&plan, observe).map_err(|error| VerifyError::Inputs(Box::new(error)))?;
    for (was, now) in manifest.inputs.iter().zip(&prepared.receipts) {
        same(&format!("input {}, SHA-256", was.table), &was.sha256, &now.sha256)?;
    }
    same("manifest.json, inputs", &manifest.inputs, &prepared.receipts)?;
    let mut quarantine = prepared.quarantine;
    run_folder::order_quarantine(&mut quarantine);
    table_agrees(run, files::QUARANTINE, tables::quarantine_arrays(&quarantine), |cell| {
        format!("{} row {}", cell("file"), cell("row"))
    })?;
    let drawn = agrees(run, manifest, &plan, &prepared.scored)?;
    let mut warnings = prepared.warnings;
    warnings.extend(prepared.scored.strata.below_minimum(&plan, drawn));
    same("manifest.json, warnings", &manifest.warnings, &warnings)
}
