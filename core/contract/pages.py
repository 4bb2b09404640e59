"""What the faces offer to plugins' pages. Named here, done by core.web, reached through the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from flask import Response, current_app

from core.contract.views import ShopView

_KEY = "tongbao.page_host"


class PageHost(Protocol):
    """The request under way, as a plugin's page or slot may know it."""

    def shop(self, plugin_id: str) -> ShopView:
        """The shop of this request (in the console: the one acted for). Raises NotFound where there is none."""

    def cart_extras(self, plugin_id: str) -> Mapping[str, Any] | None:
        """What the plugin keeps with this visitor's cart; None when nothing."""

    def keep_with_cart(self, plugin_id: str, data: Mapping[str, Any] | None) -> None:
        """Keep a plugin's small plain JSON with this visitor's cart (None: forget). Raises NotFound without a cart."""

    def require(self, permission: str) -> str:
        """The id of the member who makes this request. Raises RoleNotEnough, SignInNeeded, NotFound."""

    def flash(self, text: object, kind: str) -> None:
        """Show a message on the next page of this visitor or member."""

    def render(self, template: str, context: Mapping[str, Any]) -> Response:
        """A page of the face that the request came to."""


def install_page_host(extensions: dict[str, Any], host: PageHost) -> None:
    """Called once by core.web with the application's extensions."""
    extensions[_KEY] = host


def page_host() -> PageHost:
    """The faces of the running application."""
    return cast(PageHost, current_app.extensions[_KEY])
