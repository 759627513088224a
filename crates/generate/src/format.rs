//! In which form each table is written.

use std::fmt;
use std::str::FromStr;

use super::GenerateError;
use super::tables::Table;

/// The form of one table's file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated text with Chinese headers.
    Csv(TextFormat),
    /// A spreadsheet with Chinese headers, at most 1,048,576 rows with the header.
    Xlsx,
    /// Parquet, zstd, with the canonical English column names.
    Parquet,
}

/// How text is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TextFormat {
    /// Character encoding.
    pub encoding: TextEncoding,
    /// Whether a banner row stands above the header, as in exports of office systems.
    pub banner: bool,
    /// Whether the file is compressed (`.csv.gz`).
    pub gzip: bool,
}

/// Character encoding of text.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum TextEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-8 behind a byte-order mark, which Excel asks for.
    Utf8Bom,
    /// GB18030.
    Gb18030,
}

impl Format {
    /// The file name's extension.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv(TextFormat { gzip: false, .. }) => "csv",
            Format::Csv(TextFormat { gzip: true, .. }) => "csv.gz",
            Format::Xlsx => "xlsx",
            Format::Parquet => "parquet",
        }
    }

    /// The same form with a banner row, where text is written.
    #[must_use]
    pub fn with_banner(self) -> Self {
        match self {
            Format::Csv(text) => Format::Csv(TextFormat { banner: true, ..text }),
            other => other,
        }
    }
}

impl FromStr for Format {
    type Err = GenerateError;

    fn from_str(name: &str) -> Result<Self, GenerateError> {
        let (plain, gzip) = name.strip_suffix(".gz").map_or((name, false), |plain| (plain, true));
        let text = |encoding| Ok(Format::Csv(TextFormat { encoding, banner: false, gzip }));
        match (plain, gzip) {
            ("csv", _) => text(TextEncoding::Utf8),
            ("csv-bom", _) => text(TextEncoding::Utf8Bom),
            ("csv-gb18030", _) => text(TextEncoding::Gb18030),
            ("xlsx", false) => Ok(Format::Xlsx),
            ("parquet", false) => Ok(Format::Parquet),
            _ => Err(GenerateError::UnknownFormat { given: name.to_owned() }),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Format::Csv(text) = self else { return f.write_str(self.extension()) };
        f.write_str(match text.encoding {
            TextEncoding::Utf8 => "csv",
            TextEncoding::Utf8Bom => "csv-bom",
            TextEncoding::Gb18030 => "csv-gb18030",
        })?;
        f.write_str(if text.gzip { ".gz" } else { "" })
    }
}

/// The form of every table; `None` leaves the table out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The registry of entities. Not used for companions of an existing registry.
    pub entities: Option<Format>,
    /// Grade and color.
    pub credit: Option<Format>,
    /// The scores of every risk model.
    pub risk: Option<Format>,
    /// Flags.
    pub flags: Option<Format>,
    /// Past visits.
    pub ledger: Option<Format>,
    /// Inspectors.
    pub inspectors: Option<Format>,
}

impl Layout {
    /// Every table in one form.
    pub fn all(format: Format) -> Self {
        let format = Some(format);
        Layout { entities: format, credit: format, risk: format, flags: format, ledger: format, inspectors: format }
    }

    /// The sample set: a GB18030 registry with a banner row, credit and color as a spreadsheet, risk as Parquet.
    pub fn sample() -> Self {
        let text = TextFormat { encoding: TextEncoding::Gb18030, banner: true, gzip: false };
        Layout {
            entities: Some(Format::Csv(text)),
            credit: Some(Format::Xlsx),
            risk: Some(Format::Parquet),
            flags: None,
            ledger: None,
            inspectors: None,
        }
    }

    /// The form of a table.
    pub fn of(&self, table: Table) -> Option<Format> {
        match table {
            Table::Entities => self.entities,
            Table::Credit => self.credit,
            Table::Risk(_) => self.risk,
            Table::Flags => self.flags,
            Table::Ledger => self.ledger,
            Table::Inspectors => self.inspectors,
            Table::Results => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_names_read_back() {
        for name in ["csv", "csv-bom", "csv-gb18030", "csv.gz", "csv-bom.gz", "csv-gb18030.gz", "xlsx", "parquet"] {
            assert_eq!(name.parse::<Format>().unwrap().to_string(), name);
        }
        for name in ["", "xls", "xlsx.gz", "parquet.gz", "CSV"] {
            assert!(name.parse::<Format>().is_err(), "{name}");
        }
    }
}
