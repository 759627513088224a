//! The second lot through the binary: visits, weeks, teams, and what is not served.

use super::*;

const COUNT: usize = 240;

const ROUND: &str = "[inputs.inspectors]\npath = \"inspectors.csv\"\n\n[inputs.items]\npath = \"items.csv\"\n\n[inputs.recusals]\npath = \"recusals.csv\"\n\n[inputs.holidays]\npath = \"holidays.csv\"\n\n[size]\ncount = 30\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\n\n";

const TASKS: &str = "[[tasks]]\nid = \"T1\"\nlead = \"市场监管局\"\nmembers = [\"消防救援局\"]\nitems = [\"A1\"]\nwindow = { first = 2023-03-01, last = 2023-05-31 }\n\n[[tasks]]\nid = \"T2\"\nlead = \"消防救援局\"\nwindow = { first = 2023-05-01, last = 2023-06-30 }\n\n[[tasks]]\nid = \"T3\"\nlead = \"公安局\"\nsize = { count = 6 }\nwindow = { first = 2023-07-01, last = 2023-07-31 }\n\n";

/// A round of three tasks, with eighteen inspectors of three departments at two stations.
pub fn project(assign: &str) -> Project {
    let project = super::project(COUNT, &format!("{ROUND}{assign}\n{TASKS}"));
    let text = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    let with_station = |(at, line): (usize, &str)| {
        let station = if at == 0 { "station" } else { ["城关所", "江南所"][at % 2] };
        format!("{line},{station}\n")
    };
    project.write("registry.csv", text.lines().enumerate().map(with_station).collect::<String>());
    let mut people = String::from("执法人员编号,所属部门,监管所,执法资质,是否在岗\n");
    for (number, department) in [(0, "市场监管局"), (8, "消防救援局")] {
        for own in 0..8 {
            let station = ["城关所", "江南所"][own % 2];
            let qualified = if own < 4 { "食品" } else { "" };
            people += &format!("P{:03},{department},{station},{qualified},在岗\n", number + own);
        }
    }
    people += "P090,公安局,,,在岗\nP091,公安局,,,离岗\n";
    project.write("inspectors.csv", people);
    project.write("items.csv", "事项编号,检查部门,执法资质\nA1,市场监管局,食品\n");
    let recused: String = (0..COUNT).map(|index| format!("P000,{}\n", entity_id(index))).collect();
    project.write("recusals.csv", format!("inspector_id,entity_id\n{recused}"));
    project.write("holidays.csv", "日期,日期类型\n2023-05-01,休\n2023-05-02,休\n2023-05-03,休\n");
    project
}

fn assigned(assign: &str) -> Project {
    let project = project(assign);
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["verify", "out/run"]).good();
    if !project.path("out/run.teams").exists() {
        project.fairdraw(&["assign", "out/run", "--plan", "plan.toml"]).good();
    }
    project.fairdraw(&["verify", "out/run.teams"]).good();
    project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml"]).good();
    project
}

#[test]
fn every_drawn_task_is_in_one_visit_and_every_department_answers() {
    let project = assigned("[assign]\n");
    let visits = project.table("out/run.teams/visits.parquet");
    let (teams, unserved) =
        (project.table("out/run.teams/teams.parquet"), project.table("out/run.teams/unserved.parquet"));
    let drawn: BTreeSet<(String, String)> = project
        .table("out/run/draw.parquet")
        .into_iter()
        .filter(|row| row["selection"] != "reserve")
        .map(|row| (row["entity_id"].clone(), row["task_id"].clone()))
        .collect();
    let mut met = BTreeSet::new();
    for visit in &visits {
        assert!(visit["first_day"] <= visit["last_day"]);
        assert!(visit["visit_id"].starts_with(&format!("{}-", visit["entity_id"])));
        for task in words(&visit["tasks"]) {
            assert!(met.insert((visit["entity_id"].clone(), task.to_owned())), "{task} twice");
        }
        // T1 and T2 meet in May; T3 stands alone in July.
        assert!(words(&visit["tasks"]) == ["T3"] || !words(&visit["tasks"]).contains(&"T3"));
    }
    assert_eq!(met, drawn);
    assert!(visits.iter().any(|visit| words(&visit["tasks"]) == ["T1", "T2"]), "tasks of one stream meet");

    let mut answered: BTreeMap<(String, String), Vec<&Row>> = BTreeMap::new();
    for row in &teams {
        answered.entry((row["visit_id"].clone(), row["department"].clone())).or_default().push(row);
    }
    let refused: BTreeSet<(String, String)> =
        unserved.iter().map(|row| (row["visit_id"].clone(), row["department"].clone())).collect();
    for visit in &visits {
        for department in words(&visit["departments"]) {
            let key = (visit["visit_id"].clone(), department.to_owned());
            assert!(answered.contains_key(&key) != refused.contains(&key), "{key:?}");
            let Some(team) = answered.get(&key) else { continue };
            assert_eq!((team.len(), team.iter().filter(|row| row["role"] == "lead").count()), (2, 1));
            // Recused from everyone: P000 goes nowhere. The others go where their station is.
            assert!(team.iter().all(|row| row["inspector_id"] != "P000"));
            let number = |row: &&&Row| row["inspector_id"][1..].parse::<usize>().expect("a number");
            let station = |row: &&Row| ["城关所", "江南所"][number(&row) % 2];
            assert!(team.iter().all(|row| visit["station"] == station(row)), "{visit:?}");
            if department == "市场监管局" && words(&visit["items"]) == ["A1"] {
                assert!(team.iter().any(|row| number(&row) < 4), "somebody is qualified");
            }
        }
    }
    // The third department has one inspector at work of two.
    assert!(unserved.iter().any(|row| row["department"] == "公安局" && row["constraint"] == "active"));
    assert!(unserved.iter().all(|row| !row["remedy"].is_empty() && !row["remedy_zh"].is_empty()));
    let manifest = project.manifest("out/run.teams");
    let counts = &manifest["counts"];
    let departments: usize = visits.iter().map(|visit| words(&visit["departments"]).len()).sum();
    assert_eq!(
        (counts["visits"].as_u64(), counts["unmerged"].as_u64()),
        (Some(visits.len() as u64), Some(departments as u64))
    );
    assert_eq!(counts["avoided"], departments - visits.len());
}

#[test]
fn weeks_are_of_the_window_and_loads_of_a_station_are_even() {
    let project = assigned("[assign]\n");
    let mut loads: BTreeMap<(String, String), usize> = BTreeMap::new();
    for visit in project.table("out/run.teams/visits.parquet") {
        let day = |column: &str| visit[column].parse::<jiff::civil::Date>().expect("a day");
        let (week, first, last) = (day("week"), day("first_day"), day("last_day"));
        assert_eq!(week.weekday(), jiff::civil::Weekday::Monday);
        assert!(week <= last && week + jiff::Span::new().days(6) >= first);
        if words(&visit["tasks"]) == ["T3"] {
            *loads.entry((visit["station"].clone(), visit["week"].clone())).or_default() += 1;
        }
    }
    assert!(loads.values().all(|&load| load <= 2), "{loads:?}");
}

#[test]
fn a_seed_of_its_own_deals_other_teams_and_is_verified() {
    let project = assigned("[assign]\nborrow = true\n");
    let before = project.bytes("out/run.teams");
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml"]).good();
    assert!(project.bytes("out/run.teams") == before, "the same seed, the same bytes");
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml", "--seed", "4 6 1"]).bad(5, &["--replace"]);
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml", "--seed", "4 6 1", "--replace"]).good();
    let after = project.bytes("out/run.teams");
    assert!(before["visits.parquet"] == after["visits.parquet"] && before["teams.parquet"] != after["teams.parquet"]);
    project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml"]).good();
}

#[test]
fn stations_are_those_of_today_and_a_changed_input_is_found() {
    let project = assigned("[assign]\n");
    let moved = std::fs::read_to_string(project.path("registry.csv")).expect("a registry").replace("江南所", "城关所");
    project.write("registry.csv", moved);
    project.fairdraw(&["verify", "out/run.teams"]).good();
    project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml"]).bad(1, &["visits.parquet, "]);
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml"]).good();
    let visits = project.table("out/run.teams/visits.parquet");
    assert!(visits.iter().all(|visit| visit["station"] == "城关所"));
    project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml"]).good();
    // Another draw under the same teams.
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("plan.toml", plan.replace("public dice 3", "public dice 4").replace("[assign]\n", ""));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    project.fairdraw(&["verify", "out/run.teams"]).bad(1, &["round.sha256"]);
}

#[test]
fn loads_are_balanced_over_the_rounds_of_the_year() {
    let project = project("[assign]\nbalance = \"year\"\n");
    let text = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    let plan = |name: &str, as_of: &str| {
        let text =
            text.replace("as-of = 2023-02-07", &format!("as-of = {as_of}")).replace("out/run", &format!("out/{name}"));
        let text = text.replacen("[inputs.entities]", "[inputs]\nrounds = [\"out/2023-*\"]\n\n[inputs.entities]", 1);
        project.write(&format!("{name}.toml"), text.replace("public dice 3", &format!("dice of {name}")));
        format!("{name}.toml")
    };
    for (name, as_of) in [("2023-q1", "2023-02-07"), ("2023-q2", "2023-02-20")] {
        let plan = plan(name, as_of);
        project.fairdraw(&["run", &plan]).good();
        project.fairdraw(&["verify", &format!("out/{name}.teams"), "--plan", &plan]).good();
    }
    let mut loads: BTreeMap<String, usize> = BTreeMap::new();
    for name in ["2023-q1", "2023-q2"] {
        for row in project.table(&format!("out/{name}.teams/teams.parquet")) {
            *loads.entry(row["inspector_id"].clone()).or_default() += 1;
        }
    }
    // One station of one department: nothing but the station stands in the way.
    let of = |people: [&str; 4]| people.map(|own| loads.get(own).copied().unwrap_or(0));
    for station in [of(["P008", "P010", "P012", "P014"]), of(["P009", "P011", "P013", "P015"])] {
        let (most, least) = (station.iter().max(), station.iter().min());
        assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{station:?}");
    }
}

#[test]
fn what_cannot_be_dealt_is_refused_with_the_fix() {
    let project = project("");
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml"]).bad(3, &["out/run"]);
    project.fairdraw(&["run", "plan.toml"]).good();
    assert!(!project.path("out/run.teams").exists());
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml"]).bad(2, &["[assign]"]);
    let text = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    let cases: [(&str, &str, &[&str]); 6] = [
        ("[draw]", "[assign]\nsize = 1\n\n[draw]", &["assign.size", "two inspectors"]),
        (
            "[draw]",
            "[assign]\napart = [[\"公安局\"], [\"公安局\"]]\n\n[draw]",
            &["assign.apart[2]", "stands in two sets"],
        ),
        ("[draw]", "[assign]\nbalance = \"month\"\n\n[draw]", &["balance", "round, year"]),
        ("[inputs.inspectors]\npath = \"inspectors.csv\"", "[assign]", &["assign", "inputs.inspectors is missing"]),
        ("lead = \"公安局\"\n", "", &["task `T3` names no department", "lead"]),
        ("inspectors.csv", "nobody.csv", &["inputs.inspectors.path", "nobody.csv"]),
    ];
    for (from, to, words) in cases {
        let changed = text.replacen(from, to, 1);
        let changed =
            if words[0].starts_with("task") { changed.replacen("[draw]", "[assign]\n\n[draw]", 1) } else { changed };
        project.write("other.toml", changed.replace("out/run", "out/other"));
        let run = project.fairdraw(&["run", "other.toml"]);
        run.bad(2, words);
    }
    let single = super::project(20, "[size]\ncount = 2\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"s\"\n");
    single.fairdraw(&["run", "plan.toml"]).good();
    single.fairdraw(&["assign", "out/run", "--plan", "plan.toml"]).bad(2, &["has no tasks", "[[tasks]]"]);
}

#[test]
fn changes_are_numbered_amendments_that_are_replayed_and_edit_nothing() {
    let project = assigned("[assign]\nborrow = true\n");
    let (run, teams) = (project.bytes("out/run"), project.bytes("out/run.teams"));
    let rows = project.table("out/run.teams/teams.parquet");
    let first = rows.iter().find(|row| row["department"] == "消防救援局").expect("a team").clone();
    let amend = |arguments: &[&str]| {
        let common = ["--plan", "plan.toml", "--reason", "病假", "--approver", "王科长"];
        project.fairdraw(&[&arguments[..2], &common, &arguments[2..]].concat())
    };
    let of = ["--visit", &first["visit_id"], "--department", "消防救援局", "--inspector", &first["inspector_id"]];
    let said = amend(&[&["reassign", "out/run"], &of[..]].concat()).good().stdout();
    assert!(said.contains("taken back") && said.contains("0001.json"), "{said}");
    let read = |number: u32| {
        let text = std::fs::read_to_string(project.path(&format!("out/run.amendments/{number:04}.json")))
            .expect("an amendment");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    };
    let amendment = read(1);
    let members = |of: &str| {
        let teams = amendment[of].as_array().expect("teams");
        teams[0]["members"]
            .as_array()
            .expect("members")
            .iter()
            .map(|own| own.as_str().expect("an id").to_owned())
            .collect::<BTreeSet<_>>()
    };
    let (before, after) = (members("before"), members("after"));
    assert!(before.contains(&first["inspector_id"]) && !after.contains(&first["inspector_id"]));
    assert_eq!((after.len(), before.intersection(&after).count()), (2, 1));
    assert_eq!(
        (amendment["approval"]["reason"].as_str(), amendment["approval"]["approver"].as_str()),
        (Some("病假"), Some("王科长"))
    );
    // Who was ever in the team does not come back; and the one who left is not in it.
    amend(&[&["reassign", "out/run"], &of[..]].concat()).bad(2, &["is not in the team"]);
    // The entity moves, and its visits are dealt anew there.
    let entity = first["visit_id"].rsplit_once('-').expect("a number").0.to_owned();
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    let line = registry.lines().find(|line| line.starts_with(&entity)).expect("the entity");
    let (old, new) = if line.ends_with("城关所") { ("城关所", "江南所") } else { ("江南所", "城关所") };
    project.write("registry.csv", registry.replace(line, &line.replace(old, new)));
    amend(&["reroute", "out/run", "--entity", &entity]).good();
    let moved = read(2);
    assert_eq!((moved["change"]["station"].as_str(), moved["previous"].is_string()), (Some(new), true));
    let station = |id: &str| ["城关所", "江南所"][id[1..].parse::<usize>().expect("a number") % 2];
    for team in moved["after"].as_array().expect("teams") {
        for member in team["members"].as_array().expect("members") {
            assert_eq!(station(member.as_str().expect("an id")), new);
        }
    }
    assert!(run == project.bytes("out/run") && teams == project.bytes("out/run.teams"), "nothing is edited");
    let said = project.fairdraw(&["verify", "out/run.teams"]).good().stdout();
    assert!(said.contains("2 amendments follow from each other"), "{said}");

    // A word in the first one breaks the chain, and so does another team.
    let path = project.path("out/run.amendments/0001.json");
    let text = std::fs::read_to_string(&path).expect("an amendment");
    std::fs::write(&path, text.replace("病假", "事假")).expect("a file");
    project.fairdraw(&["verify", "out/run.teams"]).bad(1, &["0002.json", "does not follow"]);
    std::fs::write(&path, &text).expect("a file");
    let cases: [(&[&str], &[&str]); 4] = [
        (&["--visit", "nowhere-1", "--department", "公安局", "--inspector", "P001"], &["has no team"]),
        (&["--visit", &first["visit_id"], "--department", "公安局", "--inspector", "P001"], &["has no team"]),
        (
            &["--visit", &first["visit_id"], "--department", "消防救援局", "--inspector", "P777"],
            &["is not in the team"],
        ),
        (
            &["--visit", &first["visit_id"], "--department", "消防救援局", "--inspector", "P777", "--reason", " "],
            &["reason"],
        ),
    ];
    for (of, words) in cases {
        let mut arguments = vec!["reassign", "out/run", "--plan", "plan.toml", "--approver", "王科长"];
        if !of.contains(&"--reason") {
            arguments.extend(["--reason", "病假"]);
        }
        arguments.extend(of);
        project.fairdraw(&arguments).bad(2, words);
    }
    amend(&["reroute", "out/run", "--entity", "nobody"]).bad(2, &["has no visit"]);
    assert!(!project.path("out/run.amendments/0003.json").exists());
}
