//! What a row of a table looks like, so that a quotation mark that is never closed does not swallow one.

use crate::codes::is_of_official_form;
use crate::terms::normalise_id;

use super::quoted::Quoted;

/// Most shapes of ids that are remembered.
const MOST_SHAPES: usize = 64;

/// The form of a table's rows, learned as they are read.
#[derive(Debug)]
pub(super) struct RowForm {
    /// Place of the key's cell.
    pub key: usize,
    /// Shapes of the ids of rows that were accepted.
    shapes: Vec<String>,
    /// Shapes that the id of the row under way may have.
    opening: Vec<String>,
    /// The shape and the cells that are looked at; kept for their memory.
    shape: String,
    cells: Quoted,
}

impl RowForm {
    /// Nothing learned yet of a table whose key stands in cell `key`.
    pub fn new(key: usize) -> Self {
        Self { key, shapes: Vec::new(), opening: Vec::new(), shape: String::new(), cells: Quoted::default() }
    }

    /// Learns the shape of the id of an accepted row. Codes of official form are known as such.
    pub fn learn(&mut self, id: &str) {
        if self.shapes.len() == MOST_SHAPES || is_of_official_form(id) {
            return;
        }
        write_shape(&normalise_id(id), &mut self.shape);
        if !self.shape.is_empty() && !self.shapes.contains(&self.shape) {
            self.shapes.push(self.shape.clone());
        }
    }

    /// Learns the shapes that another part of the same text has shown after this one.
    pub fn learn_from(&mut self, later: Self) {
        for shape in later.shapes {
            if self.shapes.len() < MOST_SHAPES && !self.shapes.contains(&shape) {
                self.shapes.push(shape);
            }
        }
    }

    /// Takes note of a line that ends inside quotation marks: the shape of its id, where the id stands before the mark that
    /// is open, or where the line has the cells of a row if marks are taken for text.
    pub fn open(&mut self, line: &str, delimiter: u8, width: Option<usize>) {
        self.opening.clear();
        self.cells.clear();
        self.cells.read(line.as_bytes(), delimiter);
        let raw = || line.split(char::from(delimiter));
        let raw_id = width.filter(|&width| fits(raw(), width)).and_then(|_| raw().nth(self.key)).map(bare);
        for id in [self.cells.cell(self.key), raw_id].into_iter().flatten() {
            write_shape(&normalise_id(id), &mut self.shape);
            if !self.shape.is_empty() {
                self.opening.push(self.shape.clone());
            }
        }
    }

    /// Whether a line looks like a row by itself: its id is a code of official form; or has the shape of the table's ids and
    /// the line has the cells of a row, as many as can be before a quotation mark that it leaves open. Without `width`
    /// (above the headers), whether any of its cells is a code.
    pub fn is_row(&mut self, line: &str, delimiter: u8, width: Option<usize>) -> bool {
        let raw = || line.split(char::from(delimiter));
        let Some(width) = width else { return raw().any(|cell| is_code(cell) || is_code(bare(cell))) };
        self.cells.clear();
        self.cells.read(line.as_bytes(), delimiter);
        let open = self.cells.is_open();
        self.cells.close();
        let cells = (0..self.cells.len()).filter_map(|at| self.cells.cell(at));
        let has_cells = (open && self.cells.len() <= width) || fits(cells, width) || fits(raw(), width);
        [self.cells.cell(self.key), raw().nth(self.key).map(bare)].into_iter().flatten().any(|id| {
            write_shape(&normalise_id(id), &mut self.shape);
            is_code(id) || (has_cells && (self.shapes.contains(&self.shape) || self.opening.contains(&self.shape)))
        })
    }
}

/// Whether a cell holds nothing but blanks.
pub(super) fn is_blank(cell: &str) -> bool {
    cell.chars().all(char::is_whitespace)
}

/// A cell without the quotation marks around it.
pub(super) fn bare(cell: &str) -> &str {
    cell.strip_prefix('"').map_or(cell, |opened| opened.strip_suffix('"').unwrap_or(opened))
}

/// Whether these are the cells of a row of `width` cells: that many, and behind them only blank ones.
fn fits<'c>(cells: impl Iterator<Item = &'c str>, width: usize) -> bool {
    let mut count = 0;
    for cell in cells {
        if count >= width && !is_blank(cell) {
            return false;
        }
        count += 1;
    }
    count >= width
}

/// Whether a cell is a code of official form, its check character right or wrong.
fn is_code(cell: &str) -> bool {
    is_of_official_form(&normalise_id(cell))
}

/// Writes the shape of an id: 9 for a run of digits, A for one of ASCII letters, 字 for one of other letters and numerals,
/// and every other character as it is. `JD-2023甲` has the shape `A-9字`.
fn write_shape(id: &str, shape: &mut String) {
    shape.clear();
    for c in id.chars() {
        let class = match c {
            '0'..='9' => '9',
            'A'..='Z' | 'a'..='z' => 'A',
            _ if c.is_alphanumeric() => '字',
            _ => c,
        };
        if !(c.is_alphanumeric() && shape.ends_with(class)) {
            shape.push(class);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_keeps_what_runs_of_characters_are() {
        let mut shape = String::new();
        for (id, expected) in [
            ("A1", "A9"),
            ("JD-2023甲乙", "A-9字"),
            ("91350100M000100Y43", "9A9A9"),
            ("--", "--"),
            ("企独沪总字第0004号", "字9字"),
            ("", ""),
        ] {
            write_shape(id, &mut shape);
            assert_eq!(shape, expected, "{id}");
        }
    }

    #[test]
    fn a_code_makes_a_row_however_many_cells_there_are() {
        let mut form = RowForm::new(1);
        for line in ["x,91350100M000100Y43", "x,'91350100m000100y43,,,,", "x,\"440301103097413", "\"x,3301811234567,y"]
        {
            assert!(form.is_row(line, b',', Some(3)), "{line}");
        }
        assert!(!form.is_row("91350100M000100Y43,x,y", b',', Some(3)));
        assert!(form.is_row("91350100M000100Y43,x,y", b',', None));
        assert!(!form.is_row("A1,x,y", b',', None));
    }

    #[test]
    fn an_id_of_the_tables_shape_makes_a_row_where_the_cells_are_those_of_a_row() {
        let mut form = RowForm::new(0);
        assert!(!form.is_row("A1,x,y", b',', Some(3)));
        form.learn("B22");
        for line in ["A1,x,y", "a1,x,y,,", "A1,\"x,x\",y", "A1,\"x", "\"A1\",x\",y", "'A1,\"x,y"] {
            assert!(form.is_row(line, b',', Some(3)), "{line}");
        }
        for line in ["A1,x", "A1,x,y,z", "1,x,y", "A1\",x,y", "A-1,x,y", ",x,y", ""] {
            assert!(!form.is_row(line, b',', Some(3)), "{line}");
        }
    }

    #[test]
    fn a_row_under_way_tells_the_shape_of_the_first_id() {
        let mut form = RowForm::new(0);
        form.open("A1,\"x", b',', Some(2));
        assert!(form.is_row("B0,y", b',', Some(2)) && !form.is_row("0,y", b',', Some(2)));
        form.open("\"x", b',', Some(2));
        assert!(!form.is_row("B0,y", b',', Some(2)));
        form.open("\"A1,x", b',', Some(2));
        assert!(form.is_row("B0,y", b',', Some(2)));
    }

    #[test]
    fn the_number_of_shapes_is_bounded() {
        let mut form = RowForm::new(0);
        (0..1_000).for_each(|length| form.learn(&"-".repeat(length)));
        assert_eq!(form.shapes.len(), MOST_SHAPES);
    }
}
