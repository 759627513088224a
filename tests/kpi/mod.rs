//! Results in, figures out, through the binary.

mod bad_input;
mod figures;
mod laws;

use crate::support::{Project, Row, entity_id};

/// Headers of most results here.
pub const HEADER: &str = "检查编号,任务编号,统一社会信用代码,检查部门,检查日期,检查结果,公示日期,是否掌上执法\n";

/// A plan of figures over `results.csv` with further sections.
pub fn kpi_plan(rest: &str) -> String {
    format!(
        "name = \"test\"\nas-of = 2023-12-31\n\n[inputs.results]\npath = \"results.csv\"\n\n{rest}\n\n[output]\nfolder = \"out/kpi\"\n"
    )
}

/// A result: number, task, entity, department, day in 2023, outcome.
pub fn result(number: usize, task: &str, entity: usize, department: &str, day: &str, outcome: &str) -> String {
    format!("J{number:04},{task},{},{department},{day},{outcome},{day},是\n", entity_id(entity))
}

/// A project with results and a plan.
pub fn project(results: &str, rest: &str) -> Project {
    let project = Project::new();
    project.write("results.csv", format!("{HEADER}{results}"));
    project.write("kpi.toml", kpi_plan(rest));
    project
}

/// The rows of a figure, plain variant, by cut, member and period.
pub fn figure(project: &Project, kpi: &str) -> Vec<Row> {
    let rows = project.table("out/kpi/kpi.parquet");
    rows.into_iter().filter(|row| row["kpi"] == kpi && row["variant"] == "all").collect()
}

/// Numerator and denominator of a figure in one cut, member and period.
pub fn fraction(project: &Project, kpi: &str, cut: &str, member: &str, period: &str) -> Option<(i64, i64)> {
    let rows = figure(project, kpi);
    let row = rows.iter().find(|row| row["cut"] == cut && row["member"] == member && row["period"] == period)?;
    let number = |column: &str| row.get(column).and_then(|text| text.parse().ok()).unwrap_or(-1);
    Some((number("numerator"), number("denominator")))
}

/// Writes `tasks.csv`.
pub fn tasks(project: &Project, rows: &str) {
    project.write(
        "tasks.csv",
        format!("任务编号,参与部门,任务级别,任务类型,是否使用信用规则,开始日期,截止日期,完成日期\n{rows}"),
    );
}

/// The section of `tasks.csv`.
pub const TASKS: &str = "[inputs.tasks]\npath = \"tasks.csv\"\n";
