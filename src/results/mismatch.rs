//! Rows of the results that do not match.

use crate::terms::{Bilingual, show_day};

/// Why a row does not match.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mismatch {
    /// No task of that id.
    UnknownTask {
        /// The id.
        task: String,
    },
    /// The task does not name the department.
    DepartmentNotInTask {
        /// The department.
        department: String,
        /// The task.
        task: String,
    },
    /// The registry does not have the entity.
    UnknownEntity,
    /// The inspection lies before the first day of its task.
    BeforeTask {
        /// First day of the task, in days since 1970-01-01.
        start: i32,
    },
    /// None of the draws has drawn the entity.
    NotDrawn,
    /// The row says what another row says.
    Double {
        /// The other row.
        row: u32,
    },
    /// Another row of the same inspection id names another entity, visit, department or day.
    Contradictory {
        /// The other row.
        row: u32,
    },
    /// Rows of one item of one inspection name different outcomes; all of them are kept.
    OtherOutcome {
        /// The other row.
        row: u32,
    },
}

impl Bilingual for Mismatch {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownTask { .. } => "unknown-task",
            Self::DepartmentNotInTask { .. } => "department-not-in-task",
            Self::UnknownEntity => "unknown-entity",
            Self::BeforeTask { .. } => "before-task",
            Self::NotDrawn => "not-drawn",
            Self::Double { .. } => "double",
            Self::Contradictory { .. } => "contradictory",
            Self::OtherOutcome { .. } => "other-outcome",
        }
    }

    fn en(&self) -> String {
        match self {
            Self::UnknownTask { task } => format!("there is no task {task}"),
            Self::DepartmentNotInTask { department, task } => {
                format!("the task {task} does not name the department {department}")
            }
            Self::UnknownEntity => "the registry does not have the entity".to_owned(),
            Self::BeforeTask { start } => format!("the task begins on {} only", show_day(*start)),
            Self::NotDrawn => "a double-random inspection of an entity that no draw has drawn".to_owned(),
            Self::Double { row } => format!("the same as row {row}; counted once"),
            Self::Contradictory { row } => {
                format!(
                    "row {row} has the same inspection id with another entity, visit, department or day; counted apart"
                )
            }
            Self::OtherOutcome { row } => {
                format!("row {row} is of the same inspection and item with another outcome; both outcomes are kept")
            }
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::UnknownTask { task } => format!("任务表中没有任务 {task}"),
            Self::DepartmentNotInTask { department, task } => format!("任务 {task} 的参与部门中没有{department}"),
            Self::UnknownEntity => "名录库中没有该检查对象".to_owned(),
            Self::BeforeTask { start } => format!("检查日期早于任务开始日期 {}", show_day(*start)),
            Self::NotDrawn => "双随机检查的对象未在任何一次抽取中抽中".to_owned(),
            Self::Double { row } => format!("与第 {row} 行相同，只计一次"),
            Self::Contradictory { row } => format!("与第 {row} 行检查编号相同，但对象、上门、部门或日期不同，分别计数"),
            Self::OtherOutcome { row } => format!("与第 {row} 行为同一检查、同一事项，结果不同，两种结果均保留"),
        }
    }
}

/// A row that does not match. Words are numbers of the results' vocabularies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmatched {
    /// Row in the file.
    pub row: u32,
    /// Place of the row among the rows of the results.
    pub at: u32,
    /// Why.
    pub reason: Mismatch,
}
