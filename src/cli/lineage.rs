//! What a night read and wrote, as OpenLineage events: one JSON object a line.
//!
//! The format is that of <https://openlineage.io/spec/2-0-2/OpenLineage.json>. A plan that was run has an event of its beginning and one of its
//! end; a plan that stands, or was left out, has none.

use super::exit::CliError;
use super::nightly::{Ended, Outcome};
use crate::contract;
use crate::nightly::folders_read;
use crate::plan::{AnyPlan, Place, TableInput};
use crate::publish::PublishError;
use crate::publish::manifest::OutputRecord;
use crate::published::PublishedRun;
use crate::verify::outputs_of;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// Who says so.
const PRODUCER: &str = concat!("urn:fairdraw:", env!("CARGO_PKG_VERSION"));

/// Appends the events of a night to a file.
pub fn append(path: &Path, list: &str, ended: &[Ended<'_>]) -> Result<(), CliError> {
    let mut text = String::new();
    for event in ended.iter().flat_map(|own| events(list, own)) {
        text += &format!("{event}\n");
    }
    let file = OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    Ok(written.map_err(|cause| PublishError::file("write", path, cause))?)
}

fn events(list: &str, own: &Ended<'_>) -> Vec<Value> {
    let (end, error) = match &own.outcome {
        Outcome::Done(_) => ("COMPLETE", None),
        Outcome::Failed(error) => ("FAIL", Some(error.to_string())),
        Outcome::Unchanged | Outcome::LeftOut(_) => return Vec::new(),
    };
    let job = own.job;
    let began = own.at.saturating_sub(own.took.as_secs());
    let event = |kind: &str, at: u64, run: Value, outputs: Vec<Value>| {
        json!({
            "eventType": kind,
            "eventTime": Timestamp::from_second(at as i64).map(|at| at.to_string()).unwrap_or_default(),
            "run": run,
            "job": { "namespace": format!("fairdraw.{list}"), "name": job.written },
            "inputs": inputs(&job.plan),
            "outputs": outputs,
            "producer": PRODUCER,
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        })
    };
    let id = run_id(list, &job.written, began, own.took.as_nanos());
    let mut run = json!({ "runId": id });
    if let Some(error) = &error {
        let facet =
            facet("1-0-1/ErrorMessageRunFacet.json", json!({ "message": error, "programmingLanguage": "Rust" }));
        run["facets"] = json!({ "errorMessage": facet });
    }
    let folders = [Some(job.plan.folder().to_owned()), job.plan.teams()];
    let written = || folders.into_iter().flatten().flat_map(|folder| outputs(&folder)).collect();
    let outputs = if error.is_none() { written() } else { Vec::new() };
    vec![event("START", began, json!({ "runId": id }), Vec::new()), event(end, own.at, run, outputs)]
}

/// A UUID (version 8, RFC 9562) that follows from the run.
fn run_id(list: &str, plan: &str, began: u64, took: u128) -> String {
    let digest = Sha256::digest(format!("{list}\n{plan}\n{began}\n{took}"));
    let mut bytes: [u8; 16] = std::array::from_fn(|at| digest[at]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = crate::digest::hex(bytes);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

/// What a plan reads: files, objects, queries and folders.
fn inputs(plan: &AnyPlan) -> Vec<Value> {
    let of_table = |table: &TableInput| match &table.place {
        Place::File(path) | Place::Files(path) => dataset(path),
        Place::Object(address) => {
            let (bucket, key) = address.trim_start_matches("s3://").split_once('/').unwrap_or((address, ""));
            json!({ "namespace": format!("s3://{bucket}"), "name": key })
        }
        // Its address may hold what is secret.
        Place::Query(query) => {
            json!({ "namespace": format!("postgres:env:{}", query.variable), "name": table.as_written })
        }
    };
    let folders = folders_read(plan).into_iter().flatten().map(|(_, path)| dataset(&path));
    plan.tables().into_iter().map(of_table).chain(folders).collect()
}

/// The tables of a published folder, with their columns.
fn outputs(folder: &Path) -> Vec<Value> {
    let tables: Vec<contract::Table> = contract::tables().collect();
    let run = PublishedRun::open(folder).ok();
    let outputs = run.and_then(|run| outputs_of(&run).ok()).unwrap_or_default();
    let output = |record: &OutputRecord| {
        let mut own = dataset(&folder.join(&record.file));
        let version = facet("1-0-1/DatasetVersionDatasetFacet.json", json!({ "datasetVersion": record.sha256 }));
        own["facets"] = json!({ "version": version });
        if let Some(table) = tables.iter().find(|table| table.file == record.file) {
            let fields = table
                .columns
                .iter()
                .map(|column| json!({ "name": column.name, "type": column.holds, "description": column.en }));
            let fields = fields.collect::<Vec<_>>();
            own["facets"]["schema"] = facet("1-1-1/SchemaDatasetFacet.json", json!({ "fields": fields }));
        }
        own
    };
    outputs.iter().map(output).collect()
}

/// A file or folder of this machine.
fn dataset(path: &Path) -> Value {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    json!({ "namespace": "file", "name": path.display().to_string() })
}

/// A facet with who made it and what it looks like.
fn facet(schema: &str, mut facet: Value) -> Value {
    facet["_producer"] = PRODUCER.into();
    facet["_schemaURL"] = format!("https://openlineage.io/spec/facets/{schema}").into();
    facet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_runs_are_uuids_and_differ() {
        let id = run_id("night", "a.toml", 1_700_000_000, 5);
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(id.as_bytes()[14] == b'8' && b"89ab".contains(&id.as_bytes()[19]), "{id}");
        assert_ne!(id, run_id("night", "a.toml", 1_700_000_000, 6));
    }
}
