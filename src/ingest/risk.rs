//! Risk: the score of each entity under one model.

use crate::keys::{EntityKey, KeySpace};
use crate::plan::RiskInput;
use crate::terms::Column;

use super::Receipt;
use super::error::IngestError;
use super::keyed::{Keyed, Reject, gather};
use super::layout::{Reads, Want};
use super::outcome::{Outcome, QuarantinedRow, shorten};
use super::raw::NumberCell;
use super::source::{Request, with_source};

/// Scores of one model by entity; one row each, sorted by id.
#[derive(Clone, Debug)]
pub struct Risk {
    /// Name of the model.
    pub model: String,
    /// Entities, sorted by id, unique.
    pub keys: Vec<EntityKey>,
    /// Score of `keys[i]` as in the file: finite, inside the range that the plan states.
    pub score: Vec<f64>,
}

/// Reads the table of one risk model. Rows whose score is no number inside the stated range are set aside.
pub(super) fn read_risk(
    risk: &RiskInput,
    space: &mut KeySpace,
    quarantine: &mut Vec<QuarantinedRow>,
) -> Result<(Risk, Receipt), IngestError> {
    let wants = vec![Want::required(Column::EntityId, Reads::Id), Want::required(Column::Score, Reads::Number)];
    let request = Request { table: format!("risk.{}", risk.model), input: &risk.table, wants };
    let mut outcome = Outcome::new(&request.table, request.file());
    let (lowest, highest) = risk.range;
    let (table, identity) = with_source(&request, &mut outcome, |source, outcome| {
        let mut keyed = Keyed::<f64>::default();
        source.read(&request.wants, outcome, &mut |table, outcome| {
            let read = |(): &mut (), row: usize, _: &mut _| {
                let Some(cells) = &table.columns[1] else { return Err(missing()) };
                match cells.number(row) {
                    NumberCell::Value(score) if score >= lowest && score <= highest => Ok(score),
                    NumberCell::Empty => Err(missing()),
                    NumberCell::Value(_) | NumberCell::Bad => Err(Reject {
                        reason: "bad-score",
                        detail: format!(
                            "\"{}\" is not a number from {lowest} to {highest}: correct it, or `range` under [inputs.{}]",
                            shorten(&cells.shown(row), 40),
                            request.table,
                        ),
                    }),
                }
            };
            keyed.absorb(&table, false, space, outcome, || (), read).map(drop)
        })?;
        outcome.refuse_nothing(keyed.keys.len())?;
        let unique = keyed.settle(risk.table.duplicates, space, source, &request.wants, outcome)?;
        Ok(Risk { model: risk.model.clone(), score: gather(&keyed.values, &unique.rows), keys: unique.keys })
    })?;
    let receipt = Receipt::of(outcome, identity, table.keys.len(), quarantine)?;
    Ok((table, receipt))
}

fn missing() -> Reject {
    Reject { reason: "missing-score", detail: "the row has no score; the entity counts as not scored".to_owned() }
}
