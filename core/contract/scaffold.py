"""Writes a new plugin distribution from the files in new_plugin/."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from core import __version__

_FILES = Path(__file__).parent / "new_plugin"
_NAME = re.compile(r"[a-z][a-z0-9]{1,29}")


def write_plugin(name: str, folder: Path) -> Path:
    """Write the distribution `tongbao-<name>` into a new folder of that name below `folder`; returns its path.

    Raises ValueError when the name cannot be a plugin's id, FileExistsError when the folder is there already.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a plugin's id: 2 to 30 lower-case letters and digits")
    target = folder / f"tongbao-{name}"
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    major, minor = __version__.split(".")[:2]
    words = {"id": name, "title": name.title(), "package": f"tongbao_{name}", "fits": f">={major}.{minor},<{major}.99"}
    for source in sorted(_FILES.rglob("*.tmpl")):
        relative = str(source.relative_to(_FILES)).removesuffix(".tmpl").replace("PACKAGE", words["package"])
        path = target / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return target
