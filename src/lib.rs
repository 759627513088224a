//! fairdraw: registries in, a verifiable draw out.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod keys;
pub mod codes;
pub mod terms;
pub mod sampling;
pub mod arrow_door;
pub mod score;
#[cfg(feature = "pipeline")]
pub mod plan;
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
pub mod explain;
#[cfg(feature = "pipeline")]
pub mod simulate;
#[cfg(feature = "pipeline")]
pub mod commitment;
#[cfg(feature = "pipeline")]
pub mod generate;
#[cfg(feature = "pipeline")]
pub mod cli;
