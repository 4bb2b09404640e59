"""`tongbao translations`: the words of core and of every loaded plugin in every language."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click

import core
from core.base.catalogues import Owner, compile_all, problems, update
from core.contract.loader import load_plugins
from core.contract.registry import Registry


def owners(only: str | None = None) -> list[Owner]:
    """Core and the loaded plugins, with the folders of their packages."""
    found = [Owner("core", Path(core.__file__).parent)]
    registry = Registry()
    load_plugins(registry)
    for manifest in registry.manifests:
        spec = find_spec(manifest.package)
        if spec is not None and spec.submodule_search_locations:
            found.append(Owner(manifest.id, Path(spec.submodule_search_locations[0])))
    return [owner for owner in found if only in (None, owner.name)]


@click.group("translations")
def translations() -> None:
    """Words for people, in every language."""


@translations.command("update")
@click.option("--owner", help="core or a plugin's id; by default all of them.")
def update_command(owner: str | None) -> None:
    """Bring the catalogues up to the code; what is new is left empty to be translated."""
    for one in owners(owner):
        update(one)
        click.echo(f"{one.name}: up to date with the code")


@translations.command("check")
def check_command() -> None:
    """Name what is not translated, and exit with 1 if anything is."""
    found = [problem for one in owners() for problem in problems(one)]
    for problem in found:
        click.echo(problem)
    click.echo(f"{len(found)} messages need a translator." if found else "Every message is translated.")
    sys.exit(1 if found else 0)


@translations.command("compile")
@click.option("--quiet", is_flag=True, help="Say nothing.")
def compile_command(quiet: bool) -> None:
    """Compile the catalogues that have changed."""
    for one in owners():
        count = compile_all(one)
        if count and not quiet:
            click.echo(f"{one.name}: {count} compiled")
