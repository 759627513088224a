//! Cell text: blanks, full-width and invisible characters; ids; numbers.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Text as a cell should have held it: full-width ASCII (`Ａ`, `（`) as half-width; tabs, line breaks, no-break and
/// ideographic spaces as blanks, each run of them as one, none at the ends; control characters and others that cannot be seen
/// (zero-width, direction, variation selectors, Hangul fillers) removed; letters and their marks composed (Unicode NFC).
/// Nothing is copied for text that is clean or only has blanks at its ends.
pub fn normalise(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(is_blank);
    if is_clean(trimmed) {
        return Cow::Borrowed(trimmed);
    }
    let mut clean = String::with_capacity(trimmed.len());
    let mut blank_before = false;
    for c in trimmed.chars() {
        if is_blank(c) {
            blank_before = true;
        } else if !is_invisible(c) {
            if blank_before && !clean.is_empty() {
                clean.push(' ');
            }
            blank_before = false;
            clean.push(half_width(c));
        }
    }
    Cow::Owned(composed(clean))
}

/// An id as it is compared and published: [`normalise`], then without blanks inside, without the apostrophe or `="…"` by which
/// spreadsheets keep text as text, ASCII letters in upper case. Nothing is copied where nothing changes.
pub fn normalise_id(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    let mut id = normalise(text);
    if id.contains(' ') {
        // A mark may now follow the letter that it belongs to.
        id = Cow::Owned(composed(id.replace(' ', "")));
    }
    let bare = without_text_marks(&id);
    if bare.len() < id.len() {
        id = Cow::Owned(bare.to_owned());
    }
    if id.bytes().any(|byte| byte.is_ascii_lowercase()) {
        let mut capitals = id.into_owned();
        capitals.make_ascii_uppercase();
        // Some capitals have a composed form where the small letter has none: I with a dot above.
        id = Cow::Owned(composed(capitals));
    }
    id
}

/// True if a text holds what [`normalise_id`] repairs without a trace that people could see: characters that cannot be seen,
/// blanks and a leading byte order mark apart, or letters that are not composed.
pub fn has_hidden_characters(text: &str) -> bool {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    text.chars().any(|c| is_invisible(c) && !is_blank(c)) || !is_nfc(text)
}

/// Reads a number: thousands separators (`1,234.5`, groups of three), full-width characters, a sign, an exponent; `12.5%` is
/// 0.125 and `3‰` 0.003. `None` for NaN, infinity and everything beyond the range of f64, for units (`50万`) and other text.
pub fn parse_number(text: &str) -> Option<f64> {
    // Most numbers are digits with a point among them.
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return text.parse().ok().filter(|value: &f64| value.is_finite());
    }
    let clean = normalise(text);
    let mut rest = clean.trim_start_matches('\'');
    let mut divisor = 1.0;
    for (sign, of) in [('%', 100.0), ('‰', 1000.0)] {
        if let Some(number) = rest.strip_suffix(sign) {
            (rest, divisor) = (number.trim_end(), of);
            break;
        }
    }
    let minus_written_out = rest.strip_prefix('−').map(|digits| format!("-{digits}"));
    let rest = minus_written_out.as_deref().unwrap_or(rest);
    if !rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'+' | b'-' | b'e' | b'E')) {
        return None;
    }
    let value: f64 = if rest.contains(',') { without_separators(rest)?.parse() } else { rest.parse() }.ok()?;
    // Adding zero makes the zero of "-0" positive.
    value.is_finite().then_some(value / divisor + 0.0)
}

/// True if [`normalise`] has nothing to change in text that was trimmed.
fn is_clean(trimmed: &str) -> bool {
    let (mut blank_before, mut may_compose) = (false, false);
    for c in trimmed.chars() {
        match c {
            ' ' if blank_before => return false,
            ' ' => {}
            // Ideographs, kana and their punctuation, without the marks among them and the Hangul filler.
            '!'..='~'
            | '\u{3001}'..='\u{3029}'
            | '\u{3030}'..='\u{3098}'
            | '\u{309B}'..='\u{3163}'
            | '\u{3165}'..='\u{9FFF}' => {}
            _ if is_blank(c) || is_invisible(c) || half_width(c) != c => return false,
            _ => may_compose = true,
        }
        blank_before = c == ' ';
    }
    !may_compose || is_nfc(trimmed)
}

/// The text in Unicode's composed form NFC.
fn composed(text: String) -> String {
    if is_nfc(&text) { text } else { text.as_str().nfc().collect() }
}

/// White space of any kind and the empty braille pattern.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Control characters, and those that Unicode gives no shape (`Default_Ignorable_Code_Point`).
#[rustfmt::skip]
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Full-width forms of `!` to `~` as ASCII, everything else as it is.
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// Without leading apostrophes and `="…"`.
fn without_text_marks(text: &str) -> &str {
    let mut bare = text;
    loop {
        let shorter = bare.trim_start_matches(['\'', '‘', '’', '`']);
        let shorter = shorter.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(shorter);
        if shorter.len() == bare.len() {
            return bare;
        }
        bare = shorter;
    }
}

/// A number's text without its thousands separators; `None` where they do not part groups of three digits.
fn without_separators(number: &str) -> Option<String> {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut groups = whole.strip_prefix(['+', '-']).unwrap_or(whole).split(',');
    let first = groups.next()?;
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=3).contains(&first.len()) || !digits(first) || fraction.contains(',') {
        return None;
    }
    groups.all(|group| group.len() == 3 && digits(group)).then(|| number.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_borrowed(text: Cow<'_, str>) -> bool {
        matches!(text, Cow::Borrowed(_))
    }

    #[test]
    fn clean_text_is_not_copied() {
        for text in [
            "",
            "a",
            "91350100M000100Y43",
            "重庆市永川区",
            "a b c",
            "存续、在营。《甲》",
            "É𠮷",
            "がパ 가나 ệ",
            "  trimmed only　",
            "\tx\r\n",
        ] {
            assert_eq!(normalise(text), text.trim());
            assert!(is_borrowed(normalise(text)), "{text:?}");
        }
        for id in ["", "91350100M000100Y43", "440301103097413", "企独沪总字第0004号", "A-1", " 1 "] {
            assert!(is_borrowed(normalise_id(id)), "{id:?}");
        }
    }

    #[test]
    fn dirty_text_is_cleaned() {
        for (text, clean) in [
            ("ＡＢＣ１２３！～", "ABC123!~"),
            ("中国（上海）有限公司", "中国(上海)有限公司"),
            ("a\u{a0}\u{3000} b", "a b"),
            ("a\tb\r\nc", "a b c"),
            ("\u{feff}a\u{200b}b\u{200d}", "ab"),
            ("\u{200b} a", "a"),
            ("a \u{200b} b", "a b"),
            ("\u{200b}", ""),
            ("a\0b\u{ad}c\u{202e}", "abc"),
            ("  a  b  ", "a b"),
            ("\u{3000}", ""),
            ("\u{2800}a\u{2800}b\u{2800}", "a b"),
            ("葛\u{e0100}城\u{fe0f}", "葛城"),
            ("\u{3164}\u{115f}\u{1160}\u{ffa0}가", "가"),
            ("a\u{34f}\u{61c}\u{17b4}\u{17b5}\u{180b}b", "ab"),
            ("e\u{301}", "é"),
            ("か\u{3099}", "が"),
            ("Ａ\u{200b}\u{30a}", "Å"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("\u{f92c}\u{212a}", "\u{90ce}K"),
        ] {
            assert_eq!(normalise(text), clean, "{text:?}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn cleaning_twice_is_cleaning_once() {
        let pieces = [
            "'", "=\"", "\"", " ", "\u{3000}", "\u{200b}", "Ａ", "＝＂", "a", "1", "号", "\u{feff}", "\t", "’", "i", "か",
            "\u{2800}", "\u{3164}", "\u{fe0f}", "\u{301}", "\u{307}", "\u{316}", "\u{338}", "\u{3099}", "\u{1fef}",
            "\u{212b}",
        ];
        let mut state = 7_u64;
        for _ in 0..200_000 {
            let mut text = String::new();
            for _ in 0..6 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            let once = normalise(&text).into_owned();
            assert_eq!(normalise(&once), once, "{text:?}");
            assert!(is_borrowed(normalise(&once)), "{text:?}");
            let id = normalise_id(&text).into_owned();
            assert_eq!(normalise_id(&id), id, "{text:?}");
            assert!(is_borrowed(normalise_id(&id)), "{text:?}");
        }
    }

    #[test]
    fn ids_come_out_bare_and_in_upper_case() {
        for text in [
            "91350100m000100y43",
            " 91350100 M000100Y 43 ",
            "'91350100M000100Y43",
            "‘91350100M000100Y43",
            "=\"91350100M000100Y43\"",
            "９１３５０１００Ｍ０００１００Ｙ４３",
            "\u{feff}91350100M000100Y43\t",
            "9135\u{200b}0100M000100Y43",
        ] {
            assert_eq!(normalise_id(text), "91350100M000100Y43", "{text:?}");
        }
        assert_eq!(normalise_id("'"), "");
        assert_eq!(normalise_id("1.0e+17"), "1.0E+17");
        assert_eq!(normalise_id("企独é a"), "企独éA");
    }

    #[test]
    fn what_cannot_be_seen_in_an_id_is_noticed() {
        for id in [
            "9135\u{200b}0100",
            "91350100\u{feff}",
            "\u{feff}\u{feff}91350100",
            "9135\u{0}0100",
            "\u{7f}91350100",
            "乙\u{fe0f}",
            "e\u{301}",
            "\u{212a}",
        ] {
            assert!(has_hidden_characters(id), "{id:?}");
        }
        for id in
            ["", "91350100", "\u{feff}91350100", " 91350100\t\r\n", "９１３５", "\u{3000}甲\u{a0}", "é", "'91\u{2800}"]
        {
            assert!(!has_hidden_characters(id), "{id:?}");
        }
    }

    #[test]
    fn numbers_are_read() {
        for (text, number) in [
            ("0", 0.0),
            ("12", 12.0),
            ("-3.5", -3.5),
            ("+3", 3.0),
            ("−3", -3.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("007", 7.0),
            ("1e-05", 1e-5),
            ("1.0E+17", 1e17),
            ("1,234", 1234.0),
            ("-1,234,567.89", -1_234_567.89),
            ("１，２３４．５", 1234.5),
            (" 42\u{a0}", 42.0),
            ("'42", 42.0),
            ("12.5%", 0.125),
            ("12.5 %", 0.125),
            ("１００％", 1.0),
            ("-1%", -0.01),
            ("3‰", 0.003),
            ("1,000%", 10.0),
        ] {
            assert_eq!(parse_number(text), Some(number), "{text}");
        }
        assert!(parse_number("-0").is_some_and(f64::is_sign_positive));
        assert!(parse_number("-0%").is_some_and(f64::is_sign_positive));
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in [
            "", " ", "-", "+", ".", "%", ",", "e5", "NaN", "nan", "inf", "-inf", "Infinity", "∞", "1e999", "-1e999",
            "N/A", "null", "abc", "12a", "0x10", "1_000", "1 000", "1,00", "12,34", "1234,567", ",123", "1,,000",
            "1,000,", "1.000,5", "1,000e,3", "1e1,000", "50万", "50(万)", "(1,000)", "￥5", "1.2.3", "--5", "5-", "%5",
            "5%%", "1/2", "一百", "−−3", "1,-00", "13月",
        ] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }
}
