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
    """A link at the side. `active` where the page stands below it; `below` are shown while the reader is there."""

    label: Any
    url: str
    icon: str
    active: bool
    count: int | None = None
    below: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class _Own:
    """A page of the console's own: its words, its view, and who may see it. `also` are paths that belong to it."""

    label: Any
    view: str
    permission: str | None = None
    also: str = "-"


@dataclass(frozen=True, slots=True)
class _Group:
    """Pages that stand under one link, which leads to the first of them that the member may see."""

    name: str
    label: Any
    icon: str
    pages: tuple[_Own, ...]


_GROUPS = (
    _Group("home", _("Today"), "home", (_Own(_("Today"), "home"),)),
    _Group(
        "orders",
        _("Orders"),
        "truck",
        (
            _Own(_("All orders"), "orders", "orders.view"),
            _Own(_("Drafts"), "draft_list", "orders.fulfil"),
            _Own(_("Returns"), "goods_returns", "orders.view"),
        ),
    ),
    _Group(
        "products",
        _("Products"),
        "box",
        (
            _Own(_("All products"), "products", "catalog.view"),
            _Own(_("Categories"), "categories", "catalog.edit"),
            _Own(_("Stock"), "stock", "stock.edit"),
            _Own(_("Imports and exports"), "exports", "catalog.view"),
        ),
    ),
    _Group("customers", _("Customers"), "user", (_Own(_("Customers"), "customers", "orders.view"),)),
    _Group(
        "marketing",
        _("Marketing"),
        "tag",
        (
            _Own(_("Discounts"), "discounts", "catalog.edit"),
            _Own(_("Gift cards"), "gift_cards", "orders.refund"),
        ),
    ),
    _Group(
        "money",
        _("Money"),
        "coin",
        (
            _Own(_("Balance"), "money", "money.view"),
            _Own(_("Invoices"), "invoices", "orders.view"),
        ),
    ),
    _Group("reports", _("Reports"), "chart", (_Own(_("Reports"), "reports", "reports.view"),)),
    _Group(
        "shop",
        _("Online shop"),
        "image",
        (
            _Own(_("Theme"), "look", "shop.edit"),
            _Own(_("Shop pages"), "pages", "shop.edit"),
            _Own(_("Menus"), "menus", "shop.edit"),
            _Own(_("Domains"), "domains", "domains.edit"),
        ),
    ),
    _Group(
        "settings",
        _("Settings"),
        "gear",
        (
            _Own(_("The shop"), "settings", "shop.edit"),
            _Own(_("Taxes"), "taxes", "shop.edit"),
            _Own(_("Team"), "team", "people.edit"),
            _Own(_("Plugins"), "plugins", "plugins.edit"),
            _Own(_("Messages"), "messages", "shop.edit"),
            _Own(_("API"), "api", "shop.edit", also="/console/webhooks"),
            _Own(_("Who changed what"), "audit", "people.edit"),
        ),
    ),
)


def places(member: Member) -> list[Place]:
    """The links for this member on this page."""
    path = request.path
    brought = _brought(member, path)
    found = []
    for group in _GROUPS:
        below = [
            Place(page.label, url, group.icon, _stands_below(path, url) or path.startswith(page.also))
            for page in group.pages
            if page.permission is None or member.may(page.permission)
            for url in [url_for(f"console.{page.view}")]
        ]
        below += [place for name, place in brought if name == group.name]
        if below:
            active = any(place.active for place in below)
            found.append(Place(group.label, below[0].url, group.icon, active, below=tuple(below) if below[1:] else ()))
    names = {group.name for group in _GROUPS}
    found += [place for name, place in brought if name not in names]
    if member.is_staff:
        found.append(Place(_("Office"), url_for("office.merchants"), "shield", False))
    return found


def _brought(member: Member, path: str) -> list[tuple[str, Place]]:
    """The links of plugins, with the names of the groups that they ask to stand in."""
    found = []
    for owned in plugin_navigation("console"):
        item = owned.item
        if item.permission is None or member.may(item.permission):
            try:
                url = url_for(item.endpoint)
            except BuildError:
                continue
            found.append((item.group, Place(item.label, url, item.icon, _stands_below(path, url))))
    return found


def _stands_below(path: str, url: str) -> bool:
    if url.rstrip("/") == "/console":
        return path.rstrip("/") == "/console"
    return path == url or path.startswith(url.rstrip("/") + "/")
