//! Columns of few values: each distinct value once, then the place of every row's value. What has codes already is written by
//! them, and nothing is looked up by its value but the first row of each. The bytes follow from the values alone, whatever their codes.

use super::bits::{runs_and_groups, width_of};
use super::chunk::{Bounds, ChunkWriter, EncodedChunk};
use crate::coded::{Coded, NO_WORD};
use arrow::array::{
    Array, AsArray, DictionaryArray, Int64Array, StringArray, StringViewArray, downcast_dictionary_array,
};
use arrow::datatypes::{ArrowDictionaryKeyType, ArrowNativeType, DataType};
use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnDescPtr;
use std::collections::BTreeMap;
use std::ops::Range;

/// Most bytes of the distinct values; when there are more, the further rows have their values one by one.
const MOST_BYTES: usize = 1 << 20;

/// Bytes of values one by one after which a page ends.
const PAGE_BYTES: usize = 1 << 20;

/// The place of a code that no row had yet.
const NEW: u32 = u32::MAX;

/// A column chunk of few values that is being written.
pub struct CodedColumn {
    chunk: ChunkWriter,
    dictionary: Dictionary,
    /// 1 for a row of the page under way with a value, 0 for one without.
    present: Vec<u32>,
    /// Places of the values of the page.
    places: Vec<u32>,
    /// The values of the page one by one, once the distinct ones are too many.
    plain: Option<Vec<u8>>,
}

/// The distinct values of a chunk, in the order in which its rows first have them.
#[derive(Default)]
struct Dictionary {
    /// As the file has them.
    bytes: Vec<u8>,
    /// Where each value stands among the bytes.
    values: Vec<Range<usize>>,
    known: BTreeMap<Box<[u8]>, u32>,
}

impl Dictionary {
    /// The place of a value; `None` if there is no room for it.
    fn place_of(&mut self, value: Value<'_>) -> Option<u32> {
        if let Some(&place) = self.known.get(value.bytes()) {
            return Some(place);
        }
        if self.bytes.len() + size_of::<u32>() + value.bytes().len() > MOST_BYTES {
            return None;
        }
        value.append_to(&mut self.bytes);
        let place = self.values.len() as u32;
        self.values.push(self.bytes.len() - value.bytes().len()..self.bytes.len());
        self.known.insert(value.bytes().into(), place);
        Some(place)
    }

    fn value(&self, place: u32) -> &[u8] {
        &self.bytes[self.values[place as usize].clone()]
    }
}

/// A value of a column.
enum Value<'a> {
    Text(&'a str),
    Number([u8; 8]),
}

impl Value<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Number(bytes) => bytes,
        }
    }

    /// Appends it as the file has it: texts behind their lengths.
    fn append_to(&self, into: &mut Vec<u8>) {
        if let Self::Text(text) = self {
            // Texts of an array of 32-bit lengths.
            into.extend_from_slice(&(text.len() as u32).to_le_bytes());
        }
        into.extend_from_slice(self.bytes());
    }
}

/// What codes stand for.
enum Values<'a> {
    Texts(&'a StringArray),
    Words(Vec<&'a str>),
    Views(&'a StringViewArray),
    Numbers(&'a Int64Array),
}

impl Values<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Words(words) => words.len(),
            Self::Views(texts) => texts.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    fn value(&self, code: u32) -> Value<'_> {
        match self {
            Self::Texts(texts) => Value::Text(texts.value(code as usize)),
            Self::Words(words) => Value::Text(words[code as usize]),
            Self::Views(texts) => Value::Text(texts.value(code as usize)),
            Self::Numbers(numbers) => Value::Number(numbers.value(code as usize).to_le_bytes()),
        }
    }
}

impl CodedColumn {
    /// Whether arrays of a type can be written so: texts as views or by codes, 64-bit integers by codes.
    pub fn fits(kind: &DataType) -> bool {
        match kind {
            DataType::Dictionary(_, values) => matches!(**values, DataType::Utf8 | DataType::Int64),
            kind => *kind == DataType::Utf8View,
        }
    }

    /// A chunk without rows.
    pub fn new(column: ColumnDescPtr, properties: &WriterProperties) -> Result<Self> {
        Ok(Self {
            chunk: ChunkWriter::new(column, properties)?,
            dictionary: Dictionary::default(),
            present: Vec::new(),
            places: Vec::new(),
            plain: None,
        })
    }

    /// Appends the rows of an array whose type [fits](Self::fits).
    pub fn write(&mut self, array: &dyn Array) -> Result<()> {
        if let Some(texts) = array.as_string_view_opt() {
            // Where values stand one by one nothing is looked for.
            let coded = if self.plain.is_none() { Coded::of(texts.iter(), texts.len()) } else { None };
            return match coded {
                Some(Coded { codes, words }) => self.write_codes(&codes, &Values::Words(words)),
                None => {
                    let code = |row: u32| if texts.is_valid(row as usize) { row } else { NO_WORD };
                    let codes: Vec<u32> = (0..texts.len() as u32).map(code).collect();
                    self.write_codes(&codes, &Values::Views(texts))
                }
            };
        }
        let unfit = || ParquetError::General(format!("rows of type {} in a column of few values", array.data_type()));
        let dictionary = array.as_any_dictionary_opt().ok_or_else(unfit)?;
        let values = dictionary.values();
        let values = match values.data_type() {
            DataType::Utf8 => Values::Texts(values.as_string()),
            DataType::Int64 => Values::Numbers(values.as_primitive()),
            _ => return Err(unfit()),
        };
        self.write_codes(&codes_of(array), &values)
    }

    fn write_codes(&mut self, codes: &[u32], values: &Values<'_>) -> Result<()> {
        let mut places = vec![NEW; values.len()];
        let mut rest = codes;
        while !rest.is_empty() {
            let room = self.chunk.page_rows - self.present.len();
            let own = &rest[..room.min(rest.len())];
            let (taken, is_full) = match &mut self.plain {
                None => (self.code(own, &mut places, values), false),
                Some(plain) => {
                    let taken = append_plain(own, values, plain, &mut self.present);
                    (taken, plain.len() >= PAGE_BYTES)
                }
            };
            rest = &rest[taken..];
            let no_room = taken < own.len() && self.plain.is_none();
            if is_full || no_room || self.present.len() == self.chunk.page_rows {
                self.close_page()?;
            }
            if no_room {
                self.plain = Some(Vec::new());
            }
        }
        Ok(())
    }

    /// Appends rows by the places of their values, up to the first whose value has no room; how many there are.
    fn code(&mut self, codes: &[u32], places: &mut [u32], values: &Values<'_>) -> usize {
        for (row, &code) in codes.iter().enumerate() {
            if code == NO_WORD {
                self.present.push(0);
                continue;
            }
            let mut place = places[code as usize];
            if place == NEW {
                match self.dictionary.place_of(values.value(code)) {
                    Some(new) => place = new,
                    None => return row,
                }
                places[code as usize] = place;
            }
            self.present.push(1);
            self.places.push(place);
        }
        codes.len()
    }

    fn close_page(&mut self) -> Result<()> {
        let (rows, mut bytes) = (self.present.len(), Vec::new());
        if rows == 0 {
            return Ok(());
        }
        let values = self.present.iter().sum::<u32>() as usize;
        if self.chunk.is_nullable() {
            let mut levels = Vec::new();
            runs_and_groups(&self.present, 1, &mut levels);
            bytes.extend_from_slice(&(levels.len() as u32).to_le_bytes());
            bytes.extend(levels);
        }
        let (encoding, bounds) = match &mut self.plain {
            None => {
                let width = width_of(self.dictionary.values.len().saturating_sub(1) as u32).max(1);
                bytes.push(width as u8);
                runs_and_groups(&self.places, width, &mut bytes);
                (Encoding::RLE_DICTIONARY, self.bounds())
            }
            Some(plain) => {
                bytes.append(plain);
                (Encoding::PLAIN, Bounds::Unknown)
            }
        };
        self.chunk.page(encoding, &bytes, rows, rows - values, bounds)?;
        self.present.clear();
        self.places.clear();
        Ok(())
    }

    /// The least and the greatest value of the page.
    fn bounds(&self) -> Bounds {
        if !self.chunk.is_bounded {
            return Bounds::Unknown;
        }
        let mut is_there = vec![false; self.dictionary.values.len()];
        self.places.iter().for_each(|&place| is_there[place as usize] = true);
        let there = (0u32..).zip(&is_there).filter(|(_, is_there)| **is_there).map(|(place, _)| place);
        let values = || there.clone().map(|place| self.dictionary.value(place));
        let order = |a: &&[u8], b: &&[u8]| self.chunk.order(a, b);
        match (values().min_by(order), values().max_by(order)) {
            (Some(least), Some(most)) => Bounds::Between(least.to_vec(), most.to_vec()),
            _ => Bounds::Nulls,
        }
    }

    /// The chunk.
    pub fn close(mut self) -> Result<EncodedChunk> {
        self.close_page()?;
        self.chunk.close(Some((&self.dictionary.bytes, self.dictionary.values.len())))
    }
}

/// Appends the values of rows one by one, until a page is full; how many there are.
fn append_plain(codes: &[u32], values: &Values<'_>, plain: &mut Vec<u8>, present: &mut Vec<u32>) -> usize {
    for (row, &code) in codes.iter().enumerate() {
        if plain.len() >= PAGE_BYTES {
            return row;
        }
        present.push(u32::from(code != NO_WORD));
        if code != NO_WORD {
            values.value(code).append_to(plain);
        }
    }
    codes.len()
}

/// The code of each row; [`NO_WORD`] where it is null.
fn codes_of(array: &dyn Array) -> Vec<u32> {
    fn of<K: ArrowDictionaryKeyType>(array: &DictionaryArray<K>) -> Vec<u32> {
        let codes = array.keys().values().iter().map(|code| code.as_usize() as u32);
        match array.keys().nulls() {
            None => codes.collect(),
            Some(nulls) => codes.zip(nulls).map(|(code, is_there)| if is_there { code } else { NO_WORD }).collect(),
        }
    }
    downcast_dictionary_array! {
        array => of(array),
        _ => Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, DictionaryArray, Int64Array, StringArray, StringViewArray, UInt32Array};
    use arrow::compute::cast;
    use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::basic::Encoding;
    use parquet::file::page_index::column_index::ColumnIndexMetaData;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::serialized_reader::ReadOptionsBuilder;
    use proptest::prelude::*;

    use crate::publish::parquet_file::{TableOptions, write_parquet};

    /// Writes one column in row groups of so many rows; its bytes.
    fn written(column: &ArrayRef, row_group_rows: usize) -> Vec<u8> {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("t.parquet");
        let schema = Arc::new(Schema::new(vec![Field::new("word", column.data_type().clone(), true)]));
        let options = TableOptions { row_group_rows, ..TableOptions::default() };
        let build = |_: usize, rows: std::ops::Range<usize>| Ok(column.slice(rows.start, rows.len()));
        write_parquet(&path, schema, column.len(), &options, build).unwrap();
        std::fs::read(path).unwrap()
    }

    fn read(bytes: Vec<u8>, kind: &DataType) -> ArrayRef {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        let batches: Vec<ArrayRef> =
            reader.build().unwrap().map(|batch| cast(batch.unwrap().column(0), kind).unwrap()).collect();
        arrow::compute::concat(&batches.iter().map(|batch| &**batch).collect::<Vec<_>>()).unwrap()
    }

    fn by_codes(texts: &[Option<String>], words: &[String]) -> ArrayRef {
        let place =
            |text: &Option<String>| text.as_ref().map(|text| words.iter().position(|own| own == text).unwrap() as u32);
        let codes: UInt32Array = texts.iter().map(place).collect();
        Arc::new(DictionaryArray::new(codes, Arc::new(StringArray::from(words.to_vec()))))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn texts_are_read_back_and_their_codes_never_reach_the_bytes(
            words in prop::collection::btree_set("[a-c甲乙]{0,20}", 1..40),
            stretches in prop::collection::vec((0usize..60, 1usize..9_000), 1..12),
            row_group_rows in prop::sample::select(vec![1_000, 30_000, 70_000]),
        ) {
            let words: Vec<String> = words.into_iter().collect();
            // Runs of one word, of nothing, and of words in turn.
            let texts: Vec<Option<String>> = stretches
                .iter()
                .flat_map(|&(word, rows)| (0..rows).map(move |row| if word < 20 { word } else { word + row }))
                .map(|place| words.get(place % (words.len() + 1)).cloned())
                .collect();
            let coded = written(&by_codes(&texts, &words), row_group_rows);
            let mut others = words.clone();
            others.reverse();
            others.push("a word that no row has".to_owned());
            prop_assert!(coded == written(&by_codes(&texts, &others), row_group_rows));
            let views: ArrayRef = Arc::new(StringViewArray::from_iter(texts.iter().map(Option::as_deref)));
            prop_assert!(coded == written(&views, row_group_rows));
            let read = read(coded, &DataType::Utf8);
            prop_assert!(read.as_string::<i32>().iter().eq(texts.iter().map(Option::as_deref)));
        }
    }

    #[test]
    fn numbers_are_read_back_with_their_bounds() {
        let numbers = Int64Array::from(vec![500_000, -1, i64::MAX, 4_000_000]);
        let codes = UInt32Array::from_iter_values((0..50_000u32).map(|row| row / 20_000 + row % 2));
        let expected: Vec<i64> = codes.values().iter().map(|&code| numbers.value(code as usize)).collect();
        let column: ArrayRef = Arc::new(DictionaryArray::<UInt32Type>::new(codes, Arc::new(numbers)));
        let bytes = written(&column, 1 << 20);
        let options = ReadOptionsBuilder::new().with_page_index().build();
        let file = SerializedFileReader::new_with_options(bytes::Bytes::from(bytes.clone()), options).unwrap();
        let ColumnIndexMetaData::INT64(index) = &file.metadata().column_index().unwrap()[0][0] else {
            panic!("no index")
        };
        let bounds: Vec<(i64, i64)> =
            index.min_values().iter().copied().zip(index.max_values().iter().copied()).collect();
        assert_eq!(bounds, [(-1, 500_000), (-1, i64::MAX), (4_000_000, i64::MAX)]);
        let statistics = file.metadata().row_group(0).column(0).statistics().unwrap();
        assert_eq!(statistics.min_bytes_opt(), Some(&(-1i64).to_le_bytes()[..]));
        assert_eq!(read(bytes, &DataType::Int64).as_primitive::<Int64Type>().values(), &expected[..]);
    }

    #[test]
    fn words_that_are_too_many_are_written_one_by_one() {
        let words: Vec<String> = (0..70_000).map(|word| format!("word {word:030}")).collect();
        let texts: Vec<Option<String>> =
            (0..90_000).map(|row| (row % 7 != 0).then(|| words[row % words.len()].clone())).collect();
        let views: ArrayRef = Arc::new(StringViewArray::from_iter(texts.iter().map(Option::as_deref)));
        let bytes = written(&views, 1 << 20);
        assert!(bytes == written(&by_codes_of_many(&texts, &words), 1 << 20));
        let file = SerializedFileReader::new(bytes::Bytes::from(bytes.clone())).unwrap();
        let chunk = file.metadata().row_group(0).column(0);
        let encodings: Vec<Encoding> = chunk.encodings().collect();
        assert!(encodings.contains(&Encoding::PLAIN) && encodings.contains(&Encoding::RLE_DICTIONARY));
        assert!(chunk.column_index_length().is_none(), "pages without bounds");
        assert!(read(bytes, &DataType::Utf8).as_string::<i32>().iter().eq(texts.iter().map(Option::as_deref)));
    }

    fn by_codes_of_many(texts: &[Option<String>], words: &[String]) -> ArrayRef {
        let codes = (0..texts.len()).map(|row| texts[row].as_ref().map(|_| (row % words.len()) as u32));
        let codes: UInt32Array = codes.collect();
        Arc::new(DictionaryArray::new(codes, Arc::new(StringArray::from(words.to_vec()))))
    }
}
