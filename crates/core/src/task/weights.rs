//! The weight of every entity, with every factor kept.

use crate::part::Part;
use crate::score::{self, Blend, Factor, FactorValues, WeightFault, micro, risk_factor, risk_of};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The factors of the weight. Factors are in micro-units (1.0 = 1,000,000), at most 9e15. A factor that the plan does
/// not name is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weighting {
    /// A column of the entities table.
    pub column: Option<String>,
    /// By grade, in the order A, B, C, D, unrated.
    pub grade: Option<[u64; 5]>,
    /// By colour, in the order green, yellow, red, none.
    pub color: Option<[u64; 4]>,
    /// By flag.
    pub flags: BTreeMap<String, u64>,
    /// From the risk scores.
    pub risk: Option<RiskWeighting>,
}

impl Weighting {
    /// Names of the factors, in the order of multiplication.
    pub fn factor_names(&self) -> Vec<&'static str> {
        let factors = [
            ("column", self.column.is_some()),
            ("grade", self.grade.is_some()),
            ("color", self.color.is_some()),
            ("risk", self.risk.is_some()),
            ("flags", !self.flags.is_empty()),
        ];
        factors.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

/// The factor from the risk scores: linear between `lowest` at risk 0 and `highest` at risk 1.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskWeighting {
    /// How several models become one risk.
    pub blend: Blend,
    /// The models, sorted by name.
    pub models: Vec<ModelShare>,
    /// Factor at risk 0, micro-units.
    pub lowest: u64,
    /// Factor at risk 1, micro-units.
    pub highest: u64,
    /// Risk of an entity without any score, 0..=1.
    pub missing: f64,
}

/// A risk model's share of the blended risk.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelShare {
    /// Name of the model.
    pub model: String,
    /// Its share, above 0.
    pub share: f64,
    /// Lowest and highest possible score.
    pub range: (f64, f64),
    /// Whether the highest score is the lowest risk, as with trust scores.
    pub higher_is_safer: bool,
}

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
    /// Weighs every entity of a part.
    ///
    /// # Errors
    /// [`WeightError`] naming the first entity without a usable weight.
    pub fn of(part: &Part, rule: &Weighting) -> Result<Self, WeightError> {
        let mut factors = Vec::new();
        if let Some(column) = &rule.column {
            factors.push(FactorColumn::ByRow { name: "column", values: column_factor(part, column)? });
        }
        if let Some(table) = rule.grade {
            let codes = part.grade.iter().map(|grade| grade.code()).collect();
            factors.push(FactorColumn::ByCode { name: "grade", codes, table: table.to_vec() });
        }
        if let Some(table) = rule.color {
            let codes = part.color.iter().map(|color| color.code()).collect();
            factors.push(FactorColumn::ByCode { name: "color", codes, table: table.to_vec() });
        }
        let risk = rule.risk.as_ref().map(|rule| blended_risk(part, rule));
        if let (Some(rule), Some(risk)) = (&rule.risk, &risk) {
            let factor =
                |&risk: &f64| risk_factor(if risk.is_nan() { rule.missing } else { risk }, rule.lowest, rule.highest);
            factors.push(FactorColumn::ByRow { name: "risk", values: risk.par_iter().map(factor).collect() });
        }
        if !rule.flags.is_empty() {
            factors.push(FactorColumn::ByRow { name: "flags", values: flags_factor(part, rule)? });
        }
        let views: Vec<Factor<'_>> = factors.iter().map(FactorColumn::as_factor).collect();
        let weight = score::weights(&views, part.len()).map_err(|fault| match fault {
            WeightFault::Overflow { row, factor } => WeightError::Overflow { id: part.id(row), factor },
            WeightFault::Vanishes { row } => WeightError::Vanishes { id: part.id(row) },
        })?;
        Ok(Self { weight, factors, risk })
    }
}

fn column_factor(part: &Part, name: &str) -> Result<Vec<u64>, WeightError> {
    let fault = |row: usize, value: String| WeightError::Column { id: part.id(row), column: name.to_owned(), value };
    let Some(numbers) = part.attribute(name) else {
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
    (0..part.len()).into_par_iter().map(factor).collect()
}

/// Blends the models, in the order of their names.
fn blended_risk(part: &Part, rule: &RiskWeighting) -> Vec<f64> {
    let of_part = |model: &'_ ModelShare| part.scores.iter().find(|score| score.model == model.model);
    let models: Vec<(&ModelShare, &[f64])> =
        rule.models.iter().filter_map(|model| Some((model, of_part(model)?.values.as_slice()))).collect();
    let blend = |row: usize| {
        let risk = |&(model, scores): &(&ModelShare, &[f64])| {
            (model.share, risk_of(scores[row], model.range, model.higher_is_safer))
        };
        score::blend(rule.blend, models.iter().map(risk)).unwrap_or(f64::NAN)
    };
    (0..part.len()).into_par_iter().map(blend).collect()
}

/// The product of the factors of the flags that an entity carries.
fn flags_factor(part: &Part, rule: &Weighting) -> Result<Vec<u64>, WeightError> {
    let Some(flags) = &part.flags else {
        return Ok(vec![score::ONE; part.len()]);
    };
    let factors: Vec<(u32, u64)> = rule.flags.iter().map(|(name, &factor)| (flags.mask(name), factor)).collect();
    let product = |(row, &bits): (usize, &u32)| {
        let carried = || factors.iter().filter(|(mask, _)| bits & mask != 0).map(|&(_, factor)| factor);
        let product = carried()
            .try_fold(score::ONE, score::multiply)
            .ok_or_else(|| WeightError::Overflow { id: part.id(row), factor: "flags" })?;
        let vanishes = product == 0 && carried().all(|factor| factor > 0);
        if vanishes { Err(WeightError::Vanishes { id: part.id(row) }) } else { Ok(product) }
    };
    flags.bits.iter().enumerate().map(product).collect()
}
