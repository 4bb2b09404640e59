from dataclasses import replace

import pytest

from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.catalog import queries, service
from core.catalog.addresses import moved_to
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.errors import ChangedMeanwhile
from core.catalog.grid import grid_page, save_grid
from core.catalog.labels import barcode_svg, is_ean, labels_for
from core.catalog.lifecycle import archive_products, duplicate_product, set_related
from core.catalog.shapes import StockFilter
from core.inventory.queries import stock_of
from core.inventory.service import reserve
from core.parties.errors import RoleNotEnough
from tests.trade import make_shop, owner_of


@pytest.fixture
def tea(app):
    return make_shop("tea")


def make(merchant_id, name="Longjing", **details) -> str:
    variant = {key: details.pop(key) for key in ("on_hand", "tracked", "sku", "barcode") if key in details}
    return service.create_product(
        merchant_id, ProductDetails(name=name, **details), variants=[VariantDetails(6800, **variant)]
    )


def names(merchant_id, **wanted):
    db.session.remove()
    return [card.name for card in queries.products_for_console(merchant_id, StockFilter(**wanted)).rows]


def test_an_archived_product_is_neither_in_the_shop_nor_in_the_list_until_it_comes_back(tea):
    product_id = make(tea)
    assert archive_products(tea, [product_id], True, actor_id=owner_of(tea)) == 1
    assert names(tea) == [] and names(tea, state="archived") == ["Longjing"]
    assert queries.product_by_slug(tea, "longjing") is None
    assert service.set_published(tea, [product_id], True) == 0
    archive_products(tea, [product_id], False, actor_id=owner_of(tea))
    assert names(tea) == ["Longjing"] and not queries.product_by_id(tea, product_id).published


def test_a_copy_has_everything_but_what_must_be_its_own(tea, picture):
    product_id = service.create_product(
        tea,
        ProductDetails(name="Longjing", tags=("green",), seo_title="Best"),
        options=[OptionDetails("Size", ("S", "L"))],
        variants=[
            VariantDetails(100, ("S",), sku="S", barcode="1", on_hand=5),
            VariantDetails(200, ("L",), tracked=False),
        ],
    )
    image_id = service.add_image(tea, product_id, picture(), alt="A tin")
    large = queries.product_by_id(tea, product_id).variants[1]
    service.describe_image(tea, image_id, alt="A tin", variant_id=large.id)
    copy_id = duplicate_product(tea, product_id, actor_id=owner_of(tea))
    db.session.remove()
    copy = queries.product_by_id(tea, copy_id)
    assert (copy.name, copy.published, copy.tags, copy.seo_title) == ("Longjing (copy)", False, ("green",), "Best")
    assert [(v.price_minor, v.sku, v.barcode, v.available) for v in copy.variants] == [
        (100, "", "", 0),
        (200, "", "", None),
    ]
    assert [(image.alt, image.variant_id) for image in copy.images] == [("A tin", copy.variants[1].id)]


def test_an_old_address_leads_to_the_new_one(tea):
    product_id = make(tea)
    found = queries.product_by_id(tea, product_id)
    service.update_product(
        tea, product_id, ProductDetails("Longjing", slug="dragon-well"), expected_version=found.version
    )
    assert moved_to(tea, "longjing") == "dragon-well"
    again = queries.product_by_id(tea, product_id)
    service.update_product(tea, product_id, ProductDetails("Longjing", slug="longjing"), expected_version=again.version)
    assert (moved_to(tea, "longjing"), moved_to(tea, "dragon-well")) == (None, "longjing")


def test_a_hidden_products_old_address_leads_nowhere(tea):
    product_id = make(tea)
    version = queries.product_by_id(tea, product_id).version
    details = ProductDetails("Longjing", slug="dragon-well", published=False)
    service.update_product(tea, product_id, details, expected_version=version)
    assert moved_to(tea, "longjing") is None


def test_related_products_stand_in_the_merchants_order(tea):
    product_id, cup, pot = make(tea), make(tea, "Cup"), make(tea, "Pot")
    set_related(tea, product_id, [pot, cup, pot], actor_id=owner_of(tea))
    assert [card.name for card in queries.related_products(tea, product_id)] == ["Pot", "Cup"]
    service.set_published(tea, [pot], False)
    assert [card.name for card in queries.related_products(tea, product_id)] == ["Cup"]
    with pytest.raises(Invalid):
        set_related(tea, product_id, [product_id], actor_id=owner_of(tea))
    with pytest.raises(Invalid):
        set_related(tea, product_id, [make(make_shop("ceramics"), "Bowl")], actor_id=owner_of(tea))


def test_tags_are_counted_and_follow_the_products(tea):
    first = make(tea, "A", tags=("green", "new"))
    make(tea, "B", tags=("green",))
    assert queries.tags_of(tea) == [("green", 2), ("new", 1)]
    version = queries.product_by_id(tea, first).version
    service.update_product(tea, first, ProductDetails("A", tags=("old",)), expected_version=version)
    assert queries.tags_of(tea) == [("green", 1), ("old", 1)]
    assert names(tea, tag="old") == ["A"]


def grid(merchant_id, **changes):
    db.session.remove()
    before = {row.variant_id: row for row in grid_page(merchant_id).rows}
    return before, {key: replace(row, **changes.get(row.name, {})) for key, row in before.items()}


def test_many_variants_are_changed_in_one_table(tea):
    make(tea, "A", sku="1", on_hand=3), make(tea, "B", sku="2", tracked=False)
    before, wanted = grid(tea, A={"price_minor": 500, "sku": "2", "on_hand": 7}, B={"sku": "1", "barcode": "690"})
    assert save_grid(tea, before, wanted, actor_id=owner_of(tea)) == 2
    db.session.remove()
    rows = {row.name: row for row in grid_page(tea).rows}
    assert (rows["A"].price_minor, rows["A"].sku, rows["A"].on_hand) == (500, "2", 7)
    assert (rows["B"].sku, rows["B"].barcode, rows["B"].on_hand) == ("1", "690", None)
    assert save_grid(tea, before, before, actor_id=owner_of(tea)) == 0


def test_the_table_is_saved_in_whole_or_not_at_all(tea):
    make(tea, "A", sku="1", on_hand=3), make(tea, "B", sku="2"), make(tea, "C", sku="3")
    before, wanted = grid(tea, A={"price_minor": 500}, B={"sku": "3"})
    with pytest.raises(Invalid) as refused:
        save_grid(tea, before, wanted, actor_id=owner_of(tea))
    assert [name.rsplit(".")[-1] for name in refused.value.fields] == ["sku"]
    db.session.remove()
    assert {row.price_minor for row in grid_page(tea).rows} == {6800}


def test_a_row_that_somebody_else_changed_is_not_overwritten_but_sales_do_not_disturb(tea):
    product_id = make(tea, "A", on_hand=3)
    before, wanted = grid(tea, A={"price_minor": 500})
    reserve(tea, "ord_1", dict.fromkeys(before, 2))
    assert save_grid(tea, before, wanted, actor_id=owner_of(tea)) == 1
    with pytest.raises(ChangedMeanwhile):
        save_grid(tea, before, wanted, actor_id=owner_of(tea))
    before, wanted = grid(tea, A={"on_hand": 1})
    with pytest.raises(Invalid):
        save_grid(tea, before, wanted, actor_id=owner_of(tea))
    assert stock_of(tea, queries.product_by_id(tea, product_id).variants[0].id).on_hand == 3


def test_the_table_has_pages_and_knows_who_may_change_it(tea):
    for number in range(5):
        make(tea, f"Tea {number}")
    first = grid_page(tea, limit=3)
    rest = grid_page(tea, cursor=first.next_cursor, limit=3)
    assert [row.name for row in (*first.rows, *rest.rows)] == [f"Tea {number}" for number in range(5)]
    with pytest.raises(RoleNotEnough):
        save_grid(tea, {}, {}, actor_id=owner_of(make_shop("ceramics")))


def test_an_archive_of_another_shop_cannot_be_opened(tea):
    theirs = make(make_shop("ceramics"), "Bowl")
    assert archive_products(tea, [theirs], True, actor_id=owner_of(tea)) == 0
    with pytest.raises(NotFound):
        duplicate_product(tea, theirs, actor_id=owner_of(tea))


def test_bars_are_drawn_for_real_codes_only(tea):
    assert is_ean("6901234567892") and not is_ean("6901234567891") and not is_ean("690")
    assert b"<svg" in barcode_svg("6901234567892") and b"<svg" in barcode_svg("LJ-50")
    assert barcode_svg("茶") is None and barcode_svg("") is None
    product_id = make(tea, sku="LJ", barcode="6901234567892")
    [label] = labels_for(tea, product_ids=[product_id], variant_ids=[])
    assert (label.name, label.code) == ("Longjing", "6901234567892")
