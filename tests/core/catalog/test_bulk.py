from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, Refused
from core.catalog import bulk, queries, service
from core.catalog.bulk import (
    Selection,
    edit_of,
    finish_bulk,
    finish_undo,
    preview_bulk,
    row_counts,
    start_bulk,
    start_undo,
)
from core.catalog.bulk_changes import Change
from core.catalog.details import ProductDetails, VariantDetails
from core.catalog.prices import PriceRule
from core.catalog.shapes import StockFilter
from core.inventory.queries import stock_of
from core.inventory.service import reserve
from core.inventory.verify import verify_stock
from core.parties.errors import RoleNotEnough
from core.taxes.service import create_tax_category
from core.worker.tasks import run_waiting_task
from tests.core.web.console.conftest import give_post
from tests.trade import make_shop, owner_of

TEN_LESS = Change("price", price=PriceRule("percent", rate_ppm=-100_000), keep_before=True)


@pytest.fixture
def tea(app):
    return make_shop("tea")


def make(merchant_id, name, price=6800, **details) -> str:
    variant = {key: details.pop(key) for key in ("on_hand", "tracked") if key in details}
    return service.create_product(
        merchant_id, ProductDetails(name=name, **details), variants=[VariantDetails(price, **variant)]
    )


def done(merchant_id, change, *ids, everything_in=None) -> str:
    edit_id = start_bulk(merchant_id, Selection(ids, everything_in), change, actor_id=owner_of(merchant_id))
    finish_bulk(merchant_id, edit_id)
    return edit_id


def undone(merchant_id, edit_id) -> dict[str, int]:
    assert not start_undo(merchant_id, edit_id, actor_id=owner_of(merchant_id))
    finish_undo(merchant_id, edit_id)
    return row_counts(merchant_id, edit_id)


def product(merchant_id, product_id):
    db.session.remove()
    return queries.product_by_id(merchant_id, product_id)


def only_variant(merchant_id, product_id):
    return product(merchant_id, product_id).variants[0]


def test_prices_change_together_and_go_back(tea):
    longjing, cup = make(tea, "Longjing", 6800), make(tea, "Cup", 999)
    edit_id = done(tea, TEN_LESS, longjing, cup)
    found = only_variant(tea, longjing)
    assert (found.price_minor, found.compare_at_minor) == (6120, 6800)
    assert only_variant(tea, cup).price_minor == 899
    assert product(tea, longjing).price_from_minor == 6120
    assert undone(tea, edit_id) == {"undone": 2}
    found = only_variant(tea, longjing)
    assert (found.price_minor, found.compare_at_minor) == (6800, None)


def test_a_preview_says_what_would_be_and_changes_nothing(tea):
    longjing = make(tea, "Longjing")
    preview = preview_bulk(tea, Selection((longjing,)), TEN_LESS, "CNY")
    assert [(line.before, line.after) for line in preview.lines] == [("68.00", "61.20")]
    assert only_variant(tea, longjing).price_minor == 6800


def test_all_that_a_filter_shows_is_what_it_showed_when_it_was_asked_for(tea):
    green = make(tea, "Longjing", tags=("green",))
    other = make(tea, "Cup")
    edit_id = start_bulk(
        tea,
        Selection(everything_in=StockFilter(tag="green")),
        Change("tag_add", text="spring"),
        actor_id=owner_of(tea),
    )
    late = make(tea, "Biluochun", tags=("green",))
    finish_bulk(tea, edit_id)
    assert product(tea, green).tags == ("green", "spring")
    assert product(tea, other).tags == product(tea, late).tags[1:] == ()


@pytest.mark.parametrize(
    ("change", "look"),
    [
        (Change("hide"), lambda p: p.published),
        (Change("archive"), lambda p: (p.published, p.archived)),
        (Change("vendor", text="Master Lin"), lambda p: p.vendor),
        (Change("tag_add", text="new"), lambda p: p.tags),
        (Change("tag_remove", text="old"), lambda p: p.tags),
    ],
)
def test_each_change_does_something_and_is_taken_back(tea, change, look):
    product_id = make(tea, "Longjing", tags=("old",), vendor="Shen")
    before = look(product(tea, product_id))
    edit_id = done(tea, change, product_id)
    assert look(product(tea, product_id)) != before
    assert undone(tea, edit_id) == {"undone": 1}
    assert look(product(tea, product_id)) == before


def test_products_are_put_on_a_shelf_and_taken_off_again(tea):
    shelf = service.create_category(tea, name="Green tea")
    product_id = make(tea, "Longjing")
    edit_id = done(tea, Change("category_add", category_id=shelf), product_id)
    assert [link.id for link in product(tea, product_id).categories] == [shelf]
    undone(tea, edit_id)
    assert product(tea, product_id).categories == ()


def test_taking_stock_back_respects_what_was_sold_meanwhile(tea):
    product_id = make(tea, "Longjing", on_hand=5)
    edit_id = done(tea, Change("stock_add", number=10), product_id)
    variant_id = only_variant(tea, product_id).id
    assert stock_of(tea, variant_id).on_hand == 15
    reserve(tea, "ord_1", {variant_id: 2})
    undone(tea, edit_id)
    assert stock_of(tea, variant_id).on_hand == 5
    assert list(verify_stock()) == []


def test_stock_that_is_promised_is_named_and_left_alone(tea):
    product_id, other = make(tea, "Longjing", on_hand=5), make(tea, "Cup", on_hand=5)
    reserve(tea, "ord_1", {only_variant(tea, product_id).id: 3})
    edit_id = done(tea, Change("stock_set", number=1), product_id, other)
    assert row_counts(tea, edit_id) == {"refused": 1, "changed": 1}
    [(refused, name, why)] = bulk.refused_rows(tea, edit_id)
    assert (refused, name) == (product_id, "Longjing") and "3" in why


def test_what_somebody_changed_since_is_left_alone(tea):
    kept, back = make(tea, "Longjing"), make(tea, "Cup")
    edit_id = done(tea, Change("vendor", text="Lin"), kept, back)
    service.set_published(tea, [kept], False)
    assert undone(tea, edit_id) == {"kept": 1, "undone": 1}
    assert product(tea, kept).vendor == "Lin"


def test_it_is_taken_back_once_and_not_for_ever(tea):
    product_id = make(tea, "Longjing")
    edit_id = done(tea, Change("hide"), product_id)
    with clock.moved(bulk.UNDO_FOR + timedelta(minutes=1)), pytest.raises(Refused):
        start_undo(tea, edit_id, actor_id=owner_of(tea))
    undone(tea, edit_id)
    with pytest.raises(Refused):
        start_undo(tea, edit_id, actor_id=owner_of(tea))


def test_many_products_are_changed_by_the_worker_and_taken_back_by_it(tea, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE_MAX", 3)
    monkeypatch.setattr(bulk, "BATCH", 2)
    ids = [make(tea, f"Tea {number}") for number in range(7)]
    everything = Selection(everything_in=StockFilter())
    edit_id = start_bulk(tea, everything, TEN_LESS, actor_id=owner_of(tea))
    assert run_waiting_task("test")
    assert row_counts(tea, edit_id) == {"changed": 7} and edit_of(tea, edit_id).state == "done"
    assert start_undo(tea, edit_id, actor_id=owner_of(tea))
    assert run_waiting_task("test")
    db.session.remove()
    assert row_counts(tea, edit_id) == {"undone": 7} and edit_of(tea, edit_id).state == "undone"
    assert {only_variant(tea, product_id).price_minor for product_id in ids} == {6800}


@pytest.mark.parametrize(
    "change",
    [
        Change("tag_add", text="  "),
        Change("category_add", category_id="cat_of_nobody"),
        Change("price", price=PriceRule("percent", rate_ppm=-1_000_001)),
        Change("price", price=PriceRule("set", amount_minor=-1)),
        Change("explode"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(tea, change):
    product_id = make(tea, "Longjing")
    with pytest.raises(Invalid):
        start_bulk(tea, Selection((product_id,)), change, actor_id=owner_of(tea))


def test_products_of_another_shop_are_out_of_reach(tea):
    other = make_shop("ceramics")
    theirs = make(other, "Cup")
    with pytest.raises(Invalid):
        start_bulk(tea, Selection((theirs,)), Change("hide"), actor_id=owner_of(tea))
    with pytest.raises(RoleNotEnough):
        start_bulk(other, Selection((theirs,)), Change("hide"), actor_id=owner_of(tea))
    clerk = give_post(tea, "clerk")
    with pytest.raises(RoleNotEnough):
        start_bulk(tea, Selection((make(tea, "Tea"),)), Change("hide"), actor_id=clerk)


def test_many_products_are_taxed_as_food_and_as_before(tea):
    food = create_tax_category(tea, "Food", actor_id=None)
    cake, tart = make(tea, "Cake"), make(tea, "Tart")
    preview = preview_bulk(tea, Selection((cake, tart)), Change("tax_category", category_id=food), "CNY")
    assert {(line.before, line.after) for line in preview.lines} == {("", "Food")}
    edit_id = done(tea, Change("tax_category", category_id=food), cake, tart)
    assert product(tea, cake).tax_category_id == product(tea, tart).tax_category_id == food
    undone(tea, edit_id)
    assert product(tea, cake).tax_category_id is None
    with pytest.raises(Invalid):
        preview_bulk(tea, Selection((cake,)), Change("tax_category", category_id="txc_none"), "CNY")
