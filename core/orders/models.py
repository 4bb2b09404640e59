"""Carts, orders, shipments, refund requests. Amounts are minor units of the merchant's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk
from core.base.outbox import SERIAL


class Cart(TenantRow, Base):
    """What a visitor means to buy. Prices are not kept here: they are computed afresh each time."""

    __tablename__ = "cart"

    coupon_code: Mapped[str | None] = mapped_column(String(40))
    gift_card_id: Mapped[str | None] = mapped_column(ID)
    """The gift card that is to pay for it, as far as it goes."""
    extras: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What plugins stored with the cart, by plugin id."""
    order_id: Mapped[str | None] = mapped_column(ID)
    """The order that it became; a cart becomes one order at most."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CartLine(TenantRow, Base):
    __tablename__ = "cart_line"

    cart_id: Mapped[str] = mapped_column(ID)
    variant_id: Mapped[str] = mapped_column(ID)
    quantity: Mapped[int]
    own_price_minor: Mapped[int | None]
    """What the buyer of a gift card wants to put on it; None: the variant's price."""
    gift: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    """Whom a gift card is for, as `core.orders.gifts.Gift` writes itself."""
    gift_key: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """Keeps gift cards in lines of their own: each may be for somebody else. Empty for goods."""
    seen_price_minor: Mapped[int]
    """The price that the buyer saw last; a difference is shown and must be agreed to before paying."""
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("cart_id", "cart"),
        tenant_fk("variant_id", "variant"),
        UniqueConstraint("merchant_id", "cart_id", "variant_id", "gift_key"),
        CheckConstraint("own_price_minor > 0", name="own_price_positive"),
        CheckConstraint("quantity > 0 AND quantity <= 9999", name="quantity_range"),
    )


class Order(TenantRow, Base):
    """A sale. States: see core.orders.states. Totals are fixed when it is placed."""

    __tablename__ = "orders"

    code: Mapped[str] = mapped_column(String(16))
    """What people say on the phone; unique in the shop and not guessable."""
    customer_id: Mapped[str | None] = mapped_column(ID)
    email: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    goods_minor: Mapped[int]
    discount_minor: Mapped[int]
    delivery_minor: Mapped[int]
    fees_minor: Mapped[int]
    tax_minor: Mapped[int]
    """Tax in the total, whether prices include it or not."""
    tax_note: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """Why the buyer owed no tax, and the buyer's number; empty for those who do."""
    total_minor: Mapped[int]
    refunded_minor: Mapped[int] = mapped_column(default=0)
    gift_card_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    """What of the total a gift card pays; the rest is asked of the buyer."""
    outside_minor: Mapped[int] = mapped_column(server_default="0")
    """What the merchant took itself, in cash or to its own bank account: it never was in the platform's custody."""
    cards_minor: Mapped[int] = mapped_column(server_default="0")
    """What of the total is put on gift cards that the order sells; it is their holders' as soon as it is paid."""
    cards_back_minor: Mapped[int] = mapped_column(server_default="0")
    """What of that was taken back from the cards, to be given back to the buyer."""
    fee_ppm: Mapped[int]
    """The platform's fee as agreed when it was placed."""
    address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    delivery: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """`{"provider_id", "code", "label", "price_minor"}`."""
    coupon_code: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    """What the buyer wrote."""
    tags: Mapped[list[Any]] = mapped_column(Json, server_default="[]")
    """What staff sort orders by: short words."""
    extras: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    cart_id: Mapped[str] = mapped_column(ID)
    placed_at: Mapped[datetime]
    pay_until: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    release_at: Mapped[datetime | None]
    """When escrow is released without the buyer's word; empty while a refund request is open."""
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("customer_id", "customer"),
        UniqueConstraint("merchant_id", "code"),
        UniqueConstraint("merchant_id", "cart_id"),
        Index("ix_orders_code", "code"),
        Index("ix_orders_listed", "merchant_id", "placed_at", "id"),
        Index("ix_orders_state", "merchant_id", "state", "id"),
        Index("ix_orders_paid", "merchant_id", "paid_at"),
        Index("ix_orders_customer", "merchant_id", "customer_id", "placed_at"),
        Index("ix_orders_pay_until", "state", "pay_until"),
        Index("ix_orders_release_at", "state", "release_at"),
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= total_minor", name="refund_within_total"),
        CheckConstraint(
            "cards_back_minor >= 0 AND cards_back_minor <= cards_minor AND cards_minor <= total_minor",
            name="cards_within_total",
        ),
        CheckConstraint("outside_minor >= 0 AND outside_minor <= total_minor", name="outside_within_total"),
    )

    @property
    def carded_minor(self) -> int:
        """What of the money that came through the platform stands on (or was spent from) cards that it sold."""
        return 0 if self.outside_minor else self.cards_minor - self.cards_back_minor


class OrderTerm(Base):
    """A word by which an order is found; see `core.orders.terms`. Made from the order, and made again at will."""

    __tablename__ = "order_term"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    term: Mapped[str] = mapped_column(String(80), primary_key=True)
    order_id: Mapped[str] = mapped_column(ID, primary_key=True)

    __table_args__ = (tenant_fk("order_id", "orders"), Index("ix_order_term_order", "merchant_id", "order_id"))


class SavedView(TenantRow, Base):
    """A filter of a list that somebody keeps under a name: their own, or (without a person) for the whole team."""

    __tablename__ = "saved_view"

    list_name: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(500))
    """The filter as the address of the list has it."""
    person_id: Mapped[str | None] = mapped_column(ID, ForeignKey("person.id"))
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_saved_view_list", "merchant_id", "list_name"),)


class StaffNote(TenantRow, Base):
    """What a member of the team wrote about an order; buyers never see it."""

    __tablename__ = "staff_note"

    order_id: Mapped[str] = mapped_column(ID)
    author_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        Index("ix_staff_note_order", "merchant_id", "order_id", "created_at"),
    )


class OrderLine(TenantRow, Base):
    """One thing bought, as it was named and priced then."""

    __tablename__ = "order_line"

    order_id: Mapped[str] = mapped_column(ID)
    product_id: Mapped[str] = mapped_column(ID)
    variant_id: Mapped[str] = mapped_column(ID)
    sku: Mapped[str] = mapped_column(String(80), default="")
    name: Mapped[str] = mapped_column(String(255))
    variant_label: Mapped[str] = mapped_column(String(200), default="")
    image_url: Mapped[str] = mapped_column(String(300), default="")
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    discount_minor: Mapped[int]
    tax_minor: Mapped[int]
    tax_ppm: Mapped[int] = mapped_column(default=0, server_default="0")
    tax_name: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """The rate that it bears, and what that was called."""
    total_minor: Mapped[int]
    """quantity x unit price - discount; includes tax only where the shop's prices do."""
    weight_grams: Mapped[int]
    requires_shipping: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(12), server_default="goods")
    """`goods` or `gift_card`, as the product was."""
    gift: Mapped[dict[str, Any]] = mapped_column(Json, server_default="{}")
    """Whom a gift card is for."""
    position: Mapped[int]
    shipped_quantity: Mapped[int] = mapped_column(server_default="0")
    cancelled_quantity: Mapped[int] = mapped_column(server_default="0")
    """Taken out of the order after it was paid; what was paid for it went back."""
    returned_quantity: Mapped[int] = mapped_column(server_default="0")
    """Came back to the shop after it was shipped."""

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        tenant_fk("variant_id", "variant"),
        CheckConstraint(
            "returned_quantity >= 0 AND returned_quantity <= shipped_quantity", name="returned_within_shipped"
        ),
        Index("ix_order_line_order", "merchant_id", "order_id", "position"),
        CheckConstraint(
            "shipped_quantity >= 0 AND cancelled_quantity >= 0 AND shipped_quantity + cancelled_quantity <= quantity",
            name="sent_within_bought",
        ),
    )

    @property
    def left(self) -> int:
        """What is still to be shipped, packed or not; a gift card never is."""
        if self.kind != "goods":
            return 0
        return self.quantity - self.shipped_quantity - self.cancelled_quantity


class OrderCharge(TenantRow, Base):
    """A line of the total that is not goods: discount, delivery, a plugin's fee, tax. They add up to the total."""

    __tablename__ = "order_charge"

    order_id: Mapped[str] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(12))
    """discount, delivery, fee, tax (only when prices exclude it)."""
    code: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(200))
    amount_minor: Mapped[int]
    tax_minor: Mapped[int] = mapped_column(default=0)
    tax_ppm: Mapped[int] = mapped_column(default=0, server_default="0")
    tax_name: Mapped[str] = mapped_column(String(40), default="", server_default="")
    position: Mapped[int]

    __table_args__ = (tenant_fk("order_id", "orders"), Index("ix_order_charge_order", "merchant_id", "order_id"))


class OrderEvent(Base):
    """The timeline of an order, written once. `kind` is translated when shown; `data` fills it in."""

    __tablename__ = "order_event"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    merchant_id: Mapped[str] = mapped_column(ID)
    order_id: Mapped[str] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    actor: Mapped[str] = mapped_column(String(60), default="system")
    """`buyer`, `system`, or a person's id."""
    created_at: Mapped[datetime]

    __table_args__ = (tenant_fk("order_id", "orders"), Index("ix_order_event_order", "merchant_id", "order_id", "id"))


class Shipment(TenantRow, Base):
    """A parcel of an order: packed, then handed to a carrier (shipped)."""

    __tablename__ = "shipment"

    order_id: Mapped[str] = mapped_column(ID)
    state: Mapped[str] = mapped_column(String(10), default="shipped", server_default="shipped")
    location_id: Mapped[str | None] = mapped_column(ID)
    """From where its goods are taken; None: from where they were allocated."""
    carrier: Mapped[str] = mapped_column(String(80), default="")
    tracking_number: Mapped[str] = mapped_column(String(80), default="")
    tracking_url: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        tenant_fk("location_id", "location"),
        Index("ix_shipment_order", "merchant_id", "order_id"),
    )


class ShipmentLine(Base):
    """How many of an order's line lie in a parcel."""

    __tablename__ = "shipment_line"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    shipment_id: Mapped[str] = mapped_column(ID, primary_key=True)
    order_line_id: Mapped[str] = mapped_column(ID, primary_key=True)
    quantity: Mapped[int]

    __table_args__ = (
        tenant_fk("shipment_id", "shipment"),
        tenant_fk("order_line_id", "order_line"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )


class RefundRequest(TenantRow, Base):
    """A buyer asks for money back; the merchant approves (in full or part) or declines with a reason.

    States: open, approved, declined, withdrawn. While one is open, escrow is not released on its own.
    """

    __tablename__ = "refund_request"

    order_id: Mapped[str] = mapped_column(ID)
    amount_minor: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(12), default="open")
    answer: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(ID)

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        Index("ix_refund_request_order", "merchant_id", "order_id"),
        Index("ix_refund_request_state", "merchant_id", "state", "created_at"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )


class DraftOrder(TenantRow, Base):
    """An order that staff prepare for somebody: its content as JSON until it becomes an order."""

    __tablename__ = "draft_order"

    content: Mapped[dict[str, Any]] = mapped_column(Json)
    """As `core.orders.drafts.Draft` writes itself."""
    created_by: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    order_id: Mapped[str | None] = mapped_column(ID)
    """The order that it became."""

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        Index("ix_draft_order_listed", "merchant_id", "updated_at"),
    )
