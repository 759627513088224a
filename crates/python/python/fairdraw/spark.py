"""Draws on Spark: Spark reads and moves rows, fairdraw decides.

:func:`run` runs a plan and publishes the folder that ``fairdraw run`` would, to be confirmed by ``fairdraw verify``;
:func:`draw` draws from one DataFrame.

    >>> from fairdraw import spark as fairdraw_spark
    >>> manifest = fairdraw_spark.run(spark, "plan.toml", tables={"entities": spark.table("registry.firms")})

For :func:`draw`, two passes run where the rows are (``mapInArrow``); what reaches the driver are their states, by stratum: the sum of the
weights with the n heaviest entities, then the n smallest keys. The list is that of :func:`fairdraw.draw` on the same rows,
whatever their partitions and order.

    >>> from fairdraw import spark as fairdraw_spark
    >>> drawn = fairdraw_spark.draw(entities, n=1000, weight="weight", seed="08 17 23", stream="2023")
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from . import DEFAULT_ALPHA, FairdrawError, Inclusion, KeyPass, WeightPass, _fairdraw, _ranges, tickets

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["draw", "run"]

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


def run(
    spark: "SparkSession",
    plan: str | os.PathLike[str],
    *,
    tables: Mapping[str, "DataFrame"] | None = None,
    output: str | os.PathLike[str] | None = None,
    seed: str | None = None,
    replace: bool = False,
    ranges: int | None = None,
) -> dict[str, Any]:
    """Runs a plan on a cluster, and publishes its folder: what ``fairdraw run`` publishes, with the frame and the rows set
    aside in parts (``frame/``, ``quarantine/``). ``fairdraw verify`` confirms it.

    Rows are moved once, to the machine that has the range of their id; there they are checked and joined. Every pass of the
    draw then reads the parts where they were written, and only its states reach the driver.

    :param spark: the session. Its executors have this package, and see the folder of the plan and the output folder under the
        same paths as the driver.
    :param plan: the plan, a TOML document.
    :param tables: DataFrames in place of files of the plan, by table: ``entities``, ``credit``, ``risk.MODEL``, ``flags``,
        ``ledger``. Headers are recognised as in files. Rows of a DataFrame have no number: of several rows of one id that is
        kept whose cells come first (or last, if the plan says so). Parquet files of the plan are read by Spark, others whole
        by one executor each.
    :param output: the folder; takes the place of ``output.folder``.
    :param seed: the seed, where the plan names none.
    :param replace: whether a published run of another plan or seed may be replaced.
    :param ranges: into how many ranges ids are cut; by default one for about 260,000 entities.
    :returns: the manifest that was published.
    :raises FairdrawError: for plans, tables and sizes that cannot be, with the text of ``fairdraw run`` where the driver finds
        it; what an executor finds comes as Spark's PythonException with the same text. Nothing is published then.

    A commitment is not compared while drawing: give it to ``fairdraw verify --commitment``. Inspectors are dealt afterwards, by
    ``fairdraw assign``. The arcs of spread streams and the codes of entities pass through the memory of the driver.
    """
    given = dict(tables or {})
    folder = None if output is None else os.fspath(output)
    own = _fairdraw.Coordinator(os.fspath(plan), sorted(given), seed, folder, replace)
    try:
        routed, count = _routed(spark, own, given, ranges)
        job = own.job()
        own.take_joined(_states_of(_joined(routed, count, job)))
        while (request := own.request()) is not None:
            sent = spark.sparkContext.broadcast(request)
            parts = spark.range(0, own.parts(), 1, own.parts())
            own.take_answers(_states_of(parts.mapInArrow(_ranges.work(job, lambda: sent.value), _ranges.ANSWERED)))
            sent.destroy()
        return json.loads(own.finish())
    except BaseException:
        own.abandon()
        raise


def _routed(
    spark: "SparkSession", own: "_fairdraw.Coordinator", given: Mapping[str, "DataFrame"], ranges: int | None
) -> tuple["DataFrame", int]:
    """The rows of all tables with the ranges of their ids, which are cut by a sample; and how many ranges there are."""
    from pyspark.sql import functions as F
    from pyspark.sql.pandas.types import to_arrow_schema

    def named(column: str) -> "Column":
        # Names with dots and blanks are names.
        return F.col("`" + column.replace("`", "``") + "`")

    row = "__row_of_the_file"
    # Name, rows (None: a file that one executor reads), and the place of the column of row numbers.
    sources: list[tuple[str, DataFrame | None, int | None]] = []
    for name, file, path in own.tables():
        df, rows = given.get(name), None
        if df is None and not os.path.isfile(path):
            raise FairdrawError(
                f"{file} is no file (looked at {path}): correct `path` under [inputs.{name}], or give the table {name} as a DataFrame"
            )
        if df is None and _is_parquet(path):
            df, rows = spark.read.parquet(f"file://{os.path.abspath(path)}"), [F.col("_metadata.row_index").alias(row)]
        if df is not None:
            columns = own.columns(name, to_arrow_schema(df.schema))
            df = df.select(*map(named, columns), *(rows or []))
        sources.append((name, df, None if rows is None else len(columns)))
    one = spark.range(0, 1, 1, 1)
    job = own.job()
    for name, df, rows in sources:
        if rows is not None:
            own.take_identity(_states_of(one.mapInArrow(_ranges.identity(job, name), _ranges.ANSWERED))[0])
    entities = sources[0][1]
    ids = one if entities is None else entities.select(named(entities.columns[0]))
    cut = own.cut(_states_of(ids.mapInArrow(_ranges.sample(job, entities is None), _ranges.ANSWERED)), ranges)
    job = own.job()
    routed = None
    for name, df, rows in sources:
        source = one if df is None else df
        part = source.mapInArrow(_ranges.route(job, name, df is None, rows), _ranges.ROUTED)
        routed = part if routed is None else routed.unionAll(part)
    return routed, cut


def _joined(routed: "DataFrame", ranges: int, job: bytes) -> "DataFrame":
    """What became of every range, brought together by one exchange."""
    together = routed.repartition(ranges, "range").sortWithinPartitions("range")
    return together.mapInArrow(_ranges.join(job), _ranges.ANSWERED)


def _states_of(df: "DataFrame") -> list[bytes]:
    return [bytes(row["state"]) for row in df.collect()]


def _is_parquet(path: Any) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"PAR1"
