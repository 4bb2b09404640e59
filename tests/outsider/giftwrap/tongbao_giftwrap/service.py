"""What can be done with gift wrap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from core.sdk import (
    BasketView,
    FeeLine,
    Invalid,
    NotFound,
    OrderView,
    ShopView,
    clock,
    db,
    find_order,
    gettext,
    new_id,
    send_message,
    shop_view,
    transactional,
)
from tongbao_giftwrap import PLUGIN
from tongbao_giftwrap.models import WrappedOrder
from tongbao_giftwrap.schemas import LETTERS_MAX, PRICE_MINOR


def price_of(shop: ShopView) -> int:
    """What the wrapping costs in this shop, in minor units."""
    return int(shop.settings.get("price_minor", PRICE_MINOR))


def checked_words(shop: ShopView, words: str) -> str:
    """The words for the card, on one line each, no longer than the merchant allows. Raises Invalid."""
    tidy = "\n".join(line.strip() for line in words.strip().splitlines())
    limit = int(shop.settings.get("letters_max", LETTERS_MAX))
    if len(tidy) > limit:
        message = gettext("The card holds %(limit)s letters; these are %(count)s.", limit=limit, count=len(tidy))
        raise Invalid(message, fields={"words": [message]})
    return tidy


def fee_lines(shop: ShopView, basket: BasketView) -> Sequence[FeeLine]:
    """One line when the buyer asked for wrapping."""
    if not wish_of(basket.extras):
        return []
    return [FeeLine(f"{PLUGIN}.wrapping", gettext("Gift wrap"), price_of(shop))]


def wish_of(extras: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """What the buyer asked for, among what plugins keep with a cart or order."""
    return extras.get(PLUGIN) or None


@transactional
def remember_wish(shop: ShopView, order: OrderView) -> None:
    """Write down that an order is to be wrapped; in the transaction that places it."""
    wish = wish_of(order.extras)
    if wish is None:
        return
    db.session.add(
        WrappedOrder(
            merchant_id=shop.merchant_id,
            id=new_id("gwo"),
            order_id=order.order_id,
            order_code=order.code,
            words=str(wish.get("words", "")),
            price_minor=price_of(shop),
            created_at=clock.now(),
        )
    )


@transactional
def forget_wish(merchant_id: str, order_id: str) -> None:
    """The order was cancelled: unless it is wrapped already, there is nothing to wrap."""
    db.session.execute(
        delete(WrappedOrder).where(
            WrappedOrder.merchant_id == merchant_id,
            WrappedOrder.order_id == order_id,
            WrappedOrder.wrapped_at.is_(None),
        )
    )


@transactional
def mark_wrapped(merchant_id: str, wrapped_id: str, *, actor: str) -> None:
    """The merchant has wrapped it; whoever ships is told. Raises NotFound."""
    row = db.session.get(WrappedOrder, (merchant_id, wrapped_id))
    if row is None:
        raise NotFound(gettext("There is no such order to wrap."))
    if row.wrapped_at is None:
        row.wrapped_at, row.wrapped_by = clock.now(), actor
        shop = shop_view(merchant_id, PLUGIN)
        if to := shop.settings.get("tell"):
            values = {"code": row.order_code}
            send_message("giftwrap.wrapped", to=to, locale=shop.locale, values=values, merchant_id=merchant_id)


def verify_wishes() -> Iterator[str]:
    """One sentence for each order that is to be wrapped though it does not say so."""
    for row in db.session.scalars(select(WrappedOrder).order_by(WrappedOrder.merchant_id, WrappedOrder.id)):
        if wish_of(find_order(row.merchant_id, row.order_id).extras) is None:
            yield f"order {row.order_code} is to be wrapped, but nobody asked for it"
