"""One thing each, as staff see it and cannot change it: an order, a payment, a withdrawal, a product, a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, url_for
from sqlalchemy import func, select

from core.audit import record
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.base.i18n import money_text
from core.base.transactions import transactional
from core.catalog.models import Product, Variant
from core.identity.levels import level_of
from core.ledger.models import LedgerTransfer
from core.ledger.queries import balance
from core.ledger.values import AccountRef
from core.orders.models import Order, OrderLine
from core.orders.queries import orders_of_customer
from core.orders.states import LABELS, OrderState
from core.parties.models import Customer, Person
from core.parties.roles import posts_of
from core.parties.staff import STAFF_ROLES, require_staff
from core.payments.models import BankAccount, Payment, Payout, Refund
from core.shops.models import Merchant
from core.web.console.words import OUTWARD_STATES, PAYMENT_STATES, provider_label, transfer_label
from core.web.formats import datetime_text
from core.web.office.page import blueprint, show, staff_id, staff_page
from core.web.office.sources import mask_email

_TRANSFERS_MAX = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table, with where it leads."""

    text: Any
    url: str | None = None
    end: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A table below the facts."""

    title: Any
    columns: Sequence[Any]
    rows: Sequence[Sequence[Cell]]


Fact = tuple[Any, Any, str | None]


def _thing(title: str, what: Any, facts: Sequence[Fact], listings: Sequence[Listing], **more: Any) -> Response:
    return show("thing", title=title, what=what, facts=facts, listings=listings, **more)


def _merchant(merchant_id: str) -> Fact:
    name = db.session.scalar(select(Merchant.name).where(Merchant.id == merchant_id))
    if name is None:
        raise NotFound(_("There is no such thing here."))
    return _("Merchant"), name, url_for("office.merchant", merchant_id=merchant_id)


def _missing() -> NotFound:
    return NotFound(_("There is no such thing here."))


@blueprint.get("/orders/<merchant_id>/<order_id>")
@staff_page("search")
def order(merchant_id: str, order_id: str) -> Response:
    """An order: where it stands, what was paid and given back, and the ledger's transfers for it."""
    merchant, row = _merchant(merchant_id), db.session.get(Order, (merchant_id, order_id))
    if row is None:
        raise _missing()
    goods = db.session.scalars(
        select(OrderLine)
        .where(OrderLine.merchant_id == merchant_id, OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    )
    paid = db.session.scalars(
        select(Payment)
        .where(Payment.merchant_id == merchant_id, Payment.purpose == "order", Payment.subject_id == order_id)
        .order_by(Payment.id)
    ).all()
    refunds = _refunds_of(merchant_id, [one.id for one in paid])
    escrow = balance(AccountRef("order_escrow", merchant_id, row.currency, order_id)).posted_minor
    facts: list[Fact] = [
        merchant,
        (_("State"), LABELS[OrderState(row.state)], None),
        (_("Total"), money_text(row.total_minor, row.currency), None),
        (_("Given back"), money_text(row.refunded_minor, row.currency), None),
        (_("Held in escrow"), money_text(escrow, row.currency), None),
        (_("Buyer"), mask_email(row.email), _customer_url(merchant_id, row.customer_id)),
        (_("Placed"), datetime_text(row.placed_at), None),
        (_("Paid"), datetime_text(row.paid_at) if row.paid_at else "–", None),
        (_("Released at"), datetime_text(row.release_at) if row.release_at else "–", None),
        (_("Id"), row.id, None),
    ]
    lines = [
        [
            Cell(f"{line.name} {line.variant_label}".strip(), _product_url(merchant_id, line.product_id)),
            Cell(line.sku or "–"),
            Cell(line.quantity, end=True),
            Cell(money_text(line.total_minor, row.currency), end=True),
        ]
        for line in goods
    ]
    references = [row.id, *(one.id for one in paid), *(one.id for one in refunds)]
    return _thing(
        row.code,
        _("Order"),
        facts,
        [
            Listing(_("Goods"), (_("Goods"), _("SKU"), _("Pieces"), _("Total")), lines),
            _payments(merchant_id, paid),
            _refunds(refunds),
            _transfers(references),
        ],
    )


def _customer_url(merchant_id: str, customer_id: str | None) -> str | None:
    if customer_id is None:
        return None
    return url_for("office.customer", merchant_id=merchant_id, customer_id=customer_id)


def _product_url(merchant_id: str, product_id: str) -> str:
    return url_for("office.product", merchant_id=merchant_id, product_id=product_id)


def _payments(merchant_id: str, payments: Sequence[Payment]) -> Listing:
    rows = [
        [
            Cell(one.external_id or one.id, url_for("office.payment", merchant_id=merchant_id, payment_id=one.id)),
            Cell(provider_label(one.provider_id)),
            Cell(PAYMENT_STATES.get(one.state, one.state)),
            Cell(money_text(one.amount_minor, one.currency), end=True),
        ]
        for one in payments
    ]
    return Listing(_("Payments"), (_("Reference"), _("Way to pay"), _("State"), _("Amount")), rows)


def _refunds(refunds: Sequence[Refund]) -> Listing:
    rows = [
        [
            Cell(one.external_id or one.id),
            Cell(OUTWARD_STATES.get(one.state, one.state)),
            Cell(datetime_text(one.created_at)),
            Cell(money_text(one.amount_minor, one.currency), end=True),
        ]
        for one in refunds
    ]
    return Listing(_("Refunds"), (_("Reference"), _("State"), _("When"), _("Amount")), rows)


def _transfers(references: Sequence[str]) -> Listing:
    found = db.session.execute(
        select(LedgerTransfer.id, LedgerTransfer.kind, LedgerTransfer.reference, LedgerTransfer.occurred_at)
        .where(LedgerTransfer.reference.in_(references))
        .order_by(LedgerTransfer.id)
        .limit(_TRANSFERS_MAX)
    )
    rows = [
        [
            Cell(transfer_label(row.kind), url_for("office.transfer", transfer_id=row.id)),
            Cell(row.reference),
            Cell(datetime_text(row.occurred_at), end=True),
        ]
        for row in found
    ]
    return Listing(_("Ledger transfers"), (_("Transfer"), _("Reference"), _("When")), rows)


@blueprint.get("/payments/<merchant_id>/<payment_id>")
@staff_page("search")
def payment(merchant_id: str, payment_id: str) -> Response:
    """A payment: what the provider said, what came of it in the ledger."""
    merchant = _merchant(merchant_id)
    found = db.session.get(Payment, (merchant_id, payment_id))
    if found is None:
        raise _missing()
    refunds = _refunds_of(merchant_id, [payment_id])
    about = url_for("office.order", merchant_id=merchant_id, order_id=found.subject_id)
    facts: list[Fact] = [
        merchant,
        (_("State"), PAYMENT_STATES.get(found.state, found.state), None),
        (_("Amount"), money_text(found.amount_minor, found.currency), None),
        (_("Received"), money_text(found.received_minor, found.currency), None),
        (_("Given back"), money_text(found.refunded_minor, found.currency), None),
        (_("Way to pay"), provider_label(found.provider_id), None),
        (_("Reference"), found.external_id or "–", None),
        (_("What for"), found.subject_id, about if found.purpose == "order" else None),
        (_("Begun"), datetime_text(found.created_at), None),
        (_("Received at"), datetime_text(found.captured_at) if found.captured_at else "–", None),
        (_("Said by the provider"), found.message or "–", None),
        (_("Times asked"), found.attempts, None),
        (_("Id"), found.id, None),
    ]
    return _thing(
        found.external_id or found.id,
        _("Payment"),
        facts,
        [_refunds(refunds), _transfers([found.id, *(one.id for one in refunds)])],
    )


def _refunds_of(merchant_id: str, payment_ids: Sequence[str]) -> Sequence[Refund]:
    return db.session.scalars(
        select(Refund).where(Refund.merchant_id == merchant_id, Refund.payment_id.in_(payment_ids)).order_by(Refund.id)
    ).all()


@blueprint.get("/payouts/<merchant_id>/<payout_id>")
@staff_page("search")
def payout(merchant_id: str, payout_id: str) -> Response:
    """A withdrawal: where to, how far it came."""
    merchant = _merchant(merchant_id)
    found = db.session.get(Payout, (merchant_id, payout_id))
    if found is None:
        raise _missing()
    account = db.session.get(BankAccount, (merchant_id, found.bank_account_id))
    facts: list[Fact] = [
        merchant,
        (_("State"), OUTWARD_STATES.get(found.state, found.state), None),
        (_("Amount"), money_text(found.amount_minor, found.currency), None),
        (_("Bank account"), f"{account.bank_name} {account.masked}" if account else "–", None),
        (_("Way"), found.provider_id, None),
        (_("Reference"), found.external_id or "–", None),
        (_("Asked for"), datetime_text(found.created_at), None),
        (_("Settled"), datetime_text(found.settled_at) if found.settled_at else "–", None),
        (_("Said by the provider"), found.message or "–", None),
        (_("Id"), found.id, None),
    ]
    return _thing(found.external_id or found.id, _("Withdrawal"), facts, [_transfers([found.id])])


@blueprint.get("/products/<merchant_id>/<product_id>")
@staff_page("search")
def product(merchant_id: str, product_id: str) -> Response:
    """A product with its variants."""
    merchant = _merchant(merchant_id)
    found = db.session.get(Product, (merchant_id, product_id))
    if found is None:
        raise _missing()
    currency = db.session.scalar(select(Merchant.currency).where(Merchant.id == merchant_id)) or ""
    variants = db.session.scalars(
        select(Variant)
        .where(Variant.merchant_id == merchant_id, Variant.product_id == product_id)
        .order_by(Variant.position)
        .limit(100)
    )
    rows = [
        [
            Cell(one.label or found.name),
            Cell(one.sku or "–"),
            Cell(_("For sale") if one.active else _("Gone")),
            Cell(money_text(one.price_minor, currency), end=True),
        ]
        for one in variants
    ]
    facts: list[Fact] = [
        merchant,
        (_("State"), _("Published") if found.published else _("Not published"), None),
        (_("Address"), f"/products/{found.slug}", None),
        (_("Made"), datetime_text(found.created_at), None),
        (_("Changed"), datetime_text(found.updated_at), None),
        (_("Id"), found.id, None),
    ]
    columns = (_("Variant"), _("SKU"), _("State"), _("Price"))
    return _thing(found.name, _("Product"), facts, [Listing(_("Variants"), columns, rows)])


@blueprint.get("/people/<person_id>")
@staff_page("people.view")
def person(person_id: str) -> Response:
    """A member of the platform. That it was opened stands in the audit trail."""
    if db.session.get(Person, person_id) is None:
        raise _missing()
    note_opened("person", person_id, None, actor_id=staff_id())
    found = db.session.get_one(Person, person_id)
    facts: list[Fact] = [
        (_("E-mail"), found.email, None),
        (_("Telephone"), found.phone or "–", None),
        (_("Language"), found.locale, None),
        (_("Verified to level"), level_of("person", person_id), None),
        (_("Works for the platform"), STAFF_ROLES[found.staff_role] if found.staff_role else "–", None),
        (_("Since"), datetime_text(found.created_at), None),
        (_("Id"), found.id, None),
    ]
    posts = [
        [
            Cell(
                post.name,
                url_for("office.merchant", merchant_id=post.merchant_id) if post.kind == "merchant" else None,
            ),
            Cell(post.role),
        ]
        for post in posts_of(person_id)
    ]
    listings = [Listing(_("Acts for"), (_("Organisation"), _("Role")), posts)]
    customers = [
        [Cell(name, _customer_url(merchant_id, customer_id)), Cell(datetime_text(linked_at) if linked_at else "–")]
        for merchant_id, customer_id, linked_at, name in db.session.execute(
            select(Customer.merchant_id, Customer.id, Customer.linked_at, Merchant.name)
            .join(Merchant, Merchant.id == Customer.merchant_id)
            .where(Customer.person_id == person_id)
            .limit(50)
        )
    ]
    listings.append(Listing(_("Buys in"), (_("Shop"), _("Linked")), customers))
    return _thing(found.name, _("Person"), facts, listings, trail=url_for("office.audit", who=person_id), opened=True)


@blueprint.get("/customers/<merchant_id>/<customer_id>")
@staff_page("people.view")
def customer(merchant_id: str, customer_id: str) -> Response:
    """A customer of one shop, with the latest orders. That it was opened stands in the shop's audit trail."""
    if db.session.get(Customer, (merchant_id, customer_id)) is None:
        raise _missing()
    note_opened("customer", customer_id, merchant_id, actor_id=staff_id())
    merchant, found = _merchant(merchant_id), db.session.get_one(Customer, (merchant_id, customer_id))
    count = db.session.scalar(
        select(func.count()).where(Order.merchant_id == merchant_id, Order.customer_id == customer_id)
    )
    facts: list[Fact] = [
        merchant,
        (_("E-mail"), found.email, None),
        (_("Telephone"), found.phone or "–", None),
        (_("Orders"), count or 0, None),
        (_("Since"), datetime_text(found.created_at), None),
        (_("Id"), found.id, None),
    ]
    orders = [
        [
            Cell(one.code, url_for("office.order", merchant_id=merchant_id, order_id=one.id)),
            Cell(LABELS[OrderState(one.state)]),
            Cell(datetime_text(one.placed_at)),
            Cell(money_text(one.total_minor, one.currency), end=True),
        ]
        for one in orders_of_customer(merchant_id, customer_id, 20)
    ]
    columns = (_("Order"), _("State"), _("Placed"), _("Total"))
    return _thing(found.name, _("Customer"), facts, [Listing(_("Latest orders"), columns, orders)], opened=True)


@transactional
def note_opened(kind: str, subject_id: str, merchant_id: str | None, *, actor_id: str) -> None:
    """Note that staff opened somebody's personal data. Raises RoleNotEnough, FactorNeeded."""
    require_staff(actor_id, "people.view")
    record(f"{kind}.opened", actor_id=actor_id, subject=f"{kind}:{subject_id}", merchant_id=merchant_id)
