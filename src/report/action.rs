//! What needs action: results that wait for review, low-quality inspections, rows without a match.

use super::Lang;
use super::data::{KpiPage, LowQualityRow, QueueRow};
use super::numbers::{count, fraction};
use super::parts::{Section, Table, text};
use maud::{Markup, html};

/// Rows of a table that are shown.
const MOST_ROWS: usize = 12;

/// What needs action; `None` if nothing does.
pub(super) fn section(page: &KpiPage, lang: Lang) -> Option<Section> {
    let parts = [
        (!page.queue.is_empty()).then(|| queue(&page.queue, lang)),
        (!page.low_quality.is_empty()).then(|| low_quality(&page.low_quality, lang)),
        (!page.unmatched.is_empty()).then(|| unmatched(&page.unmatched, lang)),
    ];
    let parts: Vec<Markup> = parts.into_iter().flatten().collect();
    let body = html! { @for part in &parts { (part) } };
    (!parts.is_empty()).then(|| Section::new("action", ("What needs action", "待办事项"), lang, body))
}

fn queue(rows: &[QueueRow], lang: Lang) -> Markup {
    let sum = |number: fn(&QueueRow) -> i64| count(rows.iter().map(number).fold(0, i64::saturating_add), lang);
    let (waiting, yellow, overdue) = (sum(|row| row.waiting), sum(|row| row.yellow), sum(|row| row.overdue));
    let mut sorted: Vec<&QueueRow> = rows.iter().collect();
    sorted.sort_by(|a, b| {
        let urgency = |row: &QueueRow| (-i128::from(row.overdue), -i128::from(row.yellow), row.least_days_left);
        urgency(a).cmp(&urgency(b)).then_with(|| (&a.organ, &a.station).cmp(&(&b.organ, &b.station)))
    });
    let mut table = Table::default()
        .words(lang.choose("Department", "部门"))
        .words(lang.choose("Station", "监管所"))
        .numbers(lang.choose("Waiting", "待审核"))
        .numbers(lang.choose("▲ Yellow flag", "▲ 黄旗预警"))
        .numbers(lang.choose("Overdue", "已超期"))
        .numbers(lang.choose("Fewest working days left", "最短剩余工作日"))
        .at_most(MOST_ROWS);
    for row in sorted {
        let flag = if row.yellow > 0 { "▲ " } else { "" };
        let cells = vec![
            text(&row.organ),
            text(row.station.as_deref().unwrap_or("–")),
            text(count(row.waiting, lang)),
            text(format!("{flag}{}", count(row.yellow, lang))),
            text(count(row.overdue, lang)),
            text(count(row.least_days_left, lang)),
        ];
        table.row_of(if row.overdue > 0 { "flagged" } else { "" }, cells);
    }
    html! {
        h3 {
            (lang.choose(
                format!("Waiting for review: {waiting}; with the yellow flag: {yellow}; overdue: {overdue}"),
                format!("待审核{waiting}户次，其中黄旗预警{yellow}户次，已超期{overdue}户次"),
            ))
        }
        (table.show(lang))
    }
}

fn low_quality(rows: &[LowQualityRow], lang: Lang) -> Markup {
    let mut sorted: Vec<&LowQualityRow> = rows.iter().collect();
    sorted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
    let mut table = Table::default()
        .words(lang.choose("What", "问题类型"))
        .numbers(lang.choose("Number / of", "数量/基数"))
        .words(lang.choose("Example", "示例"));
    for row in sorted {
        let (what, example) = lang.choose((&row.en, &row.example_en), (&row.zh, &row.example_zh));
        table.row(vec![text(what), text(fraction(row.count, row.of, lang)), text(example)]);
    }
    html! { h3 { (lang.choose("Low-quality inspections", "低质量检查任务")) } (table.show(lang)) }
}

fn unmatched(rows: &[(String, String, i64)], lang: Lang) -> Markup {
    let mut sorted: Vec<&(String, String, i64)> = rows.iter().collect();
    sorted.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    let mut table = Table::default().words(lang.choose("Why", "原因")).numbers(lang.choose("Rows", "行数"));
    for (en, zh, rows) in sorted {
        table.row(vec![text(lang.choose(en, zh)), text(count(*rows, lang))]);
    }
    html! { h3 { (lang.choose("Results without a match", "未能关联的检查结果")) } (table.show(lang)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::page;

    #[test]
    fn the_most_overdue_come_first_and_nothing_to_do_is_no_section() {
        let mut page = page();
        let html = queue(&page.queue, Lang::En).into_string();
        let places = ["Station B", "Station A"].map(|station| html.find(station).unwrap());
        assert!(places[0] < places[1], "{html}");
        assert!(html.contains("▲ 2") && html.contains("−3"));
        (page.queue, page.low_quality, page.unmatched) = (Vec::new(), Vec::new(), Vec::new());
        assert!(section(&page, Lang::En).is_none());
    }
}
