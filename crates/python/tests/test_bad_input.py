"""What cannot be drawn from is refused: a FairdrawError whose text names the place and the fix."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fairdraw
from support import ids

IDS = ids(10)
TABLE = {
    "entity_id": IDS,
    "weight": [float(i + 1) for i in range(10)],
    "district": ["永川", "江津"] * 5,
    "red": [False] * 10,
    "prn": [(i + 0.5) / 10 for i in range(10)],
}


def refused(*words):
    """The error that says these words."""
    return pytest.raises(fairdraw.FairdrawError, match="(?s)" + ".*".join(f"(?:{word})" for word in words))


def draw(n=3, seed="1", table=None, **given):
    return fairdraw.draw({**TABLE, **(table or {})}, n, seed=seed, **given)


def first(value, others):
    return [value] + [others] * 9


NAN = float("nan")


def test_the_error_is_a_value_error_of_the_package_and_travels():
    assert issubclass(fairdraw.FairdrawError, ValueError)
    with pytest.raises(ValueError) as caught:
        draw(n=-1)
    error = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(error, fairdraw.FairdrawError) and str(error) == str(caught.value)


@pytest.mark.parametrize("weights, words", [
    (first(None, 1.0), ["weights is null in row 0", "fill it or leave the row out"]),
    ([None] * 10, ["weights is null in every row", "give numbers"]),
    (first(NAN, 1.0), ["weights is NaN in row 0", "finite"]),
    (first(float("inf"), 1.0), ["weights is inf in row 0", "finite"]),
    (first(-1, 1), ["weights is -1 in row 0", "at least 0"]),
    (first(-1e-9, 1.0), ["weights is -0.000000001 in row 0", "at least 0"]),
    (first(1e10, 1.0), ["weights is 10000000000 in row 0", "at most 9007199254.74"]),
    (first(10**30, 1), ["weights cannot be read as a column", "too large"]),
    (first(4e-7, 1.0), ["weights is 0.0000004 in row 0", "round to 0", "multiply all weights"]),
    (["1"] * 10, ["weights has the type string", "give numbers"]),
    (first("x", 1.0), ["weights cannot be read", "row 1", "'str'|float", "give one type"]),
    ([True] * 10, ["weights has the type bool", "give numbers"]),
    ([[1.0]] * 10, ["weights has the type list", "give numbers"]),
    (np.array(["2023-01-01"] * 10, "M8[D]"), ["weights has the type date32", "give numbers"]),
    (np.ones(10, complex), ["weights cannot be read as a column", "numpy"]),
    (np.ones((10, 2)), ["weights cannot be read as a column", "1-dimensional"]),
    ([1.0], ["weights has 1 rows where ids have 10", "give one for each"]),
    (pa.table({"a": [1.0]}), ["weights is a table", "give one column"]),
    (pd.DataFrame({"a": [1.0]}), ["weights cannot be read|weights is a table"]),
    (5, ["weights is 5", "give a column"]),
    ("12345", ["weights is '12345'", "give a column"]),
    ([0.0] * 10, ["3 asked for where 0 have a positive weight", "lower n"]),
])
def test_weights(weights, words):
    with refused(*words):
        draw(table={"weight": weights}, weight="weight")


def test_the_row_is_counted_over_all_chunks():
    weights = pa.chunked_array([[1.0] * 4, [1.0, 1.0, -3.0, 1.0], [1.0, 1.0]])
    with refused("weights is -3 in row 6"):
        draw(table={"weight": weights}, weight="weight")
    with refused("weights is null in row 2"):
        draw(table={"weight": pd.Series([1.0, 1.0, NAN, *[1.0] * 7])}, weight="weight")


@pytest.mark.parametrize("own, words", [
    (["a", "b", "a", *IDS[3:]], ['the id "a" is in rows 0 and 2', "deduplicate first"]),
    (["", *IDS[1:]], ["ids is blank in row 0", "leave the row out"]),
    ([None, *IDS[1:]], ["ids is null in row 0", "leave the row out"]),
    ([None] * 10, ["ids is null in every row", "give text"]),
    (list(range(10)), ["ids has the type int64", "give text", "leading zeros"]),
    ([float(i) for i in range(10)], ["ids has the type double", "give text"]),
    ([b"%d" % i for i in range(10)], ["ids has the type binary", "give text"]),
    ([*IDS[:9], 7], ["ids cannot be read", r"row 9 .*is 7 \(of the type int\)", "where row 0 is of the type str"]),
    (["\ud800", *IDS[1:]], ["ids cannot be read as a column", "surrogates"]),
    (set(IDS), ["ids is ", "set", "give a column"]),
    ({own: 1 for own in IDS}, ["ids is ", "dict", "give a column"]),
    (None, ["ids is None", "give a column"]),
    (pa.scalar("a"), ["ids is ", "give a column"]),
])
def test_ids(own, words):
    with refused(*words):
        draw(table={"entity_id": own})
    if "deduplicate" not in " ".join(words):
        for take in (lambda: fairdraw.tickets(own, "1"), lambda: fairdraw.check_code(own)):
            with refused(*words):
                take()


def test_a_place_is_never_blank():
    with refused("ids is blank in row 1", "leave the row out"):
        fairdraw.tickets(["a", ""], "1")


@pytest.mark.parametrize("given, words", [
    ({"weight": "wieght"}, ["weight names the column 'wieght'", "the table has entity_id", "give one of these"]),
    ({"id": "id"}, ["id names the column 'id'", "the table has"]),
    ({"stratum": "x", "n": {"a": 1}}, ["stratum names the column 'x'"]),
    ({"certain": "x"}, ["certain names the column 'x'"]),
    ({"prn": "x", "seed": None}, ["prn names the column 'x'"]),
    ({"weight": 3}, ["weight is 3", "give the name of a column"]),
    ({"weight": TABLE["weight"]}, ["weight is ", "list", "give the name of a column"]),
])
def test_names_of_columns(given, words):
    with refused(*words):
        draw(**given)


def test_a_column_that_is_there_twice():
    twice = pa.table([IDS, IDS], names=["entity_id", "entity_id"])
    for table in (twice, pd.DataFrame(np.array([IDS, IDS]).T, columns=["entity_id"] * 2)):
        with refused("id names the column 'entity_id', which the table has twice", "rename"):
            fairdraw.draw(table, 1, seed="1")


@pytest.mark.parametrize("table", [
    5, None, "registry.csv", IDS, [{"entity_id": "a"}], pa.array(IDS), np.array(IDS), pl.LazyFrame({"entity_id": IDS}),
])
def test_what_is_no_table(table):
    with refused("is no table", "give one of pyarrow, polars, pandas or DuckDB, or a dict of columns"):
        fairdraw.draw(table, 1, seed="1")


@pytest.mark.parametrize("table", [pa.chunked_array([IDS]), pl.Series(IDS)])
def test_a_column_is_no_table(table):
    with refused("cannot be read as a table", "give a table, or a dict of columns"):
        fairdraw.draw(table, 1, seed="1")


@pytest.mark.parametrize("n, words", [
    (11, ["11 asked for where 10 have a positive weight", "lower n"]),
    (2**62, ["4611686018427387904 asked for where 10", "lower n"]),
    (-1, ["n is -1", "whole number of at least 0"]),
    (True, ["n is True", "whole number"]),
    (3.0, ["n is 3.0", "whole number"]),
    ("3", ["n is '3'", "whole number"]),
    (None, ["n is None", "whole number"]),
    (np.float64(3), ["n is ", "whole number"]),
    (np.bool_(True), ["n is ", "whole number"]),
    (2**70, ["n is 1180591620717411303424", "whole number"]),
    ({"永川": 1}, ["n is ", "there are no strata", "give one number"]),
])
def test_sizes(n, words):
    for refuse in (lambda: draw(n), lambda: fairdraw.inclusion_probabilities(TABLE["weight"], n)):
        with refused(*words):
            refuse()


@pytest.mark.parametrize("n, words", [
    (3, ["n is 3", "a number for each stratum", "'永川': 20"]),
    ({"永川": 1}, ["n has no number for the stratum '江津'", "0 if nobody"]),
    ({}, ["n has no number for the stratum"]),
    ({"永川": 1, "江津": 1, "合川": 1}, ["n names the stratum '合川', which no entity is in", "'永川', '江津'"]),
    ({"永川": 1, "江津": 1.5}, ["n for '江津' is 1.5", "whole number"]),
    ({"永川": 1, "江津": -1}, ["n for '江津' is -1", "whole number"]),
    ({"永川": 1, "江津": True}, ["n for '江津' is True", "whole number"]),
    ({"永川": 1, 7: 1}, ["a stratum that n names is 7", "give text"]),
    ({"永川": 6, "江津": 1}, ['stratum "永川": 6 asked for where 5 have a positive weight', "lower n"]),
])
def test_sizes_of_strata(n, words):
    with refused(*words):
        draw(n, stratum="district")
    with refused(*words):
        fairdraw.inclusion_probabilities(TABLE["weight"], n, strata=TABLE["district"])


@pytest.mark.parametrize("strata, words", [
    (first(None, "永川"), ["strata is null in row 0"]),
    ([1] * 10, ["strata has the type int64", "give text"]),
    (["永川"], ["strata has 1 rows where (ids have|weights has) 10", "give one for each"]),
])
def test_strata(strata, words):
    with refused(*words):
        draw({"永川": 1}, table={"district": strata}, stratum="district")
    with refused(*words):
        fairdraw.inclusion_probabilities(TABLE["weight"], {"永川": 1}, strata=strata)


@pytest.mark.parametrize("certain, words", [
    (first(None, True), ["certain is null in row 0"]),
    ([0] * 10, ["certain has the type int64", "give true or false"]),
    (["no"] * 10, ["certain has the type string", "give true or false"]),
    ([True], ["certain has 1 rows where ids have 10"]),
    ([True] * 10, ["3 asked for where 0 have a positive weight"]),
])
def test_certain(certain, words):
    with refused(*words):
        draw(table={"red": certain}, certain="red")


@pytest.mark.parametrize("prn, words", [
    (first(0.0, 0.5), ["prn is 0 in row 0", "above 0 and below 1"]),
    (first(1.0, 0.5), ["prn is 1 in row 0", "above 0 and below 1"]),
    (first(-0.5, 0.5), ["prn is -0.5 in row 0", "above 0 and below 1"]),
    (first(NAN, 0.5), ["prn is NaN in row 0", "finite"]),
    (first(None, 0.5), ["prn is null in row 0"]),
    (["0.5"] * 10, ["prn has the type string", "give numbers"]),
    ([0.5], ["prn has 1 rows where ids have 10"]),
])
def test_permanent_random_numbers(prn, words):
    with refused(*words):
        draw(table={"prn": prn}, prn="prn", seed=None)


@pytest.mark.parametrize("given, words", [
    ({"seed": None}, ["give a seed, or permanent random numbers as prn"]),
    ({"prn": "prn"}, ["both seed and prn are given", "give one"]),
    ({"seed": "a\nb"}, ["the seed holds a line break", "at byte 1", "on one line"]),
    ({"stream": "2023\r"}, ["the stream holds a line break", "at byte 4", "on one line"]),
    ({"seed": 817}, ["seed is 817", "give text"]),
    ({"seed": b"08"}, ["seed is b'08'", "give text"]),
    ({"seed": "\ud800"}, ["seed is ", "no Unicode text"]),
    ({"stream": 2023}, ["stream is 2023", "give text"]),
    ({"stream": None}, ["stream is None", "give text"]),
    ({"design": "paretto"}, ['"paretto" is no design', "pareto, sequential-poisson, srs, poisson"]),
    ({"design": None}, ['"None" is no design', "give one of"]),
    ({"alpha": 1.0}, ["alpha is 1.0", "at least 0 and below 1"]),
    ({"alpha": -0.1}, ["alpha is -0.1", "at least 0 and below 1"]),
    ({"alpha": NAN}, ["alpha is nan", "at least 0 and below 1"]),
    ({"alpha": "0.1"}, ["alpha is '0.1'", "at least 0 and below 1"]),
    ({"alpha": None}, ["alpha is None", "at least 0 and below 1"]),
    ({"reserve": -1}, ["reserve is -1", "whole number"]),
    ({"reserve": 1.5}, ["reserve is 1.5", "whole number"]),
    ({"reserve": True}, ["reserve is True", "whole number"]),
])
def test_the_other_arguments(given, words):
    with refused(*words):
        draw(**given)


def test_seeds_of_tickets():
    for seed, stream, words in [
        (5, "", ["seed is 5", "give text"]), ("1", None, ["stream is None"]), ("1\n", "", ["the seed holds a line"]),
    ]:
        with refused(*words):
            fairdraw.tickets(IDS, seed, stream)


@pytest.mark.parametrize("table", [
    {"entity_id": [], "weight": []},
    pa.table({"entity_id": pa.array([], pa.string()), "weight": pa.array([], pa.float64())}),
    pd.DataFrame({"entity_id": [], "weight": []}),
    pl.DataFrame({"entity_id": [], "weight": []}),
])
def test_no_rows(table):
    with refused("1 asked for where 0 have a positive weight", "lower n"):
        fairdraw.draw(table, 1, weight="weight", seed="1")
    with refused("1 asked for where 0 have a positive weight", "lower n"):
        fairdraw.inclusion_probabilities(table["weight"], 1)
    with refused("n names the stratum 'a', which no entity is in", "there are none"):
        fairdraw.draw(table, {"a": 0}, stratum="weight", seed="1")
    with refused("nobody of the domain is in the sample"):
        fairdraw.estimate(table["weight"], table["weight"])


def test_a_table_without_columns():
    with refused("id names the column 'entity_id'", "the table has no column"):
        fairdraw.draw({}, 1, seed="1")


FINDINGS, PI = [1, 0, 1, 0], [0.5, 0.5, 0.25, 1.0]


@pytest.mark.parametrize("given, words", [
    ({"findings": [2, 0, 1, 0]}, ["findings is 2 in row 0", "it is 0 or 1"]),
    ({"findings": [0.5, 0, 1, 0]}, ["findings is 0.5 in row 0", "it is 0 or 1"]),
    ({"findings": [None, 0, 1, 0]}, ["findings is null in row 0"]),
    ({"findings": [NAN, 0, 1, 0]}, ["findings is NaN in row 0"]),
    ({"findings": ["yes"] * 4}, ["findings has the type string", "0 or 1, or true or false"]),
    ({"pi": [0.0, 0.5, 0.5, 0.5]}, ["pi is 0 in row 0", "above 0 and at most 1"]),
    ({"pi": [1.5, 0.5, 0.5, 0.5]}, ["pi is 1.5 in row 0", "above 0 and at most 1"]),
    ({"pi": [-0.5, 0.5, 0.5, 0.5]}, ["pi is -0.5 in row 0"]),
    ({"pi": [None, 0.5, 0.5, 0.5]}, ["pi is null in row 0"]),
    ({"pi": [0.5]}, ["pi has 1 rows where findings has 4", "give one for each"]),
    ({"strata": ["a"]}, ["strata has 1 rows where findings has 4"]),
    ({"strata": [1, 2, 1, 2]}, ["strata has the type int64", "give text"]),
    ({"strata": ["a", None, "a", "a"]}, ["strata is null in row 1"]),
    ({"domain": [False] * 4}, ["nobody of the domain is in the sample"]),
    ({"domain": [True]}, ["domain has 1 rows where findings has 4"]),
    ({"domain": [1, 0, 1, 0]}, ["domain has the type int64", "give true or false"]),
    ({"domain": [True, None, True, True]}, ["domain is null in row 1"]),
    ({"level": 2}, ["level is 2", "between 0 and 1", "0.95"]),
    ({"level": 0}, ["level is 0", "between 0 and 1"]),
    ({"level": 1 - 1e-16}, ["level is 0.99999", "between 0 and 1"]),
    ({"level": NAN}, ["level is nan", "between 0 and 1"]),
    ({"level": "95%"}, ["level is '95%'", "between 0 and 1"]),
    ({"level": None}, ["level is None", "between 0 and 1"]),
    ({"design": "cluster"}, ['"cluster" is no design', "give one of"]),
])
def test_estimates(given, words):
    with refused(*words):
        fairdraw.estimate(**{"findings": FINDINGS, "pi": PI, **given})


@pytest.mark.parametrize("text, words", [
    ("name = 3\n", [r"plan\.toml:1", "name", "write a text in double quotes"]),
    ("= =", [r"plan\.toml:1", "plans are TOML"]),
    ('name = "x"\nsurprise = 1\n', [r"plan\.toml:2", "surprise", "known are name"]),
])
def test_plans_that_are_broken(tmp_path, text, words):
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    with refused(*words):
        fairdraw.Plan.load(tmp_path / "plan.toml")


def test_plans_that_are_not_there(tmp_path):
    with refused("nowhere.toml", "there is no plan", "check the path"):
        fairdraw.Plan.load(tmp_path / "nowhere.toml")
    with refused(str(tmp_path), "cannot be read", "check the path"):
        fairdraw.Plan.load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with refused("latin.toml", "not UTF-8", "save the plan as UTF-8"):
        fairdraw.Plan.load(tmp_path / "latin.toml")
    with pytest.raises(TypeError, match="expected str, bytes or os.PathLike"):
        fairdraw.Plan.load(5)
