//! Where the text of a file is: in memory, or in the file, from which parts of whole lines are read when they are needed.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use encoding_rs::{Encoding, UTF_8};
use rayon::prelude::*;

use super::error::IngestError;
use super::place::Piece;

/// Bytes of a part, a little more to the end of its last line.
pub(super) const PART_BYTES: usize = 2 << 20;
/// Most bytes of a part that is read from the file: longer lines make the text one that is held.
pub(super) const MOST_PART_BYTES: usize = 8 * PART_BYTES;
/// Bytes at the head that must not hold zeros, as those of UTF-16 do.
const HEAD_BYTES: usize = 4_096;
/// What some writers leave at the end of a text.
const TRAILING: &[u8] = &[0, 0x1A];

/// The text of a file.
#[derive(Debug)]
pub(super) enum TextBody {
    /// In memory.
    Held(String),
    /// In the file.
    InFile(TextInFile),
}

impl TextBody {
    /// The parts from byte `start` on.
    pub fn parts_from(&self, start: usize) -> Vec<Range<usize>> {
        match self {
            Self::Held(text) => parts_of(text, start),
            Self::InFile(text) => {
                let behind = text.parts.iter().filter(|part| part.end > start);
                behind.map(|part| part.start.max(start)..part.end).collect()
            }
        }
    }

    /// Bytes of the text.
    pub fn length(&self) -> usize {
        match self {
            Self::Held(text) => text.len(),
            Self::InFile(text) => text.length,
        }
    }

    /// A part.
    ///
    /// # Errors
    /// The file cannot be read, or has changed.
    pub fn part(&self, range: &Range<usize>) -> Result<Cow<'_, str>, IngestError> {
        match self {
            Self::Held(text) => Ok(Cow::Borrowed(&text[range.clone()])),
            Self::InFile(text) => text.part(range).map(Cow::Owned),
        }
    }

    /// Takes a part back, so that its memory holds another one.
    pub fn give_back(&self, part: Cow<'_, str>) {
        if let (Self::InFile(text), Cow::Owned(part)) = (self, part) {
            text.spare.lock().unwrap_or_else(PoisonError::into_inner).push(part.into_bytes());
        }
    }
}

/// Cuts a text from byte `start` on into parts of whole lines.
fn parts_of(text: &str, start: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut first = start;
    while first < text.len() {
        let least = (first + PART_BYTES).min(text.len());
        let end = memchr::memchr(b'\n', &text.as_bytes()[least..]).map_or(text.len(), |at| least + at + 1);
        parts.push(first..end);
        first = end;
    }
    parts
}

/// A UTF-8 text that stays in its file.
#[derive(Debug)]
pub(super) struct TextInFile {
    piece: Arc<Piece>,
    table: String,
    /// Bytes of the file.
    length: usize,
    /// Bytes of the file by parts of whole lines, without the byte order mark.
    parts: Vec<Range<usize>>,
    /// Most bytes of what may have to be held after all.
    memory: u64,
    /// Parts that were given back, for their memory.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl TextInFile {
    /// Looks a file of `length` bytes through; `None` if it is small, or its text is not that of the file byte by byte: no
    /// UTF-8, or with something at its ends that is to be removed, or without line ends where parts are to end.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn survey(
        piece: &Arc<Piece>,
        table: &str,
        length: u64,
        memory: u64,
        part_bytes: usize,
    ) -> io::Result<Option<Self>> {
        let Some(length) = usize::try_from(length).ok().filter(|length| *length > 2 * part_bytes) else {
            return Ok(None);
        };
        if !piece.is_path() {
            return Ok(None);
        }
        let mut file = piece.open()?;
        let mut head = vec![0; HEAD_BYTES.min(length)];
        file.read_exact(&mut head)?;
        let start = match Encoding::for_bom(&head) {
            None => 0,
            Some((encoding, mark)) if encoding == UTF_8 && Encoding::for_bom(&head[mark..]).is_none() => mark,
            Some(_) => return Ok(None),
        };
        let mut last = [0];
        file.seek(SeekFrom::Start(length as u64 - 1))?;
        file.read_exact(&mut last)?;
        if head.contains(&0) || TRAILING.contains(&last[0]) {
            return Ok(None);
        }
        let Some(parts) = cut(&mut file, start, length, part_bytes)? else { return Ok(None) };
        let (piece, table) = (piece.clone(), table.to_owned());
        let own = Self { piece, table, length, parts, memory, spare: Mutex::default() };
        let is_utf8 = own.parts.par_iter().map(|range| -> io::Result<bool> {
            let bytes = own.bytes(range)?;
            let is_utf8 = std::str::from_utf8(&bytes).is_ok();
            own.spare.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
            Ok(is_utf8)
        });
        // The first part of another encoding ends it.
        match is_utf8.find_any(|part| !matches!(part, Ok(true))) {
            None => Ok(Some(own)),
            Some(part) => part.map(|_| None),
        }
    }

    fn bytes(&self, range: &Range<usize>) -> io::Result<Vec<u8>> {
        let mut bytes = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        bytes.resize(range.len(), 0);
        // Opened anew, for files have one place of reading.
        let mut file = self.piece.open()?;
        file.seek(SeekFrom::Start(range.start as u64))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn part(&self, range: &Range<usize>) -> Result<String, IngestError> {
        let changed = || IngestError::Changed { file: self.piece.name.clone() };
        let bytes = self.bytes(range).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => changed(),
            _ => IngestError::Unreadable {
                table: self.table.clone(),
                file: self.piece.name.clone(),
                path: self.piece.path(),
                source,
            },
        })?;
        String::from_utf8(bytes).map_err(|_| changed())
    }

    /// The text from byte `start` on.
    ///
    /// # Errors
    /// The file cannot be read or has changed; the text does not fit in memory.
    pub fn held_from(&self, start: usize) -> Result<TextBody, IngestError> {
        if (self.length - start) as u64 > self.memory {
            return Err(IngestError::BeyondMemory { file: self.piece.name.clone(), memory: self.memory });
        }
        self.part(&(start..self.length)).map(TextBody::Held)
    }
}

/// Cuts a file from byte `start` on into parts of whole lines; `None` where a line is long, or there are no two parts.
fn cut(file: &mut File, start: usize, length: usize, part_bytes: usize) -> io::Result<Option<Vec<Range<usize>>>> {
    let mut parts = Vec::new();
    let (mut first, mut block) = (start, vec![0; HEAD_BYTES]);
    while first < length {
        let mut end = first.saturating_add(part_bytes).min(length);
        file.seek(SeekFrom::Start(end as u64))?;
        while end < length {
            let looked_at = block.len().min(length - end);
            file.read_exact(&mut block[..looked_at])?;
            match memchr::memchr(b'\n', &block[..looked_at]) {
                Some(at) => {
                    end += at + 1;
                    break;
                }
                None => end += looked_at,
            }
            if end - first > MOST_PART_BYTES {
                return Ok(None);
            }
        }
        parts.push(first..end);
        first = end;
    }
    Ok(Some(parts).filter(|parts| parts.len() > 1))
}
