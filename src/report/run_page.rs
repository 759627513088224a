//! The page of one draw: from the registry to the drawn, drawn against expectation, probabilities, and how to check.

use super::breakdown::{capital, color, marks_explained, short_decimal};
use super::charts::{self, Bar, MOST_BARS};
use super::data::{ClassRow, DrawKind, ProbabilityRow, RunPage};
use super::numbers::{bracketed, colon, count, cut_name, day, decimal, member};
use super::parts::{Figure, Section, Table, document, text};
use super::{Lang, accounts};
use maud::{Markup, html};

/// Rows of a table that are shown.
const MOST_ROWS: usize = 200;

/// The page in one language.
pub(super) fn show(page: &RunPage, lang: Lang) -> String {
    let head = html! {
        p.about { (lang.choose("as of ", "截至")) (day(page.as_of, lang)) }
        (accounts::warned(&page.warnings, lang))
    };
    let sections = [
        Some(result(page, lang)),
        accounts::funnel(&page.funnel, lang).map(|funnel| {
            Section::new("funnel", ("From the registry to the draw", "从名录库到抽中名单"), lang, funnel)
        }),
        classes(&page.classes, lang),
        probabilities(page, lang),
        exclusions(page, lang),
        accounts::quality(&page.quality, &page.warnings, lang),
        Some(accounts::trust(&page.trust, lang)),
    ];
    let sections: Vec<Section> = sections.into_iter().flatten().collect();
    document(&page.title, &head, &sections, lang)
}

fn result(page: &RunPage, lang: Lang) -> Section {
    let figures = match page.kind {
        DrawKind::One(_) => [
            (lang.choose("Drawn", "抽中"), page.drawn),
            (lang.choose("Could be drawn", "可抽"), page.eligible),
            (lang.choose("On the reserve list", "候补"), page.reserve),
        ],
        DrawKind::Tasks { tasks, entities } => [
            (lang.choose("Tasks", "抽查任务"), tasks),
            (lang.choose("Drawn, over all tasks", "各任务抽中合计"), page.drawn),
            (lang.choose("Entities drawn", "抽中主体"), entities),
        ],
    };
    let body = html! {
        ul.cards {
            @for (name, number) in figures {
                li { p { (name) } p.value { strong { (count(number, lang)) } } }
            }
        }
        @if let DrawKind::One(design) = &page.kind {
            p { (lang.choose("Design", "抽样设计")) (colon(lang)) code { (design) } }
        }
    };
    Section::new("result", ("Result", "抽取结果"), lang, body)
}

/// Rows of one cut.
fn by_cut<T>(rows: &[T], cut: fn(&T) -> &String) -> Vec<(&str, Vec<&T>)> {
    let mut cuts: Vec<(&str, Vec<&T>)> = Vec::new();
    for row in rows {
        match cuts.iter_mut().find(|(name, _)| *name == cut(row).as_str()) {
            Some((_, rows)) => rows.push(row),
            None => cuts.push((cut(row).as_str(), vec![row])),
        }
    }
    cuts
}

fn classes(rows: &[ClassRow], lang: Lang) -> Option<Section> {
    let body = html! { @for (cut, rows) in by_cut(rows, |row| &row.cut) { (class(cut, &rows, lang)) } };
    let title = ("Drawn against expectation", "抽中与期望对照");
    (!rows.is_empty()).then(|| Section::new("classes", title, lang, body))
}

fn class(cut: &str, rows: &[&ClassRow], lang: Lang) -> Markup {
    let single = if rows.len() > MOST_BARS { MOST_BARS - 1 } else { rows.len() };
    // The parts with most entities that can be drawn have bars of their own.
    let mut largest = rows.to_vec();
    largest.sort_by(|a, b| b.eligible.cmp(&a.eligible).then_with(|| a.member.cmp(&b.member)));
    let others = largest.split_off(single);
    let is_single = |row: &&&ClassRow| !others.iter().any(|other| std::ptr::eq(*other, **row));
    let mut bars: Vec<Bar> = rows
        .iter()
        .filter(is_single)
        .map(|row| {
            let bar = bar(member(cut, &row.member, lang), row.drawn, row.expected, lang);
            Bar { color: color(cut, &row.member), ..bar }
        })
        .collect();
    if !others.is_empty() {
        let name = lang.choose("others", "其他").to_owned() + &bracketed(&count(others.len() as i64, lang), lang);
        let drawn = others.iter().map(|row| row.drawn).fold(0, i64::saturating_add);
        bars.push(bar(name, drawn, others.iter().map(|row| row.expected).sum(), lang));
    }
    let mut data = Table::default()
        .words(&capital(cut_name(cut, lang)))
        .numbers(lang.choose("Entities", "户数"))
        .numbers(lang.choose("Could be drawn", "可抽户数"))
        .numbers(lang.choose("Expected", "期望抽中户数"))
        .numbers(lang.choose("Drawn", "抽中户数"))
        .numbers(lang.choose("Drawn less expected", "差额"))
        .at_most(MOST_ROWS);
    for row in rows {
        data.row(vec![
            text(member(cut, &row.member, lang)),
            text(count(row.population, lang)),
            text(count(row.eligible, lang)),
            text(decimal(row.expected, 1, lang)),
            text(count(row.drawn, lang)),
            text(decimal(row.drawn as f64 - row.expected, 1, lang)),
        ]);
    }
    let gap = |row: &ClassRow| (row.drawn as f64 - row.expected).abs();
    let widest = rows.iter().filter(|row| gap(row).is_finite()).max_by(|a, b| gap(a).total_cmp(&gap(b)));
    let by = cut_name(cut, lang);
    let finding = match widest {
        Some(row) => {
            let name = member(cut, &row.member, lang);
            let (drawn, expected) = (count(row.drawn, lang), decimal(row.expected, 1, lang));
            lang.choose(
                format!("By {by}, farthest from expectation: {name}, {drawn} drawn, {expected} expected"),
                format!("按{by}，与期望相差最大的是{name}：抽中{drawn}户，期望{expected}户"),
            )
        }
        None => lang.choose(format!("Drawn by {by}"), format!("按{by}抽中情况")),
    };
    let figure = Figure {
        finding,
        svg: charts::bars(&bars, 0.0, |mark| short_decimal(mark, lang)),
        description: lang
            .choose(format!("Bars: drawn by {by}, from zero."), format!("条形图：按{by}抽中户数，自零起。")),
        caption: html! {
            (lang.choose("Drawn entities. ", "抽中户数。")) (marks_explained(&bars, lang))
        },
        data,
        is_open: false,
    };
    figure.show(lang)
}

/// The bar of the drawn, with expectation as a stroke and in its print.
fn bar(label: String, drawn: i64, expected: f64, lang: Lang) -> Bar {
    let (number, beside) = (count(drawn, lang), decimal(expected, 1, lang));
    let shown = lang.choose(format!("{number} · expected {beside}"), format!("{number}，期望{beside}"));
    Bar { expected: Some(expected).filter(|number| number.is_finite()), ..Bar::new(label, drawn as f64, shown) }
}

fn probabilities(page: &RunPage, lang: Lang) -> Option<Section> {
    let body = html! {
        @for (cut, rows) in by_cut(&page.pi_by_class, |row| &row.cut) {
            h3 { (lang.choose("By ", "按")) (cut_name(cut, lang)) }
            (table_of_probabilities(cut, &rows, lang))
        }
    };
    let title = ("Probability of being drawn", "抽中概率");
    (!page.pi_by_class.is_empty()).then(|| Section::new("pi", title, lang, body))
}

fn table_of_probabilities(cut: &str, rows: &[&ProbabilityRow], lang: Lang) -> Markup {
    let mut table = Table::default()
        .words(&capital(cut_name(cut, lang)))
        .numbers(lang.choose("Least", "最低"))
        .numbers(lang.choose("Mean", "平均"))
        .numbers(lang.choose("Greatest", "最高"))
        .at_most(MOST_ROWS);
    for row in rows {
        let cells = [row.least, row.mean, row.most].map(|probability| text(decimal(probability, 6, lang)));
        table.row([text(member(cut, &row.member, lang))].into_iter().chain(cells).collect());
    }
    table.show(lang)
}

fn exclusions(page: &RunPage, lang: Lang) -> Option<Section> {
    let mut sorted: Vec<&(String, String, i64)> = page.exclusions.iter().collect();
    sorted.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    let mut table = Table::default()
        .words(lang.choose("Why an entity could not be drawn", "不可抽原因"))
        .numbers(lang.choose("Entities", "户数"));
    for (en, zh, entities) in sorted {
        table.row(vec![text(lang.choose(en, zh)), text(count(*entities, lang))]);
    }
    let title = ("Not in the draw", "不参加抽取");
    (!table.is_empty()).then(|| Section::new("exclusions", title, lang, table.show(lang)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::run_page;

    #[test]
    fn beyond_twelve_strata_the_rest_is_one_bar_and_no_entity_is_lost() {
        let row = |place: i64| ClassRow {
            cut: "stratum".to_owned(),
            member: format!("s{place}"),
            population: 100,
            eligible: 100 - place,
            expected: 1.5,
            drawn: 2,
        };
        let rows: Vec<ClassRow> = (0..30).map(row).collect();
        let html = class("stratum", &rows.iter().collect::<Vec<_>>(), Lang::En).into_string();
        assert_eq!(html.matches("<rect").count(), MOST_BARS);
        assert!(html.contains("others (19)") && html.contains("38 · expected 28.5"), "{html}");
    }

    #[test]
    fn a_draw_is_held_against_its_expectation_class_by_class() {
        let html = show(&run_page(), Lang::En);
        assert!(html.contains("By grade, farthest from expectation: D, 60 drawn, 57.5 expected"), "{html}");
        assert!(html.contains("0.300000") && html.contains("registration revoked"));
    }
}
