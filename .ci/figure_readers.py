"""Ask a folder of figures the questions of a dashboard, with DuckDB, pyarrow and polars, and hold the answers against kpi.parquet.

usage: figure_readers.py FOLDER…

Each FOLDER is written by `fairdraw kpi`. Ten figures are computed again from results.parquet in SQL.
"""
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet

try:
    import polars
except ImportError:
    polars = None

# Figure, cut, and the question: numerator and denominator by member.
QUESTIONS = [
    ("detection.by_inspection", "all", "'all'", "count(*) filter (problem)", "count(problem)"),
    ("detection.by_inspection", "organ", "department", "count(*) filter (problem)", "count(problem)"),
    ("detection.by_inspection", "grade", "grade", "count(*) filter (problem)", "count(problem)"),
    ("detection.by_visit", "station", "coalesce(station, '(none)')", "count(distinct visit) filter (problem)",
     "count(distinct visit) filter (problem is not null)"),
    ("detection.by_entity", "color", "color", "count(distinct entity_id) filter (problem)",
     "count(distinct entity_id) filter (problem is not null)"),
    ("mobile", "industry", "coalesce(industry, '(none)')", "count(*) filter (mobile)", "count(*)"),
    ("double_random_share", "organ", "department", "count(*) filter (source = 'double-random')", "count(*)"),
    ("cross_department.by_inspection", "level", "coalesce(level, '(none)')",
     "count(*) filter (source = 'double-random' and joint)", "count(*) filter (source = 'double-random')"),
    ("no_plan", "source", "coalesce(source, '(none)')", "count(*) filter (unplanned)", "count(*)"),
    ("dead_target", "station", "coalesce(station, '(none)')", "count(*) filter (dead_target)", "count(*)"),
]


def main():
    for folder in map(Path, sys.argv[1:]):
        ask = duckdb.connect()
        for table in ["results", "kpi", "review_queue", "low_quality", "unmatched", "quarantine"]:
            path = str(folder / f"{table}.parquet")
            ask.execute(f"create view {table} as select * from read_parquet('{path.replace(chr(39), chr(39) * 2)}')")
            rows = ask.execute(f"select count(*) from {table}").fetchone()[0]
            read = pyarrow.parquet.read_table(path)
            if read.num_rows != rows or (polars and polars.read_parquet(path).height != rows):
                sys.exit(f"figure_readers.py: {path}: the readers count different rows")
        day = ask.execute("select max(as_of) from kpi").fetchone()[0]
        asked = 0
        for kpi, cut, member, above, below in QUESTIONS:
            published = ask.execute(
                "select member, numerator, denominator from kpi where kpi = ? and variant = 'all' and cut = ? "
                "and period = 'to-date' and as_of = ? and numerator is not null order by member", [kpi, cut, day]).fetchall()
            own = ask.execute(
                f"select {member} as member, {above}, {below} from results where inspected_on <= ? group by 1 order by 1", [day]
            ).fetchall()
            own = [row for row in own if row[2] > 0 or row[0] in {line[0] for line in published}]
            if published != own:
                differing = next((pair for pair in zip(published, own) if pair[0] != pair[1]), (published[-1:], own[-1:]))
                sys.exit(f"figure_readers.py: {folder}, {kpi} by {cut}: {differing}")
            asked += len(published)
        lists = pyarrow.parquet.read_table(folder / "results.parquet", columns=["outcomes"])["outcomes"]
        if str(lists.type) not in ("list<element: string>", "list<item: string>"):
            sys.exit(f"figure_readers.py: outcomes are {lists.type}")
        print(f"ok  {folder.name}: {len(QUESTIONS)} questions, {asked} answers")


main()
