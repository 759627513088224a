//! Working days: Monday to Friday, without days of rest, with worked weekend days (调休).

use std::collections::{BTreeMap, BTreeSet};

/// First and last day of the span that is counted ahead, in days since 1970-01-01: 1990 to 2099.
const FIRST: i32 = 7_305;
const LAST: i32 = 47_481;

/// A calendar of working days.
#[derive(Clone, Debug)]
pub struct Calendar {
    exceptions: BTreeMap<i32, bool>,
    /// Working days of the span up to and with each day.
    upto: Vec<u32>,
    /// The working days of the span.
    days: Vec<i32>,
}

impl Calendar {
    /// The plain week with exceptions: a day since 1970-01-01, and whether it is worked.
    pub fn new(exceptions: impl IntoIterator<Item = (i32, bool)>) -> Self {
        let exceptions: BTreeMap<i32, bool> = exceptions.into_iter().collect();
        let (mut upto, mut days) = (Vec::new(), Vec::new());
        for day in FIRST..=LAST {
            if exceptions.get(&day).copied().unwrap_or_else(|| is_weekday(day)) {
                days.push(day);
            }
            upto.push(days.len() as u32);
        }
        Self { exceptions, upto, days }
    }

    /// Whether the day is worked.
    pub fn is_working(&self, day: i32) -> bool {
        self.exceptions.get(&day).copied().unwrap_or_else(|| is_weekday(day))
    }

    /// The `n`-th working day after `day`; `day` itself for 0.
    pub fn after(&self, day: i32, n: u32) -> i32 {
        if n == 0 {
            return day;
        }
        let ahead = self.upto.get((day - FIRST).max(0) as usize).filter(|_| day >= FIRST);
        if let Some(&found) = ahead.and_then(|&before| self.days.get((before + n - 1) as usize)) {
            return found;
        }
        let mut left = n;
        let mut day = day;
        while left > 0 {
            day += 1;
            left -= u32::from(self.is_working(day));
        }
        day
    }

    /// Working days d with `from` < d ≤ `to`; negative if `to` lies before `from`.
    pub fn between(&self, from: i32, to: i32) -> i64 {
        if to < from {
            return -self.between(to, from);
        }
        if from >= FIRST && to <= LAST {
            let upto = |day: i32| i64::from(self.upto[(day - FIRST) as usize]);
            return upto(to) - upto(from);
        }
        (from + 1..=to).filter(|&day| self.is_working(day)).count() as i64
    }

    /// Years of which the exceptions speak.
    pub fn years(&self) -> BTreeSet<i16> {
        self.exceptions.keys().filter_map(|&day| super::date_of(day)).map(|date| date.year()).collect()
    }
}

/// Monday to Friday; 1970-01-01 was a Thursday.
fn is_weekday(day: i32) -> bool {
    (day + 3).rem_euclid(7) < 5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::days_of;
    use jiff::civil::date;

    fn day(year: i16, month: i8, of_month: i8) -> i32 {
        days_of(date(year, month, of_month))
    }

    /// The Spring Festival of 2023.
    fn calendar() -> Calendar {
        let rest = (23..=27).map(|of_month| (day(2023, 1, of_month), false));
        Calendar::new(rest.chain([(day(2023, 1, 28), true), (day(2023, 1, 29), true)]))
    }

    #[test]
    fn holidays_rest_and_weekends_can_be_worked() {
        let calendar = calendar();
        assert!(!calendar.is_working(day(2023, 1, 27)) && calendar.is_working(day(2023, 1, 28)));
        assert!(calendar.is_working(day(2023, 1, 30)) && !calendar.is_working(day(2023, 2, 4)));
        assert_eq!(calendar.after(day(2023, 1, 20), 1), day(2023, 1, 28));
        assert_eq!(calendar.years(), BTreeSet::from([2023]));
    }

    #[test]
    fn counting_forth_and_back_agree() {
        let calendar = calendar();
        for from in (day(2022, 12, 1)..day(2023, 3, 1)).chain([-400, FIRST - 3, LAST - 2, LAST + 50]) {
            assert_eq!(calendar.after(from, 0), from);
            for n in [1, 2, 5, 15, 20, 300] {
                let to = calendar.after(from, n);
                assert!(calendar.is_working(to));
                assert_eq!(calendar.between(from, to), i64::from(n), "{from} {n}");
                assert_eq!(calendar.between(to, from), -i64::from(n));
            }
        }
    }
}
