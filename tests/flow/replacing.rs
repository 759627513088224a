//! The reserve in use: who comes instead of a drawn entity, before and after inspectors are dealt, and what later rounds know.

use super::*;
use serde_json::Value;

/// [`assigning::project`] with two in reserve.
fn project(assign: &str) -> Project {
    let project = assigning::project(assign);
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("plan.toml", plan.replace("stream = \"2023\"\n", "stream = \"2023\"\nreserve = 2\n"));
    project.fairdraw(&["run", "plan.toml"]).good();
    project
}

/// Replaces an entity; `plan` and further arguments as they are given.
fn replace(project: &Project, entity: &str, arguments: &[&str]) -> crate::support::Outcome {
    let common = ["replace", "out/run", "--entity", entity, "--reason", "已注销", "--approver", "王科长"];
    project.fairdraw(&[&common[..], arguments].concat())
}

fn amendment(project: &Project, number: u32) -> Value {
    let text = std::fs::read_to_string(project.path(&format!("out/run.amendments/{number:04}.json"))).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// (entity, order) of a task by selection, in order.
fn listed(project: &Project, task: &str, selection: &str) -> Vec<String> {
    let rows = project.table("out/run/draw.parquet");
    let mut rows: Vec<&Row> =
        rows.iter().filter(|row| row["task_id"] == task && row["selection"] == selection).collect();
    rows.sort_by_key(|row| row["order"].parse::<u32>().expect("an order"));
    rows.into_iter().map(|row| row["entity_id"].clone()).collect()
}

fn entered(amendment: &Value) -> Vec<(String, String)> {
    let text = |own: &Value, key: &str| own[key].as_str().expect("a text").to_owned();
    let rows = amendment["entered"].as_array().expect("a list");
    rows.iter().map(|own| (text(own, "task_id"), text(own, "entity_id"))).collect()
}

#[test]
fn the_next_of_the_reserve_comes_before_inspectors_are_dealt_and_is_visited() {
    let project = project("");
    let run = project.bytes("out/run");
    let (drawn, reserve) = (listed(&project, "T1", "drawn"), listed(&project, "T1", "reserve"));
    assert_eq!((reserve.len(), listed(&project, "T2", "reserve")), (2, reserve.clone()), "tasks of one stream");
    // T1 and T2 draw the same entities, which leave both lists; the same one comes for both.
    replace(&project, &drawn[0], &[]).good();
    let both = |id: &String| vec![("T1".to_owned(), id.clone()), ("T2".to_owned(), id.clone())];
    let is_in_t3 = listed(&project, "T3", "drawn").contains(&drawn[0]);
    let of_two =
        |number| entered(&amendment(&project, number)).into_iter().filter(|(task, _)| task != "T3").collect::<Vec<_>>();
    assert_eq!(of_two(1), both(&reserve[0]));
    assert_eq!(entered(&amendment(&project, 1)).len(), 2 + usize::from(is_in_t3));
    assert_eq!(amendment(&project, 1)["teams_sha256"], Value::Null);
    // Who came can be replaced, too; then the reserve is used up, and nobody is chosen by hand.
    replace(&project, &reserve[0], &["--task", "T1", "--task", "T2"]).good();
    assert_eq!(of_two(2), both(&reserve[1]));
    replace(&project, &drawn[1], &["--task", "T1"]).bad(2, &["used up (T1, all): it had 2", "by hand"]);
    replace(&project, &drawn[0], &[]).bad(2, &[&drawn[0], "not on the list"]);
    replace(&project, &drawn[1], &["--task", "T9"]).bad(2, &["not on the list of the task `T9`"]);
    replace(&project, &drawn[1], &["--from", "soon"]).bad(2, &["--from", "2023-03-15"]);
    project
        .fairdraw(&["reroute", "out/run", "--entity", &drawn[1], "--reason", "x", "--approver", "y"])
        .bad(2, &["deal them first"]);
    assert!(run == project.bytes("out/run"), "the round is never edited");
    let said = project.fairdraw(&["verify", "out/run"]).good().stdout();
    assert!(said.contains("2 amendments follow from each other, 2 of them made again"), "{said}");

    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write(
        "teams.toml",
        plan.replace("[[tasks]]\nid = \"T1\"", "[assign]\nborrow = true\n\n[[tasks]]\nid = \"T1\""),
    );
    project.fairdraw(&["assign", "out/run", "--plan", "teams.toml"]).good();
    let visits = project.table("out/run.teams/visits.parquet");
    let of = |entity: &str| {
        visits
            .iter()
            .filter(|row| row["entity_id"] == entity)
            .flat_map(|row| words(&row["tasks"]))
            .collect::<BTreeSet<_>>()
    };
    assert!(of(&reserve[1]).is_superset(&["T1", "T2"].into()), "who came last is visited");
    assert!(of(&reserve[0]).is_disjoint(&["T1", "T2"].into()) && of(&drawn[0]).is_empty(), "the others are not");
    assert_eq!(project.manifest("out/run.teams")["amendments"], 2);
    project.fairdraw(&["verify", "out/run.teams", "--plan", "teams.toml"]).good();
    // Whoever asks is told.
    let why = |id: &str, lang: &str| project.fairdraw(&["explain", "out/run", id, "--lang", lang]).good().stdout();
    assert!(why(&drawn[0], "zh").contains("已替换，任务T1、T2"), "{}", why(&drawn[0], "zh"));
    assert!(why(&reserve[0], "en").contains(&format!("Came from the reserve instead of {} in T1, T2", drawn[0])));
    assert!(
        why(&reserve[0], "en").contains("Replaced since in T1, T2 (已注销; approved by 王科长; amendment 0002.json).")
    );
    // Amendments of another round, and one that was taken away from among them.
    let moved = plan.replace("out/run", "out/other").replace("3 1 6 2", "5 5 5 1");
    project.write("other.toml", moved);
    project.fairdraw(&["run", "other.toml"]).good();
    std::fs::create_dir(project.path("out/other.amendments")).expect("a folder");
    let copy = |from: &str, to: &str| std::fs::copy(project.path(from), project.path(to)).expect("a copy");
    copy("out/run.amendments/0001.json", "out/other.amendments/0001.json");
    project.fairdraw(&["verify", "out/other"]).bad(1, &["0001.json", "another draw"]);
    copy("out/run.amendments/0002.json", "out/run.amendments/0003.json");
    std::fs::remove_file(project.path("out/run.amendments/0002.json")).expect("removed");
    project.fairdraw(&["verify", "out/run.teams"]).bad(1, &["0002.json", "is missing"]);
    copy("out/run.amendments/0003.json", "out/run.amendments/0002.json");
    std::fs::remove_file(project.path("out/run.amendments/0003.json")).expect("removed");
    // The teams know of the list, and further changes follow.
    let row = &project.table("out/run.teams/teams.parquet")[0];
    let who = ["--visit", &row["visit_id"], "--department", &row["department"], "--inspector", &row["inspector_id"]];
    let reassign = ["reassign", "out/run", "--plan", "teams.toml", "--reason", "病假", "--approver", "王科长"];
    project.fairdraw(&[&reassign[..], &who].concat()).good();
    let said = project.fairdraw(&["verify", "out/run.teams", "--plan", "teams.toml"]).good().stdout();
    assert!(said.contains("3 amendments follow from each other, 3 of them made again"), "{said}");
}

#[test]
fn of_two_changes_at_once_each_follows_from_the_other() {
    let project = project("");
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("plan.toml", plan.replace("reserve = 2\n", "reserve = 2\nspread = true\n"));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let drawn = listed(&project, "T1", "drawn");
    std::thread::scope(|scope| {
        for entity in &drawn[..2] {
            scope.spawn(|| replace(&project, entity, &["--task", "T1"]).good());
        }
    });
    let said = project.fairdraw(&["verify", "out/run"]).good().stdout();
    assert!(said.contains("2 amendments follow from each other, 2 of them made again"), "{said}");
}

#[test]
fn visits_of_the_replaced_are_taken_back_for_their_tasks_and_who_comes_gets_teams() {
    let project = project("[assign]\nborrow = true\n");
    let teams = project.bytes("out/run.teams");
    let visits = project.table("out/run.teams/visits.parquet");
    let both = visits.iter().find(|row| words(&row["tasks"]) == ["T1", "T2"]).expect("T1 and T2 meet").clone();
    let reserve = listed(&project, "T1", "reserve");
    replace(&project, &both["entity_id"], &["--task", "T1"]).bad(2, &["--plan"]);
    // T1 alone is taken back: 市场监管局 does not come any more, 消防救援局 still does, for T2.
    let said = replace(&project, &both["entity_id"], &["--task", "T1", "--plan", "plan.toml", "--from", "2023-04-10"])
        .good()
        .stdout();
    assert!(said.contains("comes") && said.contains("taken back") && said.contains("dealt"), "{said}");
    let first = amendment(&project, 1);
    let departments = |key: &str| {
        let teams = first[key].as_array().expect("teams").iter();
        teams.map(|team| team["department"].as_str().expect("a text").to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(departments("before"), ["市场监管局".to_owned()].into());
    assert_eq!(departments("after"), ["市场监管局".to_owned(), "消防救援局".to_owned()].into());
    let new = &first["visits"].as_array().expect("visits")[0];
    let before = visits.iter().filter(|row| row["entity_id"] == reserve[0]).count();
    assert_eq!(new["visit_id"].as_str(), Some(&*format!("{}-{}", reserve[0], before + 1)), "numbered after the last");
    assert_eq!((new["tasks"].as_array().map(Vec::len), new["first_day"].as_str()), (Some(1), Some("2023-04-10")));
    assert!(new["week"].as_str() >= Some("2023-04-10"));
    // T2 leaves the visit, too: it falls away with the team of 消防救援局.
    replace(&project, &both["entity_id"], &["--task", "T2", "--plan", "plan.toml"]).good();
    let second = amendment(&project, 2);
    assert_eq!(second["before"][0]["visit_id"].as_str(), Some(&*both["visit_id"]));
    // New tasks alone: T2 of who came does not join the visit of T1 that stands.
    assert_eq!(second["visits"][0]["visit_id"].as_str(), Some(&*format!("{}-{}", reserve[0], before + 2)));
    replace(&project, &both["entity_id"], &["--plan", "plan.toml"]).bad(2, &["not on the list"]);
    let other = visits.iter().find(|row| words(&row["tasks"]) == ["T1", "T2"] && row != &&both).expect("another");
    replace(&project, &other["entity_id"], &["--plan", "plan.toml", "--from", "2023-06-01"])
        .bad(2, &["`T1`", "--from"]);
    // Teams that amendments changed are not dealt anew by another lot, and the same lot changes nothing.
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml"]).good();
    assert!(teams == project.bytes("out/run.teams"), "the teams as dealt are never edited");
    let anew = ["assign", "out/run", "--plan", "plan.toml", "--seed", "6 6 6", "--replace"];
    project.fairdraw(&anew).bad(5, &["0001.json", "--output"]);
    let said = project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml"]).good().stdout();
    assert!(said.contains("2 amendments follow from each other, 2 of them made again"), "{said}");
    // Another who comes is found.
    let path = project.path("out/run.amendments/0002.json");
    let text = std::fs::read_to_string(&path).expect("an amendment");
    std::fs::write(&path, text.replace(&reserve[0], &reserve[1])).expect("a file");
    project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml"]).bad(1, &["0002.json", "another list"]);
}

#[test]
fn a_single_draw_has_a_reserve_too_and_later_rounds_know_who_came() {
    let project = super::project(60, "[size]\ncount = 6\n\n[draw]\nseed = \"1 2 3\"\nstream = \"2023\"\nreserve = 2\n");
    project.fairdraw(&["run", "plan.toml"]).good();
    let rows = project.table("out/run/draw.parquet");
    let of =
        |selection: &str| rows.iter().find(|row| row["selection"] == selection).expect("a row")["entity_id"].clone();
    let (drawn, reserve) = (of("drawn"), of("reserve"));
    let limited = "name = \"later\"\nas-of = 2023-09-01\n\n[inputs]\nrounds = [\"out/run\"]\n\n[inputs.entities]\npath = \"registry.csv\"\n\n[eligibility]\nvisits = { limit = 1, reading = \"at-least\" }\n\n[size]\ncount = 5\n\n[draw]\nseed = \"4 5 6\"\nstream = \"2023\"\n\n[output]\nfolder = \"out/later\"\n";
    project.write("later.toml", limited);
    let run = |folder: &str| {
        project.fairdraw(&["run", "later.toml"]).good();
        project.fairdraw(&["verify", folder, "--plan", "later.toml"]).good();
        let frame = frame(&project, folder);
        [&drawn, &reserve].map(|id| frame[id].contains_key("reason"))
    };
    assert_eq!(run("out/later"), [true, false], "the drawn one was visited");
    replace(&project, &drawn, &["--task", "T1"]).bad(2, &["not on the list"]);
    replace(&project, &drawn, &[]).good();
    project.fairdraw(&["verify", "out/run"]).good();
    // The round that was drawn before the change says so, and run again it knows.
    project.fairdraw(&["verify", "out/later", "--plan", "later.toml"]).bad(1, &["input amendments", "nothing"]);
    assert_eq!(run("out/later"), [false, true]);
    let manifest = project.manifest("out/later");
    assert!(manifest["inputs"].as_array().expect("inputs").iter().any(|input| input["table"] == "amendments"));
    // A reason that was changed afterwards.
    let path = project.path("out/run.amendments/0001.json");
    let text = std::fs::read_to_string(&path).expect("an amendment");
    std::fs::write(&path, text.replace("已注销", "搬迁")).expect("a file");
    project.fairdraw(&["verify", "out/later", "--plan", "later.toml"]).bad(1, &["input amendments", "SHA-256"]);
    std::fs::write(&path, &text[..text.len() / 2]).expect("a file");
    project.fairdraw(&["run", "later.toml"]).bad(3, &["0001.json"]);
}

#[test]
fn with_spread_the_reserve_in_use_spends_arcs_as_a_larger_sample_does() {
    // What a simple random sample consumes depends on keys and size alone: one of the reserve in use is a sample of one more.
    let arcs = |count: usize, replaced: bool| {
        let rest = format!(
            "[size]\ncount = {count}\n\n[draw]\nseed = \"1 2 3\"\ndesign = \"srs\"\nstream = \"2023\"\nspread = true\nreserve = 1\n"
        );
        let project = super::project(60, &rest);
        project.fairdraw(&["run", "plan.toml"]).good();
        let own = project.table("out/run/spread.parquet");
        if !replaced {
            return (project, own);
        }
        let entity = drawn(&project, "out/run").into_iter().next().expect("an entity");
        replace(&project, &entity, &[]).good();
        project.fairdraw(&["verify", "out/run"]).good();
        let after = project.table("out/run.amendments/0001.spread.parquet");
        assert_ne!(own, after);
        (project, after)
    };
    let (project, with_reserve) = arcs(6, true);
    assert_eq!(with_reserve, arcs(7, false).1);
    // The next round goes on from there, and not from arcs that somebody changed.
    let later = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    let later = later.replace("2023-02-07", "2023-05-07").replace("1 2 3", "4 5 6").replace("out/run", "out/later");
    let later = later.replace("[inputs.entities]", "[inputs]\nrounds = [\"out/run\"]\n\n[inputs.entities]");
    project.write("later.toml", later);
    project.fairdraw(&["run", "later.toml"]).good();
    project.fairdraw(&["verify", "out/later", "--plan", "later.toml"]).good();
    let found: BTreeMap<String, String> = project
        .table("out/later/spread.parquet")
        .into_iter()
        .map(|row| (row["entity_id"].clone(), row["before_lo"].clone() + &row["before_hi"]))
        .collect();
    for row in &with_reserve {
        assert_eq!(found[&row["entity_id"]], row["lo"].clone() + &row["hi"]);
    }
    let arcs = project.path("out/run.amendments/0001.spread.parquet");
    std::fs::copy(project.path("out/run/spread.parquet"), &arcs).expect("a copy");
    project.fairdraw(&["run", "later.toml"]).bad(3, &["0001.spread.parquet", "amendment names"]);
    project.fairdraw(&["verify", "out/run"]).bad(1, &["spread.parquet"]);
}

#[test]
fn a_draw_that_amendments_follow_from_is_not_replaced_by_another() {
    let project = project("");
    let drawn = listed(&project, "T1", "drawn");
    replace(&project, &drawn[0], &[]).good();
    let before = (project.bytes("out/run"), project.bytes("out/run.amendments"));
    // The same draw may be made again.
    project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
    assert_eq!((project.bytes("out/run"), project.bytes("out/run.amendments")), before);
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    project.write("registry.csv", registry.replace("企业", "公司"));
    for arguments in [&["run", "plan.toml"][..], &["run", "plan.toml", "--replace"]] {
        project.fairdraw(arguments).bad(5, &["0001.json", "--output"]);
    }
    assert_eq!((project.bytes("out/run"), project.bytes("out/run.amendments")), before);
    project.fairdraw(&["run", "plan.toml", "--output", "out/other"]).good();
    std::fs::remove_dir_all(project.path("out/run.amendments")).expect("the amendments are taken away");
    project.fairdraw(&["run", "plan.toml"]).good();
    assert_ne!(project.bytes("out/run"), before.0);
}

#[test]
fn any_sequence_of_changes_leaves_every_selected_task_in_one_visit() {
    let project = project("[assign]\nborrow = true\n");
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("plan.toml", plan.replace("reserve = 2\n", "reserve = 12\n"));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    project.fairdraw(&["assign", "out/run", "--plan", "plan.toml", "--replace"]).good();
    let (mut state, mut made) = (20_230_207_u64, [0; 3]);
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let common = ["--plan", "plan.toml", "--reason", "情况变化", "--approver", "王科长", "--quiet"];
    let drawn: Vec<(String, String)> = project
        .table("out/run/draw.parquet")
        .into_iter()
        .map(|row| (row["entity_id"].clone(), row["task_id"].clone()))
        .collect();
    let teams = project.table("out/run.teams/teams.parquet");
    for _ in 0..60 {
        // The reserve, and who was replaced or replaced somebody before, are asked for too: what cannot be is refused.
        let (entity, task) = &drawn[random(drawn.len())];
        let team = &teams[random(teams.len())];
        let of_team =
            ["--visit", &team["visit_id"], "--department", &team["department"], "--inspector", &team["inspector_id"]];
        let (kind, change): (usize, Vec<&str>) = match random(4) {
            0 => (0, [&["reassign", "out/run"], &of_team[..]].concat()),
            1 => (1, vec!["reroute", "out/run", "--entity", entity]),
            2 => (2, vec!["replace", "out/run", "--entity", entity]),
            _ => (2, vec!["replace", "out/run", "--entity", entity, "--task", task]),
        };
        let outcome = project.fairdraw(&[&change[..], &common[..]].concat());
        assert!([0, 2].contains(&outcome.code()), "{}", outcome.stderr());
        made[kind] += u32::from(outcome.code() == 0);
    }
    assert!(made.iter().all(|&count| count >= 4), "{made:?}");
    let said = project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml"]).good().stdout();
    let all: u32 = made.iter().sum();
    assert!(said.contains(&format!("{all} amendments follow from each other, {all} of them made again")), "{said}");
    project.fairdraw(&["publish", "out/run", "--plan", "plan.toml"]).good();
    // What goes public has the same list as the visits.
    let on_list: BTreeSet<(String, String)> = list(&project, "out/run.public/drawn.csv")
        .into_iter()
        .filter(|row| match row["As it stands"].as_str() {
            "came from the reserve" => true,
            "" => row["How"] != "reserve",
            _ => false,
        })
        .map(|row| (row["Unified social credit code"].clone(), row["Task"].clone()))
        .collect();
    let visited: BTreeSet<(String, String)> = list(&project, "out/run.public/records.csv")
        .into_iter()
        .map(|row| (row["entity_id"].clone(), row["task_id"].clone()))
        .collect();
    assert_eq!(on_list, visited);
}
