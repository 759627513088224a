//! Runs by ranges of ids: what another engine would do is done here by hand, and the binary confirms what comes out.

use super::*;
use crate::support::{drawing, repository, without_inputs};
use arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int32Type;
use fairdraw::ingest::{IdSample, route_file, routed_tables, sample_file};
use fairdraw::ranges::{Coordinator, Options, RangesError, join, work};
use std::path::Path;

/// Brings the rows of a plan's files together by ranges.
fn routed(own: &mut Coordinator, ranges: usize) -> Result<BTreeMap<i32, Vec<RecordBatch>>, RangesError> {
    let plan = own.plan().clone();
    let mut sample = IdSample::default();
    sample_file(&plan, &mut sample)?;
    own.cut(sample, Some(ranges));
    let mut routed: BTreeMap<i32, Vec<RecordBatch>> = BTreeMap::new();
    for (table, ..) in routed_tables(&plan) {
        route_file(&plan, &table, &own.job().splitters, &mut |batch| {
            let of_row = batch.column(0).as_primitive::<Int32Type>();
            let distinct: BTreeSet<i32> = of_row.values().iter().copied().collect();
            for range in distinct {
                let is_in: BooleanArray = of_row.values().iter().map(|own| Some(*own == range)).collect();
                routed.entry(range).or_default().push(filter_record_batch(&batch, &is_in).expect("rows"));
            }
        })?;
    }
    Ok(routed)
}

/// Runs a plan by ranges, the last range first.
fn by_ranges(plan: &Path, output: &Path, ranges: usize) -> Result<(), RangesError> {
    let options = Options { output: Some(output.to_owned()), replace: true, ..Options::default() };
    let mut own = Coordinator::new(plan, &options, &|_| ())?;
    let routed = routed(&mut own, ranges)?;
    let job = own.job().clone();
    let joined = routed.iter().rev().map(|(range, batches)| join(&job, *range as u32, batches));
    own.take_joined(&joined.collect::<Result<Vec<_>, _>>()?)?;
    while let Some(request) = own.request()? {
        let answers = (0..own.parts()).rev().map(|place| work(&job, &request, place));
        own.take_answers(&answers.collect::<Result<Vec<_>, _>>()?)?;
    }
    own.finish(&|_| ()).map(drop)
}

/// Runs a plan of a project by ranges, confirms it, and compares it with what the binary makes of the plan.
fn agrees(project: &Project, file: &str, run: &str, ranges: usize) {
    let folder = format!("{run}.ranges");
    by_ranges(&project.path(file), &project.path(&folder), ranges).expect("a run");
    project.fairdraw(&["verify", &folder]).good();
    project.fairdraw(&["verify", &folder, "--plan", file]).good();
    let (one, parts) = (project.bytes(run), project.bytes(&folder));
    for (name, bytes) in &one {
        let is_whole = !["frame.parquet", "quarantine.parquet", "manifest.json"].contains(&name.as_str());
        assert!(!is_whole || parts.get(name) == Some(bytes), "{name} of {ranges} ranges");
    }
    let manifest = |folder: &str| {
        let mut manifest = project.manifest(folder);
        manifest["outputs"] = serde_json::Value::Null;
        manifest
    };
    assert_eq!(manifest(run), manifest(&folder));
    let entities: BTreeSet<String> = frame(project, run).into_keys().collect();
    let files = std::fs::read_dir(project.path(&format!("{folder}/frame"))).expect("parts");
    let mut found = Vec::new();
    for file in files {
        let name = file.expect("a part").file_name().into_string().expect("a name");
        found.extend(project.table(&format!("{folder}/frame/{name}")).into_iter().map(|row| row["entity_id"].clone()));
    }
    assert!(found.len() == entities.len() && found.iter().all(|id| entities.contains(id)));
}

#[test]
fn the_sample_plan_by_ranges_is_the_same_run() {
    let project = Project::new();
    let text = std::fs::read_to_string(repository("pipelines/yongchuan-2023-q1.toml")).expect("a plan");
    project.write("plan.toml", text.replace("../data-samples", &repository("data-samples")).replace("../out/", "out/"));
    project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
    for ranges in [1, 5] {
        agrees(&project, "plan.toml", "out/yongchuan-2023-q1", ranges);
    }
    // What is in parts is read as one table everywhere.
    let run = "out/yongchuan-2023-q1.ranges";
    let drawn = project.table(&format!("{run}/draw.parquet"));
    let id = &drawn[0]["entity_id"];
    let one = project.fairdraw(&["explain", "out/yongchuan-2023-q1", id]).good().stdout();
    assert_eq!(project.fairdraw(&["explain", run, id]).good().stdout(), one);
    project.fairdraw(&["publish", run, "--quiet"]).good();
    // A part that was altered is found.
    let part = project.path(&format!("{run}/frame/part-00002.parquet"));
    let sound = std::fs::read(&part).expect("a part");
    let mut bytes = sound.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&part, bytes).expect("a part");
    project.fairdraw(&["verify", run]).bad(1, &["frame/part-00002.parquet", "SHA-256"]);
    // So is one that is missing, and a file that is none of the run's is named.
    std::fs::remove_file(&part).expect("a part");
    project.fairdraw(&["verify", run]).bad(1, &["manifest.json, outputs", "frame/part-00002.parquet"]);
    std::fs::write(&part, sound).expect("a part");
    project.write(&format!("{run}/frame/notes.txt"), "mine");
    let said = project.fairdraw(&["verify", run]).good();
    assert!(format!("{}{}", said.stdout(), said.stderr()).contains("not part of the run: frame/notes.txt"));
    let again = by_ranges(&project.path("plan.toml"), &project.path(run), 3).expect_err("another's file").to_string();
    assert!(again.contains("frame/notes.txt"), "{again}");
}

/// Weights from a column: giants, and ids that do not pack.
fn giants(project: &Project, design: &str) {
    let id = |index: usize| if index.is_multiple_of(5) { format!("工程项目-{index}") } else { entity_id(index) };
    let rows: String = (0..600)
        .map(|index| {
            let weight = if index % 90 == 7 { 900 * (1 + index) } else { 1 + index % 6 };
            format!("{},live,{},{weight}\n", id(index), ["甲", "乙"][index % 2])
        })
        .collect();
    // Rows that come twice, and one without id.
    let again = format!("{},live,甲,3\n{},live,乙,2\n,live,甲,1\n", id(10), id(12));
    project.write("registry.csv", format!("entity_id,status,region,measure\n{rows}{again}"));
    project.write(
        "plan.toml",
        format!(
            "name = \"giants\"\nas-of = 2023-02-07\n\n[inputs.entities]\npath = \"registry.csv\"\n\n[weight]\ncolumn = \"measure\"\n\n[strata]\nby = [\"region\"]\n\n[size]\ncount = 40\n\n[draw]\ndesign = \"{design}\"\nseed = \"dice 4 2\"\nstream = \"giants\"\nreserve = 3\n\n[output]\nfolder = \"out/{design}\"\n"
        ),
    );
}

#[test]
fn those_who_are_taken_for_their_weight_are_the_same_by_ranges() {
    for design in ["pareto", "sequential-poisson", "poisson"] {
        let project = Project::new();
        giants(&project, design);
        let run = format!("out/{design}");
        project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
        let taken = project.table(&format!("{run}/draw.parquet"));
        assert!(
            taken.iter().filter(|row| row.get("certainty").is_some_and(|why| why == "take-all")).count() > 4,
            "{design}"
        );
        for ranges in [1, 2, 9, 400] {
            agrees(&project, "plan.toml", &run, ranges);
        }
    }
}

#[test]
fn a_year_by_ranges_keeps_arcs_codes_and_visits() {
    let project = Project::new();
    project.registry("registry.csv", 700);
    credit(&project, 700, mixed);
    flags(&project, &[(3, "complaint"), (4, "late;complaint"), (9, "late"), (9_999, "late")]);
    let ledger: String =
        (0..90).map(|index| format!("{},2023-01-0{},税务局\n", entity_id(index % 40), 1 + index % 9)).collect();
    project.write("ledger.csv", format!("entity_id,date,department\n{ledger}"));
    for (round, as_of, seed) in [("q1", "2023-02-07", "1 2"), ("q2", "2023-05-08", "3 4")] {
        let task = |id: &str, extra: &str| {
            format!("[[tasks]]\nid = \"{id}\"\nname = \"{id}\"\nlead = \"税务局\"\nitems = []\n{extra}\n")
        };
        let text = format!(
            "name = \"{round}\"\nas-of = {as_of}\n\n[inputs]\nrounds = [\"out/q*\"]\n\n[inputs.entities]\npath = \"registry.csv\"\n\n{CREDIT}{FLAGS}[inputs.ledger]\npath = \"ledger.csv\"\n\n{WEIGHT}[[rules]]\nname = \"complaints\"\nwhen = {{ flags = [\"complaint\"] }}\nthen = \"certain\"\n\n[size]\ncount = 30\n\n[draw]\nseed = \"{seed} dice\"\nstream = \"2023\"\nspread = true\nreserve = 2\n\n[codes]\ndepartments = [\"税务局\"]\n\n{}{}[output]\nfolder = \"out/{round}\"\n",
            task("a", ""),
            task("b", "size = { count = 12 }\nstrata = { by = [\"grade\"] }\n"),
        );
        project.write(&format!("{round}.toml"), text);
        project.fairdraw(&["run", &format!("{round}.toml"), "--quiet"]).good();
        // Beside the campaign, so that it is no earlier round.
        std::fs::rename(project.path(&format!("out/{round}")), project.path("one")).expect("a move");
        by_ranges(&project.path(&format!("{round}.toml")), &project.path("parts"), 6).expect("a run");
        std::fs::rename(project.path("one"), project.path(&format!("out/{round}"))).expect("a move");
        let (one, parts) = (project.bytes(&format!("out/{round}")), project.bytes("parts"));
        for name in
            ["draw.parquet", "spread.parquet", "codes.parquet", "summary.parquet", "tasks.parquet", "report.html"]
        {
            assert!(one[name] == parts[name], "{name} of {round}");
        }
        assert_eq!(
            without_inputs(project.manifest(&format!("out/{round}")))["tasks"],
            without_inputs(project.manifest("parts"))["tasks"]
        );
        project.fairdraw(&["verify", "parts"]).good();
    }
}

#[test]
fn what_stops_a_run_stops_it_by_ranges_with_the_same_words_and_publishes_nothing() {
    let cases: [(&str, &str, &str); 3] = [
        ("count = 40", "count = 4000", "4000 are to be drawn"),
        ("by = [\"region\"]", "by = [\"station\"]", "station"),
        ("column = \"measure\"", "column = \"size\"", "size"),
    ];
    for (old, new, words) in cases {
        let project = Project::new();
        giants(&project, "pareto");
        let text = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
        project.write("plan.toml", text.replace(old, new));
        let error = by_ranges(&project.path("plan.toml"), &project.path("out/x"), 3).expect_err("a fault").to_string();
        let said = project.fairdraw(&["run", "plan.toml", "--quiet"]).stderr();
        assert!(error.contains(words) && said.contains(error.lines().next().expect("a line")), "{error}\n{said}");
        let left: Vec<String> = std::fs::read_dir(project.path("out"))
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        assert!(left.iter().all(|name| name.ends_with(".lock")), "{left:?}");
    }
}

#[test]
fn a_table_of_which_too_much_is_set_aside_is_refused_as_a_whole() {
    let project = Project::new();
    let rows: String = (0..300)
        .map(|index| format!("{},live\n", if index % 3 == 0 { String::new() } else { entity_id(index) }))
        .collect();
    project.write("registry.csv", format!("entity_id,status\n{rows}"));
    project.write("plan.toml", plan(&drawing(5)));
    let error = by_ranges(&project.path("plan.toml"), &project.path("out/x"), 4).expect_err("a third").to_string();
    assert!(error.contains("100 of 300") && error.contains("missing-key"), "{error}");
}
