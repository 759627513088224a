//! Risk: the score of each entity under one model.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use crate::keys::KeySpace;
use crate::plan::RiskInput;
use crate::terms::{Column, SetAside};

use super::Intake;
use super::error::IngestError;
use super::keyed::{Row, Rows, Spec, Table, read_with};
use super::layout::{ReadAs, RequestedColumn};
use super::raw::NumberCell;
use super::source::Request;

const SCORE: usize = 1;

/// Scores of one model by entity: finite, inside the range that the plan states.
#[derive(Clone, Debug)]
pub struct Risk {
    /// Name of the model.
    pub model: String,
    /// The scores.
    pub scores: Table<f64>,
}

/// The wanted columns.
pub(super) fn request(risk: &RiskInput) -> Request<'_> {
    let requested = vec![
        RequestedColumn::required(Column::EntityId, ReadAs::Id),
        RequestedColumn::required(Column::Score, ReadAs::Number),
    ];
    Request { table: format!("risk.{}", risk.model), input: &risk.table, requested }
}

/// Reads the table of one risk model. Rows whose score is no number inside the stated range are set aside.
pub(super) fn read_risk(risk: &RiskInput, space: &mut KeySpace, intake: &mut Intake<'_>) -> Result<Risk, IngestError> {
    let request = request(risk);
    let table = request.table.clone();
    let spec = Spec { request, rows: Rows::OnePerId, may_be_empty: false, notes_ids: false };
    let (lowest, highest) = risk.range;
    let read = |(): &mut (), row: &mut Row<'_>| match row.number(SCORE) {
        NumberCell::Value(score) if score >= lowest && score <= highest => Ok(score),
        NumberCell::Empty => Err(SetAside::MissingScore),
        NumberCell::Value(_) | NumberCell::Bad => {
            Err(SetAside::BadScore { value: row.shown(SCORE), lowest, highest, table: table.clone() })
        }
    };
    let column = |scores: &[f64]| -> ArrayRef { Arc::new(Float64Array::from_iter_values(scores.iter().copied())) };
    let scores = read_with(&spec, space, intake, || (), read, &mut |_, _, _| Ok(Vec::new()), Some(column))?;
    Ok(Risk { model: risk.model.clone(), scores })
}
