//! Arcs of entities over the rounds of a year (`fairdraw/1`, spread): read from the round before, spent by this one, published.

use crate::contract;
use crate::frame::{Frame, FrameError};
use crate::keys::PLAIN_LENGTH;
use crate::published::{Columns, PublishedError, PublishedRun};
use crate::sampling::spread::Arc;
use arrow::array::{Array, StringViewArray};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The arcs of one stream by id, sorted; an entity that is not there has the full arc.
pub type StreamArcs = Vec<(String, Arc)>;

/// The arcs that entities have left, by stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arcs(pub BTreeMap<String, StreamArcs>);

/// What a round did to the arc of an entity that it found or left not full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentRow {
    /// Row of the entity in the frame.
    pub row: u32,
    /// The arc before the round.
    pub before: Arc,
    /// The arc after it.
    pub after: Arc,
}

/// One row of `spread.parquet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadRow {
    /// The stream.
    pub stream: String,
    /// The entity.
    pub entity_id: String,
    /// The arc after the round.
    pub after: Arc,
    /// The arc before it.
    pub before: Arc,
}

impl Arcs {
    /// The arcs of a round: those that it left, or those that it found. None if it publishes no arcs.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn of_round(run: &PublishedRun, left: bool) -> Result<Option<Self>, PublishedError> {
        Self::of_some(run, left, &|_| true)
    }

    /// The same of the ids that `keeps` asks for.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn of_some(
        run: &PublishedRun,
        left: bool,
        keeps: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Self>, PublishedError> {
        let file = contract::SPREAD.file;
        if !run.has(file) {
            return Ok(None);
        }
        let mut arcs = Self::default();
        let places = if left { ["lo", "hi"] } else { ["before_lo", "before_hi"] };
        run.visit(file, |_, names, columns| {
            let of = Columns { run, file, names, columns };
            let (streams, ids) = (of.texts_named("stream")?, of.texts_named(contract::ENTITY_ID.name)?);
            let [lo, hi] = places.map(|name| of.texts_named(name));
            let (lo, hi) = (lo?, hi?);
            let bound = |texts: &StringViewArray, row: usize| {
                let text = texts.value(row);
                let is_plain = text.len() == 16 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
                let fault = || run.fault(file, format!("{text:?} is no bound of an arc"));
                is_plain.then(|| u64::from_str_radix(text, 16).ok()).flatten().ok_or_else(fault)
            };
            for row in 0..ids.len() {
                let arc = Arc { lo: bound(lo, row)?, hi: bound(hi, row)? };
                if arc.lo > arc.hi {
                    return Err(run.fault(file, format!("the arc of {} ends before it begins", ids.value(row))));
                }
                if arc != Arc::FULL && keeps(ids.value(row)) {
                    let of_stream = arcs.0.entry(streams.value(row).to_owned()).or_default();
                    of_stream.push((ids.value(row).to_owned(), arc));
                }
            }
            Ok(())
        })?;
        arcs.0.values_mut().for_each(|of_stream| of_stream.sort_by(|a, b| a.0.cmp(&b.0)));
        Ok(Some(arcs))
    }

    /// The arcs that these rows leave, which are sorted by stream and id.
    pub fn of_rows(rows: Vec<SpreadRow>) -> Self {
        let mut arcs = Self::default();
        for SpreadRow { stream, entity_id, after, .. } in rows {
            arcs.0.entry(stream).or_default().push((entity_id, after));
        }
        arcs
    }

    /// The rows of `spread.parquet` after a round that found these arcs and spent `spent`, by stream, in the order of rows. What
    /// the round did not touch, absent entities included, is carried over.
    ///
    /// # Errors
    /// A part of the frame that cannot be read.
    pub fn after(&self, frame: &Frame, spent: &BTreeMap<String, Vec<SpentRow>>) -> Result<Vec<SpreadRow>, FrameError> {
        let mut ids: BTreeMap<&str, Vec<String>> = spent.keys().map(|stream| (stream.as_str(), Vec::new())).collect();
        let mut is_in_frame: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
        for stream in spent.keys() {
            let of_stream = self.0.get(stream).map_or(0, Vec::len);
            is_in_frame.insert(stream, vec![false; of_stream]);
        }
        for part in frame.parts() {
            let (first, part) = part?;
            let mut buffer = [0; PLAIN_LENGTH];
            for (stream, rows) in spent {
                let of_part = rows.partition_point(|own| (own.row as usize) < first)
                    ..rows.partition_point(|own| (own.row as usize) < first + part.len());
                let of_stream = ids.get_mut(stream.as_str()).into_iter();
                of_stream.for_each(|ids| {
                    ids.extend(rows[of_part.clone()].iter().map(|own| part.id(own.row as usize - first)))
                });
                // Earlier arcs whose entity is in this part.
                let earlier = self.0.get(stream).map_or(&[][..], Vec::as_slice);
                let Some(found) = is_in_frame.get_mut(stream.as_str()) else { continue };
                let mut at = 0;
                for &key in &part.keys {
                    let id = part.space.unpack(key, &mut buffer);
                    while at < earlier.len() && earlier[at].0.as_str() < id {
                        at += 1;
                    }
                    if at < earlier.len() && earlier[at].0 == id {
                        found[at] = true;
                    }
                }
            }
        }
        let mut rows = Vec::new();
        let streams: std::collections::BTreeSet<&String> = self.0.keys().chain(spent.keys()).collect();
        for stream in streams {
            let row = |entity_id: &String, before: Arc, after: Arc| SpreadRow {
                stream: stream.clone(),
                entity_id: entity_id.clone(),
                after,
                before,
            };
            let earlier = self.0.get(stream).map_or(&[][..], Vec::as_slice);
            let is_absent = |at: usize| is_in_frame.get(stream.as_str()).is_none_or(|found| !found[at]);
            let mut of_stream: Vec<SpreadRow> = (0..earlier.len())
                .filter(|&at| is_absent(at))
                .map(|at| row(&earlier[at].0, earlier[at].1, earlier[at].1))
                .collect();
            if let Some(spent) = spent.get(stream) {
                let ids = ids.get(stream.as_str()).map_or(&[][..], Vec::as_slice);
                of_stream.extend(spent.iter().zip(ids).map(|(own, id)| row(id, own.before, own.after)));
            }
            of_stream.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
            rows.extend(of_stream);
        }
        Ok(rows)
    }
}

/// Looks up arcs for ids that come in order.
#[derive(Debug)]
pub struct Lookup<'a> {
    arcs: &'a [(String, Arc)],
    /// Place of the last id; none before the first is asked for.
    at: Option<usize>,
}

impl<'a> Lookup<'a> {
    /// Among these arcs.
    pub fn new(arcs: &'a [(String, Arc)]) -> Self {
        Self { arcs, at: None }
    }

    /// The arc of an id that is not below the one before.
    pub fn arc(&mut self, id: &str) -> Arc {
        let mut at = self.at.unwrap_or_else(|| self.arcs.partition_point(|(own, _)| own.as_str() < id));
        while self.arcs.get(at).is_some_and(|(own, _)| own.as_str() < id) {
            at += 1;
        }
        self.at = Some(at);
        self.arcs.get(at).filter(|(own, _)| own == id).map_or(Arc::FULL, |(_, arc)| *arc)
    }
}
