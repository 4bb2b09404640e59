"""The floors of DESIGN hold, and the contracts that hold them speak of every room and plugin."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def names(section: str, option: str) -> set[str]:
    return set(contracts()[f"importlinter:contract:{section}"][option].split())


def parts_of(folder: Path) -> set[str]:
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return packages | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def test_no_part_imports_what_is_above_it() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_plugins_are_kept_from_every_part_of_core_but_the_sdk() -> None:
    forbidden = {name.removeprefix("core.") for name in names("guests", "forbidden_modules")}
    assert forbidden == parts_of(ROOT / "core") - {"sdk"}


def test_every_plugin_is_kept_from_every_other() -> None:
    independent = {name.removeprefix("plugins.") for name in names("strangers", "modules")}
    assert independent == parts_of(ROOT / "plugins")


def test_core_names_no_plugin() -> None:
    for path in sorted((ROOT / "core").rglob("*.py")):
        assert "import plugins" not in path.read_text(encoding="utf-8"), path
        assert "from plugins" not in path.read_text(encoding="utf-8"), path
