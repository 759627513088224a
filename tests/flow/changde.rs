//! The year of Changde, 530,000 records: draw, changes, records filled in, the next round that knows of them, figures.

use super::pipelines::{copy, round, write_results};
use super::*;
use crate::support::repository;
use jiff::civil::{Date, Weekday};

const OUT: &str = "out/changde-2017";

/// Drawn for tasks, visits, visits if each department came alone, visits spared.
const FIRST_HALF: [u64; 4] = [2_393, 1_798, 3_523, 1_725];
const SECOND_HALF: [u64; 4] = [1_728, 1_507, 3_490, 1_983];

/// The pipeline with its population.
fn changde() -> Project {
    let project = Project::new();
    copy(&project, "changde-2017");
    let output = ["--output", "out/changde-2017/population", "--seed", "changde-2017", "--quiet"];
    let generate = ["generate", "--preset", "changde", "--rows", "530000"];
    project.fairdraw(&[&generate[..], &output].concat()).good();
    project
}

fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.path(&format!("{OUT}/{name}"))).expect("a text")
}

/// The flags of each entity that has any.
fn flags_of(table: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut flags: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, flag) in table.lines().skip(1).filter_map(|line| line.split_once(',')) {
        flags.entry(id).or_default().insert(flag);
    }
    flags
}

/// Whether somebody drawn or in reserve is on the priority list, with the exclusion inside it.
fn is_on_the_list(row: &Row, flags: &BTreeSet<&str>) -> bool {
    let has = |flag: &str| flags.contains(flag);
    let is_listed = has("abnormal") && !has("address-lost") || has("report-late") || has("false-information");
    let is_of_industry = ["C13", "C14", "K70", "B10", "C26", "G59"].contains(&row["industry"].as_str());
    has("serious-violation") || has("complaint") || has("refused") || is_listed || is_of_industry && row["grade"] == "D"
}

/// (drawn for tasks, visits, visits if each department came alone, visits spared).
fn counts(project: &Project, round: &str) -> [u64; 4] {
    let counts = project.manifest(&format!("{OUT}/{round}.teams"))["counts"].clone();
    assert_eq!((counts["unserved"].as_u64(), &counts["teams"]), (Some(0), &counts["unmerged"]));
    ["selected", "visits", "unmerged", "avoided"].map(|key| counts[key].as_u64().expect("a count"))
}

/// Runs a command that changes the first round, by the plan of its teams.
fn change(project: &Project, command: &str, reason: &str, of: &[&str]) {
    let plan = "pipelines/changde-2017/first-half.toml";
    let common = [command, "out/changde-2017/first-half", "--plan", plan, "--reason", reason];
    project.fairdraw(&[&common[..], &["--approver", "工商局分管负责人"], of].concat()).good();
}

/// The records of a round, as it is published, filled in by a rule: every 37th visit is not made; at every 23rd of several
/// departments the last does not come; at every fifth the first finds a problem, and some do not let it in.
fn filled_in(project: &Project, round: &str) -> Vec<Row> {
    let folder = format!("{OUT}/{round}");
    project.fairdraw(&["publish", &folder, "--quiet"]).good();
    let mut records = list(project, &format!("{folder}.public/records.zh.csv"));
    let stations = list(project, &format!("{folder}.public/by-station.zh.csv"));
    // The probabilities of 530,000 entities in each task: nobody reads them here.
    std::fs::remove_dir_all(project.path(&format!("{folder}.public"))).expect("a folder");
    let holidays = std::fs::read_to_string(repository("data-samples/holidays-2017-2024.csv")).expect("holidays");
    let kinds: BTreeMap<&str, &str> = holidays
        .lines()
        .filter_map(|line| line.split_once(','))
        .map(|(day, rest)| (day, rest.split(',').next().unwrap_or("")))
        .collect();
    let works = |day: &Date| match kinds.get(day.to_string().as_str()) {
        Some(kind) => *kind == "班",
        None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
    };
    let date = |row: &Row, column: &str| row[column].parse::<Date>().expect("a day");
    let later = |day: Date, days: i64| day + jiff::Span::new().days(days);
    // The working days of each visit's week that lie in its window.
    let mut days: BTreeMap<&String, Vec<Date>> = BTreeMap::new();
    for row in &stations {
        let week = date(row, "检查周（周一）");
        let (first, last) = (week.max(date(row, "起始日期")), later(week, 6).min(date(row, "截止日期")));
        let of_week = (0..7).map(|number| later(first, number)).filter(|day| *day <= last && works(day));
        days.insert(&row["上门编号"], of_week.collect());
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut departments: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &records {
        let next = places.len();
        places.entry(row["上门编号"].clone()).or_insert(next);
        let own = departments.entry(row["上门编号"].clone()).or_default();
        if !own.contains(&row["检查部门"]) {
            own.push(row["检查部门"].clone());
        }
    }
    for row in &mut records {
        let (at, own) = (places[&row["上门编号"]], &departments[&row["上门编号"]]);
        let (is_first, is_last) = (own[0] == row["检查部门"], own[own.len() - 1] == row["检查部门"]);
        let mut cells = [""; 7].map(str::to_owned);
        if at % 37 != 36 && !(at % 23 == 22 && own.len() > 1 && is_last) {
            let of_week = &days[&row["上门编号"]];
            let day = of_week[at % of_week.len()];
            let (outcome, disposal) = if is_first && at % 61 == 7 {
                ("不配合检查情节严重", "抄告相关部门")
            } else if is_first && at % 5 == 0 {
                ("发现问题已责令改正", "责令改正")
            } else {
                ("未发现问题", "无需后续处置")
            };
            let [entered, published] = [3, 10].map(|days| later(day, days).to_string());
            cells =
                [day.to_string(), outcome.into(), disposal.into(), entered, published, String::new(), String::new()];
        }
        cells[6] = round.to_owned();
        let columns =
            ["检查日期", "检查结果", "后续处置措施", "录入日期", "公示日期", "更正日期", "轮次"].map(str::to_owned);
        row.extend(columns.into_iter().zip(cells));
    }
    records
}

/// What came of each entity that was inspected: the flags by which the next round knows it.
fn flags_for_the_next_round(records: &[Row]) -> BTreeMap<&str, BTreeSet<&'static str>> {
    let mut found: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    for row in records.iter().filter(|row| !row["检查结果"].is_empty()) {
        let flag = match row["检查结果"].as_str() {
            "不配合检查情节严重" => "refused",
            "未发现问题" => "no-problem",
            _ => "problem",
        };
        found.entry(&row["统一社会信用代码"]).or_default().insert(flag);
    }
    for flags in found.values_mut().filter(|flags| flags.len() > 1) {
        flags.remove("no-problem");
    }
    found
}

/// Departments of visits, with whether they came.
fn duties(records: &[Row]) -> BTreeMap<[&str; 3], bool> {
    let mut duties = BTreeMap::new();
    for row in records {
        let duty = ["轮次", "上门编号", "检查部门"].map(|column| row[column].as_str());
        *duties.entry(duty).or_insert(false) |= !row["检查日期"].is_empty();
    }
    duties
}

#[test]
fn the_year_of_changde_goes_from_the_draw_to_the_figures_and_into_the_next_round() {
    let project = changde();
    let registry = read(&project, "population/registry.csv");
    let status: BTreeMap<&str, &str> = registry
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|cells| (cells[1], cells[2]))
        .collect();
    let with = |word: &str| status.values().filter(|status| status.starts_with(word)).count();
    assert_eq!((status.len(), with("注销"), with("吊销")), (530_000, 280_808, 23_169));
    let first_plan = "pipelines/changde-2017/first-half.toml";
    let said = project.fairdraw(&["check", first_plan]).good().stdout();
    assert!(said.contains("Review of the annual plan: nothing found"), "{said}");

    // The first half. The dead are out before any share is taken; the list is certain, with its exclusion, and nobody else is.
    let by_lot = round(&project, "changde-2017", "first-half");
    assert_eq!(counts(&project, "first-half"), FIRST_HALF);
    let population = read(&project, "population/flags.csv");
    let flags = flags_of(&population);
    let none = BTreeSet::new();
    let of = |row: &Row| flags.get(row["entity_id"].as_str()).unwrap_or(&none).clone();
    let list_of_first = project.table("out/changde-2017/first-half/draw.parquet");
    for row in &list_of_first {
        assert!(!status[row["entity_id"].as_str()].contains('销'), "{row:?}");
        assert_eq!(row["selection"] == "certain", is_on_the_list(row, &of(row)), "{row:?} {:?}", of(row));
    }
    let lost = BTreeSet::from(["abnormal", "address-lost"]);
    let of_lost = |selection: &str, is_only: bool| {
        let own = list_of_first.iter().filter(|row| row["selection"] == selection && of(row).contains("address-lost"));
        own.filter(|row| (of(row) == lost) == is_only).count()
    };
    assert!(of_lost("drawn", true) > 0, "who cannot be contacted may still be drawn by lot");
    assert!(of_lost("certain", false) > 0 && of_lost("reserve", false) == 0, "and is certain for other reasons");

    // Tasks with one stream, scope and window draw the same firms, and meet at their doors once.
    let visits = project.table("out/changde-2017/first-half.teams/visits.parquet");
    let alike = ["CD-2017-018", "CD-2017-019"];
    let met: Vec<&Row> = visits.iter().filter(|visit| alike.iter().any(|own| visit["tasks"].contains(own))).collect();
    assert!(met.len() > 50 && met.iter().all(|visit| alike.iter().all(|own| visit["tasks"].contains(own))));
    assert!(visits.iter().filter(|visit| words(&visit["tasks"]).len() > 1).count() > 500);

    // An inspector falls ill, a firm is gone, another moves: amendments, and nothing else changes.
    let before = ["first-half", "first-half.teams"].map(|folder| project.bytes(&format!("{OUT}/{folder}")));
    let of_two: Vec<&Row> = visits.iter().filter(|visit| words(&visit["tasks"]).len() == 2).collect();
    let gone = &of_two.iter().find(|visit| by_lot.contains(&visit["entity_id"])).expect("a visit")["entity_id"];
    let moved =
        &of_two.iter().find(|visit| visit["station"] == "漳江监管所" && visit["entity_id"] != *gone).expect("a visit")
            ["entity_id"];
    let teams = project.table("out/changde-2017/first-half.teams/teams.parquet");
    let is_other = |row: &&Row| [gone, moved].iter().all(|own| !row["visit_id"].starts_with(own.as_str()));
    let ill = teams.iter().filter(is_other).find(|row| row["department"] == "工商局").expect("a team");
    let who = ["--visit", &ill["visit_id"], "--department", "工商局", "--inspector", &ill["inspector_id"]];
    change(&project, "reassign", "病假", &who);
    change(&project, "replace", "已注销", &["--entity", gone, "--from", "2017-03-20"]);
    let said = project.fairdraw(&["verify", "out/changde-2017/first-half.teams", "--plan", first_plan]).good().stdout();
    assert!(said.contains("2 amendments follow from each other, 2 of them made again"), "{said}");
    let today = |line: &str| match line.split(',').nth(1) {
        Some(id) if id == gone => line.replace(&format!(",{},", status[id]), ",注销,"),
        Some(id) if id == moved => line.replace("漳江监管所", "陬市监管所"),
        _ => line.to_owned(),
    };
    let registry: Vec<String> = registry.lines().map(today).collect();
    project.write("out/changde-2017/population/registry.csv", registry.join("\n") + "\n");
    change(&project, "reroute", "住所变更", &["--entity", moved]);
    let amendments = [1, 2, 3].map(|number| {
        let text = read(&project, &format!("first-half.amendments/{number:04}.json"));
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    });
    let reasons = amendments.each_ref().map(|own| own["approval"]["reason"].as_str().expect("a reason"));
    assert_eq!(reasons, ["病假", "已注销", "住所变更"]);
    assert!(amendments.iter().all(|own| own["approval"]["approver"] == "工商局分管负责人"));
    let came = amendments[1]["entered"].as_array().expect("a list").clone();
    assert_eq!(came.len(), 2, "the next of the reserve of both tasks");
    assert_eq!(amendments[2]["change"]["station"], "陬市监管所");
    let said = project.fairdraw(&["verify", "out/changde-2017/first-half.teams"]).good().stdout();
    assert!(said.contains("3 amendments follow from each other"), "{said}");
    let after = ["first-half", "first-half.teams"].map(|folder| project.bytes(&format!("{OUT}/{folder}")));
    assert!(before == after, "the round is never edited");

    // The records come back, and the second half knows of them.
    let mut records = filled_in(&project, "first-half");
    assert!(records.iter().all(|row| row["统一社会信用代码"] != *gone));
    let found = flags_for_the_next_round(&records);
    let lines = found.iter().flat_map(|(id, flags)| flags.iter().map(move |flag| format!("{id},{flag}\n")));
    project.write("out/changde-2017/flags.csv", population.clone() + &lines.collect::<String>());
    let second_plan = "pipelines/changde-2017/second-half.toml";
    let said = project.fairdraw(&["check", second_plan]).good().stdout();
    assert!(said.contains("Review of the annual plan: nothing found"), "{said}");
    let by_lot_again = round(&project, "changde-2017", "second-half");
    assert_eq!(counts(&project, "second-half"), SECOND_HALF);
    let on_the_list = list_of_first.iter().filter(|row| row["selection"] != "reserve");
    let mut standing: BTreeSet<String> = on_the_list.map(|row| row["entity_id"].clone()).collect();
    standing.remove(gone);
    standing.extend(came.iter().map(|own| own["entity_id"].as_str().expect("an id").to_owned()));
    assert!(by_lot_again.is_disjoint(&standing), "whom the first half drew is not drawn by lot again");
    let mut again: BTreeMap<&str, usize> = BTreeMap::new();
    let list_of_second = project.table("out/changde-2017/second-half/draw.parquet");
    for row in &list_of_second {
        assert_ne!(row["entity_id"], *gone, "the registry of the second half has it as deregistered");
        let own = found.get(row["entity_id"].as_str()).cloned().unwrap_or_default();
        assert!(!own.contains("no-problem"), "where nothing was found, nobody comes twice: {row:?}");
        let rule = row.get("certainty").map_or("", String::as_str);
        assert_eq!(rule == "公示信息抽查中不予配合情节严重", own.contains("refused"), "{row:?}");
        assert_eq!(rule == "上半年抽查发现问题", own.contains("problem") && !own.contains("refused"), "{row:?}");
        *again.entry(rule).or_default() += 1;
    }
    assert!(again["上半年抽查发现问题"] > 10 && again["公示信息抽查中不予配合情节严重"] > 0, "{again:?}");
    let manifest = project.manifest("out/changde-2017/second-half");
    assert!(manifest["inputs"].as_array().expect("inputs").iter().any(|input| input["table"] == "amendments"));

    // 130 tasks, 63 of them of several departments.
    let tasks = ["first-half", "second-half"].map(|round| project.table(&format!("{OUT}/{round}/tasks.parquet")));
    let joint = tasks.each_ref().map(|own| own.iter().filter(|task| !words(&task["members"]).is_empty()).count());
    assert_eq!((tasks.each_ref().map(Vec::len), joint), ([60, 70], [14, 49]));

    // The figures of the year.
    records.extend(filled_in(&project, "second-half"));
    write_results(&project, "out/changde-2017/results.csv", &records);
    let of_plan = |name: &str| {
        std::fs::read_to_string(repository(&format!("pipelines/changde-2017/tasks-{name}.csv"))).expect("tasks")
    };
    let (first, second) = (of_plan("first-half"), of_plan("second-half"));
    let second = second.split_once('\n').expect("a header").1;
    project.write("out/changde-2017/tasks.csv", first + second);
    let plan = "pipelines/changde-2017/kpi.toml";
    let said = project.fairdraw(&["kpi", plan]).good().stdout();
    let line = "cross_department.by_task  48.46 % · 63 / 130 · up to 2017-12-31 · target 50 %: 2 short";
    assert!(said.contains(line), "{said}");
    project.fairdraw(&["verify", "out/changde-2017/figures", "--plan", plan]).good();
    let rows = project.table("out/changde-2017/figures/kpi.parquet");
    let figure = |id: &str, period: &str| {
        let is_own = |row: &&Row| row["kpi"] == id && row["cut"] == "all" && row["period"] == period;
        rows.iter().find(is_own).unwrap_or_else(|| panic!("{id} of {period}"))
    };
    let fraction = |id: &str, period: &str| {
        ["numerator", "denominator"].map(|column| figure(id, period)[column].parse::<usize>().expect("a count"))
    };
    let target = figure("cross_department.by_task", "to-date");
    assert_eq!((target["met"].as_str(), target["needed_converting"].as_str()), ("false", "2"));
    // Half-yearly, quarterly and monthly: each sums up to the year.
    let joint = |period: &str| fraction("cross_department.by_task", period);
    assert_eq!([joint("2017-H1"), joint("2017-H2"), joint("2017")], [[14, 60], [49, 70], [63, 130]]);
    assert_eq!(["2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"].map(joint), [[4, 30], [10, 30], [6, 23], [43, 47]]);
    let months: Vec<[usize; 2]> = (3..=12).map(|month| joint(&format!("2017-{month:02}"))).collect();
    assert_eq!([0, 1].map(|at| months.iter().map(|month| month[at]).sum::<usize>()), [63, 130]);

    // What was dealt, and who came, as the records have it.
    let duties = duties(&records);
    let of_round = |round: &str| {
        let own = duties.iter().filter(|(duty, _)| round.is_empty() || duty[0] == round);
        let came: Vec<bool> = own.map(|(_, came)| *came).collect();
        [came.iter().filter(|came| **came).count(), came.len()]
    };
    assert_eq!(of_round("")[1] as u64, FIRST_HALF[2] + SECOND_HALF[2]);
    assert_eq!(fraction("team_coverage", "to-date"), [of_round("")[1]; 2]);
    assert_eq!(fraction("visit_completion", "to-date"), of_round(""));
    assert_eq!(fraction("visit_completion", "2017-H1"), of_round("first-half"));
    assert_eq!(fraction("visit_completion", "2017-H2"), of_round("second-half"));
    // A visit of the first half and one of the second at the same firm are two, although both are its number 1.
    let mut made: BTreeMap<[&str; 2], usize> = BTreeMap::new();
    for ([round, visit, _], _) in duties.iter().filter(|(_, came)| **came) {
        *made.entry([*round, *visit]).or_default() += 1;
    }
    assert_eq!(fraction("not_together", "to-date"), [0, made.values().filter(|&&count| count > 1).count()]);
    assert_eq!(fraction("visits_per_entity", "to-date")[0], made.len());
    // Every line of business was inspected; what is due is public.
    let [covered, lines] = fraction("item_coverage.by_category", "to-date");
    assert_eq!((covered, lines), (51, 51));
    let [in_time, due] = fraction("timeliness", "to-date");
    assert!(due > 6_000 && in_time == due);
    assert_eq!(fraction("dead_target", "to-date")[0], 0);
    // No task has a day of completion: that is no rate of 0.
    assert_eq!(figure("task_completion", "to-date")["reason"], "no-column:tasks.finished_on");
}
