"""The page on deployment and its files say what the code reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

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


def test_services_run_what_is_installed_and_not_the_checkout():
    """Started in the checkout, granian would import the sources there, whose translations nobody compiled."""
    for unit in (ROOT / "deploy/systemd").glob("*.service"):
        assert re.findall(r"^WorkingDirectory=(.*)$", unit.read_text(), flags=re.M) == ["/var/lib/tongbao"], unit.name
    image = (ROOT / "deploy/Dockerfile").read_text()
    assert re.findall(r"^WORKDIR (.*)$", image, flags=re.M) == ["/var/lib/tongbao"]


@pytest.mark.engine("sqlite")
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_understands_the_units():
    units = sorted(str(path) for path in (ROOT / "deploy/systemd").iterdir() if path.suffix in {".service", ".timer"})
    said = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60, check=False
    )
    # What the units start is not installed where the tests run.
    assert [line for line in said.stderr.splitlines() if "deploy/" in line or "tongbao" in line] == [
        line for line in said.stderr.splitlines() if "is not executable" in line
    ]


@pytest.mark.engine("sqlite")
@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs caddy")
def test_caddy_understands_its_file():
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(ROOT / "deploy/Caddyfile")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stderr
