//! A file behind one table: its format found, its digest taken, its rows handed over batch by batch.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::plan::TableInput;

use crate::terms::{Column, Warning};

use super::columnar::ColumnarFile;
use super::decode::{gunzip, is_gzip, unpacked_limit};
use super::error::IngestError;
use super::excel::Sheet;
use super::layout::{Layout, RequestedColumn};
use super::outcome::{Outcome, a_few};
use super::place::{Brought, Piece};
use super::raw::RawTable;
use super::routed_rows::RoutedTable;
use super::text::TextFile;
use super::text_body::PART_BYTES;

/// What is asked of a file.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// Table of the plan, such as "entities" or "risk.general".
    pub table: String,
    /// The file and how to read it.
    pub input: &'a TableInput,
    /// The columns, the key first.
    pub requested: Vec<RequestedColumn>,
}

impl Request<'_> {
    /// The file as the plan writes it.
    pub fn file(&self) -> &str {
        &self.input.as_written
    }

    /// Refuses a header that lacks a required column; remarks on rows above it and on ambiguous columns.
    pub fn check(&self, layout: &Layout, row: u64, above: usize, outcome: &mut Outcome) -> Result<(), IngestError> {
        if let Some(column_request) = layout.missing(&self.requested) {
            return Err(IngestError::MissingColumn {
                table: self.table.clone(),
                file: self.file().to_owned(),
                row,
                column: column_request.name.clone(),
                headers: a_few(layout.headers.iter().map(String::as_str), 40),
            });
        }
        self.check_status(layout, outcome)?;
        if above > 0 {
            outcome.warn(Warning::RowsAboveHeader { file: self.file().to_owned(), row, rows: above as u64 });
        }
        for (column, headers) in &layout.ambiguous {
            outcome.warn(Warning::SeveralHeaders {
                file: self.file().to_owned(),
                table: self.table.clone(),
                column: column.clone(),
                headers: a_few(headers.iter().map(String::as_str), 8),
            });
        }
        Ok(())
    }

    /// A registry whose status is not recognised would count everybody as live: refused where a header looks like it,
    /// else warned of.
    fn check_status(&self, layout: &Layout, outcome: &mut Outcome) -> Result<(), IngestError> {
        let status = self
            .requested
            .iter()
            .zip(&layout.places)
            .find(|(column_request, _)| column_request.column == Some(Column::Status));
        let Some((_, place)) = status.filter(|(_, place)| place.is_none() || self.input.no_status) else {
            return Ok(());
        };
        let unknown = layout.headers.iter().filter(|header| Column::from_header(header).is_none());
        let alike: Vec<&str> = unknown.filter(|header| Column::Status.looks_like(header)).map(String::as_str).collect();
        if place.is_some() || alike.is_empty() || self.input.no_status {
            outcome.warn(Warning::NoStatusColumn { file: self.file().to_owned() });
            return Ok(());
        }
        Err(IngestError::NoStatus { file: self.file().to_owned(), alike: a_few(alike, 8) })
    }

    /// The error of a file without a header row.
    pub fn no_header(&self, rows: usize, row: u64, seen: &str) -> IngestError {
        IngestError::NoHeader {
            table: self.table.clone(),
            file: self.file().to_owned(),
            rows,
            column: self.requested.first().map(|column_request| column_request.name.clone()).unwrap_or_default(),
            row,
            seen: seen.to_owned(),
        }
    }

    /// The error of a file that is larger, or unpacks to more, than `limit` bytes, which memory or the plan sets.
    fn too_large(&self, limit: u64, is_of_memory: bool) -> IngestError {
        let (file, table) = (self.file().to_owned(), self.table.clone());
        match is_of_memory {
            true => IngestError::BeyondMemory { file, memory: limit },
            false => IngestError::Unpacked { file, table, limit },
        }
    }

    /// The error of a file that the system does not give.
    pub fn unreadable(&self, piece: &Piece, source: std::io::Error) -> IngestError {
        let (table, file) = (self.table.clone(), piece.name.clone());
        IngestError::Unreadable { table, file, path: piece.path(), source }
    }
}

/// A row that is looked up again after the table has been read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SourceRow {
    /// Row number in the file.
    pub row: u64,
    /// Raw text.
    pub raw: String,
}

/// What becomes of each batch of rows.
pub(super) type Each<'e> = dyn FnMut(RawTable<'_>, &mut Outcome) -> Result<(), IngestError> + Send + 'e;

/// An open file.
#[derive(Debug)]
pub(super) enum Source {
    /// Delimited text.
    Text(TextFile),
    /// A sheet of a workbook.
    Sheet(Sheet),
    /// Parquet or Arrow.
    Columnar(ColumnarFile),
    /// Rows that were brought together.
    Routed(RoutedTable),
}

/// What a receipt says about the file itself.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Identity {
    /// "csv", "csv.gz", "excel", "parquet", "arrow" or "postgres".
    pub format: String,
    /// Encoding of a text file.
    pub encoding: Option<String>,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

impl Source {
    /// Hands over the rows batch by batch.
    pub fn read(
        &self,
        requested: &[RequestedColumn],
        outcome: &mut Outcome,
        each: &mut Each<'_>,
    ) -> Result<(), IngestError> {
        match self {
            Self::Text(file) => file.read(requested, outcome, each),
            Self::Sheet(sheet) => sheet.read(requested, outcome, each),
            Self::Columnar(file) => file.read(requested, outcome, each),
            Self::Routed(rows) => rows.read(outcome, each),
        }
    }

    /// Row numbers and raw texts of some well-formed rows, named by their place in file order (ascending).
    pub fn reread(
        &self,
        requested: &[RequestedColumn],
        wanted: &[u32],
    ) -> Result<BTreeMap<u32, SourceRow>, IngestError> {
        match self {
            _ if wanted.is_empty() => Ok(BTreeMap::new()),
            Self::Text(file) => file.reread(wanted),
            Self::Sheet(sheet) => Ok(sheet.reread(wanted)),
            Self::Columnar(file) => file.reread(requested, wanted),
            Self::Routed(rows) => Ok(rows.reread(wanted)),
        }
    }
}

/// Opens what was brought of a table, lets `work` read it, and takes the files' digest beside that work.
pub(super) fn with_source<T: Send>(
    request: &Request<'_>,
    brought: &Brought,
    outcome: &mut Outcome,
    work: impl FnOnce(&Source, &mut Outcome) -> Result<T, IngestError> + Send,
) -> Result<(T, Identity), IngestError> {
    let before = brought.stamps(request)?;
    let unpacked = unpacked_limit(request.input.unpacked_limit, before.iter().map(|(length, _)| length).sum());
    let first = &brought.pieces[0];
    let mut magic = [0; 8];
    let mut file = first.open().map_err(|source| request.unreadable(first, source))?;
    let known = read_up_to(&mut file, &mut magic).map_err(|source| request.unreadable(first, source))?;
    let format = if brought.is_several { Format::Parquet } else { Format::of(&magic[..known], &first.name) };
    // The files are read a second time for their digest, from the system's memory, beside all other work.
    let (digest, value) = rayon::join(
        || brought.digest(request),
        || -> Result<(T, Option<String>), IngestError> {
            if matches!(format, Format::Parquet | Format::Arrow) {
                let unpacked = if brought.is_own { u64::MAX } else { unpacked };
                let is_parquet = format == Format::Parquet;
                let source = ColumnarFile::open(request, &brought.pieces, is_parquet, unpacked, outcome)?;
                return Ok((work(&Source::Columnar(source), outcome)?, None));
            }
            if format == Format::Text
                && let Some(text) =
                    TextFile::open_in_parts(request, first, before[0].0, brought.memory, PART_BYTES, outcome)?
            {
                let encoding = text.encoding.clone();
                return Ok((work(&Source::Text(text), outcome)?, Some(encoding)));
            }
            // What is read whole stays within memory, and what it unpacks to as well.
            if before[0].0 > brought.memory {
                return Err(request.too_large(brought.memory, true));
            }
            let limit = unpacked.min(brought.memory);
            let too_large = || request.too_large(limit, limit < unpacked);
            let bytes = first.bytes().map_err(|source| request.unreadable(first, source))?;
            if format == Format::Excel {
                let sheet = Sheet::open(request, &bytes, limit, outcome)?.ok_or_else(too_large)?;
                drop(bytes);
                return Ok((work(&Source::Sheet(sheet), outcome)?, None));
            }
            let plain = if is_gzip(&bytes) { gunzip(request, &bytes, limit)?.ok_or_else(too_large)? } else { bytes };
            let text = TextFile::open(request, plain, outcome)?;
            let encoding = text.encoding.clone();
            Ok((work(&Source::Text(text), outcome)?, Some(encoding)))
        },
    );
    let ((value, encoding), (sha256, bytes)) = (value?, digest?);
    if before != brought.stamps(request)? {
        return Err(IngestError::Changed { file: request.file().to_owned() });
    }
    let format = if brought.is_own { "postgres" } else { format.name(is_gzip(&magic[..known])) };
    Ok((value, Identity { format: format.to_owned(), encoding, sha256, bytes }))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Text,
    Excel,
    Parquet,
    Arrow,
}

impl Format {
    /// By the first bytes; a file that has none of the known ones is what its ending says.
    fn of(magic: &[u8], file: &str) -> Self {
        let ending = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        match (magic, ending.as_str()) {
            ([b'P', b'A', b'R', b'1', ..], _) => Self::Parquet,
            ([b'A', b'R', b'R', b'O', b'W', b'1', ..], _) => Self::Arrow,
            ([b'P', b'K', 3, 4, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..], _) => Self::Excel,
            (_, "parquet") => Self::Parquet,
            (_, "arrow" | "feather" | "ipc") => Self::Arrow,
            (_, "xlsx" | "xls") => Self::Excel,
            _ => Self::Text,
        }
    }

    fn name(self, gzip: bool) -> &'static str {
        match self {
            Self::Text if gzip => "csv.gz",
            Self::Text => "csv",
            Self::Excel => "excel",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_more_than_the_ending() {
        assert_eq!(Format::of(b"PAR1\x15\x04", "a.csv"), Format::Parquet);
        assert_eq!(Format::of(b"PK\x03\x04", "a.xls"), Format::Excel);
        assert_eq!(Format::of(b"<html>", "a.xls"), Format::Excel);
        assert_eq!(Format::of(b"\x1f\x8b\x08", "a.csv.gz"), Format::Text);
        assert_eq!(Format::of(b"id,name", "a.TXT"), Format::Text);
    }
}
