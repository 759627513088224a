//! Credit: grade and color of each entity.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, UInt8Array};

use crate::keys::KeySpace;
use crate::plan::TableInput;
use crate::terms::{Color, Column, Grade, SetAside};

use super::Intake;
use super::error::IngestError;
use super::keyed::{Row, Rows, Spec, Table, read_with};
use super::layout::{ReadAs, RequestedColumn};
use super::outcome::Outcome;
use super::raw::RawTable;
use super::source::Request;
use super::words::{Memo, Reading};

const GRADE: usize = 1;
const COLOR: usize = 2;

/// Grade and color by entity.
pub type Credit = Table<(Grade, Color)>;

/// The wanted columns.
pub(super) fn request(input: &TableInput) -> Request<'_> {
    let requested = vec![
        RequestedColumn::required(Column::EntityId, ReadAs::Id),
        RequestedColumn::optional(Column::Grade, ReadAs::Text),
        RequestedColumn::optional(Column::Color, ReadAs::Text),
    ];
    Request { table: "credit".to_owned(), input, requested }
}

/// Reads the credit table. At least one of the columns grade and color must be there; the other is unrated or none.
///
/// A word that is no grade does not cost the row its color, nor the other way round: what is known still decides who is
/// certain or exempt, and the unknown word is set aside alone.
pub(super) fn read_credit(
    input: &TableInput,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Credit, IngestError> {
    let spec = Spec { request: request(input), rows: Rows::OnePerId, may_be_empty: false, notes_ids: false };
    let read = |memo: &mut (Memo<Grade>, Memo<Color>), row: &mut Row<'_>| {
        let grade = match row.reading(GRADE, &mut memo.0, Grade::from_word) {
            Reading::NoColumn => Ok(Grade::Unrated),
            Reading::Known(grade) => Ok(grade),
            Reading::Unknown(word) => Err(SetAside::UnknownGrade { word: word.to_owned() }),
        };
        let color = match row.reading(COLOR, &mut memo.1, Color::from_word) {
            Reading::NoColumn => Ok(Color::None),
            Reading::Known(color) => Ok(color),
            Reading::Unknown(word) => Err(SetAside::UnknownColor { word: word.to_owned() }),
        };
        match (grade, color) {
            (Ok(grade), Ok(color)) => Ok((grade, color)),
            (Err(unknown), Ok(color)) if color != Color::None => {
                row.set_cell_aside(Column::Grade.canonical(), unknown);
                Ok((Grade::Unrated, color))
            }
            (Ok(grade), Err(unknown)) if grade != Grade::Unrated => {
                row.set_cell_aside(Column::Color.canonical(), unknown);
                Ok((grade, Color::None))
            }
            (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
        }
    };
    let mut has_rating = |batch: &RawTable<'_>, _: &[usize], outcome: &mut Outcome| {
        let has_rating = batch.columns[GRADE].is_some() || batch.columns[COLOR].is_some();
        if has_rating { Ok(Vec::new()) } else { Err(IngestError::NoRating { file: outcome.file.clone() }) }
    };
    read_with(&spec, space, intake, Default::default, read, &mut has_rating, Some(column))
}

/// Ratings as a column: the code of the grade times 16, and that of the colour.
fn column(ratings: &[(Grade, Color)]) -> ArrayRef {
    Arc::new(UInt8Array::from_iter_values(ratings.iter().map(|(grade, color)| grade.code() << 4 | color.code())))
}

/// Ratings of a column.
pub fn ratings(column: &ArrayRef) -> Vec<(Grade, Color)> {
    let codes: &UInt8Array = column.as_primitive();
    let rating = |code: &u8| {
        let (grade, color) = (usize::from(code >> 4), usize::from(code & 15));
        (Grade::ALL[grade.min(Grade::ALL.len() - 1)], Color::ALL[color.min(Color::ALL.len() - 1)])
    };
    codes.values().iter().map(rating).collect()
}
