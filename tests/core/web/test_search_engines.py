import json
import re

from core.base.database import db
from core.catalog import queries, service
from core.catalog.details import ProductDetails
from core.catalog.lifecycle import set_related
from tests.trade import make_variant


def facts_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])


def test_a_product_tells_search_engines_its_facts(tea, goods):
    page = tea.get(f"/products/{goods.slug}").text
    facts = facts_of(page)
    assert facts["@type"] == "Product" and facts["offers"][0]["priceCurrency"] == "CNY"
    assert facts["offers"][0]["availability"].endswith("InStock")
    assert f'rel="canonical" href="{facts["url"]}"' in page and 'property="og:title"' in page


def test_nothing_in_a_name_breaks_out_of_the_facts(tea, goods):
    db.session.remove()
    merchant_id = goods.merchant_id
    product = queries.product_by_slug(merchant_id, goods.slug)
    name = "</script><script>alert(1)</script>"
    service.update_product(
        merchant_id, product.id, ProductDetails(name, slug="breaks"), expected_version=product.version
    )
    db.session.remove()
    page = tea.get("/products/breaks").text
    assert "<script>alert" not in page and facts_of(page)["name"] == name


def test_an_old_address_sends_the_visitor_to_the_new_one(tea, goods):
    db.session.remove()
    product = queries.product_by_slug(goods.merchant_id, goods.slug)
    service.update_product(
        goods.merchant_id, product.id, ProductDetails("Longjing", slug="dragon-well"), expected_version=product.version
    )
    db.session.remove()
    answer = tea.get(f"/products/{goods.slug}")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/products/dragon-well")


def test_what_goes_with_a_product_is_shown_below_it(tea, goods, shops):
    db.session.remove()
    product = queries.product_by_slug(goods.merchant_id, goods.slug)
    make_variant(goods.merchant_id)
    other = next(card for card in queries.list_products(goods.merchant_id).rows if card.id != product.id)
    db.session.remove()
    set_related(goods.merchant_id, product.id, [other.id], actor_id=shops.tea_owner)
    db.session.remove()
    page = tea.get(f"/products/{goods.slug}").text
    assert "You may also like" in page and f"/products/{other.slug}" in page
