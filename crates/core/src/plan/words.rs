//! The words that a plan chooses from. Their comments are the descriptions in the JSON Schema.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::sampling::{Design, Divisor, Rounding};

/// Encoding of a text file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TextEncoding {
    /// Found: UTF-8 if the bytes are valid UTF-8, else GB18030; lines of the other of the two are read in theirs.
    #[default]
    Auto,
    /// As the plan states.
    Stated(&'static encoding_rs::Encoding),
}

/// The word for a registry without a column of the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusColumn {
    /// The registry holds live entities only and has no column of the status.
    None,
}

/// Which row of one entity is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// The first row in the file that can be used.
    #[default]
    First,
    /// The last row in the file that can be used.
    Last,
}

/// Which way a risk score runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The highest score is the highest risk.
    HigherIsRiskier,
    /// The highest score is the lowest risk, as with trust scores.
    HigherIsSafer,
}

/// What becomes of the fraction of an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Rounding")]
pub enum RoundingWord {
    /// To the next whole number.
    Up,
    /// The fraction is dropped.
    Down,
    /// To the nearest whole number, halves up.
    Nearest,
}

/// The divisor of the method of highest averages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Allocation")]
pub enum AllocationWord {
    /// Neutral between small and large strata.
    Webster,
    /// Favours large strata.
    Dhondt,
    /// Leans a little to small strata.
    HuntingtonHill,
    /// Favours small strata; each gets one before any gets two.
    Adams,
}

/// The sampling design.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Design")]
pub enum DesignWord {
    /// Pareto order sampling: inclusion probabilities closest to the target ones.
    Pareto,
    /// Sequential Poisson sampling: a larger sample contains the smaller.
    SequentialPoisson,
    /// Simple random sampling: every entity alike.
    Srs,
    /// Poisson sampling: exact probabilities, random size.
    Poisson,
}

impl From<RoundingWord> for Rounding {
    fn from(word: RoundingWord) -> Self {
        match word {
            RoundingWord::Up => Self::Up,
            RoundingWord::Down => Self::Down,
            RoundingWord::Nearest => Self::Nearest,
        }
    }
}

impl From<AllocationWord> for Divisor {
    fn from(word: AllocationWord) -> Self {
        match word {
            AllocationWord::Webster => Self::Webster,
            AllocationWord::Dhondt => Self::DHondt,
            AllocationWord::HuntingtonHill => Self::HuntingtonHill,
            AllocationWord::Adams => Self::Adams,
        }
    }
}

impl From<DesignWord> for Design {
    fn from(word: DesignWord) -> Self {
        match word {
            DesignWord::Pareto => Self::Pareto,
            DesignWord::SequentialPoisson => Self::SequentialPoisson,
            DesignWord::Srs => Self::Srs,
            DesignWord::Poisson => Self::Poisson,
        }
    }
}

/// Over what the loads of inspectors are balanced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Balance")]
pub enum BalanceWord {
    /// The round.
    #[default]
    Round,
    /// The rounds of the calendar year.
    Year,
}

/// Which earlier visits count towards a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Counted")]
pub enum CountedWord {
    /// Those of every unit and level.
    #[default]
    All,
    /// Those of any unit of the own level.
    Level,
    /// Those of the own unit.
    Unit,
}

/// How a printed figure is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FigureRounding {
    /// To the nearest, halves up.
    HalfUp,
    /// To the nearest, halves to the even digit.
    HalfEven,
    /// Further digits are cut off.
    Truncated,
}

impl FigureRounding {
    /// The rounding that the word stands for.
    pub fn rounding(self) -> crate::recheck::Rounding {
        use crate::recheck::Rounding;
        match self {
            Self::HalfUp => Rounding::HalfUp,
            Self::HalfEven => Rounding::HalfEven,
            Self::Truncated => Rounding::Truncated,
        }
    }
}
