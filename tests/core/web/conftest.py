"""Two shops and browsers that visit them."""

from __future__ import annotations

from contextvars import Context
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.base.database import db
from core.catalog.models import Product, Variant
from core.parties.service import register_member
from core.shops.service import open_shop
from tests.fakes import fresh_book
from tests.trade import make_variant

PASSWORD = "a quiet green hill"


@dataclass(frozen=True)
class TwoShops:
    tea: str
    ceramics: str
    tea_owner: str
    ceramics_owner: str


@dataclass(frozen=True)
class Goods:
    merchant_id: str
    variant_id: str
    slug: str


class Browser:
    """A test client that stays at one host and says, as browsers do, that its forms come from there."""

    def __init__(self, client: FlaskClient, base_url: str) -> None:
        self.client, self.base_url = client, base_url

    def get(self, path: str, **options):
        return self._send(self.client.get, path, **options)

    def _send(self, send, path: str, **options):
        # In a context of its own, as a server does it: nothing of the test's session is seen by the request.
        db.session.close()
        return Context().run(send, path, base_url=self.base_url, **options)

    def post(self, path: str, data=None, **options):
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        return self._send(self.client.post, path, data=data, headers=headers, **options)

    def at(self, base_url: str) -> Browser:
        """The same browser, with its cookies, at another host."""
        return Browser(self.client, base_url)

    def cookie(self, name: str = "tb_s"):
        host = self.base_url.split("://")[1].partition(":")[0]
        return self.client.get_cookie(name, domain=host)


@pytest.fixture
def shops(app: Flask) -> TwoShops:
    tea_owner = register_member(email="lin@example.com", name="Lin", password=PASSWORD)
    ceramics_owner = register_member(email="mori@example.com", name="Mori", password=PASSWORD)
    return TwoShops(
        tea=open_shop("tea", "Quiet Tea", currency="CNY", owner_person_id=tea_owner),
        ceramics=open_shop("ceramics", "Kiln & Co", currency="EUR", owner_person_id=ceramics_owner),
        tea_owner=tea_owner,
        ceramics_owner=ceramics_owner,
    )


@pytest.fixture
def tea(app: Flask, shops: TwoShops) -> Browser:
    """A browser at the tea shop."""
    return Browser(app.test_client(), "http://tea.localhost")


@pytest.fixture
def ceramics(app: Flask, shops: TwoShops) -> Browser:
    return Browser(app.test_client(), "http://ceramics.localhost")


@pytest.fixture
def platform(app: Flask, shops: TwoShops) -> Browser:
    """A browser at the platform's own host."""
    return Browser(app.test_client(), "http://localhost")


@pytest.fixture(autouse=True)
def _fresh_fakes():
    fresh_book()
    yield
    fresh_book()


@pytest.fixture
def goods(shops: TwoShops) -> Goods:
    """A tea of one variant, ten in stock, in the tea shop."""
    variant_id = make_variant(shops.tea, price_minor=1200, stock=10)
    slug = db.session.scalar(
        select(Product.slug).join(Variant, Variant.product_id == Product.id).where(Variant.id == variant_id)
    )
    db.session.close()
    return Goods(shops.tea, variant_id, slug)
