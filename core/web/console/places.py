"""The console's navigation: its own places and those that the merchant's plugins bring, as far as the role may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from werkzeug.routing import BuildError

from core.base.i18n import lazy_gettext as _
from core.web.member import Member
from core.web.slots import plugin_navigation


@dataclass(frozen=True, slots=True)
class Place:
    """A link at the side. `active` where the page stands below it."""

    label: Any
    url: str
    icon: str
    active: bool
    count: int | None = None


_OWN: tuple[tuple[Any, str, str, str | None], ...] = (
    (_("Today"), "home", "home", None),
    (_("Reports"), "reports", "chart", "reports.view"),
    (_("Orders"), "orders", "truck", "orders.view"),
    (_("Returns"), "goods_returns", "box", "orders.view"),
    (_("Products"), "products", "image", "catalog.view"),
    (_("Stock"), "stock", "box", "stock.edit"),
    (_("Categories"), "categories", "menu", "catalog.edit"),
    (_("Imports and exports"), "exports", "download", "catalog.view"),
    (_("Customers"), "customers", "user", "orders.view"),
    (_("Coupons"), "coupons", "tag", "catalog.edit"),
    (_("Money"), "money", "coin", "money.view"),
    (_("Invoices"), "invoices", "paper", "orders.view"),
    (_("Theme"), "look", "image", "shop.edit"),
    (_("Shop pages"), "pages", "menu", "shop.edit"),
    (_("Menus"), "menus", "menu", "shop.edit"),
    (_("Domains"), "domains", "domain", "domains.edit"),
    (_("Plugins"), "plugins", "plug", "plugins.edit"),
    (_("API"), "api", "lock", "shop.edit"),
    (_("Settings"), "settings", "gear", "shop.edit"),
    (_("Taxes"), "taxes", "percent", "shop.edit"),
    (_("Messages"), "messages", "info", "shop.edit"),
    (_("Team"), "team", "user", "people.edit"),
    (_("Who changed what"), "audit", "lock", "people.edit"),
)


_BELOW = {"api": "/console/webhooks", "orders": "/console/drafts"}
"""Pages that have no link of their own at the side."""


def places(member: Member) -> list[Place]:
    """The links for this member on this page."""
    path = request.path
    found = []
    for label, name, icon, permission in _OWN:
        if permission is None or member.may(permission):
            url = url_for(f"console.{name}")
            active = _stands_below(path, url) or path.startswith(_BELOW.get(name, "-"))
            found.append(Place(label, url, icon, active))
    for owned in plugin_navigation("console"):
        item = owned.item
        if item.permission is None or member.may(item.permission):
            try:
                url = url_for(item.endpoint)
            except BuildError:
                continue
            found.append(Place(item.label, url, item.icon, _stands_below(path, url)))
    if member.is_staff:
        found.append(Place(_("Office"), url_for("office.merchants"), "shield", False))
    return found


def _stands_below(path: str, url: str) -> bool:
    if url.rstrip("/") == "/console":
        return path.rstrip("/") == "/console"
    return path == url or path.startswith(url.rstrip("/") + "/")
