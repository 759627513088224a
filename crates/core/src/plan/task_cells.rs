//! The cells of a table of tasks, as offices write them: shares, sizes, frequencies, windows.

use toml::{Table, Value};

use crate::terms::{Grade, date_of, days_of, normalise, parse_date};

/// What a cell means, or what was understood and what to write instead.
pub(super) type Meant<T> = Result<T, String>;

/// Words for everybody.
const ALL: [&str; 5] = ["全部", "全覆盖", "全量", "全数", "all"];

/// What a cell of shares says: the `size` of a task, how often a year, and the size that it comes to.
#[derive(Default, Debug, PartialEq)]
pub(super) struct ShareCell {
    /// Keys of a size: `share`, `grade-shares` or `count`, `at-least`, `at-most`.
    pub size: Table,
    pub times_a_year: Option<u32>,
    pub stated_count: Option<u64>,
}

/// Reads a cell such as `10%(20户)`, `A:3%;B:4%;C:5%;D:6%`, `≥20%;1次/年`, `5%(不少于10户)`, `=1` or `1户`.
pub(super) fn read_share(cell: &str) -> Meant<ShareCell> {
    let mut read = ShareCell::default();
    let mut grades: Vec<(Grade, f64)> = Vec::new();
    let text = normalise(cell).to_lowercase();
    for piece in
        text.split([';', ',', '、', '(', ')', '，', '；', '。']).map(str::trim).filter(|piece| !piece.is_empty())
    {
        if let Some(times) = read_times(piece) {
            read.times_a_year = Some(times);
            continue;
        }
        if let Some((grade, share)) = grade_share(piece) {
            if grades.iter().any(|(own, _)| *own == grade) {
                return Err(format!("grade {grade} has two shares"));
            }
            grades.push((grade, share));
            continue;
        }
        let (bound, rest) = bound_of(piece);
        if ALL.contains(&rest) {
            insert(&mut read.size, "share", Value::Float(1.0))?;
        } else if let Some(share) = percent(rest) {
            insert(&mut read.size, "share", Value::Float(share))?;
        } else if let Some(count) = entities(rest).or_else(|| bound.and_then(|_| whole(rest))) {
            let alone = read.size.is_empty() && grades.is_empty();
            let count_value = Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
            match bound {
                Some(Bound::AtMost) => insert(&mut read.size, "at-most", count_value)?,
                _ if alone => insert(&mut read.size, "count", count_value)?,
                Some(Bound::AtLeast) => insert(&mut read.size, "at-least", count_value)?,
                _ => read.stated_count = Some(count),
            }
        } else if whole(rest).is_some() {
            return Err(format!("{rest} may be percent or entities; write {rest}% or {rest}户"));
        } else {
            let understood = match read.size.is_empty() && grades.is_empty() {
                true => "nothing was understood".to_owned(),
                false => format!("understood {}", describe(&read.size, &grades)),
            };
            let forms = "write it as 10%, 10%(20户), A:3%;B:4%;C:5%;D:6%, 5%(不少于10户), 1户 or =1";
            return Err(format!("{piece:?} is no share: {understood}; {forms}"));
        }
    }
    if !grades.is_empty() {
        if read.size.contains_key("share") || read.size.contains_key("count") {
            return Err("names shares of grades beside another size; keep one of them".to_owned());
        }
        let share = |grade: &Grade| grades.iter().find(|(own, _)| own == grade).map_or(0.0, |(_, share)| *share);
        let shares = Grade::ALL.iter().map(|grade| (grade.name().to_owned(), Value::Float(share(grade)))).collect();
        read.size.insert("grade-shares".to_owned(), Value::Table(shares));
    }
    Ok(read)
}

/// The share of everybody that a cell such as `5%` says; `None` if it says none.
pub fn read_share_of_all(cell: &str) -> Option<f64> {
    read_share(cell).ok()?.size.get("share")?.as_float()
}

/// Times a year that a cell such as `1次/年` says; `None` if it says none.
pub fn read_times_a_year(cell: &str) -> Option<u32> {
    read_frequency(cell).ok()
}

/// Reads a number of entities, such as `20` or `20户`.
pub(super) fn read_count(cell: &str) -> Meant<u64> {
    let text = normalise(cell);
    let (_, rest) = bound_of(&text);
    entities(rest).or_else(|| whole(rest)).ok_or_else(|| format!("{cell:?} is no number of entities; write 20 or 20户"))
}

/// Reads how often a year, such as `1次/年`, `每年1次`, `每季度一次`.
pub(super) fn read_frequency(cell: &str) -> Meant<u32> {
    let text = normalise(cell);
    read_times(&text).ok_or_else(|| format!("{cell:?} is no frequency; write it as 1次/年"))
}

fn insert(size: &mut Table, key: &str, value: Value) -> Meant<()> {
    match size.insert(key.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(format!("{key} is given twice")),
    }
}

fn describe(size: &Table, grades: &[(Grade, f64)]) -> String {
    let keys = size.iter().map(|(key, value)| format!("{key} = {value}"));
    keys.chain(grades.iter().map(|(grade, share)| format!("{grade} = {share}"))).collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Copy)]
enum Bound {
    Exactly,
    AtLeast,
    AtMost,
}

/// The bound that a piece begins with, and the rest.
fn bound_of(piece: &str) -> (Option<Bound>, &str) {
    #[rustfmt::skip]
    const BOUNDS: [(&str, Bound); 18] = [
        ("≥", Bound::AtLeast), (">=", Bound::AtLeast), ("不少于", Bound::AtLeast), ("不低于", Bound::AtLeast), ("至少", Bound::AtLeast),
        ("最少", Bound::AtLeast), ("不小于", Bound::AtLeast), ("at least", Bound::AtLeast),
        ("≤", Bound::AtMost), ("<=", Bound::AtMost), ("不超过", Bound::AtMost), ("不多于", Bound::AtMost), ("不高于", Bound::AtMost),
        ("至多", Bound::AtMost), ("最多", Bound::AtMost), ("at most", Bound::AtMost),
        ("==", Bound::Exactly), ("=", Bound::Exactly),
    ];
    let piece = piece.trim();
    let found = BOUNDS.iter().find_map(|(word, bound)| Some((*bound, piece.strip_prefix(word)?)));
    found.map_or((None, piece), |(bound, rest)| (Some(bound), rest.trim()))
}

fn percent(text: &str) -> Option<f64> {
    let digits = text.strip_suffix(['%', '％']).or_else(|| text.strip_prefix("百分之"))?.trim();
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && digits.len() <= 12;
    // Divided as decimals: 7 % is 0.07 to the last bit.
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let shifted = format!("{whole}{fraction}e-{}", fraction.len() + 2);
    shifted.parse().ok().filter(|_| is_plain && !digits.is_empty())
}

fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// A number followed by a word for entities.
fn entities(text: &str) -> Option<u64> {
    ["户", "家", "个", "批次", "件", "台", "名", "entities"]
        .iter()
        .find_map(|unit| whole(text.strip_suffix(unit)?.trim()))
}

fn grade_share(piece: &str) -> Option<(Grade, f64)> {
    let cut = piece.rfind([':', '：', '级', '类', '=', ' '])?;
    let (name, share) = piece.split_at(cut);
    let share = share.trim_start_matches([':', '：', '级', '类', '=', ' ', '≥']);
    let name = name.trim_end_matches([':', '：', '级', '类', '=', ' ']);
    // A bound such as ">=" stands before a share of all.
    let grade = (!name.is_empty() && !name.ends_with(['>', '<'])).then(|| Grade::from_word(name))??;
    Some((grade, percent(share)?))
}

/// `1次/年`, `每年1次`, `一年一次`, `每季度1次` …
fn read_times(piece: &str) -> Option<u32> {
    let number = |text: &str| match text.trim().trim_start_matches(['≥', '>', '=']) {
        "一" => Some(1),
        "两" | "二" => Some(2),
        "三" => Some(3),
        "四" => Some(4),
        digits => whole(digits).and_then(|times| u32::try_from(times).ok()),
    };
    const PERIODS: [(&str, u32); 4] = [("半年", 2), ("季度", 4), ("月", 12), ("年", 1)];
    let (before, behind) = piece.trim().split_once('次')?;
    let behind = behind.trim_start_matches('/').trim_start_matches(['每', '一', '1']);
    if let Some((_, a_year)) = PERIODS.iter().find(|(period, _)| behind.trim() == *period) {
        return number(before)?.checked_mul(*a_year);
    }
    let before = before.trim_start_matches(['每', '一', '1']);
    let of_period = |(period, a_year): &(&str, u32)| {
        let times = before.strip_prefix(period)?.trim_start_matches(['度', '内', '抽', '查']);
        number(times)?.checked_mul(*a_year)
    };
    PERIODS.iter().find_map(of_period).filter(|_| behind.is_empty())
}

/// Reads a window such as `2023年3月-6月`, `3月至6月`, `2023-03-01至2023-06-30`, `第一季度`, `上半年`, `全年`: first and last day, days
/// since 1970-01-01. A year that is left out is `year`.
pub(super) fn read_window(cell: &str, year: i16) -> Meant<(i32, i32)> {
    let fault = || {
        let forms = "write it as 2023年3月-6月, 2023-03-01至2023-06-30, 3月, 第一季度 or 全年";
        format!("{cell:?} is no window; {forms}")
    };
    let text = normalise(cell).replace(char::is_whitespace, "");
    let (year, rest) = match text.split_once('年') {
        Some((digits, rest)) if digits.len() == 4 && !digits.contains('半') => match digits.parse() {
            Ok(own) if !text.starts_with("全年") => (own, rest),
            _ => (year, text.as_str()),
        },
        _ => (year, text.as_str()),
    };
    let months = |first: i8, last: i8| Some((month(year, first)?.0, month(year, last)?.1));
    let named = match rest {
        "" | "全年" | "年度" | "全年度" => months(1, 12),
        "上半年" => months(1, 6),
        "下半年" => months(7, 12),
        "第一季度" | "一季度" | "第1季度" | "1季度" | "q1" | "Q1" => months(1, 3),
        "第二季度" | "二季度" | "第2季度" | "2季度" | "q2" | "Q2" => months(4, 6),
        "第三季度" | "三季度" | "第3季度" | "3季度" | "q3" | "Q3" => months(7, 9),
        "第四季度" | "四季度" | "第4季度" | "4季度" | "q4" | "Q4" => months(10, 12),
        _ => None,
    };
    if let Some(window) = named {
        return Ok(window);
    }
    let (from, to) = halves(&text);
    let first = point(from, year).ok_or_else(fault)?;
    let last = match to {
        None => first,
        Some(to) => {
            // `2023年3月1日-15日`: what the second half leaves out is as in the first.
            let (own_year, own_month) = (year_of(from).unwrap_or(year), first.2);
            point(to, own_year).or_else(|| day_of_month(to, own_year, own_month)).ok_or_else(fault)?
        }
    };
    Ok((first.0, last.1))
}

/// The halves of a range; none behind if it is one point.
fn halves(text: &str) -> (&str, Option<&str>) {
    let at = |mark: &str| text.split_once(mark).map(|(from, to)| (from, Some(to)));
    let found = ["至", "到", "~", "～", "—", "–"].iter().find_map(|mark| at(mark));
    found.unwrap_or_else(|| {
        let hyphens: Vec<usize> = text.match_indices('-').map(|(place, _)| place).collect();
        // Of an odd number of hyphens the middle one joins two days or months; dates hold two each.
        match hyphens.len() {
            count @ (1 | 3 | 5) if text.contains('月') || text.contains(['.', '/']) || count > 1 => {
                let middle = hyphens[count / 2];
                (&text[..middle], Some(&text[middle + 1..]))
            }
            _ => (text, None),
        }
    })
}

fn year_of(text: &str) -> Option<i16> {
    text.get(..4)?.parse().ok()
}

/// First and last day of a month, and its number.
fn month(year: i16, month: i8) -> Option<(i32, i32, i8)> {
    let first = jiff::civil::Date::new(year, month, 1).ok()?;
    Some((days_of(first), days_of(first.last_of_month()), month))
}

/// A day or a month: its first and last day, and its month.
fn point(text: &str, year: i16) -> Option<(i32, i32, i8)> {
    if let Some(day) = parse_date(text) {
        return Some((day, day, date_of(day)?.month()));
    }
    let (own_year, rest) = match text.split_once('年') {
        Some((digits, rest)) => (digits.parse().ok()?, rest),
        None => match text.split_once(['.', '/']).filter(|(digits, _)| digits.len() == 4) {
            Some((digits, rest)) => (digits.parse().ok()?, rest),
            None => (year, text),
        },
    };
    let (number, rest) = rest.split_once('月').unwrap_or((rest, ""));
    let (first, last, number) = month(own_year, number.parse().ok()?)?;
    if rest.is_empty() || rest == "份" || rest == "底" || rest == "末" {
        return Some((first, last, number));
    }
    day_of_month(rest, own_year, number)
}

fn day_of_month(text: &str, year: i16, month: i8) -> Option<(i32, i32, i8)> {
    let day = text.strip_suffix(['日', '号'])?.parse().ok()?;
    let day = days_of(jiff::civil::Date::new(year, month, day).ok()?);
    Some((day, day, month))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::show_day;

    fn share(cell: &str) -> String {
        match read_share(cell) {
            Err(fault) => format!("! {fault}"),
            Ok(ShareCell { size, times_a_year, stated_count }) => {
                let size = size.iter().map(|(key, value)| format!("{key}={}", value.to_string().replace('\n', "")));
                let times = times_a_year.map(|times| format!("times={times}"));
                let stated = stated_count.map(|stated| format!("stated={stated}"));
                size.chain(times).chain(stated).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn shares_are_read_as_offices_write_them() {
        for (cell, meant) in [
            ("3%", "share=0.03"),
            ("７％", "share=0.07"),
            ("0.5%", "share=0.005"),
            ("≥20%;1次/年", "share=0.2 times=1"),
            ("3%；2次/年", "share=0.03 times=2"),
            ("10%(20户)", "share=0.1 stated=20"),
            ("10%（20 户）", "share=0.1 stated=20"),
            ("5%(不少于10户)", "at-least=10 share=0.05"),
            ("不低于5%，不超过50户", "at-most=50 share=0.05"),
            ("1户", "count=1"),
            ("=1", "count=1"),
            (">=1", "count=1"),
            ("全覆盖", "share=1.0"),
            ("100%", "share=1.0"),
        ] {
            assert_eq!(share(cell), meant, "{cell}");
        }
        let ShareCell { size, .. } = read_share("A:3%;B:4%;C:5%;D:6%").unwrap();
        let Some(Value::Table(grades)) = size.get("grade-shares") else { panic!("shares by grade") };
        let expected = [("A", 0.03), ("B", 0.04), ("C", 0.05), ("D", 0.06), ("unrated", 0.0)];
        for (grade, share) in expected {
            assert_eq!(grades[grade].as_float(), Some(share), "{grade}");
        }
        assert_eq!(read_share("A级3%，B级4%").unwrap().size["grade-shares"]["B"].as_float(), Some(0.04));
    }

    #[test]
    fn what_is_no_share_says_what_was_understood() {
        for (cell, part) in [
            ("5", "5 may be percent or entities; write 5% or 5户"),
            ("若干", "nothing was understood"),
            ("3%;若干", "understood share = 0.03"),
            ("3%;4%", "share is given twice"),
            ("A:3%;A:4%", "grade A has two shares"),
            ("A:3%;10%", "beside another size"),
            ("%", "is no share"),
            ("-3%", "is no share"),
        ] {
            assert!(share(cell).starts_with('!') && share(cell).contains(part), "{cell}: {}", share(cell));
        }
    }

    #[test]
    fn frequencies_are_counted_a_year() {
        for (cell, times) in [
            ("1次/年", 1),
            ("2次/年", 2),
            ("每年1次", 1),
            ("一年两次", 2),
            ("每季度1次", 4),
            ("1次/季度", 4),
            ("每月一次", 12),
            ("每半年1次", 2),
        ] {
            assert_eq!(read_frequency(cell), Ok(times), "{cell}");
        }
        assert!(read_frequency("经常").is_err());
    }

    #[test]
    fn windows_are_read_to_the_day() {
        for (cell, first, last) in [
            ("2023年3月-6月", "2023-03-01", "2023-06-30"),
            ("3月至6月", "2023-03-01", "2023-06-30"),
            ("2023年3月—2023年6月", "2023-03-01", "2023-06-30"),
            ("2023.3-2023.6", "2023-03-01", "2023-06-30"),
            ("2023-03-01至2023-06-30", "2023-03-01", "2023-06-30"),
            ("2023-03-01-2023-06-30", "2023-03-01", "2023-06-30"),
            ("2023/3/1-2023/6/30", "2023-03-01", "2023-06-30"),
            ("2023年3月1日-6月15日", "2023-03-01", "2023-06-15"),
            ("2023年3月1日-15日", "2023-03-01", "2023-03-15"),
            ("2023-03-01", "2023-03-01", "2023-03-01"),
            ("2024年2月", "2024-02-01", "2024-02-29"),
            ("3月", "2023-03-01", "2023-03-31"),
            ("第二季度", "2023-04-01", "2023-06-30"),
            ("2024年下半年", "2024-07-01", "2024-12-31"),
            ("2024年", "2024-01-01", "2024-12-31"),
            ("全年", "2023-01-01", "2023-12-31"),
            ("11月-2024年1月", "2023-11-01", "2024-01-31"),
        ] {
            let window = read_window(cell, 2023).map(|(first, last)| (show_day(first), show_day(last)));
            assert_eq!(window, Ok((first.to_owned(), last.to_owned())), "{cell}");
        }
        for cell in ["尽快", "13月", "2023年2月30日", "3-6", "月-月"] {
            assert!(read_window(cell, 2023).is_err(), "{cell}");
        }
    }
}
