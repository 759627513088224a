"""Threads draw alike and at once, and a long call lets others run."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

import fairdraw
from support import ids, population, push

TABLE = population(20_000)
SIZES = {"永川": 200, "江津": 100}


def draw(seed: int):
    return fairdraw.draw(TABLE, SIZES, weight="weight", stratum="district", certain="red", seed=str(seed), reserve=9)


def test_eight_threads_draw_what_one_draws():
    alone = [draw(seed) for seed in range(4)]
    start = threading.Barrier(8)

    def work(thread):
        start.wait()
        return [draw((thread + turn) % 4) for turn in range(8)]

    with ThreadPoolExecutor(8) as threads:
        for thread, tables in enumerate(threads.map(work, range(8))):
            assert all(table.equals(alone[(thread + turn) % 4]) for turn, table in enumerate(tables))


def test_passes_of_eight_threads_merge_into_one():
    own = list(zip(TABLE["entity_id"].to_pylist(), TABLE["weight"].to_pylist()))

    def work(thread):
        part = fairdraw.WeightPass(100)
        push(part, own[thread::8], "1")
        return part

    with ThreadPoolExecutor(8) as threads:
        whole, *others = threads.map(work, range(8))
    for other in others:
        whole.merge(other)
    at_once = fairdraw.WeightPass(100)
    push(at_once, own, "1")
    assert whole.to_bytes() == at_once.to_bytes()


LONG = ids(1_000_000)
CALLS = {
    "tickets": lambda columns: fairdraw.tickets(columns["entity_id"], "1"),
    "draw": lambda columns: fairdraw.draw(columns, 1_000, weight="weight", seed="1"),
    "check_code": lambda columns: fairdraw.check_code(columns["entity_id"]),
}


@pytest.fixture(scope="module")
def columns():
    return pa.table({"entity_id": LONG[::2] + LONG[1::2], "weight": [1.0 + row % 7 for row in range(len(LONG))]})


def longest_pause(work) -> float:
    """The longest pause of another thread that notes the time again and again, as a share of the call."""
    pauses, stop, began = [], threading.Event(), threading.Event()

    def tick():
        last = time.perf_counter()
        while not stop.is_set():
            now = time.perf_counter()
            pauses.append(now - last)
            last = now
            began.set()
            time.sleep(0.0005)

    clock = threading.Thread(target=tick)
    clock.start()
    began.wait()
    pauses.clear()
    start = time.perf_counter()
    try:
        work()
    finally:
        took = time.perf_counter() - start
        stop.set()
        clock.join()
    return max(pauses) / took


@pytest.mark.parametrize("call", CALLS)
def test_a_long_call_lets_other_threads_run(columns, call):
    """With the lock held, the pause would be the call itself. Of three calls, as the machine may be busy."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        shares = [longest_pause(lambda: CALLS[call](columns)) for _ in range(3)]
    finally:
        sys.setswitchinterval(interval)
    assert min(shares) < 0.7, shares
