//! A population into files: blocks are made and encoded in parallel, appended in order, and never all held.

use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::GenerateError;
use super::faults::Faults;
use super::format::Layout;
use super::output::{Encoder, Output, Piece};
use super::population::Population;

/// Blocks encoded together: 262,144 entities, one row group of a Parquet file.
const TASK_BLOCKS: u64 = 4;

/// What was written.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// Name of the preset.
    pub preset: String,
    /// The seed.
    pub seed: String,
    /// The as-of date, as 2023-02-07.
    pub as_of: String,
    /// Entities.
    pub rows: u64,
    /// Ids of a given registry that were passed over because they were blank or came before.
    pub skipped: u64,
    /// The files, in the order of the tables.
    pub files: Vec<FileReport>,
    /// Faults made on purpose.
    pub faults: Faults,
}

/// One file of a population.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FileReport {
    /// Name of the file in the folder.
    pub file: String,
    /// Its form, as `csv-gb18030`.
    pub format: String,
    /// Rows, without banner and header.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
}

impl Population {
    /// Writes the tables of `layout` into `folder` (made if missing): `registry.csv`, `credit.xlsx`,
    /// `risk-integrated.parquet`, `flags.csv`, `ledger.csv`, `inspectors.csv`, with the extension of each form;
    /// `bench` writes `entities`, `credit` and `risk`. Each file is written beside its place and renamed whole;
    /// files of the same name are replaced. One folder takes one
    /// writer at a time. `observe` is told entities done and entities in all, now and then.
    ///
    /// Works on the current rayon pool; the bytes are the same for every pool.
    ///
    /// # Errors
    /// A folder or file that cannot be written, or a sheet that would be too long.
    pub fn write(&self, folder: &Path, layout: &Layout, observe: &dyn Fn(u64, u64)) -> Result<Report, GenerateError> {
        std::fs::create_dir_all(folder).map_err(|source| GenerateError::Io { file: folder.to_owned(), source })?;
        let (mut outputs, mut encoders) = (Vec::new(), Vec::new());
        for (table, spec) in self.tables().iter().enumerate() {
            if let Some(format) = layout.of(spec.table) {
                let (output, encoder) = Output::open(folder, spec, format)?;
                outputs.push(output);
                encoders.push((table, encoder));
            }
        }
        let tasks = self.block_count().div_ceil(TASK_BLOCKS);
        let wave = rayon::current_num_threads() as u64;
        let (mut next, mut ready, mut faults) = (0, Vec::new(), Faults::default());
        while next < tasks || !ready.is_empty() {
            let (this, finished) = (next..tasks.min(next + wave), std::mem::take(&mut ready));
            next = this.end;
            // The finished wave goes to the files while the next one is made.
            let (written, made) =
                rayon::join(|| append(&mut outputs, finished), || self.encode(this, layout, &encoders));
            faults.add(written?);
            ready = made?;
            observe((next * TASK_BLOCKS * super::BLOCK_ROWS).min(self.rows()), self.rows());
        }
        let files = outputs.into_iter().map(Output::finish).collect::<Result<_, _>>()?;
        let request = self.request();
        Ok(Report {
            preset: request.preset.name().to_owned(),
            seed: request.seed.clone(),
            as_of: request.as_of.to_string(),
            rows: self.rows(),
            skipped: self.skipped(),
            files,
            faults,
        })
    }

    /// The pieces of these tasks, task by task and table by table.
    fn encode(
        &self,
        tasks: Range<u64>,
        layout: &Layout,
        encoders: &[(usize, Encoder)],
    ) -> Result<Vec<Task>, GenerateError> {
        let task = |number: u64| -> Result<Task, GenerateError> {
            let blocks = number * TASK_BLOCKS..self.block_count().min((number + 1) * TASK_BLOCKS);
            let mut pieces = encoders.iter().map(|(_, encoder)| encoder.begin()).collect::<Result<Vec<Piece>, _>>()?;
            let mut faults = Faults::default();
            for number in blocks {
                let mut block = self.block(number, |table| layout.of(table).is_some())?;
                faults.add(block.faults);
                for ((table, encoder), piece) in encoders.iter().zip(&mut pieces) {
                    if let Some(batch) = block.batches[*table].take() {
                        encoder.add(piece, batch)?;
                    }
                }
            }
            let pieces = encoders.iter().zip(pieces).map(|((_, encoder), piece)| encoder.close(piece));
            Ok(Task { pieces: pieces.collect::<Result<_, _>>()?, faults })
        };
        tasks.into_par_iter().map(task).collect()
    }
}

/// One task's share of every file.
struct Task {
    pieces: Vec<Piece>,
    faults: Faults,
}

fn append(outputs: &mut [Output], tasks: Vec<Task>) -> Result<Faults, GenerateError> {
    let mut faults = Faults::default();
    for task in tasks {
        faults.add(task.faults);
        for (output, piece) in outputs.iter_mut().zip(task.pieces) {
            output.append(piece)?;
        }
    }
    Ok(faults)
}
