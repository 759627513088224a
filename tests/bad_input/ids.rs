//! Ids: missing, repeated, written in many ways, rewritten by spreadsheets, with wrong check digits.

use super::*;

/// An id with another check character than the right one.
fn wrong(index: usize) -> String {
    let id = entity_id(index);
    let last = if id.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &id[..17])
}

fn wide(text: &str) -> String {
    text.bytes().map(|byte| char::from_u32(u32::from(byte) + 0xFEE0).expect("a full-width form")).collect()
}

fn rows(ids: &[&str]) -> String {
    registry(&ids.iter().enumerate().map(|(place, id)| format!("{id},企业{place},live")).collect::<Vec<_>>())
}

#[test]
fn rows_without_a_usable_id_are_set_aside() {
    let a = entity_id(1);
    assert_cases(vec![
        accepted("missing ids")
            .registry(rows(&["", " ", "-", "无", "NULL", "n/a", "#N/A", &a]))
            .set_aside(&(2..9).map(|row| (row, "missing-key")).collect::<Vec<_>>())
            .raw(5, "无,企业3,live")
            .entities(1),
        accepted("ids in scientific notation")
            .registry(rows(&["1.0E+17", "9.15001E17", "9.15001182037909e+17", &a]))
            .set_aside(&[(2, "mangled-key"), (3, "mangled-key"), (4, "mangled-key")])
            .raw(2, "1.0E+17,企业0,live")
            .entities(1),
        accepted("ids with a decimal point")
            .registry(rows(&["440301103097413.0", "915001189037961504.00", "12.5", &a]))
            .set_aside(&[(2, "mangled-key"), (3, "mangled-key"), (4, "mangled-key")])
            .entities(1),
        accepted("ids rounded to fifteen digits")
            .registry(rows(&["915001189037961000", &a]))
            .warns("rounded-id", "row 2 \"915001189037961000\"")
            .entities(2),
    ]);
}

#[test]
fn of_several_rows_of_one_entity_the_plans_rule_keeps_one() {
    let (a, b) = (entity_id(1), entity_id(2));
    let text = rows(&[&a, &b, &a.to_lowercase(), "", &format!("'{a}")]);
    let last = reading("path = \"registry.csv\"\nduplicates = \"last\"");
    let everywhere = [(4, "duplicate-key"), (5, "missing-key"), (6, "duplicate-key")];
    assert_cases(vec![
        accepted("the first row of an entity is kept").registry(&text).set_aside(&everywhere).cell(&a, "name", "企业0"),
        accepted("the last row of an entity is kept")
            .registry(&text)
            .plan(last)
            .set_aside(&[(2, "duplicate-key"), (4, "duplicate-key"), (5, "missing-key")])
            .raw(4, &format!("{},企业2,live", a.to_lowercase()))
            .cell(&a, "name", "企业4"),
        refused("a rule for duplicates that is not known", 2, &["plan.toml:6", "\"newest\"", "first, last"])
            .registry(&text)
            .plan(reading("path = \"registry.csv\"\nduplicates = \"newest\"")),
    ]);
}

#[test]
fn ids_written_in_other_ways_are_the_same_ids() {
    let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6].map(entity_id);
    let spaced = format!(" {} {}　{} ", &b[..6], &b[6..10], &b[10..]);
    assert_cases(vec![
        accepted("full-width digits, blanks, apostrophes, small letters, text formulas")
            .registry(rows(&[&wide(&a), &spaced, &format!("'{c}"), &format!("‘{d}"), &format!("\"=\"\"{e}\"\"\""), &f]))
            .cell(&a, "name", "企业0")
            .cell(&b, "name", "企业1")
            .cell(&c, "name", "企业2")
            .cell(&d, "name", "企业3")
            .cell(&e, "name", "企业4")
            .entities(6),
        accepted("small letters").registry(rows(&["91350100m000100y43"])).cell("91350100M000100Y43", "name", "企业0"),
    ]);
}

#[test]
fn ids_of_other_forms_stay_and_are_remarked_on() {
    let bad = wrong(3);
    assert_cases(vec![
        accepted("a wrong check character")
            .registry(rows(&["91350100M000100Y43", "91350100M000100Y44", &bad]))
            .warns("wrong-check-digit", "registry.csv: 2 unified social credit codes")
            .cell("91350100M000100Y44", "eligible", "true")
            .cell(&bad, "eligible", "true"),
        accepted("numbers of 15 digits")
            .registry(rows(&["440301103097413", "110108012660422", "440301103097414"]))
            .warns("wrong-check-digit-15", ": 1 registration numbers (15 digits)")
            .cell("440301103097414", "eligible", "true"),
        accepted("numbers of 13 and 14 digits")
            .registry(rows(&["3301811234567", "33018112345678"]))
            .warns("legacy-number", ": 2 registration numbers")
            .cell("3301811234567", "eligible", "true"),
        accepted("names instead of numbers, and a formula")
            .registry(rows(&["工程-甲", "=cmd|' /C calc'!A0", &entity_id(1), &entity_id(2), &entity_id(3)]))
            .warns("unknown-id-form", ": 2 entity ids")
            .cell("工程-甲", "name", "企业0")
            .cell("=CMD|'/CCALC'!A0", "name", "企业1"),
    ]);
}
