"""Whole plans on a standalone Spark cluster: what one machine publishes, confirmed by the binary.

Skipped with FAIRDRAW_WITHOUT_SPARK=1; else PySpark, Java and the binary are needed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

import fairdraw

if os.environ.get("FAIRDRAW_WITHOUT_SPARK") == "1":
    pytest.skip("FAIRDRAW_WITHOUT_SPARK=1", allow_module_level=True)

from fairdraw import _fairdraw  # noqa: E402
from fairdraw import spark as on_spark  # noqa: E402

#: Files whose bytes do not depend on where a run was made.
SAME = ["draw.parquet", "summary.parquet", "plan.toml", "report.html", "report.zh.html"]


def fairdraw_of(program, *arguments) -> None:
    subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE)


def agree(program, one: Path, spark: Path, plan: Path | None) -> None:
    """The folder of Spark is the run that one machine made."""
    for name in SAME if plan else SAME[:3]:
        assert (one / name).read_bytes() == (spark / name).read_bytes(), name
    whole, parts = parquet.read_table(one / "frame.parquet"), parquet.read_table(sorted((spark / "frame").iterdir()))
    assert parts.cast(whole.schema).equals(whole)
    fairdraw_of(program, "verify", spark)
    if plan:
        fairdraw_of(program, "verify", spark, "--plan", plan)


@pytest.fixture(scope="module")
def sample_plan(root, tmp_path_factory) -> Path:
    """The sample plan, its files by their paths."""
    text = (root / "pipelines" / "yongchuan-2023-q1.toml").read_text(encoding="utf-8")
    plan = tmp_path_factory.mktemp("sample") / "plan.toml"
    plan.write_text(text.replace("../data-samples", (root / "data-samples").as_posix()), encoding="utf-8")
    return plan


@pytest.mark.parametrize("ranges", [1, 7])
def test_the_sample_plan_is_the_same_run(session, program, sample_plan, tmp_path, ranges):
    fairdraw_of(program, "run", sample_plan, "--output", tmp_path / "one", "--quiet")
    manifest = on_spark.run(session, sample_plan, output=tmp_path / "spark", ranges=ranges)
    agree(program, tmp_path / "one", tmp_path / "spark", sample_plan)
    own = json.loads((tmp_path / "one" / "manifest.json").read_text(encoding="utf-8"))
    assert {**manifest, "outputs": None} == {**own, "outputs": None}
    assert sum(output["file"].startswith("frame/") for output in manifest["outputs"]) == ranges


def test_the_example_runs_as_it_stands(program, root):
    if not (root / "out").exists():
        (root / "out").mkdir()
    said = subprocess.run([sys.executable, "pipelines/yongchuan_spark.py"], cwd=root, capture_output=True, text=True, check=True)
    assert "615 of 24738 drawn" in said.stdout and "reserve|   20" in said.stdout.replace(" |", "|"), said.stdout
    fairdraw_of(program, "verify", root / "out" / "yongchuan-2023-q1.spark", "--plan", root / "pipelines" / "yongchuan-2023-q1.toml")


PLAN = """
name = "population"
as-of = 2023-02-07

[inputs.entities]
path = "entities.parquet"
[inputs.credit]
path = "credit.parquet"
[inputs.risk.risk]
path = "risk.parquet"
direction = "higher-is-riskier"
range = [0, 1000]

[weight]
grade = { A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }
color = { green = 1, yellow = 2, red = 8, none = 1 }
[weight.risk]
blend = "weighted-mean"
models = { risk = 1 }
lowest = 0.5
highest = 1.5
missing = 0.3

[strata]
by = ["region"]

[size]
share = 0.01

[draw]
seed = "public dice 4 6 1 1 3 5 2 6"
stream = "population"
reserve = 2

[output]
folder = "out"
"""


@pytest.fixture(scope="module")
def population(program, tmp_path_factory) -> Path:
    """200,000 entities with credit and risk, each table in its own order, and the run of one machine."""
    folder = tmp_path_factory.mktemp("population")
    fairdraw_of(program, "generate", "--preset", "bench", "--rows", "200000", "--output", folder, "--quiet")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    fairdraw_of(program, "run", folder / "plan.toml", "--quiet")
    return folder


def frames(session, population: Path, parts: int) -> dict:
    """The tables as DataFrames, in as many partitions, their rows dealt by chance."""
    def shuffled(name: str):
        from pyspark.sql import functions as F

        return session.read.parquet(str(population / f"{name}.parquet")).orderBy(F.rand(parts)).repartition(parts)

    return {"entities": shuffled("entities"), "credit": shuffled("credit"), "risk.risk": shuffled("risk")}


@pytest.mark.parametrize("parts", [3, 7, 64])
def test_partitions_and_order_change_nothing(session, program, population, tmp_path, parts):
    own = on_spark.run(
        session, population / "plan.toml", tables=frames(session, population, parts), output=tmp_path / "spark", ranges=parts
    )
    agree(program, population / "out", tmp_path / "spark", None)
    assert [record["format"] for record in own["inputs"]] == ["rows"] * 3
    if parts == 3:
        digests = [record["sha256"] for record in own["inputs"]]
        again = on_spark.run(
            session, population / "plan.toml", tables=frames(session, population, 5), output=tmp_path / "other"
        )
        assert [record["sha256"] for record in again["inputs"]] == digests, "digests do not depend on partitions"


def test_files_of_the_plan_are_read_by_spark_and_recorded_as_on_one_machine(session, program, population, tmp_path):
    own = on_spark.run(session, population / "plan.toml", output=tmp_path / "spark", ranges=3)
    agree(program, population / "out", tmp_path / "spark", population / "plan.toml")
    assert [record["format"] for record in own["inputs"]] == ["parquet"] * 3


def test_a_worker_that_is_killed_changes_nothing(cluster, session, program, population, tmp_path):
    victim = cluster.workers.pop()
    kill = threading.Timer(4, lambda: os.killpg(victim.pid, 9))
    kill.start()
    on_spark.run(
        session, population / "plan.toml", tables=frames(session, population, 24), output=tmp_path / "spark", ranges=16
    )
    kill.join()
    assert victim.wait() != 0
    cluster.workers.append(cluster.worker())
    agree(program, population / "out", tmp_path / "spark", None)


def test_a_driver_that_is_killed_publishes_nothing_and_the_next_run_is_clean(session, program, population, tmp_path):
    driver = textwrap.dedent(f"""
        from pyspark.sql import SparkSession
        from fairdraw import spark as on_spark
        session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
        print("ready", flush=True)
        on_spark.run(session, {str(population / "plan.toml")!r}, output={str(tmp_path / "spark")!r}, ranges=32)
    """)
    def staging() -> list[Path]:
        return list(tmp_path.glob(".spark.staging-*"))

    process = subprocess.Popen([sys.executable, "-c", driver], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        assert process.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + 120
        # In the middle: some ranges are joined, not all.
        while not any(list(folder.glob(".work/frame/*")) for folder in staging()):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not (tmp_path / "spark").exists() and staging(), "nothing is published"
    on_spark.run(session, population / "plan.toml", output=tmp_path / "spark", ranges=4)
    agree(program, population / "out", tmp_path / "spark", population / "plan.toml")
    assert not staging()


def test_rows_are_moved_once_and_joined_without_spark(session, population):
    own = _fairdraw.Coordinator(str(population / "plan.toml"), [], None, str(population / "unused"), False)
    try:
        joined = on_spark._joined(*on_spark._routed(session, own, {}, 3), own.job())
        plan = joined._jdf.queryExecution().executedPlan().toString()
    finally:
        own.abandon()
    assert plan.count("Exchange") == 1 and "Join" not in plan, plan


def test_tasks_arcs_and_codes_of_a_year(session, program, tmp_path):
    ids = [f"9150011800{place:08}" for place in range(3_000)]
    table = pa.table({"entity_id": ids, "status": ["live"] * 3_000, "region": [f"5001{place % 7}" for place in range(3_000)]})
    for round, as_of, seed in [("q1", "2023-02-07", "12 20"), ("q2", "2023-05-08", "31 07")]:
        plan = tmp_path / f"{round}.toml"
        plan.write_text(textwrap.dedent(f"""
            name = "{round}"
            as-of = {as_of}
            [inputs]
            rounds = ["out/q*"]
            [inputs.entities]
            path = "registry.csv"
            [size]
            count = 60
            [draw]
            seed = "{seed} dice"
            stream = "2023"
            spread = true
            [codes]
            departments = ["税务局"]
            [[tasks]]
            id = "a"
            name = "甲"
            lead = "税务局"
            items = []
            [[tasks]]
            id = "b"
            name = "乙"
            lead = "税务局"
            items = []
            size = {{ count = 25 }}
            strata = {{ by = ["region"] }}
            [output]
            folder = "out/{round}"
        """), encoding="utf-8")
        (tmp_path / "registry.csv").write_text(
            "entity_id,status,region\n" + "".join(f"{row['entity_id']},live,{row['region']}\n" for row in table.to_pylist())
        )
        rows = table.to_pylist()
        random.Random(3).shuffle(rows)
        frame = session.createDataFrame(pa.Table.from_pylist(rows).to_pandas()).repartition(5)
        on_spark.run(session, plan, tables={"entities": frame}, output=tmp_path / "spark" / round, ranges=4)
        fairdraw_of(program, "run", plan, "--quiet")
        for name in ["draw.parquet", "spread.parquet", "codes.parquet", "tasks.parquet", "summary.parquet"]:
            one, parts = tmp_path / "out" / round / name, tmp_path / "spark" / round / name
            assert one.read_bytes() == parts.read_bytes(), name
        fairdraw_of(program, "verify", tmp_path / "spark" / round)


@pytest.mark.parametrize("parts", [1, 4])
def test_rows_of_one_id_are_told_apart_by_their_cells(session, program, tmp_path, parts):
    """Rows of a DataFrame have no number: which one stands does not depend on where they lie."""
    plan = tmp_path / "plan.toml"
    plan.write_text(textwrap.dedent("""
        name = "twice"
        as-of = 2023-02-07
        [inputs]
        set-aside-limit = 0.6
        [inputs.entities]
        path = "registry.csv"
        [size]
        count = 50
        [draw]
        seed = "12 20 dice"
        stream = "2023"
        [output]
        folder = "out"
    """), encoding="utf-8")
    rows = [(f"9150011800{place:08}", "live", region) for place in range(50) for region in ("乙", "甲")]
    random.Random(parts).shuffle(rows)
    frame = session.createDataFrame(rows, "entity_id string, status string, region string").repartition(parts)
    own = on_spark.run(session, plan, tables={"entities": frame}, output=tmp_path / "spark", ranges=3)
    drawn = parquet.read_table(tmp_path / "spark" / "draw.parquet")
    assert drawn.num_rows == 50 and set(drawn["region"].to_pylist()) == {"乙"}
    aside = parquet.read_table(sorted((tmp_path / "spark" / "quarantine").iterdir()))
    assert set(aside["reason"].to_pylist()) == {"duplicate-key"} and all(raw.endswith(",甲") for raw in aside["raw"].to_pylist())
    assert (own["inputs"][0]["rows_read"], own["inputs"][0]["accepted"], aside.num_rows) == (100, 50, 50)
    fairdraw_of(program, "verify", tmp_path / "spark")


def test_what_is_wrong_is_named_and_nothing_is_published(session, population, tmp_path):
    plan = population / "plan.toml"
    entities = frames(session, population, 2)["entities"]

    def refused(words: str, kind=fairdraw.FairdrawError, plan=plan, **arguments):
        with pytest.raises(kind, match=words):
            on_spark.run(session, plan, output=tmp_path / "spark", ranges=2, **arguments)
        assert not [path for path in tmp_path.iterdir() if not path.name.endswith((".lock", ".toml"))]

    refused("no table colour", tables={"colour": entities})
    moved = tmp_path / "moved.toml"
    moved.write_text(plan.read_text(encoding="utf-8"), encoding="utf-8")
    refused("credit.parquet is no file.*or give the table credit", plan=moved, tables={"entities": entities})
    refused("no column|entity_id", tables={"entities": entities.drop("entity_id")})
    refused("no plan", plan=tmp_path / "none.toml")
    other = tmp_path / "large.toml"
    text = plan.read_text(encoding="utf-8")
    for name in ["entities", "credit", "risk"]:
        text = text.replace(f'"{name}.parquet"', json.dumps(str(population / f"{name}.parquet")))
    other.write_text(text.replace("share = 0.01", "count = 300000"), encoding="utf-8")
    refused("300000 are to be drawn", plan=other)
    other.write_text(text.replace('by = ["region"]', 'by = ["station"]'), encoding="utf-8")
    refused("station", plan=other)
    text_scores = frames(session, population, 2)["risk.risk"].selectExpr("entity_id", "'many' as score")
    refused("set-aside-limit|none of", tables={"risk.risk": text_scores})
