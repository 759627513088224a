"""Laws that hold whatever the population: hypothesis looks for one where they do not."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import fairdraw
from support import drawn, in_parts, rows

DESIGNS = ["pareto", "sequential-poisson", "srs", "poisson"]
SEED = "laws"

# Whole micro-units, with zeros and ties.
MICRO = st.one_of(st.integers(0, 5_000_000), st.sampled_from([0, 1_000_000, 4_000_000]), st.integers(0, 2**50))
WEIGHTS = st.lists(MICRO, min_size=1, max_size=60).map(lambda own: [weight / 1e6 for weight in own])
IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=12).filter(str.strip)
SHARE = st.floats(0, 1)


@st.composite
def registries(draw):
    """A table with ids, weights, strata and certain ones, and a size that can be drawn."""
    weights = draw(WEIGHTS)
    own = draw(st.lists(IDS, min_size=len(weights), max_size=len(weights), unique=True))
    certain = draw(st.lists(st.booleans(), min_size=len(own), max_size=len(own)))
    strata = draw(st.lists(st.sampled_from(["a", "乙"]), min_size=len(own), max_size=len(own)))
    room = sum(weight > 0 and not taken for weight, taken in zip(weights, certain))
    return {"entity_id": own, "weight": weights, "certain": certain, "stratum": strata}, int(draw(SHARE) * room)


def draw_of(table, n, design, **given_more):
    return fairdraw.draw(
        table, n, weight="weight", certain="certain", seed=SEED, design=design, reserve=3, **given_more
    )


def shuffled(table, order):
    return {name: [values[row] for row in order] for name, values in table.items()}


@given(registries(), st.sampled_from(DESIGNS), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(registry, design, random):
    table, n = registry
    order = list(range(len(table["entity_id"])))
    random.shuffle(order)
    assert rows(draw_of(shuffled(table, order), n, design)) == rows(draw_of(table, n, design))


@given(registries(), st.sampled_from(DESIGNS), st.lists(st.integers(0, 60), max_size=5))
def test_chunks_do_not_matter(registry, design, cuts):
    table, n = registry
    whole = pa.table(table)
    bounds = [0, *sorted(min(cut, whole.num_rows) for cut in cuts), whole.num_rows]
    parts = [whole.slice(start, end - start) for start, end in zip(bounds, bounds[1:])]
    chunked = pa.Table.from_batches([batch for part in parts for batch in part.to_batches()], whole.schema)
    assert rows(draw_of(chunked, n, design)) == rows(draw_of(whole, n, design))


@given(
    registries(), st.sampled_from(DESIGNS), st.lists(st.integers(0, 3), min_size=60, max_size=60),
    st.permutations(range(4)), st.floats(0, 0.5), st.integers(0, 4),
)
def test_parts_whose_states_travel_give_the_draw(registry, design, part_of, order, alpha, reserve):
    table, _ = registry
    entities = list(zip(table["entity_id"], table["weight"]))
    n = sum(weight > 0 for _, weight in entities) // 2
    parts = [[own for own, part in zip(entities, part_of) if part == at] for at in order]
    inclusion, keys = in_parts(parts, n, seed=SEED, design=design, alpha=alpha, reserve=reserve)
    came, cut_line, next_key = keys.finish()
    whole = rows(fairdraw.draw(table, n, weight="weight", seed=SEED, design=design, alpha=alpha, reserve=reserve))

    by_lot = [(row["entity_id"], row["selection"], row["order"], row["key"]) for row in whole if row["key"] is not None]
    assert [tuple(row.values()) for row in rows(came) if row["selection"] != "certain"] == by_lot
    taken = sorted((row["entity_id"] for row in whole if row["selection"] == "certain"), key=str.encode)
    assert inclusion.take_all == taken
    assert [row["entity_id"] for row in rows(came) if row["selection"] == "certain"] == taken
    pi = dict(zip(table["entity_id"], inclusion.probabilities(*zip(*entities), design=design).to_pylist()))
    assert all(row["pi"] == pi[row["entity_id"]] for row in whole)
    drawn_keys = [key for _, selection, _, key in by_lot if selection == "drawn"]
    reserve_keys = [key for _, selection, _, key in by_lot if selection == "reserve"]
    if design != "poisson":
        assert cut_line == (drawn_keys[-1] if drawn_keys else None)
        assert not reserve_keys or next_key == reserve_keys[0]


@given(registries(), st.sampled_from(DESIGNS))
def test_the_same_entities_give_the_same_bytes_in_any_order(registry, design):
    table, _ = registry
    entities = list(zip(table["entity_id"], table["weight"]))
    one, other = ([entities[:7], entities[7:]], [entities[7:][::-1], entities[:7][::-1]])
    n = sum(weight > 0 for _, weight in entities) // 2
    (one, one_keys), (other, other_keys) = (
        in_parts(parts, n, seed=SEED, design=design, alpha=1e-3, reserve=1) for parts in (one, other)
    )
    assert one.to_bytes() == other.to_bytes() and one_keys.to_bytes() == other_keys.to_bytes()


@given(WEIGHTS, SHARE, st.sampled_from(DESIGNS), st.floats(0, 0.9))
def test_probabilities_lie_between_0_and_1_and_sum_to_n(weights, share, design, alpha):
    n = int(share * sum(weight > 0 for weight in weights))
    pi = fairdraw.inclusion_probabilities(weights, n, alpha=alpha, design=design).to_pylist()
    assert all(0 <= own <= 1 for own in pi)
    assert math.fsum(pi) == pytest.approx(n, abs=1e-9)
    assert all((own == 0) == (weight == 0) or alpha > 0 or n == 0 for own, weight in zip(pi, weights))


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=40), SHARE)
def test_of_weights_not_taken_probabilities_are_proportional(weights, share):
    n = int(share * len(weights))
    assume(n > 0)
    pi = fairdraw.inclusion_probabilities(weights, n).to_pylist()
    rates = [own / weight for own, weight in zip(pi, weights) if own < 1]
    assert all(rate == pytest.approx(rates[0], rel=1e-12) for rate in rates)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40), st.integers(1, 1000), SHARE, st.sampled_from(DESIGNS))
def test_a_common_factor_of_all_weights_changes_nothing(weights, factor, share, design):
    n = int(share * sum(weight > 0 for weight in weights))
    own = [f"e{i}" for i in range(len(weights))]
    tables = [{"entity_id": own, "w": [weight * by for weight in weights]} for by in (1, factor)]
    once, times = (fairdraw.draw(table, n, weight="w", seed=SEED, design=design) for table in tables)
    assert once.drop_columns(["pi", "design_weight", "key"]) == times.drop_columns(["pi", "design_weight", "key"])
    assert once["pi"].to_pylist() == pytest.approx(times["pi"].to_pylist(), rel=1e-14)


@given(registries(), st.sampled_from(DESIGNS))
def test_strata_are_independent(registry, design):
    table, _ = registry
    sizes = {}
    for name in set(table["stratum"]):
        mine = [row for row, stratum in enumerate(table["stratum"]) if stratum == name]
        sizes[name] = sum(table["weight"][row] > 0 and not table["certain"][row] for row in mine) // 2
    together = rows(draw_of(table, sizes, design, stratum="stratum"))
    for name, n in sizes.items():
        mine = [row for row, stratum in enumerate(table["stratum"]) if stratum == name]
        alone = rows(draw_of(shuffled(table, mine), n, design))
        assert [{**row, "stratum": ""} for row in together if row["stratum"] == name] == alone


@given(registries(), st.sampled_from(DESIGNS))
def test_certain_ones_are_always_in_and_n_more_are_drawn(registry, design):
    table, n = registry
    came = rows(draw_of(table, n, design))
    sample = {row["entity_id"] for row in came if row["selection"] != "reserve"}
    certain = {own for own, taken in zip(table["entity_id"], table["certain"]) if taken}
    assert certain <= {row["entity_id"] for row in came if row["selection"] == "certain"}
    assert all(row["pi"] == 1 and row["key"] is None for row in came if row["selection"] == "certain")
    if design != "poisson":
        assert len(sample) == len(certain) + n
    keys = [row["key"] for row in came if row["selection"] == "drawn"]
    assert keys == sorted(keys)


@given(st.integers(1, 80), st.data())
def test_a_larger_simple_random_sample_contains_the_smaller(count, data):
    own = {"entity_id": [f"e{i}" for i in range(count)]}
    small, large = sorted(data.draw(st.tuples(st.integers(0, count), st.integers(0, count))))
    few, many = (drawn(fairdraw.draw(own, n, seed=SEED, design="srs")) for n in (small, large))
    assert set(few) <= set(many) and len(many) == large


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1)), min_size=1, max_size=40), st.data())
def test_estimates_of_two_domains_add_up(sample, data):
    findings, pi = zip(*sample)
    domain = data.draw(st.lists(st.booleans(), min_size=len(sample), max_size=len(sample)))
    whole = fairdraw.estimate(findings, pi)
    assert 0 <= whole["rate"] <= 1 and whole["observed"] == len(sample)
    assert whole["total"] == pytest.approx(sum(found / own for found, own in sample), rel=1e-12)
    parts = [[own is side for own in domain] for side in (True, False)]
    came = [fairdraw.estimate(findings, pi, domain=part) for part in parts if any(part)]
    assert math.fsum(part["total"] for part in came) == pytest.approx(whole["total"], rel=1e-12)
    assert sum(part["observed"] for part in came) == len(sample)
