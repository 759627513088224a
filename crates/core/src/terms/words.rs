//! The reading of words that registries write in many ways: simplified or traditional, with brackets and trimmings; the
//! words for nothing and for totals.

use super::text::{half_width, is_blank, is_invisible, normalise};

/// Characters of this module's word tables that have another form in traditional script, and that form's simplified one
/// at the same place in [`SIMPLIFIED`].
const TRADITIONAL: &str = "個傢價億冊別劃務區參員單嚴國執場實專對層屬幣庫弔強後態戶數時暫書會査業構標樣機檔檢況測準滿濟為無燈營\
    爲牽狀現產産異當發監確碼稅稱簡簽紅納級結絡統經綜綠綫維網緑線編縣總續聯與萬號製記設許註証評詳誌證識責\
    資賦質較轄農遷選還銷鋪錄録長門閉開間關隨險項預領頭額顏顔類風飛體黃點値";
const SIMPLIFIED: &str = "个家价亿册别划务区参员单严国执场实专对层属币库吊强后态户数时暂书会查业构标样机档检况测准满济为无灯营\
    为牵状现产产异当发监确码税称简签红纳级结络统经综绿线维网绿线编县总续联与万号制记设许注证评详志证识责\
    资赋质较辖农迁选还销铺录录长门闭开间关随险项预领头额颜颜类风飞体黄点值";

/// Words that stand where there is nothing, as [`letters`] gives them: `N/A` is `na`.
#[rustfmt::skip]
const MISSING: &[&str] = &[
    "null", "none", "nil", "nan", "nat", "na", "#na", "无", "無", "空", "空白", "暂无", "暫無", "未填", "未填写", "未填寫",
    "不适用", "不適用",
];

/// Words for a total of other rows, normalised, in lower case; Chinese ones without blanks.
#[rustfmt::skip]
const TOTALS: &[&str] = &[
    "合计", "总计", "小计", "共计", "累计", "总数", "本页小计", "本页合计", "以上合计", "合計", "總計", "小計", "共計", "累計", "總數",
    "本頁小計", "本頁合計", "以上合計", "total", "subtotal", "sub-total", "sub total", "grand total", "sum",
];

/// Units that may follow the number of a total.
const UNITS: &[&str] = &[
    "户", "戶", "家", "个", "個", "条", "條", "人", "名", "件", "项", "項", "笔", "次", "元", "万元", "行", "rows",
    "records",
];

/// Text made comparable: normalised, ASCII in lower case, traditional characters as simplified ones, each run of punctuation
/// and blanks as one blank, none at the ends.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in normalise(text).chars() {
        if c.is_alphanumeric() || is_telling(c) {
            folded.push(simplified(c).to_ascii_lowercase());
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Punctuation that changes what a word says: the plus of a finer scale, and what broken encodings leave.
fn is_telling(c: char) -> bool {
    matches!(c, '+' | '?' | '\u{FFFD}')
}

fn simplified(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    TRADITIONAL.chars().zip(SIMPLIFIED.chars()).find(|pair| pair.0 == c).map_or(c, |pair| pair.1)
}

/// Characters that say nothing by themselves, alone in a cell or around a word: blanks, invisible characters, dashes, slashes,
/// dots, brackets and quotation marks, half-width.
#[rustfmt::skip]
fn is_mark(c: char) -> bool {
    is_blank(c)
        || is_invisible(c)
        || matches!(
            c,
            '-' | '_' | '/' | '\\' | '|' | '.' | '\'' | '"' | '(' | ')' | '[' | ']' | '<' | '>' | '{' | '}' | '【' | '】'
                | '\u{2010}'..='\u{2015}' | '\u{2018}'..='\u{201F}' | '\u{2212}' | '\u{2500}' | '\u{2E3A}' | '\u{2E3B}'
        )
}

/// The characters of a text that are no marks, half-width and in lower case.
fn letters(text: &str) -> impl Iterator<Item = char> + Clone {
    text.chars().map(|c| half_width(c).to_ascii_lowercase()).filter(|&c| !is_mark(c))
}

/// True for a cell that holds nothing: blank, dashes and slashes (`-`, `——`, `/`), or a word that stands where there is nothing
/// (无, 空, 暂无, 未填写, 不适用, `N/A`, `null`, `NaN`, `NaT`, `<NA>` …), in any case and width, in brackets or not.
/// The first letter tells most other cells apart.
pub fn is_missing(text: &str) -> bool {
    let starts_a_word = |c: char| matches!(c, 'n' | 'N' | '#' | '无' | '無' | '空' | '暂' | '暫' | '未' | '不');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '\u{4E00}'..='\u{9FFF}');
    if text.chars().next().is_some_and(|c| is_plain(c) && !starts_a_word(c)) {
        return false;
    }
    let mut letters = letters(text);
    match letters.next() {
        None => true,
        Some(first) if starts_a_word(first) => {
            MISSING.iter().filter_map(|word| word.strip_prefix(first)).any(|rest| letters.clone().eq(rest.chars()))
        }
        Some(_) => false,
    }
}

/// The text of a cell that names a total of other rows: 合计, 合 计, 小计, 本页合计, total, sum …, alone or with a colon or a count
/// behind it (`合计：123户`, `合计（5）`, `Total 1,234`). `None` for other texts, names that begin so (合计食品有限公司) included.
pub fn total_word(text: &str) -> Option<&str> {
    let first = letters(text).next()?;
    if !TOTALS.iter().any(|word| word.starts_with(first)) {
        return None;
    }
    let mut cell = normalise(text).to_ascii_lowercase();
    if !first.is_ascii() {
        cell.retain(|c| c != ' ');
    }
    let cell = cell.trim_start_matches(is_mark);
    let rest = TOTALS.iter().find_map(|word| cell.strip_prefix(word))?;
    // SUM001 is an id.
    let is_number_joined = first.is_ascii() && rest.starts_with(|c: char| c.is_ascii_digit());
    (!is_number_joined && is_count(rest)).then(|| text.trim_matches(is_blank))
}

/// Nothing but punctuation, or a number with a unit or without, in brackets, behind a colon or neither.
fn is_count(text: &str) -> bool {
    let text = text.trim_matches([' ', ':', '=', '(', ')', '[', ']', '【', '】', '.', ',', '。', '¥', '￥']);
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '));
    unit.is_empty() || (unit.len() < text.len() && UNITS.contains(&unit))
}

/// Reads folded text that consists of words of `words` and `fillers` and of nothing else; at each place the longest one counts.
/// Several meanings become one by `merge`. `None` if there is no word, anything unknown, or a contradiction (`merge` gives `None`).
/// ASCII words are matched whole.
pub(super) fn read_words<T: Copy>(
    folded: &str,
    words: &[(T, &[&str])],
    fillers: &[&str],
    merge: impl Fn(T, T) -> Option<T>,
) -> Option<T> {
    let mut rest = folded;
    let mut meaning = None;
    while !rest.is_empty() {
        let filler = longest_start(rest, fillers);
        let readings = words.iter().map(|&(found, spellings)| (longest_start(rest, spellings), found));
        let length = match readings.max_by_key(|reading| reading.0) {
            Some((length, found)) if length > 0 && length >= filler => {
                meaning = Some(match meaning {
                    Some(before) => merge(before, found)?,
                    None => found,
                });
                length
            }
            _ if filler > 0 => filler,
            _ => return None,
        };
        rest = rest[length..].trim_start();
    }
    meaning
}

/// The meaning of a cell that is exactly one of the words as listed: the quick way for the usual cells.
pub(super) fn exact_word<T: Copy>(cell: &str, words: &[(T, &[&str])]) -> Option<T> {
    words.iter().find(|(_, spellings)| spellings.contains(&cell)).map(|(found, _)| *found)
}

/// Length in bytes of the longest of `spellings` that `text` starts with, 0 if there is none.
fn longest_start(text: &str, spellings: &[&str]) -> usize {
    let starts = spellings.iter().filter(|spelling| starts_with_word(text, spelling));
    starts.map(|spelling| spelling.len()).max().unwrap_or(0)
}

/// Several words in one cell must mean the same.
pub(super) fn same<T: PartialEq>(before: T, after: T) -> Option<T> {
    (before == after).then_some(before)
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '+';
    text.strip_prefix(word).is_some_and(|rest| !(word.ends_with(part_of_word) && rest.starts_with(part_of_word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_traditional_character_has_a_simplified_one() {
        assert_eq!(TRADITIONAL.chars().count(), SIMPLIFIED.chars().count());
        for (traditional, simplified) in TRADITIONAL.chars().zip(SIMPLIFIED.chars()) {
            assert_ne!(traditional, simplified);
            assert!(!SIMPLIFIED.contains(traditional), "{traditional}");
            assert_eq!(TRADITIONAL.chars().filter(|c| *c == traditional).count(), 1, "{traditional}");
        }
        assert_eq!(fold("註銷／吊銷，遷出"), "注销 吊销 迁出");
        assert_eq!(fold("《Red_Code》（*）"), "red code");
        assert_eq!(fold("——"), "");
        assert_eq!(fold("Ａ＋？"), "a+?");
    }

    #[test]
    #[rustfmt::skip]
    fn words_for_nothing_are_known_in_any_form() {
        for cell in [
            "", " ", "\u{3000}", "\u{200b}", "\u{2800}", "-", "--", "—", "——", "－", "/", "／", "\\", " / ", "'", "\"\"", "(-)",
            "无", "無", "（无）", "【无】", "空", "空白", "(空白)", "暂无", "暫無", "未填", "未填写", "不适用", "不 适 用", "nan",
            "NaN", "null", "NULL", "(null)", "None", "nil", "na", "N/A", "n/a", "Ｎ／Ａ", "#N/A", "NaT", "<NA>", "-NaN",
        ] {
            assert!(is_missing(cell), "{cell:?}");
        }
        for cell in [
            "0", "1", "n", "无锡", "无码", "空调", "未知", "未填报", "不", "不适用药品", "暂", "nano", "name", "#", "####", "#REF!",
            "*", "?", "√", "×", "★★★", "\u{FFFD}", "存续", "无无", "none or null", "-1", "否",
        ] {
            assert!(!is_missing(cell), "{cell:?}");
        }
        for word in MISSING {
            assert!(is_missing(word) && is_missing(&word.to_uppercase()), "{word}");
            assert!(letters(word).eq(word.chars()), "{word}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn totals_are_told_from_names_that_begin_like_them() {
        for cell in [
            "合计", " 合 计 ", "合　计", "總計", "小计：", "共计:", "合计：123户", "合计（5）", "合计 1,234 家", "总数=7", "累计5.5万元",
            "本页小计", "以上合计", "【合计】", "Total", "TOTAL:", "Ｔｏｔａｌ", "sub-total", "Subtotal: 12", "Grand  total (3)", "sum",
            "sum 41", "合计：￥12.50",
        ] {
            assert_eq!(total_word(cell), Some(cell.trim()), "{cell}");
        }
        for cell in [
            "", "-", "5", "合", "合计食品有限公司", "总计数器厂", "小计划科技", "合计户", "总数据中心", "summer", "SUM001", "sum-001",
            "Total SA", "Totals", "合计5G", "企业合计", "91350100M000100Y43",
        ] {
            assert_eq!(total_word(cell), None, "{cell}");
        }
        for word in TOTALS {
            assert_eq!(total_word(word), Some(*word));
        }
    }

    #[test]
    fn words_are_read_longest_first_and_whole() {
        let words = [(1, ["红"].as_slice()), (2, &["红绿"]), (3, &["low"])];
        let same = |a, b| (a == b).then_some(a);
        assert_eq!(read_words("红码", &words, &["码"], same), Some(1));
        assert_eq!(read_words("红绿码", &words, &["码"], same), Some(2));
        assert_eq!(read_words("红 红", &words, &[], same), Some(1));
        assert_eq!(read_words("红low", &words, &[], same), None);
        assert_eq!(read_words("low码", &words, &["码"], same), Some(3));
        assert_eq!(read_words("lower", &words, &["er"], same), None);
        assert_eq!(read_words("码", &words, &["码"], same), None);
        assert_eq!(read_words("", &words, &["码"], same), None);
    }
}
