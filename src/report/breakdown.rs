//! One figure by the members of a cut: the chart, its finding and its table.

use super::Lang;
use super::canvas::{GREEN_CODE, MUTED, RED_CODE, SERIES, YELLOW_CODE};
use super::charts::{self, Bar, MOST_BARS};
use super::data::KpiRow;
use super::figures::{Figures, Id};
use super::numbers::{
    SMALL, beside, bracketed, colon, count, cut_name, decimal, fraction, in_unit, interval, is_small, member, no_data,
    part_of, printed, short_percent,
};
use super::parts::{Figure, Table, text, words};
use crate::kpi::NO_MEMBER;
use crate::kpi::catalogue::Unit;
use maud::{Markup, html};
use plotters::prelude::RGBColor;

/// Rows of a table that are shown.
const MOST_ROWS: usize = 200;

/// One figure by the members of a cut.
pub(super) struct Breakdown<'a> {
    figures: Figures<'a>,
    id: Id<'a>,
    cut: &'a str,
    unit: Unit,
    rows: Vec<&'a KpiRow>,
}

impl<'a> Breakdown<'a> {
    /// The figure by this cut; `None` without a value. Grades and colours keep their order; other members go by value, and
    /// those with a small denominator come last.
    pub fn of(figures: Figures<'a>, id: Id<'a>, cut: &'a str) -> Option<Self> {
        let unit = figures.unit(id);
        let mut rows = figures.cut(id, cut);
        rows.iter().any(|row| value(row).is_some()).then_some(())?;
        let order: &[&str] = match cut {
            "grade" => &["A", "B", "C", "D", "unrated"],
            "color" => &["red", "yellow", "green", "none"],
            _ => &[],
        };
        let place = |row: &KpiRow| {
            let place = order.iter().position(|member| *member == row.member).unwrap_or(order.len());
            (place, value(row).is_none(), is_small(row, unit))
        };
        rows.sort_by(|a, b| {
            let by_value = || match value(a).zip(value(b)) {
                Some((a_value, b_value)) if !is_small(a, unit) => b_value.total_cmp(&a_value),
                _ => std::cmp::Ordering::Equal,
            };
            place(a).cmp(&place(b)).then_with(by_value).then_with(|| a.member.cmp(&b.member))
        });
        Some(Self { figures, id, cut, unit, rows })
    }

    /// The greatest value in its chart: charts beside each other share the greatest of all.
    pub fn reach(&self) -> f64 {
        charts::reach(&self.bars())
    }

    /// The figure with its chart; `most` is the least end of the scale.
    pub fn show(&self, finding: String, most: f64, is_open: bool) -> Markup {
        let lang = self.figures.lang;
        let bars = self.bars();
        let (name, cut) = (self.figures.name(self.id), cut_name(self.cut, lang));
        let figure = Figure {
            finding,
            svg: charts::bars(&bars, most, |mark| axis(mark, self.unit, lang)),
            description: lang.choose(
                format!("Bars: {name} by {cut}, from zero. The numbers stand in the table."),
                format!("条形图：{name}（按{cut}），自零起。数据见表。"),
            ),
            caption: html! {
                (self.figures.link(self.id))
                @if let Some(row) = self.rows.first() { (beside(lang)) (self.figures.when(row)) (lang.choose(". ", "。")) }
                (marks_explained(&bars, lang))
            },
            data: self.table(),
            is_open,
        };
        figure.show(lang)
    }

    /// How the members differ, or how many reach the target.
    pub fn finding(&self) -> String {
        let (lang, name) = (self.figures.lang, self.figures.name(self.id));
        let ranked = self.ranked();
        let judged = ranked.iter().filter(|row| row.met.is_some()).count();
        let target = ranked.iter().find_map(|row| row.target).filter(|_| judged > 0);
        if let Some(target) = target {
            let reached = ranked.iter().filter(|row| row.met == Some(true)).count();
            let target = self.target(target);
            let cut = cut_name(self.cut, lang);
            return lang.choose(
                format!("{name} by {cut}: {reached} of {judged} reach {target}"),
                format!("{name}：{judged}个{cut}中{reached}个达到目标（{target}）"),
            );
        }
        let described =
            |row: &KpiRow| printed(row, self.unit, lang).unwrap_or_default() + &bracketed(&self.member(row), lang);
        let highest = ranked.iter().copied().reduce(|a, b| if value(b) > value(a) { b } else { a });
        let lowest = ranked.iter().copied().reduce(|a, b| if value(b) < value(a) { b } else { a });
        match (highest, lowest) {
            (Some(highest), Some(lowest)) if value(highest) > value(lowest) => lang.choose(
                format!("{name}: from {} to {}", described(lowest), described(highest)),
                format!("{name}：最低{}，最高{}", described(lowest), described(highest)),
            ),
            (Some(row), _) => format!("{name}{}{}", colon(lang), described(row)),
            _ => lang.choose(
                format!("{name}: every {} has fewer than {SMALL}", cut_name(self.cut, lang)),
                format!("{name}：各{}基数均不足{SMALL}", cut_name(self.cut, lang)),
            ),
        }
    }

    /// The member with the greatest value, and how many times the average that is.
    pub fn finding_of_problems(&self) -> String {
        let lang = self.figures.lang;
        let Some(row) = self.ranked().into_iter().reduce(|a, b| if value(b) > value(a) { b } else { a }) else {
            return self.finding();
        };
        let (Some(highest), Some(shown)) = (value(row), printed(row, self.unit, lang)) else {
            return self.finding();
        };
        let who = match self.cut {
            "grade" if row.member.len() == 1 => {
                lang.choose(format!("{}-grade firms", row.member), self.member(row) + "主体")
            }
            "color" if row.member != "none" => {
                lang.choose(format!("{}-code firms", capital(&row.member)), self.member(row) + "主体")
            }
            "industry" if row.member != NO_MEMBER => {
                lang.choose(format!("Industry {}", row.member), self.member(row) + "门类")
            }
            _ => self.member(row),
        };
        let average = self.figures.whole(self.id).filter(|whole| !is_small(whole, self.unit)).and_then(value);
        match average.filter(|&average| average > 0.0) {
            Some(average) => {
                let times = decimal(highest / average, 1, lang);
                lang.choose(
                    format!("{who}: {shown} with problems, {times} times the average"),
                    format!("{who}问题检出率{shown}，为平均水平的{times}倍"),
                )
            }
            None => lang.choose(format!("{who}: {shown} with problems"), format!("{who}问题检出率{shown}")),
        }
    }

    /// The table of all members.
    pub fn table(&self) -> Table {
        let lang = self.figures.lang;
        let is_ranked = matches!(self.cut, "organ" | "station");
        let has_target = self.rows.iter().any(|row| row.target.is_some());
        let mut table = Table::default().words(&capital(cut_name(self.cut, lang))).at_most(MOST_ROWS);
        if is_ranked {
            table = table.numbers(lang.choose("Rank", "位次"));
        }
        table = match self.unit {
            Unit::Share => table.numbers(lang.choose("Share", "比率")),
            Unit::PerUnit => table.numbers(lang.choose("Value", "数值")),
            Unit::Count => table.numbers(lang.choose("Number", "数量")),
        };
        if self.unit != Unit::Count {
            table = table.numbers(lang.choose("Numerator", "分子")).numbers(lang.choose("Denominator", "分母"));
            table = table.numbers(lang.choose("95 % interval", "95%置信区间"));
        }
        if has_target {
            table = table.numbers(lang.choose("Target", "目标")).words(lang.choose("Reached", "是否达标"));
        }
        let ranked = self.ranked();
        for row in &self.rows {
            let mut cells = vec![text(self.member(row))];
            if is_ranked {
                let rank = ranked.iter().any(|other| std::ptr::eq(*other, *row)).then(|| {
                    let above = ranked.iter().filter(|other| value(other) > value(row)).count();
                    (above + 1).to_string()
                });
                cells.push(text(rank.unwrap_or_else(|| "–".to_owned())));
            }
            cells.push(match printed(row, self.unit, lang) {
                Some(shown) => text(shown),
                None if row.value.is_none() => words(no_data(row.reason.as_deref(), lang)),
                None => text("–"),
            });
            if self.unit != Unit::Count {
                let number =
                    |number: Option<i64>| text(number.map_or_else(|| "–".to_owned(), |number| count(number, lang)));
                cells.extend([number(row.numerator), number(row.denominator)]);
                cells.push(text(interval(row.ci_low, row.ci_high, self.unit, lang).unwrap_or_else(|| "–".to_owned())));
            }
            if has_target {
                cells.push(text(row.target.map_or_else(|| "–".to_owned(), |target| self.target(target))));
                cells.push(text(reached(row.met, lang)));
            }
            let class = if is_small(row, self.unit) { "small" } else { "" };
            table.row_of(class, cells);
        }
        table
    }

    fn ranked(&self) -> Vec<&'a KpiRow> {
        self.rows.iter().copied().filter(|row| value(row).is_some() && !is_small(row, self.unit)).collect()
    }

    fn member(&self, row: &KpiRow) -> String {
        member(self.cut, &row.member, self.figures.lang)
    }

    fn target(&self, target: f64) -> String {
        target_in_unit(target, self.unit, self.figures.lang)
    }

    fn bars(&self) -> Vec<Bar> {
        let lang = self.figures.lang;
        let rows: Vec<&KpiRow> = self.rows.iter().copied().filter(|row| value(row).is_some()).collect();
        let single = if rows.len() > MOST_BARS { MOST_BARS - 1 } else { rows.len() };
        let mut bars: Vec<Bar> = rows[..single]
            .iter()
            .map(|row| Bar { color: color(self.cut, &row.member), ..bar(row, self.member(row), self.unit, lang) })
            .collect();
        if single < rows.len() {
            bars.push(others(&rows[single..], self.unit, lang));
        }
        bars
    }
}

/// What hollow marks, whiskers and strokes mean, as far as they occur.
pub(super) fn marks_explained(bars: &[Bar], lang: Lang) -> String {
    let mut said = Vec::new();
    if bars.iter().any(|bar| bar.interval.is_some()) {
        said.push(lang.choose("Thin line: 95 % interval.", "细线为95%置信区间。").to_owned());
    }
    if bars.iter().any(|bar| bar.is_small) {
        said.push(lang.choose(
            format!("Hollow: fewer than {SMALL}, not ranked."),
            format!("空心：基数不足{SMALL}，不参与排名。"),
        ));
    }
    if bars.iter().any(|bar| bar.expected.is_some()) {
        said.push(lang.choose("Thick stroke: expectation.", "粗竖线为期望值。").to_owned());
    }
    said.join(lang.choose(" ", ""))
}

/// Whether a target is reached.
pub(super) fn reached(met: Option<bool>, lang: Lang) -> &'static str {
    match met {
        Some(true) => lang.choose("✓ reached", "✓ 达标"),
        Some(false) => lang.choose("✗ not reached", "✗ 未达标"),
        None => "–",
    }
}

/// A target in a figure's unit.
pub(crate) fn target_in_unit(target: f64, unit: Unit, lang: Lang) -> String {
    if unit == Unit::Share { short_percent(target, lang) } else { in_unit(target, unit, lang) }
}

/// The value that is drawn and ranked by.
pub(super) fn value(row: &KpiRow) -> Option<f64> {
    row.value
        .or_else(|| if row.denominator.is_none() { row.numerator.map(|count| count as f64) } else { None })
        .filter(|value| value.is_finite())
}

/// A mark of the scale.
pub(super) fn axis(mark: f64, unit: Unit, lang: Lang) -> String {
    if unit == Unit::Share { short_percent(mark, lang) } else { short_decimal(mark, lang) }
}

/// A number with as many decimals as it needs, at most three.
pub(super) fn short_decimal(number: f64, lang: Lang) -> String {
    let decimals = (0..3).find(|&decimals| {
        let scaled = number * 10f64.powi(decimals);
        (scaled - scaled.round()).abs() < 1e-6
    });
    decimal(number, decimals.unwrap_or(3) as usize, lang)
}

/// The bar of a row. Beside the bar of a small share stands its fraction alone: the interval is drawn.
pub(super) fn bar(row: &KpiRow, label: String, unit: Unit, lang: Lang) -> Bar {
    let is_small = is_small(row, unit);
    let counts = row.numerator.zip(row.denominator).filter(|_| unit != Unit::Count);
    let counts = counts.map(|(over, under)| fraction(over, under, lang));
    let shown = if is_small { None } else { printed(row, unit, lang) };
    let parts: Vec<String> = shown.into_iter().chain(counts).collect();
    let interval = row.ci_low.zip(row.ci_high).filter(|(low, high)| low.is_finite() && high.is_finite());
    Bar { interval, is_small, ..Bar::new(label, value(row).unwrap_or(0.0), parts.join(beside(lang))) }
}

/// One bar for all others.
fn others(rows: &[&KpiRow], unit: Unit, lang: Lang) -> Bar {
    let sum =
        |number: fn(&KpiRow) -> Option<i64>| rows.iter().filter_map(|row| number(row)).fold(0, i64::saturating_add);
    let label = lang.choose("others", "其他").to_owned() + &bracketed(&count(rows.len() as i64, lang), lang);
    let (over, under) = (sum(|row| row.numerator), sum(|row| row.denominator));
    let (value, shown) = match unit {
        Unit::Count => (over as f64, count(over, lang)),
        _ if under == 0 => (0.0, no_data(None, lang)),
        Unit::Share => (over as f64 / under as f64, part_of(over, under, lang)),
        Unit::PerUnit => (over as f64 / under as f64, fraction(over, under, lang)),
    };
    Bar { color: MUTED, is_small: unit != Unit::Count && under < SMALL, ..Bar::new(label, value, shown) }
}

/// The colour of a member: red, yellow and green are meanings here, and stand for nothing else.
pub(super) fn color(cut: &str, member: &str) -> RGBColor {
    match (cut, member) {
        ("color", "red") => RED_CODE,
        ("color", "yellow") => YELLOW_CODE,
        ("color", "green") => GREEN_CODE,
        _ => SERIES,
    }
}

/// A word as it begins a heading.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{page, row};

    const KPI: &str = "detection.by_inspection";

    #[test]
    fn small_cells_come_last_without_a_rank_and_with_their_interval() {
        let mut page = page();
        page.rows =
            vec![row(KPI, "organ", "few", 9, 10), row(KPI, "organ", "b", 10, 100), row(KPI, "organ", "a", 20, 100)];
        let breakdown = Breakdown::of(Figures::new(&page, Lang::En), (KPI, ""), "organ").unwrap();
        let members: Vec<&str> = breakdown.rows.iter().map(|row| &*row.member).collect();
        assert_eq!(members, ["a", "b", "few"]);
        let table = breakdown.table().show(Lang::En).into_string();
        assert!(table.contains(r#"<tr class="small"><th scope="row">few</th><td class="number">–</td>"#), "{table}");
        assert!(table.contains("59.6 % – 98.2 %"), "{table}");
        assert!(!breakdown.bars()[2].shown.contains('%') && breakdown.bars()[2].is_small);
        assert!(!breakdown.finding().contains("few"));
    }

    #[test]
    fn beyond_twelve_the_others_are_one_bar_and_none_is_lost() {
        let mut page = page();
        page.rows = (0..40).map(|place| row(KPI, "industry", &format!("i{place:02}"), place, 100)).collect();
        let breakdown = Breakdown::of(Figures::new(&page, Lang::En), (KPI, ""), "industry").unwrap();
        let bars = breakdown.bars();
        assert_eq!(bars.len(), MOST_BARS);
        assert_eq!((&*bars[11].label, &*bars[11].shown), ("others (29)", "14.0 % · 406 / 2,900"));
        assert_eq!(breakdown.table().show(Lang::En).into_string().matches("<tr").count(), 41);
    }

    #[test]
    fn the_finding_compares_the_highest_with_the_average() {
        let mut page = page();
        page.rows = vec![row(KPI, "all", "", 160, 1000), row(KPI, "grade", "D", 41, 100), row(KPI, "grade", "A", 3, 4)];
        let of = |lang| Breakdown::of(Figures::new(&page, lang), (KPI, ""), "grade").unwrap().finding_of_problems();
        assert_eq!(of(Lang::En), "D-grade firms: 41.0 % with problems, 2.6 times the average");
        assert_eq!(of(Lang::Zh), "D类主体问题检出率41.0%，为平均水平的2.6倍");
        page.rows = vec![row(KPI, "all", "", 160, 1000), row(KPI, "industry", "I", 41, 100)];
        let of = |lang| Breakdown::of(Figures::new(&page, lang), (KPI, ""), "industry").unwrap().finding_of_problems();
        assert_eq!(of(Lang::En), "Industry I: 41.0 % with problems, 2.6 times the average");
        assert_eq!(of(Lang::Zh), "I门类问题检出率41.0%，为平均水平的2.6倍");
    }
}
