//! One figure by month.

use super::breakdown::{axis, bar, marks_explained, value};
use super::charts::{self, Bar};
use super::data::KpiRow;
use super::figures::{Figures, Id};
use super::numbers::{is_small, period, printed, with_fraction};
use super::parts::{Figure, Table, text};
use maud::{Markup, html};
use std::cmp::Ordering;

/// A figure by month; `None` for fewer than two months with a value.
pub(super) fn by_month<'a>(figures: Figures<'a>, id: Id<'a>) -> Option<Markup> {
    let (lang, unit, name) = (figures.lang, figures.unit(id), figures.name(id));
    let rows: Vec<&KpiRow> = figures.months(id).into_iter().filter(|row| value(row).is_some()).collect();
    if rows.len() < 2 {
        return None;
    }
    let ranked: Vec<&KpiRow> = rows.iter().copied().filter(|row| !is_small(row, unit)).collect();
    let finding = match ranked.as_slice() {
        [first, .., last] => {
            let [(from, then), (to, now)] =
                [first, last].map(|row| (period(&row.period, lang), printed(row, unit, lang).unwrap_or_default()));
            let (en, zh) = match value(last).partial_cmp(&value(first)) {
                _ if then == now => ("unchanged", "持平"),
                Some(Ordering::Less) => ("down", "下降"),
                _ => ("up", "上升"),
            };
            lang.choose(
                format!("{name}: {en} from {then} in {from} to {now} in {to}"),
                format!("{name}：{from}为{then}，{to}为{now}，{zh}"),
            )
        }
        _ => lang.choose(format!("{name} by month"), format!("{name}（按月）")),
    };
    let points: Vec<Bar> = rows
        .iter()
        .map(|row| {
            let shown = printed(row, unit, lang).unwrap_or_default();
            Bar { shown, ..bar(row, period(&row.period, lang), unit, lang) }
        })
        .collect();
    let mut data = Table::default().words(lang.choose("Month", "月份")).numbers(lang.choose("Value", "数值"));
    for row in &rows {
        let class = if is_small(row, unit) { "small" } else { "" };
        let shown = with_fraction(row, unit, lang).unwrap_or_default();
        data.row_of(class, vec![text(period(&row.period, lang)), text(shown)]);
    }
    let figure = Figure {
        finding,
        svg: charts::months(&points, |mark| axis(mark, unit, lang)),
        description: lang.choose(
            format!("Line: {name} by month, from zero. The numbers stand in the table."),
            format!("折线图：{name}（按月），自零起。数据见表。"),
        ),
        caption: html! {
            (figures.link(id)) (lang.choose(", by month. ", "，按月。")) (marks_explained(&points, lang))
        },
        data,
        is_open: false,
    };
    Some(figure.show(lang))
}
