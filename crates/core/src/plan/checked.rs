//! The plan as checked: what every stage works from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::words::{Direction, Duplicates, TextEncoding};
use crate::sampling::Design;
use crate::task::{Certainties, Division, Rule, Scope, Size, Sizing, Weighting};
use crate::terms::Warning;

/// A checked plan. Numbers are finite and in range, words are known, paths are resolved.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Short name: lower-case letters, digits and hyphens.
    pub name: String,
    /// Title for people.
    pub title: Option<String>,
    /// Reference date of the plan, in days since 1970-01-01.
    pub as_of: i32,
    /// The same day as a date.
    pub as_of_date: Date,
    /// The document, byte for byte.
    pub text: String,
    /// The plan's file, as it was given.
    pub path: PathBuf,
    /// SHA-256 of the document, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The tables to read.
    pub inputs: Inputs,
    /// Who may be drawn.
    pub eligibility: Scope,
    /// The factors of the weight.
    pub weight: Weighting,
    /// Certainties and exemptions; the first rule that matches decides.
    pub rules: Vec<Rule>,
    /// How the population is divided.
    pub strata: Division,
    /// How many are drawn.
    pub size: Size,
    /// Random selection.
    pub draw: Draw,
    /// Where the run is written.
    pub output: Output,
    /// Settings that are valid but may be unintended.
    pub warnings: Vec<Warning>,
}

impl Plan {
    /// How the strata are sized.
    pub fn sizing(&self) -> Sizing<'_> {
        Sizing { size: &self.size, division: &self.strata, certainties: self.draw.certainties }
    }
}

/// The tables to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// The registry of entities.
    pub entities: TableInput,
    /// Grades and colours.
    pub credit: Option<TableInput>,
    /// Risk scores, sorted by model.
    pub risk: Vec<RiskInput>,
    /// Flags.
    pub flags: Option<TableInput>,
    /// Past visits.
    pub ledger: Option<TableInput>,
    /// The registry of inspectors.
    pub inspectors: Option<TableInput>,
    /// Largest share of a table's rows that may be set aside, 0 to 1.
    pub set_aside_limit: f64,
}

impl Inputs {
    /// Every table.
    pub fn tables(&self) -> impl Iterator<Item = &TableInput> {
        let optional = [&self.credit, &self.flags, &self.ledger, &self.inspectors];
        let risk = self.risk.iter().map(|risk| &risk.table);
        std::iter::once(&self.entities).chain(optional.into_iter().flatten()).chain(risk)
    }
}

/// A table in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInput {
    /// The file, resolved against the plan's folder.
    pub path: PathBuf,
    /// The file as the plan writes it; what messages and the manifest show.
    pub as_written: String,
    /// Encoding of a text file.
    pub encoding: TextEncoding,
    /// The byte between the cells of a text file; to be found if not named.
    pub delimiter: Option<u8>,
    /// Sheet of an Excel file; the first that is not hidden if not named.
    pub sheet: Option<String>,
    /// Row of the headers, counted from 1; to be found if not named.
    pub header_row: Option<u32>,
    /// Headers by column name (snake_case); `#1` is the first column.
    pub columns: BTreeMap<String, String>,
    /// Which usable row of one entity is kept.
    pub duplicates: Duplicates,
    /// Whether the plan says that the registry has no status.
    pub no_status: bool,
    /// Most bytes that the file may unpack to; by its size if not named.
    pub unpacked_limit: Option<u64>,
}

impl TableInput {
    /// A file that is read as it is found.
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            as_written: path.display().to_string(),
            encoding: TextEncoding::Auto,
            delimiter: None,
            sheet: None,
            header_row: None,
            columns: BTreeMap::new(),
            duplicates: Duplicates::First,
            no_status: false,
            unpacked_limit: None,
        }
    }
}

/// A table of risk scores.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskInput {
    /// Name of the model: letters, digits, `_` and `-`.
    pub model: String,
    /// Its table.
    pub table: TableInput,
    /// Which way the scores run.
    pub direction: Direction,
    /// Lowest and highest possible score; finite, the first below the second.
    pub range: (f64, f64),
}

/// Random selection. Either `prn_column` is named and `seed` and `stream` are not, or `stream` is not empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The sampling design.
    pub design: Design,
    /// An inclusion probability of at least 1 − alpha is taken as 1; 0 <= alpha < 1.
    pub alpha: f64,
    /// The seed, without line breaks; `None` until it is given, and with `prn_column`.
    pub seed: Option<String>,
    /// Where the seed comes from, in words, announced before it exists; the plan then names no seed.
    pub seed_source: Option<String>,
    /// The stream, without line breaks; empty only with `prn_column`.
    pub stream: String,
    /// A column of the entities table with permanent random numbers.
    pub prn_column: Option<String>,
    /// Entities on the reserve list of every stratum.
    pub reserve: u64,
    /// Whether certain entities count towards the size.
    pub certainties: Certainties,
}

/// Where the run is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The folder, resolved against the plan's folder. It holds neither the plan nor an input.
    pub folder: PathBuf,
    /// Further columns of the entities table to carry along, by column name or header; without repeats.
    pub keep: Vec<String>,
}
