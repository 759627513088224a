//! fairdraw: registries of market entities in, a verifiable risk-weighted draw out.
//!
//! What decides a draw is the crate `fairdraw-core`, whose modules stand here under their own names. Around it, in the order of
//! the flow: a [`plan`] says what to do, [`ingest`] reads the tables, [`frame`] joins them, [`scoring`] settles weights and sizes, [`lottery`] draws, [`publish`]
//! writes, and [`run`](mod@run) does all of this. Results of inspections come back through [`results`]; [`kpi`] computes the figures and
//! [`report`] shows them; [`verify_kpi`] recomputes them. [`commitment`] announces a draw, [`simulate`] tests it, [`verify`]
//! and [`explain`] check and explain a published run.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub use fairdraw_core::{
    batches, codes, contract, digest, keys, part, plan, recheck, sampling, score, task, terms, unfinished,
};

mod guard;
pub mod memory;
pub mod message;
pub mod progress;
mod coded;
pub mod spill;
mod table_reader;
pub mod remote;
pub mod ingest;
pub mod frame;
pub mod spread;
pub mod coding;
pub mod lottery;
pub mod scoring;
pub mod drift;
pub mod run;
pub mod ranges;
pub mod publish;
pub mod published;
pub mod review;
pub mod assign;
pub mod amend;
pub mod amendment;
pub mod standing;
pub mod verify;
pub mod verify_assign;
pub mod verify_kpi;
pub mod explain;
pub mod publication;
pub mod simulate;
pub mod simulate_year;
pub mod commitment;
pub mod results;
pub mod kpi;
pub mod nightly;
pub mod signature;
pub mod prune;
pub mod report;
pub mod cli;
