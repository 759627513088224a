//! `frame.parquet`: every entity with what is known of it, its factors, weight, probability, lot and outcome.

use super::parquet_file::{Layout, TableOptions, Written, write_parquet};
use super::{PublishError, run_folder::Record};
use crate::frame::TextColumn;
use crate::keys::PLAIN_LENGTH;
use crate::lottery::LotColumn;
use crate::sampling::OUTSIDE;
use crate::terms::{Color, Grade, Mode, Status};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use polars::prelude::{Column as Attribute, DataType as AttributeType};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The name that a take-all entity has in the column `certainty`.
pub const TAKE_ALL: &str = "take-all";

/// A column: its field, how it is laid out, and how a range of its rows is built.
struct FrameColumn<'a> {
    field: Field,
    layout: Layout,
    build: Box<dyn Fn(Range<usize>) -> ArrayRef + Sync + 'a>,
}

impl FrameColumn<'_> {
    /// Whether the column repeats a few words all over the frame. The stratum is left out: strata are often regions,
    /// which stand first in the ids.
    fn is_word(&self) -> bool {
        matches!(self.field.data_type(), DataType::Dictionary(..)) && self.field.name() != "stratum"
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
    let options = TableOptions {
        sorted_by: &["entity_id"],
        bloom: &["entity_id"],
        unbounded: &columns
            .iter()
            .filter(|column| column.is_word())
            .map(|column| column.field.name().as_str())
            .collect::<Vec<_>>(),
        layouts: &layouts,
        key_values,
        ..TableOptions::default()
    };
    write_parquet(path, schema, record.scored.frame.len(), &options, |column, rows| Ok((columns[column].build)(rows)))
}

/// The frame as arrays, to be held against a published one.
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
    let mut columns = Vec::new();
    let mut push = |name: &str, kind: DataType, nullable: bool, layout: Layout, build| {
        columns.push(FrameColumn { field: Field::new(name, kind, nullable), layout, build });
    };
    registry(record, &mut push);
    ratings(record, &mut push);
    weights(record, &mut push);
    outcome(record, &mut push);
    columns
}

type Build<'a> = Box<dyn Fn(Range<usize>) -> ArrayRef + Sync + 'a>;
type Push<'p, 'a> = &'p mut dyn FnMut(&str, DataType, bool, Layout, Build<'a>);

/// A column of few words, by their codes; `None` is null.
fn words<'a>(words: Vec<&'a str>, code: impl Fn(usize) -> Option<usize> + Sync + 'a) -> Build<'a> {
    let words: ArrayRef = Arc::new(StringArray::from(words));
    Box::new(move |rows| {
        // A frame has fewer than 2^31 distinct words.
        let codes: Int32Array = rows.map(|row| code(row).map(|code| code as i32)).collect();
        Arc::new(DictionaryArray::new(codes, words.clone()))
    })
}

/// The type of [`words`] in memory; in the file it is plain text.
fn word_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn integers<'a>(value: impl Fn(usize) -> u64 + Sync + 'a) -> Build<'a> {
    // Micro-units are at most 2^53 − 1.
    Box::new(move |rows| Arc::new(Int64Array::from_iter_values(rows.map(|row| value(row) as i64))))
}

fn reals<'a>(values: &'a [f64]) -> Build<'a> {
    Box::new(move |rows| Arc::new(values[rows].iter().map(|&x| (!x.is_nan()).then_some(x)).collect::<Float64Array>()))
}

/// Id and attributes, as the registry has them.
fn registry<'a>(record: &'a Record<'_>, push: Push<'_, 'a>) {
    let frame = &record.scored.frame;
    push(
        "entity_id",
        DataType::Utf8,
        false,
        Layout::FrontCoded,
        Box::new(|rows| {
            let mut buffer = [0; PLAIN_LENGTH];
            let mut ids = arrow::array::StringBuilder::with_capacity(rows.len(), rows.len() * PLAIN_LENGTH);
            frame.keys[rows].iter().for_each(|&key| ids.append_value(frame.space.unpack(key, &mut buffer)));
            Arc::new(ids.finish())
        }),
    );
    for attribute in frame.attributes.columns() {
        let name = attribute.name().as_str();
        if record.plan.draw.prn_column.as_deref() == Some(name) {
            continue;
        }
        let (kind, build) = attribute_column(attribute);
        let layout = if name == "name" { Layout::Plain } else { Layout::Dictionary };
        push(name, kind, true, layout, build);
    }
}

fn attribute_column(attribute: &Attribute) -> (DataType, Build<'_>) {
    let series = attribute.as_materialized_series();
    let cast = |kind: &AttributeType| series.cast(kind).ok();
    match attribute.dtype() {
        AttributeType::Date => {
            if let Some(days) = cast(&AttributeType::Int32).and_then(|days| days.i32().cloned().ok()) {
                return (
                    DataType::Date32,
                    Box::new(move |rows| {
                        Arc::new(days.slice(rows.start as i64, rows.len()).iter().collect::<Date32Array>())
                    }),
                );
            }
        }
        AttributeType::Float32 | AttributeType::Float64 => {
            if let Some(numbers) = cast(&AttributeType::Float64).and_then(|numbers| numbers.f64().cloned().ok()) {
                return (
                    DataType::Float64,
                    Box::new(move |rows| {
                        Arc::new(numbers.slice(rows.start as i64, rows.len()).iter().collect::<Float64Array>())
                    }),
                );
            }
        }
        kind if kind.is_integer() && *kind != AttributeType::UInt64 => {
            if let Some(numbers) = cast(&AttributeType::Int64).and_then(|numbers| numbers.i64().cloned().ok()) {
                return (
                    DataType::Int64,
                    Box::new(move |rows| {
                        Arc::new(numbers.slice(rows.start as i64, rows.len()).iter().collect::<Int64Array>())
                    }),
                );
            }
        }
        AttributeType::Boolean => {
            if let Ok(values) = series.bool().cloned() {
                return (
                    DataType::Boolean,
                    Box::new(move |rows| {
                        Arc::new(values.slice(rows.start as i64, rows.len()).iter().collect::<BooleanArray>())
                    }),
                );
            }
        }
        _ => {}
    }
    let column = TextColumn::of_column(attribute);
    (
        DataType::Utf8,
        Box::new(move |rows| {
            Arc::new(rows.map(|row| column.as_ref().and_then(|column| column.get(row))).collect::<StringArray>())
        }),
    )
}

/// Status, grade, color, flags, scores, risk, visits.
fn ratings<'a>(record: &'a Record<'_>, push: Push<'_, 'a>) {
    let frame = &record.scored.frame;
    push(
        "status",
        word_type(),
        false,
        Layout::Dictionary,
        words(Status::ALL.map(Status::name).to_vec(), |row| Some(usize::from(frame.status[row].code()))),
    );
    push(
        "grade",
        word_type(),
        false,
        Layout::Dictionary,
        words(Grade::ALL.map(Grade::name).to_vec(), |row| Some(usize::from(frame.grade[row].code()))),
    );
    push(
        "color",
        word_type(),
        false,
        Layout::Dictionary,
        words(Color::ALL.map(Color::name).to_vec(), |row| Some(usize::from(frame.color[row].code()))),
    );
    if let Some(flags) = &frame.flags {
        push(
            "flags",
            DataType::Utf8,
            true,
            Layout::Dictionary,
            Box::new(move |rows| {
                let joined = |&bits: &u32| (bits != 0).then(|| flags.names_of(bits).collect::<Vec<_>>().join(";"));
                Arc::new(flags.bits[rows].iter().map(joined).collect::<StringArray>())
            }),
        );
    }
    for score in &frame.scores {
        let name = format!("score_{}", score.model);
        push(&name, DataType::Float64, true, Layout::Dictionary, reals(&score.values));
    }
    // Of one model the risk is its score on another scale.
    if let Some(risk) = record.scored.weights.risk.as_ref().filter(|_| frame.scores.len() > 1) {
        push("risk", DataType::Float64, true, Layout::Dictionary, reals(risk));
    }
    if let Some(visits) = &frame.visits {
        push(
            "visits",
            DataType::Int32,
            false,
            Layout::Dictionary,
            Box::new(move |rows| {
                let capped = |&visits: &u32| i32::try_from(visits).unwrap_or(i32::MAX);
                Arc::new(Int32Array::from_iter_values(visits[rows].iter().map(capped)))
            }),
        );
    }
}

/// Factors and weight, micro-units.
fn weights<'a>(record: &'a Record<'_>, push: Push<'_, 'a>) {
    let weights = &record.scored.weights;
    for factor in &weights.factors {
        let values = factor.as_factor().values;
        push(
            &format!("factor_{}", factor.name()),
            DataType::Int64,
            false,
            Layout::Dictionary,
            integers(move |row| values.get(row)),
        );
    }
    push("weight", DataType::Int64, false, Layout::Dictionary, integers(|row| weights.weight[row]));
}

/// Standing, stratum, probability, lot, outcome, mode.
fn outcome<'a>(record: &'a Record<'_>, push: Push<'_, 'a>) {
    let (scored, drawn) = (record.scored, record.drawn);
    let (eligibility, strata) = (&scored.eligibility, &scored.strata);
    push(
        "eligible",
        DataType::Boolean,
        false,
        Layout::Dictionary,
        Box::new(move |rows| Arc::new(rows.map(|row| Some(eligibility.is_eligible(row))).collect::<BooleanArray>())),
    );
    let texts = |texts: &'a [String]| texts.iter().map(String::as_str).collect::<Vec<_>>();
    let reason = |row: usize| (!eligibility.is_eligible(row)).then(|| usize::from(eligibility.reason[row]));
    push("reason", word_type(), true, Layout::Dictionary, words(texts(&eligibility.reasons), reason));
    let mut certainties = texts(&eligibility.rules);
    certainties.push(TAKE_ALL);
    let take_all = eligibility.rules.len();
    let certainty = move |row: usize| match eligibility.certain[row] {
        0 => (drawn.pi[row] == 1.0).then_some(take_all),
        rule => Some(usize::from(rule) - 1),
    };
    push("certainty", word_type(), true, Layout::Dictionary, words(certainties, certainty));
    let stratum = |row: usize| (strata.of[row] != OUTSIDE).then_some(strata.of[row] as usize);
    push("stratum", word_type(), true, Layout::Dictionary, words(texts(&strata.names), stratum));
    push("pi", DataType::Float64, false, Layout::Dictionary, reals(&drawn.pi));
    match &drawn.lots {
        LotColumn::Tickets { tickets, .. } => {
            push(
                "ticket",
                DataType::UInt64,
                false,
                Layout::Raw,
                Box::new(move |rows| Arc::new(UInt64Array::from_iter_values(tickets[rows].iter().copied()))),
            );
        }
        LotColumn::Prn(numbers) => push("prn", DataType::Float64, false, Layout::Plain, reals(numbers)),
    }
    push(
        "drawn",
        DataType::Boolean,
        false,
        Layout::Dictionary,
        Box::new(move |rows| Arc::new(drawn.drawn[rows].iter().map(|&drawn| Some(drawn)).collect::<BooleanArray>())),
    );
    push(
        "mode",
        word_type(),
        false,
        Layout::Dictionary,
        words(Mode::ALL.map(Mode::name).to_vec(), |row| Some(usize::from(scored.frame.mode(row).code()))),
    );
}
