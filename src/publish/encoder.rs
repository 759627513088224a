//! The columns of a Parquet file, encoded: by our own encoders where the rows bring what the library would have to look for (codes of
//! few values, the order of ids), by the library's otherwise.

use std::ops::Range;
use std::path::Path;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::ColumnDescPtr;
use rayon::prelude::*;

use super::PublishError;
use super::chunk::EncodedChunk;
use super::coded_column::CodedColumn;
use super::front_coded::FrontCodedColumn;
use super::parquet_file::BATCH_ROWS;

/// Encodes the columns of a table.
pub struct Encoder<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its columns.
    pub schema: &'a SchemaRef,
    /// How they are laid out.
    pub properties: WriterPropertiesPtr,
    /// Each as the file describes it.
    pub leaves: Vec<ColumnDescPtr>,
    /// Gives the library's encoders.
    pub factory: ArrowRowGroupWriterFactory,
}

/// One column of one row group, encoded.
pub enum EncodedColumn {
    /// By our own encoders.
    Own(EncodedChunk),
    /// By the library's.
    Arrow(ArrowColumnChunk),
}

impl EncodedColumn {
    /// Copies the pages to the file.
    pub fn append_to<W: std::io::Write + Send>(
        self,
        row_group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match self {
            Self::Own(chunk) => row_group.append_column(&chunk.pages, chunk.about),
            Self::Arrow(chunk) => chunk.append_to_row_group(row_group),
        }
    }
}

/// One column of one row group while it is encoded.
enum ColumnEncoder {
    Coded(CodedColumn),
    FrontCoded(FrontCodedColumn),
    Arrow(Box<ArrowColumnWriter>),
}

impl Encoder<'_> {
    /// Encodes the columns of one row group side by side.
    pub fn row_group<C>(
        &self,
        group: usize,
        rows: &Range<usize>,
        column: &C,
    ) -> Result<Vec<EncodedColumn>, PublishError>
    where
        C: Fn(usize, Range<usize>) -> Result<ArrayRef, ArrowError> + Sync,
    {
        let writers =
            self.factory.create_column_writers(group).map_err(|cause| PublishError::parquet(self.path, cause))?;
        let chunks: Vec<Result<EncodedColumn, PublishError>> = writers
            .into_par_iter()
            .with_max_len(1)
            .enumerate()
            .map(|(index, writer)| {
                self.column(index, writer, rows, |range| column(index, range)).map_err(|cause| PublishError::Column {
                    path: self.path.to_path_buf(),
                    column: self.schema.field(index).name().clone(),
                    reason: cause.to_string(),
                })
            })
            .collect();
        // Of several failing columns the first is reported, at any thread count.
        chunks.into_iter().collect()
    }

    /// Builds and encodes one column of one row group, batch by batch.
    fn column(
        &self,
        index: usize,
        writer: ArrowColumnWriter,
        rows: &Range<usize>,
        build: impl Fn(Range<usize>) -> Result<ArrayRef, ArrowError>,
    ) -> Result<EncodedColumn, ParquetError> {
        let field = self.schema.field(index);
        let mut encoder = self.encoder_of(index, writer)?;
        for start in rows.clone().step_by(BATCH_ROWS) {
            let range = start..rows.end.min(start + BATCH_ROWS);
            let expected = range.len();
            let array = build(range)?;
            if array.len() != expected {
                return Err(ParquetError::General(format!("{} rows where {expected} were asked for", array.len())));
            }
            if array.data_type() != field.data_type() {
                let (found, wanted) = (array.data_type(), field.data_type());
                return Err(ParquetError::General(format!("values of type {found} in a column of type {wanted}")));
            }
            if !field.is_nullable() && array.logical_null_count() > 0 {
                return Err(ParquetError::General("a missing value in a column that allows none".to_string()));
            }
            match &mut encoder {
                ColumnEncoder::Coded(chunk) => chunk.write(&array)?,
                ColumnEncoder::FrontCoded(chunk) => chunk.write(&array)?,
                ColumnEncoder::Arrow(writer) => {
                    for leaf in compute_leaves(field, &array)? {
                        writer.write(&leaf)?;
                    }
                }
            }
        }
        match encoder {
            ColumnEncoder::Coded(chunk) => chunk.close().map(EncodedColumn::Own),
            ColumnEncoder::FrontCoded(chunk) => chunk.close().map(EncodedColumn::Own),
            ColumnEncoder::Arrow(writer) => writer.close().map(EncodedColumn::Arrow),
        }
    }

    /// How a column is encoded; `writer` is the library's encoder.
    fn encoder_of(&self, index: usize, writer: ArrowColumnWriter) -> Result<ColumnEncoder, ParquetError> {
        let (leaf, field, properties) = (&self.leaves[index], self.schema.field(index), &*self.properties);
        // Filters of values are the library's.
        if properties.bloom_filter_properties(leaf.path()).is_some() {
            return Ok(ColumnEncoder::Arrow(Box::new(writer)));
        }
        let sorted_by = properties.sorting_columns().and_then(|columns| columns.first()).map(|first| first.column_idx);
        let is_sorted = sorted_by.is_some_and(|first| usize::try_from(first) == Ok(index));
        let is_front_coded = properties.encoding(leaf.path()) == Some(Encoding::DELTA_BYTE_ARRAY);
        let is_plain_text = field.data_type() == &DataType::Utf8 && !field.is_nullable();
        if properties.dictionary_enabled(leaf.path()) && CodedColumn::fits(field.data_type()) {
            CodedColumn::new(leaf.clone(), properties).map(ColumnEncoder::Coded)
        } else if is_front_coded && is_sorted && is_plain_text {
            FrontCodedColumn::new(leaf.clone(), properties).map(ColumnEncoder::FrontCoded)
        } else {
            Ok(ColumnEncoder::Arrow(Box::new(writer)))
        }
    }
}
