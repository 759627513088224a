"""Draws on a standalone Spark cluster, a master and two workers as processes of their own: what one machine draws.

Skipped with FAIRDRAW_WITHOUT_SPARK=1; else PySpark and Java are needed.
"""

from __future__ import annotations

import os
import random
import threading

import pyarrow as pa
import pytest

import fairdraw

if os.environ.get("FAIRDRAW_WITHOUT_SPARK") == "1":
    pytest.skip("FAIRDRAW_WITHOUT_SPARK=1", allow_module_level=True)

from fairdraw import spark as on_spark  # noqa: E402

COUNT = 30_000
SIZES = {"永川": 300, "江津": 60, "璧山": 1}


def population() -> pa.Table:
    """Three strata, with giants that are taken for their weight."""
    ids = [f"91500118W{place:09d}" for place in range(COUNT)]
    weights = [1.0 + place % 7 + (4_000.0 if place % 7_000 == 3 else 0.0) for place in range(COUNT)]
    strata = ["璧山" if place % 1_500 == 7 else ["永川", "永川", "江津"][place % 3] for place in range(COUNT)]
    return pa.table({"entity_id": ids, "weight": weights, "stratum": strata})


@pytest.fixture(scope="module")
def rows():
    """The population in an order of its own."""
    shuffled = population().to_pylist()
    random.Random(7).shuffle(shuffled)
    return pa.Table.from_pylist(shuffled).to_pandas()


def drawn_on(frame, design: str = "pareto") -> pa.Table:
    drawn = on_spark.draw(
        frame, SIZES, weight="weight", stratum="stratum", seed="08 17 23", stream="2023", design=design, reserve=4
    )
    return pa.Table.from_pandas(drawn.toPandas(), preserve_index=False)


def drawn_here(design: str = "pareto") -> pa.Table:
    return fairdraw.draw(
        population(), SIZES, weight="weight", stratum="stratum", seed="08 17 23", stream="2023", design=design, reserve=4
    )


@pytest.mark.parametrize("parts", [3, 7, 64])
def test_partitions_and_order_change_nothing(session, rows, parts):
    frame = session.createDataFrame(rows).repartition(parts)
    assert drawn_on(frame).cast(drawn_here().schema).equals(drawn_here())


@pytest.mark.parametrize("design", ["sequential-poisson", "srs", "poisson"])
def test_every_design_draws_the_same(session, rows, design):
    frame = session.createDataFrame(rows).repartition(5)
    assert drawn_on(frame, design).cast(drawn_here(design).schema).equals(drawn_here(design))


def test_a_worker_that_is_killed_changes_nothing(cluster, session, rows):
    frame = session.createDataFrame(rows).repartition(24)
    victim = cluster.workers.pop()
    kill = threading.Timer(1.5, lambda: os.killpg(victim.pid, 9))
    kill.start()
    for _ in range(2):
        assert drawn_on(frame).cast(drawn_here().schema).equals(drawn_here())
    kill.join()
    assert victim.wait() != 0
    cluster.workers.append(cluster.worker())


def test_what_is_wrong_is_named(session, rows):
    frame = session.createDataFrame(rows)
    with pytest.raises(fairdraw.FairdrawError, match="wight.*entity_id, weight, stratum"):
        on_spark.draw(frame, 5, weight="wight", seed="1")
    with pytest.raises(fairdraw.FairdrawError, match="one for each stratum"):
        on_spark.draw(frame, 5, weight="weight", stratum="stratum", seed="1")
    with pytest.raises(fairdraw.FairdrawError, match="大足"):
        on_spark.draw(frame, {**SIZES, "大足": 1}, weight="weight", stratum="stratum", seed="1")
    with pytest.raises(fairdraw.FairdrawError, match="lower n"):
        on_spark.draw(frame, COUNT + 1, weight="weight", seed="1")
    negative = session.createDataFrame(rows.assign(weight=-1.0))
    with pytest.raises(Exception, match="at least 0"):
        on_spark.draw(negative, 5, weight="weight", seed="1")
    twice = frame.union(frame)
    with pytest.raises(fairdraw.FairdrawError, match="every entity once|not unique"):
        on_spark.draw(twice, 50, weight="weight", seed="1").collect()
