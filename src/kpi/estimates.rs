//! What the inspections of a draw say of everyone: rate and number of entities with problems, by design weights.
//!
//! A draw prefers the risky, so the rate found among the drawn is not that of the population. Each drawn entity stands for 1/π
//! others; see [`crate::sampling::estimate`] for the formulas and `sampling.md` §7. Entities that were drawn and not met
//! are missing: within a class (stratum, and whether they were certain) those that were met stand for them, so that λ = π
//! × met ÷ drawn.

use std::collections::BTreeMap;

use super::facts::NO_MEMBER;
use super::marks::{self, Marks};
use super::rows::Z95;
use crate::published::{DrawnEntity, PublishedDraw};
use crate::results::{Drawn, Inspections, day};
use crate::sampling::estimate::{Estimate, Observed, domain};

/// A row of `estimates.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimateRow {
    /// The draw, as the plan writes its folder.
    pub draw: String,
    /// all, grade, station or industry.
    pub cut: &'static str,
    /// Which one.
    pub member: String,
    /// Entities that the drawn stand for, Σ 1/π.
    pub population: f64,
    /// Entities drawn.
    pub drawn: i64,
    /// Of these, entities met, with a result.
    pub met: i64,
    /// Of these, entities with a problem.
    pub found: i64,
    /// Estimated rate of entities with a problem; `None` if nobody was met.
    pub rate: Option<Estimate>,
    /// Estimated number of entities with a problem.
    pub total: Option<Estimate>,
    /// Strata that were joined for the variance.
    pub collapsed: i64,
}

impl EstimateRow {
    /// The 95 % interval of the rate, within 0 and 1.
    pub fn rate_interval(&self) -> Option<(f64, f64)> {
        self.rate?.share_interval(u64::try_from(self.met).ok()?, Z95)
    }

    /// The 95 % interval of the number, from 0.
    pub fn total_interval(&self) -> Option<(f64, f64)> {
        interval(self.total?).map(|(low, high)| (low.max(0.0), high))
    }
}

fn interval(estimate: Estimate) -> Option<(f64, f64)> {
    let half = Z95 * estimate.error?;
    Some((estimate.value - half, estimate.value + half))
}

/// What is known of a drawn entity.
struct Seen<'d> {
    drawn: &'d DrawnEntity,
    met: bool,
    found: bool,
}

/// What became of a drawn entity since the draw: met with a result, and a problem found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CameOf {
    /// Met, with a result.
    pub met: bool,
    /// A problem was found.
    pub found: bool,
}

/// What became of the drawn of each draw. `marks` are those of the inspections on the as-of day; inspections before the day of
/// a draw do not count for it.
pub fn came_of(drawn: &Drawn, inspections: &Inspections, marks: &[Marks]) -> Vec<Vec<CameOf>> {
    let mut came: Vec<Vec<CameOf>> = drawn.draws.iter().map(|draw| vec![CameOf::default(); draw.drawn.len()]).collect();
    for (inspection, &marks) in inspections.inspections.iter().zip(marks) {
        for (draw, place) in drawn.rows_until(inspections.drawn[inspection.entity as usize], day(inspection.inspected))
        {
            let came = &mut came[draw as usize][place as usize];
            came.met |= marks & marks::MET != 0;
            came.found |= marks & marks::PROBLEM != 0;
        }
    }
    came
}

/// The estimates of each draw from what became of its drawn.
pub fn estimates(drawn: &Drawn, came_of: &[Vec<CameOf>]) -> Vec<EstimateRow> {
    let of = |(draw, came): (&PublishedDraw, &Vec<CameOf>)| {
        let seen: Vec<Seen<'_>> =
            draw.drawn.iter().zip(came).map(|(drawn, came)| Seen { drawn, met: came.met, found: came.found }).collect();
        of_draw(draw, &seen)
    };
    drawn.draws.iter().zip(came_of).flat_map(of).collect()
}

/// The member of an entity under a cut.
type MemberOf = fn(&DrawnEntity) -> Option<&str>;

fn of_draw(draw: &PublishedDraw, seen: &[Seen<'_>]) -> Vec<EstimateRow> {
    // Class: stratum, and whether the entity was certain.
    let class = |one: &Seen<'_>| (one.drawn.stratum, one.drawn.pi >= 1.0);
    let mut counts: BTreeMap<(u32, bool), (f64, f64)> = BTreeMap::new();
    for one in seen {
        let (drawn, met) = counts.entry(class(one)).or_insert((0.0, 0.0));
        *drawn += 1.0;
        *met += f64::from(u8::from(one.met));
    }
    let mut sample: Vec<(&Seen<'_>, f64)> = seen
        .iter()
        .filter(|one| one.met)
        .map(|one| {
            let (drawn, met) = counts[&class(one)];
            (one, one.drawn.pi * met / drawn)
        })
        .collect();
    sample.sort_by_key(|(one, _)| one.drawn.stratum);
    let mut domains: Vec<(&'static str, String)> = vec![("all", "all".to_owned())];
    let cuts: [(&'static str, MemberOf); 3] = [
        ("grade", |entity| Some(entity.grade.name())),
        ("station", |entity| entity.station.as_deref()),
        ("industry", |entity| entity.industry.as_deref()),
    ];
    for (cut, member) in cuts {
        let mut members: Vec<&str> = seen.iter().map(|one| member(one.drawn).unwrap_or(NO_MEMBER)).collect();
        members.sort_unstable();
        members.dedup();
        domains.extend(members.into_iter().map(|member| (cut, member.to_owned())));
    }
    let is_of = |one: &Seen<'_>, cut: &str, member: &str| {
        let own = cuts.iter().find(|(name, _)| *name == cut).map(|(_, of)| of(one.drawn).unwrap_or(NO_MEMBER));
        own.is_none_or(|own| own == member)
    };
    domains
        .into_iter()
        .map(|(cut, member)| {
            let observed: Vec<Observed> = sample
                .iter()
                .map(|(one, lambda)| Observed {
                    stratum: one.drawn.stratum,
                    lambda: *lambda,
                    finding: f64::from(u8::from(one.found)),
                    in_domain: is_of(one, cut, &member),
                })
                .collect();
            let estimated = domain(draw.design, &observed);
            let count = |holds: &dyn Fn(&Seen<'_>) -> bool| {
                seen.iter().filter(|one| is_of(one, cut, &member) && holds(one)).count() as i64
            };
            EstimateRow {
                draw: draw.name.clone(),
                cut,
                population: seen.iter().filter(|one| is_of(one, cut, &member)).map(|one| 1.0 / one.drawn.pi).sum(),
                drawn: count(&|_| true),
                met: count(&|one| one.met),
                found: count(&|one| one.found),
                rate: estimated.map(|estimated| estimated.rate),
                total: estimated.map(|estimated| estimated.total),
                collapsed: estimated.map_or(0, |estimated| estimated.collapsed as i64),
                member,
            }
        })
        .collect()
}
