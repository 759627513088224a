//! The flow through the binary: what a plan promises is drawn, published, confirmed and explained.

mod assigning;
mod ceremony;
mod changde;
mod coding;
mod commands;
mod explaining;
mod formats;
mod generating;
mod laws;
mod nightly;
mod pipelines;
mod pruning;
mod publishing;
mod ranges;
mod rechecking;
mod replacing;
mod reviewing;
mod rules;
mod sample_plan;
mod signing;
mod sizes;
mod tasks;
mod verifying;
mod visits;
mod weights;
mod year;

use crate::support::{Project, Row, entity_id, plan};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a CSV file, by header.
pub fn list(project: &Project, name: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(project.path(name)).expect("a list");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().expect("a header").clone();
    let row =
        |record: csv::StringRecord| header.iter().zip(&record).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    reader.records().map(|record| row(record.expect("a record"))).collect()
}

/// A project with a plain registry of `count` entities and the plan [`plan`]`(rest)` as `plan.toml`.
pub fn project(count: usize, rest: &str) -> Project {
    let project = Project::new();
    project.registry("registry.csv", count);
    project.write("plan.toml", plan(rest));
    project
}

/// The plans of three rounds of a year with spread, `q1.toml` to `q3.toml`, each of which counts those before it.
pub fn three_rounds() -> Project {
    let project = Project::new();
    project.registry("registry.csv", 300);
    for (round, day, seed) in
        [("q1", "2023-01-10", "1 2 3 4"), ("q2", "2023-04-10", "5 6 7 8"), ("q3", "2023-07-10", "9 8 7 6")]
    {
        let rest = format!("[size]\ncount = 20\n[draw]\nseed = \"{seed}\"\nstream = \"2023\"\nspread = true\n");
        let text = plan(&rest).replace("2023-02-07", day).replace("out/run", &format!("out/{round}"));
        let text = text.replacen("[inputs.entities]", "[inputs]\nrounds = [\"out/q*\"]\n\n[inputs.entities]", 1);
        project.write(&format!("{round}.toml"), text);
    }
    project
}

/// `[inputs.credit]` over `credit.csv`.
pub const CREDIT: &str = "[inputs.credit]\npath = \"credit.csv\"\n\n";

/// `[inputs.flags]` over `flags.csv`.
pub const FLAGS: &str = "[inputs.flags]\npath = \"flags.csv\"\n\n";

/// Writes `credit.csv` for the entities of [`Project::registry`].
pub fn credit(project: &Project, count: usize, rating: impl Fn(usize) -> (&'static str, &'static str)) {
    let mut text = String::from("entity_id,grade,color\n");
    for index in 0..count {
        let (grade, color) = rating(index);
        text += &format!("{},{grade},{color}\n", entity_id(index));
    }
    project.write("credit.csv", text);
}

/// Grades and colours of a population in which everything occurs.
pub fn mixed(index: usize) -> (&'static str, &'static str) {
    let grade = ["A", "B", "C", "D", "unrated", "A", "B"][index % 7];
    let color = ["green", "green", "yellow", "none", "green"][index % 5];
    (grade, if index % 97 == 11 { "red" } else { color })
}

/// Weights by grade and colour.
pub const WEIGHT: &str = "[weight]\ngrade = { A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }\ncolor = { green = 1, yellow = 2, red = 1, none = 1 }\n\n";

/// Writes a long table `entity_id,flag`.
pub fn flags(project: &Project, flags: &[(usize, &str)]) {
    let rows: String = flags.iter().map(|(index, flag)| format!("{},{flag}\n", entity_id(*index))).collect();
    project.write("flags.csv", format!("entity_id,flag\n{rows}"));
}

/// The frame of a run by id.
pub fn frame(project: &Project, run: &str) -> BTreeMap<String, Row> {
    let rows = project.table(&format!("{run}/frame.parquet"));
    rows.into_iter().map(|row| (row["entity_id"].clone(), row)).collect()
}

/// Ids of a selection (`certain`, `drawn`, `reserve`) of a run.
pub fn selected(project: &Project, run: &str, selection: &str) -> BTreeSet<String> {
    let rows = project.table(&format!("{run}/draw.parquet"));
    rows.into_iter().filter(|row| row["selection"] == selection).map(|row| row["entity_id"].clone()).collect()
}

/// Ids of everybody drawn, as the frame has it.
pub fn drawn(project: &Project, run: &str) -> BTreeSet<String> {
    frame(project, run).into_iter().filter(|(_, row)| row["drawn"] == "true").map(|(id, _)| id).collect()
}

/// Words of a cell that holds a list.
pub fn words(cell: &str) -> Vec<&str> {
    cell.trim_matches(['[', ']']).split(", ").filter(|word| !word.is_empty()).collect()
}

/// A cell as a number.
pub fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

/// u of a ticket, as the contract has it.
pub fn u_of(row: &Row) -> f64 {
    let ticket = u64::from_str_radix(&row["ticket"], 16).expect("a ticket");
    ((ticket >> 12) as f64 + 0.5) / 2f64.powi(52)
}

/// Codes of the manifest's warnings.
pub fn warning_codes(project: &Project, run: &str) -> Vec<String> {
    let manifest = project.manifest(run);
    let warnings = manifest["warnings"].as_array().expect("a list");
    warnings.iter().map(|warning| warning["code"].as_str().expect("a code").to_owned()).collect()
}

/// Equal up to the rounding of sums and products.
pub fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * right.abs().max(1.0)
}
