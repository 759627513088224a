//! The same entities in any file give the same draw.

use super::*;
use crate::support::{drawing, without_inputs};
use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use arrow::ipc::writer::FileWriter;
use flate2::{Compression, write::GzEncoder};
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

const COUNT: usize = 300;
const HEADERS: [&str; 8] =
    ["统一社会信用代码", "企业名称", "登记状态", "行政区划", "管辖单位", "行业代码", "成立日期", "注册资本"];

/// One entity: id, name, status, region, station, industry, (year, month, day), capital.
struct Entity(String, String, &'static str, String, &'static str, &'static str, (u16, u8, u8), f64);

fn entities() -> Vec<Entity> {
    let entity = |index: usize| {
        Entity(
            entity_id(index),
            format!("重庆第{index}号有限公司，“𠮷”分店"),
            ["存续", "在营", "注销", "开业"][index % 4],
            ["500118", "500101", "010203"][index % 3].to_owned(),
            ["中山路监管所", "朱沱监管所"][index % 2],
            ["C14", "F52"][index % 2],
            (2000 + (index % 23) as u16, 1 + (index % 12) as u8, 1 + (index % 28) as u8),
            (index as f64) * 12.5,
        )
    };
    (0..COUNT).map(entity).collect()
}

fn csv() -> String {
    let mut text = HEADERS.join(",") + "\n";
    for Entity(id, name, status, region, station, industry, (year, month, day), capital) in entities() {
        text +=
            &format!("{id},\"{name}\",{status},{region},{station},{industry},{year}-{month:02}-{day:02},{capital}\n");
    }
    text
}

fn sheet(path: &Path) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let good = "a sheet";
    for (column, header) in (0u16..).zip(HEADERS) {
        sheet.write(0, column, header).expect(good);
    }
    for (row, Entity(id, name, status, region, station, industry, (year, month, day), capital)) in
        (1u32..).zip(entities())
    {
        for (column, text) in (0u16..).zip([id.as_str(), &name, status, &region, station, industry]) {
            sheet.write(row, column, text).expect(good);
        }
        let day = ExcelDateTime::from_ymd(year, month, day).expect("a day");
        sheet.write_with_format(row, 6, &day, &date).expect(good);
        sheet.write(row, 7, capital).expect(good);
    }
    book.save(path).expect(good);
}

/// Typed columns: dates as dates, capital as a floating number.
fn typed() -> RecordBatch {
    let text = |cell: fn(&Entity) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(entities().iter().map(|entity| cell(entity).to_owned())))
    };
    let day = |entity: &Entity| {
        let (year, month, day) = entity.6;
        fairdraw::terms::parse_date(&format!("{year}-{month:02}-{day:02}")).expect("a day")
    };
    let columns: [ArrayRef; 8] = [
        text(|entity| &entity.0),
        text(|entity| &entity.1),
        text(|entity| entity.2),
        text(|entity| &entity.3),
        text(|entity| entity.4),
        text(|entity| entity.5),
        Arc::new(Date32Array::from_iter_values(entities().iter().map(day))),
        Arc::new(Float64Array::from_iter_values(entities().iter().map(|entity| entity.7))),
    ];
    RecordBatch::try_from_iter(HEADERS.into_iter().zip(columns)).expect("columns of one length")
}

fn run(project: &Project, file: &str) -> BTreeMap<String, Vec<u8>> {
    let rest = format!("[strata]\nby = [\"region\"]\n\n{}", drawing(40));
    let plan = plan(&rest)
        .replace("registry.csv", file)
        .replace("folder = \"out/run\"", "folder = \"out/run\"\nkeep = [\"capital\"]");
    project.write("plan.toml", plan);
    project.fairdraw(&["run", "plan.toml", "--replace"]).good();
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    project.bytes("out/run")
}

#[test]
fn the_same_entities_in_any_file_give_the_same_tables_to_the_byte() {
    let project = Project::new();
    let text = csv();
    project.write("registry.csv", &text);
    let first = run(&project, "registry.csv");
    let manifest: serde_json::Value = serde_json::from_slice(&first["manifest.json"]).expect("JSON");
    assert_eq!(manifest["inputs"][0]["encoding"], "utf-8");

    // The same file name: nothing but the receipt may differ.
    let (gb18030, _, unmappable) = encoding_rs::GB18030.encode(&text);
    assert!(!unmappable);
    for bytes in [gb18030.into_owned(), format!("\u{feff}{text}").into_bytes(), text.replace('\n', "\r\n").into_bytes()]
    {
        project.write("registry.csv", bytes);
        let other = run(&project, "registry.csv");
        for file in ["frame.parquet", "draw.parquet", "summary.parquet", "quarantine.parquet", "plan.toml"] {
            assert!(first[file] == other[file], "{file} differs");
        }
        let of_other: serde_json::Value = serde_json::from_slice(&other["manifest.json"]).expect("JSON");
        assert_ne!(of_other["inputs"], manifest["inputs"]);
        assert_eq!(without_inputs(of_other), without_inputs(manifest.clone()));
    }

    // Another file name is another plan: its digest stands in the tables and the manifest, and nothing else differs.
    let mut gz = GzEncoder::new(File::create(project.path("registry.csv.gz")).expect("a file"), Compression::fast());
    gz.write_all(text.as_bytes()).and_then(|()| gz.finish()).expect("compressed");
    sheet(&project.path("registry.xlsx"));
    let file = |name: &str| File::create(project.path(name)).expect("a file");
    let typed = typed();
    let mut parquet = ArrowWriter::try_new(file("registry.parquet"), typed.schema(), None).expect("Parquet");
    parquet.write(&typed).and_then(|()| parquet.close()).expect("Parquet");
    let mut arrow = FileWriter::try_new(file("registry.arrow"), &typed.schema()).expect("Arrow");
    arrow.write(&typed).and_then(|()| arrow.finish()).expect("Arrow");
    let of = |bytes: &[u8]| -> serde_json::Value {
        let mut manifest = without_inputs(serde_json::from_slice(bytes).expect("JSON"));
        for output in manifest["outputs"].as_array_mut().expect("outputs") {
            output["sha256"] = serde_json::Value::Null;
            if output["file"] == "plan.toml" {
                output["bytes"] = serde_json::Value::Null;
            }
        }
        manifest["plan"]["sha256"] = serde_json::Value::Null;
        manifest
    };
    let digest = |manifest: &[u8]| -> String {
        let manifest: serde_json::Value = serde_json::from_slice(manifest).expect("JSON");
        manifest["plan"]["sha256"].as_str().expect("a digest").to_owned()
    };
    for (name, format) in [
        ("registry.csv.gz", "csv.gz"),
        ("registry.xlsx", "excel"),
        ("registry.parquet", "parquet"),
        ("registry.arrow", "arrow"),
    ] {
        let other = run(&project, name);
        assert_eq!(project.manifest("out/run")["inputs"][0]["format"], format);
        assert_eq!(of(&first["manifest.json"]), of(&other["manifest.json"]), "{name}");
        let (one, two) = (digest(&first["manifest.json"]), digest(&other["manifest.json"]));
        for file in ["frame.parquet", "draw.parquet", "summary.parquet", "quarantine.parquet"] {
            assert!(first[file] == replaced(&other[file], &two, &one), "{file} differs after {name}");
        }
    }
}

/// `bytes` with every `from` turned into `to`, of the same length.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (mut bytes, from) = (bytes.to_vec(), from.as_bytes());
    let places: Vec<usize> = (0..=bytes.len() - from.len()).filter(|&at| &bytes[at..at + from.len()] == from).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| bytes[at..at + from.len()].copy_from_slice(to.as_bytes()));
    bytes
}

#[test]
fn a_banner_above_the_headers_changes_nothing() {
    let project = Project::new();
    project.write("registry.csv", csv());
    let first = run(&project, "registry.csv");
    project.write("registry.csv", format!("检查对象名录库,,,,,,,\n{}", csv()));
    let other = run(&project, "registry.csv");
    assert!(first["frame.parquet"] == other["frame.parquet"] && first["draw.parquet"] == other["draw.parquet"]);
    let manifest = project.manifest("out/run");
    let warning = &manifest["inputs"][0]["warnings"][0];
    assert_eq!(warning["code"], "rows-above-header");
    assert!(warning["en"].as_str().expect("a text").contains("the headers are in row 2; "), "{warning}");
}
