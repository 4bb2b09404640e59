"""Which part of the software a table belongs to: core, or the plugin whose package defines it."""

from __future__ import annotations

from collections.abc import Mapping

from core.base.database import Base

CORE = "core"


def owner_by_module(packages: Mapping[str, str]) -> dict[str, str | None]:
    """The owner of every mapped table, by the package that its class lives in.

    `packages` maps plugin ids to package names; a class of `core` belongs to core; a class of a package that is
    nowhere named belongs to nobody (its plugin was left out).
    """
    owners: dict[str, str | None] = {}
    for mapper in Base.registry.mappers:
        module = mapper.class_.__module__
        owner = CORE if _within(module, CORE) else None
        for plugin_id, package in packages.items():
            if _within(module, package):
                owner = plugin_id
        for table in mapper.tables:
            owners[str(getattr(table, "name", table))] = owner
    return owners


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
