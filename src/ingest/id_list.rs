//! The ids of a registry and nothing else.

use std::path::Path;

use crate::keys::{KeySpace, PLAIN_LENGTH};
use crate::plan::TableInput;
use crate::terms::Column;

use super::Intake;
use super::error::IngestError;
use super::keyed::{Rows, Spec, read};
use super::layout::{ReadAs, RequestedColumn};
use super::source::Request;

/// The distinct entity ids of a registry, sorted; rows that a run would set aside are left out.
///
/// # Errors
/// A file that cannot be read as a table with a column of ids.
pub fn entity_ids(registry: &Path) -> Result<Vec<String>, IngestError> {
    let input = TableInput::of(registry);
    let requested = vec![RequestedColumn::required(Column::EntityId, ReadAs::Id)];
    let request = Request { table: "entities".to_owned(), input: &input, requested };
    let spec = Spec { request, rows: Rows::OnePerId, may_be_empty: false, notes_ids: false };
    let mut space = KeySpace::default();
    let ids = read(&spec, &mut space, &mut Intake::new(1.0, crate::spill::Room::unlimited(), &|_| ()), |_| Ok(()))?;
    Ok(ids.keys.into_iter().map(|key| space.unpack(key, &mut [0; PLAIN_LENGTH]).to_owned()).collect())
}
