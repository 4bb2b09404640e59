"""A shop with one order that is paid at the real bank process, and hands to what happens next."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from core.base.database import db
from core.base.transactions import end_read
from core.contract.runtime import registry
from core.ledger.models import LedgerTransfer
from core.orders.carts import add_to_cart
from core.orders.placing import Placed, place_order
from core.orders.queries import order_detail
from core.payments.models import Payment, Refund
from core.payments.refunds import send_refund
from core.payments.service import start_payment
from core.shops.context import ShopContext
from core.shops.queries import shop_context
from plugins.payment.models import BankNotice
from tests.plugins.payment.bank_process import BankProcess
from tests.trade import draft_for, make_shop, make_variant

PRICE_MINOR = 6000


@dataclass
class Sale:
    """A shop with one order that waits for a bank transfer, and hands to what happens next."""

    merchant_id: str
    placed: Placed
    payment: Payment
    bank: BankProcess
    notify_url: str

    @property
    def shop(self) -> ShopContext:
        return shop_context(self.merchant_id)

    @property
    def qr_payload(self) -> str:
        return str(self.payment.instructions["qr_payload"])

    def scan(self, action: str = "pay", **form: object) -> None:
        assert self.bank.scan(self.qr_payload, action, **form).status_code == 200
        self.bank.settle()
        db.session.remove()

    def order_state(self) -> str:
        return order_detail(self.merchant_id, self.placed.order_id).order.state

    def payments(self) -> list[Payment]:
        return list(db.session.scalars(select(Payment).order_by(Payment.created_at, Payment.id)))

    def refunds(self) -> list[Refund]:
        return list(db.session.scalars(select(Refund).order_by(Refund.id)))

    def notices(self) -> list[BankNotice]:
        end_read()  # the server's thread wrote them: not what a read begun earlier can see
        return list(db.session.scalars(select(BankNotice).order_by(BankNotice.received_at, BankNotice.id)))

    def verdicts(self) -> list[str]:
        return [notice.verdict for notice in self.notices()]

    def send_refunds(self) -> None:
        for refund in self.refunds():
            send_refund(self.merchant_id, refund.id)

    def at_the_bank(self) -> dict[str, object]:
        return next(one for one in self.bank.look("collections") if one["reference"] == self.placed.payment_id)


def transfers(kind: str) -> int:
    return db.session.scalar(select(func.count()).select_from(LedgerTransfer).where(LedgerTransfer.kind == kind)) or 0


def wrong_things() -> list[str]:
    db.session.remove()
    return [words for owned in registry().checks for words in owned.item.run()]


def begin_sale(bank: BankProcess, notify_url: str, slug: str = "tea") -> Sale:
    merchant_id = make_shop(slug)
    variant_id = make_variant(merchant_id, price_minor=PRICE_MINOR - 800)
    shop = shop_context(merchant_id)
    cart_id = add_to_cart(merchant_id, None, variant_id, 1)
    placed = place_order(shop, draft_for(shop, cart_id, payment_provider_id="payment.bank_qr"))
    payment = start_payment(shop, placed.payment_id, return_url="http://tea.localhost/", notify_url=notify_url)
    return Sale(merchant_id, placed, payment, bank, notify_url)


def assert_paid_once(sale: Sale) -> None:
    assert sale.order_state() == "paid"
    assert transfers("payment_captured") == 1
    assert [(one.state, one.received_minor) for one in sale.payments()] == [("captured", PRICE_MINOR)]
    assert wrong_things() == []
