//! How columns divide a frame: names of the strata, and the stratum of every entity.

use super::Standing;
use super::census::{Census, StratumCensus, count};
use super::strata::{SINGLE_STRATUM, StrataError};
use crate::part::{Attribute, Counted, Part};
use crate::sampling::{Divisor, OUTSIDE};
use crate::terms::{Grade, Status, normalise};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How the population is divided and the sample shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// Columns whose values together name a stratum; empty: one stratum.
    pub by: Vec<String>,
    /// Divisor of the method of highest averages.
    pub allocation: Divisor,
    /// What the sample is shared in proportion to.
    pub measure: Measure,
    /// Least drawn in every stratum; 0 if not named.
    pub at_least: u64,
    /// Most drawn in every stratum.
    pub at_most: Option<u64>,
    /// Whether only strata are drawn from in which nobody has been visited yet.
    pub catch_up: bool,
}

/// What the sample is shared among the strata in proportion to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Number of eligible entities.
    #[default]
    Entities,
    /// Sum of their weights.
    Weight,
}

/// Stands between the values in a stratum's name.
const JOINT: &str = " / ";
/// Stands in a stratum's name for an entity without a value.
const NO_VALUE: &str = "(none)";
/// Most strata.
pub(super) const MOST_STRATA: usize = 1_000_000;
/// Rows that one task of a parallel loop names.
const BLOCK: usize = 1 << 16;

/// The labels of one column that divides.
enum Labels<'a> {
    Text(&'a Attribute),
    Grade,
    Color,
}

fn labels<'a>(part: &'a Part, by: &[&str]) -> Result<Vec<Labels<'a>>, StrataError> {
    let label = |name: &&str| match *name {
        "grade" => Ok(Labels::Grade),
        "color" => Ok(Labels::Color),
        name => part.attribute(name).map(Labels::Text).ok_or_else(|| StrataError::NoColumn {
            column: name.to_owned(),
            present: part.attributes.iter().map(|own| own.name.as_str()).collect::<Vec<_>>().join(", "),
        }),
    };
    by.iter().map(label).collect()
}

/// The name of a row's stratum: values are compared in their normal form, whatever the registry writes.
fn write_name(part: &Part, labels: &[Labels<'_>], row: usize, name: &mut String) {
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
            Labels::Grade => name.push_str(part.grade[row].name()),
            Labels::Color => name.push_str(part.color[row].name()),
        }
    }
}

/// Divides part after part.
pub struct Divider<'a> {
    by: Vec<&'a str>,
    /// Whether sizes are by grade.
    by_grade: bool,
    /// Whether live entities are counted by stratum.
    counts_live: bool,
    /// Strata by name, numbered as they are met, and the grade of each where sizes are by grade.
    met: BTreeMap<String, u32>,
    grade_of: Vec<Option<Grade>>,
    /// Stratum of each row by the numbers of `met`; [`OUTSIDE`] for ineligible entities.
    stratum_of: Vec<u32>,
    live: Live,
    live_by_name: BTreeMap<String, u64>,
    /// Whether strata that have been visited are left out, and those.
    catches_up: bool,
    visited: BTreeSet<String>,
}

/// Live entities, eligible or not.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Live {
    /// All.
    pub all: u64,
    /// By the code of their grade.
    pub by_grade: [u64; Grade::ALL.len()],
}

impl<'a> Divider<'a> {
    /// Divides by the columns of `division`, and by grade where sizes are. `counts_live`: whether live entities are counted by
    /// stratum. There will be `entities`.
    pub fn new(division: &'a Division, by_grade: bool, counts_live: bool, entities: usize) -> Self {
        let mut by: Vec<&str> = division.by.iter().map(String::as_str).collect();
        if by_grade && !by.contains(&"grade") {
            by.push("grade");
        }
        Self {
            by,
            by_grade,
            counts_live,
            met: BTreeMap::new(),
            grade_of: Vec::new(),
            stratum_of: Vec::with_capacity(entities),
            live: Live::default(),
            live_by_name: BTreeMap::new(),
            catches_up: division.catch_up,
            visited: BTreeSet::new(),
        }
    }

    /// Divides the entities of a part, which come after all so far; `standing` has been told of them already.
    ///
    /// # Errors
    /// [`StrataError::NoColumn`], [`StrataError::TooMany`].
    pub fn push(&mut self, part: &Part, standing: &Standing) -> Result<(), StrataError> {
        let first = self.stratum_of.len();
        for (_, grade) in part.status.iter().zip(&part.grade).filter(|(status, _)| **status == Status::Live) {
            self.live.all += 1;
            self.live.by_grade[usize::from(grade.code())] += 1;
        }
        let labels = labels(part, &self.by)?;
        if let Some(visits) = part.visits(&Counted::All).filter(|_| self.catches_up) {
            let mut name = String::new();
            for row in (0..part.len()).filter(|&row| visits[row] > 0) {
                write_name(part, &labels, row, &mut name);
                if !self.visited.contains(&name) {
                    self.visited.insert(name.clone());
                }
            }
        }
        if labels.is_empty() {
            let code = |row: usize| if standing.is_eligible(first + row) { 0 } else { OUTSIDE };
            self.stratum_of.par_extend((0..part.len()).into_par_iter().map(code));
            return Ok(());
        }
        self.meet(part, &labels, |row| standing.is_eligible(first + row))?;
        self.stratum_of.resize(first + part.len(), OUTSIDE);
        let met = &self.met;
        self.stratum_of[first..].par_chunks_mut(BLOCK).enumerate().for_each(|(block, strata)| {
            let (mut name, mut last) = (String::new(), (String::new(), OUTSIDE));
            for (at, stratum) in strata.iter_mut().enumerate() {
                let row = block * BLOCK + at;
                if !standing.is_eligible(first + row) {
                    continue;
                }
                write_name(part, &labels, row, &mut name);
                if last.1 == OUTSIDE || last.0 != name {
                    last = (name.clone(), met[&name]);
                }
                *stratum = last.1;
            }
        });
        if self.counts_live {
            let mut name = String::new();
            for row in (0..part.len()).filter(|&row| part.status[row] == Status::Live) {
                write_name(part, &labels, row, &mut name);
                match self.live_by_name.get_mut(&name) {
                    Some(live) => *live += 1,
                    None => _ = self.live_by_name.insert(name.clone(), 1),
                }
            }
        }
        Ok(())
    }

    /// Numbers the strata of a part's eligible entities that were not met before.
    fn meet(
        &mut self,
        part: &Part,
        labels: &[Labels<'_>],
        is_eligible: impl Fn(usize) -> bool + Sync,
    ) -> Result<(), StrataError> {
        let found: BTreeMap<String, usize> = (0..part.len().div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let (mut found, mut name) = (BTreeMap::new(), String::new());
                for row in (block * BLOCK..((block + 1) * BLOCK).min(part.len())).filter(|&row| is_eligible(row)) {
                    write_name(part, labels, row, &mut name);
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
        for (name, row) in found {
            if !self.met.contains_key(&name) {
                self.met.insert(name, self.grade_of.len() as u32);
                self.grade_of.push(self.by_grade.then(|| part.grade[row]));
            }
        }
        if self.met.len() > MOST_STRATA { Err(StrataError::TooMany { strata: self.met.len() }) } else { Ok(()) }
    }

    /// Names of the strata that were met so far, in order.
    pub fn names(&self) -> Vec<&str> {
        if self.by.is_empty() { vec![SINGLE_STRATUM] } else { self.met.keys().map(String::as_str).collect() }
    }

    /// What the parts so far say of their strata; `standing` and `weights` are those of their entities, in order.
    pub fn census(&self, standing: &Standing, weights: &[u64]) -> Census {
        let single = BTreeMap::from([(SINGLE_STRATUM.to_owned(), 0)]);
        let met = if self.by.is_empty() { &single } else { &self.met };
        let counts = count(met.len(), &self.stratum_of, standing, weights);
        let stratum = |(name, &number): (&String, &u32)| {
            let (counts, heaviest) = counts[number as usize];
            let grade = self.grade_of.get(number as usize).copied().flatten();
            (name.clone(), StratumCensus { counts, heaviest, grade })
        };
        let mut live_by_name = self.live_by_name.clone();
        if self.by.is_empty() && self.counts_live {
            live_by_name.insert(SINGLE_STRATUM.to_owned(), self.live.all);
        }
        Census {
            population: standing.len() as u64,
            strata: met.iter().map(stratum).collect(),
            live: self.live,
            live_by_name: self.counts_live.then_some(live_by_name),
            visited: self.visited.clone(),
            standing: standing.counts(),
        }
    }

    /// Stratum of each row among `names`, which are in order and those of all parts; [`OUTSIDE`] for ineligible entities. In a
    /// catch-up, `standing` is told who is left out: the entities of a stratum that is not among them.
    pub fn finish(mut self, names: &[String], standing: &mut Standing) -> Vec<u32> {
        if self.by.is_empty() {
            return self.stratum_of;
        }
        let mut place = vec![OUTSIDE; self.grade_of.len()];
        for (name, &number) in &self.met {
            place[number as usize] = names.binary_search(name).map_or(OUTSIDE, |at| at as u32);
        }
        self.stratum_of.par_iter_mut().filter(|stratum| **stratum != OUTSIDE).for_each(|stratum| {
            *stratum = place[*stratum as usize];
        });
        if self.catches_up {
            let left_out = |row: &usize| self.stratum_of[*row] == OUTSIDE && standing.is_eligible(*row);
            let left_out: Vec<usize> = (0..self.stratum_of.len()).filter(left_out).collect();
            left_out.into_iter().for_each(|row| standing.leave_out(row));
        }
        self.stratum_of
    }
}
