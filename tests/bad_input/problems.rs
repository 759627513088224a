//! What a case left behind, compared with what was expected.

use super::{Accepted, Expected};
use crate::support::{Outcome, Project, Row};
use std::collections::BTreeMap;

/// Everything that is not as it should be.
#[derive(Default)]
pub struct Problems(pub Vec<String>);

impl Problems {
    pub fn unless(&mut self, good: bool, problem: impl FnOnce() -> String) {
        if !good {
            self.0.push(problem());
        }
    }

    pub fn of_command(&mut self, command: &str, outcome: &Outcome, expected: &Expected) {
        let (code, said) = (outcome.code(), outcome.stderr());
        self.unless(!said.contains("panicked"), || format!("{command}: panicked\n{said}"));
        let wanted = match expected {
            Expected::Refused { code, .. } => *code,
            Expected::Accepted(_) => 0,
        };
        self.unless(code == wanted, || format!("{command}: exit code {code}, expected {wanted}\n{said}"));
        if let Expected::Refused { words, .. } = expected {
            self.unless(said.contains("error: "), || format!("{command}: no error is named\n{said}"));
            for word in words {
                self.unless(said.contains(word), || format!("{command}: {word:?} is not said\n{said}"));
            }
        }
    }

    /// The law of the receipts: accepted + quarantined = read, and quarantine.parquet holds what they say.
    pub fn of_accounts(&mut self, project: &Project) {
        let manifest = project.manifest("out/run");
        let quarantine = project.table("out/run/quarantine.parquet");
        let mut rows_of: BTreeMap<String, u64> = BTreeMap::new();
        for receipt in inputs(&manifest) {
            let count = |key: &str| receipt[key].as_u64().expect("a count");
            let (read, used, aside) = (count("rows_read"), count("accepted"), count("quarantined"));
            self.unless(used + aside == read, || format!("accounts: {used} + {aside} is not {read} in {receipt}"));
            *rows_of.entry(text_of(&receipt["file"])).or_default() += aside + count("cells_quarantined");
        }
        for (file, aside) in &rows_of {
            let rows = quarantine.iter().filter(|row| row["file"] == *file).count() as u64;
            self.unless(rows == *aside, || format!("accounts: {rows} rows of {file} in quarantine, receipt: {aside}"));
        }
        let all: u64 = rows_of.values().sum();
        self.unless(quarantine.len() as u64 == all, || format!("accounts: {} rows, not {all}", quarantine.len()));
        for row in &quarantine {
            let told = ["detail", "detail_zh", "table"].iter().all(|it| row.get(*it).is_some_and(|it| !it.is_empty()));
            let raw = row.get("raw").map_or(0, |raw| raw.chars().count());
            self.unless(told && raw <= fairdraw::ingest::RAW_CHARACTERS, || format!("accounts: not told: {row:?}"));
        }
        let used = inputs(&manifest)[0]["accepted"].as_u64();
        let frame = project.table("out/run/frame.parquet").len() as u64;
        self.unless(used == Some(frame), || format!("accounts: {frame} entities of {used:?} rows accepted"));
    }

    pub fn of_output(&mut self, project: &Project, expected: &Accepted) {
        let manifest = project.manifest("out/run");
        let quarantine = project.table("out/run/quarantine.parquet");
        let place = |row: &Row| (row["file"].clone(), row["row"].parse::<u64>().expect("a row"));
        let found: Vec<_> = quarantine.iter().map(|row| (place(row), row["reason"].clone())).collect();
        let wanted: Vec<_> =
            expected.set_aside.iter().map(|(file, row, why)| ((file.clone(), *row), (*why).to_owned())).collect();
        self.unless(found == wanted, || format!("set aside {quarantine:#?}\nexpected {wanted:?}"));
        for (file, row, text) in &expected.raw {
            let raw = quarantine.iter().find(|it| place(it) == (file.clone(), *row)).and_then(|it| it.get("raw"));
            self.unless(raw == Some(text), || format!("raw text of row {row} is {raw:?}, expected {text:?}"));
        }

        let own = manifest["warnings"].as_array().expect("a list").iter();
        let all: Vec<(String, String)> = inputs(&manifest)
            .iter()
            .flat_map(|receipt| receipt["warnings"].as_array().expect("a list"))
            .chain(own)
            .map(|warning| (text_of(&warning["code"]), text_of(&warning["en"])))
            .collect();
        let mut codes: Vec<&str> = all.iter().map(|(code, _)| code.as_str()).collect();
        let mut wanted: Vec<&str> = expected.warnings.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        wanted.sort_unstable();
        self.unless(codes == wanted, || format!("warnings {all:#?}\nexpected {wanted:?}"));
        for (code, word) in &expected.warnings {
            let said = all.iter().any(|(own, text)| own == code && text.contains(word.as_str()));
            self.unless(said, || format!("no warning {code} says {word:?}: {all:#?}"));
        }

        let frame = project.table("out/run/frame.parquet");
        if let Some(count) = expected.entities {
            self.unless(frame.len() == count, || format!("{} entities, expected {count}", frame.len()));
        }
        for (id, column, value) in &expected.cells {
            let row = frame.iter().find(|row| row["entity_id"] == *id);
            let cell = row.and_then(|row| row.get(*column));
            self.unless(row.is_some() && cell == value.as_ref(), || {
                format!("{column} of {id} is {cell:?} in {row:?}, expected {value:?}")
            });
        }
        if let Some(word) = expected.read_as {
            let first = &inputs(&manifest)[0];
            let said = [&first["encoding"], &first["format"]].into_iter().any(|it| it.as_str() == Some(word));
            self.unless(said, || format!("{first} is not read as {word}"));
        }
    }
}

fn inputs(manifest: &serde_json::Value) -> &[serde_json::Value] {
    manifest["inputs"].as_array().expect("a list of receipts")
}

fn text_of(value: &serde_json::Value) -> String {
    value.as_str().expect("a text").to_owned()
}
