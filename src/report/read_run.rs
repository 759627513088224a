//! What the page of a draw is made of, read from the tables of its folder.

use super::data::{ClassRow, DrawKind, FunnelStep, ProbabilityRow, RunPage, Trust};
use super::read::{ReportError, Source, quality, real, text, trust, whole_number};
use crate::contract;
use crate::publish::manifest::Manifest;
use crate::terms::parse_date;

/// What the page of the draw in `source` is made of; `manifest` is of the folder.
pub(super) fn page(source: Source<'_>, manifest: &Manifest) -> Result<RunPage, ReportError> {
    let counts = &manifest.counts;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let step = |en: &str, zh: &str, of: u64| FunnelStep { en: en.to_owned(), zh: zh.to_owned(), count: count(of) };
    let of_status = manifest.exclusions.iter().filter(|one| one.reason.code == STATUS_REASON).map(|one| one.entities);
    let admitted = counts.population.saturating_sub(of_status.fold(0, u64::saturating_add));
    let registry = step("registry", "名录库", counts.population);
    let funnel = match manifest.distinct_drawn {
        Some(drawn) => vec![registry, step("drawn for a task", "任一任务抽中", drawn)],
        None => vec![
            registry,
            step("admitted status", "登记状态符合", admitted),
            step("eligible", "可抽", counts.eligible),
            step("drawn", "抽中", counts.drawn),
        ],
    };
    let kind = match (manifest.distinct_drawn, &manifest.design) {
        (Some(entities), _) => DrawKind::Tasks { tasks: count(manifest.tasks.len() as u64), entities: count(entities) },
        (None, design) => DrawKind::One(design.clone().unwrap_or_default()),
    };
    let warnings = manifest.warnings.iter().chain(manifest.inputs.iter().flat_map(|input| &input.warnings));
    let classes = classes(source, manifest.distinct_drawn.is_some())?;
    let exclusions = manifest.exclusions.iter();
    Ok(RunPage {
        title: manifest.plan.title.clone().unwrap_or_else(|| manifest.plan.name.clone()),
        as_of: parse_date(&manifest.as_of).unwrap_or_default(),
        funnel,
        pi_by_class: probabilities(&classes),
        classes: classes.into_iter().map(|(class, _)| class).collect(),
        quality: quality(source, &manifest.inputs)?,
        exclusions: exclusions.map(|one| (one.reason.en.clone(), one.reason.zh.clone(), count(one.entities))).collect(),
        warnings: warnings.map(|warning| (warning.en.clone(), warning.zh.clone())).collect(),
        trust: Trust {
            seed_source: manifest.seed_source.clone(),
            commitment: manifest.commitment.clone(),
            ..trust(&manifest.fairdraw, &manifest.plan, &manifest.inputs)
        },
        drawn: count(counts.drawn),
        reserve: count(counts.reserve),
        eligible: count(counts.eligible),
        kind,
    })
}

/// Code of the reason of an entity whose status the plan does not admit.
const STATUS_REASON: &str = "status";

/// Least and largest π.
type PiRange = Option<(f64, f64)>;

/// Drawn against expectation, by task, or by stratum, grade and colour where there are none, with the bounds of π.
fn classes(source: Source<'_>, of_tasks: bool) -> Result<Vec<(ClassRow, PiRange)>, ReportError> {
    let names: Vec<&str> = contract::SUMMARY.columns.iter().map(|column| column.name).collect();
    let names = &names[usize::from(!of_tasks)..];
    let mut rows = Vec::new();
    source.read(contract::SUMMARY.file, names, |columns| {
        let (tasks, columns) = columns.split_at(usize::from(of_tasks));
        for row in 0..columns[0].len() {
            let count = |at: usize| whole_number(&columns[at], row).map(Option::unwrap_or_default);
            let cut = text(&columns[0], row)?.unwrap_or_default();
            let (cut, member) = match tasks {
                [] if cut == "all" => continue,
                [] => (cut, text(&columns[1], row)?.unwrap_or_default()),
                [tasks, ..] if cut == "all" => ("task".to_owned(), text(tasks, row)?.unwrap_or_default()),
                _ => continue,
            };
            let class = ClassRow {
                cut,
                member,
                population: count(2)?,
                eligible: count(3)?,
                expected: real(&columns[5], row)?.unwrap_or_default(),
                drawn: count(6)?,
            };
            rows.push((class, real(&columns[7], row)?.zip(real(&columns[8], row)?)));
        }
        Some(())
    })?;
    // One stratum is everybody.
    if rows.iter().filter(|(row, _): &&(ClassRow, PiRange)| row.cut == "stratum").count() == 1 {
        rows.retain(|(row, _)| row.cut != "stratum");
    }
    Ok(rows)
}

/// Least, mean and largest inclusion probability of the eligible.
fn probabilities(classes: &[(ClassRow, PiRange)]) -> Vec<ProbabilityRow> {
    let of_class = |(class, range): &(ClassRow, PiRange)| {
        let (least, most) = (*range)?;
        let mean = class.expected / class.eligible as f64;
        Some(ProbabilityRow { cut: class.cut.clone(), member: class.member.clone(), least, mean, most })
    };
    classes.iter().filter_map(of_class).collect()
}
