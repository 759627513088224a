//! A plan of figures as written: one TOML document, keys in kebab-case, unknown keys refused.
//!
//! The comments of these types are the descriptions in the JSON Schema, so they speak to the person who writes a plan.

use schemars::JsonSchema;
use serde::Deserialize;

use super::file::PlanDate;
use super::tables::TableFile;
use super::words::FigureRounding;

/// A fairdraw plan of figures: which results are read, which figures are printed and how, and where they are written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KpiPlanFile {
    /// Short name of the report: lower-case letters, digits and hyphens, such as "xiaoshan-2021".
    #[schemars(regex(pattern = r"^[a-z0-9-]+$"))]
    pub name: String,
    /// Title for people, in any language. Optional.
    pub title: Option<String>,
    /// The day up to which results count, a TOML date without quotes. A figure may have its own.
    pub as_of: PlanDate,
    /// Level of the unit whose report this is: county, city, province or nation. Tasks of this level are the ones it
    /// initiated. Default: county.
    pub own_level: Option<String>,
    /// The tables to read. Only `results` is required.
    pub inputs: KpiInputsFile,
    /// Deadlines in working days.
    #[serde(default)]
    pub deadlines: DeadlinesFile,
    /// Figures with a target, an as-of date or a printed form of their own. All other figures are computed as well.
    #[serde(default)]
    pub figures: Vec<FigureFile>,
    /// Where the figures are written.
    pub output: KpiOutputFile,
}

/// The tables to read, each by its file, and the published draws that the results belong to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KpiInputsFile {
    /// Largest share of a table's rows that may be set aside, 0 to 1; a table of fewer than 100 rows is not held to it.
    /// Default: 0.2.
    #[schemars(range(min = 0, max = 1))]
    pub set_aside_limit: Option<f64>,
    /// Results: a row is one inspection (one department at one entity on one visit), or one of its items.
    pub results: TableFile,
    /// Tasks: id, departments, level, source, credit rule, plan, first and last day.
    pub tasks: Option<TableFile>,
    /// The list of items to be inspected.
    pub items: Option<TableFile>,
    /// Inspection plans by year, month and week.
    pub plans: Option<TableFile>,
    /// The registry of entities, with grade and colour code where it has them.
    pub entities: Option<TableFile>,
    /// Entries of the list of abnormal operations and of the list of serious violations.
    pub listings: Option<TableFile>,
    /// Feedback forms that were sent to inspected entities.
    pub feedback: Option<TableFile>,
    /// Days of rest on weekdays and worked weekend days. Without it working days are Monday to Friday.
    pub holidays: Option<TableFile>,
    /// Folders of published draws, relative to the plan.
    #[serde(default)]
    pub draws: Vec<String>,
}

/// Deadlines in working days.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeadlinesFile {
    /// Result and publication after the inspection. Default: 20.
    pub publication: Option<u16>,
    /// Result and publication after the laboratory's report is delivered, if that is later. Default: 5.
    pub laboratory: Option<u16>,
    /// Review after the inspection; later the inspection carries a yellow flag. Default: 15.
    pub review: Option<u16>,
    /// Filing of an inspection outside the plan. Default: 5.
    pub filing: Option<u16>,
    /// Entry on a list after verification. Default: 10.
    pub listing: Option<u16>,
}

/// How one figure is printed and judged.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FigureFile {
    /// Its id, such as "cross_department.by_task"; `fairdraw kpi --list` prints them all.
    pub id: String,
    /// Its variant, such as "own". Default: all.
    pub variant: Option<String>,
    /// The day up to which it counts. Default: the plan's.
    pub as_of: Option<PlanDate>,
    /// What is to be reached, as a number: 0.1 for 10 %. At most 6 decimals.
    pub target: Option<f64>,
    /// How the printed figure is rounded. Default: half-up.
    pub rounding: Option<FigureRounding>,
    /// Digits behind the point of the printed figure, 0 to 6. Default: 2.
    #[schemars(range(min = 0, max = 6))]
    pub digits: Option<u8>,
    /// Whether the page leads with it. Default: false.
    #[serde(default)]
    pub headline: bool,
}

/// Where the figures are written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KpiOutputFile {
    /// The folder, relative to the plan. The whole folder is replaced every time.
    pub folder: String,
}
