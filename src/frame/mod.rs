//! The sampling frame: entities ⟕ credit ⟕ risk ⟕ flags ⟕ ledger, one row an entity, sorted by id.
//!
//! Every join is many-to-one on a unique key (the ledger is counted by entity first), so no join can add or repeat a
//! row; an entity that a table does not know keeps its place with `unrated`, `none`, no score, no flag, no visit.

mod division;
mod eligibility;
mod strata;
mod weight;

pub use eligibility::Eligibility;
pub use strata::{Strata, StrataError, StratumCounts};
pub use weight::{FactorColumn, WeightError, Weights};

use crate::ingest::{Attribute, Credit, Flags, Ledger, Risk, Tables};
use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH, UNMATCHED, match_rows};
use crate::plan::Plan;
use crate::terms::{Color, Grade, Mode, Status, Warning};
use rayon::prelude::*;

/// A frame with all that its draw needs.
#[derive(Debug)]
pub struct ScoredFrame {
    /// The entities.
    pub frame: Frame,
    /// Who may be drawn.
    pub eligibility: Eligibility,
    /// With what weight.
    pub weights: Weights,
    /// In which stratum, and how many of each.
    pub strata: Strata,
}

/// One row an entity, sorted by id; all vectors have the same length.
#[derive(Debug)]
pub struct Frame {
    /// Gives the keys their ids.
    pub space: KeySpace,
    /// Sorted by id, unique.
    pub keys: Vec<EntityKey>,
    /// Registration status.
    pub status: Vec<Status>,
    /// What the registry says beyond id and status: name, region, station … and the columns the plan keeps.
    pub attributes: Vec<Attribute>,
    /// Credit grade; `Unrated` where there is none.
    pub grade: Vec<Grade>,
    /// Colour code; `None` where there is none.
    pub color: Vec<Color>,
    /// Scores by model, in the order of the plan.
    pub scores: Vec<Score>,
    /// Flags, if the plan reads any.
    pub flags: Option<FlagColumn>,
    /// Visits since the plan's date, if the plan reads a ledger.
    pub visits: Option<Vec<u32>>,
}

/// The scores of a model.
#[derive(Debug)]
pub struct Score {
    /// Name of the model.
    pub model: String,
    /// Score as in the file; NaN where the model has none.
    pub values: Vec<f64>,
}

/// Flags as bits.
#[derive(Debug)]
pub struct FlagColumn {
    /// Name of bit 0, 1, …; sorted.
    pub names: Vec<String>,
    /// The flags of each entity.
    pub bits: Vec<u32>,
}

impl FlagColumn {
    /// The bit of a flag; 0 for one that nobody carries.
    pub fn mask(&self, name: &str) -> u32 {
        self.names.iter().position(|own| own == name).map_or(0, |bit| 1 << bit)
    }

    /// Names of the flags in `bits`.
    pub fn names_of(&self, bits: u32) -> impl Iterator<Item = &str> {
        self.names.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name.as_str())
    }
}

impl Frame {
    /// Joins the tables of a plan. The warnings count rows of credit, risk, flags or ledger that belong to no entity of
    /// the registry.
    pub fn join(tables: Tables, plan: &Plan) -> (Self, Vec<Warning>) {
        let Tables { space, entities, credit, risk, flags, ledger, .. } = tables;
        let keys = entities.keys;
        let mut join = Join { space: &space, keys: &keys, warnings: Vec::new() };
        let (grade, color) = join.credit(credit);
        let scores = risk.into_iter().map(|risk| join.risk(risk)).collect();
        let flags = flags.map(|flags| join.flags(flags));
        let visits = ledger.map(|ledger| join.visits(&ledger, plan));
        let warnings = join.warnings;
        let frame = Self {
            status: entities.status,
            attributes: entities.attributes,
            space,
            keys,
            grade,
            color,
            scores,
            flags,
            visits,
        };
        (frame, warnings)
    }

    /// Number of entities.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The id of a row.
    pub fn id(&self, row: usize) -> String {
        self.space.unpack(self.keys[row], &mut [0; PLAIN_LENGTH]).to_owned()
    }

    /// A column of the registry; `None` if it has no such column.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The inspection mode that a grade sets.
    pub fn mode(&self, row: usize) -> Mode {
        Mode::of(self.grade[row])
    }
}

/// Tables joined to the entities `keys`, which are sorted by id.
struct Join<'a> {
    space: &'a KeySpace,
    keys: &'a [EntityKey],
    warnings: Vec<Warning>,
}

impl Join<'_> {
    /// The row of each entity in a table of one row an entity.
    fn places(&mut self, rows: &[EntityKey], table: &str) -> Vec<u32> {
        let places = match_rows(self.space, self.keys, rows);
        let matched = places.par_iter().filter(|&&place| place != UNMATCHED).count();
        self.warn_of_unmatched(rows.len() - matched, table);
        places
    }

    fn warn_of_unmatched(&mut self, rows: usize, table: &str) {
        if rows > 0 {
            self.warnings.push(Warning::UnmatchedRows { table: table.to_owned(), rows: rows as u64 });
        }
    }

    fn credit(&mut self, credit: Option<Credit>) -> (Vec<Grade>, Vec<Color>) {
        let Some(credit) = credit else {
            return (vec![Grade::Unrated; self.keys.len()], vec![Color::None; self.keys.len()]);
        };
        let places = self.places(&credit.keys, "credit");
        places.par_iter().map(|&place| at(&credit.values, place).unwrap_or((Grade::Unrated, Color::None))).unzip()
    }

    fn risk(&mut self, risk: Risk) -> Score {
        let places = self.places(&risk.scores.keys, &format!("risk.{}", risk.model));
        let score = |&place: &u32| at(&risk.scores.values, place).unwrap_or(f64::NAN);
        Score { values: places.par_iter().map(score).collect(), model: risk.model }
    }

    fn flags(&mut self, flags: Flags) -> FlagColumn {
        let places = self.places(&flags.keys, "flags");
        let bits = places.par_iter().map(|&place| at(&flags.bits, place).unwrap_or(0)).collect();
        FlagColumn { bits, names: flags.names }
    }

    /// Visits of each entity from the plan's date on, up to and including its as-of date. A visit is one (entity,
    /// department, date): several rows of one department on one day count once.
    fn visits(&mut self, ledger: &Ledger, plan: &Plan) -> Vec<u32> {
        let since = plan.eligibility.visits.map_or_else(|| year_start(plan), |visits| visits.since);
        let mut visits = vec![0u32; self.keys.len()];
        let (mut unmatched, mut first) = (0, 0);
        for run in ledger.keys.chunk_by(|a, b| a == b) {
            let rows = &ledger.values[first..first + run.len()];
            first += run.len();
            let Ok(place) = self.keys.binary_search_by(|&own| self.space.compare(own, run[0])) else {
                unmatched += run.len();
                continue;
            };
            let counted = rows.iter().filter(|visit| (since..=plan.as_of).contains(&visit.date));
            let mut seen: Vec<(i32, &str)> = counted.map(|visit| (visit.date, &*visit.department)).collect();
            seen.sort_unstable();
            seen.dedup();
            visits[place] = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        }
        self.warn_of_unmatched(unmatched, "ledger");
        visits
    }
}

/// The value at a place; `None` for an entity that the table does not know.
fn at<T: Copy>(values: &[T], place: u32) -> Option<T> {
    (place != UNMATCHED).then(|| values[place as usize])
}

/// January 1st of the year of the plan's as-of date, days since 1970-01-01.
fn year_start(plan: &Plan) -> i32 {
    plan.as_of - (i32::from(plan.as_of_date.day_of_year()) - 1)
}
