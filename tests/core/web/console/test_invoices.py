"""The papers of a shop and its taxes, in the console."""

import io
import zipfile

import pytest
from sqlalchemy import select

from core.base.database import db
from core.documents.models import Invoice
from core.documents.service import issue_invoice
from core.orders.returns import refund_order
from core.parties.models import Customer
from core.parties.service import register_customer
from core.payments.refunds import send_refunds
from core.shops.queries import shop_context
from core.taxes.models import TaxCategory, TaxRate
from core.worker.runner import Worker
from tests.core.web.console.conftest import words
from tests.trade import make_shop, make_variant, owner_of, paid_order


@pytest.fixture
def sold(app, tea):
    """An order with its invoice and a credit note."""
    paid = paid_order(tea, make_variant(tea, price_minor=11_300))
    Worker(app).once()
    refund_order(tea, paid.order_id, amount_minor=500, reason="broken", actor=owner_of(tea))
    send_refunds()
    Worker(app).once()
    db.session.remove()
    return paid


def papers(merchant_id):
    found = db.session.scalars(select(Invoice).where(Invoice.merchant_id == merchant_id).order_by(Invoice.id)).all()
    db.session.remove()
    return found


PAGES = (
    "/console/invoices",
    "/console/invoices?series=credit_note&q=li&from=2020-01-01&to=2099-12-31",
    "/console/invoices?series=fee",
    "/console/invoices/settings",
    "/console/taxes",
    "/console/taxes/report",
    "/console/taxes/report?from=2020-01-01&to=2099-12-31",
)


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_empty_and_full_within_fifteen_statements(desk, sold, ceramics, sign_in, count_statements, path):
    desk.page(path)
    assert count_statements(lambda: desk.page(path)) <= 15
    sign_in(ceramics).page(path)


def test_papers_are_found_by_number_order_buyer_and_day(desk, tea, sold):
    invoice, note = papers(tea)
    assert invoice.code in desk.page("/console/invoices") and note.code in desk.page("/console/invoices")
    for query in (invoice.code[-5:], sold.code, "li lei"):
        assert invoice.code in desk.page(f"/console/invoices?q={query}"), query
    assert invoice.code not in words(desk.page("/console/invoices?to=2020-01-01"))
    assert note.code not in words(desk.page("/console/invoices?series=invoice"))
    assert desk.get("/console/invoices?from=someday").status_code == 422


def test_a_paper_is_a_pdf_and_only_its_own_merchant_opens_it(desk, tea, sold, ceramics, sign_in):
    (invoice, _note) = papers(tea)
    answer = desk.get(f"/console/invoices/{invoice.id}.pdf")
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert invoice.code in answer.headers["Content-Disposition"]
    assert sign_in(ceramics).get(f"/console/invoices/{invoice.id}.pdf").status_code == 404


def test_an_order_shows_its_papers_and_prints_its_packing_slip(desk, tea, sold):
    page = desk.page(f"/console/orders/{sold.order_id}")
    assert all(paper.code in page for paper in papers(tea))
    slip = desk.get(f"/console/orders/{sold.order_id}/slip.pdf")
    assert slip.data[:5] == b"%PDF-"
    assert desk.get(f"/console/orders/{sold.order_id}/slip.pdf?parcel=shp_none").status_code == 404


def test_all_papers_of_the_filter_come_in_one_file_written_in_the_background(app, desk, tea, sold):
    desk.done("/console/invoices/files", {"list": "documents.files", "q": "li lei"})
    Worker(app).once()
    page = desk.page("/console/exports")
    link = page.split('href="/console/exports/exp_')[1].split('"')[0]
    content = desk.get(f"/console/exports/exp_{link}").data
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names == [f"{paper.code}.pdf" for paper in papers(tea)]


def test_the_list_and_the_taxes_come_as_sheets(app, desk, sold):
    desk.done("/console/invoices/files", {"list": "documents.invoices"})
    desk.done("/console/taxes/report/file", {"format": "csv", "from": "2020-01-01", "to": "2099-12-31"})
    Worker(app).once()
    page = desk.page("/console/exports")
    assert page.count("Ready") == 2


def test_settings_are_on_papers_from_now_on(desk, tea):
    sent = {"legal_name": "Tea Ltd", "invoice_prefix": "TEA", "credit_note_prefix": "TC", "invoice_footer": "Thanks"}
    assert 'value="TEA"' in desk.done("/console/invoices/settings", sent)
    assert desk.get("/console/invoices/sample.pdf").data[:5] == b"%PDF-"
    issue_invoice(tea, paid_order(tea, make_variant(tea)).order_id)
    assert papers(tea)[0].code.startswith("TEA-")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"invoice_prefix": "a b"}, "invoice_prefix"),
        ({"invoice_prefix": "X", "credit_note_prefix": "X"}, "credit_note_prefix"),
        ({"legal_name": "n" * 200}, "legal_name"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_their_field(desk, sent, field):
    answer = desk.post("/console/invoices/settings", sent)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


def test_a_clerk_sees_papers_but_neither_settings_nor_taxes(sign_in, tea, sold):
    clerk = sign_in(tea, "clerk")
    assert clerk.get("/console/invoices").status_code == 200
    for path in ("/console/invoices/settings", "/console/taxes", "/console/taxes/report"):
        assert clerk.get(path).status_code == 403, path


def test_the_report_takes_credit_notes_off(desk, tea):
    desk.done("/console/taxes/settings", {"tax_ppm": "13", "tax_name": "VAT", "prices_include_tax": "1", **HOW})
    paid = paid_order(tea, make_variant(tea, price_minor=10_500))
    issue_invoice(tea, paid.order_id)
    page = words(desk.page("/console/taxes/report"))
    assert "¥100.00" in page and "¥13.00" in page and "China" in page


def test_the_statement_is_a_pdf(desk, tea, sold):
    assert desk.get("/console/money/statement.pdf").data[:5] == b"%PDF-"
    assert desk.get("/console/money/statement.pdf?from=x").status_code == 422


HOW = {"tax_rounding": "total", "tax_delivery": "standard"}
RATE = {"country": "CN", "region": "Zhejiang，浙江", "rate": "9", "name": "VAT"}


def test_rates_categories_and_the_standard_rate_are_kept(desk, tea):
    desk.done(
        "/console/taxes/settings", {"tax_ppm": "7.5", "tax_name": "GST", "tax_rounding": "line", "tax_delivery": "none"}
    )
    shop = shop_context(tea)
    assert (shop.tax_ppm, shop.prices_include_tax, shop.options["tax_rounding"]) == (75_000, False, "line")
    db.session.remove()
    desk.done("/console/taxes/categories", {"category": "Food"})
    category = db.session.scalars(select(TaxCategory)).one()
    db.session.remove()
    page = desk.done("/console/taxes/rates", {**RATE, "category_id": category.id})
    assert "Zhejiang, 浙江" in page and "9%" in page
    rate = db.session.scalars(select(TaxRate)).one()
    db.session.remove()
    desk.done("/console/taxes/rates", {**RATE, "rate_id": rate.id, "rate": "10"})
    assert db.session.scalars(select(TaxRate)).one().rate_ppm == 100_000
    db.session.remove()
    assert 'value="10"' in desk.page(f"/console/taxes?rate={rate.id}")
    desk.done(f"/console/taxes/rates/{rate.id}/delete")
    desk.done(f"/console/taxes/categories/{category.id}", {"do": "delete"})
    assert db.session.scalars(select(TaxCategory)).all() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rate": "101"}, "rate"),
        ({"rate": ""}, "rate"),
        ({"rate": "nan"}, "rate"),
        ({"country": ""}, "country"),
        ({"name": ""}, "rate-name"),
        ({"postal_prefix": "31*"}, "postal_prefix"),
    ],
)
def test_a_rate_that_cannot_be_is_refused_at_its_field(desk, change, field):
    answer = desk.post("/console/taxes/rates", {**RATE, **change})
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert db.session.scalars(select(TaxRate)).all() == []


def test_two_rates_for_one_place_are_refused(desk):
    desk.done("/console/taxes/rates", RATE)
    assert 'id="country-error"' in desk.post("/console/taxes/rates", {**RATE, "rate": "5"}).text


def test_a_category_with_products_in_it_stays(desk, tea):
    desk.done("/console/taxes/categories", {"category": "Food"})
    category = db.session.scalars(select(TaxCategory)).one()
    db.session.remove()
    sent = {"name": "Cake", "variants-0-price": "5", "variants-0-option_values": "", "do": "save", "published": "1"}
    desk.done("/console/products/new", {**sent, "tax_category_id": category.id})
    assert "Products are in this category" in desk.done(f"/console/taxes/categories/{category.id}", {"do": "delete"})


def test_a_customer_is_exempt_until_that_ends(desk, tea):
    register_customer(tea, email="dealer@example.com", name="Dealer", password="longenough1", locale="en")
    db.session.remove()
    page = desk.done(
        "/console/taxes/exempt", {"email": "dealer@example.com", "reason": "Reverse charge", "tax_id": "DE1"}
    )
    assert "Reverse charge" in page
    missing = desk.post("/console/taxes/exempt", {"email": "nobody@example.com", "reason": "x"})
    assert missing.status_code == 422 and 'id="email-error"' in missing.text
    exemption = page.split("/console/taxes/exempt/")[1].split("/")[0]
    assert "dealer@example.com" not in words(desk.done(f"/console/taxes/exempt/{exemption}/end"))
    assert db.session.scalars(select(Customer)).one().email == "dealer@example.com"


def test_another_merchants_rates_are_not_found(desk, sign_in, tea):
    desk.done("/console/taxes/rates", RATE)
    rate = db.session.scalars(select(TaxRate)).one()
    db.session.remove()
    other = sign_in(make_shop("cups"))
    assert other.post(f"/console/taxes/rates/{rate.id}/delete").status_code == 404
    assert other.post("/console/taxes/rates", {**RATE, "rate_id": rate.id}).status_code == 404
