"""Commands: the bank simulator, and reading the bank's statement by hand."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from core.sdk import data_dir
from plugins.payment.bank.simulator.__main__ import main as run_simulator
from plugins.payment.statements import read_statements


@click.group("payment")
def payment() -> None:
    """Bank payments: a bank to try things with, and the bank's statement."""


@payment.command("simulator")
@with_appcontext
@click.option("--port", default=8900, show_default=True, help="Port to listen on; 0 picks a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--public-url", help="Address that the QR codes carry, to scan them with a phone in the same network.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where its book and the credentials file are kept; by default the installation's data folder.",
)
def simulator(port: int, host: str, public_url: str | None, folder: Path | None) -> None:
    """Run a bank that speaks the transfer protocol, as a process of its own, until it is stopped."""
    folder = folder or data_dir()
    arguments = [
        "--port", str(port), "--host", host,
        "--state", str(folder / "bank.sqlite"), "--credentials", str(folder / "bank.json"),
    ]  # fmt: skip
    run_simulator(arguments + (["--public-url", public_url] if public_url else []))


@payment.command("statement")
@with_appcontext
def statement() -> None:
    """Read now what the bank has booked since the last time, and record payments that no notice told of."""
    click.echo(f"{read_statements()} new lines")
