//! The draw over Arrow record batches: the door for other engines.
//!
//! Batches come in any order and partition; each entity appears once. Out come, for every input batch, the columns
//! `pi` (Float64), `ticket` (UInt64) and `drawn` (Boolean) in the order of its rows.

use crate::keys::{EntityKey, KeepRow, KeySpace, PLAIN_LENGTH, sort_unique};
use crate::sampling::draw::DrawRequest;
use crate::sampling::{Design, DrawError, LotKey, Lots, MAX_WEIGHT, Population, StratumDraw, draw, fill_probabilities};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which columns of the batches mean what, and what to draw.
#[derive(Clone, Debug)]
pub struct BatchDraw<'a> {
    /// Column of entity ids; any string type, no nulls, unique over all batches.
    pub id: &'a str,
    /// Column of weights in micro-units; any integer type, 0..=[`MAX_WEIGHT`], no nulls.
    pub weight: &'a str,
    /// Column of strata (any string type); `None`: one stratum named "".
    pub stratum: Option<&'a str>,
    /// Sample size by stratum; a stratum without one draws nobody.
    pub sizes: BTreeMap<String, u64>,
    /// Seed and stream of the lots.
    pub key: LotKey,
    /// The design.
    pub design: Design,
    /// α of the take-all rule, 0 ≤ α < 1.
    pub alpha: f64,
}

/// Why batches cannot be drawn from.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A named column is not there.
    #[error("no column `{column}` in the batch; it has {present}")]
    NoColumn {
        /// The name asked for.
        column: String,
        /// The names that are there.
        present: String,
    },
    /// A column cannot be read as what it should be.
    #[error("column `{column}` cannot be read as {wanted}: {reason}")]
    WrongType {
        /// The column.
        column: String,
        /// What it should be.
        wanted: &'static str,
        /// Arrow's reason.
        reason: String,
    },
    /// A null where a value is needed.
    #[error("column `{column}` is null in row {row} of batch {batch} (both from 0); fill it or filter the row out")]
    Null {
        /// The column.
        column: String,
        /// Batch, from 0.
        batch: usize,
        /// Row in the batch, from 0.
        row: usize,
    },
    /// An entity appears twice.
    #[error("entity `{id}` appears more than once; deduplicate before drawing")]
    Duplicate {
        /// The id.
        id: String,
    },
    /// A weight too large to be exact.
    #[error("entity `{id}` has weight {weight} micro-units, above the largest allowed, {MAX_WEIGHT}")]
    WeightTooLarge {
        /// The id.
        id: String,
        /// Its weight.
        weight: u64,
    },
    /// The batches hold 2³² rows or more.
    #[error("{rows} rows are more than one draw takes (2^32 - 2); draw by region")]
    TooManyRows {
        /// Rows in all batches.
        rows: usize,
    },
    /// A size names a stratum that no entity is in.
    #[error("a size is given for stratum `{stratum}`, which no entity is in")]
    UnknownStratum {
        /// The stratum.
        stratum: String,
    },
    /// A stratum cannot be drawn.
    #[error("stratum `{stratum}`: {reason}")]
    Draw {
        /// Name of the stratum.
        stratum: String,
        /// What is wrong.
        reason: DrawError,
    },
}

/// Probabilities, lots and selection for every row, and what each stratum came to (by name).
pub type BatchOutcome = (Vec<RecordBatch>, BTreeMap<String, StratumDraw>);

/// Draws from record batches. The outcome for an entity depends neither on the order of rows nor on how they are split
/// into batches.
///
/// # Errors
/// [`BatchError`] for columns, values or sizes that cannot be drawn from.
pub fn draw_batches(batches: &[RecordBatch], request: &BatchDraw<'_>) -> Result<BatchOutcome, BatchError> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if rows >= u32::MAX as usize {
        return Err(BatchError::TooManyRows { rows });
    }
    let mut space = KeySpace::default();
    let (mut keys, mut weights): (Vec<EntityKey>, Vec<u64>) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut names: Vec<String> = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let ids = column(batch, number, request.id, &DataType::Utf8, "text")?;
        let numbers = column(batch, number, request.weight, &DataType::UInt64, "whole micro-units of at least 0")?;
        keys.extend(ids.as_string::<i32>().iter().flatten().map(|id| space.pack(id)));
        weights.extend(numbers.as_primitive::<UInt64Type>().values());
        if let Some(stratum) = request.stratum {
            let strata = column(batch, number, stratum, &DataType::Utf8, "text")?;
            names.extend(strata.as_string::<i32>().iter().flatten().map(str::to_owned));
        }
    }
    let unique = sort_unique(&space, keys.clone(), KeepRow::First);
    let id_of = |row: u32| space.unpack(keys[row as usize], &mut [0; PLAIN_LENGTH]).to_owned();
    if let Some(duplicate) = unique.duplicates.first() {
        return Err(BatchError::Duplicate { id: id_of(duplicate.row) });
    }
    if let Some(row) = weights.iter().position(|&weight| weight > MAX_WEIGHT) {
        return Err(BatchError::WeightTooLarge { id: id_of(row as u32), weight: weights[row] });
    }

    let strata: Vec<String> = match request.stratum {
        None => vec![String::new()],
        Some(_) => names.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect(),
    };
    if let Some(unknown) = request.sizes.keys().find(|name| strata.binary_search(name).is_err()) {
        return Err(BatchError::UnknownStratum { stratum: unknown.clone() });
    }
    let sizes: Vec<u64> = strata.iter().map(|name| request.sizes.get(name).copied().unwrap_or(0)).collect();
    let code = |row: &u32| strata.binary_search(&names[*row as usize]).expect("every name was collected") as u32;
    let codes: Option<Vec<u32>> = request.stratum.map(|_| unique.rows.iter().map(code).collect());
    let sorted_weights: Vec<u64> = unique.rows.iter().map(|&row| weights[row as usize]).collect();
    let tickets = request.key.tickets_of(unique.keys.len(), |row, bytes| {
        bytes.extend_from_slice(space.unpack(unique.keys[row], &mut [0; PLAIN_LENGTH]).as_bytes());
    });

    let population = Population { weights: &sorted_weights, lots: Lots::Tickets(&tickets), strata: codes.as_deref() };
    let order = DrawRequest { sizes: &sizes, design: request.design, alpha: request.alpha, reserve: 0 };
    let draws = draw(&population, &order)
        .map_err(|reason| BatchError::Draw { stratum: strata[reason.stratum as usize].clone(), reason })?;
    let mut pi = vec![0.0; rows];
    fill_probabilities(&population, request.design, &draws, 0, &mut pi);
    let mut drawn = vec![false; rows];
    for row in draws.iter().flat_map(|d| d.inclusion.take_all.iter().copied().chain(d.drawn.iter().map(|s| s.row))) {
        drawn[row as usize] = true;
    }

    let mut place = vec![0u32; rows];
    for (sorted, &row) in unique.rows.iter().enumerate() {
        place[row as usize] = sorted as u32;
    }
    let mut first = 0;
    let out = batches.iter().map(|batch| {
        let places = &place[first..first + batch.num_rows()];
        first += batch.num_rows();
        outcome(places, &pi, &tickets, &drawn)
    });
    let out: Vec<RecordBatch> = out.collect();
    Ok((out, strata.into_iter().zip(draws).collect()))
}

fn outcome(places: &[u32], pi: &[f64], tickets: &[u64], drawn: &[bool]) -> RecordBatch {
    let schema = Schema::new(vec![
        Field::new("pi", DataType::Float64, false),
        Field::new("ticket", DataType::UInt64, false),
        Field::new("drawn", DataType::Boolean, false),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(places.iter().map(|&p| Some(pi[p as usize])).collect::<Float64Array>()),
        Arc::new(places.iter().map(|&p| Some(tickets[p as usize])).collect::<UInt64Array>()),
        Arc::new(places.iter().map(|&p| Some(drawn[p as usize])).collect::<BooleanArray>()),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).expect("the columns are built to the schema")
}

/// A column of a batch cast to `wanted`, without nulls (a value that does not cast counts as one).
fn column(
    batch: &RecordBatch,
    number: usize,
    name: &str,
    wanted: &DataType,
    words: &'static str,
) -> Result<ArrayRef, BatchError> {
    let array = batch.column_by_name(name).ok_or_else(|| BatchError::NoColumn {
        column: name.to_owned(),
        present: batch.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", "),
    })?;
    let wrong = |reason: String| BatchError::WrongType { column: name.to_owned(), wanted: words, reason };
    if *wanted == DataType::UInt64 && !array.data_type().is_integer() {
        return Err(wrong(format!("it is {}", array.data_type())));
    }
    let array = cast(array, wanted).map_err(|error| wrong(error.to_string()))?;
    match (0..array.len()).find(|&row| array.is_null(row)) {
        Some(row) => Err(BatchError::Null { column: name.to_owned(), batch: number, row }),
        None => Ok(array),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};

    fn batch(rows: &[(&str, i64, &str)]) -> RecordBatch {
        RecordBatch::try_from_iter([
            ("id", Arc::new(rows.iter().map(|r| Some(r.0)).collect::<StringArray>()) as ArrayRef),
            ("w", Arc::new(rows.iter().map(|r| Some(r.1)).collect::<Int64Array>()) as ArrayRef),
            ("s", Arc::new(rows.iter().map(|r| Some(r.2)).collect::<StringArray>()) as ArrayRef),
        ])
        .unwrap()
    }

    fn request(sizes: &[(&str, u64)]) -> BatchDraw<'static> {
        BatchDraw {
            id: "id",
            weight: "w",
            stratum: Some("s"),
            sizes: sizes.iter().map(|&(name, n)| (name.to_owned(), n)).collect(),
            key: LotKey::derive("public dice 3 1 6 2", "2023").unwrap(),
            design: Design::Pareto,
            alpha: 1e-3,
        }
    }

    fn drawn_ids(batches: &[RecordBatch], outcome: &[RecordBatch]) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for (batch, out) in batches.iter().zip(outcome) {
            let (names, drawn) = (batch.column(0).as_string::<i32>(), out.column(2).as_boolean());
            ids.extend((0..batch.num_rows()).filter(|&i| drawn.value(i)).map(|i| names.value(i).to_owned()));
        }
        ids
    }

    #[test]
    fn partition_and_row_order_change_nothing() {
        let ids: Vec<String> = (0..500).map(|i| format!("企业{i:03}")).collect();
        let rows: Vec<(&str, i64, &str)> =
            ids.iter().enumerate().map(|(i, id)| (id.as_str(), 1 + i as i64 % 9, ["北", "南"][i % 2])).collect();
        let whole = [batch(&rows)];
        let mut turned: Vec<_> = rows.clone();
        turned.reverse();
        let parts = [batch(&turned[..123]), batch(&turned[123..130]), batch(&turned[130..])];
        let order = request(&[("北", 20), ("南", 7)]);
        let (one, strata) = draw_batches(&whole, &order).unwrap();
        let (three, _) = draw_batches(&parts, &order).unwrap();
        let drawn = drawn_ids(&whole, &one);
        assert_eq!(drawn.len(), 27);
        assert_eq!(drawn, drawn_ids(&parts, &three));
        assert_eq!(strata["北"].inclusion.n, 20);
    }

    #[test]
    fn what_cannot_be_drawn_from_is_named() {
        let good = request(&[("x", 1)]);
        let text = |rows: &[(&str, i64, &str)], order: &BatchDraw<'_>| {
            draw_batches(&[batch(rows)], order).unwrap_err().to_string()
        };
        assert!(text(&[("a", 1, "x"), ("a", 1, "x")], &good).contains("`a` appears more than once"));
        assert!(text(&[("a", -1, "x")], &good).contains("column `w` is null in row 0 of batch 0"));
        assert!(text(&[("a", i64::MAX, "x")], &good).contains("above the largest allowed"));
        assert!(text(&[("a", 1, "y")], &good).contains("stratum `x`, which no entity is in"));
        assert!(text(&[("a", 0, "x")], &good).contains("1 asked for where 0 have a positive weight"));
        assert!(text(&[("a", 1, "x")], &BatchDraw { id: "nr", ..good }).contains("it has id, w, s"));
    }
}
