//! The fact table in condensed form: how many units of each grain carry which marks, by cut and period.
//!
//! A unit is an inspection, or an entity, visit or task that has a mark if one of its inspections in the cell does. So a
//! figure by visit, by entity or by task counts each unit once in every cell, and a distinct count is a count. Inspections
//! stand sorted by entity and visit, so that one pass, block by block, gives the cells of every view: no hash table of ids.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::marks::Marks;
use super::tally::{Group, Quick, QuickSet, Space, Tally};
use crate::results::{Inspection, NO_PLACE};

/// What is counted.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// Inspections (户次).
    Inspection,
    /// Visits.
    Visit,
    /// Entities that were inspected.
    Entity,
    /// Tasks; with departments where the cut is the department.
    Task,
    /// Entities of the registry.
    Registered,
    /// Plans.
    Plan,
    /// Items of the list.
    Item,
    /// Categories of items.
    Category,
    /// Entries on lists.
    Listing,
    /// Feedback forms.
    Form,
    /// Entities drawn, once for each draw.
    Drawn,
    /// Departments of visits that inspectors were dealt to.
    Duty,
    /// Inspections with a result and a risk score.
    Scored,
    /// Half pairs of a scored inspection with a problem and one without.
    Pair,
}

/// By what a figure is cut.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// Not at all.
    All,
    /// Department.
    Organ,
    /// Station.
    Station,
    /// Industry section.
    Industry,
    /// Grade.
    Grade,
    /// Colour code.
    Color,
    /// Level of the task.
    Level,
    /// Kind of inspection.
    Source,
    /// Reason of an entry on a list.
    Reason,
    /// Category of items.
    Category,
    /// Tenth by risk score.
    Decile,
}

impl Cut {
    /// The word in the column `cut`.
    pub fn name(self) -> &'static str {
        match self {
            Cut::All => "all",
            Cut::Organ => "organ",
            Cut::Station => "station",
            Cut::Industry => "industry",
            Cut::Grade => "grade",
            Cut::Color => "color",
            Cut::Level => "level",
            Cut::Source => "source",
            Cut::Reason => "reason",
            Cut::Category => "category",
            Cut::Decile => "decile",
        }
    }
}

/// Lengths of periods.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Length {
    /// Everything up to the as-of day.
    ToDate,
    /// Calendar years.
    Year,
    /// Half years.
    Half,
    /// Quarters.
    Quarter,
    /// Months.
    Month,
}

/// Months since January of year 0: the clock of periods.
pub type Month = u16;

impl Length {
    /// The word for periods of this length.
    pub fn name(self) -> &'static str {
        match self {
            Length::ToDate => "to-date",
            Length::Year => "year",
            Length::Half => "half",
            Length::Quarter => "quarter",
            Length::Month => "month",
        }
    }

    /// The period of a month, as a number that only this length understands.
    pub fn period(self, month: Month) -> u16 {
        match self {
            Length::ToDate => 0,
            Length::Year => month / 12,
            Length::Half => month / 6,
            Length::Quarter => month / 3,
            Length::Month => month,
        }
    }

    /// The period as it is published: "to-date", "2021", "2021-H1", "2021-Q1", "2021-03".
    pub fn show(self, period: u16) -> String {
        match self {
            Length::ToDate => "to-date".to_owned(),
            Length::Year => format!("{period:04}"),
            Length::Half => format!("{:04}-H{}", period / 2, period % 2 + 1),
            Length::Quarter => format!("{:04}-Q{}", period / 4, period % 4 + 1),
            Length::Month => format!("{:04}-{:02}", period / 12, period % 12 + 1),
        }
    }
}

/// Cut and length of periods: what cells are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View {
    /// The cut.
    pub cut: Cut,
    /// The length.
    pub length: Length,
}

const fn view(cut: Cut, length: Length) -> View {
    View { cut, length }
}

impl View {
    /// Whether its inspections are the sums of those of months.
    fn follows_months(self) -> bool {
        self.length != Length::Month && matches!(self.cut, Cut::All | Cut::Organ)
    }

    /// The groups and marks that inspections can have in it: `members` by cut, the first and the last month.
    fn space(self, members: [usize; 8], months: (Month, Month), marks: usize) -> Space {
        let (first, last) = (self.length.period(months.0), self.length.period(months.1));
        // One member more for none.
        let members = members[self.cut as usize] as u32 + 1;
        Space { members, first, periods: u32::from(last - first) + 1, marks: marks as u32 }
    }
}

/// The views of inspections: every cut to date, and every period in all and by department.
pub const VIEWS: [View; 16] = [
    view(Cut::All, Length::ToDate),
    view(Cut::Organ, Length::ToDate),
    view(Cut::Station, Length::ToDate),
    view(Cut::Industry, Length::ToDate),
    view(Cut::Grade, Length::ToDate),
    view(Cut::Color, Length::ToDate),
    view(Cut::Level, Length::ToDate),
    view(Cut::Source, Length::ToDate),
    view(Cut::All, Length::Year),
    view(Cut::All, Length::Half),
    view(Cut::All, Length::Quarter),
    view(Cut::All, Length::Month),
    view(Cut::Organ, Length::Year),
    view(Cut::Organ, Length::Half),
    view(Cut::Organ, Length::Quarter),
    view(Cut::Organ, Length::Month),
];

/// Units of one grain that carry the same marks in one member and period of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The view.
    pub view: View,
    /// The period, as the view's length counts it.
    pub period: u16,
    /// The member, by its place among the words of the cut.
    pub member: u32,
    /// What is counted.
    pub grain: Grain,
    /// The marks.
    pub marks: Marks,
    /// How many.
    pub units: u64,
}

/// Members of an inspection by cut, and its month.
#[derive(Clone, Copy, Debug)]
pub struct Members {
    /// By the cuts of [`VIEWS`]: all, organ, station, industry, grade, color, level, source.
    pub of_cut: [u32; 8],
    /// The month.
    pub month: Month,
}

fn group_of(view: View, members: &Members) -> Group {
    u64::from(view.length.period(members.month)) << 32 | u64::from(members.of_cut[view.cut as usize])
}

/// Counts of one view.
struct Counts {
    /// Inspections that are a visit of their own.
    alone: Tally,
    /// The other inspections.
    inspections: Tally,
    /// Visits of several inspections.
    visits: Quick<(Group, Marks), u64>,
    entities: Quick<(Group, Marks), u64>,
    tasks: Quick<(Group, u32), Marks>,
}

/// Rows that one task of a parallel loop handles; whole entities.
const BLOCK: usize = 1 << 15;

/// The cells of inspections, in the order of the cells. `members` gives the members of an inspection, each below that of
/// `counts` or [`NO_PLACE`]; `marks[i]` are the marks of inspection i, 0 for one that does not count.
pub fn condense(
    inspections: &[Inspection],
    marks: &[Marks],
    counts: [usize; 8],
    members: &(impl Fn(&Inspection) -> Members + Sync),
) -> Vec<Cell> {
    let distinct = distinct(marks);
    let number_of: Quick<Marks, u32> = distinct.iter().copied().zip(0..).collect();
    let days = inspections.iter().map(|inspection| i32::from(inspection.inspected.get()));
    let months = days.clone().min().zip(days.max()).map_or((0, 0), |(first, last)| (month_of(first), month_of(last)));
    let new_counts = || VIEWS.map(|view| Counts::of(view.space(counts, months, distinct.len())));
    let mut blocks = Vec::new();
    let mut first = 0;
    while first < inspections.len() {
        let mut end = (first + BLOCK).min(inspections.len());
        while end < inspections.len() && inspections[end].entity == inspections[end - 1].entity {
            end += 1;
        }
        blocks.push(first..end);
        first = end;
    }
    let mut counts = blocks
        .into_par_iter()
        .fold(new_counts, |mut counts, rows| {
            let of_rows: Vec<Members> = inspections[rows.clone()].iter().map(members).collect();
            let block = &inspections[rows.clone()];
            let visit = |at: Option<usize>| at.and_then(|at| block.get(at)).map(|one| one.visit);
            let is_alone = |at: usize| {
                let own = Some(block[at].visit);
                visit(at.checked_sub(1)) != own && visit(Some(at + 1)) != own
            };
            let alone: Vec<bool> = (0..block.len()).map(is_alone).collect();
            let marked = marks[rows].iter().map(|&marks| Marked { marks, number: number_of[&marks] });
            let marked: Vec<Marked> = marked.collect();
            for (view, counts) in VIEWS.into_iter().zip(&mut counts) {
                count(view, block, &marked, &of_rows, &alone, counts);
            }
            counts
        })
        .reduce(new_counts, |mut counts, others| {
            counts.iter_mut().zip(others).for_each(|(counts, others)| counts.merge(others));
            counts
        });
    for (at, view) in VIEWS.iter().enumerate() {
        let months = VIEWS.iter().position(|base| base.cut == view.cut && base.length == Length::Month);
        if let Some(months) = months.filter(|&months| months != at) {
            let [own, of_months] = counts.get_disjoint_mut([at, months]).expect("two places");
            own.add_months(view.length, of_months, &distinct);
        }
    }
    let mut cells = Vec::new();
    for (view, counts) in VIEWS.into_iter().zip(counts) {
        counts.cells(view, &distinct, &mut cells);
    }
    cells.sort_unstable();
    cells
}

/// The distinct marks of all inspections, sorted.
fn distinct(marks: &[Marks]) -> Vec<Marks> {
    let of_part = |part: &[Marks]| part.iter().copied().collect::<QuickSet<Marks>>();
    let mut all: Vec<Marks> = marks.par_chunks(BLOCK).flat_map_iter(of_part).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The marks of an inspection, and their number among the distinct ones.
#[derive(Clone, Copy)]
struct Marked {
    marks: Marks,
    number: u32,
}

/// Counts the rows of whole entities under one view.
///
/// Inspections of longer periods are the sums of their months; entities and visits of several inspections are not, as one can
/// fall into two months.
fn count(
    view: View,
    inspections: &[Inspection],
    marked: &[Marked],
    members: &[Members],
    alone: &[bool],
    counts: &mut Counts,
) {
    let follows = view.follows_months();
    // Of each entity and visit, the groups that its rows fall into; mostly one.
    let (mut of_entity, mut of_visit) = (Vec::<(Group, Marks)>::new(), Vec::<(Group, Marks)>::new());
    let by_entity = matches!(view.cut, Cut::Station | Cut::Industry | Cut::Grade | Cut::Color);
    for (at, inspection) in inspections.iter().enumerate() {
        let last = inspections.get(at + 1);
        let Marked { marks, number } = marked[at];
        if marks != 0 {
            let group = group_of(view, &members[at]);
            if !follows {
                let units = if alone[at] { &mut counts.alone } else { &mut counts.inspections };
                units.add(group, marks, number);
            }
            join(&mut of_entity, group, marks);
            if !alone[at] {
                join(&mut of_visit, group, marks);
            }
            if by_entity && inspection.task != NO_PLACE {
                *counts.tasks.entry((group, inspection.task)).or_insert(0) |= marks;
            }
        }
        if last.is_none_or(|next| next.visit != inspection.visit) {
            of_visit.drain(..).for_each(|unit| *counts.visits.entry(unit).or_insert(0) += 1);
        }
        if last.is_none_or(|next| next.entity != inspection.entity) {
            of_entity.drain(..).for_each(|unit| *counts.entities.entry(unit).or_insert(0) += 1);
        }
    }
}

/// Groups from which a list is searched from its end no more: one entity with very many of them is looked up by order.
const MANY: usize = 64;

fn join(groups: &mut Vec<(Group, Marks)>, group: Group, marks: Marks) {
    if let Some(last) = groups.last_mut().filter(|last| last.0 == group) {
        last.1 |= marks;
        return;
    }
    if groups.len() < MANY {
        match groups.iter_mut().find(|known| known.0 == group) {
            Some(known) => known.1 |= marks,
            None => groups.push((group, marks)),
        }
        if groups.len() == MANY {
            groups.sort_unstable_by_key(|known| known.0);
        }
        return;
    }
    match groups.binary_search_by_key(&group, |known| known.0) {
        Ok(place) => groups[place].1 |= marks,
        Err(place) => groups.insert(place, (group, marks)),
    }
}

impl Counts {
    fn of(space: Space) -> Self {
        Self {
            alone: Tally::of(space),
            inspections: Tally::of(space),
            visits: Quick::default(),
            entities: Quick::default(),
            tasks: Quick::default(),
        }
    }

    /// Adds the inspections of months to those of longer periods.
    fn add_months(&mut self, length: Length, months: &Self, distinct: &[Marks]) {
        for (own, of_months) in [(&mut self.alone, &months.alone), (&mut self.inspections, &months.inspections)] {
            let mut sums: Quick<(Group, Marks), u64> = Quick::default();
            for ((group, marks), units) in of_months.counts(distinct) {
                let period = length.period((group >> 32) as Month);
                let group = u64::from(period) << 32 | group & u64::from(u32::MAX);
                *sums.entry((group, marks)).or_insert(0) += units;
            }
            *own = Tally::Many(sums);
        }
    }

    fn merge(&mut self, other: Self) {
        self.alone.merge(other.alone);
        self.inspections.merge(other.inspections);
        for (own, other) in [(&mut self.visits, other.visits), (&mut self.entities, other.entities)] {
            other.into_iter().for_each(|(key, units)| *own.entry(key).or_insert(0) += units);
        }
        other.tasks.into_iter().for_each(|(key, marks)| *self.tasks.entry(key).or_insert(0) |= marks);
    }

    fn cells(mut self, view: View, distinct: &[Marks], cells: &mut Vec<Cell>) {
        let mut inspections: Quick<(Group, Marks), u64> = self.inspections.counts(distinct).into_iter().collect();
        for (key, units) in self.alone.counts(distinct) {
            *inspections.entry(key).or_insert(0) += units;
            *self.visits.entry(key).or_insert(0) += units;
        }
        let mut add = |grain, (group, marks): (Group, Marks), units| {
            let (period, member) = ((group >> 32) as u16, group as u32);
            cells.push(Cell { view, period, member, grain, marks, units });
        };
        inspections.into_iter().for_each(|(key, units)| add(Grain::Inspection, key, units));
        self.visits.into_iter().for_each(|(key, units)| add(Grain::Visit, key, units));
        self.entities.into_iter().for_each(|(key, units)| add(Grain::Entity, key, units));
        let mut tasks: BTreeMap<(Group, Marks), u64> = BTreeMap::new();
        for ((group, _), marks) in self.tasks {
            *tasks.entry((group, marks)).or_insert(0) += 1;
        }
        tasks.into_iter().for_each(|(key, units)| add(Grain::Task, key, units));
    }
}

/// Counts units of another grain: each with its marks, its member under the cuts that it has, and its month.
pub fn count_units(grain: Grain, units: impl Iterator<Item = (Marks, Vec<(Cut, u32)>, Option<Month>)>) -> Vec<Cell> {
    let mut counts: BTreeMap<(View, u16, u32, Marks), u64> = BTreeMap::new();
    for (marks, members, month) in units {
        for (cut, member) in members {
            let mut add = |length: Length, period| {
                *counts.entry((view(cut, length), period, member, marks)).or_insert(0) += 1;
            };
            add(Length::ToDate, 0);
            let Some(month) = month.filter(|_| matches!(cut, Cut::All | Cut::Organ)) else { continue };
            for length in [Length::Year, Length::Half, Length::Quarter, Length::Month] {
                add(length, length.period(month));
            }
        }
    }
    counts
        .into_iter()
        .map(|((view, period, member, marks), units)| Cell { view, period, member, grain, marks, units })
        .collect()
}

/// The month of a day since 1970-01-01.
pub fn month_of(day: i32) -> Month {
    let month = |date: jiff::civil::Date| i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    // Days of tables lie between 1970 and 2149.
    crate::terms::date_of(day).map_or(0, month).clamp(0, i32::from(u16::MAX)) as Month
}
