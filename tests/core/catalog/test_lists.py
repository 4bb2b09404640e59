import pytest
from sqlalchemy import event, update

from core.base.database import db
from core.base.transactions import transactional
from core.catalog import queries, service
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.shapes import SORTS, StockFilter
from core.inventory.models import Stock


@pytest.fixture
def statements(app):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


@transactional
def reserve(merchant_id: str, count: int) -> None:
    db.session.execute(update(Stock).where(Stock.merchant_id == merchant_id).values(reserved=count))


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_follow_each_other_without_gap_or_repetition(merchant, make_product, sort, limit):
    prices = [300, 100, 200, 100, 100]
    for number, price in enumerate(prices):
        make_product(f"茶 {number}", price=price)
    cursor, rows = None, []
    while True:
        page = queries.list_products(merchant, sort=sort, cursor=cursor, limit=limit)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(card.name for card in rows) == [f"茶 {number}" for number in range(5)]
    keys = {
        "new": [-int(card.name[-1]) for card in rows],
        "price_up": [card.price_from_minor for card in rows],
        "price_down": [-card.price_from_minor for card in rows],
        "name": [card.name for card in rows],
    }[sort]
    assert keys == sorted(keys)


def test_a_category_shows_what_stands_on_the_shelves_below_too(merchant, make_product):
    tea = service.create_category(merchant, name="Tea")
    green = service.create_category(merchant, name="Green", parent_id=tea)
    teapots = service.create_category(merchant, name="Teapots")
    make_product("Longjing", category_ids=[green])
    make_product("Mix", category_ids=[tea, green])
    make_product("Pot", category_ids=[teapots])

    def names(category_id):
        return {card.name for card in queries.list_products(merchant, category_id=category_id).rows}

    assert names(tea) == {"Longjing", "Mix"}
    assert names(green) == {"Longjing", "Mix"}
    assert names(teapots) == {"Pot"}
    assert names("cat_none") == set()


def test_a_card_tells_the_range_of_prices_and_what_is_left(merchant):
    service.create_product(
        merchant,
        ProductDetails(name="Tea"),
        options=[OptionDetails("Size", ("S", "L"))],
        variants=[VariantDetails(100, ("S",), on_hand=3), VariantDetails(500, ("L",), compare_at_minor=600)],
    )
    reserve(merchant, 0)
    (card,) = queries.list_products(merchant).rows
    assert (card.price_from_minor, card.price_to_minor, card.compare_at_minor) == (100, 500, 600)
    assert (card.variant_count, card.only_variant_id, card.available) == (2, None, 3)


def test_what_is_made_to_order_is_always_there(merchant, make_product):
    make_product("Bowl", tracked=False)
    (card,) = queries.list_products(merchant).rows
    assert card.available is None and card.in_stock and card.only_variant_id
    assert queries.product_by_id(merchant, card.id).variants[0].in_stock


def test_the_console_narrows_its_list(merchant, make_product):
    shelf = service.create_category(merchant, name="Tea")
    make_product("Plenty", on_hand=50, category_ids=[shelf])
    make_product("Few", on_hand=2)
    make_product("None")
    service.set_published(merchant, [make_product("Hidden", on_hand=50)], False)

    def names(**wanted):
        return {card.name for card in queries.products_for_console(merchant, StockFilter(**wanted)).rows}

    assert names() == {"Plenty", "Few", "None", "Hidden"}
    assert names(state="hidden") == {"Hidden"}
    assert names(state="published") == {"Plenty", "Few", "None"}
    assert names(state="sold_out") == {"None"}
    assert names(state="low") == {"Few", "None"}
    assert names(category_id=shelf) == {"Plenty"}
    assert names(text="few") == {"Few"}
    assert names(text="…") == set()


def test_pages_cost_few_statements(merchant, make_product, picture, statements):
    for number in range(5):
        service.add_image(merchant, make_product(f"Tea {number}"), picture())
    for read, most in (
        (lambda: queries.product_by_slug(merchant, "tea-1"), 3),
        (lambda: queries.list_products(merchant), 2),
        (lambda: queries.search_products(merchant, "tea"), 2),
        (lambda: queries.products_for_console(merchant, StockFilter(text="tea", state="low")), 2),
        (lambda: queries.categories_tree(merchant), 1),
    ):
        db.session.close()
        statements.clear()
        assert read() is not None
        asked = [text for text in statements if not text.startswith("BEGIN")]
        assert len(asked) <= most, asked
