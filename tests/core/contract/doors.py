"""Plugins made up on the spot, behind entry points of their own."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from core.contract.hookspecs import hookimpl
from core.contract.manifest import Manifest

__all__ = ["Door", "hookimpl", "manifest", "plugin_class"]


def manifest(plugin_id: str, **changes: Any) -> Manifest:
    given: dict[str, Any] = {
        "id": plugin_id,
        "name": plugin_id.title(),
        "summary": "",
        "version": "1.0",
        "core": ">=0.1,<99",
        "package": "email",
    }
    return Manifest(**{**given, **changes})


def plugin_class(plugin_id: str, **hooks: Any) -> object:
    """A plugin whose hooks are the given functions (each takes self and the hook's arguments)."""
    body = {name: hookimpl(function) for name, function in hooks.items()}
    return type("Plugin", (), {"manifest": manifest(plugin_id), **body})()


class Door:
    """Entry points whose modules exist only in this test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.points: list[EntryPoint] = []

    def add(self, name: str, plugin: object, module_name: str | None = None) -> None:
        module_name = module_name or f"made_up_{len(self.points)}_{name}"
        module = ModuleType(module_name)
        module.plugin = plugin  # type: ignore[attr-defined]
        self._monkeypatch.setitem(sys.modules, module_name, module)
        self.points.append(EntryPoint(name, f"{module_name}:plugin", "tongbao.plugins"))

    def add_missing(self, name: str) -> None:
        self.points.append(EntryPoint(name, f"no_such_module_{name}:plugin", "tongbao.plugins"))
