//! The catalogue over the fact table: one lazy query, one group-by.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, Expr, IntoColumn, IntoLazy, NamedFrom, PolarsError, Series, col, lit};

use super::Quotient;
use super::catalogue::{FIGURES, Figure, Variant};
use super::cells::{Cell, Cut, Grain, Length, VIEWS, View};
use super::expression::{Condition, Number};
use super::marks::{self, Marks};

fn is_of(grain: Grain) -> Expr {
    col("grain").eq(lit(grain as u8))
}

fn condition(of: Condition) -> Expr {
    match of {
        Condition::Always => lit(true),
        Condition::Is(mark) => col(mark),
        Condition::Not(mark) => col(mark).not(),
        Condition::And(left, right) => condition(*left).and(condition(*right)),
        Condition::Or(left, right) => condition(*left).or(condition(*right)),
    }
}

fn number(of: Number) -> Expr {
    match of {
        Number::Units(grain, keeps) => col("units").filter(is_of(grain).and(condition(keeps))).sum(),
        Number::InAll(grain, mark) => col(format!("all_{mark}")).filter(is_of(grain)).first(),
        Number::Difference(left, right) => number(*left) - number(*right),
        Number::Product(left, right) => number(*left) * number(*right),
    }
}

/// Views of all grains, in the order of their cells.
fn views(cells: &[Cell]) -> Vec<View> {
    let mut views: Vec<View> = cells.iter().map(|cell| cell.view).chain(VIEWS).collect();
    views.sort_unstable();
    views.dedup();
    views
}

/// Every figure and variant of the catalogue that `wanted` asks for, over the cells of one as-of day: by figure, variant,
/// view, period and member. A member without any unit that the figure counts has no row, except in all and to date.
///
/// # Errors
/// What polars says; none is expected of these tables.
pub fn evaluate(cells: &[Cell], wanted: &dyn Fn(&Figure, &Variant) -> bool) -> Result<Vec<Quotient>, String> {
    quotients(cells, wanted).map_err(|error| error.to_string())
}

fn quotients(cells: &[Cell], wanted: &dyn Fn(&Figure, &Variant) -> bool) -> Result<Vec<Quotient>, PolarsError> {
    let views = views(cells);
    let mut asked: Vec<(&'static Figure, &'static Variant)> = Vec::new();
    for figure in FIGURES {
        asked.extend(figure.variants.iter().filter(|variant| wanted(figure, variant)).map(|variant| (figure, variant)));
    }
    let mut expressions = Vec::new();
    for (at, (figure, variant)) in asked.iter().enumerate() {
        expressions.push(number(figure.numerator(variant)).alias(format!("n{at}")));
        expressions.extend(figure.denominator(variant).map(|below| number(below).alias(format!("d{at}"))));
        let present = col("units").filter(is_of(figure.grain)).sum();
        expressions.push(present.alias(format!("p{at}")));
    }
    let table = fact_table(cells, &views)?
        .lazy()
        .group_by([col("view"), col("period"), col("member")])
        .agg(expressions)
        .sort(["view", "period", "member"], Default::default())
        .collect()?;

    let whole = |name: &str| -> Result<Vec<i64>, PolarsError> {
        let series = table.column(name)?.cast(&polars::prelude::DataType::Int64)?;
        Ok(series.i64()?.iter().map(|value| value.unwrap_or(0)).collect())
    };
    let [view, period, member] = [whole("view")?, whole("period")?, whole("member")?];
    let mut quotients = Vec::new();
    for (at, (figure, variant)) in asked.into_iter().enumerate() {
        let above = whole(&format!("n{at}"))?;
        let below = figure.denominator(variant).is_some().then(|| whole(&format!("d{at}"))).transpose()?;
        let present = whole(&format!("p{at}"))?;
        let mut seen = false;
        for row in 0..above.len() {
            let View { cut, length } = views[view[row] as usize];
            let is_whole = (cut, length) == (Cut::All, Length::ToDate);
            seen |= is_whole;
            if present[row] == 0 && !is_whole {
                continue;
            }
            quotients.push(Quotient {
                figure,
                variant,
                cut,
                member: member[row] as u32,
                length,
                period: period[row] as u16,
                numerator: above[row],
                denominator: below.as_ref().map(|below| below[row]),
            });
        }
        if !seen {
            // Not a single unit of any grain.
            let denominator = below.is_some().then_some(0);
            let (cut, length) = (Cut::All, Length::ToDate);
            quotients.push(Quotient { figure, variant, cut, member: 0, length, period: 0, numerator: 0, denominator });
        }
    }
    Ok(quotients)
}

/// Results and problems of all in the period and grain of each cell: what a class is held against.
fn of_all(cells: &[Cell]) -> Vec<Column> {
    let key = |cell: &Cell| (cell.view.length, cell.period, cell.grain);
    let count = |(name, mark): (&str, Marks)| {
        let mut totals: BTreeMap<_, i64> = BTreeMap::new();
        for cell in cells.iter().filter(|cell| cell.view.cut == Cut::All && cell.marks & mark != 0) {
            *totals.entry(key(cell)).or_insert(0) += cell.units as i64;
        }
        let total = |cell: &Cell| totals.get(&key(cell)).copied().unwrap_or(0);
        Series::new(name.into(), cells.iter().map(total).collect::<Vec<i64>>()).into_column()
    };
    [("all_completed", marks::COMPLETED), ("all_problem", marks::PROBLEM)].map(count).into()
}

/// The cells as a frame: place of the view, period, member, grain, units, totals, and a column of truths for each mark.
fn fact_table(cells: &[Cell], views: &[View]) -> Result<DataFrame, PolarsError> {
    let series = |name: &str, values: Vec<u32>| Series::new(name.into(), values).into_column();
    let view = |cell: &Cell| views.binary_search(&cell.view).map_or(0, |place| place as u32);
    let mut columns: Vec<Column> = vec![
        series("view", cells.iter().map(view).collect()),
        series("period", cells.iter().map(|cell| u32::from(cell.period)).collect()),
        series("member", cells.iter().map(|cell| cell.member).collect()),
        Series::new("grain".into(), cells.iter().map(|cell| cell.grain as u8).collect::<Vec<u8>>()).into_column(),
        Series::new("units".into(), cells.iter().map(|cell| cell.units as i64).collect::<Vec<i64>>()).into_column(),
    ];
    columns.extend(of_all(cells));
    for (bit, name) in marks::NAMES.iter().enumerate() {
        let marked: Vec<bool> = cells.iter().map(|cell| cell.marks >> bit & 1 == 1).collect();
        columns.push(Series::new((*name).into(), marked).into_column());
    }
    DataFrame::new(cells.len(), columns)
}
