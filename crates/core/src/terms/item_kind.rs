//! Kind of an inspection item (事项类别).

use super::words::fold;

/// Kind of an item: whether its share is capped.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ItemKind {
    /// 重点检查事项: share not capped.
    Key,
    /// 一般检查事项: share capped.
    General,
}

/// Further words, folded.
#[rustfmt::skip]
const WORDS: &[(ItemKind, &[&str])] = &[
    (ItemKind::Key, &["重点", "重点事项", "重点抽查事项", "重点检查"]),
    (ItemKind::General, &["一般", "一般事项", "一般抽查事项", "一般检查"]),
];

impl ItemKind {
    /// All kinds in the order of their codes.
    pub const ALL: [ItemKind; 2] = [ItemKind::Key, ItemKind::General];

    /// The word in files and plans.
    pub fn name(self) -> &'static str {
        match self {
            ItemKind::Key => "key",
            ItemKind::General => "general",
        }
    }

    /// The word that people read in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            ItemKind::Key => "重点检查事项",
            ItemKind::General => "一般检查事项",
        }
    }

    /// Reads a kind; `None` for other words.
    pub fn from_word(word: &str) -> Option<Self> {
        let key = fold(word);
        let official = Self::ALL.into_iter().find(|one| fold(one.chinese()) == key || fold(one.name()) == key);
        official.or_else(|| WORDS.iter().find(|(_, words)| words.contains(&&*key)).map(|(one, _)| *one))
    }
}

super::coded::coded!(ItemKind);
