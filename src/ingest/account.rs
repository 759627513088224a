//! The account of a table: what became of its rows. Accounts of pieces that were read apart add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::message::Message;
use crate::terms::{Bilingual as _, Note, SetAside, Warning};

use super::Receipt;
use super::error::IngestError;
use super::outcome::{EXAMPLES, QuarantinedRow, SetAsideBy, Tally, by_reason, unknown_status};
use super::source::Identity;

/// Rows a table needs before the share that was set aside can stop a run; a shorter table is seen at a glance.
const ROWS_FOR_A_SHARE: u64 = 100;

/// What became of the rows of a table, or of a piece of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Account {
    /// Table of the plan, such as "entities" or "risk.general".
    pub table: String,
    /// File as the plan writes it.
    pub file: String,
    /// What the receipt says of the file, from whoever saw all of it.
    pub(super) identity: Option<Identity>,
    /// Rows read, without blank rows.
    pub(super) rows_read: u64,
    /// Rows with a usable id, before one of several of an id was chosen.
    pub(super) usable: u64,
    /// Rows that stand in the table.
    pub(super) accepted: u64,
    /// Rows and cells set aside, by reason.
    pub(super) set_aside: Vec<SetAsideBy>,
    /// Status words that are not known and how often they stand.
    pub(super) words: BTreeMap<String, u64>,
    pub(super) tallies: BTreeMap<Note, Tally<u64>>,
    /// What is worth knowing and not counted.
    pub(super) warnings: Vec<Message>,
    /// The first id of official form: row and id.
    pub(super) official: Option<(u64, String)>,
    /// Rows and cells set aside, until they are written.
    pub(super) quarantine: Vec<QuarantinedRow>,
    /// Of rows that another engine handed over.
    pub(super) digest: RowDigest,
}

/// A digest of rows that does not depend on their order: the sum of the SHA-256 of each, modulo 2²⁵⁶.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowDigest {
    /// Least significant word first.
    sum: [u64; 4],
    bytes: u64,
}

impl RowDigest {
    /// Takes in a row, as the bytes of its cells.
    pub fn add_row(&mut self, row: &[u8]) {
        let digest = Sha256::digest(row);
        let word = |at: usize| u64::from_be_bytes(std::array::from_fn(|byte| digest[(3 - at) * 8 + byte]));
        self.add(Self { sum: std::array::from_fn(word), bytes: row.len() as u64 });
    }

    fn add(&mut self, other: Self) {
        let mut carry = false;
        for (own, other) in self.sum.iter_mut().zip(other.sum) {
            let (sum, first) = own.overflowing_add(other);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*own, carry) = (sum, first || second);
        }
        self.bytes += other.bytes;
    }
}

impl Account {
    /// Of rows set aside, beside which there is nothing yet.
    pub(super) fn of(table: String, file: String, mut quarantine: Vec<QuarantinedRow>) -> Self {
        quarantine.sort_by(|a, b| (&a.file, a.row).cmp(&(&b.file, b.row)));
        Self { table, file, set_aside: by_reason(quarantine.iter()), quarantine, ..Self::default() }
    }

    /// The rows and cells set aside that are not written yet.
    pub fn take_quarantine(&mut self) -> Vec<QuarantinedRow> {
        std::mem::take(&mut self.quarantine)
    }

    /// Says that the rows came from another engine, and no file was read: their digest is that of all rows.
    pub fn is_of_engine(&mut self) {
        let RowDigest { sum, bytes } = self.digest;
        let digits = sum.iter().rev().map(|word| format!("{word:016x}")).collect();
        self.identity = Some(Identity { format: "rows".to_owned(), encoding: None, sha256: digits, bytes });
    }

    /// Takes in another piece of the same table.
    pub fn merge(&mut self, other: Self) {
        self.identity = self.identity.take().or(other.identity);
        self.rows_read += other.rows_read;
        self.usable += other.usable;
        self.accepted += other.accepted;
        self.set_aside = merged(std::mem::take(&mut self.set_aside), other.set_aside);
        for (word, count) in other.words {
            *self.words.entry(word).or_default() += count;
        }
        for (note, (count, examples)) in other.tallies {
            let (own, shown) = self.tallies.entry(note).or_default();
            *own += count;
            shown.extend(examples);
            // The first in the file, wherever they were read.
            shown.sort();
            shown.truncate(EXAMPLES);
        }
        self.warnings.extend(other.warnings);
        self.official = match (self.official.take(), other.official) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.quarantine.extend(other.quarantine);
        self.digest.add(other.digest);
    }

    /// Closes the account of a whole table, and hands its quarantined rows over, by row. `may_be_empty`: whether a table without
    /// rows is a table, or a file that was exported wrongly; `limit`: largest share of rows that may be set aside, 0 to 1.
    ///
    /// # Errors
    /// A table of which nothing, or too little, can be used.
    pub fn close(
        mut self,
        may_be_empty: bool,
        limit: f64,
        quarantine: &mut Vec<QuarantinedRow>,
    ) -> Result<Receipt, IngestError> {
        if self.rows_read == 0 && may_be_empty {
            let warning = Warning::EmptyTable { file: self.file.clone(), table: self.table.clone() };
            self.warnings.push(Message::from(&warning));
        } else {
            // Rows of which none can be used are a wrong file, not an empty list.
            self.refuse_nothing()?;
        }
        self.refuse_too_many(limit)?;
        self.note_on_forms();
        let count = |cells: bool| -> u64 {
            self.set_aside.iter().filter(|by| by.first.column.is_some() == cells).map(|by| by.rows).sum()
        };
        let (quarantined, cells_quarantined) = (count(false), count(true));
        if self.accepted + quarantined != self.rows_read {
            let (file, read, accepted) = (self.file, self.rows_read, self.accepted);
            return Err(IngestError::RowsLost { file, read, accepted, quarantined });
        }
        let mut warnings = self.warnings;
        warnings.extend(unknown_status(&self.file, self.words).iter().map(Message::from));
        let noted = self
            .tallies
            .into_iter()
            .map(|(note, (rows, first))| Message::from(&Warning::Noted { note, file: self.file.clone(), rows, first }));
        warnings.extend(noted);
        quarantine.append(&mut self.quarantine);
        let Identity { format, encoding, sha256, bytes } = self.identity.unwrap_or_default();
        Ok(Receipt {
            table: self.table,
            file: self.file,
            format,
            encoding,
            sha256,
            bytes,
            rows_read: self.rows_read,
            accepted: self.accepted,
            quarantined,
            cells_quarantined,
            warnings,
        })
    }

    /// Whole rows that were set aside, by reason.
    fn rows_set_aside(&self) -> impl Iterator<Item = &SetAsideBy> {
        self.set_aside.iter().filter(|by| by.first.column.is_none())
    }

    /// Refuses a table of which no row can be used; records that are not filled in yet are no fault.
    fn refuse_nothing(&self) -> Result<(), IngestError> {
        let (table, file) = (self.table.clone(), self.file.clone());
        let faults = self.rows_set_aside().filter(|by| by.first.reason != SetAside::NotMade);
        match faults.min_by_key(|by| by.first.row) {
            _ if self.accepted > 0 => Ok(()),
            _ if self.rows_read == 0 => Err(IngestError::Empty { table, file }),
            Some(SetAsideBy { first, .. }) => Err(IngestError::NothingAccepted {
                table,
                file,
                rows: self.rows_read,
                row: first.row,
                reason: Box::new(first.reason.clone()),
            }),
            None => Ok(()),
        }
    }

    /// Refuses a table of which a larger share than `limit` is set aside: a wrong column, or a broken file.
    fn refuse_too_many(&self, limit: f64) -> Result<(), IngestError> {
        let of_data = || self.rows_set_aside().filter(|by| by.first.reason.is_of_data());
        let rows: u64 = of_data().map(|by| by.rows).sum();
        if self.rows_read < ROWS_FOR_A_SHARE || rows as f64 <= limit * self.rows_read as f64 {
            return Ok(());
        }
        let reasons = of_data().cloned().collect();
        Err(IngestError::TooManySetAside { file: self.file.clone(), rows, of: self.rows_read, limit, reasons })
    }

    /// A registry that uses ids of its own says so once, and then names only the exceptions.
    fn note_on_forms(&mut self) {
        let other = self.tallies.get(&Note::UnknownIdForm).map_or(0, |(count, _)| *count);
        if other * 2 <= self.usable {
            return;
        }
        if let Some((ids, examples)) = self.tallies.remove(&Note::UnknownIdForm) {
            let example = examples.into_iter().next().map(|(_, value)| value).unwrap_or_default();
            let warning = Warning::OtherIdForm { file: self.file.clone(), ids, of: self.usable, example };
            self.warnings.push(Message::from(&warning));
        }
        if let Some((row, id)) = self.official.take() {
            let (count, examples) = self.tallies.entry(Note::OfficialIdForm).or_default();
            *count += 1;
            examples.push((row, id));
        }
    }
}

/// Rows set aside in two pieces of a table, by reason; most frequent first.
fn merged(own: Vec<SetAsideBy>, others: Vec<SetAsideBy>) -> Vec<SetAsideBy> {
    let mut found: BTreeMap<(bool, &'static str), SetAsideBy> = BTreeMap::new();
    for by in own.into_iter().chain(others) {
        match found.entry((by.first.column.is_some(), by.first.reason.code())) {
            std::collections::btree_map::Entry::Vacant(free) => _ = free.insert(by),
            std::collections::btree_map::Entry::Occupied(mut own) => {
                let own = own.get_mut();
                own.rows += by.rows;
                if by.first.row < own.first.row {
                    own.first = by.first;
                }
            }
        }
    }
    let mut found: Vec<SetAsideBy> = found.into_values().collect();
    found.sort_by_key(|by| std::cmp::Reverse(by.rows));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(rows: &[(u64, SetAside)]) -> Account {
        let row = |(row, reason): &(u64, SetAside)| QuarantinedRow {
            table: "entities".to_owned(),
            file: "a.csv".to_owned(),
            row: *row,
            column: None,
            reason: reason.clone(),
            raw: String::new(),
        };
        let quarantine: Vec<QuarantinedRow> = rows.iter().map(row).collect();
        let accepted = 100 - rows.len() as u64;
        let of = Account::of("entities".to_owned(), "a.csv".to_owned(), quarantine);
        Account { rows_read: 100, usable: accepted, accepted, ..of }
    }

    #[test]
    fn a_share_above_the_limit_is_refused_with_its_reasons() {
        let mut rows: Vec<(u64, SetAside)> = (0..20).map(|row| (row, SetAside::MissingKey)).collect();
        rows.extend((20..70).map(|row| (row, SetAside::RepeatedHeader)));
        assert!(account(&rows).close(false, 0.2, &mut Vec::new()).is_ok());
        rows.push((99, SetAside::UnclosedQuote));
        let error = account(&rows).close(false, 0.2, &mut Vec::new()).expect_err("21 of 100").to_string();
        assert!(
            error.contains("21 of 100") && error.contains("missing-key") && error.contains("set-aside-limit"),
            "{error}"
        );
    }

    #[test]
    fn pieces_add_up_whatever_their_order() {
        let mut pieces: Vec<Account> = (0..4u64)
            .map(|piece| {
                let mut own = account(&[(90 - piece, SetAside::MissingKey), (7 + piece, SetAside::GarbledKey)]);
                own.tallies
                    .insert(Note::LongField, (2, vec![(50 - piece, "a".to_owned()), (60 + piece, "b".to_owned())]));
                own.words.insert("注消".to_owned(), piece);
                own.official = Some((30 - piece, "id".to_owned()));
                own
            })
            .collect();
        let close = |pieces: &[Account]| {
            let mut all = pieces[0].clone();
            pieces[1..].iter().for_each(|piece| all.merge(piece.clone()));
            all.close(false, 1.0, &mut Vec::new()).expect("an account")
        };
        let forwards = close(&pieces);
        pieces.reverse();
        assert_eq!(close(&pieces), forwards);
        assert_eq!((forwards.rows_read, forwards.accepted, forwards.quarantined), (400, 392, 8));
        assert!(forwards.warnings[1].en.ends_with("(first: row 47 \"a\", row 48 \"a\", row 49 \"a\")"), "{forwards:?}");
    }
}
