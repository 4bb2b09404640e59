"""Ways to bring goods to the buyer, with their price."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from core.contract.providers.base import Provider
from core.contract.views import AddressView, BasketView, ShopView


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    """One choice at checkout. `code` is stable within its provider; the price is what the buyer is quoted."""

    code: str
    label: str
    price_minor: int
    detail: str = ""
    days_min: int | None = None
    days_max: int | None = None


class DeliveryMethod(Provider):
    """Prices the delivery of a basket."""

    @abstractmethod
    def options(self, shop: ShopView, basket: BasketView, address: AddressView) -> Sequence[DeliveryOption]:
        """The choices for this basket and address, cheapest first; empty when it cannot deliver there.

        Called when checkout is shown and again, in the transaction, when the order is placed: no write, no call to
        the outside, the same answer for the same input. An exception leaves it out, and the merchant sees that.
        """
