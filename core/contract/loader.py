"""Finds the plugins of the entry point group `tongbao.plugins` and lets in those that fit.

One that does not fit is named and left out with the reason; the host starts without it. Built-in plugins come in here
like anyone's.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pluggy
from marshmallow import Schema
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from core import __version__
from core.base.tables import owner_by_module
from core.contract import hookspecs
from core.contract.manifest import Manifest, Permission
from core.contract.registry import PluginRefused, Registry

GROUP = "tongbao.plugins"
OFF_VARIABLE = "TONGBAO_PLUGINS_OFF"
_ID = re.compile(r"[a-z][a-z0-9]{1,29}")
_RESERVED = frozenset({"core", "alembic", "tongbao"})
log = logging.getLogger("tongbao.plugins")


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of one entry point: loaded, or skipped and why. `id` is the entry point's name."""

    id: str
    version: str
    distribution: str
    state: Literal["loaded", "skipped"]
    reason: str = ""


def load_plugins(
    registry: Registry,
    *,
    environ: Mapping[str, str] | None = None,
    points: Iterable[importlib.metadata.EntryPoint] | None = None,
) -> tuple[LoadReport, ...]:
    """Let every fitting plugin into the registry, in the order of their names, and say what became of each.

    `TONGBAO_PLUGINS_OFF` ("a,b") leaves plugins out before they are imported. Never raises on a plugin's account.
    The registry stays open; the caller freezes it.
    """
    env = os.environ if environ is None else environ
    off = {name.strip() for name in env.get(OFF_VARIABLE, "").split(",")}
    found = importlib.metadata.entry_points(group=GROUP) if points is None else points
    # An editable install can be seen twice, by way of two paths: that is one entry point.
    once = {(point.name, point.value): point for point in found}
    return tuple(_load_one(registry, once[key], off) for key in sorted(once))


def _load_one(registry: Registry, point: importlib.metadata.EntryPoint, off: set[str]) -> LoadReport:
    distribution = point.dist.name if point.dist is not None else "?"
    version = point.dist.version if point.dist is not None else "?"
    if point.name in off:
        return LoadReport(point.name, version, distribution, "skipped", f"left out by {OFF_VARIABLE}")
    try:
        plugin = _import(point)
        manifest = fitting_manifest(plugin, point.name)
        version = manifest.version
        _import_models(manifest.package)
        _refuse_misnamed_tables(manifest)
        registry.add_plugin(manifest, plugin, own_hooks(plugin, manifest.id))
    except PluginRefused as refusal:
        log.warning("plugin %s of %s is left out: %s", point.name, distribution, refusal)
        return LoadReport(point.name, version, distribution, "skipped", str(refusal))
    return LoadReport(point.name, version, distribution, "loaded")


def _import(point: importlib.metadata.EntryPoint) -> object:
    try:
        plugin: object = point.load()
    except (Exception, SystemExit) as error:
        log.debug("plugin %s", point.name, exc_info=True)
        raise PluginRefused(f"cannot be imported: {type(error).__name__}: {error}") from error
    return plugin


def fitting_manifest(plugin: object, name: str) -> Manifest:
    """The manifest of a plugin object, when it is whole and fits this core. Raises PluginRefused with the reason."""
    manifest = getattr(plugin, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise PluginRefused("has no manifest: the plugin object needs an attribute `manifest` of type Manifest")
    for attribute in ("id", "version", "core", "package"):
        if not isinstance(getattr(manifest, attribute), str):
            raise PluginRefused(f"its manifest is invalid: `{attribute}` is not a text")
    if not _ID.fullmatch(manifest.id) or manifest.id in _RESERVED:
        raise PluginRefused(
            f"its manifest is invalid: the id {manifest.id!r} is reserved or not 2 to 30 lower-case letters and digits"
        )
    if manifest.id != name:
        raise PluginRefused(f"the entry point is named {name!r} but the manifest's id is {manifest.id!r}")
    try:
        Version(manifest.version)
        fits = SpecifierSet(manifest.core).contains(__version__, prereleases=True)
    except (InvalidVersion, InvalidSpecifier) as error:
        raise PluginRefused(f"its manifest is invalid: {error}") from error
    if not fits:
        raise PluginRefused(f"works with core {manifest.core}, and this is core {__version__}")
    if manifest.package.split(".", 1)[0] == "core":
        raise PluginRefused("its manifest is invalid: its package may not be core's")
    if _package_missing(manifest.package):
        raise PluginRefused(f"its manifest is invalid: there is no package {manifest.package!r}")
    if manifest.settings is not None and not (
        isinstance(manifest.settings, type) and issubclass(manifest.settings, Schema)
    ):
        raise PluginRefused("its manifest is invalid: `settings` is not a marshmallow schema class")
    for permission in manifest.permissions:
        if not isinstance(permission, Permission) or not permission.key.startswith(f"{manifest.id}."):
            raise PluginRefused(f"its manifest is invalid: {permission!r} is not a permission named `{manifest.id}.…`")
    return manifest


def _package_missing(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is None
    except (ImportError, ValueError):
        return True


def _import_models(package: str) -> None:
    if not _package_missing(f"{package}.models"):
        try:
            importlib.import_module(f"{package}.models")
        except Exception as error:
            raise PluginRefused(f"its models cannot be imported: {type(error).__name__}: {error}") from error


def own_hooks(plugin: object, plugin_id: str) -> pluggy.PluginManager:
    """A manager that knows this plugin alone, its hooks checked against the contract. Raises PluginRefused."""
    manager = pluggy.PluginManager(hookspecs.NAMESPACE)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, plugin_id)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginRefused(f"implements a hook that the contract does not have: {error}") from error
    except Exception as error:
        raise PluginRefused(f"cannot be registered: {type(error).__name__}: {error}") from error
    for caller in manager.get_hookcallers(plugin) or ():
        if any(implementation.wrapper or implementation.hookwrapper for implementation in caller.get_hookimpls()):
            raise PluginRefused(f"wraps {caller.name}: a plugin answers for itself and does not wrap others")
    return manager


def _refuse_misnamed_tables(manifest: Manifest) -> None:
    prefix = f"{manifest.id}_"
    for table, owner in owner_by_module({manifest.id: manifest.package}).items():
        if owner == manifest.id and not table.startswith(prefix):
            raise PluginRefused(f"its table {table!r} is not named `{prefix}…`")
        if owner == "core" and table.startswith(prefix):
            raise PluginRefused(f"its prefix is taken: core has the table {table!r}")


def describe(reports: Iterable[LoadReport]) -> list[dict[str, Any]]:
    """The reports as plain rows, for tables and JSON."""
    return [
        {
            "id": report.id,
            "version": report.version,
            "distribution": report.distribution,
            "state": report.state,
            "reason": report.reason,
        }
        for report in reports
    ]
