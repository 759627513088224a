//! The days on which is inspected: Monday to Friday without public holidays. Weekend days that were worked in exchange
//! are left out, so a number of working days counted here is never more than the official one.

use std::ops::Range;

use jiff::civil::date;

use fairdraw_core::terms::days_of;

/// Public holidays of 2021, 2023 and the first quarters after them, as first and last day (notices of the State Council:
/// 国办发明电〔2020〕27号, 〔2021〕11号, 〔2022〕16号, 〔2023〕7号), weekends in them included.
#[rustfmt::skip]
const HOLIDAYS: &[(i16, [i8; 2], [i8; 2])] = &[
    (2021, [1, 1], [1, 3]), (2021, [2, 11], [2, 17]), (2021, [4, 3], [4, 5]), (2021, [5, 1], [5, 5]),
    (2021, [6, 12], [6, 14]), (2021, [9, 19], [9, 21]), (2021, [10, 1], [10, 7]),
    (2022, [1, 1], [1, 3]), (2022, [1, 31], [2, 6]),
    (2023, [1, 1], [1, 2]), (2023, [1, 21], [1, 27]), (2023, [4, 5], [4, 5]), (2023, [4, 29], [5, 3]),
    (2023, [6, 22], [6, 24]), (2023, [9, 29], [10, 6]),
    (2024, [1, 1], [1, 1]), (2024, [2, 10], [2, 17]),
];

/// The working days of a year and of the quarter after it, each with a place, from 0.
#[derive(Debug)]
pub(super) struct Calendar {
    days: Vec<i32>,
}

impl Calendar {
    pub(super) fn of(year: i16) -> Self {
        let day = |year, [month, day]: [i8; 2]| days_of(date(year, month, day));
        let (first, last) = (day(year, [1, 1]), day(year + 1, [3, 31]));
        let rests = |today: i32| HOLIDAYS.iter().any(|&(y, from, to)| (day(y, from)..=day(y, to)).contains(&today));
        Calendar { days: (first..=last).filter(|&today| weekday(today) < 5 && !rests(today)).collect() }
    }

    /// The working day at a place; the last one for places behind it.
    pub(super) fn day(&self, place: usize) -> i32 {
        self.days[place.min(self.days.len() - 1)]
    }

    /// The place of a day, or of the first working day after it.
    pub(super) fn place(&self, day: i32) -> usize {
        self.days.partition_point(|&known| known < day)
    }

    /// The day so many working days after a working day.
    pub(super) fn after(&self, day: i32, working_days: usize) -> i32 {
        self.day(self.place(day) + working_days)
    }

    /// The places of the working days in the week, Monday to Sunday, of a place.
    pub(super) fn week(&self, place: usize) -> Range<usize> {
        let monday = self.day(place) - weekday(self.day(place));
        self.place(monday)..self.place(monday + 7)
    }
}

/// 0 Monday to 6 Sunday.
pub(super) fn weekday(day: i32) -> i32 {
    // Day 0 was a Thursday.
    (day + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_and_weekends_are_passed_over() {
        let calendar = Calendar::of(2021);
        let day = |month, day| days_of(date(2021, month, day));
        assert_eq!(calendar.day(0), day(1, 4));
        assert_eq!(calendar.after(day(9, 30), 1), day(10, 8), "a Friday");
        assert_eq!(calendar.after(day(11, 26), 1), day(11, 29));
        let week = calendar.week(calendar.place(day(10, 8)));
        assert_eq!((week.len(), calendar.day(week.start)), (1, day(10, 8)));
        assert_eq!(weekday(day(11, 28)), 6);
    }
}
