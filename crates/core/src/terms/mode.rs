//! Inspection mode, which follows from the grade.

use super::grade::Grade;
use super::words::{fold, read_words, same};

/// Inspection mode of a drawn entity; follows from its grade, see [`Mode::of`].
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mode {
    /// 线上监管: looked at from afar.
    Online,
    /// 飞行监管: unannounced, all items or some.
    Flying,
    /// 提级监管: closer, by a higher level.
    Raised,
    /// 线下联合监管: on the spot by several departments, then graded.
    Offline,
}

/// Words for the modes, folded.
#[rustfmt::skip]
const WORDS: &[(Mode, &[&str])] = &[
    (Mode::Online, &["online", "线上", "网上", "网络", "非现场", "remote"]),
    (Mode::Flying, &["flying", "飞行", "飞检", "unannounced"]),
    (Mode::Raised, &["raised", "提级"]),
    (Mode::Offline, &["offline", "线下", "on site"]),
];

/// Words that may stand beside a mode and change nothing.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "监管", "检查", "联合", "监测", "方式", "抽查", "inspection", "supervision",
];

impl Mode {
    /// All modes in the order of their codes.
    pub const ALL: [Mode; 4] = [Mode::Online, Mode::Flying, Mode::Raised, Mode::Offline];

    /// The mode in which entities of a grade are inspected: A online, B flying, C and D raised, unrated offline.
    pub fn of(grade: Grade) -> Self {
        match grade {
            Grade::A => Mode::Online,
            Grade::B => Mode::Flying,
            Grade::C | Grade::D => Mode::Raised,
            Grade::Unrated => Mode::Offline,
        }
    }

    /// The word in files and plans.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Online => "online",
            Mode::Flying => "flying",
            Mode::Raised => "raised",
            Mode::Offline => "offline",
        }
    }

    /// The word that people read in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Mode::Online => "线上监管",
            Mode::Flying => "飞行监管",
            Mode::Raised => "提级监管",
            Mode::Offline => "线下联合监管",
        }
    }

    /// Reads a mode: `飞行检查`, `线上`, `offline`. `None` for other words and for an empty cell.
    pub fn from_word(word: &str) -> Option<Self> {
        read_words(&fold(word), WORDS, FILLERS, same)
    }
}

super::coded::coded!(Mode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_codes_and_chinese_words_come_back() {
        for (code, mode) in Mode::ALL.into_iter().enumerate() {
            assert_eq!((usize::from(mode.code()), Mode::from_code(mode.code())), (code, Some(mode)));
            for word in [mode.name(), &mode.name().to_uppercase(), &mode.name().to_lowercase(), mode.chinese()] {
                assert_eq!(Mode::from_word(word), Some(mode), "{word}");
            }
            assert_eq!(format!("{mode:>8}"), format!("{:>8}", mode.name()));
        }
        assert_eq!(Mode::from_code(4), None);
        assert_eq!(Mode::from_code(255), None);
    }

    #[test]
    fn every_listed_word_is_read_as_listed() {
        for (mode, words) in WORDS {
            for word in *words {
                assert_eq!(Mode::from_word(word), Some(*mode), "{word}");
                assert_eq!(Mode::from_word(&format!("　{word}\t")), Some(*mode), "{word}");
                assert_eq!(fold(word), *word);
            }
        }
    }

    #[test]
    fn the_mode_follows_the_grade() {
        let modes: Vec<&str> = Grade::ALL.into_iter().map(|grade| Mode::of(grade).name()).collect();
        assert_eq!(modes, ["online", "flying", "raised", "raised", "offline"]);
        assert_eq!(Mode::from_word("飞行检查"), Some(Mode::Flying));
        assert_eq!(Mode::from_word("線上監管"), Some(Mode::Online));
        for word in ["", "检查", "线上线下", "sailing"] {
            assert_eq!(Mode::from_word(word), None, "{word}");
        }
    }
}
