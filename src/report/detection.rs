//! What inspections found: by class and month, by risk models against expectation, and what it says of the whole population.

use super::Lang;
use super::breakdown::{Breakdown, capital, marks_explained};
use super::charts::{self, Bar};
use super::data::{DecileRow, EstimateRow, FrequencyPoint, KpiPage};
use super::figures::Figures;
use super::months::by_month;
use super::numbers::{
    SMALL, bracketed, colon, count, cut_name, decimal, interval, member, part_of, percent, short_percent,
};
use super::parts::{Figure, Section, Table, text};
use crate::kpi::catalogue::Unit;
use maud::{Markup, html};

/// The figure that this section is about.
const DETECTION: &str = "detection.by_inspection";

/// What was found, `table` being that of the figures as a whole; `None` without data.
pub(super) fn section(page: &KpiPage, figures: Figures<'_>, table: Option<Markup>) -> Option<Section> {
    let lang = figures.lang;
    let mut parts = Vec::new();
    if let Some(id) = figures.main(DETECTION) {
        let cuts = ["grade", "color", "industry"].into_iter().filter_map(|cut| Breakdown::of(figures, id, cut));
        let cuts: Vec<Breakdown<'_>> = cuts.collect();
        let most = cuts.iter().map(Breakdown::reach).fold(0.0, f64::max);
        parts.extend(cuts.iter().map(|cut| cut.show(cut.finding_of_problems(), most, false)));
        parts.extend(by_month(figures, id));
    }
    parts.extend(table);
    if !page.deciles.is_empty() {
        parts.push(deciles(&page.deciles, lang));
    }
    let body = html! { @for part in &parts { (part) } };
    (!parts.is_empty()).then(|| Section::new("detection", ("Problems found", "问题检出"), lang, body))
}

/// Rows that follow each other and have the same name.
fn groups<T>(rows: &[T], name: fn(&T) -> &String) -> impl Iterator<Item = &[T]> {
    rows.chunk_by(move |a, b| name(a) == name(b))
}

fn deciles(rows: &[DecileRow], lang: Lang) -> Markup {
    let mut rows: Vec<&DecileRow> = rows.iter().collect();
    rows.sort_by_key(|row| row.decile);
    let found = |rows: &[&DecileRow]| rows.iter().map(|row| row.found).fold(0, i64::saturating_add);
    let riskier: Vec<&DecileRow> = rows.iter().copied().filter(|row| row.decile <= 5).collect();
    let bars: Vec<Bar> = rows
        .iter()
        .map(|row| Bar {
            expected: Some(row.expected).filter(|number| number.is_finite()),
            ..Bar::new(row.decile.to_string(), row.found as f64, count(row.found, lang))
        })
        .collect();
    let mut data = Table::default()
        .words(lang.choose("Tenth by score (first: highest risk)", "分值十等分（首组风险最高）"))
        .numbers(lang.choose("Inspections", "检查户次"))
        .numbers(lang.choose("With problems", "检出问题"))
        .numbers(lang.choose("Expected if all were alike", "期望检出"));
    for row in &rows {
        data.row(vec![
            text(row.decile.to_string()),
            text(count(row.inspections, lang)),
            text(count(row.found, lang)),
            text(decimal(row.expected, 1, lang)),
        ]);
    }
    let share = part_of(found(&riskier), found(&rows), lang);
    let figure = Figure {
        finding: lang.choose(
            format!("By risk score, problems found in the half at higher risk: {share}"),
            format!("按风险分值，风险较高的一半检出的问题占{share}"),
        ),
        svg: charts::bars(&bars, 0.0, |mark| super::breakdown::short_decimal(mark, lang)),
        description: lang
            .choose("Bars: problems found by tenth of the score, from zero.", "条形图：各分值组检出问题数，自零起。")
            .to_owned(),
        caption: html! {
            (lang.choose("Problems found by tenth of the score, highest risk first. ", "按分值十等分的检出问题数，风险由高到低。"))
            (marks_explained(&bars, lang))
        },
        data,
        is_open: false,
    };
    figure.show(lang)
}

/// Estimates for the population beside the raw rates; `None` without estimates.
pub(super) fn estimates(rows: &[EstimateRow], lang: Lang) -> Option<Section> {
    let body = html! {
        p {
            (lang.choose(
                "The draw prefers firms at higher risk, so the raw rate of the sample is as a rule above that of all firms. \
                 The estimate counts every inspected firm by the inverse of its probability of being drawn.",
                "抽取向高风险主体倾斜，样本检出率因此通常高于全体主体的实际水平。总体估计按抽中概率的倒数对每一受检主体加权。",
            ))
        }
        @for rows in groups(rows, |row| &row.run) { (estimates_of(rows, lang)) }
    };
    (!rows.is_empty()).then(|| Section::new("estimates", ("Estimates for all firms", "总体估计"), lang, body))
}

fn estimates_of(rows: &[EstimateRow], lang: Lang) -> Markup {
    let run = rows.first().map_or("", |row| &*row.run);
    let share = Unit::Share;
    let name = |row: &EstimateRow| match &*row.cut {
        "all" => lang.choose("all firms", "全体主体").to_owned(),
        cut => capital(cut_name(cut, lang)) + colon(lang) + &member(cut, &row.member, lang),
    };
    let span = |row: &EstimateRow| interval(row.rate_low, row.rate_high, share, lang);
    // A rate that rests on few is not said without its interval.
    let rate = |row: &EstimateRow| {
        row.rate
            .filter(|rate| rate.is_finite() && (row.met >= SMALL || span(row).is_some()))
            .map(|rate| percent(rate, 1, lang))
    };
    let mut data = Table::default()
        .words(lang.choose("Firms", "范围"))
        .numbers(lang.choose("Raw rate of the sample", "样本检出率"))
        .numbers(lang.choose("Estimated rate", "总体检出率估计"))
        .numbers(lang.choose("95 % interval", "95%置信区间"))
        .numbers(lang.choose("Estimated number", "有问题主体估计数"))
        .numbers(lang.choose("95 % interval", "95%置信区间"))
        .numbers(lang.choose("Population", "主体总数"))
        .numbers(lang.choose("Drawn, not met", "抽中未查到"))
        .words(lang.choose("Note", "说明"));
    let dash = || "–".to_owned();
    for row in rows {
        let cells = vec![
            text(name(row)),
            text(part_of(row.found, row.met, lang)),
            text(rate(row).unwrap_or_else(dash)),
            text(span(row).unwrap_or_else(dash)),
            text(row.total.map_or_else(dash, |total| decimal(total, 0, lang))),
            text(interval(row.total_low, row.total_high, Unit::Count, lang).unwrap_or_else(dash)),
            text(count(row.population, lang)),
            text(part_of(row.missing, row.drawn, lang)),
            text(lang.choose(&row.note_en, &row.note_zh).as_deref().unwrap_or("")),
        ];
        data.row_of(if row.met < SMALL { "small" } else { "" }, cells);
    }
    let bars: Vec<Bar> = rows
        .iter()
        .filter(|row| rate(row).is_some())
        .map(|row| Bar {
            interval: row.rate_low.zip(row.rate_high).filter(|(low, high)| low.is_finite() && high.is_finite()),
            expected: (row.met >= SMALL).then(|| row.found as f64 / row.met as f64),
            is_small: row.met < SMALL,
            ..Bar::new(name(row), row.rate.unwrap_or(0.0), rate(row).filter(|_| row.met >= SMALL).unwrap_or_default())
        })
        .collect();
    let whole = rows.iter().find(|row| row.cut == "all").and_then(|row| Some((row, rate(row)?)));
    let finding = match whole {
        Some((row, rate)) => {
            let within = span(row).map_or_else(String::new, |span| bracketed(&span, lang));
            let raw = part_of(row.found, row.met, lang);
            lang.choose(
                format!("{run}: an estimated {rate}{within} of all firms have problems; raw rate {raw}"),
                format!("{run}：全体主体问题率估计为{rate}{within}，样本检出率为{raw}"),
            )
        }
        None => lang.choose(format!("{run}: estimates by class"), format!("{run}：分类估计")),
    };
    let figure = Figure {
        finding,
        svg: charts::bars(&bars, 0.0, |mark| short_percent(mark, lang)),
        description: lang
            .choose("Bars: estimated rates with intervals, from zero.", "条形图：总体检出率估计及置信区间，自零起。")
            .to_owned(),
        caption: text(lang.choose(
            "Bar: estimate. Thin line: 95 % interval. Thick stroke: raw rate of the sample.",
            "条形为总体估计，细线为95%置信区间，粗竖线为样本检出率。",
        )),
        data,
        is_open: true,
    };
    figure.show(lang)
}

/// Promised probabilities against observed shares; `None` without points.
pub(super) fn frequencies(points: &[FrequencyPoint], lang: Lang) -> Option<Markup> {
    let drawn: Vec<charts::Against> =
        points.iter().map(|point| (point.label.clone(), point.probability, point.frequency, point.n < SMALL)).collect();
    let gap = points.iter().filter(|point| point.n >= SMALL).map(|point| (point.frequency - point.probability).abs());
    let gap = gap.reduce(f64::max)?;
    let mut data = Table::default()
        .words(lang.choose("What", "对象"))
        .numbers(lang.choose("Promised probability", "设定概率"))
        .numbers(lang.choose("Observed share", "实际频率"))
        .numbers(lang.choose("Could be drawn", "可抽户数"));
    for point in points {
        let number = |number: f64| text(decimal(number, 4, lang));
        let observed = if point.n < SMALL { text("–") } else { number(point.frequency) };
        let class = if point.n < SMALL { "small" } else { "" };
        data.row_of(class, vec![text(&point.label), number(point.probability), observed, text(count(point.n, lang))]);
    }
    let gap = decimal(gap, 4, lang);
    let names = lang.choose(("promised probability", "observed share"), ("设定概率", "实际频率"));
    let figure = Figure {
        finding: lang.choose(
            format!("Promised probabilities and observed shares differ by at most {gap}"),
            format!("设定概率与实际频率最大相差{gap}"),
        ),
        svg: charts::against(&drawn, names, |mark| super::breakdown::short_decimal(mark, lang)),
        description: lang
            .choose("Points: observed shares over promised probabilities.", "散点图：横轴为设定概率，纵轴为实际频率。")
            .to_owned(),
        caption: text(lang.choose("On the line both are equal.", "斜线上两者相等。")),
        data,
        is_open: false,
    };
    Some(figure.show(lang))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::page;

    #[test]
    fn the_estimate_stands_beside_the_raw_rate_with_its_interval() {
        let rows = page().estimates;
        let html = estimates_of(&rows, Lang::En).into_string();
        assert!(
            html.contains("an estimated 5.1 % (3.9 % – 6.3 %) of all firms have problems; raw rate 9.0 % · 93 / 1,032"),
            "{html}"
        );
        // 2 of 9 met, without an interval.
        assert!(html.contains("2 / 9") && !html.contains("22.2"), "{html}");
        assert!(estimates(&[], Lang::En).is_none());
    }

    #[test]
    fn tenths_say_what_the_riskier_half_holds() {
        let html = deciles(&page().deciles, Lang::En).into_string();
        assert!(html.contains("in the half at higher risk: 75.0 % · 75 / 100"), "{html}");
    }

    #[test]
    fn a_gap_is_measured_where_it_rests_on_enough() {
        let html = frequencies(&page().frequencies, Lang::Zh).unwrap().into_string();
        assert!(html.contains("设定概率与实际频率最大相差0.0050"), "{html}");
        assert!(frequencies(&[], Lang::Zh).is_none());
    }
}
