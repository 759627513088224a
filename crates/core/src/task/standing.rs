//! Eligibility of each entity: eligible, certain or excluded, with the reason.
//!
//! The conditions are asked in this order and the first that fails is the reason: status, scope (region, station,
//! industry, entity type, tags, registration date), too few visits for a re-check, the plan's rules (the first that matches
//! makes an entity exempt or certain), the limit of visits (which does not hold back an entity that a rule made certain), and
//! last a weight of 0.

use crate::contract;
use crate::part::{Attribute, Counted, Part};
use crate::terms::{Color, Grade, Reason, Scope as Condition, Status, normalise};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// Who may be drawn: every condition that is given must be met; an empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Status words; at least one.
    pub status: Vec<Status>,
    /// Prefixes of the region code.
    pub regions: Vec<String>,
    /// Stations, word for word.
    pub stations: Vec<String>,
    /// Prefixes of the industry code.
    pub industries: Vec<String>,
    /// Words that the entity type contains.
    pub entity_types: Vec<String>,
    /// At least one of these tags is carried.
    pub tags_any: Vec<String>,
    /// None of these tags is carried.
    pub tags_none: Vec<String>,
    /// Earliest registration, in days since 1970-01-01.
    pub registered_from: Option<i32>,
    /// Latest registration, in days since 1970-01-01.
    pub registered_until: Option<i32>,
    /// Past visits that make an entity ineligible; with it there is a ledger.
    pub visits: Option<Visits>,
}

/// Past visits that make an entity ineligible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visits {
    /// Which visits count.
    pub counted: Counted,
    /// Number of visits.
    pub limit: u32,
    /// Number for entities of a grade, by its code, where it is another one.
    pub by_grade: [Option<u32>; Grade::ALL.len()],
    /// Out at the limit, only above it, or below it.
    pub reading: VisitLimit,
    /// First day that counts, in days since 1970-01-01.
    pub since: i32,
}

impl Visits {
    /// Whether an entity of this grade with this many visits is out.
    pub fn exhausted(&self, visits: u32, grade: Grade) -> bool {
        let limit = self.by_grade[usize::from(grade.code())].unwrap_or(self.limit);
        match self.reading {
            VisitLimit::AtLeast => visits >= limit,
            VisitLimit::MoreThan => visits > limit,
            VisitLimit::FewerThan => visits < limit,
        }
    }
}

/// With how many past visits an entity is not eligible.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VisitLimit {
    /// At `limit` visits or more.
    AtLeast,
    /// Above `limit` visits.
    MoreThan,
    /// Below `limit` visits: a re-check (复核) is drawn from those that have been visited, whatever the rules say of the others.
    FewerThan,
}

/// A rule: entities that meet `when` and do not meet `unless`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Unique name.
    pub name: String,
    /// The entities it applies to; without conditions: all.
    pub when: Conditions,
    /// The entities it leaves out; without conditions: none.
    pub unless: Conditions,
    /// What becomes of them.
    pub then: Then,
}

/// What a rule does with the entities it matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// Drawn with probability 1.
    Certain,
    /// Never drawn.
    Exempt,
}

/// Conditions that must all hold; a list holds when any of its words does, an empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Colours.
    pub color: Vec<Color>,
    /// Grades.
    pub grade: Vec<Grade>,
    /// Flags.
    pub flags: Vec<String>,
    /// Status words.
    pub status: Vec<Status>,
    /// Prefixes of the region code.
    pub region: Vec<String>,
    /// Prefixes of the industry code.
    pub industry: Vec<String>,
}

impl Conditions {
    /// Whether no condition is given.
    pub fn is_empty(&self) -> bool {
        self.color.is_empty()
            && self.grade.is_empty()
            && self.flags.is_empty()
            && self.status.is_empty()
            && self.region.is_empty()
            && self.industry.is_empty()
    }
}

/// Which rows of a part meet every condition; none where no condition is given.
pub fn rows_that_meet(part: &Part, conditions: &Conditions) -> Vec<bool> {
    let scope = Scope::default();
    let rule =
        Rule { name: String::new(), when: conditions.clone(), unless: Conditions::default(), then: Then::Certain };
    let rules = [rule];
    let of = Conditioned::new(part, &scope, &rules);
    let is_met = |row: usize| !conditions.is_empty() && of.meets_all(conditions, of.rules[0].when, row);
    (0..part.len()).map(is_met).collect()
}

/// The standing of every entity, part after part, two bytes each.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The reasons why an entity may not be drawn.
    pub reasons: Vec<Reason>,
    /// Names of the rules.
    pub rules: Vec<String>,
    /// 0: may be drawn; to the number of the reasons: 1 + the place of the reason why not; above: that number, plus 1 + the
    /// place of the rule that makes the entity certain.
    codes: Vec<u16>,
}

/// Places of the reasons, from 1; 0 is no reason.
mod code {
    use crate::terms::{Scope as Condition, Status};

    pub const ELIGIBLE: u16 = 0;
    /// Plus the code of the status.
    pub const STATUS: u16 = 1;
    /// Plus the place of the condition.
    pub const SCOPE: u16 = STATUS + Status::ALL.len() as u16;
    pub const VISITS: u16 = SCOPE + Condition::ALL.len() as u16;
    pub const ZERO_WEIGHT: u16 = VISITS + 1;
    pub const CAUGHT_UP: u16 = ZERO_WEIGHT + 1;
    pub const NOT_VISITED: u16 = CAUGHT_UP + 1;
    /// Plus the place of the rule.
    pub const EXEMPT: u16 = NOT_VISITED + 1;
}

/// All reasons that a plan can give, in the order of their codes.
fn reasons(rules: &[Rule]) -> Vec<Reason> {
    let status = Status::ALL.map(|status| Reason::Status { status });
    let scope = Condition::ALL.map(|scope| Reason::OutsideScope { scope });
    let exempt = rules.iter().map(|rule| Reason::Exempt { rule: rule.name.clone() });
    status
        .into_iter()
        .chain(scope)
        .chain([Reason::Visits, Reason::ZeroWeight, Reason::CaughtUp, Reason::NotVisited])
        .chain(exempt)
        .collect()
}

/// How many entities may not be drawn for each reason that occurs; `counts` are by code.
pub(super) fn exclusions<'r>(reasons: &'r [Reason], counts: &[u64]) -> Vec<(&'r Reason, u64)> {
    reasons.iter().zip(counts.iter().skip(1).copied()).filter(|&(_, count)| count > 0).collect()
}

/// Moves `entities` to the reason of those whose stratum needs no catch-up.
pub(super) fn count_as_left_out(counts: &mut [u64], entities: u64) {
    counts[usize::from(code::CAUGHT_UP)] += entities;
}

impl Standing {
    /// Of no entity yet, under these rules; there will be `entities`.
    pub fn new(rules: &[Rule], entities: usize) -> Self {
        Self {
            reasons: reasons(rules),
            rules: rules.iter().map(|rule| rule.name.clone()).collect(),
            codes: Vec::with_capacity(entities),
        }
    }

    /// Adds the entities of a part, which come after all so far; an entity of weight 0 may not be drawn, unless a rule made it
    /// certain. `rules` are those of [`Standing::new`], `weights` those of the part.
    pub fn push(&mut self, part: &Part, scope: &Scope, rules: &[Rule], weights: &[u64]) {
        let conditions = Conditioned::new(part, scope, rules);
        let reasons = self.reasons.len() as u16;
        let code = |row: usize| match conditions.standing(row) {
            (code::ELIGIBLE, 0) if weights[row] == 0 => code::ZERO_WEIGHT,
            (code::ELIGIBLE, rule) if rule > 0 => reasons + rule,
            (reason, _) => reason,
        };
        self.codes.par_extend((0..part.len()).into_par_iter().map(code));
    }

    /// Leaves out an entity whose stratum needs no catch-up.
    pub fn leave_out(&mut self, row: usize) {
        self.codes[row] = code::CAUGHT_UP;
    }

    /// Number of entities so far.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no entity yet.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Whether an entity may be drawn (certain ones included).
    #[inline]
    pub fn is_eligible(&self, row: usize) -> bool {
        self.place_of_reason(row).is_none()
    }

    /// Whether a rule made an eligible entity certain.
    #[inline]
    pub fn is_certain(&self, row: usize) -> bool {
        usize::from(self.codes[row]) > self.reasons.len()
    }

    /// Place of the reason why an entity may not be drawn; `None` if it may.
    #[inline]
    pub fn place_of_reason(&self, row: usize) -> Option<usize> {
        usize::from(self.codes[row]).checked_sub(1).filter(|&place| place < self.reasons.len())
    }

    /// Place of the rule that made an entity certain.
    #[inline]
    pub fn place_of_rule(&self, row: usize) -> Option<usize> {
        usize::from(self.codes[row]).checked_sub(self.reasons.len() + 1)
    }

    /// The rule that made an entity certain.
    pub fn rule_of(&self, row: usize) -> Option<&str> {
        self.place_of_rule(row).map(|rule| self.rules[rule].as_str())
    }

    /// How many entities there are of each code, up to the last that a plan can give.
    pub(super) fn counts(&self) -> Vec<u64> {
        const BLOCK: usize = 1 << 16;
        let none = || vec![0; self.reasons.len() + self.rules.len() + 1];
        let add = |mut counts: Vec<u64>, codes: &[u16]| {
            codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
            counts
        };
        let sum = |a: Vec<u64>, b: Vec<u64>| a.into_iter().zip(b).map(|(a, b)| a + b).collect();
        self.codes.par_chunks(BLOCK).fold(none, add).reduce(none, sum)
    }

    /// How many entities may not be drawn for each reason that occurs, in the order of the reasons.
    pub fn exclusions(&self) -> Vec<(&Reason, u64)> {
        exclusions(&self.reasons, &self.counts())
    }
}

/// The conditions and the columns they test.
struct Conditioned<'a> {
    part: &'a Part,
    scope: &'a Scope,
    region: Option<&'a Attribute>,
    station: Option<&'a Attribute>,
    industry: Option<&'a Attribute>,
    entity_type: Option<&'a Attribute>,
    tags: Option<&'a Attribute>,
    registered: Option<&'a Attribute>,
    visits: Option<&'a [u32]>,
    rules: Vec<RuleMasks<'a>>,
}

/// A rule with the bits of the flags that it names.
struct RuleMasks<'a> {
    rule: &'a Rule,
    when: u32,
    unless: u32,
}

impl<'a> Conditioned<'a> {
    fn new(part: &'a Part, scope: &'a Scope, rules: &'a [Rule]) -> Self {
        let mask = |conditions: &Conditions| {
            let flags = part.flags.as_ref();
            conditions.flags.iter().fold(0, |mask, name| mask | flags.map_or(0, |flags| flags.mask(name)))
        };
        let rule = |rule: &'a Rule| RuleMasks { rule, when: mask(&rule.when), unless: mask(&rule.unless) };
        let dated = scope.registered_from.is_some() || scope.registered_until.is_some();
        Self {
            part,
            scope,
            region: part.attribute(contract::REGION.name),
            station: part.attribute(contract::STATION.name),
            industry: part.attribute(contract::INDUSTRY.name),
            entity_type: part.attribute(contract::ENTITY_TYPE.name),
            tags: part.attribute(contract::TAGS.name),
            registered: part.attribute(contract::REGISTRATION_DATE.name).filter(|_| dated),
            visits: scope.visits.as_ref().and_then(|limit| part.visits(&limit.counted)),
            rules: rules.iter().map(rule).collect(),
        }
    }

    /// (reason code, 1 + place of the rule that made the entity certain or 0)
    fn standing(&self, row: usize) -> (u16, u16) {
        let status = self.part.status[row];
        if !self.scope.status.contains(&status) {
            return (code::STATUS + u16::from(status.code()), 0);
        }
        if let Some(reason) = self.outside_scope(row) {
            return (reason, 0);
        }
        let is_recheck = self.scope.visits.as_ref().is_some_and(|limit| limit.reading == VisitLimit::FewerThan);
        let exhausted = || {
            let limit = self.scope.visits.as_ref().zip(self.visits);
            limit.is_some_and(|(limit, visits)| limit.exhausted(visits[row], self.part.grade[row]))
        };
        if is_recheck && exhausted() {
            return (code::NOT_VISITED, 0);
        }
        let matching = |&RuleMasks { rule, when, unless }: &RuleMasks<'_>| {
            self.meets_all(&rule.when, when, row)
                && (rule.unless.is_empty() || !self.meets_all(&rule.unless, unless, row))
        };
        if let Some(place) = self.rules.iter().position(matching) {
            // A plan has at most 1,000 rules.
            let place = place as u16;
            return match self.rules[usize::from(place)].rule.then {
                Then::Certain => (code::ELIGIBLE, place + 1),
                Then::Exempt => (code::EXEMPT + place, 0),
            };
        }
        if !is_recheck && exhausted() { (code::VISITS, 0) } else { (code::ELIGIBLE, 0) }
    }

    fn outside_scope(&self, row: usize) -> Option<u16> {
        let scope = self.scope;
        let fails = |column: Option<&Attribute>, list: &[String], test: fn(&str, &str) -> bool| {
            !list.is_empty() && !matches_any(column, row, list, test)
        };
        let tagged = |list: &[String]| {
            let text = self.tags.and_then(|tags| tags.text(row)).map(normalise).unwrap_or_default();
            text.split([';', '；', ',', '，', '、', '|']).any(|tag| list.iter().any(|own| own == tag.trim()))
        };
        let undated = || {
            let date = self.registered.and_then(|dates| dates.day(row));
            let early = scope.registered_from.is_some_and(|from| date.is_none_or(|date| date < from));
            early || scope.registered_until.is_some_and(|until| date.is_none_or(|date| date > until))
        };
        let outside = |condition: Condition| match condition {
            Condition::Region => fails(self.region, &scope.regions, |text, own| text.starts_with(own)),
            Condition::Station => fails(self.station, &scope.stations, |text, own| text == own),
            Condition::Industry => fails(self.industry, &scope.industries, |text, own| text.starts_with(own)),
            Condition::EntityType => fails(self.entity_type, &scope.entity_types, |text, own| text.contains(own)),
            Condition::Tags => (!scope.tags_any.is_empty() && !tagged(&scope.tags_any)) || tagged(&scope.tags_none),
            Condition::RegistrationDate => undated(),
        };
        Condition::ALL.into_iter().zip(code::SCOPE..).find(|&(scope, _)| outside(scope)).map(|(_, code)| code)
    }

    /// Whether every condition that is given holds; a list holds if any of its members does.
    fn meets_all(&self, conditions: &Conditions, flags: u32, row: usize) -> bool {
        let frame = self.part;
        let carried = || frame.flags.as_ref().is_some_and(|own| own.bits[row] & flags != 0);
        let prefix = |text: &str, own: &str| text.starts_with(own);
        (conditions.color.is_empty() || conditions.color.contains(&frame.color[row]))
            && (conditions.grade.is_empty() || conditions.grade.contains(&frame.grade[row]))
            && (conditions.status.is_empty() || conditions.status.contains(&frame.status[row]))
            && (conditions.flags.is_empty() || carried())
            && (conditions.region.is_empty() || matches_any(self.region, row, &conditions.region, prefix))
            && (conditions.industry.is_empty() || matches_any(self.industry, row, &conditions.industry, prefix))
    }
}

/// Whether a cell, in its normal form, passes the test with any word of the list.
fn matches_any(column: Option<&Attribute>, row: usize, list: &[String], test: fn(&str, &str) -> bool) -> bool {
    column
        .and_then(|column| column.text(row))
        .map(normalise)
        .is_some_and(|text| list.iter().any(|own| test(&text, own)))
}
