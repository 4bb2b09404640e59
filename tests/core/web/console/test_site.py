"""Writing pages, arranging menus and shaping the look, as the merchant does it."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from core.base.database import db
from core.shops.queries import shop_context
from core.site.looks import look_of
from core.site.menus import menus_of
from core.site.queries import live_page, pages_of
from tests.core.web.console.conftest import words

PAGES = ["/console/pages", "/console/menus", "/console/theme"]


def picture(colour: str = "red") -> tuple[io.BytesIO, str]:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(kept, "PNG")
    kept.seek(0)
    return kept, "picture.png"


def at_shop(desk, path: str, **options):
    db.session.remove()
    return desk.client.get(path, base_url="http://tea.localhost", **options)


@pytest.fixture
def about(desk, tea) -> str:
    desk.done("/console/pages", {"title": "About us"})
    (page,) = pages_of(tea)
    return f"/console/pages/{page.id}"


@pytest.mark.parametrize("path", PAGES)
def test_each_page_costs_at_most_15_statements(desk, about, count_statements, path):
    desk.page(path)
    assert count_statements(lambda: desk.page(path)) <= 15
    assert count_statements(lambda: desk.page(about)) <= 15


@pytest.mark.parametrize("path", PAGES)
def test_who_only_packs_does_not_shape_the_shop(sign_in, tea, path):
    assert sign_in(tea, "clerk").get(path).status_code == 403


def test_a_page_is_written_in_blocks_previewed_and_published(desk, tea, about):
    form = {
        "title": "About us",
        "b0.kind": "text",
        "b0.html": "<p>We <b>pick</b> early.</p><script>alert(1)</script>",
        "b1.kind": "faq",
        "b1.q0": "When do you ship?",
        "b1.a0": "Every day.",
        "do": "save",
    }
    page = desk.done(about, form)
    assert at_shop(desk, "/pages/about-us").status_code == 404
    link = re.search(r"/pages/about-us\?lang=en&amp;preview=([\w.]+)", page)
    preview = at_shop(desk, f"/pages/about-us?preview={link[1]}")
    assert preview.status_code == 200 and "<b>pick</b>" in preview.text and "alert(1)" not in preview.text
    assert "frame-ancestors http://localhost" in preview.headers["Content-Security-Policy"]
    assert preview.headers["Cache-Control"] == "no-store"
    assert at_shop(desk, "/pages/about-us?preview=forged.99999999999.0").status_code == 404
    desk.done(about, {**form, "do": "publish"})
    shown = at_shop(desk, "/pages/about-us")
    assert "When do you ship?" in shown.text and "frame-ancestors 'none'" in shown.headers["Content-Security-Policy"]


def test_blocks_are_added_moved_and_removed_by_buttons_alone(desk, tea, about):
    two = {"title": "A", "b0.kind": "text", "b0.title": "first", "b1.kind": "contact", "b1.title": "second"}
    desk.done(about, {**two, "do": "add:newsletter"})
    page = desk.done(about, {**two, "do": "down:0"})
    assert page.index('value="second"') < page.index('value="first"')
    page = desk.done(about, {**two, "do": "remove:0"})
    assert 'value="first"' not in page and 'value="second"' in page
    page = desk.done(about, {**two, "b0.position": "5", "b1.position": "1", "do": "save"})
    assert page.index('value="second"') < page.index('value="first"')


def test_what_cannot_be_is_marked_at_its_field_and_what_was_typed_stays(desk, tea, about):
    bad = {"title": "", "b0.kind": "hero", "b0.title": "Kept words", "b0.address": "javascript:x", "do": "publish"}
    answer = desk.post(about, bad)
    assert answer.status_code == 422
    assert 'id="title-error"' in answer.text and 'id="b0.address-error"' in answer.text
    assert "Kept words" in answer.text and live_page(tea, "about-us") is None


def test_a_picture_is_checked_by_its_content(desk, tea, about):
    form = {"title": "A", "b0.kind": "picture", "do": "publish"}
    answer = desk.post(about, {**form, "b0.picture.file": (io.BytesIO(b"<svg onload=x>"), "a.png")})
    assert answer.status_code == 422 and 'id="b0.picture-error"' in answer.text
    desk.done(about, {**form, "b0.picture.file": picture()})
    db.session.remove()
    (block,) = live_page(tea, "about-us").content["texts"]["en"]["blocks"]
    assert at_shop(desk, f"/media/{block['picture']}.webp").status_code == 200


def test_each_language_has_its_own_text_and_readers_get_theirs(desk, tea, about):
    desk.done(f"{about}?language=zh_Hans", {"title": "关于我们", "do": "save"})
    desk.done(about, {"title": "About us", "do": "publish"})
    assert "关于我们" in at_shop(desk, "/pages/about-us?lang=zh_Hans").text
    assert "About us" in at_shop(desk, "/pages/about-us?lang=en").text


def test_a_page_that_moved_is_found_at_its_old_address(desk, tea, about):
    desk.done(about, {"title": "About us", "do": "publish"})
    desk.done(f"{about}/state", {"do": "move", "slug": "our story"})
    answer = at_shop(desk, "/pages/about-us")
    assert answer.status_code == 301 and answer.location == "/pages/our-story"
    assert at_shop(desk, "/pages/our-story").status_code == 200
    desk.done("/console/redirects", {"path": "/old", "target": "/pages/our-story"})
    assert at_shop(desk, "/old").status_code == 301
    desk.done("/console/redirects", {"path": "/old", "do": "remove"})
    assert at_shop(desk, "/old").status_code == 404


def test_the_page_cache_shows_a_new_version_of_a_page_at_once(desk, tea, about):
    desk.done(about, {"title": "First words", "do": "publish"})
    for _again in range(2):
        assert "First words" in at_shop(desk, "/pages/about-us").text
    desk.done(about, {"title": "Second words", "do": "publish"})
    assert "Second words" in at_shop(desk, "/pages/about-us").text


def test_a_menu_is_made_nested_and_shown(desk, tea, about):
    desk.done(about, {"title": "About us", "do": "publish"})
    (page,) = pages_of(tea)
    rows = {
        "m0.to": "search:",
        "m0.label.en": "All our tea",
        "m1.to": f"page:{page.id}",
        "m1.depth": "1",
        "m2.to": "address:",
        "m2.address": "https://example.com/press",
        "m2.label.en": "Press",
    }
    desk.done("/console/menus/header", {**rows, "do": "save"})
    shown = at_shop(desk, "/").text
    assert "All our tea" in shown and "/pages/about-us" in shown and "https://example.com/press" in shown
    db.session.remove()
    assert [len(item["children"]) for item in menus_of(tea)["header"]] == [1, 0]
    desk.done("/console/menus/header", {**rows, "do": "up:2"})
    desk.done("/console/menus/header", {**rows, "do": "out:1"})
    db.session.remove()
    assert [item["kind"] for item in menus_of(tea)["header"]] == ["search", "page", "address"]
    desk.done("/console/menus/versions/1")
    db.session.remove()
    assert [len(item["children"]) for item in menus_of(tea)["header"]] == [1, 0]


@pytest.mark.parametrize(
    ("row", "marked"),
    [
        ({"m0.to": "address:", "m0.address": "javascript:x", "m0.label.en": "A"}, "header0-address-error"),
        ({"m0.to": "address:", "m0.address": "/x"}, "header0-en-error"),
        ({"m0.to": "nowhere:"}, "header0-to-error"),
    ],
)
def test_a_link_that_cannot_be_is_marked(desk, tea, row, marked):
    answer = desk.post("/console/menus/header", row)
    assert answer.status_code == 422 and f'id="{marked}"' in answer.text
    assert menus_of(tea)["header"] == []


LOOK = {"preset": "indigo", "accent": "#b0c4de", "b0.kind": "hero", "b0.title": "Spring is here"}


def test_a_look_is_drafted_previewed_published_and_taken_back(desk, tea):
    page = desk.done("/console/theme", {**LOOK, "do": "save"})
    token = re.search(r"preview=([\w.]+)", page)[1]
    assert "Spring is here" not in at_shop(desk, "/").text
    preview = at_shop(desk, f"/?preview={token}").text
    assert "Spring is here" in preview and f"preview={token}" in preview
    assert "#b0c4de" not in at_shop(desk, "/theme.css").text
    desk.done("/console/theme", {**LOOK, "do": "publish"})
    assert "Spring is here" in at_shop(desk, "/").text
    assert shop_context(tea).theme["preset"] == "indigo"
    desk.done("/console/theme/state", {"do": "restore:1"})
    db.session.remove()
    desk.done("/console/theme", {**look_of(tea)["theme"], "do": "publish"})
    assert "Spring is here" not in at_shop(desk, "/").text


def test_the_contrast_is_told_while_one_types_and_nothing_is_shown_to_visitors(desk, tea):
    answer = (
        desk.post("/console/theme", LOOK, headers=None)
        if False
        else desk.client.post(
            "/console/theme",
            data=LOOK,
            base_url="http://localhost",
            headers={"Sec-Fetch-Site": "same-origin", "Accept": "application/json"},
        )
    )
    told = answer.get_json()
    assert told["saved"] and any("adjusted" in line["text"] for line in told["contrasts"])
    assert "Spring is here" not in at_shop(desk, "/").text


def test_a_colour_that_is_none_is_marked(desk, tea):
    answer = desk.post("/console/theme", {"preset": "neon", "accent": "red", "paper": "#12"})
    assert answer.status_code == 422 and 'id="preset-error"' in answer.text
    answer = desk.post("/console/theme", {"preset": "ink", "accent": "red", "paper": "#12"})
    assert answer.status_code == 422
    assert 'id="accent-error"' in answer.text and 'id="paper-error"' in answer.text


def test_a_logo_stands_in_the_place_of_the_name(desk, tea):
    desk.done("/console/theme", {"preset": "ink", "logo.file": picture(), "do": "publish"})
    logo = shop_context(tea).theme["logo"]
    assert f"/media/{logo}.webp" in at_shop(desk, "/").text


def test_the_editor_may_frame_the_shop_and_nothing_else(desk, tea):
    policy = desk.get("/console/theme").headers["Content-Security-Policy"]
    assert policy.endswith("frame-src http://tea.localhost")
    assert "Theme" in words(desk.page("/console/theme"))
