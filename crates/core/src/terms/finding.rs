//! What a review of an annual plan finds.

use super::bilingual::Bilingual;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A finding about one task: where its row stands, and what is to be changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The task.
    pub task: String,
    /// Its row in the table of tasks, if it comes from one.
    pub row: Option<u64>,
    /// What was found.
    pub found: Found,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Found {
    /// The task names no item.
    NoItems,
    /// An item is not on the list.
    UnknownItem {
        /// The item.
        item: String,
    },
    /// An item belongs to a department that does not take part.
    ForeignItem {
        /// The item.
        item: String,
        /// Its department.
        department: String,
    },
    /// The task says another kind than an item.
    OtherKind {
        /// The item.
        item: String,
        /// Its kind, as files write it.
        kind: String,
    },
    /// A general item is drawn at more than its share.
    AboveCap {
        /// The item.
        item: String,
        /// Its share, as printed.
        cap: String,
        /// Expected number drawn.
        expected: u64,
        /// Of how many that can be drawn.
        eligible: u64,
    },
    /// The task is drawn more often than an item allows.
    TooOften {
        /// The item.
        item: String,
        /// Times a year of the item.
        item_times: u32,
        /// Times a year of the task.
        task_times: u32,
    },
    /// The window leaves the year of the plan.
    WindowOutsideYear {
        /// First day.
        first: String,
        /// Last day.
        last: String,
    },
    /// The window is over before the draw.
    WindowOver {
        /// Last day.
        last: String,
    },
    /// The plan was not reviewed by lawyers.
    NoLegalReview,
    /// The plan was not filed, or later than 31 December of the year before.
    FiledLate {
        /// The day; `None`: not at all.
        filed: Option<String>,
        /// The last day for it.
        due: String,
    },
    /// No department is named.
    NoDepartment,
    /// A department has no inspector at work.
    NoInspectors {
        /// The department.
        department: String,
    },
}

/// As a warning is: its parameters under `parameters`.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Parameters<'a> {
            task: &'a str,
            row: Option<u64>,
            #[serde(flatten)]
            found: &'a Found,
        }
        let mut finding = serializer.serialize_struct("Finding", 1)?;
        let Self { task, row, found } = self;
        finding.serialize_field("parameters", &Parameters { task, row: *row, found })?;
        finding.end()
    }
}

impl Bilingual for Finding {
    fn code(&self) -> &'static str {
        match &self.found {
            Found::NoItems => "no-items",
            Found::UnknownItem { .. } => "unknown-item",
            Found::ForeignItem { .. } => "foreign-item",
            Found::OtherKind { .. } => "other-kind",
            Found::AboveCap { .. } => "above-cap",
            Found::TooOften { .. } => "too-often",
            Found::WindowOutsideYear { .. } => "window-outside-year",
            Found::WindowOver { .. } => "window-over",
            Found::NoLegalReview => "no-legal-review",
            Found::FiledLate { .. } => "filed-late",
            Found::NoDepartment => "no-department",
            Found::NoInspectors { .. } => "no-inspectors",
        }
    }

    fn en(&self) -> String {
        let row = self.row.map(|row| format!(" (row {row})")).unwrap_or_default();
        let found = match &self.found {
            Found::NoItems => "names no item; name those that are looked into".to_owned(),
            Found::UnknownItem { item } => {
                format!("the item {item} is not on the list; correct its id, or add it to inputs.items")
            }
            Found::ForeignItem { item, department } => {
                format!(
                    "the item {item} is one of {department}, which does not take part; add it to the members, or drop the item"
                )
            }
            Found::OtherKind { item, kind } => {
                format!("the item {item} is {kind}, and the task says otherwise; correct one of them")
            }
            Found::AboveCap { item, cap, expected, eligible } => format!(
                "{expected} of {eligible} are above the cap of {cap} for the general item {item}; lower the share, or say why it is a key item"
            ),
            Found::TooOften { item, item_times, task_times } => {
                format!(
                    "is drawn {task_times} times a year, and the item {item} allows {item_times}; lower the frequency"
                )
            }
            Found::WindowOutsideYear { first, last } => {
                format!("the window {first} to {last} leaves the year of the plan; keep it within the year")
            }
            Found::WindowOver { last } => format!("the window ends on {last}, before the draw; give a later day"),
            Found::NoLegalReview => {
                "was not reviewed by lawyers (是否合法性审核); have it reviewed before it is published".to_owned()
            }
            Found::FiledLate { filed: Some(filed), due } => {
                format!("was filed on {filed}, and an annual plan is filed by {due}")
            }
            Found::FiledLate { filed: None, due } => format!("has no day of filing; an annual plan is filed by {due}"),
            Found::NoDepartment => "names no department; give it a lead department".to_owned(),
            Found::NoInspectors { department } => {
                format!("{department} has no inspector at work; add inspectors, or drop the department")
            }
        };
        format!("task `{}`{row}: {found}", self.task)
    }

    fn zh(&self) -> String {
        let row = self.row.map(|row| format!("（第 {row} 行）")).unwrap_or_default();
        let found = match &self.found {
            Found::NoItems => "未列抽查事项，请补充".to_owned(),
            Found::UnknownItem { item } => format!("事项 {item} 不在抽查事项清单，请更正编号或补入清单"),
            Found::ForeignItem { item, department } => {
                format!("事项 {item} 属{department}，该部门未参加，请列为配合部门或删去该事项")
            }
            Found::OtherKind { item, kind } => format!("事项 {item} 的类别为 {kind}，与任务不符，请更正"),
            Found::AboveCap { item, cap, expected, eligible } => {
                format!(
                    "拟抽 {expected} 户（可抽 {eligible} 户），超过一般事项 {item} 的抽查比例上限 {cap}，请降低比例"
                )
            }
            Found::TooOften { item, item_times, task_times } => {
                format!("每年抽查 {task_times} 次，超过事项 {item} 的频次 {item_times} 次，请减少频次")
            }
            Found::WindowOutsideYear { first, last } => format!("检查期限 {first} 至 {last} 超出计划年度，请调整"),
            Found::WindowOver { last } => format!("检查期限至 {last} 止，早于抽取之日，请顺延"),
            Found::NoLegalReview => "未经合法性审核，请审核后公示".to_owned(),
            Found::FiledLate { filed: Some(filed), due } => format!("{filed} 备案，年度计划应于 {due} 前备案"),
            Found::FiledLate { filed: None, due } => format!("无备案日期，年度计划应于 {due} 前备案"),
            Found::NoDepartment => "未列部门，请填写牵头部门".to_owned(),
            Found::NoInspectors { department } => format!("{department}无在岗执法人员，请补充人员或调整部门"),
        };
        format!("任务“{}”{row}：{found}", self.task)
    }
}
