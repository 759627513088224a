//! The reading of words that registries write in many ways: simplified or traditional, with brackets and trimmings.

use super::text::normalise;

/// Characters of this module's word tables that have another form in traditional script, and that form's simplified one
/// at the same place in [`SIMPLIFIED`].
const TRADITIONAL: &str = "個傢價億冊別劃務區參員單嚴國執場實專對層屬幣庫弔強後態戶數時暫書會査業構標樣機檔檢況測準滿濟為無燈營\
    爲牽狀現產産異當發監確碼稅稱簡簽紅納級結絡統經綜綠綫維網緑線編縣總續聯與萬號製記設許註証評詳誌證識責\
    資賦質較轄農遷選還銷鋪錄録長門閉開間關隨險項預領頭額顏顔類風飛體黃點値";
const SIMPLIFIED: &str = "个家价亿册别划务区参员单严国执场实专对层属币库吊强后态户数时暂书会查业构标样机档检况测准满济为无灯营\
    为牵状现产产异当发监确码税称简签红纳级结络统经综绿线维网绿线编县总续联与万号制记设许注证评详志证识责\
    资赋质较辖农迁选还销铺录录长门闭开间关随险项预领头额颜颜类风飞体黄点值";

/// Folded texts that stand for an empty cell (`N/A` is folded to `n a`, dashes and slashes to nothing).
#[rustfmt::skip]
const MISSING: &[&str] = &[
    "", "null", "none", "nil", "nan", "na", "n a", "无", "空", "空白", "暂无", "未填", "未填写", "不适用",
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

/// True for folded text that stands for an empty cell.
pub(super) fn is_missing(folded: &str) -> bool {
    MISSING.contains(&folded)
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
