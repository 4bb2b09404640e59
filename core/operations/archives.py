"""Backups: one file with the database as of one moment, the files of the data folder, and what it takes to trust it.

SQLite is copied by its online backup while everything runs; PostgreSQL by pg_dump, which sees one snapshot.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

from core import __version__
from core.base import clock
from core.base.config import Config
from core.base.errors import TongbaoError

MANIFEST, FILES = "manifest.json", "files"
_NOT_KEPT = (".db", ".db-wal", ".db-shm", ".db-journal", ".lock", ".sock")
COMMAND_SECONDS_MAX = 6 * 3600


class BackupFailed(TongbaoError):
    """A backup that was not made, or cannot be used; the message says why and what to do."""

    code = "backup_failed"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself."""

    engine: str
    version: str
    made_at: str
    database: str
    sha256: str


def make_backup(config: Config, target: Path) -> Backup:
    """Write a backup to a file that does not exist yet. Raises BackupFailed; no half a file is left behind."""
    if target.exists():
        raise BackupFailed(f"{target} exists already: give another name")
    url = make_url(config.database_url)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        database = Path(folder) / ("database.sqlite" if url.get_backend_name() == "sqlite" else "database.dump")
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(str(url.database)), database)
        else:
            _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={database}"], url)
        made = Backup(url.get_backend_name(), __version__, clock.now().isoformat(), database.name, _sha256(database))
        try:
            with tarfile.open(half, "w:gz") as archive:
                told = Path(folder) / MANIFEST
                told.write_text(json.dumps({name: getattr(made, name) for name in Backup.__slots__}, indent=1))
                archive.add(told, MANIFEST)
                archive.add(database, database.name)
                for path in _files(config.data_dir, target):
                    archive.add(path, f"{FILES}/{path.relative_to(config.data_dir)}", recursive=False)
            half.chmod(0o600)
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)
    return made


def restore_backup(config: Config, source: Path, *, replace: bool) -> Backup:
    """Put a backup in the place of the database and the files. Nothing may be running meanwhile.

    Raises BackupFailed: no backup, a damaged one, one of the other engine, or a database that is not empty (unless
    `replace`). The old SQLite file is kept beside, with `.before-restore`.
    """
    url = make_url(config.database_url)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=config.data_dir) as folder:
        made = _unpacked(source, Path(folder))
        if made.engine != url.get_backend_name():
            raise BackupFailed(f"this is a backup of {made.engine}, and the settings name {url.get_backend_name()}")
        database = Path(folder) / made.database
        if _sha256(database) != made.sha256:
            raise BackupFailed(f"{source} is damaged: the database in it is not the one that was written")
        if url.get_backend_name() == "sqlite":
            _put_sqlite(database, Path(str(url.database)), replace=replace)
        else:
            if not replace and _run(["psql", "-XAtc", _COUNT_TABLES], url).strip() != "0":
                raise BackupFailed("the database is not empty: use --replace to lose what is in it")
            _run(["psql", "-XAqc", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"], url)
            _run(
                [
                    "pg_restore",
                    "--no-owner",
                    "--no-privileges",
                    "--exit-on-error",
                    f"--dbname={url.database}",
                    str(database),
                ],
                url,
            )
        kept = Path(folder) / FILES
        if kept.is_dir():
            shutil.copytree(kept, config.data_dir, dirs_exist_ok=True)
    return made


_COUNT_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupFailed(f"there is no database at {source}: run tongbao db upgrade first")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        here.backup(there, pages=2000, sleep=0.01)
        found = there.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise BackupFailed(f"the copy of the database is damaged: {found}")


def _put_sqlite(database: Path, target: Path, *, replace: bool) -> None:
    if target.exists():
        if not replace:
            raise BackupFailed(f"{target} exists already: use --replace (it is kept beside, as .before-restore)")
        target.replace(target.with_name(target.name + ".before-restore"))
    for left in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + left).unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(database, target)


def _unpacked(source: Path, folder: Path) -> Backup:
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        made = Backup(**told)
        if Path(made.database).name != made.database or not (folder / made.database).is_file():
            raise ValueError("no database in it")
    except (OSError, tarfile.TarError, ValueError, TypeError, EOFError) as error:
        raise BackupFailed(f"{source} is not a backup of Tongbao, or damaged: {error}") from None
    return made


def _files(folder: Path, target: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return [path for path in found if not path.name.endswith(_NOT_KEPT) and not path.name.startswith(target.name)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str], url: URL) -> str:
    """Run a program of PostgreSQL; the password goes by the environment, never by the command line."""
    program = shutil.which(command[0], path=os.environ.get("TONGBAO_PG_BIN") or None)
    if program is None:
        raise BackupFailed(f"{command[0]} is not installed: apt-get install postgresql-client, or set TONGBAO_PG_BIN")
    given = {
        "PGHOST": url.host or str(url.query.get("host", "")),
        "PGPORT": str(url.port or url.query.get("port", "")),
        "PGUSER": url.username or str(url.query.get("user", "")),
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
    }
    done = subprocess.run(  # noqa: S603 - programs of PostgreSQL
        [program, *command[1:]],
        env={**os.environ, **{name: value for name, value in given.items() if value}},
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        raise BackupFailed(f"{command[0]} failed: {done.stderr.strip()[-800:]}")
    return done.stdout
