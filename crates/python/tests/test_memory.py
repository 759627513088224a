"""A thousand calls leave the process as large as it was."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

import fairdraw
from support import ids, population

TABLE = population(2_000)
IDS = ids(2_000)
WEIGHTS = [1.0 + row % 9 for row in range(2_000)]
TICKETS = fairdraw.tickets(IDS, "1")
CALLS, WARM_UP, ALLOWED = 1_000, 200, 4 << 20
STATUS = Path("/proc/self/status")


def passes():
    weights = fairdraw.WeightPass(50)
    weights.push(IDS, WEIGHTS, TICKETS)
    inclusion = fairdraw.Inclusion.from_bytes(fairdraw.WeightPass.from_bytes(weights.to_bytes()).solve().to_bytes())
    keys = fairdraw.KeyPass(inclusion)
    keys.push(IDS, WEIGHTS, TICKETS)
    return keys.finish()


def refused():
    with pytest.raises(fairdraw.FairdrawError):
        fairdraw.draw(TABLE, 5_000, weight="weight", seed="1")


WORK = {
    "draw": lambda: fairdraw.draw(TABLE, 50, weight="weight", certain="red", seed="1", reserve=5),
    "draw by strata": lambda: fairdraw.draw(TABLE, {"永川": 9, "江津": 9}, stratum="district", seed="1"),
    "inclusion_probabilities": lambda: fairdraw.inclusion_probabilities(TABLE["weight"], 50),
    "tickets": lambda: fairdraw.tickets(TABLE["entity_id"], "1"),
    "check_code": lambda: fairdraw.check_code(TABLE["entity_id"]),
    "estimate": lambda: fairdraw.estimate([1, 0] * 500, [0.5] * 1000),
    "passes": passes,
    "an error": refused,
}


def resident() -> int:
    """Bytes of this process in memory."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) << 10


@pytest.mark.skipif(not STATUS.exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("name", WORK)
def test_memory_does_not_grow(name):
    """Five KiB left behind by every call would be found; a column of these has 16 and more. What an allocator takes once is no leak: that comes
    again with every thousand calls."""
    for _ in range(WARM_UP):
        WORK[name]()
    grown = []
    while len(grown) < 3 and all(own >= ALLOWED for own in grown):
        gc.collect()
        before = resident()
        for _ in range(CALLS):
            WORK[name]()
        gc.collect()
        grown.append(resident() - before)
    assert min(grown) < ALLOWED, f"{[f'{own / 2**20:.1f} MiB' for own in grown]} more after {CALLS} calls each"
