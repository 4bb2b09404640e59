from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.contract.scaffold import write_plugin
from tests.core.contract.processes import run


def test_a_new_plugin_works_and_its_tests_pass(tmp_path: Path) -> None:
    (made,) = run([["plugin", "new", "hello", "--dir", str(tmp_path)]], url="sqlite://")
    assert made.exit == 0, made.output
    folder = tmp_path / "tongbao-hello"
    info = folder / "tongbao_hello-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tongbao-hello\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[tongbao.plugins]\nhello = tongbao_hello.plugin:plugin\n")

    plugins, checked = run([["plugins"], ["plugin", "check", "hello"]], url="sqlite://", path=[folder])
    assert "hello" in plugins.output
    assert checked.lines[-1] == "hello: bronze", checked.output
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


@pytest.mark.parametrize("name", ["Hello", "a", "two words", "x" * 31, "under_score", "1st"])
def test_a_name_that_cannot_be_a_plugins_id_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a plugin's id"):
        write_plugin(name, tmp_path)


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    write_plugin("hello", tmp_path)
    with pytest.raises(FileExistsError):
        write_plugin("hello", tmp_path)
