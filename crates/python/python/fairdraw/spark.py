"""Draws over Spark DataFrames: Spark reads and moves rows, fairdraw decides.

Two passes run where the rows are (``mapInArrow``); what reaches the driver are their states, by stratum: the sum of the
weights with the n heaviest entities, then the n smallest keys. The list is that of :func:`fairdraw.draw` on the same rows,
whatever their partitions and order.

    >>> from fairdraw import spark as fairdraw_spark
    >>> drawn = fairdraw_spark.draw(entities, n=1000, weight="weight", seed="08 17 23", stream="2023")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from . import DEFAULT_ALPHA, FairdrawError, Inclusion, KeyPass, WeightPass, tickets

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["draw"]

_STATES = "stratum string, state binary"
_LIST = (
    "entity_id string, stratum string, selection string, `order` int, ticket string, u double, key double, pi double, "
    "design_weight double"
)
_PARTIAL = "entity_id string, stratum string, ticket string, u double, pi double"


def _parts(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of each stratum."""
    if batch.num_rows == 0:
        return
    if batch.column("stratum").null_count:
        raise FairdrawError("stratum is null in a row; fill it or leave the row out")
    rows = batch.take(pc.sort_indices(batch.column("stratum")))
    names = rows.column("stratum")
    first, last = 0, rows.num_rows
    while first < last:
        name = names[first].as_py()
        count = pc.sum(pc.equal(names, name)).as_py()
        yield name, rows.slice(first, count)
        first += count


def _u(ticket: int) -> float:
    """The uniform number of a lot."""
    return ((ticket >> 12) + 0.5) / 2**52


def draw(
    df: "DataFrame",
    n: int | Mapping[str, int],
    *,
    id: str = "entity_id",
    weight: str | None = None,
    stratum: str | None = None,
    seed: str,
    stream: str = "",
    design: str = "pareto",
    alpha: float = DEFAULT_ALPHA,
    reserve: int = 0,
) -> "DataFrame":
    """Draws from a DataFrame, a row an entity; parameters and result are those of :func:`fairdraw.draw`.

    Ids are unique over all partitions; that they are is not asked here, as it would move every row: use
    ``df.groupBy(id).count()`` where it is not certain. Rows are read three times; cache what is expensive to make.

    :raises FairdrawError: where the driver is at fault; what an executor finds (nulls, negative weights) comes as Spark's
        PythonException with the same text.
    """
    from pyspark.sql import functions as F

    if isinstance(n, Mapping) != (stratum is not None):
        raise FairdrawError(f"n is {n!r}; give a number, or with stratum one for each stratum, such as {{'永川': 20}}")
    sizes = dict(n) if isinstance(n, Mapping) else {"": n}
    for name, what in ((id, "id"), (weight, "weight"), (stratum, "stratum")):
        if name is not None and name not in df.columns:
            raise FairdrawError(f"{what} names the column {name!r}, and the DataFrame has {', '.join(df.columns)}")
    rows = df.select(
        F.col(id).alias("id"),
        (F.lit(1.0) if weight is None else F.col(weight)).alias("weight"),
        (F.lit("") if stratum is None else F.col(stratum)).alias("stratum"),
    )

    def weigh(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        passes: dict[str, WeightPass] = {}
        for batch in batches:
            for name, part in _parts(batch):
                own = passes.setdefault(name, WeightPass(sizes.get(name, 0), design))
                own.push(part.column("id"), part.column("weight"), tickets(part.column("id"), seed, stream))
        yield _states(passes)

    weighed: dict[str, WeightPass] = {}
    for row in rows.mapInArrow(weigh, _STATES).collect():
        own = WeightPass.from_bytes(bytes(row["state"]))
        if row["stratum"] in weighed:
            weighed[row["stratum"]].merge(own)
        else:
            weighed[row["stratum"]] = own
    for name in sorted(set(sizes) ^ set(weighed)):
        if name in sizes:
            raise FairdrawError(f"n names the stratum {name!r}, which no entity is in; there are {sorted(weighed)}")
        raise FairdrawError(f"n has no number for the stratum {name!r}; give one, 0 if nobody is to be drawn")
    inclusions = {name: own.solve(alpha) for name, own in weighed.items()}
    solved = df.sparkSession.sparkContext.broadcast({name: own.to_bytes() for name, own in inclusions.items()})

    def rank(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        own = {name: Inclusion.from_bytes(state) for name, state in solved.value.items()}
        passes: dict[str, KeyPass] = {}
        for batch in batches:
            for name, part in _parts(batch):
                keys = passes.setdefault(name, KeyPass(own[name], design, reserve))
                keys.push(part.column("id"), part.column("weight"), tickets(part.column("id"), seed, stream))
        yield _states(passes)

    ranked: dict[str, KeyPass] = {}
    for row in rows.mapInArrow(rank, _STATES).collect():
        name = row["stratum"]
        own = KeyPass.from_bytes(bytes(row["state"]), inclusions[name], design, reserve)
        if name in ranked:
            ranked[name].merge(own)
        else:
            ranked[name] = own
    listed = []
    for name in sorted(ranked, key=lambda own: own.encode()):
        list, _, _ = ranked[name].finish()
        listed += [{**own, "stratum": name} for own in list.to_pylist()]
    places = df.sparkSession.sparkContext.broadcast({own["entity_id"] for own in listed})

    def look(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        own = {name: Inclusion.from_bytes(state) for name, state in solved.value.items()}
        wanted = pa.array(sorted(places.value))
        for batch in batches:
            for name, part in _parts(batch.filter(pc.is_in(batch.column("id"), wanted))):
                lots = tickets(part.column("id"), seed, stream).to_pylist()
                yield pa.RecordBatch.from_pydict({
                    "entity_id": part.column("id").cast(pa.string()),
                    "stratum": part.column("stratum").cast(pa.string()),
                    "ticket": [format(lot, "016x") for lot in lots],
                    "u": [_u(lot) for lot in lots],
                    "pi": own[name].probabilities(part.column("id"), part.column("weight"), design),
                })

    found = {row["entity_id"]: row for row in rows.mapInArrow(look, _PARTIAL).collect()}
    if len(found) != len(listed):
        raise FairdrawError(f"{len(listed)} entities are on the list and {len(found)} were found: ids are not unique")
    return df.sparkSession.createDataFrame(_table_of(listed, found).to_pandas(), _LIST)


def _states(passes: Mapping[str, WeightPass | KeyPass]) -> pa.RecordBatch:
    """The states of passes as Spark takes them."""
    return pa.RecordBatch.from_pydict(
        {"stratum": list(passes), "state": [own.to_bytes() for own in passes.values()]},
        schema=pa.schema([("stratum", pa.string()), ("state", pa.binary())]),
    )


def _table_of(listed: list[dict], found: Mapping[str, Mapping]) -> pa.Table:
    """The list with what the third pass has found, in the order of ``fairdraw.draw``."""
    selections = ["certain", "drawn", "reserve"]
    for own in listed:
        own.update({key: found[own["entity_id"]][key] for key in ("ticket", "u", "pi")})
        own["design_weight"] = None if own["selection"] == "reserve" else 1.0 / own["pi"]
    # Who is taken for the weight stands by lot and id.
    listed.sort(key=lambda own: (
        own["stratum"].encode(), selections.index(own["selection"]),
        own["order"] if own["selection"] != "certain" else 0, own["ticket"], own["entity_id"].encode(),
    ))
    orders: dict[tuple[str, str], int] = {}
    for own in listed:
        group = (own["stratum"], own["selection"])
        orders[group] = own["order"] = orders.get(group, 0) + 1
    names = ["entity_id", "stratum", "selection", "order", "ticket", "u", "key", "pi", "design_weight"]
    return pa.table({name: [own[name] for own in listed] for name in names})
