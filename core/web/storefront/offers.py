"""What applies by itself, told on cards and on product pages."""

from __future__ import annotations

from flask import g

from core.base import clock
from core.discounts.offers import automatic_offers, bound_to, next_change
from core.discounts.rules import Offer
from core.web.pages import PAGE_UNTIL
from core.web.tenancy import current_shop

SHOWN_MAX = 4
_KEPT = "offers_now"


def offer_titles(product_id: str, *, bound_only: bool) -> list[str]:
    """The titles of the offers that a product can take part in; `bound_only`: not those that are for all goods."""
    offers = [offer for offer in bound_to(_offers_now(), product_id) if not bound_only or _bound(offer)]
    return [offer.label for offer in offers[:SHOWN_MAX]]


def _bound(offer: Offer) -> bool:
    return offer.products is not None or offer.gets is not None


def _offers_now() -> list[Offer]:
    """The shop's offers; the page that tells of them is kept until the next one begins or ends."""
    if _KEPT not in g:
        shop, moment = current_shop(), clock.now()
        setattr(g, _KEPT, automatic_offers(shop, moment))
        setattr(g, PAGE_UNTIL, next_change(shop, moment))
    offers: list[Offer] = getattr(g, _KEPT)
    return offers
