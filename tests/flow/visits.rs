//! The limit of visits, counted from the ledger.

use super::*;
use crate::support::drawing;

const LEDGER: &[(usize, &str, &str)] = &[
    // Two visits.
    (0, "2023-01-05", "消防"),
    (0, "2023-01-06", "消防"),
    // Two visits of two departments on one day.
    (1, "2023-01-05", "消防"),
    (1, "2023-01-05", "税务"),
    // Three visits.
    (2, "2023-01-05", "消防"),
    (2, "2023-01-06", "税务"),
    (2, "2023-02-07", "住建"),
    // One visit, written twice.
    (3, "2023-01-05", "消防"),
    (3, "2023-01-05", "消防"),
    // Too early, and one that counts.
    (4, "2022-12-31", "消防"),
    (4, "2022-12-30", "消防"),
    (4, "2023-01-01", "消防"),
    // After the plan's day.
    (5, "2023-02-08", "消防"),
    (5, "2023-02-09", "税务"),
    (5, "2023-01-05", "消防"),
];
const VISITS: [usize; 7] = [2, 2, 3, 1, 1, 1, 0];

fn run(visits: &str, rules: &str) -> Project {
    let ledger = "[inputs.ledger]\npath = \"ledger.csv\"\n\n";
    let project =
        project(40, &format!("{ledger}{FLAGS}[eligibility]\nvisits = {{ {visits} }}\n\n{rules}{}", drawing(4)));
    let rows: String =
        LEDGER.iter().map(|(index, date, by)| format!("{},{date},{by},区级\n", entity_id(*index))).collect();
    project.write("ledger.csv", format!("entity_id,date,department,level\n{rows}"));
    flags(&project, &[(2, "complaint")]);
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    project
}

fn out_of_reach(project: &Project) -> Vec<usize> {
    let frame = frame(project, "out/run");
    (0..40)
        .filter(|&index| frame[&entity_id(index)].get("reason").is_some_and(|r| r == "visits: limit reached"))
        .collect()
}

#[test]
fn two_visits_at_least_and_more_than_two_are_two_readings() {
    let project = run("limit = 2, reading = \"at-least\"", "");
    assert_eq!(out_of_reach(&project), [0, 1, 2]);
    let frame = frame(&project, "out/run");
    for (index, visits) in VISITS.iter().enumerate() {
        assert_eq!(frame[&entity_id(index)]["visits"], visits.to_string(), "{index}");
    }
    assert_eq!(out_of_reach(&run("limit = 2, reading = \"more-than\"", "")), [2]);
}

#[test]
fn a_re_check_is_drawn_from_the_visited_whatever_the_rules_say_of_the_others() {
    let rule = "[[rules]]\nname = \"complaint\"\nwhen = { flags = [\"complaint\"] }\nthen = \"certain\"\n\n";
    let project = run("limit = 1, reading = \"fewer-than\"", rule);
    let reasons = frame(&project, "out/run");
    let not_visited =
        |index: &usize| reasons[&entity_id(*index)].get("reason").is_some_and(|r| r.starts_with("not visited"));
    assert_eq!((0..40).filter(|index| !not_visited(index)).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(selected(&project, "out/run", "certain"), BTreeSet::from([entity_id(2)]));
    flags(&project, &[(9, "complaint")]);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    // A complaint about somebody whom no inspector has met is nothing to re-check.
    assert_eq!(selected(&project, "out/run", "certain"), BTreeSet::new());
    assert!(selected(&project, "out/run", "drawn").is_subset(&[0, 1, 2, 3, 4, 5].map(entity_id).into()));
}

#[test]
fn visits_count_from_the_day_that_the_plan_names() {
    assert_eq!(out_of_reach(&run("limit = 2, reading = \"at-least\", since = 2022-12-31", "")), [0, 1, 2, 4]);
    assert_eq!(out_of_reach(&run("limit = 2, reading = \"at-least\", since = 2023-01-06", "")), [2]);
}

#[test]
fn a_certain_entity_is_not_held_back_by_its_visits() {
    let rule = "[[rules]]\nname = \"complaint\"\nwhen = { flags = [\"complaint\"] }\nthen = \"certain\"\n\n";
    let project = run("limit = 2, reading = \"at-least\"", rule);
    assert_eq!(out_of_reach(&project), [0, 1]);
    assert_eq!(selected(&project, "out/run", "certain"), BTreeSet::from([entity_id(2)]));
}
