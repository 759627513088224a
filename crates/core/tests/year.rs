//! The year's contract in small cases whose numbers were computed by an independent implementation in plain Python, made from
//! the text of the contract alone; raw lots were checked with openssl.

use fairdraw_core::assign::{
    Assignment, Constraint, Inspector, Needs, Roster, Visit, VisitTask, assign_weeks, form_visits, give_codes,
    possible_weeks,
};
use fairdraw_core::sampling::lots::{Label, LotKey, iv};
use fairdraw_core::sampling::spread::{Arc, Turn};
use fairdraw_core::sampling::{Design, DrawRequest, Lots, Population, draw, fill_probabilities};
use fairdraw_core::terms::{Calendar, days_of};
use std::collections::{BTreeMap, BTreeSet};

type Texts = &'static [&'static str];

/// Label, seed, stream, further lines, id, ticket.
type LotRow = (Label, &'static str, &'static str, Texts, &'static str, u64);

/// Id, lead, members, items, first, last.
type TaskRow = (&'static str, &'static str, Texts, Texts, &'static str, &'static str);

/// Entity, number of the visit, first, last, tasks, departments, lead, items.
type VisitRow = (usize, &'static str, &'static str, &'static str, Texts, Texts, &'static str, Texts);

type Name = Option<&'static str>;

/// Id, department, station, qualifications, may lead, active, from, to, capacity, expert.
type InspectorRow = (&'static str, &'static str, &'static str, Texts, bool, bool, Name, Name, Option<u32>, bool);

/// Entity of the visit, department, members, lead, experts.
type TeamRow = (usize, &'static str, Texts, &'static str, Texts);

const IDS: [&str; 9] = [
    "91500110MA6000000X",
    "91500111MA6000037X",
    "91500112MA6000074X",
    "91500113MA6000014X",
    "91500114MA6000051X",
    "91500115MA6000088X",
    "91500116MA6000028X",
    "91500117MA6000065X",
    "91500118MA6000005X",
];

#[rustfmt::skip]
const LOTS: [LotRow; 10] = [
    (Label::Ticket, "永川 2026-04 01 22 17", "2026-二季度", &[], "91500110MA6000000X", 810697194509959269),
    (Label::Ticket, "永川 2026-04 01 22 17", "", &[], "91500111MA6000037X", 10672672105890085474),
    (Label::Week, "永川 2026-04 01 22 17", "", &[], "91500110MA6000000X-1", 18149017665519840821),
    (Label::Visit, "永川 2026-04 01 22 17", "", &["市场监管局"], "91500110MA6000000X-1", 2147897398690692922),
    (Label::Visit, "永川 2026-04 01 22 17", "", &[""], "91500110MA6000000X-1", 3759039576514870577),
    (Label::Inspector, "永川 2026-04 01 22 17", "", &["市场监管局", "0"], "I-01", 7403236318875205835),
    (Label::Inspector, "永川 2026-04 01 22 17", "", &["市场监管局", "10"], "I-01", 9878305538330692837),
    (Label::Expert, "永川 2026-04 01 22 17", "", &["市场监管局", "0"], "X-01", 1685495147411400119),
    (Label::Code, "永川 2026-04 01 22 17", "", &["0"], "91500112MA6000074X", 3933382987565736985),
    (Label::Code, "永川 2026-04 01 22 17", "", &["12"], "I-01", 8898369040572409385),
];

/// A round: seed, arcs before (entity, lo, hi; others are full), tasks, arcs after.
struct Round {
    seed: &'static str,
    before: &'static [(usize, u64, u64)],
    tasks: &'static [Task],
    after: &'static [(usize, u64, u64)],
}

/// A task: design, reserve, whether the reserve is in use, strata.
struct Task {
    design: Design,
    reserve: u64,
    in_use: u64,
    strata: &'static [Stratum],
}

/// A stratum, without entities that a rule makes certain: size, weights, drawn, consumed.
struct Stratum {
    n: u64,
    weights: &'static [(usize, u64)],
    drawn: &'static [usize],
    consumed: &'static [(usize, u64)],
}

const STREAM: &str = "2026-二季度";

#[rustfmt::skip]
const ROUNDS: [Round; 3] = [
    Round {
        seed: "永川 2026-04 01 22 17",
        before: &[],
        tasks: &[
            Task { design: Design::Pareto, reserve: 1, in_use: 0, strata: &[
                Stratum { n: 1, weights: &[(0, 2000000), (2, 3000000), (4, 1000000), (6, 5000000)], drawn: &[0], consumed: &[(0, 1896009203481390848), (4, 373850217168263936), (2, 1327929148017359104), (6, 2712312637913330688)] },
                Stratum { n: 2, weights: &[(1, 2000000), (3, 5000000), (5, 1000000)], drawn: &[5], consumed: &[(5, 12838129002733414400), (1, 15776353771775766528)] },
            ] },
            Task { design: Design::SequentialPoisson, reserve: 1, in_use: 0, strata: &[
                Stratum { n: 2, weights: &[(0, 3000000), (1, 2000000), (2, 2000000), (3, 5000000), (4, 5000000), (5, 5000000), (6, 2000000)], drawn: &[4, 3], consumed: &[(4, 1351161990849935360), (3, 1351161990849935360), (0, 686683670702396544), (5, 1144472784503994240), (2, 457789113801597696), (6, 457789113801597696), (1, 457789113801597696)] },
            ] },
            Task { design: Design::Srs, reserve: 0, in_use: 0, strata: &[
                Stratum { n: 2, weights: &[(0, 2000000), (1, 2000000), (2, 5000000), (3, 1000000), (4, 1000000), (5, 2000000), (6, 1000000)], drawn: &[0, 4], consumed: &[(0, 1144472784503994368), (4, 1144472784503994368), (3, 904326223588939776), (5, 904326223588939776), (2, 904326223588939776), (6, 904326223588939776), (1, 904326223588939776)] },
            ] },
        ],
        after: &[(0, 16550734870228160768, 18446744073709551615), (1, 0, 2670390301933785087), (2, 0, 17118814925692192511), (3, 17095582082859616256, 18446744073709551615), (4, 17095582082859616256, 18446744073709551615), (5, 5608615070976137216, 18446744073709551615), (6, 0, 15734431435796220927)],
    },
    Round {
        seed: "永川 2026-05 19 03 30",
        before: &[(0, 16550734870228160768, 18446744073709551615), (1, 0, 2670390301933785087), (2, 0, 17118814925692192511), (3, 17095582082859616256, 18446744073709551615), (4, 17095582082859616256, 18446744073709551615), (5, 5608615070976137216, 18446744073709551615), (6, 0, 15734431435796220927)],
        tasks: &[
            Task { design: Design::Pareto, reserve: 1, in_use: 0, strata: &[
                Stratum { n: 1, weights: &[(0, 5000000), (2, 3000000), (4, 1000000), (6, 5000000)], drawn: &[6], consumed: &[(6, 15334637233887045632), (2, 7558361938763327488), (0, 10805319225664477184), (4, 3020347427552762368)] },
                Stratum { n: 2, weights: &[(1, 2000000), (3, 1000000), (5, 2000000), (7, 2000000)], drawn: &[1, 7], consumed: &[(1, 16491344488869009408), (7, 16491344488869009408), (5, 5241163588552309760), (3, 1962705322744769280)] },
            ] },
            Task { design: Design::SequentialPoisson, reserve: 1, in_use: 0, strata: &[
                Stratum { n: 2, weights: &[(0, 3000000), (2, 3000000), (3, 5000000), (4, 5000000), (5, 3000000), (6, 5000000), (7, 2000000)], drawn: &[6, 7], consumed: &[(6, 17194862075831980032), (7, 6877944830332791808), (4, 13102908971380770816), (3, 13102908971380770816), (2, 7861745382828463104), (5, 7861745382828463104), (0, 7861745382828463104)] },
            ] },
            Task { design: Design::Poisson, reserve: 0, in_use: 0, strata: &[
                Stratum { n: 2, weights: &[(0, 3000000), (1, 1000000), (2, 1000000), (3, 5000000), (4, 5000000), (5, 1000000), (6, 3000000), (7, 1000000)], drawn: &[1], consumed: &[(0, 5534023222112865280), (1, 1844674407370955264), (2, 1844674407370955264), (3, 9223372036854775808), (4, 9223372036854775808), (5, 1844674407370955264), (6, 5534023222112865280), (7, 1844674407370955264)] },
            ] },
        ],
        after: &[(0, 5745415644563683584, 7641424848045074431), (1, 1955399584840542208, 18446744073709551615), (2, 0, 9257069542863729407), (3, 3992673111478845440, 5343835102328780799), (4, 3992673111478845440, 5343835102328780799), (5, 0, 10584998690881088511), (6, 1251881997877571584, 18446744073709551615), (7, 1955399584840542208, 18446744073709551615)],
    },
    Round {
        seed: "永川 2026-06 11 12 29",
        before: &[(0, 5745415644563683584, 7641424848045074431), (1, 1955399584840542208, 18446744073709551615), (2, 0, 9257069542863729407), (3, 3992673111478845440, 5343835102328780799), (4, 3992673111478845440, 5343835102328780799), (5, 0, 10584998690881088511), (6, 1251881997877571584, 18446744073709551615), (7, 1955399584840542208, 18446744073709551615)],
        tasks: &[
            Task { design: Design::Pareto, reserve: 1, in_use: 0, strata: &[
                Stratum { n: 1, weights: &[(2, 2000000), (4, 3000000), (6, 5000000)], drawn: &[6], consumed: &[(6, 7370398393778149376), (4, 1305993804888359168), (2, 784986179246329216)] },
                Stratum { n: 2, weights: &[(1, 5000000), (3, 1000000), (5, 5000000), (7, 1000000)], drawn: &[5, 1], consumed: &[(5, 16622567607279161344), (1, 16622567607279161344), (3, 3032913913614192128), (7, 3032913913614192128)] },
            ] },
            Task { design: Design::SequentialPoisson, reserve: 1, in_use: 1, strata: &[
                Stratum { n: 2, weights: &[(1, 1000000), (2, 1000000), (3, 5000000), (4, 90000000), (5, 3000000), (6, 2000000), (7, 1000000)], drawn: &[5], consumed: &[(5, 4176707864861002752), (3, 6961179774768337920), (6, 1971056632388427008), (2, 985528316194213504), (7, 985528316194213504), (1, 985528316194213504)] },
            ] },
            Task { design: Design::Pareto, reserve: 0, in_use: 0, strata: &[
                Stratum { n: 1, weights: &[(3, 1000000)], drawn: &[], consumed: &[] },
                Stratum { n: 2, weights: &[(4, 1000000), (5, 1000000), (6, 1000000), (7, 1000000)], drawn: &[5, 6], consumed: &[(5, 4093301636163495424), (6, 4093301636163495424), (4, 2784471909907335168), (7, 2784471909907335168)] },
            ] },
        ],
        after: &[(0, 5745415644563683584, 7641424848045074431), (1, 1824176466430390272, 18446744073709551615), (2, 0, 8271541226669515903), (3, 11485564298941213696, 18446744073709551615), (4, 1208201201571510272, 2559363192421445631), (5, 1824176466430390272, 18446744073709551615), (6, 11076345679931402240, 18446744073709551615), (7, 0, 15413830160095359487)],
    },
];

#[rustfmt::skip]
const TASKS: &[TaskRow] = &[
    ("T01", "Z局", &["消防救援大队"], &["食品", "发票"], "2026-05-05", "2026-05-25"),
    ("T02", "Z局", &["消防救援大队", "市场监管局"], &["消防", "特种设备"], "2026-05-29", "2026-06-07"),
    ("T03", "消防救援大队", &[], &["发票", "食品"], "2026-05-30", "2026-06-08"),
    ("T04", "市场监管局", &["Z局", "消防救援大队"], &["发票", "消防"], "2026-05-21", "2026-05-24"),
    ("T05", "Z局", &[], &["食品"], "2026-05-19", "2026-05-28"),
    ("T06", "Z局", &["消防救援大队"], &["特种设备", "消防"], "2026-05-20", "2026-05-29"),
    ("T07", "消防救援大队", &["税务局", "Z局"], &["食品", "消防"], "2026-05-08", "2026-05-17"),
];

/// Entity, its tasks.
#[rustfmt::skip]
const DRAWN: &[(usize, &[&str])] = &[(0, &["T06", "T07", "T02"]), (1, &["T05", "T02"]), (2, &["T07", "T03", "T02"]), (3, &["T02", "T06"]), (4, &["T06", "T07"]), (5, &["T01"])];

#[rustfmt::skip]
const VISITS: &[VisitRow] = &[
    (0, "1", "2026-05-08", "2026-05-17", &["T07"], &["Z局", "消防救援大队", "税务局"], "消防救援大队", &["消防", "食品"]),
    (0, "2", "2026-05-29", "2026-05-29", &["T02", "T06"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (1, "1", "2026-05-19", "2026-05-28", &["T05"], &["Z局"], "Z局", &["食品"]),
    (1, "2", "2026-05-29", "2026-06-07", &["T02"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (2, "1", "2026-05-08", "2026-05-17", &["T07"], &["Z局", "消防救援大队", "税务局"], "消防救援大队", &["消防", "食品"]),
    (2, "2", "2026-05-30", "2026-06-07", &["T02", "T03"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["发票", "消防", "特种设备", "食品"]),
    (3, "1", "2026-05-29", "2026-05-29", &["T02", "T06"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (4, "1", "2026-05-08", "2026-05-17", &["T07"], &["Z局", "消防救援大队", "税务局"], "消防救援大队", &["消防", "食品"]),
    (4, "2", "2026-05-20", "2026-05-29", &["T06"], &["Z局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (5, "1", "2026-05-05", "2026-05-25", &["T01"], &["Z局", "消防救援大队"], "Z局", &["发票", "食品"]),
];

#[rustfmt::skip]
const VISITS_APART: &[VisitRow] = &[
    (0, "1", "2026-05-08", "2026-05-17", &["T07"], &["Z局", "消防救援大队", "税务局"], "消防救援大队", &["消防", "食品"]),
    (0, "2", "2026-05-29", "2026-05-29", &["T02", "T06"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (1, "1", "2026-05-19", "2026-05-28", &["T05"], &["Z局"], "Z局", &["食品"]),
    (1, "2", "2026-05-29", "2026-06-07", &["T02"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (2, "1", "2026-05-08", "2026-05-17", &["T07"], &["Z局", "消防救援大队", "税务局"], "消防救援大队", &["消防", "食品"]),
    (2, "2", "2026-05-29", "2026-06-07", &["T02"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (2, "3", "2026-05-30", "2026-06-08", &["T03"], &["消防救援大队"], "消防救援大队", &["发票", "食品"]),
    (3, "1", "2026-05-29", "2026-05-29", &["T02", "T06"], &["Z局", "市场监管局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (4, "1", "2026-05-08", "2026-05-17", &["T07"], &["Z局", "消防救援大队", "税务局"], "消防救援大队", &["消防", "食品"]),
    (4, "2", "2026-05-20", "2026-05-29", &["T06"], &["Z局", "消防救援大队"], "Z局", &["消防", "特种设备"]),
    (5, "1", "2026-05-05", "2026-05-25", &["T01"], &["Z局", "消防救援大队"], "Z局", &["发票", "食品"]),
];

const APART: &[&[&str]] = &[&["消防救援大队"], &["Z局", "市场监管局"]];

const SEED: &str = "永川 2026-04 01 22 17";

#[rustfmt::skip]
const STATIONS: &[&str] = &["", "江南所", "江南所", "", "城关所", "江南所", "城关所", "城关所", "江南所"];

const REST: &[&str] = &["2026-05-01", "2026-05-04", "2026-05-05"];

/// Visit, possible weeks, week.
#[rustfmt::skip]
const WEEKS: &[(&str, &[&str], &str)] = &[
    ("91500110MA6000000X-1", &["2026-05-04", "2026-05-11"], "2026-05-11"),
    ("91500110MA6000000X-2", &["2026-05-25"], "2026-05-25"),
    ("91500111MA6000037X-1", &["2026-05-18", "2026-05-25"], "2026-05-18"),
    ("91500111MA6000037X-2", &["2026-05-25", "2026-06-01"], "2026-05-25"),
    ("91500112MA6000074X-1", &["2026-05-04", "2026-05-11"], "2026-05-11"),
    ("91500112MA6000074X-2", &["2026-06-01"], "2026-06-01"),
    ("91500113MA6000014X-1", &["2026-05-25"], "2026-05-25"),
    ("91500114MA6000051X-1", &["2026-05-04", "2026-05-11"], "2026-05-11"),
    ("91500114MA6000051X-2", &["2026-05-18", "2026-05-25"], "2026-05-18"),
    ("91500115MA6000088X-1", &["2026-05-04", "2026-05-11", "2026-05-18", "2026-05-25"], "2026-05-04"),
];

const TEAM_SEED: &str = "永川 2026-05 19 03 30";

#[rustfmt::skip]
const TEAM_TASKS: &[TaskRow] = &[
    ("A", "市场监管局", &[], &["登记"], "2026-03-02", "2026-03-13"),
    ("B", "市场监管局", &["税务局"], &["特种设备", "食品"], "2026-03-09", "2026-03-20"),
    ("C", "税务局", &["市场监管局"], &["发票"], "2026-07-01", "2026-07-10"),
];

#[rustfmt::skip]
const TEAM_VISITS: &[VisitRow] = &[
    (0, "1", "2026-07-01", "2026-07-10", &["C"], &["市场监管局", "税务局"], "税务局", &["发票"]),
    (1, "1", "2026-07-01", "2026-07-10", &["C"], &["市场监管局", "税务局"], "税务局", &["发票"]),
    (2, "1", "2026-03-09", "2026-03-20", &["B"], &["市场监管局", "税务局"], "市场监管局", &["特种设备", "食品"]),
    (3, "1", "2026-03-09", "2026-03-20", &["B"], &["市场监管局", "税务局"], "市场监管局", &["特种设备", "食品"]),
    (4, "1", "2026-03-02", "2026-03-13", &["A"], &["市场监管局"], "市场监管局", &["登记"]),
    (5, "1", "2026-03-09", "2026-03-20", &["B"], &["市场监管局", "税务局"], "市场监管局", &["特种设备", "食品"]),
    (6, "1", "2026-07-01", "2026-07-10", &["C"], &["市场监管局", "税务局"], "税务局", &["发票"]),
    (7, "1", "2026-03-09", "2026-03-20", &["B"], &["市场监管局", "税务局"], "市场监管局", &["特种设备", "食品"]),
];

#[rustfmt::skip]
const INSPECTORS: &[InspectorRow] = &[
    ("I-01", "市场监管局", "江南所", &["食品"], true, true, None, Some("2026-06-30"), None, false),
    ("I-02", "市场监管局", "江南所", &["特种设备"], true, false, None, Some("2026-06-30"), None, false),
    ("I-03", "市场监管局", "城关所", &[], true, false, None, None, Some(1), false),
    ("I-04", "市场监管局", "", &[], true, true, None, None, Some(1), false),
    ("I-05", "市场监管局", "城关所", &["食品", "特种设备"], false, true, None, None, None, false),
    ("I-06", "市场监管局", "城关所", &["食品", "特种设备"], false, true, None, None, Some(2), false),
    ("I-07", "税务局", "江南所", &["食品", "特种设备"], false, true, None, None, Some(2), false),
    ("I-08", "税务局", "江南所", &[], false, true, None, None, Some(1), false),
    ("I-09", "税务局", "城关所", &["食品", "特种设备"], false, true, None, None, None, false),
    ("X-01", "市场监管局", "", &["检验"], false, true, None, None, None, true),
    ("X-02", "", "", &["检验"], false, true, None, Some("2026-03-15"), None, true),
];

#[rustfmt::skip]
const TEAM_STATIONS: &[&str] = &["", "城关所", "", "江南所", "江南所", "城关所", "城关所", "江南所", "江南所"];

const RECUSED: &[(&str, usize)] =
    &[("I-02", 7), ("I-03", 1), ("I-05", 1), ("I-06", 7), ("I-09", 1), ("I-09", 4), ("X-01", 6), ("X-01", 7)];

const NEED: &[(&str, &[&str])] = &[("特种设备", &["特种设备"]), ("食品", &["食品"])];

const EXPERT_NEED: &[(&str, &[&str])] = &[("食品", &["检验"]), ("发票", &["税收"])];

#[rustfmt::skip]
const TEAM_WEEKS: &[(&str, &str)] = &[("91500110MA6000000X-1", "2026-07-06"), ("91500111MA6000037X-1", "2026-06-29"), ("91500112MA6000074X-1", "2026-03-16"), ("91500113MA6000014X-1", "2026-03-09"), ("91500114MA6000051X-1", "2026-03-09"), ("91500115MA6000088X-1", "2026-03-09"), ("91500116MA6000028X-1", "2026-07-06"), ("91500117MA6000065X-1", "2026-03-09")];

#[rustfmt::skip]
const PLAIN_ORDER: &[(&str, &[usize])] = &[("市场监管局", &[7, 5, 2, 3, 1, 0, 4, 6]), ("税务局", &[5, 7, 3, 2, 0, 1, 6])];

#[rustfmt::skip]
const PLAIN_TEAMS: &[TeamRow] = &[
    (0, "市场监管局", &["I-04", "I-05"], "I-04", &[]),
    (1, "市场监管局", &["I-04", "I-06"], "I-04", &[]),
    (2, "市场监管局", &["I-05", "I-01"], "I-01", &["X-01"]),
    (5, "市场监管局", &["I-06", "I-04"], "I-04", &["X-01"]),
];

/// Entity of the visit, department, constraint.
#[rustfmt::skip]
const PLAIN_UNSERVED: &[(usize, &str, &str)] = &[
    (7, "市场监管局", "特种设备"),
    (3, "市场监管局", "capacity"),
    (1, "市场监管局", "税收"),
    (0, "市场监管局", "税收"),
    (4, "市场监管局", "capacity"),
    (6, "市场监管局", "lead"),
    (5, "税务局", "station"),
    (7, "税务局", "lead"),
    (3, "税务局", "lead"),
    (2, "税务局", "lead"),
    (0, "税务局", "lead"),
    (1, "税务局", "station"),
    (6, "税务局", "station"),
];

const PLAIN_LOADS: &[u32] = &[1, 0, 0, 3, 2, 2, 0, 0, 0, 0, 0];

#[rustfmt::skip]
const BORROW_TEAMS: &[TeamRow] = &[
    (0, "市场监管局", &["I-04", "I-05"], "I-04", &[]),
    (1, "市场监管局", &["I-04", "I-06"], "I-04", &[]),
    (2, "市场监管局", &["I-05", "I-04"], "I-04", &["X-01"]),
    (3, "市场监管局", &["I-06", "I-01"], "I-01", &["X-01"]),
    (4, "市场监管局", &["I-01", "I-05"], "I-01", &[]),
    (5, "市场监管局", &["I-06", "I-04"], "I-04", &["X-01"]),
    (7, "市场监管局", &["I-05", "I-01"], "I-01", &[]),
];

/// Entity of the visit, department, constraint.
#[rustfmt::skip]
const BORROW_UNSERVED: &[(usize, &str, &str)] = &[
    (7, "市场监管局", "检验"),
    (1, "市场监管局", "税收"),
    (0, "市场监管局", "税收"),
    (6, "市场监管局", "lead"),
    (5, "税务局", "lead"),
    (7, "税务局", "lead"),
    (3, "税务局", "lead"),
    (2, "税务局", "lead"),
    (0, "税务局", "lead"),
    (1, "税务局", "lead"),
    (6, "税务局", "lead"),
];

const BORROW_LOADS: &[u32] = &[3, 0, 0, 4, 4, 3, 0, 0, 0, 0, 0];

#[rustfmt::skip]
const REROUTED_TEAMS: &[TeamRow] = &[
    (0, "市场监管局", &["I-04", "I-05"], "I-04", &[]),
    (1, "市场监管局", &["I-04", "I-06"], "I-04", &[]),
    (2, "市场监管局", &["I-05", "I-01"], "I-01", &["X-01"]),
    (3, "市场监管局", &["I-06", "I-01"], "I-01", &["X-01"]),
    (4, "市场监管局", &["I-01", "I-05"], "I-01", &[]),
    (5, "市场监管局", &["I-06", "I-04"], "I-04", &["X-01"]),
    (7, "市场监管局", &["I-05", "I-01"], "I-01", &[]),
];

/// Entity of the visit, department, constraint.
#[rustfmt::skip]
const REROUTED_UNSERVED: &[(usize, &str, &str)] = &[
    (1, "市场监管局", "税收"),
    (0, "市场监管局", "税收"),
    (6, "市场监管局", "lead"),
    (5, "税务局", "lead"),
    (3, "税务局", "lead"),
    (2, "税务局", "lead"),
    (0, "税务局", "lead"),
    (1, "税务局", "lead"),
    (6, "税务局", "lead"),
    (7, "市场监管局", "检验"),
    (7, "税务局", "lead"),
];

const REROUTED_LOADS: &[u32] = &[4, 0, 0, 3, 4, 3, 0, 0, 0, 0, 0];

/// Entity of the visit, department, who leaves, who comes.
#[rustfmt::skip]
const REASSIGNED: &[(usize, &str, &str, Option<&str>)] = &[
    (0, "市场监管局", "I-04", None),
    (1, "市场监管局", "I-04", None),
    (2, "市场监管局", "I-04", Some("I-01")),
    (3, "市场监管局", "I-01", None),
];

/// Id, code, turn.
#[rustfmt::skip]
const CODES_WIDTH_1: &[(&str, &str, u32)] = &[
    ("91500117MA6000065X", "1000000009", 0),
    ("91500114MA6000051X", "1201503129", 0),
    ("91500112MA6000074X", "1201503125", 0),
    ("91500111MA6000037X", "1201503126", 0),
    ("91500115MA6000088X", "1201503128", 9),
    ("91500113MA6000014X", "1201503121", 0),
    ("91500116MA6000028X", "1201503123", 0),
];

/// Id, code, turn.
#[rustfmt::skip]
const CODES_WIDTH_6: &[(&str, &str, u32)] = &[
    ("91500117MA6000065X", "100000000703569", 0),
    ("91500114MA6000051X", "120150312368979", 0),
    ("91500112MA6000074X", "120150312736985", 0),
    ("91500110MA6000000X", "120150312376425", 0),
    ("91500111MA6000037X", "120150312089326", 0),
    ("91500115MA6000088X", "120150312139905", 0),
    ("91500113MA6000014X", "120150312522731", 0),
    ("91500116MA6000028X", "120150312922833", 0),
];

/// Id, code, turn.
#[rustfmt::skip]
const CODES_INSPECTORS: &[(&str, &str, u32)] = &[
    ("I-01", "131015", 0),
    ("I-04", "131016", 0),
    ("I-06", "131858", 0),
    ("I-02", "131248", 0),
    ("I-08", "131148", 0),
    ("I-07", "131012", 0),
    ("I-03", "131761", 0),
    ("I-05", "131294", 0),
    ("I-09", "131167", 0),
];

fn day(text: &str) -> i32 {
    days_of(text.parse().expect("a date"))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn lots_of_every_label_are_the_published_ones() {
    for (label, seed, stream, further, id, ticket) in LOTS {
        let key = LotKey::labelled(label, seed, stream, further).expect("no line breaks");
        assert_eq!(key.ticket(&iv(id)), ticket, "{label:?} {further:?} {id}");
    }
    assert!(LotKey::labelled(Label::Visit, "seed", "", &["局\n"]).is_err());
}

/// Three rounds of three tasks on one stream, each with a fresh seed: who is drawn, what everyone consumes, and the arcs after.
#[test]
fn arcs_move_as_published() {
    for (number, round) in ROUNDS.iter().enumerate() {
        let mut arcs: BTreeMap<usize, Arc> = (0..IDS.len()).map(|entity| (entity, Arc::FULL)).collect();
        arcs.extend(round.before.iter().map(|&(entity, lo, hi)| (entity, Arc { lo, hi })));
        let lots = LotKey::derive(round.seed, STREAM).expect("one line each");
        let position = |entity: usize| arcs[&entity].position(lots.ticket(&iv(IDS[entity])));
        let mut most: BTreeMap<usize, u64> = BTreeMap::new();
        for (task, stratum) in round.tasks.iter().flat_map(|task| task.strata.iter().map(move |own| (task, own))) {
            let entities: Vec<usize> = stratum.weights.iter().map(|&(entity, _)| entity).collect();
            let weights: Vec<u64> = stratum.weights.iter().map(|&(_, weight)| weight).collect();
            let positions: Vec<u64> = entities.iter().map(|&entity| position(entity)).collect();
            let population = Population { weights: &weights, lots: Lots::Tickets(&positions), strata: None };
            // One reserve more than is used: the next key after those in use.
            let request =
                DrawRequest { sizes: &[stratum.n], design: task.design, alpha: 1e-3, reserve: task.reserve + 1 };
            let drawn = draw(&population, &request).expect("room enough");
            let mut pi = vec![0.0; weights.len()];
            fill_probabilities(&population, task.design, &drawn, 0, &mut pi);
            let names: Vec<usize> = drawn[0].drawn.iter().map(|own| entities[own.row as usize]).collect();
            assert_eq!(names, stratum.drawn, "round {number}");

            let m = drawn[0].drawn.len() + task.in_use as usize;
            let ranking: Vec<_> = drawn[0].drawn.iter().chain(&drawn[0].reserve).collect();
            let key = |place: usize| ranking.get(place).map(|own| own.key);
            let turn = Turn { design: task.design, last: m.checked_sub(1).and_then(key), next: key(m) };
            let first: BTreeSet<usize> = ranking.iter().take(m).map(|own| own.row as usize).collect();
            for row in 0..entities.len() {
                let consumed = turn.consumed(pi[row], first.contains(&row));
                let published = stratum.consumed.iter().find(|&&(entity, _)| entity == entities[row]);
                assert_eq!(consumed, published.map_or(0, |own| own.1), "round {number}, entity {}", entities[row]);
                if consumed > 0 {
                    // Drawn is whoever's position lies below what is consumed.
                    assert_eq!(first.contains(&row), positions[row] < consumed, "round {number}, {}", entities[row]);
                }
                let entry = most.entry(entities[row]).or_default();
                *entry = (*entry).max(consumed);
            }
        }
        for &(entity, lo, hi) in round.after {
            let consumed = most.get(&entity).copied().unwrap_or(0);
            assert_eq!(arcs[&entity].after(position(entity), consumed), Arc { lo, hi }, "round {number}, {entity}");
        }
    }
}

fn task(&(id, lead, members, items, first, last): &TaskRow) -> VisitTask {
    let (members, items, first, last) = (owned(members), owned(items), day(first), day(last));
    VisitTask { id: id.to_owned(), lead: lead.to_owned(), members, items, first, last }
}

fn visit(&(entity, number, first, last, tasks, departments, lead, items): &VisitRow) -> Visit {
    Visit {
        visit_id: format!("{}-{number}", IDS[entity]),
        entity_id: IDS[entity].to_owned(),
        first: day(first),
        last: day(last),
        tasks: owned(tasks),
        departments: owned(departments),
        lead: lead.to_owned(),
        items: owned(items),
    }
}

#[test]
fn tasks_meet_at_the_door_as_published() {
    let tasks: Vec<VisitTask> = TASKS.iter().map(task).collect();
    let formed = |apart: &[BTreeSet<String>]| -> Vec<Visit> {
        let of = |own: &&[&str]| -> Vec<&VisitTask> {
            tasks.iter().filter(|task| own.contains(&task.id.as_str())).collect()
        };
        DRAWN.iter().flat_map(|(entity, own)| form_visits(IDS[*entity], of(own), apart, 1)).collect()
    };
    assert_eq!(formed(&[]), VISITS.iter().map(visit).collect::<Vec<_>>());
    let apart: Vec<BTreeSet<String>> = APART.iter().map(|set| owned(set).into_iter().collect()).collect();
    assert_eq!(formed(&apart), VISITS_APART.iter().map(visit).collect::<Vec<_>>());
}

#[test]
fn visits_get_the_published_weeks() {
    let calendar = Calendar::new(REST.iter().map(|rest| (day(rest), false)));
    let visits: Vec<Visit> = VISITS.iter().map(visit).collect();
    let station = |visit: &Visit| STATIONS[IDS.iter().position(|id| *id == visit.entity_id).expect("an entity")];
    let stations: Vec<&str> = visits.iter().map(station).collect();
    let weeks = assign_weeks(&visits, &stations, &[], &calendar, SEED).expect("a seed");
    for (visit, week) in visits.iter().zip(weeks) {
        let (_, possible, own) = WEEKS.iter().find(|own| own.0 == visit.visit_id).expect("a visit");
        let possible: Vec<i32> = possible.iter().map(|monday| day(monday)).collect();
        assert_eq!(possible_weeks(visit, &calendar), possible, "{}", visit.visit_id);
        assert_eq!(week, day(own), "{}", visit.visit_id);
    }
}

fn roster(borrow: bool) -> Roster {
    let inspector =
        |&(id, department, station, qualifications, may_lead, active, from, to, capacity, expert): &InspectorRow| {
            Inspector {
                id: id.to_owned(),
                department: department.to_owned(),
                station: station.to_owned(),
                qualifications: owned(qualifications).into_iter().collect(),
                may_lead,
                active,
                valid_from: from.map(day),
                valid_to: to.map(day),
                capacity,
                expert,
            }
        };
    let recused = RECUSED.iter().map(|&(inspector, entity)| (inspector.to_owned(), IDS[entity].to_owned()));
    let inspectors = INSPECTORS.iter().map(inspector).collect();
    Roster { inspectors, recused: recused.collect(), size: 2, borrow, earlier: None }
}

fn assert_stands(dealt: &Assignment<'_>, teams: &[TeamRow], unserved: &[(usize, &str, &str)], loads: &[u32]) {
    let entity = |visit: &str| IDS.iter().position(|id| visit.starts_with(id)).expect("an entity");
    let came: Vec<_> = dealt
        .teams
        .values()
        .map(|team| {
            let members: Vec<&str> = team.members.iter().map(String::as_str).collect();
            let experts: Vec<&str> = team.experts.iter().map(String::as_str).collect();
            (entity(&team.visit_id), team.department.as_str(), members, team.lead.as_str(), experts)
        })
        .collect();
    let wanted: Vec<_> = teams
        .iter()
        .map(|&(at, department, members, lead, experts)| (at, department, members.to_vec(), lead, experts.to_vec()))
        .collect();
    assert_eq!(came, wanted);
    let name = |constraint: &Constraint| match constraint {
        Constraint::Qualification(name) | Constraint::Expert(name) => name.clone(),
        other => other.to_string(),
    };
    let came: Vec<(usize, &str, String)> = dealt
        .unserved
        .iter()
        .map(|row| (entity(&row.visit_id), row.department.as_str(), name(&row.constraint)))
        .collect();
    let wanted: Vec<_> =
        unserved.iter().map(|&(at, department, constraint)| (at, department, constraint.to_owned())).collect();
    assert_eq!(came, wanted);
    let of_all = dealt.loads();
    let came: Vec<u32> = INSPECTORS.iter().map(|own| of_all.get(own.0).copied().unwrap_or(0)).collect();
    assert_eq!(came, loads);
}

#[test]
fn teams_are_dealt_changed_and_rerouted_as_published() {
    let tasks: Vec<VisitTask> = TEAM_TASKS.iter().map(task).collect();
    let visits: Vec<Visit> = TEAM_VISITS.iter().map(visit).collect();
    let table = |rows: &[(&str, &[&str])]| rows.iter().map(|(item, own)| ((*item).to_owned(), owned(own))).collect();
    let needs = Needs { qualifications: table(NEED), specialities: table(EXPERT_NEED) };
    let week = |visit: &Visit| day(TEAM_WEEKS.iter().find(|own| own.0 == visit.visit_id).expect("a week").1);
    let weeks: Vec<i32> = visits.iter().map(week).collect();
    let station = |visit: &Visit| TEAM_STATIONS[IDS.iter().position(|id| *id == visit.entity_id).expect("an entity")];
    let stations: Vec<&str> = visits.iter().map(station).collect();
    let [plain, borrow] = [false, true].map(roster);
    let deal =
        |roster| Assignment::deal(TEAM_SEED, roster, &needs, &tasks, &visits, &weeks, &stations).expect("a seed");

    let dealt = deal(&plain);
    for (department, order) in PLAIN_ORDER {
        let order: Vec<String> = order.iter().map(|&entity| format!("{}-1", IDS[entity])).collect();
        assert_eq!(dealt.order(department), order, "{department}");
    }
    assert_stands(&dealt, PLAIN_TEAMS, PLAIN_UNSERVED, PLAIN_LOADS);

    let mut dealt = deal(&borrow);
    assert_stands(&dealt, BORROW_TEAMS, BORROW_UNSERVED, BORROW_LOADS);
    for &(entity, department, out, into) in REASSIGNED {
        let before = dealt.teams.clone();
        let came = dealt.reassign(&format!("{}-1", IDS[entity]), department, out);
        assert_eq!(came.as_deref().ok(), into, "{entity} {department} {out}: {came:?}");
        assert_eq!(into.is_none(), dealt.teams == before);
    }
    dealt.reroute(IDS[7], "城关所").expect("a seed");
    assert_stands(&dealt, REROUTED_TEAMS, REROUTED_UNSERVED, REROUTED_LOADS);
}

#[test]
fn codes_are_given_as_published() {
    let of_entities = |id: &&str| ((*id).to_owned(), if *id == IDS[7] { "100000000" } else { "120150312" }.to_owned());
    let ids: Vec<(String, String)> = IDS[..8].iter().map(of_entities).collect();
    let given = BTreeMap::from([(IDS[0].to_owned(), "1201503127".to_owned())]);
    let codes = |ids: &[(String, String)], given: &BTreeMap<String, String>, width: u32| {
        let codes = give_codes(ids, given, width, SEED).expect("room enough");
        codes.into_iter().map(|own| (own.id, own.code, own.turn)).collect::<Vec<_>>()
    };
    let published = |rows: &[(&str, &str, u32)]| {
        rows.iter().map(|&(id, code, turn)| (id.to_owned(), code.to_owned(), turn)).collect::<Vec<_>>()
    };
    assert_eq!(codes(&ids, &given, 1), published(CODES_WIDTH_1));
    assert_eq!(codes(&ids, &BTreeMap::new(), 6), published(CODES_WIDTH_6));
    let inspectors: Vec<(String, String)> = (1..=9).map(|at| (format!("I-0{at}"), "131".to_owned())).collect();
    let came = codes(&inspectors, &BTreeMap::new(), 3).into_iter().map(|(id, code, _)| (id, code));
    assert!(came.eq(CODES_INSPECTORS.iter().map(|&(id, code, _)| (id.to_owned(), code.to_owned()))));

    let many: Vec<(String, String)> = (0..10).map(|at| (format!("E{at}"), "1".to_owned())).collect();
    let refused = give_codes(&many, &BTreeMap::new(), 1, SEED).expect_err("no room").to_string();
    assert!(refused.contains("10 codes with the prefix `1`") && refused.contains("nine tenths"), "{refused}");
}
