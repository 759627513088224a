//! Records of a delimited text, with recovery from broken quotes.
//!
//! A quotation mark that opens a cell and never closes would swallow the rest of the file. So a record that spans
//! several lines is checked: where it is not sound, only its first line is broken and reading goes on with the next.

use csv::{ByteRecord, ReaderBuilder};

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
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// A record; its cells are in [`Records::record`].
    Row(Place),
    /// A line that is not a record of the table: what is wrong with it.
    Broken(Place, String),
    /// The text is at its end.
    End,
}

/// Reads the records of a text one after the other.
pub(super) struct Records<'a> {
    text: &'a str,
    delimiter: u8,
    reader: csv::Reader<&'a [u8]>,
    /// Byte at which `reader` began.
    base: usize,
    /// Next byte to look at, and its line.
    cursor: usize,
    line: u64,
    /// Cells of the last row.
    pub record: ByteRecord,
    /// Blank rows passed over so far.
    pub blank: u64,
}

impl<'a> Records<'a> {
    /// Records of `text` from byte `start`, which is on line `line`.
    pub fn new(text: &'a str, delimiter: u8, start: usize, line: u64) -> Self {
        let reader = reader_of(text, delimiter, start);
        Self { text, delimiter, reader, base: start, cursor: start, line, record: ByteRecord::new(), blank: 0 }
    }

    /// The next record or broken line; blank rows are passed over. With `width`, a record has that many cells
    /// (further ones are blank); without, any number.
    pub fn next(&mut self, width: Option<usize>) -> Next {
        loop {
            let bytes = self.text.as_bytes();
            while let Some(b'\r' | b'\n') = bytes.get(self.cursor) {
                self.line += u64::from(bytes[self.cursor] == b'\n');
                self.cursor += 1;
            }
            // Reading from memory in flexible mode meets no error.
            if !self.reader.read_byte_record(&mut self.record).unwrap_or(false) {
                return Next::End;
            }
            let consumed = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
            let end = self.base.saturating_add(consumed).min(bytes.len());
            let span = &bytes[self.cursor.min(end)..end];
            let length = span.iter().rposition(|&byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
            let place = Place { start: self.cursor, end: self.cursor + length, line: self.line };
            let line_breaks = span[..length].iter().filter(|&&byte| byte == b'\n').count();
            let behind = span[length..].iter().filter(|&&byte| byte == b'\n').count();
            if self.record.iter().all(is_blank) && line_breaks == 0 {
                self.blank += 1;
                self.advance(end, behind);
                continue;
            }
            let Some(problem) = self.problem(place, line_breaks, end == bytes.len(), width) else {
                self.advance(end, line_breaks + behind);
                return Next::Row(place);
            };
            let first_line = span[..length].iter().position(|&byte| byte == b'\n');
            if let Some(cut) = first_line {
                self.base = place.start + cut;
                self.cursor = self.base;
                self.reader = reader_of(self.text, self.delimiter, self.base);
                let end = place.start + span[..cut].strip_suffix(b"\r").unwrap_or(&span[..cut]).len();
                return Next::Broken(Place { end, ..place }, problem);
            }
            self.advance(end, behind);
            return Next::Broken(place, problem);
        }
    }

    fn advance(&mut self, end: usize, line_breaks: usize) {
        self.cursor = end;
        self.line += line_breaks as u64;
    }

    fn problem(&self, place: Place, line_breaks: usize, last: bool, width: Option<usize>) -> Option<String> {
        let span = &self.text.as_bytes()[place.start..place.end];
        if line_breaks > 0 || last {
            match quoting(span, self.delimiter) {
                Quoting::Unclosed => return Some("a quotation mark is opened and never closed".to_owned()),
                Quoting::Stray if line_breaks > 0 => {
                    return Some(format!("a quotation mark inside a cell joins {} lines", line_breaks + 1));
                }
                Quoting::Stray | Quoting::Sound => {}
            }
        }
        let width = width?;
        let cells = self.record.len();
        if cells < width || self.record.iter().skip(width).any(|cell| !is_blank(cell)) {
            return Some(format!("{cells} cells where the header has {width}"));
        }
        // A whole row inside a quoted cell: an opening quotation mark swallowed it.
        let lines = span.split(|&byte| byte == b'\n');
        let swallowed = lines.skip(1).take(line_breaks.saturating_sub(1));
        let delimiters = |line: &[u8]| line.iter().filter(|&&byte| byte == self.delimiter).count();
        (width >= 3 && swallowed.into_iter().any(|line| delimiters(line) + 1 == width))
            .then(|| "a quotation mark swallows the rows that follow".to_owned())
    }
}

fn reader_of(text: &str, delimiter: u8, start: usize) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 16)
        .from_reader(&text.as_bytes()[start..])
}

/// Whether a cell holds nothing but blanks.
fn is_blank(cell: &[u8]) -> bool {
    cell.is_empty() || std::str::from_utf8(cell).is_ok_and(|cell| cell.trim().is_empty())
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Quoting {
    /// Every quoted cell closes at a delimiter or line end.
    Sound,
    /// A quoted cell closes in the middle of a cell.
    Stray,
    /// A quoted cell does not close.
    Unclosed,
}

/// How a record is quoted (RFC 4180).
fn quoting(span: &[u8], delimiter: u8) -> Quoting {
    let (mut quoted, mut cell_start, mut stray) = (false, true, false);
    let mut at = 0;
    while at < span.len() {
        let byte = span[at];
        if quoted {
            if byte == b'"' {
                match span.get(at + 1) {
                    Some(b'"') => at += 1,
                    next => {
                        quoted = false;
                        stray |= next.is_some_and(|&next| next != delimiter && next != b'\r' && next != b'\n');
                    }
                }
            }
        } else if byte == b'"' && cell_start {
            quoted = true;
        }
        cell_start = !quoted && byte == delimiter;
        at += 1;
    }
    match (quoted, stray) {
        (true, _) => Quoting::Unclosed,
        (false, true) => Quoting::Stray,
        (false, false) => Quoting::Sound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row as `line:cells joined by |`, a broken line as `line!`.
    fn read(text: &str, width: usize) -> Vec<String> {
        let mut records = Records::new(text, b',', 0, 1);
        let mut rows = Vec::new();
        loop {
            match records.next(Some(width)) {
                Next::Row(place) => {
                    let cells: Vec<_> = records.record.iter().map(String::from_utf8_lossy).collect();
                    rows.push(format!("{}:{}", place.line, cells.join("|")));
                }
                Next::Broken(place, _) => rows.push(format!("{}!{}", place.line, &text[place.start..place.end])),
                Next::End => return rows,
            }
        }
    }

    #[test]
    fn lines_are_counted_through_blank_lines_and_quoted_line_breaks() {
        let text = "a,b,c\r\n\r\n\n\"x\r\ny\",2,3\r\n ,,\r\nd,e,f";
        assert_eq!(read(text, 3), ["1:a|b|c", "4:x\r\ny|2|3", "7:d|e|f"]);
    }

    #[test]
    fn an_unclosed_quote_costs_one_line() {
        assert_eq!(read("a,b,c\n1,\"2,3\n4,5,6\n7,8,9\n", 3), ["1:a|b|c", "2!1,\"2,3", "3:4|5|6", "4:7|8|9"]);
        assert_eq!(read("1,2,\"3", 3), ["1!1,2,\"3"]);
    }

    #[test]
    fn a_quote_that_swallows_rows_costs_one_line() {
        let text = "1,2,\"3\n4,5,6\n7,8,\"9\n10,11,12\n";
        assert_eq!(read(text, 3), ["1!1,2,\"3", "2:4|5|6", "3!7,8,\"9", "4:10|11|12"]);
        let text = "1,2,\"3\n4,5,6\n7,\"8\",9\n";
        assert_eq!(read(text, 3), ["1!1,2,\"3", "2:4|5|6", "3:7|8|9"]);
    }

    #[test]
    fn a_record_of_another_width_is_broken_unless_its_tail_is_blank() {
        assert_eq!(read("1,2,3,,\n1,2\n1,2,3,4\n1,2,3\n", 3), ["1:1|2|3||", "2!1,2", "3!1,2,3,4", "4:1|2|3"]);
    }

    proptest::proptest! {
        #[test]
        fn every_line_is_in_one_record_and_line_numbers_are_right(text in "(a|,|\"|\n|\r\n| |甲){0,60}", width in 1usize..5) {
            let mut records = Records::new(&text, b',', 0, 1);
            let mut covered = 0;
            while let Next::Row(place) | Next::Broken(place, _) = records.next(Some(width)) {
                // Nothing but blank rows lies between two records.
                let between = &text[covered..place.start];
                proptest::prop_assert!(between.chars().all(|c| [' ', ',', '"', '\n', '\r'].contains(&c)), "{between:?}");
                let line = text[..place.start].matches('\n').count() as u64 + 1;
                proptest::prop_assert_eq!(place.line, line);
                covered = place.end;
            }
            let rest = &text[covered..];
            proptest::prop_assert!(rest.chars().all(|c| [' ', ',', '"', '\n', '\r'].contains(&c)), "{rest:?}");
        }
    }

    #[test]
    fn quotes_inside_a_cell_are_text() {
        assert_eq!(read("1,a\"b,3\n\"x\"\"y\",2,3\n", 3), ["1:1|a\"b|3", "2:x\"y|2|3"]);
    }
}
