"""Calls of the system that fail, one at a time: what is published stays whole, and the next run is clean.

    faults.py BINARY [--points N] [--seed S]

For each command a first pass counts its writes, reads, renames, syncs, openings, removals, new folders and large allocations
(faults.c, preloaded); then points among them are failed one at a time, and writes also for good, as on a full disk. After each:
the exit code is one of the program's (a failed allocation may also end it), what it publishes is as it was before or as it is to become, to the
last byte, and the same command without a fault brings it to its end and leaves nothing beside it. Needs a C compiler.
"""

import argparse
import collections
import csv
import hashlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

KINDS = ("write", "read", "rename", "sync", "open", "remove", "make", "allocate")
ROOT = pathlib.Path(__file__).resolve().parent.parent
DRAW = """\
name = "faults"
as-of = 2023-02-07
[inputs.entities]
path = "registry.csv"
[inputs.credit]
path = "credit.csv"
{inspectors}
[weight]
grade = {{ A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }}
[size]
count = 60
[draw]
seed = "a seed of the campaign {seed}"
stream = "2023"
[output]
folder = "{folder}"
"""
DEALT = """\
[inputs.inspectors]
path = "inspectors.csv"
[assign]
"""
TASKS = """\
[[tasks]]
id = "T1"
lead = "市场监管局"
items = ["抽查"]
window = [2023-02-07, 2023-06-30]
"""
FIGURES = """\
name = "faults-figures"
as-of = 2023-12-31
[inputs]
draws = ["run"]
[inputs.results]
path = "results.csv"
[output]
folder = "figures"
"""


def expect(condition, *said):
    if not condition:
        sys.exit("\n".join(["not as expected:", *map(str, said)]))


class Campaign:
    def __init__(self, home, binary, points, seed):
        self.home, self.binary, self.points = home, binary, points
        self.random = random.Random(seed)
        self.library = home / "faults.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", self.library, ROOT / ".ci/faults.c", "-ldl"], check=True)
        self.tally = collections.Counter()

    def call(self, desk, arguments, **fault):
        environment = {**os.environ, "FAULT_COUNTS": "", "RAYON_NUM_THREADS": "2", "TMPDIR": str(self.home / "tmp")}
        if fault:
            environment |= {"LD_PRELOAD": str(self.library)} | {name: str(value) for name, value in fault.items()}
        return subprocess.run([self.binary, *arguments], cwd=desk, env=environment, capture_output=True, text=True, errors="replace")

    def command(self, name, desk, arguments, outputs, more=()):
        """Fails calls of a command. `desk` holds what stands before it; `outputs` are the folders and files that it makes; `more` are kinds of
        calls of which every one is failed."""
        before = {output: digest(desk / output) for output in outputs}
        counts_file = self.home / "counts"
        counts_file.unlink(missing_ok=True)
        trial = self.copy(desk)
        done = self.call(trial, arguments, FAULT_COUNTS=counts_file)
        expect(done.returncode == 0, name, done.stdout, done.stderr)
        after = {output: digest(trial / output) for output in outputs}
        beside = others(trial, outputs)
        expect(any(before[output] != after[output] for output in outputs), name, "it makes nothing")
        counts = dict(line.split() for line in counts_file.read_text().splitlines())
        for kind in KINDS:
            count = int(counts[kind])
            places = range(1, count + 1)
            if count > self.points and kind not in more:
                places = sorted(self.random.sample(places, self.points))
            for place in places:
                for goes_on in (0, 1) if kind == "write" else (0,):
                    self.point(name, desk, arguments, outputs, before, after, beside, kind, place, goes_on)
        print(f"ok  {name}: {', '.join(f'{count} × {kind}' for (own, kind), count in self.tally.items() if own == name)}", flush=True)

    def point(self, name, desk, arguments, outputs, before, after, beside, kind, place, goes_on):
        trial = self.copy(desk)
        fault = {"FAULT_KIND": kind, "FAULT_AT": place, "FAULT_ON": goes_on}
        done = self.call(trial, arguments, **fault)
        where = (name, fault, f"exit code {done.returncode}", done.stdout[-2000:], done.stderr[-2000:])
        # Whoever gets no memory may end at once: the allocator's caller aborts, and some libraries panic.
        ends = (0, 1, 2, 3, 4, 5) + ((101, -signal.SIGABRT) if kind == "allocate" else ())
        expect(done.returncode in ends and (kind == "allocate" or "panicked" not in done.stderr), *where)
        for output in outputs:
            now = digest(trial / output)
            expect(now in (before[output], after[output]), *where, f"{output} is neither as it was nor as it is to become")
            expect(done.returncode != 0 or now == after[output], *where, f"{output} is not made, and nothing is said of it")
        expect(done.returncode == 0 or done.stderr, *where, "nothing is said")
        again = self.call(trial, arguments)
        expect(again.returncode == 0, *where, "the next run is not clean:", again.stdout, again.stderr)
        for output in outputs:
            expect(digest(trial / output) == after[output], *where, f"{output} is not as it is to become after the next run")
        left = others(trial, outputs) - beside
        expect(not left, *where, "left behind:", left)
        self.tally[name, kind] += 1

    def copy(self, desk):
        trial = self.home / "trial"
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(desk, trial)
        return trial


def digest(path):
    """Of a file, or of all files below a folder; None where there is nothing."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if not path.is_dir():
        return None
    lines = [f"{own.relative_to(path)} {hashlib.sha256(own.read_bytes()).hexdigest()}" for own in sorted(path.rglob("*")) if own.is_file()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def others(desk, outputs):
    """What stands in a desk beside the outputs and the records of nights, whose names tell the time."""
    return {own.name for own in desk.iterdir() if own.name not in outputs and not own.name.endswith(".history")}


def write_desk(desk):
    """Some thousand firms of the sample data, with grades, inspectors and results."""
    desk.mkdir()
    lines = (ROOT / "data-samples/registry.csv").read_bytes().splitlines(keepends=True)
    (desk / "registry.csv").write_bytes(b"".join(lines[:2502]))
    ids = [line.split(b",")[1].decode("ascii", "replace") for line in lines[2:2502] if line.count(b",") >= 2]
    ids = sorted({own for own in ids if len(own) == 18 and own.isascii()})
    (desk / "credit.csv").write_text("entity_id,grade\n" + "".join(f"{own},{'ABCD'[at % 4]}\n" for at, own in enumerate(ids)))
    (desk / "inspectors.csv").write_text("inspector_id,name,department\n" + "".join(f"I{at:03},执法{at},市场监管局\n" for at in range(30)))
    for name, seed in (("plan", 1), ("other", 2)):
        (desk / f"{name}.toml").write_text(DRAW.format(inspectors="", seed=seed, folder="run"))
    for name, seed in (("round", 1), ("other-round", 2)):
        (desk / f"{name}.toml").write_text(DRAW.format(inspectors=DEALT, seed=seed, folder="round") + TASKS)
    (desk / "figures.toml").write_text(FIGURES)
    (desk / "night.toml").write_text('name = "night"\nplans = ["plan.toml", "figures.toml", "round.toml"]\n')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--points", type=int, default=12, help="points of a kind and command, where there are more")
    parser.add_argument("--seed", type=int, default=1)
    own = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / "tmp").mkdir()
        campaign = Campaign(home, own.binary.resolve(), own.points, own.seed)

        def desk(name, *commands):
            made = home / name
            write_desk(made)
            for arguments in commands:
                done = campaign.call(made, arguments)
                expect(done.returncode == 0, arguments, done.stdout, done.stderr)
            return made

        other = ["run", "other.toml"]
        results(desk("first", ["run", "plan.toml"]), home / "results.csv")
        campaign.command("run", desk("empty"), ["run", "plan.toml"], ["run"])
        campaign.command("run --replace", desk("full", other), ["run", "plan.toml", "--replace"], ["run"], more=("rename", "sync"))
        campaign.command("run --memory", desk("spill"), ["run", "plan.toml", "--memory", "256KiB"], ["run"])
        dealt = desk("dealt", ["run", "round.toml"])
        shutil.rmtree(dealt / "round.teams")
        campaign.command("assign", dealt, ["assign", "round", "--plan", "round.toml"], ["round.teams"])
        figures = desk("figures", ["run", "plan.toml"])
        shutil.copy(home / "results.csv", figures)
        campaign.command("kpi", figures, ["kpi", "figures.toml"], ["figures"])
        campaign.command("publish", desk("public", ["run", "plan.toml"]), ["publish", "run"], ["run.public"])
        night = desk("night")
        shutil.copy(home / "results.csv", night)
        campaign.command("nightly", night, ["nightly", "night.toml"], ["run", "figures", "round", "round.teams"])
        points = sum(campaign.tally.values())
        print(f"ok  {points} points")
        expect(points >= 500, "too few")


def results(desk, path):
    """Results of some firms, met half of the time."""
    with open(desk / "credit.csv", encoding="utf-8") as file:
        ids = [row["entity_id"] for row in csv.DictReader(file)][:200]
    lines = [f"{own},市场监管局,2023-03-01,{1 + at % 2},双随机\n" for at, own in enumerate(ids)]
    path.write_text("统一社会信用代码,检查部门,检查日期,检查结果,检查类型\n" + "".join(lines), encoding="utf-8")


main()
