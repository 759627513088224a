"""Whatever a table or a column comes from, the same draw comes out."""

from __future__ import annotations

import decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fairdraw
from support import population, rows

TABLE = population(3_000)
SIZES = {"永川": 40, "江津": 20}
LISTS = TABLE.to_pydict()
PANDAS = pd.DataFrame(LISTS)


def with_types(**types):
    return pa.table({
        name: pa.array(LISTS[name], types[name]) if name in types else TABLE[name] for name in TABLE.column_names
    })


def dictionaries():
    """Every chunk with a dictionary of its own."""
    parts = [TABLE.slice(start, 700) for start in range(0, TABLE.num_rows, 700)]
    coded = [pa.chunked_array([part[name].combine_chunks().dictionary_encode() for part in parts]) for name in
             ("entity_id", "district")]
    return TABLE.set_column(0, "entity_id", coded[0]).set_column(2, "district", coded[1])


def duckdb_relation():
    connection = duckdb.connect()
    connection.register("own", TABLE)
    # Otherwise it is closed while the relation is read.
    return connection, connection.sql("select * from own")


SOURCES = {
    "pyarrow Table": lambda: TABLE,
    "pyarrow Table in many chunks": lambda: pa.Table.from_batches(TABLE.to_batches(max_chunksize=77)),
    "pyarrow RecordBatch": lambda: TABLE.combine_chunks().to_batches()[0],
    "pyarrow RecordBatchReader": lambda: TABLE.to_reader(100),
    "pyarrow with dictionaries": dictionaries,
    "pyarrow with large strings": lambda: with_types(entity_id=pa.large_string(), district=pa.large_string()),
    "pyarrow with views of strings": lambda: with_types(entity_id=pa.string_view(), district=pa.string_view()),
    "pyarrow with decimals": lambda: TABLE.set_column(1, "weight", TABLE["weight"].cast(pa.decimal128(12, 6))),
    "polars": lambda: pl.from_arrow(TABLE),
    "polars in chunks": lambda: pl.concat([pl.from_arrow(TABLE[:10]), pl.from_arrow(TABLE[10:])], rechunk=False),
    "polars with categories": lambda: pl.from_arrow(TABLE).with_columns(pl.col("district").cast(pl.Categorical)),
    "pandas with objects": lambda: PANDAS.astype({"entity_id": object, "district": object}),
    "pandas with strings": lambda: PANDAS.astype({"entity_id": "string", "district": "string"}),
    "pandas with strings of pyarrow": lambda: PANDAS.astype({"entity_id": "string[pyarrow]"}),
    "pandas with categories": lambda: PANDAS.astype({"district": "category"}),
    "pandas with an index": lambda: PANDAS.set_index(np.arange(len(PANDAS))[::-1] * 7),
    "pandas with nullable numbers": lambda: PANDAS.astype({"weight": "Float64", "red": "boolean"}),
    "DuckDB relation": duckdb_relation,
    "dict of lists": lambda: LISTS,
    "dict of numpy arrays": lambda: {name: np.array(values) for name, values in LISTS.items()},
    "dict of Arrow columns": lambda: {name: TABLE[name] for name in TABLE.column_names},
    "dict of polars series": lambda: {name: pl.Series(values) for name, values in LISTS.items()},
    "dict of pandas series": lambda: {name: PANDAS[name] for name in PANDAS},
    "dict of tuples": lambda: {name: tuple(values) for name, values in LISTS.items()},
}


def draw(table):
    return rows(fairdraw.draw(
        table, SIZES, weight="weight", stratum="district", certain="red", seed="08 17", stream="2023", reserve=5
    ))


@pytest.fixture(scope="module")
def expected():
    came = draw(TABLE)
    assert {row["selection"] for row in came} == {"certain", "drawn", "reserve"}
    return came


@pytest.mark.parametrize("source", SOURCES)
def test_every_library_gives_the_same_list(source, expected):
    table = SOURCES[source]()
    assert draw(table[1] if isinstance(table, tuple) else table) == expected


def test_permanent_random_numbers_are_read_from_every_library():
    came = rows(fairdraw.draw(TABLE, 50, weight="weight", prn="prn"))
    assert {row["ticket"] for row in came} == {None}
    for table in (PANDAS, pl.from_arrow(TABLE), LISTS):
        assert rows(fairdraw.draw(table, 50, weight="weight", prn="prn")) == came


COLUMNS = {
    "list": lambda: LISTS["weight"],
    "tuple": lambda: tuple(LISTS["weight"]),
    "generator": lambda: (weight for weight in LISTS["weight"]),
    "numpy": lambda: np.array(LISTS["weight"]),
    "numpy, every second of twice as many": lambda: np.repeat(LISTS["weight"], 2)[::2],
    "pyarrow Array": lambda: TABLE["weight"].combine_chunks(),
    "pyarrow Array, a slice": lambda: pa.concat_arrays([pa.array([9.5]), TABLE["weight"].combine_chunks()])[1:],
    "pyarrow ChunkedArray": lambda: pa.chunked_array([TABLE["weight"].chunk(0)[:9], TABLE["weight"].chunk(0)[9:]]),
    "pyarrow decimals": lambda: TABLE["weight"].cast(pa.decimal128(12, 6)),
    "Python decimals": lambda: [decimal.Decimal(str(weight)) for weight in LISTS["weight"]],
    "pandas Series": lambda: PANDAS["weight"],
    "pandas Series of objects": lambda: PANDAS["weight"].astype(object),
    "polars Series": lambda: pl.Series(LISTS["weight"]),
}


@pytest.mark.parametrize("source", COLUMNS)
def test_every_column_gives_the_same_probabilities(source):
    expected = fairdraw.inclusion_probabilities(TABLE["weight"], SIZES, strata=TABLE["district"])
    came = fairdraw.inclusion_probabilities(COLUMNS[source](), SIZES, strata=LISTS["district"])
    assert isinstance(came, pa.DoubleArray) and came.equals(expected)


@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "i4", "u4", "i8", "u8", "f4", "f8"])
def test_every_number_type_is_read(kind):
    weights = np.array([1, 2, 3, 4], dtype=kind)
    assert fairdraw.inclusion_probabilities(weights, 2).to_pylist() == [0.2, 0.4, 0.6, 0.8]


@pytest.mark.parametrize("count", [1, 3, np.int64(3), np.uint8(3)])
def test_counts_may_come_from_numpy(count):
    assert fairdraw.draw(TABLE, count, seed="1", reserve=count).num_rows == 2 * int(count)


def test_only_columns_that_are_named_are_read():
    odd = pd.DataFrame({"entity_id": ["a", "b"], "mixed": [1, "x"]})
    assert fairdraw.draw(odd, 1, seed="1").num_rows == 1
    assert fairdraw.draw({"entity_id": ["a", "b"], "short": [1]}, 1, seed="1").num_rows == 1


def test_tables_come_back_as_pyarrow():
    kinds = {
        "entity_id": pa.string(), "stratum": pa.string(), "selection": pa.string(), "order": pa.int32(),
        "ticket": pa.string(), "u": pa.float64(), "key": pa.float64(), "pi": pa.float64(),
        "design_weight": pa.float64(),
    }
    drawn = fairdraw.draw(TABLE, 5, seed="1")
    assert isinstance(drawn, pa.Table) and dict(zip(drawn.schema.names, drawn.schema.types)) == kinds
    assert isinstance(fairdraw.check_code(["a"]), pa.Table)
    assert isinstance(fairdraw.tickets(["a"], "1"), pa.UInt64Array)
    assert len(pl.DataFrame(drawn)) == 5 and len(drawn.to_pandas()) == 5


def test_nothing_at_all_has_no_lots_and_no_probabilities():
    assert fairdraw.tickets([], "1").to_pylist() == []
    assert fairdraw.inclusion_probabilities([], 0).to_pylist() == []
    assert fairdraw.check_code(pa.array([], pa.string())).num_rows == 0
    assert fairdraw.draw({"entity_id": []}, 0, seed="1").num_rows == 0
