"""`tongbao seed demo`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [seed, demo_group]


@click.group()
def seed() -> None:
    """Fill an empty installation."""


@seed.command()
@click.option("--if-empty", is_flag=True, help="Do nothing where there are shops already.")
@click.option(
    "--days", type=click.IntRange(1, 90), default=30, show_default=True, help="How long the shops have traded."
)
@with_appcontext
def demo(if_empty: bool, days: int) -> None:
    """Three shops with goods, buyers and a month of orders."""
    from core.seed.demo import build, is_empty

    if not is_empty():
        if if_empty:
            return
        raise click.ClickException("There are shops here already; the demo only fills an empty database.")
    click.echo("Making the demo (half a minute, only this once)")
    build(lambda step: click.echo(f"  {step}"), days)


@click.group("demo")
def demo_group() -> None:
    """Helps for whoever tries the demo."""


@demo_group.command("code")
@click.argument("email")
@with_appcontext
def code(email: str) -> None:
    """The code that the authenticator app of one of the demo's people shows (not in production)."""
    from core.seed.codes import demo_code_of

    if current_app.config["TONGBAO"].production:
        raise click.ClickException("There are no demo people in production.")
    found = demo_code_of(email)
    if found is None:
        raise click.ClickException(f"{email} has no authenticator app of the demo.")
    click.echo(found)
