//! Bytes to text: byte order marks, a stated encoding, or UTF-8 and GB18030 told apart line by line.
//!
//! Nothing is replaced in silence: a text with replaced characters is marked as damaged, and its reader quarantines the
//! rows in which a replaced character touches a column that is read.

use std::borrow::Cow;
use std::io::Read;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use rayon::prelude::*;

use crate::plan::TextEncoding;
use crate::terms::{Warning, shorten};

use super::error::IngestError;
use super::line_encoding::{Census, LineKind};
use super::source::Request;

/// Bytes to which any packed file may unpack.
const UNPACKED_BYTES: u64 = 256 << 20;
/// How many times its own size a packed file may unpack to, if the plan does not say.
const UNPACKED_TIMES: u64 = 100;
/// Most characters of an example.
const EXAMPLE: usize = 20;
/// Most characters of it before the one that it is an example of.
const EXAMPLE_BEFORE: usize = 9;

/// A decoded text file.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The text without byte order mark.
    pub text: String,
    /// Name of the encoding that was found or stated, in lower case, such as "gb18030".
    pub encoding: String,
    /// Whether some bytes could not be decoded and stand as U+FFFD.
    pub damaged: bool,
    /// Doubts about the encoding.
    pub warnings: Vec<Warning>,
}

impl Decoded {
    /// A whole text without doubts.
    fn of(text: String, encoding: &'static Encoding) -> Self {
        Self { text, encoding: name_of(encoding), damaged: false, warnings: Vec::new() }
    }

    /// Adds bytes of some encoding.
    fn append(&mut self, bytes: &[u8], encoding: &'static Encoding) {
        let decoded: Vec<(Cow<'_, str>, bool)> =
            parts(bytes, encoding).into_par_iter().map(|part| encoding.decode_without_bom_handling(part)).collect();
        self.text.reserve(decoded.iter().map(|(text, _)| text.len()).sum());
        for (text, damaged) in decoded {
            self.text.push_str(&text);
            self.damaged |= damaged;
        }
    }
}

/// Whether the bytes are a gzip stream.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B])
}

/// Most bytes that a file of `packed` bytes may unpack to: what the plan states, or 256 MiB or 100 times the file, the
/// larger.
pub(super) fn unpacked_limit(stated: Option<u64>, packed: u64) -> u64 {
    stated.unwrap_or_else(|| packed.saturating_mul(UNPACKED_TIMES).max(UNPACKED_BYTES))
}

/// Unpacks a gzip stream of one or more members; `None` if it holds more than `limit` bytes.
///
/// # Errors
/// The stream is cut short or broken.
pub(super) fn gunzip(request: &Request<'_>, bytes: &[u8], limit: u64) -> Result<Option<Vec<u8>>, IngestError> {
    unpack(bytes, limit).map_err(|problem| IngestError::Malformed {
        file: request.file().to_owned(),
        format: "gzip".to_owned(),
        problem: problem.to_string(),
        fix: "the file is probably cut short; copy it again".to_owned(),
    })
}

/// The unpacked bytes; `None` if they are more than `limit`.
fn unpack(bytes: &[u8], limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut plain)?;
    Ok(Some(plain).filter(|plain| plain.len() as u64 <= limit))
}

/// Decodes a text file as stated, or as found.
///
/// # Errors
/// The bytes are not in the stated or any known encoding.
pub(super) fn decode(file: &str, table: &str, bytes: Vec<u8>, stated: TextEncoding) -> Result<Decoded, IngestError> {
    let mut decoded = decode_marked(file, table, bytes, stated)?;
    if decoded.text.starts_with('\u{FEFF}') {
        decoded.text.drain(..'\u{FEFF}'.len_utf8());
    }
    let end = decoded.text.trim_end_matches(['\0', '\u{1A}']).len();
    decoded.text.truncate(end);
    if decoded.text.contains('\r') && !decoded.text.contains('\n') {
        decoded.text = decoded.text.replace('\r', "\n");
    }
    Ok(decoded)
}

/// Decodes by the byte order mark, if there is one.
fn decode_marked(file: &str, table: &str, mut bytes: Vec<u8>, stated: TextEncoding) -> Result<Decoded, IngestError> {
    let Some((encoding, length)) = Encoding::for_bom(&bytes) else {
        return decode_unmarked(file, table, bytes, stated);
    };
    bytes.drain(..length);
    match stated {
        TextEncoding::Auto if encoding == UTF_8 => decode_lines(file, table, bytes, true),
        TextEncoding::Auto => decode_whole(file, bytes, encoding),
        TextEncoding::Stated(stated) => {
            let mut decoded = decode_whole(file, bytes, encoding)?;
            if stated != encoding {
                let (file, encoding) = (file.to_owned(), decoded.encoding.clone());
                decoded.warnings.push(Warning::EncodingOverruled { file, encoding });
            }
            Ok(decoded)
        }
    }
}

/// Decodes a text without byte order mark, as stated or as found.
fn decode_unmarked(file: &str, table: &str, bytes: Vec<u8>, stated: TextEncoding) -> Result<Decoded, IngestError> {
    let TextEncoding::Stated(encoding) = stated else {
        refuse_unmarked_utf16(file, &bytes)?;
        return decode_lines(file, table, bytes, false);
    };
    // GB18030 has every character of GBK and GB 2312, at the same place.
    let encoding = if encoding == GBK { GB18030 } else { encoding };
    if encoding != UTF_16LE && encoding != UTF_16BE {
        refuse_unmarked_utf16(file, &bytes)?;
    }
    let is_doubtful = encoding != UTF_8 && !bytes.is_ascii() && std::str::from_utf8(&bytes).is_ok();
    let mut decoded = decode_whole(file, bytes, encoding)?;
    if is_doubtful {
        let (file, encoding) = (file.to_owned(), decoded.encoding.clone());
        decoded.warnings.push(Warning::EncodingDoubtful { file, encoding });
    }
    Ok(decoded)
}

/// Decodes a text of one encoding that is known; refuses it if more than a tenth of its characters beyond ASCII are not of
/// that encoding.
fn decode_whole(file: &str, bytes: Vec<u8>, encoding: &'static Encoding) -> Result<Decoded, IngestError> {
    let decoded = read_as(bytes, encoding);
    if !decoded.damaged {
        return Ok(decoded);
    }
    let replaced = decoded.text.matches(char::REPLACEMENT_CHARACTER).count();
    let beyond_ascii = decoded.text.chars().filter(|c| !c.is_ascii()).count();
    if replaced.saturating_mul(10) <= beyond_ascii {
        return Ok(decoded);
    }
    let first = decoded.text.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
    let fix = if encoding == UTF_8 {
        "set `encoding = \"gb18030\"` or leave it out, so that it is found"
    } else {
        "leave `encoding` out, so that it is found, or save the file as UTF-8"
    };
    Err(IngestError::WrongEncoding {
        file: file.to_owned(),
        row: decoded.text[..first].matches('\n').count() as u64 + 1,
        tried: encoding.name().to_owned(),
        fix: fix.to_owned(),
    })
}

/// Decodes a text of UTF-8, of GB18030, or of lines of both; `marked` as UTF-8 or not.
fn decode_lines(file: &str, table: &str, bytes: Vec<u8>, marked: bool) -> Result<Decoded, IngestError> {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(Decoded::of(text, UTF_8)),
        Err(error) => error.into_bytes(),
    };
    let census = Census::of(&bytes);
    if census.neither * 2 > census.lines {
        let first = lines(&bytes).position(|line| LineKind::of(line).0 == LineKind::Neither).unwrap_or(0);
        return Err(IngestError::WrongEncoding {
            file: file.to_owned(),
            row: first as u64 + 1,
            tried: "UTF-8, nor GB18030".to_owned(),
            fix: "state its `encoding`, or save the file as UTF-8".to_owned(),
        });
    }
    let main = if marked || census.utf8 >= census.gb18030 { UTF_8 } else { GB18030 };
    let example = (main == GB18030 && census.rare > census.usual).then(|| rare_example(&bytes));
    let mut decoded =
        if main == GB18030 && census.utf8 == 0 { read_as(bytes, main) } else { read_mixed(file, &bytes, main) };
    if let Some(example) = example {
        let (file, table, encoding) = (file.to_owned(), table.to_owned(), decoded.encoding.clone());
        decoded.warnings.push(Warning::RareCharacters { file, encoding, table, example });
    }
    Ok(decoded)
}

/// Reads all bytes in one encoding.
fn read_as(bytes: Vec<u8>, encoding: &'static Encoding) -> Decoded {
    let bytes = if encoding == UTF_8 {
        match String::from_utf8(bytes) {
            Ok(text) => return Decoded::of(text, UTF_8),
            Err(error) => error.into_bytes(),
        }
    } else {
        bytes
    };
    let mut decoded = Decoded::of(String::new(), encoding);
    decoded.append(&bytes, encoding);
    decoded
}

/// Bytes of a part that is decoded at a time, a little more to the end of its last line.
const PART_BYTES: usize = 4 << 20;

/// The bytes in parts that decode as they do together: lines, where a line end is a byte of its own and leaves no state.
fn parts<'b>(bytes: &'b [u8], encoding: &'static Encoding) -> Vec<&'b [u8]> {
    if encoding != UTF_8 && encoding != GB18030 {
        return vec![bytes];
    }
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while rest.len() > PART_BYTES {
        let end = rest[PART_BYTES..].iter().position(|&byte| byte == b'\n');
        let (part, behind) = rest.split_at(end.map_or(rest.len(), |at| PART_BYTES + at + 1));
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

/// Reads each line in the encoding that it is in; `main` is the file's.
fn read_mixed(file: &str, bytes: &[u8], main: &'static Encoding) -> Decoded {
    let mut decoded = Decoded::of(String::with_capacity(bytes.len() + bytes.len() / 2), main);
    // The lines from byte `start` to byte `end` are of one encoding.
    let (mut encoding, mut start, mut end) = (main, 0, 0);
    let mut others: Option<(u64, u64)> = None;
    for (number, line) in (1..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
        if let Some(found) = LineKind::of(line).0.encoding(main) {
            if found != encoding {
                decoded.append(&bytes[start..end], encoding);
                (encoding, start) = (found, end);
            }
            if found != main {
                others.get_or_insert((0, number)).0 += 1;
            }
        }
        end += line.len();
    }
    decoded.append(&bytes[start..], encoding);
    if let Some((lines, first)) = others {
        let other = name_of(if main == UTF_8 { GB18030 } else { UTF_8 });
        let (file, encoding) = (file.to_owned(), decoded.encoding.clone());
        decoded.warnings.push(Warning::MixedEncodings { file, encoding, other, lines, first });
    }
    decoded
}

/// The cell, or the part of one, around the first rare character of a text that is read as GB18030.
fn rare_example(bytes: &[u8]) -> String {
    let Some((line, at)) = lines(bytes).find_map(|line| Some((line, LineKind::of(line).1.first_rare?))) else {
        return String::new();
    };
    let text = GB18030.decode_without_bom_handling(line).0;
    // Characters are decoded one by one, so the text up to a character is the text of the bytes up to it.
    let (before, behind) = text.split_at(GB18030.decode_without_bom_handling(&line[..at]).0.len());
    let is_edge = |c: char| matches!(c, ',' | '\t' | ';' | '|' | '"' | '\r');
    let before = before.rsplit(is_edge).next().unwrap_or_default();
    let start = before.char_indices().rev().take(EXAMPLE_BEFORE).last().map_or(before.len(), |(start, _)| start);
    let cell = format!("{}{}", &before[start..], behind.split(is_edge).next().unwrap_or_default());
    shorten(&cell, EXAMPLE).to_owned()
}

/// Refuses a text of which every other byte or so is zero.
fn refuse_unmarked_utf16(file: &str, bytes: &[u8]) -> Result<(), IngestError> {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let head = &bytes[..end.min(4_096)];
    let zeros = head.iter().filter(|&&byte| byte == 0).count();
    if zeros * 8 <= head.len() {
        return Ok(());
    }
    // The upper half of ASCII characters is zero; it comes second in little-endian text.
    let second = head.iter().skip(1).step_by(2).filter(|&&byte| byte == 0).count();
    let encoding = if second * 2 >= zeros { "utf-16le" } else { "utf-16be" };
    Err(IngestError::WrongEncoding {
        file: file.to_owned(),
        row: 1,
        tried: "text (every other byte is zero, as in UTF-16 without its mark)".to_owned(),
        fix: format!("set `encoding = \"{encoding}\"`, or save the file as UTF-8"),
    })
}

/// The lines of a text, without `\n`.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\n')
}

/// The name of an encoding as it is shown, such as "gb18030".
fn name_of(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use encoding_rs::WINDOWS_1252;

    use super::*;
    use crate::terms::Bilingual;

    const TEXT: &str = "统一社会信用代码,企业名称\n91350100M000100Y43,福州甲有限公司\n";

    fn gb(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    fn utf16le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn try_decode(bytes: Vec<u8>, stated: TextEncoding) -> Result<Decoded, IngestError> {
        decode("a.csv", "entities", bytes, stated)
    }

    fn found(bytes: Vec<u8>) -> Decoded {
        try_decode(bytes, TextEncoding::Auto).expect("a known encoding")
    }

    fn codes(decoded: &Decoded) -> Vec<&'static str> {
        decoded.warnings.iter().map(Bilingual::code).collect()
    }

    #[test]
    fn utf8_is_tried_strictly_before_gb18030() {
        let (utf8, gbk) = (found(TEXT.into()), found(gb(TEXT)));
        assert_eq!((utf8.encoding.as_str(), gbk.encoding.as_str()), ("utf-8", "gb18030"));
        assert_eq!((utf8.text.as_str(), gbk.text.as_str()), (TEXT, TEXT));
        assert!(utf8.warnings.is_empty() && gbk.warnings.is_empty());
    }

    #[test]
    fn byte_order_marks_are_stripped_and_win() {
        let marked = [b"\xEF\xBB\xBF".as_slice(), TEXT.as_bytes()].concat();
        let decoded = try_decode(marked.clone(), TextEncoding::Stated(GB18030)).expect("UTF-8 by its mark");
        assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), (TEXT, "utf-8"));
        assert_eq!(codes(&decoded), ["encoding-overruled"]);
        let decoded = try_decode(marked, TextEncoding::Stated(UTF_8)).expect("UTF-8");
        assert!(decoded.text == TEXT && decoded.warnings.is_empty());
        let decoded = found([b"\xFF\xFE".as_slice(), &utf16le(TEXT)].concat());
        assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), (TEXT, "utf-16le"));
        assert_eq!(found(gb(&format!("\u{FEFF}{TEXT}"))).text, TEXT);
    }

    #[test]
    fn utf16_without_its_mark_is_refused_with_its_name() {
        let big_endian: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, name) in [(utf16le(TEXT), "utf-16le"), (big_endian, "utf-16be")] {
            let error = try_decode(bytes.clone(), TextEncoding::Auto).expect_err("no mark").to_string();
            assert!(error.contains(name), "{error}");
            let named = encoding_rs::Encoding::for_label(name.as_bytes()).expect("a known name");
            assert_eq!(try_decode(bytes, TextEncoding::Stated(named)).expect("text").text, TEXT);
        }
    }

    #[test]
    fn one_damaged_character_does_not_change_the_encoding() {
        let mut bytes = TEXT.repeat(3).into_bytes();
        let last = bytes.len() - 4;
        bytes.remove(last);
        let decoded = found(bytes);
        assert_eq!((decoded.encoding.as_str(), decoded.damaged), ("utf-8", true));
        assert!(decoded.warnings.is_empty());
    }

    #[test]
    fn a_line_in_the_other_encoding_is_read_in_its_own() {
        let text = TEXT.repeat(3);
        let lines: Vec<&str> = text.lines().collect();
        for (main, other, name) in [(true, false, "utf-8"), (false, true, "gb18030")] {
            let encode = |line: &str, utf8: bool| if utf8 { line.as_bytes().to_vec() } else { gb(line) };
            let bytes: Vec<u8> = (0..6)
                .flat_map(|at| [encode(lines[at], if at == 1 || at == 4 { other } else { main }), b"\n".to_vec()])
                .flatten()
                .collect();
            let decoded = found(bytes);
            assert_eq!((decoded.text.as_str(), decoded.encoding.as_str(), decoded.damaged), (&*text, name, false));
            let said = decoded.warnings.into_iter().next();
            assert!(matches!(said, Some(Warning::MixedEncodings { lines: 2, first: 2, .. })), "{said:?}");
        }
        let marked = [b"\xEF\xBB\xBF".to_vec(), gb(TEXT)].concat();
        let decoded = found(marked);
        assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), (TEXT, "utf-8"));
    }

    #[test]
    fn a_line_of_neither_encoding_is_damaged() {
        for bytes in [TEXT.as_bytes().to_vec(), gb(TEXT)] {
            let decoded = found([bytes, b"1,\xFF\xFE\n2,x\n".to_vec()].concat());
            assert!(decoded.damaged && decoded.text.starts_with(TEXT) && decoded.text.ends_with("2,x\n"));
        }
        let decoded = found([TEXT.repeat(2).into_bytes(), b"1,M\xFCnchen\n".to_vec()].concat());
        assert!(decoded.damaged && decoded.encoding == "utf-8", "{decoded:?}");
    }

    #[test]
    fn a_text_of_rare_characters_is_doubted_with_an_example() {
        let decoded = found(b"id,name,region\nDE0,x,M\xFCnchen\nDE1,x,K\xF6ln\n".to_vec());
        assert_eq!(decoded.encoding, "gb18030");
        let Some(Warning::RareCharacters { table, example, .. }) = decoded.warnings.first() else {
            panic!("{:?}", decoded.warnings);
        };
        assert_eq!((table.as_str(), example.as_str()), ("entities", "M黱chen"));
    }

    #[test]
    fn the_stated_encoding_is_used() {
        let (bytes, ..) = WINDOWS_1252.encode("id,region\n1,München\n");
        let decoded = try_decode(bytes.into_owned(), TextEncoding::Stated(WINDOWS_1252)).expect("windows-1252");
        assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), ("id,region\n1,München\n", "windows-1252"));
        assert!(decoded.warnings.is_empty());
        let decoded = try_decode(gb(TEXT), TextEncoding::Stated(GBK)).expect("GB18030");
        assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), (TEXT, "gb18030"));
        let decoded = try_decode(utf16le(TEXT), TextEncoding::Stated(UTF_16LE)).expect("UTF-16");
        assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), (TEXT, "utf-16le"));
        let decoded =
            try_decode("id,region\n1,München\n".into(), TextEncoding::Stated(WINDOWS_1252)).expect("any bytes");
        assert_eq!(codes(&decoded), ["encoding-doubtful"]);
    }

    #[test]
    fn a_wrong_statement_is_refused_with_its_line() {
        let error = try_decode(gb(TEXT), TextEncoding::Stated(UTF_8)).expect_err("not UTF-8").to_string();
        assert!(error.contains("line 1") && error.contains("gb18030"), "{error}");
        let noise: Vec<u8> = [0x80, 0xFF].repeat(40);
        assert!(try_decode(noise, TextEncoding::Auto).is_err());
    }

    #[test]
    fn utf16_without_a_mark_is_refused() {
        let error = try_decode(utf16le("id,name\n1,a\n"), TextEncoding::Auto).expect_err("zeros").to_string();
        assert!(error.contains("UTF-16"), "{error}");
    }

    #[test]
    fn a_cut_gzip_stream_is_an_error_and_a_swollen_one_is_not_unpacked() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(TEXT.as_bytes()).expect("memory");
        let packed = encoder.finish().expect("memory");
        let length = TEXT.len() as u64;
        assert_eq!(unpack(&packed, length).expect("whole").as_deref(), Some(TEXT.as_bytes()));
        assert_eq!(unpack(&packed, length - 1).expect("whole"), None);
        assert!(unpack(&packed[..packed.len() - 9], length).is_err());
        assert_eq!((unpacked_limit(None, 10), unpacked_limit(None, 1 << 30)), (256 << 20, 100 << 30));
        assert_eq!(unpacked_limit(Some(7), 1 << 30), 7);
    }

    #[test]
    fn parts_of_lines_decode_as_the_whole() {
        // Lines of every length around the border, a half character before a line end, and no line end at last.
        let mut bytes = gb("甲,乙丙\n").repeat(PART_BYTES / 8 + 1);
        bytes.extend(b"x,\x81\n\x82\x35\xF4\n");
        bytes.extend(gb("丁戊\n").repeat(PART_BYTES / 5 + 1));
        bytes.extend(gb("己"));
        assert!(parts(&bytes, GB18030).len() > 2);
        let whole = GB18030.decode_without_bom_handling(&bytes);
        let decoded = read_as(bytes.clone(), GB18030);
        assert!(decoded.text == whole.0 && decoded.damaged == whole.1);
        assert_eq!(parts(&bytes, WINDOWS_1252).len(), 1);
    }
}
