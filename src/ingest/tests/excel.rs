//! Workbooks.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::*;

#[test]
fn codes_stay_text_and_dates_stay_dates() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "永川区企业名录").expect("a cell");
    for (column, header) in ["注册号", "企业名称", "成立日期", "从业人数"].iter().enumerate() {
        sheet.write_string(2, u16::try_from(column).expect("small"), *header).expect("a cell");
    }
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
    let inputs = "[inputs.entities]\npath = \"r.xlsx\"\n";
    let tables = desk.read_with(inputs, "[weight]\ncolumn = \"从业人数\"").expect("a readable workbook");
    assert_eq!(tables.ids()[0], B);
    assert_eq!(tables.texts("name")[0].as_deref(), Some("12"));
    assert_eq!(tables.days("registration_date")[0], Some(19_395));
    assert_eq!(tables.set_aside()[0], "5 mangled-key");
    assert_eq!(tables.receipts[0].format, "excel");
    assert!(tables.warning("rows-above-header").expect("a warning").contains("row 3"));
    assert!(tables.warning("blank-rows").is_some());
    tables.assert_balanced();
}

#[test]
fn a_sheet_is_chosen_by_name() {
    let desk = Desk::new();
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("说明").expect("a name").write_string(0, 0, "说明").expect("a cell");
    let sheet = workbook.add_worksheet().set_name("名录").expect("a name");
    sheet.write_string(0, 0, "entity_id").expect("a cell");
    sheet.write_string(1, 0, A).expect("a cell");
    workbook.save(desk.path("r.xlsx")).expect("a workbook");
    let inputs = |sheet: &str| format!("[inputs.entities]\npath = \"r.xlsx\"\nsheet = \"{sheet}\"\n");
    assert_eq!(desk.read(&inputs("名录")).expect("a readable sheet").ids(), [A]);
    let refusal = desk.refusal(&inputs("名单"));
    assert!(refusal.contains("说明") && refusal.contains("名录"), "{refusal}");
}

#[test]
fn a_page_saved_under_an_excel_ending_is_refused() {
    let desk = Desk::new();
    desk.put("r.xls", "<html><table></table></html>");
    let refusal = desk.refusal("[inputs.entities]\npath = \"r.xls\"\n");
    assert!(refusal.contains("save it as .xlsx"), "{refusal}");
}
