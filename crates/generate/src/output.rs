//! The files of a population: encoders that many threads share, and outputs that take their pieces in order.

use fairdraw_core::unfinished::Unfinished;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;
use flate2::GzBuilder;
use flate2::write::GzEncoder;
use parquet::arrow::arrow_writer::ArrowColumnChunk;

use super::GenerateError;
use super::columnar::{self, ParquetFile, RowGroup, RowGroups};
use super::format::{Format, TextFormat};
use super::sheet::{self, SHEET_ROWS};
use super::tables::TableSpec;
use super::text;
use super::write::FileReport;

/// Turns batches of one table into pieces of its file.
pub(crate) struct Encoder {
    file: PathBuf,
    kind: EncoderKind,
}

enum EncoderKind {
    Text(TextFormat),
    Sheet,
    Columnar(RowGroups),
}

/// A piece of a file and the rows in it.
pub(crate) struct Piece {
    rows: u64,
    content: Content,
}

enum Content {
    Text(Vec<u8>),
    Sheet(Vec<RecordBatch>),
    RowGroup(RowGroup),
    Chunks(Vec<ArrowColumnChunk>),
}

impl Encoder {
    pub(crate) fn begin(&self) -> Result<Piece, GenerateError> {
        let content = match &self.kind {
            EncoderKind::Text(_) => Content::Text(Vec::new()),
            EncoderKind::Sheet => Content::Sheet(Vec::new()),
            EncoderKind::Columnar(groups) => Content::RowGroup(groups.begin().map_err(parquet_at(&self.file))?),
        };
        Ok(Piece { rows: 0, content })
    }

    pub(crate) fn add(&self, piece: &mut Piece, batch: RecordBatch) -> Result<(), GenerateError> {
        piece.rows += batch.num_rows() as u64;
        match (&self.kind, &mut piece.content) {
            (EncoderKind::Text(format), Content::Text(bytes)) => {
                bytes.append(&mut text::rows(&batch, *format).map_err(io_at(&self.file))?);
            }
            (EncoderKind::Columnar(groups), Content::RowGroup(group)) => {
                groups.add(group, &batch).map_err(parquet_at(&self.file))?;
            }
            (_, Content::Sheet(batches)) => batches.push(batch),
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn close(&self, piece: Piece) -> Result<Piece, GenerateError> {
        let Piece { rows, content } = piece;
        let content = match content {
            Content::RowGroup(group) => Content::Chunks(columnar::close(group).map_err(parquet_at(&self.file))?),
            other => other,
        };
        Ok(Piece { rows, content })
    }
}

/// A file that grows under a name of its own and takes its real name once it is whole.
pub(crate) struct Output {
    spec: TableSpec,
    format: Format,
    target: PathBuf,
    rows: u64,
    // Closed before the unfinished file is removed: fields are dropped in this order.
    writer: Writer,
    partial: Unfinished,
}

enum Writer {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Sheet(BufWriter<File>, Vec<RecordBatch>),
    Columnar(ParquetFile),
}

impl Output {
    pub(crate) fn open(folder: &Path, spec: &TableSpec, format: Format) -> Result<(Self, Encoder), GenerateError> {
        let name = format!("{}.{}", spec.stem, format.extension());
        let target = folder.join(&name);
        let partial = Unfinished::new(folder.join(format!(".{name}.partial")));
        let mut file = BufWriter::new(File::create(partial.path()).map_err(io_at(&target))?);
        let (writer, kind) = match format {
            Format::Csv(text) => {
                let head = text::head(spec, text).map_err(io_at(&target))?;
                let kind = EncoderKind::Text(text);
                if text.gzip {
                    // No time and no operating system in the header: same bytes everywhere.
                    let mut gzip =
                        GzBuilder::new().mtime(0).operating_system(255).write(file, flate2::Compression::new(6));
                    gzip.write_all(&head).map_err(io_at(&target))?;
                    (Writer::Gzip(gzip), kind)
                } else {
                    file.write_all(&head).map_err(io_at(&target))?;
                    (Writer::Plain(file), kind)
                }
            }
            Format::Xlsx => (Writer::Sheet(file, Vec::new()), EncoderKind::Sheet),
            Format::Parquet => {
                let (writer, groups) = columnar::open(spec, file).map_err(parquet_at(&target))?;
                (Writer::Columnar(writer), EncoderKind::Columnar(groups))
            }
        };
        let encoder = Encoder { file: target.clone(), kind };
        Ok((Output { spec: spec.clone(), format, target, partial, rows: 0, writer }, encoder))
    }

    pub(crate) fn append(&mut self, piece: Piece) -> Result<(), GenerateError> {
        if piece.rows == 0 {
            return Ok(());
        }
        self.rows += piece.rows;
        match (&mut self.writer, piece.content) {
            (Writer::Plain(file), Content::Text(bytes)) => file.write_all(&bytes).map_err(io_at(&self.target)),
            (Writer::Gzip(file), Content::Text(bytes)) => file.write_all(&bytes).map_err(io_at(&self.target)),
            (Writer::Columnar(file), Content::Chunks(chunks)) => {
                columnar::append(file, chunks).map_err(parquet_at(&self.target))
            }
            (Writer::Sheet(_, batches), Content::Sheet(mut more)) => {
                batches.append(&mut more);
                if self.rows >= SHEET_ROWS {
                    let (file, rows) = (self.target.clone(), self.rows + 1);
                    return Err(GenerateError::SheetTooLong { file, rows, limit: SHEET_ROWS });
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn finish(self) -> Result<FileReport, GenerateError> {
        let Output { spec, format, target, partial, rows, writer } = self;
        match writer {
            Writer::Plain(mut file) => file.flush().map_err(io_at(&target))?,
            Writer::Gzip(file) => file.finish().and_then(|mut file| file.flush()).map_err(io_at(&target))?,
            Writer::Sheet(mut file, batches) => {
                let bytes = sheet::workbook(&spec, &batches)
                    .map_err(|source| GenerateError::Sheet { file: target.clone(), source })?;
                file.write_all(&bytes).and_then(|()| file.flush()).map_err(io_at(&target))?;
            }
            Writer::Columnar(file) => {
                file.into_inner()
                    .map_err(parquet_at(&target))
                    .and_then(|mut file| file.flush().map_err(io_at(&target)))?;
            }
        }
        std::fs::rename(partial.path(), &target).map_err(io_at(&target))?;
        let bytes = std::fs::metadata(&target).map_err(io_at(&target))?.len();
        let file = format!("{}.{}", spec.stem, format.extension());
        Ok(FileReport { file, format: format.to_string(), rows, bytes })
    }
}

fn io_at(file: &Path) -> impl FnOnce(std::io::Error) -> GenerateError + '_ {
    |source| GenerateError::Io { file: file.to_owned(), source }
}

fn parquet_at(file: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> GenerateError + '_ {
    |source| GenerateError::Parquet { file: file.to_owned(), source }
}
