"""Mounts plugins' pages, each in its face, and lets them answer only where the merchant has the plugin on."""

from __future__ import annotations

from flask import Flask, g, request
from werkzeug.wrappers import Response

from core.access.scopes import PLUGIN_PREFIX
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import Face
from core.contract.pages import install_page_host
from core.contract.registry import CORE, Registry
from core.shops.queries import shop_context
from core.web.member import ensure_member
from core.web.page_host import WebPageHost
from core.web.tenancy import require_face

_PREFIXES: dict[Face, str] = {
    "storefront": "/x/{plugin}",
    "console": "/console/x/{plugin}",
    "member": "/member/x/{plugin}",
    "office": "/office/x/{plugin}",
    "api": "/api/x/{plugin}",
    "hooks": "/hooks/{plugin}",
}


def init_app(app: Flask, registry: Registry) -> None:
    """Register every plugin's blueprints and the check before their pages."""
    install_page_host(app.extensions, WebPageHost())
    owners: dict[str, tuple[str, Face]] = {}
    for owned in registry.pages():
        if owned.plugin_id == CORE:
            app.register_blueprint(owned.item.blueprint)
            continue
        owners[owned.item.blueprint.name] = (owned.plugin_id, owned.item.face)
        prefix = _PREFIXES[owned.item.face].format(plugin=owned.plugin_id)
        app.register_blueprint(owned.item.blueprint, url_prefix=prefix)

    @app.before_request
    def _only_where_it_is_on() -> Response | None:
        owner = owners.get((request.blueprint or "").partition(".")[0])
        return check_plugin_page(*owner) if owner is not None else None


def check_plugin_page(plugin_id: str, face: Face) -> Response | None:
    """Whether a plugin's page may answer here. Raises NotFound; may send to the sign-in."""
    if face == "hooks":
        require_face("shop", "platform", "machine")
        return None
    if face == "api":
        # Late, since the API stands beside the web and knows it.
        from core.api.doors import enter

        caller = enter(PLUGIN_PREFIX + plugin_id)
        g.shop = shop_context(caller.merchant_id)
    elif face == "storefront":
        require_face("shop")
    else:
        sent_away = ensure_member(merchant=face == "console")
        if sent_away is not None:
            return sent_away
        if face == "office" and not g.member.is_staff:
            raise NotFound(_l("This page does not exist."))
        if face != "console":
            return None
    if plugin_id not in g.shop.plugins:
        raise NotFound(_l("This page does not exist."))
    return None
