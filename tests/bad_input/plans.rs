//! Faults of the plan: each is refused before anything is read, at its line and with the fix.

use super::*;

fn three() -> String {
    registry(&[live(1), live(2), live(3)])
}

/// A plan that draws one of three, changed in one place. Its lines: 7 `[size]`, 8 count, 10 `[draw]`, 11 seed, 12 stream,
/// 13 reserve.
fn edited(from: &str, to: &str) -> String {
    let sound = drawing_with("");
    assert!(sound.contains(from), "{from:?} is not in the plan");
    sound.replacen(from, to, 1)
}

#[test]
fn a_plan_that_is_no_plan_is_refused() {
    let gb = encoding_rs::GB18030.encode(&drawing_with("# 永川\n")).0.into_owned();
    let plans: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("an empty plan", b" \n".to_vec(), &["plan.toml", "the plan is empty", "fairdraw schema"]),
        ("a plan in JSON", b"{ \"name\": \"test\" }".to_vec(), &["plan.toml:1", "plans are TOML"]),
        ("a registry instead of a plan", three().into_bytes(), &["plan.toml:1", "plans are TOML"]),
        ("a plan that is not UTF-8", gb, &["is not UTF-8", "GB18030"]),
        ("a plan with zero bytes", b"name = \"a\0b\"".to_vec(), &["plan.toml:1"]),
        (
            "a text that is not closed",
            edited("\"2023\"", "\"2023").into(),
            &["plan.toml:12", "double quotes on one line"],
        ),
        ("a key that stands twice", edited("count = 1", "count = 1\ncount = 2").into(), &["plan.toml:9", "remove one"]),
    ];
    let case =
        |(name, plan, words): (&'static str, Vec<u8>, &[&str])| refused(name, 2, words).registry(three()).plan(plan);
    assert_cases(plans.into_iter().map(case).collect());
}

#[test]
fn a_fault_of_the_plan_points_at_its_line_with_the_fix() {
    let edits: [(&str, &str, &str, &[&str]); 28] = [
        ("an unknown key", "seed =", "sead =", &["plan.toml:11", "no key `sead`", "did you mean `seed`?"]),
        ("an unknown table", "[size]", "[sizes]", &["plan.toml:7", "no key `sizes`", "did you mean `size`?"]),
        ("two rules of size", "count = 1", "count = 1\nshare = 0.1", &["plan.toml:9", "count and share are given"]),
        ("no rule of size", "count = 1", "", &["plan.toml:7", "none of count, share and grade-shares"]),
        ("a count of 0", "count = 1", "count = 0", &["plan.toml:8", "size.count: 0 draws nobody"]),
        ("a negative count", "count = 1", "count = -1", &["plan.toml:8", "size.count", "whole number from 0"]),
        ("a broken count", "count = 1", "count = 1.5", &["plan.toml:8", "size.count", "whole number from 0"]),
        ("a share of 0", "count = 1", "share = 0.0", &["plan.toml:8", "size.share", "above 0 and at most 1"]),
        ("a share above 1", "count = 1", "share = 1.5", &["plan.toml:8", "1.5 is no share", "write 0.015 for 1.5 %"]),
        ("a negative share", "count = 1", "share = -0.1", &["plan.toml:8", "-0.1 is no share"]),
        ("a share that is not a number", "count = 1", "share = nan", &["plan.toml:8", "NaN is no share"]),
        ("a share without end", "count = 1", "share = inf", &["plan.toml:8", "inf is no share"]),
        ("a seed with a line break", "dice 3", "dice\\n3", &["plan.toml:11", "draw.seed: holds a line break"]),
        ("a seed over two lines", "\"public dice 3 1 6 2\"", "'''a\nb'''", &["plan.toml:11", "holds a line break"]),
        ("an empty seed", "public dice 3 1 6 2", "", &["plan.toml:11", "draw.seed: is empty"]),
        ("a stream with a line break", "\"2023\"", "\"2023\\r\"", &["plan.toml:12", "draw.stream: holds a line break"]),
        ("an alpha of 1", "reserve = 3", "alpha = 1.0", &["plan.toml:13", "draw.alpha", "0 to below 1"]),
        ("a negative alpha", "reserve = 3", "alpha = -0.1", &["plan.toml:13", "draw.alpha: -0.1"]),
        ("an alpha that is not a number", "reserve = 3", "alpha = nan", &["plan.toml:13", "draw.alpha: NaN"]),
        ("an alpha in quotes", "reserve = 3", "alpha = \"0.1\"", &["plan.toml:13", "draw.alpha", "without quotes"]),
        ("an unknown design", "reserve = 3", "design = \"paretto\"", &["plan.toml:13", "did you mean `pareto`?"]),
        ("a negative reserve", "reserve = 3", "reserve = -3", &["plan.toml:13", "draw.reserve"]),
        (
            "seed and permanent random numbers",
            "reserve = 3",
            "prn-column = \"prn\"",
            &["plan.toml:11", "remove `seed`"],
        ),
        ("a day that does not exist", "2023-02-07", "2023-02-30", &["plan.toml:2", "a day of the calendar"]),
        ("a day in quotes", "2023-02-07", "\"2023-02-07\"", &["plan.toml:2", "as-of", "without quotes"]),
        ("a name with blanks", "\"test\"", "\"the test\"", &["plan.toml:1", "name", "0–9 and -"]),
        ("no name", "name = \"test\"", "", &["name: is missing"]),
        ("a blank folder", "\"out/run\"", "\" \"", &["plan.toml:18", "output.folder: is blank"]),
    ];
    let case = |(name, from, to, words): (&'static str, &str, &str, &[&str])| {
        refused(name, 2, words).registry(three()).plan(edited(from, to))
    };
    assert_cases(edits.into_iter().map(case).collect());
}

#[test]
fn inputs_that_cannot_be_meant_are_refused_with_the_plan() {
    let sound = || drawing_with("");
    assert_cases(vec![
        refused("a missing input", 2, &["plan.toml:5", "\"registry.csv\" is not there", "relative to the plan's folder"]),
        refused("a folder instead of a file", 2, &["plan.toml:5", "\"registry.csv\" is a folder"])
            .file("registry.csv/registry.csv", three()),
        refused("an ending that is not known", 2, &["plan.toml:5", "\"registry.pdf\"", ".parquet"])
            .file("registry.pdf", three())
            .plan(sound().replace("registry.csv", "registry.pdf")),
        refused("an unknown column", 2, &["plan.toml:6", "\"entityid\"", "did you mean \"entity_id\"?"])
            .registry(three())
            .plan(reading("path = \"registry.csv\"\ncolumns = { entityid = \"编号\" }")),
        refused("a sheet of a text file", 2, &["plan.toml:6", "only Excel files have sheets"])
            .registry(three())
            .plan(reading("path = \"registry.csv\"\nsheet = \"Sheet1\"")),
        refused("header row 0", 2, &["plan.toml:6", "counted from 1"])
            .registry(three())
            .plan(reading("path = \"registry.csv\"\nheader-row = 0")),
        refused("weights by grade without grades", 2, &["weight.grade", "inputs.credit is missing"])
            .registry(three())
            .plan(drawing_with("[weight]\ngrade = { A = 1, B = 1, C = 1, D = 1, unrated = 1 }\n")),
        refused("a weight that is left out", 2, &["weight.grade", "unrated is missing"])
            .registry(three())
            .file("credit.csv", "entity_id,grade\n1,A\n")
            .plan(drawing_with(
                "[inputs.credit]\npath = \"credit.csv\"\n\n[weight]\ngrade = { A = 1, B = 1, C = 1, D = 1 }\n",
            )),
        refused("strata by an unknown column", 2, &["\"regoin\"", "did you mean \"region\"?"])
            .registry(three())
            .plan(drawing_with("[strata]\nby = [\"regoin\"]\n")),
        refused("a floor above its cap", 2, &["strata.at-least", "5 is above at-most = 2"])
            .registry(three())
            .plan(drawing_with("[strata]\nby = [\"region\"]\nat-least = 5\nat-most = 2\n")),
        refused("a rule without a condition", 2, &["has no condition", "add `when` or `unless`"])
            .registry(three())
            .plan(drawing_with("[[rules]]\nname = \"all\"\nthen = \"certain\"\n")),
        refused("a rule of an unknown colour", 2, &["rules", "color", "blue"])
            .registry(three())
            .file("credit.csv", "entity_id,color\n1,red\n")
            .plan(drawing_with(
                "[inputs.credit]\npath = \"credit.csv\"\n\n[[rules]]\nname = \"r\"\nwhen = { color = [\"blue\"] }\nthen = \"certain\"\n",
            )),
    ]);
}

#[test]
fn all_faults_of_a_plan_are_told_together() {
    let project = Project::new();
    project.write("registry.csv", three());
    let plan = edited("count = 1", "count = 0").replace("reserve = 3", "alpha = 2.0").replace("dice 3", "dice\\n3");
    project.write("plan.toml", plan);
    let told =
        project.fairdraw(&["run", "plan.toml"]).bad(2, &["3 errors", "plan.toml:8", "plan.toml:11", "plan.toml:13"]);
    assert!(told.stderr().find("plan.toml:8:") < told.stderr().find("plan.toml:13:"), "{}", told.stderr());
    assert!(!project.path("out").exists());
}

#[test]
fn a_run_without_a_seed_or_with_a_bad_one_is_refused_and_check_needs_none() {
    let project = Project::new();
    project.write("registry.csv", three());
    project.write("plan.toml", edited("seed = \"public dice 3 1 6 2\"\n", ""));
    project.fairdraw(&["check", "plan.toml"]).good();
    project.fairdraw(&["run", "plan.toml"]).bad(2, &["plan.toml:10", "draw.seed: is missing", "--seed"]);
    project.fairdraw(&["run", "plan.toml", "--seed", "a\nb"]).bad(2, &["--seed", "line break"]);
    project.fairdraw(&["run", "plan.toml", "--seed", ""]).bad(2, &["--seed", "is empty"]);
    project.fairdraw(&["run", "nowhere.toml"]).bad(2, &["there is no plan nowhere.toml", "check the path"]);
    project.fairdraw(&["run", "."]).bad(2, &["the plan . cannot be read"]);
    assert!(!project.path("out").exists());
}

#[test]
fn a_nightly_job_is_told_of_a_bad_input_in_json() {
    let project = Project::new();
    project.write("registry.csv", HEADER);
    project.write("plan.toml", drawing_with(""));
    let told = project.fairdraw(&["run", "plan.toml", "--log", "json"]).bad(3, &["registry.csv holds no rows"]);
    let events: Vec<serde_json::Value> =
        told.stderr().lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    let error = &events.last().expect("an event")["fields"];
    assert_eq!((error["event"].as_str(), error["exit"].as_u64()), (Some("error"), Some(3)), "{error}");
    assert_eq!(told.stdout(), "");
}

#[test]
#[cfg(not(any(feature = "postgres", feature = "s3")))]
fn a_build_without_databases_and_stores_says_how_to_get_them() {
    let project = Project::new();
    for (place, feature) in [
        ("query = \"select 1\"\nconnection = \"env:REGISTRY_URL\"", "--features postgres"),
        ("path = \"s3://registry/entities.csv\"", "--features s3"),
    ] {
        project.write("plan.toml", edited("path = \"registry.csv\"", place));
        project.fairdraw(&["run", "plan.toml"]).bad(3, &["[inputs.entities]", feature]);
        project.fairdraw(&["check", "plan.toml"]).bad(3, &[feature]);
        assert!(!project.path("out/run").exists());
    }
    project.write("plan.toml", drawing_with(""));
    project.write("registry.csv", three());
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run", "--to-postgres", "env:REGISTRY_URL"]).bad(2, &["--features postgres"]);
    project.fairdraw(&["publish", "out/run", "--to-s3", "s3://bucket/run"]).bad(2, &["--features s3"]);
    project.fairdraw(&["publish", "out/run", "--to-postgres", "postgresql://h/d"]).bad(2, &["env:DASHBOARD_URL"]);
}

#[test]
fn a_text_that_memory_does_not_hold_is_refused_before_it_is_read() {
    let project = Project::new();
    project.write("plan.toml", drawing_with(""));
    // A file with nothing in it takes no disk.
    fs::File::create(project.path("registry.csv")).and_then(|file| file.set_len(3 << 30)).expect("a sparse file");
    let refused = project.fairdraw(&["run", "plan.toml", "--memory", "64MiB"]);
    refused.bad(3, &["registry.csv takes more than 1.0 GiB of memory", "--memory", "Parquet"]);
}
