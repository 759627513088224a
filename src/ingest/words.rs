//! Words of the field looked up once per block and spelling.

/// Spellings that are remembered; further ones are looked up each time.
const REMEMBERED: usize = 24;

/// Remembers what spellings mean.
#[derive(Debug)]
pub(super) struct Memo<T> {
    seen: Vec<(Box<str>, Option<T>)>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { seen: Vec::new() }
    }
}

impl<T: Copy> Memo<T> {
    /// What `word` means by `meaning`; `None` for an unknown word.
    pub fn look_up(&mut self, word: &str, meaning: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if let Some((_, found)) = self.seen.iter().find(|(seen, _)| **seen == *word) {
            return *found;
        }
        let found = meaning(word);
        if self.seen.len() < REMEMBERED {
            self.seen.push((word.into(), found));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_is_looked_up_once() {
        let mut memo = Memo::default();
        let mut looked_up = 0;
        for word in ["A", "B", "A", "?", "?"] {
            memo.look_up(word, |word| {
                looked_up += 1;
                (word != "?").then_some(word.len())
            });
        }
        assert_eq!(looked_up, 3);
    }
}
