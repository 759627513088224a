//! Excel workbooks (.xlsx, .xls, .xlsb): cells as text, so that codes stay codes and dates stay dates. Only filled cells
//! are held, so that one cell far away costs no memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Cursor;
use std::iter::from_fn;
use std::ops::Range;

use arrow::array::builder::StringViewBuilder;
use calamine::{Cell, Data, DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Sheets, Xls, Xlsb, Xlsx};
use zip::ZipArchive;

use crate::guard::guarded;
use crate::terms::{SetAside, Warning};

use super::compound;
use super::error::IngestError;
use super::layout::{Found, HEAD_ROWS, Layout, ReadAs, RequestedColumn, find_header, stated_header};
use super::outcome::{Outcome, a_few};
use super::raw::{Cells, LONGEST_CELL, RawRows, RawTable, RowNumbers};
use super::source::{Each, Request, SourceRow};

/// Spreadsheets keep 15 digits: a longer whole number is not the number that was typed.
const EXACT_BELOW: f64 = 1e15;
/// Rows of a batch.
const BATCH: usize = 1 << 16;
/// Rows of the largest sheet.
const SHEET_ROWS: u32 = 1 << 20;
/// Columns of the largest sheet.
const SHEET_COLUMNS: u32 = 1 << 14;
/// First bytes of an .xls file.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";
/// Serial numbers from this one on lie after 9999-12-31.
const SERIAL_END: f64 = 2_958_466.0;
/// Days from the first day of the usual calendar of spreadsheets to that of the calendar that begins in 1904.
const DAYS_TO_1904: f64 = 1_462.0;

/// A workbook of any kind, read from memory.
type Workbook<'b> = Sheets<Cursor<&'b [u8]>>;

/// A filled cell and its place in the sheet; row and column from 0.
#[derive(Debug)]
struct SheetCell {
    row: u32,
    column: u32,
    value: Data,
}

impl SheetCell {
    /// A cell as the reader gives it, with a text of its own.
    fn of(cell: Cell<DataRef<'_>>) -> Self {
        let (row, column) = cell.get_position();
        Self { row, column, value: cell.get_value().clone().into() }
    }

    /// Row and column.
    fn place(&self) -> (u32, u32) {
        (self.row, self.column)
    }
}

/// A sheet whose header has been found.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Filled cells, by row and column.
    cells: Vec<SheetCell>,
    /// The cells of each row that has any; from the header on, only of rows below it that are not blank.
    rows: Vec<Range<usize>>,
    layout: Layout,
    /// Whether day 0 of the workbook's serial numbers is 1904-01-01.
    is_1904: bool,
}

impl Sheet {
    /// Opens a workbook and finds the header of the sheet; `None` if it unpacks to more than `limit` bytes.
    pub fn open(
        request: &Request,
        bytes: &[u8],
        limit: u64,
        outcome: &mut Outcome,
    ) -> Result<Option<Self>, IngestError> {
        let damaged = |problem: String| {
            let fix = "open it in a spreadsheet program and save it as .xlsx without a password, or as CSV";
            malformed(request, problem, fix.to_owned())
        };
        let workbook = guarded(|| open_workbook(bytes, limit)).map_err(damaged)?;
        let Some(mut workbook) = workbook else { return Ok(None) };
        let name = choose_sheet(request, workbook.sheets_metadata(), outcome)?;
        let cells = guarded(|| read_cells(&mut workbook, &name, limit)).map_err(damaged)?;
        let Some(cells) = cells else { return Ok(None) };
        let mut sheet = Self::new(cells, has_1904_epoch(&workbook));
        drop(workbook);

        let (row, found) = sheet.header(request)?;
        let above = sheet.rows.iter().filter(|cells| sheet.number(cells) < row && !sheet.is_blank(cells)).count();
        request.check(&found.layout, row, above, outcome)?;
        if found.rows > 1 {
            outcome.warn(Warning::TwoHeaderRows { file: request.file().to_owned(), row });
        }
        sheet.layout = found.layout;
        let blank = sheet.keep_below(row + found.rows as u64 - 1);
        if blank > 0 {
            outcome.warn(Warning::BlankRows { file: request.file().to_owned(), rows: blank });
        }
        Ok(Some(sheet))
    }

    /// A sheet with cells by row and column, before its header is found.
    fn new(cells: Vec<SheetCell>, is_1904: bool) -> Self {
        let mut end = 0;
        let rows = cells.chunk_by(|one, next| one.row == next.row).map(|row| {
            let start = end;
            end += row.len();
            start..end
        });
        let rows = rows.collect();
        Self { cells, rows, layout: Layout::default(), is_1904 }
    }

    /// The header and the number of its upper row.
    fn header(&self, request: &Request) -> Result<(u64, Found), IngestError> {
        let mut filled = self.rows.iter().filter(|cells| !self.is_blank(cells)).map(|cells| self.number(cells));
        let Some(first) = filled.next() else {
            return Err(IngestError::Empty { table: request.table.clone(), file: request.file().to_owned() });
        };
        let last = filled.next_back().unwrap_or(first);
        let head = last.min(first + HEAD_ROWS as u64 - 1);
        let texts = |rows: std::ops::RangeInclusive<u64>| rows.map(|number| self.texts(number)).collect::<Vec<_>>();
        let (requested, columns) = (&request.requested, &request.input.columns);
        let found = match request.input.header_row.map(u64::from) {
            Some(stated) if !(first..=last).contains(&stated) => None,
            Some(stated) => {
                let top = stated.saturating_sub(2).max(1);
                let rows = texts(top..=stated + 2);
                let rows = rows.iter().map(Vec::as_slice);
                stated_header(rows, (stated - top) as usize, requested, columns).map(|found| (top, found))
            }
            None => {
                let rows = texts(first..=head);
                find_header(rows.iter().map(Vec::as_slice), requested, columns).map(|found| (first, found))
            }
        };
        let Some((top, found)) = found else {
            let seen = self.texts(first);
            let seen = a_few(seen.iter().map(String::as_str).filter(|text| !text.trim().is_empty()), 4);
            return Err(request.no_header((head - first + 1) as usize, first, &seen));
        };
        Ok((top + found.at as u64, found))
    }

    /// Keeps only rows below row `header` that are not blank. Returns the number of blank rows: those between the header
    /// and the last row kept, and those after it that have cells.
    fn keep_below(&mut self, header: u64) -> u64 {
        let end = self.rows.partition_point(|cells| self.number(cells) <= header);
        let below = self.rows.split_off(end);
        let (filled, blank): (Vec<_>, Vec<_>) = below.into_iter().partition(|cells| !self.is_blank(cells));
        let last = filled.last().map_or(header, |cells| self.number(cells));
        let after = blank.iter().filter(|cells| self.number(cells) > last).count();
        let blank = last - header - filled.len() as u64 + after as u64;
        self.rows = filled;
        blank
    }

    /// Number of the row of these cells, from 1.
    fn number(&self, cells: &Range<usize>) -> u64 {
        u64::from(self.cells[cells.start].row) + 1
    }

    /// Whether these cells hold nothing but spaces.
    fn is_blank(&self, cells: &Range<usize>) -> bool {
        self.cells[cells.clone()].iter().all(|cell| is_blank(&cell.value))
    }

    /// The texts of the row with this number, from the first column to the last that is filled.
    fn texts(&self, number: u64) -> Vec<String> {
        let mut texts = Vec::new();
        if let Ok(at) = self.rows.binary_search_by_key(&number, |cells| self.number(cells)) {
            for cell in &self.cells[self.rows[at].clone()] {
                texts.resize(cell.column as usize, String::new());
                texts.push(shown(&cell.value).into_owned());
            }
        }
        texts
    }

    /// The value in a column of the row at `place`.
    fn value(&self, place: usize, column: usize) -> Option<&Data> {
        let cells = &self.cells[self.rows[place].clone()];
        let at = cells.binary_search_by_key(&column, |cell| cell.column as usize).ok()?;
        Some(&cells[at].value)
    }

    /// Hands over the rows batch by batch.
    pub fn read(
        &self,
        requested: &[RequestedColumn],
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<(), IngestError> {
        for first in (0..self.rows.len()).step_by(BATCH) {
            each(self.table(requested, first..self.rows.len().min(first + BATCH)), outcome)?;
        }
        Ok(())
    }

    /// The wanted columns of the rows at `places`.
    fn table(&self, requested: &[RequestedColumn], places: Range<usize>) -> RawTable<'_> {
        let mut faults = BTreeMap::new();
        for (row, place) in places.clone().enumerate() {
            // Headers are texts, so other cells need not be shown to compare them.
            let text = |column: usize| match self.value(place, column) {
                Some(Data::String(text)) => Some(text.as_str()),
                _ => None,
            };
            if self.layout.is_repeated_header(text) {
                faults.insert(row, SetAside::RepeatedHeader);
            }
        }
        let columns = requested.iter().zip(&self.layout.places);
        let columns = columns
            .map(|(column_request, column)| Some(self.column(column_request, (*column)?, places.clone(), &mut faults)));
        let columns = columns.collect();
        let numbers = self.rows[places.clone()].iter().map(|cells| self.number(cells)).collect();
        RawTable {
            columns,
            height: places.len(),
            rows: RowNumbers::Listed(numbers),
            raw: RawRows::Sheet(self, places.collect()),
            faults,
            done: 1.0,
        }
    }

    /// A column of the rows at `places`; cells at fault are added to `faults`, by row of the batch.
    fn column(
        &self,
        column_request: &RequestedColumn,
        column: usize,
        places: Range<usize>,
        faults: &mut BTreeMap<usize, SetAside>,
    ) -> Cells<'static> {
        let mut texts = StringViewBuilder::with_capacity(places.len());
        for (row, place) in places.enumerate() {
            let Some(value) = self.value(place, column) else {
                texts.append_null();
                continue;
            };
            if let Data::Error(error) = value {
                let fault = SetAside::ErrorCell { column: column_request.name.clone(), error: error.to_string() };
                faults.entry(row).or_insert(fault);
            }
            let text = self.text_as(value, column_request.reads);
            if text.len() > LONGEST_CELL {
                faults.entry(row).or_insert(SetAside::OversizedCell { limit: LONGEST_CELL });
                texts.append_null();
            } else if text.is_empty() {
                texts.append_null();
            } else {
                texts.append_value(&*text);
            }
        }
        Cells::Text(texts.finish())
    }

    /// A cell as text for a column that is read as `reads`: there, plain serial numbers of days count from 1899-12-30.
    fn text_as<'v>(&self, value: &'v Data, reads: ReadAs) -> Cow<'v, str> {
        let serial = match value {
            Data::Float(number) => *number,
            Data::Int(number) => *number as f64,
            _ => return shown(value),
        };
        if self.is_1904 && reads == ReadAs::Date && (0.0..SERIAL_END - DAYS_TO_1904).contains(&serial) {
            return show_number(serial + DAYS_TO_1904).into();
        }
        shown(value)
    }

    /// The cells of the row at `place`, joined by commas; cells that are not filled are empty.
    pub fn raw(&self, place: usize) -> String {
        let mut raw = String::new();
        let mut column = 0;
        for cell in &self.cells[self.rows[place].clone()] {
            raw.extend((column..cell.column).map(|_| ','));
            raw.push_str(&shown(&cell.value));
            column = cell.column;
        }
        raw.truncate(raw.trim_end_matches(',').len());
        raw
    }

    /// Row numbers and raw texts of some rows, named by their place in file order.
    pub fn reread(&self, wanted: &[u32]) -> BTreeMap<u32, SourceRow> {
        let reread = |&place: &u32| {
            let row = self.number(self.rows.get(place as usize)?);
            Some((place, SourceRow { row, raw: self.raw(place as usize) }))
        };
        wanted.iter().filter_map(reread).collect()
    }
}

/// Opens a workbook. `None` if it unpacks to more than `limit` bytes.
fn open_workbook(bytes: &[u8], limit: u64) -> Result<Option<Workbook<'_>>, String> {
    let file = Cursor::new(bytes);
    if bytes.starts_with(COMPOUND) {
        compound::check(bytes)?;
        return Xls::new(file).map(|xls| Some(Sheets::Xls(xls))).map_err(message);
    }
    if !bytes.starts_with(b"PK") {
        return Err("it is no workbook, whatever its name says".to_owned());
    }
    let archive = ZipArchive::new(file.clone()).map_err(message)?;
    let mut unpacked = 0u64;
    for part in 0..archive.len() {
        // A part that grows beyond its declared size is an error when it is read.
        unpacked = unpacked.saturating_add(archive.by_index_data(part).map_err(message)?.size());
    }
    if unpacked > limit {
        return Ok(None);
    }
    let workbook = match archive.index_for_name("xl/workbook.bin") {
        Some(_) => Sheets::Xlsb(Xlsb::new(file).map_err(message)?),
        None => Sheets::Xlsx(Xlsx::new(file).map_err(message)?),
    };
    Ok(Some(workbook))
}

/// Name of the sheet to read: the one that the plan names, or the first worksheet that is not hidden.
fn choose_sheet(request: &Request, sheets: &[calamine::Sheet], outcome: &mut Outcome) -> Result<String, IngestError> {
    if let Some(stated) = &request.input.sheet {
        if sheets.iter().any(|sheet| sheet.name == *stated) {
            return Ok(stated.clone());
        }
        return Err(IngestError::NoSheet {
            table: request.table.clone(),
            file: request.file().to_owned(),
            sheet: stated.clone(),
            sheets: a_few(sheets.iter().map(|sheet| sheet.name.as_str()), 20),
        });
    }
    let worksheets = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let mut visible = worksheets().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let Some(first) = visible.next() else {
        let hidden = a_few(worksheets().map(|sheet| sheet.name.as_str()), 20);
        let (problem, fix) = if hidden.is_empty() {
            ("it has no worksheets".to_owned(), "export the table again".to_owned())
        } else {
            let fix = format!("name the one to read, as in `sheet = \"…\"` under [inputs.{}]", request.table);
            (format!("all its worksheets are hidden: {hidden}"), fix)
        };
        return Err(malformed(request, problem, fix));
    };
    let others = a_few(visible.map(|sheet| sheet.name.as_str()), 8);
    if !others.is_empty() {
        outcome.warn(Warning::OtherSheets { file: request.file().to_owned(), sheet: first.name.clone(), others });
    }
    Ok(first.name.clone())
}

/// Filled cells of a sheet, by row and column. `None` if their texts, written out, have more than `limit` bytes.
fn read_cells(workbook: &mut Workbook<'_>, name: &str, limit: u64) -> Result<Option<Vec<SheetCell>>, String> {
    match workbook {
        Sheets::Xlsx(xlsx) => {
            let mut reader = xlsx.worksheet_cells_reader(name).map_err(message)?;
            let cells = from_fn(|| reader.next_cell().map_err(message).transpose());
            gather(cells.map(|cell| cell.map(SheetCell::of)), limit)
        }
        Sheets::Xlsb(xlsb) => {
            let mut reader = xlsb.worksheet_cells_reader(name).map_err(message)?;
            let cells = from_fn(|| reader.next_cell().map_err(message).transpose());
            gather(cells.map(|cell| cell.map(SheetCell::of)), limit)
        }
        workbook => {
            let range = workbook.worksheet_range(name).map_err(message)?;
            let (top, left) = range.start().unwrap_or_default();
            let cells = range.used_cells().map(|(row, column, value)| {
                Ok(SheetCell { row: top + row as u32, column: left + column as u32, value: value.clone() })
            });
            gather(cells, limit)
        }
    }
}

/// Puts cells in order and drops empty ones; of two at one place the later counts. A text that cells share counts for each
/// of them.
fn gather(
    cells: impl Iterator<Item = Result<SheetCell, String>>,
    limit: u64,
) -> Result<Option<Vec<SheetCell>>, String> {
    let (mut filled, mut bytes) = (Vec::new(), 0u64);
    for cell in cells {
        let cell = cell?;
        if cell.row >= SHEET_ROWS || cell.column >= SHEET_COLUMNS {
            let (row, column) = (u64::from(cell.row) + 1, u64::from(cell.column) + 1);
            return Err(format!("it has a cell in row {row}, column {column}, beyond XFD1048576, the last of a sheet"));
        }
        if let Data::String(text) = &cell.value {
            bytes = bytes.saturating_add(text.len() as u64);
        }
        if bytes > limit {
            return Ok(None);
        }
        if cell.value != Data::Empty {
            filled.push(cell);
        }
    }
    if !filled.is_sorted_by_key(SheetCell::place) {
        filled.sort_by_key(SheetCell::place);
    }
    filled.dedup_by(|later, earlier| {
        let same = later.place() == earlier.place();
        if same {
            std::mem::swap(later, earlier);
        }
        same
    });
    Ok(Some(filled))
}

/// Whether day 0 of the serial numbers is 1904-01-01.
fn has_1904_epoch(workbook: &Workbook<'_>) -> bool {
    match workbook {
        Sheets::Xls(xls) => xls.has_1904_epoch(),
        Sheets::Xlsx(xlsx) => xlsx.has_1904_epoch(),
        Sheets::Xlsb(xlsb) => xlsb.has_1904_epoch(),
        Sheets::Ods(_) => false,
    }
}

/// The error of a workbook that cannot be read.
fn malformed(request: &Request, problem: String, fix: String) -> IngestError {
    IngestError::Malformed { file: request.file().to_owned(), format: "Excel".to_owned(), problem, fix }
}

/// What an error says.
fn message(problem: impl Display) -> String {
    problem.to_string()
}

/// Whether a value is nothing but spaces.
fn is_blank(value: &Data) -> bool {
    match value {
        Data::Empty => true,
        Data::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// A cell as text: whole numbers without `.0`, dates as `2023-02-07`, times without a day as `12:30:00`.
fn shown(value: &Data) -> Cow<'_, str> {
    match value {
        Data::Empty => "".into(),
        Data::String(text) | Data::DurationIso(text) => text.as_str().into(),
        Data::DateTimeIso(text) => {
            // Day 0, with which programs write a time without a day.
            let time = text.strip_prefix("1899-12-30T").or_else(|| text.strip_prefix("1899-12-31T"));
            time.unwrap_or(text).into()
        }
        Data::Int(number) => number.to_string().into(),
        Data::Float(number) => show_number(*number).into(),
        Data::Bool(true) => "true".into(),
        Data::Bool(false) => "false".into(),
        Data::Error(error) => error.to_string().into(),
        Data::DateTime(moment) => show_moment(moment).into(),
    }
}

/// A cell with the format of a date: day, day and time, or time if it has no day. Durations and numbers that are no day of
/// the calendar stay numbers.
fn show_moment(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if !moment.is_datetime() || !(0.0..SERIAL_END).contains(&serial) {
        return show_number(serial);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if serial < 1.0 {
        return time;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {time}") }
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
    use calamine::ExcelDateTimeType::{self, DateTime, TimeDelta};

    use super::*;

    #[test]
    fn a_number_of_a_code_keeps_its_digits() {
        assert_eq!(show_number(440_301_103_097_413.0), "440301103097413");
        assert_eq!(show_number(9.150_011_820_379_09e17), "9.15001182037909E+17");
        assert_eq!(show_number(0.25), "0.25");
    }

    #[test]
    fn only_a_serial_number_with_a_day_shows_a_day() {
        let show = |serial: f64, kind: ExcelDateTimeType, is_1904: bool| {
            show_moment(&ExcelDateTime::new(serial, kind, is_1904))
        };
        for (serial, text) in [
            (44_964.0, "2023-02-07"),
            (44_964.437_5, "2023-02-07 10:30:00"),
            (12.5 / 24.0, "12:30:00"),
            (0.0, "00:00:00"),
            (-1.0, "-1"),
            (20_230_207.0, "20230207"),
        ] {
            assert_eq!(show(serial, DateTime, false), text);
        }
        assert_eq!(show(43_502.0, DateTime, true), "2023-02-07");
        assert_eq!(show(0.5, DateTime, true), "12:00:00");
        assert_eq!(show(1.25, TimeDelta, false), "1.25");
        assert_eq!(shown(&Data::DateTimeIso("1899-12-30T12:30:00".to_owned())), "12:30:00");
    }

    #[test]
    fn cells_come_in_order_and_the_later_of_two_counts() {
        let cell = |row, column, text: &str| {
            let value = if text.is_empty() { Data::Empty } else { Data::String(text.to_owned()) };
            Ok(SheetCell { row, column, value })
        };
        let cells = [cell(1, 0, "c"), cell(0, 1, "old"), cell(0, 0, ""), cell(0, 1, "b")];
        let gathered = gather(cells.into_iter(), 6).expect("sound cells").expect("few bytes");
        let texts: Vec<String> = gathered.iter().map(|cell| shown(&cell.value).into_owned()).collect();
        assert_eq!(texts, ["b", "c"]);
        assert!(gather([cell(0, 0, "four")].into_iter(), 3).expect("a sound cell").is_none());
        let refused = gather([cell(SHEET_ROWS, 2, "x")].into_iter(), 6).expect_err("a cell beyond the sheet");
        assert!(refused.contains("row 1048577, column 3"), "{refused}");
    }
}
