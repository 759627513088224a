//! The tables of a folder of figures: what happened, what is wrong with it, and the figures.

use super::CellType::{Boolean, Date, Float64, Int64, Text, TextList};
use super::{COLOR, Column, ENTITY_ID, GRADE, INDUSTRY, STATION, Table};

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
        Column::new(
            "score",
            Float64,
            "risk score: of the row, else of the entity in the draw before the inspection; higher is riskier",
            "风险分值：取结果表所载，未载的取检查前最近一次抽取时的分值，越高风险越大",
        )
        .nullable(),
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
            "all, organ, station, industry, grade, color, level, source, reason, category or decile",
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
