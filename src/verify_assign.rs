//! Checks an assignment: its files, that nothing that was drawn is lost, and, with its inputs, every visit and team.

use crate::assign::{AssignError, Round, deal};
use crate::contract::{self, ASSIGN_FILES, MANIFEST_FILE};
use crate::plan::Plan;
use crate::progress::{Observe, Progress};
use crate::publish::assign_folder::{ASSIGN_CONTRACT, AssignManifest, manifest as manifest_of, table_arrays};
use crate::published::{Columns, PublishedRun};
use crate::terms::grouped;
use crate::verify::{Passed, VerifyError, differ, file_digests, inputs_are_those, quarantine_rows, same, table_agrees};
use arrow::array::Array;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Whether a folder holds an assignment.
pub fn holds_assignment(run: &Path) -> bool {
    /// The key that tells it from other folders.
    #[derive(Deserialize)]
    struct Contract {
        contract: String,
    }
    let text = PublishedRun::open(run).and_then(|run| run.text(MANIFEST_FILE)).unwrap_or_default();
    serde_json::from_str::<Contract>(&text).is_ok_and(|manifest| manifest.contract == ASSIGN_CONTRACT)
}

/// Checks the assignment in `folder`, whose round stands beside it; with `plan`, whose inputs are read again.
///
/// # Errors
/// [`VerifyError::Difference`] names the first difference; other variants say what cannot be read.
pub fn verify_assignment(folder: &Path, plan: Option<&Plan>, observe: Observe<'_>) -> Result<Passed, VerifyError> {
    let run = PublishedRun::open(folder)?;
    let text = run.text(MANIFEST_FILE)?;
    let manifest: AssignManifest =
        serde_json::from_str(&text).map_err(|error| run.fault(MANIFEST_FILE, error.to_string()))?;
    observe(Progress::Step("digests"));
    let has_codes = manifest.outputs.iter().any(|output| output.file == contract::CODES.file);
    let files: Vec<&str> = ASSIGN_FILES.into_iter().filter(|name| *name != contract::CODES.file || has_codes).collect();
    file_digests(&run, &manifest.outputs, &files)?;
    quarantine_rows(&run, &manifest.inputs)?;
    let round = Round::open(&folder.with_file_name(&manifest.round.folder)).map_err(unreadable)?;
    same("manifest.json, round.sha256", &manifest.round.sha256, &round.sha256)?;

    observe(Progress::Step("visits and teams"));
    let (visits, served) = conserved(&run, &manifest)?;
    let mut checks = vec![
        format!("{} files have the digests of the manifest", manifest.outputs.len()),
        format!("the round {} is the one that was dealt to", manifest.round.folder),
        format!(
            "{} drawn for tasks are each in one of {} visits; {} departments of these have a team or a row that says why not",
            grouped(manifest.counts.selected),
            grouped(visits),
            grouped(served)
        ),
    ];
    let mut remarks = Vec::new();
    match plan {
        None => remarks.push("not checked: that the teams follow from the lots; give --plan to deal again".to_owned()),
        Some(plan) => {
            same("the plan, SHA-256", &manifest.plan.sha256, &plan.sha256)?;
            let seed = Some(manifest.seed.as_str()).filter(|seed| round.seed.as_deref() != Some(*seed));
            let dealing = deal(&round, plan, seed, observe).map_err(unreadable)?;
            for (file, arrays) in table_arrays(&dealing) {
                table_agrees(&run, file, arrays, |cell| format!("{} {}", cell("visit_id"), cell("department")))?;
            }
            inputs_are_those(&manifest.inputs, &dealing.receipts)?;
            let again = manifest_of(&round, plan, &dealing, manifest.outputs.clone());
            let again = AssignManifest { fairdraw: manifest.fairdraw.clone(), ..again };
            if again != manifest {
                return Err(differ("manifest.json", "other records or counts", "those of the inputs"));
            }
            checks.push("every visit, week, team and unserved need comes out again from the inputs".to_owned());
        }
    }
    if !run.other_files.is_empty() {
        remarks.push(format!("not part of the assignment: {}", run.other_files.join(", ")));
    }
    Ok(Passed { seed: Some(manifest.seed), seed_source: None, checks, remarks })
}

fn unreadable(error: AssignError) -> VerifyError {
    VerifyError::Assignment(Box::new(error))
}

/// Every selected (task, entity) of the round is in exactly one visit, and every department of a visit has a team or a row that
/// says why not; their numbers.
fn conserved(run: &PublishedRun, manifest: &AssignManifest) -> Result<(u64, u64), VerifyError> {
    let mut asked: BTreeMap<(String, String), bool> = BTreeMap::new();
    let (mut visits, mut tasks) = (0, 0);
    let file = contract::VISIT_TABLE.file;
    run.visit::<VerifyError>(file, |_, names, columns| {
        let of = Columns { run, file, names, columns };
        let ids = of.texts_named("visit_id")?;
        let (departments, of_tasks) = (of.lists_named("departments")?, of.lists_named("tasks")?);
        for (row, (departments, of_visit)) in departments.into_iter().zip(of_tasks).enumerate() {
            visits += 1;
            tasks += of_visit.len() as u64;
            asked.extend(departments.into_iter().map(|own| ((ids.value(row).to_owned(), own), false)));
        }
        Ok(())
    })?;
    same("visits.parquet, tasks of visits", tasks, manifest.counts.selected)?;
    same("manifest.json, counts.visits", manifest.counts.visits, visits)?;
    let mut answered: BTreeSet<(String, String)> = BTreeSet::new();
    for (file, is_expert) in [(contract::TEAM_TABLE.file, None), (contract::UNSERVED_TABLE.file, Some("constraint"))] {
        let mut own: BTreeSet<(String, String)> = BTreeSet::new();
        run.visit::<VerifyError>(file, |_, names, columns| {
            let of = Columns { run, file, names, columns };
            let (ids, departments) = (of.texts_named("visit_id")?, of.texts_named("department")?);
            let constraints = is_expert.map(|name| of.texts_named(name)).transpose()?;
            for row in 0..ids.len() {
                if constraints.is_some_and(|constraints| constraints.value(row).starts_with("expert ")) {
                    continue;
                }
                own.insert((ids.value(row).to_owned(), departments.value(row).to_owned()));
            }
            Ok(())
        })?;
        for key in own {
            if !asked.contains_key(&key) || !answered.insert(key.clone()) {
                let place = format!("{file}, {} of {}", key.1, key.0);
                return Err(differ(place, "a row", "no such visit, or both a team and a reason why not"));
            }
        }
    }
    if let Some((visit, department)) = asked.keys().find(|key| !answered.contains(*key)) {
        let place = format!("teams.parquet, {department} of {visit}");
        return Err(differ(place, "neither a team nor a row of unserved.parquet", "one of the two"));
    }
    Ok((visits, answered.len() as u64))
}
