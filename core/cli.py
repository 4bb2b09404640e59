"""The command `tongbao`: the commands of core's rooms, and those that plugins bring."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from functools import cache

import click
from flask import Flask
from flask.cli import ScriptInfo

import core
from core import __version__
from core.base.config import ConfigError
from core.base.errors import TongbaoError
from core.base.migrate import MigrationError


def _create_app() -> Flask:
    from core.app import create_app

    return create_app()


@cache
def _core_commands() -> dict[str, click.Command]:
    """The commands of every room that has a `commands.py` with `commands()`."""
    found: dict[str, click.Command] = {}
    for room in pkgutil.iter_modules(core.__path__):
        name = f"core.{room.name}.commands"
        if room.ispkg and importlib.util.find_spec(name) is not None:
            for command in importlib.import_module(name).commands():
                if command.name in found:
                    raise RuntimeError(f"two commands of core are named {command.name!r}")
                found[command.name or ""] = command
    return found


@cache
def _plugin_commands() -> dict[str, click.Command]:
    from core.app import import_models
    from core.assembly import open_registry

    import_models()
    registry, _ = open_registry()
    return {owned.item.name or "": owned.item for owned in registry.commands if owned.item.name not in _core_commands()}


class Tongbao(click.Group):
    """Finds commands when they are asked for, so that `tongbao --version` imports nothing else."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_core_commands(), *_plugin_commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _core_commands().get(cmd_name) or _plugin_commands().get(cmd_name)


@click.command(cls=Tongbao)
@click.version_option(__version__, prog_name="tongbao")
def tongbao() -> None:
    """Shops on their merchants' own domains, with the finance that a sale needs inside the shop."""


def main() -> None:
    """Run a command; refusals are shown as words, not as tracebacks. Commands get the app by `with_appcontext`."""
    try:
        tongbao(obj=ScriptInfo(create_app=_create_app, set_debug_flag=False))
    except (ConfigError, MigrationError, TongbaoError) as error:
        click.echo(f"tongbao: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
