//! A folder of figures: the tables, the plan as it was, the pages, and the manifest over them all.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::PublishError;
use super::kpi_tables::KpiRecord;
use super::manifest::{OutputRecord, PlanRecord};
use super::run_folder::{Pages, order_quarantine, write_pages, write_text};
use super::staging::Staging;
use super::star;
use super::tables::write_quarantine;
use crate::contract::{self, KPI_FILES, KPI_TABLES, MANIFEST_FILE, PLAN_FILE, VIEWS_FILE};
use crate::ingest::{Receipt, SetAsideBy, by_reason};
use crate::kpi::{Computed, KpiRow};
use crate::message::Message;
use crate::plan::{FigureSetting, KpiPlan};
use crate::terms::{Calendar, show_day};

/// Version of the contract of figures: ids, tables and their meaning.
pub const KPI_CONTRACT: &str = "fairdraw/kpi/1";

/// `manifest.json` of a folder of figures. Keys stand in this order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KpiManifest {
    /// Version of the program.
    pub fairdraw: String,
    /// Version of the contract.
    pub contract: String,
    /// The plan.
    pub plan: PlanRecord,
    /// The plan's as-of date.
    pub as_of: String,
    /// Every input.
    pub inputs: Vec<Receipt>,
    /// Every published draw that was read: folder as the plan writes it.
    pub draws: Vec<String>,
    /// Every file beside the manifest.
    pub outputs: Vec<OutputRecord>,
    /// What was counted.
    pub counts: KpiCounts,
    /// What an analyst should know; what concerns one file stands in its record.
    pub warnings: Vec<Message>,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KpiCounts {
    /// Rows of results.
    pub rows: u64,
    /// Inspections that they make.
    pub inspections: u64,
    /// Visits.
    pub visits: u64,
    /// Entities inspected.
    pub entities: u64,
    /// Rows listed as double, contradictory or unmatched.
    pub unmatched: u64,
    /// Inspections that wait for review.
    pub waiting: u64,
    /// Faults of inspections.
    pub low_quality: u64,
    /// Figures.
    pub figures: u64,
}

/// What a run of figures says of itself.
#[derive(Debug)]
pub struct KpiPublished {
    /// The record.
    pub manifest: KpiManifest,
    /// The figures that the plan names, in its order.
    pub named: Vec<KpiRow>,
    /// Rows set aside, by reason.
    pub set_aside: Vec<SetAsideBy>,
}

/// Writes the tables and the plan into a staging folder; [`finish`] is to follow.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn write(staging: &Staging, plan: &KpiPlan, mut computed: Computed) -> Result<KpiPublished, PublishError> {
    let mut quarantine = std::mem::take(&mut computed.tables.quarantine);
    order_quarantine(&mut quarantine);
    let calendar = Calendar::new(computed.tables.holidays.iter().copied());
    let record = KpiRecord { computed: &computed, plan, calendar: &calendar };
    let tags = key_values(plan);
    let path = |name: &str| staging.file(name);
    let files = [
        record.write_results(&path(contract::RESULTS.file), tags.clone())?,
        record.write_queue(&path(contract::REVIEW_QUEUE.file), tags.clone())?,
        record.write_low_quality(&path(contract::LOW_QUALITY.file), tags.clone())?,
        record.write_unmatched(&path(contract::UNMATCHED.file), tags.clone())?,
        write_quarantine(&path(contract::QUARANTINE.file), &quarantine, &tags)?,
        record.write_kpi(&path(contract::KPI.file), tags.clone())?,
        record.write_estimates(&path(contract::ESTIMATES.file), tags.clone())?,
        star::write_entities(&record, &path(contract::ENTITIES.file), tags.clone())?,
        star::write_tasks(&record, &path(contract::TASKS.file), tags.clone())?,
        star::write_items(&record, &path(contract::ITEMS.file), tags.clone())?,
        star::write_draws(&record, &path(contract::DRAWS.file), tags.clone())?,
        star::write_draw_classes(&record, &path(contract::DRAW_CLASSES.file), tags.clone())?,
        star::write_calendar(&record, &path(contract::CALENDAR.file), tags)?,
    ];
    let mut outputs: Vec<OutputRecord> =
        KPI_FILES.iter().zip(files).map(|(name, written)| OutputRecord::new(name, written)).collect();
    outputs.push(write_text(staging, PLAN_FILE, &plan.text)?);
    let manifest = KpiManifest {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: KPI_CONTRACT.to_owned(),
        plan: PlanRecord { name: plan.name.clone(), title: plan.title.clone(), sha256: plan.sha256.clone() },
        as_of: show_day(plan.as_of),
        inputs: std::mem::take(&mut computed.tables.receipts),
        draws: plan.inputs.draws.iter().map(|(written, _)| written.clone()).collect(),
        outputs,
        counts: counts(&computed),
        warnings: computed.warnings.iter().map(Message::from).collect(),
    };
    let set_aside = by_reason(quarantine.iter());
    Ok(KpiPublished { manifest, named: named(plan, &computed), set_aside })
}

/// Writes the pages, the views, and last the manifest over everything but the views, which hold the folder's own path.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn finish(
    staging: &Staging,
    plan: &KpiPlan,
    published: &mut KpiPublished,
    pages: &Pages,
) -> Result<(), PublishError> {
    published.manifest.outputs.extend(write_pages(staging, pages)?);
    write_text(staging, VIEWS_FILE, &views(&plan.folder)?)?;
    let path = staging.file(MANIFEST_FILE);
    let mut text = serde_json::to_vec_pretty(&published.manifest)
        .map_err(|cause| PublishError::Manifest { path: path.clone(), cause })?;
    text.push(b'\n');
    std::fs::write(&path, &text).map_err(|cause| PublishError::file("write", &path, cause))
}

/// A view of DuckDB over each table, by absolute path; `results` is also `inspections`, the name that the star has for it.
fn views(folder: &Path) -> Result<String, PublishError> {
    let folder = std::path::absolute(folder).map_err(|cause| PublishError::file("find", folder, cause))?;
    let mut text = "-- Views over the tables of this folder, for DuckDB: .read views.sql\n".to_owned();
    for table in KPI_TABLES.into_iter().chain([contract::QUARANTINE]) {
        let name = table.file.trim_end_matches(".parquet");
        let path = folder.join(table.file).display().to_string().replace('\'', "''");
        text += &format!("\n-- {}\n", table.en);
        text += &format!("CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{path}');\n");
    }
    text += "\n-- inspections: another name of results\nCREATE OR REPLACE VIEW inspections AS SELECT * FROM results;\n";
    Ok(text)
}

/// The rows of the figures that the plan names, in all and to date.
fn named(plan: &KpiPlan, computed: &Computed) -> Vec<KpiRow> {
    let whole = |row: &&KpiRow| (row.cut, row.period.as_str()) == ("all", "to-date");
    let row_of = |setting: &FigureSetting| {
        let of = |row: &&KpiRow| (row.kpi, row.variant, row.as_of) == (&*setting.id, &*setting.variant, setting.as_of);
        computed.rows.iter().filter(whole).find(of).cloned()
    };
    plan.figures.iter().filter_map(row_of).collect()
}

fn counts(computed: &Computed) -> KpiCounts {
    let inspections = &computed.inspections;
    KpiCounts {
        rows: computed.tables.results.rows.len() as u64,
        inspections: inspections.inspections.len() as u64,
        visits: u64::from(inspections.visits),
        entities: inspections.entities.len() as u64,
        unmatched: inspections.unmatched.len() as u64,
        waiting: computed.queue.len() as u64,
        low_quality: computed.low_quality.len() as u64,
        figures: computed.rows.len() as u64,
    }
}

/// What every table says of itself.
fn key_values(plan: &KpiPlan) -> Vec<(String, String)> {
    [("fairdraw.contract", KPI_CONTRACT), ("fairdraw.plan", &plan.name), ("fairdraw.plan_sha256", &plan.sha256)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
}
