//! The draw over a scored frame: lots, probabilities, selection.

use crate::frame::ScoredFrame;
use crate::keys::PLAIN_LENGTH;
use crate::plan::Plan;
use crate::sampling::lots::LotError;
use crate::sampling::{
    DrawError, DrawRequest, InclusionError, LotKey, Lots, Population, StratumDraw, draw, fill_probabilities,
};

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
    /// Permanent random numbers that the agency keeps, strictly between 0 and 1.
    Prn(Vec<f64>),
}

impl LotColumn {
    /// As the draw reads them.
    pub fn lots(&self) -> Lots<'_> {
        match self {
            Self::Tickets { tickets, .. } => Lots::Tickets(tickets),
            Self::Prn(numbers) => Lots::Prn(numbers),
        }
    }
}

/// The result of a draw, in the order of the frame's rows.
#[derive(Debug)]
pub struct DrawResult {
    /// The lots.
    pub lots: LotColumn,
    /// Sizes, probabilities and selection of each stratum.
    pub strata: Vec<StratumDraw>,
    /// π of each entity.
    pub pi: Vec<f64>,
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
    /// Gives every entity its lot and its probability, and draws.
    ///
    /// # Errors
    /// [`LotteryError`] naming the entity or the stratum.
    pub fn of(scored: &ScoredFrame, plan: &Plan) -> Result<Self, LotteryError> {
        Self::with_lots(scored, plan, lots_of(scored, plan)?)
    }

    /// Draws by lots that are already there.
    ///
    /// # Errors
    /// [`LotteryError::Stratum`] naming the stratum.
    pub fn with_lots(scored: &ScoredFrame, plan: &Plan, lots: LotColumn) -> Result<Self, LotteryError> {
        let population =
            Population { weights: &scored.weights.weight, lots: lots.lots(), strata: Some(&scored.strata.drawable) };
        let request = DrawRequest {
            sizes: &scored.strata.sizes,
            design: plan.draw.design,
            alpha: plan.draw.alpha,
            reserve: plan.draw.reserve,
        };
        let strata = draw(&population, &request).map_err(|DrawError { stratum, reason }| LotteryError::Stratum {
            stratum: scored.strata.names[stratum as usize].clone(),
            reason,
        })?;
        let mut pi = vec![0.0; scored.frame.len()];
        fill_probabilities(&population, plan.draw.design, &strata, &mut pi);
        let mut selected = vec![false; scored.frame.len()];
        for (row, pi) in pi.iter_mut().enumerate() {
            if scored.eligibility.is_certain(row) {
                *pi = 1.0;
                selected[row] = true;
            }
        }
        for stratum in &strata {
            let by_lot = stratum.drawn.iter().map(|selected| selected.row);
            for row in stratum.inclusion.take_all.iter().copied().chain(by_lot) {
                selected[row as usize] = true;
            }
        }
        Ok(Self { lots, strata, pi, selected })
    }

    /// How many are selected, certain ones included.
    pub fn count(&self) -> u64 {
        self.selected.iter().filter(|&&selected| selected).count() as u64
    }
}

fn lots_of(scored: &ScoredFrame, plan: &Plan) -> Result<LotColumn, LotteryError> {
    match (&plan.draw.prn_column, &plan.draw.seed) {
        (Some(column), _) => prn(scored, column).map(LotColumn::Prn),
        (None, Some(seed)) => {
            let key = LotKey::derive(seed, &plan.draw.stream)?;
            Ok(LotColumn::Tickets { tickets: tickets(scored, &key), key })
        }
        (None, None) => Err(LotteryError::NoSeed),
    }
}

/// The ticket of every entity of the frame.
pub fn tickets(scored: &ScoredFrame, key: &LotKey) -> Vec<u64> {
    let frame = &scored.frame;
    key.tickets_of(frame.len(), |row, bytes| {
        bytes.extend_from_slice(frame.space.unpack(frame.keys[row], &mut [0; PLAIN_LENGTH]).as_bytes());
    })
}

fn prn(scored: &ScoredFrame, name: &str) -> Result<Vec<f64>, LotteryError> {
    let frame = &scored.frame;
    let fault = |row: usize, value: String| LotteryError::Prn { id: frame.id(row), column: name.to_owned(), value };
    let Some(numbers) = frame.attribute(name) else {
        return Err(fault(0, "no such column".to_owned()));
    };
    let checked = |row: usize| match numbers.number(row) {
        Some(number) if number > 0.0 && number < 1.0 => Ok(number),
        Some(number) => Err(fault(row, number.to_string())),
        None => Err(fault(row, "nothing".to_owned())),
    };
    (0..frame.len()).map(checked).collect()
}
