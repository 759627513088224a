//! fairdraw for Python: the core's draws over Arrow data. The package `fairdraw` around this module turns what speaks the Arrow
//! PyCapsule interface into Arrow arrays and back; everything that decides is the core's.

mod columns;
mod draws;
mod passes;
mod ranges;

use columns::ids_of;
use fairdraw_core::codes::{classify, region_of};
use fairdraw_core::plan;
use fairdraw_core::sampling::LotKey;
use fairdraw_core::sampling::lots::LotError;

use arrow::array::{ArrayData, ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array, make_array};
use arrow::pyarrow::PyArrowType;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

create_exception!(
    fairdraw,
    FairdrawError,
    PyValueError,
    "What was given cannot be drawn from, estimated from or read; the text says what is wrong and how to put it right."
);

/// What can be wrong with what Python gives.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A text with the place and the fix.
    #[error("{0}")]
    Text(String),
    /// Seed or stream.
    #[error(transparent)]
    Lot(#[from] LotError),
    /// Arrow's own.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// A state of a pass.
    #[error(transparent)]
    Pass(#[from] fairdraw_core::sampling::PassError),
    /// A draw that cannot be.
    #[error("{0}; lower n, or raise the number of entities with a positive weight")]
    Inclusion(#[from] fairdraw_core::sampling::InclusionError),
    /// A plan.
    #[error("{0}\n  {lines}", lines = .0.lines().join("\n  "))]
    Plan(#[from] plan::PlanErrors),
}

impl Fault {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        FairdrawError::new_err(fault.to_string())
    }
}

/// An Arrow array on its way to or from Python.
pub(crate) type Column = PyArrowType<ArrayData>;

pub(crate) fn array(column: Column) -> ArrayRef {
    make_array(column.0)
}

pub(crate) fn column(array: &dyn arrow::array::Array) -> Column {
    PyArrowType(array.to_data())
}

/// The lots of entities: see `fairdraw.tickets`.
#[pyfunction]
fn tickets(py: Python<'_>, ids: Column, seed: &str, stream: &str) -> PyResult<Column> {
    let ids = ids_of(&array(ids), "ids")?;
    let key = LotKey::derive(seed, stream).map_err(Fault::from)?;
    let id = |row: usize, bytes: &mut Vec<u8>| bytes.extend_from_slice(ids.value(row).as_bytes());
    let tickets = py.detach(|| key.tickets_of(arrow::array::Array::len(&ids), id));
    Ok(column(&UInt64Array::from(tickets)))
}

/// What an id is: see `fairdraw.check_code`.
#[pyfunction]
fn check_code(py: Python<'_>, ids: Column) -> PyResult<PyArrowType<RecordBatch>> {
    let ids = ids_of(&array(ids), "ids")?;
    let columns = py.detach(|| -> [(&str, ArrayRef); 4] {
        let kinds: Vec<_> = ids.iter().flatten().map(classify).collect();
        [
            ("id", Arc::new(ids.iter().collect::<StringArray>())),
            ("kind", Arc::new(kinds.iter().map(|kind| Some(kind.name())).collect::<StringArray>())),
            ("wrong_check", Arc::new(kinds.iter().map(|kind| Some(kind.has_wrong_check())).collect::<BooleanArray>())),
            ("region", Arc::new(ids.iter().map(|id| id.and_then(region_of)).collect::<StringArray>())),
        ]
    });
    Ok(PyArrowType(
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().zip([false, false, false, true]).map(|((name, array), null)| (name, array, null)),
        )
        .map_err(Fault::from)?,
    ))
}

/// A plan as it was checked: see `fairdraw.Plan`.
#[pyclass(frozen, module = "fairdraw")]
struct Plan {
    plan: plan::Plan,
}

#[pymethods]
impl Plan {
    /// Reads and checks a plan; its inputs must be there. Every error names its line and the fix.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        Ok(Self { plan: plan::load(&path).map_err(Fault::from)? })
    }

    /// Short name.
    #[getter]
    fn name(&self) -> &str {
        &self.plan.name
    }

    /// Title for people, or None.
    #[getter]
    fn title(&self) -> Option<&str> {
        self.plan.title.as_deref()
    }

    /// Reference day, as text (YYYY-MM-DD).
    #[getter]
    fn as_of(&self) -> String {
        self.plan.as_of_date.to_string()
    }

    /// SHA-256 of the document, 64 hexadecimal digits.
    #[getter]
    fn sha256(&self) -> &str {
        &self.plan.sha256
    }

    /// The document, as it stands.
    #[getter]
    fn text(&self) -> &str {
        &self.plan.text
    }

    /// The seed, or None where it is given later or permanent random numbers are used.
    #[getter]
    fn seed(&self) -> Option<&str> {
        self.plan.draw.seed.as_deref()
    }

    /// Design and stream of each draw: of the plan, or of its tasks in the order of their ids.
    #[getter]
    fn draws(&self) -> Vec<(Option<String>, String, String)> {
        let tasks = self.plan.tasks().iter().map(|task| Some(task.id.clone())).chain(std::iter::repeat(None));
        let methods = self.plan.methods();
        methods.zip(tasks).map(|(own, task)| (task, own.design.name().to_owned(), own.stream.clone())).collect()
    }

    fn __repr__(&self) -> String {
        format!(
            "<fairdraw.Plan {} as of {}, {} draws>",
            self.plan.name,
            self.plan.as_of_date,
            self.plan.methods().count()
        )
    }
}

/// The module behind the package `fairdraw`.
#[pymodule]
fn _fairdraw(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("FairdrawError", module.py().get_type::<FairdrawError>())?;
    module.add("CONTRACT", fairdraw_core::sampling::CONTRACT)?;
    module.add("DEFAULT_ALPHA", fairdraw_core::sampling::DEFAULT_ALPHA)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(tickets, module)?)?;
    module.add_function(wrap_pyfunction!(check_code, module)?)?;
    module.add_function(wrap_pyfunction!(draws::inclusion_probabilities, module)?)?;
    module.add_function(wrap_pyfunction!(draws::draw, module)?)?;
    module.add_function(wrap_pyfunction!(draws::estimate, module)?)?;
    module.add_class::<ranges::Sampler>()?;
    module.add_class::<ranges::Router>()?;
    module.add_function(wrap_pyfunction!(ranges::route_file, module)?)?;
    module.add_function(wrap_pyfunction!(ranges::file_identity, module)?)?;
    module.add_function(wrap_pyfunction!(ranges::join, module)?)?;
    module.add_function(wrap_pyfunction!(ranges::work, module)?)?;
    module.add("ROUTED_DDL", fairdraw::ingest::ROUTED_DDL)?;
    module.add_class::<ranges::Coordinator>()?;
    module.add_class::<Plan>()?;
    module.add_class::<passes::WeightPass>()?;
    module.add_class::<passes::Inclusion>()?;
    module.add_class::<passes::KeyPass>()?;
    Ok(())
}
