"""A standalone Spark cluster on loopback, as processes of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pyspark


class Cluster:
    """A master and two workers on loopback."""

    def __init__(self, folder: Path):
        self.home = Path(pyspark.__file__).parent
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"spark://127.0.0.1:{self.port}"
        self.processes = [self.start("master.Master", "--host", "127.0.0.1", "--port", str(self.port), "--webui-port", "0")]
        self.workers = [self.worker() for _ in range(2)]

    def start(self, name: str, *arguments: str) -> subprocess.Popen:
        environment = {**os.environ, "SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": "127.0.0.1"}
        command = [self.home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", *arguments]
        with open(self.folder / f"{name}-{time.monotonic_ns()}.log", "wb") as log:
            # A session of its own, so that the JVM ends with the script that starts it.
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)

    def worker(self) -> subprocess.Popen:
        work = self.folder / f"work-{time.monotonic_ns()}"
        own = self.start(
            "worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir",
            str(work), self.url,
        )
        self.processes.append(own)
        return own

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, 9)
            process.wait()
