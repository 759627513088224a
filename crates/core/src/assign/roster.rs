//! Who can be dealt, what is needed, and what dealing comes to: teams, needs that are not met, changes that are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// An inspector, or an expert, who goes along and never counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspector {
    /// The id, unique in the roster.
    pub id: String,
    /// The department; empty for an expert of none.
    pub department: String,
    /// The station; empty: fits everywhere.
    pub station: String,
    /// What the inspector is qualified for, or the expert's specialities.
    pub qualifications: BTreeSet<String>,
    /// Whether the inspector may lead a team.
    pub may_lead: bool,
    /// Whether the inspector is at work.
    pub active: bool,
    /// First day of the certificate; `None`: open.
    pub valid_from: Option<i32>,
    /// Last day of the certificate; `None`: open.
    pub valid_to: Option<i32>,
    /// Most teams in one week of a round; `None`: no limit.
    pub capacity: Option<u32>,
    /// Whether this is an expert.
    pub expert: bool,
}

impl Inspector {
    pub(super) fn is_certified(&self, day: i32) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// What items need, by item: qualifications of inspectors, specialities of experts.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Needs {
    /// Qualifications that a team must have among its inspectors.
    pub qualifications: BTreeMap<String, Vec<String>>,
    /// Specialities for which an expert is called.
    pub specialities: BTreeMap<String, Vec<String>>,
}

/// Why a department does not serve a visit, or lacks an expert: the filter that left too few.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Constraint {
    /// The department has too few inspectors.
    Inspectors,
    /// Too few are at work.
    Active,
    /// Too few have a certificate on the last day of the window.
    Certificate,
    /// Too few are of the entity's station.
    Station,
    /// Too few need not be recused.
    Recusal,
    /// Too few have room in the visit's week.
    Capacity,
    /// Nobody left has the qualification.
    Qualification(String),
    /// Nobody left may lead.
    Lead,
    /// No expert has the speciality.
    Expert(String),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inspectors => f.write_str("inspectors"),
            Self::Active => f.write_str("active"),
            Self::Certificate => f.write_str("certificate"),
            Self::Station => f.write_str("station"),
            Self::Recusal => f.write_str("recusal"),
            Self::Capacity => f.write_str("capacity"),
            Self::Qualification(name) => write!(f, "qualification {name}"),
            Self::Lead => f.write_str("lead"),
            Self::Expert(name) => write!(f, "expert {name}"),
        }
    }
}

impl FromStr for Constraint {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let plain = [
            Self::Inspectors,
            Self::Active,
            Self::Certificate,
            Self::Station,
            Self::Recusal,
            Self::Capacity,
            Self::Lead,
        ];
        let named = |prefix: &str| text.strip_prefix(prefix).map(str::to_owned);
        plain
            .into_iter()
            .find(|own| own.to_string() == text)
            .or_else(|| named("qualification ").map(Self::Qualification))
            .or_else(|| named("expert ").map(Self::Expert))
            .ok_or(())
    }
}

impl Constraint {
    /// What would serve the visit, in English and in Chinese.
    pub fn remedy(&self) -> (String, String) {
        let said = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
        match self {
            Self::Inspectors => said("add inspectors of the department", "补充该部门执法人员"),
            Self::Active => said("bring inspectors back to work, or add some", "安排人员返岗或补充人员"),
            Self::Certificate => {
                said("renew certificates that end before the visit's last day", "换发在检查截止日前到期的执法证件")
            }
            Self::Station => said(
                "allow inspectors of other stations (assign.borrow), or add some",
                "允许跨所调派（assign.borrow）或补充本所人员",
            ),
            Self::Recusal => {
                said("add inspectors who need not be recused from the entity", "补充与该主体无须回避的人员")
            }
            Self::Capacity => {
                said("raise the capacity of the week, or widen the task's window", "提高每周任务上限或延长任务期限")
            }
            Self::Qualification(name) => {
                (format!("add an inspector who is qualified for {name}"), format!("补充具备“{name}”资质的人员"))
            }
            Self::Lead => said("name an inspector who may lead", "指定可任组长的人员"),
            Self::Expert(name) => (format!("add an expert for {name}"), format!("补充“{name}”专家")),
        }
    }
}

/// Who can be dealt, and under which rules.
#[derive(Clone, Debug)]
pub struct Roster {
    /// Inspectors and experts of all departments.
    pub inspectors: Vec<Inspector>,
    /// Pairs (inspector, entity) that must not meet.
    pub recused: BTreeSet<(String, String)>,
    /// Inspectors in a team; at least 2.
    pub size: usize,
    /// Whether a visit that its station cannot serve is tried once more with inspectors of all stations.
    pub borrow: bool,
    /// Teams of earlier rounds of the year by inspector, where loads are balanced over the year.
    pub earlier: Option<BTreeMap<String, u32>>,
}

/// A department's team for a visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Team {
    /// The visit.
    pub visit_id: String,
    /// The department.
    pub department: String,
    /// Inspectors in the order in which they were dealt.
    pub members: Vec<String>,
    /// The member who leads.
    pub lead: String,
    /// Experts who go along.
    pub experts: Vec<String>,
}

/// A need that is not met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unserved {
    /// The visit.
    pub visit_id: String,
    /// The department.
    pub department: String,
    /// What stands in the way.
    pub constraint: Constraint,
}

/// Why a change is refused; nothing is changed then.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// The visit has no team of the department.
    #[error("the visit {visit} has no team of {department}")]
    NoTeam {
        /// The visit.
        visit: String,
        /// The department.
        department: String,
    },
    /// The inspector is not in the team.
    #[error("{inspector} is not in the team of {department} for the visit {visit}")]
    NotInTeam {
        /// The inspector.
        inspector: String,
        /// The visit.
        visit: String,
        /// The department.
        department: String,
    },
    /// Nobody is left who could come instead.
    #[error(
        "nobody of {department} can come instead of {inspector} to the visit {visit}: {constraint}; the team stays"
    )]
    NobodyLeft {
        /// The inspector.
        inspector: String,
        /// The visit.
        visit: String,
        /// The department.
        department: String,
        /// The filter that left nobody.
        constraint: Constraint,
    },
}
