//! How the plan's columns divide a frame: names of the strata, and the stratum of every entity.

use super::strata::{SINGLE_STRATUM, StrataError};
use super::{Eligibility, Frame};
use crate::ingest::Attribute;
use crate::plan::{Plan, SizeRule};
use crate::sampling::OUTSIDE;
use crate::terms::{Grade, Status, normalise};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Stands between the values in a stratum's name.
const JOINT: &str = " / ";
/// Stands in a stratum's name for an entity without a value.
const NO_VALUE: &str = "(none)";

/// The labels of one column of `strata.by`.
enum Labels<'a> {
    Text(&'a Attribute),
    Grade,
    Color,
}

fn labels<'a>(frame: &'a Frame, plan: &Plan) -> Result<Vec<Labels<'a>>, StrataError> {
    let by_grade = matches!(plan.size.rule, SizeRule::GradeShares { .. });
    let mut names: Vec<&str> = plan.strata.by.iter().map(String::as_str).collect();
    if by_grade && !names.contains(&"grade") {
        names.push("grade");
    }
    let label = |name: &str| match name {
        "grade" => Ok(Labels::Grade),
        "color" => Ok(Labels::Color),
        _ => frame.attribute(name).map(Labels::Text).ok_or_else(|| StrataError::NoColumn {
            column: name.to_owned(),
            present: frame.attributes.iter().map(|own| own.name.as_str()).collect::<Vec<_>>().join(", "),
        }),
    };
    names.into_iter().map(label).collect()
}

/// The name of a row's stratum: values are compared in their normal form, whatever the registry writes.
fn write_name(frame: &Frame, labels: &[Labels<'_>], row: usize, name: &mut String) {
    name.clear();
    for (place, label) in labels.iter().enumerate() {
        if place > 0 {
            name.push_str(JOINT);
        }
        match label {
            Labels::Text(column) => match column.text(row).map(normalise).filter(|text| !text.is_empty()) {
                // A value that looks like a joint or like no value is written so that it cannot be taken for one.
                Some(text) if text == NO_VALUE || (labels.len() > 1 && text.contains(JOINT.trim())) => {
                    name.push_str(&format!("{text:?}"));
                }
                text => name.push_str(text.as_deref().unwrap_or(NO_VALUE)),
            },
            Labels::Grade => name.push_str(frame.grade[row].name()),
            Labels::Color => name.push_str(frame.color[row].name()),
        }
    }
}

/// The strata that the eligible entities fall into.
pub(super) struct Stratification {
    /// Names in order.
    pub names: Vec<String>,
    /// Stratum of each row; [`OUTSIDE`] for ineligible entities.
    pub stratum_of: Vec<u32>,
    /// Grade of each stratum where sizes are by grade.
    pub grade_of: Vec<Option<Grade>>,
}

/// Groups the eligible entities by the columns of the plan.
pub(super) fn stratify(frame: &Frame, eligibility: &Eligibility, plan: &Plan) -> Result<Stratification, StrataError> {
    let labels = labels(frame, plan)?;
    if labels.is_empty() {
        let rows = (0..frame.len()).into_par_iter().map(|row| if eligibility.is_eligible(row) { 0 } else { OUTSIDE });
        return Ok(Stratification {
            names: vec![SINGLE_STRATUM.to_owned()],
            stratum_of: rows.collect(),
            grade_of: vec![None],
        });
    }
    const BLOCK: usize = 1 << 16;
    let blocks = frame.len().div_ceil(BLOCK);
    let rows = |block: usize| {
        (block * BLOCK..((block + 1) * BLOCK).min(frame.len())).filter(|&row| eligibility.is_eligible(row))
    };
    let found: BTreeMap<String, usize> = (0..blocks)
        .into_par_iter()
        .map(|block| {
            let (mut found, mut name) = (BTreeMap::new(), String::new());
            for row in rows(block) {
                write_name(frame, &labels, row, &mut name);
                if !found.contains_key(&name) {
                    found.insert(name.clone(), row);
                }
            }
            found
        })
        .reduce(BTreeMap::new, |mut left, right| {
            for (name, row) in right {
                left.entry(name).or_insert(row);
            }
            left
        });
    if found.len() > 1_000_000 {
        return Err(StrataError::TooMany { strata: found.len() });
    }
    let by_grade = matches!(plan.size.rule, SizeRule::GradeShares { .. });
    let grade_of = found.values().map(|&row| by_grade.then(|| frame.grade[row])).collect();
    let names: Vec<String> = found.into_keys().collect();
    let mut stratum_of = vec![OUTSIDE; frame.len()];
    stratum_of.par_chunks_mut(BLOCK).enumerate().for_each(|(block, strata)| {
        let (mut name, mut last) = (String::new(), 0usize);
        for row in rows(block) {
            write_name(frame, &labels, row, &mut name);
            if names[last] != name {
                last = names.binary_search(&name).expect("every stratum was named in the first pass");
            }
            strata[row - block * BLOCK] = last as u32;
        }
    });
    Ok(Stratification { names, stratum_of, grade_of })
}

/// Live entities of the registry by stratum, eligible or not; those in no stratum that has eligible entities are left out.
pub(super) fn live_by_stratum(frame: &Frame, plan: &Plan, names: &[String]) -> Result<Vec<u64>, StrataError> {
    let labels = labels(frame, plan)?;
    let mut live = vec![0; names.len()];
    if labels.is_empty() {
        live[0] = frame.status.iter().filter(|&&status| status == Status::Live).count() as u64;
        return Ok(live);
    }
    let mut name = String::new();
    for row in (0..frame.len()).filter(|&row| frame.status[row] == Status::Live) {
        write_name(frame, &labels, row, &mut name);
        if let Ok(stratum) = names.binary_search(&name) {
            live[stratum] += 1;
        }
    }
    Ok(live)
}
