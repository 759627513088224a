//! The rows as tables, with the Chinese headers of the platforms that such results are exported from.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array, StringArray};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::super::format::{Format, TextFormat};
use super::super::tables::{ColumnSpec, Table, TableSpec};
use super::super::words::DEPARTMENTS;
use super::fieldwork::{Level, Source, Task};
use super::findings::Inspection;
use super::{Period, Plan, Sample, SampleResults};

/// What one file is made of.
pub(super) struct FileContent {
    pub spec: TableSpec,
    pub format: Format,
    pub batch: RecordBatch,
}

/// Between several words in a cell.
const SEPARATOR: &str = ";";

/// The tables of a set in the order of their names in the documentation.
pub(super) fn tables(set: SampleResults, sample: &Sample) -> Result<Vec<FileContent>, ArrowError> {
    let csv = Format::Csv(TextFormat::default());
    [
        ("results", Format::Parquet, results(sample)),
        ("tasks", csv, tasks(sample)),
        ("items", csv, items(sample)),
        ("plans", csv, plans(sample)),
        ("entities", Format::Parquet, entities(sample)),
        ("listings", Format::Parquet, listings(sample)),
        ("feedback", csv, feedback(sample)),
    ]
    .into_iter()
    .map(|(name, format, columns)| columns.finish(&format!("{}-{name}", set.name()), format))
    .collect()
}

/// Columns under construction.
#[derive(Default)]
struct Columns {
    specs: Vec<ColumnSpec>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    /// A column of words that repeat.
    fn words<T: AsRef<str>>(self, header: &'static str, cells: impl Iterator<Item = Option<T>>) -> Self {
        self.column(header, true, Arc::new(cells.collect::<StringArray>()))
    }

    /// A column of texts that hardly repeat.
    fn texts<T: AsRef<str>>(self, header: &'static str, cells: impl Iterator<Item = Option<T>>) -> Self {
        self.column(header, false, Arc::new(cells.collect::<StringArray>()))
    }

    fn days(self, header: &'static str, days: impl Iterator<Item = Option<i32>>) -> Self {
        self.column(header, true, Arc::new(days.collect::<Date32Array>()))
    }

    fn column(mut self, header: &'static str, repeats: bool, array: ArrayRef) -> Self {
        let data_type = if matches!(array.data_type(), DataType::Date32) { DataType::Date32 } else { DataType::Utf8 };
        self.specs.push(ColumnSpec { name: header, header, data_type, nullable: array.null_count() > 0, repeats });
        self.arrays.push(array);
        self
    }

    fn finish(self, stem: &str, format: Format) -> Result<FileContent, ArrowError> {
        let spec = TableSpec::new(Table::Results, stem, stem.to_owned(), self.specs);
        let batch = RecordBatch::try_new(Arc::clone(&spec.schema), self.arrays)?;
        Ok(FileContent { spec, format, batch })
    }
}

fn results(sample: &Sample) -> Columns {
    let rows = &sample.inspections;
    let task = |row: &Inspection| &sample.tasks[row.task];
    let cells = || rows.iter();
    Columns::default()
        .texts("检查编号", (0..rows.len()).map(|at| Some(format!("{}-{:06}", sample.district.prefix, at + 1))))
        .words("任务编号", cells().map(|row| Some(sample.task_id(row.task))))
        .words("统一社会信用代码", cells().map(|row| Some(sample.entities[row.entity].id.as_str())))
        .words("检查部门", cells().map(|row| Some(DEPARTMENTS[row.department])))
        .days("检查日期", cells().map(|row| Some(row.day)))
        .words("事项编号", cells().map(|row| Some(sample.item_ids(&task(row).items[row.member]))))
        .words("检查结果", cells().map(|row| Some(row.outcome)))
        .words("后续处置措施", cells().map(|row| said(row.disposal)))
        .days("录入日期", cells().map(|row| Some(row.entered)))
        .days("审核日期", cells().map(|row| row.reviewed))
        .days("公示日期", cells().map(|row| row.published))
        .days("更正日期", cells().map(|row| row.corrected))
        .words("是否掌上执法", cells().map(|row| yes(row.mobile)))
        .words("检查类型", cells().map(|row| Some(task(row).source.word())))
        .words("上门编号", cells().map(|row| row.joint.map(|visit| sample.id('V', visit))))
        .days("整改期限", cells().map(|row| row.rectify_by))
        .days("整改完成日期", cells().map(|row| row.rectified))
        .days("备案日期", cells().map(|row| row.filed))
}

fn tasks(sample: &Sample) -> Columns {
    let cells = || sample.tasks.iter();
    Columns::default()
        .texts("任务编号", (0..sample.tasks.len()).map(|at| Some(sample.task_id(at))))
        .texts("任务名称", cells().map(|task| Some(sample.task_name(task))))
        .words("牵头部门", cells().map(|task| task.departments.first().map(|&lead| DEPARTMENTS[lead])))
        .words("参与部门", cells().map(|task| Some(names(&task.departments))))
        .words("任务级别", cells().map(|task| Some(task.level.word())))
        .words("任务类型", cells().map(|task| Some(task.source.word())))
        .words("是否使用信用规则", cells().map(|task| yes(task.credit_rule)))
        .words("计划编号", cells().map(|task| task.plan.map(|plan| sample.id('P', plan))))
        .days("开始日期", cells().map(|task| Some(task.start)))
        .days("截止日期", cells().map(|task| Some(task.due)))
        .days("完成日期", cells().map(|task| task.finished))
}

fn items(sample: &Sample) -> Columns {
    let cells = || sample.items.iter();
    Columns::default()
        .texts("事项编号", (0..sample.items.len()).map(|at| Some(sample.id('S', at))))
        .texts("事项名称", cells().map(|item| Some(item.name.as_str())))
        .words("检查部门", cells().map(|item| Some(DEPARTMENTS[item.department])))
        .words("抽查类别", cells().map(|item| Some(item.category)))
}

fn plans(sample: &Sample) -> Columns {
    let cells = || sample.plans.iter();
    let is_joint = |plan: &Plan| plan.departments.len() > 1;
    Columns::default()
        .texts("计划编号", (0..sample.plans.len()).map(|at| Some(sample.id('P', at))))
        .texts("计划名称", cells().map(|plan| Some(plan.name.as_str())))
        .words("实施部门", cells().map(|plan| Some(names(&plan.departments))))
        .words("计划周期", cells().map(|plan| Some(plan.period.word())))
        .days("开始日期", cells().map(|plan| Some(plan.start)))
        .days("截止日期", cells().map(|plan| Some(plan.due)))
        .words("并入计划编号", cells().map(|plan| plan.merged_into.map(|joint| sample.id('P', joint))))
        .words("是否联合", cells().map(|plan| yes(is_joint(plan))))
}

/// By id, which compresses best.
fn entities(sample: &Sample) -> Columns {
    let mut sorted: Vec<_> = sample.entities.iter().collect();
    sorted.sort_by_key(|entity| entity.id);
    let cells = || sorted.iter();
    Columns::default()
        .texts("统一社会信用代码", cells().map(|entity| Some(entity.id.as_str())))
        .words("登记状态", cells().map(|entity| Some(entity.status)))
        .words("监管所", cells().map(|entity| Some(format!("{}监管所", entity.station))))
        .words("行业", cells().map(|entity| Some(entity.industry)))
        .words("信用风险等级", cells().map(|entity| Some(entity.grade())))
        .words("红黄绿码", cells().map(|entity| entity.color()))
        .days("注销日期", cells().map(|entity| entity.deregistered))
}

fn listings(sample: &Sample) -> Columns {
    let cells = || sample.listings.iter();
    let list = |serious: bool| if serious { "严重违法失信名单" } else { "经营异常名录" };
    Columns::default()
        .texts("统一社会信用代码", cells().map(|entry| Some(entry.id.as_str())))
        .days("列入日期", cells().map(|entry| Some(entry.listed)))
        .words("列入原因", cells().map(|entry| Some(entry.reason)))
        .words("名录类型", cells().map(|entry| Some(list(entry.serious))))
        .days("核实日期", cells().map(|entry| entry.verified))
}

fn feedback(sample: &Sample) -> Columns {
    let cells = || sample.feedback.iter();
    Columns::default()
        .texts("统一社会信用代码", cells().map(|form| Some(sample.entities[form.entity].id.as_str())))
        .days("发放日期", cells().map(|form| Some(form.sent)))
        .days("回收日期", cells().map(|form| form.returned))
        .words("是否满意", cells().map(|form| form.satisfied.and_then(yes)))
}

impl Sample {
    /// The id of what stands at a place: T task, S item, P plan, V visit.
    fn id(&self, kind: char, place: usize) -> String {
        format!("{}-{kind}{:04}", self.district.prefix, place + 1)
    }

    fn task_id(&self, place: usize) -> String {
        self.id('T', place)
    }

    fn item_ids(&self, places: &[usize]) -> String {
        let ids: Vec<String> = places.iter().map(|&place| self.id('S', place)).collect();
        ids.join(SEPARATOR)
    }

    /// Year, lead, what is looked at first, and the kind of task.
    fn task_name(&self, task: &Task) -> String {
        let (year, word) = (self.district.year, task.source.word());
        let lead = task.departments.first().map_or("", |&lead| DEPARTMENTS[lead]);
        let item = task.items.first().and_then(|items| items.first());
        let category = item.map_or("", |&item| self.items[item].category);
        match task.departments.len() {
            1 => format!("{year}年{lead}{category}{word}检查"),
            several => format!("{year}年{lead}等{several}部门{category}联合{word}检查"),
        }
    }
}

impl Source {
    pub(super) fn word(self) -> &'static str {
        match self {
            Source::DoubleRandom => "双随机",
            Source::Special => "专项检查",
            Source::Complaint => "投诉举报",
            Source::Referral => "转办交办",
            Source::Patrol => "日常巡查",
        }
    }
}

impl Level {
    pub(super) fn word(self) -> &'static str {
        match self {
            Level::County => "区级",
            Level::City => "市级",
            Level::Province => "省级",
        }
    }
}

impl Period {
    pub(super) fn word(self) -> &'static str {
        match self {
            Period::Year => "年",
            Period::Month => "月",
            Period::Week => "周",
        }
    }
}

fn names(departments: &[usize]) -> String {
    let names: Vec<&str> = departments.iter().map(|&department| DEPARTMENTS[department]).collect();
    names.join(SEPARATOR)
}

fn yes(yes: bool) -> Option<&'static str> {
    Some(if yes { "是" } else { "否" })
}

fn said(words: &'static str) -> Option<&'static str> {
    Some(words).filter(|words| !words.is_empty())
}
