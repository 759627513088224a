//! `frame.parquet`: every entity with what is known of it, its factors, weight, probability, lot and outcome.

use super::parquet_file::{Layout, TableOptions, Written, write_parquet};
use super::{PublishError, run_folder::Record};
use crate::frame::{FactorColumn, TextColumn};
use crate::keys::PLAIN_LENGTH;
use crate::lottery::LotColumn;
use crate::sampling::OUTSIDE;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, StringArray, UInt64Array,
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
        layouts: &layouts,
        key_values,
        ..TableOptions::default()
    };
    write_parquet(path, schema, record.scored.frame.len(), &options, |column, rows| Ok((columns[column].build)(rows)))
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

fn text<'a>(value: impl Fn(usize) -> Option<&'a str> + Sync + 'a) -> Build<'a> {
    Box::new(move |rows| Arc::new(rows.map(&value).collect::<StringArray>()))
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
    let series = attribute.as_materialized_series().rechunk();
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
    let utf8 = DataType::Utf8;
    push("status", utf8.clone(), false, Layout::Dictionary, text(|row| Some(frame.status[row].name())));
    push("grade", utf8.clone(), false, Layout::Dictionary, text(|row| Some(frame.grade[row].name())));
    push("color", utf8.clone(), false, Layout::Dictionary, text(|row| Some(frame.color[row].name())));
    if let Some(flags) = &frame.flags {
        push(
            "flags",
            utf8,
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
        push(&name, DataType::Float64, true, Layout::Plain, reals(&score.values));
    }
    if let Some(risk) = &record.scored.weights.risk {
        push("risk", DataType::Float64, true, Layout::Plain, reals(risk));
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
        let layout = match factor {
            FactorColumn::ByCode { .. } => Layout::Dictionary,
            FactorColumn::ByRow { name, .. } => {
                if *name == "flags" {
                    Layout::Dictionary
                } else {
                    Layout::Plain
                }
            }
        };
        let values = factor.as_factor().values;
        push(
            &format!("factor_{}", factor.name()),
            DataType::Int64,
            false,
            layout,
            integers(move |row| values.get(row)),
        );
    }
    let few = weights.factors.iter().all(|factor| matches!(factor, FactorColumn::ByCode { .. }));
    let layout = if few { Layout::Dictionary } else { Layout::Plain };
    push("weight", DataType::Int64, false, layout, integers(|row| weights.weight[row]));
}

/// Standing, stratum, probability, lot, outcome, mode.
fn outcome<'a>(record: &'a Record<'_>, push: Push<'_, 'a>) {
    let (scored, drawn) = (record.scored, record.drawn);
    let (eligibility, strata) = (&scored.eligibility, &scored.strata);
    let utf8 = DataType::Utf8;
    push(
        "eligible",
        DataType::Boolean,
        false,
        Layout::Dictionary,
        Box::new(move |rows| Arc::new(rows.map(|row| Some(eligibility.is_eligible(row))).collect::<BooleanArray>())),
    );
    push("reason", utf8.clone(), true, Layout::Dictionary, text(|row| eligibility.reason_of(row)));
    push(
        "certainty",
        utf8.clone(),
        true,
        Layout::Dictionary,
        text(|row| eligibility.rule_of(row).or_else(|| (drawn.pi[row] == 1.0).then_some(TAKE_ALL))),
    );
    push(
        "stratum",
        utf8.clone(),
        true,
        Layout::Dictionary,
        text(|row| match strata.of[row] {
            OUTSIDE => None,
            stratum => Some(strata.names[stratum as usize].as_str()),
        }),
    );
    let few = matches!(record.plan.draw.design, crate::sampling::Design::Srs);
    push("pi", DataType::Float64, false, if few { Layout::Dictionary } else { Layout::Plain }, reals(&drawn.pi));
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
    push("mode", utf8, false, Layout::Dictionary, text(|row| Some(scored.frame.mode(row).name())));
}
