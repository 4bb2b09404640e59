from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import insert

from core.base import clock
from core.base.database import db
from core.base.transactions import transactional
from core.catalog import service
from core.catalog.details import ProductDetails, VariantDetails
from core.shops.models import Merchant, Shop


@transactional
def make_merchant(slug: str, currency: str = "CNY") -> str:
    merchant_id = f"mer_{slug}"
    db.session.execute(
        insert(Merchant).values(
            id=merchant_id,
            slug=slug,
            name=slug,
            currency=currency,
            fee_ppm=6000,
            status="active",
            created_at=clock.now(),
        )
    )
    db.session.execute(insert(Shop).values(merchant_id=merchant_id, name=slug, theme={}))
    return merchant_id


@pytest.fixture
def merchant(app) -> str:
    return make_merchant("tea")


@pytest.fixture
def other_merchant(app) -> str:
    return make_merchant("ceramics")


@pytest.fixture
def make_product(merchant):
    def make(name: str = "Longjing", *, price: int = 6800, merchant_id: str = merchant, **details) -> str:
        categories = details.pop("category_ids", ())
        variant = {key: details.pop(key) for key in ("sku", "on_hand", "tracked", "compare_at_minor") if key in details}
        return service.create_product(
            merchant_id,
            ProductDetails(name=name, **details),
            variants=[VariantDetails(price_minor=price, **variant)],
            category_ids=categories,
        )

    return make


@pytest.fixture
def picture():
    def draw(size=(1600, 900), kind="PNG", mode="RGB", colour="teal", **options) -> bytes:
        out = io.BytesIO()
        Image.new(mode, size, colour).save(out, kind, **options)
        return out.getvalue()

    return draw
