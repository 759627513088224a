//! The rest of the star: what the inspections and figures of a folder are joined with. `results.parquet` and `kpi.parquet` are
//! its facts.

use super::CellType::{Boolean, Date, Float64, Int32, Text, TextList};
use super::{
    COLOR, Column, ENTITY_ID, GRADE, GROUP_DRAWN, GROUP_ELIGIBLE, GROUP_EXPECTED, GROUP_POPULATION, INDUSTRY,
    SELECTION, STATION, STATUS, STRATUM, Table,
};

const DEPARTMENTS: Column = Column::new("departments", TextList, "departments that take part", "参与部门").nullable();
const LISTED: Column = Column::new(
    "listed",
    Boolean,
    "whether the table of the plan has it; false where only the results name it",
    "是否载于计划所列的表，仅见于结果表的为否",
);
const DRAW_NAME: Column = Column::new("draw", Text, "the draw, as the plan writes its folder", "抽取成果");
const DRAW_DAY: Column = Column::new("as_of", Date, "day of the draw", "抽取基准日");

/// `entities.parquet`
pub const ENTITIES: Table = Table {
    file: "entities.parquet",
    en: "an entity of the registry, or one that only the results name; sorted by entity_id",
    zh: "名录库中或仅见于结果表的一户，按 entity_id 排序",
    columns: &[
        ENTITY_ID,
        STATUS,
        GRADE,
        COLOR,
        STATION,
        INDUSTRY,
        Column::new("deregistered_on", Date, "day of deregistration", "注销日期").nullable(),
        LISTED,
    ],
};

/// `tasks.parquet`
pub const TASKS: Table = Table {
    file: "tasks.parquet",
    en: "a task, sorted by task_id",
    zh: "一项任务，按 task_id 排序",
    columns: &[
        Column::new("task_id", Text, "task", "任务编号"),
        DEPARTMENTS,
        Column::new("level", Text, "level of the task: county, city, province or nation", "任务级别").nullable(),
        Column::new("source", Text, "double-random, special, complaint, referral or patrol", "检查类型").nullable(),
        Column::new("credit_rule", Boolean, "whether a credit rule decides who is drawn", "是否使用信用规则")
            .nullable(),
        Column::new("plan_id", Text, "plan that it carries out", "抽查计划编号").nullable(),
        Column::new("start_on", Date, "first day", "开始日期").nullable(),
        Column::new("due_on", Date, "last day", "截止日期").nullable(),
        Column::new("finished_on", Date, "day on which it was finished", "完成日期").nullable(),
        LISTED,
    ],
};

/// `items.parquet`
pub const ITEMS: Table = Table {
    file: "items.parquet",
    en: "an item of the list, sorted by item_id",
    zh: "清单中的一个事项，按 item_id 排序",
    columns: &[
        Column::new("item_id", Text, "item", "事项编号"),
        Column::new("department", Text, "department whose item it is", "实施部门").nullable(),
        Column::new("category", Text, "category", "事项类别").nullable(),
        LISTED,
    ],
};

/// `draws.parquet`
pub const DRAWS: Table = Table {
    file: "draws.parquet",
    en: "an entity that a draw has drawn, as it was on the day of the draw, and what came of it; in the order of the draws",
    zh: "一次抽取抽中的一户（抽取当日情况）及检查结果，按抽取次序排列",
    columns: &[
        DRAW_NAME,
        DRAW_DAY,
        ENTITY_ID,
        STRATUM,
        SELECTION,
        Column::new("pi", Float64, "inclusion probability, 0 to 1", "抽中概率，0 至 1"),
        Column::new("design_weight", Float64, "1/pi", "设计权数 1/pi"),
        GRADE,
        COLOR,
        STATION,
        INDUSTRY,
        Column::new("score", Float64, "risk score on the day of the draw", "抽取当日风险分值").nullable(),
        Column::new(
            "within_plan",
            Boolean,
            "whether it lies within scope and size of the plan",
            "是否符合计划的范围与数量",
        ),
        Column::new("met", Boolean, "whether it was met since, with a result", "此后是否实施检查并录入结果"),
        Column::new("problem", Boolean, "whether a problem was found since", "此后是否检出问题"),
    ],
};

/// `draw_classes.parquet`
pub const DRAW_CLASSES: Table = Table {
    file: "draw_classes.parquet",
    en: "a class of entities in a draw: all, a stratum, a grade or a color, with the number expected and drawn",
    zh: "一次抽取中的一组主体：全部、一层、一个等级或一种码色，及期望与实际抽中户数",
    columns: &[
        DRAW_NAME,
        DRAW_DAY,
        Column::new("cut", Text, "all, stratum, grade or color", "维度"),
        Column::new("member", Text, "which one", "组别"),
        GROUP_POPULATION,
        GROUP_ELIGIBLE,
        GROUP_EXPECTED,
        GROUP_DRAWN,
    ],
};

/// `calendar.parquet`
pub const CALENDAR: Table = Table {
    file: "calendar.parquet",
    en: "a day of the years of the inspections; year, half, quarter and month are written as in kpi.period",
    zh: "检查所在年份的一天；年、半年、季、月的写法与 kpi.period 一致",
    columns: &[
        Column::new("date", Date, "the day", "日期"),
        Column::new("year", Text, "2021", "年"),
        Column::new("half", Text, "2021-H1", "半年"),
        Column::new("quarter", Text, "2021-Q1", "季"),
        Column::new("month", Text, "2021-03", "月"),
        Column::new("iso_week", Text, "week of ISO 8601, Monday first: 2021-W09", "ISO 8601 周，周一起"),
        Column::new("weekday", Int32, "1 is Monday, 7 is Sunday", "星期，1 为周一"),
        Column::new(
            "working",
            Boolean,
            "whether it is a working day by the calendar table",
            "是否工作日（按节假日表）",
        ),
    ],
};
