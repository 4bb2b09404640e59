"""One operation of the API: its address, scope, what comes in and goes out, in one decorator.

What every operation has in common is here and nowhere else: the scope and permission, the shapes, sparse fields, ETags,
idempotency keys, and the documentation of all that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema

from core.access.answers import KEY_CHARACTERS_MAX, Answer, Claim, act_once, claim, give_up
from core.access.errors import KeyMissing
from core.access.scopes import SCOPES
from core.access.tokens import Caller
from core.api.cursors import list_name, seal, unseal
from core.api.documents import documented
from core.api.doors import BODY_BYTES_MAX, UPLOAD_BYTES_MAX, Precondition, PreconditionMissing, WrongMediaType, enter
from core.api.shapes import Listed, query_of
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import end_read
from core.parties.roles import require_permission
from core.shops.context import ShopContext
from core.shops.models import Shop
from core.shops.queries import shop_context

UPLOAD_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "text/csv", "application/octet-stream")


@dataclass(slots=True)
class Call:
    """One request, as the operation sees it."""

    caller: Caller
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    expand: frozenset[str] = frozenset()
    location: str | None = None
    """The address of what was made, for the Location header."""
    claim: Claim | None = None
    _shop: ShopContext | None = None

    @property
    def merchant_id(self) -> str:
        return self.caller.merchant_id

    @property
    def actor_id(self) -> str:
        return self.caller.person_id

    @property
    def shop(self) -> ShopContext:
        """The merchant's shop, read once."""
        if self._shop is None:
            self._shop = shop_context(self.caller.merchant_id)
        return self._shop

    @property
    def limit(self) -> int:
        return int(self.query["limit"])

    def place(self) -> str | None:
        """Where in the list the caller wants to go on. Raises CursorInvalid."""
        cursor = self.query.get("cursor")
        return unseal(self._list(), cursor) if cursor else None

    def page(self, rows: Sequence[Any], next_place: str | int | None) -> dict[str, Any]:
        """A page of a list, with the cursor of the next one."""
        return {"data": rows, "next_cursor": None if next_place is None else seal(self._list(), str(next_place))}

    def _list(self) -> str:
        return list_name(self.caller.merchant_id, request.path, self.query)


Handler = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation is described."""

    method: str
    scope: str
    answer: type[Schema] | None
    status: int
    query: type[Schema] | None
    body: type[Schema] | None
    upload: tuple[str, ...]
    file: tuple[str, ...]
    expands: tuple[str, ...]
    listed: bool
    versioned: bool
    current: Handler | None
    key_needed: bool
    outside: bool

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


def operation(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    scope: str,
    answer: type[Schema] | None = None,
    status: int = 200,
    query: type[Schema] | None = None,
    body: type[Schema] | None = None,
    upload: tuple[str, ...] = (),
    file: tuple[str, ...] = (),
    expands: tuple[str, ...] = (),
    listed: bool = False,
    versioned: bool = False,
    current: Handler | None = None,
    key_needed: bool = False,
    outside: bool = False,
) -> Callable[[Handler], Handler]:
    """Make a function `(call, **path)` an operation. What it returns is dumped by `answer`.

    A writing operation is one transaction with the answer kept under its Idempotency-Key, unless it speaks to the
    `outside`: then it brings its own, and must be repeatable. `current` gives the thing as it is, for If-Match.
    """
    known = _names(answer, listed) if method == "GET" else ()
    reads = query_of(query or (Listed if listed else None), known, expands)
    described = Operation(
        method,
        scope,
        answer,
        status,
        reads,
        body,
        upload,
        file,
        expands,
        listed,
        versioned,
        current,
        key_needed,
        outside,
    )

    def decorate(handler: Handler) -> Handler:
        def run(*parsed: Any, **path_arguments: Any) -> Response:
            return _run(described, handler, parsed, path_arguments)

        inner: Handler = wraps(handler)(run)
        inner = blueprint.response(status, answer)(inner)
        if body is not None:
            inner = blueprint.arguments(body, location="json")(inner)
        if reads is not None:
            inner = blueprint.arguments(reads, location="query")(inner)
        inner = documented(blueprint, described)(inner)

        @wraps(inner)
        def view(**path_arguments: Any) -> Any:
            _open_door(described)
            return inner(**path_arguments)

        blueprint.route(path, methods=[method])(view)
        return handler

    return decorate


def _open_door(described: Operation) -> None:
    """The token, scope and permission, and that the body is of a kind and size that can be read."""
    request.max_content_length = UPLOAD_BYTES_MAX if described.upload else BODY_BYTES_MAX
    caller = enter(described.scope)
    for permission in SCOPES[described.scope].permissions[:1]:
        require_permission(caller.person_id, caller.merchant_id, permission)
    end_read()
    if described.body is not None and request.mimetype != "application/json":
        raise WrongMediaType("application/json")
    if described.upload and request.mimetype not in described.upload:
        raise WrongMediaType(", ".join(described.upload))
    # Read it here: what is too large is refused before anything else is done.
    request.get_data(cache=True)


def _run(described: Operation, handler: Handler, parsed: Sequence[Any], path: Mapping[str, Any]) -> Response:
    caller = enter_once()
    given = list(parsed)
    call = Call(caller)
    if described.query is not None:
        call.query = given.pop(0)
    if described.body is not None:
        call.body = given.pop(0)
    call.expand = frozenset(call.query.get("expand", ()))
    if not described.writes:
        return _read(described, handler, call, path)
    return _write(described, handler, call, path)


def enter_once() -> Caller:
    """The caller that the door let in."""
    from core.api.doors import the_caller

    return the_caller()


def _names(answer: type[Schema] | None, listed: bool) -> tuple[str, ...]:
    """The names of what an object of the answer shows."""
    if answer is None:
        return ()
    shape: Schema = answer()
    if listed:
        shape = cast(Any, shape.fields["data"]).inner.schema
    return tuple(shape.fields)


def _shape(described: Operation, call: Call) -> Schema | None:
    """The shape of the answer, with only the fields asked for and without what was not expanded."""
    if described.answer is None:
        return None
    inside = "data." if described.listed else ""
    hidden = [name for name in described.expands if name not in call.expand]
    picked = call.query.get("fields_")
    if not picked:
        return described.answer(exclude=[inside + name for name in hidden])
    kept = [inside + name for name in picked if name not in hidden] + (["next_cursor"] if described.listed else [])
    # Nothing but what was not expanded: empty objects then.
    return described.answer(only=kept or [*([inside + "id"])])


def etag_of(shown: Any) -> str:
    """The version of something as it is shown."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _read(described: Operation, handler: Handler, call: Call, path: Mapping[str, Any]) -> Response:
    shape = _shape(described, call)
    found = handler(call, **path)
    if isinstance(found, Response):
        return found
    shown = shape.dump(found) if shape is not None else found
    mark = None
    if described.versioned and described.answer is not None:
        mark = etag_of(described.answer(exclude=described.expands).dump(found))
    end_read()
    response = Response(json.dumps(shown, ensure_ascii=False), mimetype="application/json")
    if mark is not None:
        response.set_etag(mark)
        response.headers["Cache-Control"] = "private, no-cache"
        if request.if_none_match.contains(mark):
            response.status_code, response.data = 304, b""
    return response


def _write(described: Operation, handler: Handler, call: Call, path: Mapping[str, Any]) -> Response:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key and described.key_needed:
        raise KeyMissing
    if len(key) > KEY_CHARACTERS_MAX or not key.isprintable():
        words = _l("An Idempotency-Key has at most %(most)d characters.", most=KEY_CHARACTERS_MAX)
        raise Invalid(words, fields={"Idempotency-Key": words})
    if key:
        kept = claim(call.merchant_id, call.caller.owner, key, _fingerprint())
        if isinstance(kept, Answer):
            replayed = _response(kept)
            replayed.headers["Idempotent-Replayed"] = "true"
            return replayed
        call.claim = kept

    def act() -> Answer:
        _require_match(described, call, path)
        return _answer(described, call, handler(call, **path))

    try:
        if described.outside:
            answer = _answer(described, call, handler(call, **path))
            kept_answer = answer
            act_once(call.claim, lambda: kept_answer)
        else:
            answer = act_once(call.claim, act)
    except BaseException:
        if call.claim is not None:
            give_up(call.claim)
        raise
    return _response(answer)


def _answer(described: Operation, call: Call, found: Any) -> Answer:
    headers = {"Location": call.location} if call.location else {}
    shape = _shape(described, call)
    if shape is None:
        return Answer(described.status, "", headers)
    shown = shape.dump(found)
    if described.versioned and described.answer is not None:
        headers["ETag"] = f'"{etag_of(described.answer(exclude=described.expands).dump(found))}"'
    return Answer(described.status, json.dumps(shown, ensure_ascii=False), headers)


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status=answer.status)
    if answer.body:
        response.mimetype = "application/json"
    else:
        response.headers.pop("Content-Type", None)
    response.headers.update(answer.headers)
    return response


def _require_match(described: Operation, call: Call, path: Mapping[str, Any]) -> None:
    """What is changed must be what the caller has seen. Raises PreconditionMissing, Precondition."""
    if described.current is None or described.answer is None:
        return
    # Changes of one merchant through the API follow one another, so that the check holds until the commit.
    db.session.get(Shop, call.merchant_id, with_for_update={"key_share": True})
    found = described.current(call, **path)
    if "If-Match" not in request.headers:
        raise PreconditionMissing
    if not request.if_match.contains(etag_of(described.answer(exclude=described.expands).dump(found))):
        raise Precondition


def _fingerprint() -> str:
    parts = (request.method, request.full_path, request.mimetype, request.headers.get("If-Match", ""))
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.get_data(cache=True)).hexdigest()
