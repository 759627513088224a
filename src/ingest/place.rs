//! Where the rows of a table are: files are opened where they lie, objects and rows of a query are brought here first.
//!
//! What is brought stands in files without a name, or in a folder that is removed behind it, so that every table is read by the
//! same readers, twice if need be, and within the same limits.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::digest::hex;
use crate::memory;
use crate::plan::{Place, TableInput, before_pattern, fits};
use crate::remote::{self, RemoteError};
use crate::spill::Room;

use super::error::IngestError;
use super::source::Request;

/// Most files of a table.
const MOST_FILES: usize = 100_000;
/// Files up to this many bytes are read whole whatever memory is given: few registries are larger.
const SMALL: u64 = 1 << 30;
/// What stands in the name of a folder where the value is missing.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// A file of a table.
#[derive(Debug)]
pub(super) struct Piece {
    /// The file as messages show it.
    pub name: String,
    held: Held,
    /// Columns that its folders name, such as `year=2023`, with their values.
    pub partitions: Vec<(String, Option<String>)>,
}

#[derive(Debug)]
enum Held {
    /// By its path.
    Path(PathBuf),
    /// Brought here, without a name.
    File(File),
}

impl Piece {
    /// A file that is called `name` in messages.
    #[cfg(test)]
    pub fn at(name: &str, path: &Path) -> Self {
        Self { name: name.to_owned(), held: Held::Path(path.to_owned()), partitions: Vec::new() }
    }

    /// Opens the file from its beginning.
    pub fn open(&self) -> io::Result<File> {
        match &self.held {
            Held::Path(path) => File::open(path),
            Held::File(file) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(file)
            }
        }
    }

    /// Whether it is opened by its path, each time with a place of reading of its own.
    pub fn is_path(&self) -> bool {
        matches!(self.held, Held::Path(_))
    }

    /// All of it.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut file = self.open()?;
        let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len()).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        match &self.held {
            Held::Path(path) => path.clone(),
            Held::File(_) => PathBuf::from(&self.name),
        }
    }

    /// Size and time of the last change. Looked at before it is opened: opening a pipe waits for a writer.
    fn stamp(&self) -> io::Result<Option<(u64, Option<SystemTime>)>> {
        let metadata = match &self.held {
            Held::Path(path) => fs::metadata(path)?,
            Held::File(file) => file.metadata()?,
        };
        Ok(metadata.is_file().then(|| (metadata.len(), metadata.modified().ok())))
    }
}

/// The files of a table, where they can be read.
#[derive(Debug)]
pub(super) struct Brought {
    /// The files, at least one, by name.
    pub pieces: Vec<Arc<Piece>>,
    /// Whether the files, one or more, are those of a folder or pattern.
    pub is_several: bool,
    /// Whether the file was made here, of the rows of a query.
    pub is_own: bool,
    /// Bytes of memory that a file may take that is read whole.
    pub memory: u64,
    /// SHA-256 and bytes of what was brought, taken on the way: a file without a name has one place of reading, so that it cannot be
    /// read for its digest beside all other work.
    digest: Option<(String, u64)>,
    /// Removed with it.
    _folder: Option<tempfile::TempDir>,
}

impl Brought {
    fn of(pieces: Vec<Arc<Piece>>, is_several: bool) -> Self {
        Self { pieces, is_several, is_own: false, memory: u64::MAX, digest: None, _folder: None }
    }

    fn one(name: &str, held: Held) -> Self {
        let piece = Piece { name: name.to_owned(), held, partitions: Vec::new() };
        Self::of(vec![Arc::new(piece)], false)
    }

    fn from_elsewhere(name: &str, brought: remote::Brought) -> Self {
        let remote::Brought { file, sha256, bytes } = brought;
        Self { digest: Some((sha256, bytes)), ..Self::one(name, Held::File(file)) }
    }

    /// Sizes and times of the files.
    pub fn stamps(&self, request: &Request<'_>) -> Result<Vec<(u64, Option<SystemTime>)>, IngestError> {
        let stamp = |piece: &Arc<Piece>| match piece.stamp() {
            Ok(Some(stamp)) => Ok(stamp),
            Ok(None) => Err(IngestError::NotAFile { table: request.table.clone(), file: piece.name.clone() }),
            Err(source) => Err(request.unreadable(piece, source)),
        };
        self.pieces.iter().map(stamp).collect()
    }

    /// SHA-256 and bytes of the file; of several, of the lines that `sha256sum` gives for them, and of all together.
    pub fn digest(&self, request: &Request<'_>) -> Result<(String, u64), IngestError> {
        self.digests().map_err(|(piece, source)| request.unreadable(piece, source))
    }

    fn digests(&self) -> Result<(String, u64), (&Piece, io::Error)> {
        if let Some(known) = &self.digest {
            return Ok(known.clone());
        }
        let of = |piece: &'_ Arc<Piece>| piece.open().and_then(digest_of);
        let digests: Vec<io::Result<(String, u64)>> = self.pieces.par_iter().map(of).collect();
        let (mut lines, mut bytes, mut last) = (Sha256::new(), 0, String::new());
        for (piece, digest) in self.pieces.iter().zip(digests) {
            let (sha256, length) = digest.map_err(|source| (&**piece, source))?;
            lines.update(format!("{sha256}  {}\n", piece.name));
            bytes += length;
            last = sha256;
        }
        Ok((if self.is_several { hex(lines.finalize()) } else { last }, bytes))
    }
}

/// Brings what a table is read from; what comes from elsewhere waits in the folder of `room`.
///
/// # Errors
/// Files that are not there; a store or database that does not give what is asked of it.
pub(super) fn bring(request: &Request<'_>, room: &Room) -> Result<Brought, IngestError> {
    let memory = room.memory.min(memory::usual()).max(SMALL);
    Ok(Brought { memory, ..brought(request, &room.folder)? })
}

fn brought(request: &Request<'_>, folder: &Path) -> Result<Brought, IngestError> {
    let elsewhere = |error: RemoteError| IngestError::Remote { table: request.table.clone(), error };
    match &request.input.place {
        Place::File(path) => Ok(Brought::one(request.file(), Held::Path(path.clone()))),
        Place::Files(pattern) => files_of(request, request.file(), pattern),
        Place::Query(query) => {
            let rows = remote::rows_of(query, folder).map_err(elsewhere)?;
            Ok(Brought { is_own: true, ..Brought::from_elsewhere(request.file(), rows) })
        }
        Place::Object(address) if address.ends_with('/') || address.contains('*') => {
            let home = tempfile::tempdir_in(folder).map_err(|cause| elsewhere(RemoteError::File(cause)))?;
            remote::objects_below(address, home.path()).map_err(elsewhere)?;
            let below = address.rsplit_once('*').map_or("", |_| &address[before(address).len()..]);
            let brought = files_of(request, address, &home.path().join(below))?;
            Ok(Brought { _folder: Some(home), ..brought })
        }
        Place::Object(address) => {
            let object = remote::object(address, folder).map_err(elsewhere)?;
            Ok(Brought::from_elsewhere(request.file(), object))
        }
    }
}

/// What of the address of objects stands before the first name with a pattern.
pub(crate) fn before(address: &str) -> &str {
    let end = address.find('*').unwrap_or(address.len());
    &address[..address[..end].rfind('/').map_or(0, |at| at + 1)]
}

/// The Parquet files below a folder, or those that fit a pattern, by name. Names that begin with `.` or `_` are those of writers.
fn files_of(request: &Request<'_>, written: &str, pattern: &Path) -> Result<Brought, IngestError> {
    let base = before_pattern(pattern);
    let names: Vec<String> = pattern
        .strip_prefix(base)
        .unwrap_or(Path::new(""))
        .components()
        .map(|name| name.as_os_str().to_string_lossy().into_owned())
        .collect();
    let shown = if written.contains('*') { before(written) } else { written };
    let unreadable = |path: &Path, source: io::Error| {
        let (table, file) = (request.table.clone(), written.to_owned());
        IngestError::Unreadable { table, file, path: path.to_owned(), source }
    };
    let mut found = Vec::new();
    let mut folders = vec![(base.to_owned(), String::new(), 0)];
    while let Some((folder, below, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| unreadable(&folder, source))? {
            let entry = entry.map_err(|source| unreadable(&folder, source))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_wanted =
                names.get(depth).is_none_or(|pattern| fits(pattern, &name)) && !name.starts_with(['.', '_']);
            if !is_wanted {
                continue;
            }
            // Links are followed as far as they lead to files.
            let is_folder = entry.file_type().map_err(|source| unreadable(&folder, source))?.is_dir();
            let below = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            if is_folder && (names.is_empty() || depth + 1 < names.len()) {
                folders.push((entry.path(), below, depth + 1));
            } else if !is_folder && depth + 1 >= names.len() && name.to_ascii_lowercase().ends_with(".parquet") {
                found.push((below, entry.path()));
            }
        }
        if found.len() > MOST_FILES {
            return Err(IngestError::ManyFiles {
                table: request.table.clone(),
                file: written.to_owned(),
                limit: MOST_FILES,
            });
        }
    }
    if found.is_empty() {
        return Err(IngestError::NoFiles { table: request.table.clone(), file: written.to_owned() });
    }
    found.sort();
    let piece = |(below, path): (String, PathBuf)| {
        let partitions = below.split('/').filter_map(partition).collect();
        Arc::new(Piece { name: format!("{shown}{below}"), held: Held::Path(path), partitions })
    };
    let pieces = found.into_iter().map(piece).collect();
    Ok(Brought::of(pieces, true))
}

/// The column that the name of a folder names, in the manner of Hive: `year=2023`.
fn partition(name: &str) -> Option<(String, Option<String>)> {
    let (column, value) = name.split_once('=')?;
    let value = plain(value);
    Some((plain(column), Some(value).filter(|value| value != HIVE_NULL)))
}

/// Characters that a folder's name cannot hold are written as `%` and two hexadecimal digits.
fn plain(name: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(name.len()), name.as_bytes());
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|digits| first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        match digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

/// SHA-256 of what a table is read from, as its receipt has it; `None` if it cannot be read.
pub(crate) fn digest_of_table(table: &TableInput) -> Option<String> {
    let request = Request { table: String::new(), input: table, requested: Vec::new() };
    let brought = bring(&request, &Room::unlimited()).ok()?;
    brought.stamps(&request).ok()?;
    Some(brought.digest(&request).ok()?.0)
}

/// SHA-256 of a file, read in blocks, and its bytes.
pub(crate) fn digest_of(mut file: File) -> io::Result<(String, u64)> {
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block)? {
            0 => return Ok((hex(hasher.finalize()), bytes)),
            read => {
                hasher.update(&block[..read]);
                bytes += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_sha256_in_hex() {
        assert_eq!(hex(Sha256::digest(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn folders_name_columns() {
        let of = |name: &str| partition(name).map(|(column, value)| format!("{column} {value:?}"));
        assert_eq!(of("year=2023").as_deref(), Some("year Some(\"2023\")"));
        assert_eq!(of("地区=重庆%2F永川").as_deref(), Some("地区 Some(\"重庆/永川\")"));
        assert_eq!(of("region=__HIVE_DEFAULT_PARTITION__").as_deref(), Some("region None"));
        assert_eq!((of("part-0.parquet"), of("a=5%").as_deref()), (None, Some("a Some(\"5%\")")));
    }

    #[test]
    fn the_address_of_objects_ends_before_the_pattern() {
        assert_eq!(before("s3://b/registry/*/x-*.parquet"), "s3://b/registry/");
        assert_eq!(before("s3://b/registry/"), "s3://b/registry/");
    }
}
