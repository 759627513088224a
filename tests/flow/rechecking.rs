//! Printed figures recomputed from the counts beside them.

use super::*;
use crate::support::repository;

/// What is said under the heading that begins with `label`, by the first word of the heading.
fn below<'t>(answer: &'t str, label: &str) -> Vec<&'t str> {
    let lines = answer.lines().skip_while(|line| !line.starts_with(label)).skip(1);
    lines.take_while(|line| line.starts_with(' ')).map(str::trim).collect()
}

/// The figures of the published documents that the program was conceived from.
#[test]
fn the_published_figures_get_their_verdicts() {
    let answer = Project::new()
        .fairdraw(&["recheck", &repository("data-samples/reported-figures.csv")])
        .bad(1, &["4 of 14 figures do not recompute"])
        .stdout();
    for (label, verdict) in [
        ("第一季度抽查比例", "recomputes: 247 / 24,738 = 1 %"),
        ("2023年抽查比例", "recomputes: 1,032 / 24,738 = 4 %"),
        ("列入经营异常名录的比例", "no figure is printed: 93 / 1,032 = 9.01 %"),
        ("反馈率", "recomputes: 457 / 457 = 100 %"),
        ("联合抽查占比", "does not recompute: 63 / 130 = 48 %, printed 50 %"),
        ("跨部门监管率", "recomputes: 70 / 552 = 12.68 %"),
        ("掌上执法率", "recomputes: 36,810 / 36,821 = 99.97 %"),
        ("列入经营异常名录 ", "recomputes: 15,622 = 15,622"),
        ("信用规则使用率", "recomputes only if truncated: 447 / 483 = 92.54 %"),
        ("问题检出率", "recomputes: 2,445 / 9,189 = 26.6 %"),
        ("双随机占比", "does not recompute: 20,535 / 30,102 = 68.22 %, printed 70.07 %"),
        ("跨部门联合监管抽查率 ", "cannot be recomputed: 9,685 / ?, printed 49.60 %"),
        ("跨部门联合监管抽查率（占双随机抽查）", "does not recompute: 9,685 / 20,535 = 47.16 %, printed 49.60 %"),
        ("跨部门联合监管抽查率（占全部检查）", "does not recompute: 9,685 / 30,102 = 32.17 %, printed 49.60 %"),
    ] {
        assert_eq!(below(&answer, label)[0], verdict, "{label} in\n{answer}");
    }
    let fitting = "denominators that fit: 19,525–19,528 (rounded half up), 19,523–19,526 (truncated)";
    assert_eq!(below(&answer, "跨部门联合监管抽查率 ")[1..], [fitting]);
}

#[test]
fn figures_that_recompute_are_no_error_in_either_language() {
    let project = Project::new();
    project.write("figures.csv", "指标,分子,分母,公布值\n信用规则使用率,447,483,92.54%\n户均次数,74,10,7.4\n");
    let answer = project.fairdraw(&["recheck", "figures.csv", "--lang", "zh"]).good().stdout();
    assert_eq!(below(&answer, "信用规则使用率"), ["仅按去尾可复算：447 / 483 = 92.54%"]);
    assert_eq!(below(&answer, "户均次数"), ["可复算：74 / 10 = 7.4"]);
}

#[test]
fn rows_that_are_no_figures_are_set_aside_with_their_reasons() {
    let project = Project::new();
    let rows = "a,1,2,50%\nb,about 5,10,50%\nc,5,-10,50%\nd,5,10,one half\ne,5,0,50%\n,5,10,50%\nf,5,10,1e2%\n";
    project.write("figures.csv", format!("figure,numerator,denominator,printed\n{rows}"));
    let answer = project
        .fairdraw(&["recheck", "figures.csv"])
        .bad(1, &["1 of 2 figures do not recompute, and 5 rows are set aside"])
        .stdout();
    assert_eq!(below(&answer, "a"), ["recomputes: 1 / 2 = 50 %"]);
    assert_eq!(below(&answer, "e")[0], "does not recompute: 5 / 0 = —, printed 50 %");
    for words in ["2 rows            figures           bad-count", "row 3: \"about 5\" is no count", "missing-key"] {
        assert!(answer.contains(words), "{words:?} is not in\n{answer}");
    }
    assert!(answer.contains("2 rows            figures           bad-figure"), "{answer}");
}

#[test]
fn a_table_that_holds_no_figures_is_refused() {
    let project = Project::new();
    project.fairdraw(&["recheck", "none.csv"]).bad(3, &["none.csv"]);
    project.write("figures.csv", "figure,numerator,printed\na,1,50%\n");
    project.fairdraw(&["recheck", "figures.csv"]).bad(3, &["denominator"]);
    project.write("figures.csv", "figure,numerator,denominator,printed\n");
    project.fairdraw(&["recheck", "figures.csv"]).bad(3, &["figures.csv"]);
}
