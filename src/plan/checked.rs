//! The plan as checked: what every stage works from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::words::{Base, Blend, Certainties, Direction, Duplicates, Measure, TextEncoding, Then, VisitLimit};
use crate::sampling::{Design, Divisor, Rounding, Share};
use crate::terms::{Color, Grade, Status, Warning};

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
    pub eligibility: Eligibility,
    /// The factors of the weight.
    pub weight: Weight,
    /// Certainties and exemptions; the first rule that matches decides.
    pub rules: Vec<Rule>,
    /// How the population is divided.
    pub strata: Strata,
    /// How many are drawn.
    pub size: Size,
    /// Random selection.
    pub draw: Draw,
    /// Where the run is written.
    pub output: Output,
    /// Settings that are valid but may be unintended.
    pub warnings: Vec<Warning>,
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

/// Who may be drawn: every condition that is given must be met; an empty list is no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// Status words; at least one.
    pub status: Vec<Status>,
    /// Prefixes of the region code.
    pub regions: Vec<String>,
    /// Stations, word for word.
    pub stations: Vec<String>,
    /// Prefixes of the industry code.
    pub industries: Vec<String>,
    /// Words that the entity type contains.
    pub entity_types: Vec<String>,
    /// At least one of these tags is carried.
    pub tags_any: Vec<String>,
    /// None of these tags is carried.
    pub tags_none: Vec<String>,
    /// Earliest registration, in days since 1970-01-01.
    pub registered_from: Option<i32>,
    /// Latest registration, in days since 1970-01-01.
    pub registered_until: Option<i32>,
    /// Past visits that make an entity ineligible; with it there is a ledger.
    pub visits: Option<Visits>,
}

/// Past visits that make an entity ineligible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visits {
    /// Number of visits.
    pub limit: u32,
    /// Out at the limit or only above it.
    pub reading: VisitLimit,
    /// First day that counts, in days since 1970-01-01.
    pub since: i32,
}

impl Visits {
    /// Whether an entity with this many visits is out.
    pub fn exhausted(self, visits: u32) -> bool {
        match self.reading {
            VisitLimit::AtLeast => visits >= self.limit,
            VisitLimit::MoreThan => visits > self.limit,
        }
    }
}

/// The factors of the weight. Factors are in micro-units (1.0 = 1,000,000), at most 9e15. A factor that the plan does
/// not name is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weight {
    /// A column of the entities table.
    pub column: Option<String>,
    /// By grade, in the order A, B, C, D, unrated.
    pub grade: Option<[u64; 5]>,
    /// By colour, in the order green, yellow, red, none.
    pub color: Option<[u64; 4]>,
    /// By flag.
    pub flags: BTreeMap<String, u64>,
    /// From the risk scores.
    pub risk: Option<RiskWeight>,
}

/// The factor from the risk scores: linear between `lowest` at risk 0 and `highest` at risk 1.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskWeight {
    /// How several models become one risk.
    pub blend: Blend,
    /// Model and share, sorted by model; every model has its table, every share is above 0.
    pub models: Vec<(String, f64)>,
    /// Factor at risk 0, micro-units.
    pub lowest: u64,
    /// Factor at risk 1, micro-units.
    pub highest: u64,
    /// Risk of an entity without any score, 0..=1.
    pub missing: f64,
}

/// A rule: entities that meet `when` and do not meet `unless`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Unique name.
    pub name: String,
    /// The entities it applies to; without conditions: all.
    pub when: Conditions,
    /// The entities it leaves out; without conditions: none.
    pub unless: Conditions,
    /// What becomes of them.
    pub then: Then,
}

/// Conditions that must all hold; a list holds when any of its words does, an empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Colours.
    pub color: Vec<Color>,
    /// Grades.
    pub grade: Vec<Grade>,
    /// Flags.
    pub flags: Vec<String>,
    /// Status words.
    pub status: Vec<Status>,
    /// Prefixes of the region code.
    pub region: Vec<String>,
    /// Prefixes of the industry code.
    pub industry: Vec<String>,
}

impl Conditions {
    /// Whether no condition is given.
    pub fn is_empty(&self) -> bool {
        self.color.is_empty()
            && self.grade.is_empty()
            && self.flags.is_empty()
            && self.status.is_empty()
            && self.region.is_empty()
            && self.industry.is_empty()
    }
}

/// How the population is divided and the sample shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strata {
    /// Columns whose values together name a stratum; empty: one stratum.
    pub by: Vec<String>,
    /// Divisor of the method of highest averages.
    pub allocation: Divisor,
    /// What the sample is shared in proportion to.
    pub measure: Measure,
    /// Least drawn in every stratum; 0 if not named.
    pub at_least: u64,
    /// Most drawn in every stratum.
    pub at_most: Option<u64>,
}

/// How many are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Where the number comes from.
    pub rule: SizeRule,
    /// Least drawn in all.
    pub at_least: Option<u64>,
    /// Most drawn in all; not below `at_least`.
    pub at_most: Option<u64>,
    /// The share that the law asks for.
    pub legal_minimum: Option<LegalMinimum>,
}

/// Where the number of entities comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeRule {
    /// A number of entities, at least 1; the expected number under Poisson sampling.
    Count(u64),
    /// A share of a base.
    Share {
        /// Above 0, at most 1.
        share: Share,
        /// What it is taken of.
        of: Base,
        /// What becomes of the fraction.
        rounding: Rounding,
        /// Taken in every stratum instead of on the total.
        each_stratum: bool,
    },
    /// A share of each grade, in every stratum.
    GradeShares {
        /// 0..=1, in the order A, B, C, D, unrated.
        shares: [Share; 5],
        /// What they are taken of.
        of: Base,
        /// What becomes of the fraction.
        rounding: Rounding,
    },
}

/// The share that the law asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegalMinimum {
    /// Above 0, at most 1.
    pub share: Share,
    /// What it is taken of.
    pub of: Base,
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
