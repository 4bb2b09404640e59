"""Where the running application's registry of plugins is found (services need it; they never need the request)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from core.contract.dispatch import Dispatch
    from core.contract.health import Health
    from core.contract.registry import Registry


def registry() -> Registry:
    """The registry that create_app() filled at start."""
    return cast("Registry", current_app.extensions["tongbao.registry"])


def dispatch() -> Dispatch:
    """The dispatcher of contribution and notice hooks, over each merchant's allow list."""
    return cast("Dispatch", current_app.extensions["tongbao.dispatch"])


def health() -> Health:
    """How plugins fare in this process: every call of a provider goes through its `ask`."""
    return dispatch().health
