//! The pipelines that ship with the project, as they stand.

use super::*;
use crate::support::repository;

/// Copies the plans and tables of a pipeline into the project, where its folders lie as in the repository.
pub fn copy(project: &Project, pipeline: &str) {
    for entry in std::fs::read_dir(repository(&format!("pipelines/{pipeline}"))).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let name = path.file_name().expect("a name").to_string_lossy();
        let text = text.replace("../../data-samples", &repository("data-samples"));
        project.write(&format!("pipelines/{pipeline}/{name}"), text);
    }
}

/// Runs and verifies a round of a pipeline and its teams; the drawn.
pub fn round(project: &Project, pipeline: &str, round: &str) -> BTreeSet<String> {
    let file = format!("pipelines/{pipeline}/{round}.toml");
    project.fairdraw(&["run", &file, "--quiet"]).good();
    let folder = format!("out/{pipeline}/{round}");
    project.fairdraw(&["verify", &folder, "--plan", &file]).good();
    project.fairdraw(&["verify", &format!("{folder}.teams"), "--plan", &file]).good();
    selected(project, &folder, "drawn")
}

#[test]
fn the_year_of_yongchuan_draws_248_a_quarter_and_nobody_twice() {
    let project = Project::new();
    copy(&project, "yongchuan-2023");
    let mut drawn: Vec<String> = Vec::new();
    for name in ["q1", "q2", "q3", "q4", "catch-up"] {
        let own = round(&project, "yongchuan-2023", name);
        let folder = format!("out/yongchuan-2023/{name}");
        assert_eq!(own.len(), if name == "catch-up" { 44 } else { 248 }, "{name}");
        assert!(!warning_codes(&project, &folder).contains(&"below-legal-minimum".to_owned()));
        let counts = project.manifest(&format!("{folder}.teams"))["counts"].clone();
        assert_eq!((counts["unmerged"].as_u64(), counts["unserved"].as_u64()), (Some(31 * own.len() as u64), Some(0)));
        drawn.extend(own);
    }
    let once: BTreeSet<&String> = drawn.iter().collect();
    assert_eq!(once.len(), 4 * 248 + 44, "no firm twice");
    let re_check = round(&project, "yongchuan-2023", "re-check");
    assert_eq!(re_check.len(), 52, "5 % of 1,036");
    assert!(re_check.iter().all(|id| once.contains(id)));
    // Why a firm that was drawn in a quarter is not caught up with.
    let caught_up = project.fairdraw(&["explain", "out/yongchuan-2023/catch-up", &drawn[0]]).good().stdout();
    assert!(caught_up.contains("has been visited this year"), "{caught_up}");
    // Codes stay over the rounds: 15 digits for a firm, 6 for an inspector.
    let codes = |folder: &str| -> BTreeMap<String, String> {
        let rows = project.table(&format!("out/yongchuan-2023/{folder}/codes.parquet"));
        rows.into_iter().map(|row| (row["id"].clone(), row["code"].clone())).collect()
    };
    assert_eq!((codes("q1"), codes("q1.teams")), (codes("re-check"), codes("re-check.teams")));
    assert!(
        codes("q1").values().all(|code| code.len() == 15) && codes("q1.teams").values().all(|code| code.len() == 6)
    );
    figures_of_the_year(&project);
}

/// The records of a pipeline's rounds, filled in: every `left_out`-th is not; every `problems`-th finds one.
pub fn fill_in(project: &Project, pipeline: &str, rounds: &[&str], (left_out, problems): (usize, usize)) -> Vec<Row> {
    let mut records = Vec::new();
    for round in rounds {
        let folder = format!("out/{pipeline}/{round}");
        project
            .fairdraw(&["publish", &folder, "--plan", &format!("pipelines/{pipeline}/{round}.toml"), "--quiet"])
            .good();
        let days: BTreeMap<String, String> = project
            .table(&format!("{folder}.teams/visits.parquet"))
            .into_iter()
            .map(|visit| (visit["visit_id"].clone(), visit["week"].clone().max(visit["first_day"].clone())))
            .collect();
        for mut row in list(project, &format!("{folder}.public/records.zh.csv")) {
            if records.len() % left_out != 0 {
                let day = &days[&row["上门编号"]];
                row.insert("检查日期".to_owned(), day.clone());
                row.insert("录入日期".to_owned(), day.clone());
                let outcome =
                    if records.len() % problems == 0 { "发现问题已责令改正" } else { "未发现问题" };
                row.insert("检查结果".to_owned(), outcome.to_owned());
            }
            records.push(row);
        }
    }
    records
}

/// Writes a table of results.
pub fn write_results(project: &Project, file: &str, rows: &[Row]) {
    let mut writer = csv::Writer::from_path(project.path(file)).expect("a file");
    let columns: Vec<&String> = rows[0].keys().collect();
    writer.write_record(&columns).expect("a header");
    for row in rows {
        let cell = |column: &&String| row.get(*column).map_or("", String::as_str);
        writer.write_record(columns.iter().map(cell)).expect("a row");
    }
    writer.flush().expect("a whole file");
}

/// Numerator and denominator of a figure in all, up to the day of the plan.
pub fn figure(project: &Project, folder: &str, id: &str) -> (String, String) {
    let rows = project.table(&format!("{folder}/kpi.parquet"));
    let own = rows.iter().find(|row| row["kpi"] == id && row["cut"] == "all" && row["period"] == "to-date");
    let own = own.unwrap_or_else(|| panic!("{id}: {:?}", rows.iter().find(|row| row["kpi"] == id)));
    (own["numerator"].clone(), own["denominator"].clone())
}

/// Results and feedback of the year come in, and the figures follow from visits, teams and results.
fn figures_of_the_year(project: &Project) {
    let rounds = ["q1", "q2", "q3", "q4", "catch-up"];
    let mut records = fill_in(project, "yongchuan-2023", &rounds, (97, 13));
    assert_eq!(records.len(), 31 * 1_036, "an item of each of 31 departments at each firm");
    let made = records.iter().filter(|row| !row["检查日期"].is_empty()).count();
    // Inspections outside the plan: filed on the fifth working day after, and on the sixth.
    for (at, filed) in [(5, "2023-03-27"), (6, "2023-03-28")] {
        let mut row = records[at].clone();
        for (column, cell) in
            [("上门编号", ""), ("计划编号", ""), ("任务编号", ""), ("检查日期", "2023-03-20"), ("备案日期", filed)]
        {
            row.insert(column.to_owned(), cell.to_owned());
        }
        records.push(row);
    }
    write_results(project, "out/yongchuan-2023/results.csv", &records);
    let firms: BTreeSet<&String> = records.iter().map(|row| &row["统一社会信用代码"]).collect();
    let form = |(at, id): (usize, &&String)| {
        format!(
            "{id},2023-12-01,{},{}\n",
            if at % 5 == 0 { "" } else { "2023-12-10" },
            if at % 50 == 1 { "否" } else { "是" }
        )
    };
    let forms: String = firms.iter().enumerate().map(form).collect();
    project.write("out/yongchuan-2023/feedback.csv", format!("统一社会信用代码,发放日期,回收日期,是否满意\n{forms}"));
    let plan = "pipelines/yongchuan-2023/kpi.toml";
    project.fairdraw(&["kpi", plan, "--quiet"]).good();
    project.fairdraw(&["verify", "out/yongchuan-2023/kpi", "--plan", plan]).good();
    let of = |id: &str| figure(project, "out/yongchuan-2023/kpi", id);
    let pair = |above: usize, below: usize| (above.to_string(), below.to_string());
    assert_eq!(of("team_coverage"), pair(31 * 1_036, 31 * 1_036));
    assert_eq!(of("visit_completion"), pair(made, 31 * 1_036));
    assert_eq!(of("filing_late"), pair(1, 2));
    assert_eq!(of("feedback_return").1, "1036");
    let rows = project.table("out/yongchuan-2023/kpi/kpi.parquet");
    let own = rows.iter().filter(|row| row["kpi"] == "visit_completion" && row["cut"] == "all");
    let periods: BTreeSet<&str> = own.map(|row| row["period"].as_str()).collect();
    assert!(periods.is_superset(&["2023-03", "2023-Q1", "2023-H1", "2023", "to-date"].into()), "{periods:?}");
}

/// The pipeline of Lianyungang with its population.
fn lianyungang() -> Project {
    let project = Project::new();
    copy(&project, "lianyungang-2019");
    let output = ["--output", "out/lianyungang-2019/population", "--seed", "lianyungang-2019", "--quiet"];
    let generate = ["generate", "--preset", "lianyungang", "--rows", "20000"];
    project.fairdraw(&[&generate[..], &output].concat()).good();
    project
}

#[test]
fn the_plan_of_lianyungang_keeps_to_two_visits_in_both_readings() {
    let project = lianyungang();
    let met = |reading: &str| -> BTreeMap<usize, usize> {
        let drawn = round(&project, "lianyungang-2019", reading);
        let frame = frame(&project, &format!("out/lianyungang-2019/{reading}"));
        let mut by_visits = BTreeMap::new();
        for id in &drawn {
            *by_visits.entry(number(&frame[id], "visits") as usize).or_insert(0) += 1;
        }
        by_visits
    };
    assert_eq!(met("at-least-2").into_keys().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(met("more-than-2").into_keys().collect::<Vec<_>>(), [0, 1, 2]);

    // A complaint is looked into, however often the firm has been visited.
    let certain = selected(&project, "out/lianyungang-2019/at-least-2", "certain");
    let flags = std::fs::read_to_string(project.path("out/lianyungang-2019/population/flags.csv")).expect("flags");
    let complained: BTreeSet<&str> = flags.lines().filter_map(|line| line.strip_suffix(",complaint")).collect();
    assert!(!certain.is_empty() && certain.iter().all(|id| complained.contains(id.as_str())));

    // Qualification, expert, recusal; two tasks of one stream draw the same firms, and three departments meet there once.
    let people =
        std::fs::read_to_string(project.path("out/lianyungang-2019/population/inspectors.csv")).expect("inspectors");
    let of = |id: &str, word: &str| people.lines().any(|line| line.starts_with(id) && line.contains(word));
    let teams = project.table("out/lianyungang-2019/at-least-2.teams/teams.parquet");
    let visits = project.table("out/lianyungang-2019/at-least-2.teams/visits.parquet");
    let joint: Vec<&Row> = visits.iter().filter(|visit| words(&visit["tasks"]).contains(&"LYG-2019-04")).collect();
    let entities: BTreeSet<&String> = joint.iter().map(|visit| &visit["entity_id"]).collect();
    let drawn = project.table("out/lianyungang-2019/at-least-2/draw.parquet");
    let drawn = drawn.iter().filter(|row| row["task_id"] == "LYG-2019-04" && row["selection"] != "reserve");
    assert_eq!((entities.len(), joint.len()), (joint.len(), drawn.count()));
    for visit in &joint {
        assert!(
            ["应急管理局", "生态环境局", "市场监管局"].iter().all(|own| words(&visit["departments"]).contains(own))
        );
        let mut team =
            teams.iter().filter(|row| row["visit_id"] == visit["visit_id"] && row["department"] == "应急管理局");
        assert!(team.any(|row| of(&row["inspector_id"], "特种设备安全监察")), "{visit:?}");
    }
    assert!(teams.iter().any(|row| row["role"] == "expert"));
    let recusals = std::fs::read_to_string(repository("pipelines/lianyungang-2019/recusals.csv")).expect("recusals");
    let recused: BTreeSet<(&str, &str)> = recusals
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','))
        .filter_map(|(person, rest)| Some((person, rest.split_once(',')?.0)))
        .collect();
    let dealt: BTreeMap<&String, &String> =
        visits.iter().map(|visit| (&visit["visit_id"], &visit["entity_id"])).collect();
    assert!(recused.len() == 3 && recused.iter().all(|(_, entity)| dealt.values().any(|id| id == entity)));
    assert!(teams.iter().all(|row| !recused.contains(&(&*row["inspector_id"], dealt[&row["visit_id"]]))));

    // 60 % of the caterers, in four batches by the order of the lots.
    round(&project, "lianyungang-2019", "key-item");
    let rows = project.table("out/lianyungang-2019/key-item/draw.parquet");
    let batch = |number: usize| rows.iter().filter(move |row| row["batch"] == number.to_string());
    let sizes = [1, 2, 3, 4].map(|number| batch(number).count());
    assert_eq!((rows.len(), sizes), (491, [123, 123, 123, 122]));
    let key = |row: &Row| number(row, "key");
    assert!((1..4).all(|at| batch(at).map(key).fold(0.0, f64::max) <= batch(at + 1).map(key).fold(f64::MAX, f64::min)));
}

#[test]
fn the_review_of_the_plan_of_lianyungang_names_row_and_fix() {
    let project = lianyungang();
    let plan = "pipelines/lianyungang-2019/at-least-2.toml";
    let said = project.fairdraw(&["check", plan]).good().stdout();
    assert!(said.contains("Review of the annual plan: nothing found"), "{said}");

    let tasks = std::fs::read_to_string(project.path("pipelines/lianyungang-2019/tasks.csv")).expect("tasks");
    let faults = [
        (",LYG-SP-02,一般,4%(不少于10户),", ",LYG-SP-02,一般,8%(不少于10户),", "`LYG-2019-03` (row 4)", "above-cap"),
        (",LYG-SW-01,", ",LYG-SW-09,", "`LYG-2019-05` (row 6)", "unknown-item"),
        ("C,是,2018-12-21", "C,否,2019-01-08", "`LYG-2019-04` (row 5)", "no-legal-review"),
        ("C,是,2018-12-21", "C,否,2019-01-08", "`LYG-2019-04` (row 5)", "filed-late"),
        ("LYG-XF-01,重点", "LYG-XF-01,一般", "`LYG-2019-06` (row 7)", "other-kind"),
    ];
    let draft = faults.iter().fold(tasks, |tasks, (from, to, ..)| tasks.replace(from, to));
    project.write("pipelines/lianyungang-2019/tasks.csv", draft);
    let outcome = project.fairdraw(&["check", plan]).good();
    let warned = outcome.stderr();
    for (_, _, place, code) in faults {
        let is_named = |line: &str| line.contains(place) && line.contains(&format!("[{code}]"));
        assert!(warned.lines().any(is_named), "{place} {code}: {warned}");
    }
    assert!(outcome.stdout().contains("Review of the annual plan: 5 findings"), "{}\n{warned}", outcome.stdout());
}

#[test]
fn results_of_lianyungang_are_public_within_twenty_working_days_or_five_after_the_laboratory() {
    let project = lianyungang();
    round(&project, "lianyungang-2019", "at-least-2");
    // Before anything is filled in nobody has come, and that is no fault of the table.
    let records = fill_in(&project, "lianyungang-2019", &["at-least-2"], (1, 1));
    write_results(&project, "out/lianyungang-2019/results.csv", &records);
    let plan = "pipelines/lianyungang-2019/kpi.toml";
    project.fairdraw(&["kpi", plan, "--quiet"]).good();
    assert_eq!(figure(&project, "out/lianyungang-2019/kpi", "visit_completion").0, "0");
    let aside = project.table("out/lianyungang-2019/kpi/quarantine.parquet");
    assert_eq!(aside.iter().filter(|row| row["reason"] == "not-made").count(), records.len());

    let mut records = fill_in(&project, "lianyungang-2019", &["at-least-2"], (50, 9));
    // All are inspected on Monday 2019-09-02. Twenty working days later, with Mid-Autumn (13 September, Friday) and a worked
    // Sunday (29 September), is 30 September; five after 10 October, with a worked Saturday (12 October), is 16 October.
    let (in_time, late, after_laboratory) = ("2019-09-30", "2019-10-08", "2019-10-16");
    let mut expected = BTreeMap::from([(true, BTreeSet::new()), (false, BTreeSet::new())]);
    for row in records.iter_mut().filter(|row| !row["检查日期"].is_empty()) {
        row.insert("检查日期".to_owned(), "2019-09-02".to_owned());
        row.insert("录入日期".to_owned(), "2019-09-02".to_owned());
        // An inspection is what a department does at a visit for a task: all its rows say the same.
        let own = (row["上门编号"].clone(), row["检查部门"].clone(), row["任务编号"].clone());
        let kind = own.0.bytes().map(usize::from).sum::<usize>() % 3;
        let (published, laboratory) = [(in_time, ""), (late, ""), (after_laboratory, "2019-10-10")][kind];
        row.insert("公示日期".to_owned(), published.to_owned());
        row.insert("检验报告送达日期".to_owned(), laboratory.to_owned());
        expected.get_mut(&(kind != 1)).expect("a set").insert(own);
    }
    for row in records.iter_mut().filter(|row| row["检查日期"].is_empty()) {
        row.insert("公示日期".to_owned(), String::new());
        row.insert("检验报告送达日期".to_owned(), String::new());
    }
    write_results(&project, "out/lianyungang-2019/results.csv", &records);
    project.fairdraw(&["kpi", plan, "--quiet"]).good();
    project.fairdraw(&["verify", "out/lianyungang-2019/kpi", "--plan", plan]).good();
    let (published, due) = figure(&project, "out/lianyungang-2019/kpi", "timeliness");
    let (right, wrong) = (expected[&true].len(), expected[&false].len());
    assert_eq!((published, due), (right.to_string(), (right + wrong).to_string()));
}
