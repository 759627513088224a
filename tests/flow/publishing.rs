//! What goes public: the certificate and the list. What the certificate's script computes is tested in a browser.

use super::*;
use crate::support::drawing;

fn published(rest: &str) -> Project {
    let project = project(60, rest);
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).good();
    project
}

/// What the script of a certificate reads.
fn data(project: &Project, page: &str) -> serde_json::Value {
    let page = std::fs::read_to_string(project.path("out/run.public").join(page)).expect("a page");
    let start = "<script id=\"data\" type=\"application/json\">";
    let text = page.split_once(start).and_then(|(_, rest)| rest.split_once("</script>")).expect("data").0;
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_certificate_holds_the_list_as_it_is_published() {
    let project = published(&drawing(9));
    for page in ["certificate.html", "certificate.zh.html"] {
        let data = data(&project, page);
        let rows = data["draws"][0]["rows"].as_array().expect("rows");
        let table = project.table("out/run/draw.parquet");
        assert_eq!((rows.len(), data["seed"].as_str()), (table.len(), Some("public dice 3 1 6 2")));
        for (row, published) in rows.iter().zip(&table) {
            assert_eq!(row[0], published["entity_id"].as_str());
            assert_eq!(row[5], published["ticket"].as_str());
            assert!(near(row[6].as_f64().expect("π"), number(published, "pi")));
            // The test's own reader of JSON may miss the last bit; a browser's does not.
            assert!(near(row[7].as_f64().expect("a key"), number(published, "key")));
        }
        let cut = project.manifest("out/run")["strata"][0]["cut_line"].as_str().and_then(|cut| cut.parse().ok());
        assert!(near(data["draws"][0]["strata"][0]["cut"].as_f64().expect("a cut line"), cut.expect("a cut line")));
    }
    // The list for spreadsheets: a byte order mark, a row each.
    let list = std::fs::read_to_string(project.path("out/run.public/drawn.zh.csv")).expect("a list");
    assert!(list.starts_with('\u{feff}') && list.lines().count() == 1 + project.table("out/run/draw.parquet").len());
    // Every entity stands in the file of its id's first byte.
    let mut found = 0;
    for entry in std::fs::read_dir(project.path("out/run.public/certificate-data")).expect("a folder") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        found += text.lines().filter(|line| line.starts_with('"')).count();
    }
    assert_eq!(found, 60);
    let before = project.bytes("out/run");
    project.fairdraw(&["publish", "out/run"]).good();
    assert!(before == project.bytes("out/run"), "the run stays as it is");
    project.fairdraw(&["verify", "out/run"]).good();
}

#[test]
fn a_name_cannot_end_the_script_and_no_cell_is_a_formula() {
    let project = project(20, &drawing(20));
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    let registry = registry.replace("企业1,", "</script><script>alert(1)</script>,").replace("企业2,", "=1+1,");
    project.write("registry.csv", registry);
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).good();
    let page = std::fs::read_to_string(project.path("out/run.public/certificate.html")).expect("a page");
    assert!(!page.contains("<script>alert"));
    let names = data(&project, "certificate.html")["draws"][0]["rows"].to_string();
    assert!(names.contains("</script><script>alert(1)</script>"));
    let list = std::fs::read_to_string(project.path("out/run.public/drawn.zh.csv")).expect("a list");
    assert!(list.contains(",'=1+1,"), "{list}");
}

#[test]
fn a_round_with_spread_is_certified_with_its_arcs() {
    let round = |name: &str, as_of: &str| {
        format!(
            "name = \"{name}\"\nas-of = {as_of}\n\n[inputs]\nrounds = [\"out/q*\"]\n\n[inputs.entities]\npath = \"registry.csv\"\n\n[size]\ncount = 12\n\n[draw]\nseed = \"dice of {name}\"\nstream = \"s\"\nspread = true\nreserve = 2\n\n[[tasks]]\nid = \"T1\"\n\n[output]\nfolder = \"out/{name}\"\n"
        )
    };
    let project = Project::new();
    project.registry("registry.csv", 60);
    for (name, as_of) in [("q1", "2023-02-07"), ("q2", "2023-05-08")] {
        project.write("plan.toml", round(name, as_of));
        project.fairdraw(&["run", "plan.toml"]).good();
    }
    project.fairdraw(&["publish", "out/q2", "--output", "out/run.public"]).good();
    let data = data(&project, "certificate.html");
    let rows = data["draws"][0]["rows"].as_array().expect("rows");
    assert_eq!((data["draws"][0]["task"].as_str(), data["shards"].as_bool()), (Some("T1"), Some(true)));
    assert!(rows.iter().any(|row| row[8].is_array()), "arcs before the round");
}

#[test]
fn what_nobody_can_recompute_has_no_certificate() {
    let project = Project::new();
    let mut registry = String::from("entity_id,name,status,own\n");
    (0..20).for_each(|own| registry += &format!("{},企业{own},live,0.{:03}\n", entity_id(own), own * 37 + 5));
    project.write("registry.csv", registry);
    project.write("plan.toml", plan("[size]\ncount = 3\n\n[draw]\nprn-column = \"own\"\n"));
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).bad(2, &["own random numbers"]);
    project.fairdraw(&["publish", "out/nothing"]).bad(3, &["out/nothing"]);
    assert!(!project.path("out/run.public").exists());
}

/// The rows of a list that went public.
fn list(project: &Project, name: &str) -> Vec<Row> {
    super::list(project, &format!("out/run.public/{name}"))
}

#[test]
fn lists_sheets_and_forms_say_who_goes_where_as_the_round_stands() {
    let project = assigning::project(
        "[codes]\ndepartments = [\"市场监管局\", \"消防救援局\", \"公安局\"]\n\n[assign]\nborrow = true\n",
    );
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("plan.toml", plan.replace("stream = \"2023\"\n", "stream = \"2023\"\nreserve = 2\n"));
    let people = std::fs::read_to_string(project.path("inspectors.csv")).expect("people");
    let named =
        |(at, line): (usize, &str)| if at == 0 { format!("{line},姓名\n") } else { format!("{line},某{at}\n") };
    project.write("inspectors.csv", people.lines().enumerate().map(named).collect::<String>());
    project.fairdraw(&["run", "plan.toml"]).good();
    let replaced = project.table("out/run.teams/visits.parquet")[0]["entity_id"].clone();
    project
        .fairdraw(&[
            "replace",
            "out/run",
            "--plan",
            "plan.toml",
            "--entity",
            &replaced,
            "--reason",
            "已注销",
            "--approver",
            "王",
        ])
        .good();
    project.fairdraw(&["publish", "out/run"]).good();
    let before = project.bytes("out/run.public");
    project.fairdraw(&["publish", "out/run"]).good();
    assert!(before == project.bytes("out/run.public"), "the same bytes, workbooks included");

    let code = |folder: &str| -> BTreeMap<String, String> {
        let rows = project.table(&format!("{folder}/codes.parquet"));
        rows.into_iter().map(|row| (row["id"].clone(), row["code"].clone())).collect()
    };
    let (entities, inspectors) = (code("out/run"), code("out/run.teams"));
    let drawn = list(&project, "drawn.zh.csv");
    assert_eq!(drawn.len(), project.table("out/run/draw.parquet").len());
    for row in &drawn {
        assert_eq!(row["对象编码"], entities[&row["统一社会信用代码"]]);
        let was_drawn = row["方式"] != "候补";
        assert_eq!(row["现状"] == "已替换", was_drawn && row["统一社会信用代码"] == replaced, "{row:?}");
    }
    assert!(drawn.iter().any(|row| row["现状"] == "候补启用" && row["方式"] == "候补"));
    let teams = list(&project, "teams.csv");
    assert!(teams.iter().all(|row| row["Unified social credit code"] != replaced));
    let known: BTreeSet<&String> = inspectors.values().collect();
    let served: Vec<&Row> = teams.iter().filter(|row| !row["Lead"].is_empty()).collect();
    assert!(served.len() > 50);
    for row in &served {
        assert!(known.contains(&row["Lead"]) && row["Members"].split('、').all(|one| known.contains(&one.to_owned())));
    }
    // What the stations, the inspectors and the records have to do is what the teams have.
    let visits: BTreeSet<&String> = teams.iter().map(|row| &row["Visit"]).collect();
    let (stations, people) = (list(&project, "by-station.csv"), list(&project, "by-inspector.zh.csv"));
    assert_eq!(stations.iter().map(|row| &row["Visit"]).collect::<BTreeSet<_>>(), visits);
    assert!(stations.is_sorted_by_key(|row| (&row["Station"], &row["Week of"])));
    assert_eq!(people.len(), 2 * served.len());
    let records = list(&project, "records.zh.csv");
    let asked: BTreeSet<(&String, &String)> = records.iter().map(|row| (&row["上门编号"], &row["检查部门"])).collect();
    assert_eq!(asked, teams.iter().map(|row| (&row["Visit"], &row["Department"])).collect());
    assert!(records.iter().all(|row| row["检查结果"].is_empty() && row["检查日期"].is_empty()));

    // Workbooks hold the same, as texts.
    use calamine::Reader as _;
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook(project.path("out/run.public/lists.zh.xlsx")).expect("Excel");
    assert_eq!(book.sheet_names().len(), 5);
    let sheet = book.worksheet_range("检查组名单").expect("a sheet");
    assert_eq!(sheet.height(), 1 + teams.len());
    let forms: calamine::Xlsx<_> =
        calamine::open_workbook(project.path("out/run.public/forms.zh.xlsx")).expect("Excel");
    assert_eq!(forms.sheet_names(), ["联合行政检查通知书", "实地核查记录表"]);
    let page = std::fs::read_to_string(project.path("out/run.public/forms.zh.html")).expect("a page");
    assert_eq!(page.matches("class=\"paper\"").count(), 2 * visits.len());

    // No name stands anywhere unless the plan says so; then the table that has them is needed.
    let names = |project: &Project| {
        let files = project.bytes("out/run.public");
        files.values().filter(|bytes| String::from_utf8_lossy(bytes).contains(" 某")).count()
    };
    assert_eq!(names(&project), 0);
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("named.toml", plan.replace("[assign]", "[publish]\ninspector-names = true\n\n[assign]"));
    project.fairdraw(&["publish", "out/run", "--plan", "named.toml"]).good();
    assert!(names(&project) > 3);
    let lead = &list(&project, "teams.csv")[0]["Lead"];
    assert!(
        lead.split_once(' ').is_some_and(|(code, name)| known.contains(&code.to_owned()) && name.starts_with('某'))
    );
}

#[test]
fn every_entity_finds_its_probability_in_every_task() {
    let project = assigning::project("");
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).good();
    let mut found: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    for entry in std::fs::read_dir(project.path("out/run.public/certificate-data")).expect("a folder") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        for line in text.lines().filter(|line| line.starts_with('"')) {
            let line = line.trim_end_matches(',');
            let own: BTreeMap<String, serde_json::Value> = serde_json::from_str(&format!("{{{line}}}")).expect("JSON");
            found.extend(own);
        }
    }
    assert_eq!(found.len(), 240);
    let tasks: Vec<String> =
        project.table("out/run/tasks.parquet").into_iter().map(|row| row["task_id"].clone()).collect();
    for row in project.table("out/run/draw.parquet") {
        let task = tasks.iter().position(|task| *task == row["task_id"]).expect("a task");
        assert!(near(found[&row["entity_id"]][1][task.to_string()][0].as_f64().expect("π"), number(&row, "pi")));
    }
    let expected: f64 = found.values().filter_map(|own| own[1]["0"][0].as_f64()).sum();
    assert!((expected - 30.0).abs() < 1e-9);
}

#[test]
fn what_a_publication_cannot_show_is_refused_with_the_fix() {
    let project = assigning::project("[publish]\ninspector-names = true\n\n[assign]\n");
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).bad(2, &["inspector-names", "--plan"]);
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("plan.toml", plan.replace("inspector-names = true", "columns = [\"住所\"]"));
    project.fairdraw(&["check", "plan.toml"]).bad(2, &["publish.columns", "output.keep"]);
    project.write(
        "plan.toml",
        plan.replace("inspector-names = true", "columns = [\"size\"]")
            .replace("[output]\n", "[output]\nkeep = [\"size\"]\n"),
    );
    project.fairdraw(&["publish", "out/run", "--plan", "plan.toml"]).bad(2, &["`size`", "output.keep"]);
}
