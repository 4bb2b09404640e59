"""What a key can be given: each scope stands for permissions of the person it acts for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.access.errors import ScopesInvalid
from core.base.i18n import lazy_gettext as _

PLUGIN_PREFIX = "plugin:"


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope, with the permissions that it opens and words for people."""

    name: str
    label: Any
    permissions: tuple[str, ...]


SCOPES: Mapping[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope("shop:read", _("See the shop's settings"), ("catalog.view",)),
        Scope("shop:write", _("Change the shop's settings"), ("shop.edit",)),
        Scope("catalog:read", _("See products, categories and pictures"), ("catalog.view",)),
        Scope("catalog:write", _("Change products, categories and pictures"), ("catalog.edit", "catalog.view")),
        Scope("stock:read", _("See stock and its movements"), ("stock.edit",)),
        Scope("stock:write", _("Count and correct stock"), ("stock.edit",)),
        Scope("orders:read", _("See orders"), ("orders.view",)),
        Scope("orders:write", _("Pack, ship and cancel orders"), ("orders.fulfil", "orders.view")),
        Scope("refunds:write", _("Give money back"), ("orders.refund", "orders.view")),
        Scope("customers:read", _("See customers"), ("orders.view",)),
        Scope("checkout:write", _("Fill carts and place orders for buyers"), ()),
        Scope("discounts:read", _("See discounts"), ("catalog.edit",)),
        Scope("discounts:write", _("Make discounts and switch them"), ("catalog.edit",)),
        Scope("gift_cards:read", _("See gift cards and what is on them"), ("orders.refund",)),
        Scope("gift_cards:write", _("Give gift cards out and switch them"), ("orders.refund", "orders.view")),
        Scope("money:read", _("See balances, the statement and withdrawals"), ("money.view",)),
        Scope("money:write", _("Withdraw money"), ("money.withdraw", "money.view")),
        Scope("domains:read", _("See domains"), ("domains.edit",)),
        Scope("domains:write", _("Claim and change domains"), ("domains.edit",)),
        Scope("plugins:read", _("See plugins and their settings"), ("plugins.edit",)),
        Scope("plugins:write", _("Switch plugins and set them up"), ("plugins.edit",)),
        Scope("team:read", _("See the team"), ("people.edit",)),
        Scope("team:write", _("Change the team"), ("people.edit",)),
        Scope("audit:read", _("See who did what"), ("people.edit",)),
        Scope("tokens:read", _("See the tokens of programs"), ("shop.edit",)),
        Scope("tokens:write", _("Make tokens with scopes that the maker has, and revoke them"), ("shop.edit",)),
        Scope("messages:read", _("See messages that were sent"), ("shop.edit",)),
        Scope("webhooks:read", _("See webhooks and what was sent"), ("shop.edit",)),
        Scope("webhooks:write", _("Change webhooks and send again"), ("shop.edit",)),
    )
}


def permissions_of(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that these scopes open; `plugin:payment` opens all that the plugin `payment` brings."""
    found: set[str] = set()
    for name in scopes:
        if name.startswith(PLUGIN_PREFIX):
            found.add(name.removeprefix(PLUGIN_PREFIX) + ".*")
        elif name in SCOPES:
            found.update(SCOPES[name].permissions)
    return frozenset(found)


def checked_scopes(wanted: Collection[str], plugin_ids: Collection[str]) -> list[str]:
    """These scopes once each, in order. Raises ScopesInvalid for none, or one that does not exist."""
    known = {*SCOPES, *(PLUGIN_PREFIX + plugin_id for plugin_id in plugin_ids)}
    if not wanted or not set(wanted) <= known:
        raise ScopesInvalid
    return sorted(set(wanted))
