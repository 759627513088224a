//! Whether an entity still trades: the registration status (登记状态).

use super::words::{exact_word, fold, is_missing, read_words};

/// Registration status of an entity. Only [`Status::Live`] entities are drawn unless a plan says otherwise.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// 存续, 在业, 开业, 在营, 正常: registered and trading.
    Live,
    /// 吊销: licence revoked as a penalty, not yet deregistered; also 责令关闭 (ordered to close) and 除名 (struck off).
    Revoked,
    /// 注销: deregistered, the entity is gone; also 吊销后注销 (revoked, then deregistered).
    Deregistered,
    /// 撤销: the registration itself was annulled.
    Cancelled,
    /// 迁出: moved to another registering authority.
    MovedOut,
    /// 停业, 歇业: business suspended.
    Suspended,
    /// 清算: being wound up, bankruptcy included.
    Liquidating,
    /// No status, or one that says nothing (未知, 其他). An unknown word is treated like it, with a warning.
    Unknown,
}

/// Words for the statuses, folded; the most frequent first.
#[rustfmt::skip]
const WORDS: &[(Status, &[&str])] = &[
    (Status::Live, &[
        "live", "存续", "在业", "开业", "在营", "正常", "在册", "在营(开业)企业", "在营（开业）企业",
        "存续(在营、开业、在册)", "存续（在营、开业、在册）", "营业", "经营", "存续中", "经营中", "营业中", "在营业",
        "在经营", "有效", "确立", "成立", "设立", "核准设立", "迁入", "仍注册", "active", "in business",
        "in operation", "operating", "existing", "registered", "normal", "open",
    ]),
    (Status::Deregistered, &[
        "注销", "deregistered", "吊销,已注销", "吊销，已注销", "注吊销", "吊销后注销", "de registered", "dissolved",
    ]),
    (Status::Revoked, &[
        "吊销", "revoked", "吊销,未注销", "吊销，未注销", "责令关闭", "除名", "license revoked", "licence revoked",
        "struck off",
    ]),
    (Status::Cancelled, &["撤销", "cancelled", "canceled", "annulled"]),
    (Status::MovedOut, &[
        "moved out", "迁出", "迁往外省", "迁往外地", "迁往市外", "迁往省外", "迁往异地", "迁往外省市", "relocated",
    ]),
    (Status::Suspended, &[
        "停业", "歇业", "停产", "停业中", "歇业中", "停止营业", "停止经营", "暂停营业", "暂停经营", "休眠",
        "suspended", "dormant",
    ]),
    (Status::Liquidating, &["清算", "清算中", "正在清算", "破产", "liquidating", "in liquidation", "bankrupt"]),
    (Status::Unknown, &["unknown", "未知", "不详", "其他", "其它", "other"]),
];

/// Words that may stand beside a status and change nothing.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "已", "被", "已被", "依法", "未注销", "但未注销", "尚未注销", "企业", "主体", "单位", "公司", "登记", "注册",
    "状态", "市场主体", "经营主体", "个体户", "个体工商户", "市外", "省外", "区外", "营业执照", "执照",
    "简易", "强制", "普通", "一般", "设立登记", "的",
];

impl Status {
    /// All statuses in the order of their codes.
    pub const ALL: [Status; 8] = [
        Status::Live,
        Status::Revoked,
        Status::Deregistered,
        Status::Cancelled,
        Status::MovedOut,
        Status::Suspended,
        Status::Liquidating,
        Status::Unknown,
    ];

    /// The word in files and plans.
    pub fn name(self) -> &'static str {
        match self {
            Status::Live => "live",
            Status::Revoked => "revoked",
            Status::Deregistered => "deregistered",
            Status::Cancelled => "cancelled",
            Status::MovedOut => "moved_out",
            Status::Suspended => "suspended",
            Status::Liquidating => "liquidating",
            Status::Unknown => "unknown",
        }
    }

    /// The word that people read in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Status::Live => "存续",
            Status::Revoked => "吊销",
            Status::Deregistered => "注销",
            Status::Cancelled => "撤销",
            Status::MovedOut => "迁出",
            Status::Suspended => "停业",
            Status::Liquidating => "清算",
            Status::Unknown => "未知",
        }
    }

    /// Reads a status as registers write it, in simplified or traditional Chinese or English: `存续（在营、开业、在册）`,
    /// `吊销，未注销`, `已註銷`, `moved out`. A cell without a word (see [`is_missing`](super::is_missing)) is
    /// [`Status::Unknown`]. `None` for words that are not known or contradict each other (`开业/停业`): the caller names them in a warning.
    ///
    /// Words that the list holds as written take well under a microsecond, others about one: keep answers of repeated words.
    pub fn from_word(word: &str) -> Option<Self> {
        exact_word(word, WORDS).or_else(|| {
            if is_missing(word) { Some(Status::Unknown) } else { read_words(&fold(word), WORDS, FILLERS, merge) }
        })
    }
}

super::coded::coded!(Status);

/// Two words in one cell: the same, or one that follows from the other (revoked, then deregistered; suspended for winding up).
fn merge(before: Status, after: Status) -> Option<Status> {
    match (before, after) {
        _ if before == after => Some(before),
        (Status::Revoked, Status::Deregistered) | (Status::Deregistered, Status::Revoked) => Some(Status::Deregistered),
        (Status::Suspended, Status::Liquidating) | (Status::Liquidating, Status::Suspended) => {
            Some(Status::Liquidating)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_codes_and_chinese_words_come_back() {
        for (code, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(status.code()), code);
            assert_eq!(Status::from_code(status.code()), Some(status));
            assert_eq!(Status::from_word(status.name()), Some(status));
            assert_eq!(Status::from_word(&status.name().to_uppercase()), Some(status));
            assert_eq!(Status::from_word(status.chinese()), Some(status));
            assert_eq!(status.to_string(), status.name());
        }
        assert_eq!(Status::from_code(8), None);
        assert_eq!(Status::from_code(255), None);
    }

    #[test]
    fn every_listed_word_is_read_as_listed_also_with_fillers() {
        let mut seen = std::collections::BTreeSet::new();
        for (status, words) in WORDS {
            for word in *words {
                assert_eq!(Status::from_word(word), Some(*status), "{word}");
                assert_eq!(Status::from_word(&format!("　{word}\t")), Some(*status), "{word}");
                assert_eq!(read_words(&fold(word), WORDS, FILLERS, merge), Some(*status), "{word}");
                assert!(seen.insert(word), "{word} twice");
            }
        }
    }

    #[test]
    fn registers_write_statuses_in_many_ways() {
        for (word, status) in [
            ("存续（在营、开业、在册）", Status::Live),
            ("存續(在營、開業、在冊)", Status::Live),
            ("在营（开业）企业", Status::Live),
            ("正常在业", Status::Live),
            ("正常营业", Status::Live),
            ("登记成立", Status::Live),
            ("已开业", Status::Live),
            ("Active", Status::Live),
            ("In Business", Status::Live),
            ("吊销未注销", Status::Revoked),
            ("吊销，未注销", Status::Revoked),
            ("被吊销企业", Status::Revoked),
            ("已吊銷營業執照", Status::Revoked),
            ("吊销营业执照", Status::Revoked),
            ("吊销,已注销", Status::Deregistered),
            ("吊销后注销", Status::Deregistered),
            ("已注销", Status::Deregistered),
            ("註銷", Status::Deregistered),
            ("简易注销", Status::Deregistered),
            ("注销企业", Status::Deregistered),
            ("撤销登记", Status::Cancelled),
            ("被撤銷設立登記", Status::Cancelled),
            ("Canceled", Status::Cancelled),
            ("已迁出", Status::MovedOut),
            ("市外迁出", Status::MovedOut),
            ("遷出", Status::MovedOut),
            ("MOVED-OUT", Status::MovedOut),
            ("停业（歇业）", Status::Suspended),
            ("停业、清算", Status::Liquidating),
            ("破产清算", Status::Liquidating),
            ("清算中", Status::Liquidating),
            ("", Status::Unknown),
            ("　", Status::Unknown),
            ("-", Status::Unknown),
            ("——", Status::Unknown),
            ("N/A", Status::Unknown),
            ("NULL", Status::Unknown),
            ("其他", Status::Unknown),
        ] {
            assert_eq!(Status::from_word(word), Some(status), "{word}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn words_that_are_not_clear_are_refused() {
        for word in [
            "非正常", "非正常户", "不存续", "未开业", "未吊销", "注销中", "拟注销", "正在注销", "开业/停业",
            "存续 注销", "经营异常", "企业", "状态", "1", "K", "活着", "lively", "inactive", "not active",
            "un registered", "1.0E+17", "筹建", "存续?是", "?", "？？",
        ] {
            assert_eq!(Status::from_word(word), None, "{word}");
        }
    }
}
