import gc
import tracemalloc

import pytest

from core.base.database import db
from core.catalog.transfer.detect import open_catalog
from core.catalog.transfer.drafts import ImageDraft, ProductDraft, VariantDraft
from core.catalog.transfer.exporter import export_catalog
from core.catalog.transfer.importer import BATCH_PRODUCTS, apply_import
from core.catalog.transfer.reading import read_products
from core.catalog.transfer.writers import write_shopify, write_woocommerce

from .test_transfer_import import open_shop
from .transfer_kit import OPTIONS

VARIANTS = 4


def many(products):
    for number in range(products):
        yield ProductDraft(
            handle=f"tea-{number}",
            title=f"Tea {number}",
            description_html="<p>" + "Leaves of the early harvest. " * 20 + "</p>",
            options=("Size",),
            category_paths=(("Tea", f"Shelf {number % 20}"),),
            images=(ImageDraft(f"https://img.example/{number}.jpg", "Tea", 1),),
            variants=tuple(
                VariantDraft(1000 + size, sku=f"T{number}-{size}", option_values=(f"{size} g",), stock=size)
                for size in range(1, VARIANTS + 1)
            ),
        )


def file_of(products, folder, write):
    path = folder / "catalogue.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        write(many(products), out, 2)
    return path


def peak_of(work):
    tracemalloc.start()
    try:
        result = work()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.engine("sqlite")
def test_ten_thousand_rows_come_in_with_progress(app, tmp_path):
    open_shop("tea")
    path = file_of(10_000 // VARIANTS, tmp_path, write_shopify)
    told = []
    result = apply_import("tea", path, "CNY", lambda done, total: told.append((done, total)))
    assert (result.created, result.refused, result.rows_total) == (2_500, 0, 10_000)
    assert told[-1] == (10_000, 10_000)
    assert len(told) > 10
    db.session.remove()
    again = apply_import("tea", path, "CNY")
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2_500)


@pytest.mark.parametrize("write", [write_shopify, write_woocommerce])
def test_reading_holds_no_more_of_a_large_file_than_of_a_small_one(tmp_path, write):
    def read_all(path):
        return sum(1 for _ in read_products(open_catalog(path), OPTIONS))

    peaks = []
    for products in (250, 2_500):
        path = file_of(products, tmp_path, write)
        found, peak = peak_of(lambda path=path: read_all(path))
        assert found == products
        peaks.append(peak)
    index_bytes_per_row = 400
    assert peaks[1] - peaks[0] < 2_250 * (VARIANTS + 1) * index_bytes_per_row


@pytest.mark.engine("sqlite")
def test_an_import_holds_no_more_products_than_a_few_batches(app, tmp_path):
    open_shop("tea")
    alive = []

    def count(_done, _total):
        alive.append(sum(isinstance(thing, ProductDraft) for thing in gc.get_objects()))

    result = apply_import("tea", file_of(1_500, tmp_path, write_shopify), "CNY", count)
    assert result.created == 1_500
    assert len(alive) > 5
    assert max(alive) <= 2 * BATCH_PRODUCTS


@pytest.mark.engine("sqlite")
def test_an_export_holds_no_more_of_a_large_shop_than_of_a_small_one(app, tmp_path):
    peaks = []
    for products in (400, 900):
        open_shop(f"shop-{products}")
        apply_import(f"shop-{products}", file_of(products, tmp_path, write_shopify), "CNY")

    def export(products):
        with (tmp_path / "out.csv").open("w", encoding="utf-8", newline="") as out:
            return export_catalog(f"shop-{products}", out, "shopify", "CNY", base_url="")

    export(400)  # what is loaded once
    for products in (400, 900):
        peaks.append(min(peak_of(lambda products=products: export(products))[1] for _time in range(3)))
    assert peaks[1] - peaks[0] < 1_000_000
