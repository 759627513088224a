//! Lists and forms as Excel workbooks. Cells are texts and numbers; nothing is a formula.

use super::papers::Paper;
use super::sheet::{Cell, Sheet};
use crate::terms::{Disposal, Lang, Outcome, date_of};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Workbook, Worksheet, XlsxError,
};

/// Breaks between pages that Excel can bear in a sheet.
const MOST_BREAKS: usize = 1_000;

/// A workbook of the day, which stands for the clock.
fn workbook(title: &str, day: i32) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let date = date_of(day).map_or((1970, 1, 1), |date| (date.year() as u16, date.month() as u8, date.day() as u8));
    let created = ExcelDateTime::from_ymd(date.0, date.1, date.2)?;
    let properties = DocProperties::new().set_title(title).set_author("fairdraw").set_creation_datetime(&created);
    workbook.set_properties(&properties);
    Ok(workbook)
}

fn head() -> Format {
    Format::new().set_bold().set_border_bottom(FormatBorder::Medium).set_align(FormatAlign::Top).set_text_wrap()
}

/// A4, as wide as one page.
fn for_print(sheet: &mut Worksheet) {
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0);
}

/// The lists, a sheet each.
///
/// # Errors
/// What the library refuses.
pub fn lists(title: &str, sheets: &[Sheet], lang: Lang, day: i32) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = workbook(title, day)?;
    let share = Format::new().set_num_format("0.000000");
    for Sheet { form, rows, .. } in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(lang.choose(form.title.0, form.title.1))?;
        for_print(sheet);
        sheet.set_landscape().set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
        for (column, words) in (0..).zip(form.columns) {
            sheet.write_string_with_format(0, column, lang.choose(words.0, words.1), &head())?;
            let cells = rows.iter().take(1_000).map(|row| width(&row[column as usize].shown(lang)));
            let widest = cells.max().unwrap_or(0).max(width(lang.choose(words.0, words.1)));
            sheet.set_column_width(column, f64::from(widest.clamp(6, 60) + 2))?;
        }
        let mut breaks = Vec::new();
        for (line, row) in (1..).zip(rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    Cell::Number(number) if number.fract() != 0.0 => {
                        sheet.write_number_with_format(line, column, *number, &share)?
                    }
                    Cell::Number(number) => sheet.write_number(line, column, *number)?,
                    cell => sheet.write_string(line, column, cell.shown(lang))?,
                };
            }
            let place = line as usize - 1;
            if form.by_first && place > 0 && rows[place - 1][0] != row[0] && breaks.len() < MOST_BREAKS {
                breaks.push(line);
            }
        }
        if !breaks.is_empty() {
            sheet.set_page_breaks(&breaks)?;
        }
        if !rows.is_empty() {
            let last = rows.len() as u32;
            sheet.autofilter(0, 0, last, form.columns.len() as u16 - 1)?;
            for (column, words) in (0..).zip(form.columns) {
                if let Some(choice) = choice(words.0, lang)? {
                    sheet.add_data_validation(1, column, last, column, &choice)?;
                }
            }
        }
    }
    workbook.save_to_buffer()
}

/// The words to choose from in a column that is filled in; several of them may be written, too.
fn choice(column: &str, lang: Lang) -> Result<Option<DataValidation>, XlsxError> {
    let words: Vec<&str> = match column {
        "outcome" => Outcome::ALL.map(|own| lang.choose(own.name(), own.chinese())).into(),
        "disposal" => Disposal::ALL.map(|own| lang.choose(own.name(), own.chinese())).into(),
        _ => return Ok(None),
    };
    let list = DataValidation::new().allow_list_strings(&words)?;
    Ok(Some(list.set_error_style(DataValidationErrorStyle::Information)))
}

/// Characters of a spreadsheet's column that a text takes: Chinese ones take two.
fn width(text: &str) -> u32 {
    text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum()
}

/// The forms, those of one title in a sheet, each on a page of its own.
///
/// # Errors
/// What the library refuses.
pub fn forms(title: &str, papers: &[Paper], lang: Lang, day: i32) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = workbook(title, day)?;
    let say = |words: (&'static str, &'static str)| lang.choose(words.0, words.1);
    let large = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let boxed = wrapped.clone().set_border(FormatBorder::Thin);
    let titles: Vec<(&str, &str)> = papers.iter().take(2).map(|paper| paper.title).collect();
    for of in titles {
        let sheet = workbook.add_worksheet();
        sheet.set_name(say(of).chars().take(31).collect::<String>())?;
        for_print(sheet);
        let own: Vec<&Paper> = papers.iter().filter(|paper| paper.title == of).collect();
        let columns = own.first().map_or(1, |paper| paper.heads.len() as u16);
        for column in 0..columns {
            sheet.set_column_width(column, 96.0 / f64::from(columns))?;
        }
        let (mut line, mut breaks) = (0, Vec::new());
        for paper in own {
            if line > 0 && breaks.len() < MOST_BREAKS {
                breaks.push(line);
            }
            sheet.merge_range(line, 0, line, columns - 1, say(paper.title), &large)?;
            let number = format!("{}{}", lang.choose("No. ", "编号："), paper.number);
            sheet.write_string(line + 1, 0, number)?;
            line += 2;
            if !paper.opening.is_empty() {
                sheet.merge_range(line, 0, line, columns - 1, &paper.opening, &wrapped)?;
                sheet.set_row_height(line, 32)?;
                line += 1;
            }
            for (words, value) in &paper.facts {
                sheet.write_string_with_format(line, 0, say(*words), &boxed)?;
                sheet.merge_range(line, 1, line, columns - 1, value, &boxed)?;
                line += 1;
            }
            for (column, words) in (0..).zip(paper.heads) {
                sheet.write_string_with_format(line, column, say(*words), &head())?;
            }
            line += 1;
            for row in &paper.rows {
                for (column, cell) in (0..).zip(row) {
                    sheet.write_string_with_format(line, column, cell, &boxed)?;
                }
                line += 1;
            }
            sheet.merge_range(line, 0, line, columns - 1, say(paper.closing), &wrapped)?;
            sheet.set_row_height(line, 32)?;
            line += 1;
            for words in paper.signatures {
                sheet.write_string(line, 0, say(*words))?;
                line += 2;
            }
        }
        if !breaks.is_empty() {
            sheet.set_page_breaks(&breaks)?;
        }
    }
    workbook.save_to_buffer()
}
