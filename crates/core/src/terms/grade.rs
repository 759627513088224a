//! Credit risk grade (信用风险分类).

use super::text::normalise;
use super::words::{fold, is_missing, read_words, same};

/// Credit risk grade of an entity, A low to D high risk (企业信用风险分类, State Administration for Market Regulation 2022).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Grade {
    /// 信用风险低.
    A,
    /// 信用风险一般.
    B,
    /// 信用风险较高.
    C,
    /// 信用风险高.
    D,
    /// Not graded yet; a grade like the others, with its own weight and share.
    Unrated,
}

/// Words for the grades, folded. 一般 is the second of four steps of risk. 中 (low, middle, high) is not here: in systems of
/// three, four and five steps it means B or C, and a draw must not guess. Nor are words of credit rather than risk (优 良 中 差).
#[rustfmt::skip]
const WORDS: &[(Grade, &[&str])] = &[
    (Grade::A, &["a", "低", "守信", "low"]),
    (Grade::B, &["b", "中低", "一般", "警示", "general"]),
    (Grade::C, &["c", "中高", "较高", "失信", "elevated", "relatively high"]),
    (Grade::D, &["d", "高", "严重失信", "high"]),
    (Grade::Unrated, &[
        "unrated", "未评", "未评级", "未评定", "未评价", "未评估", "未分类", "未分级", "未定级", "未划分",
        "未划分等级", "未参评", "未纳入", "未纳入评价", "无等级", "无评级", "无分类", "待评", "待评级", "待评定",
        "待分类", "待定", "未知", "不详", "not rated", "not graded", "ungraded", "unclassified", "unknown",
    ]),
];

/// Parts of the words that are steps of risk only beside 风险 or "risk": 信用高 is the contrary of 风险高, and 高 alone may be either.
const STEPS: &[&str] = &["低", "一般", "高", "low", "general", "elevated", "high"];

/// Words that may stand beside a grade and change nothing.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "企业", "主体", "对象", "信用", "风险", "信用风险", "等级", "级", "级别", "类", "类别", "类型", "等", "档", "型",
    "评级", "分类", "暂", "尚", "还", "的", "为", "grade", "class", "level", "category", "rating", "risk", "credit",
];

impl Grade {
    /// All grades in the order of their codes.
    pub const ALL: [Grade; 5] = [Grade::A, Grade::B, Grade::C, Grade::D, Grade::Unrated];

    /// The word in files and plans.
    pub fn name(self) -> &'static str {
        match self {
            Grade::A => "A",
            Grade::B => "B",
            Grade::C => "C",
            Grade::D => "D",
            Grade::Unrated => "unrated",
        }
    }

    /// The word that people read in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Grade::A => "A类",
            Grade::B => "B类",
            Grade::C => "C类",
            Grade::D => "D类",
            Grade::Unrated => "未评",
        }
    }

    /// Reads a grade: `A`, `a级`, `Ｂ类企业`, `信用风险较高（C类）`, `高风险`, `未划分等级`. A cell without a word (see
    /// [`is_missing`](super::is_missing)) is [`Grade::Unrated`].
    /// `None` for words that are not known, have no one place among the four grades (`中风险`, `AA`, `A+`, `A-`, `M级`), do not
    /// say what is high or low (`高`; a caller who knows that a column is about risk may put `风险` before it) or contradict each
    /// other (`A/B`): the caller names them.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "A" | "A类" | "A级" => return Some(Grade::A),
            "B" | "B类" | "B级" => return Some(Grade::B),
            "C" | "C类" | "C级" => return Some(Grade::C),
            "D" | "D类" | "D级" => return Some(Grade::D),
            "" => return Some(Grade::Unrated),
            _ => {}
        }
        if is_missing(word) {
            return Some(Grade::Unrated);
        }
        let folded = fold(word);
        let speaks_of_risk = folded.contains("风险") || folded.contains("risk");
        let is_step = STEPS.iter().any(|step| folded.contains(step));
        // A minus is a finer scale.
        if (is_step && !speaks_of_risk) || normalise(word).ends_with('-') {
            return None;
        }
        read_words(&folded, WORDS, FILLERS, same)
    }
}

super::coded::coded!(Grade);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_codes_and_chinese_words_come_back() {
        for (code, grade) in Grade::ALL.into_iter().enumerate() {
            assert_eq!((usize::from(grade.code()), Grade::from_code(grade.code())), (code, Some(grade)));
            for word in [grade.name(), &grade.name().to_uppercase(), &grade.name().to_lowercase(), grade.chinese()] {
                assert_eq!(Grade::from_word(word), Some(grade), "{word}");
            }
            assert_eq!(format!("{grade:>8}"), format!("{:>8}", grade.name()));
        }
        assert_eq!(Grade::from_code(5), None);
        assert_eq!(Grade::from_code(255), None);
    }

    #[test]
    fn every_listed_word_is_read_as_listed() {
        for (grade, words) in WORDS {
            for word in *words {
                assert_eq!(Grade::from_word(&format!("风险 {word}")), Some(*grade), "{word}");
                assert_eq!(Grade::from_word(&format!("　{word} risk\t")), Some(*grade), "{word}");
                assert_eq!(fold(word), *word);
            }
        }
    }

    #[test]
    fn grades_are_written_in_many_ways() {
        for (word, grade) in [
            ("A级", Grade::A),
            ("a类", Grade::A),
            ("Ａ", Grade::A),
            (" A 类 企业", Grade::A),
            ("Grade A", Grade::A),
            ("Class: B", Grade::B),
            ("A（信用风险低）", Grade::A),
            ("信用风险低（A类）", Grade::A),
            ("低风险", Grade::A),
            ("low-risk", Grade::A),
            ("信用风险一般", Grade::B),
            ("一般风险", Grade::B),
            ("B等", Grade::B),
            ("信用风险較高(C類)", Grade::C),
            ("较高风险", Grade::C),
            ("失信企业", Grade::C),
            ("D-高风险", Grade::D),
            ("严重失信", Grade::D),
            ("嚴重失信", Grade::D),
            ("High Risk", Grade::D),
            ("", Grade::Unrated),
            ("　", Grade::Unrated),
            ("无", Grade::Unrated),
            ("-", Grade::Unrated),
            ("/", Grade::Unrated),
            ("N/A", Grade::Unrated),
            ("NaN", Grade::Unrated),
            ("null", Grade::Unrated),
            ("未评", Grade::Unrated),
            ("暂未评级", Grade::Unrated),
            ("尚未划分等级", Grade::Unrated),
            ("未分類", Grade::Unrated),
            ("Not rated", Grade::Unrated),
        ] {
            assert_eq!(Grade::from_word(word), Some(grade), "{word}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn grades_without_one_meaning_are_refused() {
        for word in [
            "中", "中风险", "中等", "medium", "E", "E级", "AA", "AAA", "A+", "A-", "A－", "M级", "A/B", "A类高风险",
            "信用一般", "信用高", "信用等级低", "低", "高", "一般", "high", "low credit", "优", "差", "1", "1级", "风险",
            "等级", "grade", "Risk 1 (High)", "1.0E+17", "13月", "abc", "较低", "无风险", "非A", "?A是", "★★★",
        ] {
            assert_eq!(Grade::from_word(word), None, "{word}");
        }
    }
}
