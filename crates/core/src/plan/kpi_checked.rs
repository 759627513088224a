//! A plan of figures as checked.

use std::path::PathBuf;

use super::checked::TableInput;
use crate::recheck::Rounding;
use crate::terms::Level;

/// A checked plan of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiPlan {
    /// Short name: lower-case letters, digits and hyphens.
    pub name: String,
    /// Title for people.
    pub title: Option<String>,
    /// The day up to which results count, in days since 1970-01-01.
    pub as_of: i32,
    /// Level of the unit whose report this is.
    pub own_level: Level,
    /// The text of the plan.
    pub text: String,
    /// Where the plan stands.
    pub path: PathBuf,
    /// SHA-256 of the text, lower-case hexadecimal.
    pub sha256: String,
    /// The tables to read.
    pub inputs: KpiInputs,
    /// Deadlines.
    pub deadlines: Deadlines,
    /// Figures with settings of their own, in the order of the plan; unique by id, variant and as-of day.
    pub figures: Vec<FigureSetting>,
    /// The folder to write.
    pub folder: PathBuf,
}

/// The tables to read.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiInputs {
    /// Largest share of a table's rows that may be set aside, 0 to 1.
    pub set_aside_limit: f64,
    /// Results.
    pub results: TableInput,
    /// Tasks.
    pub tasks: Option<TableInput>,
    /// The list of items.
    pub items: Option<TableInput>,
    /// Inspection plans.
    pub plans: Option<TableInput>,
    /// The registry.
    pub entities: Option<TableInput>,
    /// Entries of the lists of abnormal operations and serious violations.
    pub listings: Option<TableInput>,
    /// Feedback forms.
    pub feedback: Option<TableInput>,
    /// Days that differ from the plain week.
    pub holidays: Option<TableInput>,
    /// Folders of published draws: as written, and resolved.
    pub draws: Vec<(String, PathBuf)>,
}

impl KpiInputs {
    /// Every table.
    pub fn tables(&self) -> impl Iterator<Item = &TableInput> {
        let optional =
            [&self.tasks, &self.items, &self.plans, &self.entities, &self.listings, &self.feedback, &self.holidays];
        std::iter::once(&self.results).chain(optional.into_iter().flatten())
    }
}

/// Deadlines in working days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Publication after the inspection.
    pub publication: u32,
    /// Publication after the laboratory's report, if that is later.
    pub laboratory: u32,
    /// Review after the inspection.
    pub review: u32,
    /// Filing of an inspection outside the plan.
    pub filing: u32,
    /// Entry on a list after verification.
    pub listing: u32,
}

/// How one figure is printed and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureSetting {
    /// Its id.
    pub id: String,
    /// Its variant.
    pub variant: String,
    /// The day up to which it counts, in days since 1970-01-01.
    pub as_of: i32,
    /// What is to be reached, in millionths.
    pub target: Option<u64>,
    /// How the printed figure is rounded.
    pub rounding: Rounding,
    /// Digits behind the point of the printed figure.
    pub digits: u32,
    /// Whether the page leads with it.
    pub headline: bool,
}

impl FigureSetting {
    /// A figure that the plan does not name.
    pub fn plain(id: &str, variant: &str, as_of: i32) -> Self {
        Self {
            id: id.to_owned(),
            variant: variant.to_owned(),
            as_of,
            target: None,
            rounding: Rounding::HalfUp,
            digits: 2,
            headline: false,
        }
    }
}
