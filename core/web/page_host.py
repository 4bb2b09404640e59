"""The faces as plugins' pages use them (core.contract.pages)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, g

from core.base.errors import NotFound, SignInNeeded
from core.base.i18n import lazy_gettext as _l
from core.contract.views import ShopView
from core.orders.basket import load_cart
from core.orders.carts import set_extras
from core.parties.roles import require_permission
from core.web.member import current_member, ensure_member, flash_member
from core.web.pages import render_page
from core.web.sessions import flash as flash_visitor
from core.web.sessions import visitor
from core.web.tenancy import current_shop


class WebPageHost:
    """Implements core.contract.pages.PageHost for the request under way."""

    def shop(self, plugin_id: str) -> ShopView:
        return current_shop().view(plugin_id)

    def cart_extras(self, plugin_id: str) -> Mapping[str, Any] | None:
        cart = load_cart(current_shop().merchant_id, visitor().cart_id)
        return cart.extras.get(plugin_id) if cart is not None else None

    def keep_with_cart(self, plugin_id: str, data: Mapping[str, Any] | None) -> None:
        set_extras(current_shop().merchant_id, visitor().cart_id, plugin_id, data)

    def require(self, permission: str) -> str:
        caller = g.get("api_caller")
        if caller is not None:
            require_permission(caller.person_id, caller.merchant_id, permission)
            return str(caller.person_id)
        ensure_member(permission)
        member = current_member()
        if member is None:
            raise SignInNeeded(_l("Sign in first."))
        if member.merchant_id is None:
            raise NotFound(_l("This page does not exist."))
        return member.person_id

    def flash(self, text: object, kind: str) -> None:
        if g.get("face") == "shop":
            flash_visitor(text, kind)
        else:
            flash_member(text, kind)

    def render(self, template: str, context: Mapping[str, Any]) -> Response:
        return render_page(template, **context)
