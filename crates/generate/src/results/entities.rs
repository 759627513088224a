//! The registry behind the results.

use super::super::ids::{EntityId, IdSeries};
use super::super::randomness::{Choice, Randomness};
use super::super::words::INDUSTRIES;
use super::{District, Stage};

/// A credit grade: relative number of entities, how often they are drawn, how often something is found, and weights of
/// green, yellow, red and no color code. All assumed.
struct Grade {
    word: &'static str,
    share: u32,
    drawn: u32,
    risk: f64,
    colors: [u32; 4],
}

#[rustfmt::skip]
const GRADES: [Grade; 5] = [
    Grade { word: "A", share: 33, drawn: 2, risk: 1.0, colors: [90, 6, 1, 3] },
    Grade { word: "B", share: 42, drawn: 3, risk: 1.4, colors: [80, 16, 1, 3] },
    Grade { word: "C", share: 14, drawn: 5, risk: 1.8, colors: [52, 42, 3, 3] },
    Grade { word: "D", share: 5, drawn: 8, risk: 2.2, colors: [25, 55, 17, 3] },
    Grade { word: "未评", share: 6, drawn: 3, risk: 1.4, colors: [70, 17, 1, 12] },
];

/// Color codes, and how much more often something is found.
const COLORS: [(Option<&str>, f64); 4] = [(Some("绿码"), 1.0), (Some("黄码"), 1.2), (Some("红码"), 1.5), (None, 1.0)];

/// Words for an entity that trades.
const LIVE: [(&str, u32); 4] = [("存续", 62), ("在业", 18), ("开业", 15), ("正常", 5)];
/// The word for one that is deregistered.
const DEREGISTERED: &str = "注销";

/// An entity.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub id: EntityId,
    pub status: &'static str,
    /// Name of the street that its station belongs to.
    pub station: &'static str,
    /// Letter of GB/T 4754.
    pub industry: &'static str,
    grade: usize,
    color: usize,
    pub deregistered: Option<i32>,
}

impl Entity {
    pub(super) fn grade(&self) -> &'static str {
        GRADES[self.grade].word
    }

    pub(super) fn color(&self) -> Option<&'static str> {
        COLORS[self.color].0
    }

    /// How often something is found, relative to a green entity of grade A.
    pub(super) fn risk(&self) -> f64 {
        GRADES[self.grade].risk * COLORS[self.color].1
    }

    pub(super) fn deregister(&mut self, day: i32) {
        (self.status, self.deregistered) = (DEREGISTERED, Some(day));
    }
}

/// The entities of a district, and ids for more of them.
pub(super) struct Registry {
    pub entities: Vec<Entity>,
    ids: IdSeries,
    region: [u8; 6],
}

impl Registry {
    /// All are live where inspections go; of the others one in twenty has been deregistered by the as-of day.
    pub(super) fn new(district: &District, as_of: i32, randomness: &Randomness) -> Self {
        let mut draws = Stage::Registry.draws(randomness);
        let mut region = [b'0'; 6];
        region.copy_from_slice(&district.place.code.as_bytes()[..6]);
        let ids = IdSeries::new(randomness);
        let stations: Vec<(&str, u32)> = district.place.towns.iter().chain(district.more_stations).copied().collect();
        let at_station = Choice::new(stations.iter().map(|station| station.1));
        let (industries, live) = (Choice::new(INDUSTRIES.iter().map(|i| i.1)), Choice::new(LIVE.map(|word| word.1)));
        let grades = Choice::new(GRADES.iter().map(|grade| grade.share));
        let colors: Vec<Choice> = GRADES.iter().map(|grade| Choice::new(grade.colors)).collect();
        let mut entity = |row: usize| {
            let category = if draws.chance(0.4) { b'2' } else { b'1' };
            let grade = grades.draw(&mut draws);
            let mut entity = Entity {
                id: ids.code(row as u64, category, region),
                status: LIVE[live.draw(&mut draws)].0,
                station: stations[at_station.draw(&mut draws)].0,
                industry: &INDUSTRIES[industries.draw(&mut draws)].0[..1],
                grade,
                color: colors[grade].draw(&mut draws),
                deregistered: None,
            };
            if draws.chance(0.05) && row >= district.inspected {
                entity.deregister(as_of - draws.below(1_500) as i32);
            }
            entity
        };
        let entities = (0..district.entities).map(&mut entity).collect();
        Registry { entities, ids, region }
    }

    /// An id that no entity of the registry has; `number` tells them apart.
    pub(super) fn id_elsewhere(&self, number: usize) -> EntityId {
        self.ids.code((self.entities.len() + number) as u64, b'1', self.region)
    }

    /// Draws among the first entities, the riskier ones more often.
    pub(super) fn choice(&self, inspected: usize) -> Choice {
        Choice::new(self.entities[..inspected].iter().map(|entity| GRADES[entity.grade].drawn))
    }
}
