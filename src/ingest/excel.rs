//! Excel sheets (.xlsx, .xls): cells as text, so that codes stay codes and dates stay dates.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Range, Reader, open_workbook_auto_from_rs};
use polars::prelude::StringChunkedBuilder;

use super::error::IngestError;
use super::layout::{HEAD_ROWS, Layout, Want, find_header};
use super::outcome::{Outcome, a_few};
use super::raw::{Cells, RawRows, RawTable, RowNumbers};
use super::source::{Recalled, Request};

/// Spreadsheets keep 15 digits: a longer whole number is not the number that was typed.
const EXACT_BELOW: f64 = 1e15;

/// A sheet whose header has been found.
#[derive(Debug)]
pub(super) struct Sheet {
    cells: Range<Data>,
    /// Sheet row of the first row of `cells`, from 1.
    first_row: u64,
    /// First row of `cells` below the header.
    body: usize,
    layout: Layout,
}

impl Sheet {
    /// Opens a workbook and finds the header of the sheet.
    pub fn open(request: &Request, bytes: &[u8], outcome: &mut Outcome) -> Result<Self, IngestError> {
        let malformed = |problem: String| IngestError::Malformed {
            file: request.file().to_owned(),
            format: "Excel".to_owned(),
            problem,
            fix: "open it in a spreadsheet program and save it as .xlsx without a password, or as CSV".to_owned(),
        };
        let mut workbook =
            open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|problem| malformed(problem.to_string()))?;
        let names = workbook.sheet_names();
        let name = match &request.input.sheet {
            Some(sheet) if names.contains(sheet) => sheet.clone(),
            Some(sheet) => {
                return Err(IngestError::NoSheet {
                    table: request.table.clone(),
                    file: request.file().to_owned(),
                    sheet: sheet.clone(),
                    sheets: a_few(names.iter().map(String::as_str), 20),
                });
            }
            None => names.first().cloned().ok_or_else(|| malformed("it has no sheets".to_owned()))?,
        };
        if request.input.sheet.is_none() && names.len() > 1 {
            let others = a_few(names[1..].iter().map(String::as_str), 8);
            outcome.remark("other-sheets", format!("{}: sheet \"{name}\" is read, not {others}", request.file()));
        }
        let cells = workbook.worksheet_range(&name).map_err(|problem| malformed(problem.to_string()))?;
        let first_row = cells.start().map_or(1, |(row, _)| u64::from(row) + 1);
        let mut sheet = Self { cells, first_row, body: 0, layout: Layout::default() };
        let (at, layout) = sheet.header(request)?;
        let above = (0..at).filter(|&row| !sheet.is_blank(row)).count();
        request.check(&layout, sheet.row_number(at), above, outcome)?;
        (sheet.body, sheet.layout) = (at + 1, layout);
        Ok(sheet)
    }

    fn header(&self, request: &Request) -> Result<(usize, Layout), IngestError> {
        let row = |at: usize| -> Vec<String> { self.row(at).map(shown).collect() };
        let stated = request.input.header_row.map(u64::from);
        let rows = self.cells.height().min(HEAD_ROWS);
        let (wants, columns) = (&request.wants, &request.input.columns);
        let found = match stated {
            Some(number) => number
                .checked_sub(self.first_row)
                .and_then(|at| usize::try_from(at).ok())
                .filter(|&at| at < self.cells.height())
                .map(|at| (at, Layout::of(&row(at), wants, columns))),
            None => {
                let head: Vec<Vec<String>> = (0..rows).map(row).collect();
                find_header(head.iter().map(Vec::as_slice), wants, columns)
            }
        };
        found.ok_or_else(|| {
            if rows == 0 {
                return IngestError::Empty { table: request.table.clone(), file: request.file().to_owned() };
            }
            let first = row(0);
            request.no_header(rows, self.first_row, &a_few(first.iter().map(String::as_str), 4))
        })
    }

    fn row_number(&self, at: usize) -> u64 {
        self.first_row + at as u64
    }

    fn row(&self, at: usize) -> impl Iterator<Item = &Data> {
        (0..self.cells.width()).filter_map(move |column| self.cells.get((at, column)))
    }

    fn is_blank(&self, at: usize) -> bool {
        self.row(at).all(is_blank)
    }

    /// Hands over all rows as one batch.
    pub fn read(
        &self,
        wants: &[Want],
        outcome: &mut Outcome,
        each: &mut dyn FnMut(RawTable<'_>, &mut Outcome) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let mut builders: Vec<Option<(usize, StringChunkedBuilder)>> = wants
            .iter()
            .zip(&self.layout.places)
            .map(|(want, place)| place.map(|at| (at, StringChunkedBuilder::new(want.name.as_str().into(), 1 << 10))))
            .collect();
        let (mut rows, mut faults, mut blank) = (Vec::new(), BTreeMap::new(), 0u64);
        for (at, cells) in self.cells.rows().enumerate().skip(self.body) {
            if cells.iter().all(is_blank) {
                blank += 1;
                continue;
            }
            for (slot, want) in builders.iter_mut().zip(wants) {
                let Some((place, builder)) = slot else { continue };
                let cell = cells.get(*place).unwrap_or(&Data::Empty);
                if let Data::Error(error) = cell {
                    let detail = format!("the cell of the column {} is the error {error}", want.name);
                    faults.entry(rows.len()).or_insert(("error-cell", detail));
                }
                let text = shown(cell);
                if text.is_empty() { builder.append_null() } else { builder.append_value(text) }
            }
            rows.push(at);
        }
        if blank > 0 {
            let text = format!("{}: {blank} blank rows were passed over and not counted", outcome.file);
            outcome.remark("blank-rows", text);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let table = RawTable {
            columns: builders.into_iter().map(|slot| slot.map(|(_, builder)| Cells::Text(builder.finish()))).collect(),
            height: rows.len(),
            rows: RowNumbers::Listed(rows.iter().map(|&at| self.row_number(at)).collect()),
            raw: RawRows::Sheet(self, rows),
            faults,
        };
        each(table, outcome)
    }

    /// The cells of a row, joined by commas.
    pub fn raw(&self, at: usize) -> String {
        let cells: Vec<String> = self.row(at).map(shown).collect();
        cells.join(",").trim_end_matches(',').to_owned()
    }

    /// Row numbers and raw texts of some rows, named by their place in file order.
    pub fn recall(&self, wanted: &[u32]) -> BTreeMap<u32, Recalled> {
        let rows = self.cells.rows().enumerate().skip(self.body).filter(|(_, cells)| !cells.iter().all(is_blank));
        let mut found = BTreeMap::new();
        for (place, (at, _)) in (0u32..).zip(rows) {
            if wanted.binary_search(&place).is_ok() {
                found.insert(place, Recalled { row: self.row_number(at), raw: self.raw(at) });
            }
        }
        found
    }
}

fn is_blank(cell: &Data) -> bool {
    match cell {
        Data::Empty => true,
        Data::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// A cell as text: whole numbers without `.0`, dates as `2023-02-07`.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => show_number(*number),
        Data::Bool(value) => value.to_string(),
        Data::Error(error) => error.to_string(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        Data::DateTime(duration) => show_number(duration.as_f64()),
    }
}

/// Digits of a number; scientific where the spreadsheet has lost digits, so that no one takes it for a code.
pub(super) fn show_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() >= EXACT_BELOW {
        return format!("{number:E}").replacen('E', "E+", 1);
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_code_keeps_its_digits() {
        assert_eq!(show_number(440_301_103_097_413.0), "440301103097413");
        assert_eq!(show_number(9.150_011_820_379_09e17), "9.15001182037909E+17");
        assert_eq!(show_number(0.25), "0.25");
    }
}
