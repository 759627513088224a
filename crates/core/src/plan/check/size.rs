//! How many are drawn.

use super::super::file::SizeFile;
use super::super::locate::KeyPath;
use super::super::micro::decimals;
use super::weight::by_grade;
use super::{Checker, Composed};
use crate::sampling::{Rounding, Share};
use crate::task::{Base, LegalMinimum, Size, SizeRule};

impl Checker<'_> {
    pub(super) fn size(&mut self, of: &Composed<'_>) -> Size {
        let at = of.key("size");
        let Some(written) = &of.how.size else {
            if !of.for_tasks {
                self.refuse(&at, "is missing", "add size; `fairdraw schema` describes every key");
            }
            return Size { rule: SizeRule::Count(1), at_least: None, at_most: None, legal_minimum: None };
        };
        let rule = self.size_rule(of, written, &at);
        self.floor_and_cap(&at, written.at_least.unwrap_or(0), written.at_most);
        if let SizeRule::Count(count) = rule {
            if let Some(cap) = written.at_most.filter(|cap| count > *cap && *cap > 0) {
                self.refuse(
                    &at.key("count"),
                    format!("{count} is above at-most = {cap}"),
                    "remove at-most or lower the count",
                );
            }
            if let Some(floor) = written.at_least.filter(|floor| count < *floor) {
                self.refuse(
                    &at.key("count"),
                    format!("{count} is below at-least = {floor}"),
                    "remove at-least or raise the count",
                );
            }
        }
        if let SizeRule::Share { each_stratum: true, .. } | SizeRule::GradeShares { .. } = rule {
            let limits = [("at-least", written.at_least.is_some()), ("at-most", written.at_most.is_some())];
            for (name, _) in limits.into_iter().filter(|(_, given)| *given) {
                let help = format!("remove `{name}`; strata.{name} is a limit of each stratum");
                self.refuse(&at.key(name), "limits one total, and each part has a share of its own here", help);
            }
        }
        let legal_minimum = written.legal_minimum.as_ref().map(|minimum| {
            let share = self.share(&at.key("legal-minimum").key("share"), minimum.share, false);
            LegalMinimum { share, of: minimum.of.unwrap_or(Base::Live) }
        });
        Size { rule, at_least: written.at_least, at_most: written.at_most, legal_minimum }
    }

    fn size_rule(&mut self, of: &Composed<'_>, written: &SizeFile, at: &KeyPath) -> SizeRule {
        let given = [
            ("count", written.count.is_some()),
            ("share", written.share.is_some()),
            ("grade-shares", written.grade_shares.is_some()),
        ];
        let given: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
        match given.as_slice() {
            [_] => {}
            [] => self.refuse(
                at,
                "none of count, share and grade-shares is given",
                "add exactly one of them, such as share = 0.01",
            ),
            [_, second, ..] => {
                let all = given.join(" and ");
                self.refuse(
                    &at.key(second),
                    format!("{all} are given, and only one can decide the size"),
                    "keep one of them; size.at-least, size.at-most and size.legal-minimum may stand beside it",
                );
            }
        }

        let base = written.of.unwrap_or(Base::Eligible);
        let rounding = written.rounding.map(Rounding::from).unwrap_or_default();
        if let Some(count) = written.count {
            if count == 0 {
                self.refuse(&at.key("count"), "0 draws nobody", "give at least 1");
            }
            self.no_share(at, written);
            return SizeRule::Count(count);
        }
        if let Some(grades) = &written.grade_shares {
            let at_grades = at.key("grade-shares");
            self.needs_credit(of, &at_grades);
            let shares = self.complete(&at_grades, by_grade(grades));
            if shares.iter().all(|(_, share)| *share == 0.0) {
                self.refuse(
                    &at_grades,
                    "all shares are 0, so nobody is drawn",
                    "give at least one grade a share above 0",
                );
            }
            if written.each_stratum == Some(true) {
                self.refuse(
                    &at.key("each-stratum"),
                    "grade-shares are taken in every stratum anyway",
                    "remove each-stratum",
                );
            }
            let shares = shares.map(|(grade, share)| self.share(&at_grades.key(grade), share, true));
            return SizeRule::GradeShares { shares, of: base, rounding };
        }
        let each_stratum = written.each_stratum.unwrap_or(false);
        if each_stratum && of.how.strata.by.is_empty() {
            self.refuse(
                &at.key("each-stratum"),
                "there is only one stratum, because strata.by is empty",
                "name columns in strata.by, or remove each-stratum",
            );
        }
        let share = written.share.map_or_else(placeholder_share, |share| self.share(&at.key("share"), share, false));
        SizeRule::Share { share, of: base, rounding, each_stratum }
    }

    /// Refuses what has a meaning for shares only.
    fn no_share(&mut self, at: &KeyPath, written: &SizeFile) {
        let given = [
            ("of", written.of.is_some()),
            ("rounding", written.rounding.is_some()),
            ("each-stratum", written.each_stratum == Some(true)),
        ];
        for (name, _) in given.into_iter().filter(|(_, given)| *given) {
            let help = format!("remove `{name}`, or give a share instead of the count");
            self.refuse(&at.key(name), "is about shares, and size.count is a number", help);
        }
    }

    /// A share: at most 1, at most nine decimals, above 0 unless `zero` is allowed.
    fn share(&mut self, at: &KeyPath, value: f64, zero: bool) -> Share {
        let above_zero = value > 0.0 || (zero && value == 0.0);
        let help = if value > 1.0 && value <= 100.0 {
            format!("write {} for {value} %", value / 100.0)
        } else {
            "write one percent as 0.01".to_string()
        };
        match Share::new(value) {
            Some(share) if above_zero => {
                if decimals(value) > 9 {
                    self.refuse(at, format!("{value} has more than nine decimals"), "round it to nine decimals");
                }
                share
            }
            _ => {
                let low = if zero { "from 0" } else { "above 0" };
                self.refuse(at, format!("{value} is no share: a share is {low} and at most 1"), help);
                placeholder_share()
            }
        }
    }
}

/// The share that stands in for one that was refused.
fn placeholder_share() -> Share {
    Share::new(0.0).expect("0 lies in 0..=1")
}
