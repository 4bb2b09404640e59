import tracemalloc

import pytest

from core.base.database import db
from core.catalog.transfer.detect import open_catalog
from core.catalog.transfer.drafts import ImageDraft, ProductDraft, VariantDraft
from core.catalog.transfer.exporter import export_catalog
from core.catalog.transfer.importer import apply_import
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
def test_importing_and_exporting_hold_no_more_than_a_batch(app, tmp_path):
    open_shop("warm")
    apply_import("warm", file_of(400, tmp_path, write_shopify), "CNY")  # whole batches, so that what is loaded once is
    peaks = []
    for products in (400, 900):
        merchant_id = f"shop-{products}"
        open_shop(merchant_id)
        path = file_of(products, tmp_path, write_shopify)
        result, peak = peak_of(lambda path=path, merchant_id=merchant_id: apply_import(merchant_id, path, "CNY"))
        assert result.created == products
        with (tmp_path / "out.csv").open("w", encoding="utf-8", newline="") as out:
            _, export_peak = peak_of(
                lambda out=out, merchant_id=merchant_id: export_catalog(merchant_id, out, "shopify", "CNY", base_url="")
            )
        peaks.append((peak, export_peak))
    for before, after in zip(*peaks, strict=True):
        assert after - before < 1_500_000
