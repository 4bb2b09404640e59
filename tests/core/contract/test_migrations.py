from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.core.contract.processes import Answer, database_url, run, write_plugin_with_table

UPGRADE, CHECK, ORPHANS = ["db", "upgrade"], ["db", "check"], ["db", "orphans"]


def revision(owner: str) -> list[str]:
    return ["db", "revision", "--owner", owner, "-m", "next"]


def about(answer: Answer, owner: str) -> list[str]:
    return [line for line in answer.lines if line.startswith(f"{owner}:")]


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(text(statement))
        rows = [tuple(row) for row in result.all()] if result.returns_rows else []
    engine.dispose()
    return rows


NOTE = "INSERT INTO alpha_note (id, words, data, made_at) VALUES (1, 'kept', '{}', '2026-01-01 00:00:00')"


def test_a_plugin_comes_goes_and_comes_back_and_every_upgrade_works(engine_name: str, tmp_path: Path) -> None:
    url = database_url(engine_name, tmp_path, "comes_and_goes")
    alpha, beta = tmp_path / "alpha", tmp_path / "beta"
    write_plugin_with_table(alpha, "alpha")
    write_plugin_with_table(beta, "beta")

    before, made, during, after = run([CHECK, revision("alpha"), CHECK, UPGRADE], url=url, path=[alpha])
    assert about(before, "alpha") == ["alpha: table alpha_note is missing", "alpha: table alpha_reply is missing"]
    assert "0001_next.py" in made.output, made.output
    assert about(during, "alpha") == ["alpha: the database is at nothing and 0001 is there"]
    assert about(after, "alpha") == ["alpha: nothing -> 0001"]
    execute(url, NOTE)

    upgraded, orphans = run([UPGRADE, ORPHANS], url=url, path=[])
    assert upgraded.exit == 0
    assert orphans.lines == ["alpha: alembic_version_alpha", "alpha: alpha_note", "alpha: alpha_reply"]

    made, upgraded, checked = run([revision("beta"), UPGRADE, CHECK], url=url, path=[beta])
    assert about(upgraded, "beta") == ["beta: nothing -> 0001"]
    assert about(checked, "beta") == []
    assert "alpha" not in (beta / "made_beta" / "migrations" / "versions" / "0001_next.py").read_text()

    write_plugin_with_table(alpha, "alpha", "extra = mapped_column(String(9), nullable=True)")
    checked, made, upgraded, again, checked_after, orphans = run(
        [CHECK, revision("alpha"), UPGRADE, UPGRADE, CHECK, ORPHANS], url=url, path=[alpha, beta]
    )
    assert about(checked, "alpha") == ["alpha: column alpha_note.extra is missing"]
    assert about(upgraded, "alpha") == ["alpha: 0001 -> 0002"]
    assert about(checked_after, "alpha") == about(checked_after, "beta") == []
    assert about(orphans, "alpha") == about(orphans, "beta") == []
    assert again.lines == ["the database is up to date"]
    assert execute(url, "SELECT words FROM alpha_note") == [("kept",)]


def test_a_plugin_switched_off_by_the_environment_is_an_orphan_meanwhile(engine_name: str, tmp_path: Path) -> None:
    url = database_url(engine_name, tmp_path, "switched_off")
    write_plugin_with_table(tmp_path, "alpha")
    run([revision("alpha"), UPGRADE], url=url, path=[tmp_path])
    upgraded, orphans = run([UPGRADE, ORPHANS], url=url, path=[tmp_path], off="alpha")
    assert upgraded.exit == 0
    assert "alpha: alpha_note" in orphans.lines


def test_a_table_of_nobody_is_named_and_left_alone(engine_name: str, tmp_path: Path) -> None:
    url = database_url(engine_name, tmp_path, "stranger")
    execute(url, "CREATE TABLE stranger (id INTEGER PRIMARY KEY)")
    upgraded, orphans = run([UPGRADE, ORPHANS], url=url)
    assert upgraded.exit == 0
    assert orphans.lines == ["?: stranger"]


REBUILD = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("alpha_note") as batch:
        batch.alter_column("words", type_=sa.String(200))
    {more}
"""


def with_second_migration(folder: Path, url: str, more: str) -> list[Answer]:
    write_plugin_with_table(folder, "alpha")
    run([revision("alpha"), UPGRADE], url=url, path=[folder])
    execute(url, NOTE, "INSERT INTO alpha_reply (id, note_id) VALUES (1, 1)")
    versions = folder / "made_alpha" / "migrations" / "versions"
    (versions / "0002_rebuild.py").write_text(REBUILD.format(more=more))
    return run([UPGRADE], url=url, path=[folder])


def test_a_table_that_is_rebuilt_keeps_the_rows_that_refer_to_it(engine_name: str, tmp_path: Path) -> None:
    url = database_url(engine_name, tmp_path, "rebuilt")
    (upgraded,) = with_second_migration(tmp_path, url, "")
    assert about(upgraded, "alpha") == ["alpha: 0001 -> 0002"], upgraded.output
    assert execute(url, "SELECT note_id FROM alpha_reply") == [(1,)]


@pytest.mark.engine("sqlite")
def test_a_migration_that_breaks_foreign_keys_is_undone_and_named(engine_name: str, tmp_path: Path) -> None:
    url = database_url(engine_name, tmp_path, "broken")
    (upgraded,) = with_second_migration(tmp_path, url, "op.execute('DELETE FROM alpha_note')")
    assert upgraded.exit == 1
    assert "alpha: the migration would break foreign keys and was undone: alpha_reply row 1" in upgraded.output
    assert execute(url, "SELECT words FROM alpha_note") == [("kept",)]
    assert execute(url, "SELECT version_num FROM alembic_version_alpha") == [("0001",)]


def test_what_the_migrations_make_is_what_the_models_say(engine_name: str, tmp_path: Path) -> None:
    url = database_url(engine_name, tmp_path, "as_the_models")
    upgraded, checked, orphans = run([UPGRADE, CHECK, ORPHANS], url=url)
    assert upgraded.exit == 0, upgraded.output
    assert checked.lines == ["the database is as the models say"]
    assert orphans.lines == ["every table has an owner"]


def test_the_ledger_refuses_changes_in_a_migrated_database(engine_name: str, tmp_path: Path) -> None:
    url = database_url(engine_name, tmp_path, "immutable")
    run([UPGRADE], url=url)
    execute(
        url,
        "INSERT INTO ledger_transfer (id, kind, reference, idempotency_key, fingerprint, memo, occurred_at, created_at)"
        " VALUES ('t', 'reversal', 'r', 'k', 'f', '', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
    )
    for statement in ("UPDATE ledger_transfer SET memo = 'x'", "DELETE FROM ledger_transfer"):
        with pytest.raises(DBAPIError, match="never changes"):
            execute(url, statement)


def test_a_database_that_is_older_than_the_program_is_not_served(engine_name: str, tmp_path: Path) -> None:
    (refused,) = run([["run"]], url=database_url(engine_name, tmp_path, "older"))
    assert refused.exit == 1
    assert "older than the program (core has none of" in refused.output and "tongbao db upgrade" in refused.output
