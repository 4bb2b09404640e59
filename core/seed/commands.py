"""`tongbao seed demo`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [seed]


@click.group()
def seed() -> None:
    """Fill an empty installation."""


@seed.command()
@click.option("--if-empty", is_flag=True, help="Do nothing where there are shops already.")
@with_appcontext
def demo(if_empty: bool) -> None:
    """Three shops with goods, buyers and a month of orders."""
    from core.seed.demo import build, is_empty

    if not is_empty():
        if if_empty:
            return
        raise click.ClickException("There are shops here already; the demo only fills an empty database.")
    click.echo("Making the demo (half a minute, only this once)")
    build(lambda step: click.echo(f"  {step}"))
