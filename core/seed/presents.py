"""Gift cards of the demo: on the shelf of each shop, bought for friends, partly spent, one that waits for its day."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import select

from core.base import clock
from core.base.crypto import decrypt
from core.base.database import db
from core.base.transactions import end_read
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.gifts import GiftTerms
from core.catalog.images import add_image
from core.catalog.models import GIFT_CARD, Product, Variant
from core.catalog.service import create_product
from core.giftcards.service import issue_card
from core.ledger.errors import NotEnoughMoney
from core.messages.models import Message
from core.orders.carts import add_to_cart, set_gift_card
from core.orders.checkout import delivery_choices, payment_choices, view_cart
from core.orders.gifts import Gift
from core.orders.placing import CheckoutDraft, place_order
from core.seed.people import ADDRESSES, BUYERS
from core.seed.pictures import picture
from core.seed.trade import Trader
from core.shops.queries import shop_context

AMOUNTS = (5000, 10_000, 20_000)
NAMES = {"tea": "A gift card for tea 茶礼卡", "ceramics": "A gift card from the kiln 窑礼卡"}
FRIENDS = (
    Gift("mei.han@example.com", "Han Mei 韩梅", "Anna", "For your new home. Drink it slowly."),
    Gift("wei.lin@example.com", "林伟", "小雨", "生日快乐！挑一件你喜欢的。"),
    Gift("", "", "", ""),
)


def put_on_shelf(merchant_id: str, slug: str) -> None:
    """A gift card among the shop's goods, with three amounts and the buyer's own."""
    name = NAMES.get(slug, "Gift card 礼品卡")
    product_id = create_product(
        merchant_id,
        ProductDetails(
            name=name,
            summary="They choose, you give. 让对方自己挑。",
            description_html="<p>It comes by e-mail on the day you choose, with your words and a page to print.</p>",
            kind=GIFT_CARD,
            gift=GiftTerms(own_min_minor=2000, own_max_minor=200_000, months=36).as_json(),
        ),
        options=(OptionDetails("Amount 面额", tuple(f"{amount // 100}.00" for amount in AMOUNTS)),),
        variants=[
            VariantDetails(price_minor=amount, option_values=(f"{amount // 100}.00",), tracked=False)
            for amount in AMOUNTS
        ],
    )
    add_image(merchant_id, product_id, picture(name, "cloth", 350), alt=name)


def give_presents(trader: Trader) -> None:
    """Three cards are bought, one of them for a day to come; the first is spent in part; the shop gives one itself."""
    merchant_id = trader.merchant_id
    variants = db.session.scalars(
        select(Variant.id)
        .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
        .where(Variant.merchant_id == merchant_id, Product.kind == GIFT_CARD)
        .order_by(Variant.price_minor)
    ).all()
    end_read()
    if not variants:
        return
    later = (clock.now() + timedelta(days=20)).date().isoformat()
    for place, friend in enumerate(FRIENDS):
        gift = Gift(friend.email, friend.recipient, friend.sender, friend.message, later if place == 1 else "")
        cart_id = add_to_cart(merchant_id, None, variants[place % len(variants)], 1, gift=gift)
        _order(trader, cart_id, place, pays=True)
    code = _code_for(merchant_id, FRIENDS[0].email)
    if code:
        goods = trader.dice.choice(trader.goods)
        cart_id = add_to_cart(merchant_id, None, goods, 1)
        set_gift_card(merchant_id, cart_id, code)
        _order(trader, cart_id, 0, pays=True)
    try:
        issue_card(
            merchant_id, amount_minor=1500, actor_id=trader.owner_id, email=BUYERS[1][0], note="The lid was cracked"
        )
    except NotEnoughMoney:
        return


def _order(trader: Trader, cart_id: str, buyer: int, *, pays: bool) -> None:
    shop, address = shop_context(trader.merchant_id), ADDRESSES[buyer]
    bare = view_cart(shop, cart_id)
    delivery = None
    if bare.requires_shipping:
        choices = delivery_choices(shop, cart_id, address)
        delivery = choices[0].key if choices else None
    view = view_cart(shop, cart_id, address=address if delivery else None, delivery=delivery)
    ways = payment_choices(shop, view.to_pay_minor)
    email, _name, locale = BUYERS[buyer]
    placed = place_order(
        shop,
        CheckoutDraft(
            cart_id=cart_id,
            email=email,
            address=address if delivery else None,
            delivery_key=delivery,
            payment_provider_id=ways[0].provider_id if ways else None,
            agreed_total_minor=view.quote.total_minor,
            agreed_card_minor=view.card_minor,
            locale=locale,
            customer_id=trader.customers[buyer],
        ),
    )
    if pays and placed.payment_id is not None:
        trader.pay(placed.payment_id)


def _code_for(merchant_id: str, email: str) -> str:
    """The code that the demo's friend reads in the letter."""
    sealed = db.session.scalar(
        select(Message.sealed)
        .where(Message.merchant_id == merchant_id, Message.kind == "gift_card.code", Message.recipient == email)
        .order_by(Message.id.desc())
        .limit(1)
    )
    end_read()
    return str(json.loads(decrypt(sealed))["code"]) if sealed else ""
