//! What stops the reading of a table. Each message says what is wrong, in which file and row, and what to change.

use std::path::PathBuf;

use crate::terms::{Bilingual, SetAside, grouped, shorten};

use super::outcome::SetAsideBy;

/// A table that cannot be read. Rows at fault are quarantined instead; see [`QuarantinedRow`](super::QuarantinedRow).
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The file is missing or may not be read.
    #[error(
        "{file} cannot be read ({source}; looked at {}): correct `path` under [inputs.{table}], or the permission to read it",
        path.display()
    )]
    Unreadable {
        /// Table of the plan.
        table: String,
        /// File as the plan writes it.
        file: String,
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The path names a folder, a pipe or a device.
    #[error(
        "{file} is not a file: correct `path` under [inputs.{table}]; a pipe cannot be read twice, so write it to a file first"
    )]
    NotAFile {
        /// Table of the plan.
        table: String,
        /// File as the plan writes it.
        file: String,
    },
    /// A folder or pattern without files.
    #[error(
        "no Parquet file is found for {file}: correct `path` under [inputs.{table}]; names that begin with . or _ are left out"
    )]
    NoFiles {
        /// Table of the plan.
        table: String,
        /// Folder or pattern as the plan writes it.
        file: String,
    },
    /// A folder or pattern with more files than are read as one table.
    #[error("{file} means more than {limit} Parquet files: name fewer under [inputs.{table}], or write them as fewer")]
    ManyFiles {
        /// Table of the plan.
        table: String,
        /// Folder or pattern as the plan writes it.
        file: String,
        /// Most that are read.
        limit: usize,
    },
    /// A store or database that does not give what is asked of it.
    #[error("[inputs.{table}]: {error}")]
    Remote {
        /// Table of the plan.
        table: String,
        /// What is wrong.
        error: crate::remote::RemoteError,
    },
    /// A table that the plan does not read.
    #[error("the plan reads no table {table}; add [inputs.{table}], or leave the table out")]
    NoTable {
        /// Its name.
        table: String,
    },
    /// Rows that do not fit in memory could not be kept.
    #[error(transparent)]
    Spill(#[from] crate::spill::SpillError),
    /// The file unpacks to more than is allowed.
    #[error(
        "{file} unpacks to more than {} MiB: if it is no mistake, raise the limit under [inputs.{table}], as in \
         `unpacked-limit-mib = {}`",
        limit >> 20,
        (limit >> 20) * 4
    )]
    Unpacked {
        /// File as the plan writes it.
        file: String,
        /// Table of the plan.
        table: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file that is read whole and takes more memory than there is.
    #[error(
        "{file} takes more than {} of memory, and Excel and texts that are not plain UTF-8 with one line a row are held whole: give more with \
         --memory, or write it as Parquet, which is read piece by piece",
        bytesize::ByteSize(*memory)
    )]
    BeyondMemory {
        /// File as the plan writes it.
        file: String,
        /// Bytes that it may take.
        memory: u64,
    },
    /// An earlier round cannot be read.
    #[error("the earlier round {folder}: {source}; correct inputs.rounds")]
    Round {
        /// Its folder as the plan writes it.
        folder: String,
        /// Why.
        source: Box<crate::published::PublishedError>,
    },
    /// The amendments of an earlier round cannot be read.
    #[error("the amendments of an earlier round: {0}")]
    Amendments(#[from] crate::amendment::BrokenChain),
    /// Two earlier rounds of one day.
    #[error(
        "the earlier rounds {first} and {second} are both as of {day}, so that it is not clear which came first; name one \
         of them in inputs.rounds"
    )]
    TwoRounds {
        /// The folder of one.
        first: String,
        /// The folder of the other.
        second: String,
        /// Their day.
        day: String,
    },
    /// A row of the table of tasks cannot be used.
    #[error("{file}, row {row}: {}; every row of the table of tasks is drawn, so correct it or remove it", reason.en())]
    TaskSetAside {
        /// File as the plan writes it.
        file: String,
        /// The row.
        row: u64,
        /// Why.
        reason: SetAside,
    },
    /// The file was written to while it was read.
    #[error("{file} changed while it was being read: run again when nothing writes to it")]
    Changed {
        /// File as the plan writes it.
        file: String,
    },
    /// The content is not what the file's ending or first bytes promise.
    #[error("{file} cannot be read as {format} ({problem}): {fix}")]
    Malformed {
        /// File as the plan writes it.
        file: String,
        /// Format that was tried.
        format: String,
        /// What the decoder said.
        problem: String,
        /// What to change.
        fix: String,
    },
    /// The bytes of a text file are not in the stated or any known encoding.
    #[error("{file}, line {row}: the bytes are not {tried}: {fix}")]
    WrongEncoding {
        /// File as the plan writes it.
        file: String,
        /// Line of the first bytes at fault.
        row: u64,
        /// Encoding that was tried.
        tried: String,
        /// What to change.
        fix: String,
    },
    /// No row of the head of the file holds the table's headers.
    #[error(
        "{file}: none of the first {rows} rows holds the header of the column {column} (row {row} begins with {seen}): \
         name the file's header under [inputs.{table}], as in `columns = {{ {column} = \"…\" }}` (a column whose header is \
         blank by its place: `\"#1\"` is the first), or set `header-row`"
    )]
    NoHeader {
        /// Table of the plan.
        table: String,
        /// File as the plan writes it.
        file: String,
        /// Rows that were looked at.
        rows: usize,
        /// Column without which the table cannot be read.
        column: String,
        /// First row with content.
        row: u64,
        /// Its first cells.
        seen: String,
    },
    /// A column that the plan needs is not in the file.
    #[error(
        "{file}{}: no header for the column {column} among {headers}: add the column to the file, or name its \
         header under [inputs.{table}], as in `columns = {{ {column} = \"…\" }}`",
        if *row == 0 { String::new() } else { format!(", row {row}") }
    )]
    MissingColumn {
        /// Table of the plan.
        table: String,
        /// File as the plan writes it.
        file: String,
        /// Row of the headers (0 for Parquet and Arrow, whose headers are not in a row).
        row: u64,
        /// Column that is missing, as the plan names it.
        column: String,
        /// Headers of the file.
        headers: String,
    },
    /// A header of the registry looks like the status and is not known to mean it.
    #[error(
        "{file}: no header is known to mean the registration status, and {alike} looks like it: name the header under \
         [inputs.entities], as in `columns = {{ status = \"…\" }}`, or write `status = \"none\"` there if the registry has \
         live entities only"
    )]
    NoStatus {
        /// File as the plan writes it.
        file: String,
        /// Headers that look like the status.
        alike: String,
    },
    /// A table of ratings without any.
    #[error(
        "{file}: there is neither a column of grades nor one of colour codes: name its header under [inputs.credit], as \
         in `columns = {{ grade = \"…\" }}`"
    )]
    NoRating {
        /// File as the plan writes it.
        file: String,
    },
    /// Results that say nothing of what was found.
    #[error(
        "{file}: there is neither a column of outcomes (检查结果) nor one of problems found (发现问题情况): name its header \
         under [inputs.results], as in `columns = {{ outcome = \"…\" }}`"
    )]
    NoOutcome {
        /// File as the plan writes it.
        file: String,
    },
    /// The workbook has no such sheet.
    #[error("{file}: no sheet \"{sheet}\" among {sheets}: correct `sheet` under [inputs.{table}]")]
    NoSheet {
        /// Table of the plan.
        table: String,
        /// File as the plan writes it.
        file: String,
        /// Sheet that was asked for.
        sheet: String,
        /// Sheets of the workbook.
        sheets: String,
    },
    /// A column of a Parquet or Arrow file has a type that cannot stand for what the table needs.
    #[error("{file}: the column \"{header}\" has the type {kind}: {fix}")]
    UnsupportedType {
        /// File as the plan writes it.
        file: String,
        /// Header of the column.
        header: String,
        /// Type as the file states it.
        kind: String,
        /// What to change.
        fix: String,
    },
    /// The file has headers and no rows.
    #[error("{file} holds no rows of [inputs.{table}]: export the table again")]
    Empty {
        /// Table of the plan.
        table: String,
        /// File as the plan writes it.
        file: String,
    },
    /// Every row was set aside.
    #[error(
        "{file}: none of the {rows} rows can be used; row {row} is set aside as {} ({}): correct the file, or its \
         `columns` and `encoding` under [inputs.{table}]",
        reason.code(),
        reason.en()
    )]
    NothingAccepted {
        /// Table of the plan.
        table: String,
        /// File as the plan writes it.
        file: String,
        /// Rows read.
        rows: u64,
        /// First row set aside.
        row: u64,
        /// Its reason.
        reason: Box<SetAside>,
    },
    /// A larger share of the rows was set aside than the plan allows.
    #[error(
        "{file}: {} of {} rows are set aside, more than {} %: correct the file or its `columns`, or allow it with \
         `set-aside-limit` under [inputs]{}",
        grouped(*rows),
        grouped(*of),
        limit * 100.0,
        listed(reasons)
    )]
    TooManySetAside {
        /// File as the plan writes it.
        file: String,
        /// Rows set aside.
        rows: u64,
        /// Rows read.
        of: u64,
        /// Largest share that the plan allows, 0 to 1.
        limit: f64,
        /// The rows by reason.
        reasons: Vec<SetAsideBy>,
    },
    /// The file has more rows than a table can hold.
    #[error("{file} holds more than {limit} rows: split it and draw region by region")]
    TooManyRows {
        /// File as the plan writes it.
        file: String,
        /// Most rows of a table.
        limit: u64,
    },
    /// A weight or a permanent random number that decides probabilities is not usable.
    #[error("{file}, row {row}, entity {entity}: {column} is {value}, but {need}: correct the file")]
    BadNumber {
        /// File as the plan writes it.
        file: String,
        /// Row of the file.
        row: u64,
        /// Entity id.
        entity: String,
        /// Column as the plan names it.
        column: String,
        /// Value as the file writes it.
        value: String,
        /// What a value must be.
        need: &'static str,
    },
    /// The flags table names more flags than a bit set of 32 holds.
    #[error(
        "{file}, row {row}: more than 32 different flags ({names}): keep the flags that the plan names, or check that \
         the column \"flag\" is not free text"
    )]
    TooManyFlags {
        /// File as the plan writes it.
        file: String,
        /// Row of the 33rd flag.
        row: u64,
        /// The first flags.
        names: String,
    },
    /// Rows read are not the sum of accepted and quarantined rows.
    #[error(
        "{file}: {read} rows were read, but {accepted} accepted and {quarantined} quarantined: this is a fault of the \
         program; please report it with the file's layout"
    )]
    RowsLost {
        /// File as the plan writes it.
        file: String,
        /// Rows read.
        read: u64,
        /// Rows accepted.
        accepted: u64,
        /// Rows quarantined.
        quarantined: u64,
    },
}

/// Reasons one a line, each with its first row.
fn listed(reasons: &[SetAsideBy]) -> String {
    let line = |by: &SetAsideBy| {
        let (row, raw) = (&by.first, shorten(&by.first.raw, 60));
        format!("\n  {} {}, first row {}: {} ({raw:?})", grouped(by.rows), row.reason.code(), row.row, row.reason.en())
    };
    reasons.iter().map(line).collect()
}
