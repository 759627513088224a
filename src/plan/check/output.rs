//! Where the run is written.

use std::path::Path;

use super::super::checked::{Inputs, Output, TableInput};
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::super::paths::{Files, folder_of, holds, resolve};
use super::Checker;

/// Columns that frame.parquet has anyway, or whose names are taken there.
const TAKEN: [&str; 29] = [
    "entity_id",
    "name",
    "region",
    "station",
    "industry",
    "entity_type",
    "tags",
    "registration_date",
    "status",
    "grade",
    "color",
    "flags",
    "risk",
    "visits",
    "factor_column",
    "factor_grade",
    "factor_color",
    "factor_risk",
    "factor_flags",
    "weight",
    "eligible",
    "reason",
    "certainty",
    "stratum",
    "pi",
    "ticket",
    "prn",
    "drawn",
    "mode",
];

impl Checker<'_> {
    pub(super) fn output(&mut self, file: &PlanFile, inputs: &Inputs) -> Output {
        let at = KeyPath::of("output");
        let folder = resolve(&self.folder(), Path::new(&file.output.folder), self.files);
        if file.output.folder.trim().is_empty() {
            self.refuse(&at.key("folder"), "is blank", "name the folder of the run, relative to the plan's folder");
        } else if let Some((message, help)) = folder_fault(&folder, &self.path, inputs, self.files) {
            self.refuse(&at.key("folder"), message, help);
        }

        let keep_at = at.key("keep");
        for (i, column) in file.output.keep.iter().enumerate() {
            let at = keep_at.index(i);
            if column.trim().is_empty() {
                self.refuse(&at, "is blank", "name a column or remove it");
            }
            if TAKEN.contains(&column.as_str()) || column.starts_with("score_") {
                self.refuse(
                    &at,
                    format!("frame.parquet has a column {column:?} of its own"),
                    "remove it; the columns that the draw knows are always carried",
                );
            }
        }
        self.unique(&keep_at, &file.output.keep);
        Output { folder, keep: file.output.keep.clone() }
    }
}

/// Why a folder cannot hold a run: what is wrong, and the fix. A run replaces the whole folder.
pub(in super::super) fn folder_fault(
    folder: &Path,
    plan: &Path,
    inputs: &Inputs,
    files: Files,
) -> Option<(String, String)> {
    let own = "give a folder of its own, such as \"../out/my-plan\"; a run replaces the whole folder".to_string();
    if holds(folder, folder_of(plan), files) {
        return Some(("the folder holds the plan itself".to_string(), own));
    }
    let mut tables: Vec<&TableInput> = vec![&inputs.entities];
    tables.extend(inputs.credit.iter().chain(&inputs.flags).chain(&inputs.ledger).chain(&inputs.inspectors));
    tables.extend(inputs.risk.iter().map(|risk| &risk.table));
    if let Some(inside) = tables.into_iter().find(|table| holds(folder, &table.path, files)) {
        return Some((format!("the folder holds the input {:?}", inside.as_written), own));
    }
    if files == Files::MustExist && folder.is_file() {
        return Some(("there is a file of this name".to_string(), "name a folder".to_string()));
    }
    None
}
