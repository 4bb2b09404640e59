"""The form of a discount: read into terms, and filled from them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from core.base.money import PPM
from core.discounts.service import EMAILS_MAX, SCOPE_IDS_MAX, Terms
from core.shops.context import ShopContext
from core.shops.zones import local_day, zone_of
from core.web.console.forms import Form
from core.web.formats import amount_text

EMAIL_CHARACTERS_MAX = EMAILS_MAX * 80


def read_terms(shop: ShopContext, kind: str, data: MultiDict[str, str], form: Form) -> Terms:
    """What was written, as far as it can be read; the rest is noted in the form's errors."""
    zone = zone_of(shop)
    amount = form.amount("amount") if kind == "amount" else None
    rate_ppm = form.percent("percent") if kind in ("percent", "bxgy") else 0
    if kind == "bxgy" and not form.text("percent", most=20):
        rate_ppm = PPM
    return Terms(
        title=form.text("title", most=80),
        kind=kind,
        rate_ppm=rate_ppm,
        amount_minor=amount or 0,
        scope=form.text("scope", most=20) or "all",
        scope_ids=_ids(data, "scope"),
        get_scope=form.text("get_scope", most=20) or "all",
        get_ids=_ids(data, "get_scope"),
        buy_quantity=_number(form, "buy_quantity", 1),
        get_quantity=_number(form, "get_quantity", 1),
        rounds_max=form.whole("rounds_max"),
        minimum_minor=form.amount("minimum") or 0,
        minimum_quantity=_number(form, "minimum_quantity", 0),
        audience=form.text("audience", most=20) or "everyone",
        emails=tuple(form.text("emails", most=EMAIL_CHARACTERS_MAX).replace(",", " ").replace(";", " ").split()),
        with_goods=form.flag("with_goods"),
        with_delivery=form.flag("with_delivery"),
        uses_max=form.whole("uses_max"),
        per_buyer_max=form.whole("per_buyer_max"),
        starts_at=form.day("starts_at", zone=zone),
        ends_at=form.day("ends_at", end=True, zone=zone),
    )


def _number(form: Form, name: str, otherwise: int) -> int:
    found = form.whole(name)
    return otherwise if found is None else found


def _ids(data: MultiDict[str, str], field: str) -> tuple[str, ...]:
    """What is ticked for the scope that is chosen: categories or products."""
    wanted = f"{field}-{data.get(field, '')}"
    return tuple(dict.fromkeys(one[:40] for one in data.getlist(wanted)[: SCOPE_IDS_MAX + 1]))


def chosen_ids(data: MultiDict[str, str], terms: Terms | None, field: str) -> dict[str, tuple[str, ...]]:
    """What is ticked in a form, by kind of scope: as it was sent, or as the terms have it."""
    if terms is not None:
        scope, ids = (terms.scope, terms.scope_ids) if field == "scope" else (terms.get_scope, terms.get_ids)
        return {"categories": ids if scope == "categories" else (), "products": ids if scope == "products" else ()}
    return {kind: tuple(data.getlist(f"{field}-{kind}")[:SCOPE_IDS_MAX]) for kind in ("categories", "products")}


def as_typed(shop: ShopContext, terms: Terms, *, with_days: bool) -> Mapping[str, str]:
    """Terms as the form holds them; a copy is made without the days, since the next ones are others."""
    days = {}
    if with_days:
        days = {
            name: local_day(shop, moment).isoformat()
            for name, moment in (("starts_at", terms.starts_at), ("ends_at", terms.ends_at))
            if moment is not None
        }
    amounts = {"amount": terms.amount_minor, "minimum": terms.minimum_minor}
    numbers = {
        "buy_quantity": terms.buy_quantity,
        "get_quantity": terms.get_quantity,
        "rounds_max": terms.rounds_max,
        "minimum_quantity": terms.minimum_quantity,
        "uses_max": terms.uses_max,
        "per_buyer_max": terms.per_buyer_max,
    }
    flags = {"with_goods": terms.with_goods, "with_delivery": terms.with_delivery}
    return {
        "title": terms.title,
        "percent": f"{(Decimal(terms.rate_ppm) / 10_000).normalize():f}" if terms.rate_ppm else "",
        "scope": terms.scope,
        "get_scope": terms.get_scope,
        "audience": terms.audience,
        "emails": "\n".join(terms.emails),
        **{name: amount_text(value, shop.currency) if value else "" for name, value in amounts.items()},
        **{name: str(value or "") for name, value in numbers.items()},
        **{name: "1" if value else "" for name, value in flags.items()},
        **days,
    }
