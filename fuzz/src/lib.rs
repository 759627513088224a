//! What the targets share: a folder with files, and plans over them.

use std::path::PathBuf;

use fairdraw::ingest::{Tables, read_tables};
use fairdraw::plan::{Files, Plan, parse};
use fairdraw::spill::Room;
use tempfile::TempDir;

/// The tables of a plan, each of which is fuzzed in its turn.
const ROLES: [&str; 6] = ["entities", "credit", "risk.m", "flags", "ledger", "inspectors"];

/// A folder with a small registry and a plan for every table.
pub struct Desk {
    home: TempDir,
    file: &'static str,
    plans: Vec<Plan>,
}

impl Desk {
    /// A desk whose fuzzed file has this name; `more` are further keys of its table.
    pub fn new(file: &'static str, more: &str) -> Self {
        // Panics of libraries that read files are caught by `guard`; whichever is not caught still ends the target.
        std::panic::set_hook(Box::new(|panic| {
            if std::env::var_os("FUZZ_TELLS").is_some() {
                eprintln!("{panic}");
            }
        }));
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("registry.csv"), "entity_id,name,status\n91350100M000100Y43,a,live\n")
            .expect("a file");
        std::fs::write(home.path().join(file), "").expect("a file");
        let plan = |role: &&str| {
            let registry = if *role == "entities" { "" } else { "[inputs.entities]\npath = \"registry.csv\"\n" };
            let risk = if *role == "risk.m" { "direction = \"higher-is-riskier\"\nrange = [0, 100]\n" } else { "" };
            let text = format!(
                "name = \"f\"\nas-of = 2023-02-07\n[inputs]\nset-aside-limit = 1\n{registry}[inputs.{role}]\npath = \"{file}\"\n{risk}{more}\
                 [size]\ncount = 1\n[draw]\nseed = \"a seed\"\nstream = \"s\"\n[output]\nfolder = \"out\"\n"
            );
            parse(&text, &home.path().join("plan.toml"), Files::NotAsked).expect("a plan")
        };
        let plans = ROLES.iter().map(plan).collect();
        Self { home, file, plans }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Reads bytes as one of the tables. What stands in a table and what is set aside add up to what is read.
    pub fn read(&self, role: u8, bytes: &[u8]) {
        std::fs::write(self.path(self.file), bytes).expect("a file");
        let plan = &self.plans[usize::from(role) % self.plans.len()];
        let read: Result<Tables, _> = read_tables(plan, &[], &Room::unlimited(), &|_| {});
        if let Ok(tables) = read {
            for receipt in &tables.receipts {
                assert_eq!(receipt.accepted + receipt.quarantined, receipt.rows_read, "rows are lost");
            }
        }
    }
}
