//! The id of a row: normalised, checked for damage, packed.

use std::borrow::Cow;

use crate::codes::{IdKind, classify, looks_mangled, looks_rounded};
use crate::keys::{EntityKey, KeySpace};
use crate::terms::{Note, SetAside, has_hidden_characters, is_missing, normalise_id, total_word};

/// An id as it is read.
#[derive(Debug)]
pub(super) enum Id<'a> {
    /// Packed.
    Packed {
        /// Its key.
        key: EntityKey,
        /// The id.
        id: Cow<'a, str>,
        /// Whether characters that cannot be seen were removed from it.
        repaired: bool,
    },
    /// Too long to pack, or with other characters than letters, digits and hyphens: to be interned.
    Long {
        /// The id.
        id: Cow<'a, str>,
        /// Whether characters that cannot be seen were removed from it.
        repaired: bool,
    },
    /// No id, or none that can be used.
    Refused(SetAside),
}

/// Reads an id.
#[inline]
pub(super) fn read_id(cell: Option<&str>) -> Id<'_> {
    let Some(cell) = cell else { return Id::Refused(SetAside::MissingKey) };
    match KeySpace::pack_code(cell.as_bytes()) {
        Some(key) => Id::Packed { key, id: Cow::Borrowed(cell), repaired: false },
        None => read_other_id(cell),
    }
}

/// Reads an id that is no code of the usual form.
fn read_other_id(cell: &str) -> Id<'_> {
    let id = normalise_id(cell);
    if is_missing(&id) {
        return Id::Refused(SetAside::MissingKey);
    }
    if let Some(word) = total_word(cell) {
        return Id::Refused(SetAside::TotalRow { word: word.to_owned() });
    }
    if let Some(damage) = damage(&id) {
        return Id::Refused(damage);
    }
    let repaired = has_hidden_characters(cell);
    match KeySpace::pack_plain(id.as_bytes()) {
        Some(key) => Id::Packed { key, id, repaired },
        None => Id::Long { id, repaired },
    }
}

fn damage(id: &str) -> Option<SetAside> {
    let digits_with_point =
        id.matches('.').count() == 1 && id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if looks_mangled(id) || digits_with_point {
        return Some(SetAside::RewrittenKey { id: id.to_owned() });
    }
    (id.contains(char::is_control) || id.contains(char::REPLACEMENT_CHARACTER)).then_some(SetAside::GarbledKey)
}

/// What the form of an id gives to note, if anything.
pub(super) fn note_on(id: &str) -> Option<Note> {
    match classify(id) {
        IdKind::Uscc | IdKind::Registration15 => None,
        IdKind::UsccWrongCheck if looks_rounded(id) => Some(Note::RoundedId),
        IdKind::UsccWrongCheck => Some(Note::WrongCheckDigit),
        IdKind::Registration15WrongCheck => Some(Note::WrongCheckDigit15),
        IdKind::Legacy => Some(Note::LegacyNumber),
        IdKind::Other => Some(Note::UnknownIdForm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_normalised_before_they_are_packed() {
        let packed = |text| match read_id(Some(text)) {
            Id::Packed { key, id, .. } => (key, id.into_owned()),
            other => panic!("{text}: {other:?}"),
        };
        let plain = packed("91350100M000100Y43");
        for dirty in
            ["91350100m000100y43", " '91350100M000100Y43 ", "９１３５０１００Ｍ000100Y43", "91350100 M000100Y43"]
        {
            assert_eq!(packed(dirty), plain, "{dirty}");
        }
    }

    #[test]
    fn words_for_nothing_are_missing_keys() {
        for word in ["", "  ", "-", "N/A", "null", "无", "NaN"] {
            assert!(matches!(read_id(Some(word)), Id::Refused(SetAside::MissingKey)), "{word}");
        }
        assert!(matches!(read_id(None), Id::Refused(SetAside::MissingKey)));
    }

    #[test]
    fn rewritten_and_garbled_ids_and_totals_are_refused() {
        for id in ["9.15001E+17", "1.0E+17", "440301103097413.0", "12.5"] {
            assert!(matches!(read_id(Some(id)), Id::Refused(SetAside::RewrittenKey { .. })), "{id}");
        }
        assert!(matches!(read_id(Some("9150\u{FFFD}")), Id::Refused(SetAside::GarbledKey)));
        assert!(matches!(read_id(Some("合计：2户")), Id::Refused(SetAside::TotalRow { .. })));
    }

    #[test]
    fn other_ids_are_interned() {
        assert!(matches!(read_id(Some("工程项目-甲")), Id::Long { .. }));
    }

    #[test]
    fn hidden_characters_are_removed_and_noted() {
        let hidden = "91350100\u{200b}M000100Y43";
        assert!(matches!(read_id(Some(hidden)), Id::Packed { repaired: true, .. }));
        assert!(matches!(read_id(Some(" 91350100m000100y43")), Id::Packed { repaired: false, .. }));
    }
}
