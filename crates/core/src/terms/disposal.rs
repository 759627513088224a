//! What follows an inspection (后续处置措施).

use super::word_set::word_set;
use super::words::fold;

/// A disposal; several may hold at once.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Disposal {
    /// 无需后续处置.
    NoneNeeded,
    /// 责令改正.
    ToldToCorrect,
    /// 批评教育.
    Educated,
    /// 不予处罚.
    NotPunished,
    /// 行政处罚立案.
    CaseFiled,
    /// 案件线索移送.
    Referred,
    /// 抄告相关部门.
    Notified,
    /// 列入经营异常名录.
    AbnormalList,
    /// 列入严重违法失信名单.
    SeriousList,
    /// 二次核查.
    SecondCheck,
    /// 其他.
    Other,
}

/// Further words, folded; the number is the platform's option.
#[rustfmt::skip]
const WORDS: &[(Disposal, &[&str])] = &[
    (Disposal::NoneNeeded, &["1", "无需处置", "无需处理", "false", "no", "否", "未处置"]),
    (Disposal::ToldToCorrect, &["2", "责令整改", "限期改正", "限期整改"]),
    (Disposal::Educated, &["3", "教育", "批评", "约谈"]),
    (Disposal::NotPunished, &["4", "免予处罚", "免罚"]),
    (Disposal::CaseFiled, &["5", "立案", "立案查处", "行政处罚", "处罚"]),
    (Disposal::Referred, &["6", "移送", "线索移送", "案件移送", "移交"]),
    (Disposal::Notified, &["7", "抄告", "通报"]),
    (Disposal::AbnormalList, &["8", "列异", "列入异常名录", "列入异常"]),
    (Disposal::SeriousList, &["9", "列入严重违法失信", "列严"]),
    (Disposal::SecondCheck, &["10", "二次检查", "复查", "回头看"]),
    (Disposal::Other, &["11", "其它", "true", "yes", "是", "已处置"]),
];

impl Disposal {
    /// All disposals in the order of their codes.
    pub const ALL: [Disposal; 11] = [
        Disposal::NoneNeeded,
        Disposal::ToldToCorrect,
        Disposal::Educated,
        Disposal::NotPunished,
        Disposal::CaseFiled,
        Disposal::Referred,
        Disposal::Notified,
        Disposal::AbnormalList,
        Disposal::SeriousList,
        Disposal::SecondCheck,
        Disposal::Other,
    ];

    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Disposal::NoneNeeded => "none-needed",
            Disposal::ToldToCorrect => "told-to-correct",
            Disposal::Educated => "educated",
            Disposal::NotPunished => "not-punished",
            Disposal::CaseFiled => "case-filed",
            Disposal::Referred => "referred",
            Disposal::Notified => "notified",
            Disposal::AbnormalList => "abnormal-list",
            Disposal::SeriousList => "serious-list",
            Disposal::SecondCheck => "second-check",
            Disposal::Other => "other",
        }
    }

    /// The official words.
    pub fn chinese(self) -> &'static str {
        match self {
            Disposal::NoneNeeded => "无需后续处置",
            Disposal::ToldToCorrect => "责令改正",
            Disposal::Educated => "批评教育",
            Disposal::NotPunished => "不予处罚",
            Disposal::CaseFiled => "行政处罚立案",
            Disposal::Referred => "案件线索移送",
            Disposal::Notified => "抄告相关部门",
            Disposal::AbnormalList => "列入经营异常名录",
            Disposal::SeriousList => "列入严重违法失信名单",
            Disposal::SecondCheck => "二次核查",
            Disposal::Other => "其他",
        }
    }

    /// Reads a disposal: the official words, short forms, or the number of the platform's option. Of a column that says only
    /// whether there was one, yes is [`Disposal::Other`] and no is [`Disposal::NoneNeeded`].
    pub fn from_word(word: &str) -> Option<Self> {
        let key = fold(word);
        let official = Self::ALL.into_iter().find(|one| fold(one.chinese()) == key || fold(one.name()) == key);
        official.or_else(|| WORDS.iter().find(|(_, words)| words.contains(&&*key)).map(|(one, _)| *one))
    }
}

super::coded::coded!(Disposal);

word_set! {
    /// The disposals of an inspection.
    Disposals of Disposal,
    /// Reads the disposals of a cell, several separated by `;`, `,`, `、`, `/` or a line break.
    ///
    /// # Errors
    /// The piece that is not known.
    read_disposals
}

impl Disposals {
    /// Whether something was done.
    pub fn is_disposed(self) -> bool {
        self.iter().any(|disposal| disposal != Disposal::NoneNeeded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_means_one_disposal() {
        let mut seen = std::collections::BTreeSet::new();
        for disposal in Disposal::ALL {
            assert_eq!(Disposal::from_word(disposal.chinese()), Some(disposal));
            assert_eq!(Disposal::from_word(disposal.name()), Some(disposal));
        }
        for (disposal, words) in WORDS {
            for word in *words {
                assert_eq!(Disposal::from_word(word), Some(*disposal), "{word}");
                assert!(seen.insert(word), "{word} twice");
            }
        }
    }

    #[test]
    fn nothing_needed_is_nothing_done() {
        assert!(!read_disposals("无需后续处置").expect("a word").is_disposed());
        assert!(!Disposals::EMPTY.is_disposed());
        assert!(read_disposals("责令改正;移送").expect("words").is_disposed());
        assert_eq!(read_disposals("罚酒三杯"), Err("罚酒三杯".to_owned()));
    }
}
