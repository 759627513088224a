//! A part of a frame: what is known of up to 2^20 entities that follow each other by id.
//!
//! Stages are functions on a part ([`crate::task`]). Where its columns come from (memory, a published frame, another engine)
//! they do not know.

use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH};
use crate::terms::{Color, Grade, Level, Status};
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, UInt32Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Entities of every part but the last: a row group of `frame.parquet`, 16 blocks of a commitment.
pub const PART_ROWS: usize = 1 << 20;

/// One row an entity, sorted by id; all columns have the same length.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Gives the keys their ids.
    pub space: Arc<KeySpace>,
    /// Sorted by id, unique.
    pub keys: Vec<EntityKey>,
    /// Registration status.
    pub status: Vec<Status>,
    /// What the registry says beyond id and status: name, region, station … and the columns the plan keeps.
    pub attributes: Vec<Attribute>,
    /// Credit grade; `Unrated` where there is none.
    pub grade: Vec<Grade>,
    /// Colour code; `None` where there is none.
    pub color: Vec<Color>,
    /// Scores by model, in the order of the plan.
    pub scores: Vec<Score>,
    /// Flags, if the plan reads any.
    pub flags: Option<FlagColumn>,
    /// Earlier visits, if the plan reads a ledger or earlier rounds: all of them first, then as its limits count them.
    pub visits: Vec<VisitColumn>,
}

impl Part {
    /// Number of entities.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The id of a row.
    pub fn id(&self, row: usize) -> String {
        self.space.unpack(self.keys[row], &mut [0; PLAIN_LENGTH]).to_owned()
    }

    /// Earlier visits, counted so; `None` if they were not.
    pub fn visits(&self, counted: &Counted) -> Option<&[u32]> {
        self.visits.iter().find(|own| own.counted == *counted).map(|own| own.counts.as_slice())
    }

    /// A column of the registry; `None` if it has no such column.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

impl Part {
    /// Puts a part behind this one: its ids come after all ids here, its columns are of the same kinds.
    ///
    /// # Errors
    /// Columns of two types under one name.
    pub fn append(&mut self, other: Self) -> Result<(), ArrowError> {
        if self.is_empty() {
            *self = other;
            return Ok(());
        }
        self.keys.extend(other.keys);
        self.status.extend(other.status);
        self.grade.extend(other.grade);
        self.color.extend(other.color);
        for (own, other) in self.attributes.iter_mut().zip(other.attributes) {
            own.values = concat(&[&*own.values, &*other.values])?;
        }
        self.scores.iter_mut().zip(other.scores).for_each(|(own, other)| own.values.extend(other.values));
        if let (Some(own), Some(other)) = (&mut self.flags, other.flags) {
            own.bits.extend(other.bits);
        }
        self.visits.iter_mut().zip(other.visits).for_each(|(own, other)| own.counts.extend(other.counts));
        Ok(())
    }

    /// Some rows, in the order given.
    ///
    /// # Errors
    /// A column that cannot be taken from.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn take(&self, rows: &[u32]) -> Result<Self, ArrowError> {
        fn of<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|&row| values[row as usize]).collect()
        }
        let places = UInt32Array::from_iter_values(rows.iter().copied());
        let attribute =
            |own: &Attribute| Ok(Attribute { name: own.name.clone(), values: take(&*own.values, &places, None)? });
        let score = |own: &Score| Score { model: own.model.clone(), values: of(&own.values, rows) };
        let flags = |own: &FlagColumn| FlagColumn { names: own.names.clone(), bits: of(&own.bits, rows) };
        Ok(Self {
            space: self.space.clone(),
            keys: of(&self.keys, rows),
            status: of(&self.status, rows),
            attributes: self.attributes.iter().map(attribute).collect::<Result<_, ArrowError>>()?,
            grade: of(&self.grade, rows),
            color: of(&self.color, rows),
            scores: self.scores.iter().map(score).collect(),
            flags: self.flags.as_ref().map(flags),
            visits: self.visits.iter().map(|own| own.with(of(&own.counts, rows))).collect(),
        })
    }

    /// Cuts off the rows from `at` on.
    pub fn split_off(&mut self, at: usize) -> Self {
        let attribute = |own: &mut Attribute| {
            let behind = own.values.slice(at, own.values.len() - at);
            own.values = own.values.slice(0, at);
            Attribute { name: own.name.clone(), values: behind }
        };
        let score = |own: &mut Score| Score { model: own.model.clone(), values: own.values.split_off(at) };
        let flags = |own: &mut FlagColumn| FlagColumn { names: own.names.clone(), bits: own.bits.split_off(at) };
        Self {
            space: self.space.clone(),
            keys: self.keys.split_off(at),
            status: self.status.split_off(at),
            attributes: self.attributes.iter_mut().map(attribute).collect(),
            grade: self.grade.split_off(at),
            color: self.color.split_off(at),
            scores: self.scores.iter_mut().map(score).collect(),
            flags: self.flags.as_mut().map(flags),
            visits: self.visits.iter_mut().map(|own| own.split_off(at)).collect(),
        }
    }
}

/// The scores of a model.
#[derive(Clone, Debug)]
pub struct Score {
    /// Name of the model.
    pub model: String,
    /// Score as in the file; NaN where the model has none.
    pub values: Vec<f64>,
}

/// How often each entity was visited.
#[derive(Clone, Debug)]
pub struct VisitColumn {
    /// Which visits count.
    pub counted: Counted,
    /// How many of each entity.
    pub counts: Vec<u32>,
}

impl VisitColumn {
    /// The same of other entities.
    fn with(&self, counts: Vec<u32>) -> Self {
        Self { counted: self.counted.clone(), counts }
    }

    fn split_off(&mut self, at: usize) -> Self {
        let behind = self.counts.split_off(at);
        self.with(behind)
    }
}

/// Which earlier visits count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Counted {
    /// Those of every unit and level.
    All,
    /// Those of any unit of this level; where no level is named, it is the own one.
    Level(Level),
    /// Those of this unit.
    Unit(String),
}

impl Counted {
    /// What stands behind `visits_` in the name of the column; nothing for all visits.
    pub fn suffix(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Level(level) => Some(format!("level_{level}")),
            Self::Unit(unit) => Some(format!("unit_{unit}")),
        }
    }
}

/// Flags as bits.
#[derive(Clone, Debug)]
pub struct FlagColumn {
    /// Name of bit 0, 1, …; sorted.
    pub names: Vec<String>,
    /// The flags of each entity.
    pub bits: Vec<u32>,
}

impl FlagColumn {
    /// The bit of a flag; 0 for one that nobody carries.
    pub fn mask(&self, name: &str) -> u32 {
        self.names.iter().position(|own| own == name).map_or(0, |bit| 1 << bit)
    }

    /// Names of the flags in `bits`.
    pub fn names_of(&self, bits: u32) -> impl Iterator<Item = &str> {
        self.names.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name.as_str())
    }
}

/// A column of the registry: texts (views, or few words as a dictionary by `u32`), days (`Date32`) or numbers (`Float64`).
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Name of the column.
    pub name: String,
    /// Its values.
    pub values: ArrayRef,
}

impl Attribute {
    /// Type of the values.
    pub fn data_type(&self) -> &DataType {
        self.values.data_type()
    }

    /// The text of a row; `None` where it is null, or the column holds no texts.
    #[inline]
    pub fn text(&self, row: usize) -> Option<&str> {
        if let Some(texts) = self.values.as_string_view_opt() {
            return texts.is_valid(row).then(|| texts.value(row));
        }
        let coded = self.values.as_dictionary_opt::<UInt32Type>()?;
        let words = coded.values().as_string_opt::<i32>()?;
        coded.is_valid(row).then(|| words.value(coded.keys().value(row) as usize))
    }

    /// The day of a row in days since 1970-01-01; `None` where it is null, or the column holds no days.
    pub fn day(&self, row: usize) -> Option<i32> {
        let days: &Date32Array = self.values.as_primitive_opt()?;
        days.is_valid(row).then(|| days.value(row))
    }

    /// The number of a row; `None` where it is null, or the column holds no numbers.
    pub fn number(&self, row: usize) -> Option<f64> {
        let numbers: &Float64Array = self.values.as_primitive_opt()?;
        numbers.is_valid(row).then(|| numbers.value(row))
    }
}
