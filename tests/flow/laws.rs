//! Laws that every run obeys.

use super::*;
use crate::support::{Project, drawing, entity_id, unseeded, without_inputs};
use fairdraw::sampling::Design;

const BY_REGION: &str = "[strata]\nby = [\"region\"]\n\n";

fn draw(design: &str, count: usize, reserve: usize) -> String {
    format!(
        "[size]\ncount = {count}\n\n[draw]\ndesign = \"{design}\"\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\nreserve = {reserve}\n"
    )
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    // More rows than a block of any stage holds.
    let count = 70_000;
    let rest = format!("{CREDIT}{WEIGHT}{BY_REGION}{}", drawing(700));
    let project = project(count, &rest);
    credit(&project, count, mixed);
    let mut first = None;
    for threads in ["1", "2", "7"] {
        project.fairdraw(&["run", "plan.toml", "--threads", threads]).good();
        let bytes = project.bytes("out/run");
        assert_eq!(bytes.len(), 8);
        let first = first.get_or_insert_with(|| bytes.clone());
        for (file, bytes) in &bytes {
            assert!(first[file] == *bytes, "{file} differs at {threads} threads");
        }
    }
}

#[test]
fn a_second_run_changes_no_byte() {
    let project = project(500, &drawing(50));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let before = project.bytes("out/run");
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    assert!(before == project.bytes("out/run"));
}

#[test]
fn the_order_of_the_input_rows_changes_nothing() {
    let count = 1_000;
    let project = project(count, &format!("{CREDIT}{FLAGS}{WEIGHT}{BY_REGION}{}", drawing(100)));
    credit(&project, count, mixed);
    flags(&project, &[(3, "complaint"), (5, "abnormal"), (3, "abnormal"), (8, "complaint")]);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let (before, inputs) = (project.bytes("out/run"), project.manifest("out/run")["inputs"].clone());
    for file in ["registry.csv", "credit.csv", "flags.csv"] {
        let text = std::fs::read_to_string(project.path(file)).expect("a table");
        let (header, rows) = text.split_once('\n').expect("a header");
        let rows: Vec<&str> = rows.lines().collect();
        // 389 is coprime to the number of rows.
        let shuffled: Vec<&str> = (0..rows.len()).map(|place| rows[(place * 389 + 7) % rows.len()]).collect();
        assert_ne!(rows, shuffled);
        project.write(file, format!("{header}\n{}\n", shuffled.join("\n")));
    }
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let after = project.bytes("out/run");
    for file in ["frame.parquet", "draw.parquet", "summary.parquet", "quarantine.parquet", "plan.toml"] {
        assert!(before[file] == after[file], "{file} differs");
    }
    let manifest = project.manifest("out/run");
    assert_ne!(manifest["inputs"], inputs);
    let before: serde_json::Value = serde_json::from_slice(&before["manifest.json"]).expect("JSON");
    assert_eq!(without_inputs(before), without_inputs(manifest));
}

#[test]
fn a_larger_sequential_poisson_draw_contains_the_smaller_and_its_reserve_comes_next() {
    let count = 600;
    let project = Project::new();
    project.registry("registry.csv", count);
    credit(&project, count, mixed);
    let mut previous: Option<(BTreeSet<String>, BTreeSet<String>)> = None;
    for size in [10, 25, 40, 90, 200, 400] {
        let next = [10, 25, 40, 90, 200, 400, 400].into_iter().find(|&next| next > size).unwrap_or(size);
        let rest = format!("{CREDIT}{WEIGHT}{}", draw("sequential-poisson", size, next - size));
        project.write("plan.toml", plan(&rest));
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        let drawn = drawn(&project, "out/run");
        assert_eq!(drawn.len(), size);
        if let Some((smaller, reserve)) = previous {
            assert!(smaller.is_subset(&drawn), "{size}");
            // Nobody is taken for certain up to 90, so the ranking is the same.
            if size <= 90 {
                assert_eq!(&drawn - &smaller, reserve, "{size}");
            }
        }
        previous = Some((drawn, selected(&project, "out/run", "reserve")));
    }
}

#[test]
fn an_entity_that_cannot_be_drawn_changes_nobody_else() {
    let count = 400;
    for design in Design::ALL {
        let weight = if design == Design::Srs { "" } else { WEIGHT };
        let rest = format!("{CREDIT}{weight}{}", draw(design.name(), 60, 5));
        let project = project(count, &rest);
        credit(&project, count, mixed);
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        let (before, list) = (frame(&project, "out/run"), project.bytes("out/run")["draw.parquet"].clone());

        let mut text = std::fs::read_to_string(project.path("registry.csv")).expect("the registry");
        text += &format!("{},新的,revoked,500101,C14\n", entity_id(7_000_000));
        project.write("registry.csv", text);
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        let mut after = frame(&project, "out/run");
        let new = after.remove(&entity_id(7_000_000)).expect("the new entity is in the frame");
        assert_eq!((new["pi"].as_str(), new["drawn"].as_str()), ("0.0", "false"));
        assert_eq!(new["reason"], "status: revoked");
        assert_eq!(before, after, "{}", design.name());
        assert!(list == project.bytes("out/run")["draw.parquet"], "{}", design.name());
    }
}

#[test]
fn other_strata_do_not_matter() {
    let count = 900;
    let rest = "[strata]\nby = [\"region\"]\n\n[size]\nshare = 0.1\neach-stratum = true\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\nreserve = 4\n";
    let project = project(count, &format!("{CREDIT}{WEIGHT}{rest}"));
    credit(&project, count, mixed);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let outside = |row: &Row| row["stratum"] != "500102";
    let of_others =
        |project: &Project| -> Vec<Row> { project.table("out/run/draw.parquet").into_iter().filter(outside).collect() };
    let before = of_others(&project);
    assert!(!before.is_empty());

    let text = std::fs::read_to_string(project.path("registry.csv")).expect("the registry");
    let kept: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(line, row)| !row.contains(",500102,") || line % 2 == 0)
        .map(|(_, row)| row)
        .collect();
    assert!(kept.len() < text.lines().count());
    project.write("registry.csv", kept.join("\n"));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    assert_eq!(before, of_others(&project));
}

#[test]
fn probabilities_sum_to_the_size_under_every_design() {
    let count = 500;
    for design in Design::ALL {
        let weight = if design == Design::Srs { "" } else { WEIGHT };
        let project = project(count, &format!("{CREDIT}{weight}{BY_REGION}{}", draw(design.name(), 83, 2)));
        credit(&project, count, mixed);
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        let summary = project.table("out/run/summary.parquet");
        let expected = |level: &str| -> f64 {
            summary.iter().filter(|row| row["level"] == level).map(|row| number(row, "expected")).sum()
        };
        let drawn = |level: &str| -> f64 {
            summary.iter().filter(|row| row["level"] == level).map(|row| number(row, "drawn")).sum()
        };
        let by_lot = drawn("all");
        for level in ["all", "stratum", "grade", "color"] {
            assert!(near(expected(level), 83.0), "{} {level}: {}", design.name(), expected(level));
            assert_eq!(drawn(level), by_lot, "{} {level}", design.name());
        }
        if design != Design::Poisson {
            assert_eq!(by_lot, 83.0);
        }
        project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    }
}

#[test]
fn simple_random_sampling_draws_the_smallest_lots() {
    let project = project(300, &draw("srs", 30, 7));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let mut frame = project.table("out/run/frame.parquet");
    frame.sort_by(|a, b| u_of(a).total_cmp(&u_of(b)));
    let ids = |rows: &[Row]| -> BTreeSet<String> { rows.iter().map(|row| row["entity_id"].clone()).collect() };
    assert_eq!(drawn(&project, "out/run"), ids(&frame[..30]));
    assert_eq!(selected(&project, "out/run", "reserve"), ids(&frame[30..37]));
    assert!(frame.iter().all(|row| number(row, "pi") == 0.1));
}

#[test]
fn poisson_sampling_draws_whoever_has_a_lot_below_its_probability() {
    let count = 400;
    let project = project(count, &format!("{CREDIT}{WEIGHT}{}", draw("poisson", 60, 0)));
    credit(&project, count, mixed);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    for row in project.table("out/run/frame.parquet") {
        assert_eq!(row["drawn"] == "true", u_of(&row) < number(&row, "pi"), "{row:?}");
    }
    let manifest = project.manifest("out/run");
    assert!(manifest["strata"][0]["cut_line"].is_null());
    assert_eq!(manifest["counts"]["drawn"].as_u64(), Some(drawn(&project, "out/run").len() as u64));
}

#[test]
fn another_seed_or_stream_gives_another_draw_of_the_same_probabilities() {
    let project = project(400, &unseeded(40));
    project.fairdraw(&["run", "plan.toml", "--seed", "public dice 3 1 6 2"]).good();
    project.fairdraw(&["run", "plan.toml", "--seed", "another 8 2 9", "--output", "other"]).good();
    let (one, other) = (frame(&project, "out/run"), frame(&project, "other"));
    assert_ne!(drawn(&project, "out/run"), drawn(&project, "other"));
    assert!(one.iter().all(|(id, row)| row["pi"] == other[id]["pi"]));
    assert_eq!(project.manifest("other")["seed"], "another 8 2 9");
    project.fairdraw(&["verify", "other", "--plan", "plan.toml"]).good();
}

/// A registry of 30,000 with everything that can stand beside it: ids longer than a key, repeated ids, ratings of strangers.
fn with_everything() -> Project {
    let count = 30_000;
    let rest = format!(
        "{CREDIT}{FLAGS}[inputs.risk.general]\npath = \"risk.csv\"\ndirection = \"higher-is-riskier\"\nrange = [0, 100]\n\n\
         [inputs.ledger]\npath = \"ledger.csv\"\n\n\
         [weight]\ngrade = {{ A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }}\n\
         risk = {{ blend = \"maximum\", models = {{ general = 1 }}, lowest = 0.5, highest = 1.5, missing = 0.3 }}\n\n\
         [[rules]]\nname = \"complaints\"\nwhen = {{ flags = [\"complaint\"] }}\nthen = \"certain\"\n\n{BY_REGION}{}",
        drawing(700)
    );
    let project = project(count, &rest);
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    let (header, rows) = registry.split_once('\n').expect("a header");
    let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
    let again: Vec<String> = (0..40).map(|at| rows[at * 601].clone()).collect();
    rows.extend(again);
    let own = |at: usize| rows[at * 7].replacen(&entity_id(at * 7), &format!("own id of an office, number {at}"), 1);
    let of_offices: Vec<String> = (0..300).map(own).collect();
    rows.extend(of_offices);
    // 10,007 is coprime to the number of rows.
    let mixed_up: Vec<&str> = (0..rows.len()).map(|place| rows[place * 10_007 % rows.len()].as_str()).collect();
    project.write("registry.csv", format!("{header}\n{}\n", mixed_up.join("\n")));
    credit(&project, count + 50, mixed);
    flags(&project, &[(3, "complaint"), (500, "abnormal"), (29_999, "complaint")]);
    let scores: String = (0..count + 9).rev().map(|at| format!("{},{}\n", entity_id(at), at % 101)).collect();
    project.write("risk.csv", "统一社会信用代码,风险评分\n".to_owned() + &scores);
    let visits: String = (0..900).map(|at| format!("{},2023-01-0{},甲局\n", entity_id(at * 37), 1 + at % 5)).collect();
    project.write("ledger.csv", "统一社会信用代码,检查日期,检查部门\n".to_owned() + &visits);
    project
}

#[test]
fn the_memory_that_is_taken_changes_no_byte() {
    let project = with_everything();
    project.fairdraw(&["run", "plan.toml"]).good();
    let first = project.bytes("out/run");
    for memory in ["1B", "60KB", "2MiB", "64MiB"] {
        for threads in ["1", "3"] {
            project.fairdraw(&["run", "plan.toml", "--memory", memory, "--threads", threads]).good();
            for (file, bytes) in project.bytes("out/run") {
                assert!(first[&file] == bytes, "{file} differs at {memory} and {threads} threads");
            }
        }
        project.fairdraw(&["verify", "out/run", "--plan", "plan.toml", "--memory", memory]).good();
        let check = |memory: &str| project.fairdraw(&["check", "plan.toml", "--memory", memory]).good().stdout();
        assert_eq!(check(memory), check("64GiB"));
    }
    let named: Vec<String> = std::fs::read_dir(project.path("out"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(named.iter().all(|name| ["run", ".run.lock"].contains(&name.as_str())), "{named:?}");
    project.fairdraw(&["run", "plan.toml", "--memory", "much"]).bad(2, &["--memory"]);
}
