//! The cells of a record with quotation marks: RFC 4180, and the liberties that are taken with it.

/// Where in a cell reading stands.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum At {
    /// Before its first byte.
    #[default]
    Start,
    /// In bytes that are not quoted.
    Plain,
    /// Inside quotation marks.
    Quotes,
    /// Behind a quotation mark that closes the cell, unless another one follows.
    Mark,
}

/// Cells read line by line, without their quotation marks. Only a quotation mark at the start of a cell opens it.
#[derive(Default, Debug)]
pub(super) struct Quoted {
    /// The cells one behind the other.
    bytes: Vec<u8>,
    /// One past the last byte of each cell that is complete.
    ends: Vec<usize>,
    at: At,
    /// Whether a quotation mark closed in the middle of a cell.
    pub stray: bool,
}

impl Quoted {
    /// Forgets the cells read so far.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.at = At::Start;
        self.stray = false;
    }

    /// Reads a line, or more of a record whose last line ended inside quotation marks.
    pub fn read(&mut self, line: &[u8], delimiter: u8) {
        let mut rest = line;
        loop {
            let run = match self.at {
                At::Quotes => rest.iter().position(|&byte| byte == b'"'),
                At::Plain => rest.iter().position(|&byte| byte == delimiter),
                At::Start | At::Mark => Some(0),
            };
            let (copied, behind) = rest.split_at(run.unwrap_or(rest.len()));
            self.bytes.extend_from_slice(copied);
            let Some((&byte, behind)) = behind.split_first() else { return };
            rest = behind;
            self.at = match self.at {
                At::Quotes => At::Mark,
                At::Mark if byte == b'"' => {
                    self.bytes.push(byte);
                    At::Quotes
                }
                _ if byte == delimiter => {
                    self.ends.push(self.bytes.len());
                    At::Start
                }
                At::Start if byte == b'"' => At::Quotes,
                before => {
                    self.stray |= before == At::Mark;
                    self.bytes.push(byte);
                    At::Plain
                }
            };
        }
    }

    /// Adds a line break inside quotation marks.
    pub fn push_break(&mut self, line_break: &[u8]) {
        self.bytes.extend_from_slice(line_break);
    }

    /// Whether what was read ends inside quotation marks.
    pub fn is_open(&self) -> bool {
        self.at == At::Quotes
    }

    /// Completes the last cell.
    pub fn close(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Complete cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A complete cell; `None` beyond the last.
    pub fn cell(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        std::str::from_utf8(&self.bytes[start..end]).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of one line, whether it ends inside quotation marks, and whether a mark is stray.
    fn read(line: &str) -> (Vec<String>, bool, bool) {
        let mut cells = Quoted::default();
        cells.read(line.as_bytes(), b',');
        let open = cells.is_open();
        cells.close();
        ((0..cells.len()).map(|at| cells.cell(at).unwrap().to_owned()).collect(), open, cells.stray)
    }

    #[test]
    fn quotation_marks_at_the_start_of_a_cell_are_taken_off_and_doubled_ones_are_one() {
        for (line, cells, open, stray) in [
            (r#"a,"b,c","d""e""#, vec!["a", "b,c", "d\"e"], false, false),
            (r#"a"b,"","#, vec!["a\"b", "", ""], false, false),
            (r#""a"b"c,d"#, vec!["ab\"c", "d"], false, true),
            (r#"a,"b,c"#, vec!["a", "b,c"], true, false),
            (r#""a""""#, vec!["a\""], false, false),
            (r#""a"""#, vec!["a\""], true, false),
            ("", vec![""], false, false),
        ] {
            let cells: Vec<String> = cells.into_iter().map(str::to_owned).collect();
            assert_eq!(read(line), (cells, open, stray), "{line}");
        }
    }

    #[test]
    fn a_cell_may_span_lines() {
        let mut cells = Quoted::default();
        cells.read("a,\"甲".as_bytes(), b',');
        assert!(cells.is_open());
        cells.push_break(b"\r\n");
        cells.read("乙\",b".as_bytes(), b',');
        assert!(!cells.is_open() && !cells.stray);
        cells.close();
        assert_eq!((cells.len(), cells.cell(1), cells.cell(2), cells.cell(3)), (3, Some("甲\r\n乙"), Some("b"), None));
    }
}
