from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.databases import make_database
from tests.faces.world import World
from tests.journeys.conftest import chromium

__all__ = ["chromium"]


@pytest.fixture(scope="package")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, World]]:
    """The worlds that were made, by engine."""
    made: dict[str, World] = {}
    yield made
    for world in made.values():
        world.close()


@pytest.fixture
def world(worlds: dict[str, World], engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The demo on one engine; the walks of a process share it, so they must leave it as it is."""
    if engine_name not in worlds:
        folder = tmp_path_factory.mktemp("faces")
        url = (
            f"sqlite:///{folder / 'faces.db'}"
            if engine_name == "sqlite"
            else make_database(f"tongbao_faces_{os.getpid()}")
        )
        worlds[engine_name] = World(folder, url)
    return worlds[engine_name]
