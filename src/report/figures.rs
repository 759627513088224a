//! Which rows the page of figures shows: of each figure and cut those of the page's period, or else to date, of the latest day.

use super::Lang;
use super::data::{FigureDefinition, KpiPage, KpiRow};
use super::numbers::{beside, day, is_month, is_small, period};
use crate::kpi::catalogue::Unit;
use crate::recheck::Printed;
use maud::{Markup, html};

/// A figure: id and variant.
pub(super) type Id<'a> = (&'a str, &'a str);

/// The figures of a page, in one language.
#[derive(Clone, Copy)]
pub(super) struct Figures<'a> {
    page: &'a KpiPage,
    /// The language.
    pub lang: Lang,
}

impl<'a> Figures<'a> {
    /// The figures of a page.
    pub fn new(page: &'a KpiPage, lang: Lang) -> Self {
        Self { page, lang }
    }

    /// All figures: those defined in their order, then those that only have rows.
    pub fn all(&self) -> Vec<Id<'a>> {
        let defined = self.page.definitions.iter().map(|definition| (&*definition.id, &*definition.variant));
        let mut all: Vec<Id<'a>> = Vec::new();
        for id in defined.chain(self.page.rows.iter().map(|row| (&*row.kpi, &*row.variant))) {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        all
    }

    /// The figures with one of these ids, or whose id starts with one of them and a point, in the order of `ids`.
    pub fn among(&self, ids: &[&str]) -> Vec<Id<'a>> {
        let all = self.all();
        ids.iter().flat_map(|to| all.iter().copied().filter(move |id| belongs(id.0, to))).collect()
    }

    /// The leading figures: those of the page or, if it names none, the first with rows; at most six.
    pub fn leading(&self) -> Vec<Id<'a>> {
        let named: Vec<Id<'a>> = self.page.headlines.iter().map(|(kpi, variant)| (&**kpi, &**variant)).collect();
        let ids = if named.is_empty() { self.all() } else { named };
        ids.into_iter().filter(|&id| self.whole(id).is_some()).take(6).collect()
    }

    /// The figure of this id whose variant leads, or else comes first.
    pub fn main(&self, kpi: &str) -> Option<Id<'a>> {
        let is_it = |id: &Id<'a>| id.0 == kpi;
        self.leading().into_iter().find(is_it).or_else(|| self.all().into_iter().find(is_it))
    }

    /// What a figure means.
    pub fn definition(&self, id: Id<'_>) -> Option<&'a FigureDefinition> {
        self.page.definitions.iter().find(|definition| (&*definition.id, &*definition.variant) == id)
    }

    /// How a figure counts; without a definition it is taken for what its rows look like.
    pub fn unit(&self, id: Id<'_>) -> Unit {
        match self.definition(id) {
            Some(definition) => definition.unit,
            None => {
                let mut rows = self.page.rows.iter().filter(|row| (&*row.kpi, &*row.variant) == id);
                if rows.all(|row| row.denominator.is_none()) { Unit::Count } else { Unit::Share }
            }
        }
    }

    /// The name of a figure; its id if it has no definition.
    pub fn name(&self, id: Id<'a>) -> &'a str {
        self.definition(id).map_or(id.0, |definition| self.lang.choose(&*definition.en, &*definition.zh))
    }

    /// The name of a figure, linked to its definition.
    pub fn link(&self, id: Id<'a>) -> Markup {
        html! { a href={ "#" (anchor(id)) } { (self.name(id)) } }
    }

    /// The figure as a whole.
    pub fn whole(&self, id: Id<'_>) -> Option<&'a KpiRow> {
        self.cut(id, "all").into_iter().next()
    }

    /// The rows of a cut.
    pub fn cut(&self, id: Id<'_>, cut: &str) -> Vec<&'a KpiRow> {
        let rows: Vec<&KpiRow> =
            self.page.rows.iter().filter(|row| (&*row.kpi, &*row.variant) == id && row.cut == cut).collect();
        let of = |period: &str| -> Vec<&'a KpiRow> {
            let latest = rows.iter().filter(|row| row.period == period).map(|row| row.as_of).max();
            rows.iter().copied().filter(|row| row.period == period && Some(row.as_of) == latest).collect()
        };
        let rows = of(&self.page.period);
        if rows.is_empty() { of("to-date") } else { rows }
    }

    /// The figure as a whole by month, in order; of each month the row of the latest day.
    pub fn months(&self, id: Id<'_>) -> Vec<&'a KpiRow> {
        let is_it = |row: &&KpiRow| (&*row.kpi, &*row.variant) == id && row.cut == "all" && is_month(&row.period);
        let mut rows: Vec<&KpiRow> = self.page.rows.iter().filter(is_it).collect();
        rows.sort_by(|a, b| a.period.cmp(&b.period).then(b.as_of.cmp(&a.as_of)));
        rows.dedup_by(|later, kept| later.period == kept.period);
        rows
    }

    /// How the last month (the page's, if it is about one) differs from the one before, as far as both are printed.
    pub fn change(&self, id: Id<'_>) -> Option<String> {
        let mut months = self.months(id);
        if is_month(&self.page.period) {
            months.retain(|row| row.period <= self.page.period);
        }
        let unit = self.unit(id);
        let [.., before, now] = months.as_slice() else { return None };
        if is_small(before, unit) || is_small(now, unit) {
            return None;
        }
        let [old, new] = [before, now].map(|row| super::numbers::printed(row, unit, self.lang));
        let (old, new) = (old?, new?);
        let by = difference(&old, &new)?;
        let lang = self.lang;
        let [month_before, month_now] = [before, now].map(|row| period(&row.period, lang));
        let is_share = unit == Unit::Share;
        Some(match by.strip_prefix('-') {
            _ if by.bytes().all(|byte| matches!(byte, b'0' | b'.')) => lang.choose(
                format!("{month_now}: {new}, as in {month_before} ({old})"),
                format!("{month_now}为{new}，与{month_before}（{old}）持平"),
            ),
            Some(less) => lang.choose(
                format!(
                    "{month_now}: {new}, {less}{} less than in {month_before} ({old})",
                    if is_share { " points" } else { "" }
                ),
                format!(
                    "{month_now}为{new}，较{month_before}（{old}）下降{less}{}",
                    if is_share { "个百分点" } else { "" }
                ),
            ),
            None => lang.choose(
                format!(
                    "{month_now}: {new}, {by}{} more than in {month_before} ({old})",
                    if is_share { " points" } else { "" }
                ),
                format!(
                    "{month_now}为{new}，较{month_before}（{old}）上升{by}{}",
                    if is_share { "个百分点" } else { "" }
                ),
            ),
        })
    }

    /// The period and the day of a row.
    pub fn when(&self, row: &KpiRow) -> String {
        let (period, day) = (period(&row.period, self.lang), day(row.as_of, self.lang));
        self.lang.choose(format!("{period}{}as of {day}", beside(self.lang)), format!("{period}，截至{day}"))
    }
}

/// Whether an id is `to` or starts with it and a point.
fn belongs(id: &str, to: &str) -> bool {
    id.strip_prefix(to).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The anchor of a figure's definition.
pub(super) fn anchor(id: Id<'_>) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|letter| if letter.is_alphanumeric() || "._-".contains(letter) { letter } else { '-' })
            .collect()
    };
    let (kpi, variant) = (plain(id.0), plain(id.1));
    if variant.is_empty() { format!("figure-{kpi}") } else { format!("figure-{kpi}--{variant}") }
}

/// The difference of two printed numbers, with their decimals, so that it agrees with what the reader subtracts.
fn difference(old: &str, new: &str) -> Option<String> {
    let (old, new) = (Printed::read(old)?, Printed::read(new)?);
    if (old.decimals, old.percent) != (new.decimals, new.percent) {
        return None;
    }
    let units = i64::try_from(new.units).ok()?.checked_sub(i64::try_from(old.units).ok()?)?;
    let (sign, digits) = (if units < 0 { "-" } else { "" }, units.unsigned_abs().to_string());
    let decimals = old.decimals as usize;
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, behind) = digits.split_at(digits.len() - decimals);
    Some(if behind.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{page, row};

    #[test]
    fn a_difference_is_that_of_the_printed_numbers() {
        for (old, new, by) in [
            ("25.9 %", "27.1 %", Some("1.2")),
            ("27.1%", "27.05%", None),
            ("10.0 %", "9.9 %", Some("-0.1")),
            ("1,032", "988", Some("-44")),
            ("7.4", "7.4", Some("0.0")),
            ("no data", "1", None),
        ] {
            assert_eq!(difference(old, new).as_deref(), by, "{old} {new}");
        }
    }

    #[test]
    fn of_each_cut_the_latest_day_of_the_pages_period_is_shown() {
        let mut page = page();
        page.period = "2021".to_owned();
        let kpi = "mobile";
        let mut old = row(kpi, "all", "", 1, 100);
        (old.period, old.as_of) = ("2021".to_owned(), 18_000);
        let mut new = row(kpi, "all", "", 2, 100);
        (new.period, new.as_of) = ("2021".to_owned(), 18_100);
        let mut other = row(kpi, "all", "", 3, 100);
        (other.period, other.as_of) = ("to-date".to_owned(), 18_200);
        page.rows = vec![old, new, other.clone()];
        assert_eq!(Figures::new(&page, Lang::En).whole((kpi, "")).unwrap().numerator, Some(2));
        page.rows = vec![other];
        assert_eq!(Figures::new(&page, Lang::En).whole((kpi, "")).unwrap().numerator, Some(3));
        assert!(Figures::new(&page, Lang::En).whole(("nothing", "")).is_none());
    }

    #[test]
    fn an_id_stands_for_its_figures_and_not_for_longer_words() {
        let page = page();
        let figures = Figures::new(&page, Lang::En);
        assert!(figures.among(&["detection"]).iter().all(|id| id.0.starts_with("detection.")));
        assert!(figures.among(&["detect"]).is_empty());
        assert_eq!(anchor(("a.b", "")), "figure-a.b");
        assert_eq!(anchor(("a.b", "with \"x\"")), "figure-a.b--with--x-");
    }
}
