"""The search page: narrowed by shelf, price, tag and stock, in the order wanted, without scripts."""

from __future__ import annotations

import pytest

from core.catalog.categories import create_category
from core.catalog.details import ProductDetails, VariantDetails
from core.catalog.service import create_product


@pytest.fixture
def shelf(tea, shops) -> str:
    return create_category(shops.tea, name="Green tea")


@pytest.fixture
def three(shops, shelf):
    def make(name: str, price: int, tags: tuple[str, ...], shelves: list[str], on_hand: int) -> None:
        details = ProductDetails(name=name, tags=tags)
        variant = VariantDetails(price_minor=price, on_hand=on_hand)
        create_product(shops.tea, details, variants=[variant], category_ids=shelves)

    make("Longjing tea", 12_000, ("spring", "绿茶"), [shelf], 5)
    make("Travel tea", 5_000, ("gift",), [], 5)
    make("Cake tea", 30_000, ("gift",), [], 0)


def names(page: str) -> list[str]:
    return [name for name in sorted(("Longjing tea", "Travel tea", "Cake tea"), key=page.find) if name in page]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=tea", {"Longjing tea", "Travel tea", "Cake tea"}),
        ("q=tea&category=green-tea", {"Longjing tea"}),
        ("tag=gift", {"Travel tea", "Cake tea"}),
        ("tag=%E7%BB%BF%E8%8C%B6", {"Longjing tea"}),
        ("least=100&most=200", {"Longjing tea"}),
        ("available=1", {"Longjing tea", "Travel tea"}),
        ("q=tea&tag=gift&available=1", {"Travel tea"}),
        ("q=coffee", set()),
        ("least=abc", {"Longjing tea", "Travel tea", "Cake tea"}),
        ("category=nowhere", {"Longjing tea", "Travel tea", "Cake tea"}),
    ],
)
def test_what_is_looked_for_is_found_and_nothing_else(tea, three, query, found):
    answer = tea.get(f"/search?{query}")
    assert answer.status_code == 200
    assert set(names(answer.text)) == found


def test_the_order_can_be_chosen(tea, three):
    assert names(tea.get("/search?sort=price_up").text) == ["Travel tea", "Longjing tea", "Cake tea"]
    assert names(tea.get("/search?q=tea&sort=price_down").text) == ["Cake tea", "Longjing tea", "Travel tea"]


def test_nothing_that_fits_says_how_to_go_on(tea, three):
    page = tea.get("/search?q=tea&most=1").text
    assert "Take something away" in page and "Show all again" in page


def test_the_gallery_of_components_is_there_while_developing(app):
    client = app.test_client()
    assert client.get("/_gallery", base_url="http://localhost").status_code == 200
    assert client.get("/_gallery", base_url="http://nobody.example").status_code == 404
