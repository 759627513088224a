//! The tables of a population: names, columns, headers, Arrow schemas.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::preset::{Profile, RegistryColumn};

/// A table of a population.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    /// The registry: one row an entity.
    Entities,
    /// Grade and color.
    Credit,
    /// The scores of one risk model, by the model's name.
    Risk(&'static str),
    /// One row an entity and flag.
    Flags,
    /// One row a visit.
    Ledger,
    /// One row an inspector.
    Inspectors,
    /// A table of the sample results, which belong to no population.
    Results,
}

/// A table with its columns.
#[derive(Clone, Debug)]
pub struct TableSpec {
    /// Which table.
    pub table: Table,
    /// File name without extension, as `risk-integrated`.
    pub stem: String,
    /// The banner row, for text files and sheets that ask for one.
    pub title: String,
    /// Columns in order.
    pub columns: Vec<ColumnSpec>,
    /// The Arrow schema; field names are the canonical names.
    pub schema: SchemaRef,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct ColumnSpec {
    /// Canonical name, the field name in Arrow and Parquet.
    pub name: &'static str,
    /// Chinese header of text files and sheets.
    pub header: &'static str,
    /// Arrow type.
    pub data_type: DataType,
    /// Whether cells may be empty.
    pub nullable: bool,
    /// Whether values repeat enough for a dictionary in Parquet.
    pub repeats: bool,
}

impl TableSpec {
    pub(crate) fn new(table: Table, stem: &str, title: String, columns: Vec<ColumnSpec>) -> Self {
        let fields: Vec<Field> = columns.iter().map(|c| Field::new(c.name, c.data_type.clone(), c.nullable)).collect();
        TableSpec { table, stem: stem.to_owned(), title, columns, schema: Arc::new(Schema::new(fields)) }
    }
}

pub(crate) fn column(name: &'static str, header: &'static str, data_type: DataType) -> ColumnSpec {
    ColumnSpec { name, header, data_type, nullable: false, repeats: true }
}

/// Ids repeat in no table often enough for a dictionary.
pub(crate) fn entity_id() -> ColumnSpec {
    ColumnSpec { repeats: false, ..column("entity_id", "统一社会信用代码", DataType::Utf8) }
}

impl RegistryColumn {
    pub(crate) fn spec(self) -> ColumnSpec {
        match self {
            RegistryColumn::Name => ColumnSpec { repeats: false, ..column("name", "企业名称", DataType::Utf8) },
            // Only a faulty row has no id, but a reader has to expect it.
            RegistryColumn::EntityId => ColumnSpec { nullable: true, ..entity_id() },
            RegistryColumn::Status => column("status", "登记状态", DataType::Utf8),
            RegistryColumn::Region => column("region", "行政区划代码", DataType::Utf8),
            RegistryColumn::Station => column("station", "管辖单位", DataType::Utf8),
            RegistryColumn::Industry => column("industry", "行业代码", DataType::Utf8),
            RegistryColumn::IndustryGroup => column("industry_group", "行业中类代码", DataType::Utf8),
            RegistryColumn::EntityType => column("entity_type", "企业类型", DataType::Utf8),
            RegistryColumn::RegistrationDate => column("registration_date", "成立日期", DataType::Date32),
        }
    }
}

pub(crate) fn registry(profile: &Profile, columns: &[RegistryColumn]) -> TableSpec {
    let columns = columns.iter().map(|c| c.spec()).collect();
    TableSpec::new(Table::Entities, "registry", profile.title.to_owned(), columns)
}

/// Every table that goes with a registry, in order: credit, one for each model, flags, ledger, inspectors.
pub(crate) fn companions(profile: &Profile) -> Vec<TableSpec> {
    let text = |name, header| column(name, header, DataType::Utf8);
    let date = |name, header| column(name, header, DataType::Date32);
    let mut specs = vec![TableSpec::new(
        Table::Credit,
        "credit",
        "企业信用风险分类与赋码（模拟数据）".to_owned(),
        vec![entity_id(), text("grade", "信用风险等级"), text("color", "赋码颜色")],
    )];
    for model in profile.models {
        specs.push(TableSpec::new(
            Table::Risk(model.name),
            &format!("risk-{}", model.name),
            "风险评分（模拟数据）".to_owned(),
            vec![entity_id(), column("score", "风险分值", DataType::Float64)],
        ));
    }
    specs.push(TableSpec::new(
        Table::Flags,
        "flags",
        "标记（模拟数据）".to_owned(),
        vec![entity_id(), text("flag", "标记")],
    ));
    specs.push(TableSpec::new(
        Table::Ledger,
        "ledger",
        "检查台账（模拟数据）".to_owned(),
        vec![entity_id(), date("date", "检查日期"), text("department", "检查部门"), text("level", "检查层级")],
    ));
    specs.push(TableSpec::new(
        Table::Inspectors,
        "inspectors",
        "执法检查人员名录库（模拟数据）".to_owned(),
        vec![
            ColumnSpec { repeats: false, ..text("inspector_id", "执法人员编号") },
            text("department", "所属部门"),
            text("station", "管辖单位"),
            text("qualification", "执法资质"),
            text("specialty", "业务专长"),
            date("certificate_until", "证件有效期"),
            column("expert", "是否专家", DataType::Boolean),
        ],
    ));
    specs
}
