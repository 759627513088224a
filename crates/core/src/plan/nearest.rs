//! "Did you mean": the allowed word nearest to the one that was written.

/// The candidate within a few slips of `word` (insertions, deletions, substitutions, swaps of neighbours), the nearest
/// first; equal distances go by the order of the candidates.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let allowed = match length {
        0..=3 => 1,
        4..=8 => 2,
        _ => 3,
    };
    let distance = |candidate: &str| strsim::osa_distance(&word, &candidate.to_lowercase());
    let (best, found) = candidates.into_iter().map(|it| (distance(it), it)).min_by_key(|(slips, _)| *slips)?;
    // If every character differs, it is not a misspelling.
    (best <= allowed && best < length).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_word() {
        let keys = ["share", "count", "grade-shares", "at-least", "legal-minimum"];
        assert_eq!(nearest("shaer", keys), Some("share"));
        assert_eq!(nearest("grade_shares", keys), Some("grade-shares"));
        assert_eq!(nearest("at_least", keys), Some("at-least"));
        assert_eq!(nearest("COUNT", keys), Some("count"));
    }

    #[test]
    fn another_word_finds_nothing() {
        assert_eq!(nearest("inspector", ["share", "count"]), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("", ["b"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
