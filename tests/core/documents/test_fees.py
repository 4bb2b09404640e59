"""The platform's own invoices, once a month."""

from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.contract.runtime import registry
from core.documents.drawing.invoice import invoice_pdf
from core.documents.fees import issue_fee_invoices, last_month
from core.documents.models import Invoice
from core.documents.service import issue_forgotten
from core.orders.fulfilment import ship_order
from core.orders.returns import refund_order
from core.orders.settlement import confirm_receipt
from core.payments.refunds import send_refunds
from core.worker.runner import Worker
from tests.core.documents.test_invoices import words
from tests.trade import make_shop, make_variant, owner_of, paid_order


@pytest.fixture(autouse=True)
def everything_adds_up(app):
    yield
    assert [sentence for owned in registry().checks for sentence in owned.item.run()] == []


def released(merchant_id):
    placed = paid_order(merchant_id, make_variant(merchant_id, price_minor=100_000))
    ship_order(merchant_id, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(merchant_id))
    confirm_receipt(merchant_id, placed.order_id, actor="buyer")
    return placed


def fee_papers():
    db.session.close()
    return db.session.query(Invoice).filter_by(series="fee").order_by(Invoice.number).all()


def until_next_month():
    now = clock.now()
    return (now.replace(day=1) + timedelta(days=32)).replace(day=2) - now


def test_each_merchant_gets_one_invoice_for_the_fees_of_the_month_before(app):
    tea, cups = make_shop("tea", fee_ppm=10_000), make_shop("cups", fee_ppm=20_000)
    for merchant_id in (tea, cups):
        placed = released(merchant_id)
    refund_order(cups, placed.order_id, amount_minor=50_400, reason="", actor=owner_of(cups))
    send_refunds()
    assert issue_fee_invoices() == 0
    with clock.moved(until_next_month()):
        assert issue_fee_invoices() == 2
        assert issue_fee_invoices() == 0
    papers = {paper.merchant_id: paper for paper in fee_papers()}
    assert (papers[tea].total_minor, papers[cups].total_minor) == (1008, 2016 - 1008)
    assert sorted(paper.number for paper in papers.values()) == [1, 2]
    told = words(invoice_pdf(papers[cups]))
    assert "Feesonsales" in told and "givenback" in told


def test_a_month_begins_on_its_first_day(app):
    first, after = last_month(clock.now())
    assert first.day == after.day == 1 and first < after <= clock.now()


def test_an_order_whose_event_was_lost_gets_its_invoice_later(app):
    tea = make_shop("tea")
    placed = paid_order(tea, make_variant(tea))
    assert issue_forgotten() == 0
    with clock.moved(timedelta(hours=2)):
        assert issue_forgotten() == 1 and issue_forgotten() == 0
    Worker(app).once()
    assert [paper.order_id for paper in db.session.query(Invoice)] == [placed.order_id]
