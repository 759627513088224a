//! Entities that draws have drawn, with what was known of them on the day of each draw.

use super::{NO_PLACE, day};
use crate::ingest::KpiTables;
use crate::keys::{EntityKey, KeySpace, match_rows};
use crate::published::{DrawnEntity, PublishedDraw};
use crate::sampling::Design;
use crate::terms::Status;

/// The drawn of one draw or several.
#[derive(Debug)]
pub struct Drawn {
    /// The draws.
    pub draws: Vec<PublishedDraw>,
    /// Entities, sorted by id, each once.
    pub keys: Vec<EntityKey>,
    /// Where the rows of each entity begin; one more than there are entities.
    starts: Vec<u32>,
    /// Of each entity, in the order of the days: the draw, and the place in it.
    rows: Vec<(u32, u32)>,
}

impl Drawn {
    /// The drawn of the draws; `None` without any draw.
    pub fn of(draws: Vec<PublishedDraw>, space: &mut KeySpace) -> Option<Self> {
        if draws.is_empty() {
            return None;
        }
        let mut all: Vec<(EntityKey, (u32, u32))> = Vec::new();
        for (draw, published) in (0..).zip(&draws) {
            all.extend(published.drawn.iter().zip(0..).map(|(entity, place)| (space.pack(&entity.id), (draw, place))));
        }
        all.sort_by(|a, b| {
            let day = |row: &(EntityKey, (u32, u32))| (draws[row.1.0 as usize].as_of, row.1);
            space.compare(a.0, b.0).then_with(|| day(a).cmp(&day(b)))
        });
        let mut starts: Vec<u32> =
            (0..all.len() as u32).filter(|&at| at == 0 || all[at as usize - 1].0 != all[at as usize].0).collect();
        let keys = starts.iter().map(|&at| all[at as usize].0).collect();
        starts.push(all.len() as u32);
        Some(Self { draws, keys, starts, rows: all.into_iter().map(|(_, row)| row).collect() })
    }

    /// Whether a draw has risk scores.
    pub fn has_scores(&self) -> bool {
        self.draws.iter().any(|draw| draw.has_scores)
    }

    /// Of the entity at `place`, the row of the last draw up to `day`: the draw, and the place in it. `None` for
    /// [`NO_PLACE`], and where every draw came later.
    pub fn until(&self, place: u32, day: i32) -> Option<(u32, u32)> {
        self.rows_until(place, day).last()
    }

    /// Of the entity at `place`, the rows of all draws up to `day`; none for [`NO_PLACE`].
    pub fn rows_until(&self, place: u32, day: i32) -> impl Iterator<Item = (u32, u32)> {
        let rows = match place {
            NO_PLACE => &[],
            place => &self.rows[self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize],
        };
        rows.iter().copied().take_while(move |row| self.draws[row.0 as usize].as_of <= day)
    }

    /// Each row with the place of its entity in the registry or [`NO_PLACE`], and whether it lies within the plan of its draw:
    /// the registry, where there is one, has it as live on the day of the draw, and no more than the size asked of its
    /// stratum come before it on the list.
    pub fn within_plan(&self, tables: &KpiTables) -> Vec<((u32, u32), u32, bool)> {
        let registry = match &tables.entities {
            Some(table) => match_rows(&tables.space, &self.keys, &table.keys),
            None => vec![NO_PLACE; self.keys.len()],
        };
        let is_live = |place: u32, on: i32| {
            let Some(table) = &tables.entities else { return true };
            table.values.get(place as usize).is_some_and(|standing| match standing.deregistered {
                Some(gone) => on < day(gone),
                None => matches!(standing.status, Status::Live | Status::Unknown),
            })
        };
        // Whether the entity is among the first of its stratum, as many as were to be drawn.
        let within_size: Vec<Vec<bool>> = self
            .draws
            .iter()
            .map(|draw| {
                let mut left: Vec<u64> = draw.strata.iter().map(|stratum| stratum.size).collect();
                // The number that a Poisson design draws is left to the lot.
                let is_within = |entity: &DrawnEntity| {
                    let left = &mut left[entity.stratum as usize];
                    let within = *left > 0 || draw.design == Design::Poisson;
                    *left = left.saturating_sub(1);
                    within
                };
                draw.drawn.iter().map(is_within).collect()
            })
            .collect();
        let mut rows = Vec::with_capacity(self.rows.len());
        for (entity, &place) in registry.iter().enumerate() {
            for &(draw, at) in &self.rows[self.starts[entity] as usize..self.starts[entity + 1] as usize] {
                let within = within_size[draw as usize][at as usize] && is_live(place, self.draws[draw as usize].as_of);
                rows.push(((draw, at), place, within));
            }
        }
        rows
    }

    /// The entity of a row.
    pub fn entity(&self, row: (u32, u32)) -> &DrawnEntity {
        &self.draws[row.0 as usize].drawn[row.1 as usize]
    }
}
