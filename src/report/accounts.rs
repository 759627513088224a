//! The accounts that every page gives: from the registry to the outcome, rows by file, warnings, and how to check.

use super::Lang;
use super::breakdown::short_decimal;
use super::charts::{self, Bar};
use super::data::{FunnelStep, QualityRow, Trust};
use super::numbers::{colon, count};
use super::parts::{Figure, Section, Table, text};
use maud::{Markup, html};

/// The steps from the registry to the outcome; `None` without steps.
pub(super) fn funnel(steps: &[FunnelStep], lang: Lang) -> Option<Markup> {
    let name = |step: &FunnelStep| lang.choose(&step.en, &step.zh).clone();
    let (first, last) = (steps.first()?, steps.last()?);
    let bars: Vec<Bar> =
        steps.iter().map(|step| Bar::new(name(step), step.count as f64, count(step.count, lang))).collect();
    let mut data = Table::default()
        .words(lang.choose("Step", "环节"))
        .numbers(lang.choose("Number", "数量"))
        .numbers(lang.choose("Fewer than the step before", "较上一环节减少"));
    let mut before = None;
    for step in steps {
        let fewer = before.map_or_else(|| "–".to_owned(), |before: i64| count(before.saturating_sub(step.count), lang));
        data.row(vec![text(name(step)), text(count(step.count, lang)), text(fewer)]);
        before = Some(step.count);
    }
    let [from, to] = [first, last].map(|step| (name(step), count(step.count, lang)));
    let figure = Figure {
        finding: lang.choose(
            format!("From {} ({}) to {} ({})", from.1, from.0, to.1, to.0),
            format!("由{}（{}）到{}（{}）", from.1, from.0, to.1, to.0),
        ),
        svg: charts::bars(&bars, 0.0, |mark| short_decimal(mark, lang)),
        description: lang
            .choose("Bars: how many are left after each step, from zero.", "条形图：各环节剩余数量，自零起。")
            .to_owned(),
        caption: text(lang.choose("How many are left after each step.", "各环节剩余数量。")),
        data,
        is_open: false,
    };
    Some(figure.show(lang))
}

/// Rows by file, and warnings; `None` if there is neither.
pub(super) fn quality(files: &[QualityRow], warnings: &[(String, String)], lang: Lang) -> Option<Section> {
    if files.is_empty() && warnings.is_empty() {
        return None;
    }
    let sum = |number: fn(&QualityRow) -> i64| files.iter().map(number).fold(0, i64::saturating_add);
    let [read, accepted, set_aside] =
        [sum(|file| file.rows_read), sum(|file| file.accepted), sum(|file| file.set_aside)].map(|sum| count(sum, lang));
    let mut table = Table::default()
        .words(lang.choose("Table", "表"))
        .words(lang.choose("File", "文件"))
        .numbers(lang.choose("Rows read", "读入行数"))
        .numbers(lang.choose("Used", "采用"))
        .numbers(lang.choose("Set aside", "搁置"))
        .words(lang.choose("Why set aside", "搁置原因"));
    for file in files {
        let adds_up = file.accepted.checked_add(file.set_aside) == Some(file.rows_read);
        let reasons = lang.choose(&file.reasons_en, &file.reasons_zh);
        let cells = vec![
            text(&file.table),
            html! { code { (file.file) } },
            text(count(file.rows_read, lang)),
            text(count(file.accepted, lang)),
            text(count(file.set_aside, lang)),
            html! {
                (reasons)
                @if !adds_up { " " strong { (lang.choose("Does not add up.", "行数不平。")) } }
            },
        ];
        table.row_of(if adds_up { "" } else { "flagged" }, cells);
    }
    let body = html! {
        @if !warnings.is_empty() {
            h3 id="warnings" { (lang.choose("Warnings", "警告")) }
            ul { @for (en, zh) in warnings { li { (lang.choose(en, zh)) } } }
        }
        @if !files.is_empty() {
            h3 { (lang.choose("Rows by file", "各文件行数")) }
            p {
                (lang.choose(
                    format!("Rows read {read} = used {accepted} + set aside {set_aside}."),
                    format!("读入{read}行 = 采用{accepted}行 + 搁置{set_aside}行。"),
                ))
            }
            (table.show(lang))
        }
    };
    Some(Section::new("quality", ("Data quality", "数据质量"), lang, body))
}

/// A link to the warnings, for the head of the page.
pub(super) fn warned(warnings: &[(String, String)], lang: Lang) -> Markup {
    let number = count(warnings.len() as i64, lang);
    html! {
        @if !warnings.is_empty() {
            p.alert {
                a href="#warnings" {
                    (lang.choose(format!("Warnings about the data: {number}"), format!("数据警告{number}条")))
                }
            }
        }
    }
}

/// By what the page can be checked.
pub(super) fn trust(trust: &Trust, lang: Lang) -> Section {
    let mut inputs = Table::default().words(lang.choose("Input file", "输入文件")).words("SHA-256");
    for (file, digest) in &trust.inputs {
        inputs.row(vec![html! { code { (file) } }, html! { code { (digest) } }]);
    }
    let body = html! {
        p {
            (lang.choose("Everything on this page follows from the files below. ", "本页全部内容均可由下列文件推算得出。"))
            (lang.choose("One command recomputes it", "用一条命令即可复核")) (colon(lang))
        }
        pre { (trust.command) }
        dl {
            dt { (lang.choose("Program", "程序")) } dd { (trust.program) }
            dt { (lang.choose("Plan", "计划文件")) }
            dd { code { (trust.plan) } br; "SHA-256 " code { (trust.plan_sha256) } }
            @if let Some(source) = &trust.seed_source {
                dt { (lang.choose("Source of the seed", "随机种子来源")) } dd { (source) }
            }
            @if let Some(commitment) = &trust.commitment {
                dt { (lang.choose("Commitment", "事前承诺值")) } dd { code { (commitment) } }
            }
        }
        @if !inputs.is_empty() { (inputs.show(lang)) }
    };
    Section::new("check", ("How to check", "如何核验"), lang, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::page;

    #[test]
    fn rows_that_do_not_add_up_are_flagged() {
        let mut files = page().quality;
        let show = |files: &[QualityRow]| {
            quality(files, &[], Lang::En)
                .map(|section| super::super::parts::document("", &text(""), &[section], Lang::En))
        };
        assert!(!show(&files).unwrap().contains("Does not add up"));
        files[0].accepted -= 1;
        assert!(show(&files).unwrap().contains("Does not add up"));
        assert!(show(&[]).is_none());
    }

    #[test]
    fn a_funnel_shows_what_each_step_loses() {
        let steps = page().funnel;
        let html = funnel(&steps, Lang::En).unwrap().into_string();
        assert!(html.contains("From 24,738 (live entities) to 247 (drawn)"), "{html}");
        assert!(html.contains(">38<"), "{html}");
        assert!(funnel(&[], Lang::En).is_none());
    }
}
