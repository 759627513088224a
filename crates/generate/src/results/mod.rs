//! Sample results: tables of inspections from which the figures that two districts published recompute, row by row.
//!
//! The documents print counts; the rows behind them were never published. [`write_sample_results`] makes rows that have
//! these counts exactly and a plausible shape otherwise:
//!
//! * Tasks are carried out stop by stop ([`fieldwork`]): working days only, no entity twice in a task, never two
//!   departments at one entity on one day unless they visit together.
//! * What is found depends on grade and color code; how many problems there are in each group of tasks is given
//!   ([`findings`]).
//! * [`xiaoshan`] and [`haishu`] hold the counts, each beside the sentence it comes from.
//!
//! Everything is drawn from the seed, in one thread: the same seed gives the same bytes everywhere.

use std::path::Path;
use std::str::FromStr;

use self::departments::Item;
use self::entities::Entity;
use self::fieldwork::Task;
use self::findings::Inspection;
use self::followup::{Form, Listing};
use super::GenerateError;
use super::output::Output;
use super::places::Place;
use super::randomness::{Purpose, Randomness};
use super::write::FileReport;

mod calendar;
mod departments;
mod entities;
mod fieldwork;
mod files;
mod findings;
mod followup;
mod haishu;
mod xiaoshan;

/// A year of results to imitate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SampleResults {
    /// Xiaoshan in Hangzhou, to 2021-11-26.
    Xiaoshan2021,
    /// Haishu in Ningbo, 2023.
    Haishu2023,
}

impl SampleResults {
    /// Both.
    pub const ALL: [SampleResults; 2] = [SampleResults::Xiaoshan2021, SampleResults::Haishu2023];

    /// The name on the command line, in front of the names of the files and in the derivation of random numbers.
    pub fn name(self) -> &'static str {
        match self {
            SampleResults::Xiaoshan2021 => "xiaoshan-2021",
            SampleResults::Haishu2023 => "haishu-2023",
        }
    }

    /// The rows of all tables.
    fn rows(self, seed: &str) -> Sample {
        let randomness = Randomness::new(self.name(), seed);
        match self {
            SampleResults::Xiaoshan2021 => xiaoshan::sample(&randomness),
            SampleResults::Haishu2023 => haishu::sample(&randomness),
        }
    }
}

impl FromStr for SampleResults {
    type Err = GenerateError;

    fn from_str(name: &str) -> Result<Self, GenerateError> {
        SampleResults::ALL
            .into_iter()
            .find(|set| set.name() == name)
            .ok_or_else(|| GenerateError::UnknownResults { given: name.to_owned() })
    }
}

/// Writes the sample results into `folder` (made if missing): `NAME-results.parquet`, `NAME-tasks.csv`,
/// `NAME-items.csv`, `NAME-plans.csv`, `NAME-entities.parquet`, `NAME-listings.parquet` and `NAME-feedback.csv`, all with
/// Chinese headers. Each file is written beside its place and renamed whole; files of the same name are replaced.
///
/// # Errors
/// A seed that is empty or of several lines, or a folder or file that cannot be written.
pub fn write_sample_results(set: SampleResults, seed: &str, folder: &Path) -> Result<Vec<FileReport>, GenerateError> {
    if seed.is_empty() || seed.contains(['\n', '\r']) {
        return Err(GenerateError::BadSeed);
    }
    std::fs::create_dir_all(folder).map_err(|source| GenerateError::Io { file: folder.to_owned(), source })?;
    let tables = files::tables(set, &set.rows(seed))?;
    let mut reports = Vec::with_capacity(tables.len());
    for files::FileContent { spec, format, batch } in tables {
        let (mut output, encoder) = Output::open(folder, &spec, format)?;
        let mut piece = encoder.begin()?;
        encoder.add(&mut piece, batch)?;
        output.append(encoder.close(piece)?)?;
        reports.push(output.finish()?);
    }
    Ok(reports)
}

/// The district whose results they are.
#[derive(Debug)]
struct District {
    /// In front of every id.
    prefix: &'static str,
    /// The year.
    year: i16,
    /// Region and streets; each street has a station.
    place: &'static Place,
    /// Stations beside those of the streets, with a relative number of entities (assumed).
    more_stations: &'static [(&'static str, u32)],
    /// Departments, taken from the front of the list.
    departments: usize,
    /// Entities of the registry.
    entities: usize,
    /// How many of them are inspected, from the front of the series of ids.
    inspected: usize,
}

/// The rows of all tables. Rows name each other by their places in these lists.
struct Sample {
    district: &'static District,
    inspections: Vec<Inspection>,
    tasks: Vec<Task>,
    items: Vec<Item>,
    plans: Vec<Plan>,
    entities: Vec<Entity>,
    listings: Vec<Listing>,
    feedback: Vec<Form>,
}

/// A plan of inspections.
struct Plan {
    name: String,
    departments: Vec<usize>,
    period: Period,
    /// First and last day, in days since 1970-01-01 as everywhere here.
    start: i32,
    due: i32,
    /// The joint plan that it became part of.
    merged_into: Option<usize>,
}

/// The time that a plan is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Period {
    Year,
    Month,
    Week,
}

/// Streams of random numbers, one a stage.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Registry,
    Fieldwork,
    Findings,
    Listings,
    Feedback,
}

impl Stage {
    fn draws(self, randomness: &Randomness) -> super::randomness::Draws {
        randomness.draws(Purpose::Results, self as u64)
    }
}

#[cfg(test)]
mod tests;
