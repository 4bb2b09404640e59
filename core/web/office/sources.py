"""What the office's search looks through: one SELECT each, answered by an index however much there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, tuple_

from core.audit.models import AuditEntry
from core.audit.service import PLATFORM
from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.base.i18n import money_text
from core.catalog.models import Product, Variant
from core.contract.search import SearchHit, SearchSource
from core.ledger.models import LedgerTransfer
from core.orders.models import Order
from core.parties.models import Customer, Person
from core.payments.models import Payment, Payout
from core.shops.models import Domain, Merchant, Shop
from core.web.console.words import transfer_label

EMAIL_CHARACTERS_MIN = 3
_CODE_CHARACTERS_MIN = 4


def begins_with(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text, in the form that each engine's index answers."""
    if db.session.get_bind().dialect.name == "postgresql":
        literal = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return column.like(f"{literal}%")  # type: ignore[no-any-return]
    return and_(column >= text, column < f"{text}\U0010ffff")


def mask_email(email: str) -> str:
    """An e-mail address that says who is meant only to those who know: `a•••@example.com`."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}•••@{host}" if host else "•••"


def mask_name(name: str) -> str:
    """The first character of a name."""
    return f"{name[:1]}••" if name else "•••"


def _merchants(text: str, limit: int) -> Sequence[SearchHit]:
    rows = db.session.execute(
        select(Merchant.id, Merchant.slug, Merchant.name, Merchant.created_at, Shop.name.label("shop"))
        .join(Shop, Shop.merchant_id == Merchant.id)
        .where(
            or_(
                Merchant.id == text,
                Merchant.slug == text.lower(),
                Merchant.name.icontains(text, autoescape=True),
                Shop.name.icontains(text, autoescape=True),
            )
        )
        .order_by(Merchant.id.desc())
        .limit(limit)
    )
    return [_merchant_hit(row.name, f"{row.shop} · {row.slug}", row.id, row.created_at) for row in rows]


def _merchant_hit(title: str, detail: str, merchant_id: str, at: Any) -> SearchHit:
    return SearchHit(title, detail, "office.merchant", {"merchant_id": merchant_id}, at)


def _domains(text: str, limit: int) -> Sequence[SearchHit]:
    wanted = text.lower().removeprefix("https://").removeprefix("http://").split("/")[0]
    rows = db.session.execute(
        select(Domain.host, Domain.merchant_id, Domain.proven_at, Domain.created_at, Merchant.name)
        .join(Merchant, Merchant.id == Domain.merchant_id)
        .where(Domain.host.contains(wanted, autoescape=True))
        .order_by(Domain.host)
        .limit(limit)
    )
    return [
        _merchant_hit(
            row.host,
            f"{row.name} · {_('Proven') if row.proven_at else _('Not proven')}",
            row.merchant_id,
            row.created_at,
        )
        for row in rows
    ]


def _orders(text: str, limit: int) -> Sequence[SearchHit]:
    wanted = text.upper().replace("#", "").replace(" ", "")
    if len(wanted) < _CODE_CHARACTERS_MIN:
        return ()
    rows = db.session.execute(
        select(
            Order.merchant_id, Order.id, Order.code, Order.total_minor, Order.currency, Order.placed_at, Merchant.name
        )
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(Order.code == wanted)
        .limit(limit)
    )
    return [
        SearchHit(
            row.code,
            f"{row.name} · {money_text(row.total_minor, row.currency)}",
            "office.order",
            {"merchant_id": row.merchant_id, "order_id": row.id},
            row.placed_at,
        )
        for row in rows
    ]


def _people(text: str, limit: int) -> Sequence[SearchHit]:
    if len(text) < EMAIL_CHARACTERS_MIN:
        return ()
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email, Person.staff_role, Person.created_at)
        .where(or_(Person.id == text, begins_with(Person.email, text.lower())))
        .order_by(Person.email)
        .limit(limit)
    )
    return [
        SearchHit(mask_name(row.name), mask_email(row.email), "office.person", {"person_id": row.id}, row.created_at)
        for row in rows
    ]


def _customers(text: str, limit: int) -> Sequence[SearchHit]:
    if len(text) < EMAIL_CHARACTERS_MIN:
        return ()
    found = (
        select(Customer.merchant_id, Customer.id)
        .where(begins_with(Customer.email, text.lower()))
        .order_by(Customer.email)
        .limit(limit)
    )
    rows = db.session.execute(
        select(Customer.merchant_id, Customer.id, Customer.name, Customer.email, Customer.created_at, Shop.name)
        .join(Shop, Shop.merchant_id == Customer.merchant_id)
        .where(tuple_(Customer.merchant_id, Customer.id).in_(found))
        .order_by(Customer.email, Customer.merchant_id)
    )
    return [
        SearchHit(
            mask_name(name),
            f"{mask_email(email)} · {shop}",
            "office.customer",
            {"merchant_id": merchant_id, "customer_id": customer_id},
            created_at,
        )
        for merchant_id, customer_id, name, email, created_at, shop in rows
    ]


def _payments(text: str, limit: int) -> Sequence[SearchHit]:
    rows = db.session.execute(
        select(Payment, Merchant.name)
        .join(Merchant, Merchant.id == Payment.merchant_id)
        .where(Payment.external_id == text)
        .limit(limit)
    )
    return [
        SearchHit(
            str(payment.external_id),
            f"{name} · {money_text(payment.amount_minor, payment.currency)} · {payment.provider_id}",
            "office.payment",
            {"merchant_id": payment.merchant_id, "payment_id": payment.id},
            payment.created_at,
        )
        for payment, name in rows
    ]


def _payouts(text: str, limit: int) -> Sequence[SearchHit]:
    rows = db.session.execute(
        select(Payout, Merchant.name)
        .join(Merchant, Merchant.id == Payout.merchant_id)
        .where(Payout.external_id == text)
        .limit(limit)
    )
    return [
        SearchHit(
            str(payout.external_id),
            f"{name} · {money_text(payout.amount_minor, payout.currency)} · {payout.provider_id}",
            "office.payout",
            {"merchant_id": payout.merchant_id, "payout_id": payout.id},
            payout.created_at,
        )
        for payout, name in rows
    ]


def _transfers(text: str, limit: int) -> Sequence[SearchHit]:
    rows = db.session.execute(
        select(LedgerTransfer.id, LedgerTransfer.kind, LedgerTransfer.reference, LedgerTransfer.occurred_at)
        .where(or_(LedgerTransfer.id == text, LedgerTransfer.reference == text))
        .order_by(LedgerTransfer.id.desc())
        .limit(limit)
    )
    return [
        SearchHit(
            str(transfer_label(row.kind)),
            row.reference or row.id,
            "office.transfer",
            {"transfer_id": row.id},
            row.occurred_at,
        )
        for row in rows
    ]


def _products(text: str, limit: int) -> Sequence[SearchHit]:
    of_variants = select(Variant.merchant_id, Variant.product_id).where(Variant.sku == text)
    named = (
        select(Product.merchant_id, Product.id)
        .where(begins_with(Product.name, text))
        .order_by(Product.name)
        .limit(limit)
        .subquery()
    )
    rows = db.session.execute(
        select(Product.merchant_id, Product.id, Product.name, Product.created_at, Merchant.name.label("merchant"))
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(
            tuple_(Product.merchant_id, Product.id).in_(of_variants.union_all(select(named.c.merchant_id, named.c.id)))
        )
        .order_by(Product.name, Product.id)
        .limit(limit)
    )
    return [
        SearchHit(
            row.name,
            row.merchant,
            "office.product",
            {"merchant_id": row.merchant_id, "product_id": row.id},
            row.created_at,
        )
        for row in rows
    ]


def _audit(text: str, limit: int) -> Sequence[SearchHit]:
    rows = db.session.execute(
        select(AuditEntry.chain, AuditEntry.action, AuditEntry.subject, AuditEntry.at)
        .where(AuditEntry.subject == text)
        .order_by(AuditEntry.at.desc())
        .limit(limit)
    )
    return [
        SearchHit(
            row.action,
            row.subject if row.chain == PLATFORM else f"{row.subject} · {row.chain}",
            "office.audit",
            {"subject": row.subject},
            row.at,
        )
        for row in rows
    ]


SOURCES = (
    SearchSource("merchants", _("Merchants"), "merchants.view", _merchants, 10),
    SearchSource("domains", _("Domains"), "merchants.view", _domains, 20),
    SearchSource("orders", _("Orders"), "search", _orders, 30),
    SearchSource("people", _("People"), "people.view", _people, 40, personal=True),
    SearchSource("customers", _("Customers of shops"), "people.view", _customers, 50, personal=True),
    SearchSource("payments", _("Payments"), "search", _payments, 60),
    SearchSource("payouts", _("Withdrawals"), "search", _payouts, 70),
    SearchSource("transfers", _("Ledger transfers"), "ledger.view", _transfers, 80),
    SearchSource("products", _("Products"), "search", _products, 90),
    SearchSource("audit", _("Audit trail"), "audit.view", _audit, 100),
)
