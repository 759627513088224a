//! The draw over a scored frame: lots, probabilities, selection.

use crate::frame::{Frame, FrameError, ScoredFrame};
use crate::keys::PLAIN_LENGTH;
use crate::part::Part;
use crate::plan::Draw;
use crate::sampling::lots::LotError;
use crate::sampling::{
    Design, DrawError, DrawRequest, InclusionError, LotKey, Lots, Population, StratumDraw, draw, fill_probabilities,
};
use crate::task::Method;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// The lots of a frame, in the order of its rows.
#[derive(Clone, Debug)]
pub enum LotColumn {
    /// From seed and stream.
    Tickets {
        /// Key of the lots.
        key: LotKey,
        /// Ticket of each entity.
        tickets: Vec<u64>,
    },
    /// Permanent random numbers that the agency keeps, strictly between 0 and 1.
    Prn {
        /// The column of the registry.
        column: String,
        /// Number of each entity.
        numbers: Vec<f64>,
    },
}

impl LotColumn {
    /// Of no entity yet: from the plan's seed and a stream, or from its column of permanent random numbers.
    ///
    /// # Errors
    /// [`LotteryError`] for a plan that names neither, or a seed that cannot be one.
    pub fn new(draw: &Draw, stream: &str) -> Result<Self, LotteryError> {
        match (&draw.prn_column, &draw.seed) {
            (Some(column), _) => Ok(Self::Prn { column: column.clone(), numbers: Vec::new() }),
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
            Self::Prn { column, numbers } => push_prn(numbers, part, column)?,
        }
        Ok(())
    }

    /// As the draw reads them.
    pub fn lots(&self) -> Lots<'_> {
        match self {
            Self::Tickets { tickets, .. } => Lots::Tickets(tickets),
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
        let certain = (0..scored.frame.len()).into_par_iter().map(|row| scored.standing.is_certain(row));
        let mut selected: Vec<bool> = certain.collect();
        for stratum in &strata {
            let by_lot = stratum.drawn.iter().map(|selected| selected.row);
            for row in stratum.inclusion.take_all.iter().copied().chain(by_lot) {
                selected[row as usize] = true;
            }
        }
        Ok(Self { lots, strata, design: method.design, selected })
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
    key.tickets_of(part.len(), |row, bytes| {
        bytes.extend_from_slice(part.space.unpack(part.keys[row], &mut [0; PLAIN_LENGTH]).as_bytes());
    })
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
