"""What buyers are charged: by the place where goods go to, the kind of goods, and who they are."""

import pytest

from core.base.database import db
from core.base.transactions import transactional
from core.catalog.models import Product, Variant
from core.contract.runtime import registry
from core.documents.models import Invoice, InvoiceTax
from core.documents.service import issue_invoice
from core.orders.carts import add_to_cart
from core.orders.checkout import view_cart
from core.orders.models import Order, OrderLine
from core.orders.placing import place_order
from core.orders.returns import refund_order
from core.parties.errors import RoleNotEnough
from core.parties.service import register_customer
from core.payments.refunds import send_refunds
from core.shops.queries import shop_context
from core.taxes.service import (
    change_tax_settings,
    create_tax_category,
    exempt_customer,
    save_tax_rate,
)
from core.worker.runner import Worker
from tests.trade import ADDRESS, draft_for, make_person, make_shop, make_variant, owner_of, pay

PLACE = {"country": "CN", "region": "", "postal_prefix": ""}


@pytest.fixture
def tea(app):
    return make_shop("tea", tax_ppm=130_000)


@pytest.fixture(autouse=True)
def everything_adds_up(app):
    yield
    assert [sentence for owned in registry().checks for sentence in owned.item.run()] == []


def quote(merchant_id, variant_id, address=ADDRESS, customer_id=None):
    shop = shop_context(merchant_id)
    cart_id = add_to_cart(merchant_id, None, variant_id, 1)
    view = view_cart(shop, cart_id, address=address, delivery="fakeship.flat/standard", customer_id=customer_id)
    return view.quote


def test_the_rate_of_the_place_applies_once_it_is_known(tea):
    variant = make_variant(tea, price_minor=10_000)
    save_tax_rate(
        tea, category_id=None, rate_ppm=60_000, name="Low VAT", **{**PLACE, "region": "Zhejiang"}, actor_id=None
    )
    assert quote(tea, variant, address=None).taxes[0].ppm == 130_000
    (part,) = quote(tea, variant).taxes
    assert (part.name, part.ppm, part.base_minor + part.tax_minor) == ("Low VAT", 60_000, 10_800)


def test_a_kind_of_goods_has_its_own_rate_on_the_order_and_its_invoice(tea):
    food = create_tax_category(tea, "Food", actor_id=None)
    save_tax_rate(tea, category_id=food, rate_ppm=90_000, name="Food VAT", **PLACE, actor_id=None)
    change_tax_settings(
        tea, tax_ppm=130_000, name="VAT", prices_include_tax=False, rounding="total", delivery="goods", actor_id=None
    )
    variant = make_variant(tea, price_minor=10_000)

    @transactional
    def is_food():
        product_id = db.session.get(Variant, (tea, variant)).product_id
        db.session.get(Product, (tea, product_id)).tax_category_id = food

    is_food()
    shop = shop_context(tea)
    cart_id = add_to_cart(tea, None, variant, 1)
    placed = place_order(shop, draft_for(shop, cart_id))
    pay(tea, placed)
    line = db.session.query(OrderLine).one()
    assert (line.tax_name, line.tax_ppm, line.tax_minor) == ("Food VAT", 90_000, 900)
    db.session.close()
    issue_invoice(tea, placed.order_id)
    tax = db.session.query(InvoiceTax).one()
    assert (tax.name, tax.base_minor, tax.tax_minor) == ("Food VAT", 10_800, 972)


@pytest.mark.parametrize("included", [True, False])
def test_an_exempt_customer_pays_prices_without_tax_and_gets_back_what_was_paid(app, tea, included):
    change_tax_settings(
        tea,
        tax_ppm=130_000,
        name="VAT",
        prices_include_tax=included,
        rounding="total",
        delivery="standard",
        actor_id=None,
    )
    customer_id = register_customer(tea, email="d@example.com", name="D", password="longenough1", locale="en")
    exempt_customer(tea, customer_id, reason="Reverse charge", tax_id="DE123", actor_id=None)
    variant = make_variant(tea, price_minor=11_300)
    shop = shop_context(tea)
    cart_id = add_to_cart(tea, None, variant, 1)
    shown = view_cart(shop, cart_id, address=ADDRESS, delivery="fakeship.flat/standard", customer_id=customer_id).quote
    assert shown.tax_minor == 0 and shown.total_minor == (10_708 if included else 12_100)
    db.session.close()
    placed = place_order(shop, draft_for(shop, cart_id, customer_id=customer_id, agreed_total_minor=shown.total_minor))
    pay(tea, placed)
    order = db.session.get(Order, (tea, placed.order_id))
    assert order.tax_note == "Reverse charge · DE123"
    db.session.close()
    issue_invoice(tea, placed.order_id)
    refund_order(tea, placed.order_id, amount_minor=shown.total_minor, reason="", actor=owner_of(tea))
    send_refunds()
    Worker(app).once()
    papers = db.session.query(Invoice).order_by(Invoice.id).all()
    assert [(paper.total_minor, paper.tax_minor) for paper in papers] == [(shown.total_minor, 0)] * 2


def test_a_guest_with_the_same_address_is_not_exempt(tea):
    customer_id = register_customer(tea, email="d@example.com", name="D", password="longenough1", locale="en")
    exempt_customer(tea, customer_id, reason="Dealer", actor_id=None)
    variant = make_variant(tea)
    assert quote(tea, variant).tax_minor > 0
    assert quote(tea, variant, customer_id=customer_id).tax_minor == 0


def test_a_clerk_cannot_change_taxes(tea):
    @transactional
    def clerk():
        person = make_person(tea, "clerk")
        db.session.add(person)
        return person.id

    person_id = clerk()
    with pytest.raises(RoleNotEnough):
        save_tax_rate(tea, category_id=None, rate_ppm=1, name="x", **PLACE, actor_id=person_id)
    with pytest.raises(RoleNotEnough):
        create_tax_category(tea, "x", actor_id=person_id)
