//! Who may be drawn, who must be, and why not.
//!
//! The conditions are asked in this order and the first that fails is the reason: status, scope (region, station,
//! industry, entity type, tags, registration date), the plan's rules (the first that matches makes an entity exempt or
//! certain), the limit of visits (which does not hold back an entity that a rule made certain), and last a weight of 0.

use super::{Frame, TextColumn};
use crate::plan::{Conditions, Plan, Rule, Then};
use crate::terms::Status;
use polars::prelude::DataType;
use rayon::prelude::*;

/// The standing of every entity.
#[derive(Debug, Clone)]
pub struct Eligibility {
    /// The words of the reason codes; code 0 is "eligible".
    pub reasons: Vec<String>,
    /// Reason code of each entity; 0: it may be drawn.
    pub reason: Vec<u16>,
    /// Names of the plan's rules.
    pub rules: Vec<String>,
    /// For an eligible entity that a rule made certain, 1 + the rule's place; else 0.
    pub certain: Vec<u16>,
}

/// Reason codes that do not name a rule; a rule that exempts has the code `EXEMPT` + its place.
mod code {
    pub const ELIGIBLE: u16 = 0;
    /// Plus the code of the status.
    pub const STATUS: u16 = 1;
    pub const REGION: u16 = 20;
    pub const STATION: u16 = 21;
    pub const INDUSTRY: u16 = 22;
    pub const ENTITY_TYPE: u16 = 23;
    pub const TAGS: u16 = 24;
    pub const REGISTRATION_DATE: u16 = 25;
    pub const VISITS: u16 = 26;
    pub const ZERO_WEIGHT: u16 = 27;
    pub const EXEMPT: u16 = 28;
}

fn words(rules: &[Rule]) -> Vec<String> {
    let mut words = vec![String::new(); usize::from(code::EXEMPT)];
    let fixed = [
        (code::ELIGIBLE, "eligible"),
        (code::REGION, "outside-scope: region"),
        (code::STATION, "outside-scope: station"),
        (code::INDUSTRY, "outside-scope: industry"),
        (code::ENTITY_TYPE, "outside-scope: entity type"),
        (code::TAGS, "outside-scope: tags"),
        (code::REGISTRATION_DATE, "outside-scope: registration date"),
        (code::VISITS, "visits: limit reached"),
        (code::ZERO_WEIGHT, "weight is 0"),
    ];
    for (code, word) in fixed {
        words[usize::from(code)] = word.to_owned();
    }
    for status in Status::ALL {
        words[usize::from(code::STATUS + u16::from(status.code()))] = format!("status: {}", status.name());
    }
    words.extend(rules.iter().map(|rule| format!("exempt: {}", rule.name)));
    words
}

impl Eligibility {
    /// Asks the plan's conditions of every entity; weights come later, by [`Eligibility::exclude_weightless`].
    pub fn of(frame: &Frame, plan: &Plan) -> Self {
        let asker = Asker::new(frame, plan);
        let (reason, certain) = (0..frame.len()).into_par_iter().map(|row| asker.standing(row)).unzip();
        let rules = plan.rules.iter().map(|rule| rule.name.clone()).collect();
        Self { reasons: words(&plan.rules), reason, rules, certain }
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
    pub fn reason_of(&self, row: usize) -> Option<&str> {
        (!self.is_eligible(row)).then(|| self.reasons[usize::from(self.reason[row])].as_str())
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

/// The plan's conditions beside the columns that they ask.
struct Asker<'a> {
    frame: &'a Frame,
    plan: &'a Plan,
    region: Option<TextColumn>,
    station: Option<TextColumn>,
    industry: Option<TextColumn>,
    entity_type: Option<TextColumn>,
    tags: Option<TextColumn>,
    registered: Option<Vec<Option<i32>>>,
    rules: Vec<(&'a Rule, u32, u32)>,
}

impl<'a> Asker<'a> {
    fn new(frame: &'a Frame, plan: &'a Plan) -> Self {
        let scope = &plan.eligibility;
        let asks = |condition: fn(&Conditions) -> &Vec<String>| {
            plan.rules.iter().any(|rule| !condition(&rule.when).is_empty() || !condition(&rule.unless).is_empty())
        };
        let text = |asked: bool, name: &str| asked.then(|| frame.text(name)).flatten();
        let dated = scope.registered_from.is_some() || scope.registered_until.is_some();
        let mask = |conditions: &Conditions| {
            let flags = frame.flags.as_ref();
            conditions.flags.iter().fold(0, |mask, name| mask | flags.map_or(0, |flags| flags.mask(name)))
        };
        Self {
            frame,
            plan,
            region: text(!scope.regions.is_empty() || asks(|c| &c.region), "region"),
            station: text(!scope.stations.is_empty(), "station"),
            industry: text(!scope.industries.is_empty() || asks(|c| &c.industry), "industry"),
            entity_type: text(!scope.entity_types.is_empty(), "entity_type"),
            tags: text(!(scope.tags_any.is_empty() && scope.tags_none.is_empty()), "tags"),
            registered: dated.then(|| registration_days(frame)),
            rules: plan.rules.iter().map(|rule| (rule, mask(&rule.when), mask(&rule.unless))).collect(),
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
        let matching = |&(rule, when, unless): &(&Rule, u32, u32)| {
            self.meets_all(&rule.when, when, row)
                && (rule.unless.is_empty() || !self.meets_all(&rule.unless, unless, row))
        };
        if let Some(place) = self.rules.iter().position(matching) {
            // A plan's rules are far fewer than 2^16; `plan` refuses more than 1,000.
            let place = u16::try_from(place).unwrap_or(u16::MAX - code::EXEMPT - 1);
            return match self.rules[usize::from(place)].0.then {
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
        let fails = |column: &Option<TextColumn>, list: &[String], test: fn(&str, &str) -> bool| {
            !list.is_empty() && !matches_any(column.as_ref(), row, list, test)
        };
        let tagged = |list: &[String]| {
            let text = self.tags.as_ref().and_then(|tags| tags.get(row)).unwrap_or("");
            text.split([';', '；', ',', '，', '、', '|']).any(|tag| list.iter().any(|own| own == tag.trim()))
        };
        let dated = || {
            let date = self.registered.as_ref().and_then(|dates| dates[row]);
            let from = scope.registered_from.is_none_or(|from| date.is_some_and(|date| date >= from));
            from && scope.registered_until.is_none_or(|until| date.is_some_and(|date| date <= until))
        };
        if fails(&self.region, &scope.regions, |text, own| text.starts_with(own)) {
            Some(code::REGION)
        } else if fails(&self.station, &scope.stations, |text, own| text == own) {
            Some(code::STATION)
        } else if fails(&self.industry, &scope.industries, |text, own| text.starts_with(own)) {
            Some(code::INDUSTRY)
        } else if fails(&self.entity_type, &scope.entity_types, |text, own| text.contains(own)) {
            Some(code::ENTITY_TYPE)
        } else if (!scope.tags_any.is_empty() && !tagged(&scope.tags_any)) || tagged(&scope.tags_none) {
            Some(code::TAGS)
        } else if self.registered.is_some() && !dated() {
            Some(code::REGISTRATION_DATE)
        } else {
            None
        }
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
            && (conditions.region.is_empty() || matches_any(self.region.as_ref(), row, &conditions.region, prefix))
            && (conditions.industry.is_empty()
                || matches_any(self.industry.as_ref(), row, &conditions.industry, prefix))
    }
}

fn matches_any(column: Option<&TextColumn>, row: usize, list: &[String], test: fn(&str, &str) -> bool) -> bool {
    column.and_then(|column| column.get(row)).is_some_and(|text| list.iter().any(|own| test(text, own)))
}

/// Registration dates in days since 1970-01-01; a registry without them has none.
fn registration_days(frame: &Frame) -> Vec<Option<i32>> {
    let none = || vec![None; frame.len()];
    let Ok(column) = frame.attributes.column("registration_date") else {
        return none();
    };
    match column.cast(&DataType::Int32) {
        Ok(days) => days.i32().map_or_else(|_| none(), |days| days.iter().collect()),
        Err(_) => none(),
    }
}
