//! Inspections in the order of their risk score: what a model is worth.

use rayon::prelude::*;

use super::cells::{Cell, Cut, Grain, Length, View, count_units};
use super::facts::Facts;
use super::marks::{self, Marks};
use crate::results::{Drawn, Known};
use crate::terms::Column;

/// Cells of the inspections with a result and a score, in all and by tenth, and of their pairs. `marks` are those of the
/// inspections on the as-of day.
///
/// The order is by score, highest first; of equal scores by entity and visit, as the inspections stand. The first half has
/// ⌊n/2⌋ inspections; the one of rank r, from 0, is in tenth ⌊10·r/n⌋ + 1. Pairs are counted in halves, so that a tie is one:
/// 2·(pairs in order) + ties of 2·(with a problem)·(without), which is the AUC (Mann and Whitney, 1947).
pub fn cells(facts: &Facts<'_>, marks: &[Marks]) -> Vec<Cell> {
    let all = facts.inspections;
    if !facts.tables.results.columns.contains(&Column::Score) && !facts.drawn.is_some_and(Drawn::has_scores) {
        return Vec::new();
    }
    let scored = all.inspections.par_iter().zip(marks).filter(|(_, marks)| *marks & marks::COMPLETED != 0);
    let scored =
        scored.filter_map(|(one, &marks)| Some((Known::of(facts.tables, all, facts.drawn, one).score()?, marks)));
    let mut ranked: Vec<(f64, Marks)> = scored.collect();
    if ranked.is_empty() {
        return Vec::new();
    }
    ranked.par_sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = ranked.len();
    let units = ranked.iter().enumerate().map(|(rank, &(_, marks))| {
        let half = if rank < count / 2 { marks::FIRST_HALF } else { 0 };
        (marks | half, vec![(Cut::All, 0), (Cut::Decile, (10 * rank / count) as u32)], None)
    });
    let mut cells = count_units(Grain::Scored, units);
    let view = View { cut: Cut::All, length: Length::ToDate };
    let pairs = half_pairs(&ranked);
    let of = |marks, units| Cell { view, period: 0, member: 0, grain: Grain::Pair, marks, units };
    cells.extend([of(marks::IN_ORDER, pairs.0), of(0, pairs.1)].into_iter().filter(|cell| cell.units > 0));
    cells
}

/// Half pairs in order, and the others. `ranked` stands in the order of the scores, highest first.
fn half_pairs(ranked: &[(f64, Marks)]) -> (u64, u64) {
    let is_problem = |one: &&(f64, Marks)| one.1 & marks::PROBLEM != 0;
    let problems = ranked.iter().filter(is_problem).count() as u64;
    let mut left = ranked.len() as u64 - problems;
    let all = 2 * problems * left;
    let mut in_order = 0;
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let found = tied.iter().filter(is_problem).count() as u64;
        let clean = tied.len() as u64 - found;
        left -= clean;
        in_order += found * (2 * left + clean);
    }
    (in_order, all - in_order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_as_one_by_one() {
        let (no, yes) = (marks::COMPLETED, marks::COMPLETED | marks::PROBLEM);
        let ranked = [(0.9, yes), (0.7, no), (0.7, yes), (0.7, yes), (0.4, no), (0.1, yes), (0.1, no)];
        let mut expected = (0, 0);
        for one in ranked.iter().filter(|one| one.1 == yes) {
            for other in ranked.iter().filter(|other| other.1 == no) {
                let halves = if one.0 > other.0 { 2 } else { u64::from(one.0 == other.0) };
                expected = (expected.0 + halves, expected.1 + 2 - halves);
            }
        }
        assert_eq!(half_pairs(&ranked), expected);
    }
}
