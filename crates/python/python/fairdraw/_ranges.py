"""What Spark calls where the rows are, for a run of a plan by ranges of ids. Each function takes and gives Arrow batches, for
``mapInArrow``; what decides is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from . import _fairdraw

Batches = Iterator[pa.RecordBatch]

ROUTED = _fairdraw.ROUTED_DDL
ANSWERED = "state binary"


def sample(job: bytes, of_file: bool) -> Callable[[Batches], Batches]:
    """A sample of the ids of a partition."""

    def of_partition(batches: Batches) -> Batches:
        sampler = _fairdraw.Sampler(job)
        for batch in batches:
            if not of_file:
                sampler.push(batch)
            elif batch.num_rows:
                sampler.push_file()
        yield answer(sampler.finish())

    return of_partition


def route(job: bytes, table: str, of_file: bool, rows: int | None) -> Callable[[Batches], Batches]:
    """The rows of a table, those of a range together, with their ranges."""

    def of_partition(batches: Batches) -> Batches:
        if of_file:
            if any([batch.num_rows for batch in batches]):
                yield from _fairdraw.route_file(job, table)
            return
        router = _fairdraw.Router(job, table, rows)
        for batch in batches:
            ready = router.push(batch)
            if ready is not None:
                yield ready
        yield from router.finish()

    return of_partition


def join(job: bytes) -> Callable[[Batches], Batches]:
    """Joins every range of a partition, whose rows stand by range."""

    def joined(range: int, rows: list[pa.RecordBatch]) -> pa.RecordBatch:
        return answer(_fairdraw.join(job, range, rows))

    def of_partition(batches: Batches) -> Batches:
        open: int | None = None
        rows: list[pa.RecordBatch] = []
        for batch in batches:
            first = 0
            while first < batch.num_rows:
                ranges = batch.column(0).slice(first)
                range = ranges[0].as_py()
                count = pc.sum(pc.equal(ranges, range)).as_py()
                if open is not None and range != open:
                    yield joined(open, rows)
                    rows = []
                open = range
                rows.append(batch.slice(first, count))
                first += count
        if open is not None:
            yield joined(open, rows)

    return of_partition


def work(job: bytes, request: Callable[[], bytes]) -> Callable[[Batches], Batches]:
    """Answers a request for every part whose number is given."""

    def of_partition(batches: Batches) -> Batches:
        for batch in batches:
            for place in batch.column(0).to_pylist():
                yield answer(_fairdraw.work(job, request(), place))

    return of_partition


def identity(job: bytes, table: str) -> Callable[[Batches], Batches]:
    """What the receipt says of a file that Spark reads."""

    def of_partition(batches: Batches) -> Batches:
        for batch in batches:
            if batch.num_rows:
                yield answer(_fairdraw.file_identity(job, table))

    return of_partition


def answer(state: bytes) -> pa.RecordBatch:
    """A state as Spark takes it."""
    return pa.RecordBatch.from_pydict({"state": [state]}, schema=pa.schema([("state", pa.binary())]))
