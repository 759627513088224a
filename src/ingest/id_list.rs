//! The ids of a registry and nothing else.

use std::collections::BTreeMap;
use std::path::Path;

use crate::keys::{KeySpace, PLAIN_LENGTH};
use crate::plan::{Duplicates, Encoding, TableInput};
use crate::terms::Column;

use super::error::IngestError;
use super::keyed::Keyed;
use super::layout::{Reads, Want};
use super::outcome::Outcome;
use super::source::{Request, with_source};

/// The distinct entity ids of a registry, sorted; rows that a run would set aside are left out.
///
/// # Errors
/// A file that cannot be read as a table with a column of ids.
pub fn entity_ids(registry: &Path) -> Result<Vec<String>, IngestError> {
    let input = TableInput {
        path: registry.to_owned(),
        as_written: registry.display().to_string(),
        encoding: Encoding::Auto,
        sheet: None,
        header_row: None,
        columns: BTreeMap::new(),
        duplicates: Duplicates::First,
    };
    let wants = vec![Want::required(Column::EntityId, Reads::Id)];
    let request = Request { table: "entities".to_owned(), input: &input, wants };
    let mut space = KeySpace::default();
    let mut outcome = Outcome::new(&request.table, request.file());
    let (keys, _) = with_source(&request, &mut outcome, |source, outcome| {
        let mut keyed = Keyed::<()>::default();
        source.read(&request.wants, outcome, &mut |table, outcome| {
            keyed.absorb(&table, false, &mut space, outcome, <()>::default, |(), _, _| Ok(())).map(drop)
        })?;
        outcome.refuse_nothing(keyed.keys.len())?;
        Ok(keyed.settle(input.duplicates, &space, source, &request.wants, outcome)?.keys)
    })?;
    Ok(keys.into_iter().map(|key| space.unpack(key, &mut [0; PLAIN_LENGTH]).to_owned()).collect())
}
