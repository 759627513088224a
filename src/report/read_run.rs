//! What the page of a draw is made of, read from the tables of its folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::data::{ClassRow, FunnelStep, ProbabilityRow, RunPage, Trust};
use super::read::{Reader, ReportError, quality, real, text, truth, whole_number};
use crate::contract;
use crate::publish::manifest::Manifest;
use crate::terms::parse_date;

/// What the page of the draw in `folder` is made of; `manifest` is of the folder.
pub(super) fn page(folder: &Path, manifest: &Manifest) -> Result<RunPage, ReportError> {
    let counts = &manifest.counts;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let step = |en: &str, zh: &str, of: u64| FunnelStep { en: en.to_owned(), zh: zh.to_owned(), count: count(of) };
    let mut funnel = vec![step("entities of the registry", "名录库对象", counts.population)];
    funnel.extend(live(folder)?.map(|live| step("live", "存续", live)));
    funnel.push(step("eligible", "可抽", counts.eligible));
    funnel.push(step("drawn", "抽中", counts.drawn));
    let warnings = manifest.warnings.iter().chain(manifest.inputs.iter().flat_map(|input| &input.warnings));
    let exclusions = manifest.exclusions.iter();
    Ok(RunPage {
        title: manifest.plan.title.clone().unwrap_or_else(|| manifest.plan.name.clone()),
        as_of: parse_date(&manifest.as_of).unwrap_or_default(),
        funnel,
        classes: classes(folder)?,
        pi_by_class: probabilities(folder)?,
        quality: quality(folder, &manifest.inputs)?,
        exclusions: exclusions.map(|one| (one.reason.en.clone(), one.reason.zh.clone(), count(one.entities))).collect(),
        warnings: warnings.map(|warning| (warning.en.clone(), warning.zh.clone())).collect(),
        trust: Trust {
            program: format!("fairdraw {}", manifest.fairdraw),
            plan: manifest.plan.name.clone(),
            plan_sha256: manifest.plan.sha256.clone(),
            inputs: manifest.inputs.iter().map(|input| (input.file.clone(), input.sha256.clone())).collect(),
            seed_source: manifest.seed_source.clone(),
            commitment: manifest.commitment.clone(),
            command: "fairdraw verify FOLDER --plan PLAN".to_owned(),
        },
        drawn: count(counts.drawn),
        reserve: count(counts.reserve),
        eligible: count(counts.eligible),
        design: manifest.design.clone(),
    })
}

/// Live entities of the frame.
fn live(folder: &Path) -> Result<Option<u64>, ReportError> {
    let mut live = 0;
    Reader::read(folder, contract::FRAME.file, &[contract::STATUS.name], |columns| {
        for row in 0..columns[0].len() {
            live += u64::from(text(&columns[0], row)?.as_deref() == Some("live"));
        }
        Some(())
    })?;
    Ok(Some(live))
}

/// Drawn against expectation, by stratum, grade and colour.
fn classes(folder: &Path) -> Result<Vec<ClassRow>, ReportError> {
    let names: Vec<&str> = contract::SUMMARY.columns.iter().map(|column| column.name).collect();
    let mut rows = Vec::new();
    Reader::read(folder, contract::SUMMARY.file, &names, |columns| {
        for row in 0..columns[0].len() {
            let count = |at: usize| whole_number(&columns[at], row).map(Option::unwrap_or_default);
            let cut = text(&columns[0], row)?.unwrap_or_default();
            if cut == "all" {
                continue;
            }
            rows.push(ClassRow {
                cut,
                member: text(&columns[1], row)?.unwrap_or_default(),
                population: count(2)?,
                eligible: count(3)?,
                expected: real(&columns[5], row)?.unwrap_or_default(),
                drawn: count(6)?,
            });
        }
        Some(())
    })?;
    // One stratum is everybody.
    if rows.iter().filter(|row| row.cut == "stratum").count() == 1 {
        rows.retain(|row: &ClassRow| row.cut != "stratum");
    }
    Ok(rows)
}

/// Least, mean and largest inclusion probability of the eligible, by grade and colour.
fn probabilities(folder: &Path) -> Result<Vec<ProbabilityRow>, ReportError> {
    let mut found: BTreeMap<(&'static str, String), (f64, f64, f64, u64)> = BTreeMap::new();
    let names = [contract::GRADE.name, contract::COLOR.name, contract::PI.name, contract::ELIGIBLE.name];
    Reader::read(folder, contract::FRAME.file, &names, |columns| {
        for row in 0..columns[0].len() {
            let pi = real(&columns[2], row)?.unwrap_or_default();
            if truth(&columns[3], row)? != Some(true) {
                continue;
            }
            for (at, cut) in ["grade", "color"].into_iter().enumerate() {
                let key = (cut, text(&columns[at], row)?.unwrap_or_default());
                let (least, sum, most, rows) = found.entry(key).or_insert((f64::INFINITY, 0.0, 0.0, 0));
                (*least, *sum, *most, *rows) = (least.min(pi), *sum + pi, most.max(pi), *rows + 1);
            }
        }
        Some(())
    })?;
    let mut rows = Vec::new();
    for ((cut, member), (least, sum, most, entities)) in found {
        rows.push(ProbabilityRow { cut: cut.to_owned(), member, least, mean: sum / entities as f64, most });
    }
    Ok(rows)
}
