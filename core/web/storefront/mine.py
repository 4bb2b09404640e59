"""Orders and payments that this visitor may see: placed or proven in this session, or by this customer."""

from __future__ import annotations

from sqlalchemy import select

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.orders.models import Order
from core.orders.queries import OrderDetail, order_detail
from core.payments.models import Payment
from core.web.sessions import visitor
from core.web.tenancy import current_shop


def is_mine(order: Order) -> bool:
    """Whether this visitor may see an order of this shop."""
    who = visitor()
    return order.id in who.order_ids or (who.customer_id is not None and order.customer_id == who.customer_id)


def my_order(code: str) -> OrderDetail:
    """The order with this code, when it is this visitor's. Raises NotFound, the same whether or not it exists."""
    merchant_id = current_shop().merchant_id
    order = db.session.scalar(select(Order).where(Order.merchant_id == merchant_id, Order.code == code[:16].upper()))
    if order is None or not is_mine(order):
        raise NotFound(
            _l("There is no such order here. If it is yours, find it by its code and your e-mail address."),
            code="order_not_found",
        )
    return order_detail(merchant_id, order.id)


def payment_with_order(payment_id: str) -> tuple[Payment, Order]:
    """A payment of this shop and the order it is for, whoever asks. Raises NotFound."""
    merchant_id = current_shop().merchant_id
    payment = db.session.get(Payment, (merchant_id, payment_id[:40]))
    order = None
    if payment is not None and payment.purpose == "order":
        order = db.session.get(Order, (merchant_id, payment.subject_id))
    if payment is None or order is None:
        raise NotFound(_l("There is no such payment here."))
    return payment, order
