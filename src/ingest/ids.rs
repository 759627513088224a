//! The id of a row: normalised, checked for damage, packed.

use std::borrow::Cow;

use crate::codes::{IdKind, classify, looks_mangled, looks_rounded};
use crate::keys::{EntityKey, KeySpace, PLAIN_LENGTH};
use crate::terms::normalise_id;

use super::kinds;
use super::outcome::Kind;

/// Words that stand where there is no id.
const NO_ID: [&str; 14] = ["", "-", "--", "/", "\\", "无", "暂无", "空", "NULL", "NONE", "NAN", "N/A", "#N/A", "NA"];

/// An id as it is read.
#[derive(Debug)]
pub(super) enum Id<'a> {
    /// Packed.
    Packed(EntityKey, Cow<'a, str>),
    /// To be interned.
    Long(Cow<'a, str>),
    /// Nothing there.
    Missing,
    /// Damaged: what is wrong.
    Mangled(String),
}

/// Reads an id.
pub(super) fn read_id(cell: Option<&str>) -> Id<'_> {
    let Some(cell) = cell else { return Id::Missing };
    // The usual lengths of codes need no further look when they hold nothing but digits and capitals.
    if matches!(cell.len(), 15 | 18)
        && !cell.bytes().fold(false, |lower, byte| lower | byte.is_ascii_lowercase())
        && let Some(key) = KeySpace::pack_plain(cell.as_bytes())
    {
        return Id::Packed(key, Cow::Borrowed(cell));
    }
    let id = normalise_id(cell);
    if NO_ID.contains(&id.as_ref()) {
        return Id::Missing;
    }
    if let Some(problem) = damage(&id) {
        return Id::Mangled(problem);
    }
    match KeySpace::pack_plain(id.as_bytes()) {
        Some(key) if id.len() <= PLAIN_LENGTH => Id::Packed(key, id),
        _ => Id::Long(id),
    }
}

fn damage(id: &str) -> Option<String> {
    let digits_with_point =
        id.matches('.').count() == 1 && id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if looks_mangled(id) || digits_with_point {
        return Some(format!(
            "the id \"{}\" is a number that a spreadsheet has rewritten: export the column as text",
            super::outcome::shorten(id, 40)
        ));
    }
    if id.contains(char::is_control) || id.contains(char::REPLACEMENT_CHARACTER) {
        return Some("the id holds control or replaced characters: correct it in the file".to_owned());
    }
    None
}

/// The remark that the form of an id calls for, if any.
pub(super) fn remark_on(id: &str) -> Option<Kind> {
    match classify(id) {
        IdKind::Uscc | IdKind::Registration15 => None,
        IdKind::UsccWrongCheck if looks_rounded(id) => Some(kinds::ROUNDED_ID),
        IdKind::UsccWrongCheck => Some(kinds::WRONG_USCC),
        IdKind::Registration15WrongCheck => Some(kinds::WRONG_15),
        IdKind::Legacy => Some(kinds::LEGACY),
        IdKind::Other => Some(kinds::OTHER_ID),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_normalised_before_they_are_packed() {
        let packed = |text| match read_id(Some(text)) {
            Id::Packed(key, id) => (key, id.into_owned()),
            other => panic!("{text}: {other:?}"),
        };
        let plain = packed("91350100M000100Y43");
        for dirty in
            ["91350100m000100y43", " '91350100M000100Y43 ", "９１３５０１００M000100Y43", "91350100 M000100Y43"]
        {
            assert_eq!(packed(dirty), plain, "{dirty}");
        }
    }

    #[test]
    fn words_for_nothing_are_missing_keys() {
        for word in ["", "  ", "-", "N/A", "null", "无", "NaN"] {
            assert!(matches!(read_id(Some(word)), Id::Missing), "{word}");
        }
        assert!(matches!(read_id(None), Id::Missing));
    }

    #[test]
    fn rewritten_numbers_are_mangled_keys() {
        for id in ["9.15001E+17", "1.0E+17", "440301103097413.0", "12.5", "9150\u{FFFD}"] {
            assert!(matches!(read_id(Some(id)), Id::Mangled(_)), "{id}");
        }
    }

    #[test]
    fn other_ids_are_interned() {
        assert!(matches!(read_id(Some("工程项目-甲")), Id::Long(_)));
    }
}
