//! The tables to read.

use std::path::{Path, PathBuf};

use super::super::checked::{Inputs, Place, Query, RiskInput, TableInput};
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::super::paths::{Files, resolve};
use super::super::tables::TableFile;
use super::super::words::TextEncoding;
use super::{Checker, did_you_mean};
use crate::terms::Column;

/// Largest share of a table's rows that may be set aside, unless the plan says otherwise.
const SET_ASIDE_LIMIT: f64 = 0.2;

/// Names of encodings that are offered when one is not known.
const ENCODINGS: [&str; 9] =
    ["auto", "utf-8", "gb18030", "gbk", "big5", "utf-16le", "utf-16be", "windows-1252", "shift_jis"];

/// What kind of file a table is in; it decides which keys have a meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Excel,
    Columnar,
    Query,
}

/// How the address of an object begins.
const OBJECT: &str = "s3://";

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
        let of_tasks = file.tasks.iter().filter_map(|task| task.weight.as_ref());
        own.extend(file.weight.iter().chain(of_tasks).filter_map(|weight| weight.column.as_deref()));
        own.extend(file.draw.iter().filter_map(|draw| draw.prn_column.as_deref()));
        own.extend(file.output.keep.iter().map(String::as_str));

        let entities = self.table(&at.key("entities"), &file.inputs.entities, &own);
        let mut optional =
            |name: &str, table: &Option<TableFile>| table.as_ref().map(|table| self.table(&at.key(name), table, &[]));
        let credit = optional("credit", &file.inputs.credit);
        let flags = optional("flags", &file.inputs.flags);
        let ledger = optional("ledger", &file.inputs.ledger);
        let inspectors = optional("inspectors", &file.inputs.inspectors);
        let recusals = optional("recusals", &file.inputs.recusals);
        let items = optional("items", &file.inputs.items);
        let holidays = optional("holidays", &file.inputs.holidays);
        let tasks = optional("tasks", &file.inputs.tasks);
        let risk = self.risk(file, &at.key("risk"));
        let rounds = self.rounds(&at.key("rounds"), &file.inputs.rounds);
        let set_aside_limit = self.set_aside_limit(&at, file.inputs.set_aside_limit);
        Inputs {
            entities,
            credit,
            risk,
            flags,
            ledger,
            rounds,
            inspectors,
            recusals,
            items,
            holidays,
            tasks,
            set_aside_limit,
        }
    }

    /// Folders of rounds, as written and resolved; a pattern stays one.
    fn rounds(&mut self, at: &KeyPath, written: &[String]) -> Vec<(String, PathBuf)> {
        let texts = self.texts(at, written);
        self.unique(at, &texts);
        let folder = self.folder();
        texts.into_iter().map(|text| (text.clone(), resolve(&folder, Path::new(&text), self.files))).collect()
    }

    /// The largest share of a table's rows that may be set aside; `at` is the section of the inputs.
    pub(super) fn set_aside_limit(&mut self, at: &KeyPath, written: Option<f64>) -> f64 {
        let limit = written.unwrap_or(SET_ASIDE_LIMIT);
        if !(0.0..=1.0).contains(&limit) {
            self.refuse(
                &at.key("set-aside-limit"),
                format!("{limit} is no share: a share is from 0 to 1"),
                "write 0.2 for 20 %, or 1 to allow any number of rows",
            );
        }
        limit
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
            // The width of the range divides scores: it must be a number too.
            if !((high - low).is_finite() && low < high) {
                self.refuse(
                    &at.key("range"),
                    format!("{low} is not below {high}, or their difference is not finite"),
                    "give the lowest and then the highest possible score, such as [0, 1000]; `direction` says which is risky",
                );
            }
            let table = self.table(&at, &written.table(), &[]);
            models.push(RiskInput { model: model.clone(), table, direction: written.direction, range: (low, high) });
        }
        models
    }

    /// One table. `own` are further names that its `columns` may hold.
    pub(super) fn table(&mut self, at: &KeyPath, table: &TableFile, own: &[&str]) -> TableInput {
        let (place, as_written) = self.place(at, table);
        self.columns(&at.key("columns"), table, own);
        if table.status.is_some() && *at != KeyPath::of("inputs.entities") {
            self.refuse(&at.key("status"), "only the registry of entities has a status", "remove `status`");
        }
        if table.unpacked_limit_mib == Some(0) {
            self.refuse(&at.key("unpacked-limit-mib"), "0 MiB hold nothing", "give at least 1, or remove the key");
        }
        TableInput {
            place,
            as_written,
            encoding: self.encoding(&at.key("encoding"), table.encoding.as_deref()),
            delimiter: self.delimiter(&at.key("delimiter"), table.delimiter.as_deref()),
            sheet: table.sheet.clone(),
            header_row: table.header_row,
            columns: table.columns.clone(),
            duplicates: table.duplicates.unwrap_or_default(),
            no_status: table.status.is_some(),
            unpacked_limit: table.unpacked_limit_mib.map(|mib| u64::from(mib) << 20),
        }
    }

    /// Where the rows are, and how messages call it.
    fn place(&mut self, at: &KeyPath, table: &TableFile) -> (Place, String) {
        if let Some(sql) = &table.query {
            return self.query(at, table, sql);
        }
        let written = table.path.clone().unwrap_or_default();
        let key = at.key("path");
        if table.path.is_none() {
            self.refuse(
                &key,
                "says neither a path nor a query",
                "name the file with `path`, or ask a database with `query`",
            );
        } else if table.connection.is_some() {
            self.refuse(
                &at.key("connection"),
                "a file needs no database",
                "remove `connection`, or give a `query` instead of `path`",
            );
        }
        let is_object = written.starts_with(OBJECT);
        let path = if is_object { PathBuf::new() } else { resolve(&self.folder(), Path::new(&written), self.files) };
        let is_several = written.ends_with('/') || written.contains('*');
        let kind = if is_several { Some(Kind::Columnar) } else { kind_of(&written) };
        match kind {
            _ if table.path.is_none() => {}
            _ if written.trim().is_empty() => {
                self.refuse(&key, "is blank", "name the file, relative to the plan's folder")
            }
            _ if written.contains('*') && !written.to_ascii_lowercase().ends_with(".parquet") => {
                let help = "end it in the names of Parquet files, such as \"registry/*/*.parquet\"";
                self.refuse(&key, format!("{written:?} is a pattern, and Parquet files alone are read together"), help);
            }
            None => {
                let endings: Vec<&str> = ENDINGS.iter().map(|(ending, _)| *ending).collect();
                let help = format!("known are {}; a folder of Parquet files ends in \"/\"", endings.join(", "));
                self.refuse(&key, format!("{written:?} has none of the known endings"), help);
            }
            Some(kind) => {
                self.reading(at, table, kind);
                if is_object {
                    self.object(&key, &written);
                } else if !is_several {
                    self.file(&key, &written, &path);
                }
            }
        }
        let place = match (is_object, is_several) {
            (true, _) => Place::Object(written.clone()),
            (false, true) => Place::Files(path),
            (false, false) => Place::File(path),
        };
        (place, written)
    }

    fn object(&mut self, at: &KeyPath, written: &str) {
        let (bucket, key) = written[OBJECT.len()..].split_once('/').unwrap_or_default();
        if bucket.is_empty() || bucket.contains('*') || key.is_empty() {
            let help = "write s3://bucket/key, such as \"s3://registry/2023/entities.parquet\"";
            self.refuse(at, format!("{written:?} names no object of a bucket"), help);
        }
    }

    fn query(&mut self, at: &KeyPath, table: &TableFile, sql: &str) -> (Place, String) {
        if table.path.is_some() {
            self.refuse(
                &at.key("path"),
                "a table is a file or the rows of a query, not both",
                "remove `path` or `query`",
            );
        }
        let sql = sql.trim().trim_end_matches(';').trim_end();
        if sql.is_empty() {
            self.refuse(
                &at.key("query"),
                "is blank",
                "write what the database is asked, such as \"select * from entities\"",
            );
        }
        let connection = table.connection.as_deref().unwrap_or_default();
        let variable = connection.strip_prefix("env:").map(str::trim).unwrap_or_default();
        let is_name = !variable.is_empty() && variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            self.refuse(
                &at.key("connection"),
                "the address of the database stands in no environment variable",
                "write connection = \"env:REGISTRY_URL\" and set REGISTRY_URL to postgresql://user:password@host/database \
                 where the program runs: a plan is published, so it holds no password",
            );
        }
        self.reading(at, table, Kind::Query);
        let query = Query { sql: sql.to_owned(), variable: variable.to_owned() };
        (Place::Query(query), sql.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn encoding(&mut self, at: &KeyPath, written: Option<&str>) -> TextEncoding {
        let Some(name) = written.filter(|name| *name != "auto") else { return TextEncoding::Auto };
        encoding_rs::Encoding::for_label(name.as_bytes()).map(TextEncoding::Stated).unwrap_or_else(|| {
            let help =
                format!("{}, and every other name of the WHATWG Encoding Standard", did_you_mean(name, &ENCODINGS));
            self.refuse(at, format!("{name:?} is not a known encoding"), help);
            TextEncoding::Auto
        })
    }

    fn delimiter(&mut self, at: &KeyPath, written: Option<&str>) -> Option<u8> {
        let written = written?;
        match *written.as_bytes() {
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n') => {
                Some(byte)
            }
            _ => {
                let message = format!("{written:?} cannot stand between cells");
                self.refuse(
                    at,
                    message,
                    "give one ASCII character that is no letter, digit or quotation mark: \";\", \"|\", \"\\t\"",
                );
                None
            }
        }
    }

    fn file(&mut self, at: &KeyPath, written: &str, path: &Path) {
        if self.files == Files::NotAsked {
            return;
        }
        let place = path.display();
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                let help = "name a file in it, or end the path in \"/\" to read all Parquet files of the folder";
                self.refuse(at, format!("{written:?} is a folder ({place})"), help);
            }
            Ok(found) if !found.is_file() => self.refuse(
                at,
                format!("{written:?} is a pipe or a device and not a file ({place})"),
                "write what it gives to a file first: inputs are read twice, and must be the same for whoever checks the run",
            ),
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
            self.refuse(
                &at.key("sheet"),
                "is empty",
                "name the sheet, or remove `sheet` to read the first that is not hidden",
            );
        }
        if table.encoding.as_ref().is_some_and(|name| name != "auto") && kind != Kind::Text {
            self.refuse(&at.key("encoding"), "only text files have an encoding", "remove `encoding`");
        }
        if table.delimiter.is_some() && kind != Kind::Text {
            self.refuse(&at.key("delimiter"), "only text files have a delimiter", "remove `delimiter`");
        }
        if table.unpacked_limit_mib.is_some() && kind == Kind::Query {
            self.refuse(&at.key("unpacked-limit-mib"), "a query unpacks nothing", "remove `unpacked-limit-mib`");
        }
        match table.header_row {
            Some(0) => self.refuse(&at.key("header-row"), "rows are counted from 1", "write 1 for the first row"),
            Some(_) if matches!(kind, Kind::Columnar | Kind::Query) => {
                let message = "this kind of table names its columns itself";
                self.refuse(&at.key("header-row"), message, "remove `header-row`");
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
