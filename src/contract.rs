//! Every published table: its file, its columns, their types, units and meaning. Column names are defined only here.
//!
//! Types are those that Spark, Doris, Power BI and spreadsheets read alike: no unsigned integers, no time zones, no
//! nesting but lists of texts where a cell holds several words.
//! A ticket, which takes 64 bits, is text. Row groups hold 2^20 rows at most.

use serde::Serialize;

/// What the cells of a column hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellType {
    /// UTF-8 text.
    Text,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A whole number of 64 bits.
    Int64,
    /// A whole number of 32 bits.
    Int32,
    /// A floating number of 64 bits.
    Float64,
    /// Several texts: a list, which every reader of Parquet knows, so that no word is looked for inside another.
    TextList,
}

/// When a table has a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Present {
    /// Always.
    Always,
    /// When the registry, the plan or its inputs give it.
    IfGiven,
    /// Once for each model or factor, whose name follows the column's.
    ForEach,
}

/// A published column.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Column {
    /// Its name; with [`Present::ForEach`], what its names begin with.
    pub name: &'static str,
    /// What its cells hold.
    pub holds: CellType,
    /// Whether cells may be null.
    pub nullable: bool,
    /// When the table has it.
    pub present: Present,
    /// What it means, with unit and range, in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
}

impl Column {
    const fn new(name: &'static str, holds: CellType, en: &'static str, zh: &'static str) -> Self {
        Self { name, holds, nullable: false, present: Present::Always, en, zh }
    }

    /// The column where its cells may be null.
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    const fn if_given(self) -> Self {
        Self { present: Present::IfGiven, ..self }
    }

    const fn for_each(self) -> Self {
        Self { present: Present::ForEach, ..self }
    }

    /// Whether a column of a table can be called `name` because of this one.
    pub fn matches_name(&self, name: &str) -> bool {
        if self.present == Present::ForEach { name.starts_with(self.name) } else { name == self.name }
    }
}

/// A published table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Table {
    /// Its file in the run's folder.
    pub file: &'static str,
    /// One row is …, in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
    /// Its columns in order.
    pub columns: &'static [Column],
}

impl Table {
    /// Whether the table has, or may have, a column of that name.
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.matches_name(name))
    }
}

use CellType::{Boolean, Date, Float64, Int32, Int64, Text, TextList};

/// Key of an entity.
pub const ENTITY_ID: Column = Column::new(
    "entity_id",
    Text,
    "统一社会信用代码 or 注册号, capitals, no blanks",
    "统一社会信用代码或注册号，大写，无空格",
);
/// Name of an entity.
pub const NAME: Column = Column::new("name", Text, "name as the registry writes it", "名称，与名录库一致").nullable();
/// Region of an entity.
pub const REGION: Column =
    Column::new("region", Text, "region as the registry writes it", "行政区划，与名录库一致").nullable();
/// Station of an entity.
pub const STATION: Column =
    Column::new("station", Text, "station as the registry writes it", "监管所，与名录库一致").nullable();
/// Industry of an entity.
pub const INDUSTRY: Column =
    Column::new("industry", Text, "industry as the registry writes it", "行业，与名录库一致").nullable();
/// Type of an entity.
pub const ENTITY_TYPE: Column =
    Column::new("entity_type", Text, "type as the registry writes it", "主体类型，与名录库一致").nullable();
/// Tags of an entity.
pub const TAGS: Column = Column::new("tags", Text, "tags as the registry writes them", "标签，与名录库一致").nullable();
/// Registration date of an entity.
pub const REGISTRATION_DATE: Column =
    Column::new("registration_date", Date, "registration date", "成立日期").nullable();
/// Registration status of an entity.
pub const STATUS: Column = Column::new(
    "status",
    Text,
    "live, revoked, deregistered, cancelled, moved_out, suspended, liquidating or unknown",
    "登记状态",
);
/// Credit grade of an entity.
pub const GRADE: Column = Column::new(
    "grade",
    Text,
    "A (low risk), B, C, D (high risk) or unrated",
    "信用风险等级，A 低至 D 高，unrated 为未评",
);
/// Colour code of an entity.
pub const COLOR: Column = Column::new("color", Text, "green, yellow, red or none", "红黄绿码，none 为未赋码");
/// Flags of an entity.
pub const FLAGS: Column = Column::new("flags", Text, "flags, joined by ;", "标记，以分号连接").nullable();
/// Score under one model.
pub const SCORE: Column =
    Column::new("score_", Float64, "score of the model as in its table", "该模型的分值").nullable();
/// Blended risk.
pub const RISK: Column = Column::new("risk", Float64, "blended risk, 0 to 1", "综合风险值，0 至 1").nullable();
/// Visits so far.
pub const VISITS: Column =
    Column::new("visits", Int32, "visits in the ledger since the plan's date", "台账中自计划起算日以来的检查户次");
/// One factor of the weight.
pub const FACTOR: Column =
    Column::new("factor_", Int64, "factor of the weight, micro-units (1.0 = 1,000,000)", "权重因子，百万分之一");
/// Weight.
pub const WEIGHT: Column = Column::new("weight", Int64, "weight, micro-units (1.0 = 1,000,000)", "权重，百万分之一");
/// Whether an entity may be drawn.
pub const ELIGIBLE: Column = Column::new("eligible", Boolean, "whether it may be drawn", "是否可抽");
/// Why an entity may not be drawn.
pub const REASON: Column =
    Column::new("reason", Text, "why it may not be drawn; null if it may", "不参加抽取的原因，可抽者为空").nullable();
/// What makes an entity certain.
pub const CERTAINTY: Column = Column::new(
    "certainty",
    Text,
    "the rule that makes it certain, or take-all; else null",
    "必查规则或 take-all，否则为空",
)
.nullable();
/// Stratum of an entity.
pub const STRATUM: Column =
    Column::new("stratum", Text, "stratum; null if it may not be drawn", "所在层，不可抽者为空");
/// Inclusion probability.
pub const PI: Column = Column::new("pi", Float64, "inclusion probability, 0 to 1", "抽中概率，0 至 1");
/// Ticket of an entity.
pub const TICKET: Column = Column::new(
    "ticket",
    Text,
    "ticket, 16 lower-case hexadecimal digits, most significant first",
    "票号，16 位小写十六进制，高位在前",
);
/// The lot of an entity.
pub const U: Column = Column::new(
    "u",
    Float64,
    "lot, 0 < u < 1: (first 13 digits of the ticket + 1/2) / 2^52, or the permanent random number",
    "随机数，0 < u < 1：（票号前 13 位 + 1/2）/ 2^52，或永久随机数",
);
/// Permanent random number that the agency keeps.
pub const PRN: Column =
    Column::new("prn", Float64, "permanent random number of the agency, 0 < prn < 1", "永久随机数，0 至 1");
/// Whether an entity is drawn.
pub const DRAWN: Column = Column::new("drawn", Boolean, "whether it is drawn", "是否抽中");
/// Inspection mode.
pub const MODE: Column =
    Column::new("mode", Text, "inspection mode that the grade sets", "由信用风险等级确定的检查方式");
/// How an entity came on the list.
pub const SELECTION: Column = Column::new("selection", Text, "certain, drawn or reserve", "必查、抽中或候补");
/// Place on the list.
pub const ORDER: Column =
    Column::new("order", Int32, "place within stratum and selection, from 1", "层内同类次序，自 1 起");
/// Ranking key.
pub const KEY: Column =
    Column::new("key", Float64, "ranking key of the design; null for certain ones", "排序键，必查者为空").nullable();
/// Design weight.
pub const DESIGN_WEIGHT: Column =
    Column::new("design_weight", Float64, "1/pi; null for the reserve", "设计权数 1/pi，候补为空").nullable();

/// `frame.parquet`
pub const FRAME: Table = Table {
    file: "frame.parquet",
    en: "an entity of the registry, sorted by entity_id; columns that the plan keeps stand before status",
    zh: "名录库中的一户，按 entity_id 排序；计划保留的列位于 status 之前",
    columns: &[
        ENTITY_ID,
        NAME.if_given(),
        REGION.if_given(),
        STATION.if_given(),
        INDUSTRY.if_given(),
        ENTITY_TYPE.if_given(),
        TAGS.if_given(),
        REGISTRATION_DATE.if_given(),
        STATUS,
        GRADE,
        COLOR,
        FLAGS.if_given(),
        SCORE.for_each(),
        RISK.if_given(),
        VISITS.if_given(),
        FACTOR.for_each(),
        WEIGHT,
        ELIGIBLE,
        REASON,
        CERTAINTY,
        STRATUM.nullable(),
        PI,
        TICKET.if_given(),
        U.if_given(),
        PRN.if_given(),
        DRAWN,
        MODE,
    ],
};

/// `draw.parquet`
pub const DRAW: Table = Table {
    file: "draw.parquet",
    en: "an entity drawn or in reserve, sorted by stratum, selection and order",
    zh: "抽中或候补的一户，按层、类别、次序排序",
    columns: &[
        ENTITY_ID,
        NAME,
        STRATUM,
        SELECTION,
        ORDER,
        TICKET.nullable(),
        U,
        KEY,
        PI,
        DESIGN_WEIGHT,
        CERTAINTY,
        REGION,
        STATION,
        INDUSTRY,
        GRADE,
        COLOR,
        MODE,
    ],
};

/// `summary.parquet`
pub const SUMMARY: Table = Table {
    file: "summary.parquet",
    en: "a group of entities: all, a stratum, a grade or a color",
    zh: "一组主体：全部、一层、一个等级或一种码色",
    columns: &[
        Column::new("level", Text, "all, stratum, grade or color", "分组方式"),
        Column::new("value", Text, "which one", "组别"),
        Column::new("population", Int64, "entities", "户数"),
        Column::new("eligible", Int64, "entities that may be drawn, certain ones included", "可抽户数，含必查"),
        Column::new("certain", Int64, "entities that a rule makes certain", "按规则必查户数"),
        Column::new("expected", Float64, "expected number drawn, the sum of pi", "期望抽中户数，即 pi 之和"),
        Column::new("drawn", Int64, "entities drawn, certain ones included", "抽中户数，含必查"),
    ],
};

/// `quarantine.parquet`
pub const QUARANTINE: Table = Table {
    file: "quarantine.parquet",
    en: "a row of an input that was set aside, or a cell of a row that is used otherwise",
    zh: "输入文件中被搁置的一行，或所在行仍使用而被搁置的一个单元格",
    columns: &[
        Column::new(
            "table",
            Text,
            "table of the plan: entities, credit, risk.MODEL, flags, ledger, inspectors",
            "计划中的表",
        ),
        Column::new("file", Text, "file as the plan writes it", "文件，与计划所写一致"),
        Column::new(
            "row",
            Int64,
            "line of a text file, row of a sheet, or number of a record; from 1",
            "文本行号、工作表行号或记录序号，自 1 起",
        ),
        Column::new(
            "column",
            Text,
            "column of the cell; null where the whole row is set aside",
            "单元格所在列，整行搁置时为空",
        )
        .nullable(),
        Column::new("reason", Text, "code of the reason", "原因代码"),
        Column::new("detail", Text, "the reason in English", "原因（英文）"),
        Column::new("detail_zh", Text, "the reason in Chinese", "原因（中文）"),
        Column::new(
            "raw",
            Text,
            "the row as it stands in the file, at most 4,096 characters",
            "原文，至多 4096 个字符",
        ),
    ],
};

/// Id of an inspection.
pub const INSPECTION_ID: Column = Column::new(
    "inspection_id",
    Text,
    "id of the inspection; null where the results have none",
    "检查编号，结果表无编号时为空",
)
.nullable();
/// Task of an inspection.
pub const TASK_ID: Column = Column::new("task_id", Text, "task", "任务编号").nullable();
/// Department of an inspection.
pub const DEPARTMENT: Column = Column::new("department", Text, "department that inspected", "检查部门");
/// Day of an inspection.
pub const INSPECTED_ON: Column = Column::new("inspected_on", Date, "last day of the inspection", "检查日期");
/// Row of the results.
pub const RESULT_ROW: Column = Column::new("row", Int64, "row in the file of the results", "在结果文件中的行号");
const CODE: Column = Column::new("reason", Text, "code of the reason", "原因代码");
const DETAIL: Column = Column::new("detail", Text, "the reason in English", "原因（英文）");
const DETAIL_ZH: Column = Column::new("detail_zh", Text, "the reason in Chinese", "原因（中文）");

/// `results.parquet`
pub const RESULTS: Table = Table {
    file: "results.parquet",
    en: "an inspection: one department at one entity on one visit; sorted by entity_id, then visit",
    zh: "一户次检查：一个部门一次上门检查一个对象；按 entity_id、上门排序",
    columns: &[
        INSPECTION_ID,
        Column::new(
            "visit",
            Int64,
            "number of the visit; inspections of one visit have the same",
            "上门序号，同一次上门相同",
        ),
        ENTITY_ID,
        TASK_ID,
        DEPARTMENT,
        INSPECTED_ON,
        Column::new("items", TextList, "ids of the items inspected", "检查事项编号").nullable(),
        Column::new("outcomes", TextList, "outcomes, in English words", "检查结果").nullable(),
        Column::new("disposals", TextList, "disposals, in English words", "后续处置措施").nullable(),
        Column::new(
            "problem",
            Boolean,
            "whether a problem was found; null without a result",
            "是否发现问题，未录入结果时为空",
        )
        .nullable(),
        Column::new(
            "met",
            Boolean,
            "whether the entity was met; null without a result",
            "是否实施了检查，未录入结果时为空",
        )
        .nullable(),
        Column::new("joint", Boolean, "whether the visit was joint", "是否联合检查"),
        Column::new("source", Text, "double-random, special, complaint, referral or patrol", "检查类型").nullable(),
        Column::new("level", Text, "level of the task: county, city, province or nation", "任务级别").nullable(),
        STATION,
        INDUSTRY,
        GRADE,
        COLOR,
        Column::new("entered_on", Date, "day on which the result was entered", "录入日期").nullable(),
        Column::new("reviewed_on", Date, "day of the review", "审核日期").nullable(),
        Column::new("published_on", Date, "day of the publication", "公示日期").nullable(),
        Column::new("publication_due", Date, "day by which the result must be public", "应公示日期"),
        Column::new(
            "mobile",
            Boolean,
            "whether it was recorded on a mobile device; null where it is not said",
            "是否掌上执法，未记录时为空",
        )
        .nullable(),
        Column::new("unplanned", Boolean, "whether it belongs to no plan", "是否无计划检查"),
        Column::new("dead_target", Boolean, "whether the entity was not live on the day", "检查当日对象是否已非存续"),
        Column::new("drawn", Boolean, "whether one of the draws has drawn the entity", "对象是否在抽取中抽中"),
        RESULT_ROW,
    ],
};

/// `review_queue.parquet`
pub const REVIEW_QUEUE: Table = Table {
    file: "review_queue.parquet",
    en: "an inspection that waits for review, the most urgent first",
    zh: "一户次待审核检查，最紧迫者在前",
    columns: &[
        DEPARTMENT,
        STATION,
        INSPECTION_ID,
        TASK_ID,
        ENTITY_ID,
        INSPECTED_ON,
        Column::new(
            "days_left",
            Int64,
            "working days until the result must be public; negative when overdue",
            "距应公示日期的工作日数，超期为负",
        ),
        Column::new(
            "yellow",
            Boolean,
            "whether it has waited longer than the deadline of review",
            "是否黄标（超过审核期限）",
        ),
        RESULT_ROW,
    ],
};

/// `low_quality.parquet`
pub const LOW_QUALITY: Table = Table {
    file: "low_quality.parquet",
    en: "a fault of an inspection: dead target, not together, no plan, late filing",
    zh: "一户次检查的一项低质量问题：对象已注销、未同时上门、无计划、备案超期",
    columns: &[CODE, DETAIL, DETAIL_ZH, INSPECTION_ID, TASK_ID, ENTITY_ID, DEPARTMENT, INSPECTED_ON, RESULT_ROW],
};

/// `unmatched.parquet`
pub const UNMATCHED: Table = Table {
    file: "unmatched.parquet",
    en: "a row of the results that is double, contradicts another or matches no task, entity or draw; none is dropped",
    zh: "结果表中重复、矛盾，或与任务、对象、抽取对不上的一行；均不剔除",
    columns: &[RESULT_ROW, CODE, DETAIL, DETAIL_ZH, INSPECTION_ID, TASK_ID, ENTITY_ID, DEPARTMENT, INSPECTED_ON],
};

/// `kpi.parquet`
pub const KPI: Table = Table {
    file: "kpi.parquet",
    en: "a figure of one variant, day, period, cut and member",
    zh: "一项指标在一种口径、截至日期、期间、维度、组别下的数值",
    columns: &[
        Column::new("kpi", Text, "id of the figure: see `fairdraw kpi --list`", "指标编号，见 fairdraw kpi --list"),
        Column::new("variant", Text, "variant of the figure; all: the plain one", "口径，all 为全部"),
        Column::new("as_of", Date, "the day up to which it counts", "截至日期"),
        Column::new("period", Text, "to-date, 2021, 2021-H1, 2021-Q1 or 2021-03", "期间"),
        Column::new(
            "cut",
            Text,
            "all, organ, station, industry, grade, color, level, source, reason or category",
            "维度",
        ),
        Column::new("member", Text, "which one; (none) where it has none", "组别，(none) 为无"),
        Column::new(
            "numerator",
            Int64,
            "units above the line; null where the inputs do not say",
            "分子，输入数据未记载时为空",
        )
        .nullable(),
        Column::new("denominator", Int64, "units below the line; null for counts", "分母，计数指标为空").nullable(),
        Column::new("value", Float64, "numerator / denominator, or the count", "分子除以分母，或计数").nullable(),
        Column::new("shown", Text, "the value as it is printed", "公布值").nullable(),
        Column::new("rounding", Text, "half-up, half-even or truncated", "舍入方式"),
        Column::new(
            "ci_low",
            Float64,
            "lower bound of Wilson's 95 % interval; shares only",
            "威尔逊 95% 置信区间下限，仅比率",
        )
        .nullable(),
        Column::new(
            "ci_high",
            Float64,
            "upper bound of Wilson's 95 % interval; shares only",
            "威尔逊 95% 置信区间上限，仅比率",
        )
        .nullable(),
        Column::new("target", Float64, "what the plan wants to be reached", "目标值").nullable(),
        Column::new("met", Boolean, "whether the target is reached", "是否达标").nullable(),
        Column::new(
            "needed_converting",
            Int64,
            "units below the line that would have to change over to reach the target",
            "达标所需转化数",
        )
        .nullable(),
        Column::new(
            "needed_adding",
            Int64,
            "new units above and below the line needed to reach the target; null where no number is enough",
            "达标所需新增数，无法达标时为空",
        )
        .nullable(),
        Column::new("reason", Text, "why there is no value: no-denominator, no-table:…, no-column:…", "无数值的原因")
            .nullable(),
    ],
};

/// `estimates.parquet`
pub const ESTIMATES: Table = Table {
    file: "estimates.parquet",
    en: "what a draw says of everyone in one cut and member: rate and number of entities with problems; empty without draws",
    zh: "一次抽取在一个维度、组别上对总体的推断：问题率与有问题的户数；没有抽取成果时为空",
    columns: &[
        Column::new("draw", Text, "the draw, as the plan writes its folder", "抽取成果"),
        Column::new(
            "cut",
            Text,
            "all, grade, station or industry, as they were on the day of the draw",
            "维度，按抽取当日",
        ),
        Column::new("member", Text, "which one; (none) where it has none", "组别，(none) 为无"),
        Column::new(
            "population",
            Float64,
            "entities that the drawn stand for, the sum of 1/pi",
            "抽中对象所代表的户数，即 1/pi 之和",
        ),
        Column::new("drawn", Int64, "entities drawn", "抽中户数"),
        Column::new("met", Int64, "drawn entities that were met since, with a result", "已实施检查并录入结果的户数"),
        Column::new(
            "missing",
            Int64,
            "drawn entities that were not met; those met of the same stratum stand for them",
            "未能实施检查的户数，由同层已检查者代表",
        ),
        Column::new("found", Int64, "drawn entities with a problem", "检出问题的户数"),
        Column::new(
            "raw_rate",
            Float64,
            "found / met: the rate of the sample, which prefers the risky",
            "样本问题率，即检出户数除以已检查户数",
        )
        .nullable(),
        Column::new("rate", Float64, "estimated rate of the population (Hájek)", "总体问题率估计（Hájek）").nullable(),
        Column::new("rate_low", Float64, "lower bound of its 95 % interval", "其 95% 置信区间下限").nullable(),
        Column::new("rate_high", Float64, "upper bound of its 95 % interval", "其 95% 置信区间上限").nullable(),
        Column::new(
            "total",
            Float64,
            "estimated number of entities with a problem (Horvitz-Thompson)",
            "有问题户数估计（Horvitz-Thompson）",
        )
        .nullable(),
        Column::new("total_low", Float64, "lower bound of its 95 % interval", "其 95% 置信区间下限").nullable(),
        Column::new("total_high", Float64, "upper bound of its 95 % interval", "其 95% 置信区间上限").nullable(),
        Column::new(
            "collapsed",
            Int64,
            "strata with one random entity that were joined with a neighbour for the variance",
            "仅有一户随机抽中、并入相邻层计算方差的层数",
        ),
    ],
};

/// The tables of a draw.
pub const DRAW_TABLES: [Table; 4] = [FRAME, DRAW, SUMMARY, QUARANTINE];

/// The tables of a folder of figures, beside the quarantine.
pub const KPI_TABLES: [Table; 6] = [RESULTS, REVIEW_QUEUE, LOW_QUALITY, UNMATCHED, KPI, ESTIMATES];

/// Every published table.
pub fn tables() -> impl Iterator<Item = Table> {
    DRAW_TABLES.into_iter().chain(KPI_TABLES)
}

/// The plan as it was, in the run's folder.
pub const PLAN_FILE: &str = "plan.toml";

/// The record of the run, in its folder.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The page of a folder, in English and in Chinese.
pub const REPORT_FILES: [&str; 2] = ["report.html", "report.zh.html"];

/// All that the manifest of a draw vouches for, in its order.
pub const LISTED_FILES: [&str; 5] = [FRAME.file, DRAW.file, SUMMARY.file, QUARANTINE.file, PLAN_FILE];

/// All that the manifest of figures vouches for, in its order.
pub const KPI_FILES: [&str; 10] = [
    RESULTS.file,
    REVIEW_QUEUE.file,
    LOW_QUALITY.file,
    UNMATCHED.file,
    QUARANTINE.file,
    KPI.file,
    ESTIMATES.file,
    PLAN_FILE,
    REPORT_FILES[0],
    REPORT_FILES[1],
];

/// Whether a folder of the program may hold a file of that name.
pub fn is_own_file(name: &str) -> bool {
    name == MANIFEST_FILE || LISTED_FILES.contains(&name) || KPI_FILES.contains(&name)
}

/// The word in the column `certainty` for an entity that is taken for its weight.
pub const TAKE_ALL: &str = "take-all";

/// A ticket as it is published: 16 lower-case hexadecimal digits, most significant first.
pub fn ticket_text(ticket: u64) -> String {
    format!("{ticket:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_in_a_table_and_all_are_snake_case() {
        for table in tables() {
            for (at, column) in table.columns.iter().enumerate() {
                assert!(column.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", column.name);
                assert!(
                    table.columns[..at].iter().all(|earlier| !earlier.matches_name(column.name)),
                    "{}",
                    column.name
                );
            }
        }
        assert!(
            FRAME.has_column("score_general") && FRAME.has_column("factor_grade") && !FRAME.has_column("employees")
        );
    }

    #[test]
    fn the_first_thirteen_digits_of_a_ticket_are_its_lot() {
        let ticket = 0x0123_4567_89ab_cdef_u64;
        let text = ticket_text(ticket);
        assert_eq!(text, "0123456789abcdef");
        assert_eq!(u64::from_str_radix(&text[..13], 16), Ok(ticket >> 12));
    }
}
