//! Every published table: its file, its columns, their types, units and meaning. Column names are defined only here.
//!
//! Types are those that Spark, Doris, Power BI and spreadsheets read alike: no unsigned integers, no time zones, no
//! nesting but lists of texts where a cell holds several words.
//! A ticket, which takes 64 bits, is text. Row groups hold 2^20 rows at most.

mod figures;
mod history;
mod star;

pub use figures::*;
pub use history::*;
pub use star::*;

use crate::part::Counted;
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
pub const VISITS: Column = Column::new(
    "visits",
    Int32,
    "visits in the ledger and in earlier rounds since the plan's date",
    "台账及以往各轮中自计划起算日以来的检查户次",
);
/// Visits so far, as a limit counts them.
pub const VISITS_BY: Column = Column::new(
    "visits_",
    Int32,
    "the same of any unit of the level, or of the unit, whose name follows",
    "同上，仅计该层级任一单位或该单位的检查户次",
);
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
    "lot, 0 < u < 1: (first 13 digits of the ticket + 1/2) / 2^52, with spread those of the position on the arc; or the permanent random number",
    "随机数，0 < u < 1：（票号前 13 位 + 1/2）/ 2^52，启用 spread 时取弧上位置；或永久随机数",
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
        VISITS_BY.for_each(),
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

/// Batch of inspections.
pub const BATCH: Column = Column::new(
    "batch",
    Int32,
    "batch in which it is inspected, from 1; null for the reserve and where the draw has none",
    "检查批次，自 1 起；候补及未分批者为空",
);
/// Task of a round. Where a table has it among others, it stands first, and only a round of tasks writes it.
pub const TASK_ID: Column = Column::new("task_id", Text, "id of the task", "任务编号");

/// Name of the column of visits that are counted so.
pub fn visits_column(counted: &Counted) -> String {
    counted.suffix().map_or_else(|| VISITS.name.to_owned(), |suffix| format!("{}{suffix}", VISITS_BY.name))
}

/// `draw.parquet`
pub const DRAW: Table = Table {
    file: "draw.parquet",
    en: "an entity drawn or in reserve (of a task, where the plan has tasks), sorted by task, stratum, selection and order",
    zh: "抽中或候补的一户（有任务时为某任务的一户），按任务、层、类别、次序排序",
    columns: &[
        TASK_ID.if_given(),
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
        BATCH.nullable().if_given(),
    ],
};

const GROUP_POPULATION: Column = Column::new("population", Int64, "entities", "户数");
const GROUP_ELIGIBLE: Column =
    Column::new("eligible", Int64, "entities that may be drawn, certain ones included", "可抽户数，含必查");
const GROUP_EXPECTED: Column =
    Column::new("expected", Float64, "expected number drawn, the sum of pi", "期望抽中户数，即 pi 之和");
const GROUP_DRAWN: Column = Column::new("drawn", Int64, "entities drawn, certain ones included", "抽中户数，含必查");

/// `summary.parquet`
pub const SUMMARY: Table = Table {
    file: "summary.parquet",
    en: "a group of entities (in the draw of a task, where the plan has tasks): all, a stratum, a grade or a color",
    zh: "一组主体（有任务时按任务）：全部、一层、一个等级或一种码色",
    columns: &[
        TASK_ID.if_given(),
        Column::new("level", Text, "all, stratum, grade or color", "分组方式"),
        Column::new("value", Text, "which one", "组别"),
        GROUP_POPULATION,
        GROUP_ELIGIBLE,
        Column::new("certain", Int64, "entities that a rule makes certain", "按规则必查户数"),
        GROUP_EXPECTED,
        GROUP_DRAWN,
        Column::new("pi_least", Float64, "least pi of those that may be drawn; null without", "可抽者 pi 的最小值")
            .nullable(),
        Column::new("pi_most", Float64, "largest pi of those that may be drawn; null without", "可抽者 pi 的最大值")
            .nullable(),
    ],
};

/// `tasks.parquet` of a round.
pub const ROUND_TASKS: Table = Table {
    file: "tasks.parquet",
    en: "a task of the round, sorted by id; only where the plan has tasks",
    zh: "本轮的一项抽查任务，按任务编号排序；仅计划含任务时有",
    columns: &[
        TASK_ID,
        Column::new("name", Text, "name", "任务名称").nullable(),
        Column::new("lead", Text, "lead department", "牵头部门").nullable(),
        Column::new("members", TextList, "member departments, sorted", "配合部门"),
        Column::new("items", TextList, "items, sorted", "抽查事项"),
        Column::new("kind", Text, "key (share not capped) or general (capped)", "事项类别：key 重点，general 一般")
            .nullable(),
        Column::new("level", Text, "county, city, province or nation", "任务级别"),
        Column::new("first_day", Date, "first day of its window", "检查起始日"),
        Column::new("last_day", Date, "last day of its window", "检查截止日"),
        Column::new("times_a_year", Int32, "draws a year, as its plan says", "抽查频次（次/年）").nullable(),
        Column::new("design", Text, "sampling design", "抽样设计"),
        Column::new("stream", Text, "stream of its lots; null with permanent random numbers", "随机数流").nullable(),
        GROUP_POPULATION,
        GROUP_ELIGIBLE,
        Column::new("certain", Int64, "entities that a rule makes certain", "按规则必查户数"),
        Column::new("n", Int64, "size asked of the lot over all strata", "各层抽取数之和"),
        GROUP_EXPECTED,
        GROUP_DRAWN,
        Column::new("reserve", Int64, "entities on the reserve lists", "候补户数"),
        Column::new("strata", TextList, "its strata", "各层"),
        Column::new("cut_lines", TextList, "cut line of each of them; empty without", "各层截止线，无则为空文本"),
    ],
};

/// `spread.parquet` of a round.
pub const SPREAD: Table = Table {
    file: "spread.parquet",
    en: "the arc of an entity in a stream that it has not whole, sorted by stream and entity_id; only where a draw has spread",
    zh: "某随机数流中一户剩余的弧，已非全弧，按随机数流、entity_id 排序；仅启用 spread 时有",
    columns: &[
        Column::new("stream", Text, "stream", "随机数流"),
        ENTITY_ID,
        Column::new(
            "lo",
            Text,
            "least position after the round, 16 lower-case hexadecimal digits",
            "本轮后的下限，16 位小写十六进制",
        ),
        Column::new("hi", Text, "largest position after the round, likewise", "本轮后的上限，同上"),
        Column::new("before_lo", Text, "least position before the round", "本轮前的下限"),
        Column::new("before_hi", Text, "largest position before the round", "本轮前的上限"),
    ],
};

/// `codes.parquet` of a round or of an assignment.
pub const CODES: Table = Table {
    file: "codes.parquet",
    en: "the code of an entity (of a round) or an inspector (of an assignment), earlier ones included, sorted by id; only where the plan gives codes",
    zh: "检查对象编码（轮次）或执法人员编码（选派），含往轮已编，按 id 排序；仅在计划编码时有",
    columns: &[
        Column::new("id", Text, "entity_id or inspector_id", "主体代码或执法人员编号"),
        Column::new("code", Text, "the code: prefix and random digits", "编码：固定前缀加随机码"),
        Column::new("turn", Int32, "how many codes were taken already when it was found", "取得该码前已被占用的次数"),
        Column::new("given", Date, "as-of day of the round that gave it", "编码所属轮次的基准日"),
    ],
};

/// Id of a visit.
const VISIT_ID: Column =
    Column::new("visit_id", Text, "id of the visit: entity_id, a hyphen, a number", "上门编号：主体代码加连字符与序号");

/// `visits.parquet` of an assignment.
pub const VISIT_TABLE: Table = Table {
    file: "visits.parquet",
    en: "a visit: the tasks of an entity that meet at its door, sorted by visit_id",
    zh: "一次上门：同一主体可合并检查的各项任务，按上门编号排序",
    columns: &[
        VISIT_ID,
        ENTITY_ID,
        Column::new("lead", Text, "lead department", "牵头部门"),
        Column::new("departments", TextList, "departments that take part, sorted", "参与部门"),
        Column::new("tasks", TextList, "its tasks, sorted", "抽查任务"),
        Column::new("items", TextList, "items that are looked into, sorted", "检查事项"),
        Column::new("first_day", Date, "first day on which all its tasks may be done", "检查起始日"),
        Column::new("last_day", Date, "last such day", "检查截止日"),
        Column::new("week", Date, "Monday of the week for which it is planned", "计划检查周（周一）"),
        Column::new(
            "station",
            Text,
            "station of the entity when inspectors were dealt; null without",
            "选派时主体所属监管所，无则为空",
        )
        .nullable(),
    ],
};

/// `teams.parquet` of an assignment.
pub const TEAM_TABLE: Table = Table {
    file: "teams.parquet",
    en: "an inspector or expert in the team of a department for a visit, sorted by visit_id, department and order",
    zh: "某部门某次上门检查组中的一人，按上门编号、部门、次序排序",
    columns: &[
        VISIT_ID,
        Column::new("department", Text, "department", "部门"),
        Column::new(
            "order",
            Int32,
            "place in the team, from 1, as dealt; experts last",
            "组内次序，自 1 起，按选派先后，专家在后",
        ),
        Column::new("inspector_id", Text, "id of the inspector or expert", "执法人员或专家编号"),
        Column::new("role", Text, "lead, member or expert", "角色：lead 组长、member 组员、expert 专家"),
    ],
};

/// `unserved.parquet` of an assignment.
pub const UNSERVED_TABLE: Table = Table {
    file: "unserved.parquet",
    en: "a department that does not serve a visit, or a need without an expert, in the order in which they were found",
    zh: "某部门未能派出检查组的一次上门，或缺少专家的一项需要，按发现先后排序",
    columns: &[
        VISIT_ID,
        Column::new("department", Text, "department", "部门"),
        Column::new(
            "constraint",
            Text,
            "inspectors, active, certificate, station, recusal, capacity, qualification NAME, lead or expert NAME",
            "受限原因",
        ),
        Column::new("remedy", Text, "what would serve it", "解决办法（英文）"),
        Column::new("remedy_zh", Text, "the same in Chinese", "解决办法（中文）"),
    ],
};

/// The tables of an assignment, beside the quarantine.
pub const ASSIGN_TABLES: [Table; 3] = [VISIT_TABLE, TEAM_TABLE, UNSERVED_TABLE];

/// All that the manifest of an assignment vouches for, in its order.
pub const ASSIGN_FILES: [&str; 6] =
    [VISIT_TABLE.file, TEAM_TABLE.file, UNSERVED_TABLE.file, QUARANTINE.file, CODES.file, PLAN_FILE];

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

/// The tables of a draw.
pub const DRAW_TABLES: [Table; 7] = [FRAME, DRAW, SUMMARY, QUARANTINE, ROUND_TASKS, SPREAD, CODES];

/// The tables of a folder of figures, beside the quarantine. Their columns keep name, type and meaning; new ones stand at the
/// end.
pub const KPI_TABLES: [Table; 12] = [
    RESULTS,
    REVIEW_QUEUE,
    LOW_QUALITY,
    UNMATCHED,
    KPI,
    ESTIMATES,
    ENTITIES,
    TASKS,
    ITEMS,
    DRAWS,
    DRAW_CLASSES,
    CALENDAR,
];

/// Every published table.
pub fn tables() -> impl Iterator<Item = Table> {
    DRAW_TABLES.into_iter().chain(ASSIGN_TABLES).chain(KPI_TABLES).chain([HISTORY])
}

/// The plan as it was, in the run's folder.
pub const PLAN_FILE: &str = "plan.toml";

/// The record of the run, in its folder.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The page of a folder, in English and in Chinese.
pub const REPORT_FILES: [&str; 2] = ["report.html", "report.zh.html"];

/// The tasks of a round whose plan names a table of them, as the table was read.
pub const TASKS_FILE: &str = "tasks.toml";

/// Files that only some draws have, besides [`ROUND_TASKS`], which every draw of tasks has.
pub const FILES_OF_SOME: [&str; 3] = [SPREAD.file, CODES.file, TASKS_FILE];

/// All that the manifest of any draw can vouch for, in its order.
pub const LISTED_FILES: [&str; 11] = [
    FRAME.file,
    DRAW.file,
    SUMMARY.file,
    QUARANTINE.file,
    ROUND_TASKS.file,
    SPREAD.file,
    CODES.file,
    PLAN_FILE,
    TASKS_FILE,
    REPORT_FILES[0],
    REPORT_FILES[1],
];

/// All that the manifest of figures vouches for, in its order.
pub const KPI_FILES: [&str; 16] = [
    RESULTS.file,
    REVIEW_QUEUE.file,
    LOW_QUALITY.file,
    UNMATCHED.file,
    QUARANTINE.file,
    KPI.file,
    ESTIMATES.file,
    ENTITIES.file,
    TASKS.file,
    ITEMS.file,
    DRAWS.file,
    DRAW_CLASSES.file,
    CALENDAR.file,
    PLAN_FILE,
    REPORT_FILES[0],
    REPORT_FILES[1],
];

/// Views over the tables of a folder of figures, for DuckDB. It holds the folder's own path, so that no manifest vouches for
/// it.
pub const VIEWS_FILE: &str = "views.sql";

/// What goes public of a run, in a folder of its own: the folder of probabilities, the certificates, the lists, and the forms.
pub const PUBLIC_FILES: [&str; 21] = [
    "certificate-data",
    "certificate.html",
    "certificate.zh.html",
    "lists.html",
    "lists.zh.html",
    "lists.xlsx",
    "lists.zh.xlsx",
    "forms.html",
    "forms.zh.html",
    "forms.xlsx",
    "forms.zh.xlsx",
    "drawn.csv",
    "drawn.zh.csv",
    "teams.csv",
    "teams.zh.csv",
    "by-station.csv",
    "by-station.zh.csv",
    "by-inspector.csv",
    "by-inspector.zh.csv",
    "records.csv",
    "records.zh.csv",
];

/// The tables that a run on several machines writes in parts: files of a folder that has the table's name.
pub const TABLES_IN_PARTS: [&str; 2] = [FRAME.file, QUARANTINE.file];

/// The folder with the parts of a table.
pub fn parts_folder(file: &str) -> &str {
    file.strip_suffix(".parquet").unwrap_or(file)
}

/// The file of a part of a table, from 0.
pub fn part_file(file: &str, part: usize) -> String {
    format!("{}/part-{part:05}.parquet", parts_folder(file))
}

/// The table that a file is a part of.
pub fn table_of_part(name: &str) -> Option<&'static str> {
    let (folder, part) = name.split_once('/')?;
    let number = part.strip_prefix("part-")?.strip_suffix(".parquet")?;
    let is_number = number.len() >= 5 && number.bytes().all(|digit| digit.is_ascii_digit());
    TABLES_IN_PARTS.into_iter().find(|file| is_number && parts_folder(file) == folder)
}

/// Whether a folder of the program may hold a file of that name.
pub fn is_own_file(name: &str) -> bool {
    [MANIFEST_FILE, VIEWS_FILE].contains(&name)
        || table_of_part(name).is_some()
        || [&LISTED_FILES[..], &ASSIGN_FILES, &PUBLIC_FILES, &KPI_FILES].iter().any(|files| files.contains(&name))
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
