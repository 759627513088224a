//! Delimited text files: header found or stated, then batches of the wanted columns.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use encoding_rs::UTF_8;
use rayon::prelude::*;

use crate::plan::TextEncoding;
use crate::terms::{Note, SetAside, Warning};

use super::decode::{Decoded, decode};
use super::error::IngestError;
use super::layout::{Found, HEAD_ROWS, Layout, RequestedColumn, find_header, stated_header};
use super::outcome::{Outcome, a_few};
use super::place::Piece;
use super::raw::{Cells, RawRows, RawTable, RowNumbers};
use super::records::{Carried, Next, Place, Records};
use super::row_form::bare;
use super::source::{Each, Request, SourceRow};
use super::spans::{Places, Spans};
use super::text_body::{TextBody, TextInFile};

/// Delimiters that are tried, in order of preference.
const DELIMITERS: &[u8] = b",\t;|";
/// Bytes of a row for which places are kept ready.
const ROW_BYTES: usize = 24;

/// A text file whose header has been found.
#[derive(Debug)]
pub(super) struct TextFile {
    body: TextBody,
    /// Name of the encoding, in lower case.
    pub encoding: String,
    damaged: bool,
    delimiter: u8,
    /// First byte after the header, and its line.
    first: usize,
    first_line: u64,
    layout: Layout,
}

impl TextFile {
    /// Decodes the bytes and finds the header.
    ///
    /// # Errors
    /// The bytes are of no known encoding, no header is found, or it lacks a required column.
    pub fn open(request: &Request<'_>, bytes: Vec<u8>, outcome: &mut Outcome) -> Result<Self, IngestError> {
        let Decoded { text, encoding, damaged, warnings } =
            decode(request.file(), &request.table, bytes, request.input.encoding)?;
        warnings.into_iter().for_each(|warning| outcome.warn(warning));
        let (delimiter, header) = Header::checked(request, &text, outcome)?;
        Ok(Self::of(TextBody::Held(text), encoding, damaged, delimiter, header))
    }

    /// Finds the header of a file of `length` bytes whose text need not be held and is read in parts of about `part_bytes`; `None`
    /// if it must be held. `memory`: most bytes of what may have to be held after all.
    ///
    /// # Errors
    /// The file cannot be read, no header is found, or it lacks a required column.
    pub fn open_in_parts(
        request: &Request<'_>,
        piece: &Arc<Piece>,
        length: u64,
        memory: u64,
        part_bytes: usize,
        outcome: &mut Outcome,
    ) -> Result<Option<Self>, IngestError> {
        match request.input.encoding {
            TextEncoding::Stated(encoding) if encoding != UTF_8 => return Ok(None),
            TextEncoding::Stated(_) | TextEncoding::Auto => {}
        }
        let text = TextInFile::survey(piece, &request.table, length, memory, part_bytes);
        let Some(text) = text.map_err(|source| request.unreadable(piece, source))? else { return Ok(None) };
        let body = TextBody::InFile(text);
        let first = body.parts_from(0)[0].clone();
        let head_of_text = body.part(&first)?;
        let is_certain = |&delimiter: &u8| head(&head_of_text, delimiter, request.input.header_row).is_certain;
        if !delimiters(request).iter().all(is_certain) {
            return Ok(None);
        }
        let (delimiter, mut header) = Header::checked(request, &head_of_text, outcome)?;
        header.body += first.start;
        body.give_back(head_of_text);
        Ok(Some(Self::of(body, UTF_8.name().to_ascii_lowercase(), false, delimiter, header)))
    }

    fn of(body: TextBody, encoding: String, damaged: bool, delimiter: u8, header: Header) -> Self {
        let Header { body: first, body_line: first_line, layout, .. } = header;
        Self { body, encoding, damaged, delimiter, first, first_line, layout }
    }

    /// Hands over the rows part by part; broken lines go to quarantine.
    ///
    /// A few parts at a time are read side by side, each as if a record began with its first line, while those before them are
    /// handed over. A part is read again, where the one before it ended, if that was not so: a quotation mark joins lines across
    /// the border. It is also read again if what its quotation marks mean depends on rows before it.
    ///
    /// # Errors
    /// Those of `each`; the file cannot be read, or has changed; a text with such marks does not fit in memory.
    pub fn read(
        &self,
        requested: &[RequestedColumn],
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<(), IngestError> {
        let mut carried = self.carried(self.first, self.first_line);
        let reading = Reading { file: self, requested, body: &self.body, before: 0 };
        if !reading.read(&mut carried, outcome, each)?
            && let TextBody::InFile(text) = &self.body
        {
            let held = text.held_from(carried.cursor)?;
            let rest = Reading { body: &held, before: carried.cursor, ..reading };
            carried.cursor = 0;
            rest.read(&mut carried, outcome, each)?;
        }
        if carried.blank > 0 {
            outcome.warn(Warning::BlankRows { file: outcome.file.clone(), rows: carried.blank });
        }
        Ok(())
    }

    fn carried(&self, cursor: usize, line: u64) -> Carried {
        Carried::new(cursor, line, self.layout.key().unwrap_or(0))
    }

    /// Row numbers and raw texts of some well-formed rows, named by their place in file order (ascending).
    ///
    /// # Errors
    /// Those of [`TextFile::read`].
    pub fn reread(&self, wanted: &[u32]) -> Result<BTreeMap<u32, SourceRow>, IngestError> {
        let (mut found, mut first) = (BTreeMap::new(), 0);
        let mut wanted = wanted.iter().map(|&place| place as usize).peekable();
        self.read(&[], &mut Outcome::new("", ""), &mut |table, _| {
            let end = first + table.height;
            while let Some(place) = wanted.next_if(|&place| place < end) {
                let row = place - first;
                found.insert(place as u32, SourceRow { row: table.row_number(row), raw: table.raw(row) });
            }
            first = end;
            Ok(())
        })?;
        Ok(found)
    }
}

/// A text that is read from some byte on.
struct Reading<'f> {
    file: &'f TextFile,
    requested: &'f [RequestedColumn],
    body: &'f TextBody,
    /// Bytes of the file before the text.
    before: usize,
}

/// A part that was read by itself.
struct Alone<'t> {
    range: Range<usize>,
    text: Cow<'t, str>,
    part: Part,
    carried: Carried,
}

impl Reading<'_> {
    /// Hands over the rows from the cursor of `carried` on, to the end; in a text that is not held, up to a part that is not read
    /// by itself. Whether the end was reached.
    fn read(&self, carried: &mut Carried, outcome: &mut Outcome, each: &mut Each<'_>) -> Result<bool, IngestError> {
        let parts = self.body.parts_from(carried.cursor);
        let mut groups = parts.chunks(2 * rayon::current_num_threads());
        let mut read_next = || groups.next().map(|group| self.read_alone(group)).transpose();
        let mut ready = read_next()?;
        while let Some(group) = ready {
            let (next, handed_over) = rayon::join(&mut read_next, || {
                group.into_iter().try_fold(true, |goes_on, alone| {
                    if goes_on { self.hand_over_or_read_again(alone, carried, outcome, each) } else { Ok(false) }
                })
            });
            if !handed_over? {
                return Ok(false);
            }
            ready = next?;
        }
        Ok(true)
    }

    fn read_alone(&self, parts: &[Range<usize>]) -> Result<Vec<Alone<'_>>, IngestError> {
        let alone = parts.par_iter().map(|range| {
            let text = self.body.part(range)?;
            let mut records = Records::new(&text, self.file.delimiter, self.file.carried(0, 0));
            let part = self.part(&mut records, text.len());
            let carried = records.into_carried();
            Ok(Alone { range: range.clone(), text, part, carried })
        });
        alone.collect()
    }

    /// Whether reading goes on.
    fn hand_over_or_read_again(
        &self,
        alone: Alone<'_>,
        carried: &mut Carried,
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<bool, IngestError> {
        let Alone { range, text, mut part, carried: of_part } = alone;
        if carried.would_read(&of_part, range.start) {
            part.count_lines_from(carried.line);
            carried.go_on_from(of_part);
            self.hand_over(part, &text, range.end, outcome, each)?;
        } else if let TextBody::Held(whole) = self.body {
            let start = carried.cursor;
            let from_here = std::mem::replace(carried, self.file.carried(0, 0));
            let mut records = Records::new(whole, self.file.delimiter, from_here);
            let part = self.part(&mut records, range.end);
            *carried = records.into_carried();
            self.hand_over(part, &whole[start..carried.cursor], carried.cursor, outcome, each)?;
        } else {
            return Ok(false);
        }
        self.body.give_back(text);
        Ok(true)
    }

    /// Reads the records that begin before byte `end`. Places of rows are counted from where the part begins.
    fn part(&self, records: &mut Records<'_>, end: usize) -> Part {
        let mut part = Part::new(&self.file.layout, self.requested, records.cursor(), end);
        while records.cursor() < end {
            match records.next(Some(self.file.layout.width())) {
                Next::Row(place) => part.push(self.file, place, records, self.requested),
                Next::Broken(place, reason) => part.broken.push((place, reason)),
                Next::End => break,
            }
        }
        part
    }

    /// Hands a part over that stands in `text`, which ends with byte `end`.
    fn hand_over(
        &self,
        part: Part,
        text: &str,
        end: usize,
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<(), IngestError> {
        let raw = |place: &Place| &text[place.start - part.start..place.end - part.start];
        for (place, reason) in &part.broken {
            outcome.rows_read += 1;
            outcome.set_aside(place.line, reason.clone(), raw(place));
        }
        for place in &part.undecodable {
            outcome.note(Note::UndecodableElsewhere, place.line, raw(place));
        }
        if part.spans.is_empty() {
            return Ok(());
        }
        let length = self.body.length() + self.before;
        each(part.finish(text, (end + self.before) as f64 / length as f64), outcome)
    }
}

/// Rows of a part of a text, and what is wrong with its lines.
struct Part {
    /// First byte.
    start: usize,
    /// The wanted columns that the file has, each with the place of its cell.
    columns: Vec<Option<(usize, Places)>>,
    lines: RowNumbers,
    spans: Vec<(u32, u32)>,
    faults: BTreeMap<usize, SetAside>,
    /// Lines that are no records, and why.
    broken: Vec<(Place, SetAside)>,
    /// Rows with a character that could not be decoded in a column that is not read.
    undecodable: Vec<Place>,
}

impl Part {
    /// No rows yet of a part from byte `start` to about byte `end`.
    fn new(layout: &Layout, requested: &[RequestedColumn], start: usize, end: usize) -> Self {
        let rows = end.saturating_sub(start) / ROW_BYTES;
        let column = |place: &Option<usize>| place.map(|at| (at, Places::with_capacity(rows)));
        Self {
            start,
            columns: layout.places.iter().zip(requested).map(|(place, _)| column(place)).collect(),
            lines: RowNumbers::From(0),
            spans: Vec::with_capacity(rows),
            faults: BTreeMap::new(),
            broken: Vec::new(),
            undecodable: Vec::new(),
        }
    }

    /// Counts the lines, so far from 0, from `first` on.
    fn count_lines_from(&mut self, first: u64) {
        self.lines.shift(first);
        let places = self.broken.iter_mut().map(|(place, _)| place).chain(&mut self.undecodable);
        places.for_each(|place| place.line += first);
    }

    /// Adds the last row of `records`, whose place is given.
    fn push(&mut self, file: &TextFile, place: Place, records: &Records<'_>, requested: &[RequestedColumn]) {
        let mut touched = None;
        for (column, column_request) in self.columns.iter_mut().zip(requested) {
            let Some((at, places)) = column else { continue };
            match records.plain_cell(*at) {
                Some(cell) => places.push(cell.start - self.start, cell.end - self.start),
                None => places.push_copied(records.cell(*at).unwrap_or_default()),
            }
            if file.damaged && records.cell(*at).is_some_and(|cell| cell.contains(char::REPLACEMENT_CHARACTER)) {
                touched = touched.or(Some(&column_request.name));
            }
        }
        let row = self.spans.len();
        if file.layout.is_repeated_header(|at| records.cell(at)) {
            self.faults.insert(row, SetAside::RepeatedHeader);
        } else if let Some(column) = touched {
            let fault = SetAside::Undecodable { column: column.clone(), encoding: file.encoding.clone() };
            self.faults.insert(row, fault);
        } else if file.damaged && records.text(place).contains(char::REPLACEMENT_CHARACTER) {
            self.undecodable.push(place);
        }
        self.lines.push(row, place.line);
        self.spans.push(((place.start - self.start) as u32, (place.end - self.start) as u32));
    }

    /// The rows, which stand in `text`; with them, `done` of the file is read.
    fn finish(self, text: &str, done: f64) -> RawTable<'_> {
        let cells = |(_, places): (usize, Places)| Cells::Spans(Spans::new(text, places));
        RawTable {
            columns: self.columns.into_iter().map(|column| column.map(cells)).collect(),
            height: self.spans.len(),
            rows: self.lines,
            raw: RawRows::Spans(text, self.spans),
            faults: self.faults,
            done,
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
    /// The header under the delimiter that knows most columns, which it is checked to have, and that delimiter.
    fn checked(request: &Request<'_>, text: &str, outcome: &mut Outcome) -> Result<(u8, Self), IngestError> {
        let mut best: Option<(u8, Self)> = None;
        for &delimiter in delimiters(request) {
            let Some(header) = Self::find(request, text, delimiter) else { continue };
            if best.as_ref().is_none_or(|(_, best)| header.layout.known > best.layout.known) {
                best = Some((delimiter, header));
            }
        }
        let Some((delimiter, header)) = best else { return Err(no_header(request, text)) };
        request.check(&header.layout, header.line, header.above, outcome)?;
        if header.rows == 2 {
            outcome.warn(Warning::TwoHeaderRows { file: request.file().to_owned(), row: header.line });
        }
        Ok((delimiter, header))
    }

    /// The header under one delimiter.
    fn find(request: &Request<'_>, text: &str, delimiter: u8) -> Option<Self> {
        let rows = head(text, delimiter, request.input.header_row).rows;
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
struct Head {
    rows: Vec<HeadRow>,
    /// Whether they are the same whatever stands behind the text.
    is_certain: bool,
}

fn head(text: &str, delimiter: u8, header_row: Option<u32>) -> Head {
    let stated = header_row.and_then(|row| usize::try_from(row).ok()).unwrap_or(0);
    let limit = stated.saturating_add(1).max(HEAD_ROWS);
    let mut records = Records::new(text, delimiter, Carried::new(0, 1, 0));
    let mut rows = Vec::new();
    while rows.len() < limit {
        match records.next(None) {
            Next::Row(place) => {
                let cells = (0..records.cells()).map(|at| records.cell(at).unwrap_or_default().to_owned());
                rows.push((place, cells.collect()));
            }
            Next::Broken(place, _) => {
                let cells = records.text(place).split(char::from(delimiter));
                rows.push((place, cells.map(|cell| bare(cell).to_owned()).collect()));
            }
            Next::End => break,
        }
    }
    let is_certain = rows.len() == limit && !records.into_carried().is_dependent;
    Head { rows, is_certain }
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
    let rows = head(text, delimiters(request)[0], request.input.header_row).rows;
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
    use super::super::text_body::{MOST_PART_BYTES, PART_BYTES};

    fn input(header_row: Option<u32>, delimiter: Option<u8>) -> TableInput {
        TableInput { header_row, delimiter, ..TableInput::of(std::path::Path::new("r.csv")) }
    }

    /// Each row as `line:id|name`, each one at fault and each broken line as `line!code`; then the warnings' codes.
    fn read(input: &TableInput, bytes: &[u8]) -> (Vec<String>, Vec<String>) {
        read_as(input, |request, outcome| TextFile::open(request, bytes.to_vec(), outcome)).expect("a header")
    }

    /// The same of a file that is read in parts of so many bytes and more; `None` if it must be held.
    fn read_in_parts(input: &TableInput, bytes: &[u8], part_bytes: usize) -> Option<(Vec<String>, Vec<String>)> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("a temporary file");
        let piece = Arc::new(Piece::at("r.csv", file.path()));
        let length = bytes.len() as u64;
        let mut is_held = false;
        let read = read_as(input, |request, outcome| {
            let text = TextFile::open_in_parts(request, &piece, length, u64::MAX, part_bytes, outcome)?;
            is_held = text.is_none();
            text.map_or_else(|| TextFile::open(request, bytes.to_vec(), outcome), Ok)
        });
        read.ok().filter(|_| !is_held)
    }

    fn read_as(
        input: &TableInput,
        open: impl FnOnce(&Request<'_>, &mut Outcome) -> Result<TextFile, IngestError>,
    ) -> Result<(Vec<String>, Vec<String>), IngestError> {
        let requested = vec![
            RequestedColumn::required(Column::EntityId, ReadAs::Id),
            RequestedColumn::optional(Column::Name, ReadAs::Text),
        ];
        let request = Request { table: "entities".to_owned(), input, requested };
        let mut outcome = Outcome::new("entities", "r.csv");
        let file = open(&request, &mut outcome)?;
        let (mut rows, mut seen) = (Vec::new(), BTreeMap::new());
        file.read(&request.requested, &mut outcome, &mut |table: RawTable<'_>, _: &mut Outcome| {
            for row in 0..table.height {
                let cell = |at: usize| table.columns[at].as_ref().and_then(|cells| cells.text(row)).unwrap_or("-");
                let line = table.row_number(row);
                seen.insert(seen.len() as u32, SourceRow { row: line, raw: table.raw(row) });
                rows.push(match table.faults.get(&row) {
                    Some(fault) => (line, format!("{line}!{}", fault.code())),
                    None => (line, format!("{line}:{}|{}", cell(0), cell(1))),
                });
            }
            Ok(())
        })?;
        let wanted: Vec<u32> = seen.keys().copied().step_by(3).collect();
        seen.retain(|place, _| place % 3 == 0);
        assert_eq!(file.reread(&wanted)?, seen);
        rows.extend(outcome.quarantine.iter().map(|row| (row.row, format!("{}!{}", row.row, row.reason.code()))));
        rows.sort();
        let account = outcome.into_account(0, 0);
        let noted = account.tallies.keys().map(|note| note.code().to_owned());
        let codes = account.warnings.iter().map(|warning| warning.code.clone()).chain(noted).collect();
        Ok((rows.into_iter().map(|(_, row)| row).collect(), codes))
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
        assert_eq!(file.reread(&[0, 1]).expect("rows"), expected);
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
        let mut records = Records::new(&text, b',', Carried::new(15, 2, 0));
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
    #[test]
    fn what_is_not_the_text_byte_by_byte_is_held() {
        let text = format!("entity_id,name\n{}", "A1,甲\n".repeat(90));
        let parts = |bytes: &[u8]| read_in_parts(&input(None, None), bytes, 256);
        let plain = parts(text.as_bytes());
        assert_eq!(plain, Some(read(&input(None, None), text.as_bytes())));
        assert_eq!(parts(format!("\u{FEFF}{text}").as_bytes()), plain);
        let held = [
            encoding_rs::GB18030.encode(&text).0.into_owned(),
            format!("\u{FEFF}\u{FEFF}{text}").into_bytes(),
            format!("{text}\u{1A}").into_bytes(),
            format!("{text}\0").into_bytes(),
            text.replace('\n', "\r").into_bytes(),
            text.as_bytes()[..text.len() - 2].to_vec(),
            b"entity_id,name\nA1,x\n".to_vec(),
            format!("entity_id,name\nA1,{}\n{text}", "x".repeat(MOST_PART_BYTES)).into_bytes(),
        ];
        for bytes in held {
            let shown = String::from_utf8_lossy(&bytes[..20]).into_owned();
            assert_eq!(parts(&bytes), None, "{shown:?}");
        }
        // A quotation mark in the head leaves in doubt what it is until its end is seen.
        assert_eq!(parts(format!("\"名录\n{text}").as_bytes()), None);
        let far = input(Some(90), None);
        assert_eq!(read_in_parts(&far, format!("{}{text}", "xxxxx\n".repeat(89)).as_bytes(), 256), None);
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_said() {
        let text = format!("entity_id,name\n{}", "A1,甲\n".repeat(4_000));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        for changed in [&text.as_bytes()[..6_000], text.replace('甲', "x\u{0}\u{0}").replace("\u{0}", "").as_bytes()] {
            std::fs::write(file.path(), &text).expect("a temporary file");
            let piece = Arc::new(Piece::at("r.csv", file.path()));
            let error = read_as(&input(None, None), |request, outcome| {
                let length = text.len() as u64;
                let text = TextFile::open_in_parts(request, &piece, length, u64::MAX, 1_000, outcome)?;
                std::fs::write(file.path(), changed).expect("a temporary file");
                Ok(text.expect("a text that stays in its file"))
            });
            assert!(matches!(error, Err(IngestError::Changed { .. })), "{error:?}");
        }
    }

    #[test]
    fn a_text_that_must_be_held_after_all_keeps_within_memory() {
        let text = format!("entity_id,name\n{}A1,\"甲\n乙\"\n{0}", "A1,甲\n".repeat(4_000));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), &text).expect("a temporary file");
        let piece = Arc::new(Piece::at("r.csv", file.path()));
        let read = |memory: u64| {
            read_as(&input(None, None), |request, outcome| {
                let text = TextFile::open_in_parts(request, &piece, text.len() as u64, memory, 1_000, outcome)?;
                Ok(text.expect("a text that stays in its file"))
            })
        };
        assert_eq!(read(1 << 20).expect("rows"), super::tests::read(&input(None, None), text.as_bytes()));
        assert!(matches!(read(1 << 10), Err(IngestError::BeyondMemory { memory: 1_024, .. })));
    }

    proptest::proptest! {
        /// In whatever parts a file is read, its rows, broken lines and notes are those of the text in one piece.
        #[test]
        fn parts_of_a_file_give_what_the_text_gives(
            rows in proptest::collection::vec("(A1,(x|甲)|A[0-9],\"(x|,|甲|\"\")*\"|A1,\"x|乙\",y|,|A1,x,y|\"|entity_id,name)?(\n|\r\n)", 40..80),
            part_bytes in 100_usize..250,
        ) {
            let text = format!("entity_id,name\n{}{}", "A1,x\n".repeat(40), rows.concat());
            let in_parts = read_in_parts(&input(None, None), text.as_bytes(), part_bytes);
            if part_bytes > 160 && text.len() > 2 * part_bytes {
                proptest::prop_assert!(in_parts.is_some());
            }
            if let Some(in_parts) = in_parts {
                proptest::prop_assert_eq!(in_parts, read(&input(None, None), text.as_bytes()));
            }
        }
    }
}
