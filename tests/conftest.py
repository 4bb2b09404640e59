"""Fixtures of all tests. A test that uses `app` runs twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text

from core.app import create_app
from core.base.config import load_config
from core.base.database import Base, db
from core.parties import factors
from core.web import plain_sql
from tests.databases import URL_VARIABLE, PostgresServer, make_database
from tests.fakes import FAKES, fresh_book

ENGINES = ("sqlite", "postgres")
_server: PostgresServer | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=(*ENGINES, "both"), default="both", help="database engine(s) to test on")


def pytest_configure(config: pytest.Config) -> None:
    global _server
    is_worker = hasattr(config, "workerinput")
    if is_worker or config.getoption("--engine") == "sqlite" or os.environ.get(URL_VARIABLE):
        return
    if config.getoption("collectonly"):
        return
    _server = PostgresServer()
    os.environ[URL_VARIABLE] = _server.url


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server is not None:
        os.environ.pop(URL_VARIABLE, None)
        _server.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" not in metafunc.fixturenames:
        return
    wanted = metafunc.config.getoption("--engine")
    engines = ENGINES if wanted == "both" else (wanted,)
    only = next((mark.args for mark in metafunc.definition.iter_markers("engine")), engines)
    metafunc.parametrize("engine_name", [name for name in engines if name in only], scope="session")


class Databases:
    """One application and one migrated database for each engine and test process, emptied after each test."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._folder, self._worker = folder, worker
        self._apps: dict[str, Flask] = {}

    def app(self, engine: str) -> Flask:
        if engine not in self._apps:
            url = (
                f"sqlite:///{self._folder / 'test.db'}"
                if engine == "sqlite"
                else make_database(f"tongbao_{self._worker}")
            )
            app = create_app(
                load_config(
                    {
                        "TONGBAO_DATABASE_URL": url,
                        "TONGBAO_DATA_DIR": str(self._folder / engine),
                        "TONGBAO_PAYOUT_LEVEL": "0",
                    }
                ),
                extra=(FAKES,),
            )
            app.config["TESTING"] = True
            with app.app_context():
                Base.metadata.create_all(db.engine)
            self._apps[engine] = app
        return self._apps[engine]

    @staticmethod
    def empty(app: Flask) -> None:
        with app.app_context():
            tables = [table.name for table in Base.metadata.sorted_tables]
            with db.engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    names = ", ".join(f'"{name}"' for name in tables)
                    connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
                else:
                    _empty_sqlite(connection, tables)
                connection.commit()

    def close(self) -> None:
        for app in self._apps.values():
            with app.app_context():
                db.engine.dispose()


def _empty_sqlite(connection, tables: list[str]) -> None:
    """Delete all rows; the triggers that keep money immutable stand aside for that moment."""
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _sql in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    for table in tables:
        connection.exec_driver_sql(f'DELETE FROM "{table}"')
    for _name, sql in triggers:
        connection.exec_driver_sql(sql)
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    connection.exec_driver_sql("BEGIN")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Databases]:
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    found = Databases(tmp_path_factory.mktemp("databases"), worker)
    yield found
    found.close()


@pytest.fixture
def bare_app(databases: Databases, engine_name: str) -> Iterator[Flask]:
    """The application on one engine, with an empty database, outside any context (for threads and HTTP clients)."""
    app = databases.app(engine_name)
    fresh_book()
    yield app
    databases.empty(app)


@pytest.fixture
def app(bare_app: Flask) -> Iterator[Flask]:
    """The same, inside an application context."""
    with bare_app.app_context():
        yield bare_app
        db.session.remove()


class Statements(list[str]):
    """The SQL statements that ran while it listened; what begins and ends transactions is left out."""

    def note(self, _connection, _cursor, statement: str, *_rest) -> None:
        if not statement.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")):
            self.append(statement)


@pytest.fixture(autouse=True)
def _everybody_is_proven(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests about other things act as people who have proven their second factor; `guarded` ones do not."""
    if request.node.get_closest_marker("guarded") is None:
        monkeypatch.setattr(factors, "_refuse", lambda person_id: None)


@pytest.fixture
def count_sql() -> Iterator[Statements]:
    """A growing list of the SQL statements of all engines; clear() it before what is to be counted."""
    statements = Statements()
    event.listen(Engine, "before_cursor_execute", statements.note)
    plain_sql.watchers.append(statements.append)
    yield statements
    plain_sql.watchers.remove(statements.append)
    event.remove(Engine, "before_cursor_execute", statements.note)
