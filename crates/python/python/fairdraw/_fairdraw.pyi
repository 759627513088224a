"""The compiled module. What is public of it is in `fairdraw`; columns here are Arrow arrays."""

from collections.abc import Mapping
from os import PathLike
from typing import final

import pyarrow as pa

__all__ = [
    "CONTRACT",
    "Coordinator",
    "DEFAULT_ALPHA",
    "FairdrawError",
    "Inclusion",
    "KeyPass",
    "Plan",
    "ROUTED_DDL",
    "Router",
    "Sampler",
    "WeightPass",
    "__version__",
    "check_code",
    "draw",
    "estimate",
    "file_identity",
    "inclusion_probabilities",
    "join",
    "route_file",
    "tickets",
    "work",
]

CONTRACT: str
ROUTED_DDL: str
DEFAULT_ALPHA: float
__version__: str

class FairdrawError(ValueError):
    """What was given cannot be drawn from, estimated from or read; the text says what is wrong, and the fix."""

def tickets(ids: pa.Array, seed: str, stream: str) -> pa.UInt64Array: ...
def check_code(ids: pa.Array) -> pa.RecordBatch: ...
def inclusion_probabilities(
    weights: pa.Array,
    sizes: Mapping[str, int],
    strata: pa.Array | None,
    alpha: float,
    design: str,
) -> pa.DoubleArray: ...
def draw(
    ids: pa.Array,
    weights: pa.Array | None,
    sizes: Mapping[str, int],
    strata: pa.Array | None,
    certain: pa.Array | None,
    prn: pa.Array | None,
    seed: str | None,
    stream: str,
    design: str,
    alpha: float,
    reserve: int,
) -> pa.RecordBatch: ...
def estimate(
    findings: pa.Array,
    pi: pa.Array,
    strata: pa.Array | None,
    domain: pa.Array | None,
    design: str,
    z: float,
) -> dict[str, float | int | None]: ...
@final
class Plan:
    """A plan as it was checked."""

    @staticmethod
    def load(path: str | PathLike[str]) -> Plan:
        """Reads and checks a plan; its inputs must be there. Every error names its line and the fix."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def title(self) -> str | None:
        """Title for people, or None."""

    @property
    def as_of(self) -> str:
        """Reference day, as text (YYYY-MM-DD)."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the document, 64 hexadecimal digits."""

    @property
    def text(self) -> str:
        """The document, as it stands."""

    @property
    def seed(self) -> str | None:
        """The seed, or None where it is given later or permanent random numbers are used."""

    @property
    def draws(self) -> list[tuple[str | None, str, str]]:
        """Task (None for a plan without tasks), design and stream of each draw: in the order of the tasks' ids."""

@final
class WeightPass:
    def __new__(cls, n: int, design: str = "pareto") -> WeightPass: ...
    def push(self, ids: pa.Array, weights: pa.Array, tickets: pa.Array) -> None: ...
    def merge(self, other: WeightPass) -> None: ...
    @property
    def positive(self) -> int: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(state: bytes) -> WeightPass: ...
    def solve(self, alpha: float = ...) -> Inclusion: ...

@final
class Inclusion:
    @property
    def take_all(self) -> list[str]: ...
    def probabilities(self, ids: pa.Array, weights: pa.Array, design: str = "pareto") -> pa.DoubleArray: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(state: bytes) -> Inclusion: ...

@final
class KeyPass:
    def __new__(cls, inclusion: Inclusion, design: str = "pareto", reserve: int = 0) -> KeyPass: ...
    def push(self, ids: pa.Array, weights: pa.Array, tickets: pa.Array) -> None: ...
    def merge(self, other: KeyPass) -> None: ...
    @property
    def design(self) -> str: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(state: bytes, inclusion: Inclusion, design: str = "pareto", reserve: int = 0) -> KeyPass: ...
    def finish(self) -> tuple[pa.RecordBatch, float | None, float | None]: ...

@final
class Coordinator:
    def __new__(
        cls, path: str | PathLike[str], given: list[str], seed: str | None, output: str | None, replace: bool
    ) -> Coordinator: ...
    def job(self) -> bytes: ...
    def tables(self) -> list[tuple[str, str, PathLike[str]]]: ...
    def columns(self, table: str, schema: pa.Schema) -> list[str]: ...
    def take_identity(self, account: bytes) -> None: ...
    def cut(self, samples: list[bytes], ranges: int | None = None) -> int: ...
    def take_joined(self, joined: list[bytes]) -> None: ...
    def parts(self) -> int: ...
    def request(self) -> bytes | None: ...
    def take_answers(self, answers: list[bytes]) -> None: ...
    def finish(self) -> str: ...
    def abandon(self) -> None: ...

@final
class Sampler:
    def __new__(cls, job: bytes) -> Sampler: ...
    def push(self, batch: pa.RecordBatch) -> None: ...
    def push_file(self) -> None: ...
    def finish(self) -> bytes: ...

@final
class Router:
    def __new__(cls, job: bytes, table: str, rows: int | None) -> Router: ...
    def push(self, batch: pa.RecordBatch) -> pa.RecordBatch | None: ...
    def finish(self) -> list[pa.RecordBatch]: ...

def route_file(job: bytes, table: str) -> list[pa.RecordBatch]: ...
def file_identity(job: bytes, table: str) -> bytes: ...
def join(job: bytes, range: int, batches: list[pa.RecordBatch]) -> bytes: ...
def work(job: bytes, request: bytes, place: int) -> bytes: ...
