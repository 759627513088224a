//! Codes of entities and inspectors (编码), which stand for them on lists that go public; kept from round to round.

use crate::contract;
use crate::frame::{Frame, FrameError};
use crate::ingest::Inspector;
use crate::plan::Codes;
use crate::published::{Columns, PublishedError, PublishedRun};
use crate::terms::date_of;
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type};
use fairdraw_core::assign::{CodeError, give_codes};
use std::collections::BTreeMap;

/// One row of `codes.parquet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// Whose it is.
    pub id: String,
    /// The code.
    pub code: String,
    /// How many codes were taken already when this one was found.
    pub turn: u32,
    /// As-of day of the round that gave it.
    pub given: i32,
}

/// Why codes cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum CodingError {
    /// Seed, or digits that do not suffice.
    #[error("codes cannot be given: {0}; the keys of [codes] in the plan say how many digits they have")]
    Code(#[from] CodeError),
    /// A department without number.
    #[error(
        "codes cannot be given: the department {department} of the inspector {inspector} has no number; add it at the end of codes.departments"
    )]
    NoDepartment {
        /// The department.
        department: String,
        /// The inspector.
        inspector: String,
    },
    /// A part of the frame cannot be read.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// The codes of a published folder; `None` where it has none.
///
/// # Errors
/// A table that is damaged.
pub fn codes_of(run: &PublishedRun) -> Result<Option<Vec<CodeRow>>, PublishedError> {
    let file = contract::CODES.file;
    if !run.has(file) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    run.visit::<PublishedError>(file, |_, names, columns| {
        let of = Columns { run, file, names, columns };
        let (ids, codes) = (of.texts_named("id")?, of.texts_named("code")?);
        let (turns, given) = (of.small_wholes(contract::CODES.columns[2])?, of.days_named("given")?);
        rows.extend((0..ids.len()).map(|row| CodeRow {
            id: ids.value(row).to_owned(),
            code: codes.value(row).to_owned(),
            turn: turns.value(row) as u32,
            given: given.value(row),
        }));
        Ok(())
    })?;
    Ok(Some(rows))
}

/// The codes of several folders, the latest first: of one id the latest.
pub fn earlier_codes(folders: impl IntoIterator<Item = Vec<CodeRow>>) -> Vec<CodeRow> {
    let mut codes: BTreeMap<String, CodeRow> = BTreeMap::new();
    for own in folders.into_iter().flatten() {
        codes.entry(own.id.clone()).or_insert(own);
    }
    codes.into_values().collect()
}

/// The codes of all entities of the frame: `earlier` ones stay, also those of entities that are gone; the others get one by the
/// seed of the round as of the day `given`.
///
/// # Errors
/// [`CodingError`]; then none is given.
pub fn entity_codes(
    frame: &Frame,
    settings: &Codes,
    earlier: Vec<CodeRow>,
    seed: &str,
    given: i32,
) -> Result<Vec<CodeRow>, CodingError> {
    let mut entities = Vec::with_capacity(frame.len());
    for part in frame.parts() {
        let (_, part) = part?;
        let days = part.attribute(contract::REGISTRATION_DATE.name).map(|own| cast(&own.values, &DataType::Date32));
        let days = days.transpose().map_err(|error| FrameError(Box::new(error)))?;
        let days = days.as_ref().and_then(|days| days.as_primitive_opt::<Date32Type>());
        for row in 0..part.len() {
            let day = days.filter(|days| days.is_valid(row)).and_then(|days| date_of(days.value(row)));
            let day = day.map_or("00000000".to_owned(), |day| day.strftime("%Y%m%d").to_string());
            entities.push((part.id(row), format!("{}{day}", settings.pointer)));
        }
    }
    with_new(entities, settings.digits, earlier, seed, given)
}

/// The codes of all inspectors and experts, likewise, by the seed of the second lot.
///
/// # Errors
/// As [`entity_codes`].
pub fn inspector_codes(
    inspectors: &[Inspector],
    settings: &Codes,
    earlier: Vec<CodeRow>,
    seed: &str,
    given: i32,
) -> Result<Vec<CodeRow>, CodingError> {
    let prefix = |own: &Inspector| {
        let kind = if own.expert { 2 } else { 1 };
        let number = match &own.department {
            None if own.expert => 0,
            department => {
                let department = department.as_deref().unwrap_or_default();
                let place = settings.departments.iter().position(|own| own == department);
                1 + place.ok_or_else(|| CodingError::NoDepartment {
                    department: department.to_owned(),
                    inspector: own.id.clone(),
                })?
            }
        };
        Ok((own.id.clone(), format!("{kind}{number:0width$}", width = settings.department_digits as usize)))
    };
    let inspectors = inspectors.iter().map(prefix).collect::<Result<Vec<_>, CodingError>>()?;
    with_new(inspectors, settings.inspector_digits, earlier, seed, given)
}

/// The earlier codes and the new ones, by id.
fn with_new(
    ids: Vec<(String, String)>,
    digits: u32,
    earlier: Vec<CodeRow>,
    seed: &str,
    given: i32,
) -> Result<Vec<CodeRow>, CodingError> {
    let taken: BTreeMap<String, String> = earlier.iter().map(|own| (own.id.clone(), own.code.clone())).collect();
    let new = give_codes(&ids, &taken, digits, seed)?;
    let mut rows = earlier;
    rows.extend(new.into_iter().map(|own| CodeRow { id: own.id, code: own.code, turn: own.turn, given }));
    rows.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(rows)
}
