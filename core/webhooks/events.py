"""The events that merchants' systems can be told of: the one list that the document, the console and the sender use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.base.i18n import lazy_gettext as _

ALL = "*"


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event; `data` names what its data holds."""

    name: str
    label: Any
    data: tuple[str, ...]


EVENTS: Mapping[str, EventType] = {
    event.name: event
    for event in (
        EventType("order.placed", _("An order was placed"), ("order_id", "code")),
        EventType("order.paid", _("An order was paid"), ("order_id", "code")),
        EventType("order.packed", _("An order was packed"), ("order_id", "code")),
        EventType("order.unpacked", _("A packed order was unpacked again"), ("order_id", "code")),
        EventType("order.partly_shipped", _("A part of an order was shipped"), ("order_id", "code")),
        EventType("shipment.shipped", _("A parcel left"), ("order_id", "shipment_id")),
        EventType("shipment.corrected", _("A parcel's tracking was corrected"), ("order_id", "shipment_id")),
        EventType("order.lines_cancelled", _("Pieces were taken out of an order"), ("order_id", "code")),
        EventType("order.shipped", _("An order was shipped"), ("order_id", "code")),
        EventType("order.completed", _("An order was received, its money is free"), ("order_id", "code")),
        EventType("order.cancelled", _("An order was cancelled"), ("order_id", "code")),
        EventType("refund_request.opened", _("A buyer asks for money back"), ("order_id", "request_id")),
        EventType("refund_request.declined", _("A wish for money back was declined"), ("order_id",)),
        *(
            EventType(f"return.{state}", words, ("order_id", "code", "return_id"))
            for state, words in (
                ("requested", _("A buyer wants to send goods back")),
                ("approved", _("A return was approved")),
                ("sent", _("A buyer sent goods back")),
                ("received", _("Returned goods arrived")),
                ("settled", _("A return was paid back or exchanged")),
                ("declined", _("A return was declined")),
                ("withdrawn", _("A buyer withdrew a return")),
                ("closed", _("Goods of a return never arrived")),
            )
        ),
        EventType("gift_card.issued", _("A gift card was given out or sold"), ("gift_card_id", "amount_minor")),
        EventType("gift_card.spent", _("A gift card paid for an order"), ("gift_card_id", "order_id", "amount_minor")),
        EventType(
            "gift_card.returned", _("Money came back onto a gift card"), ("order_id", "return_id", "amount_minor")
        ),
        EventType("gift_card.disabled", _("A gift card was switched off"), ("gift_card_id",)),
        EventType("gift_card.enabled", _("A gift card was switched on again"), ("gift_card_id",)),
        EventType("gift_card.expired", _("A gift card expired"), ("gift_card_id",)),
        EventType(
            "gift_card.taken_back", _("A gift card's rest went back to its buyer"), ("gift_card_id", "amount_minor")
        ),
        EventType("discount.created", _("A discount was made"), ("discount_id",)),
        EventType("discount.updated", _("A discount was changed, or switched off or on"), ("discount_id",)),
        EventType("discount.ended", _("A discount was ended"), ("discount_id",)),
        EventType("payment.captured", _("A payment came in"), ("payment_id", "amount_minor")),
        EventType("payment.ended", _("A payment failed or was cancelled"), ("payment_id", "state")),
        EventType("payment.given_back", _("Money that fitted no order goes back"), ("payment_id", "reason")),
        EventType("refund.created", _("A refund is on its way"), ("refund_id", "payment_id")),
        EventType("refund.ended", _("A refund arrived or failed"), ("refund_id", "succeeded")),
        EventType("invoice.issued", _("An invoice was issued"), ("invoice_id", "order_id", "number")),
        EventType("credit_note.issued", _("A credit note was issued"), ("invoice_id", "order_id", "number")),
        EventType(
            "fee_invoice.issued", _("The platform issued an invoice for its fees"), ("invoice_id", "number", "period")
        ),
        EventType("payout.created", _("A withdrawal was asked for"), ("payout_id",)),
        EventType("payout.ended", _("A withdrawal arrived or failed"), ("payout_id", "state")),
        EventType("catalog.imported", _("A catalogue file was imported"), ()),
        EventType("team.joined", _("Somebody joined the team"), ("person_id", "role")),
        EventType("team.changed", _("Somebody's role changed"), ("person_id", "role")),
        EventType("shop.plugin_changed", _("A plugin was switched or set up"), ("plugin_id", "enabled")),
        EventType("shop.domain_proven", _("A domain was proven"), ("domain_id", "host")),
        EventType("webhook.test", _("A test that somebody sent"), ("note",)),
    )
}
TOPICS = tuple(name for name in EVENTS if name != "webhook.test")


def wanted_by(topics: list[str], topic: str) -> bool:
    """Whether an endpoint with these topics is told of an event."""
    return ALL in topics or topic in topics or topic == "webhook.test"
