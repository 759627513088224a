//! The files of a run, held against its manifest.

use super::VerifyError;
use super::difference::same;
use crate::contract::{self, FILES_OF_SOME, LISTED_FILES, MANIFEST_FILE, table_of_part};
use crate::digest::hex;
use crate::ingest::Receipt;
use crate::publish::manifest::{Manifest, OutputRecord};
use crate::published::PublishedRun;
use crate::table_reader::TableReader;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::Read as _;
use std::path::Path;

/// The manifest vouches for exactly the files of a run, and they are as it says.
pub(super) fn digests(run: &PublishedRun, manifest: &Manifest) -> Result<(), VerifyError> {
    // Which of these there are follows from the plan, and is looked at when they are compared.
    let is_listed = |name: &&str| match *name {
        name if name == contract::ROUND_TASKS.file => !manifest.tasks.is_empty(),
        name if FILES_OF_SOME.contains(&name) => manifest.outputs.iter().any(|output| output.file == name),
        _ => true,
    };
    // A table in parts stands there part by part.
    let files = |name: &'static str| match run.files_of(name).as_slice() {
        [] => vec![name],
        files => files.to_vec(),
    };
    let listed: Vec<&str> = LISTED_FILES.into_iter().filter(is_listed).flat_map(files).collect();
    file_digests(run, &manifest.outputs, &listed)?;
    for part in manifest.outputs.iter().filter(|output| table_of_part(&output.file).is_some()) {
        let rows = TableReader::open(run.file(&part.file)?).map_err(|reason| run.fault(&part.file, reason))?.rows();
        same(&format!("manifest.json, rows of {}", part.file), part.rows, rows as u64)?;
    }
    quarantine_rows(run, &manifest.inputs)
}

/// What every manifest says of the files beside it.
///
/// # Errors
/// A folder without a manifest that can be read.
pub fn outputs_of(run: &PublishedRun) -> Result<Vec<OutputRecord>, VerifyError> {
    #[derive(Deserialize)]
    struct Outputs {
        outputs: Vec<OutputRecord>,
    }
    let read = serde_json::from_str(&run.text(MANIFEST_FILE)?);
    let Outputs { outputs } = read.map_err(|error| run.fault(MANIFEST_FILE, error.to_string()))?;
    Ok(outputs)
}

/// The manifest of a published folder, whose files are as it says.
///
/// # Errors
/// [`VerifyError::Difference`] for a file that is not; a folder that cannot be read.
pub fn vouched(folder: &Path) -> Result<String, VerifyError> {
    let run = PublishedRun::open(folder)?;
    let outputs = outputs_of(&run)?;
    let names: Vec<&str> = outputs.iter().map(|output| output.file.as_str()).collect();
    file_digests(&run, &outputs, &names)?;
    Ok(run.text(MANIFEST_FILE)?)
}

/// The manifest vouches for exactly the files `listed`, and they are as it says.
pub(crate) fn file_digests(run: &PublishedRun, outputs: &[OutputRecord], listed: &[&str]) -> Result<(), VerifyError> {
    let named: Vec<&str> = outputs.iter().map(|output| output.file.as_str()).collect();
    same("manifest.json, outputs", named, listed.to_vec())?;
    for output in outputs {
        let unreadable = |error: std::io::Error| run.fault(&output.file, error.to_string());
        let (mut file, mut digest, mut bytes) = (run.file(&output.file)?, Sha256::new(), 0);
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
    Ok(())
}

/// The quarantine holds what the inputs' records say was set aside.
pub(crate) fn quarantine_rows(run: &PublishedRun, inputs: &[Receipt]) -> Result<(), VerifyError> {
    let quarantine = run.table(contract::QUARANTINE.file)?;
    let columns: Vec<&str> = contract::QUARANTINE.columns.iter().map(|column| column.name).collect();
    let published = quarantine.schema().fields().iter().map(|field| field.name().as_str()).collect();
    same("quarantine.parquet, columns", published, columns)?;
    let quarantine = quarantine.rows() as u64;
    let set_aside = inputs.iter().map(|receipt| receipt.quarantined.saturating_add(receipt.cells_quarantined));
    same("quarantine.parquet, rows", set_aside.fold(0, u64::saturating_add), quarantine)
}
