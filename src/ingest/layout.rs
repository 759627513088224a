//! Which cell of a record holds which column: headers matched through the alias table and the plan's `columns`.

use std::collections::{BTreeMap, BTreeSet};

use crate::terms::{Column, normalise};

/// Rows at the head of a file among which the headers are looked for.
pub(super) const HEAD_ROWS: usize = 30;

/// What a column is read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reads {
    /// An identifier: never a rounded number.
    Id,
    /// A text.
    Text,
    /// A finite number.
    Number,
    /// A day.
    Date,
}

/// A column that a table is read for.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Want {
    /// Canonical name, or the name that the plan uses.
    pub name: String,
    /// The column of the alias table, unless only the plan knows it.
    pub column: Option<Column>,
    /// What its cells are read as.
    pub reads: Reads,
    /// Whether the table cannot be read without it.
    pub required: bool,
}

impl Want {
    /// A column of the alias table that may be absent.
    pub fn optional(column: Column, reads: Reads) -> Self {
        Self { name: column.canonical().to_owned(), column: Some(column), reads, required: false }
    }

    /// A column of the alias table without which the table cannot be read.
    pub fn required(column: Column, reads: Reads) -> Self {
        Self { required: true, ..Self::optional(column, reads) }
    }

    /// A column that the plan names, by canonical name or by header.
    pub fn named(name: &str, reads: Reads) -> Self {
        Self { name: name.to_owned(), column: Column::from_header(name), reads, required: true }
    }
}

/// Where the wanted columns stand in a record.
#[derive(Clone, Default, Debug)]
pub(super) struct Layout {
    /// Cell of each wanted column.
    pub places: Vec<Option<usize>>,
    /// Headers of the file up to the last that is not blank.
    pub headers: Vec<String>,
    /// How many headers are known words.
    pub known: usize,
    /// Wanted columns that several headers fit, with those headers, the one that is read first.
    pub doubtful: Vec<(String, Vec<String>)>,
}

impl Layout {
    /// Matches headers with the wanted columns. `columns` is the plan's: header by column name.
    pub fn of(cells: &[String], wants: &[Want], columns: &BTreeMap<String, String>) -> Self {
        let tidy: Vec<String> = cells.iter().map(|cell| normalise(cell).into_owned()).collect();
        let width = tidy.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        let claims: BTreeSet<String> = columns.values().map(|header| normalise(header).into_owned()).collect();
        let alias: Vec<Option<(Column, u16)>> = tidy[..width]
            .iter()
            .map(|cell| if claims.contains(cell) { None } else { Column::ranked_from_header(cell) })
            .collect();
        let mut layout = Self { headers: tidy[..width].to_vec(), ..Self::default() };
        for want in wants {
            let fitting: Vec<usize> = match columns.get(&want.name) {
                Some(header) => {
                    let header = normalise(header);
                    (0..width).filter(|&at| tidy[at] == header).collect()
                }
                None => {
                    let name = normalise(&want.name);
                    let exact = (0..width).filter(|&at| tidy[at] == name && !claims.contains(&tidy[at]));
                    let exact: Vec<usize> = exact.collect();
                    let rank = |at: usize| alias[at].filter(|(column, _)| Some(*column) == want.column);
                    let mut known: Vec<usize> = (0..width).filter(|&at| rank(at).is_some()).collect();
                    known.sort_by_key(|&at| rank(at).map(|(_, rank)| rank));
                    if exact.is_empty() { known } else { exact }
                }
            };
            if fitting.len() > 1 {
                let headers = fitting.iter().map(|&at| tidy[at].clone()).collect();
                layout.doubtful.push((want.name.clone(), headers));
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

    /// The first wanted column that is required and absent.
    pub fn missing<'a>(&self, wants: &'a [Want]) -> Option<&'a Want> {
        wants.iter().zip(&self.places).find(|(want, place)| want.required && place.is_none()).map(|(want, _)| want)
    }
}

/// Among the rows at the head of a file, the one that holds the headers: most known words, and the key (the first
/// wanted column) among them; the earliest of equals. `None` if no row holds the key.
pub(super) fn find_header<'a>(
    rows: impl IntoIterator<Item = &'a [String]>,
    wants: &[Want],
    columns: &BTreeMap<String, String>,
) -> Option<(usize, Layout)> {
    let mut best: Option<(usize, Layout)> = None;
    for (at, cells) in rows.into_iter().take(HEAD_ROWS).enumerate() {
        let layout = Layout::of(cells, wants, columns);
        let holds_key = layout.places.first().is_some_and(Option::is_some);
        if holds_key && best.as_ref().is_none_or(|(_, best)| layout.known > best.known) {
            best = Some((at, layout));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn wants() -> Vec<Want> {
        vec![
            Want::required(Column::EntityId, Reads::Id),
            Want::optional(Column::Name, Reads::Text),
            Want::named("从业人数", Reads::Number),
        ]
    }

    #[test]
    fn the_header_is_the_row_with_most_known_words() {
        let rows = [
            cells(&["永川区企业名录", "", ""]),
            cells(&["企业名称", "", ""]),
            cells(&["企业名称", "统一社会信用代码", "从业人数", ""]),
            cells(&["甲公司", "91350100M000100Y43", "12", ""]),
        ];
        let (at, layout) =
            find_header(rows.iter().map(Vec::as_slice), &wants(), &BTreeMap::new()).expect("the third row");
        assert_eq!(at, 2);
        assert_eq!(layout.places, [Some(1), Some(0), Some(2)]);
        assert_eq!((layout.width(), layout.known), (3, 3));
    }

    #[test]
    fn the_plan_overrides_the_alias_table() {
        let columns = BTreeMap::from([("entity_id".to_owned(), "编码".to_owned())]);
        let layout = Layout::of(&cells(&["统一社会信用代码", "编码"]), &wants()[..2], &columns);
        assert_eq!(layout.places, [Some(1), None]);
    }

    #[test]
    fn a_required_column_that_is_absent_is_named() {
        let layout = Layout::of(&cells(&["统一社会信用代码"]), &wants(), &BTreeMap::new());
        assert_eq!(layout.missing(&wants()).map(|want| want.name.as_str()), Some("从业人数"));
    }
}
