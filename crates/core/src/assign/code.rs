//! Codes: short public numbers for entities and inspectors.
//!
//! A code is a prefix (kind, registration date; or kind, department) and random digits. The digits are
//! `ticket(label fairdraw/1/code, further line turn, id) mod 10^width`, zero-padded; an id takes turn 0, 1, … until the whole
//! code is new. A code is no secret: who has the ids recomputes it.

use crate::sampling::lots::{Label, LotError, LotKey, iv};
use std::collections::{BTreeMap, BTreeSet};

/// A code given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenCode {
    /// Whose it is.
    pub id: String,
    /// Prefix and digits.
    pub code: String,
    /// How many codes were taken already when this one was found.
    pub turn: u32,
}

/// Why codes cannot be given.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CodeError {
    /// The seed cannot be one.
    #[error(transparent)]
    Lot(#[from] LotError),
    /// Hardly any code of a prefix would be left.
    #[error(
        "{wanted} codes with the prefix `{prefix}` are asked for, and of 10^{width} at most nine tenths are given; widen the random part"
    )]
    TooMany {
        /// The prefix.
        prefix: String,
        /// Codes with it, given before and now.
        wanted: u64,
        /// Random digits.
        width: u32,
    },
    /// More digits than a lot has.
    #[error("a code of {width} random digits is asked for; it has 1 to 18")]
    Width {
        /// Random digits.
        width: u32,
    },
}

/// Gives a code to everyone of `ids` (id, prefix) who has none in `given` (id → code, of earlier rounds), one after the other by
/// (ticket of turn 0, id).
///
/// # Errors
/// [`CodeError`]; then none is given.
pub fn give_codes(
    ids: &[(String, String)],
    given: &BTreeMap<String, String>,
    width: u32,
    seed: &str,
) -> Result<Vec<GivenCode>, CodeError> {
    if !(1..=18).contains(&width) {
        return Err(CodeError::Width { width });
    }
    let range = 10u64.pow(width);
    let waiting: Vec<&(String, String)> = ids.iter().filter(|(id, _)| !given.contains_key(id)).collect();
    let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
    waiting.iter().for_each(|(_, prefix)| *wanted.entry(prefix).or_default() += 1);
    for (&prefix, wanted) in &mut wanted {
        let has_prefix = |code: &&String| code.len() == prefix.len() + width as usize && code.starts_with(prefix);
        *wanted += given.values().filter(has_prefix).count() as u64;
        if u128::from(*wanted) * 10 > u128::from(range) * 9 {
            return Err(CodeError::TooMany { prefix: prefix.to_owned(), wanted: *wanted, width });
        }
    }
    let mut turns = vec![LotKey::labelled(Label::Code, seed, "", &["0"])?];
    let mut order: Vec<(u64, &str, &str)> =
        waiting.iter().map(|(id, prefix)| (turns[0].ticket(&iv(id)), id.as_str(), prefix.as_str())).collect();
    order.sort_unstable();
    let mut taken: BTreeSet<String> = given.values().cloned().collect();
    let mut codes = Vec::with_capacity(order.len());
    for (_, id, prefix) in order {
        let iv = iv(id);
        for turn in 0.. {
            if turn as usize == turns.len() {
                turns.push(LotKey::labelled(Label::Code, seed, "", &[&turn.to_string()])?);
            }
            let digits = turns[turn as usize].ticket(&iv) % range;
            let code = format!("{prefix}{digits:0width$}", width = width as usize);
            if taken.insert(code.clone()) {
                codes.push(GivenCode { id: id.to_owned(), code, turn });
                break;
            }
        }
    }
    Ok(codes)
}
