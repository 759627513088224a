//! Bad results and bad plans of figures: clear, counted, nothing lost.

use super::{HEADER, TASKS, fraction, kpi_plan, project, result};
use crate::support::{Project, entity_id};

/// A good row, so that a table is not refused as a whole.
fn good(number: usize) -> String {
    result(number, "", number, "甲局", "2023-03-01", "1")
}

/// Rows beside nine good ones; what is set aside: row, column, reason.
fn set_aside(rows: &str) -> Vec<(i64, String, String)> {
    let mut text: String = (0..9).map(good).collect();
    text += rows;
    let project = project(&text, "");
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{rows}: {}", outcome.stderr());
    assert!(!outcome.stderr().contains("panicked"), "{}", outcome.stderr());
    let manifest = project.manifest("out/kpi");
    let input = &manifest["inputs"][0];
    let number = |key: &str| input[key].as_u64().expect("a count");
    assert_eq!(number("accepted") + number("quarantined"), number("rows_read"), "{rows}");
    let table = project.table("out/kpi/quarantine.parquet");
    let of = |row: &crate::support::Row, column: &str| row.get(column).cloned().unwrap_or_default();
    table.iter().map(|row| (of(row, "row").parse().expect("a row"), of(row, "column"), of(row, "reason"))).collect()
}

fn row(cells: [&str; 8]) -> String {
    cells.join(",") + "\n"
}

#[test]
fn rows_at_fault_are_set_aside_with_their_reason() {
    let id = entity_id(50);
    let id = id.as_str();
    let cases: [([&str; 8], &str, &str); 22] = [
        (["J1", "", "", "甲局", "2023-03-01", "1", "", "是"], "", "missing-key"),
        (["J1", "", "9.15E+17", "甲局", "2023-03-01", "1", "", "是"], "", "mangled-key"),
        (["J1", "", id, "", "2023-03-01", "1", "", "是"], "", "missing-department"),
        (["J1", "", id, "-", "2023-03-01", "1", "", "是"], "", "missing-department"),
        (["J1", "", id, "甲局", "", "1", "", "是"], "", "bad-date"),
        (["J1", "", id, "甲局", "昨天", "1", "", "是"], "", "bad-date"),
        (["J1", "", id, "甲局", "2023-02-30", "1", "", "是"], "", "bad-date"),
        (["J1", "", id, "甲局", "1949-10-01", "1", "", "是"], "", "date-out-of-range"),
        (["J1", "", id, "甲局", "2999-01-01", "1", "", "是"], "", "date-out-of-range"),
        (["J1", "", id, "甲局", "2023-03-01", "不知道", "", "是"], "", "unknown-word"),
        (["J1", "", id, "甲局", "2023-03-01", "13", "", "是"], "", "unknown-word"),
        (["J1", "", id, "甲局", "2023-03-01", "1;99", "", "是"], "", "unknown-word"),
        (["J1", "", id, "甲局", "2023-03-01", "120%", "", "是"], "", "unknown-word"),
        (["J1", "", id, "甲局", "2023-03-01", "1", "改天", "是"], "published_on", "bad-date"),
        (["J1", "", id, "甲局", "2023-03-01", "1", "2023-13-01", "是"], "published_on", "bad-date"),
        (["J1", "", id, "甲局", "2023-03-01", "1", "1900-01-01", "是"], "published_on", "date-out-of-range"),
        (["J1", "", id, "甲局", "2023-03-01", "1", "", "也许"], "mobile", "unknown-word"),
        (["J1", "", id, "甲局", "2023-03-01", "1", "", "2"], "mobile", "unknown-word"),
        (["J1", "", id, "甲局", "#REF!", "1", "", "是"], "", "bad-date"),
        (["合计", "", "合计", "", "", "", "", ""], "", "total-row"),
        (
            [
                "检查编号",
                "任务编号",
                "统一社会信用代码",
                "检查部门",
                "检查日期",
                "检查结果",
                "公示日期",
                "是否掌上执法",
            ],
            "",
            "repeated-header",
        ),
        (["J1", "", "91\u{fffd}", "甲局", "2023-03-01", "1", "", "是"], "", "mangled-key"),
    ];
    for (cells, column, reason) in cases {
        assert_eq!(set_aside(&row(cells)), [(11, column.to_owned(), reason.to_owned())], "{cells:?}");
    }
    assert_eq!(set_aside("J1,,短行\n"), [(11, String::new(), "broken-record".to_owned())]);
}

#[test]
fn one_column_may_write_its_dates_in_several_ways() {
    let days = ["2023-03-01", "2023年3月1日", "2023/3/1", "20230301", "2023.03.01"];
    let rows: String = days.iter().enumerate().map(|(at, day)| result(at, "", at, "甲局", day, "1")).collect();
    let project = project(&rows, "");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    assert_eq!(fraction(&project, "detection.by_inspection", "all", "all", "2023-03"), Some((0, 5)));
}

#[test]
fn plans_of_figures_fail_pointing_at_the_line() {
    let figure = |keys: &str| format!("[[figures]]\nid = \"mobile\"\n{keys}\n");
    let plans = [
        (kpi_plan("[[figures]]\nid = \"detection.by_inspektion\"\n"), "did you mean \"detection.by_inspection\""),
        (kpi_plan("[[figures]]\nid = \"mobile\"\nvariant = \"own\"\n"), "mobile has no variant \"own\""),
        (kpi_plan(&figure("target = 1.2")), "1.2 cannot be reached"),
        (kpi_plan(&figure("target = 0")), "0 cannot be reached"),
        (kpi_plan(&figure("target = -0.1")), "cannot be reached"),
        (kpi_plan(&figure("target = nan")), "cannot be reached"),
        (kpi_plan(&figure("target = 0.12345678")), "more than 6 decimals"),
        (kpi_plan(&figure("digits = 9")), "9 digits are too many"),
        (kpi_plan(&figure("rounding = \"up\"")), "rounding"),
        (kpi_plan(&figure("as-of = 2023-02-30")), "2023"),
        (kpi_plan(&(figure("") + &figure(""))), "named twice"),
        (kpi_plan(&figure("goal = 0.5")), "goal"),
        (kpi_plan("[deadlines]\npublication = 60000\n"), "more than ten years"),
        (kpi_plan("[deadlines]\npublication = -1\n"), "publication"),
        (kpi_plan("[inputs.tasks]\npath = \"none.csv\"\n"), "\"none.csv\" is not there"),
        (kpi_plan("[inputs.tasks]\npath = \"results.docx\"\n"), "known endings"),
        (kpi_plan("[inputs.task]\npath = \"results.csv\"\n"), "task"),
        (kpi_plan("").replace("[inputs.results]", "[inputs]\ndraws = [\"nowhere\"]\n[inputs.results]"), "is no folder"),
        (kpi_plan("").replace("as-of = 2023-12-31", "as-of = 2023-12-31\nown-level = \"村级\""), "is no level"),
        (kpi_plan("").replace("out/kpi", "."), "holds the plan itself"),
        (kpi_plan("").replace("out/kpi", ""), "is blank"),
        (kpi_plan("").replace("name = \"test\"", "name = \"测试\""), "characters other than"),
        (kpi_plan("").replace("as-of", "asof"), "asof"),
        (String::new(), "the plan is empty"),
        ("name = ".to_owned(), "kpi.toml:1"),
    ];
    for (plan, words) in plans {
        let project = project(&good(1), "");
        project.write("kpi.toml", &plan);
        let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
        assert_eq!(outcome.code(), 2, "{plan}\n{}", outcome.stdout());
        assert!(outcome.stderr().contains(words), "{words:?} is not in {}", outcome.stderr());
        assert!(!project.path("out").exists(), "{plan}");
    }
}

#[test]
fn files_that_are_no_results_are_refused_by_name() {
    let cases = [
        ("", "results.csv"),
        ("检查编号,任务编号\nJ1,T1\n", "entity_id"),
        ("统一社会信用代码,检查日期,检查结果\n91,2023-03-01,1\n", "department"),
        ("统一社会信用代码,检查部门,检查结果\n91,甲局,1\n", "date"),
        ("统一社会信用代码,检查部门,检查日期\n91,甲局,2023-03-01\n", "检查结果"),
    ];
    for (text, words) in cases {
        let project = project("", "");
        project.write("results.csv", text);
        let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
        assert_eq!(outcome.code(), 3, "{text}: {}", outcome.stdout());
        assert!(outcome.stderr().contains(words), "{words:?} is not in {}", outcome.stderr());
        assert!(!project.path("out/kpi").exists());
    }
}

#[test]
fn no_results_are_a_report_without_values() {
    let project = project("", "");
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    assert_eq!(fraction(&project, "detection.by_inspection", "all", "all", "to-date"), Some((0, 0)));
    let rows = super::figure(&project, "detection.by_inspection");
    assert_eq!((rows.len(), rows[0]["reason"].as_str()), (1, "no-denominator"));
    let page = std::fs::read_to_string(project.path("out/kpi/report.html")).expect("a page");
    assert!(page.contains("no data"), "the page says that there is nothing");
}

#[test]
fn a_day_before_every_row_gives_no_value() {
    let project = project(&good(1), "[[figures]]\nid = \"mobile\"\nas-of = 2020-01-01\n");
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert!(outcome.stdout().contains("mobile  no value · no-denominator · up to 2020-01-01"), "{}", outcome.stdout());
}

#[test]
fn holidays_of_another_year_are_read_and_said() {
    let project = project(&good(1), "[inputs.holidays]\npath = \"holidays.csv\"\n");
    project.write("holidays.csv", "日期,日期类型\n2019-10-01,休\n2019-10-12,班\n");
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0);
    assert!(outcome.stderr().contains("2023"), "{}", outcome.stderr());
    project.write("holidays.csv", "日期,日期类型\n2019-10-01,也许\n2019-10-12,班\n");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    assert_eq!(project.table("out/kpi/quarantine.parquet")[0]["reason"], "unknown-word");
}

#[test]
fn very_many_departments_are_a_table_and_no_burden() {
    let rows: String =
        (0..20_000).map(|at| format!("J{at},,{},部门{at},2023-03-01,1,2023-03-02,是\n", entity_id(at % 500))).collect();
    let project = project(&rows, "");
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let of_organs = super::figure(&project, "mobile")
        .iter()
        .filter(|row| row["cut"] == "organ" && row["period"] == "to-date")
        .count();
    assert_eq!(of_organs, 20_000);
    let page = std::fs::metadata(project.path("out/kpi/report.html")).expect("a page").len();
    assert!(page < 2_000_000, "{page} bytes");
}

#[test]
fn a_million_departments_are_said_to_be_ids_and_the_rest_stands() {
    let rows: String = (0..1_000_000)
        .map(|at| format!("J{at},,{},部门{at},2023-03-01,1,2023-03-02,是\n", entity_id(at % 500)))
        .collect();
    let project = project(&rows, "");
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    assert!(
        outcome.stderr().contains("cut-too-wide") && outcome.stderr().contains("1000000 members"),
        "{}",
        outcome.stderr()
    );
    assert_eq!(super::fraction(&project, "mobile", "all", "all", "2023-03"), Some((1_000_000, 1_000_000)));
    let mobile = super::figure(&project, "mobile");
    assert!(mobile.iter().all(|row| row["cut"] != "organ"));
    assert_eq!(project.manifest("out/kpi")["counts"]["inspections"], 1_000_000);
}

#[test]
fn a_score_that_is_no_number_is_set_aside_alone() {
    let project = project("", "");
    let row = |at: usize, score: &str| format!("{},甲局,2023-03-01,{},{score}\n", entity_id(at), 1 + at % 2);
    let scores = ["0.9", "高", "NaN", "", "1e3"];
    let rows: String = scores.iter().enumerate().map(|(at, score)| row(at, score)).collect();
    project.write("results.csv", "统一社会信用代码,检查部门,检查日期,检查结果,风险评分\n".to_owned() + &rows);
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let aside = project.table("out/kpi/quarantine.parquet");
    // NaN is a word for nothing.
    assert!(aside.len() == 1 && aside[0]["reason"] == "bad-number" && aside[0]["column"] == "score", "{aside:?}");
    assert_eq!(super::fraction(&project, "detection.by_inspection", "all", "all", "to-date"), Some((2, 5)));
    assert_eq!(super::fraction(&project, "detection.by_decile", "all", "all", "to-date"), Some((0, 2)));
}

#[test]
fn a_text_that_looks_like_markup_is_text() {
    let project = project(&result(1, "", 1, "<script>alert(1)</script>", "2023-03-01", "1"), "");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    let page = std::fs::read_to_string(project.path("out/kpi/report.html")).expect("a page");
    assert!(!page.contains("<script>"), "markup of the data reaches the page");
}

#[test]
fn figures_of_another_plan_are_replaced_only_if_asked() {
    let project = project(&good(1), "");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    let before = project.bytes("out/kpi");
    project.write("other.toml", kpi_plan("[deadlines]\nreview = 3\n"));
    assert_eq!(project.fairdraw(&["kpi", "other.toml"]).code(), 5);
    assert!(project.bytes("out/kpi") == before);
    assert_eq!(project.fairdraw(&["kpi", "other.toml", "--replace"]).code(), 0);
    assert!(project.bytes("out/kpi") != before);
}

#[test]
fn tasks_at_fault_are_set_aside_and_results_stay() {
    let project = project(&(good(1) + &good(2)), TASKS);
    super::tasks(
        &project,
        "T1,甲局,县级,双随机,是,2023-02-01,2023-12-01,\nT1,乙局,县级,双随机,是,2023-02-01,2023-12-01,\n,乙局,县级,双随机,是,,,\nT2,乙局,村级,摸鱼,也许,昨天,,\n",
    );
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let mut reasons: Vec<String> =
        project.table("out/kpi/quarantine.parquet").into_iter().map(|row| row["reason"].clone()).collect();
    reasons.sort();
    assert_eq!(reasons, ["bad-date", "duplicate-key", "missing-key", "unknown-word", "unknown-word", "unknown-word"]);
    assert_eq!(fraction(&project, "cross_department.by_task", "all", "all", "to-date"), Some((0, 1)));
    let _ = (HEADER, Project::new());
}
