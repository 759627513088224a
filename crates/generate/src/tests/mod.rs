//! Laws of populations: same bytes however the work is done, exact counts, valid unique ids, prefixes.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use arrow::record_batch::RecordBatch;

use super::*;
use fairdraw_core::codes::{IdKind, classify};
use fairdraw_core::terms;

mod files;
mod shares;

/// All batches of a table, put together as rows of text; an empty cell is an empty string.
fn rows(population: &Population, table: Table) -> Vec<Vec<String>> {
    let place = population.tables().iter().position(|spec| spec.table == table).unwrap();
    let mut rows = Vec::new();
    for block in population.blocks() {
        let batch: RecordBatch = block.unwrap().batches[place].take().unwrap();
        rows.extend(rows_of_batch(&batch));
    }
    rows
}

fn rows_of_batch(batch: &RecordBatch) -> Vec<Vec<String>> {
    (0..batch.num_rows())
        .map(|row| batch.columns().iter().map(|array| text::cell(array.as_ref(), row).into_owned()).collect())
        .collect()
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
    assert_eq!(kind(&|id| fairdraw_core::codes::looks_mangled(id)), faults.scientific_notation);
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
            // A plan asks for the groups of industries by their header.
            for column in spec.columns.iter().filter(|column| column.name != "industry_group") {
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
