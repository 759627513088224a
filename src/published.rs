//! A published run, read back from its own files.

use crate::frame::{FlagColumn, Frame, Score, TextColumn};
use crate::keys::KeySpace;
use crate::plan::Plan;
use crate::publish::manifest::Manifest;
use crate::publish::run_folder::files;
use crate::terms::{Color, Grade, Status};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Why a published run cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// The folder holds no run.
    #[error("{folder} is not the folder of a run: {reason}")]
    NotARun {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// A file cannot be read.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A cell does not hold what its column is for.
    #[error("frame.parquet, {column} of {id}: published {found}, which is no {column}")]
    Cell {
        /// The column.
        column: &'static str,
        /// The entity.
        id: String,
        /// What is there.
        found: String,
    },
}

/// A row as text by column, in the order of the table; `None` is null.
pub type TextRow = Vec<(String, Option<String>)>;

/// The manifest of a run.
///
/// # Errors
/// [`PublishedError::NotARun`] if there is none, or it cannot be read.
pub fn manifest(run: &Path) -> Result<Manifest, PublishedError> {
    Manifest::read(&run.join(files::MANIFEST))
        .map_err(|error| PublishedError::NotARun { folder: run.to_owned(), reason: error.to_string() })
}

/// The frame of a run as it was before eligibility and weights were settled: ids, attributes, ratings.
///
/// # Errors
/// [`PublishedError`] if the table is damaged, lacks a column, or holds a word that is none of the field's.
pub fn frame(run: &Path, plan: &Plan) -> Result<Frame, PublishedError> {
    let path = run.join(files::FRAME);
    let fault = |reason: String| PublishedError::File { file: path.clone(), reason };
    let file = File::open(&path).map_err(|error| fault(error.to_string()))?;
    let mut reader = ParquetReader::new(file);
    let schema = reader.schema().map_err(|error| fault(error.to_string()))?;
    let names: Vec<String> = schema.iter_names().map(|name| name.to_string()).collect();
    let status =
        names.iter().position(|name| name == "status").ok_or_else(|| fault("it has no column status".into()))?;
    let wanted = |(place, name): &(usize, &String)| {
        let rating = ["grade", "color", "flags", "visits", "prn"].contains(&name.as_str());
        *place <= status || rating || name.starts_with("score_")
    };
    let wanted = names.iter().enumerate().filter(wanted).map(|(_, name)| name.clone()).collect();
    let mut table = reader.with_columns(Some(wanted)).finish().map_err(|error| fault(error.to_string()))?;
    if let Some(column) = &plan.draw.prn_column
        && table.column("prn").is_ok()
    {
        table.rename("prn", column.as_str().into()).map_err(|error| fault(error.to_string()))?;
    }

    let column = |name: &str| TextColumn::of(&table, name).ok_or_else(|| fault(format!("it has no column {name}")));
    let (ids, rows) = (column("entity_id")?, table.height());
    let mut space = KeySpace::default();
    let keys = (0..rows).map(|row| space.pack(ids.get(row).unwrap_or_default())).collect();
    let id = |row: usize| ids.get(row).unwrap_or_default().to_owned();
    let flags = TextColumn::of(&table, "flags").map(|column| flags(&column, rows));
    let numbers = |name: &str| {
        let column = table.column(name).ok()?.cast(&polars::prelude::DataType::Float64).ok()?;
        Some(column.f64().ok()?.iter().map(|number| number.unwrap_or(f64::NAN)).collect::<Vec<f64>>())
    };
    let score = |model: &String| {
        let name = format!("score_{model}");
        let values = numbers(&name).ok_or_else(|| fault(format!("it has no column {name}")))?;
        Ok(Score { model: model.clone(), values })
    };
    let attribute = |name: &&String| {
        let place = names.iter().position(|own| own == *name);
        place.is_some_and(|place| place < status && place > 0)
    };
    let mut kept: Vec<&str> = names.iter().filter(attribute).map(String::as_str).collect();
    kept.extend(
        plan.draw.prn_column.as_deref().filter(|column| table.column(column).is_ok() && !kept.contains(column)),
    );
    Ok(Frame {
        keys,
        status: words("status", &column("status")?, rows, id, |word| {
            Status::ALL.into_iter().find(|status| status.name() == word)
        })?,
        grade: words("grade", &column("grade")?, rows, id, |word| {
            Grade::ALL.into_iter().find(|grade| grade.name() == word)
        })?,
        color: words("color", &column("color")?, rows, id, |word| {
            Color::ALL.into_iter().find(|color| color.name() == word)
        })?,
        scores: plan.inputs.risk.iter().map(|input| score(&input.model)).collect::<Result<_, PublishedError>>()?,
        flags,
        visits: numbers("visits").map(|visits| visits.into_iter().map(|visits| visits as u32).collect()),
        attributes: attributes(&table, &kept).map_err(fault)?,
        space,
    })
}

fn attributes(table: &DataFrame, kept: &[&str]) -> Result<DataFrame, String> {
    let columns = kept.iter().map(|name| table.column(name).cloned()).collect::<Result<Vec<_>, _>>();
    columns.and_then(|columns| DataFrame::new(table.height(), columns)).map_err(|error| error.to_string())
}

/// A column of the field's words.
fn words<T>(
    name: &'static str,
    column: &TextColumn,
    rows: usize,
    id: impl Fn(usize) -> String,
    word: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, PublishedError> {
    let read = |row: usize| {
        let text = column.get(row).unwrap_or_default();
        word(text).ok_or_else(|| PublishedError::Cell { column: name, id: id(row), found: format!("{text:?}") })
    };
    (0..rows).map(read).collect()
}

fn flags(column: &TextColumn, rows: usize) -> FlagColumn {
    let of = |row: usize| column.get(row).into_iter().flat_map(|flags| flags.split(';'));
    let names: Vec<String> = (0..rows).flat_map(of).collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect();
    let bit = |flag: &str| {
        names.binary_search_by(|own| own.as_str().cmp(flag)).map_or(0, |bit| 1u32.wrapping_shl(bit as u32))
    };
    let bits = (0..rows).map(|row| of(row).fold(0, |bits, flag| bits | bit(flag))).collect();
    FlagColumn { names, bits }
}

/// Every column of one entity of `frame.parquet`; `None` if it is not there. Row groups whose range of ids cannot hold
/// it are skipped.
///
/// # Errors
/// [`PublishedError::File`] if the table is damaged.
pub fn entity(run: &Path, id: &str) -> Result<Option<TextRow>, PublishedError> {
    let path = run.join(files::FRAME);
    let fault = |reason: String| PublishedError::File { file: path.clone(), reason };
    let file = File::open(&path).map_err(|error| fault(error.to_string()))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| fault(error.to_string()))?;
    let groups: Vec<usize> = (0..builder.metadata().num_row_groups())
        .filter(|&group| {
            let statistics = builder.metadata().row_group(group).column(0).statistics();
            let (low, high) = match statistics {
                Some(statistics) => (statistics.min_bytes_opt(), statistics.max_bytes_opt()),
                None => (None, None),
            };
            // Bounds may be shortened: the lower one is never above, the upper one never below the true value.
            low.is_none_or(|low| low <= id.as_bytes()) && high.is_none_or(|high| high >= id.as_bytes())
        })
        .collect();
    for batch in builder.with_row_groups(groups).build().map_err(|error| fault(error.to_string()))? {
        let batch = batch.map_err(|error| fault(error.to_string()))?;
        let ids = batch.column_by_name("entity_id").and_then(|ids| cast(ids, &DataType::Utf8).ok());
        let ids = ids.ok_or_else(|| fault("it has no column entity_id".to_owned()))?;
        let Some(row) = ids.as_string::<i32>().iter().position(|own| own == Some(id)) else { continue };
        let mut values = Vec::new();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let column = cast(column, &DataType::Utf8).map_err(|error| fault(error.to_string()))?;
            let column = column.as_string::<i32>();
            values.push((field.name().clone(), (!column.is_null(row)).then(|| column.value(row).to_owned())));
        }
        return Ok(Some(values));
    }
    Ok(None)
}

/// Shows a published table to `visit` in parts, with the number of the part's first row.
///
/// # Errors
/// [`PublishedError::File`] if the table is damaged; what `visit` returns.
pub fn read_table<E: From<PublishedError>>(
    path: &Path,
    mut visit: impl FnMut(usize, &RecordBatch) -> Result<(), E>,
) -> Result<usize, E> {
    let fault = |reason: String| PublishedError::File { file: path.to_owned(), reason };
    let file = File::open(path).map_err(|error| fault(error.to_string()))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| fault(error.to_string()))?;
    let reader = builder.with_batch_size(1 << 16).build().map_err(|error| fault(error.to_string()))?;
    let mut first = 0;
    for batch in reader {
        let batch = batch.map_err(|error| fault(error.to_string()))?;
        visit(first, &batch)?;
        first += batch.num_rows();
    }
    Ok(first)
}
