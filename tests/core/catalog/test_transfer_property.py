import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from core.base.database import db
from core.catalog.transfer.detect import open_catalog
from core.catalog.transfer.reading import read_products

from .test_transfer_import import as_file, do, exported, numbers, open_shop
from .transfer_kit import OPTIONS, catalogs

_shops = itertools.count()


def shown_by_first(product):
    """The shop links a picture to one variant: the first that has it."""
    seen = set()
    pictures = [
        None if variant.image_url in seen or seen.add(variant.image_url) else variant.image_url
        for variant in product.variants
    ]
    return product, pictures


@pytest.mark.parametrize("form", ["shopify", "woocommerce"])
@settings(max_examples=15, phases=(Phase.generate,), deadline=None, suppress_health_check=list(HealthCheck))
@given(before=catalogs(categories_max=1), after=catalogs(categories_max=1))
def test_whatever_the_shop_had_it_has_what_the_file_says_and_keeps_it(app, form, before, after):
    merchant_id = f"shop-{next(_shops)}"
    open_shop(merchant_id)
    do(as_file(before, form), merchant_id)
    result = do(as_file(after, form), merchant_id)
    again = do(as_file(after, form), merchant_id)
    assert numbers(again) == (0, 0, len(after) - result.refused, result.refused)
    refused = {problem.code for problem in result.problems}
    assert refused <= {"sku_taken"}
    db.session.remove()
    found = {p.handle: p for p in read_products(open_catalog(exported(merchant_id, form)), OPTIONS)}
    for product in after:
        if result.refused == 0:
            own = found[product.handle]
            assert [v.price_minor for v in own.variants] == [v.price_minor for v in product.variants]
            assert [v.option_values for v in own.variants] == [v.option_values for v in product.variants]
            assert [v.sku for v in own.variants] == [v.sku for v in product.variants]
            assert shown_by_first(own)[1] == shown_by_first(product)[1]
            assert own.images == product.images
            assert (own.title, own.tags, own.vendor, own.published) == (
                product.title,
                product.tags,
                product.vendor,
                product.published,
            )
            assert own.description_html == product.description_html
    third = do(exported(merchant_id, form), merchant_id)
    assert (third.created, third.changed, third.refused) == (0, 0, 0)
