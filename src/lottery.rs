//! The draw over a scored frame: lots, probabilities, selection.

use crate::frame::{Frame, FrameError, ScoredFrame};
use crate::keys::PLAIN_LENGTH;
use crate::part::Part;
use crate::plan::Plan;
use crate::sampling::lots::LotError;
use crate::sampling::spread::{Arc as Positions, Turn};
use crate::sampling::{
    Design, DrawError, DrawRequest, InclusionError, LotKey, Lots, Population, StratumDraw, draw, fill_probabilities,
};
use crate::spread::{Arcs, Lookup, SpentRow, StreamArcs};
use crate::task::{Conditions, Method, rows_that_meet};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The lots of a frame, in the order of its rows.
#[derive(Debug)]
pub enum LotColumn {
    /// From seed and stream.
    Tickets {
        /// Key of the lots.
        key: LotKey,
        /// Ticket of each entity.
        tickets: Vec<u64>,
    },
    /// From seed and stream, spread over the year: the ticket picks a position on the arc that the entity has left.
    Spread(Box<SpreadLots>),
    /// Permanent random numbers that the agency keeps, strictly between 0 and 1.
    Prn {
        /// The column of the registry.
        column: String,
        /// Number of each entity.
        numbers: Vec<f64>,
    },
}

/// Lots that are spread over the year.
#[derive(Debug)]
pub struct SpreadLots {
    /// Key of the lots.
    key: LotKey,
    /// Ticket of each entity.
    tickets: Vec<u64>,
    /// Position of each entity, which stands for its ticket.
    positions: Vec<u64>,
    /// Arcs before the draw, by row, full ones left out.
    arcs: Vec<(u32, Positions)>,
    /// The arcs of the stream, by id.
    earlier: StreamArcs,
    /// Entities that enter with the full arc.
    reset: Conditions,
    /// What each entity has consumed so far, the most of any task.
    consumed: Vec<AtomicU64>,
}

impl SpreadLots {
    fn push(&mut self, part: &Part) {
        let first = self.tickets.len();
        self.tickets.extend(tickets_of(part, &self.key));
        let mut buffer = [0; PLAIN_LENGTH];
        let is_reset = rows_that_meet(part, &self.reset);
        let mut lookup = Lookup::new(&self.earlier);
        for (row, is_reset) in is_reset.into_iter().enumerate() {
            let earlier = match self.earlier.is_empty() {
                true => Positions::FULL,
                false => lookup.arc(part.space.unpack(part.keys[row], &mut buffer)),
            };
            let arc = if is_reset { Positions::FULL } else { earlier };
            if arc != Positions::FULL {
                self.arcs.push(((first + row) as u32, arc));
            }
            self.positions.push(arc.position(self.tickets[first + row]));
            self.consumed.push(AtomicU64::new(0));
        }
    }
}

impl LotColumn {
    /// Of no entity yet: from the plan's seed and a stream, on the `arcs` that are left where the stream is spread, or from its
    /// column of permanent random numbers.
    ///
    /// # Errors
    /// [`LotteryError`] for a plan that names neither, or a seed that cannot be one.
    pub fn new(plan: &Plan, arcs: &Arcs, stream: &str) -> Result<Self, LotteryError> {
        match (&plan.draw.prn_column, &plan.draw.seed) {
            (Some(column), _) => Ok(Self::Prn { column: column.clone(), numbers: Vec::new() }),
            (None, Some(seed)) if plan.spreads(stream) => Ok(Self::Spread(Box::new(SpreadLots {
                key: LotKey::derive(seed, stream)?,
                tickets: Vec::new(),
                positions: Vec::new(),
                arcs: Vec::new(),
                earlier: arcs.0.get(stream).cloned().unwrap_or_default(),
                reset: plan.draw.reset.clone(),
                consumed: Vec::new(),
            }))),
            (None, Some(seed)) => Ok(Self::Tickets { key: LotKey::derive(seed, stream)?, tickets: Vec::new() }),
            (None, None) => Err(LotteryError::NoSeed),
        }
    }

    /// Gives lots to the entities of a part, which come after all so far.
    ///
    /// # Errors
    /// [`LotteryError::Prn`] naming the entity without a usable number.
    pub fn push(&mut self, part: &Part) -> Result<(), LotteryError> {
        match self {
            Self::Tickets { key, tickets } => tickets.extend(tickets_of(part, key)),
            Self::Spread(spread) => spread.push(part),
            Self::Prn { column, numbers } => push_prn(numbers, part, column)?,
        }
        Ok(())
    }

    /// The tickets, where lots come from a seed.
    pub fn tickets(&self) -> Option<&[u64]> {
        match self {
            Self::Tickets { tickets, .. } => Some(tickets),
            Self::Spread(spread) => Some(&spread.tickets),
            Self::Prn { .. } => None,
        }
    }

    /// Counts what a draw by these lots consumes of the arcs; nothing where they are not spread.
    pub fn consume(&self, scored: &ScoredFrame, drawn: &DrawResult) {
        const BLOCK: usize = 1 << 16;
        let Self::Spread(spread) = self else { return };
        let consumed = &spread.consumed;
        let turn =
            |stratum: &StratumDraw| Turn { design: drawn.design, last: stratum.cut_line, next: stratum.next_key };
        let turns: Vec<Turn> = drawn.strata.iter().map(turn).collect();
        for first in (0..consumed.len()).step_by(BLOCK) {
            let rows = first..(first + BLOCK).min(consumed.len());
            for (row, pi) in rows.clone().zip(drawn.pi(scored, rows)) {
                let stratum = scored.strata.stratum_of[row];
                let Some(turn) = turns.get(stratum as usize) else { continue };
                consumed[row].fetch_max(turn.consumed(pi, drawn.selected[row]), Relaxed);
            }
        }
    }

    /// What the draws of the stream have spent of the arcs; none where they are not spread.
    pub fn spent(&self) -> Option<Vec<SpentRow>> {
        let Self::Spread(spread) = self else { return None };
        let SpreadLots { positions, arcs, consumed, .. } = &**spread;
        let mut before = arcs.iter().peekable();
        let mut spent = Vec::new();
        for (row, (&position, consumed)) in (0u32..).zip(positions.iter().zip(consumed)) {
            let arc = before.next_if(|(own, _)| *own == row).map_or(Positions::FULL, |(_, arc)| *arc);
            let after = arc.after(position, consumed.load(Relaxed));
            if after != Positions::FULL {
                spent.push(SpentRow { row, before: arc, after });
            }
        }
        Some(spent)
    }

    /// As the draw reads them.
    pub fn lots(&self) -> Lots<'_> {
        match self {
            Self::Tickets { tickets, .. } => Lots::Tickets(tickets),
            Self::Spread(spread) => Lots::Tickets(&spread.positions),
            Self::Prn { numbers, .. } => Lots::Prn(numbers),
        }
    }
}

/// The result of a draw, in the order of the frame's rows.
#[derive(Debug)]
pub struct DrawResult {
    /// The lots.
    pub lots: Arc<LotColumn>,
    /// Sizes, probabilities and selection of each stratum.
    pub strata: Vec<StratumDraw>,
    /// The design.
    pub design: Design,
    /// Whether each entity is drawn: certain by rule, take-all, or at random.
    pub selected: Vec<bool>,
}

/// Why a frame cannot be drawn from.
#[derive(Debug, thiserror::Error)]
pub enum LotteryError {
    /// The plan names neither a seed nor a column of permanent random numbers.
    #[error("the plan names no seed; write draw.seed, give --seed, or name draw.prn-column")]
    NoSeed,
    /// Seed or stream cannot be used.
    #[error("{0}; change draw.seed or draw.stream")]
    Lot(#[from] LotError),
    /// A permanent random number is missing or out of range.
    #[error("entity `{id}` has {value} in the column `{column}`; a permanent random number is above 0 and below 1")]
    Prn {
        /// The entity.
        id: String,
        /// The column.
        column: String,
        /// What is there.
        value: String,
    },
    /// A part of the frame could not be read.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A stratum cannot be drawn.
    #[error("stratum `{stratum}`: {reason}; lower `size`, or widen [eligibility]")]
    Stratum {
        /// Name of the stratum.
        stratum: String,
        /// What is wrong.
        reason: InclusionError,
    },
}

impl DrawResult {
    /// Gives every entity its probability, and draws.
    ///
    /// # Errors
    /// [`LotteryError::Stratum`] naming the stratum.
    pub fn of(scored: &ScoredFrame, method: &Method, lots: Arc<LotColumn>) -> Result<Self, LotteryError> {
        let population =
            Population { weights: &scored.weights, lots: lots.lots(), strata: Some(&scored.strata.stratum_of) };
        let request = DrawRequest {
            sizes: &scored.strata.sizes,
            design: method.design,
            alpha: method.alpha,
            reserve: method.reserve,
        };
        let strata = draw(&population, &request).map_err(|DrawError { stratum, reason }| LotteryError::Stratum {
            stratum: scored.strata.names[stratum as usize].clone(),
            reason,
        })?;
        Ok(Self::of_strata(scored, lots, strata, method.design))
    }

    /// What a draw came to whose strata are drawn.
    pub fn of_strata(scored: &ScoredFrame, lots: Arc<LotColumn>, strata: Vec<StratumDraw>, design: Design) -> Self {
        let certain = (0..scored.frame.len()).into_par_iter().map(|row| scored.standing.is_certain(row));
        let mut selected: Vec<bool> = certain.collect();
        for stratum in &strata {
            let by_lot = stratum.drawn.iter().map(|selected| selected.row);
            for row in stratum.inclusion.take_all.iter().copied().chain(by_lot) {
                selected[row as usize] = true;
            }
        }
        Self { lots, strata, design, selected }
    }

    /// π of some rows: 1 for those that a rule made certain.
    pub fn pi(&self, scored: &ScoredFrame, rows: Range<usize>) -> Vec<f64> {
        let population =
            Population { weights: &scored.weights, lots: self.lots.lots(), strata: Some(&scored.strata.stratum_of) };
        let mut pi = vec![0.0; rows.len()];
        fill_probabilities(&population, self.design, &self.strata, rows.start, &mut pi);
        for (row, pi) in rows.zip(&mut pi) {
            if scored.standing.is_certain(row) {
                *pi = 1.0;
            }
        }
        pi
    }

    /// Takes the first `count` of a stratum's reserve in: cut line and next key move on.
    pub fn use_reserve(&mut self, stratum: usize, count: usize) {
        let StratumDraw { drawn, reserve, cut_line, next_key, .. } = &mut self.strata[stratum];
        let used = reserve.drain(..count.min(reserve.len()));
        for entity in used {
            self.selected[entity.row as usize] = true;
            *cut_line = Some(entity.key);
            drawn.push(entity);
        }
        if count > 0 {
            *next_key = reserve.first().map(|entity| entity.key);
        }
    }

    /// How many are selected, certain ones included.
    pub fn count(&self) -> u64 {
        self.selected.iter().filter(|&&selected| selected).count() as u64
    }
}

/// The ticket of every entity of the frame.
///
/// # Errors
/// A part of the frame that cannot be read.
pub fn tickets(frame: &Frame, key: &LotKey) -> Result<Vec<u64>, FrameError> {
    let mut tickets = Vec::with_capacity(frame.len());
    for part in frame.parts() {
        tickets.extend(tickets_of(&part?.1, key));
    }
    Ok(tickets)
}

fn tickets_of(part: &Part, key: &LotKey) -> Vec<u64> {
    key.tickets_of(part.len(), |row, bytes| part.space.append_to(part.keys[row], bytes))
}

fn push_prn(all: &mut Vec<f64>, part: &Part, name: &str) -> Result<(), LotteryError> {
    let fault = |row: usize, value: String| LotteryError::Prn { id: part.id(row), column: name.to_owned(), value };
    for row in 0..part.len() {
        let Some(numbers) = part.attribute(name) else {
            return Err(fault(row, "no such column".to_owned()));
        };
        match numbers.number(row) {
            Some(number) if number > 0.0 && number < 1.0 => all.push(number),
            Some(number) => return Err(fault(row, number.to_string())),
            None => return Err(fault(row, "nothing".to_owned())),
        }
    }
    Ok(())
}
