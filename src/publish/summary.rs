//! The summary: population, eligible, certain, expected and drawn.

use super::frame_table::DrawnFrame;
use super::tables::{SummaryLevel, SummaryRow};
use crate::part::Part;
use crate::plan::Task;
use crate::sampling::OUTSIDE;
use crate::terms::{Color, Grade};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rows that one task of a parallel loop counts.
const BLOCK: usize = 1 << 16;

/// Σπ is added up in units of 2⁻⁶², so that it does not depend on the order: not on threads, nor on machines.
const UNITS: f64 = (1u64 << 62) as f64;

/// What a group of entities comes to; adds up over parts of a frame in any order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Tally {
    population: i64,
    eligible: i64,
    certain: i64,
    /// Σπ in [`UNITS`].
    expected: u128,
    drawn: i64,
    /// Bounds of π among the eligible.
    least: f64,
    most: f64,
}

impl Tally {
    const NONE: Self = Self {
        population: 0,
        eligible: 0,
        certain: 0,
        expected: 0,
        drawn: 0,
        least: f64::INFINITY,
        most: f64::NEG_INFINITY,
    };

    /// Entities drawn.
    pub fn drawn(&self) -> u64 {
        u64::try_from(self.drawn).unwrap_or(0)
    }

    /// Takes in other entities.
    pub fn add(&mut self, other: Self) {
        self.population += other.population;
        self.eligible += other.eligible;
        self.certain += other.certain;
        self.expected += other.expected;
        self.drawn += other.drawn;
        (self.least, self.most) = (self.least.min(other.least), self.most.max(other.most));
    }
}

/// Counts over all, by stratum (of its eligible entities), by grade and by color, part after part.
pub struct Tallies<'a> {
    draw: &'a DrawnFrame<'a>,
    tallies: Vec<Tally>,
}

impl<'a> Tallies<'a> {
    /// Nothing counted yet.
    pub fn new(draw: &'a DrawnFrame<'a>) -> Self {
        let groups = Self::colors(draw) + Color::ALL.len();
        Self { draw, tallies: vec![Tally::NONE; groups] }
    }

    /// Place of the first grade; strata stand before.
    fn grades(draw: &DrawnFrame<'_>) -> usize {
        1 + draw.scored.strata.names.len()
    }

    /// Place of the first colour.
    fn colors(draw: &DrawnFrame<'_>) -> usize {
        Self::grades(draw) + Grade::ALL.len()
    }

    /// Counts a part, whose rows begin at `first`, with its probabilities; parts come in order.
    pub fn push(&mut self, first: usize, part: &Part, pi: &[f64]) {
        let draw = self.draw;
        let (grades, colors, groups) = (Self::grades(draw), Self::colors(draw), self.tallies.len());
        let tally = |block: usize| {
            let mut tallies = vec![Tally::NONE; groups];
            for own in block * BLOCK..((block + 1) * BLOCK).min(part.len()) {
                let row = first + own;
                let (one, stratum) = (one(draw, row, pi[own]), draw.scored.strata.stratum_of[row]);
                tallies[0].add(one);
                if stratum != OUTSIDE {
                    tallies[1 + stratum as usize].add(one);
                }
                tallies[grades + usize::from(part.grade[own].code())].add(one);
                tallies[colors + usize::from(part.color[own].code())].add(one);
            }
            tallies
        };
        // A part has 16 blocks: with many strata a block's tallies are large.
        let parts: Vec<Vec<Tally>> = (0..part.len().div_ceil(BLOCK)).into_par_iter().map(tally).collect();
        parts.iter().for_each(|part| self.tallies.iter_mut().zip(part).for_each(|(sum, one)| sum.add(*one)));
    }

    /// The tallies so far: all, strata, grades, colours.
    pub fn into_tallies(self) -> Vec<Tally> {
        self.tallies
    }

    /// The rows of the summary.
    pub fn finish(self) -> Vec<SummaryRow> {
        summary_rows(self.draw.task, &self.draw.scored.strata.names, self.tallies)
    }
}

/// The rows of the summary of a draw with these strata, from its tallies over all parts.
pub fn summary_rows(task: Option<&Task>, strata: &[String], tallies: Vec<Tally>) -> Vec<SummaryRow> {
    let task_id = task.map(|task| task.id.clone()).unwrap_or_default();
    let names = std::iter::once((SummaryLevel::All, String::new()))
        .chain(strata.iter().map(|name| (SummaryLevel::Stratum, name.clone())))
        .chain(Grade::ALL.into_iter().map(|grade| (SummaryLevel::Grade, grade.name().to_owned())))
        .chain(Color::ALL.into_iter().map(|color| (SummaryLevel::Color, color.name().to_owned())));
    let row = |((level, value), tally): ((SummaryLevel, String), Tally)| {
        let Tally { population, eligible, certain, expected, drawn, least, most } = tally;
        let expected = expected as f64 / UNITS;
        let pi_range = (eligible > 0).then_some((least, most));
        SummaryRow { task_id: task_id.clone(), level, value, population, eligible, certain, expected, drawn, pi_range }
    };
    names.zip(tallies).filter(|(_, tally)| tally.population > 0).map(row).collect()
}

fn one(draw: &DrawnFrame<'_>, row: usize, pi: f64) -> Tally {
    let standing = &draw.scored.standing;
    let eligible = standing.is_eligible(row);
    let (least, most) = if eligible { (pi, pi) } else { (Tally::NONE.least, Tally::NONE.most) };
    Tally {
        population: 1,
        eligible: i64::from(eligible),
        certain: i64::from(standing.is_certain(row)),
        // π is at most 1.
        expected: u128::from((pi * UNITS) as u64),
        drawn: i64::from(draw.drawn.selected[row]),
        least,
        most,
    }
}
