//! Kind of a task or inspection (检查类型), and its administrative level (任务级别).

use super::words::fold;

/// Why an inspection takes place.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TaskSource {
    /// 双随机抽查.
    DoubleRandom,
    /// 专项检查.
    Special,
    /// 投诉举报.
    Complaint,
    /// 转办交办.
    Referral,
    /// 日常巡查.
    Patrol,
}

/// Further words, folded.
#[rustfmt::skip]
const SOURCES: &[(TaskSource, &[&str])] = &[
    (TaskSource::DoubleRandom, &["双随机", "双随机检查", "双随机一公开", "双随机 一公开", "随机抽查", "double random", "canvass", "random"]),
    (TaskSource::Special, &["专项", "专项抽查", "专项整治", "重点检查", "special"]),
    (TaskSource::Complaint, &["投诉", "举报", "投诉检查", "举报核查", "信访", "complaint"]),
    (TaskSource::Referral, &["转办", "交办", "移送", "案件移送", "上级交办", "部门移送", "referral"]),
    (TaskSource::Patrol, &["巡查", "日常检查", "日常", "日常监管", "巡检", "patrol"]),
];

impl TaskSource {
    /// All kinds in the order of their codes.
    pub const ALL: [TaskSource; 5] = [
        TaskSource::DoubleRandom,
        TaskSource::Special,
        TaskSource::Complaint,
        TaskSource::Referral,
        TaskSource::Patrol,
    ];

    /// The word in files and plans.
    pub fn name(self) -> &'static str {
        match self {
            TaskSource::DoubleRandom => "double-random",
            TaskSource::Special => "special",
            TaskSource::Complaint => "complaint",
            TaskSource::Referral => "referral",
            TaskSource::Patrol => "patrol",
        }
    }

    /// The word that people read in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            TaskSource::DoubleRandom => "双随机抽查",
            TaskSource::Special => "专项检查",
            TaskSource::Complaint => "投诉举报",
            TaskSource::Referral => "转办交办",
            TaskSource::Patrol => "日常巡查",
        }
    }

    /// Reads a kind; `None` for other words.
    pub fn from_word(word: &str) -> Option<Self> {
        let key = fold(word);
        let official = Self::ALL.into_iter().find(|one| fold(one.chinese()) == key || fold(one.name()) == key);
        official.or_else(|| SOURCES.iter().find(|(_, words)| words.contains(&&*key)).map(|(one, _)| *one))
    }
}

super::coded::coded!(TaskSource);

/// Level of the unit that initiates a task.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// 县级, 区级.
    County,
    /// 市级.
    City,
    /// 省级.
    Province,
    /// 国家级.
    Nation,
}

/// Further words, folded.
#[rustfmt::skip]
const LEVELS: &[(Level, &[&str])] = &[
    (Level::County, &["县", "区", "区县", "区级", "区县级", "县区级", "本级", "区本级", "district"]),
    (Level::City, &["市", "地市", "地市级", "设区市", "municipal"]),
    (Level::Province, &["省", "自治区", "直辖市", "provincial"]),
    (Level::Nation, &["国家", "总局", "部级", "部委", "中央", "national"]),
];

impl Level {
    /// All levels in the order of their codes.
    pub const ALL: [Level; 4] = [Level::County, Level::City, Level::Province, Level::Nation];

    /// The word in files and plans.
    pub fn name(self) -> &'static str {
        match self {
            Level::County => "county",
            Level::City => "city",
            Level::Province => "province",
            Level::Nation => "nation",
        }
    }

    /// The word that people read in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Level::County => "县级",
            Level::City => "市级",
            Level::Province => "省级",
            Level::Nation => "国家级",
        }
    }

    /// Reads a level; `None` for other words.
    pub fn from_word(word: &str) -> Option<Self> {
        let key = fold(word);
        let official = Self::ALL.into_iter().find(|one| fold(one.chinese()) == key || fold(one.name()) == key);
        official.or_else(|| LEVELS.iter().find(|(_, words)| words.contains(&&*key)).map(|(one, _)| *one))
    }
}

super::coded::coded!(Level);

/// Reads yes or no; `None` for other words.
pub fn read_yes(word: &str) -> Option<bool> {
    match super::normalise(word).to_lowercase().as_str() {
        "是" | "有" | "已" | "yes" | "y" | "true" | "1" | "√" => Some(true),
        "否" | "不是" | "没有" | "未" | "no" | "n" | "false" | "0" | "×" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read() {
        for source in TaskSource::ALL {
            assert_eq!(TaskSource::from_word(source.chinese()), Some(source));
            assert_eq!(TaskSource::from_word(source.name()), Some(source));
        }
        for level in Level::ALL {
            assert_eq!(Level::from_word(level.chinese()), Some(level));
            assert_eq!(Level::from_word(level.name()), Some(level));
        }
        for (source, words) in SOURCES {
            words.iter().for_each(|word| assert_eq!(TaskSource::from_word(word), Some(*source), "{word}"));
        }
        for (level, words) in LEVELS {
            words.iter().for_each(|word| assert_eq!(Level::from_word(word), Some(*level), "{word}"));
        }
        assert_eq!((TaskSource::from_word("摸鱼"), Level::from_word("村级"), read_yes("也许")), (None, None, None));
        assert_eq!((read_yes(" 是 "), read_yes("FALSE")), (Some(true), Some(false)));
    }
}
