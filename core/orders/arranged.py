"""What stands in where a merchant has no delivery plugin on: the shop still sells."""

from __future__ import annotations

from collections.abc import Sequence

from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.contract.providers import DeliveryMethod, DeliveryOption
from core.contract.views import AddressView, BasketView, ShopView


class ArrangedDelivery(DeliveryMethod):
    """Merchant and buyer arrange the delivery between them; it costs nothing on top."""

    id = "core.arranged"
    label = _("Arranged with the shop")

    def options(self, shop: ShopView, basket: BasketView, address: AddressView) -> Sequence[DeliveryOption]:
        """One choice, everywhere, free of charge."""
        return (
            DeliveryOption(
                code="arranged",
                label=gettext("Arranged with the shop"),
                price_minor=0,
                detail=gettext("The shop will contact you about how your order reaches you."),
            ),
        )


ARRANGED = ArrangedDelivery()
