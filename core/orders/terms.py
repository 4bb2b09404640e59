"""The words by which an order is found: written after it was placed, paid and shipped, by the worker.

Each word of an order is a row; looking for one is a walk along an index in the order of the list, whatever the number
of orders. Code, e-mail, phone, names, tracking numbers and SKUs are words; so are the facets of the list's filters
(`by:` the way of delivery, `pay:` the way of payment, `at:` the region, `in:` the country, `tag:` what staff sort by,
`who:` the customer, `sum:` how much it came to, `todo:` that the shop has to act, `note:` that the buyer wrote
something).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select

from core.base.database import db, table_of
from core.base.money import minor_digits
from core.base.rows import insert_new_rows
from core.base.transactions import transactional
from core.orders.models import Order, OrderLine, OrderTerm, Shipment
from core.orders.states import OrderState
from core.payments.models import Payment

TERM_CHARACTERS_MAX = 80
PREFIX_MIN, PREFIX_MAX = 3, 6
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SPLIT = re.compile(r"[\s,，、;；/]+")
TOPICS = (
    *("order.placed", "order.paid", "order.changed", "order.shipped", "order.cancelled"),
    *("shipment.shipped", "shipment.corrected"),
)
AMOUNTS: tuple[tuple[str, int, int | None], ...] = (
    ("0-100", 0, 100),
    ("100-500", 100, 500),
    ("500-1000", 500, 1000),
    ("1000-5000", 1000, 5000),
    ("5000+", 5000, None),
)
"""Ranges of totals in whole units of the currency: name, from, below."""
TODO = (OrderState.PAID, OrderState.PACKED, OrderState.PARTLY_SHIPPED)
"""States in which the shop has to pack or ship."""
TERM = table_of(OrderTerm)


def on_event(_topic: str, payload: Mapping[str, Any]) -> None:
    """Keep the words of the order that something happened to (subscription); safe to call again."""
    index_order(str(payload["merchant_id"]), str(payload["order_id"]))


@transactional
def index_order(merchant_id: str, order_id: str) -> None:
    """Bring the words of one order to what stands in it now."""
    order = db.session.get(Order, (merchant_id, order_id))
    if order is None:
        return
    wanted = _terms(order)
    own = (OrderTerm.merchant_id == merchant_id) & (OrderTerm.order_id == order_id)
    stand = set(db.session.scalars(select(OrderTerm.term).where(own)))
    if stand - wanted:
        db.session.execute(delete(OrderTerm).where(own, OrderTerm.term.in_(stand - wanted)))
    rows = [{"merchant_id": merchant_id, "term": term, "order_id": order_id} for term in sorted(wanted - stand)]
    insert_new_rows(TERM, rows)


def _terms(order: Order) -> set[str]:
    address = order.address or {}
    merchant_id = order.merchant_id
    skus = db.session.scalars(
        select(OrderLine.sku).where(OrderLine.merchant_id == merchant_id, OrderLine.order_id == order.id)
    )
    parcels = db.session.scalars(
        select(Shipment.tracking_number).where(Shipment.merchant_id == merchant_id, Shipment.order_id == order.id)
    )
    providers = db.session.scalars(
        select(Payment.provider_id).where(
            Payment.merchant_id == merchant_id, Payment.purpose == "order", Payment.subject_id == order.id
        )
    )
    whole = [order.code, order.email, *skus, *parcels]
    digits = re.sub(r"\D", "", str(address.get("phone", "")))
    found = {plain(text) for text in (*whole, digits, digits[-4:] if len(digits) > 6 else "")}
    for text in (str(address.get("name", "")), order.email.partition("@")[0], order.code):
        for word in words_of(text):
            found |= set(_beginnings(word))
    found |= {facet("pay", provider) for provider in providers}
    found |= {facet("by", f"{order.delivery.get('provider_id', '')}/{order.delivery.get('code', '')}")}
    found |= {facet("tag", str(tag)) for tag in order.tags}
    found |= {facet("at", str(address.get("region", ""))), facet("in", str(address.get("country", "")))}
    found |= {facet("sum", amount_range(order.total_minor, order.currency))}
    found |= {facet("who", order.customer_id or "")}
    found |= {facet("note", "1")} if order.note.strip() else set()
    found |= {facet("todo", "1")} if order.state in TODO else set()
    return {term for term in found if term and not term.endswith(":")}


def _beginnings(word: str) -> Iterable[str]:
    """A word and how it begins; every ending of a Chinese name is a beginning, too (a given name alone)."""
    yield word
    if _CJK.search(word):
        yield from (word[start:] for start in range(1, len(word)))
        yield from (word[:end] for end in range(1, len(word)))
    else:
        yield from (word[:end] for end in range(PREFIX_MIN, min(PREFIX_MAX, len(word)) + 1))


def amount_range(total_minor: int, currency: str) -> str:
    """The range of AMOUNTS in which a total lies."""
    whole = Decimal(total_minor).scaleb(-minor_digits(currency))
    return next(name for name, _least, below in AMOUNTS if below is None or whole < below)


def facet(name: str, value: str) -> str:
    """The word that stands for a filter's value; empty for no value."""
    return f"{name}:{plain(value)}"[:TERM_CHARACTERS_MAX] if value.strip("/ ") else ""


def plain(text: str) -> str:
    """A text as it is stored and looked for: lower case, trimmed, without NUL."""
    return text.replace("\x00", "").strip().lower()[:TERM_CHARACTERS_MAX]


def words_of(text: str) -> list[str]:
    """The words of what somebody looks for."""
    return [word for word in _SPLIT.split(plain(text)) if word]
