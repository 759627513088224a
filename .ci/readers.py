"""Open a published run with the engines that dashboards use, and compare what they see.

usage: readers.py RUN TABLES

RUN is a folder written by `fairdraw run`, TABLES what `fairdraw schema --tables` prints: every column with its type. Needs `pip install duckdb pyarrow`; polars is asked too if it is there. Each
engine must give every column of every table its plain type (text, 64-bit integers, dates, booleans …); counts and sums
must agree with manifest.json and between the engines; the row order, page indexes and bloom filters that the files
promise must be there and true. Exits with a message at the first thing that is not so.
"""
import hashlib
import json
import math
import sys
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet

try:
    import polars
except ImportError:
    polars = None

# What a column holds: the type's name in DuckDB, in pyarrow and in polars.
TYPES = {
    "text": ("VARCHAR", "string", "String"),
    "boolean": ("BOOLEAN", "bool", "Boolean"),
    "date": ("DATE", "date32[day]", "Date"),
    "int64": ("BIGINT", "int64", "Int64"),
    "int32": ("INTEGER", "int32", "Int32"),
    "float64": ("DOUBLE", "double", "Float64"),
}

SORTED_BY = {"frame": ["entity_id"], "draw": ["stratum", "selection", "order"], "summary": [], "quarantine": []}
# Words that stand everywhere in the frame, and lots: their bounds would skip nothing, so they have none.
UNBOUNDED = {"status", "grade", "color", "reason", "certainty", "mode", "ticket", "u"}
BLOOM = {"frame": [], "draw": ["entity_id"], "summary": [], "quarantine": []}


def expect(truth, text):
    """Ends the program unless `truth` holds."""
    if not truth:
        sys.exit(f"readers.py: {text}")


def same(seen, wanted, what):
    expect(seen == wanted, f"{what}: {seen!r}, and not {wanted!r}")


def close(seen, wanted, what):
    expect(math.isclose(seen, wanted, rel_tol=1e-9, abs_tol=1e-9), f"{what}: {seen!r}, and not {wanted!r}")


class Run:
    """A run folder, and DuckDB with its tables as views."""

    def __init__(self, folder, tables):
        self.folder = folder
        self.contract = {table["file"].removesuffix(".parquet"): table["columns"] for table in tables}
        self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.duckdb = duckdb.connect()
        for table in SORTED_BY:
            path = str(self.path(table)).replace("'", "''")
            self.duckdb.execute(f"create view {table} as select * from read_parquet('{path}')")

    def path(self, table):
        return self.folder / f"{table}.parquet"

    def ask(self, sql, *parameters):
        return self.duckdb.execute(sql, list(parameters)).fetchall()

    def one(self, sql, *parameters):
        rows = self.ask(sql, *parameters)
        same(len(rows), 1, f"rows of {sql}")
        return rows[0]


def types_by_contract(run, table, names):
    """What every column of a table holds; None for a column of the frame that the plan keeps."""
    columns = run.contract[table]
    fixed = [column["name"] for column in columns if column["present"] == "always"]
    same([name for name in names if name in fixed], fixed, f"the columns that every {table} has, in their order")

    def kind(name):
        for column in columns:
            called = name.startswith(column["name"]) if column["present"] == "for-each" else name == column["name"]
            if called:
                return column["holds"]
        expect(table == "frame" and names.index(name) < names.index("status"), f"{table}.{name} is in no contract")
        return None

    if table == "frame":
        same(sum(name in ("ticket", "prn") for name in names), 1, "columns of lots in the frame")
    return {name: kind(name) for name in names}


def check_types(run):
    for table in SORTED_BY:
        arrow = pyarrow.parquet.read_schema(run.path(table))
        seen = [
            {name: kind for name, kind, *_ in run.ask(f"describe {table}")},
            {field.name: str(field.type) for field in arrow},
        ]
        if polars:
            schema = polars.scan_parquet(run.path(table)).collect_schema()
            seen.append({name: str(kind) for name, kind in schema.items()})
        names = list(seen[0])
        kinds = types_by_contract(run, table, names)
        for engine, columns in zip(("DuckDB", "pyarrow", "polars"), seen):
            same(list(columns), list(kinds), f"columns of {table} in {engine}")
        for name, kind in kinds.items():
            kept = tuple(columns[name] for columns in seen)
            allowed = [TYPES[kind]] if kind else list(TYPES.values())
            allowed = [types[: len(seen)] for types in allowed]
            expect(kept in allowed, f"type of {table}.{name}: {kept}, and not {' or '.join(map(str, allowed))}")
    print(f"ok  every column has its plain type in {'DuckDB, pyarrow and polars' if polars else 'DuckDB and pyarrow'}")


def check_manifest(run):
    for output in run.manifest["outputs"]:
        content = (run.folder / output["file"]).read_bytes()
        same(len(content), output["bytes"], f"bytes of {output['file']}")
        same(hashlib.sha256(content).hexdigest(), output["sha256"], f"SHA-256 of {output['file']}")
    rows = {output["file"]: output["rows"] for output in run.manifest["outputs"]}
    for table in SORTED_BY:
        wanted = rows[f"{table}.parquet"]
        same(run.one(f"select count(*) from {table}")[0], wanted, f"rows of {table} in DuckDB")
        same(pyarrow.parquet.read_table(run.path(table)).num_rows, wanted, f"rows of {table} in pyarrow")
        if polars:
            same(polars.read_parquet(run.path(table)).height, wanted, f"rows of {table} in polars")
    counts = run.manifest["counts"]
    same(counts["population"], rows["frame.parquet"], "population in manifest.json")
    set_aside = sum(
        receipt["quarantined"] + receipt["cells_quarantined"] for receipt in run.manifest["inputs"]
    )
    same(set_aside, rows["quarantine.parquet"], "rows and cells set aside, by the receipts in manifest.json")
    seen = run.one("select count(*) filter (eligible), count(*) filter (drawn) from frame")
    same(seen, (counts["eligible"], counts["drawn"]), "eligible and drawn in the frame")
    seen = run.one("select count(*) filter (selection <> 'reserve'), count(*) filter (selection = 'reserve') from draw")
    same(seen, (counts["drawn"], counts["reserve"]), "drawn and reserve in the draw")
    for told in run.manifest["exclusions"]:
        seen = run.one("select count(*) from frame where reason = ?", told["en"])[0]
        same(seen, told["entities"], f"entities with {told['en']!r}")
    print(f"ok  rows, bytes and digests are those of manifest.json: {counts}")


def check_summary(run):
    levels = {"all": "''", "stratum": "stratum", "grade": "grade", "color": "color"}
    for level, column in levels.items():
        seen = run.ask(
            f"""select {column}, count(*), count(*) filter (eligible),
                       count(*) filter (certainty is not null and certainty <> 'take-all'), sum(pi),
                       count(*) filter (drawn)
                from frame where {column} is not null group by 1 order by 1"""
        )
        told = run.ask("select * exclude level from summary where level = ? order by value", level)
        same([row[0] for row in seen], [row[0] for row in told], f"values of {level} in the summary")
        for (value, *counted), (_, *summed) in zip(seen, told):
            what = f"{level} {value}: population, eligible, certain, drawn"
            same([counted[i] for i in (0, 1, 2, 4)], [summed[i] for i in (0, 1, 2, 4)], what)
            close(counted[3], summed[3], f"{level} {value}: sum of pi")
    total = pyarrow.parquet.read_table(run.path("frame"), columns=["pi"])["pi"].to_pylist()
    expected = run.one("select expected from summary where level = 'all'")[0]
    close(math.fsum(total), expected, "sum of pi in pyarrow")
    if polars:
        close(polars.read_parquet(run.path("frame"), columns=["pi"])["pi"].sum(), expected, "sum of pi in polars")
    print(f"ok  the summary is what the frame adds up to: sum of pi = {expected:.6f}")


def check_draw(run):
    """What SQL says of the published numbers: they can be computed with as they are read."""
    rules = {
        "pi is from 0 to 1": "from frame where not (pi between 0 and 1)",
        "only eligible entities have a probability": "from frame where eligible <> (pi > 0)",
        "an ineligible entity has a reason": "from frame where eligible = (reason is not null)",
        "nobody is drawn at pi 0": "from frame where drawn and pi = 0",
        "everybody at pi 1 is drawn": "from frame where pi = 1 and not drawn",
        "an entity is there once": "from (select 1 from frame group by entity_id having count(*) > 1)",
        "the draw is of the frame": "from draw anti join frame using (entity_id)",
        "draw and frame agree on pi": "from draw d join frame f using (entity_id) where d.pi <> f.pi",
        "draw and frame agree on who": """from draw d join frame f using (entity_id)
            where f.drawn <> (d.selection <> 'reserve')""",
        "u is strictly between 0 and 1": "from draw where not (u > 0 and u < 1)",
        "the design weight is 1 / pi": """from draw where selection <> 'reserve'
            and not (abs(design_weight * pi - 1) < 1e-12)""",
        "certain entities stand apart": "from draw where (selection = 'certain') <> (certainty is not null)",
        "the order counts from 1": """from (select "order" as place, row_number() over (
            partition by stratum, selection order by "order") as counted from draw) where place <> counted""",
    }
    if "ticket" in {name for name, *_ in run.ask("describe frame")}:
        rules["draw and frame agree on tickets"] = """from draw d join frame f using (entity_id)
            where d.ticket is distinct from f.ticket"""
        rules["u is the first 13 digits of the ticket"] = """from frame
            where u <> (cast('0x' || ticket[:13] as bigint) + 0.5) / pow(2, 52)"""
        rules["draw and frame agree on u"] = "from draw d join frame f using (entity_id) where d.u <> f.u"
    for rule, broken in rules.items():
        same(run.one(f"select count(*) {broken}")[0], 0, f"rows against \"{rule}\"")
    print(f"ok  {len(rules)} rules hold of frame and draw in SQL")


def check_layout(run):
    groups = 0
    for table, sorted_by in SORTED_BY.items():
        file = pyarrow.parquet.ParquetFile(run.path(table))
        about, names = file.metadata, file.schema_arrow.names
        expect(about.created_by.startswith("fairdraw version "), f"{table} was created by {about.created_by!r}")
        same(about.metadata.get(b"fairdraw.contract"), run.manifest["contract"].encode(), f"contract of {table}")
        same(about.metadata.get(b"fairdraw.plan_sha256"), run.manifest["plan"]["sha256"].encode(), f"plan of {table}")
        expect(b"ARROW:schema" not in about.metadata, f"{table} carries the schema of one engine")
        groups += about.num_row_groups
        for number in range(about.num_row_groups):
            group = about.row_group(number)
            order = [(names[it.column_index], it.descending, it.nulls_first) for it in group.sorting_columns]
            same(order, [(name, False, False) for name in sorted_by], f"sorting columns of {table}")
            for index, name in enumerate(names):
                column = group.column(index)
                expect(column.has_offset_index, f"{table}.{name} has no offset index")
                bounded = column.has_column_index or (table == "frame" and name in UNBOUNDED)
                expect(bounded, f"{table}.{name} has no column index")
                filtered = getattr(column, "bloom_filter_offset", None) is not None
                if hasattr(column, "bloom_filter_offset"):
                    same(filtered, name in BLOOM[table], f"a bloom filter on {table}.{name}")
        key = [column.to_pylist() for column in file.read(columns=sorted_by).columns] if sorted_by else [[]]
        rows = list(zip(*key))
        expect(all(a < b for a, b in zip(rows, rows[1:])), f"{table} is not sorted by {', '.join(sorted_by)}")
    print(f"ok  order, page indexes and metadata of {groups} row groups")
    check_bloom(run)


def check_bloom(run):
    """A filter must let every id pass that is there, and stop nearly all others."""
    probe = "select bool_and(bloom_filter_excludes) from parquet_bloom_probe(?, 'entity_id', ?)"
    for table, columns in BLOOM.items():
        if not columns or not run.one(f"select count(*) from {table}")[0]:
            continue
        path, strangers = str(run.path(table)), [f"STRANGER{number:010}" for number in range(100)]
        present = [row[0] for row in run.ask(f"select entity_id from {table} order by hash(entity_id) limit 100")]
        stopped = [entity for entity in present if run.one(probe, path, entity)[0]]
        same(stopped, [], f"ids that the bloom filter of {table} does not know")
        kept_out = sum(run.one(probe, path, stranger)[0] for stranger in strangers)
        expect(kept_out >= 90, f"the bloom filter of {table} stops {kept_out} of 100 strangers")
    print("ok  bloom filters let the present pass and stop strangers")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    versions = [f"DuckDB {duckdb.__version__}", f"pyarrow {pyarrow.__version__}"]
    print(", ".join(versions + ([f"polars {polars.__version__}"] if polars else ["no polars"])))
    run = Run(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    for check in (check_types, check_manifest, check_summary, check_draw, check_layout):
        check(run)


if __name__ == "__main__":
    main()
