"""Invoices are issued when orders are paid, credit notes when money goes back, and both stay as they were."""

import io
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pypdf
import pypdfium2
import pytest
from sqlalchemy.exc import DBAPIError

from core.base.database import db
from core.base.transactions import end_read, transactional
from core.contract.runtime import registry
from core.documents.content import content_of
from core.documents.drawing.invoice import invoice_pdf
from core.documents.models import Invoice, InvoiceTax
from core.documents.service import issue_credit_note, issue_invoice, on_event
from core.documents.verify import verify_documents
from core.orders.returns import refund_order
from core.orders.service import cancel_order
from core.payments.refunds import send_refunds
from core.shops.options import change_options
from core.worker.runner import Worker
from tests.trade import make_shop, make_variant, owner_of, paid_order, placed_order

COMPANY = {
    "legal_name": "杭州龙井茶叶有限公司",
    "legal_id": "91330106MA2XXXXX0X",
    "legal_address": "杭州市西湖区龙井路 1 号",
    "invoice_prefix": "LJ",
    "invoice_footer": "感谢惠顾。Thank you.",
}


@pytest.fixture
def tea(app):
    merchant_id = make_shop("tea", tax_ppm=130_000, locale="zh_Hans")
    change_options(merchant_id, **COMPANY, actor_id=None)
    return merchant_id


@pytest.fixture(autouse=True)
def everything_adds_up(app):
    yield
    assert [sentence for owned in registry().checks for sentence in owned.item.run()] == []


def papers(merchant_id):
    db.session.close()
    return list(db.session.query(Invoice).filter_by(merchant_id=merchant_id, issuer=merchant_id).order_by(Invoice.id))


def words(pdf: bytes) -> str:
    """The words of a PDF without spaces, as two readers find them."""
    read = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    seen = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    read, seen = ("".join(text.replace("\x00", "").split()) for text in (read, seen))
    assert sorted(read) == sorted(seen)
    return read


def test_a_paid_order_gets_one_invoice_from_the_worker_and_an_unpaid_one_none(app, tea):
    variant = make_variant(tea, price_minor=11_300)
    placed_order(tea, variant)
    paid = paid_order(tea, variant, 2)
    Worker(app).once()
    (invoice,) = papers(tea)
    assert (invoice.order_id, invoice.total_minor, invoice.number) == (paid.order_id, 23_400, 1)
    assert invoice.code == f"LJ-{invoice.issued_at.year}-000001"
    on_event("order.paid", {"merchant_id": tea, "order_id": paid.order_id})
    assert len(papers(tea)) == 1


def test_numbers_have_no_gap_even_where_issuing_failed_in_between(app, tea):
    variant = make_variant(tea, stock=50)
    orders = [paid_order(tea, variant).order_id for _number in range(3)]
    issue_invoice(tea, orders[0])

    @transactional
    def fails():
        issue_invoice(tea, orders[1])
        raise ValueError("something went wrong afterwards")

    with pytest.raises(ValueError, match="wrong"):
        fails()
    issue_invoice(tea, orders[2])
    issue_invoice(tea, orders[1])
    assert [invoice.number for invoice in papers(tea)] == [1, 2, 3]


def test_each_merchant_has_numbers_of_its_own(app, tea):
    cups = make_shop("cups")
    for merchant_id in (tea, cups):
        issue_invoice(merchant_id, paid_order(merchant_id, make_variant(merchant_id)).order_id)
    assert [papers(merchant_id)[0].number for merchant_id in (tea, cups)] == [1, 1]


def test_an_invoice_stays_as_it_was_when_the_shop_changes(app, tea):
    invoice_id = issue_invoice(tea, paid_order(tea, make_variant(tea)).order_id)
    before = invoice_pdf(db.session.get(Invoice, (tea, invoice_id)))
    end_read()
    change_options(tea, legal_name="Somebody else", invoice_prefix="XX", actor_id=None)
    (invoice,) = papers(tea)
    assert content_of(invoice.content).seller.name == COMPANY["legal_name"]
    assert invoice_pdf(invoice) == before


def test_the_database_refuses_to_change_or_delete_an_issued_paper(app, tea):
    issue_invoice(tea, paid_order(tea, make_variant(tea)).order_id)

    @transactional
    def change(verb):
        query = db.session.query(Invoice).filter_by(merchant_id=tea)
        if verb == "update":
            query.update({"total_minor": 1})
        else:
            db.session.query(InvoiceTax).delete()

    for verb in ("update", "delete"):
        with pytest.raises(DBAPIError, match="never changes"):
            change(verb)


def test_the_pdf_prints_chinese_and_the_amounts(app, tea):
    paid = paid_order(tea, make_variant(tea, price_minor=11_300), 2)
    issue_invoice(tea, paid.order_id)
    (invoice,) = papers(tea)
    told = words(invoice_pdf(invoice, locale="zh_Hans"))
    for text in (
        COMPANY["legal_name"],
        "杭州市西湖区龙井路1号",
        "感谢惠顾",
        "Longjing",
        "226.00",
        "234.00",
        invoice.code,
    ):
        assert text.replace(" ", "") in told, text


def test_refunds_get_credit_notes_that_together_take_every_rate_back_to_the_cent(app, tea):
    variant = make_variant(tea, price_minor=9_999)
    paid = paid_order(tea, variant, 3)
    Worker(app).once()
    owner = owner_of(tea)
    for amount in (1, 9_999, 333):
        refund_order(tea, paid.order_id, amount_minor=amount, reason="broken", actor=owner)
    send_refunds()
    Worker(app).once()
    (invoice, *notes) = papers(tea)
    assert [note.total_minor for note in notes] == [1, 9_999, 333]
    assert [note.number for note in notes] == [1, 2, 3]
    assert {note.corrects_id for note in notes} == {invoice.id}
    refund_order(tea, paid.order_id, amount_minor=invoice.total_minor - 10_333, reason="all", actor=owner)
    send_refunds()
    Worker(app).once()
    (invoice, *notes) = papers(tea)
    assert sum(note.total_minor for note in notes) == invoice.total_minor
    assert sum(note.tax_minor for note in notes) == invoice.tax_minor
    assert "broken" in words(invoice_pdf(notes[0]))


def test_a_cancelled_order_is_credited_in_full_even_before_its_invoice_was_issued(app, tea):
    paid = paid_order(tea, make_variant(tea))
    cancel_order(tea, paid.order_id, actor="buyer")
    send_refunds()
    refund_id = db.session.execute(db.text("SELECT id FROM refund")).scalar_one()
    end_read()
    issue_credit_note(tea, refund_id)
    assert [paper.series for paper in papers(tea)] == ["invoice", "credit_note"]


def test_verification_names_a_gap(app, tea):
    issue_invoice(tea, paid_order(tea, make_variant(tea)).order_id)

    @transactional
    def count(last):
        db.session.execute(db.text("UPDATE document_counter SET last = :last"), {"last": last})

    count(3)
    assert any("3 numbers were given" in sentence for sentence in verify_documents())
    end_read()
    count(1)


@pytest.mark.engine("postgres")
def test_orders_paid_at_one_moment_get_numbers_without_a_gap(app, tea):
    variant = make_variant(tea, stock=50)
    orders = [paid_order(tea, variant).order_id for _number in range(8)]
    db.session.remove()

    def issue(order_id):
        with app.app_context():
            issue_invoice(tea, order_id)
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(issue, orders))
    assert sorted(invoice.number for invoice in papers(tea)) == list(range(1, 9))


def test_days_on_papers_are_those_of_the_shops_time_zone(app, tea):
    change_options(tea, time_zone="Pacific/Kiritimati", actor_id=None)
    issue_invoice(tea, paid_order(tea, make_variant(tea)).order_id)
    (invoice,) = papers(tea)
    there = invoice.issued_at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert content_of(invoice.content).issued_on == there.date().isoformat()
    assert invoice.year == there.year
