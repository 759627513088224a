"""Time `fairdraw run` beside other programs that do the same job, whole process against whole process.

usage: peers.py POPULATION [--fairdraw BINARY] [--peer NAME=COMMAND]... [--rounds N] [--scratch FOLDER] [--json FILE]

POPULATION is a folder with entities.parquet, credit.parquet and risk.parquet, as written by
    fairdraw generate --preset bench --rows 10000000 --output POPULATION
or by a peer's own generator; nothing is made here. COMMAND is run by /bin/sh with {population} and {output} replaced:
    python3 benches/peers.py pop --rounds 5 \\
        --peer 'duckdb=python3 peers/duckdb_draw.py {population} {output}' \\
        --peer 'polars=python3 peers/polars_draw.py {population} {output}'
The plan that fairdraw runs (PLAN below) asks for the work that the peers do: join the three tables, keep the live,
weigh grade x color x risk, draw 1 %, write frame and sample; fairdraw also hashes, digests and records what it did.

Everybody runs once unmeasured, so that all find the files in memory; then N rounds in turn: A B C, A B C, ... Outputs
go to new folders under --scratch and are removed after each run, outside the time. Wall time is from start to exit;
peak memory is the largest resident set that the system reports for the process. The medians decide. Standard library
only.
"""
import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAN = """\
name = "peers"
as-of = 2023-02-07

[inputs.entities]
path = {entities}
[inputs.credit]
path = {credit}
[inputs.risk.risk]
path = {risk}
direction = "higher-is-riskier"
range = [0, 1000]

[eligibility]
status = ["live"]

[weight]
grade = {{ A = 0.5, B = 1, C = 2, D = 4, unrated = 1.5 }}
color = {{ green = 1, yellow = 2, red = 8, none = 1 }}
[weight.risk]
blend = "weighted-mean"
models = {{ risk = 1 }}
lowest = 0.5
highest = 1.5
missing = 0.3

[size]
share = 0.01
of = "eligible"
rounding = "up"

[draw]
design = "pareto"
seed = "public dice 4 6 1 1 3 5 2 6"
stream = "peers"

[output]
folder = {output}
"""


class Runner:
    """A command, and what its runs took."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.seconds, self.mebibytes = [], []

    def run(self, population, scratch, measured):
        output = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=scratch))
        places = {"population": shlex.quote(str(population)), "output": shlex.quote(str(output / "out"))}
        command = self.command
        for name, place in places.items():
            command = command.replace(f"{{{name}}}", place)
        with open(output / "log", "wb") as log:
            start = time.perf_counter()
            # exec: the shell makes way, so that what is waited for is the program itself.
            process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said = (output / "log").read_text(errors="replace")[-2000:]
            sys.exit(f"{self.name} ended with {process.returncode}: {command}\n{said}")
        # Linux counts in KiB, macOS in bytes.
        mebibytes = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        written = sum(file.stat().st_size for file in (output / "out").rglob("*") if file.is_file())
        shutil.rmtree(output)
        if measured:
            self.seconds.append(seconds)
            self.mebibytes.append(mebibytes)
        cpu = usage.ru_utime + usage.ru_stime
        taken = f"{seconds:9.2f} s {cpu:9.2f} s cpu {mebibytes:9.0f} MiB peak {written / 2**20:9.0f} MiB written"
        print(f"  {self.name:<12}{taken}", flush=True)

    @property
    def wall(self):
        return statistics.median(self.seconds)

    @property
    def peak(self):
        return statistics.median(self.mebibytes)


def fairdraw(binary, population, scratch):
    tables = {table: json.dumps(str(population / f"{table}.parquet")) for table in ("entities", "credit", "risk")}
    plan = scratch / "peers.toml"
    plan.write_text(PLAN.format(output=json.dumps(str(scratch / "unused")), **tables), encoding="utf-8")
    return Runner("fairdraw", f"{shlex.quote(binary)} run {shlex.quote(str(plan))} --output {{output}} --quiet")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("population", type=Path, help="folder with entities, credit and risk as Parquet")
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    parser.add_argument("--fairdraw", default=f"{target}/release/fairdraw", metavar="BINARY")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="measured rounds [default: 5]")
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="where outputs go [default: a temporary folder]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure here")
    asked = parser.parse_args()
    for table in ("entities", "credit", "risk"):
        if not (asked.population / f"{table}.parquet").is_file():
            parser.error(f"{asked.population} holds no {table}.parquet; `fairdraw generate --preset bench` makes it")
    if any("=" not in peer for peer in asked.peer):
        parser.error("a peer is NAME=COMMAND")
    if asked.rounds < 1:
        parser.error("at least one round")
    if shutil.which(asked.fairdraw) is None:
        parser.error(f"there is no {asked.fairdraw}; build it with `cargo build --release`, or give --fairdraw")
    return asked


def report(runners):
    own, peers = runners[0], runners[1:]
    median = f"median of {len(own.seconds)}"
    print(f"\n{median:<14}{'wall':>9} {'(least - most)':>20} {'peak':>13} {'wall, own = 1':>15} {'peak, own = 1':>15}")
    for runner in runners:
        spread = f"({min(runner.seconds):.2f} - {max(runner.seconds):.2f})"
        print(
            f"{runner.name:<14}{runner.wall:7.2f} s {spread:>20} {runner.peak:9.0f} MiB"
            f" {runner.wall / own.wall:15.2f} {runner.peak / own.peak:15.2f}"
        )
    if peers:
        fast, lean = min(peers, key=lambda peer: peer.wall), min(peers, key=lambda peer: peer.peak)
        print(f"\nwall: {own.wall / fast.wall:.2f} of the faster peer's ({fast.name})")
        print(f"peak: {own.peak / lean.peak:.2f} of the leaner peer's ({lean.name})")


def main():
    asked = arguments()
    scratch = Path(tempfile.mkdtemp(prefix="fairdraw-peers-", dir=asked.scratch))
    try:
        population = asked.population.resolve()
        runners = [fairdraw(shutil.which(asked.fairdraw), population, scratch)]
        runners += [Runner(*peer.split("=", 1)) for peer in asked.peer]
        print(f"{population}; {os.cpu_count()} processors, {platform.platform()}; outputs under {scratch}")
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
        if load > 0.5:
            print(f"note: the machine is not idle (load {load:.1f}); only the ratios are worth something")
        for turn in range(asked.rounds + 1):
            print(f"round {turn}" if turn else "unmeasured")
            for runner in runners:
                runner.run(population, scratch, measured=turn > 0)
        report(runners)
        if asked.json:
            figures = {it.name: {"seconds": it.seconds, "peak_mib": it.mebibytes} for it in runners}
            asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
