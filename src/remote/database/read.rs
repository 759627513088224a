//! Rows of a query in.
//!
//! A query is read by `COPY … TO STDOUT (FORMAT BINARY)` in the order of its columns, so that the same rows are the same bytes
//! whenever and by whomever they are read: what `psql` gives for the same statement has the same SHA-256.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use arrow::array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use postgres::IsolationLevel;
use postgres::types::Type;
use sha2::{Digest as _, Sha256};

use super::super::{Brought, RemoteError};
use super::{BATCH_BYTES, connect, refused};
use crate::digest::hex;
use crate::plan::Query;
use crate::spill::Aside;

/// Most rows of a batch.
const BATCH_ROWS: usize = 1 << 16;
/// Most bytes of a cell.
const LARGEST_CELL: usize = 64 << 20;
/// The first bytes of binary rows: a signature, flags and the length of an extension of the header.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Days and microseconds from 1970-01-01 to 2000-01-01, from which the database counts.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// Reads the rows of a query into an Arrow file without a name in `folder`.
///
/// # Errors
/// [`RemoteError`]: an address that is none, a database that refuses or is gone, rows that cannot be read, a full disk.
pub fn rows_of(query: &Query, folder: &Path) -> Result<Brought, RemoteError> {
    let fault = |error: postgres::Error| refused(&query.variable, &error);
    let mut client = connect(&query.variable)?;
    let session = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    let mut session = session.start().map_err(fault)?;
    // Texts of days, numbers and intervals are written in one form, whatever the server prefers.
    let form = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL extra_float_digits = 3";
    session.batch_execute(form).map_err(fault)?;
    let asked = session.prepare(&format!("SELECT * FROM ({}\n) AS t", query.sql)).map_err(fault)?;
    let columns: Vec<Asked> = asked.columns().iter().map(|column| Asked::of(column.name(), column.type_())).collect();
    if let Some(twice) = columns.iter().enumerate().find(|(at, own)| columns[..*at].iter().any(|c| c.name == own.name))
    {
        return Err(RemoteError::TwoColumns { name: twice.1.name.clone() });
    }
    let statement = copy_statement(&query.sql, &columns);
    tracing::info!(statement, "reading from a database");
    let (read, hasher, bytes) = {
        let inner = session.copy_out(&statement).map_err(fault)?;
        let mut incoming = Incoming { inner, hasher: Sha256::new(), bytes: 0 };
        let read = read_rows(&mut incoming, &columns, folder);
        (read, incoming.hasher, incoming.bytes)
    };
    let file = read.map_err(|error| match error {
        Broken::Stream(cause) => match cause.get_ref().and_then(|cause| cause.downcast_ref::<postgres::Error>()) {
            Some(error) => refused(&query.variable, error),
            None => RemoteError::Rows { problem: cause.to_string() },
        },
        Broken::Rows(problem) => RemoteError::Rows { problem },
        Broken::Kept(error) => error,
    })?;
    session.commit().map_err(fault)?;
    Ok(Brought { file, sha256: hex(hasher.finalize()), bytes })
}

/// A column that is asked for.
#[derive(Debug)]
struct Asked {
    name: String,
    /// How its cells come.
    kind: Kind,
    /// Whether the database is asked for its text.
    as_text: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Text,
    Whole,
    Float,
    Truth,
    Day,
    Moment,
    /// A moment with a zone: no day is certain.
    Zoned,
}

impl Asked {
    fn of(name: &str, kind: &Type) -> Self {
        let (kind, as_text) = match *kind {
            Type::TEXT | Type::VARCHAR | Type::BPCHAR => (Kind::Text, false),
            Type::INT2 | Type::INT4 | Type::INT8 => (Kind::Whole, false),
            Type::FLOAT4 | Type::FLOAT8 => (Kind::Float, false),
            Type::BOOL => (Kind::Truth, false),
            Type::DATE => (Kind::Day, false),
            Type::TIMESTAMP => (Kind::Moment, false),
            Type::TIMESTAMPTZ => (Kind::Zoned, false),
            // Numbers of any length, identifiers, words of a list and all else as the database writes them.
            _ => (Kind::Text, true),
        };
        Self { name: name.to_owned(), kind, as_text }
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }

    fn selected(&self) -> String {
        let name = self.quoted();
        if self.as_text { format!("{name}::text AS {name}") } else { name }
    }

    /// By what its rows are put in order: equal cells are then equal bytes, whatever the collation of the server.
    fn ordered(&self) -> String {
        let name = self.quoted();
        match self.kind {
            Kind::Text if !self.as_text => format!("{name} COLLATE \"C\""),
            Kind::Text | Kind::Float => format!("{name}::text COLLATE \"C\""),
            _ => name,
        }
    }

    fn field(&self) -> Field {
        let kind = match self.kind {
            Kind::Text => DataType::Utf8,
            Kind::Whole => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Truth => DataType::Boolean,
            Kind::Day => DataType::Date32,
            Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Zoned => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        };
        Field::new(&self.name, kind, true)
    }
}

fn copy_statement(sql: &str, columns: &[Asked]) -> String {
    let join = |one: fn(&Asked) -> String| columns.iter().map(one).collect::<Vec<_>>().join(", ");
    // A comment at the end of the query ends with its line.
    let (selected, ordered) = (join(Asked::selected), join(Asked::ordered));
    let order = if columns.is_empty() { String::new() } else { format!(" ORDER BY {ordered}") };
    format!("COPY (SELECT {selected} FROM ({sql}\n) AS t{order}) TO STDOUT (FORMAT BINARY)")
}

/// What the database sends, and its digest.
struct Incoming<R> {
    inner: R,
    hasher: Sha256,
    bytes: u64,
}

/// Why rows do not arrive.
#[derive(Debug)]
enum Broken {
    Stream(io::Error),
    Rows(String),
    Kept(RemoteError),
}

impl<R: Read> Incoming<R> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Broken> {
        self.inner.read_exact(bytes).map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof => Broken::Rows("they end in the middle of a row".to_owned()),
            _ => Broken::Stream(cause),
        })?;
        self.hasher.update(&*bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Nothing may follow the last row; what the database says at the end is heard.
    fn end(&mut self) -> Result<(), Broken> {
        match self.inner.read(&mut [0]).map_err(Broken::Stream)? {
            0 => Ok(()),
            _ => Err(Broken::Rows("something follows the last row".to_owned())),
        }
    }
}

/// Reads binary rows into an Arrow file.
fn read_rows<R: Read>(incoming: &mut Incoming<R>, columns: &[Asked], folder: &Path) -> Result<File, Broken> {
    let columns_wrong = |error: ArrowError| Broken::Rows(error.to_string());
    let kept = |error: crate::spill::SpillError| Broken::Kept(error.into());
    if incoming.array::<11>()? != SIGNATURE {
        return Err(Broken::Rows("they do not begin as binary rows do".to_owned()));
    }
    let (_flags, extension) = (incoming.array::<4>()?, incoming.array::<4>()?);
    if extension != [0; 4] {
        return Err(Broken::Rows("their header has an extension".to_owned()));
    }
    let schema: SchemaRef = Arc::new(Schema::new(columns.iter().map(Asked::field).collect::<Vec<_>>()));
    let mut aside = Aside::create(folder).map_err(kept)?;
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME));
    let options = options.map_err(columns_wrong)?;
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &schema, options).map_err(columns_wrong)?;
    let mut cells: Vec<Cells> = columns.iter().map(|column| Cells::of(column.kind)).collect();
    let (mut rows, mut bytes, mut buffer) = (0, 0, Vec::new());
    loop {
        let count = i16::from_be_bytes(incoming.array()?);
        let is_last = count == -1;
        if !is_last && usize::try_from(count).ok() != Some(columns.len()) {
            return Err(Broken::Rows(format!("a row has {count} cells where {} are asked for", columns.len())));
        }
        if is_last || rows == BATCH_ROWS || bytes >= BATCH_BYTES {
            let arrays = cells.iter_mut().map(Cells::finish).collect();
            let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(columns_wrong)?;
            if batch.num_rows() > 0 {
                writer.write(&batch).map_err(columns_wrong)?;
                aside.append(writer.get_ref()).map_err(kept)?;
                writer.get_mut().clear();
            }
            (rows, bytes) = (0, 0);
        }
        if is_last {
            break;
        }
        for (column, cells) in columns.iter().zip(&mut cells) {
            let length = i32::from_be_bytes(incoming.array()?);
            let Ok(length) = usize::try_from(length) else {
                cells.push(None).map_err(Broken::Rows)?;
                continue;
            };
            let name = &column.name;
            if length > LARGEST_CELL {
                let most = LARGEST_CELL >> 20;
                let problem = format!(
                    "a cell of {name:?} has {length} bytes, and at most {most} MiB are read: shorten it in the query, as in left({name}, 1000)"
                );
                return Err(Broken::Rows(problem));
            }
            buffer.resize(length, 0);
            incoming.fill(&mut buffer)?;
            cells.push(Some(&buffer)).map_err(|problem| Broken::Rows(format!("a cell of {name:?} {problem}")))?;
            bytes += length;
        }
        rows += 1;
    }
    incoming.end()?;
    let rest = writer.into_inner().map_err(columns_wrong)?;
    aside.append(&rest).map_err(kept)?;
    Ok(aside.into_file())
}

/// The cells of a column of a batch.
enum Cells {
    Text(StringBuilder),
    Whole(Int64Builder),
    Float(Float64Builder),
    Truth(BooleanBuilder),
    Day(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
}

impl Cells {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Whole => Self::Whole(Int64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Truth => Self::Truth(BooleanBuilder::new()),
            Kind::Day => Self::Day(Date32Builder::new()),
            Kind::Moment => Self::Moment(TimestampMicrosecondBuilder::new()),
            Kind::Zoned => Self::Moment(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    fn push(&mut self, cell: Option<&[u8]>) -> Result<(), String> {
        fn of<const N: usize>(cell: &[u8]) -> Result<[u8; N], String> {
            cell.try_into().map_err(|_| format!("has {} bytes where {N} are expected", cell.len()))
        }
        match self {
            Self::Text(cells) => {
                let text = cell.map(std::str::from_utf8).transpose();
                cells.append_option(text.map_err(|_| "is no UTF-8: the database keeps it in no encoding")?);
            }
            Self::Whole(cells) => cells.append_option(match cell {
                Some(cell) if cell.len() == 2 => Some(i16::from_be_bytes(of(cell)?).into()),
                Some(cell) if cell.len() == 4 => Some(i32::from_be_bytes(of(cell)?).into()),
                cell => cell.map(|cell| of(cell).map(i64::from_be_bytes)).transpose()?,
            }),
            Self::Float(cells) => cells.append_option(match cell {
                Some(cell) if cell.len() == 4 => Some(f32::from_be_bytes(of(cell)?).into()),
                cell => cell.map(|cell| of(cell).map(f64::from_be_bytes)).transpose()?,
            }),
            Self::Truth(cells) => cells.append_option(cell.map(of::<1>).transpose()?.map(|[bit]| bit != 0)),
            // Days without end lie outside all years, and are no days.
            Self::Day(cells) => {
                let day = cell.map(|cell| of(cell).map(i32::from_be_bytes)).transpose()?;
                cells.append_option(day.map(|day| day.saturating_add(EPOCH_DAYS)));
            }
            Self::Moment(cells) => {
                let moment = cell.map(|cell| of(cell).map(i64::from_be_bytes)).transpose()?;
                cells.append_option(moment.map(|moment| moment.saturating_add(EPOCH_MICROSECONDS)));
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Whole(cells) => Arc::new(cells.finish()),
            Self::Float(cells) => Arc::new(cells.finish()),
            Self::Truth(cells) => Arc::new(cells.finish()),
            Self::Day(cells) => Arc::new(cells.finish()),
            Self::Moment(cells) => Arc::new(cells.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Vec<Asked> {
        [
            ("编号", Type::TEXT),
            ("n\"o", Type::INT4),
            ("score", Type::FLOAT8),
            ("fee", Type::NUMERIC),
            ("day", Type::DATE),
        ]
        .map(|(name, kind)| Asked::of(name, &kind))
        .into()
    }

    fn read(bytes: &[u8]) -> Result<(Vec<RecordBatch>, String), Broken> {
        let mut incoming = Incoming { inner: bytes, hasher: Sha256::new(), bytes: 0 };
        let file = read_rows(&mut incoming, &asked(), &std::env::temp_dir())?;
        let mut file = &file;
        io::Seek::rewind(&mut file).unwrap();
        let batches = arrow::ipc::reader::FileReader::try_new(file, None).unwrap().collect::<Result<_, _>>().unwrap();
        Ok((batches, hex(incoming.hasher.finalize())))
    }

    fn rows() -> Vec<u8> {
        let mut bytes = [SIGNATURE, &[0; 8]].concat();
        let mut cell = |cell: Option<&[u8]>| match cell {
            None => (-1i32).to_be_bytes().to_vec(),
            Some(cell) => [&(cell.len() as i32).to_be_bytes(), cell].concat(),
        };
        let (whole, float, day) = (7i32.to_be_bytes(), 0.5f64.to_be_bytes(), 8_000i32.to_be_bytes());
        let full = [
            cell(Some("永川".as_bytes())),
            cell(Some(&whole)),
            cell(Some(&float)),
            cell(Some(b"1.50")),
            cell(Some(&day)),
        ];
        for row in [full.concat(), (0..5).flat_map(|_| cell(None)).collect()] {
            bytes.extend(5i16.to_be_bytes());
            bytes.extend(row);
        }
        bytes.extend((-1i16).to_be_bytes());
        bytes
    }

    #[test]
    fn the_statement_says_how_rows_are_ordered_whatever_the_server_prefers() {
        assert_eq!(
            copy_statement("select * from t -- all", &asked()),
            "COPY (SELECT \"编号\", \"n\"\"o\", \"score\", \"fee\"::text AS \"fee\", \"day\" FROM (select * from t -- all\n) AS t \
             ORDER BY \"编号\" COLLATE \"C\", \"n\"\"o\", \"score\"::text COLLATE \"C\", \"fee\"::text COLLATE \"C\", \"day\") \
             TO STDOUT (FORMAT BINARY)"
        );
    }

    #[test]
    fn binary_rows_become_columns_and_their_digest_is_that_of_their_bytes() {
        let (batches, sha256) = read(&rows()).unwrap();
        assert_eq!(sha256, hex(Sha256::digest(rows())));
        let batch = &batches[0];
        assert_eq!((batch.num_rows(), batch.column(0).null_count()), (2, 1));
        let shown: Vec<String> =
            (0..5).map(|at| arrow::util::display::array_value_to_string(batch.column(at), 0).unwrap()).collect();
        assert_eq!(shown, ["永川", "7", "0.5", "1.50", "2021-11-26"]);
    }

    #[test]
    fn rows_that_are_cut_short_or_go_on_are_refused() {
        let whole = rows();
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "cut at {end}");
        }
        assert!(read(&[whole.as_slice(), b"x"].concat()).is_err());
        let mut wide = whole.clone();
        wide[19..21].copy_from_slice(&6i16.to_be_bytes());
        assert!(matches!(read(&wide), Err(Broken::Rows(problem)) if problem.contains("6 cells where 5")));
        let mut long = whole;
        long[21..25].copy_from_slice(&i32::MAX.to_be_bytes());
        assert!(matches!(read(&long), Err(Broken::Rows(problem)) if problem.contains("at most 64 MiB")));
    }
}
