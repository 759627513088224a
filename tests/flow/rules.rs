//! Certainties and exemptions.

use super::*;
use crate::support::drawing;

fn rule(name: &str, when: &str, unless: Option<&str>, then: &str) -> String {
    let unless = unless.map_or(String::new(), |unless| format!("unless = {{ {unless} }}\n"));
    let when = if when.is_empty() { String::new() } else { format!("when = {{ {when} }}\n") };
    format!("[[rules]]\nname = \"{name}\"\n{when}{unless}then = \"{then}\"\n\n")
}

fn run(count: usize, rules: &str, flagged: &[(usize, &str)], rest: &str) -> Project {
    let project = project(count, &format!("{CREDIT}{FLAGS}{rules}{rest}"));
    credit(&project, count, mixed);
    flags(&project, flagged);
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    project
}

#[test]
fn a_certain_rule_draws_everyone_it_matches_and_says_so() {
    let project = run(400, &rule("red", "color = [\"red\"]", None, "certain"), &[(0, "x")], &drawing(20));
    let frame = frame(&project, "out/run");
    let red: BTreeSet<String> = (0..400).filter(|&i| mixed(i).1 == "red").map(entity_id).collect();
    assert_eq!(selected(&project, "out/run", "certain"), red);
    for (id, row) in &frame {
        assert_eq!(row.get("certainty").map(String::as_str), red.contains(id).then_some("red"));
        assert_eq!(row["eligible"], "true");
        if red.contains(id) {
            assert_eq!((row["pi"].as_str(), row["drawn"].as_str()), ("1.0", "true"));
        } else {
            assert!(number(row, "pi") < 1.0);
        }
    }
}

#[test]
fn the_first_rule_that_matches_decides() {
    let certain = rule("complaint", "flags = [\"complaint\"]", None, "certain");
    let exempt = rule("green", "color = [\"green\"]", None, "exempt");
    // Entity 0 is green and complained of.
    let flagged = [(0, "complaint")];
    let project = run(200, &format!("{certain}{exempt}"), &flagged, &drawing(10));
    assert_eq!(frame(&project, "out/run")[&entity_id(0)]["certainty"], "complaint");
    let project = run(200, &format!("{exempt}{certain}"), &flagged, &drawing(10));
    let first = &frame(&project, "out/run")[&entity_id(0)];
    assert_eq!(first["reason"], "exempt: green");
    assert_eq!((first["pi"].as_str(), first["drawn"].as_str()), ("0.0", "false"));
    assert!(!first.contains_key("certainty") && !first.contains_key("stratum"));
}

#[test]
fn green_is_exempt_unless_someone_complained() {
    let rules = rule("无事不扰", "color = [\"green\"]", Some("flags = [\"complaint\"]"), "exempt");
    let flagged = [(0, "complaint"), (5, "other"), (2, "complaint")];
    let project = run(200, &rules, &flagged, &drawing(20));
    let complained = [entity_id(0), entity_id(2)];
    for (id, row) in frame(&project, "out/run") {
        let exempt = row["color"] == "green" && !complained.contains(&id);
        assert_eq!(row.get("reason").is_some_and(|reason| reason == "exempt: 无事不扰"), exempt, "{id}");
        assert_eq!(number(&row, "pi") > 0.0, !exempt, "{id}");
        assert!(!row.contains_key("certainty"), "{id}");
    }
}

#[test]
fn a_priority_list_leaves_out_those_whose_address_is_lost() {
    let rules = rule("abnormal", "flags = [\"abnormal\"]", Some("flags = [\"address-lost\"]"), "certain");
    let flagged = [(1, "abnormal"), (2, "abnormal"), (2, "address-lost"), (3, "address-lost")];
    let project = run(100, &rules, &flagged, &drawing(5));
    assert_eq!(selected(&project, "out/run", "certain"), BTreeSet::from([entity_id(1)]));
    assert_eq!(frame(&project, "out/run")[&entity_id(2)]["flags"], "abnormal;address-lost");
}

#[test]
fn all_conditions_of_a_rule_must_hold_and_any_word_of_a_list_does() {
    let when = "grade = [\"C\", \"D\"], region = [\"5001\"], industry = [\"C\", \"F5\"]";
    let project = run(300, &rule("raised", when, None, "certain"), &[(0, "x")], &drawing(5));
    let frame = frame(&project, "out/run");
    for index in 0..300 {
        let industry = ["C14", "F52", "I65", "H62"][index % 4];
        let meant = ["C", "D"].contains(&mixed(index).0) && ["C14", "F52"].contains(&industry);
        assert_eq!(frame[&entity_id(index)].contains_key("certainty"), meant, "{index}");
    }
}

fn frame_row(project: &Project, index: usize) -> Row {
    frame(project, "out/run").remove(&entity_id(index)).expect("an entity")
}

#[test]
fn an_entity_that_is_not_live_is_not_made_certain() {
    let project = project(50, &format!("{CREDIT}{}{}", rule("red", "color = [\"red\"]", None, "certain"), drawing(5)));
    credit(&project, 50, |index| ("A", if index < 4 { "red" } else { "green" }));
    let text = std::fs::read_to_string(project.path("registry.csv")).expect("the registry");
    project.write("registry.csv", text.replace("企业1,live", "企业1,注销").replace("企业2,live", "企业2,不知道"));
    project.fairdraw(&["run", "plan.toml"]).good();
    assert_eq!(selected(&project, "out/run", "certain"), BTreeSet::from([entity_id(0), entity_id(3)]));
    assert_eq!(frame_row(&project, 1)["reason"], "status: deregistered");
    assert_eq!(frame_row(&project, 2)["reason"], "status: unknown");
}

#[test]
fn certainties_stand_outside_the_size_or_count_inside_it() {
    let rules = rule("red", "color = [\"red\"]", None, "certain");
    let red = (0..400).filter(|&i| mixed(i).1 == "red").count();
    assert_eq!(red, 5);
    for (place, by_lot) in [("outside", 20), ("inside", 15)] {
        let rest = format!("{}certainties = \"{place}\"\n", drawing(20));
        let project = run(400, &rules, &[(0, "x")], &rest);
        assert_eq!(selected(&project, "out/run", "certain").len(), red);
        assert_eq!(selected(&project, "out/run", "drawn").len(), by_lot, "{place}");
        let summary = project.table("out/run/summary.parquet");
        assert!(near(number(&summary[0], "expected"), (red + by_lot) as f64), "{place}");
        assert_eq!(project.manifest("out/run")["certainties"], place);
    }
}

#[test]
fn more_certain_entities_than_the_size_inside_it_are_all_drawn_with_a_warning() {
    let rules = rule("red", "color = [\"red\"]", None, "certain");
    let project = run(400, &rules, &[(0, "x")], &format!("{}certainties = \"inside\"\n", drawing(3)));
    assert_eq!(drawn(&project, "out/run").len(), 5);
    assert_eq!(warning_codes(&project, "out/run"), ["certain-exceed-size"]);
}

#[test]
fn an_entity_of_overwhelming_weight_is_taken_for_certain() {
    let project = project(50, &format!("[weight]\ncolumn = \"size\"\n\n{}", drawing(10)));
    let rows: String = (0..50).map(|i| format!("{},live,{}\n", entity_id(i), if i == 7 { 1e6 } else { 1.0 })).collect();
    project.write("registry.csv", format!("entity_id,status,size\n{rows}"));
    project.fairdraw(&["run", "plan.toml"]).good();
    assert_eq!(selected(&project, "out/run", "certain"), BTreeSet::from([entity_id(7)]));
    assert_eq!(frame_row(&project, 7)["certainty"], "take-all");
    assert_eq!(selected(&project, "out/run", "drawn").len(), 9);
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
}
