//! Records of delimited text: quotes, widths, line ends, control characters, long cells.

use super::*;

#[test]
fn quotes_and_widths_cost_no_more_than_their_own_line() {
    let (a, b, c) = (entity_id(1), entity_id(2), entity_id(3));
    assert_cases(vec![
        accepted("a cell goes on behind its closing quote")
            .registry(registry(&[format!("{a},\"甲\"乙,live"), live(2)]))
            .cell(&a, "name", "甲乙")
            .entities(2),
        accepted("a quote inside a cell is text")
            .registry(registry(&[format!("{a},甲 \"大\" 公司,live"), format!("{b},\"乙 \"\"小\"\" 店\",live")]))
            .cell(&a, "name", "甲 \"大\" 公司")
            .cell(&b, "name", "乙 \"小\" 店"),
        accepted("a stray quote joins two lines")
            .registry(registry(&[format!("{a},\"甲\"乙\n丙,live"), live(2)]))
            .set_aside(&[(2, "broken-record"), (3, "broken-record")])
            .raw(2, &format!("{a},\"甲\"乙"))
            .raw(3, "丙,live")
            .cell(&b, "name", "企业2"),
        accepted("a quote is never closed in the middle of the file")
            .registry(registry(&[live(1), format!("{b},\"乙,live"), live(3), live(4)]))
            .set_aside(&[(3, "broken-record")])
            .raw(3, &format!("{b},\"乙,live"))
            .cell(&c, "name", "企业3")
            .entities(3),
        accepted("a quote is never closed at the end of the file")
            .registry(format!("{HEADER}{}\n{b},乙,\"live", live(1)))
            .set_aside(&[(3, "broken-record")])
            .entities(1),
        accepted("two unclosed quotes pair up and would swallow the rows between them")
            .registry(registry(&[format!("{a},\"甲,live"), live(2), live(3), format!("{},丁\",live", entity_id(4))]))
            .set_aside(&[(2, "broken-record")])
            .cell(entity_id(4), "name", "丁\"")
            .entities(3),
        accepted("line breaks inside quotes do not disturb the row numbers")
            .registry(registry(&[format!("{a},\"甲\n有限\r\n公司\",live"), ",无号,live".to_owned(), live(3)]))
            .set_aside(&[(5, "missing-key")])
            .cell(&a, "name", "甲\n有限\r\n公司"),
        accepted("a line break inside a header does not disturb the row numbers")
            .registry(format!("entity_id,\"企业\n名称\",status\n{}\n,无号,live\n", live(1)))
            .set_aside(&[(4, "missing-key")])
            .cell(&a, "name", "企业1"),
        accepted("trailing delimiters are no cells")
            .registry(format!("entity_id,name,status,,\n{},,\n{},,,,\n{}\n", live(1), live(2), live(3)))
            .entities(3),
        accepted("ragged rows")
            .registry(registry(&[format!("{a},甲"), live(2), format!("{c},丙,live,多"), "孤".to_owned()]))
            .set_aside(&[(2, "broken-record"), (4, "broken-record"), (5, "broken-record")])
            .raw(4, &format!("{c},丙,live,多"))
            .entities(1),
        accepted("blank rows are no rows")
            .registry(format!("{HEADER}\n\n{}\n,,\n \n,无号,live\n{}\n\n", live(1), live(2)))
            .set_aside(&[(7, "missing-key")])
            .warns("blank-rows", "2 blank rows")
            .entities(2),
        accepted("banner rows above the header")
            .registry(format!("永川区企业名录,,\n统计时间：2023年1月,,\n\n{HEADER}{}\n,无号,live\n", live(1)))
            .set_aside(&[(6, "missing-key")])
            .warns("rows-above-header", "the headers are in row 4"),
        accepted("the same header twice")
            .registry(format!("entity_id,name,name,status\n{a},左,右,live\n"))
            .warns("several-headers", "\"name\", \"name\"")
            .cell(&a, "name", "左"),
        accepted("two headers of one meaning")
            .registry(format!("统一社会信用代码,注册号,登记状态\n{a},1,存续\n{b},2,注销\n"))
            .warns("several-headers", "\"统一社会信用代码\", \"注册号\"")
            .cell(&b, "status", "deregistered"),
    ]);
}

#[test]
fn line_ends_delimiters_and_control_characters_change_no_cell() {
    let (a, b) = (entity_id(1), entity_id(2));
    let plain = registry(&[live(1), ",无号,live".to_owned(), live(2)]);
    let same = |name: &'static str, bytes: Vec<u8>| {
        accepted(name).registry(bytes).set_aside(&[(3, "missing-key")]).cell(&b, "name", "企业2").entities(2)
    };
    assert_cases(vec![
        same("line feeds", plain.clone().into_bytes()),
        same("carriage returns and line feeds", plain.replace('\n', "\r\n").into_bytes()),
        same("carriage returns alone", plain.replace('\n', "\r").into_bytes()),
        same("no line end at the end", plain.trim_end().as_bytes().to_vec()),
        same("tabulators", plain.replace(',', "\t").into_bytes()),
        same("semicolons", plain.replace(',', ";").into_bytes()),
        same("an end-of-file mark of old systems", [plain.as_bytes(), b"\x1A"].concat()),
        same("a few zero bytes behind the end", [plain.as_bytes(), &[0; 8]].concat()),
        accepted("zero bytes and controls inside cells")
            .registry(registry(&[
                format!("{a},甲\0乙\u{7}丙,live"),
                format!("{}\0{},乙,live", &b[..5], &b[5..]),
                "\0,无号,live".to_owned(),
            ]))
            .set_aside(&[(4, "missing-key")])
            .warns("repaired-id", "row 3")
            .cell(&a, "name", "甲\0乙\u{7}丙")
            .cell(&b, "name", "乙"),
        accepted("invisible characters and wide blanks")
            .registry(registry(&[format!("\u{200b}{a}\u{a0},\u{3000}甲\u{feff}\u{3000} 乙\u{202e},　live　")]))
            .warns("repaired-id", "row 2")
            .cell(&a, "name", "甲\u{feff}\u{3000} 乙\u{202e}")
            .cell(&a, "status", "live"),
    ]);
}

#[test]
fn zero_bytes_behind_the_end_are_no_text() {
    let padded = [registry(&[live(1), live(2)]).as_bytes(), &[0; 300]].concat();
    assert_cases(vec![
        accepted("many zero bytes behind the end").registry(padded).read_as("utf-8").entities(2),
        refused("nothing but zero bytes", 3, &["registry.csv"]).registry([0; 64]),
    ]);
}

#[test]
fn long_cells_stay_whole_in_the_frame_and_are_cut_in_quarantine() {
    let (a, b) = (entity_id(1), entity_id(2));
    let (short, long) = ("短".repeat(1_024), "长".repeat(1_025));
    let raw: String = format!(",{},live", "长".repeat(5_000)).chars().take(4_096).collect();
    assert_cases(vec![
        accepted("a cell of 1,024 characters")
            .registry(registry(&[format!("{a},{short},live")]))
            .cell(&a, "name", &short),
        accepted("a cell of 1,025 characters")
            .registry(registry(&[format!("{a},{short},live"), format!("{b},{long},live")]))
            .warns("long-field", ": 1 cells hold more than 1,024 characters")
            .cell(&b, "name", &long),
        accepted("a row at fault of 5,000 characters")
            .registry(registry(&[live(1), format!(",{},live", "长".repeat(5_000))]))
            .warns("long-field", "row 3")
            .set_aside(&[(3, "missing-key")])
            .raw(3, &raw),
        accepted("an id of 300 characters")
            .registry(registry(&[format!("{},甲,live", "9".repeat(300)), live(2)]))
            .warns("unknown-id-form", ": 1 entity ids")
            .cell("9".repeat(300), "name", "甲"),
    ]);
}

#[test]
fn a_file_without_rows_or_headers_is_refused_with_the_fix() {
    let fix = "columns = { entity_id = \"…\" }";
    assert_cases(vec![
        refused("an empty file", 3, &["registry.csv holds no rows"]).registry(""),
        refused("nothing but line ends", 3, &["registry.csv holds no rows"]).registry("\r\n\n\r\n"),
        refused("nothing but a byte order mark", 3, &["registry.csv holds no rows"]).registry(b"\xEF\xBB\xBF"),
        refused("a header and nothing else", 3, &["registry.csv holds no rows"]).registry(HEADER),
        refused("a header without a line end", 3, &["registry.csv holds no rows"]).registry(HEADER.trim_end()),
        refused("no header", 3, &["none of the first 2 rows", "entity_id", "row 1 begins with", fix])
            .registry(format!("{}\n{}\n", live(1), live(2))),
        refused("headers of another table", 3, &["entity_id", "\"甲\", \"乙\"", fix]).registry("甲,乙\n1,2\n"),
        refused(
            "a header row that is stated wrongly",
            3,
            &["registry.csv, row 2", "no header for the column entity_id"],
        )
        .registry(registry(&[live(1)]))
        .plan(reading("path = \"registry.csv\"\nheader-row = 2")),
        refused("a header row below the end", 3, &["entity_id", "header-row"])
            .registry(registry(&[live(1)]))
            .plan(reading("path = \"registry.csv\"\nheader-row = 4000")),
        refused("a stated header that the file does not have", 3, &["registry.csv", "entity_id"])
            .registry(registry(&[live(1)]))
            .plan(reading("path = \"registry.csv\"\ncolumns = { entity_id = \"编号\" }")),
        refused("every row is at fault", 3, &["none of the 2 rows can be used", "row 2", "missing-key"])
            .registry(registry(&[",甲,live".to_owned(), "-,乙,live".to_owned()])),
    ]);
}
