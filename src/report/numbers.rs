//! Numbers, days and the field's words as the two languages print them: `26.6 % · 2,445 / 9,189` and `26.6%、2445/9189`.

use super::Lang;
use super::data::KpiRow;
use crate::kpi::NO_DENOMINATOR;
use crate::kpi::catalogue::Unit;
use crate::recheck::Rounding;
use crate::terms::{Color, Column, Grade, date_of, grouped};

/// A percentage of fewer than this is shown with its interval only, and not ranked.
pub(super) const SMALL: i64 = 30;

/// A whole number: `2,445`, `2445`.
pub(super) fn count(number: i64, lang: Lang) -> String {
    let digits = lang.choose(grouped(number.unsigned_abs()), number.unsigned_abs().to_string());
    if number < 0 { format!("−{digits}") } else { digits }
}

/// A number with decimals; a dash for what is no number.
pub(super) fn decimal(number: f64, decimals: usize, lang: Lang) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.decimals$}", number.abs());
    let (whole, behind) = text.split_once('.').map_or((&*text, ""), |(whole, _)| (whole, &text[whole.len()..]));
    let whole = match whole.parse().ok() {
        Some(value) => lang.choose(grouped(value), whole.to_owned()),
        None => whole.to_owned(),
    };
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    format!("{}{whole}{behind}", if number < 0.0 && !is_zero { "−" } else { "" })
}

/// A share as a percentage: `26.6 %`, `26.6%`.
pub(super) fn percent(share: f64, decimals: usize, lang: Lang) -> String {
    format!("{}{}", decimal(share * 100.0, decimals, lang), lang.choose(" %", "%"))
}

/// A share with as many decimals as it needs, at most two: `50 %`, `92.55 %`.
pub(super) fn short_percent(share: f64, lang: Lang) -> String {
    let decimals = (0..2).find(|&decimals| {
        let scaled = share * 10f64.powi(decimals + 2);
        (scaled - scaled.round()).abs() < 1e-6
    });
    percent(share, decimals.unwrap_or(2) as usize, lang)
}

/// A number in a figure's unit.
pub(super) fn in_unit(value: f64, unit: Unit, lang: Lang) -> String {
    match unit {
        Unit::Share => percent(value, 1, lang),
        Unit::PerUnit => decimal(value, 2, lang),
        Unit::Count => decimal(value, 0, lang),
    }
}

/// `2,445 / 9,189`, `2445/9189`.
pub(super) fn fraction(numerator: i64, denominator: i64, lang: Lang) -> String {
    format!("{}{}{}", count(numerator, lang), lang.choose(" / ", "/"), count(denominator, lang))
}

/// The two ends of an interval: `6.2 % – 41.0 %`, `6.2%～41.0%`. `None` unless both are numbers.
pub(super) fn interval(low: Option<f64>, high: Option<f64>, unit: Unit, lang: Lang) -> Option<String> {
    let (low, high) = (low.filter(|end| end.is_finite())?, high.filter(|end| end.is_finite())?);
    Some(format!("{}{}{}", in_unit(low, unit, lang), lang.choose(" – ", "～"), in_unit(high, unit, lang)))
}

/// What separates a printed form from its fraction.
pub(super) fn beside(lang: Lang) -> &'static str {
    lang.choose(" · ", "、")
}

/// What joins parts of a sentence.
pub(super) fn colon(lang: Lang) -> &'static str {
    lang.choose(": ", "：")
}

/// Whether a row divides by fewer than [`SMALL`].
pub(super) fn is_small(row: &KpiRow, unit: Unit) -> bool {
    unit != Unit::Count && row.denominator.is_none_or(|denominator| denominator < SMALL)
}

/// The printed form of a row; none for a small share without its interval.
pub(super) fn printed(row: &KpiRow, unit: Unit, lang: Lang) -> Option<String> {
    let has_interval = interval(row.ci_low, row.ci_high, unit, lang).is_some();
    if unit == Unit::Share && is_small(row, unit) && !has_interval {
        return None;
    }
    let value = row.value.filter(|value| value.is_finite());
    match (unit, row.numerator, &row.shown) {
        (Unit::Count, Some(numerator), _) => Some(count(numerator, lang)),
        (_, _, Some(shown)) => {
            let plain = shown.replace(',', "").replace(" %", "%");
            Some(lang.choose(shown.replace(" %", "%").replace('%', " %"), plain))
        }
        _ => value.map(|value| in_unit(value, unit, lang)),
    }
}

/// Printed form and fraction together, and for a small share its interval between them.
pub(super) fn with_fraction(row: &KpiRow, unit: Unit, lang: Lang) -> Option<String> {
    let between = if is_small(row, unit) { interval(row.ci_low, row.ci_high, unit, lang) } else { None };
    let shown = printed(row, unit, lang).map(|shown| match between {
        Some(between) => format!("{shown}{}", bracketed(&between, lang)),
        None => shown,
    });
    let counts = row.numerator.zip(row.denominator).filter(|_| unit != Unit::Count);
    let parts: Vec<String> = shown.into_iter().chain(counts.map(|(over, under)| fraction(over, under, lang))).collect();
    (!parts.is_empty()).then(|| parts.join(beside(lang)))
}

/// `part of whole` as a percentage and a fraction; the fraction alone where the whole is small.
pub(super) fn part_of(part: i64, whole: i64, lang: Lang) -> String {
    let counts = fraction(part, whole, lang);
    if whole < SMALL { counts } else { percent(part as f64 / whole as f64, 1, lang) + beside(lang) + &counts }
}

/// A text in brackets, as put behind another.
pub(super) fn bracketed(text: &str, lang: Lang) -> String {
    lang.choose(format!(" ({text})"), format!("（{text}）"))
}

/// A day: `2021-03-05`, `2021年3月5日`.
pub(super) fn day(days: i32, lang: Lang) -> String {
    match date_of(days) {
        Some(date) => lang.choose(date.to_string(), format!("{}年{}月{}日", date.year(), date.month(), date.day())),
        None => days.to_string(),
    }
}

/// Whether a period is a month, such as `2021-03`.
pub(super) fn is_month(period: &str) -> bool {
    matches!(period.as_bytes(), [a, b, c, d, b'-', m, n] if [a, b, c, d, m, n].iter().all(|byte| byte.is_ascii_digit()))
}

/// A period in words.
pub(super) fn period(code: &str, lang: Lang) -> String {
    match (code, code.split_once('-')) {
        ("to-date", _) => lang.choose("to date", "累计").to_owned(),
        (_, Some((year, "H1"))) => lang.choose(format!("first half of {year}"), format!("{year}年上半年")),
        (_, Some((year, "H2"))) => lang.choose(format!("second half of {year}"), format!("{year}年下半年")),
        (_, Some((year, quarter))) if quarter.starts_with('Q') => {
            lang.choose(format!("{quarter} {year}"), format!("{year}年第{}季度", &quarter[1..]))
        }
        (_, Some((year, month))) if is_month(code) => {
            lang.choose(code.to_owned(), format!("{year}年{}月", month.trim_start_matches('0')))
        }
        (_, None) if code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit()) => {
            lang.choose(code.to_owned(), format!("{code}年"))
        }
        _ => code.to_owned(),
    }
}

/// What a cut divides by.
pub(super) fn cut_name(cut: &str, lang: Lang) -> &str {
    match cut {
        "all" => lang.choose("all", "总体"),
        "organ" => lang.choose("department", "部门"),
        "station" => lang.choose("station", "监管所"),
        "industry" => lang.choose("industry", "行业门类"),
        "grade" => lang.choose("grade", "信用风险等级"),
        "color" => lang.choose("colour code", "赋码"),
        "level" => lang.choose("level", "层级"),
        "source" => lang.choose("source", "检查来源"),
        "reason" => lang.choose("reason", "原因"),
        "category" => lang.choose("category", "类别"),
        "stratum" => lang.choose("stratum", "层"),
        "task" => lang.choose("task", "抽查任务"),
        other => other,
    }
}

/// A member of a cut in words. Colour codes carry a shape, so that they can be told apart without colour.
pub(super) fn member(cut: &str, member: &str, lang: Lang) -> String {
    let known = match cut {
        "all" => Some(lang.choose("all", "总体")),
        "grade" => Grade::ALL
            .into_iter()
            .find(|grade| grade.name() == member)
            .map(|grade| lang.choose(grade.name(), grade.chinese())),
        "color" => Color::ALL
            .into_iter()
            .find(|color| color.name() == member)
            .map(|color| lang.choose(color.name(), color.chinese())),
        "level" | "source" => match member {
            "county" => Some(lang.choose("county", "县级")),
            "city" => Some(lang.choose("city", "市级")),
            "province" => Some(lang.choose("province", "省级")),
            "nation" => Some(lang.choose("nation", "国家级")),
            "double-random" => Some(lang.choose("double-random", "双随机抽查")),
            "special" => Some(lang.choose("special campaign", "专项检查")),
            "complaint" => Some(lang.choose("complaint", "投诉举报核查")),
            "referral" => Some(lang.choose("referral", "转办交办")),
            "patrol" => Some(lang.choose("patrol", "日常巡查")),
            _ => None,
        },
        _ => None,
    };
    let shape = match (cut, member) {
        ("color", "red") => "■ ",
        ("color", "yellow") => "▲ ",
        ("color", "green") => "● ",
        _ => "",
    };
    let name = known.unwrap_or(member);
    let name = if name.is_empty() { lang.choose("not stated", "未填写") } else { name };
    format!("{shape}{name}")
}

/// How a figure was rounded, unless it is the usual way.
pub(super) fn rounding(code: &str, lang: Lang) -> Option<&'static str> {
    let rounding = match code {
        "truncated" => Rounding::Truncated,
        "half-even" => Rounding::HalfEven,
        _ => return None,
    };
    let (en, zh) = rounding.words();
    Some(lang.choose(en, zh))
}

/// Why there is no value.
pub(super) fn no_data(reason: Option<&str>, lang: Lang) -> String {
    let none = lang.choose("no data", "无数据");
    let Some(code) = reason else { return none.to_owned() };
    let why = match code.split_once(':').unwrap_or((code, "")) {
        ("no-table", table) => lang.choose(format!("no {table} given"), format!("未提供 {table} 表")),
        ("no-column", place) => {
            let (table, column) = place.split_once('.').unwrap_or(("", place));
            let chinese = Column::from_canonical(column).map_or(column, |column| column.chinese());
            lang.choose(format!("{table} have no {column}"), format!("{table} 表无“{chinese}”列"))
        }
        (NO_DENOMINATOR, _) => lang.choose("the denominator is empty", "分母为零").to_owned(),
        _ => code.to_owned(),
    };
    none.to_owned() + &bracketed(&why, lang)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::row;

    #[test]
    fn a_figure_without_value_says_what_is_missing_in_words() {
        let of = |reason, lang| no_data(Some(reason), lang);
        assert_eq!(of("no-table:draws", Lang::En), "no data (no draws given)");
        assert_eq!(of("no-column:results.score", Lang::En), "no data (results have no score)");
        assert_eq!(of("no-column:results.score", Lang::Zh), "无数据（results 表无“风险分值”列）");
        assert_eq!(of(NO_DENOMINATOR, Lang::Zh), "无数据（分母为零）");
    }

    #[test]
    fn thousands_are_separated_in_english_alone() {
        assert_eq!((count(-2_445, Lang::En), count(-2_445, Lang::Zh)), ("−2,445".into(), "−2445".into()));
        assert_eq!(
            (decimal(12_345.67, 1, Lang::En), decimal(12_345.67, 1, Lang::Zh)),
            ("12,345.7".into(), "12345.7".into())
        );
        assert_eq!(decimal(-0.04, 1, Lang::En), "0.0");
        assert_eq!(decimal(f64::NAN, 1, Lang::En), "–");
        assert_eq!(decimal(1e300, 0, Lang::Zh).len(), 301);
        assert_eq!((short_percent(0.5, Lang::En), short_percent(0.92546, Lang::Zh)), ("50 %".into(), "92.55%".into()));
    }

    #[test]
    fn a_figure_is_printed_with_its_fraction() {
        let row = row("detection.by_inspection", "all", "", 2_445, 9_189);
        assert_eq!(with_fraction(&row, Unit::Share, Lang::En).unwrap(), "26.6 % · 2,445 / 9,189");
        assert_eq!(with_fraction(&row, Unit::Share, Lang::Zh).unwrap(), "26.6%、2445/9189");
    }

    #[test]
    fn a_small_share_has_its_interval_or_no_percentage() {
        let mut row = row("detection.by_inspection", "grade", "D", 3, 17);
        assert_eq!(with_fraction(&row, Unit::Share, Lang::En).unwrap(), "17.6 % (6.2 % – 41.0 %) · 3 / 17");
        row.ci_low = None;
        assert_eq!(with_fraction(&row, Unit::Share, Lang::Zh).unwrap(), "3/17");
        assert_eq!(part_of(3, 17, Lang::En), "3 / 17");
        row.ci_low = Some(f64::NAN);
        assert_eq!(printed(&row, Unit::Share, Lang::En), None);
    }

    #[test]
    fn periods_and_days_are_written_as_each_language_does() {
        for (code, en, zh) in [
            ("to-date", "to date", "累计"),
            ("2021", "2021", "2021年"),
            ("2021-H1", "first half of 2021", "2021年上半年"),
            ("2021-Q3", "Q3 2021", "2021年第3季度"),
            ("2021-03", "2021-03", "2021年3月"),
            ("???", "???", "???"),
        ] {
            assert_eq!((period(code, Lang::En), period(code, Lang::Zh)), (en.to_owned(), zh.to_owned()));
        }
        assert_eq!(day(19_395, Lang::Zh), "2023年2月7日");
        assert_eq!(day(i32::MAX, Lang::En), i32::MAX.to_string());
        assert!(is_month("2021-12") && !is_month("2021-Q1") && !is_month("2021"));
    }
}
