//! What is worth knowing of a run that succeeded.

use super::bilingual::{Bilingual, grouped};
use super::note::Note;
use serde::Serialize;

/// A warning: what it is about and the numbers in it. Manifests keep its code, these parameters, and both sentences.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
pub enum Warning {
    /// Others could predict the seed.
    GuessableSeed {
        /// The seed.
        seed: String,
        /// Why.
        because: Guessable,
    },
    /// The seed is given on the command line, and the plan does not say where it comes from.
    NoSeedSource,
    /// The table of holidays says nothing of years in which results must be public.
    HolidaysMissing {
        /// The years, separated by commas.
        years: String,
    },
    /// A cut has so many members that its figures are left out.
    CutTooWide {
        /// The cut.
        cut: &'static str,
        /// Length of the periods; `to-date` for none.
        length: &'static str,
        /// Members, in all periods.
        members: u64,
    },
    /// Riskier entities are drawn less often.
    FallingRiskWeight {
        /// Factor at risk 0.
        lowest: f64,
        /// Factor at risk 1.
        highest: f64,
    },
    /// `size.at-most` lowers the sample.
    Capped {
        /// The size before.
        from: u64,
        /// The size after.
        to: u64,
    },
    /// More entities are certain than the sample has places.
    CertainExceedSize {
        /// The stratum; `None` for the whole.
        stratum: Option<String>,
        /// Certain entities.
        certain: u64,
        /// The size asked for.
        size: u64,
    },
    /// A stratum has fewer entities than are to be drawn from it.
    ShortStratum {
        /// The stratum.
        stratum: String,
        /// The size asked for.
        asked: u64,
        /// Entities that can be drawn.
        available: u64,
    },
    /// Fewer entities can be drawn than a share asks for.
    ShortPopulation {
        /// The size asked for.
        asked: u64,
        /// Entities that can be drawn.
        available: u64,
    },
    /// `strata.at-least` cannot be met.
    FloorUnmet {
        /// The stratum.
        stratum: String,
        /// The floor.
        floor: u64,
        /// Entities that can be drawn.
        available: u64,
    },
    /// The draw is smaller than the share that the law asks for.
    BelowLegalMinimum {
        /// Entities drawn.
        drawn: u64,
        /// Entities that the share is taken of.
        base: u64,
        /// The share, as the plan writes it.
        share: String,
    },
    /// Rows of a table name an entity that is not in the registry.
    UnmatchedRows {
        /// Table of the plan.
        table: String,
        /// Their number.
        rows: u64,
    },
    /// A byte order mark says another encoding than the plan.
    EncodingOverruled {
        /// File as the plan writes it.
        file: String,
        /// The encoding of the mark.
        encoding: String,
    },
    /// The text is read as the plan says, although it is valid UTF-8.
    EncodingDoubtful {
        /// File as the plan writes it.
        file: String,
        /// The encoding of the plan.
        encoding: String,
    },
    /// Most characters beyond ASCII are rare ones: perhaps the text is of another encoding.
    RareCharacters {
        /// File as the plan writes it.
        file: String,
        /// The encoding it was read as.
        encoding: String,
        /// Table of the plan.
        table: String,
        /// An example, as it was read.
        example: String,
    },
    /// Some lines are of another encoding than the file and were read in theirs.
    MixedEncodings {
        /// File as the plan writes it.
        file: String,
        /// The encoding of the file.
        encoding: String,
        /// The encoding of those lines.
        other: String,
        /// Their number.
        lines: u64,
        /// The first of them.
        first: u64,
    },
    /// The workbook has further sheets.
    OtherSheets {
        /// File as the plan writes it.
        file: String,
        /// The sheet that is read.
        sheet: String,
        /// The others.
        others: String,
    },
    /// Blank rows were passed over.
    BlankRows {
        /// File as the plan writes it.
        file: String,
        /// Their number.
        rows: u64,
    },
    /// A table without rows.
    EmptyTable {
        /// File as the plan writes it.
        file: String,
        /// Table of the plan.
        table: String,
    },
    /// Rows above the header were passed over.
    RowsAboveHeader {
        /// File as the plan writes it.
        file: String,
        /// Row of the headers.
        row: u64,
        /// Rows above it.
        rows: u64,
    },
    /// The headers stand in two rows, one below the other.
    TwoHeaderRows {
        /// File as the plan writes it.
        file: String,
        /// The upper row.
        row: u64,
    },
    /// Several headers mean one column.
    SeveralHeaders {
        /// File as the plan writes it.
        file: String,
        /// Table of the plan.
        table: String,
        /// The column.
        column: String,
        /// The headers, the one that is read first.
        headers: String,
    },
    /// The registry has no column of the status that is read.
    NoStatusColumn {
        /// File as the plan writes it.
        file: String,
    },
    /// Status words that are not known.
    UnknownStatus {
        /// File as the plan writes it.
        file: String,
        /// Entities with such a word.
        rows: u64,
        /// The words and how often they stand.
        words: String,
    },
    /// Most ids of the registry are neither unified social credit codes nor registration numbers.
    OtherIdForm {
        /// File as the plan writes it.
        file: String,
        /// Ids of another form.
        ids: u64,
        /// All ids.
        of: u64,
        /// One of them.
        example: String,
    },
    /// The share of a task comes to another number than its plan says.
    StatedCount {
        /// The number that the plan says.
        stated: u64,
        /// Entities drawn.
        drawn: u64,
    },
    /// Entities without a station when inspectors were dealt.
    NoStation {
        /// Their number.
        entities: u64,
    },
    /// What is worth knowing of one task.
    OfTask {
        /// The task.
        task: String,
        /// What; its code is the code of the warning.
        warning: Box<Warning>,
    },
    /// Something that occurs in some rows.
    Noted {
        /// What; its code is the code of the warning.
        #[serde(skip)]
        note: Note,
        /// File as the plan writes it.
        file: String,
        /// Rows in which it occurs.
        rows: u64,
        /// The first of them: row and value.
        first: Vec<(u64, String)>,
    },
}

/// Why others could predict a seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guessable {
    /// It is the plan's own name or title.
    PlanName,
    /// It is a word that is tried first.
    FixedWord,
    /// It has fewer than six characters.
    Short,
    /// It is a date.
    Date,
}

/// A [`Note`] is told under its own code.
impl Bilingual for Warning {
    fn code(&self) -> &'static str {
        match self {
            Self::GuessableSeed { .. } => "guessable-seed",
            Self::NoSeedSource => "no-seed-source",
            Self::HolidaysMissing { .. } => "holidays-missing",
            Self::CutTooWide { .. } => "cut-too-wide",
            Self::FallingRiskWeight { .. } => "falling-risk-weight",
            Self::Capped { .. } => "capped",
            Self::CertainExceedSize { .. } => "certain-exceed-size",
            Self::ShortStratum { .. } => "short-stratum",
            Self::ShortPopulation { .. } => "short-population",
            Self::FloorUnmet { .. } => "floor-unmet",
            Self::BelowLegalMinimum { .. } => "below-legal-minimum",
            Self::UnmatchedRows { .. } => "unmatched-rows",
            Self::EncodingOverruled { .. } => "encoding-overruled",
            Self::EncodingDoubtful { .. } => "encoding-doubtful",
            Self::RareCharacters { .. } => "rare-characters",
            Self::MixedEncodings { .. } => "mixed-encodings",
            Self::OtherSheets { .. } => "other-sheets",
            Self::BlankRows { .. } => "blank-rows",
            Self::EmptyTable { .. } => "empty-table",
            Self::RowsAboveHeader { .. } => "rows-above-header",
            Self::TwoHeaderRows { .. } => "two-header-rows",
            Self::SeveralHeaders { .. } => "several-headers",
            Self::NoStatusColumn { .. } => "no-status-column",
            Self::UnknownStatus { .. } => "unknown-status",
            Self::OtherIdForm { .. } => "other-id-form",
            Self::StatedCount { .. } => "stated-count",
            Self::NoStation { .. } => "no-station",
            Self::OfTask { warning, .. } => warning.code(),
            Self::Noted { note, .. } => note.code(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::GuessableSeed { seed, because } => {
                let because = match because {
                    Guessable::PlanName => "is the plan's own name",
                    Guessable::FixedWord => "is a word that is tried first",
                    Guessable::Short => "has fewer than 6 characters",
                    Guessable::Date => "is a date",
                };
                format!(
                    "the seed {seed:?} {because}: who knows the seed beforehand knows who will be drawn. Take it from \
                     public dice, a lottery or a randomness beacon after the plan is committed"
                )
            }
            Self::NoSeedSource => "the plan does not say where its seed comes from: announce it as draw.seed-source \
                                   before the seed exists, so that nobody can choose among several"
                .to_owned(),
            Self::HolidaysMissing { years } => format!(
                "no holidays are known of {years}: deadlines count Monday to Friday there; give the days under [inputs.holidays]"
            ),
            Self::CutTooWide { cut, length, members } => format!(
                "the figures by {cut} ({length}) are left out: {members} members are more than a table of figures can hold; \
                 check that the column holds the {cut} and no id"
            ),
            Self::FallingRiskWeight { lowest, highest } => format!(
                "weight.risk.lowest is above weight.risk.highest ({lowest} > {highest}): riskier entities are drawn less often"
            ),
            Self::Capped { from, to } => format!("size.at-most lowers the sample from {from} to {to}"),
            Self::CertainExceedSize { stratum: Some(stratum), certain, size } => format!(
                "stratum `{stratum}`: {certain} entities are certain, more than the {size} to be drawn; all are"
            ),
            Self::CertainExceedSize { stratum: None, certain, size } => {
                format!("{certain} entities are certain, more than the sample of {size}; all are drawn")
            }
            Self::ShortStratum { stratum, asked, available } => {
                format!("stratum `{stratum}`: {asked} to be drawn and {available} can be; all are")
            }
            Self::ShortPopulation { asked, available } => {
                format!("{asked} to be drawn and {available} can be; all are")
            }
            Self::FloorUnmet { stratum, floor, available } => {
                format!("stratum `{stratum}`: at least {floor} asked, {available} can be drawn")
            }
            Self::BelowLegalMinimum { drawn, base, share } => format!(
                "{} is {} % of {}, below the legal minimum of {share}",
                grouped(*drawn),
                percent(*drawn, *base),
                grouped(*base)
            ),
            Self::UnmatchedRows { table, rows } => {
                format!("{table}: {rows} rows name an entity that is not in the registry")
            }
            Self::EncodingOverruled { file, encoding } => {
                format!("{file}: read as {encoding}, as its byte order mark says, and not as the plan states")
            }
            Self::EncodingDoubtful { file, encoding } => {
                format!("{file}: read as {encoding}, as the plan states, although the bytes are valid UTF-8")
            }
            Self::RareCharacters { file, encoding, table, example } => format!(
                "{file}: read as {encoding}, most characters beyond ASCII are rare ones (\"{example}\"); if they look wrong, \
                 state the encoding under [inputs.{table}], as in `encoding = \"windows-1252\"`"
            ),
            Self::MixedEncodings { file, encoding, other, lines, first } => format!(
                "{file}: the file is {encoding}, and {lines} lines (first: line {first}) are {other}; each was read in its own encoding"
            ),
            Self::OtherSheets { file, sheet, others } => {
                format!("{file}: sheet \"{sheet}\" is read, not {others}")
            }
            Self::BlankRows { file, rows } => {
                format!("{file}: {rows} blank rows were passed over and not counted")
            }
            Self::EmptyTable { file, table } => format!("{file}: no rows, so [inputs.{table}] has no effect"),
            Self::RowsAboveHeader { file, row, rows: 1 } => {
                format!("{file}: the headers are in row {row}; 1 row above passed over")
            }
            Self::RowsAboveHeader { file, row, rows } => {
                format!("{file}: the headers are in row {row}; {rows} rows above passed over")
            }
            Self::TwoHeaderRows { file, row } => {
                format!("{file}: the headers are read from rows {row} and {} together", row + 1)
            }
            Self::SeveralHeaders { file, table, column, headers } => format!(
                "{file}: the headers {headers} all stand for {column}; the first is read (to choose, name it under \
                 [inputs.{table}], as in `columns = {{ {column} = \"…\" }}`)"
            ),
            Self::NoStatusColumn { file } => {
                format!("{file}: no column of the registration status is read, so every entity counts as live")
            }
            Self::UnknownStatus { file, rows, words } => {
                format!("{file}: the status of {rows} entities is not known, and they count as unknown: {words}")
            }
            Self::OtherIdForm { file, ids, of, example } => format!(
                "{file}: {} of {} entity ids are neither unified social credit codes nor registration numbers (\"{example}\"); \
                 the registry uses ids of its own, and they are used as they are",
                grouped(*ids),
                grouped(*of)
            ),
            Self::StatedCount { stated, drawn } => {
                format!("the share comes to {drawn}, and the plan says {stated}; the share decides")
            }
            Self::NoStation { entities } => {
                format!("{entities} entities have no station today, so that inspectors of every station fit")
            }
            Self::OfTask { task, warning } => format!("task `{task}`: {}", warning.en()),
            Self::Noted { note, file, rows, first } => {
                let examples: Vec<String> = first.iter().map(|(row, value)| format!("row {row} \"{value}\"")).collect();
                format!("{file}: {rows} {} (first: {})", note.sentences().0, examples.join(", "))
            }
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::GuessableSeed { seed, because } => {
                let because = match because {
                    Guessable::PlanName => "就是计划名称",
                    Guessable::FixedWord => "是最先会被试到的词",
                    Guessable::Short => "不足 6 个字符",
                    Guessable::Date => "是一个日期",
                };
                format!(
                    "种子“{seed}”{because}：事先知道种子的人就知道谁会被抽中。请在公布承诺之后，以公开摇号、彩票开奖或随机信标产生种子"
                )
            }
            Self::NoSeedSource => {
                "计划未载明种子来源：请在种子产生之前，以 draw.seed-source 公告其来源，避免事后挑选".to_owned()
            }
            Self::HolidaysMissing { years } => {
                format!("节假日表中没有 {years} 年：该年期限按周一至周五计算，请在 [inputs.holidays] 中补充")
            }
            Self::CutTooWide { cut, length, members } => {
                format!("未列出按 {cut}（{length}）的指标：共 {members} 组，超过指标表的容量；请核对该列是否误填为编号")
            }
            Self::FallingRiskWeight { lowest, highest } => format!(
                "weight.risk.lowest 大于 weight.risk.highest（{lowest} > {highest}）：风险越高，抽中机会反而越小"
            ),
            Self::Capped { from, to } => format!("按 size.at-most，抽取数由 {from} 户减为 {to} 户"),
            Self::CertainExceedSize { stratum: Some(stratum), certain, size } => {
                format!("层“{stratum}”：必查 {certain} 户，超过应抽的 {size} 户，必查的全部抽取")
            }
            Self::CertainExceedSize { stratum: None, certain, size } => {
                format!("必查 {certain} 户，超过应抽的 {size} 户，必查的全部抽取")
            }
            Self::ShortStratum { stratum, asked, available } => {
                format!("层“{stratum}”：应抽 {asked} 户，可抽 {available} 户，全部抽取")
            }
            Self::ShortPopulation { asked, available } => {
                format!("应抽 {asked} 户，可抽 {available} 户，全部抽取")
            }
            Self::FloorUnmet { stratum, floor, available } => {
                format!("层“{stratum}”：要求至少抽 {floor} 户，可抽 {available} 户")
            }
            Self::BelowLegalMinimum { drawn, base, share } => {
                format!("抽取 {drawn} 户，占 {base} 户的 {}%，低于规定的最低比例 {share}", percent(*drawn, *base))
            }
            Self::UnmatchedRows { table, rows } => format!("{table}：{rows} 行所列主体不在名录库中"),
            Self::EncodingOverruled { file, encoding } => {
                format!("{file}：按字节序标记以 {encoding} 读取，与计划所写编码不同")
            }
            Self::EncodingDoubtful { file, encoding } => {
                format!("{file}：按计划以 {encoding} 读取，但其内容也是有效的 UTF-8")
            }
            Self::RareCharacters { file, encoding, table, example } => format!(
                "{file}：以 {encoding} 读取后，多数非 ASCII 字符为罕用字（“{example}”）；如有乱码，请在 [inputs.{table}] 中写明编码，例如 encoding = \"windows-1252\""
            ),
            Self::MixedEncodings { file, encoding, other, lines, first } => {
                format!(
                    "{file}：文件编码为 {encoding}，另有 {lines} 行（首见于第 {first} 行）为 {other}，已分别按各自编码读取"
                )
            }
            Self::OtherSheets { file, sheet, others } => format!("{file}：读取工作表“{sheet}”，未读取 {others}"),
            Self::BlankRows { file, rows } => format!("{file}：跳过 {rows} 个空行，不计入行数"),
            Self::EmptyTable { file, table } => format!("{file}：没有数据行，[inputs.{table}] 未提供任何信息"),
            Self::RowsAboveHeader { file, row, rows } => {
                format!("{file}：表头在第 {row} 行，跳过其上 {rows} 行")
            }
            Self::TwoHeaderRows { file, row } => format!("{file}：第 {row}、{} 两行合并作为表头", row + 1),
            Self::SeveralHeaders { file, table, column, headers } => format!(
                "{file}：表头 {headers} 都表示 {column}，读取第一个（如需指定，请在 [inputs.{table}] 中写明，例如 columns = {{ {column} = \"…\" }}）"
            ),
            Self::NoStatusColumn { file } => format!("{file}：未读取登记状态列，全部主体按存续处理"),
            Self::UnknownStatus { file, rows, words } => {
                format!("{file}：{rows} 户的登记状态无法识别，按未知处理：{words}")
            }
            Self::OtherIdForm { file, ids, of, example } => format!(
                "{file}：{of} 个主体代码中有 {ids} 个既非统一社会信用代码也非注册号（如“{example}”）；名录库使用自有代码，照原样使用"
            ),
            Self::StatedCount { stated, drawn } => format!("按比例为 {drawn} 户，计划写为 {stated} 户，以比例为准"),
            Self::NoStation { entities } => format!("{entities} 户目前无所属监管所，各所人员均可选派"),
            Self::OfTask { task, warning } => format!("任务“{task}”：{}", warning.zh()),
            Self::Noted { note, file, rows, first } => {
                let examples: Vec<String> = first.iter().map(|(row, value)| format!("第 {row} 行“{value}”")).collect();
                format!("{file}：{rows} {}（首见：{}）", note.sentences().1, examples.join("、"))
            }
        }
    }
}

/// A share in percent with four decimals.
fn percent(part: u64, whole: u64) -> String {
    format!("{:.4}", part as f64 / whole as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_below_the_legal_minimum_is_told_with_four_decimals() {
        let warning = Warning::BelowLegalMinimum { drawn: 247, base: 24_738, share: "1 %".to_owned() };
        assert_eq!(warning.en(), "247 is 0.9985 % of 24,738, below the legal minimum of 1 %");
        assert_eq!(warning.zh(), "抽取 247 户，占 24738 户的 0.9985%，低于规定的最低比例 1 %");
    }

    #[test]
    fn a_note_is_told_under_its_own_code_with_its_first_rows() {
        let first = vec![(2, "x".to_owned()), (9, "y".to_owned())];
        let warning = Warning::Noted { note: Note::BadDate, file: "r.csv".to_owned(), rows: 5, first };
        assert_eq!(warning.code(), "bad-date");
        assert!(
            warning.en().starts_with("r.csv: 5 dates") && warning.en().ends_with("(first: row 2 \"x\", row 9 \"y\")")
        );
    }
}
