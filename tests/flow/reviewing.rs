//! The review of an annual plan by `check`.

use super::*;

const PLAN: &str = "[inputs.items]\npath = \"items.csv\"\n\n[inputs.inspectors]\npath = \"inspectors.csv\"\n\n[inputs.tasks]\npath = \"tasks.csv\"\n\n[size]\nshare = 0.05\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\n\n";

const TASKS: &str = "任务编号,牵头部门,配合部门,抽查事项,事项类别,抽查比例,抽查频次,抽查时间,是否合法性审核,备案日期\n\
T1,市场监管局,,A1,一般,4%,1次/年,3月-6月,是,2022-12-20\n\
T2,市场监管局,,A1,一般,8%,1次/年,3月-6月,是,2022-12-20\n\
T3,市场监管局,,K1,重点,60%,2次/年,3月-6月,是,2022-12-20\n\
T4,市场监管局,,X9,一般,3%,1次/年,3月-6月,是,2022-12-20\n\
T5,市场监管局,,B1,一般,3%,1次/年,2023年11月-2024年1月,是,2022-12-20\n\
T6,市场监管局,,A1,重点,3%,3次/年,1月,否,2023-01-05\n\
T7,公安局,,,一般,3%,1次/年,3月,是,\n";

fn reviewed(tasks: &str) -> (Project, String, String) {
    let project = project(400, PLAN);
    project.write("tasks.csv", tasks);
    project.write("items.csv", "事项编号,检查部门,事项类别,抽查比例,抽查频次\nA1,市场监管局,一般检查事项,5%,1次/年\nK1,市场监管局,重点检查事项,,\nB1,消防救援局,一般检查事项,5%,\n");
    project.write(
        "inspectors.csv",
        "执法人员编号,所属部门,是否在岗\nP1,市场监管局,在岗\nP2,市场监管局,在岗\nP3,公安局,离岗\n",
    );
    let outcome = project.fairdraw(&["check", "plan.toml"]).good();
    let (said, warned) = (outcome.stdout(), outcome.stderr());
    (project, said, warned)
}

#[test]
fn every_finding_names_task_row_and_fix() {
    let (project, said, warned) = reviewed(TASKS);
    let expected = [
        ("task `T2` (row 3): 32 of 400 are above the cap of 5 % for the general item A1", "above-cap"),
        ("task `T4` (row 5): the item X9 is not on the list", "unknown-item"),
        ("task `T5` (row 6): the item B1 is one of 消防救援局", "foreign-item"),
        ("task `T5` (row 6): the window 2023-11-01 to 2024-01-31 leaves the year", "window-outside-year"),
        ("task `T6` (row 7): the item A1 is general, and the task says otherwise", "other-kind"),
        ("task `T6` (row 7): is drawn 3 times a year, and the item A1 allows 1", "too-often"),
        ("task `T6` (row 7): the window ends on 2023-01-31, before the draw", "window-over"),
        ("task `T6` (row 7): was not reviewed by lawyers", "no-legal-review"),
        ("task `T6` (row 7): was filed on 2023-01-05, and an annual plan is filed by 2022-12-31", "filed-late"),
        ("task `T7` (row 8): names no item", "no-items"),
        ("task `T7` (row 8): has no day of filing", "filed-late"),
        ("task `T7` (row 8): 公安局 has no inspector at work", "no-inspectors"),
    ];
    for (words, code) in expected {
        let line = warned.lines().find(|line| line.contains(words));
        assert!(line.is_some_and(|line| line.contains(&format!("[{code}]"))), "{words}: {warned}");
    }
    // Key items have no cap, and a general one within its cap is in order.
    assert!(said.contains(&format!("Review of the annual plan: {} findings", expected.len())), "{said}\n{warned}");
    assert!(!warned.contains("`T1`") && !warned.contains("`T3`"), "{warned}");
    assert!(said.contains("市场监管局, 2023-05") && said.contains("公安局, 2023-03"), "{said}");
    assert!(!project.path("out").exists());
    let log = project.fairdraw(&["check", "plan.toml", "--log", "json"]).good().stderr();
    let finding = log.lines().find(|line| line.contains("unknown-item")).expect("a finding");
    let finding: serde_json::Value = serde_json::from_str(finding).expect("JSON");
    assert!(finding.to_string().contains("X9"), "{finding}");
}

#[test]
fn a_plan_in_order_has_no_findings_and_work_adds_up() {
    let lines: Vec<&str> = TASKS.lines().take(2).collect();
    let (_, said, warned) = reviewed(&format!("{}\n", lines.join("\n")));
    assert!(said.contains("Review of the annual plan: nothing found"), "{said}\n{warned}");
    let work: f64 = said
        .lines()
        .filter(|line| line.contains("市场监管局, 2023-0"))
        .map(|line| line.split_whitespace().next().expect("a number").parse::<f64>().expect("a number"))
        .sum();
    assert!((work - 16.0).abs() < 0.3, "4 % of 400 over four months: {said}");
}
