"""The first quarter of Yongchuan on Spark, and the same run on one machine beside it.

    pip install './crates/python[spark]'
    python3 pipelines/yongchuan_spark.py                        # a session of this machine
    spark-submit --master spark://… pipelines/yongchuan_spark.py

Executors need the package `fairdraw`, and see this repository and the output under the same paths as the driver. On a cluster
the tables are mostly DataFrames, in place of the plan's files:

    on_spark.run(session, plan, tables={"entities": session.table("registry.firms"), "credit": session.table("credit.grades")})
"""

from pathlib import Path

from pyspark.sql import SparkSession

from fairdraw import spark as on_spark

ROOT = Path(__file__).resolve().parents[1]
PLAN = ROOT / "pipelines" / "yongchuan-2023-q1.toml"
OUTPUT = ROOT / "out" / "yongchuan-2023-q1.spark"

# %% The session.
session = SparkSession.builder.appName("yongchuan-2023-q1").config("spark.ui.enabled", "false").getOrCreate()

# %% The run: the folder that `fairdraw run` would publish, with frame and quarantine in parts.
manifest = on_spark.run(session, PLAN, output=OUTPUT, ranges=4)
print(f"{manifest['counts']['drawn']} of {manifest['counts']['eligible']} drawn, in {OUTPUT.relative_to(ROOT)}")

# %% The list is a table like any other.
drawn = session.read.parquet(str(OUTPUT / "draw.parquet"))
drawn.groupBy("selection").count().orderBy("selection").show()
session.stop()

print("confirm it: fairdraw verify", OUTPUT.relative_to(ROOT), "--plan", PLAN.relative_to(ROOT))
