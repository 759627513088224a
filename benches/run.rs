//! Whole runs and their stages: entities per second.
//!
//! `cargo bench --bench run`; with `FAIRDRAW_BENCH_LARGE=1` up to ten million entities. The process as a whole, beside
//! other programs: benches/peers.py.

mod grid;
mod registries;

use divan::Bencher;
use divan::counter::ItemsCount;
use fairdraw::lottery::{DrawResult, LotColumn};
use fairdraw::publish::frame_table;
use fairdraw::publish::run_folder::Record;
use fairdraw::run::{Prepared, RunOptions, prepare, run};
use fairdraw::spill::Room;
use grid::Entities;
use registries::Registries;

fn main() {
    divan::main();
}

fn lots(registries: &Registries) -> LotColumn {
    LotColumn::new(&registries.plan).expect("a plan with a seed")
}

fn prepared(registries: &Registries) -> Prepared {
    prepare(&registries.plan, Some(lots(registries)), &Room::unlimited(), &|_| ()).expect("tables without faults")
}

/// From Parquet tables to a published folder.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 60)]
fn whole_run(bencher: Bencher, Entities(population): Entities) {
    let registries = Registries::new(population, "parquet");
    bencher
        .counter(ItemsCount::new(population))
        .bench_local(|| run(&registries.plan, &RunOptions::default(), &|_| ()).expect("a run"));
}

/// The first half of a run: read, join, weigh, divide, give lots.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 30)]
fn read_join_weigh_divide(bencher: Bencher, Entities(population): Entities) {
    let registries = Registries::new(population, "parquet");
    bencher.counter(ItemsCount::new(population)).bench_local(|| prepared(&registries));
}

/// Probabilities and selection over a frame; a copy of its lots is within the time.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 15)]
fn draw_of_a_frame(bencher: Bencher, Entities(population): Entities) {
    let registries = Registries::new(population, "parquet");
    let Prepared { scored, lots, .. } = prepared(&registries);
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        let lots = lots.clone().expect("lots were asked for");
        DrawResult::of(divan::black_box(&scored), &registries.plan, lots).expect("a draw")
    });
}

/// `frame.parquet`, with its digest.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 30)]
fn publish_frame(bencher: Bencher, Entities(population): Entities) {
    let registries = Registries::new(population, "parquet");
    let Prepared { scored, lots, receipts, quarantine, warnings } = prepared(&registries);
    let lots = lots.expect("lots were asked for");
    let drawn = DrawResult::of(&scored, &registries.plan, lots).expect("a draw");
    let plan = &registries.plan;
    let record = Record { plan, scored: &scored, drawn: &drawn, receipts, quarantine, warnings, commitment: None };
    let path = registries.path("frame.parquet");
    bencher
        .counter(ItemsCount::new(population))
        .bench_local(|| frame_table::write(&path, &record, Vec::new(), &mut |_| (), &|_| ()).expect("room on disk"));
}
