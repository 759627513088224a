//! What of a run goes public (一公开): the certificate of the draw, the list as CSV, and the probabilities of all entities.

use crate::contract::{self, MANIFEST_FILE, PUBLIC_FILES};
use crate::digest::hex;
use crate::publish::PublishError;
use crate::publish::Selection;
use crate::publish::manifest::{Manifest, OutputRecord, PlanRecord, StratumRecord};
use crate::publish::staging::{Claim, RunIdentity, Staging};
use crate::published::{Columns, PublishedError, PublishedRun};
use crate::report::certificate::{self, Certificate, CertifiedDraw, CertifiedRow, CertifiedStratum, MOST_ROWS};
use crate::spread::Arcs;
use crate::terms::Lang;
use arrow::array::{Array, StringViewArray};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Version of the contract of publications.
const CONTRACT: &str = "fairdraw/public/1";

/// Why nothing is published. Nothing is left in the output folder.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// The run cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The output cannot be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Lots that nobody can recompute.
    #[error(
        "the run was drawn by the agency's own random numbers, which no certificate can recompute; publish draw.parquet with them"
    )]
    NoSeed,
    /// The page cannot be made.
    #[error("the page cannot be made: {0}")]
    Page(#[from] serde_json::Error),
}

/// What was published.
#[derive(Clone, Debug, Serialize)]
pub struct PublicationManifest {
    /// Version of the program.
    pub fairdraw: String,
    /// Version of the contract.
    pub contract: String,
    /// The plan of the run.
    pub plan: PlanRecord,
    /// SHA-256 of the manifest of the run.
    pub run_sha256: String,
    /// The seed of the run.
    pub seed: String,
    /// The pages and the list; files of probabilities are not listed one by one.
    pub outputs: Vec<OutputRecord>,
    /// Rows of the list.
    pub rows: u64,
}

/// The folder of what goes public, beside the run's own: `out/2023-q1.public`.
pub fn public_folder(run: &Path) -> PathBuf {
    let mut name = run.file_name().map(std::ffi::OsString::from).unwrap_or_default();
    name.push(".public");
    run.with_file_name(name)
}

/// Writes what goes public of the run in `folder` into `output`.
///
/// # Errors
/// [`PublicationError`]; the previous output then stands untouched.
pub fn publish(folder: &Path, output: &Path, replace: bool) -> Result<PublicationManifest, PublicationError> {
    let run = PublishedRun::open(folder)?;
    let manifest = run.manifest()?;
    let seed = manifest.seed.clone().ok_or(PublicationError::NoSeed)?;
    let identity =
        RunIdentity { plan_sha256: manifest.plan.sha256.clone(), seed: Some(seed.clone()), commitment: None };
    let staging = Staging::begin(output, None, Claim { run: identity, replace })?;
    let run_sha256 = hex(Sha256::digest(run.text(MANIFEST_FILE)?));
    let (draws, list, rows) = list(&run, &manifest)?;
    let has_shards = manifest.tasks.is_empty();
    if has_shards {
        write_shards(&run, &manifest, &staging)?;
    }
    let shown: usize = draws.iter().map(|draw| draw.rows.len()).sum();
    let certificate = Certificate {
        title: manifest.plan.title.clone().unwrap_or_else(|| manifest.plan.name.clone()),
        as_of: manifest.as_of.clone(),
        seed: seed.clone(),
        seed_source: manifest.seed_source.clone(),
        commitment: manifest.commitment.clone(),
        plan_sha256: manifest.plan.sha256.clone(),
        manifest_sha256: run_sha256.clone(),
        inputs: manifest.inputs.iter().map(|input| (input.file.clone(), input.sha256.clone())).collect(),
        program: format!("fairdraw {}", manifest.fairdraw),
        has_shards,
        draws,
        left_out: rows - shown,
    };
    let mut outputs = Vec::new();
    let [english, chinese, list_file, _] = PUBLIC_FILES;
    for (name, lang) in [(english, Lang::En), (chinese, Lang::Zh)] {
        outputs.push(write(&staging, name, &certificate::page(&certificate, lang)?, 0)?);
    }
    outputs.push(write(&staging, list_file, &list, rows as u64)?);
    let published = PublicationManifest {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: CONTRACT.to_owned(),
        plan: manifest.plan.clone(),
        run_sha256,
        seed,
        outputs,
        rows: rows as u64,
    };
    write(&staging, MANIFEST_FILE, &(serde_json::to_string_pretty(&published)? + "\n"), 0)?;
    staging.commit()?;
    Ok(published)
}

fn write(staging: &Staging, name: &str, text: &str, rows: u64) -> Result<OutputRecord, PublishError> {
    let path = staging.file(name);
    std::fs::write(&path, text).map_err(|cause| PublishError::file("write", &path, cause))?;
    Ok(OutputRecord { file: name.to_owned(), sha256: hex(Sha256::digest(text)), bytes: text.len() as u64, rows })
}

/// The draws with the rows that the page shows, the whole list as CSV, and how many rows it has.
fn list(run: &PublishedRun, manifest: &Manifest) -> Result<(Vec<CertifiedDraw>, String, usize), PublishedError> {
    let stratum =
        |own: &StratumRecord| CertifiedStratum { name: own.name.clone(), cut: own.cut_line, next: own.next_key };
    let draw = |task: &str, stream: &Option<String>, design: &str, strata: &[StratumRecord]| CertifiedDraw {
        place: 0,
        task: task.to_owned(),
        stream: stream.clone().unwrap_or_default(),
        design: design.to_owned(),
        strata: strata.iter().map(stratum).collect(),
        rows: Vec::new(),
    };
    let mut draws: Vec<CertifiedDraw> = match manifest.tasks.as_slice() {
        [] => vec![draw("", &manifest.stream, manifest.design.as_deref().unwrap_or_default(), &manifest.strata)],
        tasks => tasks.iter().map(|own| draw(&own.id, &own.draw.stream, &own.draw.design, &own.draw.strata)).collect(),
    };
    draws.iter_mut().enumerate().for_each(|(place, draw)| draw.place = place);
    let places: HashMap<String, usize> = draws.iter().map(|draw| (draw.task.clone(), draw.place)).collect();
    let strata: Vec<HashMap<String, usize>> =
        draws.iter().map(|draw| draw.strata.iter().map(|own| own.name.clone()).zip(0..).collect()).collect();
    let arcs = Arcs::of_round(run, false)?.unwrap_or_default();
    // A byte order mark, so that spreadsheets read UTF-8.
    let mut csv = "\u{feff}任务编号,统一社会信用代码,名称,层,方式,次序,票号,抽中概率,监管所\r\n".to_owned();
    let (file, mut rows) = (contract::DRAW.file, 0);
    run.visit::<PublishedError>(file, |_, names, columns| {
        let of = Columns { run, file, names, columns };
        let tasks = (!manifest.tasks.is_empty()).then(|| of.texts(contract::TASK_ID)).transpose()?;
        let (ids, names_of) = (of.texts(contract::ENTITY_ID)?, of.texts(contract::NAME)?);
        let (of_stratum, selection) = (of.texts(contract::STRATUM)?, of.texts(contract::SELECTION)?);
        let (tickets, pi, key) = (of.texts(contract::TICKET)?, of.reals(contract::PI)?, of.reals(contract::KEY)?);
        let (station, order) = (of.texts(contract::STATION)?, of.small_wholes(contract::ORDER)?);
        for row in 0..ids.len() {
            let word = Selection::ALL.into_iter().find(|own| own.name() == selection.value(row));
            let word = word.ok_or_else(|| run.fault(file, format!("{:?} is no selection", selection.value(row))))?;
            let task = tasks.map_or("", |tasks| tasks.value(row));
            let unknown = || run.fault(file, format!("{task:?} is no task of the run"));
            let place = *places.get(task).ok_or_else(unknown)?;
            let own = strata[place].get(of_stratum.value(row)).copied().ok_or_else(unknown)?;
            let text = |texts: &StringViewArray| texts.is_valid(row).then(|| texts.value(row).to_owned());
            let how = match word {
                Selection::Certain => "必查",
                Selection::Drawn => "抽中",
                Selection::Reserve => "候补",
            };
            let cells = [
                task.to_owned(),
                ids.value(row).to_owned(),
                text(names_of).unwrap_or_default(),
                of_stratum.value(row).to_owned(),
                how.to_owned(),
                order.value(row).to_string(),
                text(tickets).unwrap_or_default(),
                pi.value(row).to_string(),
                text(station).unwrap_or_default(),
            ];
            csv += &cells.map(|cell| neutral(&cell)).join(",");
            csv += "\r\n";
            rows += 1;
            if rows <= MOST_ROWS {
                let draw = &mut draws[place];
                let arc = arc_of(&arcs, &draw.stream, ids.value(row));
                draw.rows.push(CertifiedRow(
                    ids.value(row).to_owned(),
                    text(names_of),
                    own,
                    word.name(),
                    i64::from(order.value(row)),
                    text(tickets).unwrap_or_default(),
                    pi.value(row),
                    key.is_valid(row).then(|| key.value(row)),
                    arc,
                ));
            }
        }
        Ok(())
    })?;
    Ok((draws, csv, rows))
}

/// The arc of an entity before the draw, where it was not full.
fn arc_of(arcs: &Arcs, stream: &str, id: &str) -> Option<[String; 2]> {
    let of_stream = arcs.0.get(stream)?;
    let place = of_stream.binary_search_by(|(own, _)| own.as_str().cmp(id)).ok()?;
    let arc = of_stream[place].1;
    Some([arc.lo, arc.hi].map(contract::ticket_text))
}

/// A cell of a CSV file that no spreadsheet takes for a formula.
fn neutral(cell: &str) -> String {
    let starts = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if starts { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// The probability of every entity, or why it has none, in 256 files by the first byte of SHA-256 of its id.
fn write_shards(run: &PublishedRun, manifest: &Manifest, staging: &Staging) -> Result<(), PublicationError> {
    let places: BTreeMap<&str, usize> = manifest.strata.iter().map(|own| own.name.as_str()).zip(0..).collect();
    let mut shards: Vec<String> = vec![String::new(); 256];
    let arcs = Arcs::of_round(run, false)?.unwrap_or_default();
    let stream = manifest.stream.as_deref().unwrap_or_default();
    let file = contract::FRAME.file;
    run.visit::<PublishedError>(file, |_, names, columns| {
        let of = Columns { run, file, names, columns };
        let (ids, pi) = (of.texts(contract::ENTITY_ID)?, of.reals(contract::PI)?);
        let (reasons, strata) = (of.texts(contract::REASON)?, of.texts(contract::STRATUM)?);
        for row in 0..ids.len() {
            let id = ids.value(row);
            let shard = &mut shards[usize::from(Sha256::digest(id)[0])];
            let stratum = strata.is_valid(row).then(|| places.get(strata.value(row))).flatten();
            let reason = if reasons.is_valid(row) { reasons.value(row) } else { "" };
            let stratum = stratum.map_or("null".to_owned(), usize::to_string);
            // Ids and reasons as JSON texts; writing to a text cannot fail.
            let quoted = |text: &str| serde_json::Value::from(text).to_string().replace('<', "\\u003c");
            let arc = arc_of(&arcs, stream, id).map_or("null".to_owned(), |[lo, hi]| format!("[\"{lo}\",\"{hi}\"]"));
            let _ = writeln!(shard, "{}:[{},{},{stratum},{arc}],", quoted(id), pi.value(row), quoted(reason));
        }
        Ok(())
    })?;
    let folder = staging.file(PUBLIC_FILES[3]);
    std::fs::create_dir(&folder).map_err(|cause| PublishError::file("create the folder", &folder, cause))?;
    for (number, rows) in shards.iter().enumerate() {
        let path = folder.join(format!("{number:02x}.js"));
        let text = format!("fairdraw_shard(\"{number:02x}\",{{\n{rows}}});\n");
        std::fs::write(&path, text).map_err(|cause| PublishError::file("write", &path, cause))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+86", "'+86"),
            ("@a,b", "\"'@a,b\""),
            ("永川\"一\"厂", "\"永川\"\"一\"\"厂\""),
            ("普通", "普通"),
        ] {
            assert_eq!(neutral(cell), written);
        }
    }
}
