"""`tongbao backup`, `tongbao restore`, `tongbao metrics-token`."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from core.base.config import load_config
from core.base.crypto import signature
from core.operations.archives import make_backup, restore_backup


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [backup, restore, metrics_token]


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup(target: Path) -> None:
    """Write a backup to TARGET (a new .tar.gz), while everything runs. Keep TONGBAO_DATA_KEYS with it, elsewhere."""
    made = make_backup(load_config(), target)
    click.echo(f"{target}: {made.engine}, {target.stat().st_size // 1024} kB, sha256 of the database {made.sha256}")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in the place of what is there.")
def restore(source: Path, replace: bool) -> None:
    """Put the backup SOURCE into the database and data folder that the settings name. Stop web and worker first."""
    made = restore_backup(load_config(), source, replace=replace)
    click.echo(f"restored: {made.engine}, made {made.made_at} by version {made.version}")
    click.echo("next: tongbao db upgrade && tongbao verify")


@click.command("metrics-token")
@with_appcontext
def metrics_token() -> None:
    """Print the token with which another machine may ask /metrics and /internal/may-serve (?token=…)."""
    click.echo(signature("internal", "may-serve"))
