//! The tables of a plan as written. Their comments are descriptions in the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::words::{Direction, Duplicates, Encoding};

/// The tables to read, each by its file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputsFile {
    /// The registry of entities: id, name, status, region, station, industry, type, tags, registration date.
    pub entities: TableFile,
    /// Credit grades (A to D, unrated) and colour codes (green, yellow, red) by entity.
    pub credit: Option<TableFile>,
    /// Risk scores by entity, one table per model; the table's name is the model's name.
    #[serde(default)]
    pub risk: BTreeMap<String, RiskTableFile>,
    /// Flags by entity, such as complaints or the list of abnormal operations. One entity may carry several.
    pub flags: Option<TableFile>,
    /// The ledger of past visits: entity, date, department, level.
    pub ledger: Option<TableFile>,
    /// The registry of inspectors.
    pub inspectors: Option<TableFile>,
}

/// A table in a file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableFile {
    /// The file, relative to the plan: .csv, .tsv or .txt (also with .gz), .xlsx, .xls, .parquet, .arrow, .feather, .ipc.
    pub path: String,
    /// Encoding of a text file. Default: auto, which tries UTF-8 strictly and then GB18030.
    pub encoding: Option<Encoding>,
    /// Sheet of an Excel file. Default: the first.
    pub sheet: Option<String>,
    /// The row that holds the headers, counted from 1. Default: found.
    #[schemars(range(min = 1))]
    pub header_row: Option<u32>,
    /// Headers of this file by column name, such as { entity_id = "编号" }. They override the table of known headers.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Which row of one entity is kept; the others are quarantined. Default: first.
    pub duplicates: Option<Duplicates>,
}

/// A table of risk scores: as any other table, and with the direction and range of its scores.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RiskTableFile {
    /// The file, relative to the plan: .csv, .tsv or .txt (also with .gz), .xlsx, .xls, .parquet, .arrow, .feather, .ipc.
    pub path: String,
    /// Encoding of a text file. Default: auto, which tries UTF-8 strictly and then GB18030.
    pub encoding: Option<Encoding>,
    /// Sheet of an Excel file. Default: the first.
    pub sheet: Option<String>,
    /// The row that holds the headers, counted from 1. Default: found.
    #[schemars(range(min = 1))]
    pub header_row: Option<u32>,
    /// Headers of this file by column name, such as { score = "风险得分" }. They override the table of known headers.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Which row of one entity is kept; the others are quarantined. Default: first.
    pub duplicates: Option<Duplicates>,
    /// Whether a higher score means more risk or more trust.
    pub direction: Direction,
    /// Lowest and highest possible score, such as [0, 1000]; it maps the scores to risk 0..1.
    pub range: [f64; 2],
}

impl RiskTableFile {
    /// The keys that it shares with every other table.
    pub fn table(&self) -> TableFile {
        TableFile {
            path: self.path.clone(),
            encoding: self.encoding,
            sheet: self.sheet.clone(),
            header_row: self.header_row,
            columns: self.columns.clone(),
            duplicates: self.duplicates,
        }
    }
}
