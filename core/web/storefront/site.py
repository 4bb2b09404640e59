"""The storefront's blueprint."""

from __future__ import annotations

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.web.pages import render_page
from core.web.platform.views import landing

blueprint = Blueprint("storefront", __name__)


@blueprint.before_request
def _only_in_a_shop() -> Response | None:
    """The platform's host has one page in common with a shop: the first."""
    if g.face == "shop":
        return None
    if g.face == "platform" and request.endpoint == "storefront.home":
        return landing()
    raise NotFound(_l("This page does not exist."))


@blueprint.get("/")
def home() -> Response:
    """The shop's first page."""
    return render_page("storefront/home.html")
