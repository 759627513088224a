//! Lists as they go public: each as CSV in both languages, and, as far as a reader's programs bear it, as rows for pages and
//! workbooks.

use crate::digest::hex;
use crate::publish::PublishError;
use crate::publish::manifest::OutputRecord;
use crate::publish::staging::Staging;
use crate::terms::Lang;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

/// Rows of a list that pages and workbooks show; all are in the CSV files.
pub const MOST_ROWS: usize = 50_000;

/// Words in English and in Chinese.
pub type Words = (&'static str, &'static str);

/// What a list is called, and what its columns are.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The files' names without ending.
    pub stem: &'static str,
    /// Title.
    pub title: Words,
    /// Headers.
    pub columns: &'static [Words],
    /// Whether rows of one first cell belong together, on a sheet of paper of their own.
    pub by_first: bool,
    /// Whether it is to be filled in, and so stands in the workbook and not on the page.
    pub to_fill_in: bool,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// As it stands.
    Text(String),
    /// In the language of the list.
    Word(Words),
    /// A number.
    Number(f64),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// As it is shown.
    pub fn shown(&self, lang: Lang) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Word((en, zh)) => lang.choose(*en, *zh).to_owned(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A list that is written.
#[derive(Debug)]
pub struct Sheet {
    /// What it is.
    pub form: Form,
    /// Its first rows, as many as pages and workbooks show.
    pub rows: Vec<Vec<Cell>>,
    /// How many it has.
    pub count: usize,
}

/// A list while it is written.
pub struct SheetWriter {
    sheet: Sheet,
    files: [CsvFile; 2],
}

/// A CSV file with its digest.
struct CsvFile {
    lang: Lang,
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl CsvFile {
    fn create(staging: &Staging, stem: &str, lang: Lang) -> Result<Self, PublishError> {
        let name = format!("{stem}{}.csv", ending(lang));
        let path = staging.file(&name);
        let file = File::create(&path).map_err(|cause| PublishError::file("create", &path, cause))?;
        Ok(Self { lang, name, path, file: BufWriter::new(file), digest: Sha256::new(), bytes: 0 })
    }

    fn write(&mut self, text: &str) -> Result<(), PublishError> {
        self.digest.update(text);
        self.bytes += text.len() as u64;
        self.file.write_all(text.as_bytes()).map_err(|cause| PublishError::file("write", &self.path, cause))
    }

    fn row(&mut self, cells: impl Iterator<Item = String>) -> Result<(), PublishError> {
        let cells: Vec<String> = cells.map(|cell| neutral(&cell)).collect();
        self.write(&(cells.join(",") + "\r\n"))
    }
}

/// What files of a language end in, before the format.
pub fn ending(lang: Lang) -> &'static str {
    lang.choose("", ".zh")
}

impl SheetWriter {
    /// Begins a list, in both languages.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(staging: &Staging, form: Form) -> Result<Self, PublishError> {
        let mut files =
            [CsvFile::create(staging, form.stem, Lang::En)?, CsvFile::create(staging, form.stem, Lang::Zh)?];
        for file in &mut files {
            // A byte order mark, so that spreadsheets read UTF-8.
            file.write("\u{feff}")?;
            let lang = file.lang;
            file.row(form.columns.iter().map(|(en, zh)| lang.choose(*en, *zh).to_owned()))?;
        }
        Ok(Self { sheet: Sheet { form, rows: Vec::new(), count: 0 }, files })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What the system says.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), PublishError> {
        for file in &mut self.files {
            let lang = file.lang;
            file.row(row.iter().map(|cell| cell.shown(lang)))?;
        }
        self.sheet.count += 1;
        if self.sheet.rows.len() < MOST_ROWS {
            self.sheet.rows.push(row);
        }
        Ok(())
    }

    /// Ends the list; it, and its files.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(self) -> Result<(Sheet, Vec<OutputRecord>), PublishError> {
        let rows = self.sheet.count as u64;
        let record = |file: CsvFile| {
            let CsvFile { name, path, mut file, digest, bytes, .. } = file;
            file.flush().map_err(|cause| PublishError::file("write", &path, cause))?;
            Ok(OutputRecord { file: name, sha256: hex(digest.finalize()), bytes, rows })
        };
        let records = self.files.into_iter().map(record).collect::<Result<_, PublishError>>()?;
        Ok((self.sheet, records))
    }
}

/// A cell of a CSV file that no spreadsheet takes for a formula.
fn neutral(cell: &str) -> String {
    let starts = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if starts { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+86", "'+86"),
            ("@a,b", "\"'@a,b\""),
            ("永川\"一\"厂", "\"永川\"\"一\"\"厂\""),
            ("普通", "普通"),
        ] {
            assert_eq!(neutral(cell), written);
        }
    }
}
