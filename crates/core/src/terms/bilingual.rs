//! What the program tells people, in English and in Chinese, and how it shows numbers and long texts.

/// The language of an answer or a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// One of two.
    pub fn choose<T>(self, en: T, zh: T) -> T {
        match self {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }
}

/// Something that is told in two languages and has a stable code.
pub trait Bilingual {
    /// The code in kebab-case: what programs filter by.
    fn code(&self) -> &'static str;
    /// A sentence or phrase in English.
    fn en(&self) -> String;
    /// The same in Chinese.
    fn zh(&self) -> String;
}

/// 24738 as `24,738`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The first `limit` characters of a text.
pub fn shorten(text: &str, limit: usize) -> &str {
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (24_738, "24,738"), (190_000_000, "190,000,000")]
        {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shorten("检查对象", 2), "检查");
        assert_eq!(shorten("检查", 2), "检查");
    }
}
