//! What population is asked for.

use jiff::civil::Date;

use super::GenerateError;
use super::preset::{MAX_ROWS, Preset, RegistryColumn};
use super::profiles::FIRST_REGISTRATION;

/// A population to make: the same request gives the same bytes, on every machine and at any number of threads.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which population to imitate.
    pub preset: Preset,
    /// Entities, 1 to [`MAX_ROWS`]. Faulty rows come on top. Not used for companions of an existing registry.
    pub rows: u64,
    /// Any line of text that is not empty.
    pub seed: String,
    /// Nothing in any table is later than this day.
    pub as_of: Date,
    /// Probability of a fault in each entity's row, 0 to 0.5; 0 makes no faults. Not used by `bench`.
    pub dirt: f64,
    /// Columns of the registry in order. Not used by `bench`.
    pub columns: Vec<RegistryColumn>,
}

impl Request {
    /// The preset as it is: its own size, as-of date and columns, no faults.
    pub fn new(preset: Preset, seed: impl Into<String>) -> Self {
        let profile = preset.profile();
        Request {
            preset,
            rows: profile.rows,
            seed: seed.into(),
            as_of: profile.as_of,
            dirt: 0.0,
            columns: profile.columns.to_vec(),
        }
    }

    /// Refuses what no population can be made from, naming the field to change.
    pub(crate) fn check(&self) -> Result<(), GenerateError> {
        if self.rows == 0 {
            return Err(GenerateError::NoRows);
        }
        if self.rows > MAX_ROWS {
            return Err(GenerateError::TooManyRows { asked: self.rows });
        }
        if !(0.0..=0.5).contains(&self.dirt) {
            return Err(GenerateError::DirtOutOfRange { given: self.dirt });
        }
        if self.seed.is_empty() || self.seed.contains(['\n', '\r']) {
            return Err(GenerateError::BadSeed);
        }
        if self.as_of < FIRST_REGISTRATION {
            return Err(GenerateError::AsOfTooEarly { as_of: self.as_of, earliest: FIRST_REGISTRATION });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_requests_are_refused() {
        let good = Request::new(Preset::Changde, "seed");
        assert!(good.check().is_ok());
        let cases: [(&str, Request); 7] = [
            ("no rows", Request { rows: 0, ..good.clone() }),
            ("too many rows", Request { rows: MAX_ROWS + 1, ..good.clone() }),
            ("dirt above half", Request { dirt: 0.51, ..good.clone() }),
            ("dirt that is no number", Request { dirt: f64::NAN, ..good.clone() }),
            ("empty seed", Request { seed: String::new(), ..good.clone() }),
            ("seed of two lines", Request { seed: "a\nb".into(), ..good.clone() }),
            ("too early", Request { as_of: jiff::civil::date(1983, 12, 31), ..good }),
        ];
        for (case, request) in cases {
            assert!(request.check().is_err(), "{case}");
        }
    }
}
