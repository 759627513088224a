//! Plans: one TOML document a campaign, from text to checked values.
//!
//! [`load`] reads a file; [`parse`] takes text that is already there. Both go [`PlanFile`] (as written, unknown keys
//! refused) → [`Plan`] (checked: numbers in range, words known, dates as days, paths resolved). Every error points at
//! its line with the fix, and all of them are reported together. [`schema_json`] is what editors check a plan against.

mod check;
mod checked;
mod error;
mod file;
mod kpi_checked;
mod kpi_file;
mod locate;
mod micro;
mod nearest;
mod nightly;
mod overrides;
mod paths;
mod schema;
mod shape;
mod tables;
mod task_cells;
mod task_file;
mod task_table;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::de::DeTable;

pub use check::KnownFigure;
pub use checked::{
    Assign, Codes, Draw, Draws, DriftLimits, Inputs, Output, Place, Plan, Publish, Query, RiskInput, TableInput, Task,
    Window, before_pattern,
};
pub use error::{PlanError, PlanErrors};
pub use file::PlanFile;
pub use kpi_checked::{Deadlines, FigureSetting, KpiInputs, KpiPlan};
pub use kpi_file::KpiPlanFile;
pub use micro::{FactorError, MICRO, micro_units};
pub use nightly::{AnyPlan, Job, Nightly, NightlyFile};
pub use overrides::{LotSource, Overrides};
pub use paths::{Files, beside, fits};
pub use schema::{kpi_schema_json, nightly_schema_json, schema_json};
pub use task_cells::{read_share_of_all, read_times_a_year};
pub use task_table::{TASK_COLUMNS, TaskTable};
pub use words::{Direction, Duplicates, TextEncoding};

use crate::digest::hex;
use error::Errors;
use locate::Locator;

/// Reads and checks a plan. Inputs must be there.
///
/// # Errors
/// A file that cannot be read, is empty or is not UTF-8; else all errors of the plan.
pub fn load(path: &Path) -> Result<Plan, PlanErrors> {
    load_with(path, Files::MustExist)
}

/// Reads and checks a plan; `files` says whether its inputs must be there.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, files: Files) -> Result<Plan, PlanErrors> {
    parse(&read(path)?, path, files)
}

/// Reads and checks a plan of figures. Inputs must be there; `known` are the figures that it may name.
///
/// # Errors
/// As [`load`].
pub fn load_kpi(path: &Path, known: &[KnownFigure<'_>]) -> Result<KpiPlan, PlanErrors> {
    parse_kpi(&read(path)?, path, Files::MustExist, known)
}

/// Reads and checks a plan of a draw or of figures; a plan of figures is one that reads results.
///
/// # Errors
/// As [`load`].
pub fn load_any(path: &Path, files: Files, known: &[KnownFigure<'_>]) -> Result<AnyPlan, PlanErrors> {
    let text = read(path)?;
    let tree = text.parse::<toml::Table>().unwrap_or_default();
    let is_of_figures = tree.get("inputs").is_some_and(|inputs| inputs.get("results").is_some());
    Ok(match is_of_figures {
        true => AnyPlan::Figures(Box::new(parse_kpi(&text, path, files, known)?)),
        false => AnyPlan::Draw(Box::new(parse(&text, path, files)?)),
    })
}

/// Reads and checks a list of plans, and puts them in order. The inputs of the plans need not be there yet.
///
/// # Errors
/// As [`load`], of the list, or of the first plan that is wrong.
pub fn load_nightly(path: &Path, known: &[KnownFigure<'_>]) -> Result<Nightly, PlanErrors> {
    let text = read(path)?;
    let (file, locator) = document::<NightlyFile>(&text, path)?;
    let load = |plan: &Path| load_any(plan, Files::NotAsked, known);
    check::Checker::new(path, &text, locator, Files::MustExist).nightly(&file, load)
}

fn read(path: &Path) -> Result<String, PlanErrors> {
    let refuse =
        |message: String, help: &str| Errors::new(path, "").end(String::new(), None, message, help.to_string());
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            refuse(format!("there is no plan {}", path.display()), "check the path; plans are TOML files")
        }
        _ => {
            refuse(format!("the plan {} cannot be read: {error}", path.display()), "check the path and its permissions")
        }
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let sound = error.utf8_error().valid_up_to();
        let line = locate::line_of(&String::from_utf8_lossy(&error.as_bytes()[..sound]), sound);
        refuse(format!("line {line} of the plan is not UTF-8"), "save the plan as UTF-8; it may be GB18030 now")
    })
}

/// Checks a plan that is already in memory. `path` is where it stands: paths in it are relative to that folder.
///
/// # Errors
/// All errors of the plan; one only where the text is no TOML or a key has the wrong shape.
pub fn parse(text: &str, path: &Path, files: Files) -> Result<Plan, PlanErrors> {
    let (file, locator) = document::<PlanFile>(text, path)?;
    check::check(&file, path, text, hex(Sha256::digest(text)), locator, files)
}

/// Checks a plan of figures that is already in memory.
///
/// # Errors
/// As [`parse`].
pub fn parse_kpi(text: &str, path: &Path, files: Files, known: &[KnownFigure<'_>]) -> Result<KpiPlan, PlanErrors> {
    let (file, locator) = document::<KpiPlanFile>(text, path)?;
    check::Checker::new(path, text, locator, files).kpi(&file, text, hex(Sha256::digest(text)), known)
}

/// The document in a text, with where its keys stand.
fn document<'t, T: Deserialize<'t>>(text: &'t str, path: &Path) -> Result<(T, Locator<'t>), PlanErrors> {
    let errors = || Errors::new(path, text);
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let help = "start from one of the plans in pipelines/; `fairdraw schema` describes every key".to_string();
        return Err(errors().end(String::new(), None, "the plan is empty".to_string(), help));
    }
    let tree = DeTable::parse(text).map_err(|error| shape::syntax(errors(), &error))?;
    let locator = Locator::new(tree.clone());
    let file =
        T::deserialize(toml::de::Deserializer::from(tree)).map_err(|error| shape::shape(errors(), &locator, &error))?;
    Ok((file, locator))
}
