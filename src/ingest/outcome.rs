//! What becomes of a file's rows beside the table itself: quarantine, counts and warnings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::IngestError;

/// Most characters of a row that are kept in quarantine.
pub const RAW_CHARACTERS: usize = 4_096;
/// Most characters of a value that a message shows.
const SHOWN_CHARACTERS: usize = 40;
/// Examples that a warning shows.
const EXAMPLES: usize = 3;

/// A remark about a file whose rows could be used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Warning {
    /// Kebab-case code, such as "wrong-check-digit".
    pub code: String,
    /// A sentence with the count and up to three examples (row and value).
    pub text: String,
}

/// A row that was read and not used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QuarantinedRow {
    /// File as the plan writes it.
    pub file: String,
    /// Line at which the record starts in a text file, row of the sheet, or record number; all from 1.
    pub row: u64,
    /// Kebab-case code, such as "missing-key".
    pub reason: String,
    /// A sentence about this row.
    pub detail: String,
    /// The row as it stands in the file (text) or its cells joined by commas; at most 4,096 characters.
    pub raw: String,
}

/// A kind of remark that is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Kind {
    /// Kebab-case code of the warning.
    pub code: &'static str,
    /// The sentence after the count.
    pub text: &'static str,
}

/// How often a remark was made, and its first examples.
#[derive(Clone, Default, Debug)]
struct Tally {
    count: u64,
    examples: Vec<(u64, String)>,
}

/// Remarks of one block of rows, by row of the batch.
#[derive(Default, Debug)]
pub(super) struct Jottings {
    tallies: BTreeMap<Kind, (u64, Vec<(usize, String)>)>,
    words: BTreeMap<String, u64>,
}

impl Jottings {
    /// Counts a remark about `row` of the batch.
    pub fn add(&mut self, kind: Kind, row: usize, value: &str) {
        let (count, examples) = self.tallies.entry(kind).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push((row, shorten(value, SHOWN_CHARACTERS)));
        }
    }

    /// Counts a word that is not known.
    pub fn name(&mut self, word: &str) {
        match self.words.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                self.words.insert(word.to_owned(), 1);
            }
        }
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
    /// Rows set aside.
    pub quarantine: Vec<QuarantinedRow>,
    /// Words that are not known and how often they stand.
    pub words: BTreeMap<String, u64>,
    tallies: BTreeMap<Kind, Tally>,
    remarks: Vec<Warning>,
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
            remarks: Vec::new(),
        }
    }

    /// Sets a row aside.
    pub fn set_aside(&mut self, row: u64, reason: &str, detail: String, raw: &str) {
        self.quarantine.push(QuarantinedRow {
            file: self.file.clone(),
            row,
            reason: reason.to_owned(),
            detail,
            raw: shorten(raw, RAW_CHARACTERS),
        });
    }

    /// Adds a remark that is not counted.
    pub fn remark(&mut self, code: &str, text: String) {
        self.remarks.push(Warning { code: code.to_owned(), text });
    }

    /// Counts one remark about a row of the file.
    pub fn count(&mut self, kind: Kind, row: u64, value: &str) {
        let tally = self.tallies.entry(kind).or_default();
        tally.count += 1;
        if tally.examples.len() < EXAMPLES {
            tally.examples.push((row, shorten(value, SHOWN_CHARACTERS)));
        }
    }

    /// Takes over the remarks of a block, its rows numbered by `row_number`.
    pub fn take(&mut self, jottings: Jottings, row_number: impl Fn(usize) -> u64) {
        for (kind, (count, examples)) in jottings.tallies {
            let tally = self.tallies.entry(kind).or_default();
            tally.count += count;
            let free = EXAMPLES - tally.examples.len();
            tally.examples.extend(examples.into_iter().take(free).map(|(row, value)| (row_number(row), value)));
        }
        for (word, count) in jottings.words {
            *self.words.entry(word).or_default() += count;
        }
    }

    /// The warnings, remarks first, then counts by code.
    pub fn warnings(&mut self) -> Vec<Warning> {
        let mut warnings = std::mem::take(&mut self.remarks);
        for (kind, tally) in std::mem::take(&mut self.tallies) {
            let examples: Vec<String> =
                tally.examples.iter().map(|(row, value)| format!("row {row} \"{value}\"")).collect();
            warnings.push(Warning {
                code: kind.code.to_owned(),
                text: format!("{}: {} {} (first: {})", self.file, tally.count, kind.text, examples.join(", ")),
            });
        }
        warnings
    }

    /// Refuses a table of which no row can be used.
    pub fn refuse_nothing(&self, accepted: usize) -> Result<(), IngestError> {
        let (table, file) = (self.table.clone(), self.file.clone());
        match self.quarantine.first() {
            _ if accepted > 0 => Ok(()),
            _ if self.rows_read == 0 => Err(IngestError::Empty { table, file }),
            Some(first) => Err(IngestError::NothingAccepted {
                table,
                file,
                rows: self.rows_read,
                row: first.row,
                reason: first.reason.clone(),
                detail: first.detail.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// The first `limit` characters of a text.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => text[..end].to_owned(),
    }
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

    const KIND: Kind = Kind { code: "odd", text: "odd values" };

    #[test]
    fn a_warning_counts_all_and_shows_three() {
        let mut outcome = Outcome::new("entities", "a.csv");
        let mut jottings = Jottings::default();
        for row in 0..5 {
            jottings.add(KIND, row, &format!("v{row}"));
        }
        outcome.count(KIND, 1, "first");
        outcome.take(jottings, |row| row as u64 + 10);
        let warnings = outcome.warnings();
        assert_eq!(warnings[0].text, "a.csv: 6 odd values (first: row 1 \"first\", row 10 \"v0\", row 11 \"v1\")");
    }

    #[test]
    fn a_long_row_is_cut_between_characters() {
        let mut outcome = Outcome::new("entities", "a.csv");
        outcome.set_aside(3, "broken-record", String::new(), &"检".repeat(RAW_CHARACTERS + 5));
        assert_eq!(outcome.quarantine[0].raw.chars().count(), RAW_CHARACTERS);
    }

    #[test]
    fn a_list_in_a_message_is_short() {
        assert_eq!(a_few(["a", "b"], 2), "\"a\", \"b\"");
        assert_eq!(a_few(["a", "b", "c"], 2), "\"a\", \"b\", …");
    }
}
