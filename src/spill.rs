//! Record batches that wait on disk, where memory does not hold them.
//!
//! They stand in a file without a name: the system takes it back when the process ends, however it ends. Every block has a
//! checksum, so that a disk that gives back something else is found.

use crate::keys::EntityKey;
use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use rayon::prelude::*;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that must stay free on the disk.
const SPARE: u64 = 64 << 20;

/// What a command may take: memory, and a folder for what memory does not hold.
#[derive(Clone, Debug)]
pub struct Room {
    /// Bytes of memory.
    pub memory: u64,
    /// The folder.
    pub folder: PathBuf,
}

impl Room {
    /// As much memory as is asked for; nothing goes to disk.
    pub fn unlimited() -> Self {
        Self::of_memory(u64::MAX)
    }

    /// This much memory, and the system's folder for temporary files.
    pub fn of_memory(memory: u64) -> Self {
        Self { memory, folder: std::env::temp_dir() }
    }

    /// Bytes of rows after which a table that is being read is sorted and put aside: sorting takes as much again.
    pub fn run_bytes(&self) -> u64 {
        self.memory / 6
    }

    /// Rows of every table that are joined at a time, a power of two.
    pub fn range_rows(&self) -> usize {
        const BYTES_OF_ROW: u64 = 512;
        1 << (self.memory / 4 / BYTES_OF_ROW).clamp(1 << 12, 1 << 22).ilog2()
    }
}

/// Why a block cannot be put aside or read back.
#[derive(Debug, thiserror::Error)]
pub enum SpillError {
    /// The disk has too little room.
    #[error(
        "{} has no room for {} that do not fit in memory ({} free): free some space there, or give more memory with --memory",
        folder.display(), bytesize::ByteSize(*needed), bytesize::ByteSize(*free)
    )]
    Full {
        /// The folder.
        folder: PathBuf,
        /// Bytes to be written.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The system refuses.
    #[error("what does not fit in memory cannot be kept in {} ({cause}); give more memory with --memory", folder.display())]
    File {
        /// The folder.
        folder: PathBuf,
        /// What it says.
        cause: std::io::Error,
    },
    /// Columns do not go together.
    #[error("what does not fit in memory cannot be put into columns ({0})")]
    Columns(#[from] ArrowError),
    /// A block is not what was written.
    #[error("what was put aside in {} came back damaged ({reason}): check the disk, and run again", folder.display())]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Where a block stands.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    offset: u64,
    length: usize,
    checksum: u32,
}

/// A file without a name, which the system takes back when it is closed.
#[derive(Debug)]
pub struct Aside {
    folder: PathBuf,
    file: File,
}

impl Aside {
    /// An empty one in a folder.
    ///
    /// # Errors
    /// [`SpillError::File`].
    pub fn create(folder: &Path) -> Result<Self, SpillError> {
        let file =
            tempfile::tempfile_in(folder).map_err(|cause| SpillError::File { folder: folder.to_owned(), cause })?;
        Ok(Self { folder: folder.to_owned(), file })
    }

    /// Appends bytes, if the disk has room for them; where they begin.
    ///
    /// # Errors
    /// [`SpillError`] if it has none, or refuses.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64, SpillError> {
        let needed = bytes.len() as u64;
        self.has_room(needed)?;
        let written = self.file.seek(SeekFrom::End(0)).and_then(|offset| self.file.write_all(bytes).map(|()| offset));
        written.map_err(|cause| match cause.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                let free = free_bytes(&self.folder).unwrap_or(0);
                SpillError::Full { folder: self.folder.clone(), needed, free }
            }
            _ => SpillError::File { folder: self.folder.clone(), cause },
        })
    }

    /// Refuses what the disk has no room for.
    ///
    /// # Errors
    /// [`SpillError::Full`].
    pub fn has_room(&self, needed: u64) -> Result<(), SpillError> {
        match free_bytes(&self.folder).filter(|&free| free < needed.saturating_add(SPARE)) {
            Some(free) => Err(SpillError::Full { folder: self.folder.clone(), needed, free }),
            None => Ok(()),
        }
    }

    /// The file.
    pub fn into_file(self) -> File {
        self.file
    }
}

/// A file of blocks.
#[derive(Clone, Debug)]
pub struct SpillFile {
    folder: PathBuf,
    file: Arc<Mutex<Aside>>,
}

impl SpillFile {
    /// A file without a name in a folder.
    ///
    /// # Errors
    /// [`SpillError::File`].
    pub fn create(folder: &Path) -> Result<Self, SpillError> {
        let file = Aside::create(folder)?;
        Ok(Self { folder: folder.to_owned(), file: Arc::new(Mutex::new(file)) })
    }

    /// Puts columns of one length aside.
    ///
    /// # Errors
    /// [`SpillError`] if the disk has no room or refuses.
    pub fn write(&self, columns: Vec<ArrayRef>) -> Result<Block, SpillError> {
        let bytes = encoded(columns)?;
        let offset = self.file.lock().unwrap_or_else(PoisonError::into_inner).append(&bytes)?;
        Ok(Block { offset, length: bytes.len(), checksum: crc32fast::hash(&bytes) })
    }

    /// Reads a block back.
    ///
    /// # Errors
    /// [`SpillError`] if the system refuses or the block is damaged.
    pub fn read(&self, block: &Block) -> Result<Vec<ArrayRef>, SpillError> {
        let mut bytes = vec![0; block.length];
        let damaged = |reason: String| SpillError::Damaged { folder: self.folder.clone(), reason };
        {
            let file = &mut self.file.lock().unwrap_or_else(PoisonError::into_inner).file;
            let read = file.seek(SeekFrom::Start(block.offset)).and_then(|_| file.read_exact(&mut bytes));
            read.map_err(|cause| match cause.kind() {
                ErrorKind::UnexpectedEof => damaged("it is cut short".to_owned()),
                _ => self.refused(cause),
            })?;
        }
        if crc32fast::hash(&bytes) != block.checksum {
            return Err(damaged("its checksum differs".to_owned()));
        }
        decoded(&bytes).map_err(|error| damaged(error.to_string()))
    }

    fn refused(&self, cause: std::io::Error) -> SpillError {
        SpillError::File { folder: self.folder.clone(), cause }
    }
}

/// A column of keys, 16 bytes each.
pub fn key_column(keys: &[EntityKey]) -> Result<ArrayRef, ArrowError> {
    let bits = keys.iter().map(|key| key.bits().to_be_bytes());
    Ok(Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(bits.map(Some), 16)?))
}

/// The keys of a column that [`key_column`] made.
pub fn keys_of(column: &ArrayRef) -> Vec<EntityKey> {
    let bits = column.as_fixed_size_binary();
    let key = |row: usize| EntityKey::from_bits(u128::from_be_bytes(bits.value(row).try_into().unwrap_or_default()));
    (0..bits.len()).into_par_iter().map(key).collect()
}

fn encoded(columns: Vec<ArrayRef>) -> Result<Vec<u8>, ArrowError> {
    // Views would take along every page that their texts stand in.
    let compact = |column: ArrayRef| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8View => Arc::new(column.as_string_view().gc()),
            _ => column,
        }
    };
    let named = columns.into_iter().enumerate().map(|(at, column)| (at.to_string(), compact(column), true));
    let batch = RecordBatch::try_from_iter_with_nullable(named)?;
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options)?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn decoded(bytes: &[u8]) -> Result<Vec<ArrayRef>, ArrowError> {
    let batch = StreamReader::try_new(bytes, None)?.next().transpose()?;
    batch.map(|batch| batch.columns().to_vec()).ok_or_else(|| ArrowError::IpcError("no batch".to_owned()))
}

/// Bytes that a disk has free for this process; `None` where the system does not say.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// Bytes that a disk has free for this process; `None` where the system does not say.
#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, StringViewArray, UInt32Array};

    fn columns() -> Vec<ArrayRef> {
        let texts = (0..5_000).map(|at| (at % 7 > 0).then(|| format!("主体 {at} of some length")));
        vec![
            Arc::new(UInt32Array::from_iter_values(0..5_000)),
            Arc::new(Float64Array::from_iter((0..5_000).map(|at| (at % 3 > 0).then_some(f64::from(at) / 3.0)))),
            Arc::new(texts.collect::<StringViewArray>()),
        ]
    }

    #[test]
    fn blocks_come_back_as_they_were_put_aside() {
        let home = tempfile::tempdir().unwrap();
        let file = SpillFile::create(home.path()).unwrap();
        let blocks: Vec<Block> = (1..6)
            .map(|part| file.write(columns().iter().map(|column| column.slice(part * 10, 900)).collect()).unwrap())
            .collect();
        for (part, block) in (1..6).zip(&blocks).rev() {
            for (read, column) in file.read(block).unwrap().iter().zip(columns()) {
                assert_eq!(read, &column.slice(part * 10, 900));
            }
        }
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "the file has no name");
    }

    #[test]
    fn a_damaged_or_shortened_block_is_found() {
        let home = tempfile::tempdir().unwrap();
        let file = SpillFile::create(home.path()).unwrap();
        let block = file.write(columns()).unwrap();
        let at = |offset: u64| {
            let mut aside = file.file.lock().unwrap();
            let file = &mut aside.file;
            let mut byte = [0];
            file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut byte)).unwrap();
            byte[0] ^= 1;
            file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(&byte)).unwrap();
        };
        for offset in [0, block.length as u64 / 2, block.length as u64 - 1] {
            at(offset);
            assert!(matches!(file.read(&block), Err(SpillError::Damaged { .. })), "{offset}");
            at(offset);
        }
        assert!(file.read(&block).is_ok());
        file.file.lock().unwrap().file.set_len(10).unwrap();
        assert!(file.read(&block).unwrap_err().to_string().contains("cut short"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = SpillFile::create(Path::new("no/such/folder")).unwrap_err().to_string();
        assert!(error.contains("no/such/folder") && error.contains("--memory"), "{error}");
    }
}
