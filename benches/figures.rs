//! Figures: inspections per second, from a table of results to the folder, and without writing.
//!
//! `cargo bench --bench figures`. Beside another program, as whole processes: time `fairdraw kpi` and the other one in turn.

mod grid;

use divan::Bencher;
use divan::counter::ItemsCount;
use fairdraw::kpi::{compute, known_figures, run};
use fairdraw::plan::{Files, KpiPlan, parse_kpi};
use grid::Entities;
use std::fmt::Write as _;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A table of results with its plan, in a temporary folder.
struct Desk {
    plan: KpiPlan,
    _folder: TempDir,
}

impl Desk {
    fn new(inspections: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut rows = String::from("inspection_id,entity_id,department,date,outcome,published_on,mobile\n");
        for at in 0..inspections {
            let (entity, department) = (at * 7919 % (inspections / 16 + 1), at % 31);
            let (month, day) = (1 + at % 12, 1 + at / 12 % 28);
            let outcome = if at % 4 == 0 { "told-to-correct" } else { "no-problem" };
            writeln!(
                rows,
                "{at},91500118W{entity:09},department {department},2023-{month:02}-{day:02},{outcome},2023-12-28,yes"
            )
            .expect("a text");
        }
        std::fs::write(folder.path().join("results.csv"), rows).expect("a file");
        let text = "name = \"bench\"\nas-of = 2023-12-31\n[inputs.results]\npath = \"results.csv\"\n[output]\nfolder = \"out\"\n";
        let path = folder.path().join("plan.toml");
        let plan = parse_kpi(text, &path, Files::MustExist, &known_figures()).expect("a plan");
        Self { plan, _folder: folder }
    }
}

/// Read, match, compute.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 30)]
fn read_and_compute(bencher: Bencher, Entities(inspections): Entities) {
    let desk = Desk::new(inspections);
    bencher.counter(ItemsCount::new(inspections)).bench_local(|| compute(&desk.plan, &|_| ()).expect("figures"));
}

/// The same and the folder: tables, pages, manifest.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 60)]
fn whole_run(bencher: Bencher, Entities(inspections): Entities) {
    let desk = Desk::new(inspections);
    bencher
        .counter(ItemsCount::new(inspections))
        .bench_local(|| run(&desk.plan, None, false, &|_| ()).expect("a folder of figures"));
}
