"""Fixtures for authors of plugins; pytest finds them through the `pytest11` entry point.

Nothing of the host is imported until a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def tongbao_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The host with the installed plugins and the fakes, on an empty SQLite of its own, inside an app context."""
    from core.base.database import db
    from core.sdk.testing.apps import make_app
    from core.sdk.testing.fakes import outside

    outside.reset()
    app = make_app(tmp_path_factory.mktemp("tongbao"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def tongbao_shop(tongbao_app: Flask) -> str:
    """The id of a merchant whose shop has every installed plugin on, with default settings."""
    from core.contract.registry import Registry
    from core.sdk.testing.apps import make_shop

    registry: Registry = tongbao_app.extensions["tongbao.registry"]
    return make_shop(plugins=sorted(registry.plugin_ids))
