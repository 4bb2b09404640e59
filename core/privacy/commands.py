"""`tongbao keys`: changing the keys that encrypt stored data."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core.contract.runtime import registry

BATCH = 200


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [keys]


@click.group()
def keys() -> None:
    """The keys that encrypt stored data (TONGBAO_DATA_KEYS, the newest first)."""


@keys.command()
@click.option("--batch", default=BATCH, show_default=True, help="Rows in one transaction.")
@with_appcontext
def rotate(batch: int) -> None:
    """Bring all that is encrypted under the newest key; afterwards the old one can be taken out of the settings.

    It may be broken off and begun again, and the shops stay open meanwhile.
    """
    for owned in registry().encrypted_rows:
        after, total = "", 0
        while True:
            after, looked_at = owned.item.renew(after, max(1, batch))
            if looked_at == 0:
                break
            total += looked_at
        click.echo(f"{owned.item.label}: {total}")
    click.echo("All of it is under the newest key.")
