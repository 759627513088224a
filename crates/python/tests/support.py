"""Populations, and lists that can be compared."""

from __future__ import annotations

import pyarrow as pa

import fairdraw


def ids(count: int, prefix: str = "9150011800") -> list[str]:
    """So many ids."""
    return [f"{prefix}{i:08}" for i in range(count)]


def population(count: int) -> pa.Table:
    """Entities with weights, two strata and some that are taken for certain."""
    own = ids(count)
    return pa.table({
        "entity_id": own,
        "weight": [1.0 + (i * 7919 % 100) / 10 for i in range(count)],
        "district": ["永川" if i % 3 else "江津" for i in range(count)],
        "red": [i % 50 == 7 for i in range(count)],
        "prn": [(i * 104729 % 999983 + 0.5) / 999983 for i in range(count)],
    })


def rows(table: pa.Table) -> list[dict]:
    """The rows; equal lists are equal bit for bit, as Python compares floats exactly."""
    return table.to_pylist()


def drawn(table: pa.Table) -> list[str]:
    """Ids of the sample, without the reserve."""
    return [row["entity_id"] for row in table.to_pylist() if row["selection"] != "reserve"]


def in_parts(parts: list, n: int, *, seed: str, stream: str = "", design: str = "pareto", alpha: float, reserve: int):
    """A draw over parts (lists of (id, weight)) whose states travel as bytes."""
    states = []
    for part in parts:
        own = fairdraw.WeightPass(n, design)
        push(own, part, seed, stream)
        states.append(own.to_bytes())
    weights = fairdraw.WeightPass(n, design)
    for state in states:
        weights.merge(fairdraw.WeightPass.from_bytes(state))
    inclusion = fairdraw.Inclusion.from_bytes(weights.solve(alpha).to_bytes())

    states = []
    for part in parts:
        own = fairdraw.KeyPass(inclusion, design, reserve)
        push(own, part, seed, stream)
        states.append(own.to_bytes())
    keys = fairdraw.KeyPass(inclusion, design, reserve)
    for state in states:
        keys.merge(fairdraw.KeyPass.from_bytes(state, inclusion, design, reserve))
    return inclusion, keys


def push(own, part: list, seed: str, stream: str = ""):
    """Takes (id, weight) into a pass."""
    names = [name for name, _ in part]
    own.push(names, pa.array([weight for _, weight in part], pa.float64()), fairdraw.tickets(names, seed, stream))
