//! Eligibility of each entity: eligible, certain or excluded, with the reason.
//!
//! The conditions are asked in this order and the first that fails is the reason: status, scope (region, station,
//! industry, entity type, tags, registration date), the plan's rules (the first that matches makes an entity exempt or
//! certain), the limit of visits (which does not hold back an entity that a rule made certain), and last a weight of 0.

use super::Frame;
use crate::contract;
use crate::ingest::Attribute;
use crate::plan::{Conditions, Plan, Rule, Then};
use crate::terms::{Reason, Scope, Status, normalise};
use rayon::prelude::*;

/// The standing of every entity.
#[derive(Debug, Clone)]
pub struct Eligibility {
    /// The reasons why an entity may not be drawn.
    pub reasons: Vec<Reason>,
    /// For an entity that may not be drawn, 1 + the place of its reason; 0: it may.
    pub reason: Vec<u16>,
    /// Names of the plan's rules.
    pub rules: Vec<String>,
    /// For an eligible entity that a rule made certain, 1 + the rule's place; else 0.
    pub certain: Vec<u16>,
}

/// Places of the reasons, from 1; 0 is no reason.
mod code {
    use crate::terms::{Scope, Status};

    pub const ELIGIBLE: u16 = 0;
    /// Plus the code of the status.
    pub const STATUS: u16 = 1;
    /// Plus the place of the condition.
    pub const SCOPE: u16 = STATUS + Status::ALL.len() as u16;
    pub const VISITS: u16 = SCOPE + Scope::ALL.len() as u16;
    pub const ZERO_WEIGHT: u16 = VISITS + 1;
    /// Plus the place of the rule.
    pub const EXEMPT: u16 = ZERO_WEIGHT + 1;
}

/// All reasons that a plan can give, in the order of their codes.
fn reasons(rules: &[Rule]) -> Vec<Reason> {
    let status = Status::ALL.map(|status| Reason::Status { status });
    let scope = Scope::ALL.map(|scope| Reason::OutsideScope { scope });
    let exempt = rules.iter().map(|rule| Reason::Exempt { rule: rule.name.clone() });
    status.into_iter().chain(scope).chain([Reason::Visits, Reason::ZeroWeight]).chain(exempt).collect()
}

impl Eligibility {
    /// Tests every entity against the plan's conditions; weights come later, by [`Eligibility::exclude_weightless`].
    pub fn of(frame: &Frame, plan: &Plan) -> Self {
        let conditions = PlanConditions::new(frame, plan);
        let (reason, certain) = (0..frame.len()).into_par_iter().map(|row| conditions.standing(row)).unzip();
        let rules = plan.rules.iter().map(|rule| rule.name.clone()).collect();
        Self { reasons: reasons(&plan.rules), reason, rules, certain }
    }

    /// Whether an entity may be drawn (certain ones included).
    #[inline]
    pub fn is_eligible(&self, row: usize) -> bool {
        self.reason[row] == code::ELIGIBLE
    }

    /// Whether a rule made an eligible entity certain.
    #[inline]
    pub fn is_certain(&self, row: usize) -> bool {
        self.certain[row] != 0
    }

    /// Why an entity may not be drawn; `None` if it may.
    pub fn reason_of(&self, row: usize) -> Option<&Reason> {
        self.reason[row].checked_sub(1).map(|place| &self.reasons[usize::from(place)])
    }

    /// How many entities may not be drawn for each reason that occurs, in the order of the reasons.
    pub fn exclusions(&self) -> Vec<(&Reason, u64)> {
        let mut counts = vec![0u64; self.reasons.len() + 1];
        self.reason.iter().for_each(|&code| counts[usize::from(code)] += 1);
        self.reasons.iter().zip(counts.into_iter().skip(1)).filter(|&(_, count)| count > 0).collect()
    }

    /// The rule that made an entity certain.
    pub fn rule_of(&self, row: usize) -> Option<&str> {
        self.certain[row].checked_sub(1).map(|rule| self.rules[usize::from(rule)].as_str())
    }

    /// Makes entities of weight 0 ineligible, unless a rule made them certain.
    pub fn exclude_weightless(&mut self, weights: &[u64]) {
        self.reason.par_iter_mut().zip(&self.certain).zip(weights).for_each(|((reason, &certain), &weight)| {
            if *reason == code::ELIGIBLE && certain == 0 && weight == 0 {
                *reason = code::ZERO_WEIGHT;
            }
        });
    }
}

/// The plan's conditions and the columns they test.
struct PlanConditions<'a> {
    frame: &'a Frame,
    plan: &'a Plan,
    region: Option<&'a Attribute>,
    station: Option<&'a Attribute>,
    industry: Option<&'a Attribute>,
    entity_type: Option<&'a Attribute>,
    tags: Option<&'a Attribute>,
    registered: Option<&'a Attribute>,
    rules: Vec<RuleMasks<'a>>,
}

/// A rule with the bits of the flags that it names.
struct RuleMasks<'a> {
    rule: &'a Rule,
    when: u32,
    unless: u32,
}

impl<'a> PlanConditions<'a> {
    fn new(frame: &'a Frame, plan: &'a Plan) -> Self {
        let scope = &plan.eligibility;
        let mask = |conditions: &Conditions| {
            let flags = frame.flags.as_ref();
            conditions.flags.iter().fold(0, |mask, name| mask | flags.map_or(0, |flags| flags.mask(name)))
        };
        let rule = |rule: &'a Rule| RuleMasks { rule, when: mask(&rule.when), unless: mask(&rule.unless) };
        let dated = scope.registered_from.is_some() || scope.registered_until.is_some();
        Self {
            frame,
            plan,
            region: frame.attribute(contract::REGION.name),
            station: frame.attribute(contract::STATION.name),
            industry: frame.attribute(contract::INDUSTRY.name),
            entity_type: frame.attribute(contract::ENTITY_TYPE.name),
            tags: frame.attribute(contract::TAGS.name),
            registered: frame.attribute(contract::REGISTRATION_DATE.name).filter(|_| dated),
            rules: plan.rules.iter().map(rule).collect(),
        }
    }

    /// (reason code, 1 + place of the rule that made the entity certain or 0)
    fn standing(&self, row: usize) -> (u16, u16) {
        let status = self.frame.status[row];
        if !self.plan.eligibility.status.contains(&status) {
            return (code::STATUS + u16::from(status.code()), 0);
        }
        if let Some(reason) = self.outside_scope(row) {
            return (reason, 0);
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
        let spent = |limit: crate::plan::Visits| self.frame.visits.as_ref().is_some_and(|v| limit.exhausted(v[row]));
        if self.plan.eligibility.visits.is_some_and(spent) {
            return (code::VISITS, 0);
        }
        (code::ELIGIBLE, 0)
    }

    fn outside_scope(&self, row: usize) -> Option<u16> {
        let scope = &self.plan.eligibility;
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
        let outside = |scope_of: Scope| match scope_of {
            Scope::Region => fails(self.region, &scope.regions, |text, own| text.starts_with(own)),
            Scope::Station => fails(self.station, &scope.stations, |text, own| text == own),
            Scope::Industry => fails(self.industry, &scope.industries, |text, own| text.starts_with(own)),
            Scope::EntityType => fails(self.entity_type, &scope.entity_types, |text, own| text.contains(own)),
            Scope::Tags => (!scope.tags_any.is_empty() && !tagged(&scope.tags_any)) || tagged(&scope.tags_none),
            Scope::RegistrationDate => undated(),
        };
        Scope::ALL.into_iter().zip(code::SCOPE..).find(|&(scope, _)| outside(scope)).map(|(_, code)| code)
    }

    /// Whether every condition that is given holds; a list holds if any of its members does.
    fn meets_all(&self, conditions: &Conditions, flags: u32, row: usize) -> bool {
        let frame = self.frame;
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
