"""Addresses of the shop that lead to others."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields

from core.api.operation import Call, operation
from core.api.shapes import Body, Moment, Shape, Text, page_of
from core.site.queries import redirects_of
from core.site.redirects import remove_redirect, set_redirect

redirects = Blueprint(
    "api_redirects", __name__, url_prefix="/api/v1/redirects", description="Addresses that lead to others."
)


class RedirectShape(Shape):
    """An address that the shop does not have, and where it leads."""

    path = fields.String()
    target = fields.String()
    created_at = Moment()


RedirectPageShape = page_of(RedirectShape, "Redirect")


class RedirectBody(Body):
    """An address and where it leads; one that is there is changed."""

    path = Text(300, least=2, required=True, metadata={"description": "A path of this shop, like `/old-page`."})
    target = Text(500, least=1, required=True, metadata={"description": "A path of this shop, or an https address."})


@operation(redirects, "GET", "", scope="shop:read", answer=RedirectPageShape, listed=True)
def list_redirects(call: Call) -> Any:
    """All redirects."""
    found = redirects_of(call.merchant_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(redirects, "POST", "", scope="shop:write", answer=RedirectShape, body=RedirectBody, status=201)
def change_redirect(call: Call) -> Any:
    """Let an address lead to another."""
    set_redirect(call.merchant_id, call.body["path"], call.body["target"], actor_id=call.actor_id)
    wanted = "/" + call.body["path"].strip().strip("/")
    return next(one for one in redirects_of(call.merchant_id) if one.path == wanted)


@operation(redirects, "DELETE", "/<path:path>", scope="shop:write", status=204)
def forget_redirect(call: Call, path: str) -> None:
    """Forget a redirect, named by its path without the first stroke. Nothing happens when there is none."""
    remove_redirect(call.merchant_id, f"/{path}", actor_id=call.actor_id)
