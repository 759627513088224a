//! The states of a draw in parts: the first pass (sum and n heaviest), what it solves to, and the second (n smallest keys).

use crate::columns::{ids_of, of_length, weights_of};
use crate::draws::design_of;
use crate::{Column, Fault, array, column};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int32Array, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::UInt64Type;
use arrow::pyarrow::PyArrowType;
use fairdraw_core::batches::Id;
use fairdraw_core::sampling::lots::u;
use fairdraw_core::sampling::{self as core, Design, Selected};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::Arc;

/// Ids, weights and tickets of a part.
struct Rows {
    ids: StringViewArray,
    weights: Vec<u64>,
    tickets: Vec<u64>,
}

impl Rows {
    fn of(ids: Column, weights: Column, tickets: Column) -> Result<Self, Fault> {
        let ids = ids_of(&array(ids), "ids")?;
        let (weights, tickets) = (array(weights), array(tickets));
        of_length(&weights, "weights", ids.len())?;
        of_length(&tickets, "tickets", ids.len())?;
        let Some(numbers) = tickets.as_primitive_opt::<UInt64Type>().filter(|own| own.null_count() == 0) else {
            let text = format!("tickets has the type {}; give what fairdraw.tickets returns", tickets.data_type());
            return Err(Fault::text(text));
        };
        Ok(Self { weights: weights_of(&weights, "weights")?, tickets: numbers.values().to_vec(), ids })
    }

    fn id(&self, row: usize) -> Id {
        self.ids.value(row).as_bytes().into()
    }

    fn each(&self) -> impl Iterator<Item = (usize, u64, u64)> {
        self.weights.iter().zip(&self.tickets).enumerate().map(|(row, (&weight, &ticket))| (row, weight, ticket))
    }
}

fn text(id: &Id) -> String {
    String::from_utf8_lossy(id).into_owned()
}

/// First pass of a draw over parts: the sum of the weights and the n heaviest entities. Passes merge in any order.
#[pyclass(module = "fairdraw")]
pub struct WeightPass {
    pass: core::WeightPass<Id>,
}

#[pymethods]
impl WeightPass {
    #[new]
    #[pyo3(signature = (n, design = "pareto"))]
    fn new(n: u64, design: &str) -> PyResult<Self> {
        Ok(Self { pass: core::WeightPass::new(n, design_of(design)?) })
    }

    /// Takes in entities: ids, weights, and their lots (`fairdraw.tickets`). Each entity comes once over all parts.
    fn push(&mut self, py: Python<'_>, ids: Column, weights: Column, tickets: Column) -> PyResult<()> {
        let rows = Rows::of(ids, weights, tickets)?;
        let pass = &mut self.pass;
        py.detach(|| rows.each().for_each(|(row, weight, ticket)| pass.push_with(weight, ticket, || rows.id(row))));
        Ok(())
    }

    /// Takes in a pass over other entities.
    fn merge(&mut self, other: &Self) -> PyResult<()> {
        Ok(self.pass.try_merge(other.pass.clone()).map_err(Fault::from)?)
    }

    /// Entities with a positive weight so far.
    #[getter]
    fn positive(&self) -> u64 {
        self.pass.positive()
    }

    /// The state as bytes: at most the n heaviest entities.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.pass.to_bytes())
    }

    /// The pass whose state this is; every number is checked.
    #[staticmethod]
    fn from_bytes(state: &[u8]) -> PyResult<Self> {
        Ok(Self { pass: core::WeightPass::from_bytes(state).map_err(Fault::from)? })
    }

    /// Who is taken for certain, and what the others' probabilities come from.
    #[pyo3(signature = (alpha = fairdraw_core::sampling::DEFAULT_ALPHA))]
    fn solve(&self, alpha: f64) -> PyResult<Inclusion> {
        Ok(Inclusion { inclusion: Arc::new(self.pass.clone().solve(alpha).map_err(Fault::from)?) })
    }
}

/// What the first pass gives: who is taken for certain, and what the others' probabilities come from.
#[pyclass(frozen, module = "fairdraw")]
pub struct Inclusion {
    inclusion: Arc<core::Inclusion<Id>>,
}

#[pymethods]
impl Inclusion {
    /// Ids of those who are taken for certain.
    #[getter]
    fn take_all(&self) -> Vec<String> {
        self.inclusion.take_all.iter().map(text).collect()
    }

    /// The probability of each entity.
    #[pyo3(signature = (ids, weights, design = "pareto"))]
    fn probabilities(&self, ids: Column, weights: Column, design: &str) -> PyResult<Column> {
        let ids = ids_of(&array(ids), "ids")?;
        let weights = array(weights);
        of_length(&weights, "weights", ids.len())?;
        let (weights, design) = (weights_of(&weights, "weights")?, design_of(design)?);
        let own = |(row, &weight): (usize, &u64)| {
            self.inclusion.probability(&ids.value(row).as_bytes().into(), design.size_measure(weight))
        };
        let pi: Vec<f64> = weights.iter().enumerate().map(own).collect();
        Ok(column(&Float64Array::from(pi)))
    }

    /// The state as bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inclusion.to_bytes())
    }

    /// What these bytes are the state of; every number is checked.
    #[staticmethod]
    fn from_bytes(state: &[u8]) -> PyResult<Self> {
        Ok(Self { inclusion: Arc::new(core::Inclusion::from_bytes(state).map_err(Fault::from)?) })
    }
}

/// Second pass of a draw over parts: the entities with the smallest keys. Passes merge in any order.
#[pyclass(module = "fairdraw")]
pub struct KeyPass {
    inclusion: Arc<core::Inclusion<Id>>,
    design: Design,
    reserve: u64,
    /// The state between two calls: the smallest keys so far.
    state: Vec<u8>,
}

impl KeyPass {
    fn pass(&self) -> Result<core::KeyPass<'_, Id>, Fault> {
        Ok(core::KeyPass::from_bytes(&self.state, &self.inclusion)?)
    }
}

#[pymethods]
impl KeyPass {
    #[new]
    #[pyo3(signature = (inclusion, design = "pareto", reserve = 0))]
    fn new(inclusion: &Inclusion, design: &str, reserve: u64) -> PyResult<Self> {
        let (inclusion, design) = (inclusion.inclusion.clone(), design_of(design)?);
        let state = core::KeyPass::new(&*inclusion, design, reserve).to_bytes();
        Ok(Self { inclusion, design, reserve, state })
    }

    /// Takes in entities: ids, weights, and their lots (`fairdraw.tickets`). Each entity comes once over all parts.
    fn push(&mut self, py: Python<'_>, ids: Column, weights: Column, tickets: Column) -> PyResult<()> {
        let rows = Rows::of(ids, weights, tickets)?;
        let state = py.detach(|| -> Result<Vec<u8>, Fault> {
            let mut pass = self.pass()?;
            rows.each().for_each(|(row, weight, ticket)| pass.push_with(weight, u(ticket), ticket, || rows.id(row)));
            Ok(pass.to_bytes())
        })?;
        self.state = state;
        Ok(())
    }

    /// Takes in a pass over other entities.
    fn merge(&mut self, other: &Self) -> PyResult<()> {
        let mut pass = self.pass()?;
        pass.try_merge(core::KeyPass::from_bytes(&other.state, &self.inclusion).map_err(Fault::from)?)
            .map_err(Fault::from)?;
        let state = pass.to_bytes();
        self.state = state;
        Ok(())
    }

    /// The state as bytes: the smallest keys.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.state)
    }

    /// The pass whose state this is, of the draw that `inclusion` is of; every number is checked.
    #[staticmethod]
    #[pyo3(signature = (state, inclusion, design = "pareto", reserve = 0))]
    fn from_bytes(state: &[u8], inclusion: &Inclusion, design: &str, reserve: u64) -> PyResult<Self> {
        let own =
            Self { inclusion: inclusion.inclusion.clone(), design: design_of(design)?, reserve, state: state.to_vec() };
        own.pass()?;
        Ok(own)
    }

    /// The list (a pyarrow.RecordBatch: entity_id, selection, order, key), the cut line and the next key.
    fn finish(&self) -> PyResult<(PyArrowType<RecordBatch>, Option<f64>, Option<f64>)> {
        let draw = self.pass()?.finish(self.reserve);
        let of = |list: &[Selected<Id>], selection: &'static str| {
            list.iter()
                .zip(1..)
                .map(|(own, order)| (text(&own.row), selection, order, Some(own.key)))
                .collect::<Vec<_>>()
        };
        let taken = draw.inclusion.take_all.iter().zip(1..).map(|(id, order)| (text(id), "certain", order, None));
        let mut rows: Vec<(String, &str, i32, Option<f64>)> = taken.collect();
        rows.extend(of(&draw.drawn, "drawn"));
        rows.extend(of(&draw.reserve, "reserve"));
        let columns: [(&str, ArrayRef, bool); 4] = [
            ("entity_id", Arc::new(rows.iter().map(|row| Some(&row.0)).collect::<StringArray>()), false),
            ("selection", Arc::new(rows.iter().map(|row| Some(row.1)).collect::<StringArray>()), false),
            ("order", Arc::new(rows.iter().map(|row| Some(row.2)).collect::<Int32Array>()), false),
            ("key", Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>()), true),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(Fault::from)?;
        Ok((PyArrowType(batch), draw.cut_line, draw.next_key))
    }

    /// The design.
    #[getter]
    fn design(&self) -> &'static str {
        self.design.name()
    }
}
