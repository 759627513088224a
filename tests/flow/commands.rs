//! The command line: what it says, where, and how it ends.

use super::*;
use crate::support::{Outcome, drawing, unseeded};
use std::path::Path;

fn tree(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            paths.extend(tree(&path));
        }
        paths.push(path);
    }
    paths.sort();
    paths
}

fn json_lines(outcome: &Outcome) -> Vec<serde_json::Value> {
    let said = outcome.stderr();
    let line = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value.is_object(), "{line}");
        value
    };
    said.lines().map(line).collect()
}

#[test]
fn check_says_what_would_be_drawn_and_writes_nothing() {
    let project = project(300, &format!("[strata]\nby = [\"region\"]\n\n{}", drawing(30)));
    let before = tree(&project.path(""));
    let said = project.fairdraw(&["check", "plan.toml"]).good().stdout();
    assert!(said.contains("plan.toml is sound; as of 2023-02-07"), "{said}");
    for words in ["Entities", "300", "Expected drawn", "30", "500118"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(before, tree(&project.path("")));
    // Neither seed nor output is needed for a check.
    project.write("plan.toml", plan("[size]\ncount = 5\n\n[draw]\nstream = \"2023\"\n"));
    project.fairdraw(&["check", "plan.toml"]).good();
    project.fairdraw(&["simulate", "plan.toml", "--times", "5"]).good();
    assert_eq!(before, tree(&project.path("")));
}

#[test]
fn a_quiet_run_says_nothing_but_errors() {
    let project = project(100, &drawing(10));
    for arguments in [
        &["run", "plan.toml"][..],
        &["check", "plan.toml"],
        &["verify", "out/run"],
        &["verify", "out/run", "--plan", "plan.toml"],
        &["generate", "--rows", "50", "-o", "pop"],
    ] {
        let outcome = project.fairdraw(&[arguments, &["--quiet"]].concat()).good();
        assert_eq!((outcome.stdout(), outcome.stderr()), (String::new(), String::new()), "{arguments:?}");
    }
    let json = project.fairdraw(&["run", "plan.toml", "--quiet", "--log", "json"]).good();
    assert_eq!((json.stdout(), json.stderr()), (String::new(), String::new()));
    project.fairdraw(&["run", "missing.toml", "--quiet"]).bad(2, &["missing.toml"]);
}

#[test]
fn a_nightly_job_is_told_one_json_object_a_line() {
    let project = project(100, &drawing(10));
    let text = std::fs::read_to_string(project.path("registry.csv")).expect("the registry");
    project.write("registry.csv", format!("{text}{},重复,live,500118,C14\n", entity_id(3)));
    for arguments in [&["run", "plan.toml"][..], &["check", "plan.toml"], &["verify", "out/run"]] {
        let outcome = project.fairdraw(&[arguments, &["--log", "json"]].concat()).good();
        assert!(outcome.stdout().is_empty());
        let lines = json_lines(&outcome);
        assert!(!lines.is_empty());
        for line in &lines {
            assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
            assert!(line["fields"]["event"].is_string(), "{line}");
        }
        let events: BTreeSet<&str> = lines.iter().filter_map(|line| line["fields"]["event"].as_str()).collect();
        assert!(events.contains("step") && events.contains("line"), "{events:?}");
    }
    let by_environment =
        project.command(&["run", "plan.toml"]).env("FAIRDRAW_LOG", "json").output().expect("it starts");
    json_lines(&Outcome(by_environment).good());
}

#[test]
fn an_error_in_json_carries_its_exit_code() {
    let project = project(100, &drawing(1_000));
    let sick = project.write("sick.toml", plan(&drawing(10)).replace("count", "cuont"));
    for (plan, code) in [("plan.toml", 4), (sick.to_str().expect("UTF-8"), 2), ("missing.toml", 2)] {
        let outcome = project.fairdraw(&["run", plan, "--log", "json"]).bad(code, &[]);
        let lines = json_lines(&outcome);
        let last = lines.last().expect("a line");
        assert_eq!(last["level"], "ERROR");
        assert_eq!(last["fields"]["event"], "error");
        assert_eq!(last["fields"]["exit"], code);
        assert!(last["fields"]["text"].as_str().is_some_and(|text| !text.is_empty()));
    }
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let help = Project::new().fairdraw(&["--help"]).good().stdout();
    let codes = [
        "0  done",
        "1  a difference found by verify, a commitment not met, a figure that does not recompute, a drift",
        "2  the command line or the plan is wrong",
        "3  an input cannot be read",
        "4  weights, sizes or lots cannot be reconciled with the frame",
        "5  the output cannot be written, or another run holds it",
    ];
    codes.iter().for_each(|line| assert!(help.contains(line), "{line:?} is not in:\n{help}"));

    let project = project(100, &drawing(10));
    project.fairdraw(&["run", "plan.toml"]).good();
    project.write("open.toml", plan(&unseeded(10)));
    let committed = ["run", "open.toml", "--seed", "dice 1 2 3", "--commitment", "00", "--output", "out/other"];
    project.fairdraw(&committed).bad(1, &["00"]);
    for arguments in [
        &["run"][..],
        &["dance"],
        &["run", "plan.toml", "--sed", "x"],
        &["run", "plan.toml", "--threads", "0"],
        &["run", "plan.toml", "--threads", "60000"],
        &["explain", "out/run", "1", "--lang", "fr"],
    ] {
        project.fairdraw(arguments).bad(2, &[]);
    }
    project.fairdraw(&["verify", "nowhere"]).bad(3, &["nowhere"]);
    project.write("large.toml", plan(&drawing(101)));
    project.fairdraw(&["run", "large.toml", "--replace"]).bad(4, &["101"]);
    project.write("broken.csv", b"entity_id,status\n\xff\xff\xff\xff,live\n");
    project.write("broken.toml", plan(&drawing(1)).replace("registry.csv", "broken.csv"));
    project.fairdraw(&["run", "broken.toml", "--replace"]).bad(3, &["broken.csv"]);
    project.write("notes/thesis.txt", "mine");
    project.fairdraw(&["run", "plan.toml", "--output", "notes"]).bad(5, &["notes", "not a fairdraw run folder"]);
    assert_eq!(std::fs::read_to_string(project.path("notes/thesis.txt")).expect("untouched"), "mine");
}

#[test]
fn every_command_explains_itself() {
    let project = Project::new();
    for command in ["run", "check", "verify", "explain", "simulate", "commit", "generate", "schema"] {
        let help = project.fairdraw(&[command, "--help"]).good().stdout();
        assert!(help.contains("Usage:"), "{command}");
        assert!(help.contains("Example") || help.contains("fairdraw "), "{command}");
    }
    assert_eq!(project.fairdraw(&["--version"]).good().stdout(), format!("fairdraw {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_run_from_another_folder_finds_the_inputs_beside_its_plan() {
    let project = Project::new();
    project.registry("campaign/registry.csv", 60);
    project.write("campaign/plan.toml", plan(&drawing(6)));
    project.fairdraw(&["run", "campaign/plan.toml"]).good();
    let by_plan = project.bytes("campaign/out/run");
    project.fairdraw(&["run", "campaign/plan.toml", "--output", "elsewhere"]).good();
    assert!(by_plan == project.bytes("elsewhere"), "the folder is no part of a run");
}

/// A full disk behind standard output is an error with a code of its own; a reader that has seen enough is none.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_told_without_a_panic() {
    let project = Project::new();
    let shell = |line: &str| {
        let binary = env!("CARGO_BIN_EXE_fairdraw");
        let output = std::process::Command::new("sh").args(["-c", &line.replace("fairdraw", binary)]).output();
        let output = output.expect("a shell");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = shell("fairdraw schema > /dev/full");
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("standard output cannot be written") && !said.contains("panicked"), "{said}");
    let (_, said) = shell("fairdraw schema | true");
    assert_eq!(said, "");
    project.registry("registry.csv", 30);
    project.write("plan.toml", plan(&drawing(3)));
    let path = project.path("plan.toml");
    let (code, _) = shell(&format!("fairdraw check {} 2> /dev/full", path.display()));
    assert_eq!(code, Some(0));
}
