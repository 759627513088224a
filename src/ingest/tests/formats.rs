//! Text files: encodings, delimiters, headers.

use std::io::Write;

use super::*;

const HEADER: &str = "统一社会信用代码,企业名称,登记状态,行政区划,成立日期";

fn registry() -> String {
    format!("{HEADER}\n{A},甲公司,存续,500118,2020-01-02\n{B},乙公司,注销,500118,2021年3月4日\n{C},丙厂,在业,500112,\n")
}

#[test]
fn a_registry_comes_out_in_id_order() {
    let tables = Desk::new().entities("r.csv", registry());
    assert_eq!(tables.ids(), [C, B, A]);
    assert_eq!(tables.texts("name"), texts(&["丙厂", "乙公司", "甲公司"]));
    assert_eq!(tables.days("registration_date"), [None, Some(18_690), Some(18_263)]);
    let statuses: Vec<&str> = tables.entities.status.iter().map(|status| status.name()).collect();
    assert_eq!(statuses, ["live", "deregistered", "live"]);
    assert_eq!(tables.receipts[0].rows_read, 3);
    tables.assert_balanced();
}

#[test]
fn encodings_and_packing_change_nothing() {
    let plain = Desk::new().entities("r.csv", registry());
    let gb18030 = encoding_rs::GB18030.encode(&registry()).0.into_owned();
    let marked = [b"\xEF\xBB\xBF".as_slice(), registry().as_bytes()].concat();
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(registry().encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&gb18030).expect("memory");
    let packed = encoder.finish().expect("memory");
    let cases = [
        ("g.csv", gb18030, "gb18030", "csv"),
        ("m.csv", marked, "utf-8", "csv"),
        ("u.txt", utf16, "utf-16le", "csv"),
        ("z.csv.gz", packed, "gb18030", "csv.gz"),
    ];
    for (name, bytes, encoding, format) in cases {
        let tables = Desk::new().entities(name, bytes);
        assert_eq!(tables.entities.keys, plain.entities.keys, "{name}");
        assert_eq!(tables.attributes(), plain.attributes(), "{name}");
        assert_eq!(tables.receipts[0].encoding.as_deref(), Some(encoding), "{name}");
        assert_eq!(tables.receipts[0].format, format, "{name}");
    }
}

#[test]
fn delimiters_and_line_ends_are_found() {
    let plain = Desk::new().entities("r.csv", registry());
    for (from, to) in [(",", "\t"), (",", ";"), ("\n", "\r\n"), ("\n", "\r")] {
        let tables = Desk::new().entities("r.csv", registry().replace(from, to));
        assert_eq!(tables.entities.keys, plain.entities.keys, "{to:?}");
        assert_eq!(tables.texts("name"), plain.texts("name"), "{to:?}");
    }
}

#[test]
fn rows_above_the_header_are_passed_over_and_said() {
    let text = format!("永川区企业名录,,,,\n统计时间：2023年1月,,,,\n\n{}", registry());
    let tables = Desk::new().entities("r.csv", text);
    assert_eq!(tables.ids(), [C, B, A]);
    let warning = tables.warning("rows-above-header").expect("a warning");
    assert!(warning.contains("row 4") && warning.contains("2 rows"), "{warning}");
}

#[test]
fn the_plan_may_state_the_header_and_its_words() {
    let desk = Desk::new();
    desk.put("r.csv", format!("编号,名字\n编码,叫法\n{A},甲公司\n"));
    let inputs =
        "[inputs.entities]\npath = \"r.csv\"\nheader-row = 2\ncolumns = { entity_id = \"编码\", name = \"叫法\" }\n";
    let tables = desk.read(inputs).expect("a readable registry");
    assert_eq!((tables.ids(), tables.texts("name")), (vec![A.to_owned()], texts(&["甲公司"])));
}

#[test]
fn of_two_key_columns_the_better_known_is_read_and_said() {
    let tables = Desk::new().entities("r.csv", format!("注册号,统一社会信用代码\n1,{A}\n"));
    assert_eq!(tables.ids(), [A]);
    assert!(tables.warning("several-headers").is_some());
}

#[test]
fn a_file_without_a_header_is_refused_with_the_fix() {
    let desk = Desk::new();
    desk.put("r.csv", "甲公司,500118\n乙公司,500118\n");
    let refusal = desk.refusal("[inputs.entities]\npath = \"r.csv\"\n");
    assert!(refusal.contains("entity_id") && refusal.contains("columns") && refusal.contains("甲公司"), "{refusal}");
    desk.put("r.csv", "");
    assert!(desk.refusal("[inputs.entities]\npath = \"r.csv\"\n").contains("holds no rows"));
    desk.put("r.csv", format!("{HEADER}\n\n"));
    assert!(desk.refusal("[inputs.entities]\npath = \"r.csv\"\n").contains("holds no rows"));
    desk.put("r.csv", registry());
    let stated = desk.refusal("[inputs.entities]\npath = \"r.csv\"\nheader-row = 2\n");
    assert!(stated.contains("row 2") && stated.contains("entity_id"), "{stated}");
}

#[test]
fn a_wrong_encoding_is_refused() {
    let desk = Desk::new();
    desk.put("r.csv", encoding_rs::GB18030.encode(&registry()).0);
    let refusal = desk.refusal("[inputs.entities]\npath = \"r.csv\"\nencoding = \"utf-8\"\n");
    assert!(refusal.contains("gb18030"), "{refusal}");
}

#[test]
fn the_digest_is_that_of_the_file() {
    let tables = Desk::new().entities("r.csv", format!("entity_id\n{A}\n"));
    let receipt = &tables.receipts[0];
    assert_eq!(receipt.bytes, 29);
    assert_eq!(receipt.sha256.len(), 64);
    let again = Desk::new().entities("s.csv", format!("entity_id\n{A}\n"));
    assert_eq!(again.receipts[0].sha256, receipt.sha256);
}
