"""Brings the database to what the models say: one line of migrations, and one version table, for each owner.

An owner is core or a plugin. A plugin owns the tables of its package, all named `<plugin id>_…`; its version table is
`alembic_version_<plugin id>`. So a plugin can come and go and nobody else's migrations are touched; its data stays.
"""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, TypeDecorator, inspect, text
from sqlalchemy.dialects.postgresql import JSONB

from core.base.database import Base
from core.base.ddl import first_migration_source
from core.base.tables import CORE, owner_by_module

_ENV = Path(__file__).parent / "migrations_env"
_VERSION_TABLE = "alembic_version_"
_LOCK = 7_466_237_001
"""Number of the PostgreSQL advisory lock that lets one process migrate at a time."""


class MigrationError(RuntimeError):
    """The database could not be brought to the models' state; the message says where and why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has tables: `core`, or a plugin by its id; `package` is the import name of its package."""

    id: str
    package: str

    @property
    def versions(self) -> Path:
        """The folder of its migrations, `<package>/migrations/versions`; it may not exist."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise MigrationError(f"{self.id}: there is no package {self.package!r}")
        return Path(next(iter(spec.submodule_search_locations))) / "migrations" / "versions"

    @property
    def version_table(self) -> str:
        return _VERSION_TABLE + self.id


CORE_OWNER = Owner(CORE, "core")


def owners_of(packages: Iterable[tuple[str, str]]) -> tuple[Owner, ...]:
    """Core, then the plugins given as (id, package), in the order in which they are migrated."""
    return (CORE_OWNER, *(Owner(plugin_id, package) for plugin_id, package in sorted(packages)))


def upgrade(engine: Engine, owners: Sequence[Owner]) -> list[str]:
    """Run all pending migrations, each owner in a transaction of its own; says what ran, as `owner: from -> to`.

    Safe to run from several processes at once. On SQLite foreign keys are off meanwhile and checked before commit.
    Raises MigrationError when foreign keys would be broken; that owner's migrations are rolled back.
    """
    done = []
    for owner in owners:
        if not _has_migrations(owner):
            continue
        with _migrating(engine) as connection:
            before = _current(connection, owner)
            head = _script(owner).get_current_head()
            if before == head:
                continue
            command.upgrade(_config(owner, owners, connection), "heads")
            _refuse_broken_foreign_keys(connection, owner)
            done.append(f"{owner.id}: {before or 'nothing'} -> {head}")
    return done


def check(engine: Engine, owners: Sequence[Owner]) -> list[str]:
    """What stands between the database and the models, one sentence each: pending migrations, then differences."""
    found = []
    with engine.connect() as connection:
        for owner in owners:
            head = _script(owner).get_current_head() if _has_migrations(owner) else None
            current = _current(connection, owner)
            if current != head:
                found.append(f"{owner.id}: the database is at {current or 'nothing'} and {head or 'nothing'} is there")
                continue
            context = MigrationContext.configure(connection, opts=_options(owner, owners, connection))
            differences = list(_flat(compare_metadata(context, Base.metadata)))
            missing = {difference[1].name for difference in differences if difference[0] == "add_table"}
            for difference in differences:
                within = getattr(difference[1], "table", None)
                if difference[0] != "remove_table" and (within is None or within.name not in missing):
                    found.append(f"{owner.id}: {_words(difference)}")
    return found


def behind(engine: Engine, owners: Sequence[Owner]) -> list[str]:
    """The owners whose newest migrations this database does not have yet, with what it has and what it should."""
    late = []
    with engine.connect() as connection:
        for owner in owners:
            if _has_migrations(owner):
                head, current = _script(owner).get_current_head(), _current(connection, owner)
                if head != current:
                    late.append(f"{owner.id} has {current or 'none'} of {head}")
        connection.rollback()
    return late


def orphans(engine: Engine, owners: Sequence[Owner]) -> list[str]:
    """Tables whose owner is not loaded, as `owner: table` (`?` when nobody knows whose). Data stays."""
    with engine.connect() as connection:
        names = sorted(inspect(connection).get_table_names())
    claims = _claims(names, owners)
    loaded = {owner.id for owner in owners}
    found = []
    for name in names:
        owner_id = _owner_of(name, claims, owners)
        if owner_id == CORE and name not in owner_by_module({}) and not name.startswith(_VERSION_TABLE):
            owner_id = None
        if owner_id not in loaded:
            found.append(f"{owner_id or '?'}: {name}")
    return found


def revision(engine: Engine, owners: Sequence[Owner], owner_id: str, message: str) -> Path | None:
    """Write an owner's next migration from what its models and the database differ in; None when they do not.

    For developers. The database must be at the owner's last migration. Raises MigrationError otherwise.
    """
    owner = next((owner for owner in owners if owner.id == owner_id), None)
    if owner is None:
        raise MigrationError(f"there is no loaded plugin {owner_id!r}")
    owner.versions.mkdir(parents=True, exist_ok=True)
    script = _script(owner)
    with _migrating(engine) as connection:
        current = _current(connection, owner)
        if current != script.get_current_head():
            raise MigrationError(f"{owner_id}: run `tongbao db upgrade` first; it is at {current or 'nothing'}")
        config = _config(owner, owners, connection)
        number = len(list(script.walk_revisions())) + 1
        config.attributes["statements"] = first_migration_source(owner.id) if number == 1 else ""
        made = command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=f"{number:04d}",
            version_path=str(owner.versions),
            process_revision_directives=_nothing_when_equal,
        )
    scripts = [script for script in (made if isinstance(made, list) else [made]) if script is not None]
    if not scripts:
        return None
    path = Path(scripts[0].path)
    lines = path.read_text(encoding="utf-8").splitlines()
    source = "\n".join(line for line in lines if not line.strip().startswith("# ###")) + "\n"
    path.write_text(re.sub(r"\n{4,}", "\n\n\n", source), encoding="utf-8")
    return path


def _has_migrations(owner: Owner) -> bool:
    return any(owner.versions.glob("*.py")) if owner.versions.is_dir() else False


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One connection in one transaction that nobody else migrates in, committed at the end."""
    with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw: Any = connection.connection.dbapi_connection
        if sqlite:
            # A batch rebuild drops the old table: with foreign keys on, ON DELETE rules would empty its children.
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
                yield connection
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


def _refuse_broken_foreign_keys(connection: Connection, owner: Owner) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        rows = "; ".join(f"{row[0]} row {row[1]} refers to a missing {row[2]}" for row in broken)
        raise MigrationError(f"{owner.id}: the migration would break foreign keys and was undone: {rows}")


def _config(owner: Owner, owners: Sequence[Owner], connection: Connection) -> Config:
    config = Config(stdout=io.StringIO(), output_buffer=io.StringIO())
    config.set_main_option("script_location", _escaped(_ENV))
    config.set_main_option("version_locations", _escaped(owner.versions))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["options"] = _options(owner, owners, connection) | {"target_metadata": Base.metadata}
    return config


def _script(owner: Owner) -> ScriptDirectory:
    return ScriptDirectory(str(_ENV), version_locations=[str(owner.versions)], file_template="%(rev)s_%(slug)s")


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _current(connection: Connection, owner: Owner) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": owner.version_table})
    return context.get_current_revision()


def _options(owner: Owner, owners: Sequence[Owner], connection: Connection) -> dict[str, Any]:
    claims = _claims(inspect(connection).get_table_names(), owners)

    def include_name(name: str | None, type_: str, _parents: Any) -> bool:
        return type_ != "table" or (name is not None and _owner_of(name, claims, owners) == owner.id)

    def include_object(_object: Any, name: str | None, type_: str, _reflected: bool, _compare_to: Any) -> bool:
        return include_name(name, type_, None)

    return {
        "version_table": owner.version_table,
        "include_name": include_name,
        "include_object": include_object,
        "render_as_batch": True,
        "render_item": _render_item,
        "compare_type": True,
        "transactional_ddl": True,
    }


def _claims(names: Iterable[str], owners: Sequence[Owner]) -> frozenset[str]:
    """The plugins that have or had tables here: the loaded ones, and those that left a version table behind."""
    left = {name.removeprefix(_VERSION_TABLE) for name in names if name.startswith(_VERSION_TABLE)}
    return frozenset((left | {owner.id for owner in owners}) - {CORE})


def _owner_of(name: str, claims: frozenset[str], owners: Sequence[Owner]) -> str | None:
    """The owner of a table: of a mapped one by its class's package, of any other by its name's prefix."""
    if name.startswith(_VERSION_TABLE):
        return name.removeprefix(_VERSION_TABLE)
    by_module = owner_by_module({owner.id: owner.package for owner in owners if owner.id != CORE})
    if name in by_module:
        return by_module[name]
    prefix = name.split("_", 1)[0]
    return prefix if prefix in claims and "_" in name else CORE


def _render_item(type_: str, item: Any, context: AutogenContext) -> str | bool:
    """Our own column types become the plain types under them, so that a migration never changes with the code."""
    if type_ == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if type_ == "type" and isinstance(item, JSONB):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return "postgresql.JSONB()"
    return False


def _nothing_when_equal(_context: Any, _revision: Any, directives: list[MigrationScript]) -> None:
    upgrade_ops = directives[0].upgrade_ops
    if upgrade_ops is None or upgrade_ops.is_empty():
        directives[:] = []


def _flat(differences: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for difference in differences:
        if isinstance(difference, list):
            yield from difference
        else:
            yield difference


def _words(difference: tuple[Any, ...]) -> str:
    kind, *rest = difference
    verb, _, what = str(kind).partition("_")
    if kind in {"add_table", "remove_table"}:
        return f"table {rest[0].name} is {'missing' if verb == 'add' else 'too many'}"
    if kind in {"add_column", "remove_column"}:
        return f"column {rest[1]}.{rest[2].name} is {'missing' if verb == 'add' else 'too many'}"
    if verb == "modify":
        return f"column {rest[1]}.{rest[2]}: its {what} is {rest[4]!r} and should be {rest[5]!r}"
    table = getattr(rest[0], "table", None)
    on = f" of {table.name}" if table is not None else ""
    return f"{what} {getattr(rest[0], 'name', rest[0])}{on} is {'missing' if verb == 'add' else 'too many'}"
