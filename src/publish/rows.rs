//! The rows that people read: the tasks, and the counts.

use super::manifest::TaskRecord;
use crate::plan::Task;

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
