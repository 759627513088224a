//! Laws of reading, on small files written by the tests.

mod columnar;
mod dirt;
mod excel;
mod folders;
mod formats;
mod tables;

use crate::part::Attribute;
use tempfile::TempDir;

use super::*;
use crate::keys::{EntityKey, PLAIN_LENGTH};
use crate::plan::{Files, parse};
use crate::terms::Bilingual;

/// Three codes with right check characters, in id order.
const A: &str = "91350100M000100Y43";
const B: &str = "440301103097413";
const C: &str = "110108012660422";

/// A folder with files and a plan over them.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).expect("the temporary folder is writable");
        self
    }

    /// Reads the tables of a plan with these `inputs` (TOML) and `rest`.
    fn read_with(&self, inputs: &str, rest: &str) -> Result<Tables, IngestError> {
        let text = format!(
            "name = \"t\"\nas-of = 2023-02-07\n{inputs}\n[size]\ncount = 1\n{rest}\n[output]\nfolder = \"out\"\n"
        );
        let rest_has_draw = rest.contains("[draw]");
        let draw = if rest_has_draw { "" } else { "[draw]\nseed = \"s\"\nstream = \"t\"\n" };
        let plan = parse(&format!("{text}{draw}"), &self.path("plan.toml"), Files::MustExist).expect("a sound plan");
        read_tables(&plan, &[], &crate::spill::Room::unlimited(), &|_| {})
    }

    fn read(&self, inputs: &str) -> Result<Tables, IngestError> {
        self.read_with(inputs, "")
    }

    /// Reads one registry.
    fn entities(&self, name: &str, bytes: impl AsRef<[u8]>) -> Tables {
        self.put(name, bytes).read(&format!("[inputs.entities]\npath = \"{name}\"\n")).expect("a readable registry")
    }

    fn refusal(&self, inputs: &str) -> String {
        self.read(inputs).map(|_| ()).expect_err("a refusal").to_string()
    }
}

impl Tables {
    fn id(&self, key: EntityKey) -> String {
        self.space.unpack(key, &mut [0; PLAIN_LENGTH]).to_owned()
    }

    fn ids(&self) -> Vec<String> {
        self.entities.keys.iter().map(|&key| self.id(key)).collect()
    }

    fn column(&self, column: &str) -> Attribute {
        let attributes = &self.entities.attributes;
        let (name, pieces) = attributes.iter().find(|own| own.0 == column).unwrap_or_else(|| panic!("no {column}"));
        assert_eq!(pieces.len(), 1);
        Attribute { name: name.clone(), values: pieces[0].clone() }
    }

    fn texts(&self, column: &str) -> Vec<Option<String>> {
        let column = self.column(column);
        (0..self.entities.keys.len()).map(|row| column.text(row).map(str::to_owned)).collect()
    }

    fn days(&self, column: &str) -> Vec<Option<i32>> {
        (0..self.entities.keys.len()).map(|row| self.column(column).day(row)).collect()
    }

    fn numbers(&self, column: &str) -> Vec<Option<f64>> {
        (0..self.entities.keys.len()).map(|row| self.column(column).number(row)).collect()
    }

    /// All attributes as text.
    fn attributes(&self) -> Vec<String> {
        let shown = |(name, _): &(String, Vec<arrow::array::ArrayRef>)| {
            format!("{name}: {:?} {:?} {:?}", self.texts(name), self.days(name), self.numbers(name))
        };
        self.entities.attributes.iter().map(shown).collect()
    }

    /// `row reason` of each quarantined row, with the column of a cell.
    fn set_aside(&self) -> Vec<String> {
        let shown = |row: &QuarantinedRow| {
            let column = row.column.as_ref().map(|column| format!(" {column}")).unwrap_or_default();
            format!("{} {}{column}", row.row, row.reason.code())
        };
        self.quarantine.iter().map(shown).collect()
    }

    fn warning(&self, code: &str) -> Option<&str> {
        let mut warnings = self.receipts.iter().flat_map(|receipt| &receipt.warnings);
        warnings.find(|warning| warning.code == code).map(|warning| warning.en.as_str())
    }

    fn assert_balanced(&self) {
        for receipt in &self.receipts {
            assert_eq!(receipt.accepted + receipt.quarantined, receipt.rows_read, "{receipt:?}");
        }
        let quarantined: u64 =
            self.receipts.iter().map(|receipt| receipt.quarantined + receipt.cells_quarantined).sum();
        assert_eq!(quarantined, self.quarantine.len() as u64);
    }
}

fn texts(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|text| Some((*text).to_owned()).filter(|text| !text.is_empty())).collect()
}
