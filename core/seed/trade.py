"""A month of one demo shop: buyers order and pay at the simulated bank, the merchant packs, ships, refunds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress

from flask import Flask
from sqlalchemy import select

from core.base.database import db
from core.base.errors import TongbaoError
from core.base.transactions import end_read
from core.catalog.models import GOODS, Product, Variant
from core.contract.contributions import Simulator
from core.ledger.queries import balance
from core.ledger.service import AccountRef
from core.orders.carts import add_to_cart, set_coupon
from core.orders.checkout import delivery_choices, payment_choices, view_cart
from core.orders.fulfilment import mark_packed, ship_order
from core.orders.models import Order, RefundRequest
from core.orders.placing import CheckoutDraft, Placed, place_order
from core.orders.returns import answer_request, request_refund
from core.orders.service import cancel_order
from core.orders.settlement import confirm_receipt
from core.orders.states import OrderState
from core.payments.accounts import bank_accounts
from core.payments.payouts import request_payout
from core.payments.service import check_payment, get_payment, start_payment
from core.seed.people import ADDRESSES, BUYERS
from core.shops.queries import shop_context
from core.worker.runner import Worker

CARRIERS = (("SF Express 顺丰", "SF"), ("ZTO 中通", "ZT"), ("EMS 邮政", "EA"))
REASONS = ("One cup arrived broken.", "颜色和图片不一样。", "尺碼不合。", "I ordered one too many.")


class Trader:
    """One shop's buyers and its merchant, with dice of their own, so that the demo is the same each time."""

    def __init__(
        self,
        app: Flask,
        merchant_id: str,
        owner_id: str,
        customers: Sequence[str],
        simulators: Sequence[Simulator],
        dice: random.Random,
    ) -> None:
        self.app = app
        self.merchant_id = merchant_id
        self.owner_id = owner_id
        self.customers = customers
        self.dice = dice
        self.worker = Worker(app)
        self._simulators = {provider: one for one in simulators for provider in one.provider_ids}
        self.goods = sorted(
            db.session.scalars(
                select(Variant.id)
                .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
                .where(Variant.merchant_id == merchant_id, Variant.active, Product.kind == GOODS)
            )
        )
        end_read()

    def work(self, *, morning: bool, last: bool) -> None:
        """Part of a day: orders go on in the morning, new ones come in all day; on the last day some wait."""
        if morning:
            self._go_on(last)
        for _number in range(2 if last else self.dice.choice((0, 0, 1, 1))):
            self._buy(pays=self.dice.random() > 0.12)
        if last and not morning:
            self._buy(pays=False)
        if morning:
            self.worker.once()
        if morning and not last and self.dice.random() < 0.12:
            self._withdraw()

    def _buy(self, *, pays: bool) -> None:
        buyer = self.dice.randrange(len(BUYERS))
        try:
            placed = self._place(buyer)
        except TongbaoError:
            return
        if pays and placed.payment_id is not None:
            self.pay(placed.payment_id)

    def _place(self, buyer: int) -> Placed:
        shop = shop_context(self.merchant_id)
        cart_id: str | None = None
        for variant_id in self.dice.sample(self.goods, self.dice.choice((1, 1, 2, 3))):
            try:
                cart_id = add_to_cart(self.merchant_id, cart_id, variant_id, self.dice.choice((1, 1, 1, 2)))
            except TongbaoError:
                continue
        if self.dice.random() < 0.2:
            with suppress(TongbaoError):
                set_coupon(self.merchant_id, cart_id, self.dice.choice(("WELCOME10", "THANKS20", "FREESHIP")))
        address = ADDRESSES[buyer]
        choices = delivery_choices(shop, cart_id, address)
        delivery = self.dice.choice(choices).key if choices else None
        customer_id = self.customers[buyer] if self.dice.random() < 0.7 else None
        view = view_cart(shop, cart_id, address=address, delivery=delivery, customer_id=customer_id)
        ways = payment_choices(shop, view.quote.total_minor)
        email, _name, locale = BUYERS[buyer]
        return place_order(
            shop,
            CheckoutDraft(
                cart_id=view.cart_id,
                email=email,
                address=address,
                delivery_key=delivery,
                payment_provider_id=ways[0].provider_id if ways else None,
                agreed_total_minor=view.quote.total_minor,
                locale=locale,
                customer_id=customer_id,
            ),
        )

    def pay(self, payment_id: str) -> None:
        """Pay at the simulated other side, and let the shop hear of it."""
        shop = shop_context(self.merchant_id)
        config = self.app.config["TONGBAO"]
        provider_id = get_payment(self.merchant_id, payment_id).provider_id
        base = f"http://{config.platform_host}:{config.port}"
        payment = start_payment(
            shop,
            payment_id,
            return_url=f"http://{shop.slug}.{config.platform_host}:{config.port}/pay/{payment_id}",
            notify_url=f"{base}/hooks/{provider_id.partition('.')[0]}",
        )
        simulator = self._simulators.get(provider_id)
        if simulator is not None and payment.instructions:
            simulator.act(payment.instructions, "pay")
            check_payment(shop, payment_id)

    def _go_on(self, last: bool) -> None:
        orders = db.session.scalars(
            select(Order).where(Order.merchant_id == self.merchant_id).order_by(Order.placed_at, Order.id)
        ).all()
        end_read()
        for order in orders:
            if last and self.dice.random() < 0.5:
                continue
            self._next_step(order)

    def _next_step(self, order: Order) -> None:
        merchant_id, order_id = self.merchant_id, order.id
        chance = self.dice.random()
        if order.state == OrderState.PAID:
            if chance < 0.06:
                cancel_order(merchant_id, order_id, actor="buyer", reason="changed my mind")
            else:
                mark_packed(merchant_id, order_id, actor=self.owner_id)
        elif order.state == OrderState.PACKED:
            carrier, prefix = self.dice.choice(CARRIERS)
            number = f"{prefix}{self.dice.randrange(10**11, 10**12)}"
            ship_order(merchant_id, order_id, carrier=carrier, tracking_number=number, actor=self.owner_id)
        elif order.state == OrderState.SHIPPED:
            self._after_delivery(order, chance)

    def _after_delivery(self, order: Order, chance: float) -> None:
        asked = db.session.scalar(
            select(RefundRequest.id).where(
                RefundRequest.merchant_id == self.merchant_id,
                RefundRequest.order_id == order.id,
                RefundRequest.state == "open",
            )
        )
        end_read()
        try:
            if asked is not None:
                part = order.total_minor // 2 if chance < 0.7 else None
                answer = "Sorry about that!" if part else "It was in order when it left us."
                answer_request(self.merchant_id, asked, approved_minor=part, answer=answer, actor=self.owner_id)
            elif chance < 0.12 and order.refunded_minor == 0:
                reason = self.dice.choice(REASONS)
                request_refund(self.merchant_id, order.id, amount_minor=order.total_minor // 2, reason=reason)
            elif chance < 0.6:
                confirm_receipt(self.merchant_id, order.id, actor="buyer")
        except TongbaoError:
            return

    def _withdraw(self) -> None:
        shop = shop_context(self.merchant_id)
        free = balance(AccountRef("merchant_available", self.merchant_id, shop.currency)).available_minor
        account = bank_accounts(self.merchant_id)[0].id
        end_read()
        if free > 20_000:
            request_payout(self.merchant_id, account, free // 2, actor_id=self.owner_id)
            self.worker.once()
