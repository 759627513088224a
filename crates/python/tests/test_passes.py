"""States of the passes: what they say, and that they are refused where they are cut, changed or of another draw."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fairdraw
from support import ids, in_parts, push

IDS = ids(20)
WEIGHTS = [1.0, 2.0, 3.0, 4.0, 90.0] * 4
PART = list(zip(IDS, WEIGHTS))
TICKETS = fairdraw.tickets(IDS, "1")


def refused(*words):
    return pytest.raises(fairdraw.FairdrawError, match="(?s)" + ".*".join(f"(?:{word})" for word in words))


def weight_pass(n=6, design="pareto"):
    own = fairdraw.WeightPass(n, design)
    push(own, PART, "1")
    return own


def key_pass(inclusion, reserve=2, **given):
    own = fairdraw.KeyPass(inclusion, reserve=reserve, **given)
    push(own, PART, "1")
    return own


def test_a_draw_by_hand():
    weights = weight_pass()
    assert weights.positive == 20
    inclusion = weights.solve()
    assert inclusion.take_all == [own for own, weight in PART if weight == 90]
    pi = inclusion.probabilities(IDS, WEIGHTS).to_pylist()
    assert pi == fairdraw.inclusion_probabilities(WEIGHTS, 6).to_pylist()
    table, cut_line, next_key = key_pass(inclusion).finish()
    assert isinstance(table, pa.Table) and table.column_names == ["entity_id", "selection", "order", "key"]
    assert table["selection"].to_pylist() == ["certain"] * 4 + ["drawn"] * 2 + ["reserve"] * 2
    assert table["order"].to_pylist() == [1, 2, 3, 4, 1, 2, 1, 2]
    keys = table["key"].to_pylist()
    assert keys[:4] == [None] * 4 and (keys[5], keys[6]) == (cut_line, next_key) and cut_line < next_key


def test_states_are_small():
    """Of 20,000 entities of which 100 are drawn, some kilobytes travel."""
    own = [(one, 1.0 + row % 9) for row, one in enumerate(ids(20_000))]
    inclusion, keys = in_parts([own[:9_000], own[9_000:]], 100, seed="1", alpha=1e-3, reserve=10)
    assert len(inclusion.to_bytes()) < 200 and len(keys.to_bytes()) < 6_000
    assert keys.finish()[0].num_rows == 110


@pytest.mark.parametrize("design", ["pareto", "sequential-poisson", "srs", "poisson"])
def test_states_come_back(design):
    weights = weight_pass(design=design)
    again = fairdraw.WeightPass.from_bytes(weights.to_bytes())
    assert again.to_bytes() == weights.to_bytes() and again.positive == 20
    inclusion = again.solve()
    same = fairdraw.Inclusion.from_bytes(inclusion.to_bytes())
    assert same.to_bytes() == inclusion.to_bytes() and same.take_all == inclusion.take_all
    keys = key_pass(inclusion, design=design)
    again = fairdraw.KeyPass.from_bytes(bytearray(keys.to_bytes()), same, design, 2)
    assert again.finish()[0].equals(keys.finish()[0]) and again.design == design


INCLUSION = weight_pass().solve()
STATES = {
    "weights": (weight_pass().to_bytes(), fairdraw.WeightPass.from_bytes),
    "inclusion": (INCLUSION.to_bytes(), fairdraw.Inclusion.from_bytes),
    "keys": (key_pass(INCLUSION).to_bytes(), lambda state: fairdraw.KeyPass.from_bytes(state, INCLUSION, reserve=2)),
}


@pytest.mark.parametrize("kind", STATES)
def test_states_that_were_cut_or_lengthened(kind):
    state, read = STATES[kind]
    for length in range(len(state)):
        with refused("the state ends after|do not begin|follow the end", "send it again|hand over|by itself"):
            read(state[:length])
    with refused("1 bytes follow the end of the state", "without padding"):
        read(state + b"x")
    with refused("the bytes do not begin with", "hand over what its to_bytes gave"):
        read(b"XYZ" + state[3:])
    with refused("the state is of version 9", "same version of fairdraw"):
        read(state[:3] + b"\x09" + state[4:])
    for other in ("abc", None, 5, [1, 2]):
        with refused("the state is ", "give the bytes that to_bytes gave"):
            read(other)


@given(st.sampled_from(sorted(STATES)), st.binary(max_size=200))
def test_any_bytes_are_refused(kind, state):
    with pytest.raises(fairdraw.FairdrawError):
        STATES[kind][1](state)


@given(st.sampled_from(sorted(STATES)), st.data())
def test_a_changed_byte_is_refused_or_harmless(kind, data):
    """A state is no signature: a changed weight can be another state. It must not be anything worse."""
    state, read = STATES[kind]
    at = data.draw(st.integers(0, len(state) - 1))
    changed = state[:at] + bytes([data.draw(st.integers(0, 255))]) + state[at + 1:]
    try:
        own = read(changed)
    except fairdraw.FairdrawError:
        return
    assert own.to_bytes() == changed


def test_passes_of_other_draws():
    with refused("differ in their sample size, 6 and 5", "the same numbers"):
        weight_pass().merge(weight_pass(5))
    with refused("differ in their design, pareto and srs", "the same numbers"):
        weight_pass().merge(weight_pass(design="srs"))
    other = weight_pass(5).solve()
    with refused("other probabilities", "the same inclusion"):
        key_pass(INCLUSION).merge(key_pass(other, reserve=3))
    with refused("other probabilities", "the same inclusion"):
        fairdraw.KeyPass.from_bytes(key_pass(INCLUSION).to_bytes(), other, reserve=2)
    with refused("number of keys to keep", "the same numbers"):
        fairdraw.KeyPass.from_bytes(key_pass(INCLUSION).to_bytes(), INCLUSION, reserve=3)
    with refused("differ in their design", "the same numbers"):
        fairdraw.KeyPass.from_bytes(key_pass(INCLUSION).to_bytes(), INCLUSION, "sequential-poisson", reserve=2)
    with refused("every entity once"):
        twice = key_pass(INCLUSION)
        twice.merge(key_pass(INCLUSION))
        twice.finish()


def test_the_first_pass_counts_heads_or_adds_up_weights():
    with refused("added up weights, and design is 'srs'", "the same design"):
        fairdraw.KeyPass(INCLUSION, "srs")
    with refused("added up weights, and design is 'srs'", "the same design"):
        INCLUSION.probabilities(IDS, WEIGHTS, "srs")
    heads = weight_pass(design="srs").solve()
    with refused("the first pass was of 'srs', and design is 'pareto'", "the same design"):
        heads.probabilities(IDS, WEIGHTS)
    with refused("the first pass was of 'srs', and design is 'pareto'", "the same design"):
        key_pass(heads)


def test_a_pass_stays_as_it_was_after_an_error():
    own = weight_pass()
    before = own.to_bytes()
    for refuse in (
        lambda: own.merge(own), lambda: own.merge(weight_pass(5)), lambda: own.push(IDS, [-1.0] * 20, TICKETS),
    ):
        with pytest.raises(fairdraw.FairdrawError):
            refuse()
    assert own.to_bytes() == before


@pytest.mark.parametrize("given, words", [
    (([], [], TICKETS), ["tickets has 20 rows where ids have 0"]),
    ((IDS, [1.0], TICKETS), ["weights has 1 rows where ids have 20", "give one for each"]),
    ((IDS, WEIGHTS, TICKETS[:3]), ["tickets has 3 rows where ids have 20"]),
    ((IDS, WEIGHTS, [1] * 20), ["tickets has the type Int64", "give what fairdraw.tickets returns"]),
    ((IDS, WEIGHTS, ["0f"] * 20), ["tickets has the type Utf8", "give what fairdraw.tickets returns"]),
    ((IDS, WEIGHTS, pa.array([None] * 20, pa.uint64())), ["tickets", "give what fairdraw.tickets returns"]),
    ((IDS, WEIGHTS, None), ["tickets is None", "give a column"]),
    ((list(range(20)), WEIGHTS, TICKETS), ["ids has the type int64", "give text"]),
    ((IDS, [-1.0] * 20, TICKETS), ["weights is -1 in row 0", "at least 0"]),
    ((IDS, ["1"] * 20, TICKETS), ["weights has the type string", "give numbers"]),
])
def test_what_is_pushed(given, words):
    for own in (fairdraw.WeightPass(6), fairdraw.KeyPass(INCLUSION)):
        with refused(*words):
            own.push(*given)


@pytest.mark.parametrize("refuse, words", [
    (lambda: fairdraw.WeightPass(-1), ["n is -1", "whole number"]),
    (lambda: fairdraw.WeightPass(True), ["n is True", "whole number"]),
    (lambda: fairdraw.WeightPass(2.0), ["n is 2.0", "whole number"]),
    (lambda: fairdraw.WeightPass(2**64), ["n is 18446744073709551616", "whole number"]),
    (lambda: fairdraw.WeightPass(3, "cluster"), ['"cluster" is no design', "give one of"]),
    (lambda: fairdraw.WeightPass(3).solve(), ["3 asked for where 0 have a positive weight", "lower n"]),
    (lambda: weight_pass().solve(1.0), ["alpha is 1.0", "below 1"]),
    (lambda: weight_pass().solve("x"), ["alpha is 'x'", "below 1"]),
    (lambda: weight_pass().merge(5), ["other is 5", "give a fairdraw.WeightPass"]),
    (lambda: weight_pass().merge(key_pass(INCLUSION)), ["other is ", "give a fairdraw.WeightPass"]),
    (lambda: key_pass(INCLUSION).merge(weight_pass()), ["other is ", "give a fairdraw.KeyPass"]),
    (lambda: fairdraw.Inclusion(), ["WeightPass.solve or Inclusion.from_bytes"]),
    (lambda: fairdraw.KeyPass(INCLUSION.to_bytes()), ["inclusion is ", "give a fairdraw.Inclusion"]),
    (lambda: fairdraw.KeyPass(INCLUSION, reserve=-1), ["reserve is -1", "whole number"]),
    (lambda: fairdraw.KeyPass(INCLUSION, "cluster"), ['"cluster" is no design', "give one of"]),
    (lambda: INCLUSION.probabilities(IDS, [1.0]), ["weights has 1 rows where ids have 20"]),
    (lambda: INCLUSION.probabilities(IDS, [None] * 20), ["weights is null in every row"]),
])
def test_the_arguments_of_passes(refuse, words):
    with refused(*words):
        refuse()


def test_a_pass_with_itself():
    for own in (weight_pass(), key_pass(INCLUSION)):
        with refused("cannot be merged with itself"):
            own.merge(own)
