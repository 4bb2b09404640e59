"""For plugins' pages and slots: the request under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from core.contract.pages import page_host
from core.contract.views import ShopView


def current_shop(plugin_id: str) -> ShopView:
    """The shop of this request with the plugin's settings; in the console the one acted for. Raises NotFound."""
    return page_host().shop(plugin_id)


def kept_with_cart(plugin_id: str) -> Mapping[str, Any] | None:
    """What the plugin keeps with this visitor's cart; None when nothing."""
    return page_host().cart_extras(plugin_id)


def keep_with_cart(plugin_id: str, data: Mapping[str, Any] | None) -> None:
    """Keep a plugin's small plain JSON with this visitor's cart; it goes on to the order. None forgets it.

    One transaction. Raises NotFound when there is no cart.
    """
    page_host().keep_with_cart(plugin_id, data)


def require(permission: str) -> str:
    """The id of the member who makes this request, if the role in the shop holds the permission.

    For pages of the console. Raises SignInNeeded, RoleNotEnough, NotFound.
    """
    return page_host().require(permission)


def flash(text: object, kind: str = "success") -> None:
    """Show a message on the next page of this visitor or member (kinds: success, info, warning, danger)."""
    page_host().flash(text, kind)


def render_page(template: str, **context: Any) -> Response:
    """A page from the plugin's templates, which extend `layouts/storefront.html` or `layouts/console.html`."""
    return page_host().render(template, context)
