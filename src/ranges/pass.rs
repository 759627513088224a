//! The passes over the parts of a frame: what the coordinator asks, and what a part answers.

use super::{Job, Place, RangesError, packed, unpacked};
use crate::contract;
use crate::frame::Frame;
use crate::ingest;
use crate::lottery::{DrawResult, LotColumn};
use crate::plan::Plan;
use crate::publish::frame_table::{self, DrawnFrame, FrameTable, PartTable};
use crate::publish::manifest::OutputRecord;
use crate::publish::run_folder::{Beside, key_values};
use crate::publish::summary::Tally;
use crate::publish::{ListedRow, distinct};
use crate::published::PublishedRun;
use crate::run::arcs_left;
use crate::sampling::{Found, Inclusion, KeyPass, OUTSIDE, Selected, StratumDraw, WeightPass};
use crate::scoring::{Made, ScoreError, Scoring, each_scoring};
use crate::spread::{Arcs, SpreadRow};
use crate::task::{Census, Strata, StratumCounts};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// What the coordinator asks of every part.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// The parts.
    pub places: Vec<Place>,
    /// Names of the strata of each draw, once they are known.
    pub strata: Vec<Vec<String>>,
    /// What is asked.
    pub pass: Pass,
}

/// A pass, with what it goes by: for each draw, stratum by stratum.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Pass {
    /// Who there is.
    Census,
    /// Whose weight lies between these bounds.
    Look(Vec<Vec<Range<u64>>>),
    /// The heaviest, as many as are to be drawn.
    Heaviest(Vec<Vec<u64>>),
    /// The smallest keys; `bounded`: only those below a bound that almost surely lets enough through.
    Keys { inclusions: Vec<Vec<Inclusion>>, bounded: bool },
    /// What the draws made of the entities.
    Outcome(Vec<Vec<StratumDraw>>),
}

/// What a part answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub range: u32,
    /// For each draw.
    pub draws: Vec<OfDraw>,
    /// The arcs after the draws, where any has spread.
    pub spread: Vec<SpreadRow>,
}

/// What it answers of a draw.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum OfDraw {
    Census(Census),
    Look(Vec<Vec<Found<u32>>>),
    /// States of passes; none where the part has nobody of the stratum.
    States(Vec<Option<Vec<u8>>>),
    /// The list, whose entities are in a file, and the tallies; with the part of the frame where that is of one draw.
    Outcome {
        rows: Vec<ListedRow>,
        tallies: Vec<Tally>,
        frame: Option<OutputRecord>,
    },
}

/// Answers a request of the coordinator for the part at `place` among those of the request.
///
/// # Errors
/// [`RangesError`] for a part that cannot be read, weighed, given lots or written.
pub fn work(job: &Job, request: &[u8], place: usize) -> Result<Vec<u8>, RangesError> {
    let request: Request = unpacked(request)?;
    let no_place = || RangesError::Travelled(format!("there is no part {place}"));
    let place = *request.places.get(place).ok_or_else(no_place)?;
    let plan = job.plan()?;
    let run = PublishedRun::of_table(contract::FRAME.file, &job.joined(&plan, place.range))?;
    let frame = Arc::new(Arc::new(run).frame(&plan, u64::MAX)?);
    let wanted = !matches!(request.pass, Pass::Census);
    let arcs = if wanted { arcs_of(job, &plan, place.range)? } else { Arcs::default() };
    let own = |draw: usize, scoring: Scoring<'_>, lots: Option<Arc<LotColumn>>| {
        answer((job, &plan, &request), place, &frame, (draw, scoring, lots))
    };
    let Made { made, spent } = each_scoring(&frame, &plan, wanted.then_some(&arcs), &|_| (), own)?;
    let mut answer = Answer { range: place.range, draws: made, spread: Vec::new() };
    if matches!(request.pass, Pass::Outcome(_)) {
        let rows = answer.draws.iter().flat_map(|draw| match draw {
            OfDraw::Outcome { rows, .. } => rows.as_slice(),
            _ => &[],
        });
        let listed: Vec<u32> = distinct(rows).into_iter().map(|row| row - place.first).collect();
        if !listed.is_empty() {
            let entities = Frame::of(vec![frame.take(&listed).map_err(ScoreError::from)?]);
            let table = FrameTable::of(&plan, &entities, None).map_err(ScoreError::from)?;
            let tags = key_values(&plan);
            job.write(&job.listed(place.range), |path| frame_table::write(path, &table, tags, &mut |_| (), &|_| ()))?;
        }
        if plan.methods().any(|method| method.spread) {
            answer.spread = arcs.after(&frame, &spent).map_err(ScoreError::from)?;
        }
    }
    packed(&answer)
}

/// The arcs of the ids of a range.
fn arcs_of(job: &Job, plan: &Plan, range: u32) -> Result<Arcs, RangesError> {
    if !plan.methods().any(|method| method.spread) {
        return Ok(Arcs::default());
    }
    let rounds = ingest::earlier_rounds(plan)?;
    Ok(arcs_left(plan, &rounds, &|id| job.holds(range, id))?)
}

/// What a draw answers.
fn answer(
    (job, plan, request): (&Job, &Plan, &Request),
    place: Place,
    frame: &Arc<Frame>,
    (draw, scoring, lots): (usize, Scoring<'_>, Option<Arc<LotColumn>>),
) -> Result<OfDraw, RangesError> {
    if matches!(request.pass, Pass::Census) {
        return Ok(OfDraw::Census(scoring.census()));
    }
    let strata = named(&request.strata[draw]);
    if let Pass::Outcome(draws) = &request.pass {
        let drawn = drawn_frame(place, frame, &draws[draw], (scoring, strata, lots))?;
        let mut beside = Beside::new(&drawn);
        let mut written = None;
        if plan.tasks().is_empty() {
            let table = FrameTable::of(plan, frame, Some(&drawn)).map_err(ScoreError::from)?;
            let mut each = |part: &PartTable<'_>| _ = beside.push(part.first, &part.part, &part.pi);
            written = Some(job.write_part(contract::FRAME.file, place.range, |path| {
                frame_table::write(path, &table, key_values(plan), &mut each, &|_| ())
            })?);
        } else {
            beside.push_all().map_err(ScoreError::from)?;
        }
        let (mut rows, tallies) = beside.into_pieces();
        rows.iter_mut().for_each(|row| row.entity += place.first);
        return Ok(OfDraw::Outcome { rows, tallies, frame: written });
    }
    let settled = scoring.finish_as(frame.clone(), strata, lots);
    let (lots, design, scored) = (settled.lots().map_err(ScoreError::from)?, settled.method.design, settled.scored);
    let lots = lots.lots();
    let count = scored.strata.names.len();
    // Weight, place of the stratum and row of everybody whom the lot may decide on.
    let rows = || {
        let rows = scored.strata.stratum_of.iter().zip(&scored.weights).enumerate();
        rows.filter(|(_, (stratum, weight))| **stratum != OUTSIDE && **weight > 0)
            .map(|(row, (&stratum, &weight))| (row, stratum as usize, weight))
    };
    let global = |row: usize| place.first + row as u32;
    Ok(match &request.pass {
        Pass::Look(bounds) => {
            let mut found = vec![Vec::new(); count];
            for (row, stratum, weight) in rows() {
                let weight = design.size_measure(weight);
                if bounds[draw].get(stratum).is_some_and(|bounds| bounds.contains(&weight)) {
                    found[stratum].push((weight, lots.tie(row), global(row)));
                }
            }
            OfDraw::Look(found)
        }
        Pass::Heaviest(sizes) => {
            let mut passes: Vec<Option<WeightPass>> = vec![None; count];
            for (row, stratum, weight) in rows() {
                let pass = passes[stratum].get_or_insert_with(|| WeightPass::new(sizes[draw][stratum], design));
                pass.push_with(weight, lots.tie(row), || global(row));
            }
            OfDraw::States(passes.iter().map(|pass| pass.as_ref().map(WeightPass::to_bytes)).collect())
        }
        Pass::Keys { inclusions, bounded } => {
            let reserve = settled.method.reserve;
            let mut passes: Vec<Option<KeyPass<'_>>> = (0..count).map(|_| None).collect();
            for (row, stratum, weight) in rows() {
                let inclusion = &inclusions[draw][stratum];
                let pass = passes[stratum].get_or_insert_with(|| match bounded {
                    true => KeyPass::bounded(inclusion, design, reserve),
                    false => KeyPass::new(inclusion, design, reserve),
                });
                pass.push_with(weight, lots.u(row), lots.tie(row), || global(row));
            }
            OfDraw::States(passes.iter().map(|pass| pass.as_ref().map(KeyPass::to_bytes)).collect())
        }
        Pass::Census | Pass::Outcome(_) => unreachable!("answered above"),
    })
}

/// Strata of these names; how many are in them the coordinator knows.
fn named(names: &[String]) -> Strata {
    Strata {
        names: names.to_vec(),
        stratum_of: Vec::new(),
        counts: vec![StratumCounts::default(); names.len()],
        sizes: vec![0; names.len()],
        live: Default::default(),
        warnings: Vec::new(),
    }
}

/// A part with the draw over all parts.
fn drawn_frame<'p>(
    place: Place,
    frame: &Arc<Frame>,
    strata: &[StratumDraw],
    (scoring, names, lots): (Scoring<'p>, Strata, Option<Arc<LotColumn>>),
) -> Result<DrawnFrame<'p>, RangesError> {
    let settled = scoring.finish_as(frame.clone(), names, lots);
    let lots = settled.lots().map_err(ScoreError::from)?;
    let (task, method, scored) = (settled.task, settled.method, settled.scored);
    let own = strata.iter().map(|draw| of_part(draw, place)).collect();
    let drawn = DrawResult::of_strata(&scored, lots, own, method.design);
    drawn.lots.consume(&scored, &drawn);
    Ok(DrawnFrame { task, method, scored, drawn })
}

/// Those of a stratum's draw who are in the part, by their rows there; numbers are those of the whole stratum.
fn of_part(draw: &StratumDraw, place: Place) -> StratumDraw {
    let own = |list: &[Selected]| -> Vec<Selected> {
        let here = list.iter().filter(|selected| place.holds(selected.row));
        here.map(|selected| Selected { row: selected.row - place.first, key: selected.key }).collect()
    };
    let StratumDraw { inclusion, drawn, reserve, cut_line, next_key } = draw;
    let taken = inclusion.take_all.iter().filter(|row| place.holds(**row)).map(|row| row - place.first).collect();
    StratumDraw {
        inclusion: Inclusion { take_all: taken, ..inclusion.clone() },
        drawn: own(drawn),
        reserve: own(reserve),
        cut_line: *cut_line,
        next_key: *next_key,
    }
}
