//! A run by ranges of ids, wherever the rows are: another engine moves rows and calls, and what decides is the same as in one
//! memory.
//!
//! 1. Rows are [routed](crate::ingest::route): each with the range of its id. The engine brings every range together.
//! 2. [`join`]: a range is read and joined as a small registry, and becomes a part of the frame. From now on an entity is named by
//!    its row in the frame of all parts.
//! 3. [`work`]: a pass over every part, as the [`Coordinator`] asks: census, the heavy, the smallest keys, the outcome. Answers
//!    are small and add up in any order.
//! 4. [`Coordinator::finish`] writes what belongs to no range, and publishes the folder.
//!
//! A part may be made twice, and by two machines at once: its bytes are the same, and the last one stands.

mod coordinator;
mod finish;
mod join;
mod pass;

pub use coordinator::{Coordinator, Options};
pub use join::join;
pub use pass::work;

use crate::contract::{self, part_file};
use crate::ingest::IngestError;
use crate::plan::{self, Files, Overrides, Plan, PlanErrors};
use crate::publish::PublishError;
use crate::publish::manifest::OutputRecord;
use crate::publish::parquet_file::Written;
use crate::published::PublishedError;
use crate::run::RunError;
use crate::sampling::PassError;
use crate::scoring::ScoreError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Why a run by ranges stopped. Nothing of it is published.
#[derive(Debug, thiserror::Error)]
pub enum RangesError {
    /// As in one memory.
    #[error(transparent)]
    Run(Box<RunError>),
    /// A part cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// What came from a machine is not of this run.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// What came from a machine cannot be read.
    #[error("what came from another machine cannot be read ({0}); use the same version of fairdraw on all machines")]
    Travelled(String),
}

impl From<RunError> for RangesError {
    fn from(error: RunError) -> Self {
        Self::Run(Box::new(error))
    }
}

impl From<IngestError> for RangesError {
    fn from(error: IngestError) -> Self {
        RunError::from(error).into()
    }
}

impl From<PlanErrors> for RangesError {
    fn from(error: PlanErrors) -> Self {
        RunError::from(error).into()
    }
}

impl From<PublishError> for RangesError {
    fn from(error: PublishError) -> Self {
        RunError::from(error).into()
    }
}

impl From<ScoreError> for RangesError {
    fn from(error: ScoreError) -> Self {
        RunError::from(error).into()
    }
}

/// What every machine needs to know of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The plan as it stands.
    text: String,
    /// Where it stands: what it names lies beside it.
    path: PathBuf,
    seed: Option<String>,
    /// The tasks of its table.
    tasks: Option<String>,
    /// The folder that is being written, which all machines see.
    folder: PathBuf,
    /// Where the ranges begin.
    pub splitters: Vec<String>,
}

impl Job {
    /// The plan.
    ///
    /// # Errors
    /// A plan that cannot be read.
    pub fn plan(&self) -> Result<Plan, PlanErrors> {
        let plan = plan::parse(&self.text, &self.path, Files::NotAsked)?;
        let plan = plan.with(Overrides { seed: self.seed.clone(), output: None })?;
        match &self.tasks {
            Some(tasks) => plan.with_task_table(tasks),
            None => Ok(plan),
        }
    }

    /// Whether an id lies in a range.
    fn holds(&self, range: u32, id: &str) -> bool {
        self.splitters.partition_point(|first| first.as_str() <= id) == range as usize
    }

    /// The part of a range before the draw.
    fn joined(&self, plan: &Plan, range: u32) -> PathBuf {
        let name = part_file(contract::FRAME.file, range as usize);
        // What a task makes of the frame is not published with it.
        if plan.tasks().is_empty() { self.folder.join(WORK).join(name) } else { self.folder.join(name) }
    }

    /// The entities of a range that stand on the list.
    fn listed(&self, range: u32) -> PathBuf {
        self.folder.join(WORK).join("listed").join(format!("part-{range:05}.parquet"))
    }

    /// Writes a file so that it is there whole or not at all, whoever else writes it.
    fn write(
        &self,
        path: &Path,
        write: impl FnOnce(&Path) -> Result<Written, PublishError>,
    ) -> Result<Written, PublishError> {
        let fault = |cause| PublishError::file("write", path, cause);
        let own = tempfile::tempdir_in(self.folder.join(WORK)).map_err(fault)?;
        let under_way = own.path().join("part");
        let written = write(&under_way)?;
        std::fs::rename(&under_way, path).map_err(fault)?;
        Ok(written)
    }

    /// The same of a part of a table.
    fn write_part(
        &self,
        table: &str,
        range: u32,
        write: impl FnOnce(&Path) -> Result<Written, PublishError>,
    ) -> Result<OutputRecord, PublishError> {
        let name = part_file(table, range as usize);
        self.write(&self.folder.join(&name), write).map(|written| OutputRecord::new(&name, written))
    }
}

/// Where files stand that are not published.
const WORK: &str = ".work";

/// What travels between machines, as bytes.
pub fn packed<T: Serialize>(value: &T) -> Result<Vec<u8>, RangesError> {
    rmp_serde::to_vec_named(value).map_err(|error| RangesError::Travelled(error.to_string()))
}

/// What such bytes say.
///
/// # Errors
/// [`RangesError::Travelled`] for bytes that another version wrote.
pub fn unpacked<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, RangesError> {
    rmp_serde::from_slice(bytes).map_err(|error| RangesError::Travelled(error.to_string()))
}

/// The part of a frame that lies in a range.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The range.
    pub range: u32,
    /// Row of its first entity in the frame of all parts.
    first: u32,
    /// Its entities.
    rows: u32,
}

impl Place {
    /// Whether it has a row of the frame of all parts.
    fn holds(&self, row: u32) -> bool {
        (self.first..self.first + self.rows).contains(&row)
    }
}
