"""Runs `tongbao` in processes of their own, with plugins that exist only there (as after a pip install)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from tests.databases import make_database

_RUN = """
import json, sys
from click.testing import CliRunner
from flask.cli import ScriptInfo
from core.cli import tongbao, _create_app
answers = []
for arguments in json.loads(sys.argv[1]):
    result = CliRunner().invoke(tongbao, arguments, obj=ScriptInfo(create_app=_create_app, set_debug_flag=False))
    failure = repr(result.exception) if result.exception else ""
    answers.append({"exit": result.exit_code, "output": result.stdout + failure})
print("ANSWERS" + json.dumps(answers))
"""


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
    """Run commands of `tongbao` one after the other in a new process that has these folders on its path."""
    environment = {
        **os.environ,
        "TONGBAO_DATABASE_URL": url,
        "TONGBAO_PLUGINS_OFF": off,
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in path),
    }
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps([list(command) for command in commands])],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = next(line for line in done.stdout.splitlines() if line.startswith("ANSWERS"))
    return [Answer(**answer) for answer in json.loads(answers.removeprefix("ANSWERS"))]


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
