"""A Spark cluster to test on: the one that SPARK_HOST names, else one of our own, which is gone afterwards.

Run as a script it starts one, says where it is, and stops it when it is told to end.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyspark
from pyhive import hive

MINUTES_TO_START = 3
MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
QUICK_COMPILER = "-XX:TieredStopAtLevel=1"
THRIFT_SERVER = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"


class Cluster:
    """A standalone master, workers and a Thrift server, each a process of its own, all on loopback."""

    def __init__(self, workers: int = 2, memory: str = "1g", for_few_rows: bool = True):
        self.workers, self.memory, self.for_few_rows = workers, memory, for_few_rows

    def __enter__(self) -> "Cluster":
        with contextlib.ExitStack() as stack:
            self.is_own = "SPARK_HOST" not in os.environ
            if self.is_own:
                self.host, self.port = "127.0.0.1", str(free_port())
                self.start(stack)
            else:
                self.host, self.port = os.environ["SPARK_HOST"], os.environ.get("SPARK_PORT", "10000")
                self.borrow(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self.stack.close()

    def borrow(self, stack: contextlib.ExitStack) -> None:
        """Refuses a cluster that holds what the tests would change, and leaves it as it was."""
        found = self.test_databases()
        if found:
            raise SystemExit(f"The cluster that SPARK_HOST names has {', '.join(found)} already, and the tests would change them.")
        stack.callback(lambda: [self.execute(f"drop database {name} cascade") for name in self.test_databases()])

    def test_databases(self) -> list[str]:
        return [name for (name,) in self.execute("show databases like 'insights_test*'")]

    def execute(self, sql: str) -> list[tuple]:
        """Run a statement; the rows, if there are any."""
        with contextlib.closing(self.connect()) as connection, contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which dbt finds the cluster."""
        return {"SPARK_HOST": self.host, "SPARK_PORT": self.port}

    def start(self, stack: contextlib.ExitStack) -> None:
        """Ends what it started also where a part of it does not start."""
        if not shutil.which("java"):
            raise SystemExit("There is no Java on this machine. Debian, Ubuntu: apt install default-jre-headless; macOS: brew install openjdk.")
        self.folder = Path(tempfile.mkdtemp(prefix="spark-"))
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        master_port = free_port()
        master = f"spark://127.0.0.1:{master_port}"
        local = ("--host", "127.0.0.1", "--webui-port", "0")
        self.launch(stack, "master", "spark-class", MASTER, *local, "--port", str(master_port))
        self.wait_for("master", master_port)
        for number in range(self.workers):
            folder = ("--work-dir", str(self.folder / f"worker{number}"))
            self.launch(stack, f"worker{number}", "spark-class", WORKER, *local, "--cores", "1", "--memory", self.memory, *folder, master)
        settings = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.executor.memory": self.memory,
            "spark.ui.enabled": "false",
            # As many as there are cores: the default of 200 is for hundreds of them.
            "spark.sql.shuffle.partitions": str(2 * self.workers),
            "spark.sql.warehouse.dir": str(self.folder / "warehouse"),
            "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={self.folder / 'metastore'};create=true",
            # The driver plans hundreds of different statements, so Java's quick compiler is faster than the thorough one.
            "spark.driver.extraJavaOptions": f"-Dderby.system.home={self.folder} {QUICK_COMPILER}",
            # A time zone that is not UTC, so that a test fails where the session's was forgotten.
            "spark.sql.session.timeZone": "America/Los_Angeles",
        }
        if self.for_few_rows:
            # To compile or to revise the plan of a query takes longer than the query.
            settings |= {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.adaptive.enabled": "false"}
            settings["spark.sql.shuffle.partitions"] = str(self.workers)
            settings["spark.executor.extraJavaOptions"] = f"{QUICK_COMPILER} -XX:+UseSerialGC"
            settings["spark.driver.extraJavaOptions"] += " -XX:+UseSerialGC"
        options = [option for name, value in settings.items() for option in ("--conf", f"{name}={value}")]
        hive_options = ("--hiveconf", f"hive.server2.thrift.port={self.port}", "--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1")
        self.launch(stack, "thrift", "spark-submit", "--class", THRIFT_SERVER, "--master", master, *options, "spark-internal", *hive_options)
        self.wait_for("thrift", int(self.port))

    def launch(self, stack: contextlib.ExitStack, name: str, script: str, *arguments: str) -> None:
        """Start one of the processes, and keep what it says in a file."""
        environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_PUBLIC_DNS": "127.0.0.1", "SPARK_LOCAL_DIRS": str(self.folder / "scratch")}
        environment |= {"SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false"}
        # The Thrift server takes this variable for its own, and needs more.
        environment |= {"SPARK_DAEMON_MEMORY": self.memory if name == "thrift" else "256m"}
        program = Path(pyspark.__file__).parent / "bin" / script
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen([program, *arguments], cwd=self.folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

        def stop() -> None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

        stack.callback(stop)
        self.processes = {**getattr(self, "processes", {}), name: process}

    def wait_for(self, name: str, port: int) -> None:
        """Wait until a process listens. If it ends instead, show its log, which says why."""
        until = time.monotonic() + 60 * MINUTES_TO_START
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            if self.processes[name].poll() is not None:
                break
            time.sleep(0.5)
        raise SystemExit(f"The {name} did not start:\n" + (self.folder / f"{name}.log").read_text()[-3000:])

    def connect(self) -> hive.Connection:
        """A session of its own, in the time zone of dbt's."""
        user = os.environ.get("SPARK_USER", "transformer")
        # Raw rows may hold ${x}, which is no variable.
        settings = {"set:hiveconf:spark.sql.session.timeZone": "UTC", "set:hiveconf:spark.sql.variable.substitute": "false"}
        return hive.connect(host=self.host, port=int(self.port), username=user, configuration=settings)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    # Otherwise its processes would stay.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with Cluster() as running, contextlib.suppress(KeyboardInterrupt):
        print("export " + " ".join(f"{name}={value}" for name, value in running.environment.items()), flush=True)
        sys.stdin.read()
