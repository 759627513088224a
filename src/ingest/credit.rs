//! Credit: grade and color of each entity.

use crate::keys::{EntityKey, KeySpace};
use crate::plan::TableInput;
use crate::terms::{Color, Column, Grade};

use super::Receipt;
use super::error::IngestError;
use super::keyed::{Keyed, Reject, gather};
use super::layout::{Reads, Want};
use super::outcome::{Outcome, QuarantinedRow, shorten};
use super::raw::RawTable;
use super::source::{Request, with_source};
use super::words::Memo;

/// Grade and color by entity; one row each, sorted by id.
#[derive(Clone, Debug)]
pub struct Credit {
    /// Entities, sorted by id, unique.
    pub keys: Vec<EntityKey>,
    /// Credit grade of `keys[i]`.
    pub grade: Vec<Grade>,
    /// Color code of `keys[i]`.
    pub color: Vec<Color>,
}

/// Reads the credit table. At least one of the columns grade and color must be there; the other is unrated or none.
pub(super) fn read_credit(
    input: &TableInput,
    space: &mut KeySpace,
    quarantine: &mut Vec<QuarantinedRow>,
) -> Result<(Credit, Receipt), IngestError> {
    let wants = vec![
        Want::required(Column::EntityId, Reads::Id),
        Want::optional(Column::Grade, Reads::Text),
        Want::optional(Column::Color, Reads::Text),
    ];
    let request = Request { table: "credit".to_owned(), input, wants };
    let mut outcome = Outcome::new(&request.table, request.file());
    let (credit, identity) = with_source(&request, &mut outcome, |source, outcome| {
        let mut keyed = Keyed::<(Grade, Color)>::default();
        source.read(&request.wants, outcome, &mut |table, outcome| {
            if table.columns[1..].iter().all(Option::is_none) {
                return Err(IngestError::NoRating { file: request.file().to_owned() });
            }
            let read = |memo: &mut (Memo<Grade>, Memo<Color>), row: usize, _: &mut _| {
                let grade = word(&table, 1, row, &mut memo.0, Grade::from_word, "unknown-grade")?;
                let color = word(&table, 2, row, &mut memo.1, Color::from_word, "unknown-color")?;
                Ok((grade.unwrap_or(Grade::Unrated), color.unwrap_or(Color::None)))
            };
            keyed.absorb(&table, false, space, outcome, Default::default, read).map(drop)
        })?;
        outcome.refuse_nothing(keyed.keys.len())?;
        let unique = keyed.settle(input.duplicates, space, source, &request.wants, outcome)?;
        let rows = gather(&keyed.values, &unique.rows);
        let (grade, color) = rows.into_iter().unzip();
        Ok(Credit { keys: unique.keys, grade, color })
    })?;
    let receipt = Receipt::of(outcome, identity, credit.keys.len(), quarantine)?;
    Ok((credit, receipt))
}

/// The meaning of a word in a column that may be absent.
fn word<T: Copy>(
    table: &RawTable<'_>,
    column: usize,
    row: usize,
    memo: &mut Memo<T>,
    meaning: impl FnOnce(&str) -> Option<T>,
    reason: &'static str,
) -> Result<Option<T>, Reject> {
    let Some(cells) = &table.columns[column] else { return Ok(None) };
    let text = cells.text(row).unwrap_or_default();
    memo.look_up(text, meaning).map(Some).ok_or_else(|| Reject {
        reason,
        detail: format!(
            "\"{}\" is not a {}: write one of {}",
            shorten(text, 40),
            if column == 1 { "grade" } else { "color" },
            if column == 1 { "A, B, C, D, unrated (未评)" } else { "green 绿, yellow 黄, red 红, none 无" },
        ),
    })
}
