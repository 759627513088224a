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
    /// The visit, whose id is unique in its round.
    visit_id: Box<str>,
    /// Place of its round.
    round: usize,
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
        let rounds = rounds.into_iter().enumerate();
        for (round, dealt) in rounds.filter_map(|(place, round)| Some((place, round.dealt.as_ref()?))) {
            is_dealt = true;
            for (visit, station) in dealt.state.visits.iter().zip(&dealt.state.stations) {
                for department in &visit.departments {
                    duties.push(DealtDuty {
                        key: space.pack(&visit.entity_id),
                        visit_id: visit.visit_id.as_str().into(),
                        round,
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
            space.compare(a.key, b.key).then_with(|| {
                (&a.department, a.first, a.round, &a.visit_id).cmp(&(&b.department, b.first, b.round, &b.visit_id))
            })
        });
        is_dealt.then_some(Self(duties))
    }

    /// Gives inspections the visit of their duty, and notes who came. The duty of an inspection that names a visit is the one in
    /// whose window it lies, else the latest that had begun, as two rounds may have visits of one id; of one that names none it is
    /// the one in whose window it lies.
    pub fn settle(&mut self, results: &mut Results, space: &KeySpace) {
        let mut word_of: HashMap<(usize, Box<str>), u32> = HashMap::new();
        let mut at = 0;
        for (row, key) in results.rows.iter_mut().zip(&results.keys) {
            while self.0.get(at).is_some_and(|duty| space.compare(duty.key, *key) == Ordering::Less) {
                at += 1;
            }
            let (department, came) = (&results.words.departments[row.department as usize], day(row.inspected));
            let said = results.words.visits.get(row.visit as usize).filter(|_| row.visit != NO_WORD).cloned();
            let of_entity = self.0[at..].iter_mut().take_while(|duty| duty.key == *key);
            // Within the window; else late, after the latest that had begun; else early.
            let rank = |duty: &DealtDuty| match (&said, (duty.first..=duty.last).contains(&came)) {
                (_, true) => Some((0, 0)),
                (Some(_), false) if duty.first <= came => Some((1, came - duty.first)),
                (Some(_), false) => Some((2, duty.first - came)),
                (None, false) => None,
            };
            // A department that was not dealt to comes along to the visit that it names.
            let is_stranger = |duty: &DealtDuty| duty.department != *department;
            let is_own = |duty: &&mut DealtDuty| match &said {
                Some(said) => *said == duty.visit_id,
                None => !is_stranger(duty),
            };
            let ranked = of_entity.filter(is_own).filter_map(|duty| Some(((is_stranger(duty), rank(duty)?), duty)));
            let Some(((comes_along, _), duty)) = ranked.min_by_key(|(rank, _)| *rank) else { continue };
            if !comes_along {
                duty.came = Some(duty.came.map_or(came, |earlier| earlier.min(came)));
            }
            let words = &mut results.words.visits;
            row.visit = *word_of.entry((duty.round, duty.visit_id.clone())).or_insert_with(|| {
                words.push(duty.visit_id.clone());
                words.len() as u32 - 1
            });
            if !results.columns.contains(&Column::VisitId) {
                results.columns.push(Column::VisitId);
            }
        }
    }
}
