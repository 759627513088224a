//! The published list: the drawn and the reserve of every draw, as places in the frame; `draw.parquet` is taken from there.

use super::frame_table::DrawnFrame;
use super::tables::data_type;
use crate::contract::{self, Column, TAKE_ALL, ticket_text};
use crate::frame::{Frame, FrameError};
use crate::part::Part;
use crate::plan::Task;
use crate::sampling::Selected;
use crate::sampling::lots::u;
use crate::terms::Mode;
use arrow::array::{ArrayRef, Float64Array, Int32Array, StringViewArray, new_null_array};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

/// How an entity came onto the published list. In the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Selection {
    /// Probability 1.
    Certain,
    /// By its lot.
    Drawn,
    /// Next in line, should one of the drawn fall out.
    Reserve,
}

impl Selection {
    /// All, in the order of the list.
    pub const ALL: [Self; 3] = [Self::Certain, Self::Drawn, Self::Reserve];

    /// The word in the column `selection`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Drawn => "drawn",
            Self::Reserve => "reserve",
        }
    }

    /// The word for people, in English and in Chinese.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Certain => ("certain", "必查"),
            Self::Drawn => ("drawn", "抽中"),
            Self::Reserve => ("reserve", "候补"),
        }
    }
}

/// One row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedRow {
    /// Row of the entity in the frame; in a [`Listing`], its place among the entities there.
    pub entity: u32,
    /// Place of its draw.
    pub draw: u32,
    /// Place of its stratum, in the order of names.
    pub stratum: u32,
    /// How it came onto the list.
    pub selection: Selection,
    /// Place of the rule that made it certain; as many as there are rules for one that is taken for its weight.
    pub certainty: u32,
    /// Place within stratum and selection, from 1.
    pub order: i32,
    /// Its ticket, its position on an arc, or the bits of its permanent random number: what breaks ties.
    pub tie: u64,
    /// Its ticket; 0 where there is none.
    pub ticket: u64,
    /// Batch in which it is inspected, from 1; 0 for none.
    pub batch: u32,
    /// The key that ranked it; −∞ for the certain ones.
    pub key: f64,
    /// Inclusion probability, 0 < π ≤ 1.
    pub pi: f64,
}

impl ListedRow {
    /// The order of the list of a draw: stratum, selection, key, ticket, id.
    fn publication_order(&self, other: &Self) -> Ordering {
        (self.stratum, self.selection)
            .cmp(&(other.stratum, other.selection))
            .then_with(|| self.key.total_cmp(&other.key))
            .then_with(|| (self.tie, self.entity).cmp(&(other.tie, other.entity)))
    }
}

/// The words of a draw's rows.
#[derive(Clone, Debug)]
pub struct ListedDraw {
    /// Id of the task; empty where the plan is one draw.
    pub task_id: String,
    /// Names of its strata.
    strata: Vec<String>,
    /// Names of its rules, and the word for those that are taken for their weight.
    certainties: Vec<String>,
    /// Whether lots are tickets, not permanent random numbers.
    by_ticket: bool,
}

impl ListedDraw {
    /// Those of a draw.
    pub fn of(draw: &DrawnFrame<'_>) -> Self {
        let (standing, strata) = (&draw.scored.standing, &draw.scored.strata);
        Self::new(draw.task, &standing.rules, &strata.names, draw.drawn.lots.tickets().is_some())
    }

    /// Those of a draw by these rules and strata; `by_ticket`: not by permanent random numbers.
    pub fn new(task: Option<&Task>, rules: &[String], strata: &[String], by_ticket: bool) -> Self {
        Self {
            task_id: task.map(|task| task.id.clone()).unwrap_or_default(),
            strata: strata.to_vec(),
            certainties: rules.iter().map(String::as_str).chain([TAKE_ALL]).map(str::to_owned).collect(),
            by_ticket,
        }
    }
}

/// The rows of a draw in the order of the frame; π is to be filled in.
pub fn listed_rows(draw: &DrawnFrame<'_>) -> Vec<ListedRow> {
    let DrawnFrame { scored, drawn, .. } = draw;
    let lots = drawn.lots.lots();
    let tickets = drawn.lots.tickets();
    let by_weight = scored.standing.rules.len() as u32;
    let listed = |row: usize, selection: Selection, key: f64| ListedRow {
        entity: row as u32,
        draw: 0,
        stratum: scored.strata.stratum_of[row],
        selection,
        certainty: scored.standing.place_of_rule(row).map_or(by_weight, |rule| rule as u32),
        order: 0,
        tie: lots.tie(row),
        ticket: tickets.map_or(0, |tickets| tickets[row]),
        batch: 0,
        key,
        pi: 0.0,
    };
    let certain = (0..scored.frame.len()).filter(|&row| scored.standing.is_certain(row));
    let mut rows: Vec<ListedRow> = certain.map(|row| listed(row, Selection::Certain, f64::NEG_INFINITY)).collect();
    for stratum in &drawn.strata {
        let by_key = |selection| move |own: &Selected| listed(own.row as usize, selection, own.key);
        let taken = stratum.inclusion.take_all.iter();
        rows.extend(taken.map(|&row| listed(row as usize, Selection::Certain, f64::NEG_INFINITY)));
        rows.extend(stratum.drawn.iter().map(by_key(Selection::Drawn)));
        rows.extend(stratum.reserve.iter().map(by_key(Selection::Reserve)));
    }
    rows.sort_unstable_by_key(|row| row.entity);
    rows
}

/// Puts the rows of a draw into the published order, numbers them within stratum and selection, and deals the drawn into
/// `batches` in the order of certainty and key over all strata; the first batches are the larger ones by one.
pub fn order_rows(rows: &mut [ListedRow], batches: Option<u32>) {
    if let Some(batches) = batches {
        rows.sort_unstable_by(|a, b| {
            let key = (a.selection == Selection::Reserve).cmp(&(b.selection == Selection::Reserve));
            key.then_with(|| a.key.total_cmp(&b.key)).then_with(|| (a.tie, a.entity).cmp(&(b.tie, b.entity)))
        });
        let drawn = rows.partition_point(|row| row.selection != Selection::Reserve);
        let (each, larger) = (drawn / batches as usize, drawn % batches as usize);
        let sizes = (0..batches as usize).map(|batch| each + usize::from(batch < larger));
        let numbers = sizes.zip(1..).flat_map(|(size, number)| std::iter::repeat_n(number, size));
        rows.iter_mut().zip(numbers).for_each(|(row, number)| row.batch = number);
    }
    rows.sort_unstable_by(ListedRow::publication_order);
    let mut last = None;
    let mut order = 0;
    for row in rows {
        let group = (row.stratum, row.selection);
        order = if last == Some(group) { i32::saturating_add(order, 1) } else { 1 };
        last = Some(group);
        row.order = order;
    }
}

/// The list of a run: the draws in order, each in published order, over the entities that stand on it.
#[derive(Debug, Default)]
pub struct Listing {
    entities: Part,
    draws: Vec<ListedDraw>,
    /// The rows.
    pub rows: Vec<ListedRow>,
}

impl Listing {
    /// The list of one draw, whose entities were taken from the frame in the order of its rows.
    pub fn of_one(draw: ListedDraw, entities: Part, mut rows: Vec<ListedRow>, batches: Option<u32>) -> Self {
        rows.iter_mut().zip(0..).for_each(|(row, place)| row.entity = place);
        order_rows(&mut rows, batches);
        Self { entities, draws: vec![draw], rows }
    }

    /// The list of several draws, each in published order.
    ///
    /// # Errors
    /// A part of the frame that cannot be read.
    pub fn of_tasks(
        frame: &Frame,
        draws: impl IntoIterator<Item = (ListedDraw, Vec<ListedRow>)>,
    ) -> Result<Self, FrameError> {
        let draws: Vec<(ListedDraw, Vec<ListedRow>)> = draws.into_iter().collect();
        let listed = distinct(draws.iter().flat_map(|(_, rows)| rows));
        let entities = frame.take(&listed)?;
        Ok(Self::of_entities(draws, &listed, entities))
    }

    /// The list of several draws whose entities, at these rows of the frame, were taken from it before.
    pub fn of_entities(
        draws: impl IntoIterator<Item = (ListedDraw, Vec<ListedRow>)>,
        rows_of_frame: &[u32],
        entities: Part,
    ) -> Self {
        let mut list = Self { entities, ..Self::default() };
        for (number, (draw, rows)) in (0..).zip(draws) {
            list.draws.push(draw);
            list.rows.extend(rows.into_iter().map(|row| ListedRow { draw: number, ..row }));
        }
        list.rows.par_iter_mut().for_each(|row| {
            row.entity = rows_of_frame.partition_point(|&own| own < row.entity) as u32;
        });
        list
    }

    /// How many entities are drawn for at least one draw.
    pub fn distinct_drawn(&self) -> u64 {
        let mut is_drawn = vec![false; self.entities.len()];
        let drawn = self.rows.iter().filter(|row| row.selection != Selection::Reserve);
        drawn.for_each(|row| is_drawn[row.entity as usize] = true);
        is_drawn.iter().filter(|&&drawn| drawn).count() as u64
    }

    /// Places at which draw, stratum, selection and order do not rise.
    pub fn unsorted(&self) -> Option<usize> {
        let place = |row: &ListedRow| (row.draw, row.stratum, row.selection, row.order);
        self.rows.windows(2).position(|pair| place(&pair[0]) >= place(&pair[1]))
    }

    /// Some rows of a column of [`contract::DRAW`].
    pub fn column(&self, column: &Column, range: Range<usize>) -> ArrayRef {
        let rows = &self.rows[range];
        let draw = |row: &ListedRow| &self.draws[row.draw as usize];
        let part = &self.entities;
        let attribute = |column: Column| match part.attribute(column.name) {
            Some(own) => texts(rows, |row| own.text(row.entity as usize)),
            None => new_null_array(&data_type(column.holds), rows.len()),
        };
        let reals = |value: &dyn Fn(&ListedRow) -> Option<f64>| -> ArrayRef {
            Arc::new(rows.iter().map(value).collect::<Float64Array>())
        };
        let is_certain = |row: &ListedRow| row.selection == Selection::Certain;
        match column.name {
            name if name == contract::TASK_ID.name => texts(rows, |row| Some(&draw(row).task_id)),
            name if name == contract::ENTITY_ID.name => {
                let ids = rows.iter().map(|row| Some(part.id(row.entity as usize)));
                Arc::new(ids.collect::<StringViewArray>())
            }
            name if name == contract::STRATUM.name => texts(rows, |row| Some(&draw(row).strata[row.stratum as usize])),
            name if name == contract::SELECTION.name => texts(rows, |row| Some(row.selection.name())),
            name if name == contract::ORDER.name => {
                Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.order)))
            }
            name if name == contract::TICKET.name => {
                let ticket = |row: &ListedRow| draw(row).by_ticket.then(|| ticket_text(row.ticket));
                Arc::new(rows.iter().map(ticket).collect::<StringViewArray>())
            }
            name if name == contract::U.name => {
                reals(&|row| Some(if draw(row).by_ticket { u(row.tie) } else { f64::from_bits(row.tie) }))
            }
            name if name == contract::KEY.name => reals(&|row| (!is_certain(row)).then_some(row.key)),
            name if name == contract::PI.name => reals(&|row| Some(row.pi)),
            name if name == contract::DESIGN_WEIGHT.name => {
                reals(&|row| (row.selection != Selection::Reserve).then_some(1.0 / row.pi))
            }
            name if name == contract::CERTAINTY.name => {
                texts(rows, |row| is_certain(row).then(|| draw(row).certainties[row.certainty as usize].as_str()))
            }
            name if name == contract::GRADE.name => texts(rows, |row| Some(part.grade[row.entity as usize].name())),
            name if name == contract::COLOR.name => texts(rows, |row| Some(part.color[row.entity as usize].name())),
            name if name == contract::BATCH.name => {
                let batch = |row: &ListedRow| Some(row.batch as i32).filter(|&batch| batch > 0);
                Arc::new(rows.iter().map(batch).collect::<Int32Array>())
            }
            name if name == contract::MODE.name => {
                texts(rows, |row| Some(Mode::of(part.grade[row.entity as usize]).name()))
            }
            _ => attribute(*column),
        }
    }
}

/// The rows of the frame that stand on a list, in order.
pub fn distinct<'r>(rows: impl Iterator<Item = &'r ListedRow>) -> Vec<u32> {
    let mut entities: Vec<u32> = rows.map(|row| row.entity).collect();
    entities.par_sort_unstable();
    entities.dedup();
    entities
}

fn texts<'a>(rows: &[ListedRow], value: impl Fn(&ListedRow) -> Option<&'a str>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<StringViewArray>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(entity: u32, stratum: u32, selection: Selection, key: f64, tie: u64) -> ListedRow {
        ListedRow {
            entity,
            draw: 0,
            stratum,
            selection,
            certainty: 0,
            order: 0,
            tie,
            ticket: tie,
            batch: 0,
            key,
            pi: 0.5,
        }
    }

    #[test]
    fn the_draw_is_published_by_stratum_selection_key_ticket_and_id() {
        let none = f64::NEG_INFINITY;
        let mut rows = vec![
            row(0, 1, Selection::Reserve, 0.9, 5),
            row(1, 1, Selection::Drawn, 0.5, u64::MAX),
            row(2, 1, Selection::Drawn, 0.5, 2),
            row(3, 1, Selection::Certain, none, 9),
            row(4, 1, Selection::Certain, none, 9),
            row(5, 0, Selection::Reserve, 0.1, 1),
        ];
        order_rows(&mut rows, None);
        let places: Vec<(u32, i32)> = rows.iter().map(|row| (row.entity, row.order)).collect();
        assert_eq!(places, [(5, 1), (3, 1), (4, 2), (2, 1), (1, 2), (0, 1)]);
    }

    #[test]
    fn batches_follow_certainty_and_key_and_the_first_are_larger() {
        let none = f64::NEG_INFINITY;
        let mut rows: Vec<ListedRow> =
            (0..7).map(|own| row(own, own % 2, Selection::Drawn, f64::from(own) + 0.5, 1)).collect();
        rows.push(row(7, 1, Selection::Certain, none, 3));
        rows.push(row(8, 0, Selection::Reserve, 0.1, 3));
        order_rows(&mut rows, Some(3));
        let batch = |entity: u32| rows.iter().find(|row| row.entity == entity).map(|row| row.batch);
        let batches: Vec<_> = [7, 0, 1, 2, 3, 4, 5, 6, 8].into_iter().filter_map(batch).collect();
        assert_eq!(batches, [1, 1, 1, 2, 2, 2, 3, 3, 0]);
    }

    #[test]
    fn permanent_random_numbers_order_as_their_bits() {
        let certain = |entity, number: f64| row(entity, 0, Selection::Certain, f64::NEG_INFINITY, number.to_bits());
        let mut rows = vec![certain(0, 0.25), certain(1, 0.125)];
        order_rows(&mut rows, None);
        assert_eq!(rows[0].entity, 1);
    }

    #[test]
    fn a_list_that_is_not_in_order_is_found() {
        let mut rows = vec![row(0, 0, Selection::Drawn, 0.1, 1), row(1, 0, Selection::Drawn, 0.2, 1)];
        order_rows(&mut rows, None);
        let mut list = Listing { rows, ..Listing::default() };
        assert_eq!(list.unsorted(), None);
        list.rows.swap(0, 1);
        assert_eq!(list.unsorted(), Some(0));
    }
}
