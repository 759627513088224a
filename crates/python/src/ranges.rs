//! A run of a plan by ranges of ids: what leads it, and what other machines call. See `fairdraw.spark.run`.

use crate::Fault;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::pyarrow::PyArrowType;
use fairdraw::ingest::{self, Account, IdSample, IngestError, Routed};
use fairdraw::ranges::{self, Job, Options, RangesError, packed, unpacked};
use fairdraw::run::RunError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;
use std::sync::Arc;

impl From<RangesError> for Fault {
    fn from(error: RangesError) -> Self {
        match error {
            RangesError::Run(error) => match *error {
                RunError::Tasks(errors) => Self::Plan(errors),
                other => Self::Text(other.to_string()),
            },
            other => Self::Text(other.to_string()),
        }
    }
}

impl From<IngestError> for Fault {
    fn from(error: IngestError) -> Self {
        Self::Text(error.to_string())
    }
}

type Batch = PyArrowType<RecordBatch>;

fn bytes(py: Python<'_>, bytes: Result<Vec<u8>, Fault>) -> PyResult<Bound<'_, PyBytes>> {
    Ok(PyBytes::new(py, &bytes?))
}

/// Leads a run by ranges.
#[pyclass(module = "fairdraw")]
pub struct Coordinator {
    /// Nothing once the run is published or abandoned.
    own: Option<ranges::Coordinator>,
}

impl Coordinator {
    fn own(&mut self) -> Result<&mut ranges::Coordinator, Fault> {
        self.own.as_mut().ok_or_else(|| Fault::text("the run is over"))
    }
}

#[pymethods]
impl Coordinator {
    /// Reads the plan and locks its output folder; `given` are the tables whose rows are no file of the plan.
    #[new]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        given: Vec<String>,
        seed: Option<String>,
        output: Option<PathBuf>,
        replace: bool,
    ) -> PyResult<Self> {
        let options = Options { seed, output, replace, wait: None, given: given.into_iter().collect() };
        let own = py.detach(|| ranges::Coordinator::new(&path, &options, &|_| ())).map_err(Fault::from)?;
        Ok(Self { own: Some(own) })
    }

    /// What every machine needs to know.
    fn job<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        bytes(py, packed(self.own()?.job()).map_err(Fault::from))
    }

    /// Name, file as the plan writes it, and path of every table that is brought together by ranges.
    fn tables(&mut self) -> PyResult<Vec<(String, String, PathBuf)>> {
        Ok(ingest::routed_tables(self.own()?.plan()))
    }

    /// Names of the columns that are read of a table with this schema, that of the ids first.
    fn columns(&mut self, table: &str, schema: PyArrowType<Schema>) -> PyResult<Vec<String>> {
        let own = self.own()?;
        let (names, account) = ingest::columns_read(own.plan(), table, &Arc::new(schema.0)).map_err(Fault::from)?;
        own.take_account(account);
        Ok(names)
    }

    /// Takes in what `file_identity` says.
    fn take_identity(&mut self, account: &[u8]) -> PyResult<()> {
        let account: Account = unpacked(account).map_err(Fault::from)?;
        self.own()?.take_account(account);
        Ok(())
    }

    /// Cuts the ids into ranges, at most `ranges`, by what samplers saw; how many they are.
    #[pyo3(signature = (samples, ranges=None))]
    fn cut(&mut self, samples: Vec<Vec<u8>>, ranges: Option<usize>) -> PyResult<usize> {
        let mut all = IdSample::default();
        for sample in samples {
            all.merge(unpacked(&sample).map_err(Fault::from)?);
        }
        Ok(self.own()?.cut(all, ranges))
    }

    /// Takes in what `join` said of every range.
    fn take_joined(&mut self, py: Python<'_>, joined: Vec<Vec<u8>>) -> PyResult<()> {
        let own = self.own()?;
        Ok(py.detach(|| own.take_joined(&joined)).map_err(Fault::from)?)
    }

    /// How many parts there are to be asked.
    fn parts(&mut self) -> PyResult<usize> {
        Ok(self.own()?.parts())
    }

    /// What to ask of every part next; None at the end.
    fn request<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let request = self.own()?.request().map_err(Fault::from)?;
        Ok(request.map(|request| PyBytes::new(py, &request)))
    }

    /// Takes in what `work` answered for every part.
    fn take_answers(&mut self, py: Python<'_>, answers: Vec<Vec<u8>>) -> PyResult<()> {
        let own = self.own()?;
        Ok(py.detach(|| own.take_answers(&answers)).map_err(Fault::from)?)
    }

    /// Publishes the folder; its manifest, as JSON.
    fn finish(&mut self, py: Python<'_>) -> PyResult<String> {
        let own = self.own.take().ok_or_else(|| Fault::text("the run is over"))?;
        let published = py.detach(|| own.finish(&|_| ())).map_err(Fault::from)?;
        Ok(published.manifest.to_json().map_err(|error| Fault::Text(error.to_string()))?)
    }

    /// Gives the run up; what was written is removed.
    fn abandon(&mut self) {
        self.own = None;
    }
}

fn job_of(job: &[u8]) -> Result<Job, Fault> {
    Ok(unpacked(job)?)
}

fn plan_of(job: &Job) -> Result<fairdraw::plan::Plan, Fault> {
    Ok(job.plan()?)
}

/// Takes a sample of the ids of entities.
#[pyclass(module = "fairdraw")]
pub struct Sampler {
    plan: fairdraw::plan::Plan,
    own: IdSample,
}

#[pymethods]
impl Sampler {
    #[new]
    fn new(job: &[u8]) -> PyResult<Self> {
        Ok(Self { plan: plan_of(&job_of(job)?)?, own: IdSample::default() })
    }

    /// Takes in a batch of ids.
    fn push(&mut self, py: Python<'_>, batch: Batch) -> PyResult<()> {
        let Self { plan, own } = self;
        Ok(py.detach(|| ingest::sample(plan, &batch.0, own)).map_err(Fault::from)?)
    }

    /// Takes in the plan's file of entities.
    fn push_file(&mut self, py: Python<'_>) -> PyResult<()> {
        let Self { plan, own } = self;
        Ok(py.detach(|| ingest::sample_file(plan, own)).map_err(Fault::from)?)
    }

    /// The sample, to travel.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.own.shorten();
        bytes(py, packed(&self.own).map_err(Fault::from))
    }
}

/// The rows of a table on their way to the ranges of their ids. `rows`: place of the column of row numbers.
#[pyclass(module = "fairdraw")]
pub struct Router {
    plan: fairdraw::plan::Plan,
    splitters: Vec<String>,
    rows: Option<usize>,
    /// Nothing at the end.
    own: Option<Routed>,
}

#[pymethods]
impl Router {
    #[new]
    fn new(job: &[u8], table: &str, rows: Option<usize>) -> PyResult<Self> {
        let job = job_of(job)?;
        Ok(Self { plan: plan_of(&job)?, splitters: job.splitters, rows, own: Some(Routed::new(table)) })
    }

    /// Takes in rows; what is ready to travel.
    fn push(&mut self, py: Python<'_>, batch: Batch) -> PyResult<Option<Batch>> {
        let Self { plan, splitters, rows, own } = self;
        let own = own.as_mut().ok_or_else(|| Fault::text("all rows are routed"))?;
        let ready = py.detach(|| ingest::route(plan, own, splitters, &batch.0, *rows)).map_err(Fault::from)?;
        Ok(ready.map(PyArrowType))
    }

    /// What has not travelled yet.
    fn finish(&mut self) -> PyResult<Vec<Batch>> {
        let own = self.own.take().ok_or_else(|| Fault::text("all rows are routed"))?;
        let last = own.finish().map_err(|error| Fault::Text(error.to_string()))?;
        Ok(last.into_iter().map(PyArrowType).collect())
    }
}

/// The rows of the plan's file of a table, as they travel to the ranges of their ids.
#[pyfunction]
pub fn route_file(py: Python<'_>, job: &[u8], table: &str) -> PyResult<Vec<Batch>> {
    let job = job_of(job)?;
    let plan = plan_of(&job)?;
    let mut all = Vec::new();
    py.detach(|| ingest::route_file(&plan, table, &job.splitters, &mut |batch| all.push(batch)))
        .map_err(Fault::from)?;
    Ok(all.into_iter().map(PyArrowType).collect())
}

/// What the receipt says of a file of the plan that another engine reads.
#[pyfunction]
pub fn file_identity<'py>(py: Python<'py>, job: &[u8], table: &str) -> PyResult<Bound<'py, PyBytes>> {
    let plan = plan_of(&job_of(job)?)?;
    let account = py.detach(|| ingest::identity_of(&plan, table)).map_err(Fault::from)?;
    bytes(py, packed(&account).map_err(Fault::from))
}

/// Joins the routed rows of a range, and writes its part of the frame.
#[pyfunction]
pub fn join<'py>(py: Python<'py>, job: &[u8], range: u32, batches: Vec<Batch>) -> PyResult<Bound<'py, PyBytes>> {
    let job = job_of(job)?;
    let batches: Vec<RecordBatch> = batches.into_iter().map(|batch| batch.0).collect();
    bytes(py, py.detach(|| ranges::join(&job, range, &batches)).map_err(Fault::from))
}

/// Answers a request of the coordinator for one part.
#[pyfunction]
pub fn work<'py>(py: Python<'py>, job: &[u8], request: &[u8], place: usize) -> PyResult<Bound<'py, PyBytes>> {
    let job = job_of(job)?;
    bytes(py, py.detach(|| ranges::work(&job, request, place)).map_err(Fault::from))
}
