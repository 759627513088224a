//! Rounds of tasks: one frame, a draw for each task, one list.

use super::*;
use crate::support::Outcome;

const COUNT: usize = 1_200;

/// Sections that the tasks take what they leave out from.
const PLAN: &str = "[size]\nshare = 0.05\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\nreserve = 2\n\n";

const T1: &str = "[[tasks]]\nid = \"T1\"\nname = \"食品\"\nlead = \"市场监管局\"\nmembers = [\"公安局\"]\nitems = [\"A1\", \"A2\"]\nkind = \"key\"\n\n";
const T2: &str =
    "[[tasks]]\nid = \"T2\"\nlead = \"消防救援局\"\neligibility = { industries = [\"F\"] }\nsize = { count = 40 }\n\n";
const T3: &str =
    "[[tasks]]\nid = \"T3\"\nweight = {}\nsize = { share = 0.03 }\ndraw = { design = \"srs\", stream = \"other\" }\n\n";
const T4: &str = "[[tasks]]\nid = \"T4\"\nsize = { grade-shares = { A = 0.01, B = 0.02, C = 0.05, D = 0.1, unrated = 0.02 } }\nstrata = { by = [\"region\"] }\nrules = [{ name = \"red\", when = { color = [\"red\"] }, then = \"certain\" }]\n\n";

fn round(tasks: &[&str]) -> Project {
    let project = project(COUNT, &format!("{CREDIT}{WEIGHT}{PLAN}{}", tasks.concat()));
    credit(&project, COUNT, mixed);
    project
}

fn run(project: &Project) -> Outcome {
    project.fairdraw(&["run", "plan.toml", "--replace"]).good()
}

/// The rows of a task on the list.
fn of_task(project: &Project, task: &str) -> Vec<Row> {
    let rows = project.table("out/run/draw.parquet");
    rows.into_iter().filter(|row| row["task_id"] == task).collect()
}

fn ids(rows: &[Row]) -> BTreeSet<String> {
    let drawn = rows.iter().filter(|row| row["selection"] != "reserve");
    drawn.map(|row| row["entity_id"].clone()).collect()
}

#[test]
fn a_task_is_drawn_as_a_plan_of_its_own_would_be() {
    let round = round(&[T1, T2, T3, T4]);
    run(&round);
    let verified = round.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good().stdout();
    assert!(verified.contains("4 tasks, "), "{verified}");
    let size = "[size]\nshare = 0.05\n\n";
    let alone = [
        ("T1", PLAN.to_owned()),
        ("T2", format!("[eligibility]\nindustries = [\"F\"]\n\n{}", PLAN.replace(size, "[size]\ncount = 40\n\n"))),
        (
            "T4",
            format!(
                "[strata]\nby = [\"region\"]\n\n[[rules]]\nname = \"red\"\nwhen = {{ color = [\"red\"] }}\nthen = \"certain\"\n\n{}",
                PLAN.replace(
                    size,
                    "[size]\ngrade-shares = { A = 0.01, B = 0.02, C = 0.05, D = 0.1, unrated = 0.02 }\n\n"
                )
            ),
        ),
    ];
    for (task, plan) in alone {
        let single = project(COUNT, &format!("{CREDIT}{WEIGHT}{plan}"));
        credit(&single, COUNT, mixed);
        run(&single);
        let mut rows = of_task(&round, task);
        rows.iter_mut().for_each(|row| _ = row.remove("task_id"));
        assert_eq!(rows, single.table("out/run/draw.parquet"), "{task}");
        let manifest = single.manifest("out/run");
        let tasks = round.manifest("out/run")["tasks"].clone();
        let own = tasks.as_array().expect("tasks").iter().find(|own| own["id"] == task).expect("the task").clone();
        for key in ["stream", "design", "alpha", "certainties", "counts", "exclusions", "strata"] {
            assert_eq!(own[key], manifest[key], "{task} {key}");
        }
    }
}

#[test]
fn what_is_published_of_a_round_is_of_its_tasks() {
    let project = round(&[T1, T2, T3, T4]);
    run(&project);
    let tasks = project.table("out/run/tasks.parquet");
    assert_eq!(tasks.iter().map(|row| row["task_id"].as_str()).collect::<Vec<_>>(), ["T1", "T2", "T3", "T4"]);
    let first = &tasks[0];
    assert_eq!((first["name"].as_str(), first["lead"].as_str(), first["kind"].as_str()), ("食品", "市场监管局", "key"));
    assert_eq!((first["first_day"].as_str(), first["last_day"].as_str()), ("2023-02-07", "2023-12-31"));
    for row in &tasks {
        let listed = of_task(&project, &row["task_id"]);
        assert_eq!(number(row, "drawn"), ids(&listed).len() as f64);
        assert_eq!(number(row, "reserve"), (listed.len() - ids(&listed).len()) as f64);
    }
    let manifest = project.manifest("out/run");
    let distinct: BTreeSet<String> = ids(&project.table("out/run/draw.parquet"));
    assert_eq!(manifest["distinct_drawn"], distinct.len());
    assert_eq!(manifest["design"], serde_json::Value::Null);
    // The frame holds what no task decides.
    let frame = project.table("out/run/frame.parquet");
    assert_eq!(frame.len(), COUNT);
    assert!(frame.iter().all(|row| !row.contains_key("pi") && !row.contains_key("weight") && row.contains_key("mode")));
    let summary = project.table("out/run/summary.parquet");
    let all =
        |task: &str| summary.iter().find(|row| row["task_id"] == task && row["level"] == "all").expect("a row").clone();
    assert_eq!(number(&all("T2"), "eligible"), COUNT as f64 / 4.0);
    let page = std::fs::read_to_string(project.path("out/run/report.zh.html")).expect("a page");
    assert!(page.contains("抽查任务") && page.contains("T4"));
}

#[test]
fn other_tasks_and_their_order_change_no_task() {
    let all = round(&[T1, T2, T3, T4]);
    run(&all);
    let turned = round(&[T4, T2, T3, T1]);
    run(&turned);
    for file in ["draw.parquet", "tasks.parquet", "summary.parquet"] {
        let table = |project: &Project| project.table(&format!("out/run/{file}"));
        assert_eq!(table(&all), table(&turned), "{file}");
    }
    for tasks in [vec![T3], vec![T1, T4]] {
        let fewer = round(&tasks);
        run(&fewer);
        for task in ["T1", "T3", "T4"] {
            let own = of_task(&fewer, task);
            assert!(own.is_empty() || own == of_task(&all, task), "{task}");
        }
    }
}

#[test]
fn threads_and_memory_change_no_byte_of_a_round() {
    let project = round(&[T1, T2, T3, T4]);
    let mut first = None;
    for arguments in [["--threads", "1"], ["--threads", "5"], ["--memory", "64MiB"]] {
        project.fairdraw(&["run", "plan.toml", arguments[0], arguments[1]]).good();
        let bytes = project.bytes("out/run");
        assert!(bytes.contains_key("tasks.parquet"));
        assert!(*first.get_or_insert_with(|| bytes.clone()) == bytes, "{arguments:?}");
    }
}

#[test]
fn tasks_of_one_stream_meet_at_the_same_doors() {
    let same = "[[tasks]]\nid = \"T5\"\n\n";
    let smaller = "[[tasks]]\nid = \"T6\"\nsize = { share = 0.02 }\ndraw = { design = \"sequential-poisson\" }\n\n";
    let larger = smaller.replace("T6", "T7").replace("0.02", "0.05");
    let project = round(&[T1, same, smaller, &larger]);
    run(&project);
    assert_eq!(ids(&of_task(&project, "T1")), ids(&of_task(&project, "T5")));
    assert!(ids(&of_task(&project, "T6")).is_subset(&ids(&of_task(&project, "T7"))));
}

#[test]
fn a_table_of_tasks_is_the_same_round_and_is_verified_without_it() {
    let written = round(&[T1, T2, T3]);
    run(&written);
    let headers = "抽查计划编号,抽查任务名称,牵头部门,配合部门,抽查事项,事项类别,抽查比例,抽查户数,行业,随机数流\n";
    let rows =
        ["T3,,,,,,3%,,,other", "T1,食品,市场监管局,公安局,A1、A2,重点检查事项,,,,", "T2,,消防救援局,,,,,40户,F,"];
    let srs = format!("{CREDIT}{}", PLAN.replace("stream = \"2023\"", "stream = \"2023\"\ndesign = \"srs\""));
    for (name, plan) in [("weighted", format!("{CREDIT}{WEIGHT}{PLAN}")), ("srs", srs)] {
        let table = project(COUNT, &format!("{plan}[inputs.tasks]\npath = \"tasks.csv\"\n\n"));
        credit(&table, COUNT, mixed);
        table.write("tasks.csv", headers.to_owned() + &rows.join("\n") + "\n");
        run(&table);
        table.fairdraw(&["verify", "out/run"]).good();
        table.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
        // What a table cannot say (a task's own design) it takes from its plan.
        for task in if name == "srs" { &["T3"][..] } else { &["T1", "T2"] } {
            assert_eq!(of_task(&table, task), of_task(&written, task), "{name} {task}");
        }
        assert_eq!(table.manifest("out/run")["inputs"][2]["table"], "tasks");
        let changed = std::fs::read_to_string(table.path("out/run/tasks.toml")).expect("tasks").replace("40", "41");
        table.write("out/run/tasks.toml", changed);
        table.fairdraw(&["verify", "out/run"]).bad(1, &["tasks.toml"]);
    }
}

#[test]
fn a_cell_of_the_table_that_is_not_understood_is_named_with_its_row_and_the_fix() {
    let project = project(40, &format!("{PLAN}[inputs.tasks]\npath = \"tasks.csv\"\n\n"));
    let headers = "任务编号,任务名称,抽查比例,抽查户数,抽查频次,抽查时间,事项类别,组织层级,配合部门\n";
    let cases: [(&str, &[&str]); 14] = [
        ("T1,食品,5,,,,,,", &["row 2, 抽查比例", "5 may be percent or entities", "5户"]),
        ("T1,食品,若干,,,,,,", &["row 2, 抽查比例", "nothing was understood", "A:3%"]),
        ("T1,食品,3%;若干,,,,,,", &["row 2, 抽查比例", "understood share = 0.03"]),
        ("T1,食品,,许多,,,,,", &["row 2, 抽查户数", "许多", "20户"]),
        ("T1,食品,3%,,经常,,,,", &["row 2, 抽查频次", "1次/年"]),
        ("T1,食品,3%,,,尽快,,,", &["row 2, 检查日期", "尽快", "2023年3月-6月"]),
        ("T1,食品,3%,,,6月-3月,,,", &["row 2, window", "ends before it begins"]),
        ("T1,食品,3%,,,,要紧,,", &["row 2, kind", "要紧", "key, general"]),
        ("T1,食品,3%,,,,,村级,", &["row 2, level", "村级", "county"]),
        ("T1,食品,130%,,,,,,", &["row 2, size.share", "1.3 is no share"]),
        ("T1,食品,3%,,,,,,\nT1,药品,3%,,,,,,", &["row 3, id", "\"T1\" names two tasks"]),
        (",食品,3%,,,,,,", &["tasks.csv", "row 2", "no id"]),
        ("T1,食品,A:3%,,,,,,", &["size.grade-shares", "credit table"]),
        ("T1,食品,,0,,,,,", &["row 2, size.count", "0 draws nobody"]),
    ];
    for (row, words) in cases {
        project.write("tasks.csv", format!("{headers}{row}\n"));
        for command in ["check", "run"] {
            let outcome = project.fairdraw(&[command, "plan.toml"]);
            let code = if row.starts_with(',') { 3 } else { 2 };
            outcome.bad(code, words);
        }
        assert!(!project.path("out/run").exists());
    }
    project.write("tasks.csv", headers);
    project.fairdraw(&["run", "plan.toml"]).bad(3, &["tasks.csv holds no rows of [inputs.tasks]"]);
    project.write("tasks.csv", "任务名称,抽查比例\n食品,3%\n");
    project.fairdraw(&["run", "plan.toml"]).bad(3, &["task_id", "[inputs.tasks]"]);
}

#[test]
fn a_task_that_cannot_be_drawn_is_named() {
    let nobody = "[[tasks]]\nid = \"T9\"\neligibility = { industries = [\"Z\"] }\n\n";
    round(&[T1, nobody]).fairdraw(&["run", "plan.toml"]).bad(4, &["task `T9`: none of the 1200 entities is eligible"]);
    let many = "[[tasks]]\nid = \"T9\"\nsize = { count = 5000 }\n\n";
    round(&[T1, many]).fairdraw(&["run", "plan.toml"]).bad(4, &["task `T9`: 5000 are to be drawn"]);
}

#[test]
fn a_size_that_the_plan_states_otherwise_raises_a_warning() {
    let stated = "[[tasks]]\nid = \"T9\"\nstated-count = 20\n\n";
    let project = round(&[stated]);
    let said = run(&project).stderr();
    assert!(said.contains("task `T9`: the share comes to 60, and the plan says 20"), "{said}");
    assert_eq!(warning_codes(&project, "out/run"), ["stated-count"]);
}

#[test]
fn a_round_is_committed_to_before_its_seed_exists() {
    let plan =
        format!("{CREDIT}{WEIGHT}{PLAN}{T1}{T2}").replace("seed = \"public dice 3 1 6 2\"", "seed-source = \"dice\"");
    let project = project(COUNT, &plan);
    credit(&project, COUNT, mixed);
    let commit = || {
        let printed = project.fairdraw(&["commit", "plan.toml"]).good().stdout();
        let parts: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
        parts["commitment"].as_str().expect("a commitment").to_owned()
    };
    let commitment = commit();
    let run =
        |commitment: &str| project.fairdraw(&["run", "plan.toml", "--seed", "4 6 1 1 3", "--commitment", commitment]);
    run(&commitment).good();
    project.fairdraw(&["verify", "out/run", "--seed", "4 6 1 1 3", "--commitment", &commitment]).good();
    // An entity that only T2 can draw: its industry decides.
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    project.write("registry.csv", registry.replacen(",F52", ",G52", 1));
    assert_ne!(commit(), commitment);
    run(&commitment).bad(1, &["the commitment given is"]);
}

#[test]
fn every_task_is_explained_to_an_entity() {
    let project = round(&[T1, T2, T3, T4]);
    run(&project);
    for row in project.table("out/run/draw.parquet").iter().step_by(17) {
        let (id, task) = (row["entity_id"].as_str(), row["task_id"].as_str());
        let all = project.fairdraw(&["explain", "out/run", id]).good().stdout();
        for task in ["T1", "T2", "T3", "T4"] {
            assert!(all.contains(&format!("Task {task}")), "{all}");
        }
        let own = project.fairdraw(&["explain", "out/run", id, "--task", task]).good().stdout();
        let word = if row["selection"] == "reserve" { "on the reserve list" } else { "rawn. Inspection mode" };
        assert!(own.contains(word) && !own.contains("Task T9"), "{own}");
        if row["selection"] != "certain" {
            assert!(own.contains(&row["ticket"]) && own.contains(&format!("= {}.", row["pi"])), "{own}\n{row:?}");
        }
    }
    project.fairdraw(&["explain", "out/run", &entity_id(1), "--task", "T9"]).bad(2, &["no task `T9`"]);
    let out = project.fairdraw(&["simulate", "plan.toml", "--times", "3"]).good().stdout();
    assert!(out.contains("Task T4: 3 draws"), "{out}");
}
