//! "Did you mean": the allowed word nearest to the one that was written.

/// The candidate within a few slips of `word`, the nearest first; equal distances go by the order of the candidates.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let allowed = match word.len() {
        0..=3 => 1,
        4..=8 => 2,
        _ => 3,
    };
    let distance = |candidate: &str| slips(&word, &candidate.to_lowercase().chars().collect::<Vec<char>>());
    let (best, found) = candidates.into_iter().map(|it| (distance(it), it)).min_by_key(|(slips, _)| *slips)?;
    // A word of which nothing is left is no slip of the pen.
    (best <= allowed && best < word.len()).then_some(found)
}

/// Fewest insertions, deletions, substitutions and swaps of neighbours (optimal string alignment distance).
fn slips(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
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
