"""The running host's registry and dispatch, as the app holds them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, current_app

from core.contract.dispatch import Dispatch
from core.contract.faults import record_faults
from core.contract.loader import LoadReport, load_plugins
from core.contract.registry import Contributions, Registry

_KEY = "tongbao.host"
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


def init_app(app: Flask, host: Host) -> None:
    """Hang the host on the app and write down, after each request, what plugins failed to show in it."""
    app.extensions[_KEY] = host

    @app.teardown_request
    def _write_faults(_error: BaseException | None) -> None:
        faults = host.dispatch.drain_faults()
        if faults:
            try:
                record_faults(faults)
            except Exception:
                log.exception("plugin faults could not be written down")


def the_host() -> Host:
    """The host of the running app."""
    host: Host = current_app.extensions[_KEY]
    return host


def registry() -> Registry:
    """The registry of the running app."""
    return the_host().registry


def dispatch() -> Dispatch:
    """The dispatch of the running app."""
    return the_host().dispatch
