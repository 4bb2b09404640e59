import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings

from core.catalog.transfer.drafts import ProductDraft, VariantDraft
from core.catalog.transfer.writers import write_shopify, write_woocommerce

from .transfer_kit import FIXTURES, catalogs, read

WRITERS = {"shopify": write_shopify, "woocommerce": write_woocommerce}
DANGEROUS = ProductDraft(
    handle="tea",
    title='=HYPERLINK("https://evil.example")',
    vendor="@SUM(A1)",
    tags=("+1", "-2"),
    variants=(VariantDraft(100, sku="-X", barcode="+1"),),
    description_html="=cmd",
)


def written(products, name):
    out = io.StringIO(newline="")
    assert WRITERS[name](products, out, 2) == len(products)
    return out.getvalue()


def explained(products):
    return [getattr(product, "problems", product) for product in products]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(catalogs(categories_max=1))
@example([DANGEROUS])
def test_what_is_exported_for_shopify_is_imported_again_unchanged(products):
    assert explained(read(written(products, "shopify"))) == products


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(catalogs(categories_max=3))
@example([DANGEROUS])
def test_what_is_exported_for_woocommerce_is_imported_again_unchanged(products):
    assert explained(read(written(products, "woocommerce"))) == products


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("fixture", ["shopify_old.csv", "shopify_2024.csv", "woocommerce.csv"])
def test_a_catalogue_survives_the_way_through_either_format(fixture, name):
    products = [product for product in read(FIXTURES / fixture) if isinstance(product, ProductDraft)]
    again = explained(read(written(products, name)))
    if name == "shopify":  # which has room for one category
        products = [replace(product, category_paths=product.category_paths[-1:]) for product in products]
    assert again == products


@pytest.mark.parametrize("name", WRITERS)
def test_no_exported_cell_can_run_as_a_formula(name):
    text = written([DANGEROUS], name)
    for cell in (cell for line in text.splitlines()[1:] for cell in line.split(",")):
        assert not cell.strip('"').startswith(("=", "+", "-2", "-X", "@"))
