"""A draw over parts that never meet in one memory: two passes, whose states travel as bytes."""

from __future__ import annotations

import struct
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import _columns, _fairdraw
from ._fairdraw import DEFAULT_ALPHA, FairdrawError


def _part(ids: Any, weights: Any, tickets: Any) -> tuple[pa.Array, pa.Array, pa.Array]:
    return _columns.ids(ids), _columns.numbers(weights, "weights"), _columns.column(tickets, "tickets")


class WeightPass:
    """First pass over the entities of one stratum: the sum of their weights, and the n heaviest. Give every part a pass
    of its own and merge them, in any order.

    :param n: sample size of the stratum, the same for all parts.
    :param design: ``pareto``, ``sequential-poisson``, ``srs`` or ``poisson``.
    :raises FairdrawError: for an n that is no whole number, and an unknown design.

    A pass is filled by one thread at a time; threads fill one each.
    """

    __slots__ = ("_pass",)

    def __init__(self, n: int, design: str = "pareto") -> None:
        self._pass = _fairdraw.WeightPass(_columns.whole(n, "n"), _columns.design(design))

    def push(self, ids: Any, weights: Any, tickets: Any) -> None:
        """Takes in entities. Each comes once over all parts; in what order and in how many calls does not matter.

        :param ids: K texts.
        :param weights: K numbers of at least 0, exact to 0.000001.
        :param tickets: K lots, as :func:`fairdraw.tickets` gives them for these ids.
        :raises FairdrawError: naming column and row; the pass stays as it was.
        """
        self._pass.push(*_part(ids, weights, tickets))

    def merge(self, other: WeightPass) -> None:
        """Takes in a pass over other entities.

        :raises FairdrawError: for a pass of another n or design; this one stays as it was.
        """
        _columns.of_type(other, WeightPass, "other")
        if other is self:
            raise FairdrawError("a pass cannot be merged with itself: every entity is in one part")
        self._pass.merge(other._pass)

    @property
    def positive(self) -> int:
        """Entities with a positive weight so far."""
        return self._pass.positive

    def to_bytes(self) -> bytes:
        """The state: at most the n heaviest entities, some 40 bytes each. Equal passes give equal bytes."""
        return self._pass.to_bytes()

    @classmethod
    def from_bytes(cls, state: bytes) -> WeightPass:
        """The pass whose state this is.

        :raises FairdrawError: for bytes that were cut or changed; every number is checked.
        """
        own = cls.__new__(cls)
        own._pass = _fairdraw.WeightPass.from_bytes(_columns.state(state))
        return own

    def solve(self, alpha: float = DEFAULT_ALPHA) -> Inclusion:
        """Who is taken for certain, and what the others' probabilities come from (:func:`inclusion_probabilities` has
        the definition).

        :param alpha: 0 <= alpha < 1; probabilities of at least 1 - alpha become 1.
        :raises FairdrawError: for fewer than n positive weights, and for an alpha out of range.
        """
        return Inclusion._of(self._pass.solve(_columns.alpha(alpha)))


class Inclusion:
    """What the first pass gives: who is taken for certain, and what the others' probabilities come from.
    ``WeightPass.solve`` makes it; every part gets its bytes."""

    __slots__ = ("_inclusion",)
    _inclusion: _fairdraw.Inclusion

    @classmethod
    def _of(cls, inclusion: _fairdraw.Inclusion) -> Inclusion:
        own = cls.__new__(cls)
        own._inclusion = inclusion
        return own

    def __init__(self) -> None:
        raise FairdrawError("an inclusion comes from WeightPass.solve or Inclusion.from_bytes; call one of these")

    @property
    def take_all(self) -> list[str]:
        """Ids of those who are taken for certain, in the order of their bytes."""
        return self._inclusion.take_all

    def probabilities(self, ids: Any, weights: Any, design: str = "pareto") -> pa.DoubleArray:
        """The probability of each entity.

        :param ids: K texts.
        :param weights: K numbers, as in the passes.
        :param design: that of the passes.
        :returns: K probabilities; over all parts they sum to n.
        :raises FairdrawError: naming column and row.
        """
        name = self._of_design(design)
        own = self._of_weights(_columns.numbers(weights, "weights"), name)
        return self._inclusion.probabilities(_columns.ids(ids), own, name)

    def to_bytes(self) -> bytes:
        """The state: who is taken for certain, and six numbers."""
        return self._inclusion.to_bytes()

    @classmethod
    def from_bytes(cls, state: bytes) -> Inclusion:
        """What these bytes are the state of.

        :raises FairdrawError: for bytes that were cut or changed; every number is checked.
        """
        return cls._of(_fairdraw.Inclusion.from_bytes(_columns.state(state)))

    def _counts_heads(self) -> bool:
        # "FDI", version, n, positive, and the sum of the weights in micro-units: 8, 8 and 16 bytes.
        _, positive, total, above = struct.unpack_from("<4Q", self._inclusion.to_bytes(), 4)
        return (total, above) == (positive, 0)

    def _of_design(self, design: Any) -> str:
        """The design, if the probabilities can be of it: `srs` counts heads where the others add up weights."""
        name = _columns.design(design)
        if name == "srs" and not self._counts_heads():
            raise FairdrawError("the first pass added up weights, and design is 'srs'; give both the same design")
        return name

    def _of_weights(self, weights: pa.Array, design: str) -> pa.Array:
        """The weights, if the probabilities can be theirs: where heads were counted, none is above a micro-unit."""
        largest = pc.max(weights).as_py() if design != "srs" and self._counts_heads() else None
        if largest is not None and largest >= 1.5e-6:
            raise FairdrawError(f"the first pass was of 'srs', and design is {design!r}; give both the same design")
        return weights


class KeyPass:
    """Second pass over the entities of one stratum: those with the smallest keys. Give every part a pass of its own and
    merge them, in any order.

    :param inclusion: what the first pass gave, the same for all parts.
    :param design: that of the first pass.
    :param reserve: how many more are named, in order.
    :raises FairdrawError: for a reserve that is no whole number, and a design other than that of the first pass.

    A pass is filled by one thread at a time; threads fill one each.
    """

    __slots__ = ("_inclusion", "_pass")

    def __init__(self, inclusion: Inclusion, design: str = "pareto", reserve: int = 0) -> None:
        name = _columns.of_type(inclusion, Inclusion, "inclusion")._of_design(design)
        self._inclusion = inclusion
        self._pass = _fairdraw.KeyPass(inclusion._inclusion, name, _columns.whole(reserve, "reserve"))

    def push(self, ids: Any, weights: Any, tickets: Any) -> None:
        """Takes in entities, the same as the first pass.

        :param ids: K texts.
        :param weights: K numbers, as in the first pass.
        :param tickets: K lots, as :func:`fairdraw.tickets` gives them for these ids.
        :raises FairdrawError: naming column and row; the pass stays as it was.
        """
        own_ids, own_weights, own_tickets = _part(ids, weights, tickets)
        self._pass.push(own_ids, self._inclusion._of_weights(own_weights, self.design), own_tickets)

    def merge(self, other: KeyPass) -> None:
        """Takes in a pass over other entities.

        :raises FairdrawError: for a pass of another draw; this one stays as it was.
        """
        _columns.of_type(other, KeyPass, "other")
        if other is self:
            raise FairdrawError("a pass cannot be merged with itself: every entity is in one part")
        self._pass.merge(other._pass)

    @property
    def design(self) -> str:
        """The design."""
        return self._pass.design

    def to_bytes(self) -> bytes:
        """The state: the smallest keys, some 40 bytes each. Equal passes give equal bytes."""
        return self._pass.to_bytes()

    @classmethod
    def from_bytes(cls, state: bytes, inclusion: Inclusion, design: str = "pareto", reserve: int = 0) -> KeyPass:
        """The pass whose state this is.

        :param inclusion: what the first pass of the draw gave.
        :param design: that of the pass.
        :param reserve: that of the pass.
        :raises FairdrawError: for bytes that were cut or changed, and for a pass of another draw; every number is
            checked.
        """
        own = cls(inclusion, design, reserve)
        own._pass.merge(_fairdraw.KeyPass.from_bytes(_columns.state(state), inclusion._inclusion, design, reserve))
        return own

    def finish(self) -> tuple[pa.Table, float | None, float | None]:
        """Who is drawn.

        :returns: the list, with ``entity_id``, ``selection`` (certain, drawn, reserve), ``order`` within these (of
            certain ones: by id) and ``key``; the cut line, which is the largest key drawn; and the first key not drawn.
            Both are None for ``poisson``, and where there is none.
        """
        batch, cut_line, next_key = self._pass.finish()
        return pa.Table.from_batches([batch]), cut_line, next_key
