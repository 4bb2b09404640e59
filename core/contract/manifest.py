"""What a plugin says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a merchant's staff may be allowed to do. `key` is `<plugin>.<verb>`; owners always may."""

    key: str
    label: Any


@dataclass(frozen=True, slots=True)
class Manifest:
    """Identity, fit and settings of a plugin; the loader refuses one that does not fit, by name and with the reason.

    `id` (lower-case letters and digits) is also the entry point's name and the prefix of all that the plugin names:
    tables (`<id>_…`), blueprints (`<id>` or `<id>_…`), templates, providers, jobs, permissions (`<id>.…`).
    `core` is a version specifier (PEP 440) of the core versions that it works with.
    `settings` is the marshmallow schema of a merchant's settings, from which the console makes the form;
    a field with metadata `secret=True` is stored encrypted and never shown again.
    `on_by_default` says whether a new merchant has it switched on.
    """

    id: str
    name: Any
    summary: Any
    version: str
    core: str
    package: str
    """Import name of the plugin's package; models, templates/, static/, locale/, migrations/ are found in it."""
    settings: type[Schema] | None = None
    permissions: Sequence[Permission] = field(default_factory=tuple)
    on_by_default: bool = False
