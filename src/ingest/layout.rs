//! Which cell of a record holds which column: headers matched through the alias table and the plan's `columns`.

use std::collections::{BTreeMap, BTreeSet};

use crate::terms::{Column, normalise};

/// Rows at the head of a file among which the headers are looked for.
pub(super) const HEAD_ROWS: usize = 30;

/// What a column is read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ReadAs {
    /// An identifier: never a rounded number.
    Id,
    /// A text.
    Text,
    /// Words: a text, or a list of texts.
    Words,
    /// A finite number.
    Number,
    /// A day.
    Date,
}

/// A column that a table is read for.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct RequestedColumn {
    /// Canonical name, or the name that the plan uses.
    pub name: String,
    /// The column of the alias table, unless only the plan knows it.
    pub column: Option<Column>,
    /// What its cells are read as.
    pub reads: ReadAs,
    /// Whether the table cannot be read without it.
    pub required: bool,
}

impl RequestedColumn {
    /// A column of the alias table that may be absent.
    pub fn optional(column: Column, reads: ReadAs) -> Self {
        Self { name: column.canonical().to_owned(), column: Some(column), reads, required: false }
    }

    /// A column of the alias table without which the table cannot be read.
    pub fn required(column: Column, reads: ReadAs) -> Self {
        Self { required: true, ..Self::optional(column, reads) }
    }

    /// A column that the plan names, by canonical name or by header.
    pub fn named(name: &str, reads: ReadAs) -> Self {
        Self { name: name.to_owned(), column: Column::from_header(name), reads, required: true }
    }
}

/// Where the wanted columns stand in a record.
#[derive(Clone, Default, Debug)]
pub(super) struct Layout {
    /// Cell of each wanted column.
    pub places: Vec<Option<usize>>,
    /// Headers of the file up to the last that is not blank or is named by its place.
    pub headers: Vec<String>,
    /// How many headers are known words.
    pub known: usize,
    /// Wanted columns that several headers fit, with those headers, the one that is read first.
    pub ambiguous: Vec<(String, Vec<String>)>,
    /// The key's column in the alias table.
    key_column: Option<Column>,
}

/// A header in a file.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its row, or the upper one of its rows, by place among the rows that were looked at.
    pub at: usize,
    /// Rows of the header: 1, or 2 that are read together.
    pub rows: usize,
    /// Its columns.
    pub layout: Layout,
}

impl Layout {
    /// Matches headers with the wanted columns, the key first. `columns` is the plan's: header by column name; `#1` is the
    /// first column, where no header reads so.
    pub fn of(cells: &[String], requested: &[RequestedColumn], columns: &BTreeMap<String, String>) -> Self {
        let tidy: Vec<String> = cells.iter().map(|cell| normalise(cell).into_owned()).collect();
        let claimed: BTreeSet<usize> = columns.values().flat_map(|header| named(&tidy, header)).collect();
        let last = tidy.iter().rposition(|cell| !cell.is_empty()).max(claimed.last().copied());
        let width = last.map_or(0, |last| last + 1);
        let alias: Vec<Option<(Column, u16)>> = (0..width)
            .map(|at| if claimed.contains(&at) { None } else { Column::ranked_from_header(&tidy[at]) })
            .collect();
        let mut layout = Self {
            headers: tidy[..width].to_vec(),
            key_column: requested.first().and_then(|column_request| column_request.column),
            ..Self::default()
        };
        for column_request in requested {
            let fitting: Vec<usize> = match columns.get(&column_request.name) {
                Some(header) => named(&tidy, header),
                None => {
                    let name = normalise(&column_request.name);
                    let exact: Vec<usize> =
                        (0..width).filter(|&at| tidy[at] == name && !claimed.contains(&at)).collect();
                    let rank = |at: usize| alias[at].filter(|(column, _)| Some(*column) == column_request.column);
                    let mut known: Vec<usize> = (0..width).filter(|&at| rank(at).is_some()).collect();
                    known.sort_by_key(|&at| rank(at).map(|(_, rank)| rank));
                    if exact.is_empty() { known } else { exact }
                }
            };
            if fitting.len() > 1 {
                let headers = fitting.iter().map(|&at| tidy[at].clone()).collect();
                layout.ambiguous.push((column_request.name.clone(), headers));
            }
            layout.places.push(fitting.first().copied());
        }
        let placed: BTreeSet<usize> = layout.places.iter().flatten().copied().collect();
        layout.known = (0..width).filter(|at| alias[*at].is_some() || placed.contains(at)).count();
        layout
    }

    /// Cells that a record must have.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Cell of the key.
    pub fn key(&self) -> Option<usize> {
        self.places.first().copied().flatten()
    }

    /// Header of a wanted column, by its place among the requested columns; blank where the file leaves it blank.
    pub fn header(&self, column_request: usize) -> Option<&str> {
        let at = self.places.get(column_request).copied().flatten()?;
        self.headers.get(at).map(String::as_str)
    }

    /// The first wanted column that is required and absent.
    pub fn missing<'a>(&self, requested: &'a [RequestedColumn]) -> Option<&'a RequestedColumn> {
        requested
            .iter()
            .zip(&self.places)
            .find(|(column_request, place)| column_request.required && place.is_none())
            .map(|(column_request, _)| column_request)
    }

    /// Whether a row, whose cells are given by place, repeats the headers: the key's cell reads like a header of the key, or
    /// is blank and at least two other wanted cells are their headers.
    pub fn is_repeated_header<'c>(&self, cell: impl Fn(usize) -> Option<&'c str>) -> bool {
        let Some(key) = self.key() else { return false };
        let text = cell(key).unwrap_or_default();
        // The usual ids are told apart quickly: letters and digits of ASCII are no header but that of the plan.
        if text.is_ascii() && text.bytes().any(|byte| byte.is_ascii_digit()) {
            return self.header(0) == Some(text.trim());
        }
        if !text.trim().is_empty() {
            return self.is_key_header(text);
        }
        let repeats = |at: usize| {
            let header = self.headers.get(at).map(String::as_str).unwrap_or_default();
            !header.is_empty() && cell(at).is_some_and(|text| normalise(text) == header)
        };
        self.places.iter().flatten().filter(|&&at| repeats(at)).count() >= 2
    }

    /// Whether a cell reads like a header of the key.
    fn is_key_header(&self, cell: &str) -> bool {
        let cell = normalise(cell);
        !cell.is_empty()
            && (self.header(0) == Some(&*cell)
                || self.key_column.is_some_and(|column| Column::from_header(&cell) == Some(column)))
    }
}

/// Cells that a header of the plan names: those that read so, or else the one of a place such as `#1`.
fn named(tidy: &[String], header: &str) -> Vec<usize> {
    let header = normalise(header);
    let read_so: Vec<usize> = (0..tidy.len()).filter(|&at| !header.is_empty() && tidy[at] == header).collect();
    if !read_so.is_empty() {
        return read_so;
    }
    let number = header.strip_prefix('#').and_then(|number| number.parse::<usize>().ok());
    number.and_then(|number| number.checked_sub(1)).filter(|&at| at < tidy.len()).into_iter().collect()
}

/// Among the rows at the head of a file, the one (or the two, one below the other) that holds the headers: most known
/// words, and the key (the first wanted column) among them; the earliest of equals. `None` if no row holds the key.
pub(super) fn find_header<'a>(
    rows: impl IntoIterator<Item = &'a [String]>,
    requested: &[RequestedColumn],
    columns: &BTreeMap<String, String>,
) -> Option<Found> {
    let rows: Vec<&[String]> = rows.into_iter().take(HEAD_ROWS).collect();
    let head = Head::of(rows, requested, columns);
    let mut best: Option<Found> = None;
    for found in (0..head.rows.len()).filter_map(|at| head.read(at)) {
        let known = found.layout.known;
        if found.layout.key().is_some() && best.as_ref().is_none_or(|best| known > best.layout.known) {
            best = Some(found);
        }
    }
    best
}

/// The header in row `at` of some rows, counted from 0, or in that row and the next. `None` if there is no such row; the
/// key may be absent.
pub(super) fn stated_header<'a>(
    rows: impl IntoIterator<Item = &'a [String]>,
    at: usize,
    requested: &[RequestedColumn],
    columns: &BTreeMap<String, String>,
) -> Option<Found> {
    let rows: Vec<&[String]> = rows.into_iter().skip(at).take(2).collect();
    Head::of(rows, requested, columns).read(0).map(|found| Found { at, ..found })
}

/// Rows that may hold the headers.
struct Head<'a> {
    rows: Vec<&'a [String]>,
    /// Each row taken for the header.
    alone: Vec<Layout>,
    requested: &'a [RequestedColumn],
    columns: &'a BTreeMap<String, String>,
}

impl<'a> Head<'a> {
    /// Takes each row for the header by itself.
    fn of(rows: Vec<&'a [String]>, requested: &'a [RequestedColumn], columns: &'a BTreeMap<String, String>) -> Self {
        let alone = rows.iter().map(|cells| Layout::of(cells, requested, columns)).collect();
        Self { rows, alone, requested, columns }
    }

    /// The header in a row, or in that row and the next.
    fn read(&self, at: usize) -> Option<Found> {
        let (rows, layout) = match self.joined(at) {
            Some(layout) => (2, layout),
            None => (1, self.alone.get(at)?.clone()),
        };
        Some(Found { at, rows, layout })
    }

    /// A row and the next read together, where the next one holds headers and no data, and both know more columns than
    /// either by itself. A header of the lower row counts where it is known; where it is not, the upper one does.
    fn joined(&self, at: usize) -> Option<Layout> {
        let (upper, lower) = (self.rows.get(at)?, self.rows.get(at + 1)?);
        let (above, below) = (self.alone.get(at)?, self.alone.get(at + 1)?);
        let lower_is_header = match above.key() {
            Some(key) => lower.get(key).is_none_or(|cell| normalise(cell).is_empty() || above.is_key_header(cell)),
            None => below.key().is_some(),
        };
        if !lower_is_header {
            return None;
        }
        let names = self.columns.values().chain(self.requested.iter().map(|column_request| &column_request.name));
        let names: BTreeSet<String> = names.map(|name| normalise(name).into_owned()).collect();
        let is_known = |cell: &str| Column::from_header(cell).is_some() || names.contains(&*normalise(cell));
        let cells: Vec<String> = (0..upper.len().max(lower.len()))
            .map(|at| {
                let [over, under] = [upper, lower].map(|row| row.get(at).map(String::as_str).unwrap_or_default());
                let header = if is_known(under) || normalise(over).is_empty() { under } else { over };
                header.to_owned()
            })
            .collect();
        let both = Layout::of(&cells, self.requested, self.columns);
        let alone = if below.key().is_some() { above.known.max(below.known) } else { above.known };
        (both.key().is_some() && both.known > alone).then_some(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn requested() -> Vec<RequestedColumn> {
        vec![
            RequestedColumn::required(Column::EntityId, ReadAs::Id),
            RequestedColumn::optional(Column::Name, ReadAs::Text),
            RequestedColumn::named("从业人数", ReadAs::Number),
        ]
    }

    fn plan(column: &str, header: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(column.to_owned(), header.to_owned())])
    }

    /// Row, rows and places of the header.
    fn find(rows: &[Vec<String>], columns: &BTreeMap<String, String>) -> Option<(usize, usize, Vec<Option<usize>>)> {
        let found = find_header(rows.iter().map(Vec::as_slice), &requested(), columns)?;
        Some((found.at, found.rows, found.layout.places))
    }

    #[test]
    fn the_header_is_the_row_with_most_known_words() {
        let rows = [
            cells(&["永川区企业名录", "", ""]),
            cells(&["企业名称", "", ""]),
            cells(&["企业名称", "统一社会信用代码", "从业人数", ""]),
            cells(&["甲公司", "91350100M000100Y43", "12", ""]),
        ];
        let found = find_header(rows.iter().map(Vec::as_slice), &requested(), &BTreeMap::new()).expect("the third row");
        assert_eq!((found.at, found.rows), (2, 1));
        assert_eq!(found.layout.places, [Some(1), Some(0), Some(2)]);
        assert_eq!((found.layout.width(), found.layout.known), (3, 3));
    }

    #[test]
    fn headers_in_two_rows_are_read_together() {
        let merged = [
            cells(&["永川区企业名录", "", "", ""]),
            cells(&["统一社会信用代码", "基本信息", "", "备注"]),
            cells(&["", "企业名称", "从业人数", ""]),
            cells(&["91350100M000100Y43", "甲公司", "12", ""]),
        ];
        assert_eq!(find(&merged, &BTreeMap::new()), Some((1, 2, vec![Some(0), Some(1), Some(2)])));
        let found = stated_header(merged.iter().map(Vec::as_slice), 1, &requested(), &BTreeMap::new()).expect("a row");
        assert_eq!((found.at, found.rows), (1, 2));
        assert_eq!(found.layout.headers, ["统一社会信用代码", "企业名称", "从业人数", "备注"]);
        let key_below = [cells(&["基本信息", "", "从业人数"]), cells(&["统一社会信用代码", "企业名称", ""])];
        assert_eq!(find(&key_below, &BTreeMap::new()), Some((0, 2, vec![Some(0), Some(1), Some(2)])));
    }

    #[test]
    fn a_row_of_data_or_of_the_same_headers_is_no_second_header_row() {
        let data = [cells(&["统一社会信用代码", "x"]), cells(&["91350100M000100Y43", "企业名称"])];
        assert_eq!(find(&data, &BTreeMap::new()), Some((0, 1, vec![Some(0), None, None])));
        let twice = [cells(&["统一社会信用代码", "企业名称"]), cells(&["entity_id", "name"])];
        assert_eq!(find(&twice, &BTreeMap::new()), Some((0, 1, vec![Some(0), Some(1), None])));
        let stated = stated_header(data.iter().map(Vec::as_slice), 1, &requested(), &BTreeMap::new()).expect("a row");
        assert_eq!((stated.at, stated.rows, stated.layout.key()), (1, 1, None));
        assert!(stated_header(data.iter().map(Vec::as_slice), 2, &requested(), &BTreeMap::new()).is_none());
    }

    #[test]
    fn the_plan_overrides_the_alias_table() {
        let layout = Layout::of(&cells(&["统一社会信用代码", "编码"]), &requested()[..2], &plan("entity_id", "编码"));
        assert_eq!(layout.places, [Some(1), None]);
    }

    #[test]
    fn the_plan_may_name_a_column_by_its_place() {
        let layout = Layout::of(&cells(&["", "name"]), &requested()[..2], &plan("entity_id", "#1"));
        assert_eq!((layout.places.as_slice(), layout.known), ([Some(0), Some(1)].as_slice(), 2));
        let layout = Layout::of(&cells(&["name", "", ""]), &requested()[..2], &plan("entity_id", "#3"));
        assert_eq!((layout.places.as_slice(), layout.width()), ([Some(2), Some(0)].as_slice(), 3));
        let literal = Layout::of(&cells(&["name", "#1"]), &requested()[..2], &plan("entity_id", "#1"));
        assert_eq!(literal.places, [Some(1), Some(0)]);
        for absent in ["#0", "#3", "#", ""] {
            let layout = Layout::of(&cells(&["", "name"]), &requested()[..2], &plan("entity_id", absent));
            assert_eq!(layout.places, [None, Some(1)], "{absent}");
        }
    }

    #[test]
    fn a_header_named_by_place_is_not_read_for_another_column() {
        let layout = Layout::of(&cells(&["统一社会信用代码", "企业名称"]), &requested(), &plan("从业人数", "#2"));
        assert_eq!(layout.places, [Some(0), None, Some(1)]);
    }

    #[test]
    fn a_repeated_header_is_told_by_its_key_or_by_two_other_headers() {
        fn repeats(headers: &[&str], columns: &BTreeMap<String, String>, row: &[&str]) -> bool {
            Layout::of(&cells(headers), &requested(), columns).is_repeated_header(|at| row.get(at).copied())
        }
        let none = BTreeMap::new();
        let headers = ["统一社会信用代码", "企业名称", "从业人数"];
        for row in [&headers[..], &["注册号", "x", "y"], &[" entity_id ", "", ""], &["", "企业名称", "从业人数"]]
        {
            assert!(repeats(&headers, &none, row), "{row:?}");
        }
        for row in [
            &["91350100M000100Y43", "企业名称", "从业人数"][..],
            &["工程甲", "企业名称", "12"],
            &["", "企业名称", ""],
            &[],
        ] {
            assert!(!repeats(&headers, &none, row), "{row:?}");
        }
        assert!(repeats(&["key2", "name"], &plan("entity_id", "key2"), &["key2", "name"]));
        let blank = plan("entity_id", "#1");
        assert!(repeats(&["", "name", "从业人数"], &blank, &["", "name", "从业人数"]));
        assert!(!repeats(&["", "name", "从业人数"], &blank, &["name", "x", "1"]));
    }

    #[test]
    fn a_required_column_that_is_absent_is_named() {
        let layout = Layout::of(&cells(&["统一社会信用代码"]), &requested(), &BTreeMap::new());
        assert_eq!(layout.missing(&requested()).map(|column_request| column_request.name.as_str()), Some("从业人数"));
    }
}
