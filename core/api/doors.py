"""Who comes in: the token, the count of requests, what other origins may read, and the headers that tell of it."""

from __future__ import annotations

from flask import Flask, Response, g, request

from core.access.errors import RateLimited, StillUnderWay, TokenInvalid, TokenMissing
from core.access.tokens import PREFIX, Caller, recognise
from core.access.usage import REQUESTS_PER_MINUTE, STRANGER_REQUESTS_PER_MINUTE, Left, count_request
from core.base.acting import acting_through
from core.base.crypto import token_hash
from core.base.errors import TongbaoError
from core.base.i18n import lazy_gettext as _l
from core.parties.errors import KeyNotEnough
from core.web.errors import on_refusal
from core.web.tenancy import require_face

PREFIXES = ("/api/v1", "/api/x/", "/api/oauth/")
BODY_BYTES_MAX = 1024 * 1024
UPLOAD_BYTES_MAX = 32 * 1024 * 1024
TOKEN_CHARACTERS_MAX = 200
EXPOSED = "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed, Deprecation, Sunset, Link"


def init_app(app: Flask) -> None:
    """Headers after each answer of the API; the key is laid down when the request ends."""
    app.after_request(_tell)
    app.teardown_request(_leave)
    app.register_error_handler(RateLimited, _wait)
    app.register_error_handler(StillUnderWay, _wait)


def the_caller() -> Caller:
    """Who makes this request. Raises TokenMissing where nobody has come in."""
    caller: Caller | None = g.get("api_caller")
    if caller is None:
        raise TokenMissing
    return caller


def enter(scope: str | None) -> Caller:
    """Let a program in by its token, count the request, and check the scope.

    Raises TokenMissing, TokenInvalid, RateLimited, KeyNotEnough, NotFound (on a shop's host).
    """
    require_face("platform")
    kind, _space, secret = request.headers.get("Authorization", "").strip().partition(" ")
    if kind.lower() != "bearer" or not secret:
        _count_stranger()
        raise TokenMissing
    try:
        if not secret.startswith(PREFIX) or len(secret) > TOKEN_CHARACTERS_MAX:
            raise TokenInvalid
        caller = recognise(secret)
    except TokenInvalid:
        _count_stranger()
        raise
    _count(caller.owner, REQUESTS_PER_MINUTE)
    if scope is not None and scope not in caller.scopes:
        raise KeyNotEnough(_l("This needs a token with the scope %(scope)s.", scope=scope))
    g.api_caller = caller
    acting_through.set(caller.key)
    return caller


def _count_stranger() -> None:
    """Whoever has no token may not ask for ever: guesses are counted by address."""
    _count("address:" + token_hash(f"api:{request.remote_addr or ''}"), STRANGER_REQUESTS_PER_MINUTE)


def _count(key: str, limit: int) -> None:
    left = g.api_left = count_request(key, limit)
    if left.remaining < 0:
        raise RateLimited(left.resets_in)


def _leave(_error: BaseException | None) -> None:
    acting_through.set(None)


def _wait(error: RateLimited | StillUnderWay) -> Response:
    response = on_refusal(error)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _tell(response: Response) -> Response:
    if not request.path.startswith(PREFIXES):
        return response
    headers = response.headers
    # No cookie counts here, and a token is only ever sent on purpose: any origin may ask and read.
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, POST, PUT, PATCH, DELETE")
        headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
        )
        headers["Access-Control-Max-Age"] = "86400"
    left: Left | None = g.pop("api_left", None)
    if left is not None:
        headers["RateLimit-Policy"] = f'"default";q={left.limit};w=60'
        headers["RateLimit"] = f'"default";r={max(0, left.remaining)};t={left.resets_in}'
    g.pop("api_caller", None)
    if response.status_code == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="tongbao"'
    elif response.status_code == 403:
        headers["WWW-Authenticate"] = 'Bearer realm="tongbao", error="insufficient_scope"'
    headers.setdefault("Cache-Control", "no-store")
    return response


class Precondition(TongbaoError):
    """The version that a change was meant for is not the present one."""

    status = 412
    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(_l("Somebody changed it since you read it. Read it again and decide anew."))


class PreconditionMissing(TongbaoError):
    """A change must say which version it was meant for."""

    status = 428
    code = "if_match_missing"

    def __init__(self) -> None:
        super().__init__(_l("Send If-Match with the ETag of what you read, so that nobody's change is lost."))


class WrongMediaType(TongbaoError):
    status = 415
    code = "media_type_not_supported"

    def __init__(self, wanted: str) -> None:
        super().__init__(_l("Send the body as %(wanted)s.", wanted=wanted))
