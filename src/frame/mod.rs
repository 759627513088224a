//! The sampling frame: entities ⟕ credit ⟕ risk ⟕ flags ⟕ ledger, one row an entity, sorted by id.
//!
//! Every join is many-to-one on a unique key (the ledger is counted by entity first), so no join can add or repeat a
//! row; an entity that a table does not know keeps its place with `unrated`, `none`, no score, no flag, no visit.

mod division;
mod eligibility;
mod strata;
mod text;
mod weight;

pub use eligibility::Eligibility;
pub use strata::{Strata, StrataError, StratumCounts, grouped};
pub use text::TextColumn;
pub use weight::{FactorColumn, WeightError, Weights};

use crate::ingest::{Credit, Flags, Ledger, Risk, Tables, Warning};
use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH, UNMATCHED, match_rows};
use crate::plan::Plan;
use crate::terms::{Color, Grade, Mode, Status};
use polars::prelude::{DataFrame, DataType};
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
    pub attributes: DataFrame,
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

/// How a [`Frame`] came together.
#[derive(Debug, Default)]
pub struct JoinNotes {
    /// Rows of credit, risk, flags or ledger that belong to no entity of the registry, and the like.
    pub warnings: Vec<Warning>,
}

impl Frame {
    /// Joins the tables of a plan.
    pub fn join(tables: Tables, plan: &Plan) -> (Self, JoinNotes) {
        let Tables { space, entities, credit, risk, flags, ledger, .. } = tables;
        let keys = entities.keys;
        let mut notes = JoinNotes::default();
        let (grade, color) = join_credit(&space, &keys, credit, &mut notes);
        let scores = risk.into_iter().map(|risk| join_risk(&space, &keys, risk, &mut notes)).collect();
        let flags = flags.map(|flags| join_flags(&space, &keys, flags, &mut notes));
        let visits = ledger.map(|ledger| count_visits(&space, &keys, &ledger, plan, &mut notes));
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
        (frame, notes)
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

    /// A text column of the attributes, `None` if the registry has no such column.
    pub fn text(&self, name: &str) -> Option<TextColumn> {
        TextColumn::of(&self.attributes, name)
    }

    /// A column of the attributes as numbers; `None` if there is none that can be read so.
    pub fn number_column(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let column = self.attributes.column(name).ok()?.cast(&DataType::Float64).ok()?;
        Some(column.f64().ok()?.iter().collect())
    }

    /// The inspection mode that a grade sets.
    pub fn mode(&self, row: usize) -> Mode {
        Mode::of(self.grade[row])
    }
}

/// Places of `right` in `left`, with a warning that counts the rows of `right` that found no entity.
fn places(space: &KeySpace, left: &[EntityKey], right: &[EntityKey], table: &str, notes: &mut JoinNotes) -> Vec<u32> {
    let places = match_rows(space, left, right);
    let matched = places.par_iter().filter(|&&place| place != UNMATCHED).count();
    warn_unmatched(right.len() - matched, table, notes);
    places
}

fn warn_unmatched(rows: usize, table: &str, notes: &mut JoinNotes) {
    if rows > 0 {
        let text = format!("{table}: {rows} rows name an entity that the registry does not hold");
        notes.warnings.push(Warning { code: "unmatched-rows".to_owned(), text });
    }
}

fn join_credit(
    space: &KeySpace,
    keys: &[EntityKey],
    credit: Option<Credit>,
    notes: &mut JoinNotes,
) -> (Vec<Grade>, Vec<Color>) {
    let Some(credit) = credit else {
        return (vec![Grade::Unrated; keys.len()], vec![Color::None; keys.len()]);
    };
    let places = places(space, keys, &credit.keys, "credit", notes);
    (gather(&places, &credit.grade, Grade::Unrated), gather(&places, &credit.color, Color::None))
}

fn join_risk(space: &KeySpace, keys: &[EntityKey], risk: Risk, notes: &mut JoinNotes) -> Score {
    let places = places(space, keys, &risk.keys, &format!("risk.{}", risk.model), notes);
    Score { values: gather(&places, &risk.score, f64::NAN), model: risk.model }
}

fn join_flags(space: &KeySpace, keys: &[EntityKey], flags: Flags, notes: &mut JoinNotes) -> FlagColumn {
    let places = places(space, keys, &flags.keys, "flags", notes);
    FlagColumn { bits: gather(&places, &flags.bits, 0), names: flags.names }
}

fn gather<T: Copy + Send + Sync>(places: &[u32], values: &[T], missing: T) -> Vec<T> {
    let value = |&place: &u32| if place == UNMATCHED { missing } else { values[place as usize] };
    places.par_iter().map(value).collect()
}

/// Visits of each entity from the plan's date on, up to and including its as-of date. A visit is one (entity,
/// department, date): several rows of one department on one day count once.
fn count_visits(space: &KeySpace, keys: &[EntityKey], ledger: &Ledger, plan: &Plan, notes: &mut JoinNotes) -> Vec<u32> {
    let since = plan.eligibility.visits.map_or_else(|| year_start(plan), |visits| visits.since);
    let mut visits = vec![0u32; keys.len()];
    let (mut unmatched, mut first) = (0, 0);
    for run in ledger.keys.chunk_by(|a, b| a == b) {
        let rows = first..first + run.len();
        first = rows.end;
        let Ok(place) = keys.binary_search_by(|&own| space.compare(own, run[0])) else {
            unmatched += run.len();
            continue;
        };
        let mut seen: Vec<(i32, &str)> = rows
            .filter(|&row| (since..=plan.as_of).contains(&ledger.date[row]))
            .map(|row| (ledger.date[row], ledger.department[row].as_str()))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        visits[place] = u32::try_from(seen.len()).unwrap_or(u32::MAX);
    }
    warn_unmatched(unmatched, "ledger", notes);
    visits
}

/// January 1st of the year of the plan's as-of date, days since 1970-01-01.
fn year_start(plan: &Plan) -> i32 {
    plan.as_of - (i32::from(plan.as_of_date.day_of_year()) - 1)
}
