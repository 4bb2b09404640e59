"""Opens the one door at start and hangs what came in on the app (core.contract.runtime finds it there)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask

from core.contract.dispatch import Dispatch
from core.contract.faults import record_faults
from core.contract.loader import LoadReport, load_plugins
from core.contract.registry import Contributions, Registry

log = logging.getLogger("tongbao.plugins")


@dataclass(frozen=True, slots=True)
class Host:
    """What came in through the one door: the frozen registry, the dispatch over it, and what became of each plugin."""

    registry: Registry
    dispatch: Dispatch
    reports: tuple[LoadReport, ...]


def open_host(core: Iterable[Contributions] = (), *, registry: Registry | None = None) -> Host:
    """Take in core's own contributions, then the plugins, and freeze. Needs no app and no database."""
    registry = Registry() if registry is None else registry
    for contributions in core:
        registry.add_core(contributions)
    reports = load_plugins(registry)
    registry.freeze()
    return Host(registry, Dispatch(registry), reports)


def install(app: Flask, host: Host) -> None:
    """Hang the host on the app and write down, after each request, what plugins failed to show in it."""
    app.extensions["tongbao.registry"] = host.registry
    app.extensions["tongbao.dispatch"] = host.dispatch
    app.extensions["tongbao.plugin_reports"] = host.reports

    @app.teardown_request
    def _write_faults(_error: BaseException | None) -> None:
        faults = host.dispatch.drain_faults()
        if faults:
            try:
                record_faults(faults)
            except Exception:
                log.exception("plugin faults could not be written down")
