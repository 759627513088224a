//! Pages for people: the figures of a period, and one draw. Each is one HTML text that needs nothing else: no script, no file
//! beside it, no network. What it says follows from its data alone, and is the same in both languages.
//!
//! [`data`] is what a page is made of. `kpi_page` and `run_page` put sections in order; `action`, `detection` and `accounts`
//! are sections; `figures` chooses the rows; `breakdown` and `months` make one figure's chart, finding and table; `charts`
//! draws on a `canvas`; `parts` holds document, tables and figures; `numbers` prints.

mod accounts;
mod action;
mod breakdown;
mod canvas;
pub mod certificate;
mod charts;
pub mod data;
mod detection;
mod figures;
#[cfg(test)]
mod fixture;
mod kpi_page;
pub mod lists;
mod months;
mod numbers;
mod parts;
mod read;
mod read_run;
mod run_page;

pub(crate) use breakdown::target_in_unit;
pub use read::{ReportError, Source, kpi_pages};

use crate::contract::REPORT_FILES;
use crate::publish::manifest::Manifest;
use crate::terms::Lang;
use data::{KpiPage, RunPage};

/// The pages of the draw in `source`, whose manifest is `manifest`: English and Chinese. They follow from the summary, the
/// quarantine and the manifest, whose list of files is not asked.
///
/// # Errors
/// A table of the folder that cannot be read.
pub fn draw_pages(source: Source<'_>, manifest: &Manifest) -> Result<[String; REPORT_FILES.len()], ReportError> {
    let data = read_run::page(source, manifest)?;
    Ok([Lang::En, Lang::Zh].map(|lang| run_page(&data, lang)))
}

/// The page of figures as one HTML text.
pub fn kpi_page(data: &KpiPage, lang: Lang) -> String {
    kpi_page::show(data, lang)
}

/// The page of one draw as one HTML text.
pub fn run_page(data: &RunPage, lang: Lang) -> String {
    run_page::show(data, lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(lang: Lang) -> [String; 3] {
        [kpi_page(&fixture::page(), lang), run_page(&fixture::run_page(), lang), run_page(&fixture::round_page(), lang)]
    }

    /// What a reader sees, without tags.
    fn visible(html: &str) -> String {
        let body = html.split_once("<body>").unwrap().1;
        body.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| format!("{text}\n")).collect()
    }

    /// The numbers of a text, in order of size. Thousands are joined; `03` is 3.
    fn numbers(text: &str) -> Vec<String> {
        let letters: Vec<char> = text.chars().collect();
        let mut joined = String::new();
        for (place, &letter) in letters.iter().enumerate() {
            let is_digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
            let is_inside = is_digit(place.checked_sub(1)) && is_digit(Some(place + 1));
            match letter {
                ',' if is_inside => {}
                '.' if is_inside => joined.push('.'),
                letter if letter.is_ascii_digit() => joined.push(letter),
                _ => joined.push(' '),
            }
        }
        let mut numbers: Vec<String> = joined
            .split_whitespace()
            .map(|number| match number.trim_start_matches('0') {
                "" => "0".to_owned(),
                rest => rest.to_owned(),
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn both_languages_hold_the_same_numbers() {
        for (en, zh) in pages(Lang::En).iter().zip(&pages(Lang::Zh)) {
            let (en, zh) = (numbers(&visible(en)), numbers(&visible(zh)));
            let only = |these: &[String], others: &[String]| -> Vec<String> {
                let mut others = others.to_vec();
                let is_new = |number: &&String| match others.iter().position(|other| other == *number) {
                    Some(place) => {
                        others.swap_remove(place);
                        false
                    }
                    None => true,
                };
                these.iter().filter(is_new).cloned().collect()
            };
            assert_eq!((only(&en, &zh), only(&zh, &en)), (Vec::new(), Vec::new()), "only in English, only in Chinese");
        }
    }

    #[test]
    fn texts_of_the_data_are_escaped() {
        for html in [pages(Lang::En), pages(Lang::Zh)].concat() {
            assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
        }
    }

    #[test]
    fn a_page_needs_nothing_beside_it() {
        for html in [pages(Lang::En), pages(Lang::Zh)].concat() {
            let html = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            for outside in ["http:", "https:", "src=", "@import", "url(", "<link", "<iframe"] {
                assert!(!html.contains(outside), "{outside}");
            }
        }
    }

    #[test]
    fn every_chart_has_a_title_a_description_a_caption_and_its_data() {
        for html in [pages(Lang::En), pages(Lang::Zh)].concat() {
            for figure in html.split("<figure>").skip(1) {
                let figure = figure.split("</figure>").next().unwrap();
                for part in ["<h3>", "role=\"img\" aria-label=\"", "<svg ", "<figcaption>", "<details", "<table>"] {
                    assert_eq!(figure.matches(part).count(), 1, "{part} in {figure}");
                }
                assert!(figure.matches("<rect").count() <= charts::MOST_BARS);
            }
            assert_eq!(html.matches("<svg ").count(), html.matches("<figure>").count());
        }
    }

    #[test]
    fn headings_do_not_skip_a_level() {
        for html in [pages(Lang::En), pages(Lang::Zh)].concat() {
            assert_eq!(html.matches("<h1>").count(), 1);
            assert!(html.find("<h1>") < html.find("<h2>") && html.find("<h2>") < html.find("<h3"));
            assert_eq!(html.matches("<section").count(), html.matches("<h2>").count());
        }
    }
}
