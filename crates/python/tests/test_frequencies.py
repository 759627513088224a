"""How often entities are drawn over 4,000 seeds, beside their probabilities, and beside numpy's and pandas' way.

Seeds are fixed numbers, so that every figure of fairdraw is the same for ever. A count over S seeds of an event of
probability p has mean Sp and variance Sp(1 - p); |z| < 5 is missed by chance once in 1,700,000 comparisons.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import fairdraw
from support import drawn, ids

SEEDS = 4_000
BOUND = 5.0

# Tillé's hard case, n = 3: what is aimed at, and what order sampling includes with in truth, by quadrature (to 1e-5):
# tests/frequencies.rs.
TARGETS = [0.07, 0.17, 0.41, 0.61, 0.83, 0.91]
EXACT = {
    "pareto": [0.065889, 0.15907, 0.396996, 0.622282, 0.840448, 0.915315],
    "sequential-poisson": [0.059118, 0.147695, 0.38764, 0.669661, 0.848326, 0.887563],
    "poisson": TARGETS,
    "srs": [0.5] * 6,
}


def frequencies(weights, n, design="pareto"):
    """Shares of the seeds, by row."""
    own = ids(len(weights))
    table = {"entity_id": own, "w": weights}
    counts = Counter()
    for seed in range(SEEDS):
        counts.update(drawn(fairdraw.draw(table, n, weight="w", seed=f"frequencies {seed}", design=design)))
    return [counts[one] / SEEDS for one in own]


def z(share, p, slack=0.0):
    """Standard deviations by which a share is off, beyond what it may be off for another reason."""
    return max(abs(share - p) - slack, 0) / (p * (1 - p) / SEEDS) ** 0.5


@pytest.mark.parametrize("design", EXACT)
def test_each_design_includes_with_its_exact_probabilities(design):
    shares = frequencies(TARGETS, 3, design)
    assert max(z(share, p) for share, p in zip(shares, EXACT[design])) < BOUND
    if design != "poisson":
        assert sum(shares) == pytest.approx(3)


# Forty entities, weights from 1 to 8: Pareto keeps to its targets within 0.001.
WEIGHTS = [1.0 + i % 8 for i in range(40)]
N = 12


@pytest.fixture(scope="module")
def targets():
    pi = fairdraw.inclusion_probabilities(WEIGHTS, N).to_pylist()
    assert pi == pytest.approx([N * weight / sum(WEIGHTS) for weight in WEIGHTS])
    return pi


def test_fairdraw_meets_its_probabilities(targets):
    shares = frequencies(WEIGHTS, N)
    assert max(z(share, p, 0.001) for share, p in zip(shares, targets)) < BOUND


def numpy_way(rng):
    p = np.array(WEIGHTS) / sum(WEIGHTS)
    return rng.choice(len(WEIGHTS), N, replace=False, p=p)


def pandas_way(rng):
    return pd.Series(WEIGHTS).sample(N, weights=WEIGHTS, random_state=rng).index


@pytest.mark.parametrize("way", [numpy_way, pandas_way])
def test_the_usual_ways_miss_them(targets, way):
    rng = np.random.default_rng(2023)
    counts = Counter()
    for _ in range(SEEDS):
        counts.update(int(row) for row in way(rng))
    by_weight = {}
    for row, weight in enumerate(WEIGHTS):
        by_weight.setdefault(weight, []).append(counts[row] / SEEDS)
    ratio = {weight: np.mean(shares) / targets[int(weight) - 1] for weight, shares in by_weight.items()}
    # The lightest come a fifth too often, the heaviest almost a tenth too seldom.
    assert ratio[1.0] > 1.15 and ratio[8.0] < 0.94
    off = [z(counts[row] / SEEDS, p) for row, p in enumerate(targets)]
    assert max(off) > BOUND and sum(own > 3 for own in off) > 10
