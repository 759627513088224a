//! The plan as checked: what every stage works from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::words::{Direction, Duplicates, TextEncoding};
use crate::task::{Conditions, Method};
use crate::terms::{ItemKind, Level, Warning};

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
    /// Where the lots come from.
    pub draw: Draw,
    /// What is drawn.
    pub draws: Draws,
    /// How inspectors are dealt, if they are.
    pub assign: Option<Assign>,
    /// Which codes are given, if any are.
    pub codes: Option<Codes>,
    /// What of people and firms is shown where a run goes public.
    pub publish: Publish,
    /// The tasks as their table was read, in TOML, where the plan names one and it has been read.
    pub task_table: Option<String>,
    /// How far inputs may drift from the last run.
    pub drift: Option<DriftLimits>,
    /// Where the run is written.
    pub output: Output,
    /// Settings that are valid but may be unintended.
    pub warnings: Vec<Warning>,
}

/// How far inputs may drift from the last run of a plan in the same folder; `None`: freely.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DriftLimits {
    /// Change of the rows of a table, relative to before.
    pub rows: Option<f64>,
    /// Rise of the share of rows whose status word is not known, 0 to 1.
    pub unknown_words: Option<f64>,
    /// Change of the share of a grade or colour among the entities, 0 to 1.
    pub share: Option<f64>,
    /// Change of the expected number drawn of a grade or colour, relative to before; less than one entity is none.
    pub expected: Option<f64>,
    /// Whether a drift stops the run.
    pub stop: bool,
}

/// What a plan draws.
#[derive(Clone, Debug, PartialEq)]
pub enum Draws {
    /// One draw.
    One(Box<Method>),
    /// A draw for each task, by the order of their ids; none before a table of tasks is read.
    Tasks(Vec<Task>),
}

impl Plan {
    /// How every draw is made, in order.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        let (one, tasks) = match &self.draws {
            Draws::One(method) => (Some(&**method), &[][..]),
            Draws::Tasks(tasks) => (None, tasks.as_slice()),
        };
        one.into_iter().chain(tasks.iter().map(|task| &task.method))
    }

    /// The tasks; none where the plan is one draw.
    pub fn tasks(&self) -> &[Task] {
        match &self.draws {
            Draws::One(_) => &[],
            Draws::Tasks(tasks) => tasks,
        }
    }

    /// Whether the lots of a stream are spread over the year.
    pub fn spreads(&self, stream: &str) -> bool {
        self.methods().any(|method| method.spread && method.stream == stream)
    }

    /// Columns of the entities table that the plan names: those to keep, and those that weights, lots and strata go by.
    pub fn named_columns(&self) -> impl Iterator<Item = &String> {
        let of_methods = self.methods().flat_map(|method| method.weighting.column.iter().chain(&method.division.by));
        self.output.keep.iter().chain(&self.draw.prn_column).chain(of_methods)
    }
}

/// A task of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id, unique in the round, without control characters.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Lead department.
    pub lead: Option<String>,
    /// Member departments, sorted; the lead is not among them.
    pub members: Vec<String>,
    /// Items that are looked into, sorted.
    pub items: Vec<String>,
    /// Whether its items are key or general ones.
    pub kind: Option<ItemKind>,
    /// Level of the unit that orders it.
    pub level: Level,
    /// When the drawn may be inspected.
    pub window: Window,
    /// How often a year it is drawn, as its plan says.
    pub times_a_year: Option<u32>,
    /// How many its share was said to come to.
    pub stated_count: Option<u64>,
    /// Its row in the table of tasks.
    pub row: Option<u64>,
    /// Whether lawyers have reviewed it, if the plan says.
    pub legal_review: Option<bool>,
    /// Whether the plan says of any task when it was filed.
    pub is_filed: bool,
    /// The day on which it was filed.
    pub filed_on: Option<i32>,
    /// How it is drawn.
    pub method: Method,
}

impl Task {
    /// A task of no department and no items, drawn at the level of a county.
    pub fn bare(id: String, window: Window, method: Method) -> Self {
        Self {
            id,
            name: None,
            lead: None,
            members: Vec::new(),
            items: Vec::new(),
            kind: None,
            level: Level::County,
            window,
            times_a_year: None,
            stated_count: None,
            row: None,
            legal_review: None,
            is_filed: false,
            filed_on: None,
            method,
        }
    }
}

/// How inspectors are dealt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assign {
    /// Inspectors in a team; at least 2.
    pub size: usize,
    /// Whether a visit that its station cannot serve is given to other stations.
    pub borrow: bool,
    /// Whether loads are balanced over the calendar year.
    pub over_year: bool,
    /// Disjoint sets of departments that never go with others.
    pub apart: Vec<BTreeSet<String>>,
}

/// Which codes entities and inspectors get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// First digit of an entity's code.
    pub pointer: u8,
    /// Random digits of an entity's code.
    pub digits: u32,
    /// Random digits of an inspector's code.
    pub inspector_digits: u32,
    /// Digits of a department's number.
    pub department_digits: u32,
    /// Departments; the number of one is its place, from 1.
    pub departments: Vec<String>,
}

/// What of people and firms is shown where a run goes public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publish {
    /// Whether inspectors are shown with their names.
    pub inspector_names: bool,
    /// Columns of the frame that stand on records.
    pub columns: Vec<String>,
}

/// Days on which the drawn may be inspected, in days since 1970-01-01; the first is not after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub first: i32,
    /// Last day.
    pub last: i32,
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
    /// Folders of earlier rounds as written, and resolved against the plan's folder; a pattern stays one.
    pub rounds: Vec<(String, PathBuf)>,
    /// The registry of inspectors.
    pub inspectors: Option<TableInput>,
    /// Pairs of inspector and entity that must not meet.
    pub recusals: Option<TableInput>,
    /// The list of items.
    pub items: Option<TableInput>,
    /// Days of rest and worked weekend days.
    pub holidays: Option<TableInput>,
    /// The tasks.
    pub tasks: Option<TableInput>,
    /// Largest share of a table's rows that may be set aside, 0 to 1.
    pub set_aside_limit: f64,
}

impl Inputs {
    /// Every table.
    pub fn tables(&self) -> impl Iterator<Item = &TableInput> {
        let optional = [
            &self.credit,
            &self.flags,
            &self.ledger,
            &self.inspectors,
            &self.recusals,
            &self.items,
            &self.holidays,
            &self.tasks,
        ];
        let risk = self.risk.iter().map(|risk| &risk.table);
        std::iter::once(&self.entities).chain(optional.into_iter().flatten()).chain(risk)
    }
}

/// Where the rows of a table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file, resolved against the plan's folder.
    File(PathBuf),
    /// In the Parquet files below a folder, or in those that fit a pattern, resolved against the plan's folder.
    Files(PathBuf),
    /// In an object of an S3-compatible store, or in the Parquet objects below a prefix or that fit a pattern: its address,
    /// `s3://bucket/key`.
    Object(String),
    /// In a database.
    Query(Query),
}

/// Rows that a database is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The query, without a semicolon at its end.
    pub sql: String,
    /// The environment variable that holds the address of the database, and whatever is secret in it.
    pub variable: String,
}

impl Place {
    /// The file, or the folder below which the files are; `None` where the rows are not on this machine.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Files(pattern) => Some(before_pattern(pattern)),
            Self::Object(_) | Self::Query(_) => None,
        }
    }
}

/// The folder below which all that fits a pattern is.
pub fn before_pattern(pattern: &Path) -> &Path {
    let has_star = |path: &Path| path.as_os_str().as_encoded_bytes().contains(&b'*');
    pattern.ancestors().find(|above| !has_star(above)).unwrap_or(Path::new(""))
}

/// A table and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInput {
    /// Where its rows are.
    pub place: Place,
    /// The file as the plan writes it, or the query; what messages and the manifest show.
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
            place: Place::File(path.to_owned()),
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

/// Where the lots come from: a column of permanent random numbers, or the seed with the stream of each draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// The seed, without line breaks; `None` until it is given, and with `prn_column`.
    pub seed: Option<String>,
    /// Where the seed comes from, in words, announced before it exists; the plan then names no seed.
    pub seed_source: Option<String>,
    /// A column of the entities table with permanent random numbers.
    pub prn_column: Option<String>,
    /// Entities that enter a draw with spread as if the year began; without conditions: none.
    pub reset: Conditions,
}

/// Where the run is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The folder, resolved against the plan's folder. It holds neither the plan nor an input.
    pub folder: PathBuf,
    /// Further columns of the entities table to carry along, by column name or header; without repeats.
    pub keep: Vec<String>,
}
