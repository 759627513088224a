//! The frame of a published run, part by part.

use super::{PublishedError, PublishedRun};
use crate::contract::{self, Column};
use crate::frame::{Frame, FrameError, PartSource};
use crate::keys::KeySpace;
use crate::part::{Attribute, Counted, FlagColumn, PART_ROWS, Part, Score, VisitColumn};
use crate::plan::Plan;
use crate::table_reader::TableReader;
use crate::terms::{Color, Grade, Status};
use arrow::array::{ArrayRef, AsArray, Int32Array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Int32Type};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Places of the columns that a frame is made of, in `frame.parquet`.
#[derive(Debug)]
struct Places {
    id: usize,
    status: usize,
    grade: usize,
    color: usize,
    flags: Option<usize>,
    /// Visits, by the way in which they are counted.
    visits: Vec<(Counted, usize)>,
    /// Scores, by model.
    scores: Vec<(String, usize)>,
    /// Attributes, by name.
    attributes: Vec<(String, usize)>,
}

/// The parts of the frame of a run.
#[derive(Debug)]
struct PublishedFrame {
    run: Arc<PublishedRun>,
    table: TableReader,
    places: Places,
}

impl PartSource for PublishedFrame {
    fn read(&self, index: usize) -> Result<Part, FrameError> {
        self.run.part(&self.table, &self.places, index).map_err(|error| FrameError(Box::new(error)))
    }
}

impl PublishedRun {
    /// The frame of the run as it was before standing and weights were settled: ids, attributes, ratings. It is held in memory
    /// if that takes no more than `memory` bytes, else each part is read when it is asked for.
    ///
    /// # Errors
    /// [`PublishedError`] if the table is damaged, lacks a column, or holds a word that is none of the field's.
    pub fn frame(self: &Arc<Self>, plan: &Plan, memory: u64) -> Result<Frame, PublishedError> {
        let table = self.table(contract::FRAME.file)?;
        let places = self.places(&table, plan)?;
        let rows = table.rows();
        if let Some(large) = table.rows_of_groups().into_iter().find(|&rows| rows > PART_ROWS) {
            let reason = format!("a row group has {large} rows, and those of every run have at most {PART_ROWS}");
            return Err(self.fault(contract::FRAME.file, reason));
        }
        if table.unpacked_bytes() > memory {
            return Ok(Frame::elsewhere(rows, Box::new(PublishedFrame { run: self.clone(), table, places })));
        }
        let parts = (0..rows.div_ceil(PART_ROWS)).map(|index| self.part(&table, &places, index));
        Ok(Frame::of(parts.collect::<Result<_, PublishedError>>()?))
    }

    fn places(&self, table: &TableReader, plan: &Plan) -> Result<Places, PublishedError> {
        let file = contract::FRAME.file;
        let names: Vec<&str> = table.schema().fields().iter().map(|field| field.name().as_str()).collect();
        let place = |column: &str| names.iter().position(|name| *name == column);
        let required =
            |column: &str| place(column).ok_or_else(|| self.fault(file, format!("it has no column {column}")));
        let (id, status) = (required(contract::ENTITY_ID.name)?, required(contract::STATUS.name)?);
        let score = |model: &str| required(&format!("{}{model}", contract::SCORE.name));
        let risk = plan.inputs.risk.iter();
        let scores: Vec<(String, usize)> =
            risk.map(|input| Ok((input.model.clone(), score(&input.model)?))).collect::<Result<_, PublishedError>>()?;
        let mut attributes: Vec<(String, usize)> =
            (0..status).filter(|&at| at != id).map(|at| (names[at].to_owned(), at)).collect();
        if let Some(column) = &plan.draw.prn_column {
            attributes.extend(place(contract::PRN.name).map(|at| (column.clone(), at)));
        }
        let (grade, color) = (required(contract::GRADE.name)?, required(contract::COLOR.name)?);
        let flags = place(contract::FLAGS.name);
        let limits = plan.methods().filter_map(|method| method.scope.visits.as_ref());
        let mut counted: Vec<Counted> = limits.map(|limit| limit.counted.clone()).chain([Counted::All]).collect();
        counted.sort();
        counted.dedup();
        let visits = counted.into_iter().filter_map(|own| Some((own.clone(), place(&contract::visits_column(&own))?)));
        let visits = visits.collect();
        Ok(Places { id, status, grade, color, flags, visits, scores, attributes })
    }

    fn part(&self, table: &TableReader, places: &Places, index: usize) -> Result<Part, PublishedError> {
        let fault = |reason: String| self.fault(contract::FRAME.file, reason);
        let names: Vec<&str> = table.schema().fields().iter().map(|field| field.name().as_str()).collect();
        let Places { id, status, grade, color, flags, visits, scores, attributes } = places;
        let mut wanted: Vec<usize> = [id, status, grade, color].into_iter().chain(flags).copied().collect();
        wanted.extend(visits.iter().map(|(_, at)| *at));
        wanted.extend(scores.iter().chain(attributes).map(|(_, at)| *at));
        wanted.sort_unstable();
        wanted.dedup();
        let mut pieces: Vec<Vec<ArrayRef>> = vec![Vec::new(); wanted.len()];
        // The row groups that the part lies in, and where it begins in the first of them.
        let of_part = index * PART_ROWS..((index + 1) * PART_ROWS).min(table.rows());
        let (mut groups, mut skipped, mut first) = (Vec::new(), 0, 0);
        for (group, rows) in table.rows_of_groups().into_iter().enumerate() {
            if first + rows <= of_part.start {
                skipped = first + rows;
            } else if first < of_part.end {
                groups.push(group);
            }
            first += rows;
        }
        let (mut batches, mut at) = (table.read(&wanted, Some(groups)).map_err(fault)?, skipped);
        while let Some(batch) = batches.next().map_err(fault)? {
            let rows = batch.first().map_or(0, |column| column.len());
            let own = of_part.start.clamp(at, at + rows)..of_part.end.clamp(at, at + rows);
            let slice = |piece: ArrayRef| piece.slice(own.start - at, own.len());
            pieces.iter_mut().zip(batch).for_each(|(pieces, piece)| pieces.push(slice(piece)));
            at += rows;
        }
        let whole = |at: &usize| -> Result<ArrayRef, PublishedError> {
            let place = wanted.binary_search(at).map_err(|_| fault("it lacks a column".to_owned()))?;
            let pieces: Vec<&dyn arrow::array::Array> = pieces[place].iter().map(|piece| &**piece).collect();
            concat(&pieces).map_err(|error| fault(error.to_string()))
        };
        let typed = |at: &usize, kind: &DataType| {
            let column = whole(at)?;
            let found = column.data_type().clone();
            let other = || fault(format!("its column {} has the type {found}", names[*at]));
            if found == *kind { Ok(Attribute { name: names[*at].to_owned(), values: column }) } else { Err(other()) }
        };
        let text = |at: &usize| typed(at, &DataType::Utf8View);
        let ids = text(id)?;
        let rows = ids.values.len();
        let score = |(model, at): &(String, usize)| {
            let column = typed(at, &DataType::Float64)?;
            let values = (0..rows).into_par_iter().map(|row| column.number(row).unwrap_or(f64::NAN)).collect();
            Ok(Score { model: model.clone(), values })
        };
        let attribute = |(name, at): &(String, usize)| {
            let values = whole(at)?;
            let published = [DataType::Utf8View, DataType::Date32, DataType::Float64];
            match values.data_type() {
                kind if published.contains(kind) => Ok(Attribute { name: name.clone(), values }),
                kind => Err(fault(format!("its column {} has the type {kind}", names[*at]))),
            }
        };
        let mut space = KeySpace::default();
        let packed: Vec<_> =
            (0..rows).into_par_iter().map(|row| KeySpace::pack_plain(ids.text(row).unwrap_or("").as_bytes())).collect();
        let keys = packed.into_iter().enumerate();
        let keys = keys.map(|(row, key)| key.unwrap_or_else(|| space.pack(ids.text(row).unwrap_or("")))).collect();
        let visits = |(counted, at): &(Counted, usize)| {
            let column = whole(at)?;
            let counts: &Int32Array = column
                .as_primitive_opt::<Int32Type>()
                .ok_or_else(|| fault(format!("its column {} is not of whole numbers", names[*at])))?;
            let counts = counts.values().iter().map(|&visits| visits.max(0) as u32).collect();
            Ok(VisitColumn { counted: counted.clone(), counts })
        };
        Ok(Part {
            keys,
            status: words(contract::STATUS, &text(status)?, &ids, &Status::ALL.map(|it| (it.name(), it)))?,
            grade: words(contract::GRADE, &text(grade)?, &ids, &Grade::ALL.map(|it| (it.name(), it)))?,
            color: words(contract::COLOR, &text(color)?, &ids, &Color::ALL.map(|it| (it.name(), it)))?,
            scores: scores.iter().map(score).collect::<Result<_, PublishedError>>()?,
            flags: flags.as_ref().map(text).transpose()?.map(|column| flag_column(&column)),
            visits: places.visits.iter().map(visits).collect::<Result<_, PublishedError>>()?,
            attributes: attributes.iter().map(attribute).collect::<Result<_, PublishedError>>()?,
            space: Arc::new(space),
        })
    }
}

/// A column of the field's words.
fn words<T: Copy + Send + Sync>(
    column: Column,
    texts: &Attribute,
    ids: &Attribute,
    known: &[(&str, T)],
) -> Result<Vec<T>, PublishedError> {
    let read = |row: usize| {
        let text = texts.text(row).unwrap_or_default();
        let word = known.iter().find(|(name, _)| *name == text).map(|(_, word)| *word);
        word.ok_or_else(|| PublishedError::Cell {
            column: column.name,
            id: ids.text(row).unwrap_or_default().to_owned(),
            found: format!("{text:?}"),
        })
    };
    (0..texts.values.len()).map(read).collect()
}

fn flag_column(column: &Attribute) -> FlagColumn {
    let rows = column.values.len();
    let of = |row: usize| column.text(row).into_iter().flat_map(|flags| flags.split(';'));
    let names: Vec<String> = (0..rows).flat_map(of).collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect();
    let bit = |flag: &str| {
        names.binary_search_by(|own| own.as_str().cmp(flag)).map_or(0, |bit| 1u32.wrapping_shl(bit as u32))
    };
    let bits = (0..rows).map(|row| of(row).fold(0, |bits, flag| bits | bit(flag))).collect();
    FlagColumn { names, bits }
}
