//! Entity ids that are valid by construction and unique by construction.
//!
//! The row number goes through a keyed permutation, so ids look unordered and no two rows share one. Codes carry
//! both check characters (GB 11714 and GB 32100-2015). Their organisation code begins with `W`, a series
//! not seen in real registries (none of 67,020 in Chongqing): a made-up rating should not land on a real firm. Old registration numbers
//! (15 digits) have no such free series; theirs is a permuted eight-digit serial.

use super::permutation::Permutation;
use super::randomness::{Purpose, Randomness};
use fairdraw_core::codes::{self, USCC_ALPHABET};

/// Serials of unified codes: `W` and seven symbols hold 31^7 > 2^34 of them.
const CODE_SERIALS: u64 = 1 << 34;
/// Serials of registration numbers: eight digits.
const REGISTRATION_SERIALS: u64 = 100_000_000;

/// An id of at most 18 ASCII characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct EntityId {
    bytes: [u8; 18],
    length: u8,
}

impl EntityId {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("ids are made of ASCII characters")
    }

    /// The same id with another last character of the same kind: its check is wrong, its form is right.
    pub(crate) fn with_wrong_check(mut self) -> Self {
        let last = usize::from(self.length) - 1;
        self.bytes[last] = if self.length == 18 {
            let symbol = USCC_ALPHABET.iter().position(|&a| a == self.bytes[last]).unwrap_or(0);
            USCC_ALPHABET[(symbol + 1) % USCC_ALPHABET.len()]
        } else {
            b'0' + (self.bytes[last] - b'0' + 1) % 10
        };
        self
    }
}

/// The ids of one population.
#[derive(Clone, Debug)]
pub(crate) struct IdSeries {
    codes: Permutation,
    registrations: Permutation,
}

impl IdSeries {
    /// Rows that get a registration number have to be below this.
    pub(crate) const REGISTRATION_ROWS: u64 = REGISTRATION_SERIALS;
    /// Rows from here on are for additional entities, which share no id with the rows below.
    pub(crate) const ADDITIONAL: u64 = CODE_SERIALS / 2;

    pub(crate) fn new(randomness: &Randomness) -> Self {
        IdSeries {
            codes: randomness.permutation(Purpose::Serials, 0, CODE_SERIALS),
            registrations: randomness.permutation(Purpose::Serials, 1, REGISTRATION_SERIALS),
        }
    }

    /// The unified social credit code of a row: 9, the category (`1` enterprise, `2` sole trader, `3` farmers'
    /// cooperative), the region's six digits, nine characters of organisation code, check character.
    pub(crate) fn code(&self, row: u64, category: u8, region: [u8; 6]) -> EntityId {
        let mut serial = self.codes.at(row);
        let mut organisation = [b'W'; 8];
        for place in organisation[1..].iter_mut().rev() {
            *place = USCC_ALPHABET[(serial % 31) as usize];
            serial /= 31;
        }
        let mut prefix = [b'9', category, 0, 0, 0, 0, 0, 0];
        prefix[2..].copy_from_slice(&region);
        unified_code(prefix, organisation)
    }

    /// The 15-digit registration number of a row below [`Self::REGISTRATION_ROWS`]: region, serial, check digit.
    pub(crate) fn registration_number(&self, row: u64, region: [u8; 6]) -> EntityId {
        let mut serial = self.registrations.at(row);
        let mut bytes = [0; 18];
        bytes[..6].copy_from_slice(&region);
        for place in bytes[6..14].iter_mut().rev() {
            *place = b'0' + (serial % 10) as u8;
            serial /= 10;
        }
        let id = EntityId { bytes, length: 14 };
        bytes[14] = codes::registration_check_digit(id.as_str()).map_or(b'0', |digit| digit as u8);
        EntityId { bytes, length: 15 }
    }
}

/// A unified code from its first eight characters and the eight symbols of its organisation code.
pub(crate) fn unified_code(prefix: [u8; 8], organisation: [u8; 8]) -> EntityId {
    const SYMBOLS: &str = "every symbol comes from the alphabet of GB 32100";
    let mut bytes = [0; 18];
    bytes[..8].copy_from_slice(&prefix);
    bytes[8..16].copy_from_slice(&organisation);
    bytes[16] = codes::organisation_code_check(&organisation).expect(SYMBOLS);
    let mut first = [0; 17];
    first.copy_from_slice(&bytes[..17]);
    bytes[17] = codes::uscc_check_digit(&first).expect(SYMBOLS);
    EntityId { bytes, length: 18 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fairdraw_core::codes::{IdKind, classify};
    use std::collections::BTreeSet;

    fn series() -> IdSeries {
        IdSeries::new(&Randomness::new("test", "ids"))
    }

    #[test]
    fn codes_are_valid_and_unique() {
        let series = series();
        let ids: BTreeSet<String> = (0..20_000)
            .chain(IdSeries::ADDITIONAL..IdSeries::ADDITIONAL + 1_000)
            .map(|row| series.code(row, b'1', *b"500118").as_str().to_owned())
            .collect();
        assert_eq!(ids.len(), 21_000);
        for id in &ids {
            assert!(id.starts_with("91500118W"));
            assert!(matches!(classify(id), IdKind::Uscc), "{id}");
        }
    }

    #[test]
    fn registration_numbers_are_valid_and_unique() {
        let series = series();
        let number = |row| series.registration_number(row, *b"430702").as_str().to_owned();
        let ids: BTreeSet<String> = (0..20_000).map(number).collect();
        assert_eq!(ids.len(), 20_000);
        assert!(ids.iter().all(|id| matches!(classify(id), IdKind::Registration15)));
    }

    #[test]
    fn a_wrong_check_has_the_right_form() {
        let series = series();
        for row in 0..200 {
            let code = series.code(row, b'1', *b"500118").with_wrong_check();
            assert!(matches!(classify(code.as_str()), IdKind::UsccWrongCheck), "{}", code.as_str());
            let number = series.registration_number(row, *b"500118").with_wrong_check();
            assert!(matches!(classify(number.as_str()), IdKind::Registration15WrongCheck), "{}", number.as_str());
        }
    }
}
