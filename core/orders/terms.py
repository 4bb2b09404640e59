"""The words by which an order is found: written after it was placed, paid and shipped, by the worker.

Each word of an order is a row; looking for one is a walk along an index in the order of the list, whatever the number
of orders. Code, e-mail, phone, names, tracking numbers and SKUs are words; so are the facets of the list's filters
(`by:` the way of delivery, `pay:` the way of payment, `at:` the region, `note:` that the buyer wrote something).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select

from core.base.database import db, table_of
from core.base.rows import insert_new_rows
from core.base.transactions import transactional
from core.orders.models import Order, OrderLine, OrderTerm, Shipment
from core.payments.models import Payment

TERM_CHARACTERS_MAX = 80
PREFIX_MIN, PREFIX_MAX = 3, 6
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SPLIT = re.compile(r"[\s,，、;；/]+")
TOPICS = ("order.placed", "order.paid", "shipment.shipped", "shipment.corrected", "order.cancelled")
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
    found |= {facet("at", str(address.get("region", "")))} | ({facet("note", "1")} if order.note.strip() else set())
    return {term for term in found if term and not term.endswith(":")}


def _beginnings(word: str) -> Iterable[str]:
    """A word and how it begins; every ending of a Chinese name is a beginning, too (a given name alone)."""
    yield word
    if _CJK.search(word):
        yield from (word[start:] for start in range(1, len(word)))
        yield from (word[:end] for end in range(1, len(word)))
    else:
        yield from (word[:end] for end in range(PREFIX_MIN, min(PREFIX_MAX, len(word)) + 1))


def facet(name: str, value: str) -> str:
    """The word that stands for a filter's value; empty for no value."""
    return f"{name}:{plain(value)}"[:TERM_CHARACTERS_MAX] if value.strip("/ ") else ""


def plain(text: str) -> str:
    """A text as it is stored and looked for: lower case, trimmed, without NUL."""
    return text.replace("\x00", "").strip().lower()[:TERM_CHARACTERS_MAX]


def words_of(text: str) -> list[str]:
    """The words of what somebody looks for."""
    return [word for word in _SPLIT.split(plain(text)) if word]
