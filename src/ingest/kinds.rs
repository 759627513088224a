//! The remarks that are counted, each with its code and its sentence.

use super::outcome::Kind;

const fn kind(code: &'static str, text: &'static str) -> Kind {
    Kind { code, text }
}

pub(super) const WRONG_USCC: Kind = kind(
    "wrong-check-digit",
    "unified social credit codes (18 characters) have a wrong check character; they stay, compare them with the register",
);
pub(super) const WRONG_15: Kind = kind(
    "wrong-check-digit-15",
    "registration numbers (15 digits) have a wrong check digit; they stay, compare them with the register",
);
pub(super) const LEGACY: Kind =
    kind("legacy-number", "registration numbers have the old form of 13 or 14 digits, which has no check digit");
pub(super) const OTHER_ID: Kind = kind(
    "unknown-id-form",
    "entity ids are neither unified social credit codes nor registration numbers; they are used as they are",
);
pub(super) const ROUNDED_ID: Kind = kind(
    "rounded-id",
    "ids of 18 digits end in 000 and have a wrong check character, as a spreadsheet leaves codes that it took for \
     numbers; different entities may have become one: export the column as text",
);
pub(super) const NUMBER_AS_ID: Kind = kind(
    "number-as-id",
    "ids are kept as floating numbers; their digits are whole, but leading zeros would be lost: write ids as text",
);
pub(super) const BAD_DATE: Kind =
    kind("bad-date", "dates cannot be read and are left empty; write them as 2023-02-07 or 2023年2月7日");
pub(super) const LONG_FIELD: Kind = kind("long-field", "cells hold more than 1,024 characters; they are kept whole");
pub(super) const DAMAGED_ELSEWHERE: Kind =
    kind("undecodable-elsewhere", "rows hold undecodable bytes in columns that are not read; the rows are used");
