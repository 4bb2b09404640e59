"""Runs `tongbao` in processes of their own, with plugins that exist only there (as after a pip install)."""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from textwrap import dedent

import core
import plugins
from tests.databases import make_database

# A process that has imported the host waits; each run is a fork of it: as separate as a new one, and seconds faster.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    [
        "click.testing",
        *(
            found.name
            for package in (core, plugins)
            for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
            if found.name != "core.wsgi" and not found.name.endswith("__main__") and ".migrations" not in found.name
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command said and how it ended."""

    exit: int
    output: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()


def database_url(engine_name: str, folder: Path, name: str) -> str:
    """A new, empty database of our own on one engine."""
    if engine_name == "sqlite":
        return f"sqlite:///{folder / (name + '.db')}"
    return make_database(f"tongbao_{name}_{os.getpid()}")


def run(commands: Sequence[Sequence[str]], *, url: str, path: Sequence[Path] = (), off: str = "") -> list[Answer]:
    """Run commands of `tongbao` one after the other in a process of their own that has these folders on its path."""
    environment = {"TONGBAO_DATABASE_URL": url, "TONGBAO_PLUGINS_OFF": off}
    ours, theirs = _processes.Pipe(duplex=False)
    folders = [str(folder) for folder in path]
    child = _processes.Process(
        target=_run, args=(theirs, [list(command) for command in commands], environment, folders)
    )
    child.start()
    theirs.close()
    try:
        assert ours.poll(120), "the commands did not end"
        return [Answer(exit_code, output) for exit_code, output in ours.recv()]
    finally:
        child.join(10)
        child.kill()


def _run(answers: Connection, commands: list[list[str]], environment: dict[str, str], folders: list[str]) -> None:
    from click.testing import CliRunner
    from flask.cli import ScriptInfo

    from core.cli import _create_app, tongbao

    os.environ.update(environment)
    sys.path[:0] = folders
    said = []
    for arguments in commands:
        result = CliRunner().invoke(tongbao, arguments, obj=ScriptInfo(create_app=_create_app, set_debug_flag=False))
        failure = repr(result.exception) if result.exception else ""
        said.append((result.exit_code, result.output + failure))
    answers.send(said)


def write_plugin_with_table(folder: Path, plugin_id: str, columns: str = "") -> None:
    """A distribution as pip would leave it: a package with one table, and its entry point."""
    package = folder / f"made_{plugin_id}"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("")
    (package / "models.py").write_text(
        dedent(
            f"""
            from datetime import datetime
            from typing import Any
            from sqlalchemy import ForeignKey, String
            from sqlalchemy.orm import Mapped, mapped_column
            from core.base.database import Base, Json

            class Note(Base):
                __tablename__ = "{plugin_id}_note"
                id: Mapped[int] = mapped_column(primary_key=True)
                words: Mapped[str] = mapped_column(String(80))
                data: Mapped[dict[str, Any]] = mapped_column(Json)
                made_at: Mapped[datetime]

            class Reply(Base):
                __tablename__ = "{plugin_id}_reply"
                id: Mapped[int] = mapped_column(primary_key=True)
                note_id: Mapped[int] = mapped_column(ForeignKey("{plugin_id}_note.id", ondelete="CASCADE"))
            """
        )
        + "\n".join(f"Note.{line}" for line in columns.splitlines())
    )
    (package / "plugin.py").write_text(
        dedent(
            f"""
            from core.contract.manifest import Manifest

            class Plugin:
                manifest = Manifest("{plugin_id}", "A", "B", "1.0", ">=0", "made_{plugin_id}")

            plugin = Plugin()
            """
        )
    )
    info = folder / f"made_{plugin_id}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: made-{plugin_id}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[tongbao.plugins]\n{plugin_id} = made_{plugin_id}.plugin:plugin\n")
