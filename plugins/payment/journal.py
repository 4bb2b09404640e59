"""What the bank is asked for is noted first, so that what comes back finds its merchant, amount and account."""

from __future__ import annotations

from collections.abc import Mapping

from core.sdk import ShopView, clock, db, transactional
from plugins.payment.connection import PLATFORM, Connection, connection_of, platform_connection
from plugins.payment.errors import NoBank
from plugins.payment.models import BankRequest, Kind


def begin(
    shop: ShopView,
    *,
    kind: Kind,
    reference: str,
    amount_minor: int,
    currency: str,
    of_reference: str | None = None,
    terms: Mapping[str, str] | None = None,
) -> Connection:
    """Note that the bank is about to be asked, and say over which connection; the first one asked stays the one.

    `of_reference` names the collection that a refund gives back: it goes over the same connection. Raises NoBank.
    """
    found = _noted(shop.merchant_id, reference) or (of_reference and _noted(shop.merchant_id, of_reference))
    connection = _connection(shop, found) if found else connection_of(shop)
    if connection is None:
        raise NoBank
    _note(
        shop.merchant_id,
        reference=reference,
        connection_id=connection.id,
        kind=kind,
        amount_minor=amount_minor,
        currency=currency,
        of_reference=of_reference,
        terms=dict(terms or {}),
    )
    return connection


def request_of(merchant_id: str, reference: str) -> BankRequest | None:
    """What was noted about a reference."""
    return db.session.get(BankRequest, (merchant_id, reference))


@transactional
def withdraw(merchant_id: str, reference: str) -> None:
    """Note that something is not wanted any more, so that nobody asks for it again."""
    request = db.session.get(BankRequest, (merchant_id, reference))
    if request is not None:
        request.withdrawn = True


def connection_for(shop: ShopView, reference: str) -> Connection:
    """The connection over which something was asked for. Raises NoBank when it is gone."""
    found = _noted(shop.merchant_id, reference)
    connection = _connection(shop, found) if found else connection_of(shop)
    if connection is None:
        raise NoBank
    return connection


def _noted(merchant_id: str, reference: str) -> str | None:
    request = request_of(merchant_id, reference)
    return request.connection if request is not None else None


def _connection(shop: ShopView, connection_id: str) -> Connection | None:
    if connection_id == PLATFORM:
        return platform_connection()
    own = connection_of(shop)
    return own if own is not None and own.id == connection_id else None


@transactional
def _note(
    merchant_id: str,
    *,
    reference: str,
    connection_id: str,
    kind: Kind,
    amount_minor: int,
    currency: str,
    of_reference: str | None,
    terms: dict[str, str],
) -> None:
    if db.session.get(BankRequest, (merchant_id, reference)) is not None:
        return
    db.session.add(
        BankRequest(
            merchant_id=merchant_id,
            id=reference,
            connection=connection_id,
            kind=kind,
            of_reference=of_reference,
            terms=terms,
            amount_minor=amount_minor,
            currency=currency,
            created_at=clock.now(),
        )
    )
