//! Realistic faults, made on purpose and counted, for populations that ask for them.
//!
//! A fault never takes a sound entity away. A wrong check digit and stray characters stand in the entity's own row
//! (its id is what it is in every table; blanks and full-width digits are written into the registry only). The
//! others are rows of their own behind it: a second row of the same entity, a row without id, an id that a
//! spreadsheet has mangled, an entity whose status nobody can read.

use serde::Serialize;

use super::randomness::Draws;

/// A kind of fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    WrongCheckDigit,
    StrayCharacters,
    DuplicatedRow,
    MissingId,
    ScientificNotation,
    UnknownStatus,
}

impl Fault {
    const ALL: [Fault; 6] = [
        Fault::WrongCheckDigit,
        Fault::StrayCharacters,
        Fault::DuplicatedRow,
        Fault::MissingId,
        Fault::ScientificNotation,
        Fault::UnknownStatus,
    ];

    /// With probability `share` one of the kinds, all equally likely. Uses two words, whatever comes of it.
    pub(crate) fn draw(share: f64, draws: &mut Draws) -> Option<Fault> {
        let (hit, kind) = (draws.chance(share), *draws.one_of(&Fault::ALL));
        hit.then_some(kind)
    }
}

/// How many faults of each kind were made.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Faults {
    /// The last character of the id is wrong; the same wrong id stands in every table.
    pub wrong_check_digit: u64,
    /// Blanks around or inside the id, or full-width digits.
    pub stray_characters: u64,
    /// A second row of an entity, at another station where there is one.
    pub duplicated_row: u64,
    /// A further row without id.
    pub missing_id: u64,
    /// A further, deregistered row whose id is a number like `9.15001E+17`.
    pub scientific_notation: u64,
    /// A further entity whose status word means nothing.
    pub unknown_status: u64,
}

impl Faults {
    pub(crate) fn count(&mut self, fault: Fault) {
        *match fault {
            Fault::WrongCheckDigit => &mut self.wrong_check_digit,
            Fault::StrayCharacters => &mut self.stray_characters,
            Fault::DuplicatedRow => &mut self.duplicated_row,
            Fault::MissingId => &mut self.missing_id,
            Fault::ScientificNotation => &mut self.scientific_notation,
            Fault::UnknownStatus => &mut self.unknown_status,
        } += 1;
    }

    pub(crate) fn add(&mut self, other: Faults) {
        self.wrong_check_digit += other.wrong_check_digit;
        self.stray_characters += other.stray_characters;
        self.duplicated_row += other.duplicated_row;
        self.missing_id += other.missing_id;
        self.scientific_notation += other.scientific_notation;
        self.unknown_status += other.unknown_status;
    }

    /// Rows of the registry beyond one an entity.
    pub fn additional_rows(&self) -> u64 {
        self.duplicated_row + self.missing_id + self.scientific_notation + self.unknown_status
    }
}

/// Status words that no registry uses.
pub(crate) const UNKNOWN_STATUS: &[&str] = &["待核实", "数据异常", "其他情形"];

/// The id as a careless hand would have it: blanks around it, a blank inside, or full-width digits.
pub(crate) fn with_stray_characters(id: &str, draws: &mut Draws) -> String {
    let middle = id.len() / 2;
    match draws.below(4) {
        0 => format!(" {id}"),
        1 => format!("{id}\u{3000}"),
        2 => format!("{} {}", &id[..middle], &id[middle..]),
        _ => id.chars().map(|c| if c.is_ascii_digit() { full_width(c) } else { c }).collect(),
    }
}

/// The id as a spreadsheet shows it once it has taken it for a number.
pub(crate) fn in_scientific_notation(id: &str) -> String {
    format!("{}.{}E+{}", &id[..1], &id[1..6], id.len() - 1)
}

fn full_width(digit: char) -> char {
    char::from_u32(u32::from(digit) + 0xFEE0).unwrap_or(digit)
}

#[cfg(test)]
mod tests {
    use super::super::randomness::{Purpose, Randomness};
    use super::*;

    #[test]
    fn faults_come_at_their_share_and_in_every_kind() {
        let mut draws = Randomness::new("test", "faults").draws(Purpose::Faults, 0);
        let mut faults = Faults::default();
        for _ in 0..60_000 {
            if let Some(fault) = Fault::draw(0.1, &mut draws) {
                faults.count(fault);
            }
        }
        let in_place = [faults.wrong_check_digit, faults.stray_characters];
        let added = [faults.duplicated_row, faults.missing_id, faults.scientific_notation, faults.unknown_status];
        assert!(in_place.iter().chain(&added).all(|&n| (850..1_150).contains(&n)), "{faults:?}");
        assert_eq!(faults.additional_rows(), added.iter().sum::<u64>());
    }

    #[test]
    fn mangled_ids_look_mangled_and_stray_ones_can_be_read_back() {
        assert_eq!(in_scientific_notation("91500118W12345678X"), "9.15001E+17");
        assert_eq!(in_scientific_notation("500118123456789"), "5.00118E+14");
        let mut draws = Randomness::new("test", "faults").draws(Purpose::Faults, 1);
        for _ in 0..40 {
            let stray = with_stray_characters("91500118W12345678X", &mut draws);
            assert_ne!(stray, "91500118W12345678X");
            let read: String = stray
                .chars()
                .filter(|c| !c.is_whitespace())
                .map(|c| char::from_u32(u32::from(c).wrapping_sub(0xFEE0)).filter(char::is_ascii_digit).unwrap_or(c))
                .collect();
            assert_eq!(read, "91500118W12345678X");
        }
    }
}
