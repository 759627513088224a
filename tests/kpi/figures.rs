//! Published figures recompute from rows; every rule of matching and counting holds on small tables.

use super::{TASKS, figure, fraction, project, result, tasks};
use crate::support::{Outcome, Project, entity_id, repository};

/// Runs a pipeline of the repository into a temporary folder.
fn pipeline(name: &str) -> (Project, Outcome) {
    let project = Project::new();
    let plan = repository(&format!("pipelines/{name}.toml"));
    let outcome = project.fairdraw(&["kpi", &plan, "--output", "out/kpi"]);
    (project, outcome)
}

/// Ids of the drawn of `out/run`, the reserve apart.
fn drawn_ids(project: &Project) -> Vec<String> {
    let drawn = project.table("out/run/draw.parquet").into_iter().filter(|row| row["selection"] != "reserve");
    drawn.map(|row| row["entity_id"].clone()).collect()
}

#[test]
fn the_figures_of_xiaoshan_recompute_from_rows() {
    let (project, outcome) = pipeline("xiaoshan-2021");
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let said = outcome.stdout();
    for line in [
        "cross_department.by_task  12.68 % · 70 / 552 · up to 2021-11-26 · target 10 % met",
        "credit_rule.by_task (own)  92.54 % · 447 / 483 · up to 2021-11-16",
        "mobile  99.97 % · 36,810 / 36,821 · up to 2021-11-26",
        "detection.by_inspection (own)  26.6 % · 2,445 / 9,189 · up to 2021-11-16",
        "item_coverage.by_item  90.31 % · 289 / 320",
        "double_random_share  39.18 % · 14,425 / 36,821",
        "abnormal_listings  15,622 · up to 2021-11-25",
        "serious_listings  63 · up to 2021-11-25",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    let reasons: Vec<(String, i64)> = figure(&project, "abnormal_listings")
        .into_iter()
        .filter(|row| row["cut"] == "reason" && row["period"] == "to-date" && row["numerator"] != "0")
        .map(|row| (row["member"].clone(), row["numerator"].parse().expect("a count")))
        .collect();
    let counts: Vec<i64> = reasons.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts.iter().sum::<i64>(), 15_622);
    assert!([4_415, 11_206, 1].iter().all(|count| counts.contains(count)), "{reasons:?}");
}

#[test]
fn the_figures_of_haishu_recompute_from_rows() {
    let (project, outcome) = pipeline("haishu-2023");
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let said = outcome.stdout();
    for line in [
        "double_random_share  68.22 % · 20,535 / 30,102",
        "cross_department.by_inspection  47.16 % · 9,685 / 20,535",
        "interference_avoided  5,197",
        "no_plan  0.60 % · 180 / 30,102",
        "filing_late  38.89 % · 70 / 180",
        "dead_target  0.19 % · 57 / 30,102",
        "not_together  0.51 % · 23 / 4,488",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    assert_eq!(fraction(&project, "cross_department.by_task", "all", "all", "to-date").map(|it| it.0), Some(961));
    let low = project.table("out/kpi/low_quality.parquet");
    let of = |reason: &str| low.iter().filter(|row| row["reason"] == reason).count();
    assert_eq!((of("dead-target"), of("no-plan"), of("late-filing")), (57, 180, 70));
    let verified = project.fairdraw(&["verify", "out/kpi"]);
    assert_eq!(verified.code(), 0, "{}", verified.stderr());
}

#[test]
fn one_result_is_one_figure_on_a_page() {
    let project = project(&result(1, "T1", 1, "市场监管局", "2023-03-01", "责令改正;移送"), "");
    // 移送 is no outcome.
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 3, "{}", outcome.stdout());
    project.write(
        "results.csv",
        super::HEADER.to_owned() + &result(1, "T1", 1, "市场监管局", "2023-03-01", "责令改正;注销"),
    );
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    assert_eq!(fraction(&project, "detection.by_inspection", "organ", "市场监管局", "2023-03"), Some((1, 1)));
    for (file, words) in [("report.html", "Detection rate"), ("report.zh.html", "问题检出率")] {
        let page = std::fs::read_to_string(project.path("out/kpi").join(file)).expect("a page");
        assert!(page.contains(words) && !page.contains("<script"), "{file}");
    }
}

#[test]
fn rows_of_one_inspection_are_one_and_what_does_not_match_is_listed() {
    let rows = [
        result(1, "T1", 1, "甲局", "2023-03-01", "1"),
        result(1, "T1", 1, "甲局", "2023-03-01", "1"),
        result(2, "T1", 2, "甲局", "2023-03-01", "1"),
        result(2, "T1", 2, "甲局", "2023-03-01", "2"),
        result(3, "T1", 3, "甲局", "2023-03-01", "1"),
        result(3, "T1", 4, "甲局", "2023-03-01", "1"),
        result(4, "T9", 5, "甲局", "2023-03-01", "1"),
        result(5, "T1", 6, "丁局", "2023-03-01", "1"),
        result(6, "T1", 7, "甲局", "2023-01-03", "1"),
    ];
    let project = project(&rows.concat(), TASKS);
    tasks(&project, "T1,甲局;乙局,县级,双随机,是,2023-02-01,2023-12-01,\n");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    let mut listed: Vec<(i64, String)> = project
        .table("out/kpi/unmatched.parquet")
        .into_iter()
        .map(|row| (row["row"].parse().expect("a row"), row["reason"].clone()))
        .collect();
    listed.sort();
    let expected = [
        (3, "double"),
        (5, "other-outcome"),
        (7, "contradictory"),
        (8, "unknown-task"),
        (9, "department-not-in-task"),
        (10, "before-task"),
    ];
    assert_eq!(listed, expected.map(|(row, reason)| (row, reason.to_owned())));
    // Nothing is dropped: seven inspections, one of them with a problem.
    assert_eq!(fraction(&project, "detection.by_inspection", "all", "all", "to-date"), Some((1, 7)));
}

#[test]
fn visits_tasks_and_entities_are_counted_once() {
    let rows = [
        result(1, "T1", 1, "甲局", "2023-03-01", "1"),
        result(2, "T1", 1, "乙局", "2023-03-01", "2"),
        result(3, "T2", 1, "甲局", "2023-04-05", "1"),
        result(4, "T2", 2, "甲局", "2023-04-05", "停业"),
    ];
    let project = project(&rows.concat(), TASKS);
    tasks(
        &project,
        "T1,甲局;乙局,区级,双随机,是,2023-02-01,2023-12-01,2023-11-01\nT2,甲局,市级,双随机,否,2023-02-01,2023-12-01,\n",
    );
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    let all = |kpi: &str| fraction(&project, kpi, "all", "all", "to-date");
    assert_eq!(all("detection.by_inspection"), Some((1, 4)));
    assert_eq!(all("detection.by_visit"), Some((1, 3)));
    assert_eq!(all("detection.by_entity"), Some((1, 2)));
    assert_eq!(all("detection.by_task"), Some((1, 2)));
    assert_eq!(all("visits_per_entity"), Some((3, 2)));
    assert_eq!(all("inspections_per_entity"), Some((4, 2)));
    assert_eq!(all("cross_department.by_task"), Some((1, 2)));
    assert_eq!(all("cross_department.by_inspection"), Some((2, 4)));
    assert_eq!(all("task_completion"), Some((1, 2)));
    assert_eq!(fraction(&project, "cross_department.by_task", "organ", "乙局", "to-date"), Some((1, 1)));
    assert_eq!(figure(&project, "interference_avoided")[0]["numerator"], "1");
    let met = project.table("out/kpi/kpi.parquet").into_iter().find(|row| {
        (row["kpi"].as_str(), row["variant"].as_str(), row["cut"].as_str(), row["period"].as_str())
            == ("detection.by_inspection", "met", "all", "to-date")
    });
    assert_eq!(met.expect("the variant")["denominator"], "3");
}

#[test]
fn deadlines_are_working_days_with_holidays() {
    let row =
        |number: usize, published: &str| format!("J{number},,{},甲局,2023-01-20,1,{published},是\n", entity_id(number));
    // The fifth working day after 2023-01-20: 28, 29 (worked weekend), 30, 31 January, 1 February.
    let rows = row(1, "2023-02-01") + &row(2, "2023-02-02");
    let rest = "[inputs.holidays]\npath = \"holidays.csv\"\n\n[deadlines]\npublication = 5\n";
    let project = project(&rows, rest);
    let file = repository("data-samples/holidays-2017-2024.csv");
    project.write("holidays.csv", std::fs::read(file).expect("the holidays"));
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    assert_eq!(fraction(&project, "timeliness", "all", "all", "to-date"), Some((1, 2)));
}

#[test]
fn a_target_says_how_many_are_missing() {
    let rows: String =
        (0..10).map(|at| result(at, "", at, "甲局", "2023-03-01", if at < 3 { "2" } else { "1" })).collect();
    let rest = "[[figures]]\nid = \"detection.by_inspection\"\ntarget = 0.5\ndigits = 1\nheadline = true\n";
    let project = project(&rows, rest);
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert!(
        outcome.stdout().contains("detection.by_inspection  30.0 % · 3 / 10 · up to 2023-12-31 · target 50 %: 2 short")
    );
    let rows = figure(&project, "detection.by_inspection");
    let all = rows.iter().find(|row| row["cut"] == "all" && row["period"] == "to-date").expect("the figure");
    assert_eq!((&*all["needed_converting"], &*all["needed_adding"], &*all["met"]), ("2", "4", "false"));
}

#[test]
fn a_figure_that_the_inputs_do_not_give_has_no_value_and_says_why() {
    let project = project(&result(1, "", 1, "甲局", "2023-03-01", "1"), "");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    let reason = |kpi: &str| figure(&project, kpi)[0].get("reason").cloned();
    assert_eq!(reason("feedback_return").as_deref(), Some("no-table:feedback"));
    assert_eq!(reason("accuracy").as_deref(), Some("no-column:results.corrected_on"));
    assert_eq!(reason("disposal").as_deref(), Some("no-column:results.disposal"));
    assert!(!figure(&project, "accuracy")[0].contains_key("value"));
}

#[test]
fn results_before_and_after_a_published_draw_are_matched_with_it() {
    let project = super::project(&result(1, "", 0, "甲局", "2023-03-01", "1"), "");
    project.registry("registry.csv", 30);
    project.write("draw.toml", crate::support::plan(&crate::support::drawing(5)));
    assert_eq!(project.fairdraw(&["run", "draw.toml", "-q"]).code(), 0);
    let drawn = drawn_ids(&project);
    let stranger = (0..30).map(entity_id).find(|id| !drawn.contains(id)).expect("25 are not drawn");
    let row = |number: usize, id: &str| format!("J{number},,{id},甲局,2023-03-01,1,2023-03-02,双随机\n");
    let header = super::HEADER.replace("是否掌上执法", "检查类型");
    project.write("results.csv", header + &row(1, &drawn[0]) + &row(2, &stranger));
    let inputs = "[inputs.entities]\npath = \"registry.csv\"\n";
    let plan =
        super::kpi_plan(inputs).replace("[inputs.results]", "[inputs]\ndraws = [\"out/run\"]\n\n[inputs.results]");
    project.write("kpi.toml", plan);
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let unmatched = project.table("out/kpi/unmatched.parquet");
    assert_eq!(unmatched.len(), 1);
    assert_eq!((&*unmatched[0]["reason"], &unmatched[0]["entity_id"]), ("not-drawn", &stranger));
    assert_eq!(fraction(&project, "drawn_share", "all", "all", "to-date"), Some((5, 30)));
}

#[test]
fn the_lists_of_figures_and_words_are_complete() {
    let project = Project::new();
    let list = project.fairdraw(&["kpi", "--list", "--lang", "zh"]);
    for (zh, id) in [
        ("跨部门监管率", "cross_department.by_task"),
        ("满意率", "satisfaction"),
        ("减少干扰次数", "interference_avoided"),
    ] {
        assert!(list.stdout().contains(zh) && list.stdout().contains(id));
    }
    let words = project.fairdraw(&["kpi", "--words"]);
    assert!(words.stdout().contains("通过登记的住所(经营场所)无法联系") && words.stdout().contains("列入经营异常名录"));
}

#[test]
fn verify_names_the_first_cell_that_differs() {
    let project = project(&result(1, "", 1, "甲局", "2023-03-01", "2"), "");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    assert_eq!(project.fairdraw(&["verify", "out/kpi", "--plan", "kpi.toml"]).code(), 0);
    project.write("results.csv", super::HEADER.to_owned() + &result(1, "", 1, "甲局", "2023-03-01", "1"));
    let outcome = project.fairdraw(&["verify", "out/kpi", "--plan", "kpi.toml"]);
    assert_eq!(outcome.code(), 1);
    assert!(outcome.stderr().contains("results.parquet, outcomes of row 1"), "{}", outcome.stderr());
    let folder = project.path("out/kpi/report.html");
    std::fs::write(&folder, "forged").expect("a page");
    let outcome = project.fairdraw(&["verify", "out/kpi"]);
    assert!(outcome.code() == 1 && outcome.stderr().contains("report.html, SHA-256"), "{}", outcome.stderr());
}

#[test]
fn what_a_row_says_of_the_entity_stands_before_the_registry() {
    let id = entity_id(1);
    let header = "统一社会信用代码,检查部门,检查日期,检查结果,监管所,行业,信用风险等级,计划编号\n";
    let project = project("", "[inputs.entities]\npath = \"entities.csv\"\n");
    project.write("entities.csv", format!("统一社会信用代码,登记状态,监管所,行业,信用风险等级\n{id},存续,新所,F,A\n"));
    let rows = format!("{id},甲局,2023-03-01,责令改正,旧所,C,D,P1\n{id},甲局,2023-04-03,正常,,,,\n");
    project.write("results.csv", header.to_owned() + &rows);
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    let of = |cut: &str, member: &str| fraction(&project, "detection.by_inspection", cut, member, "to-date");
    assert_eq!((of("station", "旧所"), of("station", "新所")), (Some((1, 1)), Some((0, 1))));
    assert_eq!((of("grade", "D"), of("grade", "A")), (Some((1, 1)), Some((0, 1))));
    assert_eq!((of("industry", "C"), of("industry", "F")), (Some((1, 1)), Some((0, 1))));
    assert_eq!(fraction(&project, "no_plan", "all", "all", "to-date"), Some((1, 2)));
    assert!(project.table("out/kpi/review_queue.parquet").is_empty(), "no review is recorded");
}

#[test]
fn lists_of_other_writers_are_words_of_a_cell() {
    use arrow::array::{ArrayRef, ListBuilder, RecordBatch, StringArray, StringBuilder};
    use std::sync::Arc;
    let mut departments = ListBuilder::new(StringBuilder::new());
    departments.append_value([Some("甲局"), Some("乙局")]);
    departments.append_value([Some("甲局")]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("task_id", Arc::new(StringArray::from(vec!["T1", "T2"]))),
        ("departments", Arc::new(departments.finish())),
        ("source", Arc::new(StringArray::from(vec!["double-random", "double-random"]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a table");
    let project = project(&result(1, "T1", 1, "甲局", "2023-03-01", "1"), "[inputs.tasks]\npath = \"tasks.parquet\"\n");
    let file = std::fs::File::create(project.path("tasks.parquet")).expect("a file");
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a file");
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    assert_eq!(fraction(&project, "cross_department.by_task", "all", "all", "to-date"), Some((1, 2)));
}

#[test]
fn a_draw_and_its_results_say_something_of_everyone() {
    let project = super::project("", "");
    project.registry("registry.csv", 200);
    project.write("draw.toml", crate::support::plan(&crate::support::drawing(60)));
    assert_eq!(project.fairdraw(&["run", "draw.toml", "-q"]).code(), 0);
    let drawn = drawn_ids(&project);
    // 50 are met, 10 of them with a problem; five are not met, five not visited; what lies before the draw does not count.
    let row = |at: usize, outcome: &str| format!("J{at},,{},甲局,2023-03-01,{outcome},2023-03-02,是\n", drawn[at]);
    let mut rows: String = (0..50).map(|at| row(at, if at < 10 { "2" } else { "1" })).collect();
    rows += &(50..55).map(|at| row(at, "停业")).collect::<String>();
    rows += &format!("J90,,{},甲局,2023-01-05,2,2023-01-06,是\n", drawn[59]);
    project.write("results.csv", super::HEADER.to_owned() + &rows);
    let plan = super::kpi_plan("").replace("[inputs.results]", "[inputs]\ndraws = [\"out/run\"]\n\n[inputs.results]");
    project.write("kpi.toml", plan);
    let outcome = project.fairdraw(&["kpi", "kpi.toml"]);
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let rows = project.table("out/kpi/estimates.parquet");
    let all = rows.iter().find(|row| row["cut"] == "all").expect("the whole");
    let count = |column: &str| all[column].parse::<f64>().expect("a number");
    assert_eq!((count("drawn"), count("met"), count("missing"), count("found")), (60.0, 50.0, 10.0, 10.0));
    // Everybody weighs the same: the rate of the sample, and 200 entities.
    assert!((count("rate") - 0.2).abs() < 1e-12 && (count("population") - 200.0).abs() < 1e-9);
    assert!((count("total") - 40.0).abs() < 1e-9, "those who were met stand for those who were not");
    assert!(count("rate_low") > 0.1 && count("rate_high") < 0.33 && count("rate_low") < 0.2);
    let page = std::fs::read_to_string(project.path("out/kpi/report.html")).expect("a page");
    assert!(page.contains("20.0 %") || page.contains("20.00 %"), "the page shows the estimate");
    // The star has the drawn with what came of them, and the classes of the draw.
    let draws = project.table("out/kpi/draws.parquet");
    let with = |column: &str| draws.iter().filter(|row| row[column] == "true").count();
    assert_eq!((draws.len(), with("met"), with("problem"), with("within_plan")), (60, 50, 10, 60));
    let classes = project.table("out/kpi/draw_classes.parquet");
    let all = classes.iter().find(|row| row["cut"] == "all").expect("the whole");
    assert_eq!((&*all["eligible"], &*all["drawn"]), ("200", "60"));
    assert_eq!(project.fairdraw(&["verify", "out/kpi", "--plan", "kpi.toml"]).code(), 0);
}

#[test]
fn inspections_are_cut_by_the_grade_of_the_draw_and_the_dead_do_not_follow_the_plan() {
    let project = super::project("", "");
    project.registry("registry.csv", 40);
    let credit: String = (0..40).map(|at| format!("{},D\n", entity_id(at))).collect();
    project.write("credit.csv", "统一社会信用代码,信用风险等级\n".to_owned() + &credit);
    let credit = "[inputs.credit]\npath = \"credit.csv\"\n";
    project.write("draw.toml", crate::support::plan(&format!("{credit}{}", crate::support::drawing(10))));
    project.fairdraw(&["run", "draw.toml", "-q"]).good();
    let drawn = drawn_ids(&project);
    // By the end of the year the registry has graded everybody anew, and two of the drawn were gone before the draw.
    let of_entity = |at: usize| {
        let id = entity_id(at);
        let gone = if drawn[..2].contains(&id) { "2023-02-01" } else { "" };
        format!("{id},存续,A,{gone}\n")
    };
    let registry: String = (0..40).map(of_entity).collect();
    project.write("entities.csv", "统一社会信用代码,登记状态,信用风险等级,注销日期\n".to_owned() + &registry);
    let row = |(at, id): (usize, &String)| format!("J{at},,{id},甲局,2023-03-01,1,2023-03-02,是\n");
    let mut rows: String = drawn.iter().enumerate().map(row).collect();
    rows += &format!("J90,,{},甲局,2023-01-05,1,2023-01-06,是\n", drawn[9]);
    project.write("results.csv", super::HEADER.to_owned() + &rows);
    let plan = super::kpi_plan("[inputs.entities]\npath = \"entities.csv\"\n");
    project.write("kpi.toml", plan.replace("[inputs.results]", "[inputs]\ndraws = [\"out/run\"]\n\n[inputs.results]"));
    project.fairdraw(&["kpi", "kpi.toml"]).good();
    let by_grade = |grade: &str| fraction(&project, "detection.by_inspection", "grade", grade, "to-date");
    assert_eq!((by_grade("D"), by_grade("A")), (Some((0, 10)), Some((0, 1))), "before the draw the registry speaks");
    assert_eq!(fraction(&project, "plan_draw_accuracy", "all", "all", "to-date"), Some((8, 10)));
    assert_eq!(fraction(&project, "plan_draw_accuracy", "grade", "D", "to-date"), Some((8, 10)));
}

#[test]
fn a_score_is_judged_by_tenths_halves_and_pairs() {
    // Twenty inspections, the score falls from 20 to 1; problems at the first, second, third and eleventh.
    let problems = [0, 1, 2, 10];
    let row = |at: usize| {
        let outcome = if problems.contains(&at) { 2 } else { 1 };
        format!("{},甲局,2023-03-01,{outcome},{}\n", entity_id(at * 7 % 20), 20 - at)
    };
    let project = super::project("", "");
    let rows: String = (0..20).map(row).collect();
    project.write("results.csv", "统一社会信用代码,检查部门,检查日期,检查结果,风险评分\n".to_owned() + &rows);
    project.fairdraw(&["kpi", "kpi.toml"]).good();
    let of = |kpi: &str, cut: &str, member: &str| fraction(&project, kpi, cut, member, "to-date").expect("a figure");
    assert_eq!(of("detection.by_decile", "decile", "1"), (2, 2));
    assert_eq!(of("detection.by_decile", "decile", "6"), (1, 2));
    assert_eq!(of("lift.by_decile", "decile", "1"), (2 * 20, 2 * 4));
    assert_eq!(of("lift.first_half", "all", "all"), (3, 4));
    // 16 + 16 + 16 + 9 of 64 pairs are in order.
    assert_eq!(of("lift.auc", "all", "all"), (2 * 57, 2 * 64));
    assert_eq!(of("lift.by_class", "organ", "甲局"), (4 * 20, 20 * 4));
    let page = std::fs::read_to_string(project.path("out/kpi/report.html")).expect("a page");
    assert!(
        page.contains("By risk score, problems found in the half at higher risk: 3 / 4"),
        "the page shows the tenths"
    );
    let scores = project.table("out/kpi/results.parquet");
    assert!(scores.iter().all(|row| !row["score"].is_empty()));
}

#[test]
fn a_page_that_says_something_else_is_found_by_its_text() {
    use sha2::{Digest, Sha256};
    let project = project(&result(1, "", 1, "甲局", "2023-03-01", "2"), "");
    project.fairdraw(&["kpi", "kpi.toml"]).good();
    let file = project.path("out/kpi/report.html");
    let page = std::fs::read_to_string(&file).expect("a page");
    std::fs::write(&file, page.replace("100", "1.0")).expect("written");
    let mut manifest = project.manifest("out/kpi");
    for output in manifest["outputs"].as_array_mut().expect("outputs") {
        if output["file"] == "report.html" {
            let bytes = std::fs::read(&file).expect("a page");
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            (output["sha256"], output["bytes"]) = (digest.into(), bytes.len().into());
        }
    }
    project.write("out/kpi/manifest.json", manifest.to_string());
    project.fairdraw(&["verify", "out/kpi"]).bad(1, &["report.html, byte"]);
}

#[test]
fn the_page_of_a_folder_of_figures_is_made_anew_as_it_was() {
    let project = project(&result(1, "", 1, "甲局", "2023-03-01", "2"), "");
    project.fairdraw(&["kpi", "kpi.toml"]).good();
    for (lang, file) in [("en", "report.html"), ("zh", "report.zh.html")] {
        project.fairdraw(&["report", "out/kpi", "--lang", lang, "--output", "again.html"]).good();
        let read = |path: &str| std::fs::read_to_string(project.path(path)).expect("a page");
        assert_eq!(read("again.html"), read(&format!("out/kpi/{file}")));
    }
}

#[test]
fn a_draw_has_a_page_in_both_languages() {
    let project = Project::new();
    project.registry("registry.csv", 40);
    project.write("draw.toml", crate::support::plan(&crate::support::drawing(8)));
    assert_eq!(project.fairdraw(&["run", "draw.toml", "-q"]).code(), 0);
    let english = project.fairdraw(&["report", "out/run"]);
    assert!(
        english.stdout().starts_with("<!DOCTYPE html>") && english.stdout().contains("lang=\"en\""),
        "{}",
        english.stderr()
    );
    assert_eq!(project.fairdraw(&["report", "out/run", "--lang", "zh", "--output", "draw.html"]).code(), 0);
    let chinese = std::fs::read_to_string(project.path("draw.html")).expect("a page");
    assert!(chinese.contains("抽中概率") && chinese.contains("如何核验") && !chinese.contains("<script"));
    assert_eq!(project.fairdraw(&["verify", "out/run"]).code(), 0, "the pages are made again");
    assert_eq!(project.fairdraw(&["report", "nowhere"]).code(), 3);
}

#[test]
fn every_published_table_is_described_in_both_languages() {
    let project = Project::new();
    for (lang, words) in [("en", "the day up to which it counts"), ("zh", "截至日期")] {
        let said = project.fairdraw(&["schema", "--tables", "--markdown", lang]).stdout();
        assert!(
            said.contains("## kpi.parquet") && said.contains("| `as_of` | date |") && said.contains(words),
            "{said}"
        );
    }
}

#[test]
fn a_text_of_problems_found_is_a_problem_unless_it_says_none() {
    let texts = ["是", "否", "消防通道堵塞", "未发现问题", "没有发现问题", "无证照问题", "-", "未发现异常"];
    let row = |(at, text): (usize, &&str)| format!("{},甲局,2023-03-01,{text}\n", entity_id(at));
    let rows: String = texts.iter().enumerate().map(row).collect();
    let project = project("", "");
    project.write("results.csv", "统一社会信用代码,检查部门,检查日期,发现问题情况\n".to_owned() + &rows);
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    // The dash says nothing: no result.
    assert_eq!(fraction(&project, "detection.by_inspection", "all", "all", "to-date"), Some((2, 7)));
}

#[test]
fn ids_of_tasks_plans_and_items_are_compared_in_one_form() {
    let header = "统一社会信用代码,检查部门,检查日期,检查结果,任务编号,事项编号,计划编号\n";
    let project = project(
        "",
        "[inputs.tasks]\npath = \"tasks.csv\"\n[inputs.items]\npath = \"items.csv\"\n[inputs.plans]\npath = \"plans.csv\"\n",
    );
    tasks(&project, "t-1,甲局,区级,双随机,是,2023-02-01,2023-12-01,\n");
    project.write("items.csv", "事项编号,抽查类别\ni-1,登记\nI-2,登记\n");
    project.write("plans.csv", "计划编号,实施部门\np-1,甲局\n");
    let row = format!("{},甲局,2023-03-01,1,t-1 ,i-1;i-2,p-1\n", entity_id(1));
    project.write("results.csv", header.to_owned() + &row);
    assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
    assert!(project.table("out/kpi/unmatched.parquet").is_empty());
    let all = |kpi: &str| fraction(&project, kpi, "all", "all", "to-date");
    assert_eq!((all("item_coverage.by_item"), all("no_plan")), (Some((2, 2)), Some((0, 1))));
}

#[test]
fn a_department_that_comes_after_the_day_makes_no_visit_joint_before_it() {
    let header = "统一社会信用代码,检查部门,检查日期,检查结果,上门编号,检查类型\n";
    let row = |department: &str, day: &str| format!("{},{department},{day},1,V1,双随机\n", entity_id(1));
    let rest = "[[figures]]\nid = \"cross_department.by_inspection\"\nas-of = 2023-03-31\n";
    let joint = |rows: String| {
        let project = project("", rest);
        project.write("results.csv", header.to_owned() + &rows);
        assert_eq!(project.fairdraw(&["kpi", "kpi.toml"]).code(), 0);
        (
            fraction(&project, "cross_department.by_inspection", "all", "all", "to-date"),
            fraction(&project, "not_together", "all", "all", "to-date"),
        )
    };
    let first = row("甲局", "2023-03-01");
    assert_eq!(joint(first.clone()), (Some((0, 1)), Some((0, 0))));
    // Up to March one department alone; by the end of the year two, on different days.
    assert_eq!(joint(first + &row("乙局", "2023-04-03")), (Some((0, 1)), Some((1, 1))));
}
