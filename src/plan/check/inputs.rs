//! The tables to read.

use std::path::Path;

use super::super::checked::{Inputs, RiskInput, TableInput};
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::super::paths::{Files, resolve};
use super::super::tables::TableFile;
use super::super::words::Encoding;
use super::{Checker, did_you_mean};
use crate::terms::Column;

/// What kind of file a table is in; it decides which keys have a meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Excel,
    Columnar,
}

const ENDINGS: [(&str, Kind); 12] = [
    (".csv", Kind::Text),
    (".csv.gz", Kind::Text),
    (".tsv", Kind::Text),
    (".tsv.gz", Kind::Text),
    (".txt", Kind::Text),
    (".txt.gz", Kind::Text),
    (".xlsx", Kind::Excel),
    (".xls", Kind::Excel),
    (".parquet", Kind::Columnar),
    (".arrow", Kind::Columnar),
    (".feather", Kind::Columnar),
    (".ipc", Kind::Columnar),
];

fn kind_of(path: &str) -> Option<Kind> {
    let path = path.to_ascii_lowercase();
    ENDINGS.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, kind)| *kind)
}

impl Checker<'_> {
    pub(super) fn inputs(&mut self, file: &PlanFile) -> Inputs {
        let at = KeyPath::of("inputs");
        let mut own = Vec::new();
        own.extend(file.weight.iter().filter_map(|weight| weight.column.as_deref()));
        own.extend(file.draw.iter().filter_map(|draw| draw.prn_column.as_deref()));
        own.extend(file.output.keep.iter().map(String::as_str));

        let entities = self.table(&at.key("entities"), &file.inputs.entities, &own);
        let mut optional =
            |name: &str, table: &Option<TableFile>| table.as_ref().map(|table| self.table(&at.key(name), table, &[]));
        let credit = optional("credit", &file.inputs.credit);
        let flags = optional("flags", &file.inputs.flags);
        let ledger = optional("ledger", &file.inputs.ledger);
        let inspectors = optional("inspectors", &file.inputs.inspectors);
        let risk = self.risk(file, &at.key("risk"));
        Inputs { entities, credit, risk, flags, ledger, inspectors }
    }

    fn risk(&mut self, file: &PlanFile, at: &KeyPath) -> Vec<RiskInput> {
        let mut models = Vec::new();
        for (model, written) in &file.inputs.risk {
            let at = at.key(model);
            if model.is_empty() || !model.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
                self.refuse(
                    &at,
                    format!("the model name {model:?} has characters other than letters, digits, _ and -, or none"),
                    "rename the model, such as [inputs.risk.general]; it names the column score_general",
                );
            }
            let [low, high] = written.range;
            if !(low.is_finite() && high.is_finite() && low < high) {
                self.refuse(
                    &at.key("range"),
                    format!("{low} is not below {high}, or one of them is not finite"),
                    "give the lowest and then the highest possible score, such as [0, 1000]; `direction` says which is risky",
                );
            }
            let table = self.table(&at, &written.table(), &[]);
            models.push(RiskInput { model: model.clone(), table, direction: written.direction, range: (low, high) });
        }
        models
    }

    /// One table. `own` are further names that its `columns` may hold.
    fn table(&mut self, at: &KeyPath, table: &TableFile, own: &[&str]) -> TableInput {
        let path = resolve(&self.folder(), Path::new(&table.path), self.files);
        self.file(&at.key("path"), &table.path, &path);
        if let Some(kind) = kind_of(&table.path) {
            self.reading(at, table, kind);
        }
        self.columns(&at.key("columns"), table, own);
        TableInput {
            path,
            as_written: table.path.clone(),
            encoding: table.encoding.unwrap_or_default(),
            sheet: table.sheet.clone(),
            header_row: table.header_row,
            columns: table.columns.clone(),
            duplicates: table.duplicates.unwrap_or_default(),
        }
    }

    fn file(&mut self, at: &KeyPath, written: &str, path: &Path) {
        if written.trim().is_empty() {
            return self.refuse(at, "is blank", "name the file, relative to the plan's folder");
        }
        if kind_of(written).is_none() {
            let endings: Vec<&str> = ENDINGS.iter().map(|(ending, _)| *ending).collect();
            return self.refuse(
                at,
                format!("{written:?} has none of the known endings"),
                format!("known are {}", endings.join(", ")),
            );
        }
        if self.files == Files::NotAsked {
            return;
        }
        let place = path.display();
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                self.refuse(at, format!("{written:?} is a folder ({place})"), "name a file in it");
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.refuse(
                at,
                format!("{written:?} is not there (looked for {place})"),
                "put the file there or change the path; it is relative to the plan's folder",
            ),
            Err(error) => self.refuse(
                at,
                format!("{written:?} cannot be looked at: {error} ({place})"),
                "check the permissions of the file and its folders",
            ),
        }
    }

    /// Refuses keys that would decide nothing for this kind of file.
    fn reading(&mut self, at: &KeyPath, table: &TableFile, kind: Kind) {
        if table.sheet.is_some() && kind != Kind::Excel {
            self.refuse(&at.key("sheet"), "only Excel files have sheets", "remove `sheet`");
        }
        if table.sheet.as_ref().is_some_and(|sheet| sheet.is_empty()) {
            self.refuse(&at.key("sheet"), "is empty", "name the sheet, or remove `sheet` to read the first");
        }
        if !matches!(table.encoding, None | Some(Encoding::Auto)) && kind != Kind::Text {
            self.refuse(&at.key("encoding"), "only text files have an encoding", "remove `encoding`");
        }
        match table.header_row {
            Some(0) => self.refuse(&at.key("header-row"), "rows are counted from 1", "write 1 for the first row"),
            Some(_) if kind == Kind::Columnar => {
                self.refuse(&at.key("header-row"), "this kind of file names its columns itself", "remove `header-row`");
            }
            _ => {}
        }
    }

    fn columns(&mut self, at: &KeyPath, table: &TableFile, own: &[&str]) {
        for (name, header) in &table.columns {
            let at = at.key(name);
            let known = Column::from_canonical(name).is_some();
            if !known && !own.contains(&name.as_str()) {
                let mut names: Vec<&str> = Column::ALL.iter().map(|column| column.canonical()).collect();
                names.extend(own);
                self.refuse(&at, format!("{name:?} is not a known column"), did_you_mean(name, &names));
            }
            if header.trim().is_empty() {
                self.refuse(&at, "the header is blank", "write the header as the file has it, or remove the entry");
            }
        }
    }
}
