//! Seeds and streams: what cannot be one, and what should not be one.

use crate::terms::{Guessable, Warning, parse_date};

/// Words that are tried first by whoever wants to predict a draw.
const FIXED_WORDS: [&str; 24] = [
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "654321",
    "000000",
    "00000000",
    "111111",
    "666666",
    "888888",
    "88888888",
    "abcdef",
    "abc123",
    "password",
    "random",
    "secret",
    "fairdraw",
    "test",
    "testtest",
    "default",
    "example",
    "changeme",
];

/// Shortest seed that is not remarked on, in characters.
const SHORTEST: usize = 6;

/// Why a text cannot be a seed or a stream: what is wrong, and the fix.
pub(in super::super) type SeedFault = (&'static str, &'static str);

/// Seeds and streams are parts of one text, divided by line breaks.
pub(in super::super) fn line_break_fault(text: &str) -> Option<SeedFault> {
    if text.is_empty() {
        Some(("is empty", "write at least one character"))
    } else if text.contains(['\n', '\r']) {
        Some(("holds a line break", "write it on one line"))
    } else {
        None
    }
}

/// A warning about a seed that others could predict.
pub(in super::super) fn guessable_seed(seed: &str, name: &str, title: Option<&str>) -> Option<Warning> {
    let plain = seed.trim().to_lowercase();
    let equals = |other: &str| plain == other.trim().to_lowercase();
    let because = if equals(name) || title.is_some_and(equals) {
        Guessable::PlanName
    } else if FIXED_WORDS.contains(&plain.as_str()) {
        Guessable::FixedWord
    } else if plain.chars().count() < SHORTEST {
        Guessable::Short
    } else if parse_date(&plain).is_some() {
        Guessable::Date
    } else {
        return None;
    };
    Some(Warning::GuessableSeed { seed: seed.to_owned(), because })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Bilingual;

    #[test]
    fn a_seed_that_others_could_predict_is_remarked_on() {
        for seed in [
            "2023-02-07",
            "20230207",
            "2023年2月7日",
            "q1-plan",
            "Q1-Plan",
            "第一季度",
            "123456",
            "TEST",
            "seed",
            "ab12",
        ] {
            let warning = guessable_seed(seed, "q1-plan", Some("第一季度"));
            assert_eq!(warning.as_ref().map(Bilingual::code), Some("guessable-seed"), "{seed}");
        }
    }

    #[test]
    fn a_seed_from_dice_is_not() {
        for seed in ["4 6 1 1 3 5 2 6", "drand 3541234 8f2c", "双色球 03 07 12 19 22 31 + 05"] {
            assert_eq!(guessable_seed(seed, "q1-plan", None), None, "{seed}");
        }
    }

    #[test]
    fn a_line_break_cannot_be_part_of_a_seed() {
        assert!(line_break_fault("a\nb").is_some());
        assert!(line_break_fault("a\r").is_some());
        assert!(line_break_fault("").is_some());
        assert!(line_break_fault("a b").is_none());
    }
}
