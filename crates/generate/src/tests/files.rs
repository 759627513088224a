//! Laws of files: same bytes however the work is done, sizes, what is left behind.

use std::collections::BTreeMap;

use calamine::Reader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

/// Every file of a folder with its bytes.
fn files(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

fn written(request: &Request, layout: &Layout, threads: usize) -> (Report, BTreeMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let report = pool.install(|| write(request, folder.path(), layout, &|_, _| {}).unwrap());
    (report, files(folder.path()))
}

#[test]
fn one_thread_and_four_write_the_same_bytes() {
    let layouts = [
        Layout::all("csv-gb18030.gz".parse().unwrap()),
        Layout { credit: Some(Format::Xlsx), inspectors: Some(Format::Xlsx), ..Layout::all(Format::Parquet) },
    ];
    for layout in layouts {
        for preset in [Preset::Xiaoshan, Preset::Bench] {
            let request =
                Request { dirt: 0.01, ..request(preset, if preset == Preset::Bench { 300_000 } else { 70_000 }) };
            let layout = if preset == Preset::Bench { Layout::all(Format::Parquet) } else { layout };
            let (one, four) = (written(&request, &layout, 1), written(&request, &layout, 4));
            assert_eq!(one.0, four.0);
            assert_eq!(one.1.keys().collect::<Vec<_>>(), four.1.keys().collect::<Vec<_>>());
            for (name, bytes) in &one.1 {
                assert!(bytes == &four.1[name], "{preset:?}: {name} differs");
            }
        }
    }
}

#[test]
fn blocks_do_not_depend_on_the_order_they_are_made_in() {
    let population = population(&request(Preset::National, 200_000)).unwrap();
    let forwards: Vec<Block> = population.blocks().map(Result::unwrap).collect();
    for number in (0..population.block_count()).rev() {
        let block = population.block(number, |_| true).unwrap();
        assert_eq!(block.batches, forwards[number as usize].batches);
    }
}

#[test]
fn the_sample_set_stays_small_and_leaves_no_partial_file() {
    let request = Request { dirt: 0.002, ..Request::new(Preset::Yongchuan, "data-samples") };
    let (report, files) = written(&request, &Layout::sample(), 2);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["credit.xlsx", "registry.csv", "risk-integrated.parquet"]);
    let total: u64 = report.files.iter().map(|file| file.bytes).sum();
    assert_eq!(total, files.values().map(|bytes| bytes.len() as u64).sum::<u64>());
    assert!(total < 3_100_000, "{:?}", report.files);
    let (registry, _, wrong) = encoding_rs::GB18030.decode(&files["registry.csv"]);
    assert!(!wrong);
    let mut lines = registry.lines();
    assert_eq!(lines.next(), Some("永川区检查对象名录库（模拟数据）,,,,,,,"));
    assert_eq!(
        lines.next(),
        Some("企业名称,统一社会信用代码,登记状态,管辖单位,行业代码,企业类型,成立日期,行业中类代码")
    );
    assert_eq!(lines.count() as u64, report.files[0].rows);
    assert_eq!(report.files[0].rows, 24_738 + report.faults.additional_rows());
}

#[test]
fn a_sheet_that_would_be_too_long_is_refused_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let layout =
        Layout { credit: Some(Format::Xlsx), entities: None, risk: None, flags: None, ledger: None, inspectors: None };
    let error = write(&request(Preset::National, 1_200_000), folder.path(), &layout, &|_, _| {}).unwrap_err();
    assert!(matches!(error, GenerateError::SheetTooLong { .. }), "{error}");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn the_first_row_of_a_population_stays_what_it_is() {
    let population = population(&Request::new(Preset::Yongchuan, "pinned")).unwrap();
    let [entities, credit] = [Table::Entities, Table::Credit].map(|table| rows(&population, table));
    assert_eq!(
        entities[0].join(","),
        "重庆市永川区兴力物资有限公司,91500118W5WWD9WC6Y,存续,南大街监管所,F51,有限责任公司,2008-10-11,F512"
    );
    assert_eq!(credit[0].join(","), "91500118W5WWD9WC6Y,B,绿码");
}

#[test]
fn files_read_back_as_what_was_made() {
    let request = request(Preset::Xiaoshan, 2_000);
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout { credit: Some(Format::Xlsx), inspectors: Some(Format::Xlsx), ..Layout::all(Format::Parquet) };
    write(&request, folder.path(), &layout, &|_, _| {}).unwrap();
    let population = population(&request).unwrap();
    for spec in population.tables() {
        let made = rows(&population, spec.table);
        let path = folder.path().join(format!("{}.{}", spec.stem, layout.of(spec.table).unwrap().extension()));
        let read: Vec<Vec<String>> = if path.extension().is_some_and(|e| e == "xlsx") {
            let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
            let range = book.worksheet_range("Sheet1").unwrap();
            let header: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
            assert_eq!(header, spec.columns.iter().map(|c| c.header).collect::<Vec<_>>());
            range.rows().skip(1).map(|row| row.iter().map(ToString::to_string).collect()).collect()
        } else {
            let file = std::fs::File::open(&path).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
            let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
            assert!(batches.iter().all(|batch| batch.schema().fields() == spec.schema.fields()));
            batches.iter().flat_map(rows_of_batch).collect()
        };
        assert!(read == made, "{:?}", spec.table);
    }
}
