//! Laws of figures: partitions add up, and neither the order of rows, the threads, nor what lies after the as-of day matters.

use super::{HEADER, TASKS, kpi_plan, tasks};
use crate::support::{Project, Row, entity_id};
use std::collections::BTreeMap;

/// Results in which everything occurs: 400 rows, some of one inspection.
fn rows() -> Vec<String> {
    let outcomes = ["1", "2", "1;2", "停业", "", "1"];
    (0..400)
        .map(|at: usize| {
            let day = format!("2023-{:02}-{:02}", 1 + at % 12, 1 + at * 7 % 28);
            let department = ["甲局", "乙局", "丙局"][at * 5 % 3];
            let published = if at.is_multiple_of(9) { String::new() } else { format!("2023-12-{:02}", 1 + at % 28) };
            let outcome = outcomes[at % 6];
            let mobile = if at % 50 == 3 { "否" } else { "是" };
            format!(
                "J{:04},T{},{},{department},{day},{outcome},{published},{mobile}\n",
                at - usize::from(at % 40 == 39),
                at % 7,
                entity_id(at * 3 % 90)
            )
        })
        .collect()
}

fn compute(rows: &[String], threads: &str, as_of: &str) -> Project {
    let project = Project::new();
    project.write("results.csv", HEADER.to_owned() + &rows.concat());
    let of_tasks: String = (0..6)
        .map(|task| {
            let departments = if task % 2 == 0 { "甲局;乙局" } else { "丙局" };
            let level = ["区级", "市级"][task % 2];
            format!("T{task},{departments},{level},双随机,是,2023-01-0{},2023-06-01,\n", task + 1)
        })
        .collect();
    tasks(&project, &of_tasks);
    let mut registry = String::from("统一社会信用代码,登记状态,监管所,行业,信用风险等级,红黄绿码\n");
    for entity in 0..80 {
        let grade = ["A", "B", "C", "D", "未评"][entity % 5];
        let status = if entity % 11 == 0 { "注销" } else { "存续" };
        registry += &format!("{},{status},{}所,{},{grade},绿\n", entity_id(entity), entity % 4, ["C", "F"][entity % 2]);
    }
    project.write("entities.csv", registry);
    let rest = format!("{TASKS}\n[inputs.entities]\npath = \"entities.csv\"\n");
    project.write("kpi.toml", kpi_plan(&rest).replace("as-of = 2023-12-31", &format!("as-of = {as_of}")));
    let outcome = project.fairdraw(&["kpi", "kpi.toml", "--threads", threads]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    project
}

fn figures(project: &Project) -> Vec<Row> {
    project.table("out/kpi/kpi.parquet")
}

fn count(row: &Row, column: &str) -> Option<i64> {
    row.get(column).map(|text| text.parse().expect("a count"))
}

#[test]
fn cuts_of_inspections_add_up_to_the_whole() {
    let project = compute(&rows(), "2", "2023-12-31");
    let mut sums: BTreeMap<(String, String, String, String), (i64, i64)> = BTreeMap::new();
    let mut whole: BTreeMap<(String, String, String), (i64, i64)> = BTreeMap::new();
    let by_inspection = |kpi: &str| {
        kpi.ends_with("by_inspection") || ["mobile", "publication", "dead_target", "timeliness"].contains(&kpi)
    };
    for row in figures(&project).iter().filter(|row| by_inspection(&row["kpi"])) {
        let (above, below) = (count(row, "numerator").unwrap_or(0), count(row, "denominator").unwrap_or(0));
        let (kpi, variant, period) = (row["kpi"].clone(), row["variant"].clone(), row["period"].clone());
        if row["cut"] == "all" {
            whole.insert((kpi, variant, period), (above, below));
        } else {
            let sum = sums.entry((kpi, variant, period, row["cut"].clone())).or_insert((0, 0));
            *sum = (sum.0 + above, sum.1 + below);
        }
    }
    assert!(sums.len() > 50, "{}", sums.len());
    for ((kpi, variant, period, cut), sum) in sums {
        assert_eq!(Some(&sum), whole.get(&(kpi.clone(), variant, period.clone())), "{kpi} by {cut} in {period}");
    }
    // Months, quarters and half years add up to the year.
    for length in ["-0", "-Q", "-H"] {
        let is_part = |period: &str| {
            if length == "-0" {
                period.len() == 7 && !period.contains(['Q', 'H', 't'])
            } else {
                period.contains(length)
            }
        };
        let parts =
            whole.iter().filter(|((kpi, variant, period), _)| kpi == "mobile" && variant == "all" && is_part(period));
        let sum = parts.fold((0, 0), |sum, (_, part)| (sum.0 + part.0, sum.1 + part.1));
        assert_eq!(Some(&sum), whole.get(&("mobile".to_owned(), "all".to_owned(), "2023".to_owned())), "{length}");
    }
}

#[test]
fn shares_lie_between_0_and_1_and_in_their_intervals() {
    let project = compute(&rows(), "2", "2023-12-31");
    for row in figures(&project) {
        let Some(low) = row.get("ci_low") else { continue };
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let (value, low, high) = (number(&row["value"]), number(low), number(&row["ci_high"]));
        assert!((0.0..=1.0).contains(&value) && low <= value && value <= high, "{row:?}");
        assert!(count(&row, "numerator") <= count(&row, "denominator"), "{row:?}");
    }
}

#[test]
fn neither_order_nor_threads_nor_later_rows_change_a_figure() {
    let rows = rows();
    let project = compute(&rows, "1", "2023-08-31");
    let figures_then = figures(&project);
    let same_bytes = compute(&rows, "3", "2023-08-31");
    assert!(project.bytes("out/kpi") == same_bytes.bytes("out/kpi"), "threads reach a byte");

    let mut turned: Vec<String> = rows.clone();
    turned.reverse();
    assert_eq!(figures(&compute(&turned, "2", "2023-08-31")), figures_then);

    let of_day = |row: &String| row.split(',').nth(4).expect("a day").to_owned();
    let early: Vec<String> = rows.iter().filter(|row| of_day(row).as_str() <= "2023-08-31").cloned().collect();
    assert!(early.len() < rows.len());
    assert_eq!(figures(&compute(&early, "2", "2023-08-31")), figures_then);
}

/// A process killed at any moment leaves the previous figures whole, and the next run goes through.
#[test]
fn a_kill_at_any_moment_leaves_the_previous_figures_whole() {
    use std::process::Stdio;
    use std::time::Duration;
    let project = compute(&rows(), "2", "2023-08-31");
    let before = project.bytes("out/kpi");
    // The next run would write other figures.
    let results = std::fs::read_to_string(project.path("results.csv")).expect("results");
    let more: String = results.lines().map(|line| line.replace(",1,", ",2,") + "\n").collect();
    project.write("results.csv", more);
    let spawn = || {
        let mut command = project.command(&["kpi", "kpi.toml", "--quiet"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
    };
    assert!(spawn().wait().expect("an end").success());
    let after = project.bytes("out/kpi");
    assert!(after != before);
    std::fs::remove_dir_all(project.path("out/kpi")).expect("the figures");
    std::fs::create_dir(project.path("out/kpi")).expect("a folder");
    before.iter().for_each(|(name, bytes)| std::fs::write(project.path("out/kpi").join(name), bytes).expect("a file"));
    // A whole run takes some 60 ms.
    for step in 0..16 {
        let mut child = spawn();
        std::thread::sleep(Duration::from_millis(5 * step));
        let _ = child.kill();
        let _ = child.wait();
        let found = project.bytes("out/kpi");
        assert!(found == before || found == after, "killed after {} ms", 5 * step);
    }
    assert!(spawn().wait().expect("an end").success());
    assert!(project.bytes("out/kpi") == after);
    let left: Vec<String> = std::fs::read_dir(project.path("out"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("staging") || name.contains("previous"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
