//! The tables beside the registry: credit, risk, flags, ledger, inspectors.

use super::*;

fn three() -> String {
    registry(&[live(1), live(2), live(3)])
}

/// A table of these cells behind the ids of entities 1, 2, 3, 1, 2, 3 …
fn table(header: &str, cells: &[&str]) -> String {
    let row = |(place, cell): (usize, &&str)| format!("{},{cell}\n", entity_id(place % 3 + 1));
    format!("entity_id,{header}\n{}", cells.iter().enumerate().map(row).collect::<String>())
}

fn credit() -> String {
    drawing_with("[inputs.credit]\npath = \"credit.csv\"\n")
}

/// A plan with one risk model over `risk.csv`.
fn risk() -> String {
    drawing_with(
        "[inputs.risk.general]\npath = \"risk.csv\"\ndirection = \"higher-is-riskier\"\nrange = [0, 1000]\n\n\
         [weight.risk]\nblend = \"weighted-mean\"\nmodels = { general = 1 }\nlowest = 0.5\nhighest = 1.5\nmissing = 0.3\n",
    )
}

fn flags() -> String {
    drawing_with("[inputs.flags]\npath = \"flags.csv\"\n")
}

fn ledger() -> String {
    drawing_with("[inputs.ledger]\npath = \"ledger.csv\"\n")
}

#[test]
fn unknown_grades_and_colours_are_set_aside_and_never_guessed() {
    assert_cases(vec![
        accepted("an unknown grade and an unknown colour")
            .registry(three())
            .file("credit.csv", table("grade,color", &["E,绿码", "B,blue", "C级,黄"]))
            .plan(credit())
            .set_aside_of("credit.csv", &[(2, "unknown-grade"), (3, "unknown-color")])
            .cell(entity_id(1), "grade", "unrated")
            .cell(entity_id(2), "color", "none")
            .cell(entity_id(3), "grade", "C")
            .cell(entity_id(3), "mode", "raised"),
        accepted("blank grades are unrated")
            .registry(three())
            .file("credit.csv", table("grade,color", &[",", "未评,无", "A,"]))
            .plan(credit())
            .cell(entity_id(1), "mode", "offline")
            .cell(entity_id(3), "color", "none"),
        accepted("two grades of one entity")
            .registry(three())
            .file("credit.csv", table("grade,color", &["A,绿", "B,绿", "C,绿", "D,红"]))
            .plan(credit())
            .set_aside_of("credit.csv", &[(5, "duplicate-key")])
            .cell(entity_id(1), "grade", "A"),
        accepted("a grade of somebody else")
            .registry(three())
            .file("credit.csv", format!("{}{},A,绿\n", table("grade,color", &["A,绿"]), entity_id(9)))
            .plan(credit())
            .warns("unmatched-rows", "credit: 1 rows")
            .entities(3),
        refused("neither grades nor colours", 3, &["credit.csv", "a column of grades", "[inputs.credit]"])
            .registry(three())
            .file("credit.csv", table("备注", &["x"]))
            .plan(credit()),
        refused(
            "only unknown grades",
            3,
            &["credit.csv: none of the 2 rows", "unknown-grade", "write one of A, B, C, D"],
        )
        .registry(three())
        .file("credit.csv", table("grade", &["优", "良"]))
        .plan(credit()),
    ]);
}

#[test]
fn scores_that_are_none_are_set_aside_and_the_entity_counts_as_not_scored() {
    let scores = table("score", &["NaN", "500", "1000.5", "-1", "", "inf"]);
    assert_cases(vec![
        accepted("scores that are no numbers or out of range")
            .registry(three())
            .file("risk.csv", &scores)
            .plan(risk())
            .set_aside_of(
                "risk.csv",
                &[(2, "missing-score"), (4, "bad-score"), (5, "bad-score"), (6, "missing-score"), (7, "bad-score")],
            )
            .null(entity_id(1), "score_general")
            .cell(entity_id(1), "factor_risk", "800000")
            .cell(entity_id(2), "score_general", "500.0")
            .cell(entity_id(2), "factor_risk", "1000000"),
        refused("no usable score", 3, &["risk.csv: none of the 1 rows", "bad-score", "from 0 to 1000"])
            .registry(three())
            .file("risk.csv", table("score", &["-0.5"]))
            .plan(risk()),
        refused("no column of scores", 3, &["risk.csv, row 1", "the column score", "[inputs.risk.general]"])
            .registry(three())
            .file("risk.csv", table("备注", &["x"]))
            .plan(risk()),
        refused("a range that is reversed", 2, &["plan.toml:18", "inputs.risk.general.range", "1000 is not below 0"])
            .registry(three())
            .file("risk.csv", &scores)
            .plan(risk().replace("[0, 1000]", "[1000, 0]")),
        refused("a range without an end", 2, &["plan.toml:18", "inputs.risk.general.range", "not finite"])
            .registry(three())
            .file("risk.csv", &scores)
            .plan(risk().replace("[0, 1000]", "[0, inf]")),
        refused("a model without a table", 2, &["plan.toml:22", "inputs.risk.genral", "did you mean \"general\"?"])
            .registry(three())
            .file("risk.csv", &scores)
            .plan(risk().replace("{ general = 1 }", "{ genral = 1 }")),
        refused("a risk of the unscored above 1", 2, &["weight.risk.missing", "outside 0 to 1"])
            .registry(three())
            .file("risk.csv", &scores)
            .plan(risk().replace("missing = 0.3", "missing = 1.3")),
    ]);
}

#[test]
fn flags_without_a_name_are_set_aside_and_too_many_are_refused() {
    let many: Vec<String> = (0..33).map(|flag| format!("标记{flag}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_cases(vec![
        accepted("empty flags")
            .registry(three())
            .file("flags.csv", table("flag", &["", "投诉；异常", "；、|", "投诉"]))
            .plan(flags())
            .set_aside_of("flags.csv", &[(2, "missing-flag"), (4, "missing-flag")])
            .cell(entity_id(1), "flags", "投诉")
            .cell(entity_id(2), "flags", "异常;投诉")
            .null(entity_id(3), "flags"),
        accepted("a table of flags without rows")
            .registry(three())
            .file("flags.csv", table("flag", &[]))
            .plan(flags())
            .warns("empty-table", "flags.csv: no rows"),
        refused("33 flags", 3, &["flags.csv, row 34", "more than 32 different flags", "标记0"])
            .registry(three())
            .file("flags.csv", table("flag", &many))
            .plan(flags()),
        refused("no column of flags", 3, &["flags.csv, row 1", "the column flag"])
            .registry(three())
            .file("flags.csv", table("备注", &["x"]))
            .plan(flags()),
    ]);
}

#[test]
fn visits_without_a_day_are_set_aside() {
    let dates = ["2023-02-30", "2023-01-15", "昨天", "", "02/07/2023", "2023年1月15日", "20230116"];
    let limited = format!("{}\n[eligibility]\nvisits = {{ limit = 1, reading = \"at-least\" }}\n", ledger());
    assert_cases(vec![
        accepted("visits on days that cannot be read")
            .registry(registry(&[live(1), live(2), live(3), live(4)]))
            .file("ledger.csv", table("date", &dates))
            .plan(limited)
            .set_aside_of("ledger.csv", &[(2, "bad-date"), (4, "bad-date"), (5, "bad-date"), (6, "bad-date")])
            .cell(entity_id(1), "visits", "1")
            .cell(entity_id(1), "reason", "visits: limit reached")
            .cell(entity_id(2), "visits", "1")
            .cell(entity_id(3), "visits", "1")
            .cell(entity_id(4), "visits", "0"),
        refused("no column of days", 3, &["ledger.csv, row 1", "the column date"])
            .registry(three())
            .file("ledger.csv", table("备注", &["x"]))
            .plan(ledger()),
    ]);
}

#[test]
fn inspectors_are_checked_like_entities() {
    let text = "inspector_id,inspector_name,expert,certificate_until\n\
                渝01,甲,是,9999-12-31\n渝01,乙,否,\n,丙,否,\n渝04,丁,大概,\n1.0E+5,戊,否,\n渝06,己,否,2023-02-30\n";
    let inspectors = drawing_with("[inputs.inspectors]\npath = \"inspectors.csv\"\n");
    assert_cases(vec![
        accepted("inspectors that are repeated, nameless, half experts or rewritten")
            .registry(three())
            .file("inspectors.csv", text)
            .plan(&inspectors)
            .warns("bad-date", "row 7 \"2023-02-30\"")
            .set_aside_of(
                "inspectors.csv",
                &[(3, "duplicate-key"), (4, "missing-key"), (5, "bad-expert"), (6, "mangled-key")],
            ),
        refused("a table of inspectors without rows", 3, &["inspectors.csv holds no rows", "[inputs.inspectors]"])
            .registry(three())
            .file("inspectors.csv", "inspector_id,inspector_name\n")
            .plan(&inspectors),
    ]);
}
