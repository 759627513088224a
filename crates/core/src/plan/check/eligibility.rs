//! Who may be drawn at all.

use jiff::civil::Date;

use super::super::file::VisitsFile;
use super::super::locate::KeyPath;
use super::super::words::CountedWord;
use super::{Checker, Composed, did_you_mean};
use crate::part::Counted;
use crate::task::{Scope, VisitLimit, Visits};
use crate::terms::{Grade, Status, days_of, normalise};

impl Checker<'_> {
    pub(super) fn eligibility(&mut self, of: &Composed<'_>, as_of: Date) -> Scope {
        let written = of.how.eligibility.clone();
        let at = of.key("eligibility");

        let status = match &written.status {
            None => vec![Status::Live],
            Some(list) => {
                if list.is_empty() {
                    self.refuse(
                        &at.key("status"),
                        "no status is eligible, so nobody could be drawn",
                        "name at least one, such as [\"live\"], or remove `status`",
                    );
                }
                self.statuses(&at.key("status"), list)
            }
        };
        let registered_from = self.day(&at.key("registered-from"), written.registered_from);
        let registered_until = self.day(&at.key("registered-until"), written.registered_until);
        if registered_from.zip(registered_until).is_some_and(|(from, until)| from > until) {
            self.refuse(
                &at.key("registered-from"),
                "is after registered-until, so nobody could be drawn",
                "exchange the two dates",
            );
        }
        let visits = written.visits.map(|visits| self.visits(of, &at.key("visits"), visits, as_of));
        Scope {
            status,
            regions: self.texts(&at.key("regions"), &written.regions),
            stations: self.texts(&at.key("stations"), &written.stations),
            industries: self.texts(&at.key("industries"), &written.industries),
            entity_types: self.texts(&at.key("entity-types"), &written.entity_types),
            tags_any: self.texts(&at.key("tags-any"), &written.tags_any),
            tags_none: self.texts(&at.key("tags-none"), &written.tags_none),
            registered_from,
            registered_until,
            visits,
        }
    }

    pub(super) fn statuses(&mut self, at: &KeyPath, list: &[String]) -> Vec<Status> {
        self.words(at, list, Status::from_word, &Status::ALL.map(Status::name))
    }

    fn visits(&mut self, of: &Composed<'_>, at: &KeyPath, written: VisitsFile, as_of: Date) -> Visits {
        if of.inputs.ledger.is_none() && of.inputs.rounds.is_empty() {
            self.refuse(
                at,
                "visits are counted from a ledger, and inputs.ledger is missing",
                "add [inputs.ledger] with its path, or inputs.rounds with folders of earlier rounds, or remove `visits`",
            );
        }
        if written.limit == 0 && written.reading == VisitLimit::AtLeast {
            self.refuse(
                &at.key("limit"),
                "everyone has at least 0 visits, so nobody could be drawn",
                "write limit = 1 to leave out whoever has been visited",
            );
        }
        if written.limit == 0 && written.reading == VisitLimit::FewerThan {
            self.refuse(
                &at.key("limit"),
                "nobody has fewer than 0 visits, so nobody would be left out",
                "write limit = 1 to draw from those that have been visited, or remove `visits`",
            );
        }
        let since_at = at.key("since");
        let since = self.day(&since_at, written.since).unwrap_or_else(|| days_of(as_of.first_of_year()));
        if since > days_of(as_of) {
            self.refuse(&since_at, format!("is after as-of ({as_of}), so no visit could count"), "give an earlier day");
        }
        let mut by_grade = [None; Grade::ALL.len()];
        for (word, limit) in &written.grades {
            let grades_at = at.key("grades").key(word);
            self.needs_credit(of, &grades_at);
            match Grade::from_word(word).filter(|_| !word.trim().is_empty()) {
                Some(grade) => by_grade[usize::from(grade.code())] = Some(*limit),
                None => {
                    let help = did_you_mean(word, &Grade::ALL.map(Grade::name));
                    self.refuse(&grades_at, format!("{word:?} is no grade"), help);
                }
            }
        }
        let counted = match written.counted.unwrap_or_default() {
            CountedWord::All => Counted::All,
            CountedWord::Level => Counted::Level(of.level),
            CountedWord::Unit => {
                let unit = written.unit.as_ref().or(of.lead.as_ref());
                if unit.is_none() && !of.for_tasks {
                    let help = "give the task its `lead`, or the plan `visits.unit`";
                    self.refuse(&at.key("counted"), "counts visits of the own unit, and no unit is named", help);
                }
                Counted::Unit(unit.map(|unit| normalise(unit).into_owned()).unwrap_or_default())
            }
        };
        Visits { counted, limit: written.limit, by_grade, reading: written.reading, since }
    }
}
