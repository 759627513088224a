//! Lists of plans: their order, what is left as it stands, what a failure leaves whole.

use super::*;
use crate::support::drawing;
use std::path::Path;

/// A draw from the registry, one from the frame of that draw, figures of it, and a draw of its own; the list names them backwards.
fn night() -> Project {
    let project = Project::new();
    project.registry("registry.csv", 400);
    project.registry("other.csv", 300);
    let draw = |name: &str, input: &str| {
        let text = plan(&drawing(20)).replace("registry.csv", input).replace("out/run", &format!("out/{name}"));
        project.write(&format!("{name}.toml"), text);
    };
    draw("a", "registry.csv");
    draw("b", "out/a/frame.parquet");
    draw("c", "other.csv");
    results(&project, 5);
    project.write(
        "figures.toml",
        "name = \"figures\"\nas-of = 2023-12-31\n[inputs]\ndraws = [\"out/a\"]\n[inputs.results]\npath = \"results.csv\"\n\
         [inputs.entities]\npath = \"out/a/frame.parquet\"\n[output]\nfolder = \"out/figures\"\n",
    );
    project.write("list.toml", "name = \"night\"\nplans = [\"c.toml\", \"figures.toml\", \"b.toml\", \"a.toml\"]\n");
    project
}

fn results(project: &Project, count: usize) {
    let mut text = String::from("统一社会信用代码,检查部门,检查日期,检查结果,检查类型\n");
    for index in 0..count {
        text += &format!("{},市场监管局,2023-03-01,1,双随机\n", entity_id(index));
    }
    project.write("results.csv", text);
}

/// What became of each plan, in the order in which they came.
fn outcomes(outcome: &crate::support::Outcome) -> Vec<(String, String)> {
    let said = outcome.stdout();
    let (_, table) = said.rsplit_once("\n\n").expect("a table at the end");
    let words = table.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>());
    words.filter(|words| words.len() == 4).map(|words| (words[0].clone(), words[1].clone())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(plan, outcome)| ((*plan).to_owned(), (*outcome).to_owned())).collect()
}

#[test]
fn plans_come_behind_what_they_read_and_are_not_run_again_for_nothing() {
    let project = night();
    let listed = project.fairdraw(&["nightly", "list.toml", "--list"]).good().stdout();
    assert_eq!(listed.matches("to be run").count(), 4, "{listed}");
    assert!(!project.path("out").exists());
    let run = || project.fairdraw(&["nightly", "list.toml"]);
    let all =
        |outcome| pairs(&[("c.toml", outcome), ("a.toml", outcome), ("figures.toml", outcome), ("b.toml", outcome)]);
    assert_eq!(outcomes(&run().good()), all("done"));
    let made = ["a", "b", "c", "figures"].map(|name| project.bytes(&format!("out/{name}")));
    let again = run().good();
    assert_eq!(outcomes(&again), all("unchanged"));
    assert!(again.stdout().contains("nothing to do"));
    // What is run by itself is the same.
    project.fairdraw(&["run", "a.toml", "--output", "out/by-hand"]).good();
    assert_eq!(project.bytes("out/by-hand"), made[0]);

    // An input has changed: what reads it is run, and what reads that.
    project.registry("registry.csv", 401);
    let listed = project.fairdraw(&["nightly", "list.toml", "--list"]).good().stdout();
    assert_eq!(listed.matches("to be run if what it reads changes").count(), 2, "{listed}");
    let expected = [("c.toml", "unchanged"), ("a.toml", "done"), ("figures.toml", "done"), ("b.toml", "done")];
    assert_eq!(outcomes(&run().good()), pairs(&expected));
    results(&project, 6);
    let expected =
        [("c.toml", "unchanged"), ("a.toml", "unchanged"), ("figures.toml", "done"), ("b.toml", "unchanged")];
    assert_eq!(outcomes(&run().good()), pairs(&expected));

    // What was published is not as it was: it is made again, the same.
    let file = project.path("out/c/draw.parquet");
    std::fs::write(&file, "damaged").expect("a file");
    let expected =
        [("c.toml", "done"), ("a.toml", "unchanged"), ("figures.toml", "unchanged"), ("b.toml", "unchanged")];
    assert_eq!(outcomes(&run().good()), pairs(&expected));
    assert_eq!(project.bytes("out/c"), made[2]);
}

#[test]
fn a_failure_leaves_the_others_and_what_was_published() {
    let project = night();
    project.fairdraw(&["nightly", "list.toml", "--quiet"]).good();
    let before = ["a", "b", "figures"].map(|name| project.bytes(&format!("out/{name}")));
    project.write("registry.csv", "entity_id,status\n");
    project.registry("other.csv", 310);
    let metrics = ["nightly", "list.toml", "--metrics-file", "night.prom"];
    let failed = project
        .fairdraw(&metrics)
        .bad(3, &["registry.csv", "1 of 4 plans failed: a.toml; 2 that read from them left out"]);
    let expected = [("c.toml", "done"), ("a.toml", "failed"), ("figures.toml", "left-out"), ("b.toml", "left-out")];
    assert_eq!(outcomes(&failed), pairs(&expected));
    assert_eq!(["a", "b", "figures"].map(|name| project.bytes(&format!("out/{name}"))), before);
    let text = std::fs::read_to_string(project.path("night.prom")).expect("metrics");
    for line in [
        "fairdraw_plan_outcome{list=\"night\",plan=\"a.toml\",outcome=\"failed\"} 1",
        "fairdraw_plan_outcome{list=\"night\",plan=\"b.toml\",outcome=\"left-out\"} 1",
        "fairdraw_rows_read{list=\"night\",plan=\"c.toml\",table=\"entities\"} 310",
        "fairdraw_counts{list=\"night\",plan=\"c.toml\",what=\"drawn\"} 20",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    assert!(text.contains("fairdraw_plan_last_success_timestamp_seconds{list=\"night\",plan=\"a.toml\"} "));
    assert!(text.ends_with("# EOF\n"));

    // The night after, what can be done is done, and the rest stands.
    project.registry("registry.csv", 400);
    let expected =
        [("c.toml", "unchanged"), ("a.toml", "unchanged"), ("figures.toml", "unchanged"), ("b.toml", "unchanged")];
    assert_eq!(outcomes(&project.fairdraw(&["nightly", "list.toml"]).good()), pairs(&expected));
}

#[test]
fn rows_set_aside_are_counted_by_reason() {
    let project = night();
    let mut text = std::fs::read_to_string(project.path("other.csv")).expect("a registry");
    text += ",无码企业,live,500118,C14\n,无码企业二,live,500118,C14\n";
    project.write("other.csv", text);
    project.write("list.toml", "name = \"night\"\nplans = [\"c.toml\"]\n");
    project.fairdraw(&["nightly", "list.toml", "--metrics-file", "night.prom", "--quiet"]).good();
    let text = std::fs::read_to_string(project.path("night.prom")).expect("metrics");
    let line = "fairdraw_rows_set_aside{list=\"night\",plan=\"c.toml\",table=\"entities\",reason=\"missing-key\"} 2";
    assert!(text.lines().any(|own| own == line), "{text}");
}

#[test]
fn a_single_run_has_metrics_too() {
    let project = night();
    let metrics = || std::fs::read_to_string(project.path("run.prom")).expect("metrics");
    let run = || project.fairdraw(&["run", "c.toml", "--quiet", "--metrics-file", "run.prom"]);
    run().good();
    for line in [
        "fairdraw_plan_outcome{list=\"test\",plan=\"c.toml\",outcome=\"done\"} 1",
        "fairdraw_rows_read{list=\"test\",plan=\"c.toml\",table=\"entities\"} 300",
    ] {
        assert!(metrics().lines().any(|own| own == line), "{line}\n{}", metrics());
    }
    let step = "fairdraw_step_seconds{list=\"test\",plan=\"c.toml\",step=\"reading entities (other.csv)\"} ";
    assert!(
        metrics().contains(step) && metrics().contains("fairdraw_plan_last_success_timestamp_seconds{"),
        "{}",
        metrics()
    );
    // What fails is said too, and when it was last done is left to whoever keeps the samples.
    project.write("other.csv", "entity_id,status\n");
    run().bad(3, &["other.csv"]);
    assert!(metrics().contains("outcome=\"failed\"} 1") && !metrics().contains("last_success"), "{}", metrics());
}

#[test]
fn one_night_at_a_time() {
    let project = night();
    let list = std::fs::File::open(project.path("list.toml")).expect("the list");
    list.lock().expect("a lock");
    project.fairdraw(&["nightly", "list.toml"]).bad(5, &["list.toml", "another process"]);
    assert!(!project.path("out").exists());
    drop(list);
    project.fairdraw(&["nightly", "list.toml", "--quiet"]).good();
}

#[test]
fn jobs_get_an_event_for_each_plan() {
    let project = night();
    let said = project.fairdraw(&["nightly", "list.toml", "--log", "json"]).good().stderr();
    let events: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let plans = events.iter().filter(|event| event["fields"]["event"] == "plan");
    let told: Vec<(&str, &str)> = plans
        .map(|event| {
            (
                event["fields"]["plan"].as_str().expect("a plan"),
                event["fields"]["outcome"].as_str().expect("an outcome"),
            )
        })
        .collect();
    assert_eq!(told, [("c.toml", "done"), ("a.toml", "done"), ("figures.toml", "done"), ("b.toml", "done")]);
}

#[test]
fn lists_that_cannot_be_are_refused_at_their_line() {
    let project = night();
    let refused = |text: &str, words: &[&str]| {
        project.write("list.toml", text);
        project.fairdraw(&["nightly", "list.toml"]).bad(2, words);
        assert!(!project.path("out").exists());
    };
    refused("name = \"n\"\nplans = []\n", &["list.toml:2", "is empty"]);
    refused("name = \"n\"\nplans = [\n\"a.toml\",\n\"z.toml\"]\n", &["list.toml:4", "is no file"]);
    refused("name = \"n\"\nplans = [\n\"a.toml\",\n\"./a.toml\"]\n", &["list.toml:4", "name each plan once"]);
    refused("name = \"n\"\nplan = [\"a.toml\"]\n", &["list.toml:2", "plan"]);
    // Two plans of one folder, and two that read each other.
    let twin = plan(&drawing(20)).replace("out/run", "out/a");
    project.write("twin.toml", twin);
    refused("name = \"n\"\nplans = [\n\"a.toml\",\n\"twin.toml\"]\n", &["list.toml:4", "as \"a.toml\" does"]);
    project.write(
        "ring.toml",
        plan(&drawing(20)).replace("registry.csv", "out/b/frame.parquet").replace("out/run", "out/a"),
    );
    refused(
        "name = \"n\"\nplans = [\n\"b.toml\", \"ring.toml\"]\n",
        &["list.toml:2", "none of b.toml, ring.toml can be the first"],
    );
    // A plan that is wrong is told by its own line.
    project.write("wrong.toml", plan(&drawing(20)).replace("as-of", "as-off"));
    refused("name = \"n\"\nplans = [\"a.toml\", \"wrong.toml\"]\n", &["wrong.toml:2", "as-off"]);
    project.write("list.done.json", "{");
    refused("name = \"n\"\nplans = [\"a.toml\"]\n", &["list.done.json", "move it away"]);
}

#[test]
fn a_night_that_was_broken_off_goes_on() {
    let project = night();
    let mut night = project.command(&["nightly", "list.toml", "--quiet"]).spawn().expect("the binary starts");
    while !project.path("out/a/manifest.json").exists() {
        assert!(night.try_wait().expect("a process").is_none(), "the night ended before it was broken off");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    night.kill().expect("a signal");
    night.wait().expect("an end");
    let after = outcomes(&project.fairdraw(&["nightly", "list.toml"]).good());
    assert_eq!(after[0], ("c.toml".to_owned(), "unchanged".to_owned()));
    let again = outcomes(&project.fairdraw(&["nightly", "list.toml"]).good());
    assert!(again.iter().all(|(_, outcome)| outcome == "unchanged"), "{again:?}");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = project.fairdraw(&["completions", shell]).good().stdout();
        assert!(script.contains("metrics-file") && script.contains("explain"), "{shell}");
    }
    project.fairdraw(&["man", "man/man1"]).good();
    let page = std::fs::read_to_string(project.path("man/man1/fairdraw-nightly.1")).expect("a page");
    assert!(page.contains("metrics") && page.contains(".SH"));
    assert!(project.path("man/man1/fairdraw.1").exists());
}

/// `[drift]` with limits on everything.
const DRIFT: &str = "[drift]\nrows = 0.1\nunknown-words = 0.01\nshare = 0.05\nexpected = 0.25\n";

#[test]
fn drift_is_told_or_stops_before_anything_is_published() {
    let project = Project::new();
    project.registry("registry.csv", 400);
    credit(&project, 400, |index| (["A", "B", "C", "D"][index % 4], "green"));
    let text = |stop: &str| plan(&format!("{CREDIT}{}{DRIFT}{stop}", drawing(20)));
    project.write("plan.toml", text(""));
    let first = project.fairdraw(&["run", "plan.toml"]).good();
    assert!(!first.stderr().contains("drifted"), "{}", first.stderr());
    // Half of the ratings are missing, and some words are not known.
    credit(&project, 200, |index| (["A", "B", "C", "D"][index % 4], "green"));
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    project.write("registry.csv", registry.replacen(",live,", ",在营吗,", 8));
    let told = project.fairdraw(&["run", "plan.toml"]).good().stderr();
    for words in [
        "credit has 200 rows; it had 400 in the last run [rows-drifted]",
        "2.00 % of the rows of entities have a status word that is not known; 0.00 % had in the last run",
        "50.00 % of the entities have the grade unrated; 0.00 % had in the last run",
        "of the grade unrated are expected to be drawn",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    // What drifted is published nowhere: the run is what it would be without a run before it.
    project.fairdraw(&["run", "plan.toml", "--output", "out/alone"]).good();
    assert_eq!(project.bytes("out/run"), project.bytes("out/alone"));
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();

    project.write("plan.toml", text("stop = true\n"));
    let before = project.bytes("out/run");
    credit(&project, 400, |index| (["A", "B", "C", "D"][index % 4], "green"));
    let stopped = ["run", "plan.toml", "--replace"];
    project.fairdraw(&stopped).bad(1, &["have drifted", "credit has 400 rows", "--accept-drift"]);
    assert_eq!(project.bytes("out/run"), before);
    project.write("list.toml", "name = \"night\"\nplans = [\"plan.toml\"]\n");
    project.fairdraw(&["nightly", "list.toml", "--replace"]).bad(1, &["1 of 1 plans failed: plan.toml"]);
    assert_eq!(project.bytes("out/run"), before);
    project.fairdraw(&["nightly", "list.toml", "--replace", "--accept-drift"]).good();
    assert_ne!(project.bytes("out/run"), before);

    // Limits are numbers from 0, and there is at least one.
    project.write("plan.toml", text("").replace("rows = 0.1", "rows = -0.1"));
    project.fairdraw(&["run", "plan.toml"]).bad(2, &["drift.rows", "-0.1 is no limit"]);
    project.write("plan.toml", plan(&format!("{}[drift]\nstop = true\n", drawing(20))));
    project.fairdraw(&["run", "plan.toml"]).bad(2, &["drift", "sets no limit"]);
}

#[test]
fn the_history_keeps_every_night() {
    let project = night();
    project.fairdraw(&["history", "list.toml"]).bad(2, &["no night is recorded yet"]);
    project.fairdraw(&["nightly", "list.toml", "--quiet"]).good();
    project.write("registry.csv", "entity_id,status\n");
    project.fairdraw(&["nightly", "list.toml", "--quiet"]).bad(3, &["1 of 4 plans failed"]);
    let said = project.fairdraw(&["history", "list.toml"]).good().stdout();
    let outcomes: Vec<&str> = said.lines().filter_map(|line| line.split_whitespace().nth(3)).collect();
    let expected = ["done", "done", "done", "done", "unchanged", "failed", "left-out", "left-out"];
    assert_eq!(outcomes.iter().filter(|word| expected.contains(word)).copied().collect::<Vec<_>>(), expected, "{said}");
    assert!(said.contains("300 rows  0 set aside  20 drawn") && said.contains("    registry.csv"), "{said}");
    let last = project.fairdraw(&["history", "list.toml", "--plan", "a.toml", "--last", "1"]).good().stdout();
    assert!(last.contains("a.toml") && last.contains("failed") && !last.contains("done"), "{last}");
    project.fairdraw(&["history", "list.toml", "--plan", "z.toml"]).bad(2, &["no night knows the plan"]);
    let files: Vec<_> = std::fs::read_dir(project.path("list.history")).expect("a history").flatten().collect();
    assert_eq!(files.len(), 2);
    let mut rows: Vec<Row> = files.iter().flat_map(|file| crate::support::table(&file.path())).collect();
    rows.retain(|row| row["plan"] == "a.toml");
    rows.sort_by_key(|row| row["outcome"].clone());
    assert_eq!((rows[0]["drawn"].as_str(), rows[0]["population"].as_str()), ("20", "400"));
    // What was published before the failure stands.
    assert!(rows[1]["error"].contains("registry.csv") && rows[1]["made"] == rows[0]["made"]);
}

#[test]
fn lineage_tells_what_was_read_and_written() {
    let project = night();
    let run = ["nightly", "list.toml", "--quiet", "--lineage-file", "lineage.jsonl"];
    project.fairdraw(&run).good();
    let events = || -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(project.path("lineage.jsonl")).expect("events");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let first = events();
    assert_eq!(first.len(), 8);
    let of = |events: &[serde_json::Value], plan: &str| -> Vec<serde_json::Value> {
        events.iter().filter(|event| event["job"]["name"] == plan).cloned().collect()
    };
    let figures = of(&first, "figures.toml");
    assert_eq!((&figures[0]["eventType"], &figures[1]["eventType"]), (&"START".into(), &"COMPLETE".into()));
    assert_eq!(figures[0]["run"]["runId"], figures[1]["run"]["runId"]);
    let named = |sets: &serde_json::Value| -> Vec<String> {
        let names =
            sets.as_array().expect("datasets").iter().map(|set| set["name"].as_str().expect("a name").to_owned());
        names.collect()
    };
    let ends = |names: &[String], end: &str| names.iter().any(|name| Path::new(name).ends_with(end));
    let read = named(&figures[1]["inputs"]);
    assert!(ends(&read, "results.csv") && ends(&read, "out/a") && ends(&read, "out/a/frame.parquet"), "{read:?}");
    let kpi = figures[1]["outputs"].as_array().expect("outputs").iter();
    let kpi = kpi.filter(|set| set["name"].as_str().is_some_and(|name| name.ends_with("out/figures/kpi.parquet")));
    let fields = kpi.map(|set| set["facets"]["schema"]["fields"][0]["name"].clone()).collect::<Vec<_>>();
    assert_eq!(fields.len(), 1);
    for event in &first {
        for key in ["eventTime", "producer", "schemaURL"] {
            assert!(event[key].as_str().is_some_and(|text| !text.is_empty()), "{key} {event}");
        }
    }
    // What stands has no event; what fails has its error.
    project.fairdraw(&run).good();
    assert_eq!(events().len(), 8);
    project.write("registry.csv", "entity_id,status\n");
    project.fairdraw(&run).bad(3, &["1 of 4 plans failed"]);
    let failed = of(&events()[8..], "a.toml");
    assert_eq!((failed.len(), &failed[1]["eventType"]), (2, &"FAIL".into()));
    assert!(
        failed[1]["run"]["facets"]["errorMessage"]["message"].as_str().expect("a message").contains("registry.csv")
    );
    assert_eq!(events().len(), 10);
}

#[test]
fn rounds_come_by_their_day_and_no_metric_stands_twice() {
    let project = three_rounds();
    let list = "name = \"year\"\nplans = [\"q3.toml\", \"q1.toml\", \"q2.toml\"]\ndone = \"state/of/list.json\"\n";
    project.write("list.toml", list);
    let run = ["nightly", "list.toml", "--metrics-file", "year.prom"];
    let first = project.fairdraw(&run).good();
    assert_eq!(outcomes(&first), pairs(&[("q1.toml", "done"), ("q2.toml", "done"), ("q3.toml", "done")]));
    let text = std::fs::read_to_string(project.path("year.prom")).expect("metrics");
    let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    let mut names: Vec<&str> = samples.map(|(name, _)| name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "{text}");
    assert!(project.path("state/of/list.json").exists() && project.path("state/of/list.history").is_dir());
    // Records that cannot be written are told when the night is over.
    let nowhere = ["nightly", "list.toml", "--metrics-file", "no/such/folder/year.prom"];
    let told = project.fairdraw(&nowhere).bad(5, &["year.prom"]);
    assert_eq!(outcomes(&told).len(), 3);
}
