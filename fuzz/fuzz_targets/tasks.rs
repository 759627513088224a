#![no_main]
//! A table of tasks: shares, periods and lists as officials write them.

use std::path::Path;
use std::sync::LazyLock;

use fairdraw::ingest::read_task_table;
use fairdraw::plan::{Files, Plan, TableInput, parse};
use fairdraw_fuzz::Desk;
use libfuzzer_sys::fuzz_target;

static DESK: LazyLock<Desk> = LazyLock::new(|| Desk::new("tasks.csv", ""));
static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let text = "name = \"f\"\nas-of = 2023-02-07\n[inputs.entities]\npath = \"r.csv\"\n[inputs.tasks]\npath = \"tasks.csv\"\n\
                [draw]\nseed = \"a seed\"\nstream = \"s\"\n[output]\nfolder = \"out\"\n";
    parse(text, Path::new("plan.toml"), Files::NotAsked).expect("a plan")
});

fuzz_target!(|cells: &str| {
    // One row, its cells a line each: the fuzzer need not find the headers.
    let row: Vec<String> = cells.lines().take(9).map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    let text = format!(
        "抽查计划编号,抽查任务名称,牵头部门,配合部门,抽查事项,事项类别,抽查比例,抽查户数,抽查时间\n{}\n",
        row.join(",")
    );
    let path = DESK.path("tasks.csv");
    std::fs::write(&path, text).expect("a file");
    if let Ok((table, _)) = read_task_table(&TableInput::of(&path), &|_| {}) {
        drop(PLAN.clone().with_tasks(&table));
    }
});
