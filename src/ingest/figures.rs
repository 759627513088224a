//! Printed figures with the counts beside them.

use std::path::Path;

use crate::keys::KeySpace;
use crate::plan::TableInput;
use crate::recheck::{Figure, Printed, read_count};
use crate::terms::{Column, SetAside};

use super::error::IngestError;
use super::keyed::{Row, Rows, Spec, read};
use super::layout::{ReadAs, RequestedColumn};
use super::source::Request;
use super::{Intake, QuarantinedRow, Receipt};

const LABEL: usize = 0;
const NUMERATOR: usize = 1;
const DENOMINATOR: usize = 2;
const PRINTED: usize = 3;
const AS_OF: usize = 4;
const SOURCE: usize = 5;

/// Printed figures in the order of their file.
#[derive(Debug)]
pub struct PrintedFigures {
    /// The figures.
    pub figures: Vec<Figure>,
    /// What was read from the file.
    pub receipt: Receipt,
    /// Rows set aside.
    pub quarantine: Vec<QuarantinedRow>,
}

/// Reads a table of printed figures: label, numerator, denominator, printed value, as-of date, source.
///
/// # Errors
/// A file that cannot be read as such a table.
pub fn printed_figures(file: &Path) -> Result<PrintedFigures, IngestError> {
    let input = TableInput::of(file);
    let optional = |column| RequestedColumn::optional(column, ReadAs::Text);
    let requested = vec![
        RequestedColumn::required(Column::Figure, ReadAs::Id),
        RequestedColumn::required(Column::Numerator, ReadAs::Text),
        RequestedColumn::required(Column::Denominator, ReadAs::Text),
        RequestedColumn::required(Column::Printed, ReadAs::Text),
        optional(Column::AsOf),
        optional(Column::Source),
    ];
    let request = Request { table: "figures".to_owned(), input: &input, requested };
    let spec = Spec { request, rows: Rows::Several, may_be_empty: false, notes_ids: false };
    let mut intake = Intake::new(1.0, crate::spill::Room::unlimited(), &|_| ());
    let table = read(&spec, &mut KeySpace::default(), &mut intake, |row| {
        let count = |row: &Row<'_>, column| {
            row.text(column)
                .map(|text| read_count(text).ok_or_else(|| SetAside::BadCount { value: text.to_owned() }))
                .transpose()
        };
        let text = |column| row.text(column).unwrap_or_default().trim().to_owned();
        let printed = row
            .text(PRINTED)
            .map(|text| Printed::read(text).ok_or_else(|| SetAside::BadFigure { value: text.to_owned() }));
        Ok(Figure {
            label: text(LABEL),
            numerator: count(row, NUMERATOR)?,
            denominator: count(row, DENOMINATOR)?,
            printed: printed.transpose()?,
            as_of: text(AS_OF),
            source: text(SOURCE),
        })
    })?;
    let mut figures: Vec<(u32, Figure)> = table.order.into_iter().zip(table.values).collect();
    figures.sort_by_key(|(place, _)| *place);
    let Intake { mut receipts, quarantine, .. } = intake;
    let receipt = receipts.pop().expect("one file was read");
    Ok(PrintedFigures { figures: figures.into_iter().map(|(_, figure)| figure).collect(), receipt, quarantine })
}
