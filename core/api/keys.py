"""Tokens of the API, and the filters that people keep of their lists.

A program makes and rotates only what can do no more than it can itself; it speaks for somebody who had proven the
second factor when its own token was made.
"""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields, validate

from core.access import tokens as service
from core.access.errors import NoSuchKey
from core.access.scopes import SCOPES
from core.access.tokens import TokenRow
from core.api.operation import Call, operation
from core.api.shapes import Body, Choice, Flag, Listed, Moment, Shape, Text, Texts, Whole, page_of
from core.base.errors import NotAllowed
from core.base.i18n import lazy_gettext as _l
from core.orders.views import NAME_CHARACTERS_MAX, QUERY_CHARACTERS_MAX, remove_view, save_view, saved_views

tokens = Blueprint("api_tokens", __name__, url_prefix="/api/v1/tokens", description="Keys of programs.")
views = Blueprint("api_views", __name__, url_prefix="/api/v1/saved-views", description="Filters that people keep.")
LISTS = ("orders",)


class TokenShape(Shape):
    """A token, without its secret."""

    id = fields.String(required=True)
    name = fields.String()
    shown = fields.String(metadata={"description": "How it begins."})
    scopes = fields.List(fields.String())
    person_id = fields.String(metadata={"description": "For whom it acts."})
    works = fields.Boolean()
    created_at = Moment()
    expires_at = Moment(allow_none=True)
    revoked_at = Moment(allow_none=True)
    last_used_at = Moment(allow_none=True)


TokenPageShape = page_of(TokenShape, "Token")


class IssuedTokenShape(Shape):
    """A new token and its secret, which is shown this once."""

    id = fields.String(required=True)
    secret = fields.String(required=True)
    expires_at = Moment(allow_none=True)


class NewTokenBody(Body):
    """A token; its scopes are among those of the token that asks. Without `days` it has no end."""

    name = Text(60, least=1, required=True)
    scopes = Texts(60, count=60, required=True)
    days = Whole(1, service.LASTS_DAYS_MAX, allow_none=True)


class RotateBody(Body):
    """For how many hours the former token works on."""

    overlap_hours = Whole(0, service.OVERLAP_HOURS_MAX, required=True)


class SavedViewShape(Shape):
    """A filter of a list under a name: the person's own, or the team's."""

    id = fields.String(required=True)
    list_name = fields.String(data_key="list")
    name = fields.String()
    query = fields.String(metadata={"description": "The filter as the address of the list has it."})
    shared = fields.Function(lambda view: view.person_id is None, metadata={"type": "boolean"})
    created_at = Moment()


SavedViewPageShape = page_of(SavedViewShape, "SavedView")


class SavedViewQuery(Listed):
    """Of which list."""

    list_name = fields.String(data_key="list", load_default="orders", validate=validate.OneOf(LISTS))


class SavedViewBody(Body):
    """A filter to be kept."""

    list_name = Choice(LISTS, data_key="list", load_default="orders")
    name = Text(NAME_CHARACTERS_MAX, least=1, required=True)
    query = Text(QUERY_CHARACTERS_MAX, least=1, required=True)
    shared = Flag(load_default=False)


class MadeViewShape(Shape):
    """The view that was kept."""

    id = fields.String(required=True)


def _token(call: Call, token_id: str) -> TokenRow:
    found = next((one for one in service.tokens_of(call.merchant_id) if one.id == token_id), None)
    if found is None:
        raise NoSuchKey
    return found


def _require_within(call: Call, scopes: Any) -> None:
    if not set(scopes) <= call.caller.scopes:
        raise NotAllowed(_l("A program gives others only scopes that it has itself."))


@operation(tokens, "GET", "", scope="tokens:read", answer=TokenPageShape, listed=True)
def list_tokens(call: Call) -> Any:
    """Tokens, the newest first; those that ended long ago are left out."""
    found = service.tokens_of(call.merchant_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(
    tokens,
    "POST",
    "",
    scope="tokens:write",
    answer=IssuedTokenShape,
    body=NewTokenBody,
    status=201,
    key_needed=True,
)
def create_token(call: Call) -> Any:
    """Make a token. Its secret is in the answer and nowhere else."""
    _require_within(call, set(call.body["scopes"]) & set(SCOPES))
    made = service.create_token(call.merchant_id, actor_id=call.actor_id, **call.body)
    call.location = f"/api/v1/tokens/{made.id}"
    return made


@operation(tokens, "GET", "/<token_id>", scope="tokens:read", answer=TokenShape)
def get_token(call: Call, token_id: str) -> Any:
    """One token."""
    return _token(call, token_id)


@operation(
    tokens,
    "POST",
    "/<token_id>/rotate",
    scope="tokens:write",
    answer=IssuedTokenShape,
    body=RotateBody,
    status=201,
    key_needed=True,
)
def rotate_token(call: Call, token_id: str) -> Any:
    """Put a new token in the place of one; the old one works on for some hours."""
    _require_within(call, _token(call, token_id).scopes)
    overlap_hours = call.body["overlap_hours"]
    return service.rotate_token(call.merchant_id, token_id, overlap_hours=overlap_hours, actor_id=call.actor_id)


@operation(tokens, "DELETE", "/<token_id>", scope="tokens:write", status=204)
def revoke_token(call: Call, token_id: str) -> None:
    """A token works no more."""
    service.revoke_token(call.merchant_id, token_id, actor_id=call.actor_id)


@operation(views, "GET", "", scope="orders:read", answer=SavedViewPageShape, query=SavedViewQuery, listed=True)
def list_views(call: Call) -> Any:
    """The person's own views of a list and the team's, by name."""
    found = saved_views(call.merchant_id, call.query["list_name"], call.actor_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(views, "POST", "", scope="orders:read", answer=MadeViewShape, body=SavedViewBody, status=201)
def keep_view(call: Call) -> Any:
    """Keep a filter under a name."""
    given = dict(call.body)
    return {"id": save_view(call.merchant_id, given.pop("list_name"), actor_id=call.actor_id, **given)}


@operation(views, "DELETE", "/<view_id>", scope="orders:read", status=204)
def forget_view(call: Call, view_id: str) -> None:
    """Forget a view."""
    remove_view(call.merchant_id, view_id, actor_id=call.actor_id)
