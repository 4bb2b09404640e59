"""`tongbao worker`, `run`, `jobs` and `outbox`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO

import click
from flask import current_app
from flask.cli import with_appcontext

from core.base import migrate
from core.base.config import Config
from core.base.database import db
from core.base.logs import configure_logs
from core.contract.commands import loaded_owners
from core.contract.runtime import registry
from core.worker import leases, outbox
from core.worker.runner import Worker

STOP_SECONDS_MAX = 10


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [worker, run, jobs, outbox_group]


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@with_appcontext
def worker(once: bool) -> None:
    """Deliver events, run recurring jobs and long tasks, until stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    configure_logs(app.config["TONGBAO"])
    at_work = Worker(app)
    if once:
        at_work.once()
    else:
        at_work.run()


def _forward(stream: IO[str], name: str) -> None:
    for line in stream:
        click.echo(f"{name:>7} | {line}", nl=False)


def _start(name: str, arguments: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    threading.Thread(target=_forward, args=(process.stdout, name), daemon=True).start()
    return process


def server_arguments(config: Config, host: str) -> list[str]:
    """How the web server is started: granian, one process per core up to two, threads that wait on the database."""
    workers = min(2, os.cpu_count() or 1)
    return [
        "granian", "--interface", "wsgi", "--host", host, "--port", str(config.port),
        "--workers", str(workers), "--blocking-threads", "4", "--workers-kill-timeout", "5",
        "--log-level", "warning", "core.wsgi:app",
    ]  # fmt: skip


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--demo", is_flag=True, help="Run the simulators of banks too, and say who can sign in.")
@with_appcontext
def run(host: str, demo: bool) -> None:
    """Serve the shops and run a worker beside; Ctrl-C stops them all."""
    config: Config = current_app.config["TONGBAO"]
    late = migrate.behind(db.engine, loaded_owners())
    if late:
        raise click.ClickException(f"The database is older than the program ({'; '.join(late)}): tongbao db upgrade")
    processes = {
        "web": _start("web", server_arguments(config, host)),
        "worker": _start("worker", ["core.cli", "worker"]),
    }
    if demo:
        for simulator in registry().simulators:
            processes[simulator.name] = _start(simulator.name, ["core.cli", *simulator.command(config.port)])
        _describe(config)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_signal: stop.set())
    ended = None
    while not stop.wait(0.3):
        ended = next((name for name, process in processes.items() if process.poll() is not None), None)
        if ended is not None:
            click.echo(f"{ended} has ended by itself; stopping the rest", err=True)
            break
    _stop(list(processes.values()))
    if ended is not None:
        sys.exit(1)


def _stop(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS_MAX
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _describe(config: Config) -> None:
    from core.seed.describe import describe

    for line in describe(config):
        click.echo(line)


@click.command()
@with_appcontext
def jobs() -> None:
    """Show recurring jobs, the outbox and what was given up."""
    for lease in leases.leases():
        state = "running" if lease.holder else "failed" if lease.last_error else "ok"
        click.echo(f"{lease.name:<28} {state:<8} runs {lease.runs:<6} last {lease.last_started_at:%Y-%m-%d %H:%M:%S}")
        if lease.last_error:
            click.echo(f"    {lease.last_error}")
    click.echo("outbox: " + ", ".join(f"{count} {state}" for state, count in outbox.counts().items()))
    for letter in outbox.dead_letters():
        click.echo(f"    dead: event {letter.event_id} to {letter.subscriber}: {letter.last_error}")


@click.group("outbox")
def outbox_group() -> None:
    """Events on their way to their subscribers."""


@outbox_group.command("replay")
@click.argument("event_id", type=int)
@click.argument("subscriber")
@with_appcontext
def replay(event_id: int, subscriber: str) -> None:
    """Deliver an event to a subscriber once more."""
    outbox.replay(event_id, subscriber)
    click.echo("It will be delivered again.")
