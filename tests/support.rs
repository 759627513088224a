//! A project folder in a temporary place, the binary run in it, and its output read back.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A temporary folder with inputs, plans and outputs.
pub struct Project {
    folder: tempfile::TempDir,
}

/// The path of a file of this checkout. Asked when the test runs: checkouts that share a target folder share the compiled test.
pub fn repository(path: &str) -> String {
    format!("{}/{path}", std::env::var("CARGO_MANIFEST_DIR").expect("cargo test says where the package is"))
}

/// A row of a published table: column → text, null left out.
pub type Row = BTreeMap<String, String>;

impl Project {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, making its folders.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("inside the project")).expect("folders");
        fs::write(&path, content).expect("a file");
        path
    }

    /// The binary, to be run in the project's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fairdraw"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_remove("FAIRDRAW_LOG")
            .env_remove("FAIRDRAW_THREADS");
        command
    }

    pub fn fairdraw(&self, arguments: &[&str]) -> Outcome {
        Outcome(self.command(arguments).output().expect("the binary starts"))
    }

    /// A registry of `count` live entities with valid made-up ids, `name` … in English headers.
    pub fn registry(&self, name: &str, count: usize) -> PathBuf {
        let mut text = String::from("entity_id,name,status,region,industry\n");
        for index in 0..count {
            let region = ["500118", "500101", "500102"][index % 3];
            let industry = ["C14", "F52", "I65", "H62"][index % 4];
            text += &format!("{},企业{index},live,{region},{industry}\n", entity_id(index));
        }
        self.write(name, text)
    }

    /// All rows of a published table.
    pub fn table(&self, file: &str) -> Vec<Row> {
        table(&self.path(file))
    }

    pub fn manifest(&self, run: &str) -> serde_json::Value {
        let text = fs::read_to_string(self.path(run).join("manifest.json")).expect("a manifest");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Every file of a folder and the folders in it, with its bytes; views hold the folder's own path and are left out.
    pub fn bytes(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.path(folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                let inner = self.bytes(&format!("{folder}/{name}"));
                files.extend(inner.into_iter().map(|(own, bytes)| (format!("{name}/{own}"), bytes)));
            } else if name != "views.sql" {
                files.insert(name, fs::read(entry.path()).expect("a file"));
            }
        }
        files
    }
}

/// A manifest without what follows from the bytes of the inputs: their records, and the pages that print their digests.
pub fn without_inputs(mut manifest: serde_json::Value) -> serde_json::Value {
    manifest["inputs"] = serde_json::Value::Null;
    let outputs = manifest["outputs"].as_array_mut().expect("outputs");
    outputs.retain(|output| !output["file"].as_str().expect("a name").ends_with(".html"));
    manifest
}

/// A valid 统一社会信用代码 that no registry hands out.
pub fn entity_id(index: usize) -> String {
    let body: [u8; 8] = format!("{index:08}").into_bytes().try_into().expect("eight digits");
    fairdraw::codes::uscc("91500118", &body).expect("digits are symbols of the code")
}

/// A plan over `registry.csv` that writes `out/run`; `rest` is TOML for the remaining sections.
pub fn plan(rest: &str) -> String {
    format!(
        "name = \"test\"\nas-of = 2023-02-07\n\n[inputs.entities]\npath = \"registry.csv\"\n\n{rest}\n\n[output]\nfolder = \"out/run\"\n"
    )
}

/// `[size]` and `[draw]` for a count by Pareto.
pub fn drawing(count: u64) -> String {
    format!("[size]\ncount = {count}\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\nreserve = 3\n")
}

/// [`drawing`] for a ceremony: the seed is not in the plan.
pub fn unseeded(count: u64) -> String {
    drawing(count).replace("seed = \"public dice 3 1 6 2\"", "seed-source = \"dice in public, 2023-02-08\"")
}

pub struct Outcome(pub Output);

impl Outcome {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// Fails the test unless the command ended well.
    pub fn good(self) -> Self {
        assert_eq!(self.code(), 0, "stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr());
        self
    }

    /// Fails the test unless the command ended with `code` and said all of `words`, without a panic.
    pub fn bad(self, code: i32, words: &[&str]) -> Self {
        let said = self.stderr();
        assert_eq!(self.code(), code, "{said}");
        assert!(!said.contains("panicked"), "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not in:\n{said}");
        }
        self
    }
}

/// All rows of a Parquet file as text.
pub fn table(path: &Path) -> Vec<Row> {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("a reader");
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.expect("a batch");
        let texts: Vec<_> = batch.columns().iter().map(|column| cast(column, &DataType::Utf8).expect("text")).collect();
        let schema = batch.schema();
        for index in 0..batch.num_rows() {
            let cells = schema.fields().iter().zip(&texts).filter(|(_, column)| !column.is_null(index));
            rows.push(
                cells
                    .map(|(field, column)| (field.name().clone(), column.as_string::<i32>().value(index).to_owned()))
                    .collect(),
            );
        }
    }
    rows
}
