mod bad_plans;
mod tasks;

use crate::task::{Base, Certainties, LegalMinimum, Measure, Method, SizeRule, Then, VisitLimit, Weighting};
use std::path::Path;

use miette::Diagnostic;

use super::*;
use crate::sampling::{Design, Divisor, Rounding, Share};
use crate::terms::{Bilingual, Color, Grade, Status};

/// Every section and nearly every key.
const FULL: &str = r#"#:schema ../plan.schema.json
name = "yongchuan-2023-q1"
title = "永川区2023年第一季度双随机联合抽查"
as-of = 2023-02-07

[inputs.entities]
path = "../data/entities.csv.gz"
encoding = "gb18030"
header-row = 2
columns = { entity_id = "编号", size = "规模" }
duplicates = "last"

[inputs.credit]
path = "../data/credit.xlsx"
sheet = "信用"

[inputs.risk.industry]
path = "../data/industry.parquet"
direction = "higher-is-safer"
range = [0, 1]

[inputs.risk.general]
path = "../data/general.parquet"
direction = "higher-is-riskier"
range = [0, 1000]

[inputs.flags]
path = "../data/flags.csv"

[inputs.ledger]
path = "../data/ledger.csv"

[inputs.inspectors]
path = "../data/inspectors.csv"

[eligibility]
status = ["live", "停业"]
regions = ["5001"]
industries = ["C", "I61"]
tags-none = ["个体"]
registered-from = 2010-01-01
registered-until = 2022-12-31
visits = { limit = 2, reading = "at-least" }

[weight]
column = "size"
grade = { A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }
color = { green = 1, yellow = 2, red = 8, none = 1 }
flags = { abnormal = 2.0 }

[weight.risk]
blend = "weighted-mean"
models = { general = 0.5, industry = 0.5 }
lowest = 0.5
highest = 1.5
missing = 0.3

[[rules]]
name = "red code: everyone is inspected"
when = { color = ["red"], grade = ["D级"], flags = ["complaint"] }
unless = { flags = ["address-lost"] }
then = "certain"

[[rules]]
name = "schools are another office's"
when = { industry = ["P83"], region = ["5001"], status = ["存续"] }
then = "exempt"

[strata]
by = ["region", "grade", "capital"]
allocation = "huntington-hill"
measure = "weight"
at-least = 1
at-most = 100

[size]
share = 0.01
of = "live"
rounding = "nearest"
at-least = 1
at-most = 5000
legal-minimum = { share = 0.01 }

[draw]
design = "sequential-poisson"
alpha = 0.01
seed = "dice 4 6 1 1 3 5 2 6"
stream = "2023"
reserve = 20
certainties = "inside"

[output]
folder = "../out/yongchuan"
keep = ["capital"]
"#;

/// The least that is a plan.
const LEAST: &str = r#"name = "least"
as-of = 2024-03-01
[inputs.entities]
path = "x.csv"
[size]
count = 247
[draw]
stream = "2024"
[output]
folder = "out"
"#;

/// How the plan's one draw is made.
fn method(plan: &Plan) -> &Method {
    plan.methods().next().unwrap()
}

fn read(text: &str) -> Result<Plan, PlanErrors> {
    parse(text, Path::new("pipelines/plan.toml"), Files::NotAsked)
}

#[test]
fn a_full_plan_is_read_to_the_last_key() {
    let plan = read(FULL).unwrap_or_else(|errors| panic!("{:#?}", errors.lines()));
    assert_eq!(plan.name, "yongchuan-2023-q1");
    assert_eq!((plan.as_of, plan.as_of_date.to_string().as_str()), (19_395, "2023-02-07"));
    assert_eq!(plan.text, FULL);
    assert_eq!(plan.sha256.len(), 64);
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);

    let entities = &plan.inputs.entities;
    assert_eq!(entities.place.path(), Some(Path::new("data/entities.csv.gz")));
    assert_eq!(entities.as_written, "../data/entities.csv.gz");
    assert_eq!(
        (entities.encoding, entities.header_row, entities.duplicates),
        (TextEncoding::Stated(encoding_rs::GB18030), Some(2), Duplicates::Last)
    );
    assert_eq!(entities.columns["entity_id"], "编号");
    assert_eq!(plan.inputs.credit.as_ref().unwrap().sheet.as_deref(), Some("信用"));
    let models: Vec<_> = plan.inputs.risk.iter().map(|it| (it.model.as_str(), it.direction, it.range)).collect();
    assert_eq!(
        models,
        [("general", Direction::HigherIsRiskier, (0.0, 1000.0)), ("industry", Direction::HigherIsSafer, (0.0, 1.0))]
    );

    assert_eq!(method(&plan).scope.status, [Status::Live, Status::Suspended]);
    assert_eq!(
        (method(&plan).scope.registered_from, method(&plan).scope.registered_until),
        (Some(14_610), Some(19_357))
    );
    let visits = method(&plan).scope.visits.clone().unwrap();
    assert_eq!((visits.limit, visits.reading, visits.since), (2, VisitLimit::AtLeast, 19_358));
    assert!(visits.exhausted(2, Grade::A) && !visits.exhausted(1, Grade::A));

    assert_eq!(method(&plan).weighting.grade, Some([500_000, 1_000_000, 2_000_000, 4_000_000, 1_500_000]));
    assert_eq!(method(&plan).weighting.color, Some([1_000_000, 2_000_000, 8_000_000, 1_000_000]));
    assert_eq!(method(&plan).weighting.flags["abnormal"], 2_000_000);
    let risk = method(&plan).weighting.risk.as_ref().unwrap();
    assert_eq!((risk.lowest, risk.highest, risk.missing), (500_000, 1_500_000, 0.3));
    let shares: Vec<(&str, f64)> = risk.models.iter().map(|model| (&*model.model, model.share)).collect();
    assert_eq!(shares, [("general", 0.5), ("industry", 0.5)]);

    assert_eq!(method(&plan).rules.len(), 2);
    assert_eq!(
        (&method(&plan).rules[0].when.color, &method(&plan).rules[0].when.grade),
        (&vec![Color::Red], &vec![Grade::D])
    );
    assert_eq!((method(&plan).rules[0].then, method(&plan).rules[1].then), (Then::Certain, Then::Exempt));
    assert!(method(&plan).rules[1].unless.is_empty());

    assert_eq!(
        (method(&plan).division.allocation, method(&plan).division.measure),
        (Divisor::HuntingtonHill, Measure::Weight)
    );
    assert_eq!((method(&plan).division.at_least, method(&plan).division.at_most), (1, Some(100)));
    let one_percent = Share::new(0.01).unwrap();
    let rule = SizeRule::Share { share: one_percent, of: Base::Live, rounding: Rounding::Nearest, each_stratum: false };
    assert_eq!(method(&plan).size.rule, rule);
    assert_eq!(method(&plan).size.legal_minimum, Some(LegalMinimum { share: one_percent, of: Base::Live }));
    assert_eq!(
        (method(&plan).design, method(&plan).alpha, method(&plan).reserve),
        (Design::SequentialPoisson, 0.01, 20)
    );
    assert_eq!(plan.lot_source().unwrap(), LotSource::Seed("dice 4 6 1 1 3 5 2 6"));
    assert_eq!(plan.output.folder, Path::new("out/yongchuan"));
}

#[test]
fn what_is_left_out_has_its_stated_default() {
    let plan = read(LEAST).unwrap();
    assert_eq!(method(&plan).scope.status, [Status::Live]);
    assert_eq!(method(&plan).weighting, Weighting::default());
    assert_eq!(method(&plan).size.rule, SizeRule::Count(247));
    assert_eq!((method(&plan).design, method(&plan).alpha, method(&plan).reserve), (Design::Pareto, 0.001, 0));
    assert_eq!((method(&plan).certainties, plan.draw.seed.as_deref()), (Certainties::Outside, None));
    assert_eq!(
        (method(&plan).division.allocation, method(&plan).division.measure),
        (Divisor::Webster, Measure::Entities)
    );
    assert_eq!(plan.lot_source().unwrap_err().errors[0].line, Some(7));
}

#[test]
fn a_plan_with_a_byte_order_mark_is_read_and_errors_still_point_right() {
    let marked = format!("\u{feff}{LEAST}");
    assert!(read(&marked).is_ok());
    assert_eq!(read(&marked.replace("247", "0")).unwrap_err().errors[0].line, Some(6));
}

#[test]
fn inputs_that_a_section_needs_are_asked_for_at_that_section() {
    let without = |section: &str| {
        let start = FULL.find(section).unwrap();
        let end = start + FULL[start..].find("\n\n").unwrap();
        let errors = read(&format!("{}{}", &FULL[..start], &FULL[end..])).unwrap_err();
        errors.errors.into_iter().map(|error| error.key).collect::<Vec<_>>()
    };
    assert_eq!(
        without("[inputs.credit]"),
        ["weight.grade", "weight.color", "rules[1].when.color", "rules[1].when.grade", "strata.by[2]"]
    );
    assert_eq!(without("[inputs.flags]"), ["weight.flags", "rules[1].when.flags", "rules[1].unless.flags"]);
    assert_eq!(without("[inputs.risk.general]"), ["weight.risk.models.general"]);
    let grade_shares = LEAST.replace("count = 247", "grade-shares = { A = 0, B = 0, C = 0, D = 1, unrated = 0 }");
    assert_eq!(read(&grade_shares).unwrap_err().errors[0].key, "size.grade-shares");
}

#[test]
fn all_errors_are_reported_together_in_the_order_of_their_lines() {
    let text =
        FULL.replace("alpha = 0.01", "alpha = 2").replace("missing = 0.3", "missing = -1").replace("A = 0.5, ", "");
    let errors = read(&text).unwrap_err();
    let keys: Vec<_> = errors.errors.iter().map(|error| error.key.as_str()).collect();
    assert_eq!(keys, ["weight.grade", "weight.risk.missing", "draw.alpha"]);
    assert_eq!(errors.related().map(Iterator::count), Some(3));
    assert!(errors.lines()[2].starts_with("pipelines/plan.toml:"), "{:?}", errors.lines());
}

#[test]
fn an_error_is_drawn_with_its_line_and_its_fix() {
    let errors = read(&FULL.replace("alpha = 0.01", "alpha = 2")).unwrap_err();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
    let mut drawn = String::new();
    handler.render_report(&mut drawn, &errors).unwrap();
    for part in ["pipelines/plan.toml", "alpha = 2", "draw.alpha: 2 is outside", "help: give a small number"] {
        assert!(drawn.contains(part), "{part:?} is not in\n{drawn}");
    }
}

#[test]
fn size_rules_take_only_what_they_use() {
    let size = |lines: &str| {
        let errors = read(&LEAST.replace("count = 247", lines)).expect_err(lines);
        errors.errors.iter().map(|error| error.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(size("count = 0"), ["size.count"]);
    assert_eq!(size("count = 5\nof = \"live\""), ["size.of"]);
    assert_eq!(size("count = 5\nrounding = \"up\""), ["size.rounding"]);
    assert_eq!(size("count = 5\nat-most = 4"), ["size.count"]);
    assert_eq!(size("count = 5\nat-least = 6"), ["size.count"]);
    assert_eq!(size("share = 0.1\neach-stratum = true"), ["size.each-stratum"]);
    assert_eq!(size("share = 0.0123456789"), ["size.share"]);
    assert_eq!(size("share = nan"), ["size.share"]);
}

#[test]
fn grade_shares_are_given_for_every_grade() {
    let with_credit = LEAST.replace("[size]", "[inputs.credit]\npath = \"c.csv\"\n[size]");
    let shares = |list: &str| read(&with_credit.replace("count = 247", &format!("grade-shares = {{ {list} }}")));
    let plan = shares("A = 0, B = 0.03, C = 0.1, D = 1, unrated = 0.05").unwrap();
    let expected = [0.0, 0.03, 0.1, 1.0, 0.05].map(|it| Share::new(it).unwrap());
    assert_eq!(
        method(&plan).size.rule,
        SizeRule::GradeShares { shares: expected, of: Base::Eligible, rounding: Rounding::Up }
    );
    let crossed = with_credit.replace(
        "count = 247",
        "grade-shares = { A = 0, B = 0, C = 0, D = 1, unrated = 0 }\n[strata]\nby = [\"region\"]",
    );
    assert!(read(&crossed).is_ok());
    let keys = |list: &str| shares(list).unwrap_err().errors.iter().map(|it| it.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys("A = 0, B = 0.03, C = 0.1, D = 1.1, unrated = 0.05"), ["size.grade-shares.D"]);
    assert_eq!(keys("A = 0.1, B = 0.03"), ["size.grade-shares"]);
    assert_eq!(keys("A = 0, B = 0, C = 0, D = 0, unrated = 0"), ["size.grade-shares"]);
    let limited = format!(
        "grade-shares = {{ {list} }}\nat-least = 5\nat-most = 9",
        list = "A = 0, B = 0, C = 0, D = 1, unrated = 0"
    );
    let errors = read(&with_credit.replace("count = 247", &limited)).unwrap_err().errors;
    assert_eq!(errors.iter().map(|error| error.key.as_str()).collect::<Vec<_>>(), ["size.at-least", "size.at-most"]);
}

#[test]
fn lots_come_from_a_seed_or_from_a_column() {
    let column = LEAST.replace("stream = \"2024\"", "prn-column = \"prn\"");
    assert_eq!(read(&column).unwrap().lot_source().unwrap(), LotSource::PrnColumn("prn"));
    let both = LEAST.replace("stream = \"2024\"", "stream = \"2024\"\nseed = \"dice 4 6 1 1\"\nprn-column = \"prn\"");
    let keys: Vec<_> = read(&both).unwrap_err().errors.into_iter().map(|error| error.key).collect();
    assert_eq!(keys, ["draw.stream", "draw.seed"]);
}

#[test]
fn a_seed_that_can_be_foretold_is_allowed_with_a_warning() {
    let plan = read(&LEAST.replace("stream", "seed = \"2024-03-01\"\nstream")).unwrap();
    assert_eq!(plan.warnings.len(), 1);
    assert_eq!(plan.warnings[0].code(), "guessable-seed");
}

#[test]
fn the_command_line_may_give_seed_and_folder() {
    let plan = read(LEAST).unwrap();
    let given = Overrides { seed: Some("dice 4 6 1 1 3".to_string()), output: Some("elsewhere".into()) };
    let changed = plan.clone().with(given).unwrap();
    assert_eq!(changed.draw.seed.as_deref(), Some("dice 4 6 1 1 3"));
    assert_eq!((changed.output.folder.as_path(), &changed.sha256), (Path::new("elsewhere"), &plan.sha256));
    let bad = Overrides { seed: Some("a\nb".to_string()), output: Some("pipelines".into()) };
    let keys: Vec<_> = plan.clone().with(bad).unwrap_err().errors.into_iter().map(|error| error.key).collect();
    assert_eq!(keys, ["--seed", "--output"]);
    let column = read(&LEAST.replace("stream = \"2024\"", "prn-column = \"prn\"")).unwrap();
    assert!(column.with(Overrides { seed: Some("dice 4 6 1".to_string()), output: None }).is_err());
    let weak = plan.with(Overrides { seed: Some("test".to_string()), output: None }).unwrap();
    assert_eq!(weak.warnings[0].code(), "guessable-seed");
}

#[test]
fn an_input_that_is_not_there_is_an_error_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    std::fs::write(&path, LEAST).unwrap();
    let errors = load(&path).unwrap_err();
    assert_eq!((errors.errors[0].key.as_str(), errors.errors[0].line), ("inputs.entities.path", Some(4)));
    std::fs::write(folder.path().join("x.csv"), "entity_id\n").unwrap();
    let plan = load(&path).unwrap();
    assert_eq!(plan.inputs.entities.place, Place::File(folder.path().join("x.csv")));
    assert_eq!(plan.output.folder, folder.path().join("out"));
    std::fs::remove_file(folder.path().join("x.csv")).unwrap();
    std::fs::create_dir(folder.path().join("x.csv")).unwrap();
    assert!(load(&path).unwrap_err().errors[0].message.contains("folder"));
}

#[test]
fn rows_may_be_in_folders_stores_and_databases() {
    let place = |written: &str| read(&LEAST.replace("path = \"x.csv\"", written)).map(|plan| plan.inputs.entities);
    let folder = place("path = \"../registry/\"").unwrap();
    assert_eq!((folder.place.path(), folder.as_written.as_str()), (Some(Path::new("registry")), "../registry/"));
    let pattern = place("path = \"registry/*/a-*.parquet\"").unwrap().place;
    assert_eq!(pattern.path(), Some(Path::new("pipelines/registry")));
    assert_eq!(pattern, Place::Files("pipelines/registry/*/a-*.parquet".into()));
    let object = place("path = \"s3://bucket/a b/永川.csv\"").unwrap().place;
    assert_eq!((object.path(), object.clone()), (None, Place::Object("s3://bucket/a b/永川.csv".into())));
    let query =
        place("query = \"\"\"\nselect *\n  from t -- all\n;\n\"\"\"\nconnection = \"env:REGISTRY_URL\"").unwrap();
    let sql = Query { sql: "select *\n  from t -- all".into(), variable: "REGISTRY_URL".into() };
    assert_eq!((query.place, query.as_written.as_str()), (Place::Query(sql), "select * from t -- all"));
    // What a run writes would be read as rows the next time.
    let around = read(&LEAST.replace("path = \"x.csv\"", "path = \"./\"")).unwrap_err();
    assert!(around.errors[0].message.contains("lies in that of the input"), "{around:?}");
}

#[test]
fn a_file_that_is_no_plan_is_refused_clearly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    let message = || load(&path).unwrap_err().errors[0].message.clone();
    assert!(message().contains("there is no plan"));
    std::fs::write(&path, " \n").unwrap();
    assert!(message().contains("empty"));
    std::fs::write(&path, b"name = 'x'\ntitle = '\xd3\xc0'\n").unwrap();
    assert!(message().contains("line 2 of the plan is not UTF-8"), "{}", message());
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(message().contains("cannot be read"));
}

#[test]
fn the_schema_names_every_section_and_refuses_other_keys() {
    let text = schema_json();
    assert_eq!(text, schema_json());
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys = [
        "name",
        "title",
        "as-of",
        "inputs",
        "eligibility",
        "weight",
        "rules",
        "strata",
        "size",
        "draw",
        "output",
        "tasks",
        "assign",
        "codes",
        "publish",
        "drift",
    ];
    for key in keys {
        let described = schema["properties"][key]["description"].as_str().unwrap_or_default();
        assert!(described.len() > 10, "{key} is not described");
    }
    assert_eq!(schema["properties"].as_object().unwrap().len(), keys.len());
    let mut required: Vec<_> = schema["required"].as_array().unwrap().iter().filter_map(|it| it.as_str()).collect();
    required.sort_unstable();
    assert_eq!(required, ["as-of", "inputs", "name", "output"]);
    assert!(!text.contains("null"), "TOML has no null");
    closed(&schema);
}

/// Every object with named keys refuses others, and describes each of its keys.
fn closed(value: &serde_json::Value) {
    if let Some(properties) = value.get("properties") {
        assert_eq!(value["additionalProperties"], false, "{value}");
        for (key, property) in properties.as_object().unwrap() {
            assert!(property["description"].is_string(), "{key} is not described");
        }
    }
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(closed),
        serde_json::Value::Object(object) => object.values().for_each(closed),
        _ => {}
    }
}
