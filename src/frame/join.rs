//! Tables joined to the entities.

use super::{Frame, FrameError, PartSource};
use crate::ingest::{
    Credit, Entities, Flags, IdRange, Ledger, RangeRows, Risk, Table, Tables, Visit, ratings, statuses,
};
use crate::keys::{EntityKey, KeySpace, UNMATCHED, match_rows};
use crate::part::{Attribute, Counted, FlagColumn, PART_ROWS, Part, Score, VisitColumn};
use crate::plan::Plan;
use crate::progress::{Observe, Progress};
use crate::spill::{Block, Room, SpillError, SpillFile, key_column, keys_of};
use crate::terms::{Color, Grade, Level, Warning};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, UInt8Array, UInt32Array};
use arrow::datatypes::{Float64Type, UInt8Type, UInt32Type};
use arrow::error::ArrowError;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

impl Frame {
    /// Joins the tables of a plan, range of ids by range. The warnings count rows of credit, risk, flags or ledger that belong
    /// to no entity of the registry. What `room` does not hold stays on disk; `each` is shown a part before it goes there.
    ///
    /// # Errors
    /// A disk that gives nothing back; what `each` says.
    pub fn join<E: From<SpillError>>(
        mut tables: Tables,
        plan: &Plan,
        room: &Room,
        each: &mut dyn FnMut(&Part) -> Result<(), E>,
        observe: Observe<'_>,
    ) -> Result<(Self, Vec<Warning>), E> {
        let space = Arc::new(std::mem::take(&mut tables.space));
        let is_held = tables.entities.runs.is_none()
            && tables.credit.iter().all(|credit| credit.runs.is_none())
            && tables.risk.iter().all(|risk| risk.scores.runs.is_none());
        let splitters = match &tables.entities.runs {
            Some(runs) => runs.splitters(&space, room.range_rows()),
            None => {
                let rows = if is_held { PART_ROWS } else { room.range_rows().min(PART_ROWS) };
                (rows..tables.entities.keys.len()).step_by(rows).map(|row| tables.entities.keys[row]).collect()
            }
        };
        let mut parts = PartStore::new(if is_held { None } else { Some(SpillFile::create(&room.folder)?) });
        let counted = counted(plan);
        let mut unmatched = vec![0; 3 + tables.risk.len()];
        let ranges = IdRange::cut(&splitters);
        let join_range = |&range: &IdRange| -> Result<(Part, Vec<usize>), SpillError> {
            let entities = entities_of(&tables.entities, &space, range)?;
            let mut join = Join { space: &space, keys: &entities.keys, unmatched: Vec::new() };
            let (grade, color) = join.credit(tables.credit.as_ref(), range)?;
            let scores = tables.risk.iter().map(|risk| join.risk(risk, range)).collect::<Result<_, _>>()?;
            let flags = tables.flags.as_ref().map(|flags| join.flags(flags, range));
            let visits = join.visits(tables.ledger.as_ref(), tables.rounds.as_ref(), range, plan, &counted);
            let unmatched = join.unmatched;
            Ok((Part { grade, color, scores, flags, visits, ..entities }, unmatched))
        };
        // What is in memory can be joined side by side; from disk come as many rows as there is room for.
        let side_by_side = if is_held { rayon::current_num_threads() } else { 1 };
        for (done, some) in ranges.chunks(side_by_side).enumerate() {
            observe(Progress::Done((done * side_by_side) as f64 / ranges.len() as f64));
            let joined: Vec<Result<_, SpillError>> = some.par_iter().map(join_range).collect();
            for range in joined {
                let (part, of_range) = range?;
                unmatched.iter_mut().zip(of_range).for_each(|(sum, rows)| *sum += rows);
                parts.push(part, each)?;
            }
        }
        let names = tables.credit.iter().map(|_| "credit".to_owned());
        let names = names.chain(tables.risk.iter().map(|risk| format!("risk.{}", risk.model)));
        let names = names.chain(tables.flags.iter().map(|_| "flags".to_owned()));
        let names = names.chain(tables.ledger.iter().map(|_| "ledger".to_owned()));
        let counted = names.zip(unmatched).filter(|(_, rows)| *rows > 0);
        let warnings = counted.map(|(table, rows)| Warning::UnmatchedRows { table, rows: rows as u64 }).collect();
        Ok((parts.finish(each)?, warnings))
    }
}

/// The entities of a range as a part without ratings.
fn entities_of(entities: &Entities, space: &Arc<KeySpace>, range: IdRange) -> Result<Part, SpillError> {
    let named = |values: ArrayRef, at: usize| Attribute { name: entities.attributes[at].0.clone(), values };
    if let Some(runs) = &entities.runs {
        let RangeRows { keys, columns } = runs.range(space, range)?;
        let mut columns = columns.into_iter();
        let status = columns.next().map(|column| statuses(&column)).unwrap_or_default();
        let attributes = columns.zip(0..).map(|(values, at)| named(values, at)).collect();
        return Ok(Part { space: space.clone(), keys, status, attributes, ..Part::default() });
    }
    let rows = range.of(space, &entities.keys);
    // Pieces have the rows of a part, and ranges do not cross them.
    let of_piece = |pieces: &[ArrayRef]| {
        let piece = &pieces[rows.start / PART_ROWS];
        piece.slice(rows.start % PART_ROWS, rows.len())
    };
    let attributes = entities.attributes.iter().enumerate().map(|(at, (_, pieces))| named(of_piece(pieces), at));
    Ok(Part {
        space: space.clone(),
        keys: entities.keys[rows.clone()].to_vec(),
        status: entities.status[rows.clone()].to_vec(),
        attributes: if entities.keys.is_empty() { Vec::new() } else { attributes.collect() },
        ..Part::default()
    })
}

/// Keys and values of the rows of a range.
type Rows<'t, V> = (Cow<'t, [EntityKey]>, Cow<'t, [V]>);

/// The rows of a range of a table of one row an entity.
fn of_range<'t, V: Clone>(
    table: &'t Table<V>,
    values: fn(&ArrayRef) -> Vec<V>,
    space: &KeySpace,
    range: IdRange,
) -> Result<Rows<'t, V>, SpillError> {
    match &table.runs {
        None => {
            let rows = range.of(space, &table.keys);
            Ok((Cow::Borrowed(&table.keys[rows.clone()]), Cow::Borrowed(&table.values[rows])))
        }
        Some(runs) => {
            let RangeRows { keys, columns } = runs.range(space, range)?;
            Ok((Cow::Owned(keys), Cow::Owned(columns.first().map(values).unwrap_or_default())))
        }
    }
}

/// Puts joined rows into parts.
struct PartStore {
    /// Where finished parts go; `None`: they stay in memory.
    file: Option<SpillFile>,
    held: Vec<Part>,
    blocks: Vec<Block>,
    rows: usize,
    /// Rows that do not make a part yet.
    open: Part,
    /// A part without rows, for the kinds of columns.
    kinds: Part,
}

impl PartStore {
    fn new(file: Option<SpillFile>) -> Self {
        let (open, kinds) = (Part::default(), Part::default());
        Self { file, held: Vec::new(), blocks: Vec::new(), rows: 0, open, kinds }
    }

    fn push<E: From<SpillError>>(&mut self, rows: Part, each: &mut dyn FnMut(&Part) -> Result<(), E>) -> Result<(), E> {
        self.open.append(rows).map_err(SpillError::from)?;
        while self.open.len() >= PART_ROWS {
            let behind = self.open.split_off(PART_ROWS);
            let full = std::mem::replace(&mut self.open, behind);
            self.close(full, each)?;
        }
        Ok(())
    }

    fn close<E: From<SpillError>>(
        &mut self,
        part: Part,
        each: &mut dyn FnMut(&Part) -> Result<(), E>,
    ) -> Result<(), E> {
        self.rows += part.len();
        match &self.file {
            None => self.held.push(part),
            Some(file) => {
                each(&part)?;
                self.blocks.push(columns_of(&part).map_err(SpillError::from).and_then(|columns| file.write(columns))?);
                if self.blocks.len() == 1 {
                    let mut part = part;
                    drop(part.split_off(0));
                    self.kinds = part;
                }
            }
        }
        Ok(())
    }

    fn finish<E: From<SpillError>>(mut self, each: &mut dyn FnMut(&Part) -> Result<(), E>) -> Result<Frame, E> {
        let last = std::mem::take(&mut self.open);
        if !last.is_empty() {
            self.close(last, each)?;
        }
        Ok(match self.file {
            None => Frame::of(self.held),
            Some(file) => {
                Frame::elsewhere(self.rows, Box::new(SpilledParts { file, blocks: self.blocks, kinds: self.kinds }))
            }
        })
    }
}

/// Parts on disk.
#[derive(Debug)]
struct SpilledParts {
    file: SpillFile,
    blocks: Vec<Block>,
    /// A part without rows: ids, names and models are as there.
    kinds: Part,
}

impl PartSource for SpilledParts {
    fn read(&self, index: usize) -> Result<Part, FrameError> {
        let Some(block) = self.blocks.get(index) else { return Ok(self.kinds.clone()) };
        let columns = self.file.read(block).map_err(|error| FrameError(Box::new(error)))?;
        Ok(part_of(&self.kinds, columns))
    }
}

/// The columns of a part: key, codes of status, grade and colour, attributes, scores, flags, visits.
fn columns_of(part: &Part) -> Result<Vec<ArrayRef>, ArrowError> {
    let codes = |codes: &mut dyn Iterator<Item = u8>| -> ArrayRef { Arc::new(UInt8Array::from_iter_values(codes)) };
    let mut columns = vec![
        key_column(&part.keys)?,
        codes(&mut part.status.iter().map(|it| it.code())),
        codes(&mut part.grade.iter().map(|it| it.code())),
        codes(&mut part.color.iter().map(|it| it.code())),
    ];
    columns.extend(part.attributes.iter().map(|attribute| attribute.values.clone()));
    let score = |score: &Score| -> ArrayRef { Arc::new(Float64Array::from_iter_values(score.values.iter().copied())) };
    columns.extend(part.scores.iter().map(score));
    let counts = |counts: &Vec<u32>| -> ArrayRef { Arc::new(UInt32Array::from_iter_values(counts.iter().copied())) };
    columns.extend(part.flags.iter().map(|flags| counts(&flags.bits)));
    columns.extend(part.visits.iter().map(|visits| counts(&visits.counts)));
    Ok(columns)
}

/// The part of its columns; `kinds` says which they are.
fn part_of(kinds: &Part, columns: Vec<ArrayRef>) -> Part {
    let mut columns = columns.into_iter();
    // The block has the columns that were written: its checksum was compared.
    let mut next = || columns.next().unwrap_or_else(|| Arc::new(UInt8Array::from(Vec::<u8>::new())));
    let keys = keys_of(&next());
    let status = statuses(&next());
    let grades: Vec<Grade> = codes(&next()).map(|code| Grade::ALL[code.min(Grade::ALL.len() - 1)]).collect();
    let colors: Vec<Color> = codes(&next()).map(|code| Color::ALL[code.min(Color::ALL.len() - 1)]).collect();
    let attributes = kinds.attributes.iter().map(|own| Attribute { name: own.name.clone(), values: next() }).collect();
    let numbers = |column: ArrayRef| column.as_primitive::<Float64Type>().values().to_vec();
    let scores = kinds.scores.iter().map(|own| Score { model: own.model.clone(), values: numbers(next()) }).collect();
    let counts = |column: ArrayRef| column.as_primitive::<UInt32Type>().values().to_vec();
    let flags = kinds.flags.as_ref().map(|own| FlagColumn { names: own.names.clone(), bits: counts(next()) });
    let visits = kinds.visits.iter();
    let visits = visits.map(|own| VisitColumn { counted: own.counted.clone(), counts: counts(next()) }).collect();
    Part { space: kinds.space.clone(), keys, status, attributes, grade: grades, color: colors, scores, flags, visits }
}

fn codes(column: &ArrayRef) -> impl Iterator<Item = usize> {
    column.as_primitive::<UInt8Type>().values().iter().map(|&code| usize::from(code))
}

/// Tables joined to the entities `keys` of a range, which are sorted by id.
struct Join<'a> {
    space: &'a KeySpace,
    keys: &'a [EntityKey],
    /// Rows of each table that belong to no entity.
    unmatched: Vec<usize>,
}

impl Join<'_> {
    /// The row of each entity in a table of one row an entity.
    fn places(&mut self, rows: &[EntityKey]) -> Vec<u32> {
        let places = match_rows(self.space, self.keys, rows);
        let matched = places.par_iter().filter(|&&place| place != UNMATCHED).count();
        self.unmatched.push(rows.len() - matched);
        places
    }

    fn credit(&mut self, credit: Option<&Credit>, range: IdRange) -> Result<(Vec<Grade>, Vec<Color>), SpillError> {
        let Some(credit) = credit else {
            return Ok((vec![Grade::Unrated; self.keys.len()], vec![Color::None; self.keys.len()]));
        };
        let (keys, values) = of_range(credit, ratings, self.space, range)?;
        let places = self.places(&keys);
        Ok(places.par_iter().map(|&place| at(&values, place).unwrap_or((Grade::Unrated, Color::None))).unzip())
    }

    fn risk(&mut self, risk: &Risk, range: IdRange) -> Result<Score, SpillError> {
        let numbers = |column: &ArrayRef| column.as_primitive::<Float64Type>().values().to_vec();
        let (keys, values) = of_range(&risk.scores, numbers, self.space, range)?;
        let places = self.places(&keys);
        let score = |&place: &u32| at(&values, place).unwrap_or(f64::NAN);
        Ok(Score { values: places.par_iter().map(score).collect(), model: risk.model.clone() })
    }

    fn flags(&mut self, flags: &Flags, range: IdRange) -> FlagColumn {
        let rows = range.of(self.space, &flags.keys);
        let (places, bits) = (self.places(&flags.keys[rows.clone()]), &flags.bits[rows]);
        let bits = places.par_iter().map(|&place| at(bits, place).unwrap_or(0)).collect();
        FlagColumn { bits, names: flags.names.clone() }
    }

    /// Visits of each entity from the plan's date on, up to and including its as-of date, counted in every way that is asked for;
    /// none if there are neither ledger nor rounds. A visit of the ledger is one (entity, department, date): several rows of one
    /// department on one day count once. A visit of a round is one (entity, date), whoever takes part.
    fn visits(
        &mut self,
        ledger: Option<&Ledger>,
        rounds: Option<&Ledger>,
        range: IdRange,
        plan: &Plan,
        counted: &[Counted],
    ) -> Vec<VisitColumn> {
        let mut columns: Vec<VisitColumn> = Vec::new();
        if ledger.is_some() || rounds.is_some() {
            let none = vec![0; self.keys.len()];
            columns = counted.iter().map(|own| VisitColumn { counted: own.clone(), counts: none.clone() }).collect();
        }
        for (table, is_round) in [(ledger, false), (rounds, true)] {
            let Some(table) = table else { continue };
            let unmatched = self.add_visits(table, is_round, range, plan, &mut columns);
            if !is_round {
                self.unmatched.push(unmatched);
            }
        }
        columns
    }

    /// Adds the visits of a table; the rows that belong to no entity.
    fn add_visits(
        &self,
        table: &Ledger,
        is_round: bool,
        range: IdRange,
        plan: &Plan,
        columns: &mut [VisitColumn],
    ) -> usize {
        let limits = plan.methods().find_map(|method| method.scope.visits.as_ref());
        let since = limits.map_or_else(|| year_start(plan), |visits| visits.since);
        let own = range.of(self.space, &table.keys);
        let (mut unmatched, mut first) = (0, own.start);
        let mut seen: Vec<(i32, &str)> = Vec::new();
        for run in table.keys[own].chunk_by(|a, b| a == b) {
            let rows = &table.values[first..first + run.len()];
            first += run.len();
            let Ok(place) = self.keys.binary_search_by(|&own| self.space.compare(own, run[0])) else {
                unmatched += run.len();
                continue;
            };
            for column in &mut *columns {
                let counts = |visit: &&Visit| {
                    (since..=plan.as_of).contains(&visit.date)
                        && match &column.counted {
                            Counted::All => true,
                            Counted::Level(level) => Level::from_word(&visit.level).is_none_or(|own| own == *level),
                            Counted::Unit(unit) => *visit.department == **unit,
                        }
                };
                seen.clear();
                let counted = rows.iter().filter(counts);
                seen.extend(counted.map(|visit| (visit.date, if is_round { "" } else { &*visit.department })));
                seen.sort_unstable();
                seen.dedup();
                let visits = u32::try_from(seen.len()).unwrap_or(u32::MAX);
                column.counts[place] = column.counts[place].saturating_add(visits);
            }
        }
        unmatched
    }
}

/// The ways in which visits are counted: all first, then as the limits of the plan ask.
fn counted(plan: &Plan) -> Vec<Counted> {
    let limits = plan.methods().filter_map(|method| method.scope.visits.as_ref());
    let mut others: Vec<Counted> =
        limits.map(|limit| limit.counted.clone()).filter(|own| *own != Counted::All).collect();
    others.sort();
    others.dedup();
    std::iter::once(Counted::All).chain(others).collect()
}

/// The value at a place; `None` for an entity that the table does not know.
fn at<T: Copy>(values: &[T], place: u32) -> Option<T> {
    (place != UNMATCHED).then(|| values[place as usize])
}

/// January 1st of the year of the plan's as-of date, days since 1970-01-01.
fn year_start(plan: &Plan) -> i32 {
    plan.as_of - (i32::from(plan.as_of_date.day_of_year()) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;

    #[test]
    fn two_kinds_of_one_column_are_refused_in_memory_and_on_disk() {
        let part = |id: &str, values: ArrayRef| {
            let mut space = KeySpace::default();
            let keys = vec![space.pack(id)];
            let attributes = vec![Attribute { name: "region".into(), values }];
            Part { space: Arc::new(space), keys, attributes, ..Part::default() }
        };
        let mut each = |_: &Part| Ok::<(), SpillError>(());
        for file in [None, Some(SpillFile::create(&std::env::temp_dir()).unwrap())] {
            let mut parts = PartStore::new(file);
            parts.push(part("A", Arc::new(StringViewArray::from(vec!["south"]))), &mut each).unwrap();
            let error = parts.push(part("B", Arc::new(UInt32Array::from(vec![7]))), &mut each).unwrap_err();
            assert!(matches!(error, SpillError::Columns(_)), "{error}");
        }
    }
}
