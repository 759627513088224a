//! Weights: the factors that a plan names, multiplied in whole micro-units (1.0 = 1,000,000).
//!
//! weight = 1.0 × f₁ × f₂ …, in the order column, grade, color, risk, flags; after each factor the product is rounded to
//! whole micro-units, halves up. Integers only, so a weight is the same on every machine and its sums are exact.

use crate::sampling::MAX_WEIGHT;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// One whole unit of weight, in micro-units.
pub const ONE: u64 = 1_000_000;

/// A factor of the weight, for every entity.
#[derive(Clone, Debug)]
pub enum FactorValues<'a> {
    /// By a small code, such as grade or color: `table[code]`.
    ByCode {
        /// Code of each entity.
        codes: &'a [u8],
        /// Factor of each code, micro-units.
        table: &'a [u64],
    },
    /// One value for each entity, micro-units.
    ByRow(&'a [u64]),
}

impl FactorValues<'_> {
    /// The factor of an entity, micro-units.
    #[inline]
    pub fn get(&self, row: usize) -> u64 {
        match self {
            Self::ByCode { codes, table } => table[usize::from(codes[row])],
            Self::ByRow(values) => values[row],
        }
    }

    /// Number of entities.
    pub fn len(&self) -> usize {
        match self {
            Self::ByCode { codes, .. } => codes.len(),
            Self::ByRow(values) => values.len(),
        }
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A named factor.
#[derive(Clone, Debug)]
pub struct Factor<'a> {
    /// Name: `column`, `grade`, `color`, `risk` or `flags`.
    pub name: &'static str,
    /// Its values.
    pub values: FactorValues<'a>,
}

/// A product that is no weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightFault {
    /// The product is above [`MAX_WEIGHT`].
    #[error("the weight of the entity in row {row} passes {MAX_WEIGHT} micro-units at the factor `{factor}`")]
    Overflow {
        /// Row of the entity.
        row: usize,
        /// The factor at which it happened.
        factor: &'static str,
    },
    /// No factor is 0, and their product rounds to 0.
    #[error("the weight of the entity in row {row} rounds to 0 micro-units, although no factor is 0")]
    Vanishes {
        /// Row of the entity.
        row: usize,
    },
}

/// The weight of one entity from its factors.
#[inline]
fn weight(factors: &[Factor<'_>], row: usize) -> Result<u64, WeightFault> {
    let mut product = ONE;
    for factor in factors {
        let overflow = WeightFault::Overflow { row, factor: factor.name };
        product = multiply(product, factor.values.get(row)).ok_or(overflow)?;
    }
    if product == 0 && factors.iter().all(|factor| factor.values.get(row) > 0) {
        return Err(WeightFault::Vanishes { row });
    }
    Ok(product)
}

/// Product of two micro-unit values in micro-units, halves up; `None` above [`MAX_WEIGHT`].
#[inline]
pub fn multiply(a: u64, b: u64) -> Option<u64> {
    let product = match a.checked_mul(b) {
        Some(product) => u128::from((product / ONE) + u64::from(product % ONE >= ONE / 2)),
        None => (u128::from(a) * u128::from(b) + u128::from(ONE / 2)) / u128::from(ONE),
    };
    u64::try_from(product).ok().filter(|&product| product <= MAX_WEIGHT)
}

/// Weights of `rows` entities, micro-units.
///
/// # Errors
/// [`WeightFault`] for the first row (by number) whose product is too large or rounds to 0.
///
/// # Panics
/// If a factor has another number of rows.
pub fn weights(factors: &[Factor<'_>], rows: usize) -> Result<Vec<u64>, WeightFault> {
    assert!(factors.iter().all(|factor| factor.values.len() == rows), "a factor for every entity");
    let blocks: Vec<usize> = (0..rows.div_ceil(BLOCK)).collect();
    let mut out = vec![0u64; rows];
    out.par_chunks_mut(BLOCK)
        .zip(blocks)
        .try_for_each(|(chunk, block)| {
            for (offset, slot) in chunk.iter_mut().enumerate() {
                *slot = weight(factors, block * BLOCK + offset)?;
            }
            Ok(())
        })
        .or_else(|_: WeightFault| (0..rows).try_for_each(|row| weight(factors, row).map(|_| ())))?;
    Ok(out)
}

const BLOCK: usize = 1 << 14;

/// A real factor as micro-units: ⌊10⁶·x + ½⌋; `None` if negative, NaN, or above [`MAX_WEIGHT`].
#[inline]
pub fn micro(value: f64) -> Option<u64> {
    let scaled = (value * ONE as f64 + 0.5).floor();
    // 2^53 − 1 and everything below is exact in f64.
    (value >= 0.0 && scaled <= MAX_WEIGHT as f64).then_some(scaled as u64)
}

/// A score on its model's scale as risk in 0..=1, rising with risk.
#[inline]
pub fn risk_of(score: f64, range: (f64, f64), higher_is_safer: bool) -> f64 {
    let place = (score - range.0) / (range.1 - range.0);
    if higher_is_safer { 1.0 - place } else { place }
}

/// How several risk models become one risk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Blend {
    /// The mean of the scores that are there, weighted by the shares of their models.
    WeightedMean,
    /// The highest of the scores that are there.
    Maximum,
}

/// Blended risk in 0..=1; `risks` pairs each model's share with the entity's risk, NaN where the model has no score.
/// `None` if no model scores the entity. Models are added in the order given.
#[inline]
pub fn blend(how: Blend, risks: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (mut sum, mut shares, mut largest, mut any) = (0.0, 0.0, 0.0f64, false);
    for (share, risk) in risks.filter(|(_, risk)| !risk.is_nan()) {
        sum += share * risk;
        shares += share;
        largest = largest.max(risk);
        any = true;
    }
    any.then(|| match how {
        Blend::WeightedMean => sum / shares,
        Blend::Maximum => largest,
    })
}

/// The factor of a risk in 0..=1: on the line from `lowest` to `highest` (micro-units), halves up.
#[inline]
pub fn risk_factor(risk: f64, lowest: u64, highest: u64) -> u64 {
    let (low, high) = (lowest as f64, highest as f64);
    (low + (high - low) * risk + 0.5).floor() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_weight_is_the_product_of_its_factors() {
        let grade =
            Factor { name: "grade", values: FactorValues::ByCode { codes: &[0, 3], table: &[500_000, 0, 0, 4 * ONE] } };
        let risk = Factor { name: "risk", values: FactorValues::ByRow(&[1_500_001, 250_000]) };
        assert_eq!(weights(&[grade.clone(), risk], 2), Ok(vec![750_001, ONE]));
        assert_eq!(weights(&[], 2), Ok(vec![ONE, ONE]));
        let huge = Factor { name: "column", values: FactorValues::ByRow(&[ONE, MAX_WEIGHT]) };
        assert_eq!(weights(&[huge, grade], 2), Err(WeightFault::Overflow { row: 1, factor: "grade" }));
    }

    #[test]
    fn a_product_that_rounds_to_0_is_refused_unless_a_factor_is_0() {
        let small = Factor { name: "grade", values: FactorValues::ByRow(&[700, 700, 0]) };
        let smaller = Factor { name: "flags", values: FactorValues::ByRow(&[ONE, 700, 700]) };
        assert_eq!(weights(&[small.clone(), smaller.clone()], 3), Err(WeightFault::Vanishes { row: 1 }));
        let zero = Factor { name: "risk", values: FactorValues::ByRow(&[ONE, 0, ONE]) };
        assert_eq!(weights(&[small, smaller, zero], 3), Ok(vec![700, 0, 0]));
    }

    #[test]
    fn faulty_reals_have_no_micro_units() {
        assert_eq!(micro(0.0000005), Some(1));
        assert_eq!(micro(1.5), Some(1_500_000));
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e10] {
            assert_eq!(micro(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_model_without_a_score_is_left_out_of_the_blend() {
        let risks = [(0.5, 0.2), (0.25, f64::NAN), (0.25, 0.8)];
        assert_eq!(blend(Blend::WeightedMean, risks.into_iter()), Some((0.5 * 0.2 + 0.25 * 0.8) / 0.75));
        assert_eq!(blend(Blend::Maximum, risks.into_iter()), Some(0.8));
        assert_eq!(blend(Blend::Maximum, [(1.0, f64::NAN)].into_iter()), None);
        assert_eq!(risk_of(800.0, (0.0, 1000.0), true), 1.0 - 0.8);
        assert_eq!(risk_factor(1.0, 500_000, 1_500_000), 1_500_000);
    }

    proptest! {
        #[test]
        fn multiplying_is_exact_to_half_a_micro_unit(a in 0u64..=MAX_WEIGHT, b in 0u64..20 * ONE) {
            let exact = (u128::from(a) * u128::from(b) + 500_000) / 1_000_000;
            prop_assert_eq!(multiply(a, b).map(u128::from), (exact <= u128::from(MAX_WEIGHT)).then_some(exact));
        }
    }
}
