//! Colour code (红黄绿码).

use super::words::{exact_word, fold, is_missing, read_words, same};

/// Colour code of an entity (三色码).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Color {
    /// Inspected when triggered by a complaint or a referral.
    Green,
    /// Inspected with a raised probability.
    Yellow,
    /// Everyone is inspected.
    Red,
    /// No code.
    None,
}

/// Words for the colours, folded.
#[rustfmt::skip]
const WORDS: &[(Color, &[&str])] = &[
    (Color::Green, &["green", "绿", "绿码"]),
    (Color::Yellow, &["yellow", "黄", "黄码"]),
    (Color::Red, &["red", "红", "红码"]),
    (Color::None, &[
        "none", "无", "未", "未生成", "未评", "未分类", "未知", "暂无", "暂未", "尚未", "no", "uncoded", "unknown",
    ]),
];

/// Words that may stand beside a colour and change nothing.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "码", "色", "颜色", "标", "灯", "牌", "级", "类", "企业", "主体", "信用", "健康", "赋", "赋码", "有", "code",
    "color", "colour",
];

impl Color {
    /// All colours in the order of their codes.
    pub const ALL: [Color; 4] = [Color::Green, Color::Yellow, Color::Red, Color::None];

    /// The word in files and plans.
    pub fn name(self) -> &'static str {
        match self {
            Color::Green => "green",
            Color::Yellow => "yellow",
            Color::Red => "red",
            Color::None => "none",
        }
    }

    /// The word that people read in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Color::Green => "绿码",
            Color::Yellow => "黄码",
            Color::Red => "红码",
            Color::None => "未赋码",
        }
    }

    /// Reads a colour: `红码`, `黄`, `綠色`, `Green code`, `未赋码`. A cell without a word (see
    /// [`is_missing`](super::is_missing)) is [`Color::None`]. `None` for other words and colours (`蓝码`, `红/黄`): the caller names them.
    pub fn from_word(word: &str) -> Option<Self> {
        exact_word(word, WORDS).or_else(|| {
            if is_missing(word) { Some(Color::None) } else { read_words(&fold(word), WORDS, FILLERS, same) }
        })
    }
}

super::coded::coded!(Color);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_codes_and_chinese_words_come_back() {
        for (code, color) in Color::ALL.into_iter().enumerate() {
            assert_eq!((usize::from(color.code()), Color::from_code(color.code())), (code, Some(color)));
            for word in [color.name(), &color.name().to_uppercase(), &color.name().to_lowercase(), color.chinese()] {
                assert_eq!(Color::from_word(word), Some(color), "{word}");
            }
            assert_eq!(format!("{color:>8}"), format!("{:>8}", color.name()));
        }
        assert_eq!(Color::from_code(4), None);
        assert_eq!(Color::from_code(255), None);
    }

    #[test]
    fn every_listed_word_is_read_as_listed() {
        for (color, words) in WORDS {
            for word in *words {
                assert_eq!(Color::from_word(word), Some(*color), "{word}");
                assert_eq!(Color::from_word(&format!("　{word}\t")), Some(*color), "{word}");
                assert_eq!(fold(word), *word);
            }
        }
    }

    #[test]
    #[rustfmt::skip]
    fn colors_are_written_in_many_ways() {
        for (word, color) in [
            ("绿", Color::Green),
            ("綠碼", Color::Green),
            ("绿色", Color::Green),
            ("绿码企业", Color::Green),
            ("GREEN", Color::Green),
            ("黃碼", Color::Yellow),
            ("黄色码", Color::Yellow),
            ("Yellow code", Color::Yellow),
            ("紅碼", Color::Red),
            ("红牌", Color::Red),
            ("红色（红码）", Color::Red),
            ("", Color::None),
            ("-", Color::None),
            ("无", Color::None),
            ("無碼", Color::None),
            ("未赋码", Color::None),
            ("暂未赋码", Color::None),
            ("no code", Color::None),
            ("N/A", Color::None),
        ] {
            assert_eq!(Color::from_word(word), Some(color), "{word}");
        }
        for word in [
            "蓝", "蓝码", "橙码", "灰码", "红/黄", "红黄绿", "reddish", "r", "码", "1", "非红", "不红", "●", "√",
        ] {
            assert_eq!(Color::from_word(word), None, "{word}");
        }
    }
}
