//! Record batches as Parquet: zstd, dictionaries where values repeat, one row group a task, encoded in parallel.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::tables::TableSpec;

/// Encodes row groups of one table; shared between threads.
pub(crate) struct RowGroups {
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
}

/// An open Parquet file.
pub(crate) type ParquetFile = SerializedFileWriter<BufWriter<File>>;

/// Opens the file of a table.
pub(crate) fn open(spec: &TableSpec, file: BufWriter<File>) -> Result<(ParquetFile, RowGroups), ParquetError> {
    let mut properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?));
    for column in spec.columns.iter().filter(|column| !column.repeats) {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
    }
    let schema = ArrowSchemaConverter::new().convert(&spec.schema)?;
    let writer = SerializedFileWriter::new(file, schema.root_schema_ptr(), Arc::new(properties.build()))?;
    let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&spec.schema));
    Ok((writer, RowGroups { factory, schema: Arc::clone(&spec.schema) }))
}

/// A row group under construction, one writer a column.
pub(crate) type RowGroup = Vec<ArrowColumnWriter>;

impl RowGroups {
    /// An empty row group.
    pub(crate) fn begin(&self) -> Result<RowGroup, ParquetError> {
        // The number of a row group matters to encryption only.
        self.factory.create_column_writers(0)
    }

    /// Encodes a batch behind the others of its row group.
    pub(crate) fn add(&self, group: &mut RowGroup, batch: &RecordBatch) -> Result<(), ParquetError> {
        // Every column is flat: one leaf a field.
        for ((field, array), writer) in self.schema.fields().iter().zip(batch.columns()).zip(group) {
            for leaf in compute_leaves(field, array)? {
                writer.write(&leaf)?;
            }
        }
        Ok(())
    }
}

/// Ends a row group.
pub(crate) fn close(group: RowGroup) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    group.into_iter().map(ArrowColumnWriter::close).collect()
}

/// Appends a row group.
pub(crate) fn append(file: &mut ParquetFile, chunks: Vec<ArrowColumnChunk>) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut group)?;
    }
    group.close()?;
    Ok(())
}
