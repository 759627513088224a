//! Certainties and exemptions.

use super::super::file::ConditionsFile;
use super::super::locate::KeyPath;
use super::{Checker, Composed};
use crate::contract::TAKE_ALL;
use crate::task::{Conditions, Rule};
use crate::terms::{Color, Grade};

/// Most rules of a plan.
const MOST_RULES: usize = 1_000;

impl Checker<'_> {
    pub(super) fn rules(&mut self, of: &Composed<'_>) -> Vec<Rule> {
        if of.how.rules.len() > MOST_RULES {
            let help = "put entities that are named one by one into a table of flags, and write one rule for the flag";
            self.refuse(&of.key("rules").index(MOST_RULES), format!("more than {MOST_RULES} rules"), help);
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(of.how.rules.len());
        for (i, written) in of.how.rules.iter().enumerate() {
            let at = of.key("rules").index(i);
            let name = written.name.trim().to_string();
            if name.is_empty() {
                self.refuse(
                    &at.key("name"),
                    "is blank",
                    "say what the rule says, such as \"red code: everyone is inspected\"",
                );
            } else if name.contains(char::is_control) {
                self.refuse(&at.key("name"), "holds a control character", "write the name on one line, without tabs");
            } else if name == TAKE_ALL {
                let help = "call it something else: take-all is what a run calls entities taken for their weight";
                self.refuse(&at.key("name"), format!("{name:?} is taken"), help);
            } else if rules.iter().any(|earlier| earlier.name == name) {
                self.refuse(&at.key("name"), format!("{name:?} names two rules"), "give each rule its own name");
            }
            let when = self.conditions(of, &at.key("when"), written.when.as_ref());
            let unless = self.conditions(of, &at.key("unless"), written.unless.as_ref());
            let given = |it: &Option<ConditionsFile>| it.as_ref().is_some_and(|it| !names_nothing(it));
            if !given(&written.when) && !given(&written.unless) {
                self.refuse(
                    &at,
                    format!("the rule {name:?} has no condition, so it would decide about everyone"),
                    "add `when` or `unless`, such as when = { color = [\"red\"] }",
                );
            }
            rules.push(Rule { name, when, unless, then: written.then });
        }
        rules
    }

    pub(super) fn conditions(
        &mut self,
        of: &Composed<'_>,
        at: &KeyPath,
        written: Option<&ConditionsFile>,
    ) -> Conditions {
        let Some(written) = written else { return Conditions::default() };
        let lists = [
            ("color", &written.color),
            ("grade", &written.grade),
            ("flags", &written.flags),
            ("status", &written.status),
            ("region", &written.region),
            ("industry", &written.industry),
        ];
        for (name, list) in lists {
            let Some(list) = list else { continue };
            let at = at.key(name);
            if list.is_empty() {
                self.refuse(&at, "none of no words can hold", "name at least one word, or remove the key");
            }
            match name {
                "color" | "grade" => self.needs_credit(of, &at),
                "flags" => self.needs_flags(of, &at),
                _ => {}
            }
        }
        let given = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
        Conditions {
            color: self.words(&at.key("color"), &given(&written.color), Color::from_word, &Color::ALL.map(Color::name)),
            grade: self.words(&at.key("grade"), &given(&written.grade), Grade::from_word, &Grade::ALL.map(Grade::name)),
            flags: self.texts(&at.key("flags"), &given(&written.flags)),
            status: self.statuses(&at.key("status"), &given(&written.status)),
            region: self.texts(&at.key("region"), &given(&written.region)),
            industry: self.texts(&at.key("industry"), &given(&written.industry)),
        }
    }
}

/// Whether no key of the conditions is given.
fn names_nothing(written: &ConditionsFile) -> bool {
    let ConditionsFile { color, grade, flags, status, region, industry } = written;
    [color, grade, flags, status, region, industry].iter().all(|list| list.is_none())
}
