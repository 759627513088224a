//! Pages for tests: the numbers of Xiaoshan and Yongchuan where they are known.

use super::data::*;
use crate::kpi::catalogue::Unit;
use crate::sampling::estimate::wilson;

/// A row of the year 2021.
pub(super) fn row(kpi: &str, cut: &str, member: &str, numerator: i64, denominator: i64) -> KpiRow {
    let value = (denominator > 0).then(|| numerator as f64 / denominator as f64);
    let ends = wilson(numerator.unsigned_abs(), denominator.unsigned_abs(), 1.959963984540054);
    KpiRow {
        kpi: kpi.to_owned(),
        variant: String::new(),
        as_of: 18_992,
        period: "2021".to_owned(),
        cut: cut.to_owned(),
        member: member.to_owned(),
        numerator: Some(numerator),
        denominator: Some(denominator),
        value,
        shown: value.map(|value| format!("{:.1} %", value * 100.0)),
        rounding: "half-up".to_owned(),
        ci_low: ends.map(|ends| ends.0),
        ci_high: ends.map(|ends| ends.1),
        target: None,
        met: None,
        needed_converting: None,
        needed_adding: None,
        reason: None,
    }
}

fn definition(id: &str, en: &str, zh: &str, unit: Unit) -> FigureDefinition {
    FigureDefinition {
        id: id.to_owned(),
        variant: String::new(),
        zh: zh.to_owned(),
        en: en.to_owned(),
        meaning_zh: format!("{zh}的口径"),
        meaning_en: format!("what {en} means"),
        unit,
        source: "kpis.md".to_owned(),
    }
}

fn trust() -> Trust {
    Trust {
        program: "fairdraw 0.1.0".to_owned(),
        plan: "plan.toml".to_owned(),
        plan_sha256: "ab".repeat(32),
        inputs: vec![("results.csv".to_owned(), "cd".repeat(32))],
        seed_source: Some("dice".to_owned()),
        commitment: Some("ef".repeat(32)),
        command: "fairdraw verify out".to_owned(),
    }
}

fn quality() -> Vec<QualityRow> {
    vec![QualityRow {
        table: "results".to_owned(),
        file: "<script>.csv".to_owned(),
        rows_read: 9_200,
        accepted: 9_189,
        set_aside: 11,
        reasons_en: "no date: 11".to_owned(),
        reasons_zh: "日期缺失：11".to_owned(),
    }]
}

fn funnel() -> Vec<FunnelStep> {
    [("live entities", "存续主体", 24_738), ("eligible", "可抽", 24_700), ("drawn", "抽中", 247)]
        .map(|(en, zh, count)| FunnelStep { en: en.to_owned(), zh: zh.to_owned(), count })
        .into()
}

fn warnings() -> Vec<(String, String)> {
    vec![("247 of 24,738 is below the minimum".to_owned(), "247户占24738户，低于法定下限".to_owned())]
}

/// A page of figures with something in every section.
pub(super) fn page() -> KpiPage {
    let detection = "detection.by_inspection";
    let month = |month: &str, numerator| KpiRow {
        period: format!("2021-{month}"),
        ..row(detection, "all", "", numerator, 1_000)
    };
    let whole = KpiRow {
        target: Some(0.3),
        met: Some(false),
        needed_converting: Some(312),
        needed_adding: Some(446),
        ..row(detection, "all", "", 2_445, 9_189)
    };
    let truncated = KpiRow {
        shown: Some("92.54 %".to_owned()),
        rounding: "truncated".to_owned(),
        ..row("credit_rule.by_task", "all", "", 447, 483)
    };
    let avoided = KpiRow {
        denominator: None,
        value: Some(4_488.0),
        shown: Some("4,488".to_owned()),
        ci_low: None,
        ci_high: None,
        ..row("interference_avoided", "all", "", 4_488, 0)
    };
    let mut rows = vec![whole, month("02", 250), month("03", 270), truncated, avoided];
    rows.extend([
        row(detection, "grade", "A", 100, 1_000),
        row(detection, "grade", "D", 410, 1_000),
        row(detection, "grade", "unrated", 3, 17),
        row(detection, "color", "red", 300, 600),
        row(detection, "color", "green", 40, 800),
        row(detection, "organ", "<script>alert(1)</script>", 70, 552),
        row(detection, "organ", "small", 3, 17),
        row("cross_department.by_task", "all", "", 70, 552),
        row("drawn_share", "all", "", 1_032, 24_738),
        row("publication", "all", "", 100, 100),
        row("correction", "reason", "责令改正", 9, 12),
    ]);
    rows.extend((0..30).map(|place| row(detection, "industry", &format!("industry {place}"), 20 + place, 100)));
    rows.extend((0..14).map(|place| row(detection, "station", &format!("station {place}"), place, 10 + 5 * place)));
    KpiPage {
        title: "Xiaoshan <2021>".to_owned(),
        period: "2021".to_owned(),
        as_of: vec![18_900, 18_992],
        headlines: vec![
            (detection.to_owned(), String::new()),
            ("interference_avoided".to_owned(), String::new()),
            ("credit_rule.by_task".to_owned(), String::new()),
        ],
        definitions: vec![
            definition(detection, "Detection rate", "问题检出率", Unit::Share),
            definition("interference_avoided", "Interference avoided", "减少干扰次数", Unit::Count),
            definition("cross_department.by_task", "Cross-department rate", "跨部门监管率", Unit::Share),
        ],
        rows,
        funnel: funnel(),
        queue: vec![
            QueueRow {
                organ: "Bureau".to_owned(),
                station: Some("Station A".to_owned()),
                waiting: 40,
                yellow: 0,
                overdue: 0,
                least_days_left: 4,
            },
            QueueRow {
                organ: "Bureau".to_owned(),
                station: Some("Station B".to_owned()),
                waiting: 5,
                yellow: 2,
                overdue: 1,
                least_days_left: -3,
            },
        ],
        low_quality: vec![LowQualityRow {
            kind: "dead-target".to_owned(),
            en: "at entities not live on the day".to_owned(),
            zh: "检查当日主体已注销".to_owned(),
            count: 7,
            of: 9_189,
            example_en: "task 12".to_owned(),
            example_zh: "任务12".to_owned(),
        }],
        unmatched: vec![("unknown task".to_owned(), "任务不存在".to_owned(), 3)],
        estimates: vec![
            EstimateRow {
                run: "Yongchuan".to_owned(),
                cut: "all".to_owned(),
                member: String::new(),
                found: 93,
                met: 1_032,
                drawn: 1_100,
                missing: 68,
                rate: Some(0.051),
                rate_low: Some(0.039),
                rate_high: Some(0.063),
                total: Some(1_262.0),
                total_low: Some(965.0),
                total_high: Some(1_559.0),
                population: 24_738,
                note_en: None,
                note_zh: None,
            },
            EstimateRow {
                run: "Yongchuan".to_owned(),
                cut: "grade".to_owned(),
                member: "D".to_owned(),
                found: 2,
                met: 9,
                drawn: 10,
                missing: 1,
                rate: Some(0.222),
                rate_low: None,
                rate_high: None,
                total: None,
                total_low: None,
                total_high: None,
                population: 88,
                note_en: Some("too few".to_owned()),
                note_zh: Some("样本过少".to_owned()),
            },
        ],
        deciles: (1..=10)
            .map(|decile| DecileRow {
                decile,
                inspections: 100,
                found: if decile <= 5 { 15 } else { 5 },
                expected: 10.0,
            })
            .collect(),
        frequencies: vec![
            FrequencyPoint { label: "firm".to_owned(), probability: 0.3, frequency: 0.305, n: 2_000 },
            FrequencyPoint { label: "few".to_owned(), probability: 0.3, frequency: 0.6, n: 10 },
        ],
        quality: quality(),
        warnings: warnings(),
        trust: trust(),
    }
}

/// The page of a draw with something in every section.
pub(super) fn run_page() -> RunPage {
    let class = |cut: &str, member: &str, expected, drawn| ClassRow {
        cut: cut.to_owned(),
        member: member.to_owned(),
        population: 12_000,
        eligible: 11_900,
        expected,
        drawn,
    };
    RunPage {
        title: "Yongchuan".to_owned(),
        as_of: 18_992,
        funnel: funnel(),
        classes: vec![
            class("grade", "A", 187.0, 187),
            class("grade", "D", 57.5, 60),
            class("color", "red", 12.0, 12),
            class("stratum", "<script>", 247.0, 247),
        ],
        pi_by_class: vec![ProbabilityRow {
            cut: "grade".to_owned(),
            member: "D".to_owned(),
            least: 0.29,
            mean: 0.3,
            most: 0.31,
        }],
        quality: quality(),
        exclusions: vec![("registration revoked".to_owned(), "已吊销".to_owned(), 38)],
        warnings: warnings(),
        trust: trust(),
        drawn: 247,
        reserve: 20,
        eligible: 24_700,
        kind: DrawKind::One("pareto".to_owned()),
    }
}

/// The page of a round of tasks.
pub(super) fn round_page() -> RunPage {
    let page = run_page();
    let classes = page.classes.iter().filter(|row| row.cut == "grade");
    let classes = classes.map(|row| ClassRow { cut: "task".to_owned(), ..row.clone() }).collect();
    RunPage { classes, kind: DrawKind::Tasks { tasks: 2, entities: 190 }, ..page }
}
