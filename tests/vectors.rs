//! One small population with every number written out: lots, probabilities, keys, lists, sizes; and batches beside the
//! slices.
//!
//! The literals were computed by the functions of `tests/independent/verify_run.py` (allocations: by exact fractions in
//! Python), not by the program. They pin the contract: a change here is a new version of it.

use arrow::array::{ArrayRef, AsArray, DictionaryArray, Int64Array, LargeStringArray, RecordBatch, StringArray};
use arrow::array::{StringViewArray, UInt32Array};
use arrow::datatypes::{Float64Type, Int8Type, UInt64Type};
use fairdraw::batches::{BatchDraw, Draws, Id, draw_batches};
use fairdraw::sampling::allocation::Claim;
use fairdraw::sampling::estimate;
use fairdraw::sampling::lots::{iv, u};
use fairdraw::sampling::{
    Design, Divisor, DrawRequest, Inclusion, LotKey, Lots, Population, Selected, StratumDraw, allocate, draw,
    fill_probabilities,
};
use std::sync::Arc;

const SEED: &str = "双色球 03 07 12 19 22 31 + 05";
const STREAM: &str = "2025-Q2";
const KEY: &str = "194471391c7489ec52afabfb471856a9f7d93759547b5810388b0cb8097c789e";

struct Entity {
    id: &'static str,
    /// Micro-units.
    weight: u64,
    stratum: &'static str,
    ticket: u64,
    u: f64,
}

const fn entity(id: &'static str, weight: u64, stratum: &'static str, ticket: u64, u: f64) -> Entity {
    Entity { id, weight, stratum, ticket, u }
}

/// In the order of the ids' bytes. Row 3 and row 10 are taken for certain from the whole, rows 6 and 8 weigh the same,
/// row 5 weighs nothing, and the id of row 10 does not fit one block of SHA-256.
#[rustfmt::skip]
const POPULATION: [Entity; 12] = [
    entity("440301103097413", 1_000_000, "东", 143557993027399691, 0.0077822943958983926),
    entity("911100001000044477", 500_000, "西", 4731371978602648554, 0.2564881889019016),
    entity("91330100799655058B", 2_333_333, "中", 4708171908741603436, 0.25523051059464363),
    entity("914403001922038216", 40_000_000, "东", 10192120308038729005, 0.5525159490104609),
    entity("9144030071526726XG", 1_000_000, "中", 14837264498294714093, 0.8043297201396588),
    entity("a-company-with-a-longer-identifier", 0, "西", 12728020690034445127, 0.6899873841787897),
    entity("企业-乙", 4_000_000, "东", 9365782803767755567, 0.507720103143619),
    entity("企业-甲", 1_500_001, "西", 11756301660921412246, 0.6373103900582969),
    entity("检查对象-乙", 4_000_000, "中", 5796218471562958500, 0.3142136329534585),
    entity("检查对象-甲", 750_000, "东", 7108920232602057391, 0.38537533801066537),
    entity("重庆市永川区一个名字长到装不进一块散列的检查对象", 8_000_000, "西", 11289401818172267042, 0.6119996988662088),
    entity("𠮷野家永川店", 3_000_000, "中", 9844224530032824146, 0.533656481094834),
];

/// The strata in the order of their names.
const STRATA: [&str; 3] = ["东", "中", "西"];

/// What a draw must come to: rows of the population with their keys, smallest first.
struct Expected {
    design: Design,
    take_all: &'static [u32],
    weight_sum: u128,
    rest_weight_sum: u128,
    drawn: &'static [(u32, f64)],
    behind: &'static [(u32, f64)],
}

/// n = 5 of the whole, α = 0.001.
#[rustfmt::skip]
const WHOLE: [Expected; 4] = [
    Expected {
        design: Design::Pareto, take_all: &[3, 10], weight_sum: 66_083_334, rest_weight_sum: 18_083_334,
        drawn: &[(0, 0.03943453975092972), (8, 0.2322718571043922), (6, 0.5228446570166988)],
        behind: &[(2, 0.5426042545469185), (11, 1.1549378569755833), (1, 3.8138190858805636), (9, 4.412287382269186),
            (7, 5.3040714394864175), (4, 20.667376131677806)],
    },
    Expected {
        design: Design::SequentialPoisson, take_all: &[3, 10], weight_sum: 66_083_334, rest_weight_sum: 18_083_334,
        drawn: &[(0, 0.04690994294911962), (8, 0.47350250600423305), (2, 0.6593456042027263)],
        behind: &[(6, 0.7651060169717094), (11, 1.0722542654336187), (7, 2.561041991548553), (1, 3.0921077246454534),
            (9, 3.0972759789376703), (4, 4.848320991803992)],
    },
    Expected {
        design: Design::Srs, take_all: &[], weight_sum: 11, rest_weight_sum: 11,
        drawn: &[(0, 0.0077822943958983926), (2, 0.25523051059464363), (1, 0.2564881889019016),
            (8, 0.3142136329534585), (9, 0.38537533801066537)],
        behind: &[(6, 0.507720103143619), (11, 0.533656481094834), (3, 0.5525159490104609), (10, 0.6119996988662088),
            (7, 0.6373103900582969), (4, 0.8043297201396588)],
    },
    Expected {
        design: Design::Poisson, take_all: &[3, 10], weight_sum: 66_083_334, rest_weight_sum: 18_083_334,
        drawn: &[(0, 0.04690994294911962), (8, 0.47350250600423305), (2, 0.6593456042027263), (6, 0.7651060169717094)],
        behind: &[(11, 1.0722542654336187), (7, 2.561041991548553), (1, 3.0921077246454534), (9, 3.0972759789376703),
            (4, 4.848320991803992)],
    },
];

/// π of the whole by weight (m = 3 of Σx = 18.083334) and by count (5 of 11).
#[rustfmt::skip]
const PI_BY_WEIGHT: [f64; 12] = [
    0.1658986113954429, 0.08294930569772145, 0.387096704623163, 1.0, 0.1658986113954429, 0.0, 0.6635944455817716,
    0.24884808299177574, 0.6635944455817716, 0.12442395854658217, 1.0, 0.4976958341863287,
];
const FIVE_OF_ELEVEN: f64 = 0.45454545454545453;

/// Sizes 3, 2, 2 of 东, 中, 西, α = 0.001.
#[rustfmt::skip]
const BY_STRATUM: [[Expected; 3]; 2] = [
    [
        Expected {
            design: Design::Pareto, take_all: &[3, 6], weight_sum: 45_750_000, rest_weight_sum: 1_750_000,
            drawn: &[(0, 0.005882500144834815)], behind: &[(9, 0.8360123109136431)],
        },
        Expected {
            design: Design::Pareto, take_all: &[], weight_sum: 10_333_333, rest_weight_sum: 10_333_333,
            drawn: &[(8, 0.13363582925570822), (2, 0.41613254809594186)],
            behind: &[(11, 0.8264691679148165), (4, 17.12765833550358)],
        },
        Expected {
            design: Design::Pareto, take_all: &[10], weight_sum: 10_000_001, rest_weight_sum: 2_000_001,
            drawn: &[(7, 0.5857257810495544)], behind: &[(1, 1.0349063299285775)],
        },
    ],
    [
        Expected {
            design: Design::SequentialPoisson, take_all: &[3, 6], weight_sum: 45_750_000, rest_weight_sum: 1_750_000,
            drawn: &[(0, 0.013619015192822187)], behind: &[(9, 0.8992091220248859)],
        },
        Expected {
            design: Design::SequentialPoisson, take_all: &[], weight_sum: 10_333_333, rest_weight_sum: 10_333_333,
            drawn: &[(8, 0.40585926280598256), (2, 0.5651533359650082)],
            behind: &[(11, 0.9190750211268541), (4, 4.15570341999995)],
        },
        Expected {
            design: Design::SequentialPoisson, take_all: &[10], weight_sum: 10_000_001, rest_weight_sum: 2_000_001,
            drawn: &[(7, 0.8497470451199591)], behind: &[(1, 1.0259532685839843)],
        },
    ],
];

/// π in the strata, by rows of the population.
#[rustfmt::skip]
const PI_BY_STRATUM: [f64; 12] = [
    0.5714285714285714, 0.2499998750000625, 0.45161285327783396, 1.0, 0.19354839334027074, 0.0, 1.0,
    0.7500001249999375, 0.774193573361083, 0.42857142857142855, 1.0, 0.5806451800208122,
];

fn key() -> LotKey {
    LotKey::derive(SEED, STREAM).expect("one line each")
}

fn weights() -> Vec<u64> {
    POPULATION.iter().map(|entity| entity.weight).collect()
}

fn tickets() -> Vec<u64> {
    POPULATION.iter().map(|entity| entity.ticket).collect()
}

fn codes() -> Vec<u32> {
    let code = |entity: &Entity| STRATA.iter().position(|&name| name == entity.stratum).expect("one of three") as u32;
    POPULATION.iter().map(code).collect()
}

fn rows_and_keys(selected: &[Selected]) -> Vec<(u32, u64)> {
    selected.iter().map(|selected| (selected.row, selected.key.to_bits())).collect()
}

fn bits(pinned: &[(u32, f64)]) -> Vec<(u32, u64)> {
    pinned.iter().map(|&(row, key)| (row, key.to_bits())).collect()
}

fn assert_pinned(came: &StratumDraw, expected: &Expected, reserve: usize) {
    let Expected { design, take_all, weight_sum, rest_weight_sum, drawn, behind } = expected;
    assert_eq!(came.inclusion.take_all, *take_all, "{design:?}");
    assert_eq!((came.inclusion.total, came.inclusion.rest), (*weight_sum, *rest_weight_sum), "{design:?}");
    assert_eq!(rows_and_keys(&came.drawn), bits(drawn), "{design:?}");
    assert_eq!(rows_and_keys(&came.reserve), bits(&behind[..reserve.min(behind.len())]), "{design:?}");
    let ordered = *design != Design::Poisson;
    assert_eq!(came.cut_line, drawn.last().map(|last| last.1).filter(|_| ordered), "{design:?}");
    assert_eq!(came.next_key, behind.first().map(|next| next.1).filter(|_| ordered), "{design:?}");
}

#[test]
fn the_lots_of_the_population_are_the_pinned_ones() {
    assert_eq!(key().to_string(), KEY);
    assert!(POPULATION.windows(2).all(|pair| pair[0].id < pair[1].id));
    let by_id = key().tickets_of(POPULATION.len(), |row, id| id.extend_from_slice(POPULATION[row].id.as_bytes()));
    assert_eq!(by_id, tickets());
    let mut by_iv = vec![0; POPULATION.len()];
    key().tickets(&POPULATION.map(|entity| iv(entity.id)), &mut by_iv);
    assert_eq!(by_iv, tickets());
    for entity in &POPULATION {
        assert_eq!(u(entity.ticket).to_bits(), entity.u.to_bits(), "{}", entity.id);
    }
}

#[test]
fn every_design_comes_to_the_pinned_probabilities_keys_and_lists() {
    let (weights, tickets) = (weights(), tickets());
    let population = Population { weights: &weights, lots: Lots::Tickets(&tickets), strata: None };
    for expected in &WHOLE {
        for reserve in [0, 2, 100] {
            let request = DrawRequest { sizes: &[5], design: expected.design, alpha: 1e-3, reserve };
            let draws = draw(&population, &request).expect("five of eleven");
            assert_pinned(&draws[0], expected, reserve as usize);
            let mut pi = [0.0; 12];
            fill_probabilities(&population, expected.design, &draws, 0, &mut pi);
            let pinned = match expected.design {
                Design::Srs => std::array::from_fn(|row| if row == 5 { 0.0 } else { FIVE_OF_ELEVEN }),
                _ => PI_BY_WEIGHT,
            };
            assert_eq!(pi.map(f64::to_bits), pinned.map(f64::to_bits), "{:?}", expected.design);
        }
    }
}

#[test]
fn of_two_equal_weights_at_the_take_all_line_the_smaller_ticket_is_taken() {
    // α = 0.34: rows 6 and 8 weigh 4.0 each. The first of them has p = 3·4/18.083334 = 0.664 ≥ 0.66; then the other has
    // 2·4/14.083334 = 0.568. Row 8 has the smaller ticket, though the later id.
    let (weights, tickets) = (weights(), tickets());
    let population = Population { weights: &weights, lots: Lots::Tickets(&tickets), strata: None };
    let request = DrawRequest { sizes: &[5], design: Design::Pareto, alpha: 0.34, reserve: 1 };
    let expected = Expected {
        design: Design::Pareto,
        take_all: &[3, 8, 10],
        weight_sum: 66_083_334,
        rest_weight_sum: 14_083_334,
        drawn: &[(0, 0.04738680933672495), (2, 0.6915144386309476)],
        behind: &[(6, 0.7842669855250481)],
    };
    assert_pinned(&draw(&population, &request).expect("five of eleven")[0], &expected, 1);
}

#[test]
fn equal_keys_are_ranked_by_the_id() {
    let population = Population { weights: &[5; 6], lots: Lots::Prn(&[0.5, 0.25, 0.5, 0.5, 0.75, 0.5]), strata: None };
    for design in [Design::Pareto, Design::SequentialPoisson, Design::Srs] {
        let request = DrawRequest { sizes: &[3], design, alpha: 1e-3, reserve: 9 };
        let draws = draw(&population, &request).expect("three of six");
        let rows = |selected: &[Selected]| selected.iter().map(|selected| selected.row).collect::<Vec<_>>();
        assert_eq!((rows(&draws[0].drawn), rows(&draws[0].reserve)), (vec![1, 0, 2], vec![3, 5, 4]), "{design:?}");
        assert_eq!(draws[0].cut_line, draws[0].next_key);
    }
}

#[test]
fn strata_get_the_pinned_sizes() {
    let claims = |measures: [u64; 3], caps: [u64; 3]| -> Vec<Claim<'static>> {
        (0..3).map(|i| Claim { name: STRATA[i], measure: measures[i], floor: 0, cap: caps[i] }).collect()
    };
    let sizes = |claims: &[Claim<'_>], size, divisor| allocate(claims, size, divisor).expect("room enough").sizes;
    let heads = [4, 4, 3];
    let by_weight = claims([45_750_000, 10_333_333, 10_000_001], heads);
    for (divisor, five) in [
        (Divisor::Webster, [3, 1, 1]),
        (Divisor::DHondt, [4, 1, 0]),
        (Divisor::HuntingtonHill, [3, 1, 1]),
        (Divisor::Adams, [3, 1, 1]),
    ] {
        assert_eq!(sizes(&by_weight, 5, divisor), five, "{divisor:?}");
        assert_eq!(sizes(&by_weight, 7, divisor), [4, 2, 1], "{divisor:?}: 东 has no more than four");
        assert_eq!(sizes(&claims(heads, heads), 7, divisor), [3, 2, 2], "{divisor:?}");
        assert_eq!(sizes(&claims(heads, heads), 1, divisor), [1, 0, 0], "{divisor:?}: a tie goes by name");
    }
}

#[test]
fn strata_are_drawn_as_pinned() {
    let (weights, tickets, codes) = (weights(), tickets(), codes());
    let population = Population { weights: &weights, lots: Lots::Tickets(&tickets), strata: Some(&codes) };
    for expected in &BY_STRATUM {
        let design = expected[0].design;
        let request = DrawRequest { sizes: &[3, 2, 2], design, alpha: 1e-3, reserve: 2 };
        let draws = draw(&population, &request).expect("seven of eleven");
        draws.iter().zip(expected).for_each(|(came, expected)| assert_pinned(came, expected, 2));
        let mut pi = [0.0; 12];
        fill_probabilities(&population, design, &draws, 0, &mut pi);
        assert_eq!(pi.map(f64::to_bits), PI_BY_STRATUM.map(f64::to_bits));
    }
}

/// The population in three batches that share no type and no order with each other: id, weight, stratum.
fn batches() -> ([Vec<usize>; 3], [RecordBatch; 3]) {
    let rows = [vec![7, 3, 11, 0], vec![10], vec![2, 9, 1, 8, 6, 5, 4]];
    let batch = |columns: [ArrayRef; 3]| {
        RecordBatch::try_from_iter(["id", "weight", "stratum"].into_iter().zip(columns)).expect("equal lengths")
    };
    let ids = |batch: usize| rows[batch].iter().map(|&row| Some(POPULATION[row].id));
    let strata = |batch: usize| rows[batch].iter().map(|&row| Some(POPULATION[row].stratum));
    let weights = |batch: usize| rows[batch].iter().map(|&row| POPULATION[row].weight);
    let batches = [
        batch([
            Arc::new(ids(0).collect::<StringArray>()),
            Arc::new(weights(0).map(|weight| Some(weight as i64)).collect::<Int64Array>()),
            Arc::new(strata(0).collect::<DictionaryArray<Int8Type>>()),
        ]),
        batch([
            Arc::new(ids(1).collect::<LargeStringArray>()),
            Arc::new(weights(1).map(|weight| Some(weight as u32)).collect::<UInt32Array>()),
            Arc::new(strata(1).collect::<StringArray>()),
        ]),
        batch([
            Arc::new(ids(2).collect::<StringViewArray>()),
            Arc::new(weights(2).map(|weight| Some(weight as u32)).collect::<UInt32Array>()),
            Arc::new(strata(2).collect::<LargeStringArray>()),
        ]),
    ];
    (rows, batches)
}

/// A draw by rows as one by ids.
fn by_id(draw: &StratumDraw) -> StratumDraw<Id> {
    let ids = POPULATION.map(|entity| entity.id);
    let id = |row: u32| Id::from(ids[row as usize].as_bytes());
    let named = |list: &[Selected]| list.iter().map(|own| Selected { row: id(own.row), key: own.key }).collect();
    let Inclusion { n, positive, total, ref take_all, random_n, rest } = draw.inclusion;
    let take_all = take_all.iter().map(|&row| id(row)).collect();
    StratumDraw {
        inclusion: Inclusion { n, positive, total, take_all, random_n, rest },
        drawn: named(&draw.drawn),
        reserve: named(&draw.reserve),
        cut_line: draw.cut_line,
        next_key: draw.next_key,
    }
}

#[test]
fn batches_wherever_they_are_give_what_the_slices_give() {
    let (rows, batches) = batches();
    let (weights, tickets, codes) = (weights(), tickets(), codes());
    let request = |stratum, sizes: &[(&str, u64)], design| BatchDraw {
        id: "id",
        weight: "weight",
        stratum,
        sizes: sizes.iter().map(|&(name, size)| (name.to_owned(), size)).collect(),
        key: key(),
        design,
        alpha: 1e-3,
        reserve: 2,
    };
    for design in Design::ALL {
        let whole = (None, vec![("", 5)], request(None, &[("", 5)], design));
        let sizes: Vec<(&str, u64)> = STRATA.into_iter().zip([3, 2, 2]).collect();
        let divided = (Some(codes.as_slice()), sizes.clone(), request(Some("stratum"), &sizes, design));
        for (strata, sizes, request) in [whole, divided] {
            let population = Population { weights: &weights, lots: Lots::Tickets(&tickets), strata };
            let numbers: Vec<u64> = sizes.iter().map(|&(_, size)| size).collect();
            let order = DrawRequest { sizes: &numbers, design, alpha: 1e-3, reserve: 2 };
            let draws = draw(&population, &order).expect("room enough");
            let mut pi = vec![0.0; weights.len()];
            fill_probabilities(&population, design, &draws, 0, &mut pi);
            let chosen = |row: usize| {
                let by_lot = draws.iter().flat_map(|draw| draw.drawn.iter().map(|selected| selected.row));
                let taken = draws.iter().flat_map(|draw| draw.inclusion.take_all.iter().copied());
                by_lot.chain(taken).any(|own| own as usize == row)
            };

            let (out, by_name) = draw_batches(&batches, &request).expect("room enough");
            let named: Draws =
                sizes.iter().zip(&draws).map(|((name, _), draw)| ((*name).to_owned(), by_id(draw))).collect();
            assert_eq!(by_name, named, "{design:?}");
            for (rows, out) in rows.iter().zip(&out) {
                assert_eq!(out.num_rows(), rows.len());
                for (place, &row) in rows.iter().enumerate() {
                    let came = (
                        out["pi"].as_primitive::<Float64Type>().value(place).to_bits(),
                        out["ticket"].as_primitive::<UInt64Type>().value(place),
                        out["drawn"].as_boolean().value(place),
                    );
                    assert_eq!(came, (pi[row].to_bits(), tickets[row], chosen(row)), "{design:?} {row}");
                }
            }
        }
    }
}

/// The mean printed in the oracle beside y = (5, 2, 5, 3) is that of the whole sample: the unit of weight 100, taken for
/// certain, belongs to it with λ = 1 and y = 58.
#[test]
fn a_take_all_unit_counts_in_the_mean_and_not_in_the_variance() {
    let (y, lambda) = ([5.0, 2.0, 5.0, 3.0, 58.0], [4.0 / 11.0, 28.0 / 55.0, 36.0 / 55.0, 8.0 / 11.0, 1.0]);
    assert!((estimate::mean(&y, &lambda) / 10.147593829150356 - 1.0).abs() < 1e-14);
    for design in Design::ALL {
        let random = estimate::variance_of_total(design, &y[..4], &lambda[..4]);
        assert_eq!(estimate::variance_of_total(design, &y, &lambda), random, "{design:?}");
    }
}
