"""While staff look in somebody's place: they see the console only, send nothing, take no files, and it is noted."""

from __future__ import annotations

from flask import Flask, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.audit.service import looking_as
from core.base.acting import OnlyLooking, bookkeeping, only_looking
from core.parties.looking import Look, note_page_seen, stop_looking
from core.web.errors import on_refusal
from core.web.member import current_member
from core.web.sessions import cookie_token

STOP = "/look/stop"
_SHOWN = ("/console", "/media/", "/favicon", "/theme.css")
_SAFE = frozenset({"GET", "HEAD"})


def init_app(app: Flask) -> None:
    """Guard every request of the platform's host, before any view."""
    app.before_request(_guard)
    app.after_request(_after)
    app.teardown_request(_over)
    app.add_url_rule(STOP, "stop_looking", _stop, methods=["POST"])


def current_look() -> Look | None:
    """Whose place the member of staff is in, in this request."""
    member = current_member()
    return member.look if member is not None else None


def _guard() -> WerkzeugResponse | None:
    if g.get("face") != "platform" or cookie_token() is None:
        return None
    look = current_look()
    if look is None:
        return None
    if request.path in (STOP, "/sign-out") and request.method == "POST":
        # These end it; they are the session's own.
        only_looking.set(False)
        looking_as.set(None)
        if request.path == "/sign-out":
            stop_looking(cookie_token() or "", staff_id=look.staff_id)
        return None
    if request.method not in _SAFE:
        raise OnlyLooking
    path = request.path.rstrip("/")
    if path != "/console" and not request.path.startswith(_SHOWN):
        return redirect("/console/")
    return None


def _after(response: Response) -> Response:
    member = g.get("member")
    look = member.look if member is not None else None
    if look is None or not request.path.startswith("/console"):
        return response
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        response.close()
        response = on_refusal(OnlyLooking())
    if request.method in _SAFE and response.status_code < 400:
        with bookkeeping():
            note_page_seen(look, request.path)
    return response


def _over(_error: BaseException | None) -> None:
    """A thread serves others next; no mark may outlive its request."""
    only_looking.set(False)
    looking_as.set(None)


def _stop() -> WerkzeugResponse:
    """Be oneself again, and go back to the merchant's page in the office."""
    member, token = current_member(), cookie_token()
    if member is None or token is None or member.look is None:
        return redirect("/")
    merchant_id = stop_looking(token, staff_id=member.look.staff_id)
    return redirect(f"/office/merchants/{merchant_id}" if merchant_id else "/office/", 303)
