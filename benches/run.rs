//! Whole runs and their stages: entities per second.
//!
//! `cargo bench --bench run`; with `FAIRDRAW_BENCH_LARGE=1` up to ten million entities. The process as a whole, beside
//! other programs: benches/peers.py.

mod grid;
mod registries;

use divan::Bencher;
use divan::counter::ItemsCount;
use fairdraw::lottery::DrawResult;
use fairdraw::plan::{Draws, Task, Window};
use fairdraw::publish::frame_table::{self, DrawnFrame, FrameTable};
use fairdraw::run::{Planned, RunOptions, draw, run};
use fairdraw::scoring::{Drawable, Settled};
use fairdraw::spill::Room;
use fairdraw::task::Method;
use fairdraw::terms::Calendar;
use fairdraw_core::assign::{Assignment, Inspector, Needs, Roster, Visit, VisitTask, assign_weeks, form_visits};
use grid::Entities;
use registries::Registries;
use std::collections::BTreeSet;

fn main() {
    divan::main();
}

fn planned(registries: &Registries) -> Planned<'_> {
    Planned::of(&registries.plan, &|_| ()).expect("a plan without a table of tasks")
}

fn drawable<'p>(planned: &'p Planned<'_>) -> Drawable<'p> {
    planned.prepare(true, &Room::unlimited(), &|_| ()).expect("tables without faults").drawable
}

fn settled(drawable: Drawable<'_>) -> Settled<'_> {
    match drawable {
        Drawable::One(settled) => *settled,
        Drawable::Tasks(..) => unreachable!("the plan is one draw"),
    }
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
    bencher.counter(ItemsCount::new(population)).bench_local(|| drawable(&planned(&registries)).frame().len());
}

/// Probabilities and selection over a frame.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 15)]
fn draw_of_a_frame(bencher: Bencher, Entities(population): Entities) {
    let registries = Registries::new(population, "parquet");
    let planned = planned(&registries);
    let settled = settled(drawable(&planned));
    bencher.counter(ItemsCount::new(population)).bench_local(|| {
        let lots = settled.lots().expect("lots were asked for");
        DrawResult::of(divan::black_box(&settled.scored), settled.method, lots).expect("a draw")
    });
}

/// Tasks of one rule and one stream over a frame: lists and summaries in memory.
#[divan::bench(args = [1, 32, 552], sample_size = 1, sample_count = 5, max_time = 60)]
fn tasks_of_a_round(bencher: Bencher, tasks: usize) {
    const POPULATION: usize = 300_000;
    let registries = Registries::new(POPULATION, "parquet");
    let mut plan = registries.plan.clone();
    if let Draws::One(method) = &plan.draws {
        plan.draws = Draws::Tasks((0..tasks).map(|number| task(number, method)).collect());
    }
    let planned = Planned::of(&plan, &|_| ()).expect("a plan without a table of tasks");
    let Drawable::Tasks(frame, tasks) = drawable(&planned) else { unreachable!("the plan has tasks") };
    bencher.counter(ItemsCount::new(POPULATION * tasks.len())).bench_local(|| {
        draw(&plan, Drawable::Tasks(frame.clone(), tasks), &planned.left, false, &|_| ()).expect("draws").outcomes.len()
    });
}

fn task(number: usize, method: &Method) -> Task {
    Task::bare(format!("T{number:03}"), Window { first: 19_417, last: 19_538 }, method.clone())
}

/// `frame.parquet`, with its digest.
#[divan::bench(args = grid::populations(), sample_size = 1, sample_count = 10, max_time = 30)]
fn publish_frame(bencher: Bencher, Entities(population): Entities) {
    let registries = Registries::new(population, "parquet");
    let planned = planned(&registries);
    let Settled { method, scored, lots, .. } = settled(drawable(&planned));
    let drawn = DrawResult::of(&scored, method, lots.expect("lots were asked for")).expect("a draw");
    let draw = DrawnFrame { task: None, method, scored, drawn };
    let table = FrameTable::of(&registries.plan, &draw.scored.frame, Some(&draw)).expect("a frame in memory");
    let path = registries.path("frame.parquet");
    bencher
        .counter(ItemsCount::new(population))
        .bench_local(|| frame_table::write(&path, &table, Vec::new(), &mut |_| (), &|_| ()).expect("room on disk"));
}

/// The second lot alone: 20,000 visits of five departments, 3,000 inspectors.
#[divan::bench(sample_size = 1, sample_count = 3)]
fn teams_of_a_round(bencher: Bencher) {
    const VISITS: usize = 20_000;
    let departments: Vec<String> = (0..5).map(|own| format!("局{own}")).collect();
    let task = VisitTask {
        id: "T".to_owned(),
        lead: departments[0].clone(),
        members: departments[1..].to_vec(),
        items: Vec::new(),
        first: 19_417,
        last: 19_538,
    };
    let visits: Vec<Visit> = (0..VISITS).flat_map(|own| form_visits(&format!("E{own:05}"), [&task], &[], 1)).collect();
    let stations: Vec<String> = (0..VISITS).map(|own| format!("所{}", own % 20)).collect();
    let stations: Vec<&str> = stations.iter().map(String::as_str).collect();
    let inspector = |own: usize| Inspector {
        id: format!("P{own:05}"),
        department: departments[own % 5].clone(),
        station: format!("所{}", own / 5 % 20),
        qualifications: BTreeSet::new(),
        may_lead: true,
        active: true,
        valid_from: None,
        valid_to: None,
        capacity: None,
        expert: false,
    };
    let inspectors = (0..3_000).map(inspector).collect();
    let roster = Roster { inspectors, recused: BTreeSet::new(), size: 2, borrow: true, earlier: None };
    let (needs, tasks) = (Needs::default(), [task]);
    bencher.counter(ItemsCount::new(VISITS * 5)).bench_local(|| {
        let weeks = assign_weeks(&visits, &stations, &[], &Calendar::new([]), "dice").expect("one line");
        let dealt = Assignment::deal("dice", &roster, &needs, &tasks, &visits, &weeks, &stations).expect("one line");
        dealt.teams.len()
    });
}
