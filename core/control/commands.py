"""`tongbao verify`: proves on a live database that the books, the stock and the orders agree."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import with_appcontext

from core.contract.runtime import registry

SHOWN_MAX = 200


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [verify]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@with_appcontext
def verify(as_json: bool) -> None:
    """Check every invariant; name what is wrong and exit with 1, or say that all is well."""
    found: dict[str, list[str]] = {}
    for owned in registry().checks:
        findings = []
        for sentence in owned.item.run():
            findings.append(str(sentence))
            if len(findings) >= SHOWN_MAX:
                break
        found[owned.item.name] = findings
        if not as_json:
            click.echo(f"{'✗' if findings else '✓'} {owned.item.label}")
            for sentence in findings:
                click.echo(f"    {sentence}")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    wrong = sum(len(findings) for findings in found.values())
    if not as_json:
        click.echo(f"{wrong} things are wrong." if wrong else "All is well.")
    sys.exit(1 if wrong else 0)
