//! Weights and lots that a plan chooses.

use super::*;
use crate::support::drawing;

fn run(project: &Project, rest: &str) {
    project.write("plan.toml", plan(rest));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
}

/// A registry with one more column.
fn with_column(project: &Project, column: &str, values: &[&str]) {
    let rows: String = (0..).zip(values).map(|(index, value)| format!("{},live,{value}\n", entity_id(index))).collect();
    project.write("registry.csv", format!("entity_id,status,{column}\n{rows}"));
}

fn micro(value: f64) -> String {
    ((value * 1e6).round() as i64).to_string()
}

#[test]
fn a_weight_column_makes_probabilities_proportional() {
    let project = Project::new();
    let values = ["1", "2.5", "0", "0.000001", "3", "4", "10.5", "1", "1,000.25", "2"];
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
    with_column(&project, "size", &quoted);
    run(&project, &format!("[weight]\ncolumn = \"size\"\n\n{}", drawing(3)));
    let frame = frame(&project, "out/run");
    let numbers: Vec<f64> = values.iter().map(|value| value.replace(',', "").parse().expect("a number")).collect();
    // The entity of 1,000.25 is taken for certain; the rest share two places.
    let rest: f64 = numbers.iter().filter(|&&number| number < 1_000.0).sum();
    for (index, &number_of) in numbers.iter().enumerate() {
        let row = &frame[&entity_id(index)];
        assert_eq!(row["weight"], micro(number_of));
        assert_eq!(row["weight"], row["factor_column"]);
        let pi = if number_of > 1_000.0 { 1.0 } else { 2.0 * number_of / rest };
        assert!(near(number(row, "pi"), pi), "{index}");
        assert_eq!(row.get("reason").is_some_and(|reason| reason == "weight is 0"), number_of == 0.0);
    }
}

#[test]
fn every_flag_that_an_entity_carries_multiplies_its_weight() {
    let project = Project::new();
    project.registry("registry.csv", 60);
    flags(&project, &[(1, "abnormal"), (2, "serious"), (3, "abnormal;serious"), (4, "of no weight")]);
    run(&project, &format!("{FLAGS}[weight]\nflags = {{ abnormal = 2.5, serious = 4 }}\n\n{}", drawing(5)));
    let frame = frame(&project, "out/run");
    for (index, factor) in [(0, 1.0), (1, 2.5), (2, 4.0), (3, 10.0), (4, 1.0)] {
        let row = &frame[&entity_id(index)];
        assert_eq!((&row["factor_flags"], &row["weight"]), (&micro(factor), &micro(factor)), "{index}");
    }
    let pi = |index: usize| number(&frame[&entity_id(index)], "pi");
    assert!(near(pi(3), 10.0 * pi(0)));
}

#[test]
fn the_weight_is_the_product_of_its_factors() {
    let project = Project::new();
    project.registry("registry.csv", 210);
    credit(&project, 210, mixed);
    run(&project, &format!("{CREDIT}{WEIGHT}{}", drawing(21)));
    let frame = frame(&project, "out/run");
    for index in 0..210 {
        let row = &frame[&entity_id(index)];
        let (grade, color) = mixed(index);
        let grade = [("A", 0.5), ("B", 1.0), ("C", 2.0), ("D", 4.0), ("unrated", 1.5)]
            .into_iter()
            .find(|(name, _)| *name == grade)
            .expect("a grade")
            .1;
        let color = if color == "yellow" { 2.0 } else { 1.0 };
        assert_eq!(row["factor_grade"], micro(grade));
        assert_eq!(row["factor_color"], micro(color));
        assert_eq!(row["weight"], micro(grade * color), "{index}");
    }
}

#[test]
fn two_risk_models_of_opposite_direction_are_blended() {
    let project = Project::new();
    project.registry("registry.csv", 40);
    // general: 0 to 1,000, rises with risk; trust: 0 to 100, falls with it.
    let general = [(0, "1000"), (1, "0"), (2, "250"), (4, "800"), (6, "500")];
    let trust = [(0, "0"), (1, "100"), (3, "30"), (4, "80"), (6, "50")];
    let table = |name: &str, scores: &[(usize, &str)]| {
        let rows: String = scores.iter().map(|(index, score)| format!("{},{score}\n", entity_id(*index))).collect();
        project.write(name, format!("entity_id,score\n{rows}"));
    };
    table("general.csv", &general);
    table("trust.csv", &trust);
    let inputs = "[inputs.risk.general]\npath = \"general.csv\"\ndirection = \"higher-is-riskier\"\nrange = [0, 1000]\n\n\
        [inputs.risk.trust]\npath = \"trust.csv\"\ndirection = \"higher-is-safer\"\nrange = [0, 100]\n\n";
    // (entity, general risk, trust risk)
    let risks = [
        (0, Some(1.0), Some(1.0)),
        (1, Some(0.0), Some(0.0)),
        (2, Some(0.25), None),
        (3, None, Some(0.7)),
        (4, Some(0.8), Some(0.2)),
        (5, None, None),
        (6, Some(0.5), Some(0.5)),
    ];
    for blend in ["weighted-mean", "maximum"] {
        let weight = format!(
            "[weight.risk]\nblend = \"{blend}\"\nmodels = {{ general = 3, trust = 1 }}\nlowest = 0.5\nhighest = 1.5\nmissing = 0.3\n\n"
        );
        run(&project, &format!("{inputs}{weight}{}", drawing(4)));
        let frame = frame(&project, "out/run");
        for (index, general, trust) in risks {
            let risk = match (general, trust) {
                (Some(general), Some(trust)) if blend == "maximum" => Some(f64::max(general, trust)),
                (Some(general), Some(trust)) => Some((3.0 * general + trust) / 4.0),
                (one, other) => one.or(other),
            };
            let row = &frame[&entity_id(index)];
            match risk {
                Some(risk) => assert!(near(number(row, "risk"), risk), "{blend} {index}: {row:?}"),
                None => assert!(!row.contains_key("risk") && !row.contains_key("score_general")),
            }
            assert_eq!(row["factor_risk"], micro(0.5 + risk.unwrap_or(0.3)), "{blend} {index}");
        }
        assert_eq!(frame[&entity_id(4)]["score_trust"], "80.0");
    }
}

#[test]
fn the_agencys_own_random_numbers_decide_where_the_plan_names_them() {
    let project = Project::new();
    let numbers: Vec<String> = (0..50).map(|index| format!("0.{:03}", (index * 37 + 11) % 97 + 1)).collect();
    with_column(&project, "prn", &numbers.iter().map(String::as_str).collect::<Vec<_>>());
    for design in ["srs", "pareto", "sequential-poisson"] {
        run(
            &project,
            &format!("[size]\ncount = 12\n\n[draw]\ndesign = \"{design}\"\nprn-column = \"prn\"\nreserve = 2\n"),
        );
        let mut order: Vec<usize> = (0..50).collect();
        order.sort_by(|&a, &b| numbers[a].cmp(&numbers[b]));
        // Equal weights: every design draws the smallest numbers.
        let smallest: BTreeSet<String> = order[..12].iter().map(|&index| entity_id(index)).collect();
        assert_eq!(drawn(&project, "out/run"), smallest, "{design}");
        let first = &project.table("out/run/frame.parquet")[0];
        assert!(first.contains_key("prn") && !first.contains_key("ticket"));
        let manifest = project.manifest("out/run");
        assert!(manifest["seed"].is_null() && manifest["stream"].is_null());
        assert_eq!(manifest["prn_column"], "prn");
    }
    project.fairdraw(&["run", "plan.toml", "--seed", "three dice 1 2 3"]).bad(2, &["--seed", "prn-column"]);
}

#[test]
fn random_numbers_outside_their_range_are_refused_with_their_row() {
    for bad in ["0", "1", "-0.5", "", "nan"] {
        let project = Project::new();
        with_column(&project, "prn", &["0.5", "0.25", bad, "0.75"]);
        project.write("plan.toml", plan("[size]\ncount = 2\n\n[draw]\nprn-column = \"prn\"\n"));
        project.fairdraw(&["run", "plan.toml"]).bad(3, &[&entity_id(2), "between 0 and 1"]);
        assert!(!project.path("out/run").exists());
    }
}

#[test]
fn kept_columns_are_carried_and_can_name_strata() {
    let project = Project::new();
    let values: Vec<&str> = (0..60).map(|index| ["north", "south"][usize::from(index % 3 == 0)]).collect();
    with_column(&project, "片区", &values);
    let rest = format!("[strata]\nby = [\"片区\"]\n\n{}", drawing(6));
    let text = plan(&rest).replace("folder = \"out/run\"", "folder = \"out/run\"\nkeep = [\"片区\"]");
    project.write("plan.toml", text);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let frame = project.table("out/run/frame.parquet");
    assert!(frame.iter().all(|row| row["片区"] == row["stratum"]));
    let north = frame.iter().filter(|row| row["stratum"] == "north" && row["drawn"] == "true").count();
    assert_eq!(north, 4);
}
