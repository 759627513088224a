//! Delimited text files: header found or stated, then batches of the wanted columns.

use std::collections::BTreeMap;

use polars::prelude::{StringChunked, StringChunkedBuilder};

use super::decode::{Decoded, decode};
use super::error::IngestError;
use super::layout::{HEAD_ROWS, Layout, Want, find_header};
use super::outcome::{Outcome, a_few};
use super::raw::{Cells, RawRows, RawTable, RowNumbers};
use super::records::{Next, Place, Records};
use super::source::{Recalled, Request};

/// Rows of a batch.
const BATCH: usize = 1 << 18;
/// Delimiters that are tried, in order of preference.
const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];

/// A decoded text file whose header has been found.
#[derive(Debug)]
pub(super) struct TextFile {
    text: String,
    /// Name of the encoding.
    pub encoding: &'static str,
    damaged: bool,
    delimiter: u8,
    /// First byte after the header, and its line.
    body: usize,
    body_line: u64,
    layout: Layout,
}

impl TextFile {
    /// Decodes the bytes and finds the header.
    pub fn open(request: &Request, bytes: Vec<u8>, outcome: &mut Outcome) -> Result<Self, IngestError> {
        let Decoded { text, encoding, damaged, doubt } = decode(request.file(), bytes, request.input.encoding)?;
        if let Some(doubt) = doubt {
            outcome.remark("encoding-doubtful", format!("{}: {doubt}", request.file()));
        }
        let mut best: Option<(u8, Place, Layout, usize)> = None;
        for delimiter in DELIMITERS {
            let Some((place, layout, above)) = header(request, &text, delimiter) else { continue };
            let better = best.as_ref().is_none_or(|(_, _, best, _)| layout.known > best.known);
            if better {
                best = Some((delimiter, place, layout, above));
            }
        }
        let Some((delimiter, place, layout, above)) = best else { return Err(no_header(request, &text)) };
        request.check(&layout, place.line, above, outcome)?;
        // One past the header, at its line end, which the reader passes over and counts.
        let line_breaks = text[place.start..place.end].matches('\n').count() as u64;
        let (body, body_line) = (place.end, place.line + line_breaks);
        Ok(Self { text, encoding, damaged, delimiter, body, body_line, layout })
    }

    fn records(&self) -> Records<'_> {
        Records::new(&self.text, self.delimiter, self.body, self.body_line)
    }

    /// Hands over the rows batch by batch; broken lines go to quarantine.
    pub fn read(
        &self,
        wants: &[Want],
        outcome: &mut Outcome,
        each: &mut dyn FnMut(RawTable<'_>, &mut Outcome) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let mut records = self.records();
        let mut batch = Batch::new(wants, &self.layout);
        loop {
            match records.next(Some(self.layout.width())) {
                Next::Row(place) => batch.push(self, place, &records, wants, outcome),
                Next::Broken(place, problem) => {
                    outcome.rows_read += 1;
                    outcome.set_aside(place.line, "broken-record", problem, &self.text[place.start..place.end]);
                }
                Next::End => break,
            }
            if batch.spans.len() == BATCH {
                let full = std::mem::replace(&mut batch, Batch::new(wants, &self.layout));
                each(full.finish(&self.text), outcome)?;
            }
        }
        if !batch.spans.is_empty() {
            each(batch.finish(&self.text), outcome)?;
        }
        if records.blank > 0 {
            outcome.remark(
                "blank-rows",
                format!("{}: {} blank rows were passed over and not counted", outcome.file, records.blank),
            );
        }
        Ok(())
    }

    /// Row numbers and raw texts of some well-formed rows, named by their place in file order.
    pub fn recall(&self, wanted: &[u32]) -> BTreeMap<u32, Recalled> {
        let mut records = self.records();
        let mut found = BTreeMap::new();
        let mut wanted = wanted.iter().copied().peekable();
        let mut at = 0;
        while wanted.peek().is_some() {
            match records.next(Some(self.layout.width())) {
                Next::Row(place) => {
                    if wanted.next_if_eq(&at).is_some() {
                        found.insert(
                            at,
                            Recalled { row: place.line, raw: self.text[place.start..place.end].to_owned() },
                        );
                    }
                    at += 1;
                }
                Next::Broken(..) => {}
                Next::End => break,
            }
        }
        found
    }
}

struct Batch {
    builders: Vec<Option<(usize, StringChunkedBuilder)>>,
    lines: Vec<u64>,
    spans: Vec<(usize, usize)>,
    faults: BTreeMap<usize, (&'static str, String)>,
}

impl Batch {
    fn new(wants: &[Want], layout: &Layout) -> Self {
        let builder = |want: &Want| StringChunkedBuilder::new(want.name.as_str().into(), 1 << 10);
        let builders = wants.iter().zip(&layout.places).map(|(want, place)| place.map(|at| (at, builder(want))));
        Self { builders: builders.collect(), lines: Vec::new(), spans: Vec::new(), faults: BTreeMap::new() }
    }

    fn push(&mut self, file: &TextFile, place: Place, records: &Records<'_>, wants: &[Want], outcome: &mut Outcome) {
        let row = self.spans.len();
        let mut touched = None;
        for ((at, builder), want) in self.builders.iter_mut().zip(wants).filter_map(|(b, w)| Some((b.as_mut()?, w))) {
            // The text is valid and the delimiters are ASCII, so every cell is valid text.
            let cell = records.record.get(*at).and_then(|cell| std::str::from_utf8(cell).ok()).unwrap_or_default();
            if cell.is_empty() {
                builder.append_null();
                continue;
            }
            if file.damaged && cell.contains(char::REPLACEMENT_CHARACTER) {
                touched = Some(&want.name);
            }
            builder.append_value(cell);
        }
        if let Some(name) = touched {
            let detail = format!("the column {name} holds bytes that are not {}", file.encoding);
            self.faults.insert(row, ("undecodable-text", detail));
        } else if file.damaged && file.text[place.start..place.end].contains(char::REPLACEMENT_CHARACTER) {
            outcome.count(super::kinds::DAMAGED_ELSEWHERE, place.line, &file.text[place.start..place.end]);
        }
        self.lines.push(place.line);
        self.spans.push((place.start, place.end));
    }

    fn finish(self, text: &str) -> RawTable<'_> {
        let column = |builder: StringChunkedBuilder| -> StringChunked { builder.finish() };
        RawTable {
            columns: self.builders.into_iter().map(|b| b.map(|(_, builder)| Cells::Text(column(builder)))).collect(),
            height: self.spans.len(),
            rows: RowNumbers::Listed(self.lines),
            raw: RawRows::Spans(text, self.spans),
            faults: self.faults,
        }
    }
}

/// The header under one delimiter: its place, its layout and how many rows stand above it.
fn header(request: &Request, text: &str, delimiter: u8) -> Option<(Place, Layout, usize)> {
    let rows = head(text, delimiter, request.input.header_row);
    let cells = rows.iter().map(|(_, cells)| cells.as_slice());
    let columns = &request.input.columns;
    let (at, layout) = match request.input.header_row {
        Some(line) => {
            let at = rows.iter().position(|(place, _)| place.line == u64::from(line))?;
            (at, Layout::of(&rows[at].1, &request.wants, columns))
        }
        None => find_header(cells, &request.wants, columns)?,
    };
    Some((rows[at].0, layout, at))
}

/// The records at the head of a text, as far down as a stated header row may lie.
fn head(text: &str, delimiter: u8, header_row: Option<u32>) -> Vec<(Place, Vec<String>)> {
    let limit = header_row.and_then(|row| usize::try_from(row).ok()).unwrap_or(0).max(HEAD_ROWS);
    let mut records = Records::new(text, delimiter, 0, 1);
    let mut rows = Vec::new();
    while rows.len() < limit {
        match records.next(None) {
            Next::Row(place) => {
                let cells = records.record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned());
                rows.push((place, cells.collect()));
            }
            Next::Broken(place, _) => rows.push((place, vec![text[place.start..place.end].to_owned()])),
            Next::End => break,
        }
    }
    rows
}

fn no_header(request: &Request, text: &str) -> IngestError {
    let rows = head(text, DELIMITERS[0], request.input.header_row);
    let at = request.input.header_row.and_then(|line| rows.iter().position(|(place, _)| place.line == u64::from(line)));
    match rows.get(at.unwrap_or(0)) {
        None => IngestError::Empty { table: request.table.clone(), file: request.file().to_owned() },
        Some((place, cells)) => request.no_header(rows.len(), place.line, &a_few(cells.iter().map(String::as_str), 4)),
    }
}
