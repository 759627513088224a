//! A column chunk of a Parquet file, written page by page: what the format asks for around values that are encoded already.

use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType, Type};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::cmp::Ordering;

/// Longest bound that statistics hold, bytes: one longer value leaves the chunk without bounds.
const LONGEST_BOUND: usize = 256;

/// The encoded pages of a column chunk, and what the file says of them.
pub struct EncodedChunk {
    /// The pages.
    pub pages: Bytes,
    /// Sizes, places and bounds.
    pub about: ColumnCloseResult,
}

/// Least and greatest value of a page as statistics hold them.
pub enum Bounds {
    /// Both.
    Between(Vec<u8>, Vec<u8>),
    /// All is null.
    Nulls,
    /// Not looked for: the chunk has no bounds.
    Unknown,
}

impl Bounds {
    fn known(&self) -> Option<(&[u8], &[u8])> {
        match self {
            Self::Between(least, most) => Some((least, most)),
            Self::Nulls | Self::Unknown => None,
        }
    }
}

/// What is said of a page.
struct PageNote {
    encoding: Encoding,
    bounds: Bounds,
    nulls: usize,
}

/// A column chunk that is being written.
pub struct ChunkWriter {
    column: ColumnDescPtr,
    compression: Compression,
    compressor: Option<zstd::bulk::Compressor<'static>>,
    /// Whether bounds are kept.
    pub is_bounded: bool,
    /// Rows of every page but the last.
    pub page_rows: usize,
    sink: TrackedWrite<Vec<u8>>,
    places: OffsetIndexBuilder,
    notes: Vec<PageNote>,
    rows: usize,
    unpacked: usize,
}

impl ChunkWriter {
    /// A chunk without pages, as the properties of the file ask for the column.
    pub fn new(column: ColumnDescPtr, properties: &WriterProperties) -> Result<Self> {
        let compression = properties.compression(column.path());
        let compressor = match compression {
            Compression::ZSTD(level) => Some(zstd::bulk::Compressor::new(level.compression_level())?),
            Compression::UNCOMPRESSED => None,
            other => return Err(ParquetError::NYI(format!("pages in {other}"))),
        };
        Ok(Self {
            compression,
            compressor,
            is_bounded: properties.statistics_enabled(column.path()) != EnabledStatistics::None,
            page_rows: properties.data_page_row_count_limit(),
            sink: TrackedWrite::new(Vec::new()),
            places: OffsetIndexBuilder::new(),
            notes: Vec::new(),
            rows: 0,
            unpacked: 0,
            column,
        })
    }

    /// Whether values may be null.
    pub fn is_nullable(&self) -> bool {
        self.column.max_def_level() > 0
    }

    /// Appends a page of `rows` rows, `nulls` of them null. `values`: its bytes before compression.
    pub fn page(&mut self, encoding: Encoding, values: &[u8], rows: usize, nulls: usize, bounds: Bounds) -> Result<()> {
        let page = Page::DataPage {
            buf: self.compressed(values)?,
            num_values: count(rows)?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let place = self.sink.bytes_written() as i64;
        let size = self.append(CompressedPage::new(page, values.len()))?;
        self.places.append_row_count(rows as i64);
        self.places.append_offset_and_size(place, i32::try_from(size).map_err(|_| too_large())?);
        self.notes.push(PageNote { encoding, bounds, nulls });
        self.rows += rows;
        Ok(())
    }

    /// The chunk; `dictionary`: the values that its pages name by their places, before compression, and how many.
    pub fn close(mut self, dictionary: Option<(&[u8], usize)>) -> Result<EncodedChunk> {
        let mut sizes: Vec<PageEncodingStats> = Vec::new();
        let mut encodings = vec![Encoding::RLE];
        for own in self.notes.chunk_by(|a, b| a.encoding == b.encoding) {
            let (encoding, count) = (own[0].encoding, own.len() as i32);
            sizes.push(PageEncodingStats { page_type: PageType::DATA_PAGE, encoding, count });
            encodings.push(encoding);
        }
        let mut pages = Vec::new();
        if let Some((values, number)) = dictionary {
            let page = Page::DictionaryPage {
                buf: self.compressed(values)?,
                num_values: count(number)?,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            // The dictionary is whole only now, and stands before all other pages.
            let others = std::mem::replace(&mut self.sink, TrackedWrite::new(Vec::new())).into_inner()?;
            self.append(CompressedPage::new(page, values.len()))?;
            pages = std::mem::replace(&mut self.sink, TrackedWrite::new(others)).into_inner()?;
            sizes.insert(
                0,
                PageEncodingStats { page_type: PageType::DICTIONARY_PAGE, encoding: Encoding::PLAIN, count: 1 },
            );
            encodings.push(Encoding::PLAIN);
        }
        let before = pages.len();
        pages.extend(std::mem::replace(&mut self.sink, TrackedWrite::new(Vec::new())).into_inner()?);
        let mut places = std::mem::take(&mut self.places).build();
        places.page_locations.iter_mut().for_each(|page| page.offset += before as i64);

        let nulls: usize = self.notes.iter().map(|note| note.nulls).sum();
        let kind = self.column.physical_type();
        let is_known = |note: &PageNote| match &note.bounds {
            Bounds::Between(least, most) => least.len().max(most.len()) <= LONGEST_BOUND,
            Bounds::Nulls => true,
            Bounds::Unknown => false,
        };
        let mut about = ColumnChunkMetaData::builder(self.column.clone())
            .set_compression(self.compression)
            .set_encodings(encodings)
            .set_page_encoding_stats(sizes)
            .set_total_compressed_size(pages.len() as i64)
            .set_total_uncompressed_size(self.unpacked as i64)
            .set_num_values(self.rows as i64)
            .set_dictionary_page_offset((before > 0).then_some(0))
            .set_data_page_offset(before as i64);
        let mut index = None;
        if self.is_bounded && self.notes.iter().all(is_known) {
            let order = |a: &&[u8], b: &&[u8]| self.order(a, b);
            let bounds: Vec<(&[u8], &[u8])> = self.notes.iter().filter_map(|note| note.bounds.known()).collect();
            let least = bounds.iter().map(|(least, _)| *least).min_by(order);
            let most = bounds.iter().map(|(_, most)| *most).max_by(order);
            about = about.set_statistics(statistics(kind, least, most, nulls as u64)?);
            let rises =
                bounds.windows(2).all(|two| order(&two[0].0, &two[1].0).is_le() && order(&two[0].1, &two[1].1).is_le());
            let mut builder = ColumnIndexBuilder::new(kind);
            builder.set_boundary_order(if rises { BoundaryOrder::ASCENDING } else { BoundaryOrder::UNORDERED });
            for PageNote { bounds, nulls, .. } in &self.notes {
                let (least, most) = bounds.known().unwrap_or_default();
                builder.append(bounds.known().is_none(), least.to_vec(), most.to_vec(), *nulls as i64);
            }
            index = Some(builder.build()?);
        }
        let about = ColumnCloseResult {
            bytes_written: pages.len() as u64,
            rows_written: self.rows as u64,
            metadata: about.build()?,
            bloom_filter: None,
            column_index: index,
            offset_index: Some(places),
        };
        Ok(EncodedChunk { pages: pages.into(), about })
    }

    /// Order of two values as bounds hold them.
    pub fn order(&self, a: &[u8], b: &[u8]) -> Ordering {
        match self.column.physical_type() {
            Type::INT64 => integer(a).cmp(&integer(b)),
            _ => a.cmp(b),
        }
    }

    fn compressed(&mut self, values: &[u8]) -> Result<Bytes> {
        match &mut self.compressor {
            Some(compressor) => Ok(compressor.compress(values)?.into()),
            None => Ok(Bytes::copy_from_slice(values)),
        }
    }

    /// The bytes that the page takes with its header.
    fn append(&mut self, page: CompressedPage) -> Result<usize> {
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.unpacked += written.uncompressed_size;
        Ok(written.compressed_size)
    }
}

fn count(values: usize) -> Result<u32> {
    u32::try_from(values).map_err(|_| too_large())
}

fn too_large() -> ParquetError {
    ParquetError::General("a page that is too large for the format".to_owned())
}

fn integer(bytes: &[u8]) -> i64 {
    i64::from_le_bytes(bytes.try_into().unwrap_or_default())
}

fn statistics(kind: Type, least: Option<&[u8]>, most: Option<&[u8]>, nulls: u64) -> Result<Statistics> {
    match kind {
        Type::INT64 => Ok(Statistics::int64(least.map(integer), most.map(integer), None, Some(nulls), false)),
        Type::BYTE_ARRAY => {
            let text = |bytes: &[u8]| ByteArray::from(bytes.to_vec());
            Ok(Statistics::byte_array(least.map(text), most.map(text), None, Some(nulls), false))
        }
        other => Err(ParquetError::NYI(format!("bounds of {other}"))),
    }
}
