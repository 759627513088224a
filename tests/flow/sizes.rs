//! How many are drawn, in all and of each stratum.

use super::*;

const SEED: &str = "[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\n";

fn drawn_by(project: &Project, column: &str) -> BTreeMap<String, (u64, u64)> {
    let mut by: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for row in project.table("out/run/frame.parquet").iter().filter(|row| row["eligible"] == "true") {
        let counts = by.entry(row[column].clone()).or_default();
        counts.0 += 1;
        counts.1 += u64::from(row["drawn"] == "true");
    }
    by
}

#[test]
fn each_grade_gets_its_share() {
    let shares = [("A", 1), ("B", 3), ("C", 10), ("D", 30), ("unrated", 5)];
    let size = "[size]\ngrade-shares = { A = 0.01, B = 0.03, C = 0.1, D = 0.3, unrated = 0.05 }\n\n";
    for strata in ["", "[strata]\nby = [\"region\"]\n\n", "[strata]\nby = [\"industry\", \"grade\"]\n\n"] {
        let project = project(1_003, &format!("{CREDIT}{WEIGHT}{strata}{size}{SEED}"));
        credit(&project, 1_003, mixed);
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        let drawn = drawn_by(&project, "grade");
        for (grade, percent) in shares {
            let (eligible, drawn) = drawn[grade];
            assert_eq!(drawn, (eligible * percent).div_ceil(100), "{grade} of {eligible} {strata}");
        }
        project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    }
}

#[test]
fn each_stratum_gets_its_share_and_at_least_one() {
    let count = 700;
    let mut text = String::from("entity_id,status,industry\n");
    for index in 0..count {
        let industry = match index {
            0..3 => "A01",
            3..20 => "B06",
            20..120 => "C14",
            _ => "F52",
        };
        text += &format!("{},live,{industry}\n", entity_id(index));
    }
    let strata = "[strata]\nby = [\"industry\"]\nat-least = 1\n\n";
    let size = "[size]\nshare = 0.03\nrounding = \"down\"\neach-stratum = true\n\n";
    let project = project(0, &format!("{strata}{size}{SEED}"));
    project.write("registry.csv", text);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let drawn: Vec<(String, (u64, u64))> = drawn_by(&project, "stratum").into_iter().collect();
    let expected = [("A01", 3, 1), ("B06", 17, 1), ("C14", 100, 3), ("F52", 580, 17)];
    assert_eq!(drawn, expected.map(|(name, eligible, drawn)| (name.to_owned(), (eligible, drawn))));
}

#[test]
fn shares_are_rounded_as_the_plan_says() {
    for (rounding, count) in [("up", 8), ("down", 7), ("nearest", 8)] {
        let project = project(150, &format!("[size]\nshare = 0.05\nrounding = \"{rounding}\"\n\n{SEED}"));
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        assert_eq!(drawn(&project, "out/run").len(), count, "{rounding}");
    }
}

#[test]
fn a_share_is_of_the_eligible_or_of_all_that_live() {
    for (of, count) in [("eligible", 10), ("live", 30)] {
        let scope = "[eligibility]\nregions = [\"500101\"]\n\n";
        let project = project(300, &format!("{scope}[size]\nshare = 0.1\nof = \"{of}\"\n\n{SEED}"));
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        assert_eq!(drawn(&project, "out/run").len(), count, "{of}");
        let outside = frame(&project, "out/run").into_values().filter(|row| row["region"] != "500101");
        assert!(outside.into_iter().all(|row| row["reason"] == "outside-scope: region"));
    }
}

/// Highest averages, one unit after the other, in floating point: the sizes below are far from ties.
fn highest_averages(sizes: &[(&str, u64)], mut units: u64, divisor: impl Fn(f64) -> f64) -> BTreeMap<String, u64> {
    let mut given: Vec<u64> = vec![0; sizes.len()];
    while units > 0 {
        let average = |place: &usize| match divisor(given[*place] as f64) {
            0.0 => f64::INFINITY,
            divisor => sizes[*place].1 as f64 / divisor,
        };
        let next =
            (0..sizes.len()).max_by(|a, b| average(a).total_cmp(&average(b)).then(sizes[*a].1.cmp(&sizes[*b].1)));
        given[next.expect("a stratum")] += 1;
        units -= 1;
    }
    sizes.iter().map(|(name, _)| (*name).to_owned()).zip(given).collect()
}

#[test]
fn each_allocation_gives_what_highest_averages_give() {
    let sizes = [("500101", 520), ("500102", 177), ("500103", 89), ("500104", 23), ("500105", 8)];
    let mut text = String::from("entity_id,status,region\n");
    let mut index = 0;
    for (region, size) in sizes {
        for _ in 0..size {
            text += &format!("{},live,{region}\n", entity_id(index));
            index += 1;
        }
    }
    type Divisor = fn(f64) -> f64;
    let divisors: [(&str, Divisor); 4] = [
        ("webster", |k| k + 0.5),
        ("dhondt", |k| k + 1.0),
        ("huntington-hill", |k| (k * (k + 1.0)).sqrt()),
        ("adams", |k| k),
    ];
    let mut different = BTreeSet::new();
    for (name, divisor) in divisors {
        let strata = format!("[strata]\nby = [\"region\"]\nallocation = \"{name}\"\n\n");
        let project = project(0, &format!("{strata}[size]\ncount = 31\n\n{SEED}"));
        project.write("registry.csv", &text);
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        let drawn: BTreeMap<String, u64> =
            drawn_by(&project, "stratum").into_iter().map(|(name, (_, drawn))| (name, drawn)).collect();
        assert_eq!(drawn, highest_averages(&sizes, 31, divisor), "{name}");
        different.insert(drawn.into_values().collect::<Vec<_>>());
        project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    }
    assert!(different.len() >= 3, "{different:?}");
}

#[test]
fn the_sample_can_be_shared_by_weight() {
    let count = 300;
    let strata = "[strata]\nby = [\"region\"]\nmeasure = \"weight\"\n\n";
    let project = project(count, &format!("{CREDIT}{WEIGHT}{strata}[size]\ncount = 24\n\n{SEED}"));
    // The first region (every third entity) weighs 4, the others 0.5 each: 400 : 50 : 50.
    credit(&project, count, |index| (if index % 3 == 0 { "D" } else { "A" }, "green"));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let drawn = drawn_by(&project, "stratum");
    assert_eq!((drawn["500118"].1, drawn["500101"].1, drawn["500102"].1), (20, 2, 2));
}

#[test]
fn floors_and_caps_of_strata_hold() {
    let strata = "[strata]\nby = [\"region\"]\nat-least = 5\nat-most = 12\n\n";
    let project = project(0, &format!("{strata}[size]\ncount = 24\n\n{SEED}"));
    let region = |index: usize| {
        if index < 10 {
            "500101"
        } else if index < 30 {
            "500102"
        } else {
            "500103"
        }
    };
    let rows: String = (0..500).map(|index| format!("{},live,{}\n", entity_id(index), region(index))).collect();
    project.write("registry.csv", format!("entity_id,status,region\n{rows}"));
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let drawn: Vec<u64> = drawn_by(&project, "stratum").into_values().map(|counts| counts.1).collect();
    assert_eq!(drawn.iter().sum::<u64>(), 24);
    assert!(drawn.iter().all(|drawn| (5..=12).contains(drawn)), "{drawn:?}");
    assert_eq!(drawn[2], 12);
}

#[test]
fn a_total_has_its_floor_and_its_cap() {
    for (limits, count, codes) in [("at-least = 9", 9, vec![]), ("at-most = 2", 2, vec!["capped"])] {
        let project = project(100, &format!("[size]\nshare = 0.05\n{limits}\n\n{SEED}"));
        project.fairdraw(&["run", "plan.toml", "--replace"]).good();
        assert_eq!(drawn(&project, "out/run").len(), count, "{limits}");
        assert_eq!(warning_codes(&project, "out/run"), codes);
    }
}

/// `size.at-least` and `size.at-most` speak of the whole sample, however it is shared out.
#[test]
fn a_total_has_its_floor_and_its_cap_under_each_stratum_and_grade_shares_too() {
    let by_stratum = "[strata]\nby = [\"region\"]\n\n[size]\nshare = 0.05\neach-stratum = true\n";
    let by_grade = "[size]\ngrade-shares = { A = 0.05, B = 0.05, C = 0.05, D = 0.05, unrated = 0.05 }\n";
    for size in [by_stratum, by_grade] {
        for (limits, low, high) in [("at-least = 40", 40, 40), ("at-most = 3", 3, 3)] {
            let project = project(300, &format!("{CREDIT}{size}{limits}\n\n{SEED}"));
            credit(&project, 300, mixed);
            let outcome = project.fairdraw(&["run", "plan.toml"]);
            if outcome.code() == 2 {
                // Refusing the combination is as good as keeping to it.
                continue;
            }
            outcome.good();
            let drawn = drawn(&project, "out/run").len();
            assert!((low..=high).contains(&drawn), "{size}{limits}: {drawn} drawn");
        }
    }
}

#[test]
fn a_sample_larger_than_what_can_be_drawn_is_refused_with_the_numbers() {
    let project = project(10, &format!("[size]\ncount = 11\n\n{SEED}"));
    project.fairdraw(&["run", "plan.toml"]).bad(4, &["11", "10", "lower `size`"]);
    assert!(!project.path("out/run").exists());
}

#[test]
fn values_that_look_like_a_joint_do_not_merge_strata() {
    let strata = "[strata]\nby = [\"station\", \"industry\"]\n\n";
    let project = project(0, &format!("{strata}[size]\ncount = 2\n\n{SEED}"));
    let mut text = String::from("entity_id,status,station,industry\n");
    for (index, (station, industry)) in [("x", "A / B"), ("x / A", "B"), ("(none)", "C"), ("", "C")].iter().enumerate()
    {
        text += &format!("{},live,{station},{industry}\n", entity_id(index));
    }
    project.write("registry.csv", text);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    let names: BTreeSet<String> = frame(&project, "out/run").into_values().map(|row| row["stratum"].clone()).collect();
    // A cell that says "(none)" has no value, as a blank one.
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn a_poisson_draw_that_comes_out_below_the_legal_minimum_says_so() {
    let size = "[size]\nshare = 0.1\nlegal-minimum = { share = 0.1 }\n\n";
    let project =
        project(300, &format!("{size}[draw]\nstream = \"2023\"\nseed-source = \"dice\"\ndesign = \"poisson\"\n"));
    let mut seen = BTreeSet::new();
    for throw in 0..16 {
        let seed = format!("the public dice, throw {throw}");
        project.fairdraw(&["run", "plan.toml", "--seed", &seed, "--replace"]).good();
        let short = project.manifest("out/run")["counts"]["drawn"].as_u64().expect("a count") < 30;
        let warned = warning_codes(&project, "out/run").contains(&"below-legal-minimum".to_owned());
        assert_eq!(warned, short, "{seed}");
        seen.insert(short);
        project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    }
    assert_eq!(seen.len(), 2, "both outcomes are seen");
}
