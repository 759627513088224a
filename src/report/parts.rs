//! What every page is made of: the document with its contents list, tables, and figures with their data.

use super::Lang;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A section of a page.
pub(super) struct Section {
    anchor: &'static str,
    title: &'static str,
    body: Markup,
}

impl Section {
    /// A section; `title` in English and in Chinese.
    pub fn new(anchor: &'static str, title: (&'static str, &'static str), lang: Lang, body: Markup) -> Self {
        Self { anchor, title: lang.choose(title.0, title.1), body }
    }
}

/// A whole page in one text.
pub(super) fn document(title: &str, head: &Markup, sections: &[Section], lang: Lang) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(lang.choose("en", "zh-CN")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                nav.contents aria-label=(lang.choose("Contents", "目录")) {
                    ol {
                        @for section in sections {
                            li { a href={ "#" (section.anchor) } { (section.title) } }
                        }
                    }
                }
                main {
                    header { h1 { (title) } (head) }
                    @for section in sections {
                        section id=(section.anchor) { h2 { (section.title) } (section.body) }
                    }
                }
            }
        }
    };
    page.into_string()
}

/// A text as a cell.
pub(super) fn text(text: impl AsRef<str>) -> Markup {
    let text: &str = text.as_ref();
    html! { (text) }
}

/// Words in a column of numbers: unlike these they may take several lines.
pub(super) fn words(words: impl AsRef<str>) -> Markup {
    let words: &str = words.as_ref();
    html! { span class="words" { (words) } }
}

/// A table: the first cell of a row names it.
#[derive(Default)]
pub(super) struct Table {
    heads: Vec<(String, bool)>,
    rows: Vec<(&'static str, Vec<Markup>)>,
    limit: Option<usize>,
}

impl Table {
    /// Adds a column of words.
    pub fn words(mut self, head: &str) -> Self {
        self.heads.push((head.to_owned(), false));
        self
    }

    /// Adds a column of numbers, right-aligned.
    pub fn numbers(mut self, head: &str) -> Self {
        self.heads.push((head.to_owned(), true));
        self
    }

    /// Shows no more than this many rows; how many are left out is said.
    pub fn at_most(mut self, rows: usize) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Markup>) {
        self.rows.push(("", cells));
    }

    /// Adds a row of a class of the style sheet.
    pub fn row_of(&mut self, class: &'static str, cells: Vec<Markup>) {
        self.rows.push((class, cells));
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table.
    pub fn show(&self, lang: Lang) -> Markup {
        let shown = self.limit.unwrap_or(usize::MAX).min(self.rows.len());
        let left_out = self.rows.len() - shown;
        let is_number = |column: usize| self.heads.get(column).is_some_and(|head| head.1);
        html! {
            div.table tabindex="0" role="region" aria-label=(lang.choose("Table", "表格")) {
                table {
                    thead {
                        tr {
                            @for (head, is_number) in &self.heads {
                                th class=[is_number.then_some("number")] scope="col" { (head) }
                            }
                        }
                    }
                    tbody {
                        @for (class, cells) in &self.rows[..shown] {
                            tr class=[(!class.is_empty()).then_some(*class)] {
                                @for (column, cell) in cells.iter().enumerate() {
                                    @if column == 0 {
                                        th scope="row" { (cell) }
                                    } @else {
                                        td class=[is_number(column).then_some("number")] { (cell) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if left_out > 0 {
                p.note {
                    @let left_out = super::numbers::count(i64::try_from(left_out).unwrap_or(i64::MAX), lang);
                    (lang.choose(
                        format!("{left_out} more rows stand in the Parquet files of this folder."),
                        format!("其余{left_out}行见本目录下的Parquet文件。"),
                    ))
                }
            }
        }
    }
}

/// A chart with its finding as title and its data as a table.
pub(super) struct Figure {
    /// The finding in words.
    pub finding: String,
    /// The drawing.
    pub svg: String,
    /// What is drawn, for those who do not see it.
    pub description: String,
    /// What is counted, in which period, and what the marks mean.
    pub caption: Markup,
    /// The data.
    pub data: Table,
    /// Whether the data stand open.
    pub is_open: bool,
}

impl Figure {
    /// The figure.
    pub fn show(&self, lang: Lang) -> Markup {
        html! {
            figure {
                h3 { (self.finding) }
                div.chart role="img" aria-label={
                    (self.finding) (lang.choose(". ", "。")) (self.description)
                } {
                    (PreEscaped(&self.svg))
                }
                figcaption { (self.caption) }
                details open[self.is_open] {
                    summary { (lang.choose("Data", "数据表")) }
                    (self.data.show(lang))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_numbers_stand_right() {
        let mut table = Table::default().words("Organ").numbers("Rows");
        table.row(vec![text("<script>"), text("1")]);
        let html = table.show(Lang::En).into_string();
        assert!(
            html.contains(r#"<th scope="row">&lt;script&gt;</th>"#) && html.contains(r#"<td class="number">1</td>"#)
        );
    }

    #[test]
    fn a_table_that_is_cut_says_by_how_many_rows() {
        let mut table = Table::default().words("Organ").at_most(2);
        (0..5).for_each(|row| table.row(vec![text(row.to_string())]));
        assert!(table.show(Lang::En).into_string().contains("3 more rows"));
        assert!(table.show(Lang::Zh).into_string().contains("其余3行"));
    }

    #[test]
    fn a_page_says_its_language_and_lists_its_sections() {
        let section = |lang| Section::new("quality", ("Data quality", "数据质量"), lang, html! { p { "…" } });
        let page = document("T & Co", &text(""), &[section(Lang::Zh)], Lang::Zh);
        assert!(
            page.starts_with(r#"<!DOCTYPE html><html lang="zh-CN">"#) && page.contains("<title>T &amp; Co</title>")
        );
        assert!(page.contains(r##"<a href="#quality">数据质量</a>"##) && page.contains(r#"<section id="quality">"#));
        assert!(document("T", &text(""), &[section(Lang::En)], Lang::En).contains(r#"<html lang="en">"#));
    }
}
