//! A check of .xls files before they are opened. They are compound files, whose sectors hold a stream of BIFF records.
//! Their reader follows a loop of sectors without end, and allocates a sheet as large as its farthest cell.

/// Number that ends a chain of sectors.
const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
/// Numbers from this one on name no sector in the header's list of tables.
const NO_TABLE: u32 = 0xFFFF_FFFC;
/// Numbers from this one on name no sector in the chain of that list.
const NO_LIST: u32 = 0xFFFF_FFFA;
/// Bytes of the header in which the sectors are described.
const HEADER: usize = 512;
/// Bytes of an entry of the directory.
const ENTRY: usize = 128;
/// Shorter streams are kept in small sectors.
const SMALL_STREAM: usize = 4_096;
/// Bytes of a small sector.
const SMALL_SECTOR: usize = 64;

/// Cells of the largest sheet: 65,536 rows of 256 columns.
const SHEET_CELLS: u64 = 1 << 24;
/// Places that sheets may reach over for each filled cell, beyond the size of one sheet.
const PLACES_PER_CELL: u64 = 16;

/// Kinds of records: begin and end of a substream, a sheet of the workbook, the declared size of a sheet.
const BEGIN: u16 = 0x0809;
const END: u16 = 0x000A;
const SHEET: u16 = 0x0085;
const SIZE: u16 = 0x0200;
/// Several numbers in one row.
const NUMBERS: u16 = 0x00BD;

/// Checks that an .xls file can be opened in memory that its filled cells account for.
///
/// # Errors
/// Sectors that loop or lie beyond the end, no workbook, or cells that are spread too far.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let streams =
        workbook_streams(bytes).ok_or("its sectors loop or lie beyond its end: it is cut short or damaged")?;
    if streams.is_empty() {
        return Err("it holds no workbook that can be read; perhaps it has a password".to_owned());
    }
    streams.iter().try_for_each(|stream| check_sheets(stream))
}

/// Sectors of one size and the chains that they form.
struct Sectors<'a> {
    bytes: &'a [u8],
    /// Bytes of a sector.
    size: usize,
    /// Number of the next sector in the chain, by sector.
    next: Vec<u32>,
}

impl Sectors<'_> {
    /// A sector; the last may be short. `None` beyond the end.
    fn sector(&self, number: u32) -> Option<&[u8]> {
        let start = (number as usize).checked_mul(self.size)?;
        let end = self.bytes.len().min(start.checked_add(self.size)?);
        self.bytes.get(start..end).filter(|sector| !sector.is_empty())
    }

    /// The first `length` bytes of a chain, or all of it if it is shorter. `None` if it loops or leaves the file.
    fn chain(&self, first: u32, length: usize) -> Option<Vec<u8>> {
        let (mut chain, mut number) = (Vec::new(), first);
        while number != END_OF_CHAIN && chain.len() < length {
            chain.extend_from_slice(self.sector(number)?);
            if chain.len() > self.bytes.len() {
                return None;
            }
            number = if chain.len() < length { *self.next.get(number as usize)? } else { END_OF_CHAIN };
        }
        chain.truncate(length);
        Some(chain)
    }
}

/// The streams named Workbook (BIFF8) and Book (BIFF5).
fn workbook_streams(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let header = bytes.get(..HEADER)?;
    let size: usize = match u16_at(header, 30)? {
        9 => 512,
        12 => 4_096,
        _ => return None,
    };
    let mut sectors = Sectors { bytes: bytes.get(size..)?, size, next: Vec::new() };
    sectors.next = next_sectors(header, &sectors)?;
    let directory = sectors.chain(u32_at(header, 48)?, usize::MAX)?;
    let entries = || directory.chunks_exact(ENTRY);
    let place = |entry: &[u8]| {
        let low = u32_at(entry, 120)? as usize;
        let high = if size == 512 { 0 } else { u32_at(entry, 124)? as usize };
        Some((u32_at(entry, 116)?, low | (high << 32)))
    };
    let small_tables = u32_at(header, 64)? as usize;
    let (root, root_length) = place(entries().next()?)?;
    let small_bytes = if small_tables == 0 { Vec::new() } else { sectors.chain(root, root_length)? };
    let small_next = sectors.chain(u32_at(header, 60)?, small_tables.saturating_mul(size))?;
    let small = Sectors { bytes: &small_bytes, size: SMALL_SECTOR, next: numbers(&small_next).collect() };
    let named = |name: &str| entries().find(|entry| name_of(entry).eq_ignore_ascii_case(name));
    let stream = |entry: &[u8]| {
        let (first, length) = place(entry)?;
        if length < SMALL_STREAM { small.chain(first, length) } else { sectors.chain(first, length) }
    };
    ["Workbook", "Book"].into_iter().filter_map(named).map(stream).collect()
}

/// Number of the next sector, by sector: the tables that the header and the chain of its list name, joined.
fn next_sectors(header: &[u8], sectors: &Sectors) -> Option<Vec<u32>> {
    let most = sectors.bytes.len() / sectors.size + 1;
    let mut tables: Vec<u32> = numbers(header.get(76..)?).collect();
    let (mut list, mut lists) = (u32_at(header, 68)?, 0);
    while list < NO_LIST {
        lists += 1;
        if lists > most {
            return None;
        }
        tables.extend(numbers(sectors.sector(list)?));
        list = tables.pop()?;
    }
    tables.retain(|&table| table < NO_TABLE);
    if tables.len() > most {
        return None;
    }
    let mut next = Vec::new();
    for table in tables {
        next.extend(numbers(sectors.sector(table)?));
    }
    Some(next)
}

/// Name in an entry of the directory.
fn name_of(entry: &[u8]) -> String {
    let units = entry[..64].as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    String::from_utf16_lossy(&units.take_while(|&unit| unit != 0).collect::<Vec<u16>>())
}

/// Refuses a workbook whose sheets reach over many more cells than are filled.
fn check_sheets(stream: &[u8]) -> Result<(), String> {
    let globals = records(stream).take_while(|(kind, _)| *kind != END);
    let starts = globals.filter(|(kind, _)| *kind == SHEET).filter_map(|(_, data)| u32_at(data, 0));
    let (mut reach, mut filled) = (0u64, 0u64);
    for start in starts {
        let area = Area::of(stream.get(start as usize..).unwrap_or_default())?;
        reach = reach.saturating_add(area.places());
        filled = filled.saturating_add(area.filled);
    }
    if reach > SHEET_CELLS && reach / PLACES_PER_CELL > filled {
        return Err(format!(
            "its sheets reach over {reach} cells, of which {filled} are filled: delete the cells far away"
        ));
    }
    Ok(())
}

/// Rectangle that holds the cells of a sheet.
struct Area {
    first: (u16, u16),
    last: (u16, u16),
    /// Cells with a value.
    filled: u64,
}

impl Area {
    /// The rectangle of the sheet whose records begin here.
    fn of(sheet: &[u8]) -> Result<Self, String> {
        let mut area = Self { first: (u16::MAX, u16::MAX), last: (0, 0), filled: 0 };
        // Substreams inside the sheet are charts, which have cells of their own.
        let mut depth = 0u32;
        for (kind, data) in records(sheet) {
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                _ if depth > 1 => {}
                SIZE if declared_cells(data).is_some_and(|cells| cells > SHEET_CELLS) => {
                    return Err("a sheet declares more cells than 65,536 rows of 256 columns".to_owned());
                }
                // Formula, number, text, truth or error, rich text, shared text, short number.
                0x0006 | 0x0203 | 0x0204 | 0x0205 | 0x00D6 | 0x00FD | 0x027E => area.add(data, u16_at(data, 2)),
                NUMBERS => area.add(data, data.len().checked_sub(2).and_then(|end| u16_at(data, end))),
                _ => {}
            }
        }
        Ok(area)
    }

    /// Adds the cells of a record: its row, its first column, and the last column.
    fn add(&mut self, data: &[u8], last: Option<u16>) {
        let (Some(row), Some(first), Some(last)) = (u16_at(data, 0), u16_at(data, 2), last) else { return };
        self.first = (self.first.0.min(row), self.first.1.min(first));
        self.last = (self.last.0.max(row), self.last.1.max(last));
        self.filled += u64::from(last.saturating_sub(first)) + 1;
    }

    /// Cells of the rectangle, filled or not.
    fn places(&self) -> u64 {
        let side = |first: u16, last: u16| u64::from(last.saturating_sub(first)) + 1;
        side(self.first.0, self.last.0) * side(self.first.1, self.last.1)
    }
}

/// Cells that a record of the sheet's size declares, counted as the reader of the file does: rows behind the last one wrap
/// around.
fn declared_cells(data: &[u8]) -> Option<u64> {
    let (first_row, end_row, first, end) = if data.len() == 10 {
        (u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?), u16_at(data, 4)?, u16_at(data, 6)?)
    } else {
        (u32_at(data, 0)?, u32_at(data, 4)?, u16_at(data, 8)?, u16_at(data, 10)?)
    };
    let first = if first > 0xFF || end < first { 0 } else { first };
    if end_row == 0 || end == 0 {
        return Some(1);
    }
    Some(u64::from(end_row.wrapping_sub(first_row)) * u64::from(end - first))
}

/// Kind and content of each record, up to the first that is cut short.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (kind, length) = (u16_at(rest, 0)?, u16_at(rest, 2)?);
        let (data, behind) = rest.get(4..)?.split_at_checked(length.into())?;
        rest = behind;
        Some((kind, data))
    })
}

/// The bytes as numbers of 32 bits.
fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number))
}

/// The number of 16 bits that begins at a byte.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The number of 32 bits that begins at a byte.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xls};

    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
    }

    /// A text of one letter.
    fn cell(row: u16, column: u16) -> Vec<u8> {
        let place = [row.to_le_bytes(), column.to_le_bytes()].concat();
        record(0x0204, &[place.as_slice(), &[0, 0, 1, 0, 0, b'x']].concat())
    }

    fn size(rows: u32, columns: u16) -> Vec<u8> {
        let rows = [0u32.to_le_bytes(), rows.to_le_bytes()].concat();
        record(SIZE, &[rows.as_slice(), &[0, 0], &columns.to_le_bytes(), &[0, 0]].concat())
    }

    /// A compound file with a workbook of one sheet: sector 0 is the table, 1 the directory, the others the stream.
    fn workbook(sheet: &[Vec<u8>]) -> Vec<u8> {
        let begin = record(BEGIN, &[0, 6, 5, 0, 0, 0, 0, 0]);
        let name = |start: u32| record(SHEET, &[&start.to_le_bytes()[..], &[0, 0, 1, 0, b'a']].concat());
        let globals = begin.len() + name(0).len() + record(END, &[]).len();
        let mut stream = [begin.clone(), name(globals as u32), record(END, &[]), begin, sheet.concat()].concat();
        stream.extend(record(END, &[]));
        stream.resize(stream.len().next_multiple_of(512).max(SMALL_STREAM), 0);
        let sectors = (stream.len() / 512) as u32;

        let mut header = vec![0; HEADER];
        header[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
        for (at, number) in [(26, 3u16), (28, 0xFFFE), (30, 9), (32, 6)] {
            header[at..at + 2].copy_from_slice(&number.to_le_bytes());
        }
        header[76..].fill(0xFF);
        for (at, number) in [(44, 1), (48, 1), (56, 4_096), (60, END_OF_CHAIN), (68, END_OF_CHAIN), (76, 0)] {
            header[at..at + 4].copy_from_slice(&u32::to_le_bytes(number));
        }
        let mut table: Vec<u32> = vec![0xFFFF_FFFD, END_OF_CHAIN];
        table.extend(3..2 + sectors);
        table.push(END_OF_CHAIN);
        table.resize(128, u32::MAX);
        let mut directory = vec![0; 512];
        for (entry, name, first, length) in [(0, "Root Entry", END_OF_CHAIN, 0), (128, "Workbook", 2, stream.len())] {
            for (at, unit) in name.encode_utf16().enumerate() {
                directory[entry + 2 * at..][..2].copy_from_slice(&unit.to_le_bytes());
            }
            directory[entry + 116..][..4].copy_from_slice(&first.to_le_bytes());
            directory[entry + 120..][..4].copy_from_slice(&(length as u32).to_le_bytes());
        }
        [header, table.into_iter().flat_map(u32::to_le_bytes).collect(), directory, stream].concat()
    }

    #[test]
    fn a_workbook_is_checked_as_its_reader_reads_it() {
        assert_eq!(check(&workbook(&[size(65_536, 256), cell(0, 0), cell(65_535, 255)])), Ok(()));
        let bytes = workbook(&[size(10, 256), cell(0, 0), cell(9, 255)]);
        assert_eq!(check(&bytes), Ok(()));
        let mut xls = Xls::new(Cursor::new(&bytes[..])).expect("a workbook");
        let range = xls.worksheet_range("a").expect("a sheet");
        assert_eq!(range.end(), Some((9, 255)));
        assert_eq!(range.get_value((0, 0)), Some(&Data::String("x".to_owned())));
    }

    #[test]
    fn cells_that_are_spread_too_far_are_refused() {
        let spread = check(&workbook(&[cell(0, 0), cell(65_535, 65_535)])).expect_err("a spread sheet");
        assert!(spread.contains("4294967296 cells, of which 2 are filled"), "{spread}");
        let declared = check(&workbook(&[size(65_537, 256), cell(0, 0)])).expect_err("a large sheet");
        assert!(declared.contains("declares"), "{declared}");
    }

    #[test]
    fn a_loop_of_sectors_ends() {
        let mut bytes = workbook(&[cell(0, 0)]);
        // The directory, which has no length of its own, follows itself.
        bytes[HEADER + 4..HEADER + 8].copy_from_slice(&1u32.to_le_bytes());
        let refused = check(&bytes).expect_err("a loop");
        assert!(refused.contains("loop"), "{refused}");
        assert!(check(&bytes[..700]).is_err());
        assert!(check(&[]).is_err());
    }
}
