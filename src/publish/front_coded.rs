//! A column of sorted texts: of each the length that it shares with the one before, and the rest (the format's
//! `DELTA_BYTE_ARRAY`).

use super::bits::packed_differences;
use super::chunk::{Bounds, ChunkWriter, EncodedChunk};
use arrow::array::{Array, AsArray};
use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnDescPtr;

/// Bytes of the rests of a page after which it ends.
const PAGE_BYTES: usize = 1 << 20;

/// A column chunk of sorted texts that is being written.
pub struct FrontCodedColumn {
    chunk: ChunkWriter,
    page: FrontCodedPage,
    /// The last text so far.
    last: Vec<u8>,
}

/// The rows of the page under way.
#[derive(Default)]
struct FrontCodedPage {
    /// The first text.
    first: Vec<u8>,
    /// Bytes that each shares with the one before.
    shared: Vec<i32>,
    /// Lengths of the rests, and these.
    lengths: Vec<i32>,
    rests: Vec<u8>,
}

impl FrontCodedPage {
    /// Appends a text that shares so many bytes with the one before.
    #[inline]
    fn push(&mut self, text: &[u8], shared: usize) {
        let shared = if self.lengths.is_empty() { 0 } else { shared };
        if self.lengths.is_empty() {
            self.first = text.to_vec();
        }
        // A text of an array of 32-bit offsets is shorter than 2^31 bytes.
        self.shared.push(shared as i32);
        self.lengths.push((text.len() - shared) as i32);
        append_end(text, shared, &mut self.rests);
    }

    /// Hands the page to the chunk, if it has rows, and begins the next. `last`: its last text.
    fn close(&mut self, last: &[u8], chunk: &mut ChunkWriter) -> Result<()> {
        if self.lengths.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(self.rests.len() + 2 * self.lengths.len());
        packed_differences(&self.shared, &mut bytes);
        packed_differences(&self.lengths, &mut bytes);
        bytes.extend_from_slice(&self.rests);
        let bounds = Bounds::Between(std::mem::take(&mut self.first), last.to_vec());
        chunk.page(Encoding::DELTA_BYTE_ARRAY, &bytes, self.lengths.len(), 0, bounds)?;
        self.shared.clear();
        self.lengths.clear();
        self.rests.clear();
        Ok(())
    }
}

impl FrontCodedColumn {
    /// A chunk without rows.
    pub fn new(column: ColumnDescPtr, properties: &WriterProperties) -> Result<Self> {
        let chunk = ChunkWriter::new(column, properties)?;
        Ok(Self { chunk, page: FrontCodedPage::default(), last: Vec::new() })
    }

    /// Appends texts, none of them null, that come after all so far.
    pub fn write(&mut self, array: &dyn Array) -> Result<()> {
        let texts = array.as_string_opt::<i32>().filter(|texts| texts.null_count() == 0);
        let texts =
            texts.ok_or_else(|| ParquetError::General("a sorted column that is no column of texts".to_owned()))?;
        let (bytes, mut before) = (texts.value_data(), self.last.as_slice());
        for ends in texts.value_offsets().windows(2) {
            let text = &bytes[ends[0] as usize..ends[1] as usize];
            if self.page.lengths.len() == self.chunk.page_rows || self.page.rests.len() >= PAGE_BYTES {
                self.page.close(before, &mut self.chunk)?;
            }
            let shared = common_length(before, text);
            if text.get(shared) < before.get(shared) {
                return Err(ParquetError::General("texts out of order in a sorted column".to_owned()));
            }
            self.page.push(text, shared);
            before = text;
        }
        self.last = before.to_vec();
        Ok(())
    }

    /// The chunk.
    pub fn close(mut self) -> Result<EncodedChunk> {
        self.page.close(&self.last, &mut self.chunk)?;
        self.chunk.close(None)
    }
}

/// Appends a text from a byte on; what fits a word by a few instructions.
#[inline]
fn append_end(text: &[u8], from: usize, into: &mut Vec<u8>) {
    let length = text.len() - from;
    match text.last_chunk() {
        Some(word) if (1..=size_of::<u64>()).contains(&length) => {
            let word = u64::from_le_bytes(*word) >> (8 * (size_of::<u64>() - length));
            into.extend_from_slice(&word.to_le_bytes());
            into.truncate(into.len() - (size_of::<u64>() - length));
        }
        _ => into.extend_from_slice(&text[from..]),
    }
}

/// Bytes at the start that two texts have in common.
fn common_length(a: &[u8], b: &[u8]) -> usize {
    const WORD: usize = size_of::<u64>();
    let length = a.len().min(b.len());
    let differ = |at: usize| {
        let word = |text: &[u8]| u64::from_le_bytes(text[at..at + WORD].try_into().unwrap_or_default());
        word(a) ^ word(b)
    };
    if length < WORD {
        return a.iter().zip(b).take_while(|(a, b)| a == b).count();
    }
    // The last word reaches back over what was found equal.
    for at in (0..length - WORD).step_by(WORD).chain([length - WORD]) {
        let differ = differ(at);
        if differ != 0 {
            return at + differ.trailing_zeros() as usize / 8;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::basic::BoundaryOrder;
    use parquet::file::page_index::column_index::ColumnIndexMetaData;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::serialized_reader::ReadOptionsBuilder;
    use proptest::prelude::*;

    use super::*;
    use crate::publish::PublishError;
    use crate::publish::parquet_file::{Layout, TableOptions, write_parquet};

    fn written(texts: &StringArray) -> Result<bytes::Bytes, PublishError> {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("t.parquet");
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Utf8, false)]));
        let options =
            TableOptions { sorted_by: &["id"], layouts: &[("id", Layout::FrontCoded)], ..TableOptions::default() };
        let build =
            |_: usize, rows: std::ops::Range<usize>| Ok(Arc::new(texts.slice(rows.start, rows.len())) as ArrayRef);
        write_parquet(&path, schema, texts.len(), &options, build)?;
        Ok(std::fs::read(path).unwrap().into())
    }

    fn read(bytes: bytes::Bytes) -> Vec<String> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
        let texts = |batch: arrow::array::RecordBatch| -> Vec<String> {
            batch.column(0).as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect()
        };
        reader.flat_map(|batch| texts(batch.unwrap())).collect()
    }

    proptest! {
        #[test]
        fn sorted_texts_are_read_back(texts in prop::collection::vec("(9150|91501|甲乙)?[0-9A-F甲]{0,14}", 0..300)) {
            let mut texts = texts;
            texts.sort();
            prop_assert_eq!(read(written(&StringArray::from(texts.clone())).unwrap()), texts);
        }

        #[test]
        fn what_texts_share_is_found(a in "[ab]{0,30}", b in "[ab]{0,30}", start in "[ab]{0,20}") {
            let (a, b) = (start.clone() + &a, start + &b);
            let expected = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(common_length(a.as_bytes(), b.as_bytes()), expected);
        }
    }

    #[test]
    fn pages_of_sorted_texts_tell_where_an_id_is() {
        let ids: Vec<String> = (0..150_000).map(|row| format!("9150{:014}", row * 7)).collect();
        let bytes = written(&StringArray::from(ids.clone())).unwrap();
        let options = ReadOptionsBuilder::new().with_page_index().build();
        let file = SerializedFileReader::new_with_options(bytes.clone(), options).unwrap();
        let of_pages = &file.metadata().column_index().unwrap()[0][0];
        let ColumnIndexMetaData::BYTE_ARRAY(index) = of_pages else { panic!("no index") };
        let pages = &file.metadata().offset_index().unwrap()[0][0];
        assert_eq!(of_pages.get_boundary_order(), Some(BoundaryOrder::ASCENDING));
        for (page, place) in pages.page_locations().iter().enumerate() {
            assert_eq!(index.min_value(page).unwrap(), ids[place.first_row_index as usize].as_bytes());
        }
        assert_eq!(index.max_value(pages.page_locations().len() - 1).unwrap(), ids[149_999].as_bytes());
        assert_eq!(read(bytes), ids);
    }

    #[test]
    fn texts_out_of_order_are_refused() {
        for texts in [["b", "a"], ["ab", "a"]] {
            let error = written(&StringArray::from(texts.to_vec())).unwrap_err().to_string();
            assert!(error.contains("out of order"), "{error}");
        }
    }
}
