//! The page of figures, in the order in which it is read.

use super::breakdown::{Breakdown, reached, target_in_unit};
use super::data::{KpiPage, KpiRow};
use super::figures::{Figures, Id, anchor};
use super::months::by_month;
use super::numbers::{
    SMALL, beside, bracketed, count, cut_name, day, fraction, interval, no_data, period, printed, rounding,
};
use super::parts::{Section, Table, document, text, words};
use super::{Lang, accounts, action, detection};
use crate::kpi::catalogue::Unit;
use maud::{Markup, html};

/// Figures of what was found.
const DETECTION: [&str; 3] = ["detection", "population_detection", "lift"];

/// Figures of what was covered.
const COVERAGE: [&str; 2] = ["drawn_share", "item_coverage"];

/// Figures of joint work.
const JOINT: [&str; 6] = [
    "cross_department",
    "joint_draw_share",
    "joint_implementation",
    "interference_avoided",
    "visits_per_entity",
    "inspections_per_entity",
];

/// Figures of work done in time.
const TIMELINESS: [&str; 7] = [
    "timeliness",
    "publication",
    "accuracy",
    "task_completion",
    "inspection_completion",
    "review_overdue",
    "filing_late",
];

/// The page in one language.
pub(super) fn show(page: &KpiPage, lang: Lang) -> String {
    let figures = Figures::new(page, lang);
    let placed = [&DETECTION[..], &COVERAGE, &JOINT, &TIMELINESS].concat();
    let (placed, leading) = (figures.among(&placed), figures.leading());
    let rest = figures.all().into_iter().filter(|id| !placed.contains(id) && !leading.contains(id)).collect();
    let coverage = [
        group(figures, figures.among(&COVERAGE)),
        accounts::funnel(&page.funnel, lang),
        detection::frequencies(&page.frequencies, lang),
    ];
    let sections = [
        headlines(page, figures),
        action::section(page, lang),
        detection::section(page, figures, group(figures, figures.among(&DETECTION))),
        section("coverage", ("Coverage", "抽查覆盖"), lang, coverage),
        section("joint", ("Joint work", "联合抽查与减少干扰"), lang, [joint(figures)]),
        places(figures),
        section("timeliness", ("Timeliness", "时限与公示"), lang, [group(figures, figures.among(&TIMELINESS))]),
        section("others", ("Other figures", "其他指标"), lang, [group(figures, rest)]),
        detection::estimates(&page.estimates, lang),
        accounts::quality(&page.quality, &page.warnings, lang),
        definitions(figures),
        Some(accounts::trust(&page.trust, lang)),
    ];
    let sections: Vec<Section> = sections.into_iter().flatten().collect();
    let days: Vec<String> = page.as_of.iter().map(|&days| day(days, lang)).collect();
    let head = html! {
        p.about {
            (period(&page.period, lang))
            @if !days.is_empty() {
                (lang.choose(" · as of ", "，截至")) (days.join(lang.choose(", ", "、")))
            }
        }
        (accounts::warned(&page.warnings, lang))
    };
    document(&page.title, &head, &sections, lang)
}

/// A section of the parts that have data; `None` if none has.
fn section<const N: usize>(
    anchor: &'static str,
    title: (&'static str, &'static str),
    lang: Lang,
    parts: [Option<Markup>; N],
) -> Option<Section> {
    let parts: Vec<Markup> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| Section::new(anchor, title, lang, html! { @for part in &parts { (part) } }))
}

fn headlines(page: &KpiPage, figures: Figures<'_>) -> Option<Section> {
    let lang = figures.lang;
    let latest = page.as_of.iter().max();
    let cards = figures.leading();
    let body = html! {
        ul.cards {
            @for &id in &cards {
                @if let Some(row) = figures.whole(id) { li { (card(figures, id, row, latest != Some(&row.as_of))) } }
            }
        }
    };
    (!cards.is_empty()).then(|| Section::new("headlines", ("Leading figures", "主要指标"), lang, body))
}

/// A card; the day stands in it where it is not the page's latest.
fn card<'a>(figures: Figures<'a>, id: Id<'a>, row: &KpiRow, has_own_day: bool) -> Markup {
    let (lang, unit) = (figures.lang, figures.unit(id));
    let shown = printed(row, unit, lang);
    let counts = row.numerator.zip(row.denominator).filter(|_| unit != Unit::Count);
    let counts = counts.map(|(over, under)| fraction(over, under, lang));
    html! {
        p { (figures.link(id)) }
        p.value {
            @match (&shown, &counts) {
                (Some(shown), Some(counts)) => { strong { (shown) } (beside(lang)) span { (counts) } }
                (Some(only), None) => { strong { (only) } }
                // No value is said also where a denominator of 0 is known.
                (None, _) if row.value.is_none() => { (no_data(row.reason.as_deref(), lang)) }
                (None, Some(only)) => { strong { (only) } }
                (None, None) => { (no_data(row.reason.as_deref(), lang)) }
            }
        }
        @if let (Some(ends), true) = (interval(row.ci_low, row.ci_high, unit, lang), shown.is_some()) {
            p.note { (lang.choose("95 % interval ", "95%置信区间")) (ends) }
        }
        @if let Some(target) = row.target {
            p {
                (lang.choose("Target ", "目标")) (target_in_unit(target, unit, lang)) (lang.choose(": ", "："))
                (reached(row.met, lang))
            }
        }
        @if row.met == Some(false) { (needed(row, lang)) }
        @if let Some(change) = figures.change(id) { p.note { (change) } }
        @if let Some(rounding) = rounding(&row.rounding, lang) { p.note { (lang.choose("Printed form: ", "尾数处理：")) (rounding) } }
        @if has_own_day { p.note { (figures.when(row)) } }
    }
}

/// How many are needed to reach the target, in both ways.
fn needed(row: &KpiRow, lang: Lang) -> Markup {
    let converting = row.needed_converting.map(|number| {
        let number = count(number, lang);
        lang.choose(format!("{number} of the existing converted"), format!("存量转化{number}"))
    });
    let adding = row.needed_adding.map(|number| {
        let number = count(number, lang);
        lang.choose(format!("{number} new ones that all count"), format!("新增且全部计入{number}"))
    });
    let ways: Vec<String> = converting.into_iter().chain(adding).collect();
    html! {
        @if !ways.is_empty() {
            p { (lang.choose("Still needed: ", "达标尚需：")) (ways.join(lang.choose(", or ", "，或"))) }
        }
    }
}

/// A table of figures as a whole, and one for each of their cuts by reason, category, level and source.
fn group<'a>(figures: Figures<'a>, ids: Vec<Id<'a>>) -> Option<Markup> {
    let lang = figures.lang;
    let mut table = Table::default()
        .words(lang.choose("Figure", "指标"))
        .numbers(lang.choose("Value", "数值"))
        .numbers(lang.choose("Numerator / denominator", "分子/分母"))
        .numbers(lang.choose("95 % interval", "95%置信区间"))
        .words(lang.choose("Target", "目标"));
    let dash = || "–".to_owned();
    for &id in &ids {
        let Some(row) = figures.whole(id) else { continue };
        let unit = figures.unit(id);
        let counts = row.numerator.zip(row.denominator).filter(|_| unit != Unit::Count);
        let target =
            row.target.map(|target| target_in_unit(target, unit, lang) + &bracketed(reached(row.met, lang), lang));
        let value = match printed(row, unit, lang) {
            Some(value) => text(value),
            None if row.value.is_none() => words(no_data(row.reason.as_deref(), lang)),
            None => text(dash()),
        };
        table.row(vec![
            figures.link(id),
            value,
            text(counts.map_or_else(dash, |(over, under)| fraction(over, under, lang))),
            text(interval(row.ci_low, row.ci_high, unit, lang).unwrap_or_else(dash)),
            text(target.unwrap_or_else(dash)),
        ]);
    }
    // Of a figure with a plain variant, only that one is cut: the others stand in the table above and in kpi.parquet.
    let is_plain = |id: &&Id<'a>| id.1 == "all" || !ids.iter().any(|other| other.0 == id.0 && other.1 == "all");
    let cuts = ids.iter().filter(is_plain).flat_map(|&id| {
        let of = move |cut| Some((id, cut, Breakdown::of(figures, id, cut)?.table()));
        ["reason", "category", "level", "source"].into_iter().filter_map(of)
    });
    let cuts: Vec<(Id<'a>, &str, Table)> = cuts.collect();
    (!table.is_empty() || !cuts.is_empty()).then(|| {
        html! {
            @if !table.is_empty() { (table.show(lang)) }
            @for (id, cut, table) in &cuts {
                details {
                    summary { (figures.name(*id)) (bracketed(cut_name(cut, lang), lang)) }
                    (table.show(lang))
                }
            }
        }
    })
}

fn joint(figures: Figures<'_>) -> Option<Markup> {
    let lang = figures.lang;
    let table = group(figures, figures.among(&JOINT))?;
    let avoided = figures.main("interference_avoided").and_then(|id| figures.whole(id)).and_then(|row| row.numerator);
    Some(html! {
        @if let Some(avoided) = avoided {
            @let avoided = count(avoided, lang);
            h3 {
                (lang.choose(
                    format!("Joint visits spared firms {avoided} interruptions"),
                    format!("联合检查减少对经营主体的干扰{avoided}次"),
                ))
            }
        }
        (table)
        @if let Some(months) = figures.main("interference_avoided").and_then(|id| by_month(figures, id)) { (months) }
    })
}

/// The leading figures by department and by station.
fn places(figures: Figures<'_>) -> Option<Section> {
    let lang = figures.lang;
    let leading = figures.leading();
    let breakdowns = ["organ", "station"].into_iter().flat_map(|cut| leading.iter().map(move |&id| (id, cut)));
    let breakdowns: Vec<Markup> = breakdowns
        .filter_map(|(id, cut)| Breakdown::of(figures, id, cut))
        .map(|places| places.show(places.finding(), 0.0, true))
        .collect();
    let body = html! {
        p.note {
            (lang.choose(
                format!("Rows with fewer than {SMALL} in the denominator are shaded, come last and have no rank."),
                format!("基数不足{SMALL}的行以底色标示，列于最后，不参与排名。"),
            ))
        }
        @for breakdown in &breakdowns { (breakdown) }
    };
    let title = ("Departments and stations", "部门与监管所");
    (!breakdowns.is_empty()).then(|| Section::new("places", title, lang, body))
}

fn definitions(figures: Figures<'_>) -> Option<Section> {
    let lang = figures.lang;
    let mut table = Table::default()
        .words(lang.choose("Figure", "指标"))
        .words(lang.choose("Meaning", "口径"))
        .words(lang.choose("Source", "依据"));
    for id in figures.all() {
        let definition = figures.definition(id);
        let name = html! {
            span id=(anchor(id)) { (figures.name(id)) }
            br;
            code { (id.0) }
            @if !id.1.is_empty() { br; code { (id.1) } }
        };
        let meaning = definition.map_or("–", |it| lang.choose(&*it.meaning_en, &*it.meaning_zh));
        table.row(vec![name, text(meaning), text(definition.map_or("–", |it| &*it.source))]);
    }
    let title = ("Definitions", "指标口径");
    (!table.is_empty()).then(|| Section::new("definitions", title, lang, table.show(lang)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{page, row};

    #[test]
    fn a_card_holds_the_figure_its_fraction_its_target_and_both_ways_to_it() {
        let html = show(&page(), Lang::En);
        assert!(html.contains("<strong>26.6 %</strong> · <span>2,445 / 9,189</span>"), "{html}");
        assert!(
            html.contains("Target 30 %: ✗ not reached") && html.contains("312 of the existing converted, or 446 new")
        );
        assert!(html.contains("2021-03: 27.0 %, 2.0 points more than in 2021-02 (25.0 %)"), "{html}");
        let html = show(&page(), Lang::Zh);
        assert!(html.contains("<strong>26.6%</strong>、<span>2445/9189</span>"));
        assert!(html.contains("达标尚需：存量转化312，或新增且全部计入446"));
    }

    #[test]
    fn no_data_is_said_and_is_not_zero() {
        let mut page = page();
        let mut empty = row("mobile", "all", "", 0, 0);
        (empty.value, empty.shown, empty.reason) = (None, None, Some("no-denominator".to_owned()));
        (empty.ci_low, empty.ci_high) = (None, None);
        page.rows = vec![empty];
        page.headlines = vec![("mobile".to_owned(), String::new())];
        let html = show(&page, Lang::En);
        assert!(html.contains("no data (the denominator is empty)") && !html.contains(">0.0 %"), "{html}");
    }

    #[test]
    fn every_link_to_a_definition_has_its_definition() {
        let html = show(&page(), Lang::En);
        for link in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(html.matches(&format!("id=\"{link}\"")).count(), 1, "{link}");
        }
    }

    #[test]
    fn a_page_without_data_has_its_foot_alone() {
        let mut page = page();
        (page.rows, page.definitions, page.headlines) = (Vec::new(), Vec::new(), Vec::new());
        (page.funnel, page.queue, page.low_quality) = (Vec::new(), Vec::new(), Vec::new());
        (page.unmatched, page.estimates, page.deciles) = (Vec::new(), Vec::new(), Vec::new());
        (page.frequencies, page.quality, page.warnings) = (Vec::new(), Vec::new(), Vec::new());
        assert_eq!(show(&page, Lang::Zh).matches("<section").count(), 1);
    }
}
