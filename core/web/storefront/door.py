"""Before any page of a shop: is it shut, is work being done, may this page be framed by the theme editor?"""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.shops.context import ShopContext
from core.shops.door import is_shut
from core.web.headers import CONTENT_POLICY
from core.web.pages import PAGE_KEY, render_page
from core.web.storefront.frame import preview_subject
from core.web.tenancy import the_config

DOOR_COOKIE = "tb_door"
DOOR_SECONDS = 30 * 24 * 3600
_ALWAYS = ("/theme.css", "/favicon", "/media/", "/robots.txt", "/.well-known/", "/door")


def stand_at_the_door(shop: ShopContext) -> WerkzeugResponse | None:
    """The page that a visitor gets instead, or None."""
    if not shop.options.get("door") and not shop.options.get("maintenance"):
        return None
    # What is shown to some only is never kept for all.
    request.environ.pop(PAGE_KEY, None)
    if request.path.startswith(_ALWAYS) or preview_subject(shop) is not None:
        return None
    if shop.options.get("maintenance"):
        response = render_page("storefront/closed.html", status=503, note=shop.options.get("maintenance_note", ""))
        response.headers["Retry-After"] = "1800"
        return response
    if is_shut(shop, request.cookies.get(DOOR_COOKIE)):
        return render_page("storefront/door.html", status=401, note=shop.options.get("door_note", ""))
    return None


def let_be_framed(response: Response) -> Response:
    """A preview may stand inside the console's pages, and is kept by nobody."""
    config = the_config()
    scheme = request.scheme
    origin = f"{scheme}://{config.platform_host}:*"
    policy = CONTENT_POLICY.replace(
        "frame-ancestors 'none'", f"frame-ancestors {scheme}://{config.platform_host} {origin}"
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
