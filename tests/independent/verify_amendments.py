"""The second lot of a round and the amendments that change it: visits, weeks, teams and changes, for verify_year.py.

Like that script it is written from the text of the year's contract, needs nothing but Python (3.8 or later) and its
standard library, and shares no code with the program.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from verify_run import Difference, chacha20_tickets, lot_iv, same  # noqa: E402

CONTRACT = "fairdraw/amendment/1"


def labelled(label: str, seed: str, stream: str, *further: str) -> bytes:
    return hashlib.sha256("\n".join([f"fairdraw/1/{label}", seed, stream, *further]).encode("utf-8")).digest()


@lru_cache(maxsize=None)
def lot(key: bytes, own: str) -> int:
    return chacha20_tickets(key, [lot_iv(own)])[0]


def utf8(text: str) -> bytes:
    return text.encode("utf-8")


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def table(folder: Path, name: str) -> list:
    csv.field_size_limit(1 << 30)
    with open(folder / f"{name}.csv", newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def same_record(place: str, published: dict, recomputed: dict):
    """Two records agree, key by key."""
    for key in {**recomputed, **published}:
        same(f"{place}, {key}", published.get(key), recomputed.get(key))


def words(cell: str) -> list:
    inside = cell.strip("[]")
    return inside.split(", ") if inside else []


# -------------------------------------------------------------------------------------------------------------- visits


def departments(task: dict) -> set:
    return {task["lead"], *task["members"]}


def content(tasks: list) -> dict:
    """What a visit of these tasks holds, id and days apart."""
    own = sorted(tasks, key=lambda task: utf8(task["id"]))
    return {
        "tasks": [task["id"] for task in own],
        "of": own,
        "departments": sorted({name for task in own for name in departments(task)}, key=utf8),
        "items": sorted({item for task in own for item in task["items"]}, key=utf8),
        "lead": max(own, key=lambda task: len(departments(task)))["lead"],
    }


def visits_of(entity: str, tasks: list, apart: list, number: int = 1) -> list:
    """The visits of an entity's tasks, numbered from `number` on."""
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
        first, last = max(task["first"] for task in own), min(task["last"] for task in own)
        found.append({"entity_id": entity, "first": first, "last": last, **content(own)})
    found.sort(key=lambda visit: (visit["first"], visit["last"], utf8(visit["tasks"][0])))
    for place, visit in enumerate(found, number):
        visit["visit_id"] = f"{entity}-{place}"
    return found


def weeks(visits: list, seed: str, holidays: dict, standing: list):
    """Puts each visit into its week; those of `standing` have theirs, and count."""

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
        days = {week: [week + timedelta(n) for n in range(7)] for week in touched}
        within = [week for week in touched if any(first <= day <= last and works(day) for day in days[week])]
        visit["possible"] = within or touched
    loads = Counter((visit["station"], date.fromisoformat(visit["week"])) for visit in standing)
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


class Roster:
    """Who can be dealt, what items need, and where entities are, on the day of an amendment; 0: of the dealing."""

    def __init__(self, folder: Path, settings: dict, number: int = 0):
        earlier = [folder / f"{own:04}" for own in range(number, 0, -1)]

        def rows(name):
            return table(next((own for own in earlier if (own / f"{name}.csv").exists()), folder), name)

        def listed(row, column):
            return sorted(filter(None, (row.get(column) or "").split(";")), key=utf8)

        def person(row):
            expert = row["expert"] == "是"
            return {
                "id": row["inspector_id"],
                "department": row["department"],
                "station": row["station"],
                "able": set(listed(row, "specialty" if expert else "qualification")),
                "expert": expert,
                "active": row["active"] != "否",
                "may_lead": row["may_lead"] != "否",
                "from": row["certificate_from"],
                "until": row["certificate_until"],
                "capacity": int(row["capacity"]) if row["capacity"] else None,
            }

        self.people = [person(row) for row in rows("inspectors")]
        self.recused = {(row["inspector_id"], row["entity_id"]) for row in rows("recusals")}
        items = rows("items")
        self.needs = {
            column: {row["item_id"]: listed(row, column) for row in items} for column in ("qualification", "specialty")
        }
        self.holidays = {date.fromisoformat(row["date"]): row["day_kind"] == "班" for row in rows("holidays")}
        moved = next((own / "stations.json" for own in earlier if (own / "stations.json").exists()), None)
        self.stations = json.loads(moved.read_text(encoding="utf-8")) if moved else settings["stations"]


def is_certified(person: dict, visit: dict) -> bool:
    return (person["from"] or "") <= visit["last"] <= (person["until"] or "9999")


class Department:
    """A department that deals: its people with their loads at present."""

    def __init__(self, name: str, standing: Standing, roster: Roster):
        self.name, self.roster, self.assign = name, roster, standing.assign
        self.own = [own for own in roster.people if own["department"] == name and not own["expert"]]
        self.experts = [own for own in roster.people if own["department"] in ("", name) and own["expert"]]
        self.load, self.in_week, self.calls = Counter(), Counter(), Counter()
        earlier = standing.assign.get("earlier")
        if earlier is not None:
            # Who has no team in earlier rounds of the year begins with those who have the fewest.
            least = min((earlier[own["id"]] for own in self.own if own["id"] in earlier), default=0)
            self.load.update({own["id"]: earlier.get(own["id"], least) for own in self.own})
        for (visit_id, department), team in standing.teams.items():
            self.count(team["members"], standing.visits[visit_id]["week"])
            if department == name:
                self.calls.update(team["experts"])

    def count(self, members: list, week: str):
        self.load.update(members)
        self.in_week.update((member, week) for member in members)

    def order(self, visits: list) -> list:
        """Visits in the order in which they are dealt: those first whose needs the fewest inspectors meet."""
        key = labelled("visit", self.assign["seed"], "", self.name)

        def holders(visit):
            names = self.needs(visit, "qualification")
            return min((sum(name in own["able"] for own in self.own) for name in names), default=2**63)

        own = [visit for visit in visits if self.name in visit["departments"]]
        return sorted(own, key=lambda v: (holders(v), lot(key, v["visit_id"]), utf8(v["visit_id"])))

    def needs(self, visit: dict, kind: str) -> list:
        """Names of what the items need of those of the visit's tasks that name the department."""
        items = {item for task in visit["of"] if self.name in departments(task) for item in task["items"]}
        return sorted({name for item in items for name in self.roster.needs[kind].get(item, [])}, key=utf8)

    def asked(self, visit: dict) -> list:
        """What a team must have somebody for: the name of the need, and who meets it."""
        names = self.needs(visit, "qualification")
        qualified = [(f"qualification {name}", lambda own, name=name: name in own["able"]) for name in names]
        return [*qualified, ("lead", lambda own: own["may_lead"])]

    def rank(self, person: dict, label: str = "inspector") -> tuple:
        load = (self.calls if label == "expert" else self.load)[person["id"]]
        lots = labelled(label, self.assign["seed"], "", self.name, str(load))
        return (load, lot(lots, person["id"]), utf8(person["id"]))

    def pool(self, visit: dict, with_station: bool, least: int, without: set):
        """Those who pass every filter, or the name of the first that leaves fewer than `least`."""
        at = visit["station"]

        def has_room(own):
            return own["capacity"] is None or self.in_week[own["id"], visit["week"]] < own["capacity"]

        filters = [
            ("inspectors", lambda own: own["id"] not in without),
            ("active", lambda own: own["active"]),
            ("certificate", lambda own: is_certified(own, visit)),
            ("station", lambda own: not with_station or "" in (at, own["station"]) or own["station"] == at),
            ("recusal", lambda own: (own["id"], visit["entity_id"]) not in self.roster.recused),
            ("capacity", has_room),
        ]
        pool = self.own
        for name, passes in filters:
            pool = [person for person in pool if passes(person)]
            if len(pool) < least:
                return name
        return pool

    def choose(self, visit: dict, with_station: bool):
        """A team, or the name of what stands in the way."""
        size = self.assign["size"]
        pool, chosen = self.pool(visit, with_station, size, set()), []
        if isinstance(pool, str):
            return pool
        for name, meets in self.asked(visit):
            if any(meets(person) for person in chosen):
                continue
            able = [person for person in pool if person not in chosen and meets(person)]
            if not able:
                return name
            chosen.append(min(able, key=self.rank))
        while len(chosen) < size:
            chosen.append(min((person for person in pool if person not in chosen), key=self.rank))
        return chosen

    def choose_one(self, visit: dict, with_station: bool, without: set, others: list):
        """Who meets every need that the others do not, or the name of what stands in the way."""
        pool = self.pool(visit, with_station, 1, without)
        if isinstance(pool, str):
            return pool
        for name, meets in self.asked(visit):
            if not any(meets(person) for person in others):
                pool = [person for person in pool if meets(person)]
                if not pool:
                    return name
        return min(pool, key=self.rank)

    def borrowing(self, attempt):
        """What an attempt gives; where it fails and people may be borrowed, what it gives whatever the station."""
        found = attempt(True)
        return attempt(False) if isinstance(found, str) and self.assign["borrow"] else found

    def call(self, visit: dict):
        """The experts who go along, and the specialities for which there is none."""
        chosen, missing = [], []
        for name in self.needs(visit, "specialty"):
            if any(name in expert["able"] for expert in chosen):
                continue
            able = [
                own
                for own in self.experts
                if name in own["able"] and own["active"] and is_certified(own, visit)
                if (own["id"], visit["entity_id"]) not in self.roster.recused
            ]
            if able:
                chosen.append(min(able, key=lambda own: self.rank(own, "expert")))
            else:
                missing.append(name)
        experts = [expert["id"] for expert in chosen]
        self.calls.update(experts)
        return experts, missing


class Standing:
    """Visits and teams of a round as they stand."""

    def __init__(self, visits: list, settings: dict):
        self.assign = settings["assign"]
        self.visits, self.teams, self.ever, self.last_number = {}, {}, defaultdict(set), Counter()
        self.add(visits)

    def add(self, visits: list):
        for visit in visits:
            entity, _, number = visit["visit_id"].rpartition("-")
            self.last_number[entity] = max(self.last_number[entity], int(number))
            self.visits[visit["visit_id"]] = visit

    def of_entity(self, entity: str) -> list:
        return [visit for visit in self.visits.values() if visit["entity_id"] == entity]

    def settle(self, key: tuple, people: list, members: list, experts: list):
        """Gives a visit the team of a department; the first of the members who, among `people`, may lead, leads."""
        leading = {person["id"] for person in people if person["may_lead"]}
        lead = next((own for own in members if own in leading), "")
        self.teams[key] = {"members": members, "lead": lead, "experts": experts}
        self.ever[key].update(members)

    def serve(self, visits: list, roster: Roster) -> list:
        """Deals visits that have no teams, department by department at present loads; returns what is not served."""
        unserved = []
        for name in sorted({name for visit in visits for name in visit["departments"]}, key=utf8):
            department = Department(name, self, roster)
            for visit in department.order(visits):
                chosen = department.borrowing(lambda with_station: department.choose(visit, with_station))
                if isinstance(chosen, str):
                    unserved.append((visit["visit_id"], name, chosen))
                    continue
                members = [person["id"] for person in chosen]
                department.count(members, visit["week"])
                experts, missing = department.call(visit)
                unserved += [(visit["visit_id"], name, f"expert {speciality}") for speciality in missing]
                self.settle((visit["visit_id"], name), chosen, members, experts)
        return unserved

    def records(self, keys) -> list:
        """Teams as amendments write them, by visit and department."""
        own = sorted(keys, key=lambda key: (utf8(key[0]), utf8(key[1])))
        return [{"visit_id": key[0], "department": key[1], **self.teams[key]} for key in own]

    def deal_anew(self, visits: list, roster: Roster) -> dict:
        """Deals visits that have no teams; what comes of it."""
        unserved = self.serve(visits, roster)
        ids = {visit["visit_id"] for visit in visits}
        rows = [dict(zip(("visit_id", "department", "constraint"), row)) for row in unserved]
        return {"after": self.records(key for key in self.teams if key[0] in ids), "unserved": rows}

    def take_back(self, keys: list) -> list:
        """Takes teams back; what they were."""
        before = self.records(keys)
        for key in keys:
            del self.teams[key]
        return before

    def reassign(self, change: dict, roster: Roster, place: str) -> dict:
        key, out = (change["visit_id"], change["department"]), change["inspector_id"]
        team = self.teams.get(key, {"members": []})
        if out not in team["members"]:
            raise Difference(f"{place}, {out}", f"leaves {key[1]} of {key[0]}", "is not in that team")
        before, visit = self.records([key]), self.visits[key[0]]
        stay = [member for member in team["members"] if member != out]
        others = [person for person in roster.people if person["id"] in stay]
        department = Department(key[1], self, roster)
        came = department.borrowing(lambda at_home: department.choose_one(visit, at_home, self.ever[key], others))
        if isinstance(came, str):
            raise Difference(f"{place}, who comes instead of {out}", "somebody", f"nobody can: {came}")
        self.settle(key, [*others, came], [*stay, came["id"]], team["experts"])
        return {"before": before, "after": self.records([key]), "unserved": []}

    def reroute(self, change: dict, roster: Roster, place: str) -> dict:
        entity = change["entity_id"]
        same(f"{place}, station of {entity}", change["station"], roster.stations.get(entity, ""))
        visits = self.of_entity(entity)
        if not visits:
            raise Difference(f"{place}, {entity}", "rerouted", "has no visit")
        for visit in visits:
            visit["station"] = change["station"]
        before = self.take_back([key for key in self.teams if self.visits[key[0]]["entity_id"] == entity])
        return {"before": before, **self.deal_anew(visits, roster)}

    def replace(self, change: dict, roster: Roster, coming: dict, seed: str) -> dict:
        """Visits of the one who goes stay for its other tasks; `coming`: the tasks of each entity that comes."""
        before = []
        for visit in self.of_entity(change["entity_id"]):
            kept = [task for task in visit["of"] if task["id"] not in change["tasks"]]
            still = {name for task in kept for name in departments(task)}
            own = visit["visit_id"]
            before += self.take_back([key for key in self.teams if key[0] == own and key[1] not in still])
            if kept:
                visit.update(content(kept))
            else:
                del self.visits[own]
        new = []
        for entity in sorted(coming, key=utf8):
            new += visits_of(entity, coming[entity], self.assign["apart"], self.last_number[entity] + 1)
        for visit in new:
            visit["station"] = roster.stations.get(visit["entity_id"], "")
        weeks(new, seed, roster.holidays, list(self.visits.values()))
        self.add(new)
        before.sort(key=lambda team: (utf8(team["visit_id"]), utf8(team["department"])))
        return {"visits": [record_of(visit) for visit in new], "before": before, **self.deal_anew(new, roster)}


def record_of(visit: dict) -> dict:
    """A visit as tables and amendments write it."""
    days = {"first_day": visit["first"], "last_day": visit["last"], "week": visit["week"], "station": visit["station"]}
    return {**{key: visit[key] for key in ("visit_id", "entity_id", "lead", "departments", "tasks", "items")}, **days}


# ---------------------------------------------------------------------------------------------------------- amendments


class Listed:
    """Who is on the list of each task, and who of the reserve came into use."""

    def __init__(self, rows: list):
        self.selected, self.stratum_of, self.used = set(), {}, set()
        self.reserve, self.in_use = defaultdict(list), Counter()
        for row in rows:
            pair = (row["task_id"], row["entity_id"])
            self.stratum_of[pair] = row["stratum"]
            if row["selection"] == "reserve":
                self.reserve[row["task_id"], row["stratum"]].append((int(row["order"]), row["entity_id"]))
            else:
                self.selected.add(pair)

    def replace(self, change: dict, place: str) -> list:
        """Takes an entity off the list of some tasks; who comes instead: the next in reserve of task and stratum."""
        entered = []
        for task in change["tasks"]:
            pair = (task, change["entity_id"])
            if pair not in self.selected:
                raise Difference(f"{place}, {pair[1]}", f"goes from task {task}", "is not on its list")
            stratum = self.stratum_of[pair]
            waiting = [row for row in sorted(self.reserve[task, stratum]) if (task, row[1]) not in self.used]
            if not waiting:
                raise Difference(f"{place}, who comes in task {task}", "somebody", "the reserve is used up")
            order, came = waiting[0]
            self.used.add((task, came))
            self.in_use[task, stratum] += 1
            entered.append({"task_id": task, "stratum": stratum, "entity_id": came, "order": order})
        for row in entered:
            self.selected.remove((row["task_id"], change["entity_id"]))
            self.selected.add((row["task_id"], row["entity_id"]))
        return entered


def chain_of(folder: Path, round_sha256: str, teams: Path) -> list:
    """The amendments in a folder, each of which follows the one before. `teams`: the manifest of the teams."""
    found, previous, was_dealt = [], None, False
    for number, file in enumerate(sorted(folder.glob("[0-9]*.json"), key=lambda file: int(file.stem)), 1):
        place, amendment = file.name, json.loads(file.read_text(encoding="utf-8"))
        same(f"{place}, its name", place, f"{number:04}.json")
        follows = {"contract": CONTRACT, "number": number, "round_sha256": round_sha256, "previous": previous}
        for key, value in follows.items():
            same(f"{place}, {key}", amendment[key], value)
        if was_dealt or amendment["teams_sha256"] is not None:
            same(f"{place}, teams_sha256", amendment["teams_sha256"], sha256_of(teams))
            was_dealt = True
        for key in ("reason", "approver"):
            if not amendment["approval"][key].strip():
                raise Difference(f"{place}, {key}", "blank", "not blank")
        previous = sha256_of(file)
        found.append(amendment)
    return found


class Replay:
    """Makes the amendments of a round again, one after the other."""

    def __init__(self, folder: Path, settings: dict, seed: str, listed: Listed, draws):
        self.folder, self.settings, self.seed, self.listed, self.draws = folder, settings, seed, listed, draws
        self.of_task = {task["id"]: task for task in settings["tasks"]}

    def make(self, amendment: dict, beside: Path, standing):
        """Makes it again. `standing`: visits and teams, None before inspectors are dealt; `beside`: its folder."""
        number, change = amendment["number"], amendment["change"]
        place, kind = f"amendment {number:04}", change["kind"]
        same(f"{place}, seed", amendment["seed"], None if standing is None else self.settings["assign"]["seed"])
        found = {"entered": [], "visits": [], "before": [], "after": [], "unserved": []}
        if kind == "replace":
            found["entered"] = self.listed.replace(change, place)
        if standing is None:
            same(f"{place}, kind before inspectors are dealt", kind, "replace")
        else:
            roster = Roster(self.folder, self.settings, number)
            if kind == "replace":
                coming = self.coming(found["entered"], change["from"], place)
                found.update(standing.replace(change, roster, coming, self.seed))
            else:
                found.update({"reassign": standing.reassign, "reroute": standing.reroute}[kind](change, roster, place))
        for key, rows in found.items():
            published = amendment.get(key, [])
            for row, recomputed in zip(published, rows):
                whose = recomputed.get("visit_id", recomputed.get("entity_id"))
                same_record(f"{place}, {key}, {whose}", row, recomputed)
            same(f"{place}, {key}, how many", len(published), len(rows))
        has_arcs = kind == "replace" and any(task["spread"] for task in self.settings["tasks"])
        same(f"{place}, arcs", amendment.get("spread_sha256") is not None, has_arcs)
        if has_arcs:
            parquet = beside / f"{number:04}.spread.parquet"
            if parquet.exists():
                same(f"{place}, spread_sha256", amendment["spread_sha256"], sha256_of(parquet))
            name = f"{number:04}.spread"
            self.draws.check_arcs(table(self.folder, name), self.listed.in_use, name)

    def coming(self, entered: list, day, place: str) -> dict:
        """The tasks of each entity that comes, from a day on."""
        coming = defaultdict(list)
        for row in entered:
            task = dict(self.of_task[row["task_id"]])
            task["first"] = max(task["first"], day or "")
            if task["first"] > task["last"]:
                raise Difference(f"{place}, {row['entity_id']}", f"comes from {day} on", f"{task['id']} is over then")
            coming[row["entity_id"]].append(task)
        return coming


def conserved(standing: Standing, listed: Listed):
    """Every selected (task, entity) is in exactly one visit."""
    met = Counter((task, visit["entity_id"]) for visit in standing.visits.values() for task in visit["tasks"])
    for task, entity in sorted({*met, *listed.selected}):
        same(f"visits of {entity} for task {task}", met[task, entity], int((task, entity) in listed.selected))
