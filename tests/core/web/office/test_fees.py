"""The platform's invoices, in the office."""

from datetime import timedelta

from core.base import clock
from core.base.database import db
from core.documents.fees import issue_fee_invoices
from core.documents.models import Invoice
from core.documents.service import issue_invoice
from core.orders.fulfilment import ship_order
from core.orders.models import Order
from core.orders.settlement import confirm_receipt
from tests.core.web.console.conftest import words
from tests.trade import owner_of


def test_staff_find_the_invoice_of_a_month_and_open_it(staff, tea):
    desk = staff("finance")
    assert "No fee invoices yet" in desk.page("/office/fees")
    order_id = db.session.query(Order.id).scalar()
    db.session.remove()
    ship_order(tea, order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    confirm_receipt(tea, order_id, actor="buyer")
    issue_invoice(tea, order_id)
    now = clock.now()
    with clock.moved((now.replace(day=1) + timedelta(days=32)).replace(day=2) - now):
        issue_fee_invoices()
    papers = {paper.series: paper for paper in db.session.query(Invoice)}
    db.session.remove()
    fee = papers["fee"]
    page = words(desk.page(f"/office/fees?month={fee.period}"))
    assert fee.code in page and "Tea" in page
    assert fee.code not in words(desk.page("/office/fees?month=2020-01"))
    assert desk.get(f"/office/fees/{fee.id}.pdf").data[:5] == b"%PDF-"
    # What merchants issue to buyers is none of the platform's papers.
    assert desk.get(f"/office/fees/{papers['invoice'].id}.pdf").status_code == 404
    assert desk.get("/office/fees?before=x-y&month=zzz").status_code == 200
