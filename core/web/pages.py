"""Renders pages so that what is personal stands apart from what every visitor sees.

A template writes `{{ personal("cart_link") }}` where a personal piece stands. While the page is rendered only a mark is
put there; the macro of that name in `ui/personal.html` fills it in for this visitor, after the page may have been kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from markupsafe import Markup

from core.web.i18n import LOCALES_SHOWN, current_locale, language_tag
from core.web.member import current_member
from core.web.sessions import Visitor, flashes_shown, visitor

PAGE_KEY = "tongbao.page_key"
PAGE_UNTIL = "page_until"
PERSONAL_TEMPLATE = "ui/personal.html"
# Content of merchants cannot hold a mark: nobody outside this process knows its secret.
_SECRET = secrets.token_hex(8)
_TOKEN_PLACE = f"form-token-{_SECRET}".encode()
PIECES_KEPT_MAX = 20_000
PieceKey = tuple[str, str, bool, bool, str, int]
_MARK = re.compile(rf"\x1a{_SECRET}:([a-z_]+)\x1a")


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page in pieces: even ones are bytes as they are, odd ones names of personal pieces."""

    fixed: tuple[bytes, ...]
    names: tuple[str, ...]
    anonymous: bytes
    """The page as a visitor without a session sees it."""
    etag: str
    until: datetime | None = None
    """When something that it shows begins or ends by the clock alone; kept no longer."""


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


class Pieces:
    """Personal pieces by what they show. A macro sees the visitor's name, cart count and messages, and nothing else;
    the form token, which is everybody's own, is put in last."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._made: dict[PieceKey, bytes] = {}

    def filled(self, page: Page, who: Visitor, locale: str) -> bytes:
        """The page for one visitor."""
        if who.token is None:
            return page.anonymous
        return self.joined(page.fixed, page.names, who, locale)

    def joined(self, fixed: tuple[bytes, ...], names: tuple[str, ...], who: Visitor, locale: str) -> bytes:
        """Fixed and personal pieces, in turn."""
        token = who.csrf_token.encode()
        joined = [fixed[0]]
        for name, after in zip(names, fixed[1:], strict=True):
            joined += (self._piece(name, who, locale).replace(_TOKEN_PLACE, token), after)
        return b"".join(joined)

    def _piece(self, name: str, who: Visitor, locale: str) -> bytes:
        if name == "flashes" and who.flashes:
            return self._render(name, who, locale)
        key = (name, locale, who.token is not None, who.signed_in, who.customer_name, who.cart_count)
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= PIECES_KEPT_MAX:
                self._made.clear()
            made = self._made[key] = self._render(name, who, locale)
        return made

    def _render(self, name: str, who: Visitor, locale: str) -> bytes:
        shown = {
            "signed_in": who.signed_in,
            "customer_name": who.customer_name,
            "cart_count": who.cart_count,
            "flashes": who.flashes,
            "csrf_token": _TOKEN_PLACE.decode() if who.token is not None else "",
        }
        with self._app.app_context():
            g.locale = locale
            module: Any = self._app.jinja_env.get_template(PERSONAL_TEMPLATE).module
            return str(getattr(module, name)(shown)).encode()


def page_from_html(html: str) -> Page:
    """Take a rendered page apart at its marks."""
    parts = _MARK.split(html)
    fixed = tuple(part.encode() for part in parts[::2])
    names = tuple(parts[1::2])
    pieces: Pieces = current_app.extensions["tongbao.pieces"]
    anonymous = pieces.joined(fixed, names, Visitor(), current_locale())
    return Page(fixed, names, anonymous, hashlib.sha256(anonymous).hexdigest()[:24], g.get(PAGE_UNTIL))


def render_page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of a face; on a shop's host with its personal pieces filled in, and kept when it may be."""
    html = render_template(template, status=status, **context)
    if g.get("face") != "shop":
        return Response(html, status=status)
    page = page_from_html(html)
    who = visitor()
    key = request.environ.get(PAGE_KEY)
    if key is not None and status == 200:
        current_app.extensions["tongbao.pages"].put(key, page)
    pieces: Pieces = current_app.extensions["tongbao.pieces"]
    response = Response(pieces.filled(page, who, current_locale()), status=status)
    if who.flashes:
        flashes_shown()
    if who.token is None and request.method == "GET" and status == 200:
        response.set_etag(page.etag)
        response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    """What every template may use."""
    app.extensions["tongbao.pieces"] = Pieces(app)
    app.jinja_env.globals.update(csrf=form_token, personal=personal, locales=LOCALES_SHOWN, language_tag=language_tag)

    @app.context_processor
    def _common() -> dict[str, Any]:
        return {"shop": g.get("shop"), "locale": current_locale()}
