//! Cells of the registry: status, dates, formulas, weights, permanent random numbers.

use super::*;

/// A registry of three entities with one more column, its cells as given.
fn with_column(header: &str, cells: [&str; 3]) -> String {
    let row = |(index, cell): (usize, &str)| format!("{},live,{cell}\n", entity_id(index));
    format!("entity_id,status,{header}\n{}", cells.into_iter().enumerate().map(row).collect::<String>())
}

fn weighing() -> String {
    drawing_with("[weight]\ncolumn = \"size\"\n")
}

fn by_prn() -> String {
    plan("[size]\ncount = 1\n\n[draw]\nprn-column = \"prn\"\n")
}

#[test]
fn an_unknown_status_is_named_and_not_eligible() {
    let [a, b, c, d] = [1, 2, 3, 4].map(entity_id);
    let text = registry(&[
        format!("{a},甲,外星"),
        format!("{b},乙,"),
        format!("{c},丙,开业/停业"),
        format!("{d},丁,存续（在营、开业、在册）"),
    ]);
    assert_cases(vec![
        accepted("unknown, blank and contradicting words")
            .registry(text)
            .warns("unknown-status", "\"\" 1, \"外星\" 1, \"开业/停业\" 1")
            .cell(&a, "reason", "status: unknown")
            .cell(&b, "eligible", "false")
            .cell(&c, "status", "unknown")
            .cell(&d, "eligible", "true"),
        accepted("no column for the status")
            .registry(format!("entity_id,name\n{a},甲\n"))
            .warns("no-status-column", "every entity counts as live")
            .cell(&a, "status", "live"),
        refused("a header that looks like the status", 3, &["\"主体存续状况\" looks like it", "status = \"none\""])
            .says("columns = { status = \"…\" }")
            .registry(format!("entity_id,主体存续状况\n{a},注销\n")),
        accepted("no column for the status, as the plan says")
            .registry(format!("entity_id,主体存续状况\n{a},注销\n"))
            .plan(reading("path = \"registry.csv\"\nstatus = \"none\""))
            .warns("no-status-column", "every entity counts as live")
            .cell(&a, "status", "live"),
    ]);
}

#[test]
fn days_that_do_not_exist_are_empty_and_the_open_end_is_a_day() {
    let day = |index: usize| entity_id(index);
    let since = drawing_with("[eligibility]\nregistered-until = 2023-01-01\n");
    let text = |cells| with_column("成立日期", cells);
    assert_cases(vec![
        accepted("year 9999")
            .registry(text(["9999-09-09", "9999年12月31日", "2011-03-04"]))
            .cell(day(0), "registration_date", "9999-09-09")
            .cell(day(1), "registration_date", "9999-12-31"),
        accepted("30 February, month 13 and the year 10000")
            .registry(text(["2023-02-30", "2023-13-01", "10000-01-01"]))
            .warns("bad-date", "registry.csv: 3 dates cannot be read")
            .null(day(0), "registration_date")
            .null(day(2), "registration_date"),
        accepted("a leap day, a serial number and a day in full-width digits")
            .registry(text(["2024-02-29", "44964", "２０２３／２／７"]))
            .cell(day(0), "registration_date", "2024-02-29")
            .cell(day(1), "registration_date", "2023-02-07")
            .cell(day(2), "registration_date", "2023-02-07"),
        accepted("an unreadable day is outside a scope of days")
            .registry(text(["2023-02-30", "9999-09-09", "2011-03-04"]))
            .plan(&since)
            .warns("bad-date", "row 2 \"2023-02-30\"")
            .cell(day(0), "reason", "outside-scope: registration date")
            .cell(day(1), "eligible", "false")
            .cell(day(2), "eligible", "true"),
        refused("a scope of days without days", 3, &["registry.csv, row 1", "registration_date"])
            .registry(registry(&[live(1)]))
            .plan(&since),
    ]);
}

#[test]
fn cells_that_look_like_formulas_stay_text() {
    let formulas = ["=cmd|' /C calc'!A0", "@SUM(1,1)", "+1+1", "-2+3", "=HYPERLINK(\"http://x\",\"y\")", "%0A=1"];
    let lines = formulas
        .iter()
        .enumerate()
        .map(|(index, formula)| format!("{},\"{}\",live", entity_id(index), formula.replace('"', "\"\"")));
    let text = registry(&lines.collect::<Vec<_>>());
    let whole = plan(&drawing(formulas.len() as u64));
    let case = accepted("formula-like names").registry(&text).plan(&whole);
    let of = |case: Case, (index, formula): (usize, &&str)| case.cell(entity_id(index), "name", formula);
    assert_cases(vec![formulas.iter().enumerate().fold(case, of)]);

    let project = Project::new();
    project.write("registry.csv", &text);
    project.write("plan.toml", &whole);
    project.fairdraw(&["run", "plan.toml"]).good();
    let mut drawn: Vec<String> = project.table("out/run/draw.parquet").iter().map(|row| row["name"].clone()).collect();
    let mut written = formulas.map(str::to_owned).to_vec();
    drawn.sort();
    written.sort();
    assert_eq!(drawn, written);
}

#[test]
fn a_weight_that_is_no_weight_is_refused_with_entity_and_column() {
    let names =
        ["a negative weight", "a weight that is not a number", "an infinite weight", "a weight below all numbers"];
    let more = ["a weight above all numbers", "no weight", "a word as weight", "a weight above the largest"];
    let values = ["-1", "NaN", "inf", "-Infinity", "1e999", "", "许多", "9000000001"];
    let mut cases: Vec<Case> = names
        .into_iter()
        .chain(more)
        .zip(values)
        .map(|(name, value)| {
            let shown = if value.is_empty() { "size is empty".to_owned() } else { format!("size is \"{value}\"") };
            let case = refused(name, 3, &["registry.csv, row 3", "a number from 0 to 9,000,000,000"]);
            case.says(format!("entity {}", entity_id(1))).says(shown).registry(with_column("size", ["1", value, "2"]))
        })
        .map(|case| case.plan(weighing()))
        .collect();
    cases.extend([
        refused(
            "no weight column",
            3,
            &["registry.csv, row 1", "the column size", "\"entity_id\", \"name\", \"status\""],
        )
        .registry(registry(&[live(1)]))
        .plan(weighing()),
        refused("every weight is 0", 4, &["none of the 3 entities is eligible", "weight is 0: 3"])
            .registry(with_column("size", ["0", "-0", "0.0"]))
            .plan(weighing()),
        accepted("a weight of 0 is not drawn")
            .registry(with_column("size", ["0", "1", "１，０００"]))
            .plan(weighing())
            .cell(entity_id(0), "reason", "weight is 0")
            .cell(entity_id(2), "weight", "1000000000"),
        accepted("a weight of a row that is set aside does not matter")
            .registry(format!("{},live,NaN\n", with_column("size", ["1", "2", "3"])))
            .plan(weighing())
            .set_aside(&[(5, "missing-key")]),
        accepted("one weight written in three ways")
            .registry(with_column("size", ["9000000000", "9e9", "\"9,000,000,000\""]))
            .plan(weighing())
            .cell(entity_id(1), "weight", "9000000000000000"),
        refused("a product of factors above the largest", 4, &["factor `flags`", "lower weight.flags"])
            .says(entity_id(0))
            .registry(with_column("size", ["9000000000", "1", "1"]))
            .file("flags.csv", format!("entity_id,flag\n{},complaint\n", entity_id(0)))
            .plan(drawing_with(
                "[inputs.flags]\npath = \"flags.csv\"\n\n[weight]\ncolumn = \"size\"\nflags = { complaint = 2.0 }\n",
            )),
    ]);
    assert_cases(cases);
}

#[test]
fn a_permanent_random_number_that_is_none_is_refused_with_its_row() {
    let faults = [
        ("a permanent random number of 0", "0"),
        ("a permanent random number of 1", "1"),
        ("a permanent random number above 1", "1.5"),
        ("a negative permanent random number", "-0.25"),
        ("a permanent random number that is not a number", "NaN"),
        ("a permanent random number in words", "半"),
        ("no permanent random number", ""),
    ];
    let mut cases: Vec<Case> = faults
        .into_iter()
        .map(|(name, value)| {
            let shown = if value.is_empty() { "prn is empty".to_owned() } else { format!("prn is \"{value}\"") };
            refused(name, 3, &["registry.csv, row 3", "strictly between 0 and 1"])
                .says(format!("entity {}", entity_id(1)))
                .says(shown)
                .registry(with_column("prn", ["0.5", value, "0.25"]))
                .plan(by_prn())
        })
        .collect();
    cases.extend([
        refused("no column of permanent random numbers", 3, &["registry.csv, row 1", "the column prn", "columns ="])
            .registry(registry(&[live(1)]))
            .plan(by_prn()),
        accepted("permanent random numbers that are sound")
            .registry(with_column("prn", ["0.5", "1e-300", "２５％"]))
            .plan(by_prn())
            .cell(entity_id(1), "drawn", "true")
            .cell(entity_id(2), "prn", "0.25"),
    ]);
    assert_cases(cases);
}
