//! `frame.parquet`: every entity with what is known of it, its factors, weight, probability, lot and outcome.

use super::parquet_file::{Layout, TableOptions, Written, write_parquet};
use super::tables::data_type;
use super::{PublishError, run_folder::Record};
use crate::contract::{self, Column, TAKE_ALL};
use crate::ingest::Attribute;
use crate::keys::PLAIN_LENGTH;
use crate::lottery::LotColumn;
use crate::sampling::{OUTSIDE, lots};
use crate::terms::{Bilingual, Color, Grade, Mode, Status};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray,
    StringBuilder, StringViewArray,
};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Schema};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A column: its field, how it is laid out, and how a range of its rows is built.
struct FrameColumn<'a> {
    field: Field,
    layout: Layout,
    build: Build<'a>,
}

impl FrameColumn<'_> {
    /// Whether bounds of pages would skip nothing: words that stand all over the frame, and lots. The stratum is left
    /// out: strata are often regions, which stand first in the ids.
    fn is_unbounded(&self) -> bool {
        let name = self.field.name();
        (matches!(self.field.data_type(), DataType::Dictionary(..)) && name != contract::STRATUM.name)
            || [contract::TICKET.name, contract::U.name].contains(&name.as_str())
    }
}

/// Writes the frame, sorted by id.
///
/// # Errors
/// As [`write_parquet`].
pub fn write(path: &Path, record: &Record<'_>, key_values: Vec<(String, String)>) -> Result<Written, PublishError> {
    let columns = columns(record);
    let schema = Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()));
    let layouts: Vec<(&str, Layout)> =
        columns.iter().map(|column| (column.field.name().as_str(), column.layout)).collect();
    let unbounded = columns.iter().filter(|column| column.is_unbounded());
    let options = TableOptions {
        sorted_by: &[contract::ENTITY_ID.name],
        bloom: &[contract::ENTITY_ID.name],
        unbounded: &unbounded.map(|column| column.field.name().as_str()).collect::<Vec<_>>(),
        layouts: &layouts,
        key_values,
        ..TableOptions::default()
    };
    write_parquet(path, schema, record.scored.frame.len(), &options, |column, rows| Ok((columns[column].build)(rows)))
}

/// The frame as arrays, to be compared with a published one.
pub struct FrameArrays<'a>(Vec<FrameColumn<'a>>);

impl<'a> FrameArrays<'a> {
    /// The columns that a run would publish.
    pub fn of(record: &'a Record<'_>) -> Self {
        Self(columns(record))
    }

    /// Names of the columns, in order.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|column| column.field.name().as_str()).collect()
    }

    /// Some rows of a column, counted from 0 in the order of the names.
    pub fn build(&self, column: usize, rows: Range<usize>) -> ArrayRef {
        (self.0[column].build)(rows)
    }
}

fn columns<'a>(record: &'a Record<'_>) -> Vec<FrameColumn<'a>> {
    let mut columns = Columns(Vec::new());
    registry(record, &mut columns);
    ratings(record, &mut columns);
    weights(record, &mut columns);
    outcome(record, &mut columns);
    columns.0
}

/// Columns in the order of the table.
struct Columns<'a>(Vec<FrameColumn<'a>>);

impl<'a> Columns<'a> {
    fn add(&mut self, column: &Column, layout: Layout, build: Build<'a>) {
        self.add_named(column.name, data_type(column.holds), column.nullable, layout, build);
    }

    /// A column of few words, by their codes; `None` is null. In the file it is plain text.
    fn add_words(&mut self, column: &Column, words: Vec<&str>, code: impl Fn(usize) -> Option<usize> + Sync + 'a) {
        let words: ArrayRef = Arc::new(StringArray::from(words));
        let build = move |rows: Range<usize>| -> ArrayRef {
            // A frame has fewer than 2^31 distinct words.
            let codes: Int32Array = rows.map(|row| code(row).map(|code| code as i32)).collect();
            Arc::new(DictionaryArray::new(codes, words.clone()))
        };
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        self.add_named(column.name, kind, column.nullable, Layout::Dictionary, Box::new(build));
    }

    fn add_named(&mut self, name: &str, kind: DataType, nullable: bool, layout: Layout, build: Build<'a>) {
        self.0.push(FrameColumn { field: Field::new(name, kind, nullable), layout, build });
    }
}

type Build<'a> = Box<dyn Fn(Range<usize>) -> ArrayRef + Sync + 'a>;

fn integers<'a>(value: impl Fn(usize) -> u64 + Sync + 'a) -> Build<'a> {
    // Micro-units are at most 2^53 − 1.
    Box::new(move |rows| Arc::new(Int64Array::from_iter_values(rows.map(|row| value(row) as i64))))
}

fn reals<'a>(values: &'a [f64]) -> Build<'a> {
    Box::new(move |rows| Arc::new(values[rows].iter().map(|&x| (!x.is_nan()).then_some(x)).collect::<Float64Array>()))
}

fn truths<'a>(value: impl Fn(usize) -> bool + Sync + 'a) -> Build<'a> {
    Box::new(move |rows| Arc::new(rows.map(|row| Some(value(row))).collect::<BooleanArray>()))
}

/// Id and attributes, as the registry has them.
fn registry<'a>(record: &'a Record<'_>, columns: &mut Columns<'a>) {
    let frame = &record.scored.frame;
    let ids: Build<'a> = Box::new(|rows| {
        let mut buffer = [0; PLAIN_LENGTH];
        let mut ids = StringBuilder::with_capacity(rows.len(), rows.len() * PLAIN_LENGTH);
        frame.keys[rows].iter().for_each(|&key| ids.append_value(frame.space.unpack(key, &mut buffer)));
        Arc::new(ids.finish())
    });
    columns.add_named(contract::ENTITY_ID.name, DataType::Utf8, false, Layout::FrontCoded, ids);
    let prn = record.plan.draw.prn_column.as_deref();
    for attribute in frame.attributes.iter().filter(|attribute| prn != Some(&attribute.name)) {
        let layout = if attribute.name == contract::NAME.name { Layout::Plain } else { Layout::Dictionary };
        let (kind, build) = values_of(attribute);
        columns.add_named(&attribute.name, kind, true, layout, build);
    }
}

fn values_of(attribute: &Attribute) -> (DataType, Build<'_>) {
    let kind = attribute.data_type().clone();
    let build: Build<'_> = match kind {
        DataType::Date32 => Box::new(move |rows| Arc::new(rows.map(|row| attribute.day(row)).collect::<Date32Array>())),
        DataType::Float64 => {
            Box::new(move |rows| Arc::new(rows.map(|row| attribute.number(row)).collect::<Float64Array>()))
        }
        _ => Box::new(move |rows| Arc::new(rows.map(|row| attribute.text(row)).collect::<StringViewArray>())),
    };
    (kind, build)
}

/// Status, grade, color, flags, scores, risk, visits.
fn ratings<'a>(record: &'a Record<'_>, columns: &mut Columns<'a>) {
    let frame = &record.scored.frame;
    let status = |row: usize| Some(usize::from(frame.status[row].code()));
    columns.add_words(&contract::STATUS, Status::ALL.map(Status::name).to_vec(), status);
    let grade = |row: usize| Some(usize::from(frame.grade[row].code()));
    columns.add_words(&contract::GRADE, Grade::ALL.map(Grade::name).to_vec(), grade);
    let color = |row: usize| Some(usize::from(frame.color[row].code()));
    columns.add_words(&contract::COLOR, Color::ALL.map(Color::name).to_vec(), color);
    if let Some(flags) = &frame.flags {
        let joined = |&bits: &u32| (bits != 0).then(|| flags.names_of(bits).collect::<Vec<_>>().join(";"));
        let build = move |rows: Range<usize>| -> ArrayRef {
            Arc::new(flags.bits[rows].iter().map(joined).collect::<StringViewArray>())
        };
        columns.add(&contract::FLAGS, Layout::Dictionary, Box::new(build));
    }
    for score in &frame.scores {
        let name = format!("{}{}", contract::SCORE.name, score.model);
        columns.add_named(&name, DataType::Float64, true, Layout::Dictionary, reals(&score.values));
    }
    // Of one model the risk is its score on another scale.
    if let Some(risk) = record.scored.weights.risk.as_ref().filter(|_| frame.scores.len() > 1) {
        columns.add(&contract::RISK, Layout::Dictionary, reals(risk));
    }
    if let Some(visits) = &frame.visits {
        let capped = |&visits: &u32| i32::try_from(visits).unwrap_or(i32::MAX);
        let build = move |rows: Range<usize>| -> ArrayRef {
            Arc::new(Int32Array::from_iter_values(visits[rows].iter().map(capped)))
        };
        columns.add(&contract::VISITS, Layout::Dictionary, Box::new(build));
    }
}

/// Factors and weight, micro-units.
fn weights<'a>(record: &'a Record<'_>, columns: &mut Columns<'a>) {
    let weights = &record.scored.weights;
    for factor in &weights.factors {
        let values = factor.as_factor().values;
        let name = format!("{}{}", contract::FACTOR.name, factor.name());
        columns.add_named(&name, DataType::Int64, false, Layout::Dictionary, integers(move |row| values.get(row)));
    }
    columns.add(&contract::WEIGHT, Layout::Dictionary, integers(|row| weights.weight[row]));
}

/// Standing, stratum, probability, lot, outcome, mode.
fn outcome<'a>(record: &'a Record<'_>, columns: &mut Columns<'a>) {
    let (scored, drawn) = (record.scored, record.drawn);
    let (eligibility, strata) = (&scored.eligibility, &scored.strata);
    columns.add(&contract::ELIGIBLE, Layout::Dictionary, truths(|row| eligibility.is_eligible(row)));
    let reasons: Vec<String> = eligibility.reasons.iter().map(Bilingual::en).collect();
    let texts = |texts: &'a [String]| texts.iter().map(String::as_str).collect::<Vec<_>>();
    let reason = |row: usize| eligibility.reason[row].checked_sub(1).map(usize::from);
    columns.add_words(&contract::REASON, reasons.iter().map(String::as_str).collect(), reason);
    let mut certainties = texts(&eligibility.rules);
    certainties.push(TAKE_ALL);
    let take_all = eligibility.rules.len();
    let certainty = move |row: usize| match eligibility.certain[row] {
        0 => (drawn.pi[row] == 1.0).then_some(take_all),
        rule => Some(usize::from(rule) - 1),
    };
    columns.add_words(&contract::CERTAINTY, certainties, certainty);
    let stratum = |row: usize| (strata.stratum_of[row] != OUTSIDE).then_some(strata.stratum_of[row] as usize);
    columns.add_words(&contract::STRATUM.nullable(), texts(&strata.names), stratum);
    columns.add(&contract::PI, Layout::Dictionary, reals(&drawn.pi));
    match &drawn.lots {
        LotColumn::Tickets { tickets, .. } => {
            let kind = DataType::Utf8;
            let build: Build<'a> = Box::new(|rows| Arc::new(ticket_texts(&tickets[rows])));
            columns.add_named(contract::TICKET.name, kind, false, Layout::Plain, build);
            let u = |rows: Range<usize>| -> ArrayRef {
                Arc::new(Float64Array::from_iter_values(tickets[rows].iter().map(|&ticket| lots::u(ticket))))
            };
            columns.add(&contract::U, Layout::Raw, Box::new(u));
        }
        LotColumn::Prn(numbers) => columns.add(&contract::PRN, Layout::Plain, reals(numbers)),
    }
    columns.add(&contract::DRAWN, Layout::Dictionary, truths(|row| drawn.selected[row]));
    let mode = |row: usize| Some(usize::from(scored.frame.mode(row).code()));
    columns.add_words(&contract::MODE, Mode::ALL.map(Mode::name).to_vec(), mode);
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
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(16, tickets.len()));
    StringArray::new(offsets, Buffer::from_vec(texts), None)
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
