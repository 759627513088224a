//! Arrow IPC files: what a file declares of itself is checked against what is there before it is decoded.
//!
//! The decoder takes places, lengths and counts as they are declared and panics or asks for memory where they are wrong, so
//! every batch is walked first in the order in which the decoder reads it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use arrow::array::{BufferSpec, layout};
use arrow::datatypes::{DataType, Field, Schema, UnionMode};
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileReader, FileReaderBuilder, read_footer_length};
use arrow::ipc::{Block, MetadataVersion, RecordBatch, root_as_footer, root_as_message};

use crate::guard::guarded;

/// Bytes at the end of an Arrow file: the length of the footer and the magic word.
const TAIL: u64 = 10;
/// Bytes of the declared length before a compressed buffer.
const PREFIX: u64 = 8;
/// Why a file is refused whose parts lie beyond its end.
const CUT: &str = "a part of it lies beyond its end: it is cut short or damaged";

/// An Arrow file whose declarations were checked.
#[derive(Debug)]
pub(super) struct ArrowFile {
    handle: File,
    /// Bytes that its batches unpack to.
    pub unpacked: u64,
}

impl ArrowFile {
    /// Checks an open file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(handle: File) -> Result<Self, String> {
        let unpacked = guarded(|| check(&handle))?;
        Ok(Self { handle, unpacked })
    }

    /// A reader of some columns, by their places in the schema; `None`: all.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn reader(&self, columns: Option<Vec<usize>>) -> Result<FileReader<File>, String> {
        let text = |error: std::io::Error| error.to_string();
        let mut handle = self.handle.try_clone().map_err(text)?;
        handle.rewind().map_err(text)?;
        let builder = FileReaderBuilder::new();
        let builder = match columns {
            Some(columns) => builder.with_projection(columns),
            None => builder,
        };
        guarded(|| builder.build(handle).map_err(|error| error.to_string()))
    }
}

/// Some bytes of a file, none beyond its end.
fn read(mut handle: &File, length: u64, at: u64, bytes: u64) -> Result<Vec<u8>, String> {
    if at.checked_add(bytes).is_none_or(|end| end > length) {
        return Err(CUT.to_owned());
    }
    let mut part = vec![0; bytes as usize];
    let read = handle.seek(SeekFrom::Start(at)).and_then(|_| handle.read_exact(&mut part));
    read.map(|()| part).map_err(|error| error.to_string())
}

fn place(number: i64) -> Result<u64, String> {
    u64::try_from(number).map_err(|_| "a place or length in it is negative".to_owned())
}

/// Checks every batch; bytes that they unpack to.
fn check(handle: &File) -> Result<u64, String> {
    let length = handle.metadata().map_err(|error| error.to_string())?.len();
    let tail = read(handle, length, length.saturating_sub(TAIL), TAIL)?;
    let tail: [u8; 10] = tail.try_into().map_err(|_| CUT.to_owned())?;
    let footer_bytes = read_footer_length(tail).map_err(|error| error.to_string())? as u64;
    let footer_at = length.checked_sub(TAIL + footer_bytes).ok_or(CUT)?;
    let footer = read(handle, length, footer_at, footer_bytes)?;
    let footer = root_as_footer(&footer).map_err(|error| error.to_string())?;
    let schema = fb_to_schema(footer.schema().ok_or("it has no schema")?);
    let mut unpacked = 0u64;
    for block in footer.dictionaries().into_iter().flatten().chain(footer.recordBatches().into_iter().flatten()) {
        let declared = Batch { handle, length, block, schema: &schema, version: footer.version() }.check()?;
        unpacked = unpacked.saturating_add(declared);
    }
    Ok(unpacked)
}

/// A batch as the footer declares it.
struct Batch<'a> {
    handle: &'a File,
    length: u64,
    block: &'a Block,
    schema: &'a Schema,
    version: MetadataVersion,
}

impl Batch<'_> {
    /// Bytes that the batch unpacks to.
    fn check(&self) -> Result<u64, String> {
        let (at, header) = (place(self.block.offset())?, place(self.block.metaDataLength().into())?);
        let body = place(self.block.bodyLength())?;
        let message = read(self.handle, self.length, at, header)?;
        let start = at.saturating_add(header);
        if start.checked_add(body).is_none_or(|end| end > self.length) {
            return Err(CUT.to_owned());
        }
        // A message begins with its length, since version 5 behind a mark of four bytes.
        let skip = if message.starts_with(&[0xFF; 4]) { 8 } else { 4 };
        let message = root_as_message(message.get(skip..).ok_or(CUT)?).map_err(|error| error.to_string())?;
        if let Some(batch) = message.header_as_record_batch() {
            let kinds = self.schema.fields().iter().map(|field| field.data_type());
            return self.check_columns(batch, kinds, start, body);
        }
        let dictionary = message.header_as_dictionary_batch().ok_or("a message in it is no batch")?;
        let values = self.schema.fields().iter().find_map(|field| values_of_dictionary(field, dictionary.id()));
        let batch = dictionary.data().ok_or("a dictionary in it is empty")?;
        self.check_columns(batch, values.into_iter(), start, body)
    }

    fn check_columns<'k>(
        &self,
        batch: RecordBatch<'_>,
        kinds: impl Iterator<Item = &'k DataType>,
        start: u64,
        body: u64,
    ) -> Result<u64, String> {
        let compressed = batch.compression().is_some();
        let mut unpacked = Vec::new();
        for buffer in batch.buffers().into_iter().flatten() {
            let (offset, length) = (place(buffer.offset())?, place(buffer.length())?);
            if offset.checked_add(length).is_none_or(|end| end > body) {
                return Err(CUT.to_owned());
            }
            unpacked.push(match compressed && length > 0 {
                false => length,
                true if length < PREFIX => return Err("a compressed buffer in it has no length".to_owned()),
                true => {
                    let prefix = read(self.handle, self.length, start.saturating_add(offset), PREFIX)?;
                    match i64::from_le_bytes(prefix.try_into().map_err(|_| CUT.to_owned())?) {
                        // The mark of a buffer that is not compressed after all.
                        -1 => length - PREFIX,
                        declared => place(declared)?,
                    }
                }
            });
        }
        let mut columns = Columns {
            nodes: batch
                .nodes()
                .into_iter()
                .flatten()
                .map(|node| Ok((place(node.length())?, place(node.null_count())?)))
                .collect::<Result<Vec<_>, String>>()?
                .into_iter(),
            buffers: unpacked.clone().into_iter(),
            variadic: batch.variadicBufferCounts().into_iter().flatten().collect::<Vec<_>>().into_iter(),
            version: self.version,
        };
        kinds.into_iter().try_for_each(|kind| columns.check(kind))?;
        Ok(unpacked.iter().fold(0, |sum, bytes| sum.saturating_add(*bytes)))
    }
}

/// The type of the values of the dictionary with this number, if a field uses it.
#[allow(deprecated, reason = "the number of a dictionary is how a dictionary batch names it")]
fn values_of_dictionary(field: &Field, id: i64) -> Option<&DataType> {
    match field.data_type() {
        DataType::Dictionary(_, values) if field.dict_id() == Some(id) => Some(values),
        _ => None,
    }
}

/// What a batch declares of its columns, in the order in which the decoder takes it.
struct Columns {
    /// Rows and nulls.
    nodes: std::vec::IntoIter<(u64, u64)>,
    /// Bytes when unpacked.
    buffers: std::vec::IntoIter<u64>,
    /// Numbers of data buffers of views.
    variadic: std::vec::IntoIter<i64>,
    version: MetadataVersion,
}

impl Columns {
    fn check(&mut self, kind: &DataType) -> Result<(), String> {
        let (rows, nulls) = self.nodes.next().ok_or("a column in it is missing")?;
        if nulls > rows {
            return Err(format!("a column in it declares {nulls} nulls in {rows} rows"));
        }
        let bits = rows.div_ceil(8);
        let has_validity = match kind {
            DataType::Null | DataType::RunEndEncoded(..) => false,
            DataType::Union(..) => self.version < MetadataVersion::V5,
            _ => true,
        };
        if has_validity && self.buffer()? < bits && nulls > 0 {
            return Err("a column in it has no room for its nulls".to_owned());
        }
        match kind {
            DataType::Union(_, mode) => {
                self.at_least(rows)?;
                if *mode == UnionMode::Dense {
                    self.at_least(rows.saturating_mul(4))?;
                }
            }
            _ => {
                for spec in layout(kind).buffers {
                    let bytes = self.buffer()?;
                    match spec {
                        BufferSpec::FixedWidth { byte_width, .. }
                            if byte_width > 0 && bytes % byte_width as u64 != 0 =>
                        {
                            return Err("a column in it ends in the middle of a value".to_owned());
                        }
                        BufferSpec::BitMap if bytes < bits => {
                            return Err("a column in it has fewer values than rows".to_owned());
                        }
                        _ => {}
                    }
                }
                if matches!(kind, DataType::Utf8View | DataType::BinaryView) {
                    let data = self.variadic.next().ok_or("a column of views in it has no count")?;
                    (0..place(data)?).try_for_each(|_| self.buffer().map(drop))?;
                }
            }
        }
        match kind {
            DataType::List(child)
            | DataType::LargeList(child)
            | DataType::ListView(child)
            | DataType::LargeListView(child)
            | DataType::FixedSizeList(child, _)
            | DataType::Map(child, _) => self.check(child.data_type()),
            DataType::Struct(children) => children.iter().try_for_each(|child| self.check(child.data_type())),
            DataType::RunEndEncoded(ends, values) => {
                self.check(ends.data_type())?;
                self.check(values.data_type())
            }
            DataType::Union(children, _) => children.iter().try_for_each(|(_, child)| self.check(child.data_type())),
            _ => Ok(()),
        }
    }

    fn buffer(&mut self) -> Result<u64, String> {
        self.buffers.next().ok_or_else(|| "a buffer in it is missing".to_owned())
    }

    fn at_least(&mut self, bytes: u64) -> Result<(), String> {
        if self.buffer()? < bytes { Err("a column in it has fewer values than rows".to_owned()) } else { Ok(()) }
    }
}
