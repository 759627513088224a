//! Visits as inspectors were dealt to them: which inspections belong to one, and which departments came.

use crate::ingest::{NO_WORD, Results};
use crate::keys::{EntityKey, KeySpace};
use crate::results::day;
use crate::standing::Standing;
use crate::terms::Column;
use std::cmp::Ordering;
use std::collections::HashMap;

/// What one department has to do at one visit.
#[derive(Clone, Debug)]
pub struct DealtDuty {
    /// The entity.
    key: EntityKey,
    /// The visit.
    visit_id: Box<str>,
    /// The department.
    pub department: Box<str>,
    /// Station of the entity.
    pub station: Option<Box<str>>,
    /// First day of the window.
    pub first: i32,
    /// Last day of the window.
    pub last: i32,
    /// Whether it has a team.
    pub is_served: bool,
    /// The day on which the department first came, if it did.
    pub came: Option<i32>,
}

/// Duties of all rounds that were dealt, by entity, department and first day.
#[derive(Clone, Debug, Default)]
pub struct Dealt(pub Vec<DealtDuty>);

impl Dealt {
    /// The duties of rounds as they stand; `None` if inspectors were dealt to none.
    pub fn of<'s>(rounds: impl IntoIterator<Item = &'s Standing>, space: &mut KeySpace) -> Option<Self> {
        let mut duties = Vec::new();
        let mut is_dealt = false;
        for dealt in rounds.into_iter().filter_map(|round| round.dealt.as_ref()) {
            is_dealt = true;
            for (visit, station) in dealt.state.visits.iter().zip(&dealt.state.stations) {
                for department in &visit.departments {
                    duties.push(DealtDuty {
                        key: space.pack(&visit.entity_id),
                        visit_id: visit.visit_id.as_str().into(),
                        department: department.as_str().into(),
                        station: (!station.is_empty()).then(|| station.as_str().into()),
                        first: visit.first,
                        last: visit.last,
                        is_served: dealt.state.teams.contains_key(&(visit.visit_id.clone(), department.clone())),
                        came: None,
                    });
                }
            }
        }
        duties.sort_by(|a, b| {
            space
                .compare(a.key, b.key)
                .then_with(|| (&a.department, a.first, &a.visit_id).cmp(&(&b.department, b.first, &b.visit_id)))
        });
        is_dealt.then_some(Self(duties))
    }

    /// Gives inspections without visit that of the duty in whose window the department came, and notes who came.
    pub fn settle(&mut self, results: &mut Results, space: &KeySpace) {
        let mut word_of: HashMap<Box<str>, u32> = results.words.visits.iter().cloned().zip(0..).collect();
        let mut at = 0;
        for (row, key) in results.rows.iter_mut().zip(&results.keys) {
            while self.0.get(at).is_some_and(|duty| space.compare(duty.key, *key) == Ordering::Less) {
                at += 1;
            }
            let of_entity = self.0[at..].iter_mut().take_while(|duty| duty.key == *key);
            let (department, came) = (&results.words.departments[row.department as usize], day(row.inspected));
            let said = results.words.visits.get(row.visit as usize).filter(|_| row.visit != NO_WORD).cloned();
            let is_own = |duty: &&mut DealtDuty| {
                let same_visit = match &said {
                    Some(said) => *said == duty.visit_id,
                    None => (duty.first..=duty.last).contains(&came),
                };
                duty.department == *department && same_visit
            };
            let Some(duty) = of_entity.into_iter().find(is_own) else { continue };
            duty.came = Some(duty.came.map_or(came, |earlier| earlier.min(came)));
            if said.is_none() {
                row.visit = *word_of.entry(duty.visit_id.clone()).or_insert_with(|| {
                    results.words.visits.push(duty.visit_id.clone());
                    results.words.visits.len() as u32 - 1
                });
                if !results.columns.contains(&Column::VisitId) {
                    results.columns.push(Column::VisitId);
                }
            }
        }
    }
}
