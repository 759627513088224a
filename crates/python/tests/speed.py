"""Draws 1 % of 1e5, 1e6 and 1e7 entities in several ways, and prints the table of the readme.

    python3 crates/python/tests/speed.py [entities ...]

All in one process, one after another, on the same weights (1 to 10, so that nobody is taken for certain); each way is
run once to warm up and then three times, of which the shortest counts. Ids are 18 characters, in no order. Reading the
data is not timed. In brackets: the time in units of that of numpy's `choice`, from the same run.

`order sampling in numpy` is Pareto sampling as R package sps writes it: probabilities by the take-all rule, one uniform
number an entity, the keys, and the n smallest of them. Its numbers come from numpy's generator: nobody can recompute
them from the ids. numpy's and pandas' ways do not keep to the probabilities at all (see the readme).
"""

from __future__ import annotations

import os
import platform
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa

import fairdraw

SHARE = 0.01
NUMPY = "numpy `choice(p=…, replace=False)`"
ALPHA = 1e-3


def population(count: int) -> pa.Table:
    rng = np.random.default_rng(1)
    weights = rng.integers(1_000_000, 10_000_001, count) / 1e6
    digits = np.char.zfill(rng.permutation(count).astype(str), 10)
    return pa.table({"entity_id": pa.array(np.char.add("91500118", digits)), "weight": weights})


def probabilities(weights: np.ndarray, n: int) -> np.ndarray:
    """As in R package sps: the heaviest with probabilities of at least 1 - alpha are taken, others share the rest."""
    largest = np.sort(np.partition(weights, len(weights) - n)[len(weights) - n:])
    others = weights.sum() - largest.sum()
    certain = np.arange(1, n + 1) * largest / (others + np.cumsum(largest)) >= 1 - ALPHA
    taken = int(certain.sum())
    if taken == 0:
        return n * weights / weights.sum()
    bound = largest[n - taken]
    rest = weights < bound
    return np.where(rest, (n - taken) * weights / weights[rest].sum(), 1.0)


def order_sampling(weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Pareto sampling: the n smallest u (1 - pi) / (pi (1 - u))."""
    pi = probabilities(weights, n)
    u = rng.random(len(weights))
    with np.errstate(divide="ignore"):
        keys = np.where(pi < 1, u * (1 - pi) / (pi * (1 - u)), 0.0)
    return np.argpartition(keys, n)[:n]


def ways(table: pa.Table, n: int) -> dict:
    weights = table["weight"].to_numpy()
    frame = table.to_pandas()
    rng = np.random.default_rng(2)
    return {
        NUMPY: lambda: rng.choice(len(weights), n, replace=False, p=weights / weights.sum()),
        "pandas `sample(weights=…)`": lambda: frame.sample(n, weights="weight", random_state=rng),
        "order sampling in numpy": lambda: order_sampling(weights, n, rng),
        "`fairdraw.draw`": lambda: fairdraw.draw(table, n, weight="weight", seed="speed"),
        "`fairdraw.inclusion_probabilities`": lambda: fairdraw.inclusion_probabilities(table["weight"], n),
    }


def shortest(work) -> float:
    work()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def seconds(took: float) -> str:
    return f"{took * 1e3:.1f} ms" if took < 0.1 else f"{took * 1e3:.0f} ms" if took < 1 else f"{took:.2f} s"


def main() -> None:
    counts = [int(float(count)) for count in sys.argv[1:]] or [10**5, 10**6, 10**7]
    took = {}
    for count in counts:
        n = int(count * SHARE)
        for name, work in ways(population(count), n).items():
            took[name, count] = shortest(work)
            print(f"{count:>10,}  {seconds(took[name, count]):>9}  {name}", file=sys.stderr)
    print(f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}, "
          f"numpy {np.__version__}, pandas {pd.__version__}, pyarrow {pa.__version__}\n")
    print("|  | " + " | ".join(f"{count:,} entities" for count in counts) + " |")
    print("|---|" + "--:|" * len(counts))
    for name in dict.fromkeys(name for name, _ in took):
        cells = []
        for count in counts:
            ratio = took[name, count] / took[NUMPY, count]
            cells.append(f"{seconds(took[name, count])} ({ratio:.2g})")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
