//! The tables of a plan as written. Their comments are descriptions in the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::words::{Direction, Duplicates, StatusColumn};

/// The tables to read, each by its file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputsFile {
    /// Largest share of a table's rows that may be set aside, 0 to 1; a table of fewer than 100 rows is not held to it.
    /// Default: 0.2. More is usually a wrong column or a broken file.
    #[schemars(range(min = 0, max = 1))]
    pub set_aside_limit: Option<f64>,
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
    /// Folders of published rounds, relative to the plan; `*` stands for any text in a folder's name, such as
    /// "../out/2023-*". Those of an earlier as-of day are the ledger of what has been drawn, together with `ledger`.
    #[serde(default)]
    pub rounds: Vec<String>,
    /// The registry of inspectors.
    pub inspectors: Option<TableFile>,
    /// Pairs of inspector and entity that must not meet (回避): inspector id, entity id.
    pub recusals: Option<TableFile>,
    /// The list of items (抽查事项清单): id, department, kind, and what an inspector or expert needs for it.
    pub items: Option<TableFile>,
    /// Days of rest and worked weekend days.
    pub holidays: Option<TableFile>,
    /// The tasks of the round, a row each, instead of [[tasks]]: 抽查计划编号, 抽查任务名称, 牵头部门, 配合部门, 抽查事项, 事项类别,
    /// 抽查比例, 抽查户数, 抽查时间 and others.
    pub tasks: Option<TableFile>,
}

/// A table: a file, several, or the rows of a query.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableFile {
    /// The file, relative to the plan: .csv, .tsv or .txt (also with .gz), .xlsx, .xls, .parquet, .arrow, .feather, .ipc. A
    /// folder, with "/" at its end, or a pattern with "*" is the Parquet files that are there, read as one table with the
    /// columns that folders such as "year=2023" name. "s3://bucket/key" is an object of an S3-compatible store.
    pub path: Option<String>,
    /// Instead of a path: what a PostgreSQL database is asked, such as "select 编号, 名称, 状态 from 市场主体".
    pub query: Option<String>,
    /// With a query: the environment variable that holds the address of the database, such as "env:REGISTRY_URL".
    pub connection: Option<String>,
    /// Encoding of a text file: "auto", or a name of the WHATWG Encoding Standard such as "utf-8", "gb18030", "big5" or
    /// "windows-1252". Default: auto, which tries UTF-8 strictly and then GB18030, line by line where the whole fails.
    pub encoding: Option<String>,
    /// The one character between the cells of a text file, such as ";" or "\t". Default: found among , tab ; and |.
    pub delimiter: Option<String>,
    /// Most MiB that a packed file (.gz, .xlsx, .parquet, .arrow) may unpack to. Default: 256, or 100 times its size.
    #[schemars(range(min = 1))]
    pub unpacked_limit_mib: Option<u32>,
    /// Sheet of an Excel file. Default: the first that is not hidden.
    pub sheet: Option<String>,
    /// The row that holds the headers, counted from 1. Default: found.
    #[schemars(range(min = 1))]
    pub header_row: Option<u32>,
    /// Headers of this file by column name, such as { entity_id = "编号" }; "#1" is the first column, whatever its header.
    /// They override the table of known headers.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Which usable row of one entity is kept; the others are quarantined. Default: first.
    pub duplicates: Option<Duplicates>,
    /// "none" if the registry of entities has no column of the status because it holds live entities only.
    pub status: Option<StatusColumn>,
}

/// A table of risk scores: as any other table, and with the direction and range of its scores.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RiskTableFile {
    /// The file, relative to the plan: .csv, .tsv or .txt (also with .gz), .xlsx, .xls, .parquet, .arrow, .feather, .ipc. A
    /// folder, with "/" at its end, or a pattern with "*" is the Parquet files that are there, read as one table with the
    /// columns that folders such as "year=2023" name. "s3://bucket/key" is an object of an S3-compatible store.
    pub path: Option<String>,
    /// Instead of a path: what a PostgreSQL database is asked, such as "select 编号, 名称, 状态 from 市场主体".
    pub query: Option<String>,
    /// With a query: the environment variable that holds the address of the database, such as "env:REGISTRY_URL".
    pub connection: Option<String>,
    /// Encoding of a text file: "auto", or a name of the WHATWG Encoding Standard such as "utf-8", "gb18030", "big5" or
    /// "windows-1252". Default: auto, which tries UTF-8 strictly and then GB18030, line by line where the whole fails.
    pub encoding: Option<String>,
    /// The one character between the cells of a text file, such as ";" or "\t". Default: found among , tab ; and |.
    pub delimiter: Option<String>,
    /// Most MiB that a packed file (.gz, .xlsx, .parquet, .arrow) may unpack to. Default: 256, or 100 times its size.
    #[schemars(range(min = 1))]
    pub unpacked_limit_mib: Option<u32>,
    /// Sheet of an Excel file. Default: the first that is not hidden.
    pub sheet: Option<String>,
    /// The row that holds the headers, counted from 1. Default: found.
    #[schemars(range(min = 1))]
    pub header_row: Option<u32>,
    /// Headers of this file by column name, such as { score = "风险得分" }; "#1" is the first column, whatever its header.
    /// They override the table of known headers.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Which usable row of one entity is kept; the others are quarantined. Default: first.
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
            query: self.query.clone(),
            connection: self.connection.clone(),
            encoding: self.encoding.clone(),
            delimiter: self.delimiter.clone(),
            unpacked_limit_mib: self.unpacked_limit_mib,
            sheet: self.sheet.clone(),
            header_row: self.header_row,
            columns: self.columns.clone(),
            duplicates: self.duplicates,
            status: None,
        }
    }
}
