//! The draw over Arrow record batches, wherever they are: two passes whose states travel, and the outcome of every row.
//!
//! 1. [`BatchDraw::weigh`] each batch; the [`WeightPasses`] are merged and [solved](WeightPasses::solve).
//! 2. [`BatchDraw::rank`] each batch with the inclusions; the [`KeyPasses`] are merged and [finished](KeyPasses::finish).
//! 3. [`BatchDraw::outcome`] of each batch: the columns `pi` (Float64), `ticket` (UInt64) and `drawn` (Boolean) in the order of
//!    its rows.
//!
//! Batches come in any order and partition; each entity is in one of them. [`draw_batches`] does all three over batches in
//! memory, and looks for entities that come twice.

use crate::sampling::lots::{iv, u};
use crate::sampling::{
    Design, Inclusion, InclusionError, KeyPass, LotKey, MAX_WEIGHT, PassError, Rate, StratumDraw, WeightPass,
};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, StringViewArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An entity in passes over batches: its id in UTF-8, which orders as ids do.
pub type Id = Box<[u8]>;

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
    /// How many reserves each stratum names behind its cut line.
    pub reserve: u64,
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
    #[error("column `{column}` is null in row {row} of a batch (counted from 0); fill it or filter the row out")]
    Null {
        /// The column.
        column: String,
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
        reason: InclusionError,
    },
    /// States of different draws.
    #[error("stratum `{stratum}`: {reason}")]
    Pass {
        /// Name of the stratum.
        stratum: String,
        /// How they differ.
        reason: PassError,
    },
}

/// First passes by the name of the stratum.
#[derive(Debug, Clone, Default)]
pub struct WeightPasses(pub BTreeMap<String, WeightPass<Id>>);

/// What the first pass gives, by the name of the stratum.
pub type Inclusions = BTreeMap<String, Inclusion<Id>>;

/// Second passes by the name of the stratum.
#[derive(Debug, Default)]
pub struct KeyPasses<'i>(pub BTreeMap<String, KeyPass<'i, Id>>);

/// What was drawn, by the name of the stratum.
pub type Draws = BTreeMap<String, StratumDraw<Id>>;

impl WeightPasses {
    /// Takes in the passes over other batches.
    ///
    /// # Errors
    /// [`BatchError::Pass`] for passes of another draw.
    pub fn try_merge(&mut self, other: Self) -> Result<(), BatchError> {
        merge(&mut self.0, other.0, WeightPass::try_merge)
    }

    /// Who is taken for certain, and what the others' probabilities come from.
    ///
    /// # Errors
    /// [`BatchError::UnknownStratum`], and [`BatchError::Draw`] for a stratum that cannot be drawn.
    pub fn solve(self, request: &BatchDraw<'_>) -> Result<Inclusions, BatchError> {
        if let Some(unknown) = request.sizes.keys().find(|name| !self.0.contains_key(*name)) {
            return Err(BatchError::UnknownStratum { stratum: unknown.clone() });
        }
        let solve = |(stratum, pass): (String, WeightPass<Id>)| match pass.solve(request.alpha) {
            Ok(inclusion) => Ok((stratum, inclusion)),
            Err(reason) => Err(BatchError::Draw { stratum, reason }),
        };
        self.0.into_iter().map(solve).collect()
    }
}

impl KeyPasses<'_> {
    /// Takes in the passes over other batches.
    ///
    /// # Errors
    /// [`BatchError::Pass`] for passes of another draw.
    pub fn try_merge(&mut self, other: Self) -> Result<(), BatchError> {
        merge(&mut self.0, other.0, KeyPass::try_merge)
    }

    /// The drawn and the reserve of every stratum.
    pub fn finish(self, request: &BatchDraw<'_>) -> Draws {
        self.0.into_iter().map(|(stratum, pass)| (stratum, pass.finish(request.reserve))).collect()
    }
}

fn merge<P>(
    passes: &mut BTreeMap<String, P>,
    others: BTreeMap<String, P>,
    try_merge: fn(&mut P, P) -> Result<(), PassError>,
) -> Result<(), BatchError> {
    for (stratum, other) in others {
        match passes.get_mut(&stratum) {
            Some(own) => try_merge(own, other).map_err(|reason| BatchError::Pass { stratum, reason })?,
            None => _ = passes.insert(stratum, other),
        }
    }
    Ok(())
}

/// The entry of a stratum; most rows are of one that was met.
fn of_stratum<'m, P>(passes: &'m mut BTreeMap<String, P>, name: &str, new: impl FnOnce() -> P) -> &'m mut P {
    if !passes.contains_key(name) {
        passes.insert(name.to_owned(), new());
    }
    passes.get_mut(name).expect("it was met")
}

/// The columns of a batch that a draw reads.
struct Rows {
    ids: StringViewArray,
    weights: UInt64Array,
    strata: Option<StringViewArray>,
    tickets: Vec<u64>,
}

impl Rows {
    fn of(batch: &RecordBatch, request: &BatchDraw<'_>) -> Result<Self, BatchError> {
        let texts = |name: &str| Ok(column(batch, name, &DataType::Utf8View, "text")?.as_string_view().clone());
        let ids: StringViewArray = texts(request.id)?;
        let weights = column(batch, request.weight, &DataType::UInt64, "whole micro-units of at least 0")?;
        let weights: UInt64Array = weights.as_primitive::<UInt64Type>().clone();
        if let Some(row) = weights.values().iter().position(|&weight| weight > MAX_WEIGHT) {
            return Err(BatchError::WeightTooLarge { id: ids.value(row).to_owned(), weight: weights.value(row) });
        }
        let tickets =
            request.key.tickets_of(ids.len(), |row, bytes| bytes.extend_from_slice(ids.value(row).as_bytes()));
        Ok(Self { strata: request.stratum.map(texts).transpose()?, ids, weights, tickets })
    }

    fn stratum(&self, row: usize) -> &str {
        self.strata.as_ref().map_or("", |strata| strata.value(row))
    }

    fn id(&self, row: usize) -> Id {
        self.ids.value(row).as_bytes().into()
    }
}

/// What decides over the rows of a stratum.
struct Decider<'d> {
    inclusion: &'d Inclusion<Id>,
    rate: Rate,
    /// (key, ticket, id) of the last one drawn at random.
    last: Option<(f64, u64, &'d Id)>,
}

impl BatchDraw<'_> {
    /// First pass over a batch.
    ///
    /// # Errors
    /// [`BatchError`] for columns or values that cannot be drawn from.
    pub fn weigh(&self, batch: &RecordBatch) -> Result<WeightPasses, BatchError> {
        let rows = Rows::of(batch, self)?;
        let mut passes = WeightPasses::default();
        for (row, (&weight, &ticket)) in rows.weights.values().iter().zip(&rows.tickets).enumerate() {
            let name = rows.stratum(row);
            let new = || WeightPass::new(self.sizes.get(name).copied().unwrap_or(0), self.design);
            of_stratum(&mut passes.0, name, new).push_with(weight, ticket, || rows.id(row));
        }
        Ok(passes)
    }

    /// Second pass over a batch.
    ///
    /// # Errors
    /// [`BatchError`] for columns or values that cannot be drawn from, or for a stratum that the first pass did not meet.
    pub fn rank<'i>(&self, batch: &RecordBatch, inclusions: &'i Inclusions) -> Result<KeyPasses<'i>, BatchError> {
        let rows = Rows::of(batch, self)?;
        let mut passes = KeyPasses::default();
        for (row, (&weight, &ticket)) in rows.weights.values().iter().zip(&rows.tickets).enumerate() {
            let name = rows.stratum(row);
            let inclusion =
                inclusions.get(name).ok_or_else(|| BatchError::UnknownStratum { stratum: name.to_owned() })?;
            let new = || KeyPass::new(inclusion, self.design, self.reserve);
            of_stratum(&mut passes.0, name, new).push_with(weight, u(ticket), ticket, || rows.id(row));
        }
        Ok(passes)
    }

    /// What the draw says of every row of a batch: `pi`, `ticket`, `drawn`.
    ///
    /// # Errors
    /// As [`BatchDraw::rank`].
    pub fn outcome(&self, batch: &RecordBatch, draws: &Draws) -> Result<RecordBatch, BatchError> {
        let rows = Rows::of(batch, self)?;
        let deciders: BTreeMap<&str, Decider<'_>> =
            draws.iter().map(|(name, draw)| (name.as_str(), Decider::of(draw, &self.key))).collect();
        let (mut pi, mut drawn) = (Vec::with_capacity(rows.tickets.len()), Vec::with_capacity(rows.tickets.len()));
        for (row, (&weight, &ticket)) in rows.weights.values().iter().zip(&rows.tickets).enumerate() {
            let name = rows.stratum(row);
            let decider = deciders.get(name).ok_or_else(|| BatchError::UnknownStratum { stratum: name.to_owned() })?;
            let (of_row, is_drawn) = decider.decide(self.design, weight, ticket, || rows.id(row));
            pi.push(of_row);
            drawn.push(is_drawn);
        }
        let fields = [("pi", DataType::Float64), ("ticket", DataType::UInt64), ("drawn", DataType::Boolean)];
        let fields: Vec<Field> = fields.into_iter().map(|(name, kind)| Field::new(name, kind, false)).collect();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Float64Array::from(pi)),
            Arc::new(UInt64Array::from(rows.tickets)),
            Arc::new(BooleanArray::from(drawn)),
        ];
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("the columns are built to the schema"))
    }
}

impl<'d> Decider<'d> {
    fn of(draw: &'d StratumDraw<Id>, lots: &LotKey) -> Self {
        // Ids came from texts.
        let ticket = |id: &Id| std::str::from_utf8(id).map_or(0, |id| lots.ticket(&iv(id)));
        let last = draw.drawn.last().map(|last| (last.key, ticket(&last.row), &last.row));
        Self { inclusion: &draw.inclusion, rate: draw.inclusion.rate(), last }
    }

    /// π, and whether the entity is drawn.
    fn decide(&self, design: Design, weight: u64, ticket: u64, id: impl Fn() -> Id) -> (f64, bool) {
        if !self.inclusion.take_all.is_empty() && self.inclusion.takes(&id()) {
            return (1.0, true);
        }
        let pi = self.rate.probability(design.size_measure(weight));
        let u = u(ticket);
        let is_drawn = match (design, self.last) {
            _ if !(pi > 0.0) => false,
            (Design::Poisson, _) => u < pi,
            (_, None) => false,
            (_, Some((key, tie, last))) => {
                let own = design.key(u, pi);
                own < key || (own == key && (ticket, &*id()) <= (tie, &**last))
            }
        };
        (pi, is_drawn)
    }
}

/// Draws from batches in memory: what [`BatchDraw::outcome`] says of each, and the draw of every stratum.
///
/// # Errors
/// [`BatchError`] for columns, values or sizes that cannot be drawn from, and for an entity that comes twice.
pub fn draw_batches(batches: &[RecordBatch], request: &BatchDraw<'_>) -> Result<(Vec<RecordBatch>, Draws), BatchError> {
    refuse_duplicates(batches, request)?;
    let weighed: Vec<Result<WeightPasses, BatchError>> = batches.par_iter().map(|batch| request.weigh(batch)).collect();
    let mut weights = WeightPasses::default();
    weighed.into_iter().try_for_each(|passes| weights.try_merge(passes?))?;
    let inclusions = weights.solve(request)?;
    let ranked: Vec<Result<KeyPasses<'_>, BatchError>> =
        batches.par_iter().map(|batch| request.rank(batch, &inclusions)).collect();
    let mut keys = KeyPasses::default();
    ranked.into_iter().try_for_each(|passes| keys.try_merge(passes?))?;
    let draws = keys.finish(request);
    let outcomes = batches.par_iter().map(|batch| request.outcome(batch, &draws)).collect::<Result<_, _>>()?;
    Ok((outcomes, draws))
}

fn refuse_duplicates(batches: &[RecordBatch], request: &BatchDraw<'_>) -> Result<(), BatchError> {
    let ids = batches.iter().map(|batch| column(batch, request.id, &DataType::Utf8View, "text"));
    let ids: Vec<ArrayRef> = ids.collect::<Result<_, _>>()?;
    let mut sorted: Vec<&str> = ids.iter().flat_map(|ids| ids.as_string_view().iter().flatten()).collect();
    sorted.par_sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(BatchError::Duplicate { id: pair[0].to_owned() }),
        None => Ok(()),
    }
}

/// A column of a batch cast to `wanted`, without nulls (a value that does not cast counts as one).
fn column(batch: &RecordBatch, name: &str, wanted: &DataType, words: &'static str) -> Result<ArrayRef, BatchError> {
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
        Some(row) => Err(BatchError::Null { column: name.to_owned(), row }),
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
            reserve: 0,
        }
    }

    fn drawn_ids(batches: &[RecordBatch], outcome: &[RecordBatch]) -> std::collections::BTreeSet<String> {
        let mut ids = std::collections::BTreeSet::new();
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
        assert!(text(&[("a", -1, "x")], &good).contains("column `w` is null in row 0 of a batch"));
        assert!(text(&[("a", i64::MAX, "x")], &good).contains("above the largest allowed"));
        assert!(text(&[("a", 1, "y")], &good).contains("stratum `x`, which no entity is in"));
        assert!(text(&[("a", 0, "x")], &good).contains("1 asked for where 0 have a positive weight"));
        assert!(text(&[("a", 1, "x")], &BatchDraw { id: "nr", ..good }).contains("it has id, w, s"));
    }
}
