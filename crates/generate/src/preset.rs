//! The presets by name, and what a preset consists of. The tables themselves are in [`super::profiles`].

use std::str::FromStr;

use jiff::civil::Date;

use super::GenerateError;
use super::places::Place;
use super::profiles;
use super::words::Kind;

/// A population to imitate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// A district's 24,738 live enterprises with colors and grades (Yongchuan, Chongqing, 2023).
    Yongchuan,
    /// A city's 530,000 records, more than half of them deregistered or revoked (Changde, Hunan, 2017).
    Changde,
    /// A city with key and general items and a limit of visits a year (Lianyungang, Jiangsu, 2019).
    Lianyungang,
    /// A district with three risk models (Xiaoshan, Hangzhou, 2021).
    Xiaoshan,
    /// A district with 32 departments and plans by year, month and week (Haishu, Ningbo, 2023).
    Haishu,
    /// Market entities all over the country, few columns, any size up to [`MAX_ROWS`].
    National,
    /// Three plain tables for measuring speed: entities, credit and risk, each in its own row order, no names.
    Bench,
}

/// The most rows that a population may have.
pub const MAX_ROWS: u64 = 1_000_000_000;

impl Preset {
    /// Every preset, in the order of the documents they come from.
    pub const ALL: [Preset; 7] = [
        Preset::Yongchuan,
        Preset::Changde,
        Preset::Lianyungang,
        Preset::Xiaoshan,
        Preset::Haishu,
        Preset::National,
        Preset::Bench,
    ];

    /// The name on the command line and in the derivation of random numbers.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Yongchuan => "yongchuan",
            Preset::Changde => "changde",
            Preset::Lianyungang => "lianyungang",
            Preset::Xiaoshan => "xiaoshan",
            Preset::Haishu => "haishu",
            Preset::National => "national",
            Preset::Bench => "bench",
        }
    }

    /// The table of figures behind the preset. `Bench` has no documents behind it; it lends the plainest table,
    /// which is used when companions of an existing registry are asked for.
    pub fn profile(self) -> &'static Profile {
        match self {
            Preset::Yongchuan => &profiles::YONGCHUAN,
            Preset::Changde => &profiles::CHANGDE,
            Preset::Lianyungang => &profiles::LIANYUNGANG,
            Preset::Xiaoshan => &profiles::XIAOSHAN,
            Preset::Haishu => &profiles::HAISHU,
            Preset::National | Preset::Bench => &profiles::NATIONAL,
        }
    }
}

impl FromStr for Preset {
    type Err = GenerateError;

    fn from_str(name: &str) -> Result<Self, GenerateError> {
        Preset::ALL
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| GenerateError::UnknownPreset { given: name.to_owned() })
    }
}

/// The figures of a preset. Counts are relative to `rows`: at another size they scale exactly (Webster).
#[derive(Debug)]
pub struct Profile {
    /// Entities by default, and the base that the counts below refer to.
    pub rows: u64,
    /// The as-of date by default: nothing in any table is later.
    pub as_of: Date,
    /// First line of the registry file when a banner row is asked for.
    pub title: &'static str,
    /// Registration status in rising order of risk; counts add up to `rows` or to any number in their proportion.
    pub statuses: &'static [StatusClass],
    /// Regions with their stations.
    pub places: &'static [Place],
    /// Kinds of entities.
    pub kinds: &'static [Kind],
    /// Share (0 to 1) of the entities registered before the unified code (2015-10-01) that still carry a 15-digit
    /// registration number.
    pub old_numbers: f64,
    /// Share (0 to 1) of entities that the credit table knows.
    pub credit_coverage: f64,
    /// Weights of the grades A, B, C, D and unrated within the credit table.
    pub grades: [u32; 5],
    /// Weights of green, yellow and red within the credit table.
    pub colors: [u32; 3],
    /// Risk models, each a table of its own.
    pub models: &'static [RiskModel],
    /// Reasons of standing on the abnormal list, at most one an entity: flag and number of entities in `rows`.
    pub listings: &'static [(&'static str, u64)],
    /// Other flags, each independent of the others given the hidden risk: flag and number of entities in `rows`.
    pub flags: &'static [(&'static str, u64)],
    /// Visits in the ledger for `rows` entities.
    pub visits: u64,
    /// The days that the ledger covers, the as-of date being the last.
    pub ledger_days: u32,
    /// How many departments keep inspectors and make visits, taken from the front of the list; at most 32.
    pub departments: usize,
    /// Inspectors of all departments together, at most 900 a department.
    pub inspectors: u32,
    /// Columns of the registry, in order.
    pub columns: &'static [RegistryColumn],
}

/// One registration status and the words that stand for it.
#[derive(Debug)]
pub struct StatusClass {
    /// Number of entities in `rows`.
    pub count: u64,
    /// Words and their weights.
    pub words: &'static [(&'static str, u32)],
}

/// A risk model: one table, one score column.
#[derive(Debug)]
pub struct RiskModel {
    /// Name of the model, and of its file after `risk-`.
    pub name: &'static str,
    /// What the score says.
    pub scale: Scale,
    /// Share (0 to 1) of entities with a score.
    pub coverage: f64,
}

/// Direction and range of a score.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scale {
    /// 0 to 1000 with one decimal, higher is riskier (integrated credit risk).
    Thousand,
    /// 0 to 100 with two decimals, higher is safer (public credit score).
    Trust,
    /// 0 to 1 with four decimals, higher is riskier (risk of the trade).
    Unit,
}

impl Scale {
    /// The ends of the range.
    pub fn range(self) -> [f64; 2] {
        match self {
            Scale::Thousand => [0.0, 1000.0],
            Scale::Trust => [0.0, 100.0],
            Scale::Unit => [0.0, 1.0],
        }
    }

    /// The word for it in a plan: `higher-is-riskier` or `higher-is-safer`.
    pub fn direction(self) -> &'static str {
        match self {
            Scale::Thousand | Scale::Unit => "higher-is-riskier",
            Scale::Trust => "higher-is-safer",
        }
    }

    /// The score of a firm whose risk is `q` (0 safe to 1), rounded to the scale's decimals.
    pub(crate) fn score(self, q: f64) -> f64 {
        match self {
            Scale::Thousand => (q * 10_000.0).round() / 10.0,
            Scale::Trust => ((1.0 - q) * 10_000.0).round() / 100.0,
            Scale::Unit => (q * 10_000.0).round() / 10_000.0,
        }
    }
}

/// A column of the registry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegistryColumn {
    /// 企业名称
    Name,
    /// 统一社会信用代码: 18 or 15 characters.
    EntityId,
    /// 登记状态
    Status,
    /// 行政区划代码: six digits.
    Region,
    /// 管辖单位
    Station,
    /// 行业代码: letter and two digits of GB/T 4754.
    Industry,
    /// 行业中类代码: letter and three digits of GB/T 4754.
    IndustryGroup,
    /// 企业类型
    EntityType,
    /// 成立日期
    RegistrationDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse::<Preset>().unwrap(), preset);
        }
        assert!("yongchuan2".parse::<Preset>().is_err());
    }

    #[test]
    fn profiles_are_sound() {
        for preset in Preset::ALL {
            let profile = preset.profile();
            let counted: u64 = profile.statuses.iter().map(|s| s.count).sum();
            assert_eq!(counted, profile.rows, "{preset:?}: statuses add up to the rows");
            let listed: u64 = profile.listings.iter().map(|l| l.1).sum();
            assert!(listed <= profile.rows && profile.flags.iter().all(|f| f.1 <= profile.rows));
            assert!(profile.departments <= 32 && profile.models.len() <= 256);
            assert!(u64::from(profile.inspectors) <= 900 * profile.departments as u64);
            assert!(profile.places.iter().all(|p| p.code.len() == 6));
        }
    }

    #[test]
    fn scores_stay_in_range_and_point_their_way() {
        for scale in [Scale::Thousand, Scale::Trust, Scale::Unit] {
            let [low, high] = scale.range();
            let (safe, risky) = (scale.score(0.0), scale.score(1.0));
            let expected = if scale.direction() == "higher-is-safer" { (high, low) } else { (low, high) };
            assert_eq!((safe, risky), expected);
        }
    }
}
