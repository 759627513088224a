//! Lots: tickets per second, by every kernel of this machine on one thread, and as runs compute them on all threads.
//!
//! `cargo bench --bench lots`; with `FAIRDRAW_BENCH_LARGE=1` up to ten million entities.

mod grid;

use divan::Bencher;
use divan::counter::ItemsCount;
use fairdraw::sampling::chacha::{self, Kernel};
use fairdraw::sampling::lots::iv;
use grid::Entities;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::fmt;

fn main() {
    divan::main();
}

/// Entities of the benches on one thread: their ivs and tickets fit the second-level cache.
const ON_ONE_THREAD: usize = 1 << 14;

/// A kernel by its name and shape.
#[derive(Clone, Copy)]
struct Named(Kernel);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} lanes, {}", self.0.name(), self.0.lanes(), Entities(ON_ONE_THREAD))
    }
}

fn kernels() -> impl Iterator<Item = Named> {
    chacha::kernels().into_iter().map(Named)
}

/// One kernel on one thread, ivs given.
#[divan::bench(args = kernels())]
fn kernel_on_one_thread(bencher: Bencher, Named(kernel): Named) {
    let ivs = grid::ivs(ON_ONE_THREAD);
    let mut tickets = vec![0; ON_ONE_THREAD];
    let key = grid::key();
    bencher
        .counter(ItemsCount::new(ON_ONE_THREAD))
        .bench_local(|| chacha::tickets_with(kernel, key.as_bytes(), divan::black_box(&ivs), &mut tickets));
}

/// What the kernels are tested against: a general stream generator, set up anew for every entity.
#[divan::bench(args = [Entities(ON_ONE_THREAD)])]
fn rand_chacha_on_one_thread(bencher: Bencher, Entities(population): Entities) {
    let ivs = grid::ivs(population);
    let mut tickets = vec![0; population];
    let key = *grid::key().as_bytes();
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        for (ticket, iv) in tickets.iter_mut().zip(divan::black_box(&ivs)) {
            let (halves, _) = iv.as_chunks();
            let mut generator = ChaCha20Rng::from_seed(key);
            generator.set_stream(u64::from_le_bytes(halves[1]));
            generator.set_word_pos(u128::from(u64::from_le_bytes(halves[0])) * 16);
            *ticket = generator.next_u64();
        }
    });
}

/// SHA-256 of the id, one thread.
#[divan::bench(args = [Entities(ON_ONE_THREAD)])]
fn iv_on_one_thread(bencher: Bencher, Entities(population): Entities) {
    let ids: Vec<String> = (0..population).map(|entity| String::from_utf8_lossy(&grid::id(entity)).into()).collect();
    let mut ivs = vec![[0; 16]; population];
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        ivs.iter_mut().zip(divan::black_box(&ids)).for_each(|(place, id)| *place = iv(id));
    });
}

/// All threads, ivs given.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 30, max_time = 10)]
fn tickets_from_ivs(bencher: Bencher, Entities(population): Entities) {
    let ivs = grid::ivs(population);
    let mut tickets = vec![0; population];
    let key = grid::key();
    bencher.counter(ItemsCount::new(population)).bench_local(|| key.tickets(divan::black_box(&ivs), &mut tickets));
}

/// All threads, from ids of 18 bytes: what a run does.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 30, max_time = 10)]
fn tickets_from_ids(bencher: Bencher, Entities(population): Entities) {
    let ids: Vec<[u8; grid::ID_LENGTH]> = (0..population).map(grid::id).collect();
    let key = grid::key();
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        key.tickets_of(population, |entity, buffer| buffer.extend_from_slice(&divan::black_box(&ids)[entity]))
    });
}
