"""Paths, the run of the binary, and how long hypothesis may look."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

ROOT = Path(__file__).resolve().parents[3]

# The same examples every time, and nothing is left in the repository.
settings.register_profile(
    "fairdraw", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fairdraw")
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "fairdraw-hypothesis")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def program() -> Path:
    """The binary."""
    path = os.environ.get("FAIRDRAW")
    if not path:
        pytest.skip("FAIRDRAW is not set: give it the path of the binary, such as target/release/fairdraw")
    return Path(path).resolve()


@pytest.fixture(scope="session", params=["as it stands", "by station, sequential Poisson"])
def run_folder(request, program, root, tmp_path_factory) -> Path:
    """What the binary wrote of the sample plan, and of one with strata and another design."""
    folder = tmp_path_factory.mktemp("run")
    plan = root / "pipelines" / "yongchuan-2023-q1.toml"
    if request.param != "as it stands":
        text = plan.read_text(encoding="utf-8")
        for old, new in [
            ('"../data-samples', f'"{(root / "data-samples").as_posix()}'),
            ('design = "pareto"', 'design = "sequential-poisson"'),
            ("[draw]", '[strata]\nby = ["station"]\nallocation = "webster"\nmeasure = "weight"\n\n[draw]'),
        ]:
            assert old in text
            text = text.replace(old, new)
        plan = folder / "plan.toml"
        plan.write_text(text, encoding="utf-8")
    subprocess.run([program, "run", plan, "--output", folder / "out", "--quiet"], check=True, cwd=root)
    return folder / "out"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A master and two workers."""
    from cluster import Cluster

    own = Cluster(tmp_path_factory.mktemp("spark"))
    yield own
    own.stop()


@pytest.fixture(scope="session")
def session(cluster):
    """A session on the cluster."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(cluster.url).appName("fairdraw")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.executor.memory": "600m",
        "spark.executorEnv.PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "spark.speculation": "true",
        "spark.speculation.interval": "50ms",
        "spark.speculation.multiplier": "1.1",
        "spark.speculation.quantile": "0.1",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    own = builder.getOrCreate()
    own.sparkContext.setLogLevel("OFF")
    yield own
    own.stop()
