//! Encodings: found, stated, stated wrongly, damaged.

use super::*;
use encoding_rs::GB18030;

/// Headers and names that only an encoding can tell.
fn text() -> String {
    format!(
        "统一社会信用代码,企业名称,登记状态\n{},重庆市永川区甲商行,存续\n{},乙店,注销\n",
        entity_id(1),
        entity_id(2)
    )
}

fn gb18030(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn stated(encoding: &str) -> String {
    reading(&format!("path = \"registry.csv\"\nencoding = \"{encoding}\""))
}

#[test]
fn an_encoding_is_found_and_changes_no_cell() {
    let same = |name: &'static str, bytes: Vec<u8>, read_as: &'static str| {
        let case = accepted(name).registry(bytes).read_as(read_as).entities(2);
        case.cell(entity_id(1), "name", "重庆市永川区甲商行").cell(entity_id(2), "status", "deregistered")
    };
    let marked = [b"\xEF\xBB\xBF", text().as_bytes()].concat();
    assert_cases(vec![
        same("UTF-8", text().into_bytes(), "utf-8"),
        same("UTF-8 with a byte order mark", marked.clone(), "utf-8"),
        same("UTF-8 with a byte order mark, stated", marked.clone(), "utf-8").plan(stated("utf-8")),
        same("UTF-8 with a byte order mark, stated as GB18030", marked, "utf-8")
            .plan(stated("gb18030"))
            .warns("encoding-overruled", "byte order mark"),
        same("GB18030", gb18030(&text()), "gb18030"),
        same("GB18030, stated", gb18030(&text()), "gb18030").plan(stated("gb18030")),
        same("UTF-16 with a mark, low byte first", utf16(&format!("\u{FEFF}{}", text()), u16::to_le_bytes), "utf-16le"),
        same(
            "UTF-16 with a mark, high byte first",
            utf16(&format!("\u{FEFF}{}", text()), u16::to_be_bytes),
            "utf-16be",
        ),
        accepted("GB18030 of four bytes a character")
            .registry(gb18030(&registry(&[format!("{},𠮷野㐂家,live", entity_id(1))])))
            .cell(entity_id(1), "name", "𠮷野㐂家")
            .read_as("gb18030"),
    ]);
}

#[test]
fn bytes_of_no_known_encoding_are_refused_or_set_aside_and_never_replaced() {
    let noise = [b"entity_id,name\n".as_slice(), &[0x80, 0xFF, 0x81, b' '].repeat(40), b"\n"].concat();
    let latin: Vec<u8> = registry(&(1..9).map(|i| format!("{},caf?,live", entity_id(i))).collect::<Vec<_>>())
        .bytes()
        .map(|byte| if byte == b'?' { 0xFF } else { byte })
        .collect();
    let long: Vec<String> = (1..9).map(|i| format!("{},永川区第{i}家有限责任公司,live", entity_id(i))).collect();
    let mut damaged = registry(&long).into_bytes();
    let at = damaged.windows(3).rposition(|bytes| bytes == "永".as_bytes()).expect("a character");
    damaged.remove(at);
    assert_cases(vec![
        refused("bytes that are neither UTF-8 nor GB18030", 3, &["registry.csv, line 2", "UTF-8, nor GB18030"])
            .registry(noise),
        refused("bytes of a western encoding", 3, &["registry.csv, line 2", "nor GB18030", "save the file as UTF-8"])
            .registry(latin),
        refused("GB18030 stated as UTF-8", 3, &["registry.csv, line 1", "not UTF-8", "encoding = \"gb18030\""])
            .registry(gb18030(&text()))
            .plan(stated("utf-8")),
        refused("UTF-8 stated as GB18030", 3, &["registry.csv, line 2", "not gb18030", "leave `encoding` out"])
            .registry(registry(&[format!("{},丙,live", entity_id(1)), format!("{},丁,live", entity_id(2))]))
            .plan(stated("gb18030")),
        accepted("UTF-8 stated as GB18030 that happens to be both")
            .registry(registry(&[format!("{},永川,live", entity_id(1))]))
            .plan(stated("gb18030"))
            .warns("encoding-doubtful", "although the bytes are valid UTF-8")
            .read_as("gb18030"),
        refused("UTF-16 without a mark", 3, &["registry.csv, line 1", "UTF-16", "save the file as UTF-8"])
            .registry(utf16(&text(), u16::to_le_bytes)),
        refused("an encoding that is not known", 2, &["plan.toml:6", "\"latin-99\"", "utf-8", "gb18030"])
            .registry(text())
            .plan(stated("latin-99")),
        accepted("one damaged character in a long UTF-8 text")
            .registry(damaged)
            .set_aside(&[(9, "undecodable-text")])
            .read_as("utf-8")
            .entities(7),
        accepted("UTF-16 with half a character at the end")
            .registry([utf16(&format!("\u{FEFF}{}", text()), u16::to_le_bytes), vec![b'A']].concat())
            .set_aside(&[(4, "broken-record")])
            .read_as("utf-16le")
            .entities(2),
    ]);
}
