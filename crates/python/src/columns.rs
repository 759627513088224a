//! Columns as Python gives them: texts, weights, truths and numbers, without nulls, or with the row that is wrong.

use crate::Fault;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringViewArray};
use arrow::datatypes::{DataType, Float64Type};
use fairdraw_core::sampling::MAX_WEIGHT;

fn as_type(array: &ArrayRef, name: &str, kind: &DataType, wanted: &str) -> Result<ArrayRef, Fault> {
    if let Some(row) = (0..array.len()).find(|&row| array.is_null(row)) {
        return Err(Fault::text(format!("{name} is null in row {row} (counted from 0); fill it or leave the row out")));
    }
    let options = arrow::compute::CastOptions { safe: false, ..Default::default() };
    arrow::compute::cast_with_options(array, kind, &options)
        .map_err(|error| Fault::text(format!("{name} cannot be read as {wanted}: {error}")))
}

/// Ids or names.
pub fn texts_of(array: &ArrayRef, name: &str) -> Result<StringViewArray, Fault> {
    let is_text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let fits = match array.data_type() {
        DataType::Dictionary(_, values) => is_text(values),
        kind => is_text(kind),
    };
    // Numbers that were read as such have lost their leading zeros.
    if !fits && !array.is_empty() {
        let kind = array.data_type();
        return Err(Fault::text(format!(
            "{name} has the type {kind}; give text, as an id that was read as a number is another id"
        )));
    }
    Ok(as_type(array, name, &DataType::Utf8View, "text")?.as_string_view().clone())
}

/// Ids: none blank.
pub fn ids_of(array: &ArrayRef, name: &str) -> Result<StringViewArray, Fault> {
    let ids = texts_of(array, name)?;
    match ids.iter().position(|id| id.is_none_or(|id| id.trim().is_empty())) {
        Some(row) => Err(Fault::text(format!("{name} is blank in row {row} (counted from 0); leave the row out"))),
        None => Ok(ids),
    }
}

/// Numbers, finite.
pub fn numbers_of(array: &ArrayRef, name: &str) -> Result<Float64Array, Fault> {
    let numbers = as_type(array, name, &DataType::Float64, "numbers")?;
    let numbers: Float64Array = numbers.as_primitive::<Float64Type>().clone();
    match numbers.values().iter().position(|number| !number.is_finite()) {
        Some(row) => {
            let number = numbers.value(row);
            Err(Fault::text(format!("{name} is {number} in row {row} (counted from 0); give finite numbers")))
        }
        None => Ok(numbers),
    }
}

/// Truths.
pub fn truths_of(array: &ArrayRef, name: &str) -> Result<BooleanArray, Fault> {
    let truths = as_type(array, name, &DataType::Boolean, "true or false")?;
    Ok(truths.as_boolean().clone())
}

/// Weights in whole micro-units, halves up: 1.0 is 1,000,000.
pub fn weights_of(array: &ArrayRef, name: &str) -> Result<Vec<u64>, Fault> {
    let largest = MAX_WEIGHT as f64 / 1e6;
    let micro = |(row, &weight): (usize, &f64)| {
        let fault = |what: &str| Fault::text(format!("{name} is {weight} in row {row} (counted from 0); {what}"));
        if weight < 0.0 {
            return Err(fault("a weight is at least 0"));
        }
        if weight > largest {
            return Err(fault(&format!("a weight is at most {largest}")));
        }
        let micro = (weight * 1e6 + 0.5).floor() as u64;
        if micro == 0 && weight > 0.0 {
            return Err(fault("it would round to 0, and nobody leaves a draw by rounding: multiply all weights"));
        }
        Ok(micro)
    };
    numbers_of(array, name)?.values().iter().enumerate().map(micro).collect()
}

/// A column of as many rows as another.
pub fn of_length(array: &dyn Array, name: &str, rows: usize) -> Result<(), Fault> {
    if array.len() == rows {
        return Ok(());
    }
    Err(Fault::text(format!("{name} has {} rows where ids have {rows}; give one for each entity", array.len())))
}

/// Codes of names by their order, and the names.
pub fn codes_of(names: &StringViewArray) -> (Vec<u32>, Vec<String>) {
    let mut distinct: Vec<&str> = names.iter().flatten().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let code = |name: &str| distinct.binary_search(&name).map_or(0, |code| code as u32);
    (names.iter().flatten().map(code).collect(), distinct.iter().map(|name| (*name).to_owned()).collect())
}
