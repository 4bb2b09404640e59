"""Every measurement in one run, as ratios, with the machine they were taken on: `python -m bench`.

Ends with 1 when a goal is missed or a measurement breaks.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg

from tests.databases import URL_VARIABLE, PostgresServer

PARTS = ("bench.dispatch", "bench.pages", "bench.place_order", "bench.ledger", "bench.order_list")
CPU_FILE = Path("/proc/cpuinfo")


def cpu_model() -> str:
    """The processor's name as Linux knows it, else as Python does."""
    lines = CPU_FILE.read_text().splitlines() if CPU_FILE.exists() else []
    found = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return found or platform.processor() or platform.machine()


def machine() -> str:
    """What the numbers were measured on, in one line."""
    with psycopg.connect(os.environ[URL_VARIABLE]) as connection:
        server = connection.info.parameter_status("server_version")
    return (
        f"{os.cpu_count()} cores, {cpu_model()}, {platform.system()}, "
        f"Python {platform.python_version()}, PostgreSQL {server}"
    )


def main() -> int:
    """Run the parts one after the other, each in a process of its own, on one PostgreSQL server."""
    with ExitStack() as stack:
        if not os.environ.get(URL_VARIABLE):
            server = PostgresServer()
            stack.callback(server.stop)
            os.environ[URL_VARIABLE] = server.url
        sys.stdout.write(machine() + "\n")
        sys.stdout.flush()
        missed = [part for part in PARTS if subprocess.run([sys.executable, "-m", part], check=False).returncode]
    sys.stdout.write(f"missed: {', '.join(missed)}\n" if missed else "every goal that is measured here is met\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
