//! A published run that was changed is not confirmed, and the place is named.

use super::*;
use crate::support::drawing;
use arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Int64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::sync::Arc;

/// A run with strata, grades, colours, a rule, reserves, somebody ineligible and a row set aside.
fn run() -> Project {
    let rule = "[[rules]]\nname = \"red\"\nwhen = { color = [\"red\"] }\nthen = \"certain\"\n\n";
    let rest = format!("{CREDIT}{WEIGHT}{rule}[strata]\nby = [\"region\"]\n\n{}", drawing(40));
    let project = project(300, &rest);
    credit(&project, 300, mixed);
    let text = std::fs::read_to_string(project.path("registry.csv")).expect("the registry");
    let text = text.replace("企业20,live", "企业20,注销");
    project.write("registry.csv", format!("{text}{},重复,live,500118,C14\n", entity_id(3)));
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["verify", "out/run"]).good();
    project
}

fn restore(project: &Project, files: &BTreeMap<String, Vec<u8>>) {
    files.iter().for_each(|(file, bytes)| _ = project.write(&format!("out/run/{file}"), bytes));
}

#[test]
fn one_byte_changed_in_any_file_is_found_and_the_file_named() {
    let project = run();
    let files = project.bytes("out/run");
    assert_eq!(files.len(), 8);
    for (file, bytes) in &files {
        if file == "manifest.json" {
            continue;
        }
        for place in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            project.write(&format!("out/run/{file}"), changed);
            project.fairdraw(&["verify", "out/run"]).bad(1, &[file]);
        }
        project.write(&format!("out/run/{file}"), &bytes[..bytes.len() - 1]);
        project.fairdraw(&["verify", "out/run"]).bad(1, &[file]);
        std::fs::remove_file(project.path(&format!("out/run/{file}"))).expect("removed");
        project.fairdraw(&["verify", "out/run"]).bad(3, &[file]);
        project.write(&format!("out/run/{file}"), bytes);
    }
    project.fairdraw(&["verify", "out/run"]).good();
}

#[test]
fn a_changed_input_or_plan_is_found() {
    let project = run();
    for (file, from, to, place) in [
        ("registry.csv", "企业5,", "企业五,", "input entities registry.csv, SHA-256"),
        ("credit.csv", ",B,", ",C,", "input credit credit.csv, SHA-256"),
        ("plan.toml", "[size]", "# louder\n[size]", "the plan, SHA-256"),
    ] {
        let text = std::fs::read_to_string(project.path(file)).expect("a text");
        project.write(file, text.replacen(from, to, 1));
        project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).bad(1, &[place]);
        project.fairdraw(&["verify", "out/run"]).good();
        project.write(file, text);
    }
}

enum Cell {
    Int(i64),
    Real(f64),
    Flag(bool),
    Text(Option<&'static str>),
}

fn table(project: &Project, file: &str) -> RecordBatch {
    let file = File::open(project.path(&format!("out/run/{file}"))).expect("a table");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().expect("a reader").map(|batch| batch.expect("a batch")).collect();
    concat_batches(&schema, &batches).expect("one batch")
}

/// Puts one cell in place of another.
fn with_cell(batch: &RecordBatch, column: &str, row: usize, cell: &Cell) -> RecordBatch {
    let place = batch.schema().index_of(column).unwrap_or_else(|_| panic!("no column {column}"));
    let old = batch.column(place);
    macro_rules! changed {
        ($values:expr, $new:expr) => {
            $values.iter().enumerate().map(|(index, value)| if index == row { $new } else { value })
        };
    }
    let kind = old.data_type().clone();
    let new: ArrayRef = match (cell, &kind) {
        (Cell::Int(new), DataType::Int64) => {
            Arc::new(changed!(old.as_primitive::<Int64Type>(), Some(*new)).collect::<Int64Array>())
        }
        (Cell::Int(new), DataType::Int32) => {
            let new = i32::try_from(*new).expect("small");
            Arc::new(changed!(old.as_primitive::<Int32Type>(), Some(new)).collect::<Int32Array>())
        }
        (Cell::Real(new), _) => {
            Arc::new(changed!(old.as_primitive::<Float64Type>(), Some(*new)).collect::<Float64Array>())
        }
        (Cell::Flag(new), _) => Arc::new(changed!(old.as_boolean(), Some(*new)).collect::<BooleanArray>()),
        (Cell::Text(new), _) => Arc::new(changed!(old.as_string::<i32>(), *new).collect::<StringArray>()),
        (Cell::Int(_), kind) => panic!("{column} is {kind}"),
    };
    let mut columns = batch.columns().to_vec();
    columns[place] = new;
    RecordBatch::try_new(batch.schema(), columns).expect("the same schema")
}

/// What a published table says of itself beside its rows.
fn key_values(project: &Project, file: &str) -> Vec<KeyValue> {
    let file = File::open(project.path(&format!("out/run/{file}"))).expect("a table");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default()
}

/// Writes a table and makes the manifest say that it was always so.
fn publish(project: &Project, file: &str, batch: &RecordBatch) {
    let mut bytes = Vec::new();
    let pairs = key_values(project, file);
    let properties = WriterProperties::builder().set_key_value_metadata(Some(pairs)).build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options).expect("a writer");
    writer.write(batch).expect("written");
    writer.close().expect("closed");
    project.write(&format!("out/run/{file}"), &bytes);
    edit_manifest(project, |manifest| {
        let outputs = manifest["outputs"].as_array_mut().expect("outputs");
        let output = outputs.iter_mut().find(|output| output["file"] == file).expect("its record");
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        output["sha256"] = Value::String(digest);
        output["bytes"] = Value::from(bytes.len());
        output["rows"] = Value::from(batch.num_rows());
    });
}

fn edit_manifest(project: &Project, edit: impl FnOnce(&mut Value)) {
    let mut manifest = project.manifest("out/run");
    edit(&mut manifest);
    project.write("out/run/manifest.json", serde_json::to_string_pretty(&manifest).expect("JSON"));
}

/// The rows of the frame: a drawn one, one that was not, a certain one, one that could not be drawn.
fn rows(project: &Project) -> [usize; 4] {
    let frame = project.table("out/run/frame.parquet");
    let row = |fits: fn(&Row) -> bool| frame.iter().position(fits).expect("such a row");
    [
        row(|row| row["drawn"] == "true" && !row.contains_key("certainty")),
        row(|row| row["drawn"] == "false" && row["eligible"] == "true"),
        row(|row| row.contains_key("certainty")),
        row(|row| row["eligible"] == "false"),
    ]
}

#[test]
fn a_table_rewritten_unchanged_is_confirmed() {
    let project = run();
    for file in ["frame.parquet", "draw.parquet", "summary.parquet", "quarantine.parquet"] {
        publish(&project, file, &table(&project, file));
    }
    project.fairdraw(&["verify", "out/run"]).good();
}

#[test]
fn one_cell_of_the_frame_changed_with_its_digest_is_found_by_recomputation() {
    let project = run();
    let files = project.bytes("out/run");
    let [drawn, not, certain, out] = rows(&project);
    let frame = table(&project, "frame.parquet");
    let weight = frame["weight"].as_primitive::<Int64Type>().value(not);
    let cases: Vec<(&str, usize, Cell, &str)> = vec![
        ("weight", not, Cell::Int(weight + 1), "weight of "),
        ("weight", drawn, Cell::Int(0), "weight of "),
        ("weight", certain, Cell::Int(7), "weight of "),
        ("factor_grade", not, Cell::Int(123), "factor_grade of "),
        ("factor_color", out, Cell::Int(123), "factor_color of "),
        ("grade", not, Cell::Text(Some("unrated")), "factor_grade of "),
        ("pi", drawn, Cell::Real(0.5), "pi of "),
        ("pi", certain, Cell::Real(0.999), "pi of "),
        ("pi", out, Cell::Real(1e-12), "pi of "),
        ("drawn", drawn, Cell::Flag(false), "drawn of "),
        ("drawn", not, Cell::Flag(true), "drawn of "),
        ("drawn", certain, Cell::Flag(false), "drawn of "),
        ("drawn", out, Cell::Flag(true), "drawn of "),
        ("ticket", not, Cell::Text(Some("0000000000000001")), "ticket of "),
        ("ticket", out, Cell::Text(Some("0000000000000001")), "ticket of "),
        ("entity_id", not, Cell::Text(Some("91500118")), "91500118"),
        ("stratum", not, Cell::Text(Some("500999")), "500999"),
        ("reason", not, Cell::Text(Some("status: revoked")), "of "),
        ("certainty", certain, Cell::Text(None), "of "),
        ("certainty", not, Cell::Text(Some("red")), "of "),
        ("certainty", certain, Cell::Text(Some("take-all")), "of "),
    ];
    unfound(&project, &files, "frame.parquet", cases);
}

/// These columns decide nothing, but people read them.
#[test]
fn one_cell_that_follows_from_others_changed_with_its_digest_is_found() {
    let project = run();
    let files = project.bytes("out/run");
    let [drawn, not, certain, out] = rows(&project);
    let cases: Vec<(&str, usize, Cell, &str)> = vec![
        ("eligible", out, Cell::Flag(true), "eligible of "),
        ("eligible", not, Cell::Flag(false), "eligible of "),
        ("reason", out, Cell::Text(None), "of "),
        ("stratum", out, Cell::Text(Some("500118")), "of "),
        ("certainty", certain, Cell::Text(Some("no such rule")), "of "),
        ("mode", drawn, Cell::Text(Some("nobody")), "mode of "),
    ];
    unfound(&project, &files, "frame.parquet", cases);
}

#[test]
fn one_cell_of_the_draw_list_changed_with_its_digest_is_found_by_recomputation() {
    let project = run();
    let files = project.bytes("out/run");
    let list = project.table("out/run/draw.parquet");
    let row = |selection: &str| list.iter().position(|row| row["selection"] == selection).expect("such a row");
    let (certain, drawn, reserve) = (row("certain"), row("drawn"), row("reserve"));
    let cases: Vec<(&str, usize, Cell, &str)> = vec![
        ("entity_id", certain, Cell::Text(Some("91500118")), "certain"),
        ("entity_id", drawn, Cell::Text(Some("91500118")), "drawn 1"),
        ("entity_id", reserve, Cell::Text(Some("91500118")), "reserve 1"),
        ("stratum", drawn, Cell::Text(Some("500999")), "stratum"),
        ("selection", drawn, Cell::Text(Some("reserve")), "draw.parquet"),
        ("selection", reserve, Cell::Text(Some("drawn")), "draw.parquet"),
        ("selection", reserve, Cell::Text(Some("certain")), "draw.parquet"),
        ("order", drawn, Cell::Int(2), "draw.parquet"),
        ("key", drawn, Cell::Real(0.123), "draw.parquet"),
    ];
    unfound(&project, &files, "draw.parquet", cases);
}

/// What the list repeats from the frame is the frame's.
#[test]
fn one_cell_of_the_draw_list_that_differs_from_the_frame_is_found() {
    let project = run();
    let files = project.bytes("out/run");
    let list = project.table("out/run/draw.parquet");
    let row = |selection: &str| list.iter().position(|row| row["selection"] == selection).expect("such a row");
    let (certain, drawn, reserve) = (row("certain"), row("drawn"), row("reserve"));
    let cases: Vec<(&str, usize, Cell, &str)> = vec![
        ("order", certain, Cell::Int(9), "draw.parquet"),
        ("ticket", drawn, Cell::Text(Some("0000000000000001")), "draw.parquet"),
        ("u", drawn, Cell::Real(0.123), "draw.parquet"),
        ("pi", drawn, Cell::Real(0.123), "draw.parquet"),
        ("pi", reserve, Cell::Real(0.123), "draw.parquet"),
        ("design_weight", drawn, Cell::Real(1.0), "draw.parquet"),
        ("name", drawn, Cell::Text(Some("别人")), "draw.parquet"),
        ("grade", drawn, Cell::Text(Some("E")), "draw.parquet"),
        ("mode", drawn, Cell::Text(Some("nobody")), "draw.parquet"),
        ("certainty", certain, Cell::Text(Some("no such rule")), "draw.parquet"),
    ];
    unfound(&project, &files, "draw.parquet", cases);
}

#[test]
fn one_cell_of_the_summary_changed_with_its_digest_is_found_by_recomputation() {
    let project = run();
    let files = project.bytes("out/run");
    let mut cases: Vec<(&str, usize, Cell, &str)> =
        vec![("value", 1, Cell::Text(Some("elsewhere")), "summary.parquet")];
    for column in ["population", "eligible", "certain", "drawn"] {
        cases.push((column, 0, Cell::Int(1_000_003), "summary.parquet"));
        cases.push((column, 3, Cell::Int(1_000_003), "summary.parquet"));
    }
    cases.push(("expected", 0, Cell::Real(41.0), "summary.parquet"));
    unfound(&project, &files, "summary.parquet", cases);
}

/// Fails the test with the changes that `verify` does not see.
fn unfound(project: &Project, files: &BTreeMap<String, Vec<u8>>, file: &str, cases: Vec<(&str, usize, Cell, &str)>) {
    let batch = table(project, file);
    let mut missed = Vec::new();
    for (column, row, cell, place) in cases {
        publish(project, file, &with_cell(&batch, column, row, &cell));
        let outcome = project.fairdraw(&["verify", "out/run"]);
        let said = outcome.stderr();
        if outcome.code() != 1 || !said.contains(place) || said.contains("SHA-256") {
            missed.push(format!("{column} of row {row} ({}): {}", outcome.code(), said.lines().last().unwrap_or("")));
        }
        restore(project, files);
    }
    assert!(missed.is_empty(), "not found in {file}:\n{}", missed.join("\n"));
}

#[test]
fn a_row_taken_out_of_a_table_is_found() {
    let project = run();
    let files = project.bytes("out/run");
    for file in ["frame.parquet", "draw.parquet"] {
        let batch = table(&project, file);
        let (head, tail) = (batch.slice(0, 5), batch.slice(6, batch.num_rows() - 6));
        publish(&project, file, &concat_batches(&batch.schema(), [&head, &tail]).expect("one batch"));
        project.fairdraw(&["verify", "out/run"]).bad(1, &[]);
        restore(&project, &files);
    }
}

/// Puts one value in place of another in the manifest; fails the test with the changes that `verify` does not see.
fn unfound_in_manifest(cases: &[(&str, Value)]) {
    let project = run();
    let files = project.bytes("out/run");
    let mut missed = Vec::new();
    for (place, value) in cases {
        edit_manifest(&project, |manifest| {
            let old = manifest.pointer_mut(place).unwrap_or_else(|| panic!("no {place}"));
            assert_ne!(old, value, "{place}");
            *old = value.clone();
        });
        let outcome = project.fairdraw(&["verify", "out/run"]);
        let unreadable = *place == "/contract" && outcome.code() == 3;
        if outcome.code() != 1 && !unreadable {
            missed.push(format!("{place} ({})", outcome.code()));
        }
        restore(&project, &files);
    }
    assert!(missed.is_empty(), "not found in manifest.json:\n{}", missed.join("\n"));
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[test]
fn a_figure_of_the_manifest_that_decides_the_draw_is_recomputed() {
    unfound_in_manifest(&[
        ("/contract", text("fairdraw/0")),
        ("/plan/sha256", text(&"0".repeat(64))),
        ("/seed", text("another seed")),
        ("/stream", text("2024")),
        ("/commitment", text(&"0".repeat(64))),
        ("/design", text("srs")),
        ("/alpha", text("0.5")),
        ("/outputs/0/sha256", text(&"0".repeat(64))),
        ("/counts/drawn", Value::from(7)),
        ("/strata/0/name", text("elsewhere")),
        ("/strata/0/n", Value::from(7)),
        ("/strata/0/take_all", Value::from(7)),
        ("/strata/0/weight_sum", text("7")),
        ("/strata/0/cut_line", text("0.7")),
        ("/strata/0/next_key", Value::Null),
    ]);
}

#[test]
fn a_figure_of_the_manifest_that_follows_from_the_others_is_recomputed() {
    unfound_in_manifest(&[
        ("/plan/name", text("another")),
        ("/as_of", text("2024-02-07")),
        ("/certainties", text("inside")),
        ("/outputs/0/rows", Value::from(7)),
        ("/outputs/0/bytes", Value::from(7)),
        ("/counts/population", Value::from(7)),
        ("/counts/eligible", Value::from(7)),
        ("/counts/certain", Value::from(7)),
        ("/counts/reserve", Value::from(7)),
        ("/exclusions/0/entities", Value::from(7)),
        ("/exclusions/0/en", text("status: revoked")),
        ("/exclusions/0/zh", text("登记状态为吊销")),
        ("/strata/0/eligible", Value::from(7)),
        ("/strata/0/positive", Value::from(7)),
        ("/strata/0/certain", Value::from(7)),
        ("/strata/0/random_n", Value::from(7)),
        ("/strata/0/rest_weight_sum", text("7")),
        ("/strata/0/drawn", Value::from(7)),
        ("/strata/0/reserve", Value::from(7)),
        ("/strata/0/expected", text("7.0")),
    ]);
}

#[test]
fn a_file_that_the_manifest_does_not_vouch_for_is_found() {
    let project = run();
    for place in 0..5 {
        let files = project.bytes("out/run");
        edit_manifest(&project, |manifest| _ = manifest["outputs"].as_array_mut().expect("outputs").remove(place));
        let name = ["frame.parquet", "draw.parquet", "summary.parquet", "quarantine.parquet", "plan.toml"][place];
        project.fairdraw(&["verify", "out/run"]).bad(1, &[name]);
        restore(&project, &files);
    }
}

/// A plan in the folder that is not the one that was run, with every digest put right.
#[test]
fn a_draw_that_the_published_plan_does_not_ask_for_is_found() {
    let project = run();
    let (files, plan) = (project.bytes("out/run"), std::fs::read_to_string(project.path("plan.toml")).expect("a plan"));
    let mut missed = Vec::new();
    for (what, from, to) in [
        ("size", "count = 40", "count = 41"),
        ("reserve", "reserve = 3", "reserve = 2"),
        ("certainties", "reserve = 3", "reserve = 3\ncertainties = \"inside\""),
        ("a rule less", "color = [\"red\"]", "color = [\"yellow\"]"),
        ("another rule", "then = \"certain\"", "then = \"exempt\""),
        ("eligibility", "[size]", "[eligibility]\nregions = [\"500101\"]\n\n[size]"),
        ("strata", "by = [\"region\"]", "by = [\"industry\"]"),
        ("allocation", "by = [\"region\"]", "by = [\"region\"]\nat-least = 20"),
        ("weight", "D = 4", "D = 5"),
        ("design", "[draw]", "[draw]\ndesign = \"sequential-poisson\""),
        ("name", "name = \"test\"", "name = \"other\""),
    ] {
        assert!(plan.contains(from), "{what}");
        let other = plan.replacen(from, to, 1);
        project.write("out/run/plan.toml", &other);
        let digest: String = Sha256::digest(&other).iter().map(|byte| format!("{byte:02x}")).collect();
        edit_manifest(&project, |manifest| {
            manifest["plan"]["sha256"] = text(&digest);
            manifest["outputs"][4]["sha256"] = text(&digest);
            manifest["outputs"][4]["bytes"] = Value::from(other.len());
        });
        let outcome = project.fairdraw(&["verify", "out/run"]);
        if outcome.code() != 1 {
            missed.push(format!("{what} ({}): {}", outcome.code(), outcome.stderr().lines().last().unwrap_or("")));
        }
        restore(&project, &files);
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
}

#[test]
fn a_folder_that_holds_no_run_is_refused() {
    let project = Project::new();
    project.fairdraw(&["verify", "nowhere"]).bad(3, &["nowhere", "not the folder of a run"]);
    project.write("mine/manifest.json", "{ \"manifest_version\": 3 }");
    project.fairdraw(&["verify", "mine"]).bad(3, &["mine"]);
    project.write("mine/manifest.json", "{ \"contract\": \"fairdraw/2\" }");
    project.fairdraw(&["verify", "mine"]).bad(3, &["fairdraw/2"]);
}

/// Warnings and rows set aside do not follow from the run's own tables: the inputs must be read again.
#[test]
fn a_forged_warning_or_reason_is_found_with_the_inputs() {
    let project = run();
    let files = project.bytes("out/run");
    edit_manifest(&project, |manifest| {
        manifest["warnings"] = serde_json::json!([{ "code": "all-is-well", "text": "nothing to see" }]);
    });
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).bad(1, &["manifest.json, warnings"]);
    restore(&project, &files);
    let quarantine = table(&project, "quarantine.parquet");
    publish(&project, "quarantine.parquet", &with_cell(&quarantine, "reason", 0, &Cell::Text(Some("missing-key"))));
    project
        .fairdraw(&["verify", "out/run", "--plan", "plan.toml"])
        .bad(1, &["quarantine.parquet, reason of registry.csv"]);
    restore(&project, &files);
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
}

#[test]
fn a_key_of_the_manifest_that_no_run_writes_is_found() {
    let project = run();
    let files = project.bytes("out/run");
    for (place, key) in [("", "approved_by"), ("/counts", "drawn_by_hand"), ("/strata/0", "note")] {
        edit_manifest(&project, |manifest| {
            let object = manifest.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
            object.insert(key.to_owned(), Value::from("me"));
        });
        project.fairdraw(&["verify", "out/run"]).bad(1, &["manifest.json", key]);
        restore(&project, &files);
    }
}

#[test]
fn what_a_table_says_of_itself_is_checked() {
    let project = run();
    let file = "summary.parquet";
    let batch = table(&project, file);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    project.write(&format!("out/run/{file}"), &bytes);
    edit_manifest(&project, |manifest| {
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        manifest["outputs"][2]["sha256"] = Value::String(digest);
        manifest["outputs"][2]["bytes"] = Value::from(bytes.len());
    });
    project.fairdraw(&["verify", "out/run"]).bad(1, &["summary.parquet, key-value `fairdraw.contract`"]);
}

/// A column that neither the contract nor the plan knows, every digest put right.
#[test]
fn a_column_that_no_run_writes_is_found() {
    for (file, place) in [("frame.parquet", 1), ("quarantine.parquet", 8), ("draw.parquet", 0)] {
        let project = run();
        let batch = table(&project, file);
        let (mut fields, mut columns) = (batch.schema().fields().to_vec(), batch.columns().to_vec());
        fields.insert(place, Arc::new(Field::new("note", DataType::Utf8, true)));
        columns.insert(place, Arc::new(StringArray::from(vec![Some("x"); batch.num_rows()])));
        publish(&project, file, &RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("a batch"));
        project.fairdraw(&["verify", "out/run"]).bad(1, &[&format!("{file}, columns"), "note"]);
    }
}

/// A seed in the plan proves that no commitment came before it.
#[test]
fn a_commitment_of_a_plan_that_names_its_seed_is_found() {
    let project = run();
    edit_manifest(&project, |manifest| manifest["commitment"] = Value::String("0".repeat(64)));
    project.fairdraw(&["verify", "out/run"]).bad(1, &["manifest.json, commitment", "the plan names its seed"]);
}

/// A plan in the folder with another seed than the run's, every digest put right.
#[test]
fn a_plan_of_another_seed_than_the_runs_is_found() {
    let project = run();
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    let other = plan.replace("public dice 3 1 6 2", "public dice 6 6 6 6");
    let digest: String = Sha256::digest(&other).iter().map(|byte| format!("{byte:02x}")).collect();
    project.write("out/run/plan.toml", &other);
    edit_manifest(&project, |manifest| {
        manifest["plan"]["sha256"] = Value::String(digest.clone());
        manifest["outputs"][4]["sha256"] = Value::String(digest);
    });
    project.fairdraw(&["verify", "out/run"]).bad(1, &["seed", "public dice 6 6 6 6"]);
}

/// Damaged tables whose digests were put right: a difference or an unreadable file, and nothing else.
#[test]
fn no_damage_takes_verify_down() {
    let project = run();
    let files = project.bytes("out/run");
    let mut faults = Vec::new();
    for file in ["frame.parquet", "draw.parquet", "summary.parquet", "quarantine.parquet"] {
        let whole = &files[file];
        let step = whole.len() / 90 + 1;
        for place in (0..whole.len()).step_by(step) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0xFF;
            project.write(&format!("out/run/{file}"), &damaged);
            edit_manifest(&project, |manifest| {
                let outputs = manifest["outputs"].as_array_mut().expect("outputs");
                let output = outputs.iter_mut().find(|output| output["file"] == file).expect("its record");
                let digest: String = Sha256::digest(&damaged).iter().map(|byte| format!("{byte:02x}")).collect();
                output["sha256"] = Value::String(digest);
            });
            let outcome = project.fairdraw(&["verify", "out/run"]);
            // 0: a byte that nothing reads, such as one of a bloom filter. A library may give up in its own words first.
            let said = outcome.stderr();
            let is_told = outcome.code() == 3 && said.contains("damaged in a way that its reader does not expect");
            if ![0, 1, 3].contains(&outcome.code()) || (said.contains("panicked") && !is_told) {
                faults.push(format!("{file}, byte {place}: {} {}", outcome.code(), outcome.stderr()));
            }
            restore(&project, &files);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
