//! Repeated draws over one frame with generated seeds: observed inclusion frequencies against inclusion probabilities.

use crate::contract;
use crate::frame::{FrameError, ScoredFrame};
use crate::lottery::{DrawResult, LotColumn, LotteryError, tickets};
use crate::progress::{Observe, Progress};
use crate::sampling::LotKey;
use crate::task::Method;
use crate::terms::{Color, Grade};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    method: &Method,
    base: &str,
    times: u64,
    observe: Observe<'_>,
) -> Result<Simulation, LotteryError> {
    let (classes, class_of) = classes(scored)?;
    let (stations, station_of) = stations(scored)?;
    let mut counts = vec![0u64; classes.len()];
    let mut loads = vec![(u64::MAX, 0u64, 0u64); stations.len()];
    let mut sizes = BTreeMap::new();
    let mut target = vec![(0.0, 0.0); classes.len()];
    for time in 1..=times {
        observe(Progress::Step(&format!("draw {time} of {times}")));
        let key = LotKey::derive(&format!("{base} {time}"), &method.stream)?;
        let lots = LotColumn::Tickets { tickets: tickets(&scored.frame, &key)?, key };
        let drawn = DrawResult::of(scored, method, Arc::new(lots))?;
        for (row, pi) in drawn.pi(scored, 0..scored.frame.len()).into_iter().enumerate() {
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
fn classes(scored: &ScoredFrame) -> Result<Classes, FrameError> {
    // By stratum, grade and colour; in the order of their names at the end.
    let mut sizes: BTreeMap<(u32, Grade, Color), u64> = BTreeMap::new();
    let mut key_of = Vec::with_capacity(scored.frame.len());
    for part in scored.frame.parts() {
        let (first, part) = part?;
        for own in 0..part.len() {
            let row = first + own;
            let key = (scored.strata.stratum_of[row], part.grade[own], part.color[own]);
            let eligible = scored.standing.is_eligible(row);
            key_of.push(eligible.then_some(key));
            if eligible {
                *sizes.entry(key).or_default() += 1;
            }
        }
    }
    let name = |&(stratum, grade, color): &(u32, Grade, Color)| {
        format!("{} / {grade} / {color}", scored.strata.names[stratum as usize])
    };
    let mut classes: Vec<(String, u64, (u32, Grade, Color))> =
        sizes.iter().map(|(key, &size)| (name(key), size, *key)).collect();
    classes.sort();
    let places: BTreeMap<(u32, Grade, Color), u32> = classes.iter().map(|class| class.2).zip(0..).collect();
    let class_of = key_of.into_iter().map(|key| key.map(|key| places[&key])).collect();
    Ok((classes.into_iter().map(|(name, size, _)| (name, size)).collect(), class_of))
}

/// Names of the stations, and the station of each row; both empty if the registry has none.
fn stations(scored: &ScoredFrame) -> Result<(Vec<String>, Vec<u32>), FrameError> {
    let mut met: BTreeMap<String, u32> = BTreeMap::new();
    let mut station_of = Vec::new();
    for part in scored.frame.parts() {
        let (_, part) = part?;
        let Some(column) = part.attribute(contract::STATION.name) else { return Ok((Vec::new(), Vec::new())) };
        for row in 0..part.len() {
            let name = column.text(row).unwrap_or("(none)");
            let next = met.len() as u32;
            let number = match met.get(name) {
                Some(&number) => number,
                None => *met.entry(name.to_owned()).or_insert(next),
            };
            station_of.push(number);
        }
    }
    let mut place = vec![0; met.len()];
    met.values().zip(0..).for_each(|(&number, at)| place[number as usize] = at);
    station_of.iter_mut().for_each(|station| *station = place[*station as usize]);
    Ok((met.into_keys().collect(), station_of))
}
