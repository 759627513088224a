//! The core of fairdraw: all that decides a draw, on slices and Arrow arrays, without an engine or a data file.
//!
//! In the order of the modules: ids are packed ([`keys`]), checked ([`codes`]) and read in the field's words ([`terms`]);
//! [`contract`] holds the columns of every published table; [`sampling`] is the draw on slices, [`batches`] the same over
//! Arrow record batches, wherever they are, [`score`] turns factors into weights; [`task`] holds the stages, functions on a [`part`] of the frame.
//! [`assign`] makes visits, weeks, teams and codes of what was drawn.
//! A [`plan`] composes the options. [`recheck`] recomputes printed figures.
//!
//! ```
//! use fairdraw_core::sampling::{DrawRequest, Design, LotKey, Lots, Population, draw, lots::iv};
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
pub mod batches;
pub mod score;
pub mod part;
pub mod task;
pub mod assign;
pub mod recheck;
pub mod plan;
pub mod unfinished;
