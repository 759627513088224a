#!/usr/bin/env python3
"""Checks a published round of tasks, its teams, its amendments and the codes that it gives.

    python3 verify_year.py FOLDER [--amendments ROUND.amendments]

It needs nothing but Python (3.8 or later) and its standard library. FOLDER holds, as CSV with a header: frame, draw,
spread (if any draw has it), visits, teams, unserved, inspectors, recusals, items, holidays; manifest.json of the round;
and settings.json:

    {"weights": {"A": 0.5, ...},
     "tasks": [{"id", "lead", "members", "items", "first", "last", "industries", "spread"}, ...],
     "assign": {"seed", "size", "borrow", "apart": [[...]], "earlier": {inspector_id: teams of earlier rounds}},
     "stations": {entity_id: station}}

"earlier" is there where loads are balanced over the year.

A task may have "strata", a list of the columns of the frame that divide it. Without visits.csv inspectors are not dealt
yet. What else is there is checked, too:

    amendments/NNNN.json   the amendments of the round, if --amendments does not say where they are; the digest of
                           NNNN.spread.parquet beside them is asked for where the file is there
    NNNN.spread.csv        the arcs after an amendment that brought the reserve into use, where a draw has spread
    NNNN/                  inspectors, recusals, items, holidays as CSV, and stations.json, as they were on the day of
                           an amendment: what is in this folder holds from that amendment on
    teams-manifest.json    manifest.json of the teams: that they are of this round, and what amendments say of them
    codes.csv              codes of entities; the frame then has registration_date
    inspector-codes.csv    codes of inspectors and experts

For codes settings.json has "codes", the section [codes] of the plan.

This is a second implementation of the year's contract, written from its text and sharing no code with the program: from
seed, streams and ids come the lots of every task, from arcs the positions, from weights the probabilities and who is
drawn, from consumed intervals the arcs after the round; then the visits, their weeks, the teams by the second lot, what
amendments make of them, and the codes. Sizes are taken from the manifest.

Exit code 0: all agrees, with a summary. 1: the first difference, on one line. 2: something cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from verify_amendments import (  # noqa: E402
    Listed,
    Replay,
    Roster,
    Standing,
    chain_of,
    conserved,
    labelled,
    record_of,
    same_record,
    sha256_of,
    table,
    utf8,
    visits_of,
    weeks,
    words,
)
from verify_run import Difference, Stratum, chacha20_tickets, lot_iv, same, tickets_of, uniform  # noqa: E402

FULL = (0, 2**64 - 1)


# ------------------------------------------------------------------------------------------------------- draws and arcs


class Draws:
    """Every task's draw, and what the streams consume."""

    def __init__(self, frame: list, arcs: list, manifest: dict, settings: dict):
        self.before = {}
        for row in arcs:
            bounds = (int(row["before_lo"], 16), int(row["before_hi"], 16))
            self.before[row["stream"], row["entity_id"]] = bounds
        self.frame, self.seed, self.weights = frame, manifest["seed"], settings["weights"]
        self.ids = [row["entity_id"] for row in frame]
        self.positions, self.rows, self.spread = {}, [], []
        of_task, self.tasks = {task["id"]: task for task in settings["tasks"]}, len(manifest["tasks"])
        for record in manifest["tasks"]:
            self.draw(of_task[record["id"]], record)

    def draw(self, task: dict, record: dict):
        stream, design = record["stream"], record["design"]
        tickets = dict(zip(self.ids, tickets_of(self.seed, stream, self.ids)))
        for own in self.ids:
            lo, hi = self.before.get((stream, own), FULL) if task["spread"] else FULL
            self.positions[stream, own] = lo + (tickets[own] * (hi - lo + 1) >> 64)
        units = defaultdict(list)
        for row in self.frame:
            in_scope = not task["industries"] or any(row["industry"].startswith(own) for own in task["industries"])
            if row["status"] == "live" and in_scope:
                weight = round(self.weights[row["grade"]] * 1_000_000)
                place = self.positions[stream, row["entity_id"]]
                name = " / ".join(row[column] for column in task.get("strata", [])) or "all"
                units[name].append((weight, place, row["entity_id"], uniform(place)))
        same(f"task {task['id']}, strata", [own["name"] for own in record["strata"]], sorted(units, key=utf8))
        for of_stratum in record["strata"]:
            name = of_stratum["name"]
            place = f"task {task['id']}, stratum {name}"
            stratum = Stratum(name, units[name], of_stratum["n"], float(record["alpha"]), design)
            cut, after = of_stratum["cut_line"], of_stratum["next_key"]
            same(f"{place}, cut line", None if cut is None else float(cut), stratum.cut_line)
            same(f"{place}, next key", None if after is None else float(after), stratum.next_key)
            sure = sorted(stratum.taken, key=lambda own: (self.positions[stream, own], own))
            found = [("certain", order, own, None) for order, own in enumerate(sure, 1)]
            reserve = of_stratum["reserve"]
            for selection, ranked in (("drawn", stratum.chosen), ("reserve", stratum.behind[:reserve])):
                found += [(selection, order, own, key) for order, (key, _, own) in enumerate(ranked, 1)]
            for selection, order, own, key in found:
                known = (task["id"], own, name, selection, str(order), f"{tickets[own]:016x}", stratum.pi[own])
                self.rows.append((known, key))
            if task["spread"]:
                self.spread.append((task["id"], name, stream, design, stratum))

    def check(self, listed: list, arcs: list) -> str:
        columns = ("task_id", "entity_id", "stratum", "selection", "order", "ticket")
        for place, (row, (known, key)) in enumerate(zip(listed, self.rows), 1):
            same(f"draw, row {place}", (*(row[column] for column in columns), float(row["pi"])), known)
            same(f"draw, key of row {place}", float(row["key"]) if row["key"] else None, key)
        same("draw, number of rows", len(listed), len(self.rows))
        self.check_arcs(arcs, Counter(), "spread")
        return f"{len(self.rows)} rows of {self.tasks} tasks, {len(arcs)} arcs"

    def consumed(self, in_use: Counter) -> dict:
        """What streams consume of entities, with so many of the reserve in use by task and stratum."""
        consumed = defaultdict(int)
        for task, name, stream, design, stratum in self.spread:
            ranked, m = [*stratum.chosen, *stratum.behind], len(stratum.chosen) + in_use[task, name]
            ahead = {own for _, _, own in ranked[:m]}
            last, following = (ranked[m - 1][0], ranked[m][0]) if 0 < m < len(ranked) else (None, None)
            for own, pi in stratum.pi.items():
                # The key to beat among the others: the next one for those who are in, the last for the rest.
                rival = following if own in ahead else last
                if not 0.0 < pi < 1.0:
                    continue
                if design == "poisson":
                    share = pi
                elif rival is None:
                    continue
                elif design == "pareto":
                    x = rival * (pi / (1.0 - pi))
                    share = x / (1.0 + x)
                else:
                    share = pi * rival if design == "sequential-poisson" else rival
                if share < 1.0:
                    consumed[stream, own] = max(consumed[stream, own], int(share * 2.0**64))
        return consumed

    def check_arcs(self, published: list, in_use: Counter, name: str):
        """The arcs are those that the round left, with so many of the reserve in use; others are carried over."""
        consumed, recomputed = self.consumed(in_use), []
        for stream, own in sorted({*self.before, *consumed}, key=lambda pair: (utf8(pair[0]), utf8(pair[1]))):
            lo, hi = before = self.before.get((stream, own), FULL)
            c = consumed.get((stream, own), 0)
            if c > 0:
                lo, hi = (2**64 - c, 2**64 - 1) if self.positions[stream, own] < c else (max(lo, c) - c, hi - c)
            if (lo, hi) != FULL:
                recomputed.append((stream, own, *(f"{bound:016x}" for bound in (lo, hi, *before))))
        columns = ("stream", "entity_id", "lo", "hi", "before_lo", "before_hi")
        for row, here in zip(published, recomputed):
            same(f"{name}, {here[1]}", tuple(row[column] for column in columns), here)
        same(f"{name}, number of rows", len(published), len(recomputed))


# ------------------------------------------------------------------------------------------- second lot and amendments


def second_lot(folder: Path, listed: Listed, seed: str, settings: dict):
    """Visits and teams of the list as it stands, compared with the tables."""
    of_task = {task["id"]: task for task in settings["tasks"]}
    selected, roster = defaultdict(list), Roster(folder, settings)
    for task, entity in listed.selected:
        selected[entity].append(of_task[task])
    apart = settings["assign"]["apart"]
    visits = [visit for entity, tasks in selected.items() for visit in visits_of(entity, tasks, apart)]
    visits.sort(key=lambda visit: utf8(visit["visit_id"]))
    for visit in visits:
        visit["station"] = roster.stations.get(visit["entity_id"], "")
    weeks(visits, seed, roster.holidays, [])
    published = table(folder, "visits")
    same("visits, number of rows", len(published), len(visits))
    for row, visit in zip(published, visits):
        lists = {key: words(row[key]) for key in ("departments", "tasks", "items")}
        same_record(f"visits, {visit['visit_id']}", {**row, **lists}, record_of(visit))

    standing = Standing(visits, settings)
    unserved = standing.serve(visits, roster)
    there, teams = defaultdict(list), {}
    for row in table(folder, "teams"):
        there[row["visit_id"], row["department"]].append((row["order"], row["inspector_id"], row["role"]))
    for key, team in standing.teams.items():
        roles = [(own, "lead" if own == team["lead"] else "member") for own in team["members"]]
        roles += [(own, "expert") for own in team["experts"]]
        teams[key] = [(str(order), *role) for order, role in enumerate(roles, 1)]
    for key in sorted({*there, *teams}):
        same(f"teams, {key[1]} of {key[0]}", there.get(key), teams.get(key))
    rows = [(row["visit_id"], row["department"], row["constraint"]) for row in table(folder, "unserved")]
    for row, here in zip(rows, unserved):
        same(f"unserved, {here[1]} of {here[0]}", row, here)
    same("unserved, number of rows", len(rows), len(unserved))
    called = sum(len(team["experts"]) for team in standing.teams.values())
    return standing, f"{len(visits)} visits, {len(teams)} teams, {called} experts called, {len(unserved)} not served"


def dealt(folder: Path, beside: Path, draws: Draws, manifest: dict, settings: dict) -> list:
    """The second lot and the amendments before and after it."""
    round_sha256, teams = sha256_of(folder / "manifest.json"), folder / "teams-manifest.json"
    chain = chain_of(beside, round_sha256, teams)
    listed, standing, found = Listed(table(folder, "draw")), None, []
    seed = manifest["seed"] or settings["assign"]["seed"]
    replay = Replay(folder, settings, seed, listed, draws)
    before = [amendment for amendment in chain if amendment["teams_sha256"] is None]
    for amendment in before:
        replay.make(amendment, beside, None)
    if (folder / "visits.csv").exists():
        if teams.exists():
            record = json.loads(teams.read_text(encoding="utf-8"))
            same("teams-manifest.json, round", record["round"]["sha256"], round_sha256)
            same("teams-manifest.json, seed", record["seed"], settings["assign"]["seed"])
            same("teams-manifest.json, amendments", record["amendments"], len(before))
        standing, text = second_lot(folder, listed, seed, settings)
        found.append(text)
        for amendment in chain[len(before) :]:
            replay.make(amendment, beside, standing)
        conserved(standing, listed)
    if chain:
        kinds = Counter(amendment["change"]["kind"] for amendment in chain)
        text = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds))
        found.append(f"{len(chain)} amendments ({text}), {len(before)} before inspectors were dealt")
    return found


# -------------------------------------------------------------------------------------------------------------- codes


def give_codes(prefixes: dict, given: dict, width: int, seed: str) -> dict:
    """Code and turn of everyone in `prefixes` who has none in `given`, by id."""

    def lots(turn, ids):
        key, found = labelled("code", seed, "", str(turn)), []
        for first in range(0, len(ids), 512):
            found += chacha20_tickets(key, [lot_iv(own) for own in ids[first : first + 512]])
        return found

    waiting, taken, found = [own for own in prefixes if own not in given], set(given.values()), {}
    for ticket, _, own in sorted((ticket, utf8(own), own) for ticket, own in zip(lots(0, waiting), waiting)):
        turn, code = 0, f"{prefixes[own]}{ticket % 10**width:0{width}}"
        while code in taken:
            turn += 1
            code = f"{prefixes[own]}{lots(turn, [own])[0] % 10**width:0{width}}"
        taken.add(code)
        found[own] = (code, turn)
    return found


def check_codes(rows: list, prefixes: dict, width: int, seed: str, as_of: str, name: str) -> str:
    """Codes of earlier rounds stay; everyone in `prefixes` without one gets one in this round."""
    earlier = [row for row in rows if row["given"] < as_of]
    given = {row["id"]: row["code"] for row in earlier}
    found = give_codes(prefixes, given, width, seed)
    here = [(row["id"], row["code"], row["turn"], row["given"]) for row in earlier]
    here += [(own, code, str(turn), as_of) for own, (code, turn) in found.items()]
    here.sort(key=lambda row: utf8(row[0]))
    for row, recomputed in zip(rows, here):
        same(f"{name}, {recomputed[0]}", (row["id"], row["code"], row["turn"], row["given"]), recomputed)
    same(f"{name}, number of rows", len(rows), len(here))
    holders = Counter(row["code"] for row in rows)
    same(f"{name}, given to more than one", [code for code, own in holders.items() if own > 1], [])
    for prefix in sorted({prefixes[own] for own in found}):
        own = sum(row["code"].startswith(prefix) and len(row["code"]) == len(prefix) + width for row in rows)
        if own * 10 > 10**width * 9:
            raise Difference(f"{name}, codes that begin with {prefix}", own, "more than nine tenths: refused")
    return f"{len(rows)} {name} ({len(earlier)} of earlier rounds)"


def codes(folder: Path, frame: list, manifest: dict, settings: dict) -> list:
    """Codes of entities and of inspectors, where they are published."""
    plan, as_of, found = settings.get("codes", {}), manifest["as_of"], []
    if (folder / "codes.csv").exists():
        pointer = plan.get("pointer", 1)
        days = {row["entity_id"]: (row.get("registration_date") or "").replace("-", "") for row in frame}
        prefixes = {own: f"{pointer}{day or '00000000'}" for own, day in days.items()}
        rows, width = table(folder, "codes"), plan.get("digits", 6)
        found.append(check_codes(rows, prefixes, width, manifest["seed"], as_of, "codes"))
    if (folder / "inspector-codes.csv").exists():
        numbers = {name: number for number, name in enumerate(plan.get("departments", []), 1)}
        prefixes, wide = {}, plan.get("department-digits", 2)
        for own in Roster(folder, settings).people:
            number = 0 if own["expert"] and not own["department"] else numbers.get(own["department"])
            if number is None:
                raise Difference(f"inspector codes, {own['id']}", own["department"], "not in codes.departments")
            prefixes[own["id"]] = f"{2 if own['expert'] else 1}{number:0{wide}}"
        rows, width = table(folder, "inspector-codes"), plan.get("inspector-digits", 3)
        found.append(check_codes(rows, prefixes, width, settings["assign"]["seed"], as_of, "inspector codes"))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a published round of tasks with Python's standard library.")
    parser.add_argument("folder", type=Path, help="folder with the tables as CSV, manifest.json and settings.json")
    parser.add_argument("--amendments", type=Path, help="folder of the amendments [default: FOLDER/amendments]")
    given = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # names in Chinese on a console that cannot show them
    folder, beside = given.folder, given.amendments or given.folder / "amendments"
    if given.amendments and not beside.is_dir():
        parser.error(f"{beside} is no folder")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        frame, arcs = table(folder, "frame"), table(folder, "spread") if (folder / "spread.csv").exists() else []
        draws = Draws(frame, arcs, manifest, settings)
        found = [draws.check(table(folder, "draw"), arcs)]
        found += dealt(folder, beside, draws, manifest, settings)
        found += codes(folder, frame, manifest, settings)
    except Difference as difference:
        print(difference)
        return 1
    except KeyError as error:
        print(f"verify_year.py: {error} is missing", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"verify_year.py: {error}", file=sys.stderr)
        return 2
    print("confirmed: " + "; ".join(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
