//! Synthetic populations: registries with ratings, flags, a ledger and inspectors, of any size, by presets.
//!
//! A [`Request`] names a [`Preset`], a size and a seed. [`population`] makes the registry and everything that goes
//! with it; [`companions`] makes the rest for a registry that already exists. Either gives a [`Population`], which
//! hands out Arrow record batches block by block or writes files ([`Population::write`], [`write()`]).
//!
//! * **Same request, same bytes**: every block of 65,536 rows draws from its own ChaCha20 stream, so neither
//!   threads nor the order of work matter.
//! * **Exact counts**: status, flags and visits come out at the preset's counts at any size (Webster
//!   apportionment over the rows); grades, colors, regions, industries are drawn independently and keep their
//!   shares within the binomial error.
//! * **A larger population begins with the smaller one**, row for row, when the smaller one's size is a multiple of
//!   64. At other sizes status, flags and visits of the last, incomplete run of 64 rows may differ, because the
//!   counts are exact at every size.
//! * **Nothing is held**: a population of 190 million rows streams in blocks.
//!
//! [`write_sample_results`] makes the other end of the year: results of inspections with the counts that two districts
//! published.
//!
//! Everything is made up: names by composing words, ids in a series not seen in real registries.

mod bench;
mod columnar;
mod counting;
mod entities;
mod error;
mod faults;
mod format;
mod ids;
mod inspectors;
mod latent;
mod ledger;
mod names;
mod output;
mod permutation;
mod places;
mod population;
mod preset;
mod profiles;
mod randomness;
mod ratings;
mod request;
mod results;
mod sheet;
mod subjects;
mod tables;
mod text;
mod words;
mod write;

use std::path::Path;

pub use error::GenerateError;
pub use faults::Faults;
pub use format::{Format, Layout, TextEncoding, TextFormat};
pub use places::Place;
pub use population::{Block, Population, companions, population};
pub use preset::{MAX_ROWS, Preset, Profile, RegistryColumn, RiskModel, Scale, StatusClass};
pub use randomness::BLOCK_ROWS;
pub use request::Request;
pub use results::{SampleResults, write_sample_results};
pub use tables::{ColumnSpec, Table, TableSpec};
pub use words::Kind;
pub use write::{FileReport, Report};

/// Makes a population and writes it into `folder`: [`population`], then [`Population::write`].
///
/// # Errors
/// A request that cannot be met, or a folder or file that cannot be written.
pub fn write(
    request: &Request,
    folder: &Path,
    layout: &Layout,
    observe: &dyn Fn(u64, u64),
) -> Result<Report, GenerateError> {
    population(request)?.write(folder, layout, observe)
}

#[cfg(test)]
mod tests;
