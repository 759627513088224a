"""Published numbers: the contract's vectors, R package sps, the standards of identifiers."""

from __future__ import annotations

import hashlib
import struct

import pytest

import fairdraw

# seed, stream, id, ticket, u: crates/core/src/sampling/lots.rs, checked there with `openssl enc -chacha20`.
LOTS = [
    ("永川公证处 2023-02-07 摇号 08 17 23 31 05 12", "2023", "914403001922038216", 17299435395520655781, 0.9378042719298064),
    ("1", "", "91330100799655058B", 11757602490825883723, 0.6373809081887202),
    ("20230207", "2023-Q1", "9144030071526726XG", 656540239421762626, 0.035591117695261354),
    ("seed with spaces", "a", "440301103097413", 1890502485160309796, 0.1024843450750027),
    ("😀", "2023", "检查对象-甲", 12562109303923393055, 0.6809933099157056),
    ("", "x", "911100001000044477", 9380337968879724157, 0.5085091402253831),
]

# tests/vectors.rs, computed by the functions of tests/independent/verify_run.py: id, micro-units, stratum, ticket.
SEED, STREAM = "双色球 03 07 12 19 22 31 + 05", "2025-Q2"
POPULATION = [
    ("440301103097413", 1_000_000, "东", 143557993027399691),
    ("911100001000044477", 500_000, "西", 4731371978602648554),
    ("91330100799655058B", 2_333_333, "中", 4708171908741603436),
    ("914403001922038216", 40_000_000, "东", 10192120308038729005),
    ("9144030071526726XG", 1_000_000, "中", 14837264498294714093),
    ("a-company-with-a-longer-identifier", 0, "西", 12728020690034445127),
    ("企业-乙", 4_000_000, "东", 9365782803767755567),
    ("企业-甲", 1_500_001, "西", 11756301660921412246),
    ("检查对象-乙", 4_000_000, "中", 5796218471562958500),
    ("检查对象-甲", 750_000, "东", 7108920232602057391),
    ("重庆市永川区一个名字长到装不进一块散列的检查对象", 8_000_000, "西", 11289401818172267042),
    ("𠮷野家永川店", 3_000_000, "中", 9844224530032824146),
]
TABLE = {
    "entity_id": [row[0] for row in POPULATION],
    "weight": [row[1] / 1e6 for row in POPULATION],
    "stratum": [row[2] for row in POPULATION],
}

# Rows taken for certain, drawn and in reserve, with the keys, for n = 5 and alpha = 0.001.
WHOLE = {
    "pareto": (
        [3, 10],
        [(0, 0.03943453975092972), (8, 0.2322718571043922), (6, 0.5228446570166988)],
        [(2, 0.5426042545469185), (11, 1.1549378569755833)],
    ),
    "sequential-poisson": (
        [3, 10],
        [(0, 0.04690994294911962), (8, 0.47350250600423305), (2, 0.6593456042027263)],
        [(6, 0.7651060169717094), (11, 1.0722542654336187)],
    ),
    "srs": (
        [],
        [(0, 0.0077822943958983926), (2, 0.25523051059464363), (1, 0.2564881889019016), (8, 0.3142136329534585),
         (9, 0.38537533801066537)],
        [(6, 0.507720103143619), (11, 0.533656481094834)],
    ),
    "poisson": (
        [3, 10],
        [(0, 0.04690994294911962), (8, 0.47350250600423305), (2, 0.6593456042027263), (6, 0.7651060169717094)],
        [(11, 1.0722542654336187), (7, 2.561041991548553)],
    ),
}
PI_BY_WEIGHT = [
    0.1658986113954429, 0.08294930569772145, 0.387096704623163, 1.0, 0.1658986113954429, 0.0, 0.6635944455817716,
    0.24884808299177574, 0.6635944455817716, 0.12442395854658217, 1.0, 0.4976958341863287,
]
PI_BY_STRATUM = [
    0.5714285714285714, 0.2499998750000625, 0.45161285327783396, 1.0, 0.19354839334027074, 0.0, 1.0,
    0.7500001249999375, 0.774193573361083, 0.42857142857142855, 1.0, 0.5806451800208122,
]
SIZES = {"东": 3, "中": 2, "西": 2}
BY_STRATUM = [
    ("东", "certain", [3, 6], []),
    ("东", "drawn", [0], [0.005882500144834815]),
    ("东", "reserve", [9], [0.8360123109136431]),
    ("中", "drawn", [8, 2], [0.13363582925570822, 0.41613254809594186]),
    ("中", "reserve", [11, 4], [0.8264691679148165, 17.12765833550358]),
    ("西", "certain", [10], []),
    ("西", "drawn", [7], [0.5857257810495544]),
    ("西", "reserve", [1], [1.0349063299285775]),
]


def of_list(table, stratum, selection):
    """Ids and keys of a part of the list, in its order."""
    own = [row for row in table.to_pylist() if (row["stratum"], row["selection"]) == (stratum, selection)]
    assert [row["order"] for row in own] == list(range(1, len(own) + 1))
    return [row["entity_id"] for row in own], [row["key"] for row in own]


@pytest.mark.parametrize("seed, stream, own, ticket, u", LOTS)
def test_lots_are_the_published_ones(seed, stream, own, ticket, u):
    assert fairdraw.tickets([own], seed, stream).to_pylist() == [ticket]
    row = fairdraw.draw({"entity_id": [own]}, 1, seed=seed, stream=stream).to_pylist()[0]
    assert (row["ticket"], row["u"]) == (f"{ticket:016x}", u)
    assert u == ((ticket >> 12) + 0.5) / 2**52


def test_a_lot_is_a_block_of_chacha20():
    """The lot of the contract, written out here with Python's integers (RFC 8439, 2.3)."""

    def lot(seed, stream, own):
        key = hashlib.sha256(f"fairdraw/1/ticket\n{seed}\n{stream}".encode()).digest()
        iv = hashlib.sha256(own.encode()).digest()[:16]
        start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), *struct.unpack("<4I", iv)]
        x = list(start)

        def quarter(a, b, c, d):
            for left, right, turn in ((a, b, 16), (c, d, 12), (a, b, 8), (c, d, 7)):
                x[left] = (x[left] + x[right]) & 0xFFFFFFFF
                other = {a: d, c: b}[left]
                word = x[other] ^ x[left]
                x[other] = (word << turn | word >> (32 - turn)) & 0xFFFFFFFF

        for _ in range(10):
            for i in range(4):
                quarter(i, i + 4, i + 8, i + 12)
            for i in range(4):
                quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        low, high = ((x[i] + start[i]) & 0xFFFFFFFF for i in (0, 1))
        return low | high << 32

    names = ["甲b" * length for length in range(1, 40)]
    assert fairdraw.tickets(names, "a seed", "2024").to_pylist() == [lot("a seed", "2024", own) for own in names]


def test_the_tickets_of_the_population_are_the_pinned_ones():
    assert fairdraw.tickets(TABLE["entity_id"], SEED, STREAM).to_pylist() == [row[3] for row in POPULATION]


@pytest.mark.parametrize("design", WHOLE)
def test_every_design_comes_to_the_pinned_lists(design):
    taken, drawn, reserve = WHOLE[design]
    table = fairdraw.draw(TABLE, 5, weight="weight", seed=SEED, stream=STREAM, design=design, reserve=2)
    certain, keys = of_list(table, "", "certain")
    assert set(certain) == {POPULATION[row][0] for row in taken} and keys == [None] * len(taken)
    for selection, pinned in (("drawn", drawn), ("reserve", reserve)):
        assert of_list(table, "", selection) == ([POPULATION[row][0] for row, _ in pinned], [key for _, key in pinned])
    pi = fairdraw.inclusion_probabilities(TABLE["weight"], 5, design=design).to_pylist()
    # Five of eleven, as one of the twelve weighs nothing.
    assert pi == ([0.45454545454545453 if row[1] else 0.0 for row in POPULATION] if design == "srs" else PI_BY_WEIGHT)
    by_id = dict(zip(TABLE["entity_id"], pi))
    assert [row["pi"] for row in table.to_pylist()] == [by_id[row["entity_id"]] for row in table.to_pylist()]


def test_strata_are_drawn_as_pinned():
    table = fairdraw.draw(
        TABLE, SIZES, weight="weight", stratum="stratum", seed=SEED, stream=STREAM, reserve=2
    )
    assert table.num_rows == sum(len(pinned[2]) for pinned in BY_STRATUM)
    for stratum, selection, pinned, keys in BY_STRATUM:
        names, came = of_list(table, stratum, selection)
        assert sorted(names) == sorted(POPULATION[row][0] for row in pinned)
        if keys:
            assert (names, came) == ([POPULATION[row][0] for row in pinned], keys)
    pi = fairdraw.inclusion_probabilities(TABLE["weight"], SIZES, strata=TABLE["stratum"])
    assert pi.to_pylist() == PI_BY_STRATUM


def test_of_two_equal_weights_at_the_take_all_line_the_smaller_ticket_is_taken():
    table = fairdraw.draw(TABLE, 5, weight="weight", seed=SEED, stream=STREAM, alpha=0.34, reserve=1)
    assert set(of_list(table, "", "certain")[0]) == {POPULATION[row][0] for row in (3, 8, 10)}
    assert of_list(table, "", "drawn") == (
        [POPULATION[0][0], POPULATION[2][0]], [0.04738680933672495, 0.6915144386309476]
    )
    assert of_list(table, "", "reserve") == ([POPULATION[6][0]], [0.7842669855250481])


# Figures of R package sps (test-inclusion_prob): weights, n, alpha, probabilities.
SPS = [
    (range(1, 21), 12, 1e-3, [x / 17 if x <= 16 else 1.0 for x in range(1, 21)]),
    ([1, 2, 5, 5, 5, 10, 4, 1], 6, 1e-3, [0.25, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.25]),
    ([0, 4, 1, 4, 5], 3, 0.1, [0.0, 8 / 9, 2 / 9, 8 / 9, 1.0]),
    ([0, 4, 1, 4, 5], 3, 0.15, [0.0, 1.0, 0.2, 0.8, 1.0]),
    ([0, 4, 1, 4, 5], 3, 0.2, [0.0, 1.0, 0.0, 1.0, 1.0]),
    ([1, 2, 2, 2, 3], 3, 0.5, [0.2, 1.0, 0.4, 0.4, 1.0]),
    ([0, 10_000, 10_000, 10_001], 3, 1e-3, [0.0, 1.0, 1.0, 1.0]),
    ([1, 1, 1], 3, 0.0, [1.0, 1.0, 1.0]),
]


@pytest.mark.parametrize("weights, n, alpha, expected", SPS)
def test_probabilities_are_those_of_sps(weights, n, alpha, expected):
    pi = fairdraw.inclusion_probabilities(list(weights), n, alpha=alpha).to_pylist()
    assert pi == pytest.approx(expected, abs=1e-14)


# Samples of R package sps for given random numbers; rows counted from 1.
X = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100]
U = [0.53, 0.12, 0.91, 0.44, 0.27, 0.68, 0.35, 0.79, 0.06, 0.58, 0.97]
SAMPLES = {
    2: [9, 11], 3: [7, 9, 11], 4: [5, 7, 9, 11], 5: [5, 7, 9, 10, 11], 6: [2, 5, 7, 9, 10, 11],
    7: [2, 5, 7, 8, 9, 10, 11],
}
# Keys of R package sps for n = 5: xi of Pareto and of sequential Poisson, for pi = 4x/55.
KEYS = {
    "pareto": [
        14.3776595745, 0.8011363636, 36.2314814815, 1.9151785714, 0.647260274, 2.7447916667, 0.5192307692, 2.7038690476,
        0.0336879433, 0.5178571429,
    ],
    "sequential-poisson": [
        7.2875, 0.825, 4.1708333333, 1.5125, 0.7425, 1.5583333333, 0.6875, 1.3578125, 0.0916666667, 0.7975,
    ],
}


def by_number(n, design, reserve=0):
    table = {"entity_id": [f"{row:02}" for row in range(1, 12)], "x": X, "u": U}
    return fairdraw.draw(table, n, weight="x", prn="u", design=design, reserve=reserve).to_pylist()


@pytest.mark.parametrize("design, n, expected", [
    *[(design, n, rows) for design in KEYS for n, rows in SAMPLES.items()],
    ("poisson", 5, [2, 5, 7, 9, 10, 11]),
    ("poisson", 3, [9, 11]),
])
def test_samples_are_those_of_sps(design, n, expected):
    assert sorted(int(row["entity_id"]) for row in by_number(n, design)) == expected


@pytest.mark.parametrize("design", KEYS)
def test_keys_are_those_of_sps(design):
    came = {int(row["entity_id"]): row["key"] for row in by_number(5, design, reserve=11)}
    assert came.pop(11) is None
    assert [came[row] for row in range(1, 11)] == pytest.approx(KEYS[design], abs=1e-9)


def test_estimates_are_those_of_sps():
    findings, pi = [1, 0, 1, 1], [4 / 11, 28 / 55, 36 / 55, 8 / 11]
    for design, variance in [("sequential-poisson", 0.03334806337148183), ("pareto", 0.03333498391918902)]:
        came = fairdraw.estimate(findings, pi, design=design)
        assert came["rate"] == pytest.approx(0.7421203438395415, rel=1e-12)
        assert came["rate_error"] ** 2 == pytest.approx(variance, rel=1e-12)
        assert came["total"] == pytest.approx(sum(y / p for y, p in zip(findings, pi)), rel=1e-12)
        assert 0 < came["rate_low"] < came["rate"] < came["rate_high"] < 1
        assert (came["observed"], came["collapsed_strata"]) == (4, 0)


def test_a_census_has_no_error():
    came = fairdraw.estimate([True, False, False, True], [1.0] * 4)
    assert (came["rate"], came["rate_error"], came["total"], came["total_error"]) == (0.5, 0.0, 2.0, 0.0)


# The first three are real companies' codes, in public registers; the others are these with one character changed.
CODES = [
    ("914403001922038216", "uscc", False, "440300"),
    ("91330100799655058B", "uscc", False, "330100"),
    ("9144030071526726XG", "uscc", False, "440300"),
    ("914403001922038217", "uscc-wrong-check", True, "440300"),
    ("440301103097413", "registration-15", False, "440301"),
    ("440301103097414", "registration-15-wrong-check", True, "440301"),
    ("4403011030974", "legacy", False, None),
    ("检查对象-甲", "other", False, None),
]


def test_codes_are_told_apart():
    table = fairdraw.check_code([code[0] for code in CODES])
    assert table.column_names == ["id", "kind", "wrong_check", "region"]
    assert [tuple(row.values()) for row in table.to_pylist()] == CODES
