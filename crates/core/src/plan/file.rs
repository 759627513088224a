//! The plan as written: one TOML document, keys in kebab-case, unknown keys refused.
//!
//! The comments of these types are the descriptions in the JSON Schema, so they speak to the person who writes a plan.
//! Nothing is checked here beyond shape; `check` turns a [`PlanFile`] into a [`Plan`](super::Plan).

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::tables::InputsFile;
use super::task_file::TaskFile;
use super::words::{AllocationWord, BalanceWord, CountedWord, DesignWord, RoundingWord};
use crate::score::Blend;
use crate::task::{Base, Certainties, Measure, Then, VisitLimit};

/// A fairdraw plan: which registries, who may be drawn, with what weight, how many, and how it is selected.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlanFile {
    /// Short name of the campaign: lower-case letters, digits and hyphens, such as "yongchuan-2023-q1".
    #[schemars(regex(pattern = r"^[a-z0-9-]+$"))]
    pub name: String,
    /// Title for people, in any language. Optional.
    pub title: Option<String>,
    /// Reference date of the plan, a TOML date without quotes. Certificates, visits and ages are judged on this day.
    pub as_of: PlanDate,
    /// The tables to read. Only `entities` is required.
    pub inputs: InputsFile,
    /// Who may be drawn at all. Default: entities whose status is live.
    pub eligibility: Option<EligibilityFile>,
    /// The factors whose product is an entity's weight. Without this section every entity weighs 1.
    pub weight: Option<WeightFile>,
    /// Certainties and exemptions, in order: the first rule that matches an entity decides.
    #[serde(default)]
    pub rules: Vec<RuleFile>,
    /// How the population is divided, and how the sample is shared among the parts. Default: one stratum.
    pub strata: Option<StrataFile>,
    /// How many are drawn: exactly one of `count`, `share` and `grade-shares`. A plan with tasks may leave it to them.
    pub size: Option<SizeFile>,
    /// Random selection: design, seed and stream (or a column of permanent random numbers), reserve.
    pub draw: Option<DrawFile>,
    /// The tasks of the round, each a draw of its own over the same registries. What a task leaves out it takes from the
    /// plan. Without tasks the plan is one draw. A table of tasks is named under inputs.tasks instead.
    #[serde(default)]
    pub tasks: Vec<TaskFile>,
    /// How inspectors are dealt to the drawn (随机选派): by `assign`, or at the end of `run`.
    pub assign: Option<AssignFile>,
    /// Which codes entities and inspectors get for lists that go public. Without this section nobody gets one.
    pub codes: Option<CodesFile>,
    /// What of people and firms is shown where a run goes public. Default: no personal name, no further column.
    pub publish: Option<PublishFile>,
    /// How far inputs may drift from the last run of this plan in the same folder before people are told. Optional.
    pub drift: Option<DriftFile>,
    /// Where the run is written.
    pub output: OutputFile,
}

/// How far inputs may drift from the last run of a plan of this name in the same folder. What has no limit may change freely; what
/// drifts is told and never published.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DriftFile {
    /// Change of the rows of a table, relative to before: 0.1 for 10 %.
    #[schemars(range(min = 0))]
    pub rows: Option<f64>,
    /// Rise of the share of rows whose status word is not known: 0.01 for one percentage point.
    #[schemars(range(min = 0))]
    pub unknown_words: Option<f64>,
    /// Change of the share of a grade or colour among the entities, of those without one too: 0.05 for five percentage points.
    #[schemars(range(min = 0))]
    pub share: Option<f64>,
    /// Change of the expected number drawn of a grade or colour, relative to before; less than one entity is none.
    #[schemars(range(min = 0))]
    pub expected: Option<f64>,
    /// Whether a drift stops the run before it publishes anything (`--accept-drift` lets it go on), or is a warning. Default: false.
    #[serde(default)]
    pub stop: bool,
}

/// A TOML local date, such as 2023-02-07, without quotes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct PlanDate(pub toml::value::Date);

impl JsonSchema for PlanDate {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

/// Who may be drawn at all. An entity must meet every condition that is given.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EligibilityFile {
    /// Status words, in English or Chinese. Default: ["live"].
    pub status: Option<Vec<String>>,
    /// Prefixes of the region code, such as "5001".
    #[serde(default)]
    pub regions: Vec<String>,
    /// Stations, word for word.
    #[serde(default)]
    pub stations: Vec<String>,
    /// Prefixes of the industry code, such as "C" or "I61".
    #[serde(default)]
    pub industries: Vec<String>,
    /// Words that the entity type contains, such as "有限责任公司".
    #[serde(default)]
    pub entity_types: Vec<String>,
    /// Tags of which at least one is carried.
    #[serde(default)]
    pub tags_any: Vec<String>,
    /// Tags of which none is carried.
    #[serde(default)]
    pub tags_none: Vec<String>,
    /// Earliest registration date.
    pub registered_from: Option<PlanDate>,
    /// Latest registration date.
    pub registered_until: Option<PlanDate>,
    /// With how many past visits an entity is not eligible; counted from the ledger.
    pub visits: Option<VisitsFile>,
}

/// With how many past visits an entity is not eligible.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VisitsFile {
    /// Number of visits.
    pub limit: u32,
    /// Whether an entity is out at the limit, only above it, or below it (a re-check of those that have been visited).
    pub reading: VisitLimit,
    /// First day that counts. Default: 1 January of the year of as-of.
    pub since: Option<PlanDate>,
    /// Which visits count: "all" (every unit and level), "level" (any unit of the own level), or "unit" (the own unit: the
    /// task's lead department, or `unit`). Default: all.
    pub counted: Option<CountedWord>,
    /// The own unit, where the plan has no tasks.
    pub unit: Option<String>,
    /// Numbers for grades that have another limit, such as { A = 1 }.
    #[serde(default)]
    pub grades: BTreeMap<String, u32>,
}

/// The factors whose product is an entity's weight, each a number from 0 with at most six decimals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WeightFile {
    /// A column of the entities table that holds a non-negative number.
    pub column: Option<String>,
    /// Factor by credit grade; all five are named.
    pub grade: Option<GradesFile>,
    /// Factor by colour code; all four are named.
    pub color: Option<ColorsFile>,
    /// Factor for entities that carry the flag, by the flag's name.
    #[serde(default)]
    pub flags: BTreeMap<String, f64>,
    /// Factor from the risk scores.
    pub risk: Option<RiskWeightFile>,
}

/// A number for each credit grade.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradesFile {
    /// Low risk.
    #[serde(rename = "A")]
    #[schemars(required, range(min = 0))]
    pub a: Option<f64>,
    /// Moderate risk.
    #[serde(rename = "B")]
    #[schemars(required, range(min = 0))]
    pub b: Option<f64>,
    /// Raised risk.
    #[serde(rename = "C")]
    #[schemars(required, range(min = 0))]
    pub c: Option<f64>,
    /// High risk.
    #[serde(rename = "D")]
    #[schemars(required, range(min = 0))]
    pub d: Option<f64>,
    /// Not graded yet.
    #[schemars(required, range(min = 0))]
    pub unrated: Option<f64>,
}

/// A number for each colour code.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColorsFile {
    /// Green code.
    #[schemars(required, range(min = 0))]
    pub green: Option<f64>,
    /// Yellow code.
    #[schemars(required, range(min = 0))]
    pub yellow: Option<f64>,
    /// Red code.
    #[schemars(required, range(min = 0))]
    pub red: Option<f64>,
    /// No code.
    #[schemars(required, range(min = 0))]
    pub none: Option<f64>,
}

/// The factor from the risk scores: linear between `lowest` at risk 0 and `highest` at risk 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RiskWeightFile {
    /// How several models become one risk.
    pub blend: Blend,
    /// Shares by model name; each model has its table under inputs.risk.
    pub models: BTreeMap<String, f64>,
    /// Factor at risk 0.
    #[schemars(range(min = 0))]
    pub lowest: f64,
    /// Factor at risk 1.
    #[schemars(range(min = 0))]
    pub highest: f64,
    /// Risk, 0 to 1, of an entity without any score. One with some of the scores is blended from those.
    #[schemars(range(min = 0, max = 1))]
    pub missing: f64,
}

/// A rule: entities that meet `when` and do not meet `unless` are certain or exempt.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleFile {
    /// What the rule says, in words; published beside every entity that it decides.
    pub name: String,
    /// The entities it applies to. Without it: all.
    pub when: Option<ConditionsFile>,
    /// The entities it leaves out.
    pub unless: Option<ConditionsFile>,
    /// What becomes of them.
    pub then: Then,
}

/// Conditions: all that are given must hold; a list holds when any of its words does.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConditionsFile {
    /// Colour codes: green, yellow, red, none.
    pub color: Option<Vec<String>>,
    /// Credit grades: A, B, C, D, unrated.
    pub grade: Option<Vec<String>>,
    /// Flags, by name.
    pub flags: Option<Vec<String>>,
    /// Status words.
    pub status: Option<Vec<String>>,
    /// Prefixes of the region code.
    pub region: Option<Vec<String>>,
    /// Prefixes of the industry code.
    pub industry: Option<Vec<String>>,
}

/// How the population is divided, and how the sample is shared among the parts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StrataFile {
    /// Columns whose values together name a stratum: region, station, industry, entity_type, grade, color or a kept column.
    #[serde(default)]
    pub by: Vec<String>,
    /// The divisor of the method of highest averages. Default: webster.
    pub allocation: Option<AllocationWord>,
    /// What the sample is shared in proportion to. Default: entities.
    pub measure: Option<Measure>,
    /// Least drawn in every stratum.
    pub at_least: Option<u64>,
    /// Most drawn in every stratum.
    pub at_most: Option<u64>,
    /// Whether to draw only from strata in which nobody has been drawn or visited since 1 January (补抽). Default: false.
    pub catch_up: Option<bool>,
}

/// How many are drawn: exactly one of `count`, `share` and `grade-shares`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SizeFile {
    /// A number of entities.
    #[schemars(range(min = 1))]
    pub count: Option<u64>,
    /// A share of the base named by `of`, such as 0.01 for one percent.
    #[schemars(range(min = 0, max = 1))]
    pub share: Option<f64>,
    /// A share for each credit grade; all five are named.
    pub grade_shares: Option<GradesFile>,
    /// What a share is taken of. Default: eligible.
    pub of: Option<Base>,
    /// What becomes of the fraction of an entity. Default: up, because "not less than 1 %" is the law's usual form.
    pub rounding: Option<RoundingWord>,
    /// Whether `share` is taken in every stratum instead of on the total. Default: false.
    pub each_stratum: Option<bool>,
    /// Least drawn in all.
    pub at_least: Option<u64>,
    /// Most drawn in all.
    pub at_most: Option<u64>,
    /// The share that the law asks for; a smaller draw raises a warning.
    pub legal_minimum: Option<LegalMinimumFile>,
}

/// The share that the law asks for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LegalMinimumFile {
    /// The share, above 0 and at most 1.
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// What it is taken of. Default: live.
    pub of: Option<Base>,
}

/// Random selection.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DrawFile {
    /// The sampling design. Default: pareto.
    pub design: Option<DesignWord>,
    /// An inclusion probability of at least 1 − alpha is taken as 1. From 0 to below 1; default 0.001.
    #[schemars(range(min = 0, max = 1))]
    pub alpha: Option<f64>,
    /// The seed that all lots come from. Leave it out and give it with --seed when it comes from a public ceremony.
    pub seed: Option<String>,
    /// Where the seed will come from, in words, such as "中国福利彩票双色球第2023018期开奖号码": for a public ceremony. It is
    /// announced with the plan, which then names no seed; the seed is given with --seed.
    pub seed_source: Option<String>,
    /// The stream: draws of one stream favour the same entities, draws of different streams are independent.
    pub stream: Option<String>,
    /// A column of the entities table with permanent random numbers (0 < prn < 1), instead of seed and stream.
    pub prn_column: Option<String>,
    /// Whether an entity that was drawn waits until the others of its stream had their turn, over the rounds of a year; nobody's
    /// probability changes. Every round then needs a seed of its own, and names the earlier ones in inputs.rounds.
    pub spread: Option<bool>,
    /// Entities that enter the draw as if the year began, such as { flags = ["问题"] }: with `spread`.
    pub reset: Option<ConditionsFile>,
    /// In how many batches the drawn are inspected, in the order of their lots. Default: none.
    #[schemars(range(min = 1))]
    pub batches: Option<u32>,
    /// Entities on the reserve list of every stratum. Default: 0.
    pub reserve: Option<u64>,
    /// Whether entities drawn by a rule stand outside the size or count inside it. Default: outside.
    pub certainties: Option<Certainties>,
}

/// How inspectors are dealt.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AssignFile {
    /// Inspectors in a team, experts apart. At least 2, which is the default.
    #[schemars(range(min = 2))]
    pub size: Option<usize>,
    /// Whether a visit that its own station cannot serve is given to inspectors of other stations. Default: false.
    pub borrow: Option<bool>,
    /// Whether loads are balanced within the round, or over the rounds of the calendar year. Default: round.
    pub balance: Option<BalanceWord>,
    /// Sets of departments that never go with others, such as [["公安局"]]: by the lead departments of tasks.
    #[serde(default)]
    pub apart: Vec<Vec<String>>,
}

/// Which codes entities and inspectors get: an entity `pointer`, its registration date (8 digits) and random digits; an inspector
/// 1 (an expert 2), the number of the department and random digits. Who has a code keeps it in later rounds.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CodesFile {
    /// The fixed first digit of an entity's code (固定指针代码). Default: 1.
    #[schemars(range(max = 9))]
    pub pointer: Option<u8>,
    /// Random digits of an entity's code, 1 to 18. Default: 6, so that the code has 15.
    #[schemars(range(min = 1, max = 18))]
    pub digits: Option<u32>,
    /// Random digits of an inspector's code, 1 to 18. Default: 3, so that the code has 6.
    #[schemars(range(min = 1, max = 18))]
    pub inspector_digits: Option<u32>,
    /// Digits of the department's number, 1 to 4. Default: 2.
    #[schemars(range(min = 1, max = 4))]
    pub department_digits: Option<u32>,
    /// The departments of the inspectors: a department's number is its place here, from 1. Keep the order over the rounds of a
    /// campaign, and add new ones at the end.
    #[serde(default)]
    pub departments: Vec<String>,
}

/// What of people and firms is shown where a run goes public (`fairdraw publish`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublishFile {
    /// Whether lists and forms show inspectors with their names; they show codes or ids alone otherwise. Default: false.
    pub inspector_names: Option<bool>,
    /// Columns of output.keep, such as "住所", that stand on the record of a visit. Default: none.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// Where the run is written, and what is carried along.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OutputFile {
    /// The folder of the run, relative to the plan. The whole folder is replaced by every run.
    pub folder: String,
    /// Further columns of the entities table to carry into frame.parquet, by column name or header.
    #[serde(default)]
    pub keep: Vec<String>,
}
