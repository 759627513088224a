//! `frame.parquet`: every entity with what is known of it, its factors, weight, probability, lot and outcome.

use super::PublishError;
use super::parquet_file::{Layout, TableOptions, Written, write_groups};
use super::tables::data_type;
use crate::contract::{self, Column, TAKE_ALL};
use crate::frame::{Frame, FrameError, PartRef, ScoredFrame};
use crate::keys::PLAIN_LENGTH;
use crate::lottery::{DrawResult, LotColumn};
use crate::part::Part;
use crate::plan::{Plan, Task};
use crate::progress::{Observe, Progress};
use crate::sampling::OUTSIDE;
use crate::task::{FactorColumn, Method, Weights};
use crate::terms::{Bilingual, Color, Grade, Mode, Status};
use arrow::array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray, StringViewArray,
    UInt8Array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Schema};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A column: its field, how it is laid out, and what it holds.
#[derive(Debug)]
struct FrameColumn {
    field: Field,
    layout: Layout,
    holds: Holds,
}

/// What a column holds.
#[derive(Debug)]
enum Holds {
    Id,
    /// By its place among the attributes of a part.
    Attribute(usize),
    /// Few words, by their codes.
    Words(Words, ArrayRef),
    Flags,
    /// By its place among the scores of a part.
    Score(usize),
    Risk,
    /// By its place among the ways of counting.
    Visits(usize),
    /// By its place among the factors.
    Factor(usize),
    Weight,
    Eligible,
    Pi,
    Ticket,
    U,
    Prn,
    Drawn,
}

/// Columns of few words.
#[derive(Clone, Copy, Debug)]
enum Words {
    Status,
    Grade,
    Color,
    Reason,
    Certainty,
    Stratum,
    Mode,
}

impl FrameColumn {
    /// Whether bounds of pages would skip nothing: words that stand all over the frame, and lots. The stratum is left
    /// out: strata are often regions, which stand first in the ids.
    fn is_unbounded(&self) -> bool {
        match &self.holds {
            Holds::Words(words, _) => !matches!(words, Words::Stratum),
            Holds::Ticket | Holds::U => true,
            _ => false,
        }
    }
}

/// Writes the frame, sorted by id. `each` is shown every part, in order.
///
/// # Errors
/// As [`write_groups`].
pub fn write(
    path: &Path,
    table: &FrameTable<'_>,
    key_values: Vec<(String, String)>,
    each: &mut (dyn FnMut(&PartTable<'_>) + Send),
    observe: Observe<'_>,
) -> Result<Written, PublishError> {
    let fields: Vec<Field> = table.columns.iter().map(|column| column.field.clone()).collect();
    let layouts: Vec<(&str, Layout)> =
        table.columns.iter().map(|column| (column.field.name().as_str(), column.layout)).collect();
    let unbounded = table.columns.iter().filter(|column| column.is_unbounded());
    let options = TableOptions {
        sorted_by: &[contract::ENTITY_ID.name],
        unbounded: &unbounded.map(|column| column.field.name().as_str()).collect::<Vec<_>>(),
        layouts: &layouts,
        key_values,
        ..TableOptions::default()
    };
    write_groups(
        path,
        Arc::new(Schema::new(fields)),
        table.frame.len(),
        &options,
        |group| {
            observe(Progress::Done(group as f64 / table.frame.count() as f64));
            let part = table.part(group)?;
            each(&part);
            Ok(part)
        },
        |part, column, rows| Ok(table.build(part, column, rows)),
    )
}

/// A frame with a draw.
pub struct DrawnFrame<'a> {
    /// The task; `None` where the plan is one draw.
    pub task: Option<&'a Task>,
    /// How it was drawn.
    pub method: &'a Method,
    /// The frame before the draw.
    pub scored: ScoredFrame,
    /// The draw.
    pub drawn: DrawResult,
}

/// The columns that a run publishes of its frame: what is known of each entity, and what the plan's one draw made of it. What a
/// task makes of the frame is recomputed from plan and frame where it is needed.
pub struct FrameTable<'a> {
    frame: &'a Frame,
    draw: Option<&'a DrawnFrame<'a>>,
    columns: Vec<FrameColumn>,
}

/// A part of the frame with what is published of it besides.
pub struct PartTable<'a> {
    /// Place of its first row in the frame.
    pub first: usize,
    /// The part.
    pub part: PartRef<'a>,
    /// Weights and factors; nothing in a round of tasks.
    pub weights: Weights,
    /// π of each row; nothing in a round of tasks.
    pub pi: Vec<f64>,
}

impl<'a> FrameTable<'a> {
    /// The columns of a run; `draw`: of its one draw.
    ///
    /// # Errors
    /// A part of the frame that cannot be read.
    pub fn of(plan: &Plan, frame: &'a Frame, draw: Option<&'a DrawnFrame<'a>>) -> Result<Self, FrameError> {
        let mut columns = Columns(Vec::new());
        let part = frame.part(0)?;
        // A run with one draw publishes permanent random numbers as its lots.
        let prn = plan.draw.prn_column.as_deref().filter(|_| draw.is_some() || !plan.tasks().is_empty());
        registry(prn, &part, &mut columns);
        ratings(&part, &mut columns);
        // Of one model the risk is its score on another scale.
        if draw.is_some_and(|draw| draw.method.weighting.risk.is_some()) && part.scores.len() > 1 {
            columns.add(&contract::RISK, Layout::Dictionary, Holds::Risk);
        }
        for (at, visits) in part.visits.iter().enumerate() {
            let name = contract::visits_column(&visits.counted);
            columns.add_named(&name, DataType::Int32, false, Layout::Dictionary, Holds::Visits(at));
        }
        if let Some(draw) = draw {
            let weighting = &draw.method.weighting;
            let column = weighting.column.as_ref().and_then(|name| part.attribute(name));
            let by_column = column.is_some_and(|own| hardly_repeats((0..part.len()).filter_map(|row| own.number(row))));
            let by_score = weighting.risk.is_some()
                && part.scores.iter().any(|score| hardly_repeats(score.values.iter().copied()));
            let measured = by_column || by_score;
            weights(draw, measured, &mut columns);
            outcome(draw, measured, &mut columns);
        }
        columns.add_words(&contract::MODE, Words::Mode, Mode::ALL.map(Mode::name));
        Ok(Self { frame, draw, columns: columns.0 })
    }

    /// Names of the columns, in order.
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.field.name().as_str()).collect()
    }

    /// A part, to build its rows from.
    ///
    /// # Errors
    /// [`FrameError`] if it cannot be read; a frame that was weighed before can be weighed again.
    pub fn part(&self, index: usize) -> Result<PartTable<'a>, FrameError> {
        let part = self.frame.part(index)?;
        let rows = self.frame.rows_of(index);
        let first = rows.start;
        let Some(draw) = self.draw else {
            let weights = Weights { weight: Vec::new(), factors: Vec::new(), risk: None };
            return Ok(PartTable { first, part, weights, pi: Vec::new() });
        };
        let weights = Weights::of(&part, &draw.method.weighting).map_err(|error| FrameError(Box::new(error)))?;
        Ok(PartTable { first, part, weights, pi: draw.drawn.pi(&draw.scored, rows) })
    }

    /// Some rows of a column, which lie in the part; columns and rows are counted from 0, the rows over the whole frame.
    pub fn build(&self, table: &PartTable<'_>, column: usize, rows: Range<usize>) -> ArrayRef {
        let PartTable { first, part, weights, pi } = table;
        let draw = || self.draw.expect("columns of a draw are those of a run with one draw");
        let own = rows.start - first..rows.end - first;
        match &self.columns[column].holds {
            Holds::Id => {
                let mut bytes = Vec::with_capacity(own.len() * PLAIN_LENGTH);
                let lengths = part.keys[own].iter().map(|&key| {
                    let before = bytes.len();
                    part.space.append_to(key, &mut bytes);
                    bytes.len() - before
                });
                let offsets = OffsetBuffer::from_lengths(lengths);
                Arc::new(StringArray::new(offsets, Buffer::from_vec(bytes), None))
            }
            Holds::Attribute(at) => part.attributes[*at].values.slice(own.start, own.len()),
            Holds::Words(kind, words) => Arc::new(DictionaryArray::new(self.codes(*kind, table, rows), words.clone())),
            Holds::Flags => {
                let flags = part.flags.as_ref();
                let joined = |row: usize| {
                    let flags = flags.filter(|flags| flags.bits[row] != 0)?;
                    Some(flags.names_of(flags.bits[row]).collect::<Vec<_>>().join(";"))
                };
                Arc::new(own.map(joined).collect::<StringViewArray>())
            }
            Holds::Score(at) => reals(&part.scores[*at].values[own]),
            Holds::Risk => reals(weights.risk.as_ref().map_or(&[], |risk| &risk[own])),
            Holds::Visits(at) => {
                let visits = &part.visits[*at].counts[own];
                let capped = |&visits: &u32| i32::try_from(visits).unwrap_or(i32::MAX);
                Arc::new(Int32Array::from_iter_values(visits.iter().map(capped)))
            }
            Holds::Factor(at) => match &weights.factors[*at] {
                FactorColumn::ByCode { codes, table, .. } => {
                    let codes = UInt8Array::from_iter_values(codes[own].iter().copied());
                    Arc::new(DictionaryArray::new(codes, integers(table.iter().copied())))
                }
                FactorColumn::ByRow { values, .. } => integers(values[own].iter().copied()),
            },
            Holds::Weight => integers(weights.weight[own].iter().copied()),
            Holds::Eligible => truths(rows, |row| draw().scored.standing.is_eligible(row)),
            Holds::Pi => reals(&pi[own]),
            Holds::Ticket => match draw().drawn.lots.tickets() {
                Some(tickets) => Arc::new(ticket_texts(&tickets[rows])),
                None => unreachable!("only runs with tickets publish them"),
            },
            Holds::U => Arc::new(Float64Array::from_iter_values(rows.map(|row| draw().drawn.lots.lots().u(row)))),
            Holds::Prn => match &*draw().drawn.lots {
                LotColumn::Prn { numbers, .. } => reals(&numbers[rows]),
                LotColumn::Tickets { .. } | LotColumn::Spread(_) => {
                    unreachable!("only runs with permanent random numbers publish them")
                }
            },
            Holds::Drawn => truths(rows, |row| draw().drawn.selected[row]),
        }
    }

    /// The places of the rows' words among those of their column. A frame has fewer than 2^31 distinct words.
    fn codes(&self, kind: Words, table: &PartTable<'_>, rows: Range<usize>) -> Int32Array {
        let PartTable { first, part, pi, .. } = table;
        let own = rows.start - first..rows.end - first;
        let draw = || self.draw.expect("columns of a draw are those of a run with one draw");
        match kind {
            Words::Status => places(part.status[own].iter().map(|status| status.code())),
            Words::Grade => places(part.grade[own].iter().map(|grade| grade.code())),
            Words::Color => places(part.color[own].iter().map(|color| color.code())),
            Words::Mode => places(part.grade[own].iter().map(|&grade| Mode::of(grade).code())),
            Words::Reason => {
                let standing = &draw().scored.standing;
                rows.map(|row| standing.place_of_reason(row).map(|place| place as i32)).collect()
            }
            Words::Certainty => {
                let standing = &draw().scored.standing;
                let of_weight = |row: usize| (pi[row - first] == 1.0).then_some(standing.rules.len());
                let place = |row: usize| standing.place_of_rule(row).or_else(|| of_weight(row));
                rows.map(|row| place(row).map(|place| place as i32)).collect()
            }
            Words::Stratum => {
                let strata = &draw().scored.strata.stratum_of[rows];
                strata.iter().map(|&stratum| (stratum != OUTSIDE).then_some(stratum as i32)).collect()
            }
        }
    }
}

/// Columns in the order of the table.
struct Columns(Vec<FrameColumn>);

impl Columns {
    fn add(&mut self, column: &Column, layout: Layout, holds: Holds) {
        self.add_named(column.name, data_type(column.holds), column.nullable, layout, holds);
    }

    /// A column of few words, by their codes.
    fn add_words<'w>(&mut self, column: &Column, kind: Words, words: impl IntoIterator<Item = &'w str>) {
        let words: ArrayRef = Arc::new(StringArray::from_iter_values(words));
        self.add_named(
            column.name,
            coded(DataType::Int32, DataType::Utf8),
            column.nullable,
            Layout::Dictionary,
            Holds::Words(kind, words),
        );
    }

    fn add_named(&mut self, name: &str, kind: DataType, nullable: bool, layout: Layout, holds: Holds) {
        self.0.push(FrameColumn { field: Field::new(name, kind, nullable), layout, holds });
    }
}

/// Values by their codes; in the file they are plain.
fn coded(codes: DataType, values: DataType) -> DataType {
    DataType::Dictionary(Box::new(codes), Box::new(values))
}

fn places(codes: impl Iterator<Item = u8>) -> Int32Array {
    Int32Array::from_iter_values(codes.map(i32::from))
}

fn integers(values: impl Iterator<Item = u64>) -> ArrayRef {
    // Micro-units are at most 2^53 − 1.
    Arc::new(Int64Array::from_iter_values(values.map(|value| value as i64)))
}

fn reals(values: &[f64]) -> ArrayRef {
    let is_number = BooleanBuffer::collect_bool(values.len(), |at| !values[at].is_nan());
    let nulls = Some(NullBuffer::new(is_number)).filter(|nulls| nulls.null_count() > 0);
    Arc::new(Float64Array::new(values.to_vec().into(), nulls))
}

fn truths(rows: Range<usize>, value: impl Fn(usize) -> bool) -> ArrayRef {
    Arc::new(BooleanArray::from(BooleanBuffer::collect_bool(rows.len(), |at| value(rows.start + at))))
}

/// Id and attributes, as the registry has them.
fn registry(prn: Option<&str>, part: &Part, columns: &mut Columns) {
    columns.add_named(contract::ENTITY_ID.name, DataType::Utf8, false, Layout::FrontCoded, Holds::Id);
    for (at, attribute) in part.attributes.iter().enumerate().filter(|(_, own)| prn != Some(own.name.as_str())) {
        let layout = if attribute.name == contract::NAME.name { Layout::Plain } else { Layout::Dictionary };
        columns.add_named(&attribute.name, attribute.data_type().clone(), true, layout, Holds::Attribute(at));
    }
}

/// Status, grade, color, flags, scores.
fn ratings(part: &Part, columns: &mut Columns) {
    columns.add_words(&contract::STATUS, Words::Status, Status::ALL.map(Status::name));
    columns.add_words(&contract::GRADE, Words::Grade, Grade::ALL.map(Grade::name));
    columns.add_words(&contract::COLOR, Words::Color, Color::ALL.map(Color::name));
    if part.flags.is_some() {
        columns.add(&contract::FLAGS, Layout::Dictionary, Holds::Flags);
    }
    for (at, score) in part.scores.iter().enumerate() {
        let name = format!("{}{}", contract::SCORE.name, score.model);
        let measured = hardly_repeats(score.values.iter().copied());
        let layout = if measured { Layout::SplitBytes } else { Layout::Dictionary };
        columns.add_named(&name, DataType::Float64, true, layout, Holds::Score(at));
    }
}

/// Whether values are measured rather than chosen among few, so that a dictionary of them would be in vain: of the first 2^16
/// more than half are distinct.
fn hardly_repeats(values: impl Iterator<Item = f64>) -> bool {
    let mut bits: Vec<u64> = values.filter(|value| !value.is_nan()).take(1 << 16).map(f64::to_bits).collect();
    let all = bits.len();
    bits.sort_unstable();
    bits.dedup();
    bits.len() > all / 2
}

/// Factors and weight, micro-units. `measured`: there are about as many weights as entities.
fn weights(draw: &DrawnFrame<'_>, measured: bool, columns: &mut Columns) {
    let integers = if measured { Layout::PackedRaw } else { Layout::Dictionary };
    for (at, factor) in draw.method.weighting.factor_names().into_iter().enumerate() {
        let name = format!("{}{factor}", contract::FACTOR.name);
        let layout = if ["risk", "column"].contains(&factor) { integers } else { Layout::Dictionary };
        let kind = match factor {
            "grade" | "color" => coded(DataType::UInt8, DataType::Int64),
            _ => DataType::Int64,
        };
        columns.add_named(&name, kind, false, layout, Holds::Factor(at));
    }
    columns.add(&contract::WEIGHT, integers, Holds::Weight);
}

/// Standing, stratum, probability, lot, outcome.
fn outcome(draw: &DrawnFrame<'_>, measured: bool, columns: &mut Columns) {
    let (standing, strata) = (&draw.scored.standing, &draw.scored.strata);
    columns.add(&contract::ELIGIBLE, Layout::Dictionary, Holds::Eligible);
    let reasons: Vec<String> = standing.reasons.iter().map(Bilingual::en).collect();
    columns.add_words(&contract::REASON, Words::Reason, reasons.iter().map(String::as_str));
    let certainties = standing.rules.iter().map(String::as_str).chain([TAKE_ALL]);
    columns.add_words(&contract::CERTAINTY, Words::Certainty, certainties);
    columns.add_words(&contract::STRATUM.nullable(), Words::Stratum, strata.names.iter().map(String::as_str));
    columns.add(&contract::PI, if measured { Layout::SplitBytes } else { Layout::Dictionary }, Holds::Pi);
    match &*draw.drawn.lots {
        LotColumn::Tickets { .. } | LotColumn::Spread(_) => {
            columns.add_named(contract::TICKET.name, DataType::Utf8, false, Layout::Plain, Holds::Ticket);
            columns.add(&contract::U, Layout::Raw, Holds::U);
        }
        LotColumn::Prn { .. } => columns.add(&contract::PRN, Layout::Plain, Holds::Prn),
    }
    columns.add(&contract::DRAWN, Layout::Dictionary, Holds::Drawn);
}

/// The two hexadecimal digits of every byte.
const DIGITS: [[u8; 2]; 256] = {
    let (hexadecimal, mut digits, mut byte) = (*b"0123456789abcdef", [[0; 2]; 256], 0);
    while byte < 256 {
        digits[byte] = [hexadecimal[byte >> 4], hexadecimal[byte & 15]];
        byte += 1;
    }
    digits
};

/// [`contract::ticket_text`] of every ticket.
fn ticket_texts(tickets: &[u64]) -> StringArray {
    let mut texts = vec![0; tickets.len() * 16];
    for (text, ticket) in texts.chunks_exact_mut(16).zip(tickets) {
        for (pair, byte) in text.chunks_exact_mut(2).zip(ticket.to_be_bytes()) {
            pair.copy_from_slice(&DIGITS[usize::from(byte)]);
        }
    }
    // A batch is short.
    let offsets = (0..=tickets.len()).map(|at| 16 * at as i32);
    StringArray::new(OffsetBuffer::new(offsets.collect()), Buffer::from_vec(texts), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_written_as_the_contract_says() {
        let tickets = [0, 1, u64::MAX, 0x0123_4567_89ab_cdef];
        let texts = ticket_texts(&tickets);
        assert!(texts.iter().flatten().eq(tickets.map(contract::ticket_text).iter().map(String::as_str)));
    }
}
