//! The folder of an assignment: visits, teams, what is not served, and the manifest over them.

use std::sync::Arc;

use arrow::array::{Int32Array, StringViewArray};
use serde::{Deserialize, Serialize};

use super::PublishError;
use super::manifest::{OutputRecord, PlanRecord};
use super::run_folder::{order_quarantine, write_text};
use super::staging::Staging;
use super::table_options::TableOptions;
use super::tables::{
    Arrays, SMALL_TABLE_ZSTD, Values, arrays, code_arrays, days, text, texts, write_codes, write_quarantine, write_rows,
};
use crate::assign::{Dealing, Round};
use crate::contract::{self, MANIFEST_FILE, PLAN_FILE};
use crate::digest::hex;
use crate::ingest::Receipt;
use crate::message::Message;
use crate::plan::Plan;
use crate::terms::show_day;
use fairdraw_core::assign::{Team, Unserved, Visit};
use sha2::{Digest, Sha256};

/// Version of the contract of assignments.
pub const ASSIGN_CONTRACT: &str = "fairdraw/assign/1";

/// `manifest.json` of an assignment. Keys stand in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignManifest {
    /// Version of the program.
    pub fairdraw: String,
    /// Version of the contract.
    pub contract: String,
    /// The plan that says how inspectors are dealt.
    pub plan: PlanRecord,
    /// The round whose drawn are dealt to.
    pub round: RoundRecord,
    /// Amendments of the list that were made before.
    pub amendments: u32,
    /// The seed of the second lot.
    pub seed: String,
    /// Every file read.
    pub inputs: Vec<Receipt>,
    /// Every file beside this one.
    pub outputs: Vec<OutputRecord>,
    /// What was counted.
    pub counts: AssignCounts,
    /// What the reader should know.
    pub warnings: Vec<Message>,
}

/// The round of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRecord {
    /// The name of its folder, which stands beside this one.
    pub folder: String,
    /// Its as-of day.
    pub as_of: String,
    /// SHA-256 of its manifest.
    pub sha256: String,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignCounts {
    /// Selected (task, entity), each in one visit.
    pub selected: u64,
    /// Visits.
    pub visits: u64,
    /// Visits that there would be if each department came alone.
    pub unmerged: u64,
    /// Visits that merging spares: the difference.
    pub avoided: u64,
    /// Teams.
    pub teams: u64,
    /// Departments that do not serve a visit, and experts that are missing.
    pub unserved: u64,
}

/// A visit with its week and station.
struct VisitRow<'a> {
    visit: &'a Visit,
    week: i32,
    station: &'a str,
}

/// Someone in a team.
struct MemberRow<'a> {
    team: &'a Team,
    order: i32,
    id: &'a str,
    role: &'static str,
}

/// In the order of [`contract::VISIT_TABLE`].
fn visit_columns<'a>() -> [Values<VisitRow<'a>>; contract::VISIT_TABLE.columns.len()] {
    [
        |rows| text(rows, |row| Some(&row.visit.visit_id)),
        |rows| text(rows, |row| Some(&row.visit.entity_id)),
        |rows| text(rows, |row| Some(&row.visit.lead)),
        |rows| texts(rows, |row| row.visit.departments.iter().map(String::as_str).collect()),
        |rows| texts(rows, |row| row.visit.tasks.iter().map(String::as_str).collect()),
        |rows| texts(rows, |row| row.visit.items.iter().map(String::as_str).collect()),
        |rows| days(rows, |row| row.visit.first),
        |rows| days(rows, |row| row.visit.last),
        |rows| days(rows, |row| row.week),
        |rows| text(rows, |row| Some(row.station).filter(|station| !station.is_empty())),
    ]
}

/// In the order of [`contract::TEAM_TABLE`].
fn team_columns<'a>() -> [Values<MemberRow<'a>>; contract::TEAM_TABLE.columns.len()] {
    [
        |rows| text(rows, |row| Some(&row.team.visit_id)),
        |rows| text(rows, |row| Some(&row.team.department)),
        |rows| Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.order))),
        |rows| text(rows, |row| Some(row.id)),
        |rows| text(rows, |row| Some(row.role)),
    ]
}

/// In the order of [`contract::UNSERVED_TABLE`].
const UNSERVED: [Values<Unserved>; contract::UNSERVED_TABLE.columns.len()] = [
    |rows| text(rows, |row| Some(&row.visit_id)),
    |rows| text(rows, |row| Some(&row.department)),
    |rows| Arc::new(rows.iter().map(|row| Some(row.constraint.to_string())).collect::<StringViewArray>()),
    |rows| Arc::new(rows.iter().map(|row| Some(row.constraint.remedy().0)).collect::<StringViewArray>()),
    |rows| Arc::new(rows.iter().map(|row| Some(row.constraint.remedy().1)).collect::<StringViewArray>()),
];

fn visit_rows(dealing: &Dealing) -> Vec<VisitRow<'_>> {
    let rows = dealing.visits.iter().zip(dealing.weeks.iter().zip(&dealing.stations));
    rows.map(|(visit, (&week, station))| VisitRow { visit, week, station }).collect()
}

fn member_rows(dealing: &Dealing) -> Vec<MemberRow<'_>> {
    let mut rows = Vec::new();
    for team in &dealing.teams {
        let role = |id: &String| if *id == team.lead { "lead" } else { "member" };
        let members = team.members.iter().map(|id| (id, role(id)));
        let people = members.chain(team.experts.iter().map(|id| (id, "expert")));
        rows.extend((1..).zip(people).map(|(order, (id, role))| MemberRow { team, order, id, role }));
    }
    rows
}

/// The tables of an assignment as arrays, to be compared with published ones.
pub fn table_arrays(dealing: &Dealing) -> Vec<(&'static str, Arrays)> {
    let codes = dealing.codes.as_ref().map(|rows| (contract::CODES.file, code_arrays(rows)));
    let tables = [
        (contract::VISIT_TABLE.file, arrays(&contract::VISIT_TABLE, &visit_columns(), &visit_rows(dealing))),
        (contract::TEAM_TABLE.file, arrays(&contract::TEAM_TABLE, &team_columns(), &member_rows(dealing))),
        (contract::UNSERVED_TABLE.file, arrays(&contract::UNSERVED_TABLE, &UNSERVED, &dealing.unserved)),
    ];
    tables.into_iter().chain(codes).collect()
}

/// Writes the tables, the plan, and last the manifest into a staging folder; the record, and its digest.
///
/// # Errors
/// [`PublishError`] naming the file.
pub fn write(
    staging: &Staging,
    round: &Round,
    plan: &Plan,
    mut dealing: Dealing,
) -> Result<(AssignManifest, String), PublishError> {
    order_quarantine(&mut dealing.quarantine);
    let tags: Vec<(String, String)> = [
        ("fairdraw.contract", ASSIGN_CONTRACT),
        ("fairdraw.plan", &plan.name),
        ("fairdraw.plan_sha256", &plan.sha256),
        ("fairdraw.round_sha256", &round.sha256),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec();
    let options = |sorted_by: &'static [&'static str]| TableOptions {
        sorted_by,
        key_values: tags.clone(),
        zstd_level: SMALL_TABLE_ZSTD,
        ..TableOptions::default()
    };
    let path = |name: &str| staging.file(name);
    let (visits, teams, unserved) = (contract::VISIT_TABLE, contract::TEAM_TABLE, contract::UNSERVED_TABLE);
    let mut written = vec![
        write_rows(&path(visits.file), &visits, &visit_columns(), &visit_rows(&dealing), &options(&["visit_id"]))?,
        write_rows(
            &path(teams.file),
            &teams,
            &team_columns(),
            &member_rows(&dealing),
            &options(&["visit_id", "department", "order"]),
        )?,
        write_rows(&path(unserved.file), &unserved, &UNSERVED, &dealing.unserved, &options(&[]))?,
        write_quarantine(&path(contract::QUARANTINE.file), &dealing.quarantine, &tags)?,
    ];
    if let Some(codes) = &dealing.codes {
        written.push(write_codes(&path(contract::CODES.file), codes, &tags)?);
    }
    let mut outputs: Vec<OutputRecord> =
        contract::ASSIGN_FILES.iter().zip(written).map(|(name, written)| OutputRecord::new(name, written)).collect();
    outputs.push(write_text(staging, PLAN_FILE, &plan.text)?);
    let manifest = manifest(round, plan, &dealing, outputs);
    let file = path(MANIFEST_FILE);
    let mut text =
        serde_json::to_vec_pretty(&manifest).map_err(|cause| PublishError::Manifest { path: file.clone(), cause })?;
    text.push(b'\n');
    std::fs::write(&file, &text).map_err(|cause| PublishError::file("write", &file, cause))?;
    Ok((manifest, hex(Sha256::digest(&text))))
}

/// The record of an assignment whose files are written.
pub fn manifest(round: &Round, plan: &Plan, dealing: &Dealing, outputs: Vec<OutputRecord>) -> AssignManifest {
    let unmerged: usize = dealing.visits.iter().map(|visit| visit.departments.len()).sum();
    let avoided: u64 = dealing.visits.iter().map(Visit::avoided).sum();
    AssignManifest {
        fairdraw: env!("CARGO_PKG_VERSION").to_owned(),
        contract: ASSIGN_CONTRACT.to_owned(),
        plan: PlanRecord { name: plan.name.clone(), title: plan.title.clone(), sha256: plan.sha256.clone() },
        round: RoundRecord {
            folder: round.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            as_of: show_day(round.as_of),
            sha256: round.sha256.clone(),
        },
        amendments: dealing.amendments,
        seed: dealing.seed.clone(),
        inputs: dealing.receipts.clone(),
        outputs,
        counts: AssignCounts {
            selected: dealing.selected as u64,
            visits: dealing.visits.len() as u64,
            unmerged: unmerged as u64,
            avoided,
            teams: dealing.teams.len() as u64,
            unserved: dealing.unserved.len() as u64,
        },
        warnings: dealing.warnings.iter().map(Message::from).collect(),
    }
}
