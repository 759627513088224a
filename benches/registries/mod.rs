//! Registries to run plans over: a plain population written by `fairdraw_generate` into a temporary folder.
#![allow(dead_code, reason = "each bench uses its part of the registries")]

use fairdraw::plan::{self, Files, Plan};
use fairdraw_generate::{Layout, Preset, Request};
use std::path::PathBuf;

/// Grade × color × risk, 1 % of the live drawn: the work of the comparison with other programs (benches/peers.py).
const PLAN: &str = r#"
name = "bench"
as-of = 2023-02-07

[inputs.entities]
path = "entities.EXTENSION"
[inputs.credit]
path = "credit.EXTENSION"
[inputs.risk.risk]
path = "risk.EXTENSION"
direction = "higher-is-riskier"
range = [0, 1000]

[weight]
grade = { A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }
color = { green = 1, yellow = 2, red = 8, none = 1 }
[weight.risk]
blend = "weighted-mean"
models = { risk = 1 }
lowest = 0.5
highest = 1.5
missing = 0.3

[size]
share = 0.01

[draw]
seed = "public dice 4 6 1 1 3 5 2 6"
stream = "bench"

[output]
folder = "out"
"#;

/// Entities, credit and risk on the disk, with a plan over them. The folder goes when this goes.
pub struct Registries {
    folder: tempfile::TempDir,
    /// The plan; its output is the folder `out` beside the tables.
    pub plan: Plan,
    /// Rows of the three tables together.
    pub rows: u64,
}

impl Registries {
    /// A population of `entities` with every table in `format` (see `fairdraw generate --help`).
    pub fn new(entities: usize, format: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let format = format.parse().expect("a format that generate knows");
        let request = Request { rows: entities as u64, ..Request::new(Preset::Bench, "bench") };
        let report =
            fairdraw_generate::write(&request, folder.path(), &Layout::all(format), &|_, _| ()).expect("room on disk");
        let text = PLAN.replace("EXTENSION", format.extension());
        let plan = plan::parse(&text, &folder.path().join("plan.toml"), Files::MustExist);
        let plan = plan.unwrap_or_else(|errors| panic!("the plan of the benches: {errors:?}"));
        Self { plan, rows: report.files.iter().map(|file| file.rows).sum(), folder }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
