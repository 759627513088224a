//! Where the run is written.

use std::path::Path;

use super::super::checked::{Inputs, Output, Place, TableInput, before_pattern};
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::super::paths::{Files, folder_of, holds, resolve};
use super::Checker;

impl Checker<'_> {
    pub(super) fn output(&mut self, file: &PlanFile, inputs: &Inputs) -> Output {
        let at = KeyPath::of("output");
        let folder = resolve(&self.folder(), Path::new(&file.output.folder), self.files);
        if file.output.folder.trim().is_empty() {
            self.refuse(&at.key("folder"), "is blank", "name the folder of the run, relative to the plan's folder");
        } else if let Some((message, help)) =
            folder_fault(&folder, &self.path, &inputs.tables().collect::<Vec<_>>(), self.files)
        {
            self.refuse(&at.key("folder"), message, help);
        }

        let keep_at = at.key("keep");
        for (i, column) in file.output.keep.iter().enumerate() {
            let at = keep_at.index(i);
            if column.trim().is_empty() {
                self.refuse(&at, "is blank", "name a column or remove it");
            }
            self.not_taken(&at, column);
        }
        self.unique(&keep_at, &file.output.keep);
        Output { folder, keep: file.output.keep.clone() }
    }
}

/// Why a folder cannot hold a run: what is wrong, and the fix. A run replaces the whole folder.
pub(in super::super) fn folder_fault(
    folder: &Path,
    plan: &Path,
    tables: &[&TableInput],
    files: Files,
) -> Option<(String, String)> {
    let own = "give a folder of its own, such as \"../out/my-plan\"; a run replaces the whole folder".to_string();
    if holds(folder, folder_of(plan), files) {
        return Some(("the folder holds the plan itself".to_string(), own));
    }
    let is_inside = |table: &&&TableInput| table.place.path().is_some_and(|path| holds(folder, path, files));
    if let Some(inside) = tables.iter().find(is_inside) {
        return Some((format!("the folder holds the input {:?}", inside.as_written), own));
    }
    // What is written there would be read as rows of the table the next time.
    let is_around = |table: &&&TableInput| match &table.place {
        Place::Files(pattern) => holds(before_pattern(pattern), folder, files),
        _ => false,
    };
    if let Some(around) = tables.iter().find(is_around) {
        return Some((format!("the folder lies in that of the input {:?}", around.as_written), own));
    }
    if files == Files::MustExist && folder.is_file() {
        return Some(("there is a file of this name".to_string(), "name a folder".to_string()));
    }
    None
}
