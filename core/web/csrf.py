"""Refuses forms that another site sends in a visitor's name.

Browsers say where a request comes from (Sec-Fetch-Site, Origin); what says "from elsewhere" is refused. A client that
says nothing must post the session's token, unless it has no session to abuse.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request

from core.base.crypto import same
from core.base.errors import NotAllowed
from core.base.i18n import lazy_gettext as _l
from core.web.sessions import cookie_token, csrf_token_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
EXEMPT_PATHS = ("/hooks/", "/internal/", "/api/")
"""They take no cookie: what comes in proves itself by a signature or a bearer token."""
FIELD = "csrf_token"
HEADER = "X-CSRF-Token"


class ForeignForm(NotAllowed):
    code = "foreign_form"


def init_app(app: Flask) -> None:
    """Check every unsafe request, after its face is known and before any view."""
    app.before_request(refuse_foreign_forms)


def refuse_foreign_forms() -> None:
    """Raises ForeignForm."""
    if request.method in SAFE_METHODS or request.path.startswith(EXEMPT_PATHS):
        return
    verdict = _said_origin()
    if verdict is None:
        token = cookie_token()
        verdict = token is None or _has_form_token(token)
    elif verdict is False:
        token = cookie_token()
        verdict = token is not None and _has_form_token(token)
    if not verdict:
        raise ForeignForm(_l("This form was out of date or came from another site. Go back, reload and send it again."))


def _said_origin() -> bool | None:
    """Whether the browser says that the request comes from this very site; None when it says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc.lower() == request.host.lower()
        except ValueError:
            return False
    return None if site is None else False


def _has_form_token(token: str) -> bool:
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    return same(sent, csrf_token_of(token))
