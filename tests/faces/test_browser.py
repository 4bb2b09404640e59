"""Every page of every face, found by itself, in Chromium: it fits phone and desk, and axe finds nothing serious."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from tests.faces.ways import Way, face_of, pages_of, way_of
from tests.faces.world import FACES, World
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.test_pages import serious

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.engine("sqlite"), pytest.mark.xdist_group("faces")]

SAMPLES = "design.gallery"
"""The components shown to developers, on no face: its shop has no visitor, so its head is not filled in."""
LANGUAGES = {"en": "en-GB", "zh_Hans": "zh-CN"}


@pytest.fixture
def port(world: World) -> Iterator[int]:
    """The world, served here."""
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)


def enter(chromium: Browser, world: World, face: str, language: str) -> BrowserContext:
    """A browser of somebody who is signed in at a face, whose language is this."""
    context = chromium.new_context(viewport=PHONE, locale=LANGUAGES[language], reduced_motion="reduce")
    if cookie := world.cookie(face):
        context.add_cookies([{"name": "tb_s", "value": cookie, "domain": FACES[face][7:], "path": "/"}])
    return context


def too_wide(page: Page, path: str) -> list[str]:
    """The sizes at which the page would scroll sideways, and what sticks out."""
    found = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > size["width"]:
            found.append(f"{path}: {width} pixels wide on {size['width']}")
    return found


def seen_in_a_browser(world: World, face: str) -> list[Way]:
    """The pages of a face that are HTML."""
    ways = [
        way_of(world, rule) for rule in pages_of(world) if face_of(rule.endpoint) == face and rule.endpoint != SAMPLES
    ]
    return [way for way in ways if world.get(face, way.path).mimetype == "text/html"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("face", [face for face in FACES if face != "api"])
def test_every_page_fits_and_can_be_used_by_everybody(
    chromium: Browser, world: World, port: int, face: str, language: str
) -> None:
    ways = seen_in_a_browser(world, face)
    context = enter(chromium, world, face, language)
    page = context.new_page()
    host, faults = f"{FACES[face]}:{port}", []
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        for path in [*(way.path for way in ways), "/there/is/no/such/page"]:
            complaints.clear()
            page.goto(host + path, wait_until="domcontentloaded")
            faults += too_wide(page, path)
            if language == "en":
                faults += serious(page)
            else:
                # Axe styles what it measures, and the content policy says so; here it has not been.
                faults += [f"{path}: {one}" for one in complaints]
    finally:
        context.close()
    assert faults == [], "\n".join(faults)
