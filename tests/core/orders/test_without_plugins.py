"""Core sells with either of the built-in plugins off, or says clearly why it cannot."""

import pytest

from core.app import create_app
from core.base.config import load_config
from core.base.database import Base, db
from core.contract.registry import Contributions
from core.orders.carts import add_to_cart
from core.orders.checkout import payment_choices, view_cart
from core.orders.errors import NoWayToPay
from core.orders.placing import CheckoutDraft, place_order
from core.shops.queries import shop_context
from tests.fakes import FakePay, FakeRail
from tests.trade import ADDRESS, make_shop, make_variant


def app_without(tmp_path, monkeypatch, off, *providers):
    monkeypatch.setenv("TONGBAO_PLUGINS_OFF", off)
    settings = {"TONGBAO_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "TONGBAO_DATA_DIR": str(tmp_path)}
    app = create_app(load_config(settings), extra=(Contributions(providers=providers),))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def draft(view, **changes):
    values = {
        "cart_id": view.cart_id,
        "email": "buyer@example.com",
        "address": ADDRESS,
        "delivery_key": None,
        "payment_provider_id": None,
        "agreed_total_minor": view.quote.total_minor,
        "locale": "en",
    }
    return CheckoutDraft(**{**values, **changes})


def test_without_a_delivery_plugin_delivery_is_arranged_with_the_shop(tmp_path, monkeypatch):
    app = app_without(tmp_path, monkeypatch, "logistics", FakePay(), FakeRail())
    with app.app_context():
        merchant_id = make_shop("tea")
        shop = shop_context(merchant_id)
        cart_id = add_to_cart(merchant_id, None, make_variant(merchant_id), 1)
        key = "core.arranged/arranged"
        view = view_cart(shop, cart_id, address=ADDRESS, delivery=key)
        assert place_order(shop, draft(view, delivery_key=key, payment_provider_id="fakepay.qr")).payment_id
        db.engine.dispose()


def test_without_a_payment_plugin_checkout_says_that_no_way_to_pay_is_set_up(tmp_path, monkeypatch):
    app = app_without(tmp_path, monkeypatch, "payment,logistics")
    with app.app_context():
        merchant_id = make_shop("tea")
        shop = shop_context(merchant_id)
        cart_id = add_to_cart(merchant_id, None, make_variant(merchant_id), 1)
        key = "core.arranged/arranged"
        view = view_cart(shop, cart_id, address=ADDRESS, delivery=key)
        assert payment_choices(shop, view.quote.total_minor) == []
        with pytest.raises(NoWayToPay, match="no way to pay"):
            place_order(shop, draft(view, delivery_key=key))
        db.engine.dispose()
