"""Columns and arguments as Python gives them: Arrow arrays and plain values, or an error with the place and the fix."""

from __future__ import annotations

import operator
import reprlib
import sys
from collections.abc import Callable, Iterable, Mapping, Set
from numbers import Real
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ._fairdraw import FairdrawError

_UNREADABLE = (TypeError, ValueError, OverflowError, NotImplementedError)


# ------------------------------------------------------------------------------------------------------------ columns


def column(values: Any, name: str) -> pa.Array:
    """One Arrow array of what was given, of whatever type it has."""
    no_column = isinstance(values, (str, bytes, Mapping, Set, pa.Scalar))
    is_arrow = hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__")
    if no_column or not (is_arrow or isinstance(values, Iterable)):
        raise FairdrawError(f"{name} is {_short(values)}; give a column: an Arrow or numpy array, a series or a list")
    try:
        if isinstance(values, pa.ChunkedArray):
            array = _whole_column(values)
        elif hasattr(values, "__arrow_c_stream__"):
            array = _whole_column(pa.chunked_array(values))
        else:
            array = pa.array(values)
            array = _whole_column(array) if isinstance(array, pa.ChunkedArray) else array
    except _UNREADABLE as error:
        raise FairdrawError(f"{name} cannot be read as a column: {_odd_row(values) or error}") from error
    if pa.types.is_struct(array.type):
        raise FairdrawError(f"{name} is a table, or has the type {array.type}; give one column of it")
    return array


def _whole_column(chunks: pa.ChunkedArray) -> pa.Array:
    try:
        return pa.concat_arrays(chunks.chunks) if chunks.num_chunks else pa.array([], type=chunks.type)
    except pa.ArrowInvalid:
        # The offsets of a string array end at 2 GiB.
        return pa.concat_arrays(chunks.cast(pa.large_string()).chunks)


def texts(values: Any, name: str, advice: str = "") -> pa.Array:
    """A column of texts, none missing."""
    kinds = (pa.types.is_string, pa.types.is_large_string, getattr(pa.types, "is_string_view", pa.types.is_string))
    return _of_kind(column(values, name), name, kinds, f"text{advice}", pa.string())


def ids(values: Any, name: str = "ids") -> pa.Array:
    """A column of ids."""
    return texts(values, name, ": an id that was read as a number has lost its leading zeros")


def numbers(values: Any, name: str) -> pa.Array:
    """A column of numbers, none missing."""
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return _of_kind(column(values, name), name, kinds, "numbers", pa.float64())


def truths(values: Any, name: str) -> pa.Array:
    """A column of truths, none missing."""
    wanted = "true or false, such as table['grade'] == 'D'"
    return _of_kind(column(values, name), name, (pa.types.is_boolean,), wanted, pa.bool_())


def findings(values: Any) -> pa.Array:
    """A column of 0 and 1, or truths, none missing."""
    kinds = (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return _of_kind(column(values, "findings"), "findings", kinds, "0 or 1, or true or false", pa.float64())


def _of_kind(
    array: pa.Array, name: str, kinds: tuple[Callable[[pa.DataType], bool], ...], wanted: str, empty: pa.DataType
) -> pa.Array:
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    if len(array) == 0:
        return pa.array([], type=empty)
    if pa.types.is_null(kind):
        raise FairdrawError(f"{name} is null in every row; give {wanted}")
    if not any(is_kind(kind) for is_kind in kinds):
        raise FairdrawError(f"{name} has the type {kind}; give {wanted}")
    return array


def of_length(array: pa.Array, name: str, rows: int, other: str) -> pa.Array:
    """The array, if it has as many rows as the other."""
    if len(array) == rows:
        return array
    raise FairdrawError(f"{name} has {len(array)} rows where {other} has {rows}; give one for each entity")


def _list(names: list[str]) -> str:
    return reprlib.repr(names)[1:-1] or "none"


def _short(value: Any) -> str:
    return f"{reprlib.repr(value)} (of the type {type(value).__name__})"


def _odd_row(values: Any) -> str | None:
    """The first row whose type is not that of the rows before it."""
    if not isinstance(values, (list, tuple)) and getattr(values, "dtype", None) != object:
        return None
    first = None
    for row, value in enumerate(values):
        if value is None:
            continue
        if first is None:
            first = (row, type(value))
        elif type(value) is not first[1]:
            before = f"where row {first[0]} is of the type {first[1].__name__}"
            return f"row {row} (counted from 0) is {_short(value)}, {before}; give one type"
    return None


# ------------------------------------------------------------------------------------------------------------- tables


class Table:
    """What was given as a table; columns are read when they are asked for."""

    def __init__(self, data: Any) -> None:
        pandas = sys.modules.get("pandas")
        if isinstance(data, Mapping):
            self.names, self._get = [*data], data.__getitem__
        elif pandas is not None and isinstance(data, pandas.DataFrame):
            self.names, self._get = [*data.columns], data.__getitem__
        else:
            table = _arrow_table(data)
            self.names, self._get = table.column_names, table.column

    def column(self, name: Any, what: str) -> Any:
        """The column of this name, which the argument `what` asks for."""
        if isinstance(name, str) and self.names.count(name) == 1:
            return self._get(name)
        have = ", ".join(map(str, self.names)) or "no column"
        if not isinstance(name, str):
            raise FairdrawError(f"{what} is {_short(name)}; give the name of a column; the table has {have}")
        if name in self.names:
            raise FairdrawError(f"{what} names the column {name!r}, which the table has twice; rename one of them")
        raise FairdrawError(f"{what} names the column {name!r}, and the table has {have}; give one of these")


def _arrow_table(data: Any) -> pa.Table:
    try:
        if isinstance(data, (pa.Table, pa.RecordBatch)) or hasattr(data, "__arrow_c_stream__"):
            return pa.table(data)
        if hasattr(data, "to_arrow_table"):
            return data.to_arrow_table()
    except _UNREADABLE as error:
        kind = type(data).__name__
        advice = "give a table, or a dict of columns"
        raise FairdrawError(f"this {kind} cannot be read as a table: {error}; {advice}") from error
    raise FairdrawError(
        f"{type(data).__name__} is no table: give one of pyarrow, polars, pandas or DuckDB, or a dict of columns"
    )


# ------------------------------------------------------------------------------------------------------------- values


def whole(value: Any, name: str) -> int:
    """A number that counts."""
    try:
        number = -1 if isinstance(value, bool) or getattr(value, "dtype", None) == bool else operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number < 2**63:
        raise FairdrawError(f"{name} is {value!r}; give a whole number of at least 0")
    return number


def text(value: Any, name: str) -> str:
    """A text in Unicode."""
    if not isinstance(value, str):
        raise FairdrawError(f"{name} is {_short(value)}; give text, such as '08 17 23'")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FairdrawError(f"{name} is {value!r}, which is no Unicode text: {error.reason}; correct it") from error
    return value


def design(value: Any) -> str:
    """The name of a design; which there are, the core knows."""
    return value if isinstance(value, str) else repr(value)


def real(value: Any, name: str, wanted: str) -> float:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise FairdrawError(f"{name} is {value!r}; give {wanted}")
    return float(value)


def alpha(value: Any) -> float:
    """What probabilities may lack of 1 to become 1."""
    wanted = "a number of at least 0 and below 1, such as 0.001"
    number = real(value, "alpha", wanted)
    if not 0 <= number < 1:
        raise FairdrawError(f"alpha is {value!r}; give {wanted}")
    return number


def sizes(n: Any, strata: pa.Array | None) -> dict[str, int]:
    """The size of each stratum; without strata, of everyone."""
    if strata is None:
        if isinstance(n, Mapping):
            raise FairdrawError(f"n is {n!r}, and there are no strata; give one number, or strata")
        return {"": whole(n, "n")}
    if not isinstance(n, Mapping):
        raise FairdrawError(f"n is {n!r}; give a number for each stratum, such as {{'永川': 20}}")
    named = {text(name, "a stratum that n names"): whole(size, f"n for {name!r}") for name, size in n.items()}
    there = sorted(name for name in pc.unique(strata).to_pylist() if name is not None)
    for name in there:
        if name not in named:
            raise FairdrawError(f"n has no number for the stratum {name!r}; give one, 0 if nobody is to be drawn")
    for name in named:
        if name not in there:
            raise FairdrawError(f"n names the stratum {name!r}, which no entity is in; there are {_list(there)}")
    return named


def state(value: Any) -> bytes:
    """The bytes of a state."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise FairdrawError(f"the state is {_short(value)}; give the bytes that to_bytes gave")
    return bytes(value)


def of_type(value: Any, kind: type, name: str) -> Any:
    """The value, if it is one of fairdraw's."""
    if isinstance(value, kind):
        return value
    raise FairdrawError(f"{name} is {_short(value)}; give a fairdraw.{kind.__name__}")
