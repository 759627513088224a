//! Laws of populations: same bytes however the work is done, exact counts, valid unique ids, prefixes.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use arrow::record_batch::RecordBatch;

use super::*;
use crate::codes::{IdKind, classify};
use crate::terms;

/// All batches of a table, put together as rows of text; an empty cell is an empty string.
fn rows(population: &Population, table: Table) -> Vec<Vec<String>> {
    let place = population.tables().iter().position(|spec| spec.table == table).unwrap();
    let mut rows = Vec::new();
    for block in population.blocks() {
        let batch: RecordBatch = block.unwrap().batches[place].take().unwrap();
        for row in 0..batch.num_rows() {
            rows.push(batch.columns().iter().map(|array| text::cell(array.as_ref(), row)).collect());
        }
    }
    rows
}

fn column(rows: &[Vec<String>], column: usize) -> Vec<&str> {
    rows.iter().map(|row| row[column].as_str()).collect()
}

fn counts<'a>(values: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
    counts
}

/// Observed shares of `n` draws lie within five standard errors of the stated ones.
fn assert_share(count: usize, n: usize, share: f64, what: &str) {
    let (observed, error) = (count as f64 / n as f64, (share * (1.0 - share) / n as f64).sqrt());
    assert!((observed - share).abs() <= 5.0 * error, "{what}: {observed} of {n}, stated {share}");
}

fn request(preset: Preset, rows: u64) -> Request {
    Request { rows, ..Request::new(preset, "laws") }
}

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
fn ids_are_unique_and_valid_in_every_preset() {
    for preset in Preset::ALL {
        let population = population(&request(preset, 70_000)).unwrap();
        let entities = population.tables()[0].clone();
        let id = entities.columns.iter().position(|c| c.name == "entity_id").unwrap();
        let rows = rows(&population, Table::Entities);
        let ids: BTreeSet<&str> = column(&rows, id).into_iter().collect();
        assert_eq!(ids.len(), 70_000, "{preset:?}");
        let old = ids.iter().filter(|id| matches!(classify(id), IdKind::Registration15)).count();
        let new = ids.iter().filter(|id| matches!(classify(id), IdKind::Uscc)).count();
        assert_eq!(old + new, 70_000, "{preset:?}");
        let some_are_old = preset != Preset::Bench;
        assert_eq!(old > 0, some_are_old, "{preset:?}: {old} registration numbers");
    }
}

#[test]
fn changde_has_its_counts_at_its_size_and_in_proportion_at_any_other() {
    let status = |rows_asked| {
        let population = population(&request(Preset::Changde, rows_asked)).unwrap();
        let rows = rows(&population, Table::Entities);
        let words = counts(column(&rows, 2));
        let of = |status: terms::Status| -> usize {
            words.iter().filter(|(word, _)| terms::Status::from_word(word) == Some(status)).map(|(_, n)| n).sum()
        };
        [of(terms::Status::Live), of(terms::Status::Deregistered), of(terms::Status::Revoked)]
    };
    assert_eq!(status(530_000), [226_023, 280_808, 23_169]);
    assert_eq!(status(53_000), [22_602, 28_081, 2_317]);
}

#[test]
fn yongchuan_has_24_738_live_firms_in_its_region() {
    let population = population(&Request::new(Preset::Yongchuan, "laws")).unwrap();
    let rows = rows(&population, Table::Entities);
    assert_eq!(rows.len(), 24_738);
    assert!(column(&rows, 2).iter().all(|word| terms::Status::from_word(word) == Some(terms::Status::Live)));
    let region = |id: &str| crate::codes::region_of(id).map(str::to_owned);
    assert!(column(&rows, 1).iter().all(|id| region(id).as_deref() == Some("500118")));
    let inspectors = self::rows(&population, Table::Inspectors);
    assert_eq!(inspectors.len(), 620);
    assert_eq!(counts(column(&inspectors, 1)).len(), 31);
    assert_eq!(counts(column(&inspectors, 0)).len(), 620, "inspector codes are unique");
    assert!(column(&inspectors, 0).iter().all(|code| code.len() == 6));
}

#[test]
fn xiaoshan_has_its_flags_visits_and_three_models() {
    let population = population(&Request::new(Preset::Xiaoshan, "laws")).unwrap();
    let flags = rows(&population, Table::Flags);
    let flags = counts(column(&flags, 1));
    let expected = [
        ("abnormal", 15_622),
        ("address-lost", 4_415),
        ("complaint", 3_000),
        ("false-information", 1),
        ("report-late", 11_206),
        ("serious-violation", 63),
    ];
    assert_eq!(flags.into_iter().collect::<Vec<_>>(), expected);
    let ledger = rows(&population, Table::Ledger);
    assert_eq!(ledger.len(), 36_821);
    let dates = column(&ledger, 1);
    assert_eq!((dates.iter().min(), dates.iter().max()), (Some(&"2021-01-01"), Some(&"2021-11-26")));
    for (model, low, high) in [("integrated", 0.0, 1000.0), ("public-credit", 0.0, 100.0), ("industry", 0.0, 1.0)] {
        let scores = rows(&population, Table::Risk(model));
        assert_share(scores.len(), 300_000, 0.90, model);
        let inside = |score: &&str| (low..=high).contains(&score.parse::<f64>().unwrap());
        assert!(column(&scores, 1).iter().all(inside), "{model}");
    }
}

#[test]
fn grades_and_colors_keep_their_shares() {
    let population = population(&request(Preset::Changde, 150_000)).unwrap();
    let credit = rows(&population, Table::Credit);
    assert_share(credit.len(), 150_000, 0.95, "coverage");
    let (grades, colors) = (counts(column(&credit, 1)), counts(column(&credit, 2)));
    for (grade, share) in [("A", 0.36), ("B", 0.42), ("C", 0.13), ("D", 0.04), ("未分类", 0.05)] {
        assert_share(grades[grade], credit.len(), share, grade);
    }
    for (color, share) in [("绿码", 0.80), ("黄码", 0.185), ("红码", 0.015)] {
        assert_share(colors[color], credit.len(), share, color);
    }
}

#[test]
fn riskier_grades_have_higher_scores_redder_colors_and_more_flags() {
    let population = population(&request(Preset::Xiaoshan, 100_000)).unwrap();
    let credit = rows(&population, Table::Credit);
    let grade: BTreeMap<&str, &str> = credit.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let mean = |table: Table, wanted: &str| {
        let rows = rows(&population, table);
        let scores: Vec<f64> = rows
            .iter()
            .filter(|row| grade.get(row[0].as_str()) == Some(&wanted))
            .map(|row| row[1].parse().unwrap())
            .collect();
        scores.iter().sum::<f64>() / scores.len() as f64
    };
    for (model, rises) in [("integrated", true), ("public-credit", false), ("industry", true)] {
        let means = ["A", "B", "C", "D"].map(|grade| mean(Table::Risk(model), grade));
        assert!(means.windows(2).all(|w| (w[0] < w[1]) == rises), "{model}: {means:?}");
    }
    let red = |wanted: &str| {
        let of_grade: Vec<_> = credit.iter().filter(|row| row[1] == wanted).collect();
        of_grade.iter().filter(|row| row[2] == "红码").count() as f64 / of_grade.len() as f64
    };
    assert!(red("D") > 2.0 * red("C") && red("C") > 2.0 * red("B"), "{:?}", ["A", "B", "C", "D"].map(red));
    let flags = rows(&population, Table::Flags);
    let listed: Vec<&str> = flags.iter().filter(|row| row[1] == "abnormal").map(|row| row[0].as_str()).collect();
    let risky = listed.iter().filter(|id| matches!(grade.get(*id), Some(&"C" | &"D"))).count();
    assert!(risky as f64 / listed.len() as f64 > 2.0 * 0.17, "{risky} of {}", listed.len());
}

#[test]
fn registrations_grow_and_end_by_the_as_of_date() {
    let as_of = jiff::civil::date(2020, 6, 30);
    let population = population(&Request { as_of, ..request(Preset::Yongchuan, 20_000) }).unwrap();
    let rows = rows(&population, Table::Entities);
    let dates = column(&rows, 6);
    assert!(dates.iter().all(|&date| ("1984-01-01"..="2020-06-30").contains(&date)));
    let in_decade = |decade: &str| dates.iter().filter(|date| date.starts_with(decade)).count();
    assert!(in_decade("198") < in_decade("199") && in_decade("199") < in_decade("200"));
    assert!(in_decade("200") < in_decade("201"));
    let old = column(&rows, 1).into_iter().zip(&dates).filter(|(id, _)| id.len() == 15);
    assert!(old.into_iter().all(|(_, date)| *date < "2015-10-01"), "old numbers belong to old firms");
}

#[test]
fn a_larger_population_begins_with_the_smaller_one() {
    for preset in [Preset::Yongchuan, Preset::Xiaoshan, Preset::National] {
        for dirt in [0.0, 0.05] {
            let make = |rows| population(&Request { dirt, ..request(preset, rows) }).unwrap();
            let (small, large) = (make(64 * 20), make(70_000));
            for spec in small.tables().iter().filter(|spec| spec.table != Table::Inspectors) {
                let (few, many) = (rows(&small, spec.table), rows(&large, spec.table));
                assert!(!few.is_empty() && many.starts_with(&few), "{preset:?} {:?}", spec.table);
            }
        }
    }
}

#[test]
fn faults_are_counted_and_take_no_sound_entity_away() {
    let clean = population(&request(Preset::Yongchuan, 10_000)).unwrap();
    let dirty = population(&Request { dirt: 0.05, ..request(Preset::Yongchuan, 10_000) }).unwrap();
    let faults = dirty.block(0, |_| true).unwrap().faults;
    let rows_of = |population| rows(population, Table::Entities);
    let (clean, rows) = (rows_of(&clean), rows_of(&dirty));
    assert_eq!(rows.len() as u64, 10_000 + faults.additional_rows());
    let ids = column(&rows, 1);
    let kind = |wanted: &dyn Fn(&str) -> bool| ids.iter().filter(|id| wanted(id)).count() as u64;
    assert_eq!(kind(&|id| id.is_empty()), faults.missing_id);
    assert_eq!(kind(&|id| crate::codes::looks_mangled(id)), faults.scientific_notation);
    assert_eq!(kind(&|id| terms::normalise_id(id) != id), faults.stray_characters);
    assert_eq!(kind(&|id| classify(&terms::normalise_id(id)).has_wrong_check()), faults.wrong_check_digit);
    let unknown = column(&rows, 2).into_iter().filter(|word| terms::Status::from_word(word).is_none()).count();
    assert_eq!(unknown as u64, faults.unknown_status);
    let read: BTreeSet<String> = rows
        .iter()
        .filter(|row| terms::Status::from_word(&row[2]) == Some(terms::Status::Live) && !row[1].is_empty())
        .map(|row| terms::normalise_id(&row[1]).into_owned())
        .collect();
    assert_eq!(read.len(), 10_000, "one live entity a row asked for, whatever the faults");
    let sound = clean.iter().filter(|row| read.contains(&row[1])).count() as u64;
    assert_eq!(sound, 10_000 - faults.wrong_check_digit);
    assert!([faults.duplicated_row, faults.missing_id, faults.scientific_notation].iter().all(|&n| n > 30));
}

#[test]
fn headers_and_words_are_those_that_ingest_reads() {
    for preset in Preset::ALL {
        let population = population(&request(preset, 3_000)).unwrap();
        for spec in population.tables() {
            for column in &spec.columns {
                let read = terms::Column::from_header(column.header).map(|c| c.canonical());
                assert_eq!(read, Some(column.name), "{:?}: {}", spec.table, column.header);
                let read = terms::Column::from_header(column.name).map(|c| c.canonical());
                assert_eq!(read, Some(column.name), "{:?}", spec.table);
            }
        }
        let credit = rows(&population, Table::Credit);
        assert!(column(&credit, 1).iter().all(|word| terms::Grade::from_word(word).is_some()));
        assert!(column(&credit, 2).iter().all(|word| terms::Color::from_word(word).is_some()));
        let entities = rows(&population, Table::Entities);
        let status = population.tables()[0].columns.iter().position(|c| c.name == "status").unwrap();
        for word in column(&entities, status) {
            assert!(terms::Status::from_word(word).is_some_and(|s| s != terms::Status::Unknown), "{word}");
        }
    }
}

#[test]
fn companions_belong_to_the_given_ids_in_their_order() {
    let ids: Vec<String> = (0..1_000).map(|i| format!("ID{i:05}")).collect();
    let given = ids.iter().cloned().chain(["", "ID00007", "  "].map(str::to_owned));
    let population = companions(given, &Request::new(Preset::Xiaoshan, "laws")).unwrap();
    assert_eq!((population.rows(), population.skipped()), (1_000, 3));
    assert!(population.tables().iter().all(|spec| spec.table != Table::Entities));
    for spec in population.tables().iter().filter(|spec| spec.table != Table::Inspectors) {
        let rows = rows(&population, spec.table);
        let known = column(&rows, 0).into_iter().all(|id| ids.iter().any(|given| given == id));
        assert!(known && !rows.is_empty(), "{:?}", spec.table);
    }
    let credit = rows(&population, Table::Credit);
    assert!(column(&credit, 0).is_sorted());
    assert!(companions(Vec::<String>::new(), &Request::new(Preset::Xiaoshan, "laws")).is_err());
}

#[test]
fn the_bench_tables_are_three_orders_of_one_set_of_ids() {
    let population = population(&request(Preset::Bench, 100_000)).unwrap();
    let stems: Vec<&str> = population.tables().iter().map(|spec| spec.stem.as_str()).collect();
    assert_eq!(stems, ["entities", "credit", "risk"]);
    let [entities, credit, risk] = [Table::Entities, Table::Credit, Table::Risk("risk")].map(|t| rows(&population, t));
    assert_eq!([entities.len(), credit.len(), risk.len()], [100_000, 95_000, 90_000]);
    let known: BTreeSet<&str> = column(&entities, 0).into_iter().collect();
    for table in [&credit, &risk] {
        let ids = column(table, 0);
        assert!(ids.iter().all(|id| known.contains(id)));
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
    let same_place = entities.iter().zip(&credit).filter(|(a, b)| a[0] == b[0]).count();
    assert!(same_place < 20, "{same_place} ids in the same row of both tables");
    for (word, share) in [("live", 0.90), ("deregistered", 0.07), ("revoked", 0.03)] {
        assert_share(counts(column(&entities, 3))[word], 100_000, share, word);
    }
}

#[test]
fn batches_have_the_types_of_their_schema() {
    let population = population(&request(Preset::Xiaoshan, 500)).unwrap();
    let block = population.block(0, |table| table != Table::Flags).unwrap();
    for (spec, batch) in population.tables().iter().zip(&block.batches) {
        assert_eq!(batch.is_none(), spec.table == Table::Flags);
        for (array, column) in batch.iter().flat_map(|b| b.columns()).zip(&spec.columns) {
            match column.data_type {
                DataType::Date32 => assert!(!array.as_primitive::<Date32Type>().is_empty()),
                DataType::Float64 => {
                    assert!(array.as_primitive::<Float64Type>().values().iter().all(|v| v.is_finite()))
                }
                _ => assert!(!array.is_empty()),
            }
        }
    }
    assert!(population.block(1, |_| true).unwrap().batches.iter().flatten().all(|b| b.num_rows() == 0));
}

#[test]
fn the_sample_set_stays_below_three_megabytes_and_leaves_no_partial_file() {
    let request = Request { dirt: 0.002, ..Request::new(Preset::Yongchuan, "data-samples") };
    let (report, files) = written(&request, &Layout::sample(), 2);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["credit.xlsx", "registry.csv", "risk-integrated.parquet"]);
    let total: u64 = report.files.iter().map(|file| file.bytes).sum();
    assert_eq!(total, files.values().map(|bytes| bytes.len() as u64).sum::<u64>());
    assert!(total < 3_000_000, "{:?}", report.files);
    let (registry, _, wrong) = encoding_rs::GB18030.decode(&files["registry.csv"]);
    assert!(!wrong);
    let mut lines = registry.lines();
    assert_eq!(lines.next(), Some("永川区检查对象名录库（模拟数据）,,,,,,"));
    assert_eq!(lines.next(), Some("企业名称,统一社会信用代码,登记状态,管辖单位,行业代码,企业类型,成立日期"));
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
        "重庆市永川区兴力物资有限公司,91500118W5WWD9WC6Y,存续,南大街监管所,F51,有限责任公司,2008-10-11"
    );
    assert_eq!(credit[0].join(","), "PIN");
}
