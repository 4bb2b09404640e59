"""A shop's customer who is also a member of the platform: linked when both are proven at once, unlinked by either.

The shop gives a signed request for its customer's browser; on the platform the member agrees and gets a signed answer,
which only that browser's session in the shop can use, once, for ten minutes.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from core.audit import record
from core.base import clock
from core.base.crypto import same, signature
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.models import Customer, Organisation

LINK_LASTS = timedelta(minutes=10)
_TOKEN_CHARACTERS_MAX = 1000


class LinkInvalid(Refused):
    code = "link_invalid"

    def __init__(self) -> None:
        super().__init__(_l("This link has expired. Begin again in the shop."))


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A customer who is signed in in a shop asks to be linked; `nonce` is known to that browser's session alone."""

    merchant_id: str
    customer_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class LinkedCustomer:
    """A shop in which a member is a customer, too."""

    merchant_id: str
    customer_id: str
    shop_name: str
    email: str
    linked_at: datetime | None


def link_request(merchant_id: str, customer_id: str, nonce: str) -> str:
    """What the shop hands to the platform by way of the browser."""
    return _signed("link-request", [merchant_id, customer_id, nonce])


def read_link_request(token: str) -> LinkRequest:
    """Who asks. Raises LinkInvalid."""
    merchant_id, customer_id, nonce = _opened("link-request", token, 3)
    return LinkRequest(merchant_id, customer_id, nonce)


def link_answer(asked: LinkRequest, person_id: str) -> str:
    """The member agrees: what the platform hands back to the shop."""
    return _signed("link-answer", [asked.merchant_id, asked.customer_id, asked.nonce, person_id])


@transactional
def link_customer(merchant_id: str, customer_id: str, nonce: str, answer: str) -> None:
    """Link a customer to the member who agreed. Raises LinkInvalid (another's, expired), NotFound."""
    whose, who, known, person_id = _opened("link-answer", answer, 4)
    if (whose, who) != (merchant_id, customer_id) or not nonce or not same(known, nonce):
        raise LinkInvalid
    changed = db.session.execute(
        update(Customer)
        .where(Customer.merchant_id == merchant_id, Customer.id == customer_id)
        .values(person_id=person_id, linked_at=clock.now())
        .returning(Customer.id)
    ).first()
    if changed is None:
        raise NotFound(_l("There is no such customer."))
    _record("customer.linked", person_id, merchant_id, customer_id)


@transactional
def unlink_customer(merchant_id: str, customer_id: str, *, person_id: str | None = None) -> None:
    """End a link, asked for by the customer in the shop or (`person_id`) by the member. Raises NotFound."""
    query = update(Customer).where(
        Customer.merchant_id == merchant_id, Customer.id == customer_id, Customer.person_id.is_not(None)
    )
    if person_id is not None:
        query = query.where(Customer.person_id == person_id)
    if db.session.execute(query.values(person_id=None, linked_at=None).returning(Customer.id)).first() is None:
        raise NotFound(_l("There is no such customer."))
    _record("customer.unlinked", person_id, merchant_id, customer_id)


def linked_customers(person_id: str) -> Sequence[LinkedCustomer]:
    """The shops in which a member is a customer, as far as that was proven."""
    rows = db.session.execute(
        select(Customer.merchant_id, Customer.id, Organisation.name, Customer.email, Customer.linked_at)
        .join(Organisation, Organisation.id == Customer.merchant_id)
        .where(Customer.person_id == person_id)
        .order_by(Organisation.name)
    )
    return [LinkedCustomer(*row) for row in rows]


def _signed(purpose: str, parts: list[str]) -> str:
    until = int((clock.now() + LINK_LASTS).timestamp())
    packed = base64.urlsafe_b64encode(json.dumps([*parts, until]).encode()).decode().rstrip("=")
    return f"{packed}.{signature(purpose, packed)}"


def _opened(purpose: str, token: str, count: int) -> list[str]:
    packed, _dot, signed = token[:_TOKEN_CHARACTERS_MAX].partition(".")
    if not packed.isascii() or not signed.isascii() or not same(signed, signature(purpose, packed)):
        raise LinkInvalid
    try:
        *parts, until = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (ValueError, binascii.Error):
        raise LinkInvalid from None
    if len(parts) != count or until < clock.now().timestamp():
        raise LinkInvalid
    return [str(part) for part in parts]


def _record(action: str, actor_id: str | None, merchant_id: str, customer_id: str) -> None:
    record(action, actor_id=actor_id, subject=f"customer:{customer_id}", merchant_id=merchant_id)
