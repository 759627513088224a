"""Verifiable risk-weighted draws: the core of fairdraw for Python.

Everything that is random follows from a seed, a stream and the ids, by the public contract ``fairdraw/1``: whoever has
these recomputes every lot with ``openssl``. Columns are anything that speaks the Arrow PyCapsule interface (pyarrow,
polars, pandas >= 2.2, DuckDB relations), numpy arrays or lists; tables come back as ``pyarrow.Table``.

    >>> import fairdraw
    >>> firms = {"entity_id": ["a", "b", "c", "d"], "weight": [1.0, 1.0, 2.0, 4.0]}
    >>> drawn = fairdraw.draw(firms, n=2, weight="weight", seed="08 17 23", stream="2023")
    >>> drawn.column("entity_id").to_pylist()
    ['d', 'a']
    >>> fairdraw.inclusion_probabilities(firms["weight"], n=2).to_pylist()
    [0.25, 0.25, 0.5, 1.0]

``draw`` draws, ``inclusion_probabilities`` says with what probability, ``tickets`` gives the lots, ``estimate`` says
what a sample says of everyone, ``check_code`` looks at identifiers, ``Plan.load`` checks a plan. ``WeightPass``,
``Inclusion`` and ``KeyPass`` make a draw over parts that lie on several machines: states of kilobytes travel instead of
rows.

What cannot be drawn from is a ``FairdrawError``, which is a ``ValueError``: its text names argument and row (counted
from 0) and says how to put it right. Other threads of Python run while these functions compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import pyarrow as pa

from . import _columns, _fairdraw
from ._fairdraw import CONTRACT, DEFAULT_ALPHA, FairdrawError, Plan, __version__
from ._passes import Inclusion, KeyPass, WeightPass

__all__ = [
    "CONTRACT",
    "DEFAULT_ALPHA",
    "FairdrawError",
    "Inclusion",
    "KeyPass",
    "Plan",
    "WeightPass",
    "__version__",
    "check_code",
    "draw",
    "estimate",
    "inclusion_probabilities",
    "tickets",
]


def tickets(ids: Any, seed: str, stream: str = "") -> pa.UInt64Array:
    """The lot of every entity: the first 8 bytes of ChaCha20, little-endian, under the key SHA-256("fairdraw/1/ticket",
    seed, stream; a line each) and the iv SHA-256(id) (RFC 8439, FIPS 180-4).

    :param ids: text, none missing; N of them.
    :param seed: what was drawn in public; no line break.
    :param stream: entities keep their lots within a stream; other streams are independent.
    :returns: N unsigned numbers of 64 bits, uniform. ``format(ticket, "016x")`` is what ``draw.parquet`` shows, and
        ``((ticket >> 12) + 0.5) / 2**52`` the lot u between 0 and 1.
    :raises FairdrawError: for ids that are missing or no text, and seeds with a line break.
    """
    return _fairdraw.tickets(_columns.ids(ids), _columns.text(seed, "seed"), _columns.text(stream, "stream"))


def check_code(ids: Any) -> pa.Table:
    """What kind of identifier each id is, and whether its check character is right (GB 32100-2015, GB 11714-1997, the
    15-digit registration number).

    :param ids: N texts, none missing.
    :returns: a table of N rows with ``id``, ``kind`` (such as ``uscc``), ``wrong_check`` and ``region`` (6 digits, or
        null).
    :raises FairdrawError: for ids that are missing or no text. A wrong code is no error.
    """
    return pa.table(_fairdraw.check_code(_columns.ids(ids)))


def inclusion_probabilities(
    weights: Any,
    n: int | Mapping[str, int],
    strata: Any = None,
    alpha: float = DEFAULT_ALPHA,
    design: str = "pareto",
) -> pa.DoubleArray:
    """The exact probability with which each entity is drawn, proportional to its weight (Rosén 1997; take-all units as
    in R package sps).

    With x(1) <= ... <= x(n) the n largest weights and X the sum of the others, p(i) = i*x(i) / (X + sum of x(j),
    j <= i); from the heaviest on, those with p(i) >= 1 - alpha have pi = 1; the others pi = m*x / sum of x, where m is
    n less those.

    :param weights: N numbers of at least 0, exact to 0.000001; 0 is never drawn.
    :param n: sample size (the expected one for ``poisson``); with ``strata`` a number by stratum.
    :param strata: N texts; None: one stratum.
    :param alpha: 0 <= alpha < 1.
    :param design: ``pareto``, ``sequential-poisson``, ``srs`` (all weights count as 1) or ``poisson``.
    :returns: N probabilities that sum to n in every stratum. Of equal weights at the border of those taken, the earlier
        rows are taken; ``draw`` goes by lots there.
    :raises FairdrawError: for weights that are missing, negative or not finite, a stratum without a number, and n
        beyond the positive weights.
    """
    weights = _columns.numbers(weights, "weights")
    own = None
    if strata is not None:
        own = _columns.of_length(_columns.texts(strata, "strata"), "strata", len(weights), "weights")
    sizes = _columns.sizes(n, own)
    return _fairdraw.inclusion_probabilities(weights, sizes, own, _columns.alpha(alpha), _columns.design(design))


def draw(
    table: Any,
    n: int | Mapping[str, int],
    *,
    id: str = "entity_id",
    weight: str | None = None,
    stratum: str | None = None,
    certain: str | None = None,
    prn: str | None = None,
    seed: str | None = None,
    stream: str = "",
    design: str = "pareto",
    alpha: float = DEFAULT_ALPHA,
    reserve: int = 0,
) -> pa.Table:
    """Draws from a table. The order of its rows does not matter, nor do threads or the library it comes from.

    :param table: a row an entity; columns that no argument names are not read.
    :param n: how many (the expected number for ``poisson``), certain ones apart; with ``stratum`` a number by stratum.
    :param id: column of ids: text, unique.
    :param weight: column of weights, numbers of at least 0; None: all alike.
    :param stratum: column of strata: text.
    :param certain: column of truths: who is taken whatever the lot, on top of n.
    :param prn: column of permanent random numbers between 0 and 1, instead of a seed.
    :param seed: what was drawn in public; no line break.
    :param stream: draws of one stream meet the same entities as far as their probabilities allow.
    :param design: ``pareto``, ``sequential-poisson``, ``srs`` or ``poisson``.
    :param alpha: probabilities of at least 1 - alpha become 1; 0 <= alpha < 1.
    :param reserve: how many more of each stratum are named, in order.
    :returns: the list: ``entity_id``, ``stratum``, ``selection`` (certain, drawn, reserve), ``order`` within these,
        ``ticket`` (16 hexadecimal digits; null with ``prn``), ``u``, ``key`` (smallest first; null for certain ones),
        ``pi``, ``design_weight`` (1/pi; null for the reserve). The same numbers as in ``draw.parquet`` of the program.
    :raises FairdrawError: naming argument and row, and the fix.
    """
    given = _columns.Table(table)
    ids = _columns.ids(given.column(id, "id"))
    weights = None if weight is None else _columns.numbers(given.column(weight, "weight"), "weights")
    strata = None if stratum is None else _columns.texts(given.column(stratum, "stratum"), "strata")
    list = _fairdraw.draw(
        ids,
        weights,
        _columns.sizes(n, strata),
        strata,
        None if certain is None else _columns.truths(given.column(certain, "certain"), "certain"),
        None if prn is None else _columns.numbers(given.column(prn, "prn"), "prn"),
        None if seed is None else _columns.text(seed, "seed"),
        _columns.text(stream, "stream"),
        _columns.design(design),
        _columns.alpha(alpha),
        _columns.whole(reserve, "reserve"),
    )
    return pa.Table.from_batches([list])


def estimate(
    findings: Any,
    pi: Any,
    *,
    strata: Any = None,
    domain: Any = None,
    design: str = "pareto",
    level: float = 0.95,
) -> dict[str, float | int | None]:
    """What a sample says of everyone: rate (Hájek) and number (Horvitz-Thompson) of findings, with the design's
    variance (Rosén 2000; strata with one random entity are joined with a neighbour) and intervals: of the rate on the
    logit scale.

    :param findings: 0 or 1, or truths, for each of the K entities of the sample that were met.
    :param pi: K inclusion probabilities, times the share of the drawn that were met where not all were.
    :param strata: K strata: text; None: one.
    :param domain: K truths: whether it belongs to the part that is asked about; None: all do.
    :param design: the design of the draw.
    :param level: of the intervals, between 0 and 1.
    :returns: ``rate``, ``rate_error``, ``rate_low``, ``rate_high`` (shares of 1), ``total``, ``total_error``,
        ``total_low``, ``total_high`` (entities), ``observed`` and ``collapsed_strata``; errors are standard errors, and
        they and the bounds are None where the sample does not give them.
    :raises FairdrawError: for findings other than 0 and 1, a pi outside 0 to 1, and a domain without anybody.
    """
    findings = _columns.findings(findings)
    rows = len(findings)
    pi = _columns.of_length(_columns.numbers(pi, "pi"), "pi", rows, "findings")
    if strata is not None:
        strata = _columns.of_length(_columns.texts(strata, "strata"), "strata", rows, "findings")
    if domain is not None:
        domain = _columns.of_length(_columns.truths(domain, "domain"), "domain", rows, "findings")
    wanted = "a number between 0 and 1, such as 0.95"
    upper = 0.5 + _columns.real(level, "level", wanted) / 2
    if not 0.5 < upper < 1:
        raise FairdrawError(f"level is {level!r}; give {wanted}")
    return _fairdraw.estimate(findings, pi, strata, domain, _columns.design(design), NormalDist().inv_cdf(upper))
