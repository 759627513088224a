//! Why a row of a table, or a cell of a row that is used otherwise, is set aside.

use super::bilingual::{Bilingual, shorten};
use serde::{Deserialize, Serialize};

/// Most characters of a value that a sentence shows.
const SHOWN: usize = 40;

/// Why a row or a cell is set aside. A sentence is about one row; codes are stable and stand in the column `reason` of
/// `quarantine.parquet`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum SetAside {
    /// The row names no entity (or inspector).
    MissingKey,
    /// A spreadsheet took the id for a number and rewrote it.
    RewrittenKey {
        /// The id as the file has it.
        id: String,
    },
    /// The id holds control or replacement characters.
    GarbledKey,
    /// Another row of the same id is kept.
    DuplicateKey {
        /// Number of the row that is kept.
        kept: u64,
        /// Whether the rule keeps the last usable row instead of the first.
        last: bool,
    },
    /// The headers stand here once more.
    RepeatedHeader,
    /// A total over other rows.
    TotalRow {
        /// The word that says so: 合计, 小计 …
        word: String,
    },
    /// A quotation mark is opened and never closed.
    UnclosedQuote,
    /// A quotation mark is opened here, and the line in which it would close looks like a row of its own.
    SwallowingQuote {
        /// Line of the row that would have been swallowed.
        line: u64,
    },
    /// A quotation mark inside a cell joins lines.
    JoiningQuote {
        /// Lines that it joins.
        lines: u64,
    },
    /// The record has another number of cells than the header.
    CellCount {
        /// Cells of the record.
        cells: usize,
        /// Cells of the header.
        width: usize,
    },
    /// A cell is too long.
    OversizedCell {
        /// Most bytes that a cell may have.
        limit: usize,
    },
    /// A record is larger than can be read.
    OversizedRecord {
        /// Most bytes that a record may have.
        limit: usize,
    },
    /// Bytes of a cell belong to no character of the file's encoding.
    Undecodable {
        /// The column.
        column: String,
        /// The encoding that was tried.
        encoding: String,
    },
    /// A spreadsheet's error value.
    ErrorCell {
        /// The column.
        column: String,
        /// The value, such as `#REF!`.
        error: String,
    },
    /// A word that is no grade.
    UnknownGrade {
        /// The word.
        word: String,
    },
    /// A word that is no colour.
    UnknownColor {
        /// The word.
        word: String,
    },
    /// The row has no score.
    MissingScore,
    /// The score is no number of the model's range.
    BadScore {
        /// The cell.
        value: String,
        /// Lowest possible score.
        lowest: f64,
        /// Highest possible score.
        highest: f64,
        /// Table of the plan, such as `risk.general`.
        table: String,
    },
    /// The row names no flag.
    MissingFlag,
    /// The record of an inspection is not filled in: neither date nor outcome.
    NotMade,
    /// The row has no date.
    MissingDate,
    /// The cell is no date.
    BadDate {
        /// The cell.
        value: String,
    },
    /// The day lies outside 1970-01-02 to 2149-06-06.
    DateOutOfRange {
        /// The cell.
        value: String,
    },
    /// The row names no department.
    MissingDepartment,
    /// A word that is not known.
    UnknownWord {
        /// The column.
        column: String,
        /// The word.
        word: String,
    },
    /// The cell says neither yes nor no.
    BadExpert {
        /// The cell.
        value: String,
    },
    /// The cell is neither a count nor a sum of counts.
    BadCount {
        /// The cell.
        value: String,
    },
    /// The cell is no number.
    BadNumber {
        /// The cell.
        value: String,
    },
    /// The cell is no printed figure.
    BadFigure {
        /// The cell.
        value: String,
    },
}

impl SetAside {
    /// Whether the row is a row of data at all, so that setting it aside may cost an entity something.
    pub fn is_of_data(&self) -> bool {
        !matches!(self, Self::RepeatedHeader | Self::TotalRow { .. } | Self::NotMade)
    }
}

fn shown(text: &str) -> &str {
    shorten(text, SHOWN)
}

impl Bilingual for SetAside {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingKey => "missing-key",
            Self::RewrittenKey { .. } | Self::GarbledKey => "mangled-key",
            Self::DuplicateKey { .. } => "duplicate-key",
            Self::RepeatedHeader => "repeated-header",
            Self::TotalRow { .. } => "total-row",
            Self::UnclosedQuote | Self::SwallowingQuote { .. } | Self::JoiningQuote { .. } | Self::CellCount { .. } => {
                "broken-record"
            }
            Self::OversizedCell { .. } => "oversized-cell",
            Self::OversizedRecord { .. } => "oversized-record",
            Self::Undecodable { .. } => "undecodable-text",
            Self::ErrorCell { .. } => "error-cell",
            Self::UnknownGrade { .. } => "unknown-grade",
            Self::UnknownColor { .. } => "unknown-color",
            Self::MissingScore => "missing-score",
            Self::BadScore { .. } => "bad-score",
            Self::MissingFlag => "missing-flag",
            Self::NotMade => "not-made",
            Self::MissingDate | Self::BadDate { .. } => "bad-date",
            Self::DateOutOfRange { .. } => "date-out-of-range",
            Self::MissingDepartment => "missing-department",
            Self::UnknownWord { .. } => "unknown-word",
            Self::BadExpert { .. } => "bad-expert",
            Self::BadCount { .. } => "bad-count",
            Self::BadNumber { .. } => "bad-number",
            Self::BadFigure { .. } => "bad-figure",
        }
    }

    fn en(&self) -> String {
        match self {
            Self::MissingKey => "the row has no id".to_owned(),
            Self::RewrittenKey { id } => format!(
                "the id \"{}\" is a number that a spreadsheet has rewritten: export the column as text",
                shown(id)
            ),
            Self::GarbledKey => "the id holds control or replaced characters: correct it in the file".to_owned(),
            Self::DuplicateKey { kept, last } => {
                let which = if *last { "last" } else { "first" };
                format!("the same id is also in row {kept}, which is kept (rule: the {which} usable row)")
            }
            Self::RepeatedHeader => "the headers stand here once more".to_owned(),
            Self::TotalRow { word } => format!("a total (\"{}\") and no row of its own", shown(word)),
            Self::UnclosedQuote => "a quotation mark is opened and never closed".to_owned(),
            Self::SwallowingQuote { line } => {
                format!("a quotation mark is opened and not closed before line {line}, which is a row of its own")
            }
            Self::JoiningQuote { lines } => format!("a quotation mark inside a cell joins {lines} lines"),
            Self::CellCount { cells, width } => format!("{cells} cells where the header has {width}"),
            Self::OversizedCell { limit } => format!("a cell holds more than {limit} bytes"),
            Self::OversizedRecord { limit } => format!("the row holds more than {limit} bytes"),
            Self::Undecodable { column, encoding } => {
                format!("the column {column} holds bytes that are not {encoding}")
            }
            Self::ErrorCell { column, error } => format!("the cell of the column {column} is the error {error}"),
            Self::UnknownGrade { word } => {
                format!("\"{}\" is not a grade: write one of A, B, C, D, unrated (未评)", shown(word))
            }
            Self::UnknownColor { word } => {
                format!("\"{}\" is not a color: write one of green 绿, yellow 黄, red 红, none 无", shown(word))
            }
            Self::MissingScore => "the row has no score; the entity counts as not scored".to_owned(),
            Self::BadScore { value, lowest, highest, table } => format!(
                "\"{}\" is not a number from {lowest} to {highest}: correct it, or `range` under [inputs.{table}]",
                shown(value)
            ),
            Self::MissingFlag => "the row names no flag".to_owned(),
            Self::NotMade => "the record is not filled in: it has neither date nor outcome".to_owned(),
            Self::MissingDate => "the row has no date".to_owned(),
            Self::BadDate { value } => {
                format!("\"{}\" is not a date: write it as 2023-02-07 or 2023年2月7日", shown(value))
            }
            Self::DateOutOfRange { value } => {
                format!("\"{}\" lies outside 1970 to 2149: correct the date", shown(value))
            }
            Self::MissingDepartment => "the row names no department".to_owned(),
            Self::UnknownWord { column, word } => {
                format!("\"{}\" is not a word of the column {column}: see `fairdraw kpi --words`", shown(word))
            }
            Self::BadExpert { value } => format!("\"{}\" is neither 是 nor 否", shown(value)),
            Self::BadCount { value } => {
                format!("\"{}\" is no count: write a whole number, or a sum such as 4415+11206+1", shown(value))
            }
            Self::BadNumber { value } => {
                format!("\"{}\" is no number: correct it, or leave the cell empty", shown(value))
            }
            Self::BadFigure { value } => {
                format!("\"{}\" is no printed figure: write it as 92.54%, 7.4 or 1,032", shown(value))
            }
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::MissingKey => "该行没有代码".to_owned(),
            Self::RewrittenKey { id } => {
                format!("代码“{}”已被电子表格改写为数值，请将该列按文本导出", shown(id))
            }
            Self::GarbledKey => "代码中含控制字符或乱码，请在原文件中更正".to_owned(),
            Self::DuplicateKey { kept, last } => {
                let which = if *last { "末次" } else { "首次" };
                format!("同一代码已见于第 {kept} 行，保留该行（规则：保留{which}出现的可用行）")
            }
            Self::RepeatedHeader => "该行为重复的表头".to_owned(),
            Self::TotalRow { word } => format!("该行为合计行（“{}”），不是检查对象", shown(word)),
            Self::UnclosedQuote => "引号未闭合".to_owned(),
            Self::SwallowingQuote { line } => format!("引号至第 {line} 行仍未闭合，而该行是独立的一行数据"),
            Self::JoiningQuote { lines } => format!("单元格内的引号将 {lines} 行连在了一起"),
            Self::CellCount { cells, width } => format!("该行有 {cells} 个单元格，表头有 {width} 个"),
            Self::OversizedCell { limit } => format!("单元格超过 {limit} 字节"),
            Self::OversizedRecord { limit } => format!("该行超过 {limit} 字节"),
            Self::Undecodable { column, encoding } => format!("{column} 列含有不属于 {encoding} 编码的字节"),
            Self::ErrorCell { column, error } => format!("{column} 列的单元格为错误值 {error}"),
            Self::UnknownGrade { word } => {
                format!("“{}”不是信用风险等级，应为 A、B、C、D 或未评（unrated）", shown(word))
            }
            Self::UnknownColor { word } => format!("“{}”不是赋码颜色，应为绿、黄、红或无", shown(word)),
            Self::MissingScore => "该行没有分值，该主体按未评分处理".to_owned(),
            Self::BadScore { value, lowest, highest, table } => format!(
                "“{}”不是 {lowest} 至 {highest} 之间的数值，请更正，或修改 [inputs.{table}] 的 range",
                shown(value)
            ),
            Self::MissingFlag => "该行没有标记".to_owned(),
            Self::NotMade => "记录未填写：无检查日期，也无检查结果".to_owned(),
            Self::MissingDate => "该行没有日期".to_owned(),
            Self::BadDate { value } => {
                format!("“{}”不是日期，请写作 2023-02-07 或 2023年2月7日", shown(value))
            }
            Self::DateOutOfRange { value } => format!("“{}”不在 1970 年至 2149 年之间，请更正日期", shown(value)),
            Self::MissingDepartment => "该行没有检查部门".to_owned(),
            Self::UnknownWord { column, word } => {
                format!("“{}”不是{column}列的规范用语，请见 fairdraw kpi --words", shown(word))
            }
            Self::BadExpert { value } => format!("“{}”既不是“是”也不是“否”", shown(value)),
            Self::BadCount { value } => format!("“{}”不是户数或次数，请写整数，或写作 4415+11206+1", shown(value)),
            Self::BadNumber { value } => format!("“{}”不是数字，请更正或留空", shown(value)),
            Self::BadFigure { value } => format!("“{}”不是公布数值，请写作 92.54%、7.4 或 1,032", shown(value)),
        }
    }
}
