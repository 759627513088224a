//! Repeated draws over one frame with generated seeds: observed inclusion frequencies against inclusion probabilities.

use crate::contract;
use crate::frame::ScoredFrame;
use crate::ingest::Attribute;
use crate::lottery::{DrawResult, LotColumn, LotteryError, tickets};
use crate::plan::Plan;
use crate::sampling::LotKey;
use std::collections::BTreeMap;

/// Observed and expected inclusion frequency of a class of entities.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFrequency {
    /// Stratum, grade and color, joined by ` / `.
    pub class: String,
    /// Eligible entities in it.
    pub entities: u64,
    /// Expected number drawn in one draw, Σπ.
    pub expected: f64,
    /// Mean number drawn in one draw.
    pub mean: f64,
    /// (drawn − expected) over all draws, in standard deviations √Σπ(1−π) of independent draws (fixed sizes vary less,
    /// so |z| is on the safe side); 0 where the variance is 0.
    pub z: f64,
}

/// Entities of a station drawn in one draw.
#[derive(Debug, Clone, PartialEq)]
pub struct StationLoad {
    /// The station.
    pub station: String,
    /// Fewest in any draw.
    pub least: u64,
    /// Mean over the draws.
    pub mean: f64,
    /// Most in any draw.
    pub most: u64,
}

/// What many draws came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// Number of draws.
    pub times: u64,
    /// By class.
    pub classes: Vec<ClassFrequency>,
    /// By station; empty if the registry has none.
    pub stations: Vec<StationLoad>,
    /// How often each total size came up.
    pub sizes: BTreeMap<u64, u64>,
}

/// Draws `times` times, by the seeds `BASE 1`, `BASE 2`, …
///
/// # Errors
/// [`LotteryError`] if the frame cannot be drawn from.
pub fn simulate(
    scored: &ScoredFrame,
    plan: &Plan,
    base: &str,
    times: u64,
    observe: &dyn Fn(&str),
) -> Result<Simulation, LotteryError> {
    let (classes, class_of) = classes(scored);
    let (stations, station_of) = stations(scored.frame.attribute(contract::STATION.name), scored.frame.len());
    let mut counts = vec![0u64; classes.len()];
    let mut loads = vec![(u64::MAX, 0u64, 0u64); stations.len()];
    let mut sizes = BTreeMap::new();
    let mut target = vec![(0.0, 0.0); classes.len()];
    for time in 1..=times {
        observe(&format!("draw {time} of {times}"));
        let key = LotKey::derive(&format!("{base} {time}"), &plan.draw.stream)?;
        let drawn = DrawResult::with_lots(scored, plan, LotColumn::Tickets { tickets: tickets(scored, &key), key })?;
        for (row, &pi) in drawn.pi.iter().enumerate() {
            if let Some(class) = class_of[row] {
                target[class as usize].0 += pi;
                target[class as usize].1 += pi * (1.0 - pi);
            }
        }
        let mut load = vec![0u64; stations.len()];
        let mut size = 0;
        for row in (0..scored.frame.len()).filter(|&row| drawn.selected[row]) {
            size += 1;
            if let Some(class) = class_of[row] {
                counts[class as usize] += 1;
            }
            if let Some(station) = station_of.get(row) {
                load[*station as usize] += 1;
            }
        }
        for (total, load) in loads.iter_mut().zip(load) {
            *total = (total.0.min(load), total.1 + load, total.2.max(load));
        }
        *sizes.entry(size).or_insert(0) += 1;
    }
    let draws = times as f64;
    let frequency = |(place, (class, entities)): (usize, (String, u64))| {
        let (target, variance) = target[place];
        let z = if variance > 0.0 { (counts[place] as f64 - target) / variance.sqrt() } else { 0.0 };
        ClassFrequency { class, entities, expected: target / draws, mean: counts[place] as f64 / draws, z }
    };
    let load = |(station, (least, total, most)): (String, (u64, u64, u64))| StationLoad {
        station,
        least,
        mean: total as f64 / draws,
        most,
    };
    Ok(Simulation {
        times,
        classes: classes.into_iter().enumerate().map(frequency).collect(),
        stations: stations.into_iter().zip(loads).map(load).collect(),
        sizes,
    })
}

type Classes = (Vec<(String, u64)>, Vec<Option<u32>>);

/// Classes of the eligible entities with their sizes, and the class of each row.
fn classes(scored: &ScoredFrame) -> Classes {
    let name = |row: usize| {
        let stratum = &scored.strata.names[scored.strata.stratum_of[row] as usize];
        format!("{stratum} / {} / {}", scored.frame.grade[row], scored.frame.color[row])
    };
    let eligible = |row: &usize| scored.eligibility.is_eligible(*row);
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    (0..scored.frame.len()).filter(eligible).for_each(|row| *sizes.entry(name(row)).or_default() += 1);
    let places: BTreeMap<&str, u32> = sizes.keys().map(String::as_str).zip(0..).collect();
    let of = |row: usize| eligible(&row).then(|| places[name(row).as_str()]);
    let class_of = (0..scored.frame.len()).map(of).collect();
    (sizes.clone().into_iter().collect(), class_of)
}

/// Names of the stations, and the station of each row; both empty if the registry has none.
fn stations(column: Option<&Attribute>, rows: usize) -> (Vec<String>, Vec<u32>) {
    let Some(column) = column else { return (Vec::new(), Vec::new()) };
    let name = |row| column.text(row).unwrap_or("(none)");
    let places: BTreeMap<&str, u32> =
        (0..rows).map(name).collect::<std::collections::BTreeSet<_>>().into_iter().zip(0..).collect();
    let of = (0..rows).map(|row| places[name(row)]).collect();
    (places.into_keys().map(str::to_owned).collect(), of)
}
