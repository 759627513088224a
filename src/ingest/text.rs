//! Delimited text files: header found or stated, then batches of the wanted columns.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow::array::builder::StringViewBuilder;
use rayon::prelude::*;

use crate::terms::{Note, SetAside, Warning};

use super::decode::decode;
use super::error::IngestError;
use super::layout::{Found, HEAD_ROWS, Layout, RequestedColumn, find_header, stated_header};
use super::outcome::{Outcome, a_few};
use super::raw::{Cells, RawRows, RawTable, RowNumbers};
use super::records::{Next, Place, Records};
use super::row_form::bare;
use super::source::{Each, Request, SourceRow};

/// Bytes of a part of the text, a little more to the end of its last line.
const PART_BYTES: usize = 2 << 20;
/// Bytes of a block in which cells are kept.
const BLOCK_BYTES: u32 = 1 << 18;
/// Delimiters that are tried, in order of preference.
const DELIMITERS: &[u8] = b",\t;|";

/// A decoded text file whose header has been found.
#[derive(Debug)]
pub(super) struct TextFile {
    text: String,
    /// Name of the encoding, in lower case.
    pub encoding: String,
    damaged: bool,
    delimiter: u8,
    /// First byte after the header, and its line.
    body: usize,
    body_line: u64,
    layout: Layout,
}

impl TextFile {
    /// Decodes the bytes and finds the header.
    ///
    /// # Errors
    /// The bytes are of no known encoding, no header is found, or it lacks a required column.
    pub fn open(request: &Request<'_>, bytes: Vec<u8>, outcome: &mut Outcome) -> Result<Self, IngestError> {
        let decoded = decode(request.file(), &request.table, bytes, request.input.encoding)?;
        let text = decoded.text;
        decoded.warnings.into_iter().for_each(|warning| outcome.warn(warning));
        let mut best: Option<(u8, Header)> = None;
        for &delimiter in delimiters(request) {
            let Some(header) = Header::find(request, &text, delimiter) else { continue };
            if best.as_ref().is_none_or(|(_, best)| header.layout.known > best.layout.known) {
                best = Some((delimiter, header));
            }
        }
        let Some((delimiter, header)) = best else { return Err(no_header(request, &text)) };
        request.check(&header.layout, header.line, header.above, outcome)?;
        if header.rows == 2 {
            outcome.warn(Warning::TwoHeaderRows { file: request.file().to_owned(), row: header.line });
        }
        Ok(Self {
            text,
            encoding: decoded.encoding,
            damaged: decoded.damaged,
            delimiter,
            body: header.body,
            body_line: header.body_line,
            layout: header.layout,
        })
    }

    /// The records below the header.
    fn records(&self) -> Records<'_> {
        let key = self.layout.key().unwrap_or(0);
        Records::new(&self.text, self.delimiter, self.body, self.body_line, key)
    }

    /// A record as it stands in the file.
    fn raw(&self, place: Place) -> &str {
        &self.text[place.start..place.end]
    }

    /// Hands over the rows part by part; broken lines go to quarantine.
    ///
    /// A few parts at a time are read side by side, each as if a record began with its first line. A part is read again, where
    /// the one before it ended, if that was not so: a quotation mark joins lines across the border. It is also read again if
    /// what its quotation marks mean depends on rows before it.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn read(
        &self,
        requested: &[RequestedColumn],
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<(), IngestError> {
        let key = self.layout.key().unwrap_or(0);
        let parts = parts(&self.text, self.body);
        let mut records = self.records();
        for side_by_side in parts.chunks(2 * rayon::current_num_threads()) {
            let alone = side_by_side.par_iter().map(|range| {
                let mut records = Records::new(&self.text, self.delimiter, range.start, 0, key);
                let part = self.read_part(&mut records, range.end, requested);
                (part, records)
            });
            let alone: Vec<(Part, Records<'_>)> = alone.collect();
            for (range, (mut part, of_part)) in side_by_side.iter().zip(alone) {
                if records.would_read(&of_part, range.start) {
                    part.count_lines_from(records.line());
                    records.go_on_from(of_part);
                } else {
                    part = self.read_part(&mut records, range.end, requested);
                }
                self.hand_over(part, outcome, each)?;
            }
        }
        if records.blank > 0 {
            outcome.warn(Warning::BlankRows { file: outcome.file.clone(), rows: records.blank });
        }
        Ok(())
    }

    /// Reads the records that begin before byte `end`.
    fn read_part(&self, records: &mut Records<'_>, end: usize, requested: &[RequestedColumn]) -> Part {
        let mut part = Part::new(&self.layout);
        while records.cursor() < end {
            match records.next(Some(self.layout.width())) {
                Next::Row(place) => part.push(self, place, records, requested),
                Next::Broken(place, reason) => part.broken.push((place, reason)),
                Next::End => break,
            }
        }
        part
    }

    fn hand_over(&self, part: Part, outcome: &mut Outcome, each: &mut Each<'_>) -> Result<(), IngestError> {
        for (place, reason) in &part.broken {
            outcome.rows_read += 1;
            outcome.set_aside(place.line, reason.clone(), self.raw(*place));
        }
        for place in &part.undecodable {
            outcome.note(Note::UndecodableElsewhere, place.line, self.raw(*place));
        }
        if part.spans.is_empty() { Ok(()) } else { each(part.finish(&self.text), outcome) }
    }

    /// Row numbers and raw texts of some well-formed rows, named by their place in file order (ascending).
    pub fn reread(&self, wanted: &[u32]) -> BTreeMap<u32, SourceRow> {
        let mut records = self.records();
        let mut found = BTreeMap::new();
        let mut wanted = wanted.iter().copied().peekable();
        let mut at = 0;
        while wanted.peek().is_some() {
            match records.next(Some(self.layout.width())) {
                Next::Row(place) => {
                    if wanted.next_if_eq(&at).is_some() {
                        found.insert(at, SourceRow { row: place.line, raw: self.raw(place).to_owned() });
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

/// Cuts a text from byte `start` on into parts of whole lines.
fn parts(text: &str, start: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut first = start;
    while first < text.len() {
        let least = (first + PART_BYTES).min(text.len());
        let end =
            text.as_bytes()[least..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |at| least + at + 1);
        parts.push(first..end);
        first = end;
    }
    parts
}

/// Rows of a part of a text, and what is wrong with its lines.
struct Part {
    /// The wanted columns that the file has, each with the place of its cell.
    columns: Vec<Option<(usize, StringViewBuilder)>>,
    lines: Vec<u64>,
    spans: Vec<(usize, usize)>,
    faults: BTreeMap<usize, SetAside>,
    /// Lines that are no records, and why.
    broken: Vec<(Place, SetAside)>,
    /// Rows with a character that could not be decoded in a column that is not read.
    undecodable: Vec<Place>,
}

impl Part {
    /// No rows yet.
    fn new(layout: &Layout) -> Self {
        let column = |at: usize| (at, StringViewBuilder::new().with_fixed_block_size(BLOCK_BYTES));
        Self {
            columns: layout.places.iter().map(|place| place.map(column)).collect(),
            lines: Vec::new(),
            spans: Vec::new(),
            faults: BTreeMap::new(),
            broken: Vec::new(),
            undecodable: Vec::new(),
        }
    }

    /// Counts the lines, so far from 0, from `first` on.
    fn count_lines_from(&mut self, first: u64) {
        self.lines.iter_mut().for_each(|line| *line += first);
        let places = self.broken.iter_mut().map(|(place, _)| place).chain(&mut self.undecodable);
        places.for_each(|place| place.line += first);
    }

    /// Adds the last row of `records`, whose place is given.
    fn push(&mut self, file: &TextFile, place: Place, records: &Records<'_>, requested: &[RequestedColumn]) {
        let mut touched = None;
        for ((at, builder), column_request) in
            self.columns.iter_mut().zip(requested).filter_map(|(c, column_request)| Some((c.as_mut()?, column_request)))
        {
            let cell = records.cell(*at).unwrap_or_default();
            if cell.is_empty() {
                builder.append_null();
                continue;
            }
            if file.damaged && cell.contains(char::REPLACEMENT_CHARACTER) {
                touched = touched.or(Some(&column_request.name));
            }
            builder.append_value(cell);
        }
        if file.layout.is_repeated_header(|at| records.cell(at)) {
            self.faults.insert(self.spans.len(), SetAside::RepeatedHeader);
        } else if let Some(column) = touched {
            let fault = SetAside::Undecodable { column: column.clone(), encoding: file.encoding.clone() };
            self.faults.insert(self.spans.len(), fault);
        } else if file.damaged && file.raw(place).contains(char::REPLACEMENT_CHARACTER) {
            self.undecodable.push(place);
        }
        self.lines.push(place.line);
        self.spans.push((place.start, place.end));
    }

    /// The rows, which stand in `text`.
    fn finish(self, text: &str) -> RawTable<'_> {
        let cells = |(_, mut builder): (usize, StringViewBuilder)| Cells::Text(builder.finish());
        RawTable {
            columns: self.columns.into_iter().map(|column| column.map(cells)).collect(),
            height: self.spans.len(),
            rows: RowNumbers::Listed(self.lines),
            done: self.spans.last().map_or(1.0, |span| span.1 as f64 / text.len() as f64),
            raw: RawRows::Spans(text, self.spans),
            faults: self.faults,
        }
    }
}

/// The header of a text.
#[derive(Debug)]
struct Header {
    /// Its line, and how many rows it has: 1 or 2.
    line: u64,
    rows: usize,
    /// Rows above it.
    above: usize,
    /// Byte at which it ends, which is a line end, and that line. The reader of the rows passes over what is left of it.
    body: usize,
    body_line: u64,
    layout: Layout,
}

impl Header {
    /// The header under one delimiter.
    fn find(request: &Request<'_>, text: &str, delimiter: u8) -> Option<Self> {
        let rows = head(text, delimiter, request.input.header_row);
        let cells = || rows.iter().map(|(_, cells)| cells.as_slice());
        let columns = &request.input.columns;
        let Found { at, rows: height, layout } = match request.input.header_row {
            Some(line) => stated_header(cells(), place_of(&rows, line)?, &request.requested, columns)?,
            None => find_header(cells(), &request.requested, columns)?,
        };
        let (first, last) = (rows[at].0, rows[at + height - 1].0);
        let line_breaks = text[last.start..last.end].matches('\n').count() as u64;
        Some(Self {
            line: first.line,
            rows: height,
            above: at,
            body: last.end,
            body_line: last.line + line_breaks,
            layout,
        })
    }
}

/// A row at the head of a text.
type HeadRow = (Place, Vec<String>);

/// The rows at the head of a text, as far down as a stated header row and the next one may lie. The cells of a broken line
/// are what lies between its delimiters.
fn head(text: &str, delimiter: u8, header_row: Option<u32>) -> Vec<HeadRow> {
    let stated = header_row.and_then(|row| usize::try_from(row).ok()).unwrap_or(0);
    let limit = stated.saturating_add(1).max(HEAD_ROWS);
    let mut records = Records::new(text, delimiter, 0, 1, 0);
    let mut rows = Vec::new();
    while rows.len() < limit {
        match records.next(None) {
            Next::Row(place) => {
                let cells = (0..records.cells()).map(|at| records.cell(at).unwrap_or_default().to_owned());
                rows.push((place, cells.collect()));
            }
            Next::Broken(place, _) => {
                let cells = text[place.start..place.end].split(char::from(delimiter));
                rows.push((place, cells.map(|cell| bare(cell).to_owned()).collect()));
            }
            Next::End => break,
        }
    }
    rows
}

/// Place of a line among the rows at the head.
fn place_of(rows: &[HeadRow], line: u32) -> Option<usize> {
    rows.iter().position(|(place, _)| place.line == u64::from(line))
}

/// The delimiters to try: the stated one, or the usual ones.
fn delimiters<'r>(request: &'r Request<'_>) -> &'r [u8] {
    request.input.delimiter.as_ref().map_or(DELIMITERS, std::slice::from_ref)
}

/// The error of a text in which no header is found.
fn no_header(request: &Request<'_>, text: &str) -> IngestError {
    let rows = head(text, delimiters(request)[0], request.input.header_row);
    let at = request.input.header_row.and_then(|line| place_of(&rows, line));
    match rows.get(at.unwrap_or(0)) {
        None => IngestError::Empty { table: request.table.clone(), file: request.file().to_owned() },
        Some((place, cells)) => request.no_header(rows.len(), place.line, &a_few(cells.iter().map(String::as_str), 4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::TableInput;
    use crate::terms::Bilingual;
    use crate::terms::Column;

    use super::super::layout::ReadAs;

    fn input(header_row: Option<u32>, delimiter: Option<u8>) -> TableInput {
        TableInput { header_row, delimiter, ..TableInput::of(std::path::Path::new("r.csv")) }
    }

    /// Each row as `line:id|name`, each one at fault and each broken line as `line!code`; then the warnings' codes.
    fn read(input: &TableInput, bytes: &[u8]) -> (Vec<String>, Vec<String>) {
        let requested = vec![
            RequestedColumn::required(Column::EntityId, ReadAs::Id),
            RequestedColumn::optional(Column::Name, ReadAs::Text),
        ];
        let request = Request { table: "entities".to_owned(), input, requested };
        let mut outcome = Outcome::new("entities", "r.csv");
        let file = TextFile::open(&request, bytes.to_vec(), &mut outcome).expect("a header");
        let mut rows = Vec::new();
        file.read(&request.requested, &mut outcome, &mut |table: RawTable<'_>, _: &mut Outcome| {
            for row in 0..table.height {
                let cell = |at: usize| table.columns[at].as_ref().and_then(|cells| cells.text(row)).unwrap_or("-");
                let line = table.row_number(row);
                rows.push(match table.faults.get(&row) {
                    Some(fault) => (line, format!("{line}!{}", fault.code())),
                    None => (line, format!("{line}:{}|{}", cell(0), cell(1))),
                });
            }
            Ok(())
        })
        .expect("readable rows");
        rows.extend(outcome.quarantine.iter().map(|row| (row.row, format!("{}!{}", row.row, row.reason.code()))));
        rows.sort();
        let account = outcome.into_account(0, 0);
        let noted = account.tallies.keys().map(|note| note.code().to_owned());
        let codes = account.warnings.iter().map(|warning| warning.code.clone()).chain(noted).collect();
        (rows.into_iter().map(|(_, row)| row).collect(), codes)
    }

    #[test]
    fn delimiters_are_tried_or_stated() {
        for delimiter in [",", "\t", ";", "|"] {
            let text = "entity_id,name\nA1,甲\nA2,\n".replace(',', delimiter);
            assert_eq!(read(&input(None, None), text.as_bytes()).0, ["2:A1|甲", "3:A2|-"]);
        }
        let stated = input(None, Some(b'^'));
        assert_eq!(read(&stated, b"entity_id^name\nA1^\"x^y\"\n").0, ["2:A1|x^y"]);
    }

    #[test]
    fn headers_in_two_rows_and_repeated_ones_are_no_rows() {
        let text = "名录,,\n统一社会信用代码,基本信息,\n,企业名称,备注\nA1,甲,\n\n统一社会信用代码,基本信息,\nA2,乙,\n";
        let rows = ["4:A1|甲", "6!repeated-header", "7:A2|乙"];
        for header_row in [None, Some(2)] {
            let (read, codes) = read(&input(header_row, None), text.as_bytes());
            assert_eq!(
                (read.as_slice(), codes),
                (
                    rows.map(str::to_owned).as_slice(),
                    ["rows-above-header", "two-header-rows"].map(str::to_owned).to_vec()
                )
            );
        }
    }

    #[test]
    fn a_quote_that_opens_above_the_header_does_not_hide_it() {
        let text = "\"名录\n统一社会信用代码,企业名称\n91350100M000100Y43,甲\n";
        assert_eq!(read(&input(None, None), text.as_bytes()).0, ["3:91350100M000100Y43|甲"]);
    }

    #[test]
    fn broken_lines_and_undecodable_cells_are_set_aside() {
        let mut bytes = "entity_id,name,备注\nA1,\"甲,好\nA2,乙丙丁,好\nA3,".as_bytes().to_vec();
        bytes.extend(b"\xFF,x\nA4,\xE7\x94\xB2,\xFF\n,,\n");
        let (rows, codes) = read(&input(None, None), &bytes);
        assert_eq!(rows, ["2!broken-record", "3:A2|乙丙丁", "4!undecodable-text", "5:A4|甲"]);
        assert_eq!(codes, ["blank-rows", "undecodable-elsewhere"]);
    }

    #[test]
    fn rows_are_recalled_by_their_place() {
        let requested = vec![RequestedColumn::required(Column::EntityId, ReadAs::Id)];
        let input = input(None, None);
        let request = Request { table: "entities".to_owned(), input: &input, requested };
        let mut outcome = Outcome::new("entities", "r.csv");
        let text = b"entity_id,name\nA1,\"x\nA2,y\n,\nA3,\"z\nz\"\n".to_vec();
        let file = TextFile::open(&request, text, &mut outcome).expect("a header");
        let reread = |row: u64, raw: &str| SourceRow { row, raw: raw.to_owned() };
        let expected = BTreeMap::from([(0, reread(3, "A2,y")), (1, reread(5, "A3,\"z\nz\""))]);
        assert_eq!(file.reread(&[0, 1]), expected);
    }

    /// Rows, broken lines and notes of a text longer than several parts, whose quotation marks join lines, stay open or close
    /// at the borders of the parts, are those of one reader from its start to its end.
    #[test]
    fn parts_read_side_by_side_give_what_one_reader_gives() {
        let mut text = "entity_id,name\n".to_owned();
        let mut line = 0_u64;
        while text.len() < 9 * PART_BYTES / 2 {
            line += 1;
            // The last line of a part by the plain cut: quotation marks there reach into the next one.
            let is_last = (text.len() - 15) % PART_BYTES > PART_BYTES - 200;
            match line % 9_973 {
                _ if is_last && line.is_multiple_of(3) => text += &format!("A{line},\"甲\n乙\n丙\"\n"),
                _ if is_last && line % 3 == 1 => text += &format!("A{line},\"开\n"),
                7 => text += &format!("A{line},\"多\n行\"\n"),
                11 => text += &format!("A{line},a,b\n"),
                13 => text += "\n,\n",
                _ => text += &format!("A{line},某某有限公司{line}\n"),
            }
        }
        let mut expected = Vec::new();
        let mut records = Records::new(&text, b',', 15, 2, 0);
        loop {
            match records.next(Some(2)) {
                Next::Row(place) => {
                    let cell = |at| records.cell(at).unwrap_or_default();
                    let name = if cell(1).is_empty() { "-" } else { cell(1) };
                    expected.push((place.line, format!("{}:{}|{name}", place.line, cell(0))));
                }
                Next::Broken(place, reason) => expected.push((place.line, format!("{}!{}", place.line, reason.code()))),
                Next::End => break,
            }
        }
        expected.sort();
        let (rows, codes) = read(&input(None, None), text.as_bytes());
        assert!(rows.len() > 100_000 && rows.iter().any(|row| row.contains("!broken-record")));
        let differs = rows.iter().zip(&expected).find(|(row, (_, expected))| *row != expected);
        assert_eq!(differs, None);
        assert_eq!((rows.len(), codes), (expected.len(), vec!["blank-rows".to_owned()]));
    }
}
