"""The visitor's session: one host-only cookie, begun only when there is something to remember."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, Response, g, request
from sqlalchemy import bindparam, func, select

from core.base import clock
from core.base.crypto import signature, token_hash
from core.base.database import db
from core.orders.models import Cart, CartLine
from core.parties.models import Customer, VisitorSession
from core.parties.service import start_customer_session
from core.parties.sessions import (
    VISITOR_LASTS,
    change_visitor_session,
    close_visitor_session,
    open_visitor_session,
)
from core.web.tenancy import current_shop, the_config

TOKEN_CHARACTERS_MAX = 64
FLASHES_MAX = 5
GUEST_ORDERS_MAX = 50


@dataclass(slots=True)
class Visitor:
    """Who looks at a shop: nobody yet (no token), a guest with a cart, or a customer who signed in."""

    token: str | None = None
    customer_id: str | None = None
    customer_name: str = ""
    customer_email: str = ""
    cart_id: str | None = None
    cart_count: int = 0
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def signed_in(self) -> bool:
        return self.customer_id is not None

    @property
    def csrf_token(self) -> str:
        """Proves that a form was served to this session; empty without one (there is nothing to abuse)."""
        return csrf_token_of(self.token) if self.token else ""

    @property
    def flashes(self) -> list[dict[str, str]]:
        """Messages to show once: `[{"kind": "success", "text": "…"}]`."""
        return list(self.data.get("flash", ()))

    @property
    def order_ids(self) -> list[str]:
        """Orders that were placed, or proven by code and e-mail, in this session."""
        return list(self.data.get("orders", ()))


def csrf_token_of(token: str) -> str:
    """The form token of a session."""
    return signature("csrf", token_hash(token))


def cookie_name() -> str:
    """`__Host-tb_s` where cookies travel over https only (production), `tb_s` in development."""
    return "__Host-tb_s" if the_config().production else "tb_s"


def cookie_token() -> str | None:
    """The session token that the browser sent, if it looks like one."""
    token = request.cookies.get(cookie_name(), "")
    return token if 0 < len(token) <= TOKEN_CHARACTERS_MAX and token.isascii() else None


_COUNT = (
    select(func.coalesce(func.sum(CartLine.quantity), 0))
    .select_from(CartLine)
    .join(Cart, (Cart.merchant_id == CartLine.merchant_id) & (Cart.id == CartLine.cart_id))
    .where(
        CartLine.merchant_id == VisitorSession.merchant_id,
        CartLine.cart_id == VisitorSession.cart_id,
        Cart.order_id.is_(None),
    )
    .correlate(VisitorSession)
    .scalar_subquery()
)
VISITOR_SELECT = (
    select(
        VisitorSession.customer_id,
        VisitorSession.cart_id,
        VisitorSession.data,
        Customer.name,
        Customer.email,
        _COUNT.label("cart_count"),
    )
    .select_from(VisitorSession)
    .outerjoin(
        Customer,
        (Customer.merchant_id == VisitorSession.merchant_id) & (Customer.id == VisitorSession.customer_id),
    )
    .where(
        VisitorSession.token_hash == bindparam("token_hash"),
        VisitorSession.merchant_id == bindparam("merchant_id"),
        VisitorSession.expires_at > bindparam("now"),
    )
)
"""Session, customer and cart count in one statement."""


def visitor_parameters(token: str, merchant_id: str) -> dict[str, Any]:
    """The bound parameters of VISITOR_SELECT."""
    return {"token_hash": token_hash(token), "merchant_id": merchant_id, "now": clock.now()}


def visitor_from_row(token: str, row: Any) -> Visitor:
    """A visitor from a row of VISITOR_SELECT (typed, or as the driver gives it)."""
    customer_id, cart_id, data, name, email, cart_count = row
    return Visitor(
        token=token,
        customer_id=customer_id,
        customer_name=name or "",
        customer_email=email or "",
        cart_id=cart_id,
        cart_count=int(cart_count),
        data=json.loads(data) if isinstance(data, str) else dict(data),
    )


def visitor() -> Visitor:
    """The visitor of this request (read once, in one statement; none without a cookie)."""
    if "visitor" not in g:
        token = cookie_token()
        g.visitor = Visitor()
        if token is not None:
            row = db.session.execute(VISITOR_SELECT, visitor_parameters(token, current_shop().merchant_id)).first()
            if row is not None:
                g.visitor = visitor_from_row(token, row)
    return cast(Visitor, g.visitor)


def remember(*, cart_id: str | None = None, **data: Any) -> None:
    """Keep a cart or named data (None forgets a name) in the session, beginning one if there is none yet."""
    known, shop = visitor(), current_shop()
    known.data = {key: value for key, value in {**known.data, **data}.items() if value is not None}
    changes: dict[str, Any] = {"data": known.data} if data else {}
    if cart_id is not None:
        known.cart_id = changes["cart_id"] = cart_id
    if known.token is None or not change_visitor_session(shop.merchant_id, known.token, **changes):
        begin(open_visitor_session(shop.merchant_id, cart_id=known.cart_id, data=known.data))


def begin(token: str) -> None:
    """Let the browser carry this session from now on."""
    visitor().token = token
    g.cookie_to_set = token


def sign_in(customer_id: str) -> None:
    """Sign a customer in under a new token; the cart and a guest's orders come along."""
    known, shop = visitor(), current_shop()
    token = start_customer_session(
        shop.merchant_id, customer_id, old_token=known.token, cart_id=known.cart_id, data=known.data
    )
    begin(token)
    known.customer_id = customer_id


def sign_out() -> None:
    """End the session; the browser forgets it."""
    known = visitor()
    if known.token is not None:
        close_visitor_session(current_shop().merchant_id, known.token)
    g.visitor = Visitor()
    g.cookie_to_set = ""


def flash(text: object, kind: str = "success") -> None:
    """Show a message on the next page (kinds: success, info, warning, danger)."""
    waiting = [*visitor().flashes, {"kind": kind, "text": str(text)}][-FLASHES_MAX:]
    remember(flash=waiting)


def flashes_shown() -> None:
    """The waiting messages have been put on a page; they are not shown again."""
    if visitor().flashes:
        remember(flash=None)


def remember_order(order_id: str, **data: Any) -> None:
    """Let this session see an order (placed by it, or proven by code and e-mail); keeps other data as `remember`."""
    seen = [known for known in visitor().order_ids if known != order_id]
    remember(orders=[*seen, order_id][-GUEST_ORDERS_MAX:], **data)


def init_app(app: Flask) -> None:
    """Send the cookie after requests that began or ended a session."""
    app.after_request(_send_cookie)


def _send_cookie(response: Response) -> Response:
    token: str | None = g.get("cookie_to_set")
    if token is not None:
        set_session_cookie(response, token, lasts_seconds=int(VISITOR_LASTS.total_seconds()))
    return response


def set_session_cookie(response: Response, token: str, *, lasts_seconds: int | None) -> None:
    """Put the session's cookie on a response: host-only, not for scripts, Lax; an empty token takes it away."""
    flags: Mapping[str, Any] = {"path": "/", "secure": the_config().production, "httponly": True, "samesite": "Lax"}
    if token:
        response.set_cookie(cookie_name(), token, max_age=lasts_seconds, **flags)
    else:
        response.delete_cookie(cookie_name(), **flags)
