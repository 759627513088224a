//! Identifiers of market entities and their check characters: the 18-character unified social credit code
//! (统一社会信用代码, GB 32100-2015), the organisation code inside it (组织机构代码, GB 11714-1997) and the 15-digit
//! registration number (注册号, ISO/IEC 7064 MOD 11,10).
//!
//! Every function takes ids as [`normalise_id`](crate::terms::normalise_id) leaves them: half-width, upper case, no blanks.
//! A lower-case or full-width code is [`IdKind::Other`].

/// The 31 characters of a unified social credit code in the order of their values 0..=30 (no I, O, S, V, Z).
pub const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Weight of character i (from 0): 3^i mod 31 (GB 32100-2015, table 3).
const USCC_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Weights of the eight characters of an organisation code (GB 11714-1997).
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Marks a byte outside [`USCC_ALPHABET`] in [`USCC_VALUES`].
const NOT_IN_ALPHABET: u8 = u8::MAX;

/// Value of every byte in a unified social credit code.
const USCC_VALUES: [u8; 256] = {
    let mut values = [NOT_IN_ALPHABET; 256];
    let mut value = 0;
    while value < USCC_ALPHABET.len() {
        values[USCC_ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// What an id is, judged by its shape and check character alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IdKind {
    /// 18 characters of the alphabet with the right GB 32100 check character.
    Uscc,
    /// 18 digits and capital letters whose check character is wrong, or that hold a letter outside the alphabet (I O S V Z).
    UsccWrongCheck,
    /// 15 digits with the right check digit.
    Registration15,
    /// 15 digits with a wrong check digit.
    Registration15WrongCheck,
    /// 13 or 14 digits: numbers given before 15 digits were introduced; they carry no check digit.
    Legacy,
    /// Anything else: other keys (products, projects), foreign numbers, the empty text.
    Other,
}

impl IdKind {
    /// The kind as it is written in messages and files, such as `uscc-wrong-check`.
    pub fn name(self) -> &'static str {
        match self {
            IdKind::Uscc => "uscc",
            IdKind::UsccWrongCheck => "uscc-wrong-check",
            IdKind::Registration15 => "registration-15",
            IdKind::Registration15WrongCheck => "registration-15-wrong-check",
            IdKind::Legacy => "legacy",
            IdKind::Other => "other",
        }
    }

    /// True for ids that have a check character which is wrong.
    pub fn has_wrong_check(self) -> bool {
        matches!(self, IdKind::UsccWrongCheck | IdKind::Registration15WrongCheck)
    }
}

/// Whether an id has one of the official forms, its check character right or wrong: whether [`classify`] gives something
/// else than [`IdKind::Other`].
pub fn is_of_official_form(id: &str) -> bool {
    let bytes = id.as_bytes();
    // All bytes are looked at, which takes less time than to stop at the first that is wrong.
    let is_of_code = |byte: &u8| byte.is_ascii_digit() | byte.is_ascii_uppercase();
    match bytes.len() {
        18 => bytes
            .first_chunk()
            .is_some_and(|code: &[u8; 18]| code.iter().fold(true, |all, byte| all & is_of_code(byte))),
        13..=15 => bytes.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Tells what kind of identifier `id` is. Whether the embedded organisation code is right does not matter here:
/// codes with a wrong one were really issued; see [`organisation_code_of_uscc_is_right`].
pub fn classify(id: &str) -> IdKind {
    let bytes = id.as_bytes();
    let all_digits = || bytes.iter().all(u8::is_ascii_digit);
    match bytes.len() {
        // A check character that is right says that all others are of the alphabet.
        18 if bytes.first_chunk().and_then(uscc_check_digit) == bytes.last().copied() => IdKind::Uscc,
        18 if is_of_official_form(id) => IdKind::UsccWrongCheck,
        15 if all_digits() => {
            let right = registration_check_digit(&id[..14]);
            if right == id.chars().next_back() { IdKind::Registration15 } else { IdKind::Registration15WrongCheck }
        }
        13 | 14 if all_digits() => IdKind::Legacy,
        _ => IdKind::Other,
    }
}

/// The check character (an ASCII byte of [`USCC_ALPHABET`]) that belongs behind 17 characters of a unified social credit
/// code: the character of value (31 − Σ value·3^(i−1) mod 31) mod 31, GB 32100-2015.
/// `None` if a character is outside the alphabet.
pub fn uscc_check_digit(first17: &[u8; 17]) -> Option<u8> {
    let (mut sum, mut outside) = (0, false);
    for (&byte, weight) in first17.iter().zip(USCC_WEIGHTS) {
        let value = USCC_VALUES[usize::from(byte)];
        outside |= value == NOT_IN_ALPHABET;
        sum += u32::from(value) * weight;
    }
    (!outside).then(|| USCC_ALPHABET[((31 - sum % 31) % 31) as usize])
}

/// The check character (`0`..`9` or `X`, an ASCII byte) of the eight characters (digits, capital letters) of an organisation
/// code: 11 − Σ value·weight mod 11, with 10 written as X and 11 as 0, GB 11714-1997. `None` for any other character.
pub fn organisation_code_check(body: &[u8; 8]) -> Option<u8> {
    let mut sum = 0;
    for (&byte, weight) in body.iter().zip(ORGANISATION_WEIGHTS) {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            _ => return None,
        };
        sum += u32::from(value) * weight;
    }
    Some(b"0X987654321"[(sum % 11) as usize])
}

/// Whether characters 9–17 of an 18-character code are an organisation code with the right GB 11714 check character.
/// `None` if `id` does not have 18 characters or those nine are not an organisation code at all.
pub fn organisation_code_of_uscc_is_right(id: &str) -> Option<bool> {
    let code: &[u8; 18] = id.as_bytes().try_into().ok()?;
    let body = code[8..].first_chunk()?;
    Some(organisation_code_check(body)? == code[16])
}

/// The check digit that belongs behind the first 14 digits of a registration number: ISO/IEC 7064 MOD 11,10.
/// `None` if `first14` is not 14 ASCII digits.
pub fn registration_check_digit(first14: &str) -> Option<char> {
    if first14.len() != 14 {
        return None;
    }
    let mut product = 10;
    for byte in first14.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let sum = (product + u32::from(byte - b'0')) % 10;
        product = if sum == 0 { 10 } else { sum } * 2 % 11;
    }
    char::from_digit((11 - product) % 10, 10)
}

/// The six digits of the administrative division (GB/T 2260) of the registering authority: characters 3–8 of an
/// 18-character code, 1–6 of a 15-digit number. `None` for other ids and where those characters are not digits.
/// The check character is not looked at.
pub fn region_of(id: &str) -> Option<&str> {
    let bytes = id.as_bytes();
    let region = match bytes.len() {
        18 if bytes.iter().all(u8::is_ascii_alphanumeric) => &id[2..8],
        15 if bytes.iter().all(u8::is_ascii_digit) => &id[..6],
        _ => return None,
    };
    region.bytes().all(|byte| byte.is_ascii_digit()).then_some(region)
}

/// True for text that a spreadsheet or data frame made of a code read as a number: scientific notation (`9.15E+17`) or a
/// trailing `.0`. The digits are lost or suspect; the source has to be exported again with the column as text.
/// A code with an E among its digits (`9150011820379E9031`) is not mangled.
pub fn looks_mangled(id: &str) -> bool {
    let (mantissa, exponent) = match id.split_once(['E', 'e']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (id, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if !is_digits(whole) || fraction.is_some_and(|digits| !is_digits(digits)) {
        return false;
    }
    match (exponent, fraction) {
        (None, None) => false,
        (None, Some(fraction)) => fraction.bytes().all(|byte| byte == b'0'),
        (Some(exponent), _) => {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let marked = fraction.is_some() || unsigned.len() < exponent.len() || whole.len() == 1;
            marked && unsigned.len() <= 3 && is_digits(unsigned)
        }
    }
}

/// True for an 18-digit id that ends in `000` and has a wrong check digit: what a spreadsheet leaves of a code of digits only,
/// since it keeps 15 significant digits. Different entities may have become one.
pub fn looks_rounded(id: &str) -> bool {
    is_digits(id) && id.ends_with("000") && classify(id) == IdKind::UsccWrongCheck
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Builds a unified social credit code: `prefix` (8 characters: authority, category, six digits of the region), `body` (8
/// characters of [`USCC_ALPHABET`]), the GB 11714 check of the body, the GB 32100 check of all.
/// `None` if a character is outside the alphabet or `prefix` does not have 8 characters.
pub fn uscc(prefix: &str, body: &[u8; 8]) -> Option<String> {
    let mut code = [0; 18];
    code[..8].copy_from_slice(prefix.as_bytes().first_chunk::<8>().filter(|_| prefix.len() == 8)?);
    code[8..16].copy_from_slice(body);
    code[16] = organisation_code_check(body)?;
    code[17] = uscc_check_digit(code.first_chunk()?)?;
    Some(code.iter().map(|&byte| char::from(byte)).collect())
}

/// Builds a 15-digit registration number from its first 14 digits. `None` if they are not 14 digits.
pub fn registration_number(first14: &str) -> Option<String> {
    let check = registration_check_digit(first14)?;
    Some(format!("{first14}{check}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small fixed sequence for loops over many codes (SplitMix64).
    fn mixed(index: u64) -> u64 {
        let mut z = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn body(index: u64) -> [u8; 8] {
        let mut rest = mixed(index);
        std::array::from_fn(|_| {
            let value = (rest % 31) as usize;
            rest /= 31;
            USCC_ALPHABET[value]
        })
    }

    #[test]
    fn weights_are_powers_of_three_modulo_31() {
        let mut power = 1;
        for weight in USCC_WEIGHTS {
            assert_eq!(weight, power);
            power = power * 3 % 31;
        }
    }

    #[test]
    fn published_codes_are_right() {
        // The example of GB 32100-2015 first; the others are codes of well-known entities.
        for id in [
            "91350100M000100Y43",
            "91110000802100433B",
            "914403001922038216",
            "91330100799655058B",
            "91110108551385082Q",
        ] {
            assert_eq!(classify(id), IdKind::Uscc, "{id}");
            assert_eq!(organisation_code_of_uscc_is_right(id), Some(true), "{id}");
        }
        assert_eq!(organisation_code_check(b"D2143569"), Some(b'X'), "the example of GB 11714");
        for id in ["440301103097413", "110108012660422"] {
            assert_eq!(classify(id), IdKind::Registration15, "{id}");
        }
    }

    #[test]
    fn any_single_wrong_character_is_found() {
        let right = b"91350100M000100Y43";
        for place in 0..18 {
            for &other in USCC_ALPHABET.iter().filter(|&&other| other != right[place]) {
                let mut wrong = *right;
                wrong[place] = other;
                let wrong = std::str::from_utf8(&wrong).unwrap();
                assert_eq!(classify(wrong), IdKind::UsccWrongCheck, "{wrong}");
            }
        }
        for place in 0..15 {
            for digit in b'0'..=b'9' {
                let mut wrong = *b"440301103097413";
                if wrong[place] != digit {
                    wrong[place] = digit;
                    let wrong = std::str::from_utf8(&wrong).unwrap();
                    assert_eq!(classify(wrong), IdKind::Registration15WrongCheck, "{wrong}");
                }
            }
        }
    }

    #[test]
    fn neighbours_swapped_are_found() {
        for index in 0..200 {
            let right = uscc("91500118", &body(index)).unwrap();
            for place in 0..17 {
                let mut wrong = right.clone().into_bytes();
                wrong.swap(place, place + 1);
                let wrong = String::from_utf8(wrong).unwrap();
                if wrong != right {
                    assert_eq!(classify(&wrong), IdKind::UsccWrongCheck, "{right} {wrong}");
                }
            }
        }
    }

    #[test]
    fn letters_outside_the_alphabet_make_a_wrong_code() {
        for letter in ["I", "O", "S", "V", "Z"] {
            assert_eq!(classify(&format!("9135010{letter}M000100Y43")), IdKind::UsccWrongCheck);
            assert_eq!(classify(&format!("91350100M000100Y4{letter}")), IdKind::UsccWrongCheck);
        }
        assert_eq!(uscc_check_digit(b"91350100M00010OY4"), None);
        assert_eq!(uscc_check_digit(b"91350100m000100Y4"), None);
        assert_eq!(uscc_check_digit(&[0xFF; 17]), None);
    }

    #[test]
    #[rustfmt::skip]
    fn other_ids_are_told_apart_by_shape() {
        assert_eq!(classify("3301811234567"), IdKind::Legacy);
        assert_eq!(classify("33018112345678"), IdKind::Legacy);
        for id in [
            "", "1", "330181123456", "3301811234567890", "91350100m000100y43", "91350100M000100Y4",
            "91350100M000100Y433", "91350100-000100Y43", "44030110309741X", "企独沪总字第0004", "企独沪总字第",
            "企业独资总", "１２３４５", "9.15500118E+17", "PRODUCT-00000042",
        ] {
            assert_eq!(classify(id), IdKind::Other, "{id}");
        }
    }

    #[test]
    fn built_codes_are_right_in_both_check_characters() {
        for index in 0..5_000 {
            let code = uscc("91500118", &body(index)).unwrap();
            assert_eq!(classify(&code), IdKind::Uscc, "{code}");
            assert_eq!(organisation_code_of_uscc_is_right(&code), Some(true), "{code}");
            assert_eq!(region_of(&code), Some("500118"));
        }
        assert_eq!(uscc("91350100", b"M000100Y").as_deref(), Some("91350100M000100Y43"));
        for prefix in ["", "9150011", "915001180", "9150011O", "9150永"] {
            assert_eq!(uscc(prefix, b"M000100Y"), None, "{prefix}");
        }
        assert_eq!(uscc("91350100", b"M000100I"), None);
        assert_eq!(uscc("91350100", b"M000100y"), None);
    }

    #[test]
    fn built_registration_numbers_are_right() {
        for index in 0..5_000 {
            let first14 = format!("500118{:08}", mixed(index) % 100_000_000);
            let number = registration_number(&first14).unwrap();
            assert_eq!(classify(&number), IdKind::Registration15, "{number}");
            assert_eq!(region_of(&number), Some("500118"));
        }
        for first14 in ["", "4403011030974", "440301103097413", "4403011030974X", "４４０３"] {
            assert_eq!(registration_number(first14), None, "{first14}");
        }
    }

    #[test]
    fn an_organisation_code_is_judged_apart_from_the_whole() {
        let first17 = b"91350100M000100Y5";
        let check = uscc_check_digit(first17).unwrap();
        let code = format!("91350100M000100Y5{}", char::from(check));
        assert_eq!(classify(&code), IdKind::Uscc);
        assert_eq!(organisation_code_of_uscc_is_right(&code), Some(false));
        assert_eq!(organisation_code_of_uscc_is_right("440301103097413"), None);
        assert_eq!(organisation_code_of_uscc_is_right("91350100m000100Y43"), None);
        assert_eq!(organisation_code_check(b"M000-00Y"), None);
    }

    #[test]
    fn organisation_check_ten_is_x_and_eleven_is_zero() {
        assert_eq!(organisation_code_check(b"00000000"), Some(b'0'));
        assert_eq!(organisation_code_check(b"20379090"), Some(b'3'));
        let mut seen = std::collections::BTreeSet::new();
        for index in 0..500 {
            seen.insert(organisation_code_check(&body(index)).unwrap());
        }
        assert_eq!(seen, b"0123456789X".iter().copied().collect());
    }

    #[test]
    fn the_region_is_read_by_shape() {
        assert_eq!(region_of("91350100M000100Y43"), Some("350100"));
        assert_eq!(region_of("440301103097413"), Some("440301"));
        for id in ["", "9135010AM000100Y43", "3301811234567", "91350100M000100Y4", "永川永川永川", "永川永川永"]
        {
            assert_eq!(region_of(id), None, "{id}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn numbers_made_of_codes_are_recognised() {
        for id in [
            "1.0E+17",
            "9.15500118E+17",
            "9.15500118e17",
            "9E+17",
            "9E17",
            "9e+17",
            "4.40301103097413E+14",
            "440301103097413.0",
            "915001189037961504.00",
        ] {
            assert!(looks_mangled(id), "{id}");
        }
        for id in [
            "", "E", ".", "1.", ".0", "E+17", "1.0E", "1.0E+", "1.0E+1234", "440301103097413", "440301103097413.5",
            "91350100M000100Y43", "9150011820379E9031", "91500118203790E031", "1.2.0", "A.0", "第1.0", "1.0E+１",
        ] {
            assert!(!looks_mangled(id), "{id}");
        }
    }

    #[test]
    fn codes_rounded_to_fifteen_digits_are_recognised() {
        assert!(looks_rounded("915001189037961000"));
        assert!(!looks_rounded("915001189037961504"));
        assert!(!looks_rounded("91350100M000100000"));
        assert!(!looks_rounded("440301103097000"));
        let right = (0..100_000u32).map(|index| format!("91500118{:08}", index * 10)).find_map(|start| {
            let code = uscc(&start[..8], start.as_bytes()[8..].first_chunk()?)?;
            code.ends_with("000").then_some(code)
        });
        assert!(!looks_rounded(&right.expect("one code in a hundred thousand ends in 000")));
    }
}
