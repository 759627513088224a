//! A task as written, and what it takes from its plan. The comments of these types are descriptions in the JSON Schema.

use schemars::JsonSchema;
use serde::Deserialize;

use super::file::{DrawFile, EligibilityFile, PlanDate, PlanFile, RuleFile, SizeFile, StrataFile, WeightFile};
use super::words::DesignWord;
use crate::task::Certainties;

/// A task (抽查任务): who orders it, what is looked into, and how it is drawn where that differs from the plan.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TaskFile {
    /// Its id, unique in the round, such as "YC-2023-017".
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Lead department (牵头部门).
    pub lead: Option<String>,
    /// Member departments (配合部门).
    #[serde(default)]
    pub members: Vec<String>,
    /// Items that are looked into, by id; those of the list where inputs.items names one.
    #[serde(default)]
    pub items: Vec<String>,
    /// Whether its items are key ones ("key", 重点: share not capped) or general ones ("general", 一般: share capped).
    pub kind: Option<String>,
    /// Level of the unit that orders it: county, city, province or nation. Default: county.
    pub level: Option<String>,
    /// First and last day on which the drawn may be inspected. Default: as-of to 31 December of its year.
    pub window: Option<WindowFile>,
    /// How often a year it is drawn, as its plan says: a note for the reader, each round draws once.
    #[schemars(range(min = 1))]
    pub times_a_year: Option<u32>,
    /// Whether lawyers have reviewed it (合法性审核), for the review of the annual plan by `check`.
    pub legal_review: Option<bool>,
    /// The day on which the annual plan was filed (备案), likewise.
    pub filed_on: Option<PlanDate>,
    /// How many the share was said to come to, as in 10%(20户): a draw of another size raises a warning.
    pub stated_count: Option<u64>,
    /// Who may be drawn, key by key in place of the plan's.
    pub eligibility: Option<EligibilityFile>,
    /// The weight, in place of the plan's. An empty section gives every entity the same weight.
    pub weight: Option<WeightFile>,
    /// Certainties and exemptions, in place of the plan's; an empty list is none.
    pub rules: Option<Vec<RuleFile>>,
    /// The strata, in place of the plan's.
    pub strata: Option<StrataFile>,
    /// How many are drawn, in place of the plan's; `of` and `rounding` of a share are the plan's where left out.
    pub size: Option<SizeFile>,
    /// Random selection, key by key in place of the plan's.
    pub draw: Option<TaskDrawFile>,
}

/// The days on which the drawn may be inspected.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WindowFile {
    /// First day.
    pub first: PlanDate,
    /// Last day.
    pub last: PlanDate,
}

/// Random selection of one task. Seed and column of permanent random numbers are the round's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TaskDrawFile {
    /// The sampling design.
    pub design: Option<DesignWord>,
    /// An inclusion probability of at least 1 − alpha is taken as 1. From 0 to below 1.
    #[schemars(range(min = 0, max = 1))]
    pub alpha: Option<f64>,
    /// The stream: tasks of one stream favour the same entities, so that their visits merge.
    pub stream: Option<String>,
    /// Whether an entity that was drawn waits until the others of its stream had their turn.
    pub spread: Option<bool>,
    /// In how many batches the drawn are inspected.
    #[schemars(range(min = 1))]
    pub batches: Option<u32>,
    /// Entities on the reserve list of every stratum.
    pub reserve: Option<u64>,
    /// Whether entities drawn by a rule stand outside the size or count inside it.
    pub certainties: Option<Certainties>,
}

/// The sections that say how a draw is made: the plan's, or those of a task with what it takes from the plan.
#[derive(Clone, Debug)]
pub(super) struct Sections {
    pub eligibility: EligibilityFile,
    pub weight: Option<WeightFile>,
    pub rules: Vec<RuleFile>,
    pub strata: StrataFile,
    /// `None`: neither task nor plan says how many.
    pub size: Option<SizeFile>,
    pub draw: DrawFile,
}

impl Sections {
    /// Those of a plan.
    pub(super) fn of_plan(file: &PlanFile) -> Self {
        Self {
            eligibility: file.eligibility.clone().unwrap_or_default(),
            weight: file.weight.clone(),
            rules: file.rules.clone(),
            strata: file.strata.clone().unwrap_or_default(),
            size: file.size.clone(),
            draw: file.draw.clone().unwrap_or_default(),
        }
    }

    /// Those of a task of the plan whose sections these are.
    pub(super) fn of_task(&self, task: &TaskFile) -> Self {
        let draw = task.draw.clone().unwrap_or_default();
        let nothing = |weight: &WeightFile| {
            weight.column.is_none()
                && weight.grade.is_none()
                && weight.color.is_none()
                && weight.flags.is_empty()
                && weight.risk.is_none()
        };
        Self {
            eligibility: match &task.eligibility {
                Some(own) => own.over(&self.eligibility),
                None => self.eligibility.clone(),
            },
            weight: task.weight.clone().or_else(|| self.weight.clone()).filter(|weight| !nothing(weight)),
            rules: task.rules.clone().unwrap_or_else(|| self.rules.clone()),
            strata: task.strata.clone().unwrap_or_else(|| self.strata.clone()),
            size: match (&task.size, &self.size) {
                (Some(own), Some(plan)) => Some(own.over(plan)),
                (own, plan) => own.clone().or_else(|| plan.clone()),
            },
            draw: DrawFile {
                design: draw.design.or(self.draw.design),
                alpha: draw.alpha.or(self.draw.alpha),
                stream: draw.stream.or_else(|| self.draw.stream.clone()),
                reserve: draw.reserve.or(self.draw.reserve),
                spread: draw.spread.or(self.draw.spread),
                batches: draw.batches.or(self.draw.batches),
                certainties: draw.certainties.or(self.draw.certainties),
                ..self.draw.clone()
            },
        }
    }
}

impl EligibilityFile {
    /// These conditions, and those of the plan that they leave open.
    fn over(&self, plan: &Self) -> Self {
        let list = |own: &Vec<String>, plan: &Vec<String>| if own.is_empty() { plan.clone() } else { own.clone() };
        Self {
            status: self.status.clone().or_else(|| plan.status.clone()),
            regions: list(&self.regions, &plan.regions),
            stations: list(&self.stations, &plan.stations),
            industries: list(&self.industries, &plan.industries),
            entity_types: list(&self.entity_types, &plan.entity_types),
            tags_any: list(&self.tags_any, &plan.tags_any),
            tags_none: list(&self.tags_none, &plan.tags_none),
            registered_from: self.registered_from.or(plan.registered_from),
            registered_until: self.registered_until.or(plan.registered_until),
            visits: self.visits.clone().or_else(|| plan.visits.clone()),
        }
    }
}

impl SizeFile {
    /// This size; what a share is taken of and how it is rounded is the plan's where left out.
    fn over(&self, plan: &Self) -> Self {
        let is_share = self.count.is_none();
        Self {
            of: self.of.or(plan.of.filter(|_| is_share)),
            rounding: self.rounding.or(plan.rounding.filter(|_| is_share)),
            ..self.clone()
        }
    }
}
