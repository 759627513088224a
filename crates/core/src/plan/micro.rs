//! Factors in micro-units, exactly.

/// Micro-units in 1.0.
pub const MICRO: u64 = 1_000_000;

/// Largest factor, 9e9: 9e15 micro-units, which a double holds exactly.
pub const LARGEST_FACTOR: f64 = 9e9;

/// Why a number is no factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FactorError {
    /// NaN or infinite.
    #[error("a factor is a finite number")]
    NotFinite,
    /// Below 0.
    #[error("a factor is not below 0")]
    Negative,
    /// Above 9,000,000,000.
    #[error("a factor is at most 9,000,000,000")]
    TooLarge,
    /// More than six decimals.
    #[error("a factor has at most six decimals")]
    TooFine,
}

/// A factor as micro-units: the decimal number that is written, times 1,000,000. As at most six decimals are allowed,
/// nothing is ever rounded. The decimals are those of the shortest decimal that reads back as the same double, which is
/// the number as written below 2^32; above that, doubles lie up to 2 micro-units apart and the nearest one counts.
pub fn micro_units(factor: f64) -> Result<u64, FactorError> {
    if !factor.is_finite() {
        return Err(FactorError::NotFinite);
    }
    if factor < 0.0 {
        return Err(FactorError::Negative);
    }
    if factor > LARGEST_FACTOR {
        return Err(FactorError::TooLarge);
    }
    let written = factor.abs().to_string();
    let (whole, decimals) = written.split_once('.').unwrap_or((&written, ""));
    if decimals.len() > 6 {
        return Err(FactorError::TooFine);
    }
    format!("{whole}{decimals:0<6}").parse().map_err(|_| FactorError::TooLarge)
}

/// Number of decimals of the shortest decimal that reads back as the same double.
pub fn decimals(value: f64) -> usize {
    value.to_string().split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_with_six_decimals_is_exact() {
        assert_eq!(micro_units(0.0), Ok(0));
        assert_eq!(micro_units(-0.0), Ok(0));
        assert_eq!(micro_units(1.0), Ok(MICRO));
        assert_eq!(micro_units(0.1), Ok(100_000));
        assert_eq!(micro_units(1.000001), Ok(1_000_001));
        assert_eq!(micro_units(0.000001), Ok(1));
        assert_eq!(micro_units(2.675), Ok(2_675_000));
        assert_eq!(micro_units(4_294_967_295.999_999), Ok(4_294_967_295_999_999));
        assert_eq!(micro_units(9e9), Ok(9_000_000_000_000_000));
        for micro in (0..5_000_000u64).step_by(997) {
            assert_eq!(micro_units(micro as f64 / 1e6), Ok(micro));
        }
    }

    #[test]
    fn what_is_no_factor_is_refused() {
        assert_eq!(micro_units(f64::NAN), Err(FactorError::NotFinite));
        assert_eq!(micro_units(f64::INFINITY), Err(FactorError::NotFinite));
        assert_eq!(micro_units(-0.5), Err(FactorError::Negative));
        assert_eq!(micro_units(9_000_000_000.5), Err(FactorError::TooLarge));
        assert_eq!(micro_units(0.1234567), Err(FactorError::TooFine));
        assert_eq!(micro_units(1e-7), Err(FactorError::TooFine));
    }

    #[test]
    fn decimals_are_counted_as_written() {
        assert_eq!((decimals(1.0), decimals(0.25), decimals(1e-9)), (0, 2, 9));
    }
}
