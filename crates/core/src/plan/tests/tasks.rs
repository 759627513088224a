//! Tasks of a plan: what they take from it, and what is wrong with them.

use super::*;
use crate::terms::{ItemKind, Level};

const ROUND: &str = r#"name = "year"
as-of = 2023-03-01
[inputs.entities]
path = "a.csv"
[inputs.credit]
path = "b.csv"
[eligibility]
regions = ["5001"]
[weight]
grade = { A = 0.5, B = 1, C = 2, D = 4, unrated = 1 }
[size]
share = 0.01
of = "live"
rounding = "down"
[draw]
stream = "2023"
reserve = 5
[output]
folder = "out"
[[tasks]]
id = "T2"
lead = "市场监管局"
members = ["消防救援局", "市场监管局", "公安局"]
items = ["B", "A"]
kind = "重点检查事项"
level = "市级"
window = { first = 2023-03-01, last = 2023-06-30 }
size = { share = 0.05, at-least = 10 }
draw = { stream = "own", design = "sequential-poisson" }
eligibility = { industries = ["C"] }
[[tasks]]
id = "T1"
size = { count = 3 }
weight = {}
"#;

fn errors(text: &str) -> Vec<String> {
    read(text).unwrap_err().lines().iter().map(|line| line.replace("pipelines/plan.toml", "")).collect()
}

#[test]
fn a_task_takes_from_the_plan_what_it_leaves_out() {
    let plan = read(ROUND).unwrap();
    let [first, second] = plan.tasks() else { panic!("two tasks") };
    assert_eq!((first.id.as_str(), second.id.as_str()), ("T1", "T2"));
    assert_eq!(second.members, ["公安局", "消防救援局"]);
    assert_eq!((second.kind, second.level, first.level), (Some(ItemKind::Key), Level::City, Level::County));
    assert_eq!((second.window.first, second.window.last), (19_417, 19_538));
    assert_eq!((first.window.first, first.window.last), (19_417, 19_722));
    assert_eq!(
        (&second.method.scope.regions, &second.method.scope.industries),
        (&vec!["5001".into()], &vec!["C".into()])
    );
    assert_eq!((second.method.stream.as_str(), first.method.stream.as_str()), ("own", "2023"));
    assert_eq!((second.method.reserve, second.method.design), (5, Design::SequentialPoisson));
    let share = SizeRule::Share {
        share: Share::new(0.05).unwrap(),
        of: Base::Live,
        rounding: Rounding::Down,
        each_stratum: false,
    };
    assert_eq!((second.method.size.rule, second.method.size.at_least), (share, Some(10)));
    assert_eq!(first.method.size.rule, SizeRule::Count(3));
    assert!(first.method.weighting == Weighting::default() && second.method.weighting.grade.is_some());
}

#[test]
fn what_tasks_take_from_the_plan_is_at_fault_there_and_once() {
    let text = ROUND.replace("[inputs.credit]\npath = \"b.csv\"\n", "").replace("weight = {}\n", "");
    let found = errors(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(":8: weight.grade: grades and colours come from a credit table"), "{found:?}");
}

#[test]
fn what_is_wrong_with_a_task_is_said_at_its_line() {
    let wrong = [
        ("id = \"T1\"", "id = \"T2\"", "tasks[2].id: \"T2\" names two tasks"),
        ("id = \"T1\"", "id = \" \"", "tasks[2].id: is blank"),
        (
            "kind = \"重点检查事项\"",
            "kind = \"keys\"",
            "tasks[1].kind: \"keys\" is not one of the known words; did you mean \"key\"?",
        ),
        ("last = 2023-06-30", "last = 2023-02-01", "tasks[1].window: ends before it begins"),
        ("count = 3", "count = 0", "tasks[2].size.count: 0 draws nobody"),
        ("share = 0.05", "share = 5", "tasks[1].size.share: 5 is no share"),
        ("stream = \"own\"", "stream = \"\"", "tasks[1].draw.stream: is empty"),
        ("stream = \"own\"", "seed = \"own\"", "there is no key `seed` here"),
        (
            "industries = [\"C\"]",
            "visits = { limit = 2, reading = \"at-least\" }",
            "tasks[1].eligibility.visits: visits are counted from a ledger",
        ),
        ("stream = \"2023\"\n", "", "draw.stream: is missing"),
        (
            "[size]\nshare = 0.01\nof = \"live\"\nrounding = \"down\"\n",
            "[inputs.tasks]\npath = \"t.csv\"\n",
            "tasks: stand beside a table of tasks",
        ),
        (
            "size = { count = 3 }\n",
            "rules = [{ name = \"x\", then = \"certain\" }]\n",
            "tasks[2].rules[1]: the rule \"x\" has no condition",
        ),
    ];
    for (from, to, expected) in wrong {
        assert!(ROUND.contains(from), "{from}");
        let found = errors(&ROUND.replacen(from, to, 1));
        assert!(found.iter().any(|line| line.contains(expected)), "{expected}: {found:?}");
        assert!(found.len() <= 2, "{found:?}");
    }
}

#[test]
fn a_plan_without_tasks_says_how_many() {
    let text = ROUND.split("[[tasks]]").next().unwrap();
    assert!(read(text).is_ok());
    let found = errors(&text.replace("[size]\nshare = 0.01\nof = \"live\"\nrounding = \"down\"\n", ""));
    assert_eq!(found, [":1: size: is missing; add size; `fairdraw schema` describes every key"]);
}
