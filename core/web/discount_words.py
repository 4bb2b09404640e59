"""Discounts in words: what they give, on what, when."""

from __future__ import annotations

from collections.abc import Mapping

from core.base.i18n import gettext, ngettext
from core.base.i18n import lazy_gettext as _
from core.base.money import PPM
from core.discounts.models import Discount
from core.discounts.service import Terms
from core.shops.context import ShopContext
from core.shops.zones import local_day
from core.web.formats import long_day, money, percent_ppm

KINDS = {
    "percent": _("A percentage off"),
    "amount": _("An amount off"),
    "bxgy": _("Buy some, get some"),
    "shipping": _("Free delivery"),
}
METHODS = {"code": _("With a code"), "automatic": _("By itself")}
STATES = {
    "off": (_("Off"), ""),
    "ended": (_("Over"), ""),
    "used_up": (_("Used up"), ""),
    "scheduled": (_("Not yet"), "note"),
    "active": (_("On"), "good"),
}
SCOPES = {"all": _("All goods"), "categories": _("Some categories"), "products": _("Some products")}
AUDIENCES = {
    "everyone": _("Everybody"),
    "first_order": _("Whoever orders for the first time"),
    "emails": _("Certain e-mail addresses"),
}
_NAMED_MAX = 3


def sentence(shop: ShopContext, terms: Terms | Discount, names: Mapping[str, str]) -> str:
    """What a discount does, its days by the shop's own calendar; `names` of products and categories by id."""
    parts = [_gives(shop, terms, names)]
    if terms.minimum_minor:
        parts.append(gettext("for goods worth at least %(amount)s", amount=money(terms.minimum_minor, shop.currency)))
    if terms.minimum_quantity:
        parts.append(ngettext("from one piece on", "from %(num)d pieces on", terms.minimum_quantity))
    if terms.audience == "first_order":
        parts.append(gettext("for a first order"))
    if terms.audience == "emails":
        parts.append(ngettext("for one address", "for %(num)d addresses", len(terms.emails)))
    if terms.per_buyer_max is not None:
        parts.append(ngettext("once for each buyer", "%(num)d times for each buyer", terms.per_buyer_max))
    if terms.uses_max is not None:
        parts.append(ngettext("once in all", "%(num)d times in all", terms.uses_max))
    if terms.starts_at is not None:
        parts.append(gettext("from %(day)s", day=long_day(local_day(shop, terms.starts_at))))
    if terms.ends_at is not None:
        parts.append(gettext("until %(day)s", day=long_day(local_day(shop, terms.ends_at))))
    return gettext(", ").join(parts)


def _gives(shop: ShopContext, terms: Terms | Discount, names: Mapping[str, str]) -> str:
    what = _named(terms.scope, terms.scope_ids, names)
    if terms.kind == "shipping":
        return gettext("Free delivery")
    if terms.kind == "bxgy":
        got = _named(terms.get_scope, terms.get_ids, names)
        words = {"buy": terms.buy_quantity, "get": terms.get_quantity, "what": what, "got": got}
        if terms.rate_ppm == PPM:
            return gettext("Buy %(buy)s of %(what)s, get %(get)s of %(got)s free", **words)
        return gettext(
            "Buy %(buy)s of %(what)s, get %(get)s of %(got)s %(rate)s cheaper",
            rate=percent_ppm(terms.rate_ppm),
            **words,
        )
    off = percent_ppm(terms.rate_ppm) if terms.kind == "percent" else money(terms.amount_minor, shop.currency)
    if terms.scope == "all":
        return gettext("%(off)s off", off=off)
    return gettext("%(off)s off %(what)s", off=off, what=what)


def _named(scope: str, ids: object, names: Mapping[str, str]) -> str:
    if scope == "all":
        return gettext("all goods")
    known = [names[one] for one in ids if one in names] if isinstance(ids, (list, tuple)) else []
    text = gettext(", ").join(known[:_NAMED_MAX])
    more = len(known) - _NAMED_MAX
    if more > 0:
        return gettext("%(names)s and %(num)s more", names=text, num=more)
    return text or gettext("goods that are not there any more")
