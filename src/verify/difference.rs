//! Where two columns, texts or JSON values differ first, in words that a person can look up.

use super::VerifyError;
use crate::terms::shorten;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use serde_json::Value;

pub(crate) fn differ(place: impl Into<String>, published: impl ToString, recomputed: impl ToString) -> VerifyError {
    VerifyError::Difference {
        place: place.into(),
        published: published.to_string(),
        recomputed: recomputed.to_string(),
    }
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    place: &str,
    published: T,
    recomputed: T,
) -> Result<(), VerifyError> {
    if published == recomputed {
        Ok(())
    } else {
        Err(differ(place, format!("{published:?}"), format!("{recomputed:?}")))
    }
}

/// Row of the first difference between two columns, and the two cells.
pub(super) fn first_difference(published: &ArrayRef, recomputed: &ArrayRef) -> Option<(usize, String, String)> {
    // In memory a column may be codes of its values; in the file all are plain.
    let recomputed = match (published.data_type(), recomputed.data_type()) {
        (kind, DataType::Dictionary(..)) | (kind @ DataType::Utf8View, DataType::Utf8) => {
            cast(recomputed, kind).unwrap_or_else(|_| recomputed.clone())
        }
        _ => recomputed.clone(),
    };
    if published == &recomputed {
        return None;
    }
    let differs = |row: &usize| {
        published.data_type() != recomputed.data_type() || published.slice(*row, 1) != recomputed.slice(*row, 1)
    };
    let row = (0..published.len().min(recomputed.len())).find(differs)?;
    Some((row, cell(published, row), cell(&recomputed, row)))
}

/// A cell as text.
pub(super) fn cell(column: &ArrayRef, row: usize) -> String {
    let text = cast(&column.slice(row, 1), &DataType::Utf8);
    match &text {
        Ok(text) if !text.is_null(0) => text.as_string::<i32>().value(0).to_owned(),
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Byte of the first difference between two texts, and both from a little before it on.
pub(super) fn first_difference_of_text(published: &str, recomputed: &str) -> Option<(usize, String, String)> {
    /// Characters that are shown before the difference.
    const CONTEXT: usize = 40;
    if published == recomputed {
        return None;
    }
    let mut pairs = published.char_indices().zip(recomputed.chars());
    let at = pairs.find(|((_, own), other)| own != other).map(|((at, _), _)| at);
    // Else one is the beginning of the other.
    let at = at.unwrap_or(published.len().min(recomputed.len()));
    let from = published[..at].char_indices().rev().nth(CONTEXT).map_or(0, |(at, _)| at);
    let shown = |text: &str| shorten(text.get(from..).unwrap_or_default(), 3 * CONTEXT).to_owned();
    Some((at, shown(published), shown(recomputed)))
}

/// Path of the first difference between two JSON values, and the two values.
pub(super) fn first_difference_of_json(
    at: &str,
    published: &Value,
    recomputed: &Value,
) -> Option<(String, String, String)> {
    let shown = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    match (published, recomputed) {
        (Value::Object(was), Value::Object(now)) => {
            let keys = now.keys().chain(was.keys().filter(|key| !now.contains_key(*key)));
            keys.into_iter().find_map(|key| match (was.get(key), now.get(key)) {
                (Some(was), Some(now)) => first_difference_of_json(&below(key), was, now),
                (was, now) => Some((below(key), shown(was), shown(now))),
            })
        }
        (Value::Array(was), Value::Array(now)) => (0..was.len().max(now.len())).find_map(|index| {
            // People count from 1, and know an item by its name.
            let name = now.get(index).and_then(|item| item.get("name").or_else(|| item.get("table")));
            let name = name.and_then(Value::as_str).map_or(String::new(), |name| format!(" `{name}`"));
            let place = format!("{at}[{}]{name}", index + 1);
            match (was.get(index), now.get(index)) {
                (Some(was), Some(now)) => first_difference_of_json(&place, was, now),
                (was, now) => Some((place, shown(was), shown(now))),
            }
        }),
        _ => (published != recomputed).then(|| (at.to_owned(), published.to_string(), recomputed.to_string())),
    }
}
