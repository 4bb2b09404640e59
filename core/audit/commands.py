"""`tongbao audit export` and `tongbao audit check`: a chain taken away, and proven anywhere without the database."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from core.audit.chain import FIRST_HASH, HASHED, entry_hash
from core.audit.queries import chain_end
from core.audit.service import ENTRY, PLATFORM
from core.base.database import db

_ROWS_AT_ONCE = 2000


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [audit]


@click.group()
def audit() -> None:
    """The audit trail: take a chain away, prove a chain that was taken away."""


@audit.command("export")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--chain", default=PLATFORM, help="A merchant's id; without it the platform's own chain.")
@with_appcontext
def export(target: Path, chain: str) -> None:
    """Write a chain to TARGET, one JSON object a line, from its first entry to the end it has now."""
    end = chain_end(chain)
    if end is None:
        raise click.ClickException(f"there is no chain {chain}")
    query = select(ENTRY).where(ENTRY.c.chain == chain, ENTRY.c.sequence <= end.sequence).order_by(ENTRY.c.sequence)
    with target.open("x", encoding="utf-8") as file:
        for row in db.session.connection().execution_options(yield_per=_ROWS_AT_ONCE).execute(query).mappings():
            entry = {name: row[name] for name in (*HASHED, "hash")}
            file.write(json.dumps({**entry, "at": row["at"].isoformat()}, ensure_ascii=False) + "\n")
    click.echo(f"{target}: {end.sequence} entries of {chain}, the last hash is {end.hash}")


@audit.command("check")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--end", default="", help="The last hash, as it was written down elsewhere.")
def check(source: Path, end: str) -> None:
    """Prove the chain in SOURCE, entry by entry. Needs no database; exits with 1 if it is broken."""
    sequence, last = 0, FIRST_HASH
    with source.open(encoding="utf-8") as file:
        for line in file:
            sequence += 1
            try:
                entry = json.loads(line)
                entry["at"] = datetime.fromisoformat(entry["at"])
                right = (entry["sequence"], entry["previous_hash"], entry["hash"]) == (
                    sequence,
                    last,
                    entry_hash(entry),
                )
            except (ValueError, KeyError, TypeError, AttributeError):
                right = False
            if not right:
                click.echo(f"entry {sequence} is missing or was changed", err=True)
                sys.exit(1)
            last = entry["hash"]
    if end and end != last:
        click.echo(f"the chain ends at entry {sequence} with {last}, not with {end}", err=True)
        sys.exit(1)
    click.echo(f"{sequence} entries, unbroken; the last hash is {last}")
