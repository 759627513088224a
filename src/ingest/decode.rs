//! Bytes to text: UTF-8 tried strictly first, byte order marks, UTF-16 with its mark, else GB18030.
//!
//! Nothing is replaced in silence: a text with replaced characters is marked as damaged, and its reader quarantines the
//! rows in which a replaced character touches a column that is read.

use std::io::Read;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use crate::plan::Encoding;

use super::error::IngestError;

/// A decoded text file.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The text without byte order mark.
    pub text: String,
    /// Name of the encoding that was found or stated.
    pub encoding: &'static str,
    /// Whether some bytes could not be decoded and stand as U+FFFD.
    pub damaged: bool,
    /// A doubt about the stated encoding.
    pub doubt: Option<String>,
}

/// Whether the bytes are a gzip stream.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B])
}

/// Unpacks a gzip stream of one or more members.
pub(super) fn gunzip(file: &str, bytes: &[u8]) -> Result<Vec<u8>, IngestError> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut plain).map_err(|problem| IngestError::Malformed {
        file: file.to_owned(),
        format: "gzip".to_owned(),
        problem: problem.to_string(),
        fix: "the file is probably cut short; copy it again".to_owned(),
    })?;
    Ok(plain)
}

/// Decodes a text file as stated, or as found.
pub(super) fn decode(file: &str, bytes: Vec<u8>, stated: Encoding) -> Result<Decoded, IngestError> {
    let mut decoded = decode_marked(file, bytes, stated)?;
    let end = decoded.text.trim_end_matches(['\0', '\u{1A}']).len();
    decoded.text.truncate(end);
    if decoded.text.contains('\r') && !decoded.text.contains('\n') {
        decoded.text = decoded.text.replace('\r', "\n");
    }
    Ok(decoded)
}

fn decode_marked(file: &str, mut bytes: Vec<u8>, stated: Encoding) -> Result<Decoded, IngestError> {
    for (mark, encoding, name) in [(b"\xFF\xFE", UTF_16LE, "utf-16le"), (b"\xFE\xFF", UTF_16BE, "utf-16be")] {
        if let Some(body) = bytes.strip_prefix(mark) {
            let (text, damaged) = encoding.decode_without_bom_handling(body);
            return Ok(Decoded { text: text.into_owned(), encoding: name, damaged, doubt: overruled(stated, name) });
        }
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
        let doubt = overruled(stated, "utf-8").filter(|_| stated != Encoding::Utf8);
        return Ok(Decoded { doubt, ..decode_utf8(file, bytes)? });
    }
    refuse_unmarked_utf16(file, &bytes)?;
    match stated {
        Encoding::Utf8 => decode_utf8(file, bytes),
        Encoding::Gb18030 => decode_gb18030(file, &bytes, true),
        Encoding::Auto => {
            let damage = Damage::of(&bytes);
            if damage.is_slight() { decode_utf8(file, bytes) } else { decode_gb18030(file, &bytes, false) }
        }
    }
}

/// Ill-formed and well-formed sequences of more than one byte, read as UTF-8.
struct Damage {
    ill_formed: u64,
    well_formed: u64,
    first: usize,
}

impl Damage {
    fn of(bytes: &[u8]) -> Self {
        let mut damage = Self { ill_formed: 0, well_formed: 0, first: 0 };
        let valid_up_to = encoding_rs::Encoding::utf8_valid_up_to(bytes);
        if valid_up_to == bytes.len() {
            return damage;
        }
        damage.first = valid_up_to;
        for chunk in bytes.utf8_chunks() {
            damage.well_formed += chunk.valid().bytes().filter(|&byte| byte >= 0xC0).count() as u64;
            damage.ill_formed += u64::from(!chunk.invalid().is_empty());
        }
        damage
    }

    /// Text of another encoding is ill-formed almost everywhere; a damaged UTF-8 text in a few places.
    fn is_slight(&self) -> bool {
        self.ill_formed == 0 || self.ill_formed.saturating_mul(10) <= self.well_formed
    }
}

fn decode_utf8(file: &str, bytes: Vec<u8>) -> Result<Decoded, IngestError> {
    let decoded = |text, damaged| Decoded { text, encoding: "utf-8", damaged, doubt: None };
    String::from_utf8(bytes).map(|text| decoded(text, false)).or_else(|error| {
        let bytes = error.as_bytes();
        let damage = Damage::of(bytes);
        if damage.is_slight() {
            return Ok(decoded(String::from_utf8_lossy(bytes).into_owned(), true));
        }
        Err(IngestError::WrongEncoding {
            file: file.to_owned(),
            row: line_of(bytes, damage.first),
            tried: "UTF-8".to_owned(),
            fix: "set `encoding = \"gb18030\"` or leave it out, so that it is found".to_owned(),
        })
    })
}

fn decode_gb18030(file: &str, bytes: &[u8], stated: bool) -> Result<Decoded, IngestError> {
    let (text, damaged) = GB18030.decode_without_bom_handling(bytes);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    if damaged {
        let replaced = text.chars().filter(|&c| c == char::REPLACEMENT_CHARACTER).count();
        let wide = text.chars().filter(|&c| !c.is_ascii()).count();
        if replaced.saturating_mul(10) > wide {
            let first = text.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
            return Err(IngestError::WrongEncoding {
                file: file.to_owned(),
                row: line_of(text.as_bytes(), first),
                tried: if stated { "GB18030".to_owned() } else { "UTF-8, nor GB18030".to_owned() },
                fix: if stated {
                    "leave `encoding` out, so that it is found".to_owned()
                } else {
                    "save the file as UTF-8".to_owned()
                },
            });
        }
    }
    let doubt = (stated && !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok())
        .then(|| "read as gb18030, as the plan states, although the bytes are valid UTF-8".to_owned());
    Ok(Decoded { text: text.to_owned(), encoding: "gb18030", damaged, doubt })
}

fn refuse_unmarked_utf16(file: &str, bytes: &[u8]) -> Result<(), IngestError> {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let head = &bytes[..end.min(4_096)];
    let zeros = head.iter().filter(|&&byte| byte == 0).count();
    if zeros * 8 <= head.len() {
        return Ok(());
    }
    Err(IngestError::WrongEncoding {
        file: file.to_owned(),
        row: 1,
        tried: "text (every other byte is zero, as in UTF-16 without its mark)".to_owned(),
        fix: "save the file as UTF-8".to_owned(),
    })
}

fn overruled(stated: Encoding, found: &str) -> Option<String> {
    (stated != Encoding::Auto)
        .then(|| format!("read as {found}, as its byte order mark says, and not as the plan states"))
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    bytes[..at.min(bytes.len())].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &str = "统一社会信用代码,企业名称\n91350100M000100Y43,福州甲有限公司\n";

    fn gb(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn utf8_is_tried_strictly_before_gb18030() {
        let utf8 = decode("a.csv", TEXT.into(), Encoding::Auto).expect("UTF-8");
        let gbk = decode("a.csv", gb(TEXT), Encoding::Auto).expect("GB18030");
        assert_eq!((utf8.encoding, gbk.encoding), ("utf-8", "gb18030"));
        assert_eq!((utf8.text.as_str(), gbk.text.as_str()), (TEXT, TEXT));
    }

    #[test]
    fn byte_order_marks_are_stripped_and_win() {
        let marked = [b"\xEF\xBB\xBF".as_slice(), TEXT.as_bytes()].concat();
        let decoded = decode("a.csv", marked, Encoding::Gb18030).expect("UTF-8 by its mark");
        assert_eq!((decoded.text.as_str(), decoded.encoding), (TEXT, "utf-8"));
        assert!(decoded.doubt.is_some());
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(TEXT.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode("a.csv", utf16, Encoding::Auto).expect("UTF-16 by its mark").text, TEXT);
    }

    #[test]
    fn one_damaged_character_does_not_change_the_encoding() {
        let mut bytes = TEXT.repeat(3).into_bytes();
        let last = bytes.len() - 4;
        bytes.remove(last);
        let decoded = decode("a.csv", bytes, Encoding::Auto).expect("damaged UTF-8");
        assert_eq!((decoded.encoding, decoded.damaged), ("utf-8", true));
    }

    #[test]
    fn a_wrong_statement_is_refused_with_its_line() {
        let error = decode("a.csv", gb(TEXT), Encoding::Utf8).expect_err("not UTF-8").to_string();
        assert!(error.contains("line 1") && error.contains("gb18030"), "{error}");
        let noise: Vec<u8> = [0x80, 0xFF].repeat(40);
        assert!(decode("a.csv", noise, Encoding::Auto).is_err());
    }

    #[test]
    fn utf16_without_a_mark_is_refused() {
        let bytes: Vec<u8> = "id,name\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(decode("a.csv", bytes, Encoding::Auto).expect_err("zeros").to_string().contains("UTF-16"));
    }

    #[test]
    fn a_cut_gzip_stream_is_an_error() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(TEXT.as_bytes()).expect("memory");
        let packed = encoder.finish().expect("memory");
        assert_eq!(gunzip("a.csv.gz", &packed).expect("whole"), TEXT.as_bytes());
        assert!(gunzip("a.csv.gz", &packed[..packed.len() - 9]).is_err());
    }
}
