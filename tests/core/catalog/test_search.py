import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.transactions import transactional
from core.catalog import queries, service
from core.catalog.models import Product
from core.catalog.search import INDEX_CHARS_MAX, index_text, query_patterns, terms


def found(merchant_id: str, text: str) -> list[str]:
    return [card.name for card in queries.search_products(merchant_id, text).rows]


@pytest.mark.parametrize(
    "query", ["龙井", "西湖", "龙", "西湖 龙井", "井茶", "西湖龙井茶", "ＬＯＮＧ", "long", "café 龙"]
)
def test_a_chinese_or_latin_word_of_the_name_finds_the_product(merchant, make_product, query):
    make_product("西湖龙井茶 Longjing Café")
    make_product("宜兴紫砂壶 Teapot")
    assert found(merchant, query) == ["西湖龙井茶 Longjing Café"]


@pytest.mark.parametrize("query", ["井龙", "湖井", "ongjing", "龙井 紫砂", "%", "_", "' OR 1=1", "龙井\\"])
def test_what_does_not_stand_there_is_not_found(merchant, make_product, query):
    make_product("西湖龙井茶 Longjing")
    make_product("宜兴紫砂壶 Teapot")
    assert "宜兴紫砂壶 Teapot" not in found(merchant, query)
    if query != "龙井\\":
        assert found(merchant, query) == []


def test_what_is_called_so_comes_before_what_only_mentions_it(merchant, make_product):
    make_product("Cup", summary="For green tea")
    make_product("A very fine green tea of the spring")
    make_product("Green tea")
    assert found(merchant, "green tea") == ["Green tea", "A very fine green tea of the spring", "Cup"]


def test_skus_tags_and_option_words_find_a_product(merchant, make_product):
    make_product("Cup", sku="CUP-077", tags=("handmade",), vendor="景德镇")
    for query in ("cup-077", "077", "handmade", "景德"):
        assert found(merchant, query) == ["Cup"], query


def test_hidden_products_are_found_by_their_merchant_only(merchant, other_merchant, make_product):
    service.set_published(merchant, [make_product("Secret tea")], False)
    assert found(merchant, "secret") == []
    assert len(queries.search_products(merchant, "secret", hidden_too=True).rows) == 1
    assert queries.search_products(other_merchant, "secret", hidden_too=True).rows == ()


def test_many_results_come_in_pages_without_gap_or_repetition(merchant, make_product):
    for number in range(7):
        make_product(f"Tea {number}")
    cursor, names = None, []
    while True:
        page = queries.search_products(merchant, "tea", cursor=cursor, limit=3)
        names += [card.name for card in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert names == [f"Tea {number}" for number in range(7)]


@pytest.mark.parametrize("cursor", ["x", "W10", "!!!", "WyJhIl0", "é", "a" * 700])
def test_a_cursor_from_elsewhere_is_refused(merchant, make_product, cursor):
    make_product("Tea")
    with pytest.raises(Invalid):
        queries.search_products(merchant, "tea", cursor=cursor)
    with pytest.raises(Invalid):
        queries.list_products(merchant, cursor=cursor)


@given(st.text(max_size=60), st.lists(st.text(max_size=400), max_size=6))
def test_every_name_is_found_by_itself_and_the_index_stays_small(name, others):
    text = index_text(name, others)
    assert all(f" {pattern}" in text for pattern in query_patterns(name))
    assert len(text) <= INDEX_CHARS_MAX + 6 * len(name) + 2 + 300
    assert not any(" " in term or "%" in term for term in terms(name))


WORDS = "明前西湖龙井碧螺春大红袍铁观音普洱白牡丹寿眉茉莉花茶紫砂壶盖碗公道杯青瓷白瓷汝窑天目盏礼盒装散茶熟生砖饼罐"
LATIN = ("green", "black", "oolong", "jasmine", "puer", "teapot", "cup", "bowl", "glaze", "gift", "spring", "first")


@transactional
def fill(merchant_id: str, count: int) -> None:
    dice, moment, rows = random.Random(7), clock.now(), []
    for number in range(count):
        name = "".join(dice.choices(WORDS, k=8)) + " " + " ".join(dice.choices(LATIN, k=2))
        text = " ".join("".join(dice.choices(WORDS, k=60)) for _ in range(3)) + " ".join(dice.choices(LATIN, k=30))
        rows.append(
            {
                "merchant_id": merchant_id,
                "id": f"prd_{number:06}",
                "slug": f"p-{number}",
                "name": name,
                "search_text": index_text(name, [f"SKU-{number}", text]),
                "created_at": moment,
                "updated_at": moment,
            }
        )
    db.session.execute(insert(Product), rows)


def test_searching_ten_thousand_products_stays_quick(merchant):
    fill(merchant, 10_000)
    for query in ("龙井", "西湖龙井", "green tea", "茶 gift", "sku-7777", "没有的东西"):
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            queries.search_products(merchant, query)
            seconds.append(time.perf_counter() - start)
        assert min(seconds) < 0.5, query
