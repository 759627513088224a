//! Tables joined to the entities.

use super::Frame;
use crate::ingest::{Credit, Flags, Ledger, Risk, Tables};
use crate::keys::{EntityKey, KeySpace, UNMATCHED, match_rows};
use crate::part::{Attribute, FlagColumn, PART_ROWS, Part, Score};
use crate::plan::Plan;
use crate::terms::{Color, Grade, Warning};
use rayon::prelude::*;
use std::sync::Arc;

impl Frame {
    /// Joins the tables of a plan. The warnings count rows of credit, risk, flags or ledger that belong to no entity of
    /// the registry.
    pub fn join(tables: Tables, plan: &Plan) -> (Self, Vec<Warning>) {
        let Tables { space, entities, credit, risk, flags, ledger, .. } = tables;
        let keys = entities.keys;
        let mut join = Join { space: &space, keys: &keys, warnings: Vec::new() };
        let (grade, color) = join.credit(credit);
        let scores: Vec<Score> = risk.into_iter().map(|risk| join.risk(risk)).collect();
        let flags = flags.map(|flags| join.flags(flags));
        let visits = ledger.map(|ledger| join.visits(&ledger, plan));
        let warnings = join.warnings;
        let space = Arc::new(space);
        let part = |index: usize| {
            let rows = index * PART_ROWS..((index + 1) * PART_ROWS).min(keys.len());
            let attribute = |(name, pieces): &(String, Vec<_>)| {
                pieces.get(index).map(|values| Attribute { name: name.clone(), values: Arc::clone(values) })
            };
            let score =
                |score: &Score| Score { model: score.model.clone(), values: score.values[rows.clone()].to_vec() };
            Part {
                space: space.clone(),
                keys: keys[rows.clone()].to_vec(),
                status: entities.status[rows.clone()].to_vec(),
                attributes: entities.attributes.iter().filter_map(attribute).collect(),
                grade: grade[rows.clone()].to_vec(),
                color: color[rows.clone()].to_vec(),
                scores: scores.iter().map(score).collect(),
                flags: flags.as_ref().map(|flags: &FlagColumn| FlagColumn {
                    names: flags.names.clone(),
                    bits: flags.bits[rows.clone()].to_vec(),
                }),
                visits: visits.as_ref().map(|visits: &Vec<u32>| visits[rows.clone()].to_vec()),
            }
        };
        let parts = (0..keys.len().div_ceil(PART_ROWS)).into_par_iter().map(part).collect();
        (Self::of(parts), warnings)
    }
}

/// Tables joined to the entities `keys`, which are sorted by id.
struct Join<'a> {
    space: &'a KeySpace,
    keys: &'a [EntityKey],
    warnings: Vec<Warning>,
}

impl Join<'_> {
    /// The row of each entity in a table of one row an entity.
    fn places(&mut self, rows: &[EntityKey], table: &str) -> Vec<u32> {
        let places = match_rows(self.space, self.keys, rows);
        let matched = places.par_iter().filter(|&&place| place != UNMATCHED).count();
        self.warn_of_unmatched(rows.len() - matched, table);
        places
    }

    fn warn_of_unmatched(&mut self, rows: usize, table: &str) {
        if rows > 0 {
            self.warnings.push(Warning::UnmatchedRows { table: table.to_owned(), rows: rows as u64 });
        }
    }

    fn credit(&mut self, credit: Option<Credit>) -> (Vec<Grade>, Vec<Color>) {
        let Some(credit) = credit else {
            return (vec![Grade::Unrated; self.keys.len()], vec![Color::None; self.keys.len()]);
        };
        let places = self.places(&credit.keys, "credit");
        places.par_iter().map(|&place| at(&credit.values, place).unwrap_or((Grade::Unrated, Color::None))).unzip()
    }

    fn risk(&mut self, risk: Risk) -> Score {
        let places = self.places(&risk.scores.keys, &format!("risk.{}", risk.model));
        let score = |&place: &u32| at(&risk.scores.values, place).unwrap_or(f64::NAN);
        Score { values: places.par_iter().map(score).collect(), model: risk.model }
    }

    fn flags(&mut self, flags: Flags) -> FlagColumn {
        let places = self.places(&flags.keys, "flags");
        let bits = places.par_iter().map(|&place| at(&flags.bits, place).unwrap_or(0)).collect();
        FlagColumn { bits, names: flags.names }
    }

    /// Visits of each entity from the plan's date on, up to and including its as-of date. A visit is one (entity,
    /// department, date): several rows of one department on one day count once.
    fn visits(&mut self, ledger: &Ledger, plan: &Plan) -> Vec<u32> {
        let since = plan.eligibility.visits.map_or_else(|| year_start(plan), |visits| visits.since);
        let mut visits = vec![0u32; self.keys.len()];
        let (mut unmatched, mut first) = (0, 0);
        for run in ledger.keys.chunk_by(|a, b| a == b) {
            let rows = &ledger.values[first..first + run.len()];
            first += run.len();
            let Ok(place) = self.keys.binary_search_by(|&own| self.space.compare(own, run[0])) else {
                unmatched += run.len();
                continue;
            };
            let counted = rows.iter().filter(|visit| (since..=plan.as_of).contains(&visit.date));
            let mut seen: Vec<(i32, &str)> = counted.map(|visit| (visit.date, &*visit.department)).collect();
            seen.sort_unstable();
            seen.dedup();
            visits[place] = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        }
        self.warn_of_unmatched(unmatched, "ledger");
        visits
    }
}

/// The value at a place; `None` for an entity that the table does not know.
fn at<T: Copy>(values: &[T], place: u32) -> Option<T> {
    (place != UNMATCHED).then(|| values[place as usize])
}

/// January 1st of the year of the plan's as-of date, days since 1970-01-01.
fn year_start(plan: &Plan) -> i32 {
    plan.as_of - (i32::from(plan.as_of_date.day_of_year()) - 1)
}
