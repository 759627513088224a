//! Ingest: rows per second from files to checked tables, by format.
//!
//! `cargo bench --bench ingest`; with `FAIRDRAW_BENCH_LARGE=1` up to ten million entities. A population has three
//! tables (entities, credit, risk) with 2.85 rows per entity in all; throughput counts rows.

mod grid;
mod registries;

use divan::Bencher;
use divan::counter::ItemsCount;
use fairdraw::ingest::read_tables;
use fairdraw::spill::Room;
use grid::Entities;
use registries::Registries;
use std::fmt;

fn main() {
    divan::main();
}

/// A population in a format.
#[derive(Clone, Copy)]
struct Shape {
    format: &'static str,
    population: Entities,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.format, self.population)
    }
}

/// A sheet of Excel ends at 1,048,576 rows and is slow to make.
const LARGEST_SHEET: usize = 100_000;

fn shapes() -> impl Iterator<Item = Shape> {
    let formats = ["parquet", "csv", "csv-gb18030", "csv.gz", "xlsx"];
    let of = move |format| grid::populations().into_iter().map(move |population| Shape { format, population });
    formats.into_iter().flat_map(of).filter(|shape| shape.format != "xlsx" || shape.population.0 <= LARGEST_SHEET)
}

#[divan::bench(args = shapes(), sample_size = 1, sample_count = 10, max_time = 20)]
fn rows(bencher: Bencher, Shape { format, population }: Shape) {
    let registries = Registries::new(population.0, format);
    bencher.counter(ItemsCount::new(registries.rows)).bench_local(|| {
        read_tables(&registries.plan, &[], &Room::unlimited(), &|_| ()).expect("tables without faults")
    });
}
