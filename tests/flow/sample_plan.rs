//! The plan that ships with the project.

use super::*;
use crate::support::repository;

const PLAN: &str = "pipelines/yongchuan-2023-q1.toml";

#[test]
fn the_sample_plan_draws_what_it_promises_and_is_confirmed() {
    let project = Project::new();
    let plan = repository(PLAN);
    let run = project.fairdraw(&["run", &plan, "--output", "q1"]).good();
    assert!(run.stdout().contains("24,738"), "{}", run.stdout());
    assert!(run.stdout().contains("Set aside (all of them in quarantine.parquet)"), "{}", run.stdout());

    let manifest = project.manifest("q1");
    let (counts, stratum) = (&manifest["counts"], &manifest["strata"][0]);
    let red = counts["certain"].as_u64().expect("a count");
    // The registry has some faults, as registries have; 24,738 enterprises can be drawn.
    assert_eq!(counts["eligible"], 24_738);
    let mut set_aside = 0;
    for input in manifest["inputs"].as_array().expect("inputs") {
        let count = |name: &str| input[name].as_u64().expect("a count");
        assert_eq!(count("accepted") + count("quarantined"), count("rows_read"));
        set_aside += count("quarantined") + count("cells_quarantined");
    }
    assert_eq!(project.table("q1/quarantine.parquet").len() as u64, set_aside);
    assert_eq!(stratum["n"], 248);
    assert_eq!(counts["drawn"], 248 + red);
    assert_eq!(counts["reserve"], 20);
    assert_eq!(manifest["warnings"].as_array().map(Vec::len), Some(0), "{}", manifest["warnings"]);

    let frame = project.table("q1/frame.parquet");
    assert!(frame.windows(2).all(|pair| pair[0]["entity_id"] < pair[1]["entity_id"]));
    let expected: f64 = frame.iter().map(|row| number(row, "pi")).sum();
    assert!((expected - (248 + red) as f64).abs() < 1e-6, "{expected}");
    for row in &frame {
        let is_red = row["color"] == "red";
        let live = row["eligible"] == "true";
        assert_eq!(is_red && live, row.get("certainty").is_some_and(|rule| rule == "红码全覆盖"), "{row:?}");
        assert!(!(is_red && live) || (row["pi"] == "1.0" && row["drawn"] == "true"), "{row:?}");
        assert!(live || (row["pi"] == "0.0" && row["drawn"] == "false" && row.contains_key("reason")), "{row:?}");
        let mode = match row["grade"].as_str() {
            "A" => "online",
            "B" => "flying",
            "C" | "D" => "raised",
            _ => "offline",
        };
        assert_eq!(row["mode"], mode);
    }
    let red_and_live = frame.iter().filter(|row| row["color"] == "red" && row["eligible"] == "true");
    assert_eq!(red_and_live.count() as u64, red);
    assert_eq!(selected(&project, "q1", "drawn").len(), 248);
    assert_eq!(selected(&project, "q1", "reserve").len(), 20);

    let summary = project.table("q1/summary.parquet");
    assert_eq!(summary[0]["level"], "all");
    assert_eq!(summary[0]["population"], counts["population"].to_string());
    assert_eq!(frame.len().to_string(), summary[0]["population"]);
    assert!((number(&summary[0], "expected") - (248 + red) as f64).abs() < 1e-6);

    let confirmed = project.fairdraw(&["verify", "q1"]).good();
    assert!(confirmed.stdout().contains("is confirmed"), "{}", confirmed.stdout());
    assert!(confirmed.stdout().contains("not checked: what the registries say"), "{}", confirmed.stdout());
    let confirmed = project.fairdraw(&["verify", "q1", "--plan", &plan]).good();
    assert!(confirmed.stdout().contains("3 inputs give the same run again"), "{}", confirmed.stdout());
}

#[test]
fn the_draw_list_has_weights_orders_and_keys_as_promised() {
    let project = Project::new();
    project.fairdraw(&["run", &repository(PLAN), "--output", "q1"]).good();
    let frame = frame(&project, "q1");
    let list = project.table("q1/draw.parquet");
    let mut places: BTreeMap<(String, String), (i64, f64)> = BTreeMap::new();
    for row in &list {
        let of_frame = &frame[&row["entity_id"]];
        for column in ["ticket", "pi", "stratum", "grade", "color", "mode", "name", "station", "industry"] {
            assert_eq!(row.get(column), of_frame.get(column), "{column} of {}", row["entity_id"]);
        }
        let (u, pi) = (number(row, "u"), number(row, "pi"));
        assert_eq!(u, u_of(row));
        let selection = row["selection"].clone();
        if selection == "certain" {
            assert!(pi == 1.0 && !row.contains_key("key") && row.contains_key("certainty"));
        } else {
            assert_eq!(number(row, "key"), u * (1.0 - pi) / (pi * (1.0 - u)));
        }
        match selection.as_str() {
            "reserve" => assert!(!row.contains_key("design_weight")),
            _ => assert_eq!(number(row, "design_weight"), 1.0 / pi),
        }
        let key = row.get("key").map_or(0.0, |key| key.parse().expect("a number"));
        let place = places.entry((row["stratum"].clone(), selection)).or_insert((0, 0.0));
        assert_eq!(row["order"], (place.0 + 1).to_string());
        assert!(place.1 <= key);
        *place = (place.0 + 1, key);
    }
}

#[test]
fn the_sample_plan_names_its_schema_and_is_sound() {
    for entry in std::fs::read_dir(repository("pipelines")).expect("pipelines") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a plan");
        if text.starts_with("#:schema ./kpi.schema.json\n") {
            // Plans of figures run in the tests of figures.
            continue;
        }
        if text.starts_with("#:schema ./nightly.schema.json\n") {
            let listed = Project::new().fairdraw(&["nightly", path.to_str().expect("UTF-8"), "--list"]).good().stdout();
            assert_eq!(listed.lines().count(), text.matches(".toml\",").count());
            continue;
        }
        assert!(text.starts_with("#:schema ./plan.schema.json\n"), "{}", path.display());
        Project::new().fairdraw(&["check", path.to_str().expect("UTF-8")]).good();
    }
}

#[test]
fn the_schema_in_the_repository_is_the_one_that_is_printed() {
    let printed = Project::new().fairdraw(&["schema"]).good().stdout();
    let schema: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    assert!(schema["properties"]["inputs"].is_object() && schema["required"].is_array());
    let stored = std::fs::read_to_string(repository("pipelines/plan.schema.json")).expect("the schema");
    assert!(printed == stored, "run `fairdraw schema > pipelines/plan.schema.json`");
    let printed = Project::new().fairdraw(&["schema", "--kpi"]).good().stdout();
    let stored = std::fs::read_to_string(repository("pipelines/kpi.schema.json")).expect("the schema");
    assert!(printed == stored, "run `fairdraw schema --kpi > pipelines/kpi.schema.json`");
    let printed = Project::new().fairdraw(&["schema", "--nightly"]).good().stdout();
    let stored = std::fs::read_to_string(repository("pipelines/nightly.schema.json")).expect("the schema");
    assert!(printed == stored, "run `fairdraw schema --nightly > pipelines/nightly.schema.json`");
}

/// 247 of 24,738 were drawn in Yongchuan: 0.9985 %, reported as 1 %.
#[test]
fn two_hundred_and_forty_seven_is_below_the_legal_minimum_and_one_more_is_not() {
    let project = Project::new();
    project.registry("registry.csv", 24_738);
    for (count, codes) in [(247, vec!["below-legal-minimum"]), (248, vec![])] {
        let size = format!(
            "[size]\ncount = {count}\nlegal-minimum = {{ share = 0.01 }}\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\n"
        );
        project.write("plan.toml", plan(&size));
        let said = project.fairdraw(&["run", "plan.toml", "--replace"]).good().stderr();
        assert_eq!(warning_codes(&project, "out/run"), codes);
        let words = "247 is 0.9985 % of 24,738, below the legal minimum of 1 %";
        assert_eq!(said.contains(words), count == 247, "{said}");
        assert_eq!(said.contains("0.9985 % of 24,738"), count == 247, "{said}");
    }
}
