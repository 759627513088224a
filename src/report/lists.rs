//! Lists and forms that go public, as pages that print: a sheet of paper for each station, inspector and form.

use super::numbers::count;
use super::parts::{Section, document};
use crate::publication::{Cell, Paper, Sheet};
use crate::terms::Lang;
use maud::{Markup, PreEscaped, html};

const STYLE: &str = "main,.contents ol{max-width:80rem}.short{white-space:nowrap}td:empty,dd:empty{min-width:5em}[contenteditable]{background:var(--shade)}\
    .paper{margin:3rem 0;border-top:1px solid var(--grid)}.paper h3{text-align:center;font-size:1.3rem}.sign{margin:1.5rem 0}\
    @media print{.contents,.about,.note{display:none}.paper,.sheet{break-after:page;border:0;margin:0}\
    [contenteditable]{background:none}body{font-size:11pt}main{max-width:none}thead{display:table-header-group}tr{break-inside:avoid}}";

fn page(title: &str, head: &Markup, sections: &[Section], lang: Lang) -> String {
    let style = html! { style { (PreEscaped(STYLE)) } }.into_string();
    document(title, head, sections, lang).replacen("</head>", &format!("{style}</head>"), 1)
}

/// The lists, a section each.
pub fn lists(title: &str, as_of: &str, sheets: &[Sheet], lang: Lang) -> String {
    let head =
        html! { p.about { (lang.choose("What was drawn and dealt, as of ", "抽查名单与检查安排，截至")) (as_of) } };
    let section = |sheet: &Sheet| Section::new(sheet.form.stem, sheet.form.title, lang, list(sheet, lang));
    let shown = sheets.iter().filter(|sheet| !sheet.form.to_fill_in);
    page(title, &head, &shown.map(section).collect::<Vec<_>>(), lang)
}

fn list(sheet: &Sheet, lang: Lang) -> Markup {
    let Sheet { form, rows, count: all } = sheet;
    let groups: Vec<&[Vec<Cell>]> = match form.by_first {
        true => rows.chunk_by(|a, b| a[0] == b[0]).collect(),
        false => rows.chunks(rows.len().max(1)).collect(),
    };
    html! {
        @if *all > rows.len() {
            p.note {
                (lang.choose("Further rows are in the CSV file: ", "其余各行见CSV文件，计"))
                (count((all - rows.len()) as i64, lang)) (lang.choose("", "行"))
            }
        }
        @for group in groups {
            div.sheet {
                @if form.by_first { h3 { (group[0][0].shown(lang)) } }
                div.table tabindex="0" role="region" aria-label=(lang.choose(form.title.0, form.title.1)) {
                    table {
                        thead { tr { @for (head, cell) in form.columns.iter().zip(&group[0]).skip(usize::from(form.by_first)) {
                            th class=[class(cell, lang)] scope="col" { (lang.choose(head.0, head.1)) }
                        } } }
                        tbody { @for row in group { tr { @for cell in &row[usize::from(form.by_first)..] {
                            td class=[class(cell, lang)] { (shown(cell, lang)) }
                        } } } }
                    }
                }
            }
        }
    }
}

/// Numbers stand to the right, and short texts in one line.
fn class(cell: &Cell, lang: Lang) -> Option<&'static str> {
    match cell {
        Cell::Number(_) => Some("number"),
        cell => (cell.shown(lang).chars().count() <= 12).then_some("short"),
    }
}

fn shown(cell: &Cell, lang: Lang) -> String {
    match cell {
        Cell::Number(number) if number.fract() != 0.0 => format!("{number:.6}"),
        cell => cell.shown(lang),
    }
}

/// The forms, one after the other.
pub fn forms(title: &str, as_of: &str, papers: &[Paper], left_out: usize, lang: Lang) -> String {
    let head = html! {
        p.about {
            (lang.choose("To be printed, or filled in here and printed. Of the draw as of ", "可打印，或在本页填写后打印。抽取基准日："))
            (as_of)
        }
        @if left_out > 0 {
            p.note {
                (lang.choose("Further visits, whose records are in records.csv: ", "其余各次上门的记录见records.zh.csv，计"))
                (count(left_out as i64, lang)) (lang.choose("", "次"))
            }
        }
    };
    let mut titles: Vec<_> = papers.iter().map(|paper| paper.title).take(2).collect();
    titles.dedup();
    let section = |(anchor, of): (&'static str, (&'static str, &'static str))| {
        let own = papers.iter().filter(|paper| paper.title == of);
        Section::new(anchor, of, lang, html! { @for paper in own { (show(paper, lang)) } })
    };
    page(title, &head, &["notices", "records"].into_iter().zip(titles).map(section).collect::<Vec<_>>(), lang)
}

fn show(paper: &Paper, lang: Lang) -> Markup {
    html! {
        div.paper {
            h3 { (lang.choose(paper.title.0, paper.title.1)) }
            p { (lang.choose("No. ", "编号：")) (paper.number) }
            @if !paper.opening.is_empty() { p { (paper.opening) } }
            dl { @for (words, value) in &paper.facts {
                dt { (lang.choose(words.0, words.1)) }
                dd contenteditable[value.is_empty()] { (value) }
            } }
            div.table tabindex="0" role="region" aria-label=(lang.choose(paper.title.0, paper.title.1)) {
                table {
                    thead { tr { @for head in paper.heads { th scope="col" { (lang.choose(head.0, head.1)) } } } }
                    tbody { @for row in &paper.rows { tr { @for cell in row {
                        td contenteditable[cell.is_empty()] { (cell) }
                    } } } }
                }
            }
            p { (lang.choose(paper.closing.0, paper.closing.1)) }
            @for words in paper.signatures { p.sign { (lang.choose(words.0, words.1)) } }
        }
    }
}
