//! Why an entity cannot be drawn.

use super::bilingual::Bilingual;
use super::status::Status;
use serde::Serialize;

/// Why an entity cannot be drawn; the first condition that it does not meet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(tag = "code", content = "parameters", rename_all = "kebab-case")]
pub enum Reason {
    /// Its registration status is not among those of the plan.
    Status {
        /// The status.
        status: Status,
    },
    /// It lies outside the plan's scope.
    OutsideScope {
        /// The condition it does not meet.
        scope: Scope,
    },
    /// It has been visited as often as the plan allows.
    Visits,
    /// Its weight is 0.
    ZeroWeight,
    /// A catch-up draws only from strata without any visit, and its stratum has one.
    CaughtUp,
    /// A re-check is drawn from those that have been visited, and it has not been visited often enough.
    NotVisited,
    /// A rule of the plan exempts it.
    Exempt {
        /// Name of the rule.
        rule: String,
    },
}

/// A condition of the plan's scope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Prefixes of the region code.
    Region,
    /// Stations.
    Station,
    /// Prefixes of the industry code.
    Industry,
    /// Words of the entity type.
    EntityType,
    /// Tags that are asked for or ruled out.
    Tags,
    /// Earliest and latest registration date.
    RegistrationDate,
}

impl Scope {
    /// All conditions, in the order in which they are asked.
    pub const ALL: [Scope; 6] =
        [Scope::Region, Scope::Station, Scope::Industry, Scope::EntityType, Scope::Tags, Scope::RegistrationDate];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Scope::Region => ("region", "地区"),
            Scope::Station => ("station", "管辖单位"),
            Scope::Industry => ("industry", "行业"),
            Scope::EntityType => ("entity type", "企业类型"),
            Scope::Tags => ("tags", "标签"),
            Scope::RegistrationDate => ("registration date", "成立日期"),
        }
    }
}

/// The English words stand in the column `reason` of `frame.parquet` and in the commitment.
impl Bilingual for Reason {
    fn code(&self) -> &'static str {
        match self {
            Reason::Status { .. } => "status",
            Reason::OutsideScope { .. } => "outside-scope",
            Reason::Visits => "visits",
            Reason::ZeroWeight => "zero-weight",
            Reason::CaughtUp => "caught-up",
            Reason::NotVisited => "not-visited",
            Reason::Exempt { .. } => "exempt",
        }
    }

    fn en(&self) -> String {
        match self {
            Reason::Status { status } => format!("status: {}", status.name()),
            Reason::OutsideScope { scope } => format!("outside-scope: {}", scope.words().0),
            Reason::Visits => "visits: limit reached".to_owned(),
            Reason::ZeroWeight => "weight is 0".to_owned(),
            Reason::CaughtUp => "its stratum has been visited this year".to_owned(),
            Reason::NotVisited => "not visited: nothing to re-check".to_owned(),
            Reason::Exempt { rule } => format!("exempt: {rule}"),
        }
    }

    fn zh(&self) -> String {
        match self {
            Reason::Status { status } => format!("登记状态为{}", status.chinese()),
            Reason::OutsideScope { scope } => format!("{}不在抽查范围", scope.words().1),
            Reason::Visits => "本期检查次数已达上限".to_owned(),
            Reason::ZeroWeight => "权重为 0".to_owned(),
            Reason::CaughtUp => "所在层本年度已有检查，不需补抽".to_owned(),
            Reason::NotVisited => "未经检查，不在复核范围".to_owned(),
            Reason::Exempt { rule } => format!("规则“{rule}”予以免查"),
        }
    }
}
