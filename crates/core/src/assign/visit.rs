//! Visits: what an entity's tasks come to at its door (进一次门、查多项事).

use std::collections::{BTreeMap, BTreeSet};

/// A task as visits see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VisitTask {
    /// Its id, unique in the round.
    pub id: String,
    /// Lead department.
    pub lead: String,
    /// Member departments; the lead may stand among them.
    pub members: Vec<String>,
    /// Items that are looked into.
    pub items: Vec<String>,
    /// First day of its window.
    pub first: i32,
    /// Last day of its window, not before the first.
    pub last: i32,
}

impl VisitTask {
    /// All departments: lead and members.
    pub fn departments(&self) -> BTreeSet<&str> {
        self.members.iter().chain([&self.lead]).map(String::as_str).collect()
    }
}

/// One visit to one entity: the tasks that meet at its door.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// The entity's id, a hyphen and the number of the visit; unique in the round.
    pub visit_id: String,
    /// The entity.
    pub entity_id: String,
    /// First day on which all its tasks may be done.
    pub first: i32,
    /// Last such day.
    pub last: i32,
    /// Ids of its tasks, sorted.
    pub tasks: Vec<String>,
    /// Departments of all its tasks, sorted.
    pub departments: Vec<String>,
    /// Lead department: that of the task with most departments, of several the one with the least id.
    pub lead: String,
    /// Items of all its tasks, sorted.
    pub items: Vec<String>,
}

impl Visit {
    /// Visits that merging spared: one for every department beyond the first.
    pub fn avoided(&self) -> u64 {
        self.departments.len().saturating_sub(1) as u64
    }

    /// The visit with these of its tasks alone; id and window stay. `None` without any.
    pub fn with_tasks(&self, tasks: Vec<&VisitTask>) -> Option<Self> {
        if tasks.is_empty() {
            return None;
        }
        let Self { visit_id, entity_id, first, last, .. } = self.clone();
        Some(Self { visit_id, first, last, ..join(&entity_id, tasks) })
    }
}

/// Joins an entity's selected tasks into the fewest visits, numbered from `number` on. By (last day, id) a task joins the open
/// visit if that visit's last day is not before the task's first, else it opens one; a visit's window is the intersection.
/// Tasks whose lead departments stand in different sets of `apart` (disjoint), or one in a set and one in none, never meet.
pub fn form_visits<'t>(
    entity_id: &str,
    tasks: impl IntoIterator<Item = &'t VisitTask>,
    apart: &[BTreeSet<String>],
    number: usize,
) -> Vec<Visit> {
    let mut groups: BTreeMap<Option<usize>, Vec<&VisitTask>> = BTreeMap::new();
    for task in tasks {
        groups.entry(apart.iter().position(|set| set.contains(&task.lead))).or_default().push(task);
    }
    let mut visits: Vec<Vec<&VisitTask>> = Vec::new();
    for mut group in groups.into_values() {
        group.sort_by_key(|task| (task.last, &task.id));
        let mut open: Option<Vec<&VisitTask>> = None;
        for task in group {
            match &mut open {
                // Tasks come by their last days: the first of a visit ends it.
                Some(visit) if visit[0].last >= task.first => visit.push(task),
                _ => visits.extend(open.replace(vec![task])),
            }
        }
        visits.extend(open);
    }
    let mut visits: Vec<Visit> = visits.into_iter().map(|tasks| join(entity_id, tasks)).collect();
    visits.sort_by(|a, b| (a.first, a.last, &a.tasks[0]).cmp(&(b.first, b.last, &b.tasks[0])));
    for (visit, number) in visits.iter_mut().zip(number..) {
        visit.visit_id = format!("{entity_id}-{number}");
    }
    visits
}

/// A visit of at least one task, without its id.
fn join(entity_id: &str, mut tasks: Vec<&VisitTask>) -> Visit {
    tasks.sort_by_key(|task| &task.id);
    let owned = |texts: BTreeSet<&str>| texts.into_iter().map(str::to_owned).collect();
    let most = tasks.iter().map(|task| task.departments().len()).max();
    let leading = tasks.iter().find(|task| Some(task.departments().len()) == most);
    Visit {
        visit_id: String::new(),
        entity_id: entity_id.to_owned(),
        first: tasks.iter().map(|task| task.first).max().unwrap_or_default(),
        last: tasks.iter().map(|task| task.last).min().unwrap_or_default(),
        departments: owned(tasks.iter().flat_map(|task| task.departments()).collect()),
        lead: leading.map(|task| task.lead.clone()).unwrap_or_default(),
        items: owned(tasks.iter().flat_map(|task| task.items.iter().map(String::as_str)).collect()),
        tasks: tasks.iter().map(|task| task.id.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn task(id: usize, lead: usize, first: i32, length: i32) -> VisitTask {
        let (id, lead) = (format!("T{id:02}"), format!("局{lead}"));
        VisitTask { id, lead, members: vec!["甲".into()], items: vec!["食品".into()], first, last: first + length }
    }

    /// The fewest points that meet every interval, by trying all sets of last days.
    fn fewest(tasks: &[VisitTask]) -> usize {
        let days: Vec<i32> = tasks.iter().map(|task| task.last).collect();
        let meets = |set: u32| {
            let day = |at: &usize| set >> at & 1 == 1;
            tasks.iter().all(|task| (0..days.len()).filter(day).any(|at| (task.first..=task.last).contains(&days[at])))
        };
        (0..1u32 << days.len()).filter(|&set| meets(set)).map(u32::count_ones).min().unwrap_or(0) as usize
    }

    proptest! {
        #[test]
        fn visits_are_the_fewest_and_every_task_is_in_one(
            windows in prop::collection::vec((0usize..3, 0i32..40, 0i32..20), 0..9), order in any::<u64>(),
        ) {
            let tasks: Vec<VisitTask> = windows.iter().enumerate().map(|(id, &(lead, first, length))| task(id, lead, first, length)).collect();
            let visits = form_visits("E", &tasks, &[], 1);
            prop_assert_eq!(visits.len(), fewest(&tasks));
            let mut seen: Vec<&String> = visits.iter().flat_map(|visit| &visit.tasks).collect();
            seen.sort();
            prop_assert_eq!(seen, tasks.iter().map(|task| &task.id).collect::<Vec<_>>());
            for visit in &visits {
                prop_assert!(visit.first <= visit.last);
                for task in tasks.iter().filter(|task| visit.tasks.contains(&task.id)) {
                    prop_assert!(task.first <= visit.first && visit.last <= task.last);
                }
            }
            // The order of arrival changes nothing.
            let mut turned: Vec<&VisitTask> = tasks.iter().collect();
            turned.sort_by_key(|task| task.id.bytes().fold(order, |hash, byte| hash.rotate_left(9) ^ u64::from(byte).wrapping_mul(0x9E37_79B9)));
            prop_assert_eq!(form_visits("E", turned, &[], 1), visits);
            // Departments kept apart never meet.
            let apart = [BTreeSet::from(["局0".to_owned()]), BTreeSet::from(["局1".to_owned()])];
            for visit in form_visits("E", &tasks, &apart, 1) {
                let leads: BTreeSet<&String> = tasks.iter().filter(|task| visit.tasks.contains(&task.id)).map(|task| &task.lead).collect();
                prop_assert_eq!(leads.len(), 1);
            }
        }
    }
}
