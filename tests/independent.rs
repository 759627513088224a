//! A second implementation, in plain Python, checks real runs: `tests/independent/verify_run.py`.
//!
//! It shares no code with the program and needs nothing but Python 3.8 and its standard library; without Python these
//! tests say so and pass.

use crate::support::{Outcome, Project, entity_id, repository};
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter, unless it is missing or too old.
fn python() -> Option<&'static str> {
    let modern = "import sys; sys.exit(sys.version_info < (3, 8))";
    let there = |name: &&str| Command::new(name).args(["-c", modern]).output().is_ok_and(|out| out.status.success());
    let found = ["python3", "python"].into_iter().find(there);
    if found.is_none() {
        eprintln!("no Python 3.8 or later on the PATH: the second implementation is not asked");
    }
    found
}

/// Writes a published table as CSV: missing values are empty, floats have the shortest digits that give the same bits.
fn export(parquet: &Path, csv: &Path) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(parquet).expect("a table")).expect("Parquet");
    let mut writer = csv::Writer::from_path(csv).expect("a CSV file");
    writer.write_record(reader.schema().fields().iter().map(|field| field.name())).expect("a header");
    for batch in reader.build().expect("a reader") {
        let batch = batch.expect("a batch");
        let columns: Vec<Vec<String>> = batch.columns().iter().map(|column| cells(column)).collect();
        for row in 0..batch.num_rows() {
            writer.write_record(columns.iter().map(|column| &column[row])).expect("a record");
        }
    }
    writer.flush().expect("a whole file");
}

fn cells(column: &dyn Array) -> Vec<String> {
    if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
        return numbers.iter().map(|number| number.map_or(String::new(), |number| format!("{number:?}"))).collect();
    }
    let texts = cast(column, &DataType::Utf8).expect("text");
    texts.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

/// A run with its two tables beside it as CSV.
struct Exported<'a> {
    project: &'a Project,
    python: &'static str,
    run: PathBuf,
}

impl<'a> Exported<'a> {
    fn new(project: &'a Project, python: &'static str, run: &str) -> Self {
        let run = project.path(run);
        for table in ["frame", "draw"] {
            export(&run.join(format!("{table}.parquet")), &project.path(&format!("{table}.csv")));
        }
        Self { project, python, run }
    }

    /// Asks the second implementation.
    fn verify(&self, manifest: &Path, frame: &str, draw: &str) -> Outcome {
        let script = repository("tests/independent/verify_run.py");
        let mut command = Command::new(self.python);
        command.arg(script).arg("--manifest").arg(manifest).arg("--frame").arg(self.project.path(frame));
        command.arg("--draw").arg(self.project.path(draw)).env("PYTHONUTF8", "1");
        Outcome(command.output().expect("Python starts"))
    }

    fn confirmed(&self) -> String {
        self.verify(&self.run.join("manifest.json"), "frame.csv", "draw.csv").good().stdout()
    }

    /// A copy of a table with one cell changed in the first row that `which` picks; returns the row's entity.
    fn with_a_change(
        &self,
        table: &str,
        column: &str,
        which: impl Fn(&csv::StringRecord) -> bool,
        change: impl Fn(&str) -> String,
    ) -> String {
        let mut reader = csv::Reader::from_path(self.project.path(&format!("{table}.csv"))).expect("a CSV file");
        let header = reader.headers().expect("a header").clone();
        let place = header.iter().position(|name| name == column).expect("the column");
        let mut writer = csv::Writer::from_path(self.project.path("changed.csv")).expect("a CSV file");
        writer.write_record(&header).expect("a header");
        let mut entity = None;
        for record in reader.records() {
            let mut record = record.expect("a record");
            if entity.is_none() && which(&record) {
                entity = Some(record[0].to_owned());
                let cells = record.iter().enumerate();
                record = cells.map(|(i, cell)| if i == place { change(cell) } else { cell.to_owned() }).collect();
            }
            writer.write_record(&record).expect("a record");
        }
        writer.flush().expect("a whole file");
        entity.expect("a row to change")
    }

    /// Expects the second implementation to name `words` in its one line about the first difference.
    fn refused(&self, manifest: &Path, frame: &str, draw: &str, words: &[&str]) {
        let outcome = self.verify(manifest, frame, draw);
        let said = outcome.stdout();
        assert_eq!(outcome.code(), 1, "{said}{}", outcome.stderr());
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} are not in: {said}");
        assert_eq!((said.lines().count(), outcome.stderr().as_str()), (1, ""));
    }
}

/// A registry of every kind of entity: three regions, weights from 0 to giants, all grades and colours, revoked ones,
/// ids that do not pack, and random numbers of the agency's own.
fn write_registries(project: &Project) {
    let mut registry = String::from("entity_id,name,status,region,size,own_number\n");
    let mut credit = String::from("entity_id,grade,color\n");
    for i in 0..600_usize {
        let id = match i % 60 {
            7 => format!("检查对象-{i:04}"),
            19 => format!("{} 分支机构 {i:04} 之一个很长很长很长的编号", "NR"),
            _ => entity_id(i * 7919),
        };
        let status = if i % 23 == 5 { "吊销" } else { "存续" };
        let region = ["永川", "江津", "綦江", "永川"][i % 4];
        let size = match i % 50 {
            3 => 0.0,
            11 => 400.0 + i as f64,
            27 => 12.5,
            _ => 0.1 + (i * 37 % 101) as f64 / 16.0,
        };
        registry += &format!("{id},企业{i},{status},{region},{size},0.{:06}\n", (i * 618_033 + 7) % 999_983 + 1);
        if i % 9 != 0 {
            let (grade, color) = (["A", "B", "C", "D"][i * i % 4], ["green", "yellow", "", "green"][i / 3 % 4]);
            let color = if i % 97 == 13 { "red" } else { color };
            credit += &format!("{id},{grade},{color}\n");
        }
    }
    project.write("registry.csv", registry);
    project.write("credit.csv", credit);
}

/// A stratified plan over [`write_registries`]; `lot` is the rest of `[draw]`.
fn stratified(design: &str, lot: &str) -> String {
    let (weight, measure) = if design == "srs" { ("", "entities") } else { (WEIGHT, "weight") };
    format!(
        r#"name = "stratified"
as-of = 2023-02-07

[inputs.entities]
path = "registry.csv"

[inputs.credit]
path = "credit.csv"

{weight}
[[rules]]
name = "红码全覆盖"
when = {{ color = ["red"] }}
then = "certain"

[strata]
by = ["region"]
measure = "{measure}"
at-least = 5

[size]
count = 60

[draw]
design = "{design}"
reserve = 7
{lot}

[output]
folder = "run"
"#
    )
}

const WEIGHT: &str = "[weight]
column = \"size\"
grade = { A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }
color = { green = 0.333333, yellow = 2, red = 1, none = 1 }
";

const BY_SEED: &str = "seed = \"双色球 03 07 12 19 22 31 + 05\"\nstream = \"2023-Q1\"";

fn stratified_run(project: &Project, design: &str, lot: &str) {
    write_registries(project);
    project.write("plan.toml", stratified(design, lot));
    project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
}

#[test]
fn the_sample_plan_is_confirmed_by_a_second_implementation() {
    let Some(python) = python() else { return };
    let project = Project::new();
    let plan = repository("pipelines/yongchuan-2023-q1.toml");
    let output = project.path("run");
    let output = output.to_str().expect("UTF-8");
    project.fairdraw(&["run", &plan, "--output", output, "--quiet"]).good();
    let exported = Exported::new(&project, python, "run");
    let said = exported.confirmed();
    let counts = &project.manifest("run")["counts"];
    let tickets = format!("{} tickets follow", counts["population"]);
    let drawn = format!("confirmed: {} drawn of {}", counts["drawn"], counts["population"]);
    for words in ["7 of 7 published files", &tickets, "20 in reserve", &drawn] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    let entity = exported.with_a_change("frame", "ticket", |row| row[0].ends_with('7'), flipped);
    exported.refused(&exported.run.join("manifest.json"), "changed.csv", "draw.csv", &["ticket of", &entity]);
}

#[test]
fn strata_with_take_all_entities_are_confirmed_under_every_design_and_source_of_lots() {
    let Some(python) = python() else { return };
    for (design, lot) in [
        ("sequential-poisson", BY_SEED.to_owned()),
        ("pareto", format!("{BY_SEED}\nalpha = 0.2\ncertainties = \"inside\"")),
        ("poisson", BY_SEED.to_owned()),
        ("srs", BY_SEED.to_owned()),
        ("sequential-poisson", "prn-column = \"own_number\"".to_owned()),
        ("pareto", "prn-column = \"own_number\"\nalpha = 0".to_owned()),
    ] {
        let project = Project::new();
        stratified_run(&project, design, &lot);
        let strata = project.manifest("run")["strata"].as_array().expect("strata").clone();
        let take_all: u64 = strata.iter().map(|stratum| stratum["take_all"].as_u64().expect("a count")).sum();
        assert_eq!((strata.len(), take_all > 0), (3, design != "srs"), "{design}: {take_all} take-all");
        let said = Exported::new(&project, python, "run").confirmed();
        assert!(said.contains("600 ids ascend") && said.contains("confirmed: "), "{said}");
    }
}

/// The number with its last digit turned into another one.
fn flipped(number: &str) -> String {
    let (head, last) = number.split_at(number.len() - 1);
    format!("{head}{}", if last == "3" { "4" } else { "3" })
}

#[test]
fn the_second_implementation_names_the_entity_of_the_first_difference() {
    let Some(python) = python() else { return };
    let project = Project::new();
    stratified_run(&project, "sequential-poisson", BY_SEED);
    let exported = Exported::new(&project, python, "run");
    exported.confirmed();
    let manifest = exported.run.join("manifest.json");
    let number = |cell: &str| cell.parse::<f64>().unwrap_or(0.0);
    let next_up = |cell: &str| format!("{:?}", f64::from_bits(number(cell).to_bits() + 1));

    let header = csv::Reader::from_path(project.path("frame.csv")).expect("CSV").headers().expect("a header").clone();
    let at = |column: &str| header.iter().position(|name| name == column).expect("the column");
    let (pi, drawn, certainty, reason) = (at("pi"), at("drawn"), at("certainty"), at("reason"));
    let by_lot = |row: &csv::StringRecord| number(&row[pi]) > 0.0 && number(&row[pi]) < 1.0;
    let frame = |column: &str, which: &dyn Fn(&csv::StringRecord) -> bool, change: &dyn Fn(&str) -> String| {
        let entity = exported.with_a_change("frame", column, which, change);
        exported.refused(&manifest, "changed.csv", "draw.csv", &[&format!("frame, {column} of {entity}: published")]);
    };
    frame("ticket", &|row| row[0].starts_with("检查对象"), &flipped);
    frame("pi", &by_lot, &next_up);
    frame("pi", &|row| !row[reason].is_empty(), &|_| "0.5".to_owned());
    frame("weight", &by_lot, &flipped);
    frame("drawn", &|row| by_lot(row) && &row[drawn] == "true", &|_| "false".to_owned());
    frame("drawn", &|row| by_lot(row) && &row[drawn] == "false", &|_| "true".to_owned());
    frame("certainty", &by_lot, &|_| "take-all".to_owned());
    frame("mode", &by_lot, &|mode| format!("not {mode}"));
    frame("eligible", &|row| row[certainty].is_empty(), &|eligible| (eligible != "true").to_string());

    let draw = |column: &str, selection: &str, change: &dyn Fn(&str) -> String| {
        let entity = exported.with_a_change("draw", column, |row| &row[3] == selection, change);
        exported.refused(&manifest, "frame.csv", "changed.csv", &[&format!("draw, {column} of {entity}: published")]);
    };
    draw("u", "reserve", &next_up);
    draw("key", "drawn", &next_up);
    draw("ticket", "certain", &flipped);
    draw("design_weight", "drawn", &next_up);
    let entity = exported.with_a_change("draw", "order", |row| &row[3] == "reserve" && &row[4] == "2", |_| "3".into());
    exported.refused(&manifest, "frame.csv", "changed.csv", &["draw, row ", &entity]);

    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let record = &project.manifest("run")["strata"][1];
    let name = record["name"].as_str().expect("a name");
    for (figure, change) in [("cut_line", &next_up as &dyn Fn(&str) -> String), ("weight_sum", &flipped)] {
        let published = record[figure].as_str().expect("a number as text");
        let changed = text.replacen(&format!("\"{published}\""), &format!("\"{}\"", change(published)), 1);
        let changed = project.write("changed.json", changed);
        exported.refused(&changed, "frame.csv", "draw.csv", &[&format!("manifest, stratum '{name}', {figure}: ")]);
    }
    let changed = text.replace("双色球 03", "双色球 04");
    let changed = project.write("changed.json", changed);
    exported.refused(&changed, "frame.csv", "draw.csv", &["frame, ticket of "]);
}

/// Inspectors of three departments at three stations: qualified or not, at work or not, with certificates that end, with a
/// capacity, who may lead or not.
fn write_roster(project: &Project, entities: usize) {
    let mut people = String::from(
        "inspector_id,department,station,qualification,certificate_from,certificate_until,active,capacity,may_lead,expert,specialty\n",
    );
    for own in 0..45_usize {
        let department = ["市场监管局", "消防救援局", "公安局"][own % 3];
        let station = ["甲所", "乙所", "丙所", ""][own / 3 % 4];
        let qualified = ["食品;药品", "食品", "", "特种设备", ""][own % 5];
        let from = if own % 11 == 0 { "2023-06-15" } else { "" };
        let until = if own % 7 == 0 { "2023-05-31" } else { "2025-12-31" };
        let (active, capacity) = (if own % 13 == 6 { "否" } else { "是" }, if own % 4 == 0 { "2" } else { "" });
        let may_lead = if own % 3 == 0 && own % 2 == 0 { "否" } else { "是" };
        people += &format!(
            "P{own:03},{department},{station},{qualified},{from},{until},{active},{capacity},{may_lead},否,\n"
        );
    }
    for (own, department, active) in
        [("E1", "市场监管局", "是"), ("E2", "", "是"), ("E3", "", "否"), ("E4", "公安局", "是")]
    {
        people += &format!("{own},{department},,,,2025-12-31,{active},,是,是,食品检验\n");
    }
    project.write("inspectors.csv", people);
    project.write(
        "items.csv",
        "item_id,department,qualification,specialty\nA1,市场监管局,食品;药品,食品检验\nB1,消防救援局,,\nC1,公安局,特种设备,电梯\n",
    );
    let recused = (0..entities).step_by(3).map(|own| format!("P{:03},{}\n", own % 45, entity_id(own)));
    project.write("recusals.csv", format!("inspector_id,entity_id\n{}", recused.collect::<String>()));
    project.write("holidays.csv", "date,day_kind\n2023-05-01,休\n2023-05-02,休\n2023-05-03,休\n2023-05-06,班\n2023-06-22,休\n2023-06-23,休\n2023-06-25,班\n");
}

#[test]
fn a_round_of_the_year_and_its_teams_are_confirmed_by_a_second_implementation() {
    let Some(python) = python() else { return };
    const COUNT: usize = 500;
    for (design, borrow) in [("pareto", true), ("sequential-poisson", false), ("poisson", true)] {
        let project = Project::new();
        let mut registry = String::from("entity_id,name,status,industry,station,registration_date\n");
        let mut credit = String::from("entity_id,grade\n");
        let mut stations = serde_json::Map::new();
        for own in 0..COUNT {
            let (status, industry) = (if own % 31 == 4 { "吊销" } else { "存续" }, ["C14", "F52", "I65"][own % 3]);
            let station = ["甲所", "乙所", "丙所", "丁所", ""][own % 5];
            let date = if own % 10 == 0 { String::new() } else { format!("20{:02}-03-0{}", own % 20, 1 + own % 9) };
            registry += &format!("{},企业{own},{status},{industry},{station},{date}\n", entity_id(own));
            credit += &format!("{},{}\n", entity_id(own), ["A", "B", "C", "D"][own / 3 % 4]);
            stations.insert(entity_id(own), station.into());
        }
        project.write("registry.csv", registry);
        project.write("credit.csv", credit);
        write_roster(&project, COUNT);
        let balance = if borrow { "round" } else { "year" };
        let assign = format!("[assign]\nborrow = {borrow}\nbalance = \"{balance}\"\napart = [[\"公安局\"]]");
        let plan = |name: &str, as_of: &str, assign: &str| {
            format!(
                r#"name = "{name}"
as-of = {as_of}
[inputs]
rounds = ["out/q*"]
[inputs.entities]
path = "registry.csv"
[inputs.credit]
path = "credit.csv"
[inputs.inspectors]
path = "inspectors.csv"
[inputs.items]
path = "items.csv"
[inputs.recusals]
path = "recusals.csv"
[inputs.holidays]
path = "holidays.csv"
[weight]
grade = {{ A = 0.5, B = 1, C = 2, D = 4, unrated = 1 }}
[draw]
seed = "dice of {name}"
stream = "2023"
design = "{design}"
spread = true
reserve = 4
[codes]
digits = 3
departments = ["市场监管局", "消防救援局", "公安局"]
{assign}
[output]
folder = "out/{name}"
[[tasks]]
id = "T1"
lead = "市场监管局"
members = ["消防救援局"]
items = ["A1"]
size = {{ count = 40 }}
window = {{ first = 2023-04-20, last = 2023-06-30 }}
[[tasks]]
id = "T2"
lead = "消防救援局"
items = ["B1"]
size = {{ count = 25 }}
eligibility = {{ industries = ["F"] }}
window = {{ first = 2023-06-01, last = 2023-07-31 }}
[[tasks]]
id = "T3"
lead = "公安局"
items = ["C1"]
size = {{ count = 15 }}
draw = {{ stream = "own", spread = false }}
window = {{ first = 2023-05-01, last = 2023-05-07 }}
[[tasks]]
id = "T4"
lead = "市场监管局"
size = {{ count = 10 }}
window = {{ first = 2023-07-15, last = 2023-08-31 }}
"#
            )
        };
        for (name, as_of, assign) in [("q1", "2023-02-07", assign.as_str()), ("q2", "2023-03-08", "")] {
            project.write("plan.toml", plan(name, as_of, assign));
            project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
        }
        // Two are replaced before inspectors are dealt, then somebody falls ill, an entity moves, and another is replaced.
        let approved = ["--reason", "情况变化", "--approver", "王科长", "--quiet"];
        let change = |arguments: &[&str]| project.fairdraw(&[arguments, &approved[..]].concat()).good();
        let of_task = |task: &str, at: usize| {
            let rows = project.table("out/q2/draw.parquet");
            let mut own = rows.into_iter().filter(|row| row["task_id"] == task && row["selection"] == "drawn");
            own.nth(at).expect("a row")["entity_id"].clone()
        };
        change(&["replace", "out/q2", "--entity", &of_task("T1", 0), "--task", "T1"]);
        change(&["replace", "out/q2", "--entity", &of_task("T3", 0), "--task", "T3"]);
        project.write("plan.toml", plan("q2", "2023-03-08", &assign));
        project.fairdraw(&["assign", "out/q2", "--plan", "plan.toml", "--quiet"]).good();
        let team =
            project.table("out/q2.teams/teams.parquet").into_iter().find(|row| row["role"] == "lead").expect("a team");
        let of_team =
            ["--visit", &team["visit_id"], "--department", &team["department"], "--inspector", &team["inspector_id"]];
        let ill = [&["reassign", "out/q2", "--plan", "plan.toml"], &of_team[..], &approved[..]].concat();
        // Where nobody else can come, the team stays.
        let reassigned = project.fairdraw(&ill).code() == 0;
        change(&[
            "replace",
            "out/q2",
            "--entity",
            &of_task("T2", 3),
            "--task",
            "T2",
            "--plan",
            "plan.toml",
            "--from",
            "2023-06-10",
        ]);
        let moved = of_task("T4", 2);
        let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
        let line = registry.lines().find(|line| line.starts_with(&moved)).expect("the entity");
        let date = line.rsplit_once(',').expect("a date").1;
        let cells = line.trim_end_matches(&format!(",{date}")).rsplit_once(',').expect("a station");
        project.write("registry.csv", registry.replace(line, &format!("{},乙所,{date}", cells.0)));
        change(&["reroute", "out/q2", "--entity", &moved, "--plan", "plan.toml"]);
        let mut then = stations.clone();
        then.insert(moved, "乙所".into());
        let last = if reassigned { "0005" } else { "0004" };
        std::fs::create_dir(project.path(last)).expect("a folder");
        project.write(&format!("{last}/stations.json"), serde_json::Value::from(then).to_string());
        let export_to = |folder: &str, table: &str| {
            export(&project.path(&format!("out/{folder}/{table}.parquet")), &project.path(&format!("{table}.csv")));
        };
        ["frame", "draw", "spread"].iter().for_each(|table| export_to("q2", table));
        ["visits", "teams", "unserved"].iter().for_each(|table| export_to("q2.teams", table));
        for entry in std::fs::read_dir(project.path("out/q2.amendments")).expect("amendments") {
            let path = entry.expect("an entry").path();
            if let Some(stem) =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".parquet"))
            {
                export(&path, &project.path(&format!("{stem}.csv")));
            }
        }
        export_to("q2", "codes");
        export(&project.path("out/q2.teams/codes.parquet"), &project.path("inspector-codes.csv"));
        let copy = |from: &str, to: &str| std::fs::copy(project.path(from), project.path(to)).expect("a manifest");
        copy("out/q2/manifest.json", "manifest.json");
        copy("out/q2.teams/manifest.json", "teams-manifest.json");
        let task = |id: &str,
                    lead: &str,
                    members: &[&str],
                    items: &[&str],
                    days: [&str; 2],
                    industries: &[&str],
                    spread: bool| {
            serde_json::json!({
                "id": id, "lead": lead, "members": members, "items": items, "first": days[0], "last": days[1],
                "industries": industries, "spread": spread,
            })
        };
        let mut settings = serde_json::json!({
            "weights": { "A": 0.5, "B": 1, "C": 2, "D": 4, "unrated": 1 },
            "tasks": [
                task("T1", "市场监管局", &["消防救援局"], &["A1"], ["2023-04-20", "2023-06-30"], &[], true),
                task("T2", "消防救援局", &[], &["B1"], ["2023-06-01", "2023-07-31"], &["F"], true),
                task("T3", "公安局", &[], &["C1"], ["2023-05-01", "2023-05-07"], &[], false),
                task("T4", "市场监管局", &[], &[], ["2023-07-15", "2023-08-31"], &[], true),
            ],
            "assign": { "seed": "dice of q2", "size": 2, "borrow": borrow, "apart": [["公安局"]] },
            "codes": { "digits": 3, "departments": ["市场监管局", "消防救援局", "公安局"] },
            "stations": stations,
        });
        if balance == "year" {
            let mut earlier: BTreeMap<String, u32> = BTreeMap::new();
            let teams = project.table("out/q1.teams/teams.parquet");
            let members = teams.into_iter().filter(|row| row["role"] != "expert");
            members.for_each(|row| *earlier.entry(row["inspector_id"].clone()).or_default() += 1);
            assert!(!earlier.is_empty());
            settings["assign"]["earlier"] = serde_json::json!(earlier);
        }
        project.write("settings.json", settings.to_string());
        let script = repository("tests/independent/verify_year.py");
        let run = || {
            let mut command = Command::new(python);
            command.arg(&script).arg(project.path("")).arg("--amendments").arg(project.path("out/q2.amendments"));
            command.env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
            Outcome(command.output().expect("Python starts"))
        };
        let said = run().good().stdout();
        for words in
            ["confirmed: ", " visits, ", " experts called", " amendments (", "2 before inspectors were dealt", " codes"]
        {
            assert!(said.contains(words), "{design}: {said}");
        }
        // It does look: another one who came, another digit, and a team of others are differences.
        let text =
            std::fs::read_to_string(project.path(&format!("out/q2.amendments/{last}.json"))).expect("an amendment");
        let changed = if text.contains("P003") { text.replace("P003", "P044") } else { text.replace("P004", "P044") };
        if changed != text {
            project.write(&format!("out/q2.amendments/{last}.json"), changed);
            assert_eq!(run().code(), 1, "{design}: another member in the last amendment");
            project.write(&format!("out/q2.amendments/{last}.json"), text);
        }
        let codes = std::fs::read_to_string(project.path("codes.csv")).expect("codes");
        let new = codes.lines().last().expect("a code").to_owned();
        let code = new.split(',').nth(1).expect("a code").to_owned();
        let other = format!("{}{}", &code[..code.len() - 1], if code.ends_with('1') { '2' } else { '1' });
        project.write("codes.csv", codes.replace("2023-02-07", "2023-03-08").replace(&code, &other));
        let outcome = run();
        assert!(outcome.code() == 1 && outcome.stdout().starts_with("codes, "), "{}", outcome.stdout());
        project.write("codes.csv", codes);
        let teams = std::fs::read_to_string(project.path("teams.csv")).expect("teams");
        let (from, to) = if teams.contains("P003") { ("P003", "P009") } else { ("P004", "P010") };
        project.write("teams.csv", teams.replacen(from, to, 1));
        let outcome = run();
        assert!(
            outcome.code() == 1 && outcome.stdout().starts_with("teams, "),
            "{}{}",
            outcome.stdout(),
            outcome.stderr()
        );
    }
}
