//! The week of every visit: work spread evenly over the weeks of each station.

use super::visit::Visit;
use crate::sampling::lots::{Label, LotError, LotKey, iv};
use crate::terms::Calendar;
use std::collections::BTreeMap;

/// The Monday of a day's week.
fn monday(day: i32) -> i32 {
    // 1970-01-01 was a Thursday.
    day - (day + 3).rem_euclid(7)
}

/// Working days of a week, from its Monday.
fn working_days(calendar: &Calendar, monday: i32) -> u64 {
    (monday..monday + 7).filter(|&day| calendar.is_working(day)).count() as u64
}

/// The Mondays of the weeks in which a visit may be made: those with a working day within the window; if there is none, all
/// that the window touches.
pub fn possible_weeks(visit: &Visit, calendar: &Calendar) -> Vec<i32> {
    let all: Vec<i32> = (monday(visit.first)..=monday(visit.last)).step_by(7).collect();
    let is_possible = |&&week: &&i32| {
        let (first, last) = (week.max(visit.first), (week + 6).min(visit.last));
        (first..=last).any(|day| calendar.is_working(day))
    };
    let possible: Vec<i32> = all.iter().filter(is_possible).copied().collect();
    if possible.is_empty() { all } else { possible }
}

/// The Monday of the week of each visit. Visits with fewest possible weeks come first, then by ticket (label
/// `fairdraw/1/week`) and id; each goes to the week with least (visits of its station + 1) ÷ max(1, working days), ties to the
/// earlier. `stations` holds the station of each visit's entity; empty where it has none. `standing` are station and week of
/// visits that have theirs already: they count and stay.
///
/// # Errors
/// [`LotError`] for a seed with a line break.
pub fn assign_weeks(
    visits: &[Visit],
    stations: &[&str],
    standing: &[(&str, i32)],
    calendar: &Calendar,
    seed: &str,
) -> Result<Vec<i32>, LotError> {
    let lots = LotKey::labelled(Label::Week, seed, "", &[])?;
    let possible: Vec<Vec<i32>> = visits.iter().map(|visit| possible_weeks(visit, calendar)).collect();
    let mut order: Vec<(usize, u64, &str, usize)> = visits
        .iter()
        .enumerate()
        .map(|(at, visit)| (possible[at].len(), lots.ticket(&iv(&visit.visit_id)), visit.visit_id.as_str(), at))
        .collect();
    order.sort_unstable();
    let mut days: BTreeMap<i32, u64> = BTreeMap::new();
    let mut visits_of: BTreeMap<(&str, i32), u64> = BTreeMap::new();
    standing.iter().for_each(|&own| *visits_of.entry(own).or_default() += 1);
    let mut weeks = vec![0; visits.len()];
    for (.., at) in order {
        let (mut best, mut least) = (0, None);
        for &week in &possible[at] {
            let days = *days.entry(week).or_insert_with(|| working_days(calendar, week).max(1));
            let load = visits_of.get(&(stations[at], week)).copied().unwrap_or(0) + 1;
            // load ÷ days, compared exactly.
            let is_less = least.is_none_or(|(other, of_other): (u64, u64)| load * of_other < other * days);
            if is_less {
                (best, least) = (week, Some((load, days)));
            }
        }
        *visits_of.entry((stations[at], best)).or_default() += 1;
        weeks[at] = best;
    }
    Ok(weeks)
}
