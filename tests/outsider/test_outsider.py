"""The door is the same for all: a stranger's distribution, installed as anyone would, does what a built-in one can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.contract.processes import database_url, run

SOURCE = Path(__file__).parent / "giftwrap"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which pip has installed the distribution, from a copy of its source."""
    folder = tmp_path_factory.mktemp("outsider")
    copy, target = folder / "source", folder / "site"
    shutil.copytree(SOURCE, copy)
    options = ["--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(copy)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    options = ["translations", "compile", "--owner", "giftwrap"]
    (compiled,) = run([options], url=f"sqlite:///{folder / 'x.db'}", path=[target])
    assert compiled.exit == 0, compiled.output
    return target


def test_it_is_seen_migrated_and_sound_and_leaves_its_data_when_it_goes(
    installed: Path, engine_name: str, tmp_path: Path
) -> None:
    url = database_url(engine_name, tmp_path, "outsider")
    plugins, upgraded, checked = run([["plugins"], ["db", "upgrade"], ["db", "check"]], url=url, path=[installed])
    (line,) = [line for line in plugins.lines if line.startswith("giftwrap")]
    assert line.split() == ["giftwrap", "1.0.0", "tongbao-giftwrap", "loaded"]
    assert upgraded.exit == 0, upgraded.output
    assert "giftwrap: nothing -> 0001" in upgraded.lines
    assert [line for line in checked.lines if line.startswith("giftwrap")] == []

    upgraded, orphans = run([["db", "upgrade"], ["db", "orphans"]], url=url)
    assert upgraded.exit == 0
    assert {"giftwrap: giftwrap_order", "giftwrap: alembic_version_giftwrap"} <= set(orphans.lines)


def test_its_own_tests_pass_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "tests", tmp_path / "tests")
    environment = {**os.environ, "PYTHONPATH": str(installed), "TONGBAO_PLUGINS_OFF": ""}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path / "tests")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_it_reaches_gold_by_the_rules_of_the_machine(tmp_path: Path) -> None:
    copy = tmp_path / "source"
    shutil.copytree(SOURCE, copy)
    info = copy / "tongbao_giftwrap-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tongbao-giftwrap\nVersion: 1.0.0\n")
    (info / "entry_points.txt").write_text("[tongbao.plugins]\ngiftwrap = tongbao_giftwrap.plugin:plugin\n")
    (answer,) = run([["plugin", "check", "giftwrap"]], url=f"sqlite:///{tmp_path / 'x.db'}", path=[copy])
    assert answer.lines[-1] == "giftwrap: gold", answer.output
