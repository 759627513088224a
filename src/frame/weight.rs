//! The weight of every entity, with every factor kept.

use super::Frame;
use crate::plan::{Blend, Direction, Plan, RiskWeight};
use crate::score::{self, Factor, FactorValues, WeightFault, micro, risk_factor, risk_of};
use rayon::prelude::*;

/// Weights and what they are made of.
#[derive(Debug)]
pub struct Weights {
    /// Weight of each entity, micro-units.
    pub weight: Vec<u64>,
    /// The factors in the order of multiplication.
    pub factors: Vec<FactorColumn>,
    /// Blended risk in 0..=1, NaN where no model scores the entity; `None` if the plan weighs no risk.
    pub risk: Option<Vec<f64>>,
}

/// A factor for every entity, small where it follows from a code.
#[derive(Debug)]
pub enum FactorColumn {
    /// By grade or color.
    ByCode {
        /// `grade` or `color`.
        name: &'static str,
        /// Code of each entity.
        codes: Vec<u8>,
        /// Factor of each code, micro-units.
        table: Vec<u64>,
    },
    /// One value for each entity, micro-units.
    ByRow {
        /// `column`, `risk` or `flags`.
        name: &'static str,
        /// The values.
        values: Vec<u64>,
    },
}

impl FactorColumn {
    /// `column`, `grade`, `color`, `risk` or `flags`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ByCode { name, .. } | Self::ByRow { name, .. } => name,
        }
    }

    /// As [`crate::score`] reads it.
    pub fn as_factor(&self) -> Factor<'_> {
        match self {
            Self::ByCode { name, codes, table } => Factor { name, values: FactorValues::ByCode { codes, table } },
            Self::ByRow { name, values } => Factor { name, values: FactorValues::ByRow(values) },
        }
    }
}

/// Why an entity has no weight.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    /// The weight column has no usable number for an entity.
    #[error(
        "entity `{id}` has {value} in the weight column `{column}`; it needs 0, or a number from 0.000001 to 9,000,000,000 (fix the row, or change weight.column)"
    )]
    Column {
        /// The entity.
        id: String,
        /// The column.
        column: String,
        /// What is there.
        value: String,
    },
    /// The product is too large.
    #[error("the weight of entity `{id}` passes 9,007,199,254 at the factor `{factor}`; lower weight.{factor}")]
    Overflow {
        /// The entity.
        id: String,
        /// The factor at which it happened.
        factor: &'static str,
    },
    /// The product is too small.
    #[error(
        "the weight of entity `{id}` is below 0.0000005 and would count as 0, although none of its factors is 0; raise the factors under [weight] (only their ratios matter), or write 0 for entities that are never drawn"
    )]
    Vanishes {
        /// The entity.
        id: String,
    },
}

impl Weights {
    /// Weighs every entity of the frame by the plan's factors.
    ///
    /// # Errors
    /// [`WeightError`] naming the first entity without a usable weight.
    pub fn of(frame: &Frame, plan: &Plan) -> Result<Self, WeightError> {
        let rule = &plan.weight;
        let mut factors = Vec::new();
        if let Some(column) = &rule.column {
            factors.push(FactorColumn::ByRow { name: "column", values: column_factor(frame, column)? });
        }
        if let Some(table) = rule.grade {
            let codes = frame.grade.iter().map(|grade| grade.code()).collect();
            factors.push(FactorColumn::ByCode { name: "grade", codes, table: table.to_vec() });
        }
        if let Some(table) = rule.color {
            let codes = frame.color.iter().map(|color| color.code()).collect();
            factors.push(FactorColumn::ByCode { name: "color", codes, table: table.to_vec() });
        }
        let risk = rule.risk.as_ref().map(|rule| blended_risk(frame, plan, rule));
        if let (Some(rule), Some(risk)) = (&rule.risk, &risk) {
            let factor =
                |&risk: &f64| risk_factor(if risk.is_nan() { rule.missing } else { risk }, rule.lowest, rule.highest);
            factors.push(FactorColumn::ByRow { name: "risk", values: risk.par_iter().map(factor).collect() });
        }
        if !rule.flags.is_empty() {
            factors.push(FactorColumn::ByRow { name: "flags", values: flags_factor(frame, plan)? });
        }
        let views: Vec<Factor<'_>> = factors.iter().map(FactorColumn::as_factor).collect();
        let weight = score::weights(&views, frame.len()).map_err(|fault| match fault {
            WeightFault::Overflow { row, factor } => WeightError::Overflow { id: frame.id(row), factor },
            WeightFault::Vanishes { row } => WeightError::Vanishes { id: frame.id(row) },
        })?;
        Ok(Self { weight, factors, risk })
    }
}

fn column_factor(frame: &Frame, name: &str) -> Result<Vec<u64>, WeightError> {
    let fault = |row: usize, value: String| WeightError::Column { id: frame.id(row), column: name.to_owned(), value };
    let Some(numbers) = frame.attribute(name) else {
        return Err(fault(0, "no such column".to_owned()));
    };
    let factor = |row: usize| {
        let value = numbers.number(row);
        let vanishes = |&factor: &u64| factor == 0 && value.is_some_and(|value| value > 0.0);
        value
            .and_then(micro)
            .filter(|factor| !vanishes(factor))
            .ok_or_else(|| fault(row, value.map_or("nothing".to_owned(), |value| value.to_string())))
    };
    (0..frame.len()).into_par_iter().map(factor).collect()
}

/// A risk model as the blend sees it.
struct Model<'a> {
    share: f64,
    scores: &'a [f64],
    range: (f64, f64),
    safer: bool,
}

/// Blends the models of the plan, in the order of their names.
fn blended_risk(frame: &Frame, plan: &Plan, rule: &RiskWeight) -> Vec<f64> {
    let models: Vec<Model<'_>> = rule
        .models
        .iter()
        .filter_map(|(model, share)| {
            let scores = frame.scores.iter().find(|score| score.model == *model)?;
            let input = plan.inputs.risk.iter().find(|input| input.model == *model)?;
            let safer = input.direction == Direction::HigherIsSafer;
            Some(Model { share: *share, scores: &scores.values, range: input.range, safer })
        })
        .collect();
    let how = match rule.blend {
        Blend::WeightedMean => score::Blend::WeightedMean,
        Blend::Maximum => score::Blend::Maximum,
    };
    let blend = |row: usize| {
        let risk = |model: &Model<'_>| (model.share, risk_of(model.scores[row], model.range, model.safer));
        score::blend(how, models.iter().map(risk)).unwrap_or(f64::NAN)
    };
    (0..frame.len()).into_par_iter().map(blend).collect()
}

/// The product of the factors of the flags that an entity carries.
fn flags_factor(frame: &Frame, plan: &Plan) -> Result<Vec<u64>, WeightError> {
    let Some(flags) = &frame.flags else {
        return Ok(vec![score::ONE; frame.len()]);
    };
    let factors: Vec<(u32, u64)> = plan.weight.flags.iter().map(|(name, &factor)| (flags.mask(name), factor)).collect();
    let product = |(row, &bits): (usize, &u32)| {
        let carried = || factors.iter().filter(|(mask, _)| bits & mask != 0).map(|&(_, factor)| factor);
        let product = carried()
            .try_fold(score::ONE, score::multiply)
            .ok_or_else(|| WeightError::Overflow { id: frame.id(row), factor: "flags" })?;
        let vanishes = product == 0 && carried().all(|factor| factor > 0);
        if vanishes { Err(WeightError::Vanishes { id: frame.id(row) }) } else { Ok(product) }
    };
    flags.bits.iter().enumerate().map(product).collect()
}
