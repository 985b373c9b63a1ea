"""The evaluation on a standalone Spark 4 cluster of one master and two workers on this machine, beside the local engine.

    python -m benchmarks.spark_cluster                   # 200 stations, a year; the values are compared cell by cell
    python -m benchmarks.spark_cluster --spark-python PATH/bin/python --stations 1000

Needs Java 17 and a Python that has full `pyspark` 4 (the jars) beside the spark extra: ``pip install -r requirements-spark.lock`` and
``pip install pyspark==4.2.0`` into an environment of its own, given with ``--spark-python``. Everything listens on loopback and is
ended at the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import evaluate

from qingshan.lake import Lake, days

SOURCE = Path(__file__).parents[1] / "src"
MONTHS = [f"{evaluate.YEAR}-{m:02d}" for m in range(1, 13)]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def missing(python: str) -> str | None:
    """What is not there, in words; None where all is."""
    if shutil.which("java") is None:
        return "没有 java；Spark 4 需要 Java 17"
    asked = "import pathlib, pyspark; print(len(list((pathlib.Path(pyspark.__file__).parent / 'jars').glob('*connect*'))))"
    done = subprocess.run([python, "-c", asked], capture_output=True, text=True)
    if done.returncode or done.stdout.split() == ["0"]:
        return f"{python} 里没有带 jar 的 pyspark 4；请在另一个环境 pip install pyspark==4.2.0，并用 --spark-python 指给本命令"
    return None


class Cluster:
    """One master, two workers of one core, one Spark Connect server; each a process of its own."""

    def __init__(self, python: str, folder: Path):
        self.running: list[subprocess.Popen] = []
        self.folder = folder
        asked = [python, "-c", "import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent)"]
        self.home = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
        self.env = os.environ | {
            "SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": python, "PYTHONPATH": str(SOURCE),
            "SPARK_LOG_DIR": str(folder), "SPARK_WORKER_DIR": str(folder / "work"), "SPARK_NO_DAEMONIZE": "1",
        }  # fmt: skip

    def start(self) -> str:
        master, web, connect = free_port(), free_port(), free_port()
        base = "org.apache.spark.deploy"
        self._run("master", f"{base}.master.Master", "--host", "127.0.0.1", "--port", str(master), "--webui-port", str(web))
        self._wait(master)
        for i in (1, 2):
            where = ["--host", "127.0.0.1", "--webui-port", str(free_port()), "--cores", "1", "--memory", "1g"]
            self._run(f"worker{i}", f"{base}.worker.Worker", *where, f"spark://127.0.0.1:{master}")
        set_ = {
            "spark.connect.grpc.binding.port": connect, "spark.connect.grpc.binding.address": "127.0.0.1", "spark.driver.host": "127.0.0.1",
            "spark.executor.memory": "900m", "spark.ui.enabled": "false", "spark.cores.max": 2, "spark.executor.cores": 1,
            "spark.sql.execution.arrow.maxRecordsPerBatch": 100000,
        }  # fmt: skip
        options = [part for key, value in set_.items() for part in ("--conf", f"{key}={value}")]
        self._run(
            "connect", f"{base}.SparkSubmit", "--master", f"spark://127.0.0.1:{master}", *options,
            "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal",
        )  # fmt: skip
        self._wait(connect)
        return f"sc://127.0.0.1:{connect}"

    def _run(self, name: str, *command: str) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        self.running.append(
            subprocess.Popen([str(self.home / "bin" / "spark-class"), *command], env=self.env, stdout=log, stderr=subprocess.STDOUT)
        )

    def _wait(self, port: int) -> None:
        until = time.monotonic() + 300
        while time.monotonic() < until:
            if any(p.poll() is not None for p in self.running):
                break
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.3)
        said = "\n".join(p.read_text(errors="replace")[-800:] for p in sorted(self.folder.glob("*.log")))
        raise SystemExit(f"Spark 没有起来：\n{said}")

    def workers(self) -> int:
        """How many workers the master registered."""
        return (self.folder / "master.log").read_text(errors="replace").count("Registering worker")

    def executors(self) -> int:
        return (self.folder / "connect.log").read_text(errors="replace").count("Registered executor")

    def stop(self) -> None:
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--spark-python", default=sys.executable, help="带 pyspark 4（含 jar）的 Python")
    options = parser.parse_args()
    if gone := missing(options.spark_python):
        print(f"没有运行：{gone}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="qingshan-spark-") as temporary:
        folder = Path(temporary)
        rows = evaluate.generate(folder / "lake", options.stations)
        lake = Lake(folder / "lake")
        print(f"{options.stations} stations, a year: {rows * 6:,} hourly values in {len(lake.files())} files")
        begun = time.perf_counter()
        here = days.compute(lake, MONTHS, None)
        took = time.perf_counter() - begun
        print(f"local, 2 threads: {took:.2f} s, {here.num_rows:,} station-days")
        cluster = Cluster(options.spark_python, folder)
        try:
            begun = time.perf_counter()
            url = cluster.start()
            print(f"cluster up in {time.perf_counter() - begun:.1f} s at {url}")
            same = True
            for turn in range(options.rounds):
                begun = time.perf_counter()
                there = days.compute(lake, MONTHS, None, days.by("spark", url=url))
                print(f"spark, turn {turn + 1}: {time.perf_counter() - begun:.2f} s")
                same &= there.schema == here.schema and there.equals(here)
            print(f"workers {cluster.workers()}, executors {cluster.executors()}")
        finally:
            cluster.stop()
    print(f"{here.num_rows * here.num_columns:,} cells, {'all identical' if same else 'NOT identical'}")
    return 0 if same and cluster.running else 1


if __name__ == "__main__":
    sys.exit(main())
