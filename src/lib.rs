//! fairdraw: registries of market entities in, a verifiable risk-weighted draw out.
//!
//! The flow, in the order of the modules: ids are packed ([`keys`]), checked ([`codes`]) and read in the field's words
//! ([`terms`]); [`contract`] holds the columns of every published table; [`sampling`] is the draw on slices, [`arrow_door`] the same over Arrow record batches, [`score`] turns
//! factors into weights. With the default feature `pipeline`, a [`plan`] says what to do, [`ingest`] reads the tables,
//! [`frame`] joins, weighs and stratifies them, [`lottery`] draws, [`publish`] writes, and [`run`] does all of this.
//! Results of inspections come back through [`results`]; [`kpi`] computes the figures and [`report`] shows them;
//! [`verify_kpi`] recomputes them. [`commitment`] announces a draw, [`simulate`] tests it, [`verify`] and [`explain`] check and explain a published run;
//! [`generate`] makes populations.
//!
//! ```
//! use fairdraw::sampling::{DrawRequest, Design, LotKey, Lots, Population, draw, lots::iv};
//!
//! let key = LotKey::derive("public dice 3 1 6 2", "2023").unwrap();
//! let ids = ["91350100M000100Y43", "440301103097413", "911100001000044477", "91330100799655058B"];
//! let tickets: Vec<u64> = ids.iter().map(|id| key.ticket(&iv(id))).collect();
//! let population = Population {
//!     weights: &[500_000, 1_000_000, 2_000_000, 4_000_000], // micro-units
//!     lots: Lots::Tickets(&tickets),
//!     strata: None,
//! };
//! let request = DrawRequest { sizes: &[2], design: Design::Pareto, alpha: 1e-3, reserve: 1 };
//! let outcome = draw(&population, &request).unwrap();
//! assert_eq!(outcome[0].drawn.len() + outcome[0].inclusion.take_all.len(), 2);
//! ```
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod contract;
pub mod digest;
pub mod keys;
pub mod codes;
pub mod terms;
pub mod sampling;
pub mod arrow_door;
pub mod score;
pub mod part;
pub mod task;
pub mod recheck;
#[cfg(feature = "pipeline")]
pub mod plan;
#[cfg(feature = "pipeline")]
mod guard;
#[cfg(feature = "pipeline")]
pub mod memory;
#[cfg(feature = "pipeline")]
pub mod message;
#[cfg(feature = "pipeline")]
pub mod progress;
#[cfg(feature = "pipeline")]
pub mod spill;
#[cfg(feature = "pipeline")]
mod table_reader;
#[cfg(feature = "pipeline")]
pub mod ingest;
#[cfg(feature = "pipeline")]
pub mod frame;
#[cfg(feature = "pipeline")]
pub mod lottery;
#[cfg(feature = "pipeline")]
pub mod run;
#[cfg(feature = "pipeline")]
pub mod publish;
#[cfg(feature = "pipeline")]
pub mod published;
#[cfg(feature = "pipeline")]
pub mod verify;
#[cfg(feature = "pipeline")]
pub mod verify_kpi;
#[cfg(feature = "pipeline")]
pub mod explain;
#[cfg(feature = "pipeline")]
pub mod simulate;
#[cfg(feature = "pipeline")]
pub mod commitment;
#[cfg(feature = "pipeline")]
pub mod results;
#[cfg(feature = "pipeline")]
pub mod kpi;
#[cfg(feature = "pipeline")]
pub mod report;
#[cfg(feature = "pipeline")]
pub mod generate;
#[cfg(feature = "pipeline")]
pub mod cli;
