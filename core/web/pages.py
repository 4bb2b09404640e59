"""Renders pages so that what is personal stands apart from what every visitor sees.

A template writes `{{ personal("cart_link") }}` where a personal piece stands. While the page is rendered only a mark is
put there; the macro of that name in `ui/personal.html` fills it in for this visitor, after the page may have been kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from markupsafe import Markup

from core.web.i18n import LOCALES_SHOWN, current_locale, language_tag
from core.web.member import current_member
from core.web.sessions import Visitor, flashes_shown, visitor

PAGE_KEY = "tongbao.page_key"
PERSONAL_TEMPLATE = "ui/personal.html"
# Content of merchants cannot hold a mark: nobody outside this process knows its secret.
_SECRET = secrets.token_hex(8)
_MARK = re.compile(rf"\x1a{_SECRET}:([a-z_]+)\x1a")


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page in pieces: even ones are bytes as they are, odd ones names of personal pieces."""

    fixed: tuple[bytes, ...]
    names: tuple[str, ...]
    anonymous: bytes
    """The page as a visitor without a session sees it."""
    etag: str


def personal(name: str) -> Markup:
    """The place of a personal piece in a page."""
    return Markup(f"\x1a{_SECRET}:{name}\x1a")  # noqa: S704 - a mark of our own


def form_token() -> Markup:
    """The hidden field that every form of a face carries: `{{ csrf() }}`."""
    if g.get("face") == "shop":
        return personal("csrf")
    member = current_member()
    token = member.csrf_token if member is not None else ""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)


def personal_piece(name: str, who: Visitor) -> str:
    """A personal piece for one visitor, by its macro in `ui/personal.html`."""
    module: Any = current_app.jinja_env.get_template(PERSONAL_TEMPLATE).module
    return str(getattr(module, name)(who))


def page_from_html(html: str) -> Page:
    """Take a rendered page apart at its marks."""
    pieces = _MARK.split(html)
    fixed = tuple(piece.encode() for piece in pieces[::2])
    names = tuple(pieces[1::2])
    anonymous = _joined(fixed, names, Visitor())
    return Page(fixed, names, anonymous, hashlib.sha256(anonymous).hexdigest()[:24])


def filled(page: Page, who: Visitor) -> bytes:
    """The page for one visitor."""
    return page.anonymous if who.token is None else _joined(page.fixed, page.names, who)


def _joined(fixed: tuple[bytes, ...], names: tuple[str, ...], who: Visitor) -> bytes:
    made: dict[str, bytes] = {}
    pieces = [fixed[0]]
    for name, after in zip(names, fixed[1:], strict=True):
        if name not in made:
            made[name] = personal_piece(name, who).encode()
        pieces += (made[name], after)
    return b"".join(pieces)


def render_page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of a face; on a shop's host with its personal pieces filled in, and kept when it may be."""
    html = render_template(template, **context)
    if g.get("face") != "shop":
        return Response(html, status=status)
    page = page_from_html(html)
    who = visitor()
    key = request.environ.get(PAGE_KEY)
    if key is not None and status == 200:
        current_app.extensions["tongbao.pages"].put(key, page)
    response = Response(filled(page, who), status=status)
    if who.flashes:
        flashes_shown()
    if who.token is None and request.method == "GET" and status == 200:
        response.set_etag(page.etag)
        response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    """What every template may use."""
    app.jinja_env.globals.update(csrf=form_token, personal=personal, locales=LOCALES_SHOWN, language_tag=language_tag)

    @app.context_processor
    def _common() -> dict[str, Any]:
        return {"shop": g.get("shop"), "locale": current_locale()}
