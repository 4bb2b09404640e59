"""Refusals about carts, checkout and orders. What each means for the money is in its words."""

from __future__ import annotations

from collections.abc import Mapping

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.orders.pricing import Quote


class OrderNotFound(NotFound):
    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such order."))


class DetailsNeeded(Invalid):
    """Something that this shop asks of its buyers is missing; `fields` says what."""

    code = "details_needed"

    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__(_("Please correct the marked fields."), fields=fields)


class CartEmpty(Refused):
    code = "cart_empty"

    def __init__(self) -> None:
        super().__init__(_("The cart is empty. Put something into it first."))


class NotForSale(Refused):
    code = "not_for_sale"

    def __init__(self) -> None:
        super().__init__(_("This is not for sale any more."))


class PriceChanged(Refused):
    """The total is not the one that the buyer agreed to. `quote` holds the new one."""

    code = "price_changed"

    def __init__(self, quote: Quote):
        super().__init__(_("A price has changed since you looked. Nothing was charged; please check the new total."))
        self.quote = quote


class NoWayToPay(Refused):
    code = "no_way_to_pay"

    def __init__(self) -> None:
        super().__init__(_("This shop has no way to pay set up at the moment. Nothing was charged."))


class NoWayToDeliver(Refused):
    code = "no_way_to_deliver"

    def __init__(self) -> None:
        super().__init__(_("This shop cannot deliver to this address at the moment. Nothing was charged."))


class AddressNeeded(Invalid):
    code = "address_needed"

    def __init__(self) -> None:
        super().__init__(
            _("Please say where the goods should go."), fields={"line1": _("An address is needed for delivery.")}
        )


class RefundRequestOpen(Refused):
    code = "refund_request_open"

    def __init__(self) -> None:
        super().__init__(_("A request or a return is open. Withdraw it first, or wait until the shop has settled it."))
