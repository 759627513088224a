//! The year: rounds that know what earlier ones have drawn.

use super::*;

const COUNT: usize = 600;

/// A round of the year: `rest` of the plan, drawn into `out/NAME` as of a day.
fn round(project: &Project, name: &str, as_of: &str, rest: &str) -> String {
    let file = format!("{name}.toml");
    let text = format!(
        "name = \"{name}\"\nas-of = {as_of}\n\n[inputs]\nrounds = [\"out/2023-*\"]\n\n[inputs.entities]\npath = \"registry.csv\"\n\n{rest}\n\n[output]\nfolder = \"out/{name}\"\n"
    );
    project.write(&file, text);
    file
}

fn draw_by(seed: &str, extra: &str) -> String {
    format!("[draw]\nseed = \"dice of round {seed}\"\nstream = \"2023\"\n{extra}\n")
}

const QUARTERS: [(&str, &str); 4] =
    [("2023-q1", "2023-02-07"), ("2023-q2", "2023-05-08"), ("2023-q3", "2023-08-07"), ("2023-q4", "2023-11-06")];

fn new() -> Project {
    let project = Project::new();
    project.registry("registry.csv", COUNT);
    credit(&project, COUNT, mixed);
    project
}

/// Runs the plan of a round, and confirms it with and without its inputs.
fn run(project: &Project, file: &str, folder: &str) {
    project.fairdraw(&["run", file]).good();
    project.fairdraw(&["verify", folder]).good();
    project.fairdraw(&["verify", folder, "--plan", file]).good();
}

#[test]
fn with_spread_nobody_is_drawn_twice_before_the_others_had_their_turn() {
    let project = new();
    let mut drawn: Vec<String> = Vec::new();
    for (name, as_of) in QUARTERS {
        let rest = format!("{CREDIT}{WEIGHT}[size]\nshare = 0.06\n\n{}", draw_by(name, "spread = true"));
        let file = round(&project, name, as_of, &rest);
        run(&project, &file, &format!("out/{name}"));
        let before = project.bytes(&format!("out/{name}"));
        project.fairdraw(&["run", &file]).good();
        assert!(project.bytes(&format!("out/{name}")) == before, "a round may be run again: the same bytes");
        drawn.extend(selected(&project, &format!("out/{name}"), "drawn"));
    }
    // Promised over the year is at most 4 · 0.34 for the heaviest, and less than 1 for most.
    let distinct: BTreeSet<&String> = drawn.iter().collect();
    assert_eq!(drawn.len(), 4 * 36);
    let heavy = |id: &&String| {
        frame(&project, "out/2023-q1")[*id].get("pi").is_some_and(|pi| pi.parse::<f64>().unwrap() > 0.25)
    };
    let repeats = drawn.len() - distinct.len();
    assert!(repeats <= distinct.iter().filter(|id| heavy(id)).count(), "{repeats}");

    // What the arcs say: who was drawn keeps the end of the circle, others moved down; positions follow from arcs and tickets.
    let arcs = project.table("out/2023-q4/spread.parquet");
    let earlier: BTreeMap<String, Row> =
        project.table("out/2023-q3/spread.parquet").into_iter().map(|row| (row["entity_id"].clone(), row)).collect();
    let hex = |row: &Row, column: &str| u64::from_str_radix(&row[column], 16).expect("a bound");
    let last = frame(&project, "out/2023-q4");
    for row in &arcs {
        let full = (0, u64::MAX);
        let was = earlier.get(&row["entity_id"]).map_or(full, |row| (hex(row, "lo"), hex(row, "hi")));
        let (lo, hi) = (hex(row, "before_lo"), hex(row, "before_hi"));
        assert_eq!(was, (lo, hi), "a round takes up the arcs that the one before left");
        let own = &last[&row["entity_id"]];
        let ticket = u128::from(u64::from_str_radix(&own["ticket"], 16).expect("a ticket"));
        let position = lo + ((ticket * (u128::from(hi - lo) + 1)) >> 64) as u64;
        assert_eq!(number(own, "u"), ((position >> 12) as f64 + 0.5) / 2f64.powi(52));
        let after = (hex(row, "lo"), hex(row, "hi"));
        if own["drawn"] == "true" && own["pi"] != "1.0" {
            assert_eq!(after.1, u64::MAX, "who had its turn waits at the end of the circle");
            assert!(position < after.0.wrapping_neg());
        } else if own["pi"] != "1.0" {
            assert!(after.1 < hi && position >= hi - after.1, "who waits moves up");
        }
    }
    let line = project.fairdraw(&["explain", "out/2023-q4", &arcs[0]["entity_id"]]).good().stdout();
    assert!(line.contains("spread.parquet"), "{line}");
}

#[test]
fn tasks_of_one_stream_spend_one_turn_and_carry_over_what_they_do_not_touch() {
    let project = new();
    let tasks = |streams: [&str; 2]| {
        let task = |id: &str, stream: &str, share: &str| {
            format!(
                "[[tasks]]\nid = \"{id}\"\nlead = \"局{id}\"\nsize = {{ share = {share} }}\ndraw = {{ stream = \"{stream}\", spread = true }}\n\n"
            )
        };
        task("A", streams[0], "0.05") + &task("B", streams[1], "0.08")
    };
    for ((name, as_of), streams) in QUARTERS.into_iter().zip([["s", "s"], ["s", "t"], ["t", "t"], ["s", "s"]]) {
        let file = round(&project, name, as_of, &format!("{}{}", draw_by(name, ""), tasks(streams)));
        run(&project, &file, &format!("out/{name}"));
    }
    let arcs = |round: &str, stream: &str| {
        let rows =
            project.table(&format!("out/{round}/spread.parquet")).into_iter().filter(|row| row["stream"] == stream);
        rows.map(|row| (row["entity_id"].clone(), (row["lo"].clone(), row["hi"].clone()))).collect::<BTreeMap<_, _>>()
    };
    // The third round has no task of the stream s.
    assert_eq!(arcs("2023-q2", "s"), arcs("2023-q3", "s"));
    assert_ne!(arcs("2023-q3", "s"), arcs("2023-q4", "s"));
    // In the first round the larger task of the two decides what is consumed: the drawn of both are those of the larger.
    let rows = project.table("out/2023-q1/draw.parquet");
    let of = |task: &str| -> BTreeSet<String> {
        rows.iter().filter(|row| row["task_id"] == task).map(|row| row["entity_id"].clone()).collect()
    };
    assert!(of("A").is_subset(&of("B")));
    let waiting = arcs("2023-q1", "s").into_iter().filter(|(_, (_, hi))| *hi == "ffffffffffffffff").map(|(id, _)| id);
    assert_eq!(waiting.collect::<BTreeSet<_>>(), of("B"));
}

#[test]
fn an_entity_that_is_reset_enters_with_the_full_arc() {
    let project = new();
    let first = format!("[size]\ncount = 60\n\n{}", draw_by("1", "spread = true"));
    run(&project, &round(&project, "2023-q1", "2023-02-07", &first), "out/2023-q1");
    let drawn = selected(&project, "out/2023-q1", "drawn");
    let found: Vec<usize> = (0..COUNT).filter(|&index| drawn.contains(&entity_id(index))).take(20).collect();
    flags(&project, &found.iter().map(|&index| (index, "问题")).collect::<Vec<_>>());
    let second =
        format!("{FLAGS}[size]\ncount = 60\n\n{}", draw_by("2", "spread = true\nreset = { flags = [\"问题\"] }"));
    run(&project, &round(&project, "2023-q2", "2023-05-08", &second), "out/2023-q2");
    let arcs = project.table("out/2023-q2/spread.parquet");
    let found: BTreeSet<String> = found.into_iter().map(entity_id).collect();
    for row in arcs.iter().filter(|row| drawn.contains(&row["entity_id"])) {
        let is_full =
            (row["before_lo"].as_str(), row["before_hi"].as_str()) == ("0000000000000000", "ffffffffffffffff");
        assert_eq!(is_full, found.contains(&row["entity_id"]), "{row:?}");
    }
}

#[test]
fn what_does_not_go_with_spread_is_refused_with_the_reason() {
    let project = new();
    let size = "[size]\ncount = 20\n\n";
    run(
        &project,
        &round(&project, "2023-q1", "2023-02-07", &format!("{size}{}", draw_by("1", "spread = true"))),
        "out/2023-q1",
    );
    let cases: [(String, i32, &[&str]); 5] = [
        (
            format!("{size}{}", draw_by("1", "spread = true")),
            2,
            &["out/2023-q1", "drawn with this seed already", "a fresh seed"],
        ),
        (format!("{size}[draw]\nprn-column = \"prn\"\nspread = true\n"), 2, &["draw.spread", "fresh lots"]),
        (
            format!(
                "[eligibility]\nvisits = {{ limit = 1, reading = \"at-least\" }}\n\n{size}{}",
                draw_by("2", "spread = true")
            ),
            2,
            &["draw.spread", "counts the draws of earlier rounds twice"],
        ),
        (
            format!(
                "{size}{}[[tasks]]\nid = \"A\"\ndraw = {{ spread = true }}\n\n[[tasks]]\nid = \"B\"\n",
                draw_by("2", "")
            ),
            2,
            &["tasks[1].draw.spread", "the stream \"2023\" is spread for some tasks"],
        ),
        (format!("{size}{}", draw_by("2", "batches = 0")), 2, &["draw.batches", "0 batches"]),
    ];
    for (rest, code, words) in cases {
        let file = round(&project, "2023-q2", "2023-05-08", &rest);
        project.fairdraw(&["run", &file]).bad(code, words);
        assert!(!project.path("out/2023-q2").exists());
    }
}

#[test]
fn earlier_rounds_are_the_ledger_by_unit_level_and_grade() {
    let project = new();
    let size = "[size]\ncount = 150\n\n";
    let tasks = "[[tasks]]\nid = \"A\"\nlead = \"税务\"\nmembers = [\"消防\"]\n\n[[tasks]]\nid = \"B\"\nlead = \"公安\"\nlevel = \"city\"\neligibility = { industries = [\"F\"] }\n\n";
    let first = format!("{size}{}{tasks}", draw_by("1", ""));
    run(&project, &round(&project, "2023-q1", "2023-02-07", &first), "out/2023-q1");
    // A visit on paper by another unit.
    project.write("ledger.csv", format!("entity_id,date,department,level\n{},2023-03-01,住建,区级\n", entity_id(5)));
    let rows = project.table("out/2023-q1/draw.parquet");
    let of = |task: &str| -> BTreeSet<String> {
        rows.iter().filter(|row| row["task_id"] == task).map(|row| row["entity_id"].clone()).collect()
    };
    let (by_a, by_b, paper) = (of("A"), of("B"), BTreeSet::from([entity_id(5)]));
    let either: BTreeSet<String> = by_a.union(&by_b).chain(&paper).cloned().collect();
    let county: BTreeSet<String> = by_a.union(&paper).cloned().collect();
    let grade_a: BTreeSet<String> = (0..COUNT).filter(|&own| mixed(own).0 == "A").map(entity_id).collect();
    let cases: [(&str, BTreeSet<String>); 5] = [
        ("limit = 1, reading = \"at-least\"", either.clone()),
        ("limit = 0, reading = \"more-than\", counted = \"level\"", county),
        ("limit = 1, reading = \"at-least\", counted = \"unit\", unit = \"消防\"", by_a.clone()),
        ("limit = 1, reading = \"at-least\", counted = \"unit\", unit = \"住建\"", paper.clone()),
        ("limit = 9, reading = \"at-least\", grades = { A = 1 }", either.intersection(&grade_a).cloned().collect()),
    ];
    for (number, (limit, expected)) in cases.into_iter().enumerate() {
        let rest = format!(
            "{CREDIT}[inputs.ledger]\npath = \"ledger.csv\"\n\n[eligibility]\nvisits = {{ {limit} }}\n\n[size]\ncount = 5\n\n{}",
            draw_by("2", "")
        );
        let name = format!("2023-case{number}");
        let file = round(&project, &name, "2023-05-08", &rest);
        let folder = format!("out/{name}");
        run(&project, &file, &folder);
        let out = frame(&project, &folder)
            .into_iter()
            .filter(|(_, row)| row.get("reason").is_some_and(|own| own == "visits: limit reached"));
        assert_eq!(out.map(|(id, _)| id).collect::<BTreeSet<_>>(), expected, "{limit}");
        std::fs::remove_dir_all(project.path(&folder)).expect("a folder");
    }
    // A joint visit of a round is one visit, whoever takes part.
    let rest = format!(
        "[eligibility]\nvisits = {{ limit = 2, reading = \"at-least\" }}\n\n[size]\ncount = 5\n\n{}",
        draw_by("2", "")
    );
    run(&project, &round(&project, "2023-q2", "2023-05-08", &rest), "out/2023-q2");
    assert!(
        frame(&project, "out/2023-q2").values().all(|row| !row.contains_key("reason") && number(row, "visits") <= 1.0)
    );
}

#[test]
fn a_catch_up_draws_from_the_strata_that_nobody_has_met() {
    let project = new();
    let first = format!("[eligibility]\nindustries = [\"C\", \"F\"]\n\n[size]\ncount = 12\n\n{}", draw_by("1", ""));
    run(&project, &round(&project, "2023-q1", "2023-02-07", &first), "out/2023-q1");
    let catch_up =
        "[strata]\nby = [\"industry\"]\ncatch-up = true\nat-least = 1\n\n[size]\nshare = 0.03\neach-stratum = true\n\n";
    let rest = format!("{catch_up}{}", draw_by("4", "").replace("2023\"", "catch-up\""));
    run(&project, &round(&project, "2023-q4", "2023-11-06", &rest), "out/2023-q4");
    let rows = project.table("out/2023-q4/draw.parquet");
    let strata: BTreeSet<&str> = rows.iter().map(|row| row["stratum"].as_str()).collect();
    assert_eq!(strata, BTreeSet::from(["H62", "I65"]));
    // 3 % of 150 each, rounded up.
    assert_eq!(rows.len(), 10);
    let frame = frame(&project, "out/2023-q4");
    let left_out = frame.values().filter(|row| row.get("reason").is_some_and(|own| own.contains("visited this year")));
    assert_eq!(left_out.count(), COUNT / 2);
    // A second catch-up of the year finds nothing left.
    let again = round(&project, "2023-q5", "2023-12-20", &rest);
    run(&project, &again, "out/2023-q5");
    assert!(project.table("out/2023-q5/draw.parquet").is_empty());
    let without = rest.replace("by = [\"industry\"]\n", "");
    project.fairdraw(&["check", &round(&project, "2023-q6", "2023-12-21", &without)]).bad(2, &["strata.catch-up"]);
}

#[test]
fn batches_follow_the_lots() {
    let project = new();
    let rest =
        format!("[strata]\nby = [\"region\"]\n\n[size]\ncount = 50\n\n{}", draw_by("1", "batches = 4\nreserve = 2"));
    run(&project, &round(&project, "2023-q1", "2023-02-07", &rest), "out/2023-q1");
    let mut rows = project.table("out/2023-q1/draw.parquet");
    assert!(rows.iter().all(|row| row.contains_key("batch") == (row["selection"] != "reserve")));
    rows.retain(|row| row["selection"] != "reserve");
    rows.sort_by(|a, b| number(a, "key").total_cmp(&number(b, "key")).then_with(|| a["ticket"].cmp(&b["ticket"])));
    let batches: Vec<usize> = rows.iter().map(|row| number(row, "batch") as usize).collect();
    let sizes = [13, 13, 12, 12];
    let expected: Vec<usize> =
        sizes.iter().zip(1..).flat_map(|(&size, batch)| std::iter::repeat_n(batch, size)).collect();
    assert_eq!(batches, expected);
}

#[test]
fn rounds_that_cannot_be_put_in_order_are_refused_and_a_changed_one_is_told() {
    let project = new();
    let rest = |seed: &str| format!("[size]\ncount = 9\n\n{}", draw_by(seed, "spread = true"));
    for (name, as_of) in [("2023-q1", "2023-02-07"), ("2023-q2", "2023-05-08")] {
        run(&project, &round(&project, name, as_of, &rest(name)), &format!("out/{name}"));
    }
    let inputs = project.manifest("out/2023-q2")["inputs"].clone();
    assert_eq!((inputs[1]["table"].as_str(), inputs[1]["file"].as_str()), (Some("rounds"), Some("out/2023-q1")));
    // A round of a later day is not the ledger of an earlier one.
    let early = round(&project, "2023-q0", "2023-01-07", &rest("q0"));
    run(&project, &early, "out/2023-q0");
    assert_eq!(project.manifest("out/2023-q0")["inputs"].as_array().map(Vec::len), Some(1));
    // The first round again, with another seed: the second one says that its predecessor is another.
    let changed = round(&project, "2023-q1", "2023-02-07", &rest("another"));
    project.fairdraw(&["run", &changed, "--replace"]).good();
    project.fairdraw(&["verify", "out/2023-q2"]).good();
    project.fairdraw(&["verify", "out/2023-q2", "--plan", "2023-q2.toml"]).bad(1, &["input rounds", "SHA-256"]);
    let twin = round(&project, "2023-twin", "2023-02-07", &rest("twin"));
    run(&project, &twin, "out/2023-twin");
    project.fairdraw(&["run", "2023-q2.toml"]).bad(3, &["out/2023-q1", "out/2023-twin", "2023-02-07"]);
    let text =
        std::fs::read_to_string(project.path("2023-q2.toml")).expect("a plan").replace("out/2023-*", "out/nowhere");
    project.write("2023-q2.toml", text);
    project.fairdraw(&["run", "2023-q2.toml", "--replace"]).bad(3, &["out/nowhere", "inputs.rounds"]);
}

#[test]
fn years_are_simulated_with_spread_and_independent_side_by_side() {
    let project = new();
    let tasks = "[[tasks]]\nid = \"A\"\nlead = \"税务\"\nmembers = [\"消防\"]\nsize = { share = 0.06 }\n\n[[tasks]]\nid = \"B\"\nlead = \"公安\"\nsize = { share = 0.04 }\nstrata = { by = [\"region\"], at-least = 1 }\n\n";
    let plan = round(&project, "2023-q1", "2023-02-07", &format!("{CREDIT}{WEIGHT}{}{tasks}", draw_by("q1", "")));
    let said = project.fairdraw(&["simulate", &plan, "--rounds", "12", "--times", "12"]).good().stdout();
    let read = |name: &str| {
        let line = said.lines().find(|line| line.ends_with(name)).unwrap_or_else(|| panic!("{name}: {said}"));
        let numbers: Vec<f64> = line.split_whitespace().take(2).map(|word| word.parse().expect("a number")).collect();
        (numbers[0], numbers[1])
    };
    let (drawn, disturbed) = (read("drawn for tasks"), read("entities disturbed"));
    assert_eq!(drawn.0, drawn.1, "sizes are those of the plan");
    assert!(disturbed.0 > disturbed.1, "spread reaches more firms: {said}");
    let (needless, repeats) = (read("sum to 1 at most"), read("in more than one round"));
    assert!(needless.0 * 20.0 < needless.1 && repeats.0 < repeats.1, "{said}");
    // Tasks of one stream meet: fewer visits than tasks drawn, and far fewer than departments.
    let (visits, unmerged) = (read("tasks of a round merged"), read("department came alone"));
    assert!(visits.0 < 0.9 * drawn.0 && unmerged.0 > 1.4 * drawn.0, "{said}");
    // Probabilities are kept in every class: within four standard errors.
    let z: Vec<f64> = said
        .lines()
        .filter(|line| line.contains(" / "))
        .flat_map(|line| line.split_whitespace().skip(2).take(2).map(|word| word.parse::<f64>()).collect::<Vec<_>>())
        .flatten()
        .collect();
    assert!(z.len() == 20 && z.iter().all(|z| z.abs() < 4.0), "{z:?}\n{said}");
}
