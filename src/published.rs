//! A published run, read back from its own files.

use crate::keys::{EntityKey, KeySpace};
use crate::publish::manifest::Manifest;
use crate::publish::run_folder::files;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, UInt64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
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
    /// A table cannot be read.
    #[error("{file}: {reason}")]
    Table {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// The columns of `frame.parquet` that decide who is drawn; all have one value an entity, in id order.
#[derive(Debug, Default)]
pub struct PublishedFrame {
    /// Gives the keys their ids.
    pub space: KeySpace,
    /// Ids.
    pub keys: Vec<EntityKey>,
    /// Credit grade, as published.
    pub grade: Codes,
    /// Colour code, as published.
    pub color: Codes,
    /// Factors by name, micro-units, in the order of the columns.
    pub factors: Vec<(String, Vec<u64>)>,
    /// Weight, micro-units.
    pub weight: Vec<u64>,
    /// Why not eligible.
    pub reason: Codes,
    /// Rule or `take-all`.
    pub certainty: Codes,
    /// Stratum.
    pub stratum: Codes,
    /// Inclusion probability.
    pub pi: Vec<f64>,
    /// Ticket; empty with permanent random numbers.
    pub ticket: Vec<u64>,
    /// Permanent random number; empty with tickets.
    pub prn: Vec<f64>,
    /// Whether drawn.
    pub drawn: Vec<bool>,
}

/// A column of repeating texts: a code for each row, 0 for null.
#[derive(Debug, Default)]
pub struct Codes {
    /// Texts of the codes 1, 2, …
    pub texts: Vec<String>,
    /// Code of each row.
    pub codes: Vec<u32>,
    index: BTreeMap<String, u32>,
}

impl Codes {
    /// The text of a row; `None` for null.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.codes[row].checked_sub(1).map(|code| self.texts[code as usize].as_str())
    }

    fn push(&mut self, text: Option<&str>) {
        let code = match text {
            None => 0,
            Some(text) if self.codes.last().is_some_and(|&last| last > 0 && self.texts[last as usize - 1] == text) => {
                self.codes[self.codes.len() - 1]
            }
            Some(text) => match self.index.get(text) {
                Some(&code) => code,
                None => {
                    self.texts.push(text.to_owned());
                    let code = self.texts.len() as u32;
                    self.index.insert(text.to_owned(), code);
                    code
                }
            },
        };
        self.codes.push(code);
    }
}

/// The manifest of a run.
///
/// # Errors
/// [`PublishedError::NotARun`] if there is none, or it cannot be read.
pub fn manifest(run: &Path) -> Result<Manifest, PublishedError> {
    Manifest::read(&run.join(files::MANIFEST))
        .map_err(|error| PublishedError::NotARun { folder: run.to_owned(), reason: error.to_string() })
}

impl PublishedFrame {
    /// Reads the frame of a run.
    ///
    /// # Errors
    /// [`PublishedError::Table`] if it is damaged or lacks a column.
    pub fn read(run: &Path) -> Result<Self, PublishedError> {
        let mut frame = Self::default();
        read_table(
            &run.join(files::FRAME),
            |name| name.starts_with("factor_") || COLUMNS.contains(&name),
            |batch| frame.append(batch),
        )?;
        Ok(frame)
    }

    /// Number of entities.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let ids = text(batch, "entity_id")?.ok_or("it has no column `entity_id`")?;
        for id in ids.as_string::<i32>().iter() {
            self.keys.push(self.space.pack(id.ok_or("an entity_id is null")?));
        }
        for (name, codes) in [
            ("grade", &mut self.grade),
            ("color", &mut self.color),
            ("reason", &mut self.reason),
            ("certainty", &mut self.certainty),
            ("stratum", &mut self.stratum),
        ] {
            let column = text(batch, name)?.ok_or_else(|| format!("it has no column `{name}`"))?;
            column.as_string::<i32>().iter().for_each(|value| codes.push(value));
        }
        for field in batch.schema().fields().iter().filter(|field| field.name().starts_with("factor_")) {
            let name = field.name().trim_start_matches("factor_");
            if !self.factors.iter().any(|(own, _)| own == name) {
                self.factors.push((name.to_owned(), Vec::new()));
            }
            let values = &mut self.factors.iter_mut().find(|(own, _)| own == name).expect("just pushed").1;
            append_micro(values, batch, field.name())?;
        }
        append_micro(&mut self.weight, batch, "weight")?;
        let pi = number(batch, "pi", &DataType::Float64)?.ok_or("it has no column `pi`")?;
        self.pi.extend(pi.as_primitive::<Float64Type>().values());
        if let Some(ticket) = number(batch, "ticket", &DataType::UInt64)? {
            self.ticket.extend(ticket.as_primitive::<UInt64Type>().values());
        }
        if let Some(prn) = number(batch, "prn", &DataType::Float64)? {
            self.prn.extend(prn.as_primitive::<Float64Type>().values());
        }
        let drawn = batch.column_by_name("drawn").ok_or("it has no column `drawn`")?;
        let drawn = drawn.as_boolean_opt().ok_or("its column `drawn` is not boolean")?;
        self.drawn.extend(drawn.iter().map(|drawn| drawn == Some(true)));
        Ok(())
    }
}

const COLUMNS: [&str; 11] =
    ["entity_id", "grade", "color", "weight", "reason", "certainty", "stratum", "pi", "ticket", "prn", "drawn"];

/// A row of `draw.parquet`.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedDraw {
    /// The id.
    pub entity_id: String,
    /// Stratum.
    pub stratum: String,
    /// `certain`, `drawn` or `reserve`.
    pub selection: String,
    /// Place within stratum and selection, from 1.
    pub order: i32,
    /// Key ξ.
    pub key: Option<f64>,
    /// Inclusion probability.
    pub pi: f64,
    /// u of its lot.
    pub u: f64,
}

/// Reads the draw list of a run.
///
/// # Errors
/// [`PublishedError::Table`] if it is damaged or lacks a column.
pub fn draw_list(run: &Path) -> Result<Vec<PublishedDraw>, PublishedError> {
    const WANTED: [&str; 7] = ["entity_id", "stratum", "selection", "order", "key", "pi", "u"];
    let mut rows = Vec::new();
    read_table(
        &run.join(files::DRAW),
        |name| WANTED.contains(&name),
        |batch| {
            let texts = ["entity_id", "stratum", "selection"].map(|name| text(batch, name));
            let [Some(id), Some(stratum), Some(selection)] = [texts[0].clone()?, texts[1].clone()?, texts[2].clone()?]
            else {
                return Err("it lacks one of entity_id, stratum, selection".to_owned());
            };
            let order = number(batch, "order", &DataType::Int32)?.ok_or("it has no column `order`")?;
            let real = |name: &str| {
                number(batch, name, &DataType::Float64)?.ok_or_else(|| format!("it has no column `{name}`"))
            };
            let (key, pi, u) = (real("key")?, real("pi")?, real("u")?);
            let key = key.as_primitive::<Float64Type>();
            for row in 0..batch.num_rows() {
                rows.push(PublishedDraw {
                    entity_id: id.as_string::<i32>().value(row).to_owned(),
                    stratum: stratum.as_string::<i32>().value(row).to_owned(),
                    selection: selection.as_string::<i32>().value(row).to_owned(),
                    order: order.as_primitive::<Int32Type>().value(row),
                    key: (!key.is_null(row)).then(|| key.value(row)),
                    pi: pi.as_primitive::<Float64Type>().value(row),
                    u: u.as_primitive::<Float64Type>().value(row),
                });
            }
            Ok(())
        },
    )?;
    Ok(rows)
}

/// Every column of one entity of `frame.parquet`, as text by column name; `None` if it is not there. Row groups whose
/// range of ids cannot hold it are skipped.
///
/// # Errors
/// [`PublishedError::Table`] if the table is damaged.
pub fn entity(run: &Path, id: &str) -> Result<Option<Vec<(String, Option<String>)>>, PublishedError> {
    let path = run.join(files::FRAME);
    let fault = |reason: String| PublishedError::Table { file: path.clone(), reason };
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
        let ids = text(&batch, "entity_id").map_err(fault)?.ok_or_else(|| fault("no column `entity_id`".to_owned()))?;
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

fn read_table(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut visit: impl FnMut(&RecordBatch) -> Result<(), String>,
) -> Result<(), PublishedError> {
    let fault = |reason: String| PublishedError::Table { file: path.to_owned(), reason };
    let file = File::open(path).map_err(|error| fault(error.to_string()))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| fault(error.to_string()))?;
    let columns: Vec<usize> = builder
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| wanted(field.name()))
        .map(|(place, _)| place)
        .collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
    let reader = builder.with_projection(mask).with_batch_size(1 << 16).build();
    for batch in reader.map_err(|error| fault(error.to_string()))? {
        visit(&batch.map_err(|error| fault(error.to_string()))?).map_err(&fault)?;
    }
    Ok(())
}

fn text(batch: &RecordBatch, name: &str) -> Result<Option<ArrayRef>, String> {
    converted(batch, name, &DataType::Utf8)
}

fn number(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<Option<ArrayRef>, String> {
    converted(batch, name, kind)
}

fn converted(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<Option<ArrayRef>, String> {
    let Some(column) = batch.column_by_name(name) else { return Ok(None) };
    cast(column, kind).map(Some).map_err(|error| format!("its column `{name}` is not {kind}: {error}"))
}

fn append_micro(values: &mut Vec<u64>, batch: &RecordBatch, name: &str) -> Result<(), String> {
    let column = number(batch, name, &DataType::Int64)?.ok_or_else(|| format!("it has no column `{name}`"))?;
    for &value in column.as_primitive::<Int64Type>().values() {
        values.push(u64::try_from(value).map_err(|_| format!("its column `{name}` holds {value}, below 0"))?);
    }
    Ok(())
}
