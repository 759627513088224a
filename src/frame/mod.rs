//! The sampling frame: entities ⟕ credit ⟕ risk ⟕ flags ⟕ ledger, one row an entity, sorted by id, in parts.
//!
//! Every join is many-to-one on a unique key (the ledger is counted by entity first), so no join can add or repeat a
//! row; an entity that a table does not know keeps its place with `unrated`, `none`, no score, no flag, no visit.

mod join;

use crate::part::{PART_ROWS, Part};
use crate::task::{Standing, Strata};
use std::fmt::Debug;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A frame with all that its draw needs.
#[derive(Debug)]
pub struct ScoredFrame {
    /// The entities.
    pub frame: Arc<Frame>,
    /// Who may be drawn.
    pub standing: Standing,
    /// The weights that the lot goes by, micro-units: 0 for an entity that may not be drawn, or that a rule made certain.
    pub weights: Vec<u64>,
    /// In which stratum, and how many of each.
    pub strata: Strata,
}

/// Entities in parts of [`PART_ROWS`], the last of what is left; at least one part.
#[derive(Debug)]
pub struct Frame {
    rows: usize,
    parts: Parts,
}

#[derive(Debug)]
enum Parts {
    /// In memory.
    Held(Vec<Part>),
    /// Read when they are asked for.
    Elsewhere(Box<dyn PartSource>),
}

/// Where parts are read from.
pub trait PartSource: Debug + Send + Sync {
    /// Reads a part.
    ///
    /// # Errors
    /// Whatever keeps it from being read.
    fn read(&self, index: usize) -> Result<Part, FrameError>;
}

/// Why a part cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct FrameError(pub Box<dyn std::error::Error + Send + Sync>);

/// A part that is held, or was read.
#[derive(Debug)]
pub enum PartRef<'a> {
    /// Held by the frame.
    Held(&'a Part),
    /// Read for the one who asked.
    Read(Box<Part>),
}

impl Deref for PartRef<'_> {
    type Target = Part;

    fn deref(&self) -> &Part {
        match self {
            Self::Held(part) => part,
            Self::Read(part) => part,
        }
    }
}

impl Frame {
    /// A frame of parts in memory.
    pub fn of(parts: Vec<Part>) -> Self {
        let parts = if parts.is_empty() { vec![Part::default()] } else { parts };
        Self { rows: parts.iter().map(Part::len).sum(), parts: Parts::Held(parts) }
    }

    /// A frame of `rows` entities whose parts are read when they are asked for.
    pub fn elsewhere(rows: usize, source: Box<dyn PartSource>) -> Self {
        Self { rows, parts: Parts::Elsewhere(source) }
    }

    /// Number of entities.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Number of parts.
    pub fn count(&self) -> usize {
        self.rows.div_ceil(PART_ROWS).max(1)
    }

    /// The rows of a part.
    pub fn rows_of(&self, index: usize) -> Range<usize> {
        index * PART_ROWS..((index + 1) * PART_ROWS).min(self.rows)
    }

    /// A part.
    ///
    /// # Errors
    /// [`FrameError`] if it is elsewhere and cannot be read.
    pub fn part(&self, index: usize) -> Result<PartRef<'_>, FrameError> {
        match &self.parts {
            Parts::Held(parts) => Ok(PartRef::Held(&parts[index])),
            Parts::Elsewhere(source) => source.read(index).map(|part| PartRef::Read(Box::new(part))),
        }
    }

    /// The parts in order if they are in memory; none if they are elsewhere.
    pub fn held(&self) -> &[Part] {
        match &self.parts {
            Parts::Held(parts) => parts,
            Parts::Elsewhere(_) => &[],
        }
    }

    /// The parts in order, each with the place of its first row.
    pub fn parts(&self) -> impl Iterator<Item = Result<(usize, PartRef<'_>), FrameError>> {
        (0..self.count()).map(|index| Ok((index * PART_ROWS, self.part(index)?)))
    }

    /// Some entities, in the order of the frame; `rows` are sorted.
    ///
    /// # Errors
    /// [`FrameError`] if a part cannot be read, or taken from.
    pub fn take(&self, rows: &[u32]) -> Result<Part, FrameError> {
        let (mut taken, mut from) = (Part::default(), rows);
        for part in self.parts() {
            let (first, part) = part?;
            let own = from.partition_point(|&row| (row as usize) < first + part.len());
            let rows: Vec<u32> = from[..own].iter().map(|row| row - first as u32).collect();
            let of_part = part.take(&rows).and_then(|part| taken.append(part));
            of_part.map_err(|error| FrameError(Box::new(error)))?;
            from = &from[own..];
        }
        Ok(taken)
    }

    /// The id of a row.
    ///
    /// # Errors
    /// [`FrameError`] if its part cannot be read.
    pub fn id(&self, row: usize) -> Result<String, FrameError> {
        Ok(self.part(row / PART_ROWS)?.id(row % PART_ROWS))
    }
}
