"""Ask a folder of figures the questions of a dashboard, with DuckDB, pyarrow and polars, and hold the answers against kpi.parquet.

usage: figure_readers.py FOLDER…

Each FOLDER is written by `fairdraw kpi`. Its views.sql is run as it is; the figures are computed again in SQL over the star.
"""
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet

try:
    import polars
except ImportError:
    polars = None

# Figure, cut, and the question: period, member, numerator and denominator. {day} is the as-of day.
INSPECTIONS = "from inspections where inspected_on <= {day}"
TO_DATE = "'to-date'"
QUESTIONS = [
    ("detection.by_inspection", "all", f"select {TO_DATE}, 'all', count(*) filter (problem), count(problem) {INSPECTIONS}"),
    ("detection.by_inspection", "organ",
     f"select {TO_DATE}, department, count(*) filter (problem), count(problem) {INSPECTIONS} group by all"),
    ("detection.by_inspection", "grade",
     f"select {TO_DATE}, grade, count(*) filter (problem), count(problem) {INSPECTIONS} group by all"),
    ("detection.by_visit", "station",
     f"""select {TO_DATE}, coalesce(station, '(none)'), count(distinct visit) filter (problem),
         count(distinct visit) filter (problem is not null) {INSPECTIONS} group by all"""),
    ("detection.by_entity", "color",
     f"""select {TO_DATE}, color, count(distinct entity_id) filter (problem),
         count(distinct entity_id) filter (problem is not null) {INSPECTIONS} group by all"""),
    ("double_random_share", "all",  # months, by the calendar
     """select calendar.month, 'all', count(*) filter (source = 'double-random'), count(*)
        from inspections join calendar on calendar.date = inspected_on where inspected_on <= {day} group by all"""),
    ("cross_department.by_inspection", "level",
     f"""select {TO_DATE}, coalesce(level, '(none)'), count(*) filter (source = 'double-random' and joint),
         count(*) filter (source = 'double-random') {INSPECTIONS} group by all"""),
    ("cross_department.by_task", "all",
     f"""select {TO_DATE}, 'all', count(*) filter (len(departments) > 1), count(*) from tasks
         where listed and source = 'double-random' and (start_on is null or start_on <= {{day}})"""),
    ("item_coverage.by_item", "category",
     f"""with seen as (select distinct unnest(items) as item_id {INSPECTIONS})
         select {TO_DATE}, coalesce(category, '(none)'), count(seen.item_id), count(*) from items left join seen using (item_id)
         where listed group by all"""),
    ("dead_target", "station",
     f"select {TO_DATE}, coalesce(station, '(none)'), count(*) filter (dead_target), count(*) {INSPECTIONS} group by all"),
    ("plan_draw_accuracy", "grade",
     f"select {TO_DATE}, grade, count(*) filter (within_plan), count(*) from draws where as_of <= {{day}} group by all"),
    ("drawn_share", "all",
     f"""select {TO_DATE}, 'all', count(*) filter (entity_id in (select entity_id from draws)), count(*) from entities
         where listed and case when deregistered_on is null then status = 'live' else deregistered_on > {{day}} end"""),
]



def main():
    for folder in map(Path, sys.argv[1:]):
        ask = duckdb.connect()
        ask.execute((folder / "views.sql").read_text(encoding="utf-8"))
        tables = sorted(folder.glob("*.parquet"))
        for path in tables:
            rows = ask.execute(f"select count(*) from {path.stem}").fetchone()[0]
            read = pyarrow.parquet.read_table(path)
            if read.num_rows != rows or (polars and polars.read_parquet(path).height != rows):
                sys.exit(f"figure_readers.py: {path}: the readers count different rows")
        day = ask.execute("select max(as_of) from kpi").fetchone()[0]
        asked = 0
        for kpi, cut, question in QUESTIONS:
            own = ask.execute(question.format(day=f"date '{day}'")).fetchall()
            periods = sorted({row[0] for row in own}) or ["to-date"]
            marks = ", ".join("?" for _ in periods)
            published = ask.execute(
                f"""select period, member, numerator, denominator from kpi where kpi = ? and variant = 'all' and cut = ?
                    and period in ({marks}) and as_of = ? and numerator is not null order by all""",
                [kpi, cut, *periods, day]).fetchall()
            known = {line[:2] for line in published}
            own = sorted(row for row in own if published and (row[3] > 0 or row[:2] in known))
            if published != own:
                differing = next((pair for pair in zip(published, own) if pair[0] != pair[1]), (published[-1:], own[-1:]))
                sys.exit(f"figure_readers.py: {folder}, {kpi} by {cut}: published and own: {differing}")
            asked += len(published)
        strangers = ask.execute("select count(*) from inspections anti join entities using (entity_id)").fetchone()[0]
        strangers += ask.execute(
            "select count(*) from inspections anti join tasks using (task_id) where task_id is not null").fetchone()[0]
        strangers += ask.execute("select count(*) from inspections anti join calendar on date = inspected_on").fetchone()[0]
        if strangers:
            sys.exit(f"figure_readers.py: {folder}: {strangers} inspections find no entity, task or day in the star")
        lists = pyarrow.parquet.read_table(folder / "results.parquet", columns=["outcomes"])["outcomes"]
        if str(lists.type) not in ("list<element: string>", "list<item: string>"):
            sys.exit(f"figure_readers.py: outcomes are {lists.type}")
        print(f"ok  {folder.name}: {len(tables)} tables, {len(QUESTIONS)} questions, {asked} answers")


main()
