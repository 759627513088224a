//! One slip at a time in the full plan.

use miette::Diagnostic;

use super::super::locate::line_of;
use super::{FULL, read};

/// What is replaced in the full plan, by what; then the key, a part of message or help, and text on the line at fault.
const BAD: [(&str, &str, &str, &str, &str); 69] = [
    // Shape.
    ("as-of = 2023-02-07", "as-of = \"2023-02-07\"", "as-of", "without quotes", "as-of"),
    ("as-of = 2023-02-07", "as_of = 2023-02-07", "as_of", "did you mean `as-of`", "as_of"),
    ("share = 0.01\nof", "shaer = 0.01\nof", "size.shaer", "did you mean `share`", "shaer"),
    ("reserve = 20", "reserve = -1", "draw.reserve", "whole number", "reserve"),
    ("design = \"sequential-poisson\"", "design = \"paretto\"", "draw.design", "did you mean `pareto`", "paretto"),
    ("direction = \"higher-is-riskier\"\n", "", "inputs.risk.general.direction", "missing", "[inputs.risk.general]"),
    ("range = [0, 1000]", "range = [0]", "inputs.risk.general.range", "length", "range = [0]"),
    ("then = \"exempt\"\n", "", "rules[2].then", "missing", "[[rules]]\nname = \"schools"),
    ("[inputs.ledger]", "[inputs.leger]", "inputs.leger", "did you mean `ledger`", "[inputs.leger]"),
    ("reserve = 20", "reserve = 20\nreserve = 21", "", "duplicate key", "reserve = 21"),
    ("name = \"yong", "name = yong", "", "", "name = yong"),
    // Head and inputs.
    ("name = \"yongchuan-2023-q1\"", "name = \"Yongchuan 2023\"", "name", "a–z", "name = \"Yong"),
    ("entities.csv.gz", "entities.doc", "inputs.entities.path", "known endings", "entities.doc"),
    ("path = \"../data/flags.csv\"", "path = \"\"", "inputs.flags.path", "blank", "path = \"\""),
    ("path = \"../data/flags.csv\"", "", "inputs.flags.path", "neither a path nor a query", "[inputs.flags]"),
    ("../data/flags.csv\"", "../data/flags*.csv\"", "inputs.flags.path", "Parquet files alone", "flags*.csv"),
    ("../data/flags.csv\"", "s3://flags.csv\"", "inputs.flags.path", "s3://bucket/key", "s3://flags.csv"),
    (
        "path = \"../data/flags.csv\"",
        "path = \"../data/flags.csv\"\nconnection = \"env:A\"",
        "inputs.flags.connection",
        "no database",
        "connection =",
    ),
    (
        "path = \"../data/flags.csv\"",
        "query = \"select 1\"",
        "inputs.flags.connection",
        "holds no password",
        "[inputs.flags]",
    ),
    (
        "path = \"../data/flags.csv\"",
        "query = \"select 1\"\nconnection = \"postgresql://me:secret@host/db\"",
        "inputs.flags.connection",
        "env:REGISTRY_URL",
        "connection =",
    ),
    (
        "path = \"../data/flags.csv\"",
        "path = \"../data/flags.csv\"\nquery = \"select 1\"\nconnection = \"env:A\"",
        "inputs.flags.path",
        "not both",
        "path = \"../data/flags.csv\"",
    ),
    (
        "path = \"../data/flags.csv\"",
        "query = \" ; \"\nconnection = \"env:A\"",
        "inputs.flags.query",
        "blank",
        "query =",
    ),
    (
        "path = \"../data/flags.csv\"",
        "query = \"select 1\"\nconnection = \"env:A\"\nencoding = \"gbk\"",
        "inputs.flags.encoding",
        "only text files",
        "encoding = \"gbk\"",
    ),
    (
        "path = \"../data/flags.csv\"",
        "query = \"select 1\"\nconnection = \"env:A\"\nunpacked-limit-mib = 9",
        "inputs.flags.unpacked-limit-mib",
        "unpacks nothing",
        "unpacked-limit-mib = 9",
    ),
    ("sheet = \"信用\"", "encoding = \"utf-8\"", "inputs.credit.encoding", "only text files", "encoding = \"utf-8\""),
    ("header-row = 2", "sheet = \"x\"", "inputs.entities.sheet", "only Excel", "sheet = \"x\""),
    ("header-row = 2", "header-row = 0", "inputs.entities.header-row", "counted from 1", "header-row"),
    ("entity_id = \"编号\"", "entityid = \"编号\"", "inputs.entities.columns.entityid", "entity_id", "entityid"),
    ("range = [0, 1000]", "range = [1000, 0]", "inputs.risk.general.range", "not below", "range = [1000"),
    ("range = [0, 1000]", "range = [0, inf]", "inputs.risk.general.range", "finite", "range = [0, inf"),
    // Eligibility.
    ("\"停业\"]", "\"liev\"]", "eligibility.status[2]", "did you mean \"live\"", "status = [\"live\""),
    ("[\"live\", \"停业\"]", "[]", "eligibility.status", "nobody", "status = []"),
    ("registered-from = 2010", "registered-from = 2023", "eligibility.registered-from", "after", "registered-from"),
    ("[inputs.ledger]\npath = \"../data/ledger.csv\"\n", "", "eligibility.visits", "inputs.ledger", "visits ="),
    ("limit = 2", "limit = 0", "eligibility.visits.limit", "at least 0", "visits ="),
    (
        "limit = 2, reading = \"at-least\"",
        "limit = 0, reading = \"fewer-than\"",
        "eligibility.visits.limit",
        "fewer than 0",
        "visits =",
    ),
    ("\"at-least\" }", "\"at-least\", since = 2024-01-01 }", "eligibility.visits.since", "after as-of", "visits ="),
    // Weight.
    ("A = 0.5, ", "", "weight.grade", "A is missing", "grade = { B"),
    ("red = 8, none = 1", "red = 8", "weight.color", "none is missing", "color = { green"),
    ("D = 4", "D = -4", "weight.grade.D", "below 0", "grade = { A"),
    ("D = 4", "D = nan", "weight.grade.D", "finite", "grade = { A"),
    ("D = 4", "D = 9.1e9", "weight.grade.D", "at most", "grade = { A"),
    ("abnormal = 2.0", "abnormal = 2.1234567", "weight.flags.abnormal", "six decimals", "flags = { abn"),
    ("{ general = 0.5", "{ generl = 0.5", "weight.risk.models.generl", "did you mean \"general\"", "models ="),
    ("{ general = 0.5", "{ general = 0", "weight.risk.models.general", "above 0", "models ="),
    ("missing = 0.3", "missing = 1.3", "weight.risk.missing", "0 to 1", "missing ="),
    ("\"sequential-poisson\"", "\"srs\"", "weight", "does not look at weights", "[weight]"),
    // Rules.
    ("name = \"schools are another office's\"", "name = \" \"", "rules[2].name", "blank", "name = \" \""),
    (
        "\"schools are another office's\"",
        "\"red code: everyone is inspected\"",
        "rules[2].name",
        "two rules",
        "name = \"red code: everyone is inspected\"\nwhen = { industry",
    ),
    (
        "when = { industry = [\"P83\"], region = [\"5001\"], status = [\"存续\"] }\n",
        "",
        "rules[2]",
        "no condition",
        "[[rules]]\nname = \"schools",
    ),
    ("color = [\"red\"]", "color = [\"purple\"]", "rules[1].when.color[1]", "known", "purple"),
    ("color = [\"red\"]", "color = []", "rules[1].when.color", "at least one word", "color = []"),
    ("[\"D级\"]", "[\"E\"]", "rules[1].when.grade[1]", "known", "grade = [\"E\"]"),
    // Strata.
    ("[\"region\", \"grade\"", "[\"regoin\", \"grade\"", "strata.by[1]", "did you mean \"region\"", "by = ["),
    ("[\"region\", \"grade\"", "[\"region\", \"region\"", "strata.by[2]", "twice", "by = ["),
    ("at-most = 100\n", "at-most = 0\n", "strata.at-most", "nobody", "at-most = 0"),
    (
        "at-least = 1\nat-most = 100\n",
        "at-least = 101\nat-most = 100\n",
        "strata.at-least",
        "above at-most",
        "at-least = 101",
    ),
    // Size.
    ("share = 0.01\nof", "share = 1.5\nof", "size.share", "0.015", "share = 1.5"),
    ("share = 0.01\nof", "share = 0\nof", "size.share", "above 0", "share = 0\n"),
    ("share = 0.01\nof", "share = 0.01\ncount = 3\nof", "size.share", "count and share", "share = 0.01\ncount"),
    ("share = 0.01\nof = \"live\"\nrounding = \"nearest\"\n", "", "size", "exactly one", "[size]"),
    (
        "at-least = 1\nat-most = 5000",
        "at-least = 5001\nat-most = 5000",
        "size.at-least",
        "above at-most",
        "at-least = 5001",
    ),
    (
        "legal-minimum = { share = 0.01 }",
        "legal-minimum = { share = 0 }",
        "size.legal-minimum.share",
        "above 0",
        "legal-minimum",
    ),
    // Draw and output.
    ("alpha = 0.01", "alpha = 1", "draw.alpha", "below 1", "alpha = 1"),
    ("stream = \"2023\"\n", "", "draw.stream", "missing", "[draw]"),
    ("seed = \"dice", "seed = \"a\\nb", "draw.seed", "line break", "seed ="),
    ("folder = \"../out/yongchuan\"", "folder = \".\"", "output.folder", "plan itself", "folder ="),
    ("folder = \"../out/yongchuan\"", "folder = \"../data\"", "output.folder", "entities.csv.gz", "folder ="),
    ("keep = [\"capital\"]", "keep = [\"capital\", \"pi\"]", "output.keep[2]", "of its own", "keep ="),
];

#[test]
fn every_bad_plan_names_its_key_its_line_and_the_fix() {
    for (from, to, key, part, marker) in BAD {
        let text = FULL.replacen(from, to, 1);
        assert_ne!(text, FULL, "nothing was replaced: {from}");
        let errors = read(&text).expect_err(to);
        let line = line_of(&text, text.find(marker).unwrap_or_else(|| panic!("no {marker:?}")));
        let found = errors.errors.iter().find(|error| error.key == key && error.line == Some(line));
        let Some(found) = found else { panic!("{to:?}: no error of {key:?} at line {line} in {:#?}", errors.lines()) };
        let said = format!("{} / {}", found.message, found.help);
        assert!(said.contains(part), "{to:?}: {part:?} is not in {said:?}");
        assert!(!found.help.is_empty(), "{to:?}: no fix");
        assert_eq!(found.labels().map(Iterator::count), Some(1), "{to:?}: no label");
    }
}
