"""Every form of every face, found on its pages: absurd values are refused in words, never with a fault of ours."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.faces.forms import Form, forms_of
from tests.faces.ways import pages_of, way_of
from tests.faces.world import FACES, World

pytestmark = [pytest.mark.xdist_group("faces")]

ABSURD = {
    "nothing": "",
    "NUL": "a\x00b",
    "a lone surrogate": "\ud800",
    "negative": "-1",
    "huge": "9" * 31,
    "long": "x" * 20_000,
    "no number": "NaN",
    "no day": "2026-02-31",
    "markup": "<script>alert(1)</script>",
    "signs": "🧋茶\u202e",
}
UNTYPABLE = {"NUL", "a lone surrogate"}
"""No keyboard makes these: a page that says so is enough."""
MARKED = re.compile(r'aria-invalid="true"|class="error" id="[^"]+-error"')
NOT_ONE_FIELD = {"storefront.order_find_submit": "which of the two does not fit is never told"}
WORDS = re.compile(r'aria-invalid="true"|role="alert"|class="alert|class="error|<h1')


@dataclass(frozen=True)
class Found:
    """A form, who fills it in, and on which page it stands."""

    face: str
    page: str
    url: str
    endpoint: str
    form: Form


ENGINES_DIFFER = {"NUL", "a lone surrogate", "huge", "signs"}


@pytest.fixture
def own_world(world: World) -> Iterator[World]:
    """A copy of the demo: what is sent here may change it."""
    copy = world.copy(f"tongbao_forms_{os.getpid()}")
    yield copy
    copy.close()


def found_forms(world: World) -> list[Found]:
    """Each form once, with fields that people fill in."""
    known: dict[tuple[str, str, frozenset[str]], Found] = {}
    for rule in pages_of(world):
        way = way_of(world, rule)
        if way.face == "api":
            continue
        answer = world.get(way.face, way.path)
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        adapter = world.app.url_map.bind(FACES[way.face].removeprefix("http://"))
        for form in forms_of(answer.text):
            if not (form.typed | form.chosen | form.files) or form.method not in ("post", "get"):
                continue
            url = urljoin(way.path, form.action or way.path)
            try:
                endpoint, _values = adapter.match(urlsplit(url).path, method=form.method.upper())
            except HTTPException:
                endpoint = f"? {form.method} {url}"
            fields = frozenset(form.typed | form.chosen | form.files)
            known.setdefault((form.method, endpoint, fields), Found(way.face, way.path, url, endpoint, form))
    return list(known.values())


def send(world: World, found: Found, values: list[tuple[str, str]]) -> TestResponse:
    pairs = [(name, value.encode("utf-8", "surrogatepass")) for name, value in values]
    if found.form.method == "get":
        return world.send(found.face, "GET", f"{urlsplit(found.url).path}?{urlencode(pairs)}")
    if found.form.files:
        data: MultiDict = MultiDict([(name, value.decode("utf-8", "replace")) for name, value in pairs])
        for name in found.form.files:
            data.add(name, (io.BytesIO(b"\x00not what you think"), "absurd.png"))
        return world.send(found.face, "POST", found.url, data=data, content_type="multipart/form-data")
    body = urlencode(pairs)
    return world.send(found.face, "POST", found.url, data=body, content_type="application/x-www-form-urlencoded")


def test_no_form_fails_on_absurd_values_and_each_refusal_says_why(own_world: World) -> None:
    world = own_world
    forms, engine = found_forms(world), world.settings["TONGBAO_DATABASE_URL"].partition(":")[0]
    assert len(forms) > 100
    faults = []
    for found in forms:
        for what, value in ABSURD.items():
            if engine != "sqlite" and what not in ENGINES_DIFFER:
                continue
            place = f"{found.face} {found.form.method} {found.url} ({found.endpoint}, on {found.page}), {what}"
            faults += [f"{place}: {fault}" for fault in _typed(world, found, what, value)]
            answer = send(world, found, found.form.sent(**dict.fromkeys(sorted(found.form.chosen), value)))
            if answer.status_code >= 500:
                faults.append(f"{place}: a forged choice gives {answer.status_code}")
    assert faults == [], f"{len(faults)} faults\n" + "\n".join(faults)


def _typed(world: World, found: Found, what: str, value: str) -> Iterator[str]:
    """What is wrong with the answer to a value that somebody typed into all fields."""
    if not found.form.typed:
        return
    answer = send(world, found, found.form.sent(**dict.fromkeys(sorted(found.form.typed), value)))
    if answer.status_code >= 500:
        yield f"{answer.status_code}"
    elif "<script>alert(1)" in answer.text:
        yield "markup came through"
    elif answer.status_code >= 400 and what not in UNTYPABLE:
        at_a_field = found.form.method == "post" and found.endpoint not in NOT_ONE_FIELD
        if at_a_field and answer.status_code == 422 and not MARKED.search(answer.text):
            yield "refused, but no field is marked"
        elif not WORDS.search(answer.text):
            yield f"{answer.status_code} without words"
