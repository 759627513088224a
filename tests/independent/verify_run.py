#!/usr/bin/env python3
"""Checks a published run of fairdraw, with nothing but Python (3.8 or later) and its standard library.

    python3 verify_run.py --manifest RUN/manifest.json --frame frame.csv --draw draw.csv
    python3 verify_run.py RUN                                 (reads the Parquet files; needs pyarrow)

This is a second implementation of the contract `fairdraw/1`, written from its text and sharing no code with the
program. From seed, stream and ids it computes every lot; from the factors every weight; from the weights and the size
of each stratum every inclusion probability; from probabilities and lots who is drawn, in which order, and where the
cut line is. Probabilities and keys must agree with the published ones to the last bit. Whether factors, eligibility
and sizes follow from the plan and the registries is not asked here: that takes the inputs.

The two tables are `frame.parquet` and `draw.parquet` as CSV: UTF-8, a header, an empty cell for a missing value,
`true` or `false`, and floats with digits enough to give the same f64 back. DuckDB writes them so:

    duckdb -c "copy 'RUN/frame.parquet' to 'frame.csv'; copy 'RUN/draw.parquet' to 'draw.csv'"

Exit code 0: all agrees, with a summary. 1: the first difference, on one line. 2: something cannot be read.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import struct
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

CONTRACT = "fairdraw/1"
ONE = 1_000_000  # micro-units in a weight of 1.0
SQRT_EPSILON = 2.0**-26  # square root of the machine epsilon of f64
FACTORS = ("column", "grade", "color", "risk", "flags")  # in the order of multiplication
MODES = {"A": "online", "B": "flying", "C": "raised", "D": "raised", "unrated": "offline"}
DESIGNS = ("pareto", "sequential-poisson", "srs", "poisson")
TAKE_ALL = "take-all"


class Difference(Exception):
    """The first thing that does not agree."""

    def __init__(self, place, published, recomputed):
        super().__init__(f"{place}: published {published!r}, recomputed {recomputed!r}")


def same(place, published, recomputed):
    if published != recomputed:
        raise Difference(place, published, recomputed)


# ---------------------------------------------------------------------------------------------------------------- lots


def chacha20_tickets(key: bytes, ivs: list) -> list:
    """First eight keystream bytes, as a little-endian integer, of the ChaCha20 block of each iv (RFC 8439, 2.3).

    Every word of the state is one big integer that holds the word of many entities side by side, 64 bits for each:
    a sum of two 32-bit words fits its 64 bits, and what a shift moves to a neighbour falls outside the mask.
    """
    ones = int.from_bytes(b"\x01\0\0\0\0\0\0\0" * len(ivs), "little")
    mask = ones * 0xFFFFFFFF
    start = [ones * word for word in struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key)]
    for word in range(0, 16, 4):
        start.append(int.from_bytes(b"".join(iv[word : word + 4] + b"\0\0\0\0" for iv in ivs), "little"))
    x = list(start)

    def turn(value, bits):
        return (value << bits | value >> (32 - bits)) & mask

    def quarter_round(a, b, c, d):
        x[a] = (x[a] + x[b]) & mask
        x[d] = turn(x[d] ^ x[a], 16)
        x[c] = (x[c] + x[d]) & mask
        x[b] = turn(x[b] ^ x[c], 12)
        x[a] = (x[a] + x[b]) & mask
        x[d] = turn(x[d] ^ x[a], 8)
        x[c] = (x[c] + x[d]) & mask
        x[b] = turn(x[b] ^ x[c], 7)

    for _ in range(10):
        for column in range(4):
            quarter_round(column, column + 4, column + 8, column + 12)
        for diagonal in range(4):
            quarter_round(
                diagonal, 4 + (diagonal + 1) % 4, 8 + (diagonal + 2) % 4, 12 + (diagonal + 3) % 4
            )
    low, high = ((x[word] + start[word]) & mask for word in (0, 1))
    return list(struct.unpack(f"<{len(ivs)}Q", (low | high << 32).to_bytes(8 * len(ivs), "little")))


def lot_key(seed: str, stream: str) -> bytes:
    return hashlib.sha256(f"fairdraw/1/ticket\n{seed}\n{stream}".encode("utf-8")).digest()


def lot_iv(entity_id: str) -> bytes:
    return hashlib.sha256(entity_id.encode("utf-8")).digest()[:16]


def tickets_of(seed: str, stream: str, ids: list) -> list:
    key, together = lot_key(seed, stream), 512
    tickets = []
    for first in range(0, len(ids), together):
        tickets += chacha20_tickets(key, [lot_iv(own) for own in ids[first : first + together]])
    return tickets


def uniform(ticket: int) -> float:
    return ((ticket >> 12) + 0.5) / 2.0**52


def check_chacha20():
    """The block of RFC 8439, section 2.3.2, alone and beside another one."""
    key = bytes(range(32))
    iv = bytes.fromhex("01000000" "000000090000004a00000000")
    expected = int.from_bytes(bytes.fromhex("10f1e7e4d13b5915"), "little")
    if chacha20_tickets(key, [iv])[0] != expected or chacha20_tickets(key, [key[:16], iv])[1] != expected:
        raise SystemExit("verify_run.py: its own ChaCha20 does not give the block of RFC 8439")


# --------------------------------------------------------------------------------------- weights, probabilities, keys


def product(factors: list) -> int:
    """Micro-units, rounded to whole ones after each factor, halves up."""
    weight = ONE
    for factor in factors:
        weight = (weight * factor + ONE // 2) // ONE
    return weight


def take_all(units: list, n: int, alpha: float) -> set:
    """Ids with probability 1. `units`: (weight > 0, tie, id).

    The n largest in ascending order, ties by (ticket, id), the smaller being the heavier; X the sum of the others;
    p_i = i x_i / (X + x_1 + ... + x_i); taken where p_i >= 1 - (alpha + sqrt(epsilon)). Compared as exact fractions.
    """
    heaviest_first = sorted(units, key=lambda unit: (-unit[0], unit[1], unit[2]))
    largest = heaviest_first[:n][::-1]
    total = sum(unit[0] for unit in heaviest_first[n:])
    bound = Fraction(1.0 - (alpha + SQRT_EPSILON))
    taken = set()
    for i, (weight, _, entity_id) in enumerate(largest, 1):
        total += weight
        if i * weight * bound.denominator >= bound.numerator * total:
            taken.add(entity_id)
    return taken


def ranking_key(design: str, u: float, pi: float) -> float:
    if design == "pareto":
        return u * (1.0 - pi) / (pi * (1.0 - u))
    if design == "srs":
        return u
    return u / pi  # sequential-poisson; poisson: to order those who were not taken


class Stratum:
    """What the draw of one stratum must be. `units`: (weight, tie, id, u) of those that the lot may decide on."""

    def __init__(self, name: str, units: list, n: int, alpha: float, design: str):
        if design == "srs":
            units = [(min(weight, 1), tie, own, u) for weight, tie, own, u in units]
        units = [unit for unit in units if unit[0] > 0]
        self.n, self.positive = n, len(units)
        if not 0 <= n <= self.positive:
            raise Difference(f"manifest, stratum {name!r}, n", n, f"0 to {self.positive}, who have a positive weight")
        if design == "srs":  # equal probabilities: alpha has no say, all or none are certain
            self.taken = {unit[2] for unit in units} if n == self.positive else set()
        else:
            self.taken = take_all([unit[:3] for unit in units], n, alpha)
        self.random_n = n - len(self.taken)
        rest = [unit for unit in units if unit[2] not in self.taken]
        self.weight_sum = sum(unit[0] for unit in units)
        self.rest_weight_sum = sum(unit[0] for unit in rest)
        self.pi = {own: 1.0 for own in self.taken}
        ranking, chosen = [], []
        for weight, tie, own, u in rest:
            pi = float(self.random_n) * float(weight) / float(self.rest_weight_sum) if self.random_n else 0.0
            self.pi[own] = pi
            if pi > 0.0:
                place = (ranking_key(design, u, pi), tie, own)
                (chosen if design == "poisson" and u < pi else ranking).append(place)
        ranking.sort()
        if design == "poisson":
            chosen.sort()
            self.cut_line = self.next_key = None
        else:
            chosen, ranking = ranking[: self.random_n], ranking[self.random_n :]
            self.cut_line = chosen[-1][0] if chosen else None
            self.next_key = ranking[0][0] if ranking else None
        self.chosen, self.behind = chosen, ranking


# -------------------------------------------------------------------------------------------------------------- tables


class Table:
    """Columns by name; cells are text (from CSV) or typed (from Parquet), None where missing."""

    def __init__(self, name: str, columns: dict):
        self.name, self.columns = name, columns

    @classmethod
    def read_csv(cls, name: str, path: Path) -> "Table":
        csv.field_size_limit(1 << 30)
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            columns = {column: [] for column in header}
            for row in rows:
                if len(row) != len(header):
                    cells = f"{len(row)} cells where the header has {len(header)}"
                    raise ValueError(f"{path}, line {rows.line_num}: {cells}")
                for column, cell in zip(header, row):
                    columns[column].append(cell if cell != "" else None)
        return cls(name, columns)

    @classmethod
    def read_parquet(cls, name: str, path: Path) -> "Table":
        try:
            import pyarrow.parquet as parquet
        except ImportError:
            advice = "pyarrow is not installed; export the tables as CSV and give --manifest, --frame and --draw"
            raise ValueError(f"{path}: {advice}") from None
        table = parquet.read_table(path)
        return cls(name, {column: table.column(column).to_pylist() for column in table.column_names})

    def __len__(self):
        return len(self.columns["entity_id"])

    def texts(self, column: str) -> list:
        """The column as it stands; missing columns are a fault of the table."""
        if column not in self.columns:
            raise ValueError(f"{self.name} has no column {column}; it has {', '.join(self.columns)}")
        return self.columns[column]

    def wholes(self, column: str, missing: bool = False) -> list:
        return self._parsed(column, int, "a whole number", missing)

    def reals(self, column: str, missing: bool = False) -> list:
        return self._parsed(column, float, "a number", missing)

    def truths(self, column: str) -> list:
        words = {"true": True, "false": False}
        return self._parsed(column, lambda cell: words[str(cell).lower()], "true or false", False)

    def _parsed(self, column, parse, kind, missing):
        values = []
        for own, cell in zip(self.texts("entity_id"), self.texts(column)):
            try:
                values.append(None if missing and cell is None else parse(cell))
            except (TypeError, ValueError, KeyError):
                raise Difference(f"{self.name}, {column} of {own}", cell, kind) from None
        return values

    def compare(self, column: str, published: list, recomputed: list):
        """Names the entity of the first difference."""
        for own, there, here in zip(self.columns["entity_id"], published, recomputed):
            if there != here:
                raise Difference(f"{self.name}, {column} of {own}", there, here)


# -------------------------------------------------------------------------------------------------------------- checks


def check_digests(manifest: dict, folder: Path) -> str:
    """Files that stand beside the manifest have the digests that it gives."""
    found = 0
    for output in manifest["outputs"]:
        path = folder / output["file"]
        if path.is_file():
            content = path.read_bytes()
            same(f"{output['file']}, SHA-256", output["sha256"], hashlib.sha256(content).hexdigest())
            same(f"{output['file']}, bytes", output["bytes"], len(content))
            found += 1
    return f"{found} of {len(manifest['outputs'])} published files stand beside the manifest and have its digests"


def check_ids(frame: Table) -> str:
    ids = [own if own is None else own.encode("utf-8") for own in frame.texts("entity_id")]
    for row, own in enumerate(ids):
        if own is None or (row > 0 and own <= ids[row - 1]):
            above = "an id" if row == 0 else f"an id above {frame.columns['entity_id'][row - 1]}"
            raise Difference(f"frame, entity_id of row {row + 1}", frame.columns["entity_id"][row], above)
    return f"{len(ids)} ids ascend and none repeats"


def check_weights(frame: Table) -> str:
    names = [name for name in FACTORS if f"factor_{name}" in frame.columns]
    published = [column for column in frame.columns if column.startswith("factor_")]
    same("frame, columns factor_*", published, [f"factor_{name}" for name in names])
    columns = [frame.wholes(f"factor_{name}") for name in names]
    recomputed = [product(factors) for factors in zip(*columns)] if columns else [ONE] * len(frame)
    frame.compare("weight", frame.wholes("weight"), recomputed)
    return f"{len(frame)} weights are the product of their {len(names)} factors ({', '.join(names) or 'none'})"


def check_lots(frame: Table, manifest: dict) -> tuple:
    """(u, tie) of every row, and what was found."""
    if manifest["prn_column"] is not None:
        numbers = frame.reals("prn")
        for own, number in zip(frame.columns["entity_id"], numbers):
            if not 0.0 < number < 1.0:
                raise Difference(f"frame, prn of {own}", number, "a number above 0 and below 1")
        return numbers, numbers, f"{len(numbers)} permanent random numbers are above 0 and below 1"
    if manifest["seed"] is None or manifest["stream"] is None:
        raise Difference("manifest, seed and stream", (manifest["seed"], manifest["stream"]), "a seed and a stream")
    recomputed = tickets_of(manifest["seed"], manifest["stream"], frame.columns["entity_id"])
    # A ticket is published as 16 hexadecimal digits, the most significant first, with its lot u beside it.
    frame.compare("ticket", frame.columns["ticket"], [f"{ticket:016x}" for ticket in recomputed])
    frame.compare("u", frame.reals("u"), [uniform(ticket) for ticket in recomputed])
    key = lot_key(manifest["seed"], manifest["stream"]).hex()
    text = f"{len(recomputed)} tickets follow from seed, stream and id (key {key})"
    return [uniform(ticket) for ticket in recomputed], recomputed, text


def check_standing(frame: Table, manifest: dict) -> str:
    """Eligible or with a reason; a stratum for the eligible; the mode that the grade sets."""
    reasons, strata = frame.texts("reason"), frame.texts("stratum")
    frame.compare("eligible", frame.truths("eligible"), [reason is None for reason in reasons])
    known = {stratum["name"] for stratum in manifest["strata"]}
    for own, reason, stratum, certainty in zip(
        frame.columns["entity_id"], reasons, strata, frame.texts("certainty")
    ):
        if (stratum is None) == (reason is None) or (stratum is not None and stratum not in known):
            raise Difference(f"frame, stratum of {own}", stratum, "none" if reason else "one of the manifest")
        if reason is not None and certainty is not None:
            raise Difference(f"frame, certainty of {own}", certainty, None)
    frame.compare("mode", frame.texts("mode"), [MODES.get(grade) for grade in frame.texts("grade")])
    told = {exclusion["en"]: exclusion["entities"] for exclusion in manifest["exclusions"]}
    same("manifest, exclusions", told, dict(Counter(reason for reason in reasons if reason)))
    counts = manifest["counts"]
    same("manifest, counts.population", counts["population"], len(frame))
    same("manifest, counts.eligible", counts["eligible"], sum(reason is None for reason in reasons))
    return f"{counts['eligible']} entities are eligible, each in one of {len(known)} strata; the others have a reason"


def check_draw(frame: Table, draw: Table, manifest: dict, u: list, tie: list) -> list:
    """Probabilities, selection, order, cut lines and sums of every stratum, and the published list."""
    design, alpha = manifest["design"], float(manifest["alpha"])
    if design not in DESIGNS:
        raise Difference("manifest, design", design, f"one of {', '.join(DESIGNS)}")
    if not 0.0 <= alpha < 1.0:
        raise Difference("manifest, alpha", alpha, "at least 0 and below 1")
    ids, weights, certainty = frame.texts("entity_id"), frame.wholes("weight"), frame.texts("certainty")
    row_of = {own: row for row, own in enumerate(ids)}
    by_lot = {stratum["name"]: [] for stratum in manifest["strata"]}
    by_rule = {stratum["name"]: [] for stratum in manifest["strata"]}
    for row, name in enumerate(frame.texts("stratum")):
        if name is not None and certainty[row] in (None, TAKE_ALL):
            by_lot[name].append((weights[row], tie[row], ids[row], u[row]))
        elif name is not None:
            by_rule[name].append(ids[row])

    pi, drawn, certain = [0.0] * len(ids), [False] * len(ids), [None] * len(ids)
    draws = {}
    for record in manifest["strata"]:
        name = record["name"]
        draws[name] = Stratum(name, by_lot[name], record["n"], alpha, design)
        for own in by_rule[name]:
            row = row_of[own]
            pi[row], drawn[row], certain[row] = 1.0, True, certainty[row]
        for own, probability in draws[name].pi.items():
            pi[row_of[own]] = probability
        for own in draws[name].taken:
            drawn[row_of[own]], certain[row_of[own]] = True, TAKE_ALL
        for _, _, own in draws[name].chosen:
            drawn[row_of[own]] = True
    frame.compare("pi", frame.reals("pi"), pi)
    frame.compare("certainty", certainty, certain)
    frame.compare("drawn", frame.truths("drawn"), drawn)

    reserve = max((record["reserve"] for record in manifest["strata"]), default=0)
    rows, found = [], []
    for record in sorted(manifest["strata"], key=lambda record: record["name"]):
        name, stratum = record["name"], draws[record["name"]]
        found.append(check_figures(record, stratum, design, by_rule[name], len(by_lot[name]), reserve))
        sure = sorted([*by_rule[name], *stratum.taken], key=lambda own: (tie[row_of[own]], own))
        rows += [(name, "certain", order, own, None) for order, own in enumerate(sure, 1)]
        for selection, ranked in (("drawn", stratum.chosen), ("reserve", stratum.behind[:reserve])):
            rows += [(name, selection, order, own, key) for order, (key, _, own) in enumerate(ranked, 1)]
    same("manifest, counts.certain", manifest["counts"]["certain"], sum(map(len, by_rule.values())))
    same("manifest, counts.drawn", manifest["counts"]["drawn"], sum(drawn))
    same("manifest, counts.reserve", manifest["counts"]["reserve"], sum(row[1] == "reserve" for row in rows))
    check_list(frame, draw, manifest, rows, (row_of, u, tie, pi, certain))
    return found[:20] + ([f"... and {len(found) - 20} more strata"] if len(found) > 20 else [])


def check_figures(record: dict, stratum: Stratum, design: str, by_rule: list, by_lot: int, reserve: int) -> str:
    """What the manifest says of a stratum. `reserve` is the longest reserve list, which all strata with room have."""
    behind = min(reserve, len(stratum.behind))
    figures = {
        "eligible": len(by_rule) + by_lot,
        "positive": stratum.positive,
        "certain": len(by_rule),
        "take_all": len(stratum.taken),
        "weight_sum": str(stratum.weight_sum),
        "random_n": stratum.random_n,
        "rest_weight_sum": str(stratum.rest_weight_sum),
        "drawn": len(by_rule) + len(stratum.taken) + len(stratum.chosen),
        "reserve": behind,
        "cut_line": stratum.cut_line,
        "next_key": stratum.next_key,
        "expected": float(len(by_rule) + stratum.n),
    }
    place = f"manifest, stratum {record['name']!r}"
    for figure, recomputed in figures.items():
        published = record[figure]
        if figure in ("cut_line", "next_key", "expected") and published is not None:
            published = float(published)
        same(f"{place}, {figure}", published, recomputed)
    total = math.fsum(stratum.pi.values()) + len(by_rule)
    if abs(total - figures["expected"]) > 1e-9 * max(1.0, total):
        raise Difference(f"{place}, expected", record["expected"], f"a sum of pi of {total}")
    if design != "poisson":
        same(f"{place}, drawn by lot", stratum.random_n, len(stratum.chosen))
    return (
        f"stratum {record['name']!r}: {len(by_rule)} certain, {len(stratum.taken)} take-all,"
        f" {len(stratum.chosen)} drawn of {stratum.positive - len(stratum.taken)}, {behind} in reserve;"
        f" sum of pi {total:.12g}; cut line {stratum.cut_line}"
    )


def check_list(frame: Table, draw: Table, manifest: dict, rows: list, lots: tuple):
    """`draw.parquet` is the recomputed list, row by row and in its order."""
    row_of, u, tie, pi, certainty = lots
    columns = zip(draw.texts("entity_id"), draw.texts("stratum"), draw.texts("selection"), draw.wholes("order"))
    for place, (published, recomputed) in enumerate(zip(columns, rows), 1):
        name, selection, order, own, _ = recomputed
        same(f"draw, row {place} (entity, stratum, selection, order)", published, (own, name, selection, order))
    same("draw, number of rows", len(draw), len(rows))
    at = [row_of[own] for _, _, _, own, _ in rows]
    tickets = [None] * len(rows) if manifest["prn_column"] is not None else [tie[row] for row in at]
    texts = [None if ticket is None else f"{ticket:016x}" for ticket in tickets]
    draw.compare("ticket", [ticket or None for ticket in draw.columns["ticket"]], texts)
    draw.compare("u", draw.reals("u"), [u[row] for row in at])
    draw.compare("pi", draw.reals("pi"), [pi[row] for row in at])
    draw.compare("key", draw.reals("key", missing=True), [key for _, _, _, _, key in rows])
    inverse = [None if selection == "reserve" else 1.0 / pi[row] for row, (_, selection, _, _, _) in zip(at, rows)]
    draw.compare("design_weight", draw.reals("design_weight", missing=True), inverse)
    draw.compare("certainty", draw.texts("certainty"), [certainty[row] for row in at])
    for column in ("name", "region", "station", "industry", "grade", "color", "mode"):
        own = frame.columns.get(column, [None] * len(frame))
        draw.compare(column, draw.texts(column), [own[row] for row in at])


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a published run of fairdraw with Python's standard library.")
    parser.add_argument("run", nargs="?", type=Path, help="folder of a run (needs pyarrow)")
    parser.add_argument("--manifest", type=Path, help="manifest.json of the run")
    parser.add_argument("--frame", type=Path, help="frame.parquet as CSV")
    parser.add_argument("--draw", type=Path, help="draw.parquet as CSV")
    given = parser.parse_args()
    if given.run is None and not (given.manifest and given.frame and given.draw):
        parser.error("give the folder of a run, or --manifest, --frame and --draw")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # names in Chinese on a console that cannot show them
    check_chacha20()
    try:
        path = given.manifest or given.run / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if given.run is not None and not given.frame:
            frame = Table.read_parquet("frame", given.run / "frame.parquet")
            draw = Table.read_parquet("draw", given.run / "draw.parquet")
        else:
            frame, draw = Table.read_csv("frame", given.frame), Table.read_csv("draw", given.draw)
        same("manifest, contract", manifest["contract"], CONTRACT)
        found = [check_digests(manifest, path.parent), check_ids(frame), check_weights(frame)]
        u, tie, text = check_lots(frame, manifest)
        found += [text, check_standing(frame, manifest), *check_draw(frame, draw, manifest, u, tie)]
    except Difference as difference:
        print(difference)
        return 1
    except KeyError as error:
        print(f"verify_run.py: {path} has no {error}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"verify_run.py: {error}", file=sys.stderr)
        return 2
    print("\n".join(found))
    counts = manifest["counts"]
    drawn = f"{counts['drawn']} drawn of {counts['population']}, {counts['reserve']} in reserve"
    print(f"confirmed: {drawn}, by {manifest['design']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
