"""The page on deployment and its files say what the code reads."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
READ = set(re.findall(r'"(TONGBAO_[A-Z_]+)"', (ROOT / "core" / "base" / "config.py").read_text()))


def test_every_setting_is_on_the_page():
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert READ
    assert {name for name in READ if f"`{name}`" not in page} == set()


def test_the_example_of_settings_names_only_what_is_read():
    named = set(re.findall(r"^(TONGBAO_[A-Z_]+)=", (ROOT / "deploy/systemd/tongbao.env").read_text(), flags=re.M))
    assert named <= READ
    assert {"TONGBAO_SECRET_KEY", "TONGBAO_PLATFORM_HOST", "TONGBAO_DATABASE_URL"} <= named


def test_the_files_start_what_there_is():
    from core.operations.commands import commands

    known = {command.name for command in commands()} | {"worker", "db", "translations"}
    for path in (ROOT / "deploy").rglob("*"):
        if path.is_file():
            started = re.findall(r"(?:bin/tongbao|\"tongbao\",) \"?([a-z-]+)", path.read_text())
            assert set(started) <= known, path
