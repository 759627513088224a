//! Workbooks.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// A registry in a workbook whose status is not asked for.
const INPUTS: &str = "[inputs.entities]\npath = \"r.xlsx\"\nstatus = \"none\"\n";

/// The sheet of a workbook made by hand.
const SHEETS: &str = "<sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets>";

/// Writes rows of texts from the first cell on; empty ones are left out.
fn write_rows<const N: usize>(sheet: &mut Worksheet, rows: &[[&str; N]]) {
    for (row, texts) in (0u32..).zip(rows) {
        for (column, text) in (0u16..).zip(texts).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string(row, column, *text).expect("a cell");
        }
    }
}

/// A workbook of one sheet. `workbook` and `rows` are XML.
fn by_hand(workbook: &str, rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/{kind}\" \
             Target=\"{target}\"/></Relationships>"
        )
    };
    let parts = [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        ("xl/workbook.xml", format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\">{workbook}</workbook>")),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, SimpleFileOptions::default()).expect("memory");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// XML of a row of texts from the first column on, and of `more` cells behind them.
fn row(number: usize, texts: &[&str], more: &str) -> String {
    let cell =
        |(letter, text): (char, &&str)| format!("<c r=\"{letter}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let cells: String = ('A'..='Z').zip(texts).map(cell).collect();
    format!("<row r=\"{number}\">{cells}{more}</row>")
}

#[test]
fn codes_stay_text_and_dates_stay_dates() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet();
    write_rows(sheet, &[["永川区企业名录", "", "", ""], [""; 4], ["注册号", "企业名称", "成立日期", "从业人数"]]);
    sheet.write_number(3, 0, 440_301_103_097_413.0).expect("a cell");
    sheet.write_number(3, 1, 12.0).expect("a cell");
    let day = ExcelDateTime::from_ymd(2023, 2, 7).expect("a day");
    sheet.write_datetime_with_format(3, 2, day, &date).expect("a cell");
    sheet.write_number(3, 3, 7.0).expect("a cell");
    sheet.write_number(4, 0, 9.150_011_820_379_09e17).expect("a cell");
    sheet.write_string(6, 0, A).expect("a cell");
    sheet.write_formula(6, 1, Formula::new("=1/0").set_result("#DIV/0!")).expect("a cell");
    sheet.write_string(6, 3, "9").expect("a cell");
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let tables = desk.read_with(INPUTS, "[weight]\ncolumn = \"从业人数\"").expect("a readable workbook");
    assert_eq!(tables.ids(), [B]);
    assert_eq!(tables.texts("name"), texts(&["12"]));
    assert_eq!(tables.days("registration_date"), [Some(19_395)]);
    assert_eq!(tables.set_aside(), ["5 mangled-key", "7 error-cell"]);
    assert_eq!(tables.receipts[0].format, "excel");
    assert!(tables.warning("rows-above-header").expect("a warning").contains("row 3"));
    assert!(tables.warning("blank-rows").expect("a warning").contains("1 blank rows"));
    tables.assert_balanced();
}

#[test]
fn a_sheet_is_chosen_by_name() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("说明").expect("a name").write_string(0, 0, "说明").expect("a cell");
    write_rows(workbook.add_worksheet().set_name("名录").expect("a name"), &[["entity_id"], [A]]);
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let inputs = |sheet: &str| format!("{INPUTS}sheet = \"{sheet}\"\n");
    assert_eq!(desk.read(&inputs("名录")).expect("a readable sheet").ids(), [A]);
    let refusal = desk.refusal(&inputs("名单"));
    assert!(refusal.contains("说明") && refusal.contains("名录"), "{refusal}");
}

#[test]
fn a_hidden_sheet_is_read_only_by_name() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    write_rows(workbook.add_worksheet().set_name("旧").expect("a name").set_hidden(true), &[["entity_id"], [B]]);
    write_rows(workbook.add_worksheet().set_name("新").expect("a name").set_active(true), &[["entity_id"], [A]]);
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let tables = desk.read(INPUTS).expect("the second sheet");
    assert_eq!(tables.ids(), [A]);
    assert!(tables.warning("other-sheets").is_none());
    assert_eq!(desk.read(&format!("{INPUTS}sheet = \"旧\"\n")).expect("the first sheet").ids(), [B]);

    let hidden = SHEETS.replace("name", "state=\"hidden\" name");
    let rows = row(1, &["entity_id"], "") + &row(2, &[A], "");
    let refusal = desk.put("r.xlsx", by_hand(&hidden, &rows)).refusal(INPUTS);
    assert!(refusal.contains("hidden: \"a\"") && refusal.contains("`sheet = "), "{refusal}");
}

#[test]
fn a_page_saved_under_an_excel_ending_is_refused() {
    let desk = Desk::new();
    desk.put("r.xls", "<html><table></table></html>");
    let refusal = desk.refusal("[inputs.entities]\npath = \"r.xls\"\nstatus = \"none\"\n");
    assert!(refusal.contains("save it as .xlsx"), "{refusal}");
}

#[test]
fn a_stray_cell_at_the_far_end_costs_nothing() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    write_rows(sheet, &[["entity_id", "name"], [A, "甲"]]);
    sheet.write_string(0, 16_383, " ").expect("a cell");
    sheet.write_string(1_048_575, 16_383, " ").expect("a cell");
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let tables = desk.read(INPUTS).expect("a readable workbook");
    assert_eq!(tables.ids(), [A]);
    assert_eq!(tables.receipts[0].rows_read, 1);
    assert!(tables.warning("blank-rows").expect("a warning").contains("1 blank rows"));
}

#[test]
fn a_cell_at_no_place_of_a_sheet_is_refused() {
    let desk = Desk::new();
    for place in ["A0", "7", "ZZZZZZZZZ99999999999999", "XFE2", "A1048577"] {
        let stray = format!("<c r=\"{place}\"><v>1</v></c>");
        let rows = row(1, &["entity_id"], "") + &row(2, &[A], &stray);
        let refusal = desk.put("r.xlsx", by_hand(SHEETS, &rows)).refusal(INPUTS);
        assert!(refusal.contains("cannot be read as Excel"), "{place}: {refusal}");
    }
}

#[test]
fn a_time_without_a_day_is_no_date() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    write_rows(sheet, &[["entity_id", "registration_date"], [A, ""]]);
    let time = Format::new().set_num_format("hh:mm:ss");
    sheet.write_number_with_format(1, 1, 12.5 / 24.0, &time).expect("a cell");
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let tables = desk.read(INPUTS).expect("a readable workbook");
    assert_eq!(tables.days("registration_date"), [None]);
    assert!(tables.warning("bad-date").expect("a warning").contains("12:30:00"));
}

#[test]
fn days_of_the_calendar_of_1904_are_the_same_days() {
    let desk = Desk::new();
    let rows = row(1, &["entity_id", "registration_date"], "") + &row(2, &[A], "<c r=\"B2\"><v>43502</v></c>");
    for (workbook, day) in [("<workbookPr date1904=\"1\"/>", 19_395), ("", 19_395 - 1_462)] {
        desk.put("r.xlsx", by_hand(&format!("{workbook}{SHEETS}"), &rows));
        assert_eq!(desk.read(INPUTS).expect("a readable workbook").days("registration_date"), [Some(day)]);
    }
}

#[test]
fn headers_in_two_rows_are_read_together() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let plain = Format::new();
    sheet.merge_range(0, 0, 1, 0, "统一社会信用代码", &plain).expect("cells");
    sheet.merge_range(0, 1, 0, 3, "企业信息", &plain).expect("cells");
    for (column, header) in [(1, "企业名称"), (2, "登记状态"), (3, "成立日期")] {
        sheet.write_string(1, column, header).expect("a cell");
    }
    for (column, text) in [(0, A), (1, "甲"), (2, "存续"), (3, "2023-02-07")] {
        sheet.write_string(2, column, text).expect("a cell");
    }
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let tables = desk.read("[inputs.entities]\npath = \"r.xlsx\"\n").expect("a readable workbook");
    assert_eq!(tables.ids(), [A]);
    assert_eq!(tables.days("registration_date"), [Some(19_395)]);
    assert!(tables.warning("two-header-rows").is_some());
}

#[test]
fn a_row_set_aside_keeps_the_places_of_its_cells() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    let headers = ["entity_id", "name", "region"];
    write_rows(workbook.add_worksheet(), &[headers, [A, "甲", "500118"], headers, ["", "", "500112"]]);
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let tables = desk.read(INPUTS).expect("a readable workbook");
    assert_eq!(tables.set_aside(), ["3 repeated-header", "4 missing-key"]);
    assert_eq!(tables.quarantine[1].raw, ",,500112");
    tables.assert_balanced();
}

#[test]
fn a_cell_of_more_than_a_mebibyte_is_set_aside() {
    let desk = Desk::new();
    let long = "x".repeat((1 << 20) + 1);
    let rows = [row(1, &["entity_id", "name"], ""), row(2, &[A, &long], ""), row(3, &[B, "乙"], "")].concat();
    let tables = desk.put("r.xlsx", by_hand(SHEETS, &rows)).read(INPUTS).expect("a readable workbook");
    assert_eq!(tables.ids(), [B]);
    assert_eq!(tables.set_aside(), ["2 oversized-cell"]);
}

#[test]
fn a_workbook_that_unpacks_to_more_than_the_limit_is_refused() {
    let desk = Desk::new();
    let rows = [row(1, &["entity_id"], ""), row(2, &[A], ""), " ".repeat(2 << 20)].concat();
    desk.put("r.xlsx", by_hand(SHEETS, &rows));
    assert_eq!(desk.read(INPUTS).expect("a readable workbook").ids(), [A]);
    let refusal = desk.refusal(&format!("{INPUTS}unpacked-limit-mib = 1\n"));
    assert!(refusal.contains("more than 1 MiB"), "{refusal}");
}
