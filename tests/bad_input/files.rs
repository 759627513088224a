//! Files of other formats: cut, damaged, under a wrong name.

use super::cells::{headers, over, parquet, sheet, statuses, texts};
use super::*;
use arrow::array::RecordBatch;
use arrow::ipc::writer::FileWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Entities 0, 1, 2.
fn columnar() -> Vec<u8> {
    parquet(vec![
        ("entity_id", texts((0..3).map(entity_id))),
        ("name", texts(["甲", "乙", "丙"])),
        ("status", statuses()),
    ])
}

/// Entities 0, 1, 2 as an Arrow IPC file.
fn arrow_file() -> Vec<u8> {
    let columns = [("entity_id", texts((0..3).map(entity_id))), ("status", statuses())];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).expect("memory");
    writer.write(&batch).and_then(|()| writer.finish()).expect("memory");
    writer.into_inner().expect("memory")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn cut(bytes: &[u8], parts: usize) -> Vec<u8> {
    bytes[..bytes.len() * parts / 8].to_vec()
}

/// Bytes with eight of them overwritten in the middle.
fn damaged(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8].fill(0xFF);
    bytes
}

#[test]
fn a_file_under_a_wrong_name_is_read_by_its_content_or_refused() {
    let three = || registry(&[live(0), live(1), live(2)]);
    assert_cases(vec![
        accepted("Parquet named .csv").registry(columnar()).read_as("parquet").cell(entity_id(1), "name", "乙"),
        accepted("gzip named .csv").registry(gzip(&three())).read_as("csv.gz").entities(3),
        accepted("text named .csv.gz").file("r.csv.gz", three()).plan(over("r.csv.gz")).read_as("csv").entities(3),
        accepted("a workbook named .csv")
            .registry(sheet(|sheet| {
                headers(sheet, &["entity_id", "name", "status"]);
                sheet.write_row(1, 0, [&entity_id(1), "甲", "live"]).expect("a row");
            }))
            .read_as("excel")
            .cell(entity_id(1), "name", "甲"),
        refused("text named .parquet", 3, &["r.parquet cannot be read as Parquet"])
            .file("r.parquet", three())
            .plan(over("r.parquet")),
        refused("text named .arrow", 3, &["r.arrow cannot be read as", "Arrow"])
            .file("r.arrow", three())
            .plan(over("r.arrow")),
        refused("a page named .xls", 3, &["r.xls cannot be read as Excel", "save it as .xlsx"])
            .file("r.xls", "<html><table><tr><td>entity_id</td></tr></table></html>")
            .plan(over("r.xls")),
        refused("text named .xlsx", 3, &["r.xlsx cannot be read as Excel"])
            .file("r.xlsx", three())
            .plan(over("r.xlsx")),
    ]);
}

#[test]
fn a_file_that_is_cut_or_damaged_is_refused() {
    let text = registry(&(0..200).map(live).collect::<Vec<_>>());
    let whole = columnar();
    let packed = gzip(&text);
    let book = sheet(|sheet| {
        headers(sheet, &["entity_id", "name", "status"]);
        for (row, index) in (1..).zip(0..50) {
            sheet.write_row(row, 0, [&entity_id(index), "甲", "live"]).expect("a row");
        }
    });
    let mut cases = Vec::new();
    let files = [
        (["half a Parquet file", "the head of a Parquet file"], "r.parquet", &whole, "Parquet"),
        (["half an Arrow file", "the head of an Arrow file"], "r.arrow", &arrow_file(), "Arrow"),
        (["half a workbook", "the head of a workbook"], "r.xlsx", &book, "Excel"),
        (["half a gzip stream", "the head of a gzip stream"], "r.csv.gz", &packed, "gzip"),
    ];
    for (names, file, bytes, format) in files {
        for (name, parts) in names.into_iter().zip([4, 1]) {
            let words = [file, "cannot be read as", format];
            cases.push(refused(name, 3, &words).file(file, cut(bytes, parts)).plan(over(file)));
        }
    }
    let mut footer = whole.clone();
    let end = footer.len();
    footer[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    cases.extend([
        refused("a Parquet file without its last byte", 3, &["r.parquet cannot be read as"])
            .file("r.parquet", &whole[..whole.len() - 1])
            .plan(over("r.parquet")),
        refused("a Parquet file with a footer of 4 GB", 3, &["r.parquet cannot be read as"])
            .file("r.parquet", footer)
            .plan(over("r.parquet")),
        refused("a Parquet file of its magic alone", 3, &["r.parquet cannot be read as"])
            .file("r.parquet", b"PAR1")
            .plan(over("r.parquet")),
        refused("a gzip stream with damaged bytes", 3, &["r.csv.gz cannot be read as gzip", "copy it again"])
            .file("r.csv.gz", damaged(packed))
            .plan(over("r.csv.gz")),
        refused("an archive that is no workbook", 3, &["r.xlsx cannot be read as Excel"])
            .file("r.xlsx", [b"PK\x03\x04".as_slice(), &[b'x'; 100]].concat())
            .plan(over("r.xlsx")),
        refused("an Arrow file of noise", 3, &["r.arrow cannot be read as", "Arrow"])
            .file("r.arrow", [b"ARROW1\0\0".as_slice(), &[0xFF; 200]].concat())
            .plan(over("r.arrow")),
        refused("an empty Parquet file", 3, &["r.parquet"]).file("r.parquet", "").plan(over("r.parquet")),
        refused("an empty gzip stream", 3, &["r.csv.gz holds no rows"])
            .file("r.csv.gz", gzip(""))
            .plan(over("r.csv.gz")),
    ]);
    assert_cases(cases);
}

#[test]
fn no_cut_of_a_file_makes_its_reader_panic() {
    let project = Project::new();
    let book = sheet(|sheet| {
        headers(sheet, &["entity_id", "status"]);
        sheet.write_row(1, 0, [&entity_id(1), "live"]).expect("a row");
    });
    let text = registry(&[live(1), format!("{},\"x\ny\",live", entity_id(2))]);
    for (name, bytes) in [
        ("r.parquet", columnar()),
        ("r.arrow", arrow_file()),
        ("r.xlsx", book),
        ("r.csv.gz", gzip(&text)),
        ("r.csv", text.into_bytes()),
    ] {
        let step = bytes.len() / 150 + 1;
        for length in (0..bytes.len()).step_by(step) {
            let path = project.write(name, &bytes[..length]);
            if let Ok(ids) = fairdraw::ingest::entity_ids(&path) {
                assert!(name == "r.csv" && ids.len() <= 2, "{name} cut to {length} bytes was read: {ids:?}");
            }
        }
    }
}

#[test]
fn damage_anywhere_in_a_file_is_named_without_a_panic() {
    let project = Project::new();
    let book = sheet(|sheet| {
        headers(sheet, &["entity_id", "status"]);
        sheet.write_row(1, 0, [&entity_id(1), "live"]).expect("a row");
    });
    let mut faults = Vec::new();
    for (file, bytes) in [("r.parquet", columnar()), ("r.arrow", arrow_file()), ("r.xlsx", book)] {
        project.write("plan.toml", over(file));
        let step = bytes.len() / 60 + 1;
        for place in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0xFF;
            project.write(file, &damaged);
            let outcome = project.fairdraw(&["check", "plan.toml"]);
            let (code, said) = (outcome.code(), outcome.stderr());
            // 0: a byte of a name, or of what is not read. 4: a byte of a status.
            let named = [0, 4].contains(&code) || (code == 3 && said.contains(file));
            if !named || said.contains("panicked") {
                let first: Vec<&str> = said.lines().filter(|line| !line.is_empty()).take(3).collect();
                faults.push(format!("{file}, byte {place}: exit code {code}, {}", first.join(" ")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
