#!/usr/bin/env python3
"""Checks a published round of tasks and its teams, with nothing but Python (3.8 or later) and its standard library.

    python3 verify_year.py FOLDER

FOLDER holds, as CSV with a header: frame, draw, spread (if any draw has it), visits, teams, unserved, inspectors, recusals, items,
holidays; manifest.json of the round; and settings.json:

    {"weights": {"A": 0.5, ...}, "tasks": [{"id", "lead", "members", "items", "first", "last", "industries", "spread"}, ...],
     "assign": {"seed", "size", "borrow", "apart": [[...]]}, "stations": {entity_id: station}}

This is a second implementation of the year's contract, written from its text and sharing no code with the program: from seed, streams and
ids come the lots of every task, from arcs the positions, from weights the probabilities and who is drawn, from consumed intervals the
arcs after the round; then the visits, their weeks, and the teams by the second lot. Sizes are taken from the manifest.

Exit code 0: all agrees, with a summary. 1: the first difference, on one line.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from verify_run import Difference, Stratum, chacha20_tickets, lot_iv, same, tickets_of, uniform  # noqa: E402

FULL = (0, 2**64 - 1)


def labelled(label: str, seed: str, stream: str, *further: str) -> bytes:
    return hashlib.sha256("\n".join([f"fairdraw/1/{label}", seed, stream, *further]).encode("utf-8")).digest()


def lot(key: bytes, own: str) -> int:
    return chacha20_tickets(key, [lot_iv(own)])[0]


def utf8(text: str) -> bytes:
    return text.encode("utf-8")


def table(folder: Path, name: str) -> list:
    csv.field_size_limit(1 << 30)
    with open(folder / f"{name}.csv", newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def words(cell: str) -> list:
    inside = cell.strip("[]")
    return inside.split(", ") if inside else []


# ------------------------------------------------------------------------------------------------------- draws and arcs


def draws(frame: list, listed: list, arcs: list, manifest: dict, settings: dict) -> str:
    """Every task's draw, and what the streams consume."""
    before = {(row["stream"], row["entity_id"]): (int(row["before_lo"], 16), int(row["before_hi"], 16)) for row in arcs}
    ids = [row["entity_id"] for row in frame]
    of_task = {task["id"]: task for task in settings["tasks"]}
    consumed = defaultdict(int)
    positions = {}
    rows = []
    for record in manifest["tasks"]:
        task, stream, design = of_task[record["id"]], record["stream"], record["design"]
        tickets = dict(zip(ids, tickets_of(manifest["seed"], stream, ids)))
        for own in ids:
            lo, hi = before.get((stream, own), FULL) if task["spread"] else FULL
            positions[stream, own] = lo + (tickets[own] * (hi - lo + 1) >> 64)
        units = []
        for row in frame:
            in_scope = not task["industries"] or any(row["industry"].startswith(own) for own in task["industries"])
            if row["status"] == "live" and in_scope:
                weight = round(settings["weights"][row["grade"]] * 1_000_000)
                place = positions[stream, row["entity_id"]]
                units.append((weight, place, row["entity_id"], uniform(place)))
        same(f"task {record['id']}, strata", len(record["strata"]), 1)
        of_stratum = record["strata"][0]
        stratum = Stratum("all", units, of_stratum["n"], float(record["alpha"]), design)
        cut, after = of_stratum["cut_line"], of_stratum["next_key"]
        same(f"task {record['id']}, cut line", None if cut is None else float(cut), stratum.cut_line)
        same(f"task {record['id']}, next key", None if after is None else float(after), stratum.next_key)
        sure = sorted(stratum.taken, key=lambda own: (positions[stream, own], own))
        found = [("certain", order, own, None) for order, own in enumerate(sure, 1)]
        reserve = of_stratum["reserve"]
        for selection, ranked in (("drawn", stratum.chosen), ("reserve", stratum.behind[:reserve])):
            found += [(selection, order, own, key) for order, (key, _, own) in enumerate(ranked, 1)]
        for selection, order, own, key in found:
            pi = stratum.pi[own]
            rows.append((record["id"], own, selection, str(order), f"{tickets[own]:016x}", pi, key))
        if task["spread"]:
            chosen = {own for _, _, own in stratum.chosen}
            for own, pi in stratum.pi.items():
                # The key that the entity had to beat among the others: the next one for those who are in, the last for the rest.
                rival = stratum.next_key if own in chosen else stratum.cut_line
                if not 0.0 < pi < 1.0:
                    continue
                if design == "poisson":
                    share = pi
                elif stratum.cut_line is None or stratum.next_key is None:
                    continue
                elif design == "pareto":
                    x = rival * (pi / (1.0 - pi))
                    share = x / (1.0 + x)
                else:
                    share = pi * rival if design == "sequential-poisson" else rival
                if share < 1.0:
                    consumed[stream, own] = max(consumed[stream, own], int(share * 2.0**64))
    for place, (row, (task, own, selection, order, ticket, pi, key)) in enumerate(zip(listed, rows), 1):
        published = (row["task_id"], row["entity_id"], row["selection"], row["order"], row["ticket"], float(row["pi"]))
        same(f"draw, row {place}", published, (task, own, selection, order, ticket, pi))
        same(f"draw, key of row {place}", float(row["key"]) if row["key"] else None, key)
    same("draw, number of rows", len(listed), len(rows))

    spread = sorted({of_record["stream"] for of_record in manifest["tasks"] if of_task[of_record["id"]]["spread"]})
    recomputed = []
    for stream in spread:
        for own in sorted(ids, key=utf8):
            lo, hi = before.get((stream, own), FULL)
            c, p = consumed[stream, own], positions[stream, own]
            if c > 0:
                lo, hi = (2**64 - c, 2**64 - 1) if p < c else (max(lo, c) - c, hi - c)
            if (lo, hi) != FULL:
                recomputed.append((stream, own, f"{lo:016x}", f"{hi:016x}"))
    published = [(row["stream"], row["entity_id"], row["lo"], row["hi"]) for row in arcs if row["stream"] in spread]
    for there, here in zip(published, recomputed):
        same(f"spread, {here[1]}", there, here)
    same("spread, number of rows", len(published), len(recomputed))
    return f"{len(rows)} rows of {len(manifest['tasks'])} tasks, {len(recomputed)} arcs"


# -------------------------------------------------------------------------------------------------------------- visits


def departments(task: dict) -> set:
    return {task["lead"], *task["members"]}


def visits_of(entity: str, tasks: list, apart: list) -> list:
    groups = defaultdict(list)
    for task in tasks:
        groups[next((place for place, own in enumerate(apart) if task["lead"] in own), None)].append(task)
    visits = []
    for group in groups.values():
        opened = None
        for task in sorted(group, key=lambda task: (task["last"], utf8(task["id"]))):
            if opened is not None and min(own["last"] for own in opened) >= task["first"]:
                opened.append(task)
            else:
                opened = [task]
                visits.append(opened)
    found = []
    for own in visits:
        own = sorted(own, key=lambda task: utf8(task["id"]))
        lead = max(own, key=lambda task: len(departments(task)))["lead"]
        found.append(
            {
                "entity_id": entity,
                "tasks": [task["id"] for task in own],
                "of": own,
                "departments": sorted({name for task in own for name in departments(task)}, key=utf8),
                "items": sorted({item for task in own for item in task["items"]}, key=utf8),
                "lead": lead,
                "first": max(task["first"] for task in own),
                "last": min(task["last"] for task in own),
            }
        )
    found.sort(key=lambda visit: (visit["first"], visit["last"], utf8(visit["tasks"][0])))
    for number, visit in enumerate(found, 1):
        visit["visit_id"] = f"{entity}-{number}"
    return found


def weeks(visits: list, seed: str, holidays: dict):
    """Puts each visit into its week."""

    def works(day: date) -> bool:
        return holidays.get(day, day.weekday() < 5)

    key = labelled("week", seed, "")
    for visit in visits:
        first, last = date.fromisoformat(visit["first"]), date.fromisoformat(visit["last"])
        monday = first - timedelta(days=first.weekday())
        touched = []
        while monday <= last:
            touched.append(monday)
            monday += timedelta(days=7)
        within = [w for w in touched if any(first <= w + timedelta(n) <= last and works(w + timedelta(n)) for n in range(7))]
        visit["possible"] = within or touched
    loads = defaultdict(int)
    for visit in sorted(visits, key=lambda v: (len(v["possible"]), lot(key, v["visit_id"]), utf8(v["visit_id"]))):

        def load(week):
            days = max(1, sum(works(week + timedelta(n)) for n in range(7)))
            return (loads[visit["station"], week] + 1, days)

        best = visit["possible"][0]
        for week in visit["possible"][1:]:
            (a, b), (c, d) = load(week), load(best)
            if a * d < c * b:
                best = week
        loads[visit["station"], best] += 1
        visit["week"] = best.isoformat()


# --------------------------------------------------------------------------------------------------------------- teams


def deal(visits: list, people: list, recused: set, needs: dict, assign: dict):
    """The teams and what is not served, department by department."""
    seed, size = assign["seed"], assign["size"]
    teams, unserved = {}, []
    for department in sorted({name for visit in visits for name in visit["departments"]}, key=utf8):
        own = [person for person in people if person["department"] == department and not person["expert"]]
        load, in_week = defaultdict(int), defaultdict(int)
        key = labelled("visit", seed, "", department)

        def wanted(visit):
            items = {item for task in visit["of"] if department in departments(task) for item in task["items"]}
            return sorted({name for item in items for name in needs.get(item, [])}, key=utf8)

        def holders(visit):
            counts = [sum(name in person["qualifications"] for person in own) for name in wanted(visit)]
            return min(counts, default=2**63)

        def rank(person):
            lots = labelled("inspector", seed, "", department, str(load[person["id"]]))
            return (load[person["id"]], lot(lots, person["id"]), utf8(person["id"]))

        def choose(visit, with_station):
            pool = list(own)
            filters = [
                ("inspectors", lambda p: True),
                ("active", lambda p: p["active"]),
                ("certificate", lambda p: (p["from"] or "") <= visit["last"] <= (p["until"] or "9999")),
                ("station", lambda p: not with_station or "" in (visit["station"], p["station"]) or p["station"] == visit["station"]),
                ("recusal", lambda p: (p["id"], visit["entity_id"]) not in recused),
                ("capacity", lambda p: p["capacity"] is None or in_week[p["id"], visit["week"]] < p["capacity"]),
            ]
            for name, passes in filters:
                pool = [person for person in pool if passes(person)]
                if len(pool) < size:
                    return name
            chosen = []
            for name in [*wanted(visit), None]:
                meets = (lambda p: p["may_lead"]) if name is None else (lambda p, name=name: name in p["qualifications"])
                if any(meets(person) for person in chosen):
                    continue
                able = [person for person in pool if person not in chosen and meets(person)]
                if not able:
                    return "lead" if name is None else f"qualification {name}"
                chosen.append(min(able, key=rank))
            while len(chosen) < size:
                chosen.append(min((person for person in pool if person not in chosen), key=rank))
            return chosen

        of_department = [visit for visit in visits if department in visit["departments"]]
        for visit in sorted(of_department, key=lambda v: (holders(v), lot(key, v["visit_id"]), utf8(v["visit_id"]))):
            chosen = choose(visit, True)
            if isinstance(chosen, str) and assign["borrow"]:
                chosen = choose(visit, False)
            if isinstance(chosen, str):
                unserved.append((visit["visit_id"], department, chosen))
                continue
            for person in chosen:
                load[person["id"]] += 1
                in_week[person["id"], visit["week"]] += 1
            leader = next(person["id"] for person in chosen if person["may_lead"])
            roles = [(p["id"], "lead" if p["id"] == leader else "member") for p in chosen]
            teams[visit["visit_id"], department] = roles
    return teams, unserved


def second_lot(folder: Path, listed: list, manifest: dict, settings: dict) -> str:
    of_task = {task["id"]: task for task in settings["tasks"]}
    selected = defaultdict(list)
    for row in listed:
        if row["selection"] != "reserve":
            selected[row["entity_id"]].append(of_task[row["task_id"]])
    apart = [set(own) for own in settings["assign"]["apart"]]
    visits = [visit for entity, tasks in selected.items() for visit in visits_of(entity, tasks, apart)]
    visits.sort(key=lambda visit: utf8(visit["visit_id"]))
    for visit in visits:
        visit["station"] = settings["stations"].get(visit["entity_id"], "")
    holidays = {date.fromisoformat(row["date"]): row["day_kind"] == "班" for row in table(folder, "holidays")}
    weeks(visits, manifest["seed"], holidays)
    published = table(folder, "visits")
    same("visits, number of rows", len(published), len(visits))
    for row, visit in zip(published, visits):
        there = (row["visit_id"], row["entity_id"], row["lead"], words(row["departments"]), words(row["tasks"]))
        there += (words(row["items"]), row["first_day"], row["last_day"], row["week"], row["station"])
        here = tuple(visit[key] for key in ("visit_id", "entity_id", "lead", "departments", "tasks"))
        here += tuple(visit[key] for key in ("items", "first", "last", "week", "station"))
        same(f"visits, {visit['visit_id']}", there, here)

    yes = {"是": True, "否": False, "": True}
    people = [
        {
            "id": row["inspector_id"],
            "department": row["department"],
            "station": row["station"],
            "qualifications": set(filter(None, row["qualification"].split(";"))),
            "expert": row["expert"] == "是",
            "active": yes[row["active"]],
            "may_lead": yes[row["may_lead"]],
            "from": row["certificate_from"],
            "until": row["certificate_until"],
            "capacity": int(row["capacity"]) if row["capacity"] else None,
        }
        for row in table(folder, "inspectors")
    ]
    recused = {(row["inspector_id"], row["entity_id"]) for row in table(folder, "recusals")}
    needs = {row["item_id"]: list(filter(None, row["qualification"].split(";"))) for row in table(folder, "items")}
    teams, unserved = deal(visits, people, recused, needs, settings["assign"])
    there = defaultdict(list)
    for row in table(folder, "teams"):
        if row["role"] != "expert":
            there[row["visit_id"], row["department"]].append((row["inspector_id"], row["role"]))
    for key in sorted({*there, *teams}):
        same(f"teams, {key[1]} of {key[0]}", there.get(key), teams.get(key))
    listed = [(row["visit_id"], row["department"], row["constraint"]) for row in table(folder, "unserved")]
    same("unserved", [row for row in listed if not row[2].startswith("expert ")], unserved)
    return f"{len(visits)} visits, {len(teams)} teams, {len(unserved)} not served"


def main() -> int:
    folder = Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    arcs = table(folder, "spread") if (folder / "spread.csv").exists() else []
    try:
        listed = table(folder, "draw")
        found = [draws(table(folder, "frame"), listed, arcs, manifest, settings)]
        found.append(second_lot(folder, listed, manifest, settings))
    except Difference as difference:
        print(difference)
        return 1
    print("confirmed: " + "; ".join(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
