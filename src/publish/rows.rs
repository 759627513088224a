//! The rows that people read: the drawn and the reserve, and the counts.

use std::cmp::Ordering;

use super::manifest::TaskRecord;
use crate::plan::Task;
use crate::terms::{Color, Grade, Mode};

/// How an entity came onto the published list. In the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selection {
    /// Probability 1.
    Certain,
    /// By its lot.
    Drawn,
    /// Next in line, should one of the drawn fall out.
    Reserve,
}

impl Selection {
    /// All, in the order of the list.
    pub const ALL: [Self; 3] = [Self::Certain, Self::Drawn, Self::Reserve];

    /// The word in the column `selection`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Drawn => "drawn",
            Self::Reserve => "reserve",
        }
    }
}

/// One row of `draw.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawRow {
    /// The task; empty where the plan is one draw.
    pub task_id: String,
    /// Key of the entity.
    pub entity_id: String,
    /// Name of the entity, when the plan publishes it.
    pub name: Option<String>,
    /// Name of the stratum; empty without strata.
    pub stratum: String,
    /// How it came onto the list.
    pub selection: Selection,
    /// Place within stratum and selection, from 1.
    pub order: i32,
    /// The lot; `None` when the agency's own random numbers are used.
    pub ticket: Option<u64>,
    /// The lot as a number, 0 < u < 1.
    pub u: f64,
    /// The key that ranked it; `None` for the certain ones.
    pub key: Option<f64>,
    /// Inclusion probability, 0 < π ≤ 1.
    pub pi: f64,
    /// Why it was certain: the name of the rule, or `take-all`.
    pub certainty: Option<String>,
    /// Region code.
    pub region: Option<String>,
    /// Station in charge.
    pub station: Option<String>,
    /// Industry code.
    pub industry: Option<String>,
    /// Credit grade.
    pub grade: Grade,
    /// Colour code.
    pub color: Color,
    /// How it is inspected.
    pub mode: Mode,
}

impl DrawRow {
    /// 1/π, the number of entities that a drawn one stands for; `None` on the reserve list.
    pub fn design_weight(&self) -> Option<f64> {
        (self.selection != Selection::Reserve).then_some(1.0 / self.pi)
    }

    /// The order of the published list of a draw: stratum, selection, key, ticket, id. Without tickets, `u` takes their place.
    pub fn publication_order(&self, other: &Self) -> Ordering {
        let rank = |row: &Self| row.key.unwrap_or(f64::NEG_INFINITY);
        self.stratum
            .cmp(&other.stratum)
            .then_with(|| self.selection.cmp(&other.selection))
            .then_with(|| rank(self).total_cmp(&rank(other)))
            .then_with(|| self.ticket.cmp(&other.ticket))
            .then_with(|| if self.ticket.is_none() { self.u.total_cmp(&other.u) } else { Ordering::Equal })
            .then_with(|| self.entity_id.cmp(&other.entity_id))
    }
}

/// Puts the rows of a draw into the published order and numbers them within stratum and selection.
pub fn order_draw(rows: &mut [DrawRow]) {
    rows.sort_unstable_by(DrawRow::publication_order);
    for index in 0..rows.len() {
        let (before, rest) = rows.split_at_mut(index);
        let row = &mut rest[0];
        row.order = match before.last() {
            Some(last) if last.stratum == row.stratum && last.selection == row.selection => {
                last.order.saturating_add(1)
            }
            _ => 1,
        };
    }
}

/// One row of `tasks.parquet`.
#[derive(Clone, Copy, Debug)]
pub struct TaskRow<'a> {
    /// The task, as planned.
    pub task: &'a Task,
    /// What came of it.
    pub record: &'a TaskRecord,
}

/// What a row of the summary counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SummaryLevel {
    /// The whole frame; its value is empty.
    All,
    /// One stratum.
    Stratum,
    /// One credit grade.
    Grade,
    /// One colour.
    Color,
}

impl SummaryLevel {
    /// The word in the column `level`.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Stratum => "stratum",
            Self::Grade => "grade",
            Self::Color => "color",
        }
    }
}

/// One row of `summary.parquet`. Counts are of entities.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// The task; empty where the plan is one draw.
    pub task_id: String,
    /// What is counted.
    pub level: SummaryLevel,
    /// Which one: the stratum, the grade, the colour.
    pub value: String,
    /// Entities of the frame.
    pub population: i64,
    /// Those that could be drawn, certain ones among them.
    pub eligible: i64,
    /// Those with probability 1 by a rule of the plan.
    pub certain: i64,
    /// Expected number drawn, Σπ.
    pub expected: f64,
    /// Drawn, certain ones among them.
    pub drawn: i64,
    /// Least and largest π of the eligible; `None` without any.
    pub pi_range: Option<(f64, f64)>,
}
