//! Outcome of an inspection (检查结果).

use super::word_set::word_set;
use super::words::fold;

/// Outcome of an inspection; several may hold at once.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// 未发现问题.
    NoProblem,
    /// 发现问题已责令改正.
    ToldToCorrect,
    /// 未开展本次抽查涉及的经营活动.
    NotOperating,
    /// 已关闭停业或正在组织清算.
    Closed,
    /// 不配合检查情节严重.
    Refused,
    /// 通过登记的住所(经营场所)无法联系.
    Unreachable,
    /// 未按规定公示.
    NotDisclosed,
    /// 公示信息隐瞒真实情况、弄虚作假.
    FalseDisclosure,
    /// 迁移.
    MovedAway,
    /// 注销.
    Deregistered,
    /// 发现问题待后续处理.
    Pending,
    /// 其他.
    Other,
}

/// Further words, folded; the number is the platform's option.
#[rustfmt::skip]
const WORDS: &[(Outcome, &[&str])] = &[
    (Outcome::NoProblem, &["1", "正常", "合格", "符合", "无问题", "未见异常", "pass", "passed", "ok", "no problem",
        "pass w conditions", "pass with conditions",
    ]),
    (Outcome::ToldToCorrect, &[
        "2", "责令改正", "已责令改正", "责令整改", "限期整改", "发现问题", "不合格", "不符合", "发现问题已责令整改", "fail", "failed",
    ]),
    (Outcome::NotOperating, &["3", "未开展经营活动", "未开展相关经营活动", "未开展经营", "未经营", "not operating"]),
    (Outcome::Closed, &["4", "停业", "停业或清算", "已关闭停业", "关闭停业", "正在组织清算", "out of business", "closed"]),
    (Outcome::Refused, &["5", "不配合检查", "拒绝检查", "不配合", "refused"]),
    (Outcome::Unreachable, &[
        "6", "无法联系", "查无下落", "通过登记的住所无法联系", "通过登记的住所或者经营场所无法联系", "通过登记的住所或经营场所无法联系",
        "通过登记住所查无下落", "business not located", "not located", "no entry", "unreachable",
    ]),
    (Outcome::NotDisclosed, &["7", "未按规定公示信息", "未按规定公示年度报告", "未按规定公示年报"]),
    (Outcome::FalseDisclosure, &["8", "弄虚作假", "公示信息虚假", "隐瞒真实情况"]),
    (Outcome::MovedAway, &["9", "迁出", "已迁出", "已迁移", "迁移或注销", "moved"]),
    (Outcome::Deregistered, &["10", "已注销", "deregistered"]),
    (Outcome::Pending, &["11", "待后续处理", "发现问题待处理", "pending"]),
    (Outcome::Other, &["12", "其它", "other"]),
];

impl Outcome {
    /// All outcomes in the order of their codes.
    pub const ALL: [Outcome; 12] = [
        Outcome::NoProblem,
        Outcome::ToldToCorrect,
        Outcome::NotOperating,
        Outcome::Closed,
        Outcome::Refused,
        Outcome::Unreachable,
        Outcome::NotDisclosed,
        Outcome::FalseDisclosure,
        Outcome::MovedAway,
        Outcome::Deregistered,
        Outcome::Pending,
        Outcome::Other,
    ];

    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::NoProblem => "no-problem",
            Outcome::ToldToCorrect => "told-to-correct",
            Outcome::NotOperating => "not-operating",
            Outcome::Closed => "closed",
            Outcome::Refused => "refused",
            Outcome::Unreachable => "unreachable",
            Outcome::NotDisclosed => "not-disclosed",
            Outcome::FalseDisclosure => "false-disclosure",
            Outcome::MovedAway => "moved-away",
            Outcome::Deregistered => "deregistered",
            Outcome::Pending => "pending",
            Outcome::Other => "other",
        }
    }

    /// The official words.
    pub fn chinese(self) -> &'static str {
        match self {
            Outcome::NoProblem => "未发现问题",
            Outcome::ToldToCorrect => "发现问题已责令改正",
            Outcome::NotOperating => "未开展本次抽查涉及的经营活动",
            Outcome::Closed => "已关闭停业或正在组织清算",
            Outcome::Refused => "不配合检查情节严重",
            Outcome::Unreachable => "通过登记的住所(经营场所)无法联系",
            Outcome::NotDisclosed => "未按规定公示",
            Outcome::FalseDisclosure => "公示信息隐瞒真实情况、弄虚作假",
            Outcome::MovedAway => "迁移",
            Outcome::Deregistered => "注销",
            Outcome::Pending => "发现问题待后续处理",
            Outcome::Other => "其他",
        }
    }

    /// Reads an outcome: the official words, short forms, or the number of the platform's option. `None` for other words.
    pub fn from_word(word: &str) -> Option<Self> {
        let key = fold(word);
        let official = Self::ALL.into_iter().find(|one| fold(one.chinese()) == key || fold(one.name()) == key);
        official.or_else(|| WORDS.iter().find(|(_, words)| words.contains(&&*key)).map(|(one, _)| *one))
    }

    /// Whether the entity was not met, so that nothing could be found.
    pub fn is_not_met(self) -> bool {
        matches!(
            self,
            Outcome::NotOperating | Outcome::Closed | Outcome::Unreachable | Outcome::MovedAway | Outcome::Deregistered
        )
    }

    /// Whether it is a problem.
    pub fn is_problem(self) -> bool {
        self != Outcome::NoProblem && !self.is_not_met()
    }
}

super::coded::coded!(Outcome);

word_set! {
    /// The outcomes of an inspection.
    Outcomes of Outcome,
    /// Reads the outcomes of a cell, several separated by `;`, `,`, `、`, `/` or a line break.
    ///
    /// # Errors
    /// The piece that is not known.
    read_outcomes
}

impl Outcomes {
    /// Whether at least one of them is a problem.
    pub fn has_problem(self) -> bool {
        self.iter().any(Outcome::is_problem)
    }

    /// Whether the entity was not met: there are outcomes, and all of them say so.
    pub fn is_not_met(self) -> bool {
        !self.is_empty() && self.iter().all(Outcome::is_not_met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_means_one_outcome() {
        let mut seen = std::collections::BTreeSet::new();
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_word(outcome.chinese()), Some(outcome));
            assert_eq!(Outcome::from_word(outcome.name()), Some(outcome));
            assert!(!(outcome.is_problem() && outcome.is_not_met()));
        }
        for (outcome, words) in WORDS {
            for word in *words {
                assert_eq!(Outcome::from_word(word), Some(*outcome), "{word}");
                assert!(seen.insert(word), "{word} twice");
            }
        }
    }

    #[test]
    fn several_outcomes_stand_in_one_cell() {
        let set = |outcomes: &[Outcome]| outcomes.iter().fold(Outcomes::EMPTY, |set, &outcome| set.with(outcome));
        assert_eq!(read_outcomes("1,3"), Ok(set(&[Outcome::NoProblem, Outcome::NotOperating])));
        assert_eq!(read_outcomes("责令改正；无法联系"), Ok(set(&[Outcome::ToldToCorrect, Outcome::Unreachable])));
        assert_eq!(read_outcomes("公示信息隐瞒真实情况、弄虚作假"), Ok(set(&[Outcome::FalseDisclosure])));
        assert_eq!(
            read_outcomes("公示信息隐瞒真实情况、弄虚作假;注销"),
            Ok(set(&[Outcome::FalseDisclosure, Outcome::Deregistered]))
        );
        assert_eq!(
            read_outcomes("公示信息隐瞒真实情况、弄虚作假,注销"),
            Ok(set(&[Outcome::FalseDisclosure, Outcome::Deregistered]))
        );
        assert_eq!(read_outcomes("Pass w/ Conditions"), Ok(set(&[Outcome::NoProblem])));
        assert_eq!(
            read_outcomes("Pass w/ Conditions, Business Not Located"),
            Ok(set(&[Outcome::NoProblem, Outcome::Unreachable]))
        );
        assert_eq!(read_outcomes("责令改正;不知道"), Err("不知道".to_owned()));
        assert_eq!(read_outcomes("13"), Err("13".to_owned()));
        assert!(read_outcomes("1,2").expect("words").has_problem());
        assert!(read_outcomes("停业、注销").expect("words").is_not_met());
        assert!(!read_outcomes("1,10").expect("words").is_not_met());
        assert!(!Outcomes::EMPTY.is_not_met());
    }
}
