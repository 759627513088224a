//! Records of a delimited text, with recovery from broken quotation marks.
//!
//! A quotation mark that opens a cell and never closes would swallow the rows that follow. So while a record is open at
//! the end of a line, the next line is looked at by itself: if it looks like a row of the table, the lines before it are
//! broken, each by itself, and reading goes on with that row. No byte is looked at more than a few times.

use std::ops::Range;

use memchr::memchr2;

use crate::terms::SetAside;

use super::quoted::Quoted;
use super::raw::LONGEST_CELL;
use super::row_form::{RowForm, is_blank};

/// Most lines of a record above the rows of a table.
const MOST_HEAD_LINES: u64 = 16;

/// Bytes of a cell that are looked at without a search.
const SHORT_CELL: usize = 32;

/// Most bytes of a record, so that 31 bits number the bytes of a part and of its last record.
const LONGEST_RECORD: usize = 1 << 30;

/// A record's place in the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// First byte.
    pub start: usize,
    /// One past the last byte, without the line end.
    pub end: usize,
    /// Line of the first byte, from 1.
    pub line: u64,
}

/// The next thing in a text.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Next {
    /// A record; its cells are given by [`Records::cell`].
    Row(Place),
    /// A line that is not a record of the table, and why.
    Broken(Place, SetAside),
    /// The text is at its end.
    End,
}

/// The lines of a record.
struct Span {
    place: Place,
    /// First byte of the line that follows.
    next: usize,
    lines: u64,
}

/// What reading carries from one record to the next, and from one part of a text to the next.
#[derive(Debug)]
pub(super) struct Carried {
    /// Next byte to look at, the first of a line, and that line.
    pub cursor: usize,
    pub line: u64,
    /// The lines up to here are broken, and why.
    broken: Option<(usize, SetAside)>,
    form: RowForm,
    /// Blank rows passed over so far, empty lines not counted.
    pub blank: u64,
    /// Whether what was read depends on the rows before it or the lines behind it: a record was open at the end of a line.
    pub is_dependent: bool,
}

impl Carried {
    /// Before the record at byte `cursor`, which is on line `line`; `key` is the place of the key's cell in the table.
    pub fn new(cursor: usize, line: u64, key: usize) -> Self {
        Self { cursor, line, broken: None, form: RowForm::new(key), blank: 0, is_dependent: false }
    }

    /// Whether `part`, which was read by itself as if a record began with its first byte, byte `start`, is what would have been
    /// read from here on.
    pub fn would_read(&self, part: &Self, start: usize) -> bool {
        let is_broken = self.broken.as_ref().is_some_and(|(end, _)| *end > self.cursor);
        self.cursor == start && !is_broken && !part.is_dependent
    }

    /// Goes on where `part` ended, whose bytes and lines were counted from 0.
    pub fn go_on_from(&mut self, part: Self) {
        self.cursor += part.cursor;
        self.line += part.line;
        self.broken = None;
        self.blank += part.blank;
        self.form.learn_from(part.form);
    }
}

/// Reads the records of a text one after the other. Lines end with `\n` or `\r\n`.
pub(super) struct Records<'a> {
    text: &'a str,
    delimiter: u8,
    carried: Carried,
    /// Whether no cell of the last record is quoted: then the cells stand in the text one after the other, each followed by
    /// a delimiter, from `first` on, and `ends` holds one past the last byte of each. Otherwise they are in `quoted`.
    is_plain: bool,
    first: usize,
    ends: Vec<usize>,
    quoted: Quoted,
}

impl<'a> Records<'a> {
    /// Records of `text`, going on from `carried`. `delimiter` is an ASCII character.
    pub fn new(text: &'a str, delimiter: u8, carried: Carried) -> Self {
        let (first, ends, quoted) = (carried.cursor, Vec::new(), Quoted::default());
        Self { text, delimiter, carried, is_plain: true, first, ends, quoted }
    }

    /// Next byte to look at, the first of a line.
    pub fn cursor(&self) -> usize {
        self.carried.cursor
    }

    /// A row or broken line as it stands in the text.
    pub fn text(&self, place: Place) -> &'a str {
        &self.text[place.start..place.end]
    }

    /// What goes on with the next part.
    pub fn into_carried(self) -> Carried {
        self.carried
    }

    /// The next record or broken line; blank rows are passed over. With `width`, a record has that many cells (further ones
    /// are blank); without, above the rows of a table, any number.
    pub fn next(&mut self, width: Option<usize>) -> Next {
        while self.carried.cursor < self.text.len() {
            if let Some((end, reason)) = &self.carried.broken {
                if self.carried.cursor < *end {
                    let reason = reason.clone();
                    let place = self.pass_line();
                    if is_blank(&self.text[place.start..place.end]) {
                        continue;
                    }
                    return Next::Broken(place, reason);
                }
                self.carried.broken = None;
            }
            let span = match self.plain() {
                Some(span) => span,
                None => match self.quoted(width) {
                    Ok(span) => span,
                    Err(broken) => {
                        self.carried.broken = Some(broken);
                        continue;
                    }
                },
            };
            if span.lines == 1 && (0..self.cells()).all(|at| self.is_blank(at)) {
                self.carried.blank += u64::from(span.place.start < span.place.end);
                self.pass(&span);
            } else if let Some(reason) = self.problem(&span, width) {
                self.carried.broken = Some((span.next, reason));
            } else {
                if span.lines == 1 && width.is_some() {
                    self.learn();
                }
                self.pass(&span);
                return Next::Row(span.place);
            }
        }
        Next::End
    }

    /// Number of cells of the last row.
    pub fn cells(&self) -> usize {
        if self.is_plain { self.ends.len() } else { self.quoted.len() }
    }

    /// A cell of the last row, without the quotation marks around it; `None` beyond its end.
    pub fn cell(&self, at: usize) -> Option<&str> {
        if self.is_plain { self.plain_cell(at).map(|cell| &self.text[cell]) } else { self.quoted.cell(at) }
    }

    /// Where a cell of the last row stands in the text; `None` beyond its end, and where cells are quoted.
    pub fn plain_cell(&self, at: usize) -> Option<Range<usize>> {
        let end = *self.ends.get(at).filter(|_| self.is_plain)?;
        let start = at.checked_sub(1).map_or(self.first, |before| self.ends[before] + 1);
        Some(start..end)
    }

    /// Whether a cell of the last record holds nothing but blanks.
    fn is_blank(&self, at: usize) -> bool {
        self.cell(at).is_none_or(is_blank)
    }

    /// Learns the form of the last record's id.
    fn learn(&mut self) {
        let key = self.carried.form.key;
        let id = if self.is_plain { self.plain_cell(key).map(|cell| &self.text[cell]) } else { self.quoted.cell(key) };
        if let Some(id) = id {
            self.carried.form.learn(id);
        }
    }

    /// Moves on to the line behind a record.
    fn pass(&mut self, span: &Span) {
        self.carried.cursor = span.next;
        self.carried.line += span.lines;
    }

    /// Passes the line at the cursor.
    fn pass_line(&mut self) -> Place {
        let (end, next) = line_end(self.text, self.carried.cursor);
        let place = Place { start: self.carried.cursor, end, line: self.carried.line };
        self.pass(&Span { place, next, lines: 1 });
        place
    }

    /// The record of the line at the cursor if none of its cells is quoted.
    fn plain(&mut self) -> Option<Span> {
        let (bytes, delimiter) = (self.text.as_bytes(), self.delimiter);
        self.is_plain = true;
        self.first = self.carried.cursor;
        self.ends.clear();
        let mut start = self.carried.cursor;
        let line_break = loop {
            if bytes.get(start) == Some(&b'"') {
                return None;
            }
            let end = cell_end(bytes, start, delimiter);
            if bytes.get(end) != Some(&delimiter) {
                break end;
            }
            self.ends.push(end);
            start = end + 1;
        };
        let end =
            bytes[start..line_break].iter().rposition(|&byte| byte != b'\r').map_or(start, |last| start + last + 1);
        self.ends.push(end);
        let place = Place { start: self.carried.cursor, end, line: self.carried.line };
        Some(Span { place, next: (line_break + 1).min(bytes.len()), lines: 1 })
    }

    /// The record at the cursor, over as many lines as its quotation marks join; or up to where its lines are broken, and
    /// why.
    fn quoted(&mut self, width: Option<usize>) -> Result<Span, (usize, SetAside)> {
        let text = self.text;
        self.is_plain = false;
        self.quoted.clear();
        let (mut at, mut lines) = (self.carried.cursor, 0);
        loop {
            let (end, next) = line_end(text, at);
            let line = &text[at..end];
            if lines > 0 && self.carried.form.is_row(line, self.delimiter, width) {
                return Err((at, SetAside::SwallowingQuote { line: self.carried.line + lines }));
            }
            self.quoted.read(line.as_bytes(), self.delimiter);
            lines += 1;
            if !self.quoted.is_open() {
                self.quoted.close();
                let place = Place { start: self.carried.cursor, end, line: self.carried.line };
                return Ok(Span { place, next, lines });
            }
            self.carried.is_dependent = true;
            if next == text.len() || (width.is_none() && lines == MOST_HEAD_LINES) {
                return Err((next, SetAside::UnclosedQuote));
            }
            if lines == 1 {
                self.carried.form.open(line, self.delimiter, width);
            }
            self.quoted.push_break(&text.as_bytes()[end..next]);
            at = next;
        }
    }

    /// What keeps a record from being a row.
    fn problem(&self, span: &Span, width: Option<usize>) -> Option<SetAside> {
        if span.lines > 1 && self.quoted.stray {
            return Some(SetAside::JoiningQuote { lines: span.lines });
        }
        let (cells, width) = (self.cells(), width?);
        if cells < width || (width..cells).any(|at| !self.is_blank(at)) {
            return Some(SetAside::CellCount { cells, width });
        }
        let length = span.place.end - span.place.start;
        if length > LONGEST_RECORD {
            return Some(SetAside::OversizedRecord { limit: LONGEST_RECORD });
        }
        let is_long = |at: usize| self.cell(at).is_some_and(|cell| cell.len() > LONGEST_CELL);
        let is_oversized = length > LONGEST_CELL && (0..cells).any(is_long);
        is_oversized.then_some(SetAside::OversizedCell { limit: LONGEST_CELL })
    }
}

/// Where a cell that begins at byte `start` ends, before the next delimiter or line end.
#[inline]
fn cell_end(bytes: &[u8], start: usize, delimiter: u8) -> usize {
    const LOW: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = LOW << 7;
    // Most cells are shorter than what pays for a search: eight bytes at a time, with the high bit set where a byte is zero. The
    // lowest such bit is right; those above it may not be.
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let (delimiters, line_ends) = (LOW * u64::from(delimiter), LOW * u64::from(b'\n'));
    let mut at = start;
    while at < start + SHORT_CELL {
        let Some(&word) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { break };
        let word = u64::from_le_bytes(word);
        let found = zeros(word ^ delimiters) | zeros(word ^ line_ends);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += size_of::<u64>();
    }
    let rest = bytes.get(at..).unwrap_or_default();
    memchr2(delimiter, b'\n', rest).map_or(bytes.len(), |length| at + length)
}

/// Where the line that starts at byte `at` ends, without its line end, and where the next one starts.
fn line_end(text: &str, at: usize) -> (usize, usize) {
    let next = text[at..].find('\n').map_or(text.len(), |length| at + length + 1);
    (at + text[at..next].trim_end_matches(['\r', '\n']).len(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row as `line:cells joined by |`, a broken line as `line!`; the key is the first cell.
    fn read(text: &str, width: usize) -> Vec<String> {
        read_with(text, Some(width))
    }

    fn read_with(text: &str, width: Option<usize>) -> Vec<String> {
        let mut records = Records::new(text, b',', Carried::new(0, 1, 0));
        let mut rows = Vec::new();
        loop {
            match records.next(width) {
                Next::Row(place) => {
                    let cells: Vec<_> = (0..records.cells()).map(|at| records.cell(at).unwrap()).collect();
                    rows.push(format!("{}:{}", place.line, cells.join("|")));
                }
                Next::Broken(place, _) => rows.push(format!("{}!{}", place.line, &text[place.start..place.end])),
                Next::End => return rows,
            }
        }
    }

    /// The reasons of the broken lines.
    fn reasons(text: &str, width: usize) -> Vec<SetAside> {
        let mut records = Records::new(text, b',', Carried::new(0, 1, 0));
        let mut reasons = Vec::new();
        loop {
            match records.next(Some(width)) {
                Next::Row(_) => {}
                Next::Broken(_, reason) => reasons.push(reason),
                Next::End => return reasons,
            }
        }
    }

    #[test]
    fn lines_are_counted_through_blank_lines_and_quoted_line_breaks() {
        let text = "a,b,c\r\n\r\n\n\"x\r\ny\",2,3\r\n ,,\r\nd,e,f";
        assert_eq!(read(text, 3), ["1:a|b|c", "4:x\r\ny|2|3", "7:d|e|f"]);
    }

    #[test]
    fn rows_of_blank_cells_are_passed_over_and_counted() {
        let mut records = Records::new("\n,,\n \r\n\"\",\" \"\na,b\n　,\n", b',', Carried::new(0, 1, 0));
        assert!(matches!(records.next(Some(2)), Next::Row(Place { line: 5, .. })));
        assert_eq!((records.next(Some(2)), records.carried.blank), (Next::End, 4));
    }

    #[test]
    fn an_unclosed_quote_costs_one_line() {
        assert_eq!(read("a,b,c\n1,\"2,3\n4,5,6\n7,8,9\n", 3), ["1:a|b|c", "2!1,\"2,3", "3:4|5|6", "4:7|8|9"]);
        assert_eq!(read("1,2,\"3", 3), ["1!1,2,\"3"]);
        assert_eq!(reasons("1,2,\"3", 3), [SetAside::UnclosedQuote]);
    }

    #[test]
    fn a_quote_that_swallows_rows_costs_one_line() {
        let text = "1,2,\"3\n4,5,6\n7,8,\"9\n10,11,12\n";
        assert_eq!(read(text, 3), ["1!1,2,\"3", "2:4|5|6", "3!7,8,\"9", "4:10|11|12"]);
        assert_eq!(reasons(text, 3), [SetAside::SwallowingQuote { line: 2 }, SetAside::SwallowingQuote { line: 4 }]);
        let text = "1,2,\"3\n4,5,6\n7,\"8\",9\n";
        assert_eq!(read(text, 3), ["1!1,2,\"3", "2:4|5|6", "3:7|8|9"]);
    }

    #[test]
    fn rows_of_two_cells_and_single_rows_are_not_swallowed() {
        assert_eq!(read("A1,\"x\nB0,y\nB1,y\nC,z\"\n", 2), ["1!A1,\"x", "2:B0|y", "3:B1|y", "4:C|z\""]);
        let text = "A1,\"x,live\nA2,y\",注销\nA3,z,live\n";
        assert_eq!(read(text, 3), ["1!A1,\"x,live", "2:A2|y\"|注销", "3:A3|z|live"]);
        let text = "91350100M000100Y43,\"x\n\n440301103097413,y,z,u\n";
        assert_eq!(read(text, 2), ["1!91350100M000100Y43,\"x", "3!440301103097413,y,z,u"]);
    }

    #[test]
    fn cells_of_several_lines_are_read() {
        let text = "A1,\"一路\n二路,三号\n,\",live\nA2,\"经营:\n1.食品,酒\n\n2.药品,\"\"茶\"\"\",live\n";
        assert_eq!(read(text, 3), ["1:A1|一路\n二路,三号\n,|live", "4:A2|经营:\n1.食品,酒\n\n2.药品,\"茶\"|live"]);
    }

    #[test]
    fn all_lines_of_a_broken_record_are_set_aside() {
        let text = "A1,\"x\n甲\n\n乙\n";
        assert_eq!(read(text, 2), ["1!A1,\"x", "2!甲", "4!乙"]);
        let text = "A1,\"x\n甲\"乙,z\nA2,y\n";
        assert_eq!(read(text, 2), ["1!A1,\"x", "2!甲\"乙,z", "3:A2|y"]);
        assert_eq!(reasons(text, 2), [SetAside::JoiningQuote { lines: 2 }, SetAside::JoiningQuote { lines: 2 }]);
        let text = "A1,\"x\n甲\",y,z\nA2,y\n";
        assert_eq!(read(text, 2), ["1!A1,\"x", "2!甲\",y,z", "3:A2|y"]);
        assert_eq!(reasons(text, 2)[1], SetAside::CellCount { cells: 4, width: 2 });
    }

    #[test]
    fn above_the_rows_a_quote_ends_before_a_code_or_after_16_lines() {
        let text = "名录,\"2023\n代码,名称\n91350100M000100Y43,x\n";
        assert_eq!(read_with(text, None), ["1!名录,\"2023", "2!代码,名称", "3:91350100M000100Y43|x"]);
        let text = format!("\"名录\n{}代码,名称\n", "甲\n".repeat(15));
        let rows = read_with(&text, None);
        assert_eq!((rows.len(), rows[16].as_str()), (17, "17:代码|名称"));
        assert_eq!(read_with("\"社会\n信用代码\",\"名称\"\nA1,x\n", None), ["1:社会\n信用代码|名称", "3:A1|x"]);
    }

    #[test]
    fn a_record_of_another_width_is_broken_unless_its_tail_is_blank() {
        assert_eq!(read("1,2,3,,\n1,2\n1,2,3,4\n1,2,3\n", 3), ["1:1|2|3||", "2!1,2", "3!1,2,3,4", "4:1|2|3"]);
    }

    #[test]
    fn an_oversized_cell_is_set_aside() {
        for long in ["x".repeat(LONGEST_CELL + 1), format!("\"{}\"", "x\n".repeat(LONGEST_CELL / 2 + 1))] {
            let reasons = reasons(&format!("A1,{long}\nA2,y\n"), 2);
            assert!(reasons.iter().all(|reason| *reason == SetAside::OversizedCell { limit: LONGEST_CELL }));
            assert!(!reasons.is_empty());
        }
        assert!(reasons(&format!("A1,{}\n", "x".repeat(LONGEST_CELL)), 2).is_empty());
    }

    #[test]
    fn quotes_inside_a_cell_are_text() {
        assert_eq!(read("1,a\"b,3\n\"x\"\"y\",2,3\n", 3), ["1:1|a\"b|3", "2:x\"y|2|3"]);
    }

    #[test]
    fn broken_quotes_are_read_in_linear_time() {
        let text: String = (0..200_000).map(|row| format!("A{row},b\"x,\"y\n")).collect();
        assert_eq!(reasons(&text, 3).len(), 200_000);
        let text = format!("A1,\"x\n{}", "甲\n".repeat(200_000));
        assert_eq!(reasons(&text, 2).len(), 200_001);
        let text: String = (0..200_000).map(|row| format!("A{row},\"x\n甲\n")).collect();
        assert_eq!(reasons(&text, 2).len(), 400_000);
    }

    proptest::proptest! {
        #[test]
        fn a_cell_ends_before_the_first_delimiter_or_line_end(bytes in "[,\n\x0b-+甲x]{0,70}", start in 0_usize..80) {
            let (bytes, start) = (bytes.as_bytes(), start.min(bytes.len()));
            let expected = bytes[start..].iter().position(|byte| [b',', b'\n'].contains(byte));
            proptest::prop_assert_eq!(cell_end(bytes, start, b','), expected.map_or(bytes.len(), |at| start + at));
        }

        #[test]
        fn every_line_is_in_one_record_and_line_numbers_are_right(text in "(a|1|,|\"|\n|\r\n| |甲){0,60}", width in 0usize..5) {
            let width = Some(width).filter(|&width| width > 0);
            let mut records = Records::new(&text, b',', Carried::new(0, 1, 0));
            let mut covered = 0;
            loop {
                let place = match records.next(width) {
                    Next::Row(place) => place,
                    Next::Broken(place, _) => {
                        proptest::prop_assert!(!text[place.start..place.end].contains('\n'));
                        place
                    }
                    Next::End => break,
                };
                // Nothing but blank rows lies between two records.
                let between = &text[covered..place.start];
                proptest::prop_assert!(between.chars().all(|c| [' ', ',', '"', '\n', '\r'].contains(&c)), "{between:?}");
                let line = text[..place.start].matches('\n').count() as u64 + 1;
                proptest::prop_assert_eq!(place.line, line);
                proptest::prop_assert!(place.start == 0 || text.as_bytes()[place.start - 1] == b'\n');
                covered = place.end;
            }
            let rest = &text[covered..];
            proptest::prop_assert!(rest.chars().all(|c| [' ', ',', '"', '\n', '\r'].contains(&c)), "{rest:?}");
        }

        #[test]
        fn no_row_disappears_inside_a_quoted_cell(rows in proptest::collection::vec("(x|\"| |甲){0,4},(x|\"| |甲){0,4}", 1..12)) {
            let lines: Vec<String> = rows.iter().enumerate().map(|(row, rest)| format!("A{row},{rest}\n")).collect();
            let text = lines.concat();
            let mut records = Records::new(&text, b',', Carried::new(0, 1, 0));
            let mut starts = 0;
            while let Next::Row(_) | Next::Broken(..) = records.next(Some(3)) {
                starts += 1;
            }
            proptest::prop_assert_eq!(starts, lines.len());
        }
    }
}
