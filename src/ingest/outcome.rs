//! What becomes of a file's rows beside the table itself: quarantine, counts and warnings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::message::Message;
use crate::terms::{Bilingual, Note, SetAside, Warning, shorten};

use super::account::Account;

/// Most characters of a row that are kept in quarantine.
pub const RAW_CHARACTERS: usize = 4_096;
/// Most characters of a value that a message shows.
const SHOWN_CHARACTERS: usize = 40;
/// Examples that a warning shows.
pub(super) const EXAMPLES: usize = 3;
/// Unknown status words that a warning lists.
const WORDS_LISTED: usize = 12;

/// A row that was read and not used, or a cell of a row that is used otherwise.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QuarantinedRow {
    /// Table of the plan: entities, credit, risk.MODEL, flags, ledger, inspectors.
    pub table: String,
    /// File as the plan writes it.
    pub file: String,
    /// Line at which the record starts in a text file, row of the sheet, or record number; all from 1.
    pub row: u64,
    /// Column of the cell that was set aside; `None` where the whole row was.
    pub column: Option<String>,
    /// Why.
    pub reason: SetAside,
    /// The row as it stands in the file (text) or its cells joined by commas; at most 4,096 characters.
    pub raw: String,
}

/// How often something was noted, with the first rows and values.
pub(super) type Tally<Row> = (u64, Vec<(Row, String)>);

/// Notes on one block of rows, by row of the batch.
#[derive(Default, Debug)]
pub(super) struct Notes {
    tallies: BTreeMap<Note, Tally<usize>>,
    words: BTreeMap<String, u64>,
    cells: Vec<(usize, &'static str, SetAside)>,
}

impl Notes {
    /// Notes something about `row` of the batch.
    pub fn add(&mut self, note: Note, row: usize, value: &str) {
        let (count, examples) = self.tallies.entry(note).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push((row, shorten(value, SHOWN_CHARACTERS).to_owned()));
        }
    }

    /// Counts a status word that is not known.
    pub fn unknown_word(&mut self, word: &str) {
        match self.words.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                self.words.insert(word.to_owned(), 1);
            }
        }
    }

    /// Sets one cell of `row` of the batch aside; the rest of the row is used.
    pub fn set_cell_aside(&mut self, row: usize, column: &'static str, reason: SetAside) {
        self.cells.push((row, column, reason));
    }
}

/// What becomes of the rows of one file beside its table.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Table of the plan, such as "entities" or "risk.general".
    pub table: String,
    /// File as the plan writes it.
    pub file: String,
    /// Rows read so far, without blank rows.
    pub rows_read: u64,
    /// Rows and cells set aside.
    pub quarantine: Vec<QuarantinedRow>,
    /// Status words that are not known and how often they stand.
    words: BTreeMap<String, u64>,
    tallies: BTreeMap<Note, Tally<u64>>,
    warnings: Vec<Warning>,
    /// Of several files that make the table: rows before each, and its name.
    pub starts: Vec<(u64, String)>,
}

impl Outcome {
    /// Nothing read yet.
    pub fn new(table: &str, file: &str) -> Self {
        Self {
            table: table.to_owned(),
            file: file.to_owned(),
            rows_read: 0,
            quarantine: Vec::new(),
            words: BTreeMap::new(),
            tallies: BTreeMap::new(),
            warnings: Vec::new(),
            starts: Vec::new(),
        }
    }

    /// Sets a row aside.
    pub fn set_aside(&mut self, row: u64, reason: SetAside, raw: &str) {
        self.push(row, None, reason, raw);
    }

    fn push(&mut self, row: u64, column: Option<String>, reason: SetAside, raw: &str) {
        let raw = shorten(raw, RAW_CHARACTERS).to_owned();
        let at = self.starts.partition_point(|(before, _)| *before < row);
        let (before, file) = at.checked_sub(1).map_or((0, &self.file), |at| (self.starts[at].0, &self.starts[at].1));
        self.quarantine.push(QuarantinedRow {
            table: self.table.clone(),
            file: file.clone(),
            row: row - before,
            column,
            reason,
            raw,
        });
    }

    /// Adds a warning that is not counted.
    pub fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// Notes something about a row of the file.
    pub fn note(&mut self, note: Note, row: u64, value: &str) {
        let (count, examples) = self.tallies.entry(note).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push((row, shorten(value, SHOWN_CHARACTERS).to_owned()));
        }
    }

    /// Takes over the notes on a block; `row_number` and `raw` are of rows of the batch.
    pub fn take(&mut self, notes: Notes, row_number: impl Fn(usize) -> u64, raw: impl Fn(usize) -> String) {
        for (note, (count, examples)) in notes.tallies {
            let tally = self.tallies.entry(note).or_default();
            tally.0 += count;
            let free = EXAMPLES - tally.1.len();
            tally.1.extend(examples.into_iter().take(free).map(|(row, value)| (row_number(row), value)));
        }
        for (word, count) in notes.words {
            *self.words.entry(word).or_default() += count;
        }
        for (row, column, reason) in notes.cells {
            self.push(row_number(row), Some(column.to_owned()), reason, &raw(row));
        }
    }

    /// The account of the rows; `usable` have an id that can be used, `accepted` stand in the table.
    pub fn into_account(self, usable: usize, accepted: usize) -> Account {
        Account {
            rows_read: self.rows_read,
            usable: usable as u64,
            accepted: accepted as u64,
            words: self.words,
            tallies: self.tallies,
            warnings: self.warnings.iter().map(Message::from).collect(),
            ..Account::of(self.table, self.file, self.quarantine)
        }
    }
}

/// Status words that are not known, most frequent first.
pub(super) fn unknown_status(file: &str, words: BTreeMap<String, u64>) -> Option<Warning> {
    let mut words: Vec<(String, u64)> = words.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rows: u64 = words.iter().map(|(_, count)| count).sum();
    let mut listed: Vec<String> =
        words.iter().take(WORDS_LISTED).map(|(word, count)| format!("\"{word}\" {count}")).collect();
    if words.len() > WORDS_LISTED {
        listed.push(format!("… (+{})", words.len() - WORDS_LISTED));
    }
    (rows > 0).then(|| Warning::UnknownStatus { file: file.to_owned(), rows, words: listed.join(", ") })
}

/// Rows and cells set aside under one reason.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SetAsideBy {
    /// How many.
    pub rows: u64,
    /// The first of them.
    pub first: QuarantinedRow,
}

/// Rows and cells set aside, by table, file and reason; most frequent first.
pub fn by_reason<'a>(rows: impl Iterator<Item = &'a QuarantinedRow>) -> Vec<SetAsideBy> {
    let mut found: BTreeMap<(&str, &str, bool, &str), SetAsideBy> = BTreeMap::new();
    for row in rows {
        let key = (row.table.as_str(), row.file.as_str(), row.column.is_some(), row.reason.code());
        found.entry(key).or_insert_with(|| SetAsideBy { rows: 0, first: row.clone() }).rows += 1;
    }
    let mut found: Vec<SetAsideBy> = found.into_values().collect();
    found.sort_by_key(|by| std::cmp::Reverse(by.rows));
    found
}

/// A few words of a list, for a message: `"a", "b", "c", …`.
pub(super) fn a_few<'a>(words: impl IntoIterator<Item = &'a str>, limit: usize) -> String {
    let mut words = words.into_iter();
    let mut shown: Vec<String> =
        words.by_ref().take(limit).map(|word| format!("\"{}\"", shorten(word, SHOWN_CHARACTERS))).collect();
    if words.next().is_some() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_counts_all_and_shows_three() {
        let mut outcome = Outcome::new("entities", "a.csv");
        let mut notes = Notes::default();
        for row in 0..5 {
            notes.add(Note::LongField, row, &format!("v{row}"));
        }
        outcome.note(Note::LongField, 1, "first");
        outcome.take(notes, |row| row as u64 + 10, |_| String::new());
        outcome.rows_read = 6;
        let receipt = outcome.into_account(6, 6).close(false, 0.0, &mut Vec::new()).expect("an account");
        let said = &receipt.warnings[0].en;
        assert!(said.starts_with("a.csv: 6 cells"), "{said}");
        assert!(said.ends_with("(first: row 1 \"first\", row 10 \"v0\", row 11 \"v1\")"), "{said}");
    }

    #[test]
    fn a_long_row_is_cut_between_characters() {
        let mut outcome = Outcome::new("entities", "a.csv");
        outcome.set_aside(3, SetAside::MissingKey, &"检".repeat(RAW_CHARACTERS + 5));
        assert_eq!(outcome.quarantine[0].raw.chars().count(), RAW_CHARACTERS);
    }

    #[test]
    fn a_list_in_a_message_is_short() {
        assert_eq!(a_few(["a", "b"], 2), "\"a\", \"b\"");
        assert_eq!(a_few(["a", "b", "c"], 2), "\"a\", \"b\", …");
    }
}
