"""The wheel and the binary draw alike: the sample plan, and one with strata, bit for bit."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
import pytest

import fairdraw


@pytest.fixture(scope="module")
def manifest(run_folder):
    return json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def frame(run_folder):
    return parquet.read_table(run_folder / "frame.parquet")


@pytest.fixture(scope="module")
def published(run_folder):
    return parquet.read_table(run_folder / "draw.parquet")


@pytest.fixture(scope="module")
def eligible(frame):
    """Those that can be drawn, with weights in natural units and who is certain by a rule."""
    rows = frame.filter(frame["eligible"])
    by_rule = pc.fill_null(pc.not_equal(rows["certainty"], "take-all"), False)
    weights = pc.divide(rows["weight"].cast(pa.float64()), 1e6)
    return pa.table({
        "entity_id": rows["entity_id"], "weight": weights, "stratum": rows["stratum"], "certain": by_rule
    })


@pytest.fixture(scope="module")
def sizes(manifest):
    """Of each stratum, without those who are certain by a rule."""
    return {stratum["name"]: stratum["n"] for stratum in manifest["strata"]}


def columns(table, names):
    return {name: table[name].to_pylist() for name in names}


def test_the_frame_is_large_enough_to_say_something(eligible, published, manifest):
    assert eligible.num_rows > 20_000 and pc.sum(eligible["certain"]).as_py() > 0
    selections = set(published["selection"].to_pylist())
    assert selections == {"certain", "drawn", "reserve"} and manifest["contract"] == fairdraw.CONTRACT


def test_tickets_are_those_of_the_frame(frame, manifest):
    tickets = fairdraw.tickets(frame["entity_id"], manifest["seed"], manifest["stream"])
    assert [f"{ticket:016x}" for ticket in tickets.to_pylist()] == frame["ticket"].to_pylist()
    assert [((ticket >> 12) + 0.5) / 2**52 for ticket in tickets.to_pylist()] == frame["u"].to_pylist()


def test_the_list_is_that_of_draw_parquet(eligible, published, manifest, sizes):
    drawn = fairdraw.draw(
        eligible, sizes, weight="weight", stratum="stratum", certain="certain", seed=manifest["seed"],
        stream=manifest["stream"], design=manifest["design"], alpha=float(manifest["alpha"]), reserve=20,
    )
    assert columns(drawn, drawn.column_names) == columns(published, drawn.column_names)


def test_probabilities_are_those_of_the_frame(eligible, frame, manifest, sizes):
    by_lot = eligible.filter(pc.invert(eligible["certain"]))
    pi = fairdraw.inclusion_probabilities(
        by_lot["weight"], sizes, strata=by_lot["stratum"], alpha=float(manifest["alpha"]), design=manifest["design"]
    )
    of_frame = dict(zip(frame["entity_id"].to_pylist(), frame["pi"].to_pylist()))
    assert pi.to_pylist() == [of_frame[own] for own in by_lot["entity_id"].to_pylist()]


def test_the_plan_says_what_was_run(root, run_folder, manifest):
    """The binary leaves the plan beside its run, as it stood."""
    plan = fairdraw.Plan.load(root / "pipelines" / "yongchuan-2023-q1.toml")
    same = (run_folder / "plan.toml").read_bytes() == plan.text.encode("utf-8")
    assert (manifest["plan"]["sha256"] == plan.sha256) == same
    assert hashlib.sha256(plan.text.encode("utf-8")).hexdigest() == plan.sha256
    assert (plan.name, plan.as_of, plan.seed) == ("yongchuan-2023-q1", "2023-02-07", manifest["seed"])
    assert plan.draws == [(None, "pareto", manifest["stream"])]
    assert "永川区" in plan.title and "yongchuan-2023-q1" in repr(plan)
