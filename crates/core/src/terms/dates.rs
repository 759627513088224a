//! Civil dates as days since 1970-01-01 (proleptic Gregorian calendar, the same count as Arrow's Date32).

use jiff::SignedDuration;
use jiff::civil::{Date, date};

use super::text::normalise;

/// A date in this year (`9999-09-09`, `9999-12-31`) means "no end".
pub const OPEN_ENDED_YEAR: i16 = 9999;

/// Day 0.
const EPOCH: Date = date(1970, 1, 1);

/// Words that stand where a last day is expected and mean that there is none; read as 9999-12-31.
const OPEN_ENDED_WORDS: [&str; 10] =
    ["长期", "長期", "长期有效", "長期有效", "永久", "永久有效", "无固定期限", "無固定期限", "无限期", "無限期"];

/// Day 0 of spreadsheet serial numbers (1899-12-30), in days since 1970-01-01.
const SERIAL_EPOCH: i32 = -25_569;

/// Serial numbers that are read as dates: 1954-10-03 to 2119-01-11.
const SERIALS: std::ops::RangeInclusive<i32> = 20_000..=80_000;

/// Reads a date, as days since 1970-01-01. The year has four digits, 0001 to 9999; the month comes before the day.
///
/// Forms: `2023-02-07`, `2023/2/7`, `2023.2.7`, `20230207`, `2023年2月7日`, each with a time of day behind it or not
/// (`2023-02-07 10:30:00`, `2023-02-07T10:30:00.000+08:00`, `20230207103000`, `2023年2月7日10时30分`; the date is taken as
/// written, whatever the zone); a spreadsheet serial number of 20000 to 80000 (`44964`, `44964.4375`); 长期 and 永久 as 9999-12-31.
///
/// `None` for days that do not exist (2023-02-30), two-digit years, orders such as 02/07/2023 that can be read in two ways,
/// months without a day and all other text.
pub fn parse_date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    match bytes {
        [y @ .., b'-' | b'/' | b'.', m1, m2, b'-' | b'/' | b'.', d1, d2] if y.len() == 4 && bytes[4] == bytes[7] => {
            // Not only digits here: perhaps a one-digit day with a blank behind it; left to the general case.
            if let (Some(year), Some(month), Some(day)) = (number(y), number(&[*m1, *m2]), number(&[*d1, *d2])) {
                return day_number(year, month, day);
            }
        }
        _ if bytes.len() == 8 && bytes.iter().all(u8::is_ascii_digit) => return compact(bytes),
        _ => {}
    }
    let clean = normalise(text);
    read(clean.trim_start_matches('\''))
}

/// Days since 1970-01-01 of a date.
#[inline]
pub fn days_of(date: Date) -> i32 {
    // No date of jiff lies further than 4.4 million days from 1970.
    (date.duration_since(EPOCH).as_hours() / 24) as i32
}

/// The date that lies this many days after 1970-01-01; `None` outside the years 1 to 9999.
pub fn date_of(days: i32) -> Option<Date> {
    let date = EPOCH.checked_add(SignedDuration::from_hours(i64::from(days) * 24)).ok()?;
    (date.year() >= 1).then_some(date)
}

/// True for a number of days since 1970-01-01 that lies in the years 1 to 9999.
pub fn is_day(days: i32) -> bool {
    date_of(days).is_some()
}

/// A day as `2023-02-07`; the number itself for days outside the years 1 to 9999.
pub fn show_day(days: i32) -> String {
    date_of(days).map_or_else(|| days.to_string(), |date| date.to_string())
}

/// True for a day in [`OPEN_ENDED_YEAR`], which means "no end".
pub fn is_open_ended(days: i32) -> bool {
    date_of(days).is_some_and(|date| date.year() == OPEN_ENDED_YEAR)
}

/// Days since 1970-01-01 of a year, month and day; `None` if there is no such day in the years 1 to 9999.
#[inline]
fn day_number(year: i32, month: i32, day: i32) -> Option<i32> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (date.year() >= 1).then(|| days_of(date))
}

/// The value of one to nine ASCII digits; `None` for anything else.
fn number(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i32::from(byte - b'0')))
}

/// Eight digits: year, month, day.
fn compact(digits: &[u8]) -> Option<i32> {
    day_number(number(&digits[..4])?, number(&digits[4..6])?, number(&digits[6..8])?)
}

/// The general case, for normalised text.
fn read(text: &str) -> Option<i32> {
    let (digits, rest) = split_digits(text);
    match digits.len() {
        4 => separated(number(digits.as_bytes())?, rest),
        5 => {
            let whole =
                rest.is_empty() || rest.strip_prefix('.').is_some_and(|fraction| split_digits(fraction).1.is_empty());
            let serial = number(digits.as_bytes()).filter(|serial| whole && SERIALS.contains(serial))?;
            Some(serial + SERIAL_EPOCH)
        }
        8 => compact(digits.as_bytes()).filter(|_| is_time_behind(rest)),
        12 | 14 if rest.is_empty() => {
            let (date, time) = digits.as_bytes().split_at(8);
            let second = if time.len() == 6 { &time[4..] } else { b"0" };
            let valid = is_clock(number(&time[..2])?, number(&time[2..4])?, number(second)?);
            compact(date).filter(|_| valid)
        }
        0 if OPEN_ENDED_WORDS.contains(&text) => day_number(OPEN_ENDED_YEAR.into(), 12, 31),
        _ => None,
    }
}

/// Month and day behind a year, with separators (blanks may stand around them), and a time of day or nothing behind.
fn separated(year: i32, rest: &str) -> Option<i32> {
    let rest = rest.trim_start();
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.' | '年'))?;
    let second = if separator == '年' { '月' } else { separator };
    let (month, rest) = one_or_two_digits(rest[separator.len_utf8()..].trim_start())?;
    let (day, rest) = one_or_two_digits(rest.trim_start().strip_prefix(second)?.trim_start())?;
    let behind = if separator == '年' {
        let marked = rest.trim_start().strip_prefix(['日', '号', '號'])?;
        // A time may follow the word at once: 2023年2月7日10时.
        is_time_behind(marked) || is_time(marked)
    } else {
        is_time_behind(rest)
    };
    day_number(year, month, day).filter(|_| behind)
}

/// Nothing, or a blank or `T` and a time of day.
fn is_time_behind(text: &str) -> bool {
    text.is_empty() || text.strip_prefix([' ', 'T', 't']).is_some_and(|time| is_time(time.trim_start()))
}

/// `10:30`, `10:30:00.000`, `10:30:00 PM`, `下午10:30`, `10时30分00秒`, `10时`; a zone (`Z`, `+08:00`, `+0800`) may follow.
fn is_time(text: &str) -> bool {
    let text = text.strip_prefix("上午").or_else(|| text.strip_prefix("下午")).unwrap_or(text).trim_start();
    let Some((hour, rest)) = one_or_two_digits(text) else {
        return false;
    };
    let (mut minute, mut second) = (0, 0);
    let rest = match rest.strip_prefix(['时', '時', '点', '點']) {
        Some("") => "",
        Some(rest) => {
            let Some((value, rest)) = one_or_two_digits(rest) else {
                return false;
            };
            minute = value;
            let Some(rest) = rest.strip_prefix('分') else {
                return false;
            };
            match one_or_two_digits(rest) {
                Some((value, rest)) => {
                    second = value;
                    let Some(rest) = rest.strip_prefix('秒') else {
                        return false;
                    };
                    rest
                }
                None => rest,
            }
        }
        None => {
            let Some((value, rest)) = rest.strip_prefix(':').and_then(one_or_two_digits) else {
                return false;
            };
            minute = value;
            match rest.strip_prefix(':') {
                Some(rest) => {
                    let Some((value, rest)) = one_or_two_digits(rest) else {
                        return false;
                    };
                    second = value;
                    rest.strip_prefix('.').map_or(rest, |fraction| split_digits(fraction).1)
                }
                None => rest,
            }
        }
    };
    is_clock(hour, minute, second) && is_zone(rest.trim_start())
}

fn is_clock(hour: i32, minute: i32, second: i32) -> bool {
    (hour < 24 && minute < 60 && second <= 60) || (hour, minute, second) == (24, 0, 0)
}

/// Nothing, AM or PM, `Z`, `UTC`, or an offset of hours and minutes.
fn is_zone(text: &str) -> bool {
    if ["", "AM", "PM", "am", "pm", "Z", "z", "UTC", "CST"].contains(&text) {
        return true;
    }
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let (hour, rest) = split_digits(offset);
    match rest.strip_prefix(':') {
        Some(minute) => hour.len() == 2 && minute.len() == 2 && split_digits(minute).1.is_empty(),
        None => rest.is_empty() && (hour.len() == 2 || hour.len() == 4),
    }
}

/// The leading ASCII digits and what follows them.
fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// One or two leading digits that no further digit follows.
fn one_or_two_digits(text: &str) -> Option<(i32, &str)> {
    let (digits, rest) = split_digits(text);
    if digits.len() > 2 {
        return None;
    }
    number(digits.as_bytes()).map(|value| (value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1970() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2023-02-07", 19_395),
            ("0001-01-01", -719_162),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(parse_date(text), Some(days), "{text}");
        }
    }

    #[test]
    fn every_day_of_ten_thousand_years_counts_one_up_and_comes_back() {
        let mut days = -719_162;
        for year in 1..=9999 {
            for (month, day) in (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day))) {
                match day_number(year, month, day) {
                    Some(found) => {
                        assert_eq!(found, days, "{year}-{month}-{day}");
                        assert_eq!(date_of(days).map(days_of), Some(days));
                        days += 1;
                    }
                    None => assert!(day > 28, "{year}-{month}-{day}"),
                }
            }
        }
        assert_eq!(days, 2_932_897);
    }

    #[test]
    fn only_the_years_1_to_9999_have_days() {
        for (days, text) in [(-719_162, "0001-01-01"), (19_395, "2023-02-07"), (2_932_896, "9999-12-31")] {
            assert!(is_day(days));
            assert_eq!(show_day(days), text);
            assert_eq!(parse_date(text), Some(days));
        }
        for days in [i32::MIN, -719_163, 2_932_897, i32::MAX] {
            assert!(!is_day(days) && !is_open_ended(days));
            assert_eq!(show_day(days), days.to_string());
        }
    }

    #[test]
    #[rustfmt::skip]
    fn all_forms_of_one_day_are_the_same_day() {
        for text in [
            "2023-02-07", "2023/02/07", "2023.02.07", "2023-2-7", "2023/2/7", "2023.2.7", "2023-2-07", "2023-02-7 ",
            " 2023-2-7 ", "20230207", "2023年2月7日", "2023年02月07日", "2023年2月7号", "2023 年 2 月 7 日",
            "2023. 2. 7", "２０２３－０２－０７", "２０２３年２月７日", "\u{feff} 2023-02-07\u{a0}", "'2023-02-07",
            "2023-02-07 00:00", "2023-02-07 10:30:00", "2023-02-07  10:30:00.123456", "2023-02-07T10:30:00Z",
            "2023-02-07T10:30:00.000+08:00", "2023-02-07 10:30:00 +0800", "2023-02-07 10:30:00 UTC",
            "2023/2/7 9:05:00 PM", "2023/2/7 下午 3:05", "2023-02-07\n24:00:00", "20230207 10:30", "20230207103000",
            "202302071030", "2023年2月7日10时30分", "2023年2月7日 10时30分05秒", "2023年2月7日10时",
            "2023年2月7日 10：30", "44964", "44964.4375", "44964.0",
        ] {
            assert_eq!(parse_date(text), Some(19_395), "{text}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn text_that_is_no_day_is_refused() {
        for text in [
            "", " ", "-", "N/A", "null", "NaN", "inf", "1.0E+17", "2023", "2023-02", "202302", "2023年2月",
            "2023年13月1日", "13月", "2023-13-01", "2023-00-10", "2023-01-00", "2023-02-30", "2023-02-29",
            "1900-02-29", "2100-02-29", "20230229", "20231301", "00000000", "0000-00-00", "0000-01-01", "10000-01-01",
            "23-02-07", "02/07/2023", "2023-02/07", "2023/02-07", "2023-002-07", "2023-02-007", "2023-2", "2023--2-7",
            "-2023-02-07", "2023-02-07-", "2023-02-07 ?", "2023-02-07至2024-02-06", "2023-02-07 2024-02-06",
            "2023-02-07 25:00", "2023-02-07 24:01", "2023-02-07 10:60", "2023-02-07 10", "2023-02-07T",
            "2023-02-0710:30", "2023-02-07 10:30 +8", "20230207246000", "2023020710300", "2023-02-0x", "2023-0a-07",
            "2O23-02-07", "19999", "80001", "1", "44964.x", "44964-1", "2023年2月7", "2023年2月7日晚",
            "2023年2月7日10时70分", "二〇二三年二月七日", "2023月2年7日", "长", "2023-02-07长期",
            "99999999999999999999", "2023-９９-07", "年月日", "2023.2.7.1", "1675728000000",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn serial_numbers_count_from_1899_12_30() {
        for (serial, day) in
            [("20000", "1954-10-03"), ("25569", "1970-01-01"), ("36526", "2000-01-01"), ("80000", "2119-01-11")]
        {
            assert_eq!(parse_date(serial), parse_date(day), "{serial}");
        }
    }

    #[test]
    fn the_year_9999_and_its_words_mean_no_end() {
        for text in
            ["9999-09-09", "9999-12-31", "9999/9/9", "99990909", "9999年9月9日", "长期", " 長期 ", "永久", "无固定期限"]
        {
            assert!(parse_date(text).is_some_and(is_open_ended), "{text}");
        }
        assert!(!is_open_ended(parse_date("9998-12-31").unwrap()));
        assert!(!is_open_ended(parse_date("9999-12-31").unwrap() + 1));
    }

    #[test]
    fn any_bytes_behind_a_date_are_handled_without_a_panic() {
        let pieces =
            ["2023", "-", "/", ".", "年", "月", "日", "2", "07", " ", "T", "：", "\u{200b}", "10:30", "9", "é", "'"];
        let mut state = 1_u64;
        for _ in 0..200_000 {
            let mut text = String::new();
            for _ in 0..7 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            if let Some(days) = parse_date(&text) {
                assert!(is_day(days), "{text}");
            }
        }
    }
}
