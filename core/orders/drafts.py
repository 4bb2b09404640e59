"""Orders that staff prepare: kept as they are typed, then sent with a link to pay, or marked as paid outside.

The same form edits an order that awaits payment: a draft that `edits` it takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.catalog.models import Product, Variant
from core.contract.views import AddressView, FeeLine
from core.discounts.rules import Offer
from core.giftcards.spending import spend_held
from core.inventory import service as inventory
from core.orders.basket import stocked
from core.orders.card_lines import hand_over_cards
from core.orders.models import DraftOrder, Order, OrderCharge, OrderLine
from core.orders.moves import available_of, escrow_of, lock_order, move, write_event
from core.orders.placing import write_lines
from core.orders.pricing import EXEMPT_CODE
from core.orders.service import close_open_payments
from core.orders.staff_orders import (
    CREDIT,
    Made,
    Prepared,
    WantedLine,
    WantedOrder,
    make_order,
    prepare_order,
)
from core.orders.states import OrderState, WrongState
from core.parties.models import Customer
from core.parties.roles import require_permission
from core.shops.context import ShopContext
from core.shops.trading import pay_link_days

DRAFTS_MAX = 500
FEES_MAX = 10
EMAIL_LEAST = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far. Amounts are minor units; `rate_ppm` and `off_minor` are the discount."""

    email: str = ""
    address: dict[str, Any] | None = None
    lines: tuple[WantedLine, ...] = ()
    fees: tuple[tuple[str, int], ...] = ()
    rate_ppm: int = 0
    off_minor: int = 0
    delivery_label: str = ""
    delivery_minor: int = 0
    note: str = ""
    locale: str = "en"
    edits: str = ""
    """The order that awaits payment and whose place this takes."""

    def stored(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Draft:
        """As it was kept."""
        return cls(
            **{
                **stored,
                "lines": tuple(WantedLine(**line) for line in stored["lines"]),
                "fees": tuple((str(label), int(amount)) for label, amount in stored["fees"]),
            }
        )


@dataclass(frozen=True, slots=True)
class VariantFound:
    """Something that can be put into a draft."""

    variant_id: str
    name: str
    label: str
    sku: str
    price_minor: int
    image_url: str = field(default="")


def find_draft(merchant_id: str, draft_id: str) -> tuple[DraftOrder, Draft]:
    """A draft as it is kept. Raises NotFound."""
    row = db.session.get(DraftOrder, (merchant_id, draft_id))
    if row is None:
        raise NotFound(_("There is no such draft."))
    return row, Draft.of(row.content)


def open_drafts(merchant_id: str, limit: int = 100) -> Sequence[DraftOrder]:
    """Drafts that have not become orders, those touched last first."""
    return db.session.scalars(
        select(DraftOrder)
        .where(DraftOrder.merchant_id == merchant_id, DraftOrder.order_id.is_(None))
        .order_by(DraftOrder.updated_at.desc())
        .limit(limit)
    ).all()


def variants_named(merchant_id: str, text: str, limit: int = 12) -> list[VariantFound]:
    """What has this in its name, or this as its SKU."""
    text = text.strip()
    if not text:
        return []
    return _found(
        merchant_id, (Product.name.icontains(text, autoescape=True) | (func.lower(Variant.sku) == text.lower()),), limit
    )


def variants_with(merchant_id: str, variant_ids: Sequence[str]) -> dict[str, VariantFound]:
    """The goods of a draft's lines by their ids; those that are gone are left out."""
    return {one.variant_id: one for one in _found(merchant_id, (Variant.id.in_(list(variant_ids)),), len(variant_ids))}


def _found(merchant_id: str, where: tuple[Any, ...], limit: int) -> list[VariantFound]:
    rows = db.session.execute(
        select(Variant.id, Product.name, Variant.label, Variant.sku, Variant.price_minor, Product.image_url)
        .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
        .where(Variant.merchant_id == merchant_id, Variant.active, *where)
        .order_by(Product.name, Variant.position, Variant.id)
        .limit(limit)
    )
    return [VariantFound(row[0], row[1], row[2], row[3] or "", row[4], row[5]) for row in rows]


@transactional
def save_draft(merchant_id: str, draft: Draft, *, draft_id: str | None = None, actor_id: str) -> str:
    """Keep a draft, complete or not. Returns its id. Raises RoleNotEnough, NotFound, WrongState, Invalid."""
    require_permission(actor_id, merchant_id, "orders.fulfil")
    moment = clock.now()
    if draft_id is not None:
        row = _locked(merchant_id, draft_id)
        row.content, row.updated_at = replace(draft, edits=str(row.content.get("edits", ""))).stored(), moment
        return draft_id
    count = db.session.scalar(
        select(func.count())
        .select_from(DraftOrder)
        .where(DraftOrder.merchant_id == merchant_id, DraftOrder.order_id.is_(None))
    )
    if (count or 0) >= DRAFTS_MAX:
        raise Invalid(_("There are %(count)d drafts already. Remove some first.", count=DRAFTS_MAX))
    draft_id = new_id("drf")
    db.session.add(
        DraftOrder(
            merchant_id=merchant_id,
            id=draft_id,
            content=draft.stored(),
            created_by=actor_id,
            created_at=moment,
            updated_at=moment,
        )
    )
    return draft_id


@transactional
def remove_draft(merchant_id: str, draft_id: str, *, actor_id: str) -> None:
    """Forget a draft. Raises RoleNotEnough, NotFound, WrongState."""
    require_permission(actor_id, merchant_id, "orders.fulfil")
    db.session.delete(_locked(merchant_id, draft_id))


@transactional
def draft_from_order(merchant_id: str, order_id: str, *, edits: bool = False, actor_id: str) -> str:
    """A draft like an order, at today's prices; with `edits` one at its own prices that takes its place.

    Raises RoleNotEnough, OrderNotFound, WrongState (the order does not await payment any more).
    """
    require_permission(actor_id, merchant_id, "orders.fulfil")
    order = lock_order(merchant_id, order_id)
    charges = db.session.scalars(
        select(OrderCharge)
        .where(OrderCharge.merchant_id == merchant_id, OrderCharge.order_id == order_id)
        .order_by(OrderCharge.position)
    ).all()
    if edits:
        _require_editable(order, charges)
    lines = db.session.scalars(
        select(OrderLine)
        .where(OrderLine.merchant_id == merchant_id, OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    ).all()
    known = variants_with(merchant_id, [line.variant_id for line in lines])
    off = sum(-one.amount_minor for one in charges if one.kind == "discount" and one.code not in (EXEMPT_CODE, CREDIT))
    draft = Draft(
        email=order.email,
        address=order.address,
        lines=tuple(
            WantedLine(line.variant_id, line.quantity, line.unit_price_minor if edits else None)
            for line in lines
            if line.variant_id in known
        ),
        fees=tuple((one.label, one.amount_minor) for one in charges if one.kind == "fee")[:FEES_MAX],
        off_minor=off if edits else 0,
        delivery_label=str(order.delivery.get("label") or ""),
        delivery_minor=order.delivery_minor,
        note=order.note,
        locale=order.locale,
        edits=order_id if edits else "",
    )
    return save_draft(merchant_id, draft, actor_id=actor_id)


def price_draft(shop: ShopContext, draft: Draft) -> Prepared:
    """What a draft comes to. Raises CartEmpty, NotForSale, Invalid, AddressNeeded."""
    return prepare_order(shop, wanted_by(shop, draft))


def wanted_by(shop: ShopContext, draft: Draft) -> WantedOrder:
    """A draft as an order that can be made."""
    customer_id = db.session.scalar(
        select(Customer.id).where(Customer.merchant_id == shop.merchant_id, Customer.email == draft.email.lower())
    )
    return WantedOrder(
        email=draft.email.lower(),
        locale=draft.locale,
        lines=draft.lines,
        address=AddressView(**draft.address) if draft.address else None,
        customer_id=customer_id,
        delivery=(draft.delivery_label, draft.delivery_minor) if draft.delivery_label else None,
        offers=_staff_offers(draft),
        fees=tuple(FeeLine(f"staff.{place}", label, amount) for place, (label, amount) in enumerate(draft.fees)),
        note=draft.note,
    )


def _staff_offers(draft: Draft) -> tuple[Offer, ...]:
    """What the shop takes off by hand: the percentage of the goods first, then the amount."""
    label = gettext("Discount")
    percent = Offer("staff.1", label, "percent", rate_ppm=draft.rate_ppm, with_goods=True)
    amount = Offer("staff.2", label, "amount", amount_minor=draft.off_minor, with_goods=True)
    return tuple(offer for offer in (percent, amount) if offer.rate_ppm or offer.amount_minor)


@transactional
def place_draft(shop: ShopContext, draft_id: str, *, outside: str = "", actor_id: str) -> Made:
    """Make the order of a draft: the buyer is sent a link to pay it, or (`outside` says how) has paid the shop itself.

    Raises RoleNotEnough, NotFound, WrongState, CartEmpty, NotForSale, Invalid, AddressNeeded, StockGone.
    """
    require_permission(actor_id, shop.merchant_id, "orders.fulfil")
    row = _locked(shop.merchant_id, draft_id)
    draft = Draft.of(row.content)
    if len(draft.email) < EMAIL_LEAST or "@" not in draft.email:
        words = _("Write the buyer's e-mail address.")
        raise Invalid(words, fields={"email": words})
    if draft.address is not None:
        missing = {
            f"address-{part}": _("This is needed.") for part in ("name", "line1", "city") if not draft.address.get(part)
        }
        if missing:
            raise Invalid(_("Please correct the marked fields."), fields=missing)
    if draft.edits:
        made = edit_order(shop, draft.edits, wanted_by(shop, draft), actor_id=actor_id)
    else:
        made = make_order(shop, wanted_by(shop, draft), actor_id=actor_id, ask=not outside)
    row.order_id, row.updated_at = made.order_id, clock.now()
    db.session.flush()
    if outside and made.total_minor:
        mark_paid_outside(shop.merchant_id, made.order_id, how=outside, actor_id=actor_id)
    return made


@transactional
def mark_paid_outside(merchant_id: str, order_id: str, *, how: str, actor_id: str) -> None:
    """The buyer paid the shop itself (cash, its own bank account): nothing comes into the platform's custody, nothing
    is held in escrow, no fee is taken, and what goes back later the shop gives back itself.

    Raises RoleNotEnough, OrderNotFound, WrongState, Invalid.
    """
    require_permission(actor_id, merchant_id, "orders.refund")
    if not how.strip():
        words = _("Say how it was paid.")
        raise Invalid(words, fields={"how": words})
    order = lock_order(merchant_id, order_id)
    if order.state != OrderState.PENDING:
        raise WrongState(_("This order does not await payment any more."))
    close_open_payments(order)
    outside_minor = order.total_minor - order.gift_card_minor
    order.outside_minor, order.paid_at, order.pay_until = outside_minor, clock.now(), None
    if order.gift_card_minor:
        spend_held(merchant_id, order_id, escrow_of(order), memo=order.code)
    move(order, OrderState.PAID, actor_id, {"amount_minor": outside_minor, "outside": how.strip()[:200]})
    if order.cards_minor:
        hand_over_cards(order, available_of(order))
    record(
        "order.paid_outside",
        actor_id=actor_id,
        subject=f"order:{order_id}",
        merchant_id=merchant_id,
        details={"amount_minor": order.total_minor, "currency": order.currency},
    )


@transactional
def edit_order(shop: ShopContext, order_id: str, wanted: WantedOrder, *, actor_id: str) -> Made:
    """Change an order that awaits payment: its stock is reserved anew, what was begun to be paid is closed.

    A payment of the former total that comes all the same is given back.
    Raises RoleNotEnough, OrderNotFound, WrongState, Invalid, CartEmpty, NotForSale, AddressNeeded, StockGone.
    """
    merchant_id = shop.merchant_id
    require_permission(actor_id, merchant_id, "orders.fulfil")
    order = lock_order(merchant_id, order_id)
    mine = (OrderCharge.merchant_id == merchant_id, OrderCharge.order_id == order_id)
    _require_editable(order, db.session.scalars(select(OrderCharge).where(*mine)).all())
    prepared = prepare_order(shop, wanted)
    quote = prepared.quote
    close_open_payments(order)
    inventory.release(merchant_id, order_id)
    db.session.execute(delete(OrderCharge).where(*mine))
    db.session.execute(delete(OrderLine).where(OrderLine.merchant_id == merchant_id, OrderLine.order_id == order_id))
    pieces = stocked(prepared.items)
    if pieces:
        inventory.reserve(merchant_id, order_id, pieces)
    before = order.total_minor
    order.goods_minor, order.discount_minor = quote.goods_minor, quote.discount_minor
    order.delivery_minor, order.fees_minor = quote.delivery_minor, quote.fees_minor
    order.tax_minor, order.total_minor, order.tax_note = quote.tax_minor, quote.total_minor, prepared.tax_note
    order.cards_minor = quote.vouchers_minor
    order.email, order.customer_id, order.note = wanted.email, wanted.customer_id, wanted.note
    order.address = asdict(wanted.address) if wanted.address else None
    order.delivery = asdict(prepared.delivery) if prepared.delivery else {}
    order.pay_until = clock.now() + timedelta(days=pay_link_days(shop.options))
    db.session.flush()
    write_lines(merchant_id, order_id, prepared.items, quote)
    write_event(order, "edited", actor_id, {"before_minor": before, "amount_minor": order.total_minor})
    record(
        "order.edited",
        actor_id=actor_id,
        subject=f"order:{order_id}",
        merchant_id=merchant_id,
        details={"before_minor": before, "after_minor": order.total_minor, "currency": order.currency},
    )
    told = {"order_id": order_id, "code": order.code}
    emit("order.changed", told, merchant_id=merchant_id)
    if order.total_minor:
        emit("order.payment_asked", {"order_id": order_id, "asked": new_id("ask")}, merchant_id=merchant_id)
    else:
        order.paid_at, order.pay_until = clock.now(), None
        move(order, OrderState.PAID, actor_id)
    return Made(order_id, order.code, order.total_minor)


@transactional
def ask_again(merchant_id: str, order_id: str, *, actor_id: str) -> None:
    """Send the link to pay once more. Raises RoleNotEnough, OrderNotFound, WrongState."""
    require_permission(actor_id, merchant_id, "orders.fulfil")
    order = lock_order(merchant_id, order_id)
    if order.state != OrderState.PENDING:
        raise WrongState(_("This order does not await payment any more."))
    emit("order.payment_asked", {"order_id": order_id, "asked": new_id("ask")}, merchant_id=merchant_id)


def _require_editable(order: Order, charges: Sequence[OrderCharge]) -> None:
    if order.state != OrderState.PENDING:
        raise WrongState(_("Only an order that awaits payment can be edited."))
    if order.gift_card_minor:
        raise WrongState(_("A gift card pays a part of this order: cancel it and place it anew."))
    if order.cards_minor:
        raise WrongState(_("This order sells gift cards: cancel it and place it anew."))
    if any(charge.code == CREDIT for charge in charges):
        raise WrongState(_("An order made in exchange is not edited: cancel it and settle the return anew."))


def _locked(merchant_id: str, draft_id: str) -> DraftOrder:
    row = db.session.get(DraftOrder, (merchant_id, draft_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(_("There is no such draft."))
    if row.order_id is not None:
        raise WrongState(_("This draft has become an order already."))
    return row
