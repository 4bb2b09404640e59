"""All that gift wrap does to the shop."""

from __future__ import annotations

from collections.abc import Sequence

from core.sdk import (
    BasketView,
    Check,
    ExportList,
    FacePages,
    FeeLine,
    Manifest,
    MessageKind,
    NavItem,
    OrderView,
    Permission,
    SearchSource,
    ShopView,
    Slot,
    hookimpl,
)
from core.sdk import lazy_gettext as _
from tongbao_giftwrap import PLUGIN, __version__
from tongbao_giftwrap.letters import WRAPPED
from tongbao_giftwrap.queries import WISHES, WRAPPED_ORDERS
from tongbao_giftwrap.schemas import Settings
from tongbao_giftwrap.service import fee_lines, forget_wish, remember_wish, verify_wishes
from tongbao_giftwrap.views import cart_form, console, order_note, storefront


class GiftWrap:
    """The buyer asks for gift wrap in the cart and writes a card; the merchant sees what to wrap."""

    manifest = Manifest(
        id=PLUGIN,
        name=_("Gift wrap"),
        summary=_("Buyers have their order wrapped, with a card that says what they like."),
        version=__version__,
        core=">=0.1,<0.99",
        package="tongbao_giftwrap",
        settings=Settings,
        permissions=(Permission("giftwrap.view", _("See orders to be wrapped")),),
    )

    @hookimpl
    def register_slots(self) -> Sequence[Slot]:
        """The form in the cart, and what the buyer sees later with the order."""
        return [
            Slot("storefront.cart.after_lines", 50, cart_form),
            Slot("storefront.order.after_lines", 50, order_note),
        ]

    @hookimpl
    def register_pages(self) -> Sequence[FacePages]:
        """Where the form goes, and the merchant's list."""
        return [FacePages("storefront", storefront), FacePages("console", console)]

    @hookimpl
    def register_navigation(self) -> Sequence[NavItem]:
        """The merchant's list."""
        return [NavItem("console", 60, _("Gift wrap"), "giftwrap_console.list_orders", "gift", "giftwrap.view")]

    @hookimpl
    def register_checks(self) -> Sequence[Check]:
        """Asked by `tongbao verify`."""
        return [Check("giftwrap.wishes", _("Every gift wrap was paid for"), verify_wishes)]

    @hookimpl
    def register_exports(self) -> Sequence[ExportList]:
        """What to wrap, as a file for the packing table."""
        return [WISHES]

    @hookimpl
    def register_search_sources(self) -> Sequence[SearchSource]:
        """The platform's staff find wrapped orders."""
        return [WRAPPED_ORDERS]

    @hookimpl
    def register_message_kinds(self) -> Sequence[MessageKind]:
        """Whoever ships is told what is wrapped."""
        return [WRAPPED]

    @hookimpl
    def contribute_fees(self, shop: ShopView, basket: BasketView) -> Sequence[FeeLine]:
        """The price of the wrapping."""
        return fee_lines(shop, basket)

    @hookimpl
    def order_placing(self, shop: ShopView, order: OrderView) -> None:
        """Remember what to wrap."""
        remember_wish(shop, order)

    @hookimpl
    def order_moved(self, shop: ShopView, order: OrderView, before: str, after: str) -> None:
        """Nothing is wrapped for an order that was cancelled."""
        if after == "cancelled":
            forget_wish(shop.merchant_id, order.order_id)


plugin = GiftWrap()
